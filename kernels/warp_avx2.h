/* kernels/warp_avx2.h: what the AVX2 warps share. They take output pixels in groups of eight whose taps all lie inside
 * the window; every other group, and the end of the row, goes to the reference. */
#ifndef IMX_KERNELS_WARP_AVX2_H
#define IMX_KERNELS_WARP_AVX2_H

#include <stdlib.h>

#include "kernels/intrinsics.h"
#include "kernels/warp_taps.h"

static inline __m256i imx_load256(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void imx_store256(void *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }

/* Whether all byte offsets inside the window fit int32 (else: the reference). */
static inline bool imx_warp_offsets_fit(const imx_warp_rgba8 *job) {
    const int64_t stride = llabs((long long)job->src_stride);
    return stride <= INT32_MAX && stride * (job->src_h - 1) + 4 * (int64_t)job->src_w <= INT32_MAX;
}

/* Positions lo <= pos < hi have all their n taps (half of them up to the one at floor(pos - 0.5)) inside. */
typedef struct imx_warp_range {
    __m256i below_x, above_x, below_y, above_y;
} imx_warp_range;

static inline imx_warp_range imx_warp_range_of(const imx_warp_rgba8 *job, int32_t nx, int32_t ny) {
    const int32_t half = IMX_Q16_ONE / 2;
    const int32_t last_x = job->src_w - nx / 2, last_y = job->src_h - ny / 2; /* may be too small: an empty range */
    return (imx_warp_range){
        _mm256_set1_epi32((nx / 2 - 1) * IMX_Q16_ONE + half - 1), _mm256_set1_epi32(last_x * IMX_Q16_ONE + half),
        _mm256_set1_epi32((ny / 2 - 1) * IMX_Q16_ONE + half - 1), _mm256_set1_epi32(last_y * IMX_Q16_ONE + half)};
}

static inline bool imx_warp_all_inside(const imx_warp_range *range, __m256i x, __m256i y) {
    const __m256i in_x = _mm256_and_si256(_mm256_cmpgt_epi32(x, range->below_x), _mm256_cmpgt_epi32(range->above_x, x));
    const __m256i in_y = _mm256_and_si256(_mm256_cmpgt_epi32(y, range->below_y), _mm256_cmpgt_epi32(range->above_y, y));
    return _mm256_movemask_epi8(_mm256_and_si256(in_x, in_y)) == -1;
}

/* Output pixels first .. first + n - 1 by another implementation. */
static inline void imx_warp_part(const imx_warp_rgba8 *job, size_t first, size_t n, imx_warp_rgba8_fn fn) {
    imx_warp_rgba8 part = *job;
    part.x_q16 += first;
    part.y_q16 += first;
    part.shrink_x_q16 = job->shrink_x_q16 ? job->shrink_x_q16 + first : NULL;
    part.shrink_y_q16 = job->shrink_y_q16 ? job->shrink_y_q16 + first : NULL;
    part.dst += 4 * first;
    part.n = n;
    fn(&part);
}

/* Byte offsets of the window pixels that hold the positions u (Q16, already moved by half a pixel). */
static inline __m256i imx_warp_offsets(__m256i ux, __m256i uy, int32_t src_stride) {
    const __m256i rows = _mm256_mullo_epi32(_mm256_srai_epi32(uy, 16), _mm256_set1_epi32(src_stride));
    return _mm256_add_epi32(rows, _mm256_slli_epi32(_mm256_srai_epi32(ux, 16), 2));
}

/* imx_warp_settle() of eight pixels. */
static inline __m256i imx_warp_settled8(const imx_warp_rgba8 *job, __m256i x, __m256i y, __m256i px) {
    if (!job->binary_alpha) {
        return px;
    }
    const __m256i zero = _mm256_setzero_si256(), alpha = _mm256_set1_epi32((int32_t)0xff000000);
    const __m256i at = imx_warp_offsets(x, y, (int32_t)job->src_stride);
    const __m256i centre = _mm256_i32gather_epi32((const int *)(const void *)job->src, at, 1);
    px = _mm256_blendv_epi8(px, _mm256_or_si256(centre, alpha), _mm256_cmpeq_epi32(_mm256_and_si256(px, alpha), zero));
    return _mm256_andnot_si256(_mm256_cmpeq_epi32(_mm256_and_si256(centre, alpha), zero), px);
}

/* Phases 0..256 of the positions u. */
static inline __m256i imx_warp_phases(__m256i u) {
    const __m256i frac = _mm256_and_si256(u, _mm256_set1_epi32(IMX_Q16_ONE - 1));
    return _mm256_srli_epi32(_mm256_add_epi32(frac, _mm256_set1_epi32(128)), 8);
}

/* Four vectors of int32 channels, vector k holding output pixels k and k + 4, to eight pixels of saturated bytes. */
static inline __m256i imx_warp_pack(const __m256i v[4]) {
    return _mm256_packus_epi16(_mm256_packus_epi32(v[0], v[1]), _mm256_packus_epi32(v[2], v[3]));
}

/* Eight output pixels of the bilinear warp whose taps are all inside and none minified, wherever a tap has weight
 * (warp_bilinear_avx2.c). */
__m256i imx_avx2_bilinear8(const imx_warp_rgba8 *job, __m256i x, __m256i y);

/* A job that is minified, by its tables (warp_widened_avx2.c) or by its shrinks (warp_minify_avx2.c). */
void imx_avx2_warp_widened(const imx_warp_rgba8 *job, imx_warp_kernel kernel, imx_warp_rgba8_fn reference);
void imx_avx2_warp_minified(const imx_warp_rgba8 *job, imx_warp_kernel kernel, imx_warp_rgba8_fn reference);
static inline void imx_avx2_warp_filtered(const imx_warp_rgba8 *job, imx_warp_kernel kernel,
                                          imx_warp_rgba8_fn reference) {
    if (!imx_warp_offsets_fit(job)) {
        reference(job);
    } else if (job->taps_x) {
        imx_avx2_warp_widened(job, kernel, reference);
    } else {
        imx_avx2_warp_minified(job, kernel, reference);
    }
}

#endif
