/* tests/unit/base/test_memory.c: the budget, its failures, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "engine/base/memory.h"

static int create(void **state) { return imx_memory_create(0, (imx_memory **)state); }

static int destroy(void **state) {
    imx_memory *memory = *state;
    int leaked = imx_memory_used(memory) != 0;
    imx_memory_destroy(&memory);
    return leaked;
}

static void blocks_are_aligned_and_counted(void **state) {
    imx_memory *memory = *state;
    void *blocks[200];
    size_t used = 0;
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = imx_alloc(memory, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], 0xff, i);
        size_t now = imx_memory_used(memory);
        assert_true(now >= used + i && now <= used + i + 128);
        used = now;
    }
    for (size_t i = 0; i < 200; i++) {
        imx_free(memory, blocks[i]);
    }
    assert_int_equal(imx_memory_used(memory), 0);
    assert_int_equal(imx_memory_peak(memory), used);
    imx_free(memory, NULL);
}

static void calloc_is_zero_and_checks_overflow(void **state) {
    imx_memory *memory = *state;
    uint8_t *block = imx_calloc(memory, 30, 10);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(block[i], 0);
    }
    imx_free(memory, block);
    assert_null(imx_calloc(memory, SIZE_MAX / 2, 3));
    assert_null(imx_alloc(memory, SIZE_MAX));
    assert_null(imx_alloc(memory, SIZE_MAX - 127));
    assert_int_equal(imx_memory_used(memory), 0);
}

static void size_mul_checks_overflow(void **state) {
    (void)state;
    size_t out = 1;
    assert_true(imx_size_mul(3, 5, 7, &out));
    assert_int_equal(out, 105);
    assert_false(imx_size_mul(SIZE_MAX, 2, 1, &out));
    assert_false(imx_size_mul(SIZE_MAX / 2, 2, 2, &out));
    assert_true(imx_size_mul(SIZE_MAX, 1, 1, &out));
}

static void realloc_keeps_content_and_old_block_on_failure(void **state) {
    imx_memory *memory = *state;
    char *text = imx_realloc(memory, NULL, 10);
    memcpy(text, "imbrex", 7);
    text = imx_realloc(memory, text, 100000);
    assert_string_equal(text, "imbrex");
    imx_memory_fail_nth(memory, 1);
    assert_null(imx_realloc(memory, text, 200000));
    assert_string_equal(text, "imbrex");
    text = imx_realloc(memory, text, 3);
    assert_memory_equal(text, "imb", 3);
    imx_free(memory, text);
}

static void strings(void **state) {
    imx_memory *memory = *state;
    char *copy = imx_strdup(memory, "tile");
    char *made = imx_sprintf(memory, "%s-%04d", copy, 42);
    assert_string_equal(made, "tile-0042");
    imx_free(memory, copy);
    imx_free(memory, made);
    imx_memory_fail_nth(memory, 1);
    assert_null(imx_strdup(memory, "x"));
    imx_memory_fail_nth(memory, 1);
    assert_null(imx_sprintf(memory, "x"));
}

static void the_limit_holds(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(4096, &memory), IMX_OK);
    assert_int_equal(imx_memory_limit(memory), 4096);
    assert_null(imx_alloc(memory, 4096)); /* the header counts too */
    void *block = imx_alloc(memory, 4032);
    assert_non_null(block);
    assert_int_equal(imx_memory_used(memory), 4096);
    assert_null(imx_alloc(memory, 0));
    imx_free(memory, block);
    block = imx_alloc(memory, 1);
    assert_non_null(block);
    imx_free(memory, block);
    assert_int_equal(imx_memory_peak(memory), 4096);
    imx_memory_destroy(&memory);
    assert_null(memory);
    imx_memory_destroy(&memory);
}

