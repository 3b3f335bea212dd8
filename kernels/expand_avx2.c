/* kernels/expand_avx2.c: three bands to rgba8, eight pixels at a time; with predictor 2 by prefix sums. */
#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

enum { BYTES_READ = 28 }; /* for eight pixels: two loads of 16 that are 12 apart */

/* Eight pixels with alpha 0. */
static inline __m256i load_rgb(const uint8_t *p) {
    const __m256i spread = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, /**/
                                            0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    const __m128i lo = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i hi = _mm_loadu_si128((const __m128i *)(const void *)(p + 12));
    return _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(lo), hi, 1), spread);
}

static inline void store(uint8_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }

static inline __m256i opaque(__m256i px) { return _mm256_or_si256(px, _mm256_set1_epi32((int32_t)0xff000000)); }

void imx_avx2_expand_rgb8_rgba8(const uint8_t *rgb, size_t n, uint8_t *dst) {
    for (; 3 * n >= BYTES_READ; n -= 8, rgb += 24, dst += 32) {
        store(dst, opaque(load_rgb(rgb)));
    }
    imx_ref_expand_rgb8_rgba8(rgb, n, dst);
}

void imx_avx2_predictor2_rgb8_rgba8(const uint8_t *differences, size_t n, uint8_t *dst) {
    __m256i before = _mm256_setzero_si256(); /* the pixel before, in all places */
    for (; 3 * n >= BYTES_READ; n -= 8, differences += 24, dst += 32) {
        __m256i px = load_rgb(differences);
        px = _mm256_add_epi8(px, _mm256_slli_si256(px, 4)); /* sums within each half */
        px = _mm256_add_epi8(px, _mm256_slli_si256(px, 8));
        const __m256i first = _mm256_permute2x128_si256(px, px, 0x08); /* the lower half in the upper place, else 0 */
        px = _mm256_add_epi8(px, _mm256_shuffle_epi32(first, 0xff));
        const __m256i last = _mm256_permutevar8x32_epi32(px, _mm256_set1_epi32(7));
        store(dst, opaque(_mm256_add_epi8(px, before)));
        before = _mm256_add_epi8(before, last);
    }
    uint8_t last[4];
    const int32_t pixel = _mm_cvtsi128_si32(_mm256_castsi256_si128(before));
    __builtin_memcpy(last, &pixel, sizeof last);
    for (; n; n--, differences += 3, dst += 4) {
        for (size_t c = 0; c < 3; c++) {
            dst[c] = last[c] = (uint8_t)(last[c] + differences[c]);
        }
        dst[3] = 255;
    }
}
