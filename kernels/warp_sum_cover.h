/* kernels/warp_sum_cover.h: how much of each source pixel a quadrilateral covers. Private to kernels/.
 *
 * Row by row of source pixels. A side of the quadrilateral that runs down through a row takes away from, one that runs
 * up adds to what lies to its right: in the cell that it crosses the part of it that is right of the side, in all
 * further cells the side's height in the row. Of few cells each is asked for what lies right of each side, without a
 * branch (warp_sum_avx2.c does the same of four quadrilaterals). Of many a row's sum from the left is what is covered
 * (as font rasterisers do it: FreeType's ftgrays.c). All coordinates are counted from the cell at the upper left of the
 * quadrilateral's bounds: so they are the same for every window. */
#ifndef IMX_KERNELS_WARP_SUM_COVER_H
#define IMX_KERNELS_WARP_SUM_COVER_H

#include <math.h>
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/kernels.h"

#define IMX_SUM_LEAST_SHARE (1.0 / 17179869184.0) /* 2^-34 */
/* Where sides of few cells cross rows is rounded to 2^-32 px, by adding and subtracting this: so that differences are
 * exact. */
#define IMX_SUM_ROUND_Q32 (1.5 * 1048576.0)
enum { IMX_SUM_COLUMNS_FREE = 62, IMX_SUM_FEW = 4 /* cells along each axis */ };

/* A side from its upper to its lower end; sign: 1 where it is gone down when going round. */
typedef struct imx_sum_side {
    double x0, y0, y1, slope, sign; /* slope: dx/dy */
} imx_sum_side;

typedef struct imx_sum_quad {
    int32_t x, y, columns, rows; /* its bounds, in cells of the window */
    int sides;                   /* those that are not level */
    imx_sum_side side[4];
    bool upright; /* then only the bounds count: */
    double left, top, right, bottom;
    double orientation; /* 1 or -1: what makes areas positive */
} imx_sum_quad;

static inline int32_t imx_sum_min(const int32_t v[4]) {
    const int32_t a = v[0] < v[1] ? v[0] : v[1], b = v[2] < v[3] ? v[2] : v[3];
    return a < b ? a : b;
}
static inline int32_t imx_sum_max(const int32_t v[4]) {
    const int32_t a = v[0] > v[1] ? v[0] : v[1], b = v[2] > v[3] ? v[2] : v[3];
    return a > b ? a : b;
}

/* false: nothing of it in the window. */
static inline bool imx_sum_quad_of(const imx_sum_quads *quads, size_t i, int32_t src_w, int32_t src_h,
                                   imx_sum_quad *out) {
    int32_t qx[4], qy[4];
    for (int k = 0; k < 4; k++) {
        qx[k] = quads->x_q16[k][i];
        qy[k] = quads->y_q16[k][i];
        if (qx[k] == IMX_WARP_INVALID) {
            return false;
        }
    }
    const int32_t left = imx_sum_min(qx), right = imx_sum_max(qx), top = imx_sum_min(qy), bottom = imx_sum_max(qy);
    if (left >= src_w * IMX_Q16_ONE || right <= 0 || top >= src_h * IMX_Q16_ONE || bottom <= 0 || left == right ||
        top == bottom) {
        return false;
    }
    out->x = left >> 16;
    out->y = top >> 16;
    out->columns = ((right - 1) >> 16) - out->x + 1;
    out->rows = ((bottom - 1) >> 16) - out->y + 1;
    out->upright = (qx[0] == qx[3] && qx[1] == qx[2] && qy[0] == qy[1] && qy[2] == qy[3]) ||
                   (qx[0] == qx[1] && qx[2] == qx[3] && qy[0] == qy[3] && qy[1] == qy[2]);
    double x[4], y[4];
    for (int k = 0; k < 4; k++) {
        x[k] = (double)((int64_t)qx[k] - (int64_t)out->x * IMX_Q16_ONE) / IMX_Q16_ONE;
        y[k] = (double)((int64_t)qy[k] - (int64_t)out->y * IMX_Q16_ONE) / IMX_Q16_ONE;
    }
    out->left = (double)(left & (IMX_Q16_ONE - 1)) / IMX_Q16_ONE;
    out->top = (double)(top & (IMX_Q16_ONE - 1)) / IMX_Q16_ONE;
    out->right = (double)((int64_t)right - (int64_t)out->x * IMX_Q16_ONE) / IMX_Q16_ONE;
    out->bottom = (double)((int64_t)bottom - (int64_t)out->y * IMX_Q16_ONE) / IMX_Q16_ONE;
    out->sides = 0;
    for (int k = 0; k < 4 && !out->upright; k++) {
        const int to = (k + 1) & 3, upper = y[k] < y[to] ? k : to, lower = upper == k ? to : k;
        if (y[k] != y[to]) {
            out->side[out->sides++] = (imx_sum_side){
                x[upper], y[upper], y[lower], (x[lower] - x[upper]) / (y[lower] - y[upper]), upper == k ? 1 : -1};
        }
    }
    /* Clockwise, as the output's pixels go, the side on the left leads up. */
    const double twice_area = (x[2] - x[0]) * (y[3] - y[1]) - (x[3] - x[1]) * (y[2] - y[0]);
    out->orientation = twice_area > 0 ? -1 : 1;
    return true;
}

