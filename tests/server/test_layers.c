/* Layers: names, folders, references that outlive a replacement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/layers.h"
#include "tests/server/fake_store.h"

typedef struct world {
    imx_memory *memory;
    imx_layers *layers;
    fake_counters counters;
    fake_archive archive;
    char warnings[4096];
} world;

static void open_world(world *w) {
    memset(w, 0, sizeof *w);
    w->archive = (fake_archive){{.tile_type = IMX_TILE_PNG}, NULL, 0, false, &w->counters};
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_layers_create(w->memory, NULL, &w->layers), IMX_OK);
}

static void close_world(world *w) {
    imx_layers_destroy(&w->layers);
    assert_int_equal(atomic_load(&w->counters.open), 0);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
}

static imx_status add(world *w, const char *name, bool replace, imx_error *err) {
    return imx_layers_add_reader_take(w->layers, name, "from.pmtiles", replace, fake_reader(w->memory, &w->archive),
                                      err);
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *name;
        imx_status status;
    } cases[] = {
        {"land", IMX_OK},
        {"A-z_0.9", IMX_OK},
        {"2024-05-01", IMX_OK},
        {"indexes", IMX_OK},
        {"", IMX_E_USAGE},
        {".", IMX_E_USAGE},
        {"..", IMX_E_USAGE},
        {".hidden", IMX_E_USAGE},
        {"a b", IMX_E_USAGE},
        {"a/b", IMX_E_USAGE},
        {"a@b", IMX_E_USAGE},
        {"a%b", IMX_E_USAGE},
        {"\xe5\x8c\x97", IMX_E_USAGE},
        {"a\nb", IMX_E_USAGE},
        {"_", IMX_E_USAGE},
        {"index", IMX_E_USAGE},
        {"healthz", IMX_E_USAGE},
        {"wmts", IMX_E_USAGE},
        {"land", IMX_E_USAGE},
    };
    world w;
    open_world(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imx_error err = IMX_ERROR_INIT;
        if (add(&w, cases[i].name, false, &err) != cases[i].status) {
            fail_msg("'%s': %s", cases[i].name, err.text);
        }
        assert_int_equal(err.text[0] != 0, cases[i].status != IMX_OK);
    }
    assert_int_equal(imx_layers_count(w.layers), 4);
    char longest[130];
    memset(longest, 'a', sizeof longest);
    longest[129] = '\0';
    assert_int_equal(add(&w, longest, false, NULL), IMX_E_USAGE);
    longest[128] = '\0';
    assert_int_equal(add(&w, longest, false, NULL), IMX_OK);
    close_world(&w);
}

static void lookup(void **state) {
    (void)state;
    world w;
    open_world(&w);
    char name[16];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "l%d", i * 37 % 100);
        assert_int_equal(add(&w, name, false, NULL), IMX_OK);
    }
    for (int i = 0; i < 100; i++) {
        int size = snprintf(name, sizeof name, "l%dxyz", i) - 3;
        imx_layer_ref ref = imx_layers_find(w.layers, name, (size_t)size);
        assert_non_null(ref.layer);
        assert_int_equal(strlen(imx_layer_name(ref.layer)), size);
        assert_memory_equal(imx_layer_name(ref.layer), name, (size_t)size);
        imx_layer_release(&ref);
        assert_null(ref.layer);
        assert_null(imx_layers_find(w.layers, name, (size_t)size + 1).layer);
    }
    assert_null(imx_layers_find(w.layers, "", 0).layer);
    assert_null(imx_layers_find(w.layers, "l", 1).layer);
    for (size_t i = 0; i + 1 < 100; i++) {
        imx_layer_ref a = imx_layers_at(w.layers, i), b = imx_layers_at(w.layers, i + 1);
        assert_true(strcmp(imx_layer_name(a.layer), imx_layer_name(b.layer)) < 0);
        imx_layer_release(&a);
        imx_layer_release(&b);
    }
    assert_null(imx_layers_at(w.layers, 100).layer);
    close_world(&w);
}

static void references_outlive_replacement_and_list(void **state) {
    (void)state;
    world w;
    open_world(&w);
    assert_int_equal(add(&w, "a", false, NULL), IMX_OK);
    imx_layer_ref old = imx_layers_find(w.layers, "a", 1);
    assert_int_equal(add(&w, "a", true, NULL), IMX_OK);
    imx_layer_ref new = imx_layers_find(w.layers, "a", 1);
    assert_ptr_not_equal(old.layer, new.layer);
    assert_int_equal(imx_layers_count(w.layers), 1);
    assert_int_equal(atomic_load(&w.counters.open), 2);
    assert_string_equal(imx_layer_name(old.layer), "a");
    imx_layer_release(&old);
    assert_int_equal(atomic_load(&w.counters.open), 1);
    imx_layers_destroy(&w.layers);
    assert_int_equal(atomic_load(&w.counters.open), 1);
    assert_string_equal(imx_layer_source(new.layer), "from.pmtiles");
    imx_layer_release(&new);
    close_world(&w);
}

static void out_of_memory(void **state) {
    (void)state;
    imx_status status = IMX_E_NOMEM;
    for (size_t nth = 1; status == IMX_E_NOMEM && nth < 20; nth++) {
        world w;
        open_world(&w);
        imx_store_reader *reader = fake_reader(w.memory, &w.archive);
        imx_memory_fail_nth(w.memory, nth);
        status = imx_layers_add_reader_take(w.layers, "a", "b", false, reader, NULL);
        imx_memory_fail_nth(w.memory, 0);
        assert_int_equal(imx_layers_count(w.layers), status == IMX_OK);
        close_world(&w);
    }
    assert_int_equal(status, IMX_OK);
}

/* ---- paths ---- */

