/* engine/transform_proj.c: the only file that knows PROJ. */
#include "engine/transform_proj.h"

#include <math.h>
#include <proj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/crs.h"

#define PI 3.14159265358979323846

/* libgeotiff asks PROJ without a context for the units of a GeoTIFF, and PROJ's default one prints what it does not
 * know on standard error. */
static void say_nothing(void *context, int level, const char *text) {
    (void)context;
    (void)level;
    (void)text;
}

void imx_projections_init(void) { proj_log_func(NULL, NULL, say_nothing); }

typedef struct facts {       /* about an operation */
    bool swap_from, swap_to; /* it takes or gives north before east */
    bool ballpark;
    const imx_itrs_frame
        *frames[2]; /* no operation is known between these, nor needed; NULL: one is, or it is ballpark */
    double accuracy_m;
    double period;
    double alias_distance;
} facts;

struct imx_projection {
    imx_memory *memory;
    PJ_CONTEXT *context;
    PJ *operation; /* NULL: identity */
    char *name;
    facts facts;
};

/* What a projection is made from; gone once it stands. */
typedef struct parts {
    PJ_CONTEXT *context;
    PJ *from, *to;
    PJ *geodetic;          /* of `from` */
    PJ *to_geodetic;       /* from -> geodetic, normalised */
    double degrees_factor; /* geodetic unit -> degrees */
    double meridian_deg;   /* prime meridian, east of Greenwich */
} parts;

static void destroy_parts(parts *p) {
    proj_destroy(p->to_geodetic);
    proj_destroy(p->geodetic);
    proj_destroy(p->to);
    proj_destroy(p->from);
}

/* The horizontal CRS that `text` means; NULL if it means none. */
static PJ *create_crs(PJ_CONTEXT *context, const char *text) {
    PJ *crs = proj_create(context, text);
    if (crs && proj_get_type(crs) == PJ_TYPE_COMPOUND_CRS) {
        PJ *horizontal = proj_crs_get_sub_crs(context, crs, 0);
        proj_destroy(crs);
        crs = horizontal;
    }
    if (crs && !proj_is_crs(crs)) {
        proj_destroy(crs);
        crs = NULL;
    }
    return crs;
}

static PJ *create_normalised(PJ_CONTEXT *context, const PJ *from, const PJ *to, PJ_AREA *area) {
    PJ *raw = proj_create_crs_to_crs_from_pj(context, from, to, area, NULL);
    PJ *normalised = raw ? proj_normalize_for_visualization(context, raw) : NULL;
    proj_destroy(raw);
    return normalised;
}

/* SI units (metres or radians) per unit of the CRS's first axis. */
static double unit_factor(PJ_CONTEXT *context, const PJ *crs) {
    PJ *base = proj_get_type(crs) == PJ_TYPE_BOUND_CRS ? proj_get_source_crs(context, crs) : NULL;
    PJ *system = proj_crs_get_coordinate_system(context, base ? base : crs);
    double factor = 0;
    if (!system || !proj_cs_get_axis_info(context, system, 0, NULL, NULL, NULL, &factor, NULL, NULL, NULL)) {
        factor = 0;
    }
    proj_destroy(system);
    proj_destroy(base);
    return factor;
}

static double prime_meridian_deg(PJ_CONTEXT *context, const PJ *geodetic) {
    PJ *meridian = proj_get_prime_meridian(context, geodetic);
    double longitude = 0, factor = 0;
    if (!meridian || !proj_prime_meridian_get_parameters(context, meridian, &longitude, &factor, NULL)) {
        longitude = 0;
    }
    proj_destroy(meridian);
    return longitude * factor * 180 / PI;
}

static bool is_geographic(PJ_CONTEXT *context, const PJ *crs) {
    PJ *base = proj_get_type(crs) == PJ_TYPE_BOUND_CRS ? proj_get_source_crs(context, crs) : NULL;
    PJ_TYPE type = proj_get_type(base ? base : crs);
    proj_destroy(base);
    return type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
}

