/* tests/kernels/test_reduce.c: reduction by two: the references against their definitions, each level against them. */
#include <math.h>

#include "tests/kernels/harness.h"

#define BUFFER_BYTES (1u << 17)

static const char *const names[] = {"average", "nearest", "mode", "min", "max", "bilinear", "cubic", "lanczos"};

static imx_kernels references(void) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    return table;
}

/* ---- rgba8, against the definitions ---------------------------------------------------------------------------- */

/* All alphas of a coarse set, colours of a coarse set that differ per channel. */
static void test_average(void **state) {
    (void)state;
    static const uint8_t alphas[] = {0, 1, 2, 3, 127, 128, 254, 255}, colors[] = {0, 1, 100, 255};
    const imx_kernels t = references();
    for (unsigned ai = 0; ai < 4096; ai++) {
        uint8_t a[4];
        unsigned sum_a = 0;
        for (int k = 0; k < 4; k++) {
            a[k] = alphas[ai >> 3 * k & 7];
            sum_a += a[k];
        }
        for (unsigned ci = 0; ci < 256; ci++) {
            uint8_t src[16], dst[4];
            unsigned sum[3] = {0};
            for (unsigned k = 0; k < 4; k++) {
                for (unsigned c = 0; c < 3; c++) {
                    src[4 * k + c] = colors[((ci >> 2 * k) + c) & 3];
                    sum[c] += src[4 * k + c] * a[k];
                }
                src[4 * k + 3] = a[k];
            }
            t.reduce.rgba8[IMX_REDUCE_AVERAGE](src, 8, 1, 1, dst, 4);
            const unsigned alpha = (sum_a + 2) / 4;
            assert_int_equal(dst[3], alpha);
            for (int c = 0; c < 3; c++) {
                assert_int_equal(dst[c], alpha == 0 ? 0 : (sum[c] + sum_a / 2) / sum_a);
            }
        }
    }
}

/* No fringe: whatever lies under alpha 0, and however little alpha the valid pixels have, their colour stays. */
static void test_average_keeps_color(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned where = 1; where < 16; where++) {
            uint8_t src[16], dst[4];
            for (unsigned k = 0; k < 4; k++) {
                const uint8_t valid[4] = {200, 100, 50, (uint8_t)a}, none[4] = {255, 0, 255, 0};
                memcpy(src + 4 * k, where >> k & 1 ? valid : none, 4);
            }
            t.reduce.rgba8[IMX_REDUCE_AVERAGE](src, 8, 1, 1, dst, 4);
            if (dst[3]) {
                assert_int_equal(dst[0], 200);
                assert_int_equal(dst[1], 100);
                assert_int_equal(dst[2], 50);
            }
        }
    }
}

/* Reads on, counting; the first value that comes to the highest number wins. */
static void want_mode(const uint8_t src[16], uint8_t want[4]) {
    unsigned highest = 0;
    memset(want, 0, 4);
    for (int i = 0; i < 4; i++) {
        unsigned times = 0;
        for (int k = 0; k <= i; k++) {
            times += memcmp(src + 4 * i, src + 4 * k, 4) == 0;
        }
        if (src[4 * i + 3] && times > highest) {
            highest = times;
            memcpy(want, src + 4 * i, 4);
        }
    }
}

static void want_extreme(const uint8_t src[16], bool largest, uint8_t want[4]) {
    memset(want, 0, 4);
    bool first = true;
    for (int i = 0; i < 4; i++) {
        const uint8_t *px = src + 4 * i;
        for (int c = 0; c < 3 && px[3]; c++) {
            want[c] = first || (largest ? px[c] > want[c] : px[c] < want[c]) ? px[c] : want[c];
        }
        first = first && !px[3];
        want[3] = px[3] > want[3] ? px[3] : want[3];
    }
}

