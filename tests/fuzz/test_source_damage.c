/* tests/fuzz/test_source_damage.c: damaged GeoTIFFs. Small files of several kinds, changed in a few bytes, cut, or with
 * numbers of their directory replaced: each is either refused in one line that names it, or read block by block;
 * nothing crashes (the sanitizers watch), hangs, or stays in memory, and no block claims more than was allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_conv.h>
#include <cpl_vsi.h>
#include <time.h>

#include "tests/unit/engine/rasters.h"

enum { SIDE = 64, MUTATIONS = 120, BLOCKS_MAX = 64, BLOCK_LIMIT = 4 << 20, CASE_SECONDS_MAX = 5 };

/* In memory GDAL reads it; on the disk, in the folder the test runs in, the fast path does. */
static const char *const in_memory = "/vsimem/victim.tif", *const on_disk = "source_damage_victim.tif";

typedef struct kind {
    int bands;
    const char *options;
    bool nodata, mask, overview;
} kind;

static const kind kinds[] = {
    {3, "TILED=YES BLOCKXSIZE=16 BLOCKYSIZE=16 COMPRESS=DEFLATE PREDICTOR=2", true, false, false},
    {1, "BLOCKYSIZE=8 COMPRESS=LZW", false, false, true},
    {4, "COMPRESS=PACKBITS INTERLEAVE=BAND", false, false, false},
    {3, "TILED=YES BLOCKXSIZE=32 BLOCKYSIZE=32 COMPRESS=JPEG PHOTOMETRIC=YCBCR", false, true, false},
    {3, "BIGTIFF=YES", false, false, true},
    {1, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=ZSTD SPARSE_OK=TRUE ENDIANNESS=BIG", true, false, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static bytes make(const kind *k) {
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    GDALDatasetH dataset = raster_create(in_memory, SIDE, SIDE, k->bands, k->options);
    raster_fill(dataset);
    if (k->nodata) {
        assert_int_equal(GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 0), CE_None);
    }
    if (k->mask) {
        assert_int_equal(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET), CE_None);
        GDALRasterBandH mask = GDALGetMaskBand(GDALGetRasterBand(dataset, 1));
        assert_int_equal(GDALFillRaster(mask, 255, 0), CE_None);
    }
    if (k->overview) {
        int factors[] = {2};
        assert_int_equal(GDALBuildOverviews(dataset, "NEAREST", 1, factors, 0, NULL, NULL, NULL), CE_None);
    }
    GDALClose(dataset);
    vsi_l_offset size = 0;
    GByte *file = VSIGetMemFileBuffer(in_memory, &size, TRUE); /* it is ours now */
    assert_non_null(file);
    bytes out = {malloc(size), size};
    assert_non_null(out.data);
    memcpy(out.data, file, size);
    VSIFree(file);
    return out;
}

static void read_level(const char *victim, imx_source *source, const imx_asset *asset, int32_t level) {
    imx_block_layout l = imx_asset_blocks(asset, level);
    assert_true(l.block_w > 0 && l.block_h > 0 && l.columns > 0 && l.rows > 0);
    size_t size;
    assert_true(imx_size_mul((size_t)l.block_w, (size_t)l.block_h, 4, &size));
    uint8_t *rgba = malloc(size);
    assert_non_null(rgba);
    int read = 0;
    for (int32_t row = 0; row < l.rows && read < BLOCKS_MAX; row++) {
        for (int32_t column = 0; column < l.columns && read < BLOCKS_MAX; column++, read++) {
            bool empty = false;
            imx_error err = IMX_ERROR_INIT;
            imx_status s =
                imx_source_read_block(source, level, column, row, rgba, 4 * (ptrdiff_t)l.block_w, &err, &empty);
            if (s && (s != IMX_E_INPUT || strncmp(err.text, victim, strlen(victim)) || strchr(err.text, '\n'))) {
                fail_msg("%s: %s", imx_status_name(s), err.text);
            }
        }
    }
    free(rgba);
}

