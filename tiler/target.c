/* tiler/target.c: see the header. */
#include "tiler/target.h"

#include <math.h>
#include <string.h>

#include "engine/crs.h"
#include "engine/geotiff_tags.h"
#include "engine/layer.h"
#include "tiler/cog.h"
#include "tiler/grid_raster.h"
#include "tiler/limits.h"
#include "tiler/target_cover.h"
#include "tiler/target_join.h"
#include "tiler/target_nodata.h"
#include "tiler/target_notes.h"

enum { BANDS_MAX = IMX_COG_BANDS_MAX };
static const double SIDE_MAX_PX = 2147483647.0; /* what positions count in */
static const double WHOLE_PX = 1e-3;            /* an extent that is so close to whole pixels is meant so */

/* Whole pixels from the upper left corner on, one at least. */
static double whole(double size, double res) { return fmax(1, ceil(size / res - WHOLE_PX)) * res; }

/* ---- its limits ---- */

static imx_space space_of(const char *crs, const imx_raster_extent *e) {
    return (imx_space){.crs = crs,
                       .origin_x = e->min_x,
                       .origin_y = e->max_y,
                       .res = e->res_x,
                       .res_y = e->res_y,
                       .width = (e->max_x - e->min_x) / e->res_x,
                       .height = (e->max_y - e->min_y) / e->res_y};
}

/* One of the limits in the pixels of an extent; *out NULL: it is not given. */
static imx_status region_in(const imx_plan *plan, size_t limit, const imx_space *space, imx_error *err,
                            imx_region **out) {
    const imx_box area = {0, 0, space->width, space->height};
    *out = NULL;
    imx_status status =
        plan->outlines[limit] ? imx_region_create(plan->memory, plan->outlines[limit], space, &area, err, out) : IMX_OK;
    if (status != IMX_OK) {
        (void)imx_error_context(err, "%s", imx_limit_option(limit));
    }
    return status;
}

/* Scenes that lie outside have no say in the resolution. */
static imx_status drop_scenes(imx_plan *plan, const char *crs, const imx_raster_extent *all, imx_raster_extent *each,
                              imx_error *err) {
    const imx_space space = space_of(crs, all);
    imx_status status = IMX_OK;
    for (size_t k = 0; k < IMX_LIMITS && !status; k++) {
        imx_region *region = NULL;
        status = region_in(plan, k, &space, err, &region);
        for (size_t i = plan->scene_count; i-- > 0 && region;) {
            const imx_raster_extent *e = &each[i];
            const imx_box box = {
                floor((e->min_x - all->min_x) / all->res_x), floor((all->max_y - e->max_y) / all->res_y),
                ceil((e->max_x - all->min_x) / all->res_x), ceil((all->max_y - e->min_y) / all->res_y)};
            if (!imx_region_touches(region, &box)) {
                memmove(&each[i], &each[i + 1], (plan->scene_count - i - 1) * sizeof *each);
                imx_limits_drop_scene(plan, i);
            }
        }
        imx_region_destroy(&region);
    }
    return status || plan->scene_count ? status : imx_limits_none_left(plan, err);
}

/* The pixels of an extent that may lie in all limits. */
static imx_status box_in_limits(const imx_plan *plan, const char *crs, const imx_raster_extent *e, imx_error *err,
                                imx_box *out) {
    const imx_space space = space_of(crs, e);
    imx_box all = {0, 0, round(space.width), round(space.height)};
    for (size_t k = 0; k < IMX_LIMITS; k++) {
        imx_region *region;
        imx_status status = region_in(plan, k, &space, err, &region);
        if (status != IMX_OK) {
            return status;
        }
        if (region) {
            const imx_box box = imx_region_box(region);
            all = (imx_box){fmax(all.min_x, box.min_x), fmax(all.min_y, box.min_y), fmin(all.max_x, box.max_x),
                            fmin(all.max_y, box.max_y)};
            imx_region_destroy(&region);
        }
    }
    *out = all;
    return IMX_OK;
}

/* To these pixels, of the same lattice. Limits on both sides of the extent's seam may be narrower in one that begins
 * half a period further on. */
