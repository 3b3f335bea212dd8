/* tests/unit/engine/test_grade.c: planes to pictures, held against the formula in doubles, for every type and SIMD
 * level. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/grade.h"

enum { W = 2500, H = 27 }; /* more than one chunk a row */

typedef struct bench {
    imx_kernels kernels;
    imx_pixels planes, out;
} bench;

static double sample_at(int32_t band, int32_t x, int32_t y, imx_type type) {
    const int32_t n = (x * 37 + y * 1009 + band * 211) % 65536;
    switch (type) {
    case IMX_U8: return n % 256;
    case IMX_I16: return n - 32768;
    case IMX_F32: return n * 0.25 - 3000;
    default: return n;
    }
}

static bool is_valid(int32_t band, int32_t x, int32_t y) { return (x + 3 * y + 5 * band) % 11 != 0; }

static void put(const imx_pixels *planes, int32_t band, int32_t x, int32_t y, double value) {
    void *at = (char *)planes->data + band * planes->band_stride + y * planes->row_stride + x * planes->pixel_stride;
    const uint8_t u8 = (uint8_t)value;
    const uint16_t u16 = (uint16_t)value;
    const int16_t i16 = (int16_t)value;
    const float f32 = (float)value;
    memcpy(at,
           planes->type == IMX_U8    ? (const void *)&u8
           : planes->type == IMX_U16 ? (const void *)&u16
           : planes->type == IMX_I16 ? (const void *)&i16
                                     : (const void *)&f32,
           imx_type_size(planes->type));
}

static void open_bench(bench *b, unsigned cpu_mask, imx_type type, int32_t bands) {
    imx_error err = IMX_ERROR_INIT;
    memset(b, 0, sizeof *b);
    imx_kernels_init(&b->kernels, cpu_mask);
    assert_int_equal(imx_pixels_create_planar(NULL, type, bands, W, H, bands, &err, &b->planes), IMX_OK);
    assert_int_equal(imx_pixels_create_rgba8(NULL, W, H, &err, &b->out), IMX_OK);
    for (int32_t band = 0; band < bands; band++) {
        for (int32_t y = 0; y < H; y++) {
            for (int32_t x = 0; x < W; x++) {
                put(&b->planes, band, x, y, sample_at(band, x, y, type));
                b->planes.valid[band * b->planes.valid_band_stride + y * W + x] = is_valid(band, x, y) ? 255 : 0;
            }
        }
    }
}

static void close_bench(bench *b) {
    imx_pixels_destroy(NULL, &b->planes);
    imx_pixels_destroy(NULL, &b->out);
}

static void apply(bench *b, const imx_grade_options *options) {
    imx_error err = IMX_ERROR_INIT;
    imx_grade *grade = NULL;
    assert_int_equal(imx_grade_create(NULL, &b->kernels, options, &err, &grade), IMX_OK);
    memset(b->out.data, 0x5a, (size_t)4 * W * H);
    imx_grade_apply(grade, &b->planes, &b->out);
    imx_grade_destroy(&grade);
    assert_null(grade);
}

/* How far 255 t^(1/gamma) is from what came out: half a unit, but for f32. */
static void check(const bench *b, const imx_grade_options *o) {
    for (int32_t y = 0; y < H; y++) {
        for (int32_t x = 0; x < W; x++) {
            const uint8_t *px = (const uint8_t *)b->out.data + y * b->out.row_stride + 4 * (ptrdiff_t)x;
            bool valid = true;
            for (int32_t band = 0; band < o->planes.bands; band++) {
                valid = valid && is_valid(band, x, y);
            }
            if (!valid) {
                assert_memory_equal(px, "\0\0\0\0", 4);
                continue;
            }
            assert_int_equal(px[3], 255);
            for (int32_t c = 0; c < 3; c++) {
                const int32_t band = o->planes.bands == 1 ? 0 : c;
                const double v = o->planes.scale[band] * sample_at(band, x, y, o->planes.type) + o->planes.offset[band];
                const double t = fmin(1, fmax(0, (v - o->lo[band]) / (o->hi[band] - o->lo[band])));
                const double want = 255 * pow(t, 1 / o->gamma);
                if (fabs(want - px[c]) > 0.502) {
                    fail_msg("%s at %d,%d band %d: %d, not %.4f", imx_type_name(o->planes.type), (int)x, (int)y,
                             (int)band, px[c], want);
                }
            }
        }
    }
}

