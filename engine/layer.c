/* engine/layer.c: see the header. */
#include "engine/layer.h"

imx_type imx_layer_wider(imx_type a, imx_type b) {
    if (a == b) {
        return a;
    }
    if (a == IMX_U8 || b == IMX_U8) {
        return a == IMX_U8 ? b : a;
    }
    return IMX_F32; /* u16 and i16, or either and f32 */
}

static bool same_units(const imx_asset *a, const imx_asset *b) {
    for (int32_t i = 0; i < a->data_count; i++) {
        if (a->data[i].scale != b->data[i].scale || a->data[i].offset != b->data[i].offset) {
            return false;
        }
    }
    return true;
}

imx_status imx_layer_planes_of(const imx_scene *scenes, size_t scene_count, imx_error *err, imx_layer_planes *out) {
    const imx_asset *first = &scenes[0].assets[0];
    imx_layer_planes planes = {.bands = first->data_count, .type = imx_asset_working_type(first)};
    if (first->data_count < 1 || first->data_count > IMX_LAYER_BANDS_MAX) {
        return imx_fail(err, IMX_E_INTERNAL, "a layer of %d bands", (int)first->data_count);
    }
    for (size_t i = 1; i < scene_count; i++) {
        const imx_asset *asset = &scenes[i].assets[0];
        if (asset->data_count != first->data_count) {
            return imx_fail(err, IMX_E_INPUT,
                            "%s: has %s, the first scene %s: say with --bands which ones all of them have", asset->path,
                            asset->data_count == 1 ? "one band to show" : "three bands to show",
                            first->data_count == 1 ? "one" : "three");
        }
        planes.type = imx_layer_wider(planes.type, imx_asset_working_type(asset));
        planes.values = planes.values || !same_units(first, asset);
    }
    for (int32_t i = 0; i < planes.bands; i++) {
        planes.scale[i] = planes.values ? 1 : first->data[i].scale;
        planes.offset[i] = planes.values ? 0 : first->data[i].offset;
    }
    planes.type = planes.values ? IMX_F32 : planes.type;
    *out = planes;
    return IMX_OK;
}
