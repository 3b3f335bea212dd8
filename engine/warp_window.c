/* engine/warp_window.c: the source window of a rectangle: where it lies, and its pixels out of cached blocks.
 *
 * The window holds every tap of every pixel of the rectangle, or ends where the raster ends; so the result does not
 * depend on how the rectangle was cut. Where the window lies in one block, the block itself is the window.
 *
 * A level that goes round has no end at its left and right: a window may reach over either edge, and has the columns of
 * the other side there. Nobody else knows: positions are the window's own. */
#include <math.h>
#include <string.h>

#include "engine/warp_inner.h"

enum {
    WINDOW_SIDE_MAX = 32767, /* px; the kernels' limit */
    LATER_MAX = 64           /* blocks that one worker leaves to the others meanwhile */
};

/* Columns of a window that lie side by side in the level. */
typedef struct column_run {
    int32_t x, w; /* of the level */
    int32_t to;   /* where they are in the window */
} column_run;

typedef struct block_place { /* in the level's layout */
    int32_t column, row;
    column_run run; /* which of its columns are wanted */
} block_place;

/* v modulo n, 0..n-1 */
static int32_t modulo(int32_t v, int32_t n) { return v % n < 0 ? v % n + n : v % n; }

/* The columns of the window from its column `to` on. Where the level goes round, what is left of it continues its last
 * round, and what is right of it its first one. */
static column_run run_at(const warp_job *job, const src_window *window, int32_t to) {
    const int32_t x = window->x + to, level_w = job->layout.level_w;
    const int32_t round = imx_transform_grid_round(job->grid);
    column_run run = {.x = x, .to = to};
    int32_t end = level_w;
    if (x < 0) {
        run.x = modulo(x, round);
        end = round;
    } else if (x >= level_w) {
        run.x = level_w - round + modulo(x - level_w, round);
    }
    const int32_t left = window->w - to;
    run.w = end - run.x < left ? end - run.x : left;
    return run;
}

/* Positions [min, max] and the taps around them, one pixel more for rounding. */
static void span_round(double min, double max, double radius, int32_t *start, int32_t *size) {
    *start = (int32_t)floor(min - radius) - 1;
    *size = (int32_t)ceil(max + radius) + 1 - *start;
}

/* The same cut at the level's edge. false: all positions lie outside. */
static bool span(double min, double max, double radius, int32_t level_size, int32_t *start, int32_t *size) {
    if (!(max >= 0) || !(min <= level_size)) {
        return false;
    }
    double low = floor(fmax(min, 0) - radius) - 1, high = ceil(fmin(max, level_size) + radius) + 1;
    *start = low > 0 ? (int32_t)low : 0;
    *size = (high < level_size ? (int32_t)high : level_size) - *start;
    return *size > 0;
}

/* Taps to either side of a position, by the least shrink there is. */
static double radius(const imx_warper *warper, uint32_t shrink_q16) {
    int32_t q8 = imx_warp_shrink_q8(shrink_q16);
    return q8 ? imx_warp_taps_count(warper->method->filter, q8) / 2.0
              : (double)imx_warp_support(warper->method->filter) * IMX_Q16_ONE / shrink_q16;
}

static bool position(const warp_job *job, const src_window *window, int32_t x, int32_t y, double at[2]) {
    int32_t x_q16, y_q16;
    bool any_shrink;
    imx_transform_grid_row(job->grid, job->warper->kernels, x, y, 1, window->x, window->y, job->layout.level_w,
                           job->layout.level_h, &x_q16, &y_q16, NULL, NULL, &any_shrink);
    at[0] = (double)x_q16 / IMX_Q16_ONE;
    at[1] = (double)y_q16 / IMX_Q16_ONE;
    return x_q16 != IMX_WARP_INVALID;
}

/* The part of its bounds in the source that an output rectangle covers, judged at its centre: 1 if it is not turned.
 * 0: cannot be told, or turned so much that blocks had better be kept as long as there is room. */
static double own_share(const warp_job *job, const out_rect *rect, const src_window *window, double bounds_px) {
    enum { REACH = 8 };
    const double share_least = 0.75;
    const int32_t x = rect->x + rect->w / 2, y = rect->y + rect->h / 2;
    double corner[2], right[2], below[2];
    if (rect->w < 2 * REACH || rect->h < 2 * REACH || !position(job, window, x - REACH, y - REACH, corner) ||
        !position(job, window, x + REACH - 1, y - REACH, right) ||
        !position(job, window, x - REACH, y + REACH - 1, below)) {
        return 0;
    }
    double turned = (right[0] - corner[0]) * (below[1] - corner[1]) - (right[1] - corner[1]) * (below[0] - corner[0]);
    double step = 2 * REACH - 1, share = fabs(turned) / (step * step) * rect->w * rect->h / bounds_px;
    return share < share_least ? 0 : fmin(share, 1);
}

