/* tests/kernels/test_warp_plane.c: the planar warp: the reference against its definition in doubles and in cases whose
 * answer is known, then each level against the reference, bit for bit. */
#include <math.h>

#include "tests/kernels/harness.h"

#define N_MAX 400
#define WINDOW_BYTES_MAX (1u << 22)

static const imx_type types[IMX_PLANE_TYPES] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32, IMX_F64};
static const char *const type_names[IMX_PLANE_TYPES] = {"u8", "u16", "i16", "f32", "f64"};
static const size_t bytes_of[IMX_PLANE_TYPES] = {1, 2, 2, 4, 8};
static const char *const method_names[IMX_WARP_METHODS] = {"nearest", "bilinear", "cubic", "cubicspline", "lanczos"};

static double sample(const void *samples, int t, size_t i) {
    switch (types[t]) {
    case IMX_U8: return ((const uint8_t *)samples)[i];
    case IMX_U16: return ((const uint16_t *)samples)[i];
    case IMX_I16: return ((const int16_t *)samples)[i];
    case IMX_F32: return (double)((const float *)samples)[i];
    default: return ((const double *)samples)[i];
    }
}

/* ---- the definition in doubles ---- */

static double triangle(double d) { return fmax(0, 1 - fabs(d)); }
static double keys(double d) {
    d = fabs(d);
    return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}
static double bspline(double d) {
    d = fabs(d);
    return d < 1 ? ((3 * d - 6) * d * d + 4) / 6 : d < 2 ? (2 - d) * (2 - d) * (2 - d) / 6 : 0;
}
static double sinc(double d) { return d == 0 ? 1 : sin(acos(-1) * d) / (acos(-1) * d); }
static double lanczos(double d) { return fabs(d) < 3 ? sinc(d) * sinc(d / 3) : 0; }
static double (*const filters[IMX_WARP_METHODS])(double) = {NULL, triangle, keys, bspline, lanczos};

typedef struct plane {
    int32_t w, h;
    int type;
    void *samples;
    uint8_t *valid; /* or NULL */
} plane;

static bool is_valid(const plane *p, int32_t x, int32_t y) {
    const size_t i = (size_t)y * (size_t)p->w + (size_t)x;
    return (!p->valid || p->valid[i]) && !isnan(sample(p->samples, p->type, i));
}

typedef struct answer {
    double value, spread; /* of the samples under the filter */
    double share;         /* of the weight that is valid */
    bool missing;
} answer;

static answer exact(const plane *p, int m, double x, double y, double sx, double sy) {
    double sum = 0, weight = 0, whole = 0, low = HUGE_VAL, high = -HUGE_VAL;
    answer a = {0};
    for (int32_t ty = 0; ty < p->h; ty++) {
        const double wy = filters[m]((ty + 0.5 - y) * sy);
        for (int32_t tx = 0; wy != 0 && tx < p->w; tx++) {
            const double w = wy * filters[m]((tx + 0.5 - x) * sx);
            const double v = sample(p->samples, p->type, (size_t)ty * (size_t)p->w + (size_t)tx);
            whole += w;
            if (is_valid(p, tx, ty)) {
                sum += w * v;
                weight += w;
                low = w != 0 ? fmin(low, v) : low;
                high = w != 0 ? fmax(high, v) : high;
            } else {
                a.missing |= w != 0;
            }
        }
    }
    a.share = weight / whole;
    a.value = sum / weight;
    a.spread = high - low;
    return a;
}

