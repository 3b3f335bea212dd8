/* server/listen_mhd.h: the transport: libmicrohttpd in front of the core; the only room that knows it.
 *
 * Threads of its own, each with an epoll loop. Bodies go from where they lie (an archive's mapping) to the socket; the
 * tile is held until then. A connection is closed when it is idle for timeout_s; when a request's head has not come
 * whole timeout_s after the connection began or the last answer ended, however steadily it drips; and when an answer of
 * n bytes is not taken within timeout_s + n / 4096 s. */
#ifndef IMX_SERVER_LISTEN_MHD_H
#define IMX_SERVER_LISTEN_MHD_H

#include "server/core.h"

typedef struct imx_listen_options {
    const char *address; /* "127.0.0.1", "::" (IPv4 too), "localhost" */
    uint16_t port;       /* 0: any free one */
    unsigned threads;    /* >= 1 */
    unsigned connections_max, timeout_s;
    unsigned slowest_bytes_per_s; /* >= 1 */
    unsigned drain_s;             /* how long stop waits for answers under way */
    imx_log *access;              /* one line for each request, at IMX_LOG_INFO; NULL: none */
} imx_listen_options;
#define IMX_LISTEN_OPTIONS_DEFAULT                                                                                     \
    { "127.0.0.1", 8080, 2, 1000, 30, 4096, 10, NULL }

typedef struct imx_listener imx_listener;
/* Borrows server. IMX_E_IO names address and port when they are in use; IMX_E_USAGE an address that is none. */
IMX_MUST_USE imx_status imx_listen_start(imx_memory *memory, imx_server *server, const imx_listen_options *options,
                                         imx_error *err, imx_listener **out);
uint16_t imx_listen_port(const imx_listener *listener);
/* Accepts nothing new, finishes what is under way (at most drain_s), then closes. */
void imx_listen_stop(imx_listener **listener);

#endif
