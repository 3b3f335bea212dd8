/* engine/transform_grid.c: fills the lattice of a cell, coarse to fine, where the error asks for it. */
#include <math.h>
#include <string.h>

#include "engine/transform_grid_inner.h"
#include "engine/transform_inner.h"

enum { NODE_POSITION = 1, NODE_SLOPE = 2 };
enum { BATCH = 256 };
/* Entries of the fill's work lists: x | y << 16, and whether all nodes of the square it was cut from failed. */
enum { LIST_X = 0x7fff, LIST_PARENT_FAILED = 0x8000 };

/* A period beyond this many px is that of a raster which is small beside it. */
#define Q32_SAFE_PX 500000000.0
/* At threshold 0 rows do not use the lattice's positions; bounds and shrinks still do. */
#define LATTICE_THRESHOLD_PX (1.0 / 64)
/* Below this scale (source px per output px) as the lattice sees it nothing is minified; the corners of rows and
 * curved squares see its mean only. */
#define MINIFY_FROM 0.99
#define MINIFY_FROM_ROWS 0.25

static void free_lattice(imx_transform_grid *grid) {
    imx_free(grid->memory, grid->squares[1]);
    imx_free(grid->memory, grid->squares[0]);
    imx_free(grid->memory, grid->map);
    imx_free(grid->memory, grid->known);
    imx_free(grid->memory, grid->slopes);
    imx_free(grid->memory, grid->nodes);
    grid->squares[0] = grid->squares[1] = NULL;
    grid->map = grid->known = NULL;
    grid->slopes = NULL;
    grid->nodes = NULL;
    grid->side = 0;
}

static int32_t coarse_log2(int32_t cell_px) {
    int32_t log2 = __builtin_ctz((unsigned)cell_px) - BLOCKS_MAX_LOG2;
    return log2 > BLOCK_MIN_LOG2 ? log2 : BLOCK_MIN_LOG2;
}

