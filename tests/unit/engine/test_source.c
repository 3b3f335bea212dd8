/* tests/unit/engine/test_source.c: pictures of every kind, block by block against plain GDAL reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <cpl_vsi.h>
#include <pthread.h>

#include "engine/block_cache.h"
#include "tests/unit/engine/rasters.h"
#include "tests/unit/engine/sources_fixture.h"

static const char *const tif = "/vsimem/picture.tif";
static const raster_rule rgb = {.red = 1, .green = 2, .blue = 3}, gray = {.red = 1};

/* Probes, compares every block of every level, and leaves a copy of the asset (without its path). */
static int check(const char *path, const imx_source_options *options, const raster_rule *rule, imx_asset *asset) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    if (imx_source_probe(NULL, path, options, 64 << 20, NULL, &err, &scene) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    int empties = raster_check(&scene, rule);
    *asset = scene.assets[0];
    asset->path = NULL;
    imx_scene_clear(NULL, &scene);
    return empties;
}

static void build_overviews(GDALDatasetH dataset, const char *method) {
    int factors[] = {2, 4, 8};
    assert_int_equal(GDALBuildOverviews(dataset, method, 3, factors, 0, NULL, NULL, NULL), CE_None);
}

static void test_layouts_on_disk(void **state) {
    (void)state;
    static const struct {
        const char *options;
        bool tiled;
        int block_w, block_h;
    } cases[] = {
        {"TILED=YES BLOCKXSIZE=128 BLOCKYSIZE=64", true, 128, 64},
        {"TILED=YES BLOCKXSIZE=512 BLOCKYSIZE=512 COMPRESS=DEFLATE INTERLEAVE=BAND", false, 512, 512},
        {"BLOCKYSIZE=3 COMPRESS=LZW PREDICTOR=2", false, 397, 3},
        {"BLOCKYSIZE=10 INTERLEAVE=BAND", false, 397, 10},
        {"BLOCKYSIZE=311 COMPRESS=LZW", false, 397, 311},
        {"TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16 BIGTIFF=YES ENDIANNESS=BIG", true, 16, 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GDALDatasetH dataset = raster_create(tif, 397, 311, 3, cases[i].options);
        raster_fill(dataset);
        GDALClose(dataset);
        imx_asset asset;
        assert_int_equal(check(tif, NULL, &rgb, &asset), 0);
        assert_int_equal(asset.tiled, cases[i].tiled);
        assert_int_equal(asset.block_w, cases[i].block_w);
        assert_int_equal(asset.block_h, cases[i].block_h);
        assert_int_equal(asset.width, 397);
        assert_int_equal(asset.height, 311);
        assert_int_equal(asset.validity, IMX_VALID_ALL);
        assert_int_equal(asset.role, IMX_ROLE_VISUAL);
        assert_int_equal(asset.type, IMX_U8);
        VSIUnlink(tif);
    }
}

static void test_gray(void **state) {
    (void)state;
    imx_asset asset;
    GDALDatasetH dataset = raster_create(tif, 100, 70, 1, NULL);
    raster_fill(dataset);
    GDALClose(dataset);
    check(tif, NULL, &gray, &asset);
    assert_int_equal(asset.band_count, 1);

    dataset = raster_create(tif, 100, 70, 2, "ALPHA=YES");
    raster_fill(dataset);
    raster_box(dataset, 2, 10, 10, 30, 30, 0);
    GDALClose(dataset);
    const raster_rule gray_alpha = {.red = 1, .alpha = 2};
    check(tif, NULL, &gray_alpha, &asset);
    assert_int_equal(asset.validity, IMX_VALID_ALPHA);
    assert_int_equal(asset.alpha_band, 2);

    dataset = raster_create(tif, 100, 70, 2, NULL); /* the second band means nothing known */
    raster_fill(dataset);
    GDALClose(dataset);
    check(tif, NULL, &gray, &asset);
    assert_int_equal(asset.band_count, 1);
    assert_int_equal(asset.validity, IMX_VALID_ALL);
    VSIUnlink(tif);
}

static void test_alpha(void **state) {
    (void)state;
    static const char *const interleaves[] = {"ALPHA=YES PHOTOMETRIC=RGB TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64",
                                              "ALPHA=YES PHOTOMETRIC=RGB INTERLEAVE=BAND BLOCKYSIZE=7"};
    const raster_rule rgba = {.red = 1, .green = 2, .blue = 3, .alpha = 4};
    for (size_t i = 0; i < 2; i++) {
        GDALDatasetH dataset = raster_create(tif, 600, 600, 4, interleaves[i]);
        raster_fill(dataset);
        raster_box(dataset, 4, 0, 0, 300, 300, 0);
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), -10000), CE_None);
        GDALClose(dataset);
        imx_asset asset;
        int empties = check(tif, NULL, &rgba, &asset);
        assert_int_equal(empties, i == 0 ? 1 : 0); /* one block of 256 x 256 lies in the hole; strips do not */
        assert_int_equal(asset.validity, IMX_VALID_ALPHA);
        assert_int_equal(asset.alpha_band, 4);
        assert_int_equal(asset.band_count, 3);
        VSIUnlink(tif);
    }
    GDALDatasetH dataset = raster_create(tif, 50, 50, 4, "PHOTOMETRIC=RGB ALPHA=NO"); /* say, near infrared */
    raster_fill(dataset);
    GDALClose(dataset);
    imx_asset asset;
    check(tif, NULL, &rgb, &asset);
    assert_int_equal(asset.validity, IMX_VALID_ALL);
    VSIUnlink(tif);
}

