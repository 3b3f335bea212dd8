/* tests/unit/engine/test_source_refusals.c: what is refused, and in which words; what the user may override;
 * fingerprints, times, damaged blocks, and allocations that fail. */
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
#include <math.h>
#include <ogr_srs_api.h>

#include "tests/unit/engine/rasters.h"
#include "tests/unit/engine/sources_fixture.h"

static const char *const tif = "/vsimem/refused.tif";

static void put(const char *path, const void *content, size_t size) {
    VSILFILE *file = VSIFOpenL(path, "wb");
    assert_non_null(file);
    assert_int_equal(VSIFWriteL(content, 1, size, file), size);
    assert_int_equal(VSIFCloseL(file), 0);
}

/* The refusal must name the file, hold the words, and be one line. */
static void refused(const char *path, const imx_source_options *options, size_t limit, imx_status status,
                    const char *words) {
    imx_scene scene = {.asset_count = 77};
    imx_error err = IMX_ERROR_INIT;
    imx_memory *memory;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    assert_int_equal(imx_source_probe(memory, path, options, limit, NULL, &err, &scene), status);
    assert_int_equal(err.status, status);
    if (!strstr(err.text, words) || strchr(err.text, '\n')) {
        fail_msg("\"%s\" instead of \"%s\"", err.text, words);
    }
    if (status != IMX_E_USAGE && strncmp(err.text, path, strlen(path)) != 0) {
        fail_msg("\"%s\" does not begin with the file", err.text);
    }
    assert_int_equal(scene.asset_count, 77); /* untouched */
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static void test_files(void **state) {
    (void)state;
    refused("/vsimem/none.tif", NULL, 0, IMX_E_INPUT, "no such file");
    refused("none/at/all.tif", NULL, 0, IMX_E_INPUT, "no such file");
    refused("/", NULL, 0, IMX_E_INPUT, "a folder, not a raster");
    put(tif, "", 0);
    refused(tif, NULL, 0, IMX_E_INPUT, "the file is empty");
    put(tif, "once upon a time there was no raster here", 40);
    refused(tif, NULL, 0, IMX_E_INPUT, "not a raster that GDAL");
    put(tif, "II*\0\x10\0\0\0 and then nothing", 20);
    refused(tif, NULL, 0, IMX_E_INPUT, "damaged, cannot be opened (");
    VSIUnlink(tif);
}

static void test_pixel_types(void **state) {
    (void)state;
    static const struct {
        GDALDataType type;
        const char *name;
    } cases[] = {{GDT_UInt16, "UInt16"}, {GDT_Int16, "Int16"}, {GDT_Float32, "Float32"}, {GDT_CFloat64, "CFloat64"}};
    for (size_t i = 0; i < 4; i++) {
        GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), tif, 10, 10, 3, cases[i].type, NULL);
        raster_place(dataset);
        GDALClose(dataset);
        refused(tif, NULL, 0, IMX_E_UNSUPPORTED, cases[i].name);
        refused(tif, NULL, 0, IMX_E_UNSUPPORTED, "8-bit");
    }
    GDALDatasetH dataset = raster_create(tif, 10, 10, 1, "PIXELTYPE=SIGNEDBYTE");
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_UNSUPPORTED, "Int8");
    VSIUnlink(tif);
}

