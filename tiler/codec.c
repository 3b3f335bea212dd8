/* tiler/codec.c: the table of codecs, the choice of one for a tile, and what all of them share. */
#include "tiler/codec.h"

#include <string.h>
#include <strings.h>

#include "tiler/codec_kind.h"

static const imx_codec *const CODECS[] = {&imx_codec_png, &imx_codec_jpeg, &imx_codec_webp};
enum { CODEC_COUNT = sizeof CODECS / sizeof *CODECS };

/* ---- types and formats ---------------------------------------------------------------------------------------- */

static const imx_codec *codec_of(imx_tile_type type) {
    for (size_t i = 0; i < CODEC_COUNT; i++) {
        if (CODECS[i]->type == type) {
            return CODECS[i];
        }
    }
    return NULL;
}

const char *imx_tile_type_name(imx_tile_type type) { return codec_of(type) ? codec_of(type)->name : "mixed"; }
const char *imx_tile_type_extension(imx_tile_type type) { return codec_of(type) ? codec_of(type)->extension : ""; }
const char *imx_tile_type_mime(imx_tile_type type) {
    return codec_of(type) ? codec_of(type)->mime : "application/octet-stream";
}

void imx_tile_type_library(imx_tile_type type, char text[IMX_LIBRARY_TEXT_SIZE]) {
    text[0] = '\0';
    if (codec_of(type)) {
        codec_of(type)->library(text);
    }
}

imx_tile_type imx_tile_type_sniff(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < CODEC_COUNT; i++) {
        if (CODECS[i]->sniff(data, size)) {
            return CODECS[i]->type;
        }
    }
    return IMX_TILE_MIXED;
}

static const struct {
    const char *name;
    imx_format format;
} FORMATS[] = {
    {"auto", IMX_FORMAT_AUTO}, {"png", IMX_FORMAT_PNG},   {"jpeg", IMX_FORMAT_JPEG},
    {"jpg", IMX_FORMAT_JPEG},  {"webp", IMX_FORMAT_WEBP},
};

imx_status imx_format_parse(const char *name, imx_error *err, imx_format *out) {
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        if (strcasecmp(FORMATS[i].name, name) == 0) {
            *out = FORMATS[i].format;
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE, "no tile format '%s'; there are auto, png, jpeg and webp", name);
}

const char *imx_format_name(imx_format format) {
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        if (FORMATS[i].format == format) {
            return FORMATS[i].name;
        }
    }
    return "?";
}

/* ---- named options ---------------------------------------------------------------------------------------------- */

static const char *const EFFORTS[] = {"default", "fast", "small"}, *const PALETTES[] = {"exact", "none", "quantize"};
enum { EFFORT_COUNT = sizeof EFFORTS / sizeof *EFFORTS, PALETTE_COUNT = sizeof PALETTES / sizeof *PALETTES };

