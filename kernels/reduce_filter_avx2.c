/* kernels/reduce_filter_avx2.c: the reductions by a low-pass filter; as the reference, with a short way where all is
 * opaque.
 *
 * An opaque row is kept as sum(w c), Q14, with 1 for alpha; any other as the reference has it. An output row of opaque
 * rows alone is sum(wy h) + 2^27 >> 28 in 64 bits, which the definition comes to where all a are 255. The others are
 * summed in doubles: all sums are integers below 2^53, hence exact; the quotient of two of them is below an integer k
 * <= 256 by 2^-37 at least, which a double resolves, so that it is never rounded up to k.
 */
#include <string.h>

#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reduce_filter.h"
#include "kernels/reference.h"

enum { STRIP = 128, WIDE = 2 * STRIP + IMX_REDUCE_TAPS_MAX - 2 };

typedef enum row_kind { ROW_EMPTY = 1, ROW_OPAQUE = 2, ROW_MIXED = 4 } row_kind;

typedef struct ring { /* as many rows as there are taps */
    _Alignas(32) int32_t row[IMX_REDUCE_TAPS_MAX][4 * STRIP];
    row_kind kind[IMX_REDUCE_TAPS_MAX];
} ring;

/* ---- along x ------------------------------------------------------------------------------------------------- */

static inline __m256i load(const void *p) { return _mm256_loadu_si256(p); }
static inline void store(void *p, __m256i v) { _mm256_storeu_si256(p, v); }

/* Weights k and k+1 side by side, in every 32 bits. */
static inline __m256i weights2(const imx_reduce_taps *taps, int k) {
    return _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)taps->q14[k + 1] << 16 | (uint16_t)taps->q14[k]));
}

static row_kind kind_of(const uint8_t *px, size_t wide) {
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    __m256i all = alpha, any = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= wide; i += 8) {
        all = _mm256_and_si256(all, load(px + 4 * i));
        any = _mm256_or_si256(any, load(px + 4 * i));
    }
    uint8_t least = 255, most = 0;
    for (; i < wide; i++) {
        least &= px[4 * i + 3];
        most |= px[4 * i + 3];
    }
    return _mm256_testc_si256(all, alpha) && least == 255 ? ROW_OPAQUE
           : _mm256_testz_si256(any, alpha) && most == 0  ? ROW_EMPTY
                                                          : ROW_MIXED;
}

/* Horizontal neighbours' channels side by side: r0 r1 g0 g1 b0 b1 a0 a1. */
static inline __m128i pairs(__m128i px) {
    return _mm_shuffle_epi8(px, _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15));
}

/* sum(w c), two output pixels at a time out of words in pairs. */
static inline void opaque_row(const imx_reduce_taps *taps, const uint8_t *px, size_t n, int32_t *out) {
    _Alignas(32) int16_t words[4 * WIDE];
    const size_t wide = 2 * n + (size_t)taps->n - 2;
    size_t i = 0;
    for (; i + 4 <= wide; i += 4) {
        store(words + 4 * i, _mm256_cvtepu8_epi16(pairs(_mm_loadu_si128((const void *)(px + 4 * i)))));
    }
    if (i < wide) { /* two more: n is a multiple of 4, and so is the number of taps */
        _mm_storeu_si128((void *)(words + 4 * i),
                         _mm_cvtepu8_epi16(pairs(_mm_loadl_epi64((const void *)(px + 4 * i)))));
    }
    const __m256i one = _mm256_setr_epi32(0, 0, 0, 1, 0, 0, 0, 1);
    for (i = 0; i < n; i += 2) {
        __m256i sum = _mm256_setzero_si256();
        for (int k = 0; k < taps->n; k += 2) {
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load(words + 8 * i + 4 * k), weights2(taps, k)));
        }
        store(out + 4 * i, _mm256_blend_epi32(sum, _mm256_slli_epi32(one, 14), 0x88));
    }
}

