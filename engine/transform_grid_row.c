/* engine/transform_grid_row.c: rows of positions and shrinks out of a filled lattice. The per-pixel path.
 *
 * A row crosses squares. Along one a position is base + i * step in Q32, i counted from the square's own left edge: the
 * same for every split of the row and every window. Positions are rounded to Q16, not cut off, so that one that is a
 * pixel edge but for rounding lands on it (floor then says what GDAL's floor(x + 1e-10) says). */
#include <math.h>

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
    int32_t x, y;
    int32_t window_x, window_y, level_w, level_h;
    int32_t *x_q16, *y_q16;                /* [0] belongs to pixel x */
    uint32_t *shrink_x_q16, *shrink_y_q16; /* NULL: not wanted */
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

/* ---- positions ---- */

static void put_invalid(const row_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; i < x - job->x + n; i++) {
        job->x_q16[i] = job->y_q16[i] = IMX_WARP_INVALID;
    }
}

/* A position in the turn that the split asks for. */
static int64_t in_turn_q16(const imx_transform_grid *grid, int64_t x_q16) {
    return grid->split_px > 0 && x_q16 >= (int64_t)grid->split_px * IMX_Q16_ONE
               ? x_q16 - (int64_t)grid->round_px * IMX_Q16_ONE
               : x_q16;
}

static bool put_inside(const row_job *job, int32_t i, double px, double py) {
    const double rim = job->grid->rim_px * IMX_Q16_ONE;
    double qx = px * IMX_Q16_ONE + 0.5, qy = py * IMX_Q16_ONE + 0.5; /* to be cut off */
    if (qx >= -rim && qx < (double)job->level_w * IMX_Q16_ONE + rim && qy >= 0 &&
        qy < (double)job->level_h * IMX_Q16_ONE) {
        const int64_t x_q16 = qx >= 0 ? (int64_t)qx : (int64_t)floor(qx);
        job->x_q16[i] = (int32_t)(in_turn_q16(job->grid, x_q16) - (int64_t)job->window_x * IMX_Q16_ONE);
        job->y_q16[i] = (int32_t)((int64_t)qy - (int64_t)job->window_y * IMX_Q16_ONE);
        return true;
    }
    return false;
}

/* (Where a raster goes round, a position that is at its last edge but for rounding is at its first.) */
static void put_position(const row_job *job, int32_t x, double px, double py) {
    const imx_transform_grid *grid = job->grid;
    int32_t i = x - job->x;
    if (!put_inside(job, i, px, py) && ((grid->period_x == 0 && grid->period_y == 0) ||
                                        (!put_inside(job, i, px - grid->period_x, py - grid->period_y) &&
                                         !put_inside(job, i, px + grid->period_x, py + grid->period_y)))) {
        job->x_q16[i] = job->y_q16[i] = IMX_WARP_INVALID;
    }
}

