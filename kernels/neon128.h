/* kernels/neon128.h: what the SIMD variants use of SSE4.2, in NEON (aarch64, little endian): the same names, and the
 * same bits for every input, NaN and what is out of range too, but for the sign of a NaN that arithmetic makes
 * (tests/kernels/test_intrinsics.c). Only through intrinsics.h. */
#ifndef IMX_KERNELS_NEON128_H
#define IMX_KERNELS_NEON128_H

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#define IMX_NEON static inline __attribute__((always_inline))

typedef int32x4_t __m128i;
typedef float32x4_t __m128;
typedef float64x2_t __m128d;

/* Views of a vector by its lanes. */
#define IMX_AS_I8(v) vreinterpretq_s8_s32(v)
#define IMX_AS_U8(v) vreinterpretq_u8_s32(v)
#define IMX_AS_I16(v) vreinterpretq_s16_s32(v)
#define IMX_AS_U16(v) vreinterpretq_u16_s32(v)
#define IMX_AS_I32(v) (v)
#define IMX_AS_U32(v) vreinterpretq_u32_s32(v)
#define IMX_AS_I64(v) vreinterpretq_s64_s32(v)
#define IMX_AS_U64(v) vreinterpretq_u64_s32(v)
#define IMX_OF_I8(v) vreinterpretq_s32_s8(v)
#define IMX_OF_U8(v) vreinterpretq_s32_u8(v)
#define IMX_OF_I16(v) vreinterpretq_s32_s16(v)
#define IMX_OF_U16(v) vreinterpretq_s32_u16(v)
#define IMX_OF_I32(v) (v)
#define IMX_OF_U32(v) vreinterpretq_s32_u32(v)
#define IMX_OF_I64(v) vreinterpretq_s32_s64(v)
#define IMX_OF_U64(v) vreinterpretq_s32_u64(v)

/* ---- memory: any alignment, any type of what is there ------------------------------------------------------------ */

IMX_NEON __m128i _mm_loadu_si128(const void *p) { return IMX_OF_U8(vld1q_u8(p)); }
IMX_NEON __m128i _mm_load_si128(const void *p) { return IMX_OF_U8(vld1q_u8(p)); }
IMX_NEON __m128i _mm_loadl_epi64(const void *p) { return IMX_OF_U8(vcombine_u8(vld1_u8(p), vdup_n_u8(0))); }
IMX_NEON __m128 _mm_loadu_ps(const void *p) { return vreinterpretq_f32_u8(vld1q_u8(p)); }
IMX_NEON void _mm_storeu_si128(void *p, __m128i v) { vst1q_u8(p, IMX_AS_U8(v)); }
IMX_NEON void _mm_storel_epi64(void *p, __m128i v) { vst1_u8(p, vget_low_u8(IMX_AS_U8(v))); }
IMX_NEON void _mm_storeu_si32(void *p, __m128i v) {
    const int32_t low = vgetq_lane_s32(v, 0);
    memcpy(p, &low, sizeof low);
}

/* ---- constants, lanes, casts ------------------------------------------------------------------------------------- */

IMX_NEON __m128i _mm_setzero_si128(void) { return vdupq_n_s32(0); }
IMX_NEON __m128 _mm_setzero_ps(void) { return vdupq_n_f32(0); }
IMX_NEON __m128i _mm_set1_epi8(int8_t v) { return IMX_OF_I8(vdupq_n_s8(v)); }
IMX_NEON __m128i _mm_set1_epi16(int16_t v) { return IMX_OF_I16(vdupq_n_s16(v)); }
IMX_NEON __m128i _mm_set1_epi32(int32_t v) { return vdupq_n_s32(v); }
IMX_NEON __m128i _mm_set1_epi64x(int64_t v) { return IMX_OF_I64(vdupq_n_s64(v)); }
IMX_NEON __m128 _mm_set1_ps(float v) { return vdupq_n_f32(v); }
IMX_NEON __m128d _mm_set1_pd(double v) { return vdupq_n_f64(v); }
IMX_NEON __m128i _mm_setr_epi32(int32_t a, int32_t b, int32_t c, int32_t d) { return (int32x4_t){a, b, c, d}; }
IMX_NEON __m128i _mm_set_epi64x(int64_t high, int64_t low) { return IMX_OF_I64(((int64x2_t){low, high})); }
#define _mm_setr_epi8(...) IMX_OF_I8(((int8x16_t){__VA_ARGS__}))

