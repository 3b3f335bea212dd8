/* The GeoTIFF store: heads of both kinds of TIFF as libtiff reads them, samples through every predictor, and what is
 * left behind where memory runs out at any point. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <tiffio.h>

#include "tiler/cog.h"

enum { SIDE = 64, COLUMNS = 3, ROWS = 2 };

static char folder[] = "/tmp/imbrex-cog-XXXXXX";
static char path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/out.tif", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails if anything else was left */
}

static uint16_t keys[4] = {1, 1, 0, 0};

/* A raster of 3 x 2 blocks, the last of each cut off. */
static imx_cog_options options_of(imx_type type, uint32_t bands, bool mask) {
    return (imx_cog_options){.width = (COLUMNS - 1) * SIDE + 10,
                             .height = (ROWS - 1) * SIDE + 20,
                             .type = type,
                             .bands = bands,
                             .colours = bands == 3 ? 3 : 1,
                             .mask = mask,
                             .has_nodata = !mask,
                             .nodata = 7,
                             .tile_px = SIDE,
                             .origin_x = 1000,
                             .origin_y = 2000,
                             .res_x = 2,
                             .res_y = 3,
                             .keys = {.directory = keys, .directory_count = 4}};
}

static double value_at(uint32_t band, uint64_t x, uint64_t y) { return (double)((x * 7 + y * 13 + band * 31) % 251); }
static bool valid_at(uint64_t x, uint64_t y) { return (x + y) % 5 != 0; }

