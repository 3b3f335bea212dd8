/* engine/region_outline.c: an outline's rings in output px: what is near the area of interest, projected, its edges cut
 * until they follow the curves that straight edges become. */
#include <math.h>
#include <stdlib.h>

#include "engine/crs.h"
#include "engine/region_inner.h"

enum { DEPTH_MAX = 30, SAMPLES = 32, QUARTERS = 3, TURNS_MAX = 16 };

/* An edge is taken as it is where its quarters are so near to it: between them a smooth curve is hardly farther. */
static const double TOLERANCE_PX = 1.0 / 96;
/* What is shorter, and not a way round the world, is straight. */
static const double SHORT_PX = 1, SHORT_SHARE = 1.0 / 64;
/* Corners that are closer to the last one are left out. */
static const double DISTINCT_PX = 1.0 / 256;

/* ---- chains ---- */

void imx_chains_clear(imx_chains *chains) {
    imx_free(chains->memory, chains->xy);
    imx_free(chains->memory, chains->ends);
    *chains = (imx_chains){.memory = chains->memory};
}

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory for an outline"); }

imx_status imx_chains_point(imx_chains *chains, double x, double y, imx_error *err) {
    if (chains->count == chains->room) {
        const size_t room = chains->room ? 2 * chains->room : 256;
        size_t bytes;
        double *grown =
            imx_size_mul(room, 2, sizeof *grown, &bytes) ? imx_realloc(chains->memory, chains->xy, bytes) : NULL;
        if (!grown) {
            return no_memory(err);
        }
        chains->xy = grown;
        chains->room = room;
    }
    chains->xy[2 * chains->count] = x;
    chains->xy[2 * chains->count++ + 1] = y;
    return IMX_OK;
}

static size_t ring_start(const imx_chains *chains) {
    return chains->ring_count ? chains->ends[chains->ring_count - 1] : 0;
}

imx_status imx_chains_end(imx_chains *chains, imx_error *err) {
    const size_t first = ring_start(chains);
    if (chains->count < first + 3) {
        chains->count = first;
        return IMX_OK;
    }
    if (chains->ring_count == chains->ring_room) {
        const size_t room = chains->ring_room ? 2 * chains->ring_room : 16;
        size_t *grown = imx_realloc(chains->memory, chains->ends, room * sizeof *grown);
        if (!grown) {
            return no_memory(err);
        }
        chains->ends = grown;
        chains->ring_room = room;
    }
    imx_status status = imx_chains_point(chains, chains->xy[2 * first], chains->xy[2 * first + 1], err);
    chains->ends[chains->ring_count] = chains->count;
    chains->ring_count += status == IMX_OK;
    return status;
}

/* ---- points ---- */

typedef struct tracer {
    imx_memory *memory;
    const imx_space *space;
    imx_projection *projection;
    imx_region_window window;
    imx_chains *chains;
    imx_error *err;
} tracer;

typedef struct point {
    double u, v; /* in the outline's CRS */
    double x, y; /* output px; where x is cyclic it goes on beyond the sides */
} point;

/* Fills in x and y; before is the point before the first, NULL: there is none. */
static imx_status place(const tracer *t, size_t n, point *points, const point *before) {
    const imx_space *space = t->space;
    const double round_px = t->window.period_px;
    for (size_t i = 0; i < n; i++) {
        point *p = &points[i];
        p->x = p->u, p->y = p->v;
        imx_projection_forward(t->projection, 1, &p->x, &p->y);
        if (p->x == HUGE_VAL) {
            return imx_fail(t->err, IMX_E_INPUT, "its corner %.10g, %.10g has no place in the output's CRS", p->u,
                            p->v);
        }
        p->x = (p->x - space->origin_x) / space->res;
        p->y = (space->origin_y - p->y) / imx_space_res_y(space);
        const point *last = i ? p - 1 : before;
        if (round_px > 0 && (t->window.period > 0 || last)) {
            const double near =
                t->window.period > 0 ? t->window.x_px + (p->u - t->window.x) / t->window.period * round_px : last->x;
            p->x -= round_px * floor((p->x - near) / round_px + 0.5);
        }
    }
    return IMX_OK;
}

static imx_status emit(tracer *t, const point *p) {
    const size_t count = t->chains->count;
    const double *last = count > ring_start(t->chains) ? t->chains->xy + 2 * (count - 1) : NULL;
    if (last && fabs(last[0] - p->x) < DISTINCT_PX && fabs(last[1] - p->y) < DISTINCT_PX) {
        return IMX_OK;
    }
    return imx_chains_point(t->chains, p->x, p->y, t->err);
}

