/* engine/source_gdal_level.c: the bands and the mask of one level: the file itself or one of its overviews. */
#include <string.h>

#include "engine/source_gdal.h"

static GDALRasterBandH at_level(GDALRasterBandH band, int32_t level) {
    if (!band || level == 0) {
        return band;
    }
    return level - 1 < GDALGetOverviewCount(band) ? GDALGetOverview(band, level - 1) : NULL;
}

/* The dataset of which all bands are bands, under the numbers noted in *level; NULL if there is none. */
static GDALDatasetH common_dataset(imx_gdal_level *level) {
    GDALDatasetH dataset = GDALGetBandDataset(level->bands[0]);
    if (!dataset || GDALGetRasterXSize(dataset) != level->width || GDALGetRasterYSize(dataset) != level->height) {
        return NULL;
    }
    for (int i = 0; i < level->count; i++) {
        int number = GDALGetBandNumber(level->bands[i]);
        if (GDALGetBandDataset(level->bands[i]) != dataset || number < 1 || number > GDALGetRasterCount(dataset) ||
            GDALGetRasterBand(dataset, number) != level->bands[i]) {
            return NULL;
        }
        level->numbers[i] = number;
    }
    return dataset;
}

bool imx_gdal_level_find(GDALDatasetH dataset, const imx_asset *asset, int32_t level, imx_gdal_level *out) {
    imx_gdal_level found = {0};
    for (int32_t i = 0; i < asset->band_count; i++) {
        found.bands[found.count++] = at_level(GDALGetRasterBand(dataset, asset->bands[i]), level);
    }
    if (asset->validity == IMX_VALID_ALPHA && asset->alpha_band > 0) {
        found.bands[found.count++] = at_level(GDALGetRasterBand(dataset, asset->alpha_band), level);
    }
    for (int i = 0; i < found.count; i++) {
        if (!found.bands[i] || GDALGetRasterDataType(found.bands[i]) != GDT_Byte) {
            return false;
        }
        int width = GDALGetRasterBandXSize(found.bands[i]), height = GDALGetRasterBandYSize(found.bands[i]);
        if (i > 0 && (width != found.width || height != found.height)) {
            return false;
        }
        found.width = width;
        found.height = height;
    }
    if (asset->validity == IMX_VALID_MASK) {
        found.mask = GDALGetMaskFlags(found.bands[0]) & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)
                         ? NULL
                         : GDALGetMaskBand(found.bands[0]);
        if (!found.mask || GDALGetRasterBandXSize(found.mask) != found.width ||
            GDALGetRasterBandYSize(found.mask) != found.height) {
            return false;
        }
    }
    found.dataset = common_dataset(&found);
    *out = found;
    return true;
}
