/* tiler/analyse.c: the pass that decides everything: inputs are probed, the finest one sets the zoom, footprints are
 * traced in the output space, overview levels and the walk's order are chosen, the forecast is made. Writes nothing. */
#include "tiler/analyse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/delivery.h"
#include "tiler/apart.h"
#include "tiler/cog.h"
#include "tiler/collars.h"
#include "tiler/forecast.h"
#include "tiler/grid_open.h"
#include "tiler/grid_raster.h"
#include "tiler/places.h"
#include "tiler/specks.h"

/* Striped sources larger than this (decoded) are walked in row order: along the Hilbert curve each strip would be asked
 * for again and again, far apart. */
static const double striped_bytes_max = 64e6;

/* ---- scenes ---- */

static int by_id(const void *a, const void *b) {
    const imx_scene *first = *(imx_scene *const *)a, *second = *(imx_scene *const *)b;
    int order = strcmp(first->id, second->id);
    return order ? order : (first > second) - (first < second);
}

/* "scene.tif", "scene.tif#2", ...: ids are unique in the job. */
static imx_status number_ids(imx_plan *plan, imx_error *err) {
    imx_scene **sorted = imx_calloc(plan->memory, plan->scene_count, sizeof *sorted);
    imx_status s = sorted ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    for (size_t i = 0; i < plan->scene_count && !s; i++) {
        sorted[i] = &plan->scenes[i];
    }
    if (!s) {
        qsort(sorted, plan->scene_count, sizeof *sorted, by_id);
    }
    for (size_t i = 1, same = 1; i < plan->scene_count && !s; i++) {
        const char *before = sorted[i - same]->id; /* the first of this name keeps it */
        same = strcmp(before, sorted[i]->id) ? 1 : same + 1;
        if (same > 1) {
            char *id = imx_sprintf(plan->memory, "%s#%zu", before, same);
            s = id ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
            imx_free(plan->memory, id ? sorted[i]->id : NULL);
            sorted[i]->id = id ? id : sorted[i]->id;
        }
    }
    imx_free(plan->memory, sorted);
    return s;
}

/* Where some of the scenes are pictures and others numbers: all as numbers. */
static imx_status join_lanes(imx_plan *plan, const imx_source_options *options, size_t block_limit_bytes,
                             imx_error *err) {
    imx_source_options numbers = *options;
    imx_status s = IMX_OK;
    numbers.lane = IMX_LANE_NUMBERS;
    if (!imx_picture_is_mixed(plan->scenes, plan->scene_count)) {
        return IMX_OK;
    }
    for (size_t i = 0; i < plan->scene_count && !s; i++) {
        imx_scene again = {0};
        if (plan->scenes[i].assets[0].role == IMX_ROLE_VISUAL) {
            s = imx_source_probe(plan->memory, plan->scenes[i].assets[0].path, &numbers, block_limit_bytes, NULL, err,
                                 &again);
            if (!s) {
                imx_scene_clear(plan->memory, &plan->scenes[i]);
                plan->scenes[i] = again;
            }
        }
    }
    return s;
}

/* Heights belong to RPC, and what is said of a DEM to a DEM. */
static imx_status check_heights(const imx_source_options *source, imx_error *err) {
    if (!source->dem && (source->geoid || source->has_dem_resample)) {
        return imx_fail(err, IMX_E_USAGE, "%s: there is no --dem", source->geoid ? "--geoid" : "--dem-resample");
    }
    return source->dem && source->has_rpc_height
               ? imx_fail(err, IMX_E_USAGE, "--rpc-height: the heights are those of --dem: give one of them")
               : IMX_OK;
}

/* Once: in a job of several kinds of scenes some have none, but hardly all. */
static void warn_of_heights(const imx_plan *plan, const imx_source_options *source, imx_log *log) {
    bool wanted = false;
    for (size_t i = 0; i < plan->scene_count && !wanted; i++) {
        const imx_georef *georef = plan->scenes[i].assets[0].georef;
        wanted = georef && georef->kind == IMX_GEOREF_RPC;
    }
    if (!wanted && (source->dem || source->has_rpc_height)) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "%s: no scene is placed by RPC, so that heights change nothing (--rpc: even where there is another "
                    "georeferencing)",
                    source->dem ? "--dem" : "--rpc-height");
    }
}

