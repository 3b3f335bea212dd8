/* tests/kernels/test_reference_pixels.c: the references of blend, inspect and coords against their formulas,
 * exhaustively where that is possible. */
#include <math.h>

#include "tests/kernels/harness.h"

static imx_kernels references(void) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    return table;
}

static void test_table(void **state) {
    (void)state;
    imx_kernels t = references();
    assert_int_equal(t.cpu_mask, IMX_CPU_NONE);
    imx_kernels_init(&t, ~0u);
    assert_int_equal(t.cpu_mask, imx_cpu_detect());
    assert_string_equal(imx_cpu_name(IMX_CPU_NONE), "scalar");
    assert_string_equal(imx_cpu_name(IMX_CPU_SSE42), "sse4.2");
    assert_string_equal(imx_cpu_name(IMX_CPU_SSE42 | IMX_CPU_AVX2), "avx2");
    assert_string_equal(imx_cpu_name(IMX_CPU_NEON), "neon");
}

static void test_premultiply(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned a = 0; a < 256; a++) {
            uint8_t px[4] = {(uint8_t)c, 0, 255, (uint8_t)a};
            t.premultiply_rgba8(px, 1);
            assert_int_equal(px[0], lround(floor(c * a / 255.0 + 127.0 / 255 + 1e-9)));
            assert_int_equal(px[1], 0);
            assert_int_equal(px[2], a);
            assert_int_equal(px[3], a);
        }
    }
}

static void test_unpremultiply(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned a = 0; a < 256; a++) {
            uint8_t px[4] = {(uint8_t)c, 0, (uint8_t)a, (uint8_t)a};
            t.unpremultiply_rgba8(px, 1);
            const double want = a ? floor((255.0 * c + floor(a / 2.0)) / a) : 0;
            assert_int_equal(px[0], want > 255 ? 255 : (int)want);
            assert_int_equal(px[1], 0);
            assert_int_equal(px[2], a ? 255 : 0);
            assert_int_equal(px[3], a);
            /* The round trip of an opaque pixel is exact. */
            uint8_t back[4] = {(uint8_t)c, (uint8_t)a, 7, 255};
            const uint8_t was[4] = {(uint8_t)c, (uint8_t)a, 7, 255};
            t.premultiply_rgba8(back, 1);
            t.unpremultiply_rgba8(back, 1);
            assert_memory_equal(back, was, 4);
        }
    }
}

static void test_composite_under(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (unsigned at = 0; at < 256; at++) {
        for (unsigned au = 0; au < 256; au += 3) {
            for (unsigned ct = 0; ct < 256; ct += 15) {
                for (unsigned cu = 0; cu < 256; cu += 15) {
                    uint8_t top[4] = {(uint8_t)ct, (uint8_t)cu, 0, (uint8_t)at};
                    const uint8_t under[4] = {(uint8_t)cu, (uint8_t)ct, 255, (uint8_t)au};
                    const uint64_t w = 255u * at + au * (255 - at), alpha = (w + 127) / 255;
                    t.composite_under_rgba8(top, under, 1);
                    assert_int_equal(top[3], alpha);
                    if (alpha == 0) {
                        assert_int_equal(top[0] | top[1] | top[2], 0);
                        continue;
                    }
                    assert_int_equal(top[0], (255 * at * ct + au * (255 - at) * cu + w / 2) / w);
                    assert_int_equal(top[1], (255 * at * cu + au * (255 - at) * ct + w / 2) / w);
                    assert_int_equal(top[2], (au * (255 - at) * 255 + w / 2) / w);
                }
            }
        }
    }
}

static void test_blend_add(void **state) {
    (void)state;
    const imx_kernels t = references();
    const uint8_t px[8] = {255, 1, 0, 255, 7, 8, 9, 2}, weight[2] = {255, 3};
    uint64_t acc[8] = {UINT64_C(1) << 40, 0, 5, 0};
    t.blend_add_rgba8(acc, px, weight, 2);
    const uint64_t want[8] = {(UINT64_C(1) << 40) + 65025 * 255, 65025, 5, 65025, 42, 48, 54, 6};
    assert_memory_equal(acc, want, sizeof want);
    t.blend_add_rgba8(acc + 4, px + 4, NULL, 1);
    assert_int_equal(acc[4], 42 + 255 * 2 * 7);
    assert_int_equal(acc[7], 6 + 255 * 2);
}

