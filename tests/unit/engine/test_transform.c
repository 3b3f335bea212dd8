/* tests/unit/engine/test_transform.c: exact positions both ways, the operation, cyclic axes, failures, native
 * resolution. */
#include "engine/transform_proj.h"
#include "tests/unit/engine/scene_fixture.h"

static void crs_to_px(const imx_space *space, double *x, double *y) {
    *x = (*x - space->origin_x) / space->res;
    *y = (space->origin_y - *y) / space->res;
}

/* Source CRS x, y -> EPSG:3857, as OGRCoordinateTransformation (GDAL 3.6.2, PROJ 9.1.1) gives them. */
static void positions_are_gdals(void **state) {
    (void)state;
    static const struct {
        const char *crs;
        double x, y, mx, my;
    } cases[] = {
        {"EPSG:32618", 500123.25, 4200456.5, -8348805.641416247, 4572605.450870934},
        {"EPSG:32618", 612345.5, 4434567.25, -8202336.495043918, 4873773.471372775},
        {"EPSG:3413", -1234567.5, 654321.25, -18136572.961132966, 13930522.510613859},
        {"EPSG:4490", 100.5, 30.25, 11187608.824723994, 3535725.659799160},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double res = cases[i].x < 1000 && cases[i].x > 0 ? 0.001 : 30;
        double gt[6] = {cases[i].x - 10 * res, res, 0, cases[i].y + 10 * res, 0, -res};
        fixture f;
        fixture_open(NULL, cases[i].crs, gt, 100, 100, mercator_space(12), &f);
        double x = 10, y = 10, mx = cases[i].mx, my = cases[i].my;
        imx_transform_forward(f.transform, 1, &x, &y);
        crs_to_px(&f.space, &mx, &my);
        assert_true(hypot(x - mx, y - my) < 1e-6);
        imx_transform_inverse(f.transform, 1, &x, &y);
        assert_true(hypot(x - 10, y - 10) < 1e-6);
        fixture_close(&f);
    }
}

/* Spherical Mercator in closed form: Snyder 1987, "Map projections: a working manual", eq. 7-1, 7-2. */
static void mercator_is_the_formula(void **state) {
    (void)state;
    double gt[6] = {-180, 0.01, 0, 90, 0, -0.01};
    fixture f;
    fixture_open(NULL, "EPSG:4326", gt, 36000, 18000, mercator_space(8), &f);
    uint32_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        double x = next_unit(&seed) * 65536, y = next_unit(&seed) * 65536;
        double lon = x / 65536 * 360 - 180;
        double lat = atan(sinh(3.14159265358979323846 * (1 - y / 32768))) * 180 / 3.14159265358979323846;
        double sx = x, sy = y;
        imx_transform_inverse(f.transform, 1, &sx, &sy);
        assert_true(fabs(sx - (lon + 180) * 100) < 1e-6 && fabs(sy - (90 - lat) * 100) < 1e-6);
    }
    fixture_close(&f);
}

static void same_crs_needs_no_projection(void **state) {
    (void)state;
    imx_space space = mercator_space(10);
    double gt[6] = {-MERCATOR_HALF, space.res, 0, MERCATOR_HALF, 0, -space.res};
    fixture f;
    fixture_open(NULL, "EPSG:3857", gt, 1000, 1000, space, &f);
    assert_string_equal(imx_transform_operation(f.transform), "Identity");
    assert_false(imx_transform_ballpark(f.transform));
    for (int i = 0; i < 100; i++) {
        double x = i + 0.5, y = 3 * i + 0.5;
        imx_transform_inverse(f.transform, 1, &x, &y);
        assert_true(floor(x * 65536 + 0.5) == i * 65536 + 32768 && floor(y * 65536 + 0.5) == 3 * i * 65536 + 32768);
    }
    fixture_close(&f);
    double lonlat[6] = {10, 0.01, 0, 50, 0, -0.01}; /* EPSG:4326 and OGC:CRS84 differ in axis order only */
    fixture_open(NULL, "EPSG:4326", lonlat, 100, 100, lonlat_space(8), &f);
    assert_string_equal(imx_transform_operation(f.transform), "Identity");
    fixture_close(&f);
}

