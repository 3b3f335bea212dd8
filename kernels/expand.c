/* kernels/expand.c: references of what brings decoded samples into rgba8. */
#include "kernels/reference.h"

void imx_ref_expand_rgb8_rgba8(const uint8_t *rgb, size_t n, uint8_t *dst) {
    for (size_t i = 0; i < n; i++, rgb += 3, dst += 4) {
        dst[0] = rgb[0];
        dst[1] = rgb[1];
        dst[2] = rgb[2];
        dst[3] = 255;
    }
}

void imx_ref_predictor2_rgb8_rgba8(const uint8_t *differences, size_t n, uint8_t *dst) {
    uint8_t r = 0, g = 0, b = 0;
    for (size_t i = 0; i < n; i++, differences += 3, dst += 4) {
        dst[0] = r = (uint8_t)(r + differences[0]);
        dst[1] = g = (uint8_t)(g + differences[1]);
        dst[2] = b = (uint8_t)(b + differences[2]);
        dst[3] = 255;
    }
}
