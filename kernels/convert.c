/* kernels/convert.c: references of the conversions, and imx_convert(), which puts them together. */
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/reference.h"

#define WIDEN(name, T, TYPE)                                                                                           \
    static void widen_##name(const void *src, size_t n, double *dst) {                                                 \
        const T *s = src;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            dst[i] = (double)s[i];                                                                                     \
        }                                                                                                              \
    }
IMX_EACH_TYPE(WIDEN)

static void scale(double *values, size_t n, double factor, double offset) {
    for (size_t i = 0; i < n; i++) {
        values[i] = values[i] * factor + offset; /* -ffp-contract=off: two roundings */
    }
}

/* Within a range of whole numbers whose distance to v - trunc(v) is exact. */
static inline int64_t round_half_away(double v) {
    const int64_t whole = (int64_t)v;
    const double rest = v - (double)whole;
    return whole + (rest >= 0.5) - (rest <= -0.5);
}

#define NARROW(name, T, TYPE)                                                                                          \
    static void narrow_##name(const double *src, size_t n, void *dst, uint8_t *valid) {                                \
        const double lowest = imx_type_lowest(TYPE), highest = imx_type_highest(TYPE);                                 \
        T *d = dst;                                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const double v = src[i] != src[i] ? 0 : src[i];                                                            \
            d[i] = (T)round_half_away(v < lowest ? lowest : v > highest ? highest : v);                                \
        }                                                                                                              \
        clear_nan(src, n, valid);                                                                                      \
    }

static void clear_nan(const double *src, size_t n, uint8_t *valid) {
    if (valid) {
        imx_ref_validity.nodata[IMX_F64](src, n, NAN, valid);
    }
}

IMX_EACH_INTEGER(NARROW)

static void narrow_f32(const double *src, size_t n, void *dst, uint8_t *valid) {
    float *d = dst;
    for (size_t i = 0; i < n; i++) {
        d[i] = (float)src[i];
    }
    clear_nan(src, n, valid);
}

static void narrow_f64(const double *src, size_t n, void *dst, uint8_t *valid) {
    memcpy(dst, src, n * sizeof src[0]);
    clear_nan(src, n, valid);
}

/* Exponent and fraction move to their places in an f32, and the exponent grows by the difference of the biases, 112;
 * infinities and NaNs grow by it twice. A subnormal is made a normal number with the least exponent's leading 1, which
 * a subtraction takes away again. */
static void f16_f32(const uint16_t *src, size_t n, float *dst) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t magnitude = (src[i] & 0x7fffu) << 13, sign = (src[i] & 0x8000u) << 16;
        uint32_t bits = magnitude + (112u << 23);
        if (magnitude >= 31u << 23) {
            bits += 112u << 23;
        } else if (magnitude < 1u << 23) {
            const uint32_t one_more = bits + (1u << 23);
            float value;
            memcpy(&value, &one_more, sizeof value);
            value -= 0x1p-14f;
            memcpy(&bits, &value, sizeof bits);
        }
        bits |= sign;
        memcpy(dst + i, &bits, sizeof bits);
    }
}

static inline uint8_t field(const uint8_t *packed, size_t i, unsigned bits) {
    const size_t at = i * bits;
    return (uint8_t)(packed[at >> 3] >> (8 - bits - (at & 7)) & ((1u << bits) - 1));
}

#define UNPACK(bits)                                                                                                   \
    static void unpack##bits(const uint8_t *packed, size_t n, uint8_t *dst) {                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            dst[i] = field(packed, i, bits);                                                                           \
        }                                                                                                              \
    }
UNPACK(1)
UNPACK(2)
UNPACK(4)

static void unpack12(const uint8_t *packed, size_t n, uint16_t *dst) {
    size_t i = 0;
    for (; i + 2 <= n; i += 2, packed += 3) {
        dst[i] = (uint16_t)(packed[0] << 4 | packed[1] >> 4);
        dst[i + 1] = (uint16_t)((packed[1] & 15) << 8 | packed[2]);
    }
    if (i < n) {
        dst[i] = (uint16_t)(packed[0] << 4 | packed[1] >> 4);
    }
}

static void to_rgba8(const uint8_t *const rgb[3], const uint8_t *alpha, size_t n, uint8_t *px) {
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint8_t a = alpha ? alpha[i] : 255;
        px[0] = a ? rgb[0][i] : 0;
        px[1] = a ? rgb[1][i] : 0;
        px[2] = a ? rgb[2][i] : 0;
        px[3] = a;
    }
}

static void from_rgba8(const uint8_t *px, size_t n, uint8_t *const rgb[3], uint8_t *alpha) {
    for (size_t i = 0; i < n; i++, px += 4) {
        rgb[0][i] = px[0];
        rgb[1][i] = px[1];
        rgb[2][i] = px[2];
        if (alpha) {
            alpha[i] = px[3];
        }
    }
}

const imx_convert_kernels imx_ref_convert = {
    .widen = IMX_BY_TYPE(widen_),
    .scale = scale,
    .narrow = IMX_BY_TYPE(narrow_),
    .f16_f32 = f16_f32,
    .unpack1 = unpack1,
    .unpack2 = unpack2,
    .unpack4 = unpack4,
    .unpack12 = unpack12,
    .to_rgba8 = to_rgba8,
    .from_rgba8 = from_rgba8,
};

/* ---- the three together ---- */

enum { BLOCK = 512 }; /* samples: 4 KiB of f64 */

void imx_convert(const imx_convert_kernels *kernels, const imx_conversion *how, const void *src, size_t n, void *dst,
                 uint8_t *valid) {
    const size_t from_bytes = imx_sample_bytes(how->from), to_bytes = imx_sample_bytes(how->to);
    const bool scaled = how->scale != 1 || how->offset != 0;
    if (how->from == how->to && !scaled) {
        memcpy(dst, src, n * from_bytes);
        return;
    }
    double values[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        kernels->widen[how->from]((const char *)src + i * from_bytes, count, values);
        if (scaled) {
            kernels->scale(values, count, how->scale, how->offset);
        }
        kernels->narrow[how->to](values, count, (char *)dst + i * to_bytes, valid ? valid + i : NULL);
    }
}
