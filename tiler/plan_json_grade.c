/* tiler/plan_json_grade.c: see the header. */
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

json_t *imx_grade_to_json(const imx_grade_options *grade) {
    const imx_layer_planes *p = &grade->planes;
    return json_pack("{s:s, s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:f}", "kind", imx_grade_name(grade->kind), "bands",
                     (int)p->bands, "type", imx_type_name(p->type), "values", (int)p->values, "scale",
                     reals(p->scale, p->bands), "offset", reals(p->offset, p->bands), "lo", reals(grade->lo, p->bands),
                     "hi", reals(grade->hi, p->bands), "gamma", grade->gamma);
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
            return imx_warp_plane_index(*out) >= 0;
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

imx_status imx_grade_from_json(const json_t *json, imx_error *err, imx_grade_options *out) {
    if (!json) {
        return IMX_OK;
    }
    imx_grade_options grade = {.gamma = json_number_value(json_object_get(json, "gamma"))};
    imx_layer_planes *p = &grade.planes;
    const char *kind = json_string_value(json_object_get(json, "kind"));
    p->bands = (int32_t)json_integer_value(json_object_get(json, "bands"));
    p->values = json_is_true(json_object_get(json, "values"));
    if (!kind || !imx_grade_find(kind, &grade.kind) || p->bands < 1 || p->bands > IMX_LAYER_BANDS_MAX ||
        !read_type(json_object_get(json, "type"), &p->type) ||
        !read_reals(json_object_get(json, "scale"), p->bands, p->scale) || has_zero(p->scale, p->bands) ||
        !read_reals(json_object_get(json, "offset"), p->bands, p->offset) ||
        !read_reals(json_object_get(json, "lo"), p->bands, grade.lo) ||
        !read_reals(json_object_get(json, "hi"), p->bands, grade.hi) || !(grade.gamma > 0)) {
        return imx_fail(err, IMX_E_INPUT, "job plan: 'grade' does not describe one");
    }
    *out = grade;
    return IMX_OK;
}
