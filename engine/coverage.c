/* engine/coverage.c: see the header. */
#include "engine/coverage.h"

#include <string.h>

#include "engine/coverage_inner.h"
#include "engine/look.h"
#include "engine/planes.h"

enum { CHUNK = 256 }; /* px that are worked on at once */
static const double WEIGHT_ONE = 65535;

/* ---- what holds of every pixel ---- */

/* valid |= whether any band is. */
static void find_any(const imx_kernels *kernels, const imx_pixels *pixels, int32_t y, uint8_t *valid) {
    for (int32_t band = 0; band < pixels->bands - 1; band++) {
        kernels->validity.either(imx_planes_valid(pixels, band, y), (size_t)pixels->width, valid);
    }
}

void imx_coverage_fill(const imx_kernels *kernels, imx_pixels *pixels) {
    const int32_t last = pixels->bands - 1;
    const size_t n = (size_t)pixels->width, size = imx_type_size(pixels->type);
    const double opaque = imx_type_opaque(pixels->type);
    uint64_t sample;
    kernels->convert.narrow[pixels->type](&opaque, 1, &sample, NULL);
    for (int32_t y = 0; y < pixels->height; y++) {
        uint8_t *valid = imx_planes_valid(pixels, last, y), *to = imx_planes_row(pixels, last, y);
        memset(valid, 0, n);
        memset(to, 0, n * size);
        kernels->validity.fill[pixels->type](valid, n, &sample, to);
        find_any(kernels, pixels, y, valid);
        kernels->validity.fill[pixels->type](valid, n, &(uint64_t){0}, to);
    }
}

void imx_coverage_trim(const imx_kernels *kernels, imx_pixels *pixels) {
    const int32_t last = pixels->bands - 1;
    const size_t n = (size_t)pixels->width;
    const uint64_t nothing = 0;
    for (int32_t y = 0; y < pixels->height; y++) {
        uint8_t *valid = imx_planes_valid(pixels, last, y);
        memset(valid, 0, n);
        find_any(kernels, pixels, y, valid);
        kernels->validity.nodata[pixels->type](imx_planes_row(pixels, last, y), n, 0, valid);
        for (int32_t band = 0; band < pixels->bands; band++) {
            uint8_t *of_band = imx_planes_valid(pixels, band, y);
            kernels->validity.nodata[IMX_U8](valid, n, 0, of_band);
            kernels->validity.fill[pixels->type](of_band, n, &nothing, imx_planes_row(pixels, band, y));
        }
    }
}

/* Whether n samples from `at` on are all opaque. */
static bool is_opaque(const imx_kernels *kernels, imx_type type, const void *alpha, size_t n) {
    const double opaque = imx_type_opaque(type);
    for (size_t at = 0; at < n; at += CHUNK) {
        double a[CHUNK];
        const size_t count = n - at < CHUNK ? n - at : CHUNK;
        unsigned less = 0;
        kernels->convert.widen[type]((const uint8_t *)alpha + at * imx_type_size(type), count, a);
        for (size_t i = 0; i < count; i++) {
            less |= a[i] < opaque;
        }
        if (less) {
            return false;
        }
    }
    return true;
}

unsigned imx_coverage_look(const imx_kernels *kernels, const imx_pixels *pixels) {
    unsigned look = imx_pixels_look(kernels, pixels);
    for (int32_t y = 0; y < pixels->height && look & IMX_LOOK_OPAQUE; y++) {
        if (!is_opaque(kernels, pixels->type, imx_planes_row(pixels, pixels->bands - 1, y), (size_t)pixels->width)) {
            look &= ~IMX_LOOK_OPAQUE;
        }
    }
    return look;
}

/* ---- one over the other ---- */

typedef struct overlap { /* of a chunk: weights in 65535ths, and where both have some */
    uint16_t top[CHUNK], under[CHUNK];
    uint8_t mixed[CHUNK];
} overlap;