/* All quads of four pixels, of which two differ in one channel only and one is invalid, with a colour. */
static void test_choosing(void **state) {
    (void)state;
    static const uint8_t pixels[][4] = {{9, 50, 200, 255}, {9, 51, 200, 255}, {200, 0, 1, 7}, {255, 255, 255, 0},
                                        {0, 0, 0, 0},      {9, 50, 200, 254}, {255, 3, 0, 1}};
    enum { KINDS = sizeof pixels / sizeof *pixels };
    const imx_kernels t = references();
    for (unsigned at = 0; at < KINDS * KINDS * KINDS * KINDS; at++) {
        uint8_t src[16], want[4], got[4];
        for (unsigned k = 0, rest = at; k < 4; k++, rest /= KINDS) {
            memcpy(src + 4 * k, pixels[rest % KINDS], 4);
        }
        memset(want, 0, 4);
        memcpy(want, src, src[3] ? 4 : 0);
        t.reduce.rgba8[IMX_REDUCE_NEAREST](src, 8, 1, 1, got, 4);
        assert_pixels("nearest", "scalar", got, want, 1);
        want_mode(src, want);
        t.reduce.rgba8[IMX_REDUCE_MODE](src, 8, 1, 1, got, 4);
        assert_pixels("mode", "scalar", got, want, 1);
        want_extreme(src, false, want);
        t.reduce.rgba8[IMX_REDUCE_MIN](src, 8, 1, 1, got, 4);
        assert_pixels("min", "scalar", got, want, 1);
        want_extreme(src, true, want);
        t.reduce.rgba8[IMX_REDUCE_MAX](src, 8, 1, 1, got, 4);
        assert_pixels("max", "scalar", got, want, 1);
    }
}

/* Taps from the formulas, in the order of their places. */
static int32_t weight_of(imx_reduce_method method, int tap, int taps) {
    const double pi = 3.14159265358979323846, x = fabs(tap - (taps - 1) / 2.0) / 2; /* in widened units */
    double w;
    if (method == IMX_REDUCE_BILINEAR) {
        w = 1 - x;
    } else if (method == IMX_REDUCE_CUBIC) {
        w = x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
    } else {
        w = sin(pi * x) / (pi * x) * sin(pi * x / 3) / (pi * x / 3);
        double sum = 0;
        for (double at = 0.25; at < 3; at += 0.5) {
            sum += sin(pi * at) / (pi * at) * sin(pi * at / 3) / (pi * at / 3);
        }
        w /= sum;
    }
    return (int32_t)lround(w * 8192);
}

static uint8_t clamped(int64_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/* One output pixel by the book; px: its first tap. */
static void want_filtered(imx_reduce_method method, const uint8_t *px, size_t stride, uint8_t want[4]) {
    const int taps = 2 * imx_reduce_halo_px(method) + 2;
    int64_t s = 0, sums[3] = {0};
    for (int y = 0; y < taps; y++) {
        for (int x = 0; x < taps; x++) {
            const uint8_t *at = px + (size_t)y * stride + 4 * x;
            const int64_t w = (int64_t)weight_of(method, x, taps) * weight_of(method, y, taps);
            s += w * at[3];
            for (int c = 0; c < 3; c++) {
                sums[c] += w * at[3] * at[c];
            }
        }
    }
    want[3] = clamped((s + (1 << 27)) >> 28);
    for (int c = 0; c < 3; c++) {
        want[c] = want[3] ? clamped((int64_t)floor((double)(sums[c] + s / 2) / (double)s)) : 0;
    }
}

static void test_filters(void **state) {
    (void)state;
    const imx_kernels t = references();
    rng r = rng_create();
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        const size_t halo = (size_t)imx_reduce_halo_px(method);
        for (unsigned round = 0; round < 60; round++) {
            enum { W = 7, H = 3, WIDE = 2 * (W + IMX_REDUCE_HALO_MAX_PX), HIGH = 2 * (H + IMX_REDUCE_HALO_MAX_PX) };
            uint8_t src[4 * WIDE * HIGH], got[4 * W * H], want[4];
            const size_t stride = 4 * WIDE;
            fill_pixels(src, WIDE * HIGH, round % PX_KINDS, &r);
            t.reduce.rgba8[method](src + halo * (stride + 4), (ptrdiff_t)stride, W, H, got, 4 * W);
            for (size_t i = 0; i < W * H; i++) {
                want_filtered(method, src + i / W * 2 * stride + i % W * 8, stride, want);
                assert_pixels(names[method], "scalar", got + 4 * i, want, 1);
            }
        }
    }
}

