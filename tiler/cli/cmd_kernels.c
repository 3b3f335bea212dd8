/* tiler/cli/cmd_kernels.c: `imbrex kernels`: the SIMD level in use, and with --bench what each kernel reaches here. */
#include <stdio.h>

#include "kernels/kernels.h"
#include "tiler/cli/commands.h"
#include "tiler/kernel_bench.h"

typedef struct kernels_options {
    bool bench;
} kernels_options;

static imx_status set_bench(void *to, const char *value, imx_error *err) {
    (void)value, (void)err;
    ((kernels_options *)to)->bench = true;
    return IMX_OK;
}

static const imx_option table[] = {
    IMX_OPTION_HEADING("Options"),
    {"bench", 0, NULL, "measure every kernel at every level of this CPU (some seconds)", set_bench},
    {"help", 'h', NULL, "this text", NULL},
    IMX_OPTION_END,
};

static const imx_command command = {
    .name = "kernels",
    .summary = "the SIMD level in use; what each kernel reaches here",
    .usage = "[--bench]",
    .about = "Each kernel has a scalar reference and SIMD variants that return the same bytes.",
    .examples = "  imbrex kernels\n  imbrex kernels --bench\n",
    .options = table,
};

static void print_rows(const imx_kernel_bench_row *rows, size_t count) {
    (void)printf("\n%-34s %-8s %10s %10s\n", "kernel", "level", "Mpx/s", "x scalar");
    for (size_t i = 0; i < count; i++) {
        bool repeats = i && rows[i].kernel == rows[i - 1].kernel;
        (void)printf("%-34s %-8s %10.0f %10.1f\n", repeats ? "" : rows[i].kernel, rows[i].level, rows[i].mpx_per_s,
                     rows[i].ratio);
    }
}

static imx_status bench(imx_error *err) {
    imx_kernel_bench_row rows[IMX_KERNEL_BENCH_ROWS_MAX];
    size_t count = 0;
    imx_status s = imx_kernel_bench(NULL, imx_cpu_detect(), err, rows, &count);
    if (!s) {
        print_rows(rows, count);
    }
    return s;
}

int imx_cmd_kernels(int argc, char **argv) {
    kernels_options o = {0};
    imx_error err = IMX_ERROR_INIT;
    int positional, exit_status;
    if (!imx_cmd_begin(&command, argc, argv, &o, &positional, &exit_status)) {
        return exit_status;
    }
    if (positional) {
        (void)imx_fail(&err, IMX_E_USAGE, "takes no arguments, but there is '%s'", argv[1]);
        return imx_cmd_fail("kernels", &err);
    }
    (void)printf("SIMD level in use: %s\n", imx_cpu_name(imx_cpu_detect()));
    imx_status s = o.bench ? bench(&err) : IMX_OK;
    return s ? imx_cmd_fail("kernels", &err) : 0;
}
