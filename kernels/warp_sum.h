/* kernels/warp_sum.h: the warp that keeps sums: each output pixel gets of every source pixel the share that it covers.
 *
 * An output pixel is a quadrilateral in the source. Neighbours share their corners, so quadrilaterals tile the source,
 * and the shares of a source pixel add up to 1: what comes out in all is what went in (but for rounding to integers),
 * however the output lies in the source. (gdalwarp -r sum means the same: GWKSumPreserving, alg/gdalwarpkernel.cpp.)
 *
 * The AVX2 variant takes four output pixels at a time that touch at most 4 x 4 cells: all magnification, and minifying
 * up to 2 or 3 times. Larger ones are the reference: two chains of additions along each row of cells, of what is
 * covered and of the taps, bound them. */
#ifndef IMX_KERNELS_WARP_SUM_H
#define IMX_KERNELS_WARP_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"
#include "kernels/warp_area.h"

/* The corners of a row of output pixels in Q16 px of the window, going round: [0] upper left, [1] upper right, [2]
 * lower right, [3] lower left; [k][i] belongs to pixel i. Any int32. x[k][i] = IMX_WARP_INVALID (kernels.h) of any
 * corner: the pixel is nothing. They may go round either way; what crosses itself counts with its sign. */
typedef struct imx_sum_quads {
    const int32_t *x_q16[4], *y_q16[4];
} imx_sum_quads;

/* What the kernels need as scratch for quadrilaterals of up to this many columns, bytes. */
size_t imx_warp_sum_scratch_bytes(size_t columns);

/* The share w of a tap is the area of its pixel that the quadrilateral covers, exact but for rounding in double; taps
 * of less than 2^-34 are not touched. They are summed row by row; all in double and in this order, the same on every
 * CPU. Where scratch is too small for a pixel, it is nothing. */
typedef struct imx_warp_sum_rgba8 {
    const uint8_t *src;   /* rgba8 window, first pixel of its first row */
    ptrdiff_t src_stride; /* bytes */
    int32_t src_w, src_h; /* px, 1..32767 */
    imx_sum_quads quads;
    bool binary_alpha; /* as in imx_warp_rgba8 */
    void *scratch;     /* aligned to 8 bytes */
    size_t scratch_bytes;
    size_t n;     /* output pixels */
    uint8_t *dst; /* rgba8, n pixels */
} imx_warp_sum_rgba8;
/* c = min(255, floor(sum(w a c) / 255 + 0.5)); a = floor(sum(w a) / sum(w) + 0.5), or 255 where sum(w a) > 0 and
 * binary; nothing where that is 0. */
typedef void (*imx_warp_sum_rgba8_fn)(const imx_warp_sum_rgba8 *job);

/* One plane of samples, with validity as in imx_warp_area_plane. */
typedef struct imx_warp_sum_plane {
    const void *src; /* window of samples, aligned to their size */
    ptrdiff_t src_stride;
    int32_t src_w, src_h;
    const uint8_t *valid; /* NULL: all are. A NaN is always invalid. */
    ptrdiff_t valid_stride;
    imx_sum_quads quads;
    void *scratch;
    size_t scratch_bytes;
    size_t n;
    void *dst;          /* n samples, aligned; 0 where invalid */
    uint8_t *dst_valid; /* n bytes: 255 valid, 0 not */
} imx_warp_sum_plane;
/* sum(w v) of the valid taps; none: invalid. Integers are rounded half up and saturate. f32, f64 (which also
 * stands for u32 and i32): infinities of both signs are invalid. */
typedef void (*imx_warp_sum_plane_fn)(const imx_warp_sum_plane *job);

typedef struct imx_warp_sum_kernels {
    imx_warp_sum_rgba8_fn rgba8;
    imx_warp_sum_plane_fn plane[IMX_PLANE_TYPES]; /* by imx_plane_type_index() */
} imx_warp_sum_kernels;

#endif
