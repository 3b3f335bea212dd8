/* engine/transform_rpc.c: rational polynomials (RPC00B) over heights.
 *
 * Ground to image is direct: height, normalise, two quotients of cubic polynomials, half a pixel for the convention of
 * pixel centres. Where a denominator changes its sign against the middle of the scene, beyond a pole of the quotient,
 * nothing is believed. */
#include <math.h>

#include "engine/elevation.h"
#include "engine/transform_model.h"

enum { CHUNK = 256 };

typedef struct rpc_model {
    imx_model base;
    imx_rpc rpc;
    imx_elevation *elevation; /* NULL: flat_m everywhere */
    double flat_m;
} rpc_model;

static void terms_of(double l, double p, double h, double out[IMX_RPC_TERMS]) {
    out[0] = 1, out[1] = l, out[2] = p, out[3] = h;
    out[4] = l * p, out[5] = l * h, out[6] = p * h;
    out[7] = l * l, out[8] = p * p, out[9] = h * h;
    out[10] = l * p * h, out[11] = l * l * l, out[12] = l * p * p, out[13] = l * h * h, out[14] = l * l * p;
    out[15] = p * p * p, out[16] = p * h * h, out[17] = l * l * h, out[18] = p * p * h, out[19] = h * h * h;
}

static double dot(const double terms[IMX_RPC_TERMS], const double coefficients[IMX_RPC_TERMS]) {
    double even = 0, odd = 0; /* two chains, so that they overlap */
    for (int i = 0; i < IMX_RPC_TERMS; i += 2) {
        even += terms[i] * coefficients[i];
        odd += terms[i + 1] * coefficients[i + 1];
    }
    return even + odd;
}

static void place(const imx_rpc *rpc, double height_m, double *x, double *y) {
    double terms[IMX_RPC_TERMS];
    terms_of((*x - rpc->lon_off_deg) / rpc->lon_scale_deg, (*y - rpc->lat_off_deg) / rpc->lat_scale_deg,
             (height_m - rpc->height_off_m) / rpc->height_scale_m, terms);
    double samp_den = dot(terms, rpc->samp_den), line_den = dot(terms, rpc->line_den);
    if (!(samp_den * rpc->samp_den[0] > 0) || !(line_den * rpc->line_den[0] > 0)) { /* also NaN: no height */
        *x = *y = HUGE_VAL;
        return;
    }
    *x = dot(terms, rpc->samp_num) / samp_den * rpc->samp_scale + rpc->samp_off + 0.5;
    *y = dot(terms, rpc->line_num) / line_den * rpc->line_scale + rpc->line_off + 0.5;
}

static void to_image(imx_model *model, size_t n, double *x, double *y) {
    const rpc_model *m = (const rpc_model *)model;
    double height_m[CHUNK];
    bool terrain = m->elevation && !model->flat;
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t count = n - at < CHUNK ? n - at : CHUNK;
        if (terrain) {
            imx_elevation_at(m->elevation, count, x + at, y + at, height_m);
        }
        for (size_t i = 0; i < count; i++) {
            place(&m->rpc, terrain ? height_m[i] : m->flat_m, &x[at + i], &y[at + i]);
        }
    }
}

static bool start(imx_model *model, double px, double line, double *x, double *y) {
    (void)px, (void)line;
    const rpc_model *m = (const rpc_model *)model;
    *x = m->rpc.lon_off_deg;
    *y = m->rpc.lat_off_deg;
    return true;
}

static void destroy(imx_model *model) {
    rpc_model *m = (rpc_model *)model;
    imx_elevation_destroy(&m->elevation);
    imx_free(model->memory, m);
}

static const imx_model_kind rpc_kind = {.to_image = to_image, .start = start, .destroy = destroy};

imx_elevation *imx_model_elevation(const imx_model *model) {
    return model->kind == &rpc_kind ? ((const rpc_model *)model)->elevation : NULL;
}

