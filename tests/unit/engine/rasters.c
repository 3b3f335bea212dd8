/* tests/unit/engine/rasters.c: see rasters.h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_string.h>
#include <ogr_srs_api.h>

#include "tests/unit/engine/rasters.h"

void raster_place(GDALDatasetH dataset) {
    double geotransform[6] = {500000, 2, 0, 4400000, 0, -2};
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    assert_int_equal(OSRImportFromEPSG(crs, 32650), OGRERR_NONE);
    assert_int_equal(GDALSetGeoTransform(dataset, geotransform), CE_None);
    assert_int_equal(GDALSetSpatialRef(dataset, crs), CE_None);
    OSRDestroySpatialReference(crs);
}

GDALDatasetH raster_create(const char *path, int width, int height, int bands, const char *options) {
    char **list = CSLTokenizeString(options ? options : "");
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, width, height, bands, GDT_Byte, list);
    CSLDestroy(list);
    assert_non_null(dataset);
    raster_place(dataset);
    return dataset;
}

uint8_t raster_value(int band, int x, int y) {
    uint32_t noise = ((uint32_t)x * 2654435761u) ^ ((uint32_t)y * 2246822519u) ^ ((uint32_t)band * 3266489917u);
    noise ^= noise >> 15;
    int smooth = (x * (band + 1) + y * (5 - band)) / 4;
    return (uint8_t)(1 + (uint32_t)(smooth + (int)(noise % 8u) + 65536) % 254u);
}

void raster_fill(GDALDatasetH dataset) {
    int width = GDALGetRasterXSize(dataset), height = GDALGetRasterYSize(dataset);
    uint8_t *row = malloc((size_t)width);
    for (int band = 1; band <= GDALGetRasterCount(dataset); band++) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                row[x] = raster_value(band, x, y);
            }
            assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, width, 1, row, width, 1,
                                          GDT_Byte, 1, width),
                             CE_None);
        }
    }
    free(row);
}

void raster_box(GDALDatasetH dataset, int band, int x, int y, int w, int h, uint8_t value) {
    uint8_t *box = malloc((size_t)w * (size_t)h);
    memset(box, value, (size_t)w * (size_t)h);
    assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, x, y, w, h, box, w, h, GDT_Byte, 1, w),
                     CE_None);
    free(box);
}

void raster_translate(const char *from, const char *to, const char *driver, const char *options) {
    char **list = CSLTokenizeString(options ? options : "");
    GDALDatasetH source = GDALOpen(from, GA_ReadOnly);
    assert_non_null(source);
    GDALDatasetH copy = GDALCreateCopy(GDALGetDriverByName(driver), to, source, 0, list, NULL, NULL);
    assert_non_null(copy);
    GDALClose(copy);
    GDALClose(source);
    CSLDestroy(list);
}

/* ---- expectation ---- */

static GDALRasterBandH band_at(GDALDatasetH dataset, int band, int level) {
    GDALRasterBandH handle = GDALGetRasterBand(dataset, band);
    return level ? GDALGetOverview(handle, level - 1) : handle;
}

static uint8_t *read_whole(GDALRasterBandH band, int w, int h) {
    assert_int_equal(GDALGetRasterBandXSize(band), w);
    assert_int_equal(GDALGetRasterBandYSize(band), h);
    uint8_t *plane = malloc((size_t)w * (size_t)h);
    assert_int_equal(GDALRasterIO(band, GF_Read, 0, 0, w, h, plane, w, h, GDT_Byte, 1, w), CE_None);
    return plane;
}

/* By the definition: the nearest of what lies between 0 and 255 in proportion. */
static uint8_t in_8_bits(const raster_rule *rule, int sample, bool white_is_zero) {
    const int largest = rule->largest ? rule->largest : 255;
    const double part = (double)sample / largest;
    return (uint8_t)lround(255 * (white_is_zero ? 1 - part : part));
}

static void expect_pixel(const raster_rule *rule, GDALColorTableH table, uint8_t *planes[5], size_t i, uint8_t px[4]) {
    bool nodata = rule->has_nodata && planes[0][i] == rule->nodata &&
                  (!rule->green || (planes[1][i] == rule->nodata && planes[2][i] == rule->nodata));
    for (int c = 0; c < 3; c++) {
        px[c] = in_8_bits(rule, planes[rule->green ? c : 0][i], rule->white_is_zero);
    }
    px[3] = 255;
    if (rule->palette) {
        const GDALColorEntry *entry = GDALGetColorEntry(table, planes[0][i]);
        px[0] = entry ? (uint8_t)entry->c1 : 0;
        px[1] = entry ? (uint8_t)entry->c2 : 0;
        px[2] = entry ? (uint8_t)entry->c3 : 0;
        px[3] = entry && rule->palette_alpha ? (uint8_t)entry->c4 : 255;
    }
    if (rule->alpha) {
        px[3] = in_8_bits(rule, planes[3][i], false);
    }
    if (px[3] == 0 || nodata || (planes[4] && planes[4][i] == 0)) {
        memset(px, 0, 4);
    }
}

