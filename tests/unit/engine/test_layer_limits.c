/* tests/unit/engine/test_layer_limits.c: which pixels and blocks lie within limits that are turned against raster and
 * output: beside every pixel's own place; how many blocks a sample has; what failing memory does. Percentiles by value:
 * tests/cli/grade.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/layer_limits.h"

enum { WIDTH = 1300, HEIGHT = 1000, BLOCK = 64 };

typedef struct fixture {
    imx_memory *memory;
    imx_data_band band;
    imx_asset asset;
    imx_scene scene;
    imx_space space;
    imx_transform *transform;
    imx_outline *outlines[2];
    imx_region *regions[2];
    imx_layer_limits limits;
} fixture;

/* UTM onto Mercator at a resolution; limits: degrees, and a box of the European equal-area grid, which is turned. */
static void set_up_limits(fixture *f, double res) {
    imx_error err = IMX_ERROR_INIT;
    const double degrees[4] = {6.05, 47.02, 6.10, 47.2}, metres[4] = {4018000, 2673000, 4031000, 2679000};
    memset(f, 0, sizeof *f);
    assert_int_equal(imx_memory_create(0, &f->memory), IMX_OK);
    f->band = (imx_data_band){.number = 1, .scale = 1};
    f->asset = (imx_asset){.path = (char *)(uintptr_t) "x.tif",
                           .role = IMX_ROLE_DATA,
                           .type = IMX_U16,
                           .width = WIDTH,
                           .height = HEIGHT,
                           .geotransform = {272000, 10, 0, 5228000, 0, -10},
                           .tiled = true,
                           .block_w = BLOCK,
                           .block_h = BLOCK,
                           .overview_count = 1,
                           .overview_w = {WIDTH / 4},
                           .overview_h = {HEIGHT / 4},
                           .data = &f->band,
                           .data_count = 1};
    f->scene = (imx_scene){
        .id = (char *)(uintptr_t) "x", .crs = (char *)(uintptr_t) "EPSG:32632", .assets = &f->asset, .asset_count = 1};
    const double edge = 20037508.342789244;
    f->space = (imx_space){"EPSG:3857", -edge, edge, res, 0, 2 * edge / res, 2 * edge / res, true, 0};
    assert_int_equal(imx_transform_create(f->memory, &f->scene, &f->asset, &f->space, &err, &f->transform), IMX_OK);
    assert_int_equal(imx_outline_box(f->memory, "OGC:CRS84", degrees, &err, &f->outlines[0]), IMX_OK);
    assert_int_equal(imx_outline_box(f->memory, "EPSG:3035", metres, &err, &f->outlines[1]), IMX_OK);
    double x[2] = {-1000, WIDTH + 1000}, y[2] = {-1000, HEIGHT + 1000};
    imx_transform_forward(f->transform, 2, x, y);
    const imx_box area = {x[0], y[0], x[1], y[1]};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(imx_region_create(f->memory, f->outlines[i], &f->space, &area, &err, &f->regions[i]), IMX_OK);
    }
    f->limits = (imx_layer_limits){&f->space, (const imx_region *const *)f->regions, 2};
}

static void tear_down_limits(fixture *f) {
    for (int i = 0; i < 2; i++) {
        imx_region_destroy(&f->regions[i]);
        imx_outline_destroy(f->memory, &f->outlines[i]);
    }
    imx_transform_destroy(&f->transform);
    imx_memory_destroy(&f->memory);
}

/* By each pixel's own place. */
static uint8_t *each_pixel(const fixture *f, int32_t level, size_t *count) {
    const imx_block_layout l = imx_asset_blocks(&f->asset, level);
    const size_t n = (size_t)l.level_w * (size_t)l.level_h;
    uint8_t *out = malloc(n);
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        x[i] = ((double)(i % (size_t)l.level_w) + 0.5) * WIDTH / l.level_w;
        y[i] = ((double)(i / (size_t)l.level_w) + 0.5) * HEIGHT / l.level_h;
    }
    imx_transform_forward(f->transform, n, x, y);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = imx_region_holds(f->regions[0], x[i], y[i]) && imx_region_holds(f->regions[1], x[i], y[i]) ? 255 : 0;
        *count += out[i] != 0;
    }
    free(x);
    free(y);
    return out;
}

/* Output pixels much smaller, and much larger than the raster's. */
static void test_pixels(void **state) {
    (void)state;
    static const double res[] = {3, 900};
    for (size_t k = 0; k < sizeof res / sizeof *res; k++) {
        fixture f;
        imx_error err = IMX_ERROR_INIT;
        set_up_limits(&f, res[k]);
        for (int32_t level = k == 0; level < 2; level++) { /* all pixels once */
            const imx_block_layout l = imx_asset_blocks(&f.asset, level);
            size_t count;
            uint8_t *want = each_pixel(&f, level, &count), *got = malloc((size_t)l.level_w * (size_t)l.level_h);
            const int32_t window[4] = {0, 0, l.level_w, l.level_h};
            assert_true(count > 1000 && count < (size_t)l.level_w * (size_t)l.level_h / 2);
            assert_int_equal(imx_limits_pixels(&f.limits, f.transform, &f.asset, level, window, &err, got), IMX_OK);
            assert_memory_equal(got, want, (size_t)l.level_w * (size_t)l.level_h);
            const int32_t part[4] = {l.level_w / 3, l.level_h / 5, 77, 31};
            assert_int_equal(imx_limits_pixels(&f.limits, f.transform, &f.asset, level, part, &err, got), IMX_OK);
            for (int32_t i = 0; i < part[2] * part[3]; i++) {
                assert_int_equal(got[i], want[(part[1] + i / part[2]) * l.level_w + part[0] + i % part[2]]);
            }
            free(want);
            free(got);
        }
        tear_down_limits(&f);
    }
}

