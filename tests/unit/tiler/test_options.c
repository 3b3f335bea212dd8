/* tests/unit/tiler/test_options.c: the command-line parser, its suggestions, and numbers as people read them. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/options.h"
#include "engine/base/text.h"
#include "tiler/cli/job_options.h"

typedef struct parsed {
    imx_job_cli o;
    imx_status status;
    imx_error err;
    int positional;
    bool help;
    char *argv[16];
} parsed;

/* Parses a line, split at single spaces; line must be writable. */
static void parse(parsed *p, char *line) {
    int argc = 0;
    memset(p, 0, sizeof *p);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        p->argv[argc++] = word;
    }
    imx_job_cli_init(&p->o);
    p->status = imx_options_parse(&imx_tile_command, argc, p->argv, &p->o, &p->err, &p->positional, &p->help);
}
#define PARSE(p, text)                                                                                                 \
    char line_[] = text;                                                                                               \
    parse(&p, line_)

static void test_options_anywhere(void **state) {
    (void)state;
    parsed p;
    PARSE(p, "tile a.tif -z 3-9 b.tif --resample=cubic -j7 out.pmtiles -fpng --overview-resample mode");
    assert_int_equal(p.status, IMX_OK);
    assert_int_equal(p.positional, 3);
    assert_string_equal(p.argv[1], "a.tif");
    assert_string_equal(p.argv[3], "out.pmtiles");
    assert_int_equal(p.o.job.zoom_min, 3);
    assert_int_equal(p.o.job.zoom_max, 9);
    assert_false(p.o.job.zoom_max_auto);
    assert_int_equal(p.o.job.resample, IMX_RESAMPLE_CUBIC);
    assert_int_equal(p.o.job.overview, IMX_REDUCE_MODE);
    assert_int_equal(p.o.job.codec.format, IMX_FORMAT_PNG);
    assert_int_equal(p.o.threads, 7);
}

static void test_double_dash(void **state) {
    (void)state;
    parsed p;
    PARSE(p, "tile -- -odd.tif --help");
    assert_int_equal(p.status, IMX_OK);
    assert_false(p.help);
    assert_int_equal(p.positional, 2);
    assert_string_equal(p.argv[1], "-odd.tif");
}

static void test_zoom_forms(void **state) {
    (void)state;
    {
        parsed p;
        PARSE(p, "tile -z 7");
        assert_int_equal(p.o.job.zoom_min, 7);
        assert_int_equal(p.o.job.zoom_max, 7);
    }
    {
        parsed p;
        PARSE(p, "tile -z 4-auto");
        assert_int_equal(p.o.job.zoom_min, 4);
        assert_true(p.o.job.zoom_max_auto && !p.o.job.zoom_min_auto);
    }
    static const char *const bad[] = {"x", "5-3", "3-", "-3", "0-1000", "3-4-5", "+3", "3-+4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[32] = "tile --zoom=";
        parsed p;
        parse(&p, strcat(line, bad[i]));
        assert_int_equal(p.status, IMX_E_USAGE);
    }
}

static void test_mistakes_are_explained(void **state) {
    (void)state;
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"tile --resampel cubic", "unknown option --resampel; did you mean --resample?"},
        {"tile --overwirte", "unknown option --overwirte; did you mean --overwrite?"},
        {"tile --frobnicate", "unknown option --frobnicate; see imbrex tile --help"},
        {"tile -Q", "unknown option -Q; see imbrex tile --help"},
        {"tile --overwrite=yes", "--overwrite takes no value"},
        {"tile --quality", "--quality needs a value: --quality N"},
        {"tile --quality 101", "--quality: '101' is not a whole number from 1 to 100"},
        {"tile --tile-size 300", "--tile-size: 300 is not a power of two"},
        {"tile --memory lots", "--memory: 'lots' is not a size such as 512M or 2G"},
        {"tile --memory 1M", "--memory: 1M is too little; at least 128M"},
        {"tile --error-threshold nan", "--error-threshold: 'nan' is not a number from 0 to 16"},
        {"tile --background fff", "--background: 'fff' is not a colour such as ffffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[64];
        parsed p;
        parse(&p, strcpy(line, cases[i].line));
        assert_int_equal(p.status, IMX_E_USAGE);
        assert_string_equal(p.err.text, cases[i].text);
    }
}