/* The part of [*from, *to) in which low <= base + i * step < high; exact in integers. */
static void clip_line(line l, int64_t low_q32, int64_t high_q32, int64_t *from, int64_t *to) {
    int64_t base = l.base_q32 - low_q32, end = high_q32 - low_q32, step = l.step_q32;
    if (step < 0) { /* mirrored */
        base = end - 1 - base;
        step = -step;
    }
    if (step == 0) {
        *to = base >= 0 && base < end ? *to : *from;
        return;
    }
    int64_t first = base >= 0 ? 0 : (-base + step - 1) / step;
    int64_t last = base >= end ? 0 : (end - base + step - 1) / step; /* exclusive */
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

/* What of [from, to) lies on the level, or its rim, along x: in the turn that the split asks for. */
static void put_in_turns(const row_job *job, int32_t square_x, int64_t from, int64_t to, line lx, line ly) {
    const imx_transform_grid *grid = job->grid;
    const int64_t rim_q32 = llrint(grid->rim_px * Q32_ONE), split_q32 = (int64_t)grid->split_px << 32;
    const int64_t low_q32 = -rim_q32, high_q32 = ((int64_t)job->level_w << 32) + rim_q32;
    int64_t first = from, end = to;
    clip_line(lx, low_q32, grid->split_px > 0 ? split_q32 : high_q32, &first, &end);
    put_line(job, square_x, first, end, lx, ly);
    if (grid->split_px > 0) {
        clip_line(lx, split_q32, high_q32, &from, &to);
        lx.base_q32 -= (int64_t)grid->round_px << 32;
        put_line(job, square_x, from, to, lx, ly);
    }
}

/* A span that reaches over the raster's edge or over the seam of a cyclic axis. */
static void put_clipped(const row_job *job, const grid_span *span, int32_t x, int32_t n, line lx, line ly) {
    static const int64_t turns[3] = {-1, 1, 0};
    const imx_transform_grid *grid = job->grid;
    /* (a longer period than is safe belongs to a raster that is small beside it: the span is near already) */
    bool cyclic = (grid->period_x != 0 || grid->period_y != 0) && fabs(grid->period_x) < Q32_SAFE_PX &&
                  fabs(grid->period_y) < Q32_SAFE_PX;
    put_invalid(job, x, n);
    for (int k = cyclic ? 0 : 2; k < 3; k++) {
        line mx = lx, my = ly;
        mx.base_q32 += turns[k] == 0 ? 0 : turns[k] * llrint(grid->period_x * Q32_ONE);
        my.base_q32 += turns[k] == 0 ? 0 : turns[k] * llrint(grid->period_y * Q32_ONE);
        int64_t from = x - span->x, to = from + n;
        clip_line(my, 0, (int64_t)job->level_h << 32, &from, &to);
        put_in_turns(job, span->x, from, to, mx, my);
    }
}

/* (Without SIMD: curved squares are few, and this is a tenth of what resampling a pixel costs.) */
static void put_curve(const row_job *job, const grid_span *span, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    bool cyclic = grid->period_x != 0 || grid->period_y != 0;
    double along_x = span->px[1] - span->px[0], along_y = span->py[1] - span->py[0];
    for (int32_t i = x; i < x + n; i++) {
        double u = (i - span->x + 0.5) / span->side, v = 4 * u * (1 - u);
        double px = span->px[0] + along_x * u + span->bend_x * v, py = span->py[0] + along_y * u + span->bend_y * v;
        if (cyclic) {
            imx_grid_bring_near(grid, grid->level_w / 2, grid->level_h / 2, &px, &py);
        }
        put_position(job, i, px, py);
    }
}

/* By PROJ, and without the guard against aliases: of pixels of smooth squares. */
static void put_unguarded(const row_job *job, int32_t x, int32_t n) {
    enum { CHUNK = 256 };
    double px[CHUNK], py[CHUNK];
    for (int32_t at = 0; at < n; at += CHUNK) {
        int32_t count = n - at < CHUNK ? n - at : CHUNK;
        for (int32_t i = 0; i < count; i++) {
            px[i] = x + at + i + 0.5;
            py[i] = job->y + 0.5;
        }
        imx_grid_exact(job->grid, false, (size_t)count, px, py);
        for (int32_t i = 0; i < count; i++) {
            put_position(job, x + at + i, px[i], py[i]);
        }
    }
}

/* ---- shrinks ---- */

static void put_no_shrink(const row_job *job, int32_t x, int32_t n) {
    for (int32_t i = x - job->x; job->shrink_x_q16 && i < x - job->x + n; i++) {
        job->shrink_x_q16[i] = job->shrink_y_q16[i] = IMX_Q16_ONE;
    }
}

/* One axis: 1/s, linear along the span; true if any is below 1. */
static bool shrink_line(const row_job *job, const grid_span *span, int32_t x, int32_t n, const double slope[2],
                        uint32_t *out) {
    const double least = 32.0 / IMX_Q16_ONE;
    if (slope[0] >= 1 && slope[1] >= 1) {
        for (int32_t i = 0; i < n; i++) {
            out[i] = IMX_Q16_ONE;
        }
        return false;
    }
    line l = line_between(slope[0], slope[1], span->side);
    int64_t at = l.base_q32 + (x - span->x) * l.step_q32;
    if (slope[0] <= 1 && slope[1] <= 1 && slope[0] > least && slope[1] > least) { /* needs no limits */
        job->kernels->coords_q16(at, l.step_q32, (size_t)n, (int32_t *)out);
        return out[0] < IMX_Q16_ONE || out[n - 1] < IMX_Q16_ONE; /* the extremes of a line */
    }
    bool any = false;
    for (int32_t i = 0; i < n; i++, at += l.step_q32) {
        int64_t q = at >> 16;
        out[i] = (uint32_t)(q > IMX_Q16_ONE ? IMX_Q16_ONE : q < 16 ? 16 : q);
        any |= q < IMX_Q16_ONE;
    }
    return any;
}

static void put_shrinks(row_job *job, const grid_span *span, int32_t x, int32_t n) {
    bool any_x = shrink_line(job, span, x, n, span->slope_x, job->shrink_x_q16 + (x - job->x));
    bool any_y = shrink_line(job, span, x, n, span->slope_y, job->shrink_y_q16 + (x - job->x));
    job->any_shrink |= any_x || any_y;
}

static void put_exact(row_job *job, int32_t x, int32_t n) {
    double px[EXACT_MAX_PX], py[EXACT_MAX_PX];
    for (int32_t at = x, count; at < x + n; at += count) {
        count = x + n - at < EXACT_MAX_PX ? x + n - at : EXACT_MAX_PX;
        uint32_t *shrink_x = job->shrink_x_q16 ? job->shrink_x_q16 + (at - job->x) : NULL;
        uint32_t *shrink_y = job->shrink_x_q16 ? job->shrink_y_q16 + (at - job->x) : NULL;
        imx_grid_exact_pixels(job->grid, at, job->y, count, px, py, shrink_x, shrink_y);
        for (int32_t i = 0; i < count; i++) {
            put_position(job, at + i, px[i], py[i]);
            if (!shrink_x) {
                continue;
            }
            if (job->x_q16[at + i - job->x] == IMX_WARP_INVALID) {
                shrink_x[i] = shrink_y[i] = IMX_Q16_ONE;
            }
            job->any_shrink |= shrink_x[i] < IMX_Q16_ONE || shrink_y[i] < IMX_Q16_ONE;
        }
    }
}

/* ---- the row ---- */

static void put_span(row_job *job, const grid_span *span, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    double min_x = min2(span->px[0], span->px[1]), max_x = max2(span->px[0], span->px[1]);
    double min_y = min2(span->py[0], span->py[1]), max_y = max2(span->py[0], span->py[1]);
    const double safe = Q32_SAFE_PX, edge = 1.0 / 1024;
    if (grid->all_exact || min_x < -safe || max_x > safe || min_y < -safe || max_y > safe) {
        put_unguarded(job, x, n);
        return;
    }
    if (span->bend_x != 0 || span->bend_y != 0) {
        put_curve(job, span, x, n);
        return;
    }
    line lx = line_between(span->px[0], span->px[1], span->side);
    line ly = line_between(span->py[0], span->py[1], span->side);
    const double right = grid->split_px > 0 ? grid->split_px : job->level_w;
    if (min_x > edge && max_x < right - edge && min_y > edge && max_y < job->level_h - edge) {
        put_line(job, span->x, x - span->x, x - span->x + n, lx, ly);
    } else {
        put_clipped(job, span, x, n, lx, ly);
    }
}

static void put_piece(row_job *job, unsigned entry, int32_t x, int32_t n) {
    const imx_transform_grid *grid = job->grid;
    bool slopes = grid->minify && job->shrink_x_q16;
    grid_span span;
    if (!(entry & (SQUARE_DEAD | SQUARE_EXACT))) {
        imx_grid_span(grid, entry, x, job->y, slopes, &span);
    }
    if ((entry & SQUARE_DEAD) || (!(entry & SQUARE_EXACT) && imx_grid_span_misses(grid, &span))) {
        put_invalid(job, x, n);
        put_no_shrink(job, x, n);
    } else if ((entry & SQUARE_EXACT) || span.px[0] == HUGE_VAL) {
        put_exact(job, x, n);
    } else {
        put_span(job, &span, x, n);
        if (slopes) {
            put_shrinks(job, &span, x, n);
        } else {
            put_no_shrink(job, x, n);
        }
    }
}

void imx_transform_grid_row(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                            int32_t n, int32_t window_x, int32_t window_y, int32_t level_w, int32_t level_h,
                            int32_t *x_q16, int32_t *y_q16, uint32_t *shrink_x_q16, uint32_t *shrink_y_q16,
                            bool *any_shrink) {
    row_job job = {.grid = grid,
                   .kernels = kernels,
                   .x = x,
                   .y = y,
                   .window_x = window_x,
                   .window_y = window_y,
                   .level_w = level_w,
                   .level_h = level_h,
                   .x_q16 = x_q16,
                   .y_q16 = y_q16,
                   .shrink_x_q16 = shrink_x_q16,
                   .shrink_y_q16 = shrink_y_q16};
    unsigned entry;
    for (int32_t at = x, next; at < x + n; at = next) {
        next = grid_row_piece(grid, at, y, x + n, &entry);
        put_piece(&job, entry, at, next - at);
    }
    int32_t left, right;
    grid_row_overhang(grid, x, n, &left, &right);
    put_invalid(&job, x, left);
    put_invalid(&job, x + n - right, right);
    if (any_shrink) {
        *any_shrink = job.any_shrink;
    }
}
