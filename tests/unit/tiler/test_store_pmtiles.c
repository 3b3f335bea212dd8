/* tests/unit/tiler/test_store_pmtiles.c: written archives, read by our reader and by one that follows the specification
 * alone. */
#include "store_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pmtiles_by_spec.h"
#include "tiler/tile_id.h"

static const imx_store_options plain = {.overwrite = false}, over = {.overwrite = true};
enum { PNG = 1 << IMX_TILE_PNG, JPEG = 1 << IMX_TILE_JPEG, WEBP = 1 << IMX_TILE_WEBP };

typedef struct state {
    char *folder, *path, *other;
    imx_memory *memory;
} state;

static int set_up(void **context) {
    static state own;
    own.folder = scratch_create();
    own.path = scratch_path(own.folder, "a.pmtiles");
    own.other = scratch_path(own.folder, "b.pmtiles");
    assert_int_equal(imx_memory_create(0, &own.memory), IMX_OK);
    *context = &own;
    return 0;
}

static int tear_down(void **context) {
    state *own = *context;
    assert_int_equal(imx_memory_used(own->memory), 0);
    imx_memory_destroy(&own->memory);
    free(own->path);
    free(own->other);
    scratch_remove(&own->folder);
    return 0;
}

static imx_store_reader *open_checked(state *own, const char *path) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    if (imx_store_reader_open(own->memory, path, &err, &reader) != IMX_OK || imx_store_check(reader, &err) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return reader;
}

static void seen_tile(void *context, uint32_t z, uint32_t x, uint32_t y, const uint8_t *data, size_t size) {
    const imx_stored_tile *wanted = tile_set_find(context, (imx_tile){z, x, y});
    assert_non_null(wanted);
    assert_int_equal(size, wanted->blob.size);
    assert_memory_equal(data, wanted->blob.data, size);
}

/* By the specification; the caller frees the metadata. */
static spec_summary assert_by_spec(const char *path, const tile_set *sorted) {
    size_t size;
    uint8_t *file = file_read(path, &size);
    spec_summary sum = spec_read_all(file, size, seen_tile, (void *)(uintptr_t)sorted);
    assert_int_equal(sum.tiles, sorted->count);
    assert_int_equal(sum.header.addressed, sorted->count);
    assert_int_equal(sum.header.entries, sum.entries);
    assert_int_equal(sum.header.clustered, 1);
    assert_int_equal(sum.header.tile_compression, 1);
    /* The sections add up to the file: `pmtiles verify` (go-pmtiles) asks for that. */
    const spec_header *h = &sum.header;
    assert_int_equal(127 + h->root_length + h->metadata_length + h->leaves_length + h->data_length, size);
    free(file);
    return sum;
}

