/* kernels/neon256.h: what the SIMD variants use of AVX2, in NEON: each vector is a pair of 128-bit ones, which stay in
 * registers. Only through intrinsics.h. */
#ifndef IMX_KERNELS_NEON256_H
#define IMX_KERNELS_NEON256_H

#include "kernels/neon128.h"

typedef struct imx_m256i {
    __m128i lo, hi;
} __m256i;
typedef struct imx_m256 {
    __m128 lo, hi;
} __m256;
typedef struct imx_m256d {
    __m128d lo, hi;
} __m256d;

/* ---- what the halves do each for itself -------------------------------------------------------------------------- */

#define IMX_NEON_UNARY(T, name)                                                                                        \
    IMX_NEON T _mm256_##name(T v) { return (T){_mm_##name(v.lo), _mm_##name(v.hi)}; }
#define IMX_NEON_BINARY(T, name)                                                                                       \
    IMX_NEON T _mm256_##name(T a, T b) { return (T){_mm_##name(a.lo, b.lo), _mm_##name(a.hi, b.hi)}; }
#define IMX_NEON_TERNARY(T, name)                                                                                      \
    IMX_NEON T _mm256_##name(T a, T b, T c) { return (T){_mm_##name(a.lo, b.lo, c.lo), _mm_##name(a.hi, b.hi, c.hi)}; }
/* With a number: of places, or that says which. */
#define IMX_NEON_UNARY_BY(T, name)                                                                                     \
    IMX_NEON T _mm256_##name(T v, int by) { return (T){_mm_##name(v.lo, by), _mm_##name(v.hi, by)}; }
#define IMX_NEON_BINARY_BY(T, name)                                                                                    \
    IMX_NEON T _mm256_##name(T a, T b, int by) { return (T){_mm_##name(a.lo, b.lo, by), _mm_##name(a.hi, b.hi, by)}; }

IMX_NEON_BINARY(__m256i, add_epi8)
IMX_NEON_BINARY(__m256i, add_epi16)
IMX_NEON_BINARY(__m256i, add_epi32)
IMX_NEON_BINARY(__m256i, add_epi64)
IMX_NEON_BINARY(__m256i, sub_epi8)
IMX_NEON_BINARY(__m256i, sub_epi16)
IMX_NEON_BINARY(__m256i, sub_epi32)
IMX_NEON_BINARY(__m256i, subs_epi8)
IMX_NEON_BINARY(__m256i, subs_epu8)
IMX_NEON_BINARY(__m256i, mullo_epi16)
IMX_NEON_BINARY(__m256i, mullo_epi32)
IMX_NEON_BINARY(__m256i, mulhi_epu16)
IMX_NEON_BINARY(__m256i, mul_epu32)
IMX_NEON_BINARY(__m256i, mul_epi32)
IMX_NEON_BINARY(__m256i, madd_epi16)
IMX_NEON_BINARY(__m256i, maddubs_epi16)
IMX_NEON_BINARY(__m256i, sad_epu8)
IMX_NEON_BINARY(__m256i, avg_epu8)
IMX_NEON_BINARY(__m256i, min_epu8)
IMX_NEON_BINARY(__m256i, max_epu8)
IMX_NEON_BINARY(__m256i, min_epi16)
IMX_NEON_BINARY(__m256i, max_epi16)
IMX_NEON_BINARY(__m256i, min_epi32)
IMX_NEON_BINARY(__m256i, max_epi32)
IMX_NEON_BINARY(__m256i, min_epu32)
IMX_NEON_BINARY(__m256i, max_epu32)
IMX_NEON_BINARY(__m256i, cmpeq_epi8)
IMX_NEON_BINARY(__m256i, cmpeq_epi16)
IMX_NEON_BINARY(__m256i, cmpeq_epi32)
IMX_NEON_BINARY(__m256i, cmpeq_epi64)
IMX_NEON_BINARY(__m256i, cmpgt_epi8)
IMX_NEON_BINARY(__m256i, cmpgt_epi32)
IMX_NEON_BINARY(__m256i, cmpgt_epi64)
IMX_NEON_BINARY(__m256i, sign_epi32)
IMX_NEON_BINARY(__m256i, packs_epi16)
IMX_NEON_BINARY(__m256i, packus_epi16)
IMX_NEON_BINARY(__m256i, packs_epi32)
IMX_NEON_BINARY(__m256i, packus_epi32)
IMX_NEON_BINARY(__m256i, unpacklo_epi8)
IMX_NEON_BINARY(__m256i, unpackhi_epi8)
IMX_NEON_BINARY(__m256i, unpacklo_epi16)
IMX_NEON_BINARY(__m256i, unpackhi_epi16)
IMX_NEON_BINARY(__m256i, unpacklo_epi64)
IMX_NEON_BINARY(__m256i, unpackhi_epi64)
IMX_NEON_BINARY(__m256i, shuffle_epi8)
IMX_NEON_UNARY(__m256i, abs_epi8)
IMX_NEON_UNARY(__m256i, abs_epi32)
IMX_NEON_TERNARY(__m256i, blendv_epi8)
IMX_NEON_UNARY_BY(__m256i, slli_epi16)
IMX_NEON_UNARY_BY(__m256i, srli_epi16)
IMX_NEON_UNARY_BY(__m256i, slli_epi32)
IMX_NEON_UNARY_BY(__m256i, srli_epi32)
IMX_NEON_UNARY_BY(__m256i, srai_epi32)
IMX_NEON_UNARY_BY(__m256i, slli_epi64)
IMX_NEON_UNARY_BY(__m256i, srli_epi64)
IMX_NEON_UNARY_BY(__m256i, shuffle_epi32)
IMX_NEON_BINARY_BY(__m256i, blend_epi16)