static void test_help_wins(void **state) {
    (void)state;
    parsed p;
    PARSE(p, "tile --quality 999 -h");
    assert_int_equal(p.status, IMX_OK);
    assert_true(p.help);
}

static void test_suggestions(void **state) {
    (void)state;
    static const char *const names[] = {"tile", "info", "verify", "serve", "kernels", NULL};
    assert_string_equal(imx_suggest("tlie", names), "tile");
    assert_string_equal(imx_suggest("verfy", names), "verify");
    assert_string_equal(imx_suggest("kern", names), "kernels");
    assert_null(imx_suggest("download", names));
}

static void test_bytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t bytes;
    } cases[] = {{"65536", 65536}, {"512M", 536870912}, {"2g", 2147483648u}, {"1.5GiB", 1610612736}, {"64kB", 65536}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bytes = 0;
        assert_int_equal(imx_parse_bytes("x", cases[i].text, NULL, &bytes), IMX_OK);
        assert_int_equal(bytes, cases[i].bytes);
    }
    static const char *const bad[] = {"", "M", "12Q", "1MM", "-5M", "0", "nan", "1e30G"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t bytes = 7;
        assert_int_equal(imx_parse_bytes("x", bad[i], NULL, &bytes), IMX_E_USAGE);
        assert_int_equal(bytes, 7);
    }
}

/* Every value that a sample can have. */
static void test_samples(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"-9999", -9999},
                 {"-1.7976931348623157e308", -1.7976931348623157e308},
                 {"-3.4028234663852886e+38", -3.4028234663852886e38},
                 {"inf", INFINITY},
                 {"-inf", -INFINITY},
                 {"5e-324", 0x1p-1074}};
    static const char *const bad[] = {"", "x", "1x", "1e400", "-1e400", "none", "nan0"};
    double value;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(imx_parse_sample("x", cases[i].text, NULL, &value), IMX_OK);
        assert_true(value == cases[i].value);
    }
    assert_int_equal(imx_parse_sample("x", "-nan", NULL, &value), IMX_OK);
    assert_true(isnan(value));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(imx_parse_sample("x", bad[i], NULL, &value), IMX_E_USAGE);
    }
}

static void test_text(void **state) {
    (void)state;
    char text[IMX_TEXT_SIZE];
    assert_string_equal(imx_text_bytes(999, text), "999 B");
    assert_string_equal(imx_text_bytes(82.1e6, text), "82.1 MB");
    assert_string_equal(imx_text_bytes(999.96e3, text), "1.0 MB");
    assert_string_equal(imx_text_count(0, text), "0");
    assert_string_equal(imx_text_count(1234567, text), "1,234,567");
    assert_string_equal(imx_text_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
    assert_string_equal(imx_text_duration(0.85, text), "850 ms");
    assert_string_equal(imx_text_duration(245, text), "4 min 05 s");
    assert_string_equal(imx_text_duration(11220, text), "3 h 07 min");
}

/* What is typed in again is the same value. */
static void test_numbers(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {250, "250"},
                 {-9999, "-9999"},
                 {65535, "65535"},
                 {4294967295.0, "4294967295"},
                 {0.1, "0.1"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {(double)0.1F, "0.10000000149011612"},
                 {1e-7, "1e-07"},
                 {1234567.5, "1234567.5"},
                 {1e15, "1e+15"},
                 {-DBL_MAX, "-1.7976931348623157e+308"},
                 {(double)-FLT_MAX, "-3.4028234663852886e+38"},
                 {4.9406564584124654e-324, "5e-324"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {-NAN, "nan"}};
    char text[IMX_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(imx_text_number(cases[i].value, text), cases[i].text);
        assert_true(isnan(cases[i].value) || strtod(text, NULL) == cases[i].value);
    }
    assert_string_equal(imx_text_float(0.1F, text), "0.1");
    assert_string_equal(imx_text_float(nextafterf(0.1F, 1), text), "0.10000001");
    assert_string_equal(imx_text_float(-FLT_MAX, text), "-3.4028235e+38");
    assert_string_equal(imx_text_float(16777216.0F, text), "16777216");
    assert_string_equal(imx_text_float(NAN, text), "nan");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_anywhere),
        cmocka_unit_test(test_double_dash),
        cmocka_unit_test(test_zoom_forms),
        cmocka_unit_test(test_mistakes_are_explained),
        cmocka_unit_test(test_help_wins),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
