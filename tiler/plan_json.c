/* tiler/plan_json.c: the plan as JSON, in its two forms: complete (everything that is needed to run the job elsewhere)
 * and for an archive (what may stand in one: no folders, outlines thinned out). Canonical: sorted keys, no white space,
 * 17 significant digits, so that equal plans give equal bytes. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "engine/collar.h"
#include "tiler/limits.h"
#include "tiler/plan.h"
#include "tiler/plan_georef.h"
#include "tiler/plan_json_chain.h"
#include "tiler/plan_json_data.h"
#include "tiler/plan_json_grade.h"
#include "tiler/plan_json_limits.h"

/* Every setter steals its value and reports failure by `false`; jansson passes NULL through, so one check at the end of
 * an object is enough. */
static bool put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

static json_t *text_or_null(const char *text) { return text ? json_string(text) : json_null(); }

static const char *const role_names[] = {"visual", "data", "pan", "mask"};
static const char *const validity_names[] = {"all", "nodata", "alpha", "mask"};
static const char *const mosaic_names[] = {"over", "blend"};
static const char *const order_names[] = {"hilbert", "rows"};

#define COUNT_OF(names) (sizeof(names) / sizeof *(names))

/* How deep samples of a picture are, as far as that is not 8 bits from black to white. */
static bool put_depth(json_t *o, const imx_asset *a) {
    bool fewer = false;
    for (int32_t i = 0; i < a->band_count; i++) {
        fewer = fewer || a->largest[i] > 0;
    }
    return (!fewer || put(o, "largest", imx_plan_reals_to_json(a->largest, (size_t)a->band_count))) &&
           (!a->white_is_zero || put(o, "white_is_zero", json_true())) &&
           (a->role == IMX_ROLE_DATA || !(a->opaque > 0) || put(o, "opaque", json_real(a->opaque)));
}

