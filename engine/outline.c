/* engine/outline.c: see the header. */
#include "engine/outline.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/crs.h"
#include "engine/planar.h"

/* Of any unit: millimetres round the Earth are 4e10. */
#define COORDINATE_MAX 1e12

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory for an outline"); }

imx_status imx_outline_create(imx_memory *memory, const char *crs, imx_error *err, imx_outline **out) {
    imx_outline *outline = imx_calloc(memory, 1, sizeof *outline);
    if (!outline) {
        return no_memory(err);
    }
    outline->crs = imx_strdup(memory, crs);
    if (!outline->crs) {
        imx_outline_destroy(memory, &outline);
        return no_memory(err);
    }
    *out = outline;
    return IMX_OK;
}

void imx_outline_destroy(imx_memory *memory, imx_outline **outline) {
    if (outline && *outline) {
        imx_free(memory, (*outline)->crs);
        imx_free(memory, (*outline)->xy);
        imx_free(memory, (*outline)->rings);
        imx_free(memory, *outline);
        *outline = NULL;
    }
}

/* Room for at least `needed` elements: doubled, so that adding is cheap; the count is a power of two. */
static imx_status grow(imx_memory *memory, void **array, size_t count, size_t more, size_t size, imx_error *err) {
    size_t room = 8, bytes;
    while (room < count) {
        room *= 2;
    }
    const size_t had = room;
    while (room < count + more && room <= SIZE_MAX / 4) {
        room *= 2;
    }
    if (*array && room == had) {
        return IMX_OK;
    }
    void *grown = imx_size_mul(room, size, 1, &bytes) ? imx_realloc(memory, *array, bytes) : NULL;
    *array = grown ? grown : *array;
    return grown ? IMX_OK : no_memory(err);
}

static bool same_point(const double *a, const double *b) { return a[0] == b[0] && a[1] == b[1]; }

imx_status imx_outline_add(imx_memory *memory, imx_outline *outline, const double *xy, size_t count, bool hole,
                           imx_error *err) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(xy[2 * i]) || !isfinite(xy[2 * i + 1])) {
            return imx_fail(err, IMX_E_INPUT, "a corner of a polygon is not a number");
        }
        if (fabs(xy[2 * i]) > COORDINATE_MAX || fabs(xy[2 * i + 1]) > COORDINATE_MAX) {
            return imx_fail(err, IMX_E_INPUT, "a corner of a polygon is nowhere on the Earth: %.10g, %.10g", xy[2 * i],
                            xy[2 * i + 1]);
        }
    }
    while (count > 1 && same_point(xy, xy + 2 * (count - 1))) {
        count--;
    }
    if (count < 3) {
        return IMX_OK;
    }
    imx_status status = grow(memory, (void **)&outline->xy, outline->vertex_count, count, 2 * sizeof *xy, err);
    status =
        status ? status : grow(memory, (void **)&outline->rings, outline->ring_count, 1, sizeof *outline->rings, err);
    if (status != IMX_OK) {
        return status;
    }
    const bool turn = (imx_twice_area(xy, count) < 0) != hole;
    double *to = outline->xy + 2 * outline->vertex_count;
    for (size_t i = 0; i < count; i++) {
        memcpy(to + 2 * i, xy + 2 * (turn ? count - 1 - i : i), 2 * sizeof *xy);
    }
    outline->rings[outline->ring_count++] = (imx_outline_ring){outline->vertex_count, count};
    outline->vertex_count += count;
    return IMX_OK;
}

imx_status imx_outline_box(imx_memory *memory, const char *crs, const double box[4], imx_error *err,
                           imx_outline **out) {
    imx_crs_facts facts;
    imx_outline *outline = NULL;
    imx_status status = imx_crs_describe(memory, crs, err, &facts);
    if (status != IMX_OK) {
        return status;
    }
    double east = box[2];
    if (box[0] > east && facts.period > 0) {
        east += facts.period * ceil((box[0] - east) / facts.period);
    }
    if (!(box[0] < east && box[1] < box[3])) {
        return imx_fail(err, IMX_E_USAGE, "the box %.10g,%.10g,%.10g,%.10g is empty", box[0], box[1], box[2], box[3]);
    }
    const double corners[8] = {box[0], box[1], east, box[1], east, box[3], box[0], box[3]};
    status = imx_outline_create(memory, crs, err, &outline);
    status = status ? status : imx_outline_add(memory, outline, corners, 4, false, err);
    if (status != IMX_OK) {
        imx_outline_destroy(memory, &outline);
        return status;
    }
    *out = outline;
    return IMX_OK;
}

imx_status imx_outline_hash(imx_memory *memory, const imx_outline *outline, imx_error *err, imx_hash *out) {
    imx_hasher *hasher = NULL;
    imx_status status = imx_hasher_create(memory, &hasher);
    if (status != IMX_OK) {
        return no_memory(err);
    }
    imx_hasher_add(hasher, outline->crs, strlen(outline->crs) + 1);
    for (size_t i = 0; i < outline->ring_count; i++) {
        const uint64_t count = outline->rings[i].count;
        imx_hasher_add(hasher, &count, sizeof count);
    }
    imx_hasher_add(hasher, outline->xy, outline->vertex_count * 2 * sizeof *outline->xy);
    *out = imx_hasher_result(hasher);
    imx_hasher_destroy(&hasher);
    return IMX_OK;
}

void imx_outline_extent(const imx_outline *outline, double out[4]) {
    out[0] = out[1] = HUGE_VAL;
    out[2] = out[3] = -HUGE_VAL;
    for (size_t i = 0; i < outline->vertex_count; i++) {
        out[0] = fmin(out[0], outline->xy[2 * i]);
        out[1] = fmin(out[1], outline->xy[2 * i + 1]);
        out[2] = fmax(out[2], outline->xy[2 * i]);
        out[3] = fmax(out[3], outline->xy[2 * i + 1]);
    }
}
