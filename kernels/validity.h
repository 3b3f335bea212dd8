/* kernels/validity.h: which samples count: nodata, alpha and mask planes, bit masks, QA bits; and back again.
 *
 * A validity plane has one byte a pixel, 0 invalid, 255 valid. What reads one takes any other value than 0 for valid.
 * The kernels that find invalid samples *clear*: they write 0 where a sample says so and leave the other bytes as they
 * are, so that rules combine by calls on one plane that begins as 255. All are exact. Arrays are indexed by imx_type;
 * samples are aligned to their size. n in samples (pixels). */
#ifndef IMX_KERNELS_VALIDITY_H
#define IMX_KERNELS_VALIDITY_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/sample.h"

/* Clears where a sample equals nodata by its own type's ==; a NaN equals NaN, and -0 equals 0. An integer type that
 * does not have the value has no such sample; for f32 it is rounded to f32 first (nodata is written in decimal).
 * With nodata 0 it reads an alpha plane, a mask band, or another validity plane (the "and" of two). */
typedef void (*imx_validity_nodata_fn)(const void *samples, size_t n, double nodata, uint8_t *valid);

/* Clears where (sample & mask) differs from value: Landsat's and Sentinel's QA bits, valid where the bits are zero. */
typedef void (*imx_validity_qa_fn)(const void *samples, size_t n, uint32_t mask, uint32_t value, uint8_t *valid);

/* Clears where the bit is 0; one bit a pixel, the first in the most significant place (TIFF's FillOrder 1). */
typedef void (*imx_validity_bits_fn)(const uint8_t *bits, size_t n, uint8_t *valid);

/* valid = 255 where either is valid, else 0. */
typedef void (*imx_validity_or_fn)(const uint8_t *other, size_t n, uint8_t *valid);

/* valid = 255 where alpha is not 0, else 0. (The other way: imx_kernels.mask_rgba8.) */
typedef void (*imx_validity_from_rgba8_fn)(const uint8_t *px, size_t n, uint8_t *valid);

/* Writes value where invalid; value is of the samples' type, any alignment. */
typedef void (*imx_validity_fill_fn)(const uint8_t *valid, size_t n, const void *value, void *samples);

typedef struct imx_validity_kernels {
    imx_validity_nodata_fn nodata[IMX_TYPES];
    imx_validity_qa_fn qa_u8, qa_u16, qa_u32;
    imx_validity_bits_fn bits;
    imx_validity_or_fn either;
    imx_validity_from_rgba8_fn from_rgba8;
    imx_validity_fill_fn fill[IMX_TYPES];
} imx_validity_kernels;

/* What kernels.h says of IMX_LOOK_EMPTY (no pixel is valid), OPAQUE (all are) and SINGLE (all samples have the same
 * bits, valid or not) for a plane of w x h samples; valid NULL: all. Strides are in bytes. No pixels: all three.
 * No variants: libc's memcmp and memchr, which it is made of, have theirs. */
unsigned imx_look_plane(const void *samples, ptrdiff_t stride, size_t sample_bytes, const uint8_t *valid,
                        ptrdiff_t valid_stride, size_t w, size_t h);

#endif
