/* tiler/plan_json_grade.c: see the header. A colormap is its mode and its stops, [[value, red, green, blue, alpha],
 * ...]. */
#include "tiler/plan_json_grade.h"

#include <math.h>
#include <string.h>

static json_t *reals(const double *values, int32_t count) {
    json_t *list = json_array();
    for (int32_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, json_real(values[i]))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *colours_to_json(const imx_colormap *map) {
    json_t *stops = json_array();
    for (size_t i = 0; stops && i < map->count; i++) {
        const imx_colour_stop *stop = &map->stops[i];
        if (json_array_append_new(stops, json_pack("[f, i, i, i, i]", stop->value, (int)stop->rgba[0],
                                                   (int)stop->rgba[1], (int)stop->rgba[2], (int)stop->rgba[3]))) {
            json_decref(stops);
            stops = NULL;
        }
    }
    return json_pack("{s:s, s:o}", "mode", imx_colormap_mode_name(map->mode), "stops", stops);
}

static json_t *relief_to_json(const imx_relief_options *relief) {
    return json_pack("{s:s, s:f, s:f, s:b, s:f}", "kind", relief->kind == IMX_RELIEF_SHADE ? "hillshade" : "slope",
                     "azimuth", relief->azimuth_deg, "altitude", relief->altitude_deg, "all_round",
                     (int)relief->all_round, "z_factor", relief->z_factor);
}

json_t *imx_grade_to_json(const imx_grade_options *grade) {
    const imx_layer_planes *p = &grade->planes;
    json_t *json = json_pack("{s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:f}", "kind", imx_grade_name(grade->kind),
                             "bands", (int)p->bands, "type", imx_type_name(p->type), "values", (int)p->values, "scale",
                             reals(p->scale, p->bands), "offset", reals(p->offset, p->bands), "lo",
                             reals(grade->lo, p->bands), "hi", reals(grade->hi, p->bands), "gamma", grade->gamma);
    if (json && p->coverage && json_object_set_new(json, "coverage", json_true())) {
        json_decref(json);
        json = NULL;
    }
    if (json && grade->relief.kind != IMX_RELIEF_NONE &&
        json_object_set_new(json, "relief", relief_to_json(&grade->relief))) {
        json_decref(json);
        json = NULL;
    }
    if (json && grade->colours && json_object_set_new(json, "colours", colours_to_json(grade->colours))) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

static bool read_reals(const json_t *list, int32_t count, double *out) {
    if (json_array_size(list) != (size_t)count) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        out[i] = json_number_value(json_array_get(list, (size_t)i));
        if (!json_is_number(json_array_get(list, (size_t)i)) || !isfinite(out[i])) {
            return false;
        }
    }
    return true;
}

static bool read_type(const json_t *name, imx_type *out) {
    for (int type = 0; json_is_string(name) && type < IMX_TYPES; type++) {
        if (strcmp(imx_type_name((imx_type)type), json_string_value(name)) == 0) {
            *out = (imx_type)type;
            return imx_plane_type_index(*out) >= 0 && *out != IMX_F64;
        }
    }
    return false;
}

static bool has_zero(const double *values, int32_t count) {
    bool zero = false;
    for (int32_t i = 0; i < count; i++) {
        zero = zero || values[i] == 0;
    }
    return zero;
}

static bool read_stop(const json_t *json, double least, imx_colour_stop *out) {
    double numbers[5];
    if (!read_reals(json, 5, numbers) || !(numbers[0] >= least) || fabs(numbers[0]) > IMX_COLORMAP_ENDLESS) {
        return false;
    }
    out->value = numbers[0];
    for (int i = 0; i < 4; i++) {
        if (!(numbers[i + 1] >= 0 && numbers[i + 1] <= 255)) {
            return false;
        }
        out->rgba[i] = (uint8_t)numbers[i + 1];
    }
    return true;
}

static imx_status read_colours(const json_t *json, imx_memory *memory, imx_error *err, imx_colormap **out) {
    const char *mode = json_string_value(json_object_get(json, "mode"));
    const json_t *stops = json_object_get(json, "stops");
    const size_t count = json_array_size(stops);
    imx_colormap *map = NULL;
    imx_status status = mode && count >= 1 && count <= IMX_COLORMAP_STOPS_MAX
                            ? imx_colormap_create(memory, count, err, &map)
                            : IMX_E_INPUT;
    bool sound = !status && imx_colormap_mode_find(mode, &map->mode);
    for (size_t i = 0; sound && i < count; i++) {
        sound =
            read_stop(json_array_get(stops, i), i ? map->stops[i - 1].value : -IMX_COLORMAP_ENDLESS, &map->stops[i]);
    }
    if (sound) {
        *out = map;
        return IMX_OK;
    }
    imx_colormap_destroy(memory, &map);
    return status == IMX_E_NOMEM ? status
                                 : imx_fail(err, IMX_E_INPUT, "job plan: 'colours' are not stops with their colours");
}

/* absent (NULL): none. */
static bool read_relief(const json_t *json, imx_relief_options *out) {
    const char *kind = json_string_value(json_object_get(json, "kind"));
    if (!json) {
        return true;
    }
    *out = (imx_relief_options){.kind = kind && strcmp(kind, "slope") == 0 ? IMX_RELIEF_SLOPE : IMX_RELIEF_SHADE,
                                .azimuth_deg = json_number_value(json_object_get(json, "azimuth")),
                                .altitude_deg = json_number_value(json_object_get(json, "altitude")),
                                .all_round = json_is_true(json_object_get(json, "all_round")),
                                .z_factor = json_number_value(json_object_get(json, "z_factor"))};
    return kind && (out->kind == IMX_RELIEF_SLOPE || strcmp(kind, "hillshade") == 0) && isfinite(out->azimuth_deg) &&
           isfinite(out->altitude_deg) && isfinite(out->z_factor);
}

imx_status imx_grade_from_json(const json_t *json, imx_error *err, imx_plan *plan) {
    if (!json) {
        return IMX_OK;
    }
    imx_grade_options grade = {.gamma = json_number_value(json_object_get(json, "gamma"))};
    imx_layer_planes *p = &grade.planes;
    const char *kind = json_string_value(json_object_get(json, "kind"));
    p->bands = (int32_t)json_integer_value(json_object_get(json, "bands"));
    p->values = json_is_true(json_object_get(json, "values"));
    p->coverage = json_is_true(json_object_get(json, "coverage"));
    if (!kind || !imx_grade_find(kind, &grade.kind) || p->bands < 1 || p->bands > IMX_LAYER_BANDS_MAX ||
        !read_type(json_object_get(json, "type"), &p->type) ||
        !read_reals(json_object_get(json, "scale"), p->bands, p->scale) || has_zero(p->scale, p->bands) ||
        !read_reals(json_object_get(json, "offset"), p->bands, p->offset) ||
        !read_reals(json_object_get(json, "lo"), p->bands, grade.lo) ||
        !read_reals(json_object_get(json, "hi"), p->bands, grade.hi) || !(grade.gamma > 0) ||
        !read_relief(json_object_get(json, "relief"), &grade.relief)) {
        return imx_fail(err, IMX_E_INPUT, "job plan: 'grade' does not describe one");
    }
    imx_status status = IMX_OK;
    if (grade.kind == IMX_GRADE_COLORMAP) {
        status = read_colours(json_object_get(json, "colours"), plan->memory, err, &plan->colormap);
        grade.colours = plan->colormap;
    }
    plan->grade = grade;
    return status;
}
