/* tiler/cli/cmd_kernels.c: `imbrex kernels`: the SIMD level in use, and with --bench what each kernel reaches here. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

#define KERNEL(name)                                                                                                   \
    { #name, offsetof(imx_kernels, name) }
#define REDUCE(method)                                                                                                 \
    { "reduce " #method " rgba8", offsetof(imx_kernels, reduce.rgba8[IMX_REDUCE_##method]) }
static const struct {
    const char *name;
    size_t offset;
} kernels[] = {
    KERNEL(warp_nearest_rgba8),
    KERNEL(warp_bilinear_rgba8),
    KERNEL(warp_cubic_rgba8),
    KERNEL(warp_cubicspline_rgba8),
    KERNEL(warp_lanczos_rgba8),
    REDUCE(AVERAGE),
    REDUCE(NEAREST),
    REDUCE(MODE),
    REDUCE(MIN),
    REDUCE(MAX),
    KERNEL(composite_under_rgba8),
    KERNEL(premultiply_rgba8),
    KERNEL(unpremultiply_rgba8),
    KERNEL(blend_add_rgba8),
    KERNEL(nodata_rgba8),
    KERNEL(mask_rgba8),
    KERNEL(look_rgba8),
    KERNEL(expand_rgb8_rgba8),
    KERNEL(predictor2_rgb8_rgba8),
    KERNEL(coords_q16),
};

static bool same_function(const imx_kernels *a, const imx_kernels *b, size_t offset) {
    return memcmp((const char *)a + offset, (const char *)b + offset, sizeof(imx_nodata_rgba8_fn)) == 0;
}

/* Each kernel with the level of its variant in use: the lowest mask that installs the same function. */
static void print_kernels(void) {
    static const unsigned masks[] = {IMX_CPU_NONE, IMX_CPU_SSE42, IMX_CPU_SSE42 | IMX_CPU_AVX2, IMX_CPU_NEON};
    imx_kernels used;
    imx_kernels_init(&used, imx_cpu_detect());
    (void)printf("\n%-24s %s\n", "kernel", "variant in use");
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        const char *level = imx_cpu_name(imx_cpu_detect());
        for (size_t k = sizeof masks / sizeof *masks; k-- > 0;) {
            imx_kernels lower;
            imx_kernels_init(&lower, masks[k]);
            if (same_function(&used, &lower, kernels[i].offset)) {
                level = imx_cpu_name(masks[k]);
            }
        }
        (void)printf("%-24s %s\n", kernels[i].name, level);
    }
    (void)puts("\n--bench measures them");
}

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
    if (!o.bench) {
        print_kernels();
        return 0;
    }
    imx_status s = bench(&err);
    return s ? imx_cmd_fail("kernels", &err) : 0;
}
