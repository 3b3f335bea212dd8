/* tests/arm/standin/cmocka.h: what tests/kernels use of cmocka (https://cmocka.org), for where there is no cmocka: a
 * cross compiler has no library for its target. A failure ends the test; the program returns how many failed. */
#ifndef IMX_TESTS_CMOCKA_STANDIN_H
#define IMX_TESTS_CMOCKA_STANDIN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
};
#define cmocka_unit_test(function)                                                                                     \
    { #function, function }

/* Where a test ends before its end; set by standin_run(). */
enum { STANDIN_FAILED = 1, STANDIN_SKIPPED };
extern jmp_buf standin_end_of_test;
_Noreturn void standin_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
int standin_run(const char *group, const struct CMUnitTest *tests, size_t count, int (*setup)(void **),
                int (*teardown)(void **));
#define cmocka_run_group_tests_name(group, tests, setup, teardown)                                                     \
    standin_run(group, tests, sizeof(tests) / sizeof(tests)[0], setup, teardown)

#define skip() longjmp(standin_end_of_test, STANDIN_SKIPPED)
#define fail_msg(...) standin_fail(__FILE__, __LINE__, __VA_ARGS__)
#define assert_true(condition) ((condition) ? (void)0 : fail_msg("not true: %s", #condition))
#define assert_non_null(pointer) assert_true((pointer) != NULL)

static inline void standin_int_equal(long long a, long long b, const char *file, int line) {
    if (a != b) {
        standin_fail(file, line, "%lld (0x%llx) is not %lld (0x%llx)", a, (unsigned long long)a, b,
                     (unsigned long long)b);
    }
}
#define assert_int_equal(a, b) standin_int_equal((long long)(a), (long long)(b), __FILE__, __LINE__)
#define assert_in_range(v, lowest, highest)                                                                            \
    assert_true((unsigned long long)(v) >= (unsigned long long)(lowest) &&                                             \
                (unsigned long long)(v) <= (unsigned long long)(highest))
#define assert_memory_equal(a, b, size) (memcmp(a, b, size) == 0 ? (void)0 : fail_msg("%s and %s differ", #a, #b))
#define assert_string_equal(a, b) (strcmp(a, b) == 0 ? (void)0 : fail_msg("'%s' is not '%s'", a, b))

#endif
