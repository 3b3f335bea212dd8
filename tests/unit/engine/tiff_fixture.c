/* tests/unit/engine/tiff_fixture.c: see tiff_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/engine/tiff_fixture.h"

char tif[96];
static char folder[64], side[128];
static const char *const place = "2\n0\n0\n-2\n500001\n4000000\n"; /* a world file */

int tiff_set_up(void **state) {
    (void)state;
    imx_sources_init(16 << 20);
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    (void)snprintf(folder, sizeof folder, "/tmp/imbrex-tiff-XXXXXX");
    if (!mkdtemp(folder)) {
        return -1;
    }
    (void)snprintf(tif, sizeof tif, "%s/raster.tif", folder);
    return 0;
}

void tiff_clear(void) {
    static const char *const suffixes[] = {"", ".msk", ".ovr", ".aux.xml"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        (void)snprintf(side, sizeof side, "%s%s", tif, suffixes[i]);
        (void)unlink(side);
    }
    (void)snprintf(side, sizeof side, "%s/raster.tfw", folder);
    (void)unlink(side);
}

int tiff_tear_down(void **state) {
    (void)state;
    tiff_clear();
    imx_sources_finish();
    return rmdir(folder);
}

void tiff_write(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void tiff_add_world_file(void) {
    (void)snprintf(side, sizeof side, "%s/raster.tfw", folder);
    tiff_write(side, place, strlen(place));
}

uint8_t *tiff_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    uint8_t *data = malloc(*size + 1);
    assert_non_null(data);
    rewind(file);
    assert_int_equal(fread(data, 1, *size, file), *size);
    assert_int_equal(fclose(file), 0);
    return data;
}

void tiff_walk(const char *path, void (*visit)(const char *path, void *context), void *context) {
    DIR *dir = opendir(path);
    for (struct dirent *item; dir && (item = readdir(dir));) {
        char inner[1024];
        struct stat found;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, item->d_name);
        const char *extension = CPLGetExtension(item->d_name);
        if (item->d_name[0] == '.' || stat(inner, &found) != 0) {
            continue;
        }
        if (S_ISDIR(found.st_mode)) {
            tiff_walk(inner, visit, context);
        } else if (EQUAL(extension, "tif") || EQUAL(extension, "tiff")) {
            visit(inner, context);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

void tiff_fail_allocations(const imx_asset *asset, uint8_t *out, ptrdiff_t stride, size_t least, size_t most) {
    imx_error err = IMX_ERROR_INIT;
    imx_kernels kernels;
    imx_kernels_init(&kernels, IMX_CPU_NONE);
    imx_status status = IMX_E_NOMEM;
    size_t nth = 0;
    while (status == IMX_E_NOMEM && ++nth < 100) {
        imx_memory *memory;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_memory_fail_nth(memory, nth);
        imx_source *source = NULL;
        bool empty;
        err = (imx_error)IMX_ERROR_INIT;
        status = imx_source_open(memory, &kernels, asset, &err, &source);
        if (status == IMX_OK) {
            assert_true(imx_source_is_direct(source, 0));
            status = imx_source_read_block(source, 0, 0, 0, out, stride, &err, &empty);
        }
        assert_int_equal(err.status, status == IMX_OK ? IMX_OK : IMX_E_NOMEM);
        imx_source_close(&source);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
    }
    assert_int_equal(status, IMX_OK);
    assert_in_range(nth, least, most);
}
