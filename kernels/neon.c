/* kernels/neon.c: which of the variants are installed on aarch64: those that take clearly fewer instructions in NEON
 * than what gcc makes of the reference (docs/performance.md has the figures). The rest stays with its reference: the
 * PNG filters, coordinates, most of what does one operation between a load and a store; gcc turns them into NEON
 * itself. */
#include <string.h>

#include "kernels/avx2.h"

static void install_validity(imx_validity_kernels *table) {
    imx_validity_kernels all = *table;
    imx_avx2_validity_install(&all);
    table->qa_u8 = all.qa_u8;
    table->qa_u16 = all.qa_u16;
    table->bits = all.bits;
}

static void install_convert(imx_convert_kernels *table) {
    imx_convert_kernels all = *table;
    imx_avx2_convert_install(&all);
    for (imx_type type = 0; type < IMX_TYPES; type++) {
        if (type != IMX_F32 && type != IMX_F64) {
            table->narrow[type] = all.narrow[type];
        }
    }
    table->scale = all.scale;
    table->f16_f32 = all.f16_f32;
    table->unpack1 = all.unpack1;
    table->unpack2 = all.unpack2;
    table->unpack4 = all.unpack4;
    table->to_rgba8 = all.to_rgba8;
    table->from_rgba8 = all.from_rgba8;
}

static void install_mix(imx_mix_kernels *table) {
    imx_mix_kernels all = *table;
    imx_avx2_mix_install(&all);
    memcpy(table->over, all.over, sizeof all.over);
    memcpy(table->under, all.under, sizeof all.under);
    table->add = all.add;
    table->divide = all.divide;
}

/* All but the least and the largest sample of a box of numbers. */
static void install_warp_area(imx_warp_area_kernels *table) {
    const imx_warp_area_kernels references = *table;
    imx_avx2_warp_area_install(table);
    memcpy(table->plane[IMX_AREA_MIN], references.plane[IMX_AREA_MIN], sizeof references.plane[IMX_AREA_MIN]);
    memcpy(table->plane[IMX_AREA_MAX], references.plane[IMX_AREA_MAX], sizeof references.plane[IMX_AREA_MAX]);
}

void imx_neon_install(imx_kernels *table) {
    table->warp_nearest_rgba8 = imx_avx2_warp_nearest_rgba8;
    table->warp_bilinear_rgba8 = imx_avx2_warp_bilinear_rgba8;
    table->warp_cubic_rgba8 = imx_avx2_warp_cubic_rgba8;
    table->warp_cubicspline_rgba8 = imx_avx2_warp_cubicspline_rgba8;
    table->warp_lanczos_rgba8 = imx_avx2_warp_lanczos_rgba8;
    table->composite_under_rgba8 = imx_avx2_composite_under_rgba8;
    table->premultiply_rgba8 = imx_avx2_premultiply_rgba8;
    table->unpremultiply_rgba8 = imx_avx2_unpremultiply_rgba8;
    table->nodata_rgba8 = imx_avx2_nodata_rgba8;
    table->mask_rgba8 = imx_avx2_mask_rgba8;
    table->predictor2_rgb8_rgba8 = imx_avx2_predictor2_rgb8_rgba8;
    imx_avx2_reduce_install(&table->reduce);
    install_validity(&table->validity);
    install_convert(&table->convert);
    imx_avx2_lookup_install(&table->lookup);
    imx_avx2_statistics_install(&table->statistics);
    install_mix(&table->mix);
    imx_avx2_predictor_install(&table->predictor);
    imx_avx2_relief_install(&table->relief);
    install_warp_area(&table->warp_area);
    imx_avx2_warp_plane_install(&table->warp_plane);
    imx_avx2_warp_sum_install(&table->warp_sum);
}