static void check_all_levels(const imx_grade_options *options) {
    bench reference, best;
    open_bench(&reference, IMX_CPU_NONE, options->planes.type, options->planes.bands);
    open_bench(&best, imx_cpu_detect(), options->planes.type, options->planes.bands);
    apply(&reference, options);
    apply(&best, options);
    check(&reference, options);
    assert_memory_equal(reference.out.data, best.out.data, (size_t)4 * W * H);
    close_bench(&reference);
    close_bench(&best);
}

static void test_types(void **state) {
    (void)state;
    static const struct {
        imx_type type;
        double lo, hi;
    } cases[] = {
        {IMX_U8, 0, 255}, {IMX_U8, 20, 180}, {IMX_U16, 7000, 12000}, {IMX_I16, -500, 8000}, {IMX_F32, -2999, 12.5}};
    static const double gammas[] = {1, 2.2, 0.5};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 3; k++) {
            imx_grade_options o = {.kind = IMX_GRADE_STRETCH,
                                   .planes = {3, cases[i].type, false, {1, 1, 1}, {0, 0, 0}},
                                   .lo = {cases[i].lo, cases[i].lo + 3, cases[i].lo},
                                   .hi = {cases[i].hi, cases[i].hi, cases[i].hi + 1},
                                   .gamma = gammas[k]};
            check_all_levels(&o);
            o.planes.bands = 1;
            check_all_levels(&o);
        }
    }
}

/* Limits are values; planes hold samples. Bright may be low. */
static void test_units(void **state) {
    (void)state;
    imx_grade_options o = {.kind = IMX_GRADE_STRETCH,
                           .planes = {3, IMX_U16, false, {0.0001, -0.5, 2}, {-0.1, 100, 0}},
                           .lo = {0, -9000, 40000},
                           .hi = {0.3, -2000, 9000},
                           .gamma = 1};
    check_all_levels(&o);
    o.planes.type = IMX_I16;
    check_all_levels(&o);
    o.planes.type = IMX_F32;
    check_all_levels(&o);
}

/* 8 bits from 0 to 255 are what they were. */
static void test_identity(void **state) {
    (void)state;
    bench b;
    const imx_grade_options o = {
        .kind = IMX_GRADE_STRETCH, .planes = {1, IMX_U8, false, {1, 1, 1}, {0, 0, 0}}, .hi = {255}, .gamma = 1};
    open_bench(&b, imx_cpu_detect(), IMX_U8, 1);
    apply(&b, &o);
    for (int32_t x = 0; x < W; x++) {
        const uint8_t *px = (const uint8_t *)b.out.data + 4 * (ptrdiff_t)x;
        assert_int_equal(px[0], is_valid(0, x, 0) ? ((const uint8_t *)b.planes.data)[x] : 0);
    }
    close_bench(&b);
}

