/* tests/kernels/test_reference_area.c: the references of the area warps against their definitions. */
#include <math.h>

#include "tests/kernels/harness.h"

enum { W = 23, H = 19 };

static imx_kernels references(void) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    return table;
}

/* One output pixel; edges in px. */
static void warp(imx_area_method method, const uint8_t *src, int32_t w, int32_t h, bool binary, const double box[4],
                 uint8_t out[4]) {
    const imx_kernels t = references();
    int32_t q16[4];
    for (int k = 0; k < 4; k++) {
        q16[k] = (int32_t)lround(box[k] * 65536);
    }
    const imx_warp_area_rgba8 job = {.src = src,
                                     .src_stride = 4 * w,
                                     .src_w = w,
                                     .src_h = h,
                                     .boxes = {&q16[0], &q16[1], &q16[2], &q16[3]},
                                     .binary_alpha = binary,
                                     .n = 1,
                                     .dst = out};
    t.warp_area.rgba8[method](&job);
}

/* ---- weighted: exact coverage in double ---- */

static double covered(double lo, double hi, int k) { return fmax(0, fmin(hi, k + 1) - fmax(lo, k)); }

typedef struct exact {
    double c[3], alpha;
} exact;

static exact exact_of(imx_area_method method, const uint8_t *src, const double box[4]) {
    exact e = {{0}, 0};
    double s = 0, w_sum = 0;
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            const uint8_t *p = src + 4 * (y * W + x);
            const double w = covered(box[0], box[1], x) * covered(box[2], box[3], y), wa = w * p[3] / 255.0;
            for (int c = 0; c < 3; c++) {
                e.c[c] += wa * (method == IMX_AREA_RMS ? p[c] * p[c] : p[c]);
            }
            s += wa;
            w_sum += w;
        }
    }
    e.alpha = w_sum > 0 ? 255 * s / w_sum : 0;
    for (int c = 0; c < 3; c++) {
        e.c[c] = s > 0 ? e.c[c] / s : 0;
        e.c[c] = method == IMX_AREA_RMS ? sqrt(e.c[c]) : e.c[c];
    }
    return e;
}

/* Weights are rounded to 1/256 of a pixel, or of the box where it touches two; so a mean of saturated samples may be
 * off by some units. */
static void test_weighted(void **state) {
    (void)state;
    static const imx_area_method methods[] = {IMX_AREA_AVERAGE, IMX_AREA_RMS};
    rng r = rng_create();
    double off_sum = 0;
    int count = 0;
    for (int round = 0; round < 3000; round++) {
        uint8_t src[W * H * 4], out[4];
        fill_pixels(src, (size_t)W * H, round % 3 ? PX_OPAQUE : PX_RUNS, &r);
        const double x = rng_below(&r, 65536 * 22) / 65536.0, y = rng_below(&r, 65536 * 18) / 65536.0;
        const double side = round % 4 ? 0.3 + rng_below(&r, 1000) / 100.0 : 0.02 + rng_below(&r, 100) / 100.0;
        const double box[4] = {x, fmin(W, x + side), y, fmin(H, y + side)};
        const imx_area_method method = methods[round / 4 % 2];
        warp(method, src, W, H, false, box, out);
        const exact e = exact_of(method, src, box);
        assert_true(fabs(e.alpha - out[3]) <= 3);
        for (int c = 0; c < 3 && out[3] > 8; c++) {
            const double off = fabs(fmin(255, e.c[c]) - out[c]);
            assert_true(off <= 3);
            off_sum += off;
            count++;
        }
    }
    assert_true(off_sum / count < 0.4); /* 0.25 of it is the rounding to integers */
}

/* A box that is k x k whole pixels has no partial weights at all. */
static void test_whole_pixels(void **state) {
    (void)state;
    rng r = rng_create();
    uint8_t src[W * H * 4], out[4];
    fill_pixels(src, (size_t)W * H, PX_OPAQUE, &r);
    for (int side = 1; side <= 12; side++) {
        const double box[4] = {3, 3 + side, 5, 5 + side};
        unsigned sum = 0, squares = 0;
        for (int y = 5; y < 5 + side; y++) {
            for (int x = 3; x < 3 + side; x++) {
                sum += src[4 * (y * W + x) + 1];
                squares += (unsigned)src[4 * (y * W + x) + 1] * src[4 * (y * W + x) + 1];
            }
        }
        const unsigned n = (unsigned)(side * side);
        warp(IMX_AREA_AVERAGE, src, W, H, false, box, out);
        assert_int_equal(out[1], (2 * sum + n) / (2 * n));
        assert_int_equal(out[3], 255);
        warp(IMX_AREA_RMS, src, W, H, false, box, out);
        assert_int_equal(out[1], (int)floor(sqrt((double)squares / n) + 0.5));
    }
}

/* ---- counted: what GDAL 3.6.2 answers for the same rasters ---- */

static const uint8_t ramp[16] = {0, 8, 7, 16, 18, 26, 25, 34, 14, 24, 32, 42, 1, 2, 2, 1};

static void paint(const uint8_t *values, int n, uint8_t *rgba) {
    for (int i = 0; i < n; i++) {
        const uint8_t px[4] = {values[i], values[i], values[i], 255};
        memcpy(rgba + 4 * i, px, 4);
    }
}

