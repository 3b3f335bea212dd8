/* kernels/blend_avx2.c: composite, premultiply and weighted blend, eight pixels at a time. */
#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

#define ALPHA_BITS ((int32_t)0xff000000)

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void store(uint8_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }

/* floor(v / 255) for any 32-bit lane below 65536: 0x8081 / 2^23 is 1/255 closely enough (v < 65536: exact). */
static inline __m256i div255_epu16(__m256i v) {
    return _mm256_srli_epi16(_mm256_mulhi_epu16(v, _mm256_set1_epi16((int16_t)0x8081)), 7);
}

/* Channel `shift` / 8 of eight pixels as int32. */
static inline __m256i channel(__m256i px, int shift) {
    return _mm256_and_si256(_mm256_srli_epi32(px, shift), _mm256_set1_epi32(255));
}

/* floor((wt ct + wu cu + W/2) / W), W = wt + wu in 1..65025: the numerator is below 2^24, hence exact in float. The
 * quotient is below 256 and, if no integer, at least 1/65025 below the next; half a float's step there is 2^-17 =
 * 1/131072, so that the correctly rounded quotient does not reach it. */
static inline __m256i mix(__m256i ct, __m256i wt, __m256i cu, __m256i wu, __m256i half, __m256 w) {
    const __m256i n = _mm256_add_epi32(_mm256_add_epi32(_mm256_mullo_epi32(ct, wt), _mm256_mullo_epi32(cu, wu)), half);
    return _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(n), w));
}

static inline __m256i composite8(__m256i t, __m256i u) {
    const __m256i full = _mm256_set1_epi32(255);
    const __m256i at = _mm256_srli_epi32(t, 24), au = _mm256_srli_epi32(u, 24);
    const __m256i wt = _mm256_mullo_epi16(at, full), wu = _mm256_mullo_epi16(au, _mm256_sub_epi32(full, at));
    const __m256i w = _mm256_add_epi32(wt, wu), half = _mm256_srli_epi32(w, 1);
    const __m256 w_float = _mm256_cvtepi32_ps(_mm256_max_epi32(w, _mm256_set1_epi32(1)));
    const __m256i alpha = div255_epu16(_mm256_add_epi32(w, _mm256_set1_epi32(127)));
    const __m256i r = mix(channel(t, 0), wt, channel(u, 0), wu, half, w_float);
    const __m256i g = mix(channel(t, 8), wt, channel(u, 8), wu, half, w_float);
    const __m256i b = mix(channel(t, 16), wt, channel(u, 16), wu, half, w_float);
    const __m256i px = _mm256_or_si256(_mm256_or_si256(r, _mm256_slli_epi32(g, 8)),
                                       _mm256_or_si256(_mm256_slli_epi32(b, 16), _mm256_slli_epi32(alpha, 24)));
    return _mm256_andnot_si256(_mm256_cmpeq_epi32(alpha, _mm256_setzero_si256()), px);
}

void imx_avx2_composite_under_rgba8(uint8_t *top, const uint8_t *under, size_t n) {
    const __m256i alpha = _mm256_set1_epi32(ALPHA_BITS), zero = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8, top += 32, under += 32) {
        const __m256i t = load(top);
        if (_mm256_testc_si256(t, alpha)) {
            continue; /* all opaque: nothing shows beneath */
        }
        const __m256i u = load(under);
        const __m256i t_empty = _mm256_cmpeq_epi32(_mm256_and_si256(t, alpha), zero);
        const __m256i t_full = _mm256_cmpeq_epi32(_mm256_and_si256(t, alpha), alpha);
        const __m256i u_empty = _mm256_cmpeq_epi32(_mm256_and_si256(u, alpha), zero);
        if (_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(t_empty, t_full), u_empty)) == -1) {
            /* Each pixel is one of the two, or nothing. */
            const __m256i from_under = _mm256_andnot_si256(u_empty, u);
            store(top, _mm256_blendv_epi8(t, from_under, t_empty));
        } else {
            store(top, composite8(t, u));
        }
    }
    imx_ref_composite_under_rgba8(top, under, n - i);
}

/* Each pixel's alpha in its three colour words, 255 in its alpha word. */
static inline __m256i alpha_words(__m256i words) {
    const __m256i spread = _mm256_setr_epi8(6, 7, 6, 7, 6, 7, -1, -1, 14, 15, 14, 15, 14, 15, -1, -1, /**/
                                            6, 7, 6, 7, 6, 7, -1, -1, 14, 15, 14, 15, 14, 15, -1, -1);
    return _mm256_or_si256(_mm256_shuffle_epi8(words, spread), _mm256_set1_epi64x(INT64_C(255) << 48));
}

