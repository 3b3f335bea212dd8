/* tiler/limits.c: see the header. */
#include "tiler/limits.h"

#include <math.h>
#include <string.h>

enum { SQUARE_PX = 16 };

static const char *const options_of[IMX_LIMITS] = {"--bbox", "--cutline"};

const char *imx_limit_option(size_t limit) { return options_of[limit]; }

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
        status = imx_outline_box(plan->memory, options->box_crs ? options->box_crs : "OGC:CRS84", options->box, err,
                                 &plan->outlines[IMX_LIMIT_BBOX]);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "--bbox");
        }
    }
    return status || !cutline->path ? status
                                    : imx_outline_read(plan->memory, cutline, err, &plan->outlines[IMX_LIMIT_CUTLINE]);
}

static void clear_regions(imx_plan *plan) {
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        imx_region_destroy(&plan->regions[i]);
    }
    plan->region_count = 0;
}

imx_status imx_limits_place(imx_plan *plan, imx_error *err) {
    imx_region *placed[IMX_LIMITS] = {NULL};
    clear_regions(plan);
    const imx_box area = imx_plan_extent(plan);
    size_t count = 0;
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        const imx_outline *outline = plan->outlines[i];
        if (!outline) {
            continue;
        }
        imx_status status = imx_region_create(plan->memory, outline, &plan->space, &area, err, &placed[count]);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s", options_of[i]);
            imx_region_destroy(&placed[0]);
            return status;
        }
        count++;
    }
    memcpy(plan->regions, placed, sizeof placed);
    plan->region_count = count;
    return IMX_OK;
}

bool imx_limits_touch(const imx_plan *plan, const imx_box *box) {
    for (size_t i = 0; i < plan->region_count; i++) {
        if (!imx_region_touches(plan->regions[i], box)) {
            return false;
        }
    }
    return true;
}

bool imx_limits_cover(const imx_plan *plan, const imx_box *box) {
    for (size_t i = 0; i < plan->region_count; i++) {
        if (!imx_region_covers(plan->regions[i], box)) {
            return false;
        }
    }
    return true;
}

/* Of a scene and the limits, how many do not hold all of the box. */
static size_t open_sides(const imx_plan *plan, const imx_footprint *footprint, const imx_box *box) {
    size_t count = !imx_footprint_covers(footprint, box);
    for (size_t i = 0; i < plan->region_count; i++) {
        count += !imx_region_covers(plan->regions[i], box);
    }
    return count;
}

/* Whether a scene and all limits touch some square of 16 px or less: quarter by quarter, where both may be. */
static bool meets(const imx_plan *plan, const imx_footprint *footprint, const imx_box *box) {
    const double width = box->max_x - box->min_x, height = box->max_y - box->min_y;
    if (!imx_footprint_touches(footprint, box) || !imx_limits_touch(plan, box)) {
        return false;
    }
    if (fmax(width, height) <= SQUARE_PX || open_sides(plan, footprint, box) <= 1) {
        return true;
    }
    const double x = floor(box->min_x + width / 2), y = floor(box->min_y + height / 2);
    const imx_box quarters[4] = {{box->min_x, box->min_y, x, y},
                                 {x, box->min_y, box->max_x, y},
                                 {box->min_x, y, x, box->max_y},
                                 {x, y, box->max_x, box->max_y}};
    for (int i = 0; i < 4; i++) {
        if (meets(plan, footprint, &quarters[i])) {
            return true;
        }
    }
    return false;
}

void imx_limits_drop_scene(imx_plan *plan, size_t i) {
    const size_t after = plan->scene_count - i - 1;
    imx_scene_clear(plan->memory, &plan->scenes[i]);
    imx_footprint_clear(plan->memory, &plan->footprints[i]);
    imx_free(plan->memory, plan->operations[i]);
    memmove(&plan->scenes[i], &plan->scenes[i + 1], after * sizeof *plan->scenes);
    memmove(&plan->footprints[i], &plan->footprints[i + 1], after * sizeof *plan->footprints);
    memmove(&plan->operations[i], &plan->operations[i + 1], after * sizeof *plan->operations);
    plan->scene_count--;
    memset(&plan->scenes[plan->scene_count], 0, sizeof *plan->scenes);
    memset(&plan->footprints[plan->scene_count], 0, sizeof *plan->footprints);
    plan->operations[plan->scene_count] = NULL;
}

imx_status imx_limits_none_left(const imx_plan *plan, imx_error *err) {
    const bool both = plan->outlines[0] && plan->outlines[1];
    const char *limit = both ? "--bbox and --cutline" : options_of[plan->outlines[0] ? 0 : 1];
    return imx_fail(err, IMX_E_INPUT, "%s: no scene lies in %s", limit, both ? "both" : "it");
}

imx_status imx_limits_drop(imx_plan *plan, imx_log *log, imx_error *err, size_t *dropped) {
    const size_t before = plan->scene_count;
    for (size_t i = before; i-- > 0 && plan->region_count;) {
        if (!meets(plan, &plan->footprints[i], &plan->footprints[i].box)) {
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
