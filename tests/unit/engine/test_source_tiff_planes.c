/* tests/unit/engine/test_source_tiff_planes.c: data by the fast path of GeoTIFFs. Files of every kind that it knows,
 * and all real ones, are read block by block with it and without it (their names behind /vsisubfile/): planes and
 * validity have the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <unistd.h>

#include "tests/unit/engine/tiff_fixture.h"

enum { WIDTH = 151, HEIGHT = 97, BLOCK_LIMIT = 64 << 20, BLOCKS_PER_LEVEL = 24 };

static int set_up(void **state) {
    CPLPushErrorHandler(CPLQuietErrorHandler); /* it clips values to narrow samples, and says so */
    return tiff_set_up(state);
}

static int tear_down(void **state) {
    CPLPopErrorHandler();
    return tiff_tear_down(state);
}

/* ---- a file ---- */

/* Any bits as bytes; numbers of all sizes, fractions and both signs otherwise, as far as the type holds them. */
static double value_at(int band, int x, int y) {
    const uint32_t any = ((uint32_t)x * 73856093u) ^ ((uint32_t)y * 19349663u) ^ ((uint32_t)band * 83492791u);
    const double smooth = 40 * band + x * 3.25 - y * 1.5;
    return x % 5 == 0 ? (double)(any % 63000u) - 3000 : smooth;
}

static GDALDatasetH make(int bands, GDALDataType type, const char *options) {
    char **list = CSLTokenizeString(options);
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), tif, WIDTH, HEIGHT, bands, type, list);
    CSLDestroy(list);
    assert_non_null(dataset);
    double geotransform[6] = {500000, 10, 0, 4000000, 0, -10};
    assert_int_equal(GDALSetGeoTransform(dataset, geotransform), CE_None);
    assert_int_equal(GDALSetProjection(dataset, "EPSG:32650"), CE_None);
    return dataset;
}

static void draw(GDALDatasetH dataset, int bands) {
    for (int band = 1; band <= bands; band++) {
        double row[WIDTH];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                row[x] = value_at(band, x, y);
            }
            assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, WIDTH, 1, row, WIDTH, 1,
                                          GDT_Float64, 0, 0),
                             CE_None);
        }
    }
}

/* ---- both ways ---- */

typedef struct both {
    int files, levels, direct, blocks;
} both;

static void compare_level(imx_source *fast, imx_source *slow, const imx_asset *asset, int32_t level, both *sum) {
    const imx_block_layout l = imx_asset_blocks(asset, level);
    const int64_t count = (int64_t)l.columns * l.rows, step = (count + BLOCKS_PER_LEVEL - 1) / BLOCKS_PER_LEVEL;
    const size_t bytes = l.pixel_bytes * (size_t)l.block_w * (size_t)l.block_h;
    uint8_t *planes[2] = {malloc(bytes), malloc(bytes)};
    assert_true(planes[0] && planes[1]);
    for (int64_t i = 0; i < count; i += step) {
        const int32_t column = (int32_t)(i % l.columns), row = (int32_t)(i / l.columns);
        const int32_t right = l.level_w - column * l.block_w, low = l.level_h - row * l.block_h;
        const size_t w = (size_t)(right < l.block_w ? right : l.block_w),
                     h = (size_t)(low < l.block_h ? low : l.block_h);
        imx_error err[2] = {IMX_ERROR_INIT, IMX_ERROR_INIT};
        bool empty[2] = {false, false};
        const imx_status s = imx_source_read_block(fast, level, column, row, planes[0], 0, &err[0], &empty[0]);
        const imx_status t = imx_source_read_block(slow, level, column, row, planes[1], 0, &err[1], &empty[1]);
        if (s != t || empty[0] != empty[1] ||
            (s == IMX_OK && !empty[0] && memcmp(planes[0], planes[1], l.pixel_bytes * w * h) != 0)) {
            fail_msg("%s: block %d,%d of level %d differs: \"%s\", \"%s\"", asset->path, (int)column, (int)row,
                     (int)level, err[0].text, err[1].text);
        }
        sum->blocks++;
    }
    free(planes[0]);
    free(planes[1]);
}

