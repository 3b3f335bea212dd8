/* engine/transform_grid_bounds.c: what the warp asks before it fetches a window: the bounds of a rectangle's source
 * positions and of its shrinks, out of a filled lattice without visiting pixels (but in exact squares). */
#include <math.h>

#include "engine/transform_grid_inner.h"
#include "kernels/kernels.h"

/* A rectangle in cell px, end exclusive. */
typedef struct rect {
    int32_t x0, y0, x1, y1;
} rect;

static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/* The part of the rectangle whose pixel centres lie in the space. */
static rect clip_to_space(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h) {
    return (rect){(int32_t)max2(x, ceil(-grid->origin_x - 0.5)), (int32_t)max2(y, ceil(-grid->origin_y - 0.5)),
                  (int32_t)min2(x + w, max2(0, ceil(grid->space_w - 0.5))),
                  (int32_t)min2(y + h, max2(0, ceil(grid->space_h - 0.5)))};
}

typedef void (*visit_fn)(const imx_transform_grid *grid, unsigned entry, int32_t square_x, int32_t square_y,
                         const rect *part, void *context);

/* Calls visit once for each square that is not dead with the part of it that lies in the rectangle. */
static void for_squares(const imx_transform_grid *grid, const rect *r, visit_fn visit, void *context) {
    int32_t block = grid->block_px;
    for (int32_t by = r->y0 & ~(block - 1); by < r->y1; by += block) {
        for (int32_t bx = r->x0 & ~(block - 1), side; bx < r->x1; bx = (bx & ~(side - 1)) + side) {
            unsigned entry = grid_square_at(grid, bx, by);
            side = 1 << (entry & SQUARE_SIDE);
            int32_t x = bx & ~(side - 1), y = by & ~(side - 1);
            if ((entry & SQUARE_DEAD) || (by > r->y0 && by != y)) {
                continue; /* nothing, or done with an earlier row of blocks */
            }
            rect part = {max_i32(x, r->x0), max_i32(y, r->y0), min_i32(x + side, r->x1), min_i32(y + side, r->y1)};
            visit(grid, entry, x, y, &part, context);
        }
    }
}

/* ---- bounds ---- */

typedef struct bounds {
    double min_x, min_y, max_x, max_y;
} bounds;

/* What bounds are gathered of: the pixels' centres (inset 0.5) or their corners (0). */
typedef struct gathered {
    bounds all;
    double inset;
} gathered;

static void merge(bounds *all, double min_x, double max_x, double min_y, double max_y) {
    all->min_x = min2(all->min_x, min_x), all->max_x = max2(all->max_x, max_x);
    all->min_y = min2(all->min_y, min_y), all->max_y = max2(all->max_y, max_y);
}

/* In the turns that the split asks for. Centres are cut at it; of boxes, which go by their middles, those that reach
 * over it may be in either. */
static void merge_in_turns(const imx_transform_grid *grid, gathered *to, double min_x, double max_x, double min_y,
                           double max_y) {
    const double split = grid->split_px, cut = to->inset > 0 ? split : HUGE_VAL;
    if (grid->split_px == 0 || min_x < split) {
        merge(&to->all, min_x, grid->split_px == 0 ? max_x : min2(max_x, cut), min_y, max_y);
    }
    if (grid->split_px > 0 && max_x >= split) {
        merge(&to->all, (to->inset > 0 ? max2(min_x, split) : min_x) - grid->round_px, max_x - grid->round_px, min_y,
              max_y);
    }
}

/* Two opposite corners, grown by a margin; where an axis is cyclic, also moved by a period. Cut at the raster's edges,
 * but for boxes of a level that goes round. */
