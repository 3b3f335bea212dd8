/* engine/georef.c: the life of a georeferencing, in words, and its trial before work begins. */
#include "engine/georef.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/elevation.h"
#include "engine/mesh.h"
#include "engine/transform_model.h"

enum { SURVEY_SIDE = 129 }; /* heights looked at, a side */

void imx_georef_destroy(imx_memory *memory, imx_georef **georef) {
    imx_georef *g = *georef;
    if (!g) {
        return;
    }
    imx_free(memory, g->gcps);
    imx_free(memory, g->heights.dem);
    imx_free(memory, g->heights.geoid);
    imx_free(memory, g->geolocation.x_path);
    imx_free(memory, g->geolocation.y_path);
    imx_mesh_destroy(memory, &g->geolocation.mesh);
    imx_free(memory, g);
    *georef = NULL;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void describe_rpc(const imx_heights *heights, char *text, size_t size) {
    if (!heights->dem) {
        (void)snprintf(text, size, "RPC at a height of %g m", heights->height_m);
    } else if (!heights->geoid) {
        (void)snprintf(text, size, "RPC over %s", base_name(heights->dem));
    } else {
        (void)snprintf(text, size, "RPC over %s + %s", base_name(heights->dem), base_name(heights->geoid));
    }
}

void imx_georef_describe(const imx_georef *georef, char *text, size_t size) {
    switch (georef->kind) {
    case IMX_GEOREF_POLYNOMIAL:
        (void)snprintf(text, size, "polynomial of order %d through %zu ground control points", georef->order,
                       georef->gcp_count);
        break;
    case IMX_GEOREF_TPS:
        (void)snprintf(text, size, "thin-plate spline through %zu ground control points", georef->gcp_count);
        break;
    case IMX_GEOREF_RPC: describe_rpc(&georef->heights, text, size); break;
    case IMX_GEOREF_GEOLOCATION: (void)snprintf(text, size, "geolocation arrays"); break;
    }
}

/* ---- the trial ---- */

/* Where the raster's corners, centre and edges lie, at one height; false: nowhere. West, south, east, north. */
static bool find_box(imx_model *model, const double g[6], int32_t width, int32_t height, double box[4]) {
    enum { SIDE = 5 };
    double x[SIDE * SIDE], y[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        double px = (double)width * (i % SIDE) / (SIDE - 1), py = (double)height * (i / SIDE) / (SIDE - 1);
        x[i] = g[0] + g[1] * px + g[2] * py;
        y[i] = g[3] + g[4] * px + g[5] * py;
    }
    imx_model_flatten(model, true);
    imx_model_to_ground(model, SIDE * SIDE, x, y);
    imx_model_flatten(model, false);
    box[0] = box[1] = HUGE_VAL, box[2] = box[3] = -HUGE_VAL;
    for (int i = 0; i < SIDE * SIDE; i++) {
        if (x[i] != HUGE_VAL) {
            box[0] = fmin(box[0], x[i]), box[2] = fmax(box[2], x[i]);
            box[1] = fmin(box[1], y[i]), box[3] = fmax(box[3], y[i]);
        }
    }
    return box[0] < box[2] && box[1] < box[3];
}

/* Hashes the heights around the scene, so that a plan tells which ones it is made for; counts those that are missing.
 */
static imx_status survey(imx_memory *memory, imx_model *model, const double box[4], imx_heights *heights,
                         imx_error *err) {
    imx_elevation *elevation = imx_model_elevation(model);
    size_t count = (size_t)SURVEY_SIDE * SURVEY_SIDE, missing = 0;
    double *at = imx_calloc(memory, count, 3 * sizeof *at), *lon = at, *lat = at + count, *height_m = at + 2 * count;
    if (!at) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        lon[i] = box[0] + (box[2] - box[0]) * (double)(i % SURVEY_SIDE) / (SURVEY_SIDE - 1);
        lat[i] = box[1] + (box[3] - box[1]) * (double)(i / SURVEY_SIDE) / (SURVEY_SIDE - 1);
    }
    imx_elevation_at(elevation, count, lon, lat, height_m);
    imx_status status = imx_elevation_check(elevation, err);
    for (size_t i = 0; i < count; i++) {
        missing += isnan(height_m[i]) ? 1 : 0;
        height_m[i] = isnan(height_m[i]) ? -1e9 : round(height_m[i] * 1e3) / 1e3; /* one bit pattern for none */
    }
    heights->content = imx_hash_bytes(height_m, count * sizeof *height_m);
    heights->missing_part = (double)missing / (double)count;
    imx_free(memory, at);
    return status;
}

static imx_status settle_heights(imx_memory *memory, imx_model *model, const double box[4], imx_heights *heights,
                                 const char *name, imx_log *log, imx_error *err) {
    imx_status status = survey(memory, model, box, heights, err);
    if (status != IMX_OK) {
        return status;
    }
    const char *dem = base_name(heights->dem);
    if (heights->missing_part > 0.999) {
        return imx_fail(err, IMX_E_INPUT,
                        "--dem %s: has no heights where the scene lies (longitude %.4f to %.4f, latitude %.4f to %.4f)",
                        heights->dem, box[0], box[2], box[1], box[3]);
    }
    if (heights->missing_part > 0) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: %s has no heights for %.1f %% of its area: nothing is drawn there", name,
                    dem, 100 * heights->missing_part);
    }
    imx_dem_datum datum = imx_elevation_datum(imx_model_elevation(model));
    if (!heights->geoid && !heights->ellipsoidal && datum != IMX_DEM_DATUM_ELLIPSOID) {
        imx_log_say(
            log, IMX_LOG_WARNING,
            "%s: heights of %s are taken as ellipsoidal, though %s: if they are above a geoid (as SRTM and most "
            "DEMs), give --geoid egm96, egm2008 or a file; if not, none",
            name, dem,
            datum == IMX_DEM_DATUM_UNSAID ? "its CRS does not say so" : "its CRS names another vertical datum");
    }
    return IMX_OK;
}

imx_status imx_georef_settle(imx_memory *memory, imx_georef *georef, const double geotransform[6], int32_t width,
                             int32_t height, const char *name, imx_log *log, imx_error *err) {
    imx_model *model = NULL;
    imx_status status = imx_model_create(memory, georef, err, &model);
    if (status != IMX_OK) {
        return status;
    }
    double box[4];
    georef->order = georef->kind == IMX_GEOREF_POLYNOMIAL ? imx_model_order(model) : 0;
    if (!find_box(model, geotransform, width, height, box)) {
        status = imx_fail(err, IMX_E_INPUT,
                          "its %s lead no pixel to a place on the ground: they are damaged, or for another image",
                          georef->kind == IMX_GEOREF_RPC           ? "RPC"
                          : georef->kind == IMX_GEOREF_GEOLOCATION ? "geolocation arrays"
                                                                   : "ground control points");
    } else if (imx_model_elevation(model)) {
        status = settle_heights(memory, model, box, &georef->heights, name, log, err);
    }
    imx_model_destroy(&model);
    return status;
}
