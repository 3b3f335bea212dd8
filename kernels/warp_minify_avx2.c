/* kernels/warp_minify_avx2.c: one minified output pixel whose taps are all opaque: a row of taps across by pmaddwd,
 * eight at a time, then down in 64 bits. */
#include "kernels/warp_avx2.h"
#include "kernels/warp_minify.h"

enum {
    /* Below 1/64 a row's sum may pass int32; such a pixel costs thousands of taps anyway. */
    SHRINK_MIN_Q16 = IMX_Q16_ONE / 64,
    TAPS_MAX = 2 * 2 * 64 + 1 + 7 + 7 /* along one axis; rounded up to vectors */
};

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

/* The taps of a row, filled up with weights of 0 to whole vectors that lie inside the window. */
typedef struct row_taps {
    int32_t first, count; /* count: a multiple of 8 */
    int64_t sum;
    int16_t w[TAPS_MAX];
} row_taps;

static bool row_taps_of(const imx_warp_axis *x, int32_t src_w, imx_warp_kernel kernel, row_taps *taps) {
    const int32_t count = (x->count + 7) / 8 * 8;
    if (count > src_w) {
        return false;
    }
    taps->count = count;
    taps->first = x->first + count <= src_w ? x->first : src_w - count;
    taps->sum = 0;
    const int32_t lead = x->first - taps->first;
    memset(taps->w, 0, (size_t)count * sizeof taps->w[0]);
    for (int32_t k = 0; k < x->count; k++) {
        taps->w[lead + k] = imx_warp_axis_weight(x, x->first + k, kernel);
        taps->sum += taps->w[lead + k];
    }
    return true;
}

/* floor(n / w) clamped to 0..255, n = sum w c + w/2: both below 2^51, so exact in double; a quotient below 256 that is
 * no integer stays 1/w > 2^-42 away from the next, far more than a double's step there. */
static inline uint8_t divide(int64_t n, double w) {
    const double q = (double)n / w;
    return q <= 0 ? 0 : q >= 255 ? 255 : (uint8_t)q;
}

bool imx_avx2_minified_opaque(const imx_warp_rgba8 *job, size_t i, imx_warp_kernel kernel, uint8_t *dst) {
    const imx_warp_axis x =
        imx_warp_axis_of(job->x_q16[i], job->shrink_x_q16 ? job->shrink_x_q16[i] : IMX_Q16_ONE, job->src_w, kernel);
    const imx_warp_axis y =
        imx_warp_axis_of(job->y_q16[i], job->shrink_y_q16 ? job->shrink_y_q16[i] : IMX_Q16_ONE, job->src_h, kernel);
    row_taps taps;
    if (x.shrink_q16 < SHRINK_MIN_Q16 || y.shrink_q16 < SHRINK_MIN_Q16 || !row_taps_of(&x, job->src_w, kernel, &taps)) {
        return false;
    }
    __m256i sum = _mm256_setzero_si256(), all = _mm256_set1_epi8(-1);
    int64_t wy_sum = 0;
    for (int32_t k = 0; k < y.count; k++) {
        const uint8_t *p = imx_warp_pixel(job, taps.first, y.first + k);
        __m256i row = _mm256_setzero_si256();
        for (int32_t t = 0; t < taps.count; t += 8, p += 32) {
            const __m256i px = imx_load256(p);
            all = _mm256_and_si256(all, px);
            row = add8(row, px, load_weights(taps.w + t));
        }
        const int16_t wy = imx_warp_axis_weight(&y, y.first + k, kernel);
        const __m128i half_sums = _mm_add_epi32(_mm256_castsi256_si128(row), _mm256_extracti128_si256(row, 1));
        sum = _mm256_add_epi64(sum, _mm256_mul_epi32(_mm256_cvtepi32_epi64(half_sums), _mm256_set1_epi64x(wy)));
        wy_sum += wy;
    }
    if (!_mm256_testc_si256(all, _mm256_set1_epi32((int32_t)0xff000000))) {
        return false;
    }
    const int64_t w = taps.sum * wy_sum;
    int64_t channel[4];
    imx_store256(channel, sum);
    for (int c = 0; c < 3; c++) {
        dst[c] = divide(channel[c] + w / 2, (double)w);
    }
    dst[3] = 255;
    return true;
}
