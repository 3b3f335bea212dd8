/* tests/unit/tiler/test_kernel_bench.c: the table that `imbrex kernels --bench` prints. Speeds are not judged here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiler/kernel_bench.h"

static void test_rows(void **state) {
    (void)state;
    imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    size_t count = 0, scalar = 0;
    assert_int_equal(imx_kernel_bench(NULL, ~0u, NULL, rows, &count), IMX_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].mpx_per_s > 0);
        assert_true(rows[i].ratio > 0);
        if (strcmp(rows[i].level, "scalar") == 0) {
            assert_true(rows[i].ratio == 1);
            scalar++;
        } else {
            assert_string_equal(rows[i].kernel, rows[i - 1].kernel);
            assert_string_not_equal(rows[i].level, rows[i - 1].level);
        }
    }
    assert_true(scalar >= 12); /* a row at least for each kernel of the table */
    assert_true(imx_cpu_detect() & IMX_CPU_AVX2 ? count > scalar : count == scalar);
}

static void test_mask_is_obeyed(void **state) {
    (void)state;
    imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    size_t count = 0;
    assert_int_equal(imx_kernel_bench(NULL, IMX_CPU_NONE, NULL, rows, &count), IMX_OK);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(rows[i].level, "scalar");
    }
}

static void test_out_of_memory(void **state) {
    (void)state;
    imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    for (size_t nth = 1; nth <= 16; nth++) {
        imx_memory *memory = NULL;
        size_t count = 77;
        imx_error err = IMX_ERROR_INIT;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(imx_kernel_bench(memory, IMX_CPU_NONE, &err, rows, &count), IMX_E_NOMEM);
        assert_int_equal(count, 77);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_mask_is_obeyed),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("kernel bench", tests, NULL, NULL);
}
