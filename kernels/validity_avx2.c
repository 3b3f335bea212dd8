/* kernels/validity_avx2.c: validity planes, 32 pixels at a time. */
#include <string.h>

#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"

/* ---- nodata ---- */

/* Mask bytes of 32 samples: equal to `none` (NaN: any NaN). */
IMX_GENERIC __m256i equal32(imx_type type, const void *samples, __m256i none, bool is_nan) {
    const uint8_t *p = samples;
    __m256i m[8];
    switch (type) {
    case IMX_U8:
    case IMX_I8: return _mm256_cmpeq_epi8(imx_load256(p), none);
    case IMX_U16:
    case IMX_I16:
        return imx_bytes_of_16(_mm256_cmpeq_epi16(imx_load256(p), none), _mm256_cmpeq_epi16(imx_load256(p + 32), none));
    case IMX_U32:
    case IMX_I32:
        for (int k = 0; k < 4; k++) {
            m[k] = _mm256_cmpeq_epi32(imx_load256(p + 32 * k), none);
        }
        return imx_bytes_of_32(m);
    case IMX_F32:
        for (int k = 0; k < 4; k++) {
            const __m256 v = _mm256_loadu_ps((const float *)samples + 8 * k);
            m[k] = _mm256_castps_si256(is_nan ? _mm256_cmp_ps(v, v, _CMP_UNORD_Q)
                                              : _mm256_cmp_ps(v, _mm256_castsi256_ps(none), _CMP_EQ_OQ));
        }
        return imx_bytes_of_32(m);
    default:
        for (int k = 0; k < 8; k++) {
            const __m256d v = _mm256_loadu_pd((const double *)samples + 4 * k);
            m[k] = _mm256_castpd_si256(is_nan ? _mm256_cmp_pd(v, v, _CMP_UNORD_Q)
                                              : _mm256_cmp_pd(v, _mm256_castsi256_pd(none), _CMP_EQ_OQ));
        }
        for (int k = 0; k < 4; k++) {
            m[k] = imx_halves_of_64(m[2 * k], m[2 * k + 1]);
        }
        return imx_bytes_of_32(m);
    }
}

IMX_GENERIC void nodata_loop(imx_type type, size_t size, const uint8_t *p, size_t blocks, __m256i none, bool is_nan,
                             uint8_t *valid) {
    for (; blocks; blocks--, p += 32 * size, valid += 32) {
        imx_store256(valid, _mm256_andnot_si256(equal32(type, p, none, is_nan), imx_load256(valid)));
    }
}

#define NODATA(name, T, TYPE, SET)                                                                                     \
    static void nodata_##name(const void *samples, size_t n, double nodata, uint8_t *valid) {                          \
        const size_t whole = n & ~(size_t)31;                                                                          \
        if (TYPE == IMX_F32 || TYPE == IMX_F64) {                                                                      \
            if (nodata != nodata) {                                                                                    \
                nodata_loop(TYPE, sizeof(T), samples, n / 32, _mm256_setzero_si256(), true, valid);                    \
            } else {                                                                                                   \
                nodata_loop(TYPE, sizeof(T), samples, n / 32, SET, false, valid);                                      \
            }                                                                                                          \
        } else if (imx_type_has(TYPE, nodata)) {                                                                       \
            nodata_loop(TYPE, sizeof(T), samples, n / 32, SET, false, valid);                                          \
        }                                                                                                              \
        imx_ref_validity.nodata[TYPE]((const T *)samples + whole, n - whole, nodata, valid + whole);                   \
    }
NODATA(u8, uint8_t, IMX_U8, _mm256_set1_epi8((int8_t)(uint8_t)nodata))
NODATA(i8, int8_t, IMX_I8, _mm256_set1_epi8((int8_t)nodata))
NODATA(u16, uint16_t, IMX_U16, _mm256_set1_epi16((int16_t)(uint16_t)nodata))
NODATA(i16, int16_t, IMX_I16, _mm256_set1_epi16((int16_t)nodata))
NODATA(u32, uint32_t, IMX_U32, _mm256_set1_epi32((int32_t)(uint32_t)nodata))
NODATA(i32, int32_t, IMX_I32, _mm256_set1_epi32((int32_t)nodata))
NODATA(f32, float, IMX_F32, _mm256_castps_si256(_mm256_set1_ps((float)nodata)))
NODATA(f64, double, IMX_F64, _mm256_castpd_si256(_mm256_set1_pd(nodata)))

/* ---- QA bits ---- */

