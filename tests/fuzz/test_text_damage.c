/* tests/fuzz/test_text_damage.c: damaged texts that the engine reads: metadata of deliveries (ODL, XML, JSON), RPC in
 * their files, cutlines. Each is refused in one line that names it, or taken and then used; nothing crashes (the
 * sanitizers watch), hangs, or stays in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <cpl_vsi.h>
#include <math.h>
#include <time.h>

#include "engine/delivery.h"
#include "engine/footprint.h"
#include "engine/outline.h"
#include "engine/region.h"
#include "tests/fuzz/mutate.h"
#include "tests/unit/engine/rasters.h"

enum { CASE_SECONDS_MAX = 2 };
#define MERCATOR_HALF_M 20037508.342789244

/* ---- what is read ---- */

static const char landsat_odl[] =
    "GROUP = L1_METADATA_FILE\n GROUP = PRODUCT_CONTENTS\n  LANDSAT_PRODUCT_ID = \"LC09_L1TP_014031_20230428_02_T1\"\n"
    "  PROCESSING_LEVEL = \"L2SP\"\n  FILE_NAME_BAND_2 = \"x_B2.TIF\"\n  FILE_NAME_BAND_3 = \"x_B3.TIF\"\n"
    "  FILE_NAME_BAND_4 = \"x_B4.TIF\"\n  FILE_NAME_BAND_ST_B10 = \"x_ST_B10.TIF\"\n END_GROUP = PRODUCT_CONTENTS\n"
    " GROUP = IMAGE_ATTRIBUTES\n  SPACECRAFT_ID = \"LANDSAT_9\"\n  SENSOR_ID = \"OLI_TIRS\"\n"
    "  DATE_ACQUIRED = 2023-04-28\n  SCENE_CENTER_TIME = \"15:33:05.5570000Z\"\n END_GROUP = IMAGE_ATTRIBUTES\n"
    " GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS\n  REFLECTANCE_MULT_BAND_4 = 2.75e-05\n"
    "  REFLECTANCE_ADD_BAND_4 = -0.2\n END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS\n"
    "END_GROUP = L1_METADATA_FILE\nEND\n";
static const char landsat_json[] =
    "{\"LANDSAT_METADATA_FILE\": {\"PRODUCT_CONTENTS\": {\"LANDSAT_PRODUCT_ID\": \"LC08_X\", \"PROCESSING_LEVEL\": "
    "\"L1TP\",\n \"FILE_NAME_BAND_2\": \"x_B2.TIF\", \"FILE_NAME_BAND_4\": \"x_B4.TIF\"},\n \"IMAGE_ATTRIBUTES\": "
    "{\"SPACECRAFT_ID\": \"LANDSAT_8\", \"SENSOR_ID\": \"OLI_TIRS\", \"DATE_ACQUIRED\": \"2020-01-01\", "
    "\"SCENE_CENTER_TIME\": \"10:11:12.5Z\", \"N\": 2.5, \"L\": [1, {}]}}}";
static const char landsat_xml[] =
    "<?xml version=\"1.0\"?>\n<LANDSAT_METADATA_FILE><PRODUCT_CONTENTS><LANDSAT_PRODUCT_ID>LT05_X</LANDSAT_PRODUCT_ID>"
    "<FILE_NAME_BAND_1>x_B1.TIF</FILE_NAME_BAND_1><FILE_NAME_BAND_6>x_B6.TIF</FILE_NAME_BAND_6></PRODUCT_CONTENTS>\n"
    "<IMAGE_ATTRIBUTES><SPACECRAFT_ID>LANDSAT_5</SPACECRAFT_ID><SENSOR_ID>TM</SENSOR_ID><DATE_ACQUIRED>1999-12-31"
    "</DATE_ACQUIRED><SCENE_CENTER_TIME>23:59:60Z</SCENE_CENTER_TIME></IMAGE_ATTRIBUTES></LANDSAT_METADATA_FILE>\n";
static const char sentinel_xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<n1:Level-2A_User_Product xmlns:n1=\"https://psd\"><n1:General_Info>"
    "<PRODUCT_START_TIME>2022-06-01T10:54:41.024Z</PRODUCT_START_TIME><PRODUCT_STOP_TIME>2022-06-01T10:54:42.024Z"
    "</PRODUCT_STOP_TIME><PRODUCT_URI>S2A_X.SAFE</PRODUCT_URI><IMAGE_FILE>GRANULE/G/IMG_DATA/R10m/T_B02_10m"
    "</IMAGE_FILE>\n<IMAGE_FILE>GRANULE/G/IMG_DATA/R10m/T_B04_10m</IMAGE_FILE><IMAGE_FILE>GRANULE/G/IMG_DATA/R20m/"
    "T_B8A_20m</IMAGE_FILE><BOA_QUANTIFICATION_VALUE unit=\"none\">10000</BOA_QUANTIFICATION_VALUE>\n<BOA_ADD_OFFSET "
    "band_id=\"3\">-1000</BOA_ADD_OFFSET></n1:General_Info></n1:Level-2A_User_Product>\n";
