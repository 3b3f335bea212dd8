/* PNG in particular: efforts, palettes and their bits, quantized palettes with a quantizer of the test's own, and both
 * deflate libraries, whose streams zlib inflates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/codec_png_deflate.h"
#include "tiler/codec_png_palette.h"

static imx_kernels kernels;

static imx_codec_options png_options(imx_png_effort effort, imx_png_palette palette, imx_quantize_fn quantize) {
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = IMX_FORMAT_PNG;
    options.png_effort = effort;
    options.png_palette = palette;
    options.quantize = quantize;
    return options;
}

static imx_blob encode(const imx_codec_options *options, const imx_pixels *pixels) {
    imx_error err = IMX_ERROR_INIT;
    imx_encoder *encoder = NULL;
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    assert_int_equal(imx_encoder_create(NULL, &kernels, options, &err, &encoder), IMX_OK);
    if (imx_encode(encoder, pixels, 0, &err, &blob, &type) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_encoder_destroy(&encoder);
    return blob;
}

static imx_pixels decode(const imx_blob *blob) {
    imx_pixels pixels = {0};
    assert_int_equal(imx_decode(NULL, blob->data, blob->size, 4096, NULL, &pixels), IMX_OK);
    return pixels;
}

static uint8_t *pixel(const imx_pixels *pixels, int32_t x, int32_t y) {
    return (uint8_t *)pixels->data + y * pixels->row_stride + 4 * x;
}

static void assert_same_pixels(const imx_pixels *a, const imx_pixels *b) {
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int32_t y = 0; y < a->height; y++) {
        assert_memory_equal(pixel(a, 0, y), pixel(b, 0, y), 4 * (size_t)a->width);
    }
}

static unsigned colour_type(const imx_blob *blob) { return blob->data[25]; }
static unsigned bit_depth(const imx_blob *blob) { return blob->data[24]; }

/* The size of a chunk's data, and where it is; 0 if there is none. */
static size_t chunk(const imx_blob *blob, const char type[4], const uint8_t **data) {
    for (size_t at = 8; at + 12 <= blob->size;) {
        const uint8_t *p = blob->data + at;
        const size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (memcmp(p + 4, type, 4) == 0) {
            *data = p + 8;
            return size;
        }
        at += 12 + size;
    }
    return 0;
}

/* ---- efforts ---------------------------------------------------------------------------------------------------- */

static void test_efforts_keep_the_pixels(void **state) {
    (void)state;
    static const int32_t SIZES[][2] = {{1, 1}, {3, 2}, {17, 9}, {64, 50}, {256, 256}};
    for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
        for (imx_png_palette palette = IMX_PNG_PALETTE_EXACT; palette <= IMX_PNG_PALETTE_NONE; palette++) {
            const imx_codec_options options = png_options(effort, palette, NULL);
            for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
                for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
                    imx_pixels pixels = picture_make(kind, SIZES[i][0], SIZES[i][1], 6);
                    imx_blob blob = encode(&options, &pixels);
                    imx_pixels back = decode(&blob);
                    assert_same_pixels(&pixels, &back);
                    imx_free(NULL, blob.data);
                    imx_pixels_destroy(NULL, &back);
                    imx_pixels_destroy(NULL, &pixels);
                }
            }
        }
    }
}

static void test_small_is_small(void **state) {
    (void)state;
    static const picture KINDS[] = {PICTURE_TEXTURE, PICTURE_HILLS, PICTURE_ALPHA, PICTURE_GRAY, PICTURE_RAMPS};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        imx_pixels pixels = picture_make(KINDS[i], 256, 256, 6);
        size_t sizes[3];
        for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
            const imx_codec_options options = png_options(effort, IMX_PNG_PALETTE_EXACT, NULL);
            imx_blob blob = encode(&options, &pixels);
            sizes[effort] = blob.size;
            imx_free(NULL, blob.data);
        }
        assert_true(sizes[IMX_PNG_SMALL] < sizes[IMX_PNG_DEFAULT]);
        assert_true(sizes[IMX_PNG_SMALL] < sizes[IMX_PNG_FAST]);
        imx_pixels_destroy(NULL, &pixels);
    }
}

/* ---- exact palettes --------------------------------------------------------------------------------------------- */

