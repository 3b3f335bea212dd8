/* engine/source_gdal_bands.c: which bands of a file make the picture, and what tells which pixels are valid.
 * Alpha beats a mask, a mask beats nodata; what the user says beats all three. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/source_gdal.h"

enum { NO_INDEX = -1 }; /* the nodata of a palette that has none */

static GDALColorInterp meaning(GDALDatasetH dataset, int band) {
    return GDALGetRasterColorInterpretation(GDALGetRasterBand(dataset, band));
}

/* The first band that means what; 0: none. */
static int find_meaning(GDALDatasetH dataset, GDALColorInterp what) {
    int count = GDALGetRasterCount(dataset);
    for (int band = 1; band <= count; band++) {
        if (meaning(dataset, band) == what) {
            return band;
        }
    }
    return 0;
}

static void choose_colours(GDALDatasetH dataset, imx_asset *asset) {
    int red = find_meaning(dataset, GCI_RedBand), green = find_meaning(dataset, GCI_GreenBand),
        blue = find_meaning(dataset, GCI_BlueBand), count = GDALGetRasterCount(dataset);
    if (red && green && blue) {
        asset->band_count = 3;
        asset->bands[0] = red;
        asset->bands[1] = green;
        asset->bands[2] = blue;
        return;
    }
    int32_t found[3], n = 0;
    for (int band = 1; band <= count && n < 3; band++) {
        if (meaning(dataset, band) != GCI_AlphaBand) {
            found[n++] = band;
        }
    }
    if (n == 0) { /* a lone alpha band is shown as what it holds */
        found[n++] = 1;
    }
    asset->band_count = n == 3 ? 3 : 1;
    memcpy(asset->bands, found, (size_t)asset->band_count * sizeof *found);
}

static imx_status check_type(GDALDatasetH dataset, int band, imx_error *err, const imx_asset *asset) {
    GDALRasterBandH handle = GDALGetRasterBand(dataset, band);
    GDALDataType type = GDALGetRasterDataType(handle);
    const char *sign = GDALGetMetadataItem(handle, "PIXELTYPE", "IMAGE_STRUCTURE");
    bool is_signed = sign && EQUAL(sign, "SIGNEDBYTE");
    if (type == GDT_Byte && !is_signed) {
        return IMX_OK;
    }
    return imx_fail(err, IMX_E_UNSUPPORTED,
                    "%s: band %d is %s, and this version tiles 8-bit pictures only: convert it with "
                    "gdal_translate -ot Byte -scale",
                    asset->path, band, is_signed ? "Int8" : GDALGetDataTypeName(type));
}

static imx_status check_colours(GDALDatasetH dataset, imx_error *err, const imx_asset *asset) {
    switch (meaning(dataset, asset->bands[0])) {
    case GCI_CyanBand:
    case GCI_HueBand:
    case GCI_YCbCr_YBand:
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: its colours are %s, not red, green and blue: convert it to RGB",
                        asset->path, GDALGetColorInterpretationName(meaning(dataset, asset->bands[0])));
    default: return IMX_OK;
    }
}

/* ---- palette ---- */

static imx_status choose_palette(GDALDatasetH dataset, imx_error *err, imx_asset *asset) {
    GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(dataset, asset->bands[0]));
    if (asset->band_count != 1 || !table || meaning(dataset, asset->bands[0]) != GCI_PaletteIndex) {
        return IMX_OK;
    }
    if (GDALGetPaletteInterpretation(table) != GPI_RGB) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: its palette holds %s colours, not RGB: convert it to RGB",
                        asset->path, GDALGetPaletteInterpretationName(GDALGetPaletteInterpretation(table)));
    }
    asset->palette = true;
    return IMX_OK;
}

/* Whether the palette makes other indexes than that of nodata (or NO_INDEX) transparent, wholly or partly. */
static bool palette_has_alpha(GDALDatasetH dataset, const imx_asset *asset, double nodata) {
    GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(dataset, asset->bands[0]));
    for (int i = 0; i < GDALGetColorEntryCount(table); i++) {
        if (i != nodata && GDALGetColorEntry(table, i)->c4 < 255) {
            return true;
        }
    }
    return false;
}

/* ---- nodata ---- */

static bool is_u8(double value) { return value >= 0 && value <= 255 && floor(value) == value; }

