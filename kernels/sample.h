/* kernels/sample.h: the types that a raster's samples have. */
#ifndef IMX_KERNELS_SAMPLE_H
#define IMX_KERNELS_SAMPLE_H

#include <stdbool.h>

typedef enum imx_type { IMX_U8, IMX_I8, IMX_U16, IMX_I16, IMX_U32, IMX_I32, IMX_F32, IMX_F64 } imx_type;
#define IMX_TYPES 8 /* how many there are */

/* The types that planes are warped, and reduced by filters, in: others are widened or narrowed by their reader. */
#define IMX_PLANE_TYPES 5
/* Where a type stands in tables of these: u8, u16, i16, f32, f64; -1: it is none of them. */
static inline int imx_plane_type_index(imx_type type) {
    return type == IMX_U8    ? 0
           : type == IMX_U16 ? 1
           : type == IMX_I16 ? 2
           : type == IMX_F32 ? 3
           : type == IMX_F64 ? 4
                             : -1;
}

/* Samples that do not saturate and may be NaN. */
static inline bool imx_type_is_float(imx_type type) { return type == IMX_F32 || type == IMX_F64; }

#endif
