/* kernels/warp_bilinear.c: reference of the bilinear warp. */
#include "kernels/reference.h"
#include "kernels/warp_taps.h"

void imx_warp_bilinear_pixel(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst) {
    int32_t fx, fy;
    int32_t x0 = imx_warp_tap(x_q16, &fx), y0 = imx_warp_tap(y_q16, &fy);
    int32_t wx[2] = {IMX_WARP_PHASES - fx, fx}, wy[2] = {IMX_WARP_PHASES - fy, fy};
    int32_t x1 = x0 + 1, y1 = y0 + 1;
    /* A tap outside gets no weight, and stands on its neighbour so that it can be read. */
    if (x0 < 0) {
        x0 = x1;
        wx[0] = 0;
    }
    if (x1 >= job->src_w) {
        x1 = x0;
        wx[1] = 0;
    }
    if (y0 < 0) {
        y0 = y1;
        wy[0] = 0;
    }
    if (y1 >= job->src_h) {
        y1 = y0;
        wy[1] = 0;
    }
    const uint8_t *tap[4] = {imx_warp_pixel(job, x0, y0), imx_warp_pixel(job, x1, y0), imx_warp_pixel(job, x0, y1),
                             imx_warp_pixel(job, x1, y1)};
    const int32_t w[4] = {wx[0] * wy[0], wx[1] * wy[0], wx[0] * wy[1], wx[1] * wy[1]};
    const int32_t w_sum = (wx[0] + wx[1]) * (wy[0] + wy[1]);
    if (w_sum == 65536 && (tap[0][3] & tap[1][3] & tap[2][3] & tap[3][3]) == 255) {
        for (int c = 0; c < 3; c++) {
            dst[c] =
                (uint8_t)((w[0] * tap[0][c] + w[1] * tap[1][c] + w[2] * tap[2][c] + w[3] * tap[3][c] + 32768) >> 16);
        }
        dst[3] = 255;
        return;
    }
    int64_t sum[4] = {0};
    for (int t = 0; t < 4; t++) {
        const int64_t wa = (int64_t)w[t] * tap[t][3];
        for (int c = 0; c < 3; c++) {
            sum[c] += wa * tap[t][c];
        }
        sum[3] += wa;
    }
    imx_warp_store(dst, sum, w_sum, job->binary_alpha);
}

void imx_ref_warp_bilinear_rgba8(const imx_warp_rgba8 *job) {
    if (imx_warp_is_minified(job)) {
        imx_ref_warp_minified(job, IMX_WARP_TRIANGLE);
        return;
    }
    uint8_t *dst = job->dst;
    for (size_t i = 0; i < job->n; i++, dst += 4) {
        if (imx_warp_inside(job, job->x_q16[i], job->y_q16[i])) {
            imx_warp_bilinear_pixel(job, job->x_q16[i], job->y_q16[i], dst);
            imx_warp_settle(job, job->x_q16[i], job->y_q16[i], dst);
        } else {
            memset(dst, 0, 4);
        }
    }
}
