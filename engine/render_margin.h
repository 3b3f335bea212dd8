/* engine/render_margin.h: what a rectangle is made of once it has grown by a pixel on each side: parts that each lie in
 * one cell of the transform grid, across the antimeridian where the space wraps; what lies outside of the space is
 * nothing. */
#ifndef IMX_ENGINE_RENDER_MARGIN_H
#define IMX_ENGINE_RENDER_MARGIN_H

#include "engine/transform.h"

enum { IMX_MARGIN_PX = 1, IMX_MARGIN_PARTS = 9 };

typedef struct imx_margin_part {
    int64_t x, y;       /* output px */
    int32_t at_x, at_y; /* where that is in the grown rectangle */
    int32_t w, h;
} imx_margin_part;

/* Of a rectangle (not grown yet) within one cell, itself within the space. Returns how many. */
size_t imx_margin_parts(const imx_space *space, int32_t cell_px, int64_t x, int64_t y, int32_t w, int32_t h,
                        imx_margin_part parts[IMX_MARGIN_PARTS]);

#endif
