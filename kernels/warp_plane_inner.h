/* kernels/warp_plane_inner.h: what the reference and the variants of the planar warp share. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_PLANE_INNER_H
#define IMX_KERNELS_WARP_PLANE_INNER_H

#include <stdbool.h>
#include <string.h>

#include "kernels/warp_taps.h"

/* The types that are warped in floats: X(name, C type, imx_type, lowest, highest); f32 does not saturate. */
#define IMX_PLANE_EACH_IN_F32(X)                                                                                       \
    X(u8, uint8_t, IMX_U8, 0.0f, 255.0f)                                                                               \
    X(u16, uint16_t, IMX_U16, 0.0f, 65535.0f)                                                                          \
    X(i16, int16_t, IMX_I16, -32768.0f, 32767.0f)                                                                      \
    X(f32, float, IMX_F32, 0.0f, 0.0f)

/* Lanczos' filter is (1 - z)(4 - z)(9 - z)^2 g(z) / 324 with z = t^2; g is smooth, and this its polynomial of degree 7
 * (Chebyshev fit over 0..9, weighted by the factors before it): within 3e-7, and exactly 0 where t is 1, 2 or 3. */
#define IMX_PLANE_LANCZOS_TERMS 8
#define IMX_PLANE_LANCZOS                                                                                              \
    {                                                                                                                  \
        0x1p0f, -3.55480265e-01f, 5.89288586e-02f, -6.09101654e-03f, 4.39854291e-04f, -2.29689291e-05f,                \
            8.13001681e-07f, -1.46844309e-08f                                                                          \
    }

/* f64: the Taylor series of sin(x) / x in x squared, for |x| <= pi/2. */
#define IMX_PLANE_PI 0x1.921fb54442d18p+1
#define IMX_PLANE_PI_SQUARED 0x1.3bd3cc9be45dep+3
#define IMX_PLANE_SINE                                                                                                 \
    {                                                                                                                  \
        1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000,  \
            1.0 / 355687428096000, -1.0 / 121645100408832000, 1.0 / 51090942171709440000.0                             \
    }

/* The weight left below which filters with negative lobes are not trusted. */
#define IMX_PLANE_WEIGHT_MIN 0.125f

static inline uint32_t imx_plane_shrink(uint32_t shrink_q16) {
    return shrink_q16 < IMX_WARP_SHRINK_MIN_Q16 ? IMX_WARP_SHRINK_MIN_Q16
           : shrink_q16 > IMX_Q16_ONE           ? IMX_Q16_ONE
                                                : shrink_q16;
}

/* h of the contract. */
static inline int32_t imx_plane_half(imx_warp_kernel filter, uint32_t shrink_q16) {
    const uint32_t support_q16 = (uint32_t)imx_warp_support(filter) << 16;
    return (int32_t)((support_q16 + shrink_q16 - 1) / shrink_q16);
}

static inline bool imx_plane_negative_lobes(imx_warp_kernel filter) {
    return filter == IMX_WARP_KEYS || filter == IMX_WARP_LANCZOS;
}

static inline bool imx_plane_inside(const imx_warp_plane *job, int32_t x_q16, int32_t y_q16) {
    return x_q16 >= 0 && y_q16 >= 0 && x_q16 >> 16 < job->src_w && y_q16 >> 16 < job->src_h;
}

static inline bool imx_plane_is_valid(const imx_warp_plane *job, int32_t x, int32_t y) {
    return !job->valid || job->valid[(ptrdiff_t)y * job->valid_stride + x];
}

/* The f64 lane (warp_plane_f64.c, warp_plane_f64_avx2.c). */
void imx_ref_nearest_f64(const imx_warp_plane *job);
void imx_ref_bilinear_f64(const imx_warp_plane *job);
void imx_ref_cubic_f64(const imx_warp_plane *job);
void imx_ref_cubicspline_f64(const imx_warp_plane *job);
void imx_ref_lanczos_f64(const imx_warp_plane *job);
void imx_avx2_bilinear_f64(const imx_warp_plane *job);
void imx_avx2_cubic_f64(const imx_warp_plane *job);
void imx_avx2_cubicspline_f64(const imx_warp_plane *job);
void imx_avx2_lanczos_f64(const imx_warp_plane *job);

/* Output pixels first .. first + n - 1 of a job. */
static inline imx_warp_plane imx_plane_part(const imx_warp_plane *job, size_t first, size_t n, size_t sample_bytes) {
    imx_warp_plane part = *job;
    part.x_q16 += first;
    part.y_q16 += first;
    part.shrink_x_q16 = job->shrink_x_q16 ? job->shrink_x_q16 + first : NULL;
    part.shrink_y_q16 = job->shrink_y_q16 ? job->shrink_y_q16 + first : NULL;
    part.dst = (uint8_t *)job->dst + first * sample_bytes;
    part.dst_valid += first;
    part.n = n;
    return part;
}

#endif
