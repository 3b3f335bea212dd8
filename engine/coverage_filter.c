/* engine/coverage_filter.c: the low-pass filters of imx_coverage_reduce(): those of one plane (kernels/reduce.h), in
 * doubles, of coverage and of samples times coverage, whose quotient is the value. In parts that fit onto the stack. */
#include <string.h>

#include "engine/coverage_inner.h"
#include "engine/planes.h"

enum {
    W = 64, /* a part, output px */
    H = 16,
    WIDE = 2 * (W + IMX_REDUCE_HALO_MAX_PX), /* what is read for it */
    HIGH = 2 * (H + IMX_REDUCE_HALO_MAX_PX)
};
/* Of the largest coverage in reach: where the filter finds less, its negative weights outdo what is there. */
static const double LEAST_SHARE = 0.25;

typedef struct source { /* px with the halo around, from the first column and row on */
    double v[HIGH][WIDE];
} source;

typedef struct mask {
    uint8_t v[HIGH][WIDE];
} mask;

typedef struct target {
    double v[H][W];
} target;

typedef struct part {
    const imx_kernels *kernels;
    imx_reduce_method method;
    const imx_pixels *quads;
    imx_pixels *to;
    int32_t x, y; /* output px */
    size_t w, h, halo;
    source cover; /* 1: opaque */
    mask covered;
    /* Over `counted`, a band's valid samples, or all that are covered: */
    mask counted;
    target weight;      /* coverage, reduced: 0 only where nothing in the quad counts */
    uint8_t mean[H][W]; /* not by the filter, but over the quad */
} part;

static size_t source_rows(const part *p) { return 2 * (p->h + p->halo); }
static size_t source_columns(const part *p) { return 2 * (p->w + p->halo); }

static void read_row(const part *p, int32_t band, size_t row, double *samples, uint8_t *valid) {
    const ptrdiff_t x = 2 * (ptrdiff_t)p->x - (ptrdiff_t)p->halo;
    const int32_t y = 2 * p->y + (int32_t)row - (int32_t)p->halo;
    const uint8_t *from = imx_planes_row(p->quads, band, y);
    const size_t n = source_columns(p);
    p->kernels->convert.widen[p->quads->type](from + x * (ptrdiff_t)imx_type_size(p->quads->type), n, samples);
    memcpy(valid, imx_planes_valid(p->quads, band, y) + x, n);
}

static void reduce(const part *p, const source *from, target *out) {
    const imx_reduce_plane job = {.src = &from->v[p->halo][p->halo],
                                  .src_stride = sizeof from->v[0],
                                  .valid = &p->counted.v[p->halo][p->halo],
                                  .valid_stride = sizeof p->counted.v[0],
                                  .w_out = p->w,
                                  .h_out = p->h,
                                  .dst = out->v,
                                  .dst_stride = sizeof out->v[0]};
    p->kernels->reduce.plane[p->method][IMX_F64](&job);
}

/* The mean of those of the quad that count, 0 without any; *count: how many these are. */
static double quad_mean(const part *p, const source *from, size_t x, size_t y, unsigned *count) {
    double sum = 0;
    *count = 0;
    for (size_t k = 0; k < 4; k++) {
        const size_t row = 2 * y + k / 2 + p->halo, column = 2 * x + k % 2 + p->halo;
        const bool counts = p->counted.v[row][column];
        sum += counts ? from->v[row][column] : 0;
        *count += counts;
    }
    return *count ? sum / *count : 0;
}

/* ---- what values are divided by ---- */

/* The largest coverage that counts in reach of the filter, along rows. */
static void find_largest_along(const part *p, size_t row, double *out) {
    const size_t taps = 2 * (1 + p->halo);
    double cover[WIDE];
    for (size_t i = 0; i < source_columns(p); i++) {
        cover[i] = p->counted.v[row][i] ? p->cover.v[row][i] : 0;
    }
    for (size_t i = 0; i < p->w; i++) {
        double most = 0;
        for (size_t k = 0; k < taps; k++) {
            most = cover[2 * i + k] > most ? cover[2 * i + k] : most;
        }
        out[i] = most;
    }
}

static void find_largest(const part *p, target *out) {
    const size_t taps = 2 * (1 + p->halo);
    double along[HIGH][W];
    for (size_t row = 0; row < source_rows(p); row++) {
        find_largest_along(p, row, along[row]);
    }
    memset(out, 0, sizeof *out);
    for (size_t y = 0; y < p->h; y++) {
        for (size_t k = 0; k < taps; k++) {
            const double *row = along[2 * y + k];
            for (size_t i = 0; i < p->w; i++) {
                out->v[y][i] = row[i] > out->v[y][i] ? row[i] : out->v[y][i];
            }
        }
    }
}

