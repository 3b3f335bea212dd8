/* tests/unit/engine/test_scene_index.c: the R-tree against a loop over all footprints. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/footprint.h"

static double next_unit(uint32_t *state) { return ((*state = *state * 1664525U + 1013904223U) >> 8) / 16777216.0; }

typedef struct scenes {
    size_t count;
    imx_footprint *footprints;
    const imx_footprint **pointers;
    double *xy; /* 12 numbers a footprint: a triangle, and its copy where there are two rings */
} scenes;

/* Small triangles in a world of 100000 px; some have a second ring far away, some are empty, some lie on each other. */
static void make(size_t count, scenes *s) {
    uint32_t seed = 42;
    s->count = count;
    s->footprints = calloc(count + 1, sizeof *s->footprints);
    s->pointers = calloc(count + 1, sizeof *s->pointers);
    s->xy = calloc(12 * (count + 1), sizeof *s->xy);
    assert_true(s->footprints && s->pointers && s->xy);
    for (size_t i = 0; i < count; i++) {
        imx_footprint *f = &s->footprints[i];
        double *xy = s->xy + 12 * i, x = next_unit(&seed) * 1e5, y = next_unit(&seed) * 1e5, kind = next_unit(&seed);
        double size = kind < 0.01 ? 20000 : 300;
        for (int k = 0; k < 3; k++) {
            xy[2 * k] = i % 7 == 3 ? xy[2 * k - 12] : x + next_unit(&seed) * size;
            xy[2 * k + 1] = i % 7 == 3 ? xy[2 * k - 11] : y + next_unit(&seed) * size;
            xy[6 + 2 * k] = xy[2 * k] + (xy[2 * k] > 50000 ? -50000 : 50000);
            xy[7 + 2 * k] = xy[2 * k + 1];
        }
        f->rings[0] = (imx_ring){xy, 3};
        f->rings[1] = (imx_ring){xy + 6, 3};
        f->ring_count = kind < 0.9 ? 1 : kind < 0.95 ? 2 : 0;
        f->margin_px = next_unit(&seed);
        f->outline = true;
        f->box = (imx_box){-1e6, -1e6, 1e6, 1e6};
        s->pointers[i] = f;
    }
}

static void drop(scenes *s) {
    free(s->footprints);
    free((void *)(uintptr_t)s->pointers);
    free(s->xy);
}

static void equals_brute_force(void **state) {
    (void)state;
    static const size_t counts[] = {0, 1, 2, 15, 16, 17, 257, 1000, 20000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        scenes s;
        make(counts[c], &s);
        imx_scene_index *index = NULL;
        assert_int_equal(imx_scene_index_create(NULL, s.pointers, s.count, NULL, &index), IMX_OK);
        uint32_t seed = 99, *found = calloc(s.count + 1, sizeof *found);
        assert_non_null(found);
        size_t hits = 0, seen = 0;
        for (int k = 0; k < 200; k++) {
            double size = k % 10 == 0 ? 2e5 : pow(10, 1 + 3 * next_unit(&seed));
            imx_box box = {next_unit(&seed) * 1.2e5 - 1e4, next_unit(&seed) * 1.2e5 - 1e4, 0, 0};
            if (k % 10 == 0) {
                box.min_x = box.min_y = -5e4;
            }
            box.max_x = box.min_x + size, box.max_y = box.min_y + size * next_unit(&seed);
            size_t n = imx_scene_index_query(index, &box, found, s.count), at = 0;
            for (uint32_t i = 0; i < s.count; i++) {
                if (imx_footprint_touches(&s.footprints[i], &box)) {
                    assert_true(at < n);
                    assert_int_equal(found[at], i);
                    at++;
                }
            }
            assert_int_equal(at, n);
            assert_int_equal(imx_scene_index_any(index, &box), n > 0);
            bool throughout = false;
            for (uint32_t i = 0; i < s.count; i++) {
                throughout |= imx_footprint_touches_throughout(&s.footprints[i], &box);
            }
            assert_int_equal(imx_scene_index_any_throughout(index, &box), throughout);
            seen += throughout;
            assert_int_equal(imx_scene_index_query(index, &box, found, n / 2), n); /* too little room is told */
            assert_int_equal(imx_scene_index_query(index, &box, NULL, 0), n);
            hits += n;
        }
        assert_true(s.count < 15 || hits > 10);
        assert_true(s.count < 1000 || seen > 0);
        free(found);
        imx_scene_index_destroy(&index);
        imx_scene_index_destroy(&index);
        assert_null(index);
        drop(&s);
    }
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    scenes s;
    make(300, &s);
    int failures = 0;
    for (size_t nth = 1; nth < 10; nth++) {
        imx_scene_index *index = NULL;
        imx_memory_fail_nth(memory, nth);
        imx_status status = imx_scene_index_create(memory, s.pointers, s.count, NULL, &index);
        failures += status == IMX_E_NOMEM;
        assert_true((status == IMX_OK) == (index != NULL));
        imx_scene_index_destroy(&index);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    assert_int_equal(failures, 6); /* index, pointers, entries, three levels (about 300, 19, 2 boxes) */
    imx_memory_fail_nth(memory, 0);
    drop(&s);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_brute_force),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
