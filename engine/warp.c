/* engine/warp.c: positions -> source window -> kernel, one rectangle at a time.
 *
 * The window holds every tap of every pixel of the rectangle, or ends where the raster ends; so the result does not
 * depend on how the rectangle was cut. Where the window lies in one block, the block itself is the window. */
#include "engine/warp.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { PIXEL = 4, WINDOW_SIDE_MAX = 32767 /* px; the kernels' limit */ };

/* How a resampling is computed, by imx_resample. */
typedef struct method {
    size_t kernel;          /* offset of its imx_warp_rgba8_fn (or area's) in imx_kernels */
    imx_warp_kernel filter; /* what is widened where it minifies; IMX_WARP_NONE: nothing is */
    bool by_tables;         /* also where it does not minify */
    bool area;              /* by boxes: the kernel is an imx_warp_area_rgba8_fn */
    bool same_area;         /* which boxes: transform.h */
} method;

#define KERNEL(member) offsetof(imx_kernels, member)
static const method methods[IMX_RESAMPLES] = {
    [IMX_RESAMPLE_NEAREST] = {KERNEL(warp_nearest_rgba8), IMX_WARP_NONE, false},
    [IMX_RESAMPLE_BILINEAR] = {KERNEL(warp_bilinear_rgba8), IMX_WARP_TRIANGLE, false},
    [IMX_RESAMPLE_CUBIC] = {KERNEL(warp_cubic_rgba8), IMX_WARP_KEYS, false},
    [IMX_RESAMPLE_CUBICSPLINE] = {KERNEL(warp_cubicspline_rgba8), IMX_WARP_BSPLINE, true},
    [IMX_RESAMPLE_LANCZOS] = {KERNEL(warp_lanczos_rgba8), IMX_WARP_LANCZOS, true},
    [IMX_RESAMPLE_AVERAGE] = {KERNEL(warp_area.rgba8[IMX_AREA_AVERAGE]), .area = true},
    [IMX_RESAMPLE_MODE] = {KERNEL(warp_area.rgba8[IMX_AREA_MODE]), .area = true},
    [IMX_RESAMPLE_MIN] = {KERNEL(warp_area.rgba8[IMX_AREA_MIN]), .area = true},
    [IMX_RESAMPLE_MAX] = {KERNEL(warp_area.rgba8[IMX_AREA_MAX]), .area = true},
    [IMX_RESAMPLE_MED] = {KERNEL(warp_area.rgba8[IMX_AREA_MED]), .area = true},
    [IMX_RESAMPLE_Q1] = {KERNEL(warp_area.rgba8[IMX_AREA_Q1]), .area = true},
    [IMX_RESAMPLE_Q3] = {KERNEL(warp_area.rgba8[IMX_AREA_Q3]), .area = true},
    [IMX_RESAMPLE_SUM] = {KERNEL(warp_area.rgba8[IMX_AREA_SUM]), .area = true, .same_area = true},
    [IMX_RESAMPLE_RMS] = {KERNEL(warp_area.rgba8[IMX_AREA_RMS]), .area = true},
};

struct imx_warper {
    imx_memory *memory;
    imx_block_cache *cache;
    const imx_kernels *kernels;
    imx_warp_rgba8_fn kernel;
    imx_warp_area_rgba8_fn area; /* instead of kernel, where method->area */
    const method *method;
    int32_t max_w, max_h;
    size_t window_bytes;
    uint8_t *window;
    /* One row of output pixels. */
    int32_t *x_q16, *y_q16; /* where area: the boxes' first edges */
    int32_t *x1_q16, *y1_q16;
    uint32_t *shrink_x_q16, *shrink_y_q16;
    /* By quantised shrink, made when one is first met: a picture needs few of them, and all take 1 MB per px of the
     * filter's support. */
    imx_warp_taps taps[IMX_TAPS_SHRINK_ONE_Q8 + 1];
    int16_t *taps_q14[IMX_TAPS_SHRINK_ONE_Q8 + 1];
};

