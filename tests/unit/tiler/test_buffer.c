/* tests/unit/tiler/test_buffer.c: tiles with pixels of their neighbours around, through the walk, against whole zooms
 * that the test reduces at once with the scalar kernels: pictures and numbers, every way to make overviews. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/look.h"
#include "tiler/pyramid.h"

enum { ZOOMS = 8, PIXEL_BYTES_MAX = 16 };

typedef struct world {
    imx_pyramid pyramid;
    imx_kernels kernels, scalar;
    imx_memory *memory;
    imx_pool *pool;
    imx_pixels image[ZOOMS]; /* each zoom as it must be */
    bool *visited[ZOOMS];    /* by tile: a touched base tile is under it */
    unsigned *sunk[ZOOMS];   /* by tile: how often */
    unsigned fail_render;    /* at the nth call */
    atomic_uint renders, wrong;
} world;

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu ^ (c + 0x165667b1u) * 0xc2b2ae35u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    return h ^ h >> 13;
}

/* ---- pixels -------------------------------------------------------------------------------------------------- */

static imx_pixels pixels_new(const imx_pyramid *p, int32_t width, int32_t height) {
    imx_pixels out = {0};
    imx_error err = IMX_ERROR_INIT;
    imx_status status = p->bands
                            ? imx_pixels_create_planar(NULL, p->type, p->bands, width, height, p->bands, &err, &out)
                            : imx_pixels_create_rgba8(NULL, width, height, &err, &out);
    assert_int_equal(status, IMX_OK);
    imx_pixels_clear(&out);
    return out;
}

/* A pixel's samples and validities, in a row. */
static void get(const imx_pixels *of, int64_t x, int64_t y, uint8_t px[PIXEL_BYTES_MAX]) {
    const size_t size = imx_type_size(of->type);
    memset(px, 0, PIXEL_BYTES_MAX);
    for (int32_t band = 0; band < of->bands; band++, px += size) {
        memcpy(px, (uint8_t *)of->data + band * of->band_stride + y * of->row_stride + x * of->pixel_stride, size);
        if (of->valid) {
            *px++ = of->valid[band * of->valid_band_stride + y * of->valid_stride + x];
        }
    }
}

static void set(imx_pixels *of, int64_t x, int64_t y, const imx_pixels *from, int64_t from_x, int64_t from_y) {
    const imx_pixels one = imx_pixels_crop(from, (int32_t)from_x, (int32_t)from_y, 1, 1);
    imx_pixels to = imx_pixels_crop(of, (int32_t)x, (int32_t)y, 1, 1);
    imx_pixels_copy(&one, &to);
}

/* ---- the zooms as they must be ------------------------------------------------------------------------------- */

static size_t columns_at(const world *w, uint32_t z) { return (size_t)w->pyramid.columns << z; }
static size_t rows_at(const world *w, uint32_t z) { return (size_t)w->pyramid.rows << z; }
static int32_t width_at(const world *w, uint32_t z) { return (int32_t)(columns_at(w, z) * w->pyramid.tile_px); }
static int32_t height_at(const world *w, uint32_t z) { return (int32_t)(rows_at(w, z) * w->pyramid.tile_px); }
static size_t index_of(const world *w, imx_tile t) { return t.y * columns_at(w, t.z) + t.x; }

static bool base_touched(const world *w, uint32_t x, uint32_t y) {
    uint32_t coarse = w->pyramid.zoom_max > 2 ? w->pyramid.zoom_max - 2 : 0;
    return mix(x >> coarse, y >> coarse, 3) % 4 != 0 && mix(x, y, 4) % 6 != 0;
}

