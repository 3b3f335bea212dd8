/* tiler/places.c: see the header. */
#include "tiler/places.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tiler/cog.h"
#include "tiler/grid_open.h"
#include "tiler/limits.h"

/* A base that would minify a scene more than this is rendered finer: a kernel's window grows with the square of it, and
 * must fit into the memory of one worker however little that is. */
static const double minified_most = 64, taps = 4; /* px of the output that a kernel spans: as cubic */

/* Puts the file in front of what went wrong, unless the text names it already; the path in place of the mere id. */
static imx_status name_scene(imx_error *err, const imx_scene *scene, imx_status status) {
    size_t length = strlen(scene->id);
    if (err && !strncmp(err->text, scene->id, length) && err->text[length] == ':') {
        char text[IMX_ERROR_TEXT_MAX];
        (void)snprintf(text, sizeof text, "%s", err->text + length + 1 + (err->text[length + 1] == ' '));
        (void)imx_fail(err, status, "%s", text);
    }
    (void)imx_error_context(err, "%s", scene->assets[0].path);
    return status;
}

/* ---- resolutions and levels ---- */

/* Of each asset, and how PROJ gets to it. */
static imx_status measure_scene(const imx_plan *plan, imx_scene *scene, imx_error *err) {
    imx_space space = imx_chain_space(plan->grid, 0, plan->pyramid.tile_px);
    if (plan->cog) { /* the first zoom is one block, which may be much larger than the raster */
        space.width = (double)plan->cog->width * plan->cog->res_x / space.res;
        space.wraps = false;
        space.height = (double)plan->cog->height * plan->cog->res_y / imx_space_res_y(&space);
    }
    imx_transform *transform = NULL;
    imx_status s = IMX_OK;
    for (size_t i = 0; i < scene->asset_count && !s; i++) {
        imx_asset *asset = &scene->assets[i];
        s = imx_transform_create(plan->memory, scene, asset, &space, err, &transform);
        s = s ? s : imx_transform_remember(transform, plan->memory, err, asset);
        s = s ? s : imx_transform_native_res(transform, err, &asset->res);
        imx_transform_destroy(&transform);
    }
    return s ? name_scene(err, scene, s) : IMX_OK;
}

imx_status imx_places_measure(imx_plan *plan, imx_error *err) {
    imx_status s = IMX_OK;
    for (size_t i = 0; !s && i < plan->scene_count; i++) {
        s = measure_scene(plan, &plan->scenes[i], err);
    }
    return s;
}

/* The coarsest level that is still at least as fine as the output. */
static int32_t choose_level(const imx_asset *asset, double minification) {
    int32_t level = 0;
    for (int32_t k = 0; k < asset->overview_count; k++) {
        double factor = fmax((double)asset->width / asset->overview_w[k], (double)asset->height / asset->overview_h[k]);
        if (factor <= minification * (1 + 1e-6)) {
            level = k + 1;
        }
    }
    return level;
}

static void choose_levels(const imx_plan *plan, size_t i, imx_chain *chain) {
    for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
        const imx_asset *asset = &plan->scenes[i].assets[k];
        chain->levels[i][k] = choose_level(asset, chain->space.res / asset->res);
    }
}

/* Whether pixels that are averages may as well be averages of averages. */
static bool averages(const imx_plan *plan) {
    switch (plan->resample) {
    case IMX_RESAMPLE_BILINEAR:
    case IMX_RESAMPLE_CUBIC:
    case IMX_RESAMPLE_CUBICSPLINE:
    case IMX_RESAMPLE_LANCZOS:
    case IMX_RESAMPLE_AVERAGE:
        return plan->pyramid.overview == IMX_REDUCE_AVERAGE || imx_reduce_halo_px(plan->pyramid.overview) > 0;
    default: return false;
    }
}

/* What one pixel of a space looks at, px of the level that suits it best: at most all of it. */
static double window_px(const imx_asset *asset, double res, bool overviews) {
    const imx_block_layout layout = imx_asset_blocks(asset, overviews ? choose_level(asset, res / asset->res) : 0);
    const double span = taps * res / (asset->res * asset->width / layout.level_w);
    return fmin(layout.level_w, span) * fmin(layout.level_h, span);
}

