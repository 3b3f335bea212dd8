/* engine/transform_grid_quad.c: rows of quadrilaterals out of a filled lattice (transform.h), for sums.
 *
 * A corner is a function of its place in the cell alone, whichever of the pixels around it asks: so the pixels tile the
 * source. It belongs to the square at its lower right. On the cell's border, and where that square is dead, it is
 * exact: then the neighbouring cell, or the pixel at its left, sees it at the same place.
 *
 * Shares are areas in the output, not in the source. Within a source pixel the output area that goes with a position
 * changes by a part g a px along each axis (g: the gradient of log |det d(X, Y)/d(x, y)|); so a corner at f of a pixel
 * is moved to where the same part of the pixel's output lies to its left: to f + g / 2 (f^2 - f), the integral of
 * 1 + g (t - 1/2) from 0 to f. What is left of a share's error is of second order (tests/conformance/oracle.py: at 85
 * degrees north and pixels of 0.7 degrees a tenth of a percent). */
#include <math.h>

#include "engine/transform_grid_inner.h"
#include "engine/transform_inner.h"
#include "kernels/kernels.h"

/* Beyond this, by which a pixel's edges differ, the transform is no longer smooth there. */
#define GRADIENT_MAX 1.0
/* Magnified more than 100 times differences of differences are rounding. */
#define DET_MIN 1e-4

enum { CHUNK = EXACT_MAX_PX, STENCIL = CHUNK + 3 };

typedef struct corner_job {
    const imx_transform_grid *grid;
    int32_t y; /* the line between pixel rows y - 1 and y */
} corner_job;

/* Corners x - 1 to x + n + 1 on the lines y - 1, y, y + 1. */
typedef struct stencil {
    double x[3][STENCIL], y[3][STENCIL];
} stencil;

/* ---- positions ---- */

static void exact_line(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, double *px, double *py) {
    for (int32_t i = 0; i < n; i++) {
        px[i] = x + i;
        py[i] = y;
    }
    imx_grid_exact(grid, true, (size_t)n, px, py);
}

static void line_at(const grid_span *span, double u, double *px, double *py) {
    double v = 4 * u * (1 - u);
    *px = lerp(span->px[0], span->px[1], u) + v * span->bend_x;
    *py = lerp(span->py[0], span->py[1], u) + v * span->bend_y;
}

/* ---- from areas in the source to areas in the output ---- */

static double cross(double ax, double ay, double bx, double by) { return ax * by - ay * bx; }

/* The gradient of log(output area) in the middle of 3 x 3 positions, of any step, by source px; 0 where it cannot be
 * told. */
static void gradient_of(const imx_transform_grid *grid, double x[3][3], double y[3][3], double g[2]) {
    const bool cyclic = grid->period_x != 0 || grid->period_y != 0;
    g[0] = g[1] = 0;
    for (int k = 0; k < 9; k++) {
        if (x[k / 3][k % 3] == HUGE_VAL) {
            return;
        }
        if (cyclic) {
            imx_grid_bring_near(grid, x[1][1], y[1][1], &x[k / 3][k % 3], &y[k / 3][k % 3]);
        }
    }
    double ax = (x[1][2] - x[1][0]) / 2, ay = (y[1][2] - y[1][0]) / 2; /* by output X */
    double bx = (x[2][1] - x[0][1]) / 2, by = (y[2][1] - y[0][1]) / 2; /* by output Y */
    double det = cross(ax, ay, bx, by);
    if (!(fabs(det) > DET_MIN)) {
        return;
    }
    /* The determinant half a step to either side: differences across it, and the mean of those along it. */
    double side[4];
    for (int k = 0; k < 2; k++) {
        side[k] =
            cross(x[1][k + 1] - x[1][k], y[1][k + 1] - y[1][k], (x[2][k] + x[2][k + 1] - x[0][k] - x[0][k + 1]) / 4,
                  (y[2][k] + y[2][k + 1] - y[0][k] - y[0][k + 1]) / 4);
        side[2 + k] =
            cross((x[k][2] + x[k + 1][2] - x[k][0] - x[k + 1][0]) / 4,
                  (y[k][2] + y[k + 1][2] - y[k][0] - y[k + 1][0]) / 4, x[k + 1][1] - x[k][1], y[k + 1][1] - y[k][1]);
    }
    double by_X = -(side[1] - side[0]) / det, by_Y = -(side[3] - side[2]) / det;
    g[0] = (by * by_X - ay * by_Y) / det;
    g[1] = (ax * by_Y - bx * by_X) / det;
}