static void test_nodata(void **state) {
    (void)state;
    imx_asset asset;
    GDALDatasetH dataset = raster_create(tif, 600, 600, 3, "TILED=YES");
    raster_fill(dataset);
    for (int band = 1; band <= 3; band++) {
        raster_box(dataset, band, 256, 0, 300, 270, 0);
        raster_box(dataset, band, 0, 300, 10, 10, 255);
    }
    raster_box(dataset, 2, 0, 400, 50, 50, 0); /* one band alone makes no hole */
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 0), CE_None);
    GDALClose(dataset);
    const raster_rule zero = {.red = 1, .green = 2, .blue = 3, .has_nodata = true};
    const raster_rule white = {.red = 1, .green = 2, .blue = 3, .has_nodata = true, .nodata = 255};
    assert_int_equal(check(tif, NULL, &zero, &asset), 1);
    assert_int_equal(asset.validity, IMX_VALID_NODATA);
    assert_true(asset.nodata[0] == 0 && asset.nodata[1] == 0 && asset.nodata[2] == 0);
    const imx_source_options none = {.no_nodata = true}, given = {.has_nodata = true, .nodata = 255},
                             wide = {.has_nodata = true, .nodata = 256};
    assert_int_equal(check(tif, &none, &rgb, &asset), 0);
    assert_int_equal(asset.validity, IMX_VALID_ALL);
    assert_int_equal(check(tif, &given, &white, &asset), 0);
    assert_int_equal(asset.validity, IMX_VALID_NODATA);
    assert_int_equal(check(tif, &wide, &rgb, &asset), 0);
    assert_int_equal(asset.validity, IMX_VALID_ALL);

    static const double impossible[] = {-10000, 256, 0.5, 1e300};
    for (size_t i = 0; i < 4; i++) {
        dataset = raster_create(tif, 40, 40, 1, NULL);
        raster_fill(dataset);
        raster_box(dataset, 1, 0, 0, 20, 20, 0);
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), impossible[i]), CE_None);
        GDALClose(dataset);
        check(tif, NULL, &gray, &asset);
        assert_int_equal(asset.validity, IMX_VALID_ALL);
        assert_true(asset.nodata[0] == 0);
    }
    VSIUnlink(tif);
}