static const char gaofen_xml[] =
    "<?xml version=\"1.0\"?><ProductMetaData><SatelliteID>GF1</SatelliteID><StartTime>2020-01-01 11:20:30</StartTime>"
    "<EndTime>2020-01-01 11:20:35</EndTime><CenterTime>2020-01-01 11:20:32</CenterTime></ProductMetaData>";
static const char *const delivery_words[] = {
    "GROUP",   "END_GROUP", "END",        "LANDSAT_7",  "MSS",        "LANDSAT_1", "SENSOR_ID", "band_id",
    "..",      "B12",       "xmlns",      "CDATA",      "&lt;",       "&x;",       "<!DOCTYPE", "ENTITY",
    "\\u0000", "null",      "IMAGE_FILE", "9999-12-31", "2020-02-30", "60m",       NULL};

/* Terms of an RPC in both kinds of file. */
#define TWENTY(first, second, third) first, second, third, 0.001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
static const char *const rpc_words[] = {"LINE_OFF",    "SAMP_SCALE", "HEIGHT_OFF",  "lineNumCoef",
                                        "sampDenCoef", "lineScale",  "pixels",      "meters",
                                        "latOffset",   "END",        "BEGIN_GROUP", NULL};

static const char cutline_json[] =
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"a\":1},\"geometry\":{"
    "\"type\":"
    "\"Polygon\",\"coordinates\":[[[11,46],[12.5,46.1],[12,47],[11.2,46.9],[11,46]],[[11.5,46.4],[11.7,46.4],[11.6,46."
    "6],"
    "[11.5,46.4]]]}},\n{\"type\":\"Feature\",\"properties\":{\"a\":2},\"geometry\":{\"type\":\"MultiPolygon\","
    "\"coordinates\":[[[[13,45],[14,45],[14,46],[13,46],[13,45]]],[[[13.5,45.5],[15,45.2],[14.5,46.5],[13.5,45.5]]]]}}]"
    "}";
static const char *const cutline_words[] = {
    "Polygon", "Point", "LineString", "GeometryCollection", "geometries", "null", "[]", "crs",
    "179.99",  "-180",  "-89.999",    "features",           "name",       NULL};

/* ---- small things ---- */

typedef struct context {
    imx_memory *memory;
    uint32_t seed;
    int taken, refused;
} context;

static void put(const char *path, const char *text, size_t size) {
    VSILFILE *file = VSIFOpenL(path, "wb");
    assert_non_null(file);
    assert_int_equal(VSIFWriteL(text, 1, size, file), size);
    assert_int_equal(VSIFCloseL(file), 0);
}

/* One line, with the file in it. */
static void expect_refusal(context *c, imx_status status, const imx_error *err, const char *name) {
    if ((status != IMX_E_INPUT && status != IMX_E_UNSUPPORTED) || !strstr(err->text, name) || strchr(err->text, '\n')) {
        fail_msg("%s: %s", imx_status_name(status), err->text);
    }
    c->refused++;
}

typedef void (*try_fn)(context *c, const char *name, const char *text, size_t size);

/* The whole text is taken; damaged ones are one or the other, and both often enough that the test means something. */
static void damage(context *c, const char *name, const char *text, const char *const *words, int count, try_fn try) {
    static mutated m;
    c->taken = c->refused = 0;
    try(c, name, text, strlen(text));
    assert_int_equal(c->taken, 1);
    for (int i = 0; i < count; i++) {
        const clock_t begin = clock();
        fuzz_mutate(text, words, &c->seed, &m);
        try(c, name, m.text, m.size);
        assert_int_equal(imx_memory_used(c->memory), 0);
        assert_true((clock() - begin) / CLOCKS_PER_SEC < CASE_SECONDS_MAX);
    }
    printf("%-24s %d taken, %d refused\n", name, c->taken, c->refused);
    assert_true(c->taken > count / 20 && c->refused > count / 20);
}

/* ---- deliveries ---- */

