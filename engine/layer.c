/* engine/layer.c: see the header. */
#include "engine/layer.h"

imx_type imx_layer_wider(imx_type a, imx_type b) {
    if (a == b) {
        return a;
    }
    if (a == IMX_U8 || b == IMX_U8) {
        return a == IMX_U8 ? b : a;
    }
    return a == IMX_F64 || b == IMX_F64 ? IMX_F64 : IMX_F32; /* u16 and i16, or either and f32 */
}

imx_type imx_scene_working_type(const imx_scene *scene) {
    imx_type type = imx_asset_working_type(&scene->assets[0]);
    for (size_t i = 1; i < scene->asset_count; i++) {
        type = imx_layer_wider(type, imx_asset_working_type(&scene->assets[i]));
    }
    return type;
}

bool imx_layer_take_coverage(imx_scene *scenes, size_t scene_count) {
    bool any = false;
    for (size_t i = 0; i < scene_count; i++) {
        for (size_t k = 0; k < scenes[i].asset_count; k++) {
            const bool taken = imx_asset_take_coverage(&scenes[i].assets[k]);
            any = any || taken;
        }
    }
    return any;
}

static bool same_units(const imx_scene *a, const imx_scene *b, int32_t bands) {
    for (int32_t i = 0; i < bands; i++) {
        const imx_data_band *x = imx_scene_band(a, i), *y = imx_scene_band(b, i);
        if (x->scale != y->scale || x->offset != y->offset) {
            return false;
        }
    }
    return true;
}

imx_status imx_layer_planes_of(const imx_scene *scenes, size_t scene_count, imx_error *err, imx_layer_planes *out) {
    const imx_scene *first = &scenes[0];
    imx_layer_planes planes = {.bands = imx_scene_band_count(first),
                               .type = imx_scene_working_type(first),
                               .coverage = imx_scene_has_coverage(first)};
    if (planes.bands < 1 || planes.bands > IMX_LAYER_BANDS_MAX) {
        return imx_fail(err, IMX_E_INTERNAL, "a layer of %d bands", (int)planes.bands);
    }
    for (size_t i = 1; i < scene_count; i++) {
        const int32_t bands = imx_scene_band_count(&scenes[i]);
        if (bands != planes.bands) {
            return imx_fail(err, IMX_E_INPUT,
                            "%s: has %s, the first scene %s: say with --bands which ones all of them have",
                            scenes[i].assets[0].path, bands == 1 ? "one band to show" : "three bands to show",
                            planes.bands == 1 ? "one" : "three");
        }
        planes.type = imx_layer_wider(planes.type, imx_scene_working_type(&scenes[i]));
        planes.values = planes.values || !same_units(first, &scenes[i], bands);
        planes.coverage = planes.coverage || imx_scene_has_coverage(&scenes[i]);
    }
    for (int32_t i = 0; i < planes.bands; i++) {
        planes.scale[i] = planes.values ? 1 : imx_scene_band(first, i)->scale;
        planes.offset[i] = planes.values ? 0 : imx_scene_band(first, i)->offset;
    }
    planes.type = planes.values || planes.type == IMX_F64 ? IMX_F32 : planes.type;
    *out = planes;
    return IMX_OK;
}
