/* tests/unit/engine/test_ground.c: sides of pixels against formulas; margins: what they are made of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/ground.h"
#include "engine/render_margin.h"

static const double a = 6378137, ee = 0.0066943799901413165, pi = 3.14159265358979323846;

static imx_space mercator(uint32_t zoom) {
    const double side = ldexp(256, (int)zoom), half = pi * a;
    return (imx_space){"EPSG:3857", -half, half, 2 * half / side, 0, side, side, true, 0};
}

static imx_space degrees(uint32_t zoom) {
    const double side = ldexp(256, (int)zoom);
    return (imx_space){"OGC:CRS84", -180, 90, 180 / side, 0, 2 * side, side, true, 0};
}

static imx_ground *open_ground(imx_memory *memory, const imx_space *space) {
    imx_error err = IMX_ERROR_INIT;
    imx_ground *ground = NULL;
    if (imx_ground_create(memory, space, &err, &ground) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return ground;
}

static void near(double have, double want, double within) {
    if (!(fabs(have / want - 1) <= within)) {
        fail_msg("%.9g m, not %.9g (off by %.2g)", have, want, have / want - 1);
    }
}

/* Radii of curvature: along the meridian and across it. */
static double meridian(double lat) { return a * (1 - ee) / pow(1 - ee * sin(lat) * sin(lat), 1.5); }
static double across(double lat) { return a / sqrt(1 - ee * sin(lat) * sin(lat)); }

static void check_world(const imx_space *space, bool web, double within) {
    imx_ground *ground = open_ground(NULL, space);
    const int64_t height = (int64_t)space->height;
    for (int64_t y = height / 50; y < height - height / 50; y += height / 37 + 1) {
        double side[2];
        assert_in_range(imx_ground_run(ground, height / 3, y, 1000, side), 1, 64);
        const double up = space->origin_y - ((double)y + 0.5) * space->res;
        const double lat =
            web ? atan(sinh(up / a)) : up * pi / 180; /* a sphere's Mercator of the ellipsoid's latitude */
        const double unit_x = web ? 1 / a : pi / 180, unit_y = web ? cos(lat) / a : pi / 180;
        near(side[0], across(lat) * cos(lat) * unit_x * space->res, within);
        near(side[1], meridian(lat) * unit_y * space->res, within);
    }
    imx_ground_destroy(&ground);
    assert_null(ground);
}

static void test_worlds(void **state) {
    (void)state;
    static const uint32_t zooms[] = {3, 7, 12, 19};
    for (size_t i = 0; i < 4; i++) {
        const imx_space web = mercator(zooms[i]), plate = degrees(zooms[i]);
        check_world(&web, true, 3e-5);
        check_world(&plate, false, 1e-3); /* near the poles, where sides vanish, of what is left */
    }
}

/* Metres that are metres, but for the projection's own scale; whatever was asked before; across the poles. */
static void test_projections(void **state) {
    (void)state;
    double side[2], again[2];
    const imx_space utm = {"EPSG:32632", 499000, 6000000, 2, 3, 1000, 1000, false, 0};
    imx_ground *ground = open_ground(NULL, &utm);
    assert_int_equal(imx_ground_run(ground, 500, 200, 5, side), 5);
    near(side[0], 2 / 0.9996, 1e-6);
    near(side[1], 3 / 0.9996, 1e-6);
    (void)imx_ground_run(ground, 500 + 64 * 64 * 3, 200, 5, again); /* takes its node's place */
    (void)imx_ground_run(ground, 500, 200, 5, again);
    assert_memory_equal(side, again, sizeof side);
    assert_int_equal(imx_ground_run(ground, 500, 200, 99, side), 12); /* up to 512 */
    assert_int_equal(imx_ground_run(ground, -3, 200, 99, side), 3);
    imx_ground_destroy(&ground);
    const imx_space pole = {"EPSG:32661", 2000000 - 6400, 2000000 + 6400, 100, 0, 128, 128, false, 0};
    ground = open_ground(NULL, &pole);
    for (int64_t at = 60; at < 68; at++) {
        (void)imx_ground_run(ground, at, at, 1, side);
        near(side[0], 100 / 0.994, 1e-5);
        near(side[1], 100 / 0.994, 1e-5);
    }
    imx_ground_destroy(&ground);
}

