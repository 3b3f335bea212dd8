/* tiler/metatile_filter.c: a metatile whose overviews look beyond its children, or whose tiles have a buffer.
 *
 * Each zoom is one image of the metatile with a margin around: as wide as the buffer at the highest zoom, and below as
 * what the zooms above will need of it. A tile is encoded out of its zoom's image, when that is complete. The base's
 * margin is rendered like the base; the others come out of the reduction, which reads the margin of the zoom below.
 * What lies in a margin is the same that the neighbouring metatile finds there, so that there is no seam: its pixels
 * are a function of their position alone.
 */
#include "tiler/metatile.h"
#include "tiler/tile_id.h"

/* ---- margins ------------------------------------------------------------------------------------------------- */

uint32_t imx_metatile_top_zoom(const imx_pyramid *pyramid) {
    uint32_t root = imx_walk_root_zoom(pyramid);
    return root > pyramid->zoom_min ? root : pyramid->zoom_min;
}

int32_t imx_margin_px(const imx_pyramid *pyramid, uint32_t zoom) {
    int32_t margin = (int32_t)pyramid->buffer_px;
    for (uint32_t z = imx_metatile_top_zoom(pyramid); z < zoom; z++) {
        margin = 2 * margin + imx_reduce_halo_px(pyramid->overview);
    }
    return margin;
}

/* ---- a zoom's image ------------------------------------------------------------------------------------------ */

typedef struct plane { /* a metatile's zoom in its buffer */
    imx_lane *lane;
    imx_pixels *pixels;
    uint32_t zoom;
    int64_t x, y;          /* of its first pixel, in px of the zoom; negative beyond the grid */
    int64_t width, height; /* of the grid at that zoom, px */
} plane;

static plane plane_at(imx_lane *lane, imx_tile root, uint32_t zoom) {
    const imx_pyramid *p = lane->walk->pyramid;
    int64_t margin = imx_margin_px(p, zoom), side = (int64_t)p->tile_px << (zoom - root.z);
    return (plane){.lane = lane,
                   .pixels = &lane->levels[zoom - root.z],
                   .zoom = zoom,
                   .x = root.x * side - margin,
                   .y = root.y * side - margin,
                   .width = (int64_t)p->columns * p->tile_px << zoom,
                   .height = (int64_t)p->rows * p->tile_px << zoom};
}

/* The columns (or rows) of an image that belong to one tile: the tile's number, which may be beyond the grid, the first
 * pixel in the image, how many, and the first one in the tile. */
typedef struct span {
    int64_t tile;
    int32_t at, count, in_tile;
} span;

/* The span at `at`, of an image of `size` pixels that begins at `origin`. */
static span span_at(int64_t origin, int32_t at, int32_t size, int32_t tile_px) {
    int64_t first = origin + at;
    int32_t in_tile = (int32_t)(first & (tile_px - 1)), rest = tile_px - in_tile; /* tile_px is a power of two */
    return (span){(first - in_tile) / tile_px, at, rest < size - at ? rest : size - at, in_tile};
}

typedef imx_status (*part_fn)(plane *of, imx_tile tile, span x, span y, imx_pixels *part, imx_error *err);

/* Calls fn for every tile's part of the image that lies in the grid, across where it wraps; row by row. */
static imx_status each_part(plane *of, part_fn fn, imx_error *err) {
    const imx_pyramid *p = of->lane->walk->pyramid;
    int64_t columns = (int64_t)p->columns << of->zoom, rows = (int64_t)p->rows << of->zoom;
    int32_t px = (int32_t)p->tile_px, size = of->pixels->width;
    for (span y = span_at(of->y, 0, size, px); y.at < size; y = span_at(of->y, y.at + y.count, size, px)) {
        for (span x = span_at(of->x, 0, size, px); x.at < size; x = span_at(of->x, x.at + x.count, size, px)) {
            int64_t column = p->wraps ? (x.tile % columns + columns) % columns : x.tile;
            if (column < 0 || column >= columns || y.tile < 0 || y.tile >= rows) {
                continue;
            }
            imx_pixels part = imx_pixels_crop(of->pixels, x.at, y.at, x.count, y.count);
            imx_status status = fn(of, (imx_tile){of->zoom, (uint32_t)column, (uint32_t)y.tile}, x, y, &part, err);
            if (status != IMX_OK) {
                return status;
            }
        }
    }
    return IMX_OK;
}