static void operation_is_named(void **state) {
    (void)state;
    double gt[6] = {500000, 30, 0, 4200000, 0, -30};
    fixture f;
    fixture_open(NULL, "EPSG:32618", gt, 100, 100, mercator_space(12), &f);
    assert_string_equal(imx_transform_operation(f.transform),
                        "Inverse of UTM zone 18N + Popular Visualisation Pseudo-Mercator");
    assert_false(imx_transform_ballpark(f.transform));
    fixture_close(&f);
    /* A datum that nothing ties to WGS 84. */
    fixture_open(NULL, "+proj=utm +zone=18 +ellps=bessel +type=crs", gt, 100, 100, mercator_space(12), &f);
    assert_true(imx_transform_ballpark(f.transform));
    fixture_close(&f);
}

static void check_remembered(fixture *f);

/* As ESRI writes it: without codes, under other names. */
#define ESRI_CGCS2000                                                                                                  \
    "PROJCS[\"CGCS2000_3_Degree_GK_CM_102E\",GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\","                    \
    "DATUM[\"D_China_2000\",SPHEROID[\"CGCS2000\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],"                \
    "UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],"         \
    "PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",102.0],PARAMETER[\"Scale_Factor\",1.0],"         \
    "PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]"

/* Datums between which PROJ's database has no operation: those that are the same to a metre, and those that need not
 * be.
 */
static void frames_of_the_itrs_are_no_guess(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *frames[2]; /* NULL: ballpark */
        double x, y, res;
    } cases[] = {
        {"EPSG:4490", "EPSG:3857", {"CGCS2000", "WGS 84"}, 100, 31, 0.01},
        {"EPSG:4543", "EPSG:3857", {"CGCS2000", "WGS 84"}, 500000, 3400000, 30},
        {ESRI_CGCS2000, "EPSG:3857", {"CGCS2000", "WGS 84"}, 500000, 3400000, 30},
        {"EPSG:4326", "EPSG:4490", {"WGS 84", "CGCS2000"}, 100, 31, 0.01},
        {"EPSG:32647", "EPSG:4490", {"WGS 84", "CGCS2000"}, 500000, 3400000, 30},
        {"EPSG:9000", "EPSG:4490", {"ITRF2014", "CGCS2000"}, 100, 31, 0.01},
        {"EPSG:4742", "EPSG:3857", {"GDM2000", "WGS 84"}, 101, 4, 0.01},
        {"EPSG:4610", "EPSG:3857", {NULL, NULL}, 100, 31, 0.01}, /* Xian 1980 */
        {"EPSG:4214", "EPSG:3857", {NULL, NULL}, 100, 31, 0.01}, /* Beijing 1954 */
        {"EPSG:4214", "EPSG:4490", {NULL, NULL}, 100, 31, 0.01},
        {"EPSG:8255", "EPSG:3857", {NULL, NULL}, -100, 51, 0.01}, /* NAD83(CSRS)v7: 1 to 2 m off */
        {"+proj=longlat +ellps=GRS80 +type=crs", "EPSG:3857", {NULL, NULL}, 100, 31, 0.01},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double gt[6] = {cases[i].x, cases[i].res, 0, cases[i].y, 0, -cases[i].res};
        const bool mercator = strcmp(cases[i].to, "EPSG:3857") == 0;
        imx_space space = mercator ? mercator_space(12) : lonlat_space(12);
        const imx_itrs_frame *frames[2] = {0};
        fixture f;
        space.crs = cases[i].to;
        fixture_open(NULL, cases[i].from, gt, 100, 100, space, &f);
        assert_int_equal(imx_transform_ballpark(f.transform), cases[i].frames[0] == NULL);
        assert_int_equal(imx_transform_frames(f.transform, frames), cases[i].frames[0] != NULL);
        for (int k = 0; k < 2 && cases[i].frames[0]; k++) {
            assert_string_equal(frames[k]->short_name, cases[i].frames[k]);
        }
        check_remembered(&f);
        fixture_close(&f);
    }
    const imx_itrs_frame *none[2];
    double gt[6] = {500000, 30, 0, 3400000, 0, -30};
    fixture f;
    fixture_open(NULL, "EPSG:32647", gt, 100, 100, mercator_space(12), &f); /* the database knows how */
    assert_false(imx_transform_frames(f.transform, none) || imx_transform_ballpark(f.transform));
    fixture_close(&f);
    assert_ptr_equal(imx_itrs_frame_find("1043", "whatever"), imx_itrs_frame_find(NULL, "china 2000"));
    assert_null(imx_itrs_frame_find("6610", "China 2000")); /* a code has the last word */
    assert_null(imx_itrs_frame_find("", "Unknown based on GRS 1980 ellipsoid"));
    assert_null(imx_itrs_frame_find(NULL, NULL));
}

