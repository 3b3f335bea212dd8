/* engine/source_gdal_tiff.c: where GDAL's GeoTIFF driver found a level and its mask, so that they can be read without
 * it. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <stdlib.h>
#include <string.h>

#include "engine/source_gdal.h"

/* The directory that holds a band, bytes from the file's start; 0: GDAL does not tell. */
static uint64_t directory_of(GDALRasterBandH band) {
    const char *text = GDALGetMetadataItem(band, "IFD_OFFSET", "TIFF");
    return text ? strtoull(text, NULL, 10) : 0;
}

/* Overviews and masks in a file of their own tell directories of that. */
static bool has_side_file(GDALDatasetH dataset) {
    char **files = GDALGetFileList(dataset);
    bool found = false;
    for (int i = 0; i < CSLCount(files) && !found; i++) {
        const char *extension = CPLGetExtension(files[i]);
        found = EQUAL(extension, "ovr") || EQUAL(extension, "msk");
    }
    CSLDestroy(files);
    return found;
}

uint8_t imx_gdal_fill_value(GDALRasterBandH band) {
    int set = 0;
    double value = GDALGetRasterNoDataValue(band, &set);
    return !set || !(value > 0) ? 0 : value >= 255 ? 255 : (uint8_t)(value + 0.5);
}

static void natural_block(const imx_asset *asset, int32_t level, imx_tiff_options *options) {
    bool own = level > 0 && asset->overview_block_w[level - 1] > 0 && asset->overview_block_h[level - 1] > 0;
    options->block_w = own ? asset->overview_block_w[level - 1] : asset->block_w;
    options->block_h = own ? asset->overview_block_h[level - 1] : asset->block_h;
}

static imx_status open_mask(imx_memory *memory, const imx_kernels *kernels, const imx_gdal_level *level,
                            const imx_tiff_options *image, imx_tiff **out) {
    imx_tiff_options options = *image;
    options.directory = directory_of(level->mask);
    options.file_bands = options.band_count = options.bands[0] = 1;
    options.alpha = false;
    options.mask = true;
    *out = NULL;
    return options.directory ? imx_tiff_open(memory, kernels, &options, out) : IMX_OK;
}

imx_status imx_gdal_tiff_open(imx_memory *memory, const imx_kernels *kernels, GDALDatasetH dataset,
                              const imx_asset *asset, int32_t number, const imx_gdal_level *level, imx_tiff **image,
                              imx_tiff **mask) {
    *image = *mask = NULL;
    if (!EQUAL(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)), "GTiff") || !level->dataset || level->count > 4 ||
        ((number > 0 || level->mask) && has_side_file(dataset))) {
        return IMX_OK;
    }
    imx_tiff_options options = {
        .path = asset->path,
        .directory = directory_of(level->bands[0]),
        .width = level->width,
        .height = level->height,
        .file_bands = GDALGetRasterCount(level->dataset),
        .band_count = level->count,
        .alpha = asset->validity == IMX_VALID_ALPHA && asset->alpha_band > 0,
    };
    natural_block(asset, number, &options);
    for (int i = 0; i < level->count; i++) {
        options.bands[i] = level->numbers[i];
        options.fill[i] = imx_gdal_fill_value(level->bands[i]);
    }
    const int colours = level->count - (options.alpha ? 1 : 0);
    if (options.directory == 0 || (colours != 1 && colours != 3)) {
        return IMX_OK;
    }
    imx_status status = imx_tiff_open(memory, kernels, &options, image);
    if (status == IMX_OK && *image && level->mask) {
        status = open_mask(memory, kernels, level, &options, mask);
        if (!*mask) {
            imx_tiff_close(image);
        }
    }
    return status;
}
