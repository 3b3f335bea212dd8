/* tests/arm/standin/cmocka.c */
#include "cmocka.h"

#include <stdarg.h>

jmp_buf standin_end_of_test;

_Noreturn void standin_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    (void)fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    longjmp(standin_end_of_test, STANDIN_FAILED);
}

int standin_run(const char *group, const struct CMUnitTest *tests, size_t count, int (*setup)(void **),
                int (*teardown)(void **)) {
    void *state = NULL;
    volatile int failed = 0;
    if (setjmp(standin_end_of_test) != 0 || (setup && setup(&state) != 0)) {
        (void)fprintf(stderr, "%s: cannot be set up\n", group);
        return 1;
    }
    for (volatile size_t i = 0; i < count; i++) {
        switch (setjmp(standin_end_of_test)) {
        case 0: tests[i].test(&state); break;
        case STANDIN_SKIPPED: (void)printf("%s: %s skipped\n", group, tests[i].name); break;
        default: (void)fprintf(stderr, "%s: %s failed\n", group, tests[i].name); failed++;
        }
    }
    if (teardown && teardown(&state) != 0) {
        failed++;
    }
    (void)printf("%s: %zu tests, %d failed\n", group, count, failed);
    return failed;
}