static void check_delivery(context *c, const imx_delivery *d) {
    assert_true(d->id && d->kind && d->band_count > 0);
    for (size_t i = 0; i < d->band_count; i++) {
        const imx_delivery_band *band = &d->bands[i];
        assert_true(band->file && band->file[0] && band->number >= 1 && isfinite(band->scale) && band->scale != 0);
        assert_true(isfinite(band->offset) && memchr(band->name, 0, sizeof band->name));
        (void)imx_delivery_has(d, band);
    }
    if (d->time_start) {
        assert_true(strlen(d->time_start) >= 20 && d->time_start[strlen(d->time_start) - 1] == 'Z');
    }
    size_t *chosen;
    int32_t count;
    const imx_source_options options = {.band_list = "red,1"};
    imx_error err = IMX_ERROR_INIT;
    if (imx_delivery_choose(c->memory, d, &options, &err, &chosen, &count) == IMX_OK) {
        imx_free(c->memory, chosen);
    }
}

/* name: a path in its folder. */
static void try_delivery(context *c, const char *name, const char *text, size_t size) {
    char folder[64];
    imx_delivery d;
    imx_error err = IMX_ERROR_INIT;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(name, '/') - name), name);
    (void)VSIMkdir(folder, 0777);
    put(name, text, size);
    imx_status status = imx_delivery_read(c->memory, folder, &err, &d);
    if (status == IMX_OK) {
        c->taken++;
        check_delivery(c, &d);
        imx_delivery_clear(c->memory, &d);
    } else {
        expect_refusal(c, status, &err, folder);
    }
}

static void test_deliveries(void **state) {
    context *c = *state;
    static const char image[] = "/vsimem/gf/GF1_WFV1_E1_N2_20200101_L1A1.tiff";
    (void)VSIMkdir("/vsimem/gf", 0777);
    put(image, "x", 1);
    damage(c, "/vsimem/odl/x_MTL.txt", landsat_odl, delivery_words, 1500, try_delivery);
    damage(c, "/vsimem/json/x_MTL.json", landsat_json, delivery_words, 1500, try_delivery);
    damage(c, "/vsimem/xml/x_MTL.xml", landsat_xml, delivery_words, 1500, try_delivery);
    damage(c, "/vsimem/s2/MTD_MSIL2A.xml", sentinel_xml, delivery_words, 1500, try_delivery);
    damage(c, "/vsimem/gf/GF1_WFV1_E1_N2_20200101_L1A1.xml", gaofen_xml, delivery_words, 1500, try_delivery);
}

static void add(mutated *m, const char *text) { fuzz_splice(m, m->size, m->size, text, strlen(text)); }

/* Texts that are small and would grow: an entity that is used very often, entities within entities, elements and
 * objects in one another. Refused before they do. */
static void test_bombs(void **state) {
    context *c = *state;
    enum { USES = 3000, LEVELS = 10, DEPTH = 3000 };
    static const char path[] = "/vsimem/gf/GF1_WFV1_E1_N2_20200101_L1A1.xml", json[] = "/vsimem/json/x_MTL.json";
    static const char prolog[] = "<?xml version=\"1.0\"?><!DOCTYPE P [<!ENTITY a \"ten bytes.\">";
    static mutated m;
    const clock_t begin = clock();
    const size_t peak = imx_memory_peak(c->memory);
    c->taken = c->refused = 0;
    m.size = 0;
    (void)VSIMkdir("/vsimem/gf", 0777);
    put("/vsimem/gf/GF1_WFV1_E1_N2_20200101_L1A1.tiff", "x", 1);
    add(&m, prolog);
    add(&m, "]><P><SatelliteID>");
    for (int i = 0; i < USES; i++) {
        add(&m, "&a;");
    }
    add(&m, "</SatelliteID></P>");
    try_delivery(c, path, m.text, m.size);
    m.size = 0;
    add(&m, prolog);
    for (int level = 1; level < LEVELS; level++) {
        char line[64];
        (void)snprintf(line, sizeof line, "<!ENTITY %c \"", 'a' + level);
        add(&m, line);
        (void)snprintf(line, sizeof line, "&%c;", 'a' + level - 1);
        for (int i = 0; i < 10; i++) {
            add(&m, line);
        }
        add(&m, "\">");
    }
    add(&m, "]><P><SatelliteID>&j;</SatelliteID></P>");
    try_delivery(c, path, m.text, m.size);
    for (int kind = 0; kind < 2; kind++) {
        m.size = 0;
        for (int i = 0; i < DEPTH; i++) {
            add(&m, kind ? "{\"\":" : "<a>");
        }
        try_delivery(c, kind ? json : path, m.text, m.size);
    }
    assert_int_equal(c->refused, 4);
    assert_int_equal(imx_memory_used(c->memory), 0);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < CASE_SECONDS_MAX);
    assert_true(imx_memory_peak(c->memory) <= (peak > 1 << 16 ? peak : 1 << 16));
}

