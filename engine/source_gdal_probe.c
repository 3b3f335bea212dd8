/* engine/source_gdal_probe.c: looks into a raster and fills a scene of one asset. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <stdio.h>
#include <string.h>

#include "engine/source_gdal.h"

enum {
    SEQUENTIAL_BYTES = 16 << 20, /* decoded bytes of a group of rows of a format that decodes from the top on */
    REMOTE_BLOCK_PX = 1024       /* side up to which the tiles of a file on a server are fetched together */
};

/* ---- blocks ---- */

/* Formats that have no way to row n but through rows 0..n-1: few, large groups. */
static bool is_sequential(GDALDatasetH dataset) {
    static const char *const names[] = {"JPEG", "PNG", "GIF", "WEBP", "JPEGLS", "JPEGXL"};
    const char *driver = GDALGetDriverShortName(GDALGetDatasetDriver(dataset));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (EQUAL(driver, names[i])) {
            return true;
        }
    }
    return false;
}

/* Bytes that are decoded at once for a block: as it is kept, or with all bands of the file where they are interleaved.
 */
static bool block_bytes(GDALDatasetH dataset, const imx_asset *asset, int32_t w, int32_t h, size_t *out) {
    const char *interleave = GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE");
    size_t kept = imx_asset_blocks(asset, 0).pixel_bytes;
    size_t file =
        interleave && EQUAL(interleave, "PIXEL") ? (size_t)GDALGetRasterCount(dataset) * imx_type_size(asset->type) : 0;
    return imx_size_mul((size_t)w, (size_t)h, file > kept ? file : kept, out);
}

/* A request takes as long as some 100 KiB of what it brings: tiles on a server are fetched by many. */
static void group_remote(const imx_asset *asset, const imx_gdal_level *level, int32_t *w, int32_t *h) {
    if (*w < level->width && imx_gdal_is_remote(asset->path)) {
        *w *= *w < REMOTE_BLOCK_PX ? REMOTE_BLOCK_PX / *w : 1;
        *h *= *h < REMOTE_BLOCK_PX ? REMOTE_BLOCK_PX / *h : 1;
    }
}

/* What decodes at once on a level; false if that is more than the limit (0: none). */
static bool natural_block(GDALDatasetH dataset, const imx_asset *asset, const imx_gdal_level *level, size_t limit,
                          int32_t *w, int32_t *h) {
    int block_w, block_h;
    GDALGetBlockSize(level->bands[0], &block_w, &block_h);
    *w = block_w > 0 ? block_w : level->width;
    *h = block_h > 0 ? block_h : 1;
    size_t bytes;
    group_remote(asset, level, w, h);
    if (!block_bytes(dataset, asset, *w, *h, &bytes) || (limit && bytes > limit)) {
        return false;
    }
    if (*w >= level->width && is_sequential(dataset)) {
        size_t room = limit && limit < SEQUENTIAL_BYTES ? limit : SEQUENTIAL_BYTES;
        size_t groups = room / bytes, rows = (groups > 1 ? groups : 1) * (size_t)*h;
        *h = rows < (size_t)level->height ? (int32_t)rows : (int32_t)level->height;
    }
    return true;
}

static imx_status find_blocks(GDALDatasetH dataset, size_t limit, imx_error *err, imx_asset *asset) {
    imx_gdal_level level;
    if (!imx_gdal_level_find(dataset, asset, 0, &level)) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: its bands or its mask differ in size: make them one grid",
                        asset->path);
    }
    asset->width = level.width;
    asset->height = level.height;
    if (!natural_block(dataset, asset, &level, limit, &asset->block_w, &asset->block_h)) {
        return imx_fail(err, IMX_E_UNSUPPORTED,
                        "%s: its blocks of %d x %d px are too large to be decoded in %zu MiB: give more --memory, or "
                        "tile it with gdal_translate -co TILED=YES",
                        asset->path, (int)asset->block_w, (int)asset->block_h, limit >> 20);
    }
    asset->tiled = asset->block_w < asset->width;
    return IMX_OK;
}

