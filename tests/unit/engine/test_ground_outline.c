/* tests/unit/engine/test_ground_outline.c: cutting at the antimeridian, to the digit; memory that runs out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/ground_outline.h"

static void assert_span(double west, double east, double want_west, double want_east, bool crosses) {
    double w, e;
    assert_int_equal(imx_ground_span(west, east, &w, &e), crosses);
    assert_true(fabs(w - want_west) < 1e-12 && fabs(e - want_east) < 1e-12);
}

static void spans(void **context) {
    (void)context;
    assert_span(-10, 20, -10, 20, false);
    assert_span(170, 190, 170, -170, true);
    assert_span(-190, -170, 170, -170, true);
    assert_span(350, 370, -10, 10, false);
    assert_span(170, 180, 170, 180, false);
    assert_span(180, 190, -180, -170, false);
    assert_span(0, 360, -180, 180, false);
    assert_span(10, 400, -180, 180, false);
}

static imx_ground_outline cut(imx_memory *memory, const double *lonlat, size_t count) {
    imx_error err = IMX_ERROR_INIT;
    imx_ground_outline outline = {.part_count = 0};
    assert_int_equal(imx_ground_cut(memory, lonlat, count, &err, &outline), IMX_OK);
    return outline;
}

static void assert_part(const imx_ground_part *part, const double *want, size_t count) {
    assert_int_equal(part->count, count);
    for (size_t i = 0; i < 2 * count; i++) {
        assert_true(fabs(part->lonlat[i] - want[i]) < 1e-12);
    }
}

/* Clockwise, from 170 to 190: two parts, counterclockwise. */
static void a_box_across(void **context) {
    (void)context;
    static const double box[] = {170, 10, 190, 10, 190, 0, 170, 0};
    imx_ground_outline o = cut(NULL, box, 4);
    assert_int_equal(o.part_count, 2);
    assert_part(&o.parts[0], (const double[]){170, 0, 180, 0, 180, 10, 170, 10}, 4);
    assert_part(&o.parts[1], (const double[]){-180, 0, -170, 0, -170, 10, -180, 10}, 4);
    imx_ground_outline_clear(NULL, &o);
}

/* A triangle whose tip alone lies beyond, on a whole turn more. */
static void a_tip_across(void **context) {
    (void)context;
    static const double tip[] = {530, -10, 550, 0, 530, 10};
    imx_ground_outline o = cut(NULL, tip, 3);
    assert_int_equal(o.part_count, 2);
    assert_part(&o.parts[0], (const double[]){170, -10, 180, -5, 180, 5, 170, 10}, 4);
    assert_part(&o.parts[1], (const double[]){-180, -5, -170, 0, -180, 5}, 3);
    imx_ground_outline_clear(NULL, &o);
}

/* Up to the antimeridian and no further: one part; more than a round: the world once. */
static void ends(void **context) {
    (void)context;
    static const double up_to[] = {170, 0, 180, 0, 180, 10, 170, 10}, more[] = {-180, -90, 200, -90, 200, 90, -180, 90};
    imx_ground_outline o = cut(NULL, up_to, 4);
    assert_int_equal(o.part_count, 1);
    assert_part(&o.parts[0], up_to, 4);
    imx_ground_outline_clear(NULL, &o);
    o = cut(NULL, more, 4);
    assert_int_equal(o.part_count, 1);
    assert_part(&o.parts[0], (const double[]){-180, -90, 180, -90, 180, 90, -180, 90}, 4);
    imx_ground_outline_clear(NULL, &o);
}

static void no_memory(void **context) {
    (void)context;
    static const double box[] = {170, 10, 190, 10, 190, 0, 170, 0};
    imx_memory *memory = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_ground_outline o = {.part_count = 0};
    assert_int_equal(imx_memory_create(400, &memory), IMX_OK); /* for the scratch of one */
    assert_int_equal(imx_ground_cut(memory, box, 4, &err, &o), IMX_E_NOMEM);
    imx_ground_outline_clear(memory, &o);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(spans), cmocka_unit_test(a_box_across),
                                       cmocka_unit_test(a_tip_across), cmocka_unit_test(ends),
                                       cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