static void compare_both(const char *path, both *sum) {
    const imx_source_options options = {.crs = "EPSG:32650", .data = true};
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    if (imx_source_probe(NULL, path, &options, BLOCK_LIMIT, NULL, &err, &scene) != IMX_OK) {
        return;
    }
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_asset indirect = *scene.assets;
    char name[1200];
    (void)snprintf(name, sizeof name, "/vsisubfile/0,%s", path);
    indirect.path = name;
    imx_source *fast = NULL, *slow = NULL;
    if (imx_source_open(NULL, &kernels, scene.assets, &err, &fast) ||
        imx_source_open(NULL, &kernels, &indirect, &err, &slow)) {
        fail_msg("%s", err.text);
    }
    int direct = 0;
    for (int32_t level = 0; level <= scene.assets->overview_count; level++) {
        assert_false(imx_source_is_direct(slow, level));
        if (imx_source_is_direct(fast, level)) {
            compare_level(fast, slow, scene.assets, level, sum);
            direct++;
        }
    }
    sum->files++;
    sum->levels += scene.assets->overview_count + 1;
    sum->direct += direct;
    if (direct == 0 && path != tif) {
        print_message("  GDAL reads %s\n", strrchr(path, '/') + 1);
    }
    imx_source_close(&fast);
    imx_source_close(&slow);
    imx_scene_clear(NULL, &scene);
}

static void expect_direct(const char *what, bool expected) {
    both sum = {0};
    compare_both(tif, &sum);
    if (sum.files != 1 || (expected ? sum.direct != sum.levels : sum.direct != 0)) {
        fail_msg("%s: %d of %d levels are direct", what, sum.direct, sum.levels);
    }
    tiff_clear();
}

/* ---- what it knows ---- */

static const struct {
    GDALDataType gdal;
    const char *options;
    bool bits, floats; /* narrower than the type; predictor 3 is possible */
} types[] = {
    {GDT_Byte, "", false, false},          {GDT_Byte, "PIXELTYPE=SIGNEDBYTE", false, false},
    {GDT_Byte, "NBITS=1", true, false},    {GDT_Byte, "NBITS=2", true, false},
    {GDT_Byte, "NBITS=4", true, false},    {GDT_UInt16, "", false, false},
    {GDT_UInt16, "NBITS=12", true, false}, {GDT_Int16, "", false, false},
    {GDT_UInt32, "", false, false},        {GDT_Int32, "", false, false},
    {GDT_Float32, "", false, true},        {GDT_Float32, "NBITS=16", true, false},
    {GDT_Float64, "", false, true},
};

static void test_every_kind(void **state) {
    (void)state;
    static const char *const codecs[] = {"NONE",
                                         "PACKBITS",
                                         "DEFLATE PREDICTOR=1",
                                         "DEFLATE PREDICTOR=2",
                                         "DEFLATE PREDICTOR=3",
                                         "LZW PREDICTOR=2",
                                         "LZW PREDICTOR=3",
                                         "ZSTD PREDICTOR=2"};
    static const char *const layouts[] = {"TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=32",
                                          "TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16", "BLOCKYSIZE=31"};
    static const int counts[] = {1, 3, 7};
    static const char *const orders[] = {"", "ENDIANNESS=BIG", "BIGTIFF=YES", "BIGTIFF=YES ENDIANNESS=BIG"};
    int n = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++) {
            const bool p2 = strstr(codecs[c], "=2"), p3 = strstr(codecs[c], "=3");
            if ((p2 && types[t].bits) || (p3 && !types[t].floats)) {
                continue;
            }
            for (size_t l = 0; l < 3; l++) {
                for (int planar = 0; planar < 2; planar++) {
                    char options[256];
                    const int bands = counts[n % 3];
                    (void)snprintf(options, sizeof options, "%s COMPRESS=%s %s INTERLEAVE=%s %s", types[t].options,
                                   codecs[c], layouts[l], planar ? "BAND" : "PIXEL", orders[n % 4]);
                    n++;
                    GDALDatasetH dataset = make(bands, types[t].gdal, options);
                    draw(dataset, bands);
                    GDALClose(dataset);
                    expect_direct(options, true);
                }
            }
        }
    }
    print_message("%d kinds\n", n);
    assert_true(n > 400);
}