/* Of the touched tiles some are empty, some have holes, some are faint (pictures). */
static void paint(world *w, uint32_t x, uint32_t y) {
    imx_pixels *to = &w->image[w->pyramid.zoom_max];
    uint32_t tile_x = x / w->pyramid.tile_px, tile_y = y / w->pyramid.tile_px;
    uint32_t kind = mix(tile_x, tile_y, 1) % 8, noise = mix(x, y, 2);
    if (!base_touched(w, tile_x, tile_y) || kind == 0 || (kind == 1 && (noise >> 24) % 3 == 0)) {
        return;
    }
    for (int32_t band = 0; band < to->bands; band++) {
        uint8_t *at = (uint8_t *)to->data + band * to->band_stride + y * to->row_stride + x * to->pixel_stride;
        const float height = (float)(noise % 9000) / 7;
        if (to->type == IMX_F32) {
            memcpy(at, &height, sizeof height);
        } else {
            const uint32_t alpha = kind == 2 ? noise >> 24 | 1 : 255;
            *at = (uint8_t)(band < 3 ? noise >> 8 * band : alpha);
        }
        if (to->valid) {
            to->valid[band * to->valid_band_stride + y * to->valid_stride + x] = 255;
        }
    }
}

/* A zoom with a halo around: its other side where it wraps, else its edge; of numbers nothing. */
static imx_pixels padded(const world *w, uint32_t z, int32_t halo) {
    const int32_t width = width_at(w, z), height = height_at(w, z);
    imx_pixels out = pixels_new(&w->pyramid, width + 2 * halo, height + 2 * halo);
    for (int32_t y = 0; y < out.height; y++) {
        int32_t from_y = y < halo ? 0 : y - halo >= height ? height - 1 : y - halo;
        const bool row = y >= halo && y < height + halo;
        for (int32_t x = 0; x < out.width; x++) {
            const bool column = w->pyramid.wraps || (x >= halo && x < width + halo);
            if (w->pyramid.bands && !(row && column)) {
                continue; /* it is zero */
            }
            int32_t from_x = w->pyramid.wraps    ? (x + (halo / width + 1) * width - halo) % width
                             : x < halo          ? 0
                             : x - halo >= width ? width - 1
                                                 : x - halo;
            set(&out, x, y, &w->image[z], from_x, from_y);
        }
    }
    return out;
}

static void reduce_zoom(world *w, uint32_t z) {
    const imx_reduce_method method = w->pyramid.overview;
    const int32_t halo = imx_reduce_halo_px(method);
    imx_pixels below = padded(w, z + 1, halo), *to = &w->image[z];
    const imx_pixels quads = imx_pixels_crop(&below, halo, halo, 2 * to->width, 2 * to->height);
    for (int32_t band = 0; band < w->pyramid.bands; band++) {
        const imx_reduce_plane job = {(uint8_t *)quads.data + band * quads.band_stride,
                                      quads.row_stride,
                                      quads.valid + band * quads.valid_band_stride,
                                      quads.valid_stride,
                                      (size_t)to->width,
                                      (size_t)to->height,
                                      (uint8_t *)to->data + band * to->band_stride,
                                      to->row_stride,
                                      to->valid + band * to->valid_band_stride,
                                      to->valid_stride};
        w->scalar.reduce.plane[method][to->type](&job);
    }
    if (!w->pyramid.bands) {
        w->scalar.reduce.rgba8[method](quads.data, quads.row_stride, (size_t)to->width, (size_t)to->height, to->data,
                                       to->row_stride);
    }
    imx_pixels_destroy(NULL, &below);
}

static imx_pixels tile_of(const world *w, imx_tile tile) {
    const uint32_t px = w->pyramid.tile_px;
    return imx_pixels_crop(&w->image[tile.z], (int32_t)(tile.x * px), (int32_t)(tile.y * px), (int32_t)px, (int32_t)px);
}

static void draw(world *w) {
    for (uint32_t z = w->pyramid.zoom_max + 1; z-- > 0;) {
        w->image[z] = pixels_new(&w->pyramid, width_at(w, z), height_at(w, z));
        w->visited[z] = calloc(columns_at(w, z) * rows_at(w, z), sizeof(bool));
        w->sunk[z] = calloc(columns_at(w, z) * rows_at(w, z), sizeof(unsigned));
        assert_true(w->visited[z] && w->sunk[z]);
        if (z < w->pyramid.zoom_max) {
            reduce_zoom(w, z);
        }
        for (imx_tile t = {z, 0, 0}; t.y < rows_at(w, z); t.x + 1 < columns_at(w, z) ? t.x++ : (t.x = 0, t.y++)) {
            bool *visited = &w->visited[z][index_of(w, t)];
            *visited = z == w->pyramid.zoom_max && base_touched(w, t.x, t.y);
            for (uint32_t i = 0; i < 4 && z < w->pyramid.zoom_max; i++) {
                *visited |= w->visited[z + 1][index_of(w, (imx_tile){z + 1, 2 * t.x + i % 2, 2 * t.y + i / 2})];
            }
            if (!*visited) { /* the filter may reach it, but there is no such tile */
                imx_pixels none = tile_of(w, t);
                imx_pixels_clear(&none);
            }
        }
        for (uint32_t i = 0; z == w->pyramid.zoom_max && i < (uint32_t)(width_at(w, z) * height_at(w, z)); i++) {
            paint(w, i % (uint32_t)width_at(w, z), i / (uint32_t)width_at(w, z));
        }
    }
}

