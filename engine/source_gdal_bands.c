/* engine/source_gdal_bands.c: which bands of a file make the picture, and what tells which pixels are valid.
 * Alpha beats a mask, a mask beats nodata; what the user says beats all three. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "engine/base/text.h"
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

imx_status imx_gdal_band_named(GDALDatasetH dataset, const char *path, const char *item, imx_error *err, int32_t *out) {
    const int count = GDALGetRasterCount(dataset);
    const int32_t number = imx_band_list_number(item);
    int found = number <= count ? (int)number : 0;
    for (int band = 1; band <= count && !found && !number; band++) {
        GDALRasterBandH handle = GDALGetRasterBand(dataset, band);
        if (imx_band_names_match(item, GDALGetDescription(handle)) ||
            EQUAL(item, GDALGetColorInterpretationName(GDALGetRasterColorInterpretation(handle)))) {
            found = band;
        }
    }
    if (!found) {
        return imx_fail(err, IMX_E_USAGE, "%s: has %d %s: --bands %s is none of them", path, count,
                        count == 1 ? "band" : "bands", item);
    }
    *out = found;
    return IMX_OK;
}

/* The user's, by names. */
static imx_status take_named(GDALDatasetH dataset, const char *list, imx_error *err, imx_asset *asset) {
    char item[IMX_BAND_NAME_MAX];
    imx_status status = IMX_OK;
    for (asset->band_count = 0; asset->band_count < 3 && status == IMX_OK && imx_band_list_next(&list, item);
         asset->band_count++) {
        status = imx_gdal_band_named(dataset, asset->path, item, err, &asset->bands[asset->band_count]);
    }
    return status;
}

/* The user's. */
static imx_status take_bands(GDALDatasetH dataset, const imx_source_options *options, imx_error *err,
                             imx_asset *asset) {
    const int count = GDALGetRasterCount(dataset);
    for (int32_t i = 0; i < options->band_count; i++) {
        if (options->bands[i] > count) {
            return imx_fail(err, IMX_E_USAGE, "%s: has %d %s: --bands %d is none of them", asset->path, count,
                            count == 1 ? "band" : "bands", (int)options->bands[i]);
        }
        asset->bands[i] = options->bands[i];
    }
    asset->band_count = options->band_count;
    return IMX_OK;
}

static void find_bands(GDALDatasetH dataset, imx_asset *asset) {
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

static bool is_signed_byte(GDALRasterBandH band) {
    const char *sign = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
    return sign && EQUAL(sign, "SIGNEDBYTE");
}

static bool is_u8_band(GDALDatasetH dataset, int number) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    return GDALGetRasterDataType(band) == GDT_Byte && !is_signed_byte(band);
}

static imx_status check_type(GDALDatasetH dataset, int number, imx_error *err, const imx_asset *asset) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    if (is_u8_band(dataset, number)) {
        return IMX_OK;
    }
    return imx_fail(err, IMX_E_UNSUPPORTED, "%s: band %d is %s: only 8-bit pictures are read as they are", asset->path,
                    number, is_signed_byte(band) ? "Int8" : GDALGetDataTypeName(GDALGetRasterDataType(band)));
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

/* Of an index there is no other picture than its palette's. */
static imx_status check_no_palette(GDALDatasetH dataset, imx_error *err, const imx_asset *asset) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, asset->bands[0]);
    if (asset->band_count > 1 || meaning(dataset, asset->bands[0]) != GCI_PaletteIndex ||
        !GDALGetRasterColorTable(band)) {
        return IMX_OK;
    }
    return imx_fail(
        err, IMX_E_UNSUPPORTED,
        "%s: its samples are indexes of a palette, which cannot be stretched or joined with numbers: tile it "
        "apart%s",
        asset->path, is_u8_band(dataset, asset->bands[0]) ? "" : ", after gdal_translate -expand rgb");
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
        char nodata[IMX_TEXT_SIZE];
        imx_log_say(log, IMX_LOG_WARNING, "%s: no 8-bit pixel can equal --nodata %s: all pixels count as valid",
                    asset->path, imx_text_number(options->nodata, nodata));
        return IMX_VALID_ALL;
    }
    for (int32_t i = 0; i < asset->band_count; i++) {
        asset->nodata[i] = options->nodata;
    }
    return IMX_VALID_NODATA;
}

/* ---- validity ---- */

/* The first alpha band that is not shown as a colour; 0: none. */
static int find_alpha(GDALDatasetH dataset, const imx_asset *asset) {
    int alpha = find_meaning(dataset, GCI_AlphaBand);
    for (int32_t i = 0; i < asset->band_count; i++) {
        alpha = asset->bands[i] == alpha ? 0 : alpha;
    }
    return alpha;
}