/* Around one corner of a row. */
static void gradient_at(const imx_transform_grid *grid, const stencil *s, int32_t i, double g[2]) {
    double x[3][3], y[3][3];
    for (int k = 0; k < 9; k++) {
        x[k / 3][k % 3] = s->x[k / 3][i + k % 3 - 1];
        y[k / 3][k % 3] = s->y[k / 3][i + k % 3 - 1];
    }
    gradient_of(grid, x, y, g);
}

/* Of a smooth square: of the square of twice its side that was tested when it was found smooth, whose nodes are exact.
 */
static void gradient_of_smooth(const imx_transform_grid *grid, int32_t at_x, int32_t at_y, int32_t side, double g[2]) {
    double x[3][3], y[3][3];
    for (int k = 0; k < 9; k++) {
        const grid_node *node = &grid->nodes[grid_node_index(grid, (at_x & ~(2 * side - 1)) + k % 3 * side,
                                                             (at_y & ~(2 * side - 1)) + k / 3 * side)];
        x[k / 3][k % 3] = node->x;
        y[k / 3][k % 3] = node->y;
    }
    gradient_of(grid, x, y, g);
}

/* On the middle one of three lines across a square, at u in [0, 1] of it. */
static void gradient_on(const imx_transform_grid *grid, const grid_span lines[3], double u, double g[2]) {
    double x[3][3], y[3][3];
    for (int k = 0; k < 9; k++) {
        line_at(&lines[k / 3], u + (k % 3 - 1) / (double)lines[1].side, &x[k / 3][k % 3], &y[k / 3][k % 3]);
    }
    gradient_of(grid, x, y, g);
}

static double moved(double px, double g) {
    double f = px - floor(px), limited = g > GRADIENT_MAX ? GRADIENT_MAX : g < -GRADIENT_MAX ? -GRADIENT_MAX : g;
    return px + limited / 2 * (f * f - f);
}

/* ---- a line of corners ---- */

static bool alive(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return x >= 0 && y >= 0 && x < grid->cell_px && y < grid->cell_px && !(grid_square_at(grid, x, y) & SQUARE_DEAD);
}

/* Corners [x, x + n), at most CHUNK, that are exact whatever is around them. */
static void put_border(const corner_job *job, int32_t x, int32_t n, double *px, double *py) {
    const imx_transform_grid *grid = job->grid;
    bool wanted = false;
    for (int32_t i = x - 1; i < x + n && !wanted; i++) {
        wanted = alive(grid, i, job->y - 1) || alive(grid, i, job->y);
    }
    if (wanted) {
        exact_line(grid, x, job->y, n, px, py);
        return;
    }
    for (int32_t i = 0; i < n; i++) {
        px[i] = py[i] = HUGE_VAL;
    }
}

/* In an exact square, or where rows cannot be transformed at their ends. */
static void put_exact(const corner_job *job, int32_t x, int32_t n, double *px, double *py) {
    stencil s;
    for (int32_t k = 0; k < 3; k++) {
        exact_line(job->grid, x - 1, job->y + k - 1, n + 2, s.x[k], s.y[k]);
    }
    for (int32_t i = 0; i < n; i++) {
        double g[2];
        px[i] = s.x[1][i + 1];
        py[i] = s.y[1][i + 1];
        if (px[i] != HUGE_VAL) {
            gradient_at(job->grid, &s, i + 1, g);
            px[i] = moved(px[i], g[0]);
            py[i] = moved(py[i], g[1]);
        }
    }
}

