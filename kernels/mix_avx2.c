/* kernels/mix_avx2.c: over, under and weighted blend; 16-bit RGBA premultiplied. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"

/* ---- over, under: 32 samples at a time ---- */

IMX_GENERIC imx_type type_of(size_t size) {
    return size == 1 ? IMX_U8 : size == 2 ? IMX_U16 : size == 4 ? IMX_U32 : IMX_F64;
}

IMX_GENERIC void over(size_t size, uint8_t *d, const uint8_t *s, const uint8_t *src_valid, size_t n) {
    for (; n >= 32; n -= 32, d += 32 * size, s += 32 * size, src_valid += 32) {
        for (size_t k = 0; k < size; k++) {
            const __m256i keep = imx_lanes_where_zero(src_valid, size, k);
            imx_store256(d + 32 * k, _mm256_blendv_epi8(imx_load256(s + 32 * k), imx_load256(d + 32 * k), keep));
        }
    }
    imx_ref_mix.over[type_of(size)](d, s, src_valid, n);
}

IMX_GENERIC void under(size_t size, uint8_t *d, const uint8_t *dst_valid, const uint8_t *s, const uint8_t *src_valid,
                       size_t n) {
    for (; n >= 32; n -= 32, d += 32 * size, s += 32 * size, src_valid += 32, dst_valid += 32) {
        for (size_t k = 0; k < size; k++) {
            const __m256i none = imx_lanes_where_zero(src_valid, size, k);
            const __m256i take = _mm256_andnot_si256(none, imx_lanes_where_zero(dst_valid, size, k));
            imx_store256(d + 32 * k, _mm256_blendv_epi8(imx_load256(d + 32 * k), imx_load256(s + 32 * k), take));
        }
    }
    imx_ref_mix.under[type_of(size)](d, dst_valid, s, src_valid, n);
}

#define BY_SIZE(bits, T)                                                                                               \
    static void over_##bits(void *dst, const void *src, const uint8_t *src_valid, size_t n) {                          \
        over(sizeof(T), dst, src, src_valid, n);                                                                       \
    }                                                                                                                  \
    static void under_##bits(void *dst, const uint8_t *dst_valid, const void *src, const uint8_t *src_valid,           \
                             size_t n) {                                                                               \
        under(sizeof(T), dst, dst_valid, src, src_valid, n);                                                           \
    }
IMX_EACH_SIZE(BY_SIZE)

/* ---- weights ---- */

static void weigh(uint16_t *weight, const uint8_t *valid, size_t n) {
    for (; n >= 16; n -= 16, weight += 16, valid += 16) {
        imx_store256(weight, _mm256_andnot_si256(imx_lanes_where_zero(valid, 2, 0), imx_load256(weight)));
    }
    imx_ref_mix.weigh(weight, valid, n);
}

static void total(double *sums, const uint16_t *weight, size_t n) {
    for (; n >= 8; n -= 8, sums += 8, weight += 8) {
        const __m256d a = imx_four_f64(IMX_U16, weight), b = imx_four_f64(IMX_U16, weight + 4);
        _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums), a));
        _mm256_storeu_pd(sums + 4, _mm256_add_pd(_mm256_loadu_pd(sums + 4), b));
    }
    imx_ref_mix.total(sums, weight, n);
}

static inline void add_four(double *sum, const double *values, const uint16_t *weight) {
    const __m256d w = imx_four_f64(IMX_U16, weight);
    const __m256d counts = _mm256_cmp_pd(w, _mm256_setzero_pd(), _CMP_NEQ_OQ);
    const __m256d product = _mm256_and_pd(counts, _mm256_mul_pd(w, _mm256_loadu_pd(values)));
    _mm256_storeu_pd(sum, _mm256_add_pd(_mm256_loadu_pd(sum), product));
}

static void add(double *sum, const double *values, const uint16_t *weight, size_t n) {
    for (; n >= 8; n -= 8, sum += 8, values += 8, weight += 8) {
        add_four(sum, values, weight);
        add_four(sum + 4, values + 4, weight + 4);
    }
    imx_ref_mix.add(sum, values, weight, n);
}

/* Mask of the totals that are not 0. */
static inline __m256d divide_four(double *sum, const double *totals) {
    const __m256d t = _mm256_loadu_pd(totals), counts = _mm256_cmp_pd(t, _mm256_setzero_pd(), _CMP_NEQ_UQ);
    _mm256_storeu_pd(sum, _mm256_and_pd(counts, _mm256_div_pd(_mm256_loadu_pd(sum), t)));
    return counts;
}

