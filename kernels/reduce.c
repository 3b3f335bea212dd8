/* kernels/reduce.c: reference of the alpha-weighted 2 x 2 reduction. */
#include <string.h>

#include "kernels/reference.h"

static void reduce_row(const uint8_t *r0, const uint8_t *r1, size_t w_out, uint8_t *dst) {
    for (size_t i = 0; i < w_out; i++, r0 += 8, r1 += 8, dst += 4) {
        const uint32_t a[4] = {r0[3], r0[7], r1[3], r1[7]};
        const uint32_t sum_a = a[0] + a[1] + a[2] + a[3], alpha = (sum_a + 2) >> 2;
        if (sum_a == 4 * 255) {
            /* (255 s + 510) / 1020 = (s + 2) / 4 */
            for (int c = 0; c < 3; c++) {
                dst[c] = (uint8_t)((r0[c] + r0[4 + c] + r1[c] + r1[4 + c] + 2) >> 2);
            }
        } else if (alpha == 0) {
            memset(dst, 0, 3);
        } else {
            for (int c = 0; c < 3; c++) {
                const uint32_t sum = r0[c] * a[0] + r0[4 + c] * a[1] + r1[c] * a[2] + r1[4 + c] * a[3];
                dst[c] = (uint8_t)((sum + sum_a / 2) / sum_a);
            }
        }
        dst[3] = (uint8_t)alpha;
    }
}

void imx_ref_reduce2x_rgba8(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,
                            ptrdiff_t dst_stride) {
    for (size_t y = 0; y < h_out; y++) {
        const uint8_t *r0 = src + 2 * (ptrdiff_t)y * src_stride;
        reduce_row(r0, r0 + src_stride, w_out, dst + (ptrdiff_t)y * dst_stride);
    }
}