/* Moves exact positions, or (NULL) the middle line's, by the gradient between those at the square's edges. */
static void put_moved(const grid_span *line, double g[2][2], const double *exact_x, const double *exact_y, int32_t x,
                      int32_t n, double *px, double *py) {
    for (int32_t i = 0; i < n; i++) {
        double u = (x + i - line->x) / (double)line->side, at_x, at_y;
        line_at(line, u, &at_x, &at_y);
        at_x = exact_x ? exact_x[i] : at_x;
        at_y = exact_y ? exact_y[i] : at_y;
        px[i] = at_x == HUGE_VAL ? at_x : moved(at_x, lerp(g[0][0], g[1][0], u));
        py[i] = at_x == HUGE_VAL ? at_y : moved(at_y, lerp(g[0][1], g[1][1], u));
    }
}

/* The same within a square that is not dead. */
static void put_square(const corner_job *job, unsigned entry, int32_t x, int32_t n, double *px, double *py) {
    const imx_transform_grid *grid = job->grid;
    const bool curved = entry & (SQUARE_ROWS | SQUARE_CURVED);
    if (entry & SQUARE_EXACT) {
        put_exact(job, x, n, px, py);
        return;
    }
    grid_span lines[3];
    for (int32_t k = curved ? 0 : 1; k < (curved ? 3 : 2); k++) {
        imx_grid_line(grid, entry, x, job->y, k - 1, false, &lines[k]);
        if (lines[k].px[0] == HUGE_VAL) {
            put_exact(job, x, n, px, py);
            return;
        }
    }
    double g[2][2], exact_x[CHUNK], exact_y[CHUNK];
    for (int k = 0; k < 2; k++) {
        if (curved) {
            gradient_on(grid, lines, k, g[k]);
        } else {
            gradient_of_smooth(grid, x, job->y, lines[1].side, g[k]);
        }
    }
    if (grid->all_exact) {
        exact_line(grid, x, job->y, n, exact_x, exact_y);
    }
    put_moved(&lines[1], g, grid->all_exact ? exact_x : NULL, grid->all_exact ? exact_y : NULL, x, n, px, py);
}

void imx_transform_grid_corners(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n,
                                const imx_corner_line *out) {
    const corner_job job = {grid, y};
    for (int32_t at = x, count; at <= x + n; at += count) {
        const int32_t left = x + n + 1 - at < CHUNK ? x + n + 1 - at : CHUNK;
        double *to_x = out->x + (at - x), *to_y = out->y + (at - x);
        if (y == 0 || y == grid->cell_px || at == grid->cell_px) {
            count = left;
            put_border(&job, at, count, to_x, to_y);
            continue;
        }
        const unsigned entry = grid_square_at(grid, at, y);
        const int32_t side = 1 << (entry & SQUARE_SIDE), end = (at & ~(side - 1)) + side - at;
        count = at == 0 ? 1 : end < left ? end : left;
        if (at == 0 || (entry & SQUARE_DEAD)) {
            put_border(&job, at, count, to_x, to_y);
        } else {
            put_square(&job, entry, at, count, to_x, to_y);
        }
    }
}

/* ---- quadrilaterals ---- */

typedef struct quad {
    double x[4], y[4];
} quad;

/* Brings what lies elsewhere on a cyclic axis to where it touches the raster. */
static void move_to_raster(const imx_transform_grid *grid, quad *q) {
    const double low_x = min2(min2(q->x[0], q->x[1]), min2(q->x[2], q->x[3]));
    const double high_x = max2(max2(q->x[0], q->x[1]), max2(q->x[2], q->x[3]));
    const double low_y = min2(min2(q->y[0], q->y[1]), min2(q->y[2], q->y[3]));
    const double high_y = max2(max2(q->y[0], q->y[1]), max2(q->y[2], q->y[3]));
    for (int turn = 0; turn < 3; turn++) {
        const double dx = (turn == 2 ? -1 : turn) * grid->period_x, dy = (turn == 2 ? -1 : turn) * grid->period_y;
        if (high_x + dx > 0 && low_x + dx < grid->level_w && high_y + dy > 0 && low_y + dy < grid->level_h) {
            for (int k = 0; k < 4; k++) {
                q->x[k] += dx;
                q->y[k] += dy;
            }
            return;
        }
    }
}

