/* kernels/warp_cubic_avx2.c: cubic warp, two output pixels a register, eight at a time. Pixels beside a hole are
 * bilinear, those with partial alpha weighted by it. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_alpha_avx2.h"

/* Sixteen bytes for each of two output pixels, one a lane. */
static inline __m256i load_row(const uint8_t *a, const uint8_t *b) {
    const __m256i lo = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a));
    return _mm256_inserti128_si256(lo, _mm_loadu_si128((const __m128i *)(const void *)b), 1);
}

/* The four weights of two phases, one a lane (twice). */
static inline __m256i load_weights(int32_t a, int32_t b) {
    int64_t wa, wb;
    memcpy(&wa, imx_cubic_q14[a], 8);
    memcpy(&wb, imx_cubic_q14[b], 8);
    return _mm256_blend_epi32(_mm256_set1_epi64x(wa), _mm256_set1_epi64x(wb), 0xf0);
}

/* One row of four taps, across: Q6 in int32 for each channel. */
static inline __m256i across(__m256i row, __m256i w01, __m256i w23) {
    const __m256i taps01 = _mm256_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1, /**/
                                            0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1);
    const __m256i taps23 = _mm256_setr_epi8(8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1, /**/
                                            8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1);
    const __m256i left = _mm256_madd_epi16(_mm256_shuffle_epi8(row, taps01), w01);
    const __m256i right = _mm256_madd_epi16(_mm256_shuffle_epi8(row, taps23), w23);
    return _mm256_srai_epi32(_mm256_add_epi32(_mm256_add_epi32(left, right), _mm256_set1_epi32(128)), 8);
}

/* Two rows' Q6 values (they fit int16) as pairs of words. */
static inline __m256i pair(__m256i upper, __m256i lower) {
    return _mm256_blend_epi16(upper, _mm256_slli_epi32(lower, 16), 0xaa);
}

static inline __m256i cubic2(const __m256i row[4], __m256i wx, __m256i wy) {
    const __m256i w01 = _mm256_shuffle_epi32(wx, 0x00), w23 = _mm256_shuffle_epi32(wx, 0x55);
    const __m256i upper = pair(across(row[0], w01, w23), across(row[1], w01, w23));
    const __m256i lower = pair(across(row[2], w01, w23), across(row[3], w01, w23));
    const __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(upper, _mm256_shuffle_epi32(wy, 0x00)),
                                         _mm256_madd_epi16(lower, _mm256_shuffle_epi32(wy, 0x55)));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 19)), 20);
}

/* Each output pixel's least alpha, in int32, out of the rows' minima of pixels k and k + 4 in least[k]. */
static inline __m256i least_alphas(const __m256i least[4]) {
    __m256i v[4];
    for (int k = 0; k < 4; k++) {
        v[k] = _mm256_min_epu8(least[k], _mm256_shuffle_epi32(least[k], _MM_SHUFFLE(1, 0, 3, 2)));
        v[k] = _mm256_min_epu8(v[k], _mm256_shuffle_epi32(v[k], _MM_SHUFFLE(2, 3, 0, 1)));
    }
    const __m256i even = _mm256_blend_epi32(v[0], v[2], 0x44), odd = _mm256_blend_epi32(v[1], v[3], 0x88);
    return _mm256_srli_epi32(_mm256_blend_epi32(even, odd, 0xaa), 24);
}

/* The same where alpha is partial, pixels k and k + 4 in v[k]. */
static void weighed8(const imx_warp_rgba8 *job, const int32_t off[8], const int32_t fx[8], const int32_t fy[8],
                     __m256i v[4]) {
    const uint8_t *first = job->src - job->src_stride - 4;
    for (int k = 0; k < 4; k++) {
        const imx_warp_pair at = {first + off[k],           first + off[k + 4],   imx_cubic_q14[fx[k]],
                                  imx_cubic_q14[fx[k + 4]], imx_cubic_q14[fy[k]], imx_cubic_q14[fy[k + 4]]};
        v[k] = imx_weighed_pair(at, job->src_stride, 4, 4, job->binary_alpha);
    }
}

/* Eight pixels with all taps inside. */
static inline void cubic8(const imx_warp_rgba8 *job, __m256i x, __m256i y, uint8_t *dst) {
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2);
    const __m256i ux = _mm256_sub_epi32(x, half), uy = _mm256_sub_epi32(y, half);
    const ptrdiff_t stride = job->src_stride;
    int32_t off[8], fx[8], fy[8];
    imx_store256(off, imx_warp_offsets(ux, uy, (int32_t)stride));
    imx_store256(fx, imx_warp_phases(ux));
    imx_store256(fy, imx_warp_phases(uy));
    __m256i v[4], least[4];
    for (int k = 0; k < 4; k++) {
        /* The first of the four taps on each axis is one before. */
        const uint8_t *a = job->src + (off[k] - stride - 4), *b = job->src + (off[k + 4] - stride - 4);
        const __m256i row[4] = {load_row(a, b), load_row(a + stride, b + stride),
                                load_row(a + 2 * stride, b + 2 * stride), load_row(a + 3 * stride, b + 3 * stride)};
        least[k] = _mm256_min_epu8(_mm256_min_epu8(row[0], row[1]), _mm256_min_epu8(row[2], row[3]));
        v[k] = cubic2(row, load_weights(fx[k], fx[k + 4]), load_weights(fy[k], fy[k + 4]));
    }
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    const __m256i all = _mm256_and_si256(_mm256_and_si256(least[0], least[1]), _mm256_and_si256(least[2], least[3]));
    if (_mm256_testc_si256(all, alpha)) {
        imx_store256(dst, imx_warp_pack(v));
        return;
    }
    const __m256i alphas = least_alphas(least);
    const __m256i opaque = _mm256_cmpeq_epi32(alphas, _mm256_set1_epi32(255));
    const __m256i hole = _mm256_cmpeq_epi32(alphas, _mm256_setzero_si256());
    __m256i px = imx_warp_pack(v);
    if (_mm256_movemask_epi8(_mm256_or_si256(opaque, hole)) != -1) {
        weighed8(job, off, fx, fy, v);
        px = _mm256_blendv_epi8(imx_warp_pack(v), px, opaque);
    }
    if (!_mm256_testz_si256(hole, hole)) {
        px = _mm256_blendv_epi8(px, imx_avx2_bilinear8(job, x, y), hole);
    }
    imx_store256(dst, imx_warp_settled8(job, x, y, px));
}

void imx_avx2_warp_cubic_rgba8(const imx_warp_rgba8 *job) {
    if (imx_warp_is_minified(job)) {
        imx_avx2_warp_filtered(job, IMX_WARP_KEYS, imx_ref_warp_cubic_rgba8);
        return;
    }
    if (!imx_warp_offsets_fit(job)) {
        imx_ref_warp_cubic_rgba8(job);
        return;
    }
    const imx_warp_range range = imx_warp_range_of(job, 4, 4);
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
        if (imx_warp_all_inside(&range, x, y)) {
            cubic8(job, x, y, job->dst + 4 * i);
        } else {
            imx_warp_part(job, i, 8, imx_ref_warp_cubic_rgba8);
        }
    }
    imx_warp_part(job, i, job->n - i, imx_ref_warp_cubic_rgba8);
}