/* A plain area stays what it is, to its very edge; alpha falls off as the filter does, and colour does not. */
static void test_filters_keep_color(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        enum { W = 16, WIDE = 2 * W + 2 * IMX_REDUCE_HALO_MAX_PX, HIGH = 2 + 2 * IMX_REDUCE_HALO_MAX_PX };
        uint8_t src[4 * WIDE * HIGH] = {0}, got[4 * W];
        for (size_t i = 0; i < WIDE * HIGH; i++) {
            static const uint8_t plain[4] = {200, 100, 50, 255};
            memcpy(src + 4 * i, plain, i % WIDE < WIDE / 2 ? 4 : 0);
        }
        t.reduce.rgba8[method](src + IMX_REDUCE_HALO_MAX_PX * 4 * (WIDE + 1), 4 * WIDE, W, 1, got, 4 * W);
        assert_int_equal(got[3], 255);
        assert_int_equal(got[4 * W - 1], 0);
        for (size_t i = 0; i < W; i++) {
            assert_true(!got[4 * i + 3] || (got[4 * i] == 200 && got[4 * i + 1] == 100 && got[4 * i + 2] == 50));
        }
    }
}

/* ---- every level against the reference
 * ------------------------------------------------------------------------- */

typedef struct fixture {
    levels levels;
    rng rng;
    guarded a, b, c, d;
    uint8_t *want; /* BUFFER_BYTES */
} fixture;

static const char *level_name(const fixture *f, size_t l) { return imx_cpu_name(f->levels.table[l].cpu_mask); }

/* Few colours, so that pixels of a quad are often equal. */
static void fill_few(uint8_t *px, size_t n, rng *r) {
    static const uint8_t some[][4] = {{1, 2, 3, 255}, {1, 2, 4, 255}, {0, 0, 0, 0}, {7, 7, 7, 0}, {1, 2, 3, 9}};
    for (size_t i = 0; i < n; i++) {
        memcpy(px + 4 * i, some[rng_below(r, 5)], 4);
    }
}

/* Widths 0..2 vectors and one, then some; strides of either sign, padded or not; what is between the rows
 * stays. */
static void run_rgba8(fixture *f, imx_reduce_method method) {
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(1500);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t w = i % 20 ? i % 34 : rng_below(r, 100), h = rng_below(r, 4);
        const size_t halo = (size_t)imx_reduce_halo_px(method), wide = 2 * (w + halo), high = h ? 2 * (h + halo) : 0;
        const size_t ss = 4 * wide + (rng_below(r, 2) ? 0 : rng_below(r, 40)),
                     ds = 4 * w + (rng_below(r, 2) ? 0 : rng_below(r, 40));
        const size_t src_bytes = h ? ss * (high - 1) + 4 * wide : 0, dst_bytes = h ? ds * (h - 1) + 4 * w : 0;
        uint8_t *src = guarded_place(&f->a, src_bytes, 1, r);
        const uint32_t kind = rng_below(r, PX_KINDS + 6);
        for (size_t y = 0; y < high; y++) {
            const uint32_t of_row = kind < PX_KINDS + 3 ? kind : rng_below(r, 3); /* random, opaque, empty in turn */
            if (of_row < PX_KINDS) {
                fill_pixels(src + ss * y, wide, (pixel_kind)of_row, r);
            } else {
                fill_few(src + ss * y, wide, r);
            }
        }
        const bool flip_src = h && rng_below(r, 3) == 0, flip_dst = h && rng_below(r, 3) == 0;
        const uint8_t *src0 = (flip_src ? src + ss * (high - 1 - halo) : src + ss * (h ? halo : 0)) + 4 * halo;
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *dst = guarded_place(&f->b, dst_bytes, 1, r);
            memset(dst, 0x5A, dst_bytes);
            f->levels.table[l].reduce.rgba8[method](src0, flip_src ? -(ptrdiff_t)ss : (ptrdiff_t)ss, w, h,
                                                    flip_dst ? dst + ds * (h - 1) : dst,
                                                    flip_dst ? -(ptrdiff_t)ds : (ptrdiff_t)ds);
            guarded_check(&f->b, dst, dst_bytes);
            if (l == 0) {
                memcpy(f->want, dst, dst_bytes);
            }
            for (size_t y = 0; y < h; y++) {
                assert_pixels(names[method], level_name(f, l), dst + ds * y, f->want + ds * y, w);
            }
            assert_memory_equal(dst, f->want, dst_bytes); /* the padding too */
        }
    }
}