static json_t *asset_to_json(const imx_asset *a, int32_t level, bool for_archive) {
    json_t *o = json_object();
    size_t bands = (size_t)a->band_count;
    const char *slash = strrchr(a->path, '/');
    bool ok =
        o && put(o, "path", json_string(for_archive && slash ? slash + 1 : a->path)) &&
        put(o, "role", json_string(role_names[a->role])) && put(o, "type", json_string(imx_type_name(a->type))) &&
        put(o, "bands", imx_plan_integers_to_json(a->bands, bands)) && put(o, "palette", json_boolean(a->palette)) &&
        put(o, "validity", json_string(validity_names[a->validity])) && put(o, "width", json_integer(a->width)) &&
        put(o, "height", json_integer(a->height)) &&
        put(o, "geotransform", imx_plan_reals_to_json(a->geotransform, 6)) && put(o, "level", json_integer(level));
    ok = ok && put_depth(o, a);
    if (ok && a->quality) {
        ok = put(o, "quality", json_true()); /* the scene's */
    }
    if (ok && a->collar) {
        ok = put(o, "collar", json_integer(imx_collar_within(a->collar)));
    }
    if (ok && a->georef) {
        ok = put(o, "georef", imx_georef_to_json(a->georef, for_archive));
    }
    if (ok && a->role == IMX_ROLE_DATA) {
        ok = put(o, "data", imx_data_bands_to_json(a)) && (!a->whole_pixels || put(o, "whole_pixels", json_true())) &&
             (!a->as_floats || put(o, "as_floats", json_true()));
    } else if (ok && (a->validity == IMX_VALID_NODATA || a->band_masks)) {
        ok = put(o, "nodata", imx_plan_reals_to_json(a->nodata, bands));
    }
    if (ok && a->band_masks) {
        ok = put(o, "band_masks", json_true());
    }
    if (ok && a->validity == IMX_VALID_ALPHA) {
        ok = put(o, "alpha_band", json_integer(a->alpha_band)) &&
             (!a->coverage || put(o, "coverage", json_real(a->opaque)));
    }
    if (ok && !for_archive) {
        ok = put(o, "tiled", json_boolean(a->tiled)) && put(o, "block_w", json_integer(a->block_w)) &&
             put(o, "block_h", json_integer(a->block_h)) &&
             put(o, "overview_w", imx_plan_integers_to_json(a->overview_w, (size_t)a->overview_count)) &&
             put(o, "overview_h", imx_plan_integers_to_json(a->overview_h, (size_t)a->overview_count)) &&
             put(o, "overview_block_w", imx_plan_integers_to_json(a->overview_block_w, (size_t)a->overview_count)) &&
             put(o, "overview_block_h", imx_plan_integers_to_json(a->overview_block_h, (size_t)a->overview_count));
    }
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *scene_to_json(const imx_plan *plan, size_t i, bool for_archive) {
    const imx_scene *scene = &plan->scenes[i];
    char fingerprint[IMX_HASH_TEXT_SIZE];
    imx_hash_text(&scene->fingerprint, fingerprint);
    json_t *o = json_object(), *assets = json_array();
    bool ok = o && assets;
    for (size_t k = 0; ok && k < scene->asset_count; k++) {
        ok = json_array_append_new(assets,
                                   asset_to_json(&scene->assets[k], plan->chains[0].levels[i][k], for_archive)) == 0;
    }
    ok = put(o, "assets", assets) && ok;
    json_t *quality = imx_quality_to_json(scene->quality);
    ok = (!quality || put(o, "quality", quality)) && ok && (quality || !scene->quality);
    ok = ok && (!quality || for_archive || put(quality, "band", asset_to_json(&scene->quality->asset, 0, false)));
    ok = ok && (!scene->operation || put(o, "pipeline", json_string(scene->operation)));
    ok = ok && put(o, "id", json_string(scene->id)) && put(o, "crs", json_string(scene->crs)) &&
         put(o, "fingerprint", json_string(fingerprint)) && put(o, "time_start", text_or_null(scene->time_start)) &&
         put(o, "time_end", text_or_null(scene->time_end)) && put(o, "operation", text_or_null(plan->operations[i])) &&
         put(o, "footprint", imx_footprint_to_json(plan, &plan->chains[0], i, for_archive));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *options_to_json(const imx_plan *plan, bool for_archive) {
    json_t *o = json_object();
    char background[8];
    (void)snprintf(background, sizeof background, "#%02x%02x%02x", plan->codec.background[0], plan->codec.background[1],
                   plan->codec.background[2]);
    bool ok = o && put(o, "grid", json_string(plan->grid->id)) &&
              put(o, "tile_size", json_integer(plan->pyramid.tile_px)) &&
              put(o, "zoom_min", json_integer(plan->pyramid.zoom_min + plan->grid->first_id)) &&
              put(o, "zoom_max", json_integer(plan->pyramid.zoom_max + plan->grid->first_id)) &&
              put(o, "resample", json_string(imx_resample_name(plan->resample))) &&
              put(o, "mosaic", json_string(mosaic_names[plan->mosaic])) &&
              put(o, "error_threshold_px", json_real(plan->error_threshold_px)) &&
              put(o, "format", json_string(imx_format_name(plan->codec.format))) &&
              put(o, "quality", json_integer(plan->codec.quality)) &&
              put(o, "webp_method", json_integer(plan->codec.webp_method)) &&
              put(o, "png_effort", json_string(imx_png_effort_name(plan->codec.png_effort))) &&
              put(o, "png_palette", json_string(imx_png_palette_name(plan->codec.png_palette))) &&
              put(o, "background", json_string(background)) && put(o, "name", text_or_null(plan->name)) &&
              put(o, "attribution", text_or_null(plan->attribution));
    ok = ok && (!plan->pyramid.buffer_px || put(o, "buffer", json_integer(plan->pyramid.buffer_px)));
    if (plan->pyramid.overview != IMX_REDUCE_AVERAGE) { /* said only where it is not the usual one */
        ok = ok && put(o, "overview_resample", json_string(imx_overview_name(plan->pyramid.overview)));
    }
    ok = ok && (plan->grade.kind == IMX_GRADE_NONE || put(o, "grade", imx_grade_to_json(&plan->grade)));
    ok = ok && (!plan->cog || put(o, "raster", imx_raster_to_json(plan->memory, plan->cog)));
    ok = ok && imx_limits_to_json(plan, for_archive, o);
    ok = ok && (!plan->own_grid || put(o, "tile_matrix_set", json_loads(plan->own_grid->json, 0, NULL)));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* What only the complete form has: walk order and forecast. */
static bool put_forecast(json_t *o, const imx_plan *plan) {
    return imx_tiles_to_json(plan, o) && put(o, "order", json_string(order_names[plan->pyramid.order])) &&
           put(o, "bytes_estimate", json_integer((json_int_t)plan->bytes_estimate)) &&
           put(o, "generation", json_string(plan->generation));
}

imx_status imx_plan_to_json(const imx_plan *plan, bool for_archive, imx_error *err, char **out) {
    json_t *o = json_object(), *scenes = json_array();
    double bounds[4] = {plan->west, plan->south, plan->east, plan->north};
    bool ok = o && scenes;
    for (size_t i = 0; ok && i < plan->scene_count; i++) {
        ok = json_array_append_new(scenes, scene_to_json(plan, i, for_archive)) == 0;
    }
    ok = put(o, "scenes", scenes) && ok;
    ok = ok && put(o, "options", options_to_json(plan, for_archive)) &&
         ((for_archive && plan->grid->projection == IMX_GRID_PLANE) ||
          put(o, "bounds", imx_plan_reals_to_json(bounds, 4))) &&
         put(o, "engine", json_string("imbrex " IMX_VERSION)) && (for_archive || put_forecast(o, plan)) &&
         imx_chains_to_json(plan, for_archive, o);
    char *text = ok ? json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    *out = text ? imx_strdup(plan->memory, text) : NULL;
    free(text);
    return *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan's JSON");
}

/* ---- reading: the inverse of the complete form ---- */

static void depth_from_json(imx_plan_reader *r, json_t *o, imx_asset *a) {
    json_t *largest = json_object_get(o, "largest");
    a->white_is_zero = json_is_true(json_object_get(o, "white_is_zero"));
    bool sound = !largest ||
                 imx_plan_read_reals(r, largest, "largest", a->largest, IMX_ASSET_BANDS_MAX) == (size_t)a->band_count;
    for (int32_t i = 0; i < a->band_count; i++) {
        sound = sound && a->largest[i] >= 0 && a->largest[i] <= 255;
    }
    if (!sound || (a->role != IMX_ROLE_DATA && !(a->opaque >= 0 && a->opaque <= 255))) {
        (void)imx_plan_read_bad(r, "largest", "one number from 0 to 255 a band");
    }
}

static void asset_from_json(imx_plan_reader *r, json_t *o, imx_asset *a) {
    static const char *const types[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64"};
    a->path = imx_plan_read_text(r, o, "path", false);
    imx_status placed = imx_georef_from_json(r->memory, json_object_get(o, "georef"), r->err, &a->georef);
    r->status = r->status ? r->status : placed;
    a->role = (imx_role)imx_plan_read_name(r, o, "role", role_names, COUNT_OF(role_names));
    a->type = (imx_type)imx_plan_read_name(r, o, "type", types, COUNT_OF(types));
    a->band_count = (int32_t)imx_plan_read_integers(r, o, "bands", a->bands, IMX_ASSET_BANDS_MAX);
    a->palette = imx_plan_read_bool(r, o, "palette");
    a->validity = (imx_validity)imx_plan_read_name(r, o, "validity", validity_names, COUNT_OF(validity_names));
    a->width = (int32_t)imx_plan_read_int(r, o, "width", 1, INT32_MAX);
    a->height = (int32_t)imx_plan_read_int(r, o, "height", 1, INT32_MAX);
    a->tiled = imx_plan_read_bool(r, o, "tiled");
    a->block_w = (int32_t)imx_plan_read_int(r, o, "block_w", 1, INT32_MAX);
    a->block_h = (int32_t)imx_plan_read_int(r, o, "block_h", 1, INT32_MAX);
    a->overview_count = (int32_t)imx_plan_read_integers(r, o, "overview_w", a->overview_w, IMX_ASSET_OVERVIEWS_MAX);
    size_t overviews = (size_t)a->overview_count;
    if (imx_plan_read_integers(r, o, "overview_h", a->overview_h, IMX_ASSET_OVERVIEWS_MAX) != overviews ||
        imx_plan_read_integers(r, o, "overview_block_w", a->overview_block_w, IMX_ASSET_OVERVIEWS_MAX) != overviews ||
        imx_plan_read_integers(r, o, "overview_block_h", a->overview_block_h, IMX_ASSET_OVERVIEWS_MAX) != overviews) {
        (void)imx_plan_read_bad(r, "overview_h", "in step with overview_w and the overviews' blocks");
    }
    if (imx_plan_read_reals(r, json_object_get(o, "geotransform"), "geotransform", a->geotransform, 6) != 6) {
        (void)imx_plan_read_bad(r, "geotransform", "six numbers");
    }
    a->as_floats = json_is_true(json_object_get(o, "as_floats"));
    a->band_masks = json_is_true(json_object_get(o, "band_masks"));
    a->whole_pixels = json_is_true(json_object_get(o, "whole_pixels"));
    if (json_object_get(o, "collar") && !r->status) { /* imx_collars_find() finds it */
        r->status =
            imx_collar_create(r->memory, (int32_t)imx_plan_read_int(r, o, "collar", 0, 65535), r->err, &a->collar);
    }
    imx_status bands = imx_data_bands_from_json(r->memory, json_object_get(o, "data"), r->err, a);
    r->status = r->status ? r->status : bands;
    if ((a->validity == IMX_VALID_NODATA || a->band_masks) && a->role != IMX_ROLE_DATA &&
        imx_plan_read_reals(r, json_object_get(o, "nodata"), "nodata", a->nodata, IMX_ASSET_BANDS_MAX) !=
            (size_t)a->band_count) {
        (void)imx_plan_read_bad(r, "nodata", "one number a band");
    }
    if (a->validity == IMX_VALID_ALPHA) {
        a->alpha_band = (int32_t)imx_plan_read_int(r, o, "alpha_band", 0, INT32_MAX);
        a->opaque = json_number_value(json_object_get(o, a->role == IMX_ROLE_DATA ? "coverage" : "opaque"));
        a->coverage = a->role == IMX_ROLE_DATA && a->opaque > 0;
    }
    depth_from_json(r, o, a);
}

/* The scene's quality band, and whose it is. */
static void quality_from_json(imx_plan_reader *r, json_t *o, const json_t *assets, imx_scene *scene) {
    imx_status status = imx_quality_from_json(r->memory, o, r->err, &scene->quality);
    r->status = r->status ? r->status : status;
    json_t *band = scene->quality ? imx_plan_read(r, o, "band", JSON_OBJECT, "an asset") : NULL;
    if (band) {
        asset_from_json(r, band, &scene->quality->asset);
    }
    if (scene->quality && !r->status && !imx_quality_is_sound(scene->quality)) {
        (void)imx_plan_read_bad(r, "quality", "one band of 8 or 16 bits");
    }
    for (size_t k = 0; k < scene->asset_count; k++) {
        const bool named = json_is_true(json_object_get(json_array_get(assets, k), "quality"));
        scene->assets[k].quality = named ? scene->quality : NULL;
    }
}

static void scene_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan, size_t i) {
    imx_scene *scene = &plan->scenes[i];
    scene->id = imx_plan_read_text(r, o, "id", false);
    scene->crs = imx_plan_read_text(r, o, "crs", false);
    scene->time_start = imx_plan_read_text(r, o, "time_start", true);
    scene->time_end = imx_plan_read_text(r, o, "time_end", true);
    plan->operations[i] = imx_plan_read_text(r, o, "operation", true);
    scene->operation = json_object_get(o, "pipeline") ? imx_plan_read_text(r, o, "pipeline", true) : NULL;
    json_t *fingerprint = imx_plan_read(r, o, "fingerprint", JSON_STRING, "a hash");
    if (fingerprint && !imx_hash_parse(json_string_value(fingerprint), &scene->fingerprint)) {
        (void)imx_plan_read_bad(r, "fingerprint", "a hash");
    }
    json_t *assets = imx_plan_read(r, o, "assets", JSON_ARRAY, "a list of assets");
    size_t count = json_array_size(assets);
    if (!count) {
        (void)imx_plan_read_bad(r, "assets", "a list of at least one");
        return;
    }
    scene->assets = imx_calloc(r->memory, count, sizeof *scene->assets);
    if (!scene->assets) {
        r->status = r->status ? r->status : imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
        return;
    }
    scene->asset_count = count;
    for (size_t k = 0; k < count; k++) {
        asset_from_json(r, json_array_get(assets, k), &scene->assets[k]);
    }
    quality_from_json(r, json_object_get(o, "quality"), assets, scene);
}

static bool grid_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    json_t *name = imx_plan_read(r, o, "grid", JSON_STRING, "the name of a grid"),
           *set = json_object_get(o, "tile_matrix_set");
    plan->grid = name && !set ? imx_grid_find(json_string_value(name)) : NULL;
    if (json_is_object(set)) {
        char *text = json_dumps(set, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17));
        imx_status parsed =
            text ? imx_grid_parse(r->memory, text, strlen(text), NULL, NULL, NULL, &plan->own_grid) : IMX_E_NOMEM;
        if (parsed == IMX_E_NOMEM && !r->status) {
            r->status = imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
        }
        plan->grid = plan->own_grid;
        free(text);
    }
    if (!plan->grid) {
        (void)imx_plan_read_bad(r, "grid", "the name of a grid, or described by a tile matrix set");
    }
    return plan->grid != NULL;
}

static void options_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    if (!grid_from_json(r, o, plan)) {
        return;
    }
    const int64_t first = plan->grid->first_id;
    plan->pyramid.tile_px = (uint32_t)imx_plan_read_int(r, o, "tile_size", 64, 4096);
    if (json_object_get(o, "buffer")) { /* absent: none */
        const uint32_t most = imx_pyramid_buffer_max_px(plan->pyramid.tile_px);
        plan->pyramid.buffer_px = (uint32_t)imx_plan_read_int(r, o, "buffer", 1, most);
    }
    plan->pyramid.zoom_max =
        (uint32_t)(imx_plan_read_int(r, o, "zoom_max", first, first + plan->grid->zooms - 1) - first);
    plan->pyramid.zoom_min =
        (uint32_t)(imx_plan_read_int(r, o, "zoom_min", first, first + plan->pyramid.zoom_max) - first);
    json_t *resample = imx_plan_read(r, o, "resample", JSON_STRING, "a resampling");
    if (resample && imx_resample_parse(json_string_value(resample), NULL, &plan->resample)) {
        (void)imx_plan_read_bad(r, "resample", "a resampling");
    }
    json_t *overview = json_object_get(o, "overview_resample"); /* absent: average */
    if (overview &&
        (!json_is_string(overview) || imx_overview_parse(json_string_value(overview), NULL, &plan->pyramid.overview))) {
        (void)imx_plan_read_bad(r, "overview_resample", "a way to make overviews");
    }
    plan->mosaic = (imx_mosaic_mode)imx_plan_read_name(r, o, "mosaic", mosaic_names, COUNT_OF(mosaic_names));
    plan->error_threshold_px = json_number_value(json_object_get(o, "error_threshold_px"));
    json_t *format = imx_plan_read(r, o, "format", JSON_STRING, "a format");
    if (format && imx_format_parse(json_string_value(format), NULL, &plan->codec.format)) {
        (void)imx_plan_read_bad(r, "format", "a format");
    }
    plan->codec.quality = (int)imx_plan_read_int(r, o, "quality", 1, 100);
    plan->codec.webp_method = (int)imx_plan_read_int(r, o, "webp_method", 0, 6);
    json_t *effort = imx_plan_read(r, o, "png_effort", JSON_STRING, "a PNG effort");
    if (effort && imx_png_effort_parse(json_string_value(effort), NULL, &plan->codec.png_effort)) {
        (void)imx_plan_read_bad(r, "png_effort", "a PNG effort");
    }
    json_t *palette = imx_plan_read(r, o, "png_palette", JSON_STRING, "a PNG palette mode");
    if (palette && imx_png_palette_parse(json_string_value(palette), NULL, &plan->codec.png_palette)) {
        (void)imx_plan_read_bad(r, "png_palette", "a PNG palette mode");
    }
    json_t *background = imx_plan_read(r, o, "background", JSON_STRING, "a colour");
    if (background && sscanf(json_string_value(background), "#%2hhx%2hhx%2hhx", &plan->codec.background[0],
                             &plan->codec.background[1], &plan->codec.background[2]) != 3) {
        (void)imx_plan_read_bad(r, "background", "a colour such as #ffffff");
    }
    plan->name = imx_plan_read_text(r, o, "name", true);
    plan->attribution = imx_plan_read_text(r, o, "attribution", true);
    imx_status raster = imx_raster_from_json(json_object_get(o, "raster"), r->err, plan);
    r->status = r->status ? r->status : raster;
    imx_status grade = imx_grade_from_json(json_object_get(o, "grade"), r->err, plan);
    r->status = r->status ? r->status : grade;
    if (imx_grade_keeps_numbers(plan->grade.kind)) {
        plan->pyramid.bands = plan->grade.planes.bands;
        plan->pyramid.type = plan->grade.planes.type;
    }
    imx_status limits = imx_limits_from_json(o, r->err, plan);
    r->status = r->status ? r->status : limits;
}

