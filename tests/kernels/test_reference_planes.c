/* tests/kernels/test_reference_planes.c: the references of the planar families against their definitions. */
#include <math.h>

#include "tests/kernels/harness.h"

static imx_kernels references(void) {
    imx_kernels table;
    imx_kernels_init(&table, IMX_CPU_NONE);
    return table;
}

/* ---- validity ---- */

static void assert_valid(const uint8_t *valid, const char *want) { /* "1.1": 255, 0, 255 */
    for (size_t i = 0; want[i]; i++) {
        assert_int_equal(valid[i], want[i] == '1' ? 255 : 0);
    }
}

static void test_nodata(void **state) {
    (void)state;
    const imx_kernels t = references();
    uint8_t valid[4];
#define CHECK(type, none, want, ...)                                                                                   \
    memset(valid, 255, 4);                                                                                             \
    t.validity.nodata[type](__VA_ARGS__, 4, none, valid);                                                              \
    assert_valid(valid, want)
    CHECK(IMX_U8, 255, "1.11", ((const uint8_t[]){0, 255, 254, 1}));
    CHECK(IMX_U8, -1, "1111", ((const uint8_t[]){0, 255, 254, 1})); /* not modulo 256 */
    CHECK(IMX_U8, 254.5, "1111", ((const uint8_t[]){0, 255, 254, 1}));
    CHECK(IMX_I8, -1, "1.11", ((const int8_t[]){0, -1, 1, -128}));
    CHECK(IMX_U16, 65535, ".111", ((const uint16_t[]){65535, 255, 0, 1}));
    CHECK(IMX_I16, -32768, ".111", ((const int16_t[]){-32768, 32767, 0, 1}));
    CHECK(IMX_U32, 4294967295.0, "1.11", ((const uint32_t[]){0, UINT32_MAX, 1, 2}));
    CHECK(IMX_I32, -9999, "..11", ((const int32_t[]){-9999, -9999, 9999, 0}));
    CHECK(IMX_I32, NAN, "1111", ((const int32_t[]){INT32_MIN, -9999, 9999, 0}));
    CHECK(IMX_F32, 0.1, ".111", ((const float[]){0.1f, 0.2f, NAN, 0}));
    CHECK(IMX_F32, 0, "..11", ((const float[]){0, -0.0f, NAN, 1}));
    CHECK(IMX_F32, NAN, "1.1.", ((const float[]){0, NAN, HUGE_VALF, -NAN}));
    CHECK(IMX_F32, HUGE_VAL, "11.1", ((const float[]){0, NAN, HUGE_VALF, 3e38f}));
    CHECK(IMX_F64, 0.1, "1.11", ((const double[]){0.1f, 0.1, NAN, 0}));
#undef CHECK
    const uint8_t before[4] = {0, 7, 0, 255}; /* what is not cleared stays */
    memcpy(valid, before, 4);
    t.validity.nodata[IMX_U8]((const uint8_t[]){1, 1, 9, 9}, 4, 9, valid);
    assert_memory_equal(valid, ((const uint8_t[]){0, 7, 0, 0}), 4);
}

static void test_masks(void **state) {
    (void)state;
    const imx_kernels t = references();
    uint8_t valid[12];
    memset(valid, 255, sizeof valid);
    t.validity.qa_u16((const uint16_t[]){0, 8, 16, 24, 0xffe7}, 5, 8 | 16, 0, valid); /* cloud, shadow */
    assert_valid(valid, "1...1");
    memset(valid, 255, sizeof valid);
    t.validity.qa_u8((const uint8_t[]){0x40, 0xc0, 0, 0x7f}, 4, 0xc0, 0x40, valid);
    assert_valid(valid, "1..1");
    memset(valid, 255, sizeof valid);
    t.validity.qa_u32((const uint32_t[]){0x80000000u, 0}, 2, 0x80000000u, 0x80000000u, valid);
    assert_valid(valid, "1.");
    memset(valid, 255, sizeof valid);
    t.validity.qa_u8((const uint8_t[]){0, 1}, 2, 0x1ff, 0x100, valid); /* no u8 has that bit */
    assert_valid(valid, "..");
    memset(valid, 255, sizeof valid);
    t.validity.bits((const uint8_t[]){0xa1, 0x7f}, 12, valid);
    assert_valid(valid, "1.1....1.111");
    const uint8_t other[4] = {0, 0, 9, 255};
    memcpy(valid, ((const uint8_t[]){0, 3, 0, 255}), 4);
    t.validity.either(other, 4, valid);
    assert_valid(valid, ".111");
    t.validity.from_rgba8((const uint8_t[]){1, 2, 3, 0, 0, 0, 0, 1, 0, 0, 0, 255}, 3, valid);
    assert_valid(valid, ".11");
    const int16_t nodata = -999;
    int16_t samples[3] = {1, 2, 3};
    t.validity.fill[IMX_I16]((const uint8_t[]){255, 0, 1}, 3, &nodata, samples);
    assert_memory_equal(samples, ((const int16_t[]){1, -999, 3}), sizeof samples);
}