static world *world_new(imx_pyramid pyramid) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pyramid = pyramid;
    imx_kernels_init(&w->kernels, imx_cpu_detect());
    imx_kernels_init(&w->scalar, IMX_CPU_NONE);
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    draw(w);
    return w;
}

static void world_end(world *w) {
    imx_pool_destroy(&w->pool);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        imx_pixels_destroy(NULL, &w->image[z]);
        free(w->visited[z]);
        free(w->sunk[z]);
    }
    free(w);
}

/* ---- the ops ------------------------------------------------------------------------------------------------- */

static bool touches(void *context, imx_tile tile) {
    const world *w = context;
    if (tile.x >= columns_at(w, tile.z) || tile.y >= rows_at(w, tile.z)) {
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
    (void)worker;
    const int32_t px = (int32_t)w->pyramid.tile_px;
    bool good = tile.z == w->pyramid.zoom_max && x_px >= 0 && y_px >= 0 && x_px + out->width <= px &&
                y_px + out->height <= px && base_touched(w, tile.x, tile.y);
    atomic_fetch_add(&w->wrong, !good);
    if (atomic_fetch_add(&w->renders, 1) + 1 == w->fail_render) {
        return imx_fail(err, IMX_E_INPUT, "render");
    }
    const imx_pixels whole = tile_of(w, tile), part = imx_pixels_crop(&whole, x_px, y_px, out->width, out->height);
    *look = imx_pixels_look(&w->kernels, &part);
    if (*look & IMX_LOOK_EMPTY) { /* nothing is written */
        for (int32_t y = 0; y < out->height; y++) {
            memset((uint8_t *)out->data + y * out->row_stride, 0xEE, (size_t)(out->width * out->pixel_stride));
        }
        return IMX_OK;
    }
    imx_pixels_copy(&part, out);
    return IMX_OK;
}

/* So many pixels of the neighbours are around: nothing beyond the grid, unless it wraps. */
static bool as_it_must_be(const world *w, imx_tile tile, const imx_pixels *pixels, int32_t buffer) {
    const int64_t px = w->pyramid.tile_px, width = width_at(w, tile.z), height = height_at(w, tile.z);
    bool same = pixels->width == px + 2 * buffer && pixels->height == px + 2 * buffer;
    for (int32_t y = 0; y < pixels->height && same; y++) {
        for (int32_t x = 0; x < pixels->width && same; x++) {
            uint8_t got[PIXEL_BYTES_MAX], want[PIXEL_BYTES_MAX] = {0};
            int64_t at_x = tile.x * px + x - buffer, at_y = tile.y * px + y - buffer;
            at_x = w->pyramid.wraps ? (at_x + width) % width : at_x;
            get(pixels, x, y, got);
            if (at_x >= 0 && at_x < width && at_y >= 0 && at_y < height) {
                get(&w->image[tile.z], at_x, at_y, want);
            }
            same = memcmp(got, want, sizeof got) == 0;
        }
    }
    return same;
}

static imx_status encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                         imx_error *err, imx_stored_tile *out) {
    world *w = context;
    (void)worker;
    bool good = tile.z >= w->pyramid.zoom_min && !(look & IMX_LOOK_EMPTY) &&
                as_it_must_be(w, tile, pixels, (int32_t)w->pyramid.buffer_px) &&
                look == imx_pixels_look(&w->kernels, pixels);
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
        atomic_fetch_add(&w->wrong, !as_it_must_be(w, unit->root, unit->root_pixels, 0));
    }
    return IMX_OK;
}

