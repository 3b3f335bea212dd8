/* tiler/codec_png_deflate.c: ISA-L's level 1 for speed, libdeflate for size and for other CPUs.
 *
 * ISA-L at level 1 only: it picks code by CPUID, and level 1 gives the same bytes on all of it from SSE4.2 on
 * (measured: its three match finders, its encoders and its Adler-32s, each with each). A CPU below that, or of another
 * architecture, gets libdeflate, whose bytes do not depend on the CPU.
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
 * PROBE_PIECES pieces of PROBE_LINES lines each, spread over the tile, and the better one does the whole. A probe has
 * little to look back to, so that far wins where it is at most 1 % larger. Level 1 only masks a match's distance with
 * 2^hist_bits - 1, so that any number of bits from 1 to 15 is sound; ISA-L's own tests take them at random. Mean bytes
 * of the tiles of whole pyramids:
 *
 *                             near      far   better of each   chosen   chosen by 16 lines in the middle
 *   NAIP aerial             40,164   45,840           40,164    40,164   40,164
 *   CBERS-2                 28,740   35,431           28,740    28,740   28,740
 *   Sentinel-2              29,146   33,719           29,144    29,144   29,198
 *   Blue Marble             70,923   76,764           70,736    70,776   70,749
 *   drone, half of it edges 58,104   57,333           57,060    57,101   57,254
 *   shaded relief           65,161   62,439           61,498    61,574   61,979
 *
 * The probe of 8 lines is 8 % of the deflate work, that of 16 lines was 15 %.
 */
#include "tiler/codec_png_deflate.h"

#include <isa-l.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

enum {
    LEVEL = 1,
    LEVEL_BYTES = ISAL_DEF_LVL1_DEFAULT,
    WINDOW_NEAR_BITS = 2,
    WINDOW_FAR_BITS = 15,
    PROBE_PIECES = 4,
    PROBE_LINES = 2,
    PROBE_ALL = PROBE_PIECES * PROBE_LINES,
    ZLIB_HEADER_BYTES = 2,
    ADLER_BYTES = 4,
    LEAD_BYTES = 1,
    LEAD_HEADER_BYTES = 5,
    DEFLATE_SLACK = 1024, /* block and zlib headers, Adler-32, ISA-L's write-ahead */
    /* libdeflate's levels. 10 parses for least cost; 12 gives 0.4 to 1.3 % fewer bytes in 1.5 to 3.7 times the time. */
    QUICK = 1,
    SMALL = 10
};

/* What libdeflate 1.14 allocates on its own for a compressor. */
static const size_t quick_bytes = 205000, small_bytes = 9011200;

struct imx_deflater {
    imx_memory *memory;
    struct isal_zstream stream;
    uint8_t *level_buffer;                       /* NULL: libdeflate */
    struct libdeflate_compressor *quick, *small; /* NULL where they are not needed */
    void *counted;                               /* never touched: what libdeflate takes, counted against the budget */
};

/* ---- ISA-L ------------------------------------------------------------------------------------------------------ */

/* The first bytes as a stored block (RFC 1951, 3.2.4), not the last one: the lead that ISA-L gets as history. */
static void put_lead(const uint8_t *in, uint8_t *out) {
    static const uint8_t HEADER[LEAD_HEADER_BYTES] = {0, LEAD_BYTES, 0, 0xff ^ LEAD_BYTES, 0xff};
    memcpy(out, HEADER, LEAD_HEADER_BYTES);
    memcpy(out + LEAD_HEADER_BYTES, in, LEAD_BYTES);
}

