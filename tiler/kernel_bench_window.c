/* tiler/kernel_bench_window.c: kernels over a window of samples. */
#include "tiler/kernel_bench_window.h"

#include "tiler/kernel_bench_random.h"

enum { HALO_AT = IMX_REDUCE_HALO_MAX_PX * (IMX_BENCH_WINDOW + 1) };

void imx_bench_window_fill(imx_bench_window *window) {
    uint32_t state = 11;
    for (size_t i = 0; i < IMX_BENCH_SAMPLES; i++) {
        const uint32_t bits = imx_bench_random(&state);
        window->u8[i] = (uint8_t)(bits >> 16);
        window->u16[i] = (uint16_t)(bits >> 8);
        window->f64[i] = bits * 0x1p-10;
        window->f32[i] = (float)window->f64[i];
        window->holes[i] = bits >> 18 ? 255 : 0;
    }
}

static const void *samples_of(const imx_bench_window *window, imx_type type) {
    switch (type) {
    case IMX_U8: return window->u8 + HALO_AT;
    case IMX_U16:
    case IMX_I16: return window->u16 + HALO_AT;
    case IMX_F32: return window->f32 + HALO_AT;
    default: return window->f64 + HALO_AT;
    }
}

void imx_bench_window_reduce(const imx_kernels *kernels, imx_bench_window *window, imx_reduce_method method,
                             imx_type type, bool holes) {
    static const uint8_t bytes[IMX_TYPES] = {[IMX_U8] = 1, [IMX_U16] = 2, [IMX_I16] = 2, [IMX_F32] = 4, [IMX_F64] = 8};
    kernels->reduce.plane[method][type](&(imx_reduce_plane){.src = samples_of(window, type),
                                                            .src_stride = IMX_BENCH_WINDOW * bytes[type],
                                                            .valid = holes ? window->holes + HALO_AT : NULL,
                                                            .valid_stride = IMX_BENCH_WINDOW,
                                                            .w_out = IMX_BENCH_TILE / 2,
                                                            .h_out = IMX_BENCH_TILE / 2,
                                                            .dst = window->out,
                                                            .dst_stride = IMX_BENCH_TILE / 2 * bytes[type],
                                                            .dst_valid = window->out_valid,
                                                            .dst_valid_stride = IMX_BENCH_TILE / 2});
}

void imx_bench_window_warp(const imx_kernels *kernels, imx_bench_window *window, imx_warp_method method, bool by_2) {
    const int32_t step = by_2 ? 2 * IMX_Q16_ONE - 300 : 60000, columns = by_2 ? IMX_BENCH_TILE / 2 : IMX_BENCH_TILE;
    int32_t x_q16[IMX_BENCH_TILE], y_q16[IMX_BENCH_TILE];
    uint32_t shrink_q16[IMX_BENCH_TILE];
    for (int32_t row = 0; row < IMX_BENCH_TILE; row++) { /* where the window ends they begin anew */
        for (int32_t i = 0; i < IMX_BENCH_TILE; i++) {
            const int32_t x = i % columns, y = row % columns;
            x_q16[i] = 4 * IMX_Q16_ONE + x * step + y * 60;
            y_q16[i] = 4 * IMX_Q16_ONE + y * step + x * 60;
            shrink_q16[i] = IMX_Q16_ONE / 2;
        }
        kernels->warp_plane.fn[method][imx_plane_type_index(IMX_F64)](
            &(imx_warp_plane){.src = window->f64,
                              .src_stride = IMX_BENCH_WINDOW * (ptrdiff_t)sizeof(double),
                              .src_w = IMX_BENCH_WINDOW,
                              .src_h = IMX_BENCH_WINDOW,
                              .x_q16 = x_q16,
                              .y_q16 = y_q16,
                              .shrink_x_q16 = by_2 ? shrink_q16 : NULL,
                              .shrink_y_q16 = by_2 ? shrink_q16 : NULL,
                              .n = IMX_BENCH_TILE,
                              .dst = window->out + (size_t)row * IMX_BENCH_TILE,
                              .dst_valid = window->out_valid + (size_t)row * IMX_BENCH_TILE});
    }
}

imx_bench_area imx_bench_window_boxes(imx_bench_window *window, double box_px) {
    return (imx_bench_area){window->f64, IMX_BENCH_WINDOW, box_px, window->out, window->out_valid};
}
