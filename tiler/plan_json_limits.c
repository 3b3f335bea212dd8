/* tiler/plan_json_limits.c: see the header. An outline is its CRS and its rings, [[x, y, x, y, ...], ...]; in an
 * archive its extent and the hash of all of it. */
#include "tiler/plan_json_limits.h"

#include "engine/planar.h"

static const char *const keys[IMX_LIMITS] = {"bbox", "cutline"};

/* NULL when out of memory. */
static json_t *numbers(const double *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++) {
        if (json_array_append_new(list, json_real(values[i]))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *rings(const imx_outline *outline) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < outline->ring_count; i++) {
        const imx_outline_ring *ring = &outline->rings[i];
        if (json_array_append_new(list, numbers(outline->xy + 2 * ring->first, 2 * ring->count))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *summary(imx_memory *memory, const imx_outline *outline) {
    imx_hash hash;
    char text[IMX_HASH_TEXT_SIZE];
    double extent[4];
    if (imx_outline_hash(memory, outline, NULL, &hash) != IMX_OK) {
        return NULL;
    }
    imx_hash_text(&hash, text);
    imx_outline_extent(outline, extent);
    return json_pack("{s:s, s:s, s:o}", "crs", outline->crs, "fingerprint", text, "extent", numbers(extent, 4));
}

bool imx_limits_to_json(const imx_plan *plan, bool for_archive, json_t *options) {
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        const imx_outline *outline = plan->outlines[i];
        if (outline &&
            json_object_set_new(options, keys[i],
                                for_archive ? summary(plan->memory, outline)
                                            : json_pack("{s:s, s:o}", "crs", outline->crs, "rings", rings(outline)))) {
            return false;
        }
    }
    return true;
}

static imx_status bad(size_t i, imx_error *err) {
    return imx_fail(err, IMX_E_INPUT, "job plan: '%s' is not a CRS with rings of numbers", keys[i]);
}

static imx_status read_ring(imx_memory *memory, const json_t *list, size_t limit, imx_error *err,
                            imx_outline *outline) {
    const size_t count = json_array_size(list);
    if (count < 6 || count % 2) {
        return bad(limit, err);
    }
    double *xy = imx_calloc(memory, count, sizeof *xy);
    if (!xy) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the plan");
    }
    imx_status status = IMX_OK;
    for (size_t i = 0; i < count && !status; i++) {
        const json_t *value = json_array_get(list, i);
        xy[i] = json_number_value(value);
        status = json_is_number(value) ? IMX_OK : bad(limit, err);
    }
    /* it runs the way it did */
    status = status ? status : imx_outline_add(memory, outline, xy, count / 2, imx_twice_area(xy, count / 2) < 0, err);
    imx_free(memory, xy);
    return status;
}

static imx_status read_outline(const json_t *from, size_t limit, imx_error *err, imx_plan *plan) {
    const char *crs = json_string_value(json_object_get(from, "crs"));
    const json_t *list = json_object_get(from, "rings");
    if (!crs || !json_is_array(list)) {
        return bad(limit, err);
    }
    imx_status status = imx_outline_create(plan->memory, crs, err, &plan->outlines[limit]);
    for (size_t i = 0; i < json_array_size(list) && !status; i++) {
        status = read_ring(plan->memory, json_array_get(list, i), limit, err, plan->outlines[limit]);
    }
    return status;
}

imx_status imx_limits_from_json(const json_t *options, imx_error *err, imx_plan *plan) {
    imx_status status = IMX_OK;
    for (size_t i = 0; i < IMX_LIMITS && !status; i++) {
        const json_t *from = json_object_get(options, keys[i]);
        status = from ? read_outline(from, i, err, plan) : IMX_OK;
    }
    return status;
}
