/* tests/unit/engine/test_block_cache.c: loads that happen once, the bound, pins, failures, statistics, and eight
 * threads. The blocks come from a fake source; each pixel tells its level, column and row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "engine/block_cache.h"
#include "engine/block_seen.h"

enum { SIDE = 16, COLUMNS = 16, ROWS = 16, BLOCKS = COLUMNS * ROWS, BLOCK_BYTES = SIDE * SIDE * 4 };

/* 16 x 16 blocks; the last column and row are cut at half. */
static const imx_block_layout layout = {.pixel_bytes = 4,
                                        .level_w = COLUMNS * SIDE - SIDE / 2,
                                        .level_h = ROWS * SIDE - SIDE / 2,
                                        .block_w = SIDE,
                                        .block_h = SIDE,
                                        .columns = COLUMNS,
                                        .rows = ROWS};

typedef struct fake {
    atomic_int loads[BLOCKS];
    atomic_int fail_block;    /* this one fails; -1: none */
    int empty_from;           /* blocks from here on are empty */
    atomic_int waiting_ready; /* a load waits until this is 0 */
} fake;

static imx_source *as_source(fake *f) { return (imx_source *)(void *)f; }
static uint32_t pixel_of(int32_t level, int32_t column, int32_t row) {
    return 0xFF000000u | (uint32_t)(level << 16 | column << 8 | row);
}

static imx_status fake_load(imx_source *source, int32_t level, int32_t column, int32_t row, uint8_t *rgba,
                            ptrdiff_t row_stride, imx_error *err, bool *empty) {
    fake *f = (fake *)(void *)source;
    int number = row * COLUMNS + column;
    atomic_fetch_add(&f->loads[number], 1);
    while (atomic_load(&f->waiting_ready)) {
        usleep(200);
    }
    if (number == atomic_load(&f->fail_block)) {
        return imx_fail(err, IMX_E_INPUT, "block %d is damaged", number);
    }
    *empty = number >= f->empty_from;
    int w = column == COLUMNS - 1 ? SIDE / 2 : SIDE, h = row == ROWS - 1 ? SIDE / 2 : SIDE;
    uint32_t value = pixel_of(level, column, row);
    for (int y = 0; y < h && !*empty; y++) {
        for (int x = 0; x < w; x++) {
            memcpy(rgba + y * row_stride + (ptrdiff_t)4 * x, &value, 4);
        }
    }
    return IMX_OK;
}

typedef struct place {
    imx_memory *memory;
    imx_block_cache *cache;
    fake source;
} place;

static void open_cache(place *p, size_t memory_bytes, size_t cache_bytes) {
    memset(p, 0, sizeof *p);
    p->source.empty_from = BLOCKS;
    p->source.fail_block = -1;
    assert_int_equal(imx_memory_create(memory_bytes, &p->memory), IMX_OK);
    assert_int_equal(imx_block_cache_create(p->memory, cache_bytes, NULL, &p->cache), IMX_OK);
    imx_block_cache_set_loader(p->cache, fake_load);
}

static void close_cache(place *p) {
    imx_block_cache_destroy(&p->cache);
    assert_null(p->cache);
    assert_int_equal(imx_memory_used(p->memory), 0);
    imx_memory_destroy(&p->memory);
}

static imx_status get(place *p, int column, int row, imx_error *err, imx_block *block) {
    imx_block_key key = {.scene = 7, .asset = 1, .level = 2, .column = column, .row = row};
    return imx_block_acquire(p->cache, &key, as_source(&p->source), &layout, err, block);
}

static bool is_right(const imx_block *block, int column, int row) {
    uint32_t want = pixel_of(2, column, row);
    for (int y = 0; y < block->height; y++) {
        for (int x = 0; x < block->width; x++) {
            uint32_t got;
            memcpy(&got, block->rgba + y * block->row_stride + (ptrdiff_t)4 * x, 4);
            if (got != want) {
                return false;
            }
        }
    }
    return true;
}

static void visit(place *p, int column, int row) {
    imx_block block;
    assert_int_equal(get(p, column, row, NULL, &block), IMX_OK);
    assert_true(is_right(&block, column, row));
    assert_int_equal(block.width, column == COLUMNS - 1 ? SIDE / 2 : SIDE);
    assert_int_equal(block.height, row == ROWS - 1 ? SIDE / 2 : SIDE);
    imx_block_release(p->cache, &block);
    assert_null(block.rgba);
}

