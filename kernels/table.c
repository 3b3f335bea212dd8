/* kernels/table.c: the dispatch table: references first, then overwritten per instruction set. */
#include "kernels/reference.h"
#if IMX_HAVE_AVX2 || IMX_HAVE_NEON
#include "kernels/avx2.h"
#endif

static void install_reference(imx_kernels *table) {
    *table = (imx_kernels){
        .cpu_mask = IMX_CPU_NONE,
        .warp_nearest_rgba8 = imx_ref_warp_nearest_rgba8,
        .warp_bilinear_rgba8 = imx_ref_warp_bilinear_rgba8,
        .warp_cubic_rgba8 = imx_ref_warp_cubic_rgba8,
        .warp_cubicspline_rgba8 = imx_ref_warp_cubicspline_rgba8,
        .warp_lanczos_rgba8 = imx_ref_warp_lanczos_rgba8,
        .composite_under_rgba8 = imx_ref_composite_under_rgba8,
        .premultiply_rgba8 = imx_ref_premultiply_rgba8,
        .unpremultiply_rgba8 = imx_ref_unpremultiply_rgba8,
        .blend_add_rgba8 = imx_ref_blend_add_rgba8,
        .nodata_rgba8 = imx_ref_nodata_rgba8,
        .mask_rgba8 = imx_ref_mask_rgba8,
        .look_rgba8 = imx_ref_look_rgba8,
        .expand_rgb8_rgba8 = imx_ref_expand_rgb8_rgba8,
        .predictor2_rgb8_rgba8 = imx_ref_predictor2_rgb8_rgba8,
        .coords_q16 = imx_ref_coords_q16,
        .validity = imx_ref_validity,
        .convert = imx_ref_convert,
        .lookup = imx_ref_lookup,
        .statistics = imx_ref_statistics,
        .mix = imx_ref_mix,
        .predictor = imx_ref_predictor,
        .relief = imx_ref_relief,
        .warp_plane = imx_ref_warp_plane,
        .warp_sum = imx_ref_warp_sum,
    };
    imx_ref_png_install(&table->png);
    imx_ref_reduce_install(&table->reduce);
    imx_ref_warp_area_install(&table->warp_area);
}

static void install_avx2(imx_kernels *table) {
#if IMX_HAVE_AVX2
    table->warp_nearest_rgba8 = imx_avx2_warp_nearest_rgba8;
    table->warp_bilinear_rgba8 = imx_avx2_warp_bilinear_rgba8;
    table->warp_cubic_rgba8 = imx_avx2_warp_cubic_rgba8;
    table->warp_cubicspline_rgba8 = imx_avx2_warp_cubicspline_rgba8;
    table->warp_lanczos_rgba8 = imx_avx2_warp_lanczos_rgba8;
    table->composite_under_rgba8 = imx_avx2_composite_under_rgba8;
    table->premultiply_rgba8 = imx_avx2_premultiply_rgba8;
    table->unpremultiply_rgba8 = imx_avx2_unpremultiply_rgba8;
    table->blend_add_rgba8 = imx_avx2_blend_add_rgba8;
    table->nodata_rgba8 = imx_avx2_nodata_rgba8;
    table->mask_rgba8 = imx_avx2_mask_rgba8;
    table->look_rgba8 = imx_avx2_look_rgba8;
    table->expand_rgb8_rgba8 = imx_avx2_expand_rgb8_rgba8;
    table->predictor2_rgb8_rgba8 = imx_avx2_predictor2_rgb8_rgba8;
    table->coords_q16 = imx_avx2_coords_q16;
    imx_avx2_png_install(&table->png);
    imx_avx2_reduce_install(&table->reduce);
    imx_avx2_validity_install(&table->validity);
    imx_avx2_convert_install(&table->convert);
    imx_avx2_lookup_install(&table->lookup);
    imx_avx2_statistics_install(&table->statistics);
    imx_avx2_mix_install(&table->mix);
    imx_avx2_predictor_install(&table->predictor);
    imx_avx2_relief_install(&table->relief);
    imx_avx2_warp_area_install(&table->warp_area);
    imx_avx2_warp_plane_install(&table->warp_plane);
    imx_avx2_warp_sum_install(&table->warp_sum);
#else
    (void)table;
#endif
}

void imx_kernels_init(imx_kernels *table, unsigned cpu_mask) {
    install_reference(table);
    table->cpu_mask = cpu_mask & imx_cpu_detect();
    if (table->cpu_mask & IMX_CPU_AVX2) {
        install_avx2(table);
    }
#if IMX_HAVE_NEON
    if (table->cpu_mask & IMX_CPU_NEON) {
        imx_neon_install(table);
    }
#endif
}
