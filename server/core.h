/* server/core.h: request -> response, without sockets. Only this folder knows HTTP; the transport in front
 * (listen_mhd.c) can be replaced. Thread-safe: handle() may run on any number of threads.
 *
 * What holds for every answer: a request is answered whole from one snapshot of a layer; ETags are strong and are
 * hashes of the content; If-None-Match goes before Range (RFC 9110, 13.2.2); nothing of the request is ever used as a
 * file name. */
#ifndef IMX_SERVER_CORE_H
#define IMX_SERVER_CORE_H

#include "server/layers.h"

typedef struct imx_request { /* borrowed strings; NULL: the header is absent */
    const char *method;      /* "GET" */
    const char *target;      /* as sent, percent-encoded, with its query: "/a/0/0/0.png", "http://host/a.json", "*" */
    bool host_required;      /* HTTP/1.1 and later */
    unsigned host_count;     /* Host headers; more than one is refused */
    const char *host;
    const char *if_none_match; /* several lines joined with commas */
    const char *if_range;
    const char *range;
    const char *accept_encoding;
} imx_request;

#define IMX_TARGET_MAX 2048 /* bytes; longer ones are answered 414 */

#define IMX_RESPONSE_HEADERS_MAX 16
typedef struct imx_response {
    int status;
    struct {
        const char *name;
        char value[256];
    } headers[IMX_RESPONSE_HEADERS_MAX]; /* without Date, Content-Length, Connection: the transport's */
    unsigned header_count;
    /* The body. For HEAD and 304 the transport sends none: size is that of the GET's body (for Content-Length, RFC
     * 9110, 8.6). */
    const uint8_t *body;
    size_t size;
    /* what keeps body alive until imx_response_release */
    imx_layer_ref layer;
    imx_tile_ref tile;
    char *text; /* a body made for this response */
} imx_response;

/* Of a tile that the grid has and the archive has not. */
typedef enum imx_missing { IMX_MISSING_404, IMX_MISSING_204, IMX_MISSING_TRANSPARENT } imx_missing;
/* "404", "204", "transparent" (size bytes of text); false otherwise. */
bool imx_missing_parse(const char *text, size_t size, imx_missing *out);

typedef struct imx_server_options {
    const char
        *public_url; /* "https://tiles.example.org/maps": what URLs in answers begin with; NULL: the Host header */
    int max_age_s;   /* Cache-Control of unversioned tiles */
    imx_missing missing;
    imx_log *log; /* failures behind a 500; NULL: nowhere */
} imx_server_options;
#define IMX_SERVER_OPTIONS_DEFAULT                                                                                     \
    { NULL, 3600, IMX_MISSING_404, NULL }

typedef struct imx_server imx_server;
/* Borrows layers and options->log; IMX_E_USAGE for a public_url that is not an http(s) URL. */
IMX_MUST_USE imx_status imx_server_create(imx_memory *memory, imx_layers *layers, const imx_server_options *options,
                                          imx_error *err, imx_server **out);
void imx_server_destroy(imx_server **server);
/* Always fills a response (500 on internal failure), to be released; *response need not be cleared before. */
void imx_server_handle(imx_server *server, const imx_request *request, imx_response *response);
void imx_response_release(imx_server *server, imx_response *response);
/* The value of a header of the response (names in any case), NULL if it has none. */
const char *imx_response_header(const imx_response *response, const char *name);

#endif