static int32_t limited_q16(double px) {
    double q = floor(px * IMX_Q16_ONE + 0.5);
    return q <= -2147483647.0 ? -INT32_MAX : q >= 2147483647.0 ? INT32_MAX : (int32_t)q;
}

static double limited(double v, double most) { return v < 0 ? 0 : v > most ? most : v; }

/* Whether the raster under an exact pixel leads back to it. Far outside their area some projections have aliases, and
 * singularities with corners on either side of them: a quadrilateral may lie on the raster, or over all of it, though
 * the pixel shows nothing of it. (Corners are outside the raster there, where imx_transform_inverse() does not ask.) */
static bool leads_back(const imx_transform_grid *grid, const quad *q, int32_t x, int32_t y) {
    const double reach = 2; /* output px: the point nearest to the middle may lie beside the pixel */
    double mid_x = (q->x[0] + q->x[1] + q->x[2] + q->x[3]) / 4;
    mid_x += grid->split_px > 0 && mid_x < 0 ? grid->round_px : 0; /* the raster's own turn */
    double at_x = limited(mid_x, grid->level_w) / grid->scale_x;
    double at_y = limited((q->y[0] + q->y[1] + q->y[2] + q->y[3]) / 4, grid->level_h) / grid->scale_y;
    imx_transform_forward(grid->transform, 1, &at_x, &at_y);
    if (at_x == HUGE_VAL) {
        return false;
    }
    const imx_space *space = imx_transform_space(grid->transform);
    double off_x = imx_space_nearest(space, at_x - (grid->origin_x + x + 0.5), 0);
    double off_y = at_y - (grid->origin_y + y + 0.5);
    return fabs(off_x) <= reach && fabs(off_y) <= reach;
}

/* Half a period off, or more. */
static bool is_far(const imx_transform_grid *grid, double dx, double dy) {
    return 2 * fabs(dx * grid->period_x + dy * grid->period_y) >=
           grid->period_x * grid->period_x + grid->period_y * grid->period_y;
}

static bool is_cyclic(const imx_transform_grid *grid) { return grid->period_x != 0 || grid->period_y != 0; }

static bool lies_beyond_split(const imx_transform_grid *grid, const quad *q) {
    return grid->split_px > 0 && (q->x[0] + q->x[1] + q->x[2] + q->x[3]) / 4 >= grid->split_px;
}

/* Whether a quadrilateral on a cyclic axis is where it touches the raster, and whole. */
static bool is_in_place(const imx_transform_grid *grid, const quad *q) {
    bool here =
        q->x[0] > 0 && q->x[0] < grid->level_w && q->y[0] > 0 && q->y[0] < grid->level_h && !lies_beyond_split(grid, q);
    for (int k = 1; k < 4; k++) {
        here = here && !is_far(grid, q->x[k] - q->x[0], q->y[k] - q->y[0]);
    }
    return here;
}

static void put_in_place(const imx_transform_grid *grid, quad *q) {
    for (int k = 1; k < 4; k++) {
        if (is_far(grid, q->x[k] - q->x[0], q->y[k] - q->y[0])) {
            imx_grid_bring_near(grid, q->x[0], q->y[0], &q->x[k], &q->y[k]);
        }
    }
    move_to_raster(grid, q);
    if (lies_beyond_split(grid, q)) {
        for (int k = 0; k < 4; k++) {
            q->x[k] -= grid->round_px;
        }
    }
}

typedef struct quad_job {
    const imx_transform_grid *grid;
    int32_t x, y, window_x, window_y; /* x: where the row begins */
    const imx_corner_line *lines[2];
    int32_t *const *x_q16, *const *y_q16;
} quad_job;

static void put_none(const quad_job *job, int32_t i) {
    for (int k = 0; k < 4; k++) {
        job->x_q16[k][i] = job->y_q16[k][i] = IMX_WARP_INVALID;
    }
}

