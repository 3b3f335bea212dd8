/* tests/unit/tiler/test_overviews.c: every way to make overviews, through the walk, against whole zooms that the test
 * reduces at once with the scalar kernel: no seams, whatever the threads, the order and the lowest zoom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/pyramid.h"

enum { ZOOMS = 8 };

typedef struct world {
    imx_pyramid pyramid;
    imx_kernels kernels;
    imx_memory *memory;
    imx_pool *pool;
    uint8_t *image[ZOOMS];               /* each zoom as it must be */
    bool *visited[ZOOMS];                /* by tile: a touched base tile is under it */
    unsigned *sunk[ZOOMS];               /* by tile: how often */
    bool shuffled;                       /* ROWS: metatiles in an order of the world's own */
    unsigned fail_render, cancel_render; /* at the nth call */
    atomic_uint renders, wrong;
} world;

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu ^ (c + 0x165667b1u) * 0xc2b2ae35u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    return h ^ h >> 13;
}

static size_t columns_at(const world *w, uint32_t z) { return (size_t)w->pyramid.columns << z; }
static size_t rows_at(const world *w, uint32_t z) { return (size_t)w->pyramid.rows << z; }
static size_t width_at(const world *w, uint32_t z) { return columns_at(w, z) * w->pyramid.tile_px; }
static size_t height_at(const world *w, uint32_t z) { return rows_at(w, z) * w->pyramid.tile_px; }
static size_t index_of(const world *w, imx_tile t) { return t.y * columns_at(w, t.z) + t.x; }

/* Whole quarters are untouched, some tiles too; of the touched ones some are empty, some have holes, some are faint. */
static bool base_touched(const world *w, uint32_t x, uint32_t y) {
    uint32_t coarse = w->pyramid.zoom_max > 2 ? w->pyramid.zoom_max - 2 : 0;
    return mix(x >> coarse, y >> coarse, 3) % 4 != 0 && mix(x, y, 4) % 6 != 0;
}

static void paint(const world *w, uint32_t x, uint32_t y, uint8_t px[4]) {
    uint32_t kind = mix(x / w->pyramid.tile_px, y / w->pyramid.tile_px, 1) % 8, noise = mix(x, y, 2);
    memset(px, 0, 4);
    if (!base_touched(w, x / w->pyramid.tile_px, y / w->pyramid.tile_px) || kind == 0) {
        return;
    }
    px[3] = kind == 1 ? (noise >> 24) % 3 ? 255 : 0 : kind == 2 ? (uint8_t)(noise >> 24) : 255;
    for (int c = 0; c < 3 && px[3]; c++) {
        px[c] = (uint8_t)(noise >> 8 * c);
    }
}

/* A zoom with a halo around: its other side where it wraps, else its edge. */
static uint8_t *padded(const world *w, uint32_t z, size_t halo) {
    size_t width = width_at(w, z), height = height_at(w, z), wide = width + 2 * halo;
    uint8_t *out = malloc(wide * (height + 2 * halo) * 4);
    assert_non_null(out);
    for (size_t y = 0; y < height + 2 * halo; y++) {
        size_t from_y = y < halo ? 0 : y - halo >= height ? height - 1 : y - halo;
        for (size_t x = 0; x < wide; x++) {
            size_t from_x = w->pyramid.wraps    ? (x + (halo / width + 1) * width - halo) % width
                            : x < halo          ? 0
                            : x - halo >= width ? width - 1
                                                : x - halo;
            memcpy(out + (y * wide + x) * 4, w->image[z] + (from_y * width + from_x) * 4, 4);
        }
    }
    return out;
}

static void reduce_zoom(world *w, const imx_kernels *scalar, uint32_t z) {
    imx_reduce_method method = w->pyramid.overview;
    size_t halo = (size_t)imx_reduce_halo_px(method), wide = width_at(w, z + 1) + 2 * halo;
    uint8_t *below = padded(w, z + 1, halo);
    scalar->reduce.rgba8[method](below + (halo * wide + halo) * 4, (ptrdiff_t)wide * 4, width_at(w, z), height_at(w, z),
                                 w->image[z], (ptrdiff_t)width_at(w, z) * 4);
    free(below);
}

