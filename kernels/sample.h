/* kernels/sample.h: the types that a raster's samples have. */
#ifndef IMX_KERNELS_SAMPLE_H
#define IMX_KERNELS_SAMPLE_H

typedef enum imx_type { IMX_U8, IMX_I8, IMX_U16, IMX_I16, IMX_U32, IMX_I32, IMX_F32, IMX_F64 } imx_type;
#define IMX_TYPES 8 /* how many there are */

#endif
