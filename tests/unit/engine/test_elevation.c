/* tests/unit/engine/test_elevation.c: heights between the cells of DEMs, at their rims, in other CRSs, over geoids. */
#include "engine/elevation.h"
#include "engine/source.h"
#include "tests/unit/engine/georef_fixture.h"
#include "tests/unit/engine/sources_fixture.h"

static const char dem_path[] = "/vsimem/dem.tif", geoid_path[] = "/vsimem/geoid.tif";
static const double lonlat_gt[6] = {11, 0.001, 0, 47, 0, -0.001};

static imx_elevation *open_heights(const imx_heights *heights, double lon, double lat) {
    imx_error err = IMX_ERROR_INIT;
    imx_elevation *e = NULL;
    if (imx_elevation_create(NULL, heights, lon, lat, &err, &e) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return e;
}

static imx_heights heights_of(imx_dem_resample resample, bool geoid) {
    return (imx_heights){.dem = (char *)(uintptr_t)dem_path,
                         .geoid = geoid ? (char *)(uintptr_t)geoid_path : NULL,
                         .resample = resample};
}

static double at(imx_elevation *e, double lon, double lat) {
    double height = -1;
    imx_elevation_at(e, 1, &lon, &lat, &height);
    return height;
}

static double twisted(int x, int y) { return 100 + 0.5 * x - 0.25 * y + 0.001 * x * y; }
static double squared(int x, int y) { return 100 + 0.5 * x - 0.25 * y + 0.01 * x * x - 0.02 * y * y; }

/* Cells hold the value at their centre; 300 x 300 go over several windows. */
static void centres_and_between(void **state) {
    (void)state;
    write_dem(dem_path, "EPSG:4326", lonlat_gt, 300, 300, twisted);
    imx_heights bilinear = heights_of(IMX_DEM_BILINEAR, false), cubic = heights_of(IMX_DEM_CUBIC, false),
                spline = heights_of(IMX_DEM_CUBICSPLINE, false);
    imx_elevation *e = open_heights(&bilinear, 11.1, 46.9), *c = open_heights(&cubic, 11.1, 46.9),
                  *p = open_heights(&spline, 11.1, 46.9);
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) { /* what is bilinear everywhere is reproduced by both */
        double u = 1 + 297 * next_unit(&seed), v = 1 + 297 * next_unit(&seed);
        double expected = 100 + 0.5 * u - 0.25 * v + 0.001 * u * v;
        assert_near(at(e, 11 + 0.001 * (u + 0.5), 47 - 0.001 * (v + 0.5)), expected, 2e-4);
        assert_near(at(c, 11 + 0.001 * (u + 0.5), 47 - 0.001 * (v + 0.5)), expected, 2e-4);
        assert_near(at(p, 11 + 0.001 * (u + 0.5), 47 - 0.001 * (v + 0.5)), expected, 2e-4);
    }
    imx_elevation_destroy(&e);
    imx_elevation_destroy(&c);
    imx_elevation_destroy(&p);
    write_dem(dem_path, "EPSG:4326", lonlat_gt, 300, 300, squared);
    c = open_heights(&cubic, 11.1, 46.9);
    p = open_heights(&spline, 11.1, 46.9);
    for (int i = 0; i < 20000; i++) { /* a = -0.5 reproduces squares */
        double u = 2 + 295 * next_unit(&seed), v = 2 + 295 * next_unit(&seed);
        double expected = 100 + 0.5 * u - 0.25 * v + 0.01 * u * u - 0.02 * v * v;
        assert_near(at(c, 11 + 0.001 * (u + 0.5), 47 - 0.001 * (v + 0.5)), expected, 2e-3);
        /* the spline's mean of squares lies a third over theirs */
        assert_near(at(p, 11 + 0.001 * (u + 0.5), 47 - 0.001 * (v + 0.5)), expected + (0.01 - 0.02) / 3, 2e-3);
    }
    imx_elevation_destroy(&p);
    double cell[2];
    imx_elevation_cell(c, cell);
    assert_near(cell[0], 0.001, 1e-12);
    assert_near(cell[1], 0.001, 1e-12);
    imx_elevation_destroy(&c);
}

