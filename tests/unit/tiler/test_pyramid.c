/* tests/unit/tiler/test_pyramid.c: the walk over made-up worlds, against images that the test reduces itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/made_world.h"
#include "tiler/tile_id.h"

/* ---- runs and what must hold after them ---------------------------------------------------------------------- */

static imx_status run(world *w, imx_pyramid_stats *stats, imx_error *err) {
    imx_pyramid_ops ops = world_ops(w);
    *stats = (imx_pyramid_stats){0};
    imx_status status = imx_pyramid_run(w->memory, &w->kernels, &w->pyramid, &ops, w->pool, stats, err);
    assert_int_equal(imx_memory_used(w->memory), 0);
    assert_int_equal(atomic_load(&w->wrong), 0);
    return status;
}

static bool touched_throughout(void *context, imx_tile tile) {
    if (!world_touches(context, tile)) {
        return false;
    }
    imx_tile children[4];
    imx_tile_children(tile, children);
    for (int i = 0; i < 4 && tile.z < ((world *)context)->pyramid.zoom_max; i++) {
        if (!touched_throughout(context, children[i])) {
            return false;
        }
    }
    return true;
}

static void assert_counted_by_outlines_too(world *w, const uint64_t counts[IMX_ZOOM_MAX + 1]) {
    uint64_t others[IMX_ZOOM_MAX + 1];
    imx_pyramid_ops ops = world_ops(w);
    ops.touches_throughout = touched_throughout;
    (void)imx_pyramid_count(&w->pyramid, &ops, others);
    assert_memory_equal(others, counts, sizeof others);
}

/* Everything once, nothing else, and the counts agree. */
static void assert_complete(world *w, const imx_pyramid_stats *stats) {
    uint64_t counts[IMX_ZOOM_MAX + 1], expected = 0, encoded = 0, metatiles = 0;
    imx_pyramid_ops ops = world_ops(w);
    uint64_t base = imx_pyramid_count(&w->pyramid, &ops, counts);
    assert_counted_by_outlines_too(w, counts);
    for (uint32_t z = 0; z <= IMX_ZOOM_MAX; z++) {
        uint64_t with_base = 0;
        for (uint32_t i = 0; z <= w->pyramid.zoom_max && i < world_columns(w, z) * world_rows(w, z); i++) {
            cell *c = &w->cells[z][i];
            bool filled = w->light ? c->has_base : c->filled;
            bool written = z >= w->pyramid.zoom_min && z <= imx_pyramid_written_max(&w->pyramid) && filled;
            with_base += c->has_base;
            assert_int_equal(atomic_load(&c->rendered), z == w->pyramid.zoom_max && c->has_base);
            assert_int_equal(atomic_load(&c->encoded), written);
            assert_int_equal(atomic_load(&c->sunk), written);
            encoded += written;
            if (z != world_root_zoom(w)) {
                assert_int_equal(atomic_load(&c->units), z < world_root_zoom(w) && written);
            }
        }
        assert_int_equal(counts[z], with_base);
        expected += z >= w->pyramid.zoom_min && z <= imx_pyramid_written_max(&w->pyramid) ? with_base : 0;
        metatiles += z == world_root_zoom(w) ? with_base : 0;
    }
    assert_int_equal(base, counts[w->pyramid.zoom_max]);
    assert_int_equal(atomic_load(&stats->base_done), base);
    assert_int_equal(atomic_load(&stats->encoded), encoded);
    assert_int_equal(atomic_load(&stats->empty), expected - encoded);
    assert_int_equal(atomic_load(&stats->bytes), encoded * sizeof(imx_hash));
    assert_int_equal(atomic_load(&stats->metatiles), metatiles);
}

/* One hash over which units were sunk with which tiles and bytes. */
static imx_hash outcome(world *w) {
    imx_hasher *hasher = NULL;
    assert_int_equal(imx_hasher_create(NULL, &hasher), IMX_OK);
    for (uint32_t z = 0; z <= w->pyramid.zoom_max; z++) {
        for (size_t i = 0; i < (size_t)world_columns(w, z) * world_rows(w, z); i++) {
            const cell *c = &w->cells[z][i];
            unsigned facts[2] = {atomic_load(&c->units), atomic_load(&c->sunk)};
            imx_hasher_add(hasher, facts, sizeof facts);
            imx_hasher_add(hasher, &c->hash, sizeof c->hash);
        }
    }
    imx_hash hash = imx_hasher_result(hasher);
    imx_hasher_destroy(&hasher);
    return hash;
}

