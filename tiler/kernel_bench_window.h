/* tiler/kernel_bench_window.h: what kernels that read a window of samples are measured with. Private to the bench. */
#ifndef IMX_TILER_KERNEL_BENCH_WINDOW_H
#define IMX_TILER_KERNEL_BENCH_WINDOW_H

#include "tiler/kernel_bench_area.h"

/* A tile of 256 x 256 samples with the widest halo around, in the types that there are filters for. */
enum { IMX_BENCH_TILE = 256, IMX_BENCH_WINDOW = IMX_BENCH_TILE + 2 * IMX_REDUCE_HALO_MAX_PX };
enum { IMX_BENCH_SAMPLES = IMX_BENCH_WINDOW * IMX_BENCH_WINDOW };
typedef struct imx_bench_window {
    uint8_t u8[IMX_BENCH_SAMPLES], holes[IMX_BENCH_SAMPLES]; /* holes: one sample in 64 is invalid */
    uint16_t u16[IMX_BENCH_SAMPLES];
    float f32[IMX_BENCH_SAMPLES];
    double f64[IMX_BENCH_SAMPLES];
    double out[IMX_BENCH_TILE * IMX_BENCH_TILE];
    uint8_t out_valid[IMX_BENCH_TILE * IMX_BENCH_TILE];
} imx_bench_window;

void imx_bench_window_fill(imx_bench_window *window);
/* A filter over the tile; without holes all are valid. */
void imx_bench_window_reduce(const imx_kernels *kernels, imx_bench_window *window, imx_reduce_method method,
                             imx_type type, bool holes);
/* The warp of doubles, slightly turned; at 1:1, or minified by 2. All are valid. */
void imx_bench_window_warp(const imx_kernels *kernels, imx_bench_window *window, imx_warp_method method, bool by_2);
/* Boxes and quadrilaterals of doubles. */
imx_bench_area imx_bench_window_boxes(imx_bench_window *window, double box_px);

#endif
