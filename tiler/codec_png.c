/* tiler/codec_png.c: the fast lane to PNG: our own chunks (W3C PNG, third edition) around filtered rows and the deflate
 * of codec_png_deflate.c.
 *
 * Why not libpng: zlib deflates 6 Mpx/s of RGB tiles where ISA-L's level 1 deflates 200.
 *
 * A tile takes the fewest bytes a pixel that hold it: gray, gray and alpha, RGB, RGBA, or, where it has at most 256
 * colours, an index into a palette.
 *
 * The filters. Truecolour and gray: the best of five for each row; it takes a tenth of the encoder's time and gives 0.5
 * to 2 % fewer bytes than the best fixed choice, which is Paeth for some scenes, Up or Average for others. Indices of 8
 * bits: the same or none, as a probe tells: none in scanned maps, but where colours go along a ramp; smaller indices:
 * none. Effort fast takes Paeth, and no probe. Effort small tries the best of five and each filter for the whole tile,
 * and deflates the one that seems to become smallest.
 */
#include <stdio.h>
#include <string.h>

#include "tiler/codec_kind.h"
#include "tiler/codec_png_deflate.h"
#include "tiler/codec_png_palette.h"

enum {
    ROW_LEAD = 16, /* zero bytes in front of a row: the left neighbours of its first pixel */
    SIGNATURE_BYTES = 8,
    CHUNK_BYTES = 12, /* length, type, CRC */
    IHDR_BYTES = 13,
    PALETTE_BYTES = 2 * CHUNK_BYTES + 4 * IMX_PALETTE_MAX, /* PLTE, tRNS */
    FRAME_BYTES = SIGNATURE_BYTES + CHUNK_BYTES + IHDR_BYTES + PALETTE_BYTES + CHUNK_BYTES + CHUNK_BYTES,
    COLOUR_TYPE_PALETTE = 3,
    GRAY_COLOURS_MAX = 16,         /* of less than 8 bits; above, gray does better without a palette */
    BEST_OF_FIVE = IMX_PNG_FILTERS /* beside the five filters: the best of them for each row */
};

