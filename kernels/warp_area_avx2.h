/* kernels/warp_area_avx2.h: what the AVX2 area warps on rgba8 share. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_AREA_AVX2_H
#define IMX_KERNELS_WARP_AREA_AVX2_H

#include "kernels/warp_area_inner.h"
#include "kernels/warp_avx2.h"

/* Output pixels [i, i + 8), where the boxes of all eight lie in the window and touch at most 4 x 4 taps (modes and
 * quantiles: 2 x 2), and all taps are opaque (min and max: however they are). false: for another implementation. */
bool imx_avx2_area8(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method);

static inline __m256i imx_alpha_bytes(void) { return _mm256_set1_epi32((int32_t)0xff000000); }

static inline __m256i imx_invalid8(__m256i px) {
    return _mm256_cmpeq_epi32(_mm256_and_si256(px, imx_alpha_bytes()), _mm256_setzero_si256());
}

#endif