/* Whether it was taken for a raster. */
static bool try_file(imx_memory *memory, const imx_kernels *kernels, const char *victim, int *direct) {
    const clock_t begin = clock();
    imx_scene scene = {0};
    imx_error err = IMX_ERROR_INIT;
    const imx_source_options options = {0};
    FILE *heard = tmpfile(), *spoken = stderr; /* libraries never print */
    assert_non_null(heard);
    stderr = heard;
    imx_status s = imx_source_probe(memory, victim, &options, BLOCK_LIMIT, NULL, &err, &scene);
    stderr = spoken;
    long said = ftell(heard);
    (void)fclose(heard);
    assert_int_equal(said, 0);
    if (s) {
        if ((s != IMX_E_INPUT && s != IMX_E_UNSUPPORTED) || strncmp(err.text, victim, strlen(victim)) ||
            strchr(err.text, '\n')) {
            fail_msg("%s: %s", imx_status_name(s), err.text);
        }
    } else {
        imx_source *source = NULL;
        imx_status opened = imx_source_open(memory, kernels, &scene.assets[0], &err, &source);
        assert_true(opened == IMX_OK || opened == IMX_E_INPUT);
        for (int32_t level = 0; !opened && level <= scene.assets[0].overview_count; level++) {
            *direct += imx_source_is_direct(source, level);
            read_level(victim, source, &scene.assets[0], level);
        }
        imx_source_close(&source);
    }
    imx_scene_clear(memory, &scene);
    assert_int_equal(imx_memory_used(memory), 0);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < CASE_SECONDS_MAX);
    return s == IMX_OK;
}

/* Both ways. */
static bool try(imx_memory *memory, const imx_kernels *kernels, const uint8_t *data, size_t size, int *direct) {
    uint8_t *exact = malloc(size ? size : 1); /* so that reading beyond it is seen */
    assert_non_null(exact);
    memcpy(exact, data, size);
    assert_int_equal(VSIFCloseL(VSIFileFromMemBuffer(in_memory, exact, size, FALSE)), 0);
    int none = 0;
    bool taken = try_file(memory, kernels, in_memory, &none);
    assert_int_equal(none, 0);
    VSIUnlink(in_memory);
    free(exact);
    FILE *file = fopen(on_disk, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(try_file(memory, kernels, on_disk, direct), taken);
    (void)remove(on_disk);
    return taken;
}

static uint32_t next(uint32_t *seed) { /* xorshift32 (Marsaglia, 2003) */
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

/* Changes 1 to 4 places: a bit, a byte, or 2 or 4 bytes by a number that programs stumble over. Most of them in the
 * first bytes or the last, where the directories are. */
static void damage(bytes *file, uint32_t *seed) {
    static const uint32_t numbers[] = {0, 1, 2, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
    for (uint32_t n = 1 + next(seed) % 4; n; n--) {
        size_t window = next(seed) % 4 ? 512 : file->size;
        window = window < file->size ? window : file->size;
        size_t place = next(seed) % window;
        place = next(seed) % 4 ? place : file->size - 1 - place;
        uint32_t number = numbers[next(seed) % (sizeof numbers / sizeof *numbers)];
        size_t width = (size_t)1 << next(seed) % 3;
        if (width == 1) {
            uint32_t flip = next(seed) % 2 ? 1u << next(seed) % 8 : 1 + next(seed) % 255;
            file->data[place] = (uint8_t)(file->data[place] ^ flip);
        } else if (place + width <= file->size) {
            memcpy(file->data + place, &number, width);
        }
    }
}

static void test_damage(void **state) {
    imx_memory *memory = *state;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    uint32_t seed = 20260722;
    int taken = 0, refused = 0, direct = 0;
    for (int k = 0; k < KINDS; k++) {
        bytes whole = make(&kinds[k]), copy = {malloc(whole.size), whole.size};
        assert_non_null(copy.data);
        assert_true(try(memory, &kernels, whole.data, whole.size, &direct));
        for (int i = 0; i < MUTATIONS; i++) {
            memcpy(copy.data, whole.data, whole.size);
            copy.size = whole.size;
            damage(&copy, &seed);
            copy.size = i % 4 ? copy.size : next(&seed) % copy.size; /* some are cut as well */
            bool ok = try(memory, &kernels, copy.data, copy.size, &direct);
            taken += ok;
            refused += !ok;
        }
        free(copy.data);
        free(whole.data);
    }
    /* both ways are gone often enough that the test means something */
    assert_true(direct > MUTATIONS / 2);
    assert_true(taken > MUTATIONS / 2 && refused > MUTATIONS / 2);
}

static int set_up(void **state) {
    imx_memory *memory = NULL;
    imx_sources_init(8 << 20);
    *state = imx_memory_create((size_t)256 << 20, &memory) ? NULL : memory;
    return *state ? 0 : -1;
}

static int tear_down(void **state) {
    imx_memory *memory = *state;
    imx_memory_destroy(&memory);
    imx_sources_finish();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