static imx_status run(world *w, unsigned threads, imx_pyramid_stats *stats, imx_error *err) {
    imx_pyramid_ops ops = {w, touches, NULL, render, encode, sink, NULL, NULL};
    *stats = (imx_pyramid_stats){0};
    atomic_store(&w->renders, 0);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        memset(w->sunk[z], 0, columns_at(w, z) * rows_at(w, z) * sizeof(unsigned));
    }
    imx_pool_destroy(&w->pool);
    assert_int_equal(imx_pool_create(NULL, threads, NULL, &w->pool), IMX_OK);
    imx_status status = imx_pyramid_run(w->memory, &w->kernels, &w->pyramid, &ops, w->pool, stats, err);
    assert_int_equal(imx_memory_used(w->memory), 0);
    assert_int_equal(atomic_load(&w->wrong), 0);
    return status;
}

/* ---- what must hold ------------------------------------------------------------------------------------------ */

/* Every tile that has pixels of its own was sunk once, and none else: pixels in the buffer alone make no tile. */
static void assert_complete(const world *w, const imx_pyramid_stats *stats) {
    uint64_t written = 0, all = 0, base = 0;
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        for (uint32_t i = 0; i < columns_at(w, z) * rows_at(w, z); i++) {
            const imx_pixels tile =
                tile_of(w, (imx_tile){z, (uint32_t)(i % columns_at(w, z)), (uint32_t)(i / columns_at(w, z))});
            bool there = z >= w->pyramid.zoom_min && w->visited[z][i];
            bool filled = there && !(imx_pixels_look(&w->kernels, &tile) & IMX_LOOK_EMPTY);
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

/* The forecast, the lanes, and little else: blobs of a unit, the lanes themselves, the pool's tasks. */
static void assert_bounded(world *w, unsigned threads, size_t peak) {
    imx_pyramid_ops ops = {.context = w, .touches = touches};
    imx_pyramid_waiting waiting;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_pyramid_forecast_waiting(w->memory, &w->pyramid, &ops, &err, &waiting), IMX_OK);
    uint64_t bound = imx_pyramid_waiting_bytes(&w->pyramid, &waiting, threads) +
                     threads * (imx_pyramid_worker_bytes(&w->pyramid) + 50000);
    if (peak > bound) {
        fail_msg("%zu bytes, not %zu", peak, (size_t)bound);
    }
}

static void assert_walks(imx_pyramid pyramid) {
    static const unsigned threads[] = {1, 5};
    world *w = world_new(pyramid);
    for (size_t i = 0; i < 4; i++) {
        imx_pyramid_stats stats;
        imx_error err = IMX_ERROR_INIT;
        w->pyramid.order = i / 2 ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
        imx_memory_destroy(&w->memory);
        assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
        assert_int_equal(run(w, threads[i % 2], &stats, &err), IMX_OK);
        assert_bounded(w, threads[i % 2], imx_memory_peak(w->memory));
        assert_complete(w, &stats);
    }
    world_end(w);
}

/* Every way to make overviews: of pictures, and of numbers in two bands. */
static void every_way(imx_pyramid pyramid) {
    for (unsigned method = 0; method < IMX_REDUCE_METHODS; method++) {
        pyramid.overview = (imx_reduce_method)method;
        pyramid.bands = 0;
        pyramid.type = IMX_U8;
        assert_walks(pyramid);
        pyramid.bands = 2;
        pyramid.type = method % 2 ? IMX_U8 : IMX_F32;
        assert_walks(pyramid);
    }
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static void deep_pyramids(void **state) {
    (void)state;
    every_way((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 5, .tile_px = 8, .buffer_px = 1});
    every_way((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 4, .tile_px = 16, .buffer_px = 4});
}

static void across_the_antimeridian(void **state) {
    (void)state;
    every_way((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 5, .tile_px = 8, .wraps = true, .buffer_px = 1});
    every_way((imx_pyramid){.columns = 2, .rows = 1, .zoom_max = 4, .tile_px = 16, .wraps = true, .buffer_px = 3});
}

static void shallow_and_uneven(void **state) {
    (void)state;
    for (uint32_t zoom_max = 0; zoom_max <= 4; zoom_max += 2) {
        every_way((imx_pyramid){.columns = 3, .rows = 2, .zoom_max = zoom_max, .tile_px = 8, .buffer_px = 1});
    }
}

static void every_lowest_zoom(void **state) {
    (void)state;
    for (uint32_t zoom_min = 0; zoom_min <= 5; zoom_min++) {
        imx_pyramid pyramid = {
            .columns = 1, .rows = 1, .zoom_min = zoom_min, .zoom_max = 5, .tile_px = 8, .buffer_px = 1};
        pyramid.overview = IMX_REDUCE_LANCZOS;
        assert_walks(pyramid);
        pyramid.overview = IMX_REDUCE_AVERAGE;
        pyramid.buffer_px = 2;
        assert_walks(pyramid);
    }
}

/* Without a buffer (test_overviews.c has the pictures). */
static void numbers_by_filters(void **state) {
    (void)state;
    static const imx_type types[] = {IMX_U8, IMX_F32};
    for (imx_reduce_method method = IMX_REDUCE_BILINEAR; method <= IMX_REDUCE_LANCZOS; method++) {
        for (size_t i = 0; i < 2; i++) {
            imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 6, .tile_px = 8};
            pyramid.overview = method;
            pyramid.bands = (int32_t)i + 1;
            pyramid.type = types[i];
            assert_walks(pyramid);
            pyramid.columns = 3;
            pyramid.zoom_max = 4;
            pyramid.zoom_min = 2;
            pyramid.wraps = i != 0;
            assert_walks(pyramid);
            pyramid.flatter = 2;
            assert_walks(pyramid);
        }
    }
}

/* Tiles as large as a metatile: every overview is above the metatiles. */
static void metatiles_of_one_tile(void **state) {
    (void)state;
    assert_walks((imx_pyramid){.columns = 1, .rows = 1, .zoom_max = 1, .tile_px = 2048, .wraps = true, .buffer_px = 7});
}

static void too_wide_is_refused(void **state) {
    (void)state;
    imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 1, .tile_px = 8, .buffer_px = 2};
    pyramid.overview = IMX_REDUCE_CUBIC;
    world *w = world_new(pyramid);
    imx_pyramid_stats stats;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(run(w, 1, &stats, &err), IMX_OK);
    w->pyramid.overview = IMX_REDUCE_LANCZOS; /* 5 + 2 x 2 px are more than a neighbour has */
    assert_int_equal(run(w, 1, &stats, &err), IMX_E_INTERNAL);
    w->pyramid.overview = IMX_REDUCE_AVERAGE;
    w->pyramid.buffer_px = 3;
    assert_int_equal(run(w, 1, &stats, &err), IMX_E_INTERNAL);
    world_end(w);
}