/* One operation for the whole scene, although PROJ knows many for NAD27: no step between neighbours. */
static void one_operation_for_a_scene(void **state) {
    (void)state;
    double gt[6] = {-130, 0.01, 0, 50, 0, -0.01};
    fixture f;
    fixture_open(NULL, "EPSG:4267", gt, 7000, 2500, mercator_space(10), &f);
    double last = 0;
    for (int i = 0; i <= 7000; i++) {
        double x = i, y = 1000;
        imx_transform_forward(f.transform, 1, &x, &y);
        assert_true(x != HUGE_VAL);
        if (i > 1) {
            assert_true(fabs(x - last - 0.01 * f.space.width / 360) < 1e-3);
        }
        last = x;
    }
    fixture_close(&f);
}

static void longitudes_are_brought_into_the_raster(void **state) {
    (void)state;
    double gt[6] = {0, 0.5, 0, 90, 0, -0.5}; /* 0..360 */
    fixture f;
    fixture_open(NULL, "EPSG:4326", gt, 720, 360, mercator_space(2), &f);
    double x = 256, y = 512; /* 90 degrees west */
    imx_transform_inverse(f.transform, 1, &x, &y);
    assert_true(fabs(x - 540) < 1e-9 && fabs(y - 180) < 1e-9);
    imx_transform_forward(f.transform, 1, &x, &y);
    assert_true(fabs(x - 256) < 1e-9 && fabs(y - 512) < 1e-9);
    fixture_close(&f);

    double over[6] = {178, 0.01, 0, 10, 0, -0.01}; /* over the antimeridian, in the same CRS as the space */
    fixture_open(NULL, "EPSG:4326", over, 400, 100, lonlat_space(4), &f);
    x = 0.5 / f.space.res, y = 85 / f.space.res; /* 179.5 W */
    imx_transform_inverse(f.transform, 1, &x, &y);
    assert_true(fabs(x - 250) < 1e-6 && fabs(y - 500) < 1e-6);
    imx_transform_forward(f.transform, 1, &x, &y);
    assert_true(fabs(x - 0.5 / f.space.res) < 1e-6);
    fixture_close(&f);

    double mercator[6] = {MERCATOR_HALF - 1000, 10, 0, 1000, 0, -10}; /* a projected, cylindrical source over it */
    fixture_open(NULL, "EPSG:3857", mercator, 200, 200, lonlat_space(12), &f);
    x = 500.0 / MERCATOR_HALF * 180 / f.space.res, y = 90 / f.space.res;
    imx_transform_inverse(f.transform, 1, &x, &y);
    assert_true(fabs(x - 150) < 1e-6 && fabs(y - 100) < 1e-6);
    fixture_close(&f);
}

