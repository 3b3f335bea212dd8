/* tiler/target_cover.h: what scenes cover in a CRS, for a raster that is to hold all of them. */
#ifndef IMX_TILER_TARGET_COVER_H
#define IMX_TILER_TARGET_COVER_H

#include "engine/crs.h"
#include "tiler/grid_raster.h"
#include "tiler/plan.h"

/* The boxes of the places of each of the plan's scenes, to a 64th of a source pixel, and the resolution that keeps its
 * detail (res_x = res_y); min > max where nothing of it can be shown. What lies beyond the CRS's own ends does not
 * count: in a cylindrical map half its width to the north and south (the square of a web map; in Mercator's the poles
 * are at infinity), in any map 1e8 m from the origin. */
IMX_MUST_USE imx_status imx_target_cover(const imx_plan *plan, const char *crs, const imx_crs_facts *facts,
                                         imx_error *err, imx_raster_extent *each);
/* Ends of a cyclic CRS that an extent all but reaches are reached. true: it goes all round, exactly once. */
bool imx_target_reach_ends(const imx_crs_facts *facts, imx_raster_extent *extent);

#endif
