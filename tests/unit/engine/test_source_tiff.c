/* tests/unit/engine/test_source_tiff.c: the fast path of GeoTIFFs. Files of every kind that it knows are read block by
 * block and compared with plain GDAL reads; files that it does not know come to the same pixels through GDAL; real and
 * damaged ones are read both ways. To read a file without the fast path, its name goes behind /vsisubfile/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <tiffio.h>
#include <unistd.h>

#include "tests/unit/engine/rasters.h"
#include "tests/unit/engine/tiff_fixture.h"

enum { WIDTH = 261, HEIGHT = 173, BLOCK_LIMIT = 64 << 20, BLOCKS_PER_LEVEL = 24 };

static const imx_source_options placed = {.crs = "EPSG:32650"};

/* Changes the value of a SHORT in the first directory of a little-endian classic TIFF. */
static void patch_tag(uint16_t tag, uint16_t from, uint16_t to) {
    size_t size;
    uint8_t *data = tiff_read(tif, &size);
    uint32_t at = data[4] | (uint32_t)data[5] << 8 | (uint32_t)data[6] << 16 | (uint32_t)data[7] << 24;
    uint32_t count = data[at] | (uint32_t)data[at + 1] << 8;
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++) {
        uint8_t *entry = data + at + 2 + 12 * i;
        found = (entry[0] | entry[1] << 8) == tag && (entry[8] | entry[9] << 8) == from;
        if (found) {
            entry[8] = (uint8_t)to;
            entry[9] = (uint8_t)(to >> 8);
        }
    }
    assert_true(found);
    tiff_write(tif, data, size);
    free(data);
}

/* ---- reading both ways ---- */

static imx_status probe(const char *path, imx_scene *scene, imx_error *err) {
    *scene = (imx_scene){0};
    return imx_source_probe(NULL, path, &placed, BLOCK_LIMIT, NULL, err, scene);
}

/* Number of levels that take the fast path. */
static int direct_levels(const imx_scene *scene) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_source *source = NULL;
    imx_error err = IMX_ERROR_INIT;
    if (imx_source_open(NULL, &kernels, scene->assets, &err, &source)) {
        fail_msg("%s", err.text);
    }
    int direct = 0;
    for (int32_t level = 0; level <= scene->assets->overview_count; level++) {
        direct += imx_source_is_direct(source, level);
    }
    imx_source_close(&source);
    return direct;
}

/* Compares with plain GDAL reads, level by level; all levels are direct, or none is. Gives the number of empty blocks.
 */
static int check(const raster_rule *rule, bool direct, const char *what) {
    imx_scene scene;
    imx_error err = IMX_ERROR_INIT;
    if (probe(tif, &scene, &err)) {
        fail_msg("%s: %s", what, err.text);
    }
    int levels = direct_levels(&scene);
    if (levels != (direct ? scene.assets->overview_count + 1 : 0)) {
        fail_msg("%s: %d levels of %d are direct", what, levels, (int)scene.assets->overview_count + 1);
    }
    int empties = raster_check(&scene, rule);
    imx_scene_clear(NULL, &scene);
    return empties;
}

typedef struct both {
    int files, direct, blocks, damaged;
} both;

