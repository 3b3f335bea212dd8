/* tests/kernels/test_area_plane.c: the area warps on planes: references against plain definitions in doubles, then each
 * level against the references, byte for byte. */
#include <math.h>

#include "tests/kernels/area_boxes.h"

enum { N_MAX = 64, WINDOW_BYTES_MAX = 1 << 20 };
static const imx_type types[IMX_PLANE_TYPES] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32, IMX_F64};
static const size_t sample_bytes[IMX_PLANE_TYPES] = {1, 2, 2, 4, 8};

typedef struct fixture {
    levels levels;
    rng rng;
    guarded src, valid, box[4], dst[2], dst_valid[2];
    uint8_t *scratch;
    size_t scratch_bytes;
} fixture;

typedef enum sample_kind { FEW_VALUES, ANY_VALUES, STRANGE_VALUES, SAMPLE_KINDS } sample_kind;

static float strange(rng *r) {
    static const float values[] = {NAN, INFINITY, -INFINITY, -0.0F, 0.0F, 3e38F, -3e38F, 1e-40F};
    return rng_below(r, 3) ? (float)rng_between(r, -5, 5) : values[rng_below(r, 8)];
}

static void fill_samples(int type, uint8_t *src, size_t n, sample_kind kind, rng *r) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = kind == FEW_VALUES ? rng_below(r, 4) : (uint32_t)rng_next(r);
        float v = kind == FEW_VALUES ? (float)bits - 1.5F : (float)(int32_t)bits * 0.001F;
        v = kind == STRANGE_VALUES ? strange(r) : v;
        if (types[type] == IMX_F32) {
            memcpy(&bits, &v, sizeof bits);
        }
        const double d = (double)v * 1.1;
        memcpy(src + i * sample_bytes[type], types[type] == IMX_F64 ? (const void *)&d : (const void *)&bits,
               sample_bytes[type]); /* the low bytes */
    }
}

static double sample_of(int type, const imx_warp_area_plane *job, int32_t x, int32_t y) {
    const uint8_t *p = (const uint8_t *)job->src + y * job->src_stride + (ptrdiff_t)((size_t)x * sample_bytes[type]);
    uint16_t u;
    int16_t i;
    float f;
    double d;
    switch (types[type]) {
    case IMX_U8: return *p;
    case IMX_U16: memcpy(&u, p, sizeof u); return u;
    case IMX_I16: memcpy(&i, p, sizeof i); return i;
    case IMX_F32: memcpy(&f, p, sizeof f); return (double)f;
    default: memcpy(&d, p, sizeof d); return d;
    }
}

static double result_of(int type, const void *dst, size_t i) {
    const imx_warp_area_plane job = {.src = dst};
    return sample_of(type, &job, (int32_t)i, 0);
}

/* ---- the definitions, once more and slowly ---- */

typedef struct tap {
    double v, w;
} tap;

static double overlap(int32_t lo, int32_t hi, int32_t k) {
    const double w = fmin(hi / 65536.0, k + 1) - fmax(lo / 65536.0, k);
    return fmax(w, 1 / 65536.0);
}

/* The valid taps of output pixel i, row by row. */
static size_t collect(int type, const imx_warp_area_plane *job, size_t i, tap *taps) {
    const imx_area_boxes *b = &job->boxes;
    const int32_t x0 = b->x0_q16[i], x1 = b->x1_q16[i], y0 = b->y0_q16[i], y1 = b->y1_q16[i];
    size_t n = 0;
    for (int32_t y = 0; y < job->src_h && x0 != IMX_WARP_INVALID && x0 <= x1 && y0 <= y1; y++) {
        const bool in_y = y0 == y1 ? y0 >> 16 == y : y0 < (y + 1) * INT64_C(65536) && y1 > y * 65536;
        for (int32_t x = 0; x < job->src_w && in_y; x++) {
            const bool in_x = x0 == x1 ? x0 >> 16 == x : x0 < (x + 1) * INT64_C(65536) && x1 > x * 65536;
            const double v = sample_of(type, job, x, y);
            if (in_x && !isnan(v) && (!job->valid || job->valid[y * job->valid_stride + x])) {
                taps[n++] = (tap){v, overlap(x0, x1, x) * overlap(y0, y1, y)};
            }
        }
    }
    return n;
}

static int by_value(const void *a, const void *b) {
    const double x = ((const tap *)a)->v, y = ((const tap *)b)->v;
    return (x > y) - (x < y);
}

static double mode_of(const tap *taps, size_t n) {
    size_t most = 0;
    double mode = 0;
    for (size_t i = 0; i < n; i++) {
        size_t times = 0;
        for (size_t k = 0; k <= i; k++) {
            times += taps[k].v == taps[i].v;
        }
        if (times > most) {
            most = times;
            mode = taps[i].v;
        }
    }
    return mode;
}

