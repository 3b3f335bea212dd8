/* tests/kernels/test_warp_sum.c: sums by shares against polygons cut at every pixel's edges; each level against the
 * reference, byte for byte. */
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
    double doubles[W * H]; /* a million and less than a float resolves there */
    uint8_t valid[W * H];
    for (int k = 0; k < W * H; k++) {
        src[k] = rng_below(&r, 30) ? (float)rng_between(&r, -1000, 1000) / 8 : NAN;
        doubles[k] = (double)src[k] * 1e-6 + 1e6;
        valid[k] = rng_below(&r, 10) != 0;
    }
    for (unsigned round = 0; round < rng_rounds(4000); round++) {
        const corners c = random_quad(&r);
        const bool masked = round & 1;
        point quad[4];
        points_of(&c, quad);
        double want = 0, want_doubles = 0, touched = 0;
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                const double w = share(quad, x, y);
                if (src[y * W + x] == src[y * W + x] && (!masked || valid[y * W + x])) {
                    want += w * (double)src[y * W + x];
                    want_doubles += w * doubles[y * W + x];
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
            l.table[i].warp_sum.plane[imx_plane_type_index(IMX_F32)](&job);
            assert_true(touched < 1e-9 || got_valid == 255);
            assert_true(touched > 0 || (got_valid == 0 && got == 0));
            assert_true(fabs((double)got - want) <= 1e-5 * (1 + fabs(want)));
            double got_double;
            imx_warp_sum_plane of_doubles = job;
            of_doubles.src = doubles;
            of_doubles.src_stride = W * sizeof(double);
            of_doubles.dst = &got_double;
            l.table[i].warp_sum.plane[imx_plane_type_index(IMX_F64)](&of_doubles);
            assert_true(touched < 1e-9 || got_valid == 255);
            assert_true(touched > 0 || (got_valid == 0 && got_double == 0));
            /* shares are exact to 2^-32 px at worst */
            assert_true(fabs(got_double - want_doubles) <= 1e-9 * (1e6 + fabs(want_doubles)));
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
        l.table[i].warp_sum.plane[imx_plane_type_index(IMX_U16)](&job);
        assert_int_equal(got_u, 65535);
        job.quads = one(&half);
        l.table[i].warp_sum.plane[imx_plane_type_index(IMX_U16)](&job);
        assert_int_equal(got_u, 2);
        job.src = i16;
        job.dst = &got_i;
        l.table[i].warp_sum.plane[imx_plane_type_index(IMX_I16)](&job);
        assert_int_equal(got_i, -1);
        job.quads = one(&all);
        l.table[i].warp_sum.plane[imx_plane_type_index(IMX_I16)](&job);
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
        const imx_warp_sum_plane_fn kernel = l.table[i].warp_sum.plane[imx_plane_type_index(IMX_F32)];
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

/* ---- rows: each level against the reference ---- */

enum { N_MAX = 37, SAMPLES_MAX = 40 * 40 };

typedef struct row_case {
    size_t n;
    int32_t w, h, q16[8][N_MAX];
    bool upwards, masked;
} row_case;

/* Quadrilaterals of about `side` px that touch each other, or anywhere; a few are wild or nothing. */
static void fill_row(row_case *row, rng *r) {
    static const double sides[] = {0.03, 0.4, 0.9, 1, 1.3, 1.9, 2.4, 3.1, 5};
    const double side = sides[rng_below(r, 9)], turn = rng_below(r, 3) ? rng_below(r, 628) / 100.0 : 0;
    const double from_x = rng_below(r, 300) / 100.0, from_y = rng_between(r, 0, row->h * 100) / 100.0;
    const bool scattered = rng_below(r, 4) == 0, back = rng_below(r, 2), whole = rng_below(r, 4) == 0;
    for (size_t i = 0; i < row->n; i++) {
        for (int k = 0; k < 4; k++) {
            const int corner = back ? 3 - k : k;
            const double u = (double)i + (corner == 1 || corner == 2), v = corner / 2;
            double x = from_x + side * (u * cos(turn) - v * sin(turn)),
                   y = from_y + side * (u * sin(turn) + v * cos(turn));
            x = scattered ? x + rng_below(r, 60) / 20.0 : fmod(fabs(x), row->w + 1.0);
            y = scattered ? y + rng_below(r, 60) / 20.0 : fmod(fabs(y), row->h + 1.0);
            row->q16[k][i] = (int32_t)lround(65536 * (whole ? floor(x) : x));
            row->q16[4 + k][i] = (int32_t)lround(65536 * (whole ? floor(y) : y));
        }
        if (rng_below(r, 40) == 0) {
            row->q16[rng_below(r, 8)][i] = rng_below(r, 2) ? IMX_WARP_INVALID : (int32_t)rng_next(r);
        }
    }
}

static imx_sum_quads quads_of(const row_case *row) {
    return (imx_sum_quads){{row->q16[0], row->q16[1], row->q16[2], row->q16[3]},
                           {row->q16[4], row->q16[5], row->q16[6], row->q16[7]}};
}

static void same_pictures(const levels *l, const row_case *row, guarded *src, guarded *dst, rng *r) {
    const size_t bytes = (size_t)row->w * (size_t)row->h * 4;
    uint8_t *window = guarded_place(src, bytes, 1, r), want[4 * N_MAX];
    fill_pixels(window, bytes / 4, (pixel_kind)rng_below(r, PX_KINDS), r);
    const ptrdiff_t stride = 4 * (ptrdiff_t)row->w;
    static uint64_t scratch[40000];
    imx_warp_sum_rgba8 job = {.src = row->upwards ? window + (row->h - 1) * stride : window,
                              .src_stride = row->upwards ? -stride : stride,
                              .src_w = row->w,
                              .src_h = row->h,
                              .quads = quads_of(row),
                              .binary_alpha = rng_below(r, 2),
                              .scratch = scratch,
                              .scratch_bytes = sizeof scratch,
                              .n = row->n};
    for (size_t i = 0; i < l->count; i++) {
        uint8_t *out = guarded_place(dst, 4 * row->n, 1, r);
        job.dst = out;
        l->table[i].warp_sum.rgba8(&job);
        guarded_check(dst, out, 4 * row->n);
        if (i == 0) {
            memcpy(want, out, 4 * row->n);
        }
        assert_pixels("sum", imx_cpu_name(l->table[i].cpu_mask), out, want, row->n);
    }
}

static double any_sample(rng *r) {
    static const double strange[] = {NAN, INFINITY, -INFINITY, -0.0, 3e38};
    return rng_below(r, 25) ? rng_between(r, -5000, 5000) / 7.0 : strange[rng_below(r, 5)];
}

static void same_planes(const levels *l, const row_case *row, int type, guarded *src, guarded *valid, guarded *dst,
                        rng *r) {
    static const size_t sample_bytes[] = {1, 2, 2, 4, 8};
    const size_t one = sample_bytes[type], count = (size_t)row->w * (size_t)row->h;
    uint8_t *window = guarded_place(src, count * one, one, r), *mask = guarded_place(valid, count, 1, r);
    uint8_t want[8 * N_MAX], want_valid[N_MAX], got_valid[N_MAX];
    for (size_t i = 0; i < count; i++) {
        const double v = any_sample(r);
        const float v32 = (float)v;
        const uint32_t bits = (uint32_t)rng_next(r);
        memcpy(window + i * one, type == 4 ? (const void *)&v : type == 3 ? (const void *)&v32 : &bits, one);
        mask[i] = rng_below(r, 5) ? 1 + (uint8_t)rng_below(r, 255) : 0;
    }
    const ptrdiff_t stride = (ptrdiff_t)((size_t)row->w * one);
    static uint64_t scratch[40000];
    imx_warp_sum_plane job = {.src = row->upwards ? window + (row->h - 1) * stride : window,
                              .src_stride = row->upwards ? -stride : stride,
                              .src_w = row->w,
                              .src_h = row->h,
                              .valid = row->masked ? mask : NULL,
                              .valid_stride = row->w,
                              .quads = quads_of(row),
                              .scratch = scratch,
                              .scratch_bytes = sizeof scratch,
                              .n = row->n,
                              .dst_valid = got_valid};
    for (size_t i = 0; i < l->count; i++) {
        uint8_t *out = guarded_place(dst, row->n * one, one, r);
        job.dst = out;
        l->table[i].warp_sum.plane[type](&job);
        guarded_check(dst, out, row->n * one);
        if (i == 0) {
            memcpy(want, out, row->n * one);
            memcpy(want_valid, got_valid, row->n);
        }
        assert_memory_equal(out, want, row->n * one);
        assert_memory_equal(got_valid, want_valid, row->n);
    }
}

static void test_levels(void **state) {
    (void)state;
    const levels l = levels_here();
    rng r = rng_create();
    guarded src = guarded_create(8 * SAMPLES_MAX + 64), valid = guarded_create(SAMPLES_MAX + 64),
            dst = guarded_create(8 * N_MAX + 64);
    for (unsigned round = 0; round < rng_rounds(6000); round++) {
        row_case row = {.n = rng_below(&r, N_MAX + 1),
                        .w = rng_below(&r, 5) ? rng_between(&r, 20, 40) : rng_between(&r, 1, 6),
                        .h = rng_below(&r, 5) ? rng_between(&r, 20, 40) : rng_between(&r, 1, 6),
                        .upwards = rng_below(&r, 2),
                        .masked = rng_below(&r, 2)};
        fill_row(&row, &r);
        same_pictures(&l, &row, &src, &dst, &r);
        same_planes(&l, &row, (int)(round % IMX_PLANE_TYPES), &src, &valid, &dst, &r);
    }
    guarded_destroy(&src);
    guarded_destroy(&valid);
    guarded_destroy(&dst);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planes),  cmocka_unit_test(test_pictures), cmocka_unit_test(test_integers),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests_name("kernels: sums", tests, NULL, NULL);
}
