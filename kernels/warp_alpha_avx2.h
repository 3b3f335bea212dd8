/* kernels/warp_alpha_avx2.h: weighted sums over taps of any alpha, two output pixels a register, for the AVX2 warps.
 *
 * Colour times alpha is an unsigned word; less 32768 it is a signed one that pmaddwd takes, and as a row's weights sum
 * to 16384 the sum lacks exactly 32768 * 16384. Down the rows sums are 64 bits wide; they stay below 2^47, so that
 * doubles hold them, and the quotient's distance from the next integer is far more than a double's step: all is exact.
 */
#ifndef IMX_KERNELS_WARP_ALPHA_AVX2_H
#define IMX_KERNELS_WARP_ALPHA_AVX2_H

#include "kernels/warp_avx2.h"

#define IMX_ALWAYS_INLINE static inline __attribute__((always_inline))

/* Two output pixels, one a lane: the first tap of each, and the rows of weights. */
typedef struct imx_warp_pair {
    const uint8_t *a, *b;
    const int16_t *wxa, *wxb, *wya, *wyb;
} imx_warp_pair;

/* Weights k and k + 1 of both, throughout their lanes. */
IMX_ALWAYS_INLINE __m256i imx_two_weights(const int16_t *a, const int16_t *b, int32_t k) {
    int32_t wa, wb;
    memcpy(&wa, a + k, sizeof wa);
    memcpy(&wb, b + k, sizeof wb);
    return _mm256_blend_epi32(_mm256_set1_epi32(wa), _mm256_set1_epi32(wb), 0xf0);
}

/* Four taps of both, or two. */
IMX_ALWAYS_INLINE __m256i imx_load4_taps(const uint8_t *a, const uint8_t *b) {
    const __m256i lo = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a));
    return _mm256_inserti128_si256(lo, _mm_loadu_si128((const __m128i *)(const void *)b), 1);
}
IMX_ALWAYS_INLINE __m256i imx_load2_taps(const uint8_t *a, const uint8_t *b) {
    int64_t va, vb;
    memcpy(&va, a, sizeof va);
    memcpy(&vb, b, sizeof vb);
    return _mm256_blend_epi32(_mm256_set1_epi64x(va), _mm256_set1_epi64x(vb), 0xf0);
}

/* The lane's first two taps, channels side by side, times alpha and weight. */
IMX_ALWAYS_INLINE __m256i imx_weighed2(__m256i px, __m256i w) {
    const __m256i colours = _mm256_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1, /**/
                                             0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1);
    const __m256i alphas = _mm256_setr_epi8(3, -1, 7, -1, 3, -1, 7, -1, 3, -1, 7, -1, 3, -1, 7, -1, /**/
                                            3, -1, 7, -1, 3, -1, 7, -1, 3, -1, 7, -1, 3, -1, 7, -1);
    /* Alpha's own factor is 1. */
    const __m256i ones = _mm256_blendv_epi8(px, _mm256_set1_epi8(1), _mm256_set1_epi32((int32_t)0xff000000));
    const __m256i ca = _mm256_mullo_epi16(_mm256_shuffle_epi8(ones, colours), _mm256_shuffle_epi8(px, alphas));
    return _mm256_madd_epi16(_mm256_xor_si256(ca, _mm256_set1_epi16(INT16_MIN)), w);
}

/* One row of nx taps across: sum wx a c for each colour, sum wx a. */
IMX_ALWAYS_INLINE __m256i imx_weighed_row(const uint8_t *a, const uint8_t *b, const int16_t *wxa, const int16_t *wxb,
                                          int32_t nx) {
    __m256i sum = _mm256_set1_epi32(32768 * 16384);
    int32_t k = 0;
    for (; k + 4 <= nx; k += 4) {
        const __m256i px = imx_load4_taps(a + 4 * k, b + 4 * k);
        sum = _mm256_add_epi32(sum, imx_weighed2(px, imx_two_weights(wxa, wxb, k)));
        sum = _mm256_add_epi32(sum, imx_weighed2(_mm256_srli_si256(px, 8), imx_two_weights(wxa, wxb, k + 2)));
    }
    if (k < nx) {
        sum = _mm256_add_epi32(sum, imx_weighed2(imx_load2_taps(a + 4 * k, b + 4 * k), imx_two_weights(wxa, wxb, k)));
    }
    return sum;
}

/* Exact for |v| < 2^51. */
IMX_ALWAYS_INLINE __m256d imx_to_double(__m256i v) {
    const __m256d magic = _mm256_set1_pd(0x1.8p52);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_add_epi64(v, _mm256_castpd_si256(magic))), magic);
}

/* floor((n + s/2) / s) clamped to 0..255, four of them; s <= 0: anything in that range. */
IMX_ALWAYS_INLINE __m128i imx_quotients(__m256i n, __m256i s) {
    const __m256d q = _mm256_div_pd(imx_to_double(_mm256_add_epi64(n, _mm256_srli_epi64(s, 1))), imx_to_double(s));
    const __m256d low = _mm256_max_pd(q, _mm256_setzero_pd()); /* a NaN becomes 0 */
    return _mm256_cvttpd_epi32(_mm256_min_pd(low, _mm256_set1_pd(255)));
}

/* nx x ny taps of both (even numbers) to int32 channels, as imx_warp_store() does with W = 2^28. */
IMX_ALWAYS_INLINE __m256i imx_weighed_pair(imx_warp_pair at, ptrdiff_t stride, int32_t nx, int32_t ny,
                                           bool binary_alpha) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i even = zero, odd = zero; /* r b, g S of either pixel */
    for (int32_t k = 0; k < ny; k++, at.a += stride, at.b += stride) {
        const __m256i row = imx_weighed_row(at.a, at.b, at.wxa, at.wxb, nx);
        const __m256i w = _mm256_blend_epi32(_mm256_set1_epi32(at.wya[k]), _mm256_set1_epi32(at.wyb[k]), 0xf0);
        even = _mm256_add_epi64(even, _mm256_mul_epi32(row, w));
        odd = _mm256_add_epi64(odd, _mm256_mul_epi32(_mm256_srli_epi64(row, 32), w));
    }
    const __m256i s = _mm256_unpackhi_epi64(odd, odd), some = _mm256_cmpgt_epi64(s, zero);
    const __m128i rb = imx_quotients(even, s), g = imx_quotients(odd, s);
    const __m256i rgb =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi32(rb, g)), _mm_unpackhi_epi32(rb, g), 1);
    const __m256i full = _mm256_set1_epi64x(255);
    __m256i alpha = full;
    if (!binary_alpha) {
        alpha = _mm256_srli_epi64(_mm256_add_epi64(s, _mm256_set1_epi64x(1 << 27)), 28);
        alpha = _mm256_blendv_epi8(alpha, full, _mm256_cmpgt_epi64(alpha, full));
    }
    alpha = _mm256_and_si256(alpha, some);
    const __m256i px = _mm256_blend_epi32(rgb, _mm256_slli_epi64(alpha, 32), 0x88);
    return _mm256_andnot_si256(_mm256_cmpeq_epi64(alpha, zero), px);
}

#endif
