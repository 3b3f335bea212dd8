/* tests/kernels/test_variants_warp.c: each level of the warp kernels against the reference, byte for byte. */
#include <sys/mman.h>

#include "tests/kernels/harness.h"

#define N_MAX 400
#define KERNELS 5
#define WINDOW_BYTES_MAX (1u << 20)

typedef struct fixture {
    levels levels;
    rng rng;
    guarded src, x, y, sx, sy, dst, want;
    imx_warp_taps taps[KERNELS][IMX_TAPS_SHRINK_ONE_Q8 + 1]; /* as they are needed */
    int16_t *q14[KERNELS][IMX_TAPS_SHRINK_ONE_Q8 + 1];
} fixture;

static const struct {
    const char *name;
    imx_warp_kernel filter;
    size_t member;
    bool by_tables; /* always */
} kernels[KERNELS] = {
    {"warp_nearest", IMX_WARP_NONE, offsetof(imx_kernels, warp_nearest_rgba8), false},
    {"warp_bilinear", IMX_WARP_TRIANGLE, offsetof(imx_kernels, warp_bilinear_rgba8), false},
    {"warp_cubic", IMX_WARP_KEYS, offsetof(imx_kernels, warp_cubic_rgba8), false},
    {"warp_cubicspline", IMX_WARP_BSPLINE, offsetof(imx_kernels, warp_cubicspline_rgba8), true},
    {"warp_lanczos", IMX_WARP_LANCZOS, offsetof(imx_kernels, warp_lanczos_rgba8), true},
};

static const imx_warp_taps *taps_for(fixture *f, int kernel, int32_t q8) {
    const imx_warp_kernel filter = kernels[kernel].filter;
    if (filter != IMX_WARP_NONE && !f->q14[kernel][q8]) {
        f->q14[kernel][q8] = malloc(imx_warp_taps_bytes(filter, q8));
        assert_non_null(f->q14[kernel][q8]);
        f->taps[kernel][q8] = imx_warp_taps_fill(filter, q8, f->q14[kernel][q8]);
    }
    return &f->taps[kernel][q8];
}

/* Mostly few taps, as pictures have them. */
static int32_t table_step(rng *r) {
    switch (rng_below(r, 4)) {
    case 0: return IMX_TAPS_SHRINK_ONE_Q8;
    case 1: return rng_between(r, IMX_TAPS_SHRINK_MIN_Q8, IMX_TAPS_SHRINK_ONE_Q8);
    default: return rng_between(r, IMX_TAPS_SHRINK_ONE_Q8 / 2, IMX_TAPS_SHRINK_ONE_Q8);
    }
}

static imx_warp_rgba8_fn kernel_of(const imx_kernels *table, int kernel) {
    imx_warp_rgba8_fn fn;
    memcpy(&fn, (const char *)table + kernels[kernel].member, sizeof fn);
    return fn;
}

/* One position along an axis of `size` pixels. */
static int32_t position(rng *r, int32_t size) {
    const int32_t end = size * 65536 - (size == 32767 ? 0 : 1);
    switch (rng_below(r, 8)) {
    case 0: return rng_between(r, INT32_MIN, INT32_MAX);
    case 1: return rng_between(r, -4 * 65536, 4 * 65536);
    case 2: return end > INT32_MAX - 200000 ? end - rng_between(r, 0, 200000) : end + rng_between(r, -200000, 200000);
    case 3: { /* about a multiple of half a pixel, and about the rounding point of a phase */
        const int64_t p =
            (int64_t)rng_between(r, -1, 2 * (size < 16000 ? size : 16000)) * 32768 + rng_between(r, -129, 129);
        return (int32_t)p;
    }
    case 4: return rng_below(r, 2) ? IMX_WARP_INVALID : rng_below(r, 2) ? INT32_MAX : -1;
    default: return rng_between(r, 0, end);
    }
}

typedef enum path { PATH_SCATTER, PATH_RAMP, PATH_RAMP_HOLES, PATHS } path;

/* Positions as a row of output pixels has them (a ramp), or scattered. */
static void positions(rng *r, path kind, int32_t w, int32_t h, size_t n, int32_t *x, int32_t *y) {
    const int64_t span_x = (int64_t)w * 65536 - 1, span_y = (int64_t)h * 65536 - 1;
    const int64_t x0 = rng_between(r, -65536, (int32_t)span_x), x1 = rng_between(r, 0, (int32_t)span_x);
    const int64_t y0 = rng_between(r, 0, (int32_t)span_y),
                  y1 = rng_below(r, 2) ? y0 : rng_between(r, 0, (int32_t)span_y);
    for (size_t i = 0; i < n; i++) {
        if (kind == PATH_SCATTER) {
            x[i] = position(r, w);
            y[i] = position(r, h);
            continue;
        }
        x[i] = (int32_t)(x0 + (x1 - x0) * (int64_t)i / (int64_t)n);
        y[i] = (int32_t)(y0 + (y1 - y0) * (int64_t)i / (int64_t)n);
        if (kind == PATH_RAMP_HOLES && rng_below(r, 10) == 0) {
            x[i] = IMX_WARP_INVALID;
        }
    }
}

