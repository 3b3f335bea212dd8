/* tiler/cog_tile.c: pixels -> one tile of a GeoTIFF: interleave, difference, deflate. */
#include <libdeflate.h>
#include <math.h>
#include <string.h>

#include "tiler/cog.h"

enum { DEFLATE_LEVEL = 6, LENGTHS_BYTES = 8 };

struct imx_cog_encoder {
    imx_memory *memory;
    const imx_kernels *kernels;
    const imx_cog_options *options;
    struct libdeflate_compressor *deflate;
    size_t sample_bytes, pixel_bytes, row_bytes;
    uint8_t *tile, *row, *bits; /* interleaved; scratch for a row; the mask, packed */
    uint8_t *samples, *stays;   /* a row of one band: in the file's type; 0 where a sample must not stay as it is */
    imx_statistics *statistics; /* of each band of a tile */
    uint8_t fill[8],
        beside[8];      /* in the samples' type: nodata (or 0), and what a valid sample that equals it becomes */
    double unread_from; /* magnitude; infinite: none */
    uint64_t moved, unread;
};

imx_status imx_cog_encoder_create(imx_memory *memory, const imx_kernels *kernels, const imx_cog_options *options,
                                  imx_error *err, imx_cog_encoder **out) {
    imx_cog_encoder *e = imx_calloc(memory, 1, sizeof *e);
    if (!e) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a GeoTIFF encoder");
    }
    const size_t side = options->tile_px;
    e->memory = memory;
    e->kernels = kernels;
    e->options = options;
    e->sample_bytes = imx_type_size(options->type);
    e->pixel_bytes = e->sample_bytes * options->bands;
    e->row_bytes = side * e->pixel_bytes;
    e->unread_from = imx_cog_unread_from(options);
    e->deflate = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    e->tile = imx_calloc(memory, side, e->row_bytes);
    e->row = imx_alloc(memory, e->row_bytes);
    e->bits = imx_alloc(memory, side * side / 8);
    e->samples = imx_alloc(memory, side * e->sample_bytes);
    e->stays = imx_alloc(memory, side);
    e->statistics = imx_calloc(memory, options->bands, sizeof *e->statistics);
    if (options->has_nodata) {
        imx_cog_sample(options->type, options->nodata, e->fill);
        imx_cog_sample(options->type, imx_cog_beside(options), e->beside);
    }
    if (!e->deflate || !e->tile || !e->row || !e->bits || !e->samples || !e->stays || !e->statistics) {
        imx_cog_encoder_destroy(&e);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a GeoTIFF tile of %zu px and %u bands", side,
                        options->bands);
    }
    *out = e;
    return IMX_OK;
}

void imx_cog_encoder_destroy(imx_cog_encoder **encoder) {
    imx_cog_encoder *e = *encoder;
    if (!e) {
        return;
    }
    libdeflate_free_compressor(e->deflate);
    imx_free(e->memory, e->tile);
    imx_free(e->memory, e->row);
    imx_free(e->memory, e->bits);
    imx_free(e->memory, e->samples);
    imx_free(e->memory, e->stays);
    imx_free(e->memory, e->statistics);
    imx_free(e->memory, e);
    *encoder = NULL;
}

uint64_t imx_cog_moved(const imx_cog_encoder *encoder) { return encoder->moved; }
uint64_t imx_cog_unread(const imx_cog_encoder *encoder) { return encoder->unread; }

/* ---- a row of a band, as it is written ---- */

typedef struct extent { /* px of a tile of the full resolution that are within the raster; 0, 0: of another tile */
    size_t width, height;
} extent;

static extent extent_of(const imx_cog_options *o, imx_tile tile) {
    const uint64_t side = o->tile_px, x = tile.x * side, y = tile.y * side;
    if (tile.z != imx_cog_base_zoom(o) || x >= o->width || y >= o->height) {
        return (extent){0, 0};
    }
    return (extent){(size_t)(o->width - x < side ? o->width - x : side),
                    (size_t)(o->height - y < side ? o->height - y : side)};
}

/* Whether a valid sample equals nodata; `stays` is 0 there, and where a sample is not valid. */
static bool meets_nodata(imx_cog_encoder *e, const uint8_t *row, const uint8_t *valid, size_t n) {
    if (valid) {
        memcpy(e->stays, valid, n);
    } else {
        memset(e->stays, 255, n);
    }
    e->kernels->validity.nodata[e->options->type](row, n, e->options->nodata, e->stays);
    return valid ? memcmp(e->stays, valid, n) != 0 : memchr(e->stays, 0, n) != NULL;
}

/* In the file's type, and no valid sample nodata. counted: of how many the moved ones count. */
static const uint8_t *settle_row(imx_cog_encoder *e, imx_type type, const uint8_t *row, const uint8_t *valid, size_t n,
                                 size_t counted) {
    const imx_cog_options *o = e->options;
    if (type != o->type) {
        const imx_conversion how = {type, o->type, 1, 0};
        imx_convert(&e->kernels->convert, &how, row, n, e->samples, NULL);
        row = e->samples;
    }
    if (!o->has_nodata || isnan(o->nodata) || !meets_nodata(e, row, valid, n)) {
        return row;
    }
    if (row != e->samples) {
        memcpy(e->samples, row, n * e->sample_bytes);
    }
    e->kernels->validity.fill[o->type](e->stays, n, e->beside, e->samples);
    for (size_t x = 0; x < counted; x++) {
        e->moved += !e->stays[x] && (!valid || valid[x]);
    }
    return e->samples;
}

