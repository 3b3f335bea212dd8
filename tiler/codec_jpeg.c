/* tiler/codec_jpeg.c: JPEG through libjpeg-turbo's libjpeg interface. Its long jumps stay in this file; it prints
 * nothing.
 *
 * Baseline, 4:2:0, the accurate integer DCT (the same bytes with and without SIMD); gray tiles have one component.
 * Huffman tables are the tile's own: measured at quality 75, 256 x 256 px, against the standard's tables, NAIP zoom 15:
 * 4,640 against 5,253 bytes a tile, 145 against 244 Mpx/s;   CBERS-2 zoom 13: 4,500 / 5,125, 144 / 229 Landsat 7 zoom
 * 9: 7,758 / 8,266, 115 / 183;                              drone: 10,449 / 10,929, 113 / 203 so they save 5 to 12 %
 * for 3 ns a pixel; GDAL's tiles have the very same sizes, as its driver does so too.
 */
#include <stdio.h> /* jpeglib.h wants it */

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>
#include <string.h>

#include "tiler/codec_kind.h"

enum {
    SCANS_MAX = 100, /* a progressive picture needs about 10; thousands are an attack on the decoder's time */
    ROWS_AT_ONCE = 16
};

/* ---- errors ----------------------------------------------------------------------------------------------------- */

typedef struct jpeg_failure { /* base first: libjpeg hands it back as the base */
    struct jpeg_error_mgr base;
    jmp_buf jump;
    char text[JMSG_LENGTH_MAX];
    bool no_memory;
} jpeg_failure;

static void on_error(j_common_ptr common) {
    jpeg_failure *failure = (jpeg_failure *)common->err;
    failure->base.format_message(common, failure->text);
    failure->no_memory = failure->base.msg_code == JERR_OUT_OF_MEMORY;
    longjmp(failure->jump, 1);
}

static void on_output(j_common_ptr common) { (void)common; }

/* A warning (negative level) means corrupt data, which libjpeg would paint over. */
static void on_message(j_common_ptr common, int level) {
    if (level < 0) {
        on_error(common);
    }
}

static struct jpeg_error_mgr *failure_init(jpeg_failure *failure) {
    (void)jpeg_std_error(&failure->base);
    failure->base.error_exit = on_error;
    failure->base.output_message = on_output;
    failure->base.emit_message = on_message;
    return &failure->base;
}

/* ---- encoding --------------------------------------------------------------------------------------------------- */

typedef struct jpeg_encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_destination_mgr destination;
    jpeg_failure failure;
    imx_memory *memory;
    const imx_kernels *kernels;
    int quality;
    uint8_t background[3];
    bool ready;                   /* jpeg has been created */
    imx_scratch rows, under, out; /* rows composited, one row of background, the file */
} jpeg_encoder;

static void begin_output(j_compress_ptr jpeg) {
    jpeg_encoder *encoder = jpeg->client_data;
    encoder->destination.next_output_byte = encoder->out.data;
    encoder->destination.free_in_buffer = encoder->out.size;
}

/* The bound was wrong: never seen, but not to be overrun. */
static boolean output_full(j_compress_ptr jpeg) {
    ERREXIT(jpeg, JERR_BUFFER_SIZE);
    return FALSE;
}

static void end_output(j_compress_ptr jpeg) { (void)jpeg; }

static bool create_compressor(jpeg_encoder *encoder) {
    if (setjmp(encoder->failure.jump)) {
        return false;
    }
    jpeg_create_compress(&encoder->jpeg);
    encoder->ready = true;
    return true;
}

/* Gray stays gray unless what shows through it is not. */
static bool is_gray(const jpeg_encoder *encoder, unsigned look) {
    const uint8_t *under = encoder->background;
    bool gray_under = under[0] == under[1] && under[1] == under[2];
    return look & IMX_LOOK_GRAY && (look & IMX_LOOK_OPAQUE || gray_under);
}

static void start(jpeg_encoder *encoder, const imx_pixels *pixels, unsigned look) {
    j_compress_ptr jpeg = &encoder->jpeg;
    jpeg->image_width = (JDIMENSION)pixels->width;
    jpeg->image_height = (JDIMENSION)pixels->height;
    jpeg->input_components = 4;
    jpeg->in_color_space = JCS_EXT_RGBA;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, encoder->quality, TRUE);
    if (is_gray(encoder, look)) { /* the weights sum to 1: the gray value itself */
        jpeg_set_colorspace(jpeg, JCS_GRAYSCALE);
    } else {
        jpeg->comp_info[0].h_samp_factor = 2;
        jpeg->comp_info[0].v_samp_factor = 2;
    }
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->optimize_coding = TRUE;
    jpeg_start_compress(jpeg, TRUE);
}

