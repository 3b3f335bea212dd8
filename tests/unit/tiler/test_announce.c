/* tests/unit/tiler/test_announce.c: the walk tells what comes next before it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiler/pyramid.h"

enum { ZOOM = 6, ROOTS = 8, SIDE = 64 }; /* metatiles of 8 x 8 tiles: 8 x 8 of them at zoom 3 */

typedef struct world {
    int announced[2 * ROOTS][2 * ROOTS], rendered[2 * ROOTS][2 * ROOTS];
    int announces, late;
    uint32_t columns;
} world;

/* A corner, a hole in the middle, and one that lies apart. */
static bool is_there(uint32_t x, uint32_t y) {
    return !(x < 3 && y < 2) && !(x >= 3 && x < 5 && y >= 3 && y < 5) && (x != 7 || y == 7);
}

static bool touches(void *context, imx_tile tile) {
    const uint32_t side = ROOTS >> (tile.z < 3 ? tile.z : 3), down = tile.z > 3 ? tile.z - 3 : 0;
    (void)context;
    for (uint32_t y = 0; y < side; y++) {
        for (uint32_t x = 0; x < side; x++) {
            if (is_there((((tile.x >> down) * side) + x) % ROOTS, ((tile.y >> down) * side) + y)) {
                return true;
            }
        }
    }
    return false;
}

static imx_status render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                         imx_error *err, unsigned *look) {
    world *w = context;
    (void)worker, (void)x_px, (void)y_px, (void)out, (void)err;
    w->late += w->announced[tile.y >> 3][tile.x >> 3] == 0;
    w->rendered[tile.y >> 3][tile.x >> 3]++;
    *look = IMX_LOOK_EMPTY;
    return IMX_OK;
}

static void announce(void *context, unsigned worker, imx_tile tile) {
    world *w = context;
    assert_int_equal(worker, 0);
    assert_int_equal(tile.z, 3);
    assert_true(tile.x < ROOTS * w->columns && tile.y < ROOTS);
    assert_true(touches(NULL, tile));
    assert_int_equal(w->rendered[tile.y][tile.x], 0);
    w->announced[tile.y][tile.x]++;
    w->announces++;
}

static void check(uint32_t columns, imx_walk_order order, imx_reduce_method overview) {
    static world w;
    w = (world){.columns = columns};
    imx_kernels kernels;
    imx_memory *memory;
    imx_pool *pool;
    imx_pyramid_stats stats = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_pyramid pyramid = {.columns = columns,
                                 .rows = 1,
                                 .zoom_min = ZOOM,
                                 .zoom_max = ZOOM,
                                 .tile_px = SIDE,
                                 .order = order,
                                 .overview = overview};
    const imx_pyramid_ops ops = {.context = &w, .touches = touches, .render = render, .announce = announce};
    imx_kernels_init(&kernels, imx_cpu_detect());
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    assert_int_equal(imx_pool_create(memory, 1, &err, &pool), IMX_OK);
    if (imx_pyramid_run(memory, &kernels, &pyramid, &ops, pool, &stats, &err) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_pool_destroy(&pool);
    imx_memory_destroy(&memory);
    int there = 0;
    for (uint32_t y = 0; y < ROOTS; y++) {
        for (uint32_t x = 0; x < ROOTS * columns; x++) {
            there += is_there(x % ROOTS, y);
            assert_int_equal(w.announced[y][x] > 0, is_there(x % ROOTS, y));
        }
    }
    assert_int_equal(w.late, 0);
    assert_int_equal(w.announces, there); /* each of them once: one worker follows the curve */
}

static void along_the_curve(void **state) {
    (void)state;
    check(1, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE);
}
static void in_two_squares(void **state) {
    (void)state;
    check(2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE);
}
static void in_rows(void **state) {
    (void)state;
    check(1, IMX_WALK_ROWS, IMX_REDUCE_AVERAGE);
}
static void with_a_halo(void **state) {
    (void)state;
    check(1, IMX_WALK_HILBERT, IMX_REDUCE_CUBIC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(along_the_curve),
        cmocka_unit_test(in_two_squares),
        cmocka_unit_test(in_rows),
        cmocka_unit_test(with_a_halo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