static void forecast_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    plan->pyramid.order = (imx_walk_order)imx_plan_read_name(r, o, "order", order_names, COUNT_OF(order_names));
    plan->bytes_estimate = (uint64_t)imx_plan_read_int(r, o, "bytes_estimate", 0, INT64_MAX);
    json_t *generation = imx_plan_read(r, o, "generation", JSON_STRING, "a hash");
    plan->sealed = true;
    (void)snprintf(plan->generation, sizeof plan->generation, "%s", generation ? json_string_value(generation) : "");
}

/* The chains, and where the scenes lie in them. */
static void chains_from_json(imx_plan_reader *r, json_t *o, imx_plan *plan) {
    json_t *scenes = json_object_get(o, "scenes");
    imx_chain *chain = &plan->chains[0];
    r->status = r->status ? r->status : imx_plan_chain(plan, r->err);
    imx_chains_shape_from_json(r, o, plan);
    for (size_t i = 0; i < plan->scene_count && !r->status; i++) {
        json_t *scene = json_array_get(scenes, i), *assets = json_object_get(scene, "assets");
        imx_footprint_from_json(r, json_object_get(scene, "footprint"), &chain->footprints[i]);
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            imx_level_from_json(r, json_array_get(assets, k), &plan->scenes[i].assets[k], &chain->levels[i][k]);
        }
    }
    if (!r->status) {
        imx_chains_from_json(r, o, plan);
    }
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        plan->tiles_total += plan->chains[c].tiles_total;
    }
    r->status = r->status ? r->status : imx_limits_place(plan, r->err);
}

