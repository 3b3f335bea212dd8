/* tests/unit/tiler/test_store_parts.c: the pieces under the stores: directory codec, leaf cache, tile index, names,
 * metadata. */
#include "store_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tiler/leaf_cache.h"
#include "tiler/store_dir.h"
#include "tiler/store_metadata.h"
#include "tiler/store_pmtiles_gzip.h"
#include "tiler/tile_index.h"

static int set_up(void **context) {
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    *context = memory;
    return 0;
}

static int tear_down(void **context) {
    imx_memory *memory = *context;
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
    return 0;
}

/* Specification, 4.2: TileIDs 5, 42, 69 are written as 5, 37, 27; a contiguous offset as 0. */
static void directory_bytes(void **context) {
    imx_memory *memory = *context;
    imx_error err = IMX_ERROR_INIT;
    const imx_pmtiles_entry entries[] = {{5, 0, 300, 2}, {42, 300, 1, 1}, {69, 7, 128, 0}};
    const uint8_t expected[] = {3, 5, 37, 27, 2, 1, 0, 0xac, 0x02, 1, 0x80, 0x01, 1, 0, 8};
    imx_blob packed = {NULL, 0}, bytes = {NULL, 0};
    assert_int_equal(imx_pmtiles_directory_encode(memory, entries, 3, &err, &packed), IMX_OK);
    assert_int_equal(imx_gzip_unpack(memory, packed.data, packed.size, 1000, &err, &bytes), IMX_OK);
    assert_int_equal(bytes.size, sizeof expected);
    assert_memory_equal(bytes.data, expected, sizeof expected);
    const imx_pmtiles_header header = {.data = {0, 301}, .leaves = {0, 135}};
    imx_pmtiles_directory directory;
    assert_int_equal(
        imx_pmtiles_directory_decode(memory, packed.data, packed.size, IMX_PMTILES_GZIP, &header, &err, &directory),
        IMX_OK);
    assert_int_equal(directory.count, 3);
    assert_memory_equal(directory.entries, entries, sizeof entries);
    assert_null(imx_pmtiles_directory_find(&directory, 4));
    assert_ptr_equal(imx_pmtiles_directory_find(&directory, 5), &directory.entries[0]);
    assert_ptr_equal(imx_pmtiles_directory_find(&directory, 41), &directory.entries[0]);
    assert_ptr_equal(imx_pmtiles_directory_find(&directory, UINT64_MAX), &directory.entries[2]);
    imx_pmtiles_directory_free(memory, &directory);
    imx_free(memory, packed.data);
    imx_free(memory, bytes.data);
}

static void header_bytes(void **context) {
    (void)context;
    uint8_t bytes[IMX_PMTILES_HEADER_BYTES], again[IMX_PMTILES_HEADER_BYTES];
    imx_pmtiles_header header;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 151 + 3);
    }
    memcpy(bytes, "PMTiles\3", 8);
    imx_pmtiles_header_decode(bytes, &header);
    assert_int_equal(header.root.offset, imx_le64(bytes + 8));
    assert_int_equal(header.data.size, imx_le64(bytes + 64));
    assert_int_equal(header.tile_type, bytes[99]);
    assert_int_equal(header.center_zoom, bytes[118]);
    imx_pmtiles_header_encode(&header, again);
    assert_memory_equal(bytes, again, sizeof bytes);
}

/* ---- leaf cache ---- */

enum { LEAVES = 200, LEAF_ENTRIES = 100 };

static imx_leaf *put_leaf(imx_memory *memory, imx_leaf_cache *cache, uint64_t offset) {
    imx_pmtiles_directory directory = {imx_calloc(memory, LEAF_ENTRIES, sizeof(imx_pmtiles_entry)), LEAF_ENTRIES};
    imx_leaf *leaf = NULL;
    assert_non_null(directory.entries);
    directory.entries[LEAF_ENTRIES - 1].id = offset;
    assert_int_equal(imx_leaf_cache_put_take(cache, offset, 9, &directory, &leaf), IMX_OK);
    assert_null(directory.entries);
    return leaf;
}

