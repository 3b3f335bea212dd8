/* kernels/warp_bilinear_avx2.c: bilinear warp of opaque groups; the rest goes to the reference. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_avx2.h"

/* Two neighbouring window pixels of each of two output pixels. */
static inline __m128i load_taps(const uint8_t *a, const uint8_t *b) {
    const __m128i lo = _mm_loadl_epi64((const __m128i *)(const void *)a);
    return _mm_unpacklo_epi64(lo, _mm_loadl_epi64((const __m128i *)(const void *)b));
}

/* (256 - fx, fx) as two words, and fy in both words. */
static inline __m256i x_weights(__m256i fx) {
    return _mm256_add_epi32(_mm256_sub_epi32(_mm256_slli_epi32(fx, 16), fx), _mm256_set1_epi32(IMX_WARP_PHASES));
}
static inline __m256i y_weights(__m256i fy) { return _mm256_or_si256(_mm256_slli_epi32(fy, 16), fy); }

/* Down first: v = 256 top + fy (bottom - top) in 0..65280; then across by pmaddwd, which wants signed words:
 * sum wx (v - 32768) = sum wx v - 256 * 32768. Exact throughout, so the order does not matter. */
static inline __m256i interpolate(__m128i top, __m128i bottom, __m256i wx, __m256i fy) {
    const __m128i pairs = _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    const __m256i t = _mm256_cvtepu8_epi16(_mm_shuffle_epi8(top, pairs));
    const __m256i b = _mm256_cvtepu8_epi16(_mm_shuffle_epi8(bottom, pairs));
    const __m256i step = _mm256_mullo_epi16(_mm256_sub_epi16(b, t), fy);
    const __m256i v = _mm256_add_epi16(_mm256_slli_epi16(t, 8), step);
    const __m256i sum = _mm256_madd_epi16(_mm256_xor_si256(v, _mm256_set1_epi16(INT16_MIN)), wx);
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(256 * 32768 + 32768)), 16);
}

/* Eight pixels with all taps inside; false where they are neither all opaque nor all empty. */
static inline bool bilinear8(const imx_warp_rgba8 *job, __m256i x, __m256i y, uint8_t *dst) {
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2);
    const __m256i ux = _mm256_sub_epi32(x, half), uy = _mm256_sub_epi32(y, half);
    const __m256i wx = x_weights(imx_warp_phases(ux)), fy = y_weights(imx_warp_phases(uy));
    int32_t off[8];
    imx_store256(off, imx_warp_offsets(ux, uy, (int32_t)job->src_stride));
    __m128i top[4], bottom[4];
    for (int k = 0; k < 4; k++) {
        const uint8_t *a = job->src + off[k], *b = job->src + off[k + 4];
        top[k] = load_taps(a, b);
        bottom[k] = load_taps(a + job->src_stride, b + job->src_stride);
    }
    const __m128i alpha = _mm_set1_epi32((int32_t)0xff000000);
    const __m128i all =
        _mm_and_si128(_mm_and_si128(_mm_and_si128(top[0], top[1]), _mm_and_si128(top[2], top[3])),
                      _mm_and_si128(_mm_and_si128(bottom[0], bottom[1]), _mm_and_si128(bottom[2], bottom[3])));
    if (!_mm_testc_si128(all, alpha)) {
        const __m128i any =
            _mm_or_si128(_mm_or_si128(_mm_or_si128(top[0], top[1]), _mm_or_si128(top[2], top[3])),
                         _mm_or_si128(_mm_or_si128(bottom[0], bottom[1]), _mm_or_si128(bottom[2], bottom[3])));
        if (!_mm_testz_si128(any, alpha)) {
            return false;
        }
        imx_store256(dst, _mm256_setzero_si256());
        return true;
    }
    const __m256i v[4] = {
        interpolate(top[0], bottom[0], _mm256_shuffle_epi32(wx, 0x00), _mm256_shuffle_epi32(fy, 0x00)),
        interpolate(top[1], bottom[1], _mm256_shuffle_epi32(wx, 0x55), _mm256_shuffle_epi32(fy, 0x55)),
        interpolate(top[2], bottom[2], _mm256_shuffle_epi32(wx, 0xaa), _mm256_shuffle_epi32(fy, 0xaa)),
        interpolate(top[3], bottom[3], _mm256_shuffle_epi32(wx, 0xff), _mm256_shuffle_epi32(fy, 0xff)),
    };
    imx_store256(dst, imx_warp_pack(v));
    return true;
}

void imx_avx2_warp_bilinear_rgba8(const imx_warp_rgba8 *job) {
    if (!imx_warp_offsets_fit(job)) {
        imx_ref_warp_bilinear_rgba8(job);
        return;
    }
    const imx_warp_range range = imx_warp_range_of(job, 0, 1);
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
        if (!imx_warp_all_inside(&range, x, y) || !imx_warp_none_minified(job, i) ||
            !bilinear8(job, x, y, job->dst + 4 * i)) {
            imx_warp_part(job, i, 8, imx_ref_warp_bilinear_rgba8);
        }
    }
    imx_warp_part(job, i, job->n - i, imx_ref_warp_bilinear_rgba8);
}
