/* engine/footprint_outline.c: the image of a raster's border as a polygon that is within half an output pixel. */
#include <math.h>
#include <string.h>

#include "engine/footprint_inner.h"
#include "engine/transform_inner.h"

enum {
    FIRST_PER_SIDE = 4, /* more than 2: a curve that is odd about the middle of its side shows no error there */
    POINTS_MAX = 512,
    ROUNDS_MAX = 16,
    INTERIOR = 15 /* a side: lattice of points that must lie inside the polygon */
};
#define TOLERANCE_PX 0.2

typedef struct border {
    const imx_asset *asset;
    const imx_space *space;
    imx_transform *transform;
    size_t count;
    double at[POINTS_MAX]; /* [0, 4): the side and how far along it */
    double x[POINTS_MAX], y[POINTS_MAX];
    /* the middle of the segment that starts at a point */
    double mid_at[POINTS_MAX], mid_x[POINTS_MAX], mid_y[POINTS_MAX];
    double error[POINTS_MAX];
} border;

static void source_point(const imx_asset *asset, double at, double *x, double *y) {
    double t = at - floor(at), w = asset->width, h = asset->height;
    switch ((int)at & 3) {
    case 0: *x = t * w, *y = 0; break;
    case 1: *x = w, *y = t * h; break;
    case 2: *x = (1 - t) * w, *y = h; break;
    default: *x = 0, *y = (1 - t) * h; break;
    }
}

/* n border points into output px; false if one fails. */
static bool place(border *b, size_t n, const double *at, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        source_point(b->asset, at[i], &x[i], &y[i]);
    }
    imx_transform_forward_unwrapped(b->transform, n, x, y);
    for (size_t i = 0; i < n; i++) {
        if (x[i] == HUGE_VAL) {
            return false;
        }
    }
    return true;
}

static double distance_to_segment(double px, double py, double ax, double ay, double bx, double by) {
    double dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
    double t = square > 0 ? ((px - ax) * dx + (py - ay) * dy) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(px - ax - t * dx, py - ay - t * dy);
}

/* The start: a few points on each side, in one piece. */
static bool start(border *b) {
    b->count = (size_t)4 * FIRST_PER_SIDE;
    for (size_t i = 0; i < b->count; i++) {
        b->at[i] = (double)i / FIRST_PER_SIDE;
    }
    if (!place(b, b->count, b->at, b->x, b->y)) {
        return false;
    }
    for (size_t i = 1; i < b->count; i++) {
        b->x[i] = imx_space_nearest(b->space, b->x[i], b->x[i - 1]);
    }
    /* Once round the space: a pole lies inside. */
    return imx_space_nearest(b->space, b->x[0], b->x[b->count - 1]) == b->x[0];
}

/* How far each segment is from the curve at its middle; the worst one. */
static bool measure(border *b, double *worst) {
    for (size_t i = 0; i < b->count; i++) {
        b->mid_at[i] = (b->at[i] + (i + 1 < b->count ? b->at[i + 1] : 4)) / 2;
    }
    if (!place(b, b->count, b->mid_at, b->mid_x, b->mid_y)) {
        return false;
    }
    *worst = 0;
    for (size_t i = 0; i < b->count; i++) {
        size_t next = i + 1 < b->count ? i + 1 : 0;
        b->mid_x[i] = imx_space_nearest(b->space, b->mid_x[i], (b->x[i] + b->x[next]) / 2);
        b->error[i] = distance_to_segment(b->mid_x[i], b->mid_y[i], b->x[i], b->y[i], b->x[next], b->y[next]);
        *worst = fmax(*worst, b->error[i]);
    }
    return true;
}

/* Puts the middles in where the error is too large; false if they are too many. */
static bool split(border *b) {
    size_t more = 0;
    for (size_t i = 0; i < b->count; i++) {
        more += b->error[i] > TOLERANCE_PX;
    }
    if (b->count + more > POINTS_MAX) {
        return false;
    }
    size_t to = b->count + more;
    for (size_t i = b->count; i-- > 0;) { /* from the end, in place */
        if (b->error[i] > TOLERANCE_PX) {
            to--;
            b->at[to] = b->mid_at[i], b->x[to] = b->mid_x[i], b->y[to] = b->mid_y[i];
        }
        to--;
        b->at[to] = b->at[i], b->x[to] = b->x[i], b->y[to] = b->y[i];
    }
    b->count += more;
    return true;
}

/* Over terrain the border has kinks, through control points it waves: how far it is from its segments at four more
 * points of each. */
static bool measure_waves(border *b, double *worst) {
    double at[POINTS_MAX];
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < b->count; i++) {
            at[i] = b->at[i] + ((i + 1 < b->count ? b->at[i + 1] : 4) - b->at[i]) * (2 * k + 1) / 8;
        }
        if (!place(b, b->count, at, b->mid_x, b->mid_y)) {
            return false;
        }
        for (size_t i = 0; i < b->count; i++) {
            size_t next = i + 1 < b->count ? i + 1 : 0;
            b->mid_x[i] = imx_space_nearest(b->space, b->mid_x[i], (b->x[i] + b->x[next]) / 2);
            *worst =
                fmax(*worst, distance_to_segment(b->mid_x[i], b->mid_y[i], b->x[i], b->y[i], b->x[next], b->y[next]));
        }
    }
    return true;
}

