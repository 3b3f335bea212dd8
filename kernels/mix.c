/* kernels/mix.c: references of over, under and weighted blend; the blend of any sample type. */
#include "kernels/each_type.h"
#include "kernels/reference.h"

#define OVER(bits, T)                                                                                                  \
    static void over_##bits(void *dst, const void *src, const uint8_t *src_valid, size_t n) {                          \
        T *d = dst;                                                                                                    \
        const T *s = src;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            d[i] = src_valid[i] ? s[i] : d[i];                                                                         \
        }                                                                                                              \
    }
IMX_EACH_SIZE(OVER)

#define UNDER(bits, T)                                                                                                 \
    static void under_##bits(void *dst, const uint8_t *dst_valid, const void *src, const uint8_t *src_valid,           \
                             size_t n) {                                                                               \
        T *d = dst;                                                                                                    \
        const T *s = src;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            d[i] = !dst_valid[i] && src_valid[i] ? s[i] : d[i];                                                        \
        }                                                                                                              \
    }
IMX_EACH_SIZE(UNDER)

static void weigh(uint16_t *weight, const uint8_t *valid, size_t n) {
    for (size_t i = 0; i < n; i++) {
        weight[i] = valid[i] ? weight[i] : 0;
    }
}

static void total(double *sums, const uint16_t *weight, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sums[i] += weight[i];
    }
}

static void add(double *sum, const double *values, const uint16_t *weight, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sum[i] += weight[i] ? weight[i] * values[i] : 0;
    }
}

static void divide(double *sum, const double *totals, size_t n, uint8_t *valid) {
    for (size_t i = 0; i < n; i++) {
        sum[i] = totals[i] != 0 ? sum[i] / totals[i] : 0;
    }
    for (size_t i = 0; valid && i < n; i++) {
        valid[i] = totals[i] != 0 ? 255 : 0;
    }
}

static void premultiply_rgba16(uint16_t *px, size_t n) {
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint32_t a = px[3];
        for (int c = 0; c < 3; c++) {
            px[c] = (uint16_t)((px[c] * a + 32767) / 65535);
        }
    }
}

static void unpremultiply_rgba16(uint16_t *px, size_t n) {
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint32_t a = px[3];
        for (int c = 0; c < 3; c++) {
            const uint32_t v = a == 0 ? 0 : (65535u * px[c] + a / 2) / a;
            px[c] = (uint16_t)(v > 65535 ? 65535 : v);
        }
    }
}

const imx_mix_kernels imx_ref_mix = {
    .over = IMX_BY_SIZE(over_),
    .under = IMX_BY_SIZE(under_),
    .weigh = weigh,
    .total = total,
    .add = add,
    .divide = divide,
    .premultiply_rgba16 = premultiply_rgba16,
    .unpremultiply_rgba16 = unpremultiply_rgba16,
};

void imx_mix_add(const imx_kernels *kernels, imx_type type, double *sum, const void *samples, const uint16_t *weight,
                 size_t n) {
    enum { BLOCK = 512 };
    double values[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        kernels->convert.widen[type]((const char *)samples + i * imx_sample_bytes(type), count, values);
        kernels->mix.add(sum + i, values, weight + i, count);
    }
}

void imx_mix_resolve(const imx_kernels *kernels, imx_type type, double *sum, const double *totals, size_t n,
                     void *samples, uint8_t *valid) {
    kernels->mix.divide(sum, totals, n, valid);
    kernels->convert.narrow[type](sum, n, samples, valid);
}