static imx_status create_geodetic(parts *p, const char *from_crs, imx_error *err) {
    p->geodetic = proj_crs_get_geodetic_crs(p->context, p->from);
    p->to_geodetic = p->geodetic ? create_normalised(p->context, p->from, p->geodetic, NULL) : NULL;
    if (!p->to_geodetic) {
        return imx_fail(err, IMX_E_INPUT, "'%.80s' is a coordinate reference system without a place on the earth",
                        from_crs);
    }
    p->degrees_factor = unit_factor(p->context, p->geodetic) * 180 / PI;
    p->meridian_deg = prime_meridian_deg(p->context, p->geodetic);
    return IMX_OK;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* West and east of longitudes in [0, 360): what lies outside the widest gap on the circle; sorts them. */
static void longitude_span(double *lon_deg, size_t count, double *west_deg, double *east_deg) {
    qsort(lon_deg, count, sizeof *lon_deg, compare_doubles);
    size_t after = 0; /* the gap ends at this one */
    double widest = lon_deg[0] + 360 - lon_deg[count - 1];
    for (size_t i = 1; i < count; i++) {
        if (lon_deg[i] - lon_deg[i - 1] > widest) {
            widest = lon_deg[i] - lon_deg[i - 1];
            after = i;
        }
    }
    if (widest < 60) { /* round a pole or round the world */
        *west_deg = -180, *east_deg = 180;
        return;
    }
    double west = lon_deg[after], east = lon_deg[(after + count - 1) % count];
    *west_deg = west > 180 ? west - 360 : west;
    *east_deg = east > 180 ? east - 360 : east; /* < west: over the antimeridian, as PROJ wants it */
}

/* The sample points' area in degrees; NULL (allowed everywhere) if it cannot be told. */
static PJ_AREA *create_area(const parts *p, imx_memory *memory, const double *xy, size_t count) {
    PJ_AREA *area = NULL;
    double *lon = imx_calloc(memory, count, 2 * sizeof *lon);
    if (!lon) {
        return NULL;
    }
    size_t used = 0;
    double south = HUGE_VAL, north = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        PJ_COORD at = proj_trans(p->to_geodetic, PJ_FWD, proj_coord(xy[2 * i], xy[2 * i + 1], 0, 0));
        double lon_deg = at.xy.x * p->degrees_factor + p->meridian_deg, lat_deg = at.xy.y * p->degrees_factor;
        if (!isfinite(lon_deg) || !isfinite(lat_deg)) {
            continue;
        }
        lon[used++] = lon_deg - 360 * floor(lon_deg / 360);
        south = fmin(south, fmax(-90, fmin(90, lat_deg)));
        north = fmax(north, fmax(-90, fmin(90, lat_deg)));
    }
    if (used) {
        double west, east;
        longitude_span(lon, used, &west, &east);
        area = proj_area_create();
        proj_area_set_bbox(area, west, south, east, north);
    }
    imx_free(memory, lon);
    return area;
}

/* PROJ's choice at the first sample that can be transformed, out of its candidates for the area. Takes `all`. */
static PJ *take_one_operation(PJ *all, const double *xy, size_t count) {
    for (size_t i = 0; i < count; i++) {
        PJ_COORD at = proj_trans(all, PJ_FWD, proj_coord(xy[2 * i], xy[2 * i + 1], 0, 0));
        if (at.xy.x == HUGE_VAL) {
            continue;
        }
        PJ *one = proj_trans_get_last_used_operation(all);
        if (one) {
            proj_destroy(all);
            return one;
        }
    }
    return all; /* nothing can be transformed: it makes no difference */
}

/* x(lon) of a cylindrical map rises evenly and jumps back by the period once: of the three differences of points 120
 * degrees apart two are equal, and the third is that minus the period. The y stay equal. */
static double cylinder_period(const parts *p) {
    double period[2];
    for (int k = 0; k < 2; k++) {
        double lat = (k == 0 ? 10.0 : 50.0) / p->degrees_factor, x[3], y[3], d[3];
        for (int i = 0; i < 3; i++) {
            double lon = (7.0 + 120.0 * i) / p->degrees_factor;
            PJ_COORD at = proj_trans(p->to_geodetic, PJ_INV, proj_coord(lon, lat, 0, 0));
            x[i] = at.xy.x, y[i] = at.xy.y;
        }
        for (int i = 0; i < 3; i++) {
            d[i] = x[(i + 1) % 3] - x[i];
        }
        qsort(d, 3, sizeof *d, compare_doubles);
        double step = d[2], tolerance = 1e-9 * fabs(step);
        if (!isfinite(step) || !isfinite(d[0]) || step <= 0 || fabs(d[2] - d[1]) > tolerance ||
            fabs(y[1] - y[0]) > tolerance || fabs(y[2] - y[0]) > tolerance) {
            return 0;
        }
        period[k] = step - d[0];
    }
    return fabs(period[1] - period[0]) <= 1e-9 * period[0] ? period[0] : 0;
}

