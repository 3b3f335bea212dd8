/* Tile matrix sets out of JSON: what is understood, what is refused and how, and that a grid survives its own text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/grid.h"

/* Matrices of the same shape but for what is told apart. */
#define MATRIX(id, cell, corner, w, h, more)                                                                           \
    "{\"id\":\"" id "\",\"cellSize\":" cell ",\"pointOfOrigin\":" corner                                               \
    ",\"tileWidth\":256,\"tileHeight\":256,\"matrixWidth\":" w ",\"matrixHeight\":" h more "}"
#define SET(matrices)                                                                                                  \
    "{\"id\":\"Test\",\"crs\":\"http://www.opengis.net/def/crs/EPSG/0/4549\",\"tileMatrices\":[" matrices "]}"
#define TWO                                                                                                            \
    SET(MATRIX("0", "100", "[4000000,300000]", "1", "2", "") "," MATRIX("1", "50", "[4000000,300000]", "2", "4", ""))

typedef struct answer {
    imx_grid_crs facts;
    char asked[64];
} answer;

static imx_status ask(void *context, const char *crs, imx_error *err, imx_grid_crs *out) {
    answer *a = context;
    (void)err;
    (void)snprintf(a->asked, sizeof a->asked, "%s", crs);
    *out = a->facts;
    return IMX_OK;
}

static const imx_grid_crs NORTH_FIRST = {.north_first = true, .metres_per_unit = 1, .projection = IMX_GRID_PROJECTED},
                          EAST_FIRST = {.metres_per_unit = 1, .projection = IMX_GRID_PROJECTED};

static int set_up(void **state) { return imx_memory_create(0, (imx_memory **)state) == IMX_OK ? 0 : -1; }

static int tear_down(void **state) {
    imx_memory *memory = *state;
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    return 0;
}

