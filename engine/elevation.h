/* engine/elevation.h: ellipsoidal heights at places on WGS 84: a DEM, resampled (imx_dem_resample) between the
 * centres of its cells, plus a geoid where the DEM's heights are above one. One thread's; it keeps windows of the
 * rasters, up to 8 MB of each. */
#ifndef IMX_ENGINE_ELEVATION_H
#define IMX_ENGINE_ELEVATION_H

#include "engine/georef.h"
#include "engine/source_dem.h"

typedef struct imx_elevation imx_elevation;

/* lon_deg, lat_deg: a place that matters, in whose area PROJ's operation into the DEM's CRS is chosen. Errors name the
 * file. */
IMX_MUST_USE imx_status imx_elevation_create(imx_memory *memory, const imx_heights *heights, double lon_deg,
                                             double lat_deg, imx_error *err, imx_elevation **out);
void imx_elevation_destroy(imx_elevation **elevation);
/* NaN: no height there (outside of the DEM, nodata, or no place at all). */
void imx_elevation_at(imx_elevation *elevation, size_t n, const double *lon_deg, const double *lat_deg,
                      double *height_m);
/* The size of a cell of the DEM in degrees, around the place given to create. */
void imx_elevation_cell(const imx_elevation *elevation, double cell_deg[2]);
imx_dem_datum imx_elevation_datum(const imx_elevation *elevation); /* the DEM's */
/* The first failure to read (IMX_E_INPUT) or to find memory since it was created; heights are NaN from then on. */
IMX_MUST_USE imx_status imx_elevation_check(const imx_elevation *elevation, imx_error *err);

/* The file of a geoid that the user names: "egm96", "egm2008" (PROJ's grids on this machine), or a raster's path.
 * IMX_E_INPUT says what to install. */
IMX_MUST_USE imx_status imx_geoid_find(imx_memory *memory, const char *given, imx_error *err, char **path);

#endif
