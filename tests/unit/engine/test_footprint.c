/* tests/unit/engine/test_footprint.c: footprints against the exact inverse transform of pixels, by brute force. */
#include <stdio.h>

#include "engine/footprint.h"
#include "tests/unit/engine/scene_fixture.h"

typedef struct setup {
    const char *name, *crs;
    double gt[6];
    int32_t width, height;
    int zoom;
    bool lonlat;  /* the space is WorldCRS84Quad, not WebMercatorQuad */
    bool outline; /* expected */
    size_t rings; /* expected */
} setup;

static const setup setups[] = {
    {"utm", "EPSG:32618", {300000, 30, 0, 4600000, 0, -30}, 7000, 7000, 12, false, true, 1},
    {"utm, rotated", "EPSG:32618", {500000, 20, 14, 4300000, 13, -21}, 3000, 2000, 12, false, true, 1},
    {"utm, north at the bottom", "EPSG:32733", {300000, 10, 0, 7500000, 0, 10}, 9000, 9000, 12, true, true, 1},
    {"polar, beside the pole", "EPSG:3413", {-800000, 250, 0, -900000, 0, -250}, 4000, 4000, 8, false, true, 1},
    {"polar, with the pole", "EPSG:3413", {-800000, 250, 0, 800000, 0, -250}, 6400, 6400, 8, false, false, 1},
    {"polar, with the pole, degrees", "EPSG:3031", {-900000, 500, 0, 700000, 0, -500}, 3200, 3200, 7, true, false, 1},
    {"world", "EPSG:4326", {-180, 0.1, 0, 90, 0, -0.1}, 3600, 1800, 5, false, false, 1},
    {"world, degrees", "EPSG:4326", {-180, 0.1, 0, 90, 0, -0.1}, 3600, 1800, 5, true, false, 1},
    {"world from Greenwich on", "EPSG:4326", {0, 0.1, 0, 90, 0, -0.1}, 3600, 1800, 5, false, true, 2},
    {"antimeridian, utm", "EPSG:32660", {700000, 30, 0, 200000, 0, -30}, 8000, 4000, 10, false, true, 2},
    {"antimeridian, degrees", "EPSG:4326", {175, 0.01, 0, -10, 0, -0.01}, 1200, 700, 9, false, true, 2},
    {"antimeridian, same crs", "EPSG:4326", {175, 0.01, 0, -10, 0, -0.01}, 1200, 700, 8, true, true, 2},
    {"up to the pole", "EPSG:4326", {20, 0.01, 0, 90, 0, -0.01}, 3000, 1500, 7, false, true, 1},
    {"globe",
     "+proj=ortho +lat_0=10 +lon_0=20 +datum=WGS84 +type=crs",
     {-6400000, 12800, 0, 6400000, 0, -12800},
     1000,
     1000,
     4,
     false,
     false,
     1},
    {"globe over the antimeridian",
     "+proj=ortho +lat_0=0 +lon_0=175 +datum=WGS84 +type=crs",
     {-4600000, 9200, 0, 4600000, 0, -9200},
     1000,
     1000,
     4,
     false,
     false,
     2},
    {"a pixel's tenth", "EPSG:32618", {500000, 1, 0, 4300000, 0, -1}, 4, 4, 12, false, true, 1},
    {"one pixel on the antimeridian", "EPSG:4326", {179.9999, 0.0001, 0, 10, 0, -0.0001}, 2, 2, 9, false, true, 2},
};

static void open_setup(const setup *s, fixture *f, imx_footprint *footprint) {
    fixture_open(NULL, s->crs, s->gt, s->width, s->height, s->lonlat ? lonlat_space(s->zoom) : mercator_space(s->zoom),
                 f);
    memset(footprint, 0, sizeof *footprint);
    assert_int_equal(imx_footprint_create(NULL, f->transform, &f->asset, &f->space, NULL, footprint), IMX_OK);
}

/* Source px of an output pixel's centre; how far it is inside the raster (negative: outside), in source px. */
static double depth(fixture *f, double x, double y) {
    imx_transform_inverse(f->transform, 1, &x, &y);
    if (x == HUGE_VAL) {
        return -HUGE_VAL;
    }
    return fmin(fmin(x, f->asset.width - x), fmin(y, f->asset.height - y));
}

