/* tiler/json_text.h: canonical JSON texts: one object, its members in the order they are given (sorted, by the caller),
 * each with its own number of digits for reals. Private to the stores and to describe. */
#ifndef IMX_TILER_JSON_TEXT_H
#define IMX_TILER_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/memory.h"

typedef struct imx_json_text { /* zero but for memory before imx_json_begin */
    imx_memory *memory;
    char *data;
    size_t size, capacity;
    bool bad; /* memory ran out, or a value could not be made */
} imx_json_text;

void imx_json_begin(imx_json_text *to);
/* Takes the value; NULL makes the text bad. digits: significant ones of its reals (17: exact). */
void imx_json_member_take(imx_json_text *to, const char *key, json_t *value, size_t digits);
void imx_json_string(imx_json_text *to, const char *key, const char *value); /* nothing where value is NULL */
/* The finished text, from memory; NULL if it went bad. Ends *to. */
char *imx_json_end_take(imx_json_text *to);
/* A value on its own: sorted, compact. NULL when out of memory. */
char *imx_json_dump(imx_memory *memory, const json_t *value, size_t digits);
/* Degrees rounded to 7 decimals, as PMTiles keeps them; 15 digits print them short. */
json_t *imx_json_degrees(double value);

#endif
