/* tiler/places.h: where a plan's scenes lie in its chains: the part of the analyse pass that asks transforms. */
#ifndef IMX_TILER_PLACES_H
#define IMX_TILER_PLACES_H

#include "engine/base/log.h"
#include "tiler/plan.h"

/* Of each asset the resolution that keeps its detail on the grid, and how PROJ gets there. */
IMX_MUST_USE imx_status imx_places_measure(imx_plan *plan, imx_error *err);
/* The plan's chains, with the levels that are read (overviews: the files' are used), footprints, and limits. A scene
 * may lie outside of some chains' matrices; IMX_E_INPUT: outside of all. */
IMX_MUST_USE imx_status imx_places_find(imx_plan *plan, bool overviews, imx_log *log, imx_error *err);
/* What all of that covers, degrees. */
IMX_MUST_USE imx_status imx_places_bounds(imx_plan *plan, imx_error *err);

#endif
