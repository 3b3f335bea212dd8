/* kernels/validity.c: references of validity planes, and the look at a plane. */
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/reference.h"

#define NODATA_INTEGER(name, T, TYPE)                                                                                  \
    static void nodata_##name(const void *samples, size_t n, double nodata, uint8_t *valid) {                          \
        if (!imx_type_has(TYPE, nodata)) {                                                                             \
            return;                                                                                                    \
        }                                                                                                              \
        const T *s = samples, none = (T)nodata;                                                                        \
        for (size_t i = 0; i < n; i++) {                                                                               \
            valid[i] = s[i] == none ? 0 : valid[i];                                                                    \
        }                                                                                                              \
    }
IMX_EACH_INTEGER(NODATA_INTEGER)

#define NODATA_FLOAT(name, T, TYPE)                                                                                    \
    static void nodata_##name(const void *samples, size_t n, double nodata, uint8_t *valid) {                          \
        const T *s = samples, none = (T)nodata;                                                                        \
        if (nodata != nodata) {                                                                                        \
            for (size_t i = 0; i < n; i++) {                                                                           \
                valid[i] = s[i] != s[i] ? 0 : valid[i];                                                                \
            }                                                                                                          \
        } else {                                                                                                       \
            for (size_t i = 0; i < n; i++) {                                                                           \
                valid[i] = s[i] == none ? 0 : valid[i];                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }
IMX_EACH_FLOAT(NODATA_FLOAT)

#define QA(name, T)                                                                                                    \
    static void qa_##name(const void *samples, size_t n, uint32_t mask, uint32_t value, uint8_t *valid) {              \
        const T *s = samples;                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            valid[i] = (s[i] & mask) == value ? valid[i] : 0;                                                          \
        }                                                                                                              \
    }
QA(u8, uint8_t)
QA(u16, uint16_t)
QA(u32, uint32_t)

static void bits(const uint8_t *bits_msb, size_t n, uint8_t *valid) {
    for (size_t i = 0; i < n; i++) {
        valid[i] = bits_msb[i >> 3] >> (7 - (i & 7)) & 1 ? valid[i] : 0;
    }
}

static void either(const uint8_t *other, size_t n, uint8_t *valid) {
    for (size_t i = 0; i < n; i++) {
        valid[i] = other[i] | valid[i] ? 255 : 0;
    }
}

static void from_rgba8(const uint8_t *px, size_t n, uint8_t *valid) {
    for (size_t i = 0; i < n; i++) {
        valid[i] = px[4 * i + 3] ? 255 : 0;
    }
}

#define FILL(size, T)                                                                                                  \
    static void fill_##size(const uint8_t *valid, size_t n, const void *value, void *samples) {                        \
        T *s = samples, v;                                                                                             \
        memcpy(&v, value, sizeof v);                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                                               \
            s[i] = valid[i] ? s[i] : v;                                                                                \
        }                                                                                                              \
    }
IMX_EACH_SIZE(FILL)

const imx_validity_kernels imx_ref_validity = {
    .nodata = IMX_BY_TYPE(nodata_),
    .qa_u8 = qa_u8,
    .qa_u16 = qa_u16,
    .qa_u32 = qa_u32,
    .bits = bits,
    .either = either,
    .from_rgba8 = from_rgba8,
    .fill = IMX_BY_SIZE(fill_),
};

/* ---- look ---- */

static bool all_the_same(const uint8_t *p, size_t unit, size_t n) { return memcmp(p, p + unit, (n - 1) * unit) == 0; }

unsigned imx_look_plane(const void *samples, ptrdiff_t stride, size_t sample_bytes, const uint8_t *valid,
                        ptrdiff_t valid_stride, size_t w, size_t h) {
    unsigned look = IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE;
    if (w == 0 || h == 0) {
        return look;
    }
    const uint8_t *first = samples;
    look &= ~(valid ? 0u : IMX_LOOK_EMPTY);
    look &= ~(all_the_same(first, sample_bytes, w) ? 0u : IMX_LOOK_SINGLE);
    for (size_t y = 0; y < h && look; y++) {
        if (look & IMX_LOOK_SINGLE && memcmp(first, first + (ptrdiff_t)y * stride, w * sample_bytes) != 0) {
            look &= ~IMX_LOOK_SINGLE;
        }
        const uint8_t *v = valid ? valid + (ptrdiff_t)y * valid_stride : NULL;
        if (v && look & IMX_LOOK_EMPTY && (v[0] || !all_the_same(v, 1, w))) {
            look &= ~IMX_LOOK_EMPTY;
        }
        if (v && look & IMX_LOOK_OPAQUE && memchr(v, 0, w)) {
            look &= ~IMX_LOOK_OPAQUE;
        }
    }
    return look;
}