/* ---- RPC ---- */

static imx_space mercator(int zoom) {
    const double size = ldexp(256, zoom);
    return (imx_space){
        "EPSG:3857", -MERCATOR_HALF_M, MERCATOR_HALF_M, 2 * MERCATOR_HALF_M / size, 0, size, size, true, 0};
}

/* What a plan and a tile need of it. */
static void use_scene(context *c, const imx_scene *scene) {
    const imx_space space = mercator(14);
    imx_transform *transform = NULL;
    imx_transform_grid *grid = NULL;
    imx_footprint footprint = {0};
    imx_error err = IMX_ERROR_INIT;
    double res, x[3] = {0, 30, 64}, y[3] = {0, 30, 64};
    imx_status status = imx_transform_create(c->memory, scene, &scene->assets[0], &space, &err, &transform);
    if (status == IMX_OK && imx_transform_native_res(transform, &err, &res) == IMX_OK) {
        assert_true(res > 0 && isfinite(res));
    }
    if (status == IMX_OK) {
        imx_transform_forward(transform, 3, x, y);
        imx_transform_inverse(transform, 3, x, y);
        status = imx_footprint_create(c->memory, transform, &scene->assets[0], &space, &err, &footprint);
    }
    if (status == IMX_OK) {
        static const double full[2] = {1, 1};
        assert_int_equal(imx_transform_grid_create(c->memory, 256, &err, &grid), IMX_OK);
        assert_int_equal(imx_transform_grid_fill(grid, transform, (int64_t)(footprint.box.min_x / 256),
                                                 (int64_t)(footprint.box.min_y / 256), 1.0 / 64, full, &err),
                         IMX_OK);
    } else {
        assert_true(status == IMX_E_INPUT && err.text[0]);
    }
    imx_transform_grid_destroy(&grid);
    imx_footprint_clear(c->memory, &footprint);
    imx_transform_destroy(&transform);
}

static void try_rpc(context *c, const char *name, const char *text, size_t size) {
    static const char image[] = "/vsimem/rpc/x.tif";
    const imx_source_options options = {.georef = IMX_CHOOSE_RPC};
    imx_error err = IMX_ERROR_INIT;
    imx_scene scene = {0};
    put(name, text, size);
    imx_status status = imx_source_probe(c->memory, image, &options, (size_t)1 << 20, NULL, &err, &scene);
    if (status == IMX_OK) {
        c->taken++;
        use_scene(c, &scene);
    } else {
        expect_refusal(c, status, &err, image);
    }
    imx_scene_clear(c->memory, &scene);
    VSIUnlink(name);
}

/* The same coefficients as _RPC.TXT and as .rpb. */
static void write_rpc(mutated *txt, mutated *rpb) {
    static const double terms[4][20] = {
        {TWENTY(0.001, 0.02, -1)}, {TWENTY(1, 1e-4, 2e-4)}, {TWENTY(-0.002, 1, 0.03)}, {TWENTY(1, 1e-4, 2e-4)}};
    static const char *const keys[] = {"LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"};
    static const char *const names[] = {"lineNumCoef", "lineDenCoef", "sampNumCoef", "sampDenCoef"};
    static const char txt_head[] =
        "LINE_OFF: +000032.00 pixels\nSAMP_OFF: +000032.00 pixels\nLAT_OFF: +46.50000000 degrees\n"
        "LONG_OFF: +011.50000000 degrees\nHEIGHT_OFF: +1200.000 meters\nLINE_SCALE: +000032.00 "
        "pixels\nSAMP_SCALE: +000032.00 pixels\nLAT_SCALE: +00.01000000 degrees\nLONG_SCALE: "
        "+000.01500000 degrees\nHEIGHT_SCALE: +1000.000 meters\n";
    static const char rpb_head[] =
        "satId = \"X\";\nbandId = \"P\";\nSpecId = \"RPC00B\";\nBEGIN_GROUP = IMAGE\n\terrBias = "
        "1.0;\n\terrRand = 0.0;\n\tlineOffset = 32;\n\tsampOffset = 32;\n\tlatOffset = 46.5;\n"
        "\tlongOffset = 11.5;\n\theightOffset = 1200;\n\tlineScale = 32;\n\tsampScale = 32;\n"
        "\tlatScale = 0.01;\n\tlongScale = 0.015;\n\theightScale = 1000;\n";
    txt->size = rpb->size = 0;
    fuzz_splice(txt, 0, 0, txt_head, strlen(txt_head));
    fuzz_splice(rpb, 0, 0, rpb_head, strlen(rpb_head));
    for (int k = 0; k < 4; k++) {
        char line[64];
        (void)snprintf(line, sizeof line, "\t%s = (\n", names[k]);
        fuzz_splice(rpb, rpb->size, rpb->size, line, strlen(line));
        for (int i = 0; i < 20; i++) {
            (void)snprintf(line, sizeof line, "%s_%d: %+.15E\n", keys[k], i + 1, terms[k][i]);
            fuzz_splice(txt, txt->size, txt->size, line, strlen(line));
            (void)snprintf(line, sizeof line, "\t\t\t%+.15E%s\n", terms[k][i], i < 19 ? "," : ");");
            fuzz_splice(rpb, rpb->size, rpb->size, line, strlen(line));
        }
    }
    fuzz_splice(rpb, rpb->size, rpb->size, "END_GROUP = IMAGE\nEND;\n", 23);
}

