/* Reading data: every type that GDAL writes, into planes of the working type, with every kind of validity. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_string.h>
#include <gdal.h>

#include "engine/source.h"

enum { W = 70, H = 45 };
static const char path[] = "/vsimem/planes.tif";

typedef struct bench {
    imx_memory *memory;
    imx_kernels kernels;
    imx_scene scene;
    imx_source *source;
} bench;

/* A value that differs from pixel to pixel and band to band and fits into every type. */
static double value_at(int band, int x, int y) { return (x * 3 + y * 5 + band * 7) % 100; }

/* Pixels of value 13 in band 1 (nodata elsewhere, too). */
static GDALDatasetH make(int bands, GDALDataType type, const char *options) {
    char **list = CSLTokenizeString(options);
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, W, H, bands, type, list);
    CSLDestroy(list);
    assert_non_null(dataset);
    const double geotransform[6] = {500000, 10, 0, 4000000, 0, -10};
    assert_int_equal(GDALSetGeoTransform(dataset, (double *)(uintptr_t)geotransform), CE_None);
    assert_int_equal(GDALSetProjection(dataset, "EPSG:32650"), CE_None);
    for (int band = 1; band <= bands; band++) {
        double row[W];
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                row[x] = value_at(band, x, y);
            }
            assert_int_equal(
                GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, W, 1, row, W, 1, GDT_Float64, 0, 0),
                CE_None);
        }
    }
    return dataset;
}

static void open_bench(bench *b, const imx_source_options *more) {
    imx_source_options options = more ? *more : (imx_source_options){0};
    imx_error err = IMX_ERROR_INIT;
    options.data = true;
    *b = (bench){0};
    assert_int_equal(imx_memory_create(0, &b->memory), IMX_OK);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    if (imx_source_probe(b->memory, path, &options, 0, NULL, &err, &b->scene) != IMX_OK ||
        imx_source_open(b->memory, &b->kernels, b->scene.assets, &err, &b->source) != IMX_OK) {
        fail_msg("%s", err.text);
    }
}

static void close_bench(bench *b) {
    imx_source_close(&b->source);
    imx_scene_clear(b->memory, &b->scene);
    assert_int_equal(imx_memory_used(b->memory), 0);
    imx_memory_destroy(&b->memory);
    GDALDeleteDataset(NULL, path);
}

static double sample(imx_type type, const uint8_t *plane, size_t i) {
    switch (type) {
    case IMX_U8: return plane[i];
    case IMX_U16: return ((const uint16_t *)(const void *)plane)[i];
    case IMX_I16: return ((const int16_t *)(const void *)plane)[i];
    case IMX_F32: return (double)((const float *)(const void *)plane)[i];
    default: return ((const double *)(const void *)plane)[i];
    }
}

/* Reads all blocks; bands' values and validity against what the rule says. valid: band (or 0 of a common plane), value.
 */
static void check(bench *b, double shift, bool (*valid)(int band, int x, int y)) {
    const imx_asset *asset = b->scene.assets;
    const imx_block_layout l = imx_asset_blocks(asset, 0);
    const imx_type type = imx_asset_working_type(asset);
    const size_t size = imx_type_size(type), masks = (size_t)imx_asset_valid_planes(asset);
    assert_int_equal(l.pixel_bytes, (size_t)asset->data_count * size + masks);
    size_t seen = 0;
    for (int row = 0; row < l.rows; row++) {
        for (int column = 0; column < l.columns; column++) {
            int x0 = column * l.block_w, y0 = row * l.block_h;
            int w = W - x0 < l.block_w ? W - x0 : l.block_w, h = H - y0 < l.block_h ? H - y0 : l.block_h;
            size_t n = (size_t)w * (size_t)h;
            uint8_t *planes = malloc(n * l.pixel_bytes);
            assert_non_null(planes);
            bool empty = true;
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(imx_source_read_block(b->source, 0, column, row, planes, 0, &err, &empty), IMX_OK);
            assert_false(empty);
            for (size_t i = 0; i < n; i++) {
                int x = x0 + (int)(i % (size_t)w), y = y0 + (int)(i / (size_t)w);
                for (int band = 0; band < asset->data_count; band++) {
                    int number = asset->data[band].number;
                    assert_true(sample(type, planes + (size_t)band * n * size, i) == value_at(number, x, y) + shift);
                    if (masks) {
                        const uint8_t *plane =
                            planes + (size_t)asset->data_count * n * size + (masks > 1 ? (size_t)band * n : 0);
                        assert_int_equal(plane[i] != 0, valid(number, x, y));
                    }
                }
            }
            seen += n;
            free(planes);
        }
    }
    assert_int_equal(seen, W * H);
}

