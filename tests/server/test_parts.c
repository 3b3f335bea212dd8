/* Paths, hosts, numbers, entity tags and ranges: the server's strict little parsers, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/conditional.h"
#include "server/path.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void paths_are_split_and_decoded_once(void **state) {
    (void)state;
    static const struct {
        const char *target;
        int answer;
        unsigned count;
        const char *segments[4];
    } cases[] = {
        {"/", 0, 0, {0}},
        {"/a", 0, 1, {"a"}},
        {"/a/", 0, 2, {"a", ""}},
        {"//", 0, 2, {"", ""}},
        {"/a/1/2/3.png?x=/../y", 0, 4, {"a", "1", "2", "3.png"}},
        {"/%61%2Fb", 0, 1, {"a/b"}},
        {"/%252e", 0, 1, {"%2e"}},
        {"/../x", 0, 2, {"..", "x"}},
        {"/%2e%2e/x", 0, 2, {"..", "x"}},
        {"/%e5%8c%97", 0, 1, {"\xe5\x8c\x97"}},
        {"/?", 0, 0, {0}},
        {"", 400, 0, {0}},
        {"a", 400, 0, {0}},
        {"*", 400, 0, {0}},
        {"/a%00.json", 400, 0, {0}},
        {"/a%0a", 400, 0, {0}},
        {"/a%7f", 400, 0, {0}},
        {"/a%", 400, 0, {0}},
        {"/a%4", 400, 0, {0}},
        {"/a%4?x", 400, 0, {0}},
        {"/a%zz", 400, 0, {0}},
        {"/a b", 400, 0, {0}},
        {"/a\tb", 400, 0, {0}},
        {"/a#b", 400, 0, {0}},
        {"/a\\..\\b", 400, 0, {0}},
        {"/\xc3\xa9", 400, 0, {0}},
        {"/1/2/3/4/5/6/7/8", 0, 8, {"1", "2", "3", "4"}},
        {"/1/2/3/4/5/6/7/8/9", 404, 0, {0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_path path;
        int answer = imx_path_split(cases[i].target, &path);
        if (answer != cases[i].answer || (!answer && path.count != cases[i].count)) {
            fail_msg("%s: %d, %u segments", cases[i].target, answer, path.count);
        }
        for (unsigned s = 0; !answer && s < path.count && s < 4; s++) {
            assert_string_equal(path.segment[s], cases[i].segments[s]);
            assert_int_equal(path.length[s], strlen(path.segment[s]));
        }
    }
}

static void long_paths_are_refused(void **state) {
    (void)state;
    char target[IMX_PATH_BYTES_MAX + 16];
    imx_path path;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[IMX_PATH_BYTES_MAX] = '\0';
    assert_int_equal(imx_path_split(target, &path), 0);
    assert_int_equal(path.length[0], IMX_PATH_BYTES_MAX - 1);
    target[IMX_PATH_BYTES_MAX] = 'a';
    target[IMX_PATH_BYTES_MAX + 1] = '\0';
    assert_int_equal(imx_path_split(target, &path), 414);
    target[IMX_PATH_BYTES_MAX] = '?';
    assert_int_equal(imx_path_split(target, &path), 0);
}

static void numbers_are_strict(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint32_t value;
    } cases[] = {
        {"0", true, 0},
        {"7", true, 7},
        {"4294967295", true, UINT32_MAX},
        {"10", true, 10},
        {"", false, 0},
        {"00", false, 0},
        {"01", false, 0},
        {"+1", false, 0},
        {"-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1e3", false, 0},
        {"0x1", false, 0},
        {"1.0", false, 0},
        {"4294967296", false, 0},
        {"99999999999", false, 0},
        {"99999999999999999999999", false, 0},
        {"\xd9\xa1", false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t value = 0;
        if (imx_path_number(cases[i].text, strlen(cases[i].text), &value) != cases[i].ok || value != cases[i].value) {
            fail_msg("'%s' gives %u", cases[i].text, value);
        }
    }
}

static void hosts_are_strict(void **state) {
    (void)state;
    static const struct {
        const char *host;
        bool ok;
    } cases[] = {
        {"localhost", true},     {"example.org:8080", true},
        {"127.0.0.1:1", true},   {"[::1]:65535", true},
        {"[fe80::1]", true},     {"tile_server", true},
        {"a-b.c", true},         {"", false},
        {":80", false},          {"a:", false},
        {"a:0", false},          {"a:65536", false},
        {"a:080", false},        {"a:x", false},
        {"a b", false},          {"a/b", false},
        {"a@b", false},          {"a\"b", false},
        {"a<script>", false},    {"[::1", false},
        {"[]", false},           {"[1]", false},
        {"[::g]", false},        {"[::1]x", false},
        {"a\r\nX: y", false},    {"a,b", false},
        {"\xc3\xa9.org", false}, {"a?b", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (imx_host_is_valid(cases[i].host, strlen(cases[i].host)) != cases[i].ok) {
            fail_msg("'%s'", cases[i].host);
        }
    }
    char big[257];
    memset(big, 'a', sizeof big);
    assert_true(imx_host_is_valid(big, 255));
    assert_false(imx_host_is_valid(big, 256));
}

static void public_urls(void **state) {
    (void)state;
    static const struct {
        const char *url;
        size_t size; /* 0: refused */
    } cases[] = {
        {"https://example.org", 19},
        {"http://example.org:8080/maps", 28},
        {"https://example.org///", 19},
        {"HTTPS://[::1]/a%20b", 19},
        {"example.org", 0},
        {"ftp://example.org", 0},
        {"https://", 0},
        {"https:///a", 0},
        {"https://u:p@example.org", 0},
        {"https://example.org/?a", 0},
        {"https://example.org/#a", 0},
        {"https://example.org/\"", 0},
        {"https://exa mple.org", 0},
        {"javascript:alert(1)", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = 0;
        if (imx_public_url_is_valid(cases[i].url, &size) != (cases[i].size > 0) ||
            (cases[i].size && size != cases[i].size)) {
            fail_msg("%s: %zu", cases[i].url, size);
        }
    }
}

