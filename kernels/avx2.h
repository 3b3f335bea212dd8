/* kernels/avx2.h: the SIMD variants, written in AVX2's intrinsics: for x86-64-v3, and for aarch64, where intrinsics.h
 * makes NEON of them. Private to kernels/; each equals its reference byte for byte. */
#ifndef IMX_KERNELS_AVX2_H
#define IMX_KERNELS_AVX2_H

#include "kernels/kernels.h"

void imx_avx2_warp_nearest_rgba8(const imx_warp_rgba8 *job);
void imx_avx2_warp_bilinear_rgba8(const imx_warp_rgba8 *job);
void imx_avx2_warp_cubic_rgba8(const imx_warp_rgba8 *job);
void imx_avx2_warp_cubicspline_rgba8(const imx_warp_rgba8 *job);
void imx_avx2_warp_lanczos_rgba8(const imx_warp_rgba8 *job);
void imx_avx2_composite_under_rgba8(uint8_t *top, const uint8_t *under, size_t n);
void imx_avx2_premultiply_rgba8(uint8_t *px, size_t n);
void imx_avx2_unpremultiply_rgba8(uint8_t *px, size_t n);
void imx_avx2_blend_add_rgba8(uint64_t *acc, const uint8_t *px, const uint8_t *weight, size_t n);
void imx_avx2_nodata_rgba8(uint8_t *px, size_t n, const uint8_t nodata[3], unsigned bands);
void imx_avx2_mask_rgba8(uint8_t *px, const uint8_t *mask, size_t n);
unsigned imx_avx2_look_rgba8(const uint8_t *px, ptrdiff_t stride, size_t w, size_t h);
void imx_avx2_expand_rgb8_rgba8(const uint8_t *rgb, size_t n, uint8_t *dst);
void imx_avx2_predictor2_rgb8_rgba8(const uint8_t *differences, size_t n, uint8_t *dst);
void imx_avx2_reduce_install(imx_reduce_kernels *table);
void imx_avx2_reduce_plane_install(imx_reduce_kernels *table);
void imx_avx2_reduce_filter_install(imx_reduce_kernels *table);
void imx_avx2_reduce_filter_plane_install(imx_reduce_kernels *table);
void imx_avx2_coords_q16(int64_t base_q32, int64_t step_q32, size_t n, int32_t *out);

void imx_avx2_png_install(imx_png_kernels *table);
/* The families with a table of their own: each installs what it has. */
void imx_avx2_validity_install(imx_validity_kernels *table);
void imx_avx2_convert_install(imx_convert_kernels *table);
void imx_avx2_lookup_install(imx_lookup_kernels *table);
void imx_avx2_statistics_install(imx_statistics_kernels *table);
void imx_avx2_mix_install(imx_mix_kernels *table);
void imx_avx2_predictor_install(imx_predictor_kernels *table);
void imx_avx2_relief_install(imx_relief_kernels *table);
void imx_avx2_warp_plane_install(imx_warp_plane_kernels *table);
void imx_avx2_warp_sum_install(imx_warp_sum_kernels *table);

/* Those that gain as NEON. */
void imx_neon_install(imx_kernels *table);

#endif
