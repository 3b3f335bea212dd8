/* tests/unit/engine/test_coverage.c: planes with coverage: one over the other, and reduced, by numbers worked out here;
 * the same bytes at any SIMD level. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/coverage.h"
#include "engine/look.h"
#include "engine/planes.h"

static const imx_type types[] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32, IMX_F64};
enum { TYPES = sizeof types / sizeof *types };

static imx_kernels kernels_of(unsigned mask) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, mask);
    return kernels;
}

static imx_pixels make(imx_type type, int32_t bands, int32_t width, int32_t height) {
    imx_pixels pixels = {0};
    assert_int_equal(imx_pixels_create_planar(NULL, type, bands, width, height, bands, NULL, &pixels), IMX_OK);
    imx_pixels_clear(&pixels);
    return pixels;
}

static void put(const imx_kernels *kernels, imx_pixels *pixels, int32_t band, int32_t x, int32_t y, double v,
                bool valid) {
    const size_t size = imx_type_size(pixels->type);
    kernels->convert.narrow[pixels->type](&v, 1, (uint8_t *)imx_planes_row(pixels, band, y) + (size_t)x * size, NULL);
    imx_planes_valid(pixels, band, y)[x] = valid ? 255 : 0;
}

static double get(const imx_kernels *kernels, const imx_pixels *pixels, int32_t band, int32_t x, int32_t y) {
    double v;
    kernels->convert.widen[pixels->type](
        (const uint8_t *)imx_planes_row(pixels, band, y) + (size_t)x * imx_type_size(pixels->type), 1, &v);
    return v;
}

static bool is_valid(const imx_pixels *pixels, int32_t band, int32_t x, int32_t y) {
    return imx_planes_valid(pixels, band, y)[x] == 255;
}

/* Two bands and coverage; a: of opaque. */
static void put_pixel(const imx_kernels *kernels, imx_pixels *pixels, int32_t x, double v0, double v1, double a) {
    put(kernels, pixels, 0, x, 0, isnan(v0) ? 0 : v0, a > 0 && !isnan(v0));
    put(kernels, pixels, 1, x, 0, isnan(v1) ? 0 : v1, a > 0 && !isnan(v1));
    put(kernels, pixels, 2, x, 0, a * imx_type_opaque(pixels->type), a > 0);
}

static void what_holds_of_every_pixel(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    for (int i = 0; i < TYPES; i++) {
        imx_pixels p = make(types[i], 3, 5, 1);
        put_pixel(&kernels, &p, 0, 7, 9, 1);
        put_pixel(&kernels, &p, 1, (double)NAN, 9, 1);
        put(&kernels, &p, 2, 2, 0, 77, true); /* coverage of no band */
        put(&kernels, &p, 0, 3, 0, 5, true);  /* a band without coverage */
        imx_pixels filled = make(types[i], 3, 5, 1);
        imx_pixels_copy(&p, &filled);
        imx_coverage_trim(&kernels, &p);
        assert_true(get(&kernels, &p, 2, 0, 0) == imx_type_opaque(types[i]) && is_valid(&p, 0, 0, 0));
        assert_true(!is_valid(&p, 0, 1, 0) && is_valid(&p, 1, 1, 0) && is_valid(&p, 2, 1, 0));
        assert_true(get(&kernels, &p, 2, 2, 0) == 0 && !is_valid(&p, 2, 2, 0));
        assert_true(get(&kernels, &p, 0, 3, 0) == 0 && !is_valid(&p, 0, 3, 0) && !is_valid(&p, 2, 3, 0));
        imx_coverage_fill(&kernels, &filled);
        for (int32_t x = 0; x < 5; x++) {
            const bool any = x < 2 || x == 3;
            assert_true(is_valid(&filled, 2, x, 0) == any);
            assert_true(get(&kernels, &filled, 2, x, 0) == (any ? imx_type_opaque(types[i]) : 0));
        }
        assert_int_equal(imx_coverage_look(&kernels, &p) & IMX_LOOK_OPAQUE, 0);
        imx_pixels_destroy(NULL, &p);
        imx_pixels_destroy(NULL, &filled);
    }
}