/* A pixel of the space, mostly near the border of the raster's image. */
static bool random_pixel(fixture *f, uint32_t *seed, double *x, double *y) {
    double w = f->asset.width, h = f->asset.height, t = next_unit(seed);
    double sx = next_unit(seed) * w, sy = next_unit(seed) * h;
    if (t < 0.6) {
        *(t < 0.3 ? &sx : &sy) = (t < 0.3 ? w : h) * (next_unit(seed) < 0.5 ? 0 : 1);
    }
    *x = sx, *y = sy;
    imx_transform_forward(f->transform, 1, x, y);
    *x = floor(*x + 6 * next_unit(seed) - 3), *y = floor(*y + 6 * next_unit(seed) - 3);
    if (t > 0.95) {
        *x = floor(next_unit(seed) * f->space.width), *y = floor(next_unit(seed) * f->space.height);
    }
    return *x >= 0 && *x < f->space.width && *y >= 0 && *y < f->space.height;
}

static void touches_wherever_a_pixel_has_a_position(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        fixture f;
        imx_footprint footprint;
        open_setup(&setups[i], &f, &footprint);
        if (footprint.outline != setups[i].outline || footprint.ring_count != setups[i].rings) {
            fail_msg("%s: outline %d, %zu rings", setups[i].name, footprint.outline, footprint.ring_count);
        }
        uint32_t seed = 17;
        int with = 0, throughout = 0;
        for (int k = 0; k < 20000; k++) {
            double x, y;
            if (!random_pixel(&f, &seed, &x, &y)) {
                continue;
            }
            double d = depth(&f, x + 0.5, y + 0.5);
            /* the pixel alone, and within a larger box that ends beside it */
            double left = floor(next_unit(&seed) * 5), top = floor(next_unit(&seed) * 5);
            imx_box one = {x, y, x + 1, y + 1}, some = {x - left, y - top, x - left + 5, y - top + 5};
            imx_box off = {x + 0.3, y - 0.2, x + 0.6, y + 0.7}, none = {x + 0.6, y, x + 1.4, y + 1};
            if (d >= 0) {
                with++;
                if (!imx_footprint_touches(&footprint, &one) || !imx_footprint_touches(&footprint, &some) ||
                    !imx_footprint_touches(&footprint, &off)) {
                    fail_msg("%s: pixel %g %g is missed", setups[i].name, x, y);
                }
            } else if (imx_footprint_covers(&footprint, &one) || imx_footprint_covers(&footprint, &some)) {
                fail_msg("%s: pixel %g %g is not covered", setups[i].name, x, y);
            }
            assert_false(imx_footprint_touches(&footprint, &none)); /* holds no pixel centre */
            const double side = 1 + floor(next_unit(&seed) * 60);
            const imx_box around = {x - left * side / 5, y - top * side / 5, x - left * side / 5 + side,
                                    y - top * side / 5 + side};
            if (imx_footprint_touches_throughout(&footprint, &around)) {
                throughout++;
                const double u = floor(next_unit(&seed) * side), v = floor(next_unit(&seed) * side);
                const imx_box part = {around.min_x + u, around.min_y + v, around.min_x + u + 1, around.min_y + v + 1};
                assert_true(imx_footprint_touches(&footprint, &around));
                if (!imx_footprint_touches(&footprint, &part)) {
                    fail_msg("%s: %g %g + %g is touched, but not throughout", setups[i].name, x, y, side);
                }
            }
        }
        if ((with == 0 || throughout == 0) && i < 15) {
            fail_msg("%s: nothing tested", setups[i].name);
        }
        imx_footprint_clear(NULL, &footprint);
        fixture_close(&f);
    }
}

