/* engine/grade_relief.c: heights to light or slope (kernels/relief.h), before they are graded. */
#include <math.h>
#include <string.h>

#include "engine/grade_impl.h"

imx_relief_kind imx_grade_relief_kind(const imx_grade *grade) {
    return grade ? grade->options.relief.kind : IMX_RELIEF_NONE;
}

imx_status imx_grade_relief_prepare(imx_grade *grade, imx_error *err) {
    imx_grade_options *o = &grade->options;
    const imx_relief_options *relief = &o->relief;
    const bool colours = o->kind == IMX_GRADE_COLORMAP;
    if (relief->kind == IMX_RELIEF_NONE) {
        return IMX_OK;
    }
    if (o->planes.bands != 1 || o->planes.type != IMX_F32 || !(colours || o->kind == IMX_GRADE_STRETCH)) {
        return imx_fail(err, IMX_E_INTERNAL, "relief of %d bands of %s", (int)o->planes.bands,
                        imx_type_name(o->planes.type));
    }
    grade->light = imx_relief_light_from(relief->azimuth_deg, relief->altitude_deg, relief->all_round);
    grade->height_scale = o->planes.scale[0] * relief->z_factor;
    if (relief->kind == IMX_RELIEF_SLOPE || !colours) { /* what is graded are not heights any more */
        o->planes.type = imx_relief_type(relief->kind);
        o->planes.scale[0] = 1;
        o->planes.offset[0] = 0;
    }
    return IMX_OK;
}

imx_type imx_relief_type(imx_relief_kind kind) { return kind == IMX_RELIEF_SHADE ? IMX_U8 : IMX_F32; }

/* A row of the surface out of three rows of heights; those begin a pixel to the left of it. */
static void find_row(const imx_grade *grade, imx_ground *ground, const imx_pixels *grown, int64_t x, int64_t y,
                     int32_t line, const imx_pixels *surface) {
    const imx_relief_kernels *kernels = &grade->kernels->relief;
    const ptrdiff_t size = (ptrdiff_t)imx_type_size(surface->type);
    uint8_t *out = (uint8_t *)surface->data + line * surface->row_stride;
    for (int32_t i = 0; i < surface->width;) {
        double side_m[2];
        const int32_t n = imx_ground_run(ground, x + i, y + line, surface->width - i, side_m);
        imx_relief_row row = {.per_x = (float)(grade->height_scale / (8 * side_m[0])),
                              .per_y = (float)(grade->height_scale / (8 * side_m[1])),
                              .n = (size_t)n};
        for (int32_t k = 0; k < 3; k++) {
            row.heights[k] = (const float *)grown->data + (line + k) * (grown->row_stride / 4) + i + 1;
            row.valid[k] = grown->valid + (line + k) * grown->valid_stride + i + 1;
        }
        if (grade->options.relief.kind == IMX_RELIEF_SHADE) {
            kernels->shade(&row, &grade->light, out + i * size);
        } else {
            kernels->slope(&row, (float *)(void *)(out + i * size));
        }
        i += n;
    }
}

/* Colours times light. */
static void darken(const imx_pixels *light, imx_pixels *out) {
    for (int32_t y = 0; y < out->height; y++) {
        const uint8_t *of = (const uint8_t *)light->data + y * light->row_stride;
        uint8_t *px = (uint8_t *)out->data + y * out->row_stride;
        for (int32_t x = 0; x < out->width; x++) {
            for (int c = 0; c < 3; c++) {
                px[4 * x + c] = (uint8_t)((px[4 * x + c] * of[x] + 127) / 255);
            }
        }
    }
}

void imx_grade_apply_relief(const imx_grade *grade, imx_ground *ground, const imx_pixels *grown, int64_t x, int64_t y,
                            imx_pixels *surface, imx_pixels *out) {
    const imx_pixels heights = imx_pixels_crop(grown, 1, 1, out->width, out->height);
    for (int32_t line = 0; line < out->height; line++) {
        find_row(grade, ground, grown, x, y, line, surface);
    }
    surface->valid = heights.valid;
    surface->valid_stride = heights.valid_stride;
    if (grade->options.kind == IMX_GRADE_COLORMAP && grade->options.relief.kind == IMX_RELIEF_SHADE) {
        imx_grade_apply(grade, &heights, out);
        darken(surface, out);
    } else {
        imx_grade_apply(grade, surface, out);
    }
}
