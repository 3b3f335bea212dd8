/* engine/scene.c: freeing what a scene owns. */
#include "engine/scene.h"

#include "engine/collar.h"

#include <string.h>

void imx_scene_clear(imx_memory *memory, imx_scene *scene) {
    if (!scene) {
        return;
    }
    for (size_t i = 0; i < scene->asset_count; i++) {
        imx_free(memory, scene->assets[i].path);
        imx_georef_destroy(memory, &scene->assets[i].georef);
        imx_free(memory, scene->assets[i].data);
        imx_band_notes_destroy(memory, &scene->assets[i].notes, (size_t)scene->assets[i].note_count);
        imx_collar_destroy(&scene->assets[i].collar);
        imx_free(memory, scene->assets[i].projection);
    }
    imx_free(memory, scene->assets);
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
