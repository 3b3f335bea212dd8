/* kernels/lanes_avx2.h: between one byte a pixel (validity) and the lanes of samples, for 32 pixels at a time. Private
 * to the AVX2 files; a mask lane is all ones or all zeros. */
#ifndef IMX_KERNELS_LANES_AVX2_H
#define IMX_KERNELS_LANES_AVX2_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/each_type.h"
#include "kernels/intrinsics.h"

static inline __m256i imx_load256(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline __m128i imx_load128(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline __m128i imx_load64(const void *p) { return _mm_loadl_epi64((const __m128i *)p); }
static inline __m128i imx_load32(const void *p) {
    int32_t v;
    __builtin_memcpy(&v, p, sizeof v);
    return _mm_cvtsi32_si128(v);
}
static inline void imx_store256(void *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }
static inline void imx_store128(void *p, __m128i v) { _mm_storeu_si128((__m128i *)p, v); }
static inline void imx_store64(void *p, __m128i v) { _mm_storel_epi64((__m128i *)p, v); }

/* Masks of wider lanes, in order, to bytes. */
static inline __m256i imx_bytes_of_16(__m256i a, __m256i b) {
    return _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), _MM_SHUFFLE(3, 1, 2, 0));
}
static inline __m256i imx_bytes_of_32(const __m256i m[4]) {
    const __m256i v = _mm256_packs_epi16(_mm256_packs_epi32(m[0], m[1]), _mm256_packs_epi32(m[2], m[3]));
    return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
static inline __m256i imx_halves_of_64(__m256i a, __m256i b) {
    const __m256 low = _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(2, 0, 2, 0));
    return _mm256_permute4x64_epi64(_mm256_castps_si256(low), _MM_SHUFFLE(3, 1, 2, 0));
}

/* Byte masks to lanes of `size` bytes: those of vector k out of the 32 pixels at p; set where a byte is 0. */
static inline __m256i imx_lanes_where_zero(const uint8_t *p, size_t size, size_t k) {
    switch (size) {
    case 1: return _mm256_cmpeq_epi8(imx_load256(p), _mm256_setzero_si256());
    case 2: return _mm256_cmpeq_epi16(_mm256_cvtepu8_epi16(imx_load128(p + 16 * k)), _mm256_setzero_si256());
    case 4: return _mm256_cmpeq_epi32(_mm256_cvtepu8_epi32(imx_load64(p + 8 * k)), _mm256_setzero_si256());
    default: return _mm256_cmpeq_epi64(_mm256_cvtepu8_epi64(imx_load32(p + 4 * k)), _mm256_setzero_si256());
    }
}

/* Four samples as f64. */
IMX_GENERIC __m256d imx_four_f64(imx_type type, const void *p) {
    switch (type) {
    case IMX_U8: return _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(imx_load32(p)));
    case IMX_I8: return _mm256_cvtepi32_pd(_mm_cvtepi8_epi32(imx_load32(p)));
    case IMX_U16: return _mm256_cvtepi32_pd(_mm_cvtepu16_epi32(imx_load64(p)));
    case IMX_I16: return _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(imx_load64(p)));
    case IMX_U32: { /* as i32, 2^31 less */
        const __m128i v = _mm_xor_si128(imx_load128(p), _mm_set1_epi32(INT32_MIN));
        return _mm256_add_pd(_mm256_cvtepi32_pd(v), _mm256_set1_pd(0x1p31));
    }
    case IMX_I32: return _mm256_cvtepi32_pd(imx_load128(p));
    case IMX_F32: return _mm256_cvtps_pd(_mm_loadu_ps(p));
    default: return _mm256_loadu_pd(p);
    }
}

#endif
