/* engine/source_gdal_picture.c: windows of pictures into rgba8: palettes, gray, nodata, alpha and masks; blocks that
 * the file does not store. */
#include <string.h>

#include "engine/source_gdal_impl.h"

enum { OPAQUE = 255 };

/* ---- the palette ---- */

imx_status imx_gdal_picture_palette(imx_source *source, imx_error *err) {
    const imx_asset *asset = &source->asset;
    GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(source->dataset, asset->bands[0]));
    source->palette = imx_calloc(source->memory, 256, sizeof *source->palette);
    if (!source->palette) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    bool own_alpha = asset->validity == IMX_VALID_ALPHA && asset->alpha_band == 0;
    bool nodata = asset->validity == IMX_VALID_NODATA || own_alpha;
    for (int i = 0; i < 256; i++) {
        uint8_t *entry = source->palette[i];
        GDALColorEntry colour = {0, 0, 0, OPAQUE};
        if (table && i < GDALGetColorEntryCount(table)) {
            (void)GDALGetColorEntryAsRGB(table, i, &colour);
        }
        uint8_t alpha = own_alpha ? (uint8_t)colour.c4 : OPAQUE;
        if (alpha == 0 || (nodata && i == asset->nodata[0])) {
            continue;
        }
        entry[0] = (uint8_t)colour.c1;
        entry[1] = (uint8_t)colour.c2;
        entry[2] = (uint8_t)colour.c3;
        entry[3] = alpha;
    }
    return IMX_OK;
}

/* ---- fewer bits, or white as 0 ---- */

/* Rounded to nearest: there are no halves, since `largest` is odd. */
static void fill_ramp(double largest, bool white_is_zero, uint8_t ramp[256]) {
    const int last = largest > 0 ? (int)largest : 255;
    for (int i = 0; i < 256; i++) {
        const int bright = i < last ? (510 * i + last) / (2 * last) : 255;
        ramp[i] = (uint8_t)(white_is_zero ? 255 - bright : bright);
    }
}

imx_status imx_gdal_picture_ramps(imx_source *source, imx_error *err) {
    const imx_asset *asset = &source->asset;
    const bool alpha = imx_gdal_has_alpha_band(asset), gray = asset->band_count == 1;
    bool any = asset->white_is_zero || (alpha && asset->opaque > 0);
    for (int32_t i = 0; i < asset->band_count; i++) {
        any = any || asset->largest[i] > 0;
    }
    if (!any) {
        return IMX_OK;
    }
    source->ramps = imx_alloc(source->memory, 4 * sizeof *source->ramps);
    if (!source->ramps) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    for (int i = 0; i < 3; i++) {
        fill_ramp(asset->largest[gray ? 0 : i], asset->white_is_zero, source->ramps[i]);
    }
    fill_ramp(alpha ? asset->opaque : 0, false, source->ramps[3]);
    return IMX_OK;
}

/* ---- a row from what the file holds to rgba8 ---- */

static void repeat_gray(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++) {
        px[4 * i + 1] = px[4 * i + 2] = px[4 * i];
    }
}

static void fill_alpha(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++) {
        px[4 * i + 3] = OPAQUE;
    }
}

/* Index in the first channel; an alpha band's alpha stays. */
static void look_up(uint8_t *px, size_t n, const uint8_t (*palette)[4], bool keep_alpha) {
    for (size_t i = 0; i < n; i++) {
        uint8_t alpha = px[4 * i + 3];
        memcpy(px + 4 * i, palette[px[4 * i]], 4);
        if (keep_alpha) {
            px[4 * i + 3] = alpha;
        }
    }
}

static void widen(uint8_t *px, size_t n, const uint8_t (*ramps)[256]) {
    for (size_t i = 0; i < n; i++, px += 4) {
        for (size_t channel = 0; channel < 4; channel++) {
            px[channel] = ramps[channel][px[channel]];
        }
    }
}

/* A pixel of alpha 0 becomes 0,0,0,0. */
static void clear_transparent(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t keep = px[4 * i + 3] ? UINT32_MAX : 0, value;
        memcpy(&value, px + 4 * i, 4);
        value &= keep;
        memcpy(px + 4 * i, &value, 4);
    }
}

/* Everything but the mask; nodata values are samples, so that they are asked before these are widened. expanded: gray
 * is repeated and alpha filled in already. */
