/* tests/unit/tiler/test_store_dir.c: folders of tiles: written, read, foreign, damaged, and what is never replaced. */
#include "store_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tiler/tile_id.h"

static const imx_store_options plain = {.overwrite = false}, over = {.overwrite = true}, tms = {.tms_rows = true};
enum { PNG = 1 << IMX_TILE_PNG, JPEG = 1 << IMX_TILE_JPEG, WEBP = 1 << IMX_TILE_WEBP };

typedef struct state {
    char *folder, *path;
    imx_memory *memory;
} state;

static int set_up(void **context) {
    static state own;
    own.folder = scratch_create();
    own.path = scratch_path(own.folder, "tiles");
    assert_int_equal(imx_memory_create(0, &own.memory), IMX_OK);
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

static imx_store_reader *open_reader(state *own, const char *path) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    if (imx_store_reader_open(own->memory, path, &err, &reader) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    return reader;
}

static void assert_check(imx_store_reader *reader, const char *complaint) {
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_store_check(reader, &err);
    if (complaint) {
        assert_int_equal(status, IMX_E_INPUT);
        if (!strstr(err.text, complaint)) {
            fail_msg("%s", err.text);
        }
    } else if (status != IMX_OK) {
        fail_msg("%s", err.text);
    }
}

static void assert_check_path(state *own, const char *complaint) {
    imx_store_reader *reader = open_reader(own, own->path);
    assert_check(reader, complaint);
    imx_store_reader_close(&reader);
}

static bool exists(const state *own, const char *name) {
    char *path = scratch_path(own->path, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static void put_file(const state *own, const char *name, const char *text, size_t size) {
    char *path = scratch_path(own->path, name);
    file_write(path, text, size);
    free(path);
}

static void make_folder(const state *own, const char *name) {
    char *path = scratch_path(own->path, name);
    assert_int_equal(mkdir(path, 0777), 0);
    free(path);
}

static void remove_file(const state *own, const char *name) {
    char *path = scratch_path(own->path, name);
    assert_int_equal(remove(path), 0);
    free(path);
}

static void round_trip(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(4, 300, PNG | JPEG | WEBP, 0, 1);
    tile_set_shuffle(&set, 2);
    imx_store_result result = write_set(own->memory, own->path, &plain, &set, 7, 4);
    assert_int_equal(result.tiles, 341);
    tile_set_sort(&set);
    imx_store_reader *reader = open_reader(own, own->path);
    assert_string_equal(imx_store_reader_kind(reader), "directory");
    assert_holds(reader, &set);
    assert_check(reader, NULL);
    const imx_archive_info *info = imx_store_reader_info(reader);
    assert_int_equal(info->tile_type, IMX_TILE_MIXED);
    assert_int_equal(info->zoom_max, 4);
    assert_int_equal(info->tiles_addressed, 341);
    assert_string_equal(info->generation, fixture_info.generation);
    imx_tile_ref ref;
    imx_tile_key key = {NULL, NULL, {5, 0, 0}};
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_E_NOT_FOUND);
    key.tile = (imx_tile){4, 16, 0};
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_E_NOT_FOUND);
    imx_store_reader_close(&reader);
    assert_int_equal(scratch_count(own->folder), 1);
    tile_set_free(&set);
}

static void rows_from_the_bottom(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(2, 300, PNG, 0, 3);
    (void)write_set(own->memory, own->path, &tms, &set, 7, 1);
    const imx_stored_tile *corner = tile_set_find(&set, (imx_tile){2, 3, 0});
    char *path = scratch_path(own->path, "2/3/3.png");
    size_t size;
    uint8_t *data = file_read(path, &size);
    assert_int_equal(size, corner->blob.size);
    assert_memory_equal(data, corner->blob.data, size);
    free(data);
    free(path);
    imx_store_reader *reader = open_reader(own, own->path);
    assert_holds(reader, &set);
    assert_check(reader, NULL);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

static void other_grid(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    imx_store_result result;
    uint8_t data[64] = "\x89PNG\r\n\x1a\n";
    imx_stored_tile tiles[] = {{{0, 1, 0}, IMX_TILE_PNG, {data, 64}}, {{1, 3, 1}, IMX_TILE_PNG, {data, 64}}};
    imx_metatile metatile = {{0, 1, 0}, tiles, 2, NULL};
    imx_archive_info info = fixture_info;
    info.grid_id = NULL;
    assert_int_equal(
        imx_store_writer_create(own->memory, own->path, imx_grid_find("WorldCRS84Quad"), &tms, &err, &writer), IMX_OK);
    assert_int_equal(imx_store_writer_put(writer, &metatile, &err), IMX_OK);
    assert_int_equal(imx_store_writer_commit(&writer, &info, &err, &result), IMX_OK);
    assert_true(exists(own, "1/3/0.png"));
    imx_store_reader *reader = open_reader(own, own->path);
    assert_string_equal(imx_store_reader_info(reader)->grid_id, "WorldCRS84Quad");
    assert_check(reader, NULL);
    imx_tile_ref ref;
    imx_tile_key key = {NULL, NULL, {1, 3, 1}};
    assert_int_equal(imx_store_get(reader, &key, NULL, &ref), IMX_OK);
    imx_tile_ref_release(reader, &ref);
    imx_store_reader_close(&reader);
}

static void foreign_folder(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(3, 300, JPEG, 0, 4);
    (void)write_set(own->memory, own->path, &plain, &set, 7, 1);
    remove_file(own, "metadata.json");
    put_file(own, "index.html", "x", 1);
    imx_store_reader *reader = open_reader(own, own->path);
    assert_holds(reader, &set);
    assert_check(reader, NULL);
    const imx_archive_info *info = imx_store_reader_info(reader);
    assert_int_equal(info->zoom_min, 0);
    assert_int_equal(info->zoom_max, 3);
    assert_int_equal(info->tile_type, IMX_TILE_JPEG);
    assert_int_equal(info->tile_px, 256);
    assert_null(info->grid_id);
    assert_null(info->generation);
    assert_true(fabs(info->west + 180) < 1e-9 && fabs(info->east - 180) < 1e-9);
    assert_true(info->north > 85 && info->north < 86 && fabs(info->north + info->south) < 1e-9);
    imx_store_reader_close(&reader);
    /* Others' metadata: numbers as strings, unknown keys. */
    static const char json[] =
        "{\"name\":\"theirs\",\"minzoom\":\"1\",\"maxzoom\":3,\"bounds\":\"-1.5,2,3,4\",\"x\":[1]}";
    put_file(own, "metadata.json", json, sizeof json - 1);
    reader = open_reader(own, own->path);
    info = imx_store_reader_info(reader);
    assert_string_equal(info->name, "theirs");
    assert_int_equal(info->zoom_min, 1);
    assert_true(info->west == -1.5 && info->north == 4);
    imx_store_reader_close(&reader);
    tile_set_free(&set);
}

static void not_a_folder_of_tiles(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    assert_int_equal(imx_store_reader_open(own->memory, own->path, &err, &reader), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(mkdir(own->path, 0777), 0);
    assert_int_equal(imx_store_reader_open(own->memory, own->path, &err, &reader), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "neither a metadata.json nor"));
    make_folder(own, "7");
    assert_int_equal(imx_store_reader_open(own->memory, own->path, &err, &reader), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "no {z}/{x}/{y}"));
    put_file(own, "metadata.json", "{", 1);
    assert_int_equal(imx_store_reader_open(own->memory, own->path, &err, &reader), IMX_E_INPUT);
    assert_non_null(strstr(err.text, "tiles/metadata.json: its metadata is not JSON"));
    put_file(own, "metadata.json", "{\"format\":\"pbf\"}", 16);
    assert_int_equal(imx_store_reader_open(own->memory, own->path, &err, &reader), IMX_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "vector tiles"));
    assert_null(reader);
}