static void extend(const imx_transform_grid *grid, gathered *to, bounds one, double margin_x, double margin_y) {
    int turns = grid->period_x != 0 || grid->period_y != 0 ? 1 : 0;
    const double left = -grid->rim_px, right = grid->level_w + grid->rim_px;
    for (int k = -turns; k <= turns; k++) {
        double dx = k * grid->period_x, dy = k * grid->period_y;
        double min_x = one.min_x + dx - margin_x, max_x = one.max_x + dx + margin_x;
        double min_y = max2(one.min_y + dy - margin_y, 0), max_y = min2(one.max_y + dy + margin_y, grid->level_h);
        if (max2(min_x, left) > min2(max_x, right) || min_y > max_y) {
            continue;
        }
        if (grid->round_px == 0 || to->inset > 0) {
            min_x = max2(min_x, left), max_x = min2(max_x, right);
        }
        merge_in_turns(grid, to, min_x, max_x, min_y, max_y);
    }
}

/* n pixels from (at, row) on: their centres, which may be kept, or their upper left corners. */
static void exact_points(const imx_transform_grid *grid, double inset, int32_t at, int32_t row, int32_t n, double *x,
                         double *y) {
    if (inset > 0) {
        imx_grid_exact_pixels(grid, at, row, n, x, y, NULL, NULL);
        return;
    }
    for (int32_t i = 0; i < n; i++) {
        x[i] = at + i;
        y[i] = row;
    }
    imx_grid_exact(grid, true, (size_t)n, x, y);
}

/* Pixels whose corners are exact, each by itself: on a cyclic axis its corners belong together. */
static void extend_by_corners(const imx_transform_grid *grid, const rect *part, gathered *to) {
    double x[2][EXACT_MAX_PX], y[2][EXACT_MAX_PX];
    for (int32_t row = part->y0; row < part->y1; row++) {
        for (int32_t at = part->x0; at < part->x1; at += EXACT_MAX_PX - 1) {
            const int32_t n = min_i32(EXACT_MAX_PX - 1, part->x1 - at);
            exact_points(grid, 0, at, row, n + 1, x[0], y[0]);
            exact_points(grid, 0, at, row + 1, n + 1, x[1], y[1]);
            for (int32_t i = 0; i < n; i++) {
                bounds box = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
                bool whole = true;
                for (int k = 0; k < 4; k++) {
                    double px = x[k / 2][i + k % 2], py = y[k / 2][i + k % 2];
                    if (px != HUGE_VAL && x[0][i] != HUGE_VAL) {
                        imx_grid_bring_near(grid, x[0][i], y[0][i], &px, &py);
                        merge(&box, px, px, py, py);
                    }
                    whole = whole && (px != HUGE_VAL || k == 2); /* a box does without the lower left one */
                }
                if (whole) {
                    extend(grid, to, box, 1.0 / 1024, 1.0 / 1024);
                }
            }
        }
    }
}

static void extend_by_pixels(const imx_transform_grid *grid, const rect *part, gathered *to) {
    if (grid->round_px > 0 && to->inset == 0) {
        extend_by_corners(grid, part, to);
        return;
    }
    double x[EXACT_MAX_PX], y[EXACT_MAX_PX];
    int32_t more = to->inset > 0 ? 0 : 1; /* n pixels have n + 1 corners */
    for (int32_t row = part->y0; row < part->y1 + more; row++) {
        for (int32_t at = part->x0; at < part->x1 + more; at += EXACT_MAX_PX) {
            int32_t n = min_i32(EXACT_MAX_PX, part->x1 + more - at);
            exact_points(grid, to->inset, at, row, n, x, y);
            for (int32_t i = 0; i < n; i++) {
                extend(grid, to, (bounds){x[i], y[i], x[i], y[i]}, 1.0 / 1024, 1.0 / 1024);
            }
        }
    }
}

