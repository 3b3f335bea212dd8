/* engine/transform_grid_error.c: what kind of square a part of the cell may be: how wrong each kind is at points that
 * it does not go through. */
#include <math.h>

#include "engine/transform_grid_inner.h"

/* Smooth squares smaller than this are done by rows, if they can be. */
#define ROWS_BELOW_PX 32
/* Curved squares are for bilinear errors up to this part of their side: beyond it the map is no longer nearly smooth,
 * and their Jacobian says little. */
#define CURVED_ERROR_MAX 0.125

/* Error in output px of taking `at` for bilinear: the inverse of the Jacobian maps source px to output px. HUGE_VAL
 * where it has none. */
static double output_error(const double jacobian[4], double dx, double dy) {
    double det = jacobian[0] * jacobian[3] - jacobian[1] * jacobian[2];
    double error_px = hypot((jacobian[3] * dx - jacobian[1] * dy) / det, (jacobian[0] * dy - jacobian[2] * dx) / det);
    return error_px >= 0 ? error_px : HUGE_VAL; /* not NaN */
}

static grid_node node_at(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return grid->nodes[grid_node_index(grid, x, y)];
}

/* Whether an edge of the square goes round a good part of a cyclic axis: which way round its nodes lie is then
 * anybody's guess, and a patch that runs backwards could look right at its middle. */
static bool goes_round(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side) {
    static const int8_t edges[4][4] = {
        {0, 0, 1, 0}, {0, 2, 1, 0}, {0, 0, 0, 1}, {2, 0, 0, 1}}; /* from, step; half sides */
    double limit = 0.3 * hypot(grid->period_x, grid->period_y);
    int32_t half = side / 2;
    for (int i = 0; i < 4 && limit > 0; i++) {
        grid_node at[3];
        for (int k = 0; k < 3; k++) {
            at[k] =
                node_at(grid, x + (edges[i][0] + k * edges[i][2]) * half, y + (edges[i][1] + k * edges[i][3]) * half);
            if (k > 0) {
                imx_grid_bring_near(grid, at[k - 1].x, at[k - 1].y, &at[k].x, &at[k].y);
            }
        }
        if (hypot(at[2].x - at[0].x, at[2].y - at[0].y) > limit ||
            hypot(at[1].x - at[0].x, at[1].y - at[0].y) > limit) {
            return true;
        }
    }
    return false;
}

/* How wrong the bilinear patch over the square is at its centre and edge midpoints, in output px. The four squares of
 * half the side are the ones used, which on a smooth map have a quarter of the error measured here. HUGE_VAL: a node
 * failed, or the square is too wide for a cyclic axis. 0 also where the whole square misses the raster, whatever its
 * error. */
double imx_grid_patch_error(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side) {
    static const int8_t mids[5][2] = {{1, 0}, {0, 1}, {1, 1}, {2, 1}, {1, 2}}; /* in half sides */
    int32_t half = side / 2;
    for (int i = 0; i < 9; i++) {
        if (node_at(grid, x + i % 3 * half, y + i / 3 * half).x == HUGE_VAL) {
            return HUGE_VAL;
        }
    }
    if (goes_round(grid, x, y, side)) {
        return HUGE_VAL;
    }
    grid_patch p;
    imx_grid_patch(grid, x, y, side, &p);
    double jacobian[4] = {
        (p.px[1] - p.px[0] + p.px[3] - p.px[2]) / (2 * side), (p.px[2] - p.px[0] + p.px[3] - p.px[1]) / (2 * side),
        (p.py[1] - p.py[0] + p.py[3] - p.py[2]) / (2 * side), (p.py[2] - p.py[0] + p.py[3] - p.py[1]) / (2 * side)};
    double worst_px = 0, worst_x = 0, worst_y = 0;
    for (int i = 0; i < 5; i++) {
        double u = mids[i][0] / 2.0, v = mids[i][1] / 2.0;
        double bx = lerp(lerp(p.px[0], p.px[1], u), lerp(p.px[2], p.px[3], u), v);
        double by = lerp(lerp(p.py[0], p.py[1], u), lerp(p.py[2], p.py[3], u), v);
        grid_node at = node_at(grid, x + mids[i][0] * half, y + mids[i][1] * half);
        imx_grid_bring_near(grid, bx, by, &at.x, &at.y);
        double error_px = output_error(jacobian, at.x - bx, at.y - by);
        worst_px = max2(worst_px, error_px);
        worst_x = max2(worst_x, fabs(at.x - bx));
        worst_y = max2(worst_y, fabs(at.y - by));
    }
    return imx_grid_outside(grid, 4, p.px, p.py, 2 * worst_x + 2, 2 * worst_y + 2) ? 0 : worst_px;
}

