/* tests/unit/engine/test_warp.c: whatever the blocks and the memory, the warp gives what the kernel gives with the
 * whole level as its window. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/warp.h"
#include "tests/unit/engine/fake_engine.h"

enum { SRC_W = 300, SRC_H = 200, CELL = 256, TILE = 64, PLENTY = 1 << 20 };

typedef struct bench {
    imx_kernels kernels;
    imx_memory *memory;
    fake_raster raster;
    imx_asset asset;
    imx_scene scene;
    imx_block_cache *cache;
    imx_source *source;
    imx_transform *transform;
    imx_transform_grid *grid;
    uint8_t rgba[SRC_W * SRC_H * 4];
} bench;

/* Noise with a transparent disk, half-transparent specks, and nothing in the left 64 x 64 corner. */
static void paint(uint8_t *rgba, int width, int height) {
    uint32_t state = 1;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++, rgba += 4) {
            state = state * 1664525u + 1013904223u;
            int dx = x - 180, dy = y - 100;
            bool hole = dx * dx + dy * dy < 400 || (x < 64 && y < 64);
            uint32_t alpha = hole ? 0u : state >> 28 ? 255u : (state >> 12 & 0xFFu) | 1u;
            rgba[3] = (uint8_t)alpha;
            for (int c = 0; c < 3; c++) {
                rgba[c] = (uint8_t)(alpha ? state >> (8 + c) & 0xFFu : 0u);
            }
        }
    }
}

static void open_bench(bench *b, int32_t block_w, int32_t block_h, const double geotransform[6], double bend) {
    memset(b, 0, sizeof *b);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    paint(b->rgba, SRC_W, SRC_H);
    b->raster = (fake_raster){
        .width = SRC_W, .height = SRC_H, .block_w = block_w, .block_h = block_h, .rgba = b->rgba, .bend = bend};
    static char id[] = "fake";
    fake_scene(&b->raster, id, geotransform, &b->asset, &b->scene);
    assert_int_equal(imx_memory_create(0, &b->memory), IMX_OK);
    assert_int_equal(imx_block_cache_create(b->memory, 0, NULL, &b->cache), IMX_OK);
    assert_int_equal(imx_source_open(b->memory, &b->kernels, &b->asset, NULL, &b->source), IMX_OK);
    assert_int_equal(imx_transform_create(b->memory, &b->scene, &b->asset, NULL, NULL, &b->transform), IMX_OK);
    assert_int_equal(imx_transform_grid_create(b->memory, CELL, NULL, &b->grid), IMX_OK);
    double scale[2] = {1, 1};
    assert_int_equal(imx_transform_grid_fill(b->grid, b->transform, 0, 0, 0, scale, NULL), IMX_OK);
}

static void close_bench(bench *b) {
    assert_int_equal(b->raster.pinned, 0);
    imx_transform_grid_destroy(&b->grid);
    imx_transform_destroy(&b->transform);
    imx_source_close(&b->source);
    imx_block_cache_destroy(&b->cache);
    assert_int_equal(imx_memory_used(b->memory), 0);
    imx_memory_destroy(&b->memory);
}

static imx_warper *make_warper(bench *b, imx_resample resample, size_t window_bytes) {
    imx_warper *warper = NULL;
    assert_int_equal(
        imx_warper_create(b->memory, &b->kernels, b->cache, resample, window_bytes, TILE, TILE, NULL, &warper), IMX_OK);
    return warper;
}

static const double IDENTITY[6] = {0, 1, 0, 0, 0, 1};

/* A table for each step that the tests meet, kept until the program ends. */
static const imx_warp_taps *taps_for(imx_resample resample, int32_t q8) {
    static imx_warp_taps taps[IMX_RESAMPLES][IMX_TAPS_SHRINK_ONE_Q8 + 1];
    static int16_t q14[IMX_RESAMPLES][IMX_TAPS_SHRINK_ONE_Q8 + 1][(IMX_TAPS_PHASES + 1) * 96];
    static const imx_warp_kernel filters[] = {IMX_WARP_NONE, IMX_WARP_TRIANGLE, IMX_WARP_KEYS, IMX_WARP_BSPLINE,
                                              IMX_WARP_LANCZOS};
    if (taps[resample][q8].n == 0) {
        taps[resample][q8] = imx_warp_taps_fill(filters[resample], q8, q14[resample][q8]);
    }
    return &taps[resample][q8];
}

static imx_area_method area_method(imx_resample resample) {
    return resample == IMX_RESAMPLE_RMS ? IMX_AREA_RMS : (imx_area_method)(resample - IMX_RESAMPLE_AVERAGE);
}