static void set(imx_pixels *pixels, int32_t band, int32_t x, int32_t y, double v) {
    void *at = (uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride + x * pixels->pixel_stride;
    switch (pixels->type) {
    case IMX_U8: *(uint8_t *)at = (uint8_t)v; break;
    case IMX_U16: *(uint16_t *)at = (uint16_t)v; break;
    case IMX_I16: *(int16_t *)at = (int16_t)v; break;
    default: *(float *)at = (float)v; break;
    }
}

/* u32 and i32 are encoded from doubles. */
static void set_number(imx_pixels *pixels, int32_t band, int32_t x, int32_t y, double v) {
    void *at = (uint8_t *)pixels->data + band * pixels->band_stride + y * pixels->row_stride + x * pixels->pixel_stride;
    if (pixels->type == IMX_F64) {
        *(double *)at = v;
    } else {
        set(pixels, band, x, y, v);
    }
}

static imx_status put_tile(imx_memory *memory, imx_cog_encoder *encoder, imx_store_writer *writer,
                           const imx_cog_options *o, uint32_t x, uint32_t y, imx_error *err) {
    imx_pixels pixels = {0};
    imx_status status = imx_pixels_create_planar(memory, imx_cog_working_type(o->type), (int32_t)o->bands, SIDE, SIDE,
                                                 (int32_t)o->bands, err, &pixels);
    for (int32_t i = 0; status == IMX_OK && i < (int32_t)o->bands * SIDE * SIDE; i++) {
        int32_t band = i / (SIDE * SIDE), row = i / SIDE % SIDE, column = i % SIDE;
        uint64_t px = x * SIDE + (uint64_t)column, py = y * SIDE + (uint64_t)row;
        set_number(&pixels, band, column, row, value_at((uint32_t)band, px, py));
        pixels.valid[i] = valid_at(px, py) ? 255 : 0;
    }
    imx_stored_tile tile = {.tile = {2, x, y}};
    if (status == IMX_OK) {
        status = imx_cog_encode(encoder, tile.tile, &pixels, err, &tile.blob);
    }
    if (status == IMX_OK) {
        imx_metatile unit = {tile.tile, &tile, 1, NULL};
        status = imx_store_writer_put(writer, &unit, err);
    }
    imx_free(memory, tile.blob.data);
    imx_pixels_destroy(memory, &pixels);
    return status;
}

/* All but one tile, in an odd order. *moved: imx_cog_moved(). */
static imx_status write_raster(imx_memory *memory, const imx_cog_options *o, imx_error *err, uint64_t *moved) {
    imx_cog_encoder *encoder = NULL;
    imx_store_writer *writer = NULL;
    imx_store_result result;
    imx_kernels kernels;
    imx_kernels_init(&kernels, imx_cpu_detect());
    const imx_store_options options = {.cog = o, .overwrite = true};
    imx_status status = imx_cog_encoder_create(memory, &kernels, o, err, &encoder);
    status = status ? status
                    : imx_store_writer_create(memory, path, imx_grid_find("WebMercatorQuad"), &options, err, &writer);
    for (int i = COLUMNS * ROWS - 1; i > 0 && !status; i--) {
        status = put_tile(memory, encoder, writer, o, (uint32_t)i % COLUMNS, (uint32_t)i / COLUMNS, err);
    }
    if (!status) {
        const imx_archive_info info = {.zoom_min = 1, .zoom_max = 2};
        status = imx_store_writer_commit(&writer, &info, err, &result);
    }
    *moved = encoder ? imx_cog_moved(encoder) : 0;
    imx_store_writer_abort(&writer);
    imx_cog_encoder_destroy(&encoder);
    return status;
}

static double sample(const uint8_t *tile, imx_type type, size_t i) {
    switch (type) {
    case IMX_U8: return tile[i];
    case IMX_U16: return ((const uint16_t *)(const void *)tile)[i];
    case IMX_I16: return ((const int16_t *)(const void *)tile)[i];
    case IMX_U32: return ((const uint32_t *)(const void *)tile)[i];
    case IMX_I32: return ((const int32_t *)(const void *)tile)[i];
    case IMX_F64: return ((const double *)(const void *)tile)[i];
    default: return (double)((const float *)(const void *)tile)[i];
    }
}

/* What is written for a valid value: nodata is not. */
static double written_for(const imx_cog_options *o, double v) {
    const double beside = o->type == IMX_F32   ? (double)(float)(7 + 35 * (double)FLT_EPSILON)
                          : o->type == IMX_F64 ? 7 + 35 * (double)FLT_EPSILON
                                               : 6;
    return o->has_nodata && v == 7 ? beside : v;
}

/* Returns how many valid samples within the raster equal nodata. */
static uint64_t check_tile(TIFF *file, const imx_cog_options *o, uint32_t x, uint32_t y) {
    uint64_t meet = 0;
    static uint8_t tile[SIDE * SIDE * 5 * 8];
    uint32_t number = TIFFComputeTile(file, x * SIDE, y * SIDE, 0, 0);
    assert_true(TIFFReadEncodedTile(file, number, tile, -1) > 0);
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        uint64_t px = x * SIDE + i % SIDE, py = y * SIDE + i / SIDE;
        for (uint32_t band = 0; band < o->bands; band++) {
            const double v = value_at(band, px, py);
            const double wanted = valid_at(px, py) ? written_for(o, v) : o->has_nodata ? 7 : 0;
            assert_true(sample(tile, o->type, i * o->bands + band) == wanted);
            meet += o->has_nodata && valid_at(px, py) && v == 7 && px < o->width && py < o->height;
        }
    }
    return meet;
}

static void check_mask(TIFF *file, uint32_t x, uint32_t y) {
    uint8_t bits[SIDE * SIDE / 8];
    assert_int_equal(TIFFReadEncodedTile(file, TIFFComputeTile(file, x * SIDE, y * SIDE, 0, 0), bits, -1), sizeof bits);
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        assert_int_equal(bits[i / 8] >> (7 - i % 8) & 1, valid_at(x * SIDE + i % SIDE, y * SIDE + i / SIDE));
    }
}

