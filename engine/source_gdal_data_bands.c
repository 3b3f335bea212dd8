/* engine/source_gdal_data_bands.c: which bands of a file are data, their types, and what tells their validity. */
#include <cpl_string.h>
#include <math.h>

#include "engine/band_list.h"
#include "engine/base/text.h"
#include "engine/source_gdal.h"

static bool is_signed_byte(GDALRasterBandH band) {
    const char *sign = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE");
    return GDALGetRasterDataType(band) == GDT_Byte && sign && EQUAL(sign, "SIGNEDBYTE");
}

/* false: complex. */
static bool type_of(GDALRasterBandH band, imx_type *out) {
    switch (GDALGetRasterDataType(band)) {
    case GDT_Byte: *out = is_signed_byte(band) ? IMX_I8 : IMX_U8; return true;
    case GDT_UInt16: *out = IMX_U16; return true;
    case GDT_Int16: *out = IMX_I16; return true;
    case GDT_UInt32: *out = IMX_U32; return true;
    case GDT_Int32: *out = IMX_I32; return true;
    case GDT_Float32: *out = IMX_F32; return true;
    case GDT_Float64:
    case GDT_UInt64:
    case GDT_Int64: *out = IMX_F64; return true;
    default: return false;
    }
}

/* The smallest type that holds all values of both. */
static imx_type common_type(imx_type a, imx_type b) {
    static const imx_type rising[] = {IMX_U8, IMX_I8, IMX_U16, IMX_I16, IMX_U32, IMX_I32, IMX_F32, IMX_F64};
    const bool fine = a == IMX_U32 || a == IMX_I32 || b == IMX_U32 || b == IMX_I32; /* more digits than f32 has */
    const imx_type_range x = imx_type_range_of(a), y = imx_type_range_of(b);
    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
        const imx_type_range r = imx_type_range_of(rising[i]);
        if (r.min <= fmin(x.min, y.min) && r.max >= fmax(x.max, y.max) && (!r.whole || (x.whole && y.whole)) &&
            !(fine && rising[i] == IMX_F32)) {
            return rising[i];
        }
    }
    return IMX_F64;
}

/* A nodata value that the band's type does not hold is one that no sample has: none. */
static imx_data_band describe_band(GDALRasterBandH band, int number, imx_type type, const imx_source_options *options) {
    int has_nodata = 0;
    imx_data_band out = {.number = number};
    out.nodata = GDALGetRasterNoDataValue(band, &has_nodata);
    out.has_nodata = has_nodata && !options->no_nodata;
    if (options->has_nodata) {
        out.nodata = options->nodata;
        out.has_nodata = true;
    }
    out.has_nodata = out.has_nodata && imx_type_holds(type, out.nodata);
    out.nodata = out.has_nodata ? out.nodata : 0;
    out.scale = GDALGetRasterScale(band, NULL);
    out.offset = GDALGetRasterOffset(band, NULL);
    if (!isfinite(out.scale) || out.scale == 0 || !isfinite(out.offset)) {
        out.scale = 1;
        out.offset = 0;
    }
    return out;
}

static imx_validity by_nodata(const imx_asset *asset) {
    for (int32_t i = 0; i < asset->data_count; i++) {
        if (asset->data[i].has_nodata) {
            return IMX_VALID_NODATA;
        }
    }
    return IMX_VALID_ALL;
}

static imx_validity by_users_nodata(const imx_source_options *options, imx_log *log, const imx_asset *asset) {
    const imx_validity validity = by_nodata(asset);
    if (validity == IMX_VALID_ALL) {
        char nodata[IMX_TEXT_SIZE];
        imx_log_say(log, IMX_LOG_WARNING, "%s: no %s sample can equal --nodata %s: all pixels count as valid",
                    asset->path, imx_type_name(asset->type), imx_text_number(options->nodata, nodata));
    }
    return validity;
}

/* Whether any band has a mask of its own, which then counts in place of its nodata value. */
static bool find_band_masks(GDALDatasetH dataset, imx_asset *asset) {
    bool any = false;
    for (int32_t i = 0; i < asset->data_count; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->data[i].number);
        if (imx_gdal_has_own_mask(band)) {
            any = any || !(GDALGetMaskFlags(band) & GMF_PER_DATASET);
            asset->data[i].has_nodata = false;
            asset->data[i].nodata = 0;
        }
    }
    return any && asset->data_count > 1;
}

static imx_validity choose_validity(GDALDatasetH dataset, const imx_source_options *options, imx_log *log,
                                    imx_asset *asset) {
    if (options->has_nodata) {
        return by_users_nodata(options, log, asset);
    }
    if (asset->alpha_band) {
        return IMX_VALID_ALPHA;
    }
    asset->band_masks = find_band_masks(dataset, asset);
    return asset->band_masks || imx_gdal_has_own_mask(GDALGetRasterBand(dataset, asset->data[0].number))
               ? IMX_VALID_MASK
               : by_nodata(asset);
}

static imx_status take_band(GDALDatasetH dataset, int number, const imx_source_options *options, imx_error *err,
                            imx_asset *asset) {
    GDALRasterBandH band = GDALGetRasterBand(dataset, number);
    imx_type type;
    if (!type_of(band, &type)) {
        return imx_fail(err, IMX_E_UNSUPPORTED,
                        "%s: band %d is %s: complex numbers have to be made real first (amplitude, phase), for "
                        "instance with gdal_calc.py",
                        asset->path, number, GDALGetDataTypeName(GDALGetRasterDataType(band)));
    }
    asset->type = asset->data_count ? common_type(asset->type, type) : type;
    asset->data[asset->data_count++] = describe_band(band, number, type, options);
    return IMX_OK;
}

