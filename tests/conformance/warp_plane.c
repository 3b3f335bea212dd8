/* tests/conformance/warp_plane.c: one plane through the planar warp onto a regular grid, raw samples in and out.
 *
 *   warp_plane u16|f32 METHOD W H NODATA X0 Y0 STEP N < SAMPLES > RESULT
 * N x N output pixels whose centres lie at X0 + (i + 0.5) STEP, Y0 + (j + 0.5) STEP source px; NODATA where invalid. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"

enum { SIZE_MAX_PX = 1024 };

static int method_of(const char *name) {
    static const char *const names[IMX_WARP_METHODS] = {"nearest", "bilinear", "cubic", "cubicspline", "lanczos"};
    for (int m = 0; m < IMX_WARP_METHODS; m++) {
        if (strcmp(name, names[m]) == 0) {
            return m;
        }
    }
    return -1;
}

static double sample(imx_type type, const void *samples, size_t i) {
    return type == IMX_U16 ? ((const uint16_t *)samples)[i] : (double)((const float *)samples)[i];
}

int main(int argc, char **argv) {
    static uint32_t src[SIZE_MAX_PX * SIZE_MAX_PX], row[SIZE_MAX_PX], shrink[SIZE_MAX_PX];
    static uint8_t valid[SIZE_MAX_PX * SIZE_MAX_PX], row_valid[SIZE_MAX_PX];
    static int32_t x[SIZE_MAX_PX], y[SIZE_MAX_PX];
    const int method = argc == 10 ? method_of(argv[2]) : -1;
    if (method < 0) {
        return 2;
    }
    const imx_type type = strcmp(argv[1], "u16") == 0 ? IMX_U16 : IMX_F32;
    const size_t bytes = type == IMX_U16 ? 2 : 4;
    const int32_t w = atoi(argv[3]), h = atoi(argv[4]), n = atoi(argv[9]);
    const double nodata = atof(argv[5]), x0 = atof(argv[6]), y0 = atof(argv[7]), step = atof(argv[8]);
    const size_t count = (size_t)w * (size_t)h;
    if (w < 1 || h < 1 || n < 1 || w > SIZE_MAX_PX || h > SIZE_MAX_PX || n > SIZE_MAX_PX ||
        fread(src, bytes, count, stdin) != count) {
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        valid[i] = sample(type, src, i) != nodata;
    }
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    for (int32_t j = 0; j < n; j++) {
        for (int32_t i = 0; i < n; i++) {
            x[i] = (int32_t)((x0 + (i + 0.5) * step) * IMX_Q16_ONE + 0.5);
            y[i] = (int32_t)((y0 + (j + 0.5) * step) * IMX_Q16_ONE + 0.5);
            shrink[i] = (uint32_t)(IMX_Q16_ONE / step + 0.5);
        }
        kernels.warp_plane.fn[method][imx_plane_type_index(type)](
            &(imx_warp_plane){.src = src,
                              .src_stride = (ptrdiff_t)(bytes * (size_t)w),
                              .src_w = w,
                              .src_h = h,
                              .valid = valid,
                              .valid_stride = w,
                              .x_q16 = x,
                              .y_q16 = y,
                              .shrink_x_q16 = step > 1 ? shrink : NULL,
                              .shrink_y_q16 = step > 1 ? shrink : NULL,
                              .n = (size_t)n,
                              .dst = row,
                              .dst_valid = row_valid});
        for (int32_t i = 0; i < n; i++) {
            const uint16_t none_u16 = (uint16_t)nodata;
            const float none_f32 = (float)nodata;
            if (!row_valid[i]) {
                memcpy((uint8_t *)row + (size_t)i * bytes, type == IMX_U16 ? (const void *)&none_u16 : &none_f32,
                       bytes);
            }
        }
        if (fwrite(row, bytes, (size_t)n, stdout) != (size_t)n) {
            return 1;
        }
    }
    return 0;
}
