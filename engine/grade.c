/* engine/grade.c: the kinds of grades, and what they have in common: rows, and which pixels count. */
#include "engine/grade.h"

#include <string.h>

#include "engine/grade_impl.h"

static const grade_way ways[IMX_GRADE_KINDS] = {
    [IMX_GRADE_NONE] = {.name = "none"},
    [IMX_GRADE_STRETCH] = {"stretch", false, imx_grade_stretch_prepare, imx_grade_stretch_apply},
    [IMX_GRADE_TERRAIN_RGB] = {"terrain-rgb", true, imx_grade_terrain_prepare, imx_grade_terrain_rgb_apply},
    [IMX_GRADE_TERRARIUM] = {"terrarium", true, imx_grade_terrain_prepare, imx_grade_terrarium_apply},
    [IMX_GRADE_COLORMAP] = {"colormap", false, imx_grade_colormap_prepare, imx_grade_colormap_apply},
};

const char *imx_grade_name(imx_grade_kind kind) { return ways[kind].name; }

bool imx_grade_find(const char *name, imx_grade_kind *out) {
    for (int kind = 0; kind < IMX_GRADE_KINDS; kind++) {
        if (strcmp(ways[kind].name, name) == 0) {
            *out = (imx_grade_kind)kind;
            return true;
        }
    }
    return false;
}

bool imx_grade_keeps_numbers(imx_grade_kind kind) { return ways[kind].numbers; }

imx_status imx_grade_create(imx_memory *memory, const imx_kernels *kernels, const imx_grade_options *options,
                            imx_error *err, imx_grade **out) {
    const imx_layer_planes *planes = &options->planes;
    const grade_way *way = &ways[options->kind];
    if (!way->apply || planes->bands < 1 || planes->bands > IMX_LAYER_BANDS_MAX ||
        imx_plane_type_index(planes->type) < 0 || planes->type == IMX_F64 ||
        (planes->coverage && (way->numbers || options->relief.kind != IMX_RELIEF_NONE))) {
        return imx_fail(err, IMX_E_INTERNAL, "a grade of kind %s for %d bands of %s", way->name, (int)planes->bands,
                        imx_type_name(planes->type));
    }
    imx_grade *grade = imx_calloc(memory, 1, sizeof *grade);
    if (!grade) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the grade");
    }
    grade->memory = memory;
    grade->kernels = kernels;
    grade->options = *options;
    imx_status status = imx_grade_relief_prepare(grade, err);
    status = status == IMX_OK && way->prepare ? way->prepare(grade, err) : status;
    if (status != IMX_OK) {
        imx_grade_destroy(&grade);
        return status;
    }
    *out = grade;
    return IMX_OK;
}

void imx_grade_destroy(imx_grade **grade) {
    if (grade && *grade) {
        imx_memory *memory = (*grade)->memory;
        imx_free(memory, (*grade)->tables);
        imx_free(memory, *grade);
        *grade = NULL;
    }
}

/* Coverage in 8 bits; it is 0 where nothing is valid. */
static void find_coverage(const imx_grade *grade, const imx_pixels *planes, int32_t x, int32_t y, size_t n,
                          uint8_t *alpha) {
    double cover[GRADE_CHUNK];
    const uint8_t *row = (const uint8_t *)planes->data + (planes->bands - 1) * planes->band_stride +
                         y * planes->row_stride + x * (ptrdiff_t)imx_type_size(planes->type);
    const imx_convert_kernels *kernels = &grade->kernels->convert;
    kernels->widen[planes->type](row, n, cover);
    kernels->scale(cover, n, 255 / imx_type_opaque(planes->type), 0);
    kernels->narrow[IMX_U8](cover, n, alpha, NULL);
}

/* Where all bands are valid. */
static void find_alpha(const imx_grade *grade, const imx_pixels *planes, int32_t x, int32_t y, size_t n,
                       uint8_t *alpha) {
    const uint8_t *valid = planes->valid + y * planes->valid_stride + x;
    if (grade->options.planes.coverage) {
        find_coverage(grade, planes, x, y, n, alpha);
        grade->kernels->validity.nodata[IMX_U8](valid, n, 0, alpha);
    } else {
        memcpy(alpha, valid, n);
    }
    for (int32_t band = 1; band < planes->bands && planes->valid_band_stride; band++) {
        grade->kernels->validity.nodata[IMX_U8](valid + band * planes->valid_band_stride, n, 0, alpha);
    }
}

void imx_grade_apply(const imx_grade *grade, const imx_pixels *planes, imx_pixels *out) {
    const ptrdiff_t size = (ptrdiff_t)imx_type_size(planes->type);
    for (int32_t y = 0; y < planes->height; y++) {
        for (int32_t x = 0; x < planes->width; x += GRADE_CHUNK) {
            const size_t n = (size_t)(planes->width - x < GRADE_CHUNK ? planes->width - x : GRADE_CHUNK);
            const void *bands[IMX_LAYER_BANDS_MAX] = {0};
            uint8_t alpha[GRADE_CHUNK];
            for (int32_t band = 0; band < grade->options.planes.bands; band++) {
                bands[band] =
                    (const uint8_t *)planes->data + band * planes->band_stride + y * planes->row_stride + x * size;
            }
            find_alpha(grade, planes, x, y, n, alpha);
            ways[grade->options.kind].apply(grade, bands, alpha, n,
                                            (uint8_t *)out->data + y * out->row_stride + 4 * (ptrdiff_t)x);
        }
    }
}