IMX_NEON_BINARY(__m256, add_ps)
IMX_NEON_BINARY(__m256, sub_ps)
IMX_NEON_BINARY(__m256, mul_ps)
IMX_NEON_BINARY(__m256, div_ps)
IMX_NEON_BINARY(__m256, min_ps)
IMX_NEON_BINARY(__m256, max_ps)
IMX_NEON_BINARY(__m256, and_ps)
IMX_NEON_BINARY(__m256, or_ps)
IMX_NEON_BINARY(__m256, andnot_ps)
IMX_NEON_BINARY(__m256, unpacklo_ps)
IMX_NEON_BINARY(__m256, unpackhi_ps)
IMX_NEON_TERNARY(__m256, blendv_ps)
IMX_NEON_BINARY_BY(__m256, shuffle_ps)
IMX_NEON_BINARY_BY(__m256, cmp_ps)

IMX_NEON_BINARY(__m256d, add_pd)
IMX_NEON_BINARY(__m256d, sub_pd)
IMX_NEON_BINARY(__m256d, mul_pd)
IMX_NEON_BINARY(__m256d, div_pd)
IMX_NEON_BINARY(__m256d, min_pd)
IMX_NEON_BINARY(__m256d, max_pd)
IMX_NEON_BINARY(__m256d, and_pd)
IMX_NEON_BINARY(__m256d, or_pd)
IMX_NEON_BINARY(__m256d, andnot_pd)
IMX_NEON_BINARY(__m256d, unpacklo_pd)
IMX_NEON_BINARY(__m256d, unpackhi_pd)
IMX_NEON_UNARY(__m256, sqrt_ps)
IMX_NEON_UNARY(__m256d, sqrt_pd)
IMX_NEON_UNARY(__m256d, floor_pd)
IMX_NEON_TERNARY(__m256d, blendv_pd)
IMX_NEON_UNARY_BY(__m256d, round_pd)
IMX_NEON_BINARY_BY(__m256d, cmp_pd)

/* ---- the same, but named otherwise ------------------------------------------------------------------------------- */

