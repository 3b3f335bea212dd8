/* engine/warp.h: one scene's asset -> a rectangle of output pixels. The stage between transform and mosaic: asks the
 * grid for positions, gathers the source window out of cached blocks, calls the warp kernel row by row. A window
 * larger than window_bytes is warped in parts (quartering the rectangle; the result is the same). Where it minifies it
 * keeps a table of kernel weights for each width that it met. One worker's. */
#ifndef IMX_ENGINE_WARP_H
#define IMX_ENGINE_WARP_H

#include "engine/renderer.h"

typedef struct imx_warper imx_warper;
/* Scratch for rectangles up to max_w x max_h output px. */
IMX_MUST_USE imx_status imx_warper_create(imx_memory *memory, const imx_kernels *kernels, imx_block_cache *cache,
                                          imx_resample resample, size_t window_bytes, int32_t max_w, int32_t max_h,
                                          imx_error *err, imx_warper **out);
void imx_warper_destroy(imx_warper **warper);
/* A picture is warped into rgba8, data into planes of the working type, each band with a validity plane of its own. The
 * rectangle (x, y, out->width, out->height) lies within the grid's cell; the grid was filled for the level.
 * source is the calling worker's handle of asset; key_base names scene, asset and level. *look: IMX_LOOK_* of the
 * result; with IMX_LOOK_EMPTY out need not have been written. Errors: those of reading; IMX_E_UNSUPPORTED where one
 * output pixel alone covers more of the source than window_bytes hold. */
IMX_MUST_USE imx_status imx_warp(imx_warper *warper, imx_transform_grid *grid, imx_source *source,
                                 const imx_asset *asset, const imx_block_key *key_base, int32_t x, int32_t y,
                                 imx_pixels *out, imx_error *err, unsigned *look);

#endif
