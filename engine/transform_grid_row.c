/* engine/transform_grid_row.c: rows of positions, bounds and shrinks out of a filled lattice. The per-pixel path.
 *
 * A row crosses squares. Along a smooth square a position is base + i * step in Q32, i counted from the square's own
 * left edge: the same for every split of the row and every window. Positions are rounded to Q16, not cut off, so that
 * one that is a pixel edge but for rounding lands on it (floor then says what GDAL's floor(x + 1e-10) says). */
#include <math.h>
#include <string.h>

#include "engine/transform_grid_inner.h"
#include "kernels/kernels.h"

#define Q32_ONE 4294967296.0
#define Q32_ROUND_TO_Q16 0x8000
/* Positions beyond this many px are not computed in Q32. */
#define Q32_SAFE_PX 1073741824.0

/* What one call of imx_transform_grid_row() was asked for. */
typedef struct row_job {
    const imx_transform_grid *grid;
    const imx_kernels *kernels;
    int32_t y;
    int32_t window_x, window_y, level_w, level_h;
    int32_t *x_q16, *y_q16; /* [0] belongs to pixel x */
    uint32_t *shrink_x_q16, *shrink_y_q16;
    int32_t x; /* of the call */
    bool any_shrink;
} row_job;

/* A linear quantity along one row of a square. */
typedef struct line {
    int64_t base_q32, step_q32; /* at the square's first pixel centre; to the next */
} line;

static line line_between(double left, double right, int32_t side) {
    double step = (right - left) / side;
    return (line){llrint((left + 0.5 * step) * Q32_ONE) + Q32_ROUND_TO_Q16, llrint(step * Q32_ONE)};
}

static double lerp(double a, double b, double t) { return a + (b - a) * t; }

/* ---- positions ---- */

static void put_invalid(const row_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; i < x - job->x + n; i++) {
        job->x_q16[i] = job->y_q16[i] = IMX_WARP_INVALID;
    }
}

static void put_position(const row_job *job, int32_t x, double px, double py) {
    int32_t i = x - job->x;
    job->x_q16[i] = job->y_q16[i] = IMX_WARP_INVALID;
    double qx = floor(px * IMX_Q16_ONE + 0.5), qy = floor(py * IMX_Q16_ONE + 0.5);
    if (qx >= 0 && qx < (double)job->level_w * IMX_Q16_ONE && qy >= 0 && qy < (double)job->level_h * IMX_Q16_ONE) {
        job->x_q16[i] = (int32_t)((int64_t)qx - (int64_t)job->window_x * IMX_Q16_ONE);
        job->y_q16[i] = (int32_t)((int64_t)qy - (int64_t)job->window_y * IMX_Q16_ONE);
    }
}

/* The part of [from, to) in which 0 <= base + i * step < limit << 32, as [*from, *to); exact in integers. */
static void clip_line(line l, int32_t limit, int64_t *from, int64_t *to) {
    int64_t end = (int64_t)limit << 32, step = l.step_q32;
    if (step < 0) { /* count the other way: base' = end - 1 - base */
        l.base_q32 = end - 1 - l.base_q32;
        step = -step;
    }
    if (step == 0) {
        *to = l.base_q32 >= 0 && l.base_q32 < end ? *to : *from;
        return;
    }
    int64_t first = l.base_q32 >= 0 ? 0 : (-l.base_q32 + step - 1) / step;
    int64_t last = l.base_q32 >= end ? 0 : (end - l.base_q32 + step - 1) / step; /* exclusive */
    *from = *from > first ? *from : first;
    *to = *to < last ? *to : last;
}

static void put_line(const row_job *job, int32_t square_x, int64_t from, int64_t to, line lx, line ly) {
    if (from >= to) {
        return;
    }
    ptrdiff_t i = square_x + from - job->x;
    size_t n = (size_t)(to - from);
    job->kernels->coords_q16(lx.base_q32 + from * lx.step_q32 - (int64_t)job->window_x * ((int64_t)1 << 32),
                             lx.step_q32, n, job->x_q16 + i);
    job->kernels->coords_q16(ly.base_q32 + from * ly.step_q32 - (int64_t)job->window_y * ((int64_t)1 << 32),
                             ly.step_q32, n, job->y_q16 + i);
}