static void test_rgba8_levels(void **state) {
    for (unsigned method = 0; method < IMX_REDUCE_METHODS; method++) {
        run_rgba8(*state, (imx_reduce_method)method);
    }
}

/* Every alpha beside every colour: the float division of a variant must be exact. */
static void test_average_of_every_alpha(void **state) {
    fixture *f = *state;
    enum { N = 256 * 16 };
    static uint8_t src[4 * N], got[N], want[N];
    for (unsigned a = 0; a < 256; a++) {
        fill_pixels(src, N, PX_RANDOM, &f->rng);
        for (unsigned i = 0; i < N; i++) {
            src[4 * i] = (uint8_t)i;
            src[4 * i + 3] = (uint8_t)(a + (i & 3 ? i : 0));
        }
        f->levels.table[0].reduce.rgba8[IMX_REDUCE_AVERAGE](src, 2 * N, N / 4, 1, want, N);
        for (size_t l = 1; l < f->levels.count; l++) {
            f->levels.table[l].reduce.rgba8[IMX_REDUCE_AVERAGE](src, 2 * N, N / 4, 1, got, N);
            assert_pixels("average", level_name(f, l), got, want, N / 4);
        }
    }
}

/* ---- planes ---------------------------------------------------------------------------------------------------- */

static const struct {
    imx_type type;
    size_t bytes;
    const char *name;
} plane_types[] = {
    {IMX_U8, 1, "u8"}, {IMX_U16, 2, "u16"}, {IMX_I16, 2, "i16"}, {IMX_F32, 4, "f32"}, {IMX_F64, 8, "f64"}};
enum { PLANE_TYPES = sizeof plane_types / sizeof *plane_types };

static double sample_at(imx_type type, const uint8_t *row, size_t i) {
    switch (type) {
    case IMX_U8: return row[i];
    case IMX_U16: return ((const uint16_t *)(const void *)row)[i];
    case IMX_I16: return ((const int16_t *)(const void *)row)[i];
    case IMX_F32: return (double)((const float *)(const void *)row)[i];
    default: return ((const double *)(const void *)row)[i];
    }
}

static void put_sample(imx_type type, uint8_t *row, size_t i, double value) {
    switch (type) {
    case IMX_U8: row[i] = (uint8_t)value; break;
    case IMX_U16: ((uint16_t *)(void *)row)[i] = (uint16_t)value; break;
    case IMX_I16: ((int16_t *)(void *)row)[i] = (int16_t)value; break;
    case IMX_F32: ((float *)(void *)row)[i] = (float)value; break;
    default: ((double *)(void *)row)[i] = value; break;
    }
}

