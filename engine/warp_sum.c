/* engine/warp_sum.c: the rows of sums: quadrilaterals once a row, then the kernel, of pictures or for each plane. */
#include "engine/warp_inner.h"

/* Columns that the widest quadrilateral of a row touches. */
static size_t most_columns(const imx_sum_quads *quads, int32_t n) {
    int64_t most = 1;
    for (int32_t i = 0; i < n; i++) {
        int64_t low = quads->x_q16[0][i], high = low;
        for (int k = 1; k < 4; k++) {
            low = quads->x_q16[k][i] < low ? quads->x_q16[k][i] : low;
            high = quads->x_q16[k][i] > high ? quads->x_q16[k][i] : high;
        }
        most = (high - low) / IMX_Q16_ONE + 2 > most ? (high - low) / IMX_Q16_ONE + 2 : most;
    }
    return (size_t)most;
}

static void sum_picture(const warp_job *job, const src_window *window, const imx_sum_quads *quads, size_t n,
                        uint8_t *dst) {
    const imx_warp_sum_rgba8 row = {.src = window->samples,
                                    .src_stride = window->stride,
                                    .src_w = window->w,
                                    .src_h = window->h,
                                    .quads = *quads,
                                    .binary_alpha = job->binary_alpha,
                                    .scratch = job->warper->scratch,
                                    .scratch_bytes = job->warper->scratch_bytes,
                                    .n = n,
                                    .dst = dst};
    job->warper->sum(&row);
}

void imx_warp_sum_line(const warp_row *row, imx_type type, const void *samples, const uint8_t *valid, void *dst,
                       uint8_t *dst_valid) {
    const imx_warper *warper = row->job->warper;
    const imx_warp_sum_plane line = {.src = samples,
                                     .src_stride = row->window->stride,
                                     .src_w = row->window->w,
                                     .src_h = row->window->h,
                                     .valid = valid,
                                     .valid_stride = row->window->valid_stride,
                                     .quads = *row->quads,
                                     .scratch = warper->scratch,
                                     .scratch_bytes = warper->scratch_bytes,
                                     .n = row->n,
                                     .dst = dst,
                                     .dst_valid = dst_valid};
    warper->kernels->warp_sum.plane[imx_plane_type_index(type)](&line);
}

imx_status imx_warp_sum_rows(const warp_job *job, const out_rect *rect, const src_window *window, imx_pixels *out) {
    int32_t *x_q16[4], *y_q16[4];
    imx_sum_quads quads;
    imx_corner_line lines[2];
    for (int32_t k = 0; k < 2; k++) {
        double *line = job->warper->corners_px + 2 * k * (job->warper->max_w + 1);
        lines[k] = (imx_corner_line){line, line + job->warper->max_w + 1};
    }
    for (int32_t k = 0; k < 4; k++) {
        quads.x_q16[k] = x_q16[k] = job->warper->quads_q16 + k * job->warper->max_w;
        quads.y_q16[k] = y_q16[k] = job->warper->quads_q16 + (4 + k) * job->warper->max_w;
    }
    const warp_row row = {.job = job, .window = window, .n = (size_t)rect->w, .quads = &quads};
    imx_status status = IMX_OK;
    imx_transform_grid_corners(job->grid, rect->x, rect->y, rect->w, &lines[0]);
    for (int32_t y = 0; y < rect->h && status == IMX_OK; y++) {
        const imx_corner_line *upper = &lines[y % 2],
                              *lower = &lines[1 - y % 2]; /* which is the next row's upper one */
        imx_transform_grid_corners(job->grid, rect->x, rect->y + y + 1, rect->w, lower);
        imx_transform_grid_quads(job->grid, rect->x, rect->y + y, rect->w, window->x, window->y, upper, lower, x_q16,
                                 y_q16);
        status = imx_warp_grow_scratch(job, imx_warp_sum_scratch_bytes(most_columns(&quads, rect->w)));
        if (status == IMX_OK && !job->data) {
            sum_picture(job, window, &quads, (size_t)rect->w, warp_row_of(out, 0, y));
        } else if (status == IMX_OK) {
            imx_warp_take_row(&row, y, out);
        }
    }
    return status;
}
