/* tiler/kernel_list.c: the kernels of the table by name. */
#include "tiler/kernel_list.h"

#include <string.h>

#define ONE(family, name, member)                                                                                      \
    { family, name, offsetof(imx_kernels, member), 1, NULL }
#define ARRAY(family, name, member, n, each)                                                                           \
    { family, name, offsetof(imx_kernels, member), n, each }
#define TYPES(family, name) ARRAY(#family, #name, family.name, IMX_TYPES, "types")
#define WIDTHS(family, name) ARRAY(#family, #name, family.name, IMX_WIDTHS, "widths")
#define PLANES(name, method)                                                                                           \
    ARRAY("warp_plane", name, warp_plane.fn[IMX_WARP_METHOD_##method], IMX_PLANE_TYPES, "types")
#define REDUCE_PLANES(name, method)                                                                                    \
    ARRAY("reduce", "planes, " name, reduce.plane[IMX_REDUCE_##method], IMX_TYPES, "types")
#define MEMBER(family, name) ONE(#family, #name, family.name)

static const imx_kernel_entry list[] = {
    ONE("warp", "nearest_rgba8", warp_nearest_rgba8),
    ONE("warp", "bilinear_rgba8", warp_bilinear_rgba8),
    ONE("warp", "cubic_rgba8", warp_cubic_rgba8),
    ONE("warp", "cubicspline_rgba8", warp_cubicspline_rgba8),
    ONE("warp", "lanczos_rgba8", warp_lanczos_rgba8),
    ONE("warp", "coords_q16", coords_q16),
    PLANES("nearest", NEAREST),
    PLANES("bilinear", BILINEAR),
    PLANES("cubic", CUBIC),
    PLANES("cubicspline", CUBICSPLINE),
    PLANES("lanczos", LANCZOS),
    ARRAY("warp_area", "rgba8", warp_area.rgba8, IMX_AREA_METHODS, "methods"),
    ARRAY("warp_area", "planes", warp_area.plane, IMX_AREA_METHODS *IMX_PLANE_TYPES, "methods and types"),
    ONE("warp_sum", "rgba8", warp_sum.rgba8),
    ARRAY("warp_sum", "planes", warp_sum.plane, IMX_PLANE_TYPES, "types"),
    ONE("rgba8", "composite_under", composite_under_rgba8),
    ONE("rgba8", "premultiply", premultiply_rgba8),
    ONE("rgba8", "unpremultiply", unpremultiply_rgba8),
    ONE("rgba8", "blend_add", blend_add_rgba8),
    ONE("rgba8", "nodata", nodata_rgba8),
    ONE("rgba8", "mask", mask_rgba8),
    ONE("rgba8", "look", look_rgba8),
    ONE("rgba8", "expand_rgb8", expand_rgb8_rgba8),
    ONE("rgba8", "predictor2_rgb8", predictor2_rgb8_rgba8),
    MEMBER(png, filter),
    MEMBER(png, best_filter),
    MEMBER(png, pack),
    ARRAY("reduce", "rgba8", reduce.rgba8, IMX_REDUCE_METHODS, "methods"),
    REDUCE_PLANES("average", AVERAGE),
    REDUCE_PLANES("nearest", NEAREST),
    REDUCE_PLANES("mode", MODE),
    REDUCE_PLANES("min", MIN),
    REDUCE_PLANES("max", MAX),
    REDUCE_PLANES("bilinear", BILINEAR),
    REDUCE_PLANES("cubic", CUBIC),
    REDUCE_PLANES("lanczos", LANCZOS),
    TYPES(validity, nodata),
    MEMBER(validity, qa_u8),
    MEMBER(validity, qa_u16),
    MEMBER(validity, qa_u32),
    MEMBER(validity, bits),
    MEMBER(validity, either),
    MEMBER(validity, from_rgba8),
    TYPES(validity, fill),
    TYPES(convert, widen),
    MEMBER(convert, scale),
    TYPES(convert, narrow),
    MEMBER(convert, f16_f32),
    MEMBER(convert, unpack1),
    MEMBER(convert, unpack2),
    MEMBER(convert, unpack4),
    MEMBER(convert, unpack12),
    MEMBER(convert, to_rgba8),
    MEMBER(convert, from_rgba8),
    MEMBER(lookup, stretch),
    MEMBER(lookup, u8),
    MEMBER(lookup, u16),
    MEMBER(lookup, palette),
    MEMBER(lookup, ramp),
    TYPES(statistics, add),
    MEMBER(statistics, bins_u8),
    MEMBER(statistics, bins_u16),
    MEMBER(statistics, bins_f32),
    TYPES(mix, over),
    TYPES(mix, under),
    MEMBER(mix, weigh),
    MEMBER(mix, total),
    MEMBER(mix, add),
    MEMBER(mix, divide),
    MEMBER(mix, premultiply_rgba16),
    MEMBER(mix, unpremultiply_rgba16),
    WIDTHS(predictor, sums),
    WIDTHS(predictor, planes),
    WIDTHS(predictor, swap),
    MEMBER(relief, shade),
    MEMBER(relief, slope),
};

enum { FUNCTION_BYTES = sizeof(imx_nodata_rgba8_fn) };

const imx_kernel_entry *imx_kernel_list(size_t *count) {
    *count = sizeof list / sizeof list[0];
    return list;
}

const imx_kernel_entry *imx_kernel_find(size_t member) {
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (member >= list[i].member && member < list[i].member + list[i].count * FUNCTION_BYTES) {
            return &list[i];
        }
    }
    return NULL;
}

bool imx_kernel_same(const imx_kernels *a, const imx_kernels *b, size_t member) {
    return memcmp((const char *)a + member, (const char *)b + member, FUNCTION_BYTES) == 0;
}
