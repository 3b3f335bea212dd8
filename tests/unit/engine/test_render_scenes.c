/* tests/unit/engine/test_render_scenes.c: real files through the whole engine. A pixel is a function of the scenes and
 * its place alone: not of the rectangle it was asked with, memory, caches, CPU or threads. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>

#include "engine/renderer.h"
#include "tests/unit/engine/rasters.h"

enum { SCENES = 3, CELL = 512, THREADS = 4 };

static const char *const paths[SCENES] = {"/vsimem/tiled.tif", "/vsimem/alpha.tif", "/vsimem/nodata.tif"};

typedef struct picture {
    int32_t w, h; /* whole cells */
    int64_t x, y;
    uint8_t *rgba;
} picture;

typedef struct bench {
    imx_kernels kernels;
    imx_scene scenes[SCENES];
    imx_footprint footprints[SCENES];
    imx_space space;
    imx_render_options options;
} bench;

/* Three overlapping pictures with 2 m pixels: opaque, with soft alpha, with nodata holes. */
static void make_rasters(void) {
    static const double corner[SCENES][2] = {{500000, 4400000}, {500400, 4399700}, {499700, 4399500}};
    static const char *const options[SCENES] = {"TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE", "",
                                                "COMPRESS=LZW"};
    for (int i = 0; i < SCENES; i++) {
        GDALDatasetH dataset = raster_create(paths[i], 450 + 30 * i, 400 - 20 * i, i == 1 ? 4 : 3, options[i]);
        double geotransform[6] = {corner[i][0], 2, 0.1 * i, corner[i][1], 0.05 * i, -2};
        assert_int_equal(GDALSetGeoTransform(dataset, geotransform), CE_None);
        raster_fill(dataset);
        if (i == 1) {
            assert_int_equal(GDALSetRasterColorInterpretation(GDALGetRasterBand(dataset, 4), GCI_AlphaBand), CE_None);
            raster_box(dataset, 4, 100, 100, 200, 100, 255);
            raster_box(dataset, 4, 200, 150, 50, 30, 0);
        }
        for (int band = 1; i == 2 && band <= 3; band++) {
            assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, band), 0), CE_None);
            raster_box(dataset, band, 200, 60, 70, 90, 0);
        }
        if (i == 0) {
            int factors[] = {2};
            assert_int_equal(GDALBuildOverviews(dataset, "AVERAGE", 1, factors, 0, NULL, NULL, NULL), CE_None);
        }
        GDALClose(dataset);
    }
}

static imx_space mercator(double res) {
    double side = 2 * 20037508.342789244;
    return (imx_space){"EPSG:3857", -side / 2, side / 2, res, res, side / res, side / res, true, 0};
}

static void open_bench(bench *b, double res) {
    memset(b, 0, sizeof *b);
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    b->space = mercator(res);
    b->options = (imx_render_options){.resample = IMX_RESAMPLE_CUBIC,
                                      .mosaic = IMX_MOSAIC_OVER,
                                      .error_threshold_px = 1.0 / 64,
                                      .cell_px = CELL,
                                      .cache_bytes = 64 << 20,
                                      .window_bytes = 16 << 20,
                                      .workers = 1};
    imx_error err = IMX_ERROR_INIT;
    for (size_t i = 0; i < SCENES; i++) {
        imx_transform *transform = NULL;
        imx_source_options none = {0};
        if (imx_source_probe(NULL, paths[i], &none, 64 << 20, NULL, &err, &b->scenes[i]) != IMX_OK ||
            imx_transform_create(NULL, &b->scenes[i], b->scenes[i].assets, &b->space, &err, &transform) != IMX_OK ||
            imx_footprint_create(NULL, transform, b->scenes[i].assets, &b->space, &err, &b->footprints[i]) != IMX_OK) {
            fail_msg("%s", err.text);
        }
        imx_transform_destroy(&transform);
    }
}