static void test_no_place(void **state) {
    (void)state;
    GDALDriverH driver = GDALGetDriverByName("GTiff");
    GDALDatasetH dataset = GDALCreate(driver, tif, 10, 10, 1, GDT_Byte, NULL);
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_INPUT, "--src-crs EPSG:n");
    refused(tif, NULL, 0, IMX_E_INPUT, "world file");
    refused(tif, NULL, 0, IMX_E_INPUT, "RPC file");

    dataset = GDALCreate(driver, tif, 10, 10, 1, GDT_Byte, NULL);
    double geotransform[6] = {10, 2, 0, 20, 0, -2};
    GDALSetGeoTransform(dataset, geotransform);
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_INPUT, "no coordinate reference system: give the CRS with --src-crs EPSG:n");

    dataset = raster_create(tif, 10, 10, 1, NULL);
    OGRSpatialReferenceH local = OSRNewSpatialReference("LOCAL_CS[\"my garden\",UNIT[\"metre\",1]]");
    GDALSetSpatialRef(dataset, local);
    OSRDestroySpatialReference(local);
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_INPUT, "--src-crs EPSG:n");

    dataset = GDALCreate(driver, tif, 10, 10, 1, GDT_Byte, NULL);
    GDAL_GCP points[3] = {{(char *)(uintptr_t) "1", (char *)(uintptr_t) "", 0, 0, 10, 50, 0},
                          {(char *)(uintptr_t) "2", (char *)(uintptr_t) "", 5, 5, 11, 50, 0},
                          {(char *)(uintptr_t) "3", (char *)(uintptr_t) "", 10, 10, 12, 50, 0}};
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    OSRImportFromEPSG(crs, 4326);
    assert_int_equal(GDALSetGCPs2(dataset, 3, points, crs), CE_None);
    OSRDestroySpatialReference(crs);
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_INPUT, "its 3 ground control points do not determine a polynomial of order 1");
    refused(tif, &(imx_source_options){.georef = IMX_CHOOSE_POLYNOMIAL, .gcp_order = 2}, 0, IMX_E_INPUT,
            "a polynomial of order 2 needs 6 ground control points; it has 3");
    refused(tif, &(imx_source_options){.georef = IMX_CHOOSE_TPS}, 0, IMX_E_INPUT, "on a line");
    refused(tif, &(imx_source_options){.georef = IMX_CHOOSE_RPC}, 0, IMX_E_INPUT, "has no RPC");

    dataset = GDALCreate(driver, tif, 10, 10, 1, GDT_Byte, NULL);
    GDALSetGCPs2(dataset, 3, points, NULL);
    GDALClose(dataset);
    refused(tif, NULL, 0, IMX_E_INPUT, "no coordinate reference system: give the CRS with --src-crs EPSG:n");
    refused(tif, &(imx_source_options){.georef = IMX_CHOOSE_TPS, .crs = "EPSG:32633"}, 0, IMX_E_INPUT, "on a line");
    VSIUnlink(tif);
}

static void test_geotransforms(void **state) {
    (void)state;
    static const struct {
        const char *geotransform;
        bool good;
    } cases[] = {
        {"0, 1, 1, 0, 1, 1", false},
        {"0, 0, 0, 0, 0, 0", false},
        {"nan, 1, 0, 0, 0, -1", false},
        {"0, inf, 0, 0, 0, -1", false},
        {"0, 1, 1, 0, 1, 1.0000000000001", false},
        {"0, 1e-7, 0, 0, 0, 1e-7", true},
        {"5, 1, 0.5, 4000, 0.5, -1", true},
        {"5, 0, 2, 4000, 2, 0", true},
    };
    const char *vrt = "/vsimem/place.vrt";
    char text[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int size = snprintf(text, sizeof text,
                            "<VRTDataset rasterXSize=\"4\" rasterYSize=\"4\"><SRS>EPSG:32650</SRS>"
                            "<GeoTransform>%s</GeoTransform><VRTRasterBand dataType=\"Byte\" band=\"1\"/></VRTDataset>",
                            cases[i].geotransform);
        put(vrt, text, (size_t)size);
        if (cases[i].good) {
            imx_scene scene = {0};
            assert_int_equal(imx_source_probe(NULL, vrt, NULL, 0, NULL, NULL, &scene), IMX_OK);
            imx_scene_clear(NULL, &scene);
        } else {
            refused(vrt, NULL, 0, IMX_E_INPUT, "cannot be inverted");
        }
    }
    VSIUnlink(vrt);
}

static void test_rpc(void **state) {
    (void)state;
    const char *vrt = "/vsimem/rpc.vrt";
    static const char text[] = "<VRTDataset rasterXSize=\"4\" rasterYSize=\"4\"><Metadata domain=\"RPC\">"
                               "<MDI key=\"LINE_OFF\">1</MDI></Metadata>"
                               "<VRTRasterBand dataType=\"Byte\" band=\"1\"/></VRTDataset>";
    put(vrt, text, sizeof text - 1);
    refused(vrt, NULL, 0, IMX_E_INPUT, "its RPC are incomplete: there is no SAMP_OFF");
    VSIUnlink(vrt);
}

/* Nothing may be allocated for a block that is refused, and a sparse file of 4 GiB pixels is probed at once. */
static void test_huge_blocks(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 66000, 66000, 1, "COMPRESS=DEFLATE BLOCKYSIZE=4096 SPARSE_OK=YES");
    GDALClose(dataset);
    refused(tif, NULL, 64 << 20, IMX_E_UNSUPPORTED, "66000 x 4096 px are too large to be decoded in 64 MiB");
    dataset =
        raster_create(tif, 600, 600, 40, "TILED=YES BLOCKXSIZE=512 BLOCKYSIZE=512 INTERLEAVE=PIXEL SPARSE_OK=YES");
    GDALClose(dataset);
    refused(tif, NULL, (10 << 20) - 1, IMX_E_UNSUPPORTED,
            "gdal_translate -co TILED=YES"); /* 40 bands decode together */
    imx_scene scene = {0};
    assert_int_equal(imx_source_probe(NULL, tif, NULL, 10 << 20, NULL, NULL, &scene), IMX_OK);
    imx_scene_clear(NULL, &scene);
    VSIUnlink(tif);
}

