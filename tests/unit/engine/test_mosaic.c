/* tests/unit/engine/test_mosaic.c: both mosaics against their formulas, pixel by pixel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mosaic.h"

enum { W = 37, H = 11, STRIDE = W * 4 + 20 };

typedef struct picture {
    uint8_t data[H * STRIDE];
    imx_pixels pixels;
} picture;

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Alpha 0, 255 or between, a third each. */
static void fill_random(picture *p, uint32_t seed) {
    memset(p->data, 0xEE, sizeof p->data);
    p->pixels = imx_pixels_view_rgba8(p->data, W, H, STRIDE);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            uint8_t *px = p->data + y * STRIDE + 4 * x;
            uint32_t kind = next_random(&seed) % 3;
            px[3] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)(1 + next_random(&seed) % 254);
            for (int c = 0; c < 3; c++) {
                px[c] = px[3] ? (uint8_t)next_random(&seed) : 0;
            }
        }
    }
}

static void fill_colour(picture *p, const uint8_t colour[4]) {
    p->pixels = imx_pixels_view_rgba8(p->data, W, H, STRIDE);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            memcpy(p->data + y * STRIDE + 4 * x, colour, 4);
        }
    }
}

static void fill_weights(uint8_t *weights, uint32_t seed) {
    for (int i = 0; i < W * H; i++) {
        uint32_t kind = next_random(&seed) % 4;
        weights[i] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)next_random(&seed);
    }
}

static imx_kernels make_kernels(void) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    return kernels;
}

static imx_mosaic *make_mosaic(imx_memory *memory, const imx_kernels *kernels, imx_mosaic_mode mode) {
    imx_mosaic *mosaic = NULL;
    assert_int_equal(imx_mosaic_create(memory, kernels, mode, W, H, NULL, &mosaic), IMX_OK);
    imx_mosaic_begin(mosaic);
    return mosaic;
}

static void add(imx_mosaic *mosaic, const picture *p, unsigned look, const uint8_t *weights) {
    assert_int_equal(imx_mosaic_add(mosaic, &p->pixels, look, weights, W, NULL), IMX_OK);
}

static unsigned finish(imx_mosaic *mosaic, picture *out) {
    unsigned look = 99;
    memset(out->data, 0x55, sizeof out->data);
    out->pixels = imx_pixels_view_rgba8(out->data, W, H, STRIDE);
    assert_int_equal(imx_mosaic_finish(mosaic, &out->pixels, NULL, &look), IMX_OK);
    for (int y = 0; y < H; y++) { /* nothing beside the rows */
        for (int i = W * 4; i < STRIDE; i++) {
            assert_int_equal(out->data[y * STRIDE + i], 0x55);
        }
    }
    return look;
}

/* kernels.h: composite_under. */
static void expect_under(uint8_t *top, const uint8_t *under) {
    unsigned at = top[3], au = under[3], w = 255 * at + au * (255 - at), alpha = (w + 127) / 255;
    uint8_t result[4] = {0};
    if (alpha) {
        for (int c = 0; c < 3; c++) {
            result[c] = (uint8_t)((255 * at * top[c] + au * (255 - at) * under[c] + w / 2) / w);
        }
        result[3] = (uint8_t)alpha;
    }
    memcpy(top, result, 4);
}

static void over_follows_the_formula(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    for (int with_weights = 0; with_weights < 2; with_weights++) {
        imx_mosaic *mosaic = make_mosaic(NULL, &kernels, IMX_MOSAIC_OVER);
        picture layers[3], out;
        uint8_t weights[3][W * H];
        for (uint32_t i = 0; i < 3; i++) {
            fill_random(&layers[i], 7 + i);
            fill_weights(weights[i], 70 + i);
            picture before = layers[i];
            add(mosaic, &layers[i], 0, with_weights ? weights[i] : NULL);
            assert_memory_equal(before.data, layers[i].data, sizeof before.data);
        }
        unsigned look = finish(mosaic, &out);
        assert_int_equal(look, 0);
        for (int i = 0; i < W * H; i++) {
            uint8_t want[4] = {0};
            for (int k = 0; k < 3; k++) {
                uint8_t px[4];
                memcpy(px, layers[k].data + i / W * STRIDE + 4 * (i % W), 4);
                if (with_weights) {
                    px[3] = (uint8_t)((px[3] * weights[k][i] + 127) / 255);
                }
                expect_under(want, px);
            }
            assert_memory_equal(out.data + i / W * STRIDE + 4 * (i % W), want, 4);
        }
        imx_mosaic_destroy(&mosaic);
        assert_null(mosaic);
    }
}

