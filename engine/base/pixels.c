/* engine/base/pixels.c: pixel buffers and views. */
#include "engine/base/pixels.h"

#include <float.h>
#include <math.h>
#include <string.h>

size_t imx_type_size(imx_type type) {
    static const size_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 8};
    return sizes[type];
}

const char *imx_type_name(imx_type type) {
    static const char *const names[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64"};
    return names[type];
}

imx_type_range imx_type_range_of(imx_type type) {
    static const imx_type_range ranges[] = {[IMX_U8] = {0, UINT8_MAX, true},
                                            [IMX_I8] = {INT8_MIN, INT8_MAX, true},
                                            [IMX_U16] = {0, UINT16_MAX, true},
                                            [IMX_I16] = {INT16_MIN, INT16_MAX, true},
                                            [IMX_U32] = {0, UINT32_MAX, true},
                                            [IMX_I32] = {INT32_MIN, INT32_MAX, true},
                                            [IMX_F32] = {-(double)FLT_MAX, (double)FLT_MAX, false},
                                            [IMX_F64] = {-DBL_MAX, DBL_MAX, false}};
    return ranges[type];
}

bool imx_type_holds(imx_type type, double value) {
    const double half_ulp = type == IMX_F32 ? 0x1p103 : 0; /* of the largest f32: less beyond it is rounded to it */
    const imx_type_range range = imx_type_range_of(type);
    if (!isfinite(value)) {
        return !range.whole;
    }
    return range.whole ? value >= range.min && value <= range.max && value == floor(value)
                       : fabs(value) <= range.max || fabs(value) - range.max < half_ulp;
}

double imx_type_opaque(imx_type type) { return type == IMX_U16 ? 65535 : type == IMX_I16 ? 32767 : 255; }

imx_status imx_pixels_create_rgba8(imx_memory *memory, int32_t width, int32_t height, imx_error *err, imx_pixels *out) {
    size_t bytes;
    if (width < 1 || height < 1 || !imx_size_mul((size_t)width, (size_t)height, 4, &bytes)) {
        return imx_fail(err, IMX_E_INTERNAL, "a pixel buffer of %d x %d", (int)width, (int)height);
    }
    void *data = imx_alloc(memory, bytes);
    if (!data) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %d x %d pixels", (int)width, (int)height);
    }
    *out = imx_pixels_view_rgba8(data, width, height, (ptrdiff_t)width * 4);
    out->owned = true;
    return IMX_OK;
}

imx_status imx_pixels_create_planar(imx_memory *memory, imx_type type, int32_t bands, int32_t width, int32_t height,
                                    int32_t valid_planes, imx_error *err, imx_pixels *out) {
    size_t plane, bytes, masks;
    if (width < 1 || height < 1 || bands < 1 ||
        !imx_size_mul((size_t)width, (size_t)height, imx_type_size(type), &plane) ||
        !imx_size_mul(plane, (size_t)bands, 1, &bytes) || (valid_planes > 1 && valid_planes != bands) ||
        !imx_size_mul((size_t)width, (size_t)height, (size_t)valid_planes, &masks)) {
        return imx_fail(err, IMX_E_INTERNAL, "a pixel buffer of %d x %d x %d", (int)width, (int)height, (int)bands);
    }
    void *data = imx_alloc(memory, bytes);
    uint8_t *valid = data && masks ? imx_alloc(memory, masks) : NULL;
    if (!data || (masks && !valid)) {
        imx_free(memory, data);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %d x %d x %d pixels", (int)width, (int)height, (int)bands);
    }
    *out = (imx_pixels){.type = type,
                        .width = width,
                        .height = height,
                        .bands = bands,
                        .data = data,
                        .pixel_stride = (ptrdiff_t)imx_type_size(type),
                        .row_stride = (ptrdiff_t)(imx_type_size(type) * (size_t)width),
                        .band_stride = (ptrdiff_t)plane,
                        .valid = valid,
                        .valid_stride = valid ? width : 0,
                        .valid_band_stride = valid_planes > 1 ? (ptrdiff_t)width * height : 0,
                        .owned = true};
    return IMX_OK;
}

void imx_pixels_destroy(imx_memory *memory, imx_pixels *pixels) {
    if (pixels->owned) {
        imx_free(memory, pixels->data);
        imx_free(memory, pixels->valid);
    }
    *pixels = (imx_pixels){0};
}

