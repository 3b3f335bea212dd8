/* tests/kernels/test_reduce_filter_plane.c: planes reduced by a low-pass filter: the references against their
 * definitions, each level against them. */
#include <math.h>

#include "tests/kernels/harness.h"

enum { BUFFER_BYTES = 1 << 17, TAPS = 2 * IMX_REDUCE_HALO_MAX_PX + 2 };

static const char *const names[] = {"bilinear", "cubic", "lanczos"};
static const struct {
    imx_type type;
    size_t bytes;
    double lowest, highest;
    const char *name;
} types[] = {{IMX_U8, 1, 0, UINT8_MAX, "u8"},
             {IMX_U16, 2, 0, UINT16_MAX, "u16"},
             {IMX_I16, 2, INT16_MIN, INT16_MAX, "i16"},
             {IMX_F32, 4, 0, 0, "f32"},
             {IMX_F64, 8, 0, 0, "f64"}};
enum { TYPES = sizeof types / sizeof *types };

static double get(imx_type type, const void *row, ptrdiff_t i) {
    switch (type) {
    case IMX_U8: return ((const uint8_t *)row)[i];
    case IMX_U16: return ((const uint16_t *)row)[i];
    case IMX_I16: return ((const int16_t *)row)[i];
    case IMX_F32: return (double)((const float *)row)[i];
    default: return ((const double *)row)[i];
    }
}

static void set(imx_type type, void *row, size_t i, double v) {
    switch (type) {
    case IMX_U8: ((uint8_t *)row)[i] = (uint8_t)v; break;
    case IMX_U16: ((uint16_t *)row)[i] = (uint16_t)v; break;
    case IMX_I16: ((int16_t *)row)[i] = (int16_t)v; break;
    case IMX_F32: ((float *)row)[i] = (float)v; break;
    default: ((double *)row)[i] = v; break;
    }
}

/* ---- the definition, in exact integers where samples are integers ------------------------------------------------ */

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

typedef struct tap {
    double p;
    bool ok; /* a valid number */
} tap;

/* round-half-away(sum / weight) in integers */
static int64_t quotient(int64_t sum, int64_t weight) {
    const int64_t size = sum < 0 ? -sum : sum, rounded = (2 * size + weight) / (2 * weight);
    return sum < 0 ? -rounded : rounded;
}

/* What comes out of the taps x taps around a quad; *off: how far an f32 or f64 may be away from it. */
static double want_of(imx_reduce_method method, size_t t, tap px[TAPS][TAPS], bool *valid, double *off) {
    const int taps = 2 * imx_reduce_halo_px(method) + 2, at = taps / 2 - 1;
    const bool whole = types[t].type < IMX_F32;
    long double sum = 0, mean = 0, largest = 0;
    int64_t weight = 0, exact = 0, n = 0;
    for (int y = 0; y < taps; y++) {
        for (int x = 0; x < taps; x++) {
            const int64_t w = (int64_t)weight_of(method, x, taps) * weight_of(method, y, taps);
            const tap *p = &px[y][x];
            if (!p->ok) {
                continue;
            }
            weight += w;
            sum += (long double)w * (long double)p->p;
            exact += whole ? w * (int64_t)p->p : 0;
            largest = fmaxl(largest, fabsl((long double)p->p));
            if (x >= at && x <= at + 1 && y >= at && y <= at + 1) {
                mean += (long double)p->p;
                n++;
            }
        }
    }
    *valid = n > 0;
    *off = types[t].type == IMX_F32 ? (double)largest * 0x1p-24 : (double)largest * 1e-15;
    if (n == 0) {
        return 0;
    }
    const bool weak = method != IMX_REDUCE_BILINEAR && weight < 1 << 26;
    if (!whole) {
        *off *= weak ? 3 : 1; /* a mean of floats */
        return (double)(weak ? mean / n : sum / weight);
    }
    const int64_t v = weak ? quotient((int64_t)mean, n) : quotient(exact, weight);
    return (double)v < types[t].lowest ? types[t].lowest : (double)v > types[t].highest ? types[t].highest : (double)v;
}

