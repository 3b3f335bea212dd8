/* tiler/kernel_bench_window.c: kernels over a window of samples. */
#include "tiler/kernel_bench_window.h"

enum { HALO_AT = IMX_REDUCE_HALO_MAX_PX * (IMX_BENCH_WINDOW + 1) };

void imx_bench_window_fill(imx_bench_window *window) {
    uint32_t state = 11;
    for (size_t i = 0; i < IMX_BENCH_SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        window->u8[i] = (uint8_t)(state >> 24);
        window->u16[i] = (uint16_t)(state >> 16);
        window->f64[i] = (state >> 8) * 0x1p-10;
        window->f32[i] = (float)window->f64[i];
        window->holes[i] = state >> 26 ? 255 : 0;
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