/* Whether any colour has a mask of its own alone; of the others then nodata counts, -1: they have none. */
static bool find_band_masks(GDALDatasetH dataset, const imx_source_options *options, imx_asset *asset) {
    bool any = false;
    for (int32_t i = 0; i < asset->band_count && asset->band_count > 1; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->bands[i]);
        any = any || (imx_gdal_has_own_mask(band) && !(GDALGetMaskFlags(band) & GMF_PER_DATASET));
    }
    for (int32_t i = 0; i < asset->band_count && any; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->bands[i]);
        int set = 0;
        const double nodata = GDALGetRasterNoDataValue(band, &set);
        const bool counts = set && is_u8(nodata) && !(options && options->no_nodata) && !imx_gdal_has_own_mask(band);
        asset->nodata[i] = counts ? nodata : NO_INDEX;
    }
    return any;
}

static imx_validity choose_validity(GDALDatasetH dataset, const imx_source_options *options, imx_log *log,
                                    imx_asset *asset) {
    if (options && options->has_nodata) {
        return user_nodata(options, log, asset);
    }
    int alpha = find_alpha(dataset, asset);
    if (alpha) {
        asset->alpha_band = alpha;
        return IMX_VALID_ALPHA;
    }
    asset->band_masks = find_band_masks(dataset, options, asset);
    if (asset->band_masks || imx_gdal_has_own_mask(GDALGetRasterBand(dataset, asset->bands[0]))) {
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

/* ---- how many bits ---- */

static void note_depth(GDALDatasetH dataset, imx_asset *asset) {
    asset->white_is_zero = !asset->palette && asset->band_count == 1 && imx_gdal_white_is_zero(dataset);
    for (int32_t i = 0; i < asset->band_count && !asset->palette; i++) {
        asset->largest[i] = imx_gdal_largest(GDALGetRasterBand(dataset, asset->bands[i]));
    }
    asset->opaque = asset->alpha_band ? imx_gdal_largest(GDALGetRasterBand(dataset, asset->alpha_band)) : 0;
}

/* ---- the choice ---- */

static bool wants_numbers(GDALDatasetH dataset, imx_picture_lane lane, const imx_asset *asset) {
    const int alpha = find_alpha(dataset, asset);
    bool u8 = !alpha || is_u8_band(dataset, alpha);
    for (int32_t i = 0; i < asset->band_count; i++) {
        u8 = u8 && is_u8_band(dataset, asset->bands[i]);
    }
    return lane == IMX_LANE_NUMBERS || (lane == IMX_LANE_ANY && !u8);
}

static imx_status choose_colours(GDALDatasetH dataset, const imx_source_options *options, imx_error *err,
                                 imx_asset *asset) {
    if (options && options->band_count) {
        return take_bands(dataset, options, err, asset);
    }
    if (options && options->band_list) {
        return take_named(dataset, options->band_list, err, asset);
    }
    find_bands(dataset, asset);
    return IMX_OK;
}

imx_status imx_gdal_choose_bands(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options,
                                 imx_log *log, imx_error *err, imx_asset *asset) {
    if (GDALGetRasterCount(dataset) < 1) {
        char **subdatasets = GDALGetMetadata(dataset, "SUBDATASETS");
        const char *first = CSLFetchNameValue(subdatasets, "SUBDATASET_1_NAME");
        return first ? imx_fail(err, IMX_E_INPUT, "%s: holds several rasters: name one of them, such as %s",
                                asset->path, first)
                     : imx_fail(err, IMX_E_INPUT, "%s: holds no raster bands", asset->path);
    }
    const bool told = options && (options->band_count || options->band_list);
    imx_status status = choose_colours(dataset, options, err, asset);
    const bool numbers = status == IMX_OK && wants_numbers(dataset, options ? options->lane : IMX_LANE_RGBA8, asset);
    for (int32_t i = 0; i < asset->band_count && status == IMX_OK && !numbers; i++) {
        status = check_type(dataset, asset->bands[i], err, asset);
    }
    if (status == IMX_OK && !told) {
        status = check_colours(dataset, err, asset);
    }
    if (status == IMX_OK && numbers) {
        asset->alpha_band = find_alpha(dataset, asset);
        status = check_no_palette(dataset, err, asset);
        return status == IMX_OK ? imx_gdal_choose_data(memory, dataset, options, log, err, asset) : status;
    }
    if (status == IMX_OK) {
        status = choose_palette(dataset, err, asset);
    }
    if (status != IMX_OK) {
        return status;
    }
    asset->role = IMX_ROLE_VISUAL;
    asset->type = IMX_U8;
    asset->validity = choose_validity(dataset, options, log, asset);
    note_depth(dataset, asset);
    return asset->alpha_band ? check_type(dataset, asset->alpha_band, err, asset) : IMX_OK;
}
