/* tiler/plan_json_limits.h: a plan's limits as JSON: "bbox" and "cutline" among its options, where there are any;
 * private to plan_json.c. */
#ifndef IMX_TILER_PLAN_JSON_LIMITS_H
#define IMX_TILER_PLAN_JSON_LIMITS_H

#include <jansson.h>

#include "tiler/plan.h"

/* false: out of memory. */
bool imx_limits_to_json(const imx_plan *plan, bool for_archive, json_t *options);
/* Of the complete form. IMX_E_INPUT: not what it should be. */
IMX_MUST_USE imx_status imx_limits_from_json(const json_t *options, imx_error *err, imx_plan *plan);

#endif