static void test_each_block_is_loaded_once(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 4 * BLOCKS * BLOCK_BYTES);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            visit(&p, i % COLUMNS, i / COLUMNS);
        }
    }
    for (int i = 0; i < BLOCKS; i++) {
        assert_int_equal(p.source.loads[i], 1);
    }
    imx_cache_stats stats = imx_block_cache_stats(p.cache);
    assert_int_equal(stats.blocks_decoded, BLOCKS);
    assert_int_equal(stats.blocks_distinct, BLOCKS);
    assert_int_equal(stats.pixels_decoded, layout.level_w * layout.level_h);
    assert_int_equal(stats.pixels_distinct, stats.pixels_decoded);
    assert_int_equal(stats.hits, 2 * BLOCKS);
    close_cache(&p);
}

/* Keys that differ in one part only are different blocks. */
static void test_keys(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 1 << 20);
    const imx_block_key keys[] = {{0, 0, 0, 1, 1}, {1, 0, 0, 1, 1}, {0, 1, 0, 1, 1},
                                  {0, 0, 1, 1, 1}, {0, 0, 0, 2, 1}, {0, 0, 0, 1, 2}};
    for (size_t i = 0; i < 6; i++) {
        imx_block block;
        assert_int_equal(imx_block_acquire(p.cache, &keys[i], as_source(&p.source), &layout, NULL, &block), IMX_OK);
        imx_block_release(p.cache, &block);
    }
    imx_cache_stats stats = imx_block_cache_stats(p.cache);
    assert_int_equal(stats.blocks_distinct, 6);
    assert_int_equal(stats.hits, 0);
    close_cache(&p);
}

static void test_the_oldest_goes_first(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 4 * (BLOCK_BYTES + 256)); /* room for four */
    for (int i = 0; i < 4; i++) {
        visit(&p, i, 0);
    }
    visit(&p, 0, 0); /* now 1 is the oldest */
    visit(&p, 4, 0);
    visit(&p, 0, 0);
    assert_int_equal(p.source.loads[0], 1);
    visit(&p, 1, 0);
    assert_int_equal(p.source.loads[1], 2);
    imx_cache_stats stats = imx_block_cache_stats(p.cache);
    assert_int_equal(stats.blocks_decoded, 6);
    assert_int_equal(stats.blocks_distinct, 5);
    close_cache(&p);
}

/* As visit(), and says how much of the block it showed. */
static void show(place *p, int column, int row, double px) {
    imx_block block;
    assert_int_equal(get(p, column, row, NULL, &block), IMX_OK);
    assert_true(is_right(&block, column, row));
    block.shown_px = px;
    imx_block_release(p->cache, &block);
}

static void test_what_was_shown_whole_goes_first(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 4 * (BLOCK_BYTES + 256)); /* room for four */
    const double area = SIDE * SIDE;
    show(&p, 0, 0, area * 0.9);
    show(&p, 1, 0, area * 0.5);
    show(&p, 2, 0, area * 0.5);
    show(&p, 2, 0, area * 0.5); /* in two parts; the newest of all */
    visit(&p, 3, 0);
    visit(&p, 4, 0);
    for (int i = 0; i < 5; i++) {
        visit(&p, i == 2 ? 4 : i, 0);
        assert_int_equal(p.source.loads[i], 1);
    }
    visit(&p, 2, 0);
    assert_int_equal(p.source.loads[2], 2);
    close_cache(&p);
}

/* Long before the bound: beyond an eighth of it, new blocks live in the buffers of those that were shown whole. */
static void test_spent_buffers_are_used_again(void **state) {
    (void)state;
    place p;
    enum { BOUND = 80 * BLOCK_BYTES };
    open_cache(&p, 0, BOUND);
    size_t before = imx_memory_used(p.memory);
    visit(&p, 0, 1); /* not shown whole: stays */
    for (int i = 0; i < 10 * (COLUMNS - 1); i++) {
        show(&p, i % (COLUMNS - 1), 2 + i / (COLUMNS - 1), SIDE * SIDE);
    }
    assert_true(imx_memory_peak(p.memory) <= before + 13 * (BLOCK_BYTES + 512) + 16384);
    visit(&p, 0, 1);
    assert_int_equal(p.source.loads[COLUMNS], 1);
    show(&p, COLUMNS - 2, 11, 0); /* the last ones are still there */
    assert_int_equal(p.source.loads[11 * COLUMNS + COLUMNS - 2], 1);
    close_cache(&p);
}

