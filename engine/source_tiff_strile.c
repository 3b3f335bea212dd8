/* engine/source_tiff_strile.c: one strip or tile from the file to decoded samples.
 *
 * Its bytes are read at once. Deflate is undone by source_tiff_inflate.c, byte order and predictor by the kernels;
 * whenever the first finds fault, libtiff has the last word, so that odd but readable files (no checksum) read as they
 * do elsewhere. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/source_tiff_impl.h"

/* libtiff's own bound for what a strile can need, where the table of lengths claims much (tif_read.c): ten times what
 * it decodes to, and a page. */
enum { CLAIM_FREE = 1 << 20, CLAIM_FACTOR = 10, CLAIM_MORE = 4096 };

static bool grow(imx_tiff *tiff, uint8_t **buffer, size_t *held, size_t bytes) {
    if (bytes <= *held) {
        return true;
    }
    imx_free(tiff->memory, *buffer);
    *held = 0;
    *buffer = imx_alloc(tiff->memory, bytes);
    if (*buffer) {
        *held = bytes;
    }
    return *buffer != NULL;
}

uint64_t imx_tiff_stored_bytes(imx_tiff *tiff, uint32_t number, uint64_t *offset) {
    int no_bytes = 0, no_offset = 0;
    const uint64_t bytes = TIFFGetStrileByteCountWithErr(tiff->file, number, &no_bytes);
    if (offset) {
        *offset = TIFFGetStrileOffsetWithErr(tiff->file, number, &no_offset);
    }
    tiff->broken = tiff->broken || no_bytes || no_offset;
    return tiff->broken ? 1 : bytes;
}

/* All of it, or a complaint. */
static bool read_at(imx_tiff *tiff, uint8_t *to, size_t bytes, uint64_t offset) {
    size_t done = 0;
    while (done < bytes && offset <= INT64_MAX - bytes) {
        ssize_t got = pread(tiff->fd, to + done, bytes - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            imx_tiff_complain(tiff, "read error: %s", strerror(errno));
            return false;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    if (done < bytes) {
        imx_tiff_complain(tiff, "read error: got %zu bytes, expected %zu", done, bytes);
    }
    return done == bytes;
}

/* What the file's samples are to the machine's: byte order and predictor undone in place. */
static void undo_coding(imx_tiff *tiff, int32_t rows) {
    const imx_predictor_kernels *kernels = &tiff->kernels->predictor;
    const size_t n = tiff->row_bytes >> tiff->sample_width, stride = (size_t)tiff->samples;
    uint8_t *row = tiff->decoded;
    for (int32_t y = 0; y < rows; y++, row += tiff->row_bytes) {
        if (tiff->predictor == PREDICTOR_FLOATINGPOINT) {
            imx_predictor3(kernels, tiff->sample_width, row, n, stride, tiff->line);
            memcpy(row, tiff->line, tiff->row_bytes);
            continue;
        }
        if (tiff->foreign) {
            kernels->swap[tiff->sample_width](row, n);
        }
        if (tiff->predictor == PREDICTOR_HORIZONTAL) {
            kernels->sums[tiff->sample_width](row, n, stride);
        }
    }
}

static bool inflate(imx_tiff *tiff, size_t raw_bytes, size_t need) {
    const bool differences = tiff->predictor == PREDICTOR_HORIZONTAL;
    return imx_inflate(tiff->inflater, tiff->raw, raw_bytes, differences, tiff->decoded, need) ||
           imx_inflate_more(tiff->inflater, tiff->raw, raw_bytes, tiff->decoded, need);
}

/* The raw bytes to `need` decoded ones. */
static bool decode(imx_tiff *tiff, uint32_t number, size_t raw_bytes, size_t need, bool *coded) {
    if (tiff->inflater && inflate(tiff, raw_bytes, need)) {
        *coded = tiff->foreign || tiff->predictor != PREDICTOR_NONE;
        return true;
    }
    *coded = false;
    memset(tiff->decoded, 0, need); /* libtiff 4.5 may say that a stream is good which ends short of it */
    if (!TIFFReadFromUserBuffer(tiff->file, number, tiff->raw, (tmsize_t)raw_bytes, tiff->decoded, (tmsize_t)need)) {
        imx_tiff_complain(tiff, "it cannot be decoded");
    }
    return !tiff->reason[0];
}

static imx_status fetch(imx_tiff *tiff, uint32_t number, size_t need, bool *coded) {
    uint64_t offset, stored = imx_tiff_stored_bytes(tiff, number, &offset);
    if (tiff->broken || tiff->reason[0]) {
        imx_tiff_complain(tiff, "its place in the file cannot be found");
        return IMX_E_INPUT;
    }
    *coded = false;
    if (tiff->compression == COMPRESSION_NONE) {
        *coded = tiff->foreign;
        return read_at(tiff, tiff->decoded, need, offset) ? IMX_OK : IMX_E_INPUT;
    }
    uint64_t claim_max = CLAIM_FACTOR * (uint64_t)need + CLAIM_MORE;
    if (stored > CLAIM_FREE && stored > claim_max) {
        stored = claim_max;
    }
    if (!grow(tiff, &tiff->raw, &tiff->raw_bytes, (size_t)stored)) {
        return IMX_E_NOMEM;
    }
    return read_at(tiff, tiff->raw, (size_t)stored, offset) && decode(tiff, number, (size_t)stored, need, coded)
               ? IMX_OK
               : IMX_E_INPUT;
}

imx_status imx_tiff_strile(imx_tiff *tiff, uint32_t number, int32_t rows, bool keep_coded, strile *out) {
    *out = (strile){0};
    if (tiff->held != number) {
        tiff->reason[0] = '\0';
        tiff->held = -1;
        if (imx_tiff_stored_bytes(tiff, number, NULL) == 0) {
            return IMX_OK;
        }
        size_t need = tiff->row_bytes * (size_t)rows;
        if (!grow(tiff, &tiff->decoded, &tiff->decoded_bytes, need)) {
            return IMX_E_NOMEM;
        }
        imx_status status = fetch(tiff, number, need, &tiff->held_coded);
        if (status != IMX_OK) {
            return status;
        }
        tiff->held = number;
    }
    if (tiff->held_coded && !keep_coded) {
        undo_coding(tiff, rows);
        tiff->held_coded = false;
    }
    *out = (strile){true, tiff->held_coded, tiff->decoded};
    return IMX_OK;
}
