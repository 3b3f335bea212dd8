/* engine/collar_inner.h: shared by the collar*.c files; nobody else includes it. */
#ifndef IMX_ENGINE_COLLAR_INNER_H
#define IMX_ENGINE_COLLAR_INNER_H

#include "engine/collar.h"

enum { IMX_COLLAR_LEVELS = IMX_ASSET_OVERVIEWS_MAX + 1 };

typedef enum collar_kind { /* of a block's pixels in the collar */
                           COLLAR_NONE,
                           COLLAR_SOME, /* bits tell */
                           COLLAR_ALL
} collar_kind;

typedef struct collar_level {
    imx_block_layout layout;
    uint8_t *kinds; /* a block each, row by row */
    uint8_t **bits; /* a pixel each; NULL unless COLLAR_SOME */
} collar_level;

struct imx_collar {
    imx_memory *memory;
    int32_t within;
    collar_level *levels[IMX_COLLAR_LEVELS]; /* NULL: not known */
};

static inline size_t collar_block(const imx_block_layout *l, int32_t column, int32_t row) {
    return (size_t)row * (size_t)l->columns + (size_t)column;
}
static inline bool collar_bit(const uint8_t *bits, size_t i) { return bits[i >> 3] >> (i & 7) & 1; }
static inline void collar_set(uint8_t *bits, size_t i) { bits[i >> 3] = (uint8_t)(bits[i >> 3] | 1 << (i & 7)); }
static inline size_t collar_bytes(size_t pixels) { return (pixels + 7) / 8; }

/* Sets near[i] to 1 where one of a block's n pixels is near black, near white or invalid, else to 0. */
void imx_collar_classify(const imx_asset *asset, int32_t within, size_t n, const uint8_t *pixels, uint8_t *near);
void imx_collar_free_level(imx_memory *memory, collar_level **level);

#endif
