/* kernels/tap_table.c: fills tap tables. Integers only, so that a table is the same on every machine. */
#include "kernels/warp_taps.h"

/* t = |d| * shrink in Q16, the support at most. Only the ratio of a kernel's values matters. */
static int64_t triangle(int64_t t) { return t < IMX_Q16_ONE ? IMX_Q16_ONE - t : 0; }

/* Keys' polynomials (kernels.h) times 2 in Q48, of which Q32 is kept: 3 t^3 - 5 t^2 + 2 up to 1, -t^3 + 5 t^2 - 8 t + 4
 * up to 2. No term passes 2^54. */
static int64_t keys(int64_t t) {
    const int64_t one = IMX_Q16_ONE;
    int64_t v = 0;
    if (t < one) {
        v = t * t * (3 * t - 5 * one) + 2 * one * one * one;
    } else if (t < 2 * one) {
        v = t * t * (5 * one - t) + one * one * (4 * one - 8 * t);
    }
    return (v + (1 << 15)) >> 16;
}

int32_t imx_warp_taps_count(imx_warp_kernel kernel, int32_t shrink_q8) {
    return 2 * (((int32_t)kernel * IMX_TAPS_SHRINK_ONE_Q8 + shrink_q8 - 1) / shrink_q8);
}

size_t imx_warp_taps_bytes(imx_warp_kernel kernel, int32_t shrink_q8) {
    return (size_t)imx_warp_taps_count(kernel, shrink_q8) * (IMX_TAPS_PHASES + 1) * sizeof(int16_t);
}

/* values[n] to Q14 weights that sum to 16384; the sum of the values is positive. */
static void normalise(const int64_t *values, int32_t n, int16_t *weights) {
    int64_t sum = 0;
    for (int32_t k = 0; k < n; k++) {
        sum += values[k];
    }
    int32_t rest = 1 << 14, largest = 0;
    for (int32_t k = 0; k < n; k++) {
        const int64_t scaled = values[k] * (1 << 14) + sum / 2;
        weights[k] = (int16_t)(scaled >= 0 ? scaled / sum : -((sum - 1 - scaled) / sum)); /* rounds down */
        rest -= weights[k];
        largest = weights[k] > weights[largest] ? k : largest;
    }
    weights[largest] = (int16_t)(weights[largest] + rest);
}

imx_warp_taps imx_warp_taps_fill(imx_warp_kernel kernel, int32_t shrink_q8, int16_t *weights) {
    enum { TAPS_MAX = 2 * IMX_WARP_KEYS * IMX_TAPS_SHRINK_ONE_Q8 / IMX_TAPS_SHRINK_MIN_Q8 };
    const int32_t n = imx_warp_taps_count(kernel, shrink_q8);
    for (int32_t phase = 0; phase <= IMX_TAPS_PHASES; phase++) {
        int64_t values[TAPS_MAX];
        for (int32_t k = 0; k < n; k++) {
            const int64_t d_q8 = (k - (n / 2 - 1)) * IMX_TAPS_PHASES - phase;
            const int64_t t = (d_q8 < 0 ? -d_q8 : d_q8) * shrink_q8;
            values[k] = kernel == IMX_WARP_TRIANGLE ? triangle(t) : keys(t);
        }
        normalise(values, n, weights + (ptrdiff_t)phase * n);
    }
    return (imx_warp_taps){n, weights};
}
