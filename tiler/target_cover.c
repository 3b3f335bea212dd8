/* tiler/target_cover.c: the box of the scenes' places. A lattice over each raster finds about where its northernmost,
 * southernmost, ... points are; each is then approached by searches around it with half the step. So a pole in the
 * midst of a raster is found, and the antimeridian, where the coordinate jumps. What reaches from one side of that to
 * the other is looked at once more, with the jump moved to where the lattice has its widest gap. */
#include "tiler/target_cover.h"

#include <math.h>
#include <stdlib.h>

#include "tiler/target_join.h"

enum { LATTICE = 33, EDGES = 4, AROUND = 9, ROUNDS_MAX = 24 };
static const double CLOSE_PX = 1.0 / 64; /* source px: steps become no smaller; output px: ends are reached */

typedef struct place {
    double u, v; /* source px */
    double at;   /* the edge's coordinate, towards the outside */
} place;

typedef struct cover {
    imx_transform *transform;
    imx_space space;
    double width, height;    /* source px */
    double limit_x, limit_y; /* CRS units to either side */
    double period;           /* of x, CRS units; 0: none */
    double jump;             /* x is brought into the period after it; NAN: it is as the projection gives it */
    place edges[EDGES];      /* west, south, east, north */
} cover;

/* The coordinate that an edge wants large. */
static double outwards(const cover *c, int edge, double x, double y) {
    const double free_x = c->space.origin_x + x;
    const double turned_x = isnan(c->jump) ? free_x : free_x - c->period * floor((free_x - c->jump) / c->period);
    const double at_x = fmax(-c->limit_x, fmin(c->limit_x, turned_x));
    const double at_y = fmax(-c->limit_y, fmin(c->limit_y, c->space.origin_y - y));
    return edge == 0 ? -at_x : edge == 1 ? -at_y : edge == 2 ? at_x : at_y;
}

static void offer(const cover *c, int edge, double u, double v, double x, double y, place *best) {
    if (isfinite(x) && isfinite(y)) {
        const double at = outwards(c, edge, x, y);
        if (at > best->at) {
            *best = (place){u, v, at};
        }
    }
}

/* All edges look at n places. */
static void offer_all(cover *c, size_t n, const double *u, const double *v, const double *x, const double *y) {
    for (int e = 0; e < EDGES; e++) {
        for (size_t i = 0; i < n; i++) {
            offer(c, e, u[i], v[i], x[i], y[i], &c->edges[e]);
        }
    }
}

/* Where of two neighbours in the lattice one can be shown and the other cannot, the rim between them is looked for by
 * halving: on a disk's rim the search around one place would get stuck. */
static void survey_rim(cover *c, size_t n, const bool *shown, const bool *other, const double *u, const double *v,
                       double du, double dv) {
    double in[LATTICE], out[LATTICE], at_u[LATTICE], at_v[LATTICE], x[LATTICE], y[LATTICE];
    size_t index[LATTICE], count = 0;
    for (size_t i = 0; i < n; i++) {
        if (shown[i] != other[i]) {
            index[count] = i;
            in[count] = shown[i] ? 0 : 1;
            out[count++] = shown[i] ? 1 : 0;
        }
    }
    for (double step = fmax(fabs(du), fabs(dv)); count > 0 && step > CLOSE_PX / 4; step /= 2) {
        for (size_t k = 0; k < count; k++) {
            at_u[k] = x[k] = u[index[k]] + (in[k] + out[k]) / 2 * du;
            at_v[k] = y[k] = v[index[k]] + (in[k] + out[k]) / 2 * dv;
        }
        imx_transform_forward(c->transform, count, x, y);
        offer_all(c, count, at_u, at_v, x, y);
        for (size_t k = 0; k < count; k++) {
            *(isfinite(x[k]) && isfinite(y[k]) ? &in[k] : &out[k]) = (in[k] + out[k]) / 2;
        }
    }
}

