/* tests/unit/tiler/made_world.c: see made_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/made_world.h"
#include "tiler/tile_id.h"

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t h = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu ^ (c + 0x165667b1u) * 0xc2b2ae35u;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    return h ^ h >> 13;
}

uint32_t world_columns(const world *w, uint32_t z) { return w->pyramid.columns << z; }
uint32_t world_rows(const world *w, uint32_t z) { return w->pyramid.rows << z; }
cell *world_cell(const world *w, imx_tile t) { return &w->cells[t.z][(size_t)t.y * world_columns(w, t.z) + t.x]; }

/* Big holes, small holes, empty tiles, tiles of one colour, faint alpha, opaque: by position. */
static void paint_pixel(uint32_t x, uint32_t y, uint32_t tile_px, uint8_t *px) {
    uint32_t kind = mix(x / tile_px, y / tile_px, 1) % 8, noise = mix(x, y, 2);
    static const uint8_t flat[4] = {10, 200, 30, 255};
    memset(px, 0, 4);
    bool void_here = mix(x / (16 * tile_px), y / (16 * tile_px), 6) % 4 == 0; /* whole metatiles: touched, and empty */
    if (kind == 0 || void_here) {
        return;
    }
    if (kind == 1) {
        memcpy(px, flat, 4);
        return;
    }
    px[3] = kind == 2 ? (noise >> 24) % 3 == 0 : kind < 5 ? (uint8_t)(noise >> 24) : 255; /* 0 or 1; any; opaque */
    for (int c = 0; c < 3 && px[3]; c++) {
        px[c] = (uint8_t)(noise >> (8 * c));
    }
}

static bool base_touched(const world *w, uint32_t x, uint32_t y) {
    uint32_t coarse = w->pyramid.zoom_max > 2 ? w->pyramid.zoom_max - 2 : 0;
    return w->light || (mix(x >> coarse, y >> coarse, 3) % 4 != 0 && mix(x, y, 4) % 5 != 0);
}

/* The formula of design section 4, pixel by pixel. */
static void reduce_pixel(const uint8_t *image, size_t width, size_t x, size_t y, uint8_t *px) {
    const uint8_t *four[4];
    uint32_t alpha = 0;
    for (size_t i = 0; i < 4; i++) {
        four[i] = image + ((2 * y + i / 2) * width + 2 * x + i % 2) * 4;
        alpha += four[i][3];
    }
    memset(px, 0, 4);
    px[3] = (uint8_t)((alpha + 2) >> 2);
    for (int c = 0; c < 3 && px[3]; c++) {
        uint32_t sum = 0;
        for (size_t i = 0; i < 4; i++) {
            sum += (uint32_t)four[i][c] * four[i][3];
        }
        px[c] = (uint8_t)((sum + alpha / 2) / alpha);
    }
}

static void draw_references(world *w) {
    uint32_t top = w->pyramid.zoom_max, px = w->pyramid.tile_px;
    for (uint32_t z = top + 1; z-- > 0;) {
        size_t width = (size_t)world_columns(w, z) * px, height = (size_t)world_rows(w, z) * px;
        w->image[z] = calloc(width * height, 4);
        assert_non_null(w->image[z]);
        for (size_t y = 0; y < height; y++) {
            for (size_t x = 0; x < width; x++) {
                imx_tile tile = {z, (uint32_t)(x / px), (uint32_t)(y / px)};
                cell *c = world_cell(w, tile);
                uint8_t *to = w->image[z] + (y * width + x) * 4;
                if (z < top) {
                    reduce_pixel(w->image[z + 1], 2 * width, x, y, to);
                } else if (c->has_base) {
                    paint_pixel((uint32_t)x, (uint32_t)y, px, to);
                }
                c->filled = c->filled || to[3];
            }
        }
    }
}

