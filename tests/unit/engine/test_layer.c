/* tests/unit/engine/test_layer.c: what is read for statistics, and percentiles of a layer, against sorted lists of its
 * pixels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>

#include "engine/layer_percentiles.h"
#include "engine/layer_sample.h"
#include "tests/unit/engine/rasters.h"
#include "tests/unit/engine/sources_fixture.h"

enum { W = 90, H = 70, SCENES_MAX = 2 };
static const char *const paths[SCENES_MAX] = {"/vsimem/layer0.tif", "/vsimem/layer1.tif"};

/* ---- what is read ---- */

static imx_asset asset_of(int32_t w, int32_t h, int32_t block_w, int32_t block_h) {
    static imx_data_band band = {.number = 1, .scale = 1};
    return (imx_asset){.role = IMX_ROLE_DATA,
                       .type = IMX_U16,
                       .width = w,
                       .height = h,
                       .tiled = block_w < w,
                       .block_w = block_w,
                       .block_h = block_h,
                       .data = &band,
                       .data_count = 1};
}

static void check_spread(const imx_sample *s) {
    for (int32_t i = 0; i < s->columns; i++) {
        const int32_t at = imx_sample_column(s, i);
        assert_true(at >= 0 && at < s->layout.columns && (i == 0 || at > imx_sample_column(s, i - 1)));
    }
    for (int32_t i = 0; i < s->rows; i++) {
        const int32_t at = imx_sample_row(s, i);
        assert_true(at >= 0 && at < s->layout.rows && (i == 0 || at > imx_sample_row(s, i - 1)));
    }
}

static void test_sample(void **state) {
    (void)state;
    imx_asset small = asset_of(1024, 1024, 256, 256);
    imx_sample s = imx_sample_of(&small, false);
    assert_int_equal(s.level, 0);
    assert_int_equal(s.columns * s.rows, 16);
    check_spread(&s);

    /* the finest overview that is small enough */
    imx_asset large = asset_of(20000, 10000, 256, 256);
    large.overview_count = 5;
    for (int i = 0; i < 5; i++) {
        large.overview_w[i] = 10000 >> i;
        large.overview_h[i] = 5000 >> i;
    }
    s = imx_sample_of(&large, false);
    assert_int_equal(s.level, 4); /* 1250 x 625 */
    assert_int_equal(s.columns, s.layout.columns);
    assert_int_equal(s.rows, s.layout.rows);

    /* without one: a share of the blocks, of tiles and of strips, of wide and of tall rasters */
    static const int32_t shapes[][4] = {{20000, 10000, 256, 256}, {20000, 10000, 20000, 1}, {65536, 65536, 512, 512},
                                        {100000, 1100, 256, 256}, {1100, 100000, 256, 256}, {9000, 9000, 3000, 3000}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        imx_asset a = asset_of(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]);
        s = imx_sample_of(&a, false);
        const int64_t blocks = (int64_t)s.layout.columns * s.layout.rows, read = (int64_t)s.columns * s.rows;
        const int64_t least = blocks < IMX_SAMPLE_BLOCKS ? blocks : IMX_SAMPLE_BLOCKS;
        assert_int_equal(s.level, 0);
        check_spread(&s);
        if (read < least || read > least + blocks / 16) {
            fail_msg("%d x %d: %lld of %lld blocks", a.width, a.height, (long long)read, (long long)blocks);
        }
        s = imx_sample_of(&a, true);
        assert_int_equal((int64_t)s.columns * s.rows, blocks);
    }
}

/* Some hundred scenes are read all, of thousands every n-th. */
static void test_step(void **state) {
    (void)state;
    enum { MANY = 3000 };
    static imx_scene scenes[MANY];
    imx_asset asset = asset_of(1000, 1000, 256, 256);
    for (size_t i = 0; i < MANY; i++) {
        scenes[i] = (imx_scene){.assets = &asset, .asset_count = 1};
    }
    assert_int_equal(imx_sample_step(scenes, 1), 1);
    assert_int_equal(imx_sample_step(scenes, 268), 1);
    assert_int_equal(imx_sample_step(scenes, 269), 2);
    assert_int_equal(imx_sample_step(scenes, MANY), 12); /* 3e9 px */
}