/* The area warp with the whole level as its window. */
static void area_reference(const bench *b, imx_resample resample, int32_t x, int32_t y, uint8_t *out) {
    for (int32_t row = 0; row < TILE; row++) {
        int32_t box[4][TILE];
        imx_transform_grid_boxes(b->grid, &b->kernels, x, y + row, TILE, 0, 0, IMX_BOX_COVERED, box[0], box[1], box[2],
                                 box[3]);
        imx_warp_area_rgba8 job = {.src = b->rgba,
                                   .src_stride = SRC_W * 4,
                                   .src_w = SRC_W,
                                   .src_h = SRC_H,
                                   .boxes = {box[0], box[1], box[2], box[3]},
                                   .binary_alpha = b->asset.validity != IMX_VALID_ALPHA,
                                   .n = TILE,
                                   .dst = out + row * TILE * 4};
        b->kernels.warp_area.rgba8[area_method(resample)](&job);
    }
}

/* The same of sums. */
static void sum_reference(const bench *b, int32_t x, int32_t y, uint8_t *out) {
    for (int32_t row = 0; row < TILE; row++) {
        int32_t q[8][TILE];
        double px[4][TILE + 1];
        const imx_corner_line upper = {px[0], px[1]}, lower = {px[2], px[3]};
        imx_transform_grid_corners(b->grid, x, y + row, TILE, &upper);
        imx_transform_grid_corners(b->grid, x, y + row + 1, TILE, &lower);
        imx_transform_grid_quads(b->grid, x, y + row, TILE, 0, 0, &upper, &lower,
                                 (int32_t *const[4]){q[0], q[1], q[2], q[3]},
                                 (int32_t *const[4]){q[4], q[5], q[6], q[7]});
        imx_warp_sum_rgba8 job = {.src = b->rgba,
                                  .src_stride = SRC_W * 4,
                                  .src_w = SRC_W,
                                  .src_h = SRC_H,
                                  .quads = {{q[0], q[1], q[2], q[3]}, {q[4], q[5], q[6], q[7]}},
                                  .binary_alpha = b->asset.validity != IMX_VALID_ALPHA,
                                  .n = TILE,
                                  .dst = out + row * TILE * 4};
        b->kernels.warp_sum.rgba8(&job);
    }
}

/* The kernel over the whole level, pixel by pixel, each with the tables that its shrinks say. */
static void reference(const bench *b, imx_resample resample, int32_t x, int32_t y, uint8_t *out) {
    if (resample == IMX_RESAMPLE_SUM) {
        sum_reference(b, x, y, out);
        return;
    }
    if (resample >= IMX_RESAMPLE_AVERAGE) {
        area_reference(b, resample, x, y, out);
        return;
    }
    const imx_warp_rgba8_fn kernels[] = {b->kernels.warp_nearest_rgba8, b->kernels.warp_bilinear_rgba8,
                                         b->kernels.warp_cubic_rgba8, b->kernels.warp_cubicspline_rgba8,
                                         b->kernels.warp_lanczos_rgba8};
    bool by_tables = resample == IMX_RESAMPLE_CUBICSPLINE || resample == IMX_RESAMPLE_LANCZOS;
    for (int32_t row = 0; row < TILE; row++) {
        int32_t xs[TILE], ys[TILE];
        uint32_t shrink_x[TILE], shrink_y[TILE];
        bool any;
        imx_transform_grid_row(b->grid, &b->kernels, x, y + row, TILE, 0, 0, SRC_W, SRC_H, xs, ys, shrink_x, shrink_y,
                               &any);
        for (int32_t i = 0; i < TILE; i++) {
            imx_warp_rgba8 job = {.src = b->rgba,
                                  .src_stride = SRC_W * 4,
                                  .src_w = SRC_W,
                                  .src_h = SRC_H,
                                  .x_q16 = xs + i,
                                  .y_q16 = ys + i,
                                  .binary_alpha = b->asset.validity != IMX_VALID_ALPHA,
                                  .n = 1,
                                  .dst = out + (row * TILE + i) * 4};
            int32_t x_q8 = imx_warp_shrink_q8(shrink_x[i]), y_q8 = imx_warp_shrink_q8(shrink_y[i]);
            if (x_q8 == 0 || y_q8 == 0) {
                job.shrink_x_q16 = shrink_x + i;
                job.shrink_y_q16 = shrink_y + i;
            } else if (by_tables || x_q8 < 256 || y_q8 < 256) {
                job.taps_x = taps_for(resample, x_q8);
                job.taps_y = taps_for(resample, y_q8);
            }
            kernels[resample](&job);
        }
    }
}