/* Infinite samples are read as what they are. */
static void count_unread(imx_cog_encoder *e, const uint8_t *row, const uint8_t *valid, size_t n) {
    const double sign = e->options->nodata < 0 ? -1 : 1;
    for (size_t x = 0; x < n; x++) {
        const double v = sign * (e->options->type == IMX_F32 ? (double)((const float *)(const void *)row)[x]
                                                             : ((const double *)(const void *)row)[x]);
        e->unread += v >= e->unread_from && isfinite(v) && (!valid || valid[x]);
    }
}

/* ---- interleaving ---- */

/* One band of a row: every pixel_bytes a sample. */
#define INTERLEAVE(type)                                                                                               \
    for (size_t x = 0; x < n; x++) {                                                                                   \
        const bool there = !valid || valid[x];                                                                         \
        memcpy(to + x * step, there ? from + x * sizeof(type) : fill, sizeof(type));                                   \
    }

static void interleave(const uint8_t *from, const uint8_t *valid, size_t n, size_t size, const uint8_t *fill,
                       uint8_t *to, size_t step) {
    switch (size) {
    case 1: INTERLEAVE(uint8_t); break;
    case 2: INTERLEAVE(uint16_t); break;
    case 4: INTERLEAVE(uint32_t); break;
    default: INTERLEAVE(uint64_t); break;
    }
}

/* rgba8 to gray, RGB or RGBA; colours where alpha is 0 are nodata, others are not. */
static void take_rgba8_row(const imx_cog_encoder *e, const uint8_t *px, size_t n, uint8_t *to) {
    const size_t bands = e->options->bands;
    for (size_t x = 0; x < n; x++, px += 4, to += bands) {
        for (size_t band = 0; band < bands; band++) {
            const bool alpha = e->options->alpha && band + 1 == bands;
            const uint8_t colour = px[band < 3 ? band : 2];
            const uint8_t shown = e->options->has_nodata && colour == e->fill[0] ? e->beside[0] : colour;
            to[band] = alpha ? px[3] : px[3] ? shown : e->fill[0];
        }
    }
}