/* One output pixel by the reference; NaN where it is invalid. */
static double warp_one(const plane *p, int m, int32_t x, int32_t y, uint32_t sx, uint32_t sy) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    double out[1] = {77};
    uint8_t valid = 7;
    const imx_warp_plane job = {.src = p->samples,
                                .src_stride = (ptrdiff_t)((size_t)p->w * bytes_of[p->type]),
                                .src_w = p->w,
                                .src_h = p->h,
                                .valid = p->valid,
                                .valid_stride = p->w,
                                .x_q16 = &x,
                                .y_q16 = &y,
                                .shrink_x_q16 = sx ? &sx : NULL,
                                .shrink_y_q16 = sx ? &sy : NULL,
                                .n = 1,
                                .dst = out,
                                .dst_valid = &valid};
    assert_int_equal(imx_plane_type_index(types[p->type]), p->type);
    table.warp_plane.fn[m][p->type](&job);
    const double v = sample(out, p->type, 0);
    if (valid == 0) {
        assert_true(v == 0);
        return NAN;
    }
    assert_int_equal(valid, 255);
    return v;
}

static plane plane_create(int32_t w, int32_t h, int type, bool holes, rng *r) {
    plane p = {w, h, type, calloc((size_t)(w * h), 8), holes ? malloc((size_t)(w * h)) : NULL};
    assert_non_null(p.samples);
    for (size_t i = 0; i < (size_t)(w * h); i++) {
        const uint64_t bits = rng_next(r);
        if (types[type] == IMX_F32) {
            ((float *)p.samples)[i] =
                holes && bits % 37 == 0 ? NAN : 4000.0f + (float)(bits >> 40) / 65536.0f; /* 4000 .. 4256 */
        } else if (types[type] == IMX_F64) {
            ((double *)p.samples)[i] = holes && bits % 37 == 0 ? (double)NAN : 4000 + (double)(bits >> 12) * 0x1p-44;
        } else {
            memcpy((uint8_t *)p.samples + i * bytes_of[type], &bits, bytes_of[type]);
        }
        if (p.valid) {
            p.valid[i] = (uint8_t)(bits >> 32 & 15);
        }
    }
    return p;
}

static void plane_destroy(plane *p) {
    free(p->samples);
    free(p->valid);
}

static void test_against_doubles(void **state) {
    (void)state;
    static const double lowest[] = {0, 0, INT16_MIN, -HUGE_VAL, -HUGE_VAL};
    static const double highest[] = {255, 65535, INT16_MAX, HUGE_VAL, HUGE_VAL};
    rng r = rng_create();
    for (int i = 0; i < 4 * IMX_PLANE_TYPES; i++) {
        plane p = plane_create(37, 29, i % IMX_PLANE_TYPES, i / IMX_PLANE_TYPES & 1, &r);
        for (int k = 0; k < 1500; k++) {
            const int m = 1 + (int)rng_below(&r, IMX_WARP_METHODS - 1);
            const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
            const uint32_t sx = k & 1 ? (uint32_t)rng_between(&r, 6000, 65535) : 0;
            const uint32_t sy = k & 1 ? (uint32_t)rng_between(&r, 6000, 65536) : 0;
            answer want = exact(&p, m, x / 65536.0, y / 65536.0, sx ? sx / 65536.0 : 1, sx ? sy / 65536.0 : 1);
            const bool edge =
                x < 98304 || y < 98304 || x >= (p.w - 2) * 65536 + 32768 || y >= (p.h - 2) * 65536 + 32768;
            if (m == IMX_WARP_METHOD_CUBIC && !sx && (want.missing || edge)) { /* is bilinear */
                want = exact(&p, IMX_WARP_METHOD_BILINEAR, x / 65536.0, y / 65536.0, 1, 1);
            } else if (m == IMX_WARP_METHOD_CUBIC || m == IMX_WARP_METHOD_LANCZOS) {
                if (want.missing && fabs(want.share - 0.125) < 1e-5) {
                    continue; /* either */
                }
                if (want.missing && want.share < 0.125) {
                    want.value = sample(p.samples, p.type, (size_t)(y / 65536 * p.w + x / 65536));
                }
            }
            const double got = warp_one(&p, m, x, y, sx, sy);
            assert_true(isnan(got) == !is_valid(&p, x / 65536, y / 65536)); /* the mask is that of nearest */
            if (isnan(got)) {
                continue;
            }
            want.value = fmin(fmax(want.value, lowest[p.type]), highest[p.type]);
            const bool doubles = types[p.type] == IMX_F64;
            const double rounding = doubles ? 1e-11 : types[p.type] != IMX_F32 ? 0.5 : 0.00025;
            const double unstable = doubles ? 1e-12 : want.missing ? 1e-3 : 2e-6;
            if (!(fabs(got - want.value) <= rounding + unstable * want.spread + (doubles ? 0 : 1e-9))) {
                fail_msg("%s %s at %.4f %.4f, shrink %u %u: %.9g, want %.9g (spread %g, share %g)", method_names[m],
                         type_names[p.type], x / 65536.0, y / 65536.0, sx, sy, got, want.value, want.spread,
                         want.share);
            }
        }
        plane_destroy(&p);
    }
}

