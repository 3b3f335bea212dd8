/* tests/unit/tiler/store_fixture.c */
#include "store_fixture.h"

#include <dirent.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiler/tile_id.h"

/* ---- folders and files ---- */

char *scratch_create(void) {
    const char *base = getenv("TMPDIR");
    if (!base && access("/dev/shm", W_OK) == 0) {
        base = "/dev/shm"; /* thousands of small files */
    }
    char *folder = malloc(4096);
    assert_non_null(folder);
    (void)snprintf(folder, 4096, "%s/imx-store-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *where) {
    (void)info, (void)flag, (void)where;
    return remove(path);
}

void scratch_remove(char **folder) {
    if (*folder) {
        (void)nftw(*folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    free(*folder);
    *folder = NULL;
}

char *scratch_path(const char *folder, const char *name) {
    char *path = malloc(strlen(folder) + strlen(name) + 2);
    assert_non_null(path);
    (void)sprintf(path, "%s/%s", folder, name);
    return path;
}

size_t scratch_count(const char *folder) {
    DIR *open = opendir(folder);
    assert_non_null(open);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(open));) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(open);
    return count;
}

uint8_t *file_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    (void)fclose(file);
    return data;
}

void file_write(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

bool file_equal(const char *a, const char *b) {
    size_t a_size, b_size;
    uint8_t *a_data = file_read(a, &a_size), *b_data = file_read(b, &b_size);
    bool equal = a_size == b_size && memcmp(a_data, b_data, a_size) == 0;
    free(a_data);
    free(b_data);
    return equal;
}

/* ---- tiles ---- */

uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void fill_blob(imx_blob *blob, imx_tile_type type, uint64_t seed) {
    for (size_t i = 0; i < blob->size; i++) {
        blob->data[i] = (uint8_t)next_random(&seed);
    }
    switch (type) {
    case IMX_TILE_PNG: memcpy(blob->data, "\x89PNG\r\n\x1a\n", 8); break;
    case IMX_TILE_JPEG: memcpy(blob->data, "\xff\xd8\xff\xe0", 4); break;
    default: memcpy(blob->data, "RIFF\0\0\0\0WEBPVP8 ", 16); break;
    }
}

tile_set tile_set_pyramid(uint32_t zoom_max, size_t least_bytes, unsigned types, size_t contents, uint64_t seed) {
    size_t count = (((size_t)1 << 2 * (zoom_max + 1)) - 1) / 3;
    tile_set set = {calloc(count, sizeof *set.tiles), count};
    assert_non_null(set.tiles);
    for (size_t i = 0; i < count; i++) {
        uint64_t state = contents ? next_random(&seed) % contents : next_random(&seed);
        imx_stored_tile *tile = &set.tiles[i];
        tile->tile = imx_tile_from_id(i);
        unsigned left = types;
        for (uint64_t skip = next_random(&state) % (unsigned)__builtin_popcount(types); skip; skip--) {
            left &= left - 1;
        }
        tile->type = (imx_tile_type)__builtin_ctz(left);
        tile->blob.size = least_bytes + (size_t)(next_random(&state) % least_bytes);
        tile->blob.data = malloc(tile->blob.size);
        assert_non_null(tile->blob.data);
        fill_blob(&tile->blob, tile->type, state);
    }
    return set;
}

void tile_set_free(tile_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        free(set->tiles[i].blob.data);
    }
    free(set->tiles);
    *set = (tile_set){NULL, 0};
}

void tile_set_shuffle(tile_set *set, uint64_t seed) {
    for (size_t i = set->count; i > 1; i--) {
        size_t k = (size_t)(next_random(&seed) % i);
        imx_stored_tile swap = set->tiles[i - 1];
        set->tiles[i - 1] = set->tiles[k];
        set->tiles[k] = swap;
    }
}

static int by_tile(const void *a, const void *b) {
    return imx_tile_compare(((const imx_stored_tile *)a)->tile, ((const imx_stored_tile *)b)->tile);
}

void tile_set_sort(tile_set *set) { qsort(set->tiles, set->count, sizeof *set->tiles, by_tile); }

const imx_stored_tile *tile_set_find(const tile_set *sorted, imx_tile tile) {
    const imx_stored_tile wanted = {.tile = tile};
    return bsearch(&wanted, sorted->tiles, sorted->count, sizeof *sorted->tiles, by_tile);
}

/* ---- writing ---- */

