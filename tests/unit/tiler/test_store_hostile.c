/* tests/unit/tiler/test_store_hostile.c: damaged and foreign archives: an error or the right data, never a crash.
 * Written for the sanitizers: what is read out of bounds ends the test there. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiler/pmtiles.h"
#include "tiler/store_pmtiles_gzip.h"
#include "tiler/tile_id.h"

static const imx_store_options plain = {.overwrite = false};
enum { PNG = 1 << IMX_TILE_PNG, JPEG = 1 << IMX_TILE_JPEG };

typedef struct state {
    char *folder, *path;
    imx_memory *memory;
} state;

static int set_up(void **context) {
    static state own;
    own.folder = scratch_create();
    own.path = scratch_path(own.folder, "a.pmtiles");
    assert_int_equal(imx_memory_create((size_t)512 << 20, &own.memory), IMX_OK);
    *context = &own;
    return 0;
}

static int tear_down(void **context) {
    state *own = *context;
    assert_int_equal(imx_memory_used(own->memory), 0);
    imx_memory_destroy(&own->memory);
    free(own->path);
    scratch_remove(&own->folder);
    return 0;
}

static imx_status stop_after_many(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    size_t *seen = context;
    volatile uint8_t touched = ref->data[0] ^ ref->data[ref->size - 1]; /* inside the map, or the sanitizer says so */
    (void)touched, (void)tile, (void)err;
    return ++*seen < 2000 ? IMX_OK : IMX_E_CANCELLED;
}

/* Everything that a reader does; true if all of it found the archive sound. */
static bool exercise(state *own) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    imx_status status = imx_store_reader_open(own->memory, own->path, &err, &reader);
    if (status != IMX_OK) {
        assert_true(status == IMX_E_INPUT || status == IMX_E_UNSUPPORTED || status == IMX_E_NOMEM);
        assert_non_null(strstr(err.text, "a.pmtiles: "));
        return false;
    }
    size_t seen = 0;
    for (uint64_t id = 0; id < 400; id += 7) {
        imx_tile_ref ref = {0};
        imx_tile_key key = {NULL, NULL, imx_tile_from_id(id)};
        if (imx_store_get(reader, &key, &err, &ref) == IMX_OK) {
            (void)stop_after_many(&seen, key.tile, &ref, NULL);
            imx_tile_ref_release(reader, &ref);
        }
    }
    seen = 0;
    status = imx_store_each(reader, stop_after_many, &seen, &err);
    bool sound = status == IMX_OK && imx_store_check(reader, &err) == IMX_OK;
    imx_store_reader_close(&reader);
    return sound;
}

static uint8_t *make_archive(state *own, tile_set *set, size_t *size) {
    *set = tile_set_pyramid(4, 24, PNG | JPEG, 0, 1);
    (void)write_set(own->memory, own->path, &plain, set, 85, 1);
    uint8_t *file = file_read(own->path, size);
    assert_true(exercise(own));
    return file;
}

static void assert_all_right(state *own, const tile_set *set) {
    imx_store_reader *reader = NULL;
    assert_int_equal(imx_store_reader_open(own->memory, own->path, NULL, &reader), IMX_OK);
    assert_holds(reader, set);
    imx_store_reader_close(&reader);
}

/* Header bytes that may be other: the place of the leaf section, which is empty here; "tiles not compressed" or
 * "unknown"; where on Earth it is. */
static bool may_differ(size_t at) { return (at >= 40 && at < 48) || at == 98 || at >= 102; }

