/* engine/source_tiff_planes.c: a window of data put together from its striles: band by band, in the working type. */
#include <string.h>

#include "engine/base/pixels.h"
#include "engine/source_tiff_impl.h"

/* The samples of a strile's row in the stored type, one after the other: narrow ones are widened into the line. */
static const uint8_t *widen(imx_tiff *tiff, const uint8_t *row, size_t n) {
    const imx_convert_kernels *kernels = &tiff->kernels->convert;
    uint8_t *line = tiff->line;
    switch (tiff->bits) {
    case 1: kernels->unpack1(row, n, line); return line;
    case 2: kernels->unpack2(row, n, line); return line;
    case 4: kernels->unpack4(row, n, line); return line;
    case 12: kernels->unpack12(row, n, (uint16_t *)(void *)line); return line;
    case 16:
        if (tiff->stored == IMX_F32) {
            kernels->f16_f32((const uint16_t *)(const void *)row, n, (float *)(void *)line);
            return line;
        }
        return row;
    default: return row;
    }
}

#define GATHER(bits)                                                                                                   \
    static void gather_##bits(const uint8_t *from, size_t step, size_t n, uint8_t *to) {                               \
        const uint##bits##_t *s = (const void *)from;                                                                  \
        uint##bits##_t *d = (void *)to;                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                               \
            d[i] = s[i * step];                                                                                        \
        }                                                                                                              \
    }
GATHER(8)
GATHER(16)
GATHER(32)
GATHER(64)

/* One band out of samples of `size` bytes that stand `step` apart. */
static void gather(const uint8_t *from, size_t size, size_t step, size_t n, uint8_t *to) {
    switch (size) {
    case 1: gather_8(from, step, n, to); break;
    case 2: gather_16(from, step, n, to); break;
    case 4: gather_32(from, step, n, to); break;
    default: gather_64(from, step, n, to); break;
    }
}

/* A band of a row to its place. */
static void put(const imx_tiff *tiff, const uint8_t *samples, size_t n, uint8_t *to) {
    const size_t size = imx_type_size(tiff->stored), step = (size_t)tiff->samples;
    const bool same = tiff->stored == tiff->working;
    if (step > 1) {
        gather(samples, size, step, n, same ? to : tiff->band);
        samples = tiff->band;
    } else if (same) {
        memcpy(to, samples, n * size);
    }
    if (!same) {
        imx_convert(&tiff->kernels->convert, &(imx_conversion){tiff->stored, tiff->working, 1, 0}, samples, n, to,
                    NULL);
    }
}

#define FILL(bits)                                                                                                     \
    static void fill_##bits(const uint8_t *sample, size_t n, uint8_t *to) {                                            \
        uint##bits##_t value, *d = (void *)to;                                                                         \
        memcpy(&value, sample, sizeof value);                                                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            d[i] = value;                                                                                              \
        }                                                                                                              \
    }
FILL(8)
FILL(16)
FILL(32)
FILL(64)

static void fill(const uint8_t *sample, size_t size, size_t n, uint8_t *to) {
    switch (size) {
    case 1: fill_8(sample, n, to); break;
    case 2: fill_16(sample, n, to); break;
    case 4: fill_32(sample, n, to); break;
    default: fill_64(sample, n, to); break;
    }
}

static uint8_t *row_of(const imx_tiff *tiff, const strile_part *part, int32_t band, size_t y) {
    const imx_tiff_planes *to = part->to;
    const bool alpha = tiff->alpha && band == tiff->band_count - 1;
    uint8_t *plane = alpha ? to->alpha : to->first + (size_t)band * to->plane_bytes;
    return plane + part->at + (ptrdiff_t)y * part->stride;
}

/* Bands first to end - 1 of a part, which stand side by side in the strile, or are one that stands alone. */
static imx_status read_bands(imx_tiff *tiff, const strile_part *part, uint32_t number, int32_t first, int32_t end) {
    const size_t size = imx_type_size(tiff->working), stored = imx_type_size(tiff->stored);
    strile from;
    imx_status status = imx_tiff_strile(tiff, number, part->rows, false, &from);
    if (status != IMX_OK) {
        return status;
    }
    for (size_t y = 0; y < part->h; y++) {
        const uint8_t *row = NULL;
        if (from.stored) {
            row =
                widen(tiff, from.pixels + ((size_t)part->skip + y) * tiff->row_bytes, part->w * (size_t)tiff->samples);
        }
        for (int32_t band = first; band < end; band++) {
            uint8_t *to = row_of(tiff, part, band, y);
            if (row) {
                put(tiff, row + (tiff->planar ? 0 : (size_t)tiff->bands[band] * stored), part->w, to);
            } else {
                fill(tiff->fill[band], size, part->w, to);
            }
        }
    }
    return IMX_OK;
}

static imx_status read_part(imx_tiff *tiff, const strile_part *part) {
    if (!tiff->planar) {
        return read_bands(tiff, part, part->number, 0, tiff->band_count);
    }
    imx_status status = IMX_OK;
    for (int32_t band = 0; band < tiff->band_count && status == IMX_OK; band++) {
        status = read_bands(tiff, part, imx_tiff_plane_start(tiff, band) + part->number, band, band + 1);
    }
    return status;
}

imx_status imx_tiff_read_planes(imx_tiff *tiff, const int window[4], const imx_tiff_planes *planes) {
    const size_t size = imx_type_size(tiff->working);
    imx_tiff_planes to = *planes;
    return imx_tiff_parts(tiff, window, &to, (ptrdiff_t)size * window[2], size, read_part);
}

void imx_tiff_fill_pixel(const imx_tiff *tiff, const imx_tiff_planes *planes) {
    const size_t size = imx_type_size(tiff->working);
    for (int32_t band = 0; band < tiff->band_count; band++) {
        const bool alpha = tiff->alpha && band == tiff->band_count - 1;
        fill(tiff->fill[band], size, 1, alpha ? planes->alpha : planes->first + (size_t)band * planes->plane_bytes);
    }
}
