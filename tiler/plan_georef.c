/* tiler/plan_georef.c: a georeferencing as JSON and back. */
#include "tiler/plan_georef.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[] = {"polynomial", "tps", "rpc", "geolocation"};
static const char *const resample_names[] = {"bilinear", "cubic", "cubicspline"};

static bool put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

static json_t *reals(const double *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        if (json_array_append_new(array, json_real(values[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *path_or_null(const char *path, bool for_archive) {
    const char *slash = path && for_archive ? strrchr(path, '/') : NULL;
    return path ? json_string(slash ? slash + 1 : path) : json_null();
}

/* ---- RPC: its numbers in one order ---- */

enum { RPC_NUMBERS = 10 + 4 * IMX_RPC_TERMS };

static void rpc_numbers(const imx_rpc *rpc, double out[RPC_NUMBERS]) {
    const double head[10] = {rpc->line_off,      rpc->samp_off,      rpc->lat_off_deg, rpc->lon_off_deg,
                             rpc->height_off_m,  rpc->line_scale,    rpc->samp_scale,  rpc->lat_scale_deg,
                             rpc->lon_scale_deg, rpc->height_scale_m};
    const double *const terms[4] = {rpc->line_num, rpc->line_den, rpc->samp_num, rpc->samp_den};
    memcpy(out, head, sizeof head);
    for (int i = 0; i < 4; i++) {
        memcpy(out + 10 + (ptrdiff_t)i * IMX_RPC_TERMS, terms[i], IMX_RPC_TERMS * sizeof *out);
    }
}

static imx_rpc rpc_of(const double n[RPC_NUMBERS]) {
    imx_rpc rpc = {.line_off = n[0],
                   .samp_off = n[1],
                   .lat_off_deg = n[2],
                   .lon_off_deg = n[3],
                   .height_off_m = n[4],
                   .line_scale = n[5],
                   .samp_scale = n[6],
                   .lat_scale_deg = n[7],
                   .lon_scale_deg = n[8],
                   .height_scale_m = n[9]};
    double *const terms[4] = {rpc.line_num, rpc.line_den, rpc.samp_num, rpc.samp_den};
    for (int i = 0; i < 4; i++) {
        memcpy(terms[i], n + 10 + (ptrdiff_t)i * IMX_RPC_TERMS, IMX_RPC_TERMS * sizeof *n);
    }
    return rpc;
}

static json_t *heights_to_json(const imx_heights *h, bool for_archive) {
    char content[IMX_HASH_TEXT_SIZE];
    imx_hash_text(&h->content, content);
    json_t *o = json_object();
    bool ok = o && put(o, "dem", path_or_null(h->dem, for_archive)) &&
              put(o, "geoid", path_or_null(h->geoid, for_archive)) &&
              put(o, "resample", json_string(resample_names[h->resample])) &&
              put(o, "height_m", json_real(h->height_m)) && put(o, "content", json_string(h->dem ? content : ""));
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static bool put_arrays(json_t *o, const imx_geolocation *g, bool for_archive) {
    char content[IMX_HASH_TEXT_SIZE];
    const double numbers[5] = {g->pixel_offset, g->pixel_step, g->line_offset, g->line_step, g->turn};
    imx_hash_text(&g->content, content);
    return put(o, "x", path_or_null(g->x_path, for_archive)) && put(o, "y", path_or_null(g->y_path, for_archive)) &&
           put(o, "x_band", json_integer(g->x_band)) && put(o, "y_band", json_integer(g->y_band)) &&
           put(o, "steps", reals(numbers, 5)) && put(o, "content", json_string(content));
}

json_t *imx_georef_to_json(const imx_georef *georef, bool for_archive) {
    if (!georef) {
        return json_null();
    }
    json_t *o = json_object();
    bool ok = o && put(o, "kind", json_string(kind_names[georef->kind]));
    if (ok && georef->kind == IMX_GEOREF_RPC) {
        double numbers[RPC_NUMBERS];
        rpc_numbers(&georef->rpc, numbers);
        ok = put(o, "heights", heights_to_json(&georef->heights, for_archive)) &&
             (for_archive || put(o, "rpc", reals(numbers, RPC_NUMBERS)));
    } else if (ok && georef->kind == IMX_GEOREF_GEOLOCATION) {
        ok = put_arrays(o, &georef->geolocation, for_archive);
    } else if (ok) {
        ok = put(o, "order", json_integer(georef->order)) &&
             put(o, "points", json_integer((json_int_t)georef->gcp_count));
        json_t *gcps = ok && !for_archive ? json_array() : NULL;
        for (size_t i = 0; gcps && i < georef->gcp_count; i++) {
            const imx_gcp *g = &georef->gcps[i];
            double numbers[4] = {g->px, g->line, g->x, g->y};
            ok = json_array_append_new(gcps, reals(numbers, 4)) == 0 && ok;
        }
        ok = ok && (for_archive || put(o, "gcps", gcps));
    }
    if (!ok) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* ---- reading ---- */

static bool get_reals(const json_t *array, double *out, size_t count) {
    bool ok = json_is_array(array) && json_array_size(array) == count;
    for (size_t i = 0; ok && i < count; i++) {
        const json_t *value = json_array_get(array, i);
        ok = json_is_number(value);
        out[i] = json_number_value(value);
    }
    return ok;
}

static imx_status bad(imx_error *err, const char *key) {
    return imx_fail(err, IMX_E_INPUT, "job plan: 'georef' has no sound '%s'", key);
}

static imx_status get_path(imx_memory *memory, const json_t *o, const char *key, imx_error *err, char **out) {
    const json_t *value = json_object_get(o, key);
    if (json_is_null(value)) {
        return IMX_OK;
    }
    if (!json_is_string(value)) {
        return bad(err, key);
    }
    *out = imx_strdup(memory, json_string_value(value));
    return *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
}

static imx_status heights_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_heights *h) {
    const json_t *content = json_object_get(o, "content"), *height = json_object_get(o, "height_m");
    imx_status s = get_path(memory, o, "dem", err, &h->dem);
    s = s ? s : get_path(memory, o, "geoid", err, &h->geoid);
    const char *resample = json_string_value(json_object_get(o, "resample"));
    unsigned known = 0;
    while (resample && known <= IMX_DEM_CUBICSPLINE && strcmp(resample, resample_names[known]) != 0) {
        known++;
    }
    if (!s && (!resample || known > IMX_DEM_CUBICSPLINE)) {
        return bad(err, "resample");
    }
    h->resample = (imx_dem_resample)known;
    h->height_m = json_number_value(height);
    if (!s && !json_is_number(height)) {
        s = bad(err, "height_m");
    }
    if (!s && h->dem && !(json_is_string(content) && imx_hash_parse(json_string_value(content), &h->content))) {
        s = bad(err, "content");
    }
    return s;
}

static imx_status gcps_from_json(imx_memory *memory, const json_t *array, imx_error *err, imx_georef *georef) {
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count == 0 || count > IMX_GCPS_MAX) {
        return bad(err, "gcps");
    }
    georef->gcps = imx_calloc(memory, count, sizeof *georef->gcps);
    if (!georef->gcps) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    georef->gcp_count = count;
    for (size_t i = 0; i < count; i++) {
        double n[4];
        if (!get_reals(json_array_get(array, i), n, 4)) {
            return bad(err, "gcps");
        }
        georef->gcps[i] = (imx_gcp){n[0], n[1], n[2], n[3]};
    }
    return IMX_OK;
}

static imx_status arrays_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_geolocation *g) {
    const json_t *content = json_object_get(o, "content");
    double n[5];
    imx_status s = get_path(memory, o, "x", err, &g->x_path);
    s = s ? s : get_path(memory, o, "y", err, &g->y_path);
    if (!s && (!g->x_path || !g->y_path)) {
        s = bad(err, "x");
    }
    if (!s && (!get_reals(json_object_get(o, "steps"), n, 5) || !(n[1] > 0) || !(n[3] > 0))) {
        s = bad(err, "steps");
    }
    if (!s && !(json_is_string(content) && imx_hash_parse(json_string_value(content), &g->content))) {
        s = bad(err, "content");
    }
    if (!s) {
        g->x_band = (int)json_integer_value(json_object_get(o, "x_band"));
        g->y_band = (int)json_integer_value(json_object_get(o, "y_band"));
        g->pixel_offset = n[0], g->pixel_step = n[1], g->line_offset = n[2], g->line_step = n[3], g->turn = n[4];
    }
    return s;
}

static imx_status read_georef(imx_memory *memory, const json_t *o, imx_error *err, imx_georef *georef) {
    const char *name = json_string_value(json_object_get(o, "kind"));
    unsigned kind = 0;
    while (name && kind <= IMX_GEOREF_GEOLOCATION && strcmp(name, kind_names[kind]) != 0) {
        kind++;
    }
    if (!name || kind > IMX_GEOREF_GEOLOCATION) {
        return bad(err, "kind");
    }
    georef->kind = (imx_georef_kind)kind;
    if (georef->kind == IMX_GEOREF_GEOLOCATION) {
        return arrays_from_json(memory, o, err, &georef->geolocation);
    }
    if (georef->kind != IMX_GEOREF_RPC) {
        json_int_t order = json_integer_value(json_object_get(o, "order"));
        georef->order = (int)order;
        return order < 0 || order > 3 ? bad(err, "order")
                                      : gcps_from_json(memory, json_object_get(o, "gcps"), err, georef);
    }
    double numbers[RPC_NUMBERS];
    if (!get_reals(json_object_get(o, "rpc"), numbers, RPC_NUMBERS)) {
        return bad(err, "rpc");
    }
    georef->rpc = rpc_of(numbers);
    return heights_from_json(memory, json_object_get(o, "heights"), err, &georef->heights);
}

imx_status imx_georef_from_json(imx_memory *memory, const json_t *o, imx_error *err, imx_georef **out) {
    if (!o || json_is_null(o)) {
        *out = NULL;
        return IMX_OK;
    }
    imx_georef *georef = imx_calloc(memory, 1, sizeof *georef);
    imx_status s =
        georef ? read_georef(memory, o, err, georef) : imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    if (s) {
        imx_georef_destroy(memory, &georef);
        return s;
    }
    *out = georef;
    return IMX_OK;
}
