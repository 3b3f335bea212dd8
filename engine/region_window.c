/* engine/region_window.c: what part of an outline can matter, and cutting it out. Far from the output's area a
 * projection may give anything, so that only what is near is projected. */
#include <math.h>
#include <string.h>

#include "engine/region_inner.h"

enum { LATTICE = 33 };
/* Of the window's sides, beyond the lattice's outermost points: more than a border bulges between two of them. */
static const double MARGIN = 0.1;
/* So much of the way round means that a pole lies inside, or all of the way round. */
static const double ROUND = 0.75;

/* Into half a period around the middle. */
static double near_middle(double x, double middle, double period) {
    return period > 0 ? x - period * floor((x - middle) / period + 0.5) : x;
}

void imx_region_find_window(imx_projection *projection, const imx_space *space, const imx_box *area, bool geographic,
                            double period_px, imx_region_window *out) {
    double x[LATTICE * LATTICE], y[LATTICE * LATTICE];
    size_t n = 0;
    for (int row = 0; row < LATTICE; row++) {
        for (int column = 0; column < LATTICE; column++, n++) {
            x[n] = space->origin_x + (area->min_x + (area->max_x - area->min_x) * column / (LATTICE - 1)) * space->res;
            y[n] = space->origin_y -
                   (area->min_y + (area->max_y - area->min_y) * row / (LATTICE - 1)) * imx_space_res_y(space);
        }
    }
    imx_projection_inverse(projection, n, x, y);
    const double period = imx_projection_period(projection), middle = x[n / 2];
    *out = (imx_region_window){-HUGE_VAL, -HUGE_VAL, HUGE_VAL, HUGE_VAL, 0, 0, 0, period_px};
    if (middle == HUGE_VAL) { /* nothing is known */
        return;
    }
    imx_box box = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < n; i++) {
        if (x[i] != HUGE_VAL) {
            const double at = near_middle(x[i], middle, period);
            box.min_x = fmin(box.min_x, at), box.max_x = fmax(box.max_x, at);
            box.min_y = fmin(box.min_y, y[i]), box.max_y = fmax(box.max_y, y[i]);
        }
    }
    const double wide = MARGIN * (box.max_x - box.min_x), high = MARGIN * (box.max_y - box.min_y);
    *out = (imx_region_window){box.min_x - wide, box.min_y - high, box.max_x + wide,
                               box.max_y + high, middle,           (area->min_x + area->max_x) / 2,
                               period,           period_px};
    if (period > 0 && box.max_x - box.min_x > ROUND * period) {
        /* Once round, and a little more: where the output goes round as well, its seam may lie anywhere in it. */
        const double rounds = period_px > 0 ? fmax(1, (area->max_x - area->min_x) / period_px) : 1;
        out->min_x = fmin(out->min_x, middle - (rounds / 2 + MARGIN) * period);
        out->max_x = fmax(out->max_x, middle + (rounds / 2 + MARGIN) * period);
        if (period_px == 0) { /* up to the pole that the area holds, which the lattice does not meet */
            const double pole = geographic ? period / 4 : HUGE_VAL;
            out->min_x = middle - 0.5 * period, out->max_x = middle + 0.5 * period;
            out->max_y = !geographic || box.max_y > -box.min_y ? pole : out->max_y;
            out->min_y = !geographic || box.max_y <= -box.min_y ? -pole : out->min_y;
        }
    }
}

/* ---- cutting ---- */

typedef struct side { /* kept: sign * coordinate <= sign * limit */
    int axis;
    double limit, sign;
} side;

/* One side; from[count] into to. A cut's point lies on the limit itself. */
static size_t cut(const side *s, const double *from, size_t count, double *to) {
    size_t kept = 0;
    const double *a = from + 2 * (count - 1);
    for (size_t i = 0; i < count; i++) {
        const double *b = from + 2 * i;
        const bool a_in = s->sign * a[s->axis] <= s->sign * s->limit, b_in = s->sign * b[s->axis] <= s->sign * s->limit;
        if (a_in != b_in) {
            const double t = (s->limit - a[s->axis]) / (b[s->axis] - a[s->axis]);
            to[2 * kept + (size_t)s->axis] = s->limit;
            to[2 * kept++ + (size_t)!s->axis] = a[!s->axis] + t * (b[!s->axis] - a[!s->axis]);
        }
        if (b_in) {
            memcpy(to + 2 * kept++, b, 2 * sizeof *to);
        }
        a = b;
    }
    return kept;
}

static bool outside(const side *s, const double *xy, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = any || s->sign * xy[2 * i + (size_t)s->axis] > s->sign * s->limit;
    }
    return any;
}

imx_status imx_region_clip(imx_memory *memory, const imx_region_window *window, const double *xy, size_t count,
                           double shift, imx_error *err, double **out, size_t *kept) {
    const side sides[] = {{0, window->min_x, -1}, {0, window->max_x, 1}, {1, window->min_y, -1}, {1, window->max_y, 1}};
    imx_status status = IMX_OK;
    double *ring = imx_calloc(memory, count + 1, 2 * sizeof *ring), *next = NULL;
    if (!ring) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    }
    for (size_t i = 0; i < count; i++) {
        ring[2 * i] = xy[2 * i] + shift;
        ring[2 * i + 1] = xy[2 * i + 1];
    }
    for (size_t k = 0; k < sizeof sides / sizeof *sides && count; k++) {
        if (!isfinite(sides[k].limit) || !outside(&sides[k], ring, count)) {
            continue;
        }
        next = imx_calloc(memory, 2 * count, 2 * sizeof *next); /* a point and a cut for each */
        if (!next) {
            status = imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
            goto out;
        }
        count = cut(&sides[k], ring, count, next);
        imx_free(memory, ring);
        ring = next;
        next = NULL;
    }
    *kept = count;
    *out = count ? ring : NULL;
    ring = count ? NULL : ring;
out:
    imx_free(memory, ring);
    return status;
}
