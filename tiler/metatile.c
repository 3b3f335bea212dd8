/* tiler/metatile.c: a subtree, depth first along the Hilbert curve, in one tile buffer per level. */
#include "tiler/metatile.h"

#include "engine/coverage.h"
#include "engine/look.h"

#include "tiler/tile_id.h"

enum { NEXT_TRIES = 8 }; /* metatiles that nothing touches are passed over, when the next one is looked for */

/* ---- pixels -------------------------------------------------------------------------------------------------- */

size_t imx_walk_pixel_bytes(const imx_pyramid *pyramid) {
    return pyramid->bands ? (size_t)pyramid->bands * (imx_type_size(pyramid->type) + 1) : 4;
}

size_t imx_tile_bytes(const imx_pyramid *pyramid) {
    return (size_t)pyramid->tile_px * pyramid->tile_px * imx_walk_pixel_bytes(pyramid);
}

imx_pixels imx_walk_view(const imx_pyramid *pyramid, int32_t side, void *bytes) {
    if (!pyramid->bands) {
        return imx_pixels_view_rgba8(bytes, side, side, (ptrdiff_t)side * 4);
    }
    const ptrdiff_t size = (ptrdiff_t)imx_type_size(pyramid->type), pixels = (ptrdiff_t)side * side;
    return (imx_pixels){.type = pyramid->type,
                        .width = side,
                        .height = side,
                        .bands = pyramid->bands,
                        .data = bytes,
                        .pixel_stride = size,
                        .row_stride = side * size,
                        .band_stride = pixels * size,
                        .valid = (uint8_t *)bytes + pyramid->bands * pixels * size,
                        .valid_stride = side,
                        .valid_band_stride = pixels};
}

static imx_status create_pixels(const imx_walk *walk, int32_t side, imx_error *err, imx_pixels *out) {
    const imx_pyramid *p = walk->pyramid;
    return p->bands ? imx_pixels_create_planar(walk->memory, p->type, p->bands, side, side, p->bands, err, out)
                    : imx_pixels_create_rgba8(walk->memory, side, side, err, out);
}

imx_pixels imx_tile_core(const imx_pyramid *pyramid, const imx_pixels *buffered) {
    const int32_t buffer = (int32_t)pyramid->buffer_px, side = (int32_t)pyramid->tile_px;
    return imx_pixels_crop(buffered, buffer, buffer, side, side);
}

unsigned imx_tile_look(const imx_walk *walk, const imx_pixels *buffered) {
    const imx_pixels core = imx_tile_core(walk->pyramid, buffered);
    const unsigned look = imx_pixels_look(walk->kernels, &core);
    return walk->pyramid->buffer_px && !(look & IMX_LOOK_EMPTY) ? imx_pixels_look(walk->kernels, buffered) : look;
}

/* ---- quadrants ----------------------------------------------------------------------------------------------- */

unsigned imx_quadrant_bit(imx_tile child) { return 1u << ((child.y & 1) * 2 + (child.x & 1)); }

static imx_pixels quadrant(const imx_pixels *parent, uint32_t x, uint32_t y) {
    int32_t half = parent->width / 2;
    return imx_pixels_crop(parent, x ? half : 0, y ? half : 0, half, half);
}

void imx_walk_reduce(const imx_walk *walk, const imx_pixels *quads, imx_pixels *to) {
    const imx_reduce_method how = walk->pyramid->overview;
    const size_t w = (size_t)to->width, h = (size_t)to->height;
    if (!walk->pyramid->bands) {
        walk->kernels->reduce.rgba8[how](quads->data, quads->row_stride, w, h, to->data, to->row_stride);
        return;
    }
    if (walk->pyramid->coverage) {
        imx_coverage_reduce(walk->kernels, how, quads, to);
        return;
    }
    for (int32_t band = 0; band < walk->pyramid->bands; band++) {
        const imx_reduce_plane job = {.src = (const uint8_t *)quads->data + band * quads->band_stride,
                                      .src_stride = quads->row_stride,
                                      .valid = quads->valid + band * quads->valid_band_stride,
                                      .valid_stride = quads->valid_stride,
                                      .w_out = w,
                                      .h_out = h,
                                      .dst = (uint8_t *)to->data + band * to->band_stride,
                                      .dst_stride = to->row_stride,
                                      .dst_valid = to->valid + band * to->valid_band_stride,
                                      .dst_valid_stride = to->valid_stride};
        walk->kernels->reduce.plane[how][walk->pyramid->type](&job);
    }
}

void imx_quadrant_reduce(const imx_walk *walk, imx_tile child, const imx_pixels *pixels, imx_pixels *parent) {
    imx_pixels to = quadrant(parent, child.x & 1, child.y & 1);
    imx_walk_reduce(walk, pixels, &to);
}

