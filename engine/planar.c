/* engine/planar.c: see the header. */
#include "engine/planar.h"

#include <math.h>

imx_box imx_ring_box(const imx_ring *ring) {
    imx_box box = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < ring->count; i++) {
        box.min_x = fmin(box.min_x, ring->xy[2 * i]);
        box.max_x = fmax(box.max_x, ring->xy[2 * i]);
        box.min_y = fmin(box.min_y, ring->xy[2 * i + 1]);
        box.max_y = fmax(box.max_y, ring->xy[2 * i + 1]);
    }
    return box;
}

bool imx_box_centres(const imx_box *box, double grow, imx_box *out) {
    out->min_x = ceil(box->min_x - 0.5) + 0.5;
    out->min_y = ceil(box->min_y - 0.5) + 0.5;
    out->max_x = ceil(box->max_x - 0.5) - 0.5;
    out->max_y = ceil(box->max_y - 0.5) - 0.5;
    if (out->min_x > out->max_x || out->min_y > out->max_y) {
        return false;
    }
    out->min_x -= grow, out->min_y -= grow;
    out->max_x += grow, out->max_y += grow;
    return true;
}

/* About its first corner, for the digits. */
double imx_twice_area(const double *xy, size_t count) {
    double area = 0;
    for (size_t i = 1; i + 1 < count; i++) {
        area += (xy[2 * i] - xy[0]) * (xy[2 * i + 3] - xy[1]) - (xy[2 * i + 2] - xy[0]) * (xy[2 * i + 1] - xy[1]);
    }
    return area;
}

bool imx_ring_contains(const imx_ring *ring, double x, double y) {
    bool inside = false;
    const double *a = ring->xy + 2 * (ring->count - 1);
    for (size_t i = 0; i < ring->count; i++) {
        const double *b = ring->xy + 2 * i;
        if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])) {
            inside = !inside;
        }
        a = b;
    }
    return inside;
}

/* Separating axes of a segment and a rectangle: x, y and the segment's normal. */
bool imx_segment_meets(const double a[2], const double b[2], const imx_box *r) {
    if (fmax(a[0], b[0]) < r->min_x || fmin(a[0], b[0]) > r->max_x || fmax(a[1], b[1]) < r->min_y ||
        fmin(a[1], b[1]) > r->max_y) {
        return false;
    }
    double nx = a[1] - b[1], ny = b[0] - a[0];
    double mid = nx * ((r->min_x + r->max_x) / 2 - a[0]) + ny * ((r->min_y + r->max_y) / 2 - a[1]);
    double reach = fabs(nx) * (r->max_x - r->min_x) / 2 + fabs(ny) * (r->max_y - r->min_y) / 2;
    return fabs(mid) <= reach;
}