/* Whether the first axis of a CRS points north: latitude, longitude. */
static bool north_first(PJ_CONTEXT *context, const PJ *crs) {
    PJ *base = proj_get_type(crs) == PJ_TYPE_BOUND_CRS ? proj_get_source_crs(context, crs) : NULL;
    PJ *system = proj_crs_get_coordinate_system(context, base ? base : crs);
    const char *direction = NULL;
    bool north = system && proj_cs_get_axis_info(context, system, 0, NULL, NULL, &direction, NULL, NULL, NULL, NULL) &&
                 direction && strcmp(direction, "north") == 0;
    proj_destroy(system);
    proj_destroy(base);
    return north;
}

static bool is_operation(const PJ *object) {
    switch (proj_get_type(object)) {
    case PJ_TYPE_CONVERSION:
    case PJ_TYPE_TRANSFORMATION:
    case PJ_TYPE_CONCATENATED_OPERATION:
    case PJ_TYPE_OTHER_COORDINATE_OPERATION: return true;
    default: return false;
    }
}

static imx_status take_given_operation(imx_projection *projection, const parts *p, const char *given, const double *xy,
                                       size_t count, imx_error *err) {
    projection->operation = proj_create(p->context, given);
    if (!projection->operation || !is_operation(projection->operation)) {
        return imx_fail(
            err, IMX_E_USAGE,
            "--operation: '%.200s' is no operation that PROJ knows: give a pipeline as `projinfo -s EPSG:n -t "
            "EPSG:m -o PROJ` prints it",
            given);
    }
    projection->facts.swap_from = north_first(p->context, p->from);
    projection->facts.swap_to = north_first(p->context, p->to);
    projection->facts.accuracy_m = -1;
    projection->name = imx_strdup(projection->memory, given);
    if (!projection->name) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) { /* there and back, to within a millionth of the coordinates */
        double x = xy[2 * i], y = xy[2 * i + 1], allowed = 1e-6 * fmax(1, fmax(fabs(x), fabs(y)));
        imx_projection_forward(projection, 1, &x, &y);
        imx_projection_inverse(projection, 1, &x, &y);
        if (isfinite(allowed) && fabs(x - xy[2 * i]) <= allowed && fabs(y - xy[2 * i + 1]) <= allowed) {
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE,
                    "--operation: '%.200s' takes no point of the scene there and back: it is not one from '%.80s' to "
                    "'%.80s'",
                    given, proj_get_name(p->from), proj_get_name(p->to));
}

/* NULL: its datum is not one of those. */
static const imx_itrs_frame *frame_of(PJ_CONTEXT *context, const PJ *crs) {
    PJ *geodetic = proj_crs_get_geodetic_crs(context, crs);
    PJ *datum = geodetic ? proj_crs_get_datum_forced(context, geodetic) : NULL;
    const char *authority = datum ? proj_get_id_auth_name(datum, 0) : NULL;
    const char *code = authority && strcmp(authority, "EPSG") == 0 ? proj_get_id_code(datum, 0) : NULL;
    const imx_itrs_frame *frame = datum ? imx_itrs_frame_find(code, proj_get_name(datum)) : NULL;
    proj_destroy(datum);
    proj_destroy(geodetic);
    return frame;
}

/* A step between two datums for which there is no operation: whether that is a guess. */
static void judge_ballpark(facts *f, const parts *p) {
    const imx_itrs_frame *from = frame_of(p->context, p->from), *to = frame_of(p->context, p->to);
    f->ballpark = !from || !to;
    f->frames[0] = f->ballpark ? NULL : from;
    f->frames[1] = f->ballpark ? NULL : to;
}

