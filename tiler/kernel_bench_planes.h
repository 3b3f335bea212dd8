/* tiler/kernel_bench_planes.h: the cases of kernel_bench.c that work on planes. Private to the bench. */
#ifndef IMX_TILER_KERNEL_BENCH_PLANES_H
#define IMX_TILER_KERNEL_BENCH_PLANES_H

#include "engine/base/memory.h"
#include "kernels/kernels.h"

typedef struct imx_bench_planes imx_bench_planes;

typedef struct imx_plane_case {
    const char *name; /* within the family */
    size_t member;    /* offset of the kernel in imx_kernels */
    /* 65536 samples, in strips that stay in the first cache */
    void (*run)(const imx_kernels *kernels, imx_bench_planes *planes);
} imx_plane_case;

const imx_plane_case *imx_plane_cases(size_t *count);

/* NULL: out of memory. */
imx_bench_planes *imx_bench_planes_create(imx_memory *memory);
/* What the kernels work on becomes what it was. */
void imx_bench_planes_prepare(imx_bench_planes *planes);
void imx_bench_planes_destroy(imx_memory *memory, imx_bench_planes **planes);

#endif