/* What a use of a block shows of it, px. Of strips nothing is said: where they slant in the output, each is shown by
 * many rectangles of two rows of them, and estimates would add up to the whole long before its end. */
static double shown_px(const warp_job *job, const src_window *window, block_place at) {
    const imx_block_layout *layout = &job->layout;
    const double turn = at.run.x - (window->x + at.run.to); /* from the window to the level */
    double x = (double)at.column * layout->block_w, y = (double)at.row * layout->block_h;
    double left = fmax(x, at.run.x), right = fmin(x + layout->block_w, at.run.x + at.run.w);
    double w = fmin(window->right + turn, right) - fmax(window->left + turn, left);
    double h = fmin(window->bottom, fmin(y + layout->block_h, layout->level_h)) - fmax(window->top, y);
    return layout->columns > 1 && w > 0 && h > 0 ? w * h * window->share : 0;
}

/* Bounds of the rectangle's positions, boxes or quadrilaterals. Where the level goes round, in the turn in which they
 * lie together: only if they reach both edges of the level may that be another. */
static bool find_bounds(const warp_job *job, const out_rect *rect, double low[2], double high[2]) {
    const warp_method *method = job->warper->method;
    bool (*const bounds_of)(const imx_transform_grid *, int32_t, int32_t, int32_t, int32_t, double *, double *,
                            double *, double *) = method->sum    ? imx_transform_grid_quad_bounds
                                                  : method->area ? imx_transform_grid_box_bounds
                                                                 : imx_transform_grid_bounds;
    const int32_t round = imx_transform_grid_round(job->grid);
    imx_transform_grid_split(job->grid, 0);
    if (!bounds_of(job->grid, rect->x, rect->y, rect->w, rect->h, &low[0], &low[1], &high[0], &high[1])) {
        return false;
    }
    if (round < 2 || low[0] > 1 || high[0] < job->layout.level_w - 1) {
        return true;
    }
    double other_low[2], other_high[2];
    imx_transform_grid_split(job->grid, round / 2);
    if (bounds_of(job->grid, rect->x, rect->y, rect->w, rect->h, &other_low[0], &other_low[1], &other_high[0],
                  &other_high[1]) &&
        other_high[0] - other_low[0] < high[0] - low[0]) {
        memcpy(low, other_low, sizeof other_low);
        memcpy(high, other_high, sizeof other_high);
    } else {
        imx_transform_grid_split(job->grid, 0);
    }
    return true;
}

bool imx_warp_find_window(const warp_job *job, const out_rect *rect, src_window *out) {
    double low[2], high[2], radius_x = 0, radius_y = 0;
    const warp_method *method = job->warper->method;
    if (!find_bounds(job, rect, low, high)) {
        return false;
    }
    if (method->filter) {
        imx_shrink_bounds shrinks;
        imx_transform_grid_shrinks(job->grid, rect->x, rect->y, rect->w, rect->h, &shrinks);
        radius_x = radius(job->warper, shrinks.least_x_q16);
        radius_y = radius(job->warper, shrinks.least_y_q16);
        warp_step step = warp_step_of(shrinks.least_x_q16, shrinks.least_y_q16);
        bool same = warp_same_step(step, warp_step_of(shrinks.most_x_q16, shrinks.most_y_q16));
        out->step = same ? step : (warp_step){0, 0};
    }
    if (imx_transform_grid_round(job->grid) > 0) {
        span_round(low[0], high[0], radius_x, &out->x, &out->w);
    } else if (!span(low[0], high[0], radius_x, job->layout.level_w, &out->x, &out->w)) {
        return false;
    }
    if (!span(low[1], high[1], radius_y, job->layout.level_h, &out->y, &out->h)) {
        return false;
    }
    double rim_x = 0, rim_y = 0;
    if (!method->area && !method->sum) { /* bounds are of centres */
        rim_x = (high[0] - low[0]) / rect->w / 2;
        rim_y = (high[1] - low[1]) / rect->h / 2;
    }
    out->left = low[0] - rim_x;
    out->top = low[1] - rim_y;
    out->right = high[0] + rim_x;
    out->bottom = high[1] + rim_y;
    return true;
}

