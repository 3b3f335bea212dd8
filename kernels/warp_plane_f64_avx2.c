/* kernels/warp_plane_f64_avx2.c: planar warp of doubles, four output pixels at a time whose taps all lie inside the
 * window and are valid; as warp_plane_avx2.c does it of eight. Four taps of a row are loaded for one output pixel,
 * summed down, and transposed; then a register holds one column's sums of all four pixels. Everything happens in the
 * reference's order. Groups at the window's edges, with invalid taps, or with a sum that is no number, are the
 * reference's. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"
#include "kernels/warp_plane_inner.h"

enum { LANES = 4, TAPS_MAX = 96 }; /* a side: Lanczos at 1/16; what covers more is left to the reference */

IMX_GENERIC __m256d all(double v) { return _mm256_set1_pd(v); }

/* ---- the filters, as value_at() of the reference ---- */

IMX_GENERIC __m256d not_negative(__m256d v) { return _mm256_max_pd(v, all(0)); }

IMX_GENERIC __m256d keys(__m256d t) {
    const __m256d to_one = _mm256_sub_pd(all(1), t), to_two = not_negative(_mm256_sub_pd(all(2), t));
    const __m256d slope = _mm256_sub_pd(all(1), _mm256_mul_pd(all(1.5), t));
    const __m256d inner = _mm256_add_pd(all(1), _mm256_mul_pd(t, slope));
    const __m256d outer = _mm256_mul_pd(all(0.5), _mm256_mul_pd(to_two, to_two));
    return _mm256_mul_pd(to_one, _mm256_blendv_pd(outer, inner, _mm256_cmp_pd(t, all(1), _CMP_LT_OQ)));
}

IMX_GENERIC __m256d bspline(__m256d t) {
    const __m256d a = not_negative(_mm256_sub_pd(all(2), t)), b = not_negative(_mm256_sub_pd(all(1), t));
    const __m256d a_cubed = _mm256_mul_pd(_mm256_mul_pd(a, a), a), b_cubed = _mm256_mul_pd(_mm256_mul_pd(b, b), b);
    return _mm256_mul_pd(_mm256_sub_pd(a_cubed, _mm256_mul_pd(all(4), b_cubed)), all(1 / 6.0));
}

IMX_GENERIC __m256d sin_pi(__m256d t) {
    static const double series[] = IMX_PLANE_SINE;
    const __m128i whole = _mm256_cvttpd_epi32(_mm256_add_pd(t, all(0.5)));
    const __m256d x = _mm256_mul_pd(_mm256_sub_pd(t, _mm256_cvtepi32_pd(whole)), all(IMX_PLANE_PI));
    const __m256d z = _mm256_mul_pd(x, x);
    __m256d sum = all(0);
    for (size_t k = sizeof series / sizeof *series; k-- > 0;) {
        sum = _mm256_add_pd(_mm256_mul_pd(sum, z), all(series[k]));
    }
    const __m256i odd = _mm256_slli_epi64(_mm256_cvtepi32_epi64(whole), 63); /* the sign */
    return _mm256_castsi256_pd(_mm256_xor_si256(_mm256_castpd_si256(_mm256_mul_pd(x, sum)), odd));
}

IMX_GENERIC __m256d lanczos(__m256d t) {
    const __m256d sines = _mm256_mul_pd(sin_pi(t), sin_pi(_mm256_div_pd(t, all(3))));
    const __m256d below = _mm256_mul_pd(_mm256_mul_pd(all(IMX_PLANE_PI_SQUARED), t), t);
    const __m256d v = _mm256_div_pd(_mm256_mul_pd(sines, all(3)), below);
    const __m256d inside = _mm256_and_pd(v, _mm256_cmp_pd(t, all(3), _CMP_LT_OQ));
    return _mm256_blendv_pd(all(1), inside, _mm256_cmp_pd(t, all(0), _CMP_GT_OQ));
}

IMX_GENERIC __m256d value_at(imx_warp_kernel filter, __m256d t) {
    switch (filter) {
    case IMX_WARP_TRIANGLE: return not_negative(_mm256_sub_pd(all(1), t));
    case IMX_WARP_KEYS: return keys(t);
    case IMX_WARP_BSPLINE: return bspline(t);
    default: return lanczos(t);
    }
}

/* ---- a group's axes ---- */

typedef struct axis {
    int32_t first[LANES];      /* tap of each pixel */
    int32_t count;             /* of taps, for the least shrink among the four */
    __m256d sum;               /* of the weights */
    double w[TAPS_MAX][LANES]; /* 0 beyond a pixel's own taps */
} axis;