static void make_cells(world *w) {
    uint32_t top = w->pyramid.zoom_max;
    for (uint32_t z = top + 1; z-- > 0;) {
        w->cells[z] = calloc((size_t)world_columns(w, z) * world_rows(w, z), sizeof(cell));
        assert_non_null(w->cells[z]);
        for (uint32_t y = 0; y < world_rows(w, z); y++) {
            for (uint32_t x = 0; x < world_columns(w, z); x++) {
                cell *c = world_cell(w, (imx_tile){z, x, y});
                c->has_base = z == top && base_touched(w, x, y);
                for (uint32_t i = 0; i < 4 && z < top; i++) {
                    c->has_base |= world_cell(w, (imx_tile){z + 1, 2 * x + i % 2, 2 * y + i / 2})->has_base;
                }
            }
        }
    }
    for (uint32_t z = 0; z <= top; z++) {
        for (uint32_t y = 0; y < world_rows(w, z); y++) {
            for (uint32_t x = 0; x < world_columns(w, z); x++) {
                cell *c = world_cell(w, (imx_tile){z, x, y});
                bool above = z == 0 || world_cell(w, (imx_tile){z - 1, x / 2, y / 2})->touched;
                c->touched = c->has_base || (z < top && above && mix(x, y, 5 + z) % 2 == 0);
            }
        }
    }
}

world *world_new(imx_pyramid pyramid, unsigned threads, bool light) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pyramid = pyramid;
    w->light = light;
    imx_kernels_init(&w->kernels, imx_cpu_detect());
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_pool_create(NULL, threads, NULL, &w->pool), IMX_OK);
    make_cells(w);
    if (!light) {
        draw_references(w);
    }
    return w;
}

void world_end(world *w) {
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_pool_destroy(&w->pool);
    imx_memory_destroy(&w->memory);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        free(w->cells[z]);
        if (!w->light) {
            free(w->image[z]);
        }
    }
    free(w);
}

void world_forget(world *w) {
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        for (size_t i = 0; i < (size_t)world_columns(w, z) * world_rows(w, z); i++) {
            cell *c = &w->cells[z][i];
            atomic_store(&c->rendered, 0);
            atomic_store(&c->encoded, 0);
            atomic_store(&c->sunk, 0);
            atomic_store(&c->units, 0);
            atomic_store(&c->asked, 0);
            c->hash = (imx_hash){{0}};
        }
    }
    for (int i = 0; i <= SINK; i++) {
        atomic_store(&w->calls[i], 0);
    }
}

/* ---- the ops ------------------------------------------------------------------------------------------------- */

static imx_status strike(world *w, op which, imx_error *err) {
    unsigned nth = atomic_fetch_add(&w->calls[which], 1) + 1;
    if (w->cancel_op == which && nth == w->at) {
        imx_pool_cancel(w->pool);
    }
    if (w->fail_op == which && nth == w->at) {
        return imx_fail(err, IMX_E_INPUT, "op %d, call %u", (int)which, nth);
    }
    return IMX_OK;
}

bool world_touches(void *context, imx_tile tile) {
    world *w = context;
    (void)strike(w, TOUCHES, NULL);
    if (tile.z > w->pyramid.zoom_max || tile.x >= world_columns(w, tile.z) || tile.y >= world_rows(w, tile.z)) {
        atomic_fetch_add(&w->wrong, 1);
        return false;
    }
    /* nothing is asked under a tile for which the answer was no */
    if (tile.z && !world_cell(w, (imx_tile){tile.z - 1, tile.x / 2, tile.y / 2})->touched) {
        atomic_fetch_add(&w->wrong, 1);
    }
    atomic_fetch_add(&world_cell(w, tile)->asked, 1);
    return world_cell(w, tile)->touched;
}

static bool is_reference(const world *w, imx_tile tile, const uint8_t *pixels, ptrdiff_t stride) {
    size_t px = w->pyramid.tile_px, width = (size_t)world_columns(w, tile.z) * px;
    const uint8_t *corner = w->light ? NULL : w->image[tile.z] + (tile.y * width + tile.x) * px * 4;
    for (size_t y = 0; y < px && corner; y++) {
        if (memcmp(pixels + (ptrdiff_t)y * stride, corner + y * width * 4, px * 4) != 0) {
            return false;
        }
    }
    return true;
}

