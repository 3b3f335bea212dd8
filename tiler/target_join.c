/* tiler/target_join.c: see the header. The narrowest interval on a circle is what the widest gap leaves. */
#include "tiler/target_join.h"

#include <math.h>
#include <stdlib.h>

static const double CLOSE_PX = 1.0 / 16;

double imx_target_close(const imx_raster_extent *extent) { return CLOSE_PX * extent->res_x; }

static bool is_empty(const imx_raster_extent *e) { return !(e->max_x > e->min_x && e->max_y > e->min_y); }

void imx_target_move_behind(imx_raster_extent *extent, double x, double period) {
    const double turns = floor((extent->min_x - x + imx_target_close(extent)) / period);
    if (period > 0 && isfinite(turns) && turns != 0) {
        extent->min_x -= turns * period;
        extent->max_x -= turns * period;
    }
}

static imx_raster_extent as_written(const imx_raster_extent *each, size_t count) {
    imx_raster_extent all = {INFINITY, INFINITY, INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++) {
        const imx_raster_extent *e = &each[i];
        all = (imx_raster_extent){fmin(all.res_x, e->res_x), fmin(all.res_y, e->res_y), fmin(all.min_x, e->min_x),
                                  fmin(all.min_y, e->min_y), fmax(all.max_x, e->max_x), fmax(all.max_y, e->max_y)};
    }
    return all;
}

typedef struct arc {
    double from, to; /* from: in [0, period) */
} arc;

static int by_beginning(const void *a, const void *b) {
    const arc *p = a, *q = b;
    return p->from != q->from ? (p->from > q->from) - (p->from < q->from) : (p->to > q->to) - (p->to < q->to);
}

/* Of arcs on a circle: the widest gap between them, 0: none, and where it ends. Sorts them. */
static double widest_gap(arc *arcs, size_t count, double period, double *end) {
    double reached = -INFINITY, widest = 0;
    qsort(arcs, count, sizeof *arcs, by_beginning);
    for (size_t i = 0; i < count; i++) {
        reached = fmax(reached, arcs[i].to - period);
    }
    for (size_t i = 0; i < count; i++) {
        if (arcs[i].from - reached > widest) {
            widest = arcs[i].from - reached;
            *end = arcs[i].from;
        }
        reached = fmax(reached, arcs[i].to);
    }
    return widest;
}

imx_status imx_target_join(imx_memory *memory, const imx_raster_extent *each, size_t count, double period,
                           imx_error *err, imx_raster_extent *out) {
    *out = as_written(each, count);
    if (count < 2 || !(period > 0) || !(out->max_x - out->min_x > period / 2)) { /* nothing is narrower */
        return IMX_OK;
    }
    arc *arcs = imx_calloc(memory, count, sizeof *arcs);
    if (!arcs) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the scenes");
    }
    size_t n = 0;
    double end = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_empty(&each[i])) {
            const double from = each[i].min_x - period * floor(each[i].min_x / period);
            arcs[n++] = (arc){from, from + (each[i].max_x - each[i].min_x)};
        }
    }
    const double width = period - widest_gap(arcs, n, period, &end);
    if (n && width < out->max_x - out->min_x - imx_target_close(out) && width < period - imx_target_close(out)) {
        out->min_x = end;
        out->max_x = end + width;
        imx_target_move_behind(out, -period / 2, period);
    }
    imx_free(memory, arcs);
    return IMX_OK;
}
