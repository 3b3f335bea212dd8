/* kernels/png_avx2.c: PNG's filters, 32 bytes at a time: the sums of all five in one pass over the row, then the
 * winner's residuals. The last vector of a row ends with it; what the one before had already does not count again. */
#include <string.h>

#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

enum { VECTOR = 32 };

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void store(uint8_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }

/* ---- predictions ------------------------------------------------------------------------------------------------ */

/* A pixel's byte and its neighbours: left, above, above left. */
typedef struct around {
    __m256i x, a, b, c;
} around;

static inline around load_around(const imx_png_row *r, size_t i) {
    return (around){load(r->row + i), load(r->row + i - r->pixel_bytes), load(r->above + i),
                    load(r->above + i - r->pixel_bytes)};
}

static inline __m256i average(const around *v) { /* rounded down, where the instruction rounds up */
    const __m256i odd = _mm256_and_si256(_mm256_xor_si256(v->a, v->b), _mm256_set1_epi8(1));
    return _mm256_sub_epi8(_mm256_avg_epu8(v->a, v->b), odd);
}

/* As the reference; pc is 255 where a and b are on the same side of c. */
static inline __m256i paeth(const around *v) {
    const __m256i low_a = _mm256_min_epu8(v->a, v->c), low_b = _mm256_min_epu8(v->b, v->c);
    const __m256i pa = _mm256_sub_epi8(_mm256_max_epu8(v->b, v->c), low_b);
    const __m256i pb = _mm256_sub_epi8(_mm256_max_epu8(v->a, v->c), low_a);
    const __m256i same_side = _mm256_cmpeq_epi8(_mm256_cmpeq_epi8(low_a, v->c), _mm256_cmpeq_epi8(low_b, v->c));
    const __m256i pc = _mm256_or_si256(_mm256_or_si256(_mm256_subs_epu8(pa, pb), _mm256_subs_epu8(pb, pa)), same_side);
    const __m256i least = _mm256_min_epu8(pb, pc);
    const __m256i b_or_c = _mm256_blendv_epi8(v->c, v->b, _mm256_cmpeq_epi8(least, pb));
    return _mm256_blendv_epi8(b_or_c, v->a, _mm256_cmpeq_epi8(_mm256_min_epu8(pa, least), pa));
}

static ALWAYS_INLINE __m256i residual(const around *v, imx_png_filter filter) {
    switch (filter) {
    case IMX_PNG_NONE: return v->x;
    case IMX_PNG_SUB: return _mm256_sub_epi8(v->x, v->a);
    case IMX_PNG_UP: return _mm256_sub_epi8(v->x, v->b);
    case IMX_PNG_AVERAGE: return _mm256_sub_epi8(v->x, average(v));
    case IMX_PNG_PAETH: break;
    }
    return _mm256_sub_epi8(v->x, paeth(v));
}

/* ---- one filter ------------------------------------------------------------------------------------------------- */

/* At least a vector; the filter is known at compile time. */
static ALWAYS_INLINE void put_residuals(const imx_png_row *r, imx_png_filter filter, uint8_t *out) {
    for (size_t i = 0; i + VECTOR < r->n; i += VECTOR) {
        const around v = load_around(r, i);
        store(out + i, residual(&v, filter));
    }
    const around last = load_around(r, r->n - VECTOR);
    store(out + r->n - VECTOR, residual(&last, filter));
}

static void filter_row(const imx_png_row *row, imx_png_filter filter, uint8_t *out) {
    if (row->n < VECTOR) {
        imx_ref_png_filter(row, filter, out);
        return;
    }
    switch (filter) {
    case IMX_PNG_NONE: memcpy(out, row->row, row->n); break;
    case IMX_PNG_SUB: put_residuals(row, IMX_PNG_SUB, out); break;
    case IMX_PNG_UP: put_residuals(row, IMX_PNG_UP, out); break;
    case IMX_PNG_AVERAGE: put_residuals(row, IMX_PNG_AVERAGE, out); break;
    case IMX_PNG_PAETH: put_residuals(row, IMX_PNG_PAETH, out); break;
    }
}

/* ---- the best of five ------------------------------------------------------------------------------------------- */