static void test_look(void **state) {
    (void)state;
    uint16_t samples[6] = {5, 5, 5, 5, 5, 5};
    uint8_t valid[6] = {255, 255, 255, 255, 255, 255};
    const unsigned all = IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE;
#define LOOK(v, w, h) imx_look_plane(samples, 6, 2, v, 3, w, h)
    assert_int_equal(LOOK(NULL, 3, 2), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE);
    assert_int_equal(LOOK(valid, 3, 2), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE);
    samples[5] = 6;
    assert_int_equal(LOOK(valid, 3, 2), IMX_LOOK_OPAQUE);
    assert_int_equal(LOOK(valid, 2, 2), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE);
    assert_int_equal(imx_look_plane(samples + 3, -6, 2, valid + 3, -3, 2, 2), IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE);
    valid[3] = 0;
    assert_int_equal(LOOK(valid, 3, 2), 0);
    memset(valid, 0, 6);
    assert_int_equal(LOOK(valid, 3, 2), IMX_LOOK_EMPTY);
    valid[4] = 1;
    assert_int_equal(LOOK(valid, 3, 2), 0);
    assert_int_equal(LOOK(valid, 1, 2), IMX_LOOK_EMPTY | IMX_LOOK_SINGLE);
    assert_int_equal(LOOK(valid, 0, 2), all);
    assert_int_equal(LOOK(valid, 2, 0), all);
#undef LOOK
}

/* ---- convert ---- */

static const double odd[] = {0,
                             0.5,
                             -0.5,
                             0.49999999999999994,
                             1.5,
                             2.5,
                             -2.5,
                             126.5,
                             127.4,
                             127.5,
                             -128.5,
                             -129,
                             254.5,
                             255.4,
                             255.5,
                             256,
                             32767.5,
                             -32768.4,
                             65534.5,
                             65536,
                             2147483646.5,
                             2147483648.0,
                             -2147483648.5,
                             4294967294.5,
                             4294967296.0,
                             1e300,
                             -1e300,
                             HUGE_VAL,
                             -HUGE_VAL};
enum { ODD = sizeof odd / sizeof odd[0] };

static void test_narrow(void **state) {
    (void)state;
    const imx_kernels t = references();
    static const double lowest[] = {0, -128, 0, -32768, 0, -2147483648.0},
                        highest[] = {255, 127, 65535, 32767, 4294967295.0, 2147483647};
    for (imx_type type = IMX_U8; type <= IMX_I32; type++) {
        int64_t out[ODD + 1] = {0};
        double back[ODD + 1];
        t.convert.narrow[type](odd, ODD, out, NULL);
        t.convert.widen[type](out, ODD, back);
        for (size_t i = 0; i < ODD; i++) {
            assert_true(back[i] ==
                        fmin(fmax(round(odd[i]), lowest[type]), highest[type])); /* C's round(): halves away */
        }
    }
    const double with_nan[3] = {1, NAN, 3};
    uint8_t valid[3] = {255, 255, 0};
    uint16_t whole[3];
    float number[3];
    t.convert.narrow[IMX_U16](with_nan, 3, whole, valid);
    assert_memory_equal(whole, ((const uint16_t[]){1, 0, 3}), sizeof whole);
    assert_valid(valid, "1..");
    t.convert.narrow[IMX_F32](with_nan, 3, number, NULL);
    assert_true(number[0] == 1 && isnan(number[1]) && number[2] == 3);
    t.convert.narrow[IMX_F32]((const double[]){1e300, -1e300, 0.1}, 3, number, NULL);
    assert_true(isinf(number[0]) && number[0] > 0 && isinf(number[1]) && number[1] < 0 && number[2] == 0.1f);
}