IMX_GENERIC void qa(imx_type type, size_t size, const uint8_t *p, size_t n, uint32_t mask, uint32_t value,
                    uint8_t *valid) {
    const __m256i mask_lanes = type == IMX_U8    ? _mm256_set1_epi8((int8_t)mask)
                               : type == IMX_U16 ? _mm256_set1_epi16((int16_t)mask)
                                                 : _mm256_set1_epi32((int32_t)mask);
    const __m256i want = type == IMX_U8    ? _mm256_set1_epi8((int8_t)value)
                         : type == IMX_U16 ? _mm256_set1_epi16((int16_t)value)
                                           : _mm256_set1_epi32((int32_t)value);
    for (; n >= 32; n -= 32, p += 32 * size, valid += 32) {
        __m256i masked[4];
        for (size_t k = 0; k < size; k++) {
            masked[k] = _mm256_and_si256(imx_load256(p + 32 * k), mask_lanes);
        }
        imx_store256(valid, _mm256_and_si256(equal32(type, masked, want, false), imx_load256(valid)));
    }
    (type == IMX_U8    ? imx_ref_validity.qa_u8
     : type == IMX_U16 ? imx_ref_validity.qa_u16
                       : imx_ref_validity.qa_u32)(p, n, mask, value, valid);
}

/* A value that no sample of the type has leaves nothing valid, which narrow lanes would not notice. */
#define QA(name, TYPE, SIZE, MOST)                                                                                     \
    static void qa_##name(const void *samples, size_t n, uint32_t mask, uint32_t value, uint8_t *valid) {              \
        if (value > MOST) {                                                                                            \
            memset(valid, 0, n);                                                                                       \
        } else {                                                                                                       \
            qa(TYPE, SIZE, samples, n, mask, value, valid);                                                            \
        }                                                                                                              \
    }
QA(u8, IMX_U8, 1, UINT8_MAX)
QA(u16, IMX_U16, 2, UINT16_MAX)
QA(u32, IMX_U32, 4, UINT32_MAX)

/* ---- planes ---- */

static void bits(const uint8_t *bits_msb, size_t n, uint8_t *valid) {
    const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, /**/
                                            2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i place = _mm256_set1_epi64x(0x0102040810204080);
    for (; n >= 32; n -= 32, bits_msb += 4, valid += 32) {
        const __m256i v = _mm256_shuffle_epi8(_mm256_broadcastd_epi32(imx_load32(bits_msb)), spread);
        const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(v, place), place);
        imx_store256(valid, _mm256_and_si256(set, imx_load256(valid)));
    }
    imx_ref_validity.bits(bits_msb, n, valid);
}

static __m256i where_set(__m256i v) {
    return _mm256_xor_si256(_mm256_cmpeq_epi8(v, _mm256_setzero_si256()), _mm256_set1_epi8(-1));
}

static void either(const uint8_t *other, size_t n, uint8_t *valid) {
    for (; n >= 32; n -= 32, other += 32, valid += 32) {
        imx_store256(valid, where_set(_mm256_or_si256(imx_load256(other), imx_load256(valid))));
    }
    imx_ref_validity.either(other, n, valid);
}

static void from_rgba8(const uint8_t *px, size_t n, uint8_t *valid) {
    for (; n >= 32; n -= 32, px += 128, valid += 32) {
        __m256i alpha[4];
        for (int k = 0; k < 4; k++) {
            alpha[k] = _mm256_srai_epi32(imx_load256(px + 32 * k), 24); /* signed saturation keeps what is not 0 */
        }
        imx_store256(valid, where_set(imx_bytes_of_32(alpha)));
    }
    imx_ref_validity.from_rgba8(px, n, valid);
}

IMX_GENERIC void fill(size_t size, const uint8_t *valid, size_t n, __m256i value, const void *one, uint8_t *s) {
    for (; n >= 32; n -= 32, valid += 32, s += 32 * size) {
        for (size_t k = 0; k < size; k++) {
            const __m256i none = imx_lanes_where_zero(valid, size, k);
            imx_store256(s + 32 * k, _mm256_blendv_epi8(imx_load256(s + 32 * k), value, none));
        }
    }
    const imx_type type = size == 1 ? IMX_U8 : size == 2 ? IMX_U16 : size == 4 ? IMX_U32 : IMX_F64;
    imx_ref_validity.fill[type](valid, n, one, s);
}

#define FILL(bits, T, SET)                                                                                             \
    static void fill_##bits(const uint8_t *valid, size_t n, const void *value, void *samples) {                        \
        T v;                                                                                                           \
        memcpy(&v, value, sizeof v);                                                                                   \
        fill(sizeof v, valid, n, SET(v), value, samples);                                                              \
    }
FILL(8, int8_t, _mm256_set1_epi8)
FILL(16, int16_t, _mm256_set1_epi16)
FILL(32, int32_t, _mm256_set1_epi32)
FILL(64, int64_t, _mm256_set1_epi64x)

void imx_avx2_validity_install(imx_validity_kernels *table) {
    *table = (imx_validity_kernels){
        .nodata = IMX_BY_TYPE(nodata_),
        .qa_u8 = qa_u8,
        .qa_u16 = qa_u16,
        .qa_u32 = qa_u32,
        .bits = bits,
        .either = either,
        .from_rgba8 = from_rgba8,
        .fill = IMX_BY_SIZE(fill_),
    };
}
