/* engine/planes.c: see the header. */
#include "engine/planes.h"

#include <string.h>

void imx_planes_join_validity(imx_pixels *pixels) {
    const size_t n = (size_t)pixels->width;
    for (int32_t y = 0; y < pixels->height; y++) {
        uint8_t *first = imx_planes_valid(pixels, 0, y);
        for (int32_t band = 1; band < pixels->bands; band++) {
            const uint8_t *other = imx_planes_valid(pixels, band, y);
            for (size_t i = 0; i < n; i++) {
                first[i] &= other[i]; /* 0 or 255 */
            }
        }
        for (int32_t band = 1; band < pixels->bands; band++) {
            memcpy(imx_planes_valid(pixels, band, y), first, n);
        }
    }
}

void imx_planes_put_under(const imx_kernels *kernels, imx_pixels *top, const imx_pixels *under) {
    const size_t n = (size_t)top->width;
    for (int32_t band = 0; band < top->bands; band++) {
        for (int32_t y = 0; y < top->height; y++) {
            uint8_t *valid = imx_planes_valid(top, band, y);
            const uint8_t *under_valid = imx_planes_valid(under, band, y);
            kernels->mix.under[top->type](imx_planes_row(top, band, y), valid, imx_planes_row(under, band, y),
                                          under_valid, n);
            kernels->validity.either(under_valid, n, valid);
        }
    }
}
