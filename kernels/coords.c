/* kernels/coords.c: reference of the transform grid's inner loop. */
#include "kernels/reference.h"

void imx_ref_coords_q16(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out) {
    /* Unsigned: the value after the last pixel may pass the range that the caller vouches for. */
    uint64_t q32 = (uint64_t)base_q32;
    for (size_t i = 0; i < n; i++, q32 += (uint64_t)step_q32) {
        out[i] = (int32_t)(uint32_t)(q32 >> 16);
    }
}