static imx_status find_operation(imx_projection *projection, const parts *p, const double *xy, size_t count,
                                 imx_error *err) {
    PJ_AREA *area = create_area(p, projection->memory, xy, count);
    PJ *all = create_normalised(p->context, p->from, p->to, area);
    proj_area_destroy(area);
    if (!all) {
        return imx_fail(err, IMX_E_INPUT, "PROJ knows no operation from '%.80s' to '%.80s'", proj_get_name(p->from),
                        proj_get_name(p->to));
    }
    projection->operation = take_one_operation(all, xy, count);
    const char *description = proj_pj_info(projection->operation).description;
    projection->name = imx_strdup(projection->memory, description ? description : "");
    if (proj_coordoperation_has_ballpark_transformation(p->context, projection->operation) > 0) {
        judge_ballpark(&projection->facts, p);
    }
    projection->facts.accuracy_m = proj_coordoperation_get_accuracy(p->context, projection->operation);
    return projection->name ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
}

/* The grids that the operation reads, after its name. */
static imx_status name_grids(imx_projection *projection, imx_error *err) {
    int count = proj_coordoperation_get_grid_used_count(projection->context, projection->operation);
    for (int i = 0; i < count; i++) {
        const char *grid = NULL;
        if (!proj_coordoperation_get_grid_used(projection->context, projection->operation, i, &grid, NULL, NULL, NULL,
                                               NULL, NULL, NULL) ||
            !grid) {
            continue;
        }
        char *longer = imx_sprintf(projection->memory, "%s%s%s", projection->name, i == 0 ? "; grids " : ", ", grid);
        if (!longer) {
            return imx_fail(err, IMX_E_NOMEM, "out of memory");
        }
        imx_free(projection->memory, projection->name);
        projection->name = longer;
    }
    return IMX_OK;
}