static ALWAYS_INLINE void add_magnitudes(__m256i sums[IMX_PNG_FILTERS], const around *v, __m256i counts) {
    for (imx_png_filter filter = IMX_PNG_NONE; filter <= IMX_PNG_PAETH; filter++) {
        const __m256i magnitudes = _mm256_and_si256(_mm256_abs_epi8(residual(v, filter)), counts);
        sums[filter] = _mm256_add_epi64(sums[filter], _mm256_sad_epu8(magnitudes, _mm256_setzero_si256()));
    }
}

static inline uint32_t total(__m256i sums) {
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}

/* 255 in the last n bytes, else 0. */
static inline __m256i last_bytes(size_t n) {
    const __m256i places = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, /**/
                                            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    return _mm256_cmpgt_epi8(places, _mm256_set1_epi8((int8_t)(VECTOR - 1 - n)));
}

static imx_png_filter best_filter(const imx_png_row *row, uint8_t *out) {
    if (row->n < VECTOR) {
        return imx_ref_png_best_filter(row, out);
    }
    const __m256i zero = _mm256_setzero_si256();
    __m256i sums[IMX_PNG_FILTERS] = {zero, zero, zero, zero, zero};
    size_t i = 0;
    for (; i + VECTOR <= row->n; i += VECTOR) {
        const around v = load_around(row, i);
        add_magnitudes(sums, &v, _mm256_set1_epi8(-1));
    }
    if (i < row->n) {
        const around v = load_around(row, row->n - VECTOR);
        add_magnitudes(sums, &v, last_bytes(row->n - i));
    }
    imx_png_filter best = IMX_PNG_NONE;
    uint32_t least = total(sums[IMX_PNG_NONE]);
    for (imx_png_filter filter = IMX_PNG_SUB; filter <= IMX_PNG_PAETH; filter++) {
        const uint32_t sum = total(sums[filter]);
        best = sum < least ? filter : best;
        least = sum < least ? sum : least;
    }
    filter_row(row, best, out);
    return best;
}

/* ---- packing ---------------------------------------------------------------------------------------------------- */

/* 8 pixels to the lower 24 bytes; the upper 8 are zero. */
static inline __m256i three_of_four(__m256i rgba) {
    const __m256i within = _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, /**/
                                            0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(rgba, within), _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

/* A whole vector is stored, of which the next one overwrites a quarter. */
static void pack_rgb(const uint8_t *rgba, size_t n, uint8_t *out) {
    for (; 3 * n >= VECTOR; n -= 8, rgba += 32, out += 24) {
        store(out, three_of_four(load(rgba)));
    }
    imx_ref_png_pack(rgba, n, 3, out);
}

static void pack_gray(const uint8_t *rgba, size_t n, uint8_t *out) {
    const __m256i red = _mm256_set1_epi32(255), order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (; n >= 32; n -= 32, rgba += 128, out += 32) {
        const __m256i p0 = _mm256_and_si256(load(rgba), red), p1 = _mm256_and_si256(load(rgba + 32), red);
        const __m256i p2 = _mm256_and_si256(load(rgba + 64), red), p3 = _mm256_and_si256(load(rgba + 96), red);
        const __m256i bytes = _mm256_packus_epi16(_mm256_packus_epi32(p0, p1), _mm256_packus_epi32(p2, p3));
        store(out, _mm256_permutevar8x32_epi32(bytes, order));
    }
    imx_ref_png_pack(rgba, n, 1, out);
}

static void pack_gray_alpha(const uint8_t *rgba, size_t n, uint8_t *out) {
    const __m256i within = _mm256_setr_epi8(0, 3, 4, 7, 8, 11, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, /**/
                                            0, 3, 4, 7, 8, 11, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1);
    for (; n >= 16; n -= 16, rgba += 64, out += 32) {
        const __m256i p0 = _mm256_shuffle_epi8(load(rgba), within), p1 = _mm256_shuffle_epi8(load(rgba + 32), within);
        store(out, _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(p0, p1), 0xd8));
    }
    imx_ref_png_pack(rgba, n, 2, out);
}

static void pack(const uint8_t *rgba, size_t n, size_t pixel_bytes, uint8_t *out) {
    switch (pixel_bytes) {
    case 1: pack_gray(rgba, n, out); break;
    case 2: pack_gray_alpha(rgba, n, out); break;
    case 3: pack_rgb(rgba, n, out); break;
    default: memcpy(out, rgba, 4 * n);
    }
}

void imx_avx2_png_install(imx_png_kernels *table) {
    *table = (imx_png_kernels){.filter = filter_row, .best_filter = best_filter, .pack = pack};
}