/* Warps one tile and compares it with the reference. */
static unsigned check_tile(bench *b, imx_resample resample, size_t window_bytes, int32_t x, int32_t y) {
    static uint8_t got[TILE * TILE * 4], want[TILE * TILE * 4];
    imx_warper *warper = make_warper(b, resample, window_bytes);
    imx_pixels out = imx_pixels_view_rgba8(got, TILE, TILE, TILE * 4);
    imx_block_key key = {0};
    imx_error err = IMX_ERROR_INIT;
    unsigned look = 99;
    memset(got, 0xAA, sizeof got);
    assert_int_equal(imx_warp(warper, b->grid, b->source, &b->asset, &key, x, y, &out, &err, &look), IMX_OK);
    reference(b, resample, x, y, want);
    unsigned want_look = b->kernels.look_rgba8(want, TILE * 4, TILE, TILE);
    if (want_look & IMX_LOOK_EMPTY) {
        assert_true(look & IMX_LOOK_EMPTY);
    } else {
        assert_int_equal(look, want_look);
        assert_memory_equal(got, want, sizeof got);
    }
    imx_warper_destroy(&warper);
    assert_null(warper);
    return look;
}

static void check_all(const double geotransform[6], double bend, size_t least_window) {
    static const int32_t blocks[][2] = {{SRC_W, SRC_H}, {64, 64}, {17, 13}, {SRC_W, 5}};
    const size_t windows[] = {PLENTY, 20000, least_window};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        static bench b;
        open_bench(&b, blocks[i][0], blocks[i][1], geotransform, bend);
        for (int resample = IMX_RESAMPLE_NEAREST; resample < IMX_RESAMPLES; resample++) {
            for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
                for (int32_t y = 0; y < CELL; y += 3 * TILE) {
                    for (int32_t x = 0; x < CELL; x += TILE) {
                        check_tile(&b, (imx_resample)resample, windows[w], x, y);
                    }
                }
            }
            b.asset.validity = resample == IMX_RESAMPLE_NEAREST ? IMX_VALID_ALPHA : IMX_VALID_NODATA;
        }
        close_bench(&b);
    }
}

static void magnifying_does_not_depend_on_the_window(void **state) {
    (void)state;
    check_all((const double[6]){-20, 1.37, 0, -30, 0, 1.21}, 0, 4 * 400);
}

static void minifying_does_not_depend_on_the_window(void **state) {
    (void)state;
    check_all((const double[6]){15, 0.71, 0, 9, 0, 0.33}, 0.0005, 4 * 400); /* varying scale */
}

/* Along x small enough for tables on the left, and too small further right: both ways within a row. */
static void both_ways_do_not_depend_on_the_window(void **state) {
    (void)state;
    check_all((const double[6]){3, 0.064, 0, 9, 0, 0.9}, 0.02, 4 * 1500);
}

/* A table that finds no memory is an error, and the next warp makes it. */
static void a_table_without_memory_comes_back(void **state) {
    (void)state;
    static bench b;
    open_bench(&b, SRC_W, SRC_H, (const double[6]){0, 0.7, 0, 0, 0, 0.6}, 0);
    static uint8_t got[TILE * TILE * 4];
    imx_pixels out = imx_pixels_view_rgba8(got, TILE, TILE, TILE * 4);
    imx_block_key key = {0};
    imx_error err = IMX_ERROR_INIT;
    unsigned look;
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_NEAREST, PLENTY);
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &out, &err, &look), IMX_OK);
    imx_warper_destroy(&warper); /* the block is in the cache now: what is allocated from here on is tables */
    warper = make_warper(&b, IMX_RESAMPLE_BILINEAR, PLENTY);
    for (size_t nth = 2; nth >= 1; nth--) { /* that of y, then that of x is there and y's fails again */
        imx_memory_fail_nth(b.memory, nth);
        assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &out, &err, &look), IMX_E_NOMEM);
    }
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &out, &err, &look), IMX_OK);
    imx_warper_destroy(&warper);
    close_bench(&b);
}

static void rotation_does_not_depend_on_the_window(void **state) {
    (void)state;
    check_all((const double[6]){100, 0.8, -0.45, -40, 0.5, 0.75}, 0, 4 * 400);
}