static inline __m256i premultiply_words(__m256i words) {
    const __m256i product = _mm256_mullo_epi16(words, alpha_words(words));
    return div255_epu16(_mm256_add_epi16(product, _mm256_set1_epi16(127)));
}

void imx_avx2_premultiply_rgba8(uint8_t *px, size_t n) {
    const __m256i alpha = _mm256_set1_epi32(ALPHA_BITS), zero = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8, px += 32) {
        const __m256i v = load(px);
        if (!_mm256_testc_si256(v, alpha)) {
            store(px, _mm256_packus_epi16(premultiply_words(_mm256_unpacklo_epi8(v, zero)),
                                          premultiply_words(_mm256_unpackhi_epi8(v, zero))));
        }
    }
    imx_ref_premultiply_rgba8(px, n - i);
}

/* min(255, floor((255 c + a/2) / a)) by a float reciprocal: half a unit is added to the numerator, so that it is at
 * least 0.5 / 255 away from a multiple of a; quotients below 256 are off by less than 256 * 2^-22. */
static inline __m256i unpremultiply_channel(__m256i c, __m256 half, __m256 r) {
    const __m256i c255 = _mm256_sub_epi32(_mm256_slli_epi32(c, 8), c);
    const __m256 n = _mm256_add_ps(_mm256_cvtepi32_ps(c255), half);
    return _mm256_min_epi32(_mm256_cvttps_epi32(_mm256_mul_ps(n, r)), _mm256_set1_epi32(255));
}

void imx_avx2_unpremultiply_rgba8(uint8_t *px, size_t n) {
    const __m256i alpha = _mm256_set1_epi32(ALPHA_BITS);
    size_t i = 0;
    for (; i + 8 <= n; i += 8, px += 32) {
        const __m256i v = load(px);
        if (_mm256_testc_si256(v, alpha)) {
            continue;
        }
        const __m256i a = _mm256_srli_epi32(v, 24);
        const __m256 half = _mm256_add_ps(_mm256_cvtepi32_ps(_mm256_srli_epi32(a, 1)), _mm256_set1_ps(0.5f));
        const __m256 r =
            _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(_mm256_max_epi32(a, _mm256_set1_epi32(1))));
        const __m256i red = unpremultiply_channel(channel(v, 0), half, r);
        const __m256i green = unpremultiply_channel(channel(v, 8), half, r);
        const __m256i blue = unpremultiply_channel(channel(v, 16), half, r);
        const __m256i color =
            _mm256_or_si256(red, _mm256_or_si256(_mm256_slli_epi32(green, 8), _mm256_slli_epi32(blue, 16)));
        const __m256i none = _mm256_cmpeq_epi32(a, _mm256_setzero_si256());
        store(px, _mm256_or_si256(_mm256_andnot_si256(none, color), _mm256_and_si256(v, alpha)));
    }
    imx_ref_unpremultiply_rgba8(px, n - i);
}

/* One pixel's four sums a register: w a (r, g, b, 1). The products w a of eight pixels go through memory, from where a
 * broadcast needs no shuffle. */
void imx_avx2_blend_add_rgba8(uint64_t *acc, const uint8_t *px, const uint8_t *weight, size_t n) {
    const __m256i one = _mm256_set1_epi64x(1);
    for (; n >= 8; n -= 8, acc += 32, px += 32, weight = weight ? weight + 8 : NULL) {
        const __m256i alpha = _mm256_srli_epi32(load(px), 24);
        const __m256i w = weight ? _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)weight))
                                 : _mm256_set1_epi32(255);
        int32_t wa[8];
        _mm256_storeu_si256((__m256i *)(void *)wa, _mm256_mullo_epi16(alpha, w));
        for (size_t i = 0; i < 8; i++) {
            int32_t bits;
            __builtin_memcpy(&bits, px + 4 * i, sizeof bits);
            const __m256i c = _mm256_blend_epi32(_mm256_cvtepu8_epi64(_mm_cvtsi32_si128(bits)), one, 0xc0);
            __m256i *sum = (__m256i *)(void *)(acc + 4 * i);
            const __m256i product = _mm256_mul_epu32(c, _mm256_set1_epi32(wa[i]));
            _mm256_storeu_si256(sum, _mm256_add_epi64(_mm256_loadu_si256(sum), product));
        }
    }
    imx_ref_blend_add_rgba8(acc, px, weight, n);
}
