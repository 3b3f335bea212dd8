/* tests/unit/engine/test_quality.c: quality bands of other sizes, levels, partitions and drivers than the bands that go
 * by them: every pixel's validity beside the rule of engine/quality.h in whole numbers; what does not suit, what is
 * damaged, and what happens where memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <ogr_srs_api.h>

#include "engine/quality.h"
#include "tests/unit/engine/sources_fixture.h"

enum { BLOCK_LIMIT = 64 << 20, BITS = 1 << 0 | 1 << 3, NODATA = 7 };

static const char srs[] = "EPSG:32650";

/* Along both axes: the first pixel's corner and the pixels, quarters of a metre; levels follow by halves. */
typedef struct grid {
    int width, height, corner, pixel, levels;
    const char *driver, *options; /* "KEY=VALUE ..." */
    GDALDataType type;
} grid;

static int bits_at(int x, int y) { return (x * 7 + y * 13 + x * y % 11) % 19; }
static int sample_at(int x, int y) { return (x * 3 + y * 5) % 97; }

static void create(const char *path, const grid *g, int (*value)(int, int)) {
    char **options = CSLTokenizeString(g->options ? g->options : "");
    GDALDatasetH d = GDALCreate(GDALGetDriverByName(g->driver ? g->driver : "GTiff"), path, g->width, g->height, 1,
                                g->type, options);
    assert_non_null(d);
    CSLDestroy(options);
    const double pixel = g->pixel / 4.0, corner = g->corner / 4.0;
    double transform[6] = {500000 + corner, pixel, 0, 4000000 - corner, 0, -pixel};
    assert_int_equal(GDALSetGeoTransform(d, transform), CE_None);
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    assert_int_equal(OSRSetFromUserInput(crs, srs), OGRERR_NONE);
    assert_int_equal(GDALSetSpatialRef(d, crs), CE_None);
    OSRDestroySpatialReference(crs);
    uint16_t *row = calloc((size_t)g->width, sizeof *row);
    for (int y = 0; y < g->height; y++) {
        for (int x = 0; x < g->width; x++) {
            row[x] = (uint16_t)value(x, y);
        }
        assert_int_equal(
            GDALRasterIO(GDALGetRasterBand(d, 1), GF_Write, 0, y, g->width, 1, row, g->width, 1, GDT_UInt16, 0, 0),
            CE_None);
    }
    free(row);
    int factors[] = {2, 4, 8};
    if (g->levels) {
        assert_int_equal(GDALBuildOverviews(d, "NEAREST", g->levels, factors, 0, NULL, NULL, NULL), CE_None);
    }
    GDALClose(d);
}

