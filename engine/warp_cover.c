/* engine/warp_cover.c: data with coverage, by the methods that weigh samples; engine/warp.h says what comes out.
 *
 * The window of such a job holds floats: each band's samples times their coverage (of rms: times its root), then
 * coverage from 0 to 1, of sums also a plane of ones, then what is valid: all but samples that are no numbers though
 * they have coverage. Where that is 0 there is a valid 0: it fades, as in pictures. The kernels of data without
 * coverage work on these planes. Resampled over what is valid, a band's plane and the coverage plane have the value as
 * their quotient; resampled over all of the window, the coverage plane is alpha.
 *
 * Where a window is opaque all over, coverage comes out as exactly 1 and is not resampled: what a pixel becomes does
 * not depend on the window that it is in. */
#include <math.h>
#include <string.h>

#include "engine/warp_inner.h"

struct warp_cover { /* rows of output pixels */
    double *sums, *weights, *alpha, *steady;
    void *line;   /* as a kernel writes it */
    int32_t *own; /* the pixel of the window that stands for it, as its first one is 0; -1: none does */
    uint8_t *valid, *any;
};

/* What the planes of a window are made in. */
static imx_type held_type(imx_type type) { return type == IMX_F64 ? IMX_F64 : IMX_F32; }
/* Whether a method has weights to multiply by coverage. */
static bool weighs(const warp_method *method) {
    return method->sum || (method->area ? method->statistic == IMX_AREA_AVERAGE || method->statistic == IMX_AREA_RMS
                                        : method->filter != IMX_WARP_NONE);
}

static bool has_negative_weights(const warp_method *method) {
    return method->filter == IMX_WARP_KEYS || method->filter == IMX_WARP_LANCZOS;
}

static bool is_rms(const warp_job *job) {
    return job->warper->method->area && job->warper->method->statistic == IMX_AREA_RMS;
}

static imx_status make_rows(imx_warper *warper, imx_error *err) {
    const size_t n = (size_t)warper->max_w, a_pixel = 5 * sizeof(double) + sizeof(int32_t) + 2;
    size_t rows;
    if (warper->cover) {
        return IMX_OK;
    }
    struct warp_cover *cover =
        imx_size_mul(n, a_pixel, 1, &rows) ? imx_alloc(warper->memory, sizeof *cover + rows) : NULL;
    if (!cover) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for rows of %zu pixels with coverage", n);
    }
    cover->sums = (double *)(void *)(cover + 1);
    cover->weights = cover->sums + n;
    cover->alpha = cover->weights + n;
    cover->steady = cover->alpha + n;
    cover->line = cover->steady + n;
    cover->own = (int32_t *)(void *)(cover->steady + 2 * n);
    cover->valid = (uint8_t *)(cover->own + n);
    cover->any = cover->valid + n;
    warper->cover = cover;
    return IMX_OK;
}

imx_status imx_warp_cover_begin(warp_job *job, const imx_asset *asset) {
    job->weighed = job->data && asset->coverage && weighs(job->warper->method);
    if (!job->weighed) {
        return IMX_OK;
    }
    job->window = (warp_shape){.sample_bytes = imx_type_size(held_type(job->type)),
                               .planes = job->bands + (job->warper->method->sum ? 2 : 1),
                               .valid_planes = imx_type_is_float(job->type) ? job->bands : 1};
    return make_rows(job->warper, job->err);
}

void imx_warp_cover_destroy(imx_warper *warper) { imx_free(warper->memory, warper->cover); }

/* ---- the window ---- */

/* Coverage of a row; what is not valid has none. */
#define COVER(tag, sample, held)                                                                                       \
    static void cover_##tag(const void *alpha, const uint8_t *valid, size_t n, double opaque, void *to) {              \
        const sample *a = alpha;                                                                                       \
        held *c = to;                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            c[i] = valid[i] ? (held)a[i] / (held)opaque : 0;                                                           \
        }                                                                                                              \
    }
/* Which samples of a band count, and each of these times its weight. */
#define WEIGH(name, tag, sample, held, weight)                                                                         \
    static void name##_##tag(const void *samples, const void *cover, size_t n, void *to, uint8_t *valid) {             \
        const sample *s = samples;                                                                                     \
        const held *c = cover;                                                                                         \
        held *p = to;                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const bool number = s[i] == s[i];                                                                          \
            valid[i] = number || !(c[i] > 0) ? 255 : 0;                                                                \
            p[i] = number && c[i] > 0 ? (held)s[i] * (held)(weight) : 0;                                               \
        }                                                                                                              \
    }
