/* engine/render_context.c: one worker's half of the renderer. Opens what it needs when it needs it, keeps the most
 * recently used, and sends each rectangle the way that its pixels take. */
#include <math.h>

#include "engine/look.h"
#include "engine/render_context_impl.h"

imx_status imx_render_context_create(imx_renderer *renderer, imx_error *err, imx_render_context **out) {
    imx_render_context *context = imx_calloc(renderer->memory, 1, sizeof *context);
    if (!context) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a worker");
    }
    context->renderer = renderer;
    context->memory = renderer->memory;
    context->open.renderer = renderer;
    context->open.memory = renderer->memory;
    *out = context;
    return IMX_OK;
}

static void free_scratch(imx_render_context *context) {
    imx_warper_destroy(&context->warper);
    imx_mosaic_destroy(&context->mosaic);
    imx_pixels_destroy(context->memory, &context->layer);
    imx_pixels_destroy(context->memory, &context->own);
    imx_pixels_destroy(context->memory, &context->cover);
    imx_pixels_destroy(context->memory, &context->planes);
    imx_pixels_destroy(context->memory, &context->surface);
}

void imx_render_context_destroy(imx_render_context **context) {
    if (context && *context) {
        imx_memory *memory = (*context)->memory;
        imx_open_close_all(&(*context)->open);
        free_scratch(*context);
        imx_ground_destroy(&(*context)->ground);
        imx_render_limits_clear(memory, &(*context)->limits);
        imx_free(memory, (*context)->found);
        imx_free(memory, *context);
        *context = NULL;
    }
}

/* ---- scratch ---- */

imx_status imx_render_need_warper(imx_render_context *context, int32_t width, int32_t height, imx_error *err) {
    const imx_renderer *renderer = context->renderer;
    if (width > context->max_w || height > context->max_h) {
        free_scratch(context);
        context->max_w = width > context->max_w ? width : context->max_w;
        context->max_h = height > context->max_h ? height : context->max_h;
    }
    return context->warper ? IMX_OK
                           : imx_warper_create(context->memory, renderer->kernels, renderer->cache,
                                               renderer->options.resample, renderer->options.window_bytes,
                                               context->max_w, context->max_h, err, &context->warper);
}

/* With coverage. */
static int32_t planes_of(const imx_render_options *options) { return options->bands + (options->coverage ? 1 : 0); }

imx_status imx_render_need_planes(imx_render_context *context, imx_type type, imx_error *err, imx_pixels *out) {
    const int32_t bands = planes_of(&context->renderer->options);
    if (out->data && out->type == type) {
        return IMX_OK;
    }
    imx_pixels_destroy(context->memory, out);
    return imx_pixels_create_planar(context->memory, type, bands, context->max_w, context->max_h, bands, err, out);
}

imx_status imx_render_need_mosaic(imx_render_context *context, imx_error *err) {
    const imx_renderer *renderer = context->renderer;
    imx_status status = IMX_OK;
    if (renderer->options.bands) {
        return context->layer.data ? IMX_OK
                                   : imx_render_need_planes(context, renderer->options.type, err, &context->layer);
    }
    if (!context->mosaic) {
        status = imx_mosaic_create(context->memory, renderer->kernels, renderer->options.mosaic, context->max_w,
                                   context->max_h, err, &context->mosaic);
    }
    if (status == IMX_OK && !context->layer.data) {
        status = imx_pixels_create_rgba8(context->memory, context->max_w, context->max_h, err, &context->layer);
    }
    return status;
}

/* ---- rendering ---- */

imx_cell_place imx_render_place_of(const imx_render_context *context, int64_t x, int64_t y) {
    const int64_t cell = context->renderer->options.cell_px;
    imx_cell_place at = {.x = (int32_t)(x & (cell - 1)), /* a power of two: the remainder, for negative positions too */
                         .y = (int32_t)(y & (cell - 1))};
    at.cx = (x - at.x) / cell;
    at.cy = (y - at.y) / cell;
    return at;
}