static void compare_block(imx_source *fast, imx_source *slow, const char *path, int32_t level, int32_t column,
                          int32_t row, imx_block_layout l, uint8_t *pixels[2], both *sum) {
    ptrdiff_t stride = 4 * (ptrdiff_t)l.block_w;
    imx_error err[2] = {IMX_ERROR_INIT, IMX_ERROR_INIT};
    bool empty[2] = {false, false};
    imx_status s = imx_source_read_block(fast, level, column, row, pixels[0], stride, &err[0], &empty[0]);
    imx_status t = imx_source_read_block(slow, level, column, row, pixels[1], stride, &err[1], &empty[1]);
    if (s != t || empty[0] != empty[1]) {
        fail_msg("%s: block %d,%d of level %d: %s / %s", path, (int)column, (int)row, (int)level, err[0].text,
                 err[1].text);
    }
    sum->blocks++;
    if (s) {
        assert_int_equal(s, IMX_E_INPUT);
        assert_int_equal(strncmp(err[0].text, path, strlen(path)), 0);
        assert_non_null(strstr(err[0].text, ": block "));
        assert_null(strchr(err[0].text, '\n'));
        sum->damaged++;
        return;
    }
    int32_t w = l.level_w - column * l.block_w, h = l.level_h - row * l.block_h;
    w = w < l.block_w ? w : l.block_w;
    h = h < l.block_h ? h : l.block_h;
    for (int32_t y = 0; y < h && !empty[0]; y++) {
        if (memcmp(pixels[0] + y * stride, pixels[1] + y * stride, 4 * (size_t)w) != 0) {
            fail_msg("%s: block %d,%d of level %d differs in row %d", path, (int)column, (int)row, (int)level, (int)y);
        }
    }
}

/* All blocks of small levels, some of large ones. */
static void compare_both(const char *path, both *sum) {
    imx_scene scene;
    imx_error err = IMX_ERROR_INIT;
    if (probe(path, &scene, &err)) {
        return;
    }
    sum->files++;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_asset indirect = *scene.assets;
    char name[1200];
    (void)snprintf(name, sizeof name, "/vsisubfile/0,%s", path);
    indirect.path = name;
    imx_source *fast = NULL, *slow = NULL;
    imx_status s = imx_source_open(NULL, &kernels, scene.assets, &err, &fast);
    int direct = s ? 0 : direct_levels(&scene);
    if (direct > 0) {
        sum->direct++;
        print_message("  %s: %d of %d levels\n", strrchr(path, '/') + 1, direct, (int)scene.assets->overview_count + 1);
        if (imx_source_open(NULL, &kernels, &indirect, &err, &slow)) {
            fail_msg("%s", err.text);
        }
    }
    for (int32_t level = 0; direct > 0 && level <= scene.assets->overview_count; level++) {
        imx_block_layout l = imx_asset_blocks(scene.assets, level);
        if (!imx_source_is_direct(fast, level)) {
            continue;
        }
        assert_false(imx_source_is_direct(slow, level));
        int64_t count = (int64_t)l.columns * l.rows, step = (count + BLOCKS_PER_LEVEL - 1) / BLOCKS_PER_LEVEL;
        size_t bytes = 4 * (size_t)l.block_w * (size_t)l.block_h;
        uint8_t *pixels[2] = {malloc(bytes), malloc(bytes)};
        for (int64_t i = 0; i < count; i += step) {
            compare_block(fast, slow, path, level, (int32_t)(i % l.columns), (int32_t)(i / l.columns), l, pixels, sum);
        }
        free(pixels[0]);
        free(pixels[1]);
    }
    imx_source_close(&fast);
    imx_source_close(&slow);
    imx_scene_clear(NULL, &scene);
}

/* ---- what it knows ---- */

static raster_rule rule_of(int bands) {
    switch (bands) {
    case 1: return (raster_rule){.red = 1};
    case 2: return (raster_rule){.red = 1, .alpha = 2};
    case 4: return (raster_rule){.red = 1, .green = 2, .blue = 3, .alpha = 4};
    default: return (raster_rule){.red = 1, .green = 2, .blue = 3};
    }
}

