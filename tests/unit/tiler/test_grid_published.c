/* Every number of the built-in sets against the JSON documents that OGC publishes (skipped where they are absent). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tiler/grid.h"

static double number(const json_t *object, const char *key) { return json_number_value(json_object_get(object, key)); }
static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static void assert_near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fmax(fabs(a), fabs(b)))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

static void check_matrix(const imx_grid *grid, uint32_t z, bool north_first, const json_t *matrix) {
    char id[16];
    (void)snprintf(id, sizeof id, "%u", z + grid->first_id);
    assert_string_equal(text(matrix, "id"), id);
    /* published with 13 to 15 digits, but for the polar sets and Europe's */
    bool rough = !strncmp(grid->id, "UPS", 3) || !strncmp(grid->id, "European", 8);
    assert_near(number(matrix, "scaleDenominator"), imx_grid_scale_denominator(grid, z), rough ? 3e-8 : 1e-12);
    assert_near(number(matrix, "cellSize"), imx_grid_res(grid, z, 256), rough ? 3e-8 : 1e-12);
    const json_t *origin = json_object_get(matrix, "pointOfOrigin");
    size_t east = north_first ? 1 : 0;
    assert_near(json_number_value(json_array_get(origin, east)), grid->top.origin_x, 1e-14);
    assert_near(json_number_value(json_array_get(origin, 1 - east)), grid->top.origin_y, 1e-14);
    assert_int_equal(number(matrix, "tileWidth"), 256);
    assert_int_equal(number(matrix, "tileHeight"), 256);
    assert_int_equal(number(matrix, "matrixWidth"), imx_grid_columns(grid, z));
    assert_int_equal(number(matrix, "matrixHeight"), imx_grid_rows(grid, z));
}

static int check_document(const char *source, const imx_grid *grid) {
    char path[1024];
    (void)snprintf(path, sizeof path, IMX_TEST_DATA "/tms/%s_%s.json", source, grid->id);
    json_t *document = json_load_file(path, 0, NULL);
    if (!document) {
        return 0;
    }
    assert_string_equal(text(document, "id"), grid->id);
    assert_string_equal(text(document, "uri"), grid->uri);
    assert_string_equal(text(document, "crs"), grid->crs_uri);
    const char *axis = json_string_value(json_array_get(json_object_get(document, "orderedAxes"), 0));
    bool north_first = axis && !strcmp(axis, "Y"); /* EPSG:3035's */
    const json_t *matrices = json_object_get(document, "tileMatrices");
    assert_int_equal(json_array_size(matrices), grid->zooms);
    for (uint32_t z = 0; z < grid->zooms; z++) {
        check_matrix(grid, z, north_first, json_array_get(matrices, z));
    }
    json_decref(document);
    return 1;
}

/* Tianditu's `c`, as the service publishes it: EPSG:4490, latitude first, levels from 1. */
static void test_tianditu(void **state) {
    (void)state;
    json_t *document = json_load_file(IMX_TEST_DATA "/tms/handwritten_Tianditu_c_EPSG4490.json", 0, NULL);
    const imx_grid *grid = imx_grid_find("CGCS2000Quad");
    const json_t *matrices = json_object_get(document, "tileMatrices");
    for (uint32_t z = 0; z < json_array_size(matrices); z++) {
        const json_t *matrix = json_array_get(matrices, z), *origin = json_object_get(matrix, "pointOfOrigin");
        char id[16];
        (void)snprintf(id, sizeof id, "%u", z + grid->first_id);
        assert_string_equal(text(matrix, "id"), id);
        assert_true(number(matrix, "cellSize") == imx_grid_res(grid, z, 256));
        assert_true(json_number_value(json_array_get(origin, 0)) == grid->top.origin_y);
        assert_true(json_number_value(json_array_get(origin, 1)) == grid->top.origin_x);
        assert_int_equal(number(matrix, "matrixWidth"), imx_grid_columns(grid, z));
        assert_int_equal(number(matrix, "matrixHeight"), imx_grid_rows(grid, z));
        /* the service counts 96 dots per inch, OGC pixels of 0.28 mm */
        assert_near(number(matrix, "scaleDenominator") * (0.0254 / 96), imx_grid_scale_denominator(grid, z) * 0.00028,
                    1e-7);
    }
    json_decref(document);
}

static int documents;

static void test_documents(void **state) {
    (void)state;
    for (unsigned i = 0; imx_grid_at(i); i++) {
        documents += check_document("ogc_json", imx_grid_at(i)) + check_document("morecantile_data", imx_grid_at(i));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_documents), cmocka_unit_test(test_tianditu)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed ? failed : documents ? 0 : 77;
}
