/* engine/layer_limits.h: which pixels of a raster lie within the limits of a job (--bbox, --cutline), and which of its
 * blocks stand for those: the sample of engine/layer_sample.h where a layer is a part of its scenes.
 *
 * A pixel is within if its centre, by the exact transform, lies in all regions. Rectangles of pixels that no edge comes
 * near are judged as a whole: by 5 x 5 exact points of them, and a tenth of their size around these; others are cut
 * into quarters, and at 8 px each pixel is asked.
 *
 * What is read: of the finest level whose blocks that meet the limits have at most IMX_SAMPLE_PX pixels, all of these
 * blocks. Where there is no such level, a regular sample of the coarsest one's: one in IMX_SAMPLE_SHARE, but
 * IMX_SAMPLE_BLOCKS at least. All of this is a function of the asset and the limits. Of an asset with a collar only
 * levels are taken at which that is known. */
#ifndef IMX_ENGINE_LAYER_LIMITS_H
#define IMX_ENGINE_LAYER_LIMITS_H

#include "engine/layer_sample.h"
#include "engine/region.h"

typedef struct imx_layer_limits {
    const imx_space *space;
    const imx_region *const *regions; /* of its pixels */
    size_t count;
} imx_layer_limits;

typedef enum imx_limits_side {
    IMX_LIMITS_OUTSIDE,
    IMX_LIMITS_ACROSS, /* some of its pixels may be within */
    IMX_LIMITS_INSIDE
} imx_limits_side;

typedef struct imx_limited_sample {
    int32_t level;
    imx_block_layout layout;
    uint8_t *sides; /* of each block that is to be read, row by row: ACROSS or INSIDE; OUTSIDE: it is not read */
    double all_px;  /* at level 0, of all blocks that meet the limits */
} imx_limited_sample;

/* transform: the asset's, onto the limits' space. whole: all blocks of the coarsest level that meet the limits. Errors:
 * of memory, and those of imx_transform_check(). Freed by imx_free(memory, out->sides). */
IMX_MUST_USE imx_status imx_limits_sample(imx_memory *memory, const imx_layer_limits *limits, imx_transform *transform,
                                          const imx_asset *asset, bool whole, imx_error *err, imx_limited_sample *out);
/* Sets each pixel of a window of the level (px: x, y, w, h) to 255 where it is within the limits, else to 0. */
IMX_MUST_USE imx_status imx_limits_pixels(const imx_layer_limits *limits, imx_transform *transform,
                                          const imx_asset *asset, int32_t level, const int32_t window[4],
                                          imx_error *err, uint8_t *inside);

#endif
