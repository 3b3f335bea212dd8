/* engine/transform_gcp.c: polynomials of order 1 to 3 through ground control points.
 *
 * Both directions are fitted by least squares, as gdalwarp -order does; coordinates are shifted and scaled to [-1, 1]
 * before, which changes nothing about the fit but its rounding. The ground-to-image polynomials are the model. */
#include <math.h>
#include <string.h>

#include "engine/least_squares.h"
#include "engine/transform_model.h"

enum { ORDER_MAX = 3, TERMS_MAX = 10 };

typedef struct scaling {
    double centre[2], size[2]; /* normalised = (value - centre) / size */
} scaling;

typedef struct polynomial_model {
    imx_model base;
    int order;
    size_t terms;
    scaling ground, image;
    double to_image[TERMS_MAX][2], to_ground[TERMS_MAX][2]; /* normalised to normalised */
} polynomial_model;

static size_t terms_of(int order) { return (size_t)((order + 1) * (order + 2) / 2); }

static void powers(int order, double x, double y, double out[TERMS_MAX]) {
    out[0] = 1, out[1] = x, out[2] = y;
    if (order >= 2) {
        out[3] = x * x, out[4] = x * y, out[5] = y * y;
    }
    if (order >= 3) {
        out[6] = x * x * x, out[7] = x * x * y, out[8] = x * y * y, out[9] = y * y * y;
    }
}

static void evaluate(const polynomial_model *m, const scaling *from, const scaling *to, const double fit[][2],
                     double *x, double *y) {
    double terms[TERMS_MAX], sum[2] = {0, 0};
    powers(m->order, (*x - from->centre[0]) / from->size[0], (*y - from->centre[1]) / from->size[1], terms);
    for (size_t i = 0; i < m->terms; i++) {
        sum[0] += fit[i][0] * terms[i];
        sum[1] += fit[i][1] * terms[i];
    }
    *x = to->centre[0] + to->size[0] * sum[0];
    *y = to->centre[1] + to->size[1] * sum[1];
}

static void to_image(imx_model *model, size_t n, double *x, double *y) {
    const polynomial_model *m = (const polynomial_model *)model;
    for (size_t i = 0; i < n; i++) {
        evaluate(m, &m->ground, &m->image, m->to_image, &x[i], &y[i]);
    }
}

static bool start(imx_model *model, double px, double line, double *x, double *y) {
    const polynomial_model *m = (const polynomial_model *)model;
    *x = px, *y = line;
    evaluate(m, &m->image, &m->ground, m->to_ground, x, y);
    return true;
}

static void destroy(imx_model *model) { imx_free(model->memory, model); }

static const imx_model_kind polynomial_kind = {.to_image = to_image, .start = start, .destroy = destroy};

/* ---- the fit ---- */

typedef struct pair {
    double at[2];
} pair;
typedef pair (*side_fn)(const imx_gcp *gcp);
static pair ground_of(const imx_gcp *gcp) { return (pair){{gcp->x, gcp->y}}; }
static pair image_of(const imx_gcp *gcp) { return (pair){{gcp->px, gcp->line}}; }

static bool find_scaling(const imx_georef *georef, side_fn side, scaling *out) {
    for (int k = 0; k < 2; k++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < georef->gcp_count; i++) {
            double value = side(&georef->gcps[i]).at[k];
            if (!isfinite(value)) {
                return false;
            }
            low = fmin(low, value), high = fmax(high, value);
        }
        out->centre[k] = (low + high) / 2;
        out->size[k] = (high - low) / 2;
        if (!(out->size[k] > 0) || !isfinite(out->size[k])) {
            return false;
        }
    }
    return true;
}

static bool fit(const polynomial_model *m, const imx_georef *georef, side_fn from, const scaling *from_scaling,
                side_fn to, const scaling *to_scaling, double *a, double *b, double out[][2]) {
    for (size_t i = 0; i < georef->gcp_count; i++) {
        pair at = from(&georef->gcps[i]), value = to(&georef->gcps[i]);
        double terms[TERMS_MAX];
        powers(m->order, (at.at[0] - from_scaling->centre[0]) / from_scaling->size[0],
               (at.at[1] - from_scaling->centre[1]) / from_scaling->size[1], terms);
        memcpy(a + i * m->terms, terms, m->terms * sizeof *a);
        for (int k = 0; k < 2; k++) {
            b[2 * i + (size_t)k] = (value.at[k] - to_scaling->centre[k]) / to_scaling->size[k];
        }
    }
    if (!imx_least_squares(georef->gcp_count, m->terms, 2, a, b)) {
        return false;
    }
    memcpy(out, b, m->terms * sizeof *out);
    return true;
}

/* Both directions; *found false: the points do not determine this order. */
static imx_status fit_both(polynomial_model *m, const imx_georef *georef, imx_error *err, bool *found) {
    *found = false;
    if (georef->gcp_count < m->terms) {
        return IMX_OK;
    }
    double *a = imx_calloc(m->base.memory, georef->gcp_count, (m->terms + 2) * sizeof *a);
    if (!a) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %zu ground control points", georef->gcp_count);
    }
    double *b = a + georef->gcp_count * m->terms;
    *found = fit(m, georef, ground_of, &m->ground, image_of, &m->image, a, b, m->to_image) &&
             fit(m, georef, image_of, &m->image, ground_of, &m->ground, a, b, m->to_ground);
    imx_free(m->base.memory, a);
    return IMX_OK;
}

imx_status imx_model_create_polynomial(imx_memory *memory, const imx_georef *georef, imx_error *err, imx_model **out) {
    polynomial_model *m = imx_calloc(memory, 1, sizeof *m);
    if (!m) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    m->base = (imx_model){.kind = &polynomial_kind, .memory = memory, .may_fold = true};
    bool found = false;
    imx_status status = IMX_OK;
    if (find_scaling(georef, ground_of, &m->ground) && find_scaling(georef, image_of, &m->image)) {
        /* GDAL's default: 2 from 6 points on, since order 3 is unstable; and 1 where the points do not carry 2. */
        m->order = georef->order ? georef->order : georef->gcp_count >= 6 ? 2 : 1;
        for (; status == IMX_OK && !found && m->order > 0; m->order--) {
            m->terms = terms_of(m->order);
            status = fit_both(m, georef, err, &found);
            if (found || georef->order) {
                break;
            }
        }
    }
    if (status == IMX_OK && !found) {
        int order = georef->order ? georef->order : 1;
        status =
            georef->gcp_count < terms_of(order)
                ? imx_fail(err, IMX_E_INPUT, "a polynomial of order %d needs %zu ground control points; it has %zu",
                           order, terms_of(order), georef->gcp_count)
                : imx_fail(err, IMX_E_INPUT,
                           "its %zu ground control points do not determine a polynomial of order %d: they lie on a "
                           "line or a curve, or are not finite",
                           georef->gcp_count, order);
    }
    if (status != IMX_OK) {
        imx_free(memory, m);
        return status;
    }
    m->base.step_x = m->ground.size[0] * 1e-4;
    m->base.step_y = m->ground.size[1] * 1e-4;
    *out = &m->base;
    return IMX_OK;
}

int imx_model_order(const imx_model *model) {
    return model->kind == &polynomial_kind ? ((const polynomial_model *)model)->order : 0;
}
