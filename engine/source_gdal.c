/* engine/source_gdal.c: set-up of GDAL, open sources, and reading blocks into rgba8. */
#include "engine/source_gdal.h"
#include "engine/collar.h"
#include "engine/quality.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <string.h>

#include "engine/transform_proj.h"

enum { LEVELS_MAX = IMX_ASSET_OVERVIEWS_MAX + 1, OPAQUE = 255 };

typedef struct source_level {
    imx_gdal_level gdal;    /* count 0: not looked up yet */
    imx_tiff *image, *mask; /* the fast path; image NULL: GDAL reads the level */
    uint8_t fill[IMX_ASSET_BANDS_MAX + 1];
} source_level;

struct imx_source {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_asset asset; /* path and data are ours */
    int *numbers;    /* of data's bands */
    GDALDatasetH dataset;
    source_level levels[LEVELS_MAX];
    uint8_t nodata[3];
    uint8_t (*palette)[4]; /* 256 entries; NULL: none */
    bool sparse;           /* the driver tells which blocks are not stored */
    uint8_t *mask;         /* scratch */
    size_t mask_bytes;
    imx_quality_reader *quality; /* NULL: it has none */
};

/* ---- set-up ---- */

void imx_gdal_default(const char *key, const char *value) {
    if (!CPLGetConfigOption(key, NULL)) {
        CPLSetConfigOption(key, value);
    }
}

void imx_sources_init(size_t cache_bytes) {
    /* Side files are looked for by name; listing a folder of 100,000 scenes at each open would be quadratic. */
    imx_gdal_default("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE");
    /* Nothing is written beside inputs: sizes of .tar.gz files otherwise, or into the .zip that holds them. */
    imx_gdal_default("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO");
    /* Threads are ours: JPEG 2000's driver would take one a core for each worker. */
    imx_gdal_default("GDAL_NUM_THREADS", "1");
    imx_gdal_remote_defaults();
    imx_projections_init();
    GDALAllRegister();
    GDALSetCacheMax64((GIntBig)cache_bytes);
}

void imx_sources_finish(void) { GDALDestroyDriverManager(); }

const char *imx_sources_version(void) { return GDALVersionInfo("RELEASE_NAME"); }

/* ---- open and close ---- */

static bool has_alpha_band(const imx_asset *asset) {
    return asset->validity == IMX_VALID_ALPHA && asset->alpha_band > 0;
}

/* The palette with its transparency and the nodata index worked in. */
static imx_status load_palette(imx_source *source, imx_error *err) {
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

/* IMX_E_NOT_FOUND: the file has no such level. Says nothing. */
static imx_status find_level(imx_source *source, int32_t number, source_level **out) {
    if (number < 0 || number > source->asset.overview_count) {
        return IMX_E_NOT_FOUND;
    }
    source_level *found = &source->levels[number];
    if (found->gdal.count == 0) {
        imx_gdal_level gdal;
        imx_block_layout layout = imx_asset_blocks(&source->asset, number);
        if (!imx_gdal_level_find(source->dataset, &source->asset, number, &gdal) || gdal.width != layout.level_w ||
            gdal.height != layout.level_h) {
            return IMX_E_NOT_FOUND;
        }
        imx_status status = imx_gdal_tiff_open(source->memory, source->kernels, source->dataset, &source->asset, number,
                                               &gdal, &found->image, &found->mask);
        if (status != IMX_OK) {
            return status;
        }
        for (int i = 0; i < gdal.count; i++) {
            const double fill = imx_gdal_fill_value(gdal.bands[i]);
            source->kernels->convert.narrow[IMX_U8](&fill, 1, &found->fill[i], NULL);
        }
        found->gdal = gdal;
    }
    *out = found;
    return IMX_OK;
}

/* Takes the asset's description over, after holding it against what the file is now. */
static imx_status prepare(imx_source *source, imx_error *err) {
    imx_asset *asset = &source->asset;
    int file_bands = GDALGetRasterCount(source->dataset);
    const bool data = asset->role == IMX_ROLE_DATA;
    for (int32_t i = 0; i < (data ? asset->data_count : asset->band_count); i++) {
        int number = data ? asset->data[i].number : asset->bands[i];
        if (number < 1 || number > file_bands) {
            return imx_fail(err, IMX_E_INPUT, "%s: has no band %d any more: the file changed, plan the job again",
                            asset->path, number);
        }
        if (!data && i < 3 && asset->validity == IMX_VALID_NODATA) {
            source->nodata[i] = (uint8_t)asset->nodata[i];
        }
    }
    source_level *first;
    imx_status status = find_level(source, 0, &first);
    if (status == IMX_E_NOMEM) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    if (status != IMX_OK) {
        return imx_fail(err, IMX_E_INPUT,
                        "%s: is not %d x %d px with the same bands any more: the file changed, plan the job again",
                        asset->path, (int)asset->width, (int)asset->height);
    }
    source->sparse = EQUAL(GDALGetDriverShortName(GDALGetDatasetDriver(source->dataset)), "GTiff");
    return asset->palette ? load_palette(source, err) : IMX_OK;
}

static bool copy_data(imx_source *source, const imx_asset *from) {
    if (from->role != IMX_ROLE_DATA) {
        return true;
    }
    size_t count = (size_t)from->data_count;
    source->asset.data = imx_calloc(source->memory, count, sizeof *source->asset.data);
    source->numbers = imx_calloc(source->memory, count, sizeof *source->numbers);
    if (!source->asset.data || !source->numbers) {
        return false;
    }
    memcpy(source->asset.data, from->data, count * sizeof *from->data);
    for (size_t i = 0; i < count; i++) {
        source->numbers[i] = from->data[i].number;
    }
    return true;
}

imx_status imx_source_open(imx_memory *memory, const imx_kernels *kernels, const imx_asset *asset, imx_error *err,
                           imx_source **out) {
    imx_gdal_ear ear;
    imx_source *source = imx_calloc(memory, 1, sizeof *source);
    if (!source) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    }
    source->memory = memory;
    source->kernels = kernels;
    source->asset = *asset;
    source->asset.path = imx_strdup(memory, asset->path);
    source->asset.data = NULL;
    imx_gdal_listen(&ear, NULL);
    imx_status status = source->asset.path && copy_data(source, asset)
                            ? imx_gdal_open(asset->path, NULL, err, &source->dataset)
                            : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", asset->path);
    if (status == IMX_OK) {
        status = prepare(source, err);
    }
    imx_gdal_unlisten();
    if (status == IMX_OK && asset->quality) {
        status = imx_quality_open(memory, kernels, asset, err, &source->quality);
    }
    if (status != IMX_OK) {
        imx_source_close(&source);
        return status;
    }
    *out = source;
    return IMX_OK;
}

