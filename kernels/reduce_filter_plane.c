/* kernels/reduce_filter_plane.c: references of the reductions of planes by a low-pass filter: bilinear, cubic, lanczos.
 *
 * Separable, as for rgba8 (reduce_filter.c): each source row is filtered along x once, its valid samples and their
 * weights, into a ring of as many rows as there are taps; an output row weighs the ring's rows. In strips of columns,
 * so that the ring stays small.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/reduce_filter.h"
#include "kernels/reference.h"

enum { STRIP = 32, WIDE = 2 * STRIP + IMX_REDUCE_TAPS_MAX - 2 };

typedef struct sums { /* of a row of output pixels */
    double value[STRIP], weight[STRIP];
} sums;

typedef struct strip { /* output columns x .. x + n - 1 of a job */
    const imx_reduce_plane *job;
    imx_type type;
    const imx_reduce_taps *taps;
    double least_weight;
    imx_reduce_plane_fn average;
    size_t x, n;
    sums ring[IMX_REDUCE_TAPS_MAX];
} strip;

/* ---- samples ---- */

static double sample_at(imx_type type, const void *row, ptrdiff_t i) {
    switch (type) {
    case IMX_U8: return ((const uint8_t *)row)[i];
    case IMX_U16: return ((const uint16_t *)row)[i];
    case IMX_I16: return ((const int16_t *)row)[i];
    case IMX_F32: return (double)((const float *)row)[i];
    default: return ((const double *)row)[i];
    }
}

/* Halves away from 0; no integer comes near to where adding a half rounds. */
static double rounded(imx_type type, double v) {
    v = v < imx_type_lowest(type) ? imx_type_lowest(type) : v > imx_type_highest(type) ? imx_type_highest(type) : v;
    return trunc(v + copysign(0.5, v));
}

static void put_sample(imx_type type, void *row, size_t i, double v) {
    switch (type) {
    case IMX_U8: ((uint8_t *)row)[i] = (uint8_t)rounded(type, v); break;
    case IMX_U16: ((uint16_t *)row)[i] = (uint16_t)rounded(type, v); break;
    case IMX_I16: ((int16_t *)row)[i] = (int16_t)rounded(type, v); break;
    case IMX_F32: ((float *)row)[i] = (float)v; break;
    default: ((double *)row)[i] = v; break;
    }
}

static const void *row_of(const imx_reduce_plane *job, ptrdiff_t y) {
    return (const char *)job->src + y * job->src_stride;
}

static const uint8_t *valid_row(const imx_reduce_plane *job, ptrdiff_t y) {
    return job->valid ? job->valid + y * job->valid_stride : NULL;
}

/* Whether there is a number in the quad. */
static bool quad_is_valid(const imx_reduce_plane *job, imx_type type, size_t x, size_t y) {
    bool any = false;
    for (ptrdiff_t k = 0; k < 4; k++) {
        const ptrdiff_t at_x = 2 * (ptrdiff_t)x + k % 2, at_y = 2 * (ptrdiff_t)y + k / 2;
        const double v = sample_at(type, row_of(job, at_y), at_x);
        any |= (!job->valid || valid_row(job, at_y)[at_x]) && v == v;
    }
    return any;
}

void imx_reduce_quad_average(const imx_reduce_plane *job, imx_type type, imx_reduce_plane_fn average, size_t x,
                             size_t y) {
    const ptrdiff_t at_x = 2 * (ptrdiff_t)x, at_y = 2 * (ptrdiff_t)y;
    imx_reduce_plane quad = *job;
    quad.src = (const char *)row_of(job, at_y) + at_x * (ptrdiff_t)imx_sample_bytes(type);
    quad.valid = job->valid ? valid_row(job, at_y) + at_x : NULL;
    quad.w_out = quad.h_out = 1;
    quad.dst = (char *)job->dst + (ptrdiff_t)y * job->dst_stride + x * imx_sample_bytes(type);
    quad.dst_valid = job->dst_valid ? job->dst_valid + (ptrdiff_t)y * job->dst_valid_stride + x : NULL;
    average(&quad);
}

/* ---- the filter ---- */

