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
#include "tiler/plan_json_data.h"
#include "tiler/plan_json_grade.h"
#include "tiler/plan_json_limits.h"

enum { ARCHIVE_RING_POINTS = 32 };

/* Every setter steals its value and reports failure by `false`; jansson passes NULL through, so one check at the end of
 * an object is enough. */
static bool put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

static json_t *text_or_null(const char *text) { return text ? json_string(text) : json_null(); }

static json_t *reals(const double *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        /* JSON has no NaN; a nodata of NaN is null */
        json_t *value = isfinite(values[i]) ? json_real(values[i]) : json_null();
        if (json_array_append_new(array, value)) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *integers(const int32_t *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        if (json_array_append_new(array, json_integer(values[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static const char *const role_names[] = {"visual", "data", "pan", "mask"};
static const char *const validity_names[] = {"all", "nodata", "alpha", "mask"};
static const char *const mosaic_names[] = {"over", "blend"};
static const char *const order_names[] = {"hilbert", "rows"};

#define COUNT_OF(names) (sizeof(names) / sizeof *(names))

static json_t *asset_to_json(const imx_asset *a, bool for_archive) {
    json_t *o = json_object();
    size_t bands = (size_t)a->band_count;
    const char *slash = strrchr(a->path, '/');
    bool ok = o && put(o, "path", json_string(for_archive && slash ? slash + 1 : a->path)) &&
              put(o, "role", json_string(role_names[a->role])) && put(o, "type", json_string(imx_type_name(a->type))) &&
              put(o, "bands", integers(a->bands, bands)) && put(o, "palette", json_boolean(a->palette)) &&
              put(o, "validity", json_string(validity_names[a->validity])) && put(o, "width", json_integer(a->width)) &&
              put(o, "height", json_integer(a->height)) && put(o, "geotransform", reals(a->geotransform, 6)) &&
              put(o, "level", json_integer(a->level));
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
             (!a->band_masks || put(o, "band_masks", json_true())) &&
             (!a->as_floats || put(o, "as_floats", json_true()));
    } else if (ok && a->validity == IMX_VALID_NODATA) {
        ok = put(o, "nodata", reals(a->nodata, bands));
    }
    if (ok && a->validity == IMX_VALID_ALPHA) {
        ok = put(o, "alpha_band", json_integer(a->alpha_band));
    }
    if (ok && !for_archive) {
        ok = put(o, "tiled", json_boolean(a->tiled)) && put(o, "block_w", json_integer(a->block_w)) &&
             put(o, "block_h", json_integer(a->block_h)) &&
             put(o, "overview_w", integers(a->overview_w, (size_t)a->overview_count)) &&
             put(o, "overview_h", integers(a->overview_h, (size_t)a->overview_count)) &&
             put(o, "overview_block_w", integers(a->overview_block_w, (size_t)a->overview_count)) &&
             put(o, "overview_block_h", integers(a->overview_block_h, (size_t)a->overview_count));
    }
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* A ring in degrees, at most ARCHIVE_RING_POINTS vertices, 6 decimals (0.1 m): for people and maps, not for work. */
static json_t *ring_to_lonlat(const imx_plan *plan, const imx_ring *ring) {
    json_t *array = json_array();
    size_t step = (ring->count + ARCHIVE_RING_POINTS - 1) / ARCHIVE_RING_POINTS;
    for (size_t i = 0; array && i < ring->count; i += step) {
        double lon, lat;
        imx_grid_to_lonlat(plan->grid, plan->space.origin_x + ring->xy[2 * i] * plan->space.res,
                           plan->space.origin_y - ring->xy[2 * i + 1] * imx_space_res_y(&plan->space), &lon, &lat);
        double rounded[2] = {round(lon * 1e6) / 1e6, round(lat * 1e6) / 1e6};
        if (json_array_append_new(array, reals(rounded, 2))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *footprint_to_json(const imx_plan *plan, const imx_footprint *f, bool for_archive) {
    json_t *rings = json_array();
    for (size_t i = 0; rings && i < f->ring_count; i++) {
        const imx_ring *ring = &f->rings[i];
        if (json_array_append_new(rings, for_archive ? ring_to_lonlat(plan, ring) : reals(ring->xy, 2 * ring->count))) {
            json_decref(rings);
            return NULL;
        }
    }
    if (for_archive || !rings) {
        return rings;
    }
    json_t *o = json_object();
    double box[4] = {f->box.min_x, f->box.min_y, f->box.max_x, f->box.max_y};
    bool ok = o && put(o, "outline", json_boolean(f->outline)) && put(o, "margin_px", json_real(f->margin_px)) &&
              put(o, "box", reals(box, 4));
    ok = put(o, "rings", rings) && ok;
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
        ok = json_array_append_new(assets, asset_to_json(&scene->assets[k], for_archive)) == 0;
    }
    ok = put(o, "assets", assets) && ok;
    json_t *quality = imx_quality_to_json(scene->quality);
    ok = (!quality || put(o, "quality", quality)) && ok && (quality || !scene->quality);
    ok = ok && (!quality || for_archive || put(quality, "band", asset_to_json(&scene->quality->asset, false)));
    ok = ok && (!scene->operation || put(o, "pipeline", json_string(scene->operation)));
    ok = ok && put(o, "id", json_string(scene->id)) && put(o, "crs", json_string(scene->crs)) &&
         put(o, "fingerprint", json_string(fingerprint)) && put(o, "time_start", text_or_null(scene->time_start)) &&
         put(o, "time_end", text_or_null(scene->time_end)) && put(o, "operation", text_or_null(plan->operations[i])) &&
         put(o, "footprint", footprint_to_json(plan, &plan->footprints[i], for_archive));
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
    json_t *counts = json_array();
    bool ok = counts != NULL;
    for (uint32_t z = 0; ok && z <= plan->pyramid.zoom_max; z++) {
        ok = json_array_append_new(counts, json_integer((json_int_t)plan->tiles[z])) == 0;
    }
    if (imx_pyramid_looks_around(&plan->pyramid)) {
        const imx_pyramid_waiting *w = &plan->waiting;
        ok = ok && put(o, "waiting",
                       json_pack("{s:I, s:I, s:I, s:I}", "most", (json_int_t)w->most, "each_worker",
                                 (json_int_t)w->each_worker, "all", (json_int_t)w->all, "list_bytes",
                                 (json_int_t)w->list_bytes));
    }
    return put(o, "tiles", counts) && ok && put(o, "order", json_string(order_names[plan->pyramid.order])) &&
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
    ok = ok && put(o, "options", options_to_json(plan, for_archive)) && put(o, "bounds", reals(bounds, 4)) &&
         put(o, "engine", json_string("imbrex " IMX_VERSION)) && (for_archive || put_forecast(o, plan));
    char *text = ok ? json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    *out = text ? imx_strdup(plan->memory, text) : NULL;
    free(text);
    return *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan's JSON");
}

/* ---- reading: the inverse of the complete form ---- */

typedef struct reader {
    imx_memory *memory;
    imx_error *err;
    imx_status status; /* the first failure; later reads do nothing */
} reader;

static void *bad(reader *r, const char *key, const char *expected) {
    if (!r->status) {
        r->status = imx_fail(r->err, IMX_E_INPUT, "job plan: '%s' is not %s", key, expected);
    }
    return NULL;
}

static json_t *get(reader *r, json_t *o, const char *key, json_type type, const char *expected) {
    json_t *value = json_object_get(o, key);
    return value && json_typeof(value) == type ? value : bad(r, key, expected);
}

static int64_t get_int(reader *r, json_t *o, const char *key, int64_t min, int64_t max) {
    json_t *value = get(r, o, key, JSON_INTEGER, "a whole number");
    int64_t number = value ? json_integer_value(value) : min;
    if (number < min || number > max) {
        (void)bad(r, key, "in range");
        return min;
    }
    return number;
}

static bool get_bool(reader *r, json_t *o, const char *key) {
    json_t *value = json_object_get(o, key);
    if (!json_is_boolean(value)) {
        (void)bad(r, key, "true or false");
    }
    return json_is_true(value);
}

/* A copy; NULL for null where it may be. */
static char *get_text(reader *r, json_t *o, const char *key, bool may_be_null) {
    json_t *value = json_object_get(o, key);
    if (may_be_null && json_is_null(value)) {
        return NULL;
    }
    if (!json_is_string(value)) {
        return bad(r, key, "a text");
    }
    char *copy = imx_strdup(r->memory, json_string_value(value));
    if (!copy && !r->status) {
        r->status = imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
    }
    return copy;
}

static unsigned get_name(reader *r, json_t *o, const char *key, const char *const *names, size_t count) {
    json_t *value = get(r, o, key, JSON_STRING, "a name");
    for (unsigned i = 0; value && i < count; i++) {
        if (!strcmp(names[i], json_string_value(value))) {
            return i;
        }
    }
    (void)bad(r, key, "one of the known names");
    return 0;
}

/* Into values[0..max-1]; the number that there are. null is NaN. */
static size_t get_reals(reader *r, json_t *array, const char *key, double *values, size_t max) {
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > max) {
        (void)bad(r, key, "a list of numbers");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !json_is_null(value)) {
            (void)bad(r, key, "a list of numbers");
        }
        values[i] = json_is_null(value) ? (double)NAN : json_number_value(value);
    }
    return count;
}

static size_t get_integers(reader *r, json_t *o, const char *key, int32_t *values, size_t max) {
    json_t *array = get(r, o, key, JSON_ARRAY, "a list of whole numbers");
    size_t count = json_array_size(array);
    if (count > max) {
        (void)bad(r, key, "short enough");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT32_MAX) {
            (void)bad(r, key, "a list of whole numbers");
            return 0;
        }
        values[i] = (int32_t)json_integer_value(value);
    }
    return count;
}

static void asset_from_json(reader *r, json_t *o, imx_asset *a) {
    static const char *const types[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64"};
    a->path = get_text(r, o, "path", false);
    imx_status placed = imx_georef_from_json(r->memory, json_object_get(o, "georef"), r->err, &a->georef);
    r->status = r->status ? r->status : placed;
    a->role = (imx_role)get_name(r, o, "role", role_names, COUNT_OF(role_names));
    a->type = (imx_type)get_name(r, o, "type", types, COUNT_OF(types));
    a->band_count = (int32_t)get_integers(r, o, "bands", a->bands, IMX_ASSET_BANDS_MAX);
    a->palette = get_bool(r, o, "palette");
    a->validity = (imx_validity)get_name(r, o, "validity", validity_names, COUNT_OF(validity_names));
    a->width = (int32_t)get_int(r, o, "width", 1, INT32_MAX);
    a->height = (int32_t)get_int(r, o, "height", 1, INT32_MAX);
    a->level = (int32_t)get_int(r, o, "level", 0, IMX_ASSET_OVERVIEWS_MAX);
    a->tiled = get_bool(r, o, "tiled");
    a->block_w = (int32_t)get_int(r, o, "block_w", 1, INT32_MAX);
    a->block_h = (int32_t)get_int(r, o, "block_h", 1, INT32_MAX);
    a->overview_count = (int32_t)get_integers(r, o, "overview_w", a->overview_w, IMX_ASSET_OVERVIEWS_MAX);
    size_t overviews = (size_t)a->overview_count;
    if (get_integers(r, o, "overview_h", a->overview_h, IMX_ASSET_OVERVIEWS_MAX) != overviews ||
        get_integers(r, o, "overview_block_w", a->overview_block_w, IMX_ASSET_OVERVIEWS_MAX) != overviews ||
        get_integers(r, o, "overview_block_h", a->overview_block_h, IMX_ASSET_OVERVIEWS_MAX) != overviews ||
        a->level > a->overview_count) {
        (void)bad(r, "overview_h", "in step with overview_w, the overviews' blocks and level");
    }
    if (get_reals(r, json_object_get(o, "geotransform"), "geotransform", a->geotransform, 6) != 6) {
        (void)bad(r, "geotransform", "six numbers");
    }
    a->as_floats = json_is_true(json_object_get(o, "as_floats"));
    a->band_masks = json_is_true(json_object_get(o, "band_masks"));
    a->whole_pixels = json_is_true(json_object_get(o, "whole_pixels"));
    if (json_object_get(o, "collar") && !r->status) { /* imx_collars_find() finds it */
        r->status = imx_collar_create(r->memory, (int32_t)get_int(r, o, "collar", 0, 65535), r->err, &a->collar);
    }
    imx_status bands = imx_data_bands_from_json(r->memory, json_object_get(o, "data"), r->err, a);
    r->status = r->status ? r->status : bands;
    if (a->validity == IMX_VALID_NODATA && a->role != IMX_ROLE_DATA &&
        get_reals(r, json_object_get(o, "nodata"), "nodata", a->nodata, IMX_ASSET_BANDS_MAX) != (size_t)a->band_count) {
        (void)bad(r, "nodata", "one number a band");
    }
    if (a->validity == IMX_VALID_ALPHA) {
        a->alpha_band = (int32_t)get_int(r, o, "alpha_band", 0, INT32_MAX);
    }
}

static void footprint_from_json(reader *r, json_t *o, imx_footprint *f) {
    json_t *rings = get(r, o, "rings", JSON_ARRAY, "a list of rings");
    size_t count = json_array_size(rings);
    f->outline = get_bool(r, o, "outline");
    f->margin_px = json_number_value(json_object_get(o, "margin_px"));
    double box[4] = {0};
    if (get_reals(r, json_object_get(o, "box"), "box", box, 4) != 4) {
        (void)bad(r, "box", "four numbers");
    }
    f->box = (imx_box){box[0], box[1], box[2], box[3]};
    if (count < 1 || count > sizeof f->rings / sizeof *f->rings) {
        (void)bad(r, "rings", "one or two rings");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *points = json_array_get(rings, i);
        size_t numbers = json_array_size(points);
        imx_ring *ring = &f->rings[i];
        ring->xy = imx_calloc(r->memory, numbers + 1, sizeof(double));
        f->ring_count = i + 1;
        if (!ring->xy) {
            r->status = r->status ? r->status : imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
            return;
        }
        ring->count = get_reals(r, points, "rings", ring->xy, numbers) / 2;
        if (ring->count < 3 || numbers % 2) {
            (void)bad(r, "rings", "made of at least three points");
        }
    }
}

/* The scene's quality band, and whose it is. */
static void quality_from_json(reader *r, json_t *o, const json_t *assets, imx_scene *scene) {
    imx_status status = imx_quality_from_json(r->memory, o, r->err, &scene->quality);
    r->status = r->status ? r->status : status;
    json_t *band = scene->quality ? get(r, o, "band", JSON_OBJECT, "an asset") : NULL;
    if (band) {
        asset_from_json(r, band, &scene->quality->asset);
    }
    if (scene->quality && !r->status && !imx_quality_is_sound(scene->quality)) {
        (void)bad(r, "quality", "one band of 8 or 16 bits");
    }
    for (size_t k = 0; k < scene->asset_count; k++) {
        const bool named = json_is_true(json_object_get(json_array_get(assets, k), "quality"));
        scene->assets[k].quality = named ? scene->quality : NULL;
    }
}

static void scene_from_json(reader *r, json_t *o, imx_plan *plan, size_t i) {
    imx_scene *scene = &plan->scenes[i];
    scene->id = get_text(r, o, "id", false);
    scene->crs = get_text(r, o, "crs", false);
    scene->time_start = get_text(r, o, "time_start", true);
    scene->time_end = get_text(r, o, "time_end", true);
    plan->operations[i] = get_text(r, o, "operation", true);
    scene->operation = json_object_get(o, "pipeline") ? get_text(r, o, "pipeline", true) : NULL;
    json_t *fingerprint = get(r, o, "fingerprint", JSON_STRING, "a hash");
    if (fingerprint && !imx_hash_parse(json_string_value(fingerprint), &scene->fingerprint)) {
        (void)bad(r, "fingerprint", "a hash");
    }
    footprint_from_json(r, json_object_get(o, "footprint"), &plan->footprints[i]);
    json_t *assets = get(r, o, "assets", JSON_ARRAY, "a list of assets");
    size_t count = json_array_size(assets);
    if (!count) {
        (void)bad(r, "assets", "a list of at least one");
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

static bool grid_from_json(reader *r, json_t *o, imx_plan *plan) {
    json_t *name = get(r, o, "grid", JSON_STRING, "the name of a grid"), *set = json_object_get(o, "tile_matrix_set");
    plan->grid = name && !set ? imx_grid_find(json_string_value(name)) : NULL;
    if (json_is_object(set)) {
        char *text = json_dumps(set, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (text && imx_grid_parse(r->memory, text, strlen(text), NULL, NULL, NULL, &plan->own_grid) == IMX_OK) {
            plan->grid = plan->own_grid;
        }
        free(text);
    }
    if (!plan->grid) {
        (void)bad(r, "grid", "the name of a grid, or described by a tile matrix set");
    }
    return plan->grid != NULL;
}

static void options_from_json(reader *r, json_t *o, imx_plan *plan) {
    if (!grid_from_json(r, o, plan)) {
        return;
    }
    const int64_t first = plan->grid->first_id;
    plan->pyramid.tile_px = (uint32_t)get_int(r, o, "tile_size", 64, 4096);
    if (json_object_get(o, "buffer")) { /* absent: none */
        const uint32_t most = imx_pyramid_buffer_max_px(plan->pyramid.tile_px);
        plan->pyramid.buffer_px = (uint32_t)get_int(r, o, "buffer", 1, most);
    }
    plan->pyramid.zoom_max = (uint32_t)(get_int(r, o, "zoom_max", first, first + plan->grid->zooms - 1) - first);
    plan->pyramid.zoom_min = (uint32_t)(get_int(r, o, "zoom_min", first, first + plan->pyramid.zoom_max) - first);
    imx_plan_shape(plan);
    json_t *resample = get(r, o, "resample", JSON_STRING, "a resampling");
    if (resample && imx_resample_parse(json_string_value(resample), NULL, &plan->resample)) {
        (void)bad(r, "resample", "a resampling");
    }
    json_t *overview = json_object_get(o, "overview_resample"); /* absent: average */
    if (overview &&
        (!json_is_string(overview) || imx_overview_parse(json_string_value(overview), NULL, &plan->pyramid.overview))) {
        (void)bad(r, "overview_resample", "a way to make overviews");
    }
    plan->mosaic = (imx_mosaic_mode)get_name(r, o, "mosaic", mosaic_names, COUNT_OF(mosaic_names));
    plan->error_threshold_px = json_number_value(json_object_get(o, "error_threshold_px"));
    json_t *format = get(r, o, "format", JSON_STRING, "a format");
    if (format && imx_format_parse(json_string_value(format), NULL, &plan->codec.format)) {
        (void)bad(r, "format", "a format");
    }
    plan->codec.quality = (int)get_int(r, o, "quality", 1, 100);
    plan->codec.webp_method = (int)get_int(r, o, "webp_method", 0, 6);
    json_t *effort = get(r, o, "png_effort", JSON_STRING, "a PNG effort");
    if (effort && imx_png_effort_parse(json_string_value(effort), NULL, &plan->codec.png_effort)) {
        (void)bad(r, "png_effort", "a PNG effort");
    }
    json_t *palette = get(r, o, "png_palette", JSON_STRING, "a PNG palette mode");
    if (palette && imx_png_palette_parse(json_string_value(palette), NULL, &plan->codec.png_palette)) {
        (void)bad(r, "png_palette", "a PNG palette mode");
    }
    json_t *background = get(r, o, "background", JSON_STRING, "a colour");
    if (background && sscanf(json_string_value(background), "#%2hhx%2hhx%2hhx", &plan->codec.background[0],
                             &plan->codec.background[1], &plan->codec.background[2]) != 3) {
        (void)bad(r, "background", "a colour such as #ffffff");
    }
    plan->name = get_text(r, o, "name", true);
    plan->attribution = get_text(r, o, "attribution", true);
    plan->space = imx_plan_space(plan->grid, plan->pyramid.zoom_max, plan->pyramid.tile_px);
    imx_status raster = imx_raster_from_json(json_object_get(o, "raster"), r->err, plan);
    r->status = r->status ? r->status : raster;
    imx_status grade = imx_grade_from_json(json_object_get(o, "grade"), r->err, plan);
    r->status = r->status ? r->status : grade;
    if (imx_grade_keeps_numbers(plan->grade.kind)) {
        plan->pyramid.bands = plan->grade.planes.bands;
        plan->pyramid.type = plan->grade.planes.type;
    }
    imx_plan_crop(plan);
    imx_status limits = imx_limits_from_json(o, r->err, plan);
    r->status = r->status ? r->status : limits;
}

static void forecast_from_json(reader *r, json_t *o, imx_plan *plan) {
    json_t *counts = get(r, o, "tiles", JSON_ARRAY, "a list of counts");
    for (uint32_t z = 0; z <= plan->pyramid.zoom_max; z++) {
        plan->tiles[z] = (uint64_t)json_integer_value(json_array_get(counts, z));
        plan->tiles_total += z >= plan->pyramid.zoom_min ? plan->tiles[z] : 0;
    }
    plan->pyramid.order = (imx_walk_order)get_name(r, o, "order", order_names, COUNT_OF(order_names));
    plan->bytes_estimate = (uint64_t)get_int(r, o, "bytes_estimate", 0, INT64_MAX);
    if (imx_pyramid_looks_around(&plan->pyramid)) {
        const int64_t most = INT64_C(1) << 40; /* none that occurs; products of it fit */
        json_t *waiting = get(r, o, "waiting", JSON_OBJECT, "an object");
        plan->waiting = (imx_pyramid_waiting){
            (uint64_t)get_int(r, waiting, "most", 0, most), (uint64_t)get_int(r, waiting, "each_worker", 0, most),
            (uint64_t)get_int(r, waiting, "all", 0, most), (uint64_t)get_int(r, waiting, "list_bytes", 0, most)};
    }
    json_t *generation = get(r, o, "generation", JSON_STRING, "a hash");
    plan->sealed = true;
    (void)snprintf(plan->generation, sizeof plan->generation, "%s", generation ? json_string_value(generation) : "");
}

imx_status imx_plan_from_json(imx_memory *memory, const char *json, imx_error *err, imx_plan **out) {
    json_error_t fault;
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(o)) {
        json_decref(o);
        return imx_fail(err, IMX_E_INPUT, "job plan: not JSON (line %d: %s)", fault.line, fault.text);
    }
    reader r = {.memory = memory, .err = err};
    imx_plan *plan = imx_calloc(memory, 1, sizeof *plan);
    json_t *scenes = get(&r, o, "scenes", JSON_ARRAY, "a list of scenes");
    size_t count = json_array_size(scenes);
    if (plan) {
        plan->memory = memory;
        plan->scenes = imx_calloc(memory, count + 1, sizeof *plan->scenes);
        plan->footprints = imx_calloc(memory, count + 1, sizeof *plan->footprints);
        plan->operations = imx_calloc(memory, count + 1, sizeof *plan->operations);
    }
    if (!plan || !plan->scenes || !plan->footprints || !plan->operations) {
        r.status = imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    } else {
        plan->scene_count = count;
        double bounds[4] = {0};
        options_from_json(&r, json_object_get(o, "options"), plan);
        forecast_from_json(&r, o, plan);
        for (size_t i = 0; i < count && !r.status; i++) {
            scene_from_json(&r, json_array_get(scenes, i), plan, i);
        }
        r.status = r.status ? r.status : imx_limits_place(plan, err);
        if (get_reals(&r, json_object_get(o, "bounds"), "bounds", bounds, 4) != 4) {
            (void)bad(&r, "bounds", "four numbers");
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
