/* tests/unit/engine/test_render_cover.c: data with an alpha band through the whole engine: values weighed by it and
 * alpha beside them, of every type, by the formulas of engine/warp.h; and of a pixel's place alone, whatever window it
 * was warped in. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "engine/coverage.h"
#include "engine/layer.h"
#include "engine/look.h"
#include "engine/planes.h"
#include "engine/renderer.h"
#include "engine/source.h"

enum { W = 150, H = 130, CELL = 256, BANDS_MAX = 3 };
static const char path[] = "/vsimem/cover.tif";
static const double PX = 10, LEFT = 500000, TOP = 4000000; /* m, EPSG:32650 */

typedef struct bench {
    imx_kernels kernels;
    imx_scene scene;
    imx_footprint footprint;
    imx_space space;
    imx_render_options options;
    int32_t bands;
    double opaque; /* in the file */
    double value[BANDS_MAX][H][W], alpha[H][W];
} bench;

static uint32_t state;
static double noise(void) {
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (1 << 24);
}

/* Noise, opaque in the left third, with a disk and the right edge of nothing, translucent elsewhere. gaps: NaN here and
 * there, all over in one place. */
static void paint(bench *b, bool whole, double most, bool gaps) {
    state = 7;
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            const int dx = x - 70, dy = y - 60;
            const bool hole = dx * dx + dy * dy < 300 || x > 140;
            double a = hole ? 0 : x < 50 ? 1 : 0.02 + 0.98 * noise();
            b->alpha[y][x] = whole ? round(a * b->opaque) : a * b->opaque;
            for (int32_t k = 0; k < b->bands; k++) {
                const double v = most * noise();
                const bool gap = gaps && (noise() < 0.01 || (x > 10 && x < 20 && y > 100));
                b->value[k][y][x] = gap ? (double)NAN : whole ? round(v) : v;
            }
        }
    }
}

static void open_bench(bench *b, GDALDataType type, int32_t bands, bool gaps) {
    memset(b, 0, sizeof *b);
    const bool whole = type != GDT_Float32 && type != GDT_Float64;
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    b->bands = bands;
    b->opaque = type == GDT_UInt16 ? 65535 : type == GDT_Int16 ? 32767 : 255;
    paint(b, whole, type == GDT_Byte ? 255 : 30000, gaps);
    char *list[] = {(char *)(uintptr_t) "TILED=YES", (char *)(uintptr_t) "BLOCKXSIZE=64",
                    (char *)(uintptr_t) "BLOCKYSIZE=64", NULL};
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, W, H, bands + 1, type, list);
    assert_non_null(dataset);
    double place[6] = {LEFT, PX, 0, TOP, 0, -PX};
    assert_int_equal(GDALSetGeoTransform(dataset, place), CE_None);
    assert_int_equal(GDALSetProjection(dataset, "EPSG:32650"), CE_None);
    for (int32_t k = 0; k <= bands; k++) {
        double *from = k < bands ? &b->value[k][0][0] : &b->alpha[0][0];
        GDALRasterBandH band = GDALGetRasterBand(dataset, k + 1);
        assert_int_equal(GDALSetRasterColorInterpretation(band, k < bands ? GCI_Undefined : GCI_AlphaBand), CE_None);
        assert_int_equal(GDALRasterIO(band, GF_Write, 0, 0, W, H, from, W, H, GDT_Float64, 0, 0), CE_None);
    }
    GDALClose(dataset);
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options data = {.data = true};
    if (imx_source_probe(NULL, path, &data, 64 << 20, NULL, &err, &b->scene) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(b->scene.assets[0].data_count, bands);
    assert_true(imx_layer_take_coverage(&b->scene, 1));
}