/* A lattice of blocks of this size. On failure there is none. */
static imx_status use_lattice(imx_transform_grid *grid, int32_t block_log2, imx_error *err) {
    if (grid->side > 0 && grid->block_log2 == block_log2) {
        return IMX_OK;
    }
    free_lattice(grid);
    grid->block_log2 = block_log2;
    grid->block_px = 1 << block_log2;
    grid->blocks_side = grid->cell_px / grid->block_px;
    int32_t side = grid->blocks_side + 1;
    size_t nodes = (size_t)side * (size_t)side, blocks = (size_t)grid->blocks_side * (size_t)grid->blocks_side;
    grid->nodes = imx_calloc(grid->memory, nodes, sizeof *grid->nodes);
    grid->slopes = imx_calloc(grid->memory, nodes, sizeof *grid->slopes);
    grid->known = imx_calloc(grid->memory, nodes, 1);
    grid->map = imx_calloc(grid->memory, blocks, 1);
    grid->squares[0] = imx_calloc(grid->memory, blocks / 4, sizeof(uint32_t));
    grid->squares[1] = imx_calloc(grid->memory, blocks / 4, sizeof(uint32_t));
    if (!grid->nodes || !grid->slopes || !grid->known || !grid->map || !grid->squares[0] || !grid->squares[1]) {
        free_lattice(grid);
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    grid->side = side;
    return IMX_OK;
}

imx_status imx_transform_grid_create(imx_memory *memory, int32_t cell_px, imx_error *err, imx_transform_grid **out) {
    if (cell_px < 16 || cell_px > 4096 || (cell_px & (cell_px - 1)) != 0) {
        return imx_fail(err, IMX_E_INTERNAL, "a transform cell of %d px", (int)cell_px);
    }
    imx_transform_grid *grid = imx_calloc(memory, 1, sizeof *grid);
    if (!grid) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    grid->memory = memory;
    grid->cell_px = cell_px;
    imx_status status = use_lattice(grid, coarse_log2(cell_px), err);
    if (status != IMX_OK) {
        imx_transform_grid_destroy(&grid);
        return status;
    }
    memset(grid->map, SQUARE_DEAD | grid->block_log2, (size_t)grid->blocks_side * (size_t)grid->blocks_side);
    *out = grid;
    return IMX_OK;
}

void imx_transform_grid_destroy(imx_transform_grid **grid) {
    imx_transform_grid *g = *grid;
    if (!g) {
        return;
    }
    free_lattice(g);
    imx_free(g->memory, g->pixels);
    imx_free(g->memory, g);
    *grid = NULL;
}

/* ---- geometry of squares ---- */

void imx_grid_bring_near(const imx_transform_grid *grid, double near_x, double near_y, double *x, double *y) {
    double square = grid->period_x * grid->period_x + grid->period_y * grid->period_y;
    if (square > 0) {
        double turns = floor(((*x - near_x) * grid->period_x + (*y - near_y) * grid->period_y) / square + 0.5);
        *x -= turns * grid->period_x;
        *y -= turns * grid->period_y;
    }
}

void imx_grid_patch(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, grid_patch *out) {
    out->x = x;
    out->y = y;
    out->side = side;
    for (int i = 0; i < 4; i++) {
        const grid_node *node = &grid->nodes[grid_node_index(grid, x + (i & 1) * side, y + (i >> 1) * side)];
        out->px[i] = node->x;
        out->py[i] = node->y;
    }
    if (grid->period_x == 0 && grid->period_y == 0) {
        return;
    }
    for (int i = 1; i < 4; i++) {
        imx_grid_bring_near(grid, out->px[0], out->py[0], &out->px[i], &out->py[i]);
    }
    double mid_x = (out->px[0] + out->px[1] + out->px[2] + out->px[3]) / 4, moved_x = mid_x;
    double mid_y = (out->py[0] + out->py[1] + out->py[2] + out->py[3]) / 4, moved_y = mid_y;
    imx_grid_bring_near(grid, grid->level_w / 2, grid->level_h / 2, &moved_x, &moved_y);
    for (int i = 0; i < 4 && moved_x != mid_x; i++) {
        out->px[i] += moved_x - mid_x;
        out->py[i] += moved_y - mid_y;
    }
}

void imx_grid_curve(const imx_transform_grid *grid, const grid_patch *patch, grid_curve *out) {
    int32_t half = patch->side / 2;
    for (int i = 0; i < 9; i++) {
        double u = i % 3 / 2.0, v = i / 3 / 2.0;
        grid_node at = grid->nodes[grid_node_index(grid, patch->x + i % 3 * half, patch->y + i / 3 * half)];
        imx_grid_bring_near(grid, lerp(lerp(patch->px[0], patch->px[1], u), lerp(patch->px[2], patch->px[3], u), v),
                            lerp(lerp(patch->py[0], patch->py[1], u), lerp(patch->py[2], patch->py[3], u), v), &at.x,
                            &at.y);
        out->px[i] = at.x;
        out->py[i] = at.y;
    }
}

/* Lagrange's weights of nodes at 0, 1/2 and 1. */
static void quadratic_weights(double u, double weight[3]) {
    weight[0] = (1 - u) * (1 - 2 * u);
    weight[1] = 4 * u * (1 - u);
    weight[2] = u * (2 * u - 1);
}

void imx_grid_curve_at(const grid_curve *curve, double u, double v, double *x, double *y) {
    double along[3], down[3];
    quadratic_weights(u, along);
    quadratic_weights(v, down);
    *x = *y = 0;
    for (int i = 0; i < 9; i++) {
        *x += along[i % 3] * down[i / 3] * curve->px[i];
        *y += along[i % 3] * down[i / 3] * curve->py[i];
    }
}

bool imx_grid_outside(const imx_transform_grid *grid, int n, const double *px, const double *py, double margin_x,
                      double margin_y) {
    double min_x = px[0] - margin_x, min_y = py[0] - margin_y, max_x = px[0] + margin_x, max_y = py[0] + margin_y;
    for (int i = 1; i < n; i++) {
        min_x = min2(min_x, px[i] - margin_x), max_x = max2(max_x, px[i] + margin_x);
        min_y = min2(min_y, py[i] - margin_y), max_y = max2(max_y, py[i] + margin_y);
    }
    int turns = grid->period_x != 0 || grid->period_y != 0 ? 1 : 0;
    for (int k = -turns; k <= turns; k++) {
        double dx = k * grid->period_x, dy = k * grid->period_y;
        if (max_x + dx >= -grid->rim_px && min_x + dx <= grid->level_w + grid->rim_px && max_y + dy >= 0 &&
            min_y + dy <= grid->level_h) {
            return false;
        }
    }
    return true;
}

void imx_grid_exact(const imx_transform_grid *grid, bool guarded, size_t n, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        x[i] += grid->origin_x;
        y[i] += grid->origin_y;
    }
    (guarded ? imx_transform_inverse : imx_transform_inverse_unguarded)(grid->transform, n, x, y);
    for (size_t i = 0; i < n; i++) {
        x[i] *= grid->scale_x;
        y[i] *= grid->scale_y;
    }
}

/* ---- nodes ---- */

