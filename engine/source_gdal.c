/* engine/source_gdal.c: set-up of GDAL, open sources, and their blocks: read, read again, cleared by quality and
 * collar. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <string.h>

#include "engine/collar.h"
#include "engine/source_gdal_impl.h"
#include "engine/transform_proj.h"

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

/* IMX_E_NOT_FOUND: the file has no such level. Says nothing. */
static imx_status find_level(imx_source *source, int32_t number, imx_source_level **out) {
    if (number < 0 || number > source->asset.overview_count) {
        return IMX_E_NOT_FOUND;
    }
    imx_source_level *found = &source->levels[number];
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
    imx_source_level *first;
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
    if (data) {
        return IMX_OK;
    }
    status = asset->palette ? imx_gdal_picture_palette(source, err) : IMX_OK;
    return status ? status : imx_gdal_picture_ramps(source, err);
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
    for (int32_t i = 0; i < IMX_SOURCE_LEVELS_MAX; i++) {
        imx_tiff_close(&old->levels[i].image);
        imx_tiff_close(&old->levels[i].mask);
    }
    imx_quality_close(&old->quality);
    imx_free(old->memory, old->asset.path);
    imx_free(old->memory, old->asset.data);
    imx_free(old->memory, old->numbers);
    imx_free(old->memory, old->palette);
    imx_free(old->memory, old->ramps);
    imx_free(old->memory, old->scratch);
    imx_free(old->memory, old);
    *source = NULL;
}

/* ---- reading ---- */

imx_status imx_gdal_source_scratch(imx_source *source, const int window[4], size_t sample_bytes, imx_error *err) {
    size_t bytes;
    if (!imx_size_mul((size_t)window[2], (size_t)window[3], sample_bytes, &bytes)) {
        return imx_fail(err, IMX_E_NOMEM, "%s: a block is too large", source->asset.path);
    }
    if (bytes > source->scratch_bytes) {
        imx_free(source->memory, source->scratch);
        source->scratch_bytes = 0;
        source->scratch = imx_alloc(source->memory, bytes);
        if (!source->scratch) {
            return imx_fail(err, IMX_E_NOMEM, "%s: out of memory for the mask of a block", source->asset.path);
        }
        source->scratch_bytes = bytes;
    }
    return IMX_OK;
}

static imx_status read_planes(imx_source *source, imx_source_level *level, const int window[4], uint8_t *planes,
                              const imx_gdal_ear *ear, imx_error *err, const char **damage, bool *empty) {
    const size_t sample_bytes = imx_type_size(imx_asset_working_type(&source->asset));
    imx_status status =
        imx_gdal_has_alpha_band(&source->asset) ? imx_gdal_source_scratch(source, window, sample_bytes, err) : IMX_OK;
    if (status != IMX_OK) {
        return status;
    }
    const imx_gdal_data data = {source->kernels, &source->asset,  &level->gdal,   level->image,
                                level->mask,     source->numbers, source->scratch};
    status = imx_gdal_data_read(&data, window, planes, ear, damage, empty);
    return status == IMX_E_NOMEM ? imx_fail(err, status, "%s: out of memory for a block", source->asset.path) : status;
}

static imx_status read_window(imx_source *source, imx_source_level *level, const int window[4], uint8_t *pixels,
                              ptrdiff_t stride, const imx_gdal_ear *ear, imx_error *err, const char **damage,
                              bool *empty) {
    return source->asset.role == IMX_ROLE_DATA
               ? read_planes(source, level, window, pixels, ear, err, damage, empty)
               : imx_gdal_picture_read(source, level, window, pixels, stride, ear, err, damage, empty);
}

static int32_t less(int32_t a, int32_t b) { return a < b ? a : b; }

/* Where a block lies: its level, and the window in it, px. */
static imx_status find_block(imx_source *source, int32_t number, int32_t column, int32_t row, imx_error *err,
                             imx_source_level **level, int window[4]) {
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
static imx_status read_tries(imx_source *source, imx_source_level *level, int32_t number, const int window[4],
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
                    imx_gdal_is_remote(path) ? imx_gdal_remote_advice(path, damage)
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
    imx_source_level *level;
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
    imx_source_level *level;
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
    imx_source_level *level;
    imx_gdal_listen(&ear, NULL);
    bool direct = find_level(source, number, &level) == IMX_OK && level->image;
    imx_gdal_unlisten();
    return direct;
}

void imx_source_announce(imx_source *source, int32_t number, const int32_t window[4]) {
    imx_gdal_ear ear;
    imx_source_level *level;
    imx_gdal_listen(&ear, NULL);
    if (find_level(source, number, &level) == IMX_OK && level->image) {
        imx_tiff_announce(level->image, window);
        if (level->mask) {
            imx_tiff_announce(level->mask, window);
        }
    }
    imx_gdal_unlisten();
}
