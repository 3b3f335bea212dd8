/* PNG row filters against the standard's definitions, written down naively, and against the choice by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/png_filter.h"

enum { LEAD = 8, MAX = 700 };

static int paeth_by_the_book(int a, int b, int c) {
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static uint8_t residual(unsigned filter, int x, int a, int b, int c) {
    int predictions[IMX_PNG_FILTERS] = {0, a, b, (a + b) / 2, paeth_by_the_book(a, b, c)};
    return (uint8_t)(x - predictions[filter]);
}

static void check(const uint8_t *row, const uint8_t *above, size_t n, size_t pixel_bytes) {
    static uint8_t expected[IMX_PNG_FILTERS][MAX], scratch[IMX_PNG_FILTERS * MAX], out[1 + MAX];
    unsigned best = 0;
    uint32_t least = UINT32_MAX;
    for (unsigned filter = 0; filter < IMX_PNG_FILTERS; filter++) {
        uint32_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            int a = i < pixel_bytes ? 0 : row[i - pixel_bytes], c = i < pixel_bytes ? 0 : above[i - pixel_bytes];
            expected[filter][i] = residual(filter, row[i], a, above[i], c);
            sum += (uint32_t)abs((int8_t)expected[filter][i]);
        }
        if (sum < least) {
            least = sum;
            best = filter;
        }
    }
    assert_int_equal(imx_png_filter_row(row, above, n, pixel_bytes, scratch, out), best);
    assert_int_equal(out[0], best);
    assert_memory_equal(out + 1, expected[best], n);
    for (unsigned filter = 1; filter < IMX_PNG_FILTERS; filter++) { /* the candidates not chosen as well */
        assert_memory_equal(scratch + filter * n, expected[filter], n);
    }
}

static void test_all_lengths(void **state) {
    (void)state;
    uint8_t rows[2][LEAD + MAX] = {{0}};
    uint64_t noise = 7;
    for (size_t pixel_bytes = 1; pixel_bytes <= 4; pixel_bytes++) {
        for (size_t pixels = 1; pixels <= 150; pixels++) {
            for (unsigned kind = 0; kind < 4; kind++) {
                for (size_t i = 0; i < pixels * pixel_bytes; i++) {
                    uint8_t n = (uint8_t)picture_noise(&noise);
                    uint8_t values[2][4] = {{n, (uint8_t)(i * 3), (uint8_t)(n & 7), 255},
                                            {(uint8_t)picture_noise(&noise), (uint8_t)(i * 3 + 5), 128, n}};
                    rows[0][LEAD + i] = values[0][kind];
                    rows[1][LEAD + i] = values[1][kind];
                }
                check(rows[0] + LEAD, rows[1] + LEAD, pixels * pixel_bytes, pixel_bytes);
            }
        }
    }
}

/* Paeth over every (a, b) at steps of c: the 8-bit form is the standard's. */
static void test_paeth_everywhere(void **state) {
    (void)state;
    uint8_t rows[2][LEAD + 4] = {{0}}, scratch[IMX_PNG_FILTERS * 2], out[3];
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            for (int c = 0; c < 256; c += 5) {
                rows[0][LEAD] = (uint8_t)a;
                rows[1][LEAD] = (uint8_t)c;
                rows[1][LEAD + 1] = (uint8_t)b;
                (void)imx_png_filter_row(rows[0] + LEAD, rows[1] + LEAD, 2, 1, scratch, out);
                if (scratch[IMX_PNG_PAETH * 2 + 1] != residual(IMX_PNG_PAETH, 0, a, b, c)) {
                    fail_msg("Paeth of %d %d %d", a, b, c);
                }
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_lengths), cmocka_unit_test(test_paeth_everywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
