/* engine/source_gdal_level.c: the bands and the mask of one level: the file itself or one of its overviews. */
#include <string.h>

#include "engine/source_gdal.h"

GDALRasterBandH imx_gdal_band_at(GDALDatasetH dataset, int number, int32_t level) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    if (!band || level == 0) {
        return band;
    }
    return level - 1 < GDALGetOverviewCount(band) ? GDALGetOverview(band, level - 1) : NULL;
}

bool imx_gdal_has_own_mask(GDALRasterBandH band) {
    return !(GDALGetMaskFlags(band) & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA));
}

/* Data with many bands: the first ones stand for all if all have one size and one dataset. */
static bool rest_is_alike(GDALDatasetH dataset, const imx_asset *asset, int32_t level, const imx_gdal_level *found) {
    for (int32_t i = found->count; i < asset->data_count; i++) {
        GDALRasterBandH band = imx_gdal_band_at(dataset, asset->data[i].number, level);
        if (!band || GDALGetRasterBandXSize(band) != found->width || GDALGetRasterBandYSize(band) != found->height) {
            return false;
        }
    }
    return true;
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

GDALRasterBandH imx_gdal_level_band(const imx_gdal_level *level, const int *numbers, int32_t i) {
    if (i < IMX_ASSET_BANDS_MAX) {
        return level->bands[i];
    }
    return level->dataset ? GDALGetRasterBand(level->dataset, numbers[i]) : NULL;
}

static int32_t count_bands(const imx_asset *asset) {
    return asset->role == IMX_ROLE_DATA ? asset->data_count : asset->band_count;
}

static int band_number(const imx_asset *asset, int32_t i) {
    return asset->role == IMX_ROLE_DATA ? asset->data[i].number : asset->bands[i];
}

/* Whether bands have their own masks here as at full resolution, which fit them. */
static bool band_masks_fit(GDALDatasetH dataset, const imx_asset *asset, int32_t level, const imx_gdal_level *found) {
    for (int32_t i = 0; i < count_bands(asset); i++) {
        GDALRasterBandH whole = GDALGetRasterBand(dataset, band_number(asset, i));
        GDALRasterBandH band = imx_gdal_band_at(dataset, band_number(asset, i), level);
        GDALRasterBandH mask = band ? GDALGetMaskBand(band) : NULL;
        if (!mask || imx_gdal_has_own_mask(band) != imx_gdal_has_own_mask(whole) ||
            GDALGetRasterBandXSize(mask) != found->width || GDALGetRasterBandYSize(mask) != found->height) {
            return false;
        }
    }
    return true;
}

bool imx_gdal_level_find(GDALDatasetH dataset, const imx_asset *asset, int32_t level, imx_gdal_level *out) {
    imx_gdal_level found = {0};
    int numbers[IMX_ASSET_BANDS_MAX + 1];
    const bool data = asset->role == IMX_ROLE_DATA;
    for (int32_t i = 0; i < count_bands(asset) && i < IMX_ASSET_BANDS_MAX; i++) {
        numbers[found.count++] = band_number(asset, i);
    }
    if (imx_gdal_has_alpha_band(asset)) {
        numbers[found.count++] = asset->alpha_band;
    }
    for (int i = 0; i < found.count; i++) {
        found.bands[i] = imx_gdal_band_at(dataset, numbers[i], level);
        if (!found.bands[i] || (!data && GDALGetRasterDataType(found.bands[i]) != GDT_Byte) ||
            !imx_gdal_same_depth(GDALGetRasterBand(dataset, numbers[i]), found.bands[i])) {
            return false;
        }
        int width = GDALGetRasterBandXSize(found.bands[i]), height = GDALGetRasterBandYSize(found.bands[i]);
        if (i > 0 && (width != found.width || height != found.height)) {
            return false;
        }
        found.width = width;
        found.height = height;
    }
    if (asset->validity == IMX_VALID_MASK && asset->band_masks) {
        if (!band_masks_fit(dataset, asset, level, &found)) {
            return false;
        }
    } else if (asset->validity == IMX_VALID_MASK) {
        found.mask = imx_gdal_has_own_mask(found.bands[0]) ? GDALGetMaskBand(found.bands[0]) : NULL;
        if (!found.mask || GDALGetRasterBandXSize(found.mask) != found.width ||
            GDALGetRasterBandYSize(found.mask) != found.height) {
            return false;
        }
    }
    if (data && !rest_is_alike(dataset, asset, level, &found)) {
        return false;
    }
    found.dataset = common_dataset(&found);
    *out = found;
    return true;
}
