/* tests/kernels/test_warp_sum.c: sums by shares against polygons cut at every pixel's edges, and what they keep. */
#include <math.h>

#include "tests/kernels/harness.h"

enum { W = 23, H = 19 };

typedef struct point {
    double x, y;
} point;

/* The part of a polygon on one side of a line of its axis (Sutherland and Hodgman). */
static int cut(const point *in, int n, int axis, double at, bool above, point *out) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        const point a = in[i], b = in[(i + 1) % n];
        const double da = (axis ? a.y : a.x) - at, db = (axis ? b.y : b.x) - at;
        if (above ? da >= 0 : da <= 0) {
            out[count++] = a;
        }
        if ((da < 0 && db > 0) || (da > 0 && db < 0)) {
            const double t = da / (da - db);
            out[count++] = (point){a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)};
        }
    }
    return count;
}

static double share(const point quad[4], int x, int y) {
    point a[16], b[16];
    int n = cut(quad, 4, 0, x, true, a);
    n = cut(a, n, 0, x + 1, false, b);
    n = cut(b, n, 1, y, true, a);
    n = cut(a, n, 1, y + 1, false, b);
    double twice = 0;
    for (int i = 0; i < n; i++) {
        twice += b[i].x * b[(i + 1) % n].y - b[(i + 1) % n].x * b[i].y;
    }
    return fabs(twice) / 2;
}

typedef struct corners {
    int32_t x[4], y[4];
} corners;

static imx_sum_quads one(const corners *c) {
    return (imx_sum_quads){{&c->x[0], &c->x[1], &c->x[2], &c->x[3]}, {&c->y[0], &c->y[1], &c->y[2], &c->y[3]}};
}

/* A convex quadrilateral, either way round, upright now and then; some of it may be outside. */
static corners random_quad(rng *r) {
    corners c;
    const double side = (double[]){0.05, 0.7, 1, 1.9, 3.2, 9}[rng_below(r, 6)];
    const double turn = rng_below(r, 4) ? rng_below(r, 628) / 100.0 : 0, skew = rng_below(r, 4) ? 0.15 : 0;
    const double at_x = rng_below(r, 2600) / 100.0 - 1.5, at_y = rng_below(r, 2200) / 100.0 - 1.5;
    const bool back = rng_below(r, 2);
    for (int k = 0; k < 4; k++) {
        const int corner = back ? 3 - k : k;
        const double u = (corner == 1 || corner == 2) - 0.5 + skew * rng_below(r, 100) / 100,
                     v = corner / 2 - 0.5 + skew * rng_below(r, 100) / 100;
        c.x[k] = (int32_t)lround(65536 * (at_x + side * (u * cos(turn) - v * sin(turn))));
        c.y[k] = (int32_t)lround(65536 * (at_y + side * (u * sin(turn) + v * cos(turn))));
    }
    return c;
}

static void points_of(const corners *c, point out[4]) {
    for (int k = 0; k < 4; k++) {
        out[k] = (point){c->x[k] / 65536.0, c->y[k] / 65536.0};
    }
}

static void test_planes(void **state) {
    (void)state;
    const levels l = levels_here();
    rng r = rng_create();
    float src[W * H];
    uint8_t valid[W * H];
    for (int k = 0; k < W * H; k++) {
        src[k] = rng_below(&r, 30) ? (float)rng_between(&r, -1000, 1000) / 8 : NAN;
        valid[k] = rng_below(&r, 10) != 0;
    }
    for (unsigned round = 0; round < rng_rounds(4000); round++) {
        const corners c = random_quad(&r);
        const bool masked = round & 1;
        point quad[4];
        points_of(&c, quad);
        double want = 0, touched = 0;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                const double w = share(quad, x, y);
                if (src[y * W + x] == src[y * W + x] && (!masked || valid[y * W + x])) {
                    want += w * (double)src[y * W + x];
                    touched += w;
                }
            }
        }
        for (size_t i = 0; i < l.count; i++) {
            float got;
            uint8_t got_valid;
            const imx_warp_sum_plane job = {.src = src,
                                            .src_stride = W * sizeof(float),
                                            .src_w = W,
                                            .src_h = H,
                                            .valid = masked ? valid : NULL,
                                            .valid_stride = W,
                                            .quads = one(&c),
                                            .n = 1,
                                            .dst = &got,
                                            .dst_valid = &got_valid};
            l.table[i].warp_sum.plane[imx_warp_area_index(IMX_F32)](&job);
            assert_true(touched < 1e-9 || got_valid == 255);
            assert_true(touched > 0 || (got_valid == 0 && got == 0));
            assert_true(fabs((double)got - want) <= 1e-5 * (1 + fabs(want)));
        }
    }
}

