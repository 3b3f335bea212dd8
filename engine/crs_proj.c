/* engine/crs_proj.c: see engine/crs.h; beside transform_proj.c the only file that knows PROJ. */
#include <math.h>
#include <proj.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/crs.h"
#include "engine/transform_proj.h"

#define PI 3.14159265358979323846

enum { OUTLINE_POINTS = 21 }; /* a side, between its corners: PROJ's own default */

static PJ_CONTEXT *open_context(void) {
    PJ_CONTEXT *context = proj_context_create();
    if (context) {
        proj_log_level(context, PJ_LOG_NONE);
        proj_context_set_enable_network(context, 0);
    }
    return context;
}

/* The horizontal CRS that `text` means; NULL if it means none. */
static PJ *open_crs(PJ_CONTEXT *context, const char *text) {
    PJ *crs = proj_create(context, text);
    PJ_TYPE type = crs ? proj_get_type(crs) : PJ_TYPE_UNKNOWN;
    PJ *inner = type == PJ_TYPE_COMPOUND_CRS ? proj_crs_get_sub_crs(context, crs, 0)
                : type == PJ_TYPE_BOUND_CRS  ? proj_get_source_crs(context, crs)
                                             : NULL;
    if (inner || (crs && !proj_is_crs(crs))) {
        proj_destroy(crs);
        crs = inner;
    }
    return crs;
}

static double semi_major_m(PJ_CONTEXT *context, const PJ *crs) {
    PJ *ellipsoid = proj_get_ellipsoid(context, crs);
    double a = 0;
    if (!ellipsoid || !proj_ellipsoid_get_parameters(context, ellipsoid, &a, NULL, NULL, NULL)) {
        a = 0;
    }
    proj_destroy(ellipsoid);
    return a;
}

/* Both axes of a polar map may point north, or south: so the name comes first. */
static bool points_north(const char *direction, const char *name) {
    bool northing = !strncmp(name, "Northing", 8), easting = !strncmp(name, "Easting", 7);
    return northing || (!easting && !strcmp(direction, "north"));
}

/* Of an axis. */
static void abbreviate(PJ_CONTEXT *context, const PJ *axes, int index, size_t size, char *out) {
    const char *text = NULL;
    if (!proj_cs_get_axis_info(context, axes, index, NULL, &text, NULL, NULL, NULL, NULL, NULL)) {
        text = NULL;
    }
    (void)snprintf(out, size, "%s", text ? text : "");
}

static bool describe_axes(PJ_CONTEXT *context, const PJ *crs, imx_crs_facts *out) {
    PJ *axes = proj_crs_get_coordinate_system(context, crs);
    const char *name = NULL, *direction = NULL;
    double unit = 0;
    bool known = axes && proj_cs_get_axis_info(context, axes, 0, &name, NULL, &direction, &unit, NULL, NULL, NULL);
    if (known) {
        PJ_TYPE type = proj_get_type(crs);
        out->geographic = type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
        out->north_first = points_north(direction ? direction : "", name ? name : "");
        out->metres_per_unit = out->geographic ? unit * semi_major_m(context, crs) : unit;
        abbreviate(context, axes, 0, sizeof out->axes[0], out->axes[0]);
        abbreviate(context, axes, 1, sizeof out->axes[1], out->axes[1]);
        out->period = out->geographic && unit > 0 ? round(2 * PI / unit * 1e9) / 1e9 : 0;
    }
    proj_destroy(axes);
    return known && out->metres_per_unit > 0;
}

/* Of a projected CRS, as transforms have it; what cannot be projected back is not cyclic. */
static imx_status projected_period(imx_memory *memory, const char *crs, imx_error *err, double *period) {
    const double origin[2] = {0, 0};
    imx_projection *projection = NULL;
    imx_status status = imx_projection_create(memory, crs, "OGC:CRS84", NULL, origin, 1, NULL, &projection);
    if (status == IMX_OK) {
        *period = imx_projection_period(projection);
        imx_projection_destroy(&projection);
    }
    return status == IMX_E_NOMEM ? imx_fail(err, status, "out of memory") : IMX_OK;
}