/* The dataset-wide NODATA_VALUES item: one value for each band of the file. */
static bool listed_nodata(GDALDatasetH dataset, imx_asset *asset) {
    const char *item = GDALGetMetadataItem(dataset, "NODATA_VALUES", NULL);
    char **values = item ? CSLTokenizeString(item) : NULL;
    bool found = values && CSLCount(values) >= GDALGetRasterCount(dataset);
    for (int32_t i = 0; found && i < asset->band_count; i++) {
        asset->nodata[i] = CPLAtof(values[asset->bands[i] - 1]);
        found = is_u8(asset->nodata[i]);
    }
    CSLDestroy(values);
    return found;
}

/* A pixel is invalid where every colour band equals its nodata value: one that has none, or one that no 8-bit pixel
 * can equal, makes all pixels valid. */
static bool file_nodata(GDALDatasetH dataset, imx_asset *asset) {
    if (listed_nodata(dataset, asset)) {
        return true;
    }
    for (int32_t i = 0; i < asset->band_count; i++) {
        int set = 0;
        asset->nodata[i] = GDALGetRasterNoDataValue(GDALGetRasterBand(dataset, asset->bands[i]), &set);
        if (!set || !is_u8(asset->nodata[i])) {
            return false;
        }
    }
    return true;
}

static imx_validity user_nodata(const imx_source_options *options, imx_log *log, imx_asset *asset) {
    if (!is_u8(options->nodata)) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: no 8-bit pixel can equal --nodata %g: all pixels count as valid",
                    asset->path, options->nodata);
        return IMX_VALID_ALL;
    }
    for (int32_t i = 0; i < asset->band_count; i++) {
        asset->nodata[i] = options->nodata;
    }
    return IMX_VALID_NODATA;
}

/* ---- validity ---- */

static imx_validity choose_validity(GDALDatasetH dataset, const imx_source_options *options, imx_log *log,
                                    imx_asset *asset) {
    if (options && options->has_nodata) {
        return user_nodata(options, log, asset);
    }
    int alpha = find_meaning(dataset, GCI_AlphaBand);
    if (alpha && alpha != asset->bands[0]) {
        asset->alpha_band = alpha;
        return IMX_VALID_ALPHA;
    }
    int flags = GDALGetMaskFlags(GDALGetRasterBand(dataset, asset->bands[0]));
    bool has_mask = !(flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA));
    if (has_mask && (flags & GMF_PER_DATASET)) {
        return IMX_VALID_MASK;
    }
    if (has_mask) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: the mask of band %d alone is taken for the whole picture", asset->path,
                    (int)asset->bands[0]);
        return IMX_VALID_MASK;
    }
    bool nodata = file_nodata(dataset, asset);
    if (asset->palette && palette_has_alpha(dataset, asset, nodata ? asset->nodata[0] : NO_INDEX)) {
        asset->nodata[0] = nodata ? asset->nodata[0] : NO_INDEX;
        return IMX_VALID_ALPHA; /* alpha_band 0 */
    }
    /* Not before: drivers make the nodata index of a palette transparent themselves. */
    nodata &= !(options && options->no_nodata);
    if (!nodata) {
        memset(asset->nodata, 0, sizeof asset->nodata);
        asset->nodata[0] = asset->palette ? NO_INDEX : 0;
    }
    return nodata ? IMX_VALID_NODATA : IMX_VALID_ALL;
}

imx_status imx_gdal_choose_bands(GDALDatasetH dataset, const imx_source_options *options, imx_log *log, imx_error *err,
                                 imx_asset *asset) {
    if (GDALGetRasterCount(dataset) < 1) {
        char **subdatasets = GDALGetMetadata(dataset, "SUBDATASETS");
        const char *first = CSLFetchNameValue(subdatasets, "SUBDATASET_1_NAME");
        return first ? imx_fail(err, IMX_E_INPUT, "%s: holds several rasters: name one of them, such as %s",
                                asset->path, first)
                     : imx_fail(err, IMX_E_INPUT, "%s: holds no raster bands", asset->path);
    }
    choose_colours(dataset, asset);
    for (int32_t i = 0; i < asset->band_count; i++) {
        imx_status status = check_type(dataset, asset->bands[i], err, asset);
        if (status != IMX_OK) {
            return status;
        }
    }
    imx_status status = check_colours(dataset, err, asset);
    if (status == IMX_OK) {
        status = choose_palette(dataset, err, asset);
    }
    if (status != IMX_OK) {
        return status;
    }
    asset->role = IMX_ROLE_VISUAL;
    asset->type = IMX_U8;
    asset->validity = choose_validity(dataset, options, log, asset);
    return asset->alpha_band ? check_type(dataset, asset->alpha_band, err, asset) : IMX_OK;
}