static void draw(world *w) {
    imx_kernels scalar;
    imx_kernels_init(&scalar, IMX_CPU_NONE);
    for (uint32_t z = w->pyramid.zoom_max + 1; z-- > 0;) {
        size_t width = width_at(w, z), height = height_at(w, z), px = w->pyramid.tile_px;
        w->image[z] = calloc(width * height, 4);
        w->visited[z] = calloc(columns_at(w, z) * rows_at(w, z), sizeof(bool));
        w->sunk[z] = calloc(columns_at(w, z) * rows_at(w, z), sizeof(unsigned));
        assert_true(w->image[z] && w->visited[z] && w->sunk[z]);
        if (z < w->pyramid.zoom_max) {
            reduce_zoom(w, &scalar, z);
        }
        for (uint32_t y = 0; y < height; y++) {
            for (uint32_t x = 0; x < width; x++) {
                imx_tile tile = {z, (uint32_t)(x / px), (uint32_t)(y / px)};
                bool *visited = &w->visited[z][index_of(w, tile)];
                uint8_t *at = w->image[z] + (y * width + x) * 4;
                if (z == w->pyramid.zoom_max) {
                    *visited = base_touched(w, tile.x, tile.y);
                    paint(w, x, y, at);
                    continue;
                }
                for (uint32_t i = 0; i < 4; i++) {
                    *visited |=
                        w->visited[z + 1][index_of(w, (imx_tile){z + 1, 2 * tile.x + i % 2, 2 * tile.y + i / 2})];
                }
                if (!*visited) { /* the filter may reach it, but there is no such tile */
                    memset(at, 0, 4);
                }
            }
        }
    }
}

static world *world_new(imx_pyramid pyramid, unsigned threads) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pyramid = pyramid;
    imx_kernels_init(&w->kernels, imx_cpu_detect());
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_pool_create(NULL, threads, NULL, &w->pool), IMX_OK);
    draw(w);
    return w;
}

static void world_end(world *w) {
    imx_pool_destroy(&w->pool);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        free(w->image[z]);
        free(w->visited[z]);
        free(w->sunk[z]);
    }
    free(w);
}

/* ---- the ops ------------------------------------------------------------------------------------------------- */

static bool touches(void *context, imx_tile tile) {
    const world *w = context;
    bool sure = tile.x < columns_at(w, tile.z) && tile.y < rows_at(w, tile.z);
    if (!sure) {
        abort();
    }
    /* now and then too optimistic, but never under a tile for which the answer is no */
    bool above = tile.z < 2 || touches(context, (imx_tile){tile.z - 1, tile.x / 2, tile.y / 2});
    return w->visited[tile.z][index_of(w, tile)] ||
           (tile.z < w->pyramid.zoom_max && above && mix(tile.x, tile.y, 5 + tile.z) % 2 == 0);
}

static imx_status render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                         imx_error *err, unsigned *look) {
    world *w = context;
    size_t px = w->pyramid.tile_px, width = width_at(w, tile.z);
    unsigned nth = atomic_fetch_add(&w->renders, 1) + 1;
    bool good = tile.z == w->pyramid.zoom_max && worker < imx_pool_threads(w->pool) && x_px >= 0 && y_px >= 0 &&
                (size_t)(x_px + out->width) <= px && (size_t)(y_px + out->height) <= px &&
                base_touched(w, tile.x, tile.y);
    atomic_fetch_add(&w->wrong, !good);
    if (nth == w->fail_render) {
        return imx_fail(err, IMX_E_INPUT, "render %u", nth);
    }
    if (nth == w->cancel_render) {
        imx_pool_cancel(w->pool);
    }
    for (int32_t y = 0; y < out->height; y++) {
        memcpy((uint8_t *)out->data + y * out->row_stride,
               w->image[tile.z] + ((tile.y * px + (size_t)(y_px + y)) * width + tile.x * px + (size_t)x_px) * 4,
               (size_t)out->width * 4);
    }
    *look = w->kernels.look_rgba8(out->data, out->row_stride, (size_t)out->width, (size_t)out->height);
    if (*look & IMX_LOOK_EMPTY) { /* nothing was written */
        for (int32_t y = 0; y < out->height; y++) {
            memset((uint8_t *)out->data + y * out->row_stride, 0xEE, (size_t)out->width * 4);
        }
    }
    return IMX_OK;
}

