/* tests/unit/tiler/test_colormap.c: files of colours, and the colour of a value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tiler/colormap.h"

static imx_status read_text(imx_memory *memory, const char *text, imx_error *err, imx_colormap **out) {
    char path[] = "/tmp/imbrex-colormap-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    imx_status status = imx_colormap_read(memory, path, err, out);
    (void)remove(path);
    return status;
}

static imx_colormap *map_of(const char *text) {
    imx_error err = IMX_ERROR_INIT;
    imx_colormap *map = NULL;
    if (read_text(NULL, text, &err, &map) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return map;
}

static void is(const imx_colormap *map, double value, uint8_t r, uint8_t g, uint8_t b, uint8_t a) {
    uint8_t have[4];
    for (size_t hint = 0; hint <= map->count; hint++) { /* wherever the last one was found */
        size_t at = hint;
        imx_colormap_find(map, value, &at, have);
        if (have[0] != r || have[1] != g || have[2] != b || have[3] != a) {
            fail_msg("%s at %g: %d,%d,%d,%d", imx_colormap_mode_name(map->mode), value, have[0], have[1], have[2],
                     have[3]);
        }
    }
}

static void test_modes(void **state) {
    (void)state;
    imx_colormap *map = map_of("# heights\n// of a place\n\n0 10 20 30\r\n100,20:40\t60,128\n100 red\nnv 1 2 3\n"
                               "-50 White 7\n");
    assert_int_equal(map->count, 4);
    assert_int_equal(map->mode, IMX_COLORMAP_BETWEEN);
    imx_colormap_resolve(map, 0, 0);
    is(map, -51, 255, 255, 255, 7);
    is(map, -50, 255, 255, 255, 7);
    is(map, 0, 10, 20, 30, 255);
    is(map, -25, 133, 138, 143, 131); /* halves upwards */
    is(map, 1, 10, 20, 30, 254);
    is(map, 25, 13, 25, 38, 223);
    is(map, 100, 20, 40, 60, 128); /* the first of the edge */
    is(map, nextafter(100, 101), 255, 0, 0, 255);
    is(map, INFINITY, 255, 0, 0, 255);
    is(map, NAN, 0, 0, 0, 0);
    map->mode = IMX_COLORMAP_NEAREST;
    is(map, -25.1, 255, 255, 255, 7);
    is(map, -25, 10, 20, 30, 255);
    is(map, 50, 20, 40, 60, 128);
    is(map, 1e9, 255, 0, 0, 255);
    map->mode = IMX_COLORMAP_EXACT;
    is(map, 0, 10, 20, 30, 255);
    is(map, 0.001, 0, 0, 0, 0);
    is(map, 100, 20, 40, 60, 128);
    is(map, -51, 0, 0, 0, 0);
    is(map, 101, 0, 0, 0, 0);
    map->mode = IMX_COLORMAP_DISCRETE;
    is(map, -51, 255, 255, 255, 7);
    is(map, -49, 10, 20, 30, 255);
    is(map, 0, 10, 20, 30, 255);
    is(map, 99, 20, 40, 60, 128);
    is(map, 101, 0, 0, 0, 0);
    imx_colormap_destroy(NULL, &map);
}

static void test_percent(void **state) {
    (void)state;
    imx_colormap *map = map_of("100% blue\n50% 0 255 0\n0% black\n");
    assert_true(imx_colormap_has_percent(map));
    imx_colormap_resolve(map, -10, 30);
    assert_false(imx_colormap_has_percent(map));
    is(map, -10, 0, 0, 0, 255);
    is(map, 10, 0, 255, 0, 255);
    is(map, 30, 0, 0, 255, 255);
    imx_colormap_destroy(NULL, &map);
}

static void test_qgis(void **state) {
    (void)state;
    imx_colormap *map = map_of("\xef\xbb\xbf# QGIS Generated Color Map Export File\nINTERPOLATION:DISCRETE\n"
                               "5,4,14,216,255,<= 5: the sea, and more\ninf,65,150,255,200,> 5\n");
    assert_int_equal(map->mode, IMX_COLORMAP_DISCRETE);
    imx_colormap_resolve(map, 0, 0);
    is(map, 5, 4, 14, 216, 255);
    is(map, 5.5, 65, 150, 255, 200);
    is(map, 1e20, 65, 150, 255, 200);
    imx_colormap_destroy(NULL, &map);
    map = map_of("INTERPOLATION:EXACT\n1,2,3,4");
    assert_int_equal(map->mode, IMX_COLORMAP_EXACT);
    imx_colormap_destroy(NULL, &map);
    map = map_of("1 2 3 4\nINTERPOLATION:INTERPOLATED\n");
    assert_int_equal(map->mode, IMX_COLORMAP_BETWEEN);
    imx_colormap_destroy(NULL, &map);
}

static void test_refusals(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_colormap *map = NULL;
    static const char *const bad[] = {"",
                                      "# nothing\n",
                                      "1\n",
                                      "1 2 3\n",
                                      "1 2 3 256\n",
                                      "1 2 3 -4\n",
                                      "1 2 3 4 300\n",
                                      "1 pink\n",
                                      "1 red x\n",
                                      "x 1 2 3\n",
                                      "nan 1 2 3\n",
                                      "101% 1 2 3\n",
                                      "-1% 1 2 3\n",
                                      "1%% 1 2 3\n",
                                      "INTERPOLATION:LINEAR\n1 2 3 4\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (read_text(NULL, bad[i], &err, &map) != IMX_E_INPUT) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_null(map);
    }
    assert_int_equal(read_text(NULL, "1 2 3 4\n# two\n5 6 7\n", &err, &map), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "line 3"));
    assert_int_equal(imx_colormap_read(NULL, "/nowhere/colours.txt", &err, &map), IMX_E_INPUT);
    char *many = calloc(IMX_COLORMAP_STOPS_MAX + 1, 8);
    for (size_t i = 0; i < IMX_COLORMAP_STOPS_MAX + 1; i++) {
        memcpy(many + 8 * i, "1 2 3 4\n", 8);
    }
    many[8 * IMX_COLORMAP_STOPS_MAX] = '\0';
    assert_int_equal(read_text(NULL, many, &err, &map), IMX_OK);
    assert_int_equal(map->count, IMX_COLORMAP_STOPS_MAX);
    imx_colormap_destroy(NULL, &map);
    many[8 * IMX_COLORMAP_STOPS_MAX] = '1';
    many[8 * IMX_COLORMAP_STOPS_MAX + 7] = '\0';
    assert_int_equal(read_text(NULL, many, &err, &map), IMX_E_INPUT);
    free(many);
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    for (size_t nth = 1; nth <= 2; nth++) {
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(read_text(memory, "1 2 3 4\n", &err, &map), IMX_E_NOMEM);
        assert_int_equal(imx_memory_used(memory), 0);
    }
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modes), cmocka_unit_test(test_percent),
                                       cmocka_unit_test(test_qgis), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
