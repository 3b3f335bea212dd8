/* kernels/warp_minify.c: one output pixel that covers more than one source pixel: the filter is
 * stretched by 1 / shrink along each axis, and the weights are the product of the two axes' weights. */
#include "kernels/warp_minify.h"

/* Row sums of Q14 weights reach 2^14.4 / shrink; times 255^2 and the other axis the same they fit int64 as long as
 * the pixel covers at most 2^16 source pixels. Beyond, row sums drop this many low bits (at most 8). */
static int row_shift(const imx_warp_axis *x, const imx_warp_axis *y) {
    const int64_t area = ((int64_t)1 << 32) / (x->shrink_q16 * y->shrink_q16);
    int shift = 0;
    while (area >> shift > IMX_Q16_ONE) {
        shift++;
    }
    return shift;
}

static void add_row(const uint8_t *p, const int16_t *wx, int32_t count, int64_t row[4]) {
    int64_t r = 0, g = 0, b = 0, a = 0;
    for (int32_t i = 0; i < count; i++, p += 4) {
        const int32_t wa = wx[i] * p[3];
        r += wa * p[0];
        g += wa * p[1];
        b += wa * p[2];
        a += wa;
    }
    row[0] = r;
    row[1] = g;
    row[2] = b;
    row[3] = a;
}

void imx_warp_minified_pixel(const imx_warp_rgba8 *job, size_t i, imx_warp_kernel kernel, int16_t *wx, uint8_t *dst) {
    const imx_warp_axis x = imx_warp_axis_of(job->x_q16[i], job->shrink_x_q16[i], job->src_w, kernel);
    const imx_warp_axis y = imx_warp_axis_of(job->y_q16[i], job->shrink_y_q16[i], job->src_h, kernel);
    const int shift = row_shift(&x, &y);
    int64_t sum[4] = {0}, wx_sum = 0, wy_sum = 0;
    for (int32_t k = 0; k < x.count; k++) {
        wx[k] = imx_warp_axis_weight(&x, x.first + k, kernel);
        wx_sum += wx[k];
    }
    for (int32_t k = 0; k < y.count; k++) {
        const int64_t wy = imx_warp_axis_weight(&y, y.first + k, kernel);
        int64_t row[4];
        add_row(imx_warp_pixel(job, x.first, y.first + k), wx, x.count, row);
        for (int c = 0; c < 4; c++) {
            sum[c] += wy * (row[c] >> shift);
        }
        wy_sum += wy;
    }
    imx_warp_store(dst, sum, (wx_sum >> shift) * wy_sum, job->binary_alpha);
}

void imx_ref_warp_minified(const imx_warp_rgba8 *job, imx_warp_kernel kernel) {
    int16_t wx[IMX_WARP_TAPS_MAX]; /* 48 KB, touched only as far as a pixel needs it */
    uint8_t *dst = job->dst;
    for (size_t i = 0; i < job->n; i++, dst += 4) {
        if (!imx_warp_inside(job, job->x_q16[i], job->y_q16[i]) ||
            (imx_warp_needs_centre(job, kernel) && !imx_warp_centre(job, job->x_q16[i], job->y_q16[i])[3])) {
            memset(dst, 0, 4);
            continue;
        }
        if (job->taps_x) {
            imx_warp_widened_pixel(job, job->x_q16[i], job->y_q16[i], dst);
        } else {
            imx_warp_minified_pixel(job, i, kernel, wx, dst);
        }
        imx_warp_settle(job, job->x_q16[i], job->y_q16[i], dst);
    }
}
