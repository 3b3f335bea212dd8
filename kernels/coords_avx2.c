/* kernels/coords_avx2.c: the transform grid's inner loop, eight positions at a time. */
#include <immintrin.h>

#include "kernels/avx2.h"
#include "kernels/reference.h"

void imx_avx2_coords_q16(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out) {
    /* Unsigned, as in the reference: values past the last pixel may wrap. The low 32 bits of v >> 16 are the same for
     * a logical and an arithmetic shift. */
    const uint64_t base = (uint64_t)base_q32, step = (uint64_t)step_q32;
    const __m256i by8 = _mm256_set1_epi64x((int64_t)(8 * step));
    /* Lanes so that one in-lane shuffle leaves the order right: 0 1 4 5 and 2 3 6 7. */
    __m256i a = _mm256_setr_epi64x((int64_t)base, (int64_t)(base + step), (int64_t)(base + 4 * step),
                                   (int64_t)(base + 5 * step));
    __m256i b = _mm256_add_epi64(a, _mm256_set1_epi64x((int64_t)(2 * step)));
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 lo = _mm256_castsi256_ps(_mm256_srli_epi64(a, 16)),
                     hi = _mm256_castsi256_ps(_mm256_srli_epi64(b, 16));
        const __m256i v = _mm256_castps_si256(_mm256_shuffle_ps(lo, hi, _MM_SHUFFLE(2, 0, 2, 0)));
        _mm256_storeu_si256((__m256i *)(void *)(out + i), v);
        a = _mm256_add_epi64(a, by8);
        b = _mm256_add_epi64(b, by8);
    }
    imx_ref_coords_q16((int64_t)(base + i * step), step_q32, n - i, out + i);
}
