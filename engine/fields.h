/* engine/fields.h: the fields of a metadata file, flat and in their order: Landsat's MTL as text (ODL), XML or JSON,
 * and any XML. What a field is of (the group that it stands in, the element around it) is kept, as keys repeat. */
#ifndef IMX_ENGINE_FIELDS_H
#define IMX_ENGINE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_field {
    char *group, *key; /* XML: without namespaces */
    char *value;       /* without quotes and blanks around it */
    int index;         /* XML: the attribute band_id; -1: it has none */
} imx_field;

typedef struct imx_fields {
    imx_field *items;
    size_t count, room;
} imx_fields;

/* what: the file, for messages; text: length bytes and a zero. IMX_E_INPUT: not such a text, cut off or damaged. */
IMX_MUST_USE imx_status imx_fields_of_odl(imx_memory *memory, const char *what, const char *text, imx_error *err,
                                          imx_fields *out);
IMX_MUST_USE imx_status imx_fields_of_xml(imx_memory *memory, const char *what, const char *text, size_t length,
                                          imx_error *err, imx_fields *out);
IMX_MUST_USE imx_status imx_fields_of_json(imx_memory *memory, const char *what, const char *text, size_t length,
                                           imx_error *err, imx_fields *out);
void imx_fields_clear(imx_memory *memory, imx_fields *fields);

/* Adds one: key and value are so many bytes; blanks around value and quotes around the rest go. false: no memory. */
bool imx_fields_add(imx_memory *memory, imx_fields *fields, const char *group, const char *key, size_t key_length,
                    const char *value, size_t value_length, int index);
/* The first of that key, in that group (NULL: in any); NULL: there is none. */
const char *imx_fields_find(const imx_fields *fields, const char *group, const char *key);
/* The same as a number; false: there is none, or it is no finite number. */
bool imx_fields_number(const imx_fields *fields, const char *group, const char *key, double *out);

#endif