static const uint8_t *part_of(const imx_pixels *pixels, int32_t band, int32_t y, int32_t x) {
    return (const uint8_t *)imx_planes_row(pixels, band, y) + x * (ptrdiff_t)imx_type_size(pixels->type);
}

/* false: nowhere do both have a share. */
static bool find_overlap(const imx_kernels *kernels, const imx_pixels *top, const imx_pixels *under, int32_t x,
                         int32_t y, size_t n, overlap *out) {
    const int32_t last = top->bands - 1;
    const double one = WEIGHT_ONE / imx_type_opaque(top->type);
    double a[CHUNK], b[CHUNK];
    bool any = false;
    kernels->convert.widen[top->type](part_of(top, last, y, x), n, a);
    kernels->convert.widen[top->type](part_of(under, last, y, x), n, b);
    for (size_t i = 0; i < n; i++) {
        const double t = (double)(int32_t)(a[i] * one + 0.5);
        out->top[i] = (uint16_t)t;
        out->under[i] = (uint16_t)((WEIGHT_ONE - t) * (b[i] * one) / WEIGHT_ONE + 0.5);
        out->mixed[i] = a[i] > 0 && t < WEIGHT_ONE && (int32_t)(b[i] * one + 0.5) > 0 ? 255 : 0;
        any = any || out->mixed[i];
    }
    return any;
}

/* weights = those of valid samples; added up in sum and total. */
static void add(const imx_kernels *kernels, imx_type type, const void *samples, const uint8_t *valid,
                const uint16_t *weights, size_t n, double *sum, double *total) {
    uint16_t counted[CHUNK];
    memcpy(counted, weights, n * sizeof *counted);
    kernels->mix.weigh(counted, valid, n);
    kernels->mix.total(total, counted, n);
    imx_mix_add(kernels, type, sum, samples, counted, n);
}

/* A band of what overlaps: where both are valid. */
static void mix_band(const imx_kernels *kernels, const overlap *o, imx_pixels *top, const imx_pixels *under,
                     int32_t band, int32_t x, int32_t y, size_t n) {
    uint8_t *mine = (uint8_t *)(uintptr_t)part_of(top, band, y, x), both[CHUNK];
    const uint8_t *its = part_of(under, band, y, x);
    const uint8_t *my_valid = imx_planes_valid(top, band, y) + x, *its_valid = imx_planes_valid(under, band, y) + x;
    double sum[CHUNK] = {0}, total[CHUNK] = {0}, mixed[CHUNK];
    add(kernels, top->type, mine, my_valid, o->top, n, sum, total);
    add(kernels, top->type, its, its_valid, o->under, n, sum, total);
    memcpy(both, o->mixed, n);
    kernels->validity.nodata[IMX_U8](my_valid, n, 0, both);
    kernels->validity.nodata[IMX_U8](its_valid, n, 0, both);
    imx_mix_resolve(kernels, top->type, sum, total, n, mixed, NULL);
    kernels->mix.over[top->type](mine, mixed, both, n);
}

static void mix_alpha(const imx_kernels *kernels, const overlap *o, imx_pixels *top, int32_t x, int32_t y, size_t n) {
    double alpha[CHUNK], narrowed[CHUNK];
    for (size_t i = 0; i < n; i++) {
        alpha[i] = (o->top[i] + o->under[i]) / WEIGHT_ONE * imx_type_opaque(top->type);
    }
    kernels->convert.narrow[top->type](alpha, n, narrowed, NULL);
    kernels->mix.over[top->type]((uint8_t *)(uintptr_t)part_of(top, top->bands - 1, y, x), narrowed, o->mixed, n);
}

/* Of each pixel the one that has more of it is all of it. */
static void choose(overlap *o, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const bool upper = o->top[i] >= o->under[i];
        o->top[i] = upper;
        o->under[i] = !upper;
    }
}

