/* engine/source_gdal_data.c: data: which bands, and reading them into planes. Numbers stay what they are: nothing is
 * scaled, looked up or repeated. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/band_list.h"
#include "engine/source_gdal.h"

/* ---- which bands ---- */

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
        imx_log_say(log, IMX_LOG_WARNING, "%s: no %s sample can equal --nodata %.17g: all pixels count as valid",
                    asset->path, imx_type_name(asset->type), options->nodata);
    }
    return validity;
}

/* A mask that is neither made of nodata or alpha nor of nothing. */
static bool has_own_mask(GDALRasterBandH band) {
    return !(GDALGetMaskFlags(band) & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA));
}

/* Whether any band has a mask of its own, which then counts in place of its nodata value. */
static bool find_band_masks(GDALDatasetH dataset, imx_asset *asset) {
    bool any = false;
    for (int32_t i = 0; i < asset->data_count; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, asset->data[i].number);
        if (has_own_mask(band)) {
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
    return asset->band_masks || has_own_mask(GDALGetRasterBand(dataset, asset->data[0].number)) ? IMX_VALID_MASK
                                                                                                : by_nodata(asset);
}

static bool is_float(imx_type type) { return type == IMX_F32 || type == IMX_F64; }

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
    if (picture) {
        imx_asset_join_bands(asset);
    }
    return options->data ? imx_gdal_note_bands(memory, dataset, err, asset) : IMX_OK;
}

/* ---- reading ---- */

static GDALDataType gdal_type(imx_type working) {
    switch (working) {
    case IMX_U8: return GDT_Byte;
    case IMX_U16: return GDT_UInt16;
    case IMX_I16: return GDT_Int16;
    case IMX_F64: return GDT_Float64;
    default: return GDT_Float32;
    }
}

/* GDAL 3.6 hands signed bytes out as 128..255. */
static void sign_bytes(imx_type working, void *samples, size_t n) {
    int16_t *whole = samples;
    float *floats = samples;
    for (size_t i = 0; i < n; i++) {
        if (working == IMX_F32) {
            floats[i] -= floats[i] > 127 ? 256.0F : 0;
        } else {
            whole[i] = (int16_t)(whole[i] > 127 ? whole[i] - 256 : whole[i]);
        }
    }
}

static bool any_set(const uint8_t *bytes, size_t n) {
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++) {
        all |= bytes[i];
    }
    return all != 0;
}

static bool read_band(GDALRasterBandH band, const int window[4], GDALDataType type, void *plane) {
    return GDALRasterIOEx(band, GF_Read, window[0], window[1], window[2], window[3], plane, window[2], window[3], type,
                          0, 0, NULL) < CE_Failure;
}

static bool read_bands(const imx_asset *asset, const imx_gdal_level *level, int *numbers, const int window[4],
                       uint8_t *planes) {
    const imx_type type = imx_asset_working_type(asset);
    GSpacing size = (GSpacing)imx_type_size(type), row = size * window[2], plane = row * window[3];
    if (level->dataset) {
        return GDALDatasetRasterIOEx(level->dataset, GF_Read, window[0], window[1], window[2], window[3], planes,
                                     window[2], window[3], gdal_type(type), asset->data_count, numbers, size, row,
                                     plane, NULL) < CE_Failure;
    }
    for (int i = 0; i < level->count && i < asset->data_count; i++) {
        if (!read_band(level->bands[i], window, gdal_type(type), planes + i * plane)) {
            return false;
        }
    }
    return asset->data_count <= IMX_ASSET_BANDS_MAX; /* of more bands only those of one dataset are read */
}

/* The validity of whole pixels. */
static void find_whole(const imx_kernels *kernels, const imx_asset *asset, const uint8_t *planes, size_t n,
                       uint8_t *valid) {
    enum { CHUNK = 4096 };
    const imx_type type = imx_asset_working_type(asset);
    const size_t size = imx_type_size(type);
    const bool any = asset->type == IMX_U8; /* valid band is enough */
    memset(valid, any ? 0 : 255, n);
    for (int32_t band = 0; band < asset->data_count; band++) {
        const imx_data_band *b = &asset->data[band];
        const uint8_t *plane = planes + (size_t)band * n * size;
        for (size_t at = 0; at < n && any; at += CHUNK) {
            uint8_t of_band[CHUNK];
            const size_t count = n - at < CHUNK ? n - at : CHUNK;
            memset(of_band, 255, count);
            if (b->has_nodata) {
                kernels->validity.nodata[type](plane + at, count, b->nodata, of_band);
            }
            kernels->validity.either(of_band, count, valid + at);
        }
        if (!any && b->has_nodata) {
            kernels->validity.nodata[type](plane, n, b->nodata, valid);
        }
        if (is_float(type)) {
            kernels->validity.nodata[type](plane, n, (double)NAN, valid);
        }
    }
}

