/* imx_decode on damaged tiles: every truncation is refused, no flipped byte crashes it (the sanitizers watch), and
 * nothing is lost on the way. Also hand-made bombs: small files that claim large pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/codec.h"

enum { FLIPS = 2000, MAX_PX = 512 };

typedef struct sample {
    imx_format format;
    picture kind;
} sample;

static const sample SAMPLES[] = {{IMX_FORMAT_PNG, PICTURE_TEXTURE}, {IMX_FORMAT_PNG, PICTURE_ALPHA},
                                 {IMX_FORMAT_PNG, PICTURE_GRAY},    {IMX_FORMAT_JPEG, PICTURE_TEXTURE},
                                 {IMX_FORMAT_JPEG, PICTURE_GRAY},   {IMX_FORMAT_WEBP, PICTURE_TEXTURE},
                                 {IMX_FORMAT_WEBP, PICTURE_ALPHA}};
enum { SAMPLE_COUNT = sizeof SAMPLES / sizeof *SAMPLES };

static imx_blob make(imx_memory *memory, const sample *which) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = which->format;
    options.webp_method = 0;
    imx_encoder *encoder = NULL;
    assert_int_equal(imx_encoder_create(memory, &kernels, &options, NULL, &encoder), IMX_OK);
    imx_pixels pixels = picture_make(which->kind, 48, 37, 6);
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    assert_int_equal(imx_encode(encoder, &pixels, 0, NULL, &blob, &type), IMX_OK);
    imx_pixels_destroy(NULL, &pixels);
    imx_encoder_destroy(&encoder);
    return blob;
}

/* Decodes from a block of exactly that size, so that reading beyond it is seen. */
static imx_status try(imx_memory *memory, const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, data, size);
    imx_error err = IMX_ERROR_INIT;
    imx_pixels pixels = {0};
    imx_status status = imx_decode(memory, exact, size, MAX_PX, &err, &pixels);
    if (status == IMX_OK) {
        assert_true(pixels.width >= 1 && pixels.width <= MAX_PX && pixels.height >= 1 && pixels.height <= MAX_PX);
    } else {
        assert_true(status == IMX_E_INPUT || status == IMX_E_UNSUPPORTED);
        assert_int_equal(err.status, status);
        assert_true(err.text[0] != 0);
        assert_null(pixels.data);
    }
    imx_pixels_destroy(memory, &pixels);
    free(exact);
    return status;
}

static void test_truncated_at_every_length(void **state) {
    imx_memory *memory = *state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        imx_blob blob = make(memory, &SAMPLES[i]);
        assert_int_equal(try(memory, blob.data, blob.size), IMX_OK);
        for (size_t size = 0; size < blob.size; size++) {
            if (try(memory, blob.data, size) == IMX_OK) {
                fail_msg("sample %d of %zu bytes decodes from %zu", i, blob.size, size);
            }
        }
        imx_free(memory, blob.data);
    }
    assert_int_equal(imx_memory_used(memory), 0);
}

static void test_flipped_bytes(void **state) {
    imx_memory *memory = *state;
    uint64_t noise = 11;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        imx_blob blob = make(memory, &SAMPLES[i]);
        for (int flip = 0; flip < FLIPS; flip++) {
            uint32_t bits = picture_noise(&noise);
            /* half of them near the front, where the structure is */
            size_t at = picture_noise(&noise) % (bits & 1 && blob.size > 200 ? 200 : blob.size);
            uint8_t mask = (uint8_t)(bits >> 8 | 1);
            blob.data[at] ^= mask;
            imx_status status = try(memory, blob.data, blob.size);
            if (SAMPLES[i].format == IMX_FORMAT_PNG) {
                assert_int_not_equal(status, IMX_OK); /* every byte stands under a CRC */
            }
            blob.data[at] ^= mask;
        }
        assert_int_equal(try(memory, blob.data, blob.size), IMX_OK);
        imx_free(memory, blob.data);
    }
    assert_int_equal(imx_memory_used(memory), 0);
}

static void test_noise(void **state) {
    imx_memory *memory = *state;
    uint64_t noise = 5;
    static const char *const FRONTS[] = {"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "RIFF\x78\x00\x00\x00WEBPVP8 ",
                                         "RIFF\x78\x00\x00\x00WEBPVP8L", ""};
    static const size_t LENGTHS[] = {8, 3, 16, 16, 0};
    for (int i = 0; i < 5 * FLIPS; i++) {
        uint8_t data[128];
        for (size_t k = 0; k < sizeof data; k++) {
            data[k] = (uint8_t)picture_noise(&noise);
        }
        memcpy(data, FRONTS[i % 5], LENGTHS[i % 5]);
        (void)try(memory, data, sizeof data);
    }
    assert_int_equal(imx_memory_used(memory), 0);
}

static void test_size_limits(void **state) {
    imx_memory *memory = *state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        imx_blob blob = make(memory, &SAMPLES[i]);
        imx_pixels pixels = {0};
        imx_error err = IMX_ERROR_INIT;
        size_t before = imx_memory_peak(memory);
        assert_int_equal(imx_decode(memory, blob.data, blob.size, 47, &err, &pixels), IMX_E_INPUT);
        assert_non_null(strstr(err.text, "48 x 37 px: the limit is 47 a side"));
        assert_int_equal(imx_decode(memory, blob.data, blob.size, 0, NULL, &pixels), IMX_E_INPUT);
        assert_true(imx_memory_peak(memory) == before || SAMPLES[i].format == IMX_FORMAT_PNG);
        assert_int_equal(imx_decode(memory, blob.data, blob.size, 48, NULL, &pixels), IMX_OK);
        imx_pixels_destroy(memory, &pixels);
        imx_free(memory, blob.data);
    }
}

/* A bomb that passes the limit must still end: the sides allow it, the data never come. */
static void test_claims_more_than_there_is(void **state) {
    imx_memory *memory = *state;
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0x02, 0x00, 0x02, 0x00, 1, 1, 0x11, 0, 0xff, 0xd9};
    static const uint8_t webp[] = "RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\x00\x02\x00\x02";
    assert_int_equal(try(memory, jpeg, sizeof jpeg), IMX_E_INPUT);
    assert_int_equal(try(memory, webp, sizeof webp - 1), IMX_E_INPUT);
}

static int setup(void **state) {
    imx_memory *memory = NULL;
    imx_status status = imx_memory_create((size_t)64 << 20, &memory);
    *state = memory;
    return status;
}

static int teardown(void **state) {
    imx_memory *memory = *state;
    imx_memory_destroy(&memory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_truncated_at_every_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flipped_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_noise, setup, teardown),
        cmocka_unit_test_setup_teardown(test_size_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claims_more_than_there_is, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
