/* kernels/reduce_avx2.c: alpha-weighted 2 x 2 reduction, eight output pixels at a time. */
#include <immintrin.h>

#include "kernels/avx2.h"
#include "kernels/reference.h"

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }

/* Horizontal neighbours' channels side by side: r0 r1 g0 g1 b0 b1 a0 a1, two pairs a lane. */
static inline __m256i pairs(__m256i v) {
    return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, /**/
                                                   0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15));
}

/* Two registers of words in the order that `pairs` leaves, to eight pixels in their order. */
static inline __m256i pack(__m256i lo, __m256i hi) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi16(lo, hi), _MM_SHUFFLE(3, 1, 2, 0));
}

/* Four opaque output pixels: (sum c + 2) >> 2 as words. */
static inline __m256i opaque4(__m256i upper, __m256i lower) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i sum =
        _mm256_add_epi16(_mm256_maddubs_epi16(pairs(upper), ones), _mm256_maddubs_epi16(pairs(lower), ones));
    return _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
}

/* Two output pixels, one a lane, out of words r0 r1 g0 g1 b0 b1 a0 a1 of each row; result in int32.
 * floor(N / S) with N = sum(c a) + S/2 <= 260610 and S <= 1020: N + 0.5 is at least 0.5 / 1020 away from a multiple
 * of S (in units of S), and float arithmetic is off by less than 256 * 2^-22, so truncation gives the floor. */
static inline __m256i mixed2(__m256i upper, __m256i lower) {
    const __m256i alphas = _mm256_setr_epi8(12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, /**/
                                            12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i a0 = _mm256_shuffle_epi8(upper, alphas), a1 = _mm256_shuffle_epi8(lower, alphas);
    const __m256i weighted = _mm256_add_epi32(_mm256_madd_epi16(upper, a0), _mm256_madd_epi16(lower, a1));
    const __m256i s = _mm256_madd_epi16(_mm256_add_epi16(a0, a1), ones);
    const __m256 n =
        _mm256_add_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(weighted, _mm256_srli_epi32(s, 1))), _mm256_set1_ps(0.5f));
    const __m256 r = _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(_mm256_max_epi32(s, _mm256_set1_epi32(1))));
    const __m256i color = _mm256_cvttps_epi32(_mm256_mul_ps(n, r));
    const __m256i alpha = _mm256_srli_epi32(_mm256_add_epi32(s, _mm256_set1_epi32(2)), 2);
    const __m256i nothing = _mm256_cmpeq_epi32(alpha, _mm256_setzero_si256());
    return _mm256_andnot_si256(nothing, _mm256_blend_epi32(color, alpha, 0x88));
}

/* Four output pixels as words, as opaque4. */
static inline __m256i mixed4(__m256i upper, __m256i lower) {
    const __m256i zero = _mm256_setzero_si256();
    upper = pairs(upper);
    lower = pairs(lower);
    return _mm256_packus_epi32(mixed2(_mm256_unpacklo_epi8(upper, zero), _mm256_unpacklo_epi8(lower, zero)),
                               mixed2(_mm256_unpackhi_epi8(upper, zero), _mm256_unpackhi_epi8(lower, zero)));
}

static void reduce_row(const uint8_t *r0, const uint8_t *r1, size_t w_out, uint8_t *dst) {
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    size_t i = 0;
    for (; i + 8 <= w_out; i += 8, r0 += 64, r1 += 64) {
        const __m256i u0 = load(r0), u1 = load(r0 + 32), l0 = load(r1), l1 = load(r1 + 32);
        const __m256i all = _mm256_and_si256(_mm256_and_si256(u0, u1), _mm256_and_si256(l0, l1));
        const __m256i any = _mm256_or_si256(_mm256_or_si256(u0, u1), _mm256_or_si256(l0, l1));
        __m256i out;
        if (_mm256_testc_si256(all, alpha)) {
            out = pack(opaque4(u0, l0), opaque4(u1, l1));
        } else if (_mm256_testz_si256(any, alpha)) {
            out = _mm256_setzero_si256();
        } else {
            out = pack(mixed4(u0, l0), mixed4(u1, l1));
        }
        _mm256_storeu_si256((__m256i *)(void *)(dst + 4 * i), out);
    }
    imx_ref_reduce2x_rgba8(r0, r1 - r0, w_out - i, 1, dst + 4 * i, 0);
}

void imx_avx2_reduce2x_rgba8(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,
                             ptrdiff_t dst_stride) {
    for (size_t y = 0; y < h_out; y++) {
        const uint8_t *r0 = src + 2 * (ptrdiff_t)y * src_stride;
        reduce_row(r0, r0 + src_stride, w_out, dst + (ptrdiff_t)y * dst_stride);
    }
}