/* Deflates size bytes, more than LEAD_BYTES. Returns the stream's size, 0 if it did not fit. */
static size_t deflate(imx_deflater *deflater, const uint8_t *in, size_t size, uint16_t window_bits, uint8_t *out,
                      size_t room) {
    enum { LEAD_BLOCK = LEAD_HEADER_BYTES + LEAD_BYTES };
    if (room < LEAD_BLOCK) {
        return 0;
    }
    put_lead(in, out);
    struct isal_zstream *stream = &deflater->stream;
    isal_deflate_init(stream);
    stream->level = LEVEL;
    stream->level_buf = deflater->level_buffer;
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

/* The lines that are tried, one behind the other; all of them where there are no more. Returns their size. */
static size_t gather_probe(const imx_png_lines *lines, uint8_t *out) {
    if (lines->count <= PROBE_ALL) {
        memcpy(out, lines->data, lines->count * lines->line_bytes);
        return lines->count * lines->line_bytes;
    }
    const size_t piece = PROBE_LINES * lines->line_bytes;
    for (size_t i = 0; i < PROBE_PIECES; i++) { /* in the middle of each quarter */
        const size_t line = (2 * i + 1) * lines->count / (2 * PROBE_PIECES) - PROBE_LINES / 2;
        memcpy(out + i * piece, lines->data + line * lines->line_bytes, piece);
    }
    return PROBE_PIECES * piece;
}

/* Tries some lines in both windows; *size is what they become in the one that suits. scratch: where the stream will be;
 * it holds the lines and what becomes of them. */
static uint16_t choose_window(imx_deflater *deflater, const imx_png_lines *lines, uint8_t *scratch, size_t room,
                              size_t *size) {
    const size_t bytes = gather_probe(lines, scratch);
    uint8_t *out = scratch + bytes;
    const size_t near = deflate(deflater, scratch, bytes, WINDOW_NEAR_BITS, out, room - bytes);
    const size_t far = deflate(deflater, scratch, bytes, WINDOW_FAR_BITS, out, room - bytes);
    const bool far_suits = far != near && far * 100 < near * 101;
    *size = far_suits ? far : near;
    return far_suits ? WINDOW_FAR_BITS : WINDOW_NEAR_BITS;
}

static size_t deflate_isal(imx_deflater *deflater, const imx_png_lines *lines, imx_png_matches matches, uint8_t *out,
                           size_t room) {
    const size_t bytes = lines->count * lines->line_bytes;
    size_t of_probe;
    uint16_t window = matches == IMX_PNG_MATCHES_NEAR  ? WINDOW_NEAR_BITS
                      : matches == IMX_PNG_MATCHES_FAR ? WINDOW_FAR_BITS
                                                       : choose_window(deflater, lines, out, room, &of_probe);
    return deflate(deflater, lines->data, bytes, window, out, room);
}

/* ---- either ----------------------------------------------------------------------------------------------------- */

size_t imx_deflater_room(const imx_deflater *deflater, size_t lines, size_t line_bytes) {
    const size_t bytes = lines * line_bytes;
    /* Where deflate finds nothing it stores, in blocks of 5 bytes more than what is in them. */
    const size_t stream = bytes + bytes / 1024 + DEFLATE_SLACK;
    return (deflater->small ? 2 : 1) * stream + 2 * PROBE_ALL * line_bytes;
}

static void put_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static size_t zlib_isal(imx_deflater *deflater, const imx_png_lines *lines, imx_png_matches matches, uint8_t *out,
                        size_t room) {
    out[0] = 0x78; /* deflate with a window of 32 KiB, */
    out[1] = 0x01; /* fastest */
    uint8_t *body = out + ZLIB_HEADER_BYTES;
    size_t size = deflate_isal(deflater, lines, matches, body, room - ZLIB_HEADER_BYTES - ADLER_BYTES);
    if (!size) {
        return 0;
    }
    put_u32(body + size, isal_adler32(1, lines->data, lines->count * lines->line_bytes));
    return ZLIB_HEADER_BYTES + size + ADLER_BYTES;
}

static size_t zlib_libdeflate(imx_deflater *deflater, const imx_png_lines *lines, uint8_t *out, size_t room) {
    struct libdeflate_compressor *compressor = deflater->small ? deflater->small : deflater->quick;
    return libdeflate_zlib_compress(compressor, lines->data, lines->count * lines->line_bytes, out, room);
}

size_t imx_deflater_write(imx_deflater *deflater, const imx_png_lines *lines, imx_png_matches matches, uint8_t *out,
                          size_t room) {
    if (room < imx_deflater_room(deflater, lines->count, lines->line_bytes)) {
        return 0;
    }
    size_t size = deflater->quick ? zlib_libdeflate(deflater, lines, out, room) : 0;
    if (deflater->level_buffer) { /* in noise its runs beat libdeflate's matches */
        const size_t other = zlib_isal(deflater, lines, matches, out + size, room - size);
        if (other && (other < size || !size)) {
            memmove(out, out + size, other);
            size = other;
        }
    }
    return size;
}

size_t imx_deflater_estimate(imx_deflater *deflater, const imx_png_lines *lines, uint8_t *out, size_t room) {
    size_t size = 0;
    if (room < imx_deflater_room(deflater, lines->count, lines->line_bytes)) {
        return 0;
    }
    if (!deflater->quick) {
        (void)choose_window(deflater, lines, out, room, &size);
        return size;
    }
    if (deflater->small) {
        return libdeflate_zlib_compress(deflater->quick, lines->data, lines->count * lines->line_bytes, out, room);
    }
    const size_t bytes = gather_probe(lines, out);
    return libdeflate_zlib_compress(deflater->quick, out, bytes, out + bytes, room - bytes);
}

uint32_t imx_png_crc32(const uint8_t *data, size_t size) { return crc32_gzip_refl(0, data, size); }

/* ---- life ------------------------------------------------------------------------------------------------------- */

imx_deflate_library imx_deflate_library_for(unsigned cpu) {
    return cpu & IMX_CPU_SSE42 ? IMX_DEFLATE_ISAL : IMX_DEFLATE_LIBDEFLATE;
}

imx_status imx_deflater_create(imx_memory *memory, imx_deflate_library library, imx_png_effort effort, imx_error *err,
                               imx_deflater **out) {
    const bool small = effort == IMX_PNG_SMALL, isal = library == IMX_DEFLATE_ISAL, other = small || !isal;
    imx_deflater *deflater = imx_calloc(memory, 1, sizeof *deflater);
    bool good = deflater != NULL;
    if (good) {
        deflater->memory = memory;
    }
    if (good && isal) {
        deflater->level_buffer = imx_calloc(memory, 1, LEVEL_BYTES);
        good = deflater->level_buffer != NULL;
    }
    if (good && other) {
        deflater->counted = imx_alloc(memory, quick_bytes + (small ? small_bytes : 0));
        deflater->quick = deflater->counted ? libdeflate_alloc_compressor(QUICK) : NULL;
        deflater->small = deflater->quick && small ? libdeflate_alloc_compressor(SMALL) : NULL;
        good = deflater->quick && (!small || deflater->small);
    }
    if (!good) {
        imx_deflater_destroy(&deflater);
        return imx_fail(err, IMX_E_NOMEM, "no memory for a PNG encoder");
    }
    *out = deflater;
    return IMX_OK;
}

void imx_deflater_destroy(imx_deflater **deflater) {
    if (!deflater || !*deflater) {
        return;
    }
    imx_deflater *self = *deflater;
    libdeflate_free_compressor(self->quick);
    libdeflate_free_compressor(self->small);
    imx_free(self->memory, self->counted);
    imx_free(self->memory, self->level_buffer);
    imx_free(self->memory, self);
    *deflater = NULL;
}

void imx_deflate_library_text(char text[IMX_LIBRARY_TEXT_SIZE]) {
    (void)snprintf(text, IMX_LIBRARY_TEXT_SIZE, "ISA-L %d.%d.%d, libdeflate %s", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
                   ISAL_PATCH_VERSION, LIBDEFLATE_VERSION_STRING);
}
