/* tiler/plan_json_values.h: single values and lists of a plan's JSON, written and read; private to plan_json*.c. */
#ifndef IMX_TILER_PLAN_JSON_VALUES_H
#define IMX_TILER_PLAN_JSON_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

/* ---- writing: NULL when out of memory ---- */

/* What is not finite becomes null. */
json_t *imx_plan_reals_to_json(const double *values, size_t count);
json_t *imx_plan_integers_to_json(const int32_t *values, size_t count);

/* ---- reading ---- */

typedef struct imx_plan_reader {
    imx_memory *memory;
    imx_error *err;
    imx_status status; /* the first failure; later reads do nothing */
} imx_plan_reader;

/* "job plan: 'KEY' is not EXPECTED"; NULL. */
void *imx_plan_read_bad(imx_plan_reader *r, const char *key, const char *expected);
/* Each is a member of the object `o`; what is not as expected is bad. */
json_t *imx_plan_read(imx_plan_reader *r, json_t *o, const char *key, json_type type, const char *expected);
int64_t imx_plan_read_int(imx_plan_reader *r, json_t *o, const char *key, int64_t min, int64_t max);
bool imx_plan_read_bool(imx_plan_reader *r, json_t *o, const char *key);
/* A copy; NULL for null where it may be. */
char *imx_plan_read_text(imx_plan_reader *r, json_t *o, const char *key, bool may_be_null);
/* Which of the names it is. */
unsigned imx_plan_read_name(imx_plan_reader *r, json_t *o, const char *key, const char *const *names, size_t count);
/* The list itself, into values[0..max-1]; the number that there are. null is NaN. */
size_t imx_plan_read_reals(imx_plan_reader *r, json_t *array, const char *key, double *values, size_t max);
/* Whole numbers from 0 on. */
size_t imx_plan_read_integers(imx_plan_reader *r, json_t *o, const char *key, int32_t *values, size_t max);

#endif
