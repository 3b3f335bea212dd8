/* engine/georef.h: how a raster lies on the Earth where no affine says it: ground control points, rational polynomial
 * coefficients, a geolocation array. Plain data, filled by the analyse pass, owned by its asset, read-only afterwards.
 * engine/transform_model.h computes with it.
 *
 * Pixels. "px" and "line" are real-valued, (0, 0) the outer corner of the first pixel, of the image that the asset's
 * geotransform leads into: the raster itself (the geotransform is 0 1 0 0 0 1), or the larger image that it was cut or
 * shrunk from.
 */
#ifndef IMX_ENGINE_GEOREF_H
#define IMX_ENGINE_GEOREF_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef enum imx_georef_kind {
    IMX_GEOREF_POLYNOMIAL, /* of ground control points */
    IMX_GEOREF_TPS,        /* thin-plate spline through ground control points */
    IMX_GEOREF_RPC,        /* rational polynomials and heights */
    IMX_GEOREF_GEOLOCATION /* arrays with the place of each (n-th) pixel */
} imx_georef_kind;

enum { IMX_GCPS_MAX = 100000, IMX_TPS_GCPS_MAX = 2000, IMX_RPC_TERMS = 20 };

/* Degrees of longitude that are still meant as a place: rasters are written from -180, from 0, and a round beyond. */
enum { IMX_GEOREF_LON_MAX_DEG = 540 };

/* Degrees (finite ones) that are no place on the Earth: fill values that nobody declared (-999), or damage. A latitude
 * may be as far beyond 90 as single precision and packed integers round it. */
static inline bool imx_georef_is_nowhere(double lon_deg, double lat_deg) {
    const double rounding_deg = 1e-4;
    return fabs(lat_deg) > 90 + rounding_deg || fabs(lon_deg) > IMX_GEOREF_LON_MAX_DEG;
}

typedef struct imx_gcp {
    double px, line;
    double x, y; /* in the scene's CRS, x = east or longitude */
} imx_gcp;

/* RPC00B (STDI-0002, volume 1, appendix E): each of line and sample is a quotient of two cubic polynomials in
 * normalised longitude L, latitude P and ellipsoidal height H on WGS 84, terms in the order 1 L P H LP LH PH LL PP HH
 * PLH LLL LPP LHH LLP PPP PHH LLH PPH HHH. Its (0, 0) is the *centre* of the first pixel. */
typedef struct imx_rpc {
    double line_off, samp_off, lat_off_deg, lon_off_deg, height_off_m;
    double line_scale, samp_scale, lat_scale_deg, lon_scale_deg, height_scale_m;
    double line_num[IMX_RPC_TERMS], line_den[IMX_RPC_TERMS], samp_num[IMX_RPC_TERMS], samp_den[IMX_RPC_TERMS];
} imx_rpc;

/* How heights are found between the centres of a DEM's cells. The cubic one goes through the DEM's heights, the spline
 * smooths them: a peak of one cell loses 5/9 of its height. */
typedef enum imx_dem_resample {
    IMX_DEM_BILINEAR,
    IMX_DEM_CUBIC,      /* Keys 1981, a = -0.5: as -r cubic */
    IMX_DEM_CUBICSPLINE /* B-spline: as -r cubicspline, and as what GDAL's RPC_DEMINTERPOLATION calls cubic */
} imx_dem_resample;

/* Where an RPC's heights come from. */
typedef struct imx_heights {
    char *dem; /* a raster of heights in any CRS; NULL: height_m everywhere */
    imx_dem_resample resample;
    char *geoid;      /* a raster of geoid undulations, added to the DEM's heights; NULL: they are ellipsoidal */
    bool ellipsoidal; /* the user says that the DEM's heights are */
    double height_m;  /* ellipsoidal */
    imx_hash content; /* of the heights over the scene, where there is a DEM */
    double missing_part /* of the scene's surroundings where the DEM has no height, 0..1 */;
} imx_heights;

/* GDAL's GEOLOCATION domain: px = pixel_offset + pixel_step * column of the arrays, line alike. */
typedef struct imx_geolocation {
    char *x_path, *y_path;
    int x_band, y_band;
    double pixel_offset, pixel_step, line_offset, line_step; /* px and lines: the first node's place, to the next */
    double turn;           /* CRS units along x after which the same place comes again; 0: none */
    imx_hash content;      /* of the arrays' values */
    struct imx_mesh *mesh; /* the arrays, shared by all; NULL: each model reads them */
} imx_geolocation;

typedef struct imx_georef {
    imx_georef_kind kind;
    int order;     /* IMX_GEOREF_POLYNOMIAL: 1 to 3; 0: by the number of points (imx_georef_settle() decides) */
    imx_gcp *gcps; /* IMX_GEOREF_POLYNOMIAL, IMX_GEOREF_TPS */
    size_t gcp_count;
    imx_rpc rpc;
    imx_heights heights;
    imx_geolocation geolocation;
} imx_georef;

void imx_georef_destroy(imx_memory *memory, imx_georef **georef);
/* "polynomial of order 2 through 210 ground control points", "RPC with heights from dem.tif", ... into text. */
void imx_georef_describe(const imx_georef *georef, char *text, size_t size);

/* Tries it out on a raster of width x height px: chooses the order, surveys the DEM, and says what is wrong
 * (IMX_E_INPUT) or doubtful (a warning). Messages do not name the scene; `name` is what a warning begins with. */
IMX_MUST_USE imx_status imx_georef_settle(imx_memory *memory, imx_georef *georef, const double geotransform[6],
                                          int32_t width, int32_t height, const char *name, imx_log *log,
                                          imx_error *err);

#endif
