/* Codecs: what comes back, which type and layout a tile gets, sameness of bytes, options, and running out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/codec.h"

static imx_kernels kernels;

static imx_encoder *encoder_of(imx_memory *memory, imx_format format) {
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = format;
    options.webp_method = 1;
    imx_encoder *encoder = NULL;
    assert_int_equal(imx_encoder_create(memory, &kernels, &options, NULL, &encoder), IMX_OK);
    return encoder;
}

static imx_blob encode(imx_encoder *encoder, const imx_pixels *pixels, imx_tile_type expected) {
    imx_error err = IMX_ERROR_INIT;
    imx_blob blob = {NULL, 0};
    imx_tile_type type = IMX_TILE_MIXED;
    if (imx_encode(encoder, pixels, 0, &err, &blob, &type) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(type, expected);
    assert_int_equal(imx_tile_type_sniff(blob.data, blob.size), expected);
    return blob;
}

static imx_pixels decode(const imx_blob *blob) {
    imx_error err = IMX_ERROR_INIT;
    imx_pixels pixels = {0};
    if (imx_decode(NULL, blob->data, blob->size, 4096, &err, &pixels) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_true(imx_pixels_is_rgba8(&pixels));
    return pixels;
}

static const uint8_t *row_of(const imx_pixels *pixels, int32_t y) {
    return (const uint8_t *)pixels->data + y * pixels->row_stride;
}

static void assert_same_pixels(const imx_pixels *a, const imx_pixels *b) {
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int32_t y = 0; y < a->height; y++) {
        assert_memory_equal(row_of(a, y), row_of(b, y), 4 * (size_t)a->width);
    }
}

/* Greatest and mean difference of the colours. */
static void differences(const imx_pixels *a, const imx_pixels *b, int *greatest, double *mean) {
    int64_t sum = 0;
    *greatest = 0;
    for (int32_t y = 0; y < a->height; y++) {
        for (int32_t i = 0; i < 4 * a->width; i++) {
            int d = abs(row_of(a, y)[i] - row_of(b, y)[i]);
            sum += d;
            *greatest = d > *greatest ? d : *greatest;
        }
    }
    *mean = (double)sum / (4.0 * a->width * a->height);
}

/* ---- PNG -------------------------------------------------------------------------------------------------------- */

static const int32_t SIZES[][2] = {{1, 1},   {2, 1},    {1, 3},     {5, 4},    {16, 16},   {17, 33},
                                   {64, 15}, {255, 19}, {256, 256}, {257, 40}, {512, 512}, {3, 300}};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES };

static void test_png_round_trip(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    for (int size = 0; size < SIZE_COUNT; size++) {
        for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
            imx_pixels pixels = picture_make(kind, SIZES[size][0], SIZES[size][1], 99);
            imx_blob blob = encode(encoder, &pixels, IMX_TILE_PNG);
            imx_pixels back = decode(&blob);
            assert_same_pixels(&pixels, &back);
            imx_pixels_destroy(NULL, &back);
            imx_pixels_destroy(NULL, &pixels);
            imx_free(NULL, blob.data);
        }
    }
    imx_encoder_destroy(&encoder);
    assert_null(encoder);
}

/* Rows that lie far apart, and upside down: a view into something larger. */
static void test_png_of_a_view(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    imx_pixels whole = picture_make(PICTURE_ALPHA, 100, 80, 3), view = imx_pixels_crop(&whole, 11, 7, 50, 40);
    for (int turn = 0; turn < 2; turn++) {
        imx_blob blob = encode(encoder, &view, IMX_TILE_PNG);
        imx_pixels back = decode(&blob);
        assert_same_pixels(&view, &back);
        imx_pixels_destroy(NULL, &back);
        imx_free(NULL, blob.data);
        view.data = (uint8_t *)view.data + 39 * view.row_stride;
        view.row_stride = -view.row_stride;
    }
    imx_pixels_destroy(NULL, &whole);
    imx_encoder_destroy(&encoder);
}

