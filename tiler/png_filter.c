/* tiler/png_filter.c: see the header. Each loop is one filter over one row: bytes in, bytes out, and the sum of the
 * residuals' magnitudes on the way. Everything stays in 8 bits, 16 pixels' bytes an SSE2 instruction. */
#include "tiler/png_filter.h"

#include <string.h>

/* A residual is a difference modulo 256; its magnitude is that of the signed byte. */
static inline uint8_t magnitude(uint8_t residual) {
    uint8_t negated = (uint8_t)(0u - residual);
    return residual < negated ? residual : negated;
}

static uint32_t filter_none(const uint8_t *row, size_t n) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += magnitude(row[i]);
    }
    return sum;
}

/* Sub with the left pixels, Up with the row above. */
static uint32_t filter_difference(const uint8_t *row, const uint8_t *other, size_t n, uint8_t *restrict out) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t residual = (uint8_t)(row[i] - other[i]);
        out[i] = residual;
        sum += magnitude(residual);
    }
    return sum;
}

static uint32_t filter_average(const uint8_t *row, const uint8_t *left, const uint8_t *above, size_t n,
                               uint8_t *restrict out) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t a = left[i], b = above[i];
        uint8_t mean = (uint8_t)((a & b) + ((a ^ b) >> 1)); /* floor((a + b) / 2) within 8 bits */
        uint8_t residual = (uint8_t)(row[i] - mean);
        out[i] = residual;
        sum += magnitude(residual);
    }
    return sum;
}

static inline uint8_t least(uint8_t a, uint8_t b) { return a < b ? a : b; }
static inline uint8_t most(uint8_t a, uint8_t b) { return a > b ? a : b; }

/* Paeth's predictor (clause 9.4) picks of a (left), b (above), c (above left) the one nearest to a + b - c, in that
 * order among equals. The distances are pa = |b - c|, pb = |a - c|, pc = |(a - c) + (b - c)|. If a - c and b - c have
 * opposite signs, pc = |pa - pb|, which fits a byte; if not, pc = pa + pb is less than neither, so that c is never
 * picked and 255 stands for it. */
static inline uint8_t paeth(uint8_t a, uint8_t b, uint8_t c) {
    uint8_t low_a = least(a, c), low_b = least(b, c);
    uint8_t pa = (uint8_t)(most(b, c) - low_b), pb = (uint8_t)(most(a, c) - low_a);
    uint8_t same_side = (low_a == c) != (low_b == c) ? 0 : 255;
    uint8_t pc = (uint8_t)((most(pa, pb) - least(pa, pb)) | same_side);
    uint8_t b_or_c = pb <= pc ? b : c;
    return pa <= least(pb, pc) ? a : b_or_c;
}

static uint32_t filter_paeth(const uint8_t *row, const uint8_t *left, const uint8_t *above, const uint8_t *above_left,
                             size_t n, uint8_t *restrict out) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t residual = (uint8_t)(row[i] - paeth(left[i], above[i], above_left[i]));
        out[i] = residual;
        sum += magnitude(residual);
    }
    return sum;
}

imx_png_filter imx_png_filter_row(const uint8_t *row, const uint8_t *above, size_t n, size_t pixel_bytes,
                                  uint8_t *scratch, uint8_t *out) {
    const uint8_t *left = row - pixel_bytes, *above_left = above - pixel_bytes;
    uint32_t sums[IMX_PNG_FILTERS] = {
        [IMX_PNG_NONE] = filter_none(row, n),
        [IMX_PNG_SUB] = filter_difference(row, left, n, scratch + IMX_PNG_SUB * n),
        [IMX_PNG_UP] = filter_difference(row, above, n, scratch + IMX_PNG_UP * n),
        [IMX_PNG_AVERAGE] = filter_average(row, left, above, n, scratch + IMX_PNG_AVERAGE * n),
        [IMX_PNG_PAETH] = filter_paeth(row, left, above, above_left, n, scratch + IMX_PNG_PAETH * n),
    };
    imx_png_filter best = IMX_PNG_NONE;
    for (imx_png_filter filter = IMX_PNG_SUB; filter < IMX_PNG_FILTERS; filter++) {
        if (sums[filter] < sums[best]) {
            best = filter;
        }
    }
    out[0] = (uint8_t)best;
    memcpy(out + 1, best == IMX_PNG_NONE ? row : scratch + best * n, n);
    return best;
}
