/* The server's core without sockets: requests in, responses out. Layers: `land` (PNG, versioned), `mix` (PNG and JPEG,
 * no generation), `plate` (WorldCRS84Quad, 512 px), `broken` (whose reader fails). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "server/core.h"
#include "tests/server/fake_store.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define IMMUTABLE "public, max-age=31536000, immutable"
#define PLAIN "public, max-age=60"

static const uint8_t PNG_BYTES[] = "\x89PNG one tile", JPEG_BYTES[] = "\xff\xd8\xff another one", DEEP_BYTES[] = "deep";
static const fake_tile LAND_TILES[] = {
    {{0, 0, 0}, IMX_TILE_PNG, PNG_BYTES, sizeof PNG_BYTES},
    {{30, 1073741823, 1073741823}, IMX_TILE_PNG, DEEP_BYTES, sizeof DEEP_BYTES},
};
static const fake_tile MIX_TILES[] = {
    {{1, 0, 0}, IMX_TILE_PNG, PNG_BYTES, sizeof PNG_BYTES},
    {{1, 1, 0}, IMX_TILE_JPEG, JPEG_BYTES, sizeof JPEG_BYTES},
};
static const fake_tile PLATE_TILES[] = {{{0, 1, 0}, IMX_TILE_WEBP, DEEP_BYTES, sizeof DEEP_BYTES}};

static char LAND_NAME[] = "Land \"&\" sea", ATTRIBUTION[] = "<a href='https://example.org'>Us</a>",
            GENERATION[] = "0123abc", ODD_GENERATION[] = "../../x", PLATE_GRID[] = "WorldCRS84Quad";

typedef struct world {
    imx_memory *memory;
    imx_layers *layers;
    imx_server *server;
    fake_counters counters;
    fake_archive land, mix, plate, broken;
    char warnings[512];
} world;

static void note(void *context, imx_log_level level, const char *text) {
    (void)level;
    (void)snprintf(((world *)context)->warnings, sizeof((world *)context)->warnings, "%s", text);
}

static void add(world *w, const char *name, const fake_archive *archive) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = fake_reader(w->memory, archive);
    assert_non_null(reader);
    if (imx_layers_add_reader_take(w->layers, name, NULL, false, reader, &err)) {
        fail_msg("%s", err.text);
    }
}

static void open_world(world *w, const imx_server_options *options) {
    memset(w, 0, sizeof *w);
    assert_int_equal(imx_memory_create(0, &w->memory), IMX_OK);
    assert_int_equal(imx_layers_create(w->memory, NULL, &w->layers), IMX_OK);
    w->land = (fake_archive){{.name = LAND_NAME,
                              .attribution = ATTRIBUTION,
                              .encoding = "terrarium",
                              .generation = GENERATION,
                              .tile_type = IMX_TILE_PNG,
                              .tile_px = 256,
                              .zoom_max = 30,
                              .west = -200,
                              .south = -10,
                              .east = 20.5,
                              .north = 30,
                              .center_lon = 5,
                              .center_lat = 7.25,
                              .center_zoom = 40},
                             LAND_TILES,
                             COUNT(LAND_TILES),
                             false,
                             &w->counters};
    w->mix = (fake_archive){{.tile_type = IMX_TILE_MIXED, .tile_px = 256, .zoom_max = 1, .generation = ODD_GENERATION},
                            MIX_TILES,
                            COUNT(MIX_TILES),
                            false,
                            &w->counters};
    w->plate = (fake_archive){
        {.tile_type = IMX_TILE_WEBP, .tile_px = 512, .buffer_px = 4, .zoom_max = 3, .grid_id = PLATE_GRID},
        PLATE_TILES,
        COUNT(PLATE_TILES),
        false,
        &w->counters};
    w->broken = (fake_archive){{.tile_type = IMX_TILE_PNG}, NULL, 0, true, &w->counters};
    add(w, "plate", &w->plate);
    add(w, "land", &w->land);
    add(w, "mix", &w->mix);
    add(w, "broken", &w->broken);
    imx_error err = IMX_ERROR_INIT;
    if (imx_server_create(w->memory, w->layers, options, &err, &w->server)) {
        fail_msg("%s", err.text);
    }
}

static void close_world(world *w) {
    imx_server_destroy(&w->server);
    imx_layers_destroy(&w->layers);
    assert_int_equal(atomic_load(&w->counters.open), 0);
    assert_int_equal(atomic_load(&w->counters.held), 0);
    assert_int_equal(imx_memory_used(w->memory), 0);
    imx_memory_destroy(&w->memory);
}

static imx_server_options plain_options(void) {
    imx_server_options options = IMX_SERVER_OPTIONS_DEFAULT;
    options.max_age_s = 60;
    return options;
}

static imx_request get(const char *target) {
    return (imx_request){
        .method = "GET", .target = target, .host_required = true, .host_count = 1, .host = "maps.test:81"};
}

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
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = get(cases[i].target);
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
    close_world(&w);
}

static void tiles_are_the_archives_bytes(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/mix/1/1/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_ptr_equal(r.body, JPEG_BYTES); /* not a copy */
    assert_int_equal(r.size, sizeof JPEG_BYTES);
    imx_hash hash = imx_hash_bytes(JPEG_BYTES, sizeof JPEG_BYTES);
    char text[IMX_HASH_TEXT_SIZE], etag[64];
    imx_hash_text(&hash, text);
    (void)snprintf(etag, sizeof etag, "\"%s\"", text);
    assert_string_equal(imx_response_header(&r, "etag"), etag);
    imx_response_release(w.server, &r);
    close_world(&w);
}

