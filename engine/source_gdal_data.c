/* engine/source_gdal_data.c: windows of data into planes. Numbers stay what they are: nothing is scaled, looked up or
 * repeated; an alpha band alone becomes coverage. */
#include <math.h>
#include <string.h>

#include "engine/source_gdal.h"

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
        if (imx_type_is_float(type)) {
            kernels->validity.nodata[type](plane, n, (double)NAN, valid);
        }
    }
}

/* The masks that bands have of their own, each into a plane of valid. */
static bool read_band_masks(const imx_gdal_data *data, const int window[4], uint8_t *valid) {
    const size_t n = (size_t)window[2] * (size_t)window[3];
    for (int32_t i = 0; i < data->asset->data_count; i++, valid += n) {
        GDALRasterBandH band = imx_gdal_level_band(data->level, data->numbers, i);
        if (!imx_gdal_has_own_mask(band)) {
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
    for (size_t i = 0; imx_type_is_float(type) && asset->validity != IMX_VALID_ALL && i < (size_t)asset->data_count;
         i++) {
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