static imx_status choose_operation(imx_projection *projection, const parts *p, const char *given, const double *xy,
                                   size_t count, imx_error *err) {
    if (!given &&
        proj_is_equivalent_to_with_ctx(p->context, p->from, p->to, PJ_COMP_EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS)) {
        projection->name = imx_strdup(projection->memory, "Identity");
        return projection->name ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    imx_status status = given ? take_given_operation(projection, p, given, xy, count, err)
                              : find_operation(projection, p, xy, count, err);
    return status == IMX_OK ? name_grids(projection, err) : status;
}

/* Empty, with a context of its own: silent, and off the network. */
static imx_status create_empty(imx_memory *memory, imx_error *err, imx_projection **out) {
    imx_projection *projection = imx_calloc(memory, 1, sizeof *projection);
    if (!projection) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    projection->memory = memory;
    projection->context = proj_context_create();
    if (!projection->context) {
        imx_free(memory, projection);
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    proj_log_level(projection->context, PJ_LOG_NONE);
    proj_context_set_enable_network(projection->context, 0);
    *out = projection;
    return IMX_OK;
}

imx_status imx_projection_create(imx_memory *memory, const char *from_crs, const char *to_crs, const char *operation,
                                 const double *xy, size_t count, imx_error *err, imx_projection **out) {
    parts p = {0};
    imx_projection *projection = NULL;
    imx_status status = create_empty(memory, err, &projection);
    if (status != IMX_OK) {
        return status;
    }
    if (imx_crs_is_pixels(from_crs) && imx_crs_is_pixels(to_crs)) { /* nothing to ask PROJ for */
        projection->facts.alias_distance = HUGE_VAL;
        projection->name = imx_strdup(memory, "Identity");
        if (!projection->name) {
            status = imx_fail(err, IMX_E_NOMEM, "out of memory");
            goto out;
        }
        *out = projection;
        return IMX_OK;
    }
    p.context = projection->context;
    p.from = create_crs(p.context, from_crs);
    p.to = p.from ? create_crs(p.context, to_crs) : NULL;
    if (!p.to) {
        status = imx_fail(err, IMX_E_INPUT, "'%.80s' is not a coordinate reference system that PROJ knows",
                          p.from ? to_crs : from_crs);
        goto out;
    }
    status = create_geodetic(&p, from_crs, err);
    if (status == IMX_OK) {
        status = choose_operation(projection, &p, operation, xy, count, err);
    }
    if (status != IMX_OK) {
        goto out;
    }
    projection->facts.period = is_geographic(p.context, p.from) ? 360 / p.degrees_factor : cylinder_period(&p);
    double unit = unit_factor(p.context, p.to);
    projection->facts.alias_distance =
        (is_geographic(p.context, p.to) ? 0.1 * PI / 180 : 10000.0) / (unit > 0 ? unit : 1);
    *out = projection;
    projection = NULL;

out:
    destroy_parts(&p);
    imx_projection_destroy(&projection);
    return status;
}

/* ---- recipes ---- */

struct imx_projection_recipe {
    facts facts;
    size_t name_at; /* in text */
    char text[];    /* the pipeline ("": identity), then the name */
};

imx_status imx_projection_write_down(const imx_projection *projection, imx_memory *memory, imx_error *err,
                                     imx_projection_recipe **out) {
    const char *pipeline =
        projection->operation ? proj_as_proj_string(projection->context, projection->operation, PJ_PROJ_5, NULL) : "";
    *out = NULL;
    if (!pipeline) {
        return IMX_OK;
    }
    size_t pipeline_size = strlen(pipeline) + 1, name_size = strlen(projection->name) + 1;
    imx_projection_recipe *recipe = imx_calloc(memory, 1, sizeof *recipe + pipeline_size + name_size);
    if (!recipe) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    recipe->facts = projection->facts;
    recipe->name_at = pipeline_size;
    memcpy(recipe->text, pipeline, pipeline_size);
    memcpy(recipe->text + pipeline_size, projection->name, name_size);
    *out = recipe;
    return IMX_OK;
}

imx_status imx_projection_create_from(imx_memory *memory, const imx_projection_recipe *recipe, imx_error *err,
                                      imx_projection **out) {
    imx_projection *projection = NULL;
    imx_status status = create_empty(memory, err, &projection);
    if (status != IMX_OK) {
        return status;
    }
    projection->facts = recipe->facts;
    projection->name = imx_strdup(memory, recipe->text + recipe->name_at);
    projection->operation = recipe->text[0] ? proj_create(projection->context, recipe->text) : NULL;
    if (!projection->name) {
        imx_projection_destroy(&projection);
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    if (recipe->text[0] && !projection->operation) {
        imx_projection_destroy(&projection);
    }
    *out = projection;
    return IMX_OK;
}

void imx_projection_destroy(imx_projection **projection) {
    imx_projection *p = *projection;
    if (!p) {
        return;
    }
    proj_destroy(p->operation);
    if (p->context) {
        proj_context_destroy(p->context);
    }
    imx_free(p->memory, p->name);
    imx_free(p->memory, p);
    *projection = NULL;
}

static void apply(imx_projection *projection, PJ_DIRECTION direction, size_t n, double *x, double *y) {
    bool swap_in = direction == PJ_FWD ? projection->facts.swap_from : projection->facts.swap_to;
    bool swap_out = direction == PJ_FWD ? projection->facts.swap_to : projection->facts.swap_from;
    if (projection->operation) {
        proj_trans_generic(projection->operation, direction, swap_in ? y : x, sizeof *x, n, swap_in ? x : y, sizeof *y,
                           n, NULL, 0, 0, NULL, 0, 0);
    }
    for (size_t i = 0; i < n && swap_in != swap_out; i++) {
        double kept = x[i];
        x[i] = y[i], y[i] = kept;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

void imx_projection_forward(imx_projection *projection, size_t n, double *x, double *y) {
    apply(projection, PJ_FWD, n, x, y);
}

void imx_projection_inverse(imx_projection *projection, size_t n, double *x, double *y) {
    apply(projection, PJ_INV, n, x, y);
}

void imx_projection_grid_file(const char *name, size_t size, char *path) {
    PJ_GRID_INFO info = proj_grid_info(name);
    (void)snprintf(path, size, "%s", strcmp(info.format, "missing") != 0 ? info.filename : "");
}

const char *imx_projection_operation(const imx_projection *projection) { return projection->name; }
bool imx_projection_ballpark(const imx_projection *projection) { return projection->facts.ballpark; }
bool imx_projection_frames(const imx_projection *projection, const imx_itrs_frame *frames[2]) {
    memcpy(frames, projection->facts.frames, sizeof projection->facts.frames);
    return frames[0] != NULL;
}
double imx_projection_accuracy_m(const imx_projection *projection) { return projection->facts.accuracy_m; }
bool imx_projection_identity(const imx_projection *projection) { return projection->operation == NULL; }
double imx_projection_period(const imx_projection *projection) { return projection->facts.period; }
double imx_projection_alias_distance(const imx_projection *projection) { return projection->facts.alias_distance; }

const char *imx_transform_version(void) { return proj_info().version; }
