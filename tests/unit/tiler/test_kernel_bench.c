/* tests/unit/tiler/test_kernel_bench.c: the table that `imbrex kernels --bench` prints. Speeds are not judged here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiler/kernel_bench.h"
#include "tiler/kernel_list.h"

/* Rows of a family stand together: its name heads them once. */
static void assert_begins_once(const char *family, const char *before, const char *const *seen, size_t count) {
    for (size_t i = 0; i < count && strcmp(family, before) != 0; i++) {
        assert_string_not_equal(family, seen[i]);
    }
}

static void test_list_by_family(void **state) {
    (void)state;
    const char *seen[IMX_KERNEL_BENCH_ROWS_MAX];
    size_t count = 0;
    const imx_kernel_entry *list = imx_kernel_list(&count);
    assert_true(count <= IMX_KERNEL_BENCH_ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_begins_once(list[i].family, i ? list[i - 1].family : "", seen, i);
        seen[i] = list[i].family;
    }
}

static void test_rows(void **state) {
    (void)state;
    imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    const char *families[IMX_KERNEL_BENCH_ROWS_MAX];
    size_t count = 0, scalar = 0;
    assert_int_equal(imx_kernel_bench(NULL, ~0u, NULL, rows, &count), IMX_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].mpx_per_s > 0);
        assert_true(rows[i].ratio > 0);
        assert_true(rows[i].family[0]);
        assert_begins_once(rows[i].family, i ? rows[i - 1].family : "", families, i);
        families[i] = rows[i].family;
        if (strcmp(rows[i].level, "scalar") == 0) {
            assert_true(rows[i].ratio == 1);
            scalar++;
        } else {
            assert_string_equal(rows[i].kernel, rows[i - 1].kernel);
            assert_string_not_equal(rows[i].level, rows[i - 1].level);
        }
    }
    assert_true(scalar >= 12); /* a row at least for each kernel of the table */
    assert_true(imx_cpu_detect() & (IMX_CPU_AVX2 | IMX_CPU_NEON) ? count > scalar : count == scalar);
}

/* Every function pointer of the table has exactly one entry in the list: a new kernel wants a line there. */
static void test_list_is_complete(void **state) {
    (void)state;
    size_t count, listed = 0;
    const imx_kernel_entry *list = imx_kernel_list(&count);
    const size_t first = offsetof(imx_kernels, warp_nearest_rgba8), bytes = sizeof(imx_warp_rgba8_fn);
    for (size_t member = first; member < sizeof(imx_kernels); member += bytes) {
        size_t entries = 0;
        for (size_t i = 0; i < count; i++) {
            entries += member >= list[i].member && member < list[i].member + list[i].count * bytes;
        }
        assert_int_equal(entries, 1);
        assert_non_null(imx_kernel_find(member));
        assert_true(imx_kernel_find(member)->family[0] && imx_kernel_find(member)->name[0]);
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(list[i].count == 1 ? !list[i].each : list[i].each != NULL);
        listed += list[i].count;
    }
    assert_int_equal(listed, (sizeof(imx_kernels) - first) / bytes);
    assert_null(imx_kernel_find(offsetof(imx_kernels, cpu_mask)));
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
        cmocka_unit_test(test_list_by_family),
        cmocka_unit_test(test_list_is_complete),
        cmocka_unit_test(test_mask_is_obeyed),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("kernel bench", tests, NULL, NULL);
}
