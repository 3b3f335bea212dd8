/* tests/unit/engine/test_coverage_filter.c: planes with coverage reduced by filters, tap by tap as engine/coverage.h
 * says; as without coverage where it is all or nothing; the same bytes at any SIMD level. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/coverage.h"
#include "engine/planes.h"

static const imx_type types[] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32, IMX_F64};
enum { TYPES = sizeof types / sizeof *types, FILTERS = IMX_REDUCE_METHODS - IMX_REDUCE_QUAD_METHODS };
/* kernels/reduce.h, from the quad outwards */
static const int32_t weights[FILTERS][6] = {{6144, 2048}, {7104, 1856, -576, -192}, {7314, 2220, -1092, -557, 247, 60}};

typedef struct image { /* quads with a halo around, and what they come to */
    imx_pixels all, quads, half;
} image;

static imx_kernels kernels_of_best(void) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    return kernels;
}

static imx_pixels make(imx_type type, int32_t bands, int32_t width, int32_t height) {
    imx_pixels pixels = {0};
    assert_int_equal(imx_pixels_create_planar(NULL, type, bands, width, height, bands, NULL, &pixels), IMX_OK);
    imx_pixels_clear(&pixels);
    return pixels;
}

static image make_image(imx_type type, int32_t bands, int32_t width, int32_t height) {
    enum { HALO = IMX_REDUCE_HALO_MAX_PX };
    image of = {.all = make(type, bands, 2 * (width + HALO), 2 * (height + HALO)),
                .half = make(type, bands, width, height)};
    of.quads = imx_pixels_crop(&of.all, HALO, HALO, 2 * width, 2 * height);
    return of;
}

static void free_image(image *of) {
    imx_pixels_destroy(NULL, &of->all);
    imx_pixels_destroy(NULL, &of->half);
}

static double get(const imx_kernels *kernels, const imx_pixels *pixels, int32_t band, int32_t x, int32_t y) {
    double v;
    const ptrdiff_t at = x * (ptrdiff_t)imx_type_size(pixels->type);
    kernels->convert.widen[pixels->type]((const uint8_t *)imx_planes_row(pixels, band, y) + at, 1, &v);
    return v;
}

static bool is_valid(const imx_pixels *pixels, int32_t band, int32_t x, int32_t y) {
    return imx_planes_valid(pixels, band, y)[x] == 255;
}

/* Half of it in pieces of one coverage, as alpha is, half of it noise; bands with holes of their own. */
static void fill(const imx_kernels *kernels, imx_pixels *pixels, bool all_or_nothing) {
    uint32_t noise = 12345;
    const double opaque = imx_type_opaque(pixels->type);
    for (int32_t y = 0; y < pixels->height; y++) {
        for (int32_t x = 0; x < pixels->width; x++) {
            for (int32_t band = 0; band < pixels->bands; band++) {
                noise = noise * 1664525u + 1013904223u;
                const unsigned kind = x < pixels->width / 2 ? (unsigned)(x / 7 + y / 5) % 8 : noise >> 29;
                const double part = kind < 2 ? 0 : kind < 5 || all_or_nothing ? 1 : (noise >> 8 & 0xFFFF) / 65536.0;
                const double v = band == pixels->bands - 1 ? part * opaque : noise >> 20 & 0xFF;
                const ptrdiff_t at = x * (ptrdiff_t)imx_type_size(pixels->type);
                kernels->convert.narrow[pixels->type](&v, 1, (uint8_t *)imx_planes_row(pixels, band, y) + at, NULL);
                imx_planes_valid(pixels, band, y)[x] = band == pixels->bands - 1 || noise >> 28 ? 255 : 0;
            }
        }
    }
    imx_coverage_trim(kernels, pixels);
}

typedef struct result {
    double value, cover; /* cover: of opaque */
    int count;           /* samples of the quad */
} result;

/* By the definition, in the type's own numbers. */
static result expected(const imx_kernels *kernels, const image *of, imx_reduce_method method, int32_t band, int32_t x,
                       int32_t y) {
    const int32_t last = of->quads.bands - 1, halo = imx_reduce_halo_px(method);
    const int32_t *weight = weights[method - IMX_REDUCE_BILINEAR];
    double w_all = 0, wa = 0, wav = 0, most = 0, quad_a = 0, quad_av = 0;
    result out = {0};
    for (int32_t k = -halo; k < 2 + halo; k++) {
        for (int32_t i = -halo; i < 2 + halo; i++) {
            if (!is_valid(&of->quads, band, 2 * x + i, 2 * y + k)) {
                continue;
            }
            const double w = (double)weight[i < 1 ? -i : i - 1] * weight[k < 1 ? -k : k - 1];
            const double a = get(kernels, &of->quads, last, 2 * x + i, 2 * y + k) / imx_type_opaque(of->quads.type);
            const double v = get(kernels, &of->quads, band, 2 * x + i, 2 * y + k);
            const bool inside = (i == 0 || i == 1) && (k == 0 || k == 1);
            w_all += w;
            wa += w * a;
            wav += w * a * v;
            most = fmax(most, a);
            quad_a += inside ? a : 0;
            quad_av += inside ? a * v : 0;
            out.count += inside;
        }
    }
    const bool weak = method != IMX_REDUCE_BILINEAR && (w_all < 1 << 26 || wa / w_all < most / 4);
    if (out.count) {
        out.value = weak ? quad_av / quad_a : wav / wa;
        out.cover = weak ? quad_a / out.count : wa / w_all;
    }
    return out;
}