static void test_nodata_values_item(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 40, 40, 3, NULL);
    raster_fill(dataset);
    raster_box(dataset, 1, 0, 0, 20, 20, 7);
    raster_box(dataset, 2, 0, 0, 20, 20, 7);
    raster_box(dataset, 3, 0, 0, 10, 20, 7);
    assert_int_equal(GDALSetMetadataItem(dataset, "NODATA_VALUES", "7 7 7", NULL), CE_None);
    GDALClose(dataset);
    imx_asset asset;
    const raster_rule seven = {.red = 1, .green = 2, .blue = 3, .has_nodata = true, .nodata = 7};
    check(tif, NULL, &seven, &asset);
    assert_int_equal(asset.validity, IMX_VALID_NODATA);
    VSIUnlink(tif);
}

static void test_masks(void **state) {
    (void)state;
    static const char *const internal[] = {"YES", "NO"};
    for (size_t i = 0; i < 2; i++) {
        CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", internal[i]);
        GDALDatasetH dataset = raster_create(tif, 600, 600, 3, "TILED=YES");
        raster_fill(dataset);
        assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
        GDALRasterBandH mask = GDALGetMaskBand(GDALGetRasterBand(dataset, 1));
        assert_int_equal(GDALFillRaster(mask, 255, 0), CE_None);
        static const uint8_t hole[300 * 270];
        assert_int_equal(
            GDALRasterIO(mask, GF_Write, 0, 0, 300, 270, (void *)(uintptr_t)hole, 300, 270, GDT_Byte, 1, 300), CE_None);
        /* a nodata value that the mask beats */
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 9), CE_None);
        build_overviews(dataset, "NEAREST");
        GDALClose(dataset);
        imx_asset asset;
        const raster_rule masked = {.red = 1, .green = 2, .blue = 3, .mask = true};
        assert_true(check(tif, NULL, &masked, &asset) >= 1);
        assert_int_equal(asset.validity, IMX_VALID_MASK);
        if (i == 0) {
            assert_int_equal(asset.overview_count, 3);
        }
        VSIUnlink(tif);
        VSIUnlink("/vsimem/picture.tif.msk");
    }
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", NULL);
}

/* Band 2 has a mask of its own, the others nodata: a colour is made of what all three have. */
static void test_band_masks(void **state) {
    (void)state;
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO");
    GDALDatasetH dataset = raster_create(tif, 600, 600, 3, "TILED=YES");
    raster_fill(dataset);
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 13), CE_None);
    GDALRasterBandH second = GDALGetRasterBand(dataset, 2);
    assert_int_equal(GDALCreateMaskBand(second, 0), CE_None);
    assert_int_equal(GDALFillRaster(GDALGetMaskBand(second), 255, 0), CE_None);
    static const uint8_t hole[300 * 270];
    assert_int_equal(GDALRasterIO(GDALGetMaskBand(second), GF_Write, 0, 0, 300, 270, (void *)(uintptr_t)hole, 300, 270,
                                  GDT_Byte, 1, 300),
                     CE_None);
    build_overviews(dataset, "NEAREST");
    GDALClose(dataset);
    imx_asset asset;
    const raster_rule masked = {.red = 1, .green = 2, .blue = 3, .band_masks = true};
    assert_true(check(tif, NULL, &masked, &asset) >= 1);
    assert_int_equal(asset.validity, IMX_VALID_MASK);
    assert_true(asset.band_masks && asset.nodata[0] == 13 && asset.nodata[1] == -1 && asset.nodata[2] == 13);
    const imx_source_options no_nodata = {.no_nodata = true}, gray_masked = {.bands = {2}, .band_count = 1};
    const raster_rule of_second = {.red = 2, .mask = true};
    check(tif, &gray_masked, &of_second, &asset);
    assert_false(asset.band_masks);
    imx_scene scene;
    assert_int_equal(imx_source_probe(NULL, tif, &no_nodata, 64 << 20, NULL, NULL, &scene), IMX_OK);
    assert_true(scene.assets->band_masks && scene.assets->nodata[0] == -1 && scene.assets->nodata[2] == -1);
    imx_scene_clear(NULL, &scene);
    VSIUnlink(tif);
    VSIUnlink("/vsimem/picture.tif.msk");
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", NULL);
}

