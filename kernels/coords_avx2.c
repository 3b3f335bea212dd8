/* kernels/coords_avx2.c: the transform grid's inner loop, eight positions at a time. */
#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

enum { RUN = 32768 }; /* so many steps of a 16-bit fraction, and its start, fit 32 bits */

/* first, first + step, ... first + 7 step, modulo 2^32. */
static inline __m256i eight(uint32_t first, uint32_t step) {
    const __m256i i = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_add_epi32(_mm256_set1_epi32((int32_t)first), _mm256_mullo_epi32(i, _mm256_set1_epi32((int32_t)step)));
}

/* A result is the low 32 bits of position >> 16: so the whole part and the low 16 bits of the fraction can be stepped
 * each in 32 bits, and what the fraction carries is added. */
void imx_avx2_coords_q16(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out) {
    const uint64_t step = (uint64_t)step_q32;
    const uint32_t step_high = (uint32_t)(step >> 16), step_low = (uint32_t)step & 0xffff;
    const __m256i by_high = _mm256_set1_epi32((int32_t)(8 * step_high));
    const __m256i by_low = _mm256_set1_epi32((int32_t)(8 * step_low));
    uint64_t base = (uint64_t)base_q32; /* unsigned, as in the reference: past the last position it may wrap */
    while (n >= 8) {
        const size_t run = n < RUN ? n & ~(size_t)7 : RUN;
        __m256i high = eight((uint32_t)(base >> 16), step_high), low = eight((uint32_t)base & 0xffff, step_low);
        for (size_t i = 0; i < run; i += 8) {
            _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_add_epi32(high, _mm256_srli_epi32(low, 16)));
            high = _mm256_add_epi32(high, by_high);
            low = _mm256_add_epi32(low, by_low);
        }
        base += run * step;
        out += run;
        n -= run;
    }
    imx_ref_coords_q16((int64_t)base, step_q32, n, out);
}