/* Within rounding: of the type, and of sums in another order. */
static bool is_near(imx_type type, double have, double want) {
    const imx_type_range range = imx_type_range_of(type);
    if (!range.whole) {
        return fabs(have - want) <= 1e-6 * fmax(1, fabs(want));
    }
    return fabs(have - fmin(fmax(want, range.min), range.max)) <= 0.5 + 1e-9;
}

static void tap_by_tap(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of_best();
    for (int i = 0; i < TYPES * FILTERS; i++) {
        const imx_type type = types[i % TYPES];
        const imx_reduce_method method = (imx_reduce_method)(IMX_REDUCE_BILINEAR + i / TYPES);
        image of = make_image(type, 3, 150, 37);
        fill(&kernels, &of.all, false);
        imx_coverage_reduce(&kernels, method, &of.quads, &of.half);
        int there = 0;
        for (int32_t at = 0; at < 150 * 37; at++) {
            const int32_t x = at % 150, y = at / 150;
            const result covered = expected(&kernels, &of, method, 2, x, y);
            const double alpha = fmin(covered.cover, 1) * covered.count / 4 * imx_type_opaque(type);
            const double have = get(&kernels, &of.half, 2, x, y);
            assert_true(is_near(type, have, alpha));
            for (int32_t band = 0; band < 2; band++) {
                const result want = expected(&kernels, &of, method, band, x, y);
                assert_true(is_valid(&of.half, band, x, y) == (want.count && have > 0));
                assert_true(!is_valid(&of.half, band, x, y) ||
                            is_near(type, get(&kernels, &of.half, band, x, y), want.value));
                there += is_valid(&of.half, band, x, y);
            }
        }
        assert_true(there > 150 * 37);
        free_image(&of);
    }
}

/* Values to the bit, alpha as the average has it. */
static void all_or_nothing(void **state) {
    (void)state;
    const imx_kernels kernels = kernels_of_best();
    for (int i = 0; i < TYPES * FILTERS; i++) {
        const imx_type type = types[i % TYPES];
        const imx_reduce_method method = (imx_reduce_method)(IMX_REDUCE_BILINEAR + i / TYPES);
        image of = make_image(type, 2, 150, 37);
        imx_pixels plain = make(type, 1, 150, 37), average = make(type, 2, 150, 37);
        fill(&kernels, &of.all, true);
        imx_coverage_reduce(&kernels, method, &of.quads, &of.half);
        imx_coverage_reduce(&kernels, IMX_REDUCE_AVERAGE, &of.quads, &average);
        const imx_reduce_plane job = {.src = of.quads.data,
                                      .src_stride = of.quads.row_stride,
                                      .valid = of.quads.valid,
                                      .valid_stride = of.quads.valid_stride,
                                      .w_out = 150,
                                      .h_out = 37,
                                      .dst = plain.data,
                                      .dst_stride = plain.row_stride,
                                      .dst_valid = plain.valid,
                                      .dst_valid_stride = plain.valid_stride};
        kernels.reduce.plane[method][type](&job);
        for (int32_t y = 0; y < 37; y++) {
            const size_t row = 150 * imx_type_size(type);
            assert_memory_equal(imx_planes_row(&of.half, 0, y), imx_planes_row(&plain, 0, y), row);
            assert_memory_equal(imx_planes_valid(&of.half, 0, y), imx_planes_valid(&plain, 0, y), 150);
            for (int32_t x = 0; x < 150; x++) { /* where the band's holes are, there may be none of coverage */
                assert_true(!is_valid(&of.half, 0, x, y) ||
                            get(&kernels, &of.half, 1, x, y) == get(&kernels, &average, 1, x, y));
            }
        }
        imx_pixels_destroy(NULL, &plain);
        imx_pixels_destroy(NULL, &average);
        free_image(&of);
    }
}

static void the_same_at_any_level(void **state) {
    (void)state;
    const imx_kernels best = kernels_of_best();
    imx_kernels plain;
    imx_kernels_init(&plain, IMX_CPU_NONE);
    for (int i = 0; i < TYPES * FILTERS; i++) {
        const imx_reduce_method method = (imx_reduce_method)(IMX_REDUCE_BILINEAR + i / TYPES);
        image of = make_image(types[i % TYPES], 4, 131, 33);
        imx_pixels other = make(types[i % TYPES], 4, 131, 33);
        fill(&best, &of.all, false);
        imx_coverage_reduce(&best, method, &of.quads, &of.half);
        imx_coverage_reduce(&plain, method, &of.quads, &other);
        for (int32_t row = 0; row < 4 * 33; row++) {
            assert_memory_equal(imx_planes_row(&of.half, row / 33, row % 33),
                                imx_planes_row(&other, row / 33, row % 33), 131 * imx_type_size(types[i % TYPES]));
            assert_memory_equal(imx_planes_valid(&of.half, row / 33, row % 33),
                                imx_planes_valid(&other, row / 33, row % 33), 131);
        }
        imx_pixels_destroy(NULL, &other);
        free_image(&of);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap_by_tap),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(the_same_at_any_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