static void every_header_bit(void **context) {
    state *own = *context;
    size_t size;
    tile_set set;
    uint8_t *file = make_archive(own, &set, &size);
    for (size_t bit = 0; bit < IMX_PMTILES_HEADER_BYTES * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        file_write(own->path, file, size);
        if (exercise(own)) {
            assert_true(may_differ(bit / 8));
            assert_all_right(own, &set);
        }
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(file);
    tile_set_free(&set);
}

static void any_byte_anywhere(void **context) {
    state *own = *context;
    size_t size;
    tile_set set;
    uint8_t *file = make_archive(own, &set, &size);
    uint64_t seed = 3;
    int sound = 0;
    for (int round = 0; round < 1500; round++) {
        /* half of them in the directories and the metadata, which are the first thousand bytes or so */
        size_t range = round % 2 ? size : 1500;
        size_t at = 127 + (size_t)(next_random(&seed) % (range - 127));
        uint8_t old = file[at];
        file[at] ^= (uint8_t)(1 + next_random(&seed) % 255);
        file_write(own->path, file, size);
        if (exercise(own)) { /* gzip's checksum and the ETags leave only gzip's own time and system fields */
            sound++;
            assert_all_right(own, &set);
        }
        file[at] = old;
    }
    assert_true(sound < 20);
    free(file);
    tile_set_free(&set);
}

static void any_length(void **context) {
    state *own = *context;
    size_t size;
    tile_set set;
    uint8_t *file = make_archive(own, &set, &size);
    uint64_t seed = 4;
    for (size_t i = 0; i < 700; i++) {
        size_t length = i < 300 ? i : i < 340 ? size - (i - 299) : (size_t)(next_random(&seed) % size);
        file_write(own->path, file, length);
        assert_false(exercise(own));
    }
    free(file);
    tile_set_free(&set);
}

/* ---- hostile by design: directories that lie, with no checksum in the way ---- */

typedef struct columns { /* an uncompressed directory in the making */
    uint8_t bytes[512];
    size_t size;
} columns;

static void varint(columns *to, uint64_t value) {
    for (; value > 127; value >>= 7) {
        to->bytes[to->size++] = (uint8_t)(value | 128);
    }
    to->bytes[to->size++] = (uint8_t)value;
}

static void write_crafted(state *own, const columns *root, const columns *leaf, uint8_t zoom_max) {
    uint8_t file[4096] = {0};
    imx_pmtiles_header header = {.internal_compression = IMX_PMTILES_NONE,
                                 .tile_compression = IMX_PMTILES_NONE,
                                 .tile_type = IMX_TILE_PNG,
                                 .zoom_max = zoom_max};
    header.root = (imx_pmtiles_range){127, root->size};
    header.metadata = (imx_pmtiles_range){127 + root->size, 2};
    header.leaves = (imx_pmtiles_range){header.metadata.offset + 2, leaf->size};
    header.data = (imx_pmtiles_range){header.leaves.offset + leaf->size, 64};
    imx_pmtiles_header_encode(&header, file);
    memcpy(file + 127, root->bytes, root->size);
    memcpy(file + header.metadata.offset, "{}", 2);
    memcpy(file + header.leaves.offset, leaf->bytes, leaf->size);
    memcpy(file + header.data.offset, "\x89PNG\r\n\x1a\n", 8);
    file_write(own->path, file, (size_t)(header.data.offset + header.data.size));
}

static void one_entry(columns *to, uint64_t id, uint64_t run, uint64_t size, uint64_t offset_code) {
    to->size = 0;
    varint(to, 1);
    varint(to, id);
    varint(to, run);
    varint(to, size);
    varint(to, offset_code);
}

static void assert_refused(state *own, const char *complaint) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    imx_status status = imx_store_reader_open(own->memory, own->path, &err, &reader);
    if (status == IMX_OK) {
        size_t seen = 0;
        status = imx_store_each(reader, stop_after_many, &seen, &err);
        imx_store_reader_close(&reader);
    }
    assert_int_equal(status, IMX_E_INPUT);
    if (!strstr(err.text, complaint)) {
        fail_msg("%s", err.text);
    }
}