static void test_types(void **state) {
    (void)state;
    static const imx_type types[] = {IMX_U8, IMX_U16, IMX_I16, IMX_F32, IMX_U32, IMX_I32, IMX_F64};
    for (uint32_t i = 0; i < 7 * 2 * 3; i++) {
        const imx_cog_options o = options_of(types[i % 7], i / 14 * 2 + 1, i / 7 % 2);
        imx_error err = IMX_ERROR_INIT;
        imx_memory *memory = NULL;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        uint64_t moved, meet = 0;
        if (write_raster(memory, &o, &err, &moved) != IMX_OK) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
        TIFF *file = TIFFOpen(path, "r");
        assert_non_null(file);
        uint32_t w, h;
        assert_true(TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &w) && TIFFGetField(file, TIFFTAG_IMAGELENGTH, &h));
        assert_true(w == o.width && h == o.height);
        for (uint32_t t = 1; t < COLUMNS * ROWS; t++) {
            meet += check_tile(file, &o, t % COLUMNS, t / COLUMNS);
        }
        assert_int_equal(moved, meet);
        assert_true(o.mask || meet > 0);
        assert_int_equal(TIFFGetStrileOffset(file, 0), 0); /* nothing was put there */
        assert_int_equal(TIFFNumberOfDirectories(file), o.mask ? 4 : 2);
        if (o.mask) {
            assert_true(TIFFSetDirectory(file, 1));
            for (uint32_t t = 1; t < COLUMNS * ROWS; t++) {
                check_mask(file, t % COLUMNS, t / COLUMNS);
            }
        }
        TIFFClose(file);
    }
}

/* Integers as gdalwarp; floats so far that GDAL (|a - b| < 2 FLT_EPSILON |a + b|) does not take them for nodata. */
static void test_beside_nodata(void **state) {
    (void)state;
    static const struct {
        imx_type type;
        double nodata, beside;
    } rows[] = {{IMX_U8, 0, 1},
                {IMX_U8, 255, 254},
                {IMX_U8, 2, 1},
                {IMX_I8, -128, -127},
                {IMX_I8, 5, 4},
                {IMX_U16, 0, 1},
                {IMX_U16, 65535, 65534},
                {IMX_I16, -32768, -32767},
                {IMX_I16, -9999, -10000},
                {IMX_U32, 0, 1},
                {IMX_U32, 4294967295.0, 4294967294.0},
                {IMX_I32, -2147483648.0, -2147483647.0},
                {IMX_F32, 0, 0x1p-149},
                {IMX_F32, INFINITY, FLT_MAX},
                {IMX_F32, -INFINITY, -FLT_MAX},
                {IMX_F64, 0, 0x1p-1074},
                {IMX_F64, INFINITY, DBL_MAX},
                {IMX_F64, -INFINITY, -DBL_MAX}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const imx_cog_options o = {.type = rows[i].type, .has_nodata = true, .nodata = rows[i].nodata};
        assert_true(imx_cog_beside(&o) == rows[i].beside);
    }
    static const double floats[] = {-9999, 2, 1e30, -0x1p-149, 0x1p-149, -1e-320, 65535, FLT_MAX, -FLT_MAX};
    for (size_t i = 0; i < 2 * sizeof floats / sizeof *floats; i++) {
        const imx_cog_options o = {.type = i % 2 ? IMX_F32 : IMX_F64, .has_nodata = true, .nodata = floats[i / 2]};
        const double from = i % 2 ? (double)(float)o.nodata : o.nodata, to = imx_cog_beside(&o);
        assert_true(isfinite(to) && to != from && fabs(to - from) <= 6 * (double)FLT_EPSILON * fabs(from) + 0x1p-149);
        assert_true(o.type == IMX_F64 || (double)(float)to == to);
        assert_true(fabs(to - from) >= 2 * (double)FLT_EPSILON * fabs(to + from));
        assert_int_equal(to > from, from < (double)FLT_MAX || o.type == IMX_F64);
    }
}

/* By GDAL's comparison itself, in the samples' type. */
static bool gdal_takes_for_nodata(imx_type type, double nodata, double v) {
    const float a = (float)v, b = (float)nodata;
    return type == IMX_F32 ? a == b || fabsf(a - b) < FLT_EPSILON * fabsf(a + b) * 2
                           : v == nodata || fabs(v - nodata) < DBL_EPSILON * fabs(v + nodata) * 2;
}

