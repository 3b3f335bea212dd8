/* tests/unit/engine/test_predictor_tiff.c: the predictor kernels against libtiff. Small files are written by libtiff
 * with predictors 2 and 3, in both byte orders; their raw tiles are inflated, undone by the kernels of every level of
 * this CPU, and must be what libtiff itself decodes (and what was written). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>
#include <tiffio.h>
#include <unistd.h>

#include "kernels/kernels.h"

enum { SIDE = 48, SAMPLES_MAX = 40, ROW_BYTES_MAX = SIDE * SAMPLES_MAX * 8 };

typedef struct picture {
    imx_width width;
    uint16_t predictor, samples; /* a pixel */
    bool planar, big_endian;
} picture;

static char path[64];
static uint8_t written[SIDE * ROW_BYTES_MAX], decoded[SIDE * ROW_BYTES_MAX], raw[2 * SIDE * ROW_BYTES_MAX],
    inflated[SIDE * ROW_BYTES_MAX], undone[ROW_BYTES_MAX];

/* Slopes with noise: bytes of any value, exponents that are near each other. */
static void draw(const picture *p, size_t values) {
    uint32_t state = 1;
    for (size_t i = 0; i < values; i++) {
        state = state * 1664525u + 1013904223u;
        const double slope = (double)(i % 1000) * 1.25 - 300 + (state >> 20);
        const uint64_t any = (uint64_t)state * 0x9e3779b97f4a7c15u;
        if (p->predictor == PREDICTOR_FLOATINGPOINT && p->width == IMX_WIDTH_64) {
            memcpy(written + 8 * i, &slope, 8);
        } else if (p->predictor == PREDICTOR_FLOATINGPOINT && p->width == IMX_WIDTH_32) {
            const float value = (float)slope;
            memcpy(written + 4 * i, &value, 4);
        } else {
            memcpy(written + (i << p->width), &any, (size_t)1 << p->width);
        }
    }
}

static void write_picture(const picture *p, size_t tile_bytes, uint16_t tiles) {
    TIFF *tiff = TIFFOpen(path, p->big_endian ? "wb" : "wl");
    assert_non_null(tiff);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, SIDE);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, SIDE);
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, SIDE);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, SIDE);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8 << p->width);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, p->samples);
    const uint16_t extra[SAMPLES_MAX] = {EXTRASAMPLE_UNSPECIFIED};
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, p->samples - 1, extra);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, p->planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
                 p->predictor == PREDICTOR_FLOATINGPOINT ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, p->predictor);
    for (uint32_t tile = 0; tile < tiles; tile++) {
        memcpy(decoded, written + tile * tile_bytes, tile_bytes); /* libtiff differences in place */
        assert_int_equal(TIFFWriteEncodedTile(tiff, tile, decoded, (tmsize_t)tile_bytes), tile_bytes);
    }
    TIFFClose(tiff);
}

/* A row of an inflated tile, undone by the kernels, is the one at `want`. */
static void check_row(const imx_kernels *k, const picture *p, const uint8_t *row, size_t stride, const uint8_t *want) {
    const size_t n = SIDE * stride, bytes = n << p->width;
    static uint8_t work[ROW_BYTES_MAX];
    memcpy(work, row, bytes);
    if (p->predictor == PREDICTOR_FLOATINGPOINT) {
        imx_predictor3(&k->predictor, p->width, work, n, stride, undone);
    } else {
        if (p->big_endian) { /* tests run on little-endian machines */
            k->predictor.swap[p->width](work, n);
        }
        k->predictor.sums[p->width](work, n, stride);
        memcpy(undone, work, bytes);
    }
    assert_memory_equal(undone, want, bytes);
}

static void check_picture(const picture *p) {
    const size_t stride = p->planar ? 1 : p->samples, row_bytes = (SIDE * stride) << p->width;
    const size_t tile_bytes = SIDE * row_bytes;
    const uint16_t tiles = p->planar ? p->samples : 1;
    draw(p, (size_t)SIDE * SIDE * p->samples);
    write_picture(p, tile_bytes, tiles);
    TIFF *tiff = TIFFOpen(path, "r");
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    assert_non_null(tiff);
    assert_non_null(inflate);
    for (uint32_t tile = 0; tile < tiles; tile++) {
        assert_int_equal(TIFFReadEncodedTile(tiff, tile, decoded, (tmsize_t)tile_bytes), tile_bytes);
        if (p->predictor == PREDICTOR_HORIZONTAL || !p->big_endian) {
            assert_memory_equal(decoded, written + tile * tile_bytes, tile_bytes);
        } /* else libtiff 4.5 swaps bytes before it takes the planes, and not when it reads */
        const tmsize_t raw_bytes = TIFFReadRawTile(tiff, tile, raw, sizeof raw);
        assert_true(raw_bytes > 0);
        assert_int_equal(libdeflate_zlib_decompress(inflate, raw, (size_t)raw_bytes, inflated, tile_bytes, NULL),
                         LIBDEFLATE_SUCCESS);
        assert_memory_not_equal(inflated, decoded, tile_bytes); /* there is something to undo */
        for (unsigned mask = 0; mask < 2; mask++) {
            imx_kernels k;
            imx_kernels_init(&k, mask ? ~0u : IMX_CPU_NONE);
            for (size_t y = 0; y < SIDE; y++) {
                check_row(&k, p, inflated + y * row_bytes, stride, decoded + y * row_bytes);
            }
        }
    }
    libdeflate_free_decompressor(inflate);
    TIFFClose(tiff);
}

static void check_all(uint16_t predictor, imx_width first, imx_width last) {
    static const uint16_t samples[] = {1, 2, 3, 4, 5, 7, 13, SAMPLES_MAX};
    for (imx_width width = first; width <= last; width++) {
        for (size_t s = 0; s < sizeof samples / sizeof *samples; s++) {
            for (int kind = 0; kind < 4; kind++) {
                check_picture(&(picture){width, predictor, samples[s], kind & 1, kind >> 1});
            }
        }
    }
}

static void test_horizontal(void **state) {
    (void)state;
    check_all(PREDICTOR_HORIZONTAL, IMX_WIDTH_8, IMX_WIDTH_64);
}

static void test_floating_point(void **state) {
    (void)state;
    check_all(PREDICTOR_FLOATINGPOINT, IMX_WIDTH_16, IMX_WIDTH_64);
}

static int set_up(void **state) {
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/imbrex-predictor-XXXXXX");
    const int file = mkstemp(path);
    return file < 0 || close(file);
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_horizontal),
        cmocka_unit_test(test_floating_point),
    };
    return cmocka_run_group_tests_name("predictors against libtiff", tests, set_up, tear_down);
}
