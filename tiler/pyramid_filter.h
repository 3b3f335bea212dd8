/* tiler/pyramid_filter.h: the walk where overviews look beyond their own children, or tiles have a buffer; private to
 * the walk.
 *
 * Above the metatiles a tile depends on the 4 x 4 tiles of the next zoom that its quad of children is the middle of:
 * on its children, and on a few pixels along the edges of the twelve around them. Each of these that exists deposits
 * its pixels in a buffer of the tile's own as soon as it has them; whoever brings the last one finishes the tile, which
 * then deposits in its turn. So nobody waits, and the order of the deposits changes nothing.
 *
 * Metatiles are begun in one order (along the Hilbert curve, or row by row) by all workers together, so that the
 * waiting tiles are those along the border of what is done, and no more than a walk through the list foretells
 * (imx_pyramid_forecast_waiting), but for what the metatiles in hand of further workers hold up: of each zoom nine
 * tiles at most for each.
 */
#ifndef IMX_TILER_PYRAMID_FILTER_H
#define IMX_TILER_PYRAMID_FILTER_H

#include "tiler/metatile.h"

/* Walks it all. lanes: one for each worker of the walk's pool. */
IMX_MUST_USE imx_status imx_filtered_run(const imx_walk *walk, imx_lane *lanes, imx_error *err);

#endif