static void any_order_any_thread(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(5, 600, PNG, 0, 1);
    imx_store_result result = write_set(own->memory, own->path, &plain, &set, 85, 1);
    tile_set_shuffle(&set, 7);
    imx_store_result again = write_set(own->memory, own->other, &plain, &set, 3, 4);
    assert_true(file_equal(own->path, own->other));
    assert_memory_equal(&result, &again, sizeof result);
    struct stat file;
    assert_int_equal(stat(own->path, &file), 0);
    assert_int_equal(result.tiles, set.count);
    assert_int_equal(result.distinct, set.count);
    assert_int_equal(result.bytes, file.st_size);
    assert_int_equal(scratch_count(own->folder), 2); /* no spool is left */

    tile_set_sort(&set);
    spec_summary sum = assert_by_spec(own->path, &set);
    assert_int_equal(sum.header.tile_type, IMX_TILE_PNG);
    assert_int_equal(sum.header.min_zoom, 0);
    assert_int_equal(sum.header.max_zoom, 5);
    assert_int_equal(sum.header.min_lon_e7, -101234568);
    assert_int_equal(sum.header.max_lat_e7, 400000000);
    assert_int_equal(sum.header.center_zoom, 3);
    free(sum.metadata);

    imx_store_reader *reader = open_checked(own, own->path);
    assert_holds(reader, &set);
    assert_string_equal(imx_store_reader_kind(reader), "PMTiles v3");
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

/* Tile data of several pieces of the copy: one run through all of it, and runs that end anywhere. */
static void long_and_short_runs_are_one(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(4, 12000, PNG, 0, 10); /* 341 tiles, 4 to 8 MB */
    imx_store_result result = write_set(own->memory, own->path, &plain, &set, set.count, 1);
    assert_true(result.bytes > 4000000);
    free(assert_by_spec(own->path, &set).metadata);
    imx_store_reader *reader = open_checked(own, own->path);
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    tile_set_shuffle(&set, 1);
    (void)write_set(own->memory, own->other, &plain, &set, 5, 2);
    assert_true(file_equal(own->path, own->other));
    assert_int_equal(scratch_count(own->folder), 2);
    tile_set_free(&set);
}

static void archive_says_of_itself(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(2, 100, JPEG, 0, 2);
    (void)write_set(own->memory, own->path, &plain, &set, 10, 1);
    spec_summary sum = assert_by_spec(own->path, &set);
    assert_string_equal(
        sum.metadata,
        "{\"attribution\":\"nobody\",\"bounds\":[-10.1234568,-20.5,30.25,40.0],\"center\":[10.0,10.0,2],"
        "\"format\":\"jpg\",\"imbrex\":{\"engine\":\"imbrex " IMX_VERSION
        "\",\"etags\":{\"count\":21,\"hash\":\"XXH3-128\","
        "\"offset\":2698,\"size\":504},\"generation\":\"00112233445566778899aabbccddeeff\",\"grid\":"
        "\"WebMercatorQuad\","
        "\"job\":{\"options\":{\"resample\":\"cubic\",\"threshold\":0.10000000000000001},\"scenes\":[{\"id\":\"b\","
        "\"name\":"
        "\"b.tif\"},{\"id\":\"a\",\"name\":\"a.tif\"}]},\"tile_size\":256,\"tiles\":21},\"maxzoom\":2,\"minzoom\":0,"
        "\"name\":\"Fixture \xe5\x8f\xa0\xe7\x93\xa6\",\"type\":\"overlay\"}");
    free(sum.metadata);
    imx_store_reader *reader = open_checked(own, own->path);
    const imx_archive_info *info = imx_store_reader_info(reader);
    assert_string_equal(info->name, fixture_info.name);
    assert_string_equal(info->attribution, "nobody");
    assert_null(info->description);
    assert_string_equal(info->grid_id, "WebMercatorQuad");
    assert_string_equal(info->generation, fixture_info.generation);
    assert_string_equal(info->engine, "imbrex " IMX_VERSION);
    assert_string_equal(info->job_json,
                        "{\"options\":{\"resample\":\"cubic\",\"threshold\":0.10000000000000001},\"scenes\":[{\"id\":"
                        "\"b\",\"name\":\"b.tif\"},{\"id\":\"a\",\"name\":\"a.tif\"}]}");
    assert_int_equal(info->tile_type, IMX_TILE_JPEG);
    assert_int_equal(info->tile_px, 256);
    assert_int_equal(info->zoom_max, 2);
    assert_int_equal(info->center_zoom, 2);
    assert_int_equal(info->tiles_addressed, 21);
    assert_int_equal(info->tiles_distinct, 21);
    assert_true(info->west == -10.1234568 && info->north == 40);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

static void equal_tiles_are_one(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(6, 200, PNG, 1, 3); /* the sea: one content */
    imx_store_result result = write_set(own->memory, own->path, &plain, &set, 85, 3);
    assert_int_equal(result.tiles, 5461);
    assert_int_equal(result.distinct, 1);
    assert_true(result.bytes < 1500);
    spec_summary sum = assert_by_spec(own->path, &set);
    assert_int_equal(sum.entries, 1);
    assert_int_equal(sum.header.contents, 1);
    free(sum.metadata);
    imx_store_reader *reader = open_checked(own, own->path);
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    tile_set_free(&set);

    set = tile_set_pyramid(5, 200, PNG | JPEG, 7, 4);
    (void)write_set(own->memory, own->other, &plain, &set, 11, 3);
    sum = assert_by_spec(own->other, &set);
    assert_int_equal(sum.header.contents, 7);
    assert_true(sum.entries < set.count && sum.entries > 1000);
    assert_int_equal(sum.header.tile_type, 0);
    assert_non_null(strstr(sum.metadata, "\"format\":\"mixed\""));
    free(sum.metadata);
    reader = open_checked(own, own->other);
    assert_int_equal(imx_store_reader_info(reader)->tile_type, IMX_TILE_MIXED);
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

typedef struct getter {
    imx_store_reader *reader;
    const tile_set *set;
    uint64_t seed;
    size_t wrong;
} getter;

static void *get_many(void *context) {
    getter *own = context;
    for (int i = 0; i < 20000; i++) {
        const imx_stored_tile *tile = &own->set->tiles[next_random(&own->seed) % own->set->count];
        imx_tile_ref ref;
        imx_tile_key key = {NULL, NULL, tile->tile};
        bool good = imx_store_get(own->reader, &key, NULL, &ref) == IMX_OK && ref.size == tile->blob.size &&
                    memcmp(ref.data, tile->blob.data, ref.size) == 0;
        own->wrong += !good;
        if (good) {
            imx_tile_ref_release(own->reader, &ref);
        }
    }
    return NULL;
}

static void many_tiles_have_leaves(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(8, 24, PNG, 0, 5); /* 87,381 tiles */
    tile_set_shuffle(&set, 8);
    (void)write_set(own->memory, own->path, &plain, &set, 85, 2);
    tile_set_sort(&set);
    spec_summary sum = assert_by_spec(own->path, &set);
    assert_int_equal(sum.leaf_directories, 22); /* of 4096 entries */
    free(sum.metadata);
    imx_store_reader *reader = open_checked(own, own->path);
    getter getters[4];
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        getters[i] = (getter){reader, &set, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, get_many, &getters[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(getters[i].wrong, 0);
    }
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

static void gaps_are_not_found(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(4, 50, WEBP, 0, 6);
    tile_set part = {set.tiles + 30, 100}; /* zooms 2 to 4 */
    (void)write_set(own->memory, own->path, &plain, &part, 10, 1);
    imx_store_reader *reader = open_checked(own, own->path);
    for (size_t i = 0; i < set.count; i++) {
        imx_tile_ref ref = {0};
        imx_error err = IMX_ERROR_INIT;
        imx_tile_key key = {NULL, NULL, set.tiles[i].tile};
        assert_int_equal(imx_store_get(reader, &key, &err, &ref), i >= 30 && i < 130 ? IMX_OK : IMX_E_NOT_FOUND);
        assert_string_equal(err.text, "");
    }
    const imx_tile outside[] = {{5, 0, 0}, {2, 4, 0}, {2, 0, 4}, {31, 0, 0}, {UINT32_MAX, 0, 0}, {30, 1u << 30, 0}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        imx_tile_ref ref;
        imx_tile_key key = {NULL, NULL, outside[i]};
        assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_E_NOT_FOUND);
    }
    imx_tile_ref ref;
    imx_tile_key key = {"another", NULL, set.tiles[40].tile};
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_E_NOT_FOUND);
    key.layer = fixture_info.name;
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_OK);
    key.time = "2020-01-01";
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_E_NOT_FOUND);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

static void target_is_protected(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    const imx_grid *mercator = imx_grid_find("WebMercatorQuad");
    file_write(own->path, "old", 3);
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &plain, &err, &writer), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "a.pmtiles: exists already; --overwrite replaces it"));
    assert_null(writer);
    /* Aborted: as before, and nothing beside it. */
    tile_set set = tile_set_pyramid(2, 100, PNG, 0, 7);
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_OK);
    assert_int_equal(put_all(writer, &set, 5, 1), IMX_OK);
    imx_store_writer_abort(&writer);
    assert_null(writer);
    size_t size;
    uint8_t *old = file_read(own->path, &size);
    assert_int_equal(size, 3);
    free(old);
    assert_int_equal(scratch_count(own->folder), 1);
    /* Replaced. */
    (void)write_set(own->memory, own->path, &over, &set, 5, 1);
    imx_store_reader *reader = open_checked(own, own->path);
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
    /* A folder of that name, a grid that it cannot hold, a name that says nothing, a folder that is not there. */
    assert_int_equal(mkdir(own->other, 0777), 0);
    assert_int_equal(imx_store_writer_create(own->memory, own->other, mercator, &over, &err, &writer), IMX_E_USAGE);
    assert_int_equal(
        imx_store_writer_create(own->memory, "x.pmtiles", imx_grid_find("WorldCRS84Quad"), &plain, &err, &writer),
        IMX_E_USAGE);
    assert_non_null(strstr(err.text, "WebMercatorQuad only"));
    assert_int_equal(imx_store_writer_create(own->memory, "x.tiles", mercator, &plain, &err, &writer), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "NAME.pmtiles"));
    assert_int_equal(imx_store_writer_create(own->memory, "/no/such/folder/x.pmtiles", mercator, &plain, &err, &writer),
                     IMX_E_IO);
    assert_null(writer);
}