/* The box of what of the pixels [part->x0, part->x1) lies on one line, and its margin. */
static bounds span_box(const imx_transform_grid *grid, const grid_span *span, const rect *part, double inset,
                       double *margin) {
    double u0 = (part->x0 + inset - span->x) / span->side, u1 = (part->x1 - inset - span->x) / span->side;
    double xa = lerp(span->px[0], span->px[1], u0), xb = lerp(span->px[0], span->px[1], u1);
    double ya = lerp(span->py[0], span->py[1], u0), yb = lerp(span->py[0], span->py[1], u1);
    double part_bend = (u1 - u0) * (u1 - u0) * max2(fabs(span->bend_x), fabs(span->bend_y)); /* off its chord */
    *margin = 1.0 / 1024;
    if (grid->all_exact) { /* as in imx_grid_span_misses() */
        *margin = 0.25 + (fabs(span->px[1] - span->px[0]) + fabs(span->py[1] - span->py[0])) / span->side / 4;
    }
    *margin += part_bend;
    xa += 4 * u0 * (1 - u0) * span->bend_x, xb += 4 * u1 * (1 - u1) * span->bend_x;
    ya += 4 * u0 * (1 - u0) * span->bend_y, yb += 4 * u1 * (1 - u1) * span->bend_y;
    return (bounds){min2(xa, xb), min2(ya, yb), max2(xa, xb), max2(ya, yb)};
}

/* A bilinear map has its extremes at the corners of the part. */
static void extend_by_smooth(const imx_transform_grid *grid, unsigned entry, const rect *part, gathered *to) {
    grid_span upper, lower;
    double margin, lower_margin;
    imx_grid_line(grid, entry, part->x0, part->y0, to->inset, false, &upper);
    imx_grid_line(grid, entry, part->x0, part->y1 - 1, 1 - to->inset, false, &lower);
    bounds a = span_box(grid, &upper, part, to->inset, &margin);
    bounds b = span_box(grid, &lower, part, to->inset, &lower_margin);
    bounds both = {min2(a.min_x, b.min_x), min2(a.min_y, b.min_y), max2(a.max_x, b.max_x), max2(a.max_y, b.max_y)};
    margin = max2(margin, lower_margin);
    extend(grid, to, both, margin, margin);
}

/* Rows and curved squares. */
static void extend_by_line(const imx_transform_grid *grid, unsigned entry, const rect *part, int32_t y, double down,
                           gathered *to) {
    grid_span span;
    double margin;
    imx_grid_line(grid, entry, part->x0, y, down, false, &span);
    if (span.px[0] == HUGE_VAL) {
        rect row = {part->x0, y, part->x1, y + 1};
        extend_by_pixels(grid, &row, to);
    } else {
        bounds box = span_box(grid, &span, part, to->inset, &margin);
        extend(grid, to, box, margin, margin);
    }
}

static void extend_by_rows(const imx_transform_grid *grid, unsigned entry, const rect *part, gathered *to) {
    for (int32_t y = part->y0; y < part->y1; y++) {
        extend_by_line(grid, entry, part, y, to->inset, to);
    }
    if (to->inset == 0) {
        extend_by_line(grid, entry, part, part->y1 - 1, 1, to);
    }
}

static void extend_by_square(const imx_transform_grid *grid, unsigned entry, int32_t square_x, int32_t square_y,
                             const rect *part, void *context) {
    (void)square_x, (void)square_y;
    if (entry & SQUARE_EXACT) {
        extend_by_pixels(grid, part, context);
    } else if (entry & (SQUARE_ROWS | SQUARE_CURVED)) {
        extend_by_rows(grid, entry, part, context);
    } else {
        extend_by_smooth(grid, entry, part, context);
    }
}

static bool bounds_of(const imx_transform_grid *grid, rect r, double inset, double *min_x, double *min_y, double *max_x,
                      double *max_y) {
    gathered to = {{HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL}, inset};
    for_squares(grid, &r, extend_by_square, &to);
    if (!(to.all.min_x <= to.all.max_x)) {
        return false;
    }
    *min_x = to.all.min_x, *min_y = to.all.min_y, *max_x = to.all.max_x, *max_y = to.all.max_y;
    return true;
}

bool imx_transform_grid_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                               double *min_x, double *min_y, double *max_x, double *max_y) {
    return bounds_of(grid, clip_to_space(grid, x, y, w, h), 0.5, min_x, min_y, max_x, max_y);
}

bool imx_transform_grid_box_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                   double *min_x, double *min_y, double *max_x, double *max_y) {
    return bounds_of(grid, clip_to_space(grid, x, y, w, h), 0, min_x, min_y, max_x, max_y);
}