unsigned imx_quadrants_complete(const imx_kernels *kernels, unsigned filled, imx_pixels *pixels) {
    if (!filled) {
        return IMX_LOOK_EMPTY;
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (!(filled >> i & 1)) {
            imx_pixels hole = quadrant(pixels, i & 1, i >> 1);
            imx_pixels_clear(&hole);
        }
    }
    return imx_pixels_look(kernels, pixels);
}

/* ---- lanes --------------------------------------------------------------------------------------------------- */

/* A zoom's buffer: px a side. */
static int32_t level_px(const imx_pyramid *pyramid, uint32_t zoom) {
    int32_t tile_px = (int32_t)pyramid->tile_px;
    if (!imx_pyramid_looks_around(pyramid)) {
        return tile_px;
    }
    return (tile_px << (zoom - imx_walk_root_zoom(pyramid))) + 2 * imx_margin_px(pyramid, zoom);
}

static uint32_t first_level(const imx_pyramid *pyramid) {
    return imx_pyramid_looks_around(pyramid) ? imx_metatile_top_zoom(pyramid) : imx_walk_root_zoom(pyramid);
}

imx_status imx_lane_init(imx_lane *lane, const imx_walk *walk, unsigned worker, imx_error *err) {
    lane->walk = walk;
    lane->worker = worker;
    const imx_pyramid *p = walk->pyramid;
    imx_status status = IMX_OK;
    for (uint32_t z = first_level(p); z <= p->zoom_max && status == IMX_OK; z++) {
        int32_t side = level_px(p, z);
        status = create_pixels(walk, side, err, &lane->levels[z - walk->root_zoom]);
    }
    if (status == IMX_OK && walk->around && p->zoom_min < walk->root_zoom) {
        int32_t side = (int32_t)imx_pyramid_side_px(p);
        status = create_pixels(walk, side, err, &lane->above);
    }
    return status;
}

size_t imx_pyramid_worker_bytes(const imx_pyramid *pyramid) {
    const size_t pixel = imx_walk_pixel_bytes(pyramid), above = imx_pyramid_side_px(pyramid);
    size_t bytes = imx_pyramid_looks_around(pyramid) ? pixel * above * above : 0;
    for (uint32_t z = first_level(pyramid); z <= pyramid->zoom_max; z++) {
        size_t side = (size_t)level_px(pyramid, z);
        bytes += pixel * side * side;
    }
    return bytes;
}

static void free_tiles(imx_lane *lane) {
    while (lane->count) {
        imx_free(lane->walk->memory, lane->tiles[--lane->count].blob.data);
    }
}

void imx_lane_clear(imx_lane *lane) {
    if (!lane->walk) {
        return;
    }
    free_tiles(lane);
    for (size_t i = 0; i < IMX_METATILE_LEVELS; i++) {
        imx_pixels_destroy(lane->walk->memory, &lane->levels[i]);
    }
    imx_pixels_destroy(lane->walk->memory, &lane->above);
}

imx_status imx_lane_encode(imx_lane *lane, imx_tile tile, const imx_pixels *pixels, unsigned look, imx_error *err) {
    const imx_walk *walk = lane->walk;
    if (tile.z > imx_pyramid_written_max(walk->pyramid)) {
        return IMX_OK;
    }
    if (look & IMX_LOOK_EMPTY) {
        walk->stats->empty++;
        return IMX_OK;
    }
    imx_stored_tile *stored = &lane->tiles[lane->count];
    *stored = (imx_stored_tile){.tile = tile};
    imx_status status = walk->ops->encode(walk->ops->context, lane->worker, tile, pixels, look, err, stored);
    if (status == IMX_OK) {
        lane->count++;
        walk->stats->encoded++;
        walk->stats->bytes += stored->blob.size;
    }
    return status;
}

/* Hands the unit over, if there is anything in it. */
static imx_status sink(imx_lane *lane, imx_tile root, const imx_pixels *root_pixels, imx_error *err) {
    const imx_walk *walk = lane->walk;
    imx_metatile unit = {root, lane->tiles, lane->count, root_pixels};
    imx_status status = unit.count ? walk->ops->sink(walk->ops->context, lane->worker, &unit, err) : IMX_OK;
    free_tiles(lane);
    return status;
}

imx_status imx_lane_put(imx_lane *lane, imx_tile tile, const imx_pixels *pixels, unsigned look, imx_error *err) {
    imx_status status = imx_lane_encode(lane, tile, pixels, look, err);
    const imx_pixels core = imx_tile_core(lane->walk->pyramid, pixels);
    return status == IMX_OK ? sink(lane, tile, &core, err) : status;
}

