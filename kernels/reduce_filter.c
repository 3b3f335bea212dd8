/* kernels/reduce_filter.c: references of the reductions by a low-pass filter: bilinear, cubic, lanczos.
 *
 * Separable: each source row is filtered along x once, premultiplied, into a ring of as many rows as there are taps;
 * an output row weighs the ring's rows. In strips of columns, so that the ring stays small. Nothing is rounded before
 * the end: a row's sums are below 65025 * 2^14 * 1.21 < 2^31.
 */
#include "kernels/reduce_filter.h"

#include <string.h>

#include "kernels/reference.h"

enum { STRIP = 32, A = 3 };

typedef int32_t quad[4]; /* sums of c a (three) and of a */

/* n output pixels' sums of one source row; px: the first one's first tap. */
static void filter_row(const imx_reduce_taps *taps, const uint8_t *px, size_t n, quad *out) {
    quad weighed[2 * STRIP + IMX_REDUCE_TAPS_MAX];
    const size_t wide = 2 * n + (size_t)taps->n - 2;
    for (size_t i = 0; i < wide; i++, px += 4) {
        for (int c = 0; c < A; c++) {
            weighed[i][c] = px[c] * px[A];
        }
        weighed[i][A] = px[A];
    }
    for (size_t i = 0; i < n; i++) {
        quad sum = {0};
        for (int k = 0; k < taps->n; k++) {
            for (int c = 0; c <= A; c++) {
                sum[c] += taps->q14[k] * weighed[2 * i + (size_t)k][c];
            }
        }
        memcpy(out[i], sum, sizeof sum);
    }
}

static inline uint8_t clamp(int64_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static inline void put(const int64_t sum[4], uint8_t *out) {
    const uint8_t alpha = clamp((sum[A] + (1 << 27)) >> 28);
    for (int c = 0; c < A; c++) {
        const int64_t rounded = sum[c] + sum[A] / 2;
        out[c] = alpha && rounded > 0 ? clamp(rounded / sum[A]) : 0;
    }
    out[A] = alpha;
}

/* One output row; ring: the rows of its taps, the first at `first`, going round. */
static void weigh_rows(const imx_reduce_taps *taps, quad (*ring)[STRIP], size_t first, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++, out += 4) {
        int64_t sum[4] = {0};
        for (int k = 0; k < taps->n; k++) {
            const int32_t *row = ring[(first + (size_t)k) % (size_t)taps->n][i];
            for (int c = 0; c <= A; c++) {
                sum[c] += (int64_t)taps->q14[k] * row[c];
            }
        }
        put(sum, out);
    }
}

static void strip(const imx_reduce_taps *taps, const uint8_t *src, ptrdiff_t src_stride, size_t n, size_t h_out,
                  uint8_t *dst, ptrdiff_t dst_stride) {
    quad ring[IMX_REDUCE_TAPS_MAX][STRIP];
    const size_t rows = (size_t)taps->n, halo = rows / 2 - 1;
    const uint8_t *px = src - (ptrdiff_t)halo * src_stride - 4 * (ptrdiff_t)halo;
    size_t next = 0; /* row to filter, counted from the first row of the halo */
    for (size_t y = 0; y < h_out; y++) {
        for (; next < 2 * y + rows; next++) {
            filter_row(taps, px + (ptrdiff_t)next * src_stride, n, ring[next % rows]);
        }
        weigh_rows(taps, ring, 2 * y % rows, n, dst + (ptrdiff_t)y * dst_stride);
    }
}

static inline void filter(const imx_reduce_taps *taps, const uint8_t *src, ptrdiff_t src_stride, size_t w_out,
                          size_t h_out, uint8_t *dst, ptrdiff_t dst_stride) {
    for (size_t x = 0; x < w_out; x += STRIP) {
        const size_t n = w_out - x < STRIP ? w_out - x : STRIP;
        strip(taps, src + 8 * x, src_stride, n, h_out, dst + 4 * x, dst_stride);
    }
}

#define REDUCE(method)                                                                                                 \
    static void reduce_##method(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,    \
                                ptrdiff_t dst_stride) {                                                                \
        filter(&imx_reduce_##method, src, src_stride, w_out, h_out, dst, dst_stride);                                  \
    }
REDUCE(bilinear)
REDUCE(cubic)
REDUCE(lanczos)

void imx_ref_reduce_filter_install(imx_reduce_kernels *table) {
    table->rgba8[IMX_REDUCE_BILINEAR] = reduce_bilinear;
    table->rgba8[IMX_REDUCE_CUBIC] = reduce_cubic;
    table->rgba8[IMX_REDUCE_LANCZOS] = reduce_lanczos;
}
