/* tests/unit/engine/test_source_data.c: every real raster is probed: it gives a scene that reads as plain GDAL reads
 * it, or one clear line. Damaged ones are also read, behind a VRT that lends them a place. Skipped where the data are
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <cpl_error.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/engine/rasters.h"
#include "tests/unit/engine/sources_fixture.h"

enum { BLOCK_LIMIT = 64 << 20, COMPARE_PX = 3 << 20 };

static void check_refusal(const char *path, imx_status status, const imx_error *err) {
    if ((status != IMX_E_INPUT && status != IMX_E_UNSUPPORTED) || err->status != status ||
        strncmp(err->text, path, strlen(path)) != 0 || strchr(err->text, '\n')) {
        fail_msg("%s: status %d, \"%s\"", path, (int)status, err->text);
    }
}

static void check_sound(const char *path, int *good, int *refused) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_source_probe(NULL, path, NULL, BLOCK_LIMIT, NULL, &err, &scene);
    if (status != IMX_OK) {
        check_refusal(path, status, &err);
        ++*refused;
        return;
    }
    const imx_asset *a = scene.assets;
    if ((int64_t)a->width * a->height <= COMPARE_PX) {
        const raster_rule rule = {
            .red = a->bands[0],
            .green = a->band_count == 3 ? a->bands[1] : 0,
            .blue = a->band_count == 3 ? a->bands[2] : 0,
            .alpha = a->validity == IMX_VALID_ALPHA ? a->alpha_band : 0,
            .mask = a->validity == IMX_VALID_MASK,
            .palette = a->palette,
            .palette_alpha = a->palette && a->validity == IMX_VALID_ALPHA,
            .has_nodata = a->validity == IMX_VALID_NODATA,
            .nodata = a->validity == IMX_VALID_NODATA ? (uint8_t)a->nodata[0] : 0,
        };
        (void)raster_check(&scene, &rule);
    }
    ++*good;
    imx_scene_clear(NULL, &scene);
}

/* Reads every block; a scene or an error, both are answers. */
static void read_damaged(const char *path, int *good, int *refused) {
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    imx_memory *memory;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_source *source = NULL;
    imx_status status = imx_source_probe(memory, path, NULL, BLOCK_LIMIT, NULL, &err, &scene);
    if (status == IMX_OK) {
        status = imx_source_open(memory, &kernels, scene.assets, &err, &source);
    }
    for (int32_t level = 0; status == IMX_OK && level <= scene.assets->overview_count; level++) {
        imx_block_layout l = imx_asset_blocks(scene.assets, level);
        uint8_t *rgba = malloc(4 * (size_t)l.block_w * (size_t)l.block_h);
        for (int32_t i = 0; status == IMX_OK && i < l.columns * l.rows; i++) {
            bool empty;
            status = imx_source_read_block(source, level, i % l.columns, i / l.columns, rgba, 4 * (ptrdiff_t)l.block_w,
                                           &err, &empty);
        }
        free(rgba);
    }
    if (status != IMX_OK) {
        check_refusal(path, status, &err);
    }
    ++*(status == IMX_OK ? good : refused);
    imx_source_close(&source);
    imx_scene_clear(memory, &scene);
    assert_true(imx_memory_peak(memory) <= BLOCK_LIMIT);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static void check_damaged(const char *path, int *good, int *refused) {
    static const char *const vrt = "/vsimem/damaged.vrt";
    read_damaged(path, good, refused);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    GDALDatasetH dataset = GDALOpen(path, GA_ReadOnly);
    GDALDatasetH copy = dataset ? GDALCreateCopy(GDALGetDriverByName("VRT"), vrt, dataset, 0, NULL, NULL, NULL) : NULL;
    if (copy) {
        raster_place(copy);
        GDALClose(copy);
    }
    if (dataset) {
        GDALClose(dataset);
    }
    CPLPopErrorHandler();
    if (copy) {
        read_damaged(vrt, good, refused);
    }
}

static void walk(const char *folder, void (*check)(const char *, int *, int *), int *good, int *refused) {
    DIR *dir = opendir(folder);
    if (!dir) {
        print_message("skipped: no %s\n", folder);
        return;
    }
    for (struct dirent *item; (item = readdir(dir));) {
        char path[1024];
        struct stat stat_of;
        (void)snprintf(path, sizeof path, "%s/%s", folder, item->d_name);
        if (item->d_name[0] == '.' || stat(path, &stat_of) != 0) {
            continue;
        }
        if (S_ISDIR(stat_of.st_mode)) {
            walk(path, check, good, refused);
        } else {
            check(path, good, refused);
        }
    }
    closedir(dir);
}

static void test_sound_rasters(void **state) {
    (void)state;
    static const char *const folders[] = {"scenes", "ortho", "world", "odd", "dem", "rpc"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[1024];
        int good = 0, refused = 0;
        (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_DATA, folders[i]);
        walk(path, check_sound, &good, &refused);
        print_message("%s: %d read, %d refused\n", folders[i], good, refused);
    }
}

static void test_damaged_rasters(void **state) {
    (void)state;
    int good = 0, refused = 0;
    walk(IMX_TEST_DATA "/corrupt", check_damaged, &good, &refused);
    print_message("corrupt: %d read, %d refused\n", good, refused);
}

static void test_known_rasters(void **state) {
    (void)state;
    static const struct {
        const char *name, *crs;
        int bands, overviews;
        imx_validity validity;
        int alpha_band;
        bool palette;
    } cases[] = {
        {"ortho/pix4d_drone_rgba_utm50s.tif", "EPSG:32750", 3, 0, IMX_VALID_ALPHA, 4, false},
        {"ortho/hro_colorado_15cm_mask.tif", "EPSG:26913", 3, 0, IMX_VALID_MASK, 0, false},
        {"ortho/hro_colorado_15cm_nodata.tif", "EPSG:26913", 3, 0, IMX_VALID_NODATA, 0, false},
        {"ortho/naip_nd_20090818.tif", "EPSG:26914", 3, 1, IMX_VALID_NODATA, 0, false}, /* R, G, B, near infrared */
        {"ortho/chicago_webmercator_jpeg_mask.tif", "EPSG:3857", 3, 6, IMX_VALID_MASK, 0, false},
        {"scenes/cbers2_rgb342_crop1.tif", "EPSG:29192", 3, 0, IMX_VALID_ALL, 0, false},
        {"scenes/landsat7_rgb_u8_utm18.tif", "EPSG:32618", 3, 0, IMX_VALID_NODATA, 0, false},
        {"world/polar_wind_10km.tif", "PROJCRS[", 1, 0, IMX_VALID_ALL, 0, false}, /* nodata 9999 */
        {"odd/cog_cmap_7168x8704.tif", "EPSG:3857", 1, 4, IMX_VALID_NODATA, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_DATA, cases[i].name);
        if (access(path, R_OK) != 0) {
            print_message("skipped: no %s\n", path);
            continue;
        }
        imx_scene scene = {0};
        imx_error err = IMX_ERROR_INIT;
        if (imx_source_probe(NULL, path, NULL, BLOCK_LIMIT, NULL, &err, &scene) != IMX_OK) {
            fail_msg("%s", err.text);
        }
        const imx_asset *asset = scene.assets;
        assert_string_equal(scene.id, strchr(cases[i].name, '/') + 1);
        assert_int_equal(strncmp(scene.crs, cases[i].crs, strlen(cases[i].crs)), 0);
        assert_int_equal(asset->band_count, cases[i].bands);
        assert_int_equal(asset->overview_count, cases[i].overviews);
        assert_int_equal(asset->validity, cases[i].validity);
        assert_int_equal(asset->alpha_band, cases[i].alpha_band);
        assert_int_equal(asset->palette, cases[i].palette);
        assert_null(scene.time_start); /* TIFFTAG_DATETIME tells when the file was written */
        imx_scene_clear(NULL, &scene);
    }
}

int main(void) {
    if (access(IMX_TEST_DATA, R_OK) != 0) {
        print_message("skipped: no %s\n", IMX_TEST_DATA);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_rasters),
        cmocka_unit_test(test_sound_rasters),
        cmocka_unit_test(test_damaged_rasters),
    };
    return cmocka_run_group_tests(tests, sources_set_up, sources_tear_down);
}