static void outside_and_sparse_is_empty(void **state) {
    (void)state;
    static bench b;
    open_bench(&b, 64, 64, (const double[6]){70, 1, 0, 70, 0, 1}, 0);
    assert_true(check_tile(&b, IMX_RESAMPLE_CUBIC, PLENTY, 0, 0) & IMX_LOOK_EMPTY); /* left of the raster */
    assert_int_equal(b.raster.reads, 0);
    close_bench(&b);
    open_bench(&b, 64, 64, IDENTITY, 0);
    static uint8_t got[TILE * TILE * 4];
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_NEAREST, PLENTY);
    imx_pixels out = imx_pixels_view_rgba8(got, 60, 60, TILE * 4);
    imx_block_key key = {0};
    unsigned look;
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &out, NULL, &look), IMX_OK);
    assert_int_equal(look, IMX_LOOK_EMPTY);
    assert_int_equal(got[0], 0); /* a block without pixels is not warped */
    imx_warper_destroy(&warper);
    close_bench(&b);
}

static void spy_kernel(const imx_warp_rgba8 *job) {
    memcpy(job->dst, &job->src, sizeof job->src); /* leaves the window's address in the first pixels */
    memcpy(job->dst + sizeof job->src, &job->src_stride, sizeof job->src_stride);
}

static void one_block_is_not_copied(void **state) {
    (void)state;
    static bench b;
    open_bench(&b, 128, 128, IDENTITY, 0);
    b.kernels.warp_nearest_rgba8 = spy_kernel;
    static uint8_t got[TILE * TILE * 4];
    imx_pixels out = imx_pixels_view_rgba8(got, TILE, TILE, TILE * 4);
    imx_block_key key = {0};
    unsigned look;
    const uint8_t *src;
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_NEAREST, 4); /* nor does it need memory for a window */
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 140, 4, &out, NULL, &look), IMX_OK);
    memcpy(&src, got, sizeof src);
    assert_ptr_equal(src, b.rgba + 4 * (3 * SRC_W + 139));
    imx_warper_destroy(&warper);
    close_bench(&b);
}

static void a_pixel_too_large_is_refused(void **state) {
    (void)state;
    static bench b;
    open_bench(&b, 17, 13, (const double[6]){0, 0.05, 0, 0, 0, 0.05}, 0);
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_BILINEAR, 4 * 100);
    static uint8_t got[16];
    imx_pixels out = imx_pixels_view_rgba8(got, 2, 2, 8);
    imx_block_key key = {0};
    imx_error err = IMX_ERROR_INIT;
    unsigned look = 99;
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 4, 4, &out, &err, &look), IMX_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "finer zoom"));
    assert_non_null(strstr(err.text, "overviews"));
    assert_int_equal(look, 99);
    imx_warper_destroy(&warper);
    close_bench(&b);
}

static void a_window_wider_than_the_kernels_can_address_is_cut(void **state) {
    (void)state;
    enum { WIDE = 60000 };
    static bench b;
    static uint8_t wide[WIDE * 2 * 4];
    open_bench(&b, 64, 64, (const double[6]){0, 1.0 / 1024, 0, 0, 0, 1}, 0);
    for (uint32_t i = 0; i < WIDE * 2; i++) {
        memcpy(wide + 4 * i, ((uint8_t[4]){(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16), 255}), 4);
    }
    b.raster.rgba = wide;
    b.asset.width = b.asset.block_w = b.raster.width = WIDE;
    b.asset.height = b.asset.block_h = b.raster.height = 2;
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_NEAREST, 4);
    static uint8_t got[TILE * 4];
    imx_pixels out = imx_pixels_view_rgba8(got, TILE, 1, TILE * 4);
    imx_block_key key = {0};
    unsigned look;
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 1, &out, NULL, &look), IMX_OK);
    for (uint32_t x = 0; x < TILE; x++) {
        uint32_t column = 1024 * x + 512, at = WIDE + column, value = 0;
        memcpy(&value, got + 4 * x, 4);
        assert_int_equal(value, column < WIDE ? (at | 0xFF000000u) : 0);
    }
    imx_warper_destroy(&warper);
    close_bench(&b);
}

