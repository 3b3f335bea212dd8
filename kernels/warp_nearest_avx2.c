/* kernels/warp_nearest_avx2.c: nearest-neighbour warp, eight masked gathers at a time. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_avx2.h"

void imx_avx2_warp_nearest_rgba8(const imx_warp_rgba8 *job) {
    if (!imx_warp_offsets_fit(job)) {
        imx_ref_warp_nearest_rgba8(job);
        return;
    }
    const __m256i minus_one = _mm256_set1_epi32(-1);
    const __m256i w = _mm256_set1_epi32(job->src_w), h = _mm256_set1_epi32(job->src_h);
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
        const __m256i col = _mm256_srai_epi32(x, 16), row = _mm256_srai_epi32(y, 16);
        const __m256i in_x = _mm256_and_si256(_mm256_cmpgt_epi32(col, minus_one), _mm256_cmpgt_epi32(w, col));
        const __m256i in_y = _mm256_and_si256(_mm256_cmpgt_epi32(row, minus_one), _mm256_cmpgt_epi32(h, row));
        const __m256i offsets = imx_warp_offsets(x, y, (int32_t)job->src_stride);
        const __m256i px = _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), (const int *)(const void *)job->src,
                                                       offsets, _mm256_and_si256(in_x, in_y), 1);
        imx_store256(job->dst + 4 * i, px);
    }
    imx_warp_part(job, i, job->n - i, imx_ref_warp_nearest_rgba8);
}
