/* kernels/reduce_filter.h: what the filters that reduce by two share: weights, and what planes do without them. Private
 * to kernels/. */
#ifndef IMX_KERNELS_REDUCE_FILTER_H
#define IMX_KERNELS_REDUCE_FILTER_H

#include "kernels/kernels.h"

enum { IMX_REDUCE_TAPS_MAX = 12 };

typedef struct imx_reduce_taps {
    int n; /* taps along an axis: 4, 8, 12; the halo is n/2 - 1 px */
    int16_t q14[IMX_REDUCE_TAPS_MAX];
} imx_reduce_taps;

static const imx_reduce_taps imx_reduce_bilinear = {4, {2048, 6144, 6144, 2048}};
static const imx_reduce_taps imx_reduce_cubic = {8, {-192, -576, 1856, 7104, 7104, 1856, -576, -192}};
static const imx_reduce_taps imx_reduce_lanczos = {
    12, {60, 247, -557, -1092, 2220, 7314, 7314, 2220, -1092, -557, 247, 60}};

/* Planes: the least weight of valid taps that is trusted, of 2^28; where it is less, the average. */
static inline double imx_reduce_least_weight(imx_reduce_method method) {
    return method == IMX_REDUCE_BILINEAR ? 1 : 1 << 26;
}

/* Planes: X(method, METHOD, name, imx_type) for each filter and each type that there is one for. */
#define IMX_REDUCE_FILTERS_OF(X, name, type)                                                                           \
    X(bilinear, BILINEAR, name, type) X(cubic, CUBIC, name, type) X(lanczos, LANCZOS, name, type)
#define IMX_REDUCE_EACH_PLANE_FILTER(X)                                                                                \
    IMX_REDUCE_FILTERS_OF(X, u8, IMX_U8)                                                                               \
    IMX_REDUCE_FILTERS_OF(X, u16, IMX_U16)                                                                             \
    IMX_REDUCE_FILTERS_OF(X, i16, IMX_I16)                                                                             \
    IMX_REDUCE_FILTERS_OF(X, f32, IMX_F32)                                                                             \
    IMX_REDUCE_FILTERS_OF(X, f64, IMX_F64)
#define IMX_REDUCE_INSTALL_PLANE_FILTER(method, METHOD, name, type)                                                    \
    table->plane[IMX_REDUCE_##METHOD][type] = method##_##name;

/* Quad (x, y) of a job by that type's reference of the average. */
void imx_reduce_quad_average(const imx_reduce_plane *job, imx_type type, imx_reduce_plane_fn average, size_t x,
                             size_t y);

#endif
