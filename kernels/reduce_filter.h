/* kernels/reduce_filter.h: the weights of the filters that reduce by two. Private to kernels/. */
#ifndef IMX_KERNELS_REDUCE_FILTER_H
#define IMX_KERNELS_REDUCE_FILTER_H

#include <stdint.h>

enum { IMX_REDUCE_TAPS_MAX = 12 };

typedef struct imx_reduce_taps {
    int n; /* taps along an axis: 4, 8, 12; the halo is n/2 - 1 px */
    int16_t q14[IMX_REDUCE_TAPS_MAX];
} imx_reduce_taps;

static const imx_reduce_taps imx_reduce_bilinear = {4, {2048, 6144, 6144, 2048}};
static const imx_reduce_taps imx_reduce_cubic = {8, {-192, -576, 1856, 7104, 7104, 1856, -576, -192}};
static const imx_reduce_taps imx_reduce_lanczos = {
    12, {60, 247, -557, -1092, 2220, 7314, 7314, 2220, -1092, -557, 247, 60}};

#endif
