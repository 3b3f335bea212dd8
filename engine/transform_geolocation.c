/* engine/transform_geolocation.c: geolocation arrays as a model: the mesh of their places, both ways exact. */
#include <math.h>

#include "engine/mesh.h"
#include "engine/source_geolocation.h"
#include "engine/transform_model.h"

typedef struct geolocation_model {
    imx_model base;
    const imx_geolocation *arrays;
    const imx_mesh *mesh;
    imx_mesh *own; /* where the georef has none: of a plan that was read back */
} geolocation_model;

static void to_image(imx_model *model, size_t n, double *x, double *y) {
    const geolocation_model *m = (const geolocation_model *)model;
    const imx_geolocation *a = m->arrays;
    for (size_t i = 0; i < n; i++) {
        double column, row;
        if (isfinite(x[i]) && isfinite(y[i]) && imx_mesh_find(m->mesh, x[i], y[i], &column, &row)) {
            x[i] = a->pixel_offset + a->pixel_step * column;
            y[i] = a->line_offset + a->line_step * row;
        } else {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

static bool to_ground(imx_model *model, double px, double line, double *x, double *y) {
    const geolocation_model *m = (const geolocation_model *)model;
    const imx_geolocation *a = m->arrays;
    return imx_mesh_place(m->mesh, (px - a->pixel_offset) / a->pixel_step, (line - a->line_offset) / a->line_step, x,
                          y);
}

static void destroy(imx_model *model) {
    geolocation_model *m = (geolocation_model *)model;
    imx_mesh_destroy(model->memory, &m->own);
    imx_free(model->memory, m);
}

static const imx_model_kind geolocation_kind = {.to_image = to_image, .to_ground = to_ground, .destroy = destroy};

imx_status imx_model_create_geolocation(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out) {
    geolocation_model *m = imx_calloc(memory, 1, sizeof *m);
    if (!m) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    m->base = (imx_model){.kind = &geolocation_kind, .memory = memory, .has_box = true};
    m->arrays = &georef->geolocation;
    m->mesh = georef->geolocation.mesh;
    if (!m->mesh) {
        imx_hash content;
        size_t nowhere;
        imx_status status = imx_geolocation_read(memory, &georef->geolocation, err, &m->own, &content, &nowhere);
        if (status == IMX_OK && !imx_hash_equal(&content, &georef->geolocation.content)) {
            status = imx_fail(err, IMX_E_INPUT, "its geolocation arrays are not those that the plan was made for");
        }
        if (status != IMX_OK) {
            destroy(&m->base);
            return status;
        }
        m->mesh = m->own;
    }
    imx_mesh_box(m->mesh, m->base.box);
    m->base.detail = imx_mesh_cell(m->mesh);
    *out = &m->base;
    return IMX_OK;
}
