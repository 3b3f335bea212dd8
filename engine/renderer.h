/* engine/renderer.h: scenes -> pixels of output space. What the pyramid walk calls; all of engine/ behind one door.
 *
 * An imx_renderer is immutable after creation and shared; each worker has its own imx_render_context (open sources,
 * PROJ objects, grids, scratch), used by one thread at a time. The pixels of a rectangle are a function of the
 * scenes, options and position alone.
 */
#ifndef IMX_ENGINE_RENDERER_H
#define IMX_ENGINE_RENDERER_H

#include "engine/block_cache.h"
#include "engine/footprint.h"
#include "engine/grade.h"
#include "engine/mosaic.h"
#include "engine/region.h"

/* As gdalwarp -r names and means them. A new one is a row of the tables in engine/warp.c and tiler/plan.c. */
typedef enum imx_resample {
    IMX_RESAMPLE_NEAREST,
    IMX_RESAMPLE_BILINEAR,
    IMX_RESAMPLE_CUBIC,
    IMX_RESAMPLE_CUBICSPLINE,
    IMX_RESAMPLE_LANCZOS,
    IMX_RESAMPLE_AVERAGE,
    IMX_RESAMPLE_MODE,
    IMX_RESAMPLE_MIN,
    IMX_RESAMPLE_MAX,
    IMX_RESAMPLE_MED,
    IMX_RESAMPLE_Q1,
    IMX_RESAMPLE_Q3,
    IMX_RESAMPLE_SUM,
    IMX_RESAMPLE_RMS
} imx_resample;
#define IMX_RESAMPLES 14 /* how many there are */

typedef struct imx_render_options {
    /* 0 bands: pictures, into rgba8. Otherwise data: into planes of this type (one of kernels/warp_plane.h), each band
     * with its validity; every scene is data, of as many bands. coverage: one plane more, behind the bands
     * (engine/coverage.h); scenes without are opaque where any band is valid. No scene has it where it is not wanted.
     * Each band of a scene of several rasters is weighed by its own raster's; the scene has as much as the one that
     * has least, one without alpha being opaque where it is valid: all bands or none are there, whole_pixels or not.
     * Scenes go over each other as engine/coverage.h says, later ones on top; by nearest and mode no values are mixed.
     */
    int32_t bands;
    bool coverage;
    imx_type type;
    bool values; /* planes hold values (imx_layer_planes); otherwise samples */
    /* Data that become pictures: the planes (as above) are graded into rgba8 once the scenes are joined. Borrowed; NULL
     * or of kind NONE: they are not. */
    const imx_grade_options *grade;
    imx_resample resample;
    imx_mosaic_mode mosaic;
    double error_threshold_px; /* output px; 1/64 by default; 0 exact */
    int32_t cell_px;           /* the cells of the transform grid: a power of two that the tile size divides */
    size_t cache_bytes;        /* the decoded-block cache */
    size_t window_bytes;       /* the largest source window one worker holds; larger ones are warped in parts */
    unsigned workers;
    /* levels[i][k]: the level of asset k of scene i that is read; borrowed, must outlive the renderer. NULL: full
     * resolution throughout. */
    const int32_t *const *levels;
    /* What lies outside of any of these is nothing, and is not read; borrowed, must outlive the renderer. */
    const imx_region *const *regions;
    size_t region_count;
} imx_render_options;

typedef struct imx_renderer imx_renderer;
typedef struct imx_render_context imx_render_context;

/* scenes (in order, later on top), footprints and space are borrowed and must outlive the renderer. Each scene is a
 * picture, or data of options->bands bands; otherwise IMX_E_UNSUPPORTED. */
IMX_MUST_USE imx_status imx_renderer_create(imx_memory *memory, const imx_kernels *kernels, const imx_scene *scenes,
                                            const imx_footprint *footprints, size_t scene_count, const imx_space *space,
                                            const imx_render_options *options, imx_error *err, imx_renderer **out);
/* Every context must have been destroyed. */
void imx_renderer_destroy(imx_renderer **renderer);
/* Whether any footprint and every region touch the box (output px). Thread-safe. */
bool imx_renderer_touches(const imx_renderer *renderer, const imx_box *box);
imx_cache_stats imx_renderer_stats(imx_renderer *renderer);

IMX_MUST_USE imx_status imx_render_context_create(imx_renderer *renderer, imx_error *err, imx_render_context **out);
void imx_render_context_destroy(imx_render_context **context);
/* Renders output px [x, x + out->width) x [y, y + out->height) into out (rgba8 or planes, as the options say); the
 * rectangle must lie within one cell of the transform grid. *look: IMX_LOOK_* of kernels.h; with IMX_LOOK_EMPTY the
 * content of out is undefined. An error names the scene. */
IMX_MUST_USE imx_status imx_render(imx_render_context *context, int64_t x, int64_t y, imx_pixels *out, imx_error *err,
                                   unsigned *look);
/* Tells that a box (output px) will be rendered soon: its sources are read ahead (imx_source_announce). A hint. */
void imx_render_announce(imx_render_context *context, const imx_box *box);
/* How far down its topmost scene the middle of a box (output px) lies, as a row of output space: the same for all
 * places that show the same row of the source, however that runs through output space. The middle's own row where that
 * is not known. For walks along the strips of a source. */
IMX_MUST_USE imx_status imx_render_row(imx_render_context *context, const imx_box *box, imx_error *err, double *row);

#endif
