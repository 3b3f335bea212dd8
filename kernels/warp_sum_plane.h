/* kernels/warp_sum_plane.h: what sums on planes share: results. Private to kernels/. */
#ifndef IMX_KERNELS_WARP_SUM_PLANE_H
#define IMX_KERNELS_WARP_SUM_PLANE_H

#include "kernels/warp_area_plane.h"
#include "kernels/warp_sum_cover.h"

/* any: of valid samples. */
IMX_GENERIC void imx_sum_put(const imx_warp_sum_plane *job, imx_type type, size_t i, double v, bool any) {
    const bool valid = any && v == v;
    job->dst_valid[i] = valid ? 255 : 0;
    imx_area_put(type, job->dst, i, valid ? imx_area_rounded(type, v) : 0);
}

#endif
