/* engine/layer_percentiles.h: percentiles of a whole layer: of all its scenes together, never of a tile.
 *
 * What is read of a scene: engine/layer_sample.h; twice where samples are floats. Valid pixels count, each for as many
 * as it stands for, overlapping scenes each for their own; NaN and infinities do not. Of a job with limits the layer is
 * what lies within them: only pixels count whose centre does, of a sample of the blocks that have any
 * (engine/layer_limits.h). If no pixel of the sample is valid the coarsest levels are read whole, and if none of these
 * is (a limit smaller than a pixel), those of the whole scenes. Scenes are read in their order on one thread, so that
 * the result is a function of the scenes alone.
 *
 * The p-th percentile is the smallest value that at least p % of the pixels do not exceed: 0 the least one, 100 the
 * largest one. Of 8- and 16-bit samples it is exact (a histogram with a bin for each). Of floats: first a histogram by
 * the upper 16 bits of their order-preserving form finds out where the percentiles lie (to 1/128 of a value, however
 * far single ones are away), then 65536 equal bins over that range, whose middles stand for their values.
 */
#ifndef IMX_ENGINE_LAYER_PERCENTILES_H
#define IMX_ENGINE_LAYER_PERCENTILES_H

#include "engine/layer.h"
#include "engine/layer_limits.h"
#include "kernels/kernels.h"

typedef struct imx_percentiles {
    double percent[2]; /* asked for: 0..100 */
    double value[2];   /* found; NaN where the band has no valid pixel */
} imx_percentiles;

typedef struct imx_layer_read { /* for reports */
    uint64_t pixels, valid;     /* read; of band 1 */
} imx_layer_read;

/* Of the bands of the scenes (data, as planes says), each asset sampled for itself, in values. limits NULL: there are
 * none. bands: planes->bands of them. */
IMX_MUST_USE imx_status imx_layer_percentiles(imx_memory *memory, const imx_kernels *kernels, const imx_scene *scenes,
                                              size_t scene_count, const imx_layer_planes *planes,
                                              const imx_layer_limits *limits, imx_error *err, imx_percentiles *bands,
                                              imx_layer_read *read);

#endif