static void assert_walks(imx_pyramid pyramid) {
    static const unsigned threads[] = {1, 2, 7};
    imx_hash first = {{0}};
    world *w = world_new(pyramid, 1, false);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        imx_pool_destroy(&w->pool);
        assert_int_equal(imx_pool_create(NULL, threads[i], NULL, &w->pool), IMX_OK);
        for (int order = 0; order < 2; order++) {
            w->pyramid.order = order ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
            world_forget(w);
            imx_pyramid_stats stats;
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(run(w, &stats, &err), IMX_OK);
            assert_complete(w, &stats);
            imx_hash now = outcome(w);
            if (i == 0 && order == 0) {
                first = now;
            }
            assert_true(imx_hash_equal(&first, &now));
        }
    }
    world_end(w);
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static void sides_of_metatiles(void **state) {
    (void)state;
    static const uint32_t rows[][2] = {{2, 8}, {128, 8}, {256, 8}, {512, 4}, {1024, 2}, {2048, 1}, {4096, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(imx_metatile_side(rows[i][0]), rows[i][1]);
    }
}

static void a_deep_pyramid(void **state) {
    (void)state;
    assert_walks((imx_pyramid){1, 1, 0, 6, 8, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
}

static void tops_that_are_not_square(void **state) {
    (void)state;
    assert_walks((imx_pyramid){2, 1, 0, 5, 8, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
    assert_walks((imx_pyramid){3, 5, 0, 3, 4, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
    assert_walks((imx_pyramid){1, 4, 0, 4, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
}

/* Other units, the same tiles. */
static void metatiles_that_are_flatter(void **state) {
    (void)state;
    world *w = world_new(
        (imx_pyramid){1, 2, 0, 5, 4, IMX_WALK_ROWS, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 1, false);
    for (w->pyramid.flatter = 0; w->pyramid.flatter <= 4; w->pyramid.flatter++) {
        for (unsigned threads = 1; threads <= 7; threads += 3) {
            imx_pool_destroy(&w->pool);
            assert_int_equal(imx_pool_create(NULL, threads, NULL, &w->pool), IMX_OK);
            world_forget(w);
            imx_pyramid_stats stats;
            assert_int_equal(run(w, &stats, NULL), IMX_OK);
            assert_complete(w, &stats);
        }
    }
    w->pyramid.flatter = 0;
    world_end(w);
}

static void every_lowest_zoom(void **state) {
    (void)state;
    for (uint32_t zoom_min = 0; zoom_min <= 5; zoom_min++) {
        assert_walks((imx_pyramid){1, 2, zoom_min, 5, 4, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0,
                                   0, false});
    }
}

/* Within a metatile, all of it, and beyond. */
static void zooms_that_are_not_written(void **state) {
    (void)state;
    for (uint32_t unwritten = 1; unwritten <= 5; unwritten++) {
        imx_pyramid pyramid = {1, 2,     0, 5,      4, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE,
                               0, false, 0, IMX_U8, 0, unwritten,        false};
        assert_walks(pyramid);
        pyramid.zoom_min = 5 - unwritten;
        assert_walks(pyramid);
    }
}

static void pyramids_less_deep_than_a_metatile(void **state) {
    (void)state;
    for (uint32_t zoom_max = 0; zoom_max <= 3; zoom_max++) {
        assert_walks((imx_pyramid){2, 3, 0, zoom_max, 16, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0,
                                   0, false});
        assert_walks((imx_pyramid){1, 1, zoom_max, zoom_max, 16, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0,
                                   IMX_U8, 0, 0, false});
    }
}

static void real_tile_sizes(void **state) {
    (void)state;
    assert_walks(
        (imx_pyramid){1, 1, 0, 3, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
    assert_walks(
        (imx_pyramid){1, 1, 0, 2, 512, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
    assert_walks(
        (imx_pyramid){1, 1, 0, 1, 1024, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
    assert_walks(
        (imx_pyramid){1, 1, 0, 1, 2048, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false});
}

/* The units that hold a tile are the same for each zoom_min, and so are their bytes. */
static void units_do_not_depend_on_the_lowest_zoom(void **state) {
    (void)state;
    world *all = world_new(
        (imx_pyramid){1, 1, 0, 5, 4, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 2, false);
    imx_pyramid_stats stats;
    assert_int_equal(run(all, &stats, NULL), IMX_OK);
    for (uint32_t zoom_min = 1; zoom_min <= 5; zoom_min++) {
        world *some = world_new(
            (imx_pyramid){1, 1, zoom_min, 5, 4, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
            2, false);
        assert_int_equal(run(some, &stats, NULL), IMX_OK);
        for (uint32_t z = 0; z <= 5; z++) {
            for (uint32_t i = 0; i < world_columns(all, z) * world_rows(all, z); i++) {
                cell *a = &all->cells[z][i], *b = &some->cells[z][i];
                if (z >= zoom_min) {
                    assert_int_equal(atomic_load(&a->units), atomic_load(&b->units));
                    assert_true(imx_hash_equal(&a->hash, &b->hash));
                } else if (z > 2) { /* inside the metatiles, whose roots are at zoom 2 */
                    assert_int_equal(atomic_load(&b->units), 0);
                }
            }
        }
        world_end(some);
    }
    world_end(all);
}

static void each_tile_is_asked_for_once(void **state) {
    (void)state;
    world *w = world_new(
        (imx_pyramid){2, 1, 0, 6, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 3, false);
    imx_pyramid_stats stats;
    assert_int_equal(run(w, &stats, NULL), IMX_OK);
    for (uint32_t z = 0; z <= 6; z++) {
        for (uint32_t y = 0; y < world_rows(w, z); y++) {
            for (uint32_t x = 0; x < world_columns(w, z); x++) {
                bool above = z == 0 || world_cell(w, (imx_tile){z - 1, x / 2, y / 2})->touched;
                assert_int_equal(atomic_load(&world_cell(w, (imx_tile){z, x, y})->asked), above);
            }
        }
    }
    world_end(w);
}

static bool nowhere(void *context, imx_tile tile) {
    (void)context, (void)tile;
    return false;
}

static void an_empty_world(void **state) {
    (void)state;
    world *w = world_new(
        (imx_pyramid){2, 2, 0, 4, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 2, true);
    for (int order = 0; order < 2; order++) {
        w->pyramid.order = order ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
        imx_pyramid_ops ops = world_ops(w);
        ops.touches = nowhere;
        imx_pyramid_stats stats = {0};
        assert_int_equal(imx_pyramid_run(w->memory, &w->kernels, &w->pyramid, &ops, w->pool, &stats, NULL), IMX_OK);
        assert_int_equal(atomic_load(&stats.base_done), 0);
        assert_int_equal(atomic_load(&w->calls[SINK]), 0);
        uint64_t counts[IMX_ZOOM_MAX + 1];
        assert_int_equal(imx_pyramid_count(&w->pyramid, &ops, counts), 0);
    }
    world_end(w);
}

static void impossible_pyramids_are_refused(void **state) {
    (void)state;
    static const imx_pyramid rows[] = {
        {0, 1, 0, 1, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 0, 0, 1, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 2, 1, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 31, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 1, 0, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 1, 1, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 1, 100, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {4, 1, 0, 30, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 4, 0, 30, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 1, 32768, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
        {1, 1, 0, 1, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 2, false},
        {1, 1, 1, 2, 256, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 2, false},
    };
    world *w = world_new(
        (imx_pyramid){1, 1, 0, 1, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 1, true);
    imx_pyramid_ops ops = world_ops(w);
    imx_pyramid_stats stats = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        imx_error err = IMX_ERROR_INIT;
        assert_int_equal(imx_pyramid_run(w->memory, &w->kernels, &rows[i], &ops, w->pool, &stats, &err),
                         IMX_E_INTERNAL);
    }
    assert_int_equal(atomic_load(&w->calls[TOUCHES]), 0);
    world_end(w);
}

static void failures_and_cancels(void **state) {
    (void)state;
    static const unsigned threads[] = {1, 2, 7};
    for (size_t i = 0; i < 3; i++) {
        world *w = world_new(
            (imx_pyramid){2, 1, 0, 4, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
            threads[i], false);
        imx_pyramid_stats stats;
        assert_int_equal(run(w, &stats, NULL), IMX_OK);
        unsigned calls[SINK + 1];
        for (int k = 0; k <= SINK; k++) {
            calls[k] = atomic_load(&w->calls[k]);
        }
        for (int order = 0; order < 2; order++) {
            w->pyramid.order = order ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
            for (op which = TOUCHES; which <= SINK; which++) {
                for (w->at = 1; w->at <= calls[which]; w->at += 1 + calls[which] / 7) {
                    imx_error err = IMX_ERROR_INIT;
                    if (which != TOUCHES) {
                        world_forget(w);
                        w->fail_op = which;
                        assert_int_equal(run(w, &stats, &err), IMX_E_INPUT);
                        char text[64];
                        (void)snprintf(text, sizeof text, "op %d, call %u", (int)which, w->at);
                        assert_string_equal(err.text, text);
                        w->fail_op = NO_OP;
                    }
                    world_forget(w);
                    w->cancel_op = which;
                    imx_status status = run(w, &stats, &err);
                    /* what comes after the very last tile cancels nothing */
                    assert_true(status == IMX_E_CANCELLED || (status == IMX_OK && w->at == calls[which]));
                    w->cancel_op = NO_OP;
                }
            }
            world_forget(w); /* and the same pool and memory still do it right */
            assert_int_equal(run(w, &stats, NULL), IMX_OK);
            assert_complete(w, &stats);
        }
        world_end(w);
    }
}

static void a_cancel_is_seen_within_a_tile(void **state) {
    (void)state;
    world *w =
        world_new((imx_pyramid){1, 1, 0, 3, 2, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
                  1, true); /* one metatile of 64 tiles */
    w->cancel_op = RENDER;
    w->at = 5;
    imx_pyramid_stats stats;
    assert_int_equal(run(w, &stats, NULL), IMX_E_CANCELLED);
    assert_int_equal(atomic_load(&w->calls[RENDER]), 5);
    assert_int_equal(atomic_load(&w->calls[SINK]), 0);
    world_end(w);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        for (unsigned threads = 1; threads <= 2; threads++) {
            world *w = world_new((imx_pyramid){2, 1, 0, 4, 2, order ? IMX_WALK_ROWS : IMX_WALK_HILBERT,
                                               IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
                                 threads, false);
            imx_status status = IMX_E_NOMEM;
            for (size_t nth = 1; status == IMX_E_NOMEM; nth += 1 + nth / 16) {
                world_forget(w);
                imx_memory_fail_nth(w->memory, nth);
                imx_pyramid_stats stats;
                imx_error err = IMX_ERROR_INIT;
                status = run(w, &stats, &err);
                assert_true(status == IMX_OK || status == IMX_E_NOMEM);
                assert_true((status == IMX_OK) == (err.text[0] == '\0'));
            }
            world_end(w);
        }
    }
}

/* Zoom for zoom deeper, four times the tiles, and only one more tile a worker. */
static void memory_is_bounded_by_depth(void **state) {
    (void)state;
    enum { PX = 16, TILE_BYTES = PX * PX * 4 };
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        for (uint32_t zoom_max = 4; zoom_max <= 8; zoom_max++) {
            world *w = world_new((imx_pyramid){1, 1, 0, zoom_max, PX, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0,
                                               IMX_U8, 0, 0, false},
                                 threads, true);
            imx_pyramid_stats stats;
            assert_int_equal(run(w, &stats, NULL), IMX_OK);
            assert_complete(w, &stats);
            size_t depth = world_root_zoom(w);
            size_t scratch = 4 * (TILE_BYTES + 64) + 85 * 128 + 85 * 48 + 1024; /* levels, blobs, tile list */
            size_t chain = depth * (TILE_BYTES + 64 + 4 * 256);                 /* a tile and 4 nodes a level */
            assert_true(imx_memory_peak(w->memory) <= threads * (scratch + chain) + 256);
            world_end(w);
        }
    }
}

/* Four metatiles of one tile each reduce themselves into their parent at the same moment. */
static void siblings_that_end_at_once(void **state) {
    (void)state;
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 4);
    world *w = world_new(
        (imx_pyramid){1, 1, 0, 1, 2048, IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false}, 4,
        true);
    w->barrier = &barrier;
    for (int i = 0; i < 8; i++) {
        w->pyramid.order = i % 2 ? IMX_WALK_ROWS : IMX_WALK_HILBERT;
        world_forget(w);
        imx_pyramid_stats stats;
        assert_int_equal(run(w, &stats, NULL), IMX_OK);
        assert_complete(w, &stats);
    }
    world_end(w);
    pthread_barrier_destroy(&barrier);
}

/* ---- order --------------------------------------------------------------------------------------------------- */

typedef struct trail {
    world *w;
    imx_tile roots[4096];
    size_t count;
} trail;

static bool trail_touches(void *context, imx_tile tile) { return world_touches(((trail *)context)->w, tile); }
static imx_status trail_render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px,
                               imx_pixels *out, imx_error *err, unsigned *look) {
    return world_render(((trail *)context)->w, worker, tile, x_px, y_px, out, err, look);
}
static imx_status trail_encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                               imx_error *err, imx_stored_tile *out) {
    return world_encode(((trail *)context)->w, worker, tile, pixels, look, err, out);
}
static imx_status trail_sink(void *context, unsigned worker, const imx_metatile *unit, imx_error *err) {
    trail *t = context;
    if (unit->root.z == world_root_zoom(t->w)) {
        t->roots[t->count++] = unit->root;
    }
    return world_sink(t->w, worker, unit, err);
}

static void one_worker_follows_the_order(void **state) {
    (void)state;
    for (int order = 0; order < 2; order++) {
        trail t = {0};
        t.w = world_new((imx_pyramid){1, 1, 0, 7, 2, order ? IMX_WALK_ROWS : IMX_WALK_HILBERT, IMX_REDUCE_AVERAGE, 0,
                                      false, 0, IMX_U8, 0, 0, false},
                        1, true);
        imx_pyramid_ops ops = {&t, trail_touches, NULL, trail_render, trail_encode, trail_sink, NULL, NULL};
        imx_pyramid_stats stats = {0};
        assert_int_equal(imx_pyramid_run(t.w->memory, &t.w->kernels, &t.w->pyramid, &ops, t.w->pool, &stats, NULL),
                         IMX_OK);
        assert_int_equal(t.count, 256);
        for (size_t i = 0; i < t.count; i++) {
            if (order) {
                assert_int_equal(t.roots[i].y * 16 + t.roots[i].x, i);
            } else {
                assert_int_equal(imx_hilbert_index(4, t.roots[i].x, t.roots[i].y), i);
            }
        }
        world_end(t.w);
    }
}

/* From the right to the left, the lower half first. */
static imx_status odd_row(void *context, unsigned worker, imx_tile tile, imx_error *err, double *row) {
    (void)context, (void)worker, (void)err;
    *row = tile.y < 8 ? 0.25 - tile.x : -100.5 - tile.x;
    return IMX_OK;
}

static imx_status no_row(void *context, unsigned worker, imx_tile tile, imx_error *err, double *row) {
    (void)context, (void)worker, (void)row;
    return tile.x == 7 && tile.y == 5 ? imx_fail(err, IMX_E_INPUT, "no row") : IMX_OK;
}

static void rows_may_be_the_callers(void **state) {
    (void)state;
    trail t = {0};
    t.w = world_new((imx_pyramid){1, 1, 0, 7, 2, IMX_WALK_ROWS, IMX_REDUCE_AVERAGE, 0, false, 0, IMX_U8, 0, 0, false},
                    1, true);
    imx_pyramid_ops ops = {&t, trail_touches, NULL, trail_render, trail_encode, trail_sink, odd_row, NULL};
    imx_pyramid_stats stats = {0};
    assert_int_equal(imx_pyramid_run(t.w->memory, &t.w->kernels, &t.w->pyramid, &ops, t.w->pool, &stats, NULL), IMX_OK);
    assert_int_equal(t.count, 256);
    for (uint32_t i = 0; i < 256; i++) { /* within a column of equal rows from the top */
        assert_int_equal(t.roots[i].x, 15 - i % 128 / 8);
        assert_int_equal(t.roots[i].y, i % 8 + (i < 128 ? 8 : 0));
    }
    imx_error err = IMX_ERROR_INIT;
    ops.row = no_row;
    world_forget(t.w);
    assert_int_equal(imx_pyramid_run(t.w->memory, &t.w->kernels, &t.w->pyramid, &ops, t.w->pool, &stats, &err),
                     IMX_E_INPUT);
    assert_string_equal(err.text, "no row");
    assert_int_equal(atomic_load(&t.w->calls[RENDER]), 0);
    world_end(t.w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_of_metatiles),
        cmocka_unit_test(a_deep_pyramid),
        cmocka_unit_test(tops_that_are_not_square),
        cmocka_unit_test(metatiles_that_are_flatter),
        cmocka_unit_test(every_lowest_zoom),
        cmocka_unit_test(zooms_that_are_not_written),
        cmocka_unit_test(pyramids_less_deep_than_a_metatile),
        cmocka_unit_test(real_tile_sizes),
        cmocka_unit_test(units_do_not_depend_on_the_lowest_zoom),
        cmocka_unit_test(each_tile_is_asked_for_once),
        cmocka_unit_test(an_empty_world),
        cmocka_unit_test(impossible_pyramids_are_refused),
        cmocka_unit_test(failures_and_cancels),
        cmocka_unit_test(a_cancel_is_seen_within_a_tile),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(memory_is_bounded_by_depth),
        cmocka_unit_test(siblings_that_end_at_once),
        cmocka_unit_test(one_worker_follows_the_order),
        cmocka_unit_test(rows_may_be_the_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