static void composite_row(jpeg_encoder *encoder, const uint8_t *from, size_t width, uint8_t *to) {
    memcpy(to, from, 4 * width);
    encoder->kernels->composite_under_rgba8(to, encoder->under.data, width);
}

static void write_rows(jpeg_encoder *encoder, const imx_pixels *pixels, bool opaque) {
    size_t width = (size_t)pixels->width;
    JSAMPROW rows[ROWS_AT_ONCE];
    for (int32_t y = 0; y < pixels->height;) {
        unsigned count = 0;
        for (; count < ROWS_AT_ONCE && y < pixels->height; count++, y++) {
            const uint8_t *row = imx_rgba8_row(pixels, y);
            rows[count] = opaque ? (JSAMPROW)row : encoder->rows.data + count * 4 * width;
            if (!opaque) {
                composite_row(encoder, row, width, rows[count]);
            }
        }
        for (unsigned written = 0; written < count;) {
            written += jpeg_write_scanlines(&encoder->jpeg, rows + written, count - written);
        }
    }
}

static bool compress(jpeg_encoder *encoder, const imx_pixels *pixels, unsigned look) {
    if (setjmp(encoder->failure.jump)) {
        jpeg_abort_compress(&encoder->jpeg);
        return false;
    }
    start(encoder, pixels, look);
    write_rows(encoder, pixels, (look & IMX_LOOK_OPAQUE) != 0);
    jpeg_finish_compress(&encoder->jpeg);
    return true;
}

static imx_status reserve(jpeg_encoder *encoder, const imx_pixels *pixels, imx_error *err) {
    size_t width = (size_t)pixels->width, height = (size_t)pixels->height;
    /* 384 samples in an MCU of 16 x 16. libjpeg-turbo's own bound (tjBufSize) is 2 bytes a sample, and room for the
     * tables. */
    size_t mcus = ((width + 15) / 16) * ((height + 15) / 16);
    imx_status status = imx_scratch_reserve(encoder->memory, &encoder->out, mcus * 384 * 2 + 4096, err);
    if (status == IMX_OK) {
        status = imx_scratch_reserve(encoder->memory, &encoder->rows, ROWS_AT_ONCE * 4 * width, err);
    }
    if (status == IMX_OK && encoder->under.size < 4 * width) {
        status = imx_scratch_reserve(encoder->memory, &encoder->under, 4 * width, err);
        for (size_t x = 0; status == IMX_OK && x < width; x++) {
            memcpy(encoder->under.data + 4 * x, encoder->background, 3);
            encoder->under.data[4 * x + 3] = 255;
        }
    }
    return status;
}

static imx_status encode_tile(void *state, const imx_pixels *pixels, unsigned look, imx_error *err,
                              const uint8_t **data, size_t *size) {
    jpeg_encoder *encoder = state;
    imx_status status = reserve(encoder, pixels, err);
    if (status != IMX_OK) {
        return status;
    }
    if (!compress(encoder, pixels, look)) {
        return imx_fail(err, encoder->failure.no_memory ? IMX_E_NOMEM : IMX_E_INTERNAL, "libjpeg: %s",
                        encoder->failure.text);
    }
    *data = encoder->out.data;
    *size = encoder->out.size - encoder->destination.free_in_buffer;
    return IMX_OK;
}

static void encoder_destroy(void *state) {
    jpeg_encoder *encoder = state;
    if (encoder) {
        if (encoder->ready) {
            jpeg_destroy_compress(&encoder->jpeg);
        }
        imx_free(encoder->memory, encoder->rows.data);
        imx_free(encoder->memory, encoder->under.data);
        imx_free(encoder->memory, encoder->out.data);
        imx_free(encoder->memory, encoder);
    }
}

static imx_status encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                                 imx_error *err, void **out) {
    jpeg_encoder *encoder = imx_calloc(memory, 1, sizeof *encoder);
    if (!encoder) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a JPEG encoder");
    }
    encoder->memory = memory;
    encoder->kernels = kernels;
    encoder->quality = options->quality;
    memcpy(encoder->background, options->background, 3);
    encoder->jpeg.err = failure_init(&encoder->failure);
    if (!create_compressor(encoder)) {
        encoder_destroy(encoder);
        return imx_fail(err, IMX_E_NOMEM, "no memory for libjpeg");
    }
    encoder->jpeg.client_data = encoder;
    encoder->destination.init_destination = begin_output;
    encoder->destination.empty_output_buffer = output_full;
    encoder->destination.term_destination = end_output;
    encoder->jpeg.dest = &encoder->destination;
    *out = encoder;
    return IMX_OK;
}