/* A smooth square that reaches over the raster's edge or over the seam of a cyclic axis. */
static void put_clipped(const row_job *job, const grid_patch *p, int32_t x, int32_t n, line lx, line ly) {
    static const int64_t turns[3] = {-1, 1, 0};
    const imx_transform_grid *grid = job->grid;
    /* (a longer period than is safe belongs to a raster that is small beside it: the patch is near already) */
    bool cyclic = (grid->period_x != 0 || grid->period_y != 0) && fabs(grid->period_x) < Q32_SAFE_PX &&
                  fabs(grid->period_y) < Q32_SAFE_PX;
    put_invalid(job, x, n);
    for (int k = cyclic ? 0 : 2; k < 3; k++) {
        line mx = lx, my = ly;
        mx.base_q32 += turns[k] == 0 ? 0 : turns[k] * llrint(grid->period_x * Q32_ONE);
        my.base_q32 += turns[k] == 0 ? 0 : turns[k] * llrint(grid->period_y * Q32_ONE);
        int64_t from = x - p->x, to = from + n;
        clip_line(mx, job->level_w, &from, &to);
        clip_line(my, job->level_h, &from, &to);
        put_line(job, p->x, from, to, mx, my);
    }
}

static void put_exact(const row_job *job, int32_t x, int32_t n, bool guarded) {
    enum { CHUNK = 256 };
    double px[CHUNK], py[CHUNK];
    for (int32_t at = 0; at < n; at += CHUNK) {
        int32_t count = n - at < CHUNK ? n - at : CHUNK;
        for (int32_t i = 0; i < count; i++) {
            px[i] = x + at + i + 0.5;
            py[i] = job->y + 0.5;
        }
        imx_grid_exact(job->grid, guarded, (size_t)count, px, py);
        for (int32_t i = 0; i < count; i++) {
            put_position(job, x + at + i, px[i], py[i]);
        }
    }
}

/* ---- shrinks ---- */

static uint32_t slope_q16(double slope) {
    double q = floor(slope * IMX_Q16_ONE + 0.5);
    return q >= IMX_Q16_ONE ? IMX_Q16_ONE : q > 16 ? (uint32_t)q : 16;
}

static void put_no_shrink(const row_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; job->shrink_x_q16 && i < x - job->x + n; i++) {
        job->shrink_x_q16[i] = job->shrink_y_q16[i] = IMX_Q16_ONE;
    }
}

/* One axis: 1/s, bilinear between the corners' (upper left, upper right, lower left, lower right). */
static bool shrink_line(const row_job *job, const grid_patch *p, int32_t x, int32_t n, const float corner[4],
                        uint32_t *out) {
    double t = (job->y + 0.5 - p->y) / p->side;
    double left = lerp((double)corner[0], (double)corner[2], t), right = lerp((double)corner[1], (double)corner[3], t);
    if (left >= 1 && right >= 1) {
        for (int32_t i = 0; i < n; i++) {
            out[i] = IMX_Q16_ONE;
        }
        return false;
    }
    line l = line_between(left, right, p->side);
    int64_t at = l.base_q32 + (x - p->x) * l.step_q32;
    bool any = false;
    for (int32_t i = 0; i < n; i++, at += l.step_q32) {
        int64_t q = at >> 16;
        out[i] = (uint32_t)(q > IMX_Q16_ONE ? IMX_Q16_ONE : q < 16 ? 16 : q);
        any |= q < IMX_Q16_ONE;
    }
    return any;
}

static void corner_slopes(const imx_transform_grid *grid, const grid_patch *p, float x[4], float y[4]) {
    for (int i = 0; i < 4; i++) {
        grid_slope slope = grid->slopes[grid_node_index(grid, p->x + (i & 1) * p->side, p->y + (i >> 1) * p->side)];
        x[i] = slope.x;
        y[i] = slope.y;
    }
}

static void put_shrinks(row_job *job, const grid_patch *p, int32_t x, int32_t n) {
    if (!job->shrink_x_q16) {
        return;
    }
    float slope_x[4], slope_y[4];
    corner_slopes(job->grid, p, slope_x, slope_y);
    bool any_x = shrink_line(job, p, x, n, slope_x, job->shrink_x_q16 + (x - job->x));
    bool any_y = shrink_line(job, p, x, n, slope_y, job->shrink_y_q16 + (x - job->x));
    job->any_shrink |= any_x || any_y;
}

