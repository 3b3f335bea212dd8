/* tiler/plan_json_grade.h: how numbers become pictures, in a plan's JSON; private to plan_json.c. */
#ifndef IMX_TILER_PLAN_JSON_GRADE_H
#define IMX_TILER_PLAN_JSON_GRADE_H

#include <jansson.h>

#include "tiler/plan.h"

/* NULL when out of memory. */
json_t *imx_grade_to_json(const imx_grade_options *grade);
/* Fills plan->grade and what it speaks of. absent (NULL): none. IMX_E_INPUT: not what it should be. */
IMX_MUST_USE imx_status imx_grade_from_json(const json_t *json, imx_error *err, imx_plan *plan);

#endif
