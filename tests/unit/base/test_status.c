/* tests/unit/base/test_status.c: error texts, context, exit statuses, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/log.h"
#include "engine/base/status.h"

static void fail_sets_status_and_text(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    assert_int_equal(imx_fail(&err, IMX_E_INPUT, "%s: %d", "a.tif", 7), IMX_E_INPUT);
    assert_int_equal(err.status, IMX_E_INPUT);
    assert_string_equal(err.text, "a.tif: 7");
    assert_int_equal(imx_fail(&err, IMX_E_IO, "later"), IMX_E_IO);
    assert_string_equal(err.text, "later");
    assert_int_equal(imx_fail(NULL, IMX_E_NOMEM, "lost %d", 1), IMX_E_NOMEM);
}

static void context_stands_in_front(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    (void)imx_fail(&err, IMX_E_IO, "no 100%% luck");
    assert_int_equal(imx_error_context(&err, "tile %d", 3), IMX_E_IO);
    assert_string_equal(err.text, "tile 3: no 100% luck");
    assert_int_equal(imx_error_context(NULL, "x"), IMX_E_INTERNAL);
}

static void texts_are_one_line(void **state) {
    (void)state;
    imx_error err = IMX_ERROR_INIT;
    (void)imx_fail(&err, IMX_E_INPUT, "a\nb\tc\x1b[31m%c", 0x7f);
    assert_string_equal(err.text, "a b c [31m ");
    (void)imx_error_context(&err, "\xc3\xa9\r");
    assert_string_equal(err.text, "\xc3\xa9 : a b c [31m ");
}

static void long_texts_are_cut_not_overrun(void **state) {
    (void)state;
    char word[2 * IMX_ERROR_TEXT_MAX];
    memset(word, 'w', sizeof word);
    word[sizeof word - 1] = '\0';
    for (int length = IMX_ERROR_TEXT_MAX - 5; length < IMX_ERROR_TEXT_MAX + 3; length++) {
        imx_error err = IMX_ERROR_INIT;
        (void)imx_fail(&err, IMX_E_IO, "%s", word);
        assert_int_equal(strlen(err.text), IMX_ERROR_TEXT_MAX - 1);
        assert_int_equal(imx_error_context(&err, "%.*s", length, word), IMX_E_IO);
        assert_int_equal(strlen(err.text), IMX_ERROR_TEXT_MAX - 1);
    }
}

static void each_status_has_a_name_and_an_exit_status(void **state) {
    (void)state;
    static const struct {
        imx_status status;
        const char *name;
        int code;
    } rows[] = {
        {IMX_OK, "ok", 0},
        {IMX_E_NOMEM, "out of memory", 1},
        {IMX_E_USAGE, "bad usage", 2},
        {IMX_E_INPUT, "bad input", 3},
        {IMX_E_UNSUPPORTED, "unsupported input", 3},
        {IMX_E_IO, "I/O error", 1},
        {IMX_E_DISK_FULL, "disk full", 1},
        {IMX_E_NOT_FOUND, "not found", 1},
        {IMX_E_CANCELLED, "interrupted", 4},
        {IMX_E_INCOMPLETE, "output incomplete", 5},
        {IMX_E_INTERNAL, "internal error", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(imx_status_name(rows[i].status), rows[i].name);
        assert_int_equal(imx_status_exit_code(rows[i].status), rows[i].code);
    }
}

typedef struct heard {
    int count;
    imx_log_level level;
    char text[64];
} heard;

static void hear(void *context, imx_log_level level, const char *text) {
    heard *last = context;
    last->count++;
    last->level = level;
    strncpy(last->text, text, sizeof last->text - 1);
}

static void the_log_drops_what_is_below_its_threshold(void **state) {
    (void)state;
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    heard last = {0};
    imx_log *log = NULL;
    assert_int_equal(imx_log_create(memory, IMX_LOG_INFO, hear, &last, &log), IMX_OK);
    imx_log_say(log, IMX_LOG_DEBUG, "not this");
    assert_int_equal(last.count, 0);
    imx_log_say(log, IMX_LOG_WARNING, "%s %d", "scene", 4);
    assert_int_equal(last.count, 1);
    assert_int_equal(last.level, IMX_LOG_WARNING);
    assert_string_equal(last.text, "scene 4");
    imx_log_say(NULL, IMX_LOG_WARNING, "nobody listens");
    imx_log_destroy(&log);
    assert_null(log);
    imx_log_destroy(&log);
    imx_memory_fail_nth(memory, 1);
    assert_int_equal(imx_log_create(memory, IMX_LOG_INFO, hear, &last, &log), IMX_E_NOMEM);
    assert_null(log);
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_sets_status_and_text),
        cmocka_unit_test(context_stands_in_front),
        cmocka_unit_test(texts_are_one_line),
        cmocka_unit_test(long_texts_are_cut_not_overrun),
        cmocka_unit_test(each_status_has_a_name_and_an_exit_status),
        cmocka_unit_test(the_log_drops_what_is_below_its_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
