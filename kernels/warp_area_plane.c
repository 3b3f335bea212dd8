/* kernels/warp_area_plane.c: reference of the area warps on planes whose samples are floats: four of the types. */
#include "kernels/warp_area_plane.h"

typedef float real;
typedef uint32_t sort_key;

IMX_GENERIC float sample_at(imx_type type, const uint8_t *row, int32_t x) { return imx_area_sample(type, row, x); }
IMX_GENERIC void put(imx_type type, void *dst, size_t i, float v) { imx_area_put(type, dst, i, v); }
IMX_GENERIC void put_mean(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t i,
                          imx_area_mean mean) {
    imx_area_put_mean(job, type, method, i, mean);
}
IMX_GENERIC void put_nothing(const imx_warp_area_plane *job, imx_type type, size_t i) {
    imx_area_put_nothing(job, type, i);
}

IMX_GENERIC int key_bytes(imx_type type) { return type == IMX_F32 ? 4 : type == IMX_U8 ? 1 : 2; }

IMX_GENERIC uint32_t key_of(imx_type type, float v) {
    if (type != IMX_F32) {
        return (uint32_t)((int32_t)v + (type == IMX_I16 ? 32768 : 0));
    }
    const float canonical = v + 0.0F;
    uint32_t bits;
    memcpy(&bits, &canonical, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

IMX_GENERIC float value_of(imx_type type, uint32_t key) {
    if (type != IMX_F32) {
        return (float)((int32_t)key - (type == IMX_I16 ? 32768 : 0));
    }
    const uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline uint32_t hash_of(uint32_t key) { return key * 2654435769u; } /* Knuth's multiplicative hash */

#include "kernels/warp_area_plane_text.inc"

size_t imx_warp_area_scratch_bytes(imx_type type, size_t taps) {
    const size_t place_bytes = type == IMX_F64 ? 2 * sizeof(uint64_t) : sizeof(place);
    return taps <= IMX_AREA_TAPS_FREE ? 0 : place_bytes << imx_area_table_log2(taps);
}

/* part_METHOD_TYPE(), row_METHOD_TYPE() and the tables of them. */
typedef void (*part_fn)(const imx_warp_area_plane *job, size_t first, size_t n);
#define PART(method, name, type)                                                                                       \
    static void part_##method##_##name(const imx_warp_area_plane *job, size_t first, size_t n) {                       \
        warp_part(job, type, IMX_AREA_##method, first, n);                                                             \
    }                                                                                                                  \
    static void row_##method##_##name(const imx_warp_area_plane *job) { part_##method##_##name(job, 0, job->n); }
#define PARTS(method)                                                                                                  \
    PART(method, u8, IMX_U8) PART(method, u16, IMX_U16) PART(method, i16, IMX_I16) PART(method, f32, IMX_F32)
#define NAMES(kind, method)                                                                                            \
    [IMX_AREA_##method] = {kind##_##method##_u8, kind##_##method##_u16, kind##_##method##_i16, kind##_##method##_f32,  \
                           imx_ref_##kind##_##method##_f64}
#define EACH_METHOD(kind)                                                                                              \
    {                                                                                                                  \
        NAMES(kind, AVERAGE), NAMES(kind, MODE), NAMES(kind, MIN), NAMES(kind, MAX), NAMES(kind, MED),                 \
            NAMES(kind, Q1), NAMES(kind, Q3), NAMES(kind, RMS)                                                         \
    }
PARTS(AVERAGE)
PARTS(MODE)
PARTS(MIN)
PARTS(MAX)
PARTS(MED)
PARTS(Q1)
PARTS(Q3)
PARTS(RMS)

void imx_ref_area_plane(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t first, size_t n) {
    static const part_fn parts[IMX_AREA_METHODS][IMX_PLANE_TYPES] = EACH_METHOD(part);
    parts[method][imx_plane_type_index(type)](job, first, n);
}

void imx_ref_warp_area_plane_install(imx_warp_area_kernels *table) {
    static const imx_warp_area_plane_fn rows[IMX_AREA_METHODS][IMX_PLANE_TYPES] = EACH_METHOD(row);
    memcpy(table->plane, rows, sizeof rows);
}