/* Opaque is what is covered in full, also beyond the first piece that is looked at. */
static void opaque_in_full(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    for (int i = 0; i < TYPES; i++) {
        imx_pixels p = make(types[i], 3, 300, 1);
        for (int32_t x = 0; x < 300; x++) {
            put_pixel(&kernels, &p, x, 1, 2, 1);
        }
        assert_true(imx_coverage_look(&kernels, &p) & IMX_LOOK_OPAQUE);
        put(&kernels, &p, 2, 299, 0, imx_type_opaque(types[i]) - 1, true);
        assert_false(imx_coverage_look(&kernels, &p) & IMX_LOOK_OPAQUE);
        imx_pixels_destroy(NULL, &p);
    }
}

static double rounded(imx_type type, double v) {
    return type == IMX_F32 ? (double)(float)v : type == IMX_F64 ? v : round(v);
}

static void put_one_over_the_other(bool mixes) {
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    static const double none = (double)NAN;
    /* top's two bands and alpha, those of what is under it */
    static const double cases[][6] = {
        {10, 20, 1, 50, 60, 1},      {10, 20, 0.4, 50, 60, 1},   {10, 20, 0.4, 50, 60, 0.2},
        {10, 20, 0, 50, 60, 0.2},    {10, 20, 0.4, 50, 60, 0},   {none, 20, 0.4, 50, 60, 0.6},
        {10, none, 0.4, none, 9, 1}, {10, none, 1, 50, 60, 0.5}, {0, 0, 0, 0, 0, 0}};
    enum { CASES = sizeof cases / sizeof *cases, AT = 290 /* in two pieces */ };
    for (int i = 0; i < TYPES; i++) {
        imx_pixels top = make(types[i], 3, AT + CASES, 1), under = make(types[i], 3, AT + CASES, 1);
        const double opaque = imx_type_opaque(types[i]);
        double alpha[CASES][2];
        for (int k = 0; k < CASES; k++) {
            put_pixel(&kernels, &top, AT + k, cases[k][0], cases[k][1], cases[k][2]);
            put_pixel(&kernels, &under, AT + k, cases[k][3], cases[k][4], cases[k][5]);
            alpha[k][0] = get(&kernels, &top, 2, AT + k, 0);
            alpha[k][1] = get(&kernels, &under, 2, AT + k, 0);
        }
        imx_coverage_put_under(&kernels, mixes, &top, &under);
        for (int k = 0; k < CASES; k++) {
            const double t = floor(alpha[k][0] / opaque * 65535 + 0.5), u = alpha[k][1] / opaque * 65535;
            const double w = floor(u * (65535 - t) / 65535 + 0.5);
            const bool mixed = t > 0 && t < 65535 && u > 0;
            const double want_alpha = mixed   ? rounded(types[i], (t + w) / 65535 * opaque)
                                      : t > 0 ? alpha[k][0]
                                              : alpha[k][1];
            assert_true(get(&kernels, &top, 2, AT + k, 0) == want_alpha);
            for (int band = 0; band < 2; band++) {
                const double mine = cases[k][band], its = cases[k][3 + band];
                const bool i_have = t > 0 && !isnan(mine), it_has = u > 0 && !isnan(its);
                const double between = mixes ? rounded(types[i], (t * mine + w * its) / (t + w)) : t >= w ? mine : its;
                const double want = i_have && it_has && mixed ? between : i_have ? mine : it_has ? its : 0;
                assert_true(is_valid(&top, band, AT + k, 0) == (i_have || it_has));
                assert_true(get(&kernels, &top, band, AT + k, 0) == want);
            }
        }
        imx_pixels_destroy(NULL, &top);
        imx_pixels_destroy(NULL, &under);
    }
}

static void one_over_the_other(void **state) {
    (void)state;
    put_one_over_the_other(true);
}

static void the_one_that_has_more(void **state) {
    (void)state;
    put_one_over_the_other(false);
}

static void the_least_of_several(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    enum { WIDE = 300 };
    for (int i = 0; i < TYPES; i++) {
        imx_pixels cover = make(types[i], 1, WIDE, 2), other = make(types[i], 1, WIDE, 2);
        for (int32_t x = 0; x < WIDE; x++) {
            put(&kernels, &cover, 0, x, 1, x % 50, x % 7);
            put(&kernels, &other, 0, x, 1, x % 31, x % 5);
        }
        imx_coverage_join(&kernels, &cover, &other);
        for (int32_t x = 0; x < WIDE; x++) {
            const bool both = x % 7 && x % 5;
            assert_true(is_valid(&cover, 0, x, 1) == both && !is_valid(&cover, 0, x, 0));
            assert_true(get(&kernels, &cover, 0, x, 1) == (both ? fmin(x % 50, x % 31) : 0));
        }
        imx_pixels_destroy(NULL, &cover);
        imx_pixels_destroy(NULL, &other);
    }
}

