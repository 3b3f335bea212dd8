/* tiler/limits.h: the areas that a job is limited to (--bbox, --cutline), in its plan: read first, placed when the
 * output space is known; scenes that lie outside leave the plan. */
#ifndef IMX_TILER_LIMITS_H
#define IMX_TILER_LIMITS_H

#include "engine/base/log.h"
#include "tiler/plan.h"

typedef struct imx_limits_options {
    bool has_box;
    double box[4];               /* west, south, east, north */
    const char *box_crs;         /* NULL: degrees on WGS 84 */
    imx_cutline_options cutline; /* path NULL: none */
} imx_limits_options;

/* Fills plan->outlines. Errors as those of engine/outline.h. */
IMX_MUST_USE imx_status imx_limits_read(imx_plan *plan, const imx_limits_options *options, imx_error *err);
/* Fills the regions of each chain, for its space and where its footprints are; in place of those that there were. */
IMX_MUST_USE imx_status imx_limits_place(imx_plan *plan, imx_error *err);
/* Removes the scenes that no limit leaves a pixel of, with their footprints; *dropped of them.
 * IMX_E_INPUT: none is left. */
IMX_MUST_USE imx_status imx_limits_drop(imx_plan *plan, imx_log *log, imx_error *err, size_t *dropped);
/* Whether every region of the chain touches the box. */
bool imx_limits_touch(const imx_chain *chain, const imx_box *box);
/* Whether every region of it covers it. */
bool imx_limits_cover(const imx_chain *chain, const imx_box *box);
/* "--bbox" or "--cutline", for messages. */
const char *imx_limit_option(size_t limit);
/* Says that no scene is left. */
imx_status imx_limits_none_left(const imx_plan *plan, imx_error *err);
/* Removes one scene with what belongs to it. */
void imx_limits_drop_scene(imx_plan *plan, size_t i);

#endif