/* A tile of so many colours, no two of which are gray; the first `clear` of them of alpha 0, 1, 2... */
static imx_pixels few_colours(int32_t width, int32_t height, unsigned colours, unsigned clear) {
    imx_pixels pixels = picture_make(PICTURE_EMPTY, width, height, 0);
    for (int32_t i = 0; i < width * height; i++) {
        const unsigned k = (unsigned)i % colours;
        const uint8_t alpha = (uint8_t)(k < clear ? k : 255);
        const uint8_t px[4] = {(uint8_t)(k * 3), (uint8_t)(255 - k % 256), (uint8_t)(k / 128 * 9 + 100), alpha};
        if (alpha) {
            memcpy((uint8_t *)pixels.data + 4 * i, px, 4);
        }
    }
    return pixels;
}

static void test_palette_bits(void **state) {
    (void)state;
    static const struct {
        unsigned colours, clear, colour_type, bits;
    } CASES[] = {{2, 0, 3, 1},  {3, 0, 3, 2},   {3, 1, 3, 2},   {4, 0, 3, 2},     {5, 0, 3, 4},   {16, 3, 3, 4},
                 {17, 0, 3, 8}, {255, 9, 3, 8}, {256, 0, 3, 8}, {256, 256, 3, 8}, {257, 0, 2, 8}, {300, 5, 6, 8}};
    static const int32_t WIDTHS[] = {1, 7, 8, 9, 64, 257};
    const imx_codec_options exact = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_EXACT, NULL);
    const imx_codec_options none = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_NONE, NULL);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        for (size_t w = 0; w < sizeof WIDTHS / sizeof *WIDTHS; w++) {
            imx_pixels pixels = few_colours(WIDTHS[w], 2000 / WIDTHS[w] + 1, CASES[i].colours, CASES[i].clear);
            imx_blob blob = encode(&exact, &pixels), plain = encode(&none, &pixels);
            imx_pixels back = decode(&blob);
            assert_same_pixels(&pixels, &back);
            assert_int_equal(colour_type(&blob), CASES[i].colour_type);
            assert_int_equal(bit_depth(&blob), CASES[i].bits);
            assert_int_not_equal(colour_type(&plain), 3);
            const uint8_t *colours = NULL, *alphas = NULL;
            const bool palette = CASES[i].colour_type == 3;
            assert_int_equal(chunk(&blob, "PLTE", &colours), palette ? 3 * CASES[i].colours : 0);
            assert_int_equal(chunk(&blob, "tRNS", &alphas), palette ? CASES[i].clear - (CASES[i].clear > 255) : 0);
            imx_free(NULL, plain.data);
            imx_free(NULL, blob.data);
            imx_pixels_destroy(NULL, &back);
            imx_pixels_destroy(NULL, &pixels);
        }
    }
}

/* Gray takes 8 bits without a palette, so that only one of at most 16 colours takes less. */
static void test_palette_of_gray(void **state) {
    (void)state;
    const imx_codec_options exact = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_EXACT, NULL);
    for (unsigned colours = 15; colours <= 18; colours++) {
        imx_pixels pixels = few_colours(50, 50, colours, 0);
        for (int32_t i = 0; i < 2500; i++) {
            uint8_t *px = (uint8_t *)pixels.data + 4 * i;
            px[1] = px[2] = px[0];
        }
        imx_blob blob = encode(&exact, &pixels);
        assert_int_equal(colour_type(&blob), colours <= 16 ? 3 : 0);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
}

static void test_palette_saves(void **state) {
    (void)state;
    const imx_codec_options exact = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_EXACT, NULL);
    const imx_codec_options none = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_NONE, NULL);
    static const picture KINDS[] = {PICTURE_CHECKERS, PICTURE_HOLES, PICTURE_SINGLE};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        imx_pixels pixels = picture_make(KINDS[i], 256, 256, 2);
        imx_blob with = encode(&exact, &pixels), without = encode(&none, &pixels);
        assert_int_equal(colour_type(&with), 3);
        assert_true(with.size < without.size);
        imx_free(NULL, with.data);
        imx_free(NULL, without.data);
        imx_pixels_destroy(NULL, &pixels);
    }
}

/* ---- quantized palettes ----------------------------------------------------------------------------------------- */