static void test_counted(void **state) {
    (void)state;
    static const struct {
        imx_area_method method;
        uint8_t first, second; /* of the left and the right 2 x 2 of rows 0 and 1 */
    } cases[] = {{IMX_AREA_MIN, 0, 7}, {IMX_AREA_MAX, 26, 34}, {IMX_AREA_MED, 8, 16},
                 {IMX_AREA_Q1, 0, 7},  {IMX_AREA_Q3, 18, 25},  {IMX_AREA_MODE, 0, 7}};
    uint8_t src[64], out[4];
    paint(ramp, 16, src);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double left[4] = {0, 2, 0, 2}, right[4] = {2, 4, 0, 2};
        warp(cases[i].method, src, 4, 4, true, left, out);
        assert_int_equal(out[0], cases[i].first);
        assert_int_equal(out[3], 255);
        warp(cases[i].method, src, 4, 4, true, right, out);
        assert_int_equal(out[2], cases[i].second);
    }
}

/* What is touched counts in full, however little of it. */
static void test_touched(void **state) {
    (void)state;
    uint8_t src[64], out[4];
    paint(ramp, 16, src);
    const double box[4] = {0.5, 1 + 1.0 / 65536, 0.5, 1};
    warp(IMX_AREA_MAX, src, 4, 4, true, box, out);
    assert_int_equal(out[0], 8);
    const double not_quite[4] = {0.5, 1, 0.5, 1};
    warp(IMX_AREA_MAX, src, 4, 4, true, not_quite, out);
    assert_int_equal(out[0], 0);
}

static void test_mode_ties(void **state) {
    (void)state;
    static const uint8_t values[][9] = {{1, 2, 2, 1}, {1, 2, 1, 2}, {5, 4, 3, 3},
                                        {5, 4, 3, 2}, {7, 7, 8, 8}, {1, 2, 3, 2}};
    static const uint8_t want[] = {2, 1, 3, 5, 7, 2};
    for (size_t i = 0; i < sizeof want; i++) {
        uint8_t src[16], out[4];
        const double box[4] = {0, 2, 0, 2};
        paint(values[i], 4, src);
        warp(IMX_AREA_MODE, src, 2, 2, true, box, out);
        assert_int_equal(out[0], want[i]);
    }
}

/* Ranks for every number of pixels, few and many. */
static void test_ranks(void **state) {
    (void)state;
    for (int n = 1; n <= 100; n++) {
        uint8_t values[100], src[400], out[4];
        for (int i = 0; i < n; i++) {
            values[i] = (uint8_t)(2 * (i * 37 % n)); /* 0, 2, ... in some order, if 37 does not divide n */
        }
        paint(values, n, src);
        const double box[4] = {0, n, 0, 1};
        static const imx_area_method methods[] = {IMX_AREA_Q1, IMX_AREA_MED, IMX_AREA_Q3};
        for (int q = 1; q <= 3 && n % 37; q++) {
            warp(methods[q - 1], src, n, 1, true, box, out);
            assert_int_equal(out[0], 2 * (int)ceil(q * n / 4.0 - 1));
        }
    }
}

/* ---- alpha ---- */

static void test_alpha(void **state) {
    (void)state;
    const uint8_t src[16] = {200, 100, 50, 255, 9, 9, 9, 0, 100, 100, 100, 51, 7, 7, 7, 0};
    const double all[4] = {0, 2, 0, 2}, none[4] = {1, 2, 0, 2}, outside[4] = {-3, 0, 0, 1}, beside[4] = {2, 3, 0, 1};
    static const uint8_t empty[4] = {0};
    for (int method = 0; method < IMX_AREA_METHODS; method++) {
        uint8_t out[4];
        for (int binary = 0; binary < 2; binary++) {
            memset(out, 1, 4);
            warp((imx_area_method)method, src, 2, 2, binary, none, out);
            assert_memory_equal(out, empty, 4);
            memset(out, 1, 4);
            warp((imx_area_method)method, src, 2, 2, binary, outside, out);
            assert_memory_equal(out, empty, 4);
            memset(out, 1, 4);
            warp((imx_area_method)method, src, 2, 2, binary, beside, out);
            assert_memory_equal(out, empty, 4);
        }
        warp((imx_area_method)method, src, 2, 2, true, all, out);
        assert_int_equal(out[3], 255);
    }
    uint8_t out[4];
    warp(IMX_AREA_AVERAGE, src, 2, 2, false, all, out);
    assert_int_equal(out[0], (200 * 255 + 100 * 51 + 153) / 306);
    assert_int_equal(out[3], (306 + 2) / 4);
    warp(IMX_AREA_MIN, src, 2, 2, false, all, out);
    assert_int_equal(out[0], 100);
    assert_int_equal(out[3], 51);
    warp(IMX_AREA_MAX, src, 2, 2, false, all, out);
    assert_int_equal(out[2], 100);
    assert_int_equal(out[3], 255);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weighted), cmocka_unit_test(test_whole_pixels), cmocka_unit_test(test_counted),
        cmocka_unit_test(test_touched),  cmocka_unit_test(test_mode_ties),    cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_alpha),
    };
    return cmocka_run_group_tests_name("kernels: area warp references", tests, NULL, NULL);
}
