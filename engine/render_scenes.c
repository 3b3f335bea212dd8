/* engine/render_scenes.c: the scenes of a rectangle, from the topmost down until nothing below can show: pictures
 * through the mosaic, data band by band. */
#include <string.h>

#include "engine/coverage.h"
#include "engine/look.h"
#include "engine/planes.h"
#include "engine/render_context_impl.h"

static imx_status warp_asset(imx_render_context *context, imx_asset_id id, const imx_cell_place *at, imx_pixels *out,
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

/* ---- pictures ---- */

static imx_status warp_picture(imx_render_context *context, uint32_t scene, const imx_cell_place *at, imx_pixels *out,
                               imx_error *err, unsigned *look) {
    return warp_asset(context, (imx_asset_id){scene, 0}, at, out, err, look);
}

/* The first layer that is not empty is warped straight into out, and is the result unless another one follows. */
imx_status imx_render_pictures(imx_render_context *context, size_t count, const imx_cell_place *at, imx_pixels *out,
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
    status = imx_render_need_mosaic(context, err);
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
static imx_status warp_data(imx_render_context *context, imx_asset_id id, const imx_cell_place *at, imx_pixels *out,
                            imx_error *err, unsigned *look) {
    const imx_kernels *kernels = context->renderer->kernels;
    const imx_asset *asset = imx_open_asset_of(&context->open, id);
    const imx_type own_type = imx_asset_working_type(asset);
    const bool scaled = context->renderer->options.values && is_scaled(asset);
    if (own_type == out->type && !scaled) {
        return warp_asset(context, id, at, out, err, look);
    }
    imx_status status = imx_render_need_planes(context, own_type, err, &context->own);
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
static imx_status warp_scene(imx_render_context *context, uint32_t number, const imx_cell_place *at, imx_pixels *out,
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

static imx_status need_cover(imx_render_context *context, imx_error *err) {
    return context->cover.data ? IMX_OK
                               : imx_pixels_create_planar(context->memory, context->renderer->options.type, 1,
                                                          context->max_w, context->max_h, 1, err, &context->cover);
}

/* The same with coverage, of which each raster has its own, or is opaque. */
static imx_status warp_covered(imx_render_context *context, uint32_t number, const imx_cell_place *at, imx_pixels *out,
                               imx_error *err, unsigned *look) {
    const imx_kernels *kernels = context->renderer->kernels;
    const imx_scene *scene = &context->renderer->scenes[number];
    int32_t first = 0;
    imx_status status = need_cover(context, err);
    imx_pixels least = imx_pixels_crop(&context->cover, 0, 0, out->width, out->height);
    for (uint32_t k = 0; k < scene->asset_count && status == IMX_OK; k++) {
        const imx_asset *asset = &scene->assets[k];
        /* its coverage behind its bands, until the next one's are there */
        imx_pixels planes = imx_pixels_bands(out, first, asset->data_count + 1);
        imx_pixels own = imx_pixels_bands(&planes, 0, imx_asset_planes(asset));
        const imx_pixels cover = imx_pixels_bands(&planes, asset->data_count, 1);
        status = warp_data(context, (imx_asset_id){number, k}, at, &own, err, look);
        if (status != IMX_OK || *look & IMX_LOOK_EMPTY) {
            return status;
        }
        if (!asset->coverage) {
            imx_coverage_fill(kernels, &planes);
        }
        if (k == 0) {
            imx_pixels_copy(&cover, &least);
        } else {
            imx_coverage_join(kernels, &least, &cover);
        }
        first += asset->data_count;
    }
    if (status == IMX_OK) {
        imx_pixels cover = imx_pixels_bands(out, first, 1);
        imx_pixels_copy(&least, &cover);
        imx_planes_join_validity(out);
    }
    return status;
}

static unsigned look_of(const imx_render_context *context, const imx_pixels *planes) {
    const imx_kernels *kernels = context->renderer->kernels;
    return context->renderer->options.coverage ? imx_coverage_look(kernels, planes) : imx_pixels_look(kernels, planes);
}

/* With coverage, where that is wanted. */
static imx_status warp_bands(imx_render_context *context, uint32_t scene, const imx_cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    const imx_renderer *renderer = context->renderer;
    if (!renderer->options.coverage) {
        return warp_scene(context, scene, at, out, err, look);
    }
    const bool own = imx_scene_has_coverage(&renderer->scenes[scene]);
    imx_pixels bands = imx_pixels_bands(out, 0, own ? out->bands : out->bands - 1);
    imx_status status = (own && renderer->scenes[scene].asset_count > 1 ? warp_covered : warp_scene)(context, scene, at,
                                                                                                     &bands, err, look);
    if (status == IMX_OK && !(*look & IMX_LOOK_EMPTY)) {
        (own ? imx_coverage_trim : imx_coverage_fill)(renderer->kernels, out);
        *look = look_of(context, out);
    }
    return status;
}

/* Whether the job's method makes values that no sample has; of classes there are none in between. */
static bool mixes(imx_resample resample) { return resample != IMX_RESAMPLE_NEAREST && resample != IMX_RESAMPLE_MODE; }

static void put_under(const imx_renderer *renderer, imx_pixels *top, const imx_pixels *under) {
    if (renderer->options.coverage) {
        imx_coverage_put_under(renderer->kernels, mixes(renderer->options.resample), top, under);
    } else {
        imx_planes_put_under(renderer->kernels, top, under);
    }
}

/* From the topmost scene down, band by band the first that is valid. */
imx_status imx_render_planes(imx_render_context *context, size_t count, const imx_cell_place *at, imx_pixels *out,
                             imx_error *err, unsigned *look) {
    imx_status status = IMX_OK;
    *look = IMX_LOOK_EMPTY;
    while (count && *look & IMX_LOOK_EMPTY && status == IMX_OK) {
        status = warp_bands(context, context->found[--count], at, out, err, look);
    }
    if (status == IMX_OK && count && !(*look & IMX_LOOK_OPAQUE)) {
        status = imx_render_need_mosaic(context, err);
    }
    while (count && status == IMX_OK && !(*look & IMX_LOOK_OPAQUE)) {
        imx_pixels layer = imx_pixels_crop(&context->layer, 0, 0, out->width, out->height);
        unsigned layer_look;
        status = warp_bands(context, context->found[--count], at, &layer, err, &layer_look);
        if (status == IMX_OK && !(layer_look & IMX_LOOK_EMPTY)) {
            put_under(context->renderer, out, &layer);
            *look = look_of(context, out);
        }
    }
    return status;
}
