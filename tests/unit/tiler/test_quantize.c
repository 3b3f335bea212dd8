/* The quantizer: classes in range, the same each time, near in colour; small inputs; running out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/quantize.h"

enum { N_MAX = 256 * 256 };

static const uint8_t *rgba_of(imx_pixels *pixels, picture kind) {
    *pixels = picture_make(kind, 256, 256, 5);
    return pixels->data;
}

static void test_range_and_repetition(void **state) {
    (void)state;
    static const size_t LENGTHS[] = {1, 2, 3, 255, 256, 257, 1000, N_MAX};
    static const uint32_t MOST[] = {16, 100, 255, 256};
    static uint8_t first[N_MAX], again[N_MAX];
    for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
        imx_pixels pixels;
        const uint8_t *rgba = rgba_of(&pixels, kind);
        for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
            for (size_t m = 0; m < sizeof MOST / sizeof *MOST; m++) {
                memset(first, 0xff, sizeof first);
                assert_int_equal(imx_quantize_median_cut(NULL, rgba, LENGTHS[i], MOST[m], NULL, first), IMX_OK);
                assert_int_equal(imx_quantize_median_cut(NULL, rgba, LENGTHS[i], MOST[m], NULL, again), IMX_OK);
                assert_memory_equal(first, again, LENGTHS[i]);
                for (size_t k = 0; k < LENGTHS[i]; k++) {
                    if (first[k] >= MOST[m]) {
                        fail_msg("picture %d, %zu pixels: class %u of %u", (int)kind, LENGTHS[i], first[k], MOST[m]);
                    }
                }
            }
        }
        imx_pixels_destroy(NULL, &pixels);
    }
}

/* Pixels of one class lie near each other: the mean distance to the class's mean is small. */
static void test_near(void **state) {
    (void)state;
    static uint8_t classes[N_MAX];
    imx_pixels pixels;
    const uint8_t *rgba = rgba_of(&pixels, PICTURE_HILLS);
    static double sums[256][4];
    double error = 0;
    assert_int_equal(imx_quantize_median_cut(NULL, rgba, N_MAX, 256, NULL, classes), IMX_OK);
    for (size_t i = 0; i < N_MAX; i++) {
        for (size_t c = 0; c < 3; c++) {
            sums[classes[i]][c] += rgba[4 * i + c];
        }
        sums[classes[i]][3]++;
    }
    for (size_t i = 0; i < N_MAX; i++) {
        for (size_t c = 0; c < 3; c++) {
            const double d = rgba[4 * i + c] - sums[classes[i]][c] / sums[classes[i]][3];
            error += d * d / (3.0 * N_MAX);
        }
    }
    if (error > 6.5) { /* 40 dB */
        fail_msg("a mean square error of %g", error);
    }
    imx_pixels_destroy(NULL, &pixels);
}

static void test_no_memory(void **state) {
    (void)state;
    static uint8_t classes[N_MAX];
    imx_pixels pixels;
    const uint8_t *rgba = rgba_of(&pixels, PICTURE_RANDOM);
    imx_memory *memory = NULL;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_memory_create(1 << 20, &memory), IMX_OK); /* less than it takes */
    assert_int_equal(imx_quantize_median_cut(memory, rgba, N_MAX, 256, &err, classes), IMX_E_NOMEM);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    imx_pixels_destroy(NULL, &pixels);
}

static void test_only_where_needed(void **state) {
    (void)state;
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    assert_null(imx_codec_options_quantizing(&options).quantize);
    options.png_palette = IMX_PNG_PALETTE_QUANTIZE;
    assert_true(imx_codec_options_quantizing(&options).quantize == imx_quantize_median_cut);
    char text[IMX_LIBRARY_TEXT_SIZE];
    imx_quantize_library(text);
    assert_non_null(strstr(text, "Leptonica 1."));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_range_and_repetition), cmocka_unit_test(test_near),
                                       cmocka_unit_test(test_no_memory), cmocka_unit_test(test_only_where_needed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
