/* tiler/forecast.c: tile counts by walking the footprints, bytes from a sample of real tiles. */
#include "tiler/forecast.h"

#include <math.h>

#include "tiler/admission.h"
#include "tiler/limits.h"
#include "tiler/tile_encoder.h"

enum { MIB = 1 << 20, SAMPLE_TILES = 12, SAMPLE_SCENES = 6 };

imx_box imx_plan_tile_box(const imx_plan *plan, imx_tile tile) {
    double side = ldexp(plan->pyramid.tile_px, (int)(plan->pyramid.zoom_max - tile.z));
    return (imx_box){tile.x * side, tile.y * side, (tile.x + 1.0) * side, (tile.y + 1.0) * side};
}

/* ---- tile counts ---- */

typedef struct coverage { /* which tiles the scenes touch */
    const imx_plan *plan;
    const imx_footprint **footprints; /* what the index refers to */
    imx_scene_index *index;
} coverage;

static bool touches(void *context, imx_tile tile) {
    const coverage *of = context;
    imx_box box = imx_plan_tile_box(of->plan, tile);
    return imx_scene_index_any(of->index, &box) && imx_limits_touch(of->plan, &box);
}

static bool touches_throughout(void *context, imx_tile tile) {
    const coverage *of = context;
    imx_box box = imx_plan_tile_box(of->plan, tile);
    return imx_scene_index_any_throughout(of->index, &box) && imx_limits_cover(of->plan, &box);
}

static imx_status coverage_create(const imx_plan *plan, imx_error *err, coverage *out) {
    *out = (coverage){.plan = plan};
    out->footprints = imx_calloc(plan->memory, plan->scene_count, sizeof *out->footprints);
    if (!out->footprints) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    }
    for (size_t i = 0; i < plan->scene_count; i++) {
        out->footprints[i] = &plan->footprints[i];
    }
    return imx_scene_index_create(plan->memory, out->footprints, plan->scene_count, err, &out->index);
}

static void coverage_clear(coverage *of) {
    imx_scene_index_destroy(&of->index);
    imx_free(of->plan->memory, of->footprints);
}

static imx_status count_tiles(imx_plan *plan, coverage *of, imx_error *err) {
    imx_pyramid_ops ops = {.context = of, .touches = touches, .touches_throughout = touches_throughout};
    (void)imx_pyramid_count(&plan->pyramid, &ops, plan->tiles);
    plan->tiles_total = 0;
    for (uint32_t z = plan->pyramid.zoom_min; z <= plan->pyramid.zoom_max; z++) {
        plan->tiles_total += plan->tiles[z];
    }
    return imx_pyramid_forecast_waiting(plan->memory, &plan->pyramid, &ops, err, &plan->waiting);
}

/* What a tile's buffer makes of its area; the sample is of tiles without it. */
static double buffered_share(const imx_plan *plan) {
    const double side = (double)imx_pyramid_side_px(&plan->pyramid) / plan->pyramid.tile_px;
    return side * side;
}

/* ---- the sample ---- */

typedef struct sample {
    imx_tile tiles[SAMPLE_TILES];
    size_t count;
    double bytes, encoded;
} sample;

static void sample_point(coverage *of, double x_px, double y_px, sample *into) {
    const imx_plan *plan = of->plan;
    double px = plan->pyramid.tile_px;
    if (!(x_px >= 0 && y_px >= 0 && x_px < plan->space.width && y_px < plan->space.height) ||
        into->count == SAMPLE_TILES) {
        return;
    }
    imx_tile tile = {plan->pyramid.zoom_max, (uint32_t)(x_px / px), (uint32_t)(y_px / px)};
    for (size_t i = 0; i < into->count; i++) {
        if (into->tiles[i].x == tile.x && into->tiles[i].y == tile.y) {
            return;
        }
    }
    if (touches(of, tile)) {
        into->tiles[into->count++] = tile;
    }
}

/* Points spread over a few scenes spread over the job. */
static void choose_sample(coverage *of, sample *into) {
    static const double at[][2] = {{.5, .5}, {.27, .31}, {.71, .66}, {.69, .28}, {.33, .74}, {.05, .5}, {.93, .55}};
    const imx_plan *plan = of->plan;
    const imx_box all = imx_plan_extent(plan);
    size_t step = (plan->scene_count + SAMPLE_SCENES - 1) / SAMPLE_SCENES;
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        for (size_t i = 0; i < plan->scene_count; i += step) {
            const imx_box *whole = &plan->footprints[i].box;
            const imx_box box = {fmax(whole->min_x, all.min_x), fmax(whole->min_y, all.min_y),
                                 fmin(whole->max_x, all.max_x), fmin(whole->max_y, all.max_y)};
            sample_point(of, box.min_x + at[k][0] * (box.max_x - box.min_x),
                         box.min_y + at[k][1] * (box.max_y - box.min_y), into);
        }
    }
}

