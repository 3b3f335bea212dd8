/* kernels/warp_nearest.c: reference of the nearest-neighbour warp. */
#include "kernels/reference.h"
#include "kernels/warp_taps.h"

void imx_ref_warp_nearest_rgba8(const imx_warp_rgba8 *job) {
    uint8_t *dst = job->dst;
    for (size_t i = 0; i < job->n; i++, dst += 4) {
        int32_t x_q16 = job->x_q16[i], y_q16 = job->y_q16[i];
        if (imx_warp_inside(job, x_q16, y_q16)) {
            memcpy(dst, imx_warp_pixel(job, x_q16 >> 16, y_q16 >> 16), 4);
        } else {
            memset(dst, 0, 4);
        }
    }
}