#define IMX_NEON_LOGIC(name)                                                                                           \
    IMX_NEON __m256i _mm256_##name##_si256(__m256i a, __m256i b) {                                                     \
        return (__m256i){_mm_##name##_si128(a.lo, b.lo), _mm_##name##_si128(a.hi, b.hi)};                              \
    }
IMX_NEON_LOGIC(and)
IMX_NEON_LOGIC(or)
IMX_NEON_LOGIC(xor)
IMX_NEON_LOGIC(andnot)
IMX_NEON int _mm256_testz_si256(__m256i a, __m256i b) {
    return vmaxvq_u32(vreinterpretq_u32_s32(vorrq_s32(vandq_s32(a.lo, b.lo), vandq_s32(a.hi, b.hi)))) == 0;
}
IMX_NEON int _mm256_testc_si256(__m256i a, __m256i b) {
    return vmaxvq_u32(vreinterpretq_u32_s32(vorrq_s32(vbicq_s32(b.lo, a.lo), vbicq_s32(b.hi, a.hi)))) == 0;
}
IMX_NEON __m256i _mm256_slli_si256(__m256i v, int n) {
    return (__m256i){_mm_slli_si128(v.lo, n), _mm_slli_si128(v.hi, n)};
}
IMX_NEON __m256i _mm256_srli_si256(__m256i v, int n) {
    return (__m256i){_mm_srli_si128(v.lo, n), _mm_srli_si128(v.hi, n)};
}
IMX_NEON __m256i _mm256_blend_epi32(__m256i a, __m256i b, int where) {
    return (__m256i){_mm_blend_epi32(a.lo, b.lo, where), _mm_blend_epi32(a.hi, b.hi, where >> 4)};
}
IMX_NEON __m256d _mm256_blend_pd(__m256d a, __m256d b, int where) {
    return (__m256d){_mm_blend_pd(a.lo, b.lo, where), _mm_blend_pd(a.hi, b.hi, where >> 2)};
}

#define IMX_NEON_CAST(TO, FROM, name, of_half)                                                                         \
    IMX_NEON TO _mm256_##name(FROM v) { return (TO){_mm_##of_half(v.lo), _mm_##of_half(v.hi)}; }
IMX_NEON_CAST(__m256, __m256i, castsi256_ps, castsi128_ps)
IMX_NEON_CAST(__m256i, __m256, castps_si256, castps_si128)
IMX_NEON_CAST(__m256d, __m256i, castsi256_pd, castsi128_pd)
IMX_NEON_CAST(__m256i, __m256d, castpd_si256, castpd_si128)
IMX_NEON_CAST(__m256, __m256i, cvtepi32_ps, cvtepi32_ps)
IMX_NEON_CAST(__m256i, __m256, cvttps_epi32, cvttps_epi32)

/* ---- memory and constants ---------------------------------------------------------------------------------------- */

IMX_NEON __m256i _mm256_loadu_si256(const void *p) {
    return (__m256i){_mm_loadu_si128(p), _mm_loadu_si128((const uint8_t *)p + 16)};
}
IMX_NEON void _mm256_storeu_si256(void *p, __m256i v) {
    _mm_storeu_si128(p, v.lo);
    _mm_storeu_si128((uint8_t *)p + 16, v.hi);
}
IMX_NEON __m256 _mm256_loadu_ps(const void *p) { return _mm256_castsi256_ps(_mm256_loadu_si256(p)); }
IMX_NEON __m256d _mm256_loadu_pd(const void *p) { return _mm256_castsi256_pd(_mm256_loadu_si256(p)); }
IMX_NEON void _mm256_storeu_ps(void *p, __m256 v) { _mm256_storeu_si256(p, _mm256_castps_si256(v)); }
IMX_NEON void _mm256_storeu_pd(void *p, __m256d v) { _mm256_storeu_si256(p, _mm256_castpd_si256(v)); }