/* The masks that bands have of their own, each into a plane of valid. */
static bool read_band_masks(const imx_gdal_data *data, const int window[4], uint8_t *valid) {
    const size_t n = (size_t)window[2] * (size_t)window[3];
    for (int32_t i = 0; i < data->asset->data_count; i++, valid += n) {
        GDALRasterBandH band = imx_gdal_level_band(data->level, data->numbers, i);
        if (!has_own_mask(band)) {
            memset(valid, 255, n);
        } else if (!read_band(GDALGetMaskBand(band), window, GDT_Byte, valid)) {
            return false;
        }
    }
    return true;
}

/* Samples and alpha into their planes, masks into valid; false: damaged. */
static bool read_gdal(const imx_gdal_data *data, const int window[4], uint8_t *planes, void *alpha, uint8_t *valid,
                      const imx_gdal_ear *ear) {
    const imx_asset *asset = data->asset;
    const imx_gdal_level *level = data->level;
    if (!read_bands(asset, level, data->numbers, window, planes)) {
        return false;
    }
    if (asset->type == IMX_I8) {
        sign_bytes(imx_asset_working_type(asset), planes,
                   (size_t)asset->data_count * (size_t)window[2] * (size_t)window[3]);
    }
    if (asset->validity == IMX_VALID_ALPHA &&
        !read_band(level->bands[level->count - 1], window, gdal_type(imx_asset_working_type(asset)), alpha)) {
        return false;
    }
    if (asset->validity == IMX_VALID_MASK &&
        !(asset->band_masks ? read_band_masks(data, window, valid) : read_band(level->mask, window, GDT_Byte, valid))) {
        return false;
    }
    return !imx_gdal_failed(ear);
}

/* The same by the fast path. */
static imx_status read_direct(const imx_gdal_data *data, const int window[4], uint8_t *planes, size_t plane_bytes,
                              void *alpha, uint8_t *valid, const char **damage) {
    const imx_tiff_planes to = {planes, plane_bytes, alpha};
    imx_status status = imx_tiff_read_planes(data->image, window, &to);
    *damage = imx_tiff_reason(data->image);
    if (status == IMX_OK && data->mask) {
        status = imx_tiff_read_mask(data->mask, window, valid, window[2]);
        *damage = imx_tiff_reason(data->mask);
    }
    return status;
}

/* Beside a mask or alpha: a NaN of any band in the first plane. */
static void find_nan(const imx_gdal_data *data, const uint8_t *planes, size_t n, uint8_t *valid) {
    const imx_asset *asset = data->asset;
    const imx_type type = imx_asset_working_type(asset);
    for (size_t i = 0; is_float(type) && asset->validity != IMX_VALID_ALL && i < (size_t)asset->data_count; i++) {
        data->kernels->validity.nodata[type](planes + i * n * imx_type_size(type), n, (double)NAN, valid);
    }
}

/* Where all planes of validity are, all become. */
static void join_planes(const imx_kernels *kernels, size_t n, size_t count, uint8_t *valid) {
    for (size_t i = 1; i < count; i++) {
        kernels->validity.nodata[IMX_U8](valid + i * n, n, 0, valid);
    }
    for (size_t i = 1; i < count; i++) {
        memcpy(valid + i * n, valid, n);
    }
}

/* Where alpha goes: to be kept, behind the bands, or into the scratch. */
static void *alpha_plane(const imx_gdal_data *data, uint8_t *planes, size_t plane_bytes) {
    return data->asset->coverage ? planes + (size_t)data->asset->data_count * plane_bytes : data->scratch;
}

/* From the file's range to that of the type, both from 0; what is beyond is cut off. */
#define SCALE_ALPHA(tag, type, half)                                                                                   \
    static void scale_##tag(type *alpha, size_t n, double scale, double opaque) {                                      \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const double a = (double)alpha[i] * scale;                                                                 \
            alpha[i] = (type)(a > 0 ? (a < opaque ? a + (half) : opaque) : 0); /* NaN: 0 */                            \
        }                                                                                                              \
    }