static imx_status crop(const imx_plan *plan, const char *crs, double period, imx_error *err, imx_raster_extent *e) {
    imx_box all, centres;
    imx_status status = box_in_limits(plan, crs, e, err, &all);
    if (!status && (plan->outlines[0] || plan->outlines[1]) && (all.max_x - all.min_x) * e->res_x > period / 2 &&
        period > 0) {
        imx_raster_extent turned = *e;
        imx_box there;
        turned.min_x += round(period / 2 / e->res_x) * e->res_x;
        turned.max_x = turned.min_x + whole(period, e->res_x);
        status = box_in_limits(plan, crs, &turned, err, &there);
        if (!status && there.max_x > there.min_x && there.max_x - there.min_x < all.max_x - all.min_x - 1) {
            *e = turned;
            all = there;
        }
    }
    if (status != IMX_OK) {
        return status;
    }
    if (!imx_box_centres(&all, 0, &centres)) {
        return imx_limits_none_left(plan, err);
    }
    *e = (imx_raster_extent){.res_x = e->res_x,
                             .res_y = e->res_y,
                             .min_x = e->min_x + (centres.min_x - 0.5) * e->res_x,
                             .min_y = e->max_y - (centres.max_y + 0.5) * e->res_y,
                             .max_x = e->min_x + (centres.max_x + 0.5) * e->res_x,
                             .max_y = e->max_y - (centres.min_y - 0.5) * e->res_y};
    return IMX_OK;
}

/* ---- the raster ---- */

static void round_up(imx_raster_extent *e) {
    e->max_x = e->min_x + whole(e->max_x - e->min_x, e->res_x);
    e->min_y = e->max_y - whole(e->max_y - e->min_y, e->res_y);
}

static void align(imx_raster_extent *e) {
    e->min_x = floor(e->min_x / e->res_x + WHOLE_PX) * e->res_x;
    e->max_y = ceil(e->max_y / e->res_y - WHOLE_PX) * e->res_y;
}

static bool is_empty(const imx_raster_extent *e) { return !(e->max_x > e->min_x && e->max_y > e->min_y); }

/* Whole pixels, and on the lattice where that is wanted. */
static void fit(const imx_target_options *options, imx_raster_extent *e) {
    if (options->align) {
        align(e);
    }
    round_up(e);
}

/* To whole pixels within the limits. Where what is left begins beyond the antimeridian it is all moved back, by what
 * need not be whole pixels, and fitted again. */
static imx_status fit_limits(const imx_plan *plan, const imx_target_options *options, const char *crs, double period,
                             imx_error *err, imx_raster_extent *e) {
    imx_raster_extent all = *e;
    fit(options, e);
    imx_status status = crop(plan, crs, period, err, e);
    if (status || !(period > 0) || !(plan->outlines[0] || plan->outlines[1])) {
        return status;
    }
    const double turns = floor((e->min_x + e->res_x / 2 + period / 2) / period); /* the first pixels' centres */
    if (turns != 0) {
        all.min_x -= turns * period;
        all.max_x -= turns * period;
        *e = all;
        fit(options, e);
        status = crop(plan, crs, period, err, e);
    }
    return status;
}

/* What the scenes within the limits cover, and their detail; period: of the CRS, round: all round it. */
static imx_status cover_all(imx_plan *plan, const char *crs, imx_error *err, imx_raster_extent *out, double *period,
                            bool *round) {
    imx_crs_facts facts = {0};
    imx_raster_extent *each = imx_calloc(plan->memory, plan->scene_count, sizeof *each);
    imx_status status = each ? imx_crs_describe(plan->memory, crs, err, &facts)
                             : imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    status = status ? status : imx_target_cover(plan, crs, &facts, err, each);
    status = status ? status : imx_target_join(plan->memory, each, plan->scene_count, facts.period, err, out);
    if (!status && (plan->outlines[0] || plan->outlines[1]) && !is_empty(out)) {
        for (size_t i = 0; i < plan->scene_count; i++) {
            imx_target_move_behind(&each[i], out->min_x, facts.period);
        }
        status = drop_scenes(plan, crs, out, each, err);
        status = status ? status : imx_target_join(plan->memory, each, plan->scene_count, facts.period, err, out);
    }
    if (!status) {
        *period = facts.period;
        *round = imx_target_reach_ends(&facts, out);
    }
    imx_free(plan->memory, each);
    return status;
}

/* Beyond what any unit makes of the Earth, numbers are mistakes, and arithmetic with them overflows. */
static imx_status check_given(const imx_target_options *options, imx_error *err) {
    const double most = 1e11, least = 1e-12, x = options->res_x, y = options->res_y;
    const double *e = options->extent;
    if ((x > 0 && !(x >= least && x <= most)) || (y > 0 && !(y >= least && y <= most))) {
        return imx_fail(err, IMX_E_USAGE, "--res: %g is no size of a pixel on the Earth",
                        x > 0 && !(x >= least && x <= most) ? x : y);
    }
    for (int i = 0; options->has_extent && i < 4; i++) {
        if (!(fabs(e[i]) <= most)) {
            return imx_fail(err, IMX_E_USAGE, "--extent: %g is nowhere on the Earth", e[i]);
        }
    }
    return IMX_OK;
}