/* Shrinks of one pixel of an exact square, from differences over the pixel itself. */
static void exact_shrink(const imx_transform_grid *grid, int32_t px, int32_t py, uint32_t *shrink_x,
                         uint32_t *shrink_y) {
    double x[4] = {px, px + 1, px + 0.5, px + 0.5}, y[4] = {py + 0.5, py + 0.5, py, py + 1};
    imx_grid_exact(grid, true, 4, x, y);
    *shrink_x = *shrink_y = IMX_Q16_ONE;
    if (x[0] == HUGE_VAL || x[1] == HUGE_VAL || x[2] == HUGE_VAL || x[3] == HUGE_VAL) {
        return; /* the rim of what can be transformed */
    }
    imx_grid_bring_near(grid, x[0], y[0], &x[1], &y[1]);
    imx_grid_bring_near(grid, x[2], y[2], &x[3], &y[3]);
    double s_x = hypot(x[1] - x[0], x[3] - x[2]), s_y = hypot(y[1] - y[0], y[3] - y[2]);
    if (s_x > 1 + 1e-6) {
        *shrink_x = slope_q16(1 / s_x);
    }
    if (s_y > 1 + 1e-6) {
        *shrink_y = slope_q16(1 / s_y);
    }
}

static void put_exact_shrinks(row_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; job->shrink_x_q16 && i < x - job->x + n; i++) {
        job->shrink_x_q16[i] = job->shrink_y_q16[i] = IMX_Q16_ONE;
        if (job->x_q16[i] != IMX_WARP_INVALID) {
            exact_shrink(job->grid, job->x + i, job->y, &job->shrink_x_q16[i], &job->shrink_y_q16[i]);
            job->any_shrink |= job->shrink_x_q16[i] < IMX_Q16_ONE || job->shrink_y_q16[i] < IMX_Q16_ONE;
        }
    }
}

/* ---- the row ---- */

static void put_smooth(row_job *job, const grid_patch *p, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    if (imx_grid_patch_misses(grid, p)) {
        put_invalid(job, x, n);
        put_no_shrink(job, x, n);
        return;
    }
    if (grid->minify) {
        put_shrinks(job, p, x, n);
    } else {
        put_no_shrink(job, x, n);
    }
    double min_x = fmin(fmin(p->px[0], p->px[1]), fmin(p->px[2], p->px[3]));
    double max_x = fmax(fmax(p->px[0], p->px[1]), fmax(p->px[2], p->px[3]));
    double min_y = fmin(fmin(p->py[0], p->py[1]), fmin(p->py[2], p->py[3]));
    double max_y = fmax(fmax(p->py[0], p->py[1]), fmax(p->py[2], p->py[3]));
    bool safe = min_x > -Q32_SAFE_PX && max_x < Q32_SAFE_PX && min_y > -Q32_SAFE_PX && max_y < Q32_SAFE_PX;
    if (grid->all_exact || !safe) {
        put_exact(job, x, n, !safe);
        return;
    }
    double t = (job->y + 0.5 - p->y) / p->side, edge = 1.0 / 1024;
    line lx = line_between(lerp(p->px[0], p->px[2], t), lerp(p->px[1], p->px[3], t), p->side);
    line ly = line_between(lerp(p->py[0], p->py[2], t), lerp(p->py[1], p->py[3], t), p->side);
    if (min_x > edge && max_x < job->level_w - edge && min_y > edge && max_y < job->level_h - edge) {
        put_line(job, p->x, x - p->x, x - p->x + n, lx, ly);
    } else {
        put_clipped(job, p, x, n, lx, ly);
    }
}

void imx_transform_grid_row(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                            int32_t n, int32_t window_x, int32_t window_y, int32_t level_w, int32_t level_h,
                            int32_t *x_q16, int32_t *y_q16, uint32_t *shrink_x_q16, uint32_t *shrink_y_q16,
                            bool *any_shrink) {
    row_job job = {.grid = grid,
                   .kernels = kernels,
                   .y = y,
                   .window_x = window_x,
                   .window_y = window_y,
                   .level_w = level_w,
                   .level_h = level_h,
                   .x_q16 = x_q16,
                   .y_q16 = y_q16,
                   .shrink_x_q16 = shrink_x_q16,
                   .shrink_y_q16 = shrink_y_q16,
                   .x = x};
    bool row_dead = y + 0.5 >= grid->space_h || grid->origin_y + y + 0.5 < 0;
    for (int32_t end = x + n, next; x < end; x = next) {
        unsigned entry = grid_square_at(grid, x, y);
        int32_t side = 1 << (entry & SQUARE_SIDE), square_x = x & ~(side - 1);
        next = square_x + side < end ? square_x + side : end;
        if (row_dead || (entry & SQUARE_DEAD)) {
            put_invalid(&job, x, next - x);
            put_no_shrink(&job, x, next - x);
        } else if (entry & SQUARE_EXACT) {
            put_exact(&job, x, next - x, true);
            put_exact_shrinks(&job, x, next - x);
        } else {
            grid_patch p;
            imx_grid_patch(grid, square_x, y & ~(side - 1), side, &p);
            put_smooth(&job, &p, x, next - x);
        }
    }
    /* What of the row hangs over the space at its sides. */
    for (int32_t i = 0; i < n && job.x + i + 0.5 + grid->origin_x < 0; i++) {
        put_invalid(&job, job.x + i, 1);
    }
    for (int32_t i = n - 1; i >= 0 && job.x + i + 0.5 >= grid->space_w; i--) {
        put_invalid(&job, job.x + i, 1);
    }
    if (any_shrink) {
        *any_shrink = job.any_shrink;
    }
}