void imx_coverage_put_under(const imx_kernels *kernels, bool mixes, imx_pixels *top, const imx_pixels *under) {
    overlap o;
    for (int32_t y = 0; y < top->height; y++) {
        for (int32_t x = 0; x < top->width; x += CHUNK) {
            const size_t n = (size_t)(top->width - x < CHUNK ? top->width - x : CHUNK);
            if (!find_overlap(kernels, top, under, x, y, n, &o)) {
                continue;
            }
            mix_alpha(kernels, &o, top, x, y, n);
            if (!mixes) {
                choose(&o, n);
            }
            for (int32_t band = 0; band < top->bands - 1; band++) {
                mix_band(kernels, &o, top, under, band, x, y, n);
            }
        }
    }
    imx_planes_put_under(kernels, top, under);
}

/* ---- several rasters ---- */

void imx_coverage_join(const imx_kernels *kernels, imx_pixels *cover, const imx_pixels *other) {
    double a[CHUNK], b[CHUNK];
    for (int32_t y = 0; y < cover->height; y++) {
        uint8_t *valid = imx_planes_valid(cover, 0, y);
        kernels->validity.nodata[IMX_U8](imx_planes_valid(other, 0, y), (size_t)cover->width, 0, valid);
        for (int32_t x = 0; x < cover->width; x += CHUNK) {
            const size_t n = (size_t)(cover->width - x < CHUNK ? cover->width - x : CHUNK);
            kernels->convert.widen[cover->type](part_of(cover, 0, y, x), n, a);
            kernels->convert.widen[cover->type](part_of(other, 0, y, x), n, b);
            for (size_t i = 0; i < n; i++) {
                a[i] = b[i] < a[i] ? b[i] : a[i];
            }
            kernels->convert.narrow[cover->type](a, n, (uint8_t *)(uintptr_t)part_of(cover, 0, y, x), NULL);
        }
        kernels->validity.fill[cover->type](valid, (size_t)cover->width, &(uint64_t){0}, imx_planes_row(cover, 0, y));
    }
}

/* ---- reduction ---- */

static imx_reduce_plane plane_job(const imx_pixels *quads, const imx_pixels *to, int32_t band) {
    return (imx_reduce_plane){.src = imx_planes_row(quads, band, 0),
                              .src_stride = quads->row_stride,
                              .valid = imx_planes_valid(quads, band, 0),
                              .valid_stride = quads->valid_stride,
                              .w_out = (size_t)to->width,
                              .h_out = (size_t)to->height,
                              .dst = imx_planes_row(to, band, 0),
                              .dst_stride = to->row_stride,
                              .dst_valid = imx_planes_valid(to, band, 0),
                              .dst_valid_stride = to->valid_stride};
}

typedef struct quad_rows { /* two rows of a plane of quads */
    double v[2][2 * CHUNK];
} quad_rows;

static void widen_rows(const imx_kernels *kernels, const imx_pixels *quads, int32_t band, int32_t x, int32_t y,
                       size_t n, quad_rows *out) {
    for (int32_t k = 0; k < 2; k++) {
        kernels->convert.widen[quads->type](part_of(quads, band, 2 * y + k, 2 * x), 2 * n, out->v[k]);
    }
}

static void clear_invalid(const imx_pixels *quads, int32_t band, int32_t x, int32_t y, size_t n, quad_rows *rows) {
    for (int32_t k = 0; k < 2; k++) {
        const uint8_t *valid = imx_planes_valid(quads, band, 2 * y + k) + 2 * (ptrdiff_t)x;
        for (size_t i = 0; i < 2 * n; i++) {
            rows->v[k][i] = valid[i] ? rows->v[k][i] : 0;
        }
    }
}

static void divide_rows(quad_rows *rows, size_t n, double by) {
    for (size_t i = 0; i < 2 * n; i++) {
        rows->v[0][i] /= by;
        rows->v[1][i] /= by;
    }
}