/* A constant stays bit for bit, with holes, at edges, at any scale; so do the samples at their own places. */
static void test_constant_and_identity(void **state) {
    (void)state;
    rng r = rng_create();
    for (int t = 0; t < IMX_PLANE_TYPES; t++) {
        plane p = plane_create(23, 17, t, true, &r);
        for (int32_t i = 0; i < p.w * p.h; i++) {
            for (int m = 0; m < IMX_WARP_METHODS; m++) {
                if (m == IMX_WARP_METHOD_CUBICSPLINE) {
                    continue; /* smooths */
                }
                const double got = warp_one(&p, m, i % p.w * 65536 + 32768, i / p.w * 65536 + 32768, 0, 0);
                const bool valid = is_valid(&p, i % p.w, i / p.w);
                assert_true(valid ? got == sample(p.samples, t, (size_t)i) : isnan(got));
            }
        }
        const float third = 1000 + 1 / 3.0f;
        for (int32_t i = 0; i < p.w * p.h; i++) {
            types[t] == IMX_F32   ? (void)(((float *)p.samples)[i] = third)
            : types[t] == IMX_F64 ? (void)(((double *)p.samples)[i] = 1000 + 1 / 3.0)
                                  : (void)memset((uint8_t *)p.samples + (size_t)i * bytes_of[t], 0x7b, bytes_of[t]);
        }
        for (int i = 0; i < 4000; i++) {
            const uint32_t sx = rng_below(&r, 2) ? (uint32_t)rng_between(&r, 1000, 65536) : 0;
            const uint32_t sy = sx ? (uint32_t)rng_between(&r, 1000, 65536) : 0;
            const int32_t x = rng_between(&r, 0, p.w * 65536 - 1), y = rng_between(&r, 0, p.h * 65536 - 1);
            const double got = warp_one(&p, (int)rng_below(&r, IMX_WARP_METHODS), x, y, sx, sy);
            assert_true(isnan(got) ? !is_valid(&p, x / 65536, y / 65536) : got == sample(p.samples, t, 0));
        }
        plane_destroy(&p);
    }
}

static void set(plane *p, int32_t x, int32_t y, double value) {
    if (p->type == 3) {
        ((float *)p->samples)[y * p->w + x] = (float)value;
    } else {
        ((double *)p->samples)[y * p->w + x] = value;
    }
}

/* Infinities are samples: no holes, where they have no weight no trace of them, and the sample itself where those of
 * both signs meet. */
