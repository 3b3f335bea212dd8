/* tests/conformance/places/oracle.c: places without the engine: GDAL's exact transformers, and geolocation arrays by an
 * own bilinear interpolation (GDAL's way back through them is a search of limited precision). */
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_alg.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/conformance/places/places.h"

struct oracle {
    imx_space space;
    GDALDatasetH dataset;
    void *transformer;
    const swath *swath;
    OGRCoordinateTransformationH to_space; /* from longitude and latitude */
};

static OGRSpatialReferenceH crs_of(const char *text) {
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    OSRSetFromUserInput(crs, text);
    OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
    return crs;
}

/* The heights under RPC. */
static char **add_heights(char **options, const imx_georef *georef) {
    if (!georef || georef->kind != IMX_GEOREF_RPC) {
        return options;
    }
    if (georef->heights.dem) {
        return CSLSetNameValue(options, "RPC_DEM", georef->heights.dem);
    }
    char height[32];
    (void)snprintf(height, sizeof height, "%.17g", georef->heights.height_m);
    return CSLSetNameValue(options, "RPC_HEIGHT", height);
}

oracle *oracle_create(const subject *s, const char *path, const imx_asset *asset, const imx_space *space) {
    oracle *o = calloc(1, sizeof *o);
    o->space = *space;
    o->swath = s->swath;
    if (s->swath) {
        OGRSpatialReferenceH from = crs_of("OGC:CRS84"), to = crs_of(space->crs);
        o->to_space = OCTNewCoordinateTransformation(from, to);
        OSRDestroySpatialReference(from);
        OSRDestroySpatialReference(to);
    } else {
        char **options = add_heights(CSLSetNameValue(NULL, "DST_SRS", space->crs), asset->georef);
        for (int i = 0; i < THEIRS_MAX && s->theirs[i]; i++) {
            options = CSLAddString(options, s->theirs[i]);
        }
        o->dataset = GDALOpen(path, GA_ReadOnly);
        o->transformer = o->dataset ? GDALCreateGenImgProjTransformer2(o->dataset, NULL, options) : NULL;
        CSLDestroy(options);
    }
    if (!o->transformer && !o->to_space) {
        oracle_destroy(&o);
    }
    return o;
}

void oracle_destroy(oracle **o) {
    if (!*o) {
        return;
    }
    if ((*o)->transformer) {
        GDALDestroyGenImgProjTransformer((*o)->transformer);
    }
    if ((*o)->dataset) {
        GDALClose((*o)->dataset);
    }
    if ((*o)->to_space) {
        OCTDestroyCoordinateTransformation((*o)->to_space);
    }
    free(*o);
    *o = NULL;
}

static double between(const swath *s, const double *nodes, double column, double row) {
    const int c = (int)fmin(fmax(floor(column), 0), s->columns - 2), r = (int)fmin(fmax(floor(row), 0), s->rows - 2);
    const double u = column - c, v = row - r, *at = nodes + (size_t)r * (size_t)s->columns + c;
    return (1 - v) * ((1 - u) * at[0] + u * at[1]) + v * ((1 - u) * at[s->columns] + u * at[s->columns + 1]);
}

enum { CHUNK = 4096 };

static void ask(oracle *o, bool inverse, size_t n, double *x, double *y) {
    double z[CHUNK] = {0};
    int ok[CHUNK] = {0};
    if (o->transformer) {
        GDALGenImgProjTransform(o->transformer, inverse, (int)n, x, y, z, ok);
    } else {
        OCTTransformEx(o->to_space, (int)n, x, y, z, ok);
    }
    for (size_t i = 0; i < n; i++) {
        if (!ok[i] || !isfinite(x[i]) || !isfinite(y[i])) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

void oracle_forward(oracle *o, size_t n, double *x, double *y) {
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t count = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = at; i < at + count && o->swath; i++) {
            const swath *s = o->swath;
            const double column = (x[i] - s->pixel_offset) / s->pixel_step,
                         row = (y[i] - s->line_offset) / s->line_step;
            x[i] = between(s, s->lon_deg, column, row);
            y[i] = between(s, s->lat_deg, column, row);
        }
        ask(o, false, count, x + at, y + at);
        for (size_t i = at; i < at + count; i++) {
            if (x[i] != HUGE_VAL) {
                x[i] = (x[i] - o->space.origin_x) / o->space.res;
                y[i] = (o->space.origin_y - y[i]) / imx_space_res_y(&o->space);
            }
        }
    }
}

void oracle_inverse(oracle *o, size_t n, double *x, double *y) {
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t count = n - at < CHUNK ? n - at : CHUNK;
        for (size_t i = at; i < at + count; i++) {
            x[i] = o->space.origin_x + x[i] * o->space.res;
            y[i] = o->space.origin_y - y[i] * imx_space_res_y(&o->space);
        }
        ask(o, true, count, x + at, y + at);
    }
}