typedef struct batch {
    size_t count;
    size_t index[BATCH];
    double x[BATCH], y[BATCH];
} batch;

static void flush_nodes(imx_transform_grid *grid, batch *b) {
    imx_grid_exact(grid, true, b->count, b->x, b->y);
    for (size_t i = 0; i < b->count; i++) {
        grid->nodes[b->index[i]] = (grid_node){b->x[i], b->y[i]};
    }
    b->count = 0;
}

static void want_node(imx_transform_grid *grid, batch *b, int32_t x, int32_t y) {
    size_t index = grid_node_index(grid, x, y);
    if (grid->known[index] & NODE_POSITION) {
        return;
    }
    grid->known[index] |= NODE_POSITION;
    b->index[b->count] = index;
    b->x[b->count] = x;
    b->y[b->count] = y;
    if (++b->count == BATCH) {
        flush_nodes(grid, b);
    }
}

/* ---- squares ---- */

static void mark(imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, unsigned entry) {
    size_t blocks = (size_t)(side >> grid->block_log2);
    size_t first = (size_t)(y >> grid->block_log2) * (size_t)grid->blocks_side + (size_t)(x >> grid->block_log2);
    uint8_t *row = grid->map + first;
    for (size_t i = 0; i < blocks; i++, row += grid->blocks_side) {
        memset(row, (int)entry, blocks);
    }
}

static bool is_dead(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side) {
    return x >= grid->space_w || y >= grid->space_h || grid->origin_x + x + side <= 0 || grid->origin_y + y + side <= 0;
}

/* One round: tests the squares of one size, puts the children of those that fail on the next list. */
static size_t refine(imx_transform_grid *grid, const uint32_t *list, size_t count, int32_t side, double threshold_px,
                     uint32_t *next) {
    int32_t half = side / 2;
    unsigned half_log2 = (unsigned)__builtin_ctz((unsigned)half);
    batch b;
    b.count = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t x = (int32_t)(list[i] & LIST_X), y = (int32_t)(list[i] >> 16);
        for (int k = 0; k < 9 && !is_dead(grid, x, y, side); k++) {
            want_node(grid, &b, x + k % 3 * half, y + k / 3 * half);
        }
    }
    flush_nodes(grid, &b);
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t x = (int32_t)(list[i] & LIST_X), y = (int32_t)(list[i] >> 16);
        if (is_dead(grid, x, y, side)) {
            mark(grid, x, y, side, SQUARE_DEAD | (half_log2 + 1));
            continue;
        }
        double error_px = imx_grid_patch_error(grid, x, y, side);
        if (error_px <= threshold_px && imx_grid_kinks_are_right(grid, x, y, side, threshold_px)) {
            mark(grid, x, y, side, half_log2);
            grid->step_px = grid->step_px == 1 || half < grid->step_px ? half : grid->step_px;
        } else if (grid->detail_px == 0 && imx_grid_wants_rows(grid, x, y, side, error_px, threshold_px)) {
            mark(grid, x, y, side, SQUARE_ROWS | (half_log2 + 1));
        } else if (grid->detail_px == 0 && imx_grid_wants_curve(grid, x, y, side, error_px, threshold_px)) {
            mark(grid, x, y, side, SQUARE_CURVED | (half_log2 + 1));
            grid->step_px = grid->step_px == 1 || half < grid->step_px ? half : grid->step_px;
        } else if (half == grid->block_px && (list[i] & LIST_PARENT_FAILED) &&
                   imx_grid_all_failed(grid, x, y, side, true)) {
            mark(grid, x, y, side, SQUARE_DEAD | (half_log2 + 1));
        } else if (half == grid->block_px) {
            mark(grid, x, y, side, SQUARE_EXACT | (half_log2 + 1));
            grid->any_exact = true;
            grid->minify = true; /* who knows: rows look at each pixel */
        } else {
            uint32_t bits = imx_grid_all_failed(grid, x, y, side, false) ? LIST_PARENT_FAILED : 0;
            for (int32_t k = 0; k < 4; k++) {
                next[failed++] = bits | (uint32_t)(x + (k & 1) * half) | (uint32_t)(y + (k >> 1) * half) << 16;
            }
        }
    }
    return failed;
}

