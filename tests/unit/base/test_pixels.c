/* tests/unit/base/test_pixels.c: buffers of both lanes, crops, clearing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/pixels.h"

static void types_have_sizes_and_names(void **state) {
    (void)state;
    static const struct {
        imx_type type;
        size_t size;
        const char *name;
    } rows[] = {{IMX_U8, 1, "u8"},   {IMX_I8, 1, "i8"},   {IMX_U16, 2, "u16"}, {IMX_I16, 2, "i16"},
                {IMX_U32, 4, "u32"}, {IMX_I32, 4, "i32"}, {IMX_F32, 4, "f32"}, {IMX_F64, 8, "f64"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(imx_type_size(rows[i].type), rows[i].size);
        assert_string_equal(imx_type_name(rows[i].type), rows[i].name);
    }
}

static void rgba8_is_the_fast_lane(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_pixels px = {0};
    assert_int_equal(imx_pixels_create_rgba8(memory, 7, 5, NULL, &px), IMX_OK);
    assert_true(imx_pixels_is_rgba8(&px));
    assert_true(px.owned);
    assert_int_equal(px.row_stride, 28);
    memset(px.data, 0xee, 7 * 5 * 4);
    imx_pixels part = imx_pixels_crop(&px, 2, 1, 3, 2);
    assert_true(imx_pixels_is_rgba8(&part));
    assert_false(part.owned);
    assert_int_equal(part.width, 3);
    assert_int_equal(part.height, 2);
    imx_pixels_clear(&part);
    const uint8_t *bytes = px.data;
    for (int y = 0; y < 5; y++) {
        for (int x = 0; x < 7; x++) {
            bool inside = x >= 2 && x < 5 && y >= 1 && y < 3;
            for (int c = 0; c < 4; c++) {
                assert_int_equal(bytes[(y * 7 + x) * 4 + c], inside ? 0 : 0xee);
            }
        }
    }
    imx_pixels_destroy(memory, &part); /* owns nothing */
    assert_null(part.data);
    imx_pixels_destroy(memory, &px);
    assert_null(px.data);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static void planar_has_planes_and_validity(void **state) {
    (void)state;
    static const struct {
        imx_type type;
        int32_t bands, width, height;
    } rows[] = {{IMX_U16, 3, 5, 4}, {IMX_U8, 4, 1, 1}, {IMX_F64, 1, 1, 1}, {IMX_I16, 2, 1, 3}, {IMX_U8, 1, 9, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        imx_pixels px = {0};
        assert_int_equal(
            imx_pixels_create_planar(NULL, rows[i].type, rows[i].bands, rows[i].width, rows[i].height, 1, NULL, &px),
            IMX_OK);
        assert_false(imx_pixels_is_rgba8(&px));
        size_t size = imx_type_size(rows[i].type);
        size_t plane = size * (size_t)rows[i].width * (size_t)rows[i].height;
        assert_int_equal(px.pixel_stride, size);
        assert_int_equal(px.row_stride, size * (size_t)rows[i].width);
        assert_int_equal(px.band_stride, plane);
        assert_int_equal(px.valid_stride, rows[i].width);
        memset(px.data, 0x55, plane * (size_t)rows[i].bands);
        memset(px.valid, 255, (size_t)rows[i].width * (size_t)rows[i].height);
        imx_pixels corner = imx_pixels_crop(&px, rows[i].width - 1, rows[i].height - 1, 1, 1);
        assert_ptr_equal((char *)corner.data, (char *)px.data + plane - size);
        assert_ptr_equal(corner.valid, px.valid + rows[i].width * rows[i].height - 1);
        imx_pixels_clear(&px);
        for (size_t k = 0; k < plane * (size_t)rows[i].bands; k++) {
            assert_int_equal(((uint8_t *)px.data)[k], 0);
        }
        for (int32_t k = 0; k < rows[i].width * rows[i].height; k++) {
            assert_int_equal(px.valid[k], 0);
        }
        imx_pixels_destroy(NULL, &px);
    }
}

static void types_hold_values(void **state) {
    (void)state;
    static const struct {
        imx_type type;
        double value;
        bool held;
    } rows[] = {{IMX_U8, 255, true},
                {IMX_U8, 256, false},
                {IMX_U8, -1, false},
                {IMX_U8, 0.5, false},
                {IMX_U8, NAN, false},
                {IMX_U8, INFINITY, false},
                {IMX_I8, -128, true},
                {IMX_I8, 200, false},
                {IMX_U16, -9999, false},
                {IMX_I16, -32768, true},
                {IMX_I16, 65535, false},
                {IMX_U32, 4294967295.0, true},
                {IMX_I32, 2147483648.0, false},
                {IMX_F32, -9999.1, true},
                {IMX_F32, NAN, true},
                {IMX_F32, -INFINITY, true},
                {IMX_F32, -3.4028234663852886e38, true},
                {IMX_F32, -3.4028235e38, true}, /* rounds to that */
                {IMX_F32, 3.4028236e38, false},
                {IMX_F32, -1.7976931348623157e308, false},
                {IMX_F64, -1.7976931348623157e308, true},
                {IMX_F64, NAN, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(imx_type_holds(rows[i].type, rows[i].value), rows[i].held);
    }
}

static void bad_sizes_and_failed_allocations(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_pixels px = {0};
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_pixels_create_rgba8(memory, 0, 5, &err, &px), IMX_E_INTERNAL);
    assert_int_equal(imx_pixels_create_rgba8(memory, 5, -1, &err, &px), IMX_E_INTERNAL);
    assert_int_equal(imx_pixels_create_planar(memory, IMX_F64, INT32_MAX, INT32_MAX, INT32_MAX, 1, &err, &px),
                     IMX_E_INTERNAL);
    assert_int_equal(imx_pixels_create_planar(memory, IMX_U8, 0, 1, 1, 1, &err, &px), IMX_E_INTERNAL);
    for (size_t nth = 1; nth <= 2; nth++) {
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(imx_pixels_create_planar(memory, IMX_U8, 3, 8, 8, 1, &err, &px), IMX_E_NOMEM);
    }
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_pixels_create_rgba8(memory, 8, 8, &err, &px), IMX_E_NOMEM);
    assert_null(px.data);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static void copy_and_extend(void **state) {
    (void)state;
    uint32_t small[6] = {11, 12, 13, 21, 22, 23}, large[5 * 6], want[5 * 6];
    memset(large, 0xEE, sizeof large);
    imx_pixels from = imx_pixels_view_rgba8(small, 3, 2, 12), all = imx_pixels_view_rgba8(large, 6, 5, 24);
    imx_pixels to = imx_pixels_crop(&all, 1, 2, 3, 2);
    imx_pixels_copy(&from, &to);
    for (size_t i = 0; i < 5 * 6; i++) {
        size_t x = i % 6, y = i / 6;
        bool in = x >= 1 && x < 4 && y >= 2 && y < 4;
        assert_int_equal(large[i], in ? small[(y - 2) * 3 + x - 1] : 0xEEEEEEEEu);
        want[i] = small[(y < 3 ? 0 : 3u) + (x < 1 ? 0 : x > 3 ? 2 : x - 1)];
    }
    imx_pixels_extend(&all, 1, 2, 2, 1);
    assert_memory_equal(large, want, sizeof want);
    imx_pixels_extend(&all, 0, 0, 0, 0);
    assert_memory_equal(large, want, sizeof want);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_and_extend),        cmocka_unit_test(types_have_sizes_and_names),
        cmocka_unit_test(rgba8_is_the_fast_lane), cmocka_unit_test(planar_has_planes_and_validity),
        cmocka_unit_test(types_hold_values),      cmocka_unit_test(bad_sizes_and_failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
