/* tiler/png_filter.h: the row filters of PNG (W3C PNG, third edition, clause 9), private to the PNG encoder.
 * Pure functions without branches per byte, written so that the compiler vectorises them; exact integers, so the same
 * on every CPU. */
#ifndef IMX_TILER_PNG_FILTER_H
#define IMX_TILER_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

typedef enum imx_png_filter {
    IMX_PNG_NONE,
    IMX_PNG_SUB,
    IMX_PNG_UP,
    IMX_PNG_AVERAGE,
    IMX_PNG_PAETH,
    IMX_PNG_FILTERS
} imx_png_filter;

/* Filters one row: out gets the filter's number and n residuals. Of the five filters the one whose residuals, taken as
 * signed bytes, have the least sum of magnitudes (clause 12.7), the first of equals.
 * row, above: n bytes each; the pixel_bytes (1..4) bytes in front of either are zero. above of the first row is all
 * zero. scratch: IMX_PNG_FILTERS * n bytes. The buffers do not overlap. */
imx_png_filter imx_png_filter_row(const uint8_t *row, const uint8_t *above, size_t n, size_t pixel_bytes,
                                  uint8_t *scratch, uint8_t *out);

#endif
