/* kernels/predictor.h: TIFF's predictors undone, and byte order.
 *
 * Predictor 2, horizontal differencing: TIFF 6.0, section 14. Predictor 3, floating point: Adobe Photoshop TIFF
 * Technical Note 3, "Floating Point Predictor". A row (of a tile or strip) is undone by itself. All are exact. */
#ifndef IMX_KERNELS_PREDICTOR_H
#define IMX_KERNELS_PREDICTOR_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

/* Bytes of a sample as an index: 1, 2, 4, 8. */
typedef enum imx_width { IMX_WIDTH_8, IMX_WIDTH_16, IMX_WIDTH_32, IMX_WIDTH_64 } imx_width;
#define IMX_WIDTHS 4

/* Predictor 2: each sample is the difference, modulo 2^bits, to the one `stride` samples before, in the machine's byte
 * order (swap a foreign file's first); the first `stride` (samples a pixel; planar: 1) are values. In place, over n
 * samples, a multiple of stride or not. */
typedef void (*imx_predictor_sums_fn)(void *row, size_t n, size_t stride);

/* n samples out of their byte planes, the most significant plane first, in the machine's byte order. No overlap. */
typedef void (*imx_predictor_planes_fn)(const uint8_t *planes, size_t n, void *samples);

/* The other byte order, in place. */
typedef void (*imx_predictor_swap_fn)(void *samples, size_t n);

typedef struct imx_predictor_kernels {
    imx_predictor_sums_fn sums[IMX_WIDTHS];
    imx_predictor_planes_fn planes[IMX_WIDTHS]; /* of the first: a copy */
    imx_predictor_swap_fn swap[IMX_WIDTHS];     /* of the first: nothing */
} imx_predictor_kernels;

/* Predictor 3 (f16, f32, f64): the bytes of a row stand in planes and are differences to the byte `stride` before. n
 * samples out of `row`, which is spoilt; samples does not overlap it. A file of either byte order: planes have none. */
void imx_predictor3(const imx_predictor_kernels *kernels, imx_width width, uint8_t *row, size_t n, size_t stride,
                    void *samples);

#endif