static void close_bench(bench *b) {
    for (size_t i = 0; i < SCENES; i++) {
        imx_footprint_clear(NULL, &b->footprints[i]);
        imx_scene_clear(NULL, &b->scenes[i]);
    }
}

/* All cells that the scenes touch; a scene without a box is left out. */
static picture make_picture(const bench *b) {
    double min_x = HUGE_VAL, min_y = HUGE_VAL, max_x = 0, max_y = 0;
    for (size_t i = 0; i < SCENES; i++) {
        const imx_box *box = &b->footprints[i].box;
        if (box->max_x == 0) {
            continue;
        }
        min_x = fmin(min_x, box->min_x), max_x = fmax(max_x, box->max_x);
        min_y = fmin(min_y, box->min_y), max_y = fmax(max_y, box->max_y);
    }
    picture p = {.x = (int64_t)(min_x / CELL) * CELL, .y = (int64_t)(min_y / CELL) * CELL};
    p.w = (int32_t)((int64_t)ceil(max_x / CELL) * CELL - p.x);
    p.h = (int32_t)((int64_t)ceil(max_y / CELL) * CELL - p.y);
    p.rgba = calloc((size_t)p.w * (size_t)p.h, 4);
    assert_non_null(p.rgba);
    return p;
}

/* Rectangles number `first`, first + step, ... of tile x tile px. Runs in threads: no assertions. */
typedef struct painter {
    imx_renderer *renderer;
    const picture *picture;
    int32_t tile, first, step;
    imx_status status;
    imx_error err;
} painter;

static void *paint(void *argument) {
    painter *p = argument;
    const picture *to = p->picture;
    imx_render_context *context = NULL;
    p->status = imx_render_context_create(p->renderer, &p->err, &context);
    int32_t columns = to->w / p->tile, count = columns * (to->h / p->tile);
    for (int32_t i = p->first; i < count && p->status == IMX_OK; i += p->step) {
        ptrdiff_t x = i % columns * p->tile, y = i / columns * p->tile, stride = 4 * (ptrdiff_t)to->w;
        imx_pixels out = imx_pixels_view_rgba8(to->rgba + y * stride + 4 * x, p->tile, p->tile, stride);
        unsigned look;
        p->status = imx_render(context, to->x + x, to->y + y, &out, &p->err, &look);
        if (p->status == IMX_OK && (look & IMX_LOOK_EMPTY)) {
            imx_pixels_clear(&out);
        }
    }
    imx_render_context_destroy(&context);
    return NULL;
}

static picture render(const bench *b, int32_t tile, int threads, imx_cache_stats *stats) {
    picture to = make_picture(b);
    imx_renderer *renderer = NULL;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_renderer_create(NULL, &b->kernels, b->scenes, b->footprints, SCENES, &b->space, &b->options,
                                         &err, &renderer),
                     IMX_OK);
    painter painters[THREADS];
    pthread_t ids[THREADS];
    for (int i = 0; i < threads; i++) {
        painters[i] = (painter){.renderer = renderer, .picture = &to, .tile = tile, .first = i, .step = threads};
        assert_int_equal(pthread_create(&ids[i], NULL, paint, &painters[i]), 0);
    }
    for (int i = 0; i < threads; i++) {
        assert_int_equal(pthread_join(ids[i], NULL), 0);
        if (painters[i].status != IMX_OK) {
            fail_msg("%s", painters[i].err.text);
        }
    }
    if (stats) {
        *stats = imx_renderer_stats(renderer);
    }
    imx_renderer_destroy(&renderer);
    return to;
}

static void expect_same(const picture *want, picture got) {
    assert_int_equal(got.w, want->w);
    assert_int_equal(got.h, want->h);
    assert_memory_equal(got.rgba, want->rgba, 4 * (size_t)want->w * (size_t)want->h);
    free(got.rgba);
}

