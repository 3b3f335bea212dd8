/* kernels/png.h: what a PNG encoder does to rows before it deflates them. Included by kernels.h.
 *
 * Filters and their choice: W3C PNG, third edition, clauses 9 and 12.7. All of it is exact. The AVX2 filters are 3.6
 * times as fast as the references, which gcc vectorises for SSE2, and some 45 times as fast as references of scalar
 * instructions (-fno-tree-vectorize). Packing to gray is bound by reading memory (80 GB/s, 1.5 times the reference;
 * gray and alpha 2.3, RGB 4.3); four bytes a pixel are a copy.
 */
#ifndef IMX_KERNELS_PNG_H
#define IMX_KERNELS_PNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum imx_png_filter { /* the numbers are the standard's */
                              IMX_PNG_NONE,
                              IMX_PNG_SUB,
                              IMX_PNG_UP,
                              IMX_PNG_AVERAGE,
                              IMX_PNG_PAETH
} imx_png_filter;
#define IMX_PNG_FILTERS 5 /* how many there are */

/* A row and the one above it: n bytes each (any number), and in front of either pixel_bytes (1..4) bytes of zero, the
 * left neighbours of the first pixel. Above the first row of an image lies a row of zeros. */
typedef struct imx_png_row {
    const uint8_t *row, *above;
    size_t n, pixel_bytes;
} imx_png_row;

/* out: n residuals of that filter; it overlaps neither row. */
typedef void (*imx_png_filter_fn)(const imx_png_row *row, imx_png_filter filter, uint8_t *out);

/* Of the five filters the one whose residuals, taken as signed bytes, have the least sum of magnitudes, the first of
 * equals; out gets its n residuals. n is less than 2^25, so that a sum fits 32 bits. */
typedef imx_png_filter (*imx_png_best_filter_fn)(const imx_png_row *row, uint8_t *out);

/* The channels that a PNG of pixel_bytes a pixel keeps of n pixels of rgba8: 1: r; 2: r and a; 3: r, g and b; 4: all.
 * out has n * pixel_bytes and does not overlap rgba. */
typedef void (*imx_png_pack_fn)(const uint8_t *rgba, size_t n, size_t pixel_bytes, uint8_t *out);

typedef struct imx_png_kernels {
    imx_png_filter_fn filter;
    imx_png_best_filter_fn best_filter;
    imx_png_pack_fn pack;
} imx_png_kernels;

#endif