/* ---- random samples ---------------------------------------------------------------------------------------------- */

/* Often at the ends of the type; reals of a few sizes, and NaN. */
static double some_sample(size_t t, rng *r) {
    const uint32_t kind = rng_below(r, 4);
    if (types[t].type < IMX_F32) {
        return kind == 0   ? types[t].lowest
               : kind == 1 ? types[t].highest
                           : types[t].lowest + rng_below(r, (uint32_t)(types[t].highest - types[t].lowest + 1));
    }
    const double v = rng_between(r, -100000, 100000) * (kind ? 0.37 : 1e-4);
    return rng_below(r, 40) == 0 ? NAN : v;
}

typedef enum hole_kind { HOLES_NONE, HOLES_FEW, HOLES_MANY, HOLES_BANDS, HOLES_ALL, HOLE_KINDS } hole_kind;

static uint8_t some_validity(hole_kind holes, size_t y, rng *r) {
    const uint32_t band = (uint32_t)(y / 7 % 3); /* whole rows of each kind */
    const bool ok = holes == HOLES_NONE || (holes == HOLES_FEW && rng_below(r, 30)) ||
                    (holes == HOLES_MANY && rng_below(r, 6) == 0) ||
                    (holes == HOLES_BANDS && (band == 0 || (band == 1 && rng_below(r, 2))));
    return ok ? (uint8_t)(1 + rng_below(r, 255)) : 0;
}

/* ---- the tests ------------------------------------------------------------------------------------------------- */

typedef struct fixture {
    levels levels;
    rng rng;
    guarded src, valid, dst, out;
    uint8_t *want; /* BUFFER_BYTES */
} fixture;

typedef struct job { /* one in memory that ends at guard pages */
    imx_reduce_plane plane;
    size_t t, wide, high, halo, dst_bytes, out_bytes;
} job;

static job make_job(fixture *f, imx_reduce_method method, size_t t, size_t w, size_t h, hole_kind holes) {
    rng *r = &f->rng;
    const size_t bytes = types[t].bytes, halo = (size_t)imx_reduce_halo_px(method);
    const size_t wide = 2 * (w + halo), high = h ? 2 * (h + halo) : 0, gap = rng_below(r, 2) * 5;
    const size_t ss = (wide + gap) * bytes, vs = wide + gap, ds = (w + gap) * bytes;
    const size_t src_bytes = h ? ss * (high - 1) + wide * bytes : 0, valid_bytes = h ? vs * (high - 1) + wide : 0;
    const bool flip_src = h && rng_below(r, 3) == 0;
    uint8_t *src = guarded_place(&f->src, src_bytes, bytes, r), *valid = guarded_place(&f->valid, valid_bytes, 1, r);
    for (size_t i = 0; i < src_bytes / bytes; i++) {
        set(types[t].type, src, i, some_sample(t, r));
    }
    for (size_t i = 0; i < valid_bytes; i++) {
        valid[i] = some_validity(holes, i / vs, r);
    }
    const size_t first = h ? (flip_src ? high - 1 - halo : halo) : 0;
    return (job){.plane = {.src = src + ss * first + bytes * halo,
                           .src_stride = flip_src ? -(ptrdiff_t)ss : (ptrdiff_t)ss,
                           .valid = holes == HOLES_NONE && rng_below(r, 2) ? NULL : valid + vs * first + halo,
                           .valid_stride = flip_src ? -(ptrdiff_t)vs : (ptrdiff_t)vs,
                           .w_out = w,
                           .h_out = h,
                           .dst_stride = (ptrdiff_t)ds,
                           .dst_valid_stride = (ptrdiff_t)w},
                 .t = t,
                 .halo = halo,
                 .dst_bytes = h ? ds * (h - 1) + w * bytes : 0,
                 .out_bytes = w * h};
}

