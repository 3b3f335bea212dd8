/* The deep check, over a store made up for the purpose: what it counts, which faults it finds and names, and that
 * neither depends on the threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/tiler/pictures.h"
#include "tiler/store_kind.h"
#include "tiler/tile_id.h"
#include "tiler/verify.h"

enum { SIDE = 32, TILES_MAX = 2000 };

static imx_kernels kernels;

/* ---- a store in memory --------------------------------------------------------------------------------------------
 */

typedef struct made_up {
    imx_store_reader reader;
    imx_stored_tile tiles[TILES_MAX];
    size_t count;
    bool unsound; /* imx_store_check fails */
} made_up;

static imx_status each(imx_store_reader *reader, imx_store_visit_fn visit, void *context, imx_error *err) {
    made_up *store = (made_up *)(void *)reader;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < store->count && status == IMX_OK; i++) {
        const imx_stored_tile *tile = &store->tiles[i];
        imx_tile_ref ref = {.data = tile->blob.data, .size = tile->blob.size, .type = tile->type};
        status = visit(context, tile->tile, &ref, err);
    }
    return status;
}

static imx_status check(imx_store_reader *reader, imx_error *err) {
    return ((made_up *)(void *)reader)->unsound ? imx_fail(err, IMX_E_INPUT, "the header is upside down") : IMX_OK;
}

static const imx_store_kind KIND = {.name = "made up", .each = each, .check = check};

static imx_blob encode(imx_format format, picture kind, int32_t side, uint32_t seed, imx_tile_type *type) {
    imx_codec_options options = IMX_CODEC_OPTIONS_DEFAULT;
    options.format = format;
    options.webp_method = 0;
    imx_encoder *encoder = NULL;
    imx_blob blob = {NULL, 0};
    imx_pixels pixels = picture_make(kind, side, side, seed);
    assert_int_equal(imx_encoder_create(NULL, &kernels, &options, NULL, &encoder), IMX_OK);
    assert_int_equal(imx_encode(encoder, &pixels, 0, NULL, &blob, type), IMX_OK);
    imx_encoder_destroy(&encoder);
    imx_pixels_destroy(NULL, &pixels);
    return blob;
}

static void put(made_up *store, uint64_t id, imx_format format, picture kind, int32_t side, uint32_t seed) {
    imx_stored_tile *tile = &store->tiles[store->count++];
    tile->tile = imx_tile_from_id(id);
    tile->blob = encode(format, kind, side, seed, &tile->type);
}

/* Zooms 0 to 5, 1365 tiles: photographs, edges, seas and nothing, as JPEG and PNG. More than one batch. */
static int setup(void **state) {
    made_up *store = imx_calloc(NULL, 1, sizeof *store);
    assert_non_null(store);
    store->reader.kind = &KIND;
    store->reader.info = (imx_archive_info){
        .grid_id = (char *)"WebMercatorQuad", .tile_px = SIDE, .zoom_max = 5, .tiles_addressed = 1365};
    for (uint64_t id = 0; id < 1365; id++) {
        if (id % 3 == 0 && id < 1200) {
            put(store, id, IMX_FORMAT_AUTO, PICTURE_TEXTURE, SIDE, (uint32_t)id);
        } else if (id % 3 == 1) {
            put(store, id, IMX_FORMAT_AUTO, PICTURE_EDGE, SIDE, (uint32_t)id % 50);
        } else {
            put(store, id, IMX_FORMAT_AUTO, id % 2 ? PICTURE_SINGLE : PICTURE_EMPTY, SIDE, 0);
        }
    }
    *state = store;
    return 0;
}

static int teardown(void **state) {
    made_up *store = *state;
    for (size_t i = 0; i < store->count; i++) {
        imx_free(NULL, store->tiles[i].blob.data);
    }
    imx_free(NULL, store);
    return 0;
}

/* ---- what it finds ------------------------------------------------------------------------------------------------
 */

