/* kernels/warp_minify.c: one output pixel that covers more than one source pixel: the kernel (triangle or Keys) is
 * stretched by 1 / shrink along each axis, and the weights are the product of the two axes' weights. */
#include "kernels/warp_taps.h"

typedef struct axis {
    int64_t shrink_q16;
    int32_t first, count; /* taps inside the window */
    int32_t pos_q16;
} axis;

/* The taps k with |k + 0.5 - pos| * shrink < support, cut to 0..size-1. At least one: the pixel that contains pos. */
static axis axis_of(int32_t pos_q16, uint32_t shrink_q16, int32_t size, imx_warp_kernel kernel) {
    axis a = {.shrink_q16 = shrink_q16, .pos_q16 = pos_q16};
    if (a.shrink_q16 < IMX_WARP_SHRINK_MIN_Q16) {
        a.shrink_q16 = IMX_WARP_SHRINK_MIN_Q16;
    }
    if (a.shrink_q16 > IMX_Q16_ONE) {
        a.shrink_q16 = IMX_Q16_ONE;
    }
    const int64_t reach_q16 = (((int64_t)kernel << 32) - 1) / a.shrink_q16; /* the largest |d| with weight */
    const int64_t u_q16 = (int64_t)pos_q16 - IMX_Q16_ONE / 2;
    int64_t first = (u_q16 - reach_q16 + IMX_Q16_ONE - 1) >> 16, last = (u_q16 + reach_q16) >> 16;
    first = first < 0 ? 0 : first;
    last = last >= size ? size - 1 : last;
    a.first = (int32_t)first;
    a.count = (int32_t)(last - first + 1);
    return a;
}

/* Q14 weight of the axis' tap k. */
static int16_t axis_weight(const axis *a, int32_t k, imx_warp_kernel kernel) {
    int64_t d_q16 = ((int64_t)k << 16) + IMX_Q16_ONE / 2 - a->pos_q16;
    d_q16 = d_q16 < 0 ? -d_q16 : d_q16;
    const int64_t step = (d_q16 * a->shrink_q16 + (1 << 23)) >> 24; /* 0..256 * support */
    if (kernel == IMX_WARP_TRIANGLE) {
        return (int16_t)(64 * (IMX_WARP_PHASES - step));
    }
    return step <= IMX_WARP_PHASES ? imx_cubic_q14[step][1] : imx_cubic_q14[step - IMX_WARP_PHASES][0];
}

/* Row sums of Q14 weights reach 2^14.4 / shrink; times 255^2 and the other axis the same they fit int64 as long as
 * the pixel covers at most 2^16 source pixels. Beyond, row sums drop this many low bits (at most 8). */
static int row_shift(const axis *x, const axis *y) {
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
    const axis x = axis_of(job->x_q16[i], job->shrink_x_q16 ? job->shrink_x_q16[i] : IMX_Q16_ONE, job->src_w, kernel);
    const axis y = axis_of(job->y_q16[i], job->shrink_y_q16 ? job->shrink_y_q16[i] : IMX_Q16_ONE, job->src_h, kernel);
    const int shift = row_shift(&x, &y);
    int64_t sum[4] = {0}, wx_sum = 0, wy_sum = 0;
    for (int32_t k = 0; k < x.count; k++) {
        wx[k] = axis_weight(&x, x.first + k, kernel);
        wx_sum += wx[k];
    }
    for (int32_t k = 0; k < y.count; k++) {
        const int64_t wy = axis_weight(&y, y.first + k, kernel);
        int64_t row[4];
        add_row(imx_warp_pixel(job, x.first, y.first + k), wx, x.count, row);
        for (int c = 0; c < 4; c++) {
            sum[c] += wy * (row[c] >> shift);
        }
        wy_sum += wy;
    }
    imx_warp_store(dst, sum, (wx_sum >> shift) * wy_sum, job->binary_alpha);
}
