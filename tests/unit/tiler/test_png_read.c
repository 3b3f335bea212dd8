/* Reading the PNGs that others write: every colour type and depth, palettes, tRNS, interlacing, split and foreign
 * chunks. The files are put together here, from the standard, with zlib. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "tiler/codec.h"

typedef struct file {
    uint8_t data[4096];
    size_t size;
} file;

static void put_u32(uint8_t *out, size_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static void chunk(file *png, const char *type, const void *body, size_t size) {
    uint8_t *at = png->data + png->size;
    assert_true(png->size + size + 12 <= sizeof png->data);
    put_u32(at, size);
    memcpy(at + 4, type, 4);
    if (size) {
        memcpy(at + 8, body, size);
    }
    put_u32(at + 8 + size, crc32(0, at + 4, (uInt)(size + 4)));
    png->size += size + 12;
}

static void begin(file *png, uint32_t width, uint32_t height, uint8_t depth, uint8_t colour_type, uint8_t interlace) {
    uint8_t header[13] = {[8] = depth, [9] = colour_type, [12] = interlace};
    put_u32(header, width);
    put_u32(header + 4, height);
    memcpy(png->data, "\x89PNG\r\n\x1a\n", 8);
    png->size = 8;
    chunk(png, "IHDR", header, sizeof header);
}

/* scanlines: with their filter bytes; in two IDATs. */
static void end(file *png, const uint8_t *scanlines, size_t size) {
    uint8_t packed[2048];
    uLongf packed_size = sizeof packed;
    assert_int_equal(compress2(packed, &packed_size, scanlines, size, 9), Z_OK);
    chunk(png, "IDAT", packed, packed_size / 2);
    chunk(png, "IDAT", packed + packed_size / 2, packed_size - packed_size / 2);
    chunk(png, "IEND", NULL, 0);
}

