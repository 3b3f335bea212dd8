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

double imx_gdal_fill_value(GDALRasterBandH band) {
    int set = 0;
    double value = GDALGetRasterNoDataValue(band, &set);
    return set ? value : 0;
}

static void natural_block(const imx_asset *asset, int32_t level, imx_tiff_options *options) {
    bool own = level > 0 && asset->overview_block_w[level - 1] > 0 && asset->overview_block_h[level - 1] > 0;
    options->block_w = own ? asset->overview_block_w[level - 1] : asset->block_w;
    options->block_h = own ? asset->overview_block_h[level - 1] : asset->block_h;
}

static imx_status open_mask(imx_memory *memory, const imx_kernels *kernels, const imx_gdal_level *level,
                            const imx_tiff_options *image, imx_tiff **out) {
    static const int32_t bands[] = {1};
    static const double fill[] = {0};
    imx_tiff_options options = *image;
    options.directory = directory_of(level->mask);
    options.file_bands = options.band_count = 1;
    options.bands = bands;
    options.fill = fill;
    options.alpha = options.data = false;
    options.mask = true;
    *out = NULL;
    return options.directory ? imx_tiff_open(memory, kernels, &options, out) : IMX_OK;
}

/* The bands' numbers and what fills them, in the order that they are read in; false: the level has others. */
static bool list_bands(const imx_asset *asset, const imx_gdal_level *level, int32_t count, int32_t *bands,
                       double *fill) {
    const bool data = asset->role == IMX_ROLE_DATA;
    for (int32_t i = 0; i < count; i++) {
        const bool alpha = data && i == asset->data_count;
        bands[i] = !data ? level->numbers[i] : alpha ? asset->alpha_band : asset->data[i].number;
        GDALRasterBandH band = GDALGetRasterBand(level->dataset, bands[i]);
        if (!band || (!alpha && i < IMX_ASSET_BANDS_MAX && bands[i] != level->numbers[i])) {
            return false;
        }
        fill[i] = imx_gdal_fill_value(band);
    }
    return true;
}

/* Opens the image, and the mask where there is one, of what is described but for its bands. */
static imx_status open_both(imx_memory *memory, const imx_kernels *kernels, const imx_gdal_level *level,
                            imx_tiff_options *options, imx_tiff **image, imx_tiff **mask) {
    imx_status status = imx_tiff_open(memory, kernels, options, image);
    if (status == IMX_OK && *image && level->mask) {
        status = open_mask(memory, kernels, level, options, mask);
        if (!*mask) {
            imx_tiff_close(image);
        }
    }
    return status;
}

imx_status imx_gdal_tiff_open(imx_memory *memory, const imx_kernels *kernels, GDALDatasetH dataset,
                              const imx_asset *asset, int32_t number, const imx_gdal_level *level, imx_tiff **image,
                              imx_tiff **mask) {
    *image = *mask = NULL;
    if (asset->band_masks || !EQUAL(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)), "GTiff") ||
        !level->dataset || ((number > 0 || level->mask) && has_side_file(dataset))) {
        return IMX_OK;
    }
    const bool data = asset->role == IMX_ROLE_DATA, alpha = imx_gdal_has_alpha_band(asset);
    const int32_t colours = (data ? asset->data_count : level->count - (alpha ? 1 : 0)),
                  count = colours + (alpha ? 1 : 0);
    imx_tiff_options options = {
        .path = asset->path,
        .directory = directory_of(level->bands[0]),
        .width = level->width,
        .height = level->height,
        .file_bands = GDALGetRasterCount(level->dataset),
        .band_count = count,
        .alpha = alpha,
        .data = data,
        .stored = asset->type,
        .working = imx_asset_working_type(asset),
    };
    natural_block(asset, number, &options);
    if (options.directory == 0 || (!data && colours != 1 && colours != 3)) {
        return IMX_OK;
    }
    int32_t *bands = imx_calloc(memory, (size_t)count, sizeof *bands);
    double *fill = imx_calloc(memory, (size_t)count, sizeof *fill);
    imx_status status = bands && fill ? IMX_OK : IMX_E_NOMEM;
    if (status == IMX_OK && list_bands(asset, level, count, bands, fill)) {
        options.bands = bands;
        options.fill = fill;
        status = open_both(memory, kernels, level, &options, image, mask);
    }
    imx_free(memory, bands);
    imx_free(memory, fill);
    return status;
}
