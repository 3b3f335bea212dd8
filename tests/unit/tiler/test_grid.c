/* The built-in tile matrix sets against the numbers of OGC 17-083r4 and against hand-made expectations. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/grid.h"

static void assert_near(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fmax(fabs(a), fabs(b)))) {
        fail_msg("%.17g is not %.17g", a, b);
    }
}

static void test_find(void **state) {
    (void)state;
    assert_string_equal(imx_grid_find("webmercatorQUAD")->id, "WebMercatorQuad");
    assert_ptr_equal(imx_grid_find("WorldCRS84Quad"), imx_grid_at(1));
    assert_ptr_equal(imx_grid_find("WebMercatorQuad"), imx_grid_at(0));
    assert_null(imx_grid_find("WebMercator"));
    assert_null(imx_grid_find(""));
    assert_null(imx_grid_find(NULL));
    assert_ptr_equal(imx_grid_find("cgcs2000quad"), imx_grid_at(2));
    assert_string_equal(imx_grid_find("UTM01WGS84Quad")->crs, "EPSG:32601");
    assert_string_equal(imx_grid_find("utm60wgs84quad")->crs, "EPSG:32660");
    assert_null(imx_grid_find("UTM61WGS84Quad"));
    unsigned count = 0;
    while (imx_grid_at(count)) {
        assert_ptr_equal(imx_grid_find(imx_grid_at(count)->id), imx_grid_at(count));
        assert_true(imx_grid_at(count)->aspect == 1);
        count++;
    }
    assert_int_equal(count, 67);
}

static void test_web_mercator(void **state) {
    (void)state;
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    assert_string_equal(grid->crs, "EPSG:3857");
    assert_true(grid->top.origin_x == -20037508.342789244 && grid->top.origin_y == 20037508.342789244);
    assert_int_equal(grid->zooms, 25);
    assert_int_equal(grid->first_id, 0);
    assert_near(imx_grid_scale_denominator(grid, 0), 559082264.028717, 1e-14);
    assert_near(imx_grid_scale_denominator(grid, 1), 279541132.014358, 1e-14);
    assert_near(imx_grid_scale_denominator(grid, 18), 2132.72958384978, 1e-14);
    assert_near(imx_grid_scale_denominator(grid, 24), 33.3238997476528, 1e-14);
    assert_near(imx_grid_res(grid, 0, 256), 156543.033928041, 1e-14);
    assert_near(imx_grid_res(grid, 0, 512), 156543.033928041 / 2, 1e-14);
    assert_near(imx_grid_res(grid, 24, 256), 0.0093306919293428, 1e-13);
    assert_int_equal(imx_grid_columns(grid, 0), 1);
    assert_int_equal(imx_grid_columns(grid, 24), 16777216);
    assert_int_equal(imx_grid_rows(grid, 24), 16777216);
    assert_int_equal(imx_grid_rows(grid, 30), 1073741824);
    assert_int_equal(imx_grid_rows(grid, 31), 0);
}

static void test_world_crs84(void **state) {
    (void)state;
    const imx_grid *grid = imx_grid_find("WorldCRS84Quad");
    assert_string_equal(grid->crs, "OGC:CRS84");
    assert_true(grid->top.origin_x == -180 && grid->top.origin_y == 90);
    assert_int_equal(grid->zooms, 24);
    assert_near(imx_grid_scale_denominator(grid, 0), 279541132.014358, 1e-14);
    assert_near(imx_grid_scale_denominator(grid, 17), 2132.72958384978, 1e-14);
    assert_near(imx_grid_scale_denominator(grid, 23), 33.3238997476528, 1e-14);
    assert_true(imx_grid_res(grid, 0, 256) == 0.703125);
    assert_near(imx_grid_res(grid, 23, 256), 8.381903171539e-08, 1e-12);
    assert_int_equal(imx_grid_columns(grid, 0), 2);
    assert_int_equal(imx_grid_rows(grid, 0), 1);
    assert_int_equal(imx_grid_columns(grid, 23), 16777216);
    assert_int_equal(imx_grid_rows(grid, 23), 8388608);
}

static void test_has(void **state) {
    (void)state;
    const imx_grid *mercator = imx_grid_find("WebMercatorQuad"), *crs84 = imx_grid_find("WorldCRS84Quad");
    assert_true(imx_grid_has(mercator, (imx_tile){0, 0, 0}));
    assert_false(imx_grid_has(mercator, (imx_tile){0, 1, 0}));
    assert_false(imx_grid_has(mercator, (imx_tile){0, 0, 1}));
    assert_true(imx_grid_has(mercator, (imx_tile){24, 16777215, 16777215}));
    assert_false(imx_grid_has(mercator, (imx_tile){24, 16777215, 16777216}));
    assert_false(imx_grid_has(mercator, (imx_tile){25, 0, 0}));
    assert_false(imx_grid_has(mercator, (imx_tile){UINT32_MAX, 0, 0}));
    assert_true(imx_grid_has(crs84, (imx_tile){0, 1, 0}));
    assert_false(imx_grid_has(crs84, (imx_tile){0, 0, 1}));
    assert_false(imx_grid_has(crs84, (imx_tile){0, 2, 0}));
}

static void test_zoom_choice(void **state) {
    (void)state;
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    for (uint32_t z = 0; z < grid->zooms; z++) {
        double res = imx_grid_res(grid, z, 256);
        assert_int_equal(imx_grid_zoom_for(grid, res, 256), z);
        assert_int_equal(imx_grid_zoom_for(grid, res * (1 - 0.9e-6), 256), z); /* within the tolerance */
        assert_int_equal(imx_grid_zoom_for(grid, res * (1 - 1.1e-6), 256), z + 1 < grid->zooms ? z + 1 : z);
        assert_int_equal(imx_grid_zoom_for(grid, res * 1.99, 256), z);
        assert_int_equal(imx_grid_zoom_for(grid, res, 512), z > 0 ? z - 1 : 0);
    }
    assert_int_equal(imx_grid_zoom_for(grid, 1e9, 256), 0);
    assert_int_equal(imx_grid_zoom_for(grid, INFINITY, 256), 0);
    assert_int_equal(imx_grid_zoom_for(grid, 1e-9, 256), 24);
    assert_int_equal(imx_grid_zoom_for(grid, 0, 256), 24);
    assert_int_equal(imx_grid_zoom_for(grid, NAN, 256), 24);
}