/* False unless the rectangle lies within one cell. */
static bool find_place(const imx_render_context *context, int64_t x, int64_t y, const imx_pixels *out,
                       imx_cell_place *at) {
    const int32_t cell = context->renderer->options.cell_px;
    *at = imx_render_place_of(context, x, y);
    const imx_render_options *options = &context->renderer->options;
    bool suits = options->bands && !context->renderer->grade
                     ? !imx_pixels_is_rgba8(out) && out->bands == planes_of(options) && out->type == options->type &&
                           out->valid && (out->bands == 1 || out->valid_band_stride)
                     : imx_pixels_is_rgba8(out);
    return suits && out->width >= 1 && out->height >= 1 && at->x + out->width <= cell && at->y + out->height <= cell;
}

imx_status imx_render_find(imx_render_context *context, const imx_box *box, imx_error *err, size_t *count) {
    const imx_scene_index *index = context->renderer->index;
    *count = imx_scene_index_query(index, box, context->found, context->found_room);
    if (*count > context->found_room) {
        uint32_t *grown = imx_realloc(context->memory, context->found, *count * 2 * sizeof *grown);
        if (!grown) {
            return imx_fail(err, IMX_E_NOMEM, "out of memory for a list of %zu scenes", *count);
        }
        context->found = grown;
        context->found_room = *count * 2;
        *count = imx_scene_index_query(index, box, context->found, context->found_room);
    }
    return IMX_OK;
}

/* Whatever regions say. */
static imx_status render_rectangle(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                                   unsigned *look) {
    imx_cell_place at;
    if (!find_place(context, x, y, out, &at)) {
        return imx_fail(err, IMX_E_INTERNAL, "a rectangle of %d x %d pixels at %lld, %lld is not within one grid cell",
                        (int)out->width, (int)out->height, (long long)x, (long long)y);
    }
    imx_box box = {(double)x, (double)y, (double)x + out->width, (double)y + out->height};
    size_t count;
    imx_status status = imx_render_find(context, &box, err, &count);
    if (status == IMX_OK && count) {
        status = imx_render_need_warper(context, out->width, out->height, err);
    }
    *look = IMX_LOOK_EMPTY;
    if (status != IMX_OK || count == 0) {
        return status;
    }
    const imx_renderer *renderer = context->renderer;
    if (imx_grade_relief_kind(renderer->grade) != IMX_RELIEF_NONE) {
        return imx_render_relief(context, x, y, out, err, look);
    }
    return (renderer->grade           ? imx_render_graded
            : renderer->options.bands ? imx_render_planes
                                      : imx_render_pictures)(context, count, &at, out, err, look);
}

imx_status imx_render(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                      unsigned *look) {
    const imx_render_options *options = &context->renderer->options;
    imx_render_part part;
    imx_status status = imx_render_limits_find(context->memory, &context->limits, options->regions,
                                               options->region_count, x, y, out->width, out->height, err, &part);
    *look = IMX_LOOK_EMPTY;
    if (status != IMX_OK || part.w == 0) {
        return status;
    }
    imx_pixels inner = imx_pixels_crop(out, part.x, part.y, part.w, part.h);
    status = render_rectangle(context, x + part.x, y + part.y, &inner, err, look);
    if (status == IMX_OK && part.cut && !(*look & IMX_LOOK_EMPTY)) {
        imx_render_limits_apply(&context->limits, &part, out);
        *look = imx_pixels_look(context->renderer->kernels, out);
    }
    return status;
}

imx_status imx_render_row(imx_render_context *context, const imx_box *box, imx_error *err, double *row) {
    double x = (box->min_x + box->max_x) / 2, y = (box->min_y + box->max_y) / 2;
    size_t count;
    imx_transform *transform;
    imx_status status = imx_render_find(context, box, err, &count);
    *row = y;
    if (status != IMX_OK || count == 0) {
        return status;
    }
    const imx_asset_id id = {context->found[count - 1], 0};
    status = imx_open_transform(&context->open, id, err, &transform);
    if (status == IMX_OK) {
        const imx_box *extent = &context->renderer->footprint_list[id.scene]->box;
        imx_transform_inverse(transform, 1, &x, &y);
        double down = y / imx_open_asset_of(&context->open, id)->height;
        *row = isfinite(down) ? extent->min_y + down * (extent->max_y - extent->min_y) : *row;
    }
    return status;
}
