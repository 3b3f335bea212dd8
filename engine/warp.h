/* engine/warp.h: one scene's asset -> a rectangle of output pixels. The stage between transform and mosaic: asks the
 * grid for positions, gathers the source window out of cached blocks, calls the warp kernel row by row. A window
 * larger than window_bytes is warped in parts (quartering the rectangle; the result is the same). Of a raster that goes
 * round the Earth a window continues over the seam (warp_window.c). Where it minifies it keeps a table of kernel
 * weights for each width that it met. The area methods take boxes, sum quadrilaterals. One worker's.
 *
 * Where validity is yes or no, a filter's output pixel is valid if the pixel that contains its position is.
 *
 * Data with coverage (imx_asset.coverage). Each band is weighed by the coverage a of its samples, in floats (doubles
 * for types of 32 bits and more):
 *   bilinear, cubic, cubicspline, lanczos, average: value = sum(w a v) / sum(w a), alpha = sum(w a) / sum(w)
 *   rms: sqrt(sum(w a v v) / sum(w a)), alpha as these
 *   sum: the amount that is there: sum(w a v), alpha as these
 *   nearest, mode, min, max, med, q1, q3: the value, and alpha likewise, of the samples with a > 0, each as much as
 *   any other
 * w: what the method weighs samples with (kernels/warp_plane.h, ...). A sample outside the raster has none; one that is
 * nodata has a = 0, and fades with the others. One that is NaN though it has coverage is no sample: the kernels' rules
 * for invalid ones hold for it. Cubic spline and Lanczos give nothing where the pixel that contains the position has
 * a = 0 (as on rgba8). Where a filter with negative weights (cubic, Lanczos) leaves less than half the alpha of the
 * bilinear one there is no stable value: it is that pixel itself. Where alpha is rounded to 0, or no band has a value,
 * there is nothing. (gdalwarp of GDAL 3.6 does not weigh values by alpha: it drops samples of alpha 0, interpolates the
 * others, and alpha among them; its averages are opaque. Measured: tests/cli/check_alpha.py.) */
#ifndef IMX_ENGINE_WARP_H
#define IMX_ENGINE_WARP_H

#include "engine/renderer.h"

typedef struct imx_warper imx_warper;
/* Scratch for rectangles up to max_w x max_h output px. */
IMX_MUST_USE imx_status imx_warper_create(imx_memory *memory, const imx_kernels *kernels, imx_block_cache *cache,
                                          imx_resample resample, size_t window_bytes, int32_t max_w, int32_t max_h,
                                          imx_error *err, imx_warper **out);
void imx_warper_destroy(imx_warper **warper);
/* A picture is warped into rgba8, data into planes of the working type, each band with a validity plane of its own, the
 * last one coverage where the asset has it. The rectangle (x, y, out->width, out->height) lies within the grid's cell;
 * the grid was filled for the level. source is the calling worker's handle of asset; key_base names scene, asset and
 * level. *look: IMX_LOOK_* of the result; with IMX_LOOK_EMPTY out need not have been written. Errors: those of reading;
 * IMX_E_UNSUPPORTED where one output pixel alone covers more of the source than window_bytes hold. */
IMX_MUST_USE imx_status imx_warp(imx_warper *warper, imx_transform_grid *grid, imx_source *source,
                                 const imx_asset *asset, const imx_block_key *key_base, int32_t x, int32_t y,
                                 imx_pixels *out, imx_error *err, unsigned *look);

#endif
