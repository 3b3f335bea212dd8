/* kernels/mix.h: one plane over or under another, planes blended by weight, 16-bit RGBA premultiplied.
 *
 * The planar lane's mosaic. Validity planes are those of validity.h. Arrays are indexed by imx_type; samples are
 * aligned to their size. All are exact across SIMD levels. */
#ifndef IMX_KERNELS_MIX_H
#define IMX_KERNELS_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

/* Puts src on dst: where it is valid, dst takes its sample. */
typedef void (*imx_mix_over_fn)(void *dst, const void *src, const uint8_t *src_valid, size_t n);
/* Puts src beneath dst: where dst is invalid and src valid, dst takes its sample. Both leave the validity of dst to
 * imx_validity_kernels.either, once for all bands. */
typedef void (*imx_mix_under_fn)(void *dst, const uint8_t *dst_valid, const void *src, const uint8_t *src_valid,
                                 size_t n);

/* ---- blend by weight: sum of w v, over sum of w ----
 * Weights are 0..65535; one plane of weights serves all bands. Sums are f64: exact, hence the same in any order, for 8-
 * and 16-bit samples (below 2^53: two million layers of the largest weight). */

/* weight = 0 where invalid. */
typedef void (*imx_mix_weigh_fn)(uint16_t *weight, const uint8_t *valid, size_t n);
/* total += weight. */
typedef void (*imx_mix_total_fn)(double *total, const uint16_t *weight, size_t n);
/* sum += weight * value, each rounded; a value of weight 0 does not count, NaN or not. */
typedef void (*imx_mix_add_fn)(double *sum, const double *values, const uint16_t *weight, size_t n);
/* sum = sum / total, 0 where total is 0; valid (may be NULL) = 255, or 0 where total is 0. */
typedef void (*imx_mix_divide_fn)(double *sum, const double *total, size_t n, uint8_t *valid);

/* Interleaved R,G,B,A of 16 bits: c = (c a + 32767) / 65535, alpha kept; and back: c = min(65535, (65535 c + a/2) / a),
 * a = 0: 0. In place. */
typedef void (*imx_mix_premultiply_fn)(uint16_t *px, size_t n);

typedef struct imx_mix_kernels {
    imx_mix_over_fn over[IMX_TYPES];
    imx_mix_under_fn under[IMX_TYPES];
    imx_mix_weigh_fn weigh;
    imx_mix_total_fn total;
    imx_mix_add_fn add;
    imx_mix_divide_fn divide;
    imx_mix_premultiply_fn premultiply_rgba16, unpremultiply_rgba16;
} imx_mix_kernels;

struct imx_kernels;
/* add and divide for samples of any type: widened on the way in; rounded and saturated (convert.h) on the way out,
 * which leaves sum spoilt. */
void imx_mix_add(const struct imx_kernels *kernels, imx_type type, double *sum, const void *samples,
                 const uint16_t *weight, size_t n);
void imx_mix_resolve(const struct imx_kernels *kernels, imx_type type, double *sum, const double *total, size_t n,
                     void *samples, uint8_t *valid);

#endif
