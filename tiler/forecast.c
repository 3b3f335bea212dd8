/* tiler/forecast.c: tile counts by walking the footprints, bytes from a sample of real tiles. */
#include "tiler/forecast.h"

#include <math.h>

#include "tiler/admission.h"
#include "tiler/limits.h"
#include "tiler/tile_encoder.h"

enum { MIB = 1 << 20, SAMPLE_TILES = 12, SAMPLE_SCENES = 6 };

/* ---- tile counts ---- */

typedef struct coverage { /* which tiles of a chain the scenes touch */
    const imx_plan *plan;
    const imx_chain *chain;
    const imx_footprint **footprints; /* what the index refers to */
    imx_scene_index *index;
} coverage;

static bool touches(void *context, imx_tile tile) {
    const coverage *of = context;
    imx_box box = imx_chain_tile_box(of->chain, tile);
    return imx_scene_index_any(of->index, &box) && imx_limits_touch(of->chain, &box);
}

static bool touches_throughout(void *context, imx_tile tile) {
    const coverage *of = context;
    imx_box box = imx_chain_tile_box(of->chain, tile);
    return imx_scene_index_any_throughout(of->index, &box) && imx_limits_cover(of->chain, &box);
}

static imx_status coverage_create(const imx_plan *plan, const imx_chain *chain, imx_error *err, coverage *out) {
    *out = (coverage){.plan = plan, .chain = chain};
    out->footprints = imx_calloc(plan->memory, plan->scene_count, sizeof *out->footprints);
    if (!out->footprints) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    }
    for (size_t i = 0; i < plan->scene_count; i++) {
        out->footprints[i] = &chain->footprints[i];
    }
    return imx_scene_index_create(plan->memory, out->footprints, plan->scene_count, err, &out->index);
}

static void coverage_clear(coverage *of) {
    imx_scene_index_destroy(&of->index);
    imx_free(of->plan->memory, of->footprints);
}

