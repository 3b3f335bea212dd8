/* kernels/inspect.c: references of what looks at pixels for their validity: look, nodata, mask. */
#include <string.h>

#include "kernels/reference.h"

unsigned imx_ref_look_rgba8(const uint8_t *px, ptrdiff_t stride, size_t w, size_t h) {
    unsigned look = IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY;
    for (size_t y = 0; y < h && look; y++) {
        const uint8_t *p = px + (ptrdiff_t)y * stride;
        uint8_t any = 0, all = 255, other = 0, color = 0;
        for (size_t x = 0; x < w; x++, p += 4) {
            any |= p[3];
            all &= p[3];
            other |= (uint8_t)((p[0] ^ px[0]) | (p[1] ^ px[1]) | (p[2] ^ px[2]) | (p[3] ^ px[3]));
            color |= (uint8_t)((p[0] ^ p[1]) | (p[0] ^ p[2]));
        }
        look &= ~((any ? IMX_LOOK_EMPTY : 0u) | (all != 255 ? IMX_LOOK_OPAQUE : 0u) | (other ? IMX_LOOK_SINGLE : 0u) |
                  (color ? IMX_LOOK_GRAY : 0u));
    }
    return look;
}

void imx_ref_nodata_rgba8(uint8_t *px, size_t n, const uint8_t nodata[3], unsigned bands) {
    for (size_t i = 0; i < n; i++, px += 4) {
        if (px[0] == nodata[0] && (bands < 2 || px[1] == nodata[1]) && (bands < 3 || px[2] == nodata[2])) {
            memset(px, 0, 4);
        }
    }
}

void imx_ref_mask_rgba8(uint8_t *px, const uint8_t *mask, size_t n) {
    for (size_t i = 0; i < n; i++, px += 4) {
        if (mask[i] == 0) {
            memset(px, 0, 4);
        }
    }
}