/* What is linear but for one kink, at t of the way, is off its chord by t (1 - t) times the change of slope at the
 * kink, and by min(t, 1 - t) / 2 of it in the middle: the truth is at most twice what is measured there, and so it is
 * for the halves of the square, which are used. So a square must not be larger than the distance of kinks. The smallest
 * squares are measured at the centres and edge midpoints of their quarters instead, where twice as many kinks may lie;
 * where more do, half the error is allowed. */
bool imx_grid_kinks_are_right(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double threshold_px) {
    if (grid->detail_px == 0 || side <= grid->detail_px) {
        return true;
    }
    if (side > 2 * grid->block_px) {
        return false; /* there are smaller ones */
    }
    enum { SIDE = 5, COUNT = SIDE * SIDE };
    double at_x[COUNT], at_y[COUNT];
    for (int i = 0; i < COUNT; i++) {
        at_x[i] = x + i % SIDE * side / 4.0;
        at_y[i] = y + i / SIDE * side / 4.0;
    }
    imx_grid_exact(grid, false, COUNT, at_x, at_y);
    double allowed_px = side <= 2 * grid->detail_px ? threshold_px : threshold_px / 2;
    for (int q = 0; q < 4; q++) {
        int first = q % 2 * 2 + q / 2 * 2 * SIDE; /* the quarter's upper left corner in the 5 x 5 points */
        double px[9], py[9];
        for (int i = 0; i < 9; i++) {
            px[i] = at_x[first + i % 3 + i / 3 * SIDE];
            py[i] = at_y[first + i % 3 + i / 3 * SIDE];
            if (px[i] == HUGE_VAL) {
                return false;
            }
        }
        double half = side / 2.0;
        double jacobian[4] = {
            (px[2] - px[0] + px[8] - px[6]) / (2 * half), (px[6] - px[0] + px[8] - px[2]) / (2 * half),
            (py[2] - py[0] + py[8] - py[6]) / (2 * half), (py[6] - py[0] + py[8] - py[2]) / (2 * half)};
        for (int i = 1; i < 9; i++) {
            double u = i % 3 / 2.0, v = i / 3 / 2.0;
            double bx = lerp(lerp(px[0], px[2], u), lerp(px[6], px[8], u), v);
            double by = lerp(lerp(py[0], py[2], u), lerp(py[6], py[8], u), v);
            bool corner = i % 3 != 1 && i / 3 != 1;
            if (!corner && !(output_error(jacobian, px[i] - bx, py[i] - by) <= allowed_px)) {
                return false;
            }
        }
    }
    return true;
}

/* Whether smooth squares would be small there (their error falls with the square of their side). */
static bool wants_more(int32_t side, double error_px, double threshold_px) {
    return error_px < HUGE_VAL && side * sqrt(threshold_px / error_px) < ROWS_BELOW_PX;
}

/* Whether the curve through the square's nodes is right. Tested at the centres of its quarters: the error of a smooth
 * map's cubic part is 0.97 of its greatest there, along each axis and with each combination of signs. */
