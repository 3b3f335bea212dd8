/* engine/renderer_impl.h: what renderer.c (shared, immutable) and render_context.c (one per worker) have in common. */
#ifndef IMX_ENGINE_RENDERER_IMPL_H
#define IMX_ENGINE_RENDERER_IMPL_H

#include "engine/render_limits.h"
#include "engine/renderer.h"

struct imx_renderer {
    imx_memory *memory;
    const imx_kernels *kernels;
    const imx_scene *scenes;
    size_t scene_count;
    const imx_space *space;
    imx_render_options options;
    const imx_footprint **footprint_list; /* what the index refers to */
    imx_scene_index *index;
    imx_block_cache *cache;
    imx_grade *grade; /* NULL: there is none */
};

/* The level of an asset that is read. */
static inline int32_t imx_renderer_level(const imx_renderer *renderer, uint32_t scene, uint32_t asset) {
    return renderer->options.levels ? renderer->options.levels[scene][asset] : 0;
}
/* Where a box (output px) lies in a level of the asset, about: a window in px, within it. What it misses
 * is at its edges. false: nowhere. */
bool imx_box_in_level(imx_transform *transform, const imx_box *box, const imx_asset *asset, int32_t level,
                      int32_t window[4]);

#endif
