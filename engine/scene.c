/* engine/scene.c: what follows from an asset, and freeing what a scene owns. */
#include "engine/scene.h"

#include <string.h>

imx_type imx_asset_working_type(const imx_asset *asset) {
    switch (asset->type) {
    case IMX_U8: return IMX_U8;
    case IMX_U16: return IMX_U16;
    case IMX_I8:
    case IMX_I16: return IMX_I16;
    case IMX_F32: return IMX_F32;
    case IMX_U32:
    case IMX_I32:
    case IMX_F64: break;
    }
    return IMX_F64;
}

int32_t imx_asset_valid_planes(const imx_asset *asset) {
    switch (asset->validity) {
    case IMX_VALID_ALL: return 0;
    case IMX_VALID_NODATA: return asset->data_count;
    case IMX_VALID_ALPHA:
    case IMX_VALID_MASK: break;
    }
    return 1;
}

void imx_scene_clear(imx_memory *memory, imx_scene *scene) {
    if (!scene) {
        return;
    }
    for (size_t i = 0; i < scene->asset_count; i++) {
        imx_free(memory, scene->assets[i].path);
        imx_georef_destroy(memory, &scene->assets[i].georef);
        imx_free(memory, scene->assets[i].data);
        imx_free(memory, scene->assets[i].projection);
    }
    imx_free(memory, scene->assets);
    imx_free(memory, scene->id);
    imx_free(memory, scene->crs);
    imx_free(memory, scene->operation);
    imx_free(memory, scene->time_start);
    imx_free(memory, scene->time_end);
    memset(scene, 0, sizeof *scene);
}