static void note(void *context, imx_log_level level, const char *text) {
    (void)level;
    char *all = context;
    (void)snprintf(all + strlen(all), 4096 - strlen(all), "%s\n", text);
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void paths(void **state) {
    (void)state;
    char folder[] = "/tmp/imx-layers-XXXXXX", path[128], command[128];
    assert_non_null(mkdtemp(folder));
    world w;
    open_world(&w);
    imx_log *log = NULL;
    assert_int_equal(imx_log_create(NULL, IMX_LOG_DEBUG, note, w.warnings, &log), IMX_OK);

    /* a folder of archives: one tile directory, one damaged archive, what is neither */
    (void)snprintf(path, sizeof path, "%s/tiles", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/tiles/0", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/tiles/0/0", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/tiles/0/0/0.png", folder);
    write_file(path, "\x89PNG\r\n\x1a\n");
    (void)snprintf(path, sizeof path, "%s/bad.pmtiles", folder);
    write_file(path, "no archive");
    (void)snprintf(path, sizeof path, "%s/readme.txt", folder);
    write_file(path, "hello");
    (void)snprintf(path, sizeof path, "%s/empty", folder);
    assert_int_equal(mkdir(path, 0777), 0);

    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_layers_add(w.layers, folder, log, &err);
    if (status) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(imx_layers_count(w.layers), 1);
    assert_non_null(strstr(w.warnings, "bad.pmtiles"));
    imx_layer_ref ref = imx_layers_find(w.layers, "tiles", 5);
    assert_non_null(ref.layer);
    imx_layer_release(&ref);

    static const struct {
        const char *format; /* %s: the folder */
        imx_status status;
        const char *says;
    } cases[] = {
        {"%s/tiles", IMX_E_USAGE, "two layers are named tiles"},
        {"%s/tiles/", IMX_E_USAGE, "two layers are named tiles"},
        {"other=%s/tiles", IMX_OK, NULL},
        {"a b=%s/tiles", IMX_E_USAGE, "'a b'"},
        {"=%s/tiles", IMX_E_USAGE, "''"},
        {"x=", IMX_E_USAGE, "no path"},
        {"x=%s", IMX_E_USAGE, "one name"},
        {"%s/bad.pmtiles", IMX_E_INPUT, "bad.pmtiles"},
        {"%s/readme.txt", IMX_E_INPUT, "readme.txt"},
        {"%s/nothing", IMX_E_INPUT, "nothing: No such file or directory"},
        {"%s/empty", IMX_E_INPUT, "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *hole = strstr(cases[i].format, "%s");
        (void)snprintf(path, sizeof path, "%.*s%s%s", hole ? (int)(hole - cases[i].format) : 64, cases[i].format,
                       hole ? folder : "", hole ? hole + 2 : "");
        err = (imx_error)IMX_ERROR_INIT;
        status = imx_layers_add(w.layers, path, log, &err);
        if (status != cases[i].status || (cases[i].says && !strstr(err.text, cases[i].says))) {
            fail_msg("%s: %d %s", path, status, err.text);
        }
    }
    assert_int_equal(imx_layers_count(w.layers), 2);
    imx_log_destroy(&log);
    close_world(&w);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(lookup),
        cmocka_unit_test(references_outlive_replacement_and_list),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
