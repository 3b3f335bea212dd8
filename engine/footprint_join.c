/* engine/footprint_join.c: one footprint of two that are nearly the same. */
#include <math.h>
#include <string.h>

#include "engine/footprint.h"

static double box_area(const imx_box *box) { return (box->max_x - box->min_x) * (box->max_y - box->min_y); }

static double distance_to_segment(const double a[2], const double b[2], double x, double y) {
    const double dx = b[0] - a[0], dy = b[1] - a[1], length2 = dx * dx + dy * dy;
    const double along = length2 > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length2 : 0;
    const double t = fmax(0, fmin(1, along));
    return hypot(x - (a[0] + t * dx), y - (a[1] + t * dy));
}

/* How far a point lies outside of all rings, px. */
static double outside(const imx_footprint *footprint, double x, double y) {
    double nearest = HUGE_VAL;
    for (size_t r = 0; r < footprint->ring_count; r++) {
        const imx_ring *ring = &footprint->rings[r];
        if (imx_ring_contains(ring, x, y)) {
            return 0;
        }
        const double *a = ring->xy + 2 * (ring->count - 1);
        for (size_t i = 0; i < ring->count; i++) {
            const double *b = ring->xy + 2 * i;
            nearest = fmin(nearest, distance_to_segment(a, b, x, y));
            a = b;
        }
    }
    return nearest;
}

/* Of the corners, and of the middles between them. */
static double farthest(const imx_footprint *footprint, const imx_footprint *other) {
    double far = 0;
    for (size_t r = 0; r < other->ring_count; r++) {
        const imx_ring *ring = &other->rings[r];
        const double *a = ring->xy + 2 * (ring->count - 1);
        for (size_t i = 0; i < ring->count; i++) {
            const double *b = ring->xy + 2 * i;
            far = fmax(far, outside(footprint, b[0], b[1]));
            far = fmax(far, outside(footprint, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2));
            a = b;
        }
    }
    return far;
}

void imx_footprint_join(imx_memory *memory, imx_footprint *footprint, imx_footprint *other) {
    if (box_area(&other->box) > box_area(&footprint->box)) {
        const imx_footprint larger = *other;
        *other = *footprint;
        *footprint = larger;
    }
    if (other->ring_count) {
        const imx_box *a = &footprint->box, *b = &other->box;
        footprint->margin_px = fmax(footprint->margin_px, farthest(footprint, other) + other->margin_px);
        footprint->outline = footprint->outline && other->outline;
        footprint->box = (imx_box){fmin(a->min_x, b->min_x), fmin(a->min_y, b->min_y), fmax(a->max_x, b->max_x),
                                   fmax(a->max_y, b->max_y)};
    }
    imx_footprint_clear(memory, other);
}