bool imx_grid_wants_curve(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double error_px,
                          double threshold_px) {
    if (!wants_more(side, error_px, threshold_px) || error_px > CURVED_ERROR_MAX * side) {
        return false;
    }
    grid_patch p;
    grid_curve curve;
    imx_grid_patch(grid, x, y, side, &p);
    imx_grid_curve(grid, &p, &curve);
    double at_x[4], at_y[4];
    for (int i = 0; i < 4; i++) {
        at_x[i] = x + (1 + 2 * (i & 1)) * side / 4.0;
        at_y[i] = y + (1 + 2 * (i >> 1)) * side / 4.0;
    }
    imx_grid_exact(grid, true, 4, at_x, at_y);
    for (int i = 0; i < 4; i++) {
        double u = (1 + 2 * (i & 1)) / 4.0, v = (1 + 2 * (i >> 1)) / 4.0, left[2], right[2], above[2], below[2], mid[2];
        imx_grid_curve_at(&curve, u, v, &mid[0], &mid[1]);
        imx_grid_curve_at(&curve, u - 0.25, v, &left[0], &left[1]);
        imx_grid_curve_at(&curve, u + 0.25, v, &right[0], &right[1]);
        imx_grid_curve_at(&curve, u, v - 0.25, &above[0], &above[1]);
        imx_grid_curve_at(&curve, u, v + 0.25, &below[0], &below[1]);
        double step = side / 2.0, jacobian[4] = {(right[0] - left[0]) / step, (below[0] - above[0]) / step,
                                                 (right[1] - left[1]) / step, (below[1] - above[1]) / step};
        if (at_x[i] == HUGE_VAL) {
            return false;
        }
        imx_grid_bring_near(grid, mid[0], mid[1], &at_x[i], &at_y[i]);
        if (!(output_error(jacobian, at_x[i] - mid[0], at_y[i] - mid[1]) <= threshold_px / 2)) {
            return false;
        }
    }
    return true;
}

/* How wrong it is to take the upper, middle and lower row of the square as linear, in output px. */
static double rows_error(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side) {
    int32_t half = side / 2;
    double worst_px = 0;
    for (int row = 0; row < 3; row++) {
        grid_node left = node_at(grid, x, y + row * half), right = node_at(grid, x + side, y + row * half);
        grid_node mid = node_at(grid, x + half, y + row * half);
        grid_node aside = node_at(grid, x + half, y + (row < 2 ? row + 1 : 1) * half); /* the row below or above */
        imx_grid_bring_near(grid, mid.x, mid.y, &left.x, &left.y);
        imx_grid_bring_near(grid, mid.x, mid.y, &right.x, &right.y);
        imx_grid_bring_near(grid, mid.x, mid.y, &aside.x, &aside.y);
        double jacobian[4] = {(right.x - left.x) / side, (aside.x - mid.x) / half, (right.y - left.y) / side,
                              (aside.y - mid.y) / half};
        double error_px = output_error(jacobian, (left.x + right.x) / 2 - mid.x, (left.y + right.y) / 2 - mid.y);
        worst_px = max2(worst_px, error_px);
    }
    return worst_px;
}

/* Whether to do the square by rows: where smooth squares would be small, and rows are straight. Two exact points a row
 * are then cheaper than a lattice that fine, or than every pixel.
 */
bool imx_grid_wants_rows(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double error_px,
                         double threshold_px) {
    return wants_more(side, error_px, threshold_px) && rows_error(grid, x, y, side) <= threshold_px / 2;
}

/* Whether all nodes of the square failed, and points between them. */
bool imx_grid_all_failed(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, bool between) {
    int32_t half = side / 2;
    for (int i = 0; i < 9; i++) {
        if (node_at(grid, x + i % 3 * half, y + i / 3 * half).x != HUGE_VAL) {
            return false;
        }
    }
    double at_x[4], at_y[4];
    for (int i = 0; i < 4 && between; i++) {
        at_x[i] = x + (1 + 2 * (i & 1)) * side / 4.0;
        at_y[i] = y + (1 + 2 * (i >> 1)) * side / 4.0;
    }
    if (between) {
        imx_grid_exact(grid, true, 4, at_x, at_y);
    }
    for (int i = 0; i < 4 && between; i++) {
        if (at_x[i] != HUGE_VAL) {
            return false;
        }
    }
    return true;
}