/* The polygon and its margin: twice the error at the middles, which bounds what a smooth curve does between. */
static bool densify(border *b, double *margin_px) {
    if (!start(b)) {
        return false;
    }
    double worst = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (!measure(b, &worst)) {
            return false;
        }
        if (worst <= TOLERANCE_PX || !split(b)) {
            break;
        }
    }
    if (imx_transform_waves(b->transform) && !measure_waves(b, &worst)) {
        return false;
    }
    bool kinks = imx_transform_detail(b->transform) > 0;
    *margin_px = 2 * worst + 1.0 / 64;
    double span_x = 0, span_y = 0;
    for (size_t i = 1; i < b->count; i++) {
        span_x = fmax(span_x, fabs(b->x[i] - b->x[0]));
        span_y = fmax(span_y, fabs(b->y[i] - b->y[0]));
    }
    /* Worse than a thousandth of the whole after hundreds of points: the curve is torn. Over terrain it is rough. */
    return *margin_px <= fmax(0.5, (kinks ? 0.02 : 0.001) * hypot(span_x, span_y));
}

/* Whether points all over the raster lie inside the polygon: where the raster holds a singular point, it is the
 * polygon's outside that is the image, or there is no inside at all. */
static bool encloses_raster(const border *b, const imx_ring *ring, double margin_px) {
    double x[INTERIOR * INTERIOR], y[INTERIOR * INTERIOR];
    size_t n = 0;
    for (int row = 0; row < INTERIOR; row++) {
        for (int column = 0; column < INTERIOR; column++, n++) {
            x[n] = b->asset->width * (column + 0.5) / INTERIOR;
            y[n] = b->asset->height * (row + 0.5) / INTERIOR;
        }
    }
    imx_transform_forward_unwrapped(b->transform, n, x, y);
    imx_box box = imx_ring_box(ring);
    bool speck = box.max_x - box.min_x < 1 && box.max_y - box.min_y < 1;
    for (size_t i = 0; i < n; i++) {
        if (x[i] == HUGE_VAL) {
            return false;
        }
        bool inside = false;
        for (int k = -1; k <= 1 && !inside; k++) {
            double at = imx_space_nearest(b->space, x[i], (box.min_x + box.max_x) / 2) + k * imx_space_round(b->space);
            inside = imx_ring_contains(ring, at, y[i]) ||
                     (speck && fabs(at - box.min_x) < 1 + margin_px && fabs(y[i] - box.min_y) < 1 + margin_px);
        }
        if (!inside) {
            return false;
        }
    }
    return true;
}

static imx_status add_ring(imx_memory *memory, const border *b, double shift, imx_footprint *out) {
    imx_ring *ring = &out->rings[out->ring_count];
    ring->xy = imx_calloc(memory, b->count, 2 * sizeof *ring->xy);
    if (!ring->xy) {
        return IMX_E_NOMEM;
    }
    out->ring_count++;
    ring->count = b->count;
    for (size_t i = 0; i < b->count; i++) {
        ring->xy[2 * i] = b->x[i] + shift;
        ring->xy[2 * i + 1] = b->y[i];
    }
    return IMX_OK;
}

/* The ring as often as it shows in a space that is part of a round, or more of them. *found false: too often. */
static imx_status add_copies(imx_memory *memory, const border *b, const imx_box *box, imx_footprint *out, bool *found) {
    double first, last;
    const double margin_px = out->margin_px,
                 count = imx_space_copies(b->space, box->min_x - margin_px, box->max_x + margin_px, &first, &last);
    *found = count <= IMX_FOOTPRINT_RINGS_MAX;
    imx_status status = IMX_OK;
    const double shift = first * imx_space_round(b->space);
    for (size_t i = 0; i < b->count && *found && count > 0; i++) {
        out->rings[0].xy[2 * i] += shift;
    }
    for (double k = first + 1; k <= last && *found && status == IMX_OK; k++) {
        status = add_ring(memory, b, k * imx_space_round(b->space), out);
    }
    return status;
}

/* Rings so that each pixel of a space whose edges join is told by one of them: the ring, and once more where it crosses
 * the seam. *found false: it goes all round. */
static imx_status add_across(imx_memory *memory, const border *b, const imx_box *box, imx_footprint *out, bool *found) {
    const double width = b->space->width, margin_px = out->margin_px;
    double shift = -width * floor((box->min_x + box->max_x) / 2 / width); /* its middle into the space */
    bool left = box->min_x + shift - margin_px<0, right = box->max_x + shift + margin_px> width;
    *found = !(left && right);
    for (size_t i = 0; i < b->count && *found; i++) {
        out->rings[0].xy[2 * i] += shift;
    }
    return *found && (left || right) ? add_ring(memory, b, shift + (left ? width : -width), out) : IMX_OK;
}

static imx_status add_rings(imx_memory *memory, const border *b, double margin_px, imx_footprint *out, bool *found) {
    imx_status status = add_ring(memory, b, 0, out);
    if (status != IMX_OK) {
        return status;
    }
    out->margin_px = margin_px;
    out->outline = *found = encloses_raster(b, &out->rings[0], margin_px);
    if (!*found || imx_space_round(b->space) == 0) {
        return IMX_OK;
    }
    const imx_box box = imx_ring_box(&out->rings[0]);
    return b->space->wraps ? add_across(memory, b, &box, out, found) : add_copies(memory, b, &box, out, found);
}

imx_status imx_footprint_outline(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                                 const imx_space *space, imx_footprint *out, bool *found) {
    border *b = imx_alloc(memory, sizeof *b);
    if (!b) {
        return IMX_E_NOMEM;
    }
    b->asset = asset;
    b->space = space;
    b->transform = transform;
    double margin_px = 0;
    imx_status status = IMX_OK;
    *found = false;
    if (densify(b, &margin_px)) {
        status = add_rings(memory, b, margin_px, out, found);
    }
    if (!*found) {
        imx_footprint_clear(memory, out);
    }
    imx_free(memory, b);
    return status;
}