static void test_every_kind(void **state) {
    (void)state;
    static const char *const codecs[] = {
        "NONE",
        "PACKBITS",
        "DEFLATE PREDICTOR=1",
        "DEFLATE PREDICTOR=2",
        "LZW PREDICTOR=1",
        "LZW PREDICTOR=2",
        "ZSTD PREDICTOR=1",
        "ZSTD PREDICTOR=2",
        "JPEG",
        "JPEG PHOTOMETRIC=YCBCR",
        "WEBP",
    };
    static const char *const layouts[] = {"TILED=YES BLOCKXSIZE=128 BLOCKYSIZE=64",
                                          "TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=32", "BLOCKYSIZE=48", "BLOCKYSIZE=176"};
    static const char *const orders[] = {"", "ENDIANNESS=BIG", "BIGTIFF=YES", "BIGTIFF=YES ENDIANNESS=BIG"};
    int n = 0;
    for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++) {
        bool jpeg = strncmp(codecs[c], "JPEG", 4) == 0, webp = strcmp(codecs[c], "WEBP") == 0;
        for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++) {
            for (int bands = 1; bands <= 5; bands++) {
                for (int planar = 0; planar < 2; planar++) {
                    if ((webp && (bands < 3 || bands == 5 || planar)) || (jpeg && (bands == 2 || bands == 5)) ||
                        (strstr(codecs[c], "YCBCR") && (bands != 3 || planar))) {
                        continue;
                    }
                    char options[256];
                    (void)snprintf(options, sizeof options, "COMPRESS=%s %s INTERLEAVE=%s %s%s", codecs[c], layouts[l],
                                   planar ? "BAND" : "PIXEL", orders[n++ % 4],
                                   bands == 5                 ? " PHOTOMETRIC=RGB"
                                   : bands == 2 || bands == 4 ? " ALPHA=YES"
                                                              : "");
                    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, bands, options);
                    raster_fill(dataset);
                    if (bands == 2 || bands == 4) {
                        raster_box(dataset, bands, 20, 30, 100, 90, 0);
                    }
                    GDALClose(dataset);
                    raster_rule rule = rule_of(bands);
                    rule.alpha = bands == 5 ? 0 : rule.alpha;
                    (void)check(&rule, true, options);
                    tiff_clear();
                }
            }
        }
    }
    print_message("%d kinds\n", n);
    assert_true(n > 200);
}

static void build_overviews(GDALDatasetH dataset) {
    int factors[] = {2, 4, 8};
    assert_int_equal(GDALBuildOverviews(dataset, "NEAREST", 3, factors, 0, NULL, NULL, NULL), CE_None);
}

static void test_overviews_and_masks(void **state) {
    (void)state;
    static const char *const kinds[] = {
        "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE PREDICTOR=2",
        "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=JPEG PHOTOMETRIC=YCBCR",
        "BLOCKYSIZE=7 COMPRESS=LZW INTERLEAVE=BAND",
        "BLOCKYSIZE=50 ENDIANNESS=BIG",
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (int masked = 0; masked < 2; masked++) {
            GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, 3, kinds[k]);
            raster_fill(dataset);
            if (masked) {
                assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
                GDALRasterBandH mask = GDALGetMaskBand(GDALGetRasterBand(dataset, 1));
                uint8_t row[WIDTH];
                for (int y = 0; y < HEIGHT; y++) {
                    for (int x = 0; x < WIDTH; x++) {
                        row[x] = (x * 7 + y * 3) % 11 < 6 || (x > 100 && y > 64 && y < 200) ? 0 : 255;
                    }
                    assert_int_equal(GDALRasterIO(mask, GF_Write, 0, y, WIDTH, 1, row, WIDTH, 1, GDT_Byte, 0, 0),
                                     CE_None);
                }
            }
            build_overviews(dataset);
            GDALClose(dataset);
            raster_rule rule = rule_of(3);
            rule.mask = masked;
            (void)check(&rule, true, kinds[k]);
            tiff_clear();
        }
    }
}