static void directories_that_lie(void **context) {
    state *own = *context;
    columns root = {{0}, 0}, none = {{0}, 0}, leaf = {{0}, 0};
    one_entry(&root, 0, 1, 64, 1);
    write_crafted(own, &root, &none, 0);
    assert_true(exercise(own));

    const struct {
        uint64_t id, run, size, offset_code;
        const char *complaint;
    } cases[] = {
        {0, 1, 65, 1, "outside of the tile data"},
        {0, 1, 1, 65, "outside of the tile data"},
        {0, 1, UINT32_MAX, UINT64_MAX, "outside of the tile data"},
        {0, 1, 64, UINT64_MAX, "outside of the tile data"},
        {0, 1, 0, 1, "an entry is empty"},
        {0, 1, 64, 0, "its first entry has no offset"},
        {0, 0, 5, 1, "leaf directory lies outside"},
        {0, (uint64_t)UINT32_MAX + 1, 64, 1, "cut short"},
        {UINT64_MAX, 1, 64, 1, "a run overflows"},
        {UINT64_MAX - 5, 5, 64, 1, "past the greatest zoom"},
        {1, 1, 64, 1, "past the greatest zoom"},
        {0, UINT32_MAX, 64, 1, "past the greatest zoom"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        one_entry(&root, cases[i].id, cases[i].run, cases[i].size, cases[i].offset_code);
        write_crafted(own, &root, &none, 0);
        assert_refused(own, cases[i].complaint);
        assert_false(exercise(own));
    }
    /* A leaf that is its own child; one that goes back; a count of entries that cannot be. */
    one_entry(&root, 0, 0, 5, 1);
    one_entry(&leaf, 0, 0, 5, 1);
    write_crafted(own, &root, &leaf, 0);
    assert_refused(own, "leaf directories within leaf directories");
    assert_false(exercise(own));
    one_entry(&root, 3, 0, 5, 1);
    one_entry(&leaf, 2, 1, 64, 1);
    write_crafted(own, &root, &leaf, 5);
    assert_refused(own, "not in ascending order");
    root.size = 0;
    varint(&root, UINT64_MAX);
    varint(&root, 0);
    write_crafted(own, &root, &none, 0);
    assert_refused(own, "number of entries is impossible");
    root.size = 0;
    varint(&root, 0);
    write_crafted(own, &root, &none, 0);
    assert_refused(own, "number of entries is impossible");
    /* Two entries, the second within the first one's run; ids that overflow. */
    for (int overflow = 0; overflow < 2; overflow++) {
        root.size = 0;
        const uint64_t values[] = {2, overflow ? UINT64_MAX - 1 : 1, overflow ? 2 : 3, 4, 1, 8, 8, 1, 0};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            varint(&root, values[i]);
        }
        write_crafted(own, &root, &none, 4);
        assert_refused(own, overflow ? "a tile id overflows" : "not in ascending order");
    }
    /* A varint of eleven bytes. */
    root.size = 12;
    memset(root.bytes, 0xff, 11);
    root.bytes[11] = 1;
    write_crafted(own, &root, &none, 0);
    assert_refused(own, "number of entries is impossible");
}

static void gzip_bombs(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    size_t size = (size_t)8 << 20;
    uint8_t *zeros = calloc(size, 1);
    assert_non_null(zeros);
    imx_blob packed = {NULL, 0}, unpacked = {NULL, 0};
    assert_int_equal(imx_gzip_pack(own->memory, zeros, size, &err, &packed), IMX_OK);
    assert_true(packed.size < 16384);
    assert_int_equal(imx_gzip_unpack(own->memory, packed.data, packed.size, size - 1, &err, &unpacked), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "more than 8388607 bytes"));
    assert_null(unpacked.data);
    assert_int_equal(imx_gzip_unpack(own->memory, packed.data, packed.size, size, &err, &unpacked), IMX_OK);
    assert_int_equal(unpacked.size, size);
    assert_memory_equal(unpacked.data, zeros, size);
    imx_free(own->memory, unpacked.data);
    /* A size field that lies, and two members. */
    uint8_t *two = malloc(2 * packed.size);
    assert_non_null(two);
    memcpy(two, packed.data, packed.size);
    memcpy(two + packed.size, packed.data, packed.size);
    unpacked.data = NULL;
    assert_int_equal(imx_gzip_unpack(own->memory, two, 2 * packed.size, 4 * size, &err, &unpacked), IMX_OK);
    assert_int_equal(unpacked.size, 2 * size);
    imx_free(own->memory, unpacked.data);
    memset(two + packed.size - 4, 0xff, 4);
    assert_int_equal(imx_gzip_unpack(own->memory, two, packed.size, 4 * size, &err, &unpacked), IMX_E_INPUT);
    free(two);
    free(zeros);
    imx_free(own->memory, packed.data);
}

