/* kernels/warp_widened.c: reference of one output pixel that is weighted by tap tables, and of the filters that have
 * no other way. */
#include "kernels/reference.h"
#include "kernels/warp_taps.h"

/* The taps of one axis that lie in the window. */
typedef struct axis {
    const int16_t *w; /* of the tap at first */
    int32_t first, count;
    int64_t sum; /* of the weights */
    bool whole;  /* none was cut off */
} axis;

static axis axis_of(const imx_warp_taps *taps, int32_t pos_q16, int32_t size) {
    int32_t phase;
    const int32_t first = imx_warp_tap(pos_q16, &phase) - (taps->n / 2 - 1), end = first + taps->n;
    axis a = {.whole = first >= 0 && end <= size, .first = first < 0 ? 0 : first};
    a.count = (end < size ? end : size) - a.first;
    a.w = taps->q14 + (ptrdiff_t)phase * taps->n + (a.first - first);
    for (int32_t k = 0; k < a.count; k++) {
        a.sum += a.w[k];
    }
    return a;
}

static bool all_opaque(const imx_warp_rgba8 *job, const axis *x, const axis *y) {
    uint8_t all = 255;
    for (int32_t j = 0; j < y->count; j++) {
        const uint8_t *p = imx_warp_pixel(job, x->first, y->first + j);
        for (int32_t i = 0; i < x->count; i++) {
            all &= p[4 * i + 3];
        }
    }
    return all == 255;
}

/* Rows first. |h| < 2^15 and |v| < 2^30, as the sum of a row's |weights| is below 1.6 * 2^14 (Lanczos; half of what it
 * has over 2^14 is negative). */
static void opaque_pixel(const imx_warp_rgba8 *job, const axis *x, const axis *y, uint8_t *dst) {
    int32_t v[3] = {1 << 19, 1 << 19, 1 << 19};
    for (int32_t j = 0; j < y->count; j++) {
        const uint8_t *p = imx_warp_pixel(job, x->first, y->first + j);
        int32_t h[3] = {128, 128, 128};
        for (int32_t i = 0; i < x->count; i++, p += 4) {
            h[0] += x->w[i] * p[0];
            h[1] += x->w[i] * p[1];
            h[2] += x->w[i] * p[2];
        }
        for (int c = 0; c < 3; c++) {
            v[c] += y->w[j] * (h[c] >> 8);
        }
    }
    for (int c = 0; c < 3; c++) {
        dst[c] = (uint8_t)imx_clamp_u8(v[c] >> 20);
    }
    dst[3] = 255;
}

/* A row's sums are below 1.6 * 2^14 * 255^2 < 2^31. */
static void any_pixel(const imx_warp_rgba8 *job, const axis *x, const axis *y, uint8_t *dst) {
    int64_t sum[4] = {0};
    for (int32_t j = 0; j < y->count; j++) {
        const uint8_t *p = imx_warp_pixel(job, x->first, y->first + j);
        int32_t row[4] = {0};
        for (int32_t i = 0; i < x->count; i++, p += 4) {
            const int32_t wa = x->w[i] * p[3];
            row[0] += wa * p[0];
            row[1] += wa * p[1];
            row[2] += wa * p[2];
            row[3] += wa;
        }
        for (int c = 0; c < 4; c++) {
            sum[c] += (int64_t)y->w[j] * row[c];
        }
    }
    imx_warp_store(dst, sum, x->sum * y->sum, job->binary_alpha);
}

void imx_warp_widened_pixel(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst) {
    const axis x = axis_of(job->taps_x, x_q16, job->src_w), y = axis_of(job->taps_y, y_q16, job->src_h);
    if (x.whole && y.whole && all_opaque(job, &x, &y)) {
        opaque_pixel(job, &x, &y, dst);
    } else {
        any_pixel(job, &x, &y, dst);
    }
}

void imx_ref_warp_cubicspline_rgba8(const imx_warp_rgba8 *job) { imx_ref_warp_minified(job, IMX_WARP_BSPLINE); }
void imx_ref_warp_lanczos_rgba8(const imx_warp_rgba8 *job) { imx_ref_warp_minified(job, IMX_WARP_LANCZOS); }
