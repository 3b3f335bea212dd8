/* engine/warp_planes.c: the rows of data: positions or boxes once a row, then the kernel for each plane. */
#include <string.h>

#include "engine/warp_inner.h"

/* ---- one plane of a row ---- */

static void filter_line(const warp_row *row, imx_resample resample, imx_type type, const void *samples,
                        const uint8_t *valid, void *dst, uint8_t *dst_valid) {
    const imx_warper *warper = row->job->warper;
    const src_window *window = row->window;
    const imx_warp_plane line = {.src = samples,
                                 .src_stride = window->stride,
                                 .src_w = window->w,
                                 .src_h = window->h,
                                 .valid = valid,
                                 .valid_stride = window->valid_stride,
                                 .x_q16 = warper->x_q16,
                                 .y_q16 = warper->y_q16,
                                 .shrink_x_q16 = row->any_shrink ? warper->shrink_x_q16 : NULL,
                                 .shrink_y_q16 = row->any_shrink ? warper->shrink_y_q16 : NULL,
                                 .n = row->n,
                                 .dst = dst,
                                 .dst_valid = dst_valid};
    warper->kernels->warp_plane.fn[resample][imx_plane_type_index(type)](&line);
}

static void area_line(const warp_row *row, imx_area_method statistic, imx_type type, const void *samples,
                      const uint8_t *valid, void *dst, uint8_t *dst_valid) {
    const imx_warper *warper = row->job->warper;
    const src_window *window = row->window;
    const imx_warp_area_plane line = {.src = samples,
                                      .src_stride = window->stride,
                                      .src_w = window->w,
                                      .src_h = window->h,
                                      .valid = valid,
                                      .valid_stride = window->valid_stride,
                                      .boxes = {warper->x_q16, warper->x1_q16, warper->y_q16, warper->y1_q16},
                                      .scratch = warper->scratch,
                                      .scratch_bytes = warper->scratch_bytes,
                                      .n = row->n,
                                      .dst = dst,
                                      .dst_valid = dst_valid};
    warper->kernels->warp_area.plane[statistic][imx_plane_type_index(type)](&line);
}

void imx_warp_line(const warp_row *row, warp_line_kind kind, imx_type type, const void *samples, const uint8_t *valid,
                   void *dst, uint8_t *dst_valid) {
    const warp_method *method = row->job->warper->method;
    if (method->sum) {
        imx_warp_sum_line(row, type, samples, valid, dst, dst_valid);
    } else if (method->area) {
        const bool mean = kind == WARP_LINE_WEIGHTS && method->statistic == IMX_AREA_RMS;
        area_line(row, mean ? IMX_AREA_AVERAGE : method->statistic, type, samples, valid, dst, dst_valid);
    } else {
        filter_line(row, kind == WARP_LINE_STEADY ? IMX_RESAMPLE_BILINEAR : row->job->warper->resample, type, samples,
                    valid, dst, dst_valid);
    }
}

void imx_warp_take_row(const warp_row *row, int32_t y, const imx_pixels *out) {
    const src_window *window = row->window;
    if (row->job->weighed) {
        imx_warp_cover_row(row, y, out);
        return;
    }
    for (int32_t band = 0; band < out->bands; band++) {
        imx_warp_line(row, WARP_LINE_SAMPLES, out->type, window->samples + band * window->plane_bytes,
                      warp_valid_of(window, band), warp_row_of(out, band, y), warp_valid_row_of(out, band, y));
    }
}

/* ---- rows ---- */

static void filter_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    imx_warper *warper = job->warper;
    const bool widens = warper->method->filter != IMX_WARP_NONE;
    for (int32_t y = 0; y < rect->h; y++) {
        warp_row row = {.job = job, .window = window, .n = (size_t)rect->w};
        imx_transform_grid_row(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                               job->layout.level_w, job->layout.level_h, warper->x_q16, warper->y_q16,
                               widens ? warper->shrink_x_q16 : NULL, widens ? warper->shrink_y_q16 : NULL,
                               &row.any_shrink);
        imx_warp_take_row(&row, y, out);
    }
}

/* Pixels that the largest box of a row touches in the window. */
static size_t most_taps(const imx_warper *warper, const src_window *window, int32_t n) {
    int64_t most_w = 0, most_h = 0;
    for (int32_t i = 0; i < n; i++) {
        const int64_t w = (((int64_t)warper->x1_q16[i] - warper->x_q16[i]) >> 16) + 2,
                      h = (((int64_t)warper->y1_q16[i] - warper->y_q16[i]) >> 16) + 2;
        most_w = w > most_w ? w : most_w;
        most_h = h > most_h ? h : most_h;
    }
    most_w = most_w < window->w ? most_w : window->w;
    most_h = most_h < window->h ? most_h : window->h;
    return (size_t)most_w * (size_t)most_h;
}

imx_status imx_warp_grow_scratch(const warp_job *job, size_t bytes) {
    imx_warper *warper = job->warper;
    if (bytes <= warper->scratch_bytes) {
        return IMX_OK;
    }
    void *grown = imx_realloc(warper->memory, warper->scratch, bytes);
    if (!grown) {
        return imx_fail(job->err, IMX_E_NOMEM, "out of memory for %zu bytes of scratch", bytes);
    }
    warper->scratch = grown;
    warper->scratch_bytes = bytes;
    return IMX_OK;
}

static imx_status area_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    imx_warper *warper = job->warper;
    const warp_row row = {.job = job, .window = window, .n = (size_t)rect->w};
    for (int32_t y = 0; y < rect->h; y++) {
        imx_transform_grid_boxes(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                                 warper->method->boxes, warper->x_q16, warper->x1_q16, warper->y_q16, warper->y1_q16);
        if (warper->resample == IMX_RESAMPLE_MODE) { /* sorts in it */
            imx_status status =
                imx_warp_grow_scratch(job, imx_warp_area_scratch_bytes(out->type, most_taps(warper, window, rect->w)));
            if (status != IMX_OK) {
                return status;
            }
        }
        imx_warp_take_row(&row, y, out);
    }
    return IMX_OK;
}

imx_status imx_warp_plane_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    if (job->warper->method->area) {
        return area_rows(job, rect, window, out);
    }
    filter_rows(job, rect, window, out);
    return IMX_OK;
}