static void check_job(const fixture *f, const job *j, imx_reduce_method method, const uint8_t *dst, const uint8_t *out,
                      const char *level) {
    const int taps = 2 * (int)j->halo + 2;
    const imx_type type = types[j->t].type;
    for (size_t i = 0; i < j->plane.w_out * j->plane.h_out; i++) {
        const ptrdiff_t x0 = 2 * (ptrdiff_t)(i % j->plane.w_out) - (ptrdiff_t)j->halo;
        const ptrdiff_t y0 = 2 * (ptrdiff_t)(i / j->plane.w_out) - (ptrdiff_t)j->halo;
        tap px[TAPS][TAPS];
        for (int y = 0; y < taps; y++) {
            const uint8_t *row = (const uint8_t *)j->plane.src + (y0 + y) * j->plane.src_stride;
            for (int x = 0; x < taps; x++) {
                const double v = get(type, row, x0 + x);
                const bool ok = !j->plane.valid || j->plane.valid[(y0 + y) * j->plane.valid_stride + x0 + x];
                px[y][x] = (tap){v, ok && v == v};
            }
        }
        bool valid;
        double off;
        const double want = want_of(method, j->t, px, &valid, &off);
        const uint8_t *to = dst + (ptrdiff_t)(i / j->plane.w_out) * j->plane.dst_stride;
        const double got = get(type, to, (ptrdiff_t)(i % j->plane.w_out));
        if (!(fabs(got - want) <= (type < IMX_F32 ? 0 : off)) || (out && out[i] != (valid ? 255 : 0))) {
            fail_msg("%s %s, %s: %.17g, not %.17g", names[method - IMX_REDUCE_BILINEAR], types[j->t].name, level, got,
                     want);
        }
    }
    (void)f;
}

/* The reference by the book; each level as the reference, gaps between rows included. */
static void run(fixture *f, imx_reduce_method method, size_t t) {
    const unsigned rounds = rng_rounds(120);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t w = i % 10 ? i % 19 : 60 + rng_below(&f->rng, 80), h = rng_below(&f->rng, 4);
        job j = make_job(f, method, t, w, h, (hole_kind)(i % HOLE_KINDS));
        for (size_t l = 0; l < f->levels.count; l++) {
            const char *level = imx_cpu_name(f->levels.table[l].cpu_mask);
            uint8_t *dst = guarded_place(&f->dst, j.dst_bytes, types[t].bytes, &f->rng);
            uint8_t *out = guarded_place(&f->out, j.out_bytes, 1, &f->rng);
            memset(dst, 0x5A, j.dst_bytes);
            j.plane.dst = dst;
            j.plane.dst_valid = rng_below(&f->rng, 4) ? out : NULL;
            f->levels.table[l].reduce.plane[method][types[t].type](&j.plane);
            guarded_check(&f->dst, dst, j.dst_bytes);
            guarded_check(&f->out, out, j.out_bytes);
            check_job(f, &j, method, dst, j.plane.dst_valid, level);
            if (l == 0) {
                memcpy(f->want, dst, j.dst_bytes);
            }
            if (memcmp(dst, f->want, j.dst_bytes) != 0) {
                fail_msg("%s %s: %s is not the reference", names[method - IMX_REDUCE_BILINEAR], types[t].name, level);
            }
        }
    }
}

static void test_filters(void **state) {
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        for (size_t t = 0; t < TYPES; t++) {
            run(*state, method, t);
        }
    }
}

