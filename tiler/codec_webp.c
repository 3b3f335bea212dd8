/* tiler/codec_webp.c: lossy WebP through libwebp's advanced interface; alpha, where there is any, is kept without loss.
 */
#include <stdio.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include "tiler/codec_kind.h"

enum {
    RIFF_HEADER_BYTES = 12,
    FIRST_OUT_BYTES = 1 << 16,
    ALPHA_QUALITY = 100 /* without loss: a mask stays a mask */
};

/* ---- encoding --------------------------------------------------------------------------------------------------- */

typedef struct webp_encoder {
    imx_memory *memory;
    WebPConfig config;
    imx_scratch out;
    size_t written;
    bool no_memory;
} webp_encoder;

static int write_out(const uint8_t *data, size_t size, const WebPPicture *picture) {
    webp_encoder *encoder = picture->custom_ptr;
    if (size > encoder->out.size - encoder->written) {
        size_t grown = 2 * encoder->out.size + size;
        uint8_t *bigger = imx_realloc(encoder->memory, encoder->out.data, grown);
        if (!bigger) {
            encoder->no_memory = true;
            return 0;
        }
        encoder->out = (imx_scratch){bigger, grown};
    }
    memcpy(encoder->out.data + encoder->written, data, size);
    encoder->written += size;
    return 1;
}

static imx_status encode_tile(void *state, const imx_pixels *pixels, unsigned look, imx_error *err,
                              const uint8_t **data, size_t *size) {
    webp_encoder *encoder = state;
    WebPPicture picture;
    if (!WebPPictureInit(&picture)) {
        return imx_fail(err, IMX_E_INTERNAL, "libwebp is of another version than its headers");
    }
    imx_status status = imx_scratch_reserve(encoder->memory, &encoder->out, FIRST_OUT_BYTES, err);
    if (status != IMX_OK) {
        return status;
    }
    encoder->written = 0;
    encoder->no_memory = false;
    picture.width = pixels->width;
    picture.height = pixels->height;
    picture.writer = write_out;
    picture.custom_ptr = encoder;
    const uint8_t *first = pixels->data;
    int stride = (int)pixels->row_stride;
    int made = look & IMX_LOOK_OPAQUE ? WebPPictureImportRGBX(&picture, first, stride)
                                      : WebPPictureImportRGBA(&picture, first, stride);
    if (!made || !WebPEncode(&encoder->config, &picture)) {
        bool no_memory = encoder->no_memory || picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
                         picture.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY;
        status = imx_fail(err, no_memory ? IMX_E_NOMEM : IMX_E_INTERNAL, "libwebp failed to encode a tile (error %d)",
                          (int)picture.error_code);
    }
    WebPPictureFree(&picture);
    *data = encoder->out.data;
    *size = encoder->written;
    return status;
}

static void encoder_destroy(void *state) {
    webp_encoder *encoder = state;
    if (encoder) {
        imx_free(encoder->memory, encoder->out.data);
        imx_free(encoder->memory, encoder);
    }
}

static imx_status encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                                 imx_error *err, void **out) {
    (void)kernels;
    webp_encoder *encoder = imx_calloc(memory, 1, sizeof *encoder);
    if (!encoder) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a WebP encoder");
    }
    encoder->memory = memory;
    int sound = WebPConfigInit(&encoder->config);
    encoder->config.quality = (float)options->quality;
    encoder->config.method = options->webp_method;
    encoder->config.alpha_quality = ALPHA_QUALITY;
    encoder->config.exact = 0; /* colours under alpha 0 are nobody's */
    encoder->config.thread_level = 0;
    if (!sound || !WebPValidateConfig(&encoder->config)) {
        encoder_destroy(encoder);
        return imx_fail(err, IMX_E_INTERNAL, "libwebp refuses its configuration");
    }
    *out = encoder;
    return IMX_OK;
}

/* ---- decoding --------------------------------------------------------------------------------------------------- */

static bool sniff(const uint8_t *data, size_t size) {
    return size >= RIFF_HEADER_BYTES && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0;
}

static uint32_t get_u32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static imx_status check(const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                        WebPBitstreamFeatures *features) {
    if (get_u32(data + 4) > size - 8) {
        return imx_fail(err, IMX_E_INPUT, "damaged WebP: it ends early");
    }
    VP8StatusCode code = WebPGetFeatures(data, size, features);
    if (code != VP8_STATUS_OK) {
        return imx_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? IMX_E_NOMEM : IMX_E_INPUT,
                        "damaged WebP: libwebp finds no picture (error %d)", (int)code);
    }
    if (features->has_animation) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "an animated WebP");
    }
    return imx_decode_check_size("WebP", (uint64_t)features->width, (uint64_t)features->height, max_px, err);
}

static imx_status decode_tile(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                              imx_pixels *out) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        return imx_fail(err, IMX_E_INTERNAL, "libwebp is of another version than its headers");
    }
    imx_status status = check(data, size, max_px, err, &config.input);
    imx_pixels pixels = {0};
    if (status == IMX_OK) {
        status = imx_pixels_create_rgba8(memory, config.input.width, config.input.height, err, &pixels);
    }
    if (status != IMX_OK) {
        return status;
    }
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels.data;
    config.output.u.RGBA.stride = (int)pixels.row_stride;
    config.output.u.RGBA.size = (size_t)pixels.row_stride * (size_t)pixels.height;
    VP8StatusCode code = WebPDecode(data, size, &config);
    WebPFreeDecBuffer(&config.output);
    if (code != VP8_STATUS_OK) {
        imx_pixels_destroy(memory, &pixels);
        bool no_memory = code == VP8_STATUS_OUT_OF_MEMORY;
        return imx_fail(err, no_memory ? IMX_E_NOMEM : IMX_E_INPUT, "%s WebP (libwebp's error %d)",
                        no_memory ? "no memory to decode a" : "damaged", (int)code);
    }
    imx_decode_clear_invisible(&pixels);
    *out = pixels;
    return IMX_OK;
}

/* ---- the codec -------------------------------------------------------------------------------------------------- */

static void library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    int version = WebPGetEncoderVersion(); /* 0xMMmmrr */
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "libwebp %d.%d.%d", version >> 16, version >> 8 & 255, version & 255);
}

const imx_codec imx_codec_webp = {
    .type = IMX_TILE_WEBP,
    .name = "webp",
    .extension = "webp",
    .mime = "image/webp",
    .library = library,
    .sniff = sniff,
    .create = encoder_create,
    .destroy = encoder_destroy,
    .encode = encode_tile,
    .decode = decode_tile,
};