/* Spaces that are part of a round, or more than one: every place in them that shows the scene. */
static void every_name_of_a_place(void **state) {
    static const struct strip {
        size_t setup;
        double from, wide; /* rounds */
        size_t rings;
        bool outline;
    } strips[] = {{0, 0.25, 0.9, 1, true}, {0, -2, 3, 3, true},     {0, 0, 9, 1, false},      {4, 0.3, 1.5, 1, false},
                  {7, 0.5, 1, 2, true},    {7, 0.9, 0.2, 2, true},  {9, 0.4, 0.8, 1, true},   {9, -0.6, 0.8, 1, true},
                  {10, -1.5, 2, 2, true},  {11, 0.5, 0.5, 1, true}, {13, 0.25, 1.1, 1, false}};
    (void)state;
    for (size_t i = 0; i < sizeof strips / sizeof *strips; i++) {
        const struct strip *strip = &strips[i];
        const setup *s = &setups[strip->setup];
        fixture f;
        imx_footprint footprint = {0};
        imx_space space = s->lonlat ? lonlat_space(s->zoom) : mercator_space(s->zoom);
        space.wraps = false;
        space.period_px = space.width;
        space.origin_x += strip->from * space.width * space.res;
        space.width *= strip->wide;
        fixture_open(NULL, s->crs, s->gt, s->width, s->height, space, &f);
        assert_int_equal(imx_footprint_create(NULL, f.transform, &f.asset, &f.space, NULL, &footprint), IMX_OK);
        if (footprint.outline != strip->outline || (strip->outline && footprint.ring_count != strip->rings)) {
            fail_msg("strip %zu: outline %d, %zu rings", i, footprint.outline, footprint.ring_count);
        }
        uint32_t seed = 29;
        int with = 0;
        for (int k = 0; k < 5000; k++) {
            double x, y;
            if (!random_pixel(&f, &seed, &x, &y)) {
                continue;
            }
            const double d = depth(&f, x + 0.5, y + 0.5);
            for (double at = x - 9 * space.period_px; at < space.width; at += space.period_px) {
                const imx_box one = {at, y, at + 1, y + 1};
                with += d >= 0 && at >= 0;
                if (d >= 0 && at >= 0 && !imx_footprint_touches(&footprint, &one)) {
                    fail_msg("strip %zu: pixel %g %g is missed", i, at, y);
                }
                if (d < 0 && at >= 0 && imx_footprint_covers(&footprint, &one)) {
                    fail_msg("strip %zu: pixel %g %g is not covered", i, at, y);
                }
            }
        }
        if (with < 100) {
            fail_msg("strip %zu: nothing tested", i);
        }
        imx_footprint_clear(NULL, &footprint);
        fixture_close(&f);
    }
}

/* An outline is tight: no pixel more than 1 px beside the raster is touched, all more than 1 px inside are covered. */
static void outlines_are_tight(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        if (!setups[i].outline || i >= 15) {
            continue;
        }
        fixture f;
        imx_footprint footprint;
        open_setup(&setups[i], &f, &footprint);
        uint32_t seed = 23;
        int outside = 0, inside = 0;
        for (int k = 0; k < 8000; k++) {
            double x, y;
            if (!random_pixel(&f, &seed, &x, &y)) {
                continue;
            }
            bool all_out = true, all_in = true;
            for (int j = 0; j < 16; j++) { /* a circle of 1.05 px around the centre */
                double a = j * 3.14159265358979 / 8, d = depth(&f, x + 0.5 + 1.05 * cos(a), y + 0.5 + 1.05 * sin(a));
                all_out = all_out && d < 0;
                all_in = all_in && d > 0;
            }
            imx_box one = {x, y, x + 1, y + 1};
            double centre = depth(&f, x + 0.5, y + 0.5);
            if (all_out && centre < 0) {
                outside++;
                if (imx_footprint_touches(&footprint, &one)) {
                    fail_msg("%s: pixel %g %g is too much", setups[i].name, x, y);
                }
            } else if (all_in && centre > 0 && x > 2 && x < f.space.width - 3) {
                inside++;
                if (!imx_footprint_covers(&footprint, &one)) {
                    fail_msg("%s: pixel %g %g is covered", setups[i].name, x, y);
                }
            }
        }
        printf("%-34s %zu points, margin %.3f px, %d outside, %d inside\n", setups[i].name, footprint.rings[0].count,
               footprint.margin_px, outside, inside);
        assert_true((outside > 100 || i == 8) && inside > 100); /* 8: the space is all inside */
        assert_true(footprint.margin_px <= 0.5);
        imx_footprint_clear(NULL, &footprint);
        fixture_close(&f);
    }
}

/* Boxes end where the image ends, within some hundredth of the raster. */
static void boxes_are_not_the_world(void **state) {
    (void)state;
    fixture f;
    imx_footprint footprint;
    open_setup(&setups[4], &f, &footprint); /* polar: all longitudes, down to the corners' latitude */
    assert_true(footprint.box.min_x == 0 && footprint.box.max_x == f.space.width && footprint.box.min_y == 0);
    double x = 0, y = 0;
    imx_transform_forward(f.transform, 1, &x, &y);
    assert_true(footprint.box.max_y >= y && footprint.box.max_y < 1.1 * y);
    imx_footprint_clear(NULL, &footprint);
    fixture_close(&f);
    open_setup(&setups[14], &f, &footprint); /* a globe over the antimeridian: nothing of Greenwich */
    imx_box greenwich = {f.space.width / 2 - 10, f.space.height / 2, f.space.width / 2 + 10, f.space.height / 2 + 10};
    assert_false(imx_footprint_touches(&footprint, &greenwich));
    imx_footprint_clear(NULL, &footprint);
    fixture_close(&f);
}

