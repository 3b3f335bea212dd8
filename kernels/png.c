/* kernels/png.c: references of PNG's row filters and of packing. Each loop is one filter over one row, without a branch
 * a byte and within 8 bits, so that a compiler can make 16 bytes an SSE2 instruction of it. */
#include <string.h>

#include "kernels/reference.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

static inline uint8_t least(uint8_t a, uint8_t b) { return a < b ? a : b; }
static inline uint8_t most(uint8_t a, uint8_t b) { return a > b ? a : b; }

/* A residual is a difference modulo 256; its magnitude is that of the signed byte. */
static inline uint8_t magnitude(uint8_t residual) { return least(residual, (uint8_t)(0u - residual)); }

/* Paeth's predictor (clause 9.4) picks of a (left), b (above), c (above left) the one nearest to a + b - c, in that
 * order among equals. The distances are pa = |b - c|, pb = |a - c|, pc = |(a - c) + (b - c)|. If a - c and b - c have
 * opposite signs, pc = |pa - pb|, which fits a byte; if not, pc = pa + pb is less than neither, so that c is never
 * picked and 255 stands for it. */
static inline uint8_t paeth(uint8_t a, uint8_t b, uint8_t c) {
    uint8_t low_a = least(a, c), low_b = least(b, c);
    uint8_t pa = (uint8_t)(most(b, c) - low_b), pb = (uint8_t)(most(a, c) - low_a);
    uint8_t same_side = (low_a == c) != (low_b == c) ? 0 : 255;
    uint8_t pc = (uint8_t)((most(pa, pb) - least(pa, pb)) | same_side);
    uint8_t b_or_c = pb <= pc ? b : c;
    return pa <= least(pb, pc) ? a : b_or_c;
}

/* The three below are for a filter that is known at compile time. */
static ALWAYS_INLINE uint8_t predict(imx_png_filter filter, uint8_t a, uint8_t b, uint8_t c) {
    switch (filter) {
    case IMX_PNG_NONE: return 0;
    case IMX_PNG_SUB: return a;
    case IMX_PNG_UP: return b;
    case IMX_PNG_AVERAGE: return (uint8_t)((a & b) + ((a ^ b) >> 1)); /* floor((a + b) / 2) within 8 bits */
    case IMX_PNG_PAETH: break;
    }
    return paeth(a, b, c);
}

static ALWAYS_INLINE void put_residuals(const imx_png_row *r, imx_png_filter filter, uint8_t *restrict out) {
    const uint8_t *x = r->row, *a = r->row - r->pixel_bytes, *b = r->above, *c = r->above - r->pixel_bytes;
    const size_t n = r->n;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(x[i] - predict(filter, a[i], b[i], c[i]));
    }
}

static ALWAYS_INLINE uint32_t sum_residuals(const imx_png_row *r, imx_png_filter filter) {
    const uint8_t *x = r->row, *a = r->row - r->pixel_bytes, *b = r->above, *c = r->above - r->pixel_bytes;
    const size_t n = r->n;
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += magnitude((uint8_t)(x[i] - predict(filter, a[i], b[i], c[i])));
    }
    return sum;
}

void imx_ref_png_filter(const imx_png_row *row, imx_png_filter filter, uint8_t *out) {
    switch (filter) {
    case IMX_PNG_NONE: memcpy(out, row->row, row->n); break;
    case IMX_PNG_SUB: put_residuals(row, IMX_PNG_SUB, out); break;
    case IMX_PNG_UP: put_residuals(row, IMX_PNG_UP, out); break;
    case IMX_PNG_AVERAGE: put_residuals(row, IMX_PNG_AVERAGE, out); break;
    case IMX_PNG_PAETH: put_residuals(row, IMX_PNG_PAETH, out); break;
    }
}

imx_png_filter imx_ref_png_best_filter(const imx_png_row *row, uint8_t *out) {
    const uint32_t sums[IMX_PNG_FILTERS] = {
        [IMX_PNG_NONE] = sum_residuals(row, IMX_PNG_NONE),   [IMX_PNG_SUB] = sum_residuals(row, IMX_PNG_SUB),
        [IMX_PNG_UP] = sum_residuals(row, IMX_PNG_UP),       [IMX_PNG_AVERAGE] = sum_residuals(row, IMX_PNG_AVERAGE),
        [IMX_PNG_PAETH] = sum_residuals(row, IMX_PNG_PAETH),
    };
    imx_png_filter best = IMX_PNG_NONE;
    for (imx_png_filter filter = IMX_PNG_SUB; filter <= IMX_PNG_PAETH; filter++) {
        if (sums[filter] < sums[best]) {
            best = filter;
        }
    }
    imx_ref_png_filter(row, best, out);
    return best;
}

void imx_ref_png_pack(const uint8_t *restrict rgba, size_t n, size_t pixel_bytes, uint8_t *restrict out) {
    switch (pixel_bytes) {
    case 1:
        for (size_t i = 0; i < n; i++) {
            out[i] = rgba[4 * i];
        }
        break;
    case 2:
        for (size_t i = 0; i < n; i++) {
            out[2 * i] = rgba[4 * i];
            out[2 * i + 1] = rgba[4 * i + 3];
        }
        break;
    case 3:
        for (size_t i = 0; i < n; i++) {
            out[3 * i] = rgba[4 * i];
            out[3 * i + 1] = rgba[4 * i + 1];
            out[3 * i + 2] = rgba[4 * i + 2];
        }
        break;
    default: memcpy(out, rgba, 4 * n);
    }
}

void imx_ref_png_install(imx_png_kernels *table) {
    *table = (imx_png_kernels){
        .filter = imx_ref_png_filter,
        .best_filter = imx_ref_png_best_filter,
        .pack = imx_ref_png_pack,
    };
}
