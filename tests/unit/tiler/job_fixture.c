/* tests/unit/tiler/job_fixture.c: see job_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <ogr_srs_api.h>
#include <unistd.h>

#include "tests/unit/engine/rasters.h"
#include "tests/unit/tiler/job_fixture.h"

enum { HOLE_X = 90, HOLE_Y = 110, HOLE_W = 130, HOLE_H = 70 };

static GDALDatasetH create(const char *path, int64_t x, int64_t y, int width, int height) {
    const imx_grid *grid = imx_grid_find("WebMercatorQuad");
    double res = imx_grid_res(grid, JOB_ZOOM, JOB_TILE);
    double geotransform[6] = {grid->top.origin_x + (double)x * res, res, 0, grid->top.origin_y - (double)y * res, 0, -res};
    GDALDatasetH dataset =
        raster_create(path, width, height, 3, "TILED=YES BLOCKXSIZE=128 BLOCKYSIZE=128 COMPRESS=DEFLATE");
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    assert_int_equal(OSRImportFromEPSG(crs, 3857), OGRERR_NONE);
    assert_int_equal(GDALSetGeoTransform(dataset, geotransform), CE_None);
    assert_int_equal(GDALSetSpatialRef(dataset, crs), CE_None);
    OSRDestroySpatialReference(crs);
    raster_fill(dataset);
    return dataset;
}

void job_fixture_raster(const char *path, int64_t x, int64_t y, int width, int height) {
    GDALClose(create(path, x, y, width, height));
}

int job_fixture_set_up(void **state) {
    imx_sources_init(8 << 20);
    job_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    const char *base = getenv("TMPDIR");
    (void)snprintf(fixture->folder, sizeof fixture->folder, "%.40s/imbrex-job-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->left, sizeof fixture->left, "%s/left.tif", fixture->folder);
    (void)snprintf(fixture->right, sizeof fixture->right, "%s/right.tif", fixture->folder);
    (void)snprintf(fixture->target, sizeof fixture->target, "%s/out.pmtiles", fixture->folder);
    job_fixture_raster(fixture->left, JOB_LEFT_X, JOB_LEFT_Y, JOB_SCENE_W, JOB_SCENE_H);
    GDALDatasetH right = create(fixture->right, JOB_RIGHT_X, JOB_RIGHT_Y, JOB_SCENE_W, JOB_SCENE_H);
    for (int band = 1; band <= 3; band++) {
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(right, band), 0), CE_None);
        raster_box(right, band, HOLE_X, HOLE_Y, HOLE_W, HOLE_H, 0);
    }
    GDALClose(right);
    *state = fixture;
    return 0;
}

int job_fixture_tear_down(void **state) {
    job_fixture *fixture = *state;
    DIR *folder = opendir(fixture->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    imx_sources_finish();
    return 0;
}

static bool inside(int64_t x, int64_t y, int64_t w, int64_t h) { return x >= 0 && y >= 0 && x < w && y < h; }

void job_fixture_expect(int64_t x, int64_t y, uint8_t rgba[4]) {
    int64_t right_x = x - JOB_RIGHT_X, right_y = y - JOB_RIGHT_Y, left_x = x - JOB_LEFT_X, left_y = y - JOB_LEFT_Y;
    bool right = inside(right_x, right_y, JOB_SCENE_W, JOB_SCENE_H) &&
                 !inside(right_x - HOLE_X, right_y - HOLE_Y, HOLE_W, HOLE_H);
    bool left = inside(left_x, left_y, JOB_SCENE_W, JOB_SCENE_H);
    memset(rgba, 0, 4);
    for (int c = 0; c < 3 && (left || right); c++) {
        rgba[c] =
            right ? raster_value(c + 1, (int)right_x, (int)right_y) : raster_value(c + 1, (int)left_x, (int)left_y);
    }
    rgba[3] = left || right ? 255 : 0;
}

imx_job_options job_fixture_options(const char *const inputs[], size_t count) {
    imx_job_options options = {.inputs = inputs,
                               .input_count = count,
                               .grid = "WebMercatorQuad",
                               .zoom_min = 10,
                               .zoom_max_auto = true,
                               .tile_px = JOB_TILE,
                               .resample = IMX_RESAMPLE_NEAREST,
                               .mosaic = IMX_MOSAIC_OVER,
                               .error_threshold_px = 1.0 / 64,
                               .codec = IMX_CODEC_OPTIONS_DEFAULT,
                               .source_overviews = true,
                               .name = "two scenes"};
    options.codec.format = IMX_FORMAT_PNG;
    return options;
}

imx_status job_fixture_run(imx_memory *memory, const imx_job_options *options, const char *target, unsigned threads,
                           imx_error *err, imx_job_report *report) {
    imx_plan *plan = NULL;
    imx_job *job = NULL;
    imx_run_options run = {
        .threads = threads, .cpu_mask = imx_cpu_detect(), .target = target, .store = {.overwrite = true}};
    imx_status s = imx_analyse(memory, options, NULL, err, &plan);
    s = s ? s : imx_job_create(memory, plan, &run, err, &job);
    s = s ? s : imx_job_run(job, err, report);
    imx_job_destroy(&job);
    imx_plan_destroy(&plan);
    return s;
}

imx_hash job_fixture_hash(const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, file), size);
    (void)fclose(file);
    imx_hash hash = imx_hash_bytes(bytes, size);
    free(bytes);
    return hash;
}

void job_fixture_write(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void job_fixture_check_folder(const job_fixture *fixture, bool target) {
    int found = 0;
    DIR *folder = opendir(fixture->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (!strcmp(entry->d_name, "out.pmtiles")) {
            found++;
        } else if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
                   (length < 4 || strcmp(entry->d_name + length - 4, ".tif"))) {
            fail_msg("left behind: %s", entry->d_name);
        }
    }
    closedir(folder);
    assert_int_equal(found, target);
}