static void survey(cover *c) {
    const double du = c->width / (LATTICE - 1), dv = c->height / (LATTICE - 1);
    bool shown[2][LATTICE];
    for (int e = 0; e < EDGES; e++) {
        c->edges[e] = (place){0, 0, -INFINITY};
    }
    for (int j = 0; j < LATTICE; j++) {
        double u[LATTICE], v[LATTICE], x[LATTICE], y[LATTICE];
        bool *now = shown[j & 1], *before = shown[~j & 1];
        for (int i = 0; i < LATTICE; i++) {
            u[i] = x[i] = i * du;
            v[i] = y[i] = j * dv;
        }
        imx_transform_forward(c->transform, LATTICE, x, y);
        offer_all(c, LATTICE, u, v, x, y);
        for (int i = 0; i < LATTICE; i++) {
            now[i] = isfinite(x[i]) && isfinite(y[i]);
        }
        survey_rim(c, LATTICE - 1, now, now + 1, u, v, du, 0);
        if (j > 0) {
            survey_rim(c, LATTICE, now, before, u, v, 0, -dv);
        }
    }
}

/* One round: the eight neighbours of each edge's place, a step away, within the raster. */
static void approach(cover *c, double step_u, double step_v) {
    double u[EDGES * AROUND], v[EDGES * AROUND], x[EDGES * AROUND], y[EDGES * AROUND];
    for (int i = 0; i < EDGES * AROUND; i++) {
        const place *from = &c->edges[i / AROUND];
        u[i] = x[i] = fmax(0, fmin(c->width, from->u + (i % 3 - 1) * step_u));
        v[i] = y[i] = fmax(0, fmin(c->height, from->v + (i % AROUND / 3 - 1) * step_v));
    }
    imx_transform_forward(c->transform, EDGES * AROUND, x, y);
    for (int i = 0; i < EDGES * AROUND; i++) {
        offer(c, i / AROUND, u[i], v[i], x[i], y[i], &c->edges[i / AROUND]);
    }
}

