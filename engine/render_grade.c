/* engine/render_grade.c: data that become pictures once the scenes are joined: graded pixel by pixel, or as light and
 * slope, which ask a pixel's neighbours. */
#include <string.h>

#include "engine/look.h"
#include "engine/planes.h"
#include "engine/render_context_impl.h"
#include "engine/render_margin.h"

/* Data as a picture. */
imx_status imx_render_graded(imx_render_context *context, size_t count, const imx_cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    imx_status status = imx_render_need_planes(context, renderer->options.type, err, &context->planes);
    if (status != IMX_OK) {
        return status;
    }
    imx_pixels planes = imx_pixels_crop(&context->planes, 0, 0, out->width, out->height);
    status = imx_render_planes(context, count, at, &planes, err, look);
    if (status == IMX_OK && !(*look & IMX_LOOK_EMPTY)) {
        imx_grade_apply(renderer->grade, &planes, out);
        *look = imx_pixels_look(renderer->kernels, out);
    }
    return status;
}

/* ---- light and slope ---- */

/* One part of the heights; where there is nothing they are not valid. */
static imx_status render_part(imx_render_context *context, const imx_margin_part *part, const imx_pixels *grown,
                              imx_error *err) {
    const imx_cell_place at = imx_render_place_of(context, part->x, part->y);
    const imx_box box = {(double)part->x, (double)part->y, (double)(part->x + part->w), (double)(part->y + part->h)};
    imx_pixels heights = imx_pixels_crop(grown, part->at_x, part->at_y, part->w, part->h);
    unsigned look = IMX_LOOK_EMPTY;
    size_t count;
    imx_status status = imx_render_find(context, &box, err, &count);
    status = status ? status : imx_render_planes(context, count, &at, &heights, err, &look);
    for (int32_t y = 0; status == IMX_OK && look & IMX_LOOK_EMPTY && y < part->h; y++) {
        memset(imx_planes_valid(&heights, 0, y), 0, (size_t)part->w);
    }
    return status;
}

static imx_status need_relief(imx_render_context *context, imx_error *err) {
    const imx_renderer *renderer = context->renderer;
    const imx_type type = imx_relief_type(imx_grade_relief_kind(renderer->grade));
    imx_status status = imx_render_need_planes(context, renderer->options.type, err, &context->planes);
    if (status == IMX_OK && !context->surface.data) {
        status = imx_pixels_create_planar(context->memory, type, 1, context->max_w, context->max_h, 0, err,
                                          &context->surface);
    }
    if (status == IMX_OK && !context->ground) {
        status = imx_ground_create(context->memory, renderer->space, err, &context->ground);
    }
    return status;
}

imx_status imx_render_relief(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                             unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    const int32_t grown_w = out->width + 2 * IMX_MARGIN_PX, grown_h = out->height + 2 * IMX_MARGIN_PX;
    imx_margin_part parts[IMX_MARGIN_PARTS];
    const size_t count =
        imx_margin_parts(renderer->space, renderer->options.cell_px, x, y, out->width, out->height, parts);
    imx_status status = imx_render_need_warper(context, grown_w, grown_h, err);
    status = status ? status : need_relief(context, err);
    if (status != IMX_OK) {
        return status;
    }
    imx_pixels grown = imx_pixels_crop(&context->planes, 0, 0, grown_w, grown_h);
    for (int32_t row = 0; row < grown_h; row++) {
        memset(imx_planes_valid(&grown, 0, row), 0, (size_t)grown_w);
    }
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        status = render_part(context, &parts[i], &grown, err);
    }
    if (status == IMX_OK) {
        imx_pixels surface = imx_pixels_crop(&context->surface, 0, 0, out->width, out->height);
        imx_grade_apply_relief(renderer->grade, context->ground, &grown, x, y, &surface, out);
        *look = imx_pixels_look(renderer->kernels, out);
    }
    return status;
}
