/* tiler/kernel_bench_pixels.h: the cases of kernel_bench.c that work on a tile of pixels. Private to the bench. */
#ifndef IMX_TILER_KERNEL_BENCH_PIXELS_H
#define IMX_TILER_KERNEL_BENCH_PIXELS_H

#include "engine/base/memory.h"
#include "kernels/kernels.h"

enum { IMX_BENCH_SIDE = 256, IMX_BENCH_PIXELS = IMX_BENCH_SIDE * IMX_BENCH_SIDE }; /* a tile, and a pass */

typedef struct imx_bench_pixels imx_bench_pixels;

typedef enum imx_tile_kind { IMX_TILE_ANY, IMX_TILE_OPAQUE, IMX_TILE_MIXED } imx_tile_kind; /* before a pass */

typedef struct imx_pixel_case {
    const char *name; /* within the family */
    size_t member;    /* offset of the kernel in imx_kernels */
    void (*run)(const imx_kernels *kernels, imx_bench_pixels *pixels);
    imx_tile_kind tile; /* what it holds before a pass */
} imx_pixel_case;

const imx_pixel_case *imx_pixel_cases(size_t *count);

/* NULL: out of memory. */
imx_bench_pixels *imx_bench_pixels_create(imx_memory *memory);
void imx_bench_pixels_prepare(imx_bench_pixels *pixels, imx_tile_kind kind);
void imx_bench_pixels_destroy(imx_memory *memory, imx_bench_pixels **pixels);

#endif