static void check_variants(bench *b) {
    imx_cache_stats stats;
    picture want = render(b, 64, 1, &stats);
    assert_int_equal(stats.blocks_decoded, stats.blocks_distinct); /* each block once */
    int opaque = 0, empty = 0;
    for (int i = 0; i < want.w * want.h; i++) {
        opaque += want.rgba[4 * i + 3] == 255;
        empty += want.rgba[4 * i + 3] == 0;
    }
    assert_in_range(opaque, 20000, want.w * want.h - 20000); /* there is something to see */
    assert_in_range(empty, 20000, want.w * want.h - 20000);
    expect_same(&want, render(b, 64, 1, NULL));
    expect_same(&want, render(b, 16, 1, NULL));
    expect_same(&want, render(b, CELL, 1, NULL));
    expect_same(&want, render(b, 64, THREADS, NULL));
    imx_render_options options = b->options;
    b->options.cache_bytes = 1;
    b->options.window_bytes = 8000;
    expect_same(&want, render(b, 128, THREADS, NULL));
    b->options = options;
    for (unsigned mask = IMX_CPU_NONE; mask <= IMX_CPU_SSE42; mask++) {
        imx_kernels_init(&b->kernels, mask);
        expect_same(&want, render(b, 64, 1, NULL));
    }
    imx_kernels_init(&b->kernels, imx_cpu_detect());
    free(want.rgba);
}

static void pixels_depend_on_their_place_alone(void **state) {
    (void)state;
    static const double resolutions[] = {1.7, 2.7, 9.1}; /* the rasters' own is 2.6 */
    for (size_t i = 0; i < sizeof resolutions / sizeof resolutions[0]; i++) {
        bench b;
        open_bench(&b, resolutions[i]);
        for (int mode = IMX_MOSAIC_OVER; mode <= IMX_MOSAIC_BLEND; mode++) {
            b.options.mosaic = (imx_mosaic_mode)mode;
            b.options.resample = mode == IMX_MOSAIC_OVER ? IMX_RESAMPLE_CUBIC : IMX_RESAMPLE_BILINEAR;
            check_variants(&b);
        }
        close_bench(&b);
    }
}

/* Reading an overview gives the picture that minifying the full resolution gives, in the same place. */
static void an_overview_lies_where_the_raster_lies(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 8);
    b.options.resample = IMX_RESAMPLE_BILINEAR;
    for (size_t i = 1; i < SCENES; i++) { /* the first scene alone */
        imx_footprint_clear(NULL, &b.footprints[i]);
        b.footprints[i].box = (imx_box){0};
    }
    picture full = render(&b, 64, 1, NULL);
    assert_int_equal(b.scenes[0].assets[0].overview_count, 1);
    static const int32_t first[] = {1}, *const levels[SCENES] = {first};
    b.options.levels = levels;
    picture overview = render(&b, 64, 1, NULL);
    double sum = 0, shifted = 0;
    int count = 0;
    for (int i = 0; i + 1 < full.w * full.h; i++) {
        if (full.rgba[4 * i + 3] && overview.rgba[4 * i + 3] && full.rgba[4 * i + 7]) {
            sum += abs(full.rgba[4 * i + 1] - overview.rgba[4 * i + 1]);
            shifted += abs(full.rgba[4 * i + 5] - overview.rgba[4 * i + 1]);
            count++;
        }
    }
    print_message("%d pixels, mean difference %.3f, shifted by a pixel %.3f\n", count, sum / count, shifted / count);
    assert_true(count > 5000);
    assert_true(sum / count < 1.0);
    assert_true(shifted / count > 2 * sum / count); /* the measure would see one pixel */
    free(full.rgba);
    free(overview.rgba);
    close_bench(&b);
}

int main(void) {
    imx_sources_init(8 << 20);
    make_rasters();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_depend_on_their_place_alone),
        cmocka_unit_test(an_overview_lies_where_the_raster_lies),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < SCENES; i++) {
        (void)VSIUnlink(paths[i]);
    }
    imx_sources_finish();
    return failed;
}