static void failed_points_are_huge(void **state) {
    (void)state;
    double gt[6] = {-180, 1, 0, 90, 0, -1};
    fixture f;
    fixture_open(NULL, "EPSG:4326", gt, 360, 180, mercator_space(2), &f);
    double x[3] = {10, 10, HUGE_VAL}, y[3] = {-1, 90, HUGE_VAL}; /* beyond the pole */
    imx_transform_forward(f.transform, 3, x, y);
    assert_true(x[0] == HUGE_VAL && y[0] == HUGE_VAL && x[1] != HUGE_VAL && x[2] == HUGE_VAL && y[2] == HUGE_VAL);
    fixture_close(&f);
    /* The earth seen from 20 degrees east: its far side has no source. */
    double globe[6] = {-6400000, 12800, 0, 6400000, 0, -12800};
    fixture_open(NULL, "+proj=ortho +lat_0=10 +lon_0=20 +datum=WGS84 +type=crs", globe, 1000, 1000, mercator_space(4),
                 &f);
    double width = f.space.width;
    double px[2] = {width * 200 / 360, width * 20 / 360}, py[2] = {width / 2, width / 2};
    imx_transform_inverse(f.transform, 2, px, py);
    assert_true(px[0] != HUGE_VAL && px[1] == HUGE_VAL && py[1] == HUGE_VAL);
    fixture_close(&f);
}

/* The complex polynomial of the New Zealand Map Grid gives positions for any place on earth: those on the raster or
 * its surroundings must lead back to where they came from. */
static void aliases_fail(void **state) {
    (void)state;
    double gt[6] = {2000000, 1000, 0, 7000000, 0, -1000};
    fixture f;
    fixture_open(NULL, "EPSG:27200", gt, 1100, 1800, mercator_space(5), &f);
    uint32_t seed = 3;
    int inside = 0;
    for (int i = 0; i < 20000; i++) {
        double from_x = next_unit(&seed) * f.space.width, from_y = next_unit(&seed) * f.space.height;
        double x = from_x, y = from_y;
        imx_transform_inverse(f.transform, 1, &x, &y);
        if (x >= 0 && x <= 1100 && y >= 0 && y <= 1800) {
            imx_transform_forward(f.transform, 1, &x, &y);
            assert_true(hypot(x - from_x, y - from_y) < 1e-3);
            inside++;
        }
    }
    assert_true(inside > 20);
    fixture_close(&f);
}

static double native_res(const char *crs, const double gt[6], int32_t width, int32_t height, imx_space space) {
    fixture f;
    fixture_open(NULL, crs, gt, width, height, space, &f);
    double res = 0;
    assert_int_equal(imx_transform_native_res(f.transform, NULL, &res), IMX_OK);
    fixture_close(&f);
    return res;
}

static void native_resolution(void **state) {
    (void)state;
    imx_space space = mercator_space(12);
    double aligned[6] = {0, space.res, 0, 0, 0, -space.res};
    assert_true(fabs(native_res("EPSG:3857", aligned, 512, 512, space) / space.res - 1) < 1e-9);
    double world[6] = {-180, 0.1, 0, 90, 0, -0.1}; /* Mercator: the equator's scale */
    assert_true(fabs(native_res("EPSG:4326", world, 3600, 1800, space) / (2 * MERCATOR_HALF / 3600) - 1) < 0.01);
    /* 30 m at 38 N: 1 / cos(lat), times the ellipsoid's departure from the sphere. */
    double utm[6] = {500000, 30, 0, 4210000, 0, -30};
    double res = native_res("EPSG:32618", utm, 600, 600, space);
    assert_true(fabs(res / (30 / cos(38 * 3.14159265358979 / 180)) - 1) < 0.01);
    /* Up to the pole: finest at its southern edge (80 N), where sqrt(det) = sqrt(1 / cos(lat)). */
    double polar[6] = {0, 0.25, 0, 90, 0, -0.25};
    res = native_res("EPSG:4326", polar, 4, 40, space) / (0.25 * 2 * MERCATOR_HALF / 360);
    assert_true(res > sqrt(1 / cos(80 * 3.14159265358979 / 180)) && res < sqrt(1 / cos(81 * 3.14159265358979 / 180)));
    fixture f;
    double south[6] = {0, 0.01, 0, -88, 0, -0.01}; /* nothing of it in Mercator's square */
    fixture_open(NULL, "EPSG:4326", south, 100, 100, space, &f);
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_transform_native_res(f.transform, &err, &res), IMX_E_INPUT);
    fixture_close(&f);
}

