/* engine/transform_tps.c: the thin-plate spline through ground control points (Bookstein 1989: Principal Warps).
 *
 * f(p) = a0 + a1 x + a2 y + sum of w_i U(|p - p_i|), U(r) = r^2 log r^2, with the w_i orthogonal to affine functions:
 * the smoothest surface through all points. It does not change when coordinates are shifted, or scaled by one factor,
 * which is done for the sake of rounding. An affine fit the other way starts the way back. */
#include <math.h>
#include <stdlib.h>

#include "engine/least_squares.h"
#include "engine/transform_model.h"

enum { AFFINE_TERMS = 3 };

typedef struct tps_model {
    imx_model base;
    double centre_x, centre_y, scale; /* normalised = (value - centre) * scale */
    double image_px, image_line;      /* taken off before the fit */
    size_t count;
    double *x, *y;       /* of the points, normalised */
    double (*weight)[2]; /* px, line */
    double affine[3][2]; /* 1, x, y */
    double back[3][2];   /* image -> ground: 1, px, line */
} tps_model;

static double basis(double dx, double dy) {
    double square = dx * dx + dy * dy;
    return square > 0 ? square * log(square) : 0;
}

static void to_image(imx_model *model, size_t n, double *x, double *y) {
    const tps_model *m = (const tps_model *)model;
    for (size_t k = 0; k < n; k++) {
        double gx = (x[k] - m->centre_x) * m->scale, gy = (y[k] - m->centre_y) * m->scale;
        double px = m->affine[0][0] + m->affine[1][0] * gx + m->affine[2][0] * gy;
        double line = m->affine[0][1] + m->affine[1][1] * gx + m->affine[2][1] * gy;
        for (size_t i = 0; i < m->count; i++) {
            double u = basis(gx - m->x[i], gy - m->y[i]);
            px += m->weight[i][0] * u;
            line += m->weight[i][1] * u;
        }
        x[k] = px + m->image_px;
        y[k] = line + m->image_line;
    }
}

static bool start(imx_model *model, double px, double line, double *x, double *y) {
    const tps_model *m = (const tps_model *)model;
    double dx = px - m->image_px, dy = line - m->image_line;
    *x = m->back[0][0] + m->back[1][0] * dx + m->back[2][0] * dy;
    *y = m->back[0][1] + m->back[1][1] * dx + m->back[2][1] * dy;
    return true;
}

static void destroy(imx_model *model) {
    tps_model *m = (tps_model *)model;
    imx_free(model->memory, m->weight);
    imx_free(model->memory, m->x);
    imx_free(model->memory, m);
}

static const imx_model_kind tps_kind = {.to_image = to_image, .start = start, .destroy = destroy};

/* ---- the fit ---- */

static bool find_scaling(tps_model *m, const imx_georef *georef) {
    double low_x = HUGE_VAL, high_x = -HUGE_VAL, low_y = HUGE_VAL, high_y = -HUGE_VAL;
    for (size_t i = 0; i < georef->gcp_count; i++) {
        const imx_gcp *g = &georef->gcps[i];
        if (!isfinite(g->x) || !isfinite(g->y) || !isfinite(g->px) || !isfinite(g->line)) {
            return false;
        }
        low_x = fmin(low_x, g->x), high_x = fmax(high_x, g->x);
        low_y = fmin(low_y, g->y), high_y = fmax(high_y, g->y);
        m->image_px += g->px / (double)georef->gcp_count;
        m->image_line += g->line / (double)georef->gcp_count;
    }
    double size = fmax(high_x - low_x, high_y - low_y) / 2;
    m->centre_x = (low_x + high_x) / 2;
    m->centre_y = (low_y + high_y) / 2;
    m->scale = 1 / size;
    return size > 0 && isfinite(size) && isfinite(m->image_px) && isfinite(m->image_line);
}

static int by_ground(const void *a, const void *b) {
    const imx_gcp *first = a, *second = b;
    if (first->x != second->x) {
        return first->x < second->x ? -1 : 1;
    }
    return (first->y > second->y) - (first->y < second->y);
}

/* Points that say the same twice count once. IMX_E_INPUT where two say different things of one place. */
static imx_status drop_twins(imx_gcp *gcps, size_t *count, imx_error *err) {
    qsort(gcps, *count, sizeof *gcps, by_ground);
    size_t kept = 1;
    for (size_t i = 1; i < *count; i++) {
        const imx_gcp *last = &gcps[kept - 1], *at = &gcps[i];
        if (at->x != last->x || at->y != last->y) {
            gcps[kept++] = *at;
        } else if (fabs(at->px - last->px) > 1e-6 || fabs(at->line - last->line) > 1e-6) {
            return imx_fail(err, IMX_E_INPUT,
                            "two ground control points at (%.10g, %.10g) name different pixels: a thin-plate spline "
                            "cannot go through both; try --order",
                            at->x, at->y);
        }
    }
    *count = kept;
    return IMX_OK;
}

