/* tests/unit/tiler/test_layer_span.c: on which side of a seam layers lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiler/layer_span.h"

static const imx_space world = {.crs = "EPSG:4326", .res = 0.1, .width = 3600, .height = 1800, .wraps = true};

/* Boxes of these columns; -1 ends them. false: no crossing. */
static bool span(const double *columns, bool wraps, double *west, double *east) {
    double xy[8][8];
    imx_footprint footprints[8];
    size_t count = 0;
    for (; columns[2 * count] >= 0; count++) {
        const double w = columns[2 * count], e = columns[2 * count + 1];
        const double ring[8] = {w, 10, e, 10, e, 20, w, 20};
        for (size_t i = 0; i < 8; i++) {
            xy[count][i] = ring[i];
        }
        footprints[count] = (imx_footprint){.rings = {{xy[count], 4}}, .ring_count = 1};
    }
    imx_space space = world;
    space.wraps = wraps;
    return imx_layer_span(footprints, count, NULL, 0, &space, west, east);
}

static void across(void **context) {
    (void)context;
    double west = 0, east = 0;
    assert_true(span((const double[]){3500.25, 3600, 0, 50.5, -1}, true, &west, &east));
    assert_true(west == 3500.25 && east == 50.5);
    /* not quite to the seam, and something small in between */
    assert_true(span((const double[]){3300, 3590, 700, 800, 20, 100, -1}, true, &west, &east));
    assert_true(west == 3300 && east == 800);
}

static void not_across(void **context) {
    (void)context;
    double west, east;
    assert_false(span((const double[]){3500, 3600, 0, 50, -1}, false, &west, &east));
    assert_false(span((const double[]){1000, 1100, -1}, true, &west, &east));
    assert_false(span((const double[]){0, 3600, -1}, true, &west, &east));
    assert_false(span((const double[]){100, 200, 300, 400, -1}, true, &west, &east));
    assert_false(span((const double[]){0, 1800, 1800, 3600, -1}, true, &west, &east));
    assert_false(span((const double[]){-1}, true, &west, &east));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(across), cmocka_unit_test(not_across)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
