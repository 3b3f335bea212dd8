/* kernels/warp_plane.c: reference of the planar warp, one text for its four types. */
#include "kernels/warp_plane_inner.h"

#include "kernels/each_type.h"
#include "kernels/reference.h"

enum { HALF_MAX = IMX_WARP_SUPPORT_MAX * (IMX_Q16_ONE / IMX_WARP_SHRINK_MIN_Q16) };

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

/* One axis of one output pixel: its taps inside the window. */
typedef struct axis {
    int32_t first, count;
    int32_t first_q16; /* of the first tap, relative to the position */
    float scale;       /* Q16 distances to the filter's argument */
    bool whole;        /* no tap is outside */
} axis;

static inline axis axis_of(imx_warp_kernel filter, int32_t pos_q16, uint32_t shrink_q16, int32_t size) {
    const int32_t half = imx_plane_half(filter, shrink_q16), u_q16 = pos_q16 - IMX_Q16_ONE / 2;
    const int32_t first = (u_q16 >> 16) + 1 - half, end = first + 2 * half;
    axis a = {.scale = (float)shrink_q16 * 0x1p-32f, .whole = first >= 0 && end <= size};
    a.first = first < 0 ? 0 : first;
    a.count = (end < size ? end : size) - a.first;
    a.first_q16 = (a.first - (u_q16 >> 16)) * IMX_Q16_ONE - (u_q16 & (IMX_Q16_ONE - 1));
    return a;
}

IMX_GENERIC float weight_at(imx_warp_kernel filter, const axis *a, int32_t k) {
    const int32_t d_q16 = a->first_q16 + k * IMX_Q16_ONE;
    return value_at(filter, (float)(d_q16 < 0 ? -d_q16 : d_q16) * a->scale);
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

IMX_GENERIC void store_nothing(const imx_warp_plane *job, size_t sample_bytes, size_t i) {
    memset((uint8_t *)job->dst + i * sample_bytes, 0, sample_bytes);
    job->dst_valid[i] = 0;
}

/* What a pixel's taps come to. */
typedef struct sums {
    float value, weight; /* of the valid taps */
    float x_weight;      /* of all columns */
    bool missing;        /* a tap with weight is invalid */
} sums;

IMX_GENERIC sums sum_taps(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, const axis *x,
                          const axis *y, const float *wy, float base) {
    sums all = {0, 0, 0, false};
    for (int32_t i = 0; i < x->count; i++) {
        const float wx = weight_at(filter, x, i);
        all.x_weight += wx;
        if (wx == 0) {
            continue;
        }
        float value = 0, weight = 0;
        bool missing = false;
        for (int32_t j = 0; j < y->count; j++) {
            const float p = sample_at(job, type, x->first + i, y->first + j);
            if (wy[j] == 0) {
                continue; /* not even an infinity counts */
            }
            if (imx_plane_is_valid(job, x->first + i, y->first + j) && p == p) {
                value += wy[j] * (type == IMX_F32 ? p - base : p);
                weight += wy[j];
            } else {
                missing = true;
            }
        }
        all.value += wx * value;
        all.weight += wx * weight;
        all.missing |= missing;
    }
    return all;
}

/* Output pixel i, inside the window. false: cubic, not minified, and a tap is missing. wy: room for 2 HALF_MAX. */
IMX_GENERIC bool filtered(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, float lowest, float highest,
                          size_t sample_bytes, size_t i, float *wy) {
    const int32_t x_q16 = job->x_q16[i], y_q16 = job->y_q16[i];
    const uint32_t shrink_x = job->shrink_x_q16 ? imx_plane_shrink(job->shrink_x_q16[i]) : IMX_Q16_ONE;
    const uint32_t shrink_y = job->shrink_x_q16 ? imx_plane_shrink(job->shrink_y_q16[i]) : IMX_Q16_ONE;
    const axis x = axis_of(filter, x_q16, shrink_x, job->src_w), y = axis_of(filter, y_q16, shrink_y, job->src_h);
    const bool plain_cubic = filter == IMX_WARP_KEYS && shrink_x == IMX_Q16_ONE && shrink_y == IMX_Q16_ONE;
    if (plain_cubic && !(x.whole && y.whole)) {
        return false;
    }
    const float centre = sample_at(job, type, x_q16 >> 16, y_q16 >> 16);
    const bool has_centre = imx_plane_is_valid(job, x_q16 >> 16, y_q16 >> 16) && centre == centre;
    if (imx_warp_needs_centre(filter) && !has_centre) {
        store_nothing(job, sample_bytes, i);
        return true;
    }
    float y_weight = 0;
    for (int32_t k = 0; k < y.count; k++) {
        wy[k] = weight_at(filter, &y, k);
        y_weight += wy[k];
    }
    const float base = type == IMX_F32 && has_centre ? centre : 0;
    const sums all = sum_taps(job, filter, type, &x, &y, wy, base);
    const float whole_weight = all.x_weight * y_weight, weight = all.missing ? all.weight : whole_weight;
    if (all.missing && plain_cubic) {
        return false;
    }
    const bool weak = imx_plane_negative_lobes(filter) && !(weight >= IMX_PLANE_WEIGHT_MIN * whole_weight);
    if (weak ? !has_centre : !(weight > 0)) {
        store_nothing(job, sample_bytes, i);
    } else {
        const float value = all.value / weight;
        store(job, type, lowest, highest, i, weak ? centre : type == IMX_F32 ? base + value : value);
    }
    return true;
}

IMX_GENERIC void nearest(const imx_warp_plane *job, imx_type type, float lowest, float highest, size_t sample_bytes) {
    for (size_t i = 0; i < job->n; i++) {
        const int32_t x = job->x_q16[i] >> 16, y = job->y_q16[i] >> 16;
        if (imx_plane_inside(job, job->x_q16[i], job->y_q16[i]) && imx_plane_is_valid(job, x, y)) {
            store(job, type, lowest, highest, i, sample_at(job, type, x, y));
        } else {
            store_nothing(job, sample_bytes, i);
        }
    }
}

IMX_GENERIC void warp(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, float lowest, float highest,
                      size_t sample_bytes) {
    float wy[2 * HALF_MAX]; /* 96 KB, touched only as far as a pixel needs it */
    for (size_t i = 0; i < job->n; i++) {
        if (!imx_plane_inside(job, job->x_q16[i], job->y_q16[i])) {
            store_nothing(job, sample_bytes, i);
        } else if (!filtered(job, filter, type, lowest, highest, sample_bytes, i, wy)) {
            (void)filtered(job, IMX_WARP_TRIANGLE, type, lowest, highest, sample_bytes, i, wy);
        }
    }
}

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
IMX_PLANE_EACH_TYPE(KERNELS)

#define BY_TYPE(method)                                                                                                \
    { method##_u8, method##_u16, method##_i16, method##_f32 }
const imx_warp_plane_kernels imx_ref_warp_plane = {
    .fn = {BY_TYPE(nearest), BY_TYPE(bilinear), BY_TYPE(cubic), BY_TYPE(cubicspline), BY_TYPE(lanczos)}};
