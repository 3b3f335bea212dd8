/* engine/transform_grid_box.c: rows of boxes out of a filled lattice (transform.h), for area warps. As positions are
 * (transform_grid_row.c), but at the pixels' corners: of a row's upper edge for the boxes' one end, of its lower edge
 * for the other. */
#include <math.h>

#include "engine/transform_grid_inner.h"
#include "kernels/kernels.h"

#define Q32_ONE 4294967296.0
#define Q32_SAFE_PX 500000000.0 /* positions in Q32, and the period added */
/* The window px between which int32 Q16 holds every edge of a piece, with a margin. */
#define Q16_SAFE_PX 32700.0
/* An edge this near to a pixel's edge is on it, where boxes are of what they touch: what a row in Q32 is off by is a
 * quarter of it at most, and grids that differ by a millionth of a pixel are still told apart. */
#define ON_EDGE_Q32 0x400
/* A box is no narrower than this part of its pixel's extent. */
#define LEAST_SHARE 0.70710678118654752

typedef struct box_job {
    const imx_transform_grid *grid;
    const imx_kernels *kernels;
    int32_t x, y; /* where the row begins */
    double window_x, window_y;
    int64_t low_q32, high_q32; /* what makes a lower and an upper edge Q16 when it is added and 16 bits are cut off */
    int32_t *x0_q16, *x1_q16, *y0_q16, *y1_q16; /* [0] belongs to pixel x */
} box_job;

static int32_t limited_q16(double px, int64_t round_q32) {
    double q = floor(px * IMX_Q16_ONE + (double)round_q32 / IMX_Q16_ONE);
    return q <= -2147483647.0 ? -INT32_MAX : q >= 2147483647.0 ? INT32_MAX : (int32_t)q;
}

static void put_invalid(const box_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; i < x - job->x + n; i++) {
        job->x0_q16[i] = job->x1_q16[i] = job->y0_q16[i] = job->y1_q16[i] = IMX_WARP_INVALID;
    }
}

/* Brings what lies elsewhere on a cyclic axis to where it touches the raster. */
static void move_to_raster(const imx_transform_grid *grid, double low[2], double high[2]) {
    for (int turn = -1; turn <= 1; turn += 2) {
        double dx = turn * grid->period_x, dy = turn * grid->period_y;
        bool here = high[0] > 0 && low[0] < grid->level_w && high[1] > 0 && low[1] < grid->level_h;
        if (!here && high[0] + dx > 0 && low[0] + dx < grid->level_w && high[1] + dy > 0 &&
            low[1] + dy < grid->level_h) {
            low[0] += dx, high[0] += dx;
            low[1] += dy, high[1] += dy;
            break;
        }
    }
    if (grid->split_px > 0 && (low[0] + high[0]) / 2 >= grid->split_px) {
        low[0] -= grid->round_px, high[0] -= grid->round_px;
    }
}

static double extent_of(double by_x, double by_y) { return sqrt(by_x * by_x + by_y * by_y); }

/* One box from the pixel's upper left, upper right and lower right corner. */
static void put_box(const box_job *job, int32_t x, const double a[2], const double right[2], const double b[2]) {
    const imx_transform_grid *grid = job->grid;
    double low[2], high[2];
    for (int k = 0; k < 2; k++) {
        double extent = extent_of(right[k] - a[k], b[k] - right[k]);
        double wide = max2(fabs(b[k] - a[k]), LEAST_SHARE * extent);
        double mid = (a[k] + b[k]) / 2, half = wide / 2;
        low[k] = mid - half;
        high[k] = mid + half;
    }
    if (grid->period_x != 0 || grid->period_y != 0) {
        move_to_raster(grid, low, high);
    }
    int32_t i = x - job->x;
    job->x0_q16[i] = limited_q16(low[0] - job->window_x, job->low_q32);
    job->x1_q16[i] = limited_q16(high[0] - job->window_x, job->high_q32);
    job->y0_q16[i] = limited_q16(low[1] - job->window_y, job->low_q32);
    job->y1_q16[i] = limited_q16(high[1] - job->window_y, job->high_q32);
}

/* ---- exact ---- */