/* value = sum(a v) / sum(a): of each quad. */
static void average_band(const imx_kernels *kernels, const imx_pixels *quads, int32_t band, int32_t x, int32_t y,
                         size_t n, const quad_rows *cover, imx_pixels *to) {
    quad_rows a = *cover, values;
    double sum[CHUNK], total[CHUNK];
    widen_rows(kernels, quads, band, x, y, n, &values);
    clear_invalid(quads, band, x, y, n, &a);
    clear_invalid(quads, band, x, y, n, &values);
    for (size_t i = 0; i < n; i++) {
        const double *a0 = &a.v[0][2 * i], *a1 = &a.v[1][2 * i];
        const double *v0 = &values.v[0][2 * i], *v1 = &values.v[1][2 * i];
        total[i] = ((a0[0] + a0[1]) + a1[0]) + a1[1];
        sum[i] = ((a0[0] * v0[0] + a0[1] * v0[1]) + a1[0] * v1[0]) + a1[1] * v1[1];
    }
    uint8_t *valid = imx_planes_valid(to, band, y) + x;
    kernels->mix.divide(sum, total, n, valid);
    kernels->convert.narrow[to->type](sum, n, (uint8_t *)(uintptr_t)part_of(to, band, y, x), valid);
}

static void average_alpha(const imx_kernels *kernels, const quad_rows *cover, int32_t x, int32_t y, size_t n,
                          imx_pixels *to) {
    const int32_t last = to->bands - 1;
    double alpha[CHUNK];
    for (size_t i = 0; i < n; i++) {
        const double *a0 = &cover->v[0][2 * i], *a1 = &cover->v[1][2 * i];
        alpha[i] = (((a0[0] + a0[1]) + a1[0]) + a1[1]) / 4;
    }
    kernels->convert.narrow[to->type](alpha, n, (uint8_t *)(uintptr_t)part_of(to, last, y, x), NULL);
}

static void reduce_by_average(const imx_kernels *kernels, const imx_pixels *quads, imx_pixels *to) {
    const bool of_floats = to->type == IMX_F32 || to->type == IMX_F64;
    quad_rows cover;
    for (int32_t y = 0; y < to->height; y++) {
        for (int32_t x = 0; x < to->width; x += CHUNK) {
            const size_t n = (size_t)(to->width - x < CHUNK ? to->width - x : CHUNK);
            widen_rows(kernels, quads, quads->bands - 1, x, y, n, &cover);
            average_alpha(kernels, &cover, x, y, n, to);
            if (of_floats) { /* whose weights are 1 where it is opaque, so that constants stay bit for bit */
                divide_rows(&cover, n, imx_type_opaque(to->type));
            }
            for (int32_t band = 0; band < to->bands - 1; band++) {
                average_band(kernels, quads, band, x, y, n, &cover, to);
            }
        }
    }
}

static void reduce_planes(const imx_kernels *kernels, imx_reduce_method method, const imx_pixels *quads,
                          imx_pixels *to) {
    const int32_t last = to->bands - 1;
    for (int32_t band = 0; band <= last; band++) {
        const bool largest = band == last && (method == IMX_REDUCE_MIN || method == IMX_REDUCE_MAX);
        const imx_reduce_plane job = plane_job(quads, to, band);
        kernels->reduce.plane[largest ? IMX_REDUCE_MAX : method][to->type](&job);
    }
}

void imx_coverage_reduce(const imx_kernels *kernels, imx_reduce_method method, const imx_pixels *quads,
                         imx_pixels *to) {
    if (method == IMX_REDUCE_AVERAGE) {
        reduce_by_average(kernels, quads, to);
    } else if (imx_reduce_halo_px(method)) {
        imx_coverage_filter(kernels, method, quads, to);
    } else {
        reduce_planes(kernels, method, quads, to);
    }
    imx_coverage_trim(kernels, to);
}