/* To the last bit: what was found once is what all workers use. */
static void check_remembered(fixture *f) {
    assert_int_equal(imx_transform_remember(f->transform, NULL, NULL, &f->asset), IMX_OK);
    assert_non_null(f->asset.projection);
    imx_transform *again = NULL;
    f->scene.crs = (char *)(uintptr_t) "nowhere"; /* is not asked any more */
    assert_int_equal(imx_transform_create(NULL, &f->scene, &f->asset, &f->space, NULL, &again), IMX_OK);
    assert_string_equal(imx_transform_operation(again), imx_transform_operation(f->transform));
    assert_int_equal(imx_transform_ballpark(again), imx_transform_ballpark(f->transform));
    const imx_itrs_frame *frames[2], *frames_again[2];
    assert_int_equal(imx_transform_frames(again, frames_again), imx_transform_frames(f->transform, frames));
    assert_memory_equal(frames_again, frames, sizeof frames);
    uint32_t seed = 5;
    for (int k = 0; k < 500; k++) {
        double p[2] = {next_unit(&seed) * 400 - 50, next_unit(&seed) * 400 - 50}, q[2] = {p[0], p[1]};
        imx_transform_forward(f->transform, 1, &p[0], &p[1]);
        imx_transform_forward(again, 1, &q[0], &q[1]);
        assert_memory_equal(p, q, sizeof p);
        imx_transform_inverse(f->transform, 1, &p[0], &p[1]);
        imx_transform_inverse(again, 1, &q[0], &q[1]);
        assert_memory_equal(p, q, sizeof p);
    }
    imx_transform_destroy(&again);
    imx_free(NULL, f->asset.projection);
    f->asset.projection = NULL;
}

static void what_is_remembered_is_the_same(void **state) {
    (void)state;
    static const struct {
        const char *crs;
        double x, y, res;
    } cases[] = {
        {"EPSG:32618", 500000, 4200000, 30},
        {"EPSG:3413", -1234567, 654321, 1000},
        {"EPSG:4267", -100, 45, 0.01},        /* many operations */
        {"EPSG:31467", 3500000, 5500000, 10}, /* a grid */
        {"EPSG:27700", 400000, 300000, 10},
        {"EPSG:4490", 179, 30, 0.01},
        {"EPSG:3857", 20037000, 1000, 10},                                   /* identity, over the antimeridian */
        {"+proj=utm +zone=18 +ellps=bessel +type=crs", 500000, 4200000, 30}, /* ballpark */
        {"EPSG:32633+5773", 500000, 4200000, 30},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int lonlat = 0; lonlat < 2; lonlat++) {
            double gt[6] = {cases[i].x, cases[i].res, 0, cases[i].y, 0, -cases[i].res};
            fixture f;
            fixture_open(NULL, cases[i].crs, gt, 300, 300, lonlat ? lonlat_space(12) : mercator_space(12), &f);
            check_remembered(&f);
            fixture_close(&f);
        }
    }
}