static void test_the_bound_holds(void **state) {
    (void)state;
    place p;
    enum { BOUND = 10 * BLOCK_BYTES };
    open_cache(&p, 0, BOUND);
    size_t before = imx_memory_used(p.memory);
    for (int i = 0; i < 5 * BLOCKS; i++) {
        visit(&p, i % COLUMNS, i / COLUMNS % ROWS);
    }
    /* Evicted before the next is stored: over the bound are only headers, buckets and the set of seen blocks. */
    assert_true(imx_memory_peak(p.memory) <= before + BOUND + 16384);
    assert_true(imx_block_cache_stats(p.cache).blocks_decoded > BLOCKS);
    assert_int_equal(imx_block_cache_stats(p.cache).blocks_distinct, BLOCKS);
    close_cache(&p);
}

static void test_pins_stay_and_may_exceed_the_bound(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 2 * BLOCK_BYTES);
    imx_block held[20], again;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(get(&p, i, 0, NULL, &held[i]), IMX_OK);
        assert_int_equal(get(&p, i, 0, NULL, &held[10 + i]), IMX_OK);
        assert_ptr_equal(held[i].rgba, held[10 + i].rgba);
    }
    for (int i = 0; i < 10; i++) {
        assert_true(is_right(&held[i], i, 0));
        imx_block_release(p.cache, &held[i]);
    }
    assert_int_equal(get(&p, 3, 0, NULL, &again), IMX_OK);
    assert_int_equal(p.source.loads[3], 1);
    imx_block_release(p.cache, &again);
    size_t pinned = imx_memory_used(p.memory);
    for (int i = 10; i < 20; i++) {
        imx_block_release(p.cache, &held[i]);
    }
    assert_true(imx_memory_used(p.memory) <= pinned - 8 * BLOCK_BYTES); /* back within the bound */
    close_cache(&p);
}

static void test_empty_blocks_hold_no_pixels(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 64 * BLOCK_BYTES);
    p.source.empty_from = 0;
    size_t before = imx_memory_used(p.memory);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            imx_block block;
            assert_int_equal(get(&p, i % COLUMNS, i / COLUMNS, NULL, &block), IMX_OK);
            assert_null(block.rgba);
            assert_int_equal(block.width, i % COLUMNS == COLUMNS - 1 ? SIDE / 2 : SIDE);
            imx_block_release(p.cache, &block);
        }
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(p.source.loads[i], 1);
    }
    assert_true(imx_memory_used(p.memory) - before < 100 * BLOCK_BYTES / 2);
    close_cache(&p);
}

static void test_a_failed_load_is_told_and_tried_again(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 1 << 20);
    size_t before = imx_memory_used(p.memory);
    imx_error err = IMX_ERROR_INIT;
    imx_block block = {.width = 77};
    p.source.fail_block = 5;
    assert_int_equal(get(&p, 5, 0, &err, &block), IMX_E_INPUT);
    assert_string_equal(err.text, "block 5 is damaged");
    assert_int_equal(block.width, 77); /* untouched */
    assert_int_equal(imx_memory_used(p.memory), before);
    assert_int_equal(imx_block_cache_stats(p.cache).blocks_decoded, 0);
    p.source.fail_block = -1;
    visit(&p, 5, 0);
    assert_int_equal(p.source.loads[5], 2);
    imx_block_key outside = {.column = COLUMNS};
    assert_int_equal(imx_block_acquire(p.cache, &outside, as_source(&p.source), &layout, &err, &block), IMX_E_INTERNAL);
    close_cache(&p);
}

/* The memory budget is smaller than the cache's bound: the cache shrinks instead of failing. */
static void test_tight_memory(void **state) {
    (void)state;
    place p;
    open_cache(&p, 40000, 1 << 30);
    for (int i = 0; i < 2 * BLOCKS; i++) {
        visit(&p, i % COLUMNS, i / COLUMNS % ROWS);
    }
    imx_block held[BLOCKS];
    imx_error err = IMX_ERROR_INIT;
    int count = 0;
    while (count < BLOCKS && get(&p, count % COLUMNS, count / COLUMNS, &err, &held[count]) == IMX_OK) {
        count++;
    }
    assert_in_range(count, 5, 100);
    assert_int_equal(err.status, IMX_E_NOMEM);
    while (count > 0) {
        imx_block_release(p.cache, &held[--count]);
    }
    visit(&p, 9, 9);
    close_cache(&p);
}

