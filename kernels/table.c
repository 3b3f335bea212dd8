/* kernels/table.c: the dispatch table: references first, then overwritten per instruction set. */
#include "kernels/reference.h"

static void install_reference(imx_kernels *table) {
    *table = (imx_kernels){
        .cpu_mask = IMX_CPU_NONE,
        .warp_nearest_rgba8 = imx_ref_warp_nearest_rgba8,
        .warp_bilinear_rgba8 = imx_ref_warp_bilinear_rgba8,
        .warp_cubic_rgba8 = imx_ref_warp_cubic_rgba8,
        .reduce2x_rgba8 = imx_ref_reduce2x_rgba8,
        .composite_under_rgba8 = imx_ref_composite_under_rgba8,
        .premultiply_rgba8 = imx_ref_premultiply_rgba8,
        .unpremultiply_rgba8 = imx_ref_unpremultiply_rgba8,
        .blend_add_rgba8 = imx_ref_blend_add_rgba8,
        .nodata_rgba8 = imx_ref_nodata_rgba8,
        .mask_rgba8 = imx_ref_mask_rgba8,
        .look_rgba8 = imx_ref_look_rgba8,
        .coords_q16 = imx_ref_coords_q16,
    };
}

void imx_kernels_init(imx_kernels *table, unsigned cpu_mask) {
    install_reference(table);
    table->cpu_mask = cpu_mask & imx_cpu_detect();
}