/* Of all scenes at a resolution: the largest such window, the pixels of the levels, and those that are rendered. */
typedef struct reading {
    double window_px, source_px, rendered_px;
} reading;

static reading read_at(const imx_plan *plan, double res, bool overviews) {
    reading all = {0};
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_asset *asset = &plan->scenes[i].assets[k];
            const imx_block_layout layout =
                imx_asset_blocks(asset, overviews ? choose_level(asset, res / asset->res) : 0);
            const double scale = asset->res / res;
            all.window_px = fmax(all.window_px, window_px(asset, res, overviews));
            all.source_px += (double)layout.level_w * layout.level_h;
            all.rendered_px += scale * asset->width * scale * asset->height;
        }
    }
    return all;
}

/* By how many zooms a chain's base is too coarse to be rendered at once; fewer where coarse scenes beside fine ones
 * would make that more than what is read. */
static uint32_t choose_depth(const imx_plan *plan, const imx_chain *chain, bool overviews) {
    const imx_pyramid *p = &chain->pyramid;
    const double window_most = taps * minified_most * taps * minified_most;
    uint32_t depth = 0;
    while (!plan->cog && averages(plan) && p->zoom_max + depth < IMX_ZOOM_MAX &&
           p->columns <= UINT32_MAX >> (p->zoom_max + depth + 1) &&
           p->rows <= UINT32_MAX >> (p->zoom_max + depth + 1)) {
        const reading now = read_at(plan, ldexp(chain->space.res, -(int)depth), overviews);
        const reading finer = read_at(plan, ldexp(chain->space.res, -(int)depth - 1), overviews);
        if (now.window_px <= window_most || finer.rendered_px > finer.source_px) {
            break;
        }
        depth++;
    }
    return depth;
}

/* ---- footprints ---- */

/* Whether an earlier asset has the same outline. */
static bool is_traced(const imx_scene *scene, size_t k) {
    size_t first = 0;
    while (!imx_asset_same_place(&scene->assets[first], &scene->assets[k])) {
        first++;
    }
    return first < k;
}

/* Adds the outlines of the assets after the first. */
static imx_status trace_others(const imx_plan *plan, const imx_scene *scene, const imx_space *space, imx_error *err,
                               imx_footprint *footprint) {
    imx_status s = IMX_OK;
    for (size_t k = 1; k < scene->asset_count && !s; k++) {
        imx_transform *transform = NULL;
        imx_footprint other = {0};
        if (is_traced(scene, k)) {
            continue;
        }
        s = imx_transform_create(plan->memory, scene, &scene->assets[k], space, err, &transform);
        s = s ? s : imx_footprint_create(plan->memory, transform, &scene->assets[k], space, err, &other);
        if (!s) {
            imx_footprint_join(plan->memory, footprint, &other);
        }
        imx_transform_destroy(&transform);
    }
    return s;
}

/* How PROJ gets to the scene, for people. */
static imx_status note_operation(imx_plan *plan, size_t i, const imx_transform *transform, imx_log *log,
                                 imx_error *err) {
    imx_free(plan->memory, plan->operations[i]);
    plan->operations[i] = imx_strdup(plan->memory, imx_transform_operation(transform));
    if (!plan->operations[i]) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    }
    if (imx_transform_ballpark(transform)) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: only a ballpark transformation to %s is known: it may lie off by metres",
                    plan->scenes[i].id,
                    !plan->own_grid                ? plan->grid->id
                    : strchr(plan->grid->crs, '[') ? "the output's CRS"
                                                   : plan->grid->crs);
    }
    return IMX_OK;
}

/* In the space of a chain; what is outside of that has no footprint there. */
static imx_status trace_in(imx_plan *plan, size_t i, imx_chain *chain, imx_log *log, imx_error *err) {
    const imx_scene *scene = &plan->scenes[i];
    imx_footprint *footprint = &chain->footprints[i];
    imx_transform *transform = NULL;
    imx_status s = imx_transform_create(plan->memory, scene, &scene->assets[0], &chain->space, err, &transform);
    s = s ? s : imx_footprint_create(plan->memory, transform, &scene->assets[0], &chain->space, err, footprint);
    s = s ? s : trace_others(plan, scene, &chain->space, err, footprint);
    if (!s && chain == plan->chains) {
        s = note_operation(plan, i, transform, log, err);
    }
    if (!s && !imx_chain_shows(chain, i)) {
        imx_footprint_clear(plan->memory, footprint);
    }
    imx_transform_destroy(&transform);
    return s;
}