static int32_t window_size(rng *r) {
    static const int32_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 33};
    return rng_below(r, 3) ? sizes[rng_below(r, sizeof sizes / sizeof sizes[0])] : rng_between(r, 1, 90);
}

static void fill_shrink(rng *r, size_t n, uint32_t *shrink) {
    const uint32_t kind = rng_below(r, 4);
    const uint32_t one = (uint32_t)rng_between(r, 3000, 65535);
    for (size_t i = 0; i < n; i++) {
        switch (kind) {
        case 0: shrink[i] = IMX_Q16_ONE; break;
        case 1: shrink[i] = one; break;
        case 2: shrink[i] = rng_below(r, 8) ? IMX_Q16_ONE : (uint32_t)rng_between(r, 16, 65535); break;
        default: shrink[i] = (uint32_t)rng_between(r, 2000, 65536); break;
        }
    }
}

/* x_q8, y_q8: by the tables of these steps; 0: as the job says. */
static void run_levels(fixture *f, imx_warp_rgba8 *job, int32_t x_q8, int32_t y_q8) {
    uint8_t *want = guarded_place(&f->want, 4 * job->n, 1, &f->rng);
    for (int k = 0; k < KERNELS; k++) {
        const bool tables = x_q8 || (kernels[k].by_tables && !job->shrink_x_q16);
        job->taps_x = tables ? taps_for(f, k, x_q8 ? x_q8 : IMX_TAPS_SHRINK_ONE_Q8) : NULL;
        job->taps_y = tables ? taps_for(f, k, y_q8 ? y_q8 : IMX_TAPS_SHRINK_ONE_Q8) : NULL;
        for (size_t l = 0; l < f->levels.count; l++) {
            uint8_t *dst = guarded_place(&f->dst, 4 * job->n, 1, &f->rng);
            memset(dst, 0x5A, 4 * job->n);
            job->dst = dst;
            kernel_of(&f->levels.table[l], k)(job);
            guarded_check(&f->dst, dst, 4 * job->n);
            if (l == 0) {
                memcpy(want, dst, 4 * job->n);
            }
            assert_pixels(kernels[k].name, imx_cpu_name(f->levels.table[l].cpu_mask), dst, want, job->n);
        }
    }
}

static void random_case(fixture *f, size_t n, int32_t w, int32_t h) {
    rng *r = &f->rng;
    const size_t pad = rng_below(r, 3) ? 0 : rng_below(r, 20), stride = (size_t)w * 4 + pad;
    const size_t bytes = stride * (size_t)(h - 1) + (size_t)w * 4;
    uint8_t *src = guarded_place(&f->src, bytes, 1, r);
    const pixel_kind kind = rng_below(r, PX_KINDS);
    for (int32_t row = 0; row < h; row++) {
        fill_pixels(src + stride * (size_t)row, (size_t)w, kind, r);
    }
    const bool flip = rng_below(r, 3) == 0;
    int32_t *x = (int32_t *)(void *)guarded_place(&f->x, 4 * n, 4, r),
            *y = (int32_t *)(void *)guarded_place(&f->y, 4 * n, 4, r);
    positions(r, rng_below(r, PATHS), w, h, n, x, y);
    imx_warp_rgba8 job = {.src = flip ? src + stride * (size_t)(h - 1) : src,
                          .src_stride = flip ? -(ptrdiff_t)stride : (ptrdiff_t)stride,
                          .src_w = w,
                          .src_h = h,
                          .x_q16 = x,
                          .y_q16 = y,
                          .binary_alpha = rng_below(r, 2),
                          .n = n};
    const uint32_t minified = rng_below(r, 4); /* 0: by shrinks, 1: by tables */
    if (minified == 0) {
        uint32_t *sx = (uint32_t *)(void *)guarded_place(&f->sx, 4 * n, 4, r);
        uint32_t *sy = (uint32_t *)(void *)guarded_place(&f->sy, 4 * n, 4, r);
        fill_shrink(r, n, sx);
        fill_shrink(r, n, sy);
        job.shrink_x_q16 = sx;
        job.shrink_y_q16 = sy;
    }
    if (minified == 1) {
        const int32_t x_q8 = table_step(r);
        run_levels(f, &job, x_q8, rng_below(r, 2) ? x_q8 : table_step(r));
    } else {
        run_levels(f, &job, 0, 0);
    }
}

