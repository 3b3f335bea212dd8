/* kernels/warp_minify.h: the taps of a widened kernel along one axis, and their weights. */
#ifndef IMX_KERNELS_WARP_MINIFY_H
#define IMX_KERNELS_WARP_MINIFY_H

#include "kernels/warp_taps.h"

typedef struct imx_warp_axis {
    int64_t shrink_q16;
    int32_t first, count; /* taps inside the window */
    int32_t pos_q16;
} imx_warp_axis;

/* The taps k with |k + 0.5 - pos| * shrink < support, cut to 0..size-1. At least one: the pixel that contains pos. */
static inline imx_warp_axis imx_warp_axis_of(int32_t pos_q16, uint32_t shrink_q16, int32_t size,
                                             imx_warp_kernel kernel) {
    imx_warp_axis a = {.shrink_q16 = shrink_q16, .pos_q16 = pos_q16};
    if (a.shrink_q16 < IMX_WARP_SHRINK_MIN_Q16) {
        a.shrink_q16 = IMX_WARP_SHRINK_MIN_Q16;
    }
    if (a.shrink_q16 > IMX_Q16_ONE) {
        a.shrink_q16 = IMX_Q16_ONE;
    }
    const int64_t reach_q16 =
        (((int64_t)imx_warp_support(kernel) << 32) - 1) / a.shrink_q16; /* the largest |d| with weight */
    const int64_t u_q16 = (int64_t)pos_q16 - IMX_Q16_ONE / 2;
    int64_t first = (u_q16 - reach_q16 + IMX_Q16_ONE - 1) >> 16, last = (u_q16 + reach_q16) >> 16;
    first = first < 0 ? 0 : first;
    last = last >= size ? size - 1 : last;
    a.first = (int32_t)first;
    a.count = (int32_t)(last - first + 1);
    return a;
}

/* Q14 weight of the axis' tap k. */
static inline int16_t imx_warp_axis_weight(const imx_warp_axis *a, int32_t k, imx_warp_kernel kernel) {
    int64_t d_q16 = ((int64_t)k << 16) + IMX_Q16_ONE / 2 - a->pos_q16;
    d_q16 = d_q16 < 0 ? -d_q16 : d_q16;
    const int64_t step = (d_q16 * a->shrink_q16 + (1 << 23)) >> 24; /* 0..256 * support */
    if (kernel == IMX_WARP_TRIANGLE) {
        return (int16_t)(64 * (IMX_WARP_PHASES - step));
    }
    if (kernel != IMX_WARP_KEYS) {
        return imx_warp_value_q14(kernel, step * (IMX_Q16_ONE / IMX_WARP_PHASES));
    }
    return step <= IMX_WARP_PHASES ? imx_cubic_q14[step][1] : imx_cubic_q14[step - IMX_WARP_PHASES][0];
}

#endif
