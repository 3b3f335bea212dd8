/* engine/fields_json.c: the fields of a JSON file, by jansson: the strings and numbers in its objects. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "engine/fields.h"

static bool take_object(imx_memory *memory, json_t *object, const char *group, imx_fields *fields) {
    const char *key;
    json_t *value;
    bool sound = true;
    json_object_foreach(object, key, value) {
        char number[32];
        const char *text = json_string_value(value);
        if (json_is_number(value)) {
            (void)snprintf(number, sizeof number, "%.17g", json_number_value(value));
            text = number;
        }
        if (sound && json_is_object(value)) {
            sound = take_object(memory, value, key, fields); /* no deeper than the parser allows: 2048 */
        } else if (sound && text) {
            sound = imx_fields_add(memory, fields, group, key, strlen(key), text, strlen(text), -1);
        }
    }
    return sound;
}

imx_status imx_fields_of_json(imx_memory *memory, const char *what, const char *text, size_t length, imx_error *err,
                              imx_fields *out) {
    imx_fields fields = {0};
    json_error_t why;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        json_decref(root);
        return imx_fail(err, IMX_E_INPUT, "%s: not sound JSON (line %d): copy or download it again", what, why.line);
    }
    const bool sound = take_object(memory, root, "", &fields);
    json_decref(root);
    if (!sound) {
        imx_fields_clear(memory, &fields);
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", what);
    }
    *out = fields;
    return IMX_OK;
}