static inline __m128i load_shrinks(const uint32_t *shrink_q16) {
    const __m128i v = _mm_loadu_si128((const void *)shrink_q16);
    return _mm_min_epu32(_mm_max_epu32(v, _mm_set1_epi32(IMX_WARP_SHRINK_MIN_Q16)), _mm_set1_epi32(IMX_Q16_ONE));
}

static inline uint32_t least(__m128i v) {
    v = _mm_min_epu32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
    v = _mm_min_epu32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1)));
    return (uint32_t)_mm_cvtsi128_si32(v);
}

/* false: not all taps, and what is read with them, are in the window; or too many. shrink: of each pixel, Q16; plain:
 * not minified. */
IMX_GENERIC bool fill_axis(imx_warp_kernel filter, bool plain, const int32_t *pos_q16, __m128i shrink, int32_t size,
                           axis *a) {
    const int32_t half = plain ? imx_warp_support(filter) : imx_plane_half(filter, least(shrink));
    if (half > TAPS_MAX / 2) {
        return false;
    }
    a->count = 2 * half;
    const __m128i u = _mm_sub_epi32(_mm_loadu_si128((const void *)pos_q16), _mm_set1_epi32(IMX_Q16_ONE / 2));
    const __m128i first = _mm_add_epi32(_mm_srai_epi32(u, 16), _mm_set1_epi32(1 - half));
    const __m128i last = _mm_set1_epi32(size - (a->count + LANES - 1) / LANES * LANES);
    const __m128i outside = _mm_or_si128(_mm_cmpgt_epi32(_mm_setzero_si128(), first), _mm_cmpgt_epi32(first, last));
    if (!_mm_testz_si128(outside, outside)) {
        return false;
    }
    _mm_storeu_si128((void *)a->first, first);
    __m128i d =
        _mm_sub_epi32(_mm_set1_epi32((1 - half) * IMX_Q16_ONE), _mm_and_si128(u, _mm_set1_epi32(IMX_Q16_ONE - 1)));
    const __m256d scale = _mm256_mul_pd(_mm256_cvtepi32_pd(shrink), all(0x1p-32));
    a->sum = all(0);
    for (int32_t k = 0; k < a->count; k++) {
        const __m256d w = value_at(filter, _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_abs_epi32(d)), scale));
        _mm256_storeu_pd(a->w[k], w);
        a->sum = _mm256_add_pd(a->sum, w);
        d = _mm_add_epi32(d, _mm_set1_epi32(IMX_Q16_ONE));
    }
    return true;
}

/* ---- samples ---- */

typedef struct group { /* four output pixels: where their taps begin in the planes, and the samples that contain them */
    axis x, y;
    const uint8_t *at[LANES], *valid_at[LANES];
    double base[LANES];
} group;

static inline void locate(const imx_warp_plane *job, size_t i, group *g) {
    for (int k = 0; k < LANES; k++) {
        const ptrdiff_t x = g->x.first[k], y = g->y.first[k], centre_y = job->y_q16[i + (size_t)k] >> 16;
        g->at[k] = (const uint8_t *)job->src + y * job->src_stride + x * (ptrdiff_t)sizeof(double);
        g->valid_at[k] = job->valid ? job->valid + y * job->valid_stride + x : NULL;
        const void *row = (const uint8_t *)job->src + centre_y * job->src_stride;
        g->base[k] = ((const double *)row)[job->x_q16[i + (size_t)k] >> 16];
    }
}

/* Whether the validity plane has a 0 among four neighbours: the lowest one borrows from a bit that is not set. */
static inline bool has_zero(const uint8_t *four) {
    uint32_t v;
    memcpy(&v, four, sizeof v);
    return ((v - 0x01010101u) & ~v & 0x80808080u) != 0;
}

IMX_GENERIC bool any_invalid(const imx_warp_plane *job, const group *g, int32_t nx, int32_t ny) {
    bool any = false;
    for (int k = 0; k < LANES && job->valid; k++) {
        const uint8_t *row = g->valid_at[k];
        for (int32_t j = 0; j < ny; j++, row += job->valid_stride) {
            for (int32_t i = 0; i < nx; i += 4) {
                any |= has_zero(row + i);
            }
        }
    }
    return any;
}

IMX_GENERIC __m256d halves(__m256d a, __m256d b, bool upper) {
    const __m256i x = _mm256_castpd_si256(a), y = _mm256_castpd_si256(b);
    return _mm256_castsi256_pd(upper ? _mm256_permute2x128_si256(x, y, 0x31) : _mm256_permute2x128_si256(x, y, 0x20));
}

