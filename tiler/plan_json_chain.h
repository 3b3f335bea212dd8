/* tiler/plan_json_chain.h: what a plan's chains hold, as JSON; private to plan_json.c. "tiles" of the plan counts those
 * of the output by zoom, from the grid's first on. "chains", the finest first, has of each its zooms; "rendered_finer",
 * if it is; "tiles" of its walk, also those of zooms that are not written, and what is "waiting"; and of all but the
 * finest, whose stand among the scenes ("footprint", "level" of the assets), "levels" and "footprints" of the scenes.
 * An archive has "chains" where there are several or any is rendered finer, and there no counts or footprints. */
#ifndef IMX_TILER_PLAN_JSON_CHAIN_H
#define IMX_TILER_PLAN_JSON_CHAIN_H

#include "tiler/plan.h"
#include "tiler/plan_json_values.h"

/* Where a scene lies; in an archive its rings in degrees. NULL when out of memory. */
json_t *imx_footprint_to_json(const imx_plan *plan, const imx_chain *chain, size_t scene, bool for_archive);
/* "tiles" of all chains into o. false: out of memory. */
bool imx_tiles_to_json(const imx_plan *plan, json_t *o);
/* "chains" into o. false: out of memory. */
bool imx_chains_to_json(const imx_plan *plan, bool for_archive, json_t *o);

/* The inverse of the complete form; `to` has places for the plan's scenes. */
void imx_footprint_from_json(imx_plan_reader *r, json_t *o, imx_footprint *to);
/* The level of one asset. */
void imx_level_from_json(imx_plan_reader *r, json_t *o, const imx_asset *asset, int32_t *to);
/* How much finer each is rendered: first. */
void imx_chains_shape_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan);
/* What else they hold, but for the finest's places. */
void imx_chains_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan);

#endif
