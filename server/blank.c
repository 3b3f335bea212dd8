/* server/blank.c: the transparent tile that may stand for a missing one. */
#include "server/routes.h"

enum { BLANK_PX_MAX = 4096, BLANK_PX_DEFAULT = 256 };

static imx_status make_blank(imx_memory *memory, uint32_t tile_px, imx_error *err, imx_blob *out) {
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = IMX_FORMAT_PNG;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_encoder *encoder = NULL;
    imx_pixels pixels = {0};
    imx_tile_type type;
    imx_status status = imx_encoder_create(memory, &kernels, &options, err, &encoder);
    if (!status) {
        status = imx_pixels_create_rgba8(memory, (int32_t)tile_px, (int32_t)tile_px, err, &pixels);
    }
    if (!status) {
        imx_pixels_clear(&pixels);
        status = imx_encode(encoder, &pixels, IMX_LOOK_EMPTY | IMX_LOOK_SINGLE | IMX_LOOK_GRAY, err, out, &type);
    }
    imx_pixels_destroy(memory, &pixels);
    imx_encoder_destroy(&encoder);
    return status;
}

const imx_blank *imx_server_blank(imx_server *server, uint32_t tile_px, imx_error *err) {
    if (tile_px < 1 || tile_px > BLANK_PX_MAX) {
        tile_px = BLANK_PX_DEFAULT;
    }
    const imx_blank *found = NULL;
    pthread_mutex_lock(&server->blank_lock);
    for (unsigned i = 0; i < server->blank_count && !found; i++) {
        /* Once full, any size serves: the picture is the same. */
        if (server->blanks[i].tile_px == tile_px || i + 1 == IMX_BLANKS_MAX) {
            found = &server->blanks[i];
        }
    }
    if (!found) {
        imx_blank *made = &server->blanks[server->blank_count];
        if (!make_blank(server->memory, tile_px, err, &made->blob)) {
            imx_hash hash = imx_hash_bytes(made->blob.data, made->blob.size);
            imx_hash_text(&hash, made->etag);
            made->tile_px = tile_px;
            server->blank_count++;
            found = made;
        }
    }
    pthread_mutex_unlock(&server->blank_lock);
    return found;
}
