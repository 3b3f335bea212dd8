/* engine/render_context.c: one worker's half of the renderer. Opens what it needs when it needs it, keeps the most
 * recently used, and renders rectangles: from the topmost scene down until nothing below can show. */
#include <math.h>
#include <string.h>

#include "engine/coverage.h"
#include "engine/look.h"
#include "engine/planes.h"
#include "engine/render_margin.h"
#include "engine/render_open.h"
#include "engine/warp.h"

struct imx_render_context {
    imx_renderer *renderer;
    imx_memory *memory;
    imx_open open;
    uint32_t *found; /* scenes of the rectangle, bottom first */
    size_t found_room;
    /* Scratch for rectangles up to this size; made when first wanted. */
    int32_t max_w, max_h;
    imx_warper *warper;
    imx_mosaic *mosaic;
    imx_pixels layer;
    imx_pixels own;     /* data: a scene's own type, where that is not the job's */
    imx_pixels planes;  /* data that are graded */
    imx_pixels surface; /* their light or slope */
    imx_ground *ground; /* under these; made when first wanted */
    imx_render_limits limits;
};

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

/* ---- scratch ------------------------------------------------------------------------------------------------- */

static imx_status need_warper(imx_render_context *context, int32_t width, int32_t height, imx_error *err) {
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

static imx_status need_planes(imx_render_context *context, imx_type type, imx_error *err, imx_pixels *out) {
    const int32_t bands = planes_of(&context->renderer->options);
    if (out->data && out->type == type) {
        return IMX_OK;
    }
    imx_pixels_destroy(context->memory, out);
    return imx_pixels_create_planar(context->memory, type, bands, context->max_w, context->max_h, bands, err, out);
}

static imx_status need_mosaic(imx_render_context *context, imx_error *err) {
    const imx_renderer *renderer = context->renderer;
    imx_status status = IMX_OK;
    if (renderer->options.bands) {
        return context->layer.data ? IMX_OK : need_planes(context, renderer->options.type, err, &context->layer);
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

/* ---- rendering ----------------------------------------------------------------------------------------------- */

typedef struct cell_place { /* the rectangle: its grid cell, and where in it */
    int64_t cx, cy;
    int32_t x, y;
} cell_place;

static cell_place place_of(const imx_render_context *context, int64_t x, int64_t y) {
    const int64_t cell = context->renderer->options.cell_px;
    cell_place at = {.x = (int32_t)(x & (cell - 1)), /* a power of two: the remainder, for negative positions too */
                     .y = (int32_t)(y & (cell - 1))};
    at.cx = (x - at.x) / cell;
    at.cy = (y - at.y) / cell;
    return at;
}

/* False unless the rectangle lies within one cell. */
static bool find_place(const imx_render_context *context, int64_t x, int64_t y, const imx_pixels *out, cell_place *at) {
    const int32_t cell = context->renderer->options.cell_px;
    *at = place_of(context, x, y);
    const imx_render_options *options = &context->renderer->options;
    bool suits = options->bands && !context->renderer->grade
                     ? !imx_pixels_is_rgba8(out) && out->bands == planes_of(options) && out->type == options->type &&
                           out->valid && (out->bands == 1 || out->valid_band_stride)
                     : imx_pixels_is_rgba8(out);
    return suits && out->width >= 1 && out->height >= 1 && at->x + out->width <= cell && at->y + out->height <= cell;
}

/* Fills context->found. */
static imx_status find_scenes(imx_render_context *context, const imx_box *box, imx_error *err, size_t *count) {
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

static imx_status warp_asset(imx_render_context *context, imx_asset_id id, const cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    imx_transform_grid *grid;
    imx_source *source;
    imx_status status = imx_open_grid_of(&context->open, id, at->cx, at->cy, err, &grid);
    if (status == IMX_OK) {
        status = imx_open_source(&context->open, id, err, &source);
    }
    if (status == IMX_OK) {
        const int32_t level = imx_renderer_level(context->renderer, id.scene, id.asset);
        const imx_block_key key = {.scene = id.scene, .asset = id.asset, .level = level};
        status = imx_warp(context->warper, grid, source, imx_open_asset_of(&context->open, id), &key, at->x, at->y, out,
                          err, look);
    }
    if (status == IMX_OK) { /* rows ask the transform for exact positions */
        status = imx_open_check(&context->open, id, err);
    }
    const char *name = context->renderer->scenes[id.scene].id;
    if (status != IMX_OK && err && !strstr(err->text, name)) {
        (void)imx_error_context(err, "%s", name);
    }
    return status;
}

static imx_status warp_picture(imx_render_context *context, uint32_t scene, const cell_place *at, imx_pixels *out,
                               imx_error *err, unsigned *look) {
    return warp_asset(context, (imx_asset_id){scene, 0}, at, out, err, look);
}

/* The first layer that is not empty is warped straight into out, and is the result unless another one follows. */
static imx_status render_scenes(imx_render_context *context, size_t count, const cell_place *at, imx_pixels *out,
                                imx_error *err, unsigned *look) {
    bool over = context->renderer->options.mosaic == IMX_MOSAIC_OVER;
    bool mosaic = false;
    imx_status status = IMX_OK;
    *look = IMX_LOOK_EMPTY;
    while (count && *look & IMX_LOOK_EMPTY && status == IMX_OK) {
        status = warp_picture(context, context->found[--count], at, out, err, look);
    }
    if (status != IMX_OK || count == 0 || (over && *look & IMX_LOOK_OPAQUE)) {
        return status;
    }
    status = need_mosaic(context, err);
    if (status != IMX_OK) {
        return status;
    }
    imx_pixels layer = imx_pixels_view_rgba8(context->layer.data, out->width, out->height, context->layer.row_stride);
    while (count && !(mosaic && imx_mosaic_full(context->mosaic))) {
        unsigned layer_look;
        status = warp_picture(context, context->found[--count], at, &layer, err, &layer_look);
        if (status == IMX_OK && !(layer_look & IMX_LOOK_EMPTY)) {
            if (!mosaic) {
                mosaic = true;
                imx_mosaic_begin(context->mosaic);
                status = imx_mosaic_add(context->mosaic, out, *look, NULL, 0, err);
            }
            if (status == IMX_OK) {
                status = imx_mosaic_add(context->mosaic, &layer, layer_look, NULL, 0, err);
            }
        }
        if (status != IMX_OK) {
            return status;
        }
    }
    return mosaic ? imx_mosaic_finish(context->mosaic, out, err, look) : IMX_OK;
}

/* ---- data ---- */

static bool is_scaled(const imx_asset *asset) {
    bool scaled = false;
    for (int32_t i = 0; i < asset->data_count; i++) {
        scaled = scaled || asset->data[i].scale != 1 || asset->data[i].offset != 0;
    }
    return scaled;
}

/* Of a plane of an asset's into one of the job's. */
static imx_conversion conversion_of(const imx_asset *asset, int32_t band, imx_type from, imx_type to, bool scaled) {
    if (band == asset->data_count) { /* coverage */
        return (imx_conversion){from, to, imx_type_opaque(to) / imx_type_opaque(from), 0};
    }
    const imx_data_band *b = &asset->data[band];
    return (imx_conversion){from, to, scaled ? b->scale : 1, scaled ? b->offset : 0};
}

/* An asset's planes in the job's type and units. */
static imx_status warp_data(imx_render_context *context, imx_asset_id id, const cell_place *at, imx_pixels *out,
                            imx_error *err, unsigned *look) {
    const imx_kernels *kernels = context->renderer->kernels;
    const imx_asset *asset = imx_open_asset_of(&context->open, id);
    const imx_type own_type = imx_asset_working_type(asset);
    const bool scaled = context->renderer->options.values && is_scaled(asset);
    if (own_type == out->type && !scaled) {
        return warp_asset(context, id, at, out, err, look);
    }
    imx_status status = need_planes(context, own_type, err, &context->own);
    if (status != IMX_OK) {
        return status;
    }
    const imx_pixels part = imx_pixels_bands(&context->own, 0, out->bands);
    imx_pixels own = imx_pixels_crop(&part, 0, 0, out->width, out->height);
    status = warp_asset(context, id, at, &own, err, look);
    if (status != IMX_OK || *look & IMX_LOOK_EMPTY) {
        return status;
    }
    for (int32_t band = 0; band < out->bands; band++) {
        const imx_conversion how = conversion_of(asset, band, own_type, out->type, scaled);
        for (int32_t y = 0; y < out->height; y++) {
            uint8_t *valid = imx_planes_valid(out, band, y);
            memcpy(valid, imx_planes_valid(&own, band, y), (size_t)out->width);
            imx_convert(&kernels->convert, &how, imx_planes_row(&own, band, y), (size_t)out->width,
                        imx_planes_row(out, band, y), valid);
        }
    }
    return IMX_OK;
}

/* All of a scene's bands, asset after asset, each from its own pixels. */
static imx_status warp_scene(imx_render_context *context, uint32_t number, const cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    const imx_scene *scene = &context->renderer->scenes[number];
    if (scene->asset_count == 1) {
        return warp_data(context, (imx_asset_id){number, 0}, at, out, err, look);
    }
    const bool whole = scene->assets[0].whole_pixels;
    int32_t first = 0;
    for (uint32_t k = 0; k < scene->asset_count; k++) {
        imx_pixels bands = imx_pixels_bands(out, first, scene->assets[k].data_count);
        imx_status status = warp_data(context, (imx_asset_id){number, k}, at, &bands, err, look);
        if (status != IMX_OK || (whole && *look & IMX_LOOK_EMPTY)) {
            return status;
        }
        if (*look & IMX_LOOK_EMPTY) {
            imx_pixels_clear(&bands);
        }
        first += bands.bands;
    }
    if (whole) {
        imx_planes_join_validity(out);
    }
    *look = imx_pixels_look(context->renderer->kernels, out);
    return IMX_OK;
}

static unsigned look_of(const imx_render_context *context, const imx_pixels *planes) {
    const imx_kernels *kernels = context->renderer->kernels;
    return context->renderer->options.coverage ? imx_coverage_look(kernels, planes) : imx_pixels_look(kernels, planes);
}

/* With coverage, where that is wanted. */
static imx_status warp_bands(imx_render_context *context, uint32_t scene, const cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    if (!renderer->options.coverage) {
        return warp_scene(context, scene, at, out, err, look);
    }
    const bool own = renderer->scenes[scene].assets[0].coverage;
    imx_pixels bands = imx_pixels_bands(out, 0, own ? out->bands : out->bands - 1);
    imx_status status = warp_scene(context, scene, at, &bands, err, look);
    if (status == IMX_OK && !(*look & IMX_LOOK_EMPTY)) {
        (own ? imx_coverage_trim : imx_coverage_fill)(renderer->kernels, out);
        *look = look_of(context, out);
    }
    return status;
}

/* From the topmost scene down, band by band the first that is valid. */
static imx_status render_planes(imx_render_context *context, size_t count, const cell_place *at, imx_pixels *out,
                                imx_error *err, unsigned *look) {
    imx_status status = IMX_OK;
    *look = IMX_LOOK_EMPTY;
    while (count && *look & IMX_LOOK_EMPTY && status == IMX_OK) {
        status = warp_bands(context, context->found[--count], at, out, err, look);
    }
    if (status == IMX_OK && count && !(*look & IMX_LOOK_OPAQUE)) {
        status = need_mosaic(context, err);
    }
    while (count && status == IMX_OK && !(*look & IMX_LOOK_OPAQUE)) {
        imx_pixels layer = imx_pixels_crop(&context->layer, 0, 0, out->width, out->height);
        unsigned layer_look;
        status = warp_bands(context, context->found[--count], at, &layer, err, &layer_look);
        if (status == IMX_OK && !(layer_look & IMX_LOOK_EMPTY)) {
            (context->renderer->options.coverage ? imx_coverage_put_under
                                                 : imx_planes_put_under)(context->renderer->kernels, out, &layer);
            *look = look_of(context, out);
        }
    }
    return status;
}

/* Data as a picture. */
static imx_status render_graded(imx_render_context *context, size_t count, const cell_place *at, imx_pixels *out,
                                imx_error *err, unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    imx_status status = need_planes(context, renderer->options.type, err, &context->planes);
    if (status != IMX_OK) {
        return status;
    }
    imx_pixels planes = imx_pixels_crop(&context->planes, 0, 0, out->width, out->height);
    status = render_planes(context, count, at, &planes, err, look);
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
    const cell_place at = place_of(context, part->x, part->y);
    const imx_box box = {(double)part->x, (double)part->y, (double)(part->x + part->w), (double)(part->y + part->h)};
    imx_pixels heights = imx_pixels_crop(grown, part->at_x, part->at_y, part->w, part->h);
    unsigned look = IMX_LOOK_EMPTY;
    size_t count;
    imx_status status = find_scenes(context, &box, err, &count);
    status = status ? status : render_planes(context, count, &at, &heights, err, &look);
    for (int32_t y = 0; status == IMX_OK && look & IMX_LOOK_EMPTY && y < part->h; y++) {
        memset(imx_planes_valid(&heights, 0, y), 0, (size_t)part->w);
    }
    return status;
}

static imx_status need_relief(imx_render_context *context, imx_error *err) {
    const imx_renderer *renderer = context->renderer;
    const imx_type type = imx_relief_type(imx_grade_relief_kind(renderer->grade));
    imx_status status = need_planes(context, renderer->options.type, err, &context->planes);
    if (status == IMX_OK && !context->surface.data) {
        status = imx_pixels_create_planar(context->memory, type, 1, context->max_w, context->max_h, 0, err,
                                          &context->surface);
    }
    if (status == IMX_OK && !context->ground) {
        status = imx_ground_create(context->memory, renderer->space, err, &context->ground);
    }
    return status;
}

/* The rectangle's heights and those around it, whatever cell they are in, so that nobody sees where tiles meet. */
static imx_status render_relief(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                                unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    const int32_t grown_w = out->width + 2 * IMX_MARGIN_PX, grown_h = out->height + 2 * IMX_MARGIN_PX;
    imx_margin_part parts[IMX_MARGIN_PARTS];
    const size_t count =
        imx_margin_parts(renderer->space, renderer->options.cell_px, x, y, out->width, out->height, parts);
    imx_status status = need_warper(context, grown_w, grown_h, err);
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

/* Whatever regions say. */
static imx_status render_rectangle(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                                   unsigned *look) {
    cell_place at;
    if (!find_place(context, x, y, out, &at)) {
        return imx_fail(err, IMX_E_INTERNAL, "a rectangle of %d x %d pixels at %lld, %lld is not within one grid cell",
                        (int)out->width, (int)out->height, (long long)x, (long long)y);
    }
    imx_box box = {(double)x, (double)y, (double)x + out->width, (double)y + out->height};
    size_t count;
    imx_status status = find_scenes(context, &box, err, &count);
    if (status == IMX_OK && count) {
        status = need_warper(context, out->width, out->height, err);
    }
    *look = IMX_LOOK_EMPTY;
    if (status != IMX_OK || count == 0) {
        return status;
    }
    const imx_renderer *renderer = context->renderer;
    if (imx_grade_relief_kind(renderer->grade) != IMX_RELIEF_NONE) {
        return render_relief(context, x, y, out, err, look);
    }
    return (renderer->grade           ? render_graded
            : renderer->options.bands ? render_planes
                                      : render_scenes)(context, count, &at, out, err, look);
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
    imx_status status = find_scenes(context, box, err, &count);
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

/* ---- read-ahead ---------------------------------------------------------------------------------------------- */

static void announce_asset(imx_render_context *context, imx_asset_id id, const imx_box *box) {
    const imx_asset *asset = imx_open_asset_of(&context->open, id);
    const int32_t level = imx_renderer_level(context->renderer, id.scene, id.asset);
    imx_transform *transform;
    imx_source *source;
    int32_t window[4];
    if (imx_open_transform(&context->open, id, NULL, &transform) == IMX_OK &&
        imx_box_in_level(transform, box, asset, level, window) &&
        imx_open_source(&context->open, id, NULL, &source) == IMX_OK) {
        imx_source_announce(source, level, window);
    }
}

void imx_render_announce(imx_render_context *context, const imx_box *whole) {
    const imx_render_options *options = &context->renderer->options;
    const imx_box within = imx_render_limits_crop(options->regions, options->region_count, whole), *box = &within;
    size_t count, assets = 0;
    if (find_scenes(context, box, NULL, &count) != IMX_OK) {
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