/* Cuts the cell into squares. False: some are exact. */
static bool build_squares(imx_transform_grid *grid, double threshold_px) {
    grid->minify = grid->any_exact = false;
    grid->step_px = 1; /* until a square is found smooth */
    memset(grid->known, 0, (size_t)grid->side * (size_t)grid->side);
    int32_t least = 2 * grid->block_px, side = grid->cell_px / 4 > least ? grid->cell_px / 4 : least;
    uint32_t *list = grid->squares[0], *next = grid->squares[1];
    size_t count = 0;
    for (int32_t y = 0; y < grid->cell_px; y += side) {
        for (int32_t x = 0; x < grid->cell_px; x += side) {
            list[count++] = (uint32_t)x | (uint32_t)y << 16;
        }
    }
    for (; count > 0; side /= 2) {
        count = refine(grid, list, count, side, threshold_px, next);
        uint32_t *swap = list;
        list = next;
        next = swap;
    }
    return !grid->any_exact;
}

/* ---- slopes: 1/s at the corners of smooth squares, from PROJ one output px aside ---- */

static bool patch_minifies(const grid_patch *p, double from) {
    double x_by_x = max2(fabs(p->px[1] - p->px[0]), fabs(p->px[3] - p->px[2]));
    double x_by_y = max2(fabs(p->px[2] - p->px[0]), fabs(p->px[3] - p->px[1]));
    double y_by_x = max2(fabs(p->py[1] - p->py[0]), fabs(p->py[3] - p->py[2]));
    double y_by_y = max2(fabs(p->py[2] - p->py[0]), fabs(p->py[3] - p->py[1]));
    return hypot(x_by_x, x_by_y) > from * p->side || hypot(y_by_x, y_by_y) > from * p->side;
}

bool imx_grid_patch_misses(const imx_transform_grid *grid, unsigned entry, const grid_patch *p) {
    double span = 0;
    for (int i = 1; i < 4; i++) {
        span = max2(span, fabs(p->px[i] - p->px[0]) + fabs(p->py[i] - p->py[0]));
    }
    double margin = 1 + span / p->side;
    if (entry & SQUARE_CURVED) { /* what bulges out between the corners: less than the nodes' deviations' 1.25^2-fold */
        grid_curve curve;
        imx_grid_curve(grid, p, &curve);
        double sag = 0;
        for (int i = 0; i < 9; i++) {
            double u = i % 3 / 2.0, v = i / 3 / 2.0;
            sag = max2(sag, fabs(curve.px[i] - lerp(lerp(p->px[0], p->px[1], u), lerp(p->px[2], p->px[3], u), v)));
            sag = max2(sag, fabs(curve.py[i] - lerp(lerp(p->py[0], p->py[1], u), lerp(p->py[2], p->py[3], u), v)));
        }
        margin += 1.6 * sag;
    }
    return imx_grid_outside(grid, 4, p->px, p->py, margin, margin);
}

typedef bool (*visit_fn)(imx_transform_grid *grid, unsigned entry, const grid_patch *patch, void *context);

/* Calls visit on each smooth, rows or curved square that may touch the raster, until it says false. */
static void for_squares(imx_transform_grid *grid, visit_fn visit, void *context) {
    for (int32_t y = 0; y < grid->cell_px; y += grid->block_px) {
        for (int32_t x = 0, side; x < grid->cell_px; x += side) {
            unsigned entry = grid_square_at(grid, x, y);
            side = 1 << (entry & SQUARE_SIDE);
            if ((entry & (SQUARE_EXACT | SQUARE_DEAD)) || (y & (side - 1)) != 0) {
                continue; /* another kind, or not its first row of blocks */
            }
            grid_patch p;
            imx_grid_patch(grid, x, y, side, &p);
            if (!imx_grid_patch_misses(grid, entry, &p) && !visit(grid, entry, &p, context)) {
                return;
            }
        }
    }
}

static bool look_for_minified(imx_transform_grid *grid, unsigned entry, const grid_patch *patch, void *context) {
    (void)context;
    grid->minify = patch_minifies(patch, entry & (SQUARE_ROWS | SQUARE_CURVED) ? MINIFY_FROM_ROWS : MINIFY_FROM);
    return !grid->minify;
}

typedef struct slope_batch {
    size_t count;
    size_t index[BATCH];
    double x[2 * BATCH], y[2 * BATCH]; /* each node's neighbour to the right, then the one below */
} slope_batch;

static void flush_slopes(imx_transform_grid *grid, slope_batch *b) {
    imx_grid_exact(grid, false, 2 * b->count, b->x, b->y);
    for (size_t i = 0; i < b->count; i++) {
        grid_node right = {b->x[2 * i], b->y[2 * i]}, below = {b->x[2 * i + 1], b->y[2 * i + 1]};
        grid->slopes[b->index[i]] = imx_grid_slope(grid, grid->nodes[b->index[i]], right, below);
    }
    b->count = 0;
}

