/* server/listen_mhd.h: the transport: libmicrohttpd in front of the core; the only room that knows it. */
#ifndef IMX_SERVER_LISTEN_MHD_H
#define IMX_SERVER_LISTEN_MHD_H

#include "server/core.h"

typedef struct imx_listen_options {
    const char *address; /* "127.0.0.1", "::" */
    uint16_t port;       /* 0: any free one */
    unsigned threads;
    unsigned connections_max, timeout_s;
} imx_listen_options;

typedef struct imx_listener imx_listener;
/* IMX_E_IO names address and port when they are in use. */
IMX_MUST_USE imx_status imx_listen_start(imx_memory *memory, imx_server *server, const imx_listen_options *options,
                                         imx_error *err, imx_listener **out);
uint16_t imx_listen_port(const imx_listener *listener);
/* Finishes what is under way, then closes. */
void imx_listen_stop(imx_listener **listener);

#endif