static void remembering_may_lack_memory(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    double gt[6] = {500000, 1, 0, 4200000, 0, -1};
    fixture f;
    fixture_open(memory, "EPSG:32618", gt, 10, 10, mercator_space(12), &f);
    imx_error err = IMX_ERROR_INIT;
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_transform_remember(f.transform, memory, &err, &f.asset), IMX_E_NOMEM);
    assert_null(f.asset.projection);
    assert_int_equal(imx_transform_remember(f.transform, memory, &err, &f.asset), IMX_OK);
    assert_int_equal(imx_transform_remember(f.transform, memory, &err, &f.asset), IMX_OK); /* in place of the first */
    int failures = 0;
    for (size_t nth = 1; nth < 6; nth++) {
        size_t before = imx_memory_used(memory);
        imx_transform *again = NULL;
        imx_memory_fail_nth(memory, nth);
        imx_status status = imx_transform_create(memory, &f.scene, &f.asset, &f.space, &err, &again);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        failures += status != IMX_OK;
        imx_transform_destroy(&again);
        assert_int_equal(imx_memory_used(memory), before);
    }
    imx_memory_fail_nth(memory, 0);
    assert_int_equal(failures, 3); /* the transform, the projection, its name */
    imx_free(memory, f.asset.projection);
    fixture_close(&f);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static imx_status try_create(imx_memory *memory, const char *crs, const double gt[6], const char *to, imx_error *err) {
    fixture f = {.asset = {.width = 10, .height = 10}, .space = mercator_space(3)};
    memcpy(f.asset.geotransform, gt, sizeof f.asset.geotransform);
    f.scene.id = (char *)(uintptr_t) "scene.tif";
    f.scene.crs = (char *)(uintptr_t)crs;
    f.space.crs = to;
    imx_status status = imx_transform_create(memory, &f.scene, &f.asset, &f.space, err, &f.transform);
    if (status != IMX_OK) {
        assert_null(f.transform);
    }
    imx_transform_destroy(&f.transform);
    imx_transform_destroy(&f.transform); /* NULL-safe */
    return status;
}

static void bad_input_names_the_scene(void **state) {
    (void)state;
    double gt[6] = {0, 1, 0, 0, 0, -1}, flat[6] = {0, 1, 2, 0, 2, 4};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(try_create(NULL, "EPSG:99999", gt, "EPSG:3857", &err), IMX_E_INPUT);
    assert_string_equal(err.text, "scene.tif: 'EPSG:99999' is not a coordinate reference system that PROJ knows");
    assert_int_equal(try_create(NULL, "", gt, "EPSG:3857", &err), IMX_E_INPUT);
    assert_int_equal(try_create(NULL, "+proj=pipeline +step +proj=utm +zone=3", gt, "EPSG:3857", &err), IMX_E_INPUT);
    assert_int_equal(try_create(NULL, "EPSG:4326", gt, "nowhere", &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "'nowhere'"));
    assert_int_equal(try_create(NULL, "EPSG:4326", flat, "EPSG:3857", &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "scene.tif: its geotransform"));
    static const char local[] = "LOCAL_CS[\"site\",UNIT[\"metre\",1],AXIS[\"x\",EAST],AXIS[\"y\",NORTH]]";
    assert_int_equal(try_create(NULL, local, gt, "EPSG:3857", &err), IMX_E_INPUT);
    /* Vertical parts are dropped. */
    assert_int_equal(try_create(NULL, "EPSG:32633+5773", gt, "EPSG:3857", &err), IMX_OK);
}