/* Pixels of `res` m, of which (0, 0) begins so many m to the right of the raster's corner and below it. */
static void look_at(bench *b, double res, double shift, imx_resample resample) {
    b->space = (imx_space){"EPSG:32650", LEFT + shift, TOP - shift, res, res, CELL, CELL, false, 0};
    b->options = (imx_render_options){.bands = b->bands,
                                      .coverage = true,
                                      .type = imx_scene_working_type(&b->scene),
                                      .resample = resample,
                                      .error_threshold_px = 0,
                                      .cell_px = CELL,
                                      .cache_bytes = 64 << 20,
                                      .window_bytes = 16 << 20,
                                      .workers = 1};
    imx_transform *transform = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_footprint_clear(NULL, &b->footprint);
    if (imx_transform_create(NULL, &b->scene, b->scene.assets, &b->space, &err, &transform) != IMX_OK ||
        imx_footprint_create(NULL, transform, b->scene.assets, &b->space, &err, &b->footprint) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_transform_destroy(&transform);
}

static void close_bench(bench *b) {
    imx_footprint_clear(NULL, &b->footprint);
    imx_scene_clear(NULL, &b->scene);
    (void)VSIUnlink(path);
}

/* The whole cell, in tiles. */
static imx_pixels render(const bench *b, int32_t tile) {
    imx_pixels all = {0};
    imx_renderer *renderer = NULL;
    imx_render_context *context = NULL;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(
        imx_pixels_create_planar(NULL, b->options.type, b->bands + 1, CELL, CELL, b->bands + 1, NULL, &all), IMX_OK);
    assert_int_equal(
        imx_renderer_create(NULL, &b->kernels, &b->scene, &b->footprint, 1, &b->space, &b->options, &err, &renderer),
        IMX_OK);
    assert_int_equal(imx_render_context_create(renderer, &err, &context), IMX_OK);
    for (int32_t y = 0; y < CELL; y += tile) {
        for (int32_t x = 0; x < CELL; x += tile) {
            imx_pixels part = imx_pixels_crop(&all, x, y, tile, tile);
            unsigned look;
            if (imx_render(context, x, y, &part, &err, &look) != IMX_OK) {
                fail_msg("%s", err.text);
            }
            if (look & IMX_LOOK_EMPTY) {
                imx_pixels_clear(&part);
            }
        }
    }
    imx_render_context_destroy(&context);
    imx_renderer_destroy(&renderer);
    return all;
}

static double sample_at(const bench *b, const imx_pixels *pixels, int32_t band, int32_t x, int32_t y) {
    double v;
    b->kernels.convert.widen[pixels->type](
        (const uint8_t *)imx_planes_row(pixels, band, y) + x * (ptrdiff_t)imx_type_size(pixels->type), 1, &v);
    return v;
}

/* ---- formulas ---- */

typedef struct quad { /* of 2 x 2 source pixels that weigh the same */
    double a, av, avv;
    int inside;
} quad;

static quad quad_at(const bench *b, int32_t band, int x, int y) {
    quad q = {0};
    for (int i = 0; i < 4; i++) {
        const int px = x + i % 2, py = y + i / 2;
        if (px >= 0 && px < W && py >= 0 && py < H) {
            const double a = b->alpha[py][px] / b->opaque, v = b->value[band][py][px];
            q.a += a;
            q.av += a * v;
            q.avv += a * v * v;
            q.inside++;
        }
    }
    return q;
}

static double expected(imx_resample resample, const quad *q) {
    return resample == IMX_RESAMPLE_SUM ? q->av : resample == IMX_RESAMPLE_RMS ? sqrt(q->avv / q->a) : q->av / q->a;
}

/* Each output pixel lies on four source pixels: between their centres, or over all of them. */
static void check_quads(const bench *b, imx_resample resample, int step, double within) {
    imx_pixels got = render(b, 64);
    const double opaque = imx_type_opaque(got.type);
    const bool floats = got.type == IMX_F32 || got.type == IMX_F64;
    for (int32_t y = 0; y < H / step; y++) {
        for (int32_t x = 0; x < W / step; x++) {
            /* bilinear: the corner between pixels (x, y) and (x + 1, y + 1) */
            const quad q = quad_at(b, 0, step * x, step * y);
            if (step == 1 && q.inside < 4) {
                continue;
            }
            const double alpha = q.a / q.inside * opaque, have = sample_at(b, &got, b->bands, x, y);
            assert_true(fabs(have - (floats ? alpha : round(alpha))) <= (floats ? 1e-5 * opaque : 1 + 1e-9) &&
                        fabs(have - alpha) <= (floats ? 1e-5 * opaque : 0.51));
            const bool there = have > 0;
            assert_int_equal(*(imx_planes_valid(&got, b->bands, y) + x), there ? 255 : 0);
            assert_int_equal(*(imx_planes_valid(&got, 0, y) + x), there ? 255 : 0);
            const double want = there ? expected(resample, &q) : 0, value = sample_at(b, &got, 0, x, y);
            const double most = got.type == IMX_U8    ? 255
                                : got.type == IMX_I16 ? 32767
                                : got.type == IMX_U16 ? 65535
                                                      : HUGE_VAL;
            if (fabs(value - fmin(want, most)) > within + (floats ? 0 : 0.5)) {
                fail_msg("%d, %d: %.9g instead of %.9g", (int)x, (int)y, value, want);
            }
        }
    }
    imx_pixels_destroy(NULL, &got);
}

static const GDALDataType types[] = {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Float32, GDT_Float64};

static void values_are_weighed(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        static bench b;
        open_bench(&b, types[i], 1, false);
        const double within = types[i] == GDT_Float64 || types[i] == GDT_UInt32 ? 1e-7 : 0.05;
        look_at(&b, PX, PX / 2, IMX_RESAMPLE_BILINEAR);
        check_quads(&b, IMX_RESAMPLE_BILINEAR, 1, within);
        look_at(&b, 2 * PX, 0, IMX_RESAMPLE_AVERAGE);
        check_quads(&b, IMX_RESAMPLE_AVERAGE, 2, within);
        b.options.resample = IMX_RESAMPLE_RMS;
        check_quads(&b, IMX_RESAMPLE_RMS, 2, within);
        if (b.options.type != IMX_F64) { /* there is no sum of doubles */
            b.options.resample = IMX_RESAMPLE_SUM;
            check_quads(&b, IMX_RESAMPLE_SUM, 2, within);
        }
        close_bench(&b);
    }
}

