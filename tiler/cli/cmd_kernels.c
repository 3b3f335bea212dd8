/* tiler/cli/cmd_kernels.c: `imbrex kernels`: the SIMD level in use, and with --bench what each kernel reaches here. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kernels/kernels.h"
#include "tiler/cli/commands.h"
#include "tiler/kernel_bench.h"
#include "tiler/kernel_list.h"

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
    .options = (const imx_option *const[]){table, NULL},
};

/* The level of the variant in use: the lowest mask that installs the same function. */
static const char *level_of(size_t member) {
    static const unsigned masks[] = {IMX_CPU_NONE, IMX_CPU_SSE42, IMX_CPU_SSE42 | IMX_CPU_AVX2, IMX_CPU_NEON};
    imx_kernels used, lower;
    imx_kernels_init(&used, imx_cpu_detect());
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        imx_kernels_init(&lower, masks[i]);
        if (imx_kernel_same(&used, &lower, member)) {
            return imx_cpu_name(masks[i]);
        }
    }
    return imx_cpu_name(imx_cpu_detect());
}

/* A family's name stands in its first row only, after an empty line. */
static const char *begin_row(const char *family, const char *before) {
    const bool begins = !before || strcmp(family, before) != 0;
    (void)printf("%s%-11s ", begins && before ? "\n" : "", begins ? family : "");
    return family;
}

static void print_kernels(void) {
    size_t count;
    const imx_kernel_entry *list = imx_kernel_list(&count);
    const char *family = NULL;
    (void)printf("\n%-11s %-30s %s\n", "family", "kernel", "variant in use");
    for (size_t i = 0; i < count; i++) {
        char name[64];
        const int length = snprintf(name, sizeof name, "%s", list[i].name);
        if (list[i].each) {
            (void)snprintf(name + length, sizeof name - (size_t)length, " (%zu %s)", list[i].count, list[i].each);
        }
        family = begin_row(list[i].family, family);
        (void)printf("%-30s %s\n", name, level_of(list[i].member));
    }
    (void)puts("\n--bench measures them");
}

/* A line for each case: its reference beside its variant; another line for each further variant. */
static void print_rows(const imx_kernel_bench_row *rows, size_t count) {
    const char *family = NULL;
    (void)printf("\n%-11s %-34s %9s   %-8s %9s %9s\n", "family", "kernel", "scalar", "variant", "Mpx/s", "x scalar");
    for (size_t i = 0, n; i < count; i += n) {
        family = begin_row(rows[i].family, family);
        (void)printf("%-34s %9.0f", rows[i].kernel, rows[i].mpx_per_s);
        for (n = 1; i + n < count && rows[i + n].ratio != 1; n++) {
            const imx_kernel_bench_row *r = &rows[i + n];
            (void)printf("%*s   %-8s %9.0f %9.1f", n > 1 ? 57 : 0, n > 1 ? "\n" : "", r->level, r->mpx_per_s, r->ratio);
        }
        (void)putchar('\n');
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
    if (!o.bench) {
        print_kernels();
        return 0;
    }
    imx_status s = bench(&err);
    return s ? imx_cmd_fail("kernels", &err) : 0;
}
