/* The server's core without sockets: requests in, responses out (fake_world.h); the documents have test_documents.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/server/fake_world.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- statuses over many targets ---- */

static void targets(void **state) {
    (void)state;
    static const struct {
        const char *target;
        int status;
        const char *type, *cache;
    } cases[] = {
        {"/land/0/0/0.png", 200, "image/png", PLAIN},
        {"/land/0/0/0.png?v=1&x=../..", 200, "image/png", PLAIN},
        {"/%6cand/0/0/0.png", 200, "image/png", PLAIN},
        {"/land/30/1073741823/1073741823.png", 200, "image/png", PLAIN},
        {"/land@0123abc/0/0/0.png", 200, "image/png", IMMUTABLE},
        {"http://maps.test/land/0/0/0.png", 200, "image/png", PLAIN},
        {"/mix/1/0/0.png", 200, "image/png", PLAIN},
        {"/mix/1/0/0.jpg", 200, "image/png", PLAIN},
        {"/mix/1/0/0.webp", 200, "image/png", PLAIN},
        {"/mix/1/1/0.png", 200, "image/jpeg", PLAIN},
        {"/mix/1/1/0.jpeg", 200, "image/jpeg", PLAIN},
        {"/plate/0/1/0.webp", 200, "image/webp", PLAIN},
        /* in the grid, not in the archive */
        {"/land/1/0/0.png", 404, "text/plain; charset=utf-8", PLAIN},
        {"/land@0123abc/1/0/0.png", 404, "text/plain; charset=utf-8", IMMUTABLE},
        {"/plate/0/0/0.webp", 404, "text/plain; charset=utf-8", PLAIN},
        /* not in the grid */
        {"/land/0/1/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/1.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/31/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/4294967295/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/4294967296/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/2/0.webp", 404, "text/plain; charset=utf-8", "no-store"},
        /* other types */
        {"/land/0/0/0.jpg", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0.PNG", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0.", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0.png.png", 404, "text/plain; charset=utf-8", "no-store"},
        /* tiles of 256 px in a grid of 256 px, and of 512 px in one of 256 px */
        {"/land/0/0/0@2x.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0@1x.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@2x.webp", 200, "image/webp", PLAIN},
        {"/plate/0/1/0.webp", 200, "image/webp", PLAIN},
        {"/plate/0/1/0@4x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@02x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@2.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@2x", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@2x@2x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/@2x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/plate/0/1/0@4294967297x.webp", 404, "text/plain; charset=utf-8", "no-store"},
        {"/mix/1/0/0.gif", 404, "text/plain; charset=utf-8", "no-store"},
        {"/mix/1/0/0.mvt", 404, "text/plain; charset=utf-8", "no-store"},
        /* numbers */
        {"/land/00/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/+0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/-0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/%200/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0x0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land//0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/0.0.png", 404, "text/plain; charset=utf-8", "no-store"},
        /* layers come from the list */
        {"/lan/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/landx/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/LAND/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"//0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/@/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/../0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/%2e%2e%2fland/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/..%2f..%2fetc%2fpasswd", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/../land/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/0/0/../../etc/passwd", 404, "text/plain; charset=utf-8", "no-store"},
        {"/etc/passwd", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land", 404, "text/plain; charset=utf-8", "no-store"},
        {"/land/2024-01-01/0/0/0.png", 404, "text/plain; charset=utf-8", "no-store"},
        {"/a/b/c/d/e/f/g/h/i/j", 404, "text/plain; charset=utf-8", "no-store"},
        /* documents */
        {"/land.json", 200, "application/json", "no-cache"},
        {"/index.json", 200, "application/json", "no-cache"},
        {"/nothing.json", 404, "text/plain; charset=utf-8", "no-store"},
        {"/.json", 404, "text/plain; charset=utf-8", "no-store"},
        {"/healthz", 200, "text/plain; charset=utf-8", "no-store"},
        {"/", 200, "text/html; charset=utf-8", "no-cache"},
        {"/?layer=land", 200, "text/html; charset=utf-8", "no-cache"},
        {"http://maps.test", 200, "text/html; charset=utf-8", "no-cache"},
        {"/_/", 404, "text/plain; charset=utf-8", "no-store"},
        {"/_/map.js", 404, "text/plain; charset=utf-8", "no-store"},
        {"/_/../index.html", 404, "text/plain; charset=utf-8", "no-store"},
        /* no URLs */
        {"/land.json%00.png", 400, "text/plain; charset=utf-8", "no-store"},
        {"/a%0d%0aSet-Cookie:x", 400, "text/plain; charset=utf-8", "no-store"},
        {"land.json", 400, "text/plain; charset=utf-8", "no-store"},
        {"http://evil\"host/land.json", 400, "text/plain; charset=utf-8", "no-store"},
        {"http://u@host/land.json", 400, "text/plain; charset=utf-8", "no-store"},
        {"*", 400, "text/plain; charset=utf-8", "no-store"},
        {"", 400, "text/plain; charset=utf-8", "no-store"},
    };
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = fake_get(cases[i].target);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        const char *type = imx_response_header(&r, "Content-Type"), *cache = imx_response_header(&r, "Cache-Control");
        if (r.status != cases[i].status || !type || strcmp(type, cases[i].type) || !cache ||
            strcmp(cache, cases[i].cache)) {
            fail_msg("%s: %d, %s, %s", cases[i].target, r.status, type, cache);
        }
        assert_string_equal(imx_response_header(&r, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(imx_response_header(&r, "Access-Control-Allow-Origin"), "*");
        assert_non_null(strstr(imx_response_header(&r, "Access-Control-Expose-Headers"), "ETag"));
        assert_true(r.size > 0 && r.body);
        assert_int_equal(imx_response_header(&r, "ETag") != NULL,
                         r.status == 200 && !!strcmp(cases[i].cache, "no-store"));
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

static void tiles_are_the_archives_bytes(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/mix/1/1/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_ptr_equal(r.body, FAKE_JPEG); /* not a copy */
    assert_int_equal(r.size, FAKE_JPEG_SIZE);
    imx_hash hash = imx_hash_bytes(FAKE_JPEG, FAKE_JPEG_SIZE);
    char text[IMX_HASH_TEXT_SIZE], etag[64];
    imx_hash_text(&hash, text);
    (void)snprintf(etag, sizeof etag, "\"%s\"", text);
    assert_string_equal(imx_response_header(&r, "etag"), etag);
    imx_response_release(w.server, &r);
    fake_world_close(&w);
}

static void long_targets(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    static char target[100000];
    static const struct {
        size_t size;
        bool query;
        int status;
    } cases[] = {
        {513, false, 414}, {512, false, 404}, {2048, true, 404}, {2049, true, 414}, {sizeof target - 1, true, 414}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(target, 'a', sizeof target);
        target[0] = '/';
        target[2] = cases[i].query ? '?' : 'a';
        target[cases[i].size] = '\0';
        imx_request request = fake_get(target);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, cases[i].status);
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

/* ---- methods, hosts ---- */

static void methods(void **state) {
    (void)state;
    static const struct {
        const char *method, *target;
        int status;
    } cases[] = {
        {"HEAD", "/land/0/0/0.png", 200},
        {"HEAD", "/land/1/0/0.png", 404},
        {"HEAD", "/", 200},
        {"OPTIONS", "/land/0/0/0.png", 204},
        {"OPTIONS", "*", 204},
        {"OPTIONS", "/nowhere", 204},
        {"OPTIONS", "/%00", 400},
        {"POST", "/land/0/0/0.png", 405},
        {"PUT", "/", 405},
        {"DELETE", "/land.json", 405},
        {"get", "/", 405},
        {"", "/", 405},
        {"TRACE", "/", 405},
        {"CONNECT", "maps.test:80", 405},
    };
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = fake_get(cases[i].target);
        request.method = cases[i].method;
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        if (r.status != cases[i].status) {
            fail_msg("%s %s: %d", cases[i].method, cases[i].target, r.status);
        }
        const char *allow = imx_response_header(&r, "Allow");
        assert_int_equal(allow != NULL, r.status == 405 || r.status == 204);
        if (allow) {
            assert_string_equal(allow, "GET, HEAD, OPTIONS");
        }
        if (r.status == 204) {
            assert_string_equal(imx_response_header(&r, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
            assert_string_equal(imx_response_header(&r, "Access-Control-Allow-Headers"), "*");
            assert_int_equal(r.size, 0);
        }
        if (!strcmp(cases[i].method, "HEAD") && r.status == 200 && strlen(cases[i].target) > 1) {
            assert_int_equal(r.size, FAKE_PNG_SIZE); /* for Content-Length */
        }
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

static void hosts(void **state) {
    (void)state;
    static const struct {
        const char *host;
        unsigned count;
        bool required;
        int status;
    } cases[] = {
        {"a.test", 1, true, 200}, {NULL, 0, false, 200},          {NULL, 0, true, 400},   {"a.test", 2, true, 400},
        {"", 1, true, 400},       {"a\"><script>", 1, true, 400}, {"a b", 1, false, 400}, {"a/../b", 1, true, 400},
    };
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = fake_get("/land.json");
        request.host = cases[i].host;
        request.host_count = cases[i].count;
        request.host_required = cases[i].required;
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, cases[i].status);
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

/* ---- conditions and ranges ---- */

static void conditions(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/land/0/0/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    char etag[64], list[256];
    (void)snprintf(etag, sizeof etag, "%s", imx_response_header(&r, "ETag"));
    imx_response_release(w.server, &r);
    const struct {
        const char *format;
        const char *range;
        int status;
    } cases[] = {
        {"%s", NULL, 304},        {"W/%s", NULL, 304},         {"\"x\", %s", NULL, 304},
        {"*", NULL, 304},         {"\"x\"", NULL, 200},        {"x", NULL, 200},
        {"%s", "bytes=0-1", 304}, {"\"x\"", "bytes=0-1", 206}, {"\"x\"", "bytes=999-", 416},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *hole = strstr(cases[i].format, "%s");
        (void)snprintf(list, sizeof list, "%.*s%s", hole ? (int)(hole - cases[i].format) : 256, cases[i].format,
                       hole ? etag : "");
        request.if_none_match = list;
        request.range = cases[i].range;
        for (int head = 0; head < 2; head++) {
            request.method = head ? "HEAD" : "GET";
            imx_server_handle(w.server, &request, &r);
            int expected = head && cases[i].status > 304 ? 200 : head && cases[i].status == 206 ? 200 : cases[i].status;
            if (r.status != expected) {
                fail_msg("%s %s %s: %d", request.method, list, request.range, r.status);
            }
            if (r.status == 304) {
                assert_string_equal(imx_response_header(&r, "ETag"), etag);
                assert_string_equal(imx_response_header(&r, "Cache-Control"), PLAIN);
                assert_string_equal(imx_response_header(&r, "Access-Control-Allow-Origin"), "*");
                assert_null(imx_response_header(&r, "Content-Type"));
                assert_int_equal(r.size, FAKE_PNG_SIZE); /* that of the GET */
            }
            imx_response_release(w.server, &r);
        }
    }
    fake_world_close(&w);
}

static void ranges(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/land/0/0/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_string_equal(imx_response_header(&r, "Accept-Ranges"), "bytes");
    char etag[64];
    (void)snprintf(etag, sizeof etag, "%s", imx_response_header(&r, "ETag"));
    imx_response_release(w.server, &r);

    request.range = "bytes=1-3";
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 206);
    assert_int_equal(r.size, 3);
    assert_memory_equal(r.body, "PNG", 3);
    assert_string_equal(imx_response_header(&r, "Content-Range"), "bytes 1-3/14");
    assert_string_equal(imx_response_header(&r, "ETag"), etag);
    assert_string_equal(imx_response_header(&r, "Content-Type"), "image/png");
    imx_response_release(w.server, &r);

    request.range = "bytes=14-";
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 416);
    assert_string_equal(imx_response_header(&r, "Content-Range"), "bytes */14");
    assert_null(imx_response_header(&r, "ETag"));
    imx_response_release(w.server, &r);

    request.range = "bytes=1-3";
    request.if_range = "\"older\"";
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 200);
    imx_response_release(w.server, &r);
    request.if_range = etag;
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 206);
    imx_response_release(w.server, &r);
    request.method = "HEAD";
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.size, 14);
    imx_response_release(w.server, &r);
    fake_world_close(&w);
}

/* ---- versions, missing tiles, failures ---- */

static void other_versions_are_sent_to_the_plain_url(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land@old/0/0/0.png", "/land@/0/0/0.png", "/mix@../../x/1/0/0.png",
                                           "/land@0123abc@/0/0/0.png"};
    static const char *const locations[] = {"../../../land/0/0/0.png", "../../../land/0/0/0.png", NULL,
                                            "../../../land/0/0/0.png"};
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(targets_); i++) {
        imx_request request = fake_get(targets_[i]);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, locations[i] ? 307 : 404);
        if (locations[i]) {
            assert_string_equal(imx_response_header(&r, "Location"), locations[i]);
            assert_string_equal(imx_response_header(&r, "Cache-Control"), "no-store");
        }
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

static void missing_tiles(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    options.missing = IMX_MISSING_204;
    fake_world_open(&w, &options);
    imx_request request = fake_get("/land/1/0/0.png"), outside = fake_get("/land/1/2/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 204);
    assert_int_equal(r.size, 0);
    assert_null(imx_response_header(&r, "Content-Type"));
    assert_string_equal(imx_response_header(&r, "Cache-Control"), PLAIN);
    imx_response_release(w.server, &r);
    imx_server_handle(w.server, &outside, &r);
    assert_int_equal(r.status, 404);
    imx_response_release(w.server, &r);
    fake_world_close(&w);
}

static void a_request_may_ask_for_another_answer(void **state) {
    (void)state;
    static const struct {
        const char *target;
        int status;
    } cases[] = {
        {"/land/1/0/0.png?missing=204", 204},   {"/land/1/0/0.png?a=b&missing=204", 204},
        {"/land/1/0/0.png?missing=404", 404},   {"/land/1/0/0.png?missing=204&", 204},
        {"/land/1/0/0.png?missing=20", 404},    {"/land/1/0/0.png?missing=2040", 404},
        {"/land/1/0/0.png?xmissing=204", 404},  {"/land/1/0/0.png?missing=", 404},
        {"/land/1/0/0.png?&&missing=200", 404}, {"/land/0/0/0.png?missing=204", 200},
        {"/land/0/1/0.png?missing=204", 404},   {"/lan/0/0/0.png?missing=204", 404},
    };
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = fake_get(cases[i].target);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        if (r.status != cases[i].status) {
            fail_msg("%s: %d", cases[i].target, r.status);
        }
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

static void transparent_tiles(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land/1/0/0.png", "/plate/1/0/0.webp", "/land/2/0/0.png", "/mix/0/0/0.jpg"};
    static const int32_t sizes[] = {256, 520, 256, 256}; /* with the buffer around */
    fake_world w;
    imx_server_options options = fake_world_options();
    options.missing = IMX_MISSING_TRANSPARENT;
    fake_world_open(&w, &options);
    for (size_t i = 0; i < COUNT(targets_); i++) {
        imx_request request = fake_get(targets_[i]);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, 200);
        assert_string_equal(imx_response_header(&r, "Content-Type"), "image/png");
        assert_non_null(imx_response_header(&r, "ETag"));
        imx_pixels pixels = {0};
        assert_int_equal(imx_decode(w.memory, r.body, r.size, 4096, NULL, &pixels), IMX_OK);
        assert_int_equal(pixels.width, sizes[i]);
        assert_int_equal(pixels.height, sizes[i]);
        const uint8_t *px = pixels.data;
        for (int32_t y = 0; y < sizes[i]; y += 51) {
            for (int32_t x = 0; x < 4 * sizes[i]; x++) {
                assert_int_equal(px[y * pixels.row_stride + x], 0);
            }
        }
        imx_pixels_destroy(w.memory, &pixels);
        imx_response_release(w.server, &r);
    }
    fake_world_close(&w);
}

static void failures_are_500_and_logged(void **state) {
    (void)state;
    fake_world w, *context = &w;
    imx_log *log = NULL;
    assert_int_equal(imx_log_create(NULL, IMX_LOG_DEBUG, fake_world_note, context, &log), IMX_OK);
    imx_server_options options = fake_world_options();
    options.log = log;
    fake_world_open(&w, &options);
    imx_request request = fake_get("/broken/0/0/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 500);
    assert_string_equal(imx_response_header(&r, "Cache-Control"), "no-store");
    assert_memory_equal(r.body, "internal error\n", r.size); /* nothing of the file */
    assert_non_null(strstr(w.warnings, "broken/0/0/0: secret.pmtiles: damaged"));
    imx_response_release(w.server, &r);
    fake_world_close(&w);
    imx_log_destroy(&log);
}

/* Whichever allocation fails: an answer, and nothing leaks. */
static void out_of_memory(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land.json", "/index.json", "/land/1/0/0.png", "/land/0/0/0.png"};
    for (size_t t = 0; t < COUNT(targets_); t++) {
        int status = 500;
        for (size_t nth = 1; status == 500 && nth < 50; nth++) {
            fake_world w;
            imx_server_options options = fake_world_options();
            options.missing = IMX_MISSING_TRANSPARENT;
            fake_world_open(&w, &options);
            imx_memory_fail_nth(w.memory, nth);
            imx_request request = fake_get(targets_[t]);
            imx_response r;
            imx_server_handle(w.server, &request, &r);
            status = r.status;
            imx_memory_fail_nth(w.memory, 0);
            imx_response_release(w.server, &r);
            fake_world_close(&w);
        }
        assert_int_equal(status, 200);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),
        cmocka_unit_test(tiles_are_the_archives_bytes),
        cmocka_unit_test(long_targets),
        cmocka_unit_test(methods),
        cmocka_unit_test(hosts),
        cmocka_unit_test(conditions),
        cmocka_unit_test(ranges),
        cmocka_unit_test(other_versions_are_sent_to_the_plain_url),
        cmocka_unit_test(missing_tiles),
        cmocka_unit_test(a_request_may_ask_for_another_answer),
        cmocka_unit_test(transparent_tiles),
        cmocka_unit_test(failures_are_500_and_logged),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