static double with_hole(int x, int y) { return x == 5 && y == 5 ? -9999 : 7; }

static void rims_and_holes(void **state) {
    (void)state;
    write_dem(dem_path, "EPSG:4326", lonlat_gt, 10, 10, with_hole);
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, false);
    imx_elevation *e = open_heights(&heights, 11.005, 46.995);
    assert_near(at(e, 11.00001, 46.99999), 7, 0); /* half a cell of rim */
    assert_near(at(e, 11.00999, 46.99001), 7, 0);
    assert_true(isnan(at(e, 10.99999, 46.995)));
    assert_true(isnan(at(e, 11.005, 47.00001)));
    assert_true(isnan(at(e, 11.01001, 46.995)));
    assert_true(isnan(at(e, HUGE_VAL, HUGE_VAL)));
    assert_true(isnan(at(e, NAN, 46.995)));
    assert_true(isnan(at(e, 11.0055, 46.9945)));   /* the hole's centre */
    assert_near(at(e, 11.0053, 46.9945), 7, 1e-9); /* beside it: of those that are there */
    assert_near(at(e, 11.0055 - 360, 46.9985), 7, 1e-9);
    assert_int_equal(imx_elevation_check(e, NULL), IMX_OK);
    imx_elevation_destroy(&e);
    imx_elevation_destroy(&e); /* NULL-safe */
}

static double hills(int x, int y) { return 500 + 100 * sin(x / 15.0) * cos(y / 11.0); }

/* A DEM in UTM gives what its own CRS says at the place. */
static void other_crs(void **state) {
    (void)state;
    const double gt[6] = {650000, 30, 0, 5160000, 0, -30};
    write_dem(dem_path, "EPSG:32632", gt, 200, 200, hills);
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, false);
    imx_elevation *e = open_heights(&heights, 11.0, 46.55);
    OGRSpatialReferenceH utm = OSRNewSpatialReference(NULL), wgs = OSRNewSpatialReference(NULL);
    OSRImportFromEPSG(utm, 32632), OSRImportFromEPSG(wgs, 4326);
    OSRSetAxisMappingStrategy(utm, OAMS_TRADITIONAL_GIS_ORDER),
        OSRSetAxisMappingStrategy(wgs, OAMS_TRADITIONAL_GIS_ORDER);
    OGRCoordinateTransformationH to_wgs = OCTNewCoordinateTransformation(utm, wgs);
    uint32_t seed = 4;
    for (int i = 0; i < 500; i++) {
        int column = (int)(next_unit(&seed) * 200), row = (int)(next_unit(&seed) * 200);
        double x = gt[0] + 30 * (column + 0.5), y = gt[3] - 30 * (row + 0.5);
        assert_true(OCTTransform(to_wgs, 1, &x, &y, NULL));
        assert_near(at(e, x, y), (double)(float)hills(column, row), 1e-3);
    }
    double cell[2];
    imx_elevation_cell(e, cell);
    assert_near(cell[1] * 111000, 30, 1);
    imx_elevation_destroy(&e);
    OCTDestroyCoordinateTransformation(to_wgs);
    OSRDestroySpatialReference(utm), OSRDestroySpatialReference(wgs);
}

static double undulation(int x, int y) { return 40 + x % 360 * 0.1 + 0 * y; }

/* A global grid of undulations goes round; 0..360 and -180..180 are the same to it. */
static void geoids_are_added(void **state) {
    (void)state;
    const double gt[6] = {0, 1, 0, 90, 0, -1};
    write_dem(dem_path, "EPSG:4326", (double[6]){-10, 0.1, 0, 10, 0, -0.1}, 200, 200, with_hole);
    write_dem(geoid_path, "EPSG:4326", gt, 360, 180, undulation);
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, true);
    imx_elevation *e = open_heights(&heights, 0, 0);
    assert_near(at(e, 4.5, 3.2), 7 + 40.4, 1e-4);
    assert_near(at(e, -4.5, 3.2), 7 + 40 + 35.5, 1e-4);  /* 355.5 */
    assert_near(at(e, 0, 3.2), 7 + 40 + 35.9 / 2, 1e-4); /* between the last column and the first */
    imx_elevation_destroy(&e);
}