#define FILL(tag, sample, held)                                                                                        \
    COVER(tag, sample, held)                                                                                           \
    WEIGH(times, tag, sample, held, c[i])                                                                              \
    WEIGH(times_root, tag, sample, held, sqrt((double)c[i]))
FILL(u8, uint8_t, float)
FILL(u16, uint16_t, float)
FILL(i16, int16_t, float)
FILL(f32, float, float)
FILL(f64, double, double)

typedef struct fill_way {
    void (*cover)(const void *alpha, const uint8_t *valid, size_t n, double opaque, void *to);
    void (*times)(const void *samples, const void *cover, size_t n, void *to, uint8_t *valid);
    void (*times_root)(const void *samples, const void *cover, size_t n, void *to, uint8_t *valid);
} fill_way;

/* By imx_plane_type_index(). */
static const fill_way ways[IMX_PLANE_TYPES] = {{cover_u8, times_u8, times_root_u8},
                                               {cover_u16, times_u16, times_root_u16},
                                               {cover_i16, times_i16, times_root_i16},
                                               {cover_f32, times_f32, times_root_f32},
                                               {cover_f64, times_f64, times_root_f64}};

/* What a row's coverage is like; pixels without a number in any band lose theirs first. valid: of the row's first
 * pixel, of as many planes as the window has. */
#define JUDGE(tag, held)                                                                                               \
    static void judge_##tag(src_window *window, void *cover, const uint8_t *valid, int32_t planes, size_t n) {         \
        held *c = cover;                                                                                               \
        unsigned translucent = 0, gaps = 0;                                                                            \
        for (size_t i = 0; i < n; i++) {                                                                               \
            unsigned any = 0, all = 255;                                                                               \
            for (int32_t k = 0; k < planes; k++) {                                                                     \
                any |= valid[k * window->valid_plane_bytes + (ptrdiff_t)i];                                            \
                all &= valid[k * window->valid_plane_bytes + (ptrdiff_t)i];                                            \
            }                                                                                                          \
            c[i] = any ? c[i] : 0;                                                                                     \
            translucent |= c[i] < 1;                                                                                   \
            gaps |= all != 255;                                                                                        \
        }                                                                                                              \
        window->translucent = window->translucent || translucent;                                                      \
        window->gaps = window->gaps || gaps;                                                                           \
    }
JUDGE(f32, float)
JUDGE(f64, double)

static void fill_ones(imx_type held, void *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (held == IMX_F64) {
            ((double *)to)[i] = 1;
        } else {
            ((float *)to)[i] = 1;
        }
    }
}

typedef struct fill_from { /* a block; NULL: nothing is there */
    const uint8_t *planes;
    ptrdiff_t plane_px;
} fill_from;

/* n pixels of the window, in a row, from `to_px` on, out of those of the block from `from_px` on. */
static void fill_row(const warp_job *job, src_window *window, const fill_from *block, ptrdiff_t from_px,
                     ptrdiff_t to_px, size_t n) {
    const imx_type held = held_type(job->type);
    const fill_way *way = &ways[imx_plane_type_index(job->type)];
    const ptrdiff_t size = (ptrdiff_t)job->window.sample_bytes, stored = (ptrdiff_t)job->block.sample_bytes;
    uint8_t *to = job->warper->window + to_px * size, *cover = to + job->bands * window->plane_bytes;
    uint8_t *valid = job->warper->window + job->window.planes * window->plane_bytes + to_px;
    if (job->warper->method->sum) {
        fill_ones(held, cover + window->plane_bytes, n);
    }
    for (int32_t k = 0; !block->planes && k <= job->bands; k++) {
        memset(to + k * window->plane_bytes, 0, n * (size_t)size);
    }
    for (int32_t k = 0; !block->planes && k < job->window.valid_planes; k++) {
        memset(valid + k * window->valid_plane_bytes, 255, n);
    }
    if (!block->planes) {
        window->translucent = true;
        return;
    }
    const uint8_t *samples = block->planes + from_px * stored,
                  *counts = block->planes + job->block.planes * block->plane_px * stored + from_px;
    way->cover(samples + job->bands * block->plane_px * stored, counts, n, imx_type_opaque(job->type), cover);
    for (int32_t k = 0; k < job->bands; k++) {
        (is_rms(job) ? way->times_root : way->times)(samples + k * block->plane_px * stored, cover, n,
                                                     to + k * window->plane_bytes,
                                                     valid + k * window->valid_plane_bytes);
    }
    (held == IMX_F64 ? judge_f64 : judge_f32)(window, cover, valid, job->window.valid_planes, n);
}