/* Every length up to twice the vector and one, small windows in all shapes. */
static void test_short_rows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(150);
    for (size_t n = 0; n <= 17; n++) {
        for (unsigned i = 0; i < rounds; i++) {
            random_case(f, n, window_size(&f->rng), window_size(&f->rng));
        }
    }
}

static void test_long_rows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(700);
    for (unsigned i = 0; i < rounds; i++) {
        random_case(f, 18 + rng_below(&f->rng, N_MAX - 18), window_size(&f->rng), window_size(&f->rng));
    }
}

/* The largest width and height a window may have: positions up to 2^31 - 65537. */
static void test_long_windows(void **state) {
    fixture *f = *state;
    const unsigned rounds = rng_rounds(6);
    for (unsigned i = 0; i < rounds; i++) {
        random_case(f, 64, 32767, rng_between(&f->rng, 1, 3));
        random_case(f, 64, rng_between(&f->rng, 1, 3), 32767);
    }
}

/* Positions well inside: rounding errors of one unit in a sum show in one pixel of many thousand. */
static void test_dense_interior(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    enum { W = 90, H = 90 };
    const unsigned rounds = rng_rounds(500);
    uint8_t *src = guarded_place(&f->src, 4 * W * H, 1, r);
    int32_t *x = (int32_t *)(void *)guarded_place(&f->x, 4 * N_MAX, 4, r);
    int32_t *y = (int32_t *)(void *)guarded_place(&f->y, 4 * N_MAX, 4, r);
    for (unsigned i = 0; i < rounds; i++) {
        static const pixel_kind kinds[] = {PX_OPAQUE, PX_SATURATED, PX_RANDOM, PX_EDGES, PX_HOLES, PX_GRAY};
        fill_pixels(src, W * H, kinds[i % 6], r);
        for (size_t p = 0; i % 6 < 2 && p < W * H; p++) {
            src[4 * p + 3] = 255;
        }
        for (size_t p = 0; p < N_MAX; p++) {
            x[p] = rng_between(r, 3 * 65536, (W - 3) * 65536);
            y[p] = rng_between(r, 3 * 65536, (H - 3) * 65536);
        }
        imx_warp_rgba8 job = {.src = src,
                              .src_stride = 4 * W,
                              .src_w = W,
                              .src_h = H,
                              .x_q16 = x,
                              .y_q16 = y,
                              .binary_alpha = rng_below(r, 2),
                              .n = N_MAX};
        run_levels(f, &job, 0, 0);
    }
}

/* Minified in opaque windows, from a hair to 100 times. */
static void test_dense_minified(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    enum { N = 64 };
    const unsigned rounds = rng_rounds(200);
    int32_t x[N], y[N];
    uint32_t sx[N], sy[N];
    for (unsigned i = 0; i < rounds; i++) {
        const int32_t w = rng_between(r, 1, 200), h = rng_between(r, 1, 90);
        uint8_t *src = guarded_place(&f->src, 4 * (size_t)(w * h), 1, r);
        fill_pixels(src, (size_t)(w * h), i & 1 ? PX_OPAQUE : PX_SATURATED, r);
        for (int32_t p = 0; p < w * h; p++) {
            src[4 * p + 3] = 255;
        }
        for (size_t p = 0; p < N; p++) {
            x[p] = rng_between(r, 0, w * 65536 - 1);
            y[p] = rng_between(r, 0, h * 65536 - 1);
            sx[p] = (uint32_t)(65536 / (1 + (double)rng_below(r, 1000) / (1 + rng_below(r, 1000))));
            sy[p] = rng_below(r, 3) ? sx[p] : IMX_Q16_ONE;
            sx[p] = sx[p] < 600 ? 600 : sx[p];
            sy[p] = sy[p] < 600 ? 600 : sy[p];
        }
        imx_warp_rgba8 job = {.src = src,
                              .src_stride = 4 * (ptrdiff_t)w,
                              .src_w = w,
                              .src_h = h,
                              .x_q16 = x,
                              .y_q16 = y,
                              .shrink_x_q16 = sx,
                              .shrink_y_q16 = sy,
                              .n = N};
        run_levels(f, &job, 0, 0);
    }
}