static void finish(const imx_source *source, bool expanded, uint8_t *px, size_t n) {
    const imx_asset *asset = &source->asset;
    bool alpha = imx_gdal_has_alpha_band(asset);
    if (source->palette) {
        look_up(px, n, (const uint8_t(*)[4])source->palette, alpha);
    } else {
        if (!expanded && asset->band_count == 1) {
            repeat_gray(px, n);
        }
        if (!expanded && !alpha) {
            fill_alpha(px, n);
        }
        if (asset->validity == IMX_VALID_NODATA) {
            source->kernels->nodata_rgba8(px, n, source->nodata, (unsigned)asset->band_count);
        }
    }
    if (source->ramps) {
        widen(px, n, (const uint8_t(*)[256])source->ramps);
    }
    if (alpha || source->ramps) {
        clear_transparent(px, n);
    }
}

/* ---- sparse blocks ---- */

static bool is_stored(GDALRasterBandH band, int x, int y, int w, int h) {
    int status = GDALGetDataCoverageStatus(band, x, y, w, h, GDAL_DATA_COVERAGE_STATUS_DATA, NULL);
    return status != GDAL_DATA_COVERAGE_STATUS_EMPTY;
}

static bool any_band_stored(const imx_source_level *level, const int window[4]) {
    if (level->image) {
        return imx_tiff_is_stored(level->image, window);
    }
    bool stored = false;
    for (int i = 0; i < level->gdal.count && !stored; i++) {
        stored = is_stored(level->gdal.bands[i], window[0], window[1], window[2], window[3]);
    }
    return stored;
}

static bool mask_stored(const imx_source_level *level, const int window[4]) {
    return level->image ? imx_tiff_is_stored(level->mask, window)
                        : is_stored(level->gdal.mask, window[0], window[1], window[2], window[3]);
}

static void fill_block(const uint8_t pixel[4], uint8_t *rgba, ptrdiff_t stride, int w, int h) {
    for (int y = 0; y < h; y++) {
        uint8_t *row = rgba + y * stride;
        for (int x = 0; x < w; x++) {
            memcpy(row + 4 * (ptrdiff_t)x, pixel, 4);
        }
    }
}

/* Fills the block without decoding if the file does not store it. false: read it. */
static bool try_sparse(const imx_source *source, const imx_source_level *level, const int window[4], uint8_t *rgba,
                       ptrdiff_t stride, bool *empty) {
    uint8_t pixel[4] = {0};
    if (any_band_stored(level, window)) {
        return false;
    }
    for (int i = 0; i < level->gdal.count; i++) {
        bool is_alpha = imx_gdal_has_alpha_band(&source->asset) && i == level->gdal.count - 1;
        pixel[is_alpha ? 3 : i] = level->fill[i];
    }
    if (level->gdal.mask) {
        *empty = !mask_stored(level, window);
        return *empty;
    }
    if (source->asset.band_masks) {
        return false;
    }
    finish(source, false, pixel, 1);
    *empty = pixel[3] == 0;
    if (!*empty) {
        fill_block(pixel, rgba, stride, window[2], window[3]);
    }
    return true;
}

/* ---- reading ---- */

static CPLErr read_bands(const imx_source *source, imx_gdal_level *level, const int window[4], uint8_t *rgba,
                         ptrdiff_t stride) {
    int x = window[0], y = window[1], w = window[2], h = window[3];
    /* Gray and alpha lie in channels 0 and 3, otherwise the bands follow each other. */
    int step = level->count == 2 && imx_gdal_has_alpha_band(&source->asset) ? 3 : 1;
    if (level->dataset) {
        return GDALDatasetRasterIOEx(level->dataset, GF_Read, x, y, w, h, rgba, w, h, GDT_Byte, level->count,
                                     level->numbers, 4, stride, step, NULL);
    }
    CPLErr result = CE_None;
    for (int i = 0; i < level->count && result == CE_None; i++) {
        result = GDALRasterIOEx(level->bands[i], GF_Read, x, y, w, h, rgba + i * step, w, h, GDT_Byte, 4, stride, NULL);
    }
    return result;
}

static CPLErr read_mask(GDALRasterBandH mask, const int window[4], uint8_t *valid) {
    return GDALRasterIOEx(mask, GF_Read, window[0], window[1], window[2], window[3], valid, window[2], window[3],
                          GDT_Byte, 1, window[2], NULL);
}

/* valid = 0 where a channel has the value. */
static void clear_nodata(const uint8_t *channel, ptrdiff_t stride, const int window[4], uint8_t nodata,
                         uint8_t *valid) {
    for (int y = 0; y < window[3]; y++) {
        const uint8_t *px = channel + y * stride;
        for (int x = 0; x < window[2]; x++) {
            *valid = px[4 * (ptrdiff_t)x] == nodata ? 0 : *valid;
            valid++;
        }
    }
}

