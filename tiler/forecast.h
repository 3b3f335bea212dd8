/* tiler/forecast.h: what a plan will produce: exact tile counts, and bytes. The bytes come from what a tile of the
 * format usually takes (cheap, on the high side), or, sampled, from a few tiles that are really rendered and encoded
 * (some per cent of a small job). Fills each chain's tiles, tiles_total and waiting, and the plan's tiles_total and
 * bytes_estimate. Deterministic; its memory is freed again. */
#ifndef IMX_TILER_FORECAST_H
#define IMX_TILER_FORECAST_H

#include "tiler/plan.h"

IMX_MUST_USE imx_status imx_forecast(imx_plan *plan, bool sampled, imx_error *err);

/* Pixels of the scenes that a chain's base is rendered from: of the levels that it reads, as far as the limits go. */
double imx_chain_source_px(const imx_plan *plan, const imx_chain *chain);

/* What a job has to do, chain by chain in the order in which they are made. The work of a chain is the pixels of its
 * base and those that these are made of: where a base is coarse and the scenes have no overviews, the latter. */
typedef struct imx_work {
    uint32_t count;
    struct {
        uint64_t base_tiles;
        double cost;
    } parts[IMX_ZOOM_MAX + 1];
} imx_work;
void imx_work_of(const imx_plan *plan, imx_work *out);
/* The share of it that is done, 0..1, when so many base tiles are (imx_pyramid_stats). */
double imx_work_share(const imx_work *work, uint64_t base_done);

#endif
