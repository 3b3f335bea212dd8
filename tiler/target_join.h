/* tiler/target_join.h: one extent around many, where x may be cyclic. */
#ifndef IMX_TILER_TARGET_JOIN_H
#define IMX_TILER_TARGET_JOIN_H

#include "engine/base/memory.h"
#include "tiler/grid_raster.h"

/* All of them together, and the finest resolution: from the lowest x to the highest, as they are written; where x comes
 * again after a period (0: never), and the narrowest interval that holds them all is narrower than that, this one, its
 * beginning in [-period/2, period/2). Empty ones do not count. Only that of many can fail, for want of memory. */
IMX_MUST_USE imx_status imx_target_join(imx_memory *memory, const imx_raster_extent *each, size_t count, double period,
                                        imx_error *err, imx_raster_extent *out);
/* Moves an extent by periods, so that it begins within one of them after x. */
void imx_target_move_behind(imx_raster_extent *extent, double x, double period);
/* The tolerance of such comparisons, CRS units: what is closer is the same. */
double imx_target_close(const imx_raster_extent *extent);

#endif
