/* server/tilejson.c: see tilejson.h. Keys stand in the order in which they are set. */
#include "server/tilejson.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { URL_SIZE = 1024, SIGNIFICANT_DIGITS = 12 };

/* Sets a text if there is one; text that is not UTF-8 (json_string gives NULL) is left out, as if it had not been
 * given. */
static bool set_text(json_t *object, const char *key, const char *text) {
    json_t *value = text ? json_string(text) : NULL;
    return !value || json_object_set_new(object, key, value) == 0;
}

static double held(double value, double low, double high) {
    return value >= low ? (value <= high ? value : high) : low;
}

/* TileJSON 3.0.0, 3.5: within the world, not wrapped. */
static json_t *bounds_of(const imx_archive_info *info) {
    return json_pack("[f, f, f, f]", held(info->west, -180, 180), held(info->south, -90, 90),
                     held(info->east, -180, 180), held(info->north, -90, 90));
}

/* 3.6: within bounds and zooms. */
static json_t *center_of(const imx_archive_info *info, uint32_t first_id) {
    double zoom = held(info->center_zoom, info->zoom_min, info->zoom_max);
    return json_pack("[f, f, i]", held(info->center_lon, info->west, info->east),
                     held(info->center_lat, info->south, info->north), (int)zoom + (int)first_id);
}

/* "name@version/{z}/{x}/{y}.png" */
static void tile_path(const imx_layer *layer, char path[URL_SIZE]) {
    const char *version = imx_layer_version(layer);
    imx_tile_type type = imx_layer_info(layer)->tile_type;
    const char *ext = imx_tile_type_extension(type == IMX_TILE_MIXED ? IMX_TILE_PNG : type);
    (void)snprintf(path, URL_SIZE, "%s%s%s/{z}/{x}/{y}.%s", imx_layer_name(layer), version ? "@" : "",
                   version ? version : "", ext);
}

/* NULL if out of memory. */
static json_t *describe(const imx_layer *layer, const char *base_url) {
    const imx_archive_info *info = imx_layer_info(layer);
    const imx_grid *grid = imx_layer_grid(layer);
    const char *grid_id = grid ? grid->id : info->grid_id;
    uint32_t first_id = grid ? grid->first_id : 0;
    const bool placed = !grid || grid->projection != IMX_GRID_PLANE;
    char path[URL_SIZE], url[2 * URL_SIZE];
    tile_path(layer, path);
    (void)snprintf(url, sizeof url, "%s/%s", base_url, path);
    json_t *o = json_object();
    bool ok =
        o && set_text(o, "tilejson", "3.0.0") && set_text(o, "name", info->name ? info->name : imx_layer_name(layer)) &&
        set_text(o, "description", info->description) && set_text(o, "attribution", info->attribution) &&
        set_text(o, "scheme", "xyz") && json_object_set_new(o, "tiles", json_pack("[s]", url)) == 0 &&
        json_object_set_new(o, "minzoom", json_integer(info->zoom_min + first_id)) == 0 &&
        json_object_set_new(o, "maxzoom", json_integer(info->zoom_max + first_id)) == 0 &&
        (!placed || (json_object_set_new(o, "bounds", bounds_of(info)) == 0 &&
                     json_object_set_new(o, "center", center_of(info, first_id)) == 0)) &&
        json_object_set_new(o, "tileSize", json_integer(info->tile_px ? info->tile_px : 256)) == 0 &&
        (!info->buffer_px || json_object_set_new(o, "buffer", json_integer(info->buffer_px)) == 0) &&
        set_text(o, "format", info->tile_type == IMX_TILE_MIXED ? "mixed" : imx_tile_type_extension(info->tile_type)) &&
        set_text(o, "encoding", info->encoding) && set_text(o, "tileMatrixSet", grid_id) &&
        set_text(o, "crs", grid ? grid->crs : NULL) && set_text(o, "generation", imx_layer_version(layer));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* The document as text from memory; takes o, which may be NULL. */
static imx_status write_take(imx_memory *memory, json_t *o, imx_error *err, char **out) {
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(SIGNIFICANT_DIGITS);
    size_t size = o ? json_dumpb(o, NULL, 0, flags) : 0;
    char *text = size ? imx_alloc(memory, size + 1) : NULL;
    if (text) {
        (void)json_dumpb(o, text, size, flags);
        text[size] = '\0';
        *out = text;
    }
    json_decref(o);
    return text ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "JSON: out of memory");
}

imx_status imx_tilejson(imx_memory *memory, const imx_layer *layer, const char *base_url, imx_error *err, char **out) {
    return write_take(memory, describe(layer, base_url), err, out);
}

/* One layer of the index; NULL if out of memory. */
static json_t *describe_for_index(const imx_layer *layer, const char *base_url) {
    char path[URL_SIZE], url[2 * URL_SIZE];
    tile_path(layer, path);
    (void)snprintf(url, sizeof url, "%s/%s.json", base_url, imx_layer_name(layer));
    json_t *o = describe(layer, base_url);
    bool ok = o && set_text(o, "id", imx_layer_name(layer)) && set_text(o, "url", url) && set_text(o, "path", path) &&
              set_text(o, "kind", imx_store_reader_kind(imx_layer_reader(layer)));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

imx_status imx_layer_index(imx_memory *memory, imx_layers *layers, const char *base_url, imx_error *err, char **out) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok; i++) {
        imx_layer_ref ref = imx_layers_at(layers, i);
        if (!ref.layer) {
            break;
        }
        ok = json_array_append_new(list, describe_for_index(ref.layer, base_url)) == 0;
        imx_layer_release(&ref);
    }
    if (!ok) {
        json_decref(list);
        return imx_fail(err, IMX_E_NOMEM, "JSON: out of memory");
    }
    return write_take(memory, json_pack("{s:s, s:o}", "imbrex", IMX_VERSION, "layers", list), err, out);
}