static imx_status probe_scenes(imx_plan *plan, const imx_job_options *options, imx_log *log, imx_error *err) {
    char **files = NULL;
    size_t count = 0;
    imx_status s = imx_inputs_expand(plan->memory, options->inputs, options->input_count, log, err, &files, &count);
    if (s) {
        return s;
    }
    plan->scenes = imx_calloc(plan->memory, count + 1, sizeof *plan->scenes);
    plan->operations = imx_calloc(plan->memory, count + 1, sizeof *plan->operations);
    if (!plan->scenes || !plan->operations) {
        s = imx_fail(err, IMX_E_NOMEM, "out of memory for %zu scenes", count);
    }
    imx_source_options source = options->source;
    source.own_pixels = options->raster_grid;
    if (!s && source.own_pixels && source.georef != IMX_CHOOSE_AUTO) {
        s = imx_fail(
            err, IMX_E_USAGE,
            "--order, --tps, --rpc and --geoloc place rasters on the Earth; --raster-grid tiles their own pixels, "
            "wherever they lie");
    }
    s = s ? s : check_heights(&source, err);
    s = s ? s : imx_picture_wants(&options->picture, &source, err);
    for (size_t i = 0; i < count && !s; i++) {
        s = imx_scene_probe(plan->memory, files[i], &source, options->block_limit_bytes, log, err, &plan->scenes[i]);
        plan->scene_count += !s;
    }
    s = s ? s : join_lanes(plan, &source, options->block_limit_bytes, err);
    if (!s && !count) {
        s = imx_fail(err, IMX_E_INPUT, "no inputs: name at least one raster");
    }
    imx_inputs_free(plan->memory, files, count);
    if (!s) {
        warn_of_heights(plan, &source, log);
    }
    return s ? s : number_ids(plan, err);
}

/* ---- zooms ---- */

static imx_status check_buffer(const imx_pyramid *pyramid, imx_error *err) {
    const uint32_t most = imx_pyramid_buffer_max_px(pyramid->tile_px);
    return pyramid->buffer_px <= most ? IMX_OK
                                      : imx_fail(err, IMX_E_USAGE,
                                                 "--buffer: %u px are more than a quarter of a tile; %u at most with "
                                                 "tiles of %u px",
                                                 pyramid->buffer_px, most, pyramid->tile_px);
}

/* Of a raster's own pixels, which have no place: what needs one. */
static imx_status check_plane(const imx_job_options *options, imx_error *err) {
    const imx_source_options *source = &options->source;
    const char *what = options->limits.has_box                                  ? "--bbox"
                       : options->limits.cutline.path                           ? "--cutline"
                       : options->picture.relief.kind == IMX_RELIEF_SLOPE       ? "--slope"
                       : options->picture.relief.kind != IMX_RELIEF_NONE        ? "--hillshade"
                       : source->dem || source->has_rpc_height || source->geoid ? "--dem, --geoid or --rpc-height"
                       : source->operation                                      ? "--operation"
                       : source->crs                                            ? "--src-crs"
                                                                                : NULL;
    return what ? imx_fail(
                      err, IMX_E_USAGE,
                      "%s: --raster-grid tiles the raster's own pixels, which are not north up in a CRS and so have no "
                      "place on the Earth: leave %s out",
                      what, what)
                : IMX_OK;
}

/* A set of the rasters' own; then the size of the tiles. */
static imx_status choose_grid(imx_plan *plan, const imx_job_options *options, imx_log *log, imx_error *err) {
    enum { TILE_PX_DEFAULT = 256, TILE_PX_MAX = 4096 };
    imx_status s = IMX_OK;
    if (options->target) {
        return imx_target_choose(plan, options->target, log, err);
    }
    if (options->retina && (options->tile_px || options->raster_grid || plan->grid->tile_px > TILE_PX_MAX / 2)) {
        return imx_fail(err, IMX_E_USAGE, "--retina: %s",
                        options->tile_px       ? "--tile-size says already how many pixels a tile has"
                        : options->raster_grid ? "the rasters' own pixels (--raster-grid) cannot be twice as many"
                                               : "the grid's own tiles are as large as tiles can be");
    }
    if (options->raster_grid) {
        uint32_t tile_px = options->tile_px ? options->tile_px : TILE_PX_DEFAULT;
        s = imx_grid_of_rasters(plan->memory, plan->scenes, plan->scene_count, tile_px, err, &plan->own_grid);
        plan->grid = plan->own_grid;
        s = s || plan->grid->projection != IMX_GRID_PLANE ? s : check_plane(options, err);
    }
    if (!s) {
        plan->pyramid.tile_px = options->tile_px  ? options->tile_px
                                : options->retina ? 2 * plan->grid->tile_px
                                                  : plan->grid->tile_px;
        plan->pyramid.buffer_px = options->buffer_px;
        s = check_buffer(&plan->pyramid, err);
    }
    return s;
}

/* Of the finest asset of all scenes. */
static double finest_res(const imx_plan *plan) {
    double finest = INFINITY;
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            finest = fmin(finest, plan->scenes[i].assets[k].res);
        }
    }
    return finest;
}

/* From the grid's id of a zoom. */
static imx_status zoom_of_id(const imx_grid *grid, uint32_t id, imx_error *err, uint32_t *out) {
    if (id < grid->first_id || id - grid->first_id >= grid->zooms) {
        return imx_fail(err, IMX_E_USAGE, "--zoom: %s has zooms %u to %u, not %u", grid->id, grid->first_id,
                        grid->first_id + grid->zooms - 1, id);
    }
    *out = id - grid->first_id;
    return IMX_OK;
}