static imx_status create_pixels(const imx_plan *plan, int32_t px, imx_error *err, imx_pixels *out) {
    const imx_pyramid *p = &plan->pyramid;
    return p->bands ? imx_pixels_create_planar(plan->memory, p->type, p->bands, px, px, p->bands, err, out)
                    : imx_pixels_create_rgba8(plan->memory, px, px, err, out);
}

static imx_status measure(imx_plan *plan, sample *of, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    size_t budget = imx_memory_limit(plan->memory) ? imx_memory_limit(plan->memory) : 512 * (size_t)MIB;
    imx_shares shares;
    int32_t px = (int32_t)plan->pyramid.tile_px;
    imx_renderer *renderer = NULL;
    imx_render_context *context = NULL;
    imx_tile_encoder *encoder = NULL;
    imx_pixels pixels = {0};
    imx_status s = imx_plan_share_memory(plan, budget, 1, err, &shares);
    s = s ? s
          : imx_renderer_create(plan->memory, &kernels, plan->scenes, plan->footprints, plan->scene_count, &plan->space,
                                &shares.render, err, &renderer);
    s = s ? s : imx_render_context_create(renderer, err, &context);
    s = s ? s : imx_tile_encoder_create(plan->memory, &kernels, plan, err, &encoder);
    s = s ? s : create_pixels(plan, px, err, &pixels);
    for (size_t i = 0; i < of->count && !s; i++) {
        unsigned look = 0;
        imx_blob blob = {0};
        imx_tile_type type;
        s = imx_render(context, (int64_t)of->tiles[i].x * px, (int64_t)of->tiles[i].y * px, &pixels, err, &look);
        if (!s && !(look & IMX_LOOK_EMPTY)) {
            s = imx_tile_encode(encoder, &pixels, look, err, &blob, &type);
            of->bytes += (double)blob.size;
            of->encoded += 1;
        }
        imx_free(plan->memory, blob.data);
    }
    imx_pixels_destroy(plan->memory, &pixels);
    imx_tile_encoder_destroy(&encoder);
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    return s;
}

/* Bytes a pixel of detailed imagery: aerial photographs take 1.7 (PNG), 0.13 (JPEG, quality 75) and 0.08 (WebP). */
static double usual_bytes_per_px(const imx_codec_options *codec) {
    double finer = codec->quality > 75 ? exp2((codec->quality - 75) / 10.0) : 1;
    switch (codec->format) {
    case IMX_FORMAT_PNG: return 1.9;
    case IMX_FORMAT_WEBP: return 0.12 * finer;
    case IMX_FORMAT_JPEG: return 0.2 * finer;
    case IMX_FORMAT_AUTO: break;
    }
    return 0.3 * finer; /* JPEG with PNG along the outline */
}

/* A tile on the outline is smaller than one inside, so that the mean of the sample errs to the safe side. */
static imx_status sample_bytes(imx_plan *plan, coverage *of, imx_error *err) {
    sample tiles = {0};
    choose_sample(of, &tiles);
    imx_status s = measure(plan, &tiles, err);
    if (!s && (tiles.encoded > 0 || tiles.count == SAMPLE_TILES)) {
        plan->bytes_estimate =
            tiles.encoded > 0
                ? (uint64_t)(tiles.bytes / tiles.encoded * buffered_share(plan) * (double)plan->tiles_total)
                : 0;
    }
    return s;
}

/* Of a raster's samples and their validity, after deflate: rather more than most. */
static const double raster_share = 0.7;

imx_status imx_forecast(imx_plan *plan, bool sampled, imx_error *err) {
    coverage of;
    imx_status s = coverage_create(plan, err, &of);
    s = s ? s : count_tiles(plan, &of, err);
    if (!s) {
        double tile_area = (double)plan->pyramid.tile_px * plan->pyramid.tile_px;
        double bytes_per_px = plan->cog ? raster_share * (double)imx_tile_bytes(&plan->pyramid) / tile_area
                                        : usual_bytes_per_px(&plan->codec);
        plan->bytes_estimate = (uint64_t)(bytes_per_px * tile_area * buffered_share(plan) * (double)plan->tiles_total);
        s = sampled && !plan->cog ? sample_bytes(plan, &of, err) : IMX_OK;
    }
    coverage_clear(&of);
    return s;
}