IMX_NEON __m128i _mm_cvtsi32_si128(int32_t v) { return (int32x4_t){v, 0, 0, 0}; }
IMX_NEON int32_t _mm_cvtsi128_si32(__m128i v) { return vgetq_lane_s32(v, 0); }
IMX_NEON int64_t _mm_cvtsi128_si64(__m128i v) { return vgetq_lane_s64(IMX_AS_I64(v), 0); }
IMX_NEON int64_t _mm_extract_epi64(__m128i v, int i) { return IMX_AS_I64(v)[i]; }
IMX_NEON float _mm_cvtss_f32(__m128 v) { return vgetq_lane_f32(v, 0); }
IMX_NEON double _mm_cvtsd_f64(__m128d v) { return vgetq_lane_f64(v, 0); }
IMX_NEON __m128 _mm_castsi128_ps(__m128i v) { return vreinterpretq_f32_s32(v); }
IMX_NEON __m128i _mm_castps_si128(__m128 v) { return vreinterpretq_s32_f32(v); }
IMX_NEON __m128d _mm_castsi128_pd(__m128i v) { return vreinterpretq_f64_s32(v); }
IMX_NEON __m128i _mm_castpd_si128(__m128d v) { return vreinterpretq_s32_f64(v); }

/* ---- integers, lane by lane -------------------------------------------------------------------------------------- */

#define IMX_NEON_LANES(name, TYPE, RESULT, neon)                                                                       \
    IMX_NEON __m128i _mm_##name(__m128i a, __m128i b) {                                                                \
        return IMX_OF_##RESULT(neon(IMX_AS_##TYPE(a), IMX_AS_##TYPE(b)));                                              \
    }
IMX_NEON_LANES(add_epi8, U8, U8, vaddq_u8)
IMX_NEON_LANES(add_epi16, U16, U16, vaddq_u16)
IMX_NEON_LANES(add_epi32, U32, U32, vaddq_u32)
IMX_NEON_LANES(add_epi64, U64, U64, vaddq_u64)
IMX_NEON_LANES(sub_epi8, U8, U8, vsubq_u8)
IMX_NEON_LANES(sub_epi16, U16, U16, vsubq_u16)
IMX_NEON_LANES(sub_epi32, U32, U32, vsubq_u32)
IMX_NEON_LANES(subs_epi8, I8, I8, vqsubq_s8)
IMX_NEON_LANES(subs_epu8, U8, U8, vqsubq_u8)
IMX_NEON_LANES(mullo_epi16, U16, U16, vmulq_u16)
IMX_NEON_LANES(mullo_epi32, U32, U32, vmulq_u32)
IMX_NEON_LANES(avg_epu8, U8, U8, vrhaddq_u8)
IMX_NEON_LANES(min_epu8, U8, U8, vminq_u8)
IMX_NEON_LANES(max_epu8, U8, U8, vmaxq_u8)
IMX_NEON_LANES(min_epi16, I16, I16, vminq_s16)
IMX_NEON_LANES(max_epi16, I16, I16, vmaxq_s16)
IMX_NEON_LANES(min_epi32, I32, I32, vminq_s32)
IMX_NEON_LANES(max_epi32, I32, I32, vmaxq_s32)
IMX_NEON_LANES(min_epu32, U32, U32, vminq_u32)
IMX_NEON_LANES(max_epu32, U32, U32, vmaxq_u32)
IMX_NEON_LANES(cmpeq_epi8, U8, U8, vceqq_u8)
IMX_NEON_LANES(cmpeq_epi16, U16, U16, vceqq_u16)
IMX_NEON_LANES(cmpeq_epi32, U32, U32, vceqq_u32)
IMX_NEON_LANES(cmpeq_epi64, U64, U64, vceqq_u64)
IMX_NEON_LANES(cmpgt_epi8, I8, U8, vcgtq_s8)
IMX_NEON_LANES(cmpgt_epi32, I32, U32, vcgtq_s32)
IMX_NEON_LANES(cmpgt_epi64, I64, U64, vcgtq_s64)
IMX_NEON_LANES(and_si128, U32, U32, vandq_u32)
IMX_NEON_LANES(or_si128, U32, U32, vorrq_u32)
IMX_NEON_LANES(xor_si128, U32, U32, veorq_u32)