static void test_rpc(void **state) {
    static mutated txt, rpb;
    (void)VSIMkdir("/vsimem/rpc", 0777);
    GDALDatasetH dataset = raster_create("/vsimem/rpc/x.tif", 64, 64, 1, "");
    raster_fill(dataset);
    double none[6] = {0, 1, 0, 0, 0, 1};
    GDALSetGeoTransform(dataset, none);
    GDALSetSpatialRef(dataset, NULL);
    GDALClose(dataset);
    write_rpc(&txt, &rpb);
    damage(*state, "/vsimem/rpc/x_RPC.TXT", txt.text, rpc_words, 400, try_rpc);
    damage(*state, "/vsimem/rpc/x.rpb", rpb.text, rpc_words, 400, try_rpc);
}

/* ---- cutlines ---- */

/* Rows all over the region. */
static void use_outline(context *c, const imx_outline *outline) {
    const imx_space space = mercator(6);
    const imx_box area = {0, 0, space.width, space.height};
    imx_region *region = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_region_scan scan = {0};
    double extent[4];
    imx_outline_extent(outline, extent);
    assert_true(extent[0] <= extent[2] && extent[1] <= extent[3]);
    imx_status status = imx_region_create(c->memory, outline, &space, &area, &err, &region);
    if (status != IMX_OK) {
        if (status != IMX_E_INPUT || !err.text[0] || strchr(err.text, '\n')) {
            fail_msg("%s: %s", imx_status_name(status), err.text);
        }
        return;
    }
    const imx_box box = imx_region_box(region);
    for (int i = 0; i < 8 && box.min_y < box.max_y; i++) {
        uint8_t inside[256];
        memset(inside, 255, sizeof inside);
        const int64_t x = (int64_t)box.min_x, y = (int64_t)(box.min_y + (box.max_y - box.min_y) * i / 8);
        assert_int_equal(imx_region_row(region, c->memory, &scan, x, y, 256, &err, inside), IMX_OK);
    }
    imx_region_scan_clear(c->memory, &scan);
    imx_region_destroy(&region);
}

static void try_cutline(context *c, const char *name, const char *text, size_t size) {
    const imx_cutline_options options = {.path = name};
    imx_outline *outline = NULL;
    imx_error err = IMX_ERROR_INIT;
    put(name, text, size);
    imx_status status = imx_outline_read(c->memory, &options, &err, &outline);
    if (status == IMX_OK) {
        c->taken++;
        use_outline(c, outline);
    } else {
        expect_refusal(c, status, &err, name);
    }
    imx_outline_destroy(c->memory, &outline);
    VSIUnlink(name);
}

static void test_cutlines(void **state) {
    damage(*state, "/vsimem/cutline.geojson", cutline_json, cutline_words, 400, try_cutline);
}

static int set_up(void **state) {
    static context c;
    c = (context){.seed = 20260722};
    imx_sources_init(8 << 20);
    *state = &c;
    return imx_memory_create((size_t)256 << 20, &c.memory) == IMX_OK ? 0 : -1;
}

static int tear_down(void **state) {
    context *c = *state;
    imx_memory_destroy(&c->memory);
    imx_sources_finish();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_deliveries), cmocka_unit_test(test_bombs),
                                       cmocka_unit_test(test_rpc), cmocka_unit_test(test_cutlines)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
