/* engine/colormap.c: see the header. */
#include "engine/colormap.h"

#include <math.h>
#include <string.h>

static const char *const names[IMX_COLORMAP_MODES] = {"between", "exact", "nearest", "discrete"};

const char *imx_colormap_mode_name(imx_colormap_mode mode) { return names[mode]; }

bool imx_colormap_mode_find(const char *name, imx_colormap_mode *out) {
    for (int mode = 0; mode < IMX_COLORMAP_MODES; mode++) {
        if (strcmp(names[mode], name) == 0) {
            *out = (imx_colormap_mode)mode;
            return true;
        }
    }
    return false;
}

imx_status imx_colormap_create(imx_memory *memory, size_t count, imx_error *err, imx_colormap **out) {
    imx_colormap *map = imx_calloc(memory, 1, sizeof *map);
    imx_colour_stop *stops = map ? imx_calloc(memory, count, sizeof *stops) : NULL;
    if (!stops) {
        imx_free(memory, map);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %zu colours", count);
    }
    map->count = count;
    map->stops = stops;
    *out = map;
    return IMX_OK;
}

void imx_colormap_destroy(imx_memory *memory, imx_colormap **map) {
    if (*map) {
        imx_free(memory, (*map)->stops);
        imx_free(memory, *map);
        *map = NULL;
    }
}

bool imx_colormap_has_percent(const imx_colormap *map) {
    bool any = false;
    for (size_t i = 0; i < map->count; i++) {
        any = any || map->stops[i].percent;
    }
    return any;
}

/* In place by insertion: files are in order already, nearly always. */
static void sort(imx_colour_stop *stops, size_t count) {
    for (size_t i = 1; i < count; i++) {
        const imx_colour_stop stop = stops[i];
        size_t to = i;
        for (; to > 0 && stops[to - 1].value > stop.value; to--) {
            stops[to] = stops[to - 1];
        }
        stops[to] = stop;
    }
}

void imx_colormap_resolve(imx_colormap *map, double lo, double hi) {
    for (size_t i = 0; i < map->count; i++) {
        imx_colour_stop *stop = &map->stops[i];
        stop->value = stop->percent ? lo + stop->value / 100 * (hi - lo) : stop->value;
        stop->percent = false;
    }
    sort(map->stops, map->count);
}

/* The first stop that is not below the value; count: none. */
static size_t find_upper(const imx_colormap *map, double value, size_t at) {
    const imx_colour_stop *stops = map->stops;
    if (at < map->count && value <= stops[at].value && (at == 0 || value > stops[at - 1].value)) {
        return at;
    }
    size_t lower = 0, upper = map->count;
    while (lower < upper) {
        const size_t middle = lower + (upper - lower) / 2;
        if (stops[middle].value < value) {
            lower = middle + 1;
        } else {
            upper = middle;
        }
    }
    return lower;
}

static void mix(const imx_colour_stop *a, const imx_colour_stop *b, double value, uint8_t rgba[4]) {
    const double share = (value - a->value) / (b->value - a->value);
    for (int i = 0; i < 4; i++) {
        rgba[i] = (uint8_t)(0.5 + a->rgba[i] + share * (b->rgba[i] - a->rgba[i]));
    }
}

void imx_colormap_find(const imx_colormap *map, double value, size_t *at, uint8_t rgba[4]) {
    static const uint8_t nothing[4] = {0};
    const imx_colour_stop *stops = map->stops;
    const size_t upper = *at = isnan(value) ? map->count : find_upper(map, value, *at);
    const bool above = upper == map->count, on = !above && stops[upper].value == value;
    const size_t end = above ? map->count - 1 : 0; /* where it lies beyond the ends */
    const bool beyond = above || upper == 0;
    const uint8_t *is = on ? stops[upper].rgba : beyond ? stops[end].rgba : NULL;
    switch (map->mode) {
    case IMX_COLORMAP_BETWEEN: break;
    case IMX_COLORMAP_EXACT: is = on ? is : nothing; break;
    case IMX_COLORMAP_NEAREST:
        is = is                                                            ? is
             : value - stops[upper - 1].value < stops[upper].value - value ? stops[upper - 1].rgba
                                                                           : stops[upper].rgba;
        break;
    case IMX_COLORMAP_DISCRETE: is = above ? nothing : stops[upper].rgba; break;
    }
    is = isnan(value) ? nothing : is;
    if (is) {
        memcpy(rgba, is, 4);
    } else {
        mix(&stops[upper - 1], &stops[upper], value, rgba);
    }
}
