/* tiler/grid.h: tile matrix sets (OGC 17-083r4, Two Dimensional Tile Matrix Set 2.0).
 *
 * A grid is a list of tile matrices, one per zoom, each finer than the one before; row 0 is at the top here (rows from
 * the bottom exist only at the edges: stores and routes). z counts from 0 inside; `first_id` is what the published
 * identifier of z = 0 is (1 for CGCS2000Quad), and what people, names and URLs say is z + first_id. Tile sizes other
 * than the set's own keep the tiles' extents and change the pixels inside (512: twice the resolution at the same z).
 *
 * Built-in grids are constants. Others come from a JSON text (--grid FILE, an archive's metadata) and belong to whoever
 * parsed them. Both are immutable: thread-safe.
 */
#ifndef IMX_TILER_GRID_H
#define IMX_TILER_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

#define IMX_ZOOM_MAX 30
#define IMX_ZOOM_ID_MAX 999 /* z + first_id of any grid */

typedef enum imx_grid_projection {                    /* the closed formulas that grid.c knows */
                                   IMX_GRID_LONLAT,   /* degrees as they are */
                                   IMX_GRID_MERCATOR, /* spherical Mercator on the WGS 84 semi-major axis (EPSG method
                                                         1024) */
                                   IMX_GRID_MERCATOR_WGS84, /* Mercator on the WGS 84 ellipsoid (EPSG method 9804,
                                                               latitude of origin 0) */
                                   IMX_GRID_PROJECTED,      /* none: ask PROJ (engine/crs.h) */
                                   IMX_GRID_PLANE           /* none: a raster's pixels, nowhere on the Earth */
} imx_grid_projection;

typedef struct imx_grid_matrix { /* one zoom */
    double res;                  /* CRS units per pixel of a tile of the set's own size */
    double origin_x, origin_y;   /* upper left corner, CRS units, x = east/longitude */
    uint32_t columns, rows;      /* tiles */
} imx_grid_matrix;

typedef struct imx_grid {
    const char *id;      /* "WebMercatorQuad" */
    const char *title;   /* NULL if it has none */
    const char *uri;     /* of the tile matrix set, NULL if it has none */
    const char *crs;     /* AUTHORITY:CODE ("EPSG:3857", "OGC:CRS84"), WKT or PROJJSON */
    const char *crs_uri; /* NULL if it has none */
    uint32_t tile_px;    /* the set's own */
    uint32_t first_id;
    uint32_t zooms; /* matrices in the set */
    /* of z = 0; the others follow by doubling, unless `matrices` lists them all */
    imx_grid_matrix top;
    const imx_grid_matrix *matrices;
    double metres_per_unit; /* for scale denominators */
    double aspect;          /* height of a pixel by its width: 1 but in sets of rasters' own pixels */
    bool wraps;             /* x is cyclic, the width of z = 0 its period */
    double period;          /* of x in the CRS, CRS units; 0: not cyclic, or `wraps` */
    bool rows_up;           /* published rows count from the bottom (cornerOfOrigin: bottomLeft) */
    imx_grid_projection projection;
    const char *json; /* what imx_grid_parse makes it from again; NULL: built in */
} imx_grid;

typedef struct imx_tile {
    uint32_t z, x, y; /* y downwards */
} imx_tile;

/* ---- the built-in grids (grid_builtin.c) ---- */

/* NULL if there is no such grid (names are matched without regard to case). */
const imx_grid *imx_grid_find(const char *id);
const imx_grid *imx_grid_at(unsigned index); /* for listings; NULL past the end */

/* ---- grids out of JSON (grid_json.c) ---- */

typedef struct imx_grid_crs { /* what a CRS says, for those who cannot ask PROJ */
    bool north_first;         /* its first axis points north, or is latitude */
    double metres_per_unit;   /* along the first axis; a degree: on the equator of WGS 84 */
    double period;            /* of x, CRS units; 0: not cyclic */
    double aspect;            /* of pixels, which the standard takes for squares; 0: these are */
    imx_grid_projection projection;
    char axes[2][16]; /* abbreviations in its own order, as orderedAxes names them; "": unknown */
} imx_grid_crs;
/* Looks a CRS up (engine/crs.h); its own errors. */
typedef imx_status (*imx_grid_crs_fn)(void *context, const char *crs, imx_error *err, imx_grid_crs *out);

