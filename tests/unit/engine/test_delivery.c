/* tests/unit/engine/test_delivery.c: metadata of deliveries out of folders and archives in GDAL's memory file system:
 * fields, names, times, what is refused, and what happens where memory runs out. Pixels: tests/cli/deliveries.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>

#include "engine/band_list.h"
#include "engine/delivery_inner.h"
#include "tests/unit/engine/sources_fixture.h"

static void put(const char *path, const char *text) {
    char folder[64];
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    (void)VSIMkdirRecursive(folder, 0777);
    VSILFILE *file = VSIFOpenL(path, "wb");
    assert_non_null(file);
    assert_int_equal(VSIFWriteL(text, 1, strlen(text), file), strlen(text));
    (void)VSIFCloseL(file);
}

/* ---- fields ---- */

static void test_odl(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_fields fields;
    const char *text = "GROUP = FILE\r\n  GROUP = A\r\n    X = \"one two\"\r\n    N = 2.5E-05\n  END_GROUP = A\n"
                       "  GROUP = B\n X = 2020-01-01 \n\n  E = \"\"\n END_GROUP = B\nEND_GROUP = FILE\nEND\nrubbish";
    assert_int_equal(imx_fields_of_odl(NULL, "m", text, &err, &fields), IMX_OK);
    assert_string_equal(imx_fields_find(&fields, NULL, "X"), "one two");
    assert_string_equal(imx_fields_find(&fields, "B", "X"), "2020-01-01");
    assert_string_equal(imx_fields_find(&fields, "B", "E"), "");
    assert_null(imx_fields_find(&fields, "B", "N"));
    double number = 0;
    assert_true(imx_fields_number(&fields, "A", "N", &number) && number == 2.5e-05);
    assert_false(imx_fields_number(&fields, "B", "X", &number) || imx_fields_number(&fields, "B", "E", &number));
    imx_fields_clear(NULL, &fields);
    assert_int_equal(imx_fields_of_odl(NULL, "m", "GROUP = A\nX = 1\n", &err, &fields), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "END is missing"));
    assert_int_equal(imx_fields_of_odl(NULL, "m", "GROUP = A\n\nnonsense\nEND\n", &err, &fields), IMX_E_INPUT);
    assert_int_equal(imx_fields_of_odl(NULL, "m", "", &err, &fields), IMX_E_INPUT);
}

static void test_xml_and_json(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_fields fields;
    const char *xml =
        "<?xml version=\"1.0\"?><n:R xmlns:n=\"u\"><!-- c --><A><X> one </X><O band_id=\"3\">-1000</O></A>"
        "<B><X>two</X><Y/></B></n:R>";
    assert_int_equal(imx_fields_of_xml(NULL, "m", xml, strlen(xml), &err, &fields), IMX_OK);
    assert_int_equal(fields.count, 4);
    assert_string_equal(imx_fields_find(&fields, "A", "X"), "one");
    assert_string_equal(imx_fields_find(&fields, "B", "X"), "two");
    assert_string_equal(imx_fields_find(&fields, NULL, "Y"), "");
    assert_true(fields.items[1].index == 3 && fields.items[0].index == -1);
    imx_fields_clear(NULL, &fields);
    assert_int_equal(imx_fields_of_xml(NULL, "m", xml, strlen(xml) - 4, &err, &fields), IMX_E_INPUT);
    assert_int_equal(imx_fields_of_xml(NULL, "m", "", 0, &err, &fields), IMX_E_INPUT);
    const char *json = "{\"F\": {\"A\": {\"X\": \"one\", \"N\": 0.25, \"L\": [1]}, \"B\": {\"X\": \"two\"}}}";
    assert_int_equal(imx_fields_of_json(NULL, "m", json, strlen(json), &err, &fields), IMX_OK);
    assert_int_equal(fields.count, 3);
    double number = 0;
    assert_true(imx_fields_number(&fields, "A", "N", &number) && number == 0.25);
    assert_string_equal(imx_fields_find(&fields, "B", "X"), "two");
    imx_fields_clear(NULL, &fields);
    assert_int_equal(imx_fields_of_json(NULL, "m", json, strlen(json) - 2, &err, &fields), IMX_E_INPUT);
    assert_int_equal(imx_fields_of_json(NULL, "m", "[1]", 3, &err, &fields), IMX_E_INPUT);
}