static void test_png_colour_type(void **state) {
    (void)state;
    static const struct {
        picture kind;
        uint8_t colour_type;
    } EXPECTED[] = {{PICTURE_TEXTURE, 2}, {PICTURE_ALPHA, 6}, {PICTURE_GRAY, 0}, {PICTURE_GRAY_ALPHA, 4}};
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        imx_pixels pixels = picture_make(EXPECTED[i].kind, 40, 30, 1);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_PNG);
        assert_int_equal(blob.data[24], 8);
        assert_int_equal(blob.data[25], EXPECTED[i].colour_type);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
    imx_encoder_destroy(&encoder);
}

static void test_png_sizes_are_sane(void **state) {
    (void)state;
    static const struct {
        picture kind;
        size_t most;
    } BOUNDS[] = {
        {PICTURE_RANDOM, 256 * 769 + 1024}, /* stored: no more than the rows */
        {PICTURE_SINGLE, 1400},
        {PICTURE_EMPTY, 1400},
        {PICTURE_RUNS, 4000},
        {PICTURE_PATTERN, 256 * 769 / 2}, /* only far matches can do that */
    };
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++) {
        imx_pixels pixels = picture_make(BOUNDS[i].kind, 256, 256, 1);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_PNG);
        if (blob.size > BOUNDS[i].most) {
            fail_msg("picture %d takes %zu bytes", (int)BOUNDS[i].kind, blob.size);
        }
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
    imx_encoder_destroy(&encoder);
}

/* Somebody else's opinion. */
static void test_png_pngcheck(void **state) {
    (void)state;
    if (system("pngcheck -h >/dev/null 2>&1; test $? -ne 127") != 0) {
        skip();
    }
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
        imx_pixels pixels = picture_make(kind, 256, 256, 5);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_PNG);
        char path[] = "/tmp/imx-test-XXXXXX.png", command[100];
        int fd = mkstemps(path, 4);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, blob.data, blob.size), blob.size);
        (void)close(fd);
        (void)snprintf(command, sizeof command, "pngcheck -q %s", path);
        assert_int_equal(system(command), 0);
        (void)unlink(path);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
    imx_encoder_destroy(&encoder);
}

/* ---- JPEG and WebP ---------------------------------------------------------------------------------------------- */

static void check_near(imx_format format, imx_tile_type type, picture kind, int32_t width, int32_t height,
                       double mean_limit) {
    imx_encoder *encoder = encoder_of(NULL, format);
    imx_pixels pixels = picture_make(kind, width, height, 4);
    imx_blob blob = encode(encoder, &pixels, type);
    imx_pixels back = decode(&blob);
    assert_int_equal(back.width, width);
    assert_int_equal(back.height, height);
    int greatest;
    double mean;
    differences(&pixels, &back, &greatest, &mean);
    if (mean > mean_limit) {
        fail_msg("picture %d of %d x %d: mean difference %g, greatest %d", (int)kind, (int)width, (int)height, mean,
                 greatest);
    }
    imx_pixels_destroy(NULL, &back);
    imx_pixels_destroy(NULL, &pixels);
    imx_free(NULL, blob.data);
    imx_encoder_destroy(&encoder);
}

static void test_lossy_is_near(void **state) {
    (void)state;
    for (int size = 0; size < SIZE_COUNT; size++) {
        int32_t width = SIZES[size][0], height = SIZES[size][1];
        if (width < 16 || height < 15) {
            continue; /* hardly wider than the chroma's samples: nothing to promise */
        }
        check_near(IMX_FORMAT_JPEG, IMX_TILE_JPEG, PICTURE_TEXTURE, width, height, 5);
        check_near(IMX_FORMAT_JPEG, IMX_TILE_JPEG, PICTURE_GRAY, width, height, 5);
        check_near(IMX_FORMAT_WEBP, IMX_TILE_WEBP, PICTURE_TEXTURE, width, height, 5);
    }
    check_near(IMX_FORMAT_JPEG, IMX_TILE_JPEG, PICTURE_SMOOTH, 512, 512, 1.5);
    check_near(IMX_FORMAT_JPEG, IMX_TILE_JPEG, PICTURE_SINGLE, 1, 1, 1.5);
    check_near(IMX_FORMAT_WEBP, IMX_TILE_WEBP, PICTURE_SINGLE, 1, 1, 4);
}

