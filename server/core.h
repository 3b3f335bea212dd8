/* server/core.h: request -> response, without sockets. Only this folder knows HTTP; the transport in front
 * (listen_mhd.c) can be replaced. Thread-safe: handle() may run on any number of threads. */
#ifndef IMX_SERVER_CORE_H
#define IMX_SERVER_CORE_H

#include "server/layers.h"

typedef struct imx_request { /* borrowed strings */
    const char *method;        /* "GET" */
    const char *path;          /* decoded once by the transport, starts with '/' */
    const char *host;          /* Host header, NULL if absent */
    const char *if_none_match; /* NULL if absent */
    const char *range;         /* NULL if absent */
    const char *query;         /* raw, without '?', NULL if absent */
} imx_request;

#define IMX_RESPONSE_HEADERS_MAX 12
typedef struct imx_response {
    int status;
    struct {
        const char *name;
        char value[256];
    } headers[IMX_RESPONSE_HEADERS_MAX];
    unsigned header_count;
    const uint8_t *body; /* NULL with size > 0 never; HEAD: size as for GET, the transport sends no body */
    size_t size;
    /* what keeps body alive until imx_response_release */
    imx_layer_ref layer;
    imx_tile_ref tile;
    char *text; /* a body made for this response */
} imx_response;

typedef struct imx_server_options {
    const char *public_url; /* NULL: from the Host header (validated) */
    int max_age_s;          /* Cache-Control of unversioned tiles */
    enum { IMX_MISSING_404, IMX_MISSING_204, IMX_MISSING_TRANSPARENT } missing;
} imx_server_options;

typedef struct imx_server imx_server;
IMX_MUST_USE imx_status imx_server_create(imx_memory *memory, imx_layers *layers, const imx_server_options *options,
                                          imx_error *err, imx_server **out);
void imx_server_destroy(imx_server **server);
/* Always fills a response (500 on internal failure). */
void imx_server_handle(imx_server *server, const imx_request *request, imx_response *response);
void imx_response_release(imx_server *server, imx_response *response);

#endif