/* What stays the same throughout one imx_warp(). */
typedef struct warp_job {
    imx_warper *warper;
    const imx_transform_grid *grid;
    imx_source *source;
    const imx_block_key *key_base;
    int32_t level;
    imx_block_layout layout;
    bool binary_alpha;
    imx_error *err;
} warp_job;

typedef struct out_rect { /* output px within the grid's cell */
    int32_t x, y, w, h;
} out_rect;

typedef struct src_window { /* px of the level */
    int32_t x, y, w, h;
    const uint8_t *rgba;
    ptrdiff_t stride;
    imx_block block; /* held while rgba points into it */
    bool in_block;
    /* What the rectangle shows, without the taps around it; neighbouring rectangles' parts abut. Where it lies turned
     * in the source only a share of this is its own, the same of each pixel as far as anybody needs to know. */
    double left, top, right, bottom, share;
} src_window;

imx_status imx_warper_create(imx_memory *memory, const imx_kernels *kernels, imx_block_cache *cache,
                             imx_resample resample, size_t window_bytes, int32_t max_w, int32_t max_h, imx_error *err,
                             imx_warper **out) {
    if (max_w < 1 || max_h < 1 || window_bytes < PIXEL) {
        return imx_fail(err, IMX_E_INTERNAL, "a warper of %d x %d pixels with a window of %zu bytes", (int)max_w,
                        (int)max_h, window_bytes);
    }
    imx_warper *warper = imx_calloc(memory, 1, sizeof *warper);
    if (!warper) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the warp");
    }
    warper->memory = memory;
    warper->cache = cache;
    warper->kernels = kernels;
    warper->max_w = max_w;
    warper->max_h = max_h;
    warper->window_bytes = window_bytes;
    warper->method = &methods[resample];
    if (warper->method->area) {
        memcpy(&warper->area, (const char *)kernels + warper->method->kernel, sizeof warper->area);
    } else {
        memcpy(&warper->kernel, (const char *)kernels + warper->method->kernel, sizeof warper->kernel);
    }
    size_t n = (size_t)max_w;
    warper->window = imx_alloc(memory, window_bytes);
    warper->x_q16 = imx_calloc(memory, n, sizeof *warper->x_q16);
    warper->y_q16 = imx_calloc(memory, n, sizeof *warper->y_q16);
    warper->x1_q16 = imx_calloc(memory, n, sizeof *warper->x1_q16);
    warper->y1_q16 = imx_calloc(memory, n, sizeof *warper->y1_q16);
    warper->shrink_x_q16 = imx_calloc(memory, n, sizeof *warper->shrink_x_q16);
    warper->shrink_y_q16 = imx_calloc(memory, n, sizeof *warper->shrink_y_q16);
    if (!warper->window || !warper->x_q16 || !warper->y_q16 || !warper->x1_q16 || !warper->y1_q16 ||
        !warper->shrink_x_q16 || !warper->shrink_y_q16) {
        imx_warper_destroy(&warper);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a source window of %zu bytes", window_bytes);
    }
    *out = warper;
    return IMX_OK;
}

void imx_warper_destroy(imx_warper **warper) {
    if (warper && *warper) {
        imx_memory *memory = (*warper)->memory;
        imx_free(memory, (*warper)->window);
        imx_free(memory, (*warper)->x_q16);
        imx_free(memory, (*warper)->y_q16);
        imx_free(memory, (*warper)->x1_q16);
        imx_free(memory, (*warper)->y1_q16);
        imx_free(memory, (*warper)->shrink_x_q16);
        imx_free(memory, (*warper)->shrink_y_q16);
        for (int32_t q8 = 0; q8 <= IMX_TAPS_SHRINK_ONE_Q8; q8++) {
            imx_free(memory, (*warper)->taps_q14[q8]);
        }
        imx_free(memory, *warper);
        *warper = NULL;
    }
}

/* ---- the window ---------------------------------------------------------------------------------------------- */

/* Positions [min, max] and the taps around them, one pixel more for rounding, cut at the level's edge. false: all
 * positions lie outside. */
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

