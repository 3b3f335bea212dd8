/* tiler/raster_info.h: what a raster or a delivery is to imbrex: what `imbrex info RASTER` prints.
 *
 * Aligned lines "name  value": size, bands as a table (type, name, what they are for, nodata, scale, unit, statistics),
 * validity and its share, CRS, how it is georeferenced (geotransform, control points, RPC and what they say), corners
 * and bounds on the ground, what a picture shows and by which stretch, the operation onto WebMercatorQuad, the
 * resolution and the zoom that keeps it, how many tiles, and what `imbrex tile` would warn of. Of a delivery
 * (engine/delivery.h): its product, time and bands, and the same of its picture. What cannot be tiled is described as
 * far as its file goes, and "tiles  none: ..." says why and what to do.
 *
 * As JSON (one object, no newline) the same and more: every band, "footprint" as RFC 7946 has it, "shown" ("bands" and
 * "stretch" as --bands and --stretch take them), "transform", "tiles", "warnings", "problem" (null: it can be tiled).
 */
#ifndef IMX_TILER_RASTER_INFO_H
#define IMX_TILER_RASTER_INFO_H

#include "tiler/analyse.h"
#include "tiler/raster_statistics.h"

typedef struct imx_raster_info_options {
    const imx_job_options *job;  /* of `imbrex tile`; its inputs do not count */
    imx_measure_options measure; /* of statistics */
} imx_raster_info_options;

/* Errors: the file is missing, or no raster; bad options; no memory. */
IMX_MUST_USE imx_status imx_raster_info_text(imx_memory *memory, const char *path,
                                             const imx_raster_info_options *options, imx_error *err, char **out);
IMX_MUST_USE imx_status imx_raster_info_json(imx_memory *memory, const char *path,
                                             const imx_raster_info_options *options, imx_error *err, char **out);
/* Of one that the former refused, among others, as JSON: "kind", "raster", and "problem", the words of its error. */
IMX_MUST_USE imx_status imx_raster_info_json_refused(imx_memory *memory, const char *path, const char *problem,
                                                     imx_error *err, char **out);

#endif
