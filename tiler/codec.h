/* tiler/codec.h: pixels -> encoded tiles and back; one codec a file (codec_png.c, codec_jpeg.c, codec_webp.c), one row
 * each in a table. An encoder is one worker's (it keeps its library's state and scratch) and its bytes are a function
 * of pixels and options alone. Opaque tiles drop their alpha channel; single-colour tiles are cheap (the PNG of one is
 * built once and kept by the encoder).
 */
#ifndef IMX_TILER_CODEC_H
#define IMX_TILER_CODEC_H

#include "engine/base/pixels.h"
#include "kernels/kernels.h"

typedef enum imx_tile_type {                     /* the numbers are those of PMTiles v3 */
                             IMX_TILE_MIXED = 0, /* of an archive: more than one type */
                             IMX_TILE_PNG = 2,
                             IMX_TILE_JPEG = 3,
                             IMX_TILE_WEBP = 4
} imx_tile_type;
const char *imx_tile_type_name(imx_tile_type type);      /* "png", "jpeg", "webp"; "mixed" */
const char *imx_tile_type_extension(imx_tile_type type); /* "png", "jpg", "webp"; "" of a mixture */
const char *imx_tile_type_mime(imx_tile_type type);      /* "image/png"; "application/octet-stream" of a mixture */
/* The library behind a type and its version: "libwebp 1.2.4". */
#define IMX_LIBRARY_TEXT_SIZE 64
void imx_tile_type_library(imx_tile_type type, char text[IMX_LIBRARY_TEXT_SIZE]);
/* By the first bytes; IMX_TILE_MIXED if it is none of them. */
imx_tile_type imx_tile_type_sniff(const uint8_t *data, size_t size);

typedef enum imx_format { IMX_FORMAT_AUTO, IMX_FORMAT_PNG, IMX_FORMAT_JPEG, IMX_FORMAT_WEBP } imx_format;
/* "auto", "png", "jpeg"/"jpg", "webp"; IMX_E_USAGE otherwise. */
IMX_MUST_USE imx_status imx_format_parse(const char *name, imx_error *err, imx_format *out);
const char *imx_format_name(imx_format format);

typedef enum imx_png_effort {
    IMX_PNG_DEFAULT,
    IMX_PNG_FAST, /* fewer choices */
    IMX_PNG_SMALL /* fewest bytes, in some 50 times the time */
} imx_png_effort;
/* "default", "fast", "small"; IMX_E_USAGE otherwise. */
IMX_MUST_USE imx_status imx_png_effort_parse(const char *name, imx_error *err, imx_png_effort *out);
const char *imx_png_effort_name(imx_png_effort effort);

typedef enum imx_png_palette {
    IMX_PNG_PALETTE_EXACT,   /* for tiles of at most 256 colours: the same pixels */
    IMX_PNG_PALETTE_NONE,    /* never */
    IMX_PNG_PALETTE_QUANTIZE /* for all tiles but those with partial transparency: 256 colours that come near */
} imx_png_palette;
/* "exact", "none", "quantize"; IMX_E_USAGE otherwise. */
IMX_MUST_USE imx_status imx_png_palette_parse(const char *name, imx_error *err, imx_png_palette *out);
const char *imx_png_palette_name(imx_png_palette palette);

/* Puts n pixels of rgba8 (alpha does not count) into at most `most` (16..256) classes of similar colours: classes[i] is
 * the class of pixel i, below most. Deterministic. IMX_E_NOMEM. */
typedef imx_status (*imx_quantize_fn)(imx_memory *memory, const uint8_t *rgba, size_t n, uint32_t most, imx_error *err,
                                      uint8_t *classes);

typedef struct imx_codec_options {
    imx_format format;     /* AUTO: JPEG where a tile is opaque, PNG where it is not */
    int quality;           /* JPEG, WebP: 1..100; default 75 */
    int webp_method;       /* 0..6; default 4 */
    uint8_t background[3]; /* what stands where nothing is, in JPEG */
    imx_png_effort png_effort;
    imx_png_palette png_palette;
    imx_quantize_fn
        quantize; /* what IMX_PNG_PALETTE_QUANTIZE needs, else NULL: no option, so that codecs stay without it */
} imx_codec_options;
#define IMX_CODEC_OPTIONS_DEFAULT                                                                                      \
    { IMX_FORMAT_AUTO, 75, 4, {255, 255, 255}, IMX_PNG_DEFAULT, IMX_PNG_PALETTE_EXACT, NULL }

typedef struct imx_blob { /* encoded bytes; owned by whoever says so */
    uint8_t *data;
    size_t size;
} imx_blob;

#define IMX_CODEC_SIDE_MAX 16383 /* px: what WebP can hold; for every type, so that a format can be changed freely */

typedef struct imx_encoder imx_encoder;
/* kernels are borrowed for the encoder's life. IMX_E_USAGE names an option that is out of its range. */
IMX_MUST_USE imx_status imx_encoder_create(imx_memory *memory, const imx_kernels *kernels,
                                           const imx_codec_options *options, imx_error *err, imx_encoder **out);
void imx_encoder_destroy(imx_encoder **encoder);
/* pixels: rgba8, at most IMX_CODEC_SIDE_MAX a side. look: what kernels->look_rgba8 says of them, all of it; or 0, and
 * the encoder looks itself. *out is allocated from the encoder's memory, exactly sized, and passes to the caller. */
IMX_MUST_USE imx_status imx_encode(imx_encoder *encoder, const imx_pixels *pixels, unsigned look, imx_error *err,
                                   imx_blob *out, imx_tile_type *type);

/* Decodes any of the three types into a fresh rgba8 buffer (PNG of any kind; straight alpha, 0,0,0,0 where alpha is 0).
 * Strict: IMX_E_INPUT if anything of it is damaged or missing, or if it is over max_px a side, which is found before
 * memory is taken; IMX_E_UNSUPPORTED for an animation or CMYK. Thread-safe. */
IMX_MUST_USE imx_status imx_decode(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                                   imx_pixels *out);

#endif
