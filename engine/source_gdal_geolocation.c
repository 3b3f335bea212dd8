/* engine/source_gdal_geolocation.c: geolocation arrays, as GDAL tells of them in the metadata domain GEOLOCATION
 * (RFC 4 of GDAL, and its "Geolocation arrays tutorial": X_DATASET, X_BAND, PIXEL_OFFSET, PIXEL_STEP, ...,
 * GEOREFERENCING_CONVENTION, SWAP_XY). */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mesh.h"
#include "engine/source_gdal.h"
#include "engine/source_geolocation.h"

enum { NODES_MAX = 1 << 28 };

/* ---- the metadata ---- */

static double real_of(char **metadata, const char *key, double otherwise) {
    const char *text = CSLFetchNameValue(metadata, key);
    return text ? CPLAtof(text) : otherwise;
}

static int band_of(char **metadata, const char *key) {
    const char *text = CSLFetchNameValue(metadata, key);
    return text ? atoi(text) : 1;
}

/* A name that leads nowhere from here may be meant from the raster's own folder. */
static char *path_of(imx_memory *memory, const char *name, const char *raster) {
    VSIStatBufL about;
    if (name[0] == '/' || strchr(name, ':') || VSIStatL(name, &about) == 0) {
        return imx_strdup(memory, name);
    }
    const char *beside = CPLFormFilename(CPLGetPath(raster), name, NULL);
    return imx_strdup(memory, VSIStatL(beside, &about) == 0 ? beside : name);
}

imx_status imx_gdal_geolocation(imx_memory *memory, GDALDatasetH dataset, const char *path, bool geographic,
                                imx_log *log, imx_error *err, imx_georef *georef) {
    char **metadata = GDALGetMetadata(dataset, "GEOLOCATION");
    const char *x = CSLFetchNameValue(metadata, "X_DATASET"), *y = CSLFetchNameValue(metadata, "Y_DATASET");
    imx_geolocation *g = &georef->geolocation;
    if (!metadata || !x || !y) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no geolocation arrays (X_DATASET and Y_DATASET in GEOLOCATION)",
                        path);
    }
    const char *convention = CSLFetchNameValue(metadata, "GEOREFERENCING_CONVENTION");
    const double centre = convention && EQUAL(convention, "PIXEL_CENTER") ? 0.5 : 0;
    g->pixel_step = real_of(metadata, "PIXEL_STEP", 1);
    g->line_step = real_of(metadata, "LINE_STEP", 1);
    g->pixel_offset = real_of(metadata, "PIXEL_OFFSET", 0) + centre * g->pixel_step;
    g->line_offset = real_of(metadata, "LINE_OFFSET", 0) + centre * g->line_step;
    if (!(g->pixel_step > 0) || !(g->line_step > 0) || !isfinite(g->pixel_offset) || !isfinite(g->line_offset)) {
        return imx_fail(err, IMX_E_INPUT, "%s: PIXEL_STEP and LINE_STEP of its geolocation arrays are not over 0",
                        path);
    }
    const char *swap = CSLFetchNameValue(metadata, "SWAP_XY");
    const bool swapped = swap && CPLTestBool(swap);
    g->turn = geographic ? 360 : 0;
    g->x_path = path_of(memory, swapped ? y : x, path);
    g->y_path = path_of(memory, swapped ? x : y, path);
    g->x_band = band_of(metadata, swapped ? "Y_BAND" : "X_BAND");
    g->y_band = band_of(metadata, swapped ? "X_BAND" : "Y_BAND");
    if (!g->x_path || !g->y_path) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    size_t nowhere = 0;
    imx_status status = imx_geolocation_read(memory, g, err, &g->mesh, &g->content, &nowhere);
    if (status == IMX_OK && nowhere) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "%s: %zu place%s of its geolocation arrays %s not on the Earth (a latitude beyond 90 degrees, or a "
                    "longitude beyond %d): taken for nodata",
                    path, nowhere, nowhere == 1 ? "" : "s", nowhere == 1 ? "is" : "are", IMX_GEOREF_LON_MAX_DEG);
    }
    return status == IMX_OK ? IMX_OK : imx_error_context(err, "%s", path);
}

/* ---- the arrays ---- */

typedef struct array {
    const char *path;
    GDALDatasetH dataset;
    GDALRasterBandH band;
    int32_t width, height;
} array;

static imx_status open_array(const char *path, int number, imx_error *err, array *out) {
    out->path = path;
    imx_status status = imx_gdal_open(path, NULL, err, &out->dataset);
    if (status != IMX_OK) {
        return status;
    }
    out->band =
        number >= 1 && number <= GDALGetRasterCount(out->dataset) ? GDALGetRasterBand(out->dataset, number) : NULL;
    if (!out->band || GDALDataTypeIsComplex(GDALGetRasterDataType(out->band))) {
        return imx_fail(err, IMX_E_INPUT, "geolocation array %s: has no real band %d", path, number);
    }
    out->width = GDALGetRasterXSize(out->dataset);
    out->height = GDALGetRasterYSize(out->dataset);
    return IMX_OK;
}

static void close_array(array *a) {
    if (a->dataset) {
        GDALClose(a->dataset);
    }
}

