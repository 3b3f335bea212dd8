/* tests/unit/tiler/test_target_join.c: one extent around many, on a line and on a circle. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiler/target_join.h"

static imx_raster_extent of(double west, double east) { return (imx_raster_extent){0.1, 0.2, west, -5, east, 5}; }

static void joins(double period, const imx_raster_extent *each, size_t count, double west, double east) {
    imx_raster_extent all, turned[4];
    assert_int_equal(imx_target_join(NULL, each, count, period, NULL, &all), IMX_OK);
    assert_true(fabs(all.min_x - west) < 1e-9 && fabs(all.max_x - east) < 1e-9);
    assert_true(all.min_y == -5 && all.max_y == 5 && all.res_x == 0.1 && all.res_y == 0.2);
    for (size_t i = 0; i < count; i++) { /* in any order */
        turned[i] = each[count - 1 - i];
    }
    assert_int_equal(imx_target_join(NULL, turned, count, period, NULL, &all), IMX_OK);
    assert_true(fabs(all.min_x - west) < 1e-9 && fabs(all.max_x - east) < 1e-9);
}

static void test_join(void **state) {
    (void)state;
    const imx_raster_extent none = {0.1, 0.2, INFINITY, INFINITY, -INFINITY, -INFINITY};
    joins(0, (imx_raster_extent[]){of(178, 182), of(-182, -178)}, 2, -182, 182);
    joins(360, (imx_raster_extent[]){of(178, 182), of(-182, -178)}, 2, 178, 182);
    joins(360, (imx_raster_extent[]){of(178, 182), of(-179, -175)}, 2, 178, 185);
    joins(360, (imx_raster_extent[]){of(178, 182), none, of(-179, -175)}, 3, 178, 185);
    joins(360, (imx_raster_extent[]){of(200, 220)}, 1, 200, 220); /* as it is written */
    joins(360, (imx_raster_extent[]){of(200, 220), of(230, 240)}, 2, 200, 240);
    joins(360, (imx_raster_extent[]){of(-10, 10), of(20, 30), of(15, 60)}, 3, -10, 60);
    joins(360, (imx_raster_extent[]){of(-170, -160), of(100, 110), of(350, 365)}, 3, -10, 200);
    joins(360, (imx_raster_extent[]){of(-180, 180), of(178, 182)}, 2, -180, 182); /* all round: no gap */
    joins(400, (imx_raster_extent[]){of(190, 200), of(-200, -190)}, 2, 190, 210);
}

static void test_move(void **state) {
    (void)state;
    imx_raster_extent e = of(-179, -175);
    imx_target_move_behind(&e, 178, 360);
    assert_true(e.min_x == 181 && e.max_x == 185);
    imx_target_move_behind(&e, 181.001, 360); /* closer than a 16th of a pixel: the same */
    assert_true(e.min_x == 181);
    imx_target_move_behind(&e, 182, 360);
    assert_true(e.min_x == 541);
    imx_target_move_behind(&e, 0, 0);
    assert_true(e.min_x == 541);
}

static void test_no_memory(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_raster_extent all;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_target_join(memory, (imx_raster_extent[]){of(178, 182), of(-182, -178)}, 2, 360, &err, &all),
                     IMX_E_NOMEM);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_join), cmocka_unit_test(test_move),
                                       cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