/* Bands' own masks: what all of them, and the nodata of those that have none, leave. They follow each other in rgba. */
static CPLErr read_band_masks(const imx_source *source, const imx_gdal_level *level, const int window[4],
                              const uint8_t *rgba, ptrdiff_t stride) {
    const imx_asset *asset = &source->asset;
    const size_t n = (size_t)window[2] * (size_t)window[3];
    uint8_t *all = source->scratch, *of_band = source->scratch + n;
    CPLErr result = CE_None;
    memset(all, OPAQUE, n);
    for (int32_t i = 0; i < asset->band_count && result < CE_Failure; i++) {
        if (imx_gdal_has_own_mask(level->bands[i])) {
            result = read_mask(GDALGetMaskBand(level->bands[i]), window, of_band);
            source->kernels->validity.nodata[IMX_U8](of_band, n, 0, all);
        } else if (asset->nodata[i] >= 0) {
            clear_nodata(rgba + i, stride, window, (uint8_t)asset->nodata[i], all);
        }
    }
    return result;
}

/* The bands, and the mask into source->scratch if there is one; false: damaged. */
static bool read_gdal(const imx_source *source, imx_gdal_level *level, const int window[4], uint8_t *rgba,
                      ptrdiff_t stride, const imx_gdal_ear *ear) {
    CPLErr result = read_bands(source, level, window, rgba, stride);
    if (result == CE_None && level->mask) {
        result = read_mask(level->mask, window, source->scratch);
    } else if (result == CE_None && source->asset.band_masks) {
        result = read_band_masks(source, level, window, rgba, stride);
    }
    /* GDAL may say that data are missing and still return success. */
    return result < CE_Failure && !imx_gdal_failed(ear);
}

/* The same by the fast path. */
static imx_status read_direct(const imx_source *source, const imx_source_level *level, const int window[4],
                              uint8_t *rgba, ptrdiff_t stride, const char **reason) {
    imx_status status = imx_tiff_read(level->image, window, rgba, stride);
    *reason = imx_tiff_reason(level->image);
    if (status == IMX_OK && level->mask) {
        status = imx_tiff_read_mask(level->mask, window, source->scratch, window[2]);
        *reason = imx_tiff_reason(level->mask);
    }
    return status;
}

/* Whether a window's validity is in source->scratch once it was read. */
static bool has_mask(const imx_source *source, const imx_source_level *level) {
    return level->gdal.mask || source->asset.band_masks;
}

/* Rows that follow each other without a gap are worked on as one. */
static void finish_block(const imx_source *source, const imx_source_level *level, uint8_t *rgba, ptrdiff_t stride,
                         int w, int h) {
    size_t n = (size_t)w;
    int rows = h;
    if (stride == 4 * (ptrdiff_t)w) {
        n *= (size_t)h;
        rows = 1;
    }
    for (int y = 0; y < rows; y++) {
        finish(source, level->image != NULL, rgba + y * stride, n);
        if (has_mask(source, level)) {
            source->kernels->mask_rgba8(rgba + y * stride, source->scratch + (size_t)y * n, n);
        }
    }
}

imx_status imx_gdal_picture_read(imx_source *source, imx_source_level *level, const int window[4], uint8_t *rgba,
                                 ptrdiff_t stride, const imx_gdal_ear *ear, imx_error *err, const char **damage,
                                 bool *empty) {
    imx_status status = IMX_OK;
    *damage = NULL;
    *empty = false;
    if (source->sparse && try_sparse(source, level, window, rgba, stride, empty)) {
        return IMX_OK;
    }
    if (has_mask(source, level)) {
        status = imx_gdal_source_scratch(source, window, source->asset.band_masks ? 2 : 1, err);
    }
    if (status != IMX_OK) {
        return status;
    }
    if (level->image) {
        const char *reason;
        status = read_direct(source, level, window, rgba, stride, &reason);
        if (status == IMX_E_NOMEM) {
            return imx_fail(err, IMX_E_NOMEM, "%s: out of memory for a block", source->asset.path);
        }
        *damage = status == IMX_OK ? NULL : reason;
    } else if (!read_gdal(source, &level->gdal, window, rgba, stride, ear)) {
        *damage = imx_gdal_reason(ear);
    }
    if (*damage) {
        return IMX_E_INPUT;
    }
    finish_block(source, level, rgba, stride, window[2], window[3]);
    *empty = source->asset.validity != IMX_VALID_ALL &&
             (source->kernels->look_rgba8(rgba, stride, (size_t)window[2], (size_t)window[3]) & IMX_LOOK_EMPTY);
    return IMX_OK;
}
