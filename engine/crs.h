/* engine/crs.h: what a coordinate reference system says of itself, and its coordinates in degrees. For grids and
 * metadata; scenes go through engine/transform.h. */
#ifndef IMX_ENGINE_CRS_H
#define IMX_ENGINE_CRS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

/* The plane of a raster's own pixels: x = columns, y = minus rows, (0, 0) the outer upper left corner; no place on the
 * Earth. A transform within it is the identity; there is none to anywhere else. */
#define IMX_CRS_PIXELS                                                                                                 \
    "ENGCRS[\"pixels of a raster\",EDATUM[\"upper left corner of the raster\"],CS[Cartesian,2],"                       \
    "AXIS[\"column (x)\",columnPositive],AXIS[\"minus row (y)\",rowNegative],LENGTHUNIT[\"pixel\",0.00028]]"
bool imx_crs_is_pixels(const char *crs);

typedef struct imx_crs_facts {
    bool geographic;
    bool north_first;       /* the first axis points north or is latitude; engine and grids always have x = east */
    double metres_per_unit; /* of the first axis; geographic: along the equator of the CRS's own ellipsoid */
    double period;          /* units along x after which the same place comes again; 0: not cyclic */
    char axes[2][16];       /* its axes' abbreviations in its own order ("Lat", "Lon"); cut off, "": it has none */
} imx_crs_facts;

/* crs: AUTHORITY:CODE, URN, URL, WKT or PROJJSON. IMX_E_INPUT: PROJ does not know it as a horizontal CRS. */
IMX_MUST_USE imx_status imx_crs_describe(imx_memory *memory, const char *crs, imx_error *err, imx_crs_facts *out);

/* What a user gives for a CRS (`option` names it in messages): AUTHORITY:CODE, CRS84, a URN or URI of OGC's, WKT 1 or
 * 2, PROJJSON, a PROJ string, a name that PROJ knows, or a file that holds one of these. As text for all functions that
 * take one: AUTHORITY:CODE or WKT 2, of the horizontal part (engine/source_gdal_crs.c). IMX_E_USAGE: it is none, or not
 * of places on a map. */
IMX_MUST_USE imx_status imx_crs_read(imx_memory *memory, const char *option, const char *given, imx_error *err,
                                     char **out);
/* WKT 2 of the CRS that has just this name in PROJ's database; NULL: none has, or there is no memory. */
char *imx_crs_named(imx_memory *memory, const char *name);

/* What it is called ("WGS 84 / UTM zone 32N"); "": PROJ does not know it, or it has no name. */
void imx_crs_name(const char *crs, size_t size, char *name);

/* From a CRS to degrees on WGS 84. One thread's. */
typedef struct imx_lonlat imx_lonlat;
IMX_MUST_USE imx_status imx_lonlat_create(imx_memory *memory, const char *crs, imx_error *err, imx_lonlat **out);
void imx_lonlat_destroy(imx_lonlat **lonlat);
/* In place: x, y -> longitude, latitude; HUGE_VAL where there is none. */
void imx_lonlat_apply(imx_lonlat *lonlat, size_t n, double *x, double *y);
/* West, south, east, north of a box (min x, min y, max x, max y), poles inside it included; west > east where it lies
 * across the antimeridian. false: nothing of its outline can be transformed. */
bool imx_lonlat_bounds(imx_lonlat *lonlat, const double box[4], double out[4]);

#endif