/* Too little to have a weight hides nothing. */
static void a_trace_hides_nothing(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    imx_pixels top = make(IMX_F32, 3, 1, 1), under = make(IMX_F32, 3, 1, 1);
    put_pixel(&kernels, &top, 0, 10, 20, 1e-7);
    put_pixel(&kernels, &under, 0, 50, 60, 1);
    imx_coverage_put_under(&kernels, true, &top, &under);
    assert_true(get(&kernels, &top, 0, 0, 0) == 50 && get(&kernels, &top, 2, 0, 0) == 255);
    imx_pixels_destroy(NULL, &top);
    imx_pixels_destroy(NULL, &under);
}

/* ---- reduction, and levels ---- */

static void scatter(const imx_kernels *kernels, imx_pixels *pixels, uint32_t seed) {
    const double opaque = imx_type_opaque(pixels->type);
    uint32_t noise = seed;
    for (int32_t y = 0; y < pixels->height; y++) {
        for (int32_t x = 0; x < pixels->width; x++) {
            noise = noise * 1664525u + 1013904223u;
            const unsigned kind = noise >> 29;
            const double a = kind < 2   ? 0
                             : kind < 5 ? opaque
                                        : rounded(pixels->type, opaque * (noise >> 8 & 0xFFFF) / 65536);
            for (int32_t band = 0; band < pixels->bands - 1; band++) {
                noise = noise * 1664525u + 1013904223u;
                put(kernels, pixels, band, x, y, noise >> 20 & 0xFF, noise >> 28);
            }
            put(kernels, pixels, pixels->bands - 1, x, y, a, true);
        }
    }
    imx_coverage_trim(kernels, pixels);
}

static void averages_are_weighed(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    for (int i = 0; i < TYPES; i++) {
        imx_pixels quads = make(types[i], 3, 2 * 300, 2 * 3), to = make(types[i], 3, 300, 3);
        scatter(&kernels, &quads, (uint32_t)i + 5);
        imx_coverage_reduce(&kernels, IMX_REDUCE_AVERAGE, &quads, &to);
        for (int32_t y = 0; y < 3; y++) {
            for (int32_t x = 0; x < 300; x++) {
                double all = 0, a[2] = {0}, av[2] = {0};
                for (int k = 0; k < 4; k++) {
                    const int32_t px = 2 * x + k % 2, py = 2 * y + k / 2;
                    const double alpha = get(&kernels, &quads, 2, px, py);
                    all += alpha;
                    for (int band = 0; band < 2 && alpha > 0; band++) {
                        const bool valid = is_valid(&quads, band, px, py);
                        a[band] += valid ? alpha : 0;
                        av[band] += valid ? alpha * get(&kernels, &quads, band, px, py) : 0;
                    }
                }
                const double alpha = rounded(types[i], all / 4);
                assert_true(fabs(get(&kernels, &to, 2, x, y) - alpha) <= 1e-5);
                for (int band = 0; band < 2; band++) {
                    const double want = a[band] > 0 && alpha > 0 ? rounded(types[i], av[band] / a[band]) : 0;
                    assert_true(is_valid(&to, band, x, y) == (a[band] > 0 && alpha > 0));
                    assert_true(fabs(get(&kernels, &to, band, x, y) - want) <= 1e-4);
                }
            }
        }
        imx_pixels_destroy(NULL, &quads);
        imx_pixels_destroy(NULL, &to);
    }
}

