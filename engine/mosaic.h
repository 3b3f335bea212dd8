/* engine/mosaic.h: many warped layers -> one picture.
 *
 * The mosaic receives layers, each with optional weights, from the top down; it never paints into one of them. It
 * tells when nothing below can show any more, so that hidden scenes are not even warped. One worker's object; used
 * again for each tile. rgba8 lane; planes are put under each other by engine/planes.h and engine/coverage.h.
 *
 *   IMX_MOSAIC_OVER   the first valid layer on top, partial alpha over what is beneath; a weight scales the layer's
 *                     alpha (a w / 255, rounded)
 *   IMX_MOSAIC_BLEND  weighted mean of all layers: sum(w a c) / sum(w a), rounded once; alpha = the largest of the
 *                     layers whose weight is not 0; any order of the layers gives the same
 */
#ifndef IMX_ENGINE_MOSAIC_H
#define IMX_ENGINE_MOSAIC_H

#include "engine/base/pixels.h"
#include "kernels/kernels.h"

typedef enum imx_mosaic_mode { IMX_MOSAIC_OVER, IMX_MOSAIC_BLEND } imx_mosaic_mode;
typedef struct imx_mosaic imx_mosaic;

IMX_MUST_USE imx_status imx_mosaic_create(imx_memory *memory, const imx_kernels *kernels, imx_mosaic_mode mode,
                                          int32_t width, int32_t height, imx_error *err, imx_mosaic **out);
void imx_mosaic_destroy(imx_mosaic **mosaic);
void imx_mosaic_begin(imx_mosaic *mosaic);
/* All layers between begin and finish have one size, at most width x height of create. weights: one byte a pixel, NULL
 * for 255 everywhere. The layer is borrowed for the call and read only. look: what is known of the layer (IMX_LOOK_* of
 * kernels.h). */
IMX_MUST_USE imx_status imx_mosaic_add(imx_mosaic *mosaic, const imx_pixels *layer, unsigned look,
                                       const uint8_t *weights, ptrdiff_t weights_stride, imx_error *err);
bool imx_mosaic_full(const imx_mosaic *mosaic); /* no further layer can change the result */
/* Writes the result; *look (IMX_LOOK_*) is the result's. IMX_LOOK_EMPTY after no layer or only empty ones: out was not
 * written. */
IMX_MUST_USE imx_status imx_mosaic_finish(imx_mosaic *mosaic, imx_pixels *out, imx_error *err, unsigned *look);

#endif
