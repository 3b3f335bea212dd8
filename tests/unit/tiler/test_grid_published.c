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

static void check_matrix(const imx_grid *grid, uint32_t z, const json_t *matrix) {
    char id[16];
    (void)snprintf(id, sizeof id, "%u", z + grid->first_id);
    assert_string_equal(text(matrix, "id"), id);
    assert_near(number(matrix, "scaleDenominator"), imx_grid_scale_denominator(grid, z), 2e-14);
    assert_near(number(matrix, "cellSize"), imx_grid_res(grid, z, 256), 1e-12); /* published with 13 digits */
    const json_t *origin = json_object_get(matrix, "pointOfOrigin");
    assert_near(json_number_value(json_array_get(origin, 0)), grid->origin_x, 1e-14);
    assert_near(json_number_value(json_array_get(origin, 1)), grid->origin_y, 1e-14);
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
    assert_string_equal(text(document, "title"), grid->title);
    assert_string_equal(text(document, "uri"), grid->uri);
    assert_string_equal(text(document, "crs"), grid->crs_uri);
    const json_t *matrices = json_object_get(document, "tileMatrices");
    assert_int_equal(json_array_size(matrices), grid->zooms);
    for (uint32_t z = 0; z < grid->zooms; z++) {
        check_matrix(grid, z, json_array_get(matrices, z));
    }
    json_decref(document);
    return 1;
}

static int documents;

static void test_documents(void **state) {
    (void)state;
    for (unsigned i = 0; imx_grid_at(i); i++) {
        documents += check_document("ogc_json", imx_grid_at(i)) + check_document("morecantile_data", imx_grid_at(i));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_documents)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed ? failed : documents ? 0 : 77;
}
