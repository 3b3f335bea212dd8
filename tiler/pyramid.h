/* tiler/pyramid.h: the walk. Knows tiles, pixels and tasks; nothing of scenes, codecs or stores: it is given functions.
 *
 * Over any power-of-two pyramid: `columns` x `rows` tiles at zoom 0, doubled per zoom. Base tiles (zoom_max) are
 * rendered, every other tile is reduced from its four children in memory; each tile is encoded once. Work is
 * a tree of tasks on the pool: a node spawns its touched children and, when they are done, reduces itself; so memory is
 * O(depth) per worker and there is no barrier between zooms. Metatiles (8 x 8 base tiles or 2048 px a side, whichever
 * is smaller, with the tiles above them up to their root) are walked by one worker, depth first, in Hilbert order, and
 * sunk as one unit; each tile above the metatiles' roots is sunk as a unit of its own. Nodes that `touches` denies are
 * never visited.
 *
 * Overviews that look beyond their own four children (imx_reduce_halo_px() > 0: bilinear, cubic, lanczos) see each zoom
 * as one image, without seams: within a metatile the base is rendered with a margin that is wide enough for its zooms;
 * above, a tile waits for its children and for the edges of the tiles around them (tiler/pyramid_filter.h). Where the
 * grid wraps a zoom goes on with its other side; elsewhere beyond the grid with its edge pixels, so that pictures do
 * not fade; numbers have nothing there, as beyond the edge of a scene. A tile without a touched base tile under it has
 * no pixels, though the filter may reach it.
 *
 * Tiles may have a buffer: so many pixels of their neighbours on each side, which are the neighbours' own at every
 * zoom; nothing where there is no neighbour. Then all overviews are made that way. There are the same tiles as without.
 *
 * The finest zooms may be there for those above alone (`unwritten`): rendered and reduced as the others, not encoded.
 *
 * The units are the same whatever zoom_min is, but for the tiles above it, which are left out (and not reduced). A
 * pyramid less deep than a metatile has one metatile under each tile of zoom 0. Units without tiles are not sunk.
 */
#ifndef IMX_TILER_PYRAMID_H
#define IMX_TILER_PYRAMID_H

#include "engine/base/pool.h"
#include "tiler/store.h"

typedef enum imx_walk_order {
    IMX_WALK_HILBERT, /* metatiles along the curve, subtrees stolen */
    IMX_WALK_ROWS     /* metatiles started row by row, for striped sources: unfinished parents grow with the width */
} imx_walk_order;

typedef struct imx_pyramid {
    uint32_t columns, rows;      /* tiles at zoom 0 */
    uint32_t zoom_min, zoom_max; /* written: zoom_min..zoom_max - unwritten */
    uint32_t tile_px;            /* a power of two */
    imx_walk_order order;
    imx_reduce_method overview; /* what a tile is made of its children with */
    uint32_t flatter; /* zooms by which metatiles are less deep than they could be, so that few rows of a striped source
                       * are enough for a row of them, or little memory; 0: 8 x 8 tiles, 3: each base tile is one. Not
                       * where overviews look around themselves */
    bool wraps;       /* the first column is the last one's neighbour */
    /* What tiles are: rgba8 (bands 0), or data, each band with its validity. */
    int32_t bands;
    imx_type type;
    uint32_t buffer_px; /* of the neighbours, on each side of a tile; imx_pyramid_buffer_max_px() at most */
    uint32_t unwritten; /* so many of the finest zooms are rendered and reduced for those above alone */
    bool coverage;      /* the last of the bands is (engine/coverage.h) */
} imx_pyramid;

