/* kernels/kernels.h: pixels -> pixels. The table of kernels and their contracts.
 *
 * A kernel is a pure function: no library, no allocation, no I/O, no globals; thread-safe by construction.
 * The scalar reference of each kernel defines its result. Unless its header says otherwise a kernel is *exact*: each
 * SIMD variant returns the reference's bytes, floats too, because they do the same operations in the same order. A
 * caller owns its table: imx_kernels_init() installs the references first and overwrites them by the variants that the
 * given CPU mask allows; from then on the table is const.
 *
 * Layouts. rgba8: interleaved R,G,B,A of 8 bits, straight alpha (what a PNG decodes to); a pixel of alpha 0 is
 * 0,0,0,0. Planes: samples of one imx_type (sample.h) side by side, with a validity plane of one byte a pixel. Strides
 * are in bytes and may be negative. Q16 is fixed point with 16 fractional bits.
 *
 * Families. Here: warps of rgba8, what composes and inspects rgba8, the transform grid's inner loop. With a header and
 * a sub-table each: warp_area.h (average, mode, ...), warp_plane.h, reduce.h (overviews), png.h (filters); for planes
 * validity.h (nodata, masks, QA bits), convert.h (types, scale, packed samples, rgba8), lookup.h (tables, ramps,
 * stretch), statistics.h, mix.h (over, under, weighted blend), predictor.h (TIFF's predictors, byte order),
 * relief.h (light and slope). FAMILY.c has the references, FAMILY_avx2.c the variants, which are NEON too
 * (intrinsics.h, neon.c). `imbrex kernels` lists them (tiler/kernel_list.c), `--bench` measures them; what bounds those
 * whose variant gains less than 2 x is in docs/performance.md.
 */
#ifndef IMX_KERNELS_KERNELS_H
#define IMX_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/convert.h"
#include "kernels/lookup.h"
#include "kernels/mix.h"
#include "kernels/png.h"
#include "kernels/predictor.h"
#include "kernels/reduce.h"
#include "kernels/relief.h"
#include "kernels/statistics.h"
#include "kernels/validity.h"
#include "kernels/warp_area.h"
#include "kernels/warp_plane.h"
#include "kernels/warp_sum.h"

/* CPU feature bits, for masks. */
#define IMX_CPU_NONE 0u
#define IMX_CPU_SSE42 1u /* x86-64-v2 */
#define IMX_CPU_AVX2 2u  /* x86-64-v3: AVX2, FMA, BMI2 */
#define IMX_CPU_NEON 4u  /* aarch64 */

/* What this CPU (and this build) can run. */
unsigned imx_cpu_detect(void);
/* "scalar", "sse4.2", "avx2", "neon": the best level in mask. Static string. */
const char *imx_cpu_name(unsigned mask);

/* ---- warp: one row of output pixels out of a source window ------------------------------------------------- */

#define IMX_Q16_ONE 65536
#define IMX_WARP_INVALID INT32_MIN

/* The filters: functions of the distance t in px that are widened where a picture is minified.
 * TRIANGLE  1 - t                                                                         up to 1: bilinear
 * KEYS      3/2 t^3 - 5/2 t^2 + 1 up to 1, -1/2 t^3 + 5/2 t^2 - 4 t + 2                   up to 2: cubic, a = -0.5
 * BSPLINE   (3 t^3 - 6 t^2 + 4) / 6 up to 1, (2 - t)^3 / 6                                up to 2: cubic spline
 * LANCZOS   sinc(t) sinc(t / 3), sinc(t) = sin(pi t) / (pi t)                             up to 3
 * BSPLINE smooths (it does not pass through the samples), as GDAL's cubicspline does. */
typedef enum imx_warp_kernel {
    IMX_WARP_NONE, /* no filter: nearest */
    IMX_WARP_TRIANGLE,
    IMX_WARP_KEYS,
    IMX_WARP_BSPLINE,
    IMX_WARP_LANCZOS
} imx_warp_kernel;
#define IMX_WARP_SUPPORT_MAX 3
/* How far it reaches to either side, px. */
int32_t imx_warp_support(imx_warp_kernel kernel);

/* A tap table: the weights of a kernel that is widened by one shrink (destination pixels per source pixel along one
 * axis), for each of the 257 phases of a position. Shrinks are quantised to Q8: what the kernel's width changes by
 * between two steps cannot be seen. n = 2 ceil(support / shrink) taps from floor(u) - (n/2 - 1) on, u = position - 0.5;
 * row f of the weights is for frac(u) = f/256. A weight is kernel((tap - floor(u) - f/256) * shrink), normalised to Q14
 * in integers: rounded to nearest, and what a row then lacks to 16384 goes to its largest weight (the first of them).
 * shrink_q8 256 gives the weights of the kernel that is not widened. */