static void test_not_stored(void **state) {
    (void)state;
    static const char *const kinds[] = {
        "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE PREDICTOR=2 SPARSE_OK=TRUE",
        "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 INTERLEAVE=BAND SPARSE_OK=TRUE",
        "BLOCKYSIZE=4 COMPRESS=LZW SPARSE_OK=TRUE",
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (int nodata = -1; nodata < 256; nodata += 128) { /* none, 127, 255 */
            GDALDatasetH dataset = raster_create(tif, 1200, 900, 3, kinds[k]);
            for (int band = 1; nodata >= 0 && band <= 3; band++) {
                assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, band), nodata), CE_None);
            }
            raster_box(dataset, 1, 70, 70, 30, 30, 200);
            raster_box(dataset, 2, 80, 75, 300, 3, 100);
            raster_box(dataset, 3, 800, 75, 3, 3, 100);
            GDALClose(dataset);
            raster_rule rule = rule_of(3);
            rule.has_nodata = nodata >= 0;
            rule.nodata = (uint8_t)(nodata < 0 ? 0 : nodata);
            int empties = check(&rule, true, kinds[k]);
            assert_true(nodata < 0 ? empties == 0 : empties > 0);
            tiff_clear();
        }
    }
}

/* libtiff writes what GDAL does not: a mask of 8 bits. */
static void write_directory(TIFF *file, uint16_t samples, bool mask) {
    TIFFSetField(file, TIFFTAG_IMAGEWIDTH, WIDTH);
    TIFFSetField(file, TIFFTAG_IMAGELENGTH, HEIGHT);
    TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, samples);
    TIFFSetField(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(file, TIFFTAG_PHOTOMETRIC, mask ? PHOTOMETRIC_MASK : PHOTOMETRIC_RGB);
    TIFFSetField(file, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(file, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    TIFFSetField(file, TIFFTAG_ROWSPERSTRIP, mask ? 50 : 20);
    if (mask) {
        TIFFSetField(file, TIFFTAG_SUBFILETYPE, FILETYPE_MASK);
    }
    for (uint32_t y = 0; y < HEIGHT; y++) {
        uint8_t row[3 * WIDTH];
        for (int x = 0; x < WIDTH * samples; x++) {
            row[x] = raster_value(1, x, (int)y);
            row[x] = mask && (x + (int)y) % 90 < 40 ? 0 : row[x];
        }
        assert_int_equal(TIFFWriteScanline(file, row, y, 0), 1);
    }
    assert_int_equal(TIFFWriteDirectory(file), 1);
}

static void test_mask_of_8_bits(void **state) {
    (void)state;
    TIFF *file = TIFFOpen(tif, "w");
    assert_non_null(file);
    write_directory(file, 3, false);
    write_directory(file, 1, true);
    TIFFClose(file);
    tiff_add_world_file();
    raster_rule rule = rule_of(3);
    rule.mask = true;
    (void)check(&rule, true, "a mask of 8 bits");
    tiff_clear();
}

static void test_old_deflate(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, 3, "COMPRESS=DEFLATE PREDICTOR=2");
    raster_fill(dataset);
    GDALClose(dataset);
    patch_tag(259, 8, 32946);
    raster_rule rule = rule_of(3);
    (void)check(&rule, true, "old deflate");
    tiff_clear();
}

/* ---- fewer bits, white as zero ---- */

static void fill_narrow(GDALDatasetH dataset, int largest) {
    uint8_t row[WIDTH];
    for (int band = 1; band <= GDALGetRasterCount(dataset); band++) {
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                row[x] = (uint8_t)(raster_value(band, x, y) & largest);
            }
            assert_int_equal(
                GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, WIDTH, 1, row, WIDTH, 1, GDT_Byte, 0, 0),
                CE_None);
        }
    }
}

static void check_depth(int bits, bool white_is_zero, int bands, const char *layout) {
    char options[128];
    (void)snprintf(options, sizeof options, "NBITS=%d PHOTOMETRIC=%s %s%s", bits,
                   bands == 3      ? "RGB"
                   : white_is_zero ? "MINISWHITE"
                                   : "MINISBLACK",
                   bands == 2 ? "ALPHA=YES " : "", layout);
    raster_rule rule = rule_of(bands);
    rule.largest = (1 << bits) - 1;
    rule.white_is_zero = white_is_zero;
    rule.has_nodata = bands != 2;
    rule.nodata = 1;
    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, bands, options);
    for (int band = 1; band <= bands && rule.has_nodata; band++) {
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, band), rule.nodata), CE_None);
    }
    fill_narrow(dataset, rule.largest);
    build_overviews(dataset);
    GDALClose(dataset);
    (void)check(&rule, bits == 8, options);
    tiff_clear();
}

