/* engine/ground_outline.h: the outline of a raster on the ground, in degrees on WGS 84: for people and GeoJSON. What
 * the walk needs is engine/footprint.h.
 *
 * The raster's border goes through the exact transform at as many points as keep straight lines in longitude and
 * latitude within half a source pixel of it. Where a border leads nowhere (a geostationary disk, a lobed world map) it
 * is drawn in, towards the raster's middle, to where positions begin. It is one polygon whose longitudes go on beyond
 * +-180 where that keeps it whole; a pole within the raster is a corner of it.
 *
 * Its parts are the same polygon as RFC 7946 wants it: cut at the antimeridian (section 3.1.9), within +-180,
 * counterclockwise; bounds are west, south, east, north with west > east across it (section 5.2). */
#ifndef IMX_ENGINE_GROUND_OUTLINE_H
#define IMX_ENGINE_GROUND_OUTLINE_H

#include "engine/transform.h"

enum { IMX_GROUND_PARTS_MAX = 4 };

typedef struct imx_ground_part {
    double *lonlat; /* points, longitude and latitude; the first is not repeated */
    size_t count;
} imx_ground_part;

typedef struct imx_ground_outline {
    imx_ground_part parts[IMX_GROUND_PARTS_MAX];
    size_t part_count;
    double bounds[4];
    bool crosses;         /* the antimeridian */
    bool drawn_in;        /* parts of the raster lie nowhere */
    double corners[4][2]; /* of the first pixel, then clockwise in the image; HUGE_VAL: nowhere */
} imx_ground_outline;

/* IMX_E_INPUT: no pixel has a place. */
IMX_MUST_USE imx_status imx_ground_outline_create(imx_memory *memory, const imx_scene *scene, const imx_asset *asset,
                                                  imx_error *err, imx_ground_outline *out);
void imx_ground_outline_clear(imx_memory *memory, imx_ground_outline *outline);

/* A polygon (count points, longitudes going on beyond +-180) into the parts. IMX_E_NOMEM. */
IMX_MUST_USE imx_status imx_ground_cut(imx_memory *memory, const double *lonlat, size_t count, imx_error *err,
                                       imx_ground_outline *out);
/* Longitudes from west to east >= west, wherever they begin, as bounds within +-180; true: west > east. A whole round
 * is -180..180. */
bool imx_ground_span(double west, double east, double *out_west, double *out_east);

#endif
