/* kernels/warp_area.c: reference of the area warps that count pixels (mode, min, max, quantiles), and the rows of all.
 */
#include "kernels/warp_area_inner.h"

typedef struct tap_visit { /* goes through the valid taps of a box row by row */
    const uint8_t *p, *row;
    ptrdiff_t stride;
    int32_t x, y, w, h;
} tap_visit;

static tap_visit visit_box(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y) {
    const uint8_t *first = imx_area_source(job, x->first, y->first);
    return (tap_visit){first, first, job->src_stride, 0, 0, x->count, y->count};
}

/* The next valid tap; NULL: no more. */
static inline const uint8_t *next_tap(tap_visit *v) {
    for (;;) {
        if (v->x == v->w) {
            v->x = 0;
            v->row += v->stride;
            v->p = v->row;
            v->y++;
        }
        if (v->y == v->h) {
            return NULL;
        }
        const uint8_t *p = v->p;
        v->p += 4;
        v->x++;
        if (p[3]) {
            return p;
        }
    }
}

static inline void set_alpha(const imx_warp_area_rgba8 *job, uint8_t *dst) {
    if (job->binary_alpha && dst[3]) {
        dst[3] = 255;
    }
}

static void min_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    tap_visit v = visit_box(job, x, y);
    const uint8_t *p = next_tap(&v);
    memset(dst, p ? 255 : 0, 4);
    for (; p; p = next_tap(&v)) {
        for (int c = 0; c < 4; c++) {
            dst[c] = p[c] < dst[c] ? p[c] : dst[c];
        }
    }
    set_alpha(job, dst);
}

static void max_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    tap_visit v = visit_box(job, x, y);
    memset(dst, 0, 4);
    for (const uint8_t *p; (p = next_tap(&v)) != NULL;) {
        for (int c = 0; c < 4; c++) {
            dst[c] = p[c] > dst[c] ? p[c] : dst[c];
        }
    }
    set_alpha(job, dst);
}

/* ---- quantiles and mode: a histogram of each channel; coarse bins of 16 values make it quick to search ---- */

typedef struct histogram {
    uint32_t coarse[4][16], fine[4][256]; /* 4.25 KB; most boxes touch few of the fine bins */
    int64_t n;
} histogram;

static inline void count_tap(histogram *h, const uint8_t *p) {
    for (int c = 0; c < 4; c++) {
        h->coarse[c][p[c] >> 4]++;
        h->fine[c][p[c]]++;
    }
    h->n++;
}

static uint8_t value_at(const histogram *h, int c, int64_t rank) {
    unsigned v = 0;
    int64_t below = 0;
    while (below + h->coarse[c][v >> 4] <= rank) {
        below += h->coarse[c][v >> 4];
        v += 16;
    }
    while (below + h->fine[c][v] <= rank) {
        below += h->fine[c][v++];
    }
    return (uint8_t)v;
}

/* A quick one for boxes of few taps: counts what is smaller. */
enum { FEW = 16 };

static uint8_t value_of_few(const uint8_t (*taps)[4], int n, int c, int64_t rank) {
    for (int i = 0; i < n; i++) {
        int below = 0, same = 0;
        for (int k = 0; k < n; k++) {
            below += taps[k][c] < taps[i][c];
            same += taps[k][c] == taps[i][c];
        }
        if (below <= rank && rank < below + same) {
            return taps[i][c];
        }
    }
    return 0; /* not reached */
}

static void quantile_of_few(const imx_warp_area_rgba8 *job, tap_visit v, int quarters, uint8_t *dst) {
    uint8_t taps[FEW][4];
    int n = 0;
    for (const uint8_t *p; (p = next_tap(&v)) != NULL; n++) {
        memcpy(taps[n], p, 4);
    }
    for (int c = 0; c < 4; c++) {
        dst[c] = n ? value_of_few((const uint8_t(*)[4])taps, n, c, imx_area_rank(n, quarters)) : 0;
    }
    set_alpha(job, dst);
}

static void quantile_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, int quarters,
                           uint8_t *dst) {
    tap_visit v = visit_box(job, x, y);
    if (x->count <= FEW && y->count <= FEW && x->count * y->count <= FEW) {
        quantile_of_few(job, v, quarters, dst);
        return;
    }
    histogram h;
    memset(&h, 0, sizeof h);
    for (const uint8_t *p; (p = next_tap(&v)) != NULL;) {
        count_tap(&h, p);
    }
    for (int c = 0; c < 4; c++) {
        dst[c] = h.n ? value_at(&h, c, imx_area_rank(h.n, quarters)) : 0;
    }
    set_alpha(job, dst);
}

static void med_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, 2, dst);
}
static void q1_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, 1, dst);
}
static void q3_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, 3, dst);
}

static void mode_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    uint32_t count[4][256], most[4] = {0};
    memset(count, 0, sizeof count);
    memset(dst, 0, 4);
    tap_visit v = visit_box(job, x, y);
    for (const uint8_t *p; (p = next_tap(&v)) != NULL;) {
        for (int c = 0; c < 4; c++) {
            const uint32_t times = ++count[c][p[c]];
            if (times > most[c]) {
                most[c] = times;
                dst[c] = p[c];
            }
        }
    }
    set_alpha(job, dst);
}

/* ---- rows ---- */

const imx_area_pixel_fn imx_area_pixels[IMX_AREA_METHODS] = {
    imx_area_average_pixel, mode_pixel, min_pixel, max_pixel, med_pixel, q1_pixel, q3_pixel, imx_area_rms_pixel};

static inline void warp_part(const imx_warp_area_rgba8 *job, imx_area_pixel_fn pixel, size_t first, size_t n) {
    uint8_t *dst = job->dst + 4 * first;
    for (size_t i = first; i < first + n; i++, dst += 4) {
        imx_area_axis x, y;
        if (imx_area_box(&job->boxes, i, job->src_w, job->src_h, &x, &y)) {
            pixel(job, &x, &y, dst);
        } else {
            memset(dst, 0, 4);
        }
    }
}

void imx_ref_area_mode(const imx_warp_area_rgba8 *job, size_t first, size_t n) { warp_part(job, mode_pixel, first, n); }

static void average_row(const imx_warp_area_rgba8 *job) { warp_part(job, imx_area_average_pixel, 0, job->n); }
static void mode_row(const imx_warp_area_rgba8 *job) { imx_ref_area_mode(job, 0, job->n); }
static void min_row(const imx_warp_area_rgba8 *job) { warp_part(job, min_pixel, 0, job->n); }
static void max_row(const imx_warp_area_rgba8 *job) { warp_part(job, max_pixel, 0, job->n); }
static void med_row(const imx_warp_area_rgba8 *job) { warp_part(job, med_pixel, 0, job->n); }
static void q1_row(const imx_warp_area_rgba8 *job) { warp_part(job, q1_pixel, 0, job->n); }
static void q3_row(const imx_warp_area_rgba8 *job) { warp_part(job, q3_pixel, 0, job->n); }
static void rms_row(const imx_warp_area_rgba8 *job) { warp_part(job, imx_area_rms_pixel, 0, job->n); }

void imx_ref_warp_area_install(imx_warp_area_kernels *table) {
    *table =
        (imx_warp_area_kernels){.rgba8 = {average_row, mode_row, min_row, max_row, med_row, q1_row, q3_row, rms_row}};
    imx_ref_warp_area_plane_install(table);
}
