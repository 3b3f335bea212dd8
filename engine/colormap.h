/* engine/colormap.h: colours by value: stops, and what becomes of the values between them. Plain data.
 *
 * Values and colours as in `gdaldem color-relief`: between two stops each of R, G, B and A is interpolated and rounded
 * to the nearest, halves upwards; two stops at one value are a sharp edge, whose own value has the colour of the first;
 * beyond the ends the colours of the ends go on. */
#ifndef IMX_ENGINE_COLORMAP_H
#define IMX_ENGINE_COLORMAP_H

#include "engine/base/memory.h"
#include "engine/base/status.h"

#include <stdint.h>

typedef enum imx_colormap_mode {
    IMX_COLORMAP_BETWEEN,  /* interpolated */
    IMX_COLORMAP_EXACT,    /* values that have a stop; others are nothing */
    IMX_COLORMAP_NEAREST,  /* the nearest stop's; halfway the upper one's */
    IMX_COLORMAP_DISCRETE, /* that of the first stop not below the value; above all of them nothing (QGIS's classes) */
} imx_colormap_mode;
#define IMX_COLORMAP_MODES 4
#define IMX_COLORMAP_STOPS_MAX 4096
#define IMX_COLORMAP_ENDLESS 1e300 /* what stands for an infinite value */

typedef struct imx_colour_stop {
    double value;
    bool percent; /* until imx_colormap_resolve(): value is a percentage of the layer's range, 0 its least value */
    uint8_t rgba[4];
} imx_colour_stop;

typedef struct imx_colormap {
    imx_colormap_mode mode;
    size_t count; /* 1 or more */
    imx_colour_stop *stops;
} imx_colormap;

/* "between", "exact", "nearest", "discrete". */
const char *imx_colormap_mode_name(imx_colormap_mode mode);
bool imx_colormap_mode_find(const char *name, imx_colormap_mode *out);

/* Room for so many stops, none of them set. */
IMX_MUST_USE imx_status imx_colormap_create(imx_memory *memory, size_t count, imx_error *err, imx_colormap **out);
void imx_colormap_destroy(imx_memory *memory, imx_colormap **map);

bool imx_colormap_has_percent(const imx_colormap *map);
/* Percentages become values of lo..hi, and stops ascend; those of one value keep their order. */
void imx_colormap_resolve(imx_colormap *map, double lo, double hi);

/* The colour of a value of a resolved map; 0,0,0,0 of a NaN. *at is where the last value was found (0 at first): values
 * that are close to one another are found faster. */
void imx_colormap_find(const imx_colormap *map, double value, size_t *at, uint8_t rgba[4]);

#endif