typedef struct imx_pyramid_ops {
    void *context;
    /* Whether anything can be in the tile (any zoom <= zoom_max). Thread-safe; a function of the tile alone, and false
     * for every tile under one for which it is false. */
    bool (*touches)(void *context, imx_tile tile);
    /* Whether `touches` is true of the tile and of every tile under it; false wherever that is not sure. NULL: never
     * sure. For counting alone: so that it takes time by the outline of what is there, not by its area. */
    bool (*touches_throughout)(void *context, imx_tile tile);
    /* The pixels of a base tile, or of the part of it that begins at (x_px, y_px) and is as large as *out; *look with
     * IMX_LOOK_EMPTY: nothing was written. worker: 0..threads-1, and never in two calls at once, so what belongs to a
     * worker needs no lock. *out is not cleared. */
    imx_status (*render)(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                         imx_error *err, unsigned *look);
    /* pixels: with the buffer around. *out holds the tile and is otherwise zero; its blob is allocated from the memory
     * that the run was given. */
    imx_status (*encode)(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                         imx_error *err, imx_stored_tile *out);
    /* Any order, any thread, one call for each unit. The metatile's blobs are freed by the walk afterwards.
     * root_pixels: of the root, without the buffer; NULL where it is empty or above zoom_min. */
    imx_status (*sink)(void *context, unsigned worker, const imx_metatile *metatile, imx_error *err);
    /* ROWS: where a metatile's root stands in the order in which metatiles are started: any number; where equal, from
     * the left to the right. NULL: its row. One call for each, on one thread. */
    imx_status (*row)(void *context, unsigned worker, imx_tile tile, imx_error *err, double *row);
    /* What is under the tile will soon be rendered, most likely by this worker. A hint; NULL: nobody listens. */
    void (*announce)(void *context, unsigned worker, imx_tile tile);
} imx_pyramid_ops;

typedef struct imx_pyramid_stats { /* counted as the walk goes; read at any time for progress */
    _Atomic uint64_t base_done;    /* base tiles rendered, empty ones included */
    _Atomic uint64_t encoded,
        empty; /* tiles of the zooms that are written; at the end their sum is what imx_pyramid_count says */
    _Atomic uint64_t bytes;     /* encoded */
    _Atomic uint64_t metatiles; /* done, those without a tile included */
} imx_pyramid_stats;

/* Whether a tile needs more than its own children: of the tiles around it. */
static inline bool imx_pyramid_looks_around(const imx_pyramid *pyramid) {
    return pyramid->buffer_px || imx_reduce_halo_px(pyramid->overview);
}
/* The finest zoom that is written. */
static inline uint32_t imx_pyramid_written_max(const imx_pyramid *pyramid) {
    return pyramid->zoom_max - pyramid->unwritten;
}
/* Side of what is encoded: a tile with its buffer. */
static inline uint32_t imx_pyramid_side_px(const imx_pyramid *pyramid) {
    return pyramid->tile_px + 2 * pyramid->buffer_px;
}
/* The widest buffer: with it a metatile's base is rendered more than twice. */
static inline uint32_t imx_pyramid_buffer_max_px(uint32_t tile_px) { return tile_px / 4; }
/* Side of a metatile in base tiles, where it is not flatter. */
uint32_t imx_metatile_side(uint32_t tile_px);
/* Base tiles that the walk will visit, and how many tiles at each zoom (counts[0..zoom_max], the others 0); at zooms
 * below the base these are tiles that have a touched base tile under them, whether or not they are written (zoom_min).
 * Prunes by touches(); cheap. */
uint64_t imx_pyramid_count(const imx_pyramid *pyramid, const imx_pyramid_ops *ops, uint64_t counts[IMX_ZOOM_MAX + 1]);
/* The pixels of a tile, without its buffer. */
size_t imx_tile_bytes(const imx_pyramid *pyramid);
/* Pixel buffers of one worker. */
size_t imx_pyramid_worker_bytes(const imx_pyramid *pyramid);
/* Tiles above the metatiles that wait for their neighbours, each with its children's pixels. */
typedef struct imx_pyramid_waiting {
    uint64_t most;        /* at once, with one worker */
    uint64_t each_worker; /* more, at most, for every further one */
    uint64_t all;         /* tiles above the metatiles: there cannot be more than these */
    uint64_t list_bytes;  /* of the list of tiles */
} imx_pyramid_waiting;
/* All 0 where tiles need their children alone. As much work as imx_pyramid_count over the metatiles. */
IMX_MUST_USE imx_status imx_pyramid_forecast_waiting(imx_memory *memory, const imx_pyramid *pyramid,
                                                     const imx_pyramid_ops *ops, imx_error *err,
                                                     imx_pyramid_waiting *out);
/* What they and the list take at most. */
uint64_t imx_pyramid_waiting_bytes(const imx_pyramid *pyramid, const imx_pyramid_waiting *waiting, unsigned workers);
/* Walks it all. The first failure of an op is the result; IMX_E_CANCELLED after imx_pool_cancel(pool), within a tile.
 * stats are added to. */
IMX_MUST_USE imx_status imx_pyramid_run(imx_memory *memory, const imx_kernels *kernels, const imx_pyramid *pyramid,
                                        const imx_pyramid_ops *ops, imx_pool *pool, imx_pyramid_stats *stats,
                                        imx_error *err);

#endif
