/* Regions: which pixels an outline holds, against the definition at each pixel; wherever rows are cut. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/region.h"

enum { SIDE = 512 };
#define WORLD 20037508.342789244

/* Pixels of one metre, the upper left corner at 0, SIDE. */
static const imx_space plain = {
    .crs = "EPSG:32631", .origin_x = 0, .origin_y = SIDE, .res = 1, .width = SIDE, .height = SIDE};
static const imx_box plain_area = {0, 0, SIDE, SIDE};

static imx_outline *outline_of(const char *crs) {
    imx_outline *outline = NULL;
    assert_int_equal(imx_outline_create(NULL, crs, NULL, &outline), IMX_OK);
    return outline;
}

static void add(imx_outline *outline, bool hole, size_t count, const double *xy) {
    assert_int_equal(imx_outline_add(NULL, outline, xy, count, hole, NULL), IMX_OK);
}

static imx_region *region_of(imx_outline *outline, const imx_space *space, const imx_box *area) {
    imx_error err = IMX_ERROR_INIT;
    imx_region *region = NULL;
    if (imx_region_create(NULL, outline, space, area, &err, &region) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_outline_destroy(NULL, &outline);
    return region;
}

static void draw(const imx_region *region, int64_t x, int64_t y, int32_t w, int32_t h, uint8_t *inside) {
    imx_region_scan scan = {0};
    memset(inside, 255, (size_t)w * (size_t)h);
    for (int32_t row = 0; row < h; row++) {
        assert_int_equal(imx_region_row(region, NULL, &scan, x, y + row, w, NULL, inside + (size_t)row * (size_t)w),
                         IMX_OK);
    }
    imx_region_scan_clear(NULL, &scan);
}

static bool pixel(const imx_region *region, int64_t x, int64_t y) {
    uint8_t inside;
    draw(region, x, y, 1, 1, &inside);
    return inside != 0;
}

static uint32_t random_state = 12345;
static double random_to(double end) {
    random_state = random_state * 1664525 + 1013904223;
    return (double)(random_state >> 8) / 16777216 * end;
}

/* ---- against the definition ---- */

/* Nonzero winding of rings that all turn left. */
static bool holds(size_t rings, double (*xy)[64], const size_t *counts, double x, double y) {
    int winding = 0;
    for (size_t k = 0; k < rings; k++) {
        for (size_t i = 0; i < counts[k]; i++) {
            const double *a = xy[k] + 2 * i, *b = xy[k] + 2 * ((i + 1) % counts[k]);
            if ((a[1] <= y) != (b[1] <= y) && a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) <= x) {
                winding += a[1] <= y ? -1 : 1;
            }
        }
    }
    return winding != 0;
}

/* Triangles all over, that overlap; the region in one piece, and in pieces of any size. */
static void test_many_triangles(void **state) {
    (void)state;
    enum { RINGS = 40 };
    static double xy[RINGS][64];
    size_t counts[RINGS];
    imx_outline *outline = outline_of("EPSG:32631");
    for (size_t k = 0; k < RINGS; k++) {
        const double cx = random_to(SIDE), cy = random_to(SIDE);
        counts[k] = 3;
        for (int i = 0; i < 6; i += 2) {
            xy[k][i] = cx + random_to(120) - 60;
            xy[k][i + 1] = cy + random_to(120) - 60;
        }
        add(outline, false, 3, xy[k]);
        /* as the outline turned it */
        memcpy(xy[k], outline->xy + 2 * outline->rings[k].first, 6 * sizeof(double));
    }
    imx_region *region = region_of(outline, &plain, &plain_area);
    static uint8_t whole[SIDE * SIDE], part[SIDE * SIDE];
    draw(region, 0, 0, SIDE, SIDE, whole);
    size_t in = 0, wrong = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const bool want = holds(RINGS, xy, counts, x + 0.5, SIDE - (y + 0.5));
            wrong += want != (whole[y * SIDE + x] != 0);
            in += want;
        }
    }
    assert_in_range(in, SIDE, SIDE * SIDE - SIDE);
    assert_int_equal(wrong, 0);
    for (int n = 0; n < 300; n++) {
        const int32_t w = 1 + (int32_t)random_to(100), h = 1 + (int32_t)random_to(30);
        const int32_t x = (int32_t)random_to(SIDE - w), y = (int32_t)random_to(SIDE - h);
        const imx_box box = {x, y, x + w, y + h};
        draw(region, x, y, w, h, part);
        bool any = false, all = true;
        for (int32_t row = 0; row < h; row++) {
            const uint8_t *want = whole + (y + row) * SIDE + x, *got = part + row * w;
            assert_memory_equal(want, got, (size_t)w);
            any = any || memchr(want, 255, (size_t)w);
            all = all && !memchr(want, 0, (size_t)w);
        }
        assert_true(imx_region_touches(region, &box) || !any);
        assert_true(!imx_region_covers(region, &box) || all);
    }
    imx_region_destroy(&region);
}

