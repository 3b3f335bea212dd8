/* engine/source_dem.h: a raster of heights (or of geoid undulations) as float windows of its first band. One thread's.
 * Behind it stands GDAL (engine/source_gdal_dem.c). */
#ifndef IMX_ENGINE_SOURCE_DEM_H
#define IMX_ENGINE_SOURCE_DEM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_dem imx_dem;

typedef enum imx_dem_datum {
    IMX_DEM_DATUM_UNSAID,
    IMX_DEM_DATUM_ELLIPSOID, /* its CRS is three-dimensional */
    IMX_DEM_DATUM_EGM96,
    IMX_DEM_DATUM_EGM2008,
    IMX_DEM_DATUM_OTHER
} imx_dem_datum;

typedef struct imx_dem_info {
    int32_t width, height;
    double geotransform[6];
    const char *crs; /* horizontal; the DEM's own */
    imx_dem_datum datum;
} imx_dem_info;

/* Errors name the file: missing, damaged, no georeferencing, no CRS. default_crs (NULL: none) serves where the file
 * names none (grids of geoids). */
IMX_MUST_USE imx_status imx_dem_open(imx_memory *memory, const char *path, const char *default_crs, imx_error *err,
                                     imx_dem **out);
void imx_dem_close(imx_dem **dem);
const imx_dem_info *imx_dem_about(const imx_dem *dem);
/* Metres into rows of `stride` floats; NaN where there is no height. The window lies in the raster. */
IMX_MUST_USE imx_status imx_dem_read(imx_dem *dem, int32_t x, int32_t y, int32_t w, int32_t h, float *out,
                                     int32_t stride, imx_error *err);

#endif