/* With no pool, one thread and three: the same status, text and report. */
static imx_status verify(made_up *store, imx_error *err, imx_verify_report *report) {
    imx_status status = imx_verify_reader(NULL, &kernels, &store->reader, NULL, err, report);
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        imx_pool *pool = NULL;
        imx_error again = IMX_ERROR_INIT;
        imx_verify_report other;
        assert_int_equal(imx_pool_create(NULL, threads, NULL, &pool), IMX_OK);
        assert_int_equal(imx_verify_reader(NULL, &kernels, &store->reader, pool, &again, &other), status);
        assert_string_equal(again.text, err->text);
        assert_memory_equal(&other, report, sizeof other);
        imx_pool_destroy(&pool);
    }
    return status;
}

static void test_sound(void **state) {
    made_up *store = *state;
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    if (verify(store, &err, &report) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    imx_verify_count png = {0}, jpeg = {0}, zoom3 = {0};
    uint64_t single = 0, empty = 0;
    for (size_t id = 0; id < 1365; id++) {
        imx_verify_count *count = store->tiles[id].type == IMX_TILE_PNG ? &png : &jpeg;
        count->tiles++;
        count->bytes += store->tiles[id].blob.size;
        if (id >= 21 && id < 85) {
            zoom3.tiles++;
            zoom3.bytes += store->tiles[id].blob.size;
        }
        bool plain = id % 3 == 2 || (id % 3 == 0 && id >= 1200);
        single += plain;
        empty += plain && id % 2 == 0;
    }
    assert_int_equal(report.all.tiles, 1365);
    assert_int_equal(report.all.bytes, png.bytes + jpeg.bytes);
    assert_memory_equal(&report.by_type[IMX_TILE_PNG], &png, sizeof png);
    assert_memory_equal(&report.by_type[IMX_TILE_JPEG], &jpeg, sizeof jpeg);
    assert_int_equal(report.by_type[IMX_TILE_WEBP].tiles, 0);
    assert_memory_equal(&report.by_zoom[3], &zoom3, sizeof zoom3);
    assert_int_equal(report.by_zoom[6].tiles, 0);
    assert_int_equal(report.single_colour, single);
    assert_int_equal(report.empty, empty);
    /* 400 photographs, 50 edges, 2 plain ones; a few more where contents met in the table */
    assert_in_range(report.decoded, 452, 560);
}

static void assert_fault(made_up *store, uint64_t before, const char *text) {
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    assert_int_equal(verify(store, &err, &report), IMX_E_INPUT);
    assert_string_equal(err.text, text);
    assert_int_equal(report.all.tiles, before);
}

static void test_structure_first(void **state) {
    made_up *store = *state;
    store->unsound = true;
    store->tiles[0].blob.size = 1;
    assert_fault(store, 0, "the header is upside down");
}

static void test_damaged_tile(void **state) {
    made_up *store = *state;
    store->tiles[1102].blob.size -= 5; /* PNG; in the second batch */
    store->tiles[1200].type = IMX_TILE_WEBP;
    assert_int_equal(store->tiles[1102].type, IMX_TILE_PNG);
    imx_tile tile = store->tiles[1102].tile;
    char text[100];
    (void)snprintf(text, sizeof text, "tile %u/%u/%u: damaged PNG: it ends early", tile.z, tile.x, tile.y);
    assert_fault(store, 1102, text);
}

static void test_first_fault_wins(void **state) { /* a tile that is plainly wrong behind one that must be decoded */
    made_up *store = *state;
    store->tiles[4].blob.size -= 5;
    store->tiles[10].type = IMX_TILE_WEBP;
    store->tiles[13].blob.size = 0;
    assert_fault(store, 4, "tile 1/1/0: damaged PNG: it ends early");
}

static void test_wrong_size(void **state) {
    made_up *store = *state;
    imx_stored_tile *tile = &store->tiles[2];
    imx_free(NULL, tile->blob.data);
    tile->blob = encode(IMX_FORMAT_PNG, PICTURE_SMOOTH, 64, 1, &tile->type);
    assert_fault(store, 2, "tile 1/0/1: 64 x 64 px; the archive's tiles measure 32");
    store->reader.info.tile_px = 0; /* it does not say: the first tile does */
    assert_fault(store, 2, "tile 1/0/1: 64 x 64 px; the archive's tiles measure 32");
    store->reader.info.tile_px = SIDE / 2; /* and as much of the neighbours around */
    store->reader.info.buffer_px = SIDE / 4;
    assert_fault(store, 2, "tile 1/0/1: 64 x 64 px; the archive's tiles measure 32");
    store->reader.info.buffer_px = SIDE / 4 + 1;
    assert_fault(store, 0, "tile 0/0/0: 32 x 32 px; the archive's tiles measure 34");
}

static void test_wrong_types(void **state) {
    made_up *store = *state;
    store->reader.info.tile_type = IMX_TILE_JPEG;
    assert_fault(store, 1, "tile 1/0/0: not of the type that the archive declares");
    store->reader.info.tile_type = IMX_TILE_MIXED;
    store->tiles[0].type = IMX_TILE_PNG; /* and is a JPEG */
    assert_fault(store, 0, "tile 0/0/0: not of the type that the archive declares");
    store->tiles[0].blob.size = 2;
    assert_fault(store, 0, "tile 0/0/0: neither PNG nor JPEG nor WebP");
}

static void test_wrong_places(void **state) {
    made_up *store = *state;
    store->reader.info.zoom_max = 4;
    assert_fault(store, 341, "tile 5/0/0: its zoom is not one that the archive declares");
    store->reader.info.zoom_max = 5;
    store->tiles[7].tile = (imx_tile){2, 4, 1};
    assert_fault(store, 7, "tile 2/4/1: there is no such tile in the archive's grid");
    store->reader.info.grid_id = NULL; /* nothing is known of it */
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    assert_int_equal(verify(store, &err, &report), IMX_OK);
}

static void test_wrong_count(void **state) {
    made_up *store = *state;
    store->reader.info.tiles_addressed = 1366;
    assert_fault(store, 1365, "holds 1365 tiles and declares 1366");
    store->reader.info.tiles_addressed = 0; /* unknown */
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    assert_int_equal(verify(store, &err, &report), IMX_OK);
}

static void test_empty_archive(void **state) {
    made_up *store = *state;
    size_t count = store->count;
    store->count = 0;
    store->reader.info.tiles_addressed = 0;
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    assert_int_equal(verify(store, &err, &report), IMX_OK);
    assert_int_equal(report.all.tiles + report.decoded, 0);
    store->count = count;
}

static void test_nth_allocation_fails(void **state) {
    made_up *store = *state;
    size_t count = store->count;
    store->count = 6;
    store->reader.info.tiles_addressed = 6;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    imx_pool *pool = NULL;
    assert_int_equal(imx_pool_create(NULL, 2, NULL, &pool), IMX_OK);
    imx_status status = IMX_E_NOMEM;
    size_t nth = 0;
    while (status != IMX_OK) {
        imx_verify_report report;
        imx_error err = IMX_ERROR_INIT;
        imx_memory_fail_nth(memory, ++nth);
        status = imx_verify_reader(memory, &kernels, &store->reader, nth % 2 ? pool : NULL, &err, &report);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        assert_int_equal(imx_memory_used(memory), 0);
        assert_true(nth < 200);
    }
    imx_pool_destroy(&pool);
    imx_memory_destroy(&memory);
    store->count = count;
}

static void test_paths(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    assert_int_equal(imx_verify(NULL, &kernels, "/nowhere/at-all.pmtiles", NULL, &err, &report), IMX_E_INPUT);
    assert_memory_equal(err.text, "/nowhere/at-all.pmtiles: ", 25);
    assert_null(strstr(err.text + 25, "/nowhere"));
}

static void test_foreign_archive(void **state) {
    (void)state;
    static const char path[] = IMX_TEST_DATA "/archives/martin_png.pmtiles";
    if (access(path, R_OK) != 0) {
        skip();
    }
    imx_error err = IMX_ERROR_INIT;
    imx_verify_report report;
    if (imx_verify(NULL, &kernels, path, NULL, &err, &report) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(report.by_type[IMX_TILE_PNG].tiles, report.all.tiles);
    assert_true(report.all.tiles > 0);
}

int main(void) {
    imx_kernels_init(&kernels, imx_cpu_detect());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_structure_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_tile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_first_fault_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_count, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nth_allocation_fails, setup, teardown),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_foreign_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
