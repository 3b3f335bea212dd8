/* tests/unit/tiler/test_collars.c: collars of several rasters side by side: the same ones, steps and words for any
 * number of threads, the first of several failures, and little memory. What a collar is:
 * tests/unit/engine/test_collar.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>

#include "engine/collar.h"
#include "tests/unit/engine/rasters.h"
#include "tiler/collars.h"

enum { RASTERS = 7, WIDTH = 400, HEIGHT = 300, BLOCK_LIMIT = 64 << 20 };

static void name_of(int i, char path[32]) { (void)snprintf(path, 32, "/vsimem/c%d.tif", i); }

/* Each with a frame of another width. */
static int set_up(void **state) {
    (void)state;
    imx_sources_init(16 << 20);
    for (int i = 0; i < RASTERS; i++) {
        char path[32];
        name_of(i, path);
        GDALDatasetH d = raster_create(path, WIDTH, HEIGHT, 1, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64");
        raster_fill(d);
        raster_box(d, 1, 0, 0, 3 + 5 * i, HEIGHT, 0);
        raster_box(d, 1, 0, 0, WIDTH, 2 + 7 * i, 0);
        GDALClose(d);
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    imx_sources_finish();
    return 0;
}

static imx_plan *make_plan(imx_memory *memory) {
    imx_error err = IMX_ERROR_INIT;
    imx_plan *plan = imx_calloc(memory, 1, sizeof *plan);
    plan->memory = memory;
    plan->scenes = imx_calloc(memory, RASTERS, sizeof *plan->scenes);
    plan->operations = imx_calloc(memory, RASTERS, sizeof *plan->operations);
    for (int i = 0; i < RASTERS; i++) {
        char path[32];
        name_of(i, path);
        assert_int_equal(imx_source_probe(memory, path, NULL, BLOCK_LIMIT, NULL, &err, &plan->scenes[i]), IMX_OK);
        plan->scene_count++;
    }
    plan->grid = imx_grid_find("WebMercatorQuad");
    plan->pyramid = (imx_pyramid){.zoom_max = 14, .tile_px = 256};
    assert_int_equal(imx_plan_chain(plan, &err), IMX_OK); /* which reads full resolution */
    assert_int_equal(imx_collars_create(plan, 0, &err), IMX_OK);
    return plan;
}

typedef struct heard {
    char text[RASTERS * 160];
    size_t lines, steps;
} heard;

static void on_log(void *context, imx_log_level level, const char *text) {
    heard *h = context;
    (void)level;
    const size_t at = strlen(h->text);
    (void)snprintf(h->text + at, sizeof h->text - at, "%s\n", text);
    h->lines++;
}

static void on_done(void *context, size_t done, size_t all) {
    heard *h = context;
    assert_true(all == RASTERS && done == ++h->steps);
}

/* One of each raster's pixels in the collar, counted. */
static void check_collars(const imx_plan *plan) {
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    for (int i = 0; i < RASTERS; i++) {
        const imx_asset *asset = &plan->scenes[i].assets[0];
        imx_source *source = NULL;
        imx_error err = IMX_ERROR_INIT;
        static uint8_t rgba[4 * 256 * 256];
        bool empty;
        assert_true(imx_collar_knows(asset->collar, 0));
        assert_int_equal(imx_source_open(NULL, &kernels, asset, &err, &source), IMX_OK);
        assert_int_equal(imx_source_read_block(source, 0, 0, 0, rgba, 4 * (ptrdiff_t)256, &err, &empty), IMX_OK);
        assert_false(empty);
        for (int y = 0; y < 256; y += 3) {
            for (int x = 0; x < 256; x += 3) {
                const bool in = x < 3 + 5 * i || y < 2 + 7 * i;
                assert_int_equal(rgba[4 * (256 * y + x) + 3], in ? 0 : 255);
            }
        }
        imx_source_close(&source);
    }
}

static void test_threads(void **state) {
    (void)state;
    static heard first;
    for (unsigned threads = 0; threads < 9; threads++) {
        imx_memory *memory = NULL;
        imx_log *log = NULL;
        imx_error err = IMX_ERROR_INIT;
        static heard h;
        memset(&h, 0, sizeof h);
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        assert_int_equal(imx_log_create(NULL, IMX_LOG_INFO, on_log, &h, &log), IMX_OK);
        imx_plan *plan = make_plan(memory);
        const imx_collars_options options = {threads, on_done, &h};
        assert_int_equal(imx_collars_find(plan, &options, log, &err), IMX_OK);
        assert_true(h.lines == RASTERS && h.steps == RASTERS);
        first = threads ? first : h;
        assert_string_equal(h.text, first.text);
        check_collars(plan);
        assert_int_equal(imx_collars_find(plan, &options, log, &err), IMX_OK); /* nothing is left to be done */
        assert_true(h.lines == RASTERS && h.steps == RASTERS);
        imx_plan_destroy(&plan);
        imx_log_destroy(&log);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
}

/* Bounds that are enough for one after the other are enough for any number of threads. */
static void test_little_memory(void **state) {
    (void)state;
    size_t least = 0;
    for (size_t limit = 200 << 10; !least; limit += 16 << 10) {
        for (unsigned threads = 1; threads < 6; threads += 4) {
            imx_memory *memory = NULL;
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(imx_memory_create(limit, &memory), IMX_OK);
            imx_plan *plan = make_plan(memory);
            const imx_collars_options options = {threads, NULL, NULL};
            const imx_status status = imx_collars_find(plan, &options, NULL, &err);
            assert_true(status == IMX_OK || (status == IMX_E_NOMEM && err.text[0] && !least));
            least = status == IMX_OK ? limit : least;
            assert_true(threads == 1 || !least || status == IMX_OK);
            imx_plan_destroy(&plan);
            assert_int_equal(imx_memory_used(memory), 0);
            imx_memory_destroy(&memory);
        }
    }
    assert_true(least > 200 << 10);
    /* an allocation that fails among several threads is made up for by one of them alone */
    for (size_t nth = 1; nth < 120; nth += 7) {
        imx_memory *memory = NULL;
        imx_error err = IMX_ERROR_INIT;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_plan *plan = make_plan(memory);
        imx_memory_fail_nth(memory, nth);
        const imx_collars_options options = {3, NULL, NULL};
        const imx_status status = imx_collars_find(plan, &options, NULL, &err);
        assert_true(status == IMX_OK || (nth == 1 && status == IMX_E_NOMEM));
        if (status == IMX_OK) {
            check_collars(plan);
        }
        imx_plan_destroy(&plan);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
}

static void test_damage(void **state) {
    (void)state;
    char path[32];
    for (int i = 2; i < RASTERS; i += 2) { /* 2, 4, 6: cut off */
        name_of(i, path);
        VSILFILE *file = VSIFOpenL(path, "rb+");
        assert_int_equal(VSIFTruncateL(file, 20000), 0);
        (void)VSIFCloseL(file);
    }
    for (unsigned threads = 1; threads < 8; threads++) {
        imx_memory *memory = NULL;
        imx_error err = IMX_ERROR_INIT;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_plan *plan = make_plan(memory);
        const imx_collars_options options = {threads, NULL, NULL};
        assert_int_equal(imx_collars_find(plan, &options, NULL, &err), IMX_E_INPUT);
        assert_non_null(strstr(err.text, "/vsimem/c2.tif"));
        imx_plan_destroy(&plan);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