static double off_chord(const point *p, const point *a, const point *b) {
    const double dx = b->x - a->x, dy = b->y - a->y, square = dx * dx + dy * dy;
    double t = square > 0 ? ((p->x - a->x) * dx + (p->y - a->y) * dy) / square : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(p->x - a->x - t * dx, p->y - a->y - t * dy);
}

/* ---- edges ---- */

/* All of the edge but its first point; *b may move by the period. */
static imx_status trace_edge(tracer *t, const point *a, point *b, int depth) {
    const bool round = t->window.period > 0 && fabs(b->u - a->u) > SHORT_SHARE * t->window.period;
    if ((!round && hypot(b->x - a->x, b->y - a->y) < SHORT_PX) || depth == DEPTH_MAX) {
        return emit(t, b);
    }
    point q[QUARTERS + 1];
    for (int i = 0; i < QUARTERS; i++) {
        const double s = (i + 1) / (QUARTERS + 1.0);
        q[i] = (point){.u = a->u + s * (b->u - a->u), .v = a->v + s * (b->v - a->v)};
    }
    q[QUARTERS] = (point){.u = b->u, .v = b->v};
    imx_status status = place(t, QUARTERS + 1, q, a);
    if (status != IMX_OK) {
        return status;
    }
    *b = q[QUARTERS];
    double worst = 0;
    for (int i = 0; i < QUARTERS; i++) {
        worst = fmax(worst, off_chord(&q[i], a, b));
    }
    if (worst <= TOLERANCE_PX) {
        return emit(t, b);
    }
    point middle = q[1];
    status = trace_edge(t, a, &middle, depth + 1);
    return status ? status : trace_edge(t, &middle, b, depth + 1);
}

/* ---- rings ---- */

/* A ring ends where it began. Where it has gone round the world (it holds a pole, which the space does not show): back
 * along a line beyond the space, on the pole's side. */
static imx_status come_back(tracer *t, double area, size_t first) {
    const double *start = t->chains->xy + 2 * first, x0 = start[0];
    const double *end = t->chains->xy + 2 * t->chains->count - 2, x1 = end[0];
    if (t->window.period_px == 0 || fabs(x1 - x0) < t->window.period_px / 2) {
        t->chains->count--; /* the first point once more: that comes with the ring's end */
        return IMX_OK;
    }
    const bool north = (x1 > x0) == (area > 0);
    const double far = north ? -t->space->height : 2 * t->space->height;
    imx_status status = imx_chains_point(t->chains, x1, far, t->err);
    return status ? status : imx_chains_point(t->chains, x0, far, t->err);
}

/* The last ring once more, wherever else in the space it shows. */
static imx_status repeat(tracer *t) {
    imx_chains *chains = t->chains;
    const size_t first = chains->ring_count > 1 ? chains->ends[chains->ring_count - 2] : 0, end = ring_start(chains);
    const double width = t->space->width, period = t->window.period_px;
    double min_x = HUGE_VAL, max_x = -HUGE_VAL;
    for (size_t i = first; i < end; i++) {
        min_x = fmin(min_x, chains->xy[2 * i]);
        max_x = fmax(max_x, chains->xy[2 * i]);
    }
    imx_status status = IMX_OK;
    for (double k = ceil(-max_x / period); k <= floor((width - min_x) / period) && status == IMX_OK; k++) {
        for (size_t i = first; i + 1 < end && k != 0 && status == IMX_OK; i++) {
            status = imx_chains_point(chains, chains->xy[2 * i] + k * period, chains->xy[2 * i + 1], t->err);
        }
        status = status ? status : imx_chains_end(chains, t->err);
    }
    return status;
}

static imx_status trace_ring(tracer *t, const double *uv, size_t count) {
    const size_t first = ring_start(t->chains), rings = t->chains->ring_count;
    point a = {.u = uv[0], .v = uv[1]};
    imx_status status = place(t, 1, &a, NULL);
    status = status ? status : emit(t, &a);
    for (size_t i = 1; i <= count && status == IMX_OK; i++) {
        point b = {.u = uv[2 * (i % count)], .v = uv[2 * (i % count) + 1]};
        status = place(t, 1, &b, &a);
        status = status ? status : trace_edge(t, &a, &b, 0);
        a = b;
    }
    const bool by_steps = t->window.period_px > 0 && t->window.period == 0;
    status = status ? status : come_back(t, imx_twice_area(uv, count), first);
    status = status ? status : imx_chains_end(t->chains, t->err);
    return status || !by_steps || t->chains->ring_count == rings ? status : repeat(t);
}

