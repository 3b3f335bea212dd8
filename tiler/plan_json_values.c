/* tiler/plan_json_values.c: see the header. */
#include "tiler/plan_json_values.h"

#include <math.h>
#include <string.h>

/* ---- writing ---- */

json_t *imx_plan_reals_to_json(const double *values, size_t count) {
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

json_t *imx_plan_integers_to_json(const int32_t *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        if (json_array_append_new(array, json_integer(values[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* ---- reading ---- */

void *imx_plan_read_bad(imx_plan_reader *r, const char *key, const char *expected) {
    if (!r->status) {
        r->status = imx_fail(r->err, IMX_E_INPUT, "job plan: '%s' is not %s", key, expected);
    }
    return NULL;
}

json_t *imx_plan_read(imx_plan_reader *r, json_t *o, const char *key, json_type type, const char *expected) {
    json_t *value = json_object_get(o, key);
    return value && json_typeof(value) == type ? value : imx_plan_read_bad(r, key, expected);
}

int64_t imx_plan_read_int(imx_plan_reader *r, json_t *o, const char *key, int64_t min, int64_t max) {
    json_t *value = imx_plan_read(r, o, key, JSON_INTEGER, "a whole number");
    int64_t number = value ? json_integer_value(value) : min;
    if (number < min || number > max) {
        (void)imx_plan_read_bad(r, key, "in range");
        return min;
    }
    return number;
}

bool imx_plan_read_bool(imx_plan_reader *r, json_t *o, const char *key) {
    json_t *value = json_object_get(o, key);
    if (!json_is_boolean(value)) {
        (void)imx_plan_read_bad(r, key, "true or false");
    }
    return json_is_true(value);
}

/* A copy; NULL for null where it may be. */
char *imx_plan_read_text(imx_plan_reader *r, json_t *o, const char *key, bool may_be_null) {
    json_t *value = json_object_get(o, key);
    if (may_be_null && json_is_null(value)) {
        return NULL;
    }
    if (!json_is_string(value)) {
        return imx_plan_read_bad(r, key, "a text");
    }
    char *copy = imx_strdup(r->memory, json_string_value(value));
    if (!copy && !r->status) {
        r->status = imx_fail(r->err, IMX_E_NOMEM, "out of memory for the plan");
    }
    return copy;
}

unsigned imx_plan_read_name(imx_plan_reader *r, json_t *o, const char *key, const char *const *names, size_t count) {
    json_t *value = imx_plan_read(r, o, key, JSON_STRING, "a name");
    for (unsigned i = 0; value && i < count; i++) {
        if (!strcmp(names[i], json_string_value(value))) {
            return i;
        }
    }
    (void)imx_plan_read_bad(r, key, "one of the known names");
    return 0;
}

/* Into values[0..max-1]; the number that there are. null is NaN. */
size_t imx_plan_read_reals(imx_plan_reader *r, json_t *array, const char *key, double *values, size_t max) {
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > max) {
        (void)imx_plan_read_bad(r, key, "a list of numbers");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !json_is_null(value)) {
            (void)imx_plan_read_bad(r, key, "a list of numbers");
        }
        values[i] = json_is_null(value) ? (double)NAN : json_number_value(value);
    }
    return count;
}

size_t imx_plan_read_integers(imx_plan_reader *r, json_t *o, const char *key, int32_t *values, size_t max) {
    json_t *array = imx_plan_read(r, o, key, JSON_ARRAY, "a list of whole numbers");
    size_t count = json_array_size(array);
    if (count > max) {
        (void)imx_plan_read_bad(r, key, "short enough");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT32_MAX) {
            (void)imx_plan_read_bad(r, key, "a list of whole numbers");
            return 0;
        }
        values[i] = (int32_t)json_integer_value(value);
    }
    return count;
}