imx_status imx_png_effort_parse(const char *name, imx_error *err, imx_png_effort *out) {
    for (unsigned i = 0; i < EFFORT_COUNT; i++) {
        if (strcasecmp(EFFORTS[i], name) == 0) {
            *out = (imx_png_effort)i;
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE, "no PNG effort '%s'; there are fast, default and small", name);
}

const char *imx_png_effort_name(imx_png_effort effort) {
    return (unsigned)effort < EFFORT_COUNT ? EFFORTS[effort] : "?";
}

imx_status imx_png_palette_parse(const char *name, imx_error *err, imx_png_palette *out) {
    for (unsigned i = 0; i < PALETTE_COUNT; i++) {
        if (strcasecmp(PALETTES[i], name) == 0) {
            *out = (imx_png_palette)i;
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE, "no PNG palette mode '%s'; there are none, exact and quantize", name);
}

const char *imx_png_palette_name(imx_png_palette palette) {
    return (unsigned)palette < PALETTE_COUNT ? PALETTES[palette] : "?";
}

/* ---- encoding --------------------------------------------------------------------------------------------------- */

struct imx_encoder {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_codec_options options;
    void *states[CODEC_COUNT]; /* as CODECS; NULL where the format never needs it */
    struct {                   /* the last tile of a single colour */
        imx_blob blob;
        imx_tile_type type;
        int32_t width, height;
        uint8_t colour[4];
    } single;
};

static bool may_use(imx_format format, imx_tile_type type) {
    switch (format) {
    case IMX_FORMAT_PNG: return type == IMX_TILE_PNG;
    case IMX_FORMAT_JPEG: return type == IMX_TILE_JPEG;
    case IMX_FORMAT_WEBP: return type == IMX_TILE_WEBP;
    case IMX_FORMAT_AUTO: break;
    }
    return type == IMX_TILE_JPEG || type == IMX_TILE_PNG;
}

static size_t codec_for(imx_format format, unsigned look) {
    if (format == IMX_FORMAT_AUTO) {
        format = look & IMX_LOOK_OPAQUE ? IMX_FORMAT_JPEG : IMX_FORMAT_PNG;
    }
    size_t i = 0;
    while (i + 1 < CODEC_COUNT && !may_use(format, CODECS[i]->type)) {
        i++;
    }
    return i;
}

static imx_status check_options(const imx_codec_options *options, imx_error *err) {
    if (options->quality < 1 || options->quality > 100) {
        return imx_fail(err, IMX_E_USAGE, "a quality of %d: it goes from 1 to 100", options->quality);
    }
    if (options->webp_method < 0 || options->webp_method > 6) {
        return imx_fail(err, IMX_E_USAGE, "a WebP method of %d: it goes from 0 (fast) to 6 (small)",
                        options->webp_method);
    }
    if (options->png_palette == IMX_PNG_PALETTE_QUANTIZE && !options->quantize) {
        return imx_fail(err, IMX_E_INTERNAL, "an encoder of quantized palettes came without a quantizer");
    }
    return IMX_OK;
}

imx_status imx_encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                              imx_error *err, imx_encoder **out) {
    imx_status status = check_options(options, err);
    if (status != IMX_OK) {
        return status;
    }
    imx_encoder *encoder = imx_calloc(memory, 1, sizeof *encoder);
    if (!encoder) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a tile encoder");
    }
    encoder->memory = memory;
    encoder->kernels = kernels;
    encoder->options = *options;
    for (size_t i = 0; i < CODEC_COUNT && status == IMX_OK; i++) {
        if (may_use(options->format, CODECS[i]->type)) {
            status = CODECS[i]->create(memory, kernels, options, err, &encoder->states[i]);
        }
    }
    if (status != IMX_OK) {
        imx_encoder_destroy(&encoder);
        return status;
    }
    *out = encoder;
    return IMX_OK;
}

void imx_encoder_destroy(imx_encoder **encoder) {
    if (!encoder || !*encoder) {
        return;
    }
    imx_encoder *self = *encoder;
    for (size_t i = 0; i < CODEC_COUNT; i++) {
        CODECS[i]->destroy(self->states[i]);
    }
    imx_free(self->memory, self->single.blob.data);
    imx_free(self->memory, self);
    *encoder = NULL;
}

static imx_status copy_blob(imx_memory *memory, const uint8_t *data, size_t size, imx_error *err, imx_blob *out) {
    uint8_t *copy = imx_alloc(memory, size);
    if (!copy) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for an encoded tile of %zu bytes", size);
    }
    memcpy(copy, data, size);
    *out = (imx_blob){copy, size};
    return IMX_OK;
}

static bool single_matches(const imx_encoder *encoder, const imx_pixels *pixels, imx_tile_type type) {
    return encoder->single.blob.data && encoder->single.type == type && encoder->single.width == pixels->width &&
           encoder->single.height == pixels->height && memcmp(encoder->single.colour, pixels->data, 4) == 0;
}

static imx_status single_keep(imx_encoder *encoder, const imx_pixels *pixels, imx_tile_type type, const uint8_t *data,
                              size_t size, imx_error *err) {
    imx_free(encoder->memory, encoder->single.blob.data);
    encoder->single.blob = (imx_blob){NULL, 0};
    encoder->single.type = type;
    encoder->single.width = pixels->width;
    encoder->single.height = pixels->height;
    memcpy(encoder->single.colour, pixels->data, 4);
    return copy_blob(encoder->memory, data, size, err, &encoder->single.blob);
}