/* One of the three corners failed: no box. */
static void put_exact(const box_job *job, bool guarded, int32_t x, int32_t n) {
    double px[2][EXACT_MAX_PX + 1], py[2][EXACT_MAX_PX + 1];
    const imx_transform_grid *grid = job->grid;
    for (int32_t at = x, count; at < x + n; at += count) {
        count = x + n - at < EXACT_MAX_PX ? x + n - at : EXACT_MAX_PX;
        for (int k = 0; k < 2; k++) {
            for (int32_t i = 0; i <= count; i++) {
                px[k][i] = at + i;
                py[k][i] = job->y + k;
            }
            imx_grid_exact(grid, guarded, (size_t)count + 1, px[k], py[k]);
        }
        for (int32_t i = 0; i < count; i++) {
            if (px[0][i] == HUGE_VAL || px[0][i + 1] == HUGE_VAL || px[1][i + 1] == HUGE_VAL) {
                put_invalid(job, at + i, 1);
                continue;
            }
            double a[2] = {px[0][i], py[0][i]}, right[2] = {px[0][i + 1], py[0][i + 1]};
            double b[2] = {px[1][i + 1], py[1][i + 1]};
            imx_grid_bring_near(grid, a[0], a[1], &right[0], &right[1]);
            imx_grid_bring_near(grid, a[0], a[1], &b[0], &b[1]);
            put_box(job, at + i, a, right, b);
        }
    }
}

/* ---- between the edges of a square ---- */

/* The two edges of a row in a square. */
typedef struct row_edges {
    grid_span upper, lower;
} row_edges;

static void line_at(const grid_span *span, double u, double out[2]) {
    double v = 4 * u * (1 - u);
    out[0] = lerp(span->px[0], span->px[1], u) + v * span->bend_x;
    out[1] = lerp(span->py[0], span->py[1], u) + v * span->bend_y;
}

/* Pixel by pixel. */
static void put_pixels(const box_job *job, const row_edges *row, int32_t x, int32_t n) {
    double side = row->upper.side;
    for (int32_t i = x; i < x + n; i++) {
        double u = (i - row->upper.x) / side, a[2], right[2], b[2];
        line_at(&row->upper, u, a);
        line_at(&row->upper, u + 1 / side, right);
        line_at(&row->lower, u + 1 / side, b);
        put_box(job, i, a, right, b);
    }
}

/* Whether Q32 holds its positions. */
static bool is_safe(const row_edges *row) {
    bool safe = true;
    for (int k = 0; k < 2; k++) {
        safe = safe && fabs(row->upper.px[k]) < Q32_SAFE_PX && fabs(row->upper.py[k]) < Q32_SAFE_PX &&
               fabs(row->lower.px[k]) < Q32_SAFE_PX && fabs(row->lower.py[k]) < Q32_SAFE_PX;
    }
    return safe;
}

/* Whether the corners alone say what the boxes of the row in the square are. (Asked at either end of it: what changes
 * between them is small beside a box.) */
static bool is_upright(const row_edges *row) {
    const grid_span *upper = &row->upper, *lower = &row->lower;
    double along[2] = {(upper->px[1] - upper->px[0]) / upper->side, (upper->py[1] - upper->py[0]) / upper->side};
    for (int end = 0; end < 2; end++) {
        double down[2] = {lower->px[end] - upper->px[end], lower->py[end] - upper->py[end]};
        for (int k = 0; k < 2; k++) {
            double extent = extent_of(along[k], down[k]), between = fabs(along[k] + down[k]);
            if (between < 1.01 * LEAST_SHARE * extent) {
                return false;
            }
        }
    }
    return true;
}

static int64_t q32_of(double px) { return llrint(px * Q32_ONE); }

/* One corner of the boxes of a row in a square, along both axes: at the square's left edge, and from pixel to pixel;
 * counted from there for every part of the row. */
typedef struct corner_line {
    int64_t base_q32[2], step_q32[2];
} corner_line;

static corner_line line_of(const grid_span *span) {
    return (corner_line){
        {q32_of(span->px[0]), q32_of(span->py[0])},
        {q32_of((span->px[1] - span->px[0]) / span->side), q32_of((span->py[1] - span->py[0]) / span->side)}};
}

