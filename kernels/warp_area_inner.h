/* kernels/warp_area_inner.h: one output pixel of the area warps on rgba8, shared by the references (warp_area*.c) and
 * their variants, which leave to them what is rare. */
#ifndef IMX_KERNELS_WARP_AREA_INNER_H
#define IMX_KERNELS_WARP_AREA_INNER_H

#include "kernels/kernels.h"
#include "kernels/warp_area_axis.h"

typedef void (*imx_area_pixel_fn)(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                                  uint8_t *dst);

/* By method. */
extern const imx_area_pixel_fn imx_area_pixels[IMX_AREA_METHODS];

void imx_area_average_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                            uint8_t *dst);
void imx_area_rms_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst);

/* Output pixels [first, first + n) by the reference. */
void imx_ref_area_mode(const imx_warp_area_rgba8 *job, size_t first, size_t n);

/* Weighted sums of a box; w: the sum of its weights, 255 w: S where all is opaque. */
typedef struct imx_area_sums {
    uint64_t c[3]; /* sum w a c, or w a c^2 */
    uint64_t s;    /* S */
    uint64_t w;
} imx_area_sums;

/* How sums become a pixel. */
void imx_area_store_average(const imx_area_sums *sums, bool binary_alpha, uint8_t *dst);
void imx_area_store_rms(const imx_area_sums *sums, bool binary_alpha, uint8_t *dst);

static inline const uint8_t *imx_area_source(const imx_warp_area_rgba8 *job, int32_t x, int32_t y) {
    return job->src + (ptrdiff_t)y * job->src_stride + (ptrdiff_t)x * 4;
}

/* The part of the tables that works on planes (warp_area_plane*.c). */
void imx_ref_warp_area_plane_install(imx_warp_area_kernels *table);
void imx_avx2_warp_area_plane_install(imx_warp_area_kernels *table);

#endif