static const uint8_t SIGNATURE[SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

typedef struct png_encoder {
    imx_memory *memory;
    const imx_png_kernels *kernels;
    imx_codec_options options;
    imx_deflater *deflater;
    imx_scratch index, scratch;
    imx_palette palette;
} png_encoder;

/* How a tile is laid out, and where its parts lie in the scratch. */
typedef struct png_job {
    const imx_pixels *pixels;
    const imx_palette *palette; /* NULL: no palette, and no index */
    const uint8_t *index;
    uint8_t colour_type, bits;
    size_t pixel_bytes; /* a filter's reach: at least 1 */
    size_t row_bytes, line_bytes, filtered_bytes, room;
    uint8_t *rows[2], *filtered, *out;
} png_job;

/* ---- the layout ------------------------------------------------------------------------------------------------- */

static void choose_colour_type(png_job *job, unsigned look) {
    static const struct {
        uint8_t type, bytes;
    } TYPES[2][2] = {{{6, 4}, {2, 3}}, {{4, 2}, {0, 1}}}; /* [gray][opaque]: PNG clause 11.2.1 */
    bool gray = (look & IMX_LOOK_GRAY) != 0, opaque = (look & IMX_LOOK_OPAQUE) != 0;
    job->colour_type = TYPES[gray][opaque].type;
    job->pixel_bytes = TYPES[gray][opaque].bytes;
    job->bits = 8;
    job->row_bytes = (size_t)job->pixels->width * job->pixel_bytes; /* the sides are bounded: nothing overflows */
}

static void choose_palette(png_job *job, const imx_palette *palette, const uint8_t *index) {
    job->palette = palette;
    job->index = index;
    job->colour_type = COLOUR_TYPE_PALETTE;
    job->pixel_bytes = 1;
    job->bits = (uint8_t)imx_palette_bits(palette);
    job->row_bytes = ((size_t)job->pixels->width * job->bits + 7) / 8;
}

/* A palette where the options and the tile allow it. */
static imx_status try_palette(png_encoder *encoder, png_job *job, unsigned look, imx_error *err) {
    const bool gray = (look & IMX_LOOK_GRAY) != 0;
    const bool quantize = encoder->options.png_palette == IMX_PNG_PALETTE_QUANTIZE && !gray;
    const size_t pixels = (size_t)job->pixels->width * (size_t)job->pixels->height;
    imx_palette *palette = &encoder->palette;
    if (encoder->options.png_palette == IMX_PNG_PALETTE_NONE) {
        return IMX_OK;
    }
    imx_status status = imx_scratch_reserve(encoder->memory, &encoder->index, pixels * (quantize ? 6 : 1), err);
    if (status != IMX_OK) {
        return status;
    }
    uint8_t *index = encoder->index.data;
    bool made = imx_palette_exact(job->pixels, gray ? GRAY_COLOURS_MAX : IMX_PALETTE_MAX, palette, index);
    if (!made && quantize) {
        status = imx_palette_quantized(encoder->memory, job->pixels, encoder->options.quantize, index + pixels, err,
                                       palette, index, &made);
    }
    if (status == IMX_OK && made) {
        choose_palette(job, palette, index);
    }
    return status;
}

static imx_status lay_out(png_encoder *encoder, png_job *job, imx_error *err) {
    size_t height = (size_t)job->pixels->height;
    job->line_bytes = 1 + job->row_bytes;
    job->filtered_bytes = height * job->line_bytes;
    job->room = imx_deflater_room(encoder->deflater, height, job->line_bytes);
    size_t row_space = ROW_LEAD + job->row_bytes;
    size_t bytes = 2 * row_space + job->filtered_bytes + FRAME_BYTES + job->room;
    imx_status status = imx_scratch_reserve(encoder->memory, &encoder->scratch, bytes, err);
    if (status == IMX_OK) {
        uint8_t *at = encoder->scratch.data;
        memset(at, 0, 2 * row_space);
        job->rows[0] = at + ROW_LEAD;
        job->rows[1] = at + row_space + ROW_LEAD;
        job->filtered = at + 2 * row_space;
        job->out = job->filtered + job->filtered_bytes;
    }
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void take_row(const imx_png_kernels *kernels, const png_job *job, int32_t y, uint8_t *row) {
    const size_t width = (size_t)job->pixels->width;
    if (job->palette) {
        imx_palette_pack(job->index + (size_t)y * width, width, job->bits, row);
    } else {
        kernels->pack(imx_rgba8_row(job->pixels, y), width, job->pixel_bytes, row);
    }
}

/* filter: one of the five, or BEST_OF_FIVE. */
static void filter_rows(const imx_png_kernels *kernels, png_job *job, unsigned filter) {
    uint8_t *out = job->filtered;
    memset(job->rows[1], 0, job->row_bytes); /* above the first row */
    for (int32_t y = 0; y < job->pixels->height; y++, out += job->line_bytes) {
        uint8_t *row = job->rows[y & 1], *above = job->rows[(y & 1) ^ 1];
        take_row(kernels, job, y, row);
        const imx_png_row line = {row, above, job->row_bytes, job->pixel_bytes};
        if (filter == BEST_OF_FIVE) {
            out[0] = (uint8_t)kernels->best_filter(&line, out + 1);
        } else {
            out[0] = (uint8_t)filter;
            kernels->filter(&line, (imx_png_filter)filter, out + 1);
        }
    }
}

/* Leaves the rows filtered in that of the ways that seems to become smallest, the first of equals. */
static void filter_rows_smallest(png_encoder *encoder, png_job *job, const imx_png_lines *lines, const uint8_t *ways,
                                 size_t count, uint8_t *scratch) {
    unsigned best = ways[0], filter = ways[0];
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        filter = ways[i];
        filter_rows(encoder->kernels, job, filter);
        const size_t size = imx_deflater_estimate(encoder->deflater, lines, scratch, job->room);
        if (size && size < least) {
            least = size;
            best = filter;
        }
    }
    if (best != filter) {
        filter_rows(encoder->kernels, job, best);
    }
}

/* Filters and deflates; returns the size of the zlib stream at out, 0 if something is wrong. */
static size_t compress(png_encoder *encoder, png_job *job, uint8_t *out) {
    const imx_png_lines lines = {job->filtered, job->line_bytes, (size_t)job->pixels->height};
    static const uint8_t ALL_WAYS[] = {BEST_OF_FIVE, IMX_PNG_NONE,    IMX_PNG_SUB,
                                       IMX_PNG_UP,   IMX_PNG_AVERAGE, IMX_PNG_PAETH};
    static const uint8_t INDEX_WAYS[] = {IMX_PNG_NONE, BEST_OF_FIVE};
    imx_png_matches matches = IMX_PNG_MATCHES_BEST;
    if (encoder->options.png_effort == IMX_PNG_SMALL) {
        filter_rows_smallest(encoder, job, &lines, ALL_WAYS, sizeof ALL_WAYS, out);
    } else if (encoder->options.png_effort == IMX_PNG_FAST) {
        filter_rows(encoder->kernels, job, job->palette ? IMX_PNG_NONE : IMX_PNG_PAETH);
        matches = job->palette ? IMX_PNG_MATCHES_FAR : IMX_PNG_MATCHES_NEAR;
    } else if (job->palette && job->bits == 8) {
        filter_rows_smallest(encoder, job, &lines, INDEX_WAYS, sizeof INDEX_WAYS, out);
    } else {
        filter_rows(encoder->kernels, job, job->palette ? IMX_PNG_NONE : BEST_OF_FIVE);
    }
    return imx_deflater_write(encoder->deflater, &lines, matches, out, job->room);
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

static void put_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* Puts length, type and CRC around size bytes that stand at chunk + 8; returns what follows. */
static uint8_t *frame_chunk(uint8_t *chunk, const char type[4], size_t size) {
    put_u32(chunk, (uint32_t)size);
    memcpy(chunk + 4, type, 4);
    put_u32(chunk + 8 + size, imx_png_crc32(chunk + 4, 4 + size));
    return chunk + CHUNK_BYTES + size;
}

static uint8_t *put_header(uint8_t *at, const png_job *job) {
    memcpy(at, SIGNATURE, SIGNATURE_BYTES);
    at += SIGNATURE_BYTES;
    const uint8_t tail[5] = {job->bits, job->colour_type, 0, 0, 0}; /* deflate, the five filters, no interlace */
    put_u32(at + 8, (uint32_t)job->pixels->width);
    put_u32(at + 12, (uint32_t)job->pixels->height);
    memcpy(at + 16, tail, sizeof tail);
    return frame_chunk(at, "IHDR", IHDR_BYTES);
}

static uint8_t *put_palette(uint8_t *at, const imx_palette *palette) {
    for (uint32_t i = 0; i < palette->count; i++) {
        memcpy(at + 8 + 3 * i, palette->colours[i], 3);
    }
    at = frame_chunk(at, "PLTE", 3 * palette->count);
    for (uint32_t i = 0; i < palette->translucent; i++) {
        at[8 + i] = palette->colours[i][3];
    }
    return palette->translucent ? frame_chunk(at, "tRNS", palette->translucent) : at;
}

static imx_status encode_tile(void *state, const imx_pixels *pixels, unsigned look, imx_error *err,
                              const uint8_t **data, size_t *size) {
    png_encoder *encoder = state;
    png_job job = {.pixels = pixels};
    choose_colour_type(&job, look);
    imx_status status = try_palette(encoder, &job, look, err);
    status = status ? status : lay_out(encoder, &job, err);
    if (status != IMX_OK) {
        return status;
    }
    uint8_t *at = put_header(job.out, &job);
    at = job.palette ? put_palette(at, job.palette) : at;
    size_t compressed = compress(encoder, &job, at + 8);
    if (!compressed) {
        return imx_fail(err, IMX_E_INTERNAL, "deflate overran the bound of a PNG");
    }
    at = frame_chunk(at, "IDAT", compressed);
    at = frame_chunk(at, "IEND", 0);
    *data = job.out;
    *size = (size_t)(at - job.out);
    return IMX_OK;
}

/* ---- the codec -------------------------------------------------------------------------------------------------- */

static void encoder_destroy(void *state) {
    png_encoder *encoder = state;
    if (encoder) {
        imx_deflater_destroy(&encoder->deflater);
        imx_free(encoder->memory, encoder->index.data);
        imx_free(encoder->memory, encoder->scratch.data);
        imx_free(encoder->memory, encoder);
    }
}

static imx_status encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                                 imx_error *err, void **out) {
    png_encoder *encoder = imx_calloc(memory, 1, sizeof *encoder);
    if (!encoder) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a PNG encoder");
    }
    encoder->memory = memory;
    encoder->kernels = &kernels->png;
    encoder->options = *options;
    imx_status status = imx_deflater_create(memory, imx_deflate_library_for(imx_cpu_detect()), options->png_effort, err,
                                            &encoder->deflater);
    if (status != IMX_OK) {
        encoder_destroy(encoder);
        return status;
    }
    *out = encoder;
    return IMX_OK;
}

static bool sniff(const uint8_t *data, size_t size) {
    return size >= SIGNATURE_BYTES && memcmp(data, SIGNATURE, SIGNATURE_BYTES) == 0;
}

static void library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    char reader[IMX_LIBRARY_TEXT_SIZE], deflate[IMX_LIBRARY_TEXT_SIZE];
    imx_png_reader_library(reader);
    imx_deflate_library_text(deflate);
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "%.40s, %.20s", deflate, reader);
}

const imx_codec imx_codec_png = {
    .type = IMX_TILE_PNG,
    .name = "png",
    .extension = "png",
    .mime = "image/png",
    .library = library,
    .sniff = sniff,
    .create = encoder_create,
    .destroy = encoder_destroy,
    .encode = encode_tile,
    .decode = imx_png_decode,
};