static imx_status check_pixels(const imx_pixels *pixels, imx_error *err) {
    if (!imx_pixels_is_rgba8(pixels) || pixels->width < 1 || pixels->height < 1) {
        return imx_fail(err, IMX_E_INTERNAL, "a tile that is not rgba8 came to the encoder");
    }
    if (pixels->width > IMX_CODEC_SIDE_MAX || pixels->height > IMX_CODEC_SIDE_MAX) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "a tile of %d x %d px: encoders take up to %d a side",
                        (int)pixels->width, (int)pixels->height, IMX_CODEC_SIDE_MAX);
    }
    return IMX_OK;
}

imx_status imx_encode(imx_encoder *encoder, const imx_pixels *pixels, unsigned look, imx_error *err, imx_blob *out,
                      imx_tile_type *type) {
    imx_status status = check_pixels(pixels, err);
    if (status != IMX_OK) {
        return status;
    }
    if (!look) {
        look = encoder->kernels->look_rgba8(pixels->data, pixels->row_stride, (size_t)pixels->width,
                                            (size_t)pixels->height);
    }
    size_t chosen = codec_for(encoder->options.format, look);
    const imx_codec *codec = CODECS[chosen];
    if (look & IMX_LOOK_SINGLE && single_matches(encoder, pixels, codec->type)) {
        status = copy_blob(encoder->memory, encoder->single.blob.data, encoder->single.blob.size, err, out);
    } else {
        const uint8_t *data;
        size_t size;
        status = codec->encode(encoder->states[chosen], pixels, look, err, &data, &size);
        if (status == IMX_OK && look & IMX_LOOK_SINGLE) {
            status = single_keep(encoder, pixels, codec->type, data, size, err);
        }
        if (status == IMX_OK) {
            status = copy_blob(encoder->memory, data, size, err, out);
        }
    }
    if (status == IMX_OK) {
        *type = codec->type;
    }
    return status;
}

/* ---- decoding --------------------------------------------------------------------------------------------------- */

imx_status imx_decode(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                      imx_pixels *out) {
    const imx_codec *codec = codec_of(imx_tile_type_sniff(data, size));
    if (!codec) {
        return imx_fail(err, IMX_E_INPUT, "neither PNG nor JPEG nor WebP");
    }
    return codec->decode(memory, data, size, max_px, err, out);
}

/* ---- what the codecs share -------------------------------------------------------------------------------------- */

imx_status imx_scratch_reserve(imx_memory *memory, imx_scratch *scratch, size_t size, imx_error *err) {
    if (scratch->size < size) {
        imx_free(memory, scratch->data);
        scratch->size = 0;
        scratch->data = imx_alloc(memory, size);
        if (!scratch->data) {
            return imx_fail(err, IMX_E_NOMEM, "no memory for %zu bytes of encoder scratch", size);
        }
        scratch->size = size;
    }
    return IMX_OK;
}

imx_status imx_decode_check_size(const char *type, uint64_t width, uint64_t height, int32_t max_px, imx_error *err) {
    if (width < 1 || height < 1 || max_px < 1 || width > (uint64_t)max_px || height > (uint64_t)max_px) {
        return imx_fail(err, IMX_E_INPUT, "%s of %llu x %llu px: the limit is %d a side", type,
                        (unsigned long long)width, (unsigned long long)height, (int)max_px);
    }
    return IMX_OK;
}

void imx_decode_clear_invisible(imx_pixels *pixels) {
    for (int32_t y = 0; y < pixels->height; y++) {
        uint8_t *row = (uint8_t *)pixels->data + (ptrdiff_t)y * pixels->row_stride;
        for (int32_t x = 0; x < pixels->width; x++) {
            uint8_t keep = row[4 * x + 3] ? 255 : 0;
            row[4 * x] &= keep;
            row[4 * x + 1] &= keep;
            row[4 * x + 2] &= keep;
        }
    }
}