/* ---- the subtree --------------------------------------------------------------------------------------------- */

static imx_status visit(imx_lane *lane, imx_tile tile, imx_error *err, imx_visit *out);

static imx_status visit_children(imx_lane *lane, imx_tile tile, imx_pixels *pixels, imx_error *err, imx_visit *out) {
    const imx_walk *walk = lane->walk;
    bool wanted = tile.z >= walk->pyramid->zoom_min;
    unsigned filled = 0;
    imx_tile children[4];
    imx_tile_children(tile, children);
    for (int i = 0; i < 4; i++) {
        if (!walk->ops->touches(walk->ops->context, children[i])) {
            continue;
        }
        imx_visit child;
        imx_status status = visit(lane, children[i], err, &child);
        if (status != IMX_OK) {
            return status;
        }
        out->visited = out->visited || child.visited;
        if (wanted && !(child.look & IMX_LOOK_EMPTY)) {
            imx_quadrant_reduce(walk, children[i], pixels + 1, pixels);
            filled |= imx_quadrant_bit(children[i]);
        }
    }
    out->look = imx_quadrants_complete(walk->kernels, filled, pixels);
    return IMX_OK;
}

/* Brings the tile's pixels into its level's buffer and its bytes, with those of all under it, into the unit. */
static imx_status visit(imx_lane *lane, imx_tile tile, imx_error *err, imx_visit *out) {
    const imx_walk *walk = lane->walk;
    imx_pixels *pixels = &lane->levels[tile.z - walk->root_zoom];
    imx_status status;
    *out = (imx_visit){false, IMX_LOOK_EMPTY};
    if (imx_pool_cancelled(walk->pool)) {
        return imx_fail(err, IMX_E_CANCELLED, "interrupted");
    }
    if (tile.z < walk->pyramid->zoom_max) {
        status = visit_children(lane, tile, pixels, err, out);
    } else {
        out->visited = true;
        status = walk->ops->render(walk->ops->context, lane->worker, tile, 0, 0, pixels, err, &out->look);
        walk->stats->base_done += status == IMX_OK;
    }
    if (status == IMX_OK && out->visited && tile.z >= walk->pyramid->zoom_min) {
        status = imx_lane_encode(lane, tile, pixels, out->look, err);
    }
    return status;
}

/* The metatile that comes along the curve after this one, in the same square; false: none that is touched. */
static bool find_next(const imx_lane *lane, imx_tile root, imx_tile *out) {
    const imx_walk *walk = lane->walk;
    const uint32_t mask = (1u << root.z) - 1, left = root.x & ~mask, top = root.y & ~mask;
    const uint64_t first = imx_tile_id((imx_tile){root.z, 0, 0});
    const uint64_t index = imx_hilbert_index(root.z, root.x & mask, root.y & mask), end = (uint64_t)1 << 2 * root.z;
    /* Where tiles look around, all workers take from one queue. */
    const uint64_t step = walk->around ? imx_pool_threads(walk->pool) : 1;
    for (uint64_t at = index + step; at < end && at < index + step + NEXT_TRIES; at++) {
        const imx_tile tile = imx_tile_from_id(first + at);
        *out = (imx_tile){root.z, left + tile.x, top + tile.y};
        if (walk->ops->touches(walk->ops->context, *out)) {
            return true;
        }
    }
    return false;
}

imx_pixels imx_lane_root(const imx_lane *lane) { return imx_tile_core(lane->walk->pyramid, &lane->levels[0]); }

/* This metatile, unless that was done when it was the next one; and the one after it. */
static void announce(imx_lane *lane, imx_tile root) {
    const imx_pyramid_ops *ops = lane->walk->ops;
    if (!ops->announce) {
        return;
    }
    if (!lane->announced || imx_tile_compare(lane->next, root) != 0) {
        ops->announce(ops->context, lane->worker, root);
    }
    lane->announced = lane->walk->pyramid->order == IMX_WALK_HILBERT && find_next(lane, root, &lane->next);
    if (lane->announced) {
        ops->announce(ops->context, lane->worker, lane->next);
    }
}

imx_status imx_lane_walk(imx_lane *lane, imx_tile root, imx_error *err, imx_visit *out) {
    announce(lane, root);
    imx_status status = lane->walk->around ? imx_lane_walk_filtered(lane, root, err, out) : visit(lane, root, err, out);
    if (status == IMX_OK) {
        const bool empty = out->look & IMX_LOOK_EMPTY;
        const imx_pixels pixels = empty ? (imx_pixels){0} : imx_lane_root(lane);
        lane->walk->stats->metatiles += out->visited;
        status = sink(lane, root, empty ? NULL : &pixels, err);
    } else {
        free_tiles(lane);
    }
    return status;
}