/* ---- others' archives ---- */

static void assert_open(state *own, const char *name, imx_status wanted, const char *complaint) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    char *path = scratch_path(IMX_TEST_DATA "/archives", name);
    imx_status status = imx_store_reader_open(own->memory, path, &err, &reader);
    if (status != wanted || (complaint && (!strstr(err.text, complaint) || !strstr(err.text, name)))) {
        fail_msg("%s: %d %s", name, status, err.text);
    }
    imx_store_reader_close(&reader);
    free(path);
}

static imx_status count_tile(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    (void)tile, (void)err;
    assert_int_equal(imx_tile_type_sniff(ref->data, ref->size), ref->type);
    ++*(size_t *)context;
    return IMX_OK;
}

static void assert_reads(state *own, const char *name, imx_tile_type type, uint32_t zoom_max, uint32_t tile_px,
                         size_t tiles, uint64_t distinct) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    char *path = scratch_path(IMX_TEST_DATA "/archives", name);
    size_t seen = 0;
    if (imx_store_reader_open(own->memory, path, &err, &reader) != IMX_OK || imx_store_check(reader, &err) != IMX_OK ||
        imx_store_each(reader, count_tile, &seen, &err) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    const imx_archive_info *info = imx_store_reader_info(reader);
    assert_int_equal(info->tile_type, type);
    assert_int_equal(info->zoom_max, zoom_max);
    assert_int_equal(info->tile_px, tile_px);
    assert_int_equal(info->tiles_distinct, distinct);
    assert_int_equal(seen, tiles);
    assert_null(info->generation);
    imx_store_reader_close(&reader);
    free(path);
}

static void others_archives(void **context) {
    state *own = *context;
    if (access(IMX_TEST_DATA "/archives/empty.pmtiles", F_OK) != 0) {
        skip();
    }
    assert_open(own, "empty.pmtiles", IMX_E_INPUT, "not a PMTiles archive (the file is empty)");
    assert_open(own, "invalid.pmtiles", IMX_E_INPUT, "not a PMTiles archive");
    assert_open(own, "invalid_v4.pmtiles", IMX_E_UNSUPPORTED, "PMTiles version 4");
    assert_open(own, "test_fixture_1.pmtiles", IMX_E_UNSUPPORTED, "vector tiles (MVT)");
    assert_open(own, "test_fixture_2.pmtiles", IMX_E_UNSUPPORTED, "vector tiles (MVT)");
    assert_open(own, "test_fixture_mlt.pmtiles", IMX_E_UNSUPPORTED, "vector tiles (MLT)");
    assert_open(own, "mbts_invalid.mbtiles", IMX_E_INPUT, "not a tile archive");
    assert_reads(own, "martin_png.pmtiles", IMX_TILE_PNG, 1, 512, 5, 5);
    assert_reads(own, "stamen_toner_raster_CC-BY+ODbL_z3.pmtiles", IMX_TILE_PNG, 3, 256, 85, 80);
    assert_reads(own, "usgs-mt-whitney-8-15-webp-512.pmtiles", IMX_TILE_WEBP, 15, 512, 50, 50);
    assert_reads(own, "unclustered.pmtiles", IMX_TILE_PNG, 1, 1, 2, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_header_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_byte_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(directories_that_lie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gzip_bombs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_archives, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
