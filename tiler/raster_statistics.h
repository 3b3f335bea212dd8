/* tiler/raster_statistics.h: count, minimum, maximum, mean and deviation of the bands of a raster, for people.
 *
 * Quickly: of the pixels that stand for all of it in percentiles, too (engine/layer_sample.h): the finest overview of a
 * million pixels at most, or a regular sample of blocks. Or of all pixels. One block is in memory at a time; blocks are
 * taken in order and joined as those of a GeoTIFF are, so that numbers are a function of the raster alone. */
#ifndef IMX_TILER_RASTER_STATISTICS_H
#define IMX_TILER_RASTER_STATISTICS_H

#include "engine/scene.h"
#include "tiler/cog.h"

typedef void (*imx_measure_progress_fn)(void *context, double share); /* 0..1 */

typedef struct imx_measure_options {
    bool whole;                       /* all pixels; otherwise quickly */
    imx_measure_progress_fn progress; /* NULL: not wanted */
    void *context;
} imx_measure_options;

typedef struct imx_measured {
    int32_t level, width, height; /* that was read, and its size */
    uint64_t blocks, of_blocks;   /* read, of so many */
    uint64_t pixels;              /* read */
    double share;                 /* of the raster's own pixels: 1: all of them */
} imx_measured;

/* asset: data. bands: asset->data_count of them, in samples as stored; NaN never counts. */
IMX_MUST_USE imx_status imx_raster_measure(imx_memory *memory, const imx_asset *asset,
                                           const imx_measure_options *options, imx_error *err, imx_cog_summary *bands,
                                           imx_measured *out);
/* Which part of the pixels is valid (of a picture: not transparent), of the same sample. asset: any; of data whose
 * bands have validities of their own, the first band's. */
IMX_MUST_USE imx_status imx_raster_count_valid(imx_memory *memory, const imx_asset *asset, bool whole, imx_error *err,
                                               double *part, imx_measured *out);

#endif