/* ---- names and times ---- */

static void test_band_lists(void **state) {
    (void)state;
    char item[IMX_BAND_NAME_MAX];
    const char *at = "red,B8A,12";
    assert_int_equal(imx_band_list_count(at), 3);
    assert_true(imx_band_list_next(&at, item) && imx_band_list_next(&at, item));
    assert_string_equal(item, "B8A");
    assert_int_equal(imx_band_list_number(item), 0);
    assert_true(imx_band_list_next(&at, item) && !at);
    assert_int_equal(imx_band_list_number(item), 12);
    assert_false(imx_band_list_next(&at, item));
    static const char *const bad[] = {"", ",", "a,", ",a", "a b", "a,,b", "a;b", "a_name_that_is_longer_than_any"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(imx_band_list_count(bad[i]), 0);
    }
    static const char *const same[][2] = {{"B4", "b04"}, {"B8A", "b8a"}, {"B10", "B10"}, {"red", "RED"}, {"B0", "B00"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(imx_band_names_match(same[i][0], same[i][1]));
    }
    static const char *const other[][2] = {{"B1", "B10"}, {"B8", "B8A"}, {"blue", "B"}, {"4", "B4"}, {"B", "B0"}};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_false(imx_band_names_match(other[i][0], other[i][1]));
    }
}

static void test_times(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int ahead;
        const char *want;
    } cases[] = {{"2020-01-01 10:51:36.1234560Z", 0, "2020-01-01T10:51:36.123456Z"},
                 {"2020-01-01T10:51:36Z", 0, "2020-01-01T10:51:36Z"},
                 {"2020-01-01 10:51:36.000", 0, "2020-01-01T10:51:36Z"},
                 {"2020-03-01 07:30:00", 8, "2020-02-29T23:30:00Z"}, /* a leap day before */
                 {"2021-01-01 02:00:00.5", 8, "2020-12-31T18:00:00.5Z"},
                 {"2020-13-01 00:00:00", 0, NULL},
                 {"2020-01-01", 0, NULL},
                 {" ", 0, NULL},
                 {NULL, 0, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *time;
        assert_int_equal(imx_delivery_time(NULL, cases[i].text, cases[i].ahead, NULL, &time), IMX_OK);
        assert_true(!time == !cases[i].want);
        if (time) {
            assert_string_equal(time, cases[i].want);
        }
        imx_free(NULL, time);
    }
}

/* ---- deliveries ---- */

static const char etm[] = "GROUP = L1_METADATA_FILE\n GROUP = METADATA_FILE_INFO\n"
                          "  LANDSAT_PRODUCT_ID = \"LE07_L1TP_X_01_T1\"\n END_GROUP = METADATA_FILE_INFO\n"
                          " GROUP = PRODUCT_METADATA\n  SPACECRAFT_ID = \"LANDSAT_7\"\n  SENSOR_ID = \"ETM\"\n"
                          "  DATE_ACQUIRED = 2013-12-09\n  SCENE_CENTER_TIME = \"23:31:05.5570000Z\"\n"
                          "  FILE_NAME_BAND_3 = \"x_B3.TIF\"\n  FILE_NAME_BAND_6_VCID_1 = \"x_B6_VCID_1.TIF\"\n"
                          "  FILE_NAME_BAND_QUALITY = \"x_BQA.TIF\"\n END_GROUP = PRODUCT_METADATA\n"
                          "END_GROUP = L1_METADATA_FILE\nEND\n";

static void test_collection_1(void **state) {
    (void)state;
    imx_delivery d;
    put("/vsimem/etm/x_MTL.txt", etm);
    assert_true(imx_delivery_is(NULL, "/vsimem/etm"));
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/etm/", NULL, &d), IMX_OK);
    assert_string_equal(d.id, "LE07_L1TP_X_01_T1");
    assert_string_equal(d.kind, "Landsat Level-1");
    assert_string_equal(d.time_start, "2013-12-09T23:31:05.557Z");
    assert_int_equal(d.band_count, 2);
    assert_string_equal(d.bands[0].shows, "red");
    assert_string_equal(d.bands[1].name, "B6_VCID_1");
    assert_string_equal(d.bands[1].shows, "thermal");
    assert_true(d.bands[0].has_nodata && d.bands[0].nodata == 0 && d.bands[0].scale == 1);
    assert_false(imx_delivery_has(&d, &d.bands[0]));
    size_t *chosen;
    int32_t count;
    imx_source_options options = {.band_list = "thermal,1"};
    assert_int_equal(imx_delivery_choose(NULL, &d, &options, NULL, &chosen, &count), IMX_OK);
    assert_true(count == 2 && chosen[0] == 1 && chosen[1] == 0);
    imx_free(NULL, chosen);
    options.band_list = NULL; /* without blue, and fewer than three: the first */
    assert_int_equal(imx_delivery_choose(NULL, &d, &options, NULL, &chosen, &count), IMX_OK);
    assert_true(count == 1 && chosen[0] == 0);
    imx_free(NULL, chosen);
    imx_delivery_clear(NULL, &d);
}

