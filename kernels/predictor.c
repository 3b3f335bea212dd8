/* kernels/predictor.c: references of the predictors and of byte order. */
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/reference.h"

#define SUMS(bits, T)                                                                                                  \
    static void sums_##bits(void *row, size_t n, size_t stride) {                                                      \
        T *s = row;                                                                                                    \
        for (size_t i = stride; i < n; i++) {                                                                          \
            s[i] = (T)(s[i] + s[i - stride]);                                                                          \
        }                                                                                                              \
    }
IMX_EACH_SIZE(SUMS)

#define PLANES(bits, T)                                                                                                \
    static void planes_##bits(const uint8_t *planes, size_t n, void *samples) {                                        \
        T *s = samples;                                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                               \
            uint64_t v = 0;                                                                                            \
            for (size_t k = 0; k < sizeof(T); k++) {                                                                   \
                v = v << 8 | planes[k * n + i];                                                                        \
            }                                                                                                          \
            s[i] = (T)v;                                                                                               \
        }                                                                                                              \
    }
PLANES(16, uint16_t)
PLANES(32, uint32_t)
PLANES(64, uint64_t)

static void planes_8(const uint8_t *planes, size_t n, void *samples) { memcpy(samples, planes, n); }

#define SWAP(bits, T)                                                                                                  \
    static void swap_##bits(void *samples, size_t n) {                                                                 \
        T *s = samples;                                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                               \
            s[i] = __builtin_bswap##bits(s[i]);                                                                        \
        }                                                                                                              \
    }
SWAP(16, uint16_t)
SWAP(32, uint32_t)
SWAP(64, uint64_t)

static void swap_8(void *samples, size_t n) { (void)samples, (void)n; }

const imx_predictor_kernels imx_ref_predictor = {
    .sums = {sums_8, sums_16, sums_32, sums_64},
    .planes = {planes_8, planes_16, planes_32, planes_64},
    .swap = {swap_8, swap_16, swap_32, swap_64},
};

void imx_predictor3(const imx_predictor_kernels *kernels, imx_width width, uint8_t *row, size_t n, size_t stride,
                    void *samples) {
    kernels->sums[IMX_WIDTH_8](row, n << width, stride);
    kernels->planes[width](row, n, samples);
}