static void test_jpeg_noise_fits(void **state) { /* the most that a JPEG can take */
    (void)state;
    imx_codec_options options = {IMX_FORMAT_JPEG, 100, 4, {255, 255, 255}, 0, 0, NULL};
    for (int size = 0; size < SIZE_COUNT; size++) {
        imx_encoder *encoder = NULL;
        assert_int_equal(imx_encoder_create(NULL, &kernels, &options, NULL, &encoder), IMX_OK);
        imx_pixels pixels = picture_make(PICTURE_RANDOM, SIZES[size][0], SIZES[size][1], 4);
        for (int32_t i = 0; i < pixels.width * pixels.height;
             i++) { /* black and white makes the largest coefficients */
            uint8_t *px = (uint8_t *)pixels.data + 4 * i;
            memset(px, px[0] & 1 ? 255 : 0, 3);
        }
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_JPEG);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
        imx_encoder_destroy(&encoder);
    }
}

static unsigned jpeg_components(const imx_blob *blob) {
    for (size_t at = 2; at + 10 < blob->size; at += 2 + (size_t)(blob->data[at + 2] << 8 | blob->data[at + 3])) {
        if (blob->data[at + 1] == 0xc0) { /* SOF0: baseline */
            return blob->data[at + 9];
        }
    }
    return 0;
}

static void test_jpeg_gray(void **state) {
    (void)state;
    imx_codec_options options = {IMX_FORMAT_JPEG, 90, 4, {0, 0, 0}, 0, 0, NULL};
    static const struct {
        picture kind;
        uint8_t background;
        unsigned components;
    } CASES[] = {{PICTURE_GRAY, 0, 1},       {PICTURE_GRAY, 9, 1},    {PICTURE_GRAY_ALPHA, 0, 1},
                 {PICTURE_GRAY_ALPHA, 9, 3}, {PICTURE_TEXTURE, 0, 3}, {PICTURE_EMPTY, 9, 3}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        options.background[2] = CASES[i].background; /* 9: bluish, so that gray shows it only where it is open */
        imx_encoder *encoder = NULL;
        assert_int_equal(imx_encoder_create(NULL, &kernels, &options, NULL, &encoder), IMX_OK);
        imx_pixels pixels = picture_make(CASES[i].kind, 64, 64, 4);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_JPEG);
        assert_int_equal(jpeg_components(&blob), CASES[i].components);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
        imx_encoder_destroy(&encoder);
    }
}

/* A tile with alpha has the bytes of the same tile put on the background by hand. */
static void test_jpeg_background(void **state) {
    (void)state;
    imx_codec_options options = {IMX_FORMAT_JPEG, 95, 4, {200, 100, 50}, 0, 0, NULL};
    imx_encoder *encoder = NULL;
    assert_int_equal(imx_encoder_create(NULL, &kernels, &options, NULL, &encoder), IMX_OK);
    for (int turn = 0; turn < 2; turn++) { /* a wider tile the second time: the background grows with it */
        imx_pixels pixels = picture_make(PICTURE_ALPHA, 70 + 60 * turn, 50, 4);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_JPEG);
        for (int32_t i = 0; i < pixels.width * pixels.height; i++) {
            uint8_t *px = (uint8_t *)pixels.data + 4 * i;
            for (int c = 0; c < 3; c++) {
                px[c] = (uint8_t)((px[c] * px[3] + options.background[c] * (255 - px[3]) + 127) / 255);
            }
            px[3] = 255;
        }
        imx_blob by_hand = encode(encoder, &pixels, IMX_TILE_JPEG);
        assert_int_equal(blob.size, by_hand.size);
        assert_memory_equal(blob.data, by_hand.data, blob.size);
        imx_free(NULL, blob.data);
        imx_free(NULL, by_hand.data);
        imx_pixels_destroy(NULL, &pixels);
    }
    imx_encoder_destroy(&encoder);
}