static void test_nth_allocation_fails(void **state) {
    (void)state;
    for (size_t nth = 1; nth < 60; nth++) {
        imx_memory *memory;
        imx_block_cache *cache = NULL;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_memory_fail_nth(memory, nth);
        imx_status status = imx_block_cache_create(memory, 1 << 20, NULL, &cache);
        assert_true(status == IMX_OK ? cache != NULL : status == IMX_E_NOMEM && !cache);
        if (cache) {
            fake source = {.fail_block = -1, .empty_from = BLOCKS};
            imx_block_cache_set_loader(cache, fake_load);
            for (int i = 0; i < BLOCKS; i++) {
                imx_block_key key = {.column = i % COLUMNS, .row = i / COLUMNS};
                imx_block block;
                status = imx_block_acquire(cache, &key, as_source(&source), &layout, NULL, &block);
                if (status == IMX_OK) {
                    imx_block_release(cache, &block);
                } else { /* only where nothing could be evicted instead */
                    assert_int_equal(status, IMX_E_NOMEM);
                    assert_int_equal(i, 0);
                }
            }
        }
        imx_block_cache_destroy(&cache);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
}

/* ---- threads ---- */

typedef struct runner {
    pthread_t thread;
    place *place;
    uint32_t seed;
    int rounds, failures;
} runner;

static uint32_t next_random(uint32_t *seed) { return *seed = *seed * 1664525u + 1013904223u; }

/* Holds up to four blocks at a time, so that pins of different threads overlap. */
static void *run(void *argument) {
    runner *r = argument;
    imx_block held[4] = {{0}};
    for (int i = 0; i < r->rounds; i++) {
        uint32_t random = next_random(&r->seed) >> 8;
        int number = (int)(random % BLOCKS), slot = i % 4;
        imx_error err = IMX_ERROR_INIT;
        imx_block_release(r->place->cache, &held[slot]);
        imx_status status = get(r->place, number % COLUMNS, number / COLUMNS, &err, &held[slot]);
        if (status != IMX_OK) {
            held[slot] = (imx_block){0};
            r->failures += strcmp(err.text, "block 100 is damaged") != 0 || number != 100;
        } else {
            r->failures += !is_right(&held[slot], number % COLUMNS, number / COLUMNS);
        }
    }
    for (int slot = 0; slot < 4; slot++) {
        imx_block_release(r->place->cache, &held[slot]);
    }
    return NULL;
}

static void run_threads(place *p, int rounds) {
    runner runners[8];
    for (uint32_t i = 0; i < 8; i++) {
        runners[i] = (runner){.place = p, .seed = i * 7919 + 1, .rounds = rounds};
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
        assert_int_equal(runners[i].failures, 0);
    }
}

static void test_threads_load_once(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 4 * BLOCKS * BLOCK_BYTES);
    run_threads(&p, 4000);
    uint64_t loaded = 0;
    for (int i = 0; i < BLOCKS; i++) {
        assert_int_equal(p.source.loads[i], 1);
        loaded += (uint64_t)p.source.loads[i];
    }
    imx_cache_stats stats = imx_block_cache_stats(p.cache);
    assert_int_equal(stats.blocks_decoded, loaded);
    assert_int_equal(stats.hits + stats.blocks_decoded, 8 * 4000);
    close_cache(&p);
}

static void test_threads_under_pressure(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 40 * BLOCK_BYTES);
    p.source.fail_block = 100;
    run_threads(&p, 8000);
    /* 8 threads x 4 pins fit into the bound */
    assert_true(imx_memory_peak(p.memory) < 41 * BLOCK_BYTES + 65536);
    imx_cache_stats stats = imx_block_cache_stats(p.cache);
    assert_int_equal(stats.blocks_distinct, BLOCKS - 1);
    assert_true(stats.blocks_decoded > stats.blocks_distinct);
    close_cache(&p);

    open_cache(&p, 60000 + 33 * BLOCK_BYTES, 1 << 30); /* memory is what bounds */
    run_threads(&p, 4000);
    close_cache(&p);
}

typedef struct waiter {
    pthread_t thread;
    place *place;
    imx_status status;
    imx_error err;
} waiter;

