/* What the server's core says of its layers: TileJSON, the index, the page and its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "tests/server/fake_world.h"

static json_t *fetch_json(fake_world *w, const imx_request *request) {
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
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/land.json");
    json_t *j = fetch_json(&w, &request);
    assert_string_equal(text_of(j, "tilejson"), "3.0.0");
    assert_string_equal(text_of(j, "name"), FAKE_LAND_NAME);
    assert_string_equal(text_of(j, "attribution"), FAKE_LAND_ATTRIBUTION);
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

    request = fake_get("http://other.test/mix.json"); /* goes before Host */
    j = fetch_json(&w, &request);
    assert_string_equal(text_of(j, "name"), "mix");
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "tiles"), 0)),
                        "http://other.test/mix/{z}/{x}/{y}.png");
    assert_string_equal(text_of(j, "format"), "mixed");
    assert_null(json_object_get(j, "generation")); /* "../../x" is none */
    json_decref(j);

    request = fake_get("/plate.json");
    j = fetch_json(&w, &request);
    assert_int_equal(json_integer_value(json_object_get(j, "tileSize")), 512);
    assert_int_equal(json_integer_value(json_object_get(j, "buffer")), 4);
    assert_string_equal(text_of(j, "crs"), "OGC:CRS84");
    json_decref(j);
    fake_world_close(&w);
}

static void public_url_goes_before_host(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    options.public_url = "https://tiles.example.org/maps/";
    fake_world_open(&w, &options);
    imx_request request = fake_get("/mix.json");
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
    fake_world_close(&w);
}

static void index_lists_layers_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"broken", "land", "mix", "plate"};
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/index.json");
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
    fake_world_close(&w);
}

static void page_and_its_files(void **state) {
    (void)state;
    fake_world w;
    imx_server_options options = fake_world_options();
    fake_world_open(&w, &options);
    imx_request request = fake_get("/");
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
        request = fake_get(target);
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
    fake_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tilejson),
        cmocka_unit_test(public_url_goes_before_host),
        cmocka_unit_test(index_lists_layers_by_name),
        cmocka_unit_test(page_and_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
