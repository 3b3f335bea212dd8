/* engine/render_ahead.c: where a box of output space lies in a source, roughly: for read-ahead. */
#include <math.h>

#include "engine/renderer_impl.h"

enum {
    SIDE = 5,     /* points along a side of the box that are asked where they lie */
    MARGIN_PX = 4 /* of the level: what kernels reach beyond */
};

bool imx_box_in_level(imx_transform *transform, const imx_box *box, const imx_asset *asset, int32_t level,
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