/* ---- decoding --------------------------------------------------------------------------------------------------- */

typedef struct jpeg_reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    jpeg_failure failure;
    imx_memory *memory;
    const uint8_t *data;
    size_t size;
    int32_t max_px;
    imx_error *err;
    imx_status status; /* IMX_OK unless a check of ours failed */
    imx_pixels *out;
} jpeg_reading;

static void on_progress(j_common_ptr common) {
    j_decompress_ptr jpeg = (j_decompress_ptr)common;
    if (jpeg->input_scan_number > SCANS_MAX) {
        ERREXIT(common, JERR_EOI_EXPECTED);
    }
}

static imx_status check(jpeg_reading *reading) {
    const struct jpeg_decompress_struct *jpeg = &reading->jpeg;
    imx_status status =
        imx_decode_check_size("JPEG", jpeg->image_width, jpeg->image_height, reading->max_px, reading->err);
    if (status == IMX_OK && (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)) {
        status = imx_fail(reading->err, IMX_E_UNSUPPORTED, "a JPEG in CMYK");
    }
    if (status == IMX_OK) {
        status = imx_pixels_create_rgba8(reading->memory, (int32_t)jpeg->image_width, (int32_t)jpeg->image_height,
                                         reading->err, reading->out);
    }
    return status;
}

static void read_rows(j_decompress_ptr jpeg, const imx_pixels *out) {
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = (uint8_t *)out->data + (ptrdiff_t)jpeg->output_scanline * out->row_stride;
        (void)jpeg_read_scanlines(jpeg, &row, 1);
    }
}

/* Between setjmp and its end no local is changed, so that none is lost in a jump. */
static bool read_image(jpeg_reading *reading) {
    j_decompress_ptr jpeg = &reading->jpeg;
    if (setjmp(reading->failure.jump)) {
        return false;
    }
    jpeg_create_decompress(jpeg);
    reading->progress.progress_monitor = on_progress;
    jpeg->progress = &reading->progress;
    jpeg_mem_src(jpeg, reading->data, reading->size);
    (void)jpeg_read_header(jpeg, TRUE);
    reading->status = check(reading);
    if (reading->status != IMX_OK) {
        return false;
    }
    jpeg->out_color_space = JCS_EXT_RGBA; /* libjpeg-turbo sets alpha to 255 */
    jpeg->dct_method = JDCT_ISLOW;
    (void)jpeg_start_decompress(jpeg);
    read_rows(jpeg, reading->out);
    (void)jpeg_finish_decompress(jpeg);
    return true;
}

static imx_status decode_tile(imx_memory *memory, const uint8_t *data, size_t size, int32_t max_px, imx_error *err,
                              imx_pixels *out) {
    imx_pixels pixels = {0};
    jpeg_reading reading = {
        .memory = memory, .data = data, .size = size, .max_px = max_px, .err = err, .status = IMX_OK, .out = &pixels};
    reading.jpeg.err = failure_init(&reading.failure);
    bool whole = read_image(&reading);
    jpeg_destroy_decompress(&reading.jpeg);
    if (whole) {
        *out = pixels;
        return IMX_OK;
    }
    imx_pixels_destroy(memory, &pixels);
    if (reading.status != IMX_OK) {
        return reading.status;
    }
    if (reading.failure.no_memory) {
        return imx_fail(err, IMX_E_NOMEM, "no memory to decode a JPEG");
    }
    return imx_fail(err, IMX_E_INPUT, "damaged JPEG: %s", reading.failure.text);
}

/* ---- the codec -------------------------------------------------------------------------------------------------- */

static bool sniff(const uint8_t *data, size_t size) {
    return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff; /* SOI and the next marker */
}

#define TEXT(number) #number
#define TEXT_OF(macro) TEXT(macro)

static void library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "libjpeg-turbo %s", TEXT_OF(LIBJPEG_TURBO_VERSION));
}

const imx_codec imx_codec_jpeg = {
    .type = IMX_TILE_JPEG,
    .name = "jpeg",
    .extension = "jpg",
    .mime = "image/jpeg",
    .library = library,
    .sniff = sniff,
    .create = encoder_create,
    .destroy = encoder_destroy,
    .encode = encode_tile,
    .decode = decode_tile,
};