static void test_parts(void **state) {
    (void)state;
    imx_delivery d;
    imx_error err = IMX_ERROR_INIT;
    char **paths = NULL;
    size_t count = 1;
    put("/vsimem/gf6/GF6_WFV_E1_N2_20200102_L1A11.xml",
        "<P><SatelliteID>GF6</SatelliteID><StartTime>2020-01-02 07:20:30</StartTime></P>");
    put("/vsimem/gf6/GF6_WFV_E1_N2_20200102_L1A11-2.tiff", "a");
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/gf6", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 0); /* of one image the folder is the scene */
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/gf6", &err, &d), IMX_OK);
    assert_string_equal(d.id, "GF6_WFV_E1_N2_20200102_L1A11-2");
    imx_delivery_clear(NULL, &d);
    put("/vsimem/gf6/GF6_WFV_E1_N2_20200102_L1A11-1.tiff", "a");
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/gf6", &err, &d), IMX_E_UNSUPPORTED);
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/gf6/", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 2);
    assert_string_equal(paths[0], "/vsimem/gf6/GF6_WFV_E1_N2_20200102_L1A11-1.tiff");
    assert_true(imx_delivery_is(NULL, paths[1]));
    assert_int_equal(imx_delivery_read(NULL, paths[1], &err, &d), IMX_OK);
    assert_string_equal(d.id, "GF6_WFV_E1_N2_20200102_L1A11-2");
    assert_string_equal(d.time_start, "2020-01-01T23:20:30Z");
    static const char *const shows[] = {"blue", "green", "red", "nir", "rededge1", "rededge2", "coastal", "yellow"};
    assert_int_equal(d.band_count, 8);
    for (int32_t i = 0; i < 8; i++) {
        assert_string_equal(d.bands[i].shows, shows[i]);
        assert_int_equal(d.bands[i].number, i + 1);
        assert_string_equal(d.bands[i].file, "GF6_WFV_E1_N2_20200102_L1A11-2.tiff");
    }
    imx_delivery_clear(NULL, &d);
    for (size_t i = 0; i < count; i++) {
        imx_free(NULL, paths[i]);
    }
    imx_free(NULL, paths);
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/gf6/GF6_WFV_E9_N2_20200102_L1A12-1.tiff", NULL, &d),
                     IMX_E_NOT_FOUND);   /* no .xml of its own */
    put("/vsimem/gf6/heights.tif", "a"); /* nothing may be left out without a word */
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/gf6", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 0);
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/nothing", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 0);
}

