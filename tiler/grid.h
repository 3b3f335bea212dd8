/* tiler/grid.h: tile matrix sets (OGC 17-083r4, Two Dimensional Tile Matrix Set 2.0).
 *
 * A grid is a list of tile matrices, one per zoom, each a power of two finer than the one before; row 0 is at the top
 * (TMS rows exist only at the edges: stores and routes). z counts from 0 inside; `first_id` is what the published
 * identifier of z = 0 is (1 for CGCS2000Quad). Tile sizes other than the set's own 256 keep the tiles' extents and change
 * the pixels inside (512: twice the resolution at the same z). Constant data: thread-safe, never freed.
 */
#ifndef IMX_TILER_GRID_H
#define IMX_TILER_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/status.h"

#define IMX_ZOOM_MAX 30

typedef enum imx_grid_projection { /* the closed formulas that this file knows */
    IMX_GRID_LONLAT,   /* degrees as they are */
    IMX_GRID_MERCATOR  /* spherical Mercator on the WGS 84 semi-major axis (EPSG method 1024) */
} imx_grid_projection;

typedef struct imx_grid {
    const char *id;    /* "WebMercatorQuad" */
    const char *title;
    const char *uri;   /* of the tile matrix set, NULL if it has none */
    const char *crs;   /* AUTHORITY:CODE, e.g. "EPSG:3857", "OGC:CRS84" */
    const char *crs_uri;
    double origin_x, origin_y;   /* the upper left corner of every matrix, CRS units, x = east/longitude */
    double res0;                 /* CRS units per pixel at z = 0 with tiles of 256 px */
    double metres_per_unit;      /* for scale denominators */
    uint32_t matrix_w0, matrix_h0; /* tiles at z = 0 */
    uint32_t first_id;
    uint32_t zooms;              /* matrices in the published set */
    bool wraps;                  /* x is cyclic */
    imx_grid_projection projection;
} imx_grid;

typedef struct imx_tile {
    uint32_t z, x, y; /* y downwards */
} imx_tile;

/* NULL if there is no such grid (names are matched without regard to case). */
const imx_grid *imx_grid_find(const char *id);
const imx_grid *imx_grid_at(unsigned index); /* for listings; NULL past the end */
double imx_grid_res(const imx_grid *grid, uint32_t z, uint32_t tile_px); /* CRS units a pixel */
/* OGC 17-083r4, 6.2: of the set's own 256 px tiles, for pixels of 0.28 mm. */
double imx_grid_scale_denominator(const imx_grid *grid, uint32_t z);
/* Tiles across and down at a zoom; 0 beyond IMX_ZOOM_MAX. */
uint64_t imx_grid_columns(const imx_grid *grid, uint32_t z);
uint64_t imx_grid_rows(const imx_grid *grid, uint32_t z);
/* Whether the tile is one of the published set. */
bool imx_grid_has(const imx_grid *grid, imx_tile tile);
/* The nearest zoom whose resolution is at least as fine as res (relative tolerance 1e-6), at most zooms - 1
 * (which is also the answer to a resolution that is not a positive number). */
uint32_t imx_grid_zoom_for(const imx_grid *grid, double res, uint32_t tile_px);
/* Extent of a tile in CRS units. Neighbours share their edges to the last bit. */
void imx_grid_tile_extent(const imx_grid *grid, imx_tile tile, double *min_x, double *min_y, double *max_x, double *max_y);
/* Grid CRS <-> degrees for the built-in grids (closed formulas, no PROJ), for bounds in metadata.
 * From degrees, the poles included, y is held within the grid's own extent (Mercator's latitude limit); x is not, so
 * that a longitude beyond 180 stays beyond the edge. */
void imx_grid_to_lonlat(const imx_grid *grid, double x, double y, double *lon_deg, double *lat_deg);
void imx_grid_from_lonlat(const imx_grid *grid, double lon_deg, double lat_deg, double *x, double *y);

#endif
