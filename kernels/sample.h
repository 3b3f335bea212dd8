/* kernels/sample.h: the types that a raster's samples have. */
#ifndef IMX_KERNELS_SAMPLE_H
#define IMX_KERNELS_SAMPLE_H

#include <stdbool.h>

typedef enum imx_type { IMX_U8, IMX_I8, IMX_U16, IMX_I16, IMX_U32, IMX_I32, IMX_F32, IMX_F64 } imx_type;
#define IMX_TYPES 8 /* how many there are */

/* Samples that do not saturate and may be NaN. */
static inline bool imx_type_is_float(imx_type type) { return type == IMX_F32 || type == IMX_F64; }

#endif