static double statistic(imx_area_method method, tap *taps, size_t n) {
    double v = 0, s = 0;
    for (size_t i = 0; i < n; i++) {
        v += taps[i].w * (method == IMX_AREA_RMS ? taps[i].v * taps[i].v : taps[i].v);
        s += taps[i].w;
    }
    if (method == IMX_AREA_AVERAGE || method == IMX_AREA_RMS) {
        return method == IMX_AREA_RMS ? sqrt(v / s) : v / s;
    }
    if (method == IMX_AREA_MODE) {
        return mode_of(taps, n);
    }
    qsort(taps, n, sizeof *taps, by_value);
    const double q = method == IMX_AREA_MED ? 0.5 : method == IMX_AREA_Q1 ? 0.25 : 0.75;
    return method == IMX_AREA_MIN   ? taps[0].v
           : method == IMX_AREA_MAX ? taps[n - 1].v
                                    : taps[(size_t)ceil(q * (double)n - 1)].v;
}

static void check_reference(int type, imx_area_method method, const imx_warp_area_plane *job) {
    static const double lowest[] = {0, 0, -32768, -HUGE_VAL, -HUGE_VAL};
    static const double highest[] = {255, 65535, 32767, HUGE_VAL, HUGE_VAL};
    static tap taps[200 * 200];
    for (size_t i = 0; i < job->n; i++) {
        const size_t n = collect(type, job, i, taps);
        assert_int_equal(job->dst_valid[i], n ? 255 : 0);
        const double got = result_of(type, job->dst, i);
        if (n == 0) {
            assert_true(got == 0 && !signbit(got));
            continue;
        }
        const double want = fmax(lowest[type], fmin(statistic(method, taps, n), highest[type]));
        const double near = types[type] == IMX_F32   ? fabs(want) * 1e-6 + 1e-6
                            : types[type] == IMX_F64 ? 1e-7 /* of sums of up to 2e6 */
                                                     : 0.5 + 1e-6;
        const bool mean = method == IMX_AREA_AVERAGE || method == IMX_AREA_RMS;
        assert_true(mean ? fabs(got - want) <= near : got == want);
    }
}

/* ---- cases ---- */

static void run_case(fixture *f, int type, imx_warp_area_plane *job, bool check) {
    const size_t bytes = job->n * sample_bytes[type];
    for (int method = 0; method < IMX_AREA_METHODS; method++) {
        uint8_t *dst[2], *dst_valid[2];
        for (size_t l = 0; l < f->levels.count; l++) {
            const int k = l > 0;
            dst[k] = guarded_place(&f->dst[k], bytes, sample_bytes[type], &f->rng);
            dst_valid[k] = guarded_place(&f->dst_valid[k], job->n, 1, &f->rng);
            job->dst = dst[k];
            job->dst_valid = dst_valid[k];
            f->levels.table[l].warp_area.plane[method][type](job);
            guarded_check(&f->dst[k], dst[k], bytes);
            guarded_check(&f->dst_valid[k], dst_valid[k], job->n);
            if (l == 0) {
                if (check) {
                    check_reference(type, (imx_area_method)method, job);
                }
                continue;
            }
            for (size_t i = 0; i < job->n; i++) {
                if (dst_valid[0][i] != dst_valid[1][i] ||
                    memcmp(dst[0] + i * sample_bytes[type], dst[1] + i * sample_bytes[type], sample_bytes[type])) {
                    fail_msg("%s, type %d, %s: pixel %zu of %zu is %.9g (%d), want %.9g (%d)", method_names[method],
                             type, imx_cpu_name(f->levels.table[l].cpu_mask), i, job->n, result_of(type, dst[1], i),
                             dst_valid[1][i], result_of(type, dst[0], i), dst_valid[0][i]);
                }
            }
        }
    }
}

static void random_case(fixture *f, size_t n, int32_t w, int32_t h, double side_x, double side_y, bool check) {
    rng *r = &f->rng;
    const int type = (int)rng_below(r, IMX_PLANE_TYPES);
    const sample_kind kind = (sample_kind)rng_below(r, check ? STRANGE_VALUES : SAMPLE_KINDS);
    const size_t row = ((size_t)w + rng_below(r, 3)) * sample_bytes[type], valid_row = (size_t)w + rng_below(r, 3);
    const size_t bytes = row * (size_t)(h - 1) + (size_t)w * sample_bytes[type];
    const size_t valid_bytes = valid_row * (size_t)(h - 1) + (size_t)w;
    uint8_t *src = guarded_place(&f->src, bytes, sample_bytes[type], r);
    uint8_t *valid = guarded_place(&f->valid, valid_bytes, 1, r);
    fill_samples(type, src, bytes / sample_bytes[type], kind, r);
    const uint32_t holes = rng_below(r, 3); /* few, many, nothing else */
    for (size_t i = 0; i < valid_bytes; i++) {
        valid[i] = rng_below(r, holes == 0 ? 50 : holes == 1 ? 2 : 1) ? (uint8_t)(1 + rng_below(r, 255)) : 0;
    }
    int32_t *box[4];
    for (int k = 0; k < 4; k++) {
        box[k] = (int32_t *)(void *)guarded_place(&f->box[k], n * sizeof(int32_t), sizeof(int32_t), r);
    }
    fill_boxes(r, w, side_x, n, box[0], box[1]);
    fill_boxes(r, h, side_y, n, box[2], box[3]);
    const bool upwards = rng_below(r, 4) == 0, masked = rng_below(r, 2);
    imx_warp_area_plane job = {.src = upwards ? src + row * (size_t)(h - 1) : src,
                               .src_stride = upwards ? -(ptrdiff_t)row : (ptrdiff_t)row,
                               .src_w = w,
                               .src_h = h,
                               .valid = masked ? valid : NULL,
                               .valid_stride = (ptrdiff_t)valid_row,
                               .boxes = {box[0], box[1], box[2], box[3]},
                               .scratch = f->scratch,
                               .scratch_bytes = f->scratch_bytes,
                               .n = n};
    run_case(f, type, &job, check);
}