#define IMX_NEON_SET1(R, T, name)                                                                                      \
    IMX_NEON R _mm256_##name(T v) { return (R){_mm_##name(v), _mm_##name(v)}; }
IMX_NEON_SET1(__m256i, int8_t, set1_epi8)
IMX_NEON_SET1(__m256i, int16_t, set1_epi16)
IMX_NEON_SET1(__m256i, int32_t, set1_epi32)
IMX_NEON_SET1(__m256i, int64_t, set1_epi64x)
IMX_NEON_SET1(__m256, float, set1_ps)
IMX_NEON_SET1(__m256d, double, set1_pd)
IMX_NEON __m256i _mm256_setzero_si256(void) { return _mm256_set1_epi32(0); }
IMX_NEON __m256 _mm256_setzero_ps(void) { return _mm256_set1_ps(0); }
IMX_NEON __m256d _mm256_setzero_pd(void) { return _mm256_set1_pd(0); }
IMX_NEON __m256i _mm256_setr_epi32(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, int32_t g,
                                   int32_t h) {
    return (__m256i){{a, b, c, d}, {e, f, g, h}};
}
#define _mm256_setr_epi8(...) _mm256_loadu_si256((const int8_t[32]){__VA_ARGS__})

/* Lanes one by one, where a vector says: of eight the byte offsets from p times scale. */
IMX_NEON int32_t imx_neon_i32_at(const void *p, int32_t offset, int scale) {
    int32_t v;
    memcpy(&v, (const uint8_t *)p + (intptr_t)offset * scale, sizeof v);
    return v;
}
IMX_NEON int64_t imx_neon_i64_at(const void *p, int32_t offset, int scale) {
    int64_t v;
    memcpy(&v, (const uint8_t *)p + (intptr_t)offset * scale, sizeof v);
    return v;
}
IMX_NEON __m128i imx_neon_gather(const void *p, __m128i at, int scale) {
    return (__m128i){imx_neon_i32_at(p, at[0], scale), imx_neon_i32_at(p, at[1], scale),
                     imx_neon_i32_at(p, at[2], scale), imx_neon_i32_at(p, at[3], scale)};
}
IMX_NEON __m256i _mm256_i32gather_epi32(const void *p, __m256i at, int scale) {
    return (__m256i){imx_neon_gather(p, at.lo, scale), imx_neon_gather(p, at.hi, scale)};
}
IMX_NEON __m256 _mm256_i32gather_ps(const void *p, __m256i at, int scale) {
    return _mm256_castsi256_ps(_mm256_i32gather_epi32(p, at, scale));
}
IMX_NEON __m256i _mm256_i32gather_epi64(const void *p, __m128i at, int scale) {
    const int64x2_t lo = {imx_neon_i64_at(p, at[0], scale), imx_neon_i64_at(p, at[1], scale)};
    const int64x2_t hi = {imx_neon_i64_at(p, at[2], scale), imx_neon_i64_at(p, at[3], scale)};
    return (__m256i){vreinterpretq_s32_s64(lo), vreinterpretq_s32_s64(hi)};
}
/* Memory is read only where the mask is negative. */
IMX_NEON __m128i imx_neon_gather_some(__m128i v, const void *p, __m128i at, __m128i mask, int scale) {
    for (int i = 0; i < 4; i++) {
        v[i] = mask[i] < 0 ? imx_neon_i32_at(p, at[i], scale) : v[i];
    }
    return v;
}
IMX_NEON __m256i _mm256_mask_i32gather_epi32(__m256i v, const void *p, __m256i at, __m256i mask, int scale) {
    return (__m256i){imx_neon_gather_some(v.lo, p, at.lo, mask.lo, scale),
                     imx_neon_gather_some(v.hi, p, at.hi, mask.hi, scale)};
}
IMX_NEON __m256 _mm256_maskload_ps(const float *p, __m256i mask) {
    return _mm256_castsi256_ps(
        _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), p, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), mask, 4));
}

/* ---- between the halves ------------------------------------------------------------------------------------------ */

