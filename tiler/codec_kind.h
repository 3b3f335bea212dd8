/* tiler/codec_kind.h: what a codec implements; private to the codecs. A new type is one file and one row in codec.c. */
#ifndef IMX_TILER_CODEC_KIND_H
#define IMX_TILER_CODEC_KIND_H

#include "tiler/codec.h"

typedef struct imx_codec {
    imx_tile_type type;
    const char *name, *extension, *mime;
    void (*library)(char text[IMX_LIBRARY_TEXT_SIZE]);
    bool (*sniff)(const uint8_t *data, size_t size);
    /* One worker's encoder of this type. The options have been checked. */
    imx_status (*create)(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                         imx_error *err, void **out);
    void (*destroy)(void *state); /* NULL-safe */
    /* pixels: rgba8 with sides 1..IMX_CODEC_SIDE_MAX; look: complete. *data stays the state's, until its next call. */
    imx_status (*encode)(void *state, const imx_pixels *pixels, unsigned look, imx_error *err, const uint8_t **data,
                         size_t *size);
    imx_status (*decode)(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                         imx_pixels *out);
} imx_codec;

extern const imx_codec imx_codec_png, imx_codec_jpeg, imx_codec_webp;

/* imx_codec_png's two halves live in two files: the fast lane writes without libpng, which does the reading. */
imx_status imx_png_decode(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                          imx_pixels *out);

void imx_png_reader_library(char text[IMX_LIBRARY_TEXT_SIZE]);

/* A block that only grows; what it held is lost when it does. */
typedef struct imx_scratch {
    uint8_t *data;
    size_t size;
} imx_scratch;
IMX_MUST_USE imx_status imx_scratch_reserve(imx_memory *memory, imx_scratch *scratch, size_t size, imx_error *err);

/* IMX_E_INPUT if an image's sides are not 1..max_px. */
IMX_MUST_USE imx_status imx_decode_check_size(const char *type, uint64_t width, uint64_t height, int32_t max_px,
                                              imx_error *err);
/* 0,0,0,0 where alpha is 0, as rgba8 wants it. */
void imx_decode_clear_invisible(imx_pixels *pixels);

static inline const uint8_t *imx_rgba8_row(const imx_pixels *pixels, int32_t y) {
    return (const uint8_t *)pixels->data + (ptrdiff_t)y * pixels->row_stride;
}

#endif