/* Two classes: left of 128 in red or not; and number 77 of a third for what is nearly white. */
static imx_status by_red(imx_memory *memory, const uint8_t *rgba, size_t n, uint32_t most, imx_error *err,
                         uint8_t *classes) {
    (void)memory, (void)err;
    assert_true(most == 256 || most == 255);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rgba[4 * i + 3], 255);
        classes[i] = rgba[4 * i] < 128 ? 1 : rgba[4 * i] > 250 ? 77 : 3;
    }
    return IMX_OK;
}

static imx_status no_memory(imx_memory *memory, const uint8_t *rgba, size_t n, uint32_t most, imx_error *err,
                            uint8_t *classes) {
    (void)memory, (void)rgba, (void)n, (void)most, (void)classes;
    return imx_fail(err, IMX_E_NOMEM, "of the test");
}

static void test_quantized(void **state) {
    (void)state;
    const imx_codec_options options = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_QUANTIZE, by_red);
    imx_pixels pixels = few_colours(40, 30, 300, 0);
    uint64_t sums[3][4] = {{0}};
    for (int32_t i = 0; i < 1200; i++) {
        uint8_t *px = (uint8_t *)pixels.data + 4 * i;
        if (i % 11 == 0) {
            memset(px, 0, 4);
            continue;
        }
        uint64_t *sum = sums[px[0] < 128 ? 0 : px[0] > 250 ? 1 : 2];
        for (int c = 0; c < 3; c++) {
            sum[c] += px[c];
        }
        sum[3]++;
    }
    imx_blob blob = encode(&options, &pixels);
    const uint8_t *data = NULL;
    assert_int_equal(colour_type(&blob), 3);
    assert_int_equal(bit_depth(&blob), 2); /* three classes and what is not there */
    assert_int_equal(chunk(&blob, "PLTE", &data), 12);
    assert_int_equal(chunk(&blob, "tRNS", &data), 1);
    imx_pixels back = decode(&blob);
    for (int32_t i = 0; i < 1200; i++) {
        const uint8_t *was = (uint8_t *)pixels.data + 4 * i, *is = (uint8_t *)back.data + 4 * i;
        const uint64_t *sum = sums[was[0] < 128 ? 0 : was[0] > 250 ? 1 : 2];
        assert_int_equal(is[3], was[3]);
        for (int c = 0; c < 3; c++) { /* the mean of the class */
            assert_int_equal(is[c], was[3] ? (sum[c] + sum[3] / 2) / sum[3] : 0);
        }
    }
    imx_pixels_destroy(NULL, &back);
    imx_free(NULL, blob.data);
    pixel(&pixels, 5, 5)[3] = 254; /* partly transparent: no palette, and every pixel as it was */
    pixel(&pixels, 5, 5)[0] = 1;
    blob = encode(&options, &pixels);
    back = decode(&blob);
    assert_int_equal(colour_type(&blob), 6);
    assert_same_pixels(&pixels, &back);
    imx_pixels_destroy(NULL, &back);
    imx_free(NULL, blob.data);
    imx_pixels_destroy(NULL, &pixels);
}

static void test_quantizer_is_spared(void **state) { /* few colours, and gray */
    (void)state;
    const imx_codec_options options = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_QUANTIZE, no_memory);
    static const picture KINDS[] = {PICTURE_RUNS, PICTURE_GRAY, PICTURE_GRAY_ALPHA, PICTURE_ALPHA, PICTURE_EMPTY};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        imx_pixels pixels = picture_make(KINDS[i], 100, 100, 2);
        imx_blob blob = encode(&options, &pixels);
        imx_pixels back = decode(&blob);
        assert_same_pixels(&pixels, &back);
        imx_pixels_destroy(NULL, &back);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
}

static void test_quantizer_fails(void **state) {
    (void)state;
    imx_codec_options options = png_options(IMX_PNG_DEFAULT, IMX_PNG_PALETTE_QUANTIZE, no_memory);
    imx_error err = IMX_ERROR_INIT;
    imx_encoder *encoder = NULL;
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    imx_pixels pixels = picture_make(PICTURE_RANDOM, 64, 64, 2);
    assert_int_equal(imx_encoder_create(NULL, &kernels, &options, &err, &encoder), IMX_OK);
    assert_int_equal(imx_encode(encoder, &pixels, 0, &err, &blob, &type), IMX_E_NOMEM);
    assert_string_equal(err.text, "of the test");
    assert_null(blob.data);
    imx_encoder_destroy(&encoder);
    options.quantize = NULL;
    assert_int_equal(imx_encoder_create(NULL, &kernels, &options, NULL, &encoder), IMX_E_INTERNAL);
    imx_pixels_destroy(NULL, &pixels);
}