static void test_hole_and_overlap(void **state) {
    (void)state;
    imx_outline *outline = outline_of("EPSG:32631");
    add(outline, false, 5, (double[]){100, 100, 400, 100, 400, 400, 100, 400, 100, 100}); /* closed, to the left */
    add(outline, true, 4, (double[]){200, 200, 300, 200, 300, 300, 200, 300});            /* a hole, the same way */
    add(outline, false, 4, (double[]){350, 500, 500, 500, 500, 50, 350, 50});             /* overlaps, to the right */
    imx_region *region = region_of(outline, &plain, &plain_area);
    assert_true(pixel(region, 150, 150) && pixel(region, 100, 112) && !pixel(region, 99, 112));
    assert_true(!pixel(region, 250, 250) && !pixel(region, 200, 300) && pixel(region, 199, 300));
    assert_true(pixel(region, 375, 250) && pixel(region, 450, 250) && !pixel(region, 500, 250));
    const imx_box box = imx_region_box(region);
    assert_true(box.min_x == 100 && box.max_x == 500 && box.min_y == 12 && box.max_y == 462);
    assert_true(imx_region_covers(region, &(imx_box){360, 150, 390, 180}));
    assert_false(imx_region_covers(region, &(imx_box){180, 150, 220, 380}));
    assert_false(imx_region_touches(region, &(imx_box){210, 220, 290, 290}));
    assert_false(imx_region_touches(region, &(imx_box){100.6, 120, 101.4, 130})); /* no pixel's centre */
    assert_int_equal(imx_region_edges(region), 12);
    imx_region_destroy(&region);
}

/* The copies of a ring beside the area are no part of the box, even where they touch its sides. */
static void test_box_round_the_world(void **state) {
    (void)state;
    static const struct {
        double west, east, min_x, max_x;
    } cases[] = {{-161, -154, 19, 26}, {-179, -145, 1, 35},  {-180, -150, 0, 30},  {150, 180, 330, 360},
                 {199, 206, 19, 26},   {-10, 170, 170, 350}, {-100, 150, 80, 330}, {170, 190, 0, 360}};
    const imx_space space = {
        .crs = "EPSG:4326", .origin_x = -180, .origin_y = 90, .res = 1, .width = 360, .height = 180};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double west = cases[i].west, east = cases[i].east;
        imx_outline *outline = outline_of("OGC:CRS84");
        add(outline, false, 4, (double[]){west, -20, east, -20, east, 20, west, 20});
        imx_region *region = region_of(outline, &space, &(imx_box){0, 0, 360, 180});
        const imx_box box = imx_region_box(region);
        assert_float_equal(box.min_x, cases[i].min_x, 1e-6);
        assert_float_equal(box.max_x, cases[i].max_x, 1e-6);
        imx_region_destroy(&region);
    }
    imx_outline *beside = outline_of("EPSG:32631"); /* within the window's margin */
    add(beside, false, 4, (double[]){SIDE + 5, 100, SIDE + 9, 100, SIDE + 9, 200, SIDE + 5, 200});
    imx_region *region = region_of(beside, &plain, &plain_area);
    const imx_box none = imx_region_box(region);
    assert_true(imx_region_edges(region) == 4 && none.min_x >= none.max_x);
    imx_region_destroy(&region);
}