imx_pixels imx_pixels_view_rgba8(void *data, int32_t width, int32_t height, ptrdiff_t row_stride) {
    return (imx_pixels){.type = IMX_U8,
                        .width = width,
                        .height = height,
                        .bands = 4,
                        .data = data,
                        .pixel_stride = 4,
                        .row_stride = row_stride,
                        .band_stride = 1};
}

imx_pixels imx_pixels_crop(const imx_pixels *pixels, int32_t x, int32_t y, int32_t width, int32_t height) {
    imx_pixels view = *pixels;
    view.owned = false;
    view.width = width;
    view.height = height;
    view.data = (char *)pixels->data + y * pixels->row_stride + x * pixels->pixel_stride;
    if (pixels->valid) {
        view.valid = pixels->valid + y * pixels->valid_stride + x;
    }
    return view;
}

imx_pixels imx_pixels_bands(const imx_pixels *pixels, int32_t first, int32_t count) {
    imx_pixels view = *pixels;
    view.owned = false;
    view.bands = count;
    view.data = (char *)pixels->data + first * pixels->band_stride;
    if (pixels->valid) {
        view.valid = pixels->valid + first * pixels->valid_band_stride;
    }
    return view;
}

bool imx_pixels_is_rgba8(const imx_pixels *pixels) {
    return pixels->type == IMX_U8 && pixels->bands == 4 && pixels->pixel_stride == 4 && pixels->band_stride == 1;
}

/* How many there are: interleaved samples are one, and one validity may be all bands'. */
static int32_t planes_of(const imx_pixels *pixels) {
    return pixels->pixel_stride < pixels->bands * (ptrdiff_t)imx_type_size(pixels->type) ? pixels->bands : 1;
}

static int32_t valid_planes_of(const imx_pixels *pixels) {
    return !pixels->valid ? 0 : pixels->valid_band_stride ? pixels->bands : 1;
}

void imx_pixels_clear(imx_pixels *pixels) {
    size_t across = (size_t)pixels->width * (size_t)pixels->pixel_stride;
    for (int32_t band = 0; band < planes_of(pixels); band++) {
        char *plane = (char *)pixels->data + band * pixels->band_stride;
        for (int32_t y = 0; y < pixels->height; y++) {
            memset(plane + y * pixels->row_stride, 0, across);
        }
    }
    for (int32_t band = 0; band < valid_planes_of(pixels); band++) {
        uint8_t *plane = pixels->valid + band * pixels->valid_band_stride;
        for (int32_t y = 0; y < pixels->height; y++) {
            memset(plane + y * pixels->valid_stride, 0, (size_t)pixels->width);
        }
    }
}

static uint8_t *row_of(const imx_pixels *pixels, int32_t y) { return (uint8_t *)pixels->data + y * pixels->row_stride; }

void imx_pixels_copy(const imx_pixels *from, imx_pixels *to) {
    const size_t across = (size_t)from->width * (size_t)from->pixel_stride;
    for (int32_t band = 0; band < planes_of(from); band++) {
        for (int32_t y = 0; y < from->height; y++) {
            memcpy(row_of(to, y) + band * to->band_stride, row_of(from, y) + band * from->band_stride, across);
        }
    }
    for (int32_t band = 0; band < valid_planes_of(from); band++) {
        for (int32_t y = 0; y < from->height; y++) {
            memcpy(to->valid + band * to->valid_band_stride + y * to->valid_stride,
                   from->valid + band * from->valid_band_stride + y * from->valid_stride, (size_t)from->width);
        }
    }
}

void imx_pixels_extend(imx_pixels *pixels, int32_t left, int32_t above, int32_t right, int32_t below) {
    int32_t width = pixels->width, first = above, last = pixels->height - 1 - below;
    for (int32_t y = first; y <= last; y++) {
        uint8_t *row = row_of(pixels, y);
        for (int32_t x = 0; x < left; x++) {
            memcpy(row + 4 * x, row + 4 * left, 4);
        }
        for (int32_t x = width - right; x < width; x++) {
            memcpy(row + 4 * x, row + 4 * (width - right - 1), 4);
        }
    }
    for (int32_t y = 0; y < pixels->height; y++) {
        if (y < first || y > last) {
            memcpy(row_of(pixels, y), row_of(pixels, y < first ? first : last), (size_t)width * 4);
        }
    }
}
