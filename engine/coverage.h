/* engine/coverage.h: planes with coverage, the data's alpha: their last plane tells how much of a pixel there is, from
 * 0 to imx_type_opaque() of their type. Values are straight, as they are in the RGBA lane; a pixel whose coverage is 0
 * is nothing, and a band that is not valid has no part in what there is.
 *
 * Kept by these functions, for every pixel: no coverage where no band is valid, no valid band and a sample of 0 where
 * there is no coverage, and coverage is valid where it is not 0. Exact across SIMD levels. */
#ifndef IMX_ENGINE_COVERAGE_H
#define IMX_ENGINE_COVERAGE_H

#include "engine/base/pixels.h"
#include "kernels/kernels.h"

/* Of pixels without: opaque where any band is valid. */
void imx_coverage_fill(const imx_kernels *kernels, imx_pixels *pixels);
/* Makes what is said above so. */
void imx_coverage_trim(const imx_kernels *kernels, imx_pixels *pixels);
/* IMX_LOOK_* of kernels.h: opaque is what is valid and covered in full. */
unsigned imx_coverage_look(const imx_kernels *kernels, const imx_pixels *pixels);

/* Puts `under` beneath `top`, of the same size and type. Coverage counts in 65535ths, rounded: with those of top and
 * under, t and u, where top has any, t < 65535 and u > 0
 *   w = u (65535 - t) / 65535, rounded to nearest; alpha = (t + w) / 65535
 *   a band that both have: mixes: (t top + w under) / (t + w), in doubles; otherwise the one of them that has more of
 *   the pixel, top where w = t: values stay what they are; one that one of them has: its
 * elsewhere, coverage included, band by band what is valid first: as without coverage. */
void imx_coverage_put_under(const imx_kernels *kernels, bool mixes, imx_pixels *top, const imx_pixels *under);

/* Coverage of a scene of several rasters, of each of which a pixel may be there in part: cover, one plane, becomes the
 * smaller of itself and other. Of one type and size; what is not valid has none. */
void imx_coverage_join(const imx_kernels *kernels, imx_pixels *cover, const imx_pixels *other);

/* Out of twice as many pixels a side (kernels/reduce.h). With the coverage a of the quad's samples, 0 where they are
 * not valid:
 *   average       alpha = sum(a) / 4, value = sum(a v) / sum(a), in doubles, in reading order
 *   min, max      of the valid samples; alpha = the largest a
 *   nearest, mode each plane for itself, coverage too
 *   bilinear, cubic, lanczos
 *                 of the taps where the band is valid, which weigh w: value = sum(w a v) / sum(w a);
 *                 alpha = sum(w a) / sum(w) over the taps that are covered at all, at most opaque, times the share of
 *                 the quad's samples that are: a hard edge is no softer than by average, nor what is opaque paler at it
 * The filters read the halo around quads; there is nothing where the quad has nothing, be there something around. In
 * doubles, coverage in shares of opaque. Where cubic and lanczos find taps that weigh less than a quarter of all, or
 * whose sum(w a) / sum(w) is less than a quarter of the largest a among them, no quotient would be stable: of the quad
 * as by average. Where all is opaque or nothing, values are those of kernels/reduce.h to the bit. */
void imx_coverage_reduce(const imx_kernels *kernels, imx_reduce_method method, const imx_pixels *quads, imx_pixels *to);

#endif
