#include "tests/unit/tiler/pictures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint32_t picture_noise(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32 ^ *state >> 13);
}

static void put(uint8_t *px, int r, int g, int b, int a) {
    px[0] = (uint8_t)(a ? r : 0);
    px[1] = (uint8_t)(a ? g : 0);
    px[2] = (uint8_t)(a ? b : 0);
    px[3] = (uint8_t)a;
}

static void put_pixel(picture kind, int x, int y, int width, int height, uint64_t *state, uint8_t *px) {
    int r = x * 255 / width, g = y * 255 / height, b = (x + y) * 127 / width & 255;
    uint32_t noise = kind == PICTURE_SMOOTH || kind == PICTURE_SINGLE ? 0 : picture_noise(state);
    int n = (int)(noise & 15);
    int a = (x * 7 + y * 3) % 300 < 256 ? (x * 7 + y * 3) % 300 : 0;
    switch (kind) {
    case PICTURE_RANDOM: put(px, noise & 255, noise >> 8 & 255, noise >> 16 & 255, 255); break;
    case PICTURE_SMOOTH: put(px, r, g, b, 255); break;
    case PICTURE_TEXTURE: put(px, (r / 2) + n, (g / 2) + n, (b / 2) + n / 2, 255); break;
    case PICTURE_GRAY: put(px, r / 2 + n, r / 2 + n, r / 2 + n, 255); break;
    case PICTURE_ALPHA: put(px, r, g, (b + n) & 255, a); break;
    case PICTURE_GRAY_ALPHA: put(px, g, g, g, a); break;
    case PICTURE_EDGE: put(px, (r / 2) + n, g, b, 2 * x + y < width ? 255 : 0); break;
    case PICTURE_PATTERN: {
        uint64_t place = (uint64_t)(y % 2 * 4096 + x);
        noise = picture_noise(&place);
        put(px, noise & 255, noise >> 8 & 255, noise >> 16 & 255, 255);
        break;
    }
    case PICTURE_RAMPS: {
        uint64_t place = (uint64_t)(y * 4096 + x / 16);
        noise = picture_noise(&place);
        int odd_step = (int)(noise >> 8 & 31) - 16, even_step = (int)(noise >> 16 & 31) - 16;
        int v = (int)(noise & 255) + x % 16 / 2 * (odd_step + even_step) + x % 2 * odd_step;
        put(px, v & 255, v & 255, v & 255, 255);
        break;
    }
    case PICTURE_RUNS: put(px, x / 13 * 40 & 255, y / 9 * 50 & 255, 90, 255); break;
    case PICTURE_HILLS: {
        int slope = (abs(x % 54 - 27) * abs(y % 72 - 36) >> 3) + 30 * ((x / 32 + y / 32) & 1);
        put(px, 60 + slope + n, 40 + slope + (n >> 1), 90 + abs(x % 80 - 40) + n, 255);
        break;
    }
    case PICTURE_CHECKERS: put(px, (x / 3 + y / 3) & 1 ? 230 : 20, 40, (x / 3 + y / 3) & 1 ? 60 : 70, 255); break;
    case PICTURE_HOLES: {
        int dx = x % 45 - 22, dy = y % 37 - 18;
        put(px, 60, 130, 61, dx * dx + dy * dy < 150 ? 0 : 255);
        break;
    }
    case PICTURE_SINGLE: put(px, 12, 200, 77, 255); break;
    default: put(px, 0, 0, 0, 0);
    }
}

imx_pixels picture_make(picture kind, int32_t width, int32_t height, uint32_t seed) {
    imx_pixels pixels = {0};
    assert_int_equal(imx_pixels_create_rgba8(NULL, width, height, NULL, &pixels), IMX_OK);
    uint64_t state = seed;
    for (int32_t y = 0; y < height; y++) {
        uint8_t *row = (uint8_t *)pixels.data + y * pixels.row_stride;
        for (int32_t x = 0; x < width; x++) {
            put_pixel(kind, x, y, width, height, &state, row + 4 * x);
        }
    }
    return pixels;
}
