/* kernels/warp_minify_avx2.c: output pixels minified by their shrinks, one by one: where all taps are opaque, a row of
 * taps across by pmaddwd, eight at a time, then down in 64 bits. */
#include "kernels/warp_avx2.h"
#include "kernels/warp_minify.h"

/* Below 1/64 a row's sum may pass int32; such a pixel costs thousands of taps anyway. */
enum { SHRINK_MIN_Q16 = IMX_Q16_ONE / 64, ROWS_MAX = 2 * IMX_WARP_SUPPORT_MAX * 64 + 1 };

/* The taps along y, kept from pixel to pixel. */
typedef struct tap_rows {
    bool known;
    int32_t pos_q16, first, count;
    uint32_t shrink_q16;
    int32_t sum;
    int16_t w[ROWS_MAX];
} tap_rows;

/* Eight taps: channels summed into int32, two half sums a channel. */
static inline __m256i add8(__m256i sum, __m256i px, __m256i w) {
    const __m256i pairs = _mm256_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, /**/
                                           0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    const __m256i v = _mm256_shuffle_epi8(px, pairs), zero = _mm256_setzero_si256();
    /* Words 0 1 | 4 5 of the weights go with the lower halves, 2 3 | 6 7 with the upper ones. */
    const __m256i w_lo = _mm256_shuffle_epi32(w, 0x00), w_hi = _mm256_shuffle_epi32(w, 0x55);
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_unpacklo_epi8(v, zero), w_lo));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_unpackhi_epi8(v, zero), w_hi));
}

/* Weights of eight taps to where add8 wants them: 0 1 2 3 in the lower lane, 4 5 6 7 in the upper one. */
static inline __m256i load_weights(const int16_t *wx) {
    return _mm256_permute4x64_epi64(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)wx)),
                                    _MM_SHUFFLE(1, 1, 0, 0));
}

/* Eight weights of a filter that has no table by step. */
static inline __m256i values8(int32_t first, const imx_warp_axis *a, imx_warp_kernel kernel) {
    int32_t w[8];
    for (int32_t k = 0; k < 8; k++) {
        w[k] = imx_warp_axis_weight(a, first + k, kernel);
    }
    return imx_load256(w);
}

/* Q14 weights of the taps first .. first + 7 of an axis; 0 for those beyond the filter's reach. */
static inline __m256i weights8(int32_t first, const imx_warp_axis *a, imx_warp_kernel kernel) {
    if (kernel != IMX_WARP_TRIANGLE && kernel != IMX_WARP_KEYS) {
        return values8(first, a, kernel);
    }
    const __m256i shrink = _mm256_set1_epi32((int32_t)a->shrink_q16), round = _mm256_set1_epi64x(1 << 23);
    const __m256i k = _mm256_add_epi32(_mm256_set1_epi32(first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    const __m256i centre = _mm256_add_epi32(_mm256_slli_epi32(k, 16), _mm256_set1_epi32(IMX_Q16_ONE / 2));
    const __m256i d = _mm256_abs_epi32(_mm256_sub_epi32(centre, _mm256_set1_epi32(a->pos_q16)));
    const __m256i even = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(d, shrink), round), 24);
    const __m256i odd =
        _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(d, 32), shrink), round), 24);
    const __m256i far = _mm256_set1_epi32(imx_warp_support(kernel) * IMX_WARP_PHASES);
    const __m256i step = _mm256_min_epu32(_mm256_or_si256(even, _mm256_slli_epi64(odd, 32)), far);
    if (kernel == IMX_WARP_TRIANGLE) {
        return _mm256_slli_epi32(_mm256_sub_epi32(far, step), 6);
    }
    /* [step][1] up to 256, then [step - 256][0]: bytes 8 step + 2 and 8 step - 2048 of the table. */
    const __m256i outer = _mm256_cmpgt_epi32(step, _mm256_set1_epi32(IMX_WARP_PHASES));
    const __m256i shift = _mm256_blendv_epi8(_mm256_set1_epi32(2), _mm256_set1_epi32(-8 * IMX_WARP_PHASES), outer);
    const __m256i two = _mm256_i32gather_epi32((const int *)(const void *)imx_cubic_q14,
                                               _mm256_add_epi32(_mm256_slli_epi32(step, 3), shift), 1);
    return _mm256_srai_epi32(_mm256_slli_epi32(two, 16), 16);
}

