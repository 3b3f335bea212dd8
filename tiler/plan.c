/* tiler/plan.c: the plan's life. */
#include "tiler/plan.h"

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

static void clear_chains(imx_plan *plan) {
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        imx_chain_clear(plan->memory, plan->scene_count, &plan->chains[c]);
    }
    plan->chain_count = 0;
}

void imx_plan_destroy(imx_plan **plan) {
    if (!plan || !*plan) {
        return;
    }
    imx_plan *p = *plan;
    clear_chains(p);
    for (size_t i = 0; i < p->scene_count; i++) {
        if (p->scenes) {
            imx_scene_clear(p->memory, &p->scenes[i]);
        }
        if (p->operations) {
            imx_free(p->memory, p->operations[i]);
        }
    }
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        imx_outline_destroy(p->memory, &p->outlines[i]);
    }
    imx_grid_destroy(p->memory, &p->own_grid);
    cog_clear(p->memory, p->cog);
    imx_colormap_destroy(p->memory, &p->colormap);
    imx_free(p->memory, p->scenes);
    imx_free(p->memory, p->operations);
    imx_free(p->memory, p->name);
    imx_free(p->memory, p->attribution);
    imx_free(p->memory, p);
    *plan = NULL;
}

const imx_chain *imx_plan_chain_of(const imx_plan *plan, uint32_t zoom) {
    const imx_chain *chain = plan->chains;
    while (zoom < chain->pyramid.zoom_min) {
        chain++;
    }
    return chain;
}

imx_status imx_plan_chain(imx_plan *plan, imx_error *err) {
    imx_status status = IMX_OK;
    const uint32_t zoom_min = plan->pyramid.zoom_min;
    uint32_t zoom = plan->pyramid.zoom_max, start;
    clear_chains(plan);
    do {
        imx_chain *chain = &plan->chains[plan->chain_count++];
        start = imx_grid_chain_start(plan->grid, zoom);
        chain->pyramid = plan->pyramid;
        chain->pyramid.zoom_min = start > zoom_min ? start : zoom_min;
        chain->pyramid.zoom_max = zoom;
        imx_chain_shape(chain, plan->grid);
        if (plan->cog) {
            imx_chain_crop(chain, (double)plan->cog->width, (double)plan->cog->height);
        }
        status = imx_chain_create_places(plan->memory, plan->scenes, plan->scene_count, err, chain);
        zoom = start - 1;
    } while (start > zoom_min && status == IMX_OK);
    return status;
}