/* ---- deflate ---------------------------------------------------------------------------------------------------- */

static void test_library_by_cpu(void **state) {
    (void)state;
    assert_int_equal(imx_deflate_library_for(IMX_CPU_NONE), IMX_DEFLATE_LIBDEFLATE);
    assert_int_equal(imx_deflate_library_for(IMX_CPU_NEON), IMX_DEFLATE_LIBDEFLATE);
    assert_int_equal(imx_deflate_library_for(IMX_CPU_SSE42), IMX_DEFLATE_ISAL);
    assert_int_equal(imx_deflate_library_for(IMX_CPU_SSE42 | IMX_CPU_AVX2), IMX_DEFLATE_ISAL);
}

enum { LINES = 40, LINE_BYTES = 301 };

static void fill_lines(uint8_t *data, unsigned kind) {
    uint64_t noise = 3;
    for (size_t i = 0; i < LINES * LINE_BYTES; i++) {
        const uint8_t n = (uint8_t)picture_noise(&noise);
        const uint8_t values[3] = {n, (uint8_t)(n & 3), (uint8_t)(i % 97)};
        data[i] = values[kind];
    }
}

static void test_streams_inflate(void **state) {
    (void)state;
    static uint8_t data[LINES * LINE_BYTES], out[4 * LINES * LINE_BYTES + 8192], back[LINES * LINE_BYTES];
    for (imx_deflate_library library = IMX_DEFLATE_ISAL; library <= IMX_DEFLATE_LIBDEFLATE; library++) {
        for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
            imx_deflater *deflater = NULL;
            assert_int_equal(imx_deflater_create(NULL, library, effort, NULL, &deflater), IMX_OK);
            for (unsigned kind = 0; kind < 3; kind++) {
                fill_lines(data, kind);
                for (size_t count = 1; count <= LINES; count += 3) {
                    const imx_png_lines lines = {data, LINE_BYTES, count};
                    const size_t room = imx_deflater_room(deflater, count, LINE_BYTES);
                    assert_true(room <= sizeof out);
                    for (imx_png_matches matches = IMX_PNG_MATCHES_NEAR; matches <= IMX_PNG_MATCHES_BEST; matches++) {
                        memset(out, 0xA5, sizeof out);
                        const size_t size = imx_deflater_write(deflater, &lines, matches, out, room);
                        uLongf got = sizeof back;
                        assert_true(size > 0 && size <= room);
                        assert_int_equal(uncompress(back, &got, out, size), Z_OK);
                        assert_int_equal(got, count * LINE_BYTES);
                        assert_memory_equal(back, data, got);
                        assert_int_equal(out[room], 0xA5);
                    }
                    const size_t guess = imx_deflater_estimate(deflater, &lines, out, room);
                    assert_true(guess > 0 && guess <= room);
                    assert_int_equal(imx_deflater_estimate(deflater, &lines, out, room - 1), 0);
                    assert_int_equal(imx_deflater_write(deflater, &lines, IMX_PNG_MATCHES_BEST, out, room - 1), 0);
                }
            }
            imx_deflater_destroy(&deflater);
            assert_null(deflater);
        }
    }
}

/* Effort small takes the smaller of what both libraries make: never more than the default, which noise would be. */
static void test_small_takes_the_smaller(void **state) {
    (void)state;
    static uint8_t data[LINES * LINE_BYTES], out[4 * LINES * LINE_BYTES + 8192];
    const imx_png_lines lines = {data, LINE_BYTES, LINES};
    for (unsigned kind = 0; kind < 3; kind++) {
        size_t sizes[2][3];
        fill_lines(data, kind);
        for (imx_deflate_library library = IMX_DEFLATE_ISAL; library <= IMX_DEFLATE_LIBDEFLATE; library++) {
            for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
                imx_deflater *deflater = NULL;
                assert_int_equal(imx_deflater_create(NULL, library, effort, NULL, &deflater), IMX_OK);
                sizes[library][effort] = imx_deflater_write(deflater, &lines, IMX_PNG_MATCHES_BEST, out, sizeof out);
                imx_deflater_destroy(&deflater);
            }
        }
        const size_t isal = sizes[IMX_DEFLATE_ISAL][IMX_PNG_DEFAULT],
                     libdeflate = sizes[IMX_DEFLATE_LIBDEFLATE][IMX_PNG_SMALL];
        assert_int_equal(sizes[IMX_DEFLATE_ISAL][IMX_PNG_SMALL], isal < libdeflate ? isal : libdeflate);
    }
}