/* By tables in windows of which all, most or hardly any pixels are opaque; every number of taps in turn. */
static void test_dense_widened(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    enum { W = 90, H = 70, N = 101 };
    const unsigned rounds = rng_rounds(3);
    uint8_t *src = guarded_place(&f->src, 4 * W * H, 1, r);
    int32_t x[N], y[N];
    for (unsigned i = 0; i < rounds; i++) {
        for (int32_t q8 = IMX_TAPS_SHRINK_MIN_Q8; q8 <= IMX_TAPS_SHRINK_ONE_Q8; q8++) {
            static const pixel_kind kinds[] = {PX_OPAQUE, PX_SATURATED, PX_HOLES, PX_RUNS, PX_EDGES, PX_RANDOM};
            fill_pixels(src, W * H, kinds[q8 % 6], r);
            for (size_t p = 0; q8 % 6 < 2 && p < W * H; p++) {
                src[4 * p + 3] = 255;
            }
            for (size_t p = 0; p < N; p++) {
                x[p] = rng_between(r, 0, W * 65536 - 1);
                y[p] = rng_between(r, 0, H * 65536 - 1);
            }
            imx_warp_rgba8 job = {.src = src,
                                  .src_stride = 4 * W,
                                  .src_w = W,
                                  .src_h = H,
                                  .x_q16 = x,
                                  .y_q16 = y,
                                  .binary_alpha = rng_below(r, 2),
                                  .n = N};
            run_levels(f, &job, q8, rng_below(r, 3) ? q8 : table_step(r));
        }
    }
}

/* Groups that lie exactly on the last position whose taps are all inside, and one Q16 unit to either side, in a window
 * flush against a guard page. */
static void test_range_limits(void **state) {
    fixture *f = *state;
    rng *r = &f->rng;
    enum { N = 8 };
    int32_t x[N], y[N];
    for (int32_t size = 1; size <= 8; size++) {
        for (int32_t kx = 0; kx <= 2 * size; kx++) {
            for (int32_t ky = 0; ky <= 2 * size; ky++) {
                for (int32_t d = -1; d <= 1; d++) {
                    const size_t bytes = 4 * (size_t)(size * size);
                    for (int place = 0; place < 2; place++) {
                        uint8_t *src = place ? f->src.lo : f->src.lo + f->src.bytes - bytes;
                        fill_pixels(src, (size_t)(size * size), PX_OPAQUE, r);
                        for (int i = 0; i < N; i++) {
                            x[i] = kx * 32768 + d;
                            y[i] = ky * 32768 + (place ? d : 0);
                        }
                        imx_warp_rgba8 job = {.src = src,
                                              .src_stride = 4 * (ptrdiff_t)size,
                                              .src_w = size,
                                              .src_h = size,
                                              .x_q16 = x,
                                              .y_q16 = y,
                                              .n = N};
                        run_levels(f, &job, 0, 0);
                        run_levels(f, &job, 200, 256);
                        run_levels(f, &job, 256, 160);
                    }
                }
            }
        }
    }
}

/* A window whose rows lie more than 2 GB apart in all: offsets need 64 bits. */
static void test_far_rows(void **state) {
    fixture *f = *state;
    enum { W = 64, H = 48, N = 64 };
    const size_t stride = (size_t)1 << 27, bytes = stride * H;
    uint8_t *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        skip();
    }
    for (size_t row = 0; row < H; row++) {
        fill_pixels(map + stride * row, W, PX_OPAQUE, &f->rng);
    }
    int32_t x[N], y[N];
    for (int flip = 0; flip < 2; flip++) {
        positions(&f->rng, PATH_RAMP, W, H, N, x, y);
        imx_warp_rgba8 job = {.src = flip ? map + stride * (H - 1) : map,
                              .src_stride = flip ? -(ptrdiff_t)stride : (ptrdiff_t)stride,
                              .src_w = W,
                              .src_h = H,
                              .x_q16 = x,
                              .y_q16 = y,
                              .n = N};
        run_levels(f, &job, 0, 0);
    }
    munmap(map, bytes);
}

static int setup(void **state) {
    static fixture f;
    f = (fixture){.levels = levels_here(), .rng = rng_create()};
    f.src = guarded_create(WINDOW_BYTES_MAX + 65536);
    guarded *small[] = {&f.x, &f.y, &f.sx, &f.sy, &f.dst, &f.want};
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        *small[i] = guarded_create(4 * N_MAX + 4096);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    guarded *all[] = {&f->src, &f->x, &f->y, &f->sx, &f->sy, &f->dst, &f->want};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        guarded_destroy(all[i]);
    }
    for (size_t i = 0; i < KERNELS * (IMX_TAPS_SHRINK_ONE_Q8 + 1); i++) {
        free(f->q14[i / (IMX_TAPS_SHRINK_ONE_Q8 + 1)][i % (IMX_TAPS_SHRINK_ONE_Q8 + 1)]);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_rows),     cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_long_windows),   cmocka_unit_test(test_dense_interior),
        cmocka_unit_test(test_dense_minified), cmocka_unit_test(test_dense_widened),
        cmocka_unit_test(test_range_limits),   cmocka_unit_test(test_far_rows),
    };
    return cmocka_run_group_tests_name("kernels: warp variants", tests, setup, teardown);
}
