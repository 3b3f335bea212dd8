/* engine/ground_outline.c: the border of a raster in degrees. */
#include "engine/ground_outline.h"

#include <math.h>

enum {
    FIRST_A_SIDE = 16, /* points that are always asked for: steps are then less than half a round */
    POINTS_MAX = 1024,
    HALVINGS = 40,   /* from the middle to where positions end */
    POLISHINGS = 48, /* of an extreme: golden sections, 1e-10 of a step */
    LATTICE = 24     /* probes a side for a first place */
};
static const double golden = 0.6180339887498949;
static const double flat_share = 0.5; /* of a source pixel, that a straight line may lie off */

typedef struct point {
    double at;       /* along the border: 0..4, a corner at each whole number */
    double lon, lat; /* lon goes on from point to point */
    bool drawn_in;
} point;

typedef struct tracer {
    imx_transform *transform;
    double width, height;
    double middle[2]; /* source px that have a place */
    double tolerance; /* degrees of latitude */
    point *points;
    size_t count;
    bool drawn_in;
} tracer;

/* Longitude on the ground beside latitude; not quite nothing at a pole. */
static double narrowing(double lat) { return fmax(cos(lat * (M_PI / 180)), 1e-3); }

/* A place of the raster; false: there is none. */
static bool place(const tracer *t, double x, double y, double *lon, double *lat) {
    imx_transform_forward(t->transform, 1, &x, &y);
    *lon = x - 180;
    *lat = fmin(fmax(90 - y, -90), 90);
    return isfinite(x) && isfinite(y);
}

static void on_border(const tracer *t, double at, double *x, double *y) {
    const double along = fmod(at, 1);
    switch ((int)at & 3) {
    case 0: *x = along * t->width, *y = 0; break;
    case 1: *x = t->width, *y = along * t->height; break;
    case 2: *x = (1 - along) * t->width, *y = t->height; break;
    default: *x = 0, *y = (1 - along) * t->height;
    }
}

/* A point of the border, its longitude the nearest one to `beside`. */
static point find(const tracer *t, double at, double beside) {
    point p = {.at = at};
    double x, y;
    on_border(t, at, &x, &y);
    if (!place(t, x, y, &p.lon, &p.lat)) {
        double in = 1, out = 0; /* shares of the way to the middle */
        for (int i = 0; i < HALVINGS; i++) {
            const double half = (in + out) / 2, bx = x + half * (t->middle[0] - x), by = y + half * (t->middle[1] - y);
            double lon, lat;
            *(place(t, bx, by, &lon, &lat) ? &in : &out) = half;
        }
        (void)place(t, x + in * (t->middle[0] - x), y + in * (t->middle[1] - y), &p.lon, &p.lat);
        p.drawn_in = true;
    }
    p.lon += 360 * round((beside - p.lon) / 360);
    return p;
}

/* The place nearest to the middle that there is. */
static bool find_middle(tracer *t) {
    double best = HUGE_VAL, lon, lat;
    for (int i = 0; i <= LATTICE * LATTICE; i++) { /* 0: the middle itself */
        const double u = i ? ((i - 1) % LATTICE + 0.5) / LATTICE : 0.5,
                     v = i ? ((i - 1) / LATTICE + 0.5) / LATTICE : 0.5;
        const double away = hypot(u - 0.5, v - 0.5);
        if (away < best && place(t, u * t->width, v * t->height, &lon, &lat)) {
            best = away;
            t->middle[0] = u * t->width;
            t->middle[1] = v * t->height;
        }
    }
    return best < HUGE_VAL;
}

static double distance(const point *a, const point *b) {
    return hypot((b->lon - a->lon) * narrowing((a->lat + b->lat) / 2), b->lat - a->lat);
}

/* How far p lies off the straight line between two others. */
static double off(const point *a, const point *b, const point *p) {
    const double wide = narrowing(p->lat), bx = (b->lon - a->lon) * wide, by = b->lat - a->lat;
    const double px = (p->lon - a->lon) * wide, py = p->lat - a->lat, square = bx * bx + by * by;
    const double share = square > 0 ? fmin(fmax((px * bx + py * by) / square, 0), 1) : 0;
    return hypot(px - share * bx, py - share * by);
}

/* How large a pixel is, at the middle. */
static double pixel_deg(const tracer *t) {
    const double step = t->middle[0] > t->width / 2 ? -0.5 : 0.5;
    point p = {.lon = 0}, q = {.lon = 0};
    const bool known = place(t, t->middle[0], t->middle[1], &p.lon, &p.lat) &&
                       place(t, t->middle[0] + step, t->middle[1], &q.lon, &q.lat);
    q.lon += 360 * round((p.lon - q.lon) / 360);
    return known ? fmax(2 * distance(&p, &q), 1e-7) : 1e-3;
}