#define IMX_TAPS_SHRINK_MIN_Q8 16
#define IMX_TAPS_SHRINK_ONE_Q8 256
#define IMX_TAPS_PHASES 256
typedef struct imx_warp_taps {
    int32_t n;          /* even: 2 .. 32 x support */
    const int16_t *q14; /* 257 rows of n */
} imx_warp_taps;

/* How a shrink of the transform grid is rounded: the one place that decides. 0: too small for a table. */
static inline int32_t imx_warp_shrink_q8(uint32_t shrink_q16) {
    const int32_t q8 = (int32_t)((shrink_q16 + 128) >> 8);
    return q8 < IMX_TAPS_SHRINK_MIN_Q8 ? 0 : q8;
}
/* Number of taps; shrink_q8 in 16..256. */
int32_t imx_warp_taps_count(imx_warp_kernel kernel, int32_t shrink_q8);
/* The size of a table's weights. */
size_t imx_warp_taps_bytes(imx_warp_kernel kernel, int32_t shrink_q8);
/* Fills weights (imx_warp_taps_bytes of them, which must outlive the result). */
imx_warp_taps imx_warp_taps_fill(imx_warp_kernel kernel, int32_t shrink_q8, int16_t *weights);

typedef struct imx_warp_rgba8 {
    const uint8_t *src;   /* rgba8 window, first pixel of its first row */
    ptrdiff_t src_stride; /* bytes */
    int32_t src_w, src_h; /* px, 1..32767 */
    /* Where each output pixel's centre lies in the window, Q16 px; the centre of window pixel (0,0) is at 0.5.
     * x_q16[i] == IMX_WARP_INVALID: output pixel i has no source and becomes 0,0,0,0. */
    const int32_t *x_q16, *y_q16;
    /* How the pixels are minified along the source's x and y; nearest ignores it. All NULL: not at all. Both tables:
     * all by these two, which are of the filter that is called. Both shrinks (and no tables): each by its own, in
     * destination pixels per source pixel, Q16, 16..65536; slow, for what is too small for a table. */
    const imx_warp_taps *taps_x, *taps_y;
    const uint32_t *shrink_x_q16, *shrink_y_q16;
    /* true: alpha is a yes/no validity (nodata, mask): an output pixel is 255 where the source pixel that contains its
     * position is valid, else nothing. false: alpha is coverage and is interpolated. */
    bool binary_alpha;
    size_t n;     /* output pixels */
    uint8_t *dst; /* rgba8, n pixels */
} imx_warp_rgba8;

/* A position outside the window (not 0 <= x < src_w, or y alike) has no source in any of them, so a raster never
 * grows beyond its edge (GDAL does the same). Positions may be any int32.
 *
 * Nearest: the pixel that contains the position: floor(x), floor(y).
 *
 * Validity: where alpha is binary every filter gives nothing where the pixel that contains the position has alpha 0 (as
 * GDAL does), and 255 elsewhere: holes stay what they are, however much they are magnified. Where S, as below, is not
 * positive there, the result is that pixel's colour.
 *
 * Bilinear, not minified: u = x - 0.5; taps floor(u), floor(u)+1 (same for y) with
 * weights 256-f, f where f = round(frac(u) * 256). Taps outside the window or of alpha 0 are dropped. w = wx*wy.
 *   all four taps opaque: c = (sum w c + 32768) >> 16, alpha 255
 *   else S = sum w a; nothing if S = 0; c = (sum w a c + S/2) / S; alpha, if it is not binary,
 *   (S + W/2) / W with W = sum w of the taps inside the window (so an edge of the raster does not fade); nothing if
 *   that is 0. (Where all taps are opaque both give the same.)
 *
 * Cubic (Keys, a = -0.5: R. Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15),
 * not minified: phase f as above selects four weights of Q14 from a table whose rows sum to 16384. If one of the 16
 * taps is outside the window or has alpha 0: the bilinear result (as GDAL does). All opaque: rows first,
 * h = (sum wx c + 128) >> 8, then c = clamp((sum wy h + 2^19) >> 20). Some alpha between: as above, weighted by a.
 *
 * Minified by tables: the rows of the two tables at the phases of the position (as above) weight their n x n taps.
 *   all inside the window and opaque: as cubic: h = (sum wx c + 128) >> 8, c = clamp((sum wy h + 2^19) >> 20), 255
 *   else taps outside or of alpha 0 are dropped and S, W and the pixel are as for bilinear.
 *
 * Minified by shrinks: taps with |d| * shrink < support, d = tap centre - position, weight by a Q14 table of 256 steps
 * per unit; dropped taps and normalisation as for bilinear, in int64 (a pixel that covers more than 2^16 source pixels
 * drops up to 8 low bits of each row's sum, to fit).
 * In both a negative S (cubic, Lanczos) counts as nothing; c and alpha are clamped to 0..255.
 *
 * Cubic spline and Lanczos are always called with tables or shrinks: not minified means the tables of shrink_q8 256.
 * Where the pixel that contains the position has alpha 0 they give nothing, of whatever kind alpha is, so that edges
 * stay where they are although these filters reach far. */