/* The i-th pixel of the row, of a square that is not dead. q16: what its corners are as they stand in the lines. */
static void put_quad(const quad_job *job, bool guarded, int32_t i, const int32_t q16[8]) {
    const imx_corner_line *upper = job->lines[0], *lower = job->lines[1];
    quad q = {{upper->x[i], upper->x[i + 1], lower->x[i + 1], lower->x[i]},
              {upper->y[i], upper->y[i + 1], lower->y[i + 1], lower->y[i]}};
    const bool whole = q.x[0] != HUGE_VAL && q.x[1] != HUGE_VAL && q.x[2] != HUGE_VAL && q.x[3] != HUGE_VAL;
    const bool stays = !is_cyclic(job->grid) || (whole && is_in_place(job->grid, &q));
    if (whole && !stays) {
        put_in_place(job->grid, &q);
    }
    if (!whole || (guarded && !leads_back(job->grid, &q, job->x + i, job->y))) {
        put_none(job, i);
        return;
    }
    for (int k = 0; k < 4; k++) {
        job->x_q16[k][i] = stays ? q16[k] : limited_q16(q.x[k] - job->window_x);
        job->y_q16[k][i] = stays ? q16[4 + k] : limited_q16(q.y[k] - job->window_y);
    }
}

/* Pixels [i, i + n) of the row, all of one square. */
static void put_piece(const quad_job *job, unsigned entry, int32_t i, int32_t n) {
    int32_t next[4] = {0}, last[4]; /* x and y of the upper corner in Q16, and of the lower one */
    for (int32_t at = i; at <= i + n && !(entry & SQUARE_DEAD); at++) {
        for (int k = 0; k < 2; k++) {
            last[2 * k] = next[2 * k], last[2 * k + 1] = next[2 * k + 1];
            next[2 * k] = limited_q16(job->lines[k]->x[at] - job->window_x);
            next[2 * k + 1] = limited_q16(job->lines[k]->y[at] - job->window_y);
        }
        if (at > i) {
            put_quad(job, entry & SQUARE_EXACT, at - 1,
                     (int32_t[8]){last[0], next[0], next[2], last[2], last[1], next[1], next[3], last[3]});
        }
    }
    for (int32_t at = i; at < i + n && (entry & SQUARE_DEAD); at++) {
        put_none(job, at);
    }
}

void imx_transform_grid_quads(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, int32_t window_x,
                              int32_t window_y, const imx_corner_line *upper, const imx_corner_line *lower,
                              int32_t *const x_q16[4], int32_t *const y_q16[4]) {
    const quad_job job = {grid, x, y, window_x, window_y, {upper, lower}, x_q16, y_q16};
    unsigned entry;
    for (int32_t at = x, next; at < x + n; at = next) {
        next = grid_row_piece(grid, at, y, x + n, &entry);
        put_piece(&job, entry, at - x, next - at);
    }
    int32_t left, right;
    grid_row_overhang(grid, x, n, &left, &right);
    for (int32_t i = 0; i < n; i++) {
        if (i < left || i >= n - right) {
            put_none(&job, i);
        }
    }
}

bool imx_transform_grid_quad_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                    double *min_x, double *min_y, double *max_x, double *max_y) {
    if (!imx_transform_grid_box_bounds(grid, x, y, w, h, min_x, min_y, max_x, max_y)) {
        return false;
    }
    /* Corners that belong to other squares, or are exact, lie up to twice the threshold from where the square sees
     * them; and shares move them within a source pixel. */
    const double of_pixel = 2 * max2(grid->threshold_px, 1.0 / 64) / (w < h ? w : h);
    const double margin_x = 1 + (*max_x - *min_x) * of_pixel, margin_y = 1 + (*max_y - *min_y) * of_pixel;
    *min_x -= margin_x, *max_x += margin_x;
    if (grid->round_px == 0) {
        *min_x = max2(*min_x, 0), *max_x = min2(*max_x, grid->level_w);
    }
    *min_y = max2(*min_y - margin_y, 0), *max_y = min2(*max_y + margin_y, grid->level_h);
    return true;
}
