/* tiler/grid_raster.c: see the header. The set is written as JSON and read back, so that there is one way only from a
 * description to a grid. */
#include "tiler/grid_raster.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "engine/crs.h"
#include "tiler/grid_open.h"

#define ALIGNED_PX (1.0 / 64)
#define SAME 1e-9

static imx_status refuse(const imx_scene *scene, const char *why, imx_error *err) {
    return imx_fail(err, IMX_E_INPUT, "%s: --raster-grid: %s", scene->assets[0].path, why);
}

/* Of a scene's assets the one with the smallest pixels; of those the first. */
static const imx_asset *finest_of(const imx_scene *scene) {
    const imx_asset *finest = &scene->assets[0];
    for (size_t i = 1; i < scene->asset_count; i++) {
        const imx_asset *asset = &scene->assets[i];
        finest = fabs(asset->geotransform[1]) < fabs(finest->geotransform[1]) ? asset : finest;
    }
    return finest;
}

static imx_status extent_of(const imx_scene *scene, imx_error *err, imx_raster_extent *out) {
    const imx_asset *asset = finest_of(scene);
    const double *g = asset->geotransform;
    if (g[2] != 0 || g[4] != 0 || !(g[1] > 0) || !(g[5] < 0)) {
        return refuse(scene, "the raster is not north up", err);
    }
    *out = (imx_raster_extent){g[1], -g[5], g[0], g[3] + g[5] * asset->height, g[0] + g[1] * asset->width, g[3]};
    return IMX_OK;
}

static bool aligned(double a, double b, double res) {
    double px = (a - b) / res;
    return fabs(px - round(px)) <= ALIGNED_PX;
}

/* Pixels without a place beside others. */
static imx_status check_alone(const imx_scene *scene, size_t count, imx_error *err) {
    for (size_t i = 1; i < scene->asset_count; i++) {
        if (scene->assets[i].width != scene->assets[0].width || scene->assets[i].height != scene->assets[0].height) {
            return refuse(scene,
                          "its files are not north up in a CRS, and of different sizes, so that their pixels cannot "
                          "be laid on each other: tile one file",
                          err);
        }
    }
    return count == 1 ? IMX_OK
                      : refuse(scene,
                               "the raster is not north up in a CRS, so that its pixels have no place beside those of "
                               "other rasters: tile it alone",
                               err);
}

static imx_status join(const imx_scene *scenes, size_t count, imx_error *err, imx_raster_extent *all) {
    for (size_t i = 0; i < count; i++) {
        imx_status s = imx_crs_is_pixels(scenes[i].crs) ? check_alone(&scenes[i], count, err) : IMX_OK;
        if (s) {
            return s;
        }
    }
    imx_status s = extent_of(&scenes[0], err, all);
    for (size_t i = 1; i < count && !s; i++) {
        imx_raster_extent one = {0};
        s = extent_of(&scenes[i], err, &one);
        if (!s && (strcmp(scenes[i].crs, scenes[0].crs) != 0 || fabs(one.res_x - all->res_x) > SAME * all->res_x ||
                   fabs(one.res_y - all->res_y) > SAME * all->res_y || !aligned(one.min_x, all->min_x, all->res_x) ||
                   !aligned(one.max_y, all->max_y, all->res_y))) {
            s = refuse(&scenes[i], "the raster's CRS or pixels are not those of the first", err);
        }
        if (!s) {
            all->min_x = fmin(all->min_x, one.min_x);
            all->min_y = fmin(all->min_y, one.min_y);
            all->max_x = fmax(all->max_x, one.max_x);
            all->max_y = fmax(all->max_y, one.max_y);
        }
    }
    return s;
}

/* Pixels across, tiles at a zoom. */
static double pixels(double low, double high, double res) { return round((high - low) / res); }
static double tiles(double px, double tile_px, uint32_t halvings) { return ceil(px / ldexp(tile_px, (int)halvings)); }

static json_t *matrix_of(const imx_raster_extent *all, bool north_first, uint32_t tile_px, uint32_t z,
                         uint32_t halvings, double metres_per_unit) {
    char id[16];
    (void)snprintf(id, sizeof id, "%u", z);
    double res = ldexp(all->res_x, (int)halvings);
    double w = tiles(pixels(all->min_x, all->max_x, all->res_x), tile_px, halvings);
    double h = tiles(pixels(all->min_y, all->max_y, all->res_y), tile_px, halvings);
    return json_pack("{s:s, s:f, s:f, s:s, s:[f, f], s:i, s:i, s:f, s:f}", "id", id, "cellSize", res,
                     "scaleDenominator", res * metres_per_unit / 0.00028, "cornerOfOrigin", "topLeft", "pointOfOrigin",
                     north_first ? all->max_y : all->min_x, north_first ? all->min_x : all->max_y, "tileWidth",
                     (int)tile_px, "tileHeight", (int)tile_px, "matrixWidth", w, "matrixHeight", h);
}

static char *describe(imx_memory *memory, const char *crs, const imx_raster_extent *all, uint32_t tile_px,
                      const imx_crs_facts *facts) {
    double side = fmax(pixels(all->min_x, all->max_x, all->res_x), pixels(all->min_y, all->max_y, all->res_y));
    uint32_t zooms = 1;
    while (zooms <= IMX_ZOOM_MAX && ldexp(tile_px, (int)zooms - 1) < side) {
        zooms++;
    }
    json_t *list = json_array(), *root = NULL;
    bool whole = list != NULL;
    for (uint32_t z = 0; z < zooms && whole; z++) {
        whole = json_array_append_new(
                    list, matrix_of(all, facts->north_first, tile_px, z, zooms - 1 - z, facts->metres_per_unit)) == 0;
    }
    root = json_pack("{s:s, s:{s:s}, s:o}", "id", "RasterGrid", "crs", "wkt", crs, "tileMatrices", list);
    char *text = whole && root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    char *copy = text ? imx_strdup(memory, text) : NULL;
    free(text);
    json_decref(root);
    return copy;
}

/* PROJ's answer, with the pixels' shape. */
typedef struct asked {
    imx_memory *memory;
    double aspect;
} asked;

static imx_status ask(void *context, const char *crs, imx_error *err, imx_grid_crs *out) {
    const asked *by = context;
    imx_status s = imx_grid_ask_proj(by->memory, crs, err, out);
    out->aspect = fabs(by->aspect - 1) > SAME ? by->aspect : 1;
    return s;
}

imx_status imx_grid_of_extent(imx_memory *memory, const char *crs, const imx_raster_extent *extent, uint32_t tile_px,
                              imx_error *err, imx_grid **out) {
    imx_crs_facts facts;
    imx_status s = imx_crs_describe(memory, crs, err, &facts);
    if (s) {
        return s;
    }
    char *text = describe(memory, crs, extent, tile_px, &facts);
    asked by = {memory, extent->res_y / extent->res_x};
    s = text ? imx_grid_parse(memory, text, strlen(text), ask, &by, err, out)
             : imx_fail(err, IMX_E_NOMEM, "out of memory for a grid");
    imx_free(memory, text);
    return s;
}

imx_status imx_grid_of_rasters(imx_memory *memory, const imx_scene *scenes, size_t count, uint32_t tile_px,
                               imx_error *err, imx_grid **out) {
    imx_raster_extent all;
    imx_status s = join(scenes, count, err, &all);
    return s ? s : imx_grid_of_extent(memory, scenes[0].crs, &all, tile_px, err, out);
}