/* Often equal, often at the ends of the type; f32 with NaN, infinities and both zeros. */
static double some_sample(imx_type type, rng *r) {
    static const double reals[] = {0, -0.0, 1.5, -3.25, 1e30, -1e-30, INFINITY, -INFINITY, NAN, NAN};
    static const int32_t u8s[] = {0, 1, 2, 254, 255}, u16s[] = {0, 1, 40000, 65534, 65535},
                         i16s[] = {-32768, -32767, -1, 0, 32767};
    const uint32_t few = rng_below(r, 5), whole = rng_below(r, 2);
    switch (type) {
    case IMX_U8: return whole ? u8s[few] : (int32_t)rng_below(r, 256);
    case IMX_U16: return whole ? u16s[few] : (int32_t)rng_below(r, 65536);
    case IMX_I16: return whole ? i16s[few] : rng_between(r, -32768, 32767);
    default:
        return whole ? reals[rng_below(r, 10)] : rng_between(r, -100, 100) * (type == IMX_F32 ? 0.37 : 0.37e9 + 1e-6);
    }
}

/* What a sum of samples of the type is rounded to. */
static double rounded_sum(imx_type type, double sum) { return type == IMX_F64 ? sum : (double)(float)sum; }

/* The definitions, over the valid samples in reading order. */
static double want_sample(imx_reduce_method method, imx_type type, const double p[4], const bool ok[4], bool *valid) {
    double number[4], best = NAN, sum[2] = {0};
    size_t n = 0, highest = 0;
    *valid = method == IMX_REDUCE_NEAREST ? ok[0] : ok[0] || ok[1] || ok[2] || ok[3];
    for (size_t i = 0; i < 4; i++) {
        if (ok[i] && p[i] == p[i]) {
            number[n++] = p[i];
            sum[i / 2] = rounded_sum(type, sum[i / 2] + p[i]);
        }
    }
    if (!*valid || method == IMX_REDUCE_NEAREST) {
        return *valid ? p[0] : 0;
    }
    for (size_t i = 0; i < n && method != IMX_REDUCE_AVERAGE; i++) {
        size_t times = 0;
        for (size_t k = 0; k <= i; k++) {
            times += number[k] == number[i];
        }
        bool wins = method == IMX_REDUCE_MODE  ? times > highest
                    : method == IMX_REDUCE_MIN ? number[i] < best
                                               : number[i] > best;
        highest = times > highest ? times : highest;
        best = i == 0 || wins ? number[i] : best;
    }
    if (method == IMX_REDUCE_AVERAGE && n) {
        best = rounded_sum(type, rounded_sum(type, sum[0] + sum[1]) / (double)n);
        best = type >= IMX_F32 ? best : round((sum[0] + sum[1]) / (double)n); /* halves away from 0 */
    }
    return best;
}

/* A mode of 0 and -0 is the one that stands first, not the one that decides. */
static bool same_value(double a, double b) { return a == b || (a != a && b != b); }

