/* tests/unit/tiler/test_inputs.c: globs, directories and @lists become files, in order. */
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

#include "tiler/analyse.h"

static char folder[] = "/tmp/imbrex-inputs-XXXXXX";

static char *in_folder(const char *name) {
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void write_file(const char *name, const char *text) {
    char *path = in_folder(name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    free(path);
}

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    static const char *const names[] = {"b.tif", "a.TIF", "c.txt", ".hidden.tif", "d.vrt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        write_file(names[i], "");
    }
    char *empty = in_folder("empty");
    assert_int_equal(mkdir(empty, 0700), 0);
    free(empty);
    write_file("list.txt", "# tonight\none.tif\r\n\n/vsizip/x.zip/two.tif\n");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* Expands one input; compares the files without the folder. */
static void expect(const char *input, const char *const *files, size_t count) {
    imx_error err = IMX_ERROR_INIT;
    char **out = NULL;
    size_t got = 0;
    assert_int_equal(imx_inputs_expand(NULL, &input, 1, NULL, &err, &out, &got), IMX_OK);
    assert_int_equal(got, count);
    for (size_t i = 0; i < count; i++) {
        size_t skip = strncmp(out[i], folder, strlen(folder)) ? 0 : strlen(folder) + 1;
        assert_string_equal(out[i] + skip, files[i]);
    }
    imx_inputs_free(NULL, out, got);
}

static void expect_failure(const char *input, const char *text) {
    imx_error err = IMX_ERROR_INIT;
    char **out = NULL;
    size_t got = 0;
    assert_int_equal(imx_inputs_expand(NULL, &input, 1, NULL, &err, &out, &got), IMX_E_INPUT);
    assert_non_null(strstr(err.text, text));
    assert_null(out);
}

static void test_directory(void **state) {
    (void)state;
    const char *files[] = {"a.TIF", "b.tif", "d.vrt"};
    expect(folder, files, 3);
    char *empty = in_folder("empty");
    expect_failure(empty, "no rasters");
    free(empty);
}

static void test_glob(void **state) {
    (void)state;
    const char *files[] = {"b.tif", "d.vrt"};
    char *pattern = in_folder("[bd].*");
    expect(pattern, files, 2);
    free(pattern);
    char *nothing = in_folder("*.jp2");
    expect_failure(nothing, "no file matches");
    free(nothing);
}

static void test_list(void **state) {
    (void)state;
    const char *files[] = {"one.tif", "/vsizip/x.zip/two.tif"};
    char *path = in_folder("list.txt"), *input = NULL;
    assert_true(asprintf(&input, "@%s", path) > 0);
    expect(input, files, 2);
    expect_failure("@/nowhere/list", "cannot be read");
    free(input);
    free(path);
}

static void test_names_pass_through(void **state) {
    (void)state;
    const char *files[] = {"NETCDF:\"x.nc\":band"};
    expect(files[0], files, 1);
}

static void test_urls(void **state) {
    (void)state;
    static const char *const names[][2] = {
        {"https://host/a.tif?key=[1]*", "/vsicurl/https://host/a.tif?key=[1]*"},
        {"HTTP://host/a.tif", "/vsicurl/http://host/a.tif"},
        {"s3://bucket/key/a.tif", "/vsis3/bucket/key/a.tif"},
        {"gs://bucket/a.tif", "/vsigs/bucket/a.tif"},
        {"/vsizip//vsicurl/http://host/a.zip/a?.tif", "/vsizip//vsicurl/http://host/a.zip/a?.tif"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *files[] = {names[i][1]};
        expect(names[i][0], files, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directory),          cmocka_unit_test(test_glob), cmocka_unit_test(test_list),
        cmocka_unit_test(test_names_pass_through), cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
