/* tests/kernels/area_boxes.h: random boxes for the tests of the area warps. */
#ifndef IMX_TESTS_KERNELS_AREA_BOXES_H
#define IMX_TESTS_KERNELS_AREA_BOXES_H

#include "tests/kernels/harness.h"

static const char *const method_names[IMX_AREA_METHODS] = {"average", "mode", "min", "max", "med", "q1", "q3", "rms"};

/* The lower edge of a box along an axis of `size` pixels. */
static inline int32_t edge(rng *r, int32_t size) {
    switch (rng_below(r, 8)) {
    case 0: return rng_between(r, INT32_MIN, INT32_MAX);
    case 1: return rng_between(r, -4 * 65536, 4 * 65536);
    case 2: return rng_between(r, -1, size) * (size < 32767 ? 65536 : 65535) + rng_between(r, -3, 3);
    case 3: return IMX_WARP_INVALID;
    default: return rng_between(r, 0, size * 65536);
    }
}

/* Boxes of about `side` pixels: like a row's, which touch each other, or scattered. */
static inline void fill_boxes(rng *r, int32_t size, double side, size_t n, int32_t *lo, int32_t *hi) {
    const int32_t side_q16 = (int32_t)(side * 65536);
    const bool row = rng_below(r, 2);
    int64_t at = rng_between(r, -side_q16, size * 65536);
    for (size_t i = 0; i < n; i++) {
        int64_t low = row ? at : edge(r, size), high = low + side_q16 + (int64_t)rng_below(r, 4) * (row ? 0 : 30000);
        if (!row && rng_below(r, 20) == 0) {
            high = low - (int64_t)rng_below(r, 2); /* without width, or turned around */
        }
        lo[i] = (int32_t)low;
        hi[i] = high > INT32_MAX ? INT32_MAX : (int32_t)high;
        at = row && at + side_q16 < size * (int64_t)65536 ? at + side_q16 : rng_between(r, 0, size * 65536);
    }
}

static inline double side_of(rng *r) {
    static const double sides[] = {0, 1.0 / 65536, 0.01, 0.4, 0.9, 1, 1.3, 1.9, 2, 2.6, 3, 4.5, 8, 9.2, 17.3};
    return sides[rng_below(r, sizeof sides / sizeof sides[0])];
}

#endif