static void long_targets(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
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
        imx_request request = get(target);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, cases[i].status);
        imx_response_release(w.server, &r);
    }
    close_world(&w);
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
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = get(cases[i].target);
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
            assert_int_equal(r.size, sizeof PNG_BYTES); /* for Content-Length */
        }
        imx_response_release(w.server, &r);
    }
    close_world(&w);
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
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = get("/land.json");
        request.host = cases[i].host;
        request.host_count = cases[i].count;
        request.host_required = cases[i].required;
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, cases[i].status);
        imx_response_release(w.server, &r);
    }
    close_world(&w);
}

/* ---- conditions and ranges ---- */

static void conditions(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/land/0/0/0.png");
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
                assert_int_equal(r.size, sizeof PNG_BYTES); /* that of the GET */
            }
            imx_response_release(w.server, &r);
        }
    }
    close_world(&w);
}

static void ranges(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/land/0/0/0.png");
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
    close_world(&w);
}

/* ---- versions, missing tiles, failures ---- */

static void other_versions_are_sent_to_the_plain_url(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land@old/0/0/0.png", "/land@/0/0/0.png", "/mix@../../x/1/0/0.png",
                                           "/land@0123abc@/0/0/0.png"};
    static const char *const locations[] = {"../../../land/0/0/0.png", "../../../land/0/0/0.png", NULL,
                                            "../../../land/0/0/0.png"};
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(targets_); i++) {
        imx_request request = get(targets_[i]);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        assert_int_equal(r.status, locations[i] ? 307 : 404);
        if (locations[i]) {
            assert_string_equal(imx_response_header(&r, "Location"), locations[i]);
            assert_string_equal(imx_response_header(&r, "Cache-Control"), "no-store");
        }
        imx_response_release(w.server, &r);
    }
    close_world(&w);
}

static void missing_tiles(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    options.missing = IMX_MISSING_204;
    open_world(&w, &options);
    imx_request request = get("/land/1/0/0.png"), outside = get("/land/1/2/0.png");
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
    close_world(&w);
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
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(cases); i++) {
        imx_request request = get(cases[i].target);
        imx_response r;
        imx_server_handle(w.server, &request, &r);
        if (r.status != cases[i].status) {
            fail_msg("%s: %d", cases[i].target, r.status);
        }
        imx_response_release(w.server, &r);
    }
    close_world(&w);
}