imx_status world_render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                        imx_error *err, unsigned *look) {
    world *w = context;
    size_t px = w->pyramid.tile_px, width = (size_t)world_columns(w, tile.z) * px;
    bool good = tile.z == w->pyramid.zoom_max && worker < imx_pool_threads(w->pool) && imx_pixels_is_rgba8(out) &&
                x_px == 0 && y_px == 0 && (size_t)out->width == px && (size_t)out->height == px &&
                world_cell(w, tile)->has_base;
    atomic_fetch_add(&w->wrong, !good);
    atomic_fetch_add(&world_cell(w, tile)->rendered, 1);
    imx_status status = strike(w, RENDER, err);
    if (status != IMX_OK) {
        return status;
    }
    if (w->light) {
        memset(out->data, 255, px * px * 4);
        *look = IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY;
        return IMX_OK;
    }
    if (!world_cell(w, tile)->filled) {
        *look = IMX_LOOK_EMPTY; /* and the buffer keeps what it held */
        return IMX_OK;
    }
    for (size_t y = 0; y < px; y++) {
        memcpy((uint8_t *)out->data + (ptrdiff_t)y * out->row_stride,
               w->image[tile.z] + ((tile.y * px + y) * width + tile.x * px) * 4, px * 4);
    }
    *look = w->kernels.look_rgba8(out->data, out->row_stride, px, px);
    return IMX_OK;
}

/* The "encoded" tile: a hash of its pixels. */
imx_status world_encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                        imx_error *err, imx_stored_tile *out) {
    world *w = context;
    size_t px = w->pyramid.tile_px;
    bool good = worker < imx_pool_threads(w->pool) && tile.z >= w->pyramid.zoom_min && !(look & IMX_LOOK_EMPTY) &&
                look == w->kernels.look_rgba8(pixels->data, pixels->row_stride, px, px) &&
                is_reference(w, tile, pixels->data, pixels->row_stride) && out->tile.z == tile.z &&
                out->tile.x == tile.x && out->tile.y == tile.y && !out->blob.data;
    atomic_fetch_add(&w->wrong, !good);
    atomic_fetch_add(&world_cell(w, tile)->encoded, 1);
    imx_status status = strike(w, ENCODE, err);
    if (status != IMX_OK) {
        return status;
    }
    imx_hash hash = imx_hash_bytes(pixels->data, px * px * 4);
    out->type = IMX_TILE_PNG;
    out->blob.size = sizeof hash;
    out->blob.data = imx_alloc(w->memory, sizeof hash);
    if (!out->blob.data) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a blob");
    }
    memcpy(out->blob.data, &hash, sizeof hash);
    return IMX_OK;
}

uint32_t world_root_zoom(const world *w) {
    uint32_t depth = 0;
    for (uint32_t side = imx_metatile_side(w->pyramid.tile_px) >> w->pyramid.flatter; side > 1; side /= 2) {
        depth++;
    }
    return w->pyramid.zoom_max > depth ? w->pyramid.zoom_max - depth : 0;
}

imx_status world_sink(void *context, unsigned worker, const imx_metatile *unit, imx_error *err) {
    world *w = context;
    imx_tile root = unit->root;
    bool good = worker < imx_pool_threads(w->pool) && unit->count > 0 && root.z <= world_root_zoom(w);
    atomic_fetch_add(&world_cell(w, root)->units, 1);
    for (size_t i = 0; i < unit->count; i++) {
        const imx_stored_tile *stored = &unit->tiles[i];
        imx_tile t = stored->tile;
        uint32_t up = t.z - root.z;
        good = good && t.z >= root.z && t.x >> up == root.x && t.y >> up == root.y;
        good = good && (root.z == world_root_zoom(w) || up == 0) && stored->blob.size == sizeof(imx_hash);
        memcpy(&world_cell(w, t)->hash, stored->blob.data, sizeof(imx_hash));
        atomic_fetch_add(&world_cell(w, t)->sunk, 1);
    }
    bool root_there = root.z >= w->pyramid.zoom_min && (w->light || world_cell(w, root)->filled);
    good = good && root_there == (unit->root_pixels != NULL);
    if (unit->root_pixels) {
        good = good && is_reference(w, root, unit->root_pixels->data, unit->root_pixels->row_stride);
    }
    atomic_fetch_add(&w->wrong, !good);
    if (w->barrier && root.z == world_root_zoom(w)) {
        pthread_barrier_wait(w->barrier);
    }
    return strike(w, SINK, err);
}

imx_pyramid_ops world_ops(world *w) {
    return (imx_pyramid_ops){w, world_touches, NULL, world_render, world_encode, world_sink, NULL, NULL};
}
