/* tiler/raster_info.c: a raster or a delivery in words and as JSON. */
#include "tiler/raster_info.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "engine/delivery.h"
#include "engine/footprint.h"
#include "engine/quality.h"
#include "tiler/delivery_info.h"
#include "tiler/picture.h"
#include "tiler/plan.h"
#include "tiler/plan_georef.h"

enum { TILE_PX = 256 };
static const size_t block_limit_bytes = (size_t)256 << 20;

typedef struct facts {
    imx_scene scene;
    imx_transform *transform; /* onto WebMercatorQuad's zoom */
    double res_m;
    uint32_t zoom;
    double bounds[4]; /* west, south, east, north; degrees */
} facts;

static void clear(imx_memory *memory, facts *f) {
    imx_transform_destroy(&f->transform);
    imx_scene_clear(memory, &f->scene);
}

static imx_status look(imx_memory *memory, const char *path, imx_log *log, imx_error *err, facts *f) {
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    imx_footprint footprint = {0};
    imx_status s = imx_scene_probe(memory, path, &(imx_source_options){.lane = IMX_LANE_ANY}, block_limit_bytes, log,
                                   err, &f->scene);
    if (s) {
        return s;
    }
    const imx_asset *asset = f->scene.assets;
    imx_space space = imx_plan_space(grid, 0, TILE_PX);
    s = imx_transform_create(memory, &f->scene, asset, &space, err, &f->transform);
    s = s ? s : imx_transform_native_res(f->transform, err, &f->res_m);
    if (!s) {
        f->zoom = imx_grid_zoom_for(grid, f->res_m, TILE_PX);
        space = imx_plan_space(grid, f->zoom, TILE_PX);
        imx_transform_destroy(&f->transform);
        s = imx_transform_create(memory, &f->scene, asset, &space, err, &f->transform);
    }
    s = s ? s : imx_footprint_create(memory, f->transform, asset, &space, err, &footprint);
    if (!s) {
        const imx_box *box = &footprint.box;
        imx_grid_to_lonlat(grid, space.origin_x + box->min_x * space.res, space.origin_y - box->max_y * space.res,
                           &f->bounds[0], &f->bounds[1]);
        imx_grid_to_lonlat(grid, space.origin_x + box->max_x * space.res, space.origin_y - box->min_y * space.res,
                           &f->bounds[2], &f->bounds[3]);
    }
    imx_footprint_clear(memory, &footprint);
    return s ? imx_error_context(err, "%s", path) : IMX_OK;
}

enum { VALIDITY_TEXT_MAX = IMX_QUALITY_WORDS_MAX + 16 };

/* "nodata", "QA_PIXEL fill bit, nodata" */
static const char *validity_name(const imx_asset *asset, char text[VALIDITY_TEXT_MAX]) {
    static const char *const names[] = {"all pixels", "nodata", "alpha", "mask"};
    const bool more = !asset->quality || asset->validity != IMX_VALID_ALL;
    (void)snprintf(text, VALIDITY_TEXT_MAX, "%s%s%s", asset->quality ? asset->quality->words : "",
                   asset->quality && more ? ", " : "", more ? names[asset->validity] : "");
    return text;
}

/* "geotransform, rotated", "RPC at a height of 290 m", ... */
static void describe_place(const imx_asset *asset, char *text, size_t size) {
    const double *g = asset->geotransform;
    if (asset->georef) {
        imx_georef_describe(asset->georef, text, size);
        return;
    }
    double skew = fabs(g[1] * g[2] + g[4] * g[5]), lengths = hypot(g[1], g[4]) * hypot(g[2], g[5]);
    (void)snprintf(text, size, "geotransform%s%s",
                   g[2] != 0 || g[4] != 0 ? skew > 1e-6 * lengths ? ", sheared" : ", rotated" : "",
                   g[2] == 0 && g[4] == 0 && g[5] > 0 ? ", south up" : "");
}

