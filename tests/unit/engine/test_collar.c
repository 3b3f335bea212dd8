/* tests/unit/engine/test_collar.c: what is read for a collar, what of a block is taken away, and where memory runs out.
 * That it is the right set of pixels is tested in tests/cli/collar.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/collar.h"
#include "tests/unit/engine/rasters.h"

enum { W = 1600, H = 1400, FRAME = 10, BLOCK = 256 };
static const char *const path = "/vsimem/collar.tif";

static int set_up(void **state) {
    (void)state;
    imx_sources_init(16 << 20);
    GDALDatasetH raster =
        raster_create(path, W, H, 3, "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256 COMPRESS=DEFLATE NUM_THREADS=1");
    raster_fill(raster);
    for (int band = 1; band <= 3; band++) { /* a frame, wider than a block at the left, and a lake */
        raster_box(raster, band, 0, 0, W, FRAME, 0);
        raster_box(raster, band, 0, H - FRAME, W, FRAME, 0);
        raster_box(raster, band, 0, 0, 300, H, 0);
        raster_box(raster, band, W - FRAME, 0, FRAME, H, 0);
        raster_box(raster, band, 700, 700, 100, 100, 0);
    }
    GDALClose(raster);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    imx_sources_finish();
    return 0;
}

static imx_scene probe(imx_memory *memory, bool data) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options options = {.data = data};
    if (imx_source_probe(memory, path, &options, 64 << 20, NULL, &err, &scene) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return scene;
}

static bool in_frame(int x, int y) { return x < 300 || y < FRAME || x >= W - FRAME || y >= H - FRAME; }

static void test_blocks(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    for (int data = 0; data < 2; data++) {
        imx_scene scene = probe(NULL, data);
        imx_asset *asset = &scene.assets[0];
        imx_collar_stats stats;
        imx_source *source = NULL;
        assert_int_equal(imx_collar_create(NULL, 0, NULL, &asset->collar), IMX_OK);
        assert_false(imx_collar_knows(asset->collar, 0) || imx_collar_holds(asset->collar, 0, 0, 0));
        assert_int_equal(imx_collar_find(asset->collar, &kernels, asset, 0, NULL, &stats), IMX_OK);
        assert_int_equal(stats.collar_px, W * H - (W - 300 - FRAME) * (H - 2 * FRAME));
        assert_int_equal(stats.blocks, 42);
        assert_int_equal(stats.blocks_read, 22 + 4); /* the border's, and what is to the right of the first column */
        assert_true(imx_collar_holds(asset->collar, 0, 0, 2));
        assert_false(imx_collar_holds(asset->collar, 0, 1, 2) || imx_collar_holds(asset->collar, 0, 3, 3));
        assert_int_equal(imx_source_open(NULL, &kernels, asset, NULL, &source), IMX_OK);
        static uint8_t pixels[BLOCK * BLOCK * 4];
        bool empty = false;
        assert_int_equal(imx_source_read_block(source, 0, 0, 2, pixels, BLOCK * 4, NULL, &empty), IMX_OK);
        assert_true(empty);
        assert_int_equal(imx_asset_valid_planes(asset), 1);
        for (int column = 1; column < 3; column++) {
            const int row = 2; /* of the lake */
            assert_int_equal(imx_source_read_block(source, 0, column, row, pixels, BLOCK * 4, NULL, &empty), IMX_OK);
            assert_false(empty);
            for (int i = 0; i < BLOCK * BLOCK; i++) {
                const int x = column * BLOCK + i % BLOCK, y = row * BLOCK + i / BLOCK;
                const bool valid = data ? pixels[3 * BLOCK * BLOCK + i] != 0 : pixels[4 * i + 3] == 255;
                assert_int_equal(valid, !in_frame(x, y));
            }
        }
        imx_source_close(&source);
        imx_scene_clear(NULL, &scene);
    }
}

static void test_no_memory(void **state) {
    (void)state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    size_t failures = 0;
    for (size_t nth = 1; nth < 90; nth++) {
        imx_scene scene = probe(memory, false);
        imx_error err = IMX_ERROR_INIT;
        imx_collar_stats stats;
        imx_memory_fail_nth(memory, nth);
        imx_status status = imx_collar_create(memory, 0, &err, &scene.assets[0].collar);
        status = status ? status : imx_collar_find(scene.assets[0].collar, &kernels, &scene.assets[0], 0, &err, &stats);
        imx_memory_fail_nth(memory, 0);
        imx_scene_clear(memory, &scene);
        assert_int_equal(imx_memory_used(memory), 0);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        failures += status != IMX_OK;
    }
    assert_in_range(failures, 20, 88);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks), cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