static void test_validity(void **state) {
    (void)state;
    GDALDatasetH dataset = make(4, GDT_UInt16, "COMPRESS=DEFLATE PREDICTOR=2 ALPHA=YES");
    draw(dataset, 3);
    assert_int_equal(GDALFillRaster(GDALGetRasterBand(dataset, 4), 0, 0), CE_None);
    const uint16_t some[50] = {1, 255, 256, 65535};
    assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, 4), GF_Write, 10, 20, 50, 1, (void *)(uintptr_t)some, 50,
                                  1, GDT_UInt16, 0, 0),
                     CE_None);
    GDALClose(dataset);
    expect_direct("alpha", true);

    dataset = make(2, GDT_Float64, "ALPHA=YES"); /* 8 bytes a sample, alpha's too */
    draw(dataset, 2);
    GDALClose(dataset);
    expect_direct("alpha in doubles", true);

    dataset = make(6, GDT_Float32, "COMPRESS=DEFLATE PREDICTOR=3 TILED=YES");
    draw(dataset, 6);
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), value_at(2, 7, 7)), CE_None);
    GDALClose(dataset);
    expect_direct("nodata", true);

    dataset = make(2, GDT_Int16, "COMPRESS=LZW ENDIANNESS=BIG");
    draw(dataset, 2);
    assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
    GDALRasterBandH mask = GDALGetMaskBand(GDALGetRasterBand(dataset, 1));
    uint8_t row[WIDTH];
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            row[x] = (x * 7 + y * 3) % 11 < 6 ? 0 : 255;
        }
        assert_int_equal(GDALRasterIO(mask, GF_Write, 0, y, WIDTH, 1, row, WIDTH, 1, GDT_Byte, 0, 0), CE_None);
    }
    int factors[] = {2, 4};
    assert_int_equal(GDALBuildOverviews(dataset, "NEAREST", 2, factors, 0, NULL, NULL, NULL), CE_None);
    GDALClose(dataset);
    expect_direct("a mask, with overviews", true);
}

/* What is not stored has the file's nodata value, as far as its type holds it. */
static void test_not_stored(void **state) {
    (void)state;
    static const struct {
        GDALDataType type;
        const char *options;
        double nodata;
    } cases[] = {
        {GDT_Byte, "", 300},         {GDT_Byte, "PIXELTYPE=SIGNEDBYTE", 5},
        {GDT_UInt16, "", -9999},     {GDT_UInt16, "", 65535},
        {GDT_Int16, "", -32768},     {GDT_Int32, "", -2147483647.0},
        {GDT_Float32, "", -3.4e38},  {GDT_Float32, "", 0.1},
        {GDT_Float64, "", 1e300},    {GDT_Float64, "", -9999.25},
        {GDT_UInt16, "NBITS=12", 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char options[256];
        (void)snprintf(options, sizeof options, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 SPARSE_OK=TRUE %s",
                       cases[i].options);
        GDALDatasetH dataset = make(2, cases[i].type, options);
        const double one = 3;
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), cases[i].nodata), CE_None);
        assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 80, 5, 1, 1, (void *)(uintptr_t)&one, 1,
                                      1, GDT_Float64, 0, 0),
                         CE_None);
        GDALClose(dataset);
        expect_direct(options, true);
    }
}

static void test_left_to_gdal(void **state) {
    (void)state;
    static const struct {
        GDALDataType type;
        const char *options;
    } cases[] = {
        {GDT_Byte, "NBITS=7"}, {GDT_UInt16, "NBITS=9"}, {GDT_Float32, "COMPRESS=LERC"}, {GDT_Byte, "COMPRESS=LZMA"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GDALDatasetH dataset = make(2, cases[i].type, cases[i].options);
        draw(dataset, 2);
        GDALClose(dataset);
        expect_direct(cases[i].options, false);
    }
}

/* ---- odd and damaged files ---- */

/* Sets the value (or the place of the values) of a tag in the first directory of a little-endian classic TIFF. */
static void patch_tag(uint16_t tag, uint32_t value) {
    FILE *file = fopen(tif, "r+b");
    assert_non_null(file);
    uint8_t head[8], count[2], entry[12];
    assert_int_equal(fread(head, 1, 8, file), 8);
    const long at = (long)(head[4] | (uint32_t)head[5] << 8 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 24);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fread(count, 1, 2, file), 2);
    bool found = false;
    for (long i = 0; i < (count[0] | count[1] << 8) && !found; i++) {
        assert_int_equal(fseek(file, at + 2 + 12 * i, SEEK_SET), 0);
        assert_int_equal(fread(entry, 1, 12, file), 12);
        if ((entry[0] | entry[1] << 8) == tag) {
            const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                                      (uint8_t)(value >> 24)};
            assert_int_equal(fseek(file, at + 2 + 12 * i + 8, SEEK_SET), 0);
            assert_int_equal(fwrite(bytes, 1, 4, file), 4);
            found = true;
        }
    }
    assert_true(found);
    assert_int_equal(fclose(file), 0);
}

