/* tests/kernels/test_tap_table.c: tables of weights against the filters in double precision. */
#include "tests/kernels/warp_methods.h"

static void test_cubic_table(void **state) {
    (void)state;
    for (int f = 0; f <= 256; f++) {
        const int16_t *w = imx_cubic_q14[f];
        const double t = f / 256.0;
        const double want[4] = {keys(1 + t), keys(t), keys(1 - t), keys(2 - t)};
        assert_int_equal(w[0] + w[1] + w[2] + w[3], 16384);
        for (int k = 0; k < 4; k++) {
            assert_int_equal(w[k], imx_cubic_q14[256 - f][3 - k]);
            assert_true(fabs(w[k] - want[k] * 16384) <= (k == (f < 128 ? 1 : 2) ? 1.5 : 0.5 + 1e-9));
        }
    }
    const int16_t corner[4] = {0, 16384, 0, 0}, middle[4] = {-1024, 9216, 9216, -1024};
    assert_memory_equal(imx_cubic_q14[0], corner, sizeof corner);
    assert_memory_equal(imx_cubic_q14[128], middle, sizeof middle);
}

/* Sums, symmetry, nothing within reach left out, and each weight against the formula. */
static void check_taps(method m, int32_t q8) {
    int16_t *q14;
    const imx_warp_taps taps = taps_create(m, q8, &q14);
    const double shrink = q8 / 256.0;
    double (*kernel)(double) = exact_filters[m];
    assert_int_equal(taps.n % 2, 0);
    for (int f = 0; f <= 256; f++) {
        const int16_t *w = taps.q14 + f * taps.n;
        int32_t sum = 0, magnitude = 0, off = 0;
        double exact_sum = 0;
        for (int k = 0; k < taps.n; k++) {
            exact_sum += kernel((k - (taps.n / 2 - 1) - f / 256.0) * shrink);
            sum += w[k];
            magnitude += abs(w[k]);
        }
        for (int k = 0; k < taps.n; k++) {
            const double d = k - (taps.n / 2 - 1) - f / 256.0;
            const double error = fabs(w[k] - 16384 * kernel(d * shrink) / exact_sum);
            assert_true(error <= 0.5 + 1e-4 || (error <= 0.5 * taps.n + 1 && off++ == 0)); /* one takes the rest */
            assert_true(abs(w[k] - taps.q14[(256 - f) * taps.n + taps.n - 1 - k]) <= taps.n);
        }
        assert_int_equal(sum, 16384);
        assert_true(magnitude < 16384 * 8 / 5); /* what the sums' widths rest on */
        const double left = -(taps.n / 2) - f / 256.0, right = taps.n / 2 + 1 - f / 256.0;
        assert_true(kernel(left * shrink) == 0 && kernel(right * shrink) == 0);
    }
    free(q14);
}

static void test_tap_tables(void **state) {
    (void)state;
    for (int32_t q8 = IMX_TAPS_SHRINK_MIN_Q8; q8 <= IMX_TAPS_SHRINK_ONE_Q8; q8++) {
        for (method m = BILINEAR; m < METHODS; m++) {
            check_taps(m, q8);
        }
    }
    int16_t *q14;
    imx_warp_taps taps = taps_create(CUBIC, 256, &q14);
    assert_int_equal(taps.n, 4);
    assert_memory_equal(q14, imx_cubic_q14, sizeof imx_cubic_q14);
    free(q14);
    taps = taps_create(BILINEAR, 256, &q14);
    assert_int_equal(taps.n, 2);
    for (int f = 0; f <= 256; f++) {
        assert_int_equal(q14[2 * f], 64 * (256 - f));
        assert_int_equal(q14[2 * f + 1], 64 * f);
    }
    free(q14);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_TRIANGLE, 255), 4);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_TRIANGLE, 128), 4);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_TRIANGLE, 127), 6);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_KEYS, 171), 6);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_KEYS, 128), 8);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_KEYS, 16), 64);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_BSPLINE, 256), 4);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_LANCZOS, 256), 6);
    assert_int_equal(imx_warp_taps_count(IMX_WARP_LANCZOS, 16), 96);
}

static void test_shrink_steps(void **state) {
    (void)state;
    assert_int_equal(imx_warp_shrink_q8(65536), 256);
    assert_int_equal(imx_warp_shrink_q8(65408), 256);
    assert_int_equal(imx_warp_shrink_q8(65407), 255);
    assert_int_equal(imx_warp_shrink_q8(4096 - 128), 16);
    assert_int_equal(imx_warp_shrink_q8(4096 - 129), 0);
    assert_int_equal(imx_warp_shrink_q8(16), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cubic_table),
        cmocka_unit_test(test_tap_tables),
        cmocka_unit_test(test_shrink_steps),
    };
    return cmocka_run_group_tests_name("kernels: tables of weights", tests, NULL, NULL);
}