/* Index 3 has the alpha given, index `clear` (-1: none) is transparent. */
static GDALDatasetH palette_picture(GDALDatasetH dataset, int alpha_of_3, int clear) {
    GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
    for (int i = 0; i < 256; i++) {
        const GDALColorEntry entry = {(short)(255 - i), (short)(i / 2), (short)(i ^ 21),
                                      (short)(i == 3       ? alpha_of_3
                                              : i == clear ? 0
                                                           : 255)};
        GDALSetColorEntry(table, i, &entry);
    }
    assert_int_equal(GDALSetRasterColorTable(GDALGetRasterBand(dataset, 1), table), CE_None);
    GDALDestroyColorTable(table);
    raster_fill(dataset);
    raster_box(dataset, 1, 0, 0, 20, 20, 3);
    raster_box(dataset, 1, 30, 30, 20, 20, 200);
    return dataset;
}

static void test_palettes(void **state) {
    (void)state;
    imx_asset asset;
    const raster_rule opaque = {.red = 1, .palette = true},
                      nodata = {.red = 1, .palette = true, .has_nodata = true, .nodata = 200};
    GDALClose(palette_picture(raster_create(tif, 300, 200, 1, "PHOTOMETRIC=PALETTE TILED=YES"), 255, -1));
    check(tif, NULL, &opaque, &asset);
    assert_true(asset.palette);
    assert_int_equal(asset.validity, IMX_VALID_ALL);
    assert_true(asset.nodata[0] == -1);
    const imx_source_options two_hundred = {.has_nodata = true, .nodata = 200}, none = {.no_nodata = true};
    check(tif, &two_hundred, &nodata, &asset);
    assert_int_equal(asset.validity, IMX_VALID_NODATA);

    GDALDatasetH dataset = raster_create(tif, 300, 200, 1, "PHOTOMETRIC=PALETTE");
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 200), CE_None);
    GDALClose(palette_picture(dataset, 255, -1));
    check(tif, NULL, &nodata, &asset);
    assert_int_equal(asset.validity, IMX_VALID_NODATA);
    check(tif, &none, &opaque, &asset);
    assert_int_equal(asset.validity, IMX_VALID_ALL);
    VSIUnlink(tif);
}

/* The palettes of TIFF hold no alpha, those of PNG do. */
static void test_palettes_with_alpha(void **state) {
    (void)state;
    const char *png = "/vsimem/palette.png";
    const raster_rule rule = {.red = 1, .palette = true, .palette_alpha = true};
    static const struct { int alpha_of_3, clear; } cases[] = {{0, -1}, {100, -1}, {100, 200}};
    for (size_t i = 0; i < 3; i++) {
        GDALDatasetH memory = GDALCreate(GDALGetDriverByName("MEM"), "", 300, 200, 1, GDT_Byte, NULL);
        raster_place(memory);
        (void)palette_picture(memory, cases[i].alpha_of_3, cases[i].clear);
        GDALClose(GDALCreateCopy(GDALGetDriverByName("PNG"), png, memory, 0, NULL, NULL, NULL));
        GDALClose(memory);
        imx_asset asset;
        check(png, NULL, &rule, &asset);
        assert_true(asset.palette);
        /* one index that is wholly transparent is the file's nodata value */
        assert_int_equal(asset.validity, i == 0 ? IMX_VALID_NODATA : IMX_VALID_ALPHA);
        assert_int_equal(asset.alpha_band, 0);
        VSIUnlink(png);
        VSIUnlink("/vsimem/palette.png.aux.xml");
    }
}