static void over_is_full_when_opaque(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    imx_mosaic *mosaic = make_mosaic(NULL, &kernels, IMX_MOSAIC_OVER);
    picture half, opaque, out;
    fill_random(&half, 3);
    fill_colour(&opaque, (const uint8_t[4]){9, 9, 9, 255});
    assert_false(imx_mosaic_full(mosaic));
    add(mosaic, &half, 0, NULL);
    assert_false(imx_mosaic_full(mosaic));
    add(mosaic, &opaque, IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY, NULL);
    assert_true(imx_mosaic_full(mosaic));
    assert_int_equal(finish(mosaic, &out), IMX_LOOK_OPAQUE);

    imx_mosaic_begin(mosaic); /* forgets the tile before */
    assert_false(imx_mosaic_full(mosaic));
    add(mosaic, &opaque, IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY, NULL);
    assert_true(imx_mosaic_full(mosaic));
    assert_int_equal(finish(mosaic, &out), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY);

    imx_mosaic_begin(mosaic); /* an opaque layer with weights below 255 is not opaque */
    uint8_t weights[W * H];
    memset(weights, 128, sizeof weights);
    add(mosaic, &opaque, IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY, weights);
    assert_false(imx_mosaic_full(mosaic));
    assert_int_equal(finish(mosaic, &out), IMX_LOOK_SINGLE | IMX_LOOK_GRAY);
    assert_memory_equal(out.data, ((uint8_t[4]){9, 9, 9, 128}), 4);
    imx_mosaic_destroy(&mosaic);
}

static void empty_layers_do_not_count(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    for (int mode = IMX_MOSAIC_OVER; mode <= IMX_MOSAIC_BLEND; mode++) {
        imx_mosaic *mosaic = make_mosaic(NULL, &kernels, (imx_mosaic_mode)mode);
        picture garbage, opaque, out;
        fill_random(&garbage, 1); /* an empty layer's pixels are undefined */
        fill_colour(&opaque, (const uint8_t[4]){1, 2, 3, 255});
        add(mosaic, &garbage, IMX_LOOK_EMPTY, NULL);
        assert_int_equal(finish(mosaic, &out), IMX_LOOK_EMPTY);
        assert_int_equal(out.data[0], 0x55);
        imx_mosaic_begin(mosaic);
        add(mosaic, &garbage, IMX_LOOK_EMPTY, NULL);
        add(mosaic, &opaque, IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE, NULL);
        assert_int_equal(finish(mosaic, &out), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE);
        assert_memory_equal(out.data, ((uint8_t[4]){1, 2, 3, 255}), 4);
        imx_mosaic_destroy(&mosaic);
    }
}