static void test_extents(void **state) {
    (void)state;
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    double half = 20037508.342789244, min_x, min_y, max_x, max_y, next;
    imx_grid_tile_extent(grid, (imx_tile){0, 0, 0}, &min_x, &min_y, &max_x, &max_y);
    assert_true(min_x == -half && max_x == half && min_y == -half && max_y == half);
    imx_grid_tile_extent(grid, (imx_tile){1, 1, 0}, &min_x, &min_y, &max_x, &max_y);
    assert_true(min_x == 0 && max_x == half && min_y == 0 && max_y == half);
    for (uint32_t x = 0; x < 4095; x++) { /* shared edges, to the bit */
        imx_grid_tile_extent(grid, (imx_tile){12, x, x}, &min_x, &min_y, &max_x, &max_y);
        double right = max_x, bottom = min_y;
        imx_grid_tile_extent(grid, (imx_tile){12, x + 1, x + 1}, &min_x, &next, &max_x, &max_y);
        assert_true(right == min_x && bottom == max_y);
    }
    imx_grid_tile_extent(imx_grid_find("WorldCRS84Quad"), (imx_tile){1, 3, 1}, &min_x, &min_y, &max_x, &max_y);
    assert_true(min_x == 90 && max_x == 180 && min_y == -90 && max_y == 0);
}

static void test_lonlat(void **state) {
    (void)state;
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    double x, y, lon, lat;
    /* IOGP Guidance Note 7-2, example of Popular Visualisation Pseudo Mercator: 24d22'54.433"N 100d20'00"W */
    imx_grid_from_lonlat(grid, -(100 + 20 / 60.0), 24 + 22 / 60.0 + 54.433 / 3600, &x, &y);
    assert_true(fabs(x - -11169055.58) < 0.006 && fabs(y - 2800000.00) < 0.006);
    imx_grid_to_lonlat(grid, x, y, &lon, &lat);
    assert_near(lon, -(100 + 20 / 60.0), 1e-14);
    assert_near(lat, 24 + 22 / 60.0 + 54.433 / 3600, 1e-14);
    imx_grid_to_lonlat(grid, 20037508.342789244, 20037508.342789244, &lon, &lat);
    assert_near(lon, 180, 1e-15);
    assert_near(lat, 85.0511287798066, 1e-14);
    imx_grid_from_lonlat(grid, 190, 90, &x, &y); /* the pole is held at the edge, the longitude is not */
    assert_near(x, 190 / 180.0 * 20037508.342789244, 1e-15);
    assert_true(y == 20037508.342789244);
    imx_grid_from_lonlat(grid, 0, -100, &x, &y);
    assert_true(x == 0 && y == -20037508.342789244);
    grid = imx_grid_find("WorldCRS84Quad");
    imx_grid_from_lonlat(grid, 12.5, -95, &x, &y);
    assert_true(x == 12.5 && y == -90);
    imx_grid_to_lonlat(grid, -7.25, 33, &lon, &lat);
    assert_true(lon == -7.25 && lat == 33);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),   cmocka_unit_test(test_web_mercator), cmocka_unit_test(test_world_crs84),
        cmocka_unit_test(test_has),    cmocka_unit_test(test_zoom_choice),  cmocka_unit_test(test_extents),
        cmocka_unit_test(test_lonlat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
