/* tests/kernels/test_variants_pixels.c: each level of blend, inspect and coords against the reference. */
#include "tests/kernels/harness.h"

#define N_MAX 300
#define BUFFER_BYTES (1u << 17)

typedef struct fixture {
    levels levels;
    rng rng;
    guarded a, b, c;
    uint8_t *before, *want; /* BUFFER_BYTES each */
} fixture;

/* 0..2 vectors and one, then longer rows. */
static size_t some_length(rng *r, unsigned round) { return round < 66 ? round : 66 + rng_below(r, N_MAX - 66); }

static const char *level_name(const fixture *f, size_t l) { return imx_cpu_name(f->levels.table[l].cpu_mask); }

static void test_composite_under(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(6000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t n = some_length(r, i % 100);
        uint8_t *under = guarded_place(&f->b, 4 * n, 1, r);
        fill_pixels(under, n, rng_below(r, PX_KINDS), r);
        fill_pixels(f->before, n, rng_below(r, PX_KINDS), r);
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *top = guarded_place(&f->a, 4 * n, 1, r);
            memcpy(top, f->before, 4 * n);
            f->levels.table[l].composite_under_rgba8(top, under, n);
            guarded_check(&f->a, top, 4 * n);
            if (l == 0) {
                memcpy(f->want, top, 4 * n);
            }
            assert_pixels("composite_under", level_name(f, l), top, f->want, n);
        }
    }
}

typedef enum in_place { PREMULTIPLY, UNPREMULTIPLY, NODATA, MASK } in_place;
static const char *const in_place_names[] = {"premultiply", "unpremultiply", "nodata", "mask"};

static void call_in_place(const imx_kernels *t, in_place what, uint8_t *px, size_t n, const uint8_t nodata[3],
                          unsigned bands, const uint8_t *mask) {
    switch (what) {
    case PREMULTIPLY: t->premultiply_rgba8(px, n); break;
    case UNPREMULTIPLY: t->unpremultiply_rgba8(px, n); break;
    case NODATA: t->nodata_rgba8(px, n, nodata, bands); break;
    case MASK: t->mask_rgba8(px, mask, n); break;
    }
}

static void run_in_place(fixture *f, in_place what) {
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(3000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t n = some_length(r, i % 100);
        fill_pixels(f->before, n, rng_below(r, PX_KINDS), r);
        uint8_t *mask = guarded_place(&f->b, n, 1, r);
        uint8_t nodata[3] = {0, 0, 0};
        for (size_t p = 0; p < n; p++) {
            mask[p] = rng_below(r, 2) ? 0 : (uint8_t)rng_below(r, 256);
        }
        if (n && rng_below(r, 2)) { /* a value that occurs, at times in some bands only */
            memcpy(nodata, f->before + 4 * rng_below(r, (uint32_t)n), 3);
            for (size_t p = 0; p < n; p += 3) {
                memcpy(f->before + 4 * p, nodata, 1 + rng_below(r, 3));
            }
        }
        const unsigned bands = 1 + rng_below(r, 3);
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *px = guarded_place(&f->a, 4 * n, 1, r);
            memcpy(px, f->before, 4 * n);
            call_in_place(&f->levels.table[l], what, px, n, nodata, bands, mask);
            guarded_check(&f->a, px, 4 * n);
            if (l == 0) {
                memcpy(f->want, px, 4 * n);
            }
            assert_pixels(in_place_names[what], level_name(f, l), px, f->want, n);
        }
    }
}

static void test_premultiply(void **state) { run_in_place(*state, PREMULTIPLY); }
static void test_unpremultiply(void **state) { run_in_place(*state, UNPREMULTIPLY); }
static void test_nodata(void **state) { run_in_place(*state, NODATA); }
static void test_mask(void **state) { run_in_place(*state, MASK); }

static void run_expand(fixture *f, bool predictor) {
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(3000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t n = some_length(r, i % 100);
        uint8_t *rgb = guarded_place(&f->b, 3 * n, 1, r);
        for (size_t p = 0; p < 3 * n; p++) {
            rgb[p] = (uint8_t)(rng_below(r, 4) ? rng_next(r) : 255);
        }
        for (size_t l = 0; l < f->levels.count; l++) {
            const imx_kernels *t = &f->levels.table[l];
            uint8_t *px = guarded_place(&f->a, 4 * n, 1, r);
            (predictor ? t->predictor2_rgb8_rgba8 : t->expand_rgb8_rgba8)(rgb, n, px);
            guarded_check(&f->a, px, 4 * n);
            if (l == 0) {
                memcpy(f->want, px, 4 * n);
            }
            assert_pixels(predictor ? "predictor2" : "expand", level_name(f, l), px, f->want, n);
        }
    }
}

static void test_expand(void **state) { run_expand(*state, false); }
static void test_predictor2(void **state) { run_expand(*state, true); }

