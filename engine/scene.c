/* engine/scene.c: freeing what a scene owns. */
#include "engine/scene.h"

#include "engine/collar.h"
#include "engine/quality.h"

#include <string.h>

void imx_asset_clear(imx_memory *memory, imx_asset *asset) {
    imx_free(memory, asset->path);
    imx_georef_destroy(memory, &asset->georef);
    imx_free(memory, asset->data);
    imx_band_notes_destroy(memory, &asset->notes, (size_t)asset->note_count);
    imx_collar_destroy(&asset->collar);
    imx_free(memory, asset->projection);
    memset(asset, 0, sizeof *asset);
}

void imx_scene_clear(imx_memory *memory, imx_scene *scene) {
    if (!scene) {
        return;
    }
    for (size_t i = 0; i < scene->asset_count; i++) {
        imx_asset_clear(memory, &scene->assets[i]);
    }
    imx_free(memory, scene->assets);
    imx_quality_destroy(memory, &scene->quality);
    for (size_t i = 0; i < scene->file_count; i++) {
        imx_free(memory, scene->files[i]);
    }
    imx_free(memory, scene->files);
    imx_free(memory, scene->id);
    imx_free(memory, scene->crs);
    imx_free(memory, scene->operation);
    imx_free(memory, scene->time_start);
    imx_free(memory, scene->time_end);
    memset(scene, 0, sizeof *scene);
}
