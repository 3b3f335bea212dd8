/* kernels/warp_plane.c: reference of the planar warp in floats, for four of its types. */
#include "kernels/warp_plane_inner.h"

#include "kernels/each_type.h"
#include "kernels/reference.h"

typedef float real;

static inline float not_negative(float v) { return v > 0 ? v : 0; }

/* The filter at distance t >= 0. */
IMX_GENERIC float value_at(imx_warp_kernel filter, float t) {
    static const float g[IMX_PLANE_LANCZOS_TERMS] = IMX_PLANE_LANCZOS;
    if (filter == IMX_WARP_TRIANGLE) {
        return not_negative(1 - t);
    }
    if (filter == IMX_WARP_KEYS) { /* both polynomials in factors: exactly 0 at 1 and 2 */
        const float to_one = 1 - t, to_two = not_negative(2 - t);
        return to_one * (t < 1 ? 1 + t * (1 - 1.5f * t) : 0.5f * (to_two * to_two));
    }
    if (filter == IMX_WARP_BSPLINE) {
        const float to_one = not_negative(1 - t), to_two = not_negative(2 - t);
        return (to_two * to_two * to_two - 4 * (to_one * to_one * to_one)) * (1 / 6.0f);
    }
    if (!(t < 3)) {
        return 0;
    }
    const float z = t * t, to_nine = 9 - z;
    float sum = g[IMX_PLANE_LANCZOS_TERMS - 1];
    for (int k = IMX_PLANE_LANCZOS_TERMS - 2; k >= 0; k--) {
        sum = sum * z + g[k];
    }
    return (1 - z) * (4 - z) * (to_nine * to_nine) * sum * (1 / 324.0f);
}

IMX_GENERIC float sample_at(const imx_warp_plane *job, imx_type type, int32_t x, int32_t y) {
    const uint8_t *row = (const uint8_t *)job->src + (ptrdiff_t)y * job->src_stride;
    switch (type) {
    case IMX_U8: return row[x];
    case IMX_U16: return ((const uint16_t *)(const void *)row)[x];
    case IMX_I16: return ((const int16_t *)(const void *)row)[x];
    default: return ((const float *)(const void *)row)[x];
    }
}

IMX_GENERIC void store(const imx_warp_plane *job, imx_type type, float lowest, float highest, size_t i, float v) {
    if (type == IMX_F32) {
        const bool valid = v == v;
        ((float *)job->dst)[i] = valid ? v : 0;
        job->dst_valid[i] = valid ? 255 : 0;
        return;
    }
    v = v < lowest ? lowest : v > highest ? highest : v;
    const int32_t rounded = (int32_t)(v - lowest + 0.5f) + (int32_t)lowest;
    switch (type) {
    case IMX_U8: ((uint8_t *)job->dst)[i] = (uint8_t)rounded; break;
    case IMX_U16: ((uint16_t *)job->dst)[i] = (uint16_t)rounded; break;
    default: ((int16_t *)job->dst)[i] = (int16_t)rounded; break;
    }
    job->dst_valid[i] = 255;
}

#include "kernels/warp_plane_text.inc"

#define KERNELS(name, c_type, type, lowest, highest)                                                                   \
    static void nearest_##name(const imx_warp_plane *job) { nearest(job, type, lowest, highest, sizeof(c_type)); }     \
    static void bilinear_##name(const imx_warp_plane *job) {                                                           \
        warp(job, IMX_WARP_TRIANGLE, type, lowest, highest, sizeof(c_type));                                           \
    }                                                                                                                  \
    static void cubic_##name(const imx_warp_plane *job) {                                                              \
        warp(job, IMX_WARP_KEYS, type, lowest, highest, sizeof(c_type));                                               \
    }                                                                                                                  \
    static void cubicspline_##name(const imx_warp_plane *job) {                                                        \
        warp(job, IMX_WARP_BSPLINE, type, lowest, highest, sizeof(c_type));                                            \
    }                                                                                                                  \
    static void lanczos_##name(const imx_warp_plane *job) {                                                            \
        warp(job, IMX_WARP_LANCZOS, type, lowest, highest, sizeof(c_type));                                            \
    }
IMX_PLANE_EACH_IN_F32(KERNELS)

#define BY_TYPE(method)                                                                                                \
    { method##_u8, method##_u16, method##_i16, method##_f32, imx_ref_##method##_f64 }
const imx_warp_plane_kernels imx_ref_warp_plane = {
    .fn = {BY_TYPE(nearest), BY_TYPE(bilinear), BY_TYPE(cubic), BY_TYPE(cubicspline), BY_TYPE(lanczos)}};
