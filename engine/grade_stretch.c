/* engine/grade_stretch.c: bands to gray or to red, green and blue, each by its own range: by tables where samples have
 * 8 or 16 bits, otherwise by the formula itself. */
#include "engine/grade_impl.h"

#include <string.h>

enum { HALF = 1 << 15 };

static size_t table_entries(imx_type type) { return type == IMX_U8 ? 256 : type == IMX_F32 ? 0 : 65536; }

/* A table is asked by the bits of a sample: of negative ones they stand above those of the others. */
static void order_by_bits(uint8_t *table) {
    for (size_t i = 0; i < HALF; i++) {
        const uint8_t negative = table[i];
        table[i] = table[i + HALF];
        table[i + HALF] = negative;
    }
}

imx_status imx_grade_stretch_prepare(imx_grade *grade, imx_error *err) {
    const imx_grade_options *o = &grade->options;
    const size_t entries = table_entries(o->planes.type);
    const double lowest = o->planes.type == IMX_I16 ? -HALF : 0;
    grade->tables = imx_alloc(grade->memory, (size_t)o->planes.bands * entries + 1);
    if (!grade->tables) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the tables of a stretch");
    }
    for (int32_t band = 0; band < o->planes.bands; band++) {
        const double scale = o->planes.scale[band], offset = o->planes.offset[band];
        const double lo = (o->lo[band] - offset) / scale, hi = (o->hi[band] - offset) / scale;
        grade->stretch[band] = imx_stretch_of(lo, hi, o->gamma);
        if (entries) {
            uint8_t *table = grade->tables + (size_t)band * entries;
            const imx_stretch from_lowest = imx_stretch_of(lo - lowest, hi - lowest, o->gamma);
            imx_stretch_fill(&grade->kernels->lookup, &from_lowest, entries, table);
            if (o->planes.type == IMX_I16) {
                order_by_bits(table);
            }
        }
    }
    return IMX_OK;
}

void imx_grade_stretch_apply(const imx_grade *grade, const void *const bands[IMX_LAYER_BANDS_MAX], const uint8_t *alpha,
                             size_t n, uint8_t *px) {
    const imx_lookup_kernels *lookup = &grade->kernels->lookup;
    const imx_type type = grade->options.planes.type;
    uint8_t colours[IMX_LAYER_BANDS_MAX][GRADE_CHUNK];
    const uint8_t *rgb[IMX_LAYER_BANDS_MAX];
    for (int32_t band = 0; band < grade->options.planes.bands; band++) {
        const uint8_t *table = grade->tables + (size_t)band * table_entries(type);
        if (type == IMX_U8) {
            lookup->u8(table, bands[band], n, colours[band]);
        } else if (type == IMX_F32) {
            lookup->stretch(&grade->stretch[band], bands[band], n, colours[band]);
        } else {
            lookup->u16(table, bands[band], n, colours[band]);
        }
    }
    for (int32_t i = 0; i < IMX_LAYER_BANDS_MAX; i++) {
        rgb[i] = colours[grade->options.planes.bands == 1 ? 0 : i];
    }
    grade->kernels->convert.to_rgba8(rgb, alpha, n, px);
}