/* ---- percentiles ---- */

typedef struct layer {
    imx_kernels kernels;
    imx_scene scenes[SCENES_MAX];
    size_t count;
    imx_layer_planes planes;
} layer;

typedef double (*value_fn)(int scene, int band, int x, int y);

static void make(int scene, int bands, GDALDataType type, int w, int h, value_fn value) {
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), paths[scene], w, h, bands, type, NULL);
    raster_place(dataset);
    double *row = malloc((size_t)w * sizeof *row);
    for (int band = 1; band <= bands; band++) {
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                row[x] = value(scene, band, x, y);
            }
            assert_int_equal(
                GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, y, w, 1, row, w, 1, GDT_Float64, 0, 0),
                CE_None);
        }
    }
    free(row);
    GDALClose(dataset);
}

static void describe(int scene, double scale, double offset, double nodata) {
    GDALDatasetH dataset = GDALOpen(paths[scene], GA_Update);
    for (int band = 1; band <= GDALGetRasterCount(dataset); band++) {
        GDALRasterBandH handle = GDALGetRasterBand(dataset, band);
        assert_int_equal(GDALSetRasterScale(handle, scale), CE_None);
        assert_int_equal(GDALSetRasterOffset(handle, offset), CE_None);
        assert_int_equal(GDALSetRasterNoDataValue(handle, nodata), CE_None);
    }
    GDALClose(dataset);
}

static void open_layer(layer *l, size_t count) {
    imx_error err = IMX_ERROR_INIT;
    *l = (layer){.count = count};
    imx_kernels_init(&l->kernels, imx_cpu_detect());
    for (size_t i = 0; i < count; i++) {
        const imx_source_options options = {.lane = IMX_LANE_NUMBERS};
        if (imx_source_probe(NULL, paths[i], &options, 0, NULL, &err, &l->scenes[i]) != IMX_OK) {
            fail_msg("%s", err.text);
        }
    }
    assert_int_equal(imx_layer_planes_of(l->scenes, count, &err, &l->planes), IMX_OK);
}

static void close_layer(layer *l) {
    for (size_t i = 0; i < l->count; i++) {
        imx_scene_clear(NULL, &l->scenes[i]);
        (void)VSIUnlink(paths[i]);
    }
}