static bool as_it_must_be(const world *w, imx_tile tile, const imx_pixels *pixels) {
    size_t px = w->pyramid.tile_px, width = width_at(w, tile.z);
    for (size_t y = 0; y < px; y++) {
        const uint8_t *want = w->image[tile.z] + ((tile.y * px + y) * width + tile.x * px) * 4;
        if (memcmp((const uint8_t *)pixels->data + (ptrdiff_t)y * pixels->row_stride, want, 4 * px) != 0) {
            return false;
        }
    }
    return true;
}

static imx_status encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                         imx_error *err, imx_stored_tile *out) {
    world *w = context;
    (void)worker;
    bool good = tile.z >= w->pyramid.zoom_min && !(look & IMX_LOOK_EMPTY) && as_it_must_be(w, tile, pixels) &&
                look == w->kernels.look_rgba8(pixels->data, pixels->row_stride, w->pyramid.tile_px, w->pyramid.tile_px);
    atomic_fetch_add(&w->wrong, !good);
    out->blob.size = 1;
    out->blob.data = imx_alloc(w->memory, 1);
    return out->blob.data ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "no memory for a blob");
}

static imx_status sink(void *context, unsigned worker, const imx_metatile *unit, imx_error *err) {
    world *w = context;
    (void)worker, (void)err;
    for (size_t i = 0; i < unit->count; i++) {
        unsigned *sunk = &w->sunk[unit->tiles[i].tile.z][index_of(w, unit->tiles[i].tile)];
        atomic_fetch_add(&w->wrong, (*sunk)++ != 0);
    }
    if (unit->root_pixels) {
        atomic_fetch_add(&w->wrong, !as_it_must_be(w, unit->root, unit->root_pixels));
    }
    return IMX_OK;
}

/* An order that has nothing to do with rows. */
static imx_status any_row(void *context, unsigned worker, imx_tile tile, imx_error *err, double *row) {
    (void)context, (void)worker, (void)err;
    *row = mix(tile.x, tile.y, 9) % 7;
    return IMX_OK;
}

static imx_pyramid_ops ops_of(world *w) {
    return (imx_pyramid_ops){w, touches, NULL, render, encode, sink, w->shuffled ? any_row : NULL, NULL};
}

static imx_status run(world *w, imx_pyramid_stats *stats, imx_error *err) {
    imx_pyramid_ops ops = ops_of(w);
    *stats = (imx_pyramid_stats){0};
    atomic_store(&w->renders, 0);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        memset(w->sunk[z], 0, columns_at(w, z) * rows_at(w, z) * sizeof(unsigned));
    }
    imx_status status = imx_pyramid_run(w->memory, &w->kernels, &w->pyramid, &ops, w->pool, stats, err);
    assert_int_equal(imx_memory_used(w->memory), 0);
    assert_int_equal(atomic_load(&w->wrong), 0);
    return status;
}

/* ---- what must hold ------------------------------------------------------------------------------------------ */

static bool has_pixels(const world *w, imx_tile tile) {
    size_t px = w->pyramid.tile_px, width = width_at(w, tile.z);
    const uint8_t *corner = w->image[tile.z] + (tile.y * px * width + tile.x * px) * 4;
    return !(w->kernels.look_rgba8(corner, (ptrdiff_t)width * 4, px, px) & IMX_LOOK_EMPTY);
}