/* A tile matrix set in JSON: TMS 2.0, or its first version (17-083r2). Of an untrusted text. Its matrices may be in any
 * order and in any steps of scale; identifiers that are consecutive whole numbers (alone or at the end of a name, as
 * in EPSG:4326:3) give first_id, others are numbered from 0; identifiers are different texts
 * of 1 to 100 bytes without slashes and control characters. ask: NULL for a text from imx_grid.json, which holds
 * the answers. orderedAxes must be the CRS's (tiler/grid_axes.h). Where both are there, cellSize counts and
 * scaleDenominator must say the same: for pixels of 0.28 mm (6.2), or of 96 to the inch, as CanadianNAD83_LCC and
 * Tianditu's are published; to a thousandth, which covers degrees on other ellipsoids and published rounding (1.1e-4 at
 * most, CDB1GlobalGrid). IMX_E_INPUT says what is wrong; IMX_E_UNSUPPORTED: variable matrix widths, tiles that are not
 * square or no power of two from 64 to 4096, or not of one size. */
IMX_MUST_USE imx_status imx_grid_parse(imx_memory *memory, const char *text, size_t size, imx_grid_crs_fn ask,
                                       void *context, imx_error *err, imx_grid **out);
void imx_grid_destroy(imx_memory *memory, imx_grid **grid);

/* ---- arithmetic (grid.c) ---- */

double imx_grid_res(const imx_grid *grid, uint32_t z, uint32_t tile_px); /* CRS units a pixel; z < zooms, or doubled */
/* OGC 17-083r4, 6.2: of tiles of the set's own size, for pixels of 0.28 mm. */
double imx_grid_scale_denominator(const imx_grid *grid, uint32_t z);
/* Upper left corner of a zoom's matrix, CRS units. */
void imx_grid_origin(const imx_grid *grid, uint32_t z, double *x, double *y);
/* Tiles across and down at a zoom; 0 beyond IMX_ZOOM_MAX, and beyond the set where its matrices are listed. */
uint64_t imx_grid_columns(const imx_grid *grid, uint32_t z);
uint64_t imx_grid_rows(const imx_grid *grid, uint32_t z);
/* Whether the tile is one of the published set. */
bool imx_grid_has(const imx_grid *grid, imx_tile tile);
/* A row as it is published, and back. */
uint64_t imx_grid_row(const imx_grid *grid, imx_tile tile, bool from_bottom);
/* The nearest zoom whose resolution is at least as fine as res (relative tolerance 1e-6), at most zooms - 1
 * (which is also the answer to a resolution that is not a positive number). */
uint32_t imx_grid_zoom_for(const imx_grid *grid, double res, uint32_t tile_px);
/* The coarsest zoom from which on down to z each matrix has the corner and half the pixel size of the one before
 * (relative tolerance 1e-6; 1/64 px), and is as large as four of its tiles to one of that make it: the zooms that one
 * pyramid holds. */
uint32_t imx_grid_chain_start(const imx_grid *grid, uint32_t z);
/* Whether the matrix of a zoom goes once round: in a set that wraps, one whose tiles do not fill the period does not.
 */
bool imx_grid_wraps(const imx_grid *grid, uint32_t z);
/* CRS units along x after which the same place comes again; 0: it does not. */
double imx_grid_period(const imx_grid *grid);
/* Whether two grids have the same tiles at the same places under the same identifiers. */
bool imx_grid_same(const imx_grid *a, const imx_grid *b);
/* Extent of a tile in CRS units. Neighbours share their edges to the last bit. */
void imx_grid_tile_extent(const imx_grid *grid, imx_tile tile, double *min_x, double *min_y, double *max_x,
                          double *max_y);
/* Grid CRS <-> degrees by closed formulas, for bounds in metadata; NaN in a projected grid, and where nothing has a
 * place. From degrees, the poles included, y is held within the grid's own extent (Mercator's latitude limit); x is
 * not, so that a longitude beyond 180 stays beyond the edge. */
void imx_grid_to_lonlat(const imx_grid *grid, double x, double y, double *lon_deg, double *lat_deg);
void imx_grid_from_lonlat(const imx_grid *grid, double lon_deg, double lat_deg, double *x, double *y);

#endif