typedef void (*imx_warp_rgba8_fn)(const imx_warp_rgba8 *job);

/* ---- blend, inspect ----------------------------------------------------------------------------------------- */

/* Puts `under` beneath `top`, in place on top: with at, au the alphas, W = 255 at + au (255 - at):
 * alpha = (W + 127) / 255, c = (255 at ct + au (255 - at) cu + W/2) / W; W = 0 or alpha = 0: 0,0,0,0. */
typedef void (*imx_composite_under_rgba8_fn)(uint8_t *top, const uint8_t *under, size_t n);

/* c = (c a + 127) / 255, alpha kept; and back: c = min(255, (255 c + a/2) / a), a = 0: 0. In place. */
typedef void (*imx_premultiply_rgba8_fn)(uint8_t *px, size_t n);

/* Weighted blend: acc has 4 uint64 a pixel: acc[0..2] += w a c, acc[3] += w a. weight NULL: 255 everywhere. */
typedef void (*imx_blend_add_rgba8_fn)(uint64_t *acc, const uint8_t *px, const uint8_t *weight, size_t n);

/* alpha = 0 (and the pixel 0,0,0,0) where all of the first `bands` (1..3) channels equal nodata[]; other pixels
 * stay as they are. In place. */
typedef void (*imx_nodata_rgba8_fn)(uint8_t *px, size_t n, const uint8_t nodata[3], unsigned bands);

/* Multiplies alpha by a mask: alpha 0 (pixel 0,0,0,0) where mask is 0; else unchanged. */
typedef void (*imx_mask_rgba8_fn)(uint8_t *px, const uint8_t *mask, size_t n);

#define IMX_LOOK_EMPTY 1u  /* every alpha is 0 */
#define IMX_LOOK_OPAQUE 2u /* every alpha is 255 */
#define IMX_LOOK_SINGLE 4u /* all pixels are the same four bytes */
#define IMX_LOOK_GRAY 8u   /* r = g = b everywhere */
/* All flags that hold. No pixels: all four. */
typedef unsigned (*imx_look_rgba8_fn)(const uint8_t *px, ptrdiff_t stride, size_t w, size_t h);

/* Three bands of 8 bits side by side to opaque rgba8. The second undoes TIFF's predictor 2 on the way: each sample is
 * the difference, modulo 256, to the same band's one pixel before; the row begins with its values. dst does not overlap
 * the source. */
typedef void (*imx_expand_rgb8_rgba8_fn)(const uint8_t *rgb, size_t n, uint8_t *dst);
typedef void (*imx_predictor2_rgb8_rgba8_fn)(const uint8_t *differences, size_t n, uint8_t *dst);

/* Transform grid, inner loop: out[i] = (int32_t)((base_q32 + i * step_q32) >> 16), Q32 in, Q16 out. The caller
 * makes sure that every result fits. */
typedef void (*imx_coords_q16_fn)(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out);

typedef struct imx_kernels {
    unsigned cpu_mask; /* what this table was built for */
    imx_warp_rgba8_fn warp_nearest_rgba8, warp_bilinear_rgba8, warp_cubic_rgba8, warp_cubicspline_rgba8,
        warp_lanczos_rgba8;
    imx_composite_under_rgba8_fn composite_under_rgba8;
    imx_premultiply_rgba8_fn premultiply_rgba8, unpremultiply_rgba8;
    imx_blend_add_rgba8_fn blend_add_rgba8;
    imx_nodata_rgba8_fn nodata_rgba8;
    imx_mask_rgba8_fn mask_rgba8;
    imx_look_rgba8_fn look_rgba8;
    imx_expand_rgb8_rgba8_fn expand_rgb8_rgba8;
    imx_predictor2_rgb8_rgba8_fn predictor2_rgb8_rgba8;
    imx_coords_q16_fn coords_q16;
    imx_png_kernels png;       /* kernels/png.h */
    imx_reduce_kernels reduce; /* kernels/reduce.h */
    /* What works on planes of any sample type, a header each. */
    imx_validity_kernels validity;
    imx_convert_kernels convert;
    imx_lookup_kernels lookup;
    imx_statistics_kernels statistics;
    imx_mix_kernels mix;
    imx_predictor_kernels predictor;
    imx_relief_kernels relief;
    imx_warp_area_kernels warp_area; /* kernels/warp_area.h */
    imx_warp_plane_kernels warp_plane;
    imx_warp_sum_kernels warp_sum;
} imx_kernels;

/* Fills *table for the features in mask that imx_cpu_detect() also has. */
void imx_kernels_init(imx_kernels *table, unsigned cpu_mask);

#endif