/* Every pair of types: what fits comes back, what does not is saturated, scale and offset apply in between. */
static void test_matrix(void **state) {
    (void)state;
    const imx_kernels t = references();
    enum { N = 1300 }; /* more than two blocks */
    static double values[N], back[N], from[N], to[N];
    for (imx_type a = IMX_U8; a < IMX_TYPES; a++) {
        for (imx_type b = IMX_U8; b < IMX_TYPES; b++) {
            for (size_t i = 0; i < N; i++) {
                values[i] = (double)(i % 120);
            }
            t.convert.narrow[a](values, N, from, NULL);
            imx_convert(&t.convert, &(imx_conversion){a, b, 1, 0}, from, N, to, NULL);
            t.convert.widen[b](to, N, back);
            assert_memory_equal(back, values, sizeof values);
            imx_convert(&t.convert, &(imx_conversion){a, b, 0.5, 3}, from, N, to, NULL);
            t.convert.widen[b](to, N, back);
            for (size_t i = 0; i < N; i++) {
                const double want = values[i] * 0.5 + 3;
                assert_true(back[i] == (b >= IMX_F32 ? want : round(want)));
            }
        }
    }
}

static void test_f16(void **state) {
    (void)state;
    const imx_kernels t = references();
    for (unsigned bits = 0; bits < 65536; bits++) {
        const uint16_t half = (uint16_t)bits;
        const unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
        float got;
        t.convert.f16_f32(&half, 1, &got);
        const double sign = bits >> 15 ? -1 : 1;
        if (exponent == 31 && fraction) {
            assert_true(isnan(got));
        } else if (exponent == 31) {
            assert_true(isinf(got) && (got < 0) == (sign < 0));
        } else {
            const double want = exponent ? ldexp(1024 + fraction, (int)exponent - 25) : ldexp(fraction, -24);
            assert_true((double)got == sign * want && (signbit(got) != 0) == (sign < 0));
        }
    }
}

static void test_unpack(void **state) {
    (void)state;
    const imx_kernels t = references();
    const uint8_t packed[3] = {0x1b, 0xf0, 0xa5};
    uint8_t out[12];
    uint16_t wide[2];
    t.convert.unpack1(packed, 8, out);
    assert_memory_equal(out, ((const uint8_t[]){0, 0, 0, 1, 1, 0, 1, 1}), 8);
    t.convert.unpack2(packed, 5, out);
    assert_memory_equal(out, ((const uint8_t[]){0, 1, 2, 3, 3}), 5);
    t.convert.unpack4(packed, 5, out);
    assert_memory_equal(out, ((const uint8_t[]){1, 11, 15, 0, 10}), 5);
    t.convert.unpack12(packed, 2, wide);
    assert_memory_equal(wide, ((const uint16_t[]){0x1bf, 0x0a5}), 4);
}

static void test_rgba8(void **state) {
    (void)state;
    const imx_kernels t = references();
    const uint8_t r[3] = {1, 2, 3}, g[3] = {4, 5, 6}, b[3] = {7, 8, 9}, alpha[3] = {255, 0, 7};
    const uint8_t want[12] = {1, 4, 7, 255, 0, 0, 0, 0, 3, 6, 9, 7};
    uint8_t px[12], planes[4][3];
    t.convert.to_rgba8((const uint8_t *const[]){r, g, b}, alpha, 3, px);
    assert_memory_equal(px, want, 12);
    t.convert.from_rgba8(px, 3, (uint8_t *const[]){planes[0], planes[1], planes[2]}, planes[3]);
    assert_memory_equal(planes, ((const uint8_t[]){1, 0, 3, 4, 0, 6, 7, 0, 9, 255, 0, 7}), 12);
    t.convert.to_rgba8((const uint8_t *const[]){r, r, r}, NULL, 3, px);
    assert_memory_equal(px, ((const uint8_t[]){1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255}), 12);
}