static void outside_the_space_is_empty(void **state) {
    (void)state;
    static const setup south = {"south", "EPSG:4326", {0, 0.01, 0, -87, 0, -0.01}, 100, 100, 6, false, false, 0};
    static const setup nowhere = {"nowhere", "EPSG:4326", {0, 0.01, 0, 95, 0, -0.01}, 100, 100, 6, false, false, 0};
    const setup *both[] = {&south, &nowhere};
    for (int i = 0; i < 2; i++) {
        fixture f;
        imx_footprint footprint;
        open_setup(both[i], &f, &footprint);
        imx_box world = {0, 0, f.space.width, f.space.height};
        assert_int_equal(footprint.ring_count, 0);
        assert_false(imx_footprint_touches(&footprint, &world));
        assert_false(imx_footprint_covers(&footprint, &world));
        imx_footprint_clear(NULL, &footprint);
        fixture_close(&f);
    }
}

/* Two rasters that overlap but for a strip at either side: what either touches the joined one does. */
static void joined_ones_hold_both(void **state) {
    (void)state;
    const setup right = {"right", "EPSG:32618", {301500, 15, 0, 4600700, 0, -15}, 14000, 14000, 12, false, true, 1};
    for (int order = 0; order < 2; order++) {
        fixture f[2];
        imx_footprint each[2], joined, other;
        open_setup(&setups[0], &f[order], &each[order]);
        open_setup(&right, &f[1 - order], &each[1 - order]);
        assert_int_equal(imx_footprint_create(NULL, f[0].transform, &f[0].asset, &f[0].space, NULL, &joined), IMX_OK);
        assert_int_equal(imx_footprint_create(NULL, f[1].transform, &f[1].asset, &f[1].space, NULL, &other), IMX_OK);
        imx_footprint_join(NULL, &joined, &other);
        assert_int_equal(other.ring_count, 0);
        size_t touched = 0, missed = 0;
        uint32_t seed = 1;
        for (int i = 0; i < 20000; i++) {
            const double x = floor(each[0].box.min_x - 300 + next_unit(&seed) * 8000),
                         y = floor(each[0].box.min_y - 300 + next_unit(&seed) * 8000);
            const imx_box box = {x, y, x + 1, y + 1};
            const bool either = imx_footprint_touches(&each[0], &box) || imx_footprint_touches(&each[1], &box);
            assert_true(!either || imx_footprint_touches(&joined, &box));
            touched += either;
            missed += !imx_footprint_touches(&joined, &box);
        }
        assert_true(touched > 1000 && missed > 100);
        imx_footprint_clear(NULL, &joined);
        for (int i = 0; i < 2; i++) {
            imx_footprint_clear(NULL, &each[i]);
            fixture_close(&f[i]);
        }
    }
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    const size_t which[] = {0, 9, 14};
    for (int i = 0; i < 3; i++) {
        fixture f;
        imx_footprint footprint;
        open_setup(&setups[which[i]], &f, &footprint);
        imx_footprint_clear(NULL, &footprint);
        int failures = 0;
        for (size_t nth = 1; nth < 8; nth++) {
            imx_memory_fail_nth(memory, nth);
            imx_error err = IMX_ERROR_INIT;
            imx_status status = imx_footprint_create(memory, f.transform, &f.asset, &f.space, &err, &footprint);
            failures += status == IMX_E_NOMEM;
            assert_true(status == IMX_OK || status == IMX_E_NOMEM);
            imx_footprint_clear(memory, &footprint);
            assert_int_equal(imx_memory_used(memory), 0);
        }
        imx_memory_fail_nth(memory, 0);
        assert_true(failures >= 2);
        fixture_close(&f);
    }
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touches_wherever_a_pixel_has_a_position),
        cmocka_unit_test(every_name_of_a_place),
        cmocka_unit_test(outlines_are_tight),
        cmocka_unit_test(boxes_are_not_the_world),
        cmocka_unit_test(outside_the_space_is_empty),
        cmocka_unit_test(joined_ones_hold_both),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
