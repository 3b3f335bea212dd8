/* tiler/chain.h: a run of zooms that one pyramid holds: each has half the pixel size of the one before, from the same
 * corner (imx_grid_chain_start). Its finest zoom, the base, is rendered from the scenes; the others are reduced from
 * it. Where that would minify a scene very much, it is rendered some zooms finer, which are then not written. A job has
 * one chain in most grids, and several where zooms are in other steps. What holds for the whole job (scenes, ranges,
 * codec) is the plan's; here is what belongs to the output space of one base: where the scenes and limits lie in it,
 * which of their levels are read, and how many tiles that makes.
 *
 * Immutable once the analyse pass has filled it: thread-safe.
 */
#ifndef IMX_TILER_CHAIN_H
#define IMX_TILER_CHAIN_H

#include "engine/footprint.h"
#include "engine/region.h"
#include "tiler/grid.h"
#include "tiler/pyramid.h"

/* What nothing may lie outside of. */
enum { IMX_LIMIT_BBOX, IMX_LIMIT_CUTLINE };
#define IMX_LIMITS 2

typedef struct imx_chain {
    imx_pyramid pyramid;
    imx_space space;                 /* at pyramid.zoom_max: the base, or what is rendered finer than that */
    imx_footprint *footprints;       /* of the job's scenes, in their order; one whose box is empty has no pixel here */
    int32_t **levels;                /* levels[i][k]: the level of asset k of scene i that is read */
    int32_t *level_block;            /* what these point into */
    imx_region *regions[IMX_LIMITS]; /* the limits' pixels of the space */
    size_t region_count;
    /* forecast; zooms coarser than pyramid.zoom_min, which are not written, count in `tiles` alone */
    uint64_t tiles[IMX_ZOOM_MAX + 1], tiles_total;
    imx_pyramid_waiting waiting;
} imx_chain;

/* Empty footprints and full resolution for each scene. */
IMX_MUST_USE imx_status imx_chain_create_places(imx_memory *memory, const imx_scene *scenes, size_t scene_count,
                                                imx_error *err, imx_chain *chain);
/* Frees what it owns, zeroes it. */
void imx_chain_clear(imx_memory *memory, size_t scene_count, imx_chain *chain);
/* Removes what belongs to a scene; scene_count: before. */
void imx_chain_drop_scene(imx_memory *memory, size_t scene_count, size_t i, imx_chain *chain);
void imx_chain_clear_regions(imx_chain *chain);
/* Sets the pyramid's columns, rows and whether it wraps, and the space, from grid, zoom_max and tile_px: a pyramid that
 * holds all of the matrix. */
void imx_chain_shape(imx_chain *chain, const imx_grid *grid);
/* After that: renders so many zooms finer. */
void imx_chain_deepen(imx_chain *chain, uint32_t zooms);
/* After that: the space of a raster that ends within the matrix; its edges do not join unless it is as wide. */
void imx_chain_crop(imx_chain *chain, double width_px, double height_px);
/* The output space of a grid at a zoom. */
imx_space imx_chain_space(const imx_grid *grid, uint32_t zoom, uint32_t tile_px);
/* Whether any pixel of the space shows the scene: matrices may hold more or less than those of other zooms. */
bool imx_chain_shows(const imx_chain *chain, size_t scene);
/* The box around all footprints, within the regions, in px of the space; empty (min over max) without scenes. */
imx_box imx_chain_extent(const imx_chain *chain, size_t scene_count);
/* A tile's extent in px of the space. */
imx_box imx_chain_tile_box(const imx_chain *chain, imx_tile tile);

#endif