void imx_model_parallax(const imx_model *model, double x, double y, double parallax[2]) {
    parallax[0] = parallax[1] = 0;
    if (model->kind != &rpc_kind) {
        return;
    }
    const rpc_model *m = (const rpc_model *)model;
    double px[4] = {x, x, x + model->step_x, x}, line[4] = {y, y, y, y + model->step_y};
    double range_m = 2 * fabs(m->rpc.height_scale_m) + fabs(m->flat_m - m->rpc.height_off_m);
    for (int i = 0; i < 4; i++) {
        place(&m->rpc, m->flat_m + (i == 1 ? 1 : 0), &px[i], &line[i]); /* [1]: a metre higher */
    }
    double xx = (px[2] - px[0]) / model->step_x, xy = (px[3] - px[0]) / model->step_y;
    double yx = (line[2] - line[0]) / model->step_x, yy = (line[3] - line[0]) / model->step_y, det = xx * yy - xy * yx;
    double dx = px[1] - px[0], dy = line[1] - line[0];
    double by_x = fabs((yy * dx - xy * dy) / det), by_y = fabs((xx * dy - yx * dx) / det); /* degrees a metre */
    if (isfinite(by_x) && isfinite(by_y)) {
        parallax[0] = by_x * range_m, parallax[1] = by_y * range_m;
    }
}

/* ---- what may be wrong with coefficients ---- */

static imx_status check_scale(const char *name, double off, double scale, imx_error *err) {
    if (isfinite(off) && isfinite(scale) && scale != 0) {
        return IMX_OK;
    }
    return imx_fail(err, IMX_E_INPUT, "its RPC are damaged: %s_OFF is %g, %s_SCALE is %g", name, off, name, scale);
}

static imx_status check_terms(const char *name, const double terms[IMX_RPC_TERMS], bool denominator, imx_error *err) {
    bool all_zero = true;
    for (int i = 0; i < IMX_RPC_TERMS; i++) {
        if (!isfinite(terms[i])) {
            return imx_fail(err, IMX_E_INPUT, "its RPC are damaged: number %d of %s is %g", i + 1, name, terms[i]);
        }
        all_zero = all_zero && terms[i] == 0;
    }
    if (all_zero || (denominator && terms[0] == 0)) {
        return imx_fail(err, IMX_E_INPUT, "its RPC are damaged: %s is zero in the middle of the scene", name);
    }
    return IMX_OK;
}

static imx_status check(const imx_rpc *rpc, imx_error *err) {
    imx_status s = check_scale("LINE", rpc->line_off, rpc->line_scale, err);
    s = s ? s : check_scale("SAMP", rpc->samp_off, rpc->samp_scale, err);
    s = s ? s : check_scale("LAT", rpc->lat_off_deg, rpc->lat_scale_deg, err);
    s = s ? s : check_scale("LONG", rpc->lon_off_deg, rpc->lon_scale_deg, err);
    s = s ? s : check_scale("HEIGHT", rpc->height_off_m, rpc->height_scale_m, err);
    s = s ? s : check_terms("LINE_NUM_COEFF", rpc->line_num, false, err);
    s = s ? s : check_terms("LINE_DEN_COEFF", rpc->line_den, true, err);
    s = s ? s : check_terms("SAMP_NUM_COEFF", rpc->samp_num, false, err);
    s = s ? s : check_terms("SAMP_DEN_COEFF", rpc->samp_den, true, err);
    if (!s && !(fabs(rpc->lat_off_deg) <= 90 && fabs(rpc->lon_off_deg) <= 540)) {
        s = imx_fail(err, IMX_E_INPUT, "its RPC are damaged: they lie at longitude %g, latitude %g", rpc->lon_off_deg,
                     rpc->lat_off_deg);
    }
    return s;
}

imx_status imx_model_create_rpc(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out) {
    const imx_rpc *rpc = &georef->rpc;
    imx_status status = check(rpc, err);
    if (status != IMX_OK) {
        return status;
    }
    rpc_model *m = imx_calloc(memory, 1, sizeof *m);
    if (!m) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    m->base = (imx_model){.kind = &rpc_kind,
                          .memory = memory,
                          .step_x = 1e-5 * fabs(rpc->lon_scale_deg),
                          .step_y = 1e-5 * fabs(rpc->lat_scale_deg)};
    m->rpc = *rpc;
    m->flat_m = georef->heights.height_m;
    if (georef->heights.dem) {
        status = imx_elevation_create(memory, &georef->heights, rpc->lon_off_deg, rpc->lat_off_deg, err, &m->elevation);
        double middle_m = NAN;
        if (status == IMX_OK) {
            imx_elevation_at(m->elevation, 1, &rpc->lon_off_deg, &rpc->lat_off_deg, &middle_m);
            m->flat_m = isfinite(middle_m) ? middle_m : rpc->height_off_m;
        }
    }
    if (status != IMX_OK) {
        destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return IMX_OK;
}
