/* tiler/layer_span.c: see the header. */
#include "tiler/layer_span.h"

#include <math.h>

enum { COLUMNS = 4096, HALVINGS = 12 };

typedef struct column { /* what of it is covered; low > high: nothing */
    double low, high;
} column;

static void cover(column *columns, double wide, const imx_box *box) {
    const double last = COLUMNS - 1;
    const size_t from = (size_t)fmin(fmax(floor(box->min_x / wide), 0), last);
    const size_t to = (size_t)fmin(fmax(ceil(box->max_x / wide) - 1, 0), last);
    for (size_t i = from; i <= to; i++) {
        columns[i].low = fmin(columns[i].low, fmax(box->min_x, (double)i * wide));
        columns[i].high = fmax(columns[i].high, fmin(box->max_x, (double)(i + 1) * wide));
    }
}

static bool within(imx_region *const *regions, size_t count, const imx_space *space, double low, double high) {
    const imx_box box = {low, 0, high, space->height};
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        all = all && imx_region_touches(regions[i], &box);
    }
    return all;
}

/* Only what lies within all regions: from the left, then from the right. */
static void limit(column *c, imx_region *const *regions, size_t count, const imx_space *space) {
    if (!(c->low <= c->high) || !count) {
        return;
    }
    if (!within(regions, count, space, c->low, c->high)) {
        *c = (column){HUGE_VAL, -HUGE_VAL};
        return;
    }
    double step = c->high - c->low;
    for (int i = 0; i < HALVINGS; i++) {
        step /= 2;
        c->low += within(regions, count, space, c->low, c->low + step) ? 0 : step;
    }
    step = c->high - c->low;
    for (int i = 0; i < HALVINGS; i++) {
        step /= 2;
        c->high -= within(regions, count, space, c->high - step, c->high) ? 0 : step;
    }
}

bool imx_layer_span(const imx_footprint *footprints, size_t count, imx_region *const *regions, size_t region_count,
                    const imx_space *space, double *west, double *east) {
    column columns[COLUMNS];
    const double wide = space->width / COLUMNS;
    double widest = wide, reached = 0; /* less than a column is no gap */
    bool found = false;
    if (!space->wraps) {
        return false;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = (column){HUGE_VAL, -HUGE_VAL};
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < footprints[i].ring_count; k++) {
            const imx_box box = imx_ring_box(&footprints[i].rings[k]);
            cover(columns, wide, &box);
        }
    }
    double first = HUGE_VAL;
    for (size_t i = 0; i < COLUMNS; i++) {
        limit(&columns[i], regions, region_count, space);
        const column *c = &columns[i];
        if (!(c->low <= c->high)) {
            continue;
        }
        if (isinf(first)) {
            first = c->low;
        } else if (c->low - reached > widest) {
            widest = c->low - reached;
            *east = reached;
            *west = c->low;
            found = true;
        }
        reached = c->high;
    }
    return found && widest > first + (space->width - reached); /* which is the gap at the seam */
}
