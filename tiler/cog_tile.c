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
    imx_pixels whole;           /* u32 and i32: a tile in that type */
    uint8_t *tile, *row, *bits; /* interleaved; scratch for a row or the summaries; the mask, packed */
    uint8_t fill[8];            /* nodata in the samples' type */
};

/* ---- what stands where nothing is ---- */

static double held(double v, double low, double high) { return v >= low ? (v <= high ? v : high) : low; }

static void set_fill(imx_cog_encoder *e) {
    const double v = e->options->has_nodata ? e->options->nodata : 0;
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        float f32;
        double f64;
    } to = {0};
    switch (e->options->type) {
    case IMX_U8: to.u8 = (uint8_t)held(v, 0, UINT8_MAX); break;
    case IMX_I8: to.i8 = (int8_t)held(v, INT8_MIN, INT8_MAX); break;
    case IMX_U16: to.u16 = (uint16_t)held(v, 0, UINT16_MAX); break;
    case IMX_I16: to.i16 = (int16_t)held(v, INT16_MIN, INT16_MAX); break;
    case IMX_U32: to.u32 = (uint32_t)held(v, 0, UINT32_MAX); break;
    case IMX_I32: to.i32 = (int32_t)held(v, INT32_MIN, INT32_MAX); break;
    case IMX_F32: to.f32 = (float)v; break;
    case IMX_F64: to.f64 = v; break;
    }
    memcpy(e->fill, &to, sizeof to);
}

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
    e->deflate = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    e->tile = imx_calloc(memory, side, e->row_bytes);
    const size_t summaries = options->bands * sizeof(imx_cog_summary);
    e->row = imx_alloc(memory, e->row_bytes > summaries ? e->row_bytes : summaries);
    e->bits = imx_alloc(memory, side * side / 8);
    set_fill(e);
    const bool rounds = imx_cog_working_type(options->type) != options->type;
    const imx_status whole = rounds ? imx_pixels_create_planar(memory, options->type, (int32_t)options->bands,
                                                               (int32_t)side, (int32_t)side, 0, err, &e->whole)
                                    : IMX_OK;
    if (!e->deflate || !e->tile || !e->row || !e->bits || whole != IMX_OK) {
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
    imx_pixels_destroy(e->memory, &e->whole);
    imx_free(e->memory, e);
    *encoder = NULL;
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

/* rgba8 to gray, RGB or RGBA; colours where alpha is 0 are nodata. */
static void take_rgba8_row(const imx_cog_encoder *e, const uint8_t *px, size_t n, uint8_t *to) {
    const size_t bands = e->options->bands;
    for (size_t x = 0; x < n; x++, px += 4, to += bands) {
        for (size_t band = 0; band < bands; band++) {
            const bool alpha = e->options->alpha && band + 1 == bands;
            to[band] = alpha ? px[3] : px[3] ? px[band < 3 ? band : 2] : e->fill[0];
        }
    }
}

static void take_rows(imx_cog_encoder *e, const imx_pixels *pixels) {
    const bool rgba = imx_pixels_is_rgba8(pixels);
    for (int32_t y = 0; y < pixels->height; y++) {
        const uint8_t *row = (const uint8_t *)pixels->data + y * pixels->row_stride;
        uint8_t *to = e->tile + (size_t)y * e->row_bytes;
        if (rgba) {
            take_rgba8_row(e, row, (size_t)pixels->width, to);
            continue;
        }
        const uint8_t *valid = pixels->valid ? pixels->valid + y * pixels->valid_stride : NULL;
        for (int32_t band = 0; band < pixels->bands; band++) {
            interleave(row + band * pixels->band_stride, valid ? valid + band * pixels->valid_band_stride : NULL,
                       (size_t)pixels->width, e->sample_bytes, e->fill, to + (size_t)band * e->sample_bytes,
                       e->pixel_bytes);
        }
    }
}

/* ---- the mask ---- */

static bool is_valid(const imx_pixels *pixels, int32_t x, int32_t y) {
    if (imx_pixels_is_rgba8(pixels)) {
        return ((const uint8_t *)pixels->data)[y * pixels->row_stride + 4 * (ptrdiff_t)x + 3] != 0;
    }
    bool any = !pixels->valid;
    for (int32_t band = 0; !any && band < (pixels->valid_band_stride ? pixels->bands : 1); band++) {
        any = pixels->valid[band * pixels->valid_band_stride + y * pixels->valid_stride + x] != 0;
    }
    return any;
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

/* Of the part of the tile that is within the raster. */
static size_t put_summaries(const imx_cog_encoder *e, imx_tile tile, const imx_pixels *pixels, uint8_t *to) {
    const imx_cog_options *o = e->options;
    const uint64_t side = o->tile_px, x = tile.x * side, y = tile.y * side;
    if (imx_pixels_is_rgba8(pixels) || tile.z != imx_cog_base_zoom(o) || x >= o->width || y >= o->height) {
        return 0;
    }
    imx_cog_summary *of_bands = (imx_cog_summary *)(void *)e->row;
    imx_cog_summarise(e->kernels, pixels, (int32_t)(o->width - x < side ? o->width - x : side),
                      (int32_t)(o->height - y < side ? o->height - y : side), of_bands);
    memcpy(to, of_bands, o->bands * sizeof *of_bands);
    return o->bands * sizeof *of_bands;
}

/* A tile in the file's type, with the validity of `pixels`. */
static imx_pixels round_tile(imx_cog_encoder *e, const imx_pixels *pixels) {
    const imx_conversion how = {pixels->type, e->options->type, 1, 0};
    imx_pixels whole = e->whole;
    for (int32_t band = 0; band < pixels->bands; band++) {
        for (int32_t y = 0; y < pixels->height; y++) {
            imx_convert(&e->kernels->convert, &how,
                        (const uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride,
                        (size_t)pixels->width, (uint8_t *)whole.data + band * whole.band_stride + y * whole.row_stride,
                        NULL);
        }
    }
    whole.valid = pixels->valid;
    whole.valid_stride = pixels->valid_stride;
    whole.valid_band_stride = pixels->valid_band_stride;
    whole.owned = false;
    return whole;
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
    imx_pixels whole;
    if (!rgba && pixels->type != o->type) {
        whole = round_tile(e, pixels);
        pixels = &whole;
    }
    take_rows(e, pixels);
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
    size += put_summaries(e, tile, pixels, blob + size);
    uint8_t *fitted = imx_realloc(e->memory, blob, size);
    *out = (imx_blob){fitted ? fitted : blob, size};
    return IMX_OK;
}