/* ---- names and memory ------------------------------------------------------------------------------------------- */

static void test_names(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
        imx_png_effort back = IMX_PNG_DEFAULT;
        assert_int_equal(imx_png_effort_parse(imx_png_effort_name(effort), NULL, &back), IMX_OK);
        assert_int_equal(back, effort);
    }
    for (imx_png_palette mode = IMX_PNG_PALETTE_EXACT; mode <= IMX_PNG_PALETTE_QUANTIZE; mode++) {
        imx_png_palette back = IMX_PNG_PALETTE_EXACT;
        assert_int_equal(imx_png_palette_parse(imx_png_palette_name(mode), NULL, &back), IMX_OK);
        assert_int_equal(back, mode);
    }
    imx_png_effort effort = IMX_PNG_SMALL;
    imx_png_palette mode = IMX_PNG_PALETTE_NONE;
    assert_int_equal(imx_png_effort_parse("9", &err, &effort), IMX_E_USAGE);
    assert_string_equal(err.text, "no PNG effort '9'; there are fast, default and small");
    assert_int_equal(imx_png_palette_parse("", &err, &mode), IMX_E_USAGE);
    assert_int_equal(effort, IMX_PNG_SMALL);
    assert_int_equal(mode, IMX_PNG_PALETTE_NONE);
}

static imx_status once(imx_memory *memory, const imx_codec_options *options, const imx_pixels *pixels) {
    imx_encoder *encoder = NULL;
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    imx_status status = imx_encoder_create(memory, &kernels, options, NULL, &encoder);
    status = status ? status : imx_encode(encoder, pixels, 0, NULL, &blob, &type);
    imx_free(memory, blob.data);
    imx_encoder_destroy(&encoder);
    return status;
}

static void test_nth_allocation_fails(void **state) {
    (void)state;
    for (imx_png_effort effort = IMX_PNG_DEFAULT; effort <= IMX_PNG_SMALL; effort++) {
        for (picture kind = PICTURE_TEXTURE; kind <= PICTURE_RUNS; kind++) {
            const imx_codec_options options = png_options(effort, IMX_PNG_PALETTE_QUANTIZE, by_red);
            imx_pixels pixels = picture_make(kind, 64, 64, 2);
            imx_memory *memory = NULL;
            assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
            size_t nth = 0;
            imx_status status = IMX_E_NOMEM;
            while (status != IMX_OK) {
                imx_memory_fail_nth(memory, ++nth);
                status = once(memory, &options, &pixels);
                assert_true(status == IMX_OK || status == IMX_E_NOMEM);
                assert_int_equal(imx_memory_used(memory), 0);
                assert_true(nth < 20);
            }
            assert_true(nth >= 6);
            imx_memory_destroy(&memory);
            imx_pixels_destroy(NULL, &pixels);
        }
    }
}

int main(void) {
    imx_kernels_init(&kernels, imx_cpu_detect());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_efforts_keep_the_pixels),
        cmocka_unit_test(test_small_is_small),
        cmocka_unit_test(test_palette_bits),
        cmocka_unit_test(test_palette_of_gray),
        cmocka_unit_test(test_palette_saves),
        cmocka_unit_test(test_quantized),
        cmocka_unit_test(test_quantizer_is_spared),
        cmocka_unit_test(test_quantizer_fails),
        cmocka_unit_test(test_library_by_cpu),
        cmocka_unit_test(test_streams_inflate),
        cmocka_unit_test(test_small_takes_the_smaller),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_nth_allocation_fails),
    };
    return cmocka_run_group_tests_name("PNG", tests, NULL, NULL);
}
