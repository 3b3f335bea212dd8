/* tiler/plan_georef.h: a georeferencing (engine/georef.h) as JSON, for tiler/plan_json.c. */
#ifndef IMX_TILER_PLAN_GEOREF_H
#define IMX_TILER_PLAN_GEOREF_H

#include <jansson.h>

#include "engine/georef.h"

/* A new reference; NULL: out of memory. for_archive: what it is, without folders; control points and coefficients are
 * covered by the scene's fingerprint, heights by a hash of their own. NULL georef: null. */
json_t *imx_georef_to_json(const imx_georef *georef, bool for_archive);
/* The inverse of the complete form; null gives NULL. IMX_E_INPUT says which key is wrong. */
IMX_MUST_USE imx_status imx_georef_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_georef **out);

#endif