static void test_short_rows(void **state) {
    fixture *f = *state;
    static const int32_t sizes[] = {1, 2, 3, 5, 7, 8, 9, 16, 33};
    for (unsigned round = 0; round < rng_rounds(16); round++) {
        for (size_t n = 0; n <= 17; n++) {
            random_case(f, n, sizes[rng_below(&f->rng, 9)], sizes[rng_below(&f->rng, 9)], side_of(&f->rng),
                        side_of(&f->rng), round % 2);
        }
    }
}

static void test_inside(void **state) {
    fixture *f = *state;
    for (unsigned round = 0; round < rng_rounds(400); round++) {
        random_case(f, N_MAX, 120, 90, side_of(&f->rng), side_of(&f->rng), round % 8 == 0);
    }
}

static void test_large_boxes(void **state) {
    fixture *f = *state;
    static const double sides[][2] = {{120, 120}, {2, 150}, {150, 2}, {12, 11}, {9, 15.5}};
    for (unsigned round = 0; round < rng_rounds(40); round++) {
        random_case(f, 9, 160, 155, sides[round % 5][0], sides[round % 5][1], round % 4 == 0);
    }
}

static void test_long_windows(void **state) {
    fixture *f = *state;
    for (unsigned round = 0; round < rng_rounds(8); round++) {
        const bool wide = round & 1;
        const double side = round & 2 ? 1.5 : 900.5;
        random_case(f, 17, wide ? 32767 : 3, wide ? 3 : 32767, wide ? side : 1.5, wide ? 1.5 : side, false);
    }
}

/* Without scratch a mode of few taps is there, and one of many is invalid. */
static void test_scratch(void **state) {
    fixture *f = *state;
    uint16_t src[20 * 20], out = 7;
    for (size_t i = 0; i < 400; i++) {
        src[i] = (uint16_t)(i % 7 * 9000);
    }
    int32_t zero = 0, ends[] = {11, 12, 20};
    assert_int_equal(imx_warp_area_scratch_bytes(IMX_F64, IMX_AREA_TAPS_FREE), 0);
    for (size_t i = 0; i < 3; i++) {
        for (int some = 0; some < 2; some++) {
            const int32_t end = ends[i] * 65536;
            uint8_t valid = 9;
            const imx_warp_area_plane job = {.src = src,
                                             .src_stride = 40,
                                             .src_w = 20,
                                             .src_h = 20,
                                             .boxes = {&zero, &end, &zero, &end},
                                             .scratch = some ? f->scratch : NULL,
                                             .scratch_bytes = some ? imx_warp_area_scratch_bytes(IMX_U16, 400) : 0,
                                             .n = 1,
                                             .dst = &out,
                                             .dst_valid = &valid};
            f->levels.table[0].warp_area.plane[IMX_AREA_MODE][1](&job);
            assert_int_equal(valid, some || i == 0 ? 255 : 0);
        }
    }
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(),
                  .rng = rng_create(),
                  .src = guarded_create(WINDOW_BYTES_MAX),
                  .valid = guarded_create(WINDOW_BYTES_MAX),
                  .scratch_bytes = imx_warp_area_scratch_bytes(IMX_F64, 160 * 160)};
    f.scratch = malloc(f.scratch_bytes);
    assert_non_null(f.scratch);
    for (int k = 0; k < 4; k++) {
        f.box[k] = guarded_create(sizeof(int32_t) * N_MAX + 64);
    }
    for (int k = 0; k < 2; k++) {
        f.dst[k] = guarded_create(8 * N_MAX + 64);
        f.dst_valid[k] = guarded_create(N_MAX + 64);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->src);
    guarded_destroy(&f->valid);
    for (int k = 0; k < 4; k++) {
        guarded_destroy(&f->box[k]);
    }
    for (int k = 0; k < 2; k++) {
        guarded_destroy(&f->dst[k]);
        guarded_destroy(&f->dst_valid[k]);
    }
    free(f->scratch);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_rows),   cmocka_unit_test(test_inside),  cmocka_unit_test(test_large_boxes),
        cmocka_unit_test(test_long_windows), cmocka_unit_test(test_scratch),
    };
    return cmocka_run_group_tests_name("kernels: area warps on planes", tests, setup, teardown);
}
