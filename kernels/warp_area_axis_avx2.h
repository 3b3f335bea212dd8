/* kernels/warp_area_axis_avx2.h: eight boxes of an area warp along one axis, one int32 lane an output pixel; shared by
 * the rgba8 and the plane variants. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_AREA_AXIS_AVX2_H
#define IMX_KERNELS_WARP_AREA_AXIS_AVX2_H

#include "kernels/warp_avx2.h"

typedef struct imx_axis8 {
    __m256i lo, hi, first;
    __m256i more; /* taps but for the first */
    __m256i two;  /* mask: a second tap */
} imx_axis8;

/* false unless all eight boxes lie in the window and have at most this many taps. (The last 32768 of an int32 cannot be
 * rounded up; they are outside anyhow.) */
static inline bool imx_axis8_of(const int32_t *lo_q16, const int32_t *hi_q16, int32_t size, int taps_max,
                                imx_axis8 *out) {
    const __m256i end = _mm256_set1_epi32(size * IMX_Q16_ONE), one = _mm256_set1_epi32(1);
    const __m256i lo = imx_load256(lo_q16), hi = imx_load256(hi_q16);
    const __m256i bad = _mm256_or_si256(_mm256_or_si256(lo, _mm256_cmpgt_epi32(lo, hi)), _mm256_cmpgt_epi32(hi, end));
    const __m256i outside = _mm256_or_si256(bad, _mm256_cmpeq_epi32(lo, end));
    out->lo = lo;
    out->hi = hi;
    out->first = _mm256_srai_epi32(lo, 16);
    const __m256i last = _mm256_max_epi32(_mm256_srai_epi32(_mm256_sub_epi32(hi, one), 16), out->first);
    out->more = _mm256_sub_epi32(last, out->first);
    out->two = _mm256_cmpgt_epi32(out->more, _mm256_setzero_si256());
    const __m256i many = _mm256_cmpgt_epi32(out->more, _mm256_set1_epi32(taps_max - 1));
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_or_si256(outside, many))) == 0;
}

#endif
