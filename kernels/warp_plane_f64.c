/* kernels/warp_plane_f64.c: reference of the planar warp in doubles, for f64 (and what only f64 holds). */
#include "kernels/warp_plane_inner.h"

#include "kernels/each_type.h"

typedef double real;

static inline double not_negative(double v) { return v > 0 ? v : 0; }

/* sin(pi t), t >= 0: exactly 0 at whole numbers, else within 2 ULP or so. By Taylor's series in what lies within 1/2 of
 * one, since libm's sine need not be the same on every CPU. */
static double sin_pi(double t) {
    static const double series[] = IMX_PLANE_SINE;
    const int whole = (int)(t + 0.5);
    const double x = (t - whole) * IMX_PLANE_PI, z = x * x;
    double sum = 0;
    for (size_t k = sizeof series / sizeof *series; k-- > 0;) {
        sum = sum * z + series[k];
    }
    return whole & 1 ? -(x * sum) : x * sum;
}

/* The filter at distance t >= 0. */
IMX_GENERIC double value_at(imx_warp_kernel filter, double t) {
    if (filter == IMX_WARP_TRIANGLE) {
        return not_negative(1 - t);
    }
    if (filter == IMX_WARP_KEYS) {
        const double to_one = 1 - t, to_two = not_negative(2 - t);
        return to_one * (t < 1 ? 1 + t * (1 - 1.5 * t) : 0.5 * (to_two * to_two));
    }
    if (filter == IMX_WARP_BSPLINE) {
        const double to_one = not_negative(1 - t), to_two = not_negative(2 - t);
        return (to_two * to_two * to_two - 4 * (to_one * to_one * to_one)) * (1 / 6.0);
    }
    if (!(t > 0)) {
        return 1;
    }
    return t < 3 ? sin_pi(t) * sin_pi(t / 3) * 3 / (IMX_PLANE_PI_SQUARED * t * t) : 0;
}

IMX_GENERIC double sample_at(const imx_warp_plane *job, imx_type type, int32_t x, int32_t y) {
    const uint8_t *row = (const uint8_t *)job->src + (ptrdiff_t)y * job->src_stride;
    (void)type;
    return ((const double *)(const void *)row)[x];
}

IMX_GENERIC void store(const imx_warp_plane *job, imx_type type, double lowest, double highest, size_t i, double v) {
    const bool valid = v == v;
    (void)type;
    (void)lowest;
    (void)highest;
    ((double *)job->dst)[i] = valid ? v : 0;
    job->dst_valid[i] = valid ? 255 : 0;
}

#include "kernels/warp_plane_text.inc"

#define KERNEL(method, filter)                                                                                         \
    void imx_ref_##method##_f64(const imx_warp_plane *job) { warp(job, filter, IMX_F64, 0, 0, sizeof(double)); }
KERNEL(bilinear, IMX_WARP_TRIANGLE)
KERNEL(cubic, IMX_WARP_KEYS)
KERNEL(cubicspline, IMX_WARP_BSPLINE)
KERNEL(lanczos, IMX_WARP_LANCZOS)
void imx_ref_nearest_f64(const imx_warp_plane *job) { nearest(job, IMX_F64, 0, 0, sizeof(double)); }