static void what_is_wrong_is_said(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_elevation *e = NULL;
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, false);
    VSIUnlink(dem_path);
    assert_int_equal(imx_elevation_create(NULL, &heights, 0, 0, &err, &e), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "/vsimem/dem.tif: no such file"));
    GDALDatasetH bare = GDALCreate(GDALGetDriverByName("GTiff"), dem_path, 5, 5, 1, GDT_Int16, NULL);
    GDALClose(bare);
    assert_int_equal(imx_elevation_create(NULL, &heights, 0, 0, &err, &e), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "/vsimem/dem.tif: heights need a raster with a geotransform"));
    bare = GDALCreate(GDALGetDriverByName("GTiff"), dem_path, 5, 5, 1, GDT_Int16, NULL);
    double gt[6] = {11, 0.1, 0, 47, 0, -0.1};
    GDALSetGeoTransform(bare, gt);
    GDALClose(bare);
    assert_int_equal(imx_elevation_create(NULL, &heights, 0, 0, &err, &e), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "no coordinate reference system"));
    assert_null(e);
    char *path = NULL;
    assert_int_equal(imx_geoid_find(NULL, "/some/where.tif", &err, &path), IMX_OK);
    assert_string_equal(path, "/some/where.tif");
    imx_free(NULL, path);
    path = NULL;
    imx_status status = imx_geoid_find(NULL, "egm2008", &err, &path);
    assert_true(status == IMX_OK || (status == IMX_E_INPUT && strstr(err.text, "us_nga_egm08_25.tif")));
    imx_free(NULL, path);
}

/* A file that breaks under our hands: heights are NaN, and the failure is remembered. */
static void failures_to_read_are_kept(void **state) {
    (void)state;
    write_dem(dem_path, "EPSG:4326", lonlat_gt, 300, 300, twisted);
    vsi_l_offset size;
    GByte *bytes = VSIGetMemFileBuffer(dem_path, &size, FALSE);
    assert_non_null(bytes);
    VSILFILE *file = VSIFOpenL(dem_path, "r+b");
    VSIFTruncateL(file, 2000);
    VSIFCloseL(file);
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, false);
    imx_elevation *e = NULL;
    imx_error err = IMX_ERROR_INIT;
    if (imx_elevation_create(NULL, &heights, 11.1, 46.9, &err, &e) == IMX_OK) {
        assert_true(isnan(at(e, 11.2, 46.75)));
        assert_int_equal(imx_elevation_check(e, &err), IMX_E_INPUT);
        assert_non_null(strstr(err.text, "/vsimem/dem.tif: heights cannot be read"));
    }
    imx_elevation_destroy(&e);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    write_dem(dem_path, "EPSG:4326", lonlat_gt, 300, 300, twisted);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_heights heights = heights_of(IMX_DEM_BILINEAR, false);
    int failures = 0;
    for (size_t nth = 1; nth < 14; nth++) {
        imx_memory_fail_nth(memory, nth);
        imx_elevation *e = NULL;
        imx_status status = imx_elevation_create(memory, &heights, 11.1, 46.9, NULL, &e);
        if (status == IMX_OK) {
            double height = at(e, 11.1, 46.9);
            status = imx_elevation_check(e, NULL);
            assert_true(isnan(height) == (status != IMX_OK));
        }
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        failures += status != IMX_OK;
        imx_elevation_destroy(&e);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    assert_true(failures >= 5);
    imx_memory_fail_nth(memory, 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centres_and_between),
        cmocka_unit_test(rims_and_holes),
        cmocka_unit_test(other_crs),
        cmocka_unit_test(geoids_are_added),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(failures_to_read_are_kept),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
