/* engine/layer_sample.h: which blocks of a raster stand for all of it in statistics.
 *
 * The finest overview with at most IMX_SAMPLE_PX pixels (or the raster itself, if it has no more) is read whole. Where
 * there is none, a regular sample of the coarsest level's blocks: one in IMX_SAMPLE_SHARE, but IMX_SAMPLE_BLOCKS at
 * least, evenly spread over rows and columns of blocks. A pixel that is read stands for as many of the raster's as
 * there are to each one read. All of this is a function of the asset alone.
 *
 * Where all that comes to more than IMX_SAMPLE_LAYER_PX pixels (some seconds of reading), only every n-th scene is
 * read, so that it does not: a job of thousands of small scenes, without overviews, is not decoded twice.
 */
#ifndef IMX_ENGINE_LAYER_SAMPLE_H
#define IMX_ENGINE_LAYER_SAMPLE_H

#include "engine/source.h"

#define IMX_SAMPLE_PX (1 << 20)
#define IMX_SAMPLE_SHARE 32
#define IMX_SAMPLE_BLOCKS 16
#define IMX_SAMPLE_LAYER_PX (1 << 28)

typedef struct imx_sample {
    int32_t level;
    imx_block_layout layout;
    int32_t columns, rows; /* of blocks that are read */
} imx_sample;

/* whole: all blocks of the coarsest level. */
imx_sample imx_sample_of(const imx_asset *asset, bool whole);
/* That n. */
size_t imx_sample_step(const imx_scene *scenes, size_t scene_count);
/* The block in a column and row of the sample. */
int32_t imx_sample_column(const imx_sample *sample, int32_t column);
int32_t imx_sample_row(const imx_sample *sample, int32_t row);

#endif