static void *wait_for_block(void *argument) {
    waiter *w = argument;
    imx_block block;
    w->status = get(w->place, 5, 0, &w->err, &block);
    if (w->status == IMX_OK) {
        imx_block_release(w->place->cache, &block);
    }
    return NULL;
}

static void test_what_is_busy_is_not_waited_for(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 1 << 20);
    p.source.waiting_ready = 1;
    waiter loader = {.place = &p};
    assert_int_equal(pthread_create(&loader.thread, NULL, wait_for_block, &loader), 0);
    while (!atomic_load(&p.source.loads[5])) {
        usleep(200);
    }
    imx_block_key key = {.scene = 7, .asset = 1, .level = 2, .column = 5};
    imx_block block = {.width = 77};
    bool busy = false;
    assert_int_equal(imx_block_acquire_idle(p.cache, &key, as_source(&p.source), &layout, NULL, &block, &busy), IMX_OK);
    assert_true(busy);
    assert_int_equal(block.width, 77); /* untouched */
    atomic_store(&p.source.waiting_ready, 0);
    assert_int_equal(pthread_join(loader.thread, NULL), 0);
    assert_int_equal(loader.status, IMX_OK);
    for (key.column = 5; key.column < 7; key.column++) { /* one that is there, one that nobody is at */
        busy = true;
        assert_int_equal(imx_block_acquire_idle(p.cache, &key, as_source(&p.source), &layout, NULL, &block, &busy),
                         IMX_OK);
        assert_false(busy);
        assert_true(is_right(&block, key.column, 0));
        imx_block_release(p.cache, &block);
        assert_int_equal(p.source.loads[key.column], 1);
    }
    close_cache(&p);
}

static void test_those_who_wait_get_the_same_error(void **state) {
    (void)state;
    place p;
    open_cache(&p, 0, 1 << 20);
    p.source.fail_block = 5;
    p.source.waiting_ready = 1;
    waiter waiters[6];
    for (size_t i = 0; i < 6; i++) {
        waiters[i] = (waiter){.place = &p};
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_for_block, &waiters[i]), 0);
    }
    while (!atomic_load(&p.source.loads[5])) {
        usleep(200);
    }
    usleep(20000);
    atomic_store(&p.source.waiting_ready, 0);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
        assert_int_equal(waiters[i].status, IMX_E_INPUT);
        assert_string_equal(waiters[i].err.text, "block 5 is damaged");
    }
    assert_in_range(p.source.loads[5], 1, 2); /* a thread that came after the failure tries again */
    close_cache(&p);
}

/* ---- the set of blocks seen ---- */

static void test_seen(void **state) {
    (void)state;
    imx_memory *memory;
    imx_block_seen *seen;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    assert_int_equal(imx_block_seen_create(memory, &seen), IMX_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t scene = 0; scene < 3; scene++) {
            for (int row = 0; row < 300; row++) {
                for (int column = 0; column < 200; column++) {
                    imx_block_key key = {.scene = scene, .asset = 1, .level = 3, .column = column, .row = row};
                    bool first = round != 0;
                    assert_int_equal(imx_block_seen_add(seen, &key, 200, &first), IMX_OK);
                    assert_int_equal(first, round == 0);
                }
            }
        }
    }
    assert_true(imx_memory_used(memory) < 3 * 300 * 200); /* below a byte for each block */
    imx_block_key last = {.column = INT32_MAX - 1, .row = INT32_MAX - 1};
    bool first = false;
    assert_int_equal(imx_block_seen_add(seen, &last, INT32_MAX, &first), IMX_OK);
    assert_true(first);
    imx_block_seen_destroy(&seen);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_block_is_loaded_once),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_the_oldest_goes_first),
        cmocka_unit_test(test_what_was_shown_whole_goes_first),
        cmocka_unit_test(test_spent_buffers_are_used_again),
        cmocka_unit_test(test_the_bound_holds),
        cmocka_unit_test(test_pins_stay_and_may_exceed_the_bound),
        cmocka_unit_test(test_empty_blocks_hold_no_pixels),
        cmocka_unit_test(test_a_failed_load_is_told_and_tried_again),
        cmocka_unit_test(test_tight_memory),
        cmocka_unit_test(test_nth_allocation_fails),
        cmocka_unit_test(test_threads_load_once),
        cmocka_unit_test(test_threads_under_pressure),
        cmocka_unit_test(test_what_is_busy_is_not_waited_for),
        cmocka_unit_test(test_those_who_wait_get_the_same_error),
        cmocka_unit_test(test_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