/* A plain area stays bit for bit, at its very edge and its corners too, whatever lies in what is invalid. */
static void test_plain_areas(void **state) {
    const fixture *f = *state;
    enum { W = 40, H = 12, WIDE = 2 * (W + IMX_REDUCE_HALO_MAX_PX), HIGH = 2 * (H + IMX_REDUCE_HALO_MAX_PX) };
    const size_t at = IMX_REDUCE_HALO_MAX_PX * (WIDE + 1);
    static float src[WIDE * HIGH], got[W * H];
    static uint8_t valid[WIDE * HIGH], got_valid[W * H];
    for (size_t i = 0; i < WIDE * HIGH; i++) {
        valid[i] = i % WIDE < WIDE / 2 + 1 && i / WIDE > 7 ? 1 : 0;
        src[i] = valid[i] ? 372.35F : i % 2 ? INFINITY : NAN;
    }
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        for (size_t l = 0; l < f->levels.count; l++) {
            f->levels.table[l].reduce.plane[method][IMX_F32](&(imx_reduce_plane){
                src + at, WIDE * sizeof *src, valid + at, WIDE, W, H, got, W * sizeof *got, got_valid, W});
            for (size_t i = 0; i < W * H; i++) {
                const uint8_t *quad = valid + at + i / W * 2 * WIDE + i % W * 2;
                const bool there = quad[0] || quad[1] || quad[WIDE] || quad[WIDE + 1];
                assert_int_equal(got_valid[i], there ? 255 : 0);
                assert_true(got[i] == (there ? 372.35F : 0));
            }
        }
    }
}

/* One infinity among the taps: an infinity wherever it has weight; both signs: never a number that is none of them. */
static void test_infinities(void **state) {
    const fixture *f = *state;
    enum { W = 12, H = 2, WIDE = 2 * (W + IMX_REDUCE_HALO_MAX_PX), HIGH = 2 * (H + IMX_REDUCE_HALO_MAX_PX) };
    const size_t at = IMX_REDUCE_HALO_MAX_PX * (WIDE + 1);
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        const ptrdiff_t halo = imx_reduce_halo_px(method);
        double src[WIDE * HIGH], want[W * H], got[W * H];
        for (size_t i = 0; i < WIDE * HIGH; i++) {
            src[i] = 1;
        }
        src[at + 9] = INFINITY; /* of quad 4 */
        for (size_t l = 0; l < f->levels.count; l++) {
            f->levels.table[l].reduce.plane[method][IMX_F64](
                &(imx_reduce_plane){src + at, sizeof(double) * WIDE, NULL, 0, W, H, got, sizeof(double) * W, NULL, 0});
            for (ptrdiff_t x = 0; x < W; x++) {
                assert_true((2 * x - halo <= 9 && 9 < 2 * x + 2 + halo) == (isinf(got[x]) != 0));
                assert_true(isinf(got[x]) || got[x] == 1);
            }
        }
        src[at + 10] = -INFINITY; /* of the next quad: an average has one of them only */
        for (size_t l = 0; l < f->levels.count; l++) {
            f->levels.table[l].reduce.plane[method][IMX_F64](
                &(imx_reduce_plane){src + at, sizeof(double) * WIDE, NULL, 0, W, H, got, sizeof(double) * W, NULL, 0});
            assert_true(got[0] == got[0] && isinf(got[4]) && isinf(got[5]));
            memcpy(want, l ? want : got, sizeof want);
            assert_memory_equal(got, want, sizeof want);
        }
    }
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->levels = levels_here();
    f->rng = rng_create();
    f->src = guarded_create(BUFFER_BYTES);
    f->valid = guarded_create(BUFFER_BYTES);
    f->dst = guarded_create(BUFFER_BYTES);
    f->out = guarded_create(BUFFER_BYTES);
    f->want = malloc(BUFFER_BYTES);
    assert_non_null(f->want);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->src);
    guarded_destroy(&f->valid);
    guarded_destroy(&f->dst);
    guarded_destroy(&f->out);
    free(f->want);
    free(f);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_plain_areas),
        cmocka_unit_test(test_infinities),
    };
    return cmocka_run_group_tests_name("kernels: planes reduced by filters", tests, setup, teardown);
}