static imx_grid *parse(imx_memory *memory, const char *text, imx_grid_crs facts) {
    answer a = {.facts = facts};
    imx_error err = IMX_ERROR_INIT;
    imx_grid *grid = NULL;
    if (imx_grid_parse(memory, text, strlen(text), ask, &a, &err, &grid) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return grid;
}

static void test_axes(void **state) {
    imx_grid *grid = parse(*state, TWO, NORTH_FIRST);
    assert_string_equal(grid->id, "Test");
    assert_string_equal(grid->crs, "EPSG:4549");
    assert_string_equal(grid->crs_uri, "http://www.opengis.net/def/crs/EPSG/0/4549");
    assert_null(grid->matrices); /* all follows from the first */
    assert_true(grid->top.origin_x == 300000 && grid->top.origin_y == 4000000 && grid->top.res == 100);
    assert_int_equal(grid->zooms, 2);
    assert_int_equal(imx_grid_columns(grid, 1), 2);
    assert_int_equal(imx_grid_rows(grid, 1), 4);
    assert_true(imx_grid_res(grid, 1, 512) == 25);
    assert_false(grid->wraps);
    imx_grid_destroy(*state, &grid);
    grid = parse(*state, TWO, EAST_FIRST);
    assert_true(grid->top.origin_x == 4000000 && grid->top.origin_y == 300000);
    imx_grid_destroy(*state, &grid);
    assert_null(grid);
}

static void test_crs_forms(void **state) {
    static const char *const forms[][2] = {
        {"\"urn:ogc:def:crs:EPSG::2193\"", "EPSG:2193"},
        {"\"https://www.opengis.net/def/crs/OGC/1.3/CRS84\"", "OGC:CRS84"},
        {"\"[EPSG:3857]\"", "EPSG:3857"},
        {"\"EPSG:3857\"", "EPSG:3857"},
        {"{\"uri\":\"http://www.opengis.net/def/crs/EPSG/0/3035\"}", "EPSG:3035"},
        {"{\"wkt\":{\"type\":\"GeographicCRS\",\"name\":\"x\"}}", "{\"name\":\"x\",\"type\":\"GeographicCRS\"}"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "{\"crs\":%s,\"tileMatrices\":[%s]}", forms[i][0],
                       MATRIX("0", "1", "[0,0]", "1", "1", ""));
        answer a = {.facts = EAST_FIRST};
        imx_grid *grid = NULL;
        assert_int_equal(imx_grid_parse(*state, text, strlen(text), ask, &a, NULL, &grid), IMX_OK);
        assert_string_equal(a.asked, forms[i][1]);
        assert_string_equal(grid->crs, forms[i][1]);
        assert_string_equal(grid->id, "custom");
        imx_grid_destroy(*state, &grid);
    }
}

/* The first version of the standard: other names, and no cellSize. */
static void test_first_version(void **state) {
    static const char text[] = "{\"identifier\":\"Old\",\"supportedCRS\":\"EPSG:3857\",\"tileMatrix\":[{\"identifier\":"
                               "\"0\",\"scaleDenominator\":1000000,\"topLeftCorner\":[-5,7],\"tileWidth\":512,"
                               "\"tileHeight\":512,\"matrixWidth\":3,\"matrixHeight\":1}]}";
    imx_grid *grid = parse(*state, text, (imx_grid_crs){.metres_per_unit = 2, .projection = IMX_GRID_PROJECTED});
    assert_string_equal(grid->id, "Old");
    assert_true(fabs(grid->top.res - 140) < 1e-9); /* 0.28 mm x 1e6 / 2 m */
    assert_int_equal(grid->tile_px, 512);
    assert_true(imx_grid_res(grid, 0, 512) == grid->top.res);
    assert_true(fabs(imx_grid_scale_denominator(grid, 0) - 1e6) < 1e-6);
    imx_grid_destroy(*state, &grid);
}

static void test_identifiers(void **state) {
    static const struct {
        const char *coarse, *fine;
        uint32_t first_id;
    } cases[] = {{"7", "8", 7},     {"EPSG:4326:3", "EPSG:4326:4", 3},
                 {"5", "7", 0},     {"a", "b", 0},
                 {"8", "7", 0},     {"998", "999", 998},
                 {"999", "1000", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       SET(MATRIX("%s", "100", "[0,0]", "1", "1", "") "," MATRIX("%s", "50", "[0,0]", "2", "2", "")),
                       cases[i].coarse, cases[i].fine);
        imx_grid *grid = parse(*state, text, EAST_FIRST);
        assert_int_equal(grid->first_id, cases[i].first_id);
        imx_grid_destroy(*state, &grid);
    }
}

/* Any order, any steps, a last column that is cut off: matrices are listed, and pyramids are those that halve. */
static void test_steps(void **state) {
    imx_grid *grid = parse(*state,
                           SET(MATRIX("2", "25", "[0,900]", "9", "7", "") "," MATRIX(
                               "0", "90", "[0,900]", "3", "2", "") "," MATRIX("1", "50", "[0,900]", "5", "4", "")),
                           EAST_FIRST);
    assert_non_null(grid->matrices);
    assert_int_equal(grid->zooms, 3);
    assert_true(imx_grid_res(grid, 0, 256) == 90 && imx_grid_res(grid, 2, 256) == 25);
    assert_int_equal(imx_grid_columns(grid, 2), 9);
    assert_int_equal(imx_grid_rows(grid, 3), 0);
    assert_false(imx_grid_has(grid, (imx_tile){2, 9, 0}));
    assert_true(imx_grid_has(grid, (imx_tile){2, 8, 6}));
    assert_int_equal(imx_grid_chain_start(grid, 2), 1);
    assert_int_equal(imx_grid_chain_start(grid, 1), 1);
    assert_int_equal(imx_grid_chain_start(grid, 0), 0);
    assert_int_equal(imx_grid_zoom_for(grid, 49, 256), 2);
    assert_int_equal(imx_grid_zoom_for(grid, 60, 256), 1);
    double min_x, min_y, max_x, max_y;
    imx_grid_tile_extent(grid, (imx_tile){2, 1, 2}, &min_x, &min_y, &max_x, &max_y);
    assert_true(min_x == 6400 && max_x == 12800 && max_y == 900 - 12800 && min_y == 900 - 19200);
    imx_grid_destroy(*state, &grid);
}

/* NULL: understood; else what the refusal says. */
static void expect_refusal(imx_memory *memory, const char *text, imx_grid_crs facts, const char *says) {
    answer a = {.facts = facts};
    imx_error err = IMX_ERROR_INIT;
    imx_grid *grid = NULL;
    imx_status status = imx_grid_parse(memory, text, strlen(text), ask, &a, &err, &grid);
    imx_grid_destroy(memory, &grid);
    if (status != (says ? IMX_E_INPUT : IMX_OK) || (says && !strstr(err.text, says))) {
        fail_msg("%s: '%s', not '%s'", text, err.text, says ? says : "");
    }
}

/* orderedAxes is a description of the CRS: it decides nothing, and must be true. */
static void test_ordered_axes(void **state) {
    static const imx_grid_crs crs[] = {
        {.north_first = true, .metres_per_unit = 1, .axes = {"Lat", "Lon"}},
        {.north_first = true, .metres_per_unit = 1, .axes = {"X", "Y"}}, /* Gauss-Krueger */
        {.metres_per_unit = 1, .axes = {"E", "N"}},
        {.north_first = true, .metres_per_unit = 1},
    };
    static const struct {
        int crs;
        const char *axes, *says;
    } cases[] = {
        {0, "[\"Lat\",\"Lon\"]", NULL},
        {0, "[\"latitude\",\"LONGITUDE\"]", NULL},
        {0, "[\"Lon\",\"Lat\"]",
         "orderedAxes are Lon, Lat, but the axes of its crs, in whose order pointOfOrigin is, are "
         "Lat, Lon"},
        {0, "[\"E\",\"N\"]", "contradicts itself"},
        {0, "[\"Lat\",\"h\"]", "are not those of its crs: Lat, Lon"},
        {0, "[\"Lat\"]", "not the names of two axes"},
        {0, "[\"Lat\",\"Lon\",\"h\"]", "not the names of two axes"},
        {0, "[\"Lat\",2]", "not the names of two axes"},
        {0, "\"Lat,Lon\"", "not the names of two axes"},
        {1, "[\"x\",\"y\"]", NULL},
        {1, "[\"Y\",\"X\"]", "contradicts itself"},
        {1, "[\"N\",\"E\"]", NULL},
        {2, "[\"E\",\"N\"]", NULL},
        {2, "[\"X\",\"Y\"]", NULL},
        {2, "[\"Easting\",\"Northing\"]", NULL},
        {2, "[\"Y\",\"X\"]", "contradicts itself"},
        {3, "[\"N\",\"E\"]", NULL},
        {3, "[\"E\",\"N\"]", "are north, east"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "{\"crs\":\"EPSG:4326\",\"orderedAxes\":%s,\"tileMatrices\":[%s]}",
                       cases[i].axes, MATRIX("0", "1", "[0,0]", "1", "1", ""));
        expect_refusal(*state, text, crs[cases[i].crs], cases[i].says);
    }
}

static void test_corners(void **state) {
    static const struct {
        const char *corner, *says;
    } cases[] = {
        {"\"topLeft\"", NULL},
        {"\"bottomLeft\"", NULL},
        {"\"topRight\"", "'topRight' is neither"},
        {"\"bottomleft\"", "'bottomleft' is neither"},
        {"\"\"", "'' is neither"},
        {"1", "cornerOfOrigin is neither"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, SET(MATRIX("0", "1", "[0,0]", "1", "1", ",\"cornerOfOrigin\":%s")),
                       cases[i].corner);
        expect_refusal(*state, text, EAST_FIRST, cases[i].says);
    }
}

/* In metres: 10 is 1 : 35714.28 for 0.28 mm, 1 : 37795.28 at 96 dpi. */
static void test_two_scales(void **state) {
    static const struct {
        const char *denominator, *says;
    } cases[] = {
        {"35714.285714285717", NULL},
        {"35718", NULL}, /* 1.04e-4: as the CDB grid is published */
        {"35750.1",
         "cellSize is 10, which makes a scaleDenominator of 35714.28571 (or 37795.27559 at 96 dpi), not 35750.1"},
        {"35678", "contradicts itself: in matrix '0'"},
        {"37795.275590551185", NULL},
        {"71428.571428571435", "contradicts itself"},
        {"0", "contradicts itself"},
        {"\"35714.28\"", "contradicts itself"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, SET(MATRIX("0", "10", "[0,0]", "1", "1", ",\"scaleDenominator\":%s")),
                       cases[i].denominator);
        expect_refusal(*state, text, EAST_FIRST, cases[i].says);
    }
}

static void test_rows_from_below(void **state) {
    imx_grid *grid =
        parse(*state, SET(MATRIX("0", "10", "[50,-2000]", "2", "3", ",\"cornerOfOrigin\":\"bottomLeft\"")), EAST_FIRST);
    assert_true(grid->rows_up);
    assert_true(grid->top.origin_x == 50 && grid->top.origin_y == -2000 + 3 * 2560);
    assert_int_equal(imx_grid_row(grid, (imx_tile){0, 0, 0}, true), 2);
    assert_int_equal(imx_grid_row(grid, (imx_tile){0, 0, 2}, true), 0);
    assert_int_equal(imx_grid_row(grid, (imx_tile){0, 0, 2}, false), 2);
    imx_grid_destroy(*state, &grid);
}

static void test_wraps(void **state) {
    static const char world[] = SET(MATRIX("0", "0.703125", "[-180,90]", "2", "1", ""));
    imx_grid *grid = parse(*state, world, (imx_grid_crs){.metres_per_unit = 111319.5, .period = 360});
    assert_true(grid->wraps);
    imx_grid_destroy(*state, &grid);
    grid = parse(*state, world, (imx_grid_crs){.metres_per_unit = 111319.5, .period = 400});
    assert_false(grid->wraps);
    imx_grid_destroy(*state, &grid);
}

/* What an archive keeps is enough, without anybody to ask. */
static void test_own_text(void **state) {
    imx_grid *grid = parse(*state, TWO, NORTH_FIRST), *again = NULL;
    assert_int_equal(imx_grid_parse(*state, grid->json, strlen(grid->json), NULL, NULL, NULL, &again), IMX_OK);
    assert_true(imx_grid_same(grid, again));
    assert_string_equal(grid->json, again->json);
    assert_int_equal(again->projection, IMX_GRID_PROJECTED);
    imx_grid_destroy(*state, &again);
    assert_int_equal(imx_grid_parse(*state, TWO, strlen(TWO), NULL, NULL, NULL, &again), IMX_E_INPUT);
    imx_grid_destroy(*state, &grid);
    grid = parse(*state, TWO, EAST_FIRST);
    again = parse(*state, TWO, NORTH_FIRST);
    assert_false(imx_grid_same(grid, again));
    imx_grid_destroy(*state, &grid);
    imx_grid_destroy(*state, &again);
}

#define TEN "0123456789"
#define TEXT_OF_101_BYTES TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "x"

static void test_refusals(void **state) {
    static const struct {
        const char *text;
        imx_status status;
        const char *says;
    } cases[] = {
        {"", IMX_E_INPUT, "not JSON"},
        {"[]", IMX_E_INPUT, "not a JSON object"},
        {"{}", IMX_E_INPUT, "crs"},
        {"{\"crs\":\"EPSG:3857\"}", IMX_E_INPUT, "no tileMatrices"},
        {"{\"crs\":\"EPSG:3857\",\"tileMatrices\":[{}]}", IMX_E_INPUT, "matrix id is missing"},
        {"{\"crs\":\"EPSG:3857\",\"tileMatrices\":[{\"id\":3}]}", IMX_E_INPUT, "matrix id is not a text"},
        {"{\"id\":\"a/b\",\"crs\":\"EPSG:3857\"}", IMX_E_INPUT, "set's id 'a/b' has a slash"},
        {"{\"identifier\":\"\",\"crs\":\"EPSG:3857\"}", IMX_E_INPUT, "set's id is empty"},
        {SET(MATRIX("", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "matrix id is empty"},
        {SET(MATRIX("../1", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "matrix id '../1' has a slash"},
        {SET(MATRIX("a\\\\b", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "has a slash"},
        {SET(MATRIX("..", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "folder above"},
        {SET(MATRIX("1 ", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "ends with a space"},
        {SET(MATRIX("a\\u001b[2J", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "id 'a?[2J' has a control character"},
        {SET(MATRIX(TEXT_OF_101_BYTES, "1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "longer than 100 bytes"},
        {SET(MATRIX("7", "2", "[0,0]", "1", "1", "") "," MATRIX("7", "1", "[0,0]", "2", "2", "")), IMX_E_INPUT,
         "two matrices with the id '7'"},
        {SET(MATRIX("7", "2", "[0,0]", "1", "1", "") "," MATRIX("8", "1", "[0,0]", "2", "2",
                                                                "") "," MATRIX("7", "0.5", "[0,0]", "4", "4", "")),
         IMX_E_INPUT, "two matrices with the id '7'"},
        {SET(MATRIX("0", "0", "[0,0]", "1", "1", "")), IMX_E_INPUT, "cellSize"},
        {SET(MATRIX("0", "-1", "[0,0]", "1", "1", "")), IMX_E_INPUT, "cellSize"},
        {SET(MATRIX("0", "1e300", "[0,0]", "1", "1", "")), IMX_E_INPUT, "cellSize"},
        {SET(MATRIX("0", "1", "[0,-1e300]", "1", "1", "")), IMX_E_INPUT, "nowhere on the Earth"},
        {SET(MATRIX("0", "1", "[0]", "1", "1", "")), IMX_E_INPUT, "pointOfOrigin"},
        {SET(MATRIX("0", "1", "[0,\"0\"]", "1", "1", "")), IMX_E_INPUT, "pointOfOrigin"},
        {SET(MATRIX("0", "1", "[0,0]", "0", "1", "")), IMX_E_INPUT, "matrixWidth"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "1.5", "")), IMX_E_INPUT, "matrixHeight"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "4294967296", "")), IMX_E_INPUT, "matrixHeight"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "1", ",\"variableMatrixWidths\":[{\"coalesce\":2}]")), IMX_E_UNSUPPORTED,
         "variable matrix widths"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "1", ",\"tileWidth\":512")), IMX_E_UNSUPPORTED, "512 x 256"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "1", ",\"tileWidth\":100,\"tileHeight\":100")), IMX_E_UNSUPPORTED,
         "100 x 100"},
        {SET(MATRIX("0", "1", "[0,0]", "1", "1", "") "," MATRIX("1", "1", "[0,0]", "1", "1", "")), IMX_E_INPUT,
         "different scales"},
        {SET(MATRIX("0", "2", "[0,0]", "1", "1", "") "," MATRIX("1", "1", "[0,0]", "1", "1",
                                                                ",\"tileWidth\":512,\"tileHeight\":512")),
         IMX_E_UNSUPPORTED, "several sizes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer a = {.facts = EAST_FIRST};
        imx_error err = IMX_ERROR_INIT;
        imx_grid *grid = NULL;
        assert_int_equal(imx_grid_parse(*state, cases[i].text, strlen(cases[i].text), ask, &a, &err, &grid),
                         cases[i].status);
        assert_null(grid);
        if (!strstr(err.text, cases[i].says)) {
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
        }
    }
}

static void test_too_many(void **state) {
    static char text[32 * 256 + 256];
    size_t used = (size_t)snprintf(text, sizeof text, "{\"crs\":\"EPSG:3857\",\"tileMatrices\":[");
    for (int z = 0; z < 32; z++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s" MATRIX("%d", "%d", "[0,0]", "1", "1", ""),
                                 z ? "," : "", z, 100 - z);
    }
    (void)snprintf(text + used, sizeof text - used, "]}");
    answer a = {.facts = EAST_FIRST};
    imx_error err = IMX_ERROR_INIT;
    imx_grid *grid = NULL;
    assert_int_equal(imx_grid_parse(*state, text, strlen(text), ask, &a, &err, &grid), IMX_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "32 matrices"));
}

static void test_no_memory(void **state) {
    for (size_t nth = 1;; nth++) {
        answer a = {.facts = NORTH_FIRST};
        imx_grid *grid = NULL;
        imx_memory_fail_nth(*state, nth);
        imx_status status = imx_grid_parse(*state, TWO, strlen(TWO), ask, &a, NULL, &grid);
        imx_memory_fail_nth(*state, 0);
        if (status == IMX_OK) {
            assert_true(nth > 4);
            imx_grid_destroy(*state, &grid);
            return;
        }
        assert_int_equal(status, IMX_E_NOMEM);
        assert_null(grid);
        assert_int_equal(imx_memory_used(*state), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_axes),         TEST(test_crs_forms), TEST(test_first_version),   TEST(test_identifiers),
        TEST(test_steps),        TEST(test_wraps),     TEST(test_rows_from_below), TEST(test_own_text),
        TEST(test_ordered_axes), TEST(test_corners),   TEST(test_two_scales),      TEST(test_refusals),
        TEST(test_too_many),     TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
