/* tiler/plan_json_data.h: the parts of a plan's JSON that only jobs on data have; private to plan_json.c. */
#ifndef IMX_TILER_PLAN_JSON_DATA_H
#define IMX_TILER_PLAN_JSON_DATA_H

#include <jansson.h>

#include "engine/quality.h"
#include "tiler/cog.h"
#include "tiler/plan.h"

/* NULL when out of memory. */
json_t *imx_data_bands_to_json(const imx_asset *asset);
json_t *imx_raster_to_json(imx_memory *memory, const imx_cog_options *cog);
/* absent (NULL): a picture, tiles. IMX_E_INPUT: not what it should be. */
IMX_MUST_USE imx_status imx_data_bands_from_json(imx_memory *memory, const json_t *bands, imx_error *err,
                                                 imx_asset *asset);
/* A quality band but for its asset, the member "band". NULL: there is none, or no memory. */
json_t *imx_quality_to_json(const imx_quality *quality);
/* absent (NULL): there is none. IMX_E_INPUT: not what it should be. */
IMX_MUST_USE imx_status imx_quality_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_quality **out);
/* After the grid and the space have been read. Sets the pyramid's samples as well. */
IMX_MUST_USE imx_status imx_raster_from_json(const json_t *raster, imx_error *err, imx_plan *plan);

#endif
