/* kernels/warp_area_mean.c: reference of the area warps that weight by coverage: average, rms. */
#include <math.h>

#include "kernels/warp_area_inner.h"

/* Beyond this many taps rows of squares drop 8 low bits: a row's sum is below 2^8 * 2^24 * 2^15, a box's below
 * 2^40 * 2^22 = 2^62. */
enum { SQUARES_TAPS_MAX = 1 << 22, SQUARES_SHIFT = 8 };

static uint8_t alpha_of(const imx_area_sums *sums, bool binary_alpha) {
    if (sums->s == 0) {
        return 0;
    }
    return (uint8_t)(binary_alpha ? 255 : (sums->s + sums->w / 2) / sums->w);
}

void imx_area_store_average(const imx_area_sums *sums, bool binary_alpha, uint8_t *dst) {
    const uint8_t alpha = alpha_of(sums, binary_alpha);
    for (int c = 0; c < 3; c++) {
        dst[c] = (uint8_t)(alpha ? (sums->c[c] + sums->s / 2) / sums->s : 0);
    }
    dst[3] = alpha;
}

void imx_area_store_rms(const imx_area_sums *sums, bool binary_alpha, uint8_t *dst) {
    const uint8_t alpha = alpha_of(sums, binary_alpha);
    for (int c = 0; c < 3; c++) {
        dst[c] = (uint8_t)(alpha ? sqrt((double)sums->c[c] / (double)sums->s) + 0.5 : 0);
    }
    dst[3] = alpha;
}

typedef struct row_sums {
    uint64_t c[3], s;
} row_sums;

static row_sums add_row(const uint8_t *p, const imx_area_axis *x, bool squares) {
    row_sums row = {{0}, 0};
    for (int32_t k = x->first; k < x->first + x->count; k++, p += 4) {
        const uint32_t wa = (uint32_t)imx_area_weight(x, k) * p[3];
        for (int c = 0; c < 3; c++) {
            row.c[c] += wa * (squares ? (uint32_t)p[c] * p[c] : p[c]);
        }
        row.s += wa;
    }
    return row;
}

static imx_area_sums add_box(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                             bool squares) {
    imx_area_sums sums = {.w = (uint64_t)(imx_area_weights(x) * imx_area_weights(y))};
    const int shift = squares && (int64_t)x->count * y->count > SQUARES_TAPS_MAX ? SQUARES_SHIFT : 0;
    for (int32_t k = y->first; k < y->first + y->count; k++) {
        const row_sums row = add_row(imx_area_source(job, x->first, k), x, squares);
        const uint64_t wy = (uint64_t)imx_area_weight(y, k);
        for (int c = 0; c < 3; c++) {
            sums.c[c] += wy * (row.c[c] >> shift);
        }
        sums.s += wy * (row.s >> shift);
    }
    sums.w >>= shift;
    return sums;
}

void imx_area_average_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                            uint8_t *dst) {
    if (x->count <= 2 && y->count <= 2) {
        const imx_warp_rgba8 window = {.src = job->src,
                                       .src_stride = job->src_stride,
                                       .src_w = job->src_w,
                                       .src_h = job->src_h,
                                       .binary_alpha = job->binary_alpha};
        imx_warp_bilinear_pixel(&window, imx_area_bilinear_q16(x), imx_area_bilinear_q16(y), dst);
        return;
    }
    const imx_area_sums sums = add_box(job, x, y, false);
    imx_area_store_average(&sums, job->binary_alpha, dst);
}

void imx_area_rms_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    const imx_area_sums sums = add_box(job, x, y, true);
    imx_area_store_rms(&sums, job->binary_alpha, dst);
}
