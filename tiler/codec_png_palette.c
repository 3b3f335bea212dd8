/* tiler/codec_png_palette.c: palettes. The colours of a tile are found with a hash table that gives up at the 257th:
 * in a photograph after some hundred pixels, so that asking costs next to nothing. */
#include "tiler/codec_png_palette.h"

#include <stdlib.h>
#include <string.h>

#include "tiler/codec_kind.h"

/* ---- order ------------------------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Opaque or not, lightness, then the colour itself, so that no two are equal; and where it stood. */
static uint64_t sort_key(const uint8_t colour[4], uint32_t place) {
    const uint64_t light = 2u * colour[0] + 5u * colour[1] + colour[2]; /* 0..2040 */
    const uint64_t rgba = (uint64_t)colour[0] << 24 | (uint64_t)colour[1] << 16 | (uint64_t)colour[2] << 8 | colour[3];
    return (uint64_t)(colour[3] == 255) << 63 | light << 48 | rgba << 8 | place;
}

static void sort_palette(imx_palette *palette, uint8_t *index, size_t n) {
    uint64_t keys[IMX_PALETTE_MAX];
    uint8_t colours[IMX_PALETTE_MAX][4], to[IMX_PALETTE_MAX];
    palette->translucent = 0;
    for (uint32_t i = 0; i < palette->count; i++) {
        keys[i] = sort_key(palette->colours[i], i);
        palette->translucent += palette->colours[i][3] != 255;
    }
    memcpy(colours, palette->colours, sizeof colours);
    qsort(keys, palette->count, sizeof keys[0], by_key);
    for (uint32_t i = 0; i < palette->count; i++) {
        const uint8_t from = (uint8_t)keys[i];
        memcpy(palette->colours[i], colours[from], 4);
        to[from] = (uint8_t)i;
    }
    for (size_t i = 0; i < n; i++) {
        index[i] = to[index[i]];
    }
}

/* ---- exact ------------------------------------------------------------------------------------------------------ */

enum { SLOT_BITS = 10, SLOTS = 1 << SLOT_BITS };

typedef struct colour_table {
    uint32_t colour[SLOTS];
    uint16_t number[SLOTS]; /* of the colour, from 1; 0: free */
} colour_table;

/* The slot of a colour: its own, or a free one. */
static inline uint32_t find_slot(const colour_table *table, uint32_t colour) {
    uint32_t slot = (colour * UINT32_C(2654435769)) >> (32 - SLOT_BITS); /* Knuth's multiplicative hash */
    while (table->number[slot] && table->colour[slot] != colour) {
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

bool imx_palette_exact(const imx_pixels *pixels, uint32_t most, imx_palette *palette, uint8_t *index) {
    colour_table table;
    memset(table.number, 0, sizeof table.number);
    palette->count = 0;
    uint8_t *out = index;
    for (int32_t y = 0; y < pixels->height; y++) {
        const uint8_t *row = imx_rgba8_row(pixels, y);
        uint32_t last = 0;
        uint8_t number = 0;
        for (int32_t x = 0; x < pixels->width; x++, row += 4) {
            uint32_t colour;
            memcpy(&colour, row, 4);
            if (x == 0 || colour != last) {
                const uint32_t slot = find_slot(&table, colour);
                if (!table.number[slot]) {
                    if (palette->count == most) {
                        return false;
                    }
                    memcpy(palette->colours[palette->count], row, 4);
                    table.colour[slot] = colour;
                    table.number[slot] = (uint16_t)++palette->count;
                }
                number = (uint8_t)(table.number[slot] - 1);
                last = colour;
            }
            *out++ = number;
        }
    }
    sort_palette(palette, index, (size_t)(out - index));
    return true;
}

/* ---- quantized -------------------------------------------------------------------------------------------------- */

/* Puts the visible pixels one behind the other. False if one is neither opaque nor invisible. */
static bool gather_visible(const imx_pixels *pixels, uint8_t *out, size_t *n) {
    uint8_t *at = out;
    for (int32_t y = 0; y < pixels->height; y++) {
        const uint8_t *row = imx_rgba8_row(pixels, y);
        for (int32_t x = 0; x < pixels->width; x++, row += 4) {
            if (row[3] == 255) {
                memcpy(at, row, 4);
                at += 4;
            } else if (row[3]) {
                return false;
            }
        }
    }
    *n = (size_t)(at - out) / 4;
    return true;
}

/* Gives each class that has pixels a place in the palette, from first on, and the mean of its pixels. */
static void add_means(const uint8_t *visible, const uint8_t *classes, size_t n, imx_palette *palette,
                      uint8_t place[IMX_PALETTE_MAX]) {
    uint64_t sums[IMX_PALETTE_MAX][4] = {{0}};
    for (size_t i = 0; i < n; i++) {
        uint64_t *sum = sums[classes[i]];
        for (int c = 0; c < 3; c++) {
            sum[c] += visible[4 * i + (size_t)c];
        }
        sum[3]++;
    }
    for (uint32_t k = 0; k < IMX_PALETTE_MAX; k++) {
        if (sums[k][3]) {
            uint8_t *colour = palette->colours[palette->count];
            for (int c = 0; c < 3; c++) {
                colour[c] = (uint8_t)((sums[k][c] + sums[k][3] / 2) / sums[k][3]);
            }
            colour[3] = 255;
            place[k] = (uint8_t)palette->count++;
        }
    }
}

imx_status imx_palette_quantized(imx_memory *memory, const imx_pixels *pixels, imx_quantize_fn quantize,
                                 uint8_t *scratch, imx_error *err, imx_palette *palette, uint8_t *index, bool *made) {
    const size_t all = (size_t)pixels->width * (size_t)pixels->height;
    uint8_t *classes = scratch + 4 * all, place[IMX_PALETTE_MAX] = {0};
    size_t n;
    *made = gather_visible(pixels, scratch, &n);
    if (!*made) {
        return IMX_OK;
    }
    palette->count = 0;
    if (n < all) {
        memset(palette->colours[palette->count++], 0, 4);
    }
    if (n) {
        imx_status status = quantize(memory, scratch, n, IMX_PALETTE_MAX - palette->count, err, classes);
        if (status != IMX_OK) {
            return status;
        }
        add_means(scratch, classes, n, palette, place);
    }
    const uint8_t *next = classes;
    uint8_t *out = index;
    for (int32_t y = 0; y < pixels->height; y++) {
        const uint8_t *row = imx_rgba8_row(pixels, y);
        for (int32_t x = 0; x < pixels->width; x++) {
            *out++ = row[4 * x + 3] ? place[*next++] : 0;
        }
    }
    sort_palette(palette, index, all);
    return IMX_OK;
}

/* ---- bits ------------------------------------------------------------------------------------------------------- */

unsigned imx_palette_bits(const imx_palette *palette) {
    return palette->count <= 2 ? 1 : palette->count <= 4 ? 2 : palette->count <= 16 ? 4 : 8;
}

void imx_palette_pack(const uint8_t *index, size_t n, unsigned bits, uint8_t *out) {
    if (bits == 8) {
        memcpy(out, index, n);
        return;
    }
    const size_t each = 8 / bits;
    for (size_t i = 0; i < n; i += each) {
        unsigned byte = 0;
        for (size_t k = 0; k < each; k++) {
            byte = byte << bits | (i + k < n ? index[i + k] : 0u);
        }
        *out++ = (uint8_t)byte;
    }
}
