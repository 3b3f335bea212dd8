/* kernels/warp_area_axis.h: what the area warps share: the taps of a box along one axis and their weights. */
#ifndef IMX_KERNELS_WARP_AREA_AXIS_H
#define IMX_KERNELS_WARP_AREA_AXIS_H

#include "kernels/warp_taps.h"

enum { IMX_AREA_WEIGHT_ONE = 256 };

typedef struct imx_area_axis {
    int32_t lo_q16, hi_q16; /* the box, cut at the window's edges */
    int32_t first, count;   /* its taps, 1 at least */
} imx_area_axis;

/* false: nothing of it in the window. */
static inline bool imx_area_axis_of(int32_t lo_q16, int32_t hi_q16, int32_t size, imx_area_axis *out) {
    const int32_t end_q16 = size * IMX_Q16_ONE;
    if (lo_q16 > hi_q16 || lo_q16 >= end_q16 || hi_q16 < 0 || (hi_q16 == 0 && lo_q16 < 0)) {
        return false;
    }
    out->lo_q16 = lo_q16 < 0 ? 0 : lo_q16;
    out->hi_q16 = hi_q16 > end_q16 ? end_q16 : hi_q16;
    out->first = out->lo_q16 >> 16;
    out->count = out->hi_q16 > out->lo_q16 ? ((out->hi_q16 - 1) >> 16) - out->first + 1 : 1;
    return true;
}

/* What the box covers of its tap k (counted from the window's edge), Q16. */
static inline int32_t imx_area_covered(const imx_area_axis *a, int32_t k) {
    const int32_t lo = a->lo_q16 > k * IMX_Q16_ONE ? a->lo_q16 : k * IMX_Q16_ONE;
    const int32_t hi = a->hi_q16 < (k + 1) * IMX_Q16_ONE ? a->hi_q16 : (k + 1) * IMX_Q16_ONE;
    return hi - lo;
}

static inline int32_t imx_area_coverage(const imx_area_axis *a, int32_t k) {
    const int32_t w = (imx_area_covered(a, k) + 128) >> 8;
    return w > 1 ? w : 1;
}

/* f of an axis of one (0) or two taps. */
static inline int32_t imx_area_phase(const imx_area_axis *a) {
    if (a->count < 2) {
        return 0;
    }
    const float second = (float)(a->hi_q16 - (a->first + 1) * IMX_Q16_ONE), all = (float)(a->hi_q16 - a->lo_q16);
    const int32_t f = (int32_t)(256.0F * second / all + 0.5F);
    return f < 255 ? f : 255;
}

/* The weight of tap k of a mean. */
static inline int32_t imx_area_weight(const imx_area_axis *a, int32_t k) {
    if (a->count <= 2) {
        const int32_t f = imx_area_phase(a);
        return k == a->first ? IMX_AREA_WEIGHT_ONE - f : f;
    }
    return imx_area_coverage(a, k);
}

/* The sum of all weights. */
static inline int64_t imx_area_weights(const imx_area_axis *a) {
    if (a->count <= 2) {
        return IMX_AREA_WEIGHT_ONE;
    }
    const int32_t last = a->first + a->count - 1;
    return imx_area_coverage(a, a->first) + imx_area_coverage(a, last) + (int64_t)(a->count - 2) * IMX_AREA_WEIGHT_ONE;
}

/* The position (centre of the bilinear taps) at which the bilinear warp has these taps and phase. */
static inline int32_t imx_area_bilinear_q16(const imx_area_axis *a) {
    return a->first * IMX_Q16_ONE + IMX_Q16_ONE / 2 + imx_area_phase(a) * 256;
}

/* Where among n values in ascending order the quantile is: ceil(quarters / 4 * n) - 1. */
static inline int64_t imx_area_rank(int64_t n, int quarters) { return (quarters * n + 3) / 4 - 1; }

/* The box of output pixel i. false: nothing. */
static inline bool imx_area_box(const imx_area_boxes *boxes, size_t i, int32_t src_w, int32_t src_h, imx_area_axis *x,
                                imx_area_axis *y) {
    return boxes->x0_q16[i] != IMX_WARP_INVALID && imx_area_axis_of(boxes->x0_q16[i], boxes->x1_q16[i], src_w, x) &&
           imx_area_axis_of(boxes->y0_q16[i], boxes->y1_q16[i], src_h, y);
}

#endif