static void run_plane(fixture *f, imx_reduce_method method, size_t at) {
    const imx_type type = plane_types[at].type;
    const size_t bytes = plane_types[at].bytes;
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(300);
    for (unsigned round = 0; round < rounds; round++) {
        const size_t w = round % 20 ? round % 34 : rng_below(r, 100), h = rng_below(r, 4);
        const size_t gap = rng_below(r, 2) * 8, ss = (2 * w + gap) * bytes, vs = 2 * w + gap, ds = (w + gap) * bytes;
        const size_t src_bytes = h ? ss * (2 * h - 1) + 2 * w * bytes : 0,
                     valid_bytes = h ? vs * (2 * h - 1) + 2 * w : 0;
        const size_t dst_bytes = h ? ds * (h - 1) + w * bytes : 0, out_bytes = w * h;
        uint8_t *src = guarded_place(&f->a, src_bytes, bytes, r), *valid = guarded_place(&f->b, valid_bytes, 1, r);
        const uint32_t holes = rng_below(r, 3), flip = h ? rng_below(r, 2) : 0;
        for (size_t i = 0; i < src_bytes / bytes; i++) {
            put_sample(type, src, i, some_sample(type, r));
        }
        for (size_t i = 0; i < valid_bytes; i++) {
            valid[i] = holes == 0 || rng_below(r, 1 + holes) ? (uint8_t)(1 + rng_below(r, 255)) : 0;
        }
        imx_reduce_plane job = {.src = flip ? src + ss * (2 * h - 1) : src,
                                .src_stride = flip ? -(ptrdiff_t)ss : (ptrdiff_t)ss,
                                .valid = !holes && round % 2 ? NULL
                                         : flip              ? valid + vs * (2 * h - 1)
                                                             : valid,
                                .valid_stride = flip ? -(ptrdiff_t)vs : (ptrdiff_t)vs,
                                .w_out = w,
                                .h_out = h,
                                .dst_stride = (ptrdiff_t)ds,
                                .dst_valid_stride = (ptrdiff_t)w};
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *dst = guarded_place(&f->c, dst_bytes, bytes, r), *out = guarded_place(&f->d, out_bytes, 1, r);
            memset(dst, 0x5A, dst_bytes);
            job.dst = dst;
            job.dst_valid = rng_below(r, 4) ? out : NULL;
            f->levels.table[l].reduce.plane[method][type](&job);
            guarded_check(&f->c, dst, dst_bytes);
            guarded_check(&f->d, out, out_bytes);
            for (size_t i = 0; i < w * h; i++) {
                const uint8_t *row = (const uint8_t *)job.src + 2 * (ptrdiff_t)(i / w) * job.src_stride;
                double p[4];
                bool ok[4], want_ok;
                for (size_t k = 0; k < 4; k++) {
                    const ptrdiff_t y = 2 * (ptrdiff_t)(i / w) + (ptrdiff_t)(k / 2);
                    p[k] = sample_at(type, row + (ptrdiff_t)(k / 2) * job.src_stride, 2 * (i % w) + k % 2);
                    ok[k] = !job.valid || job.valid[y * job.valid_stride + (ptrdiff_t)(2 * (i % w) + k % 2)];
                }
                const double want = want_sample(method, type, p, ok, &want_ok);
                const double got = sample_at(type, dst + i / w * ds, i % w);
                if (!same_value(got, want) || (job.dst_valid && out[i] != (want_ok ? 255 : 0))) {
                    fail_msg("%s %s, %s: %g, not %g, of %g %g %g %g", names[method], plane_types[at].name,
                             level_name(f, l), got, want, p[0], p[1], p[2], p[3]);
                }
            }
            if (l == 0) {
                memcpy(f->want, dst, dst_bytes);
            } else if (type < IMX_F32) { /* the gaps too */
                assert_memory_equal(dst, f->want, dst_bytes);
            } else { /* 0 is not -0 */
                for (size_t i = 0; i < w * h; i++) {
                    const uint8_t *got = dst + i / w * ds + i % w * bytes, *want = f->want + (got - dst);
                    assert_true(memcmp(got, want, bytes) == 0 || isnan(sample_at(type, got, 0)));
                }
            }
        }
    }
}

static void test_planes(void **state) {
    for (unsigned method = 0; method < IMX_REDUCE_QUAD_METHODS; method++) {
        for (size_t type = 0; type < PLANE_TYPES; type++) {
            run_plane(*state, (imx_reduce_method)method, type);
        }
    }
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->levels = levels_here();
    f->rng = rng_create();
    f->a = guarded_create(BUFFER_BYTES);
    f->b = guarded_create(BUFFER_BYTES);
    f->c = guarded_create(BUFFER_BYTES);
    f->d = guarded_create(BUFFER_BYTES);
    f->want = malloc(BUFFER_BYTES);
    assert_non_null(f->want);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->a);
    guarded_destroy(&f->b);
    guarded_destroy(&f->c);
    guarded_destroy(&f->d);
    free(f->want);
    free(f);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_average_keeps_color),
        cmocka_unit_test(test_choosing),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filters_keep_color),
        cmocka_unit_test(test_rgba8_levels),
        cmocka_unit_test(test_average_of_every_alpha),
        cmocka_unit_test(test_planes),
    };
    return cmocka_run_group_tests_name("kernels: reduction by two", tests, setup, teardown);
}