/* A pipeline of the user's gives what it says, in the axis order of the CRSs; texts that are none are refused. */
static void operations_may_be_given(void **state) {
    (void)state;
    static const struct {
        const char *crs, *pipeline;
        double gt[6];
        double east_m; /* what the pipeline adds to what PROJ would do */
    } cases[] = {
        {"EPSG:32618",
         "+proj=pipeline +step +inv +proj=utm +zone=18 +ellps=WGS84 +step +proj=webmerc +ellps=WGS84",
         {500000, 10, 0, 4200000, 0, -10},
         0},
        {"EPSG:32618",
         "+proj=pipeline +step +inv +proj=utm +zone=18 +ellps=WGS84 +step +proj=webmerc +x_0=100 +ellps=WGS84",
         {500000, 10, 0, 4200000, 0, -10},
         100},
        {"EPSG:4326", /* latitude first */
         "+proj=pipeline +step +proj=axisswap +order=2,1 +step +proj=unitconvert +xy_in=deg +xy_out=rad "
         "+step +proj=webmerc +ellps=WGS84",
         {11, 0.0001, 0, 47, 0, -0.0001},
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture by_proj, given;
        fixture_open(NULL, cases[i].crs, cases[i].gt, 1000, 1000, mercator_space(14), &by_proj);
        given = by_proj;
        given.scene.assets = &given.asset;
        given.scene.operation = (char *)(uintptr_t)cases[i].pipeline;
        imx_error err = IMX_ERROR_INIT;
        if (imx_transform_create(NULL, &given.scene, &given.asset, &given.space, &err, &given.transform) != IMX_OK) {
            fail_msg("%s", err.text);
        }
        assert_string_equal(imx_transform_operation(given.transform), cases[i].pipeline);
        double x[2] = {300, 300}, y[2] = {700, 700};
        imx_transform_forward(by_proj.transform, 1, &x[0], &y[0]);
        imx_transform_forward(given.transform, 1, &x[1], &y[1]);
        assert_true(fabs(x[1] - x[0] - cases[i].east_m / given.space.res) < 1e-6 && fabs(y[1] - y[0]) < 1e-6);
        imx_transform_inverse(given.transform, 1, &x[1], &y[1]);
        assert_true(fabs(x[1] - 300) < 1e-6 && fabs(y[1] - 700) < 1e-6);
        check_remembered(&given);
        fixture_close(&by_proj);
        fixture_close(&given);
    }
    static const char *const none[] = {"EPSG:3857", "nothing", "", "+proj=pipeline +step +proj=affine +s11=0 +s22=0",
                                       "+proj=pipeline +step +proj=nonsense"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        fixture f;
        fixture_open(NULL, "EPSG:32618", cases[0].gt, 1000, 1000, mercator_space(14), &f);
        fixture_close(&f);
        f.scene.assets = &f.asset;
        f.scene.operation = (char *)(uintptr_t)none[i];
        imx_error err = IMX_ERROR_INIT;
        if (imx_transform_create(NULL, &f.scene, &f.asset, &f.space, &err, &f.transform) != IMX_E_USAGE) {
            fail_msg("'%s' was taken", none[i]);
        }
        assert_non_null(strstr(err.text, "--operation: "));
    }
}

/* The grids of an operation stand in its name: DHDN in Germany goes through BETA2007, which Debian's PROJ has. */
static void grids_are_named(void **state) {
    (void)state;
    char path[512];
    imx_projections_init(); /* PROJ does not print */
    imx_projection_grid_file("BETA2007.gsb", sizeof path, path);
    double gt[6] = {3450000, 10, 0, 5550000, 0, -10};
    fixture f;
    fixture_open(NULL, "EPSG:31467", gt, 1000, 1000, mercator_space(14), &f);
    bool named = strstr(imx_transform_operation(f.transform), "; grids BETA2007.gsb") != NULL ||
                 strstr(imx_transform_operation(f.transform), "; grids de_adv_BETA2007.tif") != NULL;
    assert_int_equal(named, path[0] != 0);
    fixture_close(&f);
    imx_projection_grid_file("no such grid", sizeof path, path);
    assert_string_equal(path, "");
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    double gt[6] = {500000, 1, 0, 4200000, 0, -1};
    int failures = 0;
    for (size_t nth = 1; nth < 20; nth++) {
        imx_memory_fail_nth(memory, nth);
        imx_error err = IMX_ERROR_INIT;
        imx_status status = try_create(memory, "EPSG:32618", gt, "EPSG:3857", &err);
        assert_int_equal(imx_memory_used(memory), 0);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        failures += status != IMX_OK;
    }
    imx_memory_fail_nth(memory, 0);
    assert_true(failures >= 3);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_gdals),
        cmocka_unit_test(mercator_is_the_formula),
        cmocka_unit_test(same_crs_needs_no_projection),
        cmocka_unit_test(operation_is_named),
        cmocka_unit_test(frames_of_the_itrs_are_no_guess),
        cmocka_unit_test(one_operation_for_a_scene),
        cmocka_unit_test(operations_may_be_given),
        cmocka_unit_test(grids_are_named),
        cmocka_unit_test(longitudes_are_brought_into_the_raster),
        cmocka_unit_test(failed_points_are_huge),
        cmocka_unit_test(aliases_fail),
        cmocka_unit_test(native_resolution),
        cmocka_unit_test(what_is_remembered_is_the_same),
        cmocka_unit_test(remembering_may_lack_memory),
        cmocka_unit_test(bad_input_names_the_scene),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