/* Neighbours share no pixel and leave none out, whatever their edges. */
static void test_neighbours(void **state) {
    (void)state;
    imx_outline *west = outline_of("EPSG:32631"), *east = outline_of("EPSG:32631");
    const double seam[] = {200.5, 0, 251.7, 100.5, 200.5, 200, 300, 333.25, 256, 512};
    double ring[14];
    memcpy(ring, seam, sizeof seam);
    memcpy(ring + 10, (double[]){0, 512, 0, 0}, 4 * sizeof *ring);
    add(west, false, 7, ring);
    memcpy(ring + 10, (double[]){512, 512, 512, 0}, 4 * sizeof *ring);
    add(east, false, 7, ring);
    imx_region *a = region_of(west, &plain, &plain_area), *b = region_of(east, &plain, &plain_area);
    static uint8_t in_a[SIDE * SIDE], in_b[SIDE * SIDE];
    draw(a, 0, 0, SIDE, SIDE, in_a);
    draw(b, 0, 0, SIDE, SIDE, in_b);
    for (int i = 0; i < SIDE * SIDE; i++) {
        assert_int_equal(in_a[i] ^ in_b[i], 255);
    }
    imx_region_destroy(&a);
    imx_region_destroy(&b);
}

/* ---- the earth ---- */

static imx_space web_mercator(int zoom) {
    const double width = ldexp(256, zoom);
    return (imx_space){.crs = "EPSG:3857",
                       .origin_x = -WORLD,
                       .origin_y = WORLD,
                       .res = 2 * WORLD / width,
                       .width = width,
                       .height = width,
                       .wraps = true};
}

static void pixel_of(double lon_deg, double lat_deg, const imx_space *space, int64_t *x, int64_t *y) {
    const double pi = 3.14159265358979323846;
    *x = (int64_t)floor((lon_deg + 180) / 360 * space->width);
    *y = (int64_t)floor((1 - log(tan(pi / 4 + lat_deg * pi / 360)) / pi) / 2 * space->height);
}

static bool at(const imx_region *region, const imx_space *space, double lon_deg, double lat_deg) {
    int64_t x, y;
    pixel_of(lon_deg, lat_deg, space, &x, &y);
    return pixel(region, x, y);
}

static imx_region *box_in(const imx_space *space, double w, double s, double e, double n) {
    imx_outline *outline = NULL;
    assert_int_equal(imx_outline_box(NULL, "OGC:CRS84", (double[]){w, s, e, n}, NULL, &outline), IMX_OK);
    return region_of(outline, space, &(imx_box){0, 0, space->width, space->height});
}

static void test_antimeridian(void **state) {
    (void)state;
    const imx_space space = web_mercator(6);
    imx_region *region = box_in(&space, 170, -20, -160, 20);
    assert_true(at(region, &space, 175, 0) && at(region, &space, -175, 10) && at(region, &space, 179.99, -19));
    assert_true(at(region, &space, -179.99, 19) && at(region, &space, 170.1, 0) && at(region, &space, -160.1, 0));
    assert_false(at(region, &space, 169.9, 0) || at(region, &space, -159.9, 0) || at(region, &space, 0, 0));
    assert_false(imx_region_touches(region, &(imx_box){space.width / 4, 0, space.width * 3 / 4, space.height}));
    imx_region_destroy(&region);
    /* the same, as a file may say it */
    imx_outline *outline = outline_of("EPSG:4326");
    add(outline, false, 4, (double[]){-190, -20, -160, -20, -160, 20, -190, 20});
    region = region_of(outline, &space, &(imx_box){0, 0, space.width, space.height});
    assert_true(at(region, &space, 175, 0) && at(region, &space, -175, 10) && !at(region, &space, 169.9, 0));
    imx_region_destroy(&region);
    /* all of the world is all of the space */
    region = box_in(&space, -180, -90, 180, 90);
    assert_true(imx_region_covers(region, &(imx_box){1, 0, space.width - 1, space.height}));
    assert_true(at(region, &space, -179.999, 85) && at(region, &space, 179.999, -85));
    imx_region_destroy(&region);
}