static imx_source *open_data(imx_scene *scene, imx_kernels *kernels) {
    const imx_source_options options = {.crs = "EPSG:32650", .data = true};
    imx_error err = IMX_ERROR_INIT;
    imx_source *source = NULL;
    imx_kernels_init(kernels, imx_cpu_detect());
    *scene = (imx_scene){0};
    if (imx_source_probe(NULL, tif, &options, BLOCK_LIMIT, NULL, &err, scene) != IMX_OK ||
        imx_source_open(NULL, kernels, scene->assets, &err, &source) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_true(imx_source_is_direct(source, 0));
    return source;
}

/* A last strip that holds more rows than the image has: a run of one value, whose deflated matches go on beyond the
 * rows that count. libtiff 4.5 leaves these undone, and says nothing. */
static void test_more_rows_than_needed(void **state) {
    (void)state;
    static const char *const predictors[] = {"1", "2"};
    for (size_t p = 0; p < 2; p++) {
        char options[64];
        (void)snprintf(options, sizeof options, "COMPRESS=DEFLATE BLOCKYSIZE=97 PREDICTOR=%s", predictors[p]);
        GDALDatasetH dataset = make(1, GDT_Byte, options);
        assert_int_equal(GDALFillRaster(GDALGetRasterBand(dataset, 1), 200, 0), CE_None);
        GDALClose(dataset);
        patch_tag(257, HEIGHT - 3);
        imx_scene scene;
        imx_kernels kernels;
        imx_source *source = open_data(&scene, &kernels);
        const imx_block_layout l = imx_asset_blocks(scene.assets, 0);
        assert_int_equal(l.rows * l.columns, 1);
        static uint8_t plane[WIDTH * HEIGHT];
        bool empty;
        imx_error err = IMX_ERROR_INIT;
        memset(plane, 1, sizeof plane);
        assert_int_equal(imx_source_read_block(source, 0, 0, 0, plane, 0, &err, &empty), IMX_OK);
        for (size_t i = 0; i < WIDTH * (HEIGHT - 3); i++) {
            assert_int_equal(plane[i], 200);
        }
        imx_source_close(&source);
        imx_scene_clear(NULL, &scene);
        tiff_clear();
    }
}

/* Tables of blocks beyond the end of the file: libtiff tells of them once, and gives zeros afterwards; but a damaged
 * file is not a sparse one, whoever asked first. */
static void test_broken_tables(void **state) {
    (void)state;
    static const uint16_t tags[] = {324, 325};
    for (int i = 0; i < 4; i++) {
        GDALDatasetH dataset = make(1, GDT_UInt16, "COMPRESS=DEFLATE TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16");
        draw(dataset, 1);
        GDALClose(dataset);
        patch_tag(tags[i % 2], 0x7fffff00);
        imx_scene scene;
        imx_kernels kernels;
        imx_source *source = open_data(&scene, &kernels);
        static uint8_t planes[256 * 256 * 2];
        bool empty;
        if (i >= 2) {
            imx_source_announce(source, 0, (const int32_t[4]){0, 0, WIDTH, HEIGHT});
        }
        for (int again = 0; again < 2; again++) {
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(imx_source_read_block(source, 0, 0, 0, planes, 0, &err, &empty), IMX_E_INPUT);
            if (strstr(err.text, "no reason given")) {
                fail_msg("%s", err.text);
            }
        }
        imx_source_close(&source);
        imx_scene_clear(NULL, &scene);
        tiff_clear();
    }
}

static void test_nth_allocation_fails(void **state) {
    (void)state;
    GDALDatasetH dataset = make(3, GDT_UInt16, "COMPRESS=DEFLATE PREDICTOR=2");
    draw(dataset, 3);
    GDALClose(dataset);
    const imx_source_options options = {.data = true};
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_source_probe(NULL, tif, &options, BLOCK_LIMIT, NULL, &err, &scene), IMX_OK);
    static uint8_t planes[WIDTH * HEIGHT * 6];
    tiff_fail_allocations(scene.assets, planes, 0, 10, 30);
    imx_scene_clear(NULL, &scene);
    tiff_clear();
}

/* ---- real files ---- */

static void visit(const char *path, void *sum) { compare_both(path, sum); }

static void test_real_files(void **state) {
    (void)state;
    if (access(IMX_TEST_DATA, R_OK) != 0) {
        print_message("no %s\n", IMX_TEST_DATA);
        skip();
    }
    both sum = {0};
    tiff_walk(IMX_TEST_DATA, visit, &sum);
    print_message("%d files, %d of %d levels direct, %d blocks compared\n", sum.files, sum.direct, sum.levels,
                  sum.blocks);
    assert_true(sum.direct > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_not_stored),
        cmocka_unit_test(test_left_to_gdal),
        cmocka_unit_test(test_more_rows_than_needed),
        cmocka_unit_test(test_broken_tables),
        cmocka_unit_test(test_nth_allocation_fails),
        cmocka_unit_test(test_real_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