/* Every block with pixels within is there, whole ones are told, and few others are read. */
static void test_blocks(void **state) {
    (void)state;
    fixture f;
    imx_error err = IMX_ERROR_INIT;
    imx_limited_sample sample;
    size_t count, read = 0, needed = 0;
    double px = 0;
    set_up_limits(&f, 15);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, false, &err, &sample), IMX_OK);
    assert_int_equal(sample.level, 0); /* its 1.3 million pixels are too many, those within are not */
    uint8_t *want = each_pixel(&f, 0, &count);
    const imx_block_layout *l = &sample.layout;
    for (int32_t i = 0; i < l->columns * l->rows; i++) {
        bool any = false, all = true;
        for (int32_t y = i / l->columns * l->block_h; y < (i / l->columns + 1) * l->block_h && y < HEIGHT; y++) {
            for (int32_t x = i % l->columns * l->block_w; x < (i % l->columns + 1) * l->block_w && x < WIDTH; x++) {
                any = any || want[y * WIDTH + x];
                all = all && want[y * WIDTH + x];
                px += sample.sides[i] != IMX_LIMITS_OUTSIDE;
            }
        }
        assert_true(!any || sample.sides[i] != IMX_LIMITS_OUTSIDE);
        assert_true(all || sample.sides[i] != IMX_LIMITS_INSIDE);
        read += sample.sides[i] != IMX_LIMITS_OUTSIDE;
        needed += any;
    }
    assert_true(needed > 5 && read <= needed + needed / 4 + 2);
    assert_true(px == sample.all_px);
    imx_free(f.memory, sample.sides);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, true, &err, &sample), IMX_OK);
    assert_int_equal(sample.level, 1);
    imx_free(f.memory, sample.sides);
    free(want);
    tear_down_limits(&f);
}

/* Of a raster of one row of blocks, too: some of them. */
static void test_sample_of_a_row(void **state) {
    (void)state;
    fixture f;
    imx_error err = IMX_ERROR_INIT;
    imx_limited_sample all, some;
    size_t met = 0, kept = 0;
    set_up_limits(&f, 15);
    f.asset.overview_count = 0;
    f.asset.width = 400 * WIDTH;
    f.asset.height = f.asset.block_h;
    f.asset.geotransform[1] = 10.0 / 400;
    f.asset.geotransform[5] = -10.0 * HEIGHT / f.asset.block_h;
    imx_transform_destroy(&f.transform);
    assert_int_equal(imx_transform_create(f.memory, &f.scene, &f.asset, &f.space, &err, &f.transform), IMX_OK);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, true, &err, &all), IMX_OK);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, false, &err, &some), IMX_OK);
    assert_int_equal(some.layout.rows, 1);
    for (int32_t i = 0; i < some.layout.columns; i++) {
        met += all.sides[i] != IMX_LIMITS_OUTSIDE;
        kept += some.sides[i] != IMX_LIMITS_OUTSIDE;
    }
    assert_true(met > 500);
    assert_in_range(kept, 1, met / 2);
    imx_free(f.memory, all.sides);
    imx_free(f.memory, some.sides);
    tear_down_limits(&f);
}

/* Of a raster without overviews that has too many within. */
static void test_sample(void **state) {
    (void)state;
    fixture f;
    imx_error err = IMX_ERROR_INIT;
    imx_limited_sample all, some;
    set_up_limits(&f, 15);
    f.asset.overview_count = 0;
    f.asset.width = 21 * WIDTH;
    f.asset.height = 21 * HEIGHT;
    f.asset.geotransform[1] = 10.0 / 21;
    f.asset.geotransform[5] = -10.0 / 21;
    imx_transform_destroy(&f.transform);
    assert_int_equal(imx_transform_create(f.memory, &f.scene, &f.asset, &f.space, &err, &f.transform), IMX_OK);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, true, &err, &all), IMX_OK);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, false, &err, &some), IMX_OK);
    size_t met = 0, read = 0;
    for (int32_t i = 0; i < all.layout.columns * all.layout.rows; i++) {
        assert_true(!some.sides[i] || some.sides[i] == all.sides[i]);
        met += all.sides[i] != IMX_LIMITS_OUTSIDE;
        read += some.sides[i] != IMX_LIMITS_OUTSIDE;
    }
    assert_true(met > 1000 && read >= met / IMX_SAMPLE_SHARE && read < met / IMX_SAMPLE_SHARE * 2);
    assert_true(some.all_px == all.all_px);
    imx_free(f.memory, all.sides);
    imx_free(f.memory, some.sides);
    imx_memory_fail_nth(f.memory, 1);
    assert_int_equal(imx_limits_sample(f.memory, &f.limits, f.transform, &f.asset, true, &err, &all), IMX_E_NOMEM);
    tear_down_limits(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_sample_of_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
