/* kernels/warp_plane.h: the warp of one plane of samples with validity: the lane for numbers.
 *
 * Weights are floats at the full Q16 precision of positions and shrinks, so a value is the exact one (weights in
 * doubles) but for about 1e-6 of the spread of the samples around it and, for f32, half a unit in its last place.
 * f64, which also stands for u32 and i32, computes all in doubles: 1e-14 of that spread.
 *
 * A variant does the reference's operations in the reference's order, each rounded by itself (no fused multiply-add, no
 * approximation), so every kernel here is *exact* across variants, f32 too. What bounds a variant where it gains less
 * than three times: nearest (2.3 to 2.7) is nothing but loads, which a gather does one by one too (that of f64 has the
 * reference alone); bilinear of f64 (2.8) uses two of the four doubles that it loads. Groups of f64 with an invalid tap
 * are the reference's. */
#ifndef IMX_KERNELS_WARP_PLANE_H
#define IMX_KERNELS_WARP_PLANE_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

typedef enum imx_warp_method {
    IMX_WARP_METHOD_NEAREST,
    IMX_WARP_METHOD_BILINEAR,
    IMX_WARP_METHOD_CUBIC,
    IMX_WARP_METHOD_CUBICSPLINE,
    IMX_WARP_METHOD_LANCZOS
} imx_warp_method;
#define IMX_WARP_METHODS 5 /* how many there are */

typedef struct imx_warp_plane {
    const void *src;      /* window of samples, aligned to their size; first sample of its first row */
    ptrdiff_t src_stride; /* bytes, a multiple of the sample's size; may be negative */
    int32_t src_w, src_h; /* px, 1..32767 */
    /* One byte a pixel, 0: invalid, anything else: valid. NULL: all are. A NaN is always invalid. */
    const uint8_t *valid;
    ptrdiff_t valid_stride;
    /* Where each output pixel's centre lies in the window, Q16 px; the centre of window pixel (0,0) is at 0.5. A
     * position outside (not 0 <= x < src_w, or y alike; IMX_WARP_INVALID) has no source: invalid. Any int32. */
    const int32_t *x_q16, *y_q16;
    /* How each pixel is minified along the source's x and y: destination pixels per source pixel, Q16; clamped to
     * 16..65536, and 65536 is not at all. Both or none (NULL: not at all); nearest ignores them. */
    const uint32_t *shrink_x_q16, *shrink_y_q16;
    size_t n;           /* output pixels */
    void *dst;          /* n samples, aligned; 0 where invalid */
    uint8_t *dst_valid; /* n bytes: 255 valid, 0 not */
} imx_warp_plane;

/* Nearest: the pixel that contains the position.
 *
 * The others, filters as imx_warp_kernel in kernels.h says (f32 polynomials; Lanczos by one that is within 3e-7; f64:
 * the filters themselves): with
 * u = position - 0.5, taps k in floor(u) + 1 - h .. floor(u) + h along each axis, h = ceil(support / shrink), and
 * weights filter(|k - u| * shrink). Sums run down a column of taps first, then over the columns, from left to right.
 *   all taps with weight valid and inside: value = sum(wx wy p) / (sum wx * sum wy)
 *   else taps that are invalid or outside are dropped: sum(wx wy p) / sum(wx wy) over the others.
 * In the latter case
 *   - cubic that is not minified is bilinear (as GDAL does), as it is where a tap lies outside the window;
 *   - filters with negative lobes (cubic, Lanczos) have no stable value where the taps left weigh less than an eighth
 *     of all: it is the sample of the pixel that contains the position.
 * Where the pixel that contains the position is invalid there is nothing (as with GDAL), so that the mask is that of
 * nearest, whatever the filter: holes stay what they are, however much they are magnified.
 * An f32 or f64 value is summed as differences to the sample that contains the position, so that precision follows the
 * local range and a constant stays bit for bit. An infinity is a sample like any other: without weight it does not
 * count, with weight the value is infinite; where the weights make two of different signs of them, so that the sum is
 * none (where GDAL says NaN), it is the sample of the pixel that contains the position. There is never a valid NaN.
 * Integers saturate and round half up. */
typedef void (*imx_warp_plane_fn)(const imx_warp_plane *job);

typedef struct imx_warp_plane_kernels {
    imx_warp_plane_fn fn[IMX_WARP_METHODS][IMX_PLANE_TYPES]; /* second index: imx_plane_type_index() */
} imx_warp_plane_kernels;

#endif