static void expect_crs(const char *given, const char *crs) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options options = {.crs = given};
    if (imx_source_probe(NULL, tif, &options, 0, NULL, &err, &scene) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    if (strncmp(scene.crs, crs, strlen(crs)) != 0) {
        fail_msg("%s instead of %s", scene.crs, crs);
    }
    imx_scene_clear(NULL, &scene);
}

static void test_crs(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 10, 10, 1, NULL);
    GDALClose(dataset);
    expect_crs(NULL, "EPSG:32650");
    expect_crs("EPSG:4490", "EPSG:4490");
    expect_crs("+proj=utm +zone=18 +ellps=GRS80", "PROJCRS[");
    expect_crs("EPSG:4326+5773", "EPSG:4326"); /* heights do not matter */
    expect_crs("EPSG:4979", "EPSG:4326");      /* nor does the third axis */
    const imx_source_options nonsense = {.crs = "EPSG:nowhere"};
    refused(tif, &nonsense, 0, IMX_E_USAGE, "--src-crs 'EPSG:nowhere': not a CRS");

    /* an EPSG code that the file's own parameters contradict is not trusted */
    dataset = raster_create(tif, 10, 10, 1, NULL);
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    OSRImportFromEPSG(crs, 32650);
    OSRSetProjParm(crs, SRS_PP_FALSE_EASTING, 123456);
    OSRSetAuthority(crs, "PROJCS", "EPSG", 32650);
    GDALSetSpatialRef(dataset, crs);
    OSRDestroySpatialReference(crs);
    GDALClose(dataset);
    imx_scene scene = {0};
    assert_int_equal(imx_source_probe(NULL, tif, NULL, 0, NULL, NULL, &scene), IMX_OK);
    assert_true(strcmp(scene.crs, "EPSG:32650") == 0 || strstr(scene.crs, "123456"));
    imx_scene_clear(NULL, &scene);
    VSIUnlink(tif);
}

static imx_scene probe(const char *path) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    if (imx_source_probe(NULL, path, NULL, 0, NULL, &err, &scene) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return scene;
}

static imx_hash fingerprint(const char *path) {
    imx_scene scene = probe(path);
    imx_hash hash;
    imx_error err = IMX_ERROR_INIT;
    if (imx_scene_fingerprint(NULL, &scene, NULL, &err, &hash) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_scene_clear(NULL, &scene);
    return hash;
}

static void test_fingerprint(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 900, 900, 3, NULL); /* more than one chunk */
    raster_fill(dataset);
    GDALClose(dataset);
    imx_hash first = fingerprint(tif), again = fingerprint(tif);
    assert_true(imx_hash_equal(&first, &again));
    VSIMkdir("/vsimem/elsewhere", 0755);
    raster_translate(tif, "/vsimem/elsewhere/other.tif", "GTiff", NULL); /* written anew, perhaps other bytes */
    vsi_l_offset size;
    GByte *bytes = VSIGetMemFileBuffer(tif, &size, FALSE);
    put("/vsimem/elsewhere/other.tif", bytes, (size_t)size);
    imx_hash other = fingerprint("/vsimem/elsewhere/other.tif");
    assert_true(imx_hash_equal(&first, &other)); /* content counts, names do not */

    imx_hasher *hasher; /* by hand: the content, then its length */
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++) {
        length[i] = (uint8_t)((uint64_t)size >> (8 * i));
    }
    assert_int_equal(imx_hasher_create(NULL, &hasher), IMX_OK);
    imx_hasher_add(hasher, bytes, (size_t)size);
    imx_hasher_add(hasher, length, 8);
    imx_hash by_hand = imx_hasher_result(hasher);
    imx_hasher_destroy(&hasher);
    assert_true(imx_hash_equal(&first, &by_hand));

    bytes[size - 1] ^= 1;
    imx_hash changed = fingerprint(tif);
    assert_false(imx_hash_equal(&first, &changed));
    bytes[size - 1] ^= 1;
    static const char side[] = "<PAMDataset><Metadata><MDI key=\"a\">b</MDI></Metadata></PAMDataset>";
    put("/vsimem/refused.tif.aux.xml", side, sizeof side - 1);
    imx_hash with_side_file = fingerprint(tif);
    assert_false(imx_hash_equal(&first, &with_side_file));
    VSIUnlink("/vsimem/refused.tif.aux.xml");
    VSIUnlink("/vsimem/elsewhere/other.tif");
    VSIUnlink(tif);
}

