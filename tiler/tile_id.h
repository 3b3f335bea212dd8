/* tiler/tile_id.h: Hilbert order. The id of PMTiles v3 (specification, 4.1 "Tile ID"): zooms in ascending order, within a zoom
 * the Hilbert curve of the 2^z x 2^z square. The walk visits in the same order. Pure functions; z <= 31. */
#ifndef IMX_TILER_TILE_ID_H
#define IMX_TILER_TILE_ID_H

#include "tiler/grid.h"

uint64_t imx_hilbert_index(uint32_t z, uint32_t x, uint32_t y); /* within the zoom */
uint64_t imx_tile_id(imx_tile tile);
imx_tile imx_tile_from_id(uint64_t id);
/* The four children of a tile in Hilbert order. */
void imx_tile_children(imx_tile tile, imx_tile children[4]);

#endif