static imx_status choose_extent(imx_plan *plan, const imx_target_options *options, const char *crs, imx_error *err,
                                imx_raster_extent *out) {
    imx_raster_extent all;
    bool round;
    double period = 0;
    imx_status status = check_given(options, err);
    status = status ? status : cover_all(plan, crs, err, &all, &period, &round);
    if (status) {
        return status;
    }
    if (options->has_extent) {
        round = false;
        all.min_x = options->extent[0];
        all.min_y = options->extent[1];
        all.max_x = options->extent[2];
        all.max_y = options->extent[3];
    }
    if (is_empty(&all)) {
        return imx_fail(err, options->has_extent ? IMX_E_USAGE : IMX_E_INPUT,
                        options->has_extent ? "--extent: XMIN,YMIN,XMAX,YMAX must rise from min to max"
                                            : "nothing of the scenes can be shown in the CRS %.80s",
                        crs);
    }
    if (options->res_x > 0) {
        all.res_x = options->res_x;
    } else if (round) { /* whole pixels all round, so that the last is the first one's neighbour */
        all.res_x = (all.max_x - all.min_x) / ceil((all.max_x - all.min_x) / all.res_x - WHOLE_PX);
    }
    all.res_y = options->res_y > 0 ? options->res_y : all.res_x;
    if (options->has_extent) {
        fit(options, &all);
    } else {
        status = fit_limits(plan, options, crs, period, err, &all);
    }
    double w = (all.max_x - all.min_x) / all.res_x, h = (all.max_y - all.min_y) / all.res_y;
    if (!status && !(w <= SIDE_MAX_PX && h <= SIDE_MAX_PX)) {
        return imx_fail(err, IMX_E_USAGE, "a raster of %.10g x %.10g px is too large: give --extent or --res", w, h);
    }
    *out = all;
    return status;
}

/* ---- its samples ---- */

/* The type of a file of samples that are worked on as f64: a whole one where it holds what all scenes have. */
static imx_type stored_type(const imx_plan *plan) {
    bool u32 = true, i32 = true;
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_type type = plan->scenes[i].assets[k].type;
            const bool both = type == IMX_U8 || type == IMX_U16;
            u32 = u32 && (both || type == IMX_U32);
            i32 = i32 && (both || type == IMX_I32 || type == IMX_I16 || type == IMX_I8);
        }
    }
    return plan->pyramid.type != IMX_F64 ? plan->pyramid.type : u32 ? IMX_U32 : i32 ? IMX_I32 : IMX_F64;
}

/* Alpha of data that is no coverage is a threshold: no sample weighs less than another for it. Says so of the first
 * scene. */
static void warn_of_alpha(const imx_plan *plan, imx_log *log) {
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_asset *asset = &plan->scenes[i].assets[k];
            if (asset->validity == IMX_VALID_ALPHA && asset->alpha_band && !asset->coverage) {
                imx_log_say(
                    log, IMX_LOG_WARNING,
                    "%s: its alpha band becomes validity: pixels are valid where it is not 0, however transparent",
                    asset->path);
                return;
            }
        }
    }
}

/* Whether the output has alpha; scenes have it only then. */
static imx_status choose_alpha(imx_plan *plan, const imx_target_options *options, imx_log *log, imx_error *err) {
    if (options->alpha == IMX_ALPHA_YES && options->has_nodata) {
        return imx_fail(err, IMX_E_USAGE, "--alpha yes: alpha tells where nothing is: leave --dst-nodata out");
    }
    const bool any = options->alpha != IMX_ALPHA_NO && !options->has_nodata &&
                     imx_layer_take_coverage(plan->scenes, plan->scene_count);
    plan->pyramid.coverage = any || options->alpha == IMX_ALPHA_YES;
    warn_of_alpha(plan, log);
    return IMX_OK;
}

static imx_status choose_samples(imx_plan *plan, const imx_target_options *options, imx_log *log, imx_error *err) {
    const int32_t bands = imx_scene_band_count(&plan->scenes[0]);
    imx_status status = choose_alpha(plan, options, log, err);
    if (status) {
        return status;
    }
    plan->pyramid.bands = bands + (plan->pyramid.coverage ? 1 : 0);
    plan->pyramid.type = imx_scene_working_type(&plan->scenes[0]);
    for (size_t i = 0; i < plan->scene_count; i++) {
        const imx_scene *scene = &plan->scenes[i];
        const int32_t count = imx_scene_band_count(scene);
        if (count != bands) {
            return imx_fail(err, IMX_E_INPUT, "%s: has %d bands, the first scene has %d", scene->assets[0].path,
                            (int)count, (int)bands);
        }
        plan->pyramid.type = imx_layer_wider(plan->pyramid.type, imx_scene_working_type(scene));
    }
    return plan->pyramid.bands <= BANDS_MAX
               ? IMX_OK
               : imx_fail(err, IMX_E_UNSUPPORTED, "a GeoTIFF holds up to %d bands", BANDS_MAX);
}

