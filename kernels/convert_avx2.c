/* kernels/convert_avx2.c: conversions, eight f64 at a time; samples unpacked; planes to rgba8 and back. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"

/* ---- widen ---- */

#define WIDEN(name, T, TYPE)                                                                                           \
    static void widen_##name(const void *src, size_t n, double *dst) {                                                 \
        const T *s = src;                                                                                              \
        for (; n >= 8; n -= 8, s += 8, dst += 8) {                                                                     \
            const __m256d a = imx_four_f64(TYPE, s), b = imx_four_f64(TYPE, s + 4);                                    \
            _mm256_storeu_pd(dst, a);                                                                                  \
            _mm256_storeu_pd(dst + 4, b);                                                                              \
        }                                                                                                              \
        imx_ref_convert.widen[TYPE](s, n, dst);                                                                        \
    }
IMX_EACH_TYPE(WIDEN)

static void scale(double *values, size_t n, double factor, double offset) {
    const __m256d f = _mm256_set1_pd(factor), o = _mm256_set1_pd(offset);
    for (; n >= 8; n -= 8, values += 8) {
        const __m256d a = _mm256_loadu_pd(values), b = _mm256_loadu_pd(values + 4);
        _mm256_storeu_pd(values, _mm256_add_pd(_mm256_mul_pd(a, f), o));
        _mm256_storeu_pd(values + 4, _mm256_add_pd(_mm256_mul_pd(b, f), o));
    }
    imx_ref_convert.scale(values, n, factor, offset);
}

/* ---- narrow ---- */

/* Whole numbers in the range: NaN to 0, saturated, halves away from zero. */
IMX_GENERIC __m256d rounded(__m256d v, __m256d lowest, __m256d highest) {
    v = _mm256_and_pd(v, _mm256_cmp_pd(v, v, _CMP_ORD_Q));
    v = _mm256_min_pd(_mm256_max_pd(v, lowest), highest);
    const __m256d whole = _mm256_round_pd(v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC), rest = _mm256_sub_pd(v, whole);
    const __m256d one = _mm256_set1_pd(1);
    const __m256d up = _mm256_and_pd(_mm256_cmp_pd(rest, _mm256_set1_pd(0.5), _CMP_GE_OQ), one);
    const __m256d down = _mm256_and_pd(_mm256_cmp_pd(rest, _mm256_set1_pd(-0.5), _CMP_LE_OQ), one);
    return _mm256_sub_pd(_mm256_add_pd(whole, up), down);
}

IMX_GENERIC void store_eight(imx_type type, __m256d a, __m256d b, void *p) {
    if (type == IMX_U32) { /* as i32, 2^31 less */
        const __m256d half = _mm256_set1_pd(0x1p31);
        const __m128i top = _mm_set1_epi32(INT32_MIN);
        imx_store128(p, _mm_xor_si128(_mm256_cvttpd_epi32(_mm256_sub_pd(a, half)), top));
        imx_store128((char *)p + 16, _mm_xor_si128(_mm256_cvttpd_epi32(_mm256_sub_pd(b, half)), top));
        return;
    }
    const __m128i lo = _mm256_cvttpd_epi32(a), hi = _mm256_cvttpd_epi32(b), words = _mm_packs_epi32(lo, hi);
    switch (type) {
    case IMX_U8: imx_store64(p, _mm_packus_epi16(words, words)); break;
    case IMX_I8: imx_store64(p, _mm_packs_epi16(words, words)); break;
    case IMX_U16: imx_store128(p, _mm_packus_epi32(lo, hi)); break;
    case IMX_I16: imx_store128(p, words); break;
    default: imx_store128(p, lo); imx_store128((char *)p + 16, hi);
    }
}

/* Rare: finds the NaN only where one of eight is. */
static inline void clear_nan(const double *src, __m256d a, __m256d b, uint8_t *valid) {
    if (valid && !_mm256_testz_si256(_mm256_castpd_si256(_mm256_cmp_pd(a, b, _CMP_UNORD_Q)), _mm256_set1_epi8(-1))) {
        imx_ref_validity.nodata[IMX_F64](src, 8, NAN, valid);
    }
}

#define NARROW(name, T, TYPE)                                                                                          \
    static void narrow_##name(const double *src, size_t n, void *dst, uint8_t *valid) {                                \
        const __m256d lowest = _mm256_set1_pd(imx_type_lowest(TYPE)),                                                  \
                      highest = _mm256_set1_pd(imx_type_highest(TYPE));                                                \
        T *d = dst;                                                                                                    \
        size_t i = 0;                                                                                                  \
        for (; i + 8 <= n; i += 8) {                                                                                   \
            const __m256d a = _mm256_loadu_pd(src + i), b = _mm256_loadu_pd(src + i + 4);                              \
            store_eight(TYPE, rounded(a, lowest, highest), rounded(b, lowest, highest), d + i);                        \
            clear_nan(src + i, a, b, valid ? valid + i : NULL);                                                        \
        }                                                                                                              \
        imx_ref_convert.narrow[TYPE](src + i, n - i, d + i, valid ? valid + i : NULL);                                 \
    }
