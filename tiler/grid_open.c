/* tiler/grid_open.c: see the header. */
#include "tiler/grid_open.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "engine/crs.h"
#include "engine/source.h"

enum { FILE_BYTES_MAX = 4 << 20 };

imx_status imx_grid_ask_proj(void *memory, const char *crs, imx_error *err, imx_grid_crs *out) {
    imx_crs_facts facts;
    imx_status status = imx_crs_describe(memory, crs, err, &facts);
    if (status == IMX_OK) {
        imx_grid_projection projection = facts.geographic                ? IMX_GRID_LONLAT
                                         : imx_crs_is_pixels(crs)        ? IMX_GRID_PLANE
                                         : strcmp(crs, "EPSG:3857") == 0 ? IMX_GRID_MERCATOR
                                         : strcmp(crs, "EPSG:3395") == 0 ? IMX_GRID_MERCATOR_WGS84
                                                                         : IMX_GRID_PROJECTED;
        *out = (imx_grid_crs){.north_first = facts.north_first,
                              .metres_per_unit = facts.metres_per_unit,
                              .period = facts.period,
                              .aspect = 1,
                              .projection = projection};
        memcpy(out->axes, facts.axes, sizeof out->axes);
    }
    return status;
}

/* The sixty UTM sets as one. */
static void list_names(char *text, size_t room) {
    *text = '\0';
    for (unsigned i = 0; imx_grid_at(i); i++) {
        const char *id = imx_grid_at(i)->id;
        bool utm = strncmp(id, "UTM", 3) == 0;
        if (utm && strncmp(id, "UTM01", 5) != 0) {
            continue;
        }
        size_t used = strlen(text);
        (void)snprintf(text + used, room - used, "%s%s", i ? ", " : "", utm ? "UTM01WGS84Quad to UTM60WGS84Quad" : id);
    }
}

/* Whether a set is the coarse zooms of a known one, as services publish them. */
static bool is_top_of(const imx_grid *known, const imx_grid *own) {
    imx_grid top = *known;
    top.zooms = own->zooms;
    return own->zooms < known->zooms && imx_grid_same(&top, own);
}

imx_status imx_grid_open(imx_memory *memory, const char *name, imx_error *err, const imx_grid **out, imx_grid **own) {
    *own = NULL;
    *out = imx_grid_find(name);
    if (*out) {
        return IMX_OK;
    }
    if (imx_input_is_url(name)) {
        return imx_fail(err, IMX_E_INPUT,
                        "--grid: %s: tile matrix sets are read from this machine alone: download it first", name);
    }
    struct stat there;
    if (stat(name, &there) != 0) {
        char names[512];
        list_names(names, sizeof names);
        return imx_fail(err, IMX_E_USAGE,
                        "--grid: '%s' is neither a grid nor a file with a tile matrix set (JSON); grids: %s", name,
                        names);
    }
    if (!S_ISREG(there.st_mode) || there.st_size > FILE_BYTES_MAX) {
        return imx_fail(err, IMX_E_INPUT, "%s: not a tile matrix set: not a file of at most 4 MiB", name);
    }
    imx_map map;
    imx_status status = imx_map_open(name, err, &map);
    if (status == IMX_OK) {
        status = imx_grid_parse(memory, (const char *)map.data, map.size, imx_grid_ask_proj, memory, err, own);
        imx_map_close(&map);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s", name);
        }
    }
    const imx_grid *known = status == IMX_OK ? imx_grid_find((*own)->id) : NULL;
    if (known && imx_grid_same(known, *own)) {
        imx_grid_destroy(memory, own);
        *out = known;
        return IMX_OK;
    }
    if (known && !is_top_of(known, *own)) { /* whoever reads its tiles would take them for the other's */
        status = imx_fail(err, IMX_E_INPUT, "%s: has the id of %s, but other matrices: give it an id of its own", name,
                          known->id);
        imx_grid_destroy(memory, own);
        return status;
    }
    *out = *own;
    return status;
}

imx_status imx_grid_bounds_deg(imx_memory *memory, const imx_grid *grid, const double box[4], imx_error *err,
                               double out[4]) {
    if (grid->projection == IMX_GRID_PLANE) {
        memset(out, 0, sizeof(double[4]));
        return IMX_OK;
    }
    if (grid->projection != IMX_GRID_PROJECTED) {
        imx_grid_to_lonlat(grid, box[0], box[1], &out[0], &out[1]);
        imx_grid_to_lonlat(grid, box[2], box[3], &out[2], &out[3]);
        return IMX_OK;
    }
    imx_lonlat *lonlat = NULL;
    imx_status status = imx_lonlat_create(memory, grid->crs, err, &lonlat);
    if (status == IMX_OK && !imx_lonlat_bounds(lonlat, box, out)) {
        memcpy(out, (const double[4]){-180, -90, 180, 90}, sizeof(double[4]));
    }
    imx_lonlat_destroy(&lonlat);
    return status;
}
