/* tiler/specks.c: see the header. The centres that a footprint's box holds are asked exactly, as long as they are few:
 * in a box of more there is some pixel of the scene. */
#include "tiler/specks.h"

enum { CENTRES_MAX = 1 << 16, CHUNK = 256, NAMED_MAX = 10 };

/* Whether the pixels' boxes count, rather than their centres: what such a method touches shows. */
static bool takes_areas(imx_resample resample) {
    switch (resample) {
    case IMX_RESAMPLE_NEAREST:
    case IMX_RESAMPLE_BILINEAR:
    case IMX_RESAMPLE_CUBIC:
    case IMX_RESAMPLE_CUBICSPLINE:
    case IMX_RESAMPLE_LANCZOS: return false;
    default: return true;
    }
}

/* Whether any of the n pixels from x on in a row has its centre in the asset. */
static bool row_has_any(imx_transform *transform, const imx_asset *asset, double x, double y, size_t n) {
    double at_x[CHUNK], at_y[CHUNK];
    for (size_t i = 0; i < n; i++) {
        at_x[i] = x + (double)i;
        at_y[i] = y;
    }
    imx_transform_inverse(transform, n, at_x, at_y);
    for (size_t i = 0; i < n; i++) {
        if (at_x[i] >= 0 && at_x[i] < asset->width && at_y[i] >= 0 && at_y[i] < asset->height) {
            return true;
        }
    }
    return false;
}

/* centres: of the first pixel and of the last one. */
static bool asset_has_any(imx_transform *transform, const imx_asset *asset, const imx_box *centres) {
    for (double y = centres->min_y; y <= centres->max_y; y++) {
        for (double x = centres->min_x; x <= centres->max_x; x += CHUNK) {
            const double left = centres->max_x - x + 1;
            if (row_has_any(transform, asset, x, y, left < CHUNK ? (size_t)left : CHUNK)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether any pixel of the chain's base has its centre in the scene. */
static imx_status find(const imx_plan *plan, const imx_chain *chain, size_t i, imx_error *err, bool *seen) {
    const imx_scene *scene = &plan->scenes[i];
    imx_box centres;
    imx_status status = IMX_OK;
    *seen = false;
    if (!imx_chain_shows(chain, i) || !imx_box_centres(&chain->footprints[i].box, 0, &centres)) {
        return IMX_OK;
    }
    *seen = (centres.max_x - centres.min_x + 1) * (centres.max_y - centres.min_y + 1) > CENTRES_MAX;
    for (size_t k = 0; k < scene->asset_count && !*seen && !status; k++) {
        imx_transform *transform = NULL;
        status = imx_transform_create(plan->memory, scene, &scene->assets[k], &chain->space, err, &transform);
        *seen = !status && asset_has_any(transform, &scene->assets[k], &centres);
        imx_transform_destroy(&transform);
    }
    return status;
}

imx_status imx_specks_warn(const imx_plan *plan, imx_log *log, imx_error *err) {
    imx_status status = IMX_OK;
    size_t count = 0;
    for (size_t i = 0; i < plan->scene_count && !takes_areas(plan->resample) && !status; i++) {
        bool seen = false;
        for (uint32_t c = 0; c < plan->chain_count && !seen && !status; c++) {
            status = find(plan, &plan->chains[c], i, err, &seen);
        }
        if (!seen && !status && count++ < NAMED_MAX) {
            imx_log_say(log, IMX_LOG_WARNING,
                        "%s: smaller than a pixel of the output, and no pixel's centre lies in it: it does not show "
                        "(finer pixels or -r average would show it)",
                        plan->scenes[i].id);
        }
    }
    if (count > NAMED_MAX) {
        imx_log_say(log, IMX_LOG_WARNING,
                    "%zu more scenes are smaller than a pixel of the output and do not show; %zu of %zu in all",
                    count - NAMED_MAX, count, plan->scene_count);
    }
    return status;
}
