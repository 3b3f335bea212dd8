/* engine/warp_planes.c: the rows of data: positions or boxes once a row, then the kernel for each band. */
#include <string.h>

#include "engine/warp_inner.h"

static void filter_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    imx_warper *warper = job->warper;
    const bool widens = warper->method->filter != IMX_WARP_NONE;
    const imx_warp_plane_fn kernel = warper->kernels->warp_plane.fn[warper->resample][imx_warp_plane_index(out->type)];
    for (int32_t y = 0; y < rect->h; y++) {
        bool any_shrink = false;
        imx_transform_grid_row(job->grid, warper->kernels, rect->x, rect->y + y, rect->w, window->x, window->y,
                               job->layout.level_w, job->layout.level_h, warper->x_q16, warper->y_q16,
                               widens ? warper->shrink_x_q16 : NULL, widens ? warper->shrink_y_q16 : NULL, &any_shrink);
        for (int32_t band = 0; band < out->bands; band++) {
            const imx_warp_plane row = {.src = window->samples + band * window->plane_bytes,
                                        .src_stride = window->stride,
                                        .src_w = window->w,
                                        .src_h = window->h,
                                        .valid = warp_valid_of(window, band),
                                        .valid_stride = window->valid_stride,
                                        .x_q16 = warper->x_q16,
                                        .y_q16 = warper->y_q16,
                                        .shrink_x_q16 = any_shrink ? warper->shrink_x_q16 : NULL,
                                        .shrink_y_q16 = any_shrink ? warper->shrink_y_q16 : NULL,
                                        .n = (size_t)rect->w,
                                        .dst = warp_row_of(out, band, y),
                                        .dst_valid = warp_valid_row_of(out, band, y)};
            kernel(&row);
        }
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
    const imx_warp_area_plane_fn kernel =
        warper->kernels->warp_area.plane[warper->method->statistic][imx_warp_area_index(out->type)];
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
        for (int32_t band = 0; band < out->bands; band++) {
            const imx_warp_area_plane row = {.src = window->samples + band * window->plane_bytes,
                                             .src_stride = window->stride,
                                             .src_w = window->w,
                                             .src_h = window->h,
                                             .valid = warp_valid_of(window, band),
                                             .valid_stride = window->valid_stride,
                                             .boxes = {warper->x_q16, warper->x1_q16, warper->y_q16, warper->y1_q16},
                                             .scratch = warper->scratch,
                                             .scratch_bytes = warper->scratch_bytes,
                                             .n = (size_t)rect->w,
                                             .dst = warp_row_of(out, band, y),
                                             .dst_valid = warp_valid_row_of(out, band, y)};
            kernel(&row);
        }
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
