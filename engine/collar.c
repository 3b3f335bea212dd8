/* engine/collar.c: what is near black or white, and what the collar does to a block. The flood is in collar_flood.c. */
#include <math.h>
#include <string.h>

#include "engine/collar_inner.h"

imx_status imx_collar_create(imx_memory *memory, int32_t within, imx_error *err, imx_collar **out) {
    imx_collar *collar = imx_calloc(memory, 1, sizeof *collar);
    if (!collar) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a collar");
    }
    collar->memory = memory;
    collar->within = within;
    *out = collar;
    return IMX_OK;
}

void imx_collar_free_level(imx_memory *memory, collar_level **level) {
    collar_level *l = *level;
    if (!l) {
        return;
    }
    const size_t blocks = (size_t)l->layout.columns * (size_t)l->layout.rows;
    for (size_t i = 0; l->bits && i < blocks; i++) {
        imx_free(memory, l->bits[i]);
    }
    imx_free(memory, l->bits);
    imx_free(memory, l->kinds);
    imx_free(memory, l);
    *level = NULL;
}

void imx_collar_destroy(imx_collar **collar) {
    if (collar && *collar) {
        for (size_t i = 0; i < IMX_COLLAR_LEVELS; i++) {
            imx_collar_free_level((*collar)->memory, &(*collar)->levels[i]);
        }
        imx_free((*collar)->memory, *collar);
        *collar = NULL;
    }
}

int32_t imx_collar_within(const imx_collar *collar) { return collar->within; }
bool imx_collar_knows(const imx_collar *collar, int32_t level) { return collar->levels[level] != NULL; }

/* ---- near black, near white ---- */

static void classify_rgba8(int32_t within, size_t n, const uint8_t *rgba, uint8_t *near) {
    const int32_t dark = within < 255 ? within : 255, bright = 255 - dark;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = rgba + 4 * i;
        const int32_t least = p[0] < p[1] ? (p[0] < p[2] ? p[0] : p[2]) : (p[1] < p[2] ? p[1] : p[2]);
        const int32_t most = p[0] > p[1] ? (p[0] > p[2] ? p[0] : p[2]) : (p[1] > p[2] ? p[1] : p[2]);
        near[i] = (p[3] == 0) | (most <= dark) | (least >= bright);
    }
}

enum { DARK = 1, BRIGHT = 2 };

/* Clears DARK or BRIGHT in marks[i] where the band's sample is not. white: infinite where there is none. */
#define MARK_BAND(name, sample_type)                                                                                   \
    static void mark_##name(const void *samples, size_t n, int32_t within, double white, uint8_t *marks) {             \
        const sample_type *s = samples;                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const double v = (double)s[i];                                                                             \
            marks[i] &= (uint8_t)((fabs(v) <= within ? DARK : 0) | (v >= white - within ? BRIGHT : 0));                \
        }                                                                                                              \
    }
MARK_BAND(u8, uint8_t)
MARK_BAND(u16, uint16_t)
MARK_BAND(i16, int16_t)
MARK_BAND(f32, float)
MARK_BAND(f64, double)

static void mark(imx_type type, const void *samples, size_t n, int32_t within, double white, uint8_t *marks) {
    switch (type) {
    case IMX_U8: mark_u8(samples, n, within, white, marks); break;
    case IMX_U16: mark_u16(samples, n, within, white, marks); break;
    case IMX_I16: mark_i16(samples, n, within, white, marks); break;
    case IMX_F64: mark_f64(samples, n, within, white, marks); break;
    default: mark_f32(samples, n, within, white, marks); break;
    }
}

/* Of planes of validity: whether any says that the pixel is valid. */
static bool any_valid(const uint8_t *valid, size_t masks, size_t n, size_t i) {
    bool any = masks == 0;
    for (size_t k = 0; k < masks && !any; k++) {
        any = valid[k * n + i] != 0;
    }
    return any;
}

void imx_collar_classify(const imx_asset *asset, int32_t within, size_t n, const uint8_t *pixels, uint8_t *near) {
    if (asset->role != IMX_ROLE_DATA) {
        classify_rgba8(within, n, pixels, near);
        return;
    }
    const imx_type type = imx_asset_working_type(asset);
    const size_t plane = n * imx_type_size(type), masks = (size_t)imx_asset_valid_planes(asset);
    const uint8_t *valid = pixels + (size_t)imx_asset_planes(asset) * plane;
    memset(near, DARK | BRIGHT, n);
    for (int32_t band = 0; band < asset->data_count; band++) {
        mark(type, pixels + (size_t)band * plane, n, within, imx_asset_largest(asset, band), near);
    }
    for (size_t i = 0; i < n; i++) {
        near[i] = near[i] != 0 || !any_valid(valid, masks, n, i);
    }
}

/* ---- blocks ---- */

static collar_kind kind_of(const imx_collar *collar, int32_t level, int32_t column, int32_t row) {
    const collar_level *l = collar->levels[level];
    return l ? (collar_kind)l->kinds[collar_block(&l->layout, column, row)] : COLLAR_NONE;
}

bool imx_collar_holds(const imx_collar *collar, int32_t level, int32_t column, int32_t row) {
    return kind_of(collar, level, column, row) == COLLAR_ALL;
}

void imx_collar_apply(const imx_collar *collar, const imx_asset *asset, int32_t level, int32_t column, int32_t row,
                      int32_t w, int32_t h, uint8_t *pixels, ptrdiff_t row_stride) {
    if (kind_of(collar, level, column, row) != COLLAR_SOME) {
        return;
    }
    const collar_level *l = collar->levels[level];
    const uint8_t *bits = l->bits[collar_block(&l->layout, column, row)];
    const size_t n = (size_t)w * (size_t)h;
    if (asset->role != IMX_ROLE_DATA) {
        for (size_t i = 0; i < n; i++) {
            if (collar_bit(bits, i)) {
                memset(pixels + (ptrdiff_t)(i / (size_t)w) * row_stride + 4 * (i % (size_t)w), 0, 4);
            }
        }
        return;
    }
    uint8_t *valid = pixels + (size_t)imx_asset_planes(asset) * n * imx_type_size(imx_asset_working_type(asset));
    for (int32_t k = 0; k < imx_asset_valid_planes(asset); k++) {
        for (size_t i = 0; i < n; i++) {
            if (collar_bit(bits, i)) {
                valid[(size_t)k * n + i] = 0;
            }
        }
    }
}