static void test_infinities(void **state) {
    (void)state;
    rng r = rng_create();
    for (int type = 3; type < 5; type++) {
        enum { HALF = 32768 };
        plane p = plane_create(12, 9, type, false, &r);
        set(&p, 4, 4, HUGE_VAL);
        set(&p, 5, 4, -HUGE_VAL);
        set(&p, 9, 6, HUGE_VAL);
        set(&p, 0, 0, 3e38);
        set(&p, 1, 0, -3e38);
        for (int i = 0; i < 5000; i++) {
            const int m = (int)rng_below(&r, IMX_WARP_METHODS);
            const uint32_t shrink = i % 3 ? 0 : (uint32_t)rng_between(&r, 20000, 65536);
            assert_true(!isnan(warp_one(&p, m, rng_between(&r, 0, p.w * 65536 - 1), rng_between(&r, 0, p.h * 65536 - 1),
                                        shrink, shrink)));
        }
        for (int32_t at = 0; at < p.w * p.h; at++) { /* 1:1 */
            const int32_t x = at % p.w, y = at / p.w;
            for (int m = 0; m < IMX_WARP_METHODS; m++) {
                const double v = warp_one(&p, m, x * 65536 + HALF, y * 65536 + HALF, 0, 0);
                assert_true(m == IMX_WARP_METHOD_CUBICSPLINE || v == sample(p.samples, type, (size_t)at));
            }
        }
        const int32_t beside_x = 9 * 65536 + HALF - 90000, row = 6 * 65536 + HALF; /* in the negative lobe of 9, 6 */
        assert_true(warp_one(&p, IMX_WARP_METHOD_CUBIC, beside_x, row, 0, 0) == -HUGE_VAL);
        assert_true(isfinite(warp_one(&p, IMX_WARP_METHOD_BILINEAR, beside_x, row, 0, 0)));
        assert_true(warp_one(&p, IMX_WARP_METHOD_BILINEAR, 9 * 65536, row, 0, 0) == HUGE_VAL);
        for (int m = 1; m < IMX_WARP_METHODS; m++) { /* between the two */
            assert_true(warp_one(&p, m, 5 * 65536 - 9, 4 * 65536 + HALF, 0, 0) == HUGE_VAL);
            assert_true(warp_one(&p, m, 5 * 65536 + 9, 4 * 65536 + HALF, 0, 0) == -HUGE_VAL);
        }
        plane_destroy(&p);
    }
}

static void test_saturation(void **state) {
    (void)state;
    /* Overshoot saturates. */
    plane edge = {8, 8, 1, malloc(128), NULL};
    for (int i = 0; i < 64; i++) {
        ((uint16_t *)edge.samples)[i] = i % 8 < 4 ? 0 : 65535;
    }
    assert_true(warp_one(&edge, IMX_WARP_METHOD_CUBIC, 3 * 65536 + 10000, 4 * 65536, 0, 0) == 0);
    assert_true(warp_one(&edge, IMX_WARP_METHOD_LANCZOS, 4 * 65536 + 60000, 4 * 65536, 0, 0) == 65535);
    plane_destroy(&edge);
}

static void test_outside_and_types(void **state) {
    (void)state;
    rng r = rng_create();
    plane p = plane_create(5, 3, 1, false, &r);
    static const int32_t out_x[] = {-1, 5 * 65536, INT32_MAX, INT32_MIN};
    for (int m = 0; m < IMX_WARP_METHODS; m++) {
        for (size_t i = 0; i < 4; i++) {
            assert_true(isnan(warp_one(&p, m, out_x[i], 65536, 0, 0)));
            assert_true(isnan(warp_one(&p, m, 65536, out_x[i], 30000, 30000)));
        }
        assert_true(!isnan(warp_one(&p, m, 0, 0, 0, 0)));
        assert_true(!isnan(warp_one(&p, m, 5 * 65536 - 1, 3 * 65536 - 1, 0, 0)));
        assert_true(!isnan(warp_one(&p, m, 65536, 65536, 0, 16))); /* no shrink along x: none at all */
        assert_true(!isnan(warp_one(&p, m, 65536, 65536, 1, 1)));  /* clamped to 16 */
    }
    assert_int_equal(imx_plane_type_index(IMX_I8), -1);
    assert_int_equal(imx_plane_type_index(IMX_U32), -1);
    plane_destroy(&p);
}

/* ---- variants ---- */

typedef struct fixture {
    levels levels;
    rng rng;
    guarded src, valid, x, y, sx, sy, dst, dst_valid;
} fixture;