/* A cap around the south pole, given in its polar map, which the Mercator map shows as a band. */
static void test_polar_outline(void **state) {
    (void)state;
    const imx_space space = web_mercator(5);
    imx_outline *outline = outline_of("EPSG:3031");
    double ring[2 * 90];
    for (int i = 0; i < 90; i++) {
        ring[2 * i] = 3e6 * cos(i * 4 * 3.14159265358979323846 / 180);
        ring[2 * i + 1] = 3e6 * sin(i * 4 * 3.14159265358979323846 / 180);
    }
    add(outline, false, 90, ring); /* 62.6 degrees south */
    for (int i = 0; i < 180; i++) {
        ring[i] /= 2;
    }
    add(outline, true, 90, ring); /* 76.1 degrees south */
    imx_region *region = region_of(outline, &space, &(imx_box){0, 0, space.width, space.height});
    for (double lon = -179.5; lon < 180; lon += 7.25) {
        assert_true(at(region, &space, lon, -64) && at(region, &space, lon, -75));
        assert_false(at(region, &space, lon, -61) || at(region, &space, lon, -77) || at(region, &space, lon, 80));
    }
    imx_region_destroy(&region);
}

/* A box of the whole world, and one round the pole, in a map of the pole and in one of a zone. */
static void test_world_elsewhere(void **state) {
    (void)state;
    const imx_space pole = {
        .crs = "EPSG:3031", .origin_x = -4e6, .origin_y = 4e6, .res = 1e4, .width = 800, .height = 800};
    imx_region *region = box_in(&pole, -180, -90, 180, 90);
    assert_true(imx_region_covers(region, &(imx_box){0, 0, 399, 800}));
    assert_true(pixel(region, 400, 399) && pixel(region, 400, 400) && pixel(region, 799, 799));
    imx_region_destroy(&region);
    region = box_in(&pole, -180, -90, 180, -70);
    assert_true(pixel(region, 400, 400) && pixel(region, 400, 400 + 210) && pixel(region, 400 - 210, 400));
    assert_false(pixel(region, 400, 400 + 225) || pixel(region, 400 + 225, 400) || pixel(region, 400 - 225, 400));
    imx_region_destroy(&region);
    const imx_space zone = {
        .crs = "EPSG:32650", .origin_x = 3e5, .origin_y = 5e6, .res = 100, .width = 4000, .height = 4000};
    region = box_in(&zone, -180, -90, 180, 90);
    assert_true(imx_region_covers(region, &(imx_box){0, 0, 4000, 4000}));
    imx_region_destroy(&region);
}

