/* kernels/warp_plane_avx2.h: what the AVX2 planar warps share: results of eight pixels, and the offsets that they
 * reach. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_PLANE_AVX2_H
#define IMX_KERNELS_WARP_PLANE_AVX2_H

#include "kernels/each_type.h"
#include "kernels/warp_avx2.h"
#include "kernels/warp_plane_inner.h"

/* Whether all byte offsets inside the window fit int32 (else: the reference). */
static inline bool imx_plane_offsets_fit(const imx_warp_plane *job) {
    const int64_t stride = llabs((long long)job->src_stride), valid_stride = llabs((long long)job->valid_stride);
    const int64_t widest = stride > valid_stride ? stride : valid_stride;
    return widest <= INT32_MAX && widest * job->src_h + 4 * (int64_t)job->src_w <= INT32_MAX;
}

/* Eight integers in the type's range, or floats' bits; valid: all bits of a pixel or none. */
IMX_GENERIC void imx_plane_store_bits(const imx_warp_plane *job, imx_type type, size_t i, __m256i q, __m256i valid) {
    uint8_t *dst = (uint8_t *)job->dst;
    const __m128i valid16 = _mm_packs_epi32(_mm256_castsi256_si128(valid), _mm256_extracti128_si256(valid, 1));
    _mm_storel_epi64((__m128i *)(void *)(job->dst_valid + i), _mm_packs_epi16(valid16, valid16));
    q = _mm256_and_si256(q, valid);
    if (type == IMX_F32) {
        imx_store256(dst + 4 * i, q);
        return;
    }
    const __m128i lo = _mm256_castsi256_si128(q), hi = _mm256_extracti128_si256(q, 1);
    const __m128i words = type == IMX_I16 ? _mm_packs_epi32(lo, hi) : _mm_packus_epi32(lo, hi);
    if (type == IMX_U8) {
        _mm_storel_epi64((__m128i *)(void *)(dst + i), _mm_packus_epi16(words, words));
    } else {
        _mm_storeu_si128((__m128i *)(void *)(dst + 2 * i), words);
    }
}

void imx_avx2_warp_plane_nearest_install(imx_warp_plane_kernels *table);

#endif