static void test_unread(void **state) {
    (void)state;
    static const double large[] = {FLT_MAX, -FLT_MAX, 2e38, -3e38, 1e38, -1e33}, usual[] = {-9999, 0, 1e30, -1e31};
    imx_cog_options o = {.type = IMX_F32, .has_nodata = true};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        const float sign = large[i] < 0 ? -1 : 1;
        o.nodata = large[i];
        const double from = imx_cog_unread_from(&o);
        const float first = (double)(float)from >= from ? (float)from : nextafterf((float)from, FLT_MAX),
                    last = nextafterf(first, 0);
        assert_true(gdal_takes_for_nodata(IMX_F32, o.nodata, (double)(sign * first)));
        assert_false(gdal_takes_for_nodata(IMX_F32, o.nodata, (double)(sign * last)));
        assert_false(gdal_takes_for_nodata(IMX_F32, o.nodata, (double)(-sign * FLT_MAX)));
        o.type = IMX_F64;
        assert_true(isinf(imx_cog_unread_from(&o)));
        o.type = IMX_F32;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        o.nodata = usual[i];
        assert_true(isinf(imx_cog_unread_from(&o)));
    }
    o.nodata = (double)NAN;
    assert_true(isinf(imx_cog_unread_from(&o)));
    o = (imx_cog_options){.type = IMX_F32, .nodata = FLT_MAX}; /* it has none */
    assert_true(isinf(imx_cog_unread_from(&o)));
    o = (imx_cog_options){.type = IMX_U32, .has_nodata = true, .nodata = UINT32_MAX};
    assert_true(isinf(imx_cog_unread_from(&o)));
    o = (imx_cog_options){.type = IMX_F64, .has_nodata = true, .nodata = -DBL_MAX};
    const double from = imx_cog_unread_from(&o);
    assert_true(gdal_takes_for_nodata(IMX_F64, -DBL_MAX, -from));
    assert_false(gdal_takes_for_nodata(IMX_F64, -DBL_MAX, -nextafter(from, 0)));
}

/* The same head in both kinds of TIFF. */
static void test_heads(void **state) {
    (void)state;
    uint64_t places[4 * COLUMNS * ROWS];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        places[i] = 5000 + i;
    }
    const size_t n = COLUMNS * ROWS;
    imx_cog_options o = options_of(IMX_U16, 5, true);
    o.metadata = "<GDALMetadata></GDALMetadata>";
    o.alpha = true;
    const imx_cog_level level = {o.width, o.height, COLUMNS, ROWS, places, places + n, places + 2 * n, places + 3 * n};
    for (int big = 0; big < 2; big++) {
        imx_blob head;
        assert_int_equal(imx_cog_head(NULL, &o, &level, 1, big, NULL, &head), IMX_OK);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(head.data, 1, head.size, file), head.size);
        assert_int_equal(fclose(file), 0);
        imx_free(NULL, head.data);
        TIFF *tiff = TIFFOpen(path, "r");
        assert_non_null(tiff);
        assert_int_equal(TIFFIsBigTIFF(tiff), big);
        uint16_t count, *kinds, bits, format;
        assert_true(TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds));
        assert_int_equal(count, 4);
        assert_int_equal(kinds[3], EXTRASAMPLE_UNASSALPHA);
        assert_true(TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits) &&
                    TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format));
        assert_true(bits == 16 && format == SAMPLEFORMAT_UINT);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(TIFFGetStrileOffset(tiff, i), 5000 + i);
            assert_int_equal(TIFFGetStrileByteCount(tiff, i), 5000 + n + i);
        }
        assert_true(TIFFSetDirectory(tiff, 1));
        uint32_t kind;
        assert_true(TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind));
        assert_int_equal(kind, FILETYPE_MASK);
        assert_int_equal(TIFFGetStrileOffset(tiff, 1), 5000 + 2 * n + 1);
        assert_true(TIFFLastDirectory(tiff));
        TIFFClose(tiff);
    }
}