static void test_blend_add(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(2000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t n = some_length(r, i % 100), bytes = 32 * n;
        uint8_t *px = guarded_place(&f->a, 4 * n, 1, r), *weight = guarded_place(&f->b, n, 1, r);
        fill_pixels(px, n, rng_below(r, PX_KINDS), r);
        for (size_t p = 0; p < n; p++) {
            weight[p] = rng_below(r, 4) ? (uint8_t)rng_below(r, 256) : 255;
        }
        for (size_t p = 0; p < bytes; p++) {
            f->before[p] = (uint8_t)rng_next(r);
        }
        const bool weighted = rng_below(r, 2);
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *acc = guarded_place(&f->c, bytes, 8, r);
            memcpy(acc, f->before, bytes);
            f->levels.table[l].blend_add_rgba8((uint64_t *)(void *)acc, px, weighted ? weight : NULL, n);
            guarded_check(&f->c, acc, bytes);
            if (l == 0) {
                memcpy(f->want, acc, bytes);
            }
            assert_memory_equal(acc, f->want, bytes);
        }
    }
}

static void test_look(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(6000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t w = i % 10 ? i % 36 : rng_below(r, 200), h = rng_below(r, 4), stride = 4 * w + rng_below(r, 9);
        const size_t bytes = h ? stride * (h - 1) + 4 * w : 0;
        uint8_t *px = guarded_place(&f->a, bytes, 1, r);
        fill_pixels(f->before, w, rng_below(r, PX_KINDS), r);
        for (size_t y = 0; y < h; y++) { /* the same in each row, so that one odd pixel decides */
            memcpy(px + stride * y, f->before, 4 * w);
        }
        if (h && w && rng_below(r, 2)) {
            px[stride * rng_below(r, (uint32_t)h) + rng_below(r, (uint32_t)(4 * w))] ^=
                (uint8_t)(1u << rng_below(r, 8));
        }
        const bool flip = h && rng_below(r, 3) == 0;
        unsigned want = 0;
        for (size_t l = 0; l < f->levels.count; l++) {
            const unsigned look = f->levels.table[l].look_rgba8(flip ? px + stride * (h - 1) : px,
                                                                flip ? -(ptrdiff_t)stride : (ptrdiff_t)stride, w, h);
            want = l == 0 ? look : want;
            assert_int_equal(look, want);
        }
    }
}

static void test_coords(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    const unsigned rounds = rng_rounds(3000);
    for (unsigned i = 0; i < rounds; i++) {
        const size_t n = some_length(r, i % 100);
        /* Both ends anywhere in the range of results. */
        const int64_t lo = -(INT64_C(1) << 47), first = lo + (int64_t)(rng_next(r) >> 16),
                      last = lo + (int64_t)(rng_next(r) >> 16);
        const int64_t step = n > 1 ? (last - first) / (int64_t)(n - 1) : rng_between(r, INT32_MIN, INT32_MAX);
        for (size_t l = 0; l < f->levels.count; l++) {
            int32_t *out = (int32_t *)(void *)guarded_place(&f->a, 4 * n, 4, r);
            f->levels.table[l].coords_q16(first, step, n, out);
            guarded_check(&f->a, (uint8_t *)out, 4 * n);
            for (size_t p = 0; p < n; p++) {
                assert_int_equal(out[p], (int32_t)((first + (int64_t)p * step) >> 16));
            }
        }
    }
}

/* Every pair of alphas, and every pair of colour and alpha: the float divisions of a variant must be exact. */
static void test_every_alpha(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    const imx_kernels *ref = &f->levels.table[0];
    enum { N = 256 * 16 };
    static uint8_t top[4 * N], under[4 * N], got[4 * N];
    for (unsigned a = 0; a < 256; a++) {
        fill_pixels(top, N, PX_RANDOM, r);
        fill_pixels(under, N, PX_RANDOM, r);
        for (unsigned i = 0; i < N; i++) {
            top[4 * i] = (uint8_t)i;
            top[4 * i + 3] = (uint8_t)a;
            under[4 * i + 3] = (uint8_t)i;
        }
        for (size_t l = 1; l < f->levels.count; l++) {
            const imx_kernels *t = &f->levels.table[l];
            memcpy(f->want, top, sizeof top);
            memcpy(got, top, sizeof top);
            ref->composite_under_rgba8(f->want, under, N);
            t->composite_under_rgba8(got, under, N);
            assert_pixels("composite_under", level_name(f, l), got, f->want, N);
            for (in_place what = PREMULTIPLY; what <= UNPREMULTIPLY; what++) {
                memcpy(f->want, top, sizeof top);
                memcpy(got, top, sizeof top);
                call_in_place(ref, what, f->want, N, NULL, 0, NULL);
                call_in_place(t, what, got, N, NULL, 0, NULL);
                assert_pixels(in_place_names[what], level_name(f, l), got, f->want, N);
            }
        }
    }
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(), .rng = rng_create()};
    f.a = guarded_create(BUFFER_BYTES);
    f.b = guarded_create(BUFFER_BYTES);
    f.c = guarded_create(BUFFER_BYTES);
    f.before = malloc(BUFFER_BYTES);
    f.want = malloc(BUFFER_BYTES);
    *state = &f;
    return f.before && f.want ? 0 : -1;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded_destroy(&f->a);
    guarded_destroy(&f->b);
    guarded_destroy(&f->c);
    free(f->before);
    free(f->want);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_composite_under),
        cmocka_unit_test(test_premultiply),
        cmocka_unit_test(test_unpremultiply),
        cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_blend_add),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_predictor2),
        cmocka_unit_test(test_coords),
        cmocka_unit_test(test_every_alpha),
    };
    return cmocka_run_group_tests_name("kernels: pixel variants", tests, setup, teardown);
}
