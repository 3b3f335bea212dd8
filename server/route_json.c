/* server/route_json.c: /{layer}.json (TileJSON), /index.json (all layers), /healthz. */
#include <stdio.h>
#include <string.h>

#include "server/routes.h"
#include "server/tilejson.h"

static const char JSON_TYPE[] = "application/json", SUFFIX[] = ".json";
enum { BASE_URL_SIZE = 320, SUFFIX_SIZE = sizeof SUFFIX - 1 };

/* What absolute URLs in an answer begin with. The Host header was checked by the core; a proxy's scheme and prefix are
 * known by public_url alone. */
static void base_url(const imx_server *server, const imx_request *request, char url[BASE_URL_SIZE]) {
    if (server->public_url) {
        (void)snprintf(url, BASE_URL_SIZE, "%s", server->public_url);
    } else {
        (void)snprintf(url, BASE_URL_SIZE, "http://%s", request->host ? request->host : "localhost");
    }
}

static void respond_json(imx_server *server, const imx_request *request, imx_status status, const imx_error *err,
                         char *text, imx_response *response) {
    if (status) {
        imx_respond_failure(server, err, response);
    } else {
        imx_respond_text_take(request, text, JSON_TYPE, IMX_CACHE_REVALIDATE, response);
    }
}

bool imx_route_tilejson(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response) {
    if (path->count != 1 || path->length[0] <= SUFFIX_SIZE ||
        strcmp(path->segment[0] + path->length[0] - SUFFIX_SIZE, SUFFIX) != 0) {
        return false;
    }
    imx_layer_ref ref = imx_layers_find(server->layers, path->segment[0], path->length[0] - SUFFIX_SIZE);
    if (!ref.layer) {
        return false;
    }
    char url[BASE_URL_SIZE], *text = NULL;
    base_url(server, request, url);
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_tilejson(server->memory, ref.layer, url, &err, &text);
    respond_json(server, request, status, &err, text, response);
    imx_layer_release(&ref);
    return true;
}

bool imx_route_index(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response) {
    if (path->count != 1 || strcmp(path->segment[0], "index.json") != 0) {
        return false;
    }
    char url[BASE_URL_SIZE], *text = NULL;
    base_url(server, request, url);
    imx_error err = IMX_ERROR_INIT;
    imx_status status = imx_layer_index(server->memory, server->layers, url, &err, &text);
    respond_json(server, request, status, &err, text, response);
    return true;
}

bool imx_route_health(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response) {
    (void)server, (void)request;
    if (path->count != 1 || strcmp(path->segment[0], "healthz") != 0) {
        return false;
    }
    imx_respond_status(200, "ok\n", IMX_CACHE_NEVER, response);
    return true;
}