static imx_status choose_zooms(imx_plan *plan, const imx_job_options *options, imx_error *err) {
    imx_status s = IMX_OK;
    imx_pyramid *p = &plan->pyramid;
    if (options->target) {
        p->zoom_max = plan->grid->zooms - 1;
    } else if (options->zoom_max_auto) {
        p->zoom_max = imx_grid_zoom_for(plan->grid, finest_res(plan), p->tile_px);
    } else {
        s = zoom_of_id(plan->grid, options->zoom_max, err, &p->zoom_max);
    }
    p->zoom_min = 0;
    if (!s && !options->zoom_min_auto) {
        s = zoom_of_id(plan->grid, options->zoom_min, err, &p->zoom_min);
    }
    if (!s && p->zoom_min > p->zoom_max) {
        uint32_t first = plan->grid->first_id;
        s = imx_fail(err, IMX_E_USAGE, "--zoom: %u-%u is empty: the finest scene needs no more than zoom %u",
                     p->zoom_min + first, p->zoom_max + first, p->zoom_max + first);
    }
    return s;
}

static imx_walk_order choose_order(const imx_plan *plan) {
    double striped = 0, all = 0, largest = 0;
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_asset *asset = &plan->scenes[i].assets[k];
            double bytes = 4.0 * asset->width * asset->height;
            all += bytes;
            striped += asset->tiled ? 0 : bytes;
            largest = asset->tiled ? largest : fmax(largest, bytes);
        }
    }
    return striped > all / 2 && largest > striped_bytes_max ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
}

/* Without overviews each chain decodes whole scenes: said where that is seconds. */
static void warn_of_reading(const imx_plan *plan, imx_log *log) {
    const double times_most = 3, px_most = 1e9;
    double px = 0, finest = imx_chain_source_px(plan, &plan->chains[0]);
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        px += imx_chain_source_px(plan, &plan->chains[c]);
    }
    if (plan->chain_count > 1 && finest > 0 && px > times_most * finest && px > px_most) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "%u chains of zooms read %.0f Mpx of the scenes, %.1f times those of the finest: overviews in the "
                    "scenes (gdaladdo) make coarse zooms cheap",
                    plan->chain_count, 1e-6 * px, px / finest);
    }
}

/* Zooms, chains and footprints of the scenes that there are. */
static imx_status place_scenes(imx_plan *plan, const imx_job_options *options, imx_log *log, imx_error *err) {
    plan->pyramid.order = choose_order(plan);
    imx_status s = choose_zooms(plan, options, err);
    return s ? s : imx_places_find(plan, options->source_overviews, log, err);
}

static imx_status decide(imx_plan *plan, const imx_job_options *options, imx_log *log, imx_error *err) {
    size_t dropped;
    imx_status s = place_scenes(plan, options, log, err);
    s = s ? s : imx_limits_drop(plan, log, err, &dropped);
    if (!s && dropped) { /* the finest one may have been among them */
        s = place_scenes(plan, options, NULL, err);
    }
    if (s) {
        return s;
    }
    s = imx_places_bounds(plan, err);
    s = s ? s : imx_specks_warn(plan, log, err);
    s = s || !options->has_collar ? s : imx_collars_create(plan, options->collar, err);
    s = s ? s : imx_collars_find(plan, &options->collars, log, err);
    s = s ? s : imx_picture_measure(plan, &options->picture, log, err);
    s = s ? s : imx_forecast(plan, options->sample_forecast, err);
    if (!s) {
        warn_of_reading(plan, log);
    }
    return s;
}

static imx_status copy_text(imx_memory *memory, const char *text, imx_error *err, char **out) {
    *out = text ? imx_strdup(memory, text) : NULL;
    return text && !*out ? imx_fail(err, IMX_E_NOMEM, "out of memory for the plan") : IMX_OK;
}

imx_status imx_analyse(imx_memory *memory, const imx_job_options *options, imx_log *log, imx_error *err,
                       imx_plan **out) {
    imx_plan *plan = imx_calloc(memory, 1, sizeof *plan);
    if (!plan) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    plan->memory = memory;
    plan->resample = options->resample;
    plan->mosaic = options->mosaic;
    plan->error_threshold_px = options->error_threshold_px;
    plan->codec = options->codec;
    plan->pyramid.overview = options->overview;
    imx_status s = options->raster_grid || options->target ? IMX_OK
                                                           : imx_grid_open(memory, options->grid, err, &plan->grid,
                                                                           &plan->own_grid); /* before the scenes */
    s = s ? s : copy_text(memory, options->name, err, &plan->name);
    s = s ? s : copy_text(memory, options->attribution, err, &plan->attribution);
    s = s ? s : imx_limits_read(plan, &options->limits, err);
    s = s ? s : probe_scenes(plan, options, log, err);
    s = s ? s : imx_output_apart(plan, options, err);
    s = s || options->target ? s : imx_picture_choose(plan, &options->picture, log, err);
    s = s ? s : choose_grid(plan, options, log, err);
    s = s ? s : imx_places_measure(plan, err);
    s = s ? s : decide(plan, options, log, err);
    if (s) {
        imx_plan_destroy(&plan);
        return s;
    }
    *out = plan;
    return IMX_OK;
}
