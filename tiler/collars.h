/* tiler/collars.h: the collars of a plan's scenes (--collar): engine/collar.h at the levels that are read. */
#ifndef IMX_TILER_COLLARS_H
#define IMX_TILER_COLLARS_H

#include "engine/base/log.h"
#include "tiler/plan.h"

/* Gives every asset a collar of so many steps, which is still to be found. */
IMX_MUST_USE imx_status imx_collars_create(imx_plan *plan, int32_t within, imx_error *err);
/* Finds those that there are, at the level that the job reads and at the one that statistics are taken from, if any
 * are. Reads rasters; an error names one. */
IMX_MUST_USE imx_status imx_collars_find(imx_plan *plan, imx_log *log, imx_error *err);

#endif