/* What GDAL says that is valid of one colour, or of all of them. */
static uint8_t *read_masks(GDALDatasetH dataset, const raster_rule *rule, int level, int w, int h) {
    const int numbers[3] = {rule->red, rule->green, rule->blue};
    uint8_t *all = read_whole(GDALGetMaskBand(band_at(dataset, rule->red, level)), w, h);
    for (int k = 1; k < 3 && rule->band_masks; k++) {
        uint8_t *of_band = read_whole(GDALGetMaskBand(band_at(dataset, numbers[k], level)), w, h);
        for (size_t i = 0; i < (size_t)w * (size_t)h; i++) {
            all[i] = all[i] && of_band[i];
        }
        free(of_band);
    }
    return all;
}

static uint8_t *expect_level(GDALDatasetH dataset, const raster_rule *rule, int level, int w, int h) {
    const int numbers[4] = {rule->red, rule->green, rule->blue, rule->alpha};
    uint8_t *planes[5] = {NULL};
    for (int i = 0; i < 4; i++) {
        planes[i] = numbers[i] ? read_whole(band_at(dataset, numbers[i], level), w, h) : NULL;
    }
    planes[4] = rule->mask || rule->band_masks ? read_masks(dataset, rule, level, w, h) : NULL;
    GDALColorTableH table = GDALGetRasterColorTable(GDALGetRasterBand(dataset, rule->red));
    size_t n = (size_t)w * (size_t)h;
    uint8_t *rgba = malloc(4 * n);
    for (size_t i = 0; i < n; i++) {
        expect_pixel(rule, table, planes, i, rgba + 4 * i);
    }
    for (int i = 0; i < 5; i++) {
        free(planes[i]);
    }
    return rgba;
}

/* Empty blocks may leave the buffer as it was: they must be all zero in the expectation. */
static void compare_block(const uint8_t *want, int level_w, const int window[4], const uint8_t *got, size_t got_stride,
                          bool empty) {
    for (int y = 0; y < window[3]; y++) {
        const uint8_t *expected = want + 4 * ((size_t)(window[1] + y) * (size_t)level_w + (size_t)window[0]);
        for (int x = 0; x < 4 * window[2]; x++) {
            int actual = empty ? 0 : got[(size_t)y * got_stride + (size_t)x];
            if (actual != expected[x]) {
                fail_msg("px %d,%d channel %d: %d, not %d", window[0] + x / 4, window[1] + y, x % 4, actual,
                         expected[x]);
            }
        }
    }
}

static int min_int(int a, int b) { return a < b ? a : b; }

static int check_level(imx_source *source, const imx_asset *asset, int level, const uint8_t *want) {
    imx_block_layout l = imx_asset_blocks(asset, level);
    size_t stride = 4 * (size_t)l.block_w + 12; /* rows with a gap, which nobody may write to */
    uint8_t *got = malloc(stride * (size_t)l.block_h);
    int empties = 0;
    for (int row = 0; row < l.rows; row++) {
        for (int column = 0; column < l.columns; column++) {
            int window[4] = {column * l.block_w, row * l.block_h, 0, 0};
            window[2] = min_int(l.block_w, l.level_w - window[0]);
            window[3] = min_int(l.block_h, l.level_h - window[1]);
            /* every other block without a gap */
            size_t used = (row + column) % 2 ? stride : 4 * (size_t)window[2];
            bool empty = false;
            imx_error err = IMX_ERROR_INIT;
            memset(got, 0xA5, stride * (size_t)l.block_h);
            if (imx_source_read_block(source, level, column, row, got, (ptrdiff_t)used, &err, &empty) != IMX_OK) {
                fail_msg("%s", err.text);
            }
            compare_block(want, l.level_w, window, got, used, empty);
            if (used == stride) {
                assert_int_equal(got[4 * (size_t)window[2]], 0xA5);
            }
            empties += empty;
        }
    }
    free(got);
    return empties;
}

int raster_check(const imx_scene *scene, const raster_rule *rule) {
    const imx_asset *asset = scene->assets;
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_error err = IMX_ERROR_INIT;
    imx_source *source = NULL;
    if (imx_source_open(NULL, &kernels, asset, &err, &source) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    GDALDatasetH dataset = GDALOpen(asset->path, GA_ReadOnly);
    assert_non_null(dataset);
    int empties = 0;
    for (int level = 0; level <= asset->overview_count; level++) {
        imx_block_layout l = imx_asset_blocks(asset, level);
        uint8_t *want = expect_level(dataset, rule, level, l.level_w, l.level_h);
        empties += check_level(source, asset, level, want);
        free(want);
    }
    GDALClose(dataset);
    imx_source_close(&source);
    assert_null(source);
    return empties;
}