static void fill(rng *r, int t, uint8_t *row, size_t n, bool wild) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t bits = rng_next(r);
        float f = (float)(bits >> 40) / 256.0f - 30000.0f;
        if (wild && bits % 41 == 0) {
            static const float odd[] = {NAN, INFINITY, -INFINITY, -0.0f, 1e-42f, 3.4e38f, -3.4e38f, 0};
            f = odd[bits >> 32 & 7];
        }
        const double d = (double)f * 1.1;
        memcpy(row + i * bytes_of[t],
               types[t] == IMX_F32   ? (const void *)&f
               : types[t] == IMX_F64 ? (const void *)&d
                                     : (const void *)&bits,
               bytes_of[t]);
    }
}

static void run_levels(fixture *f, imx_warp_plane *job, int t) {
    static uint8_t want[8 * N_MAX], want_valid[N_MAX];
    for (int m = 0; m < IMX_WARP_METHODS; m++) {
        for (size_t l = 0; l < f->levels.count; l++) {
            const size_t bytes = bytes_of[t] * job->n;
            uint8_t *dst = guarded_place(&f->dst, bytes, bytes_of[t], &f->rng);
            uint8_t *dst_valid = guarded_place(&f->dst_valid, job->n, 1, &f->rng);
            memset(dst, 0x5A, bytes);
            memset(dst_valid, 0x5A, job->n);
            job->dst = dst;
            job->dst_valid = dst_valid;
            f->levels.table[l].warp_plane.fn[m][t](job);
            guarded_check(&f->dst, dst, bytes);
            guarded_check(&f->dst_valid, dst_valid, job->n);
            if (l == 0) {
                memcpy(want, dst, bytes);
                memcpy(want_valid, dst_valid, job->n);
            }
            for (size_t i = 0; i < job->n; i++) {
                if (memcmp(dst + i * bytes_of[t], want + i * bytes_of[t], bytes_of[t]) != 0 ||
                    dst_valid[i] != want_valid[i]) {
                    fail_msg("%s %s, %s: pixel %zu of %zu at %.5f %.5f is %.9g (%u), want %.9g (%u)", method_names[m],
                             type_names[t], imx_cpu_name(f->levels.table[l].cpu_mask), i, job->n,
                             job->x_q16[i] / 65536.0, job->y_q16[i] / 65536.0, sample(dst, t, i), dst_valid[i],
                             sample(want, t, i), want_valid[i]);
                }
            }
        }
    }
}

static int32_t position(rng *r, int32_t size) {
    switch (rng_below(r, 12)) {
    case 0: return rng_between(r, INT32_MIN, INT32_MAX);
    case 1: return rng_between(r, -4 * 65536, 4 * 65536);
    case 2: return (int32_t)((int64_t)size * 65536 - rng_between(r, 0, 400000));
    case 3: return rng_between(r, 0, size < 16000 ? 2 * size : 32000) * 32768;
    case 4: return IMX_WARP_INVALID;
    default: return rng_between(r, 0, size * 65536 - (size == 32767 ? 0 : 1));
    }
}