static void test_webp_keeps_alpha(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_WEBP);
    static const picture KINDS[] = {PICTURE_ALPHA, PICTURE_EDGE, PICTURE_EMPTY};
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        imx_pixels pixels = picture_make(KINDS[i], 130, 90, 4);
        imx_blob blob = encode(encoder, &pixels, IMX_TILE_WEBP);
        imx_pixels back = decode(&blob);
        for (int32_t y = 0; y < 90; y++) {
            for (int32_t x = 0; x < 130; x++) {
                const uint8_t *a = row_of(&pixels, y) + 4 * x, *b = row_of(&back, y) + 4 * x;
                assert_int_equal(a[3], b[3]);
                assert_true(b[3] != 0 || (b[0] | b[1] | b[2]) == 0);
            }
        }
        imx_pixels_destroy(NULL, &back);
        imx_pixels_destroy(NULL, &pixels);
        imx_free(NULL, blob.data);
    }
    imx_pixels opaque = picture_make(PICTURE_TEXTURE, 64, 64, 4);
    imx_blob blob = encode(encoder, &opaque, IMX_TILE_WEBP);
    assert_memory_equal(blob.data + 12, "VP8 ", 4); /* the simple format: no alpha chunk */
    imx_free(NULL, blob.data);
    imx_pixels_destroy(NULL, &opaque);
    imx_encoder_destroy(&encoder);
}

/* ---- the choice, sameness, options --------------------------------------------------------------------------------
 */

static void test_auto(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_AUTO);
    for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
        bool open = kind == PICTURE_ALPHA || kind == PICTURE_GRAY_ALPHA || kind == PICTURE_EDGE ||
                    kind == PICTURE_HOLES || kind == PICTURE_EMPTY;
        imx_pixels pixels = picture_make(kind, 48, 48, 4);
        imx_blob blob = encode(encoder, &pixels, open ? IMX_TILE_PNG : IMX_TILE_JPEG);
        imx_free(NULL, blob.data);
        imx_pixels_destroy(NULL, &pixels);
    }
    imx_encoder_destroy(&encoder);
}

/* A tile's bytes do not depend on the encoder, on what it encoded before, or on whether the look was known. */
static void test_same_bytes(void **state) {
    (void)state;
    for (imx_format format = IMX_FORMAT_AUTO; format <= IMX_FORMAT_WEBP; format++) {
        imx_encoder *used = encoder_of(NULL, format);
        for (picture kind = 0; kind < PICTURE_COUNT; kind++) {
            for (int32_t side = 300; side > 30; side -= 113) {
                imx_encoder *fresh = encoder_of(NULL, format);
                imx_pixels pixels = picture_make(kind, side, side, 8);
                imx_blob blobs[3];
                imx_tile_type types[3];
                unsigned look = kernels.look_rgba8(pixels.data, pixels.row_stride, (size_t)side, (size_t)side);
                assert_int_equal(imx_encode(used, &pixels, 0, NULL, &blobs[0], &types[0]), IMX_OK);
                assert_int_equal(imx_encode(fresh, &pixels, look, NULL, &blobs[1], &types[1]), IMX_OK);
                assert_int_equal(imx_encode(fresh, &pixels, 0, NULL, &blobs[2], &types[2]), IMX_OK);
                for (int i = 1; i < 3; i++) {
                    assert_int_equal(types[i], types[0]);
                    assert_int_equal(blobs[i].size, blobs[0].size);
                    assert_memory_equal(blobs[i].data, blobs[0].data, blobs[0].size);
                }
                for (int i = 0; i < 3; i++) {
                    imx_free(NULL, blobs[i].data);
                }
                imx_pixels_destroy(NULL, &pixels);
                imx_encoder_destroy(&fresh);
            }
        }
        imx_encoder_destroy(&used);
    }
}