/* The system of Bookstein's eq. (7), px and line as its two right-hand sides. */
static imx_status fit_spline(tps_model *m, const imx_gcp *gcps, imx_error *err) {
    size_t n = m->count + AFFINE_TERMS;
    double *a = imx_calloc(m->base.memory, n, (n + 2) * sizeof *a);
    if (!a) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a spline through %zu points", m->count);
    }
    double *b = a + n * n;
    for (size_t i = 0; i < m->count; i++) {
        for (size_t k = 0; k < m->count; k++) {
            a[i * n + k] = basis(m->x[i] - m->x[k], m->y[i] - m->y[k]);
        }
        const double terms[AFFINE_TERMS] = {1, m->x[i], m->y[i]};
        for (size_t k = 0; k < AFFINE_TERMS; k++) {
            a[i * n + m->count + k] = a[(m->count + k) * n + i] = terms[k];
        }
        b[2 * i] = gcps[i].px - m->image_px;
        b[2 * i + 1] = gcps[i].line - m->image_line;
    }
    bool solved = imx_solve(n, 2, a, b);
    for (size_t i = 0; solved && i < n; i++) {
        double *to = i < m->count ? m->weight[i] : m->affine[i - m->count];
        to[0] = b[2 * i], to[1] = b[2 * i + 1];
    }
    imx_free(m->base.memory, a);
    return solved ? IMX_OK
                  : imx_fail(err, IMX_E_INPUT,
                             "its %zu ground control points carry no thin-plate spline: they lie on a line", m->count);
}

static imx_status fit_back(tps_model *m, const imx_gcp *gcps, imx_error *err) {
    double *a = imx_calloc(m->base.memory, m->count, (AFFINE_TERMS + 2) * sizeof *a);
    if (!a) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    double *b = a + m->count * AFFINE_TERMS;
    for (size_t i = 0; i < m->count; i++) {
        a[AFFINE_TERMS * i] = 1;
        a[AFFINE_TERMS * i + 1] = gcps[i].px - m->image_px;
        a[AFFINE_TERMS * i + 2] = gcps[i].line - m->image_line;
        b[2 * i] = gcps[i].x - m->centre_x;
        b[2 * i + 1] = gcps[i].y - m->centre_y;
    }
    bool solved = imx_least_squares(m->count, AFFINE_TERMS, 2, a, b);
    for (size_t k = 0; solved && k < AFFINE_TERMS; k++) {
        m->back[k][0] = b[2 * k] + (k == 0 ? m->centre_x : 0);
        m->back[k][1] = b[2 * k + 1] + (k == 0 ? m->centre_y : 0);
    }
    imx_free(m->base.memory, a);
    return solved ? IMX_OK : imx_fail(err, IMX_E_INPUT, "the pixels of its ground control points lie on a line");
}

static imx_status fit(tps_model *m, const imx_georef *georef, imx_gcp *gcps, imx_error *err) {
    m->count = georef->gcp_count;
    imx_status status = drop_twins(gcps, &m->count, err);
    if (status != IMX_OK) {
        return status;
    }
    m->x = imx_calloc(m->base.memory, m->count, 2 * sizeof *m->x);
    m->weight = imx_calloc(m->base.memory, m->count, sizeof *m->weight);
    if (!m->x || !m->weight) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a spline through %zu points", m->count);
    }
    m->y = m->x + m->count;
    for (size_t i = 0; i < m->count; i++) {
        m->x[i] = (gcps[i].x - m->centre_x) * m->scale;
        m->y[i] = (gcps[i].y - m->centre_y) * m->scale;
    }
    status =
        m->count >= AFFINE_TERMS
            ? fit_spline(m, gcps, err)
            : imx_fail(err, IMX_E_INPUT, "a thin-plate spline needs 3 ground control points; it has %zu", m->count);
    return status == IMX_OK ? fit_back(m, gcps, err) : status;
}

imx_status imx_model_create_tps(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out) {
    if (georef->gcp_count > IMX_TPS_GCPS_MAX) {
        return imx_fail(err, IMX_E_UNSUPPORTED,
                        "a thin-plate spline through %zu ground control points would take too long (at most %d): use "
                        "--order 3",
                        georef->gcp_count, IMX_TPS_GCPS_MAX);
    }
    tps_model *m = imx_calloc(memory, 1, sizeof *m);
    imx_gcp *gcps = imx_calloc(memory, georef->gcp_count + 1, sizeof *gcps);
    imx_status status = IMX_OK;
    if (m) {
        m->base = (imx_model){.kind = &tps_kind, .memory = memory};
    }
    if (!m || !gcps) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for %zu ground control points", georef->gcp_count);
        goto out;
    }
    for (size_t i = 0; i < georef->gcp_count; i++) {
        gcps[i] = georef->gcps[i];
    }
    status = find_scaling(m, georef)
                 ? fit(m, georef, gcps, err)
                 : imx_fail(err, IMX_E_INPUT, "its %zu ground control points are not finite, or all at one place",
                            georef->gcp_count);
    if (status != IMX_OK) {
        goto out;
    }
    m->base.step_x = m->base.step_y = 1e-4 / m->scale;
    *out = &m->base;
    m = NULL;
out:
    if (m) {
        destroy(&m->base);
    }
    imx_free(memory, gcps);
    return status;
}