static void if_none_match(void **state) {
    (void)state;
    static const struct {
        const char *list;
        bool match;
    } cases[] = {
        {"\"abc\"", true},
        {"W/\"abc\"", true},
        {"*", true},
        {" * ", true},
        {"\"x\", \"abc\"", true},
        {"\"x\",W/\"abc\"", true},
        {", ,\"abc\" ,", true},
        {"\"x,\\\"y\", \"abc\"", false}, /* a backslash escapes nothing in a tag: the list breaks off */
        {"\"a,b\", \"abc\"", true},
        {"", false},
        {"abc", false},
        {"\"abc", false},
        {"\"ABC\"", false},
        {"w/\"abc\"", false},
        {"\"abcd\"", false},
        {"\"ab\"", false},
        {"*, \"abc\"", false},
        {"\"x\" \"abc\"", false},
        {"\"x y\", \"abc\"", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (imx_if_none_match(cases[i].list, "\"abc\"") != cases[i].match) {
            fail_msg("%s", cases[i].list);
        }
    }
}

static void if_range(void **state) {
    (void)state;
    assert_true(imx_if_range(NULL, "\"abc\""));
    assert_true(imx_if_range("\"abc\"", "\"abc\""));
    assert_true(imx_if_range(" \"abc\" ", "\"abc\""));
    assert_false(imx_if_range("W/\"abc\"", "\"abc\""));
    assert_false(imx_if_range("\"abcd\"", "\"abc\""));
    assert_false(imx_if_range("Sun, 06 Nov 1994 08:49:37 GMT", "\"abc\""));
    assert_false(imx_if_range("", "\"abc\""));
}

static void ranges(void **state) {
    (void)state;
    static const struct {
        const char *header;
        imx_range_kind kind;
        size_t first, last;
    } cases[] = {
        {NULL, IMX_RANGE_NONE, 0, 0},
        {"bytes=0-0", IMX_RANGE_PART, 0, 0},
        {"bytes=0-99", IMX_RANGE_PART, 0, 99},
        {"bytes=10-1000", IMX_RANGE_PART, 10, 99},
        {"bytes=99-", IMX_RANGE_PART, 99, 99},
        {"bytes=-1", IMX_RANGE_PART, 99, 99},
        {"bytes=-100", IMX_RANGE_PART, 0, 99},
        {"bytes=-101", IMX_RANGE_PART, 0, 99},
        {"Bytes= 5-6 ", IMX_RANGE_PART, 5, 6},
        {"bytes=0-99999999999999999999999", IMX_RANGE_PART, 0, 99},
        {"bytes=-99999999999999999999999", IMX_RANGE_PART, 0, 99},
        {"bytes=100-", IMX_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=100-200", IMX_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=99999999999999999999999-", IMX_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", IMX_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=5-4", IMX_RANGE_NONE, 0, 0},
        {"bytes=0-1,5-6", IMX_RANGE_NONE, 0, 0},
        {"bytes=-", IMX_RANGE_NONE, 0, 0},
        {"bytes=a-b", IMX_RANGE_NONE, 0, 0},
        {"bytes=", IMX_RANGE_NONE, 0, 0},
        {"bytes", IMX_RANGE_NONE, 0, 0},
        {"items=0-1", IMX_RANGE_NONE, 0, 0},
        {"bytes=--1", IMX_RANGE_NONE, 0, 0},
        {"bytes=1--1", IMX_RANGE_NONE, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t first = 0, last = 0;
        imx_range_kind kind = imx_range_parse(cases[i].header, 100, &first, &last);
        if (kind != cases[i].kind || first != cases[i].first || last != cases[i].last) {
            fail_msg("%s: %d, %zu-%zu", cases[i].header, kind, first, last);
        }
    }
    size_t first, last;
    assert_int_equal(imx_range_parse("bytes=0-", 0, &first, &last), IMX_RANGE_UNSATISFIABLE);
    assert_int_equal(imx_range_parse("bytes=-5", 0, &first, &last), IMX_RANGE_UNSATISFIABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_split_and_decoded_once),
        cmocka_unit_test(long_paths_are_refused),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(hosts_are_strict),
        cmocka_unit_test(public_urls),
        cmocka_unit_test(if_none_match),
        cmocka_unit_test(if_range),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
