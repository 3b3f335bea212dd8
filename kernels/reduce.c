/* kernels/reduce.c: references of the 2 x 2 reductions of rgba8. */
#include <string.h>

#include "kernels/reference.h"

enum { R, G, B, A };

/* ---- one quad: the pixels p0 p1 at `upper`, p2 p3 at `lower` ---- */

typedef void (*quad_fn)(const uint8_t *upper, const uint8_t *lower, uint8_t *out);

static inline void average(const uint8_t *upper, const uint8_t *lower, uint8_t *out) {
    const uint32_t a[4] = {upper[A], upper[4 + A], lower[A], lower[4 + A]};
    const uint32_t sum_a = a[0] + a[1] + a[2] + a[3], alpha = (sum_a + 2) >> 2;
    if (sum_a == 4 * 255) {
        /* (255 s + 510) / 1020 = (s + 2) / 4 */
        for (int c = R; c <= B; c++) {
            out[c] = (uint8_t)((upper[c] + upper[4 + c] + lower[c] + lower[4 + c] + 2) >> 2);
        }
    } else if (alpha == 0) {
        memset(out, 0, 3);
    } else {
        for (int c = R; c <= B; c++) {
            const uint32_t sum = upper[c] * a[0] + upper[4 + c] * a[1] + lower[c] * a[2] + lower[4 + c] * a[3];
            out[c] = (uint8_t)((sum + sum_a / 2) / sum_a);
        }
    }
    out[A] = (uint8_t)alpha;
}

static inline void put_valid(const uint8_t *pixel, uint8_t *out) {
    static const uint8_t nothing[4] = {0};
    memcpy(out, pixel[A] ? pixel : nothing, 4);
}

static inline void nearest(const uint8_t *upper, const uint8_t *lower, uint8_t *out) {
    (void)lower;
    put_valid(upper, out);
}

static inline int same(const uint8_t *p, const uint8_t *q) { return p[A] && memcmp(p, q, 4) == 0; }

/* Two of four decide: the first pair in the order of its later pixel. (A value that comes three times has that pair.)
 */
static inline void mode(const uint8_t *upper, const uint8_t *lower, uint8_t *out) {
    const uint8_t *p0 = upper, *p1 = upper + 4, *p2 = lower, *p3 = lower + 4;
    const uint8_t *first = p0[A] ? p0 : p1[A] ? p1 : p2[A] ? p2 : p3;
    const uint8_t *most = same(p0, p1) || same(p0, p2) ? p0
                          : same(p1, p2)               ? p1
                          : same(p0, p3)               ? p0
                          : same(p1, p3)               ? p1
                          : same(p2, p3)               ? p2
                                                       : first;
    put_valid(most, out);
}

static inline uint8_t smaller(uint8_t x, uint8_t y) { return x < y ? x : y; }
static inline uint8_t larger(uint8_t x, uint8_t y) { return x > y ? x : y; }

static inline void min(const uint8_t *upper, const uint8_t *lower, uint8_t *out) {
    const uint8_t *const p[4] = {upper, upper + 4, lower, lower + 4};
    uint8_t least[4] = {255, 255, 255, 0};
    for (int i = 0; i < 4; i++) {
        const uint8_t invalid = p[i][A] ? 0 : 255;
        for (int c = R; c <= B; c++) {
            least[c] = smaller(least[c], p[i][c] | invalid);
        }
        least[A] = larger(least[A], p[i][A]);
    }
    put_valid(least, out);
}

static inline void max(const uint8_t *upper, const uint8_t *lower, uint8_t *out) {
    const uint8_t *const p[4] = {upper, upper + 4, lower, lower + 4};
    uint8_t most[4] = {0};
    for (int i = 0; i < 4; i++) {
        const uint8_t valid = p[i][A] ? 255 : 0;
        for (int c = R; c <= A; c++) {
            most[c] = larger(most[c], p[i][c] & valid);
        }
    }
    memcpy(out, most, 4);
}

/* ---- all quads ---- */

static inline void each_quad(quad_fn quad, const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out,
                             uint8_t *dst, ptrdiff_t dst_stride) {
    for (size_t y = 0; y < h_out; y++) {
        const uint8_t *upper = src + 2 * (ptrdiff_t)y * src_stride, *lower = upper + src_stride;
        uint8_t *out = dst + (ptrdiff_t)y * dst_stride;
        for (size_t i = 0; i < w_out; i++) {
            quad(upper + 8 * i, lower + 8 * i, out + 4 * i);
        }
    }
}

#define REDUCE(method)                                                                                                 \
    static void reduce_##method(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,    \
                                ptrdiff_t dst_stride) {                                                                \
        each_quad(method, src, src_stride, w_out, h_out, dst, dst_stride);                                             \
    }
REDUCE(average)
REDUCE(nearest)
REDUCE(mode)
REDUCE(min)
REDUCE(max)

void imx_ref_reduce_install(imx_reduce_kernels *table) {
    table->rgba8[IMX_REDUCE_AVERAGE] = reduce_average;
    table->rgba8[IMX_REDUCE_NEAREST] = reduce_nearest;
    table->rgba8[IMX_REDUCE_MODE] = reduce_mode;
    table->rgba8[IMX_REDUCE_MIN] = reduce_min;
    table->rgba8[IMX_REDUCE_MAX] = reduce_max;
    imx_ref_reduce_filter_install(table);
    imx_ref_reduce_plane_install(table);
}