static void divide(double *sum, const double *totals, size_t n, uint8_t *valid) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256i lower = _mm256_castpd_si256(divide_four(sum + i, totals + i));
        const __m256i upper = _mm256_castpd_si256(divide_four(sum + i + 4, totals + i + 4));
        if (valid) {
            const __m256i words = imx_halves_of_64(lower, upper);
            const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
            imx_store64(valid + i, _mm_packs_epi16(halves, halves));
        }
    }
    imx_ref_mix.divide(sum + i, totals + i, n - i, valid ? valid + i : NULL);
}

/* ---- 16-bit RGBA, straight and premultiplied: four pixels at a time ---- */

#define ALPHA_WORDS ((int64_t)UINT64_C(0xffff000000000000))

/* floor(v / 65535) for v up to 65535^2 + 32767. */
static inline __m256i div65535(__m256i v) {
    const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(v, _mm256_srli_epi32(v, 16)), _mm256_set1_epi32(1));
    return _mm256_srli_epi32(sum, 16);
}

/* Two pixels' words as u32: times their alphas; the alphas themselves times 65535. */
static inline __m256i premultiply_two(__m256i v) {
    const __m256i alpha = _mm256_blend_epi32(_mm256_shuffle_epi32(v, 0xff), _mm256_set1_epi32(65535), 0x88);
    return div65535(_mm256_add_epi32(_mm256_mullo_epi32(v, alpha), _mm256_set1_epi32(32767)));
}

static void premultiply_rgba16(uint16_t *px, size_t n) {
    const __m256i zero = _mm256_setzero_si256(), alpha = _mm256_set1_epi64x(ALPHA_WORDS);
    for (; n >= 4; n -= 4, px += 16) {
        const __m256i v = imx_load256(px);
        if (!_mm256_testc_si256(v, alpha)) {
            imx_store256(px, _mm256_packus_epi32(premultiply_two(_mm256_unpacklo_epi16(v, zero)),
                                                 premultiply_two(_mm256_unpackhi_epi16(v, zero))));
        }
    }
    imx_ref_mix.premultiply_rgba16(px, n);
}

/* One pixel's colours. A quotient that is not whole is at least 1/65535 below the next: far more than f64 rounds by. */
static inline __m128i unpremultiply_one(__m128i words) {
    const __m256d v = _mm256_cvtepi32_pd(words), a = _mm256_permute4x64_pd(v, 0xff);
    const __m256d half = _mm256_floor_pd(_mm256_mul_pd(a, _mm256_set1_pd(0.5)));
    const __m256d n = _mm256_add_pd(_mm256_mul_pd(v, _mm256_set1_pd(65535)), half);
    const __m256d q = _mm256_min_pd(_mm256_div_pd(n, a), _mm256_set1_pd(65535));
    return _mm256_cvttpd_epi32(_mm256_and_pd(q, _mm256_cmp_pd(a, _mm256_setzero_pd(), _CMP_NEQ_OQ)));
}

static void unpremultiply_rgba16(uint16_t *px, size_t n) {
    const __m256i alpha = _mm256_set1_epi64x(ALPHA_WORDS);
    for (; n >= 4; n -= 4, px += 16) {
        const __m256i v = imx_load256(px);
        if (_mm256_testc_si256(v, alpha)) {
            continue;
        }
        __m128i color[4];
        for (int k = 0; k < 4; k++) {
            color[k] = unpremultiply_one(_mm_cvtepu16_epi32(imx_load64(px + 4 * k)));
        }
        const __m256i colors =
            _mm256_set_m128i(_mm_packus_epi32(color[2], color[3]), _mm_packus_epi32(color[0], color[1]));
        imx_store256(px, _mm256_blend_epi16(colors, v, 0x88));
    }
    imx_ref_mix.unpremultiply_rgba16(px, n);
}

void imx_avx2_mix_install(imx_mix_kernels *table) {
    *table = (imx_mix_kernels){
        .over = IMX_BY_SIZE(over_),
        .under = IMX_BY_SIZE(under_),
        .weigh = weigh,
        .total = total,
        .add = add,
        .divide = divide,
        .premultiply_rgba16 = premultiply_rgba16,
        .unpremultiply_rgba16 = unpremultiply_rgba16,
    };
}
