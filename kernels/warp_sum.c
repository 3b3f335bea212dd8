/* kernels/warp_sum.c: sums by shares, for rgba8 and, one text, for planes of the five types. */
#include "kernels/reference.h"
#include "kernels/warp_sum_plane.h"

size_t imx_warp_sum_scratch_bytes(size_t columns) {
    return columns <= IMX_SUM_COLUMNS_FREE ? 0 : (columns + 2) * sizeof(double);
}

/* A pixel's taps in the window, a row at a time. */
typedef struct tap_rows {
    imx_sum_quad quad;
    int32_t row, end;       /* of the quad */
    int32_t first, columns; /* of the window: where a row's taps begin, and how many they are */
    double *share;          /* of each of them */
    double *room, few[IMX_SUM_COLUMNS_FREE + 2];
} tap_rows;

/* false: the pixel is nothing. */
static inline bool start_taps(const imx_sum_quads *quads, size_t i, int32_t src_w, int32_t src_h, void *scratch,
                              size_t scratch_bytes, tap_rows *out) {
    if (!imx_sum_quad_of(quads, i, src_w, src_h, &out->quad)) {
        return false;
    }
    const imx_sum_quad *quad = &out->quad;
    const size_t bytes = imx_warp_sum_scratch_bytes((size_t)quad->columns);
    out->room = bytes == 0 ? out->few : scratch;
    out->row = (quad->y < 0 ? -quad->y : 0) - 1;
    out->end = quad->rows < src_h - quad->y ? quad->rows : src_h - quad->y;
    const int32_t skipped = quad->x < 0 ? -quad->x : 0;
    out->first = quad->x + skipped;
    out->columns = (quad->columns < src_w - quad->x ? quad->columns : src_w - quad->x) - skipped;
    out->share = out->room + skipped;
    return bytes <= scratch_bytes;
}

/* false: no more. */
static inline bool next_row(tap_rows *taps) {
    if (++taps->row >= taps->end) {
        return false;
    }
    imx_sum_shares(&taps->quad, taps->row, taps->room);
    return true;
}

/* ---- rgba8 ---- */

typedef struct pixel_sums {
    double c[3], alpha, shares;
} pixel_sums;

static void store(const pixel_sums *sums, bool binary_alpha, uint8_t *dst) {
    double alpha = sums->alpha > 0 ? sums->alpha / sums->shares : 0;
    alpha = alpha > 0 && binary_alpha ? 255 : floor(alpha + 0.5);
    if (!(alpha > 0)) {
        memset(dst, 0, 4);
        return;
    }
    for (int c = 0; c < 3; c++) {
        const double v = floor(sums->c[c] / 255 + 0.5);
        dst[c] = (uint8_t)(v > 255 ? 255 : v > 0 ? v : 0);
    }
    dst[3] = (uint8_t)(alpha > 255 ? 255 : alpha);
}

static void add_row(const uint8_t *p, const tap_rows *taps, pixel_sums *sums) {
    for (int32_t k = 0; k < taps->columns; k++, p += 4) {
        const double w = taps->share[k], wa = w * p[3];
        for (int c = 0; c < 3; c++) {
            sums->c[c] += wa * p[c];
        }
        sums->alpha += wa;
        sums->shares += w;
    }
}

static void warp_rgba8(const imx_warp_sum_rgba8 *job) {
    tap_rows taps;
    for (size_t i = 0; i < job->n; i++) {
        pixel_sums sums = {{0}, 0, 0};
        if (start_taps(&job->quads, i, job->src_w, job->src_h, job->scratch, job->scratch_bytes, &taps)) {
            while (next_row(&taps)) {
                const ptrdiff_t y = taps.quad.y + taps.row;
                add_row(job->src + y * job->src_stride + (ptrdiff_t)taps.first * 4, &taps, &sums);
            }
        }
        store(&sums, job->binary_alpha, job->dst + 4 * i);
    }
}

/* ---- planes ---- */

typedef struct plane_sum {
    double v;
    bool any;
} plane_sum;

IMX_GENERIC void add_samples(imx_type type, const uint8_t *row, const uint8_t *valid, const tap_rows *taps,
                             plane_sum *sum) {
    for (int32_t k = 0; k < taps->columns; k++) {
        const double v = imx_sum_sample(type, row, taps->first + k);
        if (taps->share[k] != 0 && (!valid || valid[taps->first + k]) && (!imx_type_is_float(type) || v == v)) {
            sum->v += taps->share[k] * v;
            sum->any = true;
        }
    }
}

IMX_GENERIC void warp_plane(const imx_warp_sum_plane *job, imx_type type) {
    tap_rows taps;
    for (size_t i = 0; i < job->n; i++) {
        plane_sum sum = {0, false};
        if (start_taps(&job->quads, i, job->src_w, job->src_h, job->scratch, job->scratch_bytes, &taps)) {
            while (next_row(&taps)) {
                const ptrdiff_t y = taps.quad.y + taps.row;
                add_samples(type, (const uint8_t *)job->src + y * job->src_stride,
                            job->valid ? job->valid + y * job->valid_stride : NULL, &taps, &sum);
            }
        }
        imx_sum_put(job, type, i, sum.v, sum.any);
    }
}

#define PLANE(name, c_type, type)                                                                                      \
    static void warp_plane_##name(const imx_warp_sum_plane *job) { warp_plane(job, type); }
IMX_EACH_PLANE_TYPE(PLANE)

const imx_warp_sum_kernels imx_ref_warp_sum = {warp_rgba8, IMX_BY_PLANE_TYPE(warp_plane_)};
