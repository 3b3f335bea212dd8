/* tiler/kernel_bench_area.c: rows of boxes for the area warps, and of quadrilaterals for sums. */
#include "tiler/kernel_bench_area.h"

enum { OUTPUTS = 256 }; /* a row, and rows */

/* The boxes of a row or column of output pixels: they touch, and begin anew where the window ends. */
static void fill_boxes(const imx_bench_area *on, int32_t *lo, int32_t *hi) {
    const int32_t step = (int32_t)(on->box_px * 65536) + 37, end = (on->side - 2) * 65536;
    int32_t at = 65536 + 1234;
    for (size_t i = 0; i < OUTPUTS; i++, at += step) {
        at = at + step > end ? 65536 + 999 : at;
        lo[i] = at;
        hi[i] = at + step;
    }
}

typedef struct rows {
    int32_t x0[OUTPUTS], x1[OUTPUTS], y0[OUTPUTS], y1[OUTPUTS]; /* y: of each row, */
    int32_t row_y0[OUTPUTS], row_y1[OUTPUTS];                   /* for all pixels of one */
} rows;

static imx_area_boxes row_of(rows *r, size_t row) {
    for (size_t i = 0; i < OUTPUTS; i++) {
        r->row_y0[i] = r->y0[row];
        r->row_y1[i] = r->y1[row];
    }
    return (imx_area_boxes){r->x0, r->x1, r->row_y0, r->row_y1};
}

static const uint8_t bytes[IMX_TYPES] = {[IMX_U8] = 1, [IMX_U16] = 2, [IMX_I16] = 2, [IMX_F32] = 4, [IMX_F64] = 8};

void imx_bench_area_rgba8(const imx_kernels *kernels, imx_area_method method, const imx_bench_area *on) {
    rows r;
    fill_boxes(on, r.x0, r.x1);
    fill_boxes(on, r.y0, r.y1);
    for (size_t row = 0; row < OUTPUTS; row++) {
        kernels->warp_area.rgba8[method](&(imx_warp_area_rgba8){.src = on->src,
                                                                .src_stride = 4 * (ptrdiff_t)on->side,
                                                                .src_w = on->side,
                                                                .src_h = on->side,
                                                                .boxes = row_of(&r, row),
                                                                .n = OUTPUTS,
                                                                .dst = (uint8_t *)on->dst + 4 * OUTPUTS * row});
    }
}

void imx_bench_area_plane(const imx_kernels *kernels, imx_area_method method, imx_type type, const imx_bench_area *on) {
    uint64_t scratch[1024]; /* of 256 taps */
    rows r;
    fill_boxes(on, r.x0, r.x1);
    fill_boxes(on, r.y0, r.y1);
    for (size_t row = 0; row < OUTPUTS; row++) {
        kernels->warp_area.plane[method][imx_plane_type_index(type)](
            &(imx_warp_area_plane){.src = on->src,
                                   .src_stride = bytes[type] * (ptrdiff_t)on->side,
                                   .src_w = on->side,
                                   .src_h = on->side,
                                   .boxes = row_of(&r, row),
                                   .scratch = scratch,
                                   .scratch_bytes = sizeof scratch,
                                   .n = OUTPUTS,
                                   .dst = (uint8_t *)on->dst + bytes[type] * OUTPUTS * row,
                                   .dst_valid = on->dst_valid + OUTPUTS * row});
    }
}

/* ---- sums ---- */

typedef struct corners {
    int32_t x[4][OUTPUTS], y[4][OUTPUTS];
} corners;

static imx_sum_quads quads_of(rows *r, size_t row, bool turned, corners *c) {
    const imx_area_boxes boxes = row_of(r, row);
    for (size_t i = 0; i < OUTPUTS; i++) {
        const int32_t x[2] = {boxes.x0_q16[i], boxes.x1_q16[i]}, y[2] = {boxes.y0_q16[i], boxes.y1_q16[i]};
        const int32_t slant = turned ? (x[1] - x[0]) / 8 : 0;
        for (int k = 0; k < 4; k++) {
            const bool right = k == 1 || k == 2, low = k >= 2;
            c->x[k][i] = x[right] + (low ? 0 : slant);
            c->y[k][i] = y[low] + (right ? slant : 0);
        }
    }
    return (imx_sum_quads){{c->x[0], c->x[1], c->x[2], c->x[3]}, {c->y[0], c->y[1], c->y[2], c->y[3]}};
}

void imx_bench_sum_rgba8(const imx_kernels *kernels, bool turned, const imx_bench_area *on) {
    rows r;
    corners c;
    fill_boxes(on, r.x0, r.x1);
    fill_boxes(on, r.y0, r.y1);
    for (size_t row = 0; row < OUTPUTS; row++) {
        kernels->warp_sum.rgba8(&(imx_warp_sum_rgba8){.src = on->src,
                                                      .src_stride = 4 * (ptrdiff_t)on->side,
                                                      .src_w = on->side,
                                                      .src_h = on->side,
                                                      .quads = quads_of(&r, row, turned, &c),
                                                      .n = OUTPUTS,
                                                      .dst = (uint8_t *)on->dst + 4 * OUTPUTS * row});
    }
}

void imx_bench_sum_plane(const imx_kernels *kernels, bool turned, imx_type type, const imx_bench_area *on) {
    rows r;
    corners c;
    fill_boxes(on, r.x0, r.x1);
    fill_boxes(on, r.y0, r.y1);
    for (size_t row = 0; row < OUTPUTS; row++) {
        kernels->warp_sum.plane[imx_plane_type_index(type)](
            &(imx_warp_sum_plane){.src = on->src,
                                  .src_stride = bytes[type] * (ptrdiff_t)on->side,
                                  .src_w = on->side,
                                  .src_h = on->side,
                                  .quads = quads_of(&r, row, turned, &c),
                                  .n = OUTPUTS,
                                  .dst = (uint8_t *)on->dst + bytes[type] * OUTPUTS * row,
                                  .dst_valid = on->dst_valid + OUTPUTS * row});
    }
}
