/* engine/collar.h: the black or white frame around a delivered scene: where its pixels are not data.
 *
 * The collar is what hangs together with the raster's border (sharing sides, not corners) through pixels whose bands
 * are all within so many steps of black, or all within so many of white, or that are invalid anyway: a flood from the
 * outside, so that dark water or bright snow inside is never touched. Black is 0; white is the largest number that the
 * samples of a band can be, by their type or by the fewer bits that the file says are used (imx_asset_largest()): 255
 * of 8 bits, 4095 of 12, 65535 of 16, 127 and 32767 of 8 and 16 with a sign, and likewise of 32. Floats, and 64 bits,
 * have no white: of them only what is near 0 is a collar. Pictures are judged as they are shown, 0 to 255. GDAL's
 * nearblack -alg floodfill means the same, of 8 bits.
 *
 * What it costs. The flood goes from block to block of the level that is read, and enters only those that it reaches:
 * the border's, and those that have some of the collar. Of a raster in tiles these blocks are decoded once before the
 * job (a scene of 8192 x 8192 px without a collar: 124 of its 1024 blocks), of a raster in strips all are, since each
 * strip has two ends. Blocks that lie in the collar whole are not decoded again. Kept are two bits a pixel of the
 * blocks that the collar's edge runs through, one when the flood is over, and nothing but a few bytes of those that are
 * inside or outside of it whole: of 65536 x 65536 px some 30 MB with straight edges, 1 GB at worst (noise all over the
 * raster, in reach of the border), which --memory bounds.
 *
 * The set of pixels is a function of the raster alone. Immutable once found: thread-safe. Collars of different assets
 * can be found side by side.
 */
#ifndef IMX_ENGINE_COLLAR_H
#define IMX_ENGINE_COLLAR_H

#include "engine/source.h"

typedef struct imx_collar imx_collar;

typedef struct imx_collar_stats {
    uint64_t collar_px, all_px; /* with those that were invalid before */
    uint64_t blocks_read, blocks;
} imx_collar_stats;

/* One without a level: nothing is in it yet. within: steps, 0 or more. */
IMX_MUST_USE imx_status imx_collar_create(imx_memory *memory, int32_t within, imx_error *err, imx_collar **out);
void imx_collar_destroy(imx_collar **collar);
int32_t imx_collar_within(const imx_collar *collar);
/* Finds what of a level of the asset, whose collar this is, lies in it. Reads the raster; its errors. */
IMX_MUST_USE imx_status imx_collar_find(imx_collar *collar, const imx_kernels *kernels, const imx_asset *asset,
                                        int32_t level, imx_error *err, imx_collar_stats *stats);
bool imx_collar_knows(const imx_collar *collar, int32_t level);

/* Whether all of a block lies in it; false at a level that is not known. */
bool imx_collar_holds(const imx_collar *collar, int32_t level, int32_t column, int32_t row);
/* Makes what of a block lies in it invalid: w x h pixels, as imx_source_read_block() lays them out. */
void imx_collar_apply(const imx_collar *collar, const imx_asset *asset, int32_t level, int32_t column, int32_t row,
                      int32_t w, int32_t h, uint8_t *pixels, ptrdiff_t row_stride);

#endif
