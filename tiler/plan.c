/* tiler/plan.c: the plan's life. */
#include "tiler/plan.h"

#include <math.h>
#include <string.h>

#include "tiler/cog.h"

static const char *const resample_names[IMX_RESAMPLES] = {"nearest", "bilinear", "cubic", "cubicspline", "lanczos",
                                                          "average", "mode",     "min",   "max",         "med",
                                                          "q1",      "q3",       "sum",   "rms"};

const char *imx_resample_name(imx_resample resample) { return resample_names[resample]; }

imx_status imx_resample_parse(const char *name, imx_error *err, imx_resample *out) {
    for (unsigned i = 0; i < IMX_RESAMPLES; i++) {
        if (!strcmp(name, resample_names[i])) {
            *out = (imx_resample)i;
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE,
                    "unknown resampling '%s': nearest, bilinear, cubic, cubicspline, lanczos, average, mode, min, max, "
                    "med, q1, q3, sum or rms",
                    name);
}

static const char *const overview_names[IMX_REDUCE_METHODS] = {"average", "nearest",  "mode",  "min",
                                                               "max",     "bilinear", "cubic", "lanczos"};

const char *imx_overview_name(imx_reduce_method method) { return overview_names[method]; }

imx_status imx_overview_parse(const char *name, imx_error *err, imx_reduce_method *out) {
    for (unsigned i = 0; i < IMX_REDUCE_METHODS; i++) {
        if (!strcmp(name, overview_names[i])) {
            *out = (imx_reduce_method)i;
            return IMX_OK;
        }
    }
    return imx_fail(err, IMX_E_USAGE,
                    "unknown way to make overviews '%s': average, nearest, mode, min, max, bilinear, cubic or lanczos",
                    name);
}

static void cog_clear(imx_memory *memory, imx_cog_options *cog) {
    if (cog) {
        imx_free(memory, cog->keys.directory);
        imx_free(memory, cog->keys.doubles);
        imx_free(memory, cog->keys.ascii);
        imx_free(memory, (void *)(uintptr_t)cog->scales); /* and the offsets */
        imx_band_note *notes = (imx_band_note *)(uintptr_t)cog->notes;
        imx_band_notes_destroy(memory, &notes, cog->bands);
        imx_free(memory, cog);
    }
}

void imx_plan_destroy(imx_plan **plan) {
    if (!plan || !*plan) {
        return;
    }
    imx_plan *p = *plan;
    for (size_t i = 0; i < p->scene_count; i++) {
        if (p->scenes) {
            imx_scene_clear(p->memory, &p->scenes[i]);
        }
        if (p->footprints) {
            imx_footprint_clear(p->memory, &p->footprints[i]);
        }
        if (p->operations) {
            imx_free(p->memory, p->operations[i]);
        }
    }
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        imx_outline_destroy(p->memory, &p->outlines[i]);
        imx_region_destroy(&p->regions[i]);
    }
    imx_grid_destroy(p->memory, &p->own_grid);
    cog_clear(p->memory, p->cog);
    imx_colormap_destroy(p->memory, &p->colormap);
    imx_free(p->memory, p->scenes);
    imx_free(p->memory, p->footprints);
    imx_free(p->memory, p->operations);
    imx_free(p->memory, p->name);
    imx_free(p->memory, p->attribution);
    imx_free(p->memory, p);
    *plan = NULL;
}

void imx_plan_shape(imx_plan *plan) {
    imx_pyramid *p = &plan->pyramid;
    uint64_t side = (uint64_t)1 << p->zoom_max;
    p->columns = (uint32_t)((imx_grid_columns(plan->grid, p->zoom_max) + side - 1) / side);
    p->rows = (uint32_t)((imx_grid_rows(plan->grid, p->zoom_max) + side - 1) / side);
    p->wraps = plan->grid->wraps && p->columns * side == imx_grid_columns(plan->grid, p->zoom_max);
}

void imx_plan_crop(imx_plan *plan) {
    if (plan->cog) {
        plan->space.width = (double)plan->cog->width;
        plan->space.height = (double)plan->cog->height;
    }
}

imx_box imx_plan_extent(const imx_plan *plan) {
    imx_box all = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < plan->scene_count; i++) {
        const imx_box *box = &plan->footprints[i].box;
        all.min_x = fmin(all.min_x, box->min_x);
        all.min_y = fmin(all.min_y, box->min_y);
        all.max_x = fmax(all.max_x, box->max_x);
        all.max_y = fmax(all.max_y, box->max_y);
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        const imx_box box = imx_region_box(plan->regions[i]);
        all.min_x = fmax(all.min_x, box.min_x);
        all.min_y = fmax(all.min_y, box.min_y);
        all.max_x = fmin(all.max_x, box.max_x);
        all.max_y = fmin(all.max_y, box.max_y);
    }
    return all;
}

imx_space imx_plan_space(const imx_grid *grid, uint32_t zoom, uint32_t tile_px) {
    double origin_x, origin_y;
    imx_grid_origin(grid, zoom, &origin_x, &origin_y);
    return (imx_space){.crs = grid->crs,
                       .origin_x = origin_x,
                       .origin_y = origin_y,
                       .res = imx_grid_res(grid, zoom, tile_px),
                       .res_y = imx_grid_res(grid, zoom, tile_px) * grid->aspect,
                       .width = (double)imx_grid_columns(grid, zoom) * tile_px,
                       .height = (double)imx_grid_rows(grid, zoom) * tile_px,
                       .wraps = grid->wraps};
}