/* A parallel is a curve in this map: followed within 1/64 px. */
static void test_curve(void **state) {
    (void)state;
    const imx_space space = {
        .crs = "EPSG:3035", .origin_x = 3e6, .origin_y = 4e6, .res = 100, .width = 20000, .height = 20000};
    imx_region *region = box_in(&space, 0, 40, 20, 50);
    imx_scene scene = {.id = (char *)(uintptr_t) "degrees", .crs = (char *)(uintptr_t) "EPSG:4326"};
    imx_asset asset = {.path = (char *)(uintptr_t) "degrees.tif",
                       .width = 200000,
                       .height = 100000,
                       .geotransform = {0, 1e-4, 0, 50, 0, -1e-4}};
    imx_transform *transform = NULL;
    assert_int_equal(imx_transform_create(NULL, &scene, &asset, &space, NULL, &transform), IMX_OK);
    size_t looked = 0;
    for (double lon = 0.5; lon < 19.5; lon += 0.37) {
        double x = lon * 1e4, y = 0; /* on the northern edge */
        imx_transform_forward(transform, 1, &x, &y);
        const int64_t px = (int64_t)floor(x), py = (int64_t)floor(y);
        /* the pixels above and below the edge: by their centres, if these are 1/64 px off it */
        for (int k = -1; k <= 1; k++) {
            double cx = (double)px + 0.5, cy = (double)(py + k) + 0.5;
            imx_transform_inverse(transform, 1, &cx, &cy);
            if (fabs(cy) * 11.1 / 100 > 1.0 / 64) { /* 11.1 m a source pixel, 100 m a pixel */
                assert_int_equal(pixel(region, px, py + k), cy > 0);
                looked++;
            }
        }
    }
    assert_in_range(looked, 100, 200);
    imx_transform_destroy(&transform);
    imx_region_destroy(&region);
}

/* ---- failures ---- */

static void test_refusals(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_outline *outline = NULL;
    assert_int_equal(imx_outline_box(NULL, "OGC:CRS84", (double[]){1, 2, 1, 3}, &err, &outline), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "1,2,1,3 is empty"));
    assert_int_equal(imx_outline_box(NULL, "EPSG:32631", (double[]){5, 2, 1, 3}, &err, &outline), IMX_E_USAGE);
    assert_int_equal(imx_outline_box(NULL, "EPSG:0", (double[]){1, 2, 3, 4}, &err, &outline), IMX_E_INPUT);
    assert_null(outline);
    outline = outline_of("EPSG:4326");
    assert_int_equal(imx_outline_add(NULL, outline, (double[]){0, 0, 1, 0, (double)NAN, 1}, 3, false, &err),
                     IMX_E_INPUT);
    assert_int_equal(imx_outline_add(NULL, outline, (double[]){0, 0, 1, 0, 1e308, 1}, 3, false, &err), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "nowhere on the Earth"));
    assert_int_equal(imx_outline_add(NULL, outline, (double[]){0, 0, 1, 1, 0, 0}, 3, false, &err), IMX_OK);
    assert_int_equal(outline->ring_count, 0);
    imx_region *region = region_of(outline, &plain, &plain_area); /* nothing is in it */
    assert_false(imx_region_touches(region, &plain_area) || pixel(region, 5, 5));
    imx_region_destroy(&region);
    outline = outline_of("EPSG:4326"); /* a copy for each turn would be very many */
    assert_int_equal(imx_outline_add(NULL, outline, (double[]){0, 0, 1e9, 0, 5, 1}, 3, false, &err), IMX_OK);
    assert_int_equal(imx_region_create(NULL, outline, &plain, &plain_area, &err, &region), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "goes round the world"));
    imx_outline_destroy(NULL, &outline);
}

static void test_no_memory(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    size_t failures = 0;
    for (size_t nth = 1; nth < 40; nth++) { /* PROJ can do without some */
        imx_outline *outline = NULL;
        imx_region *region = NULL;
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(memory, nth);
        imx_status status = imx_outline_box(memory, "EPSG:32631", (double[]){10, 10, 20, 30}, &err, &outline);
        status = status ? status : imx_region_create(memory, outline, &plain, &plain_area, &err, &region);
        imx_memory_fail_nth(memory, 0);
        imx_region_destroy(&region);
        imx_outline_destroy(memory, &outline);
        assert_int_equal(imx_memory_used(memory), 0);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        failures += status != IMX_OK;
    }
    assert_in_range(failures, 8, 39);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_triangles),
        cmocka_unit_test(test_hole_and_overlap),
        cmocka_unit_test(test_box_round_the_world),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_antimeridian),
        cmocka_unit_test(test_polar_outline),
        cmocka_unit_test(test_world_elsewhere),
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