/* One validity for all bands serves as well; a view of a part is a part. */
static void test_views(void **state) {
    (void)state;
    bench b;
    imx_error err = IMX_ERROR_INIT;
    imx_grade *grade = NULL;
    const imx_grade_options o = {.kind = IMX_GRADE_STRETCH,
                                 .planes = {3, IMX_U16, false, {1, 1, 1}, {0, 0, 0}},
                                 .hi = {255, 255, 255},
                                 .gamma = 1};
    open_bench(&b, imx_cpu_detect(), IMX_U16, 3);
    b.planes.valid_band_stride = 0;
    assert_int_equal(imx_grade_create(NULL, &b.kernels, &o, &err, &grade), IMX_OK);
    memset(b.out.data, 0x5a, (size_t)4 * W * H);
    imx_pixels from = imx_pixels_crop(&b.planes, 5, 3, 1500, 4), to = imx_pixels_crop(&b.out, 5, 3, 1500, 4);
    imx_grade_apply(grade, &from, &to);
    for (int32_t y = 0; y < H; y++) {
        for (int32_t x = 0; x < W; x++) {
            const uint8_t *px = (const uint8_t *)b.out.data + y * b.out.row_stride + 4 * (ptrdiff_t)x;
            const bool inside = x >= 5 && x < 1505 && y >= 3 && y < 7;
            assert_int_equal(px[3], !inside ? 0x5a : is_valid(0, x, y) ? 255 : 0);
        }
    }
    imx_grade_destroy(&grade);
    close_bench(&b);
}

/* Heights come back to within half a step, or the end of the range; the same by all levels. */
static void test_terrain(void **state) {
    (void)state;
    static const struct {
        imx_grade_kind kind;
        double lowest, step;
    } kinds[] = {{IMX_GRADE_TERRAIN_RGB, -10000, 0.1}, {IMX_GRADE_TERRARIUM, -32768, 1.0 / 256}};
    for (size_t i = 0; i < 4; i++) {
        const double scale = i < 2 ? 1 : 25, offset = i < 2 ? 0.03 : -20000; /* the second time beyond both ends */
        const double lowest = kinds[i % 2].lowest, step = kinds[i % 2].step, highest = lowest + 16777215 * step;
        const imx_grade_options o = {
            .kind = kinds[i % 2].kind, .planes = {1, IMX_F32, false, {scale}, {offset}}, .gamma = 1};
        bench b, reference;
        open_bench(&b, imx_cpu_detect(), IMX_F32, 1);
        open_bench(&reference, IMX_CPU_NONE, IMX_F32, 1);
        assert_true(imx_grade_keeps_numbers(o.kind));
        apply(&b, &o);
        apply(&reference, &o);
        assert_memory_equal(b.out.data, reference.out.data, (size_t)4 * W * H);
        for (int32_t y = 0; y < H; y++) {
            for (int32_t x = 0; x < W; x++) {
                const uint8_t *px = (const uint8_t *)b.out.data + y * b.out.row_stride + 4 * (ptrdiff_t)x;
                if (!is_valid(0, x, y)) {
                    assert_memory_equal(px, "\0\0\0\0", 4);
                    continue;
                }
                const double height = scale * sample_at(0, x, y, IMX_F32) + offset;
                const double want = fmin(highest, fmax(lowest, height));
                const double have = lowest + (px[0] * 65536 + px[1] * 256 + px[2]) * step;
                assert_int_equal(px[3], 255);
                if (fabs(have - want) > 0.5001 * step) {
                    fail_msg("%s of %.6f: %.6f", imx_grade_name(o.kind), height, have);
                }
            }
        }
        close_bench(&b);
        close_bench(&reference);
    }
}

