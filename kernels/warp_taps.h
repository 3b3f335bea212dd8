/* kernels/warp_taps.h: what the warp kernels share: positions, weights, and how a weighted sum becomes a pixel. */
#ifndef IMX_KERNELS_WARP_TAPS_H
#define IMX_KERNELS_WARP_TAPS_H

#include <string.h>

#include "kernels/kernels.h"

#define IMX_WARP_PHASES IMX_TAPS_PHASES /* sub-pixel positions per source pixel */
#define IMX_WARP_SHRINK_MIN_Q16 16      /* one output pixel spans 4096 source pixels */

/* Keys' four weights at phase f/256, Q14; each row sums to 16384 and row f mirrors row 256 - f. */
extern const int16_t imx_cubic_q14[IMX_WARP_PHASES + 1][4];

/* A filter's value at distance t, to the nearest Q14 (tap_table.c). */
int16_t imx_warp_value_q14(imx_warp_kernel kernel, int64_t t_q16);

static inline bool imx_warp_inside(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16) {
    return x_q16 >= 0 && y_q16 >= 0 && x_q16 >> 16 < job->src_w && y_q16 >> 16 < job->src_h;
}

static inline const uint8_t *imx_warp_pixel(const imx_warp_rgba8 *job, int32_t x, int32_t y) {
    return job->src + (ptrdiff_t)y * job->src_stride + (ptrdiff_t)x * 4;
}

/* The pixel that contains a position inside. */
static inline const uint8_t *imx_warp_centre(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16) {
    return imx_warp_pixel(job, x_q16 >> 16, y_q16 >> 16);
}

/* Whether nothing is where the pixel that contains the position has alpha 0: where alpha is validity, and for filters
 * that would grow a raster by pixels if they gave a value wherever they reach a valid one. */
static inline bool imx_warp_needs_centre(const imx_warp_rgba8 *job, imx_warp_kernel kernel) {
    return job->binary_alpha || kernel == IMX_WARP_BSPLINE || kernel == IMX_WARP_LANCZOS;
}

/* Where alpha is validity, an output pixel is as valid as the pixel that contains its position, and is that one where
 * the filter gave nothing. */
static inline void imx_warp_settle(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst) {
    const uint8_t *centre = imx_warp_centre(job, x_q16, y_q16);
    if (job->binary_alpha && !centre[3]) {
        memset(dst, 0, 4);
    } else if (job->binary_alpha && !dst[3]) {
        memcpy(dst, centre, 3);
        dst[3] = 255;
    }
}

/* The first of the two (bilinear) taps and the phase 0..256 of a position >= 0 along one axis. */
static inline int32_t imx_warp_tap(int32_t pos_q16, int32_t *phase) {
    int32_t u_q16 = pos_q16 - IMX_Q16_ONE / 2;
    *phase = ((u_q16 & (IMX_Q16_ONE - 1)) + 128) >> 8;
    return u_q16 >> 16;
}

static inline int32_t imx_clamp_u8(int32_t v) { return v < 0 ? 0 : v > 255 ? 255 : v; }

/* sum[0..2] = sum w a c, sum[3] = S = sum w a; w = W, the weight of the taps inside the window (the alpha 255 level
 * of S is 255 w). */
static inline void imx_warp_store(uint8_t *dst, const int64_t sum[4], int64_t w, bool binary_alpha) {
    int64_t s = sum[3];
    int64_t alpha = 0;
    if (s > 0 && w > 0) {
        alpha = binary_alpha ? 255 : (s + w / 2) / w;
    }
    if (alpha == 0) {
        memset(dst, 0, 4);
        return;
    }
    for (int c = 0; c < 3; c++) {
        int64_t v = sum[c] + s / 2;
        v = v <= 0 ? 0 : v / s;
        dst[c] = (uint8_t)(v > 255 ? 255 : v);
    }
    dst[3] = (uint8_t)(alpha > 255 ? 255 : alpha);
}

/* One pixel inside the window, not minified, bilinear (warp_bilinear.c). */
void imx_warp_bilinear_pixel(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst);

/* One pixel inside the window, minified by the job's tables (warp_widened.c). */
void imx_warp_widened_pixel(const imx_warp_rgba8 *job, int32_t x_q16, int32_t y_q16, uint8_t *dst);

/* One pixel inside the window, minified by its shrinks (warp_minify.c). wx: room for IMX_WARP_TAPS_MAX weights. */
#define IMX_WARP_TAPS_MAX (2 * IMX_WARP_SUPPORT_MAX * (IMX_Q16_ONE / IMX_WARP_SHRINK_MIN_Q16) + 1)
void imx_warp_minified_pixel(const imx_warp_rgba8 *job, size_t i, imx_warp_kernel kernel, int16_t *wx, uint8_t *dst);

/* A whole job that is minified in the one way or the other (warp_minify.c). */
static inline bool imx_warp_is_minified(const imx_warp_rgba8 *job) { return job->taps_x || job->shrink_x_q16; }
void imx_ref_warp_minified(const imx_warp_rgba8 *job, imx_warp_kernel kernel);

#endif