/* What others are loading is taken last, and of strips the next one is loaded meanwhile, whatever becomes of that. */
static void busy_blocks_come_last(void **state) {
    (void)state;
    static const int32_t blocks[][2] = {{17, 13}, {SRC_W, 5}, {1, 1}};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        static bench b;
        open_bench(&b, blocks[i][0], blocks[i][1], IDENTITY, 0);
        check_tile(&b, IMX_RESAMPLE_CUBIC, PLENTY, 0, 0);
        int reads = b.raster.reads, parts = reads;
        for (int busy = 1; busy < 2 * parts; busy = 3 * busy + 1) {
            b.raster.busy = busy;
            reads = b.raster.reads;
            check_tile(&b, IMX_RESAMPLE_CUBIC, PLENTY, 0, 0);
            bool ahead = blocks[i][0] == SRC_W && busy <= parts;
            assert_int_equal(b.raster.reads - reads, parts + ahead);
            b.raster.busy = 0;
        }
        b.raster.busy = 1;
        b.raster.damaged_row = blocks[i][0] == SRC_W ? parts : 0; /* the strip after those that the tile shows */
        reads = b.raster.reads;
        check_tile(&b, IMX_RESAMPLE_CUBIC, PLENTY, 0, 0);
        assert_int_equal(b.raster.reads - reads, parts);
        close_bench(&b);
    }
}

static void failures_come_back(void **state) {
    (void)state;
    static bench b;
    open_bench(&b, 17, 13, IDENTITY, 0);
    static uint8_t got[(TILE + 1) * TILE * 4];
    imx_pixels out = imx_pixels_view_rgba8(got, TILE, TILE, TILE * 4);
    imx_pixels big = imx_pixels_view_rgba8(got, TILE + 1, TILE, (TILE + 1) * 4);
    imx_block_key key = {0};
    imx_error err = IMX_ERROR_INIT;
    unsigned look;
    imx_warper *warper = make_warper(&b, IMX_RESAMPLE_CUBIC, PLENTY);
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &big, &err, &look), IMX_E_INTERNAL);
    b.raster.fail_read = true;
    assert_int_equal(imx_warp(warper, b.grid, b.source, &b.asset, &key, 0, 0, &out, &err, &look), IMX_E_INPUT);
    assert_string_equal(err.text, "block 0,0 is damaged");
    imx_warper_destroy(&warper);
    size_t used = imx_memory_used(b.memory);
    for (size_t nth = 1; nth <= 6; nth++) {
        imx_memory_fail_nth(b.memory, nth);
        assert_int_equal(
            imx_warper_create(b.memory, &b.kernels, b.cache, IMX_RESAMPLE_CUBIC, PLENTY, TILE, TILE, &err, &warper),
            IMX_E_NOMEM);
        assert_null(warper);
        assert_int_equal(imx_memory_used(b.memory), used);
    }
    close_bench(&b);
}

/* Warps all tiles whose centre lies in the raster; what the blocks' holders said then, px. */
static double shown_by_tiles(const double geotransform[6], int32_t block, int32_t columns, int32_t rows) {
    bench b;
    open_bench(&b, block, block, geotransform, 0);
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t column = 0; column < columns; column++) {
            (void)check_tile(&b, IMX_RESAMPLE_CUBIC, PLENTY, column * TILE, row * TILE);
        }
    }
    close_bench(&b);
    return b.raster.shown_px;
}

static void what_is_shown_of_the_blocks_is_told(void **state) {
    (void)state;
    const double area = 4.0 * TILE * 3 * TILE, turned_area = 3.0 * TILE * 2 * TILE / 1.0025;
    const double little[6] = {-20, 1, 0.05, -10, -0.05, 1}, much[6] = {-100, 0.7, 0.7, 100, -0.7, 0.7};
    assert_true(fabs(shown_by_tiles(IDENTITY, 50, 4, 3) - area) <= 0.001 * area);
    assert_true(shown_by_tiles(IDENTITY, 512, 4, 3) <= 0); /* as wide as the raster: a strip */
    /* Turned by atan(0.05): shares of larger windows. By 45 degrees: nothing is said. */
    assert_true(fabs(shown_by_tiles(little, 50, 3, 2) - turned_area) <= 0.001 * turned_area);
    assert_true(shown_by_tiles(much, 50, 3, 2) <= 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magnifying_does_not_depend_on_the_window),
        cmocka_unit_test(minifying_does_not_depend_on_the_window),
        cmocka_unit_test(both_ways_do_not_depend_on_the_window),
        cmocka_unit_test(a_table_without_memory_comes_back),
        cmocka_unit_test(rotation_does_not_depend_on_the_window),
        cmocka_unit_test(outside_and_sparse_is_empty),
        cmocka_unit_test(one_block_is_not_copied),
        cmocka_unit_test(a_pixel_too_large_is_refused),
        cmocka_unit_test(a_window_wider_than_the_kernels_can_address_is_cut),
        cmocka_unit_test(busy_blocks_come_last),
        cmocka_unit_test(failures_come_back),
        cmocka_unit_test(what_is_shown_of_the_blocks_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
