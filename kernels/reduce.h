/* kernels/reduce.h: reduction by two, what overviews are made with; a family of the table in kernels/kernels.h.
 *
 * Output pixel (i, j) covers the four source pixels (2i..2i+1, 2j..2j+1), its *quad*, in reading order p0 p1 p2 p3. A
 * pixel is valid where its alpha is not 0, or where the validity says so. dst never overlaps src. Strides are in bytes
 * and may be negative. Every kernel is exact: each variant returns the reference's bytes (a NaN
 * for a NaN).
 *
 * Out of the quad alone, with what `gdaladdo` of GDAL 3.6 does alike:
 *   average   the mean of the valid ones, weighed by alpha
 *   nearest   p0, be it valid or not (gdaladdo: the upper left one)
 *   mode      the most frequent among the valid ones; of several, the one that reaches that number first in reading
 *             order (gdaladdo's rule too): A B B A gives B, A B C D gives A
 *   min, max  of the valid ones, each channel for itself
 *
 * Low-pass filters, of twice their usual width and centred on the quad, weighed by alpha or over the valid ones, so
 * that an invalid pixel takes no part; on each side of the quad they reach 1, 3 or 5 px further, the halo:
 *  - bilinear: the triangle, 4 x 4 taps
 *  - cubic: Keys with a = -0.5 (see kernels.h), 8 x 8 taps
 *  - lanczos: sinc(x) sinc(x/3) in |x| < 3, 12 x 12 taps
 * Weights are Q14, per axis, from the quad outwards:
 *   bilinear 6144 2048    cubic 7104 1856 -576 -192    lanczos 7314 2220 -1092 -557 247 60
 * (lanczos: rounded, and normalised to a sum of 8192 a side; the others are exact.)
 */
#ifndef IMX_KERNELS_REDUCE_H
#define IMX_KERNELS_REDUCE_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

typedef enum imx_reduce_method {
    IMX_REDUCE_AVERAGE,
    IMX_REDUCE_NEAREST,
    IMX_REDUCE_MODE,
    IMX_REDUCE_MIN,
    IMX_REDUCE_MAX,
    IMX_REDUCE_BILINEAR,
    IMX_REDUCE_CUBIC,
    IMX_REDUCE_LANCZOS
} imx_reduce_method;
#define IMX_REDUCE_METHODS 8      /* how many there are */
#define IMX_REDUCE_QUAD_METHODS 5 /* those that need the quad alone: the first */

/* How far beyond its quad an output pixel reaches: source pixels on each side. */
#define IMX_REDUCE_HALO_MAX_PX 5
static inline int32_t imx_reduce_halo_px(imx_reduce_method method) {
    return (int32_t)method < IMX_REDUCE_QUAD_METHODS ? 0 : 2 * (int32_t)(method - IMX_REDUCE_BILINEAR) + 1;
}

/* rgba8 (kernels.h); src has 2 w_out x 2 h_out pixels. With the quad's alphas a and colours c:
 *   average   alpha = (sum a + 2) >> 2, c = (sum(c a) + floor(sum a / 2)) / sum a
 *   nearest   p0
 *   mode      of the four bytes as one value
 *   min, max  of the colours; alpha = the largest a in both, so that a validity of 0 and 255 stays one
 * 0,0,0,0 where alpha comes out as 0.
 *
 * The filters read the halo around src too. With w = wx wy, without rounding on the way: S = sum(w a),
 * alpha = clamp((S + 2^27) >> 28), c = clamp(floor((sum(w a c) + floor(S / 2)) / S)), to 0..255.
 */
typedef void (*imx_reduce_rgba8_fn)(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,
                                    ptrdiff_t dst_stride);

/* One plane of samples, aligned to their size. A validity of 0 is invalid, any other valid; it comes out as 0 or 255.
 * An invalid output sample is 0.
 *   average   integers: rounded to nearest, halves away from 0; f32 and f64: ((p0 + p1) + (p2 + p3)) / n, invalid
 *             ones as 0
 * A NaN is no value: average, mode, min and max leave it out, and are NaN where the valid samples are nothing else.
 *
 * The filters read the halo around src, and that of the validity, too. A NaN is invalid to them. Valid is what has a
 * valid sample in its quad, as for average: a zoom's validity does not grow. With w = wx wy over the valid taps,
 * W = sum(w): sum(w p) / W, rounded as average is, and saturated. Where cubic and lanczos find valid taps that weigh
 * less than a quarter of all (W < 2^26; the inside of a corner has that), no value of theirs would be stable: it is the
 * average; so it is where infinities make the sum a NaN.
 * All types are summed in doubles, along x first, two taps at a time that weigh the same, from the outermost inwards.
 * So integers of up to 16 bits are exact, f32 is but for its own rounding (a plain area stays bit for bit), and f64 is
 * within 1e-15 of the largest sample. */
typedef struct imx_reduce_plane {
    const void *src;
    ptrdiff_t src_stride;
    const uint8_t *valid; /* NULL: all are valid */
    ptrdiff_t valid_stride;
    size_t w_out, h_out;
    void *dst;
    ptrdiff_t dst_stride;
    uint8_t *dst_valid; /* NULL: not wanted */
    ptrdiff_t dst_valid_stride;
} imx_reduce_plane;
typedef void (*imx_reduce_plane_fn)(const imx_reduce_plane *job);

typedef struct imx_reduce_kernels {
    imx_reduce_rgba8_fn rgba8[IMX_REDUCE_METHODS];
    /* By sample type: u8, u16, i16, f32, f64; the others are NULL. */
    imx_reduce_plane_fn plane[IMX_REDUCE_METHODS][IMX_TYPES];
} imx_reduce_kernels;

#endif