static void test_types(void **state) {
    (void)state;
    static const struct {
        GDALDataType gdal;
        const char *options;
        imx_type type, working;
    } cases[] = {
        {GDT_Byte, "TILED=YES BLOCKXSIZE=32 BLOCKYSIZE=32", IMX_U8, IMX_U8},
        {GDT_Byte, "PIXELTYPE=SIGNEDBYTE", IMX_I8, IMX_I16},
        {GDT_Byte, "NBITS=7", IMX_U8, IMX_U8},
        {GDT_UInt16, "INTERLEAVE=BAND", IMX_U16, IMX_U16},
        {GDT_UInt16, "NBITS=12 COMPRESS=LZW", IMX_U16, IMX_U16},
        {GDT_Int16, "COMPRESS=DEFLATE PREDICTOR=2", IMX_I16, IMX_I16},
        {GDT_UInt32, "TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16", IMX_U32, IMX_F64},
        {GDT_Int32, "", IMX_I32, IMX_F64},
        {GDT_Float32, "COMPRESS=DEFLATE PREDICTOR=3", IMX_F32, IMX_F32},
        {GDT_Float32, "NBITS=16", IMX_F32, IMX_F32},
        {GDT_Float64, "ENDIANNESS=BIG", IMX_F64, IMX_F64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int bands = 1; bands <= 9; bands += 4) {
            bench b;
            GDALClose(make(bands, cases[i].gdal, cases[i].options));
            open_bench(&b, NULL);
            assert_int_equal(b.scene.assets->role, IMX_ROLE_DATA);
            assert_int_equal(b.scene.assets->type, cases[i].type);
            assert_int_equal(imx_asset_working_type(b.scene.assets), cases[i].working);
            assert_int_equal(b.scene.assets->data_count, bands);
            assert_int_equal(b.scene.assets->validity, IMX_VALID_ALL);
            check(&b, 0, NULL);
            close_bench(&b);
        }
    }
}

/* Negative numbers of signed bytes: GDAL 3.6 hands them out as 128..255. */
static void test_signed_bytes(void **state) {
    (void)state;
    bench b;
    GDALDatasetH dataset = make(1, GDT_Byte, "PIXELTYPE=SIGNEDBYTE");
    int8_t row[W];
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            row[x] = (int8_t)(value_at(1, x, y) - 120);
        }
        assert_int_equal(GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 0, y, W, 1, row, W, 1, GDT_Byte, 0, 0),
                         CE_None);
    }
    GDALClose(dataset);
    open_bench(&b, NULL);
    check(&b, -120, NULL);
    close_bench(&b);
}

static bool not_13(int band, int x, int y) { return value_at(band, x, y) != 13; }
static bool band_2_not_13(int band, int x, int y) { return band != 2 || value_at(2, x, y) != 13; }
static bool alpha_rule(int band, int x, int y) {
    (void)band;
    return value_at(3, x, y) != 0;
}
static bool mask_rule(int band, int x, int y) {
    (void)band;
    return x % 3 != 0 || y == 0;
}

static void test_nodata(void **state) {
    (void)state;
    bench b;
    GDALDatasetH dataset = make(3, GDT_UInt16, ""); /* GTiff: one value for all bands */
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 13), CE_None);
    GDALClose(dataset);
    open_bench(&b, NULL);
    assert_int_equal(b.scene.assets->validity, IMX_VALID_NODATA);
    assert_int_equal(imx_asset_valid_planes(b.scene.assets), 3);
    check(&b, 0, not_13);
    imx_source_close(&b.source);
    imx_scene_clear(b.memory, &b.scene);
    imx_memory_destroy(&b.memory);
    const imx_source_options none = {.no_nodata = true};
    open_bench(&b, &none);
    assert_int_equal(b.scene.assets->validity, IMX_VALID_ALL);
    close_bench(&b);
    GDALClose(make(2, GDT_Float32, ""));
    const imx_source_options given = {.has_nodata = true, .nodata = 13};
    open_bench(&b, &given);
    check(&b, 0, not_13);
    close_bench(&b);
}