char *imx_crs_named(imx_memory *memory, const char *name) {
    PJ_CONTEXT *context = open_context();
    PJ *known = context ? open_crs(context, name) : NULL;
    const char *its = known ? proj_get_name(known) : NULL; /* PROJ also takes what is merely like it */
    const char *wkt = its && strcasecmp(its, name) == 0 ? proj_as_wkt(context, known, PJ_WKT2_2019, NULL) : NULL;
    char *copy = wkt ? imx_strdup(memory, wkt) : NULL;
    proj_destroy(known);
    proj_context_destroy(context);
    return copy;
}

void imx_crs_name(const char *crs, size_t size, char *name) {
    PJ_CONTEXT *context = open_context();
    PJ *known = context ? open_crs(context, crs) : NULL;
    const char *text = known ? proj_get_name(known) : NULL;
    (void)snprintf(name, size, "%s", text && strcmp(text, "unknown") != 0 && strcmp(text, "unnamed") != 0 ? text : "");
    proj_destroy(known);
    proj_context_destroy(context);
}

bool imx_crs_is_pixels(const char *crs) { return strcmp(crs, IMX_CRS_PIXELS) == 0; }

imx_status imx_crs_describe(imx_memory *memory, const char *crs, imx_error *err, imx_crs_facts *out) {
    if (imx_crs_is_pixels(crs)) { /* on a screen: the standard's pixel (17-083r4, 6.2) */
        *out = (imx_crs_facts){.metres_per_unit = 0.00028};
        return IMX_OK;
    }
    PJ_CONTEXT *context = open_context();
    if (!context) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *out = (imx_crs_facts){0};
    PJ *horizontal = open_crs(context, crs);
    bool known = horizontal && describe_axes(context, horizontal, out);
    proj_destroy(horizontal);
    proj_context_destroy(context);
    if (!known) {
        return imx_fail(
            err, IMX_E_INPUT,
            "'%.80s' is not a coordinate reference system that PROJ knows (AUTHORITY:CODE, URN, WKT or PROJJSON)", crs);
    }
    return out->geographic ? IMX_OK : projected_period(memory, crs, err, &out->period);
}

/* ---- degrees ---- */

struct imx_lonlat {
    imx_memory *memory;
    PJ_CONTEXT *context;
    PJ *operation;
};

imx_status imx_lonlat_create(imx_memory *memory, const char *crs, imx_error *err, imx_lonlat **out) {
    imx_lonlat *lonlat = imx_calloc(memory, 1, sizeof *lonlat);
    if (!lonlat) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    lonlat->memory = memory;
    lonlat->context = open_context();
    PJ *from = lonlat->context ? open_crs(lonlat->context, crs) : NULL;
    PJ *to = from ? proj_create(lonlat->context, "OGC:CRS84") : NULL;
    PJ *raw = to ? proj_create_crs_to_crs_from_pj(lonlat->context, from, to, NULL, NULL) : NULL;
    lonlat->operation = raw ? proj_normalize_for_visualization(lonlat->context, raw) : NULL;
    proj_destroy(raw);
    proj_destroy(to);
    proj_destroy(from);
    if (!lonlat->operation) {
        imx_lonlat_destroy(&lonlat);
        return imx_fail(err, IMX_E_INPUT, "'%.80s' is not a coordinate reference system that PROJ can lead to degrees",
                        crs);
    }
    *out = lonlat;
    return IMX_OK;
}

void imx_lonlat_destroy(imx_lonlat **lonlat) {
    imx_lonlat *l = *lonlat;
    if (!l) {
        return;
    }
    proj_destroy(l->operation);
    if (l->context) {
        proj_context_destroy(l->context);
    }
    imx_free(l->memory, l);
    *lonlat = NULL;
}

void imx_lonlat_apply(imx_lonlat *lonlat, size_t n, double *x, double *y) {
    proj_trans_generic(lonlat->operation, PJ_FWD, x, sizeof *x, n, y, sizeof *y, n, NULL, 0, 0, NULL, 0, 0);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

bool imx_lonlat_bounds(imx_lonlat *lonlat, const double box[4], double out[4]) {
    return proj_trans_bounds(lonlat->context, lonlat->operation, PJ_FWD, box[0], box[1], box[2], box[3], &out[0],
                             &out[1], &out[2], &out[3], OUTLINE_POINTS) != 0 &&
           isfinite(out[0]) && isfinite(out[1]) && isfinite(out[2]) && isfinite(out[3]);
}