/* ---- bounds ---- */

typedef struct bounds {
    double min_x, min_y, max_x, max_y;
} bounds;

static void extend(const imx_transform_grid *grid, bounds *all, bounds one) {
    one.min_x = fmax(one.min_x, 0), one.max_x = fmin(one.max_x, grid->level_w);
    one.min_y = fmax(one.min_y, 0), one.max_y = fmin(one.max_y, grid->level_h);
    if (one.min_x <= one.max_x && one.min_y <= one.max_y) {
        all->min_x = fmin(all->min_x, one.min_x), all->max_x = fmax(all->max_x, one.max_x);
        all->min_y = fmin(all->min_y, one.min_y), all->max_y = fmax(all->max_y, one.max_y);
    }
}

/* Of the pixel centres [x0, x1) x [y0, y1) of a patch: the extremes of a bilinear map lie at the corners. */
static void extend_by_patch(const imx_transform_grid *grid, const grid_patch *p, int32_t x0, int32_t y0, int32_t x1,
                            int32_t y1, bounds *all) {
    double margin_x = 1.0 / 1024, margin_y = 1.0 / 1024;
    if (grid->all_exact) {
        imx_grid_patch_margin(p, &margin_x, &margin_y);
    }
    bounds b = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    for (int i = 0; i < 4; i++) {
        double u = ((i & 1 ? x1 - 0.5 : x0 + 0.5) - p->x) / p->side;
        double v = ((i >> 1 ? y1 - 0.5 : y0 + 0.5) - p->y) / p->side;
        double x = lerp(lerp(p->px[0], p->px[1], u), lerp(p->px[2], p->px[3], u), v);
        double y = lerp(lerp(p->py[0], p->py[1], u), lerp(p->py[2], p->py[3], u), v);
        b.min_x = fmin(b.min_x, x - margin_x), b.max_x = fmax(b.max_x, x + margin_x);
        b.min_y = fmin(b.min_y, y - margin_y), b.max_y = fmax(b.max_y, y + margin_y);
    }
    int turns = grid->period_x != 0 || grid->period_y != 0 ? 1 : 0;
    for (int k = -turns; k <= turns; k++) {
        double dx = k * grid->period_x, dy = k * grid->period_y;
        extend(grid, all, (bounds){b.min_x + dx, b.min_y + dy, b.max_x + dx, b.max_y + dy});
    }
}

static void extend_by_pixels(const imx_transform_grid *grid, int32_t x0, int32_t y0, int32_t x1, int32_t y1,
                             bounds *all) {
    double x[SPLIT_MIN_PX], y[SPLIT_MIN_PX];
    for (int32_t row = y0; row < y1; row++) {
        for (int32_t i = x0; i < x1; i++) {
            x[i - x0] = i + 0.5;
            y[i - x0] = row + 0.5;
        }
        imx_grid_exact(grid, true, (size_t)(x1 - x0), x, y);
        for (int32_t i = 0; i < x1 - x0; i++) {
            extend(grid, all, (bounds){x[i] - 1.0 / 1024, y[i] - 1.0 / 1024, x[i] + 1.0 / 1024, y[i] + 1.0 / 1024});
        }
    }
}

static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/* Cuts [x, x+w) x [y, y+h) down to the part of the cell that lies in the space, in whole pixels' centres. */
static void clip_to_space(const imx_transform_grid *grid, int32_t *x0, int32_t *y0, int32_t *x1, int32_t *y1) {
    *x0 = (int32_t)fmax(*x0, ceil(-grid->origin_x - 0.5));
    *y0 = (int32_t)fmax(*y0, ceil(-grid->origin_y - 0.5));
    *x1 = (int32_t)fmin(*x1, fmax(0, ceil(grid->space_w - 0.5)));
    *y1 = (int32_t)fmin(*y1, fmax(0, ceil(grid->space_h - 0.5)));
}