static void test_id_and_time(void **state) {
    (void)state;
    static const struct {
        const char *item, *time;
    } cases[] = {{"2012-05-07 10:41:00", "2012-05-07T10:41:00Z"},
                 {"2012-05-07", NULL},
                 {"2012-13-07 10:41:00", NULL},
                 {"2012-05-07 10:41:00.5", "2012-05-07T10:41:00Z"},
                 {"yesterday", NULL}};
    for (size_t i = 0; i < 5; i++) {
        GDALDatasetH dataset = raster_create(tif, 10, 10, 1, NULL);
        GDALSetMetadataItem(dataset, "ACQUISITIONDATETIME", cases[i].item, "IMAGERY");
        GDALSetMetadataItem(dataset, "TIFFTAG_DATETIME", "2001:01:01 00:00:00", NULL);
        GDALClose(dataset);
        imx_scene scene = probe(tif);
        assert_string_equal(scene.id, "refused.tif");
        assert_string_equal(scene.assets[0].path, tif);
        if (cases[i].time) {
            assert_non_null(scene.time_start);
            assert_string_equal(scene.time_start, cases[i].time);
        } else {
            assert_null(scene.time_start);
        }
        assert_null(scene.time_end);
        imx_scene_clear(NULL, &scene);
        VSIUnlink(tif);
        VSIUnlink("/vsimem/refused.tif.aux.xml");
    }
}

/* ---- reading what is damaged or has changed ---- */

static imx_status read_all(const imx_scene *scene, imx_error *err) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_source *source = NULL;
    imx_status status = imx_source_open(NULL, &kernels, scene->assets, err, &source);
    imx_block_layout l = imx_asset_blocks(scene->assets, 0);
    uint8_t *rgba = malloc(4 * (size_t)l.block_w * (size_t)l.block_h);
    for (int i = 0; status == IMX_OK && i < l.columns * l.rows; i++) {
        bool empty;
        status =
            imx_source_read_block(source, 0, i % l.columns, i / l.columns, rgba, 4 * (ptrdiff_t)l.block_w, err, &empty);
    }
    imx_source_close(&source);
    free(rgba);
    return status;
}

static void test_truncated(void **state) {
    (void)state;
    static const char *const options[] = {"TILED=YES", "TILED=YES COMPRESS=DEFLATE", "COMPRESS=LZW",
                                          "TILED=YES COMPRESS=JPEG PHOTOMETRIC=YCBCR", "BLOCKYSIZE=1"};
    for (size_t i = 0; i < 5; i++) {
        GDALDatasetH dataset = raster_create(tif, 700, 700, 3, options[i]);
        raster_fill(dataset);
        GDALClose(dataset);
        vsi_l_offset size;
        GByte *bytes = VSIGetMemFileBuffer(tif, &size, TRUE);
        put(tif, bytes, (size_t)size - (size_t)size / 3);
        CPLFree(bytes);
        imx_scene scene = {0};
        imx_error err = IMX_ERROR_INIT;
        imx_status status = imx_source_probe(NULL, tif, NULL, 0, NULL, &err, &scene);
        if (status == IMX_OK) {
            status = read_all(&scene, &err);
            assert_non_null(strstr(err.text, "the file is damaged or incomplete"));
            assert_non_null(strstr(err.text, "block "));
        }
        assert_int_equal(status, IMX_E_INPUT);
        assert_int_equal(strncmp(err.text, tif, strlen(tif)), 0);
        imx_scene_clear(NULL, &scene);
        VSIUnlink(tif);
    }
}

static void test_truncated_jpeg(void **state) {
    (void)state;
    const char *jpg = "/vsimem/short.jpg";
    GDALDatasetH dataset = raster_create(tif, 400, 400, 3, NULL);
    raster_fill(dataset);
    GDALClose(dataset);
    raster_translate(tif, jpg, "JPEG", "WORLDFILE=YES");
    VSIUnlink("/vsimem/short.jpg.aux.xml");
    vsi_l_offset size;
    GByte *bytes = VSIGetMemFileBuffer(jpg, &size, TRUE);
    put(jpg, bytes, (size_t)size / 2);
    CPLFree(bytes);
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options options = {.crs = "EPSG:32650"};
    imx_status status = imx_source_probe(NULL, jpg, &options, 0, NULL, &err, &scene);
    if (status == IMX_OK) {
        status = read_all(&scene, &err);
    }
    assert_int_equal(status, IMX_E_INPUT);
    imx_scene_clear(NULL, &scene);
    VSIUnlink(jpg);
    VSIUnlink("/vsimem/short.wld");
    VSIUnlink(tif);
}

