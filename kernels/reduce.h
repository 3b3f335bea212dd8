/* kernels/reduce.h: reduction by two, what overviews are made with; a family of the table in kernels/kernels.h.
 *
 * Output pixel (i, j) covers the four source pixels (2i..2i+1, 2j..2j+1), its *quad*, in reading order p0 p1 p2 p3. A
 * pixel is valid where its alpha is not 0. dst never overlaps src. Strides are in bytes
 * and may be negative. Every kernel is exact: each variant returns the reference's bytes.
 *
 * Out of the quad alone, with what `gdaladdo` of GDAL 3.6 does alike:
 *   average   the mean of the valid ones, weighed by alpha
 *   nearest   p0, be it valid or not (gdaladdo: the upper left one)
 *   mode      the most frequent among the valid ones; of several, the one that reaches that number first in reading
 *             order (gdaladdo's rule too): A B B A gives B, A B C D gives A
 *   min, max  of the valid ones, each channel for itself
 */
#ifndef IMX_KERNELS_REDUCE_H
#define IMX_KERNELS_REDUCE_H

#include <stddef.h>
#include <stdint.h>

typedef enum imx_reduce_method {
    IMX_REDUCE_AVERAGE,
    IMX_REDUCE_NEAREST,
    IMX_REDUCE_MODE,
    IMX_REDUCE_MIN,
    IMX_REDUCE_MAX
} imx_reduce_method;
#define IMX_REDUCE_METHODS 5 /* how many there are */

/* rgba8 (kernels.h); src has 2 w_out x 2 h_out pixels. With the quad's alphas a and colours c:
 *   average   alpha = (sum a + 2) >> 2, c = (sum(c a) + floor(sum a / 2)) / sum a
 *   nearest   p0
 *   mode      of the four bytes as one value
 *   min, max  of the colours; alpha = the largest a in both, so that a validity of 0 and 255 stays one
 * 0,0,0,0 where alpha comes out as 0. */
typedef void (*imx_reduce_rgba8_fn)(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,
                                    ptrdiff_t dst_stride);

typedef struct imx_reduce_kernels {
    imx_reduce_rgba8_fn rgba8[IMX_REDUCE_METHODS];
} imx_reduce_kernels;

#endif