void imx_source_close(imx_source **source) {
    if (!source || !*source) {
        return;
    }
    imx_gdal_ear ear;
    imx_source *old = *source;
    imx_gdal_listen(&ear, NULL);
    if (old->dataset) {
        GDALClose(old->dataset);
    }
    imx_gdal_unlisten();
    for (int32_t i = 0; i < LEVELS_MAX; i++) {
        imx_tiff_close(&old->levels[i].image);
        imx_tiff_close(&old->levels[i].mask);
    }
    imx_quality_close(&old->quality);
    imx_free(old->memory, old->asset.path);
    imx_free(old->memory, old->asset.data);
    imx_free(old->memory, old->numbers);
    imx_free(old->memory, old->palette);
    imx_free(old->memory, old->mask);
    imx_free(old->memory, old);
    *source = NULL;
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

/* A pixel of alpha 0 becomes 0,0,0,0. */
static void clear_transparent(uint8_t *px, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t keep = px[4 * i + 3] ? UINT32_MAX : 0, value;
        memcpy(&value, px + 4 * i, 4);
        value &= keep;
        memcpy(px + 4 * i, &value, 4);
    }
}

/* Everything but the mask. expanded: gray is repeated and alpha filled in already. */
static void finish(const imx_source *source, bool expanded, uint8_t *px, size_t n) {
    const imx_asset *asset = &source->asset;
    bool alpha = has_alpha_band(asset);
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
    if (alpha) {
        clear_transparent(px, n);
    }
}

/* ---- sparse blocks ---- */

static bool is_stored(GDALRasterBandH band, int x, int y, int w, int h) {
    int status = GDALGetDataCoverageStatus(band, x, y, w, h, GDAL_DATA_COVERAGE_STATUS_DATA, NULL);
    return status != GDAL_DATA_COVERAGE_STATUS_EMPTY;
}

static bool any_band_stored(const source_level *level, const int window[4]) {
    if (level->image) {
        return imx_tiff_is_stored(level->image, window);
    }
    bool stored = false;
    for (int i = 0; i < level->gdal.count && !stored; i++) {
        stored = is_stored(level->gdal.bands[i], window[0], window[1], window[2], window[3]);
    }
    return stored;
}