IMX_NEON __m256i _mm256_set_m128i(__m128i hi, __m128i lo) { return (__m256i){lo, hi}; }
IMX_NEON __m256 _mm256_set_m128(__m128 hi, __m128 lo) { return (__m256){lo, hi}; }
IMX_NEON __m256i _mm256_broadcastsi128_si256(__m128i v) { return (__m256i){v, v}; }
IMX_NEON __m256i _mm256_castsi128_si256(__m128i v) { return (__m256i){v, v}; } /* the upper half is anything */
IMX_NEON __m256 _mm256_castps128_ps256(__m128 v) { return (__m256){v, v}; }
IMX_NEON __m128i _mm256_castsi256_si128(__m256i v) { return v.lo; }
IMX_NEON __m128 _mm256_castps256_ps128(__m256 v) { return v.lo; }
IMX_NEON __m128d _mm256_castpd256_pd128(__m256d v) { return v.lo; }
IMX_NEON __m128i _mm256_extracti128_si256(__m256i v, int half) { return half ? v.hi : v.lo; }
IMX_NEON __m128 _mm256_extractf128_ps(__m256 v, int half) { return half ? v.hi : v.lo; }
IMX_NEON __m128d _mm256_extractf128_pd(__m256d v, int half) { return half ? v.hi : v.lo; }
IMX_NEON __m256i _mm256_inserti128_si256(__m256i v, __m128i part, int half) {
    return half ? (__m256i){v.lo, part} : (__m256i){part, v.hi};
}
IMX_NEON __m256 _mm256_insertf128_ps(__m256 v, __m128 part, int half) {
    return half ? (__m256){v.lo, part} : (__m256){part, v.hi};
}
IMX_NEON int64_t _mm256_extract_epi64(__m256i v, int i) { return _mm_extract_epi64(i < 2 ? v.lo : v.hi, i & 1); }

IMX_NEON __m128i imx_neon_half(__m256i a, __m256i b, int which) {
    return which & 8 ? vdupq_n_s32(0) : _mm256_extracti128_si256(which & 2 ? b : a, which & 1);
}
IMX_NEON __m256i _mm256_permute2x128_si256(__m256i a, __m256i b, int from) {
    return (__m256i){imx_neon_half(a, b, from & 15), imx_neon_half(a, b, from >> 4 & 15)};
}
IMX_NEON __m256d _mm256_permute4x64_pd(__m256d v, int from) {
    return (__m256d){__builtin_shuffle(v.lo, v.hi, (int64x2_t){from & 3, from >> 2 & 3}),
                     __builtin_shuffle(v.lo, v.hi, (int64x2_t){from >> 4 & 3, from >> 6 & 3})};
}
IMX_NEON __m256i _mm256_permute4x64_epi64(__m256i v, int from) {
    return _mm256_castpd_si256(_mm256_permute4x64_pd(_mm256_castsi256_pd(v), from));
}
IMX_NEON __m256i _mm256_permutevar8x32_epi32(__m256i v, __m256i from) { /* modulo 8 */
    return (__m256i){__builtin_shuffle(v.lo, v.hi, from.lo), __builtin_shuffle(v.lo, v.hi, from.hi)};
}
IMX_NEON __m256i _mm256_broadcastd_epi32(__m128i v) { return _mm256_set1_epi32(v[0]); }

/* ---- wider and narrower ------------------------------------------------------------------------------------------ */

