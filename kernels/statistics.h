/* kernels/statistics.h: count, minimum, maximum, sums and histograms of the valid samples of a plane.
 *
 * valid may be NULL (all). A NaN is never counted. Arrays are indexed by imx_type; samples are aligned to their size.
 * 8- and 16-bit samples are summed in integers: the result does not depend on how a plane is cut into calls. The others
 * are summed in f64, in eight lanes: sample i of a call goes to lane i mod 8, in order; so every SIMD level returns the
 * same bits, but where a plane is cut belongs to the result: cut it the same way each time (by source blocks, rows). */
#ifndef IMX_KERNELS_STATISTICS_H
#define IMX_KERNELS_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

#define IMX_STATISTICS_LANES 8

typedef struct imx_statistics {
    uint64_t count;
    double min, max; /* never -0 */
    /* u8, i8, u16, i16; the squares are 128 bits wide */
    int64_t whole_sum;
    uint64_t whole_squares_low, whole_squares_high;
    /* the others */
    double sum[IMX_STATISTICS_LANES], squares[IMX_STATISTICS_LANES];
} imx_statistics;

#define IMX_STATISTICS_NONE                                                                                            \
    { .min = 1.0 / 0.0, .max = -1.0 / 0.0 }

/* Adds n < 2^31 samples to *statistics. */
typedef void (*imx_statistics_add_fn)(const void *samples, const uint8_t *valid, size_t n, imx_statistics *statistics);

/* Histograms have no variants: a sample is a load and a store of its bin, one after the other, which bounds them all (a
 * variant that found the bins of four f32 at a time gained nothing).
 *
 * bins[sample]++, of 256 and of 65536 bins. */
typedef void (*imx_statistics_bins8_fn)(const uint8_t *samples, const uint8_t *valid, size_t n, uint64_t bins[256]);
typedef void (*imx_statistics_bins16_fn)(const uint16_t *samples, const uint8_t *valid, size_t n, uint64_t bins[65536]);

/* Equal bins over lo..hi (lo < hi): bins[0] counts what is below lo, bins[1 + k] what is in bin k = floor((v - lo) *
 * (count / (hi - lo))) in f64, with hi itself in the last, bins[1 + count] what is above. The bins' loads and stores
 * bound its variant too (1.2 x). */
typedef struct imx_bins {
    double lo, hi;
    int32_t count;
    uint64_t *bins; /* count + 2 */
} imx_bins;
typedef void (*imx_statistics_bins_f32_fn)(const float *samples, const uint8_t *valid, size_t n, const imx_bins *into);

typedef struct imx_statistics_kernels {
    imx_statistics_add_fn add[IMX_TYPES];
    imx_statistics_bins8_fn bins_u8;
    imx_statistics_bins16_fn bins_u16;
    imx_statistics_bins_f32_fn bins_f32;
} imx_statistics_kernels;

/* Adds what another state of the same type has. */
void imx_statistics_merge(imx_statistics *into, const imx_statistics *from);
/* The sums, lanes in pairs (0+4, 1+5, ...; then 0+2, 1+3; then both), and what follows from them; no samples: 0. */
double imx_statistics_sum(const imx_statistics *statistics);
double imx_statistics_squares(const imx_statistics *statistics);
double imx_statistics_mean(const imx_statistics *statistics);
/* The population's: (squares - sum * mean) / count, never negative. */
double imx_statistics_variance(const imx_statistics *statistics);

#endif