static bool want_slopes(imx_transform_grid *grid, unsigned entry, const grid_patch *patch, void *context) {
    slope_batch *b = context;
    for (int i = 0; i < 4 && !(entry & SQUARE_ROWS); i++) {
        int32_t x = patch->x + (i & 1) * patch->side, y = patch->y + (i >> 1) * patch->side;
        size_t index = grid_node_index(grid, x, y);
        if (grid->known[index] & NODE_SLOPE) {
            continue;
        }
        grid->known[index] |= NODE_SLOPE;
        b->index[b->count] = index;
        b->x[2 * b->count] = x + 1, b->y[2 * b->count] = y;
        b->x[2 * b->count + 1] = x, b->y[2 * b->count + 1] = y + 1;
        if (++b->count == BATCH) {
            flush_slopes(grid, b);
        }
    }
    return true;
}

/* ---- rounds ---- */

/* Whether the level goes round, and with which rim. (Half a pixel of level 0: what a resolution is rounded to makes.)
 */
static void find_round(imx_transform_grid *grid) {
    const double period = fabs(grid->period_x), over = grid->level_w - period;
    grid->round_px = grid->split_px = 0;
    grid->rim_px = 0;
    if (period < 1 || grid->period_y != 0 || period > Q32_SAFE_PX) {
        return;
    }
    if (fabs(over) <= 0.5 * grid->scale_x) {
        grid->round_px = (int32_t)lround(grid->level_w);
        grid->rim_px = max2(0, -over / 2);
    } else if (over > 0 && fabs(period - round(period)) <= 1.0 / 64) {
        grid->round_px = (int32_t)lround(period);
    }
}

int32_t imx_transform_grid_round(const imx_transform_grid *grid) { return grid->round_px; }
void imx_transform_grid_split(imx_transform_grid *grid, int32_t split_px) { grid->split_px = split_px; }

/* ---- fill ---- */

imx_status imx_transform_grid_fill(imx_transform_grid *grid, imx_transform *transform, int64_t cx, int64_t cy,
                                   double threshold_px, const double source_scale[2], imx_error *err) {
    if (!(threshold_px >= 0) || !(source_scale[0] > 0) || !(source_scale[1] > 0)) {
        return imx_fail(err, IMX_E_INTERNAL, "a transform grid of threshold %g", threshold_px);
    }
    const imx_space *space = imx_transform_space(transform);
    double period[2];
    imx_transform_period(transform, period);
    imx_transform_size(transform, &grid->level_w, &grid->level_h);
    grid->transform = transform;
    grid->origin_x = (double)cx * grid->cell_px;
    grid->origin_y = (double)cy * grid->cell_px;
    grid->threshold_px = threshold_px;
    grid->all_exact = threshold_px == 0;
    grid->scale_x = source_scale[0];
    grid->scale_y = source_scale[1];
    grid->level_w *= grid->scale_x;
    grid->level_h *= grid->scale_y;
    grid->period_x = period[0] * grid->scale_x;
    grid->period_y = period[1] * grid->scale_y;
    find_round(grid);
    grid->space_w = space->width - grid->origin_x;
    grid->space_h = space->height - grid->origin_y;
    grid->detail_px = imx_transform_detail(transform);
    double lattice_threshold_px = grid->all_exact ? LATTICE_THRESHOLD_PX : threshold_px;
    if (grid->detail_px > 0) {
        lattice_threshold_px /= 2; /* see imx_grid_kinks_are_right() */
    }
    int32_t coarse = coarse_log2(grid->cell_px);
    imx_status status = use_lattice(grid, coarse, err);
    if (status == IMX_OK && !build_squares(grid, lattice_threshold_px) && coarse > BLOCK_MIN_LOG2) {
        /* A rim: with smaller blocks, which cost more memory, fewer of its pixels are exact. */
        status = use_lattice(grid, coarse - 1, err);
        if (status == IMX_OK) {
            (void)build_squares(grid, lattice_threshold_px);
        }
    }
    if (status == IMX_OK && !imx_grid_pixels_start(grid)) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    if (status != IMX_OK) {
        return status;
    }
    if (!grid->minify) {
        for_squares(grid, look_for_minified, NULL);
    }
    if (grid->minify) {
        slope_batch b;
        b.count = 0;
        for_squares(grid, want_slopes, &b);
        flush_slopes(grid, &b);
    }
    return imx_transform_check(transform, err);
}

int32_t imx_transform_grid_step(const imx_transform_grid *grid) { return grid->all_exact ? 1 : grid->step_px; }