bool imx_transform_grid_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                               double *min_x, double *min_y, double *max_x, double *max_y) {
    bounds all = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    int32_t x0 = x, y0 = y, x1 = x + w, y1 = y + h;
    clip_to_space(grid, &x0, &y0, &x1, &y1);
    for (int32_t by = y0 & ~(BLOCK_PX - 1); by < y1; by += BLOCK_PX) {
        for (int32_t bx = x0 & ~(BLOCK_PX - 1), side; bx < x1; bx = (bx & ~(side - 1)) + side) {
            unsigned entry = grid_square_at(grid, bx, by);
            side = 1 << (entry & SQUARE_SIDE);
            int32_t sx = bx & ~(side - 1), sy = by & ~(side - 1);
            if ((entry & SQUARE_DEAD) || (by > y0 && by != sy)) {
                continue; /* nothing, or done with an earlier row of blocks */
            }
            int32_t ax = max_i32(sx, x0), ay = max_i32(sy, y0), ex = min_i32(sx + side, x1),
                    ey = min_i32(sy + side, y1);
            if (entry & SQUARE_EXACT) {
                extend_by_pixels(grid, ax, ay, ex, ey, &all);
            } else {
                grid_patch p;
                imx_grid_patch(grid, sx, sy, side, &p);
                extend_by_patch(grid, &p, ax, ay, ex, ey, &all);
            }
        }
    }
    if (all.min_x > all.max_x) {
        return false;
    }
    *min_x = all.min_x, *min_y = all.min_y, *max_x = all.max_x, *max_y = all.max_y;
    return true;
}

/* ---- least shrink ---- */

static double least(const float corner[4], double u0, double v0, double u1, double v1) {
    double value = 1;
    for (int i = 0; i < 4; i++) {
        double u = i & 1 ? u1 : u0, v = i >> 1 ? v1 : v0;
        value = fmin(value, lerp(lerp((double)corner[0], (double)corner[1], u),
                                 lerp((double)corner[2], (double)corner[3], u), v));
    }
    return value;
}

void imx_transform_grid_min_shrink(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                   uint32_t *shrink_x_q16, uint32_t *shrink_y_q16) {
    *shrink_x_q16 = *shrink_y_q16 = IMX_Q16_ONE;
    int32_t x0 = x, y0 = y, x1 = x + w, y1 = y + h;
    clip_to_space(grid, &x0, &y0, &x1, &y1);
    double least_x = 1, least_y = 1;
    for (int32_t by = y0 & ~(BLOCK_PX - 1); grid->minify && by < y1; by += BLOCK_PX) {
        for (int32_t bx = x0 & ~(BLOCK_PX - 1), side; bx < x1; bx = (bx & ~(side - 1)) + side) {
            unsigned entry = grid_square_at(grid, bx, by);
            side = 1 << (entry & SQUARE_SIDE);
            int32_t sx = bx & ~(side - 1), sy = by & ~(side - 1);
            if ((entry & SQUARE_DEAD) || (by > y0 && by != sy)) {
                continue;
            }
            int32_t ax = max_i32(sx, x0), ay = max_i32(sy, y0), ex = min_i32(sx + side, x1),
                    ey = min_i32(sy + side, y1);
            if (entry & SQUARE_EXACT) {
                for (int32_t i = 0; i < (ex - ax) * (ey - ay); i++) {
                    uint32_t one_x, one_y;
                    exact_shrink(grid, ax + i % (ex - ax), ay + i / (ex - ax), &one_x, &one_y);
                    least_x = fmin(least_x, one_x / (double)IMX_Q16_ONE);
                    least_y = fmin(least_y, one_y / (double)IMX_Q16_ONE);
                }
                continue;
            }
            grid_patch p;
            imx_grid_patch(grid, sx, sy, side, &p);
            if (imx_grid_patch_misses(grid, &p)) {
                continue;
            }
            float slope_x[4], slope_y[4];
            corner_slopes(grid, &p, slope_x, slope_y);
            double u0 = (ax - sx) / (double)side, v0 = (ay - sy) / (double)side;
            double u1 = (ex - sx) / (double)side, v1 = (ey - sy) / (double)side;
            least_x = fmin(least_x, least(slope_x, u0, v0, u1, v1));
            least_y = fmin(least_y, least(slope_y, u0, v0, u1, v1));
        }
    }
    uint32_t q_x = slope_q16(least_x), q_y = slope_q16(least_y);
    *shrink_x_q16 = q_x < IMX_Q16_ONE && q_x > 16 ? q_x - 1 : q_x; /* rounding of rows */
    *shrink_y_q16 = q_y < IMX_Q16_ONE && q_y > 16 ? q_y - 1 : q_y;
}