static void check_finds_faults(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(3, 300, PNG, 0, 5);
    (void)write_set(own->memory, own->path, &plain, &set, 7, 1);
    assert_check_path(own, NULL);
    put_file(own, "3/1/8.png", "\x89PNG\r\n\x1a\n", 8);
    assert_check_path(own, "outside of the grid");
    remove_file(own, "3/1/8.png");
    put_file(own, "3/1/1.jpg", "\xff\xd8\xff", 3);
    assert_check_path(own, "twice");
    remove_file(own, "3/1/1.png");
    assert_check_path(own, "3/1/1 is a .jpg file, which metadata.json excludes");
    remove_file(own, "3/1/1.jpg");
    assert_check_path(own, "counts 85 tiles, there are 84");
    put_file(own, "3/1/1.png", "", 0);
    assert_check_path(own, "3/1/1.png: none of PNG");
    put_file(own, "3/1/1.png", "\xff\xd8\xff", 3);
    assert_check_path(own, "3/1/1 is a .png file that holds jpeg");
    put_file(own, "3/1/1.png", "\x89PNG\r\n\x1a\n", 8);
    assert_check_path(own, NULL);
    put_file(own, "3/1/01.png", "x", 1); /* no tile's name */
    assert_check_path(own, NULL);
    make_folder(own, "4");
    assert_check_path(own, "zooms 0 to 3, there are 0 to 4");
    tile_set_free(&set);
}