/* The weights of taps first .. first + count - 1, count a multiple of 8, into w; returns their sum. */
static int32_t fill_weights(int32_t first, int32_t count, const imx_warp_axis *a, imx_warp_kernel kernel, int16_t *w) {
    __m256i sum = _mm256_setzero_si256();
    for (int32_t k = 0; k < count; k += 8) {
        const __m256i v = weights8(first + k, a, kernel);
        sum = _mm256_add_epi32(sum, v);
        _mm_storeu_si128((__m128i *)(void *)(w + k),
                         _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
    }
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, _MM_SHUFFLE(1, 0, 3, 2)));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(s);
}

/* floor(n / w) clamped to 0..255, n = sum w c + w/2: both below 2^51, so exact in double; a quotient below 256 that is
 * no integer stays 1/w > 2^-42 away from the next, far more than a double's step there. */
static inline uint8_t divide(int64_t n, double w) {
    const double q = (double)n / w;
    return q <= 0 ? 0 : q >= 255 ? 255 : (uint8_t)q;
}

/* Taps along y change rarely along a row of output: they are kept. */
static void rows_of(const imx_warp_rgba8 *job, size_t i, imx_warp_kernel kernel, tap_rows *rows) {
    const uint32_t shrink_q16 = job->shrink_y_q16[i];
    if (rows->known && rows->pos_q16 == job->y_q16[i] && rows->shrink_q16 == shrink_q16) {
        return;
    }
    const imx_warp_axis y = imx_warp_axis_of(job->y_q16[i], shrink_q16, job->src_h, kernel);
    *rows = (tap_rows){.known = true,
                       .pos_q16 = job->y_q16[i],
                       .shrink_q16 = shrink_q16,
                       .first = y.first,
                       .count = y.count,
                       .sum = 0};
    if (y.shrink_q16 < SHRINK_MIN_Q16) {
        rows->count = 0;
        return;
    }
    for (int32_t k = 0; k < y.count; k++) {
        rows->w[k] = imx_warp_axis_weight(&y, y.first + k, kernel);
        rows->sum += rows->w[k];
    }
}

/* Output pixel i, inside the window; false where it is none of the cases here. */
static bool minified_opaque(const imx_warp_rgba8 *job, size_t i, imx_warp_kernel kernel, tap_rows *rows, uint8_t *dst) {
    const imx_warp_axis x = imx_warp_axis_of(job->x_q16[i], job->shrink_x_q16[i], job->src_w, kernel);
    const int32_t count = (x.count + 7) / 8 * 8;
    rows_of(job, i, kernel, rows);
    if (x.shrink_q16 < SHRINK_MIN_Q16 || rows->count == 0 || count > job->src_w) {
        return false;
    }
    /* Whole vectors that lie inside the window; taps out of reach weigh nothing. */
    const int32_t first = x.first + count <= job->src_w ? x.first : job->src_w - count;
    int16_t wx[ROWS_MAX + 8];
    const int64_t w = (int64_t)fill_weights(first, count, &x, kernel, wx) * rows->sum;
    __m256i sum = _mm256_setzero_si256(), all = _mm256_set1_epi8(-1);
    const uint8_t *line = imx_warp_pixel(job, first, rows->first);
    for (int32_t k = 0; k < rows->count; k++, line += job->src_stride) {
        __m256i row = _mm256_setzero_si256();
        for (int32_t t = 0; t < count; t += 8) {
            const __m256i px = imx_load256(line + 4 * (ptrdiff_t)t);
            all = _mm256_and_si256(all, px);
            row = add8(row, px, load_weights(wx + t));
        }
        const __m128i half_sums = _mm_add_epi32(_mm256_castsi256_si128(row), _mm256_extracti128_si256(row, 1));
        sum = _mm256_add_epi64(sum, _mm256_mul_epi32(_mm256_cvtepi32_epi64(half_sums), _mm256_set1_epi64x(rows->w[k])));
    }
    if (!_mm256_testc_si256(all, _mm256_set1_epi32((int32_t)0xff000000))) {
        return false;
    }
    int64_t channel[4];
    imx_store256(channel, sum);
    for (int c = 0; c < 3; c++) {
        dst[c] = divide(channel[c] + w / 2, (double)w);
    }
    dst[3] = 255;
    return true;
}

void imx_avx2_warp_minified(const imx_warp_rgba8 *job, imx_warp_kernel kernel, imx_warp_rgba8_fn reference) {
    tap_rows rows = {.known = false};
    for (size_t i = 0; i < job->n; i++) {
        if (!imx_warp_inside(job, job->x_q16[i], job->y_q16[i]) ||
            !minified_opaque(job, i, kernel, &rows, job->dst + 4 * i)) {
            imx_warp_part(job, i, 1, reference);
        }
    }
}