/* Whether it need not be copied: it lies in one block, which holds what windows do. */
static bool is_a_block(const warp_job *job, const src_window *window) {
    const column_run run = run_at(job, window, 0);
    return !job->weighed && run.w == window->w &&
           run.x / job->layout.block_w == (run.x + run.w - 1) / job->layout.block_w &&
           window->y / job->layout.block_h == (window->y + window->h - 1) / job->layout.block_h;
}

static size_t pixel_bytes(const warp_shape *shape) {
    return (size_t)shape->planes * shape->sample_bytes + (size_t)shape->valid_planes;
}

bool imx_warp_window_fits(const warp_job *job, const src_window *window) {
    return window->w <= WINDOW_SIDE_MAX && window->h <= WINDOW_SIDE_MAX &&
           (is_a_block(job, window) ||
            (size_t)window->w * (size_t)window->h <= job->warper->window_bytes / pixel_bytes(&job->window));
}

/* busy: NULL waits where another worker is loading the block. */
static imx_status acquire(const warp_job *job, block_place at, imx_error *err, imx_block *out, bool *busy) {
    imx_block_key key = {job->key_base->scene, job->key_base->asset, job->key_base->level, at.column, at.row};
    imx_block_cache *cache = job->warper->cache;
    return busy ? imx_block_acquire_idle(cache, &key, job->source, &job->layout, err, out, busy)
                : imx_block_acquire(cache, &key, job->source, &job->layout, err, out);
}

/* A plane's part; from NULL: nothing there. Strides in bytes. */
static void copy_rows(const uint8_t *from, ptrdiff_t from_stride, uint8_t *to, ptrdiff_t to_stride, size_t bytes,
                      int32_t rows) {
    for (int32_t y = 0; y < rows; y++, to += to_stride) {
        if (from) {
            memcpy(to, from + y * from_stride, bytes);
        } else {
            memset(to, 0, bytes);
        }
    }
}

/* Copies the part of a block that the window shows; a block without pixels is transparent, or invalid. */
static void copy_part(const warp_job *job, src_window *window, const imx_block *block, block_place at) {
    int32_t block_x = at.column * job->layout.block_w, block_y = at.row * job->layout.block_h;
    int32_t x0 = at.run.x > block_x ? at.run.x : block_x, y0 = window->y > block_y ? window->y : block_y;
    int32_t x1 = at.run.x + at.run.w, y1 = window->y + window->h;
    if (x1 > block_x + block->width) {
        x1 = block_x + block->width;
    }
    if (y1 > block_y + block->height) {
        y1 = block_y + block->height;
    }
    const ptrdiff_t to_px = (ptrdiff_t)(y0 - window->y) * window->w + at.run.to + x0 - at.run.x,
                    block_px = (ptrdiff_t)block->width * block->height, window_px = (ptrdiff_t)window->w * window->h;
    const uint8_t *from = block->rgba;
    uint8_t *to = job->warper->window;
    if (job->weighed) {
        imx_warp_cover_fill(job, window, from, block->width, block->height,
                            (ptrdiff_t)(y0 - block_y) * block->width + x0 - block_x, to_px, x1 - x0, y1 - y0);
        return;
    }
    for (int32_t i = 0; i < job->block.planes + job->block.valid_planes; i++) {
        const ptrdiff_t size = i < job->block.planes ? (ptrdiff_t)job->block.sample_bytes : 1;
        const ptrdiff_t stride = job->data ? block->width * size : block->row_stride;
        copy_rows(from ? from + (y0 - block_y) * stride + (x0 - block_x) * size : NULL, stride, to + to_px * size,
                  window->w * size, (size_t)((x1 - x0) * size), y1 - y0);
        from += from ? block_px * size : 0;
        to += window_px * size;
    }
}

/* One block's part of the window, unless it is busy. */
static imx_status fetch_part(const warp_job *job, src_window *window, block_place at, bool *empty, bool *busy) {
    imx_block block;
    imx_status status = acquire(job, at, job->err, &block, busy);
    if (status == IMX_OK && !(busy && *busy)) {
        copy_part(job, window, &block, at);
        *empty = *empty && !block.rgba;
        block.shown_px = shown_px(job, window, at);
        imx_block_release(job->warper->cache, &block);
    }
    return status;
}

