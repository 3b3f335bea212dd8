/* kernels/lookup.h: values to picture: lookup tables, colour ramps, the stretch with gamma.
 *
 * All are exact across SIMD levels. */
#ifndef IMX_KERNELS_LOOKUP_H
#define IMX_KERNELS_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

/* A stretch maps lo..hi to 0..255: t = (v - lo) / (hi - lo), clamped to 0..1 (a NaN is 0), to the power 1 / gamma,
 * result floor(255 t + 0.5). In f32, with t = (v - lo) * per_unit; where gamma is not 1 the power is 2^(log2(t) /
 * gamma) by two polynomials, whose result differs from the true one by less than 0.001 before it is rounded. */
typedef struct imx_stretch {
    float lo, per_unit; /* 1 / (hi - lo); negative: bright is low */
    float exponent;     /* 1 / gamma, 0.05..20 */
} imx_stretch;
/* hi == lo: what is above lo is 255. */
imx_stretch imx_stretch_of(double lo, double hi, double gamma);

typedef void (*imx_lookup_stretch_fn)(const imx_stretch *stretch, const float *values, size_t n, uint8_t *dst);

/* dst = lut[src], of 256 and of 65536 entries; dst may be src. AVX2 gathers no bytes. So the first asks the table's 16
 * rows one by one, 48 instructions for 32 samples, which is what bounds it (1.5 x the reference); the second has no
 * variant: one load from the table for each sample bounds it. */
typedef void (*imx_lookup_u8_fn)(const uint8_t lut[256], const uint8_t *src, size_t n, uint8_t *dst);
typedef void (*imx_lookup_u16_fn)(const uint8_t lut[65536], const uint16_t *src, size_t n, uint8_t *dst);

/* Pixels out of a palette of 256 (rgba8; entries of alpha 0 should be 0,0,0,0). */
typedef void (*imx_lookup_palette_fn)(const uint8_t palette[1024], const uint8_t *src, size_t n, uint8_t *px);

/* A colour ramp: `entries` (1..65536) rgba8 pixels for equal steps of the value; the first step begins at lo, what is
 * below or above takes the first or last entry: entry floor((v - lo) * per_unit), in f32. Invalid (valid may be NULL)
 * and NaN: 0,0,0,0. */
typedef struct imx_ramp {
    float lo, per_unit;
    const uint8_t *rgba8;
    int32_t entries;
} imx_ramp;
typedef void (*imx_lookup_ramp_fn)(const imx_ramp *ramp, const float *values, const uint8_t *valid, size_t n,
                                   uint8_t *px);

typedef struct imx_lookup_kernels {
    imx_lookup_stretch_fn stretch;
    imx_lookup_u8_fn u8;
    imx_lookup_u16_fn u16;
    imx_lookup_palette_fn palette;
    imx_lookup_ramp_fn ramp;
} imx_lookup_kernels;

/* The stretch as a table for u8 (256 entries) or u16 (65536) samples: what the kernel makes of each value. */
void imx_stretch_fill(const imx_lookup_kernels *kernels, const imx_stretch *stretch, size_t entries, uint8_t *lut);

#endif