/* ---- lookup ---- */

static void test_stretch(void **state) {
    (void)state;
    const imx_kernels t = references();
    static const double gammas[] = {1, 0.25, 0.45, 1.8, 2.2, 5};
    static uint8_t lut[65536];
    for (size_t g = 0; g < sizeof gammas / sizeof gammas[0]; g++) {
        const imx_stretch s = imx_stretch_of(1000, 61000, gammas[g]);
        imx_stretch_fill(&t.lookup, &s, 65536, lut);
        for (unsigned v = 0; v < 65536; v++) {
            const double x = fmin(fmax((v - 1000.0) / 60000, 0), 1), want = 255 * pow(x, 1 / gammas[g]);
            assert_true(fabs(lut[v] - want) <= 0.501);
        }
        assert_int_equal(lut[1000], 0);
        assert_int_equal(lut[61000], 255);
    }
    uint8_t out[5];
    imx_stretch s = imx_stretch_of(10, -10, 1); /* bright is low */
    t.lookup.stretch(&s, (const float[]){-11, 10, 0, NAN, -HUGE_VALF}, 5, out);
    assert_memory_equal(out, ((const uint8_t[]){255, 0, 128, 0, 255}), 5);
    s = imx_stretch_of(4, 4, 1);
    t.lookup.stretch(&s, (const float[]){3, 4, 4.001f, 5, -1}, 5, out);
    assert_memory_equal(out, ((const uint8_t[]){0, 0, 255, 255, 0}), 5);
}

static void test_lookup(void **state) {
    (void)state;
    const imx_kernels t = references();
    static uint8_t lut[65536], colors[1024];
    for (size_t i = 0; i < sizeof lut; i++) {
        lut[i] = (uint8_t)(i * 7 >> 3);
        colors[i % 1024] = (uint8_t)(i * 31);
    }
    uint8_t out[16];
    t.lookup.u8(lut, (const uint8_t[]){0, 255, 8}, 3, out);
    assert_memory_equal(out, ((const uint8_t[]){0, 223, 7}), 3);
    t.lookup.u16(lut, (const uint16_t[]){0, 65535, 8}, 3, out);
    assert_memory_equal(out, ((const uint8_t[]){0, 255, 7}), 3);
    t.lookup.palette(colors, (const uint8_t[]){255, 1}, 2, out);
    assert_memory_equal(out, colors + 1020, 4);
    assert_memory_equal(out + 4, colors + 4, 4);
    const imx_ramp ramp = {10, 0.5f, colors, 4}; /* steps of 2 from 10 on */
    const float values[4] = {-100, 11.99f, 12, 1000};
    t.lookup.ramp(&ramp, values, NULL, 4, out);
    assert_memory_equal(out, colors, 4);
    assert_memory_equal(out + 4, colors, 4);
    assert_memory_equal(out + 8, colors + 4, 4);
    assert_memory_equal(out + 12, colors + 12, 4);
    t.lookup.ramp(&ramp, (const float[]){NAN, 12}, (const uint8_t[]){255, 0}, 2, out);
    assert_memory_equal(out, ((const uint8_t[8]){0}), 8);
}

/* ---- statistics ---- */

