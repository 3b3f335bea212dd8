/* tests/unit/engine/test_source_ahead.c: read-ahead. What is announced comes into the system's cache, and what is not
 * stays out of it. Skipped where the file system keeps everything in memory anyway. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <fcntl.h>
#include <gdal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "engine/source.h"

enum { SIDE = 2048, BLOCK = 256, WAIT_MS = 10000 };

static char path[96];

/* 8 x 8 blocks of 64 KiB, one after the other. */
static void make(const char *folder) {
    char *options[] = {"TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256", NULL};
    (void)snprintf(path, sizeof path, "%s/imbrex-ahead-%d.tif", folder, (int)getpid());
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path, SIDE, SIDE, 1, GDT_Byte, options);
    assert_non_null(dataset);
    double geotransform[6] = {500000, 10, 0, 4000000, 0, -10};
    assert_int_equal(GDALSetGeoTransform(dataset, geotransform), CE_None);
    assert_int_equal(GDALSetProjection(dataset, "EPSG:32650"), CE_None);
    assert_int_equal(GDALFillRaster(GDALGetRasterBand(dataset, 1), 7, 0), CE_None);
    GDALClose(dataset);
}

/* Share of a part of the file that the system holds. */
static double held(double from, double to) {
    const int fd = open(path, O_RDONLY);
    const off_t size = lseek(fd, 0, SEEK_END);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = ((size_t)size + page - 1) / page;
    void *map = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    unsigned char *in = malloc(pages);
    assert_true(fd >= 0 && map != MAP_FAILED && in);
    assert_int_equal(mincore(map, (size_t)size, in), 0);
    size_t found = 0, asked = 0;
    for (size_t i = (size_t)(from * (double)pages); i < (size_t)(to * (double)pages); i++, asked++) {
        found += in[i] & 1;
    }
    free(in);
    munmap(map, (size_t)size);
    close(fd);
    return (double)found / (double)asked;
}

static void drop(void) {
    const int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fdatasync(fd) == 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    close(fd);
}

static void announced_blocks_are_read_ahead(void **state) {
    (void)state;
    make(getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp");
    const imx_source_options options = {0};
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    imx_scene scene = {0};
    imx_source *source;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_source_probe(NULL, path, &options, 0, NULL, &err, &scene), IMX_OK);
    assert_int_equal(imx_source_open(NULL, &kernels, scene.assets, &err, &source), IMX_OK);
    assert_true(imx_source_is_direct(source, 0));
    drop();
    const bool dropped = held(0.1, 1) == 0;
    if (dropped) {
        /* the fifth and sixth row of blocks: half to three quarters of the file */
        imx_source_announce(source, 0, (const int32_t[4]){10, 4 * BLOCK + 1, SIDE - 20, 2 * BLOCK - 2});
        for (int ms = 0; held(0.51, 0.74) < 1 && ms < WAIT_MS; ms += 10) {
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        assert_true(held(0.51, 0.74) == 1);
        assert_true(held(0.1, 0.49) < 0.1); /* the system may read a little around */
        assert_true(held(0.78, 1) < 0.1);
        imx_source_announce(source, 5, (const int32_t[4]){0, 0, 1, 1}); /* no such level: nothing happens */
    }
    imx_source_close(&source);
    imx_scene_clear(NULL, &scene);
    (void)unlink(path);
    if (!dropped) {
        print_message("%s cannot be dropped from memory\n", path);
        skip();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(announced_blocks_are_read_ahead)};
    imx_sources_init(8 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    imx_sources_finish();
    return failed;
}
