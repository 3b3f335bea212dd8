/* tiler/metatile.h: one unit of commit on one worker; private to the walk.
 *
 * A lane is a worker's scratch: a tile buffer per level of a metatile and the encoded tiles of the unit that it is at.
 * It is made once and used for every metatile that the worker takes.
 */
#ifndef IMX_TILER_METATILE_H
#define IMX_TILER_METATILE_H

#include "tiler/pyramid.h"

/* A metatile is 8 base tiles a side at most: four levels, 1 + 4 + 16 + 64 tiles. */
enum { IMX_METATILE_LEVELS = 4, IMX_METATILE_TILES = 85 };

typedef struct imx_walk { /* what a run is about; constant while it lasts */
    imx_memory *memory;
    const imx_kernels *kernels;
    const imx_pyramid *pyramid;
    const imx_pyramid_ops *ops;
    imx_pool *pool;
    imx_pyramid_stats *stats;
    uint32_t root_zoom; /* of the metatiles' roots */
    bool around;        /* a tile needs more than its own children: */
    int32_t halo_px;    /* so many pixels around them for the reduction, */
    int32_t ring_px;    /* or so many for its buffer, too */
} imx_walk;

/* The last four follow from the pyramid. */
imx_walk imx_walk_of(imx_memory *memory, const imx_kernels *kernels, const imx_pyramid *pyramid,
                     const imx_pyramid_ops *ops, imx_pool *pool, imx_pyramid_stats *stats);

/* The zoom that a metatile hangs from: at a fixed distance above zoom_max, whatever zoom_min is. */
uint32_t imx_walk_root_zoom(const imx_pyramid *pyramid);

typedef struct imx_lane {
    const imx_walk *walk;
    unsigned worker;
    /* [0]: the root's zoom. A tile each; `around`: the metatile's whole zoom with its margin. */
    imx_pixels levels[IMX_METATILE_LEVELS];
    imx_pixels above; /* `around`: a tile above the roots, with its buffer */
    imx_stored_tile tiles[IMX_METATILE_TILES];
    size_t count;
    bool announced; /* with what follows: the metatile that will most likely be next */
    imx_tile next;
    imx_tile root; /* `around`: of the metatile in hand, and what its pixels look like */
    unsigned root_look;
} imx_lane;

IMX_MUST_USE imx_status imx_lane_init(imx_lane *lane, const imx_walk *walk, unsigned worker, imx_error *err);
void imx_lane_clear(imx_lane *lane); /* a zero lane too */

typedef struct imx_visit { /* what became of a tile */
    bool visited;          /* it is a base tile, or has a touched one under it */
    unsigned look;         /* IMX_LOOK_*; IMX_LOOK_EMPTY: there are no pixels */
} imx_visit;

/* Walks the subtree under a metatile's root and sinks it. The root's pixels are then imx_lane_root(). */
IMX_MUST_USE imx_status imx_lane_walk(imx_lane *lane, imx_tile root, imx_error *err, imx_visit *out);
imx_pixels imx_lane_root(const imx_lane *lane);
/* The same where tiles look around (tiler/metatile_filter.c): its part of the two. */
IMX_MUST_USE imx_status imx_lane_walk_filtered(imx_lane *lane, imx_tile root, imx_error *err, imx_visit *out);
/* There: the margin around a metatile's pixels at a zoom, and the highest zoom that is made. */
int32_t imx_margin_px(const imx_pyramid *pyramid, uint32_t zoom);
uint32_t imx_metatile_top_zoom(const imx_pyramid *pyramid);
/* Whether what is beyond the grid repeats its edge: what a filter reads of a picture. */
static inline bool imx_walk_extends(const imx_walk *walk) { return walk->halo_px && !walk->pyramid->bands; }
/* Whether a base tile under it is touched. */
bool imx_walk_visits(const imx_walk *walk, imx_tile tile);
/* Adds the tile, given with its buffer, to the unit, unless there is nothing in it or its zoom is not written. */
IMX_MUST_USE imx_status imx_lane_encode(imx_lane *lane, imx_tile tile, const imx_pixels *pixels, unsigned look,
                                        imx_error *err);
/* Sinks one tile as a unit of its own, or counts it as empty. */
IMX_MUST_USE imx_status imx_lane_put(imx_lane *lane, imx_tile tile, const imx_pixels *pixels, unsigned look,
                                     imx_error *err);

/* Bytes of a pixel, validity included; and a view of memory for side x side of them. */
size_t imx_walk_pixel_bytes(const imx_pyramid *pyramid);
imx_pixels imx_walk_view(const imx_pyramid *pyramid, int32_t side, void *bytes);
/* A tile without its buffer; and what it looks like with it: empty if the tile itself is. */
imx_pixels imx_tile_core(const imx_pyramid *pyramid, const imx_pixels *buffered);
unsigned imx_tile_look(const imx_walk *walk, const imx_pixels *buffered);
/* A zoom's pixels out of the quads of the next: twice as many a side, with the halo around. */
void imx_walk_reduce(const imx_walk *walk, const imx_pixels *quads, imx_pixels *to);
/* A tile's quadrant in its parent, as a bit. */
unsigned imx_quadrant_bit(imx_tile child);
/* Reduces the child into its quadrant of the parent's pixels. */
void imx_quadrant_reduce(const imx_walk *walk, imx_tile child, const imx_pixels *pixels, imx_pixels *parent);
/* Clears the quadrants that are not among `filled`; what the whole then looks like. Nothing filled: IMX_LOOK_EMPTY, and
 * the pixels stay as they are. */
unsigned imx_quadrants_complete(const imx_kernels *kernels, unsigned filled, imx_pixels *pixels);

#endif
