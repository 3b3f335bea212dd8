/* tiler/json_text.c: JSON texts that grow in accounted memory. */
#include "tiler/json_text.h"

#include <math.h>
#include <string.h>

static int append(const char *bytes, size_t size, void *context) {
    imx_json_text *to = context;
    if (!to->bad && size >= to->capacity - to->size) { /* one more for the end */
        size_t capacity = to->capacity + to->capacity / 2 + size + 256;
        char *grown = imx_realloc(to->memory, to->data, capacity);
        to->bad = !grown;
        to->data = grown ? grown : to->data;
        to->capacity = grown ? capacity : to->capacity;
    }
    if (to->bad) {
        return -1;
    }
    memcpy(to->data + to->size, bytes, size);
    to->size += size;
    to->data[to->size] = '\0';
    return 0;
}

static void append_value(imx_json_text *to, const json_t *value, size_t digits) {
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits);
    to->bad |= json_dump_callback(value, append, to, flags) != 0;
}

void imx_json_begin(imx_json_text *to) { (void)append("{", 1, to); }

void imx_json_member_take(imx_json_text *to, const char *key, json_t *value, size_t digits) {
    to->bad |= !value;
    if (!to->bad) {
        if (to->size > 1) {
            (void)append(",", 1, to);
        }
        (void)append("\"", 1, to);
        (void)append(key, strlen(key), to);
        (void)append("\":", 2, to);
        append_value(to, value, digits);
    }
    json_decref(value);
}

void imx_json_string(imx_json_text *to, const char *key, const char *value) {
    if (value) {
        imx_json_member_take(to, key, json_string(value), 0);
    }
}

char *imx_json_end_take(imx_json_text *to) {
    (void)append("}", 1, to);
    char *data = to->data;
    if (to->bad) {
        imx_free(to->memory, data);
        data = NULL;
    }
    *to = (imx_json_text){.memory = to->memory};
    return data;
}

char *imx_json_dump(imx_memory *memory, const json_t *value, size_t digits) {
    imx_json_text to = {.memory = memory};
    append_value(&to, value, digits);
    if (to.bad) {
        imx_free(memory, to.data);
        return NULL;
    }
    return to.data;
}

json_t *imx_json_degrees(double value) { return json_real(round(value * 1e7) / 1e7 + 0.0); }