static void test_pictures(void **state) {
    (void)state;
    const levels l = levels_here();
    rng r = rng_create();
    uint8_t src[W * H * 4];
    for (unsigned round = 0; round < rng_rounds(3000); round++) {
        fill_pixels(src, (size_t)W * H, (pixel_kind)rng_below(&r, PX_KINDS), &r);
        for (int k = 0; k < W * H * 4; k++) {
            src[k] = (uint8_t)(k % 4 == 3 ? src[k] : src[k] / 8);
        }
        const corners c = random_quad(&r);
        point quad[4];
        points_of(&c, quad);
        double want[3] = {0}, alpha = 0, shares = 0;
        for (int k = 0; k < W * H; k++) {
            const double w = share(quad, k % W, k / W);
            for (int i = 0; i < 3; i++) {
                want[i] += w * src[4 * k + i] * src[4 * k + 3] / 255;
            }
            alpha += w * src[4 * k + 3];
            shares += w;
        }
        for (size_t i = 0; i < l.count; i++) {
            for (int binary = 0; binary < 2; binary++) {
                uint8_t got[4];
                const imx_warp_sum_rgba8 job = {.src = src,
                                                .src_stride = W * 4,
                                                .src_w = W,
                                                .src_h = H,
                                                .quads = one(&c),
                                                .binary_alpha = binary,
                                                .n = 1,
                                                .dst = got};
                l.table[i].warp_sum.rgba8(&job);
                if (shares > 1e-6) {
                    const double want_alpha = binary ? (alpha > 0 ? 255 : 0) : alpha / shares;
                    assert_true(fabs(got[3] - want_alpha) <= 0.5001);
                }
                for (int k = 0; k < 3 && got[3] > 0; k++) {
                    assert_true(fabs(got[k] - fmin(want[k], 255)) <= 0.5001);
                }
            }
        }
    }
}

/* Integers are rounded half up and saturate. */
static void test_integers(void **state) {
    (void)state;
    const levels l = levels_here();
    const uint16_t u16[4] = {65535, 1, 3, 0};
    const int16_t i16[4] = {-32768, -1, -3, 5};
    const corners all = {{0, 131072, 131072, 0}, {0, 0, 131072, 131072}},
                  half = {{32768, 65536, 65536, 32768}, {65536, 65536, 131072, 131072}};
    for (size_t i = 0; i < l.count; i++) {
        uint16_t got_u;
        int16_t got_i;
        uint8_t valid;
        imx_warp_sum_plane job = {.src = u16,
                                  .src_stride = 4,
                                  .src_w = 2,
                                  .src_h = 2,
                                  .quads = one(&all),
                                  .n = 1,
                                  .dst = &got_u,
                                  .dst_valid = &valid};
        l.table[i].warp_sum.plane[imx_warp_area_index(IMX_U16)](&job);
        assert_int_equal(got_u, 65535);
        job.quads = one(&half);
        l.table[i].warp_sum.plane[imx_warp_area_index(IMX_U16)](&job);
        assert_int_equal(got_u, 2);
        job.src = i16;
        job.dst = &got_i;
        l.table[i].warp_sum.plane[imx_warp_area_index(IMX_I16)](&job);
        assert_int_equal(got_i, -1);
        job.quads = one(&all);
        l.table[i].warp_sum.plane[imx_warp_area_index(IMX_I16)](&job);
        assert_int_equal(got_i, -32767);
    }
}

/* Wide quadrilaterals want scratch; without it, and outside, and without a corner, there is nothing. */
static void test_nothing(void **state) {
    (void)state;
    enum { WIDE = 300 };
    const levels l = levels_here();
    static float src[WIDE * 3];
    static uint64_t scratch[WIDE + 8];
    for (int k = 0; k < WIDE * 3; k++) {
        src[k] = 1;
    }
    const corners wide = {{1000, 290 * 65536, 291 * 65536, 3000}, {70000, 66000, 130000, 131000}},
                  outside = {{-65536, 0, 0, -65536}, {0, 0, 65536, 65536}};
    corners lost = wide;
    lost.x[2] = IMX_WARP_INVALID;
    assert_int_equal(imx_warp_sum_scratch_bytes(62), 0);
    assert_true(imx_warp_sum_scratch_bytes(WIDE) <= sizeof scratch);
    for (size_t i = 0; i < l.count; i++) {
        float got;
        uint8_t valid;
        imx_warp_sum_plane job = {.src = src,
                                  .src_stride = WIDE * sizeof(float),
                                  .src_w = WIDE,
                                  .src_h = 3,
                                  .quads = one(&wide),
                                  .scratch = scratch,
                                  .scratch_bytes = sizeof scratch,
                                  .n = 1,
                                  .dst = &got,
                                  .dst_valid = &valid};
        const imx_warp_sum_plane_fn kernel = l.table[i].warp_sum.plane[imx_warp_area_index(IMX_F32)];
        kernel(&job);
        assert_int_equal(valid, 255);
        const double twice =
            (291.0 - 1000 / 65536.0) * (131000 - 66000) / 65536.0 - (3000 / 65536.0 - 290) * (130000 - 70000) / 65536.0;
        assert_true(fabs((double)got - twice / 2) < 1e-4);
        job.scratch_bytes = 64 * sizeof(double);
        kernel(&job);
        assert_true(valid == 0 && got == 0);
        job.scratch_bytes = sizeof scratch;
        job.quads = one(&outside);
        kernel(&job);
        assert_true(valid == 0 && got == 0);
        job.quads = one(&lost);
        kernel(&job);
        assert_true(valid == 0 && got == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planes),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
