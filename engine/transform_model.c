/* engine/transform_model.c: what all models have in common: the way back from the image to the ground, by Newton's
 * method on the exact direction. */
#include "engine/transform_model.h"

#include <math.h>

#include "engine/elevation.h"

enum { ITERATIONS_MAX = 60 };
#define CONVERGED_PX 1e-7
#define ACCEPTED_PX 1e-2 /* across a kink of the terrain the last digits may not come */

imx_status imx_model_create(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out) {
    switch (georef->kind) {
    case IMX_GEOREF_POLYNOMIAL: return imx_model_create_polynomial(memory, georef, err, out);
    case IMX_GEOREF_TPS: return imx_model_create_tps(memory, georef, err, out);
    case IMX_GEOREF_RPC: return imx_model_create_rpc(memory, georef, err, out);
    case IMX_GEOREF_GEOLOCATION: return imx_model_create_geolocation(memory, georef, err, out);
    default: return imx_fail(err, IMX_E_INTERNAL, "a georeferencing of kind %d", (int)georef->kind);
    }
}

void imx_model_destroy(imx_model **model) {
    if (*model) {
        (*model)->kind->destroy(*model);
        *model = NULL;
    }
}

void imx_model_to_image(imx_model *model, size_t n, double *x, double *y) {
    model->kind->to_image(model, n, x, y);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

/* Newton's method from (*x, *y), with differences for derivatives; a step that makes it worse is halved. */
static bool approach(imx_model *model, double px, double line, double *x, double *y) {
    double at_x = *x, at_y = *y, best = HUGE_VAL;
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        double fx[3] = {at_x, at_x + model->step_x, at_x}, fy[3] = {at_y, at_y, at_y + model->step_y};
        imx_model_to_image(model, 3, fx, fy);
        bool failed = fx[0] == HUGE_VAL || fx[1] == HUGE_VAL || fx[2] == HUGE_VAL;
        double rest_x = px - fx[0], rest_y = line - fy[0], rest = failed ? HUGE_VAL : hypot(rest_x, rest_y);
        if (!(rest < best)) { /* back towards the last good place */
            if (best == HUGE_VAL) {
                return false;
            }
            at_x = (at_x + *x) / 2, at_y = (at_y + *y) / 2;
            continue;
        }
        best = rest, *x = at_x, *y = at_y;
        if (best < CONVERGED_PX) {
            break;
        }
        double xx = (fx[1] - fx[0]) / model->step_x, xy = (fx[2] - fx[0]) / model->step_y;
        double yx = (fy[1] - fy[0]) / model->step_x, yy = (fy[2] - fy[0]) / model->step_y, det = xx * yy - xy * yx;
        at_x += (yy * rest_x - xy * rest_y) / det;
        at_y += (xx * rest_y - yx * rest_x) / det;
        if (!isfinite(at_x) || !isfinite(at_y)) {
            break;
        }
    }
    return best < ACCEPTED_PX;
}

void imx_model_to_ground(imx_model *model, size_t n, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        double px = x[i], line = y[i];
        if (model->kind->to_ground) {
            if (!isfinite(px) || !isfinite(line) || !model->kind->to_ground(model, px, line, &x[i], &y[i])) {
                x[i] = y[i] = HUGE_VAL;
            }
            continue;
        }
        bool flat = model->flat, found = isfinite(px) && isfinite(line);
        model->flat = true; /* first without the terrain */
        found = found && model->kind->start(model, px, line, &x[i], &y[i]) && approach(model, px, line, &x[i], &y[i]);
        model->flat = flat;
        if (!found || (!flat && imx_model_elevation(model) && !approach(model, px, line, &x[i], &y[i]))) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

void imx_model_flatten(imx_model *model, bool on) { model->flat = on; }

void imx_model_detail(const imx_model *model, double detail[2]) {
    const imx_elevation *elevation = imx_model_elevation(model);
    detail[0] = detail[1] = model->detail;
    if (elevation) {
        imx_elevation_cell(elevation, detail);
    }
}

imx_status imx_model_check(const imx_model *model, imx_error *err) {
    const imx_elevation *elevation = imx_model_elevation(model);
    return elevation ? imx_elevation_check(elevation, err) : IMX_OK;
}
