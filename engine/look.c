/* engine/look.c: see the header. */
#include "engine/look.h"

unsigned imx_pixels_look(const imx_kernels *kernels, const imx_pixels *pixels) {
    const size_t w = (size_t)pixels->width, h = (size_t)pixels->height;
    if (imx_pixels_is_rgba8(pixels)) {
        return kernels->look_rgba8(pixels->data, pixels->row_stride, w, h);
    }
    unsigned all = IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE;
    for (int32_t band = 0; band < pixels->bands && all; band++) {
        const uint8_t *valid = pixels->valid ? pixels->valid + band * pixels->valid_band_stride : NULL;
        all &= imx_look_plane((const uint8_t *)pixels->data + band * pixels->band_stride, pixels->row_stride,
                              imx_type_size(pixels->type), valid, pixels->valid_stride, w, h);
    }
    return all;
}