IMX_NEON __m128i _mm_andnot_si128(__m128i a, __m128i b) { return vbicq_s32(b, a); }
IMX_NEON __m128i _mm_abs_epi8(__m128i v) { return IMX_OF_I8(vabsq_s8(IMX_AS_I8(v))); }
IMX_NEON __m128i _mm_abs_epi32(__m128i v) { return vabsq_s32(v); }
IMX_NEON __m128i _mm_sign_epi32(__m128i a, __m128i b) {                              /* a, -a or 0, by the sign of b */
    const int32x4_t negative = IMX_OF_U32(vsubq_u32(vdupq_n_u32(0), IMX_AS_U32(a))); /* modulo 2^32 */
    return vbicq_s32(vbslq_s32(vcltzq_s32(b), negative, a), vreinterpretq_s32_u32(vceqzq_s32(b)));
}
IMX_NEON __m128i _mm_blendv_epi8(__m128i a, __m128i b, __m128i where) {
    return IMX_OF_U8(vbslq_u8(vcltzq_s8(IMX_AS_I8(where)), IMX_AS_U8(b), IMX_AS_U8(a)));
}
IMX_NEON int _mm_testz_si128(__m128i a, __m128i b) { return vmaxvq_u32(IMX_AS_U32(vandq_s32(a, b))) == 0; }

IMX_NEON __m128i _mm_slli_epi16(__m128i v, int n) { return IMX_OF_U16(IMX_AS_U16(v) << n); }
IMX_NEON __m128i _mm_srli_epi16(__m128i v, int n) { return IMX_OF_U16(IMX_AS_U16(v) >> n); }
IMX_NEON __m128i _mm_slli_epi32(__m128i v, int n) { return IMX_OF_U32(IMX_AS_U32(v) << n); }
IMX_NEON __m128i _mm_srli_epi32(__m128i v, int n) { return IMX_OF_U32(IMX_AS_U32(v) >> n); }
IMX_NEON __m128i _mm_srai_epi32(__m128i v, int n) { return v >> n; }
IMX_NEON __m128i _mm_slli_epi64(__m128i v, int n) { return IMX_OF_U64(IMX_AS_U64(v) << n); }
IMX_NEON __m128i _mm_srli_epi64(__m128i v, int n) { return IMX_OF_U64(IMX_AS_U64(v) >> n); }

/* ---- integers that become wider or narrower ---------------------------------------------------------------------- */

IMX_NEON __m128i _mm_cvtepu8_epi16(__m128i v) { return IMX_OF_U16(vmovl_u8(vget_low_u8(IMX_AS_U8(v)))); }
IMX_NEON __m128i _mm_cvtepi8_epi16(__m128i v) { return IMX_OF_I16(vmovl_s8(vget_low_s8(IMX_AS_I8(v)))); }
IMX_NEON __m128i _mm_cvtepu16_epi32(__m128i v) { return IMX_OF_U32(vmovl_u16(vget_low_u16(IMX_AS_U16(v)))); }
IMX_NEON __m128i _mm_cvtepi16_epi32(__m128i v) { return vmovl_s16(vget_low_s16(IMX_AS_I16(v))); }
IMX_NEON __m128i _mm_cvtepu8_epi32(__m128i v) { return _mm_cvtepu16_epi32(_mm_cvtepu8_epi16(v)); }
IMX_NEON __m128i _mm_cvtepi8_epi32(__m128i v) { return _mm_cvtepi16_epi32(_mm_cvtepi8_epi16(v)); }

IMX_NEON __m128i _mm_packs_epi16(__m128i a, __m128i b) {
    return IMX_OF_I8(vqmovn_high_s16(vqmovn_s16(IMX_AS_I16(a)), IMX_AS_I16(b)));
}
IMX_NEON __m128i _mm_packus_epi16(__m128i a, __m128i b) {
    return IMX_OF_U8(vqmovun_high_s16(vqmovun_s16(IMX_AS_I16(a)), IMX_AS_I16(b)));
}
IMX_NEON __m128i _mm_packs_epi32(__m128i a, __m128i b) { return IMX_OF_I16(vqmovn_high_s32(vqmovn_s32(a), b)); }
IMX_NEON __m128i _mm_packus_epi32(__m128i a, __m128i b) { return IMX_OF_U16(vqmovun_high_s32(vqmovun_s32(a), b)); }