static imx_status trace_scene(imx_plan *plan, size_t i, imx_log *log, imx_error *err) {
    imx_status s = IMX_OK;
    bool shown = false;
    for (uint32_t c = 0; c < plan->chain_count && !s; c++) {
        s = trace_in(plan, i, &plan->chains[c], log, err);
        shown = shown || imx_chain_shows(&plan->chains[c], i);
    }
    if (!s && !shown) {
        s = imx_fail(err, IMX_E_INPUT, "lies outside of the grid %s", plan->grid->id);
    }
    return s ? name_scene(err, &plan->scenes[i], s) : IMX_OK;
}

imx_status imx_places_find(imx_plan *plan, bool overviews, imx_log *log, imx_error *err) {
    imx_status s = imx_plan_chain(plan, err);
    for (uint32_t c = 0; c < plan->chain_count && !s; c++) {
        imx_chain *chain = &plan->chains[c];
        imx_chain_deepen(chain, choose_depth(plan, chain, overviews));
        for (size_t i = 0; i < plan->scene_count && overviews; i++) {
            choose_levels(plan, i, chain);
        }
    }
    for (size_t i = 0; i < plan->scene_count && !s; i++) {
        s = trace_scene(plan, i, log, err);
    }
    return s ? s : imx_limits_place(plan, err);
}

/* ---- bounds ---- */

/* What a chain shows, in px of its space and in CRS units: west, south, east, north. false: nothing. */
static bool shown_in(const imx_plan *plan, const imx_chain *chain, imx_box *px, double box[4]) {
    const imx_box all = imx_chain_extent(chain, plan->scene_count);
    const imx_space *space = &chain->space;
    *px = (imx_box){fmax(all.min_x, 0), fmax(all.min_y, 0), fmin(all.max_x, space->width),
                    fmin(all.max_y, space->height)};
    box[0] = space->origin_x + px->min_x * space->res;
    box[1] = space->origin_y - px->max_y * imx_space_res_y(space);
    box[2] = space->origin_x + px->max_x * space->res;
    box[3] = space->origin_y - px->min_y * imx_space_res_y(space);
    return px->max_x > px->min_x && px->max_y > px->min_y;
}

/* Of the finest chain that shows anything; where its matrix ends, as far as coarser ones go on. */
static void find_box(const imx_plan *plan, double box[4]) {
    bool found = false, cut[4] = {false};
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        const imx_space *space = &plan->chains[c].space;
        imx_box px;
        double here[4];
        if (!shown_in(plan, &plan->chains[c], &px, here)) {
            continue;
        }
        for (int side = 0; side < 4; side++) {
            const double farther = side < 2 ? fmin(box[side], here[side]) : fmax(box[side], here[side]);
            box[side] = !found ? here[side] : cut[side] ? farther : box[side];
        }
        const bool ends[4] = {px.min_x <= 0, px.max_y >= space->height, px.max_x >= space->width, px.min_y <= 0};
        for (int side = 0; side < 4; side++) {
            cut[side] = ends[side] && (!found || cut[side]);
        }
        found = true;
    }
}

/* Grids may lie beyond the antimeridian, or more than once round: west in [-180, 180). */
static void begin_on_the_map(double *west, double *east) {
    const double same = 1e-9, turns = floor((*west + 180 + same) / 360);
    if (*east - *west > 360 + same) {
        *west = -180, *east = 180;
    } else if (turns != 0) {
        *west -= 360 * turns, *east -= 360 * turns;
    }
    *east = fabs(*east - 180) < same ? 180 : *east; /* not beyond it by rounding */
}

imx_status imx_places_bounds(imx_plan *plan, imx_error *err) {
    double box[4] = {0}, degrees[4];
    find_box(plan, box);
    imx_status s = imx_grid_bounds_deg(plan->memory, plan->grid, box, err, degrees);
    if (!s) {
        plan->west = degrees[0];
        plan->south = degrees[1];
        plan->east = degrees[2] < degrees[0] ? degrees[2] + 360 : degrees[2]; /* on across the antimeridian */
        plan->north = degrees[3];
        begin_on_the_map(&plan->west, &plan->east);
    }
    return s;
}