/* Nearest is the raster itself, and nothing where alpha is 0. */
static void nearest_is_the_raster(void **unused) {
    (void)unused;
    static bench b;
    open_bench(&b, GDT_Float32, 2, true);
    look_at(&b, PX, 0, IMX_RESAMPLE_NEAREST);
    imx_pixels got = render(&b, 64);
    for (int32_t y = 0; y < H; y++) {
        for (int32_t x = 0; x < W; x++) {
            bool any = false;
            for (int32_t k = 0; k < 2; k++) {
                const bool there = b.alpha[y][x] > 0 && !isnan(b.value[k][y][x]);
                assert_int_equal(*(imx_planes_valid(&got, k, y) + x), there ? 255 : 0);
                assert_true(sample_at(&b, &got, k, x, y) == (there ? (double)(float)b.value[k][y][x] : 0));
                any = any || there;
            }
            assert_true(sample_at(&b, &got, 2, x, y) == (any ? (double)(float)b.alpha[y][x] : 0));
        }
    }
    imx_pixels_destroy(NULL, &got);
    close_bench(&b);
}

/* A NaN has no part in its band alone: it is as if that band had alpha 0 there; alpha is that of the other bands. */
static void a_band_may_lack_samples(void **unused) {
    (void)unused;
    static bench b;
    open_bench(&b, GDT_Float32, 2, true);
    look_at(&b, 2 * PX, 0, IMX_RESAMPLE_AVERAGE);
    imx_pixels got = render(&b, 64);
    int lacking = 0;
    for (int32_t y = 0; y < H / 2; y++) {
        for (int32_t x = 0; x < W / 2; x++) {
            double alpha = 0, a[2] = {0}, av[2] = {0};
            for (int i = 0; i < 4; i++) {
                const int px = 2 * x + i % 2, py = 2 * y + i / 2;
                bool any = false;
                for (int k = 0; k < 2; k++) {
                    const double v = b.value[k][py][px];
                    a[k] += isnan(v) ? 0 : b.alpha[py][px];
                    av[k] += isnan(v) ? 0 : b.alpha[py][px] * v;
                    any = any || !isnan(v);
                }
                alpha += any ? b.alpha[py][px] : 0;
            }
            assert_true(fabs(sample_at(&b, &got, 2, x, y) - alpha / 4) < 1e-3);
            for (int k = 0; k < 2; k++) {
                assert_int_equal(*(imx_planes_valid(&got, k, y) + x), a[k] > 0 ? 255 : 0);
                assert_true(a[k] == 0 || fabs(sample_at(&b, &got, k, x, y) - av[k] / a[k]) < 0.05);
                lacking += alpha > 0 && a[k] == 0;
            }
        }
    }
    assert_true(lacking > 0);
    imx_pixels_destroy(NULL, &got);
    close_bench(&b);
}

