/* kernels/lookup.c: references of tables, ramps and the stretch. */
#include <string.h>

#include "kernels/lookup_power.h"
#include "kernels/reference.h"

imx_stretch imx_stretch_of(double lo, double hi, double gamma) {
    const double span = hi - lo;
    return (imx_stretch){(float)lo, span != 0 ? (float)(1 / span) : 3e38f, (float)(1 / gamma)};
}

static inline float polynomial(const float *terms, int count, float x) {
    float sum = terms[count - 1];
    for (int i = count - 2; i >= 0; i--) {
        sum = sum * x + terms[i];
    }
    return sum;
}

static inline int32_t bits_of(float v) {
    int32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline float float_of(int32_t bits) {
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* t^exponent for a normal t <= 1. */
static inline float power(float t, float exponent) {
    const int32_t whole = (bits_of(t) - IMX_SQRT_HALF_BITS) >> 23; /* arithmetic: floor */
    const float f = float_of(bits_of(t) - whole * (1 << 23)) - 1;
    const float log2 = polynomial(imx_log2_terms, IMX_LOG2_TERMS, f) * f + (float)whole;
    const float y = log2 * exponent > -126 ? log2 * exponent : -126;
    const int32_t down = (int32_t)y; /* y <= 0, but for a rounding error */
    return float_of(bits_of(polynomial(imx_exp2_terms, IMX_EXP2_TERMS, y - (float)down)) + down * (1 << 23));
}

static void stretch(const imx_stretch *s, const float *values, size_t n, uint8_t *dst) {
    for (size_t i = 0; i < n; i++) {
        float t = (values[i] - s->lo) * s->per_unit;
        t = t > 0 ? t : 0; /* NaN too */
        t = t < 1 ? t : 1;
        if (s->exponent != 1) {
            t = t < IMX_SMALLEST_NORMAL ? 0 : power(t, s->exponent);
        }
        dst[i] = (uint8_t)(255 * t + 0.5f);
    }
}

static void u8(const uint8_t lut[256], const uint8_t *src, size_t n, uint8_t *dst) {
    for (size_t i = 0; i < n; i++) {
        dst[i] = lut[src[i]];
    }
}

static void u16(const uint8_t lut[65536], const uint16_t *src, size_t n, uint8_t *dst) {
    for (size_t i = 0; i < n; i++) {
        dst[i] = lut[src[i]];
    }
}

static void palette(const uint8_t colors[1024], const uint8_t *src, size_t n, uint8_t *px) {
    for (size_t i = 0; i < n; i++) {
        memcpy(px + 4 * i, colors + 4 * src[i], 4);
    }
}

static void ramp(const imx_ramp *r, const float *values, const uint8_t *valid, size_t n, uint8_t *px) {
    const float last = (float)(r->entries - 1);
    for (size_t i = 0; i < n; i++) {
        float at = (values[i] - r->lo) * r->per_unit;
        at = at > 0 ? at : 0;
        at = at < last ? at : last;
        const bool none = values[i] != values[i] || (valid && valid[i] == 0);
        if (none) {
            memset(px + 4 * i, 0, 4);
        } else {
            memcpy(px + 4 * i, r->rgba8 + 4 * (size_t)at, 4);
        }
    }
}

const imx_lookup_kernels imx_ref_lookup = {
    .stretch = stretch,
    .u8 = u8,
    .u16 = u16,
    .palette = palette,
    .ramp = ramp,
};

void imx_stretch_fill(const imx_lookup_kernels *kernels, const imx_stretch *how, size_t entries, uint8_t *lut) {
    enum { BLOCK = 256 };
    float values[BLOCK];
    for (size_t i = 0; i < entries; i += BLOCK) {
        for (size_t k = 0; k < BLOCK; k++) {
            values[k] = (float)(i + k);
        }
        kernels->stretch(how, values, entries - i < BLOCK ? entries - i : BLOCK, lut + i);
    }
}
