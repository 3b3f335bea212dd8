/* engine/source_gdal_depth.c: samples of fewer bits than their type has, or whose 0 is white: what the file says of
 * them. */
#include <cpl_string.h>
#include <stdlib.h>

#include "engine/source_gdal.h"

static bool is_signed(GDALRasterBandH band) {
    const char *sign = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
    return GDALDataTypeIsSigned(GDALGetRasterDataType(band)) || (sign && EQUAL(sign, "SIGNEDBYTE"));
}

/* Where these are fewer than the type's; else 0. (Of floats it tells how they are stored.) */
static int fewer_bits(GDALRasterBandH band) {
    const GDALDataType type = GDALGetRasterDataType(band);
    const char *said = GDALGetMetadataItem(band, "NBITS", "IMAGE_STRUCTURE");
    const int bits = said ? atoi(said) : 0;
    return GDALDataTypeIsInteger(type) && !GDALDataTypeIsComplex(type) && bits > 0 &&
                   bits < GDALGetDataTypeSizeBits(type) && bits <= 32
               ? bits
               : 0;
}

double imx_gdal_largest(GDALRasterBandH band) {
    const int bits = fewer_bits(band);
    return bits ? (double)((UINT64_C(1) << (is_signed(band) ? bits - 1 : bits)) - 1) : 0;
}

bool imx_gdal_white_is_zero(GDALDatasetH dataset) {
    const char *said = GDALGetMetadataItem(dataset, "MINISWHITE", "IMAGE_STRUCTURE");
    return said && EQUAL(said, "YES");
}

bool imx_gdal_same_depth(GDALRasterBandH band, GDALRasterBandH overview) {
    return GDALGetRasterDataType(band) != GDT_Byte || fewer_bits(band) == fewer_bits(overview);
}
