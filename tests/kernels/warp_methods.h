/* tests/kernels/warp_methods.h: the methods of the rgba8 warp, and their filters in double precision. */
#ifndef IMX_TESTS_KERNELS_WARP_METHODS_H
#define IMX_TESTS_KERNELS_WARP_METHODS_H

#include <math.h>

#include "kernels/warp_taps.h"
#include "tests/kernels/harness.h"

typedef enum method { NEAREST, BILINEAR, CUBIC, CUBICSPLINE, LANCZOS, METHODS } method;
static const imx_warp_kernel filters[METHODS] = {IMX_WARP_NONE, IMX_WARP_TRIANGLE, IMX_WARP_KEYS, IMX_WARP_BSPLINE,
                                                 IMX_WARP_LANCZOS};

static inline double triangle(double d) { return fmax(0, 1 - fabs(d)); }
static inline double keys(double d) {
    d = fabs(d);
    return d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

static inline double bspline(double d) {
    d = fabs(d);
    return d < 1 ? ((3 * d - 6) * d * d + 4) / 6 : d < 2 ? (2 - d) * (2 - d) * (2 - d) / 6 : 0;
}
static inline double sinc(double d) { return d == 0 ? 1 : sin(acos(-1) * d) / (acos(-1) * d); }
static inline double lanczos(double d) { return fabs(d) < 3 ? sinc(d) * sinc(d / 3) : 0; }
static double (*const exact_filters[METHODS])(double) = {NULL, triangle, keys, bspline, lanczos};

/* By tables of these steps. */
static inline imx_warp_taps taps_create(method m, int32_t q8, int16_t **q14) {
    *q14 = malloc(imx_warp_taps_bytes(filters[m], q8));
    assert_non_null(*q14);
    return imx_warp_taps_fill(filters[m], q8, *q14);
}

#endif