static imx_status count_tiles(imx_plan *plan, imx_chain *chain, imx_error *err) {
    coverage of;
    imx_pyramid_ops ops = {.context = &of, .touches = touches, .touches_throughout = touches_throughout};
    imx_status s = coverage_create(plan, chain, err, &of);
    if (!s) {
        (void)imx_pyramid_count(&chain->pyramid, &ops, chain->tiles);
        chain->tiles_total = 0;
        for (uint32_t z = chain->pyramid.zoom_min; z <= imx_pyramid_written_max(&chain->pyramid); z++) {
            chain->tiles_total += chain->tiles[z];
        }
        s = imx_pyramid_forecast_waiting(plan->memory, &chain->pyramid, &ops, err, &chain->waiting);
    }
    coverage_clear(&of);
    return s;
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
    const imx_chain *chain = of->chain;
    double px = chain->pyramid.tile_px;
    if (!(x_px >= 0 && y_px >= 0 && x_px < chain->space.width && y_px < chain->space.height) ||
        into->count == SAMPLE_TILES) {
        return;
    }
    imx_tile tile = {chain->pyramid.zoom_max, (uint32_t)(x_px / px), (uint32_t)(y_px / px)};
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
    const imx_box all = imx_chain_extent(of->chain, plan->scene_count);
    size_t step = (plan->scene_count + SAMPLE_SCENES - 1) / SAMPLE_SCENES;
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        for (size_t i = 0; i < plan->scene_count; i += step) {
            if (!imx_chain_shows(of->chain, i)) {
                continue;
            }
            const imx_box *whole = &of->chain->footprints[i].box;
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

static imx_status measure(const imx_plan *plan, const imx_chain *chain, sample *of, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    size_t budget = imx_memory_limit(plan->memory) ? imx_memory_limit(plan->memory) : 512 * (size_t)MIB;
    imx_shares shares;
    int32_t px = (int32_t)plan->pyramid.tile_px;
    imx_renderer *renderer = NULL;
    imx_render_context *context = NULL;
    imx_tile_encoder *encoder = NULL;
    imx_pixels pixels = {0};
    imx_status s = imx_plan_share_memory(plan, chain, budget, 1, err, &shares);
    s = s ? s
          : imx_renderer_create(plan->memory, &kernels, plan->scenes, chain->footprints, plan->scene_count,
                                &chain->space, &shares.render, err, &renderer);
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

/* Tiles of the finest zoom stand for all. A tile on the outline is smaller than one inside, so that the mean of the
 * sample errs to the safe side. */
static imx_status sample_bytes(imx_plan *plan, imx_error *err) {
    sample tiles = {0};
    coverage of;
    imx_status s = coverage_create(plan, &plan->chains[0], err, &of);
    if (!s) {
        choose_sample(&of, &tiles);
        s = measure(plan, &plan->chains[0], &tiles, err);
    }
    if (!s && (tiles.encoded > 0 || tiles.count == SAMPLE_TILES)) {
        plan->bytes_estimate =
            tiles.encoded > 0
                ? (uint64_t)(tiles.bytes / tiles.encoded * buffered_share(plan) * (double)plan->tiles_total)
                : 0;
    }
    coverage_clear(&of);
    return s;
}

/* Of a raster's samples and their validity, after deflate: rather more than most. */
static const double raster_share = 0.7;

imx_status imx_forecast(imx_plan *plan, bool sampled, imx_error *err) {
    imx_status s = IMX_OK;
    plan->tiles_total = 0;
    for (uint32_t c = 0; c < plan->chain_count && !s; c++) {
        s = count_tiles(plan, &plan->chains[c], err);
        plan->tiles_total += plan->chains[c].tiles_total;
    }
    if (!s) {
        double tile_area = (double)plan->pyramid.tile_px * plan->pyramid.tile_px;
        double bytes_per_px = plan->cog ? raster_share * (double)imx_tile_bytes(&plan->pyramid) / tile_area
                                        : usual_bytes_per_px(&plan->codec);
        plan->bytes_estimate = (uint64_t)(bytes_per_px * tile_area * buffered_share(plan) * (double)plan->tiles_total);
        s = sampled && !plan->cog ? sample_bytes(plan, err) : IMX_OK;
    }
    return s;
}

/* ---- the work ---- */

double imx_chain_source_px(const imx_plan *plan, const imx_chain *chain) {
    const imx_box all = imx_chain_extent(chain, plan->scene_count);
    double px = 0;
    for (size_t i = 0; i < plan->scene_count; i++) {
        const imx_box *box = &chain->footprints[i].box;
        const double w = fmin(box->max_x, all.max_x) - fmax(box->min_x, all.min_x),
                     h = fmin(box->max_y, all.max_y) - fmax(box->min_y, all.min_y);
        if (!imx_chain_shows(chain, i) || !(w > 0 && h > 0)) {
            continue;
        }
        const double within = w / (box->max_x - box->min_x) * (h / (box->max_y - box->min_y));
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_block_layout layout = imx_asset_blocks(&plan->scenes[i].assets[k], chain->levels[i][k]);
            px += within * layout.level_w * layout.level_h;
        }
    }
    return px;
}

void imx_work_of(const imx_plan *plan, imx_work *out) {
    const double tile_px = (double)plan->pyramid.tile_px * plan->pyramid.tile_px;
    *out = (imx_work){.count = plan->chain_count};
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        const imx_chain *chain = &plan->chains[plan->chain_count - 1 - c];
        const uint64_t tiles = chain->tiles[chain->pyramid.zoom_max];
        out->parts[c].base_tiles = tiles;
        out->parts[c].cost = tiles ? (double)tiles * tile_px + imx_chain_source_px(plan, chain) : 0;
    }
}

double imx_work_share(const imx_work *work, uint64_t base_done) {
    double all = 0, done = 0;
    for (uint32_t c = 0; c < work->count; c++) {
        const uint64_t tiles = work->parts[c].base_tiles, now = base_done < tiles ? base_done : tiles;
        base_done -= now;
        all += work->parts[c].cost;
        done += tiles ? work->parts[c].cost * ((double)now / (double)tiles) : 0;
    }
    return all > 0 ? done / all : 1;
}