static void test_bands_by_meaning(void **state) {
    (void)state;
    imx_asset asset;
    GDALDatasetH dataset = raster_create(tif, 60, 60, 5, "PHOTOMETRIC=MINISBLACK ALPHA=NO");
    raster_fill(dataset);
    GDALClose(dataset);
    check(tif, NULL, &rgb, &asset); /* nothing told: the first three */
    dataset = GDALOpen(tif, GA_Update);
    static const GDALColorInterp order[5] = {GCI_Undefined, GCI_BlueBand, GCI_GreenBand, GCI_RedBand, GCI_AlphaBand};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset, i + 1), order[i]), CE_None);
    }
    GDALClose(dataset);
    const raster_rule reordered = {.red = 4, .green = 3, .blue = 2, .alpha = 5};
    check(tif, NULL, &reordered, &asset);
    assert_int_equal(asset.bands[0], 4);
    assert_int_equal(asset.bands[1], 3);
    assert_int_equal(asset.bands[2], 2);
    assert_int_equal(asset.alpha_band, 5);
    VSIUnlink(tif);
    VSIUnlink("/vsimem/picture.tif.aux.xml");
}

static void test_overviews(void **state) {
    (void)state;
    imx_asset asset;
    CPLSetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", "64");
    GDALDatasetH dataset = raster_create(tif, 701, 533, 3, "BLOCKYSIZE=8");
    raster_fill(dataset);
    build_overviews(dataset, "AVERAGE");
    GDALClose(dataset);
    CPLSetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", NULL);
    check(tif, NULL, &rgb, &asset);
    assert_false(asset.tiled);
    assert_int_equal(asset.overview_count, 3);
    assert_int_equal(asset.overview_w[0], 351);
    assert_int_equal(asset.overview_h[0], 267);
    assert_int_equal(asset.overview_w[2], 88);
    assert_int_equal(asset.overview_block_w[0], 64);
    imx_block_layout layout = imx_asset_blocks(&asset, 1);
    assert_int_equal(layout.block_w, 256); /* 4 x 4 tiles of 64 */
    assert_int_equal(layout.columns, 2);
    assert_int_equal(layout.rows, 2);
    VSIUnlink(tif);

    dataset = raster_create(tif, 701, 533, 3, "TILED=YES"); /* beside the file */
    raster_fill(dataset);
    GDALClose(dataset);
    dataset = GDALOpen(tif, GA_ReadOnly);
    build_overviews(dataset, "NEAREST");
    GDALClose(dataset);
    check(tif, NULL, &rgb, &asset);
    assert_int_equal(asset.overview_count, 3);
    VSIUnlink(tif);
    VSIUnlink("/vsimem/picture.tif.ovr");
}

/* What is not stored costs no decoding: the one stored tile is damaged, so that decoding anything else would show. */
static void test_sparse(void **state) {
    (void)state;
    imx_asset asset;
    static const char *const options = "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256 SPARSE_OK=YES COMPRESS=DEFLATE";
    GDALDatasetH dataset = raster_create(tif, 1000, 900, 3, options); /* without nodata: black */
    raster_box(dataset, 1, 300, 300, 10, 10, 77);
    GDALClose(dataset);
    assert_int_equal(check(tif, NULL, &rgb, &asset), 0);

    dataset = raster_create(tif, 1000, 900, 3, options);
    assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 12), CE_None);
    raster_box(dataset, 1, 300, 300, 10, 10, 77);
    GDALClose(dataset);
    const raster_rule twelve = {.red = 1, .green = 2, .blue = 3, .has_nodata = true, .nodata = 12};
    assert_int_equal(check(tif, NULL, &twelve, &asset), 15);
    const imx_source_options zero = {.has_nodata = true}; /* the fill value is 12: valid now */
    const raster_rule only_zero = {.red = 1, .green = 2, .blue = 3, .has_nodata = true};
    assert_int_equal(check(tif, &zero, &only_zero, &asset), 0);

    dataset = raster_create(tif, 1000, 900, 4,
                            "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256 SPARSE_OK=YES ALPHA=YES PHOTOMETRIC=RGB");
    raster_box(dataset, 4, 300, 300, 10, 10, 77);
    GDALClose(dataset);
    const raster_rule rgba = {.red = 1, .green = 2, .blue = 3, .alpha = 4};
    assert_int_equal(check(tif, NULL, &rgba, &asset), 15);
    VSIUnlink(tif);
}