/* sum(w c a) and sum(w a), one output pixel at a time: even taps in one half, odd ones in the other. */
static inline void mixed_row(const imx_reduce_taps *taps, const uint8_t *px, size_t n, int32_t *out) {
    _Alignas(32) int32_t weighed[4 * WIDE];
    const size_t wide = 2 * n + (size_t)taps->n - 2;
    const __m256i alphas = _mm256_setr_epi8(12, -1, -1, -1, 12, -1, -1, -1, 12, -1, -1, -1, -1, -1, -1, -1, /**/
                                            12, -1, -1, -1, 12, -1, -1, -1, 12, -1, -1, -1, -1, -1, -1, -1);
    const __m256i one = _mm256_setr_epi32(0, 0, 0, 1, 0, 0, 0, 1);
    for (size_t i = 0; i < wide; i += 2) { /* wide is even */
        const __m256i c = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(px + 4 * i)));
        /* below 2^16, in 32 bits each */
        store(weighed + 4 * i, _mm256_mullo_epi16(c, _mm256_or_si256(_mm256_shuffle_epi8(c, alphas), one)));
    }
    __m256i weight[IMX_REDUCE_TAPS_MAX / 2];
    for (int k = 0; k < taps->n; k += 2) {
        weight[k / 2] = _mm256_blend_epi32(_mm256_set1_epi32(taps->q14[k]), _mm256_set1_epi32(taps->q14[k + 1]), 0xf0);
    }
    for (size_t i = 0; i < n; i++) {
        __m256i sum = _mm256_setzero_si256();
        for (int k = 0; k < taps->n; k += 2) {
            sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(load(weighed + 8 * i + 4 * k), weight[k / 2]));
        }
        _mm_storeu_si128((void *)(out + 4 * i),
                         _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)));
    }
}

static inline void filter_row(const imx_reduce_taps *taps, const uint8_t *px, size_t n, ring *to, size_t at) {
    to->kind[at] = kind_of(px, 2 * n + (size_t)taps->n - 2);
    if (to->kind[at] == ROW_OPAQUE) {
        opaque_row(taps, px, n, to->row[at]);
    } else if (to->kind[at] == ROW_MIXED) {
        mixed_row(taps, px, n, to->row[at]);
    }
}

/* ---- along y ------------------------------------------------------------------------------------------------- */

/* Two output pixels of opaque rows, as int32; their alpha is anything. The taps are symmetrical. */
static inline __m256i opaque2(const imx_reduce_taps *taps, const int32_t *const rows[], size_t i) {
    __m256i even = _mm256_set1_epi64x(1 << 27), odd = even;
    for (int k = 0; k < taps->n / 2; k++) {
        const __m256i w = _mm256_set1_epi32(taps->q14[k]);
        const __m256i h = _mm256_add_epi32(load(rows[k] + 4 * i), load(rows[taps->n - 1 - k] + 4 * i));
        even = _mm256_add_epi64(even, _mm256_mul_epi32(h, w));
        odd = _mm256_add_epi64(odd, _mm256_mul_epi32(_mm256_srli_epi64(h, 32), w));
    }
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 28), _mm256_slli_epi64(_mm256_srli_epi64(odd, 28), 32), 0xaa);
}

static inline void opaque_out(const imx_reduce_taps *taps, const int32_t *const rows[], size_t n, uint8_t *out) {
    const __m128i alpha = _mm_set1_epi32((int32_t)0xff000000);
    for (size_t i = 0; i < n; i += 4) {
        const __m256i words = _mm256_permute4x64_epi64(
            _mm256_packs_epi32(opaque2(taps, rows, i), opaque2(taps, rows, i + 2)), _MM_SHUFFLE(3, 1, 2, 0));
        const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((void *)(out + 4 * i), _mm_or_si128(bytes, alpha));
    }
}

/* The sums' pixel as four int32. */
static inline __m128i quotient(__m256d sum) {
    const __m256d zero = _mm256_setzero_pd(), most = _mm256_set1_pd(255);
    const __m256d s = _mm256_permute4x64_pd(sum, 0xff);
    const __m256d half = _mm256_floor_pd(_mm256_mul_pd(s, _mm256_set1_pd(0.5)));
    const __m256d color = _mm256_div_pd(_mm256_add_pd(sum, half), s);
    const __m256d alpha = _mm256_mul_pd(_mm256_add_pd(s, _mm256_set1_pd(1 << 27)), _mm256_set1_pd(0x1p-28));
    /* max takes its second operand where the first is NaN (S = 0) */
    const __m256d both = _mm256_blend_pd(color, alpha, 8);
    const __m128i px = _mm256_cvttpd_epi32(_mm256_min_pd(_mm256_max_pd(both, zero), most));
    const __m128i nothing = _mm_cmpeq_epi32(_mm_shuffle_epi32(px, 0xff), _mm_setzero_si128());
    return _mm_andnot_si128(nothing, px);
}

