/* tiler/specks.h: scenes that are too small for the output: where no pixel's centre lies in one, and the resampling
 * looks at centres, it does not show. */
#ifndef IMX_TILER_SPECKS_H
#define IMX_TILER_SPECKS_H

#include "engine/base/log.h"
#include "tiler/plan.h"

/* Warns of each such scene by name, of many by how many more they are. The plan's footprints and limits are known. */
IMX_MUST_USE imx_status imx_specks_warn(const imx_plan *plan, imx_log *log, imx_error *err);

#endif