typedef struct edges { /* columns and rows of an image that lie beyond the grid */
    int32_t left, above, right, below;
} edges;

static edges beyond(const plane *of) {
    bool wraps = of->lane->walk->pyramid->wraps;
    int64_t size = of->pixels->width, right = of->x + size - of->width, below = of->y + size - of->height;
    return (edges){.left = wraps || of->x > 0 ? 0 : (int32_t)-of->x,
                   .above = of->y > 0 ? 0 : (int32_t)-of->y,
                   .right = wraps || right < 0 ? 0 : (int32_t)right,
                   .below = below < 0 ? 0 : (int32_t)below};
}

/* For the filter of the zoom above: beyond the grid a picture goes on with its edge pixels. */
static void extend(plane *of) {
    const edges out = beyond(of);
    if (imx_walk_extends(of->lane->walk)) {
        imx_pixels_extend(of->pixels, out.left, out.above, out.right, out.below);
    }
}

static void clear(plane *of, int32_t x, int32_t y, int32_t width, int32_t height) {
    imx_pixels part = imx_pixels_crop(of->pixels, x, y, width, height);
    imx_pixels_clear(&part);
}

/* For its own tiles: there is nothing. */
static void clear_beyond(plane *of) {
    const edges out = beyond(of);
    const int32_t size = of->pixels->width, rows = size - out.above - out.below;
    clear(of, 0, 0, size, out.above);
    clear(of, 0, size - out.below, size, out.below);
    clear(of, 0, out.above, out.left, rows);
    clear(of, size - out.right, out.above, out.right, rows);
}

/* ---- the base ------------------------------------------------------------------------------------------------ */

static bool touched(const imx_walk *walk, imx_tile tile) { return walk->ops->touches(walk->ops->context, tile); }

static imx_status render(plane *base, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *part, imx_error *err,
                         unsigned *look) {
    const imx_walk *walk = base->lane->walk;
    if (imx_pool_cancelled(walk->pool)) {
        return imx_fail(err, IMX_E_CANCELLED, "interrupted");
    }
    imx_status status = walk->ops->render(walk->ops->context, base->lane->worker, tile, x_px, y_px, part, err, look);
    if (status == IMX_OK && *look & IMX_LOOK_EMPTY) {
        imx_pixels_clear(part);
    }
    return status;
}

/* The base tiles under a tile, in Hilbert order; what is not touched is cleared. */
static imx_status render_inside(plane *base, imx_tile tile, imx_error *err) {
    const imx_walk *walk = base->lane->walk;
    int64_t px = walk->pyramid->tile_px;
    uint32_t depth = base->zoom - tile.z;
    int64_t x = (tile.x * px << depth) - base->x, y = (tile.y * px << depth) - base->y;
    imx_pixels part =
        imx_pixels_crop(base->pixels, (int32_t)x, (int32_t)y, (int32_t)(px << depth), (int32_t)(px << depth));
    if (!touched(walk, tile)) {
        imx_pixels_clear(&part);
        return IMX_OK;
    }
    imx_status status = IMX_OK;
    if (depth) {
        imx_tile children[4];
        imx_tile_children(tile, children);
        for (int i = 0; i < 4 && status == IMX_OK; i++) {
            status = render_inside(base, children[i], err);
        }
        return status;
    }
    unsigned look = IMX_LOOK_EMPTY;
    status = render(base, tile, 0, 0, &part, err, &look);
    walk->stats->base_done += status == IMX_OK;
    return status;
}

static bool inside(const plane *of, imx_tile root, span x, span y) {
    uint32_t depth = of->zoom - root.z;
    return x.tile >= 0 && y.tile >= 0 && x.tile >> depth == root.x && y.tile >> depth == root.y;
}

static imx_status render_margin_part(plane *base, imx_tile tile, span x, span y, imx_pixels *part, imx_error *err) {
    unsigned look;
    if (inside(base, base->lane->root, x, y)) {
        return IMX_OK;
    }
    if (!touched(base->lane->walk, tile)) {
        imx_pixels_clear(part);
        return IMX_OK;
    }
    return render(base, tile, x.in_tile, y.in_tile, part, err, &look);
}

