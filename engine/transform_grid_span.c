/* engine/transform_grid_span.c: one row of one square: positions and slopes at the square's edges. */
#include <math.h>

#include "engine/transform_grid_inner.h"
#include "kernels/kernels.h"

/* 1/s for the derivatives of a source coordinate by X and by Y. */
static float slope_of(double by_x, double by_y) {
    double s = sqrt(by_x * by_x + by_y * by_y); /* (inline, unlike hypot(): exact squares ask for each pixel) */
    if (s > 1 && s < 1 + 1e-6) {
        s = 1; /* rounding, on aligned grids */
    }
    return s > 1 / (double)SLOPE_MAX ? (float)(1 / s) : SLOPE_MAX;
}

grid_slope imx_grid_slope(const imx_transform_grid *grid, grid_node at, grid_node right, grid_node below) {
    grid_node aside[2] = {right, below};
    for (int k = 0; k < 2; k++) {
        if (aside[k].x == HUGE_VAL) {
            aside[k] = at; /* on the rim of what can be transformed */
        }
        imx_grid_bring_near(grid, at.x, at.y, &aside[k].x, &aside[k].y);
    }
    return (grid_slope){slope_of(aside[0].x - at.x, aside[1].x - at.x), slope_of(aside[0].y - at.y, aside[1].y - at.y)};
}

/* Smooth and curved. */
static void smooth_span(const imx_transform_grid *grid, bool curved, int32_t square_y, double row, bool slopes,
                        grid_span *out) {
    grid_patch p;
    imx_grid_patch(grid, out->x, square_y, out->side, &p);
    double t = (row - square_y) / out->side;
    for (int k = 0; k < 2; k++) {
        out->px[k] = lerp(p.px[k], p.px[k + 2], t);
        out->py[k] = lerp(p.py[k], p.py[k + 2], t);
        if (slopes) {
            int32_t x = out->x + k * out->side;
            grid_slope upper = grid->slopes[grid_node_index(grid, x, square_y)];
            grid_slope lower = grid->slopes[grid_node_index(grid, x, square_y + out->side)];
            out->slope_x[k] = lerp((double)upper.x, (double)lower.x, t);
            out->slope_y[k] = lerp((double)upper.y, (double)lower.y, t);
        }
    }
    if (curved) {
        grid_curve curve;
        double mid_x, mid_y;
        imx_grid_curve(grid, &p, &curve);
        imx_grid_curve_at(&curve, 0, t, &out->px[0], &out->py[0]);
        imx_grid_curve_at(&curve, 0.5, t, &mid_x, &mid_y);
        imx_grid_curve_at(&curve, 1, t, &out->px[1], &out->py[1]);
        out->bend_x = mid_x - (out->px[0] + out->px[1]) / 2;
        out->bend_y = mid_y - (out->py[0] + out->py[1]) / 2;
    }
}

static void rows_span(const imx_transform_grid *grid, double row, bool slopes, grid_span *out) {
    double left = out->x, right = out->x + out->side;
    double x[6] = {left, right, left + 1, right + 1, left, right}, y6[6] = {row, row, row, row, row + 1, row + 1};
    imx_grid_exact(grid, false, slopes ? 6 : 2, x, y6);
    for (int k = 0; k < 2; k++) {
        out->px[k] = x[k];
        out->py[k] = y6[k];
        if (slopes) {
            grid_slope slope = imx_grid_slope(grid, (grid_node){x[k], y6[k]}, (grid_node){x[k + 2], y6[k + 2]},
                                              (grid_node){x[k + 4], y6[k + 4]});
            out->slope_x[k] = (double)slope.x;
            out->slope_y[k] = (double)slope.y;
        }
    }
    if (out->px[0] == HUGE_VAL || out->px[1] == HUGE_VAL) {
        out->px[0] = HUGE_VAL;
        return;
    }
    imx_grid_bring_near(grid, out->px[0], out->py[0], &out->px[1], &out->py[1]);
    double mid_x = (out->px[0] + out->px[1]) / 2, mid_y = (out->py[0] + out->py[1]) / 2, at_x = mid_x, at_y = mid_y;
    imx_grid_bring_near(grid, grid->level_w / 2, grid->level_h / 2, &at_x, &at_y);
    for (int k = 0; k < 2 && at_x != mid_x; k++) {
        out->px[k] += at_x - mid_x;
        out->py[k] += at_y - mid_y;
    }
}

void imx_grid_line(const imx_transform_grid *grid, unsigned entry, int32_t x, int32_t y, double down, bool slopes,
                   grid_span *out) {
    out->side = 1 << (entry & SQUARE_SIDE);
    out->x = x & ~(out->side - 1);
    out->bend_x = out->bend_y = 0;
    if (entry & SQUARE_ROWS) {
        rows_span(grid, y + down, slopes, out);
    } else {
        smooth_span(grid, entry & SQUARE_CURVED, y & ~(out->side - 1), y + down, slopes, out);
    }
}

void imx_grid_span(const imx_transform_grid *grid, unsigned entry, int32_t x, int32_t y, bool slopes, grid_span *out) {
    imx_grid_line(grid, entry, x, y, 0.5, slopes, out);
}

bool imx_grid_span_misses(const imx_transform_grid *grid, const grid_span *span) {
    double margin = 1.0 / 1024;
    if (grid->all_exact) { /* by 1/64 output px an exact position may be off the span; generously */
        margin = 0.25 + (fabs(span->px[1] - span->px[0]) + fabs(span->py[1] - span->py[0])) / span->side / 4;
    }
    return imx_grid_outside(grid, 2, span->px, span->py, margin + fabs(span->bend_x), margin + fabs(span->bend_y));
}

uint32_t imx_grid_shrink_q16(double slope) {
    double q = slope * IMX_Q16_ONE + 0.5;
    return q >= IMX_Q16_ONE ? IMX_Q16_ONE : q > 16 ? (uint32_t)q : 16;
}
