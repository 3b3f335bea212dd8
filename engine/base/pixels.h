/* engine/base/pixels.h: the pixel buffer that every stage hands on: type, bands, validity.
 *
 * Two lanes. The fast lane is rgba8: IMX_U8, 4 bands, interleaved, straight alpha, alpha is the validity; a pixel of
 * alpha 0 is 0,0,0,0. The general lane is planar: one plane per band, plus a validity plane (one byte a pixel, 0
 * invalid, 255 valid) for all or for each, or NULL where all are valid; its last plane may be coverage
 * (engine/coverage.h). A buffer is a view: it may own its memory or not.
 */
#ifndef IMX_ENGINE_BASE_PIXELS_H
#define IMX_ENGINE_BASE_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"
#include "kernels/sample.h"

size_t imx_type_size(imx_type type);      /* bytes */
const char *imx_type_name(imx_type type); /* "u8" */
/* The sample of an alpha band that is opaque, as GDAL's warper has it (SetAlphaMax, alg/gdalwarpoperation.cpp): 65535
 * for u16, 32767 for i16, 255 for all others. */
double imx_type_opaque(imx_type type);

typedef struct imx_type_range { /* of finite samples; whole: it has no fractions, NaN and infinities */
    double min, max;
    bool whole;
} imx_type_range;

imx_type_range imx_type_range_of(imx_type type);
/* Whether a sample of the type can have this value: of f32, once it is rounded to one. */
bool imx_type_holds(imx_type type, double value);

typedef struct imx_pixels {
    imx_type type;
    int32_t width, height; /* px */
    int32_t bands;
    void *data;
    ptrdiff_t pixel_stride, row_stride, band_stride; /* bytes */
    uint8_t *valid;                                  /* general lane only; NULL: all valid (or the fast lane) */
    ptrdiff_t valid_stride;                          /* bytes a row */
    ptrdiff_t valid_band_stride;                     /* bytes from one band's plane to the next; 0: one for all */
    bool owned;
} imx_pixels;

/* Not cleared. *out must be zero or destroyed. */
IMX_MUST_USE imx_status imx_pixels_create_rgba8(imx_memory *memory, int32_t width, int32_t height, imx_error *err,
                                                imx_pixels *out);
/* valid_planes: 0, 1 for all bands, or one a band. */
IMX_MUST_USE imx_status imx_pixels_create_planar(imx_memory *memory, imx_type type, int32_t bands, int32_t width,
                                                 int32_t height, int32_t valid_planes, imx_error *err, imx_pixels *out);
void imx_pixels_destroy(imx_memory *memory, imx_pixels *pixels); /* zeroes *pixels */
/* A view of memory that somebody else owns. */
imx_pixels imx_pixels_view_rgba8(void *data, int32_t width, int32_t height, ptrdiff_t row_stride);
/* The rectangle as a view into the same memory; it must lie inside. */
imx_pixels imx_pixels_crop(const imx_pixels *pixels, int32_t x, int32_t y, int32_t width, int32_t height);
/* Some of the planes as a view into the same memory. */
imx_pixels imx_pixels_bands(const imx_pixels *pixels, int32_t first, int32_t count);
bool imx_pixels_is_rgba8(const imx_pixels *pixels);
/* All zero: transparent / invalid. */
void imx_pixels_clear(imx_pixels *pixels);
/* Of the same type, size, bands and kind of validity; they do not overlap. */
void imx_pixels_copy(const imx_pixels *from, imx_pixels *to);
/* rgba8: so many columns and rows along the sides become repetitions of the nearest of the pixels between them (of
 * which there is one at least). */
void imx_pixels_extend(imx_pixels *pixels, int32_t left, int32_t above, int32_t right, int32_t below);

#endif
