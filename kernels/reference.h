/* kernels/reference.h: the scalar references. Each defines its kernel's result (kernels.h states it in words).
 * Private to kernels/: variants call them for tails, edges and rare cases; everybody else goes through the table. */
#ifndef IMX_KERNELS_REFERENCE_H
#define IMX_KERNELS_REFERENCE_H

#include "kernels/kernels.h"

void imx_ref_warp_nearest_rgba8(const imx_warp_rgba8 *job);
void imx_ref_warp_bilinear_rgba8(const imx_warp_rgba8 *job);
void imx_ref_warp_cubic_rgba8(const imx_warp_rgba8 *job);
void imx_ref_warp_cubicspline_rgba8(const imx_warp_rgba8 *job);
void imx_ref_warp_lanczos_rgba8(const imx_warp_rgba8 *job);
void imx_ref_composite_under_rgba8(uint8_t *top, const uint8_t *under, size_t n);
void imx_ref_premultiply_rgba8(uint8_t *px, size_t n);
void imx_ref_unpremultiply_rgba8(uint8_t *px, size_t n);
void imx_ref_blend_add_rgba8(uint64_t *acc, const uint8_t *px, const uint8_t *weight, size_t n);
void imx_ref_nodata_rgba8(uint8_t *px, size_t n, const uint8_t nodata[3], unsigned bands);
void imx_ref_mask_rgba8(uint8_t *px, const uint8_t *mask, size_t n);
unsigned imx_ref_look_rgba8(const uint8_t *px, ptrdiff_t stride, size_t w, size_t h);
void imx_ref_expand_rgb8_rgba8(const uint8_t *rgb, size_t n, uint8_t *dst);
void imx_ref_predictor2_rgb8_rgba8(const uint8_t *differences, size_t n, uint8_t *dst);
void imx_ref_reduce_install(imx_reduce_kernels *table);
void imx_ref_reduce_plane_install(imx_reduce_kernels *table);
void imx_ref_reduce_filter_install(imx_reduce_kernels *table);
void imx_ref_reduce_filter_plane_install(imx_reduce_kernels *table);
void imx_ref_coords_q16(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out);

void imx_ref_png_filter(const imx_png_row *row, imx_png_filter filter, uint8_t *out);
imx_png_filter imx_ref_png_best_filter(const imx_png_row *row, uint8_t *out);
void imx_ref_png_pack(const uint8_t *rgba, size_t n, size_t pixel_bytes, uint8_t *out);
void imx_ref_png_install(imx_png_kernels *table);
/* The families with a table of their own. */
extern const imx_validity_kernels imx_ref_validity;
extern const imx_convert_kernels imx_ref_convert;
extern const imx_lookup_kernels imx_ref_lookup;
extern const imx_statistics_kernels imx_ref_statistics;
extern const imx_mix_kernels imx_ref_mix;
extern const imx_predictor_kernels imx_ref_predictor;
extern const imx_relief_kernels imx_ref_relief;
extern const imx_warp_plane_kernels imx_ref_warp_plane;
extern const imx_warp_sum_kernels imx_ref_warp_sum;

#endif
