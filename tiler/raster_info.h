/* tiler/raster_info.h: what a raster is to imbrex: what `imbrex info RASTER` prints. */
#ifndef IMX_TILER_RASTER_INFO_H
#define IMX_TILER_RASTER_INFO_H

#include "engine/base/log.h"
#include "engine/source.h"

/* Aligned lines "name  value": size, bands, which of them a picture shows and the stretch that it gets by itself,
 * validity, CRS, how the raster is georeferenced (geotransform, control
 * points, RPC and what they say), the operation onto WebMercatorQuad, the resolution and the zoom that keeps it,
 * bounds. Of a delivery (engine/delivery.h): its product, time and bands, and the same of its picture. Errors are those
 * of imx_source_probe() and of the transform: what `imbrex tile` would say. */
IMX_MUST_USE imx_status imx_raster_info_text(imx_memory *memory, const char *path, imx_log *log, imx_error *err,
                                             char **out);
/* The same as one JSON object without a newline; "shown": {"bands", "colours", "stretch", "type"}, where bands and
 * stretch are what --bands and --stretch take. */
IMX_MUST_USE imx_status imx_raster_info_json(imx_memory *memory, const char *path, imx_log *log, imx_error *err,
                                             char **out);

#endif