static void assert_decodes(const file *png, int32_t width, int32_t height, const uint8_t *expected) {
    imx_error err = IMX_ERROR_INIT;
    imx_pixels pixels = {0};
    if (imx_decode(NULL, png->data, png->size, 64, &err, &pixels) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(pixels.width, width);
    assert_int_equal(pixels.height, height);
    for (int32_t y = 0; y < height; y++) {
        assert_memory_equal((uint8_t *)pixels.data + y * pixels.row_stride, expected + y * width * 4,
                            4 * (size_t)width);
    }
    imx_pixels_destroy(NULL, &pixels);
}

static void test_palette(void **state) {
    (void)state;
    static const uint8_t palette[] = {1, 2, 3, 40, 50, 60, 7, 8, 9, 255, 0, 255}, alphas[] = {255, 0, 128};
    static const uint8_t lines[] = {0, 0x1b, 0, 0xe4}; /* 2 bits: 0 1 2 3, then 3 2 1 0 */
    static const uint8_t expected[] = {1,   2, 3,   255, 0, 0, 0, 0,   7, 8, 9, 128, 255, 0, 255, 255,
                                       255, 0, 255, 255, 7, 8, 9, 128, 0, 0, 0, 0,   1,   2, 3,   255};
    file png;
    begin(&png, 4, 2, 2, 3, 0);
    chunk(&png, "PLTE", palette, sizeof palette);
    chunk(&png, "tRNS", alphas, sizeof alphas);
    end(&png, lines, sizeof lines);
    assert_decodes(&png, 4, 2, expected);
}

static void test_gray(void **state) {
    (void)state;
    static const uint8_t bits[] = {0, 0xa0}, deep[] = {0, 0x80, 0x80, 0xff, 0xff, 0x01, 0x02},
                         alpha[] = {0, 77, 128, 9, 0}, keyed[] = {0, 5, 6};
    static const uint8_t key[] = {0, 6};
    file png;
    begin(&png, 3, 1, 1, 0, 0);
    end(&png, bits, sizeof bits);
    assert_decodes(&png, 3, 1, (const uint8_t[]){255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 255});
    begin(&png, 3, 1, 16, 0, 0); /* 16 bits are rounded: 0x0102 / 257 = 1.004 */
    end(&png, deep, sizeof deep);
    assert_decodes(&png, 3, 1, (const uint8_t[]){128, 128, 128, 255, 255, 255, 255, 255, 1, 1, 1, 255});
    begin(&png, 2, 1, 8, 4, 0);
    end(&png, alpha, sizeof alpha);
    assert_decodes(&png, 2, 1, (const uint8_t[]){77, 77, 77, 128, 0, 0, 0, 0});
    begin(&png, 2, 1, 8, 0, 0);
    chunk(&png, "tRNS", key, sizeof key);
    end(&png, keyed, sizeof keyed);
    assert_decodes(&png, 2, 1, (const uint8_t[]){5, 5, 5, 255, 0, 0, 0, 0});
}

static void test_colour(void **state) {
    (void)state;
    static const uint8_t deep[] = {0, 0xff, 0xff, 0, 0, 0x7f, 0x7f, 0x40, 0x40};
    static const uint8_t filtered[] = {4, 10, 20, 30, 1, 1, 1, 2, 1, 2, 3, 1, 1, 1}; /* Paeth, then Up */
    file png;
    begin(&png, 1, 1, 16, 6, 0);
    end(&png, deep, sizeof deep);
    assert_decodes(&png, 1, 1, (const uint8_t[]){255, 0, 127, 64});
    begin(&png, 2, 2, 8, 2, 0);
    end(&png, filtered, sizeof filtered);
    assert_decodes(&png, 2, 2, (const uint8_t[]){10, 20, 30, 255, 11, 21, 31, 255, 11, 22, 33, 255, 12, 22, 32, 255});
}

/* Adam7 (clause 8.2), 5 x 5 so that passes have rows of several lengths and pass 2 has none. */
static void test_interlaced(void **state) {
    (void)state;
    static const struct {
        int x0, y0, dx, dy;
    } PASSES[7] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    uint8_t expected[5 * 5 * 4], lines[256];
    size_t size = 0;
    for (int i = 0; i < 25; i++) {
        const uint8_t px[4] = {(uint8_t)(i * 10), (uint8_t)(255 - i), (uint8_t)(i ^ 85), (uint8_t)(100 + i)};
        memcpy(expected + 4 * i, px, 4);
    }
    for (int pass = 0; pass < 7; pass++) {
        for (int y = PASSES[pass].y0; y < 5 && PASSES[pass].x0 < 5; y += PASSES[pass].dy) {
            lines[size++] = 0;
            for (int x = PASSES[pass].x0; x < 5; x += PASSES[pass].dx, size += 4) {
                memcpy(lines + size, expected + 4 * (5 * y + x), 4);
            }
        }
    }
    file png;
    begin(&png, 5, 5, 8, 6, 1);
    end(&png, lines, size);
    assert_decodes(&png, 5, 5, expected);
}

/* Chunks that have no say in the pixels are skipped, gamma and profiles among them; unknown critical ones are refused.
 */
static void test_other_chunks(void **state) {
    (void)state;
    static const uint8_t line[] = {0, 1, 2, 3}, gamma[] = {0, 0, 0xff, 0xff}, expected[] = {1, 2, 3, 255};
    file png;
    begin(&png, 1, 1, 8, 2, 0);
    chunk(&png, "gAMA", gamma, sizeof gamma);
    chunk(&png, "iCCP", "broken\0\0nothing like zlib", 24);
    chunk(&png, "prVt", line, sizeof line);
    chunk(&png, "tEXt", "Comment\0hello", 13);
    end(&png, line, sizeof line);
    assert_decodes(&png, 1, 1, expected);

    imx_pixels pixels = {0};
    begin(&png, 1, 1, 8, 2, 0);
    chunk(&png, "CRIT", line, sizeof line);
    end(&png, line, sizeof line);
    assert_int_equal(imx_decode(NULL, png.data, png.size, 64, NULL, &pixels), IMX_E_INPUT);
}

/* 100,000 x 100,000 claimed in 70 bytes. */
static void test_bomb(void **state) {
    (void)state;
    static const uint8_t line[] = {0, 1, 2, 3};
    file png;
    begin(&png, 100000, 100000, 8, 2, 0);
    end(&png, line, sizeof line);
    imx_memory *memory = NULL;
    imx_pixels pixels = {0};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_memory_create(1 << 20, &memory), IMX_OK);
    assert_int_equal(imx_decode(memory, png.data, png.size, 4096, &err, &pixels), IMX_E_INPUT);
    assert_string_equal(err.text, "PNG of 100000 x 100000 px: the limit is 4096 a side");
    assert_true(imx_memory_peak(memory) < 100000);
    assert_int_equal(imx_decode(memory, png.data, png.size, INT32_MAX, &err, &pixels), IMX_E_NOMEM);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_palette),    cmocka_unit_test(test_gray),         cmocka_unit_test(test_colour),
        cmocka_unit_test(test_interlaced), cmocka_unit_test(test_other_chunks), cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
