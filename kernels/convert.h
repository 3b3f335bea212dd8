/* kernels/convert.h: between the sample types, with scale and offset; narrow samples unpacked; planes to rgba8 and
 * back.
 *
 * The 8 x 8 conversions of imx_type go through f64, which holds every value of the eight types exactly: widen, scale,
 * narrow; imx_convert() does the three in blocks that stay in the first cache. All are exact across SIMD levels: each
 * step rounds once, as IEEE 754 says. Arrays are indexed by imx_type; samples are aligned to their size. */
#ifndef IMX_KERNELS_CONVERT_H
#define IMX_KERNELS_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

typedef void (*imx_convert_widen_fn)(const void *src, size_t n, double *dst);

/* v = v * scale, rounded, then + offset, rounded. In place. */
typedef void (*imx_convert_scale_fn)(double *values, size_t n, double scale, double offset);

/* To an integer type: rounded to nearest, halves away from zero (as GDAL does), and saturated; infinities saturate; a
 * NaN becomes 0. To f32: rounded to nearest even, too large becomes infinite (as in GDAL); a NaN stays one. Clears
 * valid where the value is NaN; valid may be NULL. */
typedef void (*imx_convert_narrow_fn)(const double *src, size_t n, void *dst, uint8_t *valid);

/* IEEE 754 binary16 to f32: every value, infinities, subnormals; the bits of a NaN are kept. */
typedef void (*imx_convert_f16_fn)(const uint16_t *src, size_t n, float *dst);

/* n samples of 1, 2, 4 or 12 bits, the first in the most significant place of the first byte (TIFF's FillOrder 1). */
typedef void (*imx_convert_unpack8_fn)(const uint8_t *packed, size_t n, uint8_t *dst);
typedef void (*imx_convert_unpack16_fn)(const uint8_t *packed, size_t n, uint16_t *dst);

/* Planes to rgba8: alpha is a plane (coverage or validity), NULL: 255; alpha 0 makes 0,0,0,0. Gray: three times the
 * same plane. */
typedef void (*imx_convert_to_rgba8_fn)(const uint8_t *const rgb[3], const uint8_t *alpha, size_t n, uint8_t *px);
/* And back; alpha may be NULL. */
typedef void (*imx_convert_from_rgba8_fn)(const uint8_t *px, size_t n, uint8_t *const rgb[3], uint8_t *alpha);

typedef struct imx_convert_kernels {
    imx_convert_widen_fn widen[IMX_TYPES];
    imx_convert_scale_fn scale;
    imx_convert_narrow_fn narrow[IMX_TYPES];
    imx_convert_f16_fn f16_f32;
    imx_convert_unpack8_fn unpack1, unpack2, unpack4;
    imx_convert_unpack16_fn unpack12;
    imx_convert_to_rgba8_fn to_rgba8;
    imx_convert_from_rgba8_fn from_rgba8;
} imx_convert_kernels;

typedef struct imx_conversion {
    imx_type from, to;
    double scale, offset; /* 1, 0: none */
} imx_conversion;

/* dst = narrow(src * scale + offset), with what `kernels` has; src and dst do not overlap. The same type and no scale:
 * the samples are copied, and valid stays as it is (NaN too). */
void imx_convert(const imx_convert_kernels *kernels, const imx_conversion *how, const void *src, size_t n, void *dst,
                 uint8_t *valid);

#endif
