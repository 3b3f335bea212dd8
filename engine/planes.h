/* engine/planes.h: the rows of planes (engine/base/pixels.h), and what the renderer does to planes as a whole. */
#ifndef IMX_ENGINE_PLANES_H
#define IMX_ENGINE_PLANES_H

#include "engine/base/pixels.h"
#include "kernels/kernels.h"

static inline void *imx_planes_row(const imx_pixels *pixels, int32_t band, int32_t y) {
    return (uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride;
}

static inline uint8_t *imx_planes_valid(const imx_pixels *pixels, int32_t band, int32_t y) {
    return pixels->valid + band * pixels->valid_band_stride + y * pixels->valid_stride;
}

/* Each band has its validity. All of them: valid where all bands are. */
void imx_planes_join_validity(imx_pixels *pixels);
/* Band by band, where top is not valid: what is under it. Of the same size and type. */
void imx_planes_put_under(const imx_kernels *kernels, imx_pixels *top, const imx_pixels *under);

#endif
