/* tiler/forecast.h: what a plan will produce: exact tile counts, and bytes. The bytes come from what a tile of the
 * format usually takes (cheap, on the high side), or, sampled, from a few tiles that are really rendered and encoded
 * (some per cent of a small job). Fills plan->tiles, tiles_total, waiting and bytes_estimate. Deterministic; its memory
 * is freed again. */
#ifndef IMX_TILER_FORECAST_H
#define IMX_TILER_FORECAST_H

#include "tiler/plan.h"

IMX_MUST_USE imx_status imx_forecast(imx_plan *plan, bool sampled, imx_error *err);

/* A tile's extent in base-level output px. */
imx_box imx_plan_tile_box(const imx_plan *plan, imx_tile tile);

#endif
