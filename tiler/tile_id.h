/* tiler/tile_id.h: Hilbert order. The id of PMTiles v3 (specification, 4.1 "Tile ID"): zooms in ascending order, within
 * a zoom the Hilbert curve of the 2^z x 2^z square, from the top left to the top right corner. The walk visits in the
 * same order. Pure functions; z <= 31. */
#ifndef IMX_TILER_TILE_ID_H
#define IMX_TILER_TILE_ID_H

#include "tiler/grid.h"

/* Within the zoom; x and y below 2^z. */
uint64_t imx_hilbert_index(uint32_t z, uint32_t x, uint32_t y);
uint64_t imx_tile_id(imx_tile tile);
/* An id beyond the last of z = 31 gives {32, 0, 0}, which no grid has. */
imx_tile imx_tile_from_id(uint64_t id);
/* The four children of a tile in Hilbert order. */
void imx_tile_children(imx_tile tile, imx_tile children[4]);
/* <0, 0, >0: zoom first, then, in grids of several squares side by side (WorldCRS84Quad), the squares row by row from
 * the top left, then the Hilbert curve within the square. Within one square this is the order of the ids. */
int imx_tile_compare(imx_tile a, imx_tile b);

#endif