static void killed_writer_loses_nothing(void **context) {
    state *own = *context;
    file_write(own->path, "old", 3);
    tile_set set = tile_set_pyramid(3, 100, PNG, 0, 8);
    pid_t child = fork();
    if (child == 0) {
        imx_store_writer *writer = NULL;
        if (imx_store_writer_create(NULL, own->path, imx_grid_find("WebMercatorQuad"), &over, NULL, &writer) ==
            IMX_OK) {
            (void)put_all(writer, &set, 5, 1);
        }
        _exit(writer ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(scratch_count(own->folder), 2); /* the old one, and the dead one's spool */
    size_t size;
    uint8_t *old = file_read(own->path, &size);
    assert_int_equal(size, 3);
    free(old);
    (void)write_set(own->memory, own->path, &over, &set, 5, 1);
    assert_int_equal(scratch_count(own->folder), 1);
    tile_set_free(&set);
}

static void bad_puts_are_refused(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    imx_store_result result;
    const imx_grid *mercator = imx_grid_find("WebMercatorQuad");
    /* Nothing at all. */
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &plain, &err, &writer), IMX_OK);
    assert_int_equal(imx_store_writer_commit(&writer, &fixture_info, &err, &result), IMX_E_INPUT);
    assert_null(writer);
    assert_int_equal(scratch_count(own->folder), 0);
    /* The same tile twice: once with equal bytes, once not. */
    uint8_t first[64] = "\x89PNG\r\n\x1a\n", second[64] = "\x89PNG\r\n\x1a\n!";
    for (int differ = 0; differ < 2; differ++) {
        imx_stored_tile twice[] = {{{0, 0, 0}, IMX_TILE_PNG, {first, 64}},
                                   {{0, 0, 0}, IMX_TILE_PNG, {differ ? second : first, 64}}};
        imx_metatile metatile = {{0, 0, 0}, twice, 2, NULL};
        assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_OK);
        assert_int_equal(imx_store_writer_put(writer, &metatile, &err), IMX_OK);
        assert_int_equal(imx_store_writer_commit(&writer, &fixture_info, &err, &result),
                         differ ? IMX_E_INTERNAL : IMX_OK);
        assert_true(differ || result.tiles == 1);
    }
    /* A tile that cannot be; commit after that. */
    imx_stored_tile outside = {{1, 2, 0}, IMX_TILE_PNG, {first, 64}};
    imx_metatile metatile = {{1, 2, 0}, &outside, 1, NULL};
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_OK);
    assert_int_equal(imx_store_writer_put(writer, &metatile, &err), IMX_E_INTERNAL);
    assert_int_equal(imx_store_writer_commit(&writer, &fixture_info, &err, &result), IMX_E_INTERNAL);
}