static bool mask_stored(const source_level *level, const int window[4]) {
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
static bool try_sparse(const imx_source *source, const source_level *level, const int window[4], uint8_t *rgba,
                       ptrdiff_t stride, bool *empty) {
    uint8_t pixel[4] = {0};
    if (any_band_stored(level, window)) {
        return false;
    }
    for (int i = 0; i < level->gdal.count; i++) {
        bool is_alpha = has_alpha_band(&source->asset) && i == level->gdal.count - 1;
        pixel[is_alpha ? 3 : i] = level->fill[i];
    }
    if (level->gdal.mask) {
        *empty = !mask_stored(level, window);
        return *empty;
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
    int step = level->count == 2 && has_alpha_band(&source->asset) ? 3 : 1;
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

/* Room for the window's mask, or for an alpha band as it is read. */
static imx_status grow_mask(imx_source *source, const int window[4], size_t sample_bytes, imx_error *err) {
    size_t bytes;
    if (!imx_size_mul((size_t)window[2], (size_t)window[3], sample_bytes, &bytes)) {
        return imx_fail(err, IMX_E_NOMEM, "%s: a block is too large", source->asset.path);
    }
    if (bytes > source->mask_bytes) {
        imx_free(source->memory, source->mask);
        source->mask_bytes = 0;
        source->mask = imx_alloc(source->memory, bytes);
        if (!source->mask) {
            return imx_fail(err, IMX_E_NOMEM, "%s: out of memory for the mask of a block", source->asset.path);
        }
        source->mask_bytes = bytes;
    }
    return IMX_OK;
}

/* The bands, and the mask into source->mask if there is one; false: damaged. */
static bool read_gdal(const imx_source *source, imx_gdal_level *level, const int window[4], uint8_t *rgba,
                      ptrdiff_t stride, const imx_gdal_ear *ear) {
    CPLErr result = read_bands(source, level, window, rgba, stride);
    if (result == CE_None && level->mask) {
        result = GDALRasterIOEx(level->mask, GF_Read, window[0], window[1], window[2], window[3], source->mask,
                                window[2], window[3], GDT_Byte, 1, window[2], NULL);
    }
    /* GDAL may say that data are missing and still return success. */
    return result < CE_Failure && !imx_gdal_failed(ear);
}

/* The same by the fast path. */
static imx_status read_direct(const imx_source *source, const source_level *level, const int window[4], uint8_t *rgba,
                              ptrdiff_t stride, const char **reason) {
    imx_status status = imx_tiff_read(level->image, window, rgba, stride);
    *reason = imx_tiff_reason(level->image);
    if (status == IMX_OK && level->mask) {
        status = imx_tiff_read_mask(level->mask, window, source->mask, window[2]);
        *reason = imx_tiff_reason(level->mask);
    }
    return status;
}

/* Rows that follow each other without a gap are worked on as one. */
static void finish_block(const imx_source *source, const source_level *level, uint8_t *rgba, ptrdiff_t stride, int w,
                         int h) {
    size_t n = (size_t)w;
    int rows = h;
    if (stride == 4 * (ptrdiff_t)w) {
        n *= (size_t)h;
        rows = 1;
    }
    for (int y = 0; y < rows; y++) {
        finish(source, level->image != NULL, rgba + y * stride, n);
        if (level->gdal.mask) {
            source->kernels->mask_rgba8(rgba + y * stride, source->mask + (size_t)y * n, n);
        }
    }
}

static imx_status read_planes(imx_source *source, source_level *level, const int window[4], uint8_t *planes,
                              const imx_gdal_ear *ear, imx_error *err, const char **damage, bool *empty) {
    const size_t sample_bytes = imx_type_size(imx_asset_working_type(&source->asset));
    imx_status status = has_alpha_band(&source->asset) ? grow_mask(source, window, sample_bytes, err) : IMX_OK;
    if (status != IMX_OK) {
        return status;
    }
    const imx_gdal_data data = {source->kernels, &source->asset,  &level->gdal, level->image,
                                level->mask,     source->numbers, source->mask};
    status = imx_gdal_data_read(&data, window, planes, ear, damage, empty);
    return status == IMX_E_NOMEM ? imx_fail(err, status, "%s: out of memory for a block", source->asset.path) : status;
}

static imx_status read_window(imx_source *source, source_level *level, const int window[4], uint8_t *rgba,
                              ptrdiff_t stride, const imx_gdal_ear *ear, imx_error *err, const char **damage,
                              bool *empty) {
    imx_status status = IMX_OK;
    *empty = false;
    *damage = NULL;
    if (source->asset.role == IMX_ROLE_DATA) {
        return read_planes(source, level, window, rgba, ear, err, damage, empty);
    }
    if (source->sparse && try_sparse(source, level, window, rgba, stride, empty)) {
        return IMX_OK;
    }
    if (level->gdal.mask) {
        status = grow_mask(source, window, 1, err);
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

static int32_t less(int32_t a, int32_t b) { return a < b ? a : b; }

/* Where a block lies: its level, and the window in it, px. */
static imx_status find_block(imx_source *source, int32_t number, int32_t column, int32_t row, imx_error *err,
                             source_level **level, int window[4]) {
    const char *path = source->asset.path;
    imx_status status = find_level(source, number, level);
    if (status == IMX_E_NOMEM) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    }
    if (status != IMX_OK) {
        return imx_fail(err, IMX_E_INPUT, "%s: has no level %d as planned: the file changed, plan the job again", path,
                        (int)number);
    }
    const imx_block_layout layout = imx_asset_blocks(&source->asset, number);
    if (column < 0 || row < 0 || column >= layout.columns || row >= layout.rows) {
        return imx_fail(err, IMX_E_INTERNAL, "%s: block %d,%d lies outside level %d", path, (int)column, (int)row,
                        (int)number);
    }
    window[0] = column * layout.block_w;
    window[1] = row * layout.block_h;
    window[2] = less(layout.block_w, layout.level_w - window[0]);
    window[3] = less(layout.block_h, layout.level_h - window[1]);
    return IMX_OK;
}

/* Reads a window, again where that may help. Names the block that it begins in. */
static imx_status read_tries(imx_source *source, source_level *level, int32_t number, const int window[4],
                             uint8_t *rgba, ptrdiff_t stride, imx_gdal_ear *ear, imx_error *err, bool *empty) {
    const char *path = source->asset.path, *damage = NULL;
    imx_status status = read_window(source, level, window, rgba, stride, ear, err, &damage, empty);
    imx_gdal_tries tries = {0};
    while (status == IMX_E_INPUT && imx_gdal_try_again(path, damage, &tries)) {
        ear->reason[0] = '\0';
        status = read_window(source, level, window, rgba, stride, ear, err, &damage, empty);
    }
    if (status != IMX_E_INPUT || !damage) {
        return status;
    }
    const imx_block_layout layout = imx_asset_blocks(&source->asset, number);
    return imx_fail(err, IMX_E_INPUT, "%s: block %d,%d of level %d cannot be read (%s): %s", path,
                    window[0] / layout.block_w, window[1] / layout.block_h, (int)number, damage,
                    imx_gdal_is_remote(path) ? "the server does not give it, try again later"
                                             : "the file is damaged or incomplete");
}

/* What the quality band says of a window that has been read into planes. */
static imx_status apply_quality(imx_source *source, int32_t number, const int window[4], uint8_t *planes,
                                imx_error *err, bool *empty) {
    const imx_asset *asset = &source->asset;
    const size_t plane = (size_t)window[2] * (size_t)window[3] * imx_type_size(imx_asset_working_type(asset));
    bool any = false;
    imx_status status =
        imx_quality_apply(source->quality, number, window, planes + (size_t)imx_asset_planes(asset) * plane,
                          imx_asset_valid_planes(asset), err, &any);
    *empty = !any;
    return status;
}

imx_status imx_source_read_block(imx_source *source, int32_t number, int32_t column, int32_t row, uint8_t *rgba,
                                 ptrdiff_t row_stride, imx_error *err, bool *empty) {
    const imx_asset *asset = &source->asset;
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    source_level *level;
    int window[4];
    bool nothing = false;
    imx_status status = find_block(source, number, column, row, err, &level, window);
    const bool collar = status == IMX_OK && asset->collar && imx_collar_holds(asset->collar, number, column, row);
    if (status == IMX_OK && !collar) {
        status = read_tries(source, level, number, window, rgba, row_stride, &ear, err, &nothing);
    }
    if (status == IMX_OK && source->quality && !collar && !nothing) {
        status = apply_quality(source, number, window, rgba, err, &nothing);
    }
    if (status == IMX_OK) {
        *empty = collar || nothing;
    }
    if (status == IMX_OK && asset->collar && !collar) {
        imx_collar_apply(asset->collar, asset, number, column, row, window[2], window[3], rgba, row_stride);
    }
    imx_gdal_unlisten();
    return status;
}

imx_status imx_source_read_window(imx_source *source, int32_t number, const int window[4], uint8_t *planes,
                                  imx_error *err, bool *empty) {
    imx_gdal_ear ear;
    source_level *level;
    int first[4];
    imx_gdal_listen(&ear, NULL);
    imx_status status = find_block(source, number, 0, 0, err, &level, first);
    if (status == IMX_OK) {
        status = read_tries(source, level, number, window, planes, 0, &ear, err, empty);
    }
    imx_gdal_unlisten();
    return status;
}

bool imx_source_is_direct(imx_source *source, int32_t number) {
    imx_gdal_ear ear;
    source_level *level;
    imx_gdal_listen(&ear, NULL);
    bool direct = find_level(source, number, &level) == IMX_OK && level->image;
    imx_gdal_unlisten();
    return direct;
}

void imx_source_announce(imx_source *source, int32_t number, const int32_t window[4]) {
    imx_gdal_ear ear;
    source_level *level;
    imx_gdal_listen(&ear, NULL);
    if (find_level(source, number, &level) == IMX_OK && level->image) {
        imx_tiff_announce(level->image, window);
        if (level->mask) {
            imx_tiff_announce(level->mask, window);
        }
    }
    imx_gdal_unlisten();
}
