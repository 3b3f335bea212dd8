/* tests/unit/base/test_hash.c: XXH3-128 against what `xxhsum -H2` prints, whole and streamed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/hash.h"

static void known_answers(void **state) {
    (void)state;
    static const struct {
        const char *content, *text;
    } rows[] = {
        {"", "99aa06d3014798d86001c324468d497f"},
        {"a", "a96faf705af16834e6c632b61e964e1f"},
        {"abc", "06b05ab6733a618578af5f94892f3950"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[IMX_HASH_TEXT_SIZE];
        imx_hash hash = imx_hash_bytes(rows[i].content, strlen(rows[i].content));
        imx_hash_text(&hash, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void streamed_equals_whole(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    uint8_t bytes[3000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 31 + i / 7);
    }
    for (size_t step = 1; step < 900; step = step * 3 + 1) {
        imx_hasher *hasher = NULL;
        assert_int_equal(imx_hasher_create(memory, &hasher), IMX_OK);
        for (size_t at = 0; at < sizeof bytes; at += step) {
            imx_hasher_add(hasher, bytes + at, sizeof bytes - at < step ? sizeof bytes - at : step);
        }
        imx_hash streamed = imx_hasher_result(hasher), whole = imx_hash_bytes(bytes, sizeof bytes);
        assert_true(imx_hash_equal(&streamed, &whole));
        whole.bytes[15] ^= 1;
        assert_false(imx_hash_equal(&streamed, &whole));
        imx_hasher_destroy(&hasher);
        assert_null(hasher);
    }
    imx_hasher *hasher = NULL;
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_hasher_create(memory, &hasher), IMX_E_NOMEM);
    assert_null(hasher);
    imx_hasher_destroy(&hasher);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(streamed_equals_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
