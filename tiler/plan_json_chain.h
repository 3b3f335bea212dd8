/* tiler/plan_json_chain.h: what a plan's chains hold, as JSON; private to plan_json.c. The finest chain stands among
 * the scenes ("footprint", "level" of the assets) and in the plan itself ("tiles", "waiting"). Where there are several,
 * the plan lists their zooms in "chains", the finest first, and there what the others hold: "levels" and "footprints"
 * of the scenes, "tiles", "waiting"; in an archive "levels" alone. Also where any is rendered finer than it is written,
 * which "rendered_finer" says. */
#ifndef IMX_TILER_PLAN_JSON_CHAIN_H
#define IMX_TILER_PLAN_JSON_CHAIN_H

#include "tiler/plan.h"
#include "tiler/plan_json_values.h"

/* Where a scene lies; in an archive its rings in degrees. NULL when out of memory. */
json_t *imx_footprint_to_json(const imx_plan *plan, const imx_chain *chain, size_t scene, bool for_archive);
/* "tiles" and "waiting" into o. false: out of memory. */
bool imx_chain_forecast_to_json(const imx_chain *chain, json_t *o);
/* "chains" into o, where there are several. false: out of memory. */
bool imx_chains_to_json(const imx_plan *plan, bool for_archive, json_t *o);

/* The inverse of the complete form; `to` has places for the plan's scenes. */
void imx_footprint_from_json(imx_plan_reader *r, json_t *o, imx_footprint *to);
/* The level of one asset. */
void imx_level_from_json(imx_plan_reader *r, json_t *o, const imx_asset *asset, int32_t *to);
void imx_chain_forecast_from_json(imx_plan_reader *r, json_t *o, imx_chain *to);
/* How much finer each is rendered: first. */
void imx_chains_shape_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan);
/* Of the chains after the finest. */
void imx_chains_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan);

#endif
