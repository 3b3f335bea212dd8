/* kernels/warp_sum_plane.h: what sums on planes share: samples and results, f64 too. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_SUM_PLANE_H
#define IMX_KERNELS_WARP_SUM_PLANE_H

#include "kernels/warp_area_plane.h"
#include "kernels/warp_sum_cover.h"

/* Every sample is a double. */
IMX_GENERIC double imx_sum_sample(imx_type type, const uint8_t *row, int32_t x) {
    return type == IMX_F64 ? ((const double *)(const void *)row)[x] : (double)imx_area_sample(type, row, x);
}

/* any: of valid samples. */
IMX_GENERIC void imx_sum_put(const imx_warp_sum_plane *job, imx_type type, size_t i, double v, bool any) {
    const bool valid = any && v == v;
    job->dst_valid[i] = valid ? 255 : 0;
    if (type == IMX_F64) {
        ((double *)job->dst)[i] = valid ? v + 0.0 : 0;
    } else {
        imx_area_put(type, job->dst, i, valid ? imx_area_rounded(type, v) : 0);
    }
}

#endif
