/* tests/unit/tiler/test_describe.c: the words and the JSON of an archive, to the letter. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiler/describe.h"

static const imx_store_options plain = {.overwrite = false};

typedef struct state {
    char *folder;
    imx_memory *memory;
} state;

static int set_up(void **context) {
    static state own;
    own.folder = scratch_create();
    assert_int_equal(imx_memory_create(0, &own.memory), IMX_OK);
    *context = &own;
    return 0;
}

static int tear_down(void **context) {
    state *own = *context;
    assert_int_equal(imx_memory_used(own->memory), 0);
    imx_memory_destroy(&own->memory);
    scratch_remove(&own->folder);
    return 0;
}

/* An archive of 21 PNG tiles, 7 of them distinct. */
static imx_store_reader *make(state *own, const char *name, const imx_archive_info *info) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_writer *writer = NULL;
    imx_store_reader *reader = NULL;
    imx_store_result result;
    tile_set set = tile_set_pyramid(2, 5000, 1 << IMX_TILE_PNG, 7, 1);
    char *path = scratch_path(own->folder, name);
    if (imx_store_writer_create(own->memory, path, imx_grid_find("WebMercatorQuad"), &plain, &err, &writer) != IMX_OK ||
        put_all(writer, &set, 21, 1) != IMX_OK || imx_store_writer_commit(&writer, info, &err, &result) != IMX_OK ||
        imx_store_reader_open(own->memory, path, &err, &reader) != IMX_OK) {
        fail_msg("%s", err.text);
    }
    free(path);
    tile_set_free(&set);
    return reader;
}

static void assert_describes(state *own, const imx_store_reader *reader, const char *words, const char *json) {
    imx_error err = IMX_ERROR_INIT;
    char *text = NULL;
    assert_int_equal(imx_describe_text(own->memory, "some/a.pmtiles", reader, &err, &text), IMX_OK);
    assert_string_equal(text, words);
    imx_free(own->memory, text);
    assert_int_equal(imx_describe_json(own->memory, "some/a.pmtiles", reader, &err, &text), IMX_OK);
    assert_string_equal(text, json);
    imx_free(own->memory, text);
}

static void an_archive_of_ours(void **context) {
    state *own = *context;
    imx_store_reader *reader = make(own, "a.pmtiles", &fixture_info);
    uint64_t bytes = imx_store_reader_info(reader)->bytes;
    assert_in_range(bytes, 36000, 70000);
    char words[2048], json[2048];
    (void)snprintf(words, sizeof words,
                   "archive     some/a.pmtiles\n"
                   "kind        PMTiles v3, %.1f KiB (%llu,%03llu bytes)\n"
                   "name        Fixture \xe5\x8f\xa0\xe7\x93\xa6\n"
                   "attribution nobody\n"
                   "grid        WebMercatorQuad (EPSG:3857)\n"
                   "zooms       0 to 2\n"
                   "tiles       21 (7 distinct), png, 256 x 256 px\n"
                   "bounds      -10.1234568, -20.5, 30.25, 40 (west, south, east, north; degrees)\n"
                   "center      10, 10 at zoom 2\n"
                   "generation  00112233445566778899aabbccddeeff\n"
                   "engine      imbrex " IMX_VERSION "\n"
                   "options     resample=cubic, threshold=0.1\n"
                   "scenes      2, the later ones on top\n"
                   "            b\n"
                   "            a\n",
                   (double)bytes / 1024, (unsigned long long)bytes / 1000, (unsigned long long)bytes % 1000);
    (void)snprintf(
        json, sizeof json,
        "{\"archive\":\"some/a.pmtiles\",\"attribution\":\"nobody\",\"bounds\":[-10.1234568,-20.5,30.25,40.0],"
        "\"bytes\":%llu,\"center\":[10.0,10.0,2],\"engine\":\"imbrex " IMX_VERSION "\","
        "\"generation\":\"00112233445566778899aabbccddeeff\",\"grid\":\"WebMercatorQuad\","
        "\"job\":{\"options\":{\"resample\":\"cubic\",\"threshold\":0.10000000000000001},"
        "\"scenes\":[{\"id\":\"b\",\"name\":\"b.tif\"},{\"id\":\"a\",\"name\":\"a.tif\"}]},"
        "\"kind\":\"PMTiles v3\",\"name\":\"Fixture \xe5\x8f\xa0\xe7\x93\xa6\",\"tile_size\":256,"
        "\"tile_type\":\"png\",\"tiles\":21,\"tiles_distinct\":7,\"zoom_max\":2,\"zoom_min\":0}",
        (unsigned long long)bytes);
    assert_describes(own, reader, words, json);
    imx_store_reader_close(&reader);
}

static void many_scenes_and_foreign_texts(void **context) {
    state *own = *context;
    char scenes[4096] = "{\"scenes\":[{\"id\":\"evil\\u001b[2J\\u009b\\n\",\"crs\":\"EPSG:32618\",\"time_start\":null}";
    for (int i = 1; i < 23; i++) {
        (void)strcat(scenes, ",{\"id\":\"s\"}");
    }
    (void)strcat(scenes, "]}");
    imx_archive_info info = fixture_info;
    info.job_json = scenes;
    info.name = NULL;
    info.attribution = NULL;
    imx_store_reader *reader = make(own, "folder/", &info);
    imx_error err = IMX_ERROR_INIT;
    char *text = NULL;
    assert_int_equal(imx_describe_text(own->memory, "folder/", reader, &err, &text), IMX_OK);
    assert_non_null(strstr(text, "kind        directory\n"));
    assert_non_null(strstr(text, "tiles       21, png, 256 x 256 px\n"));
    assert_non_null(strstr(text, "            evil?[2J??  EPSG:32618\n"));
    assert_non_null(strstr(text, "            and 3 more\n"));
    assert_null(strstr(text, "name   "));
    imx_free(own->memory, text);
    imx_store_reader_close(&reader);
}

static void every_allocation_may_fail(void **context) {
    state *own = *context;
    imx_store_reader *reader = make(own, "a.pmtiles", &fixture_info);
    for (int json = 0; json < 2; json++) {
        size_t nth = 1;
        imx_status status;
        do {
            char *text = NULL;
            imx_memory_fail_nth(own->memory, nth++);
            status = (json ? imx_describe_json : imx_describe_text)(own->memory, "a", reader, NULL, &text);
            imx_memory_fail_nth(own->memory, 0);
            assert_true(status == (text ? IMX_OK : IMX_E_NOMEM));
            imx_free(own->memory, text);
        } while (status != IMX_OK);
        assert_in_range(nth, 3, 30);
    }
    imx_store_reader_close(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_archive_of_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_scenes_and_foreign_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