void imx_warp_cover_fill(const warp_job *job, src_window *window, const uint8_t *block, int32_t block_w,
                         int32_t block_h, ptrdiff_t from_px, ptrdiff_t to_px, int32_t w, int32_t h) {
    const fill_from from = {block, (ptrdiff_t)block_w * block_h};
    for (int32_t y = 0; y < h; y++) {
        fill_row(job, window, &from, from_px + (ptrdiff_t)y * block_w, to_px + (ptrdiff_t)y * window->w, (size_t)w);
    }
}

/* ---- rows ---- */

static const uint8_t *cover_plane(const warp_row *row) {
    return row->window->samples + row->job->bands * row->window->plane_bytes;
}

/* A plane resampled, in doubles, 0 where nothing is. */
static void take_line(const warp_row *row, warp_line_kind kind, const uint8_t *plane, const uint8_t *valid,
                      double *to) {
    const struct warp_cover *c = row->job->warper->cover;
    const imx_type held = held_type(row->job->type);
    imx_warp_line(row, kind, held, plane, valid, c->line, c->valid);
    row->job->warper->kernels->convert.widen[held](c->line, row->n, to);
}

static void fill_with_one(double *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = 1;
    }
}

/* Alpha, from 0 to 1 but for what negative weights do. */
static void find_alpha(const warp_row *row, bool opaque) {
    const struct warp_cover *c = row->job->warper->cover;
    if (opaque) {
        fill_with_one(c->alpha, row->n);
        return;
    }
    take_line(row, WARP_LINE_WEIGHTS, cover_plane(row), NULL, c->alpha);
    if (row->job->warper->method->sum) {
        take_line(row, WARP_LINE_WEIGHTS, cover_plane(row) + row->window->plane_bytes, NULL, c->weights);
        row->job->warper->kernels->mix.divide(c->alpha, c->weights, row->n, NULL);
    }
}

/* The pixel of the window that contains a position; -1: none does. */
static int32_t own_pixel(const warp_row *row, size_t i) {
    const int32_t x = row->job->warper->x_q16[i] >> 16, y = row->job->warper->y_q16[i] >> 16;
    return x >= 0 && x < row->window->w && y >= 0 && y < row->window->h ? y * row->window->w + x : -1;
}

/* Which pixels negative weights leave without a stable value, and which pixel of the window stands for each; whether
 * there is any. */
static bool find_own(const warp_row *row) {
    const struct warp_cover *c = row->job->warper->cover;
    bool any = false;
    take_line(row, WARP_LINE_STEADY, cover_plane(row), NULL, c->steady);
    for (size_t i = 0; i < row->n; i++) {
        c->own[i] = c->alpha[i] < c->steady[i] / 2 ? own_pixel(row, i) : -1;
        any = any || c->own[i] >= 0;
    }
    return any;
}

static double held_at(imx_type held, const uint8_t *plane, int32_t at) {
    return held == IMX_F64 ? ((const double *)(const void *)plane)[at]
                           : (double)((const float *)(const void *)plane)[at];
}

/* A band of those pixels: the sample itself, and its weight. */
static void take_own(const warp_row *row, int32_t band, uint8_t *dst_valid) {
    const struct warp_cover *c = row->job->warper->cover;
    const imx_type held = held_type(row->job->type);
    const uint8_t *valid = warp_valid_of(row->window, band);
    for (size_t i = 0; i < row->n; i++) {
        if (c->own[i] >= 0) {
            c->sums[i] = held_at(held, row->window->samples + band * row->window->plane_bytes, c->own[i]);
            c->weights[i] = held_at(held, cover_plane(row), c->own[i]);
            dst_valid[i] = valid[c->own[i]];
        }
    }
}