/* Points between the last one and `to`, where the border is not straight; then `to`. */
static void trace_to(tracer *t, const point *to, int depth) {
    const point from = t->points[t->count - 1];
    const point half = find(t, (from.at + to->at) / 2, (from.lon + to->lon) / 2);
    if (depth > 0 && t->count + (size_t)depth + 2 * FIRST_A_SIDE < POINTS_MAX &&
        off(&from, to, &half) > t->tolerance / 2) {
        trace_to(t, &half, depth - 1);
        trace_to(t, to, depth - 1);
        return;
    }
    t->points[t->count++] = *to;
}

/* All around; the last point is the first one again, some rounds on where a pole lies within. */
static void trace(tracer *t) {
    enum { DEPTH = 6, ALL = 4 * FIRST_A_SIDE };
    t->points[0] = find(t, 0, 0);
    t->count = 1;
    for (int i = 1; i <= ALL; i++) {
        const point next = find(t, (double)i / FIRST_A_SIDE, t->points[t->count - 1].lon);
        trace_to(t, &next, DEPTH);
    }
    for (size_t i = 0; i < t->count; i++) {
        t->drawn_in = t->drawn_in || t->points[i].drawn_in;
    }
}

/* ---- extremes ---- */

/* Longitude (way 0) or latitude (1) as something to be large. */
static double height_of(const point *p, int way, double sign) { return sign * (way ? p->lat : p->lon); }

/* The most of all, between the points, too. */
static double extreme(const tracer *t, int way, double sign) {
    size_t best = 0;
    for (size_t i = 1; i < t->count; i++) {
        best = height_of(&t->points[i], way, sign) > height_of(&t->points[best], way, sign) ? i : best;
    }
    double most = height_of(&t->points[best], way, sign);
    for (int k = 0; k < 2 && !t->points[best].drawn_in; k++) { /* one side of a corner, then the other */
        const size_t other = k ? best + 1 : best - 1;
        if (other >= t->count || t->points[other].drawn_in) {
            continue;
        }
        double a = t->points[best].at, b = t->points[other].at;
        for (int i = 0; i < POLISHINGS; i++) {
            const double u = b - golden * (b - a), v = a + golden * (b - a);
            const point p = find(t, u, t->points[best].lon), q = find(t, v, t->points[best].lon);
            const double up = height_of(&p, way, sign), uq = height_of(&q, way, sign);
            most = fmax(most, fmax(up, uq));
            *(up >= uq ? &b : &a) = up >= uq ? v : u;
        }
    }
    return sign * most;
}

/* Whether a pole is a point within the raster, wherever one comes from (not a line of it, as on a map of all
 * longitudes). */
static bool has_pole(const tracer *t, double y) {
    double x[4] = {0, 90, 180, 270}, line[4] = {y, y, y, y};
    imx_transform_inverse(t->transform, 4, x, line);
    bool within = true;
    for (int i = 0; i < 4; i++) {
        within = within && x[i] > 0.01 && line[i] > 0.01 && x[i] < t->width - 0.01 && line[i] < t->height - 0.01 &&
                 hypot(x[i] - x[0], line[i] - line[0]) < 0.5;
    }
    return within;
}

/* Which pole lies within: 1, -1; 2: both; 0: none. */
static int pole_within(const tracer *t) {
    const bool north = has_pole(t, 0), south = has_pole(t, 180);
    return north && south ? 2 : north ? 1 : south ? -1 : 0;
}

/* ---- the polygon ---- */

/* Leaves out what lies on the line between those that stay: by Douglas and Peucker's rule, within a step of the border.
 */
static void thin(tracer *t, size_t from, size_t to, bool *stays) {
    double most = 0;
    size_t at = from;
    for (size_t i = from + 1; i < to; i++) {
        const double away = off(&t->points[from], &t->points[to], &t->points[i]);
        if (away > most) {
            most = away;
            at = i;
        }
    }
    if (most > t->tolerance) {
        stays[at] = true;
        thin(t, from, at, stays);
        thin(t, at, to, stays);
    }
}

/* Into lonlat (room for POINTS_MAX + 4 points); returns how many. */
static size_t polygon(tracer *t, int pole, bool *stays, double *lonlat) {
    size_t corner = 0, count = 0;
    stays[0] = true;
    for (size_t i = 1; i < t->count; i++) {
        if (t->points[i].at == floor(t->points[i].at)) { /* a corner */
            stays[i] = true;
            thin(t, corner, i, stays);
            corner = i;
        }
    }
    const bool round = pole == 1 || pole == -1;
    for (size_t i = 0; i < t->count - !round; i++) {
        if (stays[i]) {
            lonlat[2 * count] = t->points[i].lon;
            lonlat[2 * count++ + 1] = t->points[i].lat;
        }
    }
    if (round) { /* up to the pole and back along it */
        lonlat[2 * count] = t->points[t->count - 1].lon;
        lonlat[2 * count++ + 1] = 90 * pole;
        lonlat[2 * count] = t->points[0].lon;
        lonlat[2 * count++ + 1] = 90 * pole;
    }
    return count;
}