/* All its values; NaN for nodata. */
static imx_status read_array(const array *a, double *out, imx_error *err) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    const CPLErr failed =
        GDALRasterIO(a->band, GF_Read, 0, 0, a->width, a->height, out, a->width, a->height, GDT_Float64, 0, 0);
    const bool bad = failed != CE_None || imx_gdal_failed(&ear);
    imx_status status =
        bad ? imx_fail(err, IMX_E_INPUT, "geolocation array %s: cannot be read: %s", a->path, imx_gdal_reason(&ear))
            : IMX_OK;
    imx_gdal_unlisten();
    int has_nodata = 0, has_scale = 0, has_offset = 0;
    const double nodata = GDALGetRasterNoDataValue(a->band, &has_nodata);
    const double scale = GDALGetRasterScale(a->band, &has_scale), offset = GDALGetRasterOffset(a->band, &has_offset);
    const size_t count = (size_t)a->width * (size_t)a->height;
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        const bool none = !isfinite(out[i]) || (has_nodata && out[i] == nodata);
        out[i] = none ? (double)NAN : out[i] * (has_scale ? scale : 1) + (has_offset ? offset : 0);
    }
    return status;
}

/* Degrees that are no place become none, as nodata nobody declared; returns how many. (What rounding put beyond a pole
 * is the pole.) */
static size_t drop_nowhere(double *lon_deg, double *lat_deg, size_t count) {
    size_t nowhere = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(lon_deg[i]) || isnan(lat_deg[i])) {
            continue;
        }
        if (imx_georef_is_nowhere(lon_deg[i], lat_deg[i])) {
            lon_deg[i] = lat_deg[i] = (double)NAN;
            nowhere++;
        } else {
            lat_deg[i] = fmin(fmax(lat_deg[i], -90), 90);
        }
    }
    return nowhere;
}

/* One-dimensional arrays (a column's x, a row's y) become two-dimensional, from the last node on, in place. */
static void spread(double *x, double *y, int32_t columns, int32_t rows) {
    for (int32_t r = rows; r-- > 0;) {
        const double of_row = y[r];
        for (int32_t c = columns; c-- > 0;) {
            x[(size_t)r * (size_t)columns + (size_t)c] = x[c];
        }
        for (int32_t c = columns; c-- > 0 && r > 0;) {
            y[(size_t)r * (size_t)columns + (size_t)c] = of_row;
        }
    }
    const double first = y[0];
    for (int32_t c = 0; c < columns; c++) {
        y[c] = first;
    }
}

static imx_status read_both(imx_memory *memory, const array *x, const array *y, double turn, imx_error *err,
                            imx_mesh **out, imx_hash *content, size_t *nowhere) {
    const bool lines = x->height == 1 && (y->height == 1 || y->width == 1);
    const int32_t columns = x->width, rows = lines ? (y->height == 1 ? y->width : y->height) : x->height;
    if (!lines && (x->width != y->width || x->height != y->height)) {
        return imx_fail(err, IMX_E_INPUT, "geolocation arrays of %d x %d and %d x %d do not go together", x->width,
                        x->height, y->width, y->height);
    }
    if (columns < 2 || rows < 2 || (int64_t)columns * rows > NODES_MAX) {
        return imx_fail(err, columns < 2 || rows < 2 ? IMX_E_INPUT : IMX_E_UNSUPPORTED,
                        "geolocation arrays of %d x %d are too %s", columns, rows,
                        columns < 2 || rows < 2 ? "small" : "large");
    }
    const size_t count = (size_t)columns * (size_t)rows;
    double *at_x = imx_calloc(memory, count, sizeof *at_x), *at_y = imx_calloc(memory, count, sizeof *at_y);
    imx_status status =
        at_x && at_y ? IMX_OK
                     : imx_fail(err, IMX_E_NOMEM, "out of memory for geolocation arrays of %d x %d", columns, rows);
    status = status ? status : read_array(x, at_x, err);
    status = status ? status : read_array(y, at_y, err);
    if (status != IMX_OK) {
        imx_free(memory, at_x);
        imx_free(memory, at_y);
        return status;
    }
    if (lines) {
        spread(at_x, at_y, columns, rows);
    }
    *nowhere = turn > 0 ? drop_nowhere(at_x, at_y, count) : 0;
    const imx_hash both[2] = {imx_hash_bytes(at_x, count * sizeof *at_x), imx_hash_bytes(at_y, count * sizeof *at_y)};
    *content = imx_hash_bytes(both, sizeof both);
    return imx_mesh_create_take(memory, columns, rows, at_x, at_y, turn, err, out);
}

imx_status imx_geolocation_read(imx_memory *memory, const imx_geolocation *geolocation, imx_error *err, imx_mesh **out,
                                imx_hash *content, size_t *nowhere) {
    array x = {0}, y = {0};
    imx_status status = open_array(geolocation->x_path, geolocation->x_band, err, &x);
    status = status ? status : open_array(geolocation->y_path, geolocation->y_band, err, &y);
    status = status ? status : read_both(memory, &x, &y, geolocation->turn, err, out, content, nowhere);
    close_array(&x);
    close_array(&y);
    return status;
}
