/* server/core.c: what every request goes through before its route: host, method, path; and the table of routes. */
#include "server/core.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/routes.h"

static const char METHODS[] = "GET, HEAD, OPTIONS";

static const imx_route_fn ROUTES[] = {
    imx_route_tile, imx_route_tilejson, imx_route_index, imx_route_health, imx_route_page,
};

imx_status imx_server_create(imx_memory *memory, imx_layers *layers, const imx_server_options *options, imx_error *err,
                             imx_server **out) {
    size_t url_size = 0;
    if (options->public_url && !imx_public_url_is_valid(options->public_url, &url_size)) {
        return imx_fail(err, IMX_E_USAGE, "%.300s: not an http:// or https:// URL without query", options->public_url);
    }
    imx_server *server = imx_calloc(memory, 1, sizeof *server);
    if (!server) {
        return imx_fail(err, IMX_E_NOMEM, "server: out of memory");
    }
    server->memory = memory;
    server->layers = layers;
    server->log = options->log;
    server->missing = options->missing;
    (void)snprintf(server->tile_cache, sizeof server->tile_cache, "public, max-age=%d", options->max_age_s);
    bool ok = pthread_mutex_init(&server->blank_lock, NULL) == 0;
    if (ok && options->public_url) {
        server->public_url = imx_sprintf(memory, "%.*s", (int)url_size, options->public_url);
        if (!server->public_url) {
            pthread_mutex_destroy(&server->blank_lock);
            ok = false;
        }
    }
    if (!ok) {
        imx_free(memory, server);
        return imx_fail(err, IMX_E_NOMEM, "server: out of memory");
    }
    *out = server;
    return IMX_OK;
}

void imx_server_destroy(imx_server **server) {
    if (server && *server) {
        imx_server *gone = *server;
        for (unsigned i = 0; i < gone->blank_count; i++) {
            imx_free(gone->memory, gone->blanks[i].blob.data);
        }
        pthread_mutex_destroy(&gone->blank_lock);
        imx_free(gone->memory, gone->public_url);
        imx_free(gone->memory, gone);
        *server = NULL;
    }
}

void imx_respond_failure(imx_server *server, const imx_error *err, imx_response *response) {
    imx_log_say(server->log, IMX_LOG_WARNING, "answered 500: %s", err->text);
    imx_respond_status(500, "internal error\n", IMX_CACHE_NEVER, response);
}

/* Splits an absolute-form target (RFC 9112, 3.2.2) into authority, which then stands for the Host header, and path. */
static const char *origin_form(const imx_request *request, const char **host, size_t *host_size) {
    const char *target = request->target;
    *host = request->host;
    *host_size = request->host ? strlen(request->host) : 0;
    size_t scheme = !strncasecmp(target, "http://", 7) ? 7 : !strncasecmp(target, "https://", 8) ? 8 : 0;
    if (!scheme) {
        return target;
    }
    *host = target + scheme;
    *host_size = strcspn(*host, "/?#");
    return (*host)[*host_size] == '/' ? *host + *host_size : "/";
}

static bool host_is_sound(const imx_request *request, const char *host, size_t host_size) {
    if (request->host_count > 1 || (request->host_required && !request->host)) {
        return false;
    }
    return !host || imx_host_is_valid(host, host_size);
}

/* What a browser asks before a request that is not simple. */
static void respond_options(imx_response *response) {
    imx_respond_status(204, "", "public, max-age=86400", response);
    imx_respond_header(response, "Allow", "%s", METHODS);
    imx_respond_header(response, "Access-Control-Allow-Methods", "%s", METHODS);
    imx_respond_header(response, "Access-Control-Allow-Headers", "*");
    imx_respond_header(response, "Access-Control-Max-Age", "86400");
}

static void answer(imx_server *server, const imx_request *request, imx_response *response) {
    const char *host;
    size_t host_size;
    const char *target = origin_form(request, &host, &host_size);
    if (!host_is_sound(request, host, host_size)) {
        imx_respond_status(400, "one valid Host header is needed\n", IMX_CACHE_NEVER, response);
        return;
    }
    bool preflight = !strcmp(request->method, "OPTIONS");
    if (!preflight && strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        imx_respond_status(405, "only GET, HEAD and OPTIONS\n", IMX_CACHE_NEVER, response);
        imx_respond_header(response, "Allow", "%s", METHODS);
        return;
    }
    imx_path path;
    int refused = strnlen(request->target, IMX_TARGET_MAX + 1) > IMX_TARGET_MAX ? 414
                  : preflight && !strcmp(target, "*")                           ? 0
                                                                                : imx_path_split(target, &path);
    if (refused && refused != 404) {
        imx_respond_status(refused, refused == 414 ? "the URL is too long\n" : "not a valid URL\n", IMX_CACHE_NEVER,
                           response);
        return;
    }
    if (preflight) {
        respond_options(response);
        return;
    }
    char host_text[256];
    imx_request plain = *request; /* with the host that counts */
    if (host) {
        (void)snprintf(host_text, sizeof host_text, "%.*s", (int)host_size, host);
        plain.host = host_text;
    }
    for (size_t i = 0; !refused && i < sizeof ROUTES / sizeof *ROUTES; i++) {
        if (ROUTES[i](server, &plain, &path, response)) {
            return;
        }
    }
    imx_respond_status(404, "nothing here\n", IMX_CACHE_NEVER, response);
}

void imx_server_handle(imx_server *server, const imx_request *request, imx_response *response) {
    response->header_count = 0;
    response->body = NULL;
    response->size = 0;
    response->layer = (imx_layer_ref){NULL};
    response->tile = (imx_tile_ref){0};
    response->text = NULL;
    answer(server, request, response);
    imx_respond_header(response, "X-Content-Type-Options", "nosniff");
    imx_respond_header(response, "Access-Control-Allow-Origin", "*");
    imx_respond_header(response, "Access-Control-Expose-Headers", "ETag, Accept-Ranges, Content-Range");
}

void imx_response_release(imx_server *server, imx_response *response) {
    if (response->tile.data) {
        imx_tile_ref_release(imx_layer_reader(response->layer.layer), &response->tile);
        response->tile = (imx_tile_ref){0};
    }
    imx_layer_release(&response->layer);
    imx_free(server->memory, response->text);
    response->text = NULL;
    response->body = NULL;
    response->size = 0;
}