static void test_nodata(void **state) {
    (void)state;
    const imx_kernels t = references();
    const uint8_t nodata[3] = {9, 8, 7};
    const uint8_t px[5][4] = {{9, 8, 7, 255}, {9, 8, 6, 255}, {9, 7, 7, 3}, {8, 8, 7, 255}, {0, 0, 0, 0}};
    const unsigned gone[4] = {0, 0x7, 0x3, 0x1}; /* by bands: which of px */
    for (unsigned bands = 1; bands <= 3; bands++) {
        uint8_t out[5][4];
        memcpy(out, px, sizeof px);
        t.nodata_rgba8(out[0], 5, nodata, bands);
        for (unsigned i = 0; i < 5; i++) {
            const uint8_t none[4] = {0};
            assert_memory_equal(out[i], gone[bands] >> i & 1 ? none : px[i], 4);
        }
    }
}

static void test_mask(void **state) {
    (void)state;
    const imx_kernels t = references();
    uint8_t px[12] = {1, 2, 3, 4, 5, 6, 7, 255, 9, 9, 9, 9};
    const uint8_t mask[3] = {0, 1, 255}, want[12] = {0, 0, 0, 0, 5, 6, 7, 255, 9, 9, 9, 9};
    t.mask_rgba8(px, mask, 3);
    assert_memory_equal(px, want, 12);
}

static void test_expand(void **state) {
    (void)state;
    const imx_kernels t = references();
    const uint8_t rgb[9] = {1, 2, 3, 4, 250, 6, 255, 8, 254};
    const uint8_t plain[12] = {1, 2, 3, 255, 4, 250, 6, 255, 255, 8, 254, 255};
    const uint8_t sums[12] = {1, 2, 3, 255, 5, 252, 9, 255, 4, 4, 7, 255};
    uint8_t px[12];
    t.expand_rgb8_rgba8(rgb, 3, px);
    assert_memory_equal(px, plain, 12);
    t.predictor2_rgb8_rgba8(rgb, 3, px);
    assert_memory_equal(px, sums, 12);
}

static unsigned look_of(const uint8_t *px, size_t w, size_t h) {
    return references().look_rgba8(px, 4 * (ptrdiff_t)w, w, h);
}

static void test_look(void **state) {
    (void)state;
    uint8_t px[24] = {0};
    assert_int_equal(look_of(px, 3, 2), IMX_LOOK_EMPTY | IMX_LOOK_SINGLE | IMX_LOOK_GRAY);
    px[23] = 1;
    assert_int_equal(look_of(px, 3, 2), IMX_LOOK_GRAY);
    assert_int_equal(look_of(px, 3, 1), IMX_LOOK_EMPTY | IMX_LOOK_SINGLE | IMX_LOOK_GRAY);
    memset(px, 255, 24);
    assert_int_equal(look_of(px, 2, 3), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY);
    px[20] = 254;
    assert_int_equal(look_of(px, 2, 3), IMX_LOOK_OPAQUE);
    for (int i = 0; i < 24; i++) {
        px[i] = (uint8_t)(i % 4);
    }
    assert_int_equal(look_of(px, 6, 1), IMX_LOOK_SINGLE);
    assert_int_equal(look_of(px, 0, 5), IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY);
}

static void test_coords(void **state) {
    (void)state;
    const imx_kernels t = references();
    int32_t out[5];
    t.coords_q16(-(INT64_C(1) << 32), (INT64_C(1) << 32) + 65536, 5, out); /* -1 px, then 1 px and 1/65536 a step */
    const int32_t want[5] = {-65536, 1, 65538, 131075, 196612};
    assert_memory_equal(out, want, sizeof want);
    t.coords_q16(-1, 0, 1, out); /* floor */
    assert_int_equal(out[0], -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),         cmocka_unit_test(test_premultiply),
        cmocka_unit_test(test_unpremultiply), cmocka_unit_test(test_composite_under),
        cmocka_unit_test(test_blend_add),     cmocka_unit_test(test_nodata),
        cmocka_unit_test(test_mask),          cmocka_unit_test(test_expand),
        cmocka_unit_test(test_look),          cmocka_unit_test(test_coords),
    };
    return cmocka_run_group_tests_name("kernels: pixel references", tests, NULL, NULL);
}