static void take_band_row(imx_cog_encoder *e, const imx_pixels *pixels, int32_t band, int32_t y, const extent *there) {
    const size_t n = (size_t)pixels->width, counted = (size_t)y < there->height ? there->width : 0;
    const uint8_t *row = (const uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride;
    const uint8_t *valid =
        pixels->valid ? pixels->valid + band * pixels->valid_band_stride + y * pixels->valid_stride : NULL;
    row = settle_row(e, pixels->type, row, valid, n, counted);
    if (isfinite(e->unread_from)) {
        count_unread(e, row, valid, counted);
    }
    if (counted) {
        e->kernels->statistics.add[e->options->type](row, valid, counted, &e->statistics[band]);
    }
    interleave(row, valid, n, e->sample_bytes, e->fill,
               e->tile + (size_t)y * e->row_bytes + (size_t)band * e->sample_bytes, e->pixel_bytes);
}

static void take_rows(imx_cog_encoder *e, const imx_pixels *pixels, const extent *there) {
    for (int32_t y = 0; y < pixels->height; y++) {
        if (imx_pixels_is_rgba8(pixels)) {
            take_rgba8_row(e, (const uint8_t *)pixels->data + y * pixels->row_stride, (size_t)pixels->width,
                           e->tile + (size_t)y * e->row_bytes);
            continue;
        }
        for (int32_t band = 0; band < pixels->bands; band++) {
            take_band_row(e, pixels, band, y, there);
        }
    }
}

/* ---- the mask ---- */

/* Where all bands are. */
static bool is_valid(const imx_pixels *pixels, int32_t x, int32_t y) {
    if (imx_pixels_is_rgba8(pixels)) {
        return ((const uint8_t *)pixels->data)[y * pixels->row_stride + 4 * (ptrdiff_t)x + 3] != 0;
    }
    bool all = true;
    for (int32_t band = 0; pixels->valid && all && band < (pixels->valid_band_stride ? pixels->bands : 1); band++) {
        all = pixels->valid[band * pixels->valid_band_stride + y * pixels->valid_stride + x] != 0;
    }
    return all;
}

/* The first pixel in the most significant bit (FillOrder 1). */
static void pack_mask(imx_cog_encoder *e, const imx_pixels *pixels) {
    const size_t side = e->options->tile_px;
    memset(e->bits, 0, side * side / 8);
    for (int32_t y = 0; y < pixels->height; y++) {
        for (int32_t x = 0; x < pixels->width; x++) {
            if (is_valid(pixels, x, y)) {
                e->bits[((size_t)y * side + (size_t)x) / 8] |= (uint8_t)(0x80 >> (x & 7));
            }
        }
    }
}

/* ---- predictors ---- */

#define DIFFERENCE(type)                                                                                               \
    do {                                                                                                               \
        type *v = (type *)(void *)row;                                                                                 \
        for (size_t i = n; i-- > bands;) {                                                                             \
            v[i] = (type)(v[i] - v[i - bands]);                                                                        \
        }                                                                                                              \
    } while (0)

/* Predictor 2 (TIFF 6.0, section 14): to the same band of the pixel before. n: samples of a row. */
static void difference_row(uint8_t *row, size_t n, size_t bands, size_t size) {
    switch (size) {
    case 1: DIFFERENCE(uint8_t); break;
    case 2: DIFFERENCE(uint16_t); break;
    default: DIFFERENCE(uint32_t); break;
    }
}

/* Predictor 3 (TIFF Technical Note 3): the samples' bytes in planes, the most significant one first, then differences
 * of bytes. */
static void difference_floats(uint8_t *row, size_t n, size_t bands, size_t size, uint8_t *scratch) {
    for (size_t i = 0; i < n; i++) {
        for (size_t byte = 0; byte < size; byte++) {
            scratch[(size - 1 - byte) * n + i] = row[i * size + byte];
        }
    }
    memcpy(row, scratch, n * size);
    difference_row(row, n * size, bands, 1);
}

static void difference(imx_cog_encoder *e) {
    const imx_cog_options *o = e->options;
    const size_t samples = (size_t)o->tile_px * o->bands;
    const bool floats = o->type == IMX_F32 || o->type == IMX_F64;
    for (size_t y = 0; y < o->tile_px; y++) {
        uint8_t *row = e->tile + y * e->row_bytes;
        if (floats) {
            difference_floats(row, samples, o->bands, e->sample_bytes, e->row);
        } else {
            difference_row(row, samples, o->bands, e->sample_bytes);
        }
    }
}

/* ---- the tile ---- */

uint32_t imx_cog_base_zoom(const imx_cog_options *options) {
    const uint64_t side = options->width > options->height ? options->width : options->height;
    uint32_t zoom = 0;
    while ((uint64_t)options->tile_px << zoom < side) {
        zoom++;
    }
    return zoom;
}

static size_t put_summaries(const imx_cog_encoder *e, uint8_t *to) {
    const size_t bands = e->options->bands;
    for (size_t band = 0; band < bands; band++, to += sizeof(imx_cog_summary)) {
        const imx_cog_summary summary = imx_cog_summary_of(&e->statistics[band]);
        memcpy(to, &summary, sizeof summary);
    }
    return bands * sizeof(imx_cog_summary);
}

imx_status imx_cog_encode(imx_cog_encoder *e, imx_tile tile, const imx_pixels *pixels, imx_error *err, imx_blob *out) {
    const imx_cog_options *o = e->options;
    const size_t side = o->tile_px, image = side * e->row_bytes, mask = o->mask ? side * side / 8 : 0;
    const bool rgba = imx_pixels_is_rgba8(pixels);
    if (pixels->width != (int32_t)side || pixels->height != (int32_t)side ||
        (rgba ? o->type != IMX_U8 || o->bands > 4
              : pixels->type != imx_cog_working_type(o->type) || pixels->bands != (int32_t)o->bands)) {
        return imx_fail(err, IMX_E_INTERNAL, "a tile of %d x %d px and %d bands does not fit into the GeoTIFF",
                        (int)pixels->width, (int)pixels->height, (int)pixels->bands);
    }
    const size_t image_bound = libdeflate_zlib_compress_bound(e->deflate, image);
    const size_t bound = LENGTHS_BYTES + image_bound + (mask ? libdeflate_zlib_compress_bound(e->deflate, mask) : 0) +
                         o->bands * sizeof(imx_cog_summary);
    uint8_t *blob = imx_alloc(e->memory, bound);
    if (!blob) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a GeoTIFF tile");
    }
    const extent there = rgba ? (extent){0, 0} : extent_of(o, tile);
    for (uint32_t band = 0; band < o->bands; band++) {
        e->statistics[band] = (imx_statistics)IMX_STATISTICS_NONE;
    }
    take_rows(e, pixels, &there);
    difference(e);
    size_t size = libdeflate_zlib_compress(e->deflate, e->tile, image, blob + LENGTHS_BYTES, image_bound);
    uint32_t lengths[2] = {(uint32_t)size, 0};
    size += LENGTHS_BYTES;
    if (mask) {
        pack_mask(e, pixels);
        lengths[1] = (uint32_t)libdeflate_zlib_compress(e->deflate, e->bits, mask, blob + size, bound - size);
        size += lengths[1];
    }
    memcpy(blob, lengths, LENGTHS_BYTES);
    size += there.height ? put_summaries(e, blob + size) : 0;
    uint8_t *fitted = imx_realloc(e->memory, blob, size);
    *out = (imx_blob){fitted ? fitted : blob, size};
    return IMX_OK;
}