/* ---- the zooms above it -------------------------------------------------------------------------------------- */

bool imx_walk_visits(const imx_walk *walk, imx_tile tile) {
    if (!touched(walk, tile)) {
        return false;
    }
    if (tile.z == walk->pyramid->zoom_max) {
        return true;
    }
    imx_tile children[4];
    imx_tile_children(tile, children);
    return imx_walk_visits(walk, children[0]) || imx_walk_visits(walk, children[1]) ||
           imx_walk_visits(walk, children[2]) || imx_walk_visits(walk, children[3]);
}

/* Out of the zoom below, whose pixel (halo, halo) is the first of the quad of this image's first. */
static void reduce(const plane *to, span x, span y, imx_pixels *part) {
    const imx_walk *walk = to->lane->walk;
    imx_pixels quads =
        imx_pixels_crop(to->pixels + 1, walk->halo_px + 2 * x.at, walk->halo_px + 2 * y.at, 2 * x.count, 2 * y.count);
    imx_walk_reduce(walk, &quads, part);
}

/* What no base tile is under has no pixels. */
static imx_status make_part(plane *of, imx_tile tile, span x, span y, imx_pixels *part, imx_error *err) {
    (void)err;
    if (imx_walk_visits(of->lane->walk, tile)) {
        reduce(of, x, y, part);
    } else {
        imx_pixels_clear(part);
    }
    return IMX_OK;
}

/* ---- its tiles ----------------------------------------------------------------------------------------------- */

static imx_status encode(plane *of, imx_tile tile, imx_error *err) {
    imx_lane *lane = of->lane;
    const imx_walk *walk = lane->walk;
    if (imx_pool_cancelled(walk->pool)) {
        return imx_fail(err, IMX_E_CANCELLED, "interrupted");
    }
    const int64_t px = walk->pyramid->tile_px, buffer = walk->pyramid->buffer_px;
    const int32_t side = (int32_t)imx_pyramid_side_px(walk->pyramid);
    const imx_pixels pixels = imx_pixels_crop(of->pixels, (int32_t)(tile.x * px - buffer - of->x),
                                              (int32_t)(tile.y * px - buffer - of->y), side, side);
    const unsigned look = imx_tile_look(walk, &pixels);
    if (tile.z == lane->root.z) {
        lane->root_look = look;
    }
    return imx_lane_encode(lane, tile, &pixels, look, err);
}

/* The metatile's own tiles of a zoom that is complete. */
static imx_status encode_inside(plane *of, imx_error *err) {
    const imx_tile root = of->lane->root;
    const uint32_t depth = of->zoom - root.z, side = 1u << depth;
    clear_beyond(of);
    imx_status status = IMX_OK;
    for (uint32_t i = 0; i < side * side && status == IMX_OK; i++) {
        const imx_tile tile = {of->zoom, (root.x << depth) + i % side, (root.y << depth) + i / side};
        status = imx_walk_visits(of->lane->walk, tile) ? encode(of, tile, err) : IMX_OK;
    }
    return status;
}

imx_status imx_lane_walk_filtered(imx_lane *lane, imx_tile root, imx_error *err, imx_visit *out) {
    const imx_pyramid *p = lane->walk->pyramid;
    lane->root = root;
    lane->root_look = IMX_LOOK_EMPTY;
    *out = (imx_visit){imx_walk_visits(lane->walk, root), IMX_LOOK_EMPTY};
    if (!out->visited) {
        return IMX_OK;
    }
    plane base = plane_at(lane, root, p->zoom_max);
    imx_status status = render_inside(&base, root, err);
    status = status == IMX_OK ? each_part(&base, render_margin_part, err) : status;
    status = status == IMX_OK ? encode_inside(&base, err) : status;
    for (uint32_t z = p->zoom_max; z-- > imx_metatile_top_zoom(p) && status == IMX_OK;) {
        plane below = plane_at(lane, root, z + 1), to = plane_at(lane, root, z);
        extend(&below);
        status = each_part(&to, make_part, err);
        status = status == IMX_OK ? encode_inside(&to, err) : status;
    }
    out->look = lane->root_look;
    return status;
}