/* Empty rows are not among the rows; an opaque row is made a mixed one on the way. */
static inline void mixed_out(const double weight[], const int32_t *const rows[], const bool opaque[], int count,
                             size_t n, uint8_t *out) {
    const __m128i full = _mm_setr_epi32(255, 255, 255, 255);
    for (size_t i = 0; i < n; i++) {
        __m256d sum = _mm256_setzero_pd();
        for (int k = 0; k < count; k++) {
            __m128i h = _mm_load_si128((const void *)(rows[k] + 4 * i));
            h = opaque[k] ? _mm_mullo_epi32(h, full) : h;
            sum = _mm256_add_pd(sum, _mm256_mul_pd(_mm256_cvtepi32_pd(h), _mm256_set1_pd(weight[k])));
        }
        const __m128i px = quotient(sum);
        const __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(px, px), px);
        _mm_storeu_si32(out + 4 * i, bytes);
    }
}

/* One output row of the ring's rows, the first of them at `first`. */
static inline void weigh_rows(const imx_reduce_taps *taps, const ring *of, size_t first, size_t n, uint8_t *out) {
    const int32_t *rows[IMX_REDUCE_TAPS_MAX];
    double weight[IMX_REDUCE_TAPS_MAX];
    bool opaque[IMX_REDUCE_TAPS_MAX];
    unsigned kinds = 0;
    int count = 0;
    for (int k = 0; k < taps->n; k++) {
        const size_t at = (first + (size_t)k) % (size_t)taps->n;
        kinds |= of->kind[at];
        if (of->kind[at] != ROW_EMPTY) {
            rows[count] = of->row[at];
            weight[count] = taps->q14[k];
            opaque[count++] = of->kind[at] == ROW_OPAQUE;
        }
    }
    if (kinds == ROW_EMPTY) {
        memset(out, 0, 4 * n);
    } else if (kinds == ROW_OPAQUE) {
        opaque_out(taps, rows, n, out);
    } else {
        mixed_out(weight, rows, opaque, count, n, out);
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

static inline void strip(const imx_reduce_taps *taps, const uint8_t *src, ptrdiff_t src_stride, size_t n, size_t h_out,
                         uint8_t *dst, ptrdiff_t dst_stride) {
    ring rows;
    const size_t count = (size_t)taps->n, halo = count / 2 - 1;
    const uint8_t *px = src - (ptrdiff_t)halo * src_stride - 4 * (ptrdiff_t)halo;
    size_t next = 0; /* row to filter, counted from the first row of the halo */
    for (size_t y = 0; y < h_out; y++) {
        for (; next < 2 * y + count; next++) {
            filter_row(taps, px + (ptrdiff_t)next * src_stride, n, &rows, next % count);
        }
        weigh_rows(taps, &rows, 2 * y % count, n, dst + (ptrdiff_t)y * dst_stride);
    }
}

static inline void filter(const imx_reduce_taps *taps, imx_reduce_method method, const uint8_t *src,
                          ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst, ptrdiff_t dst_stride) {
    if (w_out < 4) {
        imx_reduce_kernels reference;
        imx_ref_reduce_filter_install(&reference);
        reference.rgba8[method](src, src_stride, w_out, h_out, dst, dst_stride);
        return;
    }
    for (size_t x = 0; x < w_out;) { /* the last few pixels with some before them, once more */
        x = w_out - x < 4 ? w_out - 4 : x;
        const size_t n = w_out - x < STRIP ? (w_out - x) / 4 * 4 : STRIP;
        strip(taps, src + 8 * x, src_stride, n, h_out, dst + 4 * x, dst_stride);
        x += n;
    }
}

#define REDUCE(name, method)                                                                                           \
    static void reduce_##name(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,      \
                              ptrdiff_t dst_stride) {                                                                  \
        filter(&imx_reduce_##name, method, src, src_stride, w_out, h_out, dst, dst_stride);                            \
    }
REDUCE(bilinear, IMX_REDUCE_BILINEAR)
REDUCE(cubic, IMX_REDUCE_CUBIC)
REDUCE(lanczos, IMX_REDUCE_LANCZOS)

void imx_avx2_reduce_filter_install(imx_reduce_kernels *table) {
    table->rgba8[IMX_REDUCE_BILINEAR] = reduce_bilinear;
    table->rgba8[IMX_REDUCE_CUBIC] = reduce_cubic;
    table->rgba8[IMX_REDUCE_LANCZOS] = reduce_lanczos;
}
