/* tiler/metatile.c: a subtree, depth first along the Hilbert curve, in one tile buffer per level. */
#include "tiler/metatile.h"

#include "engine/look.h"

#include "tiler/tile_id.h"

enum { NEXT_TRIES = 8 }; /* metatiles that nothing touches are passed over, when the next one is looked for */

/* ---- pixels -------------------------------------------------------------------------------------------------- */

static size_t pixel_bytes(const imx_pyramid *pyramid) {
    return pyramid->bands ? (size_t)pyramid->bands * (imx_type_size(pyramid->type) + 1) : 4;
}

size_t imx_tile_bytes(const imx_pyramid *pyramid) {
    return (size_t)pyramid->tile_px * pyramid->tile_px * pixel_bytes(pyramid);
}

imx_pixels imx_tile_view(const imx_pyramid *pyramid, void *bytes) {
    const int32_t side = (int32_t)pyramid->tile_px;
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

/* ---- quadrants ----------------------------------------------------------------------------------------------- */

unsigned imx_quadrant_bit(imx_tile child) { return 1u << ((child.y & 1) * 2 + (child.x & 1)); }

static imx_pixels quadrant(const imx_pixels *parent, uint32_t x, uint32_t y) {
    int32_t half = parent->width / 2;
    return imx_pixels_crop(parent, x ? half : 0, y ? half : 0, half, half);
}

void imx_quadrant_reduce(const imx_walk *walk, imx_tile child, const imx_pixels *pixels, imx_pixels *parent) {
    imx_pixels to = quadrant(parent, child.x & 1, child.y & 1);
    for (int32_t band = 0; band < walk->pyramid->bands; band++) {
        const imx_reduce_plane job = {.src = (const uint8_t *)pixels->data + band * pixels->band_stride,
                                      .src_stride = pixels->row_stride,
                                      .valid = pixels->valid + band * pixels->valid_band_stride,
                                      .valid_stride = pixels->valid_stride,
                                      .w_out = (size_t)to.width,
                                      .h_out = (size_t)to.height,
                                      .dst = (uint8_t *)to.data + band * to.band_stride,
                                      .dst_stride = to.row_stride,
                                      .dst_valid = to.valid + band * to.valid_band_stride,
                                      .dst_valid_stride = to.valid_stride};
        walk->kernels->reduce.plane[walk->pyramid->overview][walk->pyramid->type](&job);
    }
    if (walk->pyramid->bands) {
        return;
    }
    walk->kernels->reduce.rgba8[walk->pyramid->overview](pixels->data, pixels->row_stride, (size_t)to.width,
                                                         (size_t)to.height, to.data, to.row_stride);
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
    if (!imx_reduce_halo_px(pyramid->overview)) {
        return tile_px;
    }
    return (tile_px << (zoom - imx_walk_root_zoom(pyramid))) + 2 * imx_margin_px(pyramid, zoom);
}

static uint32_t first_level(const imx_pyramid *pyramid) {
    return imx_reduce_halo_px(pyramid->overview) ? imx_metatile_top_zoom(pyramid) : imx_walk_root_zoom(pyramid);
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
    if (status == IMX_OK && walk->halo_px && p->zoom_min < walk->root_zoom) {
        int32_t side = (int32_t)p->tile_px;
        status = create_pixels(walk, side, err, &lane->above);
    }
    return status;
}

size_t imx_pyramid_worker_bytes(const imx_pyramid *pyramid) {
    size_t bytes = imx_reduce_halo_px(pyramid->overview) ? imx_tile_bytes(pyramid) : 0;
    for (uint32_t z = first_level(pyramid); z <= pyramid->zoom_max; z++) {
        size_t side = (size_t)level_px(pyramid, z);
        bytes += pixel_bytes(pyramid) * side * side;
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
    return status == IMX_OK ? sink(lane, tile, pixels, err) : status;
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
    /* With a halo all workers take from one queue. */
    const uint64_t step = walk->halo_px ? imx_pool_threads(walk->pool) : 1;
    for (uint64_t at = index + step; at < end && at < index + step + NEXT_TRIES; at++) {
        const imx_tile tile = imx_tile_from_id(first + at);
        *out = (imx_tile){root.z, left + tile.x, top + tile.y};
        if (walk->ops->touches(walk->ops->context, *out)) {
            return true;
        }
    }
    return false;
}

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
    imx_status status =
        lane->walk->halo_px ? imx_lane_walk_filtered(lane, root, err, out) : visit(lane, root, err, out);
    if (status == IMX_OK) {
        lane->walk->stats->metatiles += out->visited;
        status = sink(lane, root, out->look & IMX_LOOK_EMPTY ? NULL : &lane->levels[0], err);
    } else {
        free_tiles(lane);
    }
    return status;
}