/* ---- shrinks ---- */

typedef struct range {
    double least, most;
} range;

typedef struct shrinks {
    range x, y;
} shrinks;

static void widen(range *r, double value) {
    r->least = min2(r->least, value);
    r->most = max2(r->most, value);
}

static void shrinks_of_pixels(const imx_transform_grid *grid, const rect *part, shrinks *all) {
    double px[EXACT_MAX_PX], py[EXACT_MAX_PX];
    uint32_t shrink_x[EXACT_MAX_PX], shrink_y[EXACT_MAX_PX];
    for (int32_t y = part->y0; y < part->y1; y++) {
        for (int32_t x = part->x0, n; x < part->x1; x += n) {
            n = min_i32(EXACT_MAX_PX, part->x1 - x);
            imx_grid_exact_pixels(grid, x, y, n, px, py, shrink_x, shrink_y);
            for (int32_t i = 0; i < n; i++) {
                if (!imx_grid_outside(grid, 1, &px[i], &py[i], 1.0 / 1024, 1.0 / 1024)) {
                    widen(&all->x, shrink_x[i] / (double)IMX_Q16_ONE);
                    widen(&all->y, shrink_y[i] / (double)IMX_Q16_ONE);
                }
            }
        }
    }
}

static void shrinks_of_square(const imx_transform_grid *grid, unsigned entry, int32_t square_x, int32_t square_y,
                              const rect *part, void *context) {
    shrinks *all = context;
    if (entry & SQUARE_EXACT) {
        shrinks_of_pixels(grid, part, all);
        return;
    }
    grid_patch patch;
    imx_grid_patch(grid, square_x, square_y, 1 << (entry & SQUARE_SIDE), &patch);
    if (!(entry & SQUARE_ROWS) && imx_grid_patch_misses(grid, entry, &patch)) {
        return;
    }
    int32_t step = entry & SQUARE_ROWS ? 1 : max_i32(1, part->y1 - 1 - part->y0);
    for (int32_t y = part->y0; y < part->y1; y += step) {
        grid_span span;
        imx_grid_span(grid, entry, square_x, y, true, &span);
        if (span.px[0] == HUGE_VAL) {
            rect row = {part->x0, y, part->x1, y + 1};
            shrinks_of_pixels(grid, &row, all);
            continue;
        }
        if ((entry & SQUARE_ROWS) && imx_grid_span_misses(grid, &span)) {
            continue;
        }
        double u0 = (part->x0 - span.x) / (double)span.side, u1 = (part->x1 - span.x) / (double)span.side;
        widen(&all->x, lerp(span.slope_x[0], span.slope_x[1], u0));
        widen(&all->x, lerp(span.slope_x[0], span.slope_x[1], u1));
        widen(&all->y, lerp(span.slope_y[0], span.slope_y[1], u0));
        widen(&all->y, lerp(span.slope_y[0], span.slope_y[1], u1));
    }
}

/* One more either way: rows round for themselves. */
static void range_q16(const range *r, uint32_t *least_q16, uint32_t *most_q16) {
    uint32_t least = imx_grid_shrink_q16(min2(r->least, 1)), most = imx_grid_shrink_q16(min2(r->most, 1));
    *least_q16 = least < IMX_Q16_ONE && least > 16 ? least - 1 : least;
    *most_q16 = most < IMX_Q16_ONE ? most + 1 : most;
}

void imx_transform_grid_shrinks(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                imx_shrink_bounds *out) {
    shrinks all = {{HUGE_VAL, 0}, {HUGE_VAL, 0}};
    rect r = clip_to_space(grid, x, y, w, h);
    if (grid->minify) {
        for_squares(grid, &r, shrinks_of_square, &all);
    }
    if (all.x.least == HUGE_VAL) { /* nothing is minified, or nothing is there */
        all = (shrinks){{1, 1}, {1, 1}};
    }
    range_q16(&all.x, &out->least_x_q16, &out->most_x_q16);
    range_q16(&all.y, &out->least_y_q16, &out->most_y_q16);
}