static void test_statistics(void **state) {
    (void)state;
    const imx_kernels t = references();
    imx_statistics s = IMX_STATISTICS_NONE;
    assert_true(isinf(s.min) && isinf(s.max) && imx_statistics_mean(&s) == 0 && imx_statistics_variance(&s) == 0);
    t.statistics.add[IMX_I16]((const int16_t[]){-5, 100, 7, 3}, (const uint8_t[]){255, 0, 1, 255}, 4, &s);
    assert_int_equal(s.count, 3);
    assert_true(s.min == -5 && s.max == 7);
    assert_true(imx_statistics_sum(&s) == 5 && imx_statistics_squares(&s) == 83);
    assert_true(fabs(imx_statistics_variance(&s) - (83 / 3.0 - 25 / 9.0)) < 1e-12);
    imx_statistics more = IMX_STATISTICS_NONE;
    t.statistics.add[IMX_I16]((const int16_t[]){-32768, -32768}, NULL, 2, &more);
    imx_statistics_merge(&s, &more);
    assert_true(s.count == 5 && s.min == -32768 && imx_statistics_sum(&s) == 5 - 65536);
    assert_true(imx_statistics_squares(&s) == 83 + 2.0 * 32768 * 32768);

    imx_statistics f = IMX_STATISTICS_NONE;
    const float numbers[10] = {1, NAN, -0.0f, 2.5f, -4, 8, 16, 32, 64, 128};
    const uint8_t valid[10] = {1, 1, 1, 1, 0, 1, 1, 1, 1, 1};
    t.statistics.add[IMX_F32](numbers, valid, 10, &f);
    assert_true(f.count == 8 && f.min == 0 && !signbit(f.min) && f.max == 128);
    assert_true(imx_statistics_sum(&f) == 251.5);
    assert_true(f.sum[0] == 65 && f.sum[1] == 128 && f.sum[5] == 8); /* lanes by place */
    /* Squares beyond 64 bits carry. */
    imx_statistics big = {.whole_squares_low = UINT64_MAX};
    t.statistics.add[IMX_U8]((const uint8_t[]){1}, NULL, 1, &big);
    assert_true(big.whole_squares_low == 0 && big.whole_squares_high == 1);
}

static void test_bins(void **state) {
    (void)state;
    const imx_kernels t = references();
    static uint64_t bins[65536];
    t.statistics.bins_u8((const uint8_t[]){3, 3, 255, 3, 3, 0}, (const uint8_t[]){1, 1, 1, 0, 1, 1}, 6, bins);
    assert_true(bins[3] == 3 && bins[255] == 1 && bins[0] == 1);
    memset(bins, 0, sizeof bins);
    t.statistics.bins_u16((const uint16_t[]){65535, 7, 65535}, NULL, 3, bins);
    assert_true(bins[65535] == 2 && bins[7] == 1);
    memset(bins, 0, sizeof bins);
    const imx_bins into = {0, 10, 5, bins};
    const float values[9] = {-0.1f, 0, 1.99f, 2, 9.99f, 10, 10.1f, NAN, HUGE_VALF};
    t.statistics.bins_f32(values, NULL, 9, &into);
    assert_memory_equal(bins, ((const uint64_t[7]){1, 2, 1, 0, 0, 2, 2}), 7 * sizeof bins[0]);
}

/* ---- mix ---- */

static void test_over_under(void **state) {
    (void)state;
    const imx_kernels t = references();
    const float src[4] = {10, 20, 30, 40};
    const uint8_t src_valid[4] = {255, 0, 255, 0}, dst_valid[4] = {0, 0, 255, 255};
    float dst[4] = {1, 2, 3, 4};
    t.mix.under[IMX_F32](dst, dst_valid, src, src_valid, 4);
    assert_memory_equal(dst, ((const float[]){10, 2, 3, 4}), sizeof dst);
    t.mix.over[IMX_F32](dst, src, src_valid, 4);
    assert_memory_equal(dst, ((const float[]){10, 2, 30, 4}), sizeof dst);
}

static void test_blend(void **state) {
    (void)state;
    const imx_kernels t = references();
    double sum[3] = {0}, total[3] = {0};
    uint16_t weight[3] = {1, 65535, 9}, second[3] = {3, 1, 9};
    const uint8_t valid[3] = {255, 255, 0};
    uint8_t result_valid[3];
    int16_t result[3];
    t.mix.weigh(weight, valid, 3);
    assert_memory_equal(weight, ((const uint16_t[]){1, 65535, 0}), sizeof weight);
    imx_mix_add(&t, IMX_I16, sum, (const int16_t[]){100, -32768, 5}, weight, 3);
    t.mix.total(total, weight, 3);
    t.mix.weigh(second, valid, 3);
    imx_mix_add(&t, IMX_F32, sum, (const float[]){-100, -32768, NAN}, second, 3); /* NaN of weight 0 */
    t.mix.total(total, second, 3);
    assert_true(sum[0] == -200 && total[0] == 4 && sum[1] == -32768.0 * 65536 && sum[2] == 0);
    imx_mix_resolve(&t, IMX_I16, sum, total, 3, result, result_valid);
    assert_memory_equal(result, ((const int16_t[]){-50, -32768, 0}), sizeof result);
    assert_valid(result_valid, "11.");
}

