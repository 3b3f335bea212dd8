/* engine/asset.c: what follows from an asset of data: how it is kept while it is worked on. */
#include "engine/scene.h"

imx_type imx_asset_working_type(const imx_asset *asset) {
    if (asset->as_floats) {
        return IMX_F32;
    }
    switch (asset->type) {
    case IMX_U8: return IMX_U8;
    case IMX_U16: return IMX_U16;
    case IMX_I8:
    case IMX_I16: return IMX_I16;
    case IMX_F32:
    case IMX_U32:
    case IMX_I32:
    case IMX_F64: break;
    }
    return IMX_F32;
}

int32_t imx_asset_valid_planes(const imx_asset *asset) {
    switch (asset->validity) {
    case IMX_VALID_ALL: return asset->collar ? 1 : 0;
    case IMX_VALID_NODATA: return asset->whole_pixels ? 1 : asset->data_count;
    case IMX_VALID_ALPHA:
    case IMX_VALID_MASK: break;
    }
    return 1;
}