static void blend_follows_the_formula(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    for (int with_weights = 0; with_weights < 2; with_weights++) {
        imx_mosaic *mosaic = make_mosaic(NULL, &kernels, IMX_MOSAIC_BLEND);
        picture layers[3], out, reversed;
        uint8_t weights[3][W * H];
        for (uint32_t i = 0; i < 3; i++) {
            fill_random(&layers[i], 17 + i);
            fill_weights(weights[i], 170 + i);
            add(mosaic, &layers[i], 0, with_weights ? weights[i] : NULL);
            assert_false(imx_mosaic_full(mosaic));
        }
        assert_int_equal(finish(mosaic, &out), 0);
        imx_mosaic_begin(mosaic);
        for (int i = 2; i >= 0; i--) {
            add(mosaic, &layers[i], 0, with_weights ? weights[i] : NULL);
        }
        assert_int_equal(finish(mosaic, &reversed), 0);
        assert_memory_equal(out.data, reversed.data, sizeof out.data);
        for (int i = 0; i < W * H; i++) {
            uint64_t sum[4] = {0};
            uint8_t want[4] = {0};
            for (int k = 0; k < 3; k++) {
                const uint8_t *px = layers[k].data + i / W * STRIDE + 4 * (i % W);
                uint64_t wa = (uint64_t)px[3] * (with_weights ? weights[k][i] : 255);
                for (int c = 0; c < 3; c++) {
                    sum[c] += wa * px[c];
                }
                sum[3] += wa;
                want[3] = wa && px[3] > want[3] ? px[3] : want[3];
            }
            for (int c = 0; c < 3 && sum[3]; c++) {
                want[c] = (uint8_t)((sum[c] + sum[3] / 2) / sum[3]);
            }
            assert_memory_equal(out.data + i / W * STRIDE + 4 * (i % W), want, 4);
        }
        imx_mosaic_destroy(&mosaic);
    }
}

static void smaller_tiles_fit_and_others_do_not(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    imx_error err = IMX_ERROR_INIT;
    for (int mode = IMX_MOSAIC_OVER; mode <= IMX_MOSAIC_BLEND; mode++) {
        imx_mosaic *mosaic = make_mosaic(NULL, &kernels, (imx_mosaic_mode)mode);
        picture a, b;
        fill_random(&a, 5);
        fill_random(&b, 6);
        imx_pixels small_a = imx_pixels_crop(&a.pixels, 3, 2, 5, 7), small_b = imx_pixels_crop(&b.pixels, 3, 2, 5, 7);
        imx_pixels other = imx_pixels_crop(&b.pixels, 3, 2, 7, 5),
                   big = imx_pixels_view_rgba8(a.data, W + 1, 2, STRIDE);
        unsigned look;
        assert_int_equal(imx_mosaic_add(mosaic, &small_a, 0, NULL, 0, &err), IMX_OK);
        assert_int_equal(imx_mosaic_add(mosaic, &other, 0, NULL, 0, &err), IMX_E_INTERNAL);
        assert_int_equal(imx_mosaic_add(mosaic, &small_b, 0, NULL, 0, &err), IMX_OK);
        assert_int_equal(imx_mosaic_finish(mosaic, &other, &err, &look), IMX_E_INTERNAL);
        assert_int_equal(imx_mosaic_finish(mosaic, &small_a, &err, &look), IMX_OK);
        imx_mosaic_begin(mosaic);
        assert_int_equal(imx_mosaic_add(mosaic, &big, 0, NULL, 0, &err), IMX_E_INTERNAL);
        imx_mosaic_destroy(&mosaic);
    }
}

static void memory_runs_out_cleanly(void **state) {
    (void)state;
    imx_kernels kernels = make_kernels();
    imx_memory *memory;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    for (int mode = IMX_MOSAIC_OVER; mode <= IMX_MOSAIC_BLEND; mode++) {
        for (size_t nth = 1; nth <= 3; nth++) {
            imx_mosaic *mosaic = NULL;
            imx_error err = IMX_ERROR_INIT;
            imx_memory_fail_nth(memory, nth);
            assert_int_equal(imx_mosaic_create(memory, &kernels, (imx_mosaic_mode)mode, W, H, &err, &mosaic),
                             IMX_E_NOMEM);
            assert_null(mosaic);
            assert_int_equal(imx_memory_used(memory), 0);
        }
    }
    imx_memory_fail_nth(memory, 0);
    imx_mosaic *mosaic = make_mosaic(memory, &kernels, IMX_MOSAIC_OVER);
    imx_mosaic_destroy(&mosaic);
    imx_mosaic_destroy(&mosaic);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_follows_the_formula),
        cmocka_unit_test(over_is_full_when_opaque),
        cmocka_unit_test(empty_layers_do_not_count),
        cmocka_unit_test(blend_follows_the_formula),
        cmocka_unit_test(smaller_tiles_fit_and_others_do_not),
        cmocka_unit_test(memory_runs_out_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