static void transparent_tiles(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land/1/0/0.png", "/plate/1/0/0.webp", "/land/2/0/0.png", "/mix/0/0/0.jpg"};
    static const int32_t sizes[] = {256, 520, 256, 256}; /* with the buffer around */
    world w;
    imx_server_options options = plain_options();
    options.missing = IMX_MISSING_TRANSPARENT;
    open_world(&w, &options);
    for (size_t i = 0; i < COUNT(targets_); i++) {
        imx_request request = get(targets_[i]);
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
    close_world(&w);
}

static void failures_are_500_and_logged(void **state) {
    (void)state;
    world w, *context = &w;
    imx_log *log = NULL;
    assert_int_equal(imx_log_create(NULL, IMX_LOG_DEBUG, note, context, &log), IMX_OK);
    imx_server_options options = plain_options();
    options.log = log;
    open_world(&w, &options);
    imx_request request = get("/broken/0/0/0.png");
    imx_response r;
    imx_server_handle(w.server, &request, &r);
    assert_int_equal(r.status, 500);
    assert_string_equal(imx_response_header(&r, "Cache-Control"), "no-store");
    assert_memory_equal(r.body, "internal error\n", r.size); /* nothing of the file */
    assert_non_null(strstr(w.warnings, "broken/0/0/0: secret.pmtiles: damaged"));
    imx_response_release(w.server, &r);
    close_world(&w);
    imx_log_destroy(&log);
}

/* Whichever allocation fails: an answer, and nothing leaks. */
static void out_of_memory(void **state) {
    (void)state;
    static const char *const targets_[] = {"/land.json", "/index.json", "/land/1/0/0.png", "/land/0/0/0.png"};
    for (size_t t = 0; t < COUNT(targets_); t++) {
        int status = 500;
        for (size_t nth = 1; status == 500 && nth < 50; nth++) {
            world w;
            imx_server_options options = plain_options();
            options.missing = IMX_MISSING_TRANSPARENT;
            open_world(&w, &options);
            imx_memory_fail_nth(w.memory, nth);
            imx_request request = get(targets_[t]);
            imx_response r;
            imx_server_handle(w.server, &request, &r);
            status = r.status;
            imx_memory_fail_nth(w.memory, 0);
            imx_response_release(w.server, &r);
            close_world(&w);
        }
        assert_int_equal(status, 200);
    }
}

/* ---- documents ---- */

static json_t *fetch_json(world *w, const imx_request *request) {
    imx_response r;
    imx_server_handle(w->server, request, &r);
    assert_int_equal(r.status, 200);
    json_error_t where;
    json_t *json = json_loadb((const char *)r.body, r.size, 0, &where);
    if (!json) {
        fail_msg("%s in %.*s", where.text, (int)r.size, (const char *)r.body);
    }
    imx_response_release(w->server, &r);
    return json;
}

static const char *text_of(json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }
static double number_at(json_t *object, const char *key, size_t i) {
    return json_number_value(json_array_get(json_object_get(object, key), i));
}

static void tilejson(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/land.json");
    json_t *j = fetch_json(&w, &request);
    assert_string_equal(text_of(j, "tilejson"), "3.0.0");
    assert_string_equal(text_of(j, "name"), LAND_NAME);
    assert_string_equal(text_of(j, "attribution"), ATTRIBUTION);
    assert_string_equal(text_of(j, "encoding"), "terrarium");
    assert_string_equal(text_of(j, "scheme"), "xyz");
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "tiles"), 0)),
                        "http://maps.test:81/land@0123abc/{z}/{x}/{y}.png");
    assert_int_equal(json_array_size(json_object_get(j, "tiles")), 1);
    assert_int_equal(json_integer_value(json_object_get(j, "minzoom")), 0);
    assert_int_equal(json_integer_value(json_object_get(j, "maxzoom")), 30);
    assert_int_equal(json_integer_value(json_object_get(j, "tileSize")), 256);
    assert_string_equal(text_of(j, "format"), "png");
    assert_string_equal(text_of(j, "tileMatrixSet"), "WebMercatorQuad");
    assert_string_equal(text_of(j, "crs"), "EPSG:3857");
    assert_string_equal(text_of(j, "generation"), "0123abc");
    assert_null(json_object_get(j, "description"));
    assert_null(json_object_get(j, "buffer"));
    static const double bounds[] = {-180, -10, 20.5, 30}, center[] = {5, 7.25, 30};
    for (size_t i = 0; i < 4; i++) {
        assert_true(number_at(j, "bounds", i) == bounds[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(number_at(j, "center", i) == center[i]);
    }
    assert_true(json_is_integer(json_array_get(json_object_get(j, "center"), 2)));
    json_decref(j);

    request = get("http://other.test/mix.json"); /* goes before Host */
    j = fetch_json(&w, &request);
    assert_string_equal(text_of(j, "name"), "mix");
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "tiles"), 0)),
                        "http://other.test/mix/{z}/{x}/{y}.png");
    assert_string_equal(text_of(j, "format"), "mixed");
    assert_null(json_object_get(j, "generation")); /* "../../x" is none */
    json_decref(j);

    request = get("/plate.json");
    j = fetch_json(&w, &request);
    assert_int_equal(json_integer_value(json_object_get(j, "tileSize")), 512);
    assert_int_equal(json_integer_value(json_object_get(j, "buffer")), 4);
    assert_string_equal(text_of(j, "crs"), "OGC:CRS84");
    json_decref(j);
    close_world(&w);
}