static int32_t limited(int64_t q32) {
    int64_t q16 = q32 >> 16;
    return q16 > INT32_MAX ? INT32_MAX : q16 < -INT32_MAX ? -INT32_MAX : (int32_t)q16;
}

/* Pixel by pixel: boxes that may be far from the window, lie on a cyclic axis, or turn around. */
static void put_far_boxes(const box_job *job, const row_edges *row, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    corner_line upper = line_of(&row->upper), lower = line_of(&row->lower);
    bool cyclic = (grid->period_x != 0 || grid->period_y != 0) && fabs(grid->period_x) < Q32_SAFE_PX &&
                  fabs(grid->period_y) < Q32_SAFE_PX;
    int64_t period[2] = {cyclic ? q32_of(grid->period_x) : 0, cyclic ? q32_of(grid->period_y) : 0};
    int64_t size[2] = {q32_of(grid->level_w), q32_of(grid->level_h)};
    int64_t window[2] = {q32_of(job->window_x), q32_of(job->window_y)}, split = (int64_t)grid->split_px << 32;
    for (int32_t i = x; i < x + n; i++) {
        int64_t at = i - row->upper.x, low[2], high[2], turn = 0;
        for (int k = 0; k < 2; k++) {
            int64_t a = upper.base_q32[k] + at * upper.step_q32[k],
                    b = lower.base_q32[k] + (at + 1) * lower.step_q32[k];
            low[k] = a < b ? a : b;
            high[k] = a < b ? b : a;
        }
        for (int64_t t = -1; t <= 1 && cyclic; t++) {
            bool touches = high[0] + t * period[0] > 0 && low[0] + t * period[0] < size[0] &&
                           high[1] + t * period[1] > 0 && low[1] + t * period[1] < size[1];
            turn = touches && (t <= 0 || turn == 0) ? t : turn;
        }
        const int64_t mid = (low[0] + high[0]) / 2 + turn * period[0];
        const int64_t back = grid->split_px > 0 && mid >= split ? (int64_t)grid->round_px << 32 : 0;
        job->x0_q16[i - job->x] = limited(low[0] + turn * period[0] - back - window[0] + job->low_q32);
        job->x1_q16[i - job->x] = limited(high[0] + turn * period[0] - back - window[0] + job->high_q32);
        job->y0_q16[i - job->x] = limited(low[1] + turn * period[1] - window[1] + job->low_q32);
        job->y1_q16[i - job->x] = limited(high[1] + turn * period[1] - window[1] + job->high_q32);
    }
}

/* The two lines of corners along one axis at pixel x, and their steps. */
typedef struct edge_lines {
    int64_t low_q32, high_q32, low_step_q32, high_step_q32;
} edge_lines;

/* false: what is the lower edge at pixel x is the upper one at the last of n. */
static bool find_edges(const row_edges *row, int axis, int32_t x, int32_t n, edge_lines *out) {
    corner_line upper = line_of(&row->upper), lower = line_of(&row->lower);
    int64_t at = x - row->upper.x, a_step = upper.step_q32[axis], b_step = lower.step_q32[axis];
    int64_t a = upper.base_q32[axis] + at * a_step, b = lower.base_q32[axis] + (at + 1) * b_step;
    bool falls = b < a;
    *out = falls ? (edge_lines){b, a, b_step, a_step} : (edge_lines){a, b, a_step, b_step};
    return out->low_q32 + (n - 1) * out->low_step_q32 <= out->high_q32 + (n - 1) * out->high_step_q32;
}

/* Many at a time: the edges along one axis, which int32 holds. */
static void put_near_axis(const box_job *job, const edge_lines *edges, double window_px, int32_t n, int32_t *lo,
                          int32_t *hi) {
    int64_t window_q32 = q32_of(window_px);
    job->kernels->coords_q16(edges->low_q32 - window_q32 + job->low_q32, edges->low_step_q32, (size_t)n, lo);
    job->kernels->coords_q16(edges->high_q32 - window_q32 + job->high_q32, edges->high_step_q32, (size_t)n, hi);
}

