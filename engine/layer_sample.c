/* engine/layer_sample.c: see the header. */
#include "engine/layer_sample.h"

#include <math.h>

static double level_px(const imx_asset *asset, int32_t level) {
    const imx_block_layout layout = imx_asset_blocks(asset, level);
    return (double)layout.level_w * layout.level_h;
}

static int32_t at_most(int64_t value, int32_t limit) { return value < limit ? (int32_t)value : limit; }

imx_sample imx_sample_of(const imx_asset *asset, bool whole) {
    imx_sample sample = {.level = 0};
    while (sample.level < asset->overview_count && level_px(asset, sample.level) > IMX_SAMPLE_PX) {
        sample.level++;
    }
    sample.layout = imx_asset_blocks(asset, sample.level);
    sample.columns = sample.layout.columns;
    sample.rows = sample.layout.rows;
    if (whole || level_px(asset, sample.level) <= IMX_SAMPLE_PX) {
        return sample;
    }
    const int64_t blocks = (int64_t)sample.columns * sample.rows, share = (blocks - 1) / IMX_SAMPLE_SHARE + 1;
    const int64_t wanted = share > IMX_SAMPLE_BLOCKS ? share : IMX_SAMPLE_BLOCKS;
    if (wanted >= blocks) {
        return sample;
    }
    const int64_t apart = (int64_t)sqrt((double)blocks / (double)wanted); /* at least 1 */
    sample.columns = at_most((sample.columns - 1) / apart + 1, sample.layout.columns);
    sample.rows = at_most((wanted - 1) / sample.columns + 1, sample.layout.rows);
    return sample;
}

size_t imx_sample_step(const imx_scene *scenes, size_t scene_count) {
    double px = 0;
    for (size_t i = 0; i < scene_count; i++) {
        for (size_t k = 0; k < scenes[i].asset_count; k++) {
            const imx_sample sample = imx_sample_of(&scenes[i].assets[k], false);
            const imx_block_layout *l = &sample.layout;
            px += (double)sample.columns * sample.rows / ((double)l->columns * l->rows) * l->level_w * l->level_h;
        }
    }
    return px > IMX_SAMPLE_LAYER_PX ? (size_t)ceil(px / IMX_SAMPLE_LAYER_PX) : 1;
}

/* The middle of the i-th of `parts` equal parts of `all`. */
static int32_t middle(int32_t i, int32_t parts, int32_t all) {
    return (int32_t)((2 * (int64_t)i + 1) * all / (2 * (int64_t)parts));
}

int32_t imx_sample_column(const imx_sample *sample, int32_t column) {
    return middle(column, sample->columns, sample->layout.columns);
}

int32_t imx_sample_row(const imx_sample *sample, int32_t row) { return middle(row, sample->rows, sample->layout.rows); }
