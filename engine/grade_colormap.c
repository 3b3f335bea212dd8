/* engine/grade_colormap.c: one band to colours by value: by a table of pixels where samples have 8 or 16 bits,
 * otherwise value by value. */
#include "engine/grade_impl.h"

#include <string.h>

enum { PIXEL = 4, HALF = 1 << 15, OPAQUE = 255 };

static const uint8_t nothing[PIXEL] = {0};

/* The colour of a sample; one that lets everything through is nothing at all. */
static void find_colour(const imx_grade *grade, double sample, size_t *at, uint8_t px[PIXEL]) {
    const imx_layer_planes *planes = &grade->options.planes;
    imx_colormap_find(grade->options.colours, planes->scale[0] * sample + planes->offset[0], at, px);
    if (px[3] == 0) {
        memcpy(px, nothing, PIXEL);
    }
}

/* A table is asked by the bits of a sample: of negative ones they stand above those of the others. */
imx_status imx_grade_colormap_prepare(imx_grade *grade, imx_error *err) {
    const imx_layer_planes *planes = &grade->options.planes;
    if (planes->bands != 1 || !grade->options.colours || imx_colormap_has_percent(grade->options.colours)) {
        return imx_fail(err, IMX_E_INTERNAL, "a colormap of %d bands", (int)planes->bands);
    }
    const size_t entries = planes->type == IMX_U8 ? 256 : planes->type == IMX_F32 ? 0 : 65536;
    size_t at = 0;
    grade->tables = imx_alloc(grade->memory, entries * PIXEL + 1);
    if (!grade->tables) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the table of a colormap");
    }
    for (size_t i = 0; i < entries; i++) {
        const bool negative = planes->type == IMX_I16 && i >= HALF;
        find_colour(grade, (double)i - (negative ? 2.0 * HALF : 0), &at, grade->tables + i * PIXEL);
    }
    return IMX_OK;
}

static void cover_in_part(uint8_t alpha, uint8_t px[PIXEL]) {
    px[3] = (uint8_t)((px[3] * alpha + OPAQUE / 2) / OPAQUE);
    if (px[3] == 0) {
        memcpy(px, nothing, PIXEL);
    }
}

void imx_grade_colormap_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX],
                              const uint8_t *alpha, size_t n, uint8_t *px) {
    const uint8_t *bytes = bands[0];
    const uint16_t *words = bands[0];
    const float *floats = bands[0];
    const imx_type type = grade->options.planes.type;
    size_t at = 0;
    for (size_t i = 0; i < n; i++, px += PIXEL) {
        if (!alpha[i]) {
            memcpy(px, nothing, PIXEL);
        } else if (type == IMX_F32) {
            find_colour(grade, (double)floats[i], &at, px);
        } else {
            memcpy(px, grade->tables + PIXEL * (size_t)(type == IMX_U8 ? bytes[i] : words[i]), PIXEL);
        }
        if (alpha[i] && alpha[i] < OPAQUE) {
            cover_in_part(alpha[i], px);
        }
    }
}