/* Gray of any depth, from black or from white, is 0 to 255 in a picture; nodata values are the file's samples. */
static void test_depths(void **state) {
    (void)state;
    static const char *const layouts[] = {"TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE",
                                          "BLOCKYSIZE=30 COMPRESS=LZW INTERLEAVE=BAND"};
    for (int bits = 2; bits <= 8; bits++) {
        for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++) {
            for (int bands = 1; bands <= 3; bands++) {
                check_depth(bits, false, bands, layouts[l]);
                if (bands < 3) {
                    check_depth(bits, true, bands, layouts[l]);
                }
            }
        }
    }
}

/* gdaladdo -r average_bit2grayscale makes 0..255 of 0 and 1: that is no overview of indexes. */
static void test_overviews_of_another_depth(void **state) {
    (void)state;
    int factors[] = {2};
    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, 1, "NBITS=1 PHOTOMETRIC=MINISWHITE");
    fill_narrow(dataset, 1);
    assert_int_equal(GDALBuildOverviews(dataset, "AVERAGE_BIT2GRAYSCALE", 1, factors, 0, NULL, NULL, NULL), CE_None);
    GDALClose(dataset);
    imx_scene scene;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(probe(tif, &scene, &err), IMX_OK);
    assert_int_equal(scene.assets->overview_count, 0);
    imx_scene_clear(NULL, &scene);
    const imx_source_options numbers = {.crs = "EPSG:32650", .data = true};
    assert_int_equal(imx_source_probe(NULL, tif, &numbers, BLOCK_LIMIT, NULL, &err, &scene), IMX_OK);
    assert_int_equal(scene.assets->overview_count, 0);
    imx_scene_clear(NULL, &scene);
    raster_rule rule = {.red = 1, .palette = true};
    (void)check(&rule, false, "one bit");
    tiff_clear();
}

/* ---- what it leaves to GDAL ---- */

static void test_left_to_gdal(void **state) {
    (void)state;
    raster_rule rule = rule_of(1);
    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, 1, "COMPRESS=LZMA");
    raster_fill(dataset);
    GDALClose(dataset);
    (void)check(&rule, false, "LZMA");
    tiff_clear();

    dataset = raster_create(tif, WIDTH, HEIGHT, 4, "ALPHA=PREMULTIPLIED");
    raster_fill(dataset);
    GDALClose(dataset);
    rule = rule_of(4);
    (void)check(&rule, false, "associated alpha");
    tiff_clear();

    dataset = raster_create(tif, WIDTH, HEIGHT, 3, "");
    raster_fill(dataset);
    GDALClose(dataset);
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO");
    dataset = GDALOpen(tif, GA_ReadOnly);
    assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
    raster_fill(GDALGetBandDataset(GDALGetMaskBand(GDALGetRasterBand(dataset, 1))));
    GDALClose(dataset);
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    rule = rule_of(3);
    rule.mask = true;
    (void)check(&rule, false, "a mask of its own file");
    tiff_clear();
}

static void test_overviews_beside(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, WIDTH, HEIGHT, 3, "COMPRESS=DEFLATE");
    raster_fill(dataset);
    GDALClose(dataset);
    dataset = GDALOpen(tif, GA_ReadOnly);
    build_overviews(dataset);
    GDALClose(dataset);
    imx_scene scene;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(probe(tif, &scene, &err), IMX_OK);
    assert_int_equal(scene.assets->overview_count, 3);
    assert_int_equal(direct_levels(&scene), 1);
    raster_rule rule = rule_of(3);
    (void)raster_check(&scene, &rule);
    imx_scene_clear(NULL, &scene);
    tiff_clear();
}