imx_status imx_plan_from_json(imx_memory *memory, const char *json, imx_error *err, imx_plan **out) {
    json_error_t fault;
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(o)) {
        json_decref(o);
        return imx_fail(err, IMX_E_INPUT, "job plan: not JSON (line %d: %s)", fault.line, fault.text);
    }
    imx_plan_reader r = {.memory = memory, .err = err};
    imx_plan *plan = imx_calloc(memory, 1, sizeof *plan);
    json_t *scenes = imx_plan_read(&r, o, "scenes", JSON_ARRAY, "a list of scenes");
    size_t count = json_array_size(scenes);
    if (plan) {
        plan->memory = memory;
        plan->scenes = imx_calloc(memory, count + 1, sizeof *plan->scenes);
        plan->operations = imx_calloc(memory, count + 1, sizeof *plan->operations);
    }
    if (!plan || !plan->scenes || !plan->operations) {
        r.status = imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    } else {
        plan->scene_count = count;
        double bounds[4] = {0};
        options_from_json(&r, json_object_get(o, "options"), plan);
        forecast_from_json(&r, o, plan);
        for (size_t i = 0; i < count && !r.status; i++) {
            scene_from_json(&r, json_array_get(scenes, i), plan, i);
        }
        chains_from_json(&r, o, plan);
        if (imx_plan_read_reals(&r, json_object_get(o, "bounds"), "bounds", bounds, 4) != 4) {
            (void)imx_plan_read_bad(&r, "bounds", "four numbers");
        }
        plan->west = bounds[0];
        plan->south = bounds[1];
        plan->east = bounds[2];
        plan->north = bounds[3];
    }
    json_decref(o);
    if (r.status) {
        imx_plan_destroy(&plan);
        return r.status;
    }
    *out = plan;
    return IMX_OK;
}
