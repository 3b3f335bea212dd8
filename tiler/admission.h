/* tiler/admission.h: what a plan takes in memory, and how a budget is shared out before work begins. The tiles depend
 * on none of it. */
#ifndef IMX_TILER_ADMISSION_H
#define IMX_TILER_ADMISSION_H

#include "tiler/plan.h"

typedef struct imx_shares {
    imx_render_options render; /* with as many workers as there is room for */
    /* ROWS: each strip is decoded about once if a row of metatiles finds its rows of the source in memory. So metatiles
     * are the flatter the wider the sources are: imx_pyramid.flatter. */
    uint32_t flatter;
    /* ROWS: memory that is missing for that, with one worker and metatiles as flat as can be; 0: none is. */
    size_t rows_short_bytes;
} imx_shares;

/* Shares a memory budget out for one chain of the plan: as many workers (at most `workers`) as there is room for, a
 * source window each, and the rest for the block cache. IMX_E_USAGE if not even one worker has room: the text says how
 * much it takes. */
IMX_MUST_USE imx_status imx_plan_share_memory(const imx_plan *plan, const imx_chain *chain, size_t memory_bytes,
                                              unsigned workers, imx_error *err, imx_shares *out);

#endif
