/* kernels/tap_table.c: fills tap tables. Integers only, so that a table is the same on every machine. */
#include "kernels/warp_taps.h"

/* t = |d| * shrink in Q16. Only the ratio of a filter's values matters in a table. */
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

/* The cubic B-spline times 6, likewise. */
static int64_t bspline(int64_t t) {
    const int64_t one = IMX_Q16_ONE, to_two = 2 * one - t;
    const int64_t v = t < one       ? t * t * (3 * t - 6 * one) + 4 * one * one * one
                      : t < 2 * one ? to_two * to_two * to_two
                                    : 0;
    return (v + (1 << 15)) >> 16;
}

/* With y = pi t / 3, s = sin y and q = s / y, and by sin 3y = 3 s - 4 s^3: sinc(t) sinc(t / 3) = q^2 (1 - 4/3 s^2).
 * Times 3, Q32. q is its Taylor series in z = y^2 <= pi^2, whose 13th term is below 2^-39; Q28 throughout. */
static int64_t lanczos(int64_t t) {
    enum { Q = 28, TERMS = 13 };
    const int64_t one = 1 << Q, third_of_pi_squared_q27 = 147186209; /* (pi / 3)^2 */
    if (t >= 3 * IMX_Q16_ONE) {
        return 0;
    }
    const int64_t z = (t * t * third_of_pi_squared_q27) >> (32 + 27 - Q);
    int64_t q = one;
    for (int k = TERMS; k > 0; k--) {
        q = one - ((z * q) >> Q) / (2 * k * (2 * k + 1));
    }
    const int64_t q_squared = (q * q) >> Q, s_squared = (z * q_squared) >> Q;
    return (q_squared * (3 * one - 4 * s_squared)) >> (2 * Q - 32);
}

static int64_t value(imx_warp_kernel kernel, int64_t t) {
    switch (kernel) {
    case IMX_WARP_TRIANGLE: return triangle(t);
    case IMX_WARP_KEYS: return keys(t);
    case IMX_WARP_BSPLINE: return bspline(t);
    case IMX_WARP_LANCZOS: return lanczos(t);
    default: return 0;
    }
}

int32_t imx_warp_support(imx_warp_kernel kernel) {
    static const int32_t support[] = {0, 1, 2, 2, IMX_WARP_SUPPORT_MAX};
    return support[kernel];
}

int32_t imx_warp_taps_count(imx_warp_kernel kernel, int32_t shrink_q8) {
    return 2 * ((imx_warp_support(kernel) * IMX_TAPS_SHRINK_ONE_Q8 + shrink_q8 - 1) / shrink_q8);
}

size_t imx_warp_taps_bytes(imx_warp_kernel kernel, int32_t shrink_q8) {
    return (size_t)imx_warp_taps_count(kernel, shrink_q8) * (IMX_TAPS_PHASES + 1) * sizeof(int16_t);
}

/* v / one to the nearest Q14. */
static int64_t to_q14(int64_t v, int64_t one) {
    const int64_t scaled = v * (1 << 14) + one / 2;
    return scaled >= 0 ? scaled / one : -((one - 1 - scaled) / one); /* rounds down */
}

int16_t imx_warp_value_q14(imx_warp_kernel kernel, int64_t t_q16) {
    const int64_t one_q32 = INT64_C(1) << 32;
    const int64_t one[] = {1, IMX_Q16_ONE, 2 * one_q32, 6 * one_q32, 3 * one_q32};
    return (int16_t)to_q14(value(kernel, t_q16), one[kernel]);
}

/* values[n] to Q14 weights that sum to 16384; the sum of the values is positive. */
static void normalise(const int64_t *values, int32_t n, int16_t *weights) {
    int64_t sum = 0;
    for (int32_t k = 0; k < n; k++) {
        sum += values[k];
    }
    int32_t rest = 1 << 14, largest = 0;
    for (int32_t k = 0; k < n; k++) {
        weights[k] = (int16_t)to_q14(values[k], sum);
        rest -= weights[k];
        largest = weights[k] > weights[largest] ? k : largest;
    }
    weights[largest] = (int16_t)(weights[largest] + rest);
}

imx_warp_taps imx_warp_taps_fill(imx_warp_kernel kernel, int32_t shrink_q8, int16_t *weights) {
    enum { TAPS_MAX = 2 * IMX_WARP_SUPPORT_MAX * IMX_TAPS_SHRINK_ONE_Q8 / IMX_TAPS_SHRINK_MIN_Q8 };
    const int32_t n = imx_warp_taps_count(kernel, shrink_q8);
    for (int32_t phase = 0; phase <= IMX_TAPS_PHASES; phase++) {
        int64_t values[TAPS_MAX];
        for (int32_t k = 0; k < n; k++) {
            const int64_t d_q8 = (k - (n / 2 - 1)) * IMX_TAPS_PHASES - phase;
            const int64_t t = (d_q8 < 0 ? -d_q8 : d_q8) * shrink_q8;
            values[k] = value(kernel, t);
        }
        normalise(values, n, weights + (ptrdiff_t)phase * n);
    }
    return (imx_warp_taps){n, weights};
}