/* The overviews that have all bands and shrink from one to the next; the first that does not ends them. */
static void find_overviews(GDALDatasetH dataset, size_t limit, imx_asset *asset) {
    int32_t last_w = asset->width, last_h = asset->height;
    imx_gdal_level level;
    for (int32_t k = 0; k < IMX_ASSET_OVERVIEWS_MAX && imx_gdal_level_find(dataset, asset, k + 1, &level); k++) {
        int32_t block_w, block_h;
        bool shrinks =
            level.width <= last_w && level.height <= last_h && (level.width < last_w || level.height < last_h);
        if (!shrinks || level.width < 1 || level.height < 1 ||
            !natural_block(dataset, asset, &level, limit, &block_w, &block_h)) {
            break;
        }
        asset->overview_w[k] = last_w = level.width;
        asset->overview_h[k] = last_h = level.height;
        asset->overview_block_w[k] = block_w;
        asset->overview_block_h[k] = block_h;
        asset->overview_count = k + 1;
    }
}

/* ---- time ---- */

/* ACQUISITIONDATETIME of the IMAGERY domain is "YYYY-MM-DD HH:MM:SS" in UTC (GDAL raster data model). TIFF's DateTime
 * is when the file was written, so it does not count. NULL: not told. */
static imx_status find_time(imx_memory *memory, GDALDatasetH dataset, imx_error *err, const char *path, char **out) {
    const char *item = GDALGetMetadataItem(dataset, "ACQUISITIONDATETIME", "IMAGERY");
    int year, month, day, hour, minute, second, used = 0;
    if (!item ||
        sscanf(item, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6 ||
        used != 19 || year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60) {
        return IMX_OK;
    }
    *out = imx_sprintf(memory, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute, second);
    return *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
}

/* ---- the scene ---- */

static imx_status describe(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options, size_t limit,
                           imx_log *log, imx_error *err, imx_scene *scene) {
    imx_asset *asset = scene->assets;
    imx_status status = options && options->data ? imx_gdal_choose_data(memory, dataset, options, log, err, asset)
                                                 : imx_gdal_choose_bands(memory, dataset, options, log, err, asset);
    if (status == IMX_OK) {
        status = find_blocks(dataset, limit, err, asset);
    }
    if (status == IMX_OK && !(options && options->unplaced)) {
        status = imx_gdal_place(memory, dataset, options, log, err, asset, &scene->crs);
    }
    if (status == IMX_OK) {
        find_overviews(dataset, limit, asset);
        status = find_time(memory, dataset, err, asset->path, &scene->time_start);
    }
    if (status == IMX_OK) {
        status = imx_gdal_list_files(memory, dataset, asset->path, err, scene);
    }
    return status;
}

imx_status imx_source_probe(imx_memory *memory, const char *path, const imx_source_options *options,
                            size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *out) {
    imx_gdal_ear ear;
    imx_scene scene = {0};
    GDALDatasetH dataset = NULL;
    imx_gdal_listen(&ear, log);
    imx_status status = imx_gdal_open(path, log, err, &dataset);
    if (status != IMX_OK) {
        goto out;
    }
    scene.assets = imx_calloc(memory, 1, sizeof *scene.assets);
    if (scene.assets) {
        scene.asset_count = 1;
        scene.assets[0].path = imx_strdup(memory, path);
        scene.id = imx_strdup(memory, CPLGetFilename(path));
    }
    bool given = options && options->operation;
    scene.operation = given ? imx_strdup(memory, options->operation) : NULL;
    if ((given && !scene.operation) || !scene.assets || !scene.assets[0].path || !scene.id) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
        goto out;
    }
    status = describe(memory, dataset, options, block_limit_bytes, log, err, &scene);
out:
    if (dataset) {
        GDALClose(dataset);
    }
    imx_gdal_unlisten();
    if (status == IMX_OK) {
        *out = scene;
    } else {
        imx_scene_clear(memory, &scene);
    }
    return status;
}
