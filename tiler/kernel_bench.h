/* tiler/kernel_bench.h: what each kernel reaches on this machine, at each CPU level (`imbrex kernels --bench`).
 *
 * Each case runs over a 256 x 256 tile that stays in the cache (planes: in strips that stay in the first one), on this
 * thread's CPU clock; a figure is the median of several passes. The scalar references are compiled with -O3 like the
 * variants. A few seconds in all.
 */
#ifndef IMX_TILER_KERNEL_BENCH_H
#define IMX_TILER_KERNEL_BENCH_H

#include "engine/base/memory.h"
#include "kernels/kernels.h"

typedef struct imx_kernel_bench_row {
    const char *family; /* "warp"; as kernel_list.h has it; static */
    const char *kernel; /* "bilinear, opaque"; static */
    const char *level;  /* imx_cpu_name() */
    double mpx_per_s;   /* output pixels, 10^6 a second (reduce: source pixels) */
    double ratio;       /* to the scalar reference of the same case; 1 for itself */
} imx_kernel_bench_row;

#define IMX_KERNEL_BENCH_ROWS_MAX 1024

/* Rows family by family, for each case the reference first, then every level in cpu_mask that
 * this CPU has and that brings a kernel of its own. rows has room for IMX_KERNEL_BENCH_ROWS_MAX. */
IMX_MUST_USE imx_status imx_kernel_bench(imx_memory *memory, unsigned cpu_mask, imx_error *err,
                                         imx_kernel_bench_row *rows, size_t *count);

#endif