/* The memory of a single-colour tile is keyed by everything that matters. */
static void test_single_colours(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_AUTO);
    static const struct {
        int32_t width, height;
        uint8_t colour[4];
    } TILES[] = {{32, 32, {9, 9, 9, 255}}, {32, 32, {9, 9, 8, 255}}, {32, 32, {9, 9, 8, 100}},
                 {32, 31, {9, 9, 8, 100}}, {31, 32, {9, 9, 8, 100}}, {32, 32, {0, 0, 0, 0}},
                 {32, 32, {9, 9, 9, 255}}, {32, 32, {9, 9, 9, 255}}};
    for (size_t i = 0; i < sizeof TILES / sizeof *TILES; i++) {
        imx_pixels pixels = picture_make(PICTURE_EMPTY, TILES[i].width, TILES[i].height, 0);
        for (int32_t k = 0; k < pixels.width * pixels.height; k++) {
            memcpy((uint8_t *)pixels.data + 4 * k, TILES[i].colour, 4);
        }
        imx_blob blob = encode(encoder, &pixels, TILES[i].colour[3] == 255 ? IMX_TILE_JPEG : IMX_TILE_PNG);
        imx_pixels back = decode(&blob);
        int greatest;
        double mean;
        assert_int_equal(back.width, TILES[i].width);
        assert_int_equal(back.height, TILES[i].height);
        differences(&pixels, &back, &greatest, &mean);
        assert_true(greatest <= (TILES[i].colour[3] == 255 ? 2 : 0));
        imx_pixels_destroy(NULL, &back);
        imx_pixels_destroy(NULL, &pixels);
        imx_free(NULL, blob.data);
    }
    imx_encoder_destroy(&encoder);
}

static void test_names(void **state) {
    (void)state;
    static const struct {
        const char *text;
        imx_format format;
        const char *name;
    } NAMES[] = {{"auto", IMX_FORMAT_AUTO, "auto"}, {"png", IMX_FORMAT_PNG, "png"},
                 {"jpeg", IMX_FORMAT_JPEG, "jpeg"}, {"jpg", IMX_FORMAT_JPEG, "jpeg"},
                 {"WebP", IMX_FORMAT_WEBP, "webp"}, {"JPEG", IMX_FORMAT_JPEG, "jpeg"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        imx_format format;
        assert_int_equal(imx_format_parse(NAMES[i].text, NULL, &format), IMX_OK);
        assert_int_equal(format, NAMES[i].format);
        assert_string_equal(imx_format_name(format), NAMES[i].name);
    }
    imx_error err = IMX_ERROR_INIT;
    imx_format untouched = IMX_FORMAT_WEBP;
    assert_int_equal(imx_format_parse("tiff", &err, &untouched), IMX_E_USAGE);
    assert_int_equal(untouched, IMX_FORMAT_WEBP);
    assert_string_equal(err.text, "no tile format 'tiff'; there are auto, png, jpeg and webp");
    assert_int_equal(imx_format_parse("", NULL, &untouched), IMX_E_USAGE);
    assert_string_equal(imx_tile_type_extension(IMX_TILE_JPEG), "jpg");
    assert_string_equal(imx_tile_type_name(IMX_TILE_JPEG), "jpeg");
    assert_string_equal(imx_tile_type_mime(IMX_TILE_JPEG), "image/jpeg");
    assert_string_equal(imx_tile_type_mime(IMX_TILE_PNG), "image/png");
    assert_string_equal(imx_tile_type_mime(IMX_TILE_WEBP), "image/webp");
    assert_string_equal(imx_tile_type_name(IMX_TILE_MIXED), "mixed");
    assert_string_equal(imx_tile_type_extension(IMX_TILE_MIXED), "");
    assert_string_equal(imx_tile_type_mime((imx_tile_type)77), "application/octet-stream");
}

static void test_sniff(void **state) {
    (void)state;
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10}, jpeg[] = {0xff, 0xd8, 0xff},
                         webp[] = "RIFF....WEBP", wave[] = "RIFF....WAVE";
    assert_int_equal(imx_tile_type_sniff(png, 8), IMX_TILE_PNG);
    assert_int_equal(imx_tile_type_sniff(png, 7), IMX_TILE_MIXED);
    assert_int_equal(imx_tile_type_sniff(jpeg, 3), IMX_TILE_JPEG);
    assert_int_equal(imx_tile_type_sniff(jpeg, 2), IMX_TILE_MIXED);
    assert_int_equal(imx_tile_type_sniff(webp, 12), IMX_TILE_WEBP);
    assert_int_equal(imx_tile_type_sniff(webp, 11), IMX_TILE_MIXED);
    assert_int_equal(imx_tile_type_sniff(wave, 12), IMX_TILE_MIXED);
    assert_int_equal(imx_tile_type_sniff(NULL, 0), IMX_TILE_MIXED);
}

