/* kernels/blend.c: references of composite, premultiply and weighted blend. */
#include <string.h>

#include "kernels/reference.h"

void imx_ref_composite_under_rgba8(uint8_t *top, const uint8_t *under, size_t n) {
    for (size_t i = 0; i < n; i++, top += 4, under += 4) {
        const uint32_t at = top[3];
        if (at == 255) {
            continue; /* the formula gives top */
        }
        const uint32_t wt = 255 * at, wu = under[3] * (255 - at), w = wt + wu;
        const uint32_t alpha = (w + 127) / 255;
        if (alpha == 0) {
            memset(top, 0, 4);
            continue;
        }
        for (int c = 0; c < 3; c++) {
            top[c] = (uint8_t)((wt * top[c] + wu * under[c] + w / 2) / w);
        }
        top[3] = (uint8_t)alpha;
    }
}

void imx_ref_premultiply_rgba8(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint32_t a = px[3];
        for (int c = 0; c < 3; c++) {
            px[c] = (uint8_t)((px[c] * a + 127) / 255);
        }
    }
}

void imx_ref_unpremultiply_rgba8(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint32_t a = px[3];
        for (int c = 0; c < 3; c++) {
            const uint32_t v = a == 0 ? 0 : (255u * px[c] + a / 2) / a;
            px[c] = (uint8_t)(v > 255 ? 255 : v);
        }
    }
}

void imx_ref_blend_add_rgba8(uint64_t *acc, const uint8_t *px, const uint8_t *weight, size_t n) {
    for (size_t i = 0; i < n; i++, acc += 4, px += 4) {
        const uint32_t wa = (weight ? weight[i] : 255u) * px[3];
        acc[0] += wa * px[0];
        acc[1] += wa * px[1];
        acc[2] += wa * px[2];
        acc[3] += wa;
    }
}