typedef struct putter {
    imx_store_writer *writer;
    const tile_set *set;
    size_t group;
    atomic_size_t *next;
    imx_status status;
} putter;

static void *put_some(void *context) {
    putter *own = context;
    while (own->status == IMX_OK) {
        size_t start = atomic_fetch_add(own->next, own->group);
        if (start >= own->set->count) {
            break;
        }
        size_t left = own->set->count - start;
        imx_metatile metatile = {own->set->tiles[start].tile, &own->set->tiles[start],
                                 left < own->group ? left : own->group, NULL};
        imx_error err = IMX_ERROR_INIT;
        own->status = imx_store_writer_put(own->writer, &metatile, &err);
    }
    return NULL;
}

imx_status put_all(imx_store_writer *writer, const tile_set *set, size_t group, unsigned threads) {
    pthread_t ids[16];
    putter putters[16];
    atomic_size_t next = 0;
    imx_status status = IMX_OK;
    for (unsigned i = 0; i < threads; i++) {
        putters[i] = (putter){writer, set, group, &next, IMX_OK};
        if (threads > 1) {
            assert_int_equal(pthread_create(&ids[i], NULL, put_some, &putters[i]), 0);
        } else {
            (void)put_some(&putters[i]);
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        if (threads > 1) {
            (void)pthread_join(ids[i], NULL);
        }
        status = status == IMX_OK ? putters[i].status : status;
    }
    return status;
}

const imx_archive_info fixture_info = {
    .name = (char *)"Fixture \xe5\x8f\xa0\xe7\x93\xa6",
    .attribution = (char *)"nobody",
    .grid_id = (char *)"WebMercatorQuad",
    .generation = (char *)"00112233445566778899aabbccddeeff",
    .job_json = (char *)"{\"scenes\":[{\"id\":\"b\",\"name\":\"b.tif\"},{\"id\":\"a\",\"name\":\"a.tif\"}],"
                        "\"options\":{\"resample\":\"cubic\",\"threshold\":0.10000000000000001}}",
    .tile_px = 256,
    .west = -10.123456789,
    .south = -20.5,
    .east = 30.25,
    .north = 40,
    .center_lon = 10,
    .center_lat = 10,
    .center_zoom = 3,
};

imx_store_result write_set(imx_memory *memory, const char *target, const imx_store_options *options,
                           const tile_set *set, size_t group, unsigned threads) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    imx_store_result result = {0, 0, 0};
    imx_status status =
        imx_store_writer_create(memory, target, imx_grid_find("WebMercatorQuad"), options, &err, &writer);
    if (status != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(put_all(writer, set, group, threads), IMX_OK);
    status = imx_store_writer_commit(&writer, &fixture_info, &err, &result);
    if (status != IMX_OK) {
        fail_msg("%s", err.text);
    }
    assert_null(writer);
    return result;
}

/* ---- comparing ---- */

static void assert_same(const imx_stored_tile *tile, const imx_tile_ref *ref) {
    assert_int_equal(ref->size, tile->blob.size);
    assert_memory_equal(ref->data, tile->blob.data, ref->size);
    assert_int_equal(ref->type, tile->type);
    imx_hash hash = imx_hash_bytes(tile->blob.data, tile->blob.size);
    assert_true(imx_hash_equal(&hash, &ref->hash));
}

typedef struct expectation {
    const tile_set *set;
    size_t next;
} expectation;

static imx_status expect_next(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    expectation *state = context;
    (void)err;
    assert_true(state->next < state->set->count);
    const imx_stored_tile *wanted = &state->set->tiles[state->next++];
    assert_int_equal(imx_tile_compare(tile, wanted->tile), 0);
    assert_same(wanted, ref);
    return IMX_OK;
}

void assert_holds(imx_store_reader *reader, const tile_set *sorted) {
    imx_error err = IMX_ERROR_INIT;
    for (size_t i = 0; i < sorted->count; i++) {
        imx_tile_ref ref;
        imx_tile_key key = {NULL, NULL, sorted->tiles[i].tile};
        assert_int_equal(imx_store_get(reader, &key, &err, &ref), IMX_OK);
        assert_same(&sorted->tiles[i], &ref);
        imx_tile_ref_release(reader, &ref);
    }
    expectation state = {sorted, 0};
    assert_int_equal(imx_store_each(reader, expect_next, &state, &err), IMX_OK);
    assert_int_equal(state.next, sorted->count);
}
