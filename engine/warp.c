/* engine/warp.c: positions -> source window -> kernel, one rectangle at a time. */
#include "engine/warp.h"

#include <stddef.h>
#include <string.h>

#include "engine/coverage.h"
#include "engine/look.h"
#include "engine/warp_inner.h"

#define KERNEL(member) offsetof(imx_kernels, member)
#define AREA(name, edges)                                                                                              \
    { .area = true, .statistic = IMX_AREA_##name, .boxes = IMX_BOX_##edges }
static const warp_method methods[IMX_RESAMPLES] = {
    [IMX_RESAMPLE_NEAREST] = {KERNEL(warp_nearest_rgba8), IMX_WARP_NONE, false},
    [IMX_RESAMPLE_BILINEAR] = {KERNEL(warp_bilinear_rgba8), IMX_WARP_TRIANGLE, false},
    [IMX_RESAMPLE_CUBIC] = {KERNEL(warp_cubic_rgba8), IMX_WARP_KEYS, false},
    [IMX_RESAMPLE_CUBICSPLINE] = {KERNEL(warp_cubicspline_rgba8), IMX_WARP_BSPLINE, true},
    [IMX_RESAMPLE_LANCZOS] = {KERNEL(warp_lanczos_rgba8), IMX_WARP_LANCZOS, true},
    [IMX_RESAMPLE_AVERAGE] = AREA(AVERAGE, COVERED),
    [IMX_RESAMPLE_MODE] = AREA(MODE, TOUCHED),
    [IMX_RESAMPLE_MIN] = AREA(MIN, TOUCHED),
    [IMX_RESAMPLE_MAX] = AREA(MAX, TOUCHED),
    [IMX_RESAMPLE_MED] = AREA(MED, TOUCHED),
    [IMX_RESAMPLE_Q1] = AREA(Q1, TOUCHED),
    [IMX_RESAMPLE_Q3] = AREA(Q3, TOUCHED),
    [IMX_RESAMPLE_SUM] = {.sum = true},
    [IMX_RESAMPLE_RMS] = AREA(RMS, COVERED),
};

imx_status imx_warper_create(imx_memory *memory, const imx_kernels *kernels, imx_block_cache *cache,
                             imx_resample resample, size_t window_bytes, int32_t max_w, int32_t max_h, imx_error *err,
                             imx_warper **out) {
    if (max_w < 1 || max_h < 1 || window_bytes < WARP_PIXEL) {
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
    warper->resample = resample;
    if (warper->method->sum) {
        warper->sum = kernels->warp_sum.rgba8;
        warper->quads_q16 = imx_calloc(memory, (size_t)max_w, 8 * sizeof *warper->quads_q16);
        warper->corners_px = imx_calloc(memory, (size_t)max_w + 1, 4 * sizeof *warper->corners_px);
    } else if (warper->method->area) {
        warper->area = kernels->warp_area.rgba8[warper->method->statistic];
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
        !warper->shrink_x_q16 || !warper->shrink_y_q16 ||
        (warper->method->sum && (!warper->quads_q16 || !warper->corners_px))) {
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
        imx_free(memory, (*warper)->quads_q16);
        imx_free(memory, (*warper)->corners_px);
        imx_free(memory, (*warper)->scratch);
        imx_warp_cover_destroy(*warper);
        for (int32_t q8 = 0; q8 <= IMX_TAPS_SHRINK_ONE_Q8; q8++) {
            imx_free(memory, (*warper)->taps_q14[q8]);
        }
        imx_free(memory, *warper);
        *warper = NULL;
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

static const warp_step NOT_MINIFIED = {IMX_TAPS_SHRINK_ONE_Q8, IMX_TAPS_SHRINK_ONE_Q8};

/* All of the row is minified by one step. */
static imx_status take_step(const warp_job *job, warp_step s, imx_warp_rgba8 *row) {
    if (!job->warper->method->by_tables && warp_same_step(s, NOT_MINIFIED)) {
        return IMX_OK;
    }
    imx_status status = find_taps(job, s.x_q8, &row->taps_x);
    return status == IMX_OK ? find_taps(job, s.y_q8, &row->taps_y) : status;
}

/* Where the pixels that share the step of the one at first end. */
static size_t step_end(const uint32_t *shrink_x_q16, const uint32_t *shrink_y_q16, size_t first, size_t n) {
    enum { CHUNK = 16 };
    warp_step s = warp_step_of(shrink_x_q16[first], shrink_y_q16[first]);
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
    while (end < n && warp_same_step(warp_step_of(shrink_x_q16[end], shrink_y_q16[end]), s)) {
        end++;
    }
    return end;
}

/* The part of a row that has positions: one call of the kernel for each stretch of the same step. */
static imx_status warp_stretches(const warp_job *job, const imx_warp_rgba8 *row, const uint32_t *shrink_x_q16,
                                 const uint32_t *shrink_y_q16) {
    for (size_t first = 0, end; first < row->n; first = end) {
        imx_warp_rgba8 part = *row;
        warp_step s = warp_step_of(shrink_x_q16[first], shrink_y_q16[first]);
        end = step_end(shrink_x_q16, shrink_y_q16, first, row->n);
        part.x_q16 += first;
        part.y_q16 += first;
        part.dst += first * WARP_PIXEL;
        part.n = end - first;
        if (!s.x_q8) {
            part.shrink_x_q16 = shrink_x_q16 + first;
            part.shrink_y_q16 = shrink_y_q16 + first;
        } else {
            imx_status status = take_step(job, s, &part);
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
                                 warper->method->boxes, warper->x_q16, warper->x1_q16, warper->y_q16, warper->y1_q16);
        imx_warp_area_rgba8 row = {.src = window->samples,
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
    /* As a rule a rectangle has one step, and nobody need look at its pixels' shrinks. */
    const bool one_step = window->step.x_q8 != 0, by_pixel = warper->method->filter != IMX_WARP_NONE && !one_step;
    imx_status status = IMX_OK;
    for (int32_t y = 0; y < rect->h && status == IMX_OK; y++) {
        uint8_t *dst = (uint8_t *)out->data + y * out->row_stride;
        bool any_shrink = false;
        imx_transform_grid_row(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                               job->layout.level_w, job->layout.level_h, warper->x_q16, warper->y_q16,
                               by_pixel ? warper->shrink_x_q16 : NULL, by_pixel ? warper->shrink_y_q16 : NULL,
                               &any_shrink);
        size_t first, end, n = (size_t)rect->w;
        valid_range(warper->x_q16, n, &first, &end);
        memset(dst, 0, first * WARP_PIXEL);
        memset(dst + end * WARP_PIXEL, 0, (n - end) * WARP_PIXEL);
        if (first == end) {
            continue;
        }
        imx_warp_rgba8 row = {.src = window->samples,
                              .src_stride = window->stride,
                              .src_w = window->w,
                              .src_h = window->h,
                              .x_q16 = warper->x_q16 + first,
                              .y_q16 = warper->y_q16 + first,
                              .binary_alpha = job->binary_alpha,
                              .n = end - first,
                              .dst = dst + first * WARP_PIXEL};
        if (by_pixel && (warper->method->by_tables || any_shrink)) {
            status = warp_stretches(job, &row, warper->shrink_x_q16 + first, warper->shrink_y_q16 + first);
            continue;
        }
        if (one_step) {
            status = take_step(job, window->step, &row);
        }
        if (status == IMX_OK) {
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
    if (!imx_warp_find_window(job, rect, &window)) {
        return IMX_OK;
    }
    if (!imx_warp_window_fits(job, &window)) {
        if (rect->w > 1 || rect->h > 1) {
            return warp_quarters(job, rect, out, empty);
        }
        return imx_fail(job->err, IMX_E_UNSUPPORTED,
                        "one output pixel covers %d x %d source pixels, too many to read at once: use a finer zoom or "
                        "resolution, or "
                        "add overviews to the raster (gdaladdo)",
                        (int)window.w, (int)window.h);
    }
    imx_status status = imx_warp_fetch_window(job, rect, &window, empty);
    if (status == IMX_OK && !*empty && job->warper->method->sum) {
        status = imx_warp_sum_rows(job, rect, &window, out);
    } else if (status == IMX_OK && !*empty && !imx_pixels_is_rgba8(out)) {
        status = imx_warp_plane_rows(job, rect, &window, out);
    } else if (status == IMX_OK && !*empty && job->warper->method->area) {
        warp_boxes(job, rect, &window, out);
    } else if (status == IMX_OK && !*empty) {
        status = warp_rows(job, rect, &window, out);
    }
    imx_warp_drop_window(job, &window);
    return status;
}

/* Pictures go into rgba8, data into planes of their working type, each with its validity. */
static bool takes(const imx_asset *asset, const imx_pixels *out) {
    if (asset->role != IMX_ROLE_DATA) {
        return imx_pixels_is_rgba8(out);
    }
    return !imx_pixels_is_rgba8(out) && out->type == imx_asset_working_type(asset) &&
           out->bands == imx_asset_planes(asset) && out->valid && (out->bands == 1 || out->valid_band_stride);
}

imx_status imx_warp(imx_warper *warper, imx_transform_grid *grid, imx_source *source, const imx_asset *asset,
                    const imx_block_key *key_base, int32_t x, int32_t y, imx_pixels *out, imx_error *err,
                    unsigned *look) {
    const bool data = asset->role == IMX_ROLE_DATA;
    if (!takes(asset, out) || out->width > warper->max_w || out->height > warper->max_h) {
        return imx_fail(err, IMX_E_INTERNAL, "a warp into %d x %d pixels does not fit", (int)out->width,
                        (int)out->height);
    }
    warp_job job = {.warper = warper,
                    .grid = grid,
                    .source = source,
                    .key_base = key_base,
                    .layout = imx_asset_blocks(asset, key_base->level),
                    .binary_alpha = asset->validity != IMX_VALID_ALPHA,
                    .data = data,
                    .type = out->type,
                    .bands = data ? asset->data_count : 0,
                    .block = {WARP_PIXEL, 1, 0},
                    .err = err};
    if (data) {
        job.block = (warp_shape){imx_type_size(out->type), imx_asset_planes(asset), imx_asset_valid_planes(asset)};
    }
    job.window = job.block;
    out_rect rect = {x, y, out->width, out->height};
    bool empty;
    imx_status status = imx_warp_cover_begin(&job, asset);
    status = status ? status : warp_rect(&job, &rect, out, &empty);
    if (status == IMX_OK && !empty && data && asset->coverage) {
        imx_coverage_trim(warper->kernels, out);
    }
    if (status == IMX_OK) {
        *look = empty ? IMX_LOOK_EMPTY : imx_pixels_look(warper->kernels, out);
    }
    return status;
}