/* No value beyond three times the range, as sums of negative weights over next to nothing would be. */
static void negative_weights_stay_stable(void **unused) {
    (void)unused;
    static bench b;
    open_bench(&b, GDT_Float32, 1, false);
    for (int i = 0; i < 2; i++) {
        look_at(&b, PX * 0.37, 3, i ? IMX_RESAMPLE_LANCZOS : IMX_RESAMPLE_CUBIC);
        imx_pixels got = render(&b, 64);
        for (int32_t y = 0; y < CELL; y++) {
            for (int32_t x = 0; x < CELL; x++) {
                const double v = sample_at(&b, &got, 0, x, y), a = sample_at(&b, &got, 1, x, y);
                assert_true(fabs(v) < 90000 && a >= 0 && a <= 255);
            }
        }
        imx_pixels_destroy(NULL, &got);
    }
    close_bench(&b);
}

/* ---- a pixel's place alone ---- */

static void expect_same(const imx_pixels *want, imx_pixels got) {
    assert_memory_equal(got.data, want->data, (size_t)want->band_stride * (size_t)want->bands);
    assert_memory_equal(got.valid, want->valid, (size_t)CELL * CELL * (size_t)want->bands);
    imx_pixels_destroy(NULL, &got);
}

static void pixels_depend_on_their_place_alone(void **unused) {
    (void)unused;
    static const imx_resample methods[] = {
        IMX_RESAMPLE_NEAREST, IMX_RESAMPLE_BILINEAR, IMX_RESAMPLE_CUBIC, IMX_RESAMPLE_CUBICSPLINE, IMX_RESAMPLE_LANCZOS,
        IMX_RESAMPLE_AVERAGE, IMX_RESAMPLE_MODE,     IMX_RESAMPLE_MED,   IMX_RESAMPLE_SUM,         IMX_RESAMPLE_RMS};
    static const double pixels[] = {4.3, 17.1};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        for (size_t k = 0; k < 2; k++) {
            static bench b;
            open_bench(&b, i % 2 ? GDT_Float32 : GDT_UInt16, 2, i % 2);
            look_at(&b, pixels[k], 1.3, methods[i]);
            imx_pixels want = render(&b, CELL);
            b.options.window_bytes = 20000;
            b.options.cache_bytes = 1;
            expect_same(&want, render(&b, 128));
            b.options.window_bytes = 16 << 20;
            expect_same(&want, render(&b, 16));
            imx_kernels_init(&b.kernels, IMX_CPU_NONE);
            expect_same(&want, render(&b, 64));
            imx_pixels_destroy(NULL, &want);
            close_bench(&b);
        }
    }
}

int main(void) {
    imx_sources_init(16 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_weighed),
        cmocka_unit_test(nearest_is_the_raster),
        cmocka_unit_test(a_band_may_lack_samples),
        cmocka_unit_test(negative_weights_stay_stable),
        cmocka_unit_test(pixels_depend_on_their_place_alone),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    imx_sources_finish();
    return failed;
}