/* What a use of a block shows of it, px. */
static double shown_px(const warp_job *job, const src_window *window, int32_t column, int32_t row) {
    const imx_block_layout *at = &job->layout;
    double x = (double)column * at->block_w, y = (double)row * at->block_h;
    double w = fmin(window->right, fmin(x + at->block_w, at->level_w)) - fmax(window->left, x);
    double h = fmin(window->bottom, fmin(y + at->block_h, at->level_h)) - fmax(window->top, y);
    return w > 0 && h > 0 ? w * h * window->share : 0;
}

/* false: no pixel of the rectangle has a source position inside the raster. */
static bool find_window(const warp_job *job, const out_rect *rect, src_window *out) {
    double min_x, min_y, max_x, max_y, radius_x = 0, radius_y = 0;
    if (!(job->warper->method->area ? imx_transform_grid_box_bounds : imx_transform_grid_bounds)(
            job->grid, rect->x, rect->y, rect->w, rect->h, &min_x, &min_y, &max_x, &max_y)) {
        return false;
    }
    if (job->warper->method->filter) {
        uint32_t shrink_x_q16, shrink_y_q16;
        imx_transform_grid_min_shrink(job->grid, rect->x, rect->y, rect->w, rect->h, &shrink_x_q16, &shrink_y_q16);
        radius_x = radius(job->warper, shrink_x_q16);
        radius_y = radius(job->warper, shrink_y_q16);
    }
    if (!span(min_x, max_x, radius_x, job->layout.level_w, &out->x, &out->w) ||
        !span(min_y, max_y, radius_y, job->layout.level_h, &out->y, &out->h)) {
        return false;
    }
    double rim_x = 0, rim_y = 0;
    if (!job->warper->method->area) { /* bounds are of centres */
        rim_x = (max_x - min_x) / rect->w / 2;
        rim_y = (max_y - min_y) / rect->h / 2;
    }
    out->left = min_x - rim_x;
    out->top = min_y - rim_y;
    out->right = max_x + rim_x;
    out->bottom = max_y + rim_y;
    return true;
}

static bool lies_in_one_block(const warp_job *job, const src_window *window) {
    return window->x / job->layout.block_w == (window->x + window->w - 1) / job->layout.block_w &&
           window->y / job->layout.block_h == (window->y + window->h - 1) / job->layout.block_h;
}

/* Whether the kernels can address it and it needs no more memory than there is. */
static bool fits(const warp_job *job, const src_window *window) {
    return window->w <= WINDOW_SIDE_MAX && window->h <= WINDOW_SIDE_MAX &&
           (lies_in_one_block(job, window) ||
            (size_t)window->w * (size_t)window->h <= job->warper->window_bytes / PIXEL);
}

static imx_status acquire(const warp_job *job, int32_t column, int32_t row, imx_block *out) {
    imx_block_key key = {job->key_base->scene, job->key_base->asset, job->level, column, row};
    return imx_block_acquire(job->warper->cache, &key, job->source, &job->layout, job->err, out);
}

/* Copies the part of a block that the window shows; a block without pixels is transparent. */
static void copy_part(const warp_job *job, const src_window *window, const imx_block *block, int32_t column,
                      int32_t row) {
    int32_t block_x = column * job->layout.block_w, block_y = row * job->layout.block_h;
    int32_t x0 = window->x > block_x ? window->x : block_x, y0 = window->y > block_y ? window->y : block_y;
    int32_t x1 = window->x + window->w, y1 = window->y + window->h;
    if (x1 > block_x + block->width) {
        x1 = block_x + block->width;
    }
    if (y1 > block_y + block->height) {
        y1 = block_y + block->height;
    }
    ptrdiff_t stride = (ptrdiff_t)window->w * PIXEL;
    size_t bytes = (size_t)(x1 - x0) * PIXEL;
    uint8_t *to = job->warper->window + (y0 - window->y) * stride + (ptrdiff_t)(x0 - window->x) * PIXEL;
    for (int32_t y = y0; y < y1; y++, to += stride) {
        if (block->rgba) {
            memcpy(to, block->rgba + (y - block_y) * block->row_stride + (ptrdiff_t)(x0 - block_x) * PIXEL, bytes);
        } else {
            memset(to, 0, bytes);
        }
    }
}