/* Strips are as wide as the raster, and so somebody wants the next one soon; whoever does will be told if it is
 * damaged. */
static void load_strip_ahead(const warp_job *job, int32_t row) {
    imx_block block;
    bool busy;
    if (job->layout.columns == 1 && row < job->layout.rows &&
        acquire(job, (block_place){.row = row}, NULL, &block, &busy) == IMX_OK && !busy) {
        imx_block_release(job->warper->cache, &block);
    }
}

/* Blocks that other workers are loading come last: meanwhile there is something else to load. */
typedef struct later_blocks {
    block_place at[LATER_MAX];
    size_t count;
} later_blocks;

/* The blocks of one run of columns. */
static imx_status fetch_run(const warp_job *job, src_window *window, column_run run, bool *empty, later_blocks *later) {
    const int32_t block_w = job->layout.block_w, block_h = job->layout.block_h;
    const int32_t right = (run.x + run.w - 1) / block_w, bottom = (window->y + window->h - 1) / block_h;
    imx_status status = IMX_OK;
    for (int32_t row = window->y / block_h; row <= bottom; row++) {
        for (int32_t column = run.x / block_w; column <= right && status == IMX_OK; column++) {
            const block_place at = {column, row, run};
            bool busy = false;
            status = fetch_part(job, window, at, empty, later->count < LATER_MAX ? &busy : NULL);
            if (busy) {
                later->at[later->count++] = at;
            }
        }
    }
    return status;
}

/* A window of several blocks. */
static imx_status fetch_parts(const warp_job *job, src_window *window, bool *empty) {
    later_blocks later = {.count = 0};
    imx_status status = IMX_OK;
    *empty = true;
    for (int32_t to = 0; to < window->w && status == IMX_OK;) {
        const column_run run = run_at(job, window, to);
        status = fetch_run(job, window, run, empty, &later);
        to += run.w;
    }
    if (status == IMX_OK && later.count > 0) {
        load_strip_ahead(job, (window->y + window->h - 1) / job->layout.block_h + 1);
    }
    for (size_t i = 0; i < later.count && status == IMX_OK; i++) {
        status = fetch_part(job, window, later.at[i], empty, NULL);
    }
    return status;
}

/* Points the window at planes of w x h pixels, its first pixel being the one at (x, y) of them. stride: of the samples.
 */
static void point_at(const warp_shape *shape, const uint8_t *planes, int32_t w, int32_t h, ptrdiff_t stride, int32_t x,
                     int32_t y, src_window *window) {
    const ptrdiff_t size = (ptrdiff_t)shape->sample_bytes, first = (ptrdiff_t)y * w + x, all = (ptrdiff_t)w * h;
    window->samples = planes + y * stride + x * size;
    window->stride = stride;
    window->plane_bytes = all * size;
    window->valid = shape->valid_planes ? planes + shape->planes * all * size + first : NULL;
    window->valid_stride = w;
    window->valid_plane_bytes = shape->valid_planes > 1 ? all : 0;
}

imx_status imx_warp_fetch_window(const warp_job *job, const out_rect *rect, src_window *window, bool *empty) {
    const int32_t block_w = job->layout.block_w, block_h = job->layout.block_h;
    window->share = own_share(job, rect, window, (window->right - window->left) * (window->bottom - window->top));
    if (!is_a_block(job, window)) {
        point_at(&job->window, job->warper->window, window->w, window->h,
                 window->w * (ptrdiff_t)job->window.sample_bytes, 0, 0, window);
        return fetch_parts(job, window, empty);
    }
    const column_run run = run_at(job, window, 0);
    const block_place at = {run.x / block_w, window->y / block_h, run};
    imx_status status = acquire(job, at, job->err, &window->block, NULL);
    if (status == IMX_OK) {
        window->in_block = true;
        window->block.shown_px = shown_px(job, window, at);
        *empty = !window->block.rgba;
        if (!*empty) {
            const imx_block *block = &window->block;
            point_at(&job->block, block->rgba, block->width, block->height,
                     job->data ? block->width * (ptrdiff_t)job->block.sample_bytes : block->row_stride,
                     run.x - at.column * block_w, window->y - at.row * block_h, window);
        }
    }
    return status;
}

void imx_warp_drop_window(const warp_job *job, src_window *window) {
    if (window->in_block) {
        imx_block_release(job->warper->cache, &window->block);
        window->in_block = false;
    }
}