static void failures(void **state) {
    (void)state;
    imx_pyramid pyramid = {.columns = 1, .rows = 1, .zoom_max = 5, .tile_px = 8, .buffer_px = 2};
    pyramid.bands = 1;
    pyramid.type = IMX_F32;
    world *w = world_new(pyramid);
    imx_pyramid_stats stats;
    imx_status status = IMX_E_NOMEM;
    for (size_t nth = 1; status != IMX_OK; nth += nth < 60 ? 1 : 37) {
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(w->memory, nth);
        status = run(w, 3, &stats, &err);
        imx_memory_fail_nth(w->memory, 0);
        assert_true(status == IMX_OK || (status == IMX_E_NOMEM && err.text[0]));
    }
    for (unsigned nth = 1; nth < 300; nth += 61) {
        imx_error err = IMX_ERROR_INIT;
        w->fail_render = nth;
        assert_int_equal(run(w, 3, &stats, &err), IMX_E_INPUT);
    }
    w->fail_render = 0;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(run(w, 3, &stats, &err), IMX_OK); /* nothing of it stays */
    assert_complete(w, &stats);
    world_end(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_pyramids),       cmocka_unit_test(across_the_antimeridian),
        cmocka_unit_test(shallow_and_uneven),  cmocka_unit_test(every_lowest_zoom),
        cmocka_unit_test(numbers_by_filters),  cmocka_unit_test(metatiles_of_one_tile),
        cmocka_unit_test(too_wide_is_refused), cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