IMX_NEON __m128i _mm_mulhi_epu16(__m128i a, __m128i b) {
    const uint32x4_t low = vmull_u16(vget_low_u16(IMX_AS_U16(a)), vget_low_u16(IMX_AS_U16(b)));
    const uint32x4_t high = vmull_high_u16(IMX_AS_U16(a), IMX_AS_U16(b));
    return IMX_OF_U16(vuzp2q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high)));
}
IMX_NEON __m128i _mm_mul_epu32(__m128i a, __m128i b) { /* lanes 0 and 2 */
    return IMX_OF_U64(vmull_u32(vmovn_u64(IMX_AS_U64(a)), vmovn_u64(IMX_AS_U64(b))));
}
IMX_NEON __m128i _mm_mul_epi32(__m128i a, __m128i b) {
    return IMX_OF_I64(vmull_s32(vmovn_s64(IMX_AS_I64(a)), vmovn_s64(IMX_AS_I64(b))));
}
/* Products of neighbours, added. */
IMX_NEON __m128i _mm_madd_epi16(__m128i a, __m128i b) {
    const int32x4_t low = vmull_s16(vget_low_s16(IMX_AS_I16(a)), vget_low_s16(IMX_AS_I16(b)));
    return vpaddq_s32(low, vmull_high_s16(IMX_AS_I16(a), IMX_AS_I16(b)));
}
IMX_NEON __m128i _mm_maddubs_epi16(__m128i a, __m128i b) { /* a unsigned; the sums saturate */
    const int16x8_t low = vmulq_s16(IMX_AS_I16(_mm_cvtepu8_epi16(a)), IMX_AS_I16(_mm_cvtepi8_epi16(b)));
    const int16x8_t high = vmulq_s16(vreinterpretq_s16_u16(vmovl_high_u8(IMX_AS_U8(a))), vmovl_high_s8(IMX_AS_I8(b)));
    return IMX_OF_I16(vqaddq_s16(vuzp1q_s16(low, high), vuzp2q_s16(low, high)));
}
IMX_NEON __m128i _mm_sad_epu8(__m128i a, __m128i b) {
    return IMX_OF_U64(vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(vabdq_u8(IMX_AS_U8(a), IMX_AS_U8(b))))));
}

/* ---- lanes that move --------------------------------------------------------------------------------------------- */

IMX_NEON_LANES(unpacklo_epi8, U8, U8, vzip1q_u8)
IMX_NEON_LANES(unpackhi_epi8, U8, U8, vzip2q_u8)
IMX_NEON_LANES(unpacklo_epi16, U16, U16, vzip1q_u16)
IMX_NEON_LANES(unpackhi_epi16, U16, U16, vzip2q_u16)
IMX_NEON_LANES(unpacklo_epi32, U32, U32, vzip1q_u32)
IMX_NEON_LANES(unpackhi_epi32, U32, U32, vzip2q_u32)
IMX_NEON_LANES(unpacklo_epi64, U64, U64, vzip1q_u64)
IMX_NEON_LANES(unpackhi_epi64, U64, U64, vzip2q_u64)
IMX_NEON __m128 _mm_unpacklo_ps(__m128 a, __m128 b) { return vzip1q_f32(a, b); }
IMX_NEON __m128 _mm_unpackhi_ps(__m128 a, __m128 b) { return vzip2q_f32(a, b); }
IMX_NEON __m128d _mm_unpacklo_pd(__m128d a, __m128d b) { return vzip1q_f64(a, b); }
IMX_NEON __m128d _mm_unpackhi_pd(__m128d a, __m128d b) { return vzip2q_f64(a, b); }
IMX_NEON __m128 _mm_movehl_ps(__m128 a, __m128 b) {
    return vreinterpretq_f32_f64(vzip2q_f64(vreinterpretq_f64_f32(b), vreinterpretq_f64_f32(a)));
}
IMX_NEON __m128i _mm_shuffle_epi8(__m128i v, __m128i from) { /* of a byte 0x80..0xff: 0 */
    return IMX_OF_U8(vqtbl1q_u8(IMX_AS_U8(v), vandq_u8(IMX_AS_U8(from), vdupq_n_u8(0x8f))));
}