/* Products in one folder, file beside file; a metadata file in place of its folder; files in another case. */
static void test_metadata_files(void **state) {
    (void)state;
    imx_delivery d;
    imx_error err = IMX_ERROR_INIT;
    char **paths = NULL;
    size_t count = 1;
    assert_true(imx_delivery_is_metadata("/a/X_mtl.TXT") && imx_delivery_is_metadata("MTD_MSIL2A.xml"));
    assert_true(imx_delivery_is_metadata("GF1_PMS1_1-MSS1.xml"));
    assert_false(imx_delivery_is_metadata("/a_MTL.txt/b.txt") || imx_delivery_is_metadata("/a/MTD_TL.xml"));
    put("/vsimem/flat/x_MTL.txt", etm);
    put("/vsimem/flat/x_MTL.xml", "damaged");
    put("/vsimem/flat/X_b3.tif", "a");
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/flat", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 0); /* the same product twice */
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/flat/x_MTL.txt", &err, &d), IMX_OK);
    assert_string_equal(d.folder, "/vsimem/flat");
    assert_string_equal(d.bands[0].file, "X_b3.tif");
    assert_string_equal(d.bands[1].file, "x_B6_VCID_1.TIF");
    assert_true(imx_delivery_has(&d, &d.bands[0]) && !imx_delivery_has(&d, &d.bands[1]));
    imx_delivery_clear(NULL, &d);
    put("/vsimem/flat/x_B3.TIF", "a"); /* the exact name first */
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/flat", &err, &d), IMX_OK);
    assert_string_equal(d.bands[0].file, "x_B3.TIF");
    imx_delivery_clear(NULL, &d);
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/flat/x_MTL.xml", &err, &d), IMX_E_INPUT); /* what is named */
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/flat/y_MTL.txt", &err, &d), IMX_E_NOT_FOUND);
    put("/vsimem/flat/y_MTL.xml", "<a/>");
    put("/vsimem/flat/y_MTL.json", "{}");
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/flat", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 2);
    assert_string_equal(paths[0], "/vsimem/flat/x_MTL.txt");
    assert_string_equal(paths[1], "/vsimem/flat/y_MTL.json");
    for (size_t i = 0; i < count; i++) {
        imx_free(NULL, paths[i]);
    }
    imx_free(NULL, paths);
}

static void drop(char **paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        imx_free(NULL, paths[i]);
    }
    imx_free(NULL, paths);
}

/* Products of Gaofen in one folder: one name begins as another one does, one is in small letters, one has no .xml. */
static void test_gaofen_heap(void **state) {
    (void)state;
    static const char xml[] = "<P><SatelliteID>GF2</SatelliteID><CenterTime>2020-01-02 07:20:30</CenterTime></P>";
    static const char *const stems[] = {"GF2_PMS1_E1.5_N2.5_20200102_L1A1", "GF2_PMS1_E1.5_N2.5_20200102_L1A12",
                                        "gf2_pms1_e1.5_n2.5_20200102_l1a3"};
    imx_delivery d;
    imx_error err = IMX_ERROR_INIT;
    char **paths = NULL, name[128];
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        static const char *const ends[] = {"-MSS1.tiff", "-MSS1.xml", "-PAN1.tiff", "-PAN1.xml",
                                           "-mss1.TIFF", "-mss1.XML", "-pan1.TIFF", "-pan1.XML"};
        for (size_t k = 0; k < 4; k++) {
            (void)snprintf(name, sizeof name, "/vsimem/heap/%s%s", stems[i], ends[k + (i == 2 ? 4 : 0)]);
            put(name, strcasestr(name, ".xml") ? xml : "a");
        }
        (void)snprintf(name, sizeof name, "/vsimem/heap/%s-MSS1.tiff.aux.xml", stems[i]); /* GDAL's, no product */
        put(name, "<PAMDataset/>");
    }
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/heap", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(imx_delivery_read(NULL, paths[i], &err, &d), IMX_OK);
        assert_string_equal(d.id, stems[i]);
        assert_int_equal(d.band_count, 5);
        (void)snprintf(name, sizeof name, "%s%s", stems[i], i == 2 ? "-pan1.TIFF" : "-PAN1.tiff");
        assert_string_equal(d.bands[4].file, name);
        imx_delivery_clear(NULL, &d);
    }
    drop(paths, count);
    (void)snprintf(name, sizeof name, "/vsimem/heap/%s-PAN1.xml", stems[1]); /* either of its files stands for it */
    assert_int_equal(imx_delivery_read(NULL, name, &err, &d), IMX_OK);
    assert_string_equal(d.id, stems[1]);
    imx_delivery_clear(NULL, &d);
    assert_int_equal(imx_delivery_parts(NULL, name, &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 0);         /* itself */
    put("/vsimem/heap/x_MTL.txt", etm); /* beside other kinds' */
    assert_int_equal(imx_delivery_parts(NULL, "/vsimem/heap", &err, &paths, &count), IMX_OK);
    assert_int_equal(count, 4);
    assert_string_equal(paths[0], "/vsimem/heap/x_MTL.txt");
    drop(paths, count);
}