/* Fetches the window's pixels; *empty: no block of it holds any. To be ended by drop_window(). */
static imx_status fetch_window(const warp_job *job, const out_rect *rect, src_window *window, bool *empty) {
    int32_t block_w = job->layout.block_w, block_h = job->layout.block_h;
    window->share = own_share(job, rect, window, (window->right - window->left) * (window->bottom - window->top));
    if (lies_in_one_block(job, window)) {
        int32_t column = window->x / block_w, row = window->y / block_h;
        imx_status status = acquire(job, column, row, &window->block);
        if (status == IMX_OK) {
            window->in_block = true;
            window->block.shown_px = shown_px(job, window, column, row);
            *empty = !window->block.rgba;
            window->stride = window->block.row_stride;
            window->rgba = *empty ? NULL
                                  : window->block.rgba + (window->y - row * block_h) * window->stride +
                                        (ptrdiff_t)(window->x - column * block_w) * PIXEL;
        }
        return status;
    }
    window->rgba = job->warper->window;
    window->stride = (ptrdiff_t)window->w * PIXEL;
    *empty = true;
    for (int32_t row = window->y / block_h; row <= (window->y + window->h - 1) / block_h; row++) {
        for (int32_t column = window->x / block_w; column <= (window->x + window->w - 1) / block_w; column++) {
            imx_block block;
            imx_status status = acquire(job, column, row, &block);
            if (status != IMX_OK) {
                return status;
            }
            copy_part(job, window, &block, column, row);
            *empty = *empty && !block.rgba;
            block.shown_px = shown_px(job, window, column, row);
            imx_block_release(job->warper->cache, &block);
        }
    }
    return IMX_OK;
}

static void drop_window(const warp_job *job, src_window *window) {
    if (window->in_block) {
        imx_block_release(job->warper->cache, &window->block);
        window->in_block = false;
    }
}

/* ---- the rows ------------------------------------------------------------------------------------------------ */

/* The pixels of a row that have a position: [*first, *end). */
static void valid_range(const int32_t *x_q16, size_t n, size_t *first, size_t *end) {
    size_t low = 0, high = n;
    while (low < n && x_q16[low] == IMX_WARP_INVALID) {
        low++;
    }
    while (high > low && x_q16[high - 1] == IMX_WARP_INVALID) {
        high--;
    }
    *first = low;
    *end = high;
}

static imx_status find_taps(const warp_job *job, int32_t q8, const imx_warp_taps **out) {
    imx_warper *warper = job->warper;
    if (!warper->taps_q14[q8]) {
        int16_t *q14 = imx_alloc(warper->memory, imx_warp_taps_bytes(warper->method->filter, q8));
        if (!q14) {
            return imx_fail(job->err, IMX_E_NOMEM, "out of memory for a table of kernel weights");
        }
        warper->taps_q14[q8] = q14;
        warper->taps[q8] = imx_warp_taps_fill(warper->method->filter, q8, q14);
    }
    *out = &warper->taps[q8];
    return IMX_OK;
}

/* How pixels are minified along both axes, in the steps of the tables. */
typedef struct step {
    int32_t x_q8, y_q8; /* 0: not by a table */
} step;

static const step NOT_MINIFIED = {IMX_TAPS_SHRINK_ONE_Q8, IMX_TAPS_SHRINK_ONE_Q8};

static inline step step_of(uint32_t shrink_x_q16, uint32_t shrink_y_q16) {
    step s = {imx_warp_shrink_q8(shrink_x_q16), imx_warp_shrink_q8(shrink_y_q16)};
    return s.x_q8 && s.y_q8 ? s : (step){0, 0};
}

static inline bool same_step(step a, step b) { return a.x_q8 == b.x_q8 && a.y_q8 == b.y_q8; }