static void public_url_goes_before_host(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    options.public_url = "https://tiles.example.org/maps/";
    open_world(&w, &options);
    imx_request request = get("/mix.json");
    json_t *j = fetch_json(&w, &request);
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "tiles"), 0)),
                        "https://tiles.example.org/maps/mix/{z}/{x}/{y}.png");
    json_decref(j);
    imx_server *none = NULL;
    imx_error err = IMX_ERROR_INIT;
    options.public_url = "example.org";
    assert_int_equal(imx_server_create(w.memory, w.layers, &options, &err, &none), IMX_E_USAGE);
    assert_null(none);
    assert_non_null(strstr(err.text, "example.org"));
    close_world(&w);
}

static void index_lists_layers_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"broken", "land", "mix", "plate"};
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/index.json");
    json_t *j = fetch_json(&w, &request), *list = json_object_get(j, "layers");
    assert_string_equal(text_of(j, "imbrex"), IMX_VERSION);
    assert_int_equal(json_array_size(list), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(text_of(json_array_get(list, i), "id"), names[i]);
        assert_string_equal(text_of(json_array_get(list, i), "kind"), "fake");
    }
    assert_string_equal(text_of(json_array_get(list, 1), "path"), "land@0123abc/{z}/{x}/{y}.png");
    assert_string_equal(text_of(json_array_get(list, 1), "url"), "http://maps.test:81/land.json");
    json_decref(j);
    close_world(&w);
}

static void page_and_its_files(void **state) {
    (void)state;
    world w;
    imx_server_options options = plain_options();
    open_world(&w, &options);
    imx_request request = get("/");
    imx_response page;
    imx_server_handle(w.server, &request, &page);
    const char *policy = imx_response_header(&page, "Content-Security-Policy");
    assert_non_null(policy);
    assert_non_null(strstr(policy, "default-src 'self'"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(imx_response_header(&page, "Content-Encoding"));
    assert_string_equal(imx_response_header(&page, "Vary"), "Accept-Encoding");
    char html[65536];
    assert_true(page.size < sizeof html);
    memcpy(html, page.body, page.size);
    html[page.size] = '\0';
    imx_response_release(w.server, &page);
    assert_null(strstr(html, "://")); /* nothing from elsewhere */
    unsigned files = 0;
    for (const char *at = html; (at = strstr(at, "\"_/"));) {
        char target[128] = "/";
        size_t size = strcspn(++at, "\"");
        memcpy(target + 1, at, size);
        request = get(target);
        imx_response plain, packed;
        imx_server_handle(w.server, &request, &plain);
        assert_int_equal(plain.status, 200);
        assert_string_equal(imx_response_header(&plain, "Cache-Control"), IMMUTABLE);
        request.accept_encoding = "br;q=1, gzip;q=0.5";
        imx_server_handle(w.server, &request, &packed);
        assert_string_equal(imx_response_header(&packed, "Content-Encoding"), "gzip");
        assert_string_not_equal(imx_response_header(&packed, "ETag"), imx_response_header(&plain, "ETag"));
        assert_memory_equal(packed.body, "\x1f\x8b", 2);
        assert_string_equal(imx_response_header(&packed, "Content-Type"), imx_response_header(&plain, "Content-Type"));
        imx_response_release(w.server, &packed);
        request.accept_encoding = "gzip;q=0, x-gzip";
        imx_server_handle(w.server, &request, &packed);
        assert_null(imx_response_header(&packed, "Content-Encoding"));
        imx_response_release(w.server, &packed);
        imx_response_release(w.server, &plain);
        files++;
    }
    assert_int_equal(files, 5);
    close_world(&w);
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
        cmocka_unit_test(tilejson),
        cmocka_unit_test(public_url_goes_before_host),
        cmocka_unit_test(index_lists_layers_by_name),
        cmocka_unit_test(page_and_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