/* All but alpha. */
static imx_status take_all(GDALDatasetH dataset, const imx_source_options *options, imx_error *err, imx_asset *asset) {
    const int count = GDALGetRasterCount(dataset);
    imx_status status = IMX_OK;
    for (int number = 1; number <= count && status == IMX_OK; number++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, number);
        if (count > 1 && !asset->alpha_band && GDALGetRasterColorInterpretation(band) == GCI_AlphaBand) {
            asset->alpha_band = number;
        } else {
            status = take_band(dataset, number, options, err, asset);
        }
    }
    return status;
}

/* The user's; alpha as it is found. */
static imx_status take_listed(GDALDatasetH dataset, const imx_source_options *options, imx_error *err,
                              imx_asset *asset) {
    const int count = GDALGetRasterCount(dataset);
    const char *list = options->band_list;
    char item[IMX_BAND_NAME_MAX];
    int32_t number = 0;
    imx_status status = IMX_OK;
    while (status == IMX_OK && imx_band_list_next(&list, item)) {
        status = imx_gdal_band_named(dataset, asset->path, item, err, &number);
        status = status ? status : take_band(dataset, number, options, err, asset);
    }
    for (number = 1; number <= count && count > 1 && !asset->alpha_band; number++) {
        if (GDALGetRasterColorInterpretation(GDALGetRasterBand(dataset, number)) == GCI_AlphaBand) {
            asset->alpha_band = number;
        }
    }
    return status;
}

/* Those of a picture, which moves over to where numbers are described. */
static imx_status take_colours(GDALDatasetH dataset, const imx_source_options *options, imx_error *err,
                               imx_asset *asset) {
    imx_status status = IMX_OK;
    for (int32_t i = 0; i < asset->band_count && status == IMX_OK; i++) {
        status = take_band(dataset, asset->bands[i], options, err, asset);
    }
    asset->band_count = 0;
    return status;
}

/* What GDAL's warper takes for opaque: as many bits as the file says that there are, else by the type. (It believes
 * that of floats too, where it says how they are stored.) */
static double opaque_of(GDALRasterBandH alpha) {
    const char *said = GDALGetMetadataItem(alpha, "NBITS", "IMAGE_STRUCTURE");
    const int bits = said ? atoi(said) : 0;
    imx_type type;
    if (!type_of(alpha, &type)) {
        return 0;
    }
    return bits >= 1 && bits <= 16 && imx_type_range_of(type).whole ? (1 << bits) - 1 : imx_type_opaque(type);
}

/* Of each band, where that is less than what the common type holds. */
static void note_largest(GDALDatasetH dataset, imx_asset *asset) {
    const imx_type_range common = imx_type_range_of(asset->type);
    for (int32_t i = 0; i < asset->data_count; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->data[i].number);
        const double told = imx_gdal_largest(band);
        imx_type own;
        if (told > 0) {
            asset->data[i].largest = told;
        } else if (type_of(band, &own) && imx_type_range_of(own).whole && imx_type_range_of(own).max < common.max) {
            asset->data[i].largest = imx_type_range_of(own).max;
        }
    }
}

static void note_alpha(GDALDatasetH dataset, imx_asset *asset) {
    if (asset->validity != IMX_VALID_ALPHA) {
        asset->alpha_band = 0;
        return;
    }
    asset->opaque = opaque_of(GDALGetRasterBand(dataset, asset->alpha_band));
    for (int32_t i = 0; i < asset->data_count; i++) { /* as a number it was asked for, too */
        asset->opaque = asset->data[i].number == asset->alpha_band ? 0 : asset->opaque;
    }
}

static void warn_of_64_bits(GDALDatasetH dataset, imx_log *log, const imx_asset *asset) {
    for (int32_t i = 0; i < asset->data_count; i++) {
        const GDALDataType type = GDALGetRasterDataType(GDALGetRasterBand(dataset, asset->data[i].number));
        if (type == GDT_Int64 || type == GDT_UInt64) {
            imx_log_say(log, IMX_LOG_WARNING, "%s: its %s samples are worked on as f64, exact to 2^53 alone",
                        asset->path, GDALGetDataTypeName(type));
            return;
        }
    }
}

imx_status imx_gdal_choose_data(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options,
                                imx_log *log, imx_error *err, imx_asset *asset) {
    const bool picture = asset->band_count > 0, listed = !picture && options->band_list;
    const int count = listed ? (int)imx_band_list_count(options->band_list) : GDALGetRasterCount(dataset);
    asset->role = IMX_ROLE_DATA;
    asset->as_floats = options->as_floats;
    asset->data = imx_calloc(memory, (size_t)(picture ? asset->band_count : count) + 1, sizeof *asset->data);
    if (!asset->data) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    imx_status status = (picture ? take_colours : listed ? take_listed : take_all)(dataset, options, err, asset);
    if (status != IMX_OK) {
        return status;
    }
    if (asset->data_count == 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: holds no raster bands", asset->path);
    }
    warn_of_64_bits(dataset, log, asset);
    asset->as_floats = asset->as_floats || (!options->data && imx_asset_working_type(asset) == IMX_F64);
    asset->validity = choose_validity(dataset, options, log, asset);
    note_alpha(dataset, asset);
    note_largest(dataset, asset);
    asset->white_is_zero = picture && asset->data_count == 1 && imx_gdal_white_is_zero(dataset);
    if (picture) {
        imx_asset_join_bands(asset);
    }
    return options->data ? imx_gdal_note_bands(memory, dataset, err, asset) : IMX_OK;
}