static void random_case(fixture *f, size_t n, int32_t w, int32_t h) {
    rng *r = &f->rng;
    const int t = (int)rng_below(r, IMX_PLANE_TYPES);
    const size_t size = bytes_of[t], stride = ((size_t)w + rng_below(r, 9)) * size,
                 valid_stride = (size_t)w + rng_below(r, 5);
    const size_t bytes = stride * (size_t)(h - 1) + (size_t)w * size;
    const size_t valid_bytes = valid_stride * (size_t)(h - 1) + (size_t)w;
    uint8_t *src = guarded_place(&f->src, bytes, size, r), *valid = guarded_place(&f->valid, valid_bytes, 1, r);
    const bool wild = rng_below(r, 2), flip = rng_below(r, 3) == 0, dense = rng_below(r, 2), minified = rng_below(r, 2);
    const uint32_t holes = rng_below(r, 4); /* 0: no plane, 1: all valid, else: every 2nd or 50th is not */
    for (int32_t y = 0; y < h; y++) {
        fill(r, t, src + stride * (size_t)y, (size_t)w, wild);
    }
    for (size_t i = 0; i < valid_bytes; i++) {
        valid[i] = holes > 1 && rng_below(r, holes == 2 ? 2 : 50) == 0 ? 0 : (uint8_t)(1 + rng_below(r, 255));
    }
    int32_t *x = (int32_t *)(void *)guarded_place(&f->x, 4 * n, 4, r);
    int32_t *y = (int32_t *)(void *)guarded_place(&f->y, 4 * n, 4, r);
    uint32_t *sx = (uint32_t *)(void *)guarded_place(&f->sx, 4 * n, 4, r);
    uint32_t *sy = (uint32_t *)(void *)guarded_place(&f->sy, 4 * n, 4, r);
    const uint32_t kind = rng_below(r, 4);
    const uint32_t one = (uint32_t)rng_between(r, 8000, 65536);
    for (size_t i = 0; i < n; i++) {
        x[i] = dense ? rng_between(r, 0, w * 65536 - (w == 32767)) : position(r, w);
        y[i] = dense ? rng_between(r, 0, h * 65536 - (h == 32767)) : position(r, h);
        sx[i] = kind == 0   ? IMX_Q16_ONE
                : kind == 1 ? one
                : kind == 2 ? (uint32_t)rng_between(r, 2000, 70000)
                            : (rng_below(r, 3) ? IMX_Q16_ONE : (uint32_t)rng_between(r, 20000, 65536));
        sy[i] = kind == 1 || rng_below(r, 2) ? sx[i] : IMX_Q16_ONE;
    }
    imx_warp_plane job = {.src = flip ? src + stride * (size_t)(h - 1) : src,
                          .src_stride = flip ? -(ptrdiff_t)stride : (ptrdiff_t)stride,
                          .src_w = w,
                          .src_h = h,
                          .valid = !holes ? NULL
                                   : flip ? valid + valid_stride * (size_t)(h - 1)
                                          : valid,
                          .valid_stride = flip ? -(ptrdiff_t)valid_stride : (ptrdiff_t)valid_stride,
                          .x_q16 = x,
                          .y_q16 = y,
                          .shrink_x_q16 = minified ? sx : NULL,
                          .shrink_y_q16 = minified ? sy : NULL,
                          .n = n};
    run_levels(f, &job, t);
}

static int32_t window_size(rng *r) { return rng_below(r, 2) ? rng_between(r, 1, 12) : rng_between(r, 1, 100); }

static void test_short_rows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(250);
    for (size_t n = 0; n <= 17; n++) {
        for (unsigned i = 0; i < rounds; i++) {
            random_case(f, n, window_size(&f->rng), window_size(&f->rng));
        }
    }
}

static void test_long_rows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(500);
    for (unsigned i = 0; i < rounds; i++) {
        random_case(f, 18 + rng_below(&f->rng, 200), rng_between(&f->rng, 40, 120), rng_between(&f->rng, 40, 120));
    }
}

static void test_long_windows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(20);
    for (unsigned i = 0; i < rounds; i++) {
        random_case(f, 64, 32767, rng_between(&f->rng, 1, 6));
        random_case(f, 64, rng_between(&f->rng, 1, 6), 32767);
    }
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(), .rng = rng_create()};
    f.src = guarded_create(WINDOW_BYTES_MAX + 65536);
    f.valid = guarded_create(WINDOW_BYTES_MAX + 65536);
    guarded *small[] = {&f.x, &f.y, &f.sx, &f.sy, &f.dst, &f.dst_valid};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        *small[i] = guarded_create(8 * N_MAX + 4096);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded *all[] = {&f->src, &f->valid, &f->x, &f->y, &f->sx, &f->sy, &f->dst, &f->dst_valid};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        guarded_destroy(all[i]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_doubles),   cmocka_unit_test(test_constant_and_identity),
        cmocka_unit_test(test_infinities),        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_outside_and_types), cmocka_unit_test(test_short_rows),
        cmocka_unit_test(test_long_rows),         cmocka_unit_test(test_long_windows),
    };
    return cmocka_run_group_tests_name("kernels: planar warp", tests, setup, teardown);
}
