/* tiler/codec_png_palette.h: tiles of few colours as indices into a palette; private to the PNG encoder. */
#ifndef IMX_TILER_CODEC_PNG_PALETTE_H
#define IMX_TILER_CODEC_PNG_PALETTE_H

#include "tiler/codec.h"

#define IMX_PALETTE_MAX 256

/* Sorted: what is not opaque comes first, then the dark before the light, so that neighbours look alike. */
typedef struct imx_palette {
    uint32_t count;                      /* 1..IMX_PALETTE_MAX */
    uint32_t translucent;                /* how many have an alpha below 255 */
    uint8_t colours[IMX_PALETTE_MAX][4]; /* rgba8 */
} imx_palette;

/* The colours of a tile if there are at most `most` of them (1..IMX_PALETTE_MAX), and index, one byte a pixel, row
 * after row; false where there are more, which is found soon. */
bool imx_palette_exact(const imx_pixels *pixels, uint32_t most, imx_palette *palette, uint8_t *index);

/* The same for any tile whose pixels are opaque or invisible, by quantize: a colour of the palette is the mean of its
 * pixels. *made is false for a tile of other alphas. scratch: 5 bytes a pixel. */
IMX_MUST_USE imx_status imx_palette_quantized(imx_memory *memory, const imx_pixels *pixels, imx_quantize_fn quantize,
                                              uint8_t *scratch, imx_error *err, imx_palette *palette, uint8_t *index,
                                              bool *made);

/* How many bits an index takes: 1, 2, 4 or 8. */
unsigned imx_palette_bits(const imx_palette *palette);
/* n indices of that many bits to (n * bits + 7) / 8 bytes, the first in the highest bits (W3C PNG, third edition,
 * clause 7.2), the last byte filled up with zeros. */
void imx_palette_pack(const uint8_t *index, size_t n, unsigned bits, uint8_t *out);

#endif
