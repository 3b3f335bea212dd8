/* engine/outline.h: an area as the user gives it: polygons in a CRS of their own (--cutline), or a box (--bbox). Plain
 * data, immutable once made. What output pixels it holds is engine/region.h's to say.
 *
 * Edges are straight in the outline's own coordinates, x = east or longitude. Shells run counterclockwise and holes
 * clockwise, so that a point is inside where the winding number is not 0: polygons that overlap are joined.
 */
#ifndef IMX_ENGINE_OUTLINE_H
#define IMX_ENGINE_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_outline_ring { /* vertices [first, first + count); the last is joined to the first */
    size_t first, count;          /* at least 3 */
} imx_outline_ring;

typedef struct imx_outline {
    char *crs;  /* AUTHORITY:CODE or WKT2 */
    double *xy; /* x0, y0, x1, y1, ... */
    size_t vertex_count;
    imx_outline_ring *rings;
    size_t ring_count;
} imx_outline;

typedef struct imx_cutline_options {
    const char *path;  /* any vector file that OGR reads */
    const char *layer; /* its name; NULL: the only one */
    const char *where; /* an OGR SQL condition on attributes; NULL: all features */
    const char *crs;   /* NULL: the layer's own */
} imx_cutline_options;

/* West, south, east, north. Where x is cyclic in the CRS, west > east leads across the antimeridian. IMX_E_INPUT: the
 * box is empty; the CRS is none. */
IMX_MUST_USE imx_status imx_outline_box(imx_memory *memory, const char *crs, const double box[4], imx_error *err,
                                        imx_outline **out);
/* All polygons of a layer (engine/source_gdal_outline.c); after imx_sources_init(). IMX_E_INPUT names the file and says
 * what is wrong: missing, no vector file, which layers there are, no CRS, no polygon, something else than polygons.
 * IMX_E_USAGE: the condition is none. */
IMX_MUST_USE imx_status imx_outline_read(imx_memory *memory, const imx_cutline_options *options, imx_error *err,
                                         imx_outline **out);
void imx_outline_destroy(imx_memory *memory, imx_outline **outline);
/* Of CRS, vertices and rings. */
IMX_MUST_USE imx_status imx_outline_hash(imx_memory *memory, const imx_outline *outline, imx_error *err, imx_hash *out);
/* Smallest x, y and largest x, y. */
void imx_outline_extent(const imx_outline *outline, double out[4]);

/* ---- for who makes one: an outline without rings, then ring after ring ---- */
IMX_MUST_USE imx_status imx_outline_create(imx_memory *memory, const char *crs, imx_error *err, imx_outline **out);
/* count points, whose first may stand at the end again; they are turned round as needed. Fewer than three different
 * corners: nothing is added. IMX_E_INPUT: not a number, or larger than any Earth. */
IMX_MUST_USE imx_status imx_outline_add(imx_memory *memory, imx_outline *outline, const double *xy, size_t count,
                                        bool hole, imx_error *err);

#endif
