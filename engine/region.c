/* engine/region.c: what touches a region, and what it holds. How it is made of an outline is in region_tree.c and
 * region_outline.c.
 *
 * A node of the tree is a run of edges. Where all of them are of one ring and lie to the left of a point, how often
 * they pass its row follows from the run's two ends alone, and nobody looks inside. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/region_inner.h"

imx_box imx_region_box(const imx_region *region) { return region->box; }
size_t imx_region_edges(const imx_region *region) { return region->edge_count; }

/* ---- walking the tree ---- */

typedef struct walk { /* depth first, without recursion */
    const imx_region *region;
    struct {
        int level;
        size_t at;
    } stack[IMX_REGION_LEVELS_MAX * IMX_REGION_FANOUT];
    size_t depth;
} walk;

static void walk_begin(walk *w, const imx_region *region) {
    w->region = region;
    w->depth = 0;
    if (region->levels) {
        w->stack[0].level = region->levels - 1;
        w->stack[0].at = 0;
        w->depth = 1;
    }
}

/* NULL at the end. *level 0: its edges are to be looked at; otherwise walk_into() for what is in it. */
static const imx_region_node *walk_next(walk *w, int *level, size_t *at) {
    if (!w->depth) {
        return NULL;
    }
    w->depth--;
    *level = w->stack[w->depth].level;
    *at = w->stack[w->depth].at;
    return &w->region->nodes[*level][*at];
}

static void walk_into(walk *w, int level, size_t at) {
    const size_t below = w->region->node_count[level - 1];
    for (size_t i = at * IMX_REGION_FANOUT; i < (at + 1) * IMX_REGION_FANOUT && i < below; i++) {
        w->stack[w->depth].level = level - 1;
        w->stack[w->depth++].at = i;
    }
}

/* ---- crossings: a row y is passed by an edge with one end at or above it and the other below ---- */

static int32_t turn_of(const double *a, const double *b, double y) { return (a[1] <= y) - (b[1] <= y); }

/* A function of the edge and the row alone, between the edge's ends. */
static double crossing_x(const double *a, const double *b, double y) {
    const double x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
    return fmin(fmax(x, fmin(a[0], b[0])), fmax(a[0], b[0]));
}

typedef struct row { /* pixel centres from left to right at y */
    double y, left, right;
    int32_t winding; /* at the first */
    size_t count;    /* crossings after it */
} row;

/* The run's crossings: those at or before the left end are summed up, those up to the right end listed. */
static imx_status cross_edges(const imx_region *region, const imx_region_node *run, imx_memory *memory,
                              imx_region_scan *scan, row *r) {
    for (size_t i = run->first; i < run->first + run->count; i++) {
        const double *a = region->xy + 2 * i, *b = a + 2;
        const int32_t turn = turn_of(a, b, r->y);
        const double x = turn ? crossing_x(a, b, r->y) : HUGE_VAL;
        if (x <= r->left) {
            r->winding += turn;
        } else if (x <= r->right) {
            if (r->count == scan->room) {
                const size_t room = scan->room ? 2 * scan->room : 64;
                imx_crossing *grown = imx_realloc(memory, scan->crossings, room * sizeof *grown);
                if (!grown) {
                    return IMX_E_NOMEM;
                }
                scan->crossings = grown;
                scan->room = room;
            }
            scan->crossings[r->count++] = (imx_crossing){x, turn};
        }
    }
    return IMX_OK;
}

static imx_status cross(const imx_region *region, imx_memory *memory, imx_region_scan *scan, row *r) {
    walk w;
    int level;
    size_t at;
    imx_status status = IMX_OK;
    walk_begin(&w, region);
    for (const imx_region_node *n; status == IMX_OK && (n = walk_next(&w, &level, &at)) != NULL;) {
        if (n->box.min_y > r->y || n->box.max_y <= r->y || n->box.min_x > r->right) {
            continue;
        }
        if (n->chain && n->box.max_x <= r->left) {
            r->winding += turn_of(region->xy + 2 * n->first, region->xy + 2 * (n->first + n->count), r->y);
        } else if (level) {
            walk_into(&w, level, at);
        } else {
            status = cross_edges(region, n, memory, scan, r);
        }
    }
    return status;
}

bool imx_region_holds(const imx_region *region, double x, double y) {
    row r = {.y = y, .left = x, .right = x};
    return cross(region, NULL, NULL, &r) == IMX_OK && r.winding != 0;
}

/* ---- boxes ---- */

bool imx_region_crosses(const imx_region *region, const imx_box *r) {
    walk w;
    int level;
    size_t at;
    walk_begin(&w, region);
    for (const imx_region_node *n; (n = walk_next(&w, &level, &at)) != NULL;) {
        if (n->box.min_x > r->max_x || n->box.max_x < r->min_x || n->box.min_y > r->max_y || n->box.max_y < r->min_y) {
            continue;
        }
        if (level) {
            walk_into(&w, level, at);
            continue;
        }
        for (size_t i = n->first; i < n->first + n->count; i++) {
            if (imx_segment_meets(region->xy + 2 * i, region->xy + 2 * i + 2, r)) {
                return true;
            }
        }
    }
    return false;
}

bool imx_region_touches(const imx_region *region, const imx_box *box) {
    imx_box r;
    return imx_box_centres(box, 0, &r) &&
           (imx_region_crosses(region, &r) || imx_region_holds(region, r.min_x, r.min_y));
}

bool imx_region_covers(const imx_region *region, const imx_box *box) {
    imx_box r;
    return imx_box_centres(box, 0, &r) && imx_region_holds(region, r.min_x, r.min_y) && !imx_region_crosses(region, &r);
}

/* ---- rows ---- */

void imx_region_scan_clear(imx_memory *memory, imx_region_scan *scan) {
    imx_free(memory, scan->crossings);
    *scan = (imx_region_scan){0};
}

static int by_x(const void *a, const void *b) {
    const double x = ((const imx_crossing *)a)->x, y = ((const imx_crossing *)b)->x;
    return (x > y) - (x < y);
}

imx_status imx_region_row(const imx_region *region, imx_memory *memory, imx_region_scan *scan, int64_t x, int64_t y,
                          int32_t n, imx_error *err, uint8_t *inside) {
    row r = {.y = (double)y + 0.5, .left = (double)x + 0.5, .right = (double)x + n - 0.5};
    if (cross(region, memory, scan, &r) != IMX_OK) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a row of an outline");
    }
    if (r.count > 1) {
        qsort(scan->crossings, r.count, sizeof *scan->crossings, by_x);
    }
    int32_t done = 0, winding = r.winding;
    for (size_t i = 0; i <= r.count; i++) {
        /* the first pixel whose centre is at or after the crossing */
        const int32_t next = i < r.count ? (int32_t)(ceil(scan->crossings[i].x - 0.5) - (double)x) : n;
        if (winding == 0) {
            memset(inside + done, 0, (size_t)(next - done));
        }
        done = next;
        winding += i < r.count ? scan->crossings[i].turn : 0;
    }
    return IMX_OK;
}