IMX_EACH_INTEGER(NARROW)

static void narrow_f32(const double *src, size_t n, void *dst, uint8_t *valid) {
    float *d = dst;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256d a = _mm256_loadu_pd(src + i), b = _mm256_loadu_pd(src + i + 4);
        _mm256_storeu_ps(d + i, _mm256_set_m128(_mm256_cvtpd_ps(b), _mm256_cvtpd_ps(a)));
        clear_nan(src + i, a, b, valid ? valid + i : NULL);
    }
    imx_ref_convert.narrow[IMX_F32](src + i, n - i, d + i, valid ? valid + i : NULL);
}

static void narrow_f64(const double *src, size_t n, void *dst, uint8_t *valid) {
    double *d = dst;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256d a = _mm256_loadu_pd(src + i), b = _mm256_loadu_pd(src + i + 4);
        _mm256_storeu_pd(d + i, a);
        _mm256_storeu_pd(d + i + 4, b);
        clear_nan(src + i, a, b, valid ? valid + i : NULL);
    }
    imx_ref_convert.narrow[IMX_F64](src + i, n - i, d + i, valid ? valid + i : NULL);
}

/* ---- narrow samples ---- */

static void f16_f32(const uint16_t *src, size_t n, float *dst) {
    const __m256i bias = _mm256_set1_epi32(112 << 23), one = _mm256_set1_epi32(1 << 23);
    const __m256i finite = _mm256_set1_epi32((31 << 23) - 1);
    for (; n >= 8; n -= 8, src += 8, dst += 8) {
        const __m256i v = _mm256_cvtepu16_epi32(imx_load128(src));
        const __m256i magnitude = _mm256_slli_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0x7fff)), 13);
        const __m256i sign = _mm256_slli_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0x8000)), 16);
        const __m256i again = _mm256_and_si256(_mm256_cmpgt_epi32(magnitude, finite), bias);
        const __m256i normal = _mm256_add_epi32(_mm256_add_epi32(magnitude, bias), again);
        const __m256 small =
            _mm256_sub_ps(_mm256_castsi256_ps(_mm256_add_epi32(normal, one)), _mm256_set1_ps(0x1p-14f));
        const __m256i is_small = _mm256_cmpgt_epi32(one, magnitude);
        imx_store256(dst, _mm256_or_si256(_mm256_blendv_epi8(normal, _mm256_castps_si256(small), is_small), sign));
    }
    imx_ref_convert.f16_f32(src, n, dst);
}

static void unpack1(const uint8_t *packed, size_t n, uint8_t *dst) {
    const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, /**/
                                            2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i place = _mm256_set1_epi64x(0x0102040810204080);
    for (; n >= 32; n -= 32, packed += 4, dst += 32) {
        const __m256i v = _mm256_shuffle_epi8(_mm256_broadcastd_epi32(imx_load32(packed)), spread);
        imx_store256(dst, _mm256_min_epu8(_mm256_and_si256(v, place), _mm256_set1_epi8(1)));
    }
    imx_ref_convert.unpack1(packed, n, dst);
}

/* 16 bytes to 32 nibbles, the upper one first. */
static inline __m256i nibbles(__m128i v) {
    const __m128i low = _mm_set1_epi8(15);
    const __m128i upper = _mm_and_si128(_mm_srli_epi16(v, 4), low), lower = _mm_and_si128(v, low);
    return _mm256_set_m128i(_mm_unpackhi_epi8(upper, lower), _mm_unpacklo_epi8(upper, lower));
}

static void unpack2(const uint8_t *packed, size_t n, uint8_t *dst) {
    for (; n >= 32; n -= 32, packed += 8, dst += 32) {
        const __m128i v = imx_load64(packed), low = _mm_set1_epi8(15), two = _mm_set1_epi8(3);
        const __m128i four =
            _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(v, 4), low), _mm_and_si128(v, low)); /* nibbles */
        const __m128i upper = _mm_srli_epi16(_mm_andnot_si128(two, four), 2), lower = _mm_and_si128(four, two);
        imx_store128(dst, _mm_unpacklo_epi8(upper, lower));
        imx_store128(dst + 16, _mm_unpackhi_epi8(upper, lower));
    }
    imx_ref_convert.unpack2(packed, n, dst);
}

static void unpack4(const uint8_t *packed, size_t n, uint8_t *dst) {
    for (; n >= 32; n -= 32, packed += 16, dst += 32) {
        imx_store256(dst, nibbles(imx_load128(packed)));
    }
    imx_ref_convert.unpack4(packed, n, dst);
}

