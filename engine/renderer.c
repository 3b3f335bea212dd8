/* engine/renderer.c: the shared, immutable half of the renderer: scenes, their index, the block cache. */
#include "engine/renderer_impl.h"

static bool is_graded(const imx_render_options *options) {
    return options->grade && options->grade->kind != IMX_GRADE_NONE;
}

static bool options_are_sound(const imx_render_options *options) {
    int32_t cell = options->cell_px;
    return cell >= 16 && cell <= 4096 && (cell & (cell - 1)) == 0 && options->error_threshold_px >= 0 &&
           options->window_bytes >= 4 && (options->bands == 0 || imx_plane_type_index(options->type) >= 0) &&
           (!is_graded(options) ||
            (options->bands == options->grade->planes.bands && options->type == options->grade->planes.type &&
             options->coverage == options->grade->planes.coverage));
}

/* A scene is a picture, or data of so many bands. */
static imx_status check_scene(const imx_scene *scene, int32_t bands, bool coverage, imx_error *err) {
    for (size_t i = 0; i < scene->asset_count; i++) {
        if (scene->assets[i].role != (bands ? IMX_ROLE_DATA : IMX_ROLE_VISUAL) || (i > 0 && !bands)) {
            return bands ? imx_fail(err, IMX_E_UNSUPPORTED, "%s: is not data as the others are", scene->id)
                         : imx_fail(err, IMX_E_UNSUPPORTED, "%s: has no picture (8-bit gray, RGB or palette) to render",
                                    scene->id);
        }
    }
    if (imx_scene_has_coverage(scene) && !coverage) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: has coverage that nobody asked for", scene->id);
    }
    if (bands && imx_scene_band_count(scene) != bands) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: does not have %d bands as the others", scene->id, (int)bands);
    }
    return IMX_OK;
}

imx_status imx_renderer_create(imx_memory *memory, const imx_kernels *kernels, const imx_scene *scenes,
                               const imx_footprint *footprints, size_t scene_count, const imx_space *space,
                               const imx_render_options *options, imx_error *err, imx_renderer **out) {
    if (!options_are_sound(options) || scene_count > UINT32_MAX) {
        return imx_fail(err, IMX_E_INTERNAL, "the renderer's options are not sound");
    }
    imx_renderer *renderer = imx_calloc(memory, 1, sizeof *renderer);
    if (!renderer) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the renderer");
    }
    *renderer = (imx_renderer){.memory = memory,
                               .kernels = kernels,
                               .scenes = scenes,
                               .scene_count = scene_count,
                               .space = space,
                               .options = *options};
    imx_status status;
    renderer->footprint_list = imx_calloc(memory, scene_count, sizeof *renderer->footprint_list);
    if (!renderer->footprint_list) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for %zu scenes", scene_count);
        goto out;
    }
    for (size_t i = 0; i < scene_count; i++) {
        renderer->footprint_list[i] = &footprints[i];
        status = check_scene(&scenes[i], options->bands, options->coverage, err);
        if (status != IMX_OK) {
            goto out;
        }
    }
    status = imx_scene_index_create(memory, renderer->footprint_list, scene_count, err, &renderer->index);
    if (status != IMX_OK) {
        goto out;
    }
    status = imx_block_cache_create(memory, options->cache_bytes, err, &renderer->cache);
    if (status != IMX_OK) {
        goto out;
    }
    if (is_graded(options)) {
        status = imx_grade_create(memory, kernels, options->grade, err, &renderer->grade);
        if (status != IMX_OK) {
            goto out;
        }
    }
    *out = renderer;
    renderer = NULL;
out:
    imx_renderer_destroy(&renderer);
    return status;
}

void imx_renderer_destroy(imx_renderer **renderer) {
    if (renderer && *renderer) {
        imx_memory *memory = (*renderer)->memory;
        imx_grade_destroy(&(*renderer)->grade);
        imx_block_cache_destroy(&(*renderer)->cache);
        imx_scene_index_destroy(&(*renderer)->index);
        imx_free(memory, (*renderer)->footprint_list);
        imx_free(memory, *renderer);
        *renderer = NULL;
    }
}

bool imx_renderer_touches(const imx_renderer *renderer, const imx_box *box) {
    const imx_render_options *options = &renderer->options;
    return imx_scene_index_any(renderer->index, box) &&
           imx_render_limits_touch(options->regions, options->region_count, box);
}

imx_cache_stats imx_renderer_stats(imx_renderer *renderer) { return imx_block_cache_stats(renderer->cache); }