static void test_changed_since(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 100, 100, 3, NULL);
    GDALClose(dataset);
    imx_scene scene = probe(tif);
    imx_error err = IMX_ERROR_INIT;
    dataset = raster_create(tif, 100, 99, 3, NULL);
    GDALClose(dataset);
    assert_int_equal(read_all(&scene, &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "the file changed"));
    dataset = raster_create(tif, 100, 100, 1, NULL);
    GDALClose(dataset);
    assert_int_equal(read_all(&scene, &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "the file changed"));
    VSIUnlink(tif);
    assert_int_equal(read_all(&scene, &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "no such file"));
    imx_scene_clear(NULL, &scene);
}

static void test_wrong_blocks(void **state) {
    (void)state;
    GDALDatasetH dataset = raster_create(tif, 100, 100, 3, NULL);
    GDALClose(dataset);
    imx_scene scene = probe(tif);
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_source *source = NULL;
    assert_int_equal(imx_source_open(NULL, &kernels, scene.assets, NULL, &source), IMX_OK);
    bool empty;
    imx_error err = IMX_ERROR_INIT;
    static const int32_t outside[][3] = {{0, 1, 0}, {0, 0, 1}, {0, -1, 0}, {0, 0, -1}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            imx_source_read_block(source, outside[i][0], outside[i][1], outside[i][2], NULL, 0, &err, &empty),
            IMX_E_INTERNAL);
    }
    assert_int_equal(imx_source_read_block(source, 1, 0, 0, NULL, 0, &err, &empty), IMX_E_INPUT);
    imx_source_close(&source);
    imx_scene_clear(NULL, &scene);
    VSIUnlink(tif);
}

static void make_masked_palette(void) {
    GDALDatasetH dataset = raster_create(tif, 50, 50, 1, "PHOTOMETRIC=PALETTE");
    GDALColorTableH table = GDALCreateColorTable(GPI_RGB);
    const GDALColorEntry red = {255, 0, 0, 255};
    GDALSetColorEntry(table, 1, &red);
    GDALSetRasterColorTable(GDALGetRasterBand(dataset, 1), table);
    GDALDestroyColorTable(table);
    GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET);
    GDALFillRaster(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), 255, 0);
    GDALSetMetadataItem(dataset, "ACQUISITIONDATETIME", "2012-05-07 10:41:00", "IMAGERY");
    GDALClose(dataset);
}

/* Memory that runs out anywhere is told as such, and nothing is lost. */
static void test_nth_allocation_fails(void **state) {
    (void)state;
    make_masked_palette();
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_status status = IMX_E_NOMEM;
    size_t nth = 0;
    while (status == IMX_E_NOMEM && ++nth < 100) {
        imx_memory *memory;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_memory_fail_nth(memory, nth);
        imx_scene scene = {0};
        imx_source *source = NULL;
        imx_error err = IMX_ERROR_INIT;
        uint8_t rgba[50 * 50 * 4];
        bool empty;
        status = imx_source_probe(memory, tif, NULL, 0, NULL, &err, &scene);
        if (status == IMX_OK) {
            status = imx_source_open(memory, &kernels, scene.assets, &err, &source);
        }
        if (status == IMX_OK) {
            status = imx_source_read_block(source, 0, 0, 0, rgba, 200, &err, &empty);
        }
        assert_int_equal(err.status, status == IMX_OK ? IMX_OK : IMX_E_NOMEM);
        imx_source_close(&source);
        imx_scene_clear(memory, &scene);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
    assert_int_equal(status, IMX_OK);
    assert_in_range(nth, 8, 40);
    VSIUnlink(tif);
    VSIUnlink("/vsimem/refused.tif.msk");
    VSIUnlink("/vsimem/refused.tif.aux.xml");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_pixel_types),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_geotransforms),
        cmocka_unit_test(test_rpc),
        cmocka_unit_test(test_huge_blocks),
        cmocka_unit_test(test_crs),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_id_and_time),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_jpeg),
        cmocka_unit_test(test_changed_since),
        cmocka_unit_test(test_wrong_blocks),
        cmocka_unit_test(test_nth_allocation_fails),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