/* Where all is opaque, coverage changes nothing. */
static void opaque_as_without(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    for (int i = 0; i < TYPES; i++) {
        for (int how = 0; how < IMX_REDUCE_QUAD_METHODS; how++) {
            imx_pixels quads = make(types[i], 2, 64, 2), to = make(types[i], 2, 32, 1),
                       plain = make(types[i], 2, 32, 1);
            for (int32_t x = 0; x < 128; x++) {
                put(&kernels, &quads, 0, x / 2, x % 2, x * 37 % 101, true);
                put(&kernels, &quads, 1, x / 2, x % 2, imx_type_opaque(types[i]), true);
            }
            imx_coverage_reduce(&kernels, (imx_reduce_method)how, &quads, &to);
            const imx_reduce_plane job = {.src = quads.data,
                                          .src_stride = quads.row_stride,
                                          .w_out = 32,
                                          .h_out = 1,
                                          .dst = plain.data,
                                          .dst_stride = plain.row_stride};
            kernels.reduce.plane[how][types[i]](&job);
            assert_memory_equal(to.data, plain.data, 32 * imx_type_size(types[i]));
            assert_true(imx_coverage_look(&kernels, &to) & IMX_LOOK_OPAQUE);
            imx_pixels_destroy(NULL, &quads);
            imx_pixels_destroy(NULL, &to);
            imx_pixels_destroy(NULL, &plain);
        }
    }
}

/* min and max keep the largest alpha; of nearest and mode each plane is for itself. */
static void other_reductions(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of(imx_cpu_detect());
    static const double v[4] = {30, 10, 40, 10}, a[4] = {0.5, 0.25, 1, 0};
    static const struct {
        imx_reduce_method how;
        double value, alpha;
    } want[] = {
        {IMX_REDUCE_MIN, 10, 1}, {IMX_REDUCE_MAX, 40, 1}, {IMX_REDUCE_NEAREST, 30, 0.5}, {IMX_REDUCE_MODE, 30, 0.5}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        imx_pixels quads = make(IMX_F32, 2, 2, 2), to = make(IMX_F32, 2, 1, 1);
        for (int k = 0; k < 4; k++) {
            put(&kernels, &quads, 0, k % 2, k / 2, v[k], true);
            put(&kernels, &quads, 1, k % 2, k / 2, a[k] * 255, true);
        }
        imx_coverage_trim(&kernels, &quads);
        imx_coverage_reduce(&kernels, want[i].how, &quads, &to);
        assert_true(get(&kernels, &to, 0, 0, 0) == want[i].value);
        assert_true(get(&kernels, &to, 1, 0, 0) == want[i].alpha * 255);
        imx_pixels_destroy(NULL, &quads);
        imx_pixels_destroy(NULL, &to);
    }
}

static void the_same_at_any_level(void **state) {
    (void)state;
    const imx_kernels best = kernels_of(imx_cpu_detect()), plain = kernels_of(IMX_CPU_NONE);
    enum { WIDE = 531 };
    for (int i = 0; i < TYPES; i++) {
        imx_pixels got[2], half[2];
        for (int level = 0; level < 2; level++) {
            const imx_kernels *kernels = level ? &plain : &best;
            imx_pixels under = make(types[i], 4, 2 * WIDE, 2);
            got[level] = make(types[i], 4, 2 * WIDE, 2);
            half[level] = make(types[i], 4, WIDE, 1);
            scatter(kernels, &got[level], 1);
            scatter(kernels, &under, 2);
            imx_coverage_put_under(kernels, true, &got[level], &under);
            imx_coverage_reduce(kernels, IMX_REDUCE_AVERAGE, &got[level], &half[level]);
            imx_pixels_destroy(NULL, &under);
        }
        assert_memory_equal(got[0].data, got[1].data, 4 * 4 * WIDE * imx_type_size(types[i]));
        assert_memory_equal(got[0].valid, got[1].valid, 4 * 4 * WIDE);
        assert_memory_equal(half[0].data, half[1].data, 4 * WIDE * imx_type_size(types[i]));
        assert_memory_equal(half[0].valid, half[1].valid, 4 * WIDE);
        for (int level = 0; level < 2; level++) {
            imx_pixels_destroy(NULL, &got[level]);
            imx_pixels_destroy(NULL, &half[level]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_of_every_pixel), cmocka_unit_test(opaque_in_full),
        cmocka_unit_test(one_over_the_other),        cmocka_unit_test(the_one_that_has_more),
        cmocka_unit_test(the_least_of_several),      cmocka_unit_test(a_trace_hides_nothing),
        cmocka_unit_test(averages_are_weighed),      cmocka_unit_test(opaque_as_without),
        cmocka_unit_test(other_reductions),          cmocka_unit_test(the_same_at_any_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