/* The box, with the jump where it is. */
static imx_raster_extent search(cover *c, double res) {
    survey(c);
    double u = c->width / (LATTICE - 1), v = c->height / (LATTICE - 1);
    for (int i = 0; i < ROUNDS_MAX && fmax(u, v) > CLOSE_PX; i++) {
        u /= 2, v /= 2;
        approach(c, u, v);
    }
    return (imx_raster_extent){res, res, -c->edges[0].at, -c->edges[1].at, c->edges[2].at, c->edges[3].at};
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The widest gap between the lattice's places along x, 0: it has none, and its middle. */
static double find_gap(cover *c, double *middle) {
    double at[LATTICE * LATTICE], y[LATTICE], widest = 0;
    size_t count = 0;
    for (int j = 0; j < LATTICE; j++) {
        double x[LATTICE];
        for (int i = 0; i < LATTICE; i++) {
            x[i] = i * c->width / (LATTICE - 1);
            y[i] = j * c->height / (LATTICE - 1);
        }
        imx_transform_forward(c->transform, LATTICE, x, y);
        for (int i = 0; i < LATTICE; i++) {
            if (isfinite(x[i]) && isfinite(y[i])) {
                const double turns = floor((c->space.origin_x + x[i]) / c->period);
                at[count++] = c->space.origin_x + x[i] - turns * c->period;
            }
        }
    }
    qsort(at, count, sizeof *at, compare_doubles);
    for (size_t i = 0; i < count; i++) {
        const double before = i ? at[i - 1] : at[count - 1] - c->period;
        if (at[i] - before > widest) {
            widest = at[i] - before;
            *middle = (at[i] + before) / 2;
        }
    }
    return widest;
}

/* The narrowest box: with the jump in the widest gap, where that is one indeed, and not the lattice's meshes alone; a
 * pole's surroundings come close to any jump, too. */
static imx_raster_extent search_round(cover *c, double res) {
    c->jump = NAN;
    const imx_raster_extent whole = search(c, res);
    if (!(c->period > 0) || !(whole.max_x - whole.min_x > c->period / 2)) {
        return whole;
    }
    double jump;
    const double gap = find_gap(c, &jump);
    if (!(gap > 0)) {
        return whole;
    }
    c->jump = jump;
    imx_raster_extent turned = search(c, res);
    c->jump = NAN;
    const bool empty = turned.min_x - jump > gap / 4 && jump + c->period - turned.max_x > gap / 4;
    imx_target_move_behind(&turned, -c->period / 2, c->period);
    return empty && turned.max_x - turned.min_x < whole.max_x - whole.min_x - imx_target_close(&whole) ? turned : whole;
}

static imx_status cover_asset(const imx_plan *plan, const imx_scene *scene, imx_asset *asset, cover *c, imx_error *err,
                              imx_raster_extent *out) {
    double res = 0;
    imx_status status = imx_transform_create(plan->memory, scene, asset, &c->space, err, &c->transform);
    status = status ? status : imx_transform_remember(c->transform, plan->memory, err, asset);
    if (status == IMX_OK && (status = imx_transform_native_res(c->transform, err, &res)) != IMX_OK) {
        (void)imx_error_context(err, "%s", asset->path);
    }
    if (status == IMX_OK) {
        c->width = asset->width, c->height = asset->height;
        *out = search_round(c, res);
    }
    imx_transform_destroy(&c->transform);
    return status;
}

/* The box of all assets, and the finest one's resolution. */
static imx_status cover_scene(const imx_plan *plan, imx_scene *scene, cover *c, imx_error *err,
                              imx_raster_extent *out) {
    imx_status status = cover_asset(plan, scene, &scene->assets[0], c, err, out);
    for (size_t k = 1; k < scene->asset_count && status == IMX_OK; k++) {
        imx_raster_extent both[2] = {*out};
        status = cover_asset(plan, scene, &scene->assets[k], c, err, &both[1]);
        status = status ? status : imx_target_join(plan->memory, both, 2, c->period, err, out);
    }
    return status;
}

/* How far from the middle of a cyclic CRS its northern and southern end is, CRS units. */
static double pole_at(const imx_crs_facts *facts) { return facts->period / (facts->geographic ? 4 : 2); }

/* A space of one CRS unit a pixel that holds every place there is. */
static void everywhere(const char *crs, const imx_crs_facts *facts, cover *c) {
    const double degrees = 1000, metres = 1e8; /* to either side */
    const double far = facts->geographic ? degrees : metres / facts->metres_per_unit;
    c->space =
        (imx_space){.crs = crs, .origin_x = -far, .origin_y = far, .res = 1, .width = 2 * far, .height = 2 * far};
    c->limit_x = far;
    c->period = facts->period;
    c->jump = NAN;
    c->limit_y = facts->period > 0 ? pole_at(facts) : far;
}

imx_status imx_target_cover(const imx_plan *plan, const char *crs, const imx_crs_facts *facts, imx_error *err,
                            imx_raster_extent *each) {
    cover c = {0};
    imx_status status = IMX_OK;
    everywhere(crs, facts, &c);
    for (size_t i = 0; i < plan->scene_count && !status; i++) {
        status = cover_scene(plan, &plan->scenes[i], &c, err, &each[i]);
    }
    return status;
}

/* The search comes as close to the antimeridian as it likes, and never there. */
static bool whole_round(const imx_crs_facts *facts, imx_raster_extent *e) {
    const double close = CLOSE_PX * 4 * e->res_x;
    if (!(facts->period > 0) || !(e->max_x - e->min_x > facts->period - 2 * close)) {
        return false;
    }
    if (fabs(e->min_x + facts->period / 2) <= close) {
        e->min_x = -facts->period / 2;
    }
    e->max_x = e->min_x + facts->period;
    return true;
}

static void reach_poles(const imx_crs_facts *facts, imx_raster_extent *e) {
    const double close = CLOSE_PX * 4 * e->res_x, pole = pole_at(facts);
    if (facts->period > 0 && pole - e->max_y <= close) {
        e->max_y = pole;
    }
    if (facts->period > 0 && e->min_y + pole <= close) {
        e->min_y = -pole;
    }
}

bool imx_target_reach_ends(const imx_crs_facts *facts, imx_raster_extent *extent) {
    reach_poles(facts, extent);
    return whole_round(facts, extent);
}
