/* tests/arm/count_clock.c: `imbrex kernels --bench` by a clock that counts instructions: the linker puts this
 * clock_gettime() in the place of the C library's, and an instruction takes a nanosecond. The file COUNT holds their
 * number (count_plugin.c). A line for each variant: family, kernel, instructions per pixel of the reference and of the
 * variant, and their ratio. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "tiler/kernel_bench.h"

static const volatile uint64_t *instructions;

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
    (void)clock;
    const uint64_t now = *instructions;
    t->tv_sec = (time_t)(now / 1000000000);
    t->tv_nsec = (long)(now % 1000000000);
    return 0;
}

static const uint64_t *map_count(const char *path) {
    const int file = path ? open(path, O_RDONLY) : -1;
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, file, 0);
    return map == MAP_FAILED ? NULL : map;
}

int main(void) {
    static imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    imx_error err = IMX_ERROR_INIT;
    size_t count;
    instructions = map_count(getenv("COUNT"));
    if (!instructions || imx_kernel_bench(NULL, imx_cpu_detect(), &err, rows, &count) != IMX_OK) {
        (void)fprintf(stderr, "no count of instructions, or no memory\n");
        return 1;
    }
    (void)printf("%-11s %-34s %9s %9s %6s\n", "family", "kernel", "scalar", "variant", "ratio");
    for (size_t i = 1; i < count; i++) {
        if (strcmp(rows[i].level, "scalar") != 0) { /* its reference stands before it; 10^6 pixels in 10^9 a second */
            (void)printf("%-11s %-34s %9.2f %9.2f %6.3f\n", rows[i].family, rows[i].kernel, 1e3 / rows[i - 1].mpx_per_s,
                         1e3 / rows[i].mpx_per_s, 1 / rows[i].ratio);
        }
    }
    return 0;
}
