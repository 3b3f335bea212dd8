/* kernels/warp_area.h: the area warps: each output pixel is a statistic of the source pixels that its box touches.
 *
 * A box is the part of the source, an upright rectangle, that an output pixel stands for; it may be as large as the
 * window or lie inside one pixel. The methods and what they mean are those of gdalwarp -r (GDALWarpKernel,
 * alg/gdalwarpkernel.cpp): average and rms weight a source pixel by how much of it the box covers; mode, min, max, med,
 * q1 and q3 count every source pixel that the box touches, once. Invalid pixels drop out. (Sums: kernels/warp_sum.h.)
 *
 * The boxes of neighbouring output pixels touch but do not overlap, so that there is nothing to carry over from one to
 * the next: every method costs what its box holds.
 *
 * What bounds the AVX2 variants where they gain less than three times. Boxes beyond 2 x 2 taps on planes, and partly
 * transparent ones of average and rms on rgba8, are one output pixel at a time, whose weights, sums across and
 * division take as long as what there is to sum (1.0 to 1.8 times), or to compare for min and max (1.3). Mode beyond
 * 2 x 2 taps is a chain of counters at addresses that depend on the samples, and quantiles of planes, whose samples
 * have up to 32 bits, are sorted or counted by bytes: both are the reference. f64 has the reference alone: four doubles
 * to a vector leave little, for a type that is rare.
 */
#ifndef IMX_KERNELS_WARP_AREA_H
#define IMX_KERNELS_WARP_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

typedef enum imx_area_method {
    IMX_AREA_AVERAGE,
    IMX_AREA_MODE,
    IMX_AREA_MIN,
    IMX_AREA_MAX,
    IMX_AREA_MED,
    IMX_AREA_Q1,
    IMX_AREA_Q3,
    IMX_AREA_RMS
} imx_area_method;
#define IMX_AREA_METHODS 8

/* The boxes of a row of output pixels, in Q16 px of the window, whose pixel (0, 0) is the square from 0 to 1:
 * x0 <= x < x1, y0 <= y < y1. Any int32: boxes are cut at the window's edges. x0 = IMX_WARP_INVALID (kernels.h), x1 <
 * x0, y1 < y0, or nothing of the box in the window: the output pixel is nothing. A box without width or height stands
 * for the pixels that it lies in. */
typedef struct imx_area_boxes {
    const int32_t *x0_q16, *x1_q16, *y0_q16, *y1_q16;
} imx_area_boxes;

typedef struct imx_warp_area_rgba8 {
    const uint8_t *src;   /* rgba8 window, first pixel of its first row */
    ptrdiff_t src_stride; /* bytes */
    int32_t src_w, src_h; /* px, 1..32767 */
    imx_area_boxes boxes;
    bool binary_alpha; /* as in imx_warp_rgba8 */
    size_t n;          /* output pixels */
    uint8_t *dst;      /* rgba8, n pixels */
} imx_warp_area_rgba8;

/* Exact. Along one axis the taps of a box are the pixels that it touches. What it covers of tap k is
 * c = min(x1, k + 1) - max(x0, k), Q16; its coverage weight is max(1, (c + 128) >> 8).
 *
 * average, rms: an axis of one tap has the weight 256, an axis of two the weights 256 - f and f, where
 *   f = min(255, floor(256 c1 / (c0 + c1) + 0.5)), c1 of the second (in float, which is exact enough to be the same
 *   everywhere); a longer one its coverage weights. w = wx wy, S = sum w a, W = sum w.
 *   average: at most 2 x 2 taps: the bilinear warp (kernels.h) at the position whose taps and phases these are;
 *            else c = (sum w a c + S/2) / S.
 *   rms:     c = floor(sqrt(sum w a c^2 / S) + 0.5), in double.
 *   alpha of both: 255 if S = 255 W or (S > 0 and binary), else (S + W/2) / W; nothing where that is 0.
 *
 * The others look at each of the four channels on its own, in the taps whose alpha is not 0; n of them, none: nothing.
 *   min, max. med, q1, q3: of the values in ascending order the one at ceil(q n) - 1, from 0; q = 1/2, 1/4, 3/4.
 *   mode: the most frequent value; of several, the one that reached its count first, going row by row.
 *   alpha: 255 if binary.
 * (GDAL: the same, with alpha 255 wherever anything is valid and colours not weighted by alpha.) */
typedef void (*imx_warp_area_rgba8_fn)(const imx_warp_area_rgba8 *job);

/* ---- one plane of samples with validity ---- */

typedef struct imx_warp_area_plane {
    const void *src;      /* window of samples, aligned to their size; first sample of its first row */
    ptrdiff_t src_stride; /* bytes, a multiple of the sample's size; may be negative */
    int32_t src_w, src_h; /* px, 1..32767 */
    /* One byte a pixel, 0: invalid, anything else: valid. NULL: all are. A NaN is always invalid. */
    const uint8_t *valid;
    ptrdiff_t valid_stride;
    imx_area_boxes boxes;
    /* Only mode looks here, where boxes hold more than IMX_AREA_TAPS_FREE taps: any alignment of 8 bytes, and
     * imx_warp_area_scratch_bytes() of the largest box's taps. A box that it is too small for: invalid. */
    void *scratch;
    size_t scratch_bytes;
    size_t n;           /* output pixels */
    void *dst;          /* n samples, aligned; 0 where invalid */
    uint8_t *dst_valid; /* n bytes: 255 valid, 0 not */
} imx_warp_area_plane;

#define IMX_AREA_TAPS_FREE 128
size_t imx_warp_area_scratch_bytes(imx_type type, size_t taps);

/* As on rgba8, of the valid taps; none: invalid. Exact on every CPU: a variant rounds each step as the reference does,
 * in the same order (no fused multiply-add). In doubles, with weights wx, wy = max(1, covered) in Q16: eight columns at
 * a time, from the box's first on, each is summed down its rows; its sum times wx is added to the lane that is its
 * place among the eight; lanes are added as ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). Likewise S of the weights,
 * exact. average: sum(w v) / S; rms: sqrt(sum(w v v) / S). Integers are rounded half up and saturate. f32, f64: a mean
 * of infinities of both signs is invalid. No -0 comes out, and to mode -0 and 0 are the same. */
typedef void (*imx_warp_area_plane_fn)(const imx_warp_area_plane *job);

typedef struct imx_warp_area_kernels {
    imx_warp_area_rgba8_fn rgba8[IMX_AREA_METHODS];
    imx_warp_area_plane_fn plane[IMX_AREA_METHODS][IMX_PLANE_TYPES]; /* second index: imx_plane_type_index() */
} imx_warp_area_kernels;

/* Private to kernels/table.c. */
void imx_ref_warp_area_install(imx_warp_area_kernels *table);
void imx_avx2_warp_area_install(imx_warp_area_kernels *table);

#endif