/* Where the pixels that share the step of the one at first end. */
static size_t step_end(const uint32_t *shrink_x_q16, const uint32_t *shrink_y_q16, size_t first, size_t n) {
    enum { CHUNK = 16 };
    step s = step_of(shrink_x_q16[first], shrink_y_q16[first]);
    size_t end = first + 1;
    if (s.x_q8) { /* many at a time: the shrinks that round to this step */
        uint32_t low_x = ((uint32_t)s.x_q8 << 8) - 128, low_y = ((uint32_t)s.y_q8 << 8) - 128;
        for (; end + CHUNK <= n; end += CHUNK) {
            uint32_t other = 0;
            for (size_t i = 0; i < CHUNK; i++) {
                other |= (shrink_x_q16[end + i] - low_x) | (shrink_y_q16[end + i] - low_y);
            }
            if (other >> 8) {
                break;
            }
        }
    }
    while (end < n && same_step(step_of(shrink_x_q16[end], shrink_y_q16[end]), s)) {
        end++;
    }
    return end;
}

/* The part of a row that has positions: one call of the kernel for each stretch of the same step. */
static imx_status warp_stretches(const warp_job *job, const imx_warp_rgba8 *row, const uint32_t *shrink_x_q16,
                                 const uint32_t *shrink_y_q16) {
    for (size_t first = 0, end; first < row->n; first = end) {
        imx_warp_rgba8 part = *row;
        step s = step_of(shrink_x_q16[first], shrink_y_q16[first]);
        end = step_end(shrink_x_q16, shrink_y_q16, first, row->n);
        part.x_q16 += first;
        part.y_q16 += first;
        part.dst += first * PIXEL;
        part.n = end - first;
        if (!s.x_q8) {
            part.shrink_x_q16 = shrink_x_q16 + first;
            part.shrink_y_q16 = shrink_y_q16 + first;
        } else if (job->warper->method->by_tables || !same_step(s, NOT_MINIFIED)) {
            imx_status status = find_taps(job, s.x_q8, &part.taps_x);
            if (status == IMX_OK) {
                status = find_taps(job, s.y_q8, &part.taps_y);
            }
            if (status != IMX_OK) {
                return status;
            }
        }
        job->warper->kernel(&part);
    }
    return IMX_OK;
}

static void warp_boxes(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    imx_warper *warper = job->warper;
    for (int32_t y = 0; y < rect->h; y++) {
        imx_transform_grid_boxes(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                                 warper->method->same_area, warper->x_q16, warper->x1_q16, warper->y_q16,
                                 warper->y1_q16);
        imx_warp_area_rgba8 row = {.src = window->rgba,
                                   .src_stride = window->stride,
                                   .src_w = window->w,
                                   .src_h = window->h,
                                   .boxes = {warper->x_q16, warper->x1_q16, warper->y_q16, warper->y1_q16},
                                   .binary_alpha = job->binary_alpha,
                                   .n = (size_t)rect->w,
                                   .dst = (uint8_t *)out->data + y * out->row_stride};
        warper->area(&row);
    }
}

static imx_status warp_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    imx_warper *warper = job->warper;
    bool widens = warper->method->filter != IMX_WARP_NONE;
    imx_status status = IMX_OK;
    for (int32_t y = 0; y < rect->h && status == IMX_OK; y++) {
        uint8_t *dst = (uint8_t *)out->data + y * out->row_stride;
        bool any_shrink = false;
        imx_transform_grid_row(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                               job->layout.level_w, job->layout.level_h, warper->x_q16, warper->y_q16,
                               widens ? warper->shrink_x_q16 : NULL, widens ? warper->shrink_y_q16 : NULL, &any_shrink);
        size_t first, end, n = (size_t)rect->w;
        valid_range(warper->x_q16, n, &first, &end);
        memset(dst, 0, first * PIXEL);
        memset(dst + end * PIXEL, 0, (n - end) * PIXEL);
        if (first == end) {
            continue;
        }
        imx_warp_rgba8 row = {.src = window->rgba,
                              .src_stride = window->stride,
                              .src_w = window->w,
                              .src_h = window->h,
                              .x_q16 = warper->x_q16 + first,
                              .y_q16 = warper->y_q16 + first,
                              .binary_alpha = job->binary_alpha,
                              .n = end - first,
                              .dst = dst + first * PIXEL};
        if (warper->method->by_tables || any_shrink) {
            status = warp_stretches(job, &row, warper->shrink_x_q16 + first, warper->shrink_y_q16 + first);
        } else {
            warper->kernel(&row);
        }
    }
    return status;
}