static void test_bad_options(void **state) {
    (void)state;
    static const imx_codec_options BAD[] = {{IMX_FORMAT_JPEG, 0, 4, {0}, 0, 0, NULL},
                                            {IMX_FORMAT_JPEG, 101, 4, {0}, 0, 0, NULL},
                                            {IMX_FORMAT_WEBP, 75, 7, {0}, 0, 0, NULL},
                                            {IMX_FORMAT_WEBP, 75, -1, {0}, 0, 0, NULL}};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        imx_error err = IMX_ERROR_INIT;
        imx_encoder *encoder = NULL;
        assert_int_equal(imx_encoder_create(NULL, &kernels, &BAD[i], &err, &encoder), IMX_E_USAGE);
        assert_null(encoder);
        assert_non_null(strstr(err.text, i < 2 ? "1 to 100" : "0 (fast) to 6"));
    }
}

static void test_bad_pixels(void **state) {
    (void)state;
    imx_encoder *encoder = encoder_of(NULL, IMX_FORMAT_PNG);
    uint8_t byte[4] = {0};
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    imx_pixels wide = imx_pixels_view_rgba8(byte, IMX_CODEC_SIDE_MAX + 1, 1, 4),
               none = imx_pixels_view_rgba8(byte, 0, 1, 4), planar = imx_pixels_view_rgba8(byte, 1, 1, 4);
    planar.pixel_stride = 1;
    assert_int_equal(imx_encode(encoder, &wide, 0, NULL, &blob, &type), IMX_E_UNSUPPORTED);
    assert_int_equal(imx_encode(encoder, &none, 0, NULL, &blob, &type), IMX_E_INTERNAL);
    assert_int_equal(imx_encode(encoder, &planar, 0, NULL, &blob, &type), IMX_E_INTERNAL);
    assert_null(blob.data);
    imx_encoder_destroy(&encoder);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* One pass through create, encode, decode; NOMEM or success, never a leak. */
static imx_status once(imx_memory *memory, imx_format format, const imx_pixels *pixels) {
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = format;
    options.webp_method = 0;
    imx_encoder *encoder = NULL;
    imx_blob blob = {NULL, 0};
    imx_tile_type type;
    imx_pixels back = {0};
    imx_status status = imx_encoder_create(memory, &kernels, &options, NULL, &encoder);
    if (status == IMX_OK) {
        status = imx_encode(encoder, pixels, 0, NULL, &blob, &type);
    }
    if (status == IMX_OK) {
        status = imx_decode(memory, blob.data, blob.size, 256, NULL, &back);
    }
    imx_pixels_destroy(memory, &back);
    imx_free(memory, blob.data);
    imx_encoder_destroy(&encoder);
    return status;
}

static void test_nth_allocation_fails(void **state) {
    (void)state;
    static const picture KINDS[] = {PICTURE_TEXTURE, PICTURE_ALPHA, PICTURE_SINGLE};
    for (imx_format format = IMX_FORMAT_AUTO; format <= IMX_FORMAT_WEBP; format++) {
        for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
            imx_pixels pixels = picture_make(KINDS[k], 200, 200, 2);
            imx_memory *memory = NULL;
            assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
            size_t nth = 0;
            imx_status status = IMX_E_NOMEM;
            while (status != IMX_OK) {
                imx_memory_fail_nth(memory, ++nth);
                status = once(memory, format, &pixels);
                assert_true(status == IMX_OK || status == IMX_E_NOMEM);
                assert_int_equal(imx_memory_used(memory), 0);
                assert_true(nth < 100);
            }
            assert_true(nth >= 4);
            imx_memory_destroy(&memory);
            imx_pixels_destroy(NULL, &pixels);
        }
    }
}

int main(void) {
    imx_kernels_init(&kernels, imx_cpu_detect());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_round_trip),
        cmocka_unit_test(test_png_of_a_view),
        cmocka_unit_test(test_png_colour_type),
        cmocka_unit_test(test_png_sizes_are_sane),
        cmocka_unit_test(test_png_pngcheck),
        cmocka_unit_test(test_lossy_is_near),
        cmocka_unit_test(test_jpeg_noise_fits),
        cmocka_unit_test(test_jpeg_gray),
        cmocka_unit_test(test_jpeg_background),
        cmocka_unit_test(test_webp_keeps_alpha),
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_single_colours),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_bad_pixels),
        cmocka_unit_test(test_nth_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