#define _MM_SHUFFLE(d, c, b, a) ((d) << 6 | (c) << 4 | (b) << 2 | (a))
IMX_NEON __m128i _mm_shuffle_epi32(__m128i v, int from) {
    return __builtin_shuffle(v, (int32x4_t){from & 3, from >> 2 & 3, from >> 4 & 3, from >> 6 & 3});
}
IMX_NEON __m128 _mm_shuffle_ps(__m128 a, __m128 b, int from) {
    return __builtin_shuffle(a, b, (int32x4_t){from & 3, from >> 2 & 3, 4 + (from >> 4 & 3), 4 + (from >> 6 & 3)});
}
/* By n bytes. */
IMX_NEON __m128i _mm_slli_si128(__m128i v, int n) {
    const uint8x16_t from = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return IMX_OF_U8(__builtin_shuffle(vdupq_n_u8(0), IMX_AS_U8(v), from + (uint8_t)(16 - n)));
}
IMX_NEON __m128i _mm_srli_si128(__m128i v, int n) {
    const uint8x16_t from = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return IMX_OF_U8(__builtin_shuffle(IMX_AS_U8(v), vdupq_n_u8(0), from + (uint8_t)n));
}
/* Lanes of b where a bit of `where` is set. */
IMX_NEON __m128i _mm_blend_epi16(__m128i a, __m128i b, int where) {
    const uint16x8_t bit = {1, 2, 4, 8, 16, 32, 64, 128};
    return IMX_OF_U16(vbslq_u16(vtstq_u16(bit, vdupq_n_u16((uint16_t)where)), IMX_AS_U16(b), IMX_AS_U16(a)));
}
IMX_NEON __m128i _mm_blend_epi32(__m128i a, __m128i b, int where) {
    return vbslq_s32(vtstq_s32((int32x4_t){1, 2, 4, 8}, vdupq_n_s32(where)), b, a);
}
IMX_NEON __m128d _mm_blend_pd(__m128d a, __m128d b, int where) {
    return vbslq_f64(vtstq_s64((int64x2_t){1, 2}, vdupq_n_s64(where)), b, a);
}

/* ---- floats ------------------------------------------------------------------------------------------------------ */

IMX_NEON __m128 _mm_add_ps(__m128 a, __m128 b) { return vaddq_f32(a, b); }
IMX_NEON __m128 _mm_sub_ps(__m128 a, __m128 b) { return vsubq_f32(a, b); }
IMX_NEON __m128 _mm_mul_ps(__m128 a, __m128 b) { return vmulq_f32(a, b); }
IMX_NEON __m128 _mm_div_ps(__m128 a, __m128 b) { return vdivq_f32(a, b); }
IMX_NEON __m128d _mm_add_pd(__m128d a, __m128d b) { return vaddq_f64(a, b); }
IMX_NEON __m128d _mm_sub_pd(__m128d a, __m128d b) { return vsubq_f64(a, b); }
IMX_NEON __m128d _mm_mul_pd(__m128d a, __m128d b) { return vmulq_f64(a, b); }
IMX_NEON __m128d _mm_div_pd(__m128d a, __m128d b) { return vdivq_f64(a, b); }
IMX_NEON __m128 _mm_sqrt_ps(__m128 v) { return vsqrtq_f32(v); }
IMX_NEON __m128d _mm_sqrt_pd(__m128d v) { return vsqrtq_f64(v); }
IMX_NEON __m128d _mm_floor_pd(__m128d v) { return vrndmq_f64(v); }
#define _MM_FROUND_TO_ZERO 3
#define _MM_FROUND_NO_EXC 8
IMX_NEON __m128d _mm_round_pd(__m128d v, int towards) { /* zero is the only one used */
    return towards == (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC) ? vrndq_f64(v) : v;
}