static void put_upright(const box_job *job, const row_edges *row, const grid_patch *part, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    edge_lines edges[2];
    bool near = find_edges(row, 0, x, n, &edges[0]) && find_edges(row, 1, x, n, &edges[1]);
    for (int i = 0; i < 4; i++) {
        near =
            near && fabs(part->px[i] - job->window_x) < Q16_SAFE_PX && fabs(part->py[i] - job->window_y) < Q16_SAFE_PX;
        if (grid->period_x != 0 || grid->period_y != 0) {
            near = near && part->px[i] > 0 && part->px[i] < (grid->split_px > 0 ? grid->split_px : grid->level_w) &&
                   part->py[i] > 0 && part->py[i] < grid->level_h;
        }
    }
    if (near) {
        int32_t i = x - job->x;
        put_near_axis(job, &edges[0], job->window_x, n, job->x0_q16 + i, job->x1_q16 + i);
        put_near_axis(job, &edges[1], job->window_y, n, job->y0_q16 + i, job->y1_q16 + i);
    } else {
        put_far_boxes(job, row, x, n);
    }
}

static void put_row(const box_job *job, row_edges *row, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    double at_x = row->lower.px[0], at_y = row->lower.py[0];
    imx_grid_bring_near(grid, row->upper.px[0], row->upper.py[0], &at_x, &at_y);
    double move_x = at_x - row->lower.px[0], move_y = at_y - row->lower.py[0];
    grid_patch part; /* the four corners of the part of the row */
    for (int k = 0; k < 2; k++) {
        row->lower.px[k] += move_x;
        row->lower.py[k] += move_y;
    }
    for (int i = 0; i < 4; i++) {
        double at[2], u = (x + (i & 1) * n - row->upper.x) / (double)row->upper.side;
        line_at(i < 2 ? &row->upper : &row->lower, u, at);
        part.px[i] = at[0];
        part.py[i] = at[1];
    }
    double margin =
        1 + fabs(row->upper.bend_x) + fabs(row->upper.bend_y) + fabs(row->lower.bend_x) + fabs(row->lower.bend_y);
    bool straight =
        row->upper.bend_x == 0 && row->upper.bend_y == 0 && row->lower.bend_x == 0 && row->lower.bend_y == 0;
    if (imx_grid_outside(grid, 4, part.px, part.py, margin, margin)) {
        put_invalid(job, x, n);
    } else if (straight && is_safe(row) && is_upright(row)) {
        put_upright(job, row, &part, x, n);
    } else {
        put_pixels(job, row, x, n);
    }
}

/* ---- the row ---- */

static void put_piece(const box_job *job, unsigned entry, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    if (entry & SQUARE_DEAD) {
        put_invalid(job, x, n);
    } else if (entry & SQUARE_EXACT) {
        put_exact(job, true, x, n);
    } else if (grid->all_exact) {
        put_exact(job, false, x, n);
    } else {
        row_edges row;
        imx_grid_line(grid, entry, x, job->y, 0, false, &row.upper);
        imx_grid_line(grid, entry, x, job->y, 1, false, &row.lower);
        if (row.upper.px[0] == HUGE_VAL || row.lower.px[0] == HUGE_VAL) {
            put_exact(job, true, x, n);
        } else {
            put_row(job, &row, x, n);
        }
    }
}

void imx_transform_grid_boxes(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                              int32_t n, int32_t window_x, int32_t window_y, imx_box_kind kind, int32_t *x0_q16,
                              int32_t *x1_q16, int32_t *y0_q16, int32_t *y1_q16) {
    bool touched = kind == IMX_BOX_TOUCHED;
    box_job job = {.grid = grid,
                   .kernels = kernels,
                   .x = x,
                   .y = y,
                   .window_x = window_x,
                   .window_y = window_y,
                   .low_q32 = touched ? ON_EDGE_Q32 : 0x8000,
                   .high_q32 = touched ? 0xffff - ON_EDGE_Q32 : 0x8000,
                   .x0_q16 = x0_q16,
                   .x1_q16 = x1_q16,
                   .y0_q16 = y0_q16,
                   .y1_q16 = y1_q16};
    unsigned entry;
    for (int32_t at = x, next; at < x + n; at = next) {
        next = grid_row_piece(grid, at, y, x + n, &entry);
        put_piece(&job, entry, at, next - at);
    }
    int32_t left, right;
    grid_row_overhang(grid, x, n, &left, &right);
    put_invalid(&job, x, left);
    put_invalid(&job, x + n - right, right);
}