/* A file's own text, for a terminal. */
static void make_printable(char *text) {
    for (char *at = text; *at; at++) {
        *at = ((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f ? '?' : *at;
    }
}

/* How it is shown and where it lies; NULL: no memory. */
static char *placed_text(imx_memory *memory, const facts *f) {
    const imx_asset *a = f->scene.assets;
    char place[256], crs[100], colours[120], valid[VALIDITY_TEXT_MAX];
    describe_place(a, place, sizeof place);
    imx_picture_describe(&f->scene, colours, sizeof colours);
    (void)snprintf(crs, sizeof crs, "%s%s", f->scene.crs, strlen(f->scene.crs) >= sizeof crs ? " ..." : "");
    char *text = imx_sprintf(memory,
                             "shown       %s%s\n"
                             "valid       %s\n"
                             "crs         %s\n"
                             "placed by   %s\n"
                             "operation   %s%s\n"
                             "resolution  %.4g m on WebMercatorQuad: zoom %u\n"
                             "bounds      %.7g, %.7g, %.7g, %.7g (west, south, east, north; degrees)\n",
                             colours, strcmp(imx_picture_own_stretch(&f->scene), "none") ? ", percentiles 2 to 98" : "",
                             validity_name(a, valid), crs, place, imx_transform_operation(f->transform),
                             imx_transform_ballpark(f->transform) ? " (ballpark: may lie off by metres)" : "", f->res_m,
                             f->zoom, f->bounds[0], f->bounds[1], f->bounds[2], f->bounds[3]);
    if (text) {
        make_printable(text);
    }
    return text;
}

/* What a raster or the picture of a delivery is; *out NULL: no memory. */
static imx_status raster_text(imx_memory *memory, const char *path, const char *head, imx_log *log, imx_error *err,
                              char **out) {
    facts f = {0};
    imx_status s = look(memory, path, log, err, &f);
    if (s == IMX_E_INPUT && head) { /* a delivery without all of its files has still been described */
        *out = imx_sprintf(memory, "%sshown       not: %s\n", head, err ? err->text : "");
        s = IMX_OK;
    } else if (!s) {
        const imx_asset *a = f.scene.assets;
        char *placed = placed_text(memory, &f);
        *out = !placed ? NULL
               : head  ? imx_sprintf(memory, "%s%s", head, placed)
                       : imx_sprintf(memory, "raster      %s\nsize        %d x %d px, %d overviews\nbands       %s\n%s",
                                     path, (int)a->width, (int)a->height, (int)a->overview_count, imx_type_name(a->type),
                                     placed);
        imx_free(memory, placed);
    }
    clear(memory, &f);
    return s ? s : *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
}

imx_status imx_raster_info_text(imx_memory *memory, const char *path, imx_log *log, imx_error *err, char **out) {
    imx_delivery delivery;
    imx_status s = imx_delivery_read(memory, path, err, &delivery);
    if (s == IMX_E_NOT_FOUND) {
        return raster_text(memory, path, NULL, log, err, out);
    }
    if (s) {
        return s;
    }
    char *head = imx_delivery_text(memory, &delivery, path, block_limit_bytes);
    imx_delivery_clear(memory, &delivery);
    if (!head) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    make_printable(head);
    s = raster_text(memory, path, head, log, err, out);
    imx_free(memory, head);
    return s;
}

static json_t *shown_json(const imx_scene *scene) {
    int32_t count;
    const char *colours = imx_picture_colours(scene, &count);
    json_t *bands = json_array();
    for (int32_t i = 0; i < count; i++) {
        char name[IMX_BAND_NAME_MAX];
        imx_picture_band_name(scene, i, name);
        const int32_t number = imx_band_list_number(name);
        (void)json_array_append_new(bands, number ? json_integer(number) : json_string(name));
    }
    return json_pack("{s:o, s:s, s:s, s:s}", "bands", bands, "colours", colours, "stretch",
                     imx_picture_own_stretch(scene), "type", imx_type_name(scene->assets[0].type));
}

static json_t *raster_json(const char *path, const facts *f) {
    const imx_asset *a = f->scene.assets;
    const double *g = a->geotransform;
    char valid[VALIDITY_TEXT_MAX];
    return json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:b, s:f, s:i, s:[f,f,f,f], s:[f,f,f,f,f,f], s:o, s:o}", "kind",
        "raster", "raster", path, "width", (int)a->width, "height", (int)a->height, "overviews", (int)a->overview_count,
        "type", imx_type_name(a->type), "validity", validity_name(a, valid), "crs", f->scene.crs, "operation",
        imx_transform_operation(f->transform), "ballpark", imx_transform_ballpark(f->transform), "resolution", f->res_m,
        "zoom", (int)f->zoom, "bounds", f->bounds[0], f->bounds[1], f->bounds[2], f->bounds[3], "geotransform", g[0],
        g[1], g[2], g[3], g[4], g[5], "georef", imx_georef_to_json(a->georef, false), "shown", shown_json(&f->scene));
}

imx_status imx_raster_info_json(imx_memory *memory, const char *path, imx_log *log, imx_error *err, char **out) {
    facts f = {0};
    imx_delivery delivery = {0};
    imx_status s = imx_delivery_read(memory, path, err, &delivery);
    const bool delivered = s == IMX_OK;
    if (s == IMX_E_NOT_FOUND || delivered) {
        s = look(memory, path, log, err, &f);
    }
    const bool described = s == IMX_E_INPUT && delivered; /* as far as its files go */
    if (!s || described) {
        json_t *o = described ? json_pack("{s:s, s:s, s:n, s:s}", "kind", "raster", "raster", path, "shown", "problem",
                                          err ? err->text : "")
                              : raster_json(path, &f);
        if (o && delivered) {
            (void)json_object_set_new(o, "delivery", imx_delivery_json(memory, &delivery, block_limit_bytes));
        }
        char *text = o ? json_dumps(o, JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
        json_decref(o);
        *out = text ? imx_strdup(memory, text) : NULL;
        free(text);
        s = *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    imx_delivery_clear(memory, &delivery);
    clear(memory, &f);
    return s;
}
