/* engine/footprint.c: the outline of a scene in output space, and what it touches and covers.
 * How it is found is in footprint_outline.c (the border) and footprint_boxes.c (where there is no whole border). */
#include "engine/footprint.h"

#include <math.h>
#include <string.h>

#include "engine/footprint_inner.h"

void imx_footprint_clear(imx_memory *memory, imx_footprint *footprint) {
    for (size_t i = 0; i < footprint->ring_count; i++) {
        imx_free(memory, footprint->rings[i].xy);
    }
    memset(footprint, 0, sizeof *footprint);
}

imx_status imx_footprint_create(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                                const imx_space *space, imx_error *err, imx_footprint *out) {
    imx_footprint footprint = {0};
    bool found = false;
    imx_status status = imx_footprint_outline(memory, transform, asset, space, &footprint, &found);
    if (status == IMX_OK && !found) {
        status = imx_footprint_boxes(memory, transform, asset, space, &footprint);
    }
    if (status != IMX_OK) {
        imx_footprint_clear(memory, &footprint);
        return imx_fail(err, status, "out of memory");
    }
    imx_box all = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < footprint.ring_count; i++) {
        imx_box box = imx_ring_box(&footprint.rings[i]);
        all.min_x = fmin(all.min_x, box.min_x - footprint.margin_px);
        all.max_x = fmax(all.max_x, box.max_x + footprint.margin_px);
        all.min_y = fmin(all.min_y, box.min_y - footprint.margin_px);
        all.max_y = fmax(all.max_y, box.max_y + footprint.margin_px);
    }
    all.min_x = fmax(all.min_x, 0), all.max_x = fmin(all.max_x, space->width);
    all.min_y = fmax(all.min_y, 0), all.max_y = fmin(all.max_y, space->height);
    if (all.min_x < all.max_x && all.min_y < all.max_y) {
        footprint.box = all;
    } else { /* nothing of it in the space */
        imx_footprint_clear(memory, &footprint);
    }
    *out = footprint;
    return IMX_OK;
}

/* ---- queries: on the closed rectangle of the pixel centres that the box holds ---- */

static bool border_meets(const imx_ring *ring, const imx_box *r) {
    const double *a = ring->xy + 2 * (ring->count - 1);
    for (size_t i = 0; i < ring->count; i++) {
        const double *b = ring->xy + 2 * i;
        if (imx_segment_meets(a, b, r)) {
            return true;
        }
        a = b;
    }
    return false;
}

bool imx_footprint_touches(const imx_footprint *footprint, const imx_box *box) {
    imx_box r;
    const imx_box *all = &footprint->box;
    if (footprint->ring_count == 0 || !imx_box_centres(box, footprint->margin_px, &r) || r.max_x < all->min_x ||
        r.min_x > all->max_x || r.max_y < all->min_y || r.min_y > all->max_y) {
        return false;
    }
    for (size_t i = 0; i < footprint->ring_count; i++) {
        const imx_ring *ring = &footprint->rings[i];
        if (border_meets(ring, &r) || imx_ring_contains(ring, r.min_x, r.min_y)) {
            return true;
        }
    }
    return false;
}

static bool lies_in_a_ring(const imx_footprint *footprint, const imx_box *r) {
    for (size_t i = 0; i < footprint->ring_count; i++) {
        const imx_ring *ring = &footprint->rings[i];
        if (imx_ring_contains(ring, r->min_x, r->min_y) && !border_meets(ring, r)) {
            return true;
        }
    }
    return false;
}

bool imx_footprint_touches_throughout(const imx_footprint *footprint, const imx_box *box) {
    imx_box r;
    const imx_box *all = &footprint->box;
    return imx_box_centres(box, footprint->margin_px, &r) && r.min_x >= all->min_x && r.max_x <= all->max_x &&
           r.min_y >= all->min_y && r.max_y <= all->max_y && lies_in_a_ring(footprint, &r);
}

bool imx_footprint_covers(const imx_footprint *footprint, const imx_box *box) {
    imx_box r;
    return footprint->outline && imx_box_centres(box, footprint->margin_px, &r) && lies_in_a_ring(footprint, &r);
}