static imx_status write(tracer *t, imx_memory *memory, imx_error *err, imx_ground_outline *out) {
    static const double world[8] = {-180, -90, 180, -90, 180, 90, -180, 90};
    const double winding = t->points[t->count - 1].lon - t->points[0].lon;
    int pole = pole_within(t);
    if (fabs(winding) > 180 && (pole == 0 || pole == 2)) {
        pole = t->points[0].lat > 0 ? 1 : -1;
    } else if (fabs(winding) <= 180 && pole != 0) {
        pole = 2;
    }
    if (pole == 2) { /* a border that goes around both poles bounds nothing */
        const double bounds[4] = {-180, -90, 180, 90};
        for (int i = 0; i < 4; i++) {
            out->bounds[i] = bounds[i];
        }
        return imx_ground_cut(memory, world, 4, err, out);
    }
    double *lonlat = imx_alloc(memory, 2 * (POINTS_MAX + 4) * sizeof *lonlat);
    bool *stays = imx_calloc(memory, POINTS_MAX, sizeof *stays);
    imx_status status = lonlat && stays ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    if (status == IMX_OK) {
        const size_t count = polygon(t, pole, stays, lonlat);
        const double west = pole ? -180 : extreme(t, 0, -1), east = pole ? 180 : extreme(t, 0, 1);
        out->crosses = imx_ground_span(west, east, &out->bounds[0], &out->bounds[2]);
        out->bounds[1] = pole == -1 ? -90 : extreme(t, 1, -1);
        out->bounds[3] = pole == 1 ? 90 : extreme(t, 1, 1);
        status = imx_ground_cut(memory, lonlat, count, err, out);
    }
    imx_free(memory, lonlat);
    imx_free(memory, stays);
    return status;
}

static void find_corners(const tracer *t, imx_ground_outline *out) {
    for (int i = 0; i < 4; i++) {
        double x, y, lon, lat;
        on_border(t, i, &x, &y);
        const bool known = place(t, x, y, &lon, &lat);
        if (known && fabs(lon) >= 180 - 1e-9) { /* the antimeridian has two names: that of the pixels beside it */
            double inner, other;
            if (place(t, x + 0.01 * (t->width / 2 - x), y + 0.01 * (t->height / 2 - y), &inner, &other)) {
                lon = inner < 0 ? -180 : 180;
            }
        }
        out->corners[i][0] = known ? lon : HUGE_VAL;
        out->corners[i][1] = known ? lat : HUGE_VAL;
    }
}

imx_status imx_ground_outline_create(imx_memory *memory, const imx_scene *scene, const imx_asset *asset, imx_error *err,
                                     imx_ground_outline *out) {
    const imx_space degrees = {
        .crs = "OGC:CRS84", .origin_x = -180, .origin_y = 90, .res = 1, .width = 360, .height = 180, .wraps = true};
    tracer t = {.width = asset->width, .height = asset->height};
    imx_scene here = *scene;
    imx_asset own = *asset;
    here.operation = NULL; /* the user's leads elsewhere, and so does what PROJ found for the job's CRS */
    own.projection = NULL;
    *out = (imx_ground_outline){.part_count = 0};
    imx_status status = imx_transform_create(memory, &here, &own, &degrees, err, &t.transform);
    if (status != IMX_OK) {
        return status;
    }
    t.points = imx_alloc(memory, POINTS_MAX * sizeof *t.points);
    if (!t.points) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    } else if (!find_middle(&t)) {
        status = imx_fail(err, IMX_E_INPUT, "no pixel of it has a place on the Earth");
    }
    if (status == IMX_OK) {
        t.tolerance = flat_share * pixel_deg(&t);
        trace(&t);
        out->drawn_in = t.drawn_in;
        find_corners(&t, out);
        status = write(&t, memory, err, out);
    }
    if (status == IMX_OK) {
        status = imx_transform_check(t.transform, err);
    }
    if (status != IMX_OK) {
        imx_ground_outline_clear(memory, out);
    }
    imx_free(memory, t.points);
    imx_transform_destroy(&t.transform);
    return status;
}

void imx_ground_outline_clear(imx_memory *memory, imx_ground_outline *outline) {
    for (size_t i = 0; i < outline->part_count; i++) {
        imx_free(memory, outline->parts[i].lonlat);
    }
    *outline = (imx_ground_outline){.part_count = 0};
}