/* The weights of the samples of a band that counted. */
static void find_weights(const warp_row *row, int32_t band) {
    const struct warp_cover *c = row->job->warper->cover;
    const src_window *window = row->window;
    if (window->gaps) {
        take_line(row, WARP_LINE_WEIGHTS, cover_plane(row), warp_valid_of(window, band), c->weights);
    } else {
        memcpy(c->weights, c->alpha, row->n * sizeof *c->weights);
    }
    for (size_t i = 0; i < row->n; i++) {
        const double w = c->weights[i] > 0 ? c->weights[i] : 0;
        c->weights[i] = is_rms(row->job) ? sqrt(w) : w;
    }
}

static void take_band(const warp_row *row, int32_t band, bool divided, bool own, int32_t y, const imx_pixels *out) {
    const imx_kernels *kernels = row->job->warper->kernels;
    const struct warp_cover *c = row->job->warper->cover;
    uint8_t *dst_valid = warp_valid_row_of(out, band, y);
    take_line(row, WARP_LINE_SAMPLES, row->window->samples + band * row->window->plane_bytes,
              warp_valid_of(row->window, band), c->sums);
    memcpy(dst_valid, c->valid, row->n);
    if (divided && (band == 0 || row->window->gaps)) {
        find_weights(row, band);
    }
    if (own) {
        take_own(row, band, dst_valid);
    }
    if (divided) {
        kernels->mix.divide(c->sums, c->weights, row->n, c->valid);
        kernels->validity.nodata[IMX_U8](c->valid, row->n, 0, dst_valid);
    }
    for (size_t i = 0; i < row->n && !divided; i++) { /* sums: 0 of nothing is none */
        dst_valid[i] = c->alpha[i] > 0 ? dst_valid[i] : 0;
    }
    kernels->convert.narrow[out->type](c->sums, row->n, warp_row_of(out, band, y), dst_valid);
    kernels->validity.either(dst_valid, row->n, c->any);
}

/* Filters that would grow a raster by pixels if they gave a value wherever they reach some coverage give nothing where
 * the pixel that contains the position has none (kernels/kernels.h: as on rgba8). */
static void drop_uncovered(const warp_row *row, int32_t y, const imx_pixels *out) {
    const imx_warper *warper = row->job->warper;
    const struct warp_cover *c = warper->cover;
    for (size_t i = 0; i < row->n; i++) {
        const int32_t at = own_pixel(row, i);
        if (at >= 0 && !(held_at(held_type(row->job->type), cover_plane(row), at) > 0)) {
            c->any[i] = 0;
            for (int32_t band = 0; band < row->job->bands; band++) {
                warp_valid_row_of(out, band, y)[i] = 0;
            }
        }
    }
}

static bool grows(const warp_method *method) {
    return method->filter == IMX_WARP_BSPLINE || method->filter == IMX_WARP_LANCZOS;
}

void imx_warp_cover_row(const warp_row *row, int32_t y, const imx_pixels *out) {
    const warp_job *job = row->job;
    const struct warp_cover *c = job->warper->cover;
    const src_window *window = row->window;
    const bool opaque = !window->translucent;
    const bool divided = !job->warper->method->sum && (!opaque || window->gaps);
    find_alpha(row, opaque);
    const bool own = !opaque && has_negative_weights(job->warper->method) && find_own(row);
    memset(c->any, 0, row->n);
    for (int32_t band = 0; band < job->bands; band++) {
        take_band(row, band, divided, own, y, out);
    }
    if (!opaque && grows(job->warper->method)) {
        drop_uncovered(row, y, out);
    }
    const double most = imx_type_opaque(out->type);
    for (size_t i = 0; i < row->n; i++) {
        const double a =
            own && c->own[i] >= 0 ? held_at(held_type(job->type), cover_plane(row), c->own[i]) : c->alpha[i];
        c->alpha[i] = most * (c->any[i] && a > 0 ? (a < 1 ? a : 1) : 0);
    }
    memcpy(warp_valid_row_of(out, job->bands, y), c->any, row->n);
    job->warper->kernels->convert.narrow[out->type](c->alpha, row->n, warp_row_of(out, job->bands, y), NULL);
}