/* A table of colours, and what GDAL's tag says; a name with everything that XML has to have escaped. */
static void test_notes(void **state) {
    (void)state;
    uint8_t palette[3 * 2] = {1, 2, 255, 4, 0, 6};
    char name[] = "a <b> & \"c\"\x01", unit[] = "m";
    imx_band_note note = {1, IMX_COLOUR_PALETTE, name, unit, palette, 2, false};
    uint64_t places[4 * COLUMNS * ROWS] = {0};
    imx_cog_options o = options_of(IMX_U8, 1, false);
    o.notes = &note;
    const size_t n = COLUMNS * ROWS;
    const imx_cog_level level = {o.width, o.height, COLUMNS, ROWS, places, places + n, places + 2 * n, places + 3 * n};
    char *metadata;
    assert_int_equal(imx_cog_metadata(NULL, &o, NULL, NULL, &metadata), IMX_OK);
    assert_string_equal(metadata,
                        "<GDALMetadata>\n"
                        "  <Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">a &amp;lt;b&amp;gt; &amp;amp; "
                        "&amp;quot;c&amp;quot;?</Item>\n"
                        "  <Item name=\"UNITTYPE\" sample=\"0\" role=\"unittype\">m</Item>\n"
                        "</GDALMetadata>\n");
    imx_free(NULL, metadata);
    imx_blob head;
    assert_int_equal(imx_cog_head(NULL, &o, &level, 1, false, NULL, &head), IMX_OK);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(head.data, 1, head.size, file), head.size);
    assert_int_equal(fclose(file), 0);
    imx_free(NULL, head.data);
    TIFF *tiff = TIFFOpen(path, "r");
    assert_non_null(tiff);
    uint16_t photometric, *red, *green, *blue;
    assert_true(TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) &&
                TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue));
    assert_int_equal(photometric, PHOTOMETRIC_PALETTE);
    assert_true(red[0] == 257 && green[0] == 514 && blue[0] == 65535 && red[1] == 1028 && green[1] == 0 &&
                blue[1] == 1542 && red[2] == 0 && blue[255] == 0);
    TIFFClose(tiff);
    o.type = IMX_F32; /* no table of colours for these */
    assert_false(imx_cog_has_palette(&o));
}

static void test_no_memory(void **state) {
    (void)state;
    const imx_cog_options o = options_of(IMX_F32, 2, true);
    imx_status status = IMX_E_NOMEM;
    uint64_t moved;
    (void)unlink(path);
    for (size_t nth = 1; status == IMX_E_NOMEM; nth++) {
        imx_memory *memory = NULL;
        imx_error err = IMX_ERROR_INIT;
        assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
        imx_memory_fail_nth(memory, nth);
        status = write_raster(memory, &o, &err, &moved);
        imx_memory_fail_nth(memory, 0);
        assert_int_equal(imx_memory_used(memory), 0);
        imx_memory_destroy(&memory);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        assert_int_equal(access(path, F_OK), status == IMX_OK ? 0 : -1);
        assert_true(nth > 10 || status != IMX_OK);
    }
    assert_int_equal(status, IMX_OK);
}

static void test_refusals(void **state) {
    (void)state;
    imx_store_writer *writer = NULL;
    imx_error err = IMX_ERROR_INIT;
    const imx_store_options none = {0};
    assert_int_equal(imx_store_writer_create(NULL, path, imx_grid_find("WebMercatorQuad"), &none, &err, &writer),
                     IMX_E_USAGE);
    assert_non_null(strstr(err.text, "imbrex warp"));
    const imx_cog_options o = options_of(IMX_U8, 1, true);
    const imx_store_options options = {.cog = &o};
    assert_int_equal(imx_store_writer_create(NULL, path, imx_grid_find("WebMercatorQuad"), &options, &err, &writer),
                     IMX_E_USAGE);
    assert_non_null(strstr(err.text, "--overwrite"));
    imx_store_result result;
    const imx_archive_info info = {.zoom_max = 2};
    const imx_store_options over = {.cog = &o, .overwrite = true};
    assert_int_equal(imx_store_writer_create(NULL, path, imx_grid_find("WebMercatorQuad"), &over, &err, &writer),
                     IMX_OK);
    assert_int_equal(imx_store_writer_commit(&writer, &info, &err, &result), IMX_E_INPUT); /* not one tile */
    assert_int_equal(access(path, F_OK), 0);                                               /* what was there stays */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),     cmocka_unit_test(test_heads),    cmocka_unit_test(test_notes),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_refusals), cmocka_unit_test(test_beside_nodata),
        cmocka_unit_test(test_unread),
    };
    TIFFSetWarningHandler(NULL);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