/* A ring as often as it shows in the window. */
static imx_status trace_copies(tracer *t, const double *uv, size_t count) {
    const imx_region_window *window = &t->window;
    double min_u = HUGE_VAL, max_u = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        min_u = fmin(min_u, uv[2 * i]);
        max_u = fmax(max_u, uv[2 * i]);
    }
    const double period = window->period;
    const double from = period > 0 ? ceil((window->min_x - max_u) / period) : 0;
    const double to = period > 0 ? floor((window->max_x - min_u) / period) : 0;
    if (to - from > TURNS_MAX) {
        return imx_fail(t->err, IMX_E_INPUT,
                        "a polygon of it goes round the world %.3g times: its x runs from %.10g to %.10g",
                        (max_u - min_u) / period, min_u, max_u);
    }
    imx_status status = IMX_OK;
    for (double k = from; k <= to && status == IMX_OK; k++) {
        double *kept = NULL;
        size_t kept_count = 0;
        status = imx_region_clip(t->memory, window, uv, count, k * period, t->err, &kept, &kept_count);
        if (status == IMX_OK && kept_count >= 3) {
            status = trace_ring(t, kept, kept_count);
        }
        imx_free(t->memory, kept);
    }
    return status;
}

/* ---- the outline ---- */

/* Rings that lie near to each other follow each other (Morton 1966), so that boxes around runs of them are small. */
typedef struct place_of_ring {
    uint32_t code;
    size_t ring;
} place_of_ring;

static uint32_t spread(double share) { /* 16 bits, a gap after each */
    uint32_t v = (uint32_t)(share * 65535);
    v = (v | v << 8) & 0x00FF00FF;
    v = (v | v << 4) & 0x0F0F0F0F;
    v = (v | v << 2) & 0x33333333;
    return (v | v << 1) & 0x55555555;
}

static int by_code(const void *a, const void *b) {
    const place_of_ring *p = a, *q = b;
    return p->code != q->code ? (p->code > q->code) - (p->code < q->code) : (p->ring > q->ring) - (p->ring < q->ring);
}

static imx_status order_rings(imx_memory *memory, const imx_outline *outline, imx_error *err, place_of_ring **out) {
    double extent[4];
    imx_outline_extent(outline, extent);
    const double width = fmax(extent[2] - extent[0], 1e-300), height = fmax(extent[3] - extent[1], 1e-300);
    place_of_ring *order = imx_calloc(memory, outline->ring_count + 1, sizeof *order);
    if (!order) {
        return no_memory(err);
    }
    for (size_t i = 0; i < outline->ring_count; i++) {
        const double *corner = outline->xy + 2 * outline->rings[i].first;
        order[i] =
            (place_of_ring){spread((corner[0] - extent[0]) / width) | spread((corner[1] - extent[1]) / height) << 1, i};
    }
    qsort(order, outline->ring_count, sizeof *order, by_code);
    *out = order;
    return IMX_OK;
}

/* The middle, then corners from all over: what the operation between the CRSs is chosen by. */
static imx_status create_projection(tracer *t, const imx_outline *outline) {
    double extent[4], xy[2 * (SAMPLES + 1)];
    size_t n = 0;
    imx_outline_extent(outline, extent);
    xy[2 * n] = (extent[0] + extent[2]) / 2;
    xy[2 * n++ + 1] = (extent[1] + extent[3]) / 2;
    const size_t step = (outline->vertex_count + SAMPLES - 1) / SAMPLES;
    for (size_t i = 0; i < outline->vertex_count && n <= SAMPLES; i += step, n++) {
        xy[2 * n] = outline->xy[2 * i];
        xy[2 * n + 1] = outline->xy[2 * i + 1];
    }
    return imx_projection_create(t->memory, outline->crs, t->space->crs, NULL, xy, n, t->err, &t->projection);
}

imx_status imx_region_trace(imx_memory *memory, const imx_outline *outline, const imx_space *space, const imx_box *area,
                            imx_error *err, imx_chains *out) {
    tracer t = {.memory = memory, .space = space, .chains = out, .err = err};
    place_of_ring *order = NULL;
    imx_crs_facts facts, space_facts;
    imx_status status = imx_crs_describe(memory, outline->crs, err, &facts);
    status = status ? status : imx_crs_describe(memory, space->crs, err, &space_facts);
    status = status ? status : order_rings(memory, outline, err, &order);
    status = status ? status : create_projection(&t, outline);
    if (status == IMX_OK) {
        imx_region_find_window(t.projection, space, area, facts.geographic, space_facts.period / space->res, &t.window);
    }
    for (size_t i = 0; i < outline->ring_count && status == IMX_OK; i++) {
        const imx_outline_ring *ring = &outline->rings[order[i].ring];
        status = trace_copies(&t, outline->xy + 2 * ring->first, ring->count);
    }
    imx_projection_destroy(&t.projection);
    imx_free(memory, order);
    if (status != IMX_OK) {
        imx_chains_clear(out);
    }
    return status;
}