static void cache_is_bounded(void **context) {
    imx_memory *memory = *context;
    imx_leaf_cache *cache = NULL;
    const size_t limit = 8 * 3 * (LEAF_ENTRIES * sizeof(imx_pmtiles_entry) + 200); /* some three leaves a shard */
    assert_int_equal(imx_leaf_cache_create(memory, limit, &cache), IMX_OK);
    size_t empty = imx_memory_used(memory);
    imx_leaf *held = put_leaf(memory, cache, 0);
    for (uint64_t i = 1; i < 5000; i++) {
        imx_leaf_release(cache, put_leaf(memory, cache, i * 1000));
        assert_true(imx_memory_used(memory) - empty < limit * 3 / 2);
    }
    assert_int_equal(imx_leaf_directory(held)->entries[LEAF_ENTRIES - 1].id, 0); /* put out, but still held */
    assert_null(imx_leaf_cache_get(cache, 0, 9));
    imx_leaf *last = imx_leaf_cache_get(cache, 4999000, 9);
    assert_non_null(last);
    assert_null(imx_leaf_cache_get(cache, 4999000, 8));
    imx_leaf *twin = put_leaf(memory, cache, 4999000); /* two missed at once: the first stays */
    assert_ptr_equal(twin, last);
    imx_leaf_release(cache, twin);
    imx_leaf_release(cache, last);
    imx_leaf_release(cache, held);
    imx_leaf_cache_destroy(&cache);
    assert_null(cache);
}

static void a_leaf_larger_than_the_cache(void **context) {
    imx_memory *memory = *context;
    imx_leaf_cache *cache = NULL;
    assert_int_equal(imx_leaf_cache_create(memory, 16, &cache), IMX_OK);
    for (uint64_t i = 0; i < 100; i++) {
        imx_leaf_release(cache, put_leaf(memory, cache, i));
        imx_leaf *leaf = imx_leaf_cache_get(cache, i, 9);
        assert_non_null(leaf);
        imx_leaf_release(cache, leaf);
    }
    imx_leaf_cache_destroy(&cache);
}

typedef struct user {
    imx_memory *memory;
    imx_leaf_cache *cache;
    uint64_t seed;
    size_t wrong;
} user;

static void *use_cache(void *context) {
    user *own = context;
    for (int i = 0; i < 5000; i++) {
        uint64_t offset = next_random(&own->seed) % LEAVES;
        imx_leaf *leaf = imx_leaf_cache_get(own->cache, offset, 9);
        leaf = leaf ? leaf : put_leaf(own->memory, own->cache, offset);
        own->wrong += imx_leaf_directory(leaf)->entries[LEAF_ENTRIES - 1].id != offset;
        imx_leaf_release(own->cache, leaf);
    }
    return NULL;
}

