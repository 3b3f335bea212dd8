/* tiler/collars.c: see the header. */
#include "tiler/collars.h"

#include <inttypes.h>

#include "engine/collar.h"
#include "engine/layer_sample.h"

imx_status imx_collars_create(imx_plan *plan, int32_t within, imx_error *err) {
    imx_status status = IMX_OK;
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count && !status; k++) {
            imx_asset *asset = &plan->scenes[i].assets[k];
            status = asset->collar ? IMX_OK : imx_collar_create(plan->memory, within, err, &asset->collar);
        }
    }
    return status;
}

static imx_status find(const imx_scene *scene, const imx_asset *asset, int32_t level, const imx_kernels *kernels,
                       imx_log *log, imx_error *err) {
    imx_collar_stats stats;
    if (imx_collar_knows(asset->collar, level)) {
        return IMX_OK;
    }
    imx_status status = imx_collar_find(asset->collar, kernels, asset, level, err, &stats);
    if (status == IMX_OK) {
        imx_log_say(log, IMX_LOG_INFO,
                    "%s: %" PRIu64 " of %" PRIu64 " pixels of level %d lie in the collar (%" PRIu64 " of %" PRIu64
                    " blocks read for it)",
                    scene->id, stats.collar_px, stats.all_px, (int)level, stats.blocks_read, stats.blocks);
    }
    return status;
}

imx_status imx_collars_find(imx_plan *plan, imx_log *log, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_status status = IMX_OK;
    for (size_t i = 0; i < plan->scene_count; i++) {
        const imx_scene *scene = &plan->scenes[i];
        for (size_t k = 0; k < scene->asset_count && !status; k++) {
            const imx_asset *asset = &scene->assets[k];
            status = asset->collar ? find(scene, asset, asset->level, &kernels, log, err) : IMX_OK;
            if (!status && asset->collar && plan->grade.kind != IMX_GRADE_NONE) {
                status = find(scene, asset, imx_sample_of(asset, false).level, &kernels, log, err);
            }
        }
    }
    return status;
}
