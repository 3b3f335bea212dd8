/* engine/render_ahead.c: read-ahead: where a box of output space lies in its sources, roughly, is announced to them. */
#include <math.h>

#include "engine/render_context_impl.h"

enum {
    SIDE = 5,     /* points along a side of the box that are asked where they lie */
    MARGIN_PX = 4 /* of the level: what kernels reach beyond */
};

/* Where a box (output px) lies in a level of the asset, about: a window in px, within it. What it misses is at its
 * edges. false: nowhere. */
static bool find_window(imx_transform *transform, const imx_box *box, const imx_asset *asset, int32_t level,
                        int32_t window[4]) {
    const imx_block_layout layout = imx_asset_blocks(asset, level);
    double x[SIDE * SIDE], y[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        x[i] = box->min_x + (box->max_x - box->min_x) * (double)(i % SIDE) / (SIDE - 1);
        y[i] = box->min_y + (box->max_y - box->min_y) * (double)(i / SIDE) / (SIDE - 1);
    }
    imx_transform_inverse(transform, SIDE * SIDE, x, y);
    imx_box found = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        if (isfinite(x[i]) && isfinite(y[i])) {
            found = (imx_box){fmin(found.min_x, x[i]), fmin(found.min_y, y[i]), fmax(found.max_x, x[i]),
                              fmax(found.max_y, y[i])};
        }
    }
    const double scale_x = (double)layout.level_w / asset->width, scale_y = (double)layout.level_h / asset->height;
    const double left = fmax(found.min_x * scale_x - MARGIN_PX, 0), top = fmax(found.min_y * scale_y - MARGIN_PX, 0),
                 right = fmin(found.max_x * scale_x + MARGIN_PX, layout.level_w),
                 bottom = fmin(found.max_y * scale_y + MARGIN_PX, layout.level_h);
    if (!(right - left >= 1) || !(bottom - top >= 1)) {
        return false;
    }
    window[0] = (int32_t)left;
    window[1] = (int32_t)top;
    window[2] = (int32_t)right - window[0];
    window[3] = (int32_t)bottom - window[1];
    return true;
}

static void announce_asset(imx_render_context *context, imx_asset_id id, const imx_box *box) {
    const imx_asset *asset = imx_open_asset_of(&context->open, id);
    const int32_t level = imx_renderer_level(context->renderer, id.scene, id.asset);
    imx_transform *transform;
    imx_source *source;
    int32_t window[4];
    if (imx_open_transform(&context->open, id, NULL, &transform) == IMX_OK &&
        find_window(transform, box, asset, level, window) &&
        imx_open_source(&context->open, id, NULL, &source) == IMX_OK) {
        imx_source_announce(source, level, window);
    }
}

void imx_render_announce(imx_render_context *context, const imx_box *whole) {
    const imx_render_options *options = &context->renderer->options;
    const imx_box within = imx_render_limits_crop(options->regions, options->region_count, whole), *box = &within;
    size_t count, assets = 0;
    if (imx_render_find(context, box, NULL, &count) != IMX_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        assets += context->renderer->scenes[context->found[i]].asset_count;
    }
    for (size_t i = 0; i < count && assets <= IMX_OPEN_MAX / 4 /* more would push out what is in use */; i++) {
        const uint32_t scene = context->found[i];
        for (uint32_t k = 0; k < context->renderer->scenes[scene].asset_count; k++) {
            announce_asset(context, (imx_asset_id){scene, k}, box);
        }
    }
}