/* The whole life of an archive while the nth allocation fails: an error each time, nothing lost, nothing leaked. */
static imx_status live(imx_memory *memory, const char *path, const tile_set *set) {
    imx_store_writer *writer = NULL;
    imx_store_reader *reader = NULL;
    imx_error err = IMX_ERROR_INIT;
    imx_store_result result;
    imx_status status = imx_store_writer_create(memory, path, imx_grid_find("WebMercatorQuad"), &over, &err, &writer);
    if (status == IMX_OK) {
        status = put_all(writer, set, 500, 1);
        if (status != IMX_OK) {
            imx_store_writer_abort(&writer);
        } else {
            status = imx_store_writer_commit(&writer, &fixture_info, &err, &result);
        }
    }
    if (status == IMX_OK) {
        status = imx_store_reader_open(memory, path, &err, &reader);
    }
    if (status == IMX_OK) {
        status = imx_store_check(reader, &err);
        imx_store_reader_close(&reader);
    }
    assert_null(writer);
    assert_null(reader);
    return status;
}

static void every_allocation_may_fail(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(7, 24, PNG, 0, 9); /* 21,845: enough for leaves */
    size_t nth = 1;
    imx_status status;
    do {
        assert_true(nth < 1000);
        imx_memory_fail_nth(own->memory, nth++);
        status = live(own->memory, own->path, &set);
        imx_memory_fail_nth(own->memory, 0);
        assert_true(status == IMX_OK || status == IMX_E_NOMEM);
        assert_int_equal(imx_memory_used(own->memory), 0);
        assert_true(scratch_count(own->folder) <= 1);
    } while (status != IMX_OK);
    assert_true(nth > 60);
    tile_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_order_any_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_and_short_runs_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(archive_says_of_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_tiles_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_tiles_have_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gaps_are_not_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(target_is_protected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_writer_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_puts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