/* Where there is no place: the sides at the equator; next to it those of the neighbours. */
static void test_nowhere(void **state) {
    (void)state;
    double side[2];
    const imx_space disk = {
        "+proj=ortho +lat_0=0 +lon_0=0 +ellps=WGS84 +type=crs", -8000000, 8000000, 1000, 0, 16000, 16000, false, 0};
    imx_ground *ground = open_ground(NULL, &disk);
    (void)imx_ground_run(ground, 10, 10, 1, side);
    assert_true(side[0] == 1000 && side[1] == 1000);
    (void)imx_ground_run(ground, 8000, 8000, 1, side);
    near(side[0], 1000, 1e-4);
    imx_ground_destroy(&ground);
    imx_error err = IMX_ERROR_INIT;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    const imx_space none = {"EPSG:0", 0, 0, 1, 0, 1, 1, false, 0};
    assert_int_equal(imx_ground_create(memory, &none, &err, &ground), IMX_E_INPUT);
    const imx_space web = mercator(9);
    for (size_t nth = 1;; nth++) {
        imx_memory_fail_nth(memory, nth);
        if (imx_ground_create(memory, &web, &err, &ground) == IMX_OK) {
            assert_true(nth > 1);
            break;
        }
        assert_null(ground);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    imx_memory_fail_nth(memory, 0);
    imx_ground_destroy(&ground);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

/* Parts lie in one cell and in the space each, and are what they stand for; what is in none lies outside. */
static void check_margin(const imx_space *space, int32_t cell, int64_t x, int64_t y, int32_t w, int32_t h) {
    imx_margin_part parts[IMX_MARGIN_PARTS];
    const size_t count = imx_margin_parts(space, cell, x, y, w, h, parts);
    assert_in_range(count, 1, IMX_MARGIN_PARTS);
    for (int32_t gy = 0; gy < h + 2; gy++) {
        for (int32_t gx = 0; gx < w + 2; gx++) {
            int64_t px = x - 1 + gx;
            const int64_t py = y - 1 + gy, width = (int64_t)space->width;
            px = space->wraps ? (px + width) % width : px;
            int found = 0;
            for (size_t i = 0; i < count; i++) {
                const imx_margin_part *p = &parts[i];
                if (gx >= p->at_x && gx < p->at_x + p->w && gy >= p->at_y && gy < p->at_y + p->h) {
                    found++;
                    assert_true(p->x + gx - p->at_x == px && p->y + gy - p->at_y == py);
                    assert_true(px / cell == p->x / cell && py / cell == p->y / cell);
                }
            }
            const bool inside = px >= 0 && px < width && py >= 0 && py < (int64_t)space->height;
            assert_int_equal(found, inside);
        }
    }
}

static void test_margins(void **state) {
    (void)state;
    imx_space space = {.width = 256, .height = 192, .wraps = true};
    for (int wraps = 0; wraps < 2; wraps++) {
        space.wraps = wraps;
        for (int64_t y = 0; y < 192; y += 32) {
            for (int64_t x = 0; x < 256; x += 32) {
                check_margin(&space, 64, x, y, 32, 32);
                check_margin(&space, 32, x, y, 32, 32); /* a cell as large as it */
                check_margin(&space, 1024, x, y, 32, 32);
                check_margin(&space, 64, x + 7, y + 9, 11, 1);
            }
        }
    }
    check_margin(&space, 256, 0, 0, 256, 192); /* all of it: both sides are each other's */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worlds), cmocka_unit_test(test_projections),
                                       cmocka_unit_test(test_nowhere), cmocka_unit_test(test_margins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