/* Source row y along x. */
static void filter_row(const strip *s, ptrdiff_t y, sums *out) {
    const int taps = s->taps->n;
    const size_t wide = 2 * s->n + (size_t)taps - 2;
    const ptrdiff_t first = 2 * (ptrdiff_t)s->x - (taps / 2 - 1);
    const uint8_t *valid = valid_row(s->job, y);
    double value[WIDE], weight[WIDE];
    for (size_t i = 0; i < wide; i++) {
        const double v = sample_at(s->type, row_of(s->job, y), first + (ptrdiff_t)i);
        const bool ok = (!valid || valid[first + (ptrdiff_t)i]) && v == v;
        value[i] = ok ? v : 0;
        weight[i] = ok ? 1 : 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        double sum_value = 0, sum_weight = 0;
        for (int k = 0; k < taps / 2; k++) {
            const size_t left = 2 * i + (size_t)k, right = 2 * i + (size_t)(taps - 1 - k);
            sum_value += s->taps->q14[k] * (value[left] + value[right]);
            sum_weight += s->taps->q14[k] * (weight[left] + weight[right]);
        }
        out->value[i] = sum_value;
        out->weight[i] = sum_weight;
    }
}

static void put(const strip *s, size_t i, size_t y, double value, double weight) {
    const imx_reduce_plane *job = s->job;
    const double v = value / weight;
    const bool valid = quad_is_valid(job, s->type, s->x + i, y);
    if (valid && !(weight >= s->least_weight && v == v)) {
        imx_reduce_quad_average(job, s->type, s->average, s->x + i, y);
        return;
    }
    put_sample(s->type, (char *)job->dst + (ptrdiff_t)y * job->dst_stride, s->x + i, valid ? v : 0);
    if (job->dst_valid) {
        job->dst_valid[(ptrdiff_t)y * job->dst_valid_stride + (ptrdiff_t)(s->x + i)] = valid ? 255 : 0;
    }
}

/* Output row y along y; first: where in the ring the first of its taps' rows is. */
static void weigh_rows(const strip *s, size_t first, size_t y) {
    const size_t taps = (size_t)s->taps->n;
    for (size_t i = 0; i < s->n; i++) {
        double value = 0, weight = 0;
        for (size_t k = 0; k < taps / 2; k++) {
            const sums *upper = &s->ring[(first + k) % taps], *lower = &s->ring[(first + taps - 1 - k) % taps];
            value += s->taps->q14[k] * (upper->value[i] + lower->value[i]);
            weight += s->taps->q14[k] * (upper->weight[i] + lower->weight[i]);
        }
        put(s, i, y, value, weight);
    }
}

static void filter(const imx_reduce_plane *job, imx_type type, imx_reduce_method method, const imx_reduce_taps *taps) {
    imx_reduce_kernels reference;
    imx_ref_reduce_plane_install(&reference);
    strip s = {.job = job, .type = type, .taps = taps, .least_weight = imx_reduce_least_weight(method)};
    s.average = reference.plane[IMX_REDUCE_AVERAGE][type];
    const size_t rows = (size_t)taps->n;
    for (s.x = 0; s.x < job->w_out; s.x += STRIP) {
        s.n = job->w_out - s.x < STRIP ? job->w_out - s.x : STRIP;
        size_t next = 0; /* row to filter, counted from the first row of the halo */
        for (size_t y = 0; y < job->h_out; y++) {
            for (; next < 2 * y + rows; next++) {
                filter_row(&s, (ptrdiff_t)next - (taps->n / 2 - 1), &s.ring[next % rows]);
            }
            weigh_rows(&s, 2 * y % rows, y);
        }
    }
}

#define FILTER(method, METHOD, name, type)                                                                             \
    static void method##_##name(const imx_reduce_plane *job) {                                                         \
        filter(job, type, IMX_REDUCE_##METHOD, &imx_reduce_##method);                                                  \
    }
IMX_REDUCE_EACH_PLANE_FILTER(FILTER)

void imx_ref_reduce_filter_plane_install(imx_reduce_kernels *table) {
    IMX_REDUCE_EACH_PLANE_FILTER(IMX_REDUCE_INSTALL_PLANE_FILTER)
}