/* Every tile that has pixels was sunk once, and none else; the others that there are were counted as empty. */
static void assert_complete(const world *w, const imx_pyramid_stats *stats) {
    uint64_t written = 0, all = 0, base = 0;
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        for (uint32_t i = 0; i < columns_at(w, z) * rows_at(w, z); i++) {
            imx_tile tile = {z, (uint32_t)(i % columns_at(w, z)), (uint32_t)(i / columns_at(w, z))};
            bool there = z >= w->pyramid.zoom_min && w->visited[z][i], filled = there && has_pixels(w, tile);
            assert_int_equal(w->sunk[z][i], filled);
            written += filled;
            all += there;
            base += z == w->pyramid.zoom_max && w->visited[z][i];
        }
    }
    assert_int_equal(atomic_load(&stats->encoded), written);
    assert_int_equal(atomic_load(&stats->empty), all - written);
    assert_int_equal(atomic_load(&stats->base_done), base);
}

static uint64_t memory_bound(world *w, unsigned threads) {
    imx_pyramid_ops ops = ops_of(w);
    imx_pyramid_waiting waiting;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_pyramid_forecast_waiting(w->memory, &w->pyramid, &ops, &err, &waiting), IMX_OK);
    assert_int_equal(imx_memory_used(w->memory), 0);
    assert_true(waiting.most <= waiting.all && waiting.each_worker <= waiting.all);
    /* blobs of a unit, the lanes themselves, the pool's tasks */
    uint64_t small = threads * 50000;
    return imx_pyramid_waiting_bytes(&w->pyramid, &waiting, threads) + threads * imx_pyramid_worker_bytes(&w->pyramid) +
           small;
}

static void assert_walks(imx_pyramid pyramid, imx_reduce_method method) {
    static const unsigned threads[] = {1, 2, 7};
    pyramid.overview = method;
    world *w = world_new(pyramid, 1);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        for (int order = 0; order < 2; order++) {
            imx_pyramid_stats stats;
            imx_error err = IMX_ERROR_INIT;
            imx_pool_destroy(&w->pool);
            imx_memory_destroy(&w->memory);
            assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
            assert_int_equal(imx_pool_create(NULL, threads[i], NULL, &w->pool), IMX_OK);
            w->pyramid.order = order ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
            assert_int_equal(run(w, &stats, &err), IMX_OK);
            assert_complete(w, &stats);
            if (imx_reduce_halo_px(method)) {
                size_t peak = imx_memory_peak(w->memory), bound = memory_bound(w, threads[i]);
                if (peak > bound) {
                    fail_msg("%zu bytes, not %zu", peak, bound);
                }
            }
        }
    }
    world_end(w);
}

static void every_method(imx_pyramid pyramid) {
    for (unsigned method = 0; method < IMX_REDUCE_METHODS; method++) {
        assert_walks(pyramid, (imx_reduce_method)method);
    }
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static void a_deep_pyramid(void **state) {
    (void)state;
    every_method((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 6, .tile_px = 8});
}

static void across_the_antimeridian(void **state) {
    (void)state;
    every_method((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 5, .tile_px = 8, .wraps = true});
    every_method((imx_pyramid){.columns = 2, .rows = 1, .zoom_max = 4, .tile_px = 8, .wraps = true});
}

static void tops_that_are_not_square(void **state) {
    (void)state;
    every_method((imx_pyramid){.columns = 3, .rows = 2, .zoom_max = 4, .tile_px = 8});
}

static void pyramids_less_deep_than_a_metatile(void **state) {
    (void)state;
    for (uint32_t zoom_max = 0; zoom_max <= 3; zoom_max++) {
        every_method((imx_pyramid){.columns = 2, .rows = 3, .zoom_max = zoom_max, .tile_px = 16});
        every_method((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = zoom_max, .tile_px = 8, .wraps = true});
    }
}

static void every_lowest_zoom(void **state) {
    (void)state;
    for (uint32_t zoom_min = 0; zoom_min <= 5; zoom_min++) {
        imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_min = zoom_min, .zoom_max = 5, .tile_px = 8};
        assert_walks(pyramid, IMX_REDUCE_LANCZOS);
        assert_walks(pyramid, IMX_REDUCE_BILINEAR);
    }
}