/* Each pixel is the colour of its value: all types, in the bands' units, by all levels. */
static void test_colormap(void **state) {
    (void)state;
    imx_colour_stop stops[] = {{-20000, false, {9, 8, 7, 255}},
                               {-300, false, {200, 100, 50, 255}},
                               {77, false, {0, 255, 1, 100}},
                               {77, false, {255, 255, 255, 0}},
                               {9000, false, {1, 2, 3, 255}}};
    imx_colormap map = {IMX_COLORMAP_BETWEEN, 5, stops};
    static const imx_type types[] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32};
    for (size_t i = 0; i < 8; i++) {
        const double scale = i < 4 ? 1 : -0.5, offset = i < 4 ? 0 : 77;
        imx_grade_options o = {.kind = IMX_GRADE_COLORMAP,
                               .planes = {1, types[i % 4], false, {scale}, {offset}},
                               .gamma = 1,
                               .colours = &map};
        bench b, reference;
        open_bench(&b, imx_cpu_detect(), types[i % 4], 1);
        open_bench(&reference, IMX_CPU_NONE, types[i % 4], 1);
        apply(&b, &o);
        apply(&reference, &o);
        assert_memory_equal(b.out.data, reference.out.data, (size_t)4 * W * H);
        for (int32_t y = 0; y < H; y++) {
            for (int32_t x = 0; x < W; x++) {
                uint8_t want[4] = {0};
                size_t at = 0;
                if (is_valid(0, x, y)) {
                    imx_colormap_find(&map, scale * sample_at(0, x, y, o.planes.type) + offset, &at, want);
                }
                const uint8_t none[4] = {0};
                assert_memory_equal((const uint8_t *)b.out.data + y * b.out.row_stride + 4 * (ptrdiff_t)x,
                                    want[3] ? want : none, 4);
            }
        }
        close_bench(&b);
        close_bench(&reference);
    }
    bench b;
    imx_error err = IMX_ERROR_INIT;
    imx_grade *grade = NULL;
    imx_grade_options o = {.kind = IMX_GRADE_COLORMAP, .planes = {1, IMX_U8, false, {1}, {0}}, .gamma = 1};
    open_bench(&b, IMX_CPU_NONE, IMX_U8, 1);
    assert_int_equal(imx_grade_create(NULL, &b.kernels, &o, &err, &grade), IMX_E_INTERNAL);
    stops[0].percent = true;
    o.colours = &map;
    assert_int_equal(imx_grade_create(NULL, &b.kernels, &o, &err, &grade), IMX_E_INTERNAL);
    close_bench(&b);
}

static void test_refusals(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_error err = IMX_ERROR_INIT;
    imx_grade *grade = NULL;
    imx_grade_options o = {
        .kind = IMX_GRADE_STRETCH, .planes = {3, IMX_U16, false, {1, 1, 1}, {0, 0, 0}}, .hi = {1, 1, 1}, .gamma = 1};
    imx_grade_options bad = o;
    bad.kind = IMX_GRADE_NONE;
    assert_int_equal(imx_grade_create(NULL, &kernels, &bad, &err, &grade), IMX_E_INTERNAL);
    bad = o;
    bad.planes.bands = 4;
    assert_int_equal(imx_grade_create(NULL, &kernels, &bad, &err, &grade), IMX_E_INTERNAL);
    bad = o;
    bad.planes.type = IMX_F64;
    assert_int_equal(imx_grade_create(NULL, &kernels, &bad, &err, &grade), IMX_E_INTERNAL);
    bad = o; /* heights are floats */
    bad.kind = IMX_GRADE_TERRARIUM;
    bad.planes.bands = 1;
    assert_int_equal(imx_grade_create(NULL, &kernels, &bad, &err, &grade), IMX_E_INTERNAL);
    assert_null(grade);
    imx_memory *memory = NULL; /* room for the object, not for its tables */
    assert_int_equal(imx_memory_create(100000, &memory), IMX_OK);
    assert_int_equal(imx_grade_create(memory, &kernels, &o, &err, &grade), IMX_E_NOMEM);
    assert_null(grade);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    imx_grade_kind kind;
    assert_true(imx_grade_find("stretch", &kind) && kind == IMX_GRADE_STRETCH);
    assert_false(imx_grade_find("stretched", &kind));
    assert_false(imx_grade_keeps_numbers(IMX_GRADE_STRETCH));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_types),    cmocka_unit_test(test_units),
                                       cmocka_unit_test(test_identity), cmocka_unit_test(test_terrain),
                                       cmocka_unit_test(test_colormap), cmocka_unit_test(test_views),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
