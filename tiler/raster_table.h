/* tiler/raster_table.h: several rasters and deliveries as `imbrex info FOLDER` shows them: a row for each, and what
 * `imbrex tile` would make of all of them together. */
#ifndef IMX_TILER_RASTER_TABLE_H
#define IMX_TILER_RASTER_TABLE_H

#include "tiler/raster_info.h"

/* Whether an error is of one raster, so that others can be told of. */
bool imx_raster_unreadable(imx_status status);
/* Product or file, kind, time, pixels, what a picture shows, resolution and zoom on WebMercatorQuad, CRS; below, why
 * scenes are refused; then the tiles of all, or why there would be none, and warnings. The paths are those of scenes
 * (imx_inputs_expand), count > 0. *unreadable: of how many not even that could be told. Errors: bad options; no
 * memory. */
IMX_MUST_USE imx_status imx_raster_table(imx_memory *memory, const char *const *paths, size_t count,
                                         const imx_raster_info_options *options, imx_error *err, char **out,
                                         size_t *unreadable);

#endif