static void unpack12(const uint8_t *packed, size_t n, uint16_t *dst) {
    /* The two bytes of each sample, the later one first: even samples are shifted down, odd ones masked. */
    const __m256i pairs = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, /**/
                                           1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    for (; n >= 19; n -= 16, packed += 24, dst += 16) { /* reads 28 bytes: those of 19 samples are more */
        const __m256i v = _mm256_shuffle_epi8(_mm256_set_m128i(imx_load128(packed + 12), imx_load128(packed)), pairs);
        const __m256i even = _mm256_srli_epi16(v, 4), odd = _mm256_and_si256(v, _mm256_set1_epi16(0xfff));
        imx_store256(dst, _mm256_blend_epi16(even, odd, 0xaa));
    }
    imx_ref_convert.unpack12(packed, n, dst);
}

/* ---- rgba8 ---- */

static void to_rgba8(const uint8_t *const rgb[3], const uint8_t *alpha, size_t n, uint8_t *px) {
    size_t i = 0;
    for (; i + 32 <= n; i += 32, px += 128) {
        const __m256i a = alpha ? imx_load256(alpha + i) : _mm256_set1_epi8(-1);
        const __m256i none = _mm256_cmpeq_epi8(a, _mm256_setzero_si256());
        const __m256i r = _mm256_andnot_si256(none, imx_load256(rgb[0] + i)),
                      g = _mm256_andnot_si256(none, imx_load256(rgb[1] + i)),
                      b = _mm256_andnot_si256(none, imx_load256(rgb[2] + i));
        const __m256i rg_lo = _mm256_unpacklo_epi8(r, g), rg_hi = _mm256_unpackhi_epi8(r, g);
        const __m256i ba_lo = _mm256_unpacklo_epi8(b, a), ba_hi = _mm256_unpackhi_epi8(b, a);
        /* Pixels 0-3 and 16-19, 4-7 and 20-23, 8-11 and 24-27, 12-15 and 28-31. */
        const __m256i p0 = _mm256_unpacklo_epi16(rg_lo, ba_lo), p4 = _mm256_unpackhi_epi16(rg_lo, ba_lo);
        const __m256i p8 = _mm256_unpacklo_epi16(rg_hi, ba_hi), p12 = _mm256_unpackhi_epi16(rg_hi, ba_hi);
        imx_store256(px, _mm256_permute2x128_si256(p0, p4, 0x20));
        imx_store256(px + 32, _mm256_permute2x128_si256(p8, p12, 0x20));
        imx_store256(px + 64, _mm256_permute2x128_si256(p0, p4, 0x31));
        imx_store256(px + 96, _mm256_permute2x128_si256(p8, p12, 0x31));
    }
    const uint8_t *const rest[3] = {rgb[0] + i, rgb[1] + i, rgb[2] + i};
    imx_ref_convert.to_rgba8(rest, alpha ? alpha + i : NULL, n - i, px);
}

/* Eight pixels: r r r r g g g g b b b b a a a a in either half, then the halves' fours side by side. */
static inline __m256i by_channel(const uint8_t *px) {
    const __m256i collect = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, /**/
                                             0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m256i v = _mm256_shuffle_epi8(imx_load256(px), collect);
    return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

static void from_rgba8(const uint8_t *px, size_t n, uint8_t *const rgb[3], uint8_t *alpha) {
    size_t i = 0;
    for (; i + 32 <= n; i += 32, px += 128) {
        const __m256i a = by_channel(px), b = by_channel(px + 32), c = by_channel(px + 64), d = by_channel(px + 96);
        const __m256i rb0 = _mm256_unpacklo_epi64(a, b), rb1 = _mm256_unpacklo_epi64(c, d);
        const __m256i ga0 = _mm256_unpackhi_epi64(a, b), ga1 = _mm256_unpackhi_epi64(c, d);
        imx_store256(rgb[0] + i, _mm256_permute2x128_si256(rb0, rb1, 0x20));
        imx_store256(rgb[1] + i, _mm256_permute2x128_si256(ga0, ga1, 0x20));
        imx_store256(rgb[2] + i, _mm256_permute2x128_si256(rb0, rb1, 0x31));
        if (alpha) {
            imx_store256(alpha + i, _mm256_permute2x128_si256(ga0, ga1, 0x31));
        }
    }
    uint8_t *const rest[3] = {rgb[0] + i, rgb[1] + i, rgb[2] + i};
    imx_ref_convert.from_rgba8(px, n - i, rest, alpha ? alpha + i : NULL);
}

void imx_avx2_convert_install(imx_convert_kernels *table) {
    *table = (imx_convert_kernels){
        .widen = IMX_BY_TYPE(widen_),
        .scale = scale,
        .narrow = IMX_BY_TYPE(narrow_),
        .f16_f32 = f16_f32,
        .unpack1 = unpack1,
        .unpack2 = unpack2,
        .unpack4 = unpack4,
        .unpack12 = unpack12,
        .to_rgba8 = to_rgba8,
        .from_rgba8 = from_rgba8,
    };
}