/* Four taps of pixel k in v[k] to tap i of four pixels in v[i]. */
IMX_GENERIC void transpose(__m256d v[LANES]) {
    const __m256d a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
    const __m256d c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
    v[0] = halves(a, c, false);
    v[1] = halves(b, d, false);
    v[2] = halves(a, c, true);
    v[3] = halves(b, d, true);
}

/* sum(wx wy (p - base)). nx: taps a row; what lies beyond up to a multiple of 4 is read. */
IMX_GENERIC __m256d sum_all(const imx_warp_plane *job, const group *g, int32_t nx, int32_t ny) {
    __m256d sum = all(0);
    for (int32_t i = 0; i < nx; i += LANES) {
        __m256d v[LANES] = {all(0), all(0), all(0), all(0)};
        for (int32_t j = 0; j < ny; j++) {
            const ptrdiff_t from = j * job->src_stride + i * (ptrdiff_t)sizeof(double);
            for (int k = 0; k < LANES; k++) {
                const __m256d p = _mm256_loadu_pd((const double *)(const void *)(g->at[k] + from));
                v[k] = _mm256_add_pd(v[k], _mm256_mul_pd(all(g->y.w[j][k]), _mm256_sub_pd(p, all(g->base[k]))));
            }
        }
        transpose(v);
        for (int32_t k = 0; k < LANES && i + k < nx; k++) {
            sum = _mm256_add_pd(sum, _mm256_mul_pd(_mm256_loadu_pd(g->x.w[i + k]), v[k]));
        }
    }
    return sum;
}

/* ---- rows ---- */

/* false: to be done by the reference. */
IMX_GENERIC bool warp4(const imx_warp_plane *job, imx_warp_kernel filter, bool plain, __m128i shrink_x,
                       __m128i shrink_y, size_t i) {
    group g;
    if (!fill_axis(filter, plain, job->x_q16 + i, shrink_x, job->src_w, &g.x) ||
        !fill_axis(filter, plain, job->y_q16 + i, shrink_y, job->src_h, &g.y)) {
        return false;
    }
    locate(job, i, &g);
    if (any_invalid(job, &g, g.x.count, g.y.count)) {
        return false;
    }
    const int32_t n = filter == IMX_WARP_TRIANGLE ? 2 : filter == IMX_WARP_LANCZOS ? 6 : 4;
    const __m256d sum = plain ? sum_all(job, &g, n, n) : sum_all(job, &g, g.x.count, g.y.count);
    const __m256d base = _mm256_loadu_pd(g.base);
    const __m256d v = _mm256_add_pd(base, _mm256_div_pd(sum, _mm256_mul_pd(g.x.sum, g.y.sum)));
    if (_mm256_movemask_pd(_mm256_cmp_pd(v, v, _CMP_UNORD_Q))) {
        return false;
    }
    _mm256_storeu_pd((double *)job->dst + i, v);
    memset(job->dst_valid + i, 255, LANES);
    return true;
}

/* With the shrinks of the group, unless none of it is minified. */
IMX_GENERIC bool warp_group(const imx_warp_plane *job, imx_warp_kernel filter, size_t i) {
    const __m128i one = _mm_set1_epi32(IMX_Q16_ONE);
    if (!job->shrink_x_q16) {
        return warp4(job, filter, true, one, one, i);
    }
    const __m128i x = load_shrinks(job->shrink_x_q16 + i), y = load_shrinks(job->shrink_y_q16 + i);
    return least(_mm_min_epu32(x, y)) == IMX_Q16_ONE ? warp4(job, filter, true, one, one, i)
                                                     : warp4(job, filter, false, x, y, i);
}

IMX_GENERIC void warp(const imx_warp_plane *job, imx_warp_kernel filter, imx_warp_plane_fn reference) {
    size_t i = 0;
    for (; i + LANES <= job->n; i += LANES) {
        if (!warp_group(job, filter, i)) {
            const imx_warp_plane part = imx_plane_part(job, i, LANES, sizeof(double));
            reference(&part);
        }
    }
    const imx_warp_plane rest = imx_plane_part(job, i, job->n - i, sizeof(double));
    reference(&rest);
}

#define KERNEL(method, filter)                                                                                         \
    void imx_avx2_##method##_f64(const imx_warp_plane *job) { warp(job, filter, imx_ref_##method##_f64); }
KERNEL(bilinear, IMX_WARP_TRIANGLE)
KERNEL(cubic, IMX_WARP_KEYS)
KERNEL(cubicspline, IMX_WARP_BSPLINE)
KERNEL(lanczos, IMX_WARP_LANCZOS)
