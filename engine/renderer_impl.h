/* engine/renderer_impl.h: the renderer that all workers share, immutable; private to renderer.c and render_*.c. */
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

#endif
