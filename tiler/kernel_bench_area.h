/* tiler/kernel_bench_area.h: what the area warps and sums are measured with. Private to the bench. */
#ifndef IMX_TILER_KERNEL_BENCH_AREA_H
#define IMX_TILER_KERNEL_BENCH_AREA_H

#include "kernels/kernels.h"

/* A square window of side px and 256 x 256 output pixels whose boxes have sides of box_px; both stay small. */
typedef struct imx_bench_area {
    const void *src; /* rgba8, or side x side samples */
    int32_t side;
    double box_px;
    void *dst;
    uint8_t *dst_valid;
} imx_bench_area;

void imx_bench_area_rgba8(const imx_kernels *kernels, imx_area_method method, const imx_bench_area *on);
/* All valid. */
void imx_bench_area_plane(const imx_kernels *kernels, imx_area_method method, imx_type type, const imx_bench_area *on);

/* Quadrilaterals in place of the boxes: the boxes, or turned by 7 degrees. */
void imx_bench_sum_rgba8(const imx_kernels *kernels, bool turned, const imx_bench_area *on);
void imx_bench_sum_plane(const imx_kernels *kernels, bool turned, imx_type type, const imx_bench_area *on);

#endif