/* Each band its own: a VRT of two files. */
static void test_nodata_of_one_band(void **state) {
    (void)state;
    bench b;
    GDALDatasetH dataset = make(2, GDT_Int16, "");
    GDALClose(dataset);
    open_bench(&b, NULL);
    b.scene.assets->validity = IMX_VALID_NODATA; /* as a plan may say */
    b.scene.assets->data[1].has_nodata = true;
    b.scene.assets->data[1].nodata = 13;
    imx_source_close(&b.source);
    assert_int_equal(imx_source_open(b.memory, &b.kernels, b.scene.assets, NULL, &b.source), IMX_OK);
    check(&b, 0, band_2_not_13);
    close_bench(&b);
}

static void test_alpha_and_mask(void **state) {
    (void)state;
    bench b;
    GDALDatasetH dataset = make(3, GDT_UInt16, "");
    assert_int_equal(GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset, 3), GCI_AlphaBand), CE_None);
    GDALClose(dataset);
    open_bench(&b, NULL);
    assert_int_equal(b.scene.assets->validity, IMX_VALID_ALPHA);
    assert_int_equal(b.scene.assets->data_count, 2);
    assert_int_equal(imx_asset_valid_planes(b.scene.assets), 1);
    check(&b, 0, alpha_rule);
    close_bench(&b);

    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    dataset = make(2, GDT_Float32, "");
    assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
    uint8_t row[W];
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            row[x] = mask_rule(0, x, y) ? 255 : 0;
        }
        assert_int_equal(GDALRasterIO(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), GF_Write, 0, y, W, 1, row, W, 1,
                                      GDT_Byte, 0, 0),
                         CE_None);
    }
    GDALClose(dataset);
    open_bench(&b, NULL);
    assert_int_equal(b.scene.assets->validity, IMX_VALID_MASK);
    check(&b, 0, mask_rule);
    close_bench(&b);
}

static bool band_masks_rule(int band, int x, int y) {
    return band == 2 ? mask_rule(2, x, y) : value_at(band, x, y) != 13;
}
static bool joined_rule(int band, int x, int y) {
    (void)band;
    return band_masks_rule(1, x, y) && band_masks_rule(2, x, y) && band_masks_rule(3, x, y);
}

/* Band 2 has a mask of its own, the others a nodata value, that of band 2 does not count. */
static void test_band_masks(void **state) {
    (void)state;
    bench b;
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO");
    GDALDatasetH dataset = make(3, GDT_UInt16, "");
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 13), CE_None);
    GDALRasterBandH second = GDALGetRasterBand(dataset, 2);
    assert_int_equal(GDALCreateMaskBand(second, 0), CE_None);
    uint8_t row[W];
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            row[x] = mask_rule(2, x, y) ? 255 : 0;
        }
        assert_int_equal(GDALRasterIO(GDALGetMaskBand(second), GF_Write, 0, y, W, 1, row, W, 1, GDT_Byte, 0, 0),
                         CE_None);
    }
    GDALClose(dataset);
    open_bench(&b, NULL);
    assert_int_equal(b.scene.assets->validity, IMX_VALID_MASK);
    assert_true(b.scene.assets->band_masks);
    assert_int_equal(imx_asset_valid_planes(b.scene.assets), 3);
    check(&b, 0, band_masks_rule);
    imx_asset_join_bands(b.scene.assets);
    imx_source_close(&b.source);
    assert_int_equal(imx_source_open(b.memory, &b.kernels, b.scene.assets, NULL, &b.source), IMX_OK);
    check(&b, 0, joined_rule);
    close_bench(&b);
}

/* No sample can have it. */
static void test_nodata_of_another_type(void **state) {
    (void)state;
    static const struct {
        GDALDataType type;
        double nodata;
    } rows[] = {{GDT_Byte, 9999}, {GDT_Byte, -9999}, {GDT_UInt16, -9999}, {GDT_Int16, 65535}, {GDT_UInt16, NAN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        GDALDatasetH dataset = make(1, rows[i].type, "");
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), rows[i].nodata), CE_None);
        GDALClose(dataset);
        open_bench(&b, NULL);
        assert_int_equal(b.scene.assets->validity, IMX_VALID_ALL);
        assert_false(b.scene.assets->data[0].has_nodata);
        close_bench(&b);
        GDALClose(make(1, rows[i].type, ""));
        const imx_source_options given = {.has_nodata = true, .nodata = rows[i].nodata};
        open_bench(&b, &given);
        assert_int_equal(b.scene.assets->validity, IMX_VALID_ALL);
        check(&b, 0, NULL);
        close_bench(&b);
    }
}

