/* kernels/warp_area_plane.h: what the area warps on planes share: samples of the types that floats hold, and results.
 * Private to kernels/; functions take the type as a constant that folds away. */
#ifndef IMX_KERNELS_WARP_AREA_PLANE_H
#define IMX_KERNELS_WARP_AREA_PLANE_H

#include "kernels/each_type.h"
#include "kernels/warp_area_inner.h"

#define IMX_AREA_LANES 8

/* Every sample of u8, u16, i16 and f32 is a float. */
IMX_GENERIC float imx_area_sample(imx_type type, const uint8_t *row, int32_t x) {
    switch (type) {
    case IMX_U8: return row[x];
    case IMX_U16: return ((const uint16_t *)(const void *)row)[x];
    case IMX_I16: return ((const int16_t *)(const void *)row)[x];
    default: return ((const float *)(const void *)row)[x];
    }
}

IMX_GENERIC void imx_area_put(imx_type type, void *dst, size_t i, float v) {
    switch (type) {
    case IMX_U8: ((uint8_t *)dst)[i] = (uint8_t)v; break;
    case IMX_U16: ((uint16_t *)dst)[i] = (uint16_t)v; break;
    case IMX_I16: ((int16_t *)dst)[i] = (int16_t)v; break;
    default: ((float *)dst)[i] = v; break;
    }
}

/* A result that may lie between or beyond the type's values. */
IMX_GENERIC float imx_area_rounded(imx_type type, double v) {
    if (type == IMX_F32) {
        return (float)v + 0.0F;
    }
    const double up = v + 0.5, lowest = imx_type_lowest(type), highest = imx_type_highest(type);
    if (up >= highest || up < lowest) {
        return (float)(up < lowest ? lowest : highest);
    }
    const int32_t whole = (int32_t)up; /* towards 0 */
    return (float)(whole - ((double)whole > up ? 1 : 0));
}

static inline const uint8_t *imx_area_row(const imx_warp_area_plane *job, int32_t y) {
    return (const uint8_t *)job->src + (ptrdiff_t)y * job->src_stride;
}
static inline const uint8_t *imx_area_valid_row(const imx_warp_area_plane *job, int32_t y) {
    return job->valid ? job->valid + (ptrdiff_t)y * job->valid_stride : NULL;
}

/* The weight of tap k on a plane, Q16. */
static inline int32_t imx_area_plane_weight(const imx_area_axis *a, int32_t k) {
    const int32_t w = imx_area_covered(a, k);
    return w > 1 ? w : 1;
}

typedef struct imx_area_mean { /* sums of all lanes */
    double v, s;
} imx_area_mean;

static inline double imx_area_add_lanes(const double lane[IMX_AREA_LANES]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Output pixel i from its sums. */
IMX_GENERIC void imx_area_put_mean(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t i,
                                   imx_area_mean mean) {
    const double v = method == IMX_AREA_RMS ? sqrt(mean.v / mean.s) : mean.v / mean.s;
    const bool valid = mean.s > 0 && v == v;
    job->dst_valid[i] = valid ? 255 : 0;
    imx_area_put(type, job->dst, i, valid ? imx_area_rounded(type, v) : 0);
}

static inline void imx_area_put_nothing(const imx_warp_area_plane *job, imx_type type, size_t i) {
    job->dst_valid[i] = 0;
    imx_area_put(type, job->dst, i, 0);
}

/* Places in mode's table: 2^k, twice as many as taps at least. */
static inline unsigned imx_area_table_log2(size_t taps) {
    unsigned log2 = 3;
    while ((size_t)1 << log2 < 2 * taps) {
        log2++;
    }
    return log2;
}

#define IMX_AREA_EACH_METHOD(X) X(AVERAGE) X(MODE) X(MIN) X(MAX) X(MED) X(Q1) X(Q3) X(RMS)

/* The f64 lane (warp_area_plane_f64.c). */
#define IMX_AREA_F64(method)                                                                                           \
    void imx_ref_part_##method##_f64(const imx_warp_area_plane *job, size_t first, size_t n);                          \
    void imx_ref_row_##method##_f64(const imx_warp_area_plane *job);
IMX_AREA_EACH_METHOD(IMX_AREA_F64)

/* Output pixels [first, first + n) by the reference. */
void imx_ref_area_plane(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t first, size_t n);

#endif