static void target_is_protected(void **context) {
    state *own = *context;
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    imx_store_result result;
    const imx_grid *mercator = imx_grid_find("WebMercatorQuad");
    tile_set set = tile_set_pyramid(2, 100, PNG, 0, 7);
    /* An empty folder may be filled; a full one needs --overwrite; abort leaves it alone. */
    assert_int_equal(mkdir(own->path, 0777), 0);
    (void)write_set(own->memory, own->path, &plain, &set, 4, 1);
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &plain, &err, &writer), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "--overwrite"));
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_OK);
    tile_set one = {set.tiles, 1};
    assert_int_equal(put_all(writer, &one, 1, 1), IMX_OK);
    imx_store_writer_abort(&writer);
    assert_true(exists(own, "2/3/3.png"));
    assert_int_equal(scratch_count(own->folder), 1);
    /* Nothing to write: the old one stays. */
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_OK);
    assert_int_equal(imx_store_writer_commit(&writer, &fixture_info, &err, &result), IMX_E_INPUT);
    assert_true(exists(own, "2/3/3.png"));
    /* Replaced whole: no tile of the old one is left. */
    (void)write_set(own->memory, own->path, &over, &one, 1, 1);
    assert_false(exists(own, "2"));
    assert_true(exists(own, "0/0/0.png"));
    assert_int_equal(scratch_count(own->folder), 1);
    /* Something of the user's in it: never. */
    put_file(own, "thesis.txt", "x", 1);
    assert_int_equal(imx_store_writer_create(own->memory, own->path, mercator, &over, &err, &writer), IMX_E_USAGE);
    assert_non_null(strstr(err.text, "holds thesis.txt"));
    assert_true(exists(own, "thesis.txt"));
    assert_null(writer);
    tile_set_free(&set);
    /* A file of that name. */
    char *file = scratch_path(own->folder, "file");
    file_write(file, "x", 1);
    assert_int_equal(imx_store_writer_create(own->memory, file, mercator, &over, &err, &writer), IMX_E_USAGE);
    free(file);
}

static void names_of_targets(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(1, 100, PNG, 0, 8);
    static const char *const names[] = {"a/", "b.d/", "c//", "d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = scratch_path(own->folder, names[i]);
        (void)write_set(own->memory, path, &plain, &set, 4, 1);
        imx_store_reader *reader = open_reader(own, path);
        assert_holds(reader, &set);
        imx_store_reader_close(&reader);
        (void)write_set(own->memory, path, &over, &set, 4, 1);
        free(path);
    }
    assert_int_equal(scratch_count(own->folder), 4);
    tile_set_free(&set);
}

static void killed_writer_loses_nothing(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(3, 100, PNG, 0, 8);
    (void)write_set(own->memory, own->path, &over, &set, 5, 1);
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
    assert_int_equal(scratch_count(own->folder), 2);
    imx_store_reader *reader = open_reader(own, own->path);
    assert_holds(reader, &set);
    imx_store_reader_close(&reader);
    (void)write_set(own->memory, own->path, &over, &set, 5, 1);
    assert_int_equal(scratch_count(own->folder), 1);
    tile_set_free(&set);
}

static imx_status live(imx_memory *memory, const char *path, const tile_set *set, imx_error *err) {
    imx_store_writer *writer = NULL;
    imx_store_reader *reader = NULL;
    imx_store_result result;
    imx_status status = imx_store_writer_create(memory, path, imx_grid_find("WebMercatorQuad"), &over, err, &writer);
    if (status == IMX_OK) {
        status = put_all(writer, set, 500, 1);
        if (status != IMX_OK) {
            imx_store_writer_abort(&writer);
        } else {
            status = imx_store_writer_commit(&writer, &fixture_info, err, &result);
        }
    }
    if (status == IMX_OK) {
        status = imx_store_reader_open(memory, path, err, &reader);
    }
    if (status == IMX_OK) {
        status = imx_store_check(reader, err);
        imx_store_reader_close(&reader);
    }
    return status;
}

static void every_allocation_may_fail(void **context) {
    state *own = *context;
    tile_set set = tile_set_pyramid(1, 24, PNG, 0, 9);
    size_t nth = 1;
    imx_status status;
    do {
        assert_true(nth < 1000);
        imx_memory_fail_nth(own->memory, nth++);
        imx_error err = IMX_ERROR_INIT;
        status = live(own->memory, own->path, &set, &err);
        imx_memory_fail_nth(own->memory, 0);
        if (status != IMX_OK && status != IMX_E_NOMEM) {
            fail_msg("allocation %zu: %s", nth - 1, err.text);
        }
        assert_int_equal(imx_memory_used(own->memory), 0);
        assert_true(scratch_count(own->folder) <= 1);
    } while (status != IMX_OK);
    assert_true(nth > 15);
    tile_set_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_from_the_bottom, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_grid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_a_folder_of_tiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(check_finds_faults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(target_is_protected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_of_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_writer_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
