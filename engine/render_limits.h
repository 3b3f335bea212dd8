/* engine/render_limits.h: what of a rectangle of output pixels lies in all of a job's regions; private to the renderer.
 */
#ifndef IMX_ENGINE_RENDER_LIMITS_H
#define IMX_ENGINE_RENDER_LIMITS_H

#include "engine/base/pixels.h"
#include "engine/region.h"

typedef struct imx_render_limits { /* scratch of one worker: zero before, cleared after */
    imx_region_scan scan;
    uint8_t *inside; /* 255 or 0 */
    size_t room;
} imx_render_limits;

typedef struct imx_render_part { /* px of the rectangle: around all pixels that are inside; w 0: none is */
    int32_t x, y, w, h;
    bool cut; /* some pixel of the rectangle is outside */
} imx_render_part;

void imx_render_limits_clear(imx_memory *memory, imx_render_limits *limits);
/* Whether any pixel of the box may lie in all regions. */
bool imx_render_limits_touch(const imx_region *const *regions, size_t count, const imx_box *box);
/* The part of the box that the boxes around the regions leave. */
imx_box imx_render_limits_crop(const imx_region *const *regions, size_t count, const imx_box *box);
IMX_MUST_USE imx_status imx_render_limits_find(imx_memory *memory, imx_render_limits *limits,
                                               const imx_region *const *regions, size_t count, int64_t x, int64_t y,
                                               int32_t w, int32_t h, imx_error *err, imx_render_part *out);
/* Clears the pixels of the rectangle that are outside, after imx_render_limits_find() of it said that some are. What is
 * not in the part has not been written. */
void imx_render_limits_apply(const imx_render_limits *limits, const imx_render_part *part, imx_pixels *pixels);

#endif