static void test_jpeg_and_png(void **state) {
    (void)state;
    imx_asset asset;
    GDALDatasetH dataset = raster_create(tif, 500, 300, 3, "TILED=YES COMPRESS=JPEG PHOTOMETRIC=YCBCR");
    raster_fill(dataset);
    GDALClose(dataset);
    check(tif, NULL, &rgb, &asset);
    raster_translate(tif, "/vsimem/picture.jpg", "JPEG", "WORLDFILE=YES");
    raster_translate(tif, "/vsimem/picture.png", "PNG", "WORLDFILE=YES");
    VSIUnlink("/vsimem/picture.jpg.aux.xml");
    VSIUnlink("/vsimem/picture.png.aux.xml");
    VSIUnlink(tif);
    const imx_source_options utm = {.crs = "EPSG:32650"};
    check("/vsimem/picture.jpg", &utm, &rgb, &asset);
    assert_int_equal(asset.block_w, 500);
    assert_int_equal(asset.block_h, 300); /* decodes from the top on: one group */
    assert_false(asset.tiled);
    check("/vsimem/picture.png", &utm, &rgb, &asset);
    assert_int_equal(asset.block_h, 300);
    assert_true(asset.geotransform[0] == 500000 && asset.geotransform[5] == -2);
    static const char *const left[] = {"jpg", "png", "wld"};
    for (size_t i = 0; i < 3; i++) {
        VSIUnlink(CPLFormFilename("/vsimem", "picture", left[i]));
    }
}

/* ---- threads ---- */

typedef struct reader {
    pthread_t thread;
    const imx_asset *asset;
    imx_block_cache *cache;
    const uint8_t *want; /* RGB planes, one after the other */
    int first, wrong;
} reader;

static int wrong_pixels(const imx_block *block, const reader *r, int x0, int y0) {
    size_t plane = (size_t)r->asset->width * (size_t)r->asset->height;
    int wrong = 0;
    for (int y = 0; y < block->height; y++) {
        for (int x = 0; x < block->width; x++) {
            const uint8_t *px = block->rgba + y * block->row_stride + (ptrdiff_t)4 * x;
            size_t at = (size_t)(y0 + y) * (size_t)r->asset->width + (size_t)(x0 + x);
            wrong += px[0] != r->want[at] || px[1] != r->want[plane + at] || px[2] != r->want[2 * plane + at] ||
                     px[3] != 255;
        }
    }
    return wrong;
}

/* Each begins at another block, with a handle of its own. */
static void *read_through_cache(void *argument) {
    reader *r = argument;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_source *source = NULL;
    imx_block_layout l = imx_asset_blocks(r->asset, 0);
    r->wrong = imx_source_open(NULL, &kernels, r->asset, NULL, &source) != IMX_OK;
    for (int i = 0; i < l.columns * l.rows && !r->wrong; i++) {
        int number = (i + r->first) % (l.columns * l.rows);
        imx_block_key key = {.column = number % l.columns, .row = number / l.columns};
        imx_block block;
        if (imx_block_acquire(r->cache, &key, source, &l, NULL, &block) != IMX_OK) {
            r->wrong++;
        } else {
            r->wrong += wrong_pixels(&block, r, key.column * l.block_w, key.row * l.block_h);
            imx_block_release(r->cache, &block);
        }
    }
    imx_source_close(&source);
    return NULL;
}

