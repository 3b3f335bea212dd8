/* kernels/lookup_avx2.c: tables, ramps and the stretch. The table of 65536 entries stays with its reference. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/lookup_power.h"
#include "kernels/reference.h"

/* ---- stretch ---- */

static inline __m256 polynomial(const float *terms, int count, __m256 x) {
    __m256 sum = _mm256_set1_ps(terms[count - 1]);
    for (int i = count - 2; i >= 0; i--) {
        sum = _mm256_add_ps(_mm256_mul_ps(sum, x), _mm256_set1_ps(terms[i]));
    }
    return sum;
}

/* What the reference does, step by step. */
static inline __m256 power(__m256 t, __m256 exponent) {
    const __m256i bits = _mm256_castps_si256(t);
    const __m256i whole = _mm256_srai_epi32(_mm256_sub_epi32(bits, _mm256_set1_epi32(IMX_SQRT_HALF_BITS)), 23);
    const __m256 f =
        _mm256_sub_ps(_mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(whole, 23))), _mm256_set1_ps(1));
    const __m256 log2 =
        _mm256_add_ps(_mm256_mul_ps(polynomial(imx_log2_terms, IMX_LOG2_TERMS, f), f), _mm256_cvtepi32_ps(whole));
    const __m256 y = _mm256_max_ps(_mm256_mul_ps(log2, exponent), _mm256_set1_ps(-126));
    const __m256i down = _mm256_cvttps_epi32(y);
    const __m256 rest = polynomial(imx_exp2_terms, IMX_EXP2_TERMS, _mm256_sub_ps(y, _mm256_cvtepi32_ps(down)));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(rest), _mm256_slli_epi32(down, 23)));
}

IMX_GENERIC __m256i stretch8(const imx_stretch *s, const float *values, bool is_power) {
    __m256 t =
        _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(values), _mm256_set1_ps(s->lo)), _mm256_set1_ps(s->per_unit));
    t = _mm256_max_ps(t, _mm256_setzero_ps()); /* of a NaN: the second */
    t = _mm256_min_ps(t, _mm256_set1_ps(1));
    if (is_power) {
        const __m256 normal = _mm256_cmp_ps(t, _mm256_set1_ps(IMX_SMALLEST_NORMAL), _CMP_GE_OQ);
        t = _mm256_and_ps(normal, power(t, _mm256_set1_ps(s->exponent)));
    }
    return _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(255), t), _mm256_set1_ps(0.5f)));
}

IMX_GENERIC size_t stretch_loop(const imx_stretch *s, const float *values, size_t n, bool is_power, uint8_t *dst) {
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i v[4];
        for (int k = 0; k < 4; k++) {
            v[k] = stretch8(s, values + i + 8 * k, is_power);
        }
        const __m256i packed = _mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
        imx_store256(dst + i, _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
    }
    return i;
}

static void stretch(const imx_stretch *s, const float *values, size_t n, uint8_t *dst) {
    const size_t done =
        s->exponent != 1 ? stretch_loop(s, values, n, true, dst) : stretch_loop(s, values, n, false, dst);
    imx_ref_lookup.stretch(s, values + done, n - done, dst + done);
}

/* ---- tables ---- */

/* A lookup among 16 is one shuffle, whose result is 0 where the index is negative. Among 128: row k is looked up with
 * the index less 16 k and holds what differs from row k - 1, so that the xor of all rows up to the right one is its
 * entry, and the rows beyond give 0. Two such halves make 256. */
typedef struct rows {
    __m256i row[16];
} rows;

static rows rows_of(const uint8_t lut[256]) {
    rows r;
    for (int k = 0; k < 16; k++) {
        __m128i row = imx_load128(lut + 16 * k);
        if (k % 8) {
            row = _mm_xor_si128(row, imx_load128(lut + 16 * (k - 1)));
        }
        r.row[k] = _mm256_broadcastsi128_si256(row);
    }
    return r;
}

static inline __m256i among_128(const __m256i row[8], __m256i index) {
    __m256i found = _mm256_shuffle_epi8(row[0], index);
    for (int k = 1; k < 8; k++) {
        index = _mm256_subs_epi8(index, _mm256_set1_epi8(16)); /* saturated: negative stays negative */
        found = _mm256_xor_si256(found, _mm256_shuffle_epi8(row[k], index));
    }
    return found;
}

static void u8(const uint8_t lut[256], const uint8_t *src, size_t n, uint8_t *dst) {
    if (n >= 64) { /* else the rows do not pay */
        const rows r = rows_of(lut);
        for (; n >= 32; n -= 32, src += 32, dst += 32) {
            const __m256i index = imx_load256(src);
            const __m256i other = _mm256_xor_si256(index, _mm256_set1_epi8(INT8_MIN));
            imx_store256(dst, _mm256_or_si256(among_128(r.row, index), among_128(r.row + 8, other)));
        }
    }
    imx_ref_lookup.u8(lut, src, n, dst);
}

static inline __m256i gather(const uint8_t *entries, __m256i index) {
    return _mm256_i32gather_epi32((const int *)(const void *)entries, index, 4);
}

static void palette(const uint8_t colors[1024], const uint8_t *src, size_t n, uint8_t *px) {
    for (; n >= 16; n -= 16, src += 16, px += 64) {
        imx_store256(px, gather(colors, _mm256_cvtepu8_epi32(imx_load64(src))));
        imx_store256(px + 32, gather(colors, _mm256_cvtepu8_epi32(imx_load64(src + 8))));
    }
    imx_ref_lookup.palette(colors, src, n, px);
}

static void ramp(const imx_ramp *r, const float *values, const uint8_t *valid, size_t n, uint8_t *px) {
    const __m256 lo = _mm256_set1_ps(r->lo), per_unit = _mm256_set1_ps(r->per_unit);
    const __m256 last = _mm256_set1_ps((float)(r->entries - 1));
    size_t i = 0;
    for (; i + 8 <= n; i += 8, px += 32) {
        const __m256 v = _mm256_loadu_ps(values + i);
        const __m256 at = _mm256_mul_ps(_mm256_sub_ps(v, lo), per_unit);
        const __m256 in = _mm256_min_ps(_mm256_max_ps(at, _mm256_setzero_ps()), last);
        __m256i none = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
        if (valid) {
            none = _mm256_or_si256(none, imx_lanes_where_zero(valid + i, 4, 0));
        }
        imx_store256(px, _mm256_andnot_si256(none, gather(r->rgba8, _mm256_cvttps_epi32(in))));
    }
    imx_ref_lookup.ramp(r, values + i, valid ? valid + i : NULL, n - i, px);
}

void imx_avx2_lookup_install(imx_lookup_kernels *table) {
    table->stretch = stretch;
    table->u8 = u8;
    table->palette = palette;
    table->ramp = ramp;
}