/* The bands' scales and offsets, which all scenes must have: samples are mixed, not values. */
static imx_status check_scales(const imx_scene *first, const imx_scene *scene, imx_error *err, bool *any) {
    const int32_t bands = imx_scene_band_count(first);
    for (int32_t b = 0; b < bands; b++) {
        const imx_data_band *x = imx_scene_band(scene, b), *y = imx_scene_band(first, b);
        if (x->scale != y->scale || x->offset != y->offset) {
            return imx_fail(err, IMX_E_INPUT,
                            "%s: band %d means %g * sample + %g, in the first scene %g * sample + %g: make them one "
                            "first (gdal_translate -unscale -ot Float32)",
                            scene->assets[0].path, b + 1, x->scale, x->offset, y->scale, y->offset);
        }
        *any = *any || x->scale != 1 || x->offset != 0;
    }
    return IMX_OK;
}

static imx_status choose_scales(const imx_plan *plan, imx_cog_options *cog, imx_error *err) {
    const imx_scene *first = &plan->scenes[0];
    const int32_t bands = imx_scene_band_count(first);
    bool any = false;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < plan->scene_count && status == IMX_OK; i++) {
        status = check_scales(first, &plan->scenes[i], err, &any);
    }
    if (status != IMX_OK || !any) {
        return status;
    }
    double *scales = imx_calloc(plan->memory, cog->bands, 2 * sizeof *scales);
    if (!scales) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    cog->scales = scales;
    cog->offsets = scales + cog->bands;
    scales[cog->bands - 1] = 1; /* of alpha */
    for (int32_t b = 0; b < bands; b++) {
        scales[b] = imx_scene_band(first, b)->scale;
        scales[cog->bands + (uint32_t)b] = imx_scene_band(first, b)->offset;
    }
    return IMX_OK;
}

/* Of the file's blocks, where nobody has said it: the largest usual one whose pixels, all bands, are not too many to be
 * worked on. By the bands alone, since the file's bytes depend on it. */
static uint32_t block_px(const imx_pyramid *pyramid) {
    const size_t most_bytes = (size_t)32 << 20;
    uint32_t px = 512;
    while (px > 64 && (size_t)px * px * (size_t)pyramid->bands * (imx_type_size(pyramid->type) + 1) > most_bytes) {
        px /= 2;
    }
    return px;
}

static imx_status describe(imx_plan *plan, const imx_target_options *options, const imx_raster_extent *extent,
                           imx_log *log, imx_error *err) {
    imx_cog_options *cog = imx_calloc(plan->memory, 1, sizeof *cog);
    if (!cog) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    plan->cog = cog;
    *cog = (imx_cog_options){.width = (uint64_t)llround((extent->max_x - extent->min_x) / extent->res_x),
                             .height = (uint64_t)llround((extent->max_y - extent->min_y) / extent->res_y),
                             .type = stored_type(plan),
                             .bands = (uint32_t)plan->pyramid.bands,
                             .colours = 1,
                             .tile_px = plan->pyramid.tile_px,
                             .origin_x = extent->min_x,
                             .origin_y = extent->max_y,
                             .res_x = extent->res_x,
                             .res_y = extent->res_y};
    imx_geotiff_tags tags;
    imx_status status = imx_target_nodata(plan, options, log, err);
    status = status ? status : imx_geotiff_tags_create(plan->memory, plan->grid->crs, err, &tags);
    if (status == IMX_OK) {
        cog->keys = (imx_geokeys){tags.directory, tags.directory_count, tags.doubles, tags.double_count, tags.ascii};
    }
    status = status ? status : choose_scales(plan, cog, err);
    return status ? status : imx_target_notes(plan, options->overview_given, log, err);
}

imx_status imx_target_choose(imx_plan *plan, const imx_target_options *options, imx_log *log, imx_error *err) {
    /* a copy: the first scene may be one that is dropped */
    char *crs = options->crs ? NULL : imx_strdup(plan->memory, plan->scenes[0].crs);
    imx_raster_extent extent;
    imx_status status = options->crs ? imx_crs_read(plan->memory, "--crs", options->crs, err, &crs)
                        : crs        ? IMX_OK
                                     : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    status = status ? status : choose_extent(plan, options, crs, err, &extent);
    status = status ? status : choose_samples(plan, options, log, err);
    plan->pyramid.tile_px = options->tile_px ? options->tile_px : block_px(&plan->pyramid);
    status =
        status ? status : imx_grid_of_extent(plan->memory, crs, &extent, plan->pyramid.tile_px, err, &plan->own_grid);
    imx_free(plan->memory, crs);
    plan->grid = plan->own_grid;
    return status ? status : describe(plan, options, &extent, log, err);
}