/* Where the filter cannot be trusted: the mean. (Bilinear has no negative weights.) */
static void distrust(part *p) {
    target largest;
    unsigned count;
    memset(p->mean, 0, sizeof p->mean);
    if (p->method == IMX_REDUCE_BILINEAR) {
        return;
    }
    find_largest(p, &largest);
    for (size_t y = 0; y < p->h; y++) {
        for (size_t x = 0; x < p->w; x++) {
            if (p->weight.v[y][x] < LEAST_SHARE * largest.v[y][x]) {
                p->mean[y][x] = 1;
                p->weight.v[y][x] = quad_mean(p, &p->cover, x, y, &count);
            }
        }
    }
}

static void weigh(part *p, const mask *counted) {
    p->counted = *counted;
    reduce(p, &p->cover, &p->weight);
    distrust(p);
}

/* ---- bands ---- */

static uint8_t *target_row(const part *p, int32_t band, size_t y) {
    uint8_t *row = imx_planes_row(p->to, band, p->y + (int32_t)y);
    return row + p->x * (ptrdiff_t)imx_type_size(p->to->type);
}

static void put_values(const part *p, int32_t band, const source *times, target *values) {
    unsigned count;
    for (size_t y = 0; y < p->h; y++) {
        double *row = values->v[y];
        uint8_t *valid = imx_planes_valid(p->to, band, p->y + (int32_t)y) + p->x;
        for (size_t x = 0; x < p->w; x++) {
            row[x] = p->mean[y][x] ? quad_mean(p, times, x, y, &count) : row[x];
        }
        p->kernels->mix.divide(row, p->weight.v[y], p->w, valid);
        p->kernels->convert.narrow[p->to->type](row, p->w, target_row(p, band, y), valid);
    }
}

static bool is_same(const part *p, const mask *a, const mask *b) {
    bool same = true;
    for (size_t row = 0; row < source_rows(p) && same; row++) {
        same = memcmp(a->v[row], b->v[row], source_columns(p)) == 0;
    }
    return same;
}

static void filter_band(part *p, int32_t band) {
    source times;
    target values;
    mask valid;
    for (size_t row = 0; row < source_rows(p); row++) {
        read_row(p, band, row, times.v[row], valid.v[row]);
        for (size_t i = 0; i < source_columns(p); i++) {
            times.v[row][i] *= p->cover.v[row][i];
        }
    }
    if (!is_same(p, &valid, &p->counted)) {
        weigh(p, &valid);
    }
    reduce(p, &times, &values);
    put_values(p, band, &times, &values);
}

/* ---- coverage ---- */

static void read_cover(part *p) {
    const double opaque = imx_type_opaque(p->quads->type);
    for (size_t row = 0; row < source_rows(p); row++) {
        read_row(p, p->quads->bands - 1, row, p->cover.v[row], p->covered.v[row]);
        for (size_t i = 0; i < source_columns(p); i++) {
            p->cover.v[row][i] /= opaque;
        }
    }
}

/* After weigh() of all that is covered. */
static void put_alpha(const part *p) {
    const double opaque = imx_type_opaque(p->to->type);
    unsigned count;
    for (size_t y = 0; y < p->h; y++) {
        double alpha[W];
        for (size_t x = 0; x < p->w; x++) {
            const double weight = p->weight.v[y][x];
            (void)quad_mean(p, &p->cover, x, y, &count);
            alpha[x] = (weight < 1 ? weight : 1) * count / 4 * opaque;
        }
        p->kernels->convert.narrow[p->to->type](alpha, p->w, target_row(p, p->to->bands - 1, y), NULL);
    }
}

static size_t least(int32_t a, int32_t b) { return (size_t)(a < b ? a : b); }

void imx_coverage_filter(const imx_kernels *kernels, imx_reduce_method method, const imx_pixels *quads,
                         imx_pixels *to) {
    part p = {.kernels = kernels, .method = method, .quads = quads, .to = to};
    p.halo = (size_t)imx_reduce_halo_px(method);
    for (p.y = 0; p.y < to->height; p.y += H) {
        for (p.x = 0; p.x < to->width; p.x += W) {
            p.w = least(to->width - p.x, W);
            p.h = least(to->height - p.y, H);
            read_cover(&p);
            weigh(&p, &p.covered);
            put_alpha(&p);
            for (int32_t band = 0; band < to->bands - 1; band++) {
                filter_band(&p, band);
            }
        }
    }
}