static void test_rgba16(void **state) {
    (void)state;
    const imx_kernels t = references();
    rng r = rng_create();
    for (unsigned i = 0; i < 200000; i++) {
        const uint64_t bits = rng_next(&r);
        const uint32_t c = bits & 0xffff, a = i % 7 ? bits >> 16 & 0xffff : i % 2 ? 65535 : 0;
        uint16_t px[4] = {(uint16_t)c, 65535, 0, (uint16_t)a};
        t.mix.premultiply_rgba16(px, 1);
        assert_int_equal(px[0], ((uint64_t)c * a + 32767) / 65535);
        assert_true(px[1] == a && px[2] == 0 && px[3] == a);
        px[0] = (uint16_t)c;
        t.mix.unpremultiply_rgba16(px, 1);
        const uint64_t want = a ? (65535 * (uint64_t)c + a / 2) / a : 0;
        assert_int_equal(px[0], want > 65535 ? 65535 : want);
        assert_true(px[1] == (a ? 65535 : 0) && px[2] == 0 && px[3] == a);
    }
}

/* ---- predictor (more of it against libtiff: tests/unit/engine/test_predictor_tiff.c) ---- */

static void test_predictor(void **state) {
    (void)state;
    const imx_kernels t = references();
    uint8_t row[6] = {250, 1, 10, 2, 255, 3};
    t.predictor.sums[IMX_WIDTH_8](row, 6, 2);
    assert_memory_equal(row, ((const uint8_t[]){250, 1, 4, 3, 3, 6}), 6);
    uint32_t wide[3] = {UINT32_MAX, 2, 5};
    t.predictor.sums[IMX_WIDTH_32](wide, 3, 1);
    assert_memory_equal(wide, ((const uint32_t[]){UINT32_MAX, 1, 6}), sizeof wide);
    uint32_t samples[2];
    t.predictor.planes[IMX_WIDTH_32]((const uint8_t[]){1, 2, 3, 4, 5, 6, 7, 8}, 2, samples);
    assert_memory_equal(samples, ((const uint32_t[]){0x01030507, 0x02040608}), sizeof samples);
    t.predictor.swap[IMX_WIDTH_32](samples, 1);
    assert_int_equal(samples[0], 0x07050301);
    assert_int_equal(samples[1], 0x02040608);
    /* 1.0f and 2.0f: planes 3f 40, 80 00, 00 00, 00 00 as differences of their bytes */
    uint8_t differences[8] = {0x3f, 0x01, 0x40, 0x80, 0, 0, 0, 0};
    float numbers[2];
    imx_predictor3(&t.predictor, IMX_WIDTH_32, differences, 2, 1, numbers);
    assert_true(numbers[0] == 1 && numbers[1] == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodata),     cmocka_unit_test(test_masks),      cmocka_unit_test(test_look),
        cmocka_unit_test(test_narrow),     cmocka_unit_test(test_matrix),     cmocka_unit_test(test_f16),
        cmocka_unit_test(test_unpack),     cmocka_unit_test(test_rgba8),      cmocka_unit_test(test_stretch),
        cmocka_unit_test(test_lookup),     cmocka_unit_test(test_statistics), cmocka_unit_test(test_bins),
        cmocka_unit_test(test_over_under), cmocka_unit_test(test_blend),      cmocka_unit_test(test_rgba16),
        cmocka_unit_test(test_predictor),
    };
    return cmocka_run_group_tests_name("kernels: plane references", tests, NULL, NULL);
}
