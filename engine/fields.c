/* engine/fields.c: the list of fields, and Landsat's ODL: "GROUP = X", "KEY = VALUE", "END_GROUP = X", "END", one a
 * line (USGS LSDS-1822, Landsat 8-9 Level 1 Data Format Control Book, appendix on the metadata file). */
#include "engine/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *copy(imx_memory *memory, const char *text, size_t length) {
    char *out = imx_alloc(memory, length + 1);
    if (out) {
        memcpy(out, text, length);
        out[length] = '\0';
    }
    return out;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void trim(const char **text, size_t *length) {
    while (*length && is_blank(**text)) {
        ++*text;
        --*length;
    }
    while (*length && is_blank((*text)[*length - 1])) {
        --*length;
    }
}

bool imx_fields_add(imx_memory *memory, imx_fields *fields, const char *group, const char *key, size_t key_length,
                    const char *value, size_t value_length, int index) {
    if (fields->count == fields->room) {
        const size_t room = fields->room ? 2 * fields->room : 128;
        imx_field *grown = imx_realloc(memory, fields->items, room * sizeof *grown);
        if (!grown) {
            return false;
        }
        fields->items = grown;
        fields->room = room;
    }
    trim(&value, &value_length);
    if (value_length >= 2 && value[0] == '"' && value[value_length - 1] == '"') {
        value++;
        value_length -= 2;
    }
    imx_field *f = &fields->items[fields->count++];
    *f = (imx_field){copy(memory, group, strlen(group)), copy(memory, key, key_length),
                     copy(memory, value, value_length), index};
    return f->group && f->key && f->value;
}

void imx_fields_clear(imx_memory *memory, imx_fields *fields) {
    for (size_t i = 0; i < fields->count; i++) {
        imx_free(memory, fields->items[i].group);
        imx_free(memory, fields->items[i].key);
        imx_free(memory, fields->items[i].value);
    }
    imx_free(memory, fields->items);
    memset(fields, 0, sizeof *fields);
}

const char *imx_fields_find(const imx_fields *fields, const char *group, const char *key) {
    for (size_t i = 0; i < fields->count; i++) {
        const imx_field *f = &fields->items[i];
        if (strcmp(f->key, key) == 0 && (!group || strcmp(f->group, group) == 0)) {
            return f->value;
        }
    }
    return NULL;
}

bool imx_fields_number(const imx_fields *fields, const char *group, const char *key, double *out) {
    const char *text = imx_fields_find(fields, group, key);
    char *end = NULL;
    const double value = text ? strtod(text, &end) : (double)NAN;
    if (!text || end == text || *end || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

/* ---- ODL ---- */

typedef struct odl {
    imx_memory *memory;
    imx_fields fields;
    char group[64]; /* the innermost */
    bool ended;
} odl;

static imx_status take_line(odl *o, const char *line, size_t length) {
    const char *equals = memchr(line, '=', length);
    const char *key = line;
    size_t key_length = equals ? (size_t)(equals - line) : length;
    trim(&key, &key_length);
    if (!equals) {
        o->ended = o->ended || (key_length == 3 && memcmp(key, "END", 3) == 0);
        return key_length == 0 || o->ended ? IMX_OK : IMX_E_INPUT;
    }
    const char *value = equals + 1;
    size_t value_length = length - (size_t)(value - line);
    trim(&value, &value_length);
    if (key_length == 5 && memcmp(key, "GROUP", 5) == 0) {
        const size_t n = value_length < sizeof o->group - 1 ? value_length : sizeof o->group - 1;
        memcpy(o->group, value, n);
        o->group[n] = '\0';
        return IMX_OK;
    }
    if (key_length == 9 && memcmp(key, "END_GROUP", 9) == 0) {
        return IMX_OK;
    }
    return imx_fields_add(o->memory, &o->fields, o->group, key, key_length, value, value_length, -1) ? IMX_OK
                                                                                                     : IMX_E_NOMEM;
}

imx_status imx_fields_of_odl(imx_memory *memory, const char *what, const char *text, imx_error *err, imx_fields *out) {
    odl o = {.memory = memory};
    imx_status status = IMX_OK;
    int line = 0;
    while (*text && !o.ended && status == IMX_OK) {
        const size_t length = strcspn(text, "\n");
        status = take_line(&o, text, length);
        text += length + (text[length] == '\n');
        line++;
    }
    if (status == IMX_E_NOMEM) {
        (void)imx_fail(err, status, "%s: out of memory", what);
    } else if (status != IMX_OK) {
        (void)imx_fail(err, status, "%s: line %d is not KEY = VALUE: copy or download it again", what, line);
    } else if (!o.ended) {
        status = imx_fail(err, IMX_E_INPUT, "%s: cut off, its END is missing: copy or download it again", what);
    }
    if (status == IMX_OK) {
        *out = o.fields;
    } else {
        imx_fields_clear(memory, &o.fields);
    }
    return status;
}