static void test_many_bands(void **state) {
    (void)state;
    bench b;
    GDALClose(make(200, GDT_UInt16, "INTERLEAVE=PIXEL TILED=YES BLOCKXSIZE=32 BLOCKYSIZE=32"));
    open_bench(&b, NULL);
    assert_int_equal(b.scene.assets->data_count, 200);
    check(&b, 0, NULL);
    close_bench(&b);
}

static void test_empty_and_refusals(void **state) {
    (void)state;
    bench b;
    GDALClose(make(1, GDT_Byte, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 SPARSE_OK=YES"));
    const imx_source_options all = {.has_nodata = true, .nodata = 200};
    open_bench(&b, &all);
    bool empty = true;
    uint8_t planes[2 * 64 * 64];
    assert_int_equal(imx_source_read_block(b.source, 0, 0, 0, planes, 0, NULL, &empty), IMX_OK);
    assert_false(empty);
    close_bench(&b);
    GDALDatasetH dataset = make(1, GDT_Byte, "");
    assert_int_equal(GDALFillRaster(GDALGetRasterBand(dataset, 1), 200, 0), CE_None);
    GDALClose(dataset);
    open_bench(&b, &all);
    assert_int_equal(imx_source_read_block(b.source, 0, 0, 0, planes, 0, NULL, &empty), IMX_OK);
    assert_true(empty);
    close_bench(&b);

    GDALClose(make(1, GDT_CFloat32, ""));
    imx_memory *memory = NULL;
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options options = {.data = true};
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    assert_int_equal(imx_source_probe(memory, path, &options, 0, NULL, &err, &scene), IMX_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "complex"));
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    GDALDeleteDataset(NULL, path);
}

/* Bands of several types: the smallest type that holds them all. */
static void test_mixed_types(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        imx_type type;
    } cases[] = {{"Byte", "Int16", IMX_I16},     {"Byte", "UInt16", IMX_U16},   {"Int16", "UInt16", IMX_I32},
                 {"UInt16", "Float32", IMX_F32}, {"Int32", "Float32", IMX_F64}, {"UInt32", "Int32", IMX_F64}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *list[] = {NULL};
        GDALDatasetH vrt = GDALCreate(GDALGetDriverByName("VRT"), "", W, H, 0, GDT_Byte, list);
        assert_int_equal(GDALAddBand(vrt, GDALGetDataTypeByName(cases[i].a), list), CE_None);
        assert_int_equal(GDALAddBand(vrt, GDALGetDataTypeByName(cases[i].b), list), CE_None);
        double geotransform[6] = {0, 1, 0, 0, 0, -1};
        GDALSetGeoTransform(vrt, geotransform);
        GDALSetProjection(vrt, "EPSG:32650");
        GDALDatasetH copy =
            GDALCreateCopy(GDALGetDriverByName("VRT"), "/vsimem/planes.vrt", vrt, FALSE, list, NULL, NULL);
        GDALClose(copy);
        GDALClose(vrt);
        imx_memory *memory = NULL;
        imx_scene scene = {0};
        imx_error err = IMX_ERROR_INIT;
        const imx_source_options options = {.data = true};
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        if (imx_source_probe(memory, "/vsimem/planes.vrt", &options, 0, NULL, &err, &scene) != IMX_OK) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(scene.assets->type, cases[i].type);
        imx_scene_clear(memory, &scene);
        imx_memory_destroy(&memory);
        GDALDeleteDataset(NULL, "/vsimem/planes.vrt");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_signed_bytes),
        cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_nodata_of_one_band),
        cmocka_unit_test(test_alpha_and_mask),
        cmocka_unit_test(test_band_masks),
        cmocka_unit_test(test_nodata_of_another_type),
        cmocka_unit_test(test_many_bands),
        cmocka_unit_test(test_empty_and_refusals),
        cmocka_unit_test(test_mixed_types),
    };
    imx_sources_init(8 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    imx_sources_finish();
    return failed;
}
