/* engine/source_tiff_strile.c: one strip or tile from the file to decoded samples.
 *
 * Its bytes are read at once. Deflate is undone by source_tiff_inflate.c; whenever that finds fault, libtiff has the
 * last word, so that odd but readable files (more rows than needed, no checksum) read as they do elsewhere. */
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

uint64_t imx_tiff_stored_bytes(imx_tiff *tiff, uint32_t number) {
    int failed = 0;
    uint64_t bytes = TIFFGetStrileByteCountWithErr(tiff->file, number, &failed);
    return failed ? 1 : bytes; /* reading it will tell */
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

/* In place, each sample being the difference to the one `samples` before it in its row (TIFF 6.0, section 14). */
static void undo_differences(uint8_t *pixels, size_t row_bytes, int32_t rows, size_t samples) {
    for (int32_t y = 0; y < rows; y++, pixels += row_bytes) {
        for (size_t i = samples; i < row_bytes; i++) {
            pixels[i] = (uint8_t)(pixels[i] + pixels[i - samples]);
        }
    }
}

/* The raw bytes to `need` decoded ones. */
static bool decode(imx_tiff *tiff, uint32_t number, size_t raw_bytes, size_t need, bool *differences) {
    if (tiff->inflater && imx_inflate(tiff->inflater, tiff->raw, raw_bytes, tiff->differences, tiff->decoded, need)) {
        *differences = tiff->differences;
        return true;
    }
    *differences = false;
    if (!TIFFReadFromUserBuffer(tiff->file, number, tiff->raw, (tmsize_t)raw_bytes, tiff->decoded, (tmsize_t)need)) {
        imx_tiff_complain(tiff, "it cannot be decoded");
    }
    return !tiff->reason[0];
}

static imx_status fetch(imx_tiff *tiff, uint32_t number, size_t need, uint64_t stored, bool *differences) {
    int failed = 0;
    uint64_t offset = TIFFGetStrileOffsetWithErr(tiff->file, number, &failed);
    if (failed || tiff->reason[0]) {
        imx_tiff_complain(tiff, "its place in the file cannot be found");
        return IMX_E_INPUT;
    }
    *differences = false;
    if (tiff->compression == COMPRESSION_NONE) {
        return read_at(tiff, tiff->decoded, need, offset) ? IMX_OK : IMX_E_INPUT;
    }
    uint64_t claim_max = CLAIM_FACTOR * (uint64_t)need + CLAIM_MORE;
    if (stored > CLAIM_FREE && stored > claim_max) {
        stored = claim_max;
    }
    if (!grow(tiff, &tiff->raw, &tiff->raw_bytes, (size_t)stored)) {
        return IMX_E_NOMEM;
    }
    return read_at(tiff, tiff->raw, (size_t)stored, offset) && decode(tiff, number, (size_t)stored, need, differences)
               ? IMX_OK
               : IMX_E_INPUT;
}

imx_status imx_tiff_strile(imx_tiff *tiff, uint32_t number, int32_t rows, bool keep_differences, strile *out) {
    *out = (strile){0};
    if (tiff->held != number) {
        tiff->reason[0] = '\0';
        tiff->held = -1;
        uint64_t stored = imx_tiff_stored_bytes(tiff, number);
        if (stored == 0) {
            return IMX_OK;
        }
        size_t need = tiff->row_bytes * (size_t)rows;
        if (!grow(tiff, &tiff->decoded, &tiff->decoded_bytes, need)) {
            return IMX_E_NOMEM;
        }
        imx_status status = fetch(tiff, number, need, stored, &tiff->held_difference);
        if (status != IMX_OK) {
            return status;
        }
        tiff->held = number;
    }
    if (tiff->held_difference && !keep_differences) {
        undo_differences(tiff->decoded, tiff->row_bytes, rows, (size_t)tiff->samples);
        tiff->held_difference = false;
    }
    *out = (strile){true, tiff->held_difference, tiff->decoded};
    return IMX_OK;
}