SCALE_ALPHA(u8, uint8_t, 0.5)
SCALE_ALPHA(u16, uint16_t, 0.5)
SCALE_ALPHA(i16, int16_t, 0.5)
SCALE_ALPHA(f32, float, 0)
SCALE_ALPHA(f64, double, 0)

static void scale_alpha(const imx_asset *asset, void *alpha, size_t n) {
    const imx_type type = imx_asset_working_type(asset);
    const double opaque = imx_type_opaque(type), scale = opaque / asset->opaque;
    switch (type) {
    case IMX_U8:
        if (scale != 1) {
            scale_u8(alpha, n, scale, opaque);
        }
        break;
    case IMX_U16:
        if (scale != 1) {
            scale_u16(alpha, n, scale, opaque);
        }
        break;
    case IMX_I16: scale_i16(alpha, n, scale, opaque); break;
    case IMX_F64: scale_f64(alpha, n, scale, opaque); break;
    default: scale_f32(alpha, n, scale, opaque); break;
    }
}

/* What the samples, or alpha, say of validity. */
static void find_valid(const imx_gdal_data *data, const uint8_t *planes, void *alpha, size_t n, uint8_t *valid) {
    const imx_asset *asset = data->asset;
    const imx_type type = imx_asset_working_type(asset);
    const imx_validity_nodata_fn clear = data->kernels->validity.nodata[type];
    if (asset->validity != IMX_VALID_MASK) { /* of all valid pixels: the plane that a collar needs */
        memset(valid, 255, (size_t)imx_asset_valid_planes(asset) * n);
    }
    if (asset->validity == IMX_VALID_ALPHA) {
        if (asset->coverage) {
            scale_alpha(asset, alpha, n);
        }
        clear(alpha, n, 0, valid);
    }
    if (asset->validity == IMX_VALID_NODATA && asset->whole_pixels) {
        find_whole(data->kernels, asset, planes, n, valid);
        return;
    }
    const bool each = asset->validity == IMX_VALID_NODATA || asset->band_masks;
    for (size_t i = 0; each && i < (size_t)asset->data_count; i++) {
        if (asset->data[i].has_nodata) {
            clear(planes + i * n * imx_type_size(type), n, asset->data[i].nodata, valid + i * n);
        }
    }
    if (asset->whole_pixels) {
        find_nan(data, planes, n, valid);
    }
    if (asset->band_masks && asset->whole_pixels) {
        join_planes(data->kernels, n, (size_t)asset->data_count, valid);
    }
}

/* Whether nothing of the window is stored, and what stands for it is invalid. Uses the planes' first bytes. */
static bool is_unstored(const imx_gdal_data *data, const int window[4], uint8_t *planes) {
    const size_t size = imx_type_size(imx_asset_working_type(data->asset));
    const size_t masks = (size_t)imx_asset_valid_planes(data->asset);
    if (!data->image || masks == 0 || imx_tiff_is_stored(data->image, window)) {
        return false;
    }
    if (data->mask) {
        return !imx_tiff_is_stored(data->mask, window);
    }
    const imx_tiff_planes to = {planes, size, alpha_plane(data, planes, size)};
    uint8_t *valid = planes + (size_t)imx_asset_planes(data->asset) * size;
    imx_tiff_fill_pixel(data->image, &to);
    find_valid(data, planes, to.alpha, 1, valid);
    return !any_set(valid, masks);
}

imx_status imx_gdal_data_read(const imx_gdal_data *data, const int window[4], uint8_t *planes, const imx_gdal_ear *ear,
                              const char **damage, bool *empty) {
    const imx_asset *asset = data->asset;
    const size_t n = (size_t)window[2] * (size_t)window[3], plane = n * imx_type_size(imx_asset_working_type(asset));
    const size_t masks = (size_t)imx_asset_valid_planes(asset);
    uint8_t *valid = planes + (size_t)imx_asset_planes(asset) * plane;
    void *alpha = alpha_plane(data, planes, plane);
    imx_status status = IMX_OK;
    if (is_unstored(data, window, planes)) {
        *damage = NULL;
        *empty = true;
        return IMX_OK;
    }
    if (data->image) {
        status = read_direct(data, window, planes, plane, alpha, valid, damage);
    } else if (!read_gdal(data, window, planes, alpha, valid, ear)) {
        *damage = imx_gdal_reason(ear);
        status = IMX_E_INPUT;
    }
    if (status == IMX_OK) {
        *damage = NULL;
        find_valid(data, planes, alpha, n, valid);
        *empty = masks && !any_set(valid, masks * n);
    }
    return status;
}