static imx_status warp_rect(const warp_job *job, const out_rect *rect, imx_pixels *out, bool *empty);

/* Four quarters (or two halves of a line), each with a smaller window. */
static imx_status warp_quarters(const warp_job *job, const out_rect *whole, imx_pixels *out, bool *empty) {
    int32_t left = whole->w - whole->w / 2, top = whole->h - whole->h / 2;
    bool part_empty[4] = {true, true, true, true};
    imx_pixels part_out[4];
    *empty = true;
    for (int i = 0; i < 4; i++) {
        out_rect offset = {i % 2 ? left : 0, i / 2 ? top : 0, i % 2 ? whole->w - left : left,
                           i / 2 ? whole->h - top : top};
        if (offset.w == 0 || offset.h == 0) {
            part_empty[i] = false; /* nothing to clear */
            continue;
        }
        part_out[i] = imx_pixels_crop(out, offset.x, offset.y, offset.w, offset.h);
        out_rect part = {whole->x + offset.x, whole->y + offset.y, offset.w, offset.h};
        imx_status status = warp_rect(job, &part, &part_out[i], &part_empty[i]);
        if (status != IMX_OK) {
            return status;
        }
        *empty = *empty && part_empty[i];
    }
    for (int i = 0; i < 4 && !*empty; i++) {
        if (part_empty[i]) {
            imx_pixels_clear(&part_out[i]);
        }
    }
    return IMX_OK;
}

/* *empty: nothing there, out was not written. */
static imx_status warp_rect(const warp_job *job, const out_rect *rect, imx_pixels *out, bool *empty) {
    src_window window = {0};
    *empty = true;
    if (!find_window(job, rect, &window)) {
        return IMX_OK;
    }
    if (!fits(job, &window)) {
        if (rect->w > 1 || rect->h > 1) {
            return warp_quarters(job, rect, out, empty);
        }
        return imx_fail(job->err, IMX_E_UNSUPPORTED,
                        "one output pixel covers %d x %d source pixels, too many to read at once: use a finer zoom, or "
                        "add overviews to the raster (gdaladdo)",
                        (int)window.w, (int)window.h);
    }
    imx_status status = fetch_window(job, rect, &window, empty);
    if (status == IMX_OK && !*empty && job->warper->method->area) {
        warp_boxes(job, rect, &window, out);
    } else if (status == IMX_OK && !*empty) {
        status = warp_rows(job, rect, &window, out);
    }
    drop_window(job, &window);
    return status;
}

imx_status imx_warp(imx_warper *warper, const imx_transform_grid *grid, imx_source *source, const imx_asset *asset,
                    const imx_block_key *key_base, int32_t x, int32_t y, imx_pixels *out, imx_error *err,
                    unsigned *look) {
    if (!imx_pixels_is_rgba8(out) || out->width > warper->max_w || out->height > warper->max_h) {
        return imx_fail(err, IMX_E_INTERNAL, "a warp into %d x %d pixels does not fit", (int)out->width,
                        (int)out->height);
    }
    warp_job job = {.warper = warper,
                    .grid = grid,
                    .source = source,
                    .key_base = key_base,
                    .level = asset->level,
                    .layout = imx_asset_blocks(asset, asset->level),
                    .binary_alpha = asset->validity != IMX_VALID_ALPHA,
                    .err = err};
    out_rect rect = {x, y, out->width, out->height};
    bool empty;
    imx_status status = warp_rect(&job, &rect, out, &empty);
    if (status == IMX_OK) {
        *look = empty
                    ? IMX_LOOK_EMPTY
                    : warper->kernels->look_rgba8(out->data, out->row_stride, (size_t)out->width, (size_t)out->height);
    }
    return status;
}
