/* tiler/codec_png.c: the fast lane to PNG: our own chunks (W3C PNG, third edition) around ISA-L's deflate.
 *
 * Why not libpng: zlib deflates 6 Mpx/s of RGB tiles where ISA-L's level 1 deflates 200.
 *
 * ISA-L at level 1 only: it picks code by CPUID, and level 1 gives the same bytes on all of it from SSE4.2 on
 * (measured: its three match finders, its encoders and its Adler-32s, each with each).
 *
 * The lead. At the very start of a stream ISA-L 2.30's level 1 hashes bits of its state's address where it should hash
 * the input's third to sixth byte (igzip_icf_body_h1_gr_bt.asm, .write_first_byte: the register still has the stream in
 * it), so that some tiles have other bytes in about one process of ten. Only a stream without any history
 * starts there. So the first byte goes out as a stored block of our own and is given to ISA-L as a dictionary. That is
 * enough: the hash table's empty slots stand for that byte's position, and what a match refers to has been put out. It
 * costs 5 bytes a tile, and some 90 more in the near window because the stateful deflate looks for matches in two
 * parts.
 *
 * The window. A greedy level 1 takes any match of 4 bytes, however far; in the residuals of photographs such a match
 * costs more bits than the literals that it replaces. A window of 4 bytes, hence runs and Huffman codes only, gives
 * fewer bytes there in less time; in scanned maps and hillshades far matches are worth a lot. So both are tried on
 * PROBE_ROWS rows in the middle of the tile, and the better one does the whole (small tiles are done both ways). Level
 * 1 only masks a match's distance with 2^hist_bits - 1, so that any number of bits from 1 to 15 is sound; ISA-L's own
 * tests take them at random. Bytes a tile of 256 x 256 px:
 *
 *                                 near      far   chosen   libpng's default (GDAL 3.6)
 *   NAIP aerial, zoom 15        54,427   62,978   54,427   56,360
 *   CBERS-2, zoom 13            44,568   55,758   44,568   49,244
 *   Landsat 7, zoom 9           64,571   68,562   64,571   64,674
 *   drone, half of it edges     94,552   92,655   92,799   92,109
 *   Blue Marble                 60,091   63,844   59,770
 *   hillshade                  104,461   97,555   97,543
 *   scanned topographic map     12,030    9,119    9,119
 *
 * (The whole encoder on NAIP, one core: near 104 Mpx/s, far 95, chosen with its probe 99.)
 *
 * The filters. Choosing the best of five a row costs a quarter of the encoder's time (400 Mpx/s in SSE2) and gives 0.5
 * to 2 % fewer bytes than the best fixed choice, which is Paeth for some scenes and Average for others; kept.
 */
#include <isa-l.h>
#include <stdio.h>
#include <string.h>

#include "tiler/codec_kind.h"

enum {
    LEVEL = 1,
    LEVEL_BYTES = ISAL_DEF_LVL1_DEFAULT,
    WINDOW_NEAR_BITS = 2,
    WINDOW_FAR_BITS = 15,
    PROBE_ROWS = 16,
    SMALL_PART = 8, /* a tile that shrinks to less than 1/8 */
    ROW_LEAD = 16,  /* zero bytes in front of a row: the left neighbours of its first pixel */
    SIGNATURE_BYTES = 8,
    CHUNK_BYTES = 12, /* length, type, CRC */
    IHDR_BYTES = 13,
    ZLIB_HEADER_BYTES = 2,
    ADLER_BYTES = 4,
    LEAD_BYTES = 1,
    LEAD_HEADER_BYTES = 5,
    FRAME_BYTES = SIGNATURE_BYTES + CHUNK_BYTES + IHDR_BYTES + CHUNK_BYTES + CHUNK_BYTES,
    DEFLATE_SLACK = 1024 /* block and zlib headers, Adler-32, ISA-L's write-ahead */
};