static imx_scene probe(imx_memory *memory, const char *path) {
    imx_error err = IMX_ERROR_INIT;
    imx_scene scene = {0};
    const imx_source_options options = {.data = true};
    const imx_status status = imx_source_probe(memory, path, &options, BLOCK_LIMIT, NULL, &err, &scene);
    if (status != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return scene;
}

/* A whole level by GDAL. */
static uint16_t *read_level(const char *path, int level, int *width, int *height) {
    GDALDatasetH d = GDALOpen(path, GA_ReadOnly);
    GDALRasterBandH band = GDALGetRasterBand(d, 1);
    band = level ? GDALGetOverview(band, level - 1) : band;
    *width = GDALGetRasterBandXSize(band);
    *height = GDALGetRasterBandYSize(band);
    uint16_t *out = calloc((size_t)*width * (size_t)*height, sizeof *out);
    assert_int_equal(GDALRasterIO(band, GF_Read, 0, 0, *width, *height, out, *width, *height, GDT_UInt16, 0, 0),
                     CE_None);
    GDALClose(d);
    return out;
}

/* The quality pixel, of a level of m, of pixel i of a level of n (`whole` at level 0), in whole numbers. */
static int nearest(const grid *band, int i, int n, const grid *quality, int m, int whole) {
    const int64_t size = (int64_t)whole * band->pixel; /* of the band, quarters of a metre */
    /* centre * 2 n, from the quality band's corner on */
    const int64_t centre = 2 * (int64_t)n * (band->corner - quality->corner) + (2 * (int64_t)i + 1) * size;
    const int64_t all = (int64_t)quality->width * quality->pixel; /* square ones: width and height are alike */
    /* index = ceil(centre / (2 n) / (all / m)) - 1 */
    const int64_t over = centre * m, under = 2 * (int64_t)n * all;
    const int64_t index = over > 0 ? (over + under - 1) / under - 1 : -1;
    return (int)(index < 0 ? 0 : index >= m ? m - 1 : index);
}

static void check_level(const grid *band, const char *band_path, const grid *quality, const char *quality_path,
                        const imx_asset *asset, int level, int quality_level) {
    int width, height, qw, qh;
    uint16_t *samples = read_level(band_path, level, &width, &height);
    uint16_t *bits = read_level(quality_path, quality_level, &qw, &qh);
    const imx_block_layout layout = imx_asset_blocks(asset, level);
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_source *source = NULL;
    assert_int_equal(imx_source_open(NULL, &kernels, asset, NULL, &source), IMX_OK);
    uint8_t *planes = malloc((size_t)layout.block_w * (size_t)layout.block_h * layout.pixel_bytes);
    for (int32_t b = 0; b < layout.columns * layout.rows; b++) {
        const int32_t x0 = b % layout.columns * layout.block_w, y0 = b / layout.columns * layout.block_h;
        const int32_t w = width - x0 < layout.block_w ? width - x0 : layout.block_w,
                      h = height - y0 < layout.block_h ? height - y0 : layout.block_h;
        bool empty = false, any = false;
        assert_int_equal(
            imx_source_read_block(source, level, b % layout.columns, b / layout.columns, planes, 0, NULL, &empty),
            IMX_OK);
        const uint8_t *valid = planes + (size_t)w * (size_t)h * imx_type_size(imx_asset_working_type(asset));
        for (int32_t i = 0; i < w * h; i++) {
            const int x = x0 + i % w, y = y0 + i / w;
            const int at = nearest(band, x, width, quality, qw, band->width) +
                           qw * nearest(band, y, height, quality, qh, band->height);
            const bool want = !(bits[at] & BITS) && !(asset->data[0].has_nodata && samples[y * width + x] == NODATA);
            any = any || want;
            if (!empty && valid[i] != (want ? 255 : 0)) {
                fail_msg("level %d, pixel %d,%d: %d", level, x, y, valid[i]);
            }
        }
        assert_true(empty == !any);
    }
    free(planes);
    free(samples);
    free(bits);
    imx_source_close(&source);
}

typedef struct pair {
    grid band, quality;
    bool nodata;
    int quality_levels[4]; /* of each level of the band */
} pair;

static imx_quality *quality_of(imx_memory *memory, const char *path, imx_scene *scene) {
    *scene = probe(memory, path);
    imx_quality *quality = calloc(1, sizeof *quality);
    quality->asset = scene->assets[0];
    quality->asset.validity = IMX_VALID_ALL;
    quality->bits = BITS;
    return quality;
}

static void check_pair(const pair *p) {
    const char *band_path = "/vsimem/band.tif",
               *quality_path = p->quality.driver ? "/vsimem/bits.img" : "/vsimem/bits.tif";
    create(band_path, &p->band, sample_at);
    create(quality_path, &p->quality, bits_at);
    imx_scene band = probe(NULL, band_path), of;
    imx_quality *quality = quality_of(NULL, quality_path, &of);
    imx_asset *asset = &band.assets[0];
    assert_int_equal(asset->overview_count, p->band.levels);
    assert_true(imx_quality_suits(quality, asset));
    if (p->nodata) {
        asset->validity = IMX_VALID_NODATA;
        asset->data[0].has_nodata = true;
        asset->data[0].nodata = NODATA;
    }
    asset->quality = quality;
    assert_int_equal(imx_asset_valid_planes(asset), 1);
    for (int level = 0; level <= p->band.levels; level++) {
        check_level(&p->band, band_path, &p->quality, quality_path, asset, level, p->quality_levels[level]);
    }
    free(quality);
    imx_scene_clear(NULL, &band);
    imx_scene_clear(NULL, &of);
    (void)VSIUnlink(band_path);
    (void)VSIUnlink(quality_path);
}

#define TILES "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE"

static void test_pixels(void **state) {
    (void)state;
    static const pair pairs[] = {
        /* the same pixels; tiles and strips; 8 bits; another driver */
        {{300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
        {{300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, "", GDT_Byte}, false, {0}},
        {{300, 300, 0, 120, 0, NULL, "", GDT_Float32}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, false, {0}},
        {{300, 300, 0, 120, 0, NULL, TILES, GDT_Int16}, {300, 300, 0, 120, 0, "HFA", "", GDT_UInt16}, true, {0}},
        /* panchromatic: half the pixels, whose corner lies half a pixel inside; one fewer, as delivered, and as many */
        {{599, 599, 30, 60, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
        {{600, 600, 30, 60, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, false, {0}},
        /* pixels that do not go into each other */
        {{333, 333, 11, 108, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
        {{150, 150, 0, 240, 0, NULL, TILES, GDT_UInt16}, {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
        /* it falls short by less than a pixel of its own */
        {{300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16}, {299, 299, 70, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
        /* overviews of both, of the one, of the other */
        {{320, 320, 0, 120, 3, NULL, TILES, GDT_UInt16},
         {320, 320, 0, 120, 3, NULL, TILES, GDT_UInt16},
         true,
         {0, 1, 2, 3}},
        {{320, 320, 0, 120, 2, NULL, TILES, GDT_UInt16},
         {320, 320, 0, 120, 0, NULL, TILES, GDT_UInt16},
         true,
         {0, 0, 0}},
        {{640, 640, 0, 60, 2, NULL, TILES, GDT_UInt16},
         {320, 320, 0, 120, 2, NULL, TILES, GDT_UInt16},
         false,
         {0, 0, 1}},
        {{160, 160, 0, 240, 0, NULL, TILES, GDT_UInt16}, {320, 320, 0, 120, 3, NULL, TILES, GDT_UInt16}, false, {1}},
        /* a coarse band over fine bits, which take more than one chunk */
        {{40, 40, 0, 32 * 120, 0, NULL, "", GDT_UInt16}, {1280, 1280, 0, 120, 0, NULL, TILES, GDT_UInt16}, true, {0}},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        check_pair(&pairs[i]);
    }
}

/* One that lies elsewhere, is turned, or has other directions. */
static void test_suits(void **state) {
    (void)state;
    imx_georef georef = {0};
    const imx_asset band = {.width = 100, .height = 100, .geotransform = {1000, 30, 0, 5000, 0, -30}};
    static const struct {
        double geotransform[6];
        bool suits;
    } cases[] = {{{1000, 30, 0, 5000, 0, -30}, true},    {{1029, 30, 0, 4971, 0, -30}, true},
                 {{971, 30, 0, 5029, 0, -30}, true},     {{1061, 30, 0, 5000, 0, -30}, false},
                 {{1000, 30, 0, 5061, 0, -30}, false},   {{1000, 15, 0, 5000, 0, -30}, false},
                 {{1000, 30, 0, 2000, 0, 30}, false},    {{4000, -30, 0, 5000, 0, -30}, false},
                 {{1000, 30, 1e-3, 5000, 0, -30}, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imx_quality quality = {.asset = {.width = 100, .height = 100}};
        memcpy(quality.asset.geotransform, cases[i].geotransform, sizeof quality.asset.geotransform);
        assert_true(imx_quality_suits(&quality, &band) == cases[i].suits);
        quality.asset.georef = &georef;
        assert_false(imx_quality_suits(&quality, &band));
    }
}

static void test_failures(void **state) {
    (void)state;
    const grid g = {300, 300, 0, 120, 0, NULL, TILES, GDT_UInt16};
    create("/vsimem/band.tif", &g, sample_at);
    create("/vsimem/bits.tif", &g, bits_at);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_scene band = probe(NULL, "/vsimem/band.tif"), of;
    imx_quality *quality = quality_of(NULL, "/vsimem/bits.tif", &of);
    band.assets[0].quality = quality;
    const imx_block_layout layout = imx_asset_blocks(&band.assets[0], 0);
    uint8_t *planes = malloc((size_t)layout.block_w * (size_t)layout.block_h * layout.pixel_bytes);
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_status status = IMX_E_NOMEM;
    size_t nth = 1;
    for (; nth < 200 && status != IMX_OK; nth++) {
        imx_source *source = NULL;
        imx_error err = IMX_ERROR_INIT;
        bool empty;
        imx_memory_fail_nth(memory, nth);
        status = imx_source_open(memory, &kernels, &band.assets[0], &err, &source);
        status = status ? status : imx_source_read_block(source, 0, 1, 1, planes, 0, &err, &empty);
        assert_true(status == IMX_OK || (status == IMX_E_NOMEM && err.text[0]));
        imx_source_close(&source);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    assert_true(nth > 10 && status == IMX_OK);
    /* the file that is damaged is the one that is named */
    vsi_l_offset length;
    uint8_t *bytes = VSIGetMemFileBuffer("/vsimem/bits.tif", &length, FALSE);
    memset(bytes + length / 4, 0xa5, (size_t)(length / 2));
    imx_source *source = NULL;
    imx_error err = IMX_ERROR_INIT;
    bool empty;
    status = imx_source_open(NULL, &kernels, &band.assets[0], &err, &source);
    for (int32_t b = 0; b < layout.columns * layout.rows && status == IMX_OK; b++) {
        status = imx_source_read_block(source, 0, b % layout.columns, b / layout.columns, planes, 0, &err, &empty);
    }
    assert_int_equal(status, IMX_E_INPUT);
    assert_non_null(strstr(err.text, "/vsimem/bits.tif"));
    imx_source_close(&source);
    free(planes);
    free(quality);
    imx_scene_clear(NULL, &band);
    imx_scene_clear(NULL, &of);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_suits),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