IMX_NEON __m256i _mm256_cvtepu8_epi16(__m128i v) {
    return (__m256i){_mm_cvtepu8_epi16(v), IMX_OF_U16(vmovl_high_u8(IMX_AS_U8(v)))};
}
IMX_NEON __m256i _mm256_cvtepi8_epi16(__m128i v) {
    return (__m256i){_mm_cvtepi8_epi16(v), IMX_OF_I16(vmovl_high_s8(IMX_AS_I8(v)))};
}
IMX_NEON __m256i _mm256_cvtepu16_epi32(__m128i v) {
    return (__m256i){_mm_cvtepu16_epi32(v), IMX_OF_U32(vmovl_high_u16(IMX_AS_U16(v)))};
}
IMX_NEON __m256i _mm256_cvtepi16_epi32(__m128i v) {
    return (__m256i){_mm_cvtepi16_epi32(v), vmovl_high_s16(IMX_AS_I16(v))};
}
IMX_NEON __m256i _mm256_cvtepi32_epi64(__m128i v) {
    return (__m256i){IMX_OF_I64(vmovl_s32(vget_low_s32(v))), IMX_OF_I64(vmovl_high_s32(v))};
}
IMX_NEON __m256i _mm256_cvtepu8_epi32(__m128i v) { return _mm256_cvtepu16_epi32(_mm_cvtepu8_epi16(v)); }
IMX_NEON __m256i _mm256_cvtepu8_epi64(__m128i v) { /* not negative as 32 bits */
    return _mm256_cvtepi32_epi64(_mm_cvtepu8_epi32(v));
}
IMX_NEON __m256d _mm256_cvtepi32_pd(__m128i v) {
    return (__m256d){vcvtq_f64_s64(vmovl_s32(vget_low_s32(v))), vcvtq_f64_s64(vmovl_high_s32(v))};
}
IMX_NEON __m256d _mm256_cvtps_pd(__m128 v) { return (__m256d){vcvt_f64_f32(vget_low_f32(v)), vcvt_high_f64_f32(v)}; }
IMX_NEON __m128 _mm256_cvtpd_ps(__m256d v) { return vcvt_high_f32_f64(vcvt_f32_f64(v.lo), v.hi); }
IMX_NEON __m128i _mm256_cvttpd_epi32(__m256d v) { /* NaN and what is too large: the smallest */
    const float64x2_t end = vdupq_n_f64(0x1p31);
    const uint32x4_t fits =
        vuzp1q_u32(vreinterpretq_u32_u64(vcltq_f64(v.lo, end)), vreinterpretq_u32_u64(vcltq_f64(v.hi, end)));
    const int32x4_t whole = vqmovn_high_s64(vqmovn_s64(vcvtq_s64_f64(v.lo)), vcvtq_s64_f64(v.hi));
    return vbslq_s32(fits, whole, vdupq_n_s32(INT32_MIN));
}

/* ---- the signs of lanes as bits of a number ---------------------------------------------------------------------- */

IMX_NEON int _mm256_movemask_epi8(__m256i v) {
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t lo = vandq_u8(vcltzq_s8(IMX_AS_I8(v.lo)), bit), hi = vandq_u8(vcltzq_s8(IMX_AS_I8(v.hi)), bit);
    const uint8x16_t fours = vpaddq_u8(vpaddq_u8(lo, hi), vdupq_n_u8(0));
    return (int)vgetq_lane_u32(vreinterpretq_u32_u8(vpaddq_u8(fours, fours)), 0);
}
IMX_NEON int _mm256_movemask_ps(__m256 v) {
    const int32x4_t lo = vandq_s32(IMX_OF_U32(vcltzq_s32(_mm_castps_si128(v.lo))), (int32x4_t){1, 2, 4, 8});
    const int32x4_t hi = vandq_s32(IMX_OF_U32(vcltzq_s32(_mm_castps_si128(v.hi))), (int32x4_t){16, 32, 64, 128});
    return vaddvq_s32(vorrq_s32(lo, hi));
}
IMX_NEON int _mm256_movemask_pd(__m256d v) {
    const int32x4_t signs =
        IMX_OF_U32(vuzp2q_u32(IMX_AS_U32(_mm_castpd_si128(v.lo)), IMX_AS_U32(_mm_castpd_si128(v.hi))));
    return vaddvq_s32(vandq_s32(IMX_OF_U32(vcltzq_s32(signs)), (int32x4_t){1, 2, 4, 8}));
}

#endif
