/* engine/render_context_impl.h: one worker's half of the renderer, as its files share it: render_context.c (scratch,
 * and which way a rectangle takes), render_scenes.c (scenes, from the topmost down), render_grade.c (planes that become
 * pictures), render_ahead.c; nobody else includes it. */
#ifndef IMX_ENGINE_RENDER_CONTEXT_IMPL_H
#define IMX_ENGINE_RENDER_CONTEXT_IMPL_H

#include "engine/render_open.h"
#include "engine/warp.h"

struct imx_render_context {
    imx_renderer *renderer;
    imx_memory *memory;
    imx_open open;
    uint32_t *found; /* scenes of the rectangle, bottom first */
    size_t found_room;
    /* Scratch for rectangles up to this size; made when first wanted. */
    int32_t max_w, max_h;
    imx_warper *warper;
    imx_mosaic *mosaic;
    imx_pixels layer;
    imx_pixels own;     /* data: a scene's own type, where that is not the job's */
    imx_pixels cover;   /* a scene's coverage, while its rasters are joined */
    imx_pixels planes;  /* data that are graded */
    imx_pixels surface; /* their light or slope */
    imx_ground *ground; /* under these; made when first wanted */
    imx_render_limits limits;
};

typedef struct imx_cell_place { /* of a rectangle: its grid cell, and where in it */
    int64_t cx, cy;
    int32_t x, y;
} imx_cell_place;

imx_cell_place imx_render_place_of(const imx_render_context *context, int64_t x, int64_t y);
/* The scenes that touch a box (output px), bottom first: context->found. */
IMX_MUST_USE imx_status imx_render_find(imx_render_context *context, const imx_box *box, imx_error *err, size_t *count);

/* Scratch for rectangles of this size, and all that were wanted before. */
IMX_MUST_USE imx_status imx_render_need_warper(imx_render_context *context, int32_t width, int32_t height,
                                               imx_error *err);
/* One of the context's buffers, as planes of the job's bands, with coverage if it has that. */
IMX_MUST_USE imx_status imx_render_need_planes(imx_render_context *context, imx_type type, imx_error *err,
                                               imx_pixels *out);
/* A layer, and for pictures the mosaic that it goes into. */
IMX_MUST_USE imx_status imx_render_need_mosaic(imx_render_context *context, imx_error *err);

/* The first `count` scenes of context->found, one over the other, in a rectangle of one cell. *look as of imx_render().
 */
IMX_MUST_USE imx_status imx_render_pictures(imx_render_context *context, size_t count, const imx_cell_place *at,
                                            imx_pixels *out, imx_error *err, unsigned *look);
IMX_MUST_USE imx_status imx_render_planes(imx_render_context *context, size_t count, const imx_cell_place *at,
                                          imx_pixels *out, imx_error *err, unsigned *look);
/* Planes as a picture. */
IMX_MUST_USE imx_status imx_render_graded(imx_render_context *context, size_t count, const imx_cell_place *at,
                                          imx_pixels *out, imx_error *err, unsigned *look);
/* Heights' light or slope: of a rectangle and the pixels around it, whatever cells they are in, so that nobody sees
 * where tiles meet. */
IMX_MUST_USE imx_status imx_render_relief(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out,
                                          imx_error *err, unsigned *look);

#endif