/* What [lo, hi) covers of cell k, which it touches. */
static inline double imx_sum_overlap(double lo, double hi, int32_t k) {
    return (hi < k + 1 ? hi : k + 1) - (lo > k ? lo : k);
}

/* A side's part in one row: between xa <= xb, of height `down` (with its sign). */
typedef struct imx_sum_part {
    double xa, xb, down;
} imx_sum_part;

/* delta: what the coverage of each cell differs by from that of the cell to its left. */
static inline void imx_sum_add_part(const imx_sum_part *part, double *delta) {
    const double xa = part->xa, xb = part->xb, down = part->down;
    const int32_t first = (int32_t)xa, last = (int32_t)xb;
    if (first == last || xb == first + 1) {
        const double mid = (xa + xb) / 2 - first;
        delta[first] += down * (1 - mid);
        delta[first + 1] += down * mid;
        return;
    }
    const double each = down / (xb - xa), head = first + 1 - xa, tail = xb - last;
    delta[first] += each * head * head / 2;
    delta[first + 1] += each * head * (1 - head / 2);
    for (int32_t k = first + 1; k < last; k++) {
        delta[k] += each / 2;
        delta[k + 1] += each / 2;
    }
    delta[last] += each * tail * (1 - tail / 2);
    delta[last + 1] += each * tail * tail / 2;
}

/* false: there is none. */
static inline bool imx_sum_part_of(const imx_sum_quad *quad, const imx_sum_side *s, int32_t row, double round,
                                   imx_sum_part *out) {
    const double from = s->y0 > row ? s->y0 : row, to = s->y1 < row + 1 ? s->y1 : row + 1;
    if (from >= to) {
        return false;
    }
    double a = s->x0 + (from - s->y0) * s->slope, b = s->x0 + (to - s->y0) * s->slope;
    a = a + round - round;
    b = b + round - round;
    /* (rounding may lead out of the bounds, which are the corners') */
    a = a < quad->left ? quad->left : a > quad->right ? quad->right : a;
    b = b < quad->left ? quad->left : b > quad->right ? quad->right : b;
    *out = (imx_sum_part){a < b ? a : b, a < b ? b : a, (to - from) * s->sign * quad->orientation};
    return true;
}

static inline double imx_sum_not_least(double covered) { return fabs(covered) < IMX_SUM_LEAST_SHARE ? 0 : covered; }

static inline double imx_sum_limited(double v, double low, double high) { return v < low ? low : v > high ? high : v; }

/* Of few cells: the mean over x from xa to xb of what of cell k lies right of x. per_px: 1 / (xb - xa). */
static inline double imx_sum_right_of(const imx_sum_part *part, double per_px, int32_t k) {
    const double a = k + 1 - part->xa, b = k + 1 - part->xb; /* a >= b; beyond 1 all of the cell does */
    const double in_a = imx_sum_limited(a, 0, 1), in_b = imx_sum_limited(b, 0, 1);
    const double whole = (a > 1 ? a : 1) - (b > 1 ? b : 1), crossed = (in_a - in_b) * ((in_a + in_b) * 0.5);
    return part->xa == part->xb ? in_a : (whole + crossed) * per_px;
}

static inline void imx_sum_shares_of_few(const imx_sum_quad *quad, int32_t row, double *share) {
    double covered[IMX_SUM_FEW] = {0};
    for (int i = 0; i < quad->sides; i++) {
        imx_sum_part part;
        if (imx_sum_part_of(quad, &quad->side[i], row, IMX_SUM_ROUND_Q32, &part)) {
            const double per_px = 1 / (part.xb - part.xa);
            for (int32_t k = 0; k < quad->columns; k++) {
                covered[k] += part.down * imx_sum_right_of(&part, per_px, k);
            }
        }
    }
    for (int32_t k = 0; k < quad->columns; k++) {
        share[k] = imx_sum_not_least(covered[k]);
    }
}

/* What the quad covers of the cells of a row (0 is its first), 0 where it is not touched. share: columns + 2 of them
 * are written, columns are the result. */
static inline void imx_sum_shares(const imx_sum_quad *quad, int32_t row, double *share) {
    if (quad->upright) {
        const double high = imx_sum_overlap(quad->top, quad->bottom, row);
        for (int32_t k = 0; k < quad->columns; k++) {
            share[k] = high * imx_sum_overlap(quad->left, quad->right, k);
        }
        return;
    }
    if (quad->columns <= IMX_SUM_FEW && quad->rows <= IMX_SUM_FEW) {
        imx_sum_shares_of_few(quad, row, share);
        return;
    }
    memset(share, 0, ((size_t)quad->columns + 2) * sizeof *share);
    for (int i = 0; i < quad->sides; i++) {
        imx_sum_part part;
        if (imx_sum_part_of(quad, &quad->side[i], row, 0, &part)) {
            imx_sum_add_part(&part, share);
        }
    }
    double covered = 0;
    for (int32_t k = 0; k < quad->columns; k++) {
        covered += share[k];
        share[k] = imx_sum_not_least(covered);
    }
}

#endif