static void many_threads_share_a_cache(void **context) {
    imx_memory *memory = *context;
    imx_leaf_cache *cache = NULL;
    assert_int_equal(imx_leaf_cache_create(memory, LEAVES / 2 * LEAF_ENTRIES * sizeof(imx_pmtiles_entry), &cache),
                     IMX_OK);
    pthread_t threads[4];
    user users[4];
    for (unsigned i = 0; i < 4; i++) {
        users[i] = (user){memory, cache, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, use_cache, &users[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(users[i].wrong, 0);
    }
    imx_leaf_cache_destroy(&cache);
}

/* ---- tile index ---- */

static void index_finds_equals_and_sorts(void **context) {
    imx_memory *memory = *context;
    imx_tile_index *index = NULL;
    assert_int_equal(imx_tile_index_create(memory, &index), IMX_OK);
    enum { TILES = 50000, CONTENTS = 20011 };
    uint64_t seed = 1;
    for (uint64_t i = 0; i < TILES; i++) {
        uint64_t number = i < CONTENTS ? i : next_random(&seed) % CONTENTS;
        imx_hash hash = imx_hash_bytes(&number, sizeof number);
        bool is_new;
        imx_content *content;
        /* ids: a permutation of 0..TILES-1 (7919 is coprime to it) */
        assert_int_equal(imx_tile_index_add(index, i * 7919 % TILES, &hash, 10, &is_new, &content), IMX_OK);
        assert_int_equal(is_new, i < CONTENTS);
        if (is_new) {
            content->spool_offset = number;
        }
        assert_int_equal(content->spool_offset, number);
    }
    /* the same hash with another size is another content */
    uint64_t zero = 0;
    imx_hash hash = imx_hash_bytes(&zero, sizeof zero);
    bool is_new;
    imx_content *content;
    assert_int_equal(imx_tile_index_add(index, TILES, &hash, 11, &is_new, &content), IMX_OK);
    assert_true(is_new);
    assert_int_equal(imx_tile_index_contents(index), CONTENTS + 1);
    assert_int_equal(imx_tile_index_sort(index), IMX_OK);
    assert_int_equal(imx_tile_index_tiles(index), TILES + 1);
    for (size_t i = 0; i <= TILES; i++) {
        assert_int_equal(imx_tile_index_tile(index, i)->id, i);
    }
    /* 16 bytes a tile, 40 a content, 4 for the order; chunks are rounded up */
    assert_true(imx_memory_used(memory) < 20 * TILES + 40 * CONTENTS + 400000);
    imx_tile_index_destroy(&index);
}

/* ---- names and metadata ---- */

static void names_in_a_folder(void **context) {
    (void)context;
    uint32_t number;
    unsigned extension;
    assert_true(imx_dir_integer("0", 30, &number) && number == 0);
    assert_true(imx_dir_integer("4294967295", UINT32_MAX, &number) && number == UINT32_MAX);
    static const char *const bad[] = {"", "00", "01", "-1", "+1", " 1", "1 ", "1a", "31", "4294967296", "99999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(imx_dir_integer(bad[i], 30, &number));
    }
    assert_false(imx_dir_integer("4294967296", UINT32_MAX, &number));
    assert_true(imx_dir_tile_name("17.png", &number, &extension) && number == 17 && extension == 0);
    assert_true(imx_dir_tile_name("0.jpeg", &number, &extension) &&
                imx_dir_extensions[extension].type == IMX_TILE_JPEG);
    static const char *const strange[] = {"17", ".png", "17.tif", "017.png", "17.png.tmp", "x.png", "12345678901.png"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        assert_false(imx_dir_tile_name(strange[i], &number, &extension));
    }
}

static imx_status read_text(imx_memory *memory, const char *text, imx_archive_info *info, imx_metadata_extra *extra) {
    *info = (imx_archive_info){0};
    return imx_metadata_read(memory, text, strlen(text), NULL, info, extra);
}

static void strange_metadata(void **context) {
    imx_memory *memory = *context;
    imx_archive_info info;
    imx_metadata_extra extra;
    static const char *const bad[] = {"", "{", "[]", "3", "null", "{\"a\":\"\xff\"}", "{}x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_text(memory, bad[i], &info, &extra), IMX_E_INPUT);
        imx_archive_info_clear(memory, &info);
    }
    /* Keys of a type that nobody expects are passed over. */
    assert_int_equal(
        read_text(memory,
                  "{\"name\":3,\"minzoom\":-1,\"maxzoom\":99,\"bounds\":[1,2,3],\"center\":\"1,2\",\"format\":[],"
                  "\"scheme\":1,\"imbrex\":{\"engine\":{},\"tile_size\":1e99,\"tiles\":0.5,\"job\":[],"
                  "\"etags\":{\"count\":\"x\"}}}",
                  &info, &extra),
        IMX_OK);
    assert_null(info.name);
    assert_null(info.engine);
    assert_null(info.job_json);
    assert_int_equal(info.tile_px, 0);
    assert_false(extra.has_zooms || extra.has_bounds || extra.has_format);
    assert_int_equal(extra.etags_count, 0);
    imx_archive_info_clear(memory, &info);
    assert_int_equal(
        read_text(memory, "{\"bounds\":[200,91,1,2],\"minzoom\":5,\"maxzoom\":4,\"imbrex\":7}", &info, &extra), IMX_OK);
    assert_false(extra.has_zooms || extra.has_bounds);
    /* A job that is not an object is our fault, a name that is not UTF-8 cannot be written. */
    char *text = NULL;
    extra = (imx_metadata_extra){0};
    info.tile_type = IMX_TILE_PNG;
    info.job_json = (char *)(uintptr_t) "[]";
    assert_int_equal(imx_metadata_write(memory, &info, &extra, NULL, &text), IMX_E_INTERNAL);
    info.job_json = NULL;
    info.name = (char *)(uintptr_t) "\xff";
    assert_int_equal(imx_metadata_write(memory, &info, &extra, NULL, &text), IMX_E_USAGE);
    assert_null(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(directory_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(header_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cache_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_leaf_larger_than_the_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_threads_share_a_cache, set_up, tear_down),
        cmocka_unit_test_setup_teardown(index_finds_equals_and_sorts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_in_a_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strange_metadata, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
