/* Tile ids against known answers of the PMTiles v3 specification and its implementations, and against the curve's own
 * properties: a bijection whose steps are always to a neighbour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tiler/tile_id.h"

static void check_pair(uint64_t id, uint32_t z, uint32_t x, uint32_t y) {
    imx_tile tile = {z, x, y};
    assert_int_equal(imx_tile_id(tile), id);
    imx_tile back = imx_tile_from_id(id);
    assert_int_equal(back.z, z);
    assert_int_equal(back.x, x);
    assert_int_equal(back.y, y);
}

static void test_known_answers(void **state) {
    (void)state;
    check_pair(0, 0, 0, 0);
    check_pair(1, 1, 0, 0);
    check_pair(2, 1, 0, 1);
    check_pair(3, 1, 1, 1);
    check_pair(4, 1, 1, 0);
    check_pair(5, 2, 0, 0);
    check_pair(11, 2, 1, 3);
    check_pair(26, 3, 3, 0);
    check_pair(19078479, 12, 3423, 1763); /* the specification's example */
    /* Each zoom starts at the top left and ends at the top right. */
    for (uint32_t z = 0; z <= 31; z++) {
        uint64_t first = ((UINT64_C(1) << 2 * z) - 1) / 3;
        check_pair(first, z, 0, 0);
        check_pair(first + (UINT64_C(1) << 2 * z) - 1, z, (uint32_t)((UINT64_C(1) << z) - 1), 0);
    }
}

static void test_beyond_the_last(void **state) {
    (void)state;
    assert_int_equal(imx_tile_from_id(UINT64_MAX / 3 - 1).z, 31);
    assert_int_equal(imx_tile_from_id(UINT64_MAX / 3).z, 32);
    assert_int_equal(imx_tile_from_id(UINT64_MAX).z, 32);
}

static void test_continuous(void **state) {
    (void)state;
    for (uint32_t z = 0; z <= 7; z++) {
        uint64_t first = ((UINT64_C(1) << 2 * z) - 1) / 3, count = UINT64_C(1) << 2 * z;
        imx_tile last = {0, 0, 0};
        for (uint64_t i = 0; i < count; i++) {
            imx_tile tile = imx_tile_from_id(first + i);
            assert_int_equal(tile.z, z);
            assert_true(tile.x < 1u << z && tile.y < 1u << z);
            assert_int_equal(imx_hilbert_index(z, tile.x, tile.y), i);
            if (i > 0) {
                int step = abs((int)tile.x - (int)last.x) + abs((int)tile.y - (int)last.y);
                assert_int_equal(step, 1);
            }
            last = tile;
        }
    }
}

static void test_round_trip_everywhere(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t id = (seed ^ seed >> 29) % (UINT64_MAX / 3);
        assert_int_equal(imx_tile_id(imx_tile_from_id(id)), id);
    }
}

static void test_children_follow_the_curve(void **state) {
    (void)state;
    for (uint64_t id = 0; id < 1365; id++) {
        imx_tile tile = imx_tile_from_id(id), children[4];
        imx_tile_children(tile, children);
        uint64_t index = imx_hilbert_index(tile.z, tile.x, tile.y);
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(children[i].z, tile.z + 1);
            assert_int_equal(children[i].x / 2, tile.x);
            assert_int_equal(children[i].y / 2, tile.y);
            assert_int_equal(imx_hilbert_index(children[i].z, children[i].x, children[i].y), 4 * index + i);
        }
    }
}

static void test_children_beside_the_square(void **state) {
    (void)state;
    imx_tile children[4], tile = {0, 1, 0}; /* the eastern half of WorldCRS84Quad */
    imx_tile_children(tile, children);
    imx_tile expected[4] = {{1, 2, 0}, {1, 2, 1}, {1, 3, 1}, {1, 3, 0}};
    assert_memory_equal(children, expected, sizeof expected);
}

static void test_compare(void **state) {
    (void)state;
    imx_tile sorted[] = {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 0, 1}, {1, 1, 1}, {1, 1, 0},
                         {1, 2, 0}, {1, 2, 1}, {1, 3, 1}, {1, 3, 0}, {1, 0, 2}, {2, 0, 0}};
    int count = (int)(sizeof sorted / sizeof *sorted);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            assert_int_equal(imx_tile_compare(sorted[i], sorted[j]), (i > j) - (i < j));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_beyond_the_last),
        cmocka_unit_test(test_continuous),
        cmocka_unit_test(test_round_trip_everywhere),
        cmocka_unit_test(test_children_follow_the_curve),
        cmocka_unit_test(test_children_beside_the_square),
        cmocka_unit_test(test_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
