/* kernels/warp_plane_nearest_avx2.c: planar nearest, eight output pixels at a time by gathers; f64 stays with the
 * reference. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_plane_avx2.h"

/* Four bytes that end with the sample, or validity, at each offset, moved down; so nothing is read beyond the window.
 */
IMX_GENERIC __m256i gather_last(const void *plane, __m256i at, imx_type type, size_t sample_bytes) {
    const __m256i before = _mm256_sub_epi32(at, _mm256_set1_epi32(4 - (int32_t)sample_bytes));
    const __m256i v = _mm256_i32gather_epi32((const int *)plane, before, 1);
    const int shift = 32 - 8 * (int)sample_bytes;
    return type == IMX_I16 ? _mm256_srai_epi32(v, shift) : _mm256_srli_epi32(v, shift);
}

/* false: a position is outside, or in one of the first three columns. */
IMX_GENERIC bool nearest8(const imx_warp_plane *job, imx_type type, size_t sample_bytes, size_t i) {
    const __m256i column = _mm256_srai_epi32(imx_load256(job->x_q16 + i), 16);
    const __m256i row = _mm256_srai_epi32(imx_load256(job->y_q16 + i), 16), zero = _mm256_setzero_si256();
    const __m256i in_x = _mm256_and_si256(_mm256_cmpgt_epi32(column, _mm256_set1_epi32(2)),
                                          _mm256_cmpgt_epi32(_mm256_set1_epi32(job->src_w), column));
    const __m256i in_y = _mm256_and_si256(_mm256_cmpgt_epi32(row, _mm256_set1_epi32(-1)),
                                          _mm256_cmpgt_epi32(_mm256_set1_epi32(job->src_h), row));
    if (_mm256_movemask_epi8(_mm256_and_si256(in_x, in_y)) != -1) {
        return false;
    }
    const __m256i line = _mm256_mullo_epi32(row, _mm256_set1_epi32((int32_t)job->src_stride));
    const __m256i at = _mm256_add_epi32(line, _mm256_mullo_epi32(column, _mm256_set1_epi32((int32_t)sample_bytes)));
    const __m256i v = gather_last(job->src, at, type, sample_bytes);
    __m256i valid = _mm256_set1_epi32(-1);
    if (job->valid) {
        const __m256i valid_line = _mm256_mullo_epi32(row, _mm256_set1_epi32((int32_t)job->valid_stride));
        const __m256i bytes = gather_last(job->valid, _mm256_add_epi32(valid_line, column), IMX_U8, 1);
        valid = _mm256_cmpgt_epi32(bytes, zero);
    }
    if (type == IMX_F32) {
        const __m256 f = _mm256_castsi256_ps(v);
        valid = _mm256_and_si256(valid, _mm256_castps_si256(_mm256_cmp_ps(f, f, _CMP_ORD_Q)));
    }
    imx_plane_store_bits(job, type, i, v, valid);
    return true;
}

IMX_GENERIC void nearest(const imx_warp_plane *job, imx_type type, size_t sample_bytes, imx_warp_plane_fn reference) {
    const bool fit = imx_plane_offsets_fit(job);
    size_t i = 0;
    for (; i + 8 <= job->n && fit; i += 8) {
        if (!nearest8(job, type, sample_bytes, i)) {
            const imx_warp_plane part = imx_plane_part(job, i, 8, sample_bytes);
            reference(&part);
        }
    }
    const imx_warp_plane rest = imx_plane_part(job, i, job->n - i, sample_bytes);
    reference(&rest);
}

#define NEAREST(name, c_type, type, lowest, highest)                                                                   \
    static void nearest_##name(const imx_warp_plane *job) {                                                            \
        nearest(job, type, sizeof(c_type),                                                                             \
                imx_ref_warp_plane.fn[IMX_WARP_METHOD_NEAREST][imx_plane_type_index(type)]);                           \
    }
IMX_PLANE_EACH_IN_F32(NEAREST)

void imx_avx2_warp_plane_nearest_install(imx_warp_plane_kernels *table) {
    const imx_warp_plane_fn fns[IMX_PLANE_TYPES] = {nearest_u8, nearest_u16, nearest_i16, nearest_f32,
                                                    imx_ref_nearest_f64};
    memcpy(table->fn[IMX_WARP_METHOD_NEAREST], fns, sizeof fns);
}