/* b where one of both is NaN, and of two zeros: so not vminq and vmaxq. */
IMX_NEON __m128 _mm_min_ps(__m128 a, __m128 b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
IMX_NEON __m128 _mm_max_ps(__m128 a, __m128 b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
IMX_NEON __m128d _mm_min_pd(__m128d a, __m128d b) { return vbslq_f64(vcltq_f64(a, b), a, b); }
IMX_NEON __m128d _mm_max_pd(__m128d a, __m128d b) { return vbslq_f64(vcgtq_f64(a, b), a, b); }
/* Lane 0 only; the others as in a. */
IMX_NEON __m128 _mm_min_ss(__m128 a, __m128 b) { return vcopyq_laneq_f32(a, 0, _mm_min_ps(a, b), 0); }
IMX_NEON __m128 _mm_max_ss(__m128 a, __m128 b) { return vcopyq_laneq_f32(a, 0, _mm_max_ps(a, b), 0); }
IMX_NEON __m128d _mm_add_sd(__m128d a, __m128d b) { return vcopyq_laneq_f64(a, 0, vaddq_f64(a, b), 0); }

IMX_NEON __m128 _mm_and_ps(__m128 a, __m128 b) {
    return vreinterpretq_f32_s32(vandq_s32(vreinterpretq_s32_f32(a), vreinterpretq_s32_f32(b)));
}
IMX_NEON __m128 _mm_or_ps(__m128 a, __m128 b) {
    return vreinterpretq_f32_s32(vorrq_s32(vreinterpretq_s32_f32(a), vreinterpretq_s32_f32(b)));
}
IMX_NEON __m128 _mm_andnot_ps(__m128 a, __m128 b) {
    return vreinterpretq_f32_s32(vbicq_s32(vreinterpretq_s32_f32(b), vreinterpretq_s32_f32(a)));
}
IMX_NEON __m128d _mm_and_pd(__m128d a, __m128d b) {
    return vreinterpretq_f64_s64(vandq_s64(vreinterpretq_s64_f64(a), vreinterpretq_s64_f64(b)));
}
IMX_NEON __m128d _mm_or_pd(__m128d a, __m128d b) {
    return vreinterpretq_f64_s64(vorrq_s64(vreinterpretq_s64_f64(a), vreinterpretq_s64_f64(b)));
}
IMX_NEON __m128d _mm_andnot_pd(__m128d a, __m128d b) {
    return vreinterpretq_f64_s64(vbicq_s64(vreinterpretq_s64_f64(b), vreinterpretq_s64_f64(a)));
}
IMX_NEON __m128 _mm_blendv_ps(__m128 a, __m128 b, __m128 where) {
    return vbslq_f32(vcltzq_s32(vreinterpretq_s32_f32(where)), b, a);
}
IMX_NEON __m128d _mm_blendv_pd(__m128d a, __m128d b, __m128d where) {
    return vbslq_f64(vcltzq_s64(vreinterpretq_s64_f64(where)), b, a);
}

enum { _CMP_UNORD_Q = 3, _CMP_NEQ_UQ = 4, _CMP_ORD_Q = 7, _CMP_EQ_OQ = 16 };
enum { _CMP_LT_OQ = 17, _CMP_LE_OQ, _CMP_GE_OQ = 29, _CMP_GT_OQ = 30, _CMP_NEQ_OQ = 12 };
IMX_NEON __m128 _mm_cmp_ps(__m128 a, __m128 b, int how) {
    uint32x4_t r;
    switch (how) {
    case _CMP_EQ_OQ: r = vceqq_f32(a, b); break;
    case _CMP_NEQ_UQ: r = vmvnq_u32(vceqq_f32(a, b)); break;
    case _CMP_NEQ_OQ: r = vorrq_u32(vcltq_f32(a, b), vcgtq_f32(a, b)); break;
    case _CMP_LT_OQ: r = vcltq_f32(a, b); break;
    case _CMP_LE_OQ: r = vcleq_f32(a, b); break;
    case _CMP_GT_OQ: r = vcgtq_f32(a, b); break;
    case _CMP_GE_OQ: r = vcgeq_f32(a, b); break;
    default: r = vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b)); break; /* ordered */
    }
    return vreinterpretq_f32_u32(how == _CMP_UNORD_Q ? vmvnq_u32(r) : r);
}
IMX_NEON __m128d _mm_cmp_pd(__m128d a, __m128d b, int how) {
    uint64x2_t r;
    switch (how) {
    case _CMP_EQ_OQ: r = vceqq_f64(a, b); break;
    case _CMP_NEQ_UQ: r = ~vceqq_f64(a, b); break;
    case _CMP_NEQ_OQ: r = vorrq_u64(vcltq_f64(a, b), vcgtq_f64(a, b)); break;
    case _CMP_LT_OQ: r = vcltq_f64(a, b); break;
    case _CMP_LE_OQ: r = vcleq_f64(a, b); break;
    case _CMP_GT_OQ: r = vcgtq_f64(a, b); break;
    case _CMP_GE_OQ: r = vcgeq_f64(a, b); break;
    default: r = vandq_u64(vceqq_f64(a, a), vceqq_f64(b, b)); break;
    }
    return vreinterpretq_f64_u64(how == _CMP_UNORD_Q ? ~r : r);
}

IMX_NEON __m128 _mm_cvtepi32_ps(__m128i v) { return vcvtq_f32_s32(v); }
IMX_NEON __m128i
_mm_cvttps_epi32(__m128 v) { /* NaN and what is too large: the smallest, where NEON has 0 and the largest */
    return vbslq_s32(vcltq_f32(v, vdupq_n_f32(0x1p31F)), vcvtq_s32_f32(v), vdupq_n_s32(INT32_MIN));
}

#endif