static imx_percentiles find(layer *l, int band, double lo, double hi, uint64_t *valid) {
    imx_error err = IMX_ERROR_INIT;
    imx_percentiles found[IMX_LAYER_BANDS_MAX] = {{{lo, hi}, {0, 0}}, {{lo, hi}, {0, 0}}, {{lo, hi}, {0, 0}}}, again[3];
    imx_layer_read read;
    memcpy(again, found, sizeof found);
    if (imx_layer_percentiles(NULL, &l->kernels, l->scenes, l->count, &l->planes, NULL, &err, found, &read) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_kernels scalar; /* the same by the references */
    imx_kernels_init(&scalar, IMX_CPU_NONE);
    assert_int_equal(imx_layer_percentiles(NULL, &scalar, l->scenes, l->count, &l->planes, NULL, &err, again, &read),
                     IMX_OK);
    assert_memory_equal(found, again, (size_t)l->planes.bands * sizeof *found);
    *valid = read.valid;
    return found[band];
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The smallest value that so many per cent do not exceed. */
static double of_sorted(const double *sorted, size_t n, double percent) {
    const double rank = ceil(percent * (double)n / 100);
    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

static void check_against(layer *l, int band, double *values, size_t n, double tolerance) {
    static const double percents[][2] = {{2, 98}, {0, 100}, {50, 99.9}, {98, 2}};
    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < 4; i++) {
        uint64_t valid;
        const imx_percentiles p = find(l, band, percents[i][0], percents[i][1], &valid);
        for (int k = 0; k < 2; k++) {
            const double want = of_sorted(values, n, percents[i][k]);
            if (!(fabs(p.value[k] - want) <= tolerance)) {
                fail_msg("percentile %g of band %d: %.9g, not %.9g", percents[i][k], band, p.value[k], want);
            }
        }
    }
}

static double smooth(int scene, int band, int x, int y) {
    return 3000 + 7 * x + 11 * y + 1000 * band + 500 * scene + (x * y) % 13;
}

/* Two scenes of 16 bits together, without the nodata of the second. */
static void test_u16(void **state) {
    (void)state;
    layer l;
    static double values[2 * W * H];
    make(0, 3, GDT_UInt16, W, H, smooth);
    make(1, 3, GDT_UInt16, W, H, smooth);
    describe(1, 1, 0, smooth(1, 2, 0, 0));
    open_layer(&l, 2);
    assert_int_equal(l.planes.type, IMX_U16);
    for (int band = 1; band <= 3; band++) {
        size_t n = 0;
        for (int i = 0; i < 2 * W * H; i++) {
            const int scene = i / (W * H), x = i % W, y = i / W % H;
            bool valid = true;
            for (int other = 1; other <= 3; other++) { /* a pixel counts where all bands do */
                valid = valid && (scene == 0 || smooth(scene, other, x, y) != smooth(1, 2, 0, 0));
            }
            if (valid) {
                values[n++] = smooth(scene, band, x, y);
            }
        }
        assert_true(n < 2 * W * H);
        check_against(&l, band - 1, values, n, 0);
    }
    close_layer(&l);
}

static double below_zero(int scene, int band, int x, int y) { return smooth(scene, band, x, y) - 4200; }

static void test_i16_scaled(void **state) {
    (void)state;
    static const double scales[] = {0.01, -0.01};
    for (size_t k = 0; k < 2; k++) {
        layer l;
        static double values[W * H];
        make(0, 1, GDT_Int16, W, H, below_zero);
        describe(0, scales[k], 5, -32768);
        open_layer(&l, 1);
        assert_int_equal(l.planes.type, IMX_I16);
        assert_false(l.planes.values);
        for (int i = 0; i < W * H; i++) {
            values[i] = scales[k] * below_zero(0, 1, i % W, i / W) + 5;
        }
        qsort(values, W * H, sizeof *values, by_value);
        uint64_t valid;
        const imx_percentiles p = find(&l, 0, 2, 98, &valid);
        for (int i = 0; i < 2; i++) { /* the neighbour where the order is turned */
            assert_true(fabs(p.value[i] - of_sorted(values, W * H, p.percent[i])) < 0.0201);
        }
        close_layer(&l);
    }
}

/* Scenes of different scale: values, in f32. */
static void test_units(void **state) {
    (void)state;
    layer l;
    static double values[2 * W * H];
    make(0, 1, GDT_UInt16, W, H, smooth);
    make(1, 1, GDT_UInt16, W, H, smooth);
    describe(0, 0.5, -1, 0);
    describe(1, 2, 7, 0);
    open_layer(&l, 2);
    assert_int_equal(l.planes.type, IMX_F32);
    assert_true(l.planes.values);
    for (int i = 0; i < 2 * W * H; i++) {
        const double v = smooth(i / (W * H), 1, i % W, i / W % H);
        values[i] = i < W * H ? v * 0.5 - 1 : v * 2 + 7;
    }
    check_against(&l, 0, values, 2 * W * H, 1);
    close_layer(&l);
}

static double wild(int scene, int band, int x, int y) {
    (void)scene, (void)band;
    return x == 3             ? (double)NAN
           : x == 5           ? HUGE_VAL
           : x == 6           ? -HUGE_VAL
           : x == 7 && y == 7 ? 1e30
                              : 0.001 * x - 0.002 * y;
}

/* One value far away, NaN and infinities spoil nothing. */
static void test_f32(void **state) {
    (void)state;
    layer l;
    static double values[W * H];
    size_t n = 0;
    make(0, 1, GDT_Float32, W, H, wild);
    open_layer(&l, 1);
    for (int i = 0; i < W * H; i++) {
        const double v = wild(0, 1, i % W, i / W);
        if (isfinite(v)) {
            values[n++] = v;
        }
    }
    qsort(values, n, sizeof *values, by_value);
    uint64_t valid;
    const imx_percentiles p = find(&l, 0, 2, 98, &valid);
    assert_int_equal(valid, W * H - H);
    for (int k = 0; k < 2; k++) {
        assert_true(fabs(p.value[k] - of_sorted(values, n, p.percent[k])) < 1e-5);
    }
    assert_true(find(&l, 0, 0, 100, &valid).value[1] > 0.99e30);
    close_layer(&l);
}

static double flat(int scene, int band, int x, int y) {
    (void)scene, (void)band, (void)x, (void)y;
    return 12.5;
}

static void test_flat(void **state) {
    (void)state;
    layer l;
    uint64_t valid;
    make(0, 1, GDT_Float32, W, H, flat);
    open_layer(&l, 1);
    const imx_percentiles p = find(&l, 0, 2, 98, &valid);
    assert_true(p.value[0] == p.value[1] && fabs(p.value[0] - 12.5) < 1e-4);
    describe(0, 1, 0, 12.5);
    close_layer(&l);
    make(0, 1, GDT_Float32, W, H, flat);
    describe(0, 1, 0, 12.5);
    open_layer(&l, 1);
    assert_true(isnan(find(&l, 0, 2, 98, &valid).value[0]));
    assert_int_equal(valid, 0);
    close_layer(&l);
}

/* A large scene that is read coarsely weighs as much as it covers: here some 3 of 4 parts. */
static double by_scene(int scene, int band, int x, int y) {
    (void)band, (void)x, (void)y;
    return scene ? 200 : 100;
}

static void test_weights(void **state) {
    (void)state;
    layer l;
    uint64_t valid;
    make(0, 1, GDT_UInt16, 900, 700, by_scene);
    make(1, 1, GDT_UInt16, 1800, 1400, by_scene);
    GDALDatasetH dataset = GDALOpen(paths[1], GA_Update);
    int factors[] = {4};
    assert_int_equal(GDALBuildOverviews(dataset, "NEAREST", 1, factors, 0, NULL, NULL, NULL), CE_None);
    GDALClose(dataset);
    open_layer(&l, 2);
    const imx_percentiles p = find(&l, 0, 19, 21, &valid);
    assert_int_equal(valid, 900 * 700 + 450 * 350);
    assert_true(p.value[0] == 100 && p.value[1] == 200); /* 20 % of the pixels */
    close_layer(&l);
}

static void test_refusals(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    layer l = {.count = 2};
    const imx_source_options options = {.lane = IMX_LANE_NUMBERS};
    make(0, 1, GDT_UInt16, W, H, smooth);
    make(1, 3, GDT_UInt16, W, H, smooth);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(imx_source_probe(NULL, paths[i], &options, 0, NULL, &err, &l.scenes[i]), IMX_OK);
    }
    assert_int_equal(imx_layer_planes_of(l.scenes, 2, &err, &l.planes), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "--bands"));
    close_layer(&l);

    /* memory fails at each place in turn */
    make(0, 1, GDT_Float32, W, H, smooth);
    open_layer(&l, 1);
    for (size_t limit = 1 << 16;; limit += 1 << 14) {
        imx_memory *memory = NULL;
        imx_percentiles found[1] = {{{2, 98}, {0, 0}}};
        imx_layer_read read;
        assert_int_equal(imx_memory_create(limit, &memory), IMX_OK);
        imx_status status = imx_layer_percentiles(memory, &l.kernels, l.scenes, 1, &l.planes, NULL, &err, found, &read);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
        if (status == IMX_OK) {
            assert_true(limit > 1 << 20);
            break;
        }
    }
    close_layer(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),     cmocka_unit_test(test_step),    cmocka_unit_test(test_u16),
        cmocka_unit_test(test_i16_scaled), cmocka_unit_test(test_units),   cmocka_unit_test(test_f32),
        cmocka_unit_test(test_flat),       cmocka_unit_test(test_weights), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
