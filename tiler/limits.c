/* tiler/limits.c: see the header. */
#include "tiler/limits.h"

#include <math.h>
#include <string.h>

#include "engine/crs.h"

enum { SQUARE_PX = 16 };

static const char *const options_of[IMX_LIMITS] = {"--bbox", "--cutline"};

const char *imx_limit_option(size_t limit) { return options_of[limit]; }

static imx_status read_box(imx_plan *plan, const imx_limits_options *options, imx_error *err) {
    char *crs = NULL;
    imx_status status =
        options->box_crs ? imx_crs_read(plan->memory, "--bbox-crs", options->box_crs, err, &crs) : IMX_OK;
    if (status != IMX_OK) {
        return status;
    }
    status = imx_outline_box(plan->memory, crs ? crs : "OGC:CRS84", options->box, err, &plan->outlines[IMX_LIMIT_BBOX]);
    imx_free(plan->memory, crs);
    return status == IMX_OK ? status : imx_error_context(err, "--bbox");
}

imx_status imx_limits_read(imx_plan *plan, const imx_limits_options *options, imx_error *err) {
    const imx_cutline_options *cutline = &options->cutline;
    imx_status status = IMX_OK;
    if (options->box_crs && !options->has_box) {
        return imx_fail(err, IMX_E_USAGE, "--bbox-crs: there is no --bbox");
    }
    if ((cutline->layer || cutline->where || cutline->crs) && !cutline->path) {
        return imx_fail(err, IMX_E_USAGE, "--cutline-%s: there is no --cutline",
                        cutline->layer   ? "layer"
                        : cutline->where ? "where"
                                         : "crs");
    }
    if (options->has_box) {
        status = read_box(plan, options, err);
    }
    return status || !cutline->path ? status
                                    : imx_outline_read(plan->memory, cutline, err, &plan->outlines[IMX_LIMIT_CUTLINE]);
}

static imx_status place(const imx_plan *plan, imx_error *err, imx_chain *chain) {
    imx_region *placed[IMX_LIMITS] = {NULL};
    imx_chain_clear_regions(chain);
    const imx_box area = imx_chain_extent(chain, plan->scene_count);
    size_t count = 0;
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        const imx_outline *outline = plan->outlines[i];
        if (!outline) {
            continue;
        }
        imx_status status = imx_region_create(plan->memory, outline, &chain->space, &area, err, &placed[count]);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s", options_of[i]);
            imx_region_destroy(&placed[0]);
            return status;
        }
        count++;
    }
    memcpy(chain->regions, placed, sizeof placed);
    chain->region_count = count;
    return IMX_OK;
}

imx_status imx_limits_place(imx_plan *plan, imx_error *err) {
    imx_status status = IMX_OK;
    for (uint32_t c = 0; c < plan->chain_count && status == IMX_OK; c++) {
        status = place(plan, err, &plan->chains[c]);
    }
    return status;
}

bool imx_limits_touch(const imx_chain *chain, const imx_box *box) {
    for (size_t i = 0; i < chain->region_count; i++) {
        if (!imx_region_touches(chain->regions[i], box)) {
            return false;
        }
    }
    return true;
}

bool imx_limits_cover(const imx_chain *chain, const imx_box *box) {
    for (size_t i = 0; i < chain->region_count; i++) {
        if (!imx_region_covers(chain->regions[i], box)) {
            return false;
        }
    }
    return true;
}

/* Of a scene and the limits, how many do not hold all of the box. */
static size_t open_sides(const imx_chain *chain, const imx_footprint *footprint, const imx_box *box) {
    size_t count = !imx_footprint_covers(footprint, box);
    for (size_t i = 0; i < chain->region_count; i++) {
        count += !imx_region_covers(chain->regions[i], box);
    }
    return count;
}

/* Whether a scene and all limits touch some square of 16 px or less: quarter by quarter, where both may be. */
static bool meets(const imx_chain *chain, const imx_footprint *footprint, const imx_box *box) {
    const double width = box->max_x - box->min_x, height = box->max_y - box->min_y;
    if (!imx_footprint_touches(footprint, box) || !imx_limits_touch(chain, box)) {
        return false;
    }
    if (fmax(width, height) <= SQUARE_PX || open_sides(chain, footprint, box) <= 1) {
        return true;
    }
    const double x = floor(box->min_x + width / 2), y = floor(box->min_y + height / 2);
    const imx_box quarters[4] = {{box->min_x, box->min_y, x, y},
                                 {x, box->min_y, box->max_x, y},
                                 {box->min_x, y, x, box->max_y},
                                 {x, y, box->max_x, box->max_y}};
    for (int i = 0; i < 4; i++) {
        if (meets(chain, footprint, &quarters[i])) {
            return true;
        }
    }
    return false;
}

void imx_limits_drop_scene(imx_plan *plan, size_t i) {
    const size_t after = plan->scene_count - i - 1;
    imx_scene_clear(plan->memory, &plan->scenes[i]);
    imx_free(plan->memory, plan->operations[i]);
    for (uint32_t c = 0; c < plan->chain_count; c++) {
        imx_chain_drop_scene(plan->memory, plan->scene_count, i, &plan->chains[c]);
    }
    memmove(&plan->scenes[i], &plan->scenes[i + 1], after * sizeof *plan->scenes);
    memmove(&plan->operations[i], &plan->operations[i + 1], after * sizeof *plan->operations);
    plan->scene_count--;
    memset(&plan->scenes[plan->scene_count], 0, sizeof *plan->scenes);
    plan->operations[plan->scene_count] = NULL;
}

imx_status imx_limits_none_left(const imx_plan *plan, imx_error *err) {
    const bool both = plan->outlines[0] && plan->outlines[1];
    const char *limit = both ? "--bbox and --cutline" : options_of[plan->outlines[0] ? 0 : 1];
    return imx_fail(err, IMX_E_INPUT, "%s: no scene lies in %s", limit, both ? "both" : "it");
}

/* Whether the limits leave a pixel of the scene in any chain. */
static bool is_left(const imx_plan *plan, size_t i) {
    bool left = false;
    for (uint32_t c = 0; c < plan->chain_count && !left; c++) {
        const imx_chain *chain = &plan->chains[c];
        left = !chain->region_count || meets(chain, &chain->footprints[i], &chain->footprints[i].box);
    }
    return left;
}

imx_status imx_limits_drop(imx_plan *plan, imx_log *log, imx_error *err, size_t *dropped) {
    const size_t before = plan->scene_count;
    for (size_t i = before; i-- > 0;) {
        if (!is_left(plan, i)) {
            imx_limits_drop_scene(plan, i);
        }
    }
    *dropped = before - plan->scene_count;
    if (*dropped && plan->scene_count) {
        imx_log_say(log, IMX_LOG_INFO, "%zu of %zu scenes lie outside of the limits and are left out", *dropped,
                    before);
    }
    return plan->scene_count ? IMX_OK : imx_limits_none_left(plan, err);
}