static void the_nth_allocation_fails_once(void **state) {
    imx_memory *memory = *state;
    imx_memory_fail_nth(memory, 3);
    for (int i = 1; i <= 5; i++) {
        void *block = imx_alloc(memory, 8);
        assert_int_equal(block == NULL, i == 3);
        imx_free(memory, block);
    }
    imx_memory_fail_nth(memory, 1);
    imx_memory_fail_nth(memory, 0);
    void *block = imx_alloc(memory, 8);
    assert_non_null(block);
    imx_free(memory, block);
}

static void no_memory_object_is_no_bound(void **state) {
    (void)state;
    void *block = imx_alloc(NULL, 1 << 20);
    assert_non_null(block);
    assert_int_equal(imx_memory_used(NULL), 0);
    assert_int_equal(imx_memory_limit(NULL), 0);
    imx_free(NULL, block);
}

static void *churn(void *argument) {
    imx_memory *memory = argument;
    for (size_t i = 0; i < 2000; i++) {
        void *a = imx_alloc(memory, i % 300), *b = imx_alloc(memory, 64);
        imx_free(memory, a);
        imx_free(memory, b);
    }
    return NULL;
}

static void threads_share_a_budget(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(1200, &memory), IMX_OK);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, churn, memory), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(imx_memory_used(memory), 0);
    assert_true(imx_memory_peak(memory) <= 1200);
    imx_memory_destroy(&memory);
}

static void arenas_give_aligned_distinct_memory_and_reuse_it(void **state) {
    imx_memory *memory = *state;
    imx_arena *arena = NULL;
    assert_int_equal(imx_arena_create(memory, 1000, &arena), IMX_OK);
    size_t after_first_round = 0;
    for (int round = 0; round < 3; round++) {
        uint8_t *blocks[60];
        for (size_t i = 0; i < 60; i++) {
            size_t size = i == 7 ? 5000 : i * 5; /* one that is larger than a chunk */
            blocks[i] = imx_arena_alloc(arena, size);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % 64, 0);
            memset(blocks[i], (int)i, size);
        }
        for (size_t i = 0; i < 60; i++) {
            size_t size = i == 7 ? 5000 : i * 5;
            for (size_t k = 0; k < size; k++) {
                assert_int_equal(blocks[i][k], i);
            }
        }
        imx_arena_reset(arena);
        if (round == 0) {
            after_first_round = imx_memory_used(memory);
        }
        assert_int_equal(imx_memory_used(memory), after_first_round);
    }
    assert_null(imx_arena_alloc(arena, SIZE_MAX));
    imx_arena_destroy(&arena);
    assert_null(arena);
    imx_arena_destroy(&arena);
    assert_int_equal(imx_memory_used(memory), 0);
}

static void arenas_survive_failed_allocations(void **state) {
    imx_memory *memory = *state;
    imx_arena *arena = NULL;
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_arena_create(memory, 100, &arena), IMX_E_NOMEM);
    assert_null(arena);
    assert_int_equal(imx_arena_create(memory, 100, &arena), IMX_OK);
    for (size_t nth = 1; nth <= 2; nth++) {
        size_t used = imx_memory_used(memory);
        imx_memory_fail_nth(memory, nth);
        assert_null(imx_arena_alloc(arena, 200));
        assert_int_equal(imx_memory_used(memory), used);
        assert_non_null(imx_arena_alloc(arena, 200));
    }
    imx_arena_destroy(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_are_aligned_and_counted, create, destroy),
        cmocka_unit_test_setup_teardown(calloc_is_zero_and_checks_overflow, create, destroy),
        cmocka_unit_test(size_mul_checks_overflow),
        cmocka_unit_test_setup_teardown(realloc_keeps_content_and_old_block_on_failure, create, destroy),
        cmocka_unit_test_setup_teardown(strings, create, destroy),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test_setup_teardown(the_nth_allocation_fails_once, create, destroy),
        cmocka_unit_test(no_memory_object_is_no_bound),
        cmocka_unit_test(threads_share_a_budget),
        cmocka_unit_test_setup_teardown(arenas_give_aligned_distinct_memory_and_reuse_it, create, destroy),
        cmocka_unit_test_setup_teardown(arenas_survive_failed_allocations, create, destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