static const uint8_t SIGNATURE[SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

typedef struct png_encoder {
    imx_memory *memory;
    const imx_png_kernels *kernels;
    struct isal_zstream stream;
    uint8_t *level_buffer;
    imx_scratch scratch;
} png_encoder;

/* How a tile is laid out, and where its parts lie in the scratch. */
typedef struct png_job {
    const imx_pixels *pixels;
    uint8_t colour_type;
    size_t pixel_bytes, row_bytes, filtered_bytes, out_bytes;
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
}

static imx_status lay_out(png_encoder *encoder, png_job *job, imx_error *err) {
    size_t height = (size_t)job->pixels->height;
    job->row_bytes = (size_t)job->pixels->width * job->pixel_bytes; /* the sides are bounded: nothing overflows */
    job->filtered_bytes = height * (1 + job->row_bytes);
    /* Where deflate finds nothing it stores, in blocks of 5 bytes more than what is in them. */
    job->out_bytes = FRAME_BYTES + job->filtered_bytes + job->filtered_bytes / 1024 + DEFLATE_SLACK;
    size_t row_space = ROW_LEAD + job->row_bytes;
    size_t bytes = 2 * row_space + job->filtered_bytes + job->out_bytes;
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

static void filter_rows(const imx_png_kernels *kernels, png_job *job) {
    uint8_t *out = job->filtered;
    for (int32_t y = 0; y < job->pixels->height; y++, out += 1 + job->row_bytes) {
        uint8_t *row = job->rows[y & 1], *above = job->rows[(y & 1) ^ 1];
        kernels->pack(imx_rgba8_row(job->pixels, y), (size_t)job->pixels->width, job->pixel_bytes, row);
        out[0] = (uint8_t)kernels->best_filter(&(imx_png_row){row, above, job->row_bytes, job->pixel_bytes}, out + 1);
    }
}

/* ---- deflate ---------------------------------------------------------------------------------------------------- */

static void put_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* The first bytes as a stored block (RFC 1951, 3.2.4), not the last one: the lead that ISA-L gets as history. */
static void put_lead(const uint8_t *in, uint8_t *out) {
    static const uint8_t HEADER[LEAD_HEADER_BYTES] = {0, LEAD_BYTES, 0, 0xff ^ LEAD_BYTES, 0xff};
    memcpy(out, HEADER, LEAD_HEADER_BYTES);
    memcpy(out + LEAD_HEADER_BYTES, in, LEAD_BYTES);
}

/* Deflates size bytes, more than LEAD_BYTES. Returns the stream's size, 0 if it did not fit. */
static size_t deflate(png_encoder *encoder, const uint8_t *in, size_t size, uint16_t window_bits, uint8_t *out,
                      size_t room) {
    enum { LEAD_BLOCK = LEAD_HEADER_BYTES + LEAD_BYTES };
    if (room < LEAD_BLOCK) {
        return 0;
    }
    put_lead(in, out);
    struct isal_zstream *stream = &encoder->stream;
    isal_deflate_init(stream);
    stream->level = LEVEL;
    stream->level_buf = encoder->level_buffer;
    stream->level_buf_size = LEVEL_BYTES;
    stream->hist_bits = window_bits;
    stream->end_of_stream = 1;
    stream->next_in = (uint8_t *)in + LEAD_BYTES; /* ISA-L reads it only */
    stream->avail_in = (uint32_t)(size - LEAD_BYTES);
    stream->next_out = out + LEAD_BLOCK;
    stream->avail_out = (uint32_t)(room - LEAD_BLOCK);
    if (isal_deflate_set_dict(stream, (uint8_t *)in, LEAD_BYTES) != COMP_OK || isal_deflate(stream) != COMP_OK ||
        stream->internal_state.state != ZSTATE_END) {
        return 0;
    }
    return LEAD_BLOCK + stream->total_out;
}

static uint16_t choose_window(png_encoder *encoder, const png_job *job, uint8_t *out, size_t room) {
    size_t height = (size_t)job->pixels->height, rows = height < PROBE_ROWS ? height : PROBE_ROWS;
    const uint8_t *middle = job->filtered + (height - rows) / 2 * (1 + job->row_bytes);
    size_t bytes = rows * (1 + job->row_bytes);
    size_t near = deflate(encoder, middle, bytes, WINDOW_NEAR_BITS, out, room);
    size_t far = deflate(encoder, middle, bytes, WINDOW_FAR_BITS, out, room);
    return far < near ? WINDOW_FAR_BITS : WINDOW_NEAR_BITS;
}

/* What is very small either way is done both ways: the probe is too short to tell, and it costs next to nothing. */
static size_t compress_again(png_encoder *encoder, const png_job *job, uint16_t window_bits, uint8_t *out, size_t room,
                             size_t size) {
    size_t other = deflate(encoder, job->filtered, job->filtered_bytes, window_bits, out + size, room - size);
    if (other == 0 || other >= size) {
        return size;
    }
    memmove(out, out + size, other);
    return other;
}

/* The zlib stream (RFC 1950): the header says deflate with a 32 KiB window, fastest. */
static size_t compress(png_encoder *encoder, const png_job *job, uint8_t *out, size_t room) {
    out[0] = 0x78;
    out[1] = 0x01;
    uint8_t *body = out + ZLIB_HEADER_BYTES;
    room -= ZLIB_HEADER_BYTES + ADLER_BYTES;
    uint16_t window = choose_window(encoder, job, body, room);
    size_t size = deflate(encoder, job->filtered, job->filtered_bytes, window, body, room);
    if (size && size < job->filtered_bytes / SMALL_PART) {
        uint16_t other = window == WINDOW_FAR_BITS ? WINDOW_NEAR_BITS : WINDOW_FAR_BITS;
        size = compress_again(encoder, job, other, body, room, size);
    }
    if (size) {
        put_u32(body + size, isal_adler32(1, job->filtered, job->filtered_bytes));
    }
    return size ? ZLIB_HEADER_BYTES + size + ADLER_BYTES : 0;
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

/* Puts length, type and CRC around size bytes that stand at chunk + 8; returns what follows. */
static uint8_t *frame_chunk(uint8_t *chunk, const char type[4], size_t size) {
    put_u32(chunk, (uint32_t)size);
    memcpy(chunk + 4, type, 4);
    put_u32(chunk + 8 + size, crc32_gzip_refl(0, chunk + 4, 4 + size));
    return chunk + CHUNK_BYTES + size;
}

static imx_status encode_tile(void *state, const imx_pixels *pixels, unsigned look, imx_error *err,
                              const uint8_t **data, size_t *size) {
    png_encoder *encoder = state;
    png_job job = {.pixels = pixels};
    choose_colour_type(&job, look);
    imx_status status = lay_out(encoder, &job, err);
    if (status != IMX_OK) {
        return status;
    }
    filter_rows(encoder->kernels, &job);

    memcpy(job.out, SIGNATURE, SIGNATURE_BYTES);
    uint8_t *at = job.out + SIGNATURE_BYTES;
    const uint8_t tail[5] = {8, job.colour_type, 0, 0,
                             0}; /* bits, colour type, deflate, the five filters, no interlace */
    put_u32(at + 8, (uint32_t)pixels->width);
    put_u32(at + 12, (uint32_t)pixels->height);
    memcpy(at + 16, tail, sizeof tail);
    at = frame_chunk(at, "IHDR", IHDR_BYTES);
    size_t compressed = compress(encoder, &job, at + 8, job.out_bytes - FRAME_BYTES);
    if (!compressed) {
        return imx_fail(err, IMX_E_INTERNAL, "ISA-L overran the bound of a PNG");
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
        imx_free(encoder->memory, encoder->level_buffer);
        imx_free(encoder->memory, encoder->scratch.data);
        imx_free(encoder->memory, encoder);
    }
}

static imx_status encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_codec_options *options,
                                 imx_error *err, void **out) {
    (void)options;
    png_encoder *encoder = imx_calloc(memory, 1, sizeof *encoder);
    if (encoder) {
        encoder->memory = memory;
        encoder->kernels = &kernels->png;
        encoder->level_buffer = imx_calloc(memory, 1, LEVEL_BYTES);
    }
    if (!encoder || !encoder->level_buffer) {
        encoder_destroy(encoder);
        return imx_fail(err, IMX_E_NOMEM, "no memory for a PNG encoder");
    }
    *out = encoder;
    return IMX_OK;
}

static bool sniff(const uint8_t *data, size_t size) {
    return size >= SIGNATURE_BYTES && memcmp(data, SIGNATURE, SIGNATURE_BYTES) == 0;
}

static void library(char text[IMX_LIBRARY_TEXT_SIZE]) {
    char reader[IMX_LIBRARY_TEXT_SIZE];
    imx_png_reader_library(reader);
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "ISA-L %d.%d.%d, %.40s", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                   ISAL_PATCH_VERSION, reader);
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
