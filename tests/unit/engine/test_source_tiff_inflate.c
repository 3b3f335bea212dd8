/* tests/unit/engine/test_source_tiff_inflate.c: whichever library undoes a zlib stream, the verdict and the bytes are
 * libdeflate's: on sound streams of every level, damaged ones, cut ones, and such with more behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/source_tiff_impl.h"

enum { PLAIN = 96 << 10, ROOM = PLAIN + 1024, LARGER = 16 };

typedef struct bench {
    imx_inflater *inflater;
    struct libdeflate_decompressor *judge;
    uint8_t *plain, *zlib, *got, *want;
    size_t zlib_bytes;
} bench;

static uint32_t state_of_noise = 1;

static uint32_t noise(void) { /* Marsaglia's xorshift: all bits are good */
    state_of_noise ^= state_of_noise << 13;
    state_of_noise ^= state_of_noise >> 17;
    return state_of_noise ^= state_of_noise << 5;
}

static void open_bench(bench *b) {
    b->inflater = imx_inflater_create(NULL);
    b->judge = libdeflate_alloc_decompressor();
    b->plain = malloc(PLAIN + LARGER);
    b->zlib = malloc(ROOM);
    b->got = malloc(PLAIN + LARGER);
    b->want = malloc(PLAIN + LARGER);
    assert_true(b->inflater && b->judge && b->plain && b->zlib && b->got && b->want);
    for (size_t i = 0; i < PLAIN; i++) { /* like what predictor 2 leaves: small values, a few runs */
        uint32_t a = noise();
        b->plain[i] = i % 977 < 40 ? 0 : (uint8_t)((a & 7) * (a >> 3 & 7) - 12);
    }
}

static void close_bench(bench *b) {
    imx_inflater_destroy(&b->inflater);
    libdeflate_free_decompressor(b->judge);
    free(b->plain);
    free(b->zlib);
    free(b->got);
    free(b->want);
}

static void pack(bench *b, int level) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
    assert_non_null(compressor);
    b->zlib_bytes = libdeflate_zlib_compress(compressor, b->plain, PLAIN, b->zlib, ROOM);
    libdeflate_free_compressor(compressor);
    assert_true(b->zlib_bytes > 2 * PLAIN / 5); /* noise, to imx_inflate() */
}

/* Whether the stream reads; the same for either library. */
static bool verdict(bench *b, const uint8_t *zlib, size_t zlib_bytes, size_t need) {
    bool right = libdeflate_zlib_decompress(b->judge, zlib, zlib_bytes, b->want, need, NULL) == LIBDEFLATE_SUCCESS;
    for (int differences = 0; differences < 2; differences++) {
        memset(b->got, 0x55, PLAIN + LARGER);
        assert_int_equal(imx_inflate(b->inflater, zlib, zlib_bytes, differences, b->got, need), right);
        if (right) {
            assert_memory_equal(b->got, b->want, need);
            assert_int_equal(b->got[need], 0x55);
        }
    }
    return right;
}

static void test_sound(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    for (int level = 0; level <= 12; level++) {
        pack(&b, level);
        assert_true(verdict(&b, b.zlib, b.zlib_bytes, PLAIN));
        assert_memory_equal(b.got, b.plain, PLAIN);
        assert_true(verdict(&b, b.zlib, b.zlib_bytes + 100, PLAIN)); /* more behind it */
        assert_false(verdict(&b, b.zlib, b.zlib_bytes, PLAIN - 1));
        assert_false(verdict(&b, b.zlib, b.zlib_bytes, PLAIN + 1));
    }
    close_bench(&b);
}

static void test_cut(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    pack(&b, 6);
    for (size_t left = 0; left < b.zlib_bytes; left += left < 64 || left + 64 > b.zlib_bytes ? 1 : 997) {
        uint8_t *exact = malloc(left + 1); /* sanitizers see reads behind the end */
        assert_non_null(exact);
        memcpy(exact, b.zlib, left);
        assert_false(verdict(&b, exact, left, PLAIN));
        free(exact);
    }
    close_bench(&b);
}

static void test_damaged(void **state) {
    (void)state;
    bench b;
    open_bench(&b);
    pack(&b, 6);
    for (size_t i = 0; i < 600; i++) {
        size_t at = i < 200 ? i / 8 : i < 250 ? b.zlib_bytes - 1 - (i - 200) / 8 : noise() % b.zlib_bytes;
        uint8_t bit = (uint8_t)(1u << i % 8);
        b.zlib[at] ^= bit;
        (void)verdict(&b, b.zlib, b.zlib_bytes, PLAIN);
        b.zlib[at] ^= bit;
    }
    b.zlib[b.zlib_bytes - 1] ^= 1; /* the check */
    assert_false(verdict(&b, b.zlib, b.zlib_bytes, PLAIN));
    close_bench(&b);
}

static void test_no_memory(void **state) {
    (void)state;
    imx_memory *memory;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_memory_fail_nth(memory, 1);
    assert_null(imx_inflater_create(memory));
    imx_inflater *inflater = imx_inflater_create(memory);
    assert_non_null(inflater);
    imx_inflater_destroy(&inflater);
    assert_null(inflater);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