/* ---- damage ---- */

/* A file with a hole of wrong bytes, or cut: what is damaged is told, the rest reads as before. */
static void test_damage(void **state) {
    (void)state;
    static const char *const codecs[] = {"NONE", "DEFLATE", "LZW", "ZSTD", "JPEG", "WEBP"};
    for (size_t c = 0; c < sizeof codecs / sizeof *codecs; c++) {
        for (int cut = 0; cut < 2; cut++) {
            char options[128];
            (void)snprintf(options, sizeof options, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=%s", codecs[c]);
            GDALDatasetH dataset = raster_create(tif, 1000, 800, 3, options);
            raster_fill(dataset);
            GDALClose(dataset);
            size_t size;
            uint8_t *data = tiff_read(tif, &size);
            if (!cut) {
                memset(data + size / 2, 0xff, 300);
            }
            tiff_write(tif, data, cut ? size * 3 / 4 : size);
            free(data);
            both sum = {0};
            FILE *heard = tmpfile(), *spoken = stderr; /* libraries never print */
            assert_non_null(heard);
            stderr = heard;
            compare_both(tif, &sum);
            stderr = spoken;
            assert_int_equal(ftell(heard), 0);
            (void)fclose(heard);
            assert_int_equal(sum.direct, 1);
            if ((cut || strcmp(codecs[c], "DEFLATE") == 0) && (sum.damaged < 1 || sum.damaged == sum.blocks)) {
                fail_msg("%s: %d of %d blocks are damaged", codecs[c], sum.damaged, sum.blocks);
            }
            tiff_clear();
        }
    }
}

static void test_nth_allocation_fails(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 60, 50, 3, "COMPRESS=LZW");
    raster_fill(dataset);
    assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
    assert_int_equal(GDALFillRaster(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), 255, 0), CE_None);
    GDALClose(dataset);
    imx_scene scene;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(probe(tif, &scene, &err), IMX_OK);
    uint8_t rgba[60 * 50 * 4];
    tiff_fail_allocations(scene.assets, rgba, 240, 7, 20);
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
    static const char *const folders[] = {"scenes", "ortho", "world", "odd", "archives", "dem", "rpc"};
    both sum = {0};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_DATA, folders[i]);
        tiff_walk(path, visit, &sum);
    }
    print_message("%d files, %d direct, %d blocks compared\n", sum.files, sum.direct, sum.blocks);
    assert_true(sum.direct > 0);
    assert_int_equal(sum.damaged, 0);
}

/* With a world file beside a copy, so that more of them are read at all. */
static void compare_copy(const char *path, void *sum) {
    size_t size;
    uint8_t *data = tiff_read(path, &size);
    tiff_write(tif, data, size);
    free(data);
    tiff_add_world_file();
    print_message(" %s\n", strrchr(path, '/') + 1);
    compare_both(tif, sum);
    tiff_clear();
}

static void test_corrupt_files(void **state) {
    (void)state;
    both sum = {0};
    tiff_walk(IMX_TEST_DATA "/corrupt", compare_copy, &sum);
    print_message("%d files, %d direct, %d of %d blocks damaged\n", sum.files, sum.direct, sum.damaged, sum.blocks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_overviews_and_masks),
        cmocka_unit_test(test_not_stored),
        cmocka_unit_test(test_old_deflate),
        cmocka_unit_test(test_mask_of_8_bits),
        cmocka_unit_test(test_left_to_gdal),
        cmocka_unit_test(test_depths),
        cmocka_unit_test(test_overviews_of_another_depth),
        cmocka_unit_test(test_overviews_beside),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_nth_allocation_fails),
        cmocka_unit_test(test_real_files),
        cmocka_unit_test(test_corrupt_files),
    };
    return cmocka_run_group_tests(tests, tiff_set_up, tiff_tear_down);
}