/* Metadata name files of the delivery, as they are spelled there, and nothing else. */
static void test_named_files(void **state) {
    (void)state;
    static const char format[] = "<P><IMAGE_FILE>%s/T1_B04_10m</IMAGE_FILE></P>";
    static const struct {
        const char *folder, *found; /* NULL: refused */
    } cases[] = {{"GRANULE/L1/IMG_DATA", "granule/L1/Img_Data/t1_b04_10M.JP2"},
                 {"./granule//L1/Img_Data", "granule/L1/Img_Data/t1_b04_10M.JP2"},
                 {"GRANULE/L2/IMG_DATA", "GRANULE/L2/IMG_DATA/T1_B04_10m.jp2"}, /* missing: as it is told */
                 {"GRANULE/..L1", "GRANULE/..L1/T1_B04_10m.jp2"},
                 {"..", NULL},
                 {"GRANULE/../../other", NULL},
                 {"GRANULE\\..\\..", NULL},
                 {"/vsimem/safe/granule/L1/Img_Data", NULL},
                 {"\\\\server\\share", NULL},
                 {"a&#10;b", NULL}};
    put("/vsimem/safe/granule/L1/Img_Data/t1_b04_10M.JP2", "a");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imx_delivery d;
        imx_error err = IMX_ERROR_INIT;
        char text[256];
        (void)snprintf(text, sizeof text, format, cases[i].folder);
        put("/vsimem/safe/mtd_msil2a.XML", text);
        const imx_status status = imx_delivery_read(NULL, "/vsimem/safe", &err, &d);
        assert_int_equal(status, cases[i].found ? IMX_OK : IMX_E_INPUT);
        if (status == IMX_OK) {
            assert_string_equal(d.kind, "Sentinel-2 Level-2A");
            assert_string_equal(d.bands[0].file, cases[i].found);
            imx_delivery_clear(NULL, &d);
        } else {
            assert_non_null(strstr(err.text, "mtd_msil2a.XML: names a file outside of the delivery"));
            assert_null(strchr(err.text, '\n'));
        }
    }
}

static void test_not_deliveries(void **state) {
    (void)state;
    imx_delivery d;
    imx_error err = IMX_ERROR_INIT;
    put("/vsimem/other/readme.txt", "nothing");
    put("/vsimem/other/GF3_SAR_HH.tiff", "radar");
    put("/vsimem/other/GF3_SAR_HH.xml", "<a/>");
    assert_false(imx_delivery_is(NULL, "/vsimem/other"));
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/other", &err, &d), IMX_E_NOT_FOUND);
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/other/readme.txt", &err, &d), IMX_E_NOT_FOUND);
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/nothing", &err, &d), IMX_E_NOT_FOUND);
    assert_int_equal(err.status, IMX_OK); /* without a word */
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/nothing.tar", &err, &d), IMX_E_INPUT);
    put("/vsimem/craft/x_MTL.txt", "GROUP = A\nSPACECRAFT_ID = \"SPUTNIK\"\nEND\n");
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/craft", &err, &d), IMX_E_INPUT);
    put("/vsimem/stereo/GF7_DLC_1-MUX.tiff", "a");
    put("/vsimem/stereo/GF7_DLC_1-MUX.xml", "<P><SatelliteID>GF7</SatelliteID></P>");
    put("/vsimem/stereo/GF7_DLC_1-PAN1.tiff", "a");
    put("/vsimem/stereo/GF7_DLC_1-PAN2.tiff", "a");
    assert_int_equal(imx_delivery_read(NULL, "/vsimem/stereo", &err, &d), IMX_E_UNSUPPORTED);
}

static void test_memory(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    put("/vsimem/etm/x_MTL.txt", etm);
    imx_status status = IMX_E_NOMEM;
    size_t nth = 1;
    for (; nth < 500 && status != IMX_OK; nth++) {
        imx_delivery d;
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(memory, nth);
        status = imx_delivery_read(memory, "/vsimem/etm", &err, &d);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM || status == IMX_E_INPUT);
        if (status == IMX_OK) {
            imx_delivery_clear(memory, &d);
        }
        assert_int_equal(imx_memory_used(memory), 0);
    }
    assert_true(nth > 40 && status == IMX_OK);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odl),          cmocka_unit_test(test_xml_and_json),
        cmocka_unit_test(test_band_lists),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_collection_1), cmocka_unit_test(test_not_deliveries),
        cmocka_unit_test(test_parts),        cmocka_unit_test(test_metadata_files),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_gaofen_heap),
        cmocka_unit_test(test_named_files),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