static void test_threads_with_handles_of_their_own(void **state) {
    (void)state;
    enum { SIDE = 700, READERS = 4 };
    GDALDatasetH dataset = raster_create(tif, SIDE, SIDE, 3, "TILED=YES COMPRESS=DEFLATE");
    raster_fill(dataset);
    uint8_t *want = malloc(3 * SIDE * SIDE);
    assert_int_equal(GDALDatasetRasterIO(dataset, GF_Read, 0, 0, SIDE, SIDE, want, SIDE, SIDE, GDT_Byte, 3, NULL, 1,
                                         SIDE, SIDE * SIDE),
                     CE_None);
    GDALClose(dataset);
    imx_scene scene = {0};
    assert_int_equal(imx_source_probe(NULL, tif, NULL, 0, NULL, NULL, &scene), IMX_OK);
    static const size_t bounds[] = {1 << 24, 1 << 19}; /* all nine blocks, two of them */
    for (size_t i = 0; i < 2; i++) {
        imx_block_cache *cache;
        assert_int_equal(imx_block_cache_create(NULL, bounds[i], NULL, &cache), IMX_OK);
        reader readers[READERS];
        for (int k = 0; k < READERS; k++) {
            readers[k] = (reader){.asset = scene.assets, .cache = cache, .want = want, .first = 2 * k};
            assert_int_equal(pthread_create(&readers[k].thread, NULL, read_through_cache, &readers[k]), 0);
        }
        for (int k = 0; k < READERS; k++) {
            assert_int_equal(pthread_join(readers[k].thread, NULL), 0);
            assert_int_equal(readers[k].wrong, 0);
        }
        imx_cache_stats stats = imx_block_cache_stats(cache);
        assert_int_equal(stats.blocks_distinct, 9);
        assert_int_equal(stats.pixels_distinct, SIDE * SIDE);
        assert_true(i == 1 || stats.blocks_decoded == 9);
        imx_block_cache_destroy(&cache);
    }
    free(want);
    imx_scene_clear(NULL, &scene);
    VSIUnlink(tif);
}

static void test_block_partition(void **state) {
    (void)state;
    static const struct {
        int w, h, natural_w, natural_h, block_w, block_h, columns, rows;
    } cases[] = {
        {1000, 1000, 256, 256, 256, 256, 4, 4},
        {1000, 1000, 512, 512, 512, 512, 2, 2},
        {1000, 1000, 64, 64, 256, 256, 4, 4},
        {1000, 1000, 100, 1000, 200, 1000, 5, 1},
        {1000, 1000, 1000, 1, 1000, 262, 1, 4},
        {1000, 1000, 1000, 7, 1000, 259, 1, 4},
        {1000, 1000, 1000, 1000, 1000, 1000, 1, 1},
        {1000, 1000, 2048, 2048, 1000, 1000, 1, 1},
        {1, 1, 1, 1, 1, 1, 1, 1},
        {100000, 1, 100000, 1, 100000, 1, 1, 1},
        {1000000, 50, 1000000, 2, 1000000, 2, 1, 25},
        {2147483647, 2147483647, 512, 512, 512, 512, 4194304, 4194304},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imx_asset asset = {
            .width = cases[i].w, .height = cases[i].h, .block_w = cases[i].natural_w, .block_h = cases[i].natural_h};
        imx_block_layout l = imx_asset_blocks(&asset, 0);
        assert_int_equal(l.level_w, cases[i].w);
        assert_int_equal(l.level_h, cases[i].h);
        assert_int_equal(l.block_w, cases[i].block_w);
        assert_int_equal(l.block_h, cases[i].block_h);
        assert_int_equal(l.columns, cases[i].columns);
        assert_int_equal(l.rows, cases[i].rows);
    }
    imx_asset asset = {.width = 4000,
                       .height = 4000,
                       .block_w = 4000,
                       .block_h = 1,
                       .overview_count = 2,
                       .overview_w = {2000, 1000},
                       .overview_h = {2000, 1000},
                       .overview_block_w = {128},
                       .overview_block_h = {128}};
    imx_block_layout tiles = imx_asset_blocks(&asset, 1), strips = imx_asset_blocks(&asset, 2);
    assert_int_equal(tiles.block_w, 256);
    assert_int_equal(tiles.columns, 8);
    assert_int_equal(strips.block_w, 1000); /* not told: as level 0 */
    assert_int_equal(strips.block_h, 262);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts_on_disk),
        cmocka_unit_test(test_gray),
        cmocka_unit_test(test_alpha),

        cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_nodata_values_item),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_band_masks),
        cmocka_unit_test(test_palettes),
        cmocka_unit_test(test_bands_by_meaning),
        cmocka_unit_test(test_overviews),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_jpeg_and_png),
        cmocka_unit_test(test_block_partition),
        cmocka_unit_test(test_palettes_with_alpha),
        cmocka_unit_test(test_threads_with_handles_of_their_own),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