static void metatiles_in_any_order(void **state) {
    (void)state;
    imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 6, .tile_px = 8, .wraps = true};
    pyramid.order = IMX_WALK_ROWS;
    for (imx_reduce_method method = IMX_REDUCE_MAX; method <= IMX_REDUCE_LANCZOS; method++) {
        for (pyramid.flatter = 0; pyramid.flatter <= 3; pyramid.flatter++) { /* other units, the same tiles */
            pyramid.overview = method;
            world *w = world_new(pyramid, 2);
            w->shuffled = true;
            imx_pyramid_stats stats;
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(run(w, &stats, &err), IMX_OK);
            assert_complete(w, &stats);
            world_end(w);
        }
    }
}

/* Tiles as large as a metatile: every overview is above the metatiles. */
static void metatiles_of_one_tile(void **state) {
    (void)state;
    assert_walks((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 1, .tile_px = 2048, .wraps = true},
                 IMX_REDUCE_LANCZOS);
}

static void tiles_smaller_than_the_halo_are_refused(void **state) {
    (void)state;
    imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 1, .tile_px = 4};
    pyramid.overview = IMX_REDUCE_CUBIC;
    world *w = world_new(pyramid, 1);
    imx_pyramid_stats stats;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(run(w, &stats, &err), IMX_OK);
    w->pyramid.overview = IMX_REDUCE_LANCZOS;
    assert_int_equal(run(w, &stats, &err), IMX_E_INTERNAL);
    world_end(w);
}

static void failures(void **state) {
    (void)state;
    imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 5, .tile_px = 8, .overview = IMX_REDUCE_CUBIC};
    world *w = world_new(pyramid, 3);
    imx_pyramid_stats stats;
    imx_status status = IMX_E_NOMEM;
    for (size_t nth = 1; status != IMX_OK; nth += nth < 120 ? 1 : 37) { /* every allocation of the beginning */
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(w->memory, nth);
        status = run(w, &stats, &err);
        imx_memory_fail_nth(w->memory, 0);
        assert_true(status == IMX_OK || (status == IMX_E_NOMEM && err.text[0]));
    }
    imx_pyramid_ops ops = ops_of(w);
    status = IMX_E_NOMEM;
    for (size_t nth = 1; status != IMX_OK; nth++) {
        imx_error err = IMX_ERROR_INIT;
        imx_pyramid_waiting waiting;
        imx_memory_fail_nth(w->memory, nth);
        status = imx_pyramid_forecast_waiting(w->memory, &w->pyramid, &ops, &err, &waiting);
        imx_memory_fail_nth(w->memory, 0);
        assert_int_equal(imx_memory_used(w->memory), 0);
    }
    for (unsigned nth = 1; nth < 300; nth += 37) {
        imx_error err = IMX_ERROR_INIT;
        w->fail_render = nth;
        assert_int_equal(run(w, &stats, &err), IMX_E_INPUT);
        assert_non_null(strstr(err.text, "render"));
        w->fail_render = 0;
        w->cancel_render = nth;
        assert_int_equal(run(w, &stats, &err), IMX_E_CANCELLED);
        w->cancel_render = 0;
    }
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(run(w, &stats, &err), IMX_OK); /* nothing of it stays */
    assert_complete(w, &stats);
    world_end(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deep_pyramid),
        cmocka_unit_test(across_the_antimeridian),
        cmocka_unit_test(tops_that_are_not_square),
        cmocka_unit_test(pyramids_less_deep_than_a_metatile),
        cmocka_unit_test(every_lowest_zoom),
        cmocka_unit_test(metatiles_in_any_order),
        cmocka_unit_test(metatiles_of_one_tile),
        cmocka_unit_test(tiles_smaller_than_the_halo_are_refused),
        cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests_name("overviews", tests, NULL, NULL);
}
