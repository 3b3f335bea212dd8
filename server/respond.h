/* server/respond.h: filling in responses; private to the core and its routes. */
#ifndef IMX_SERVER_RESPOND_H
#define IMX_SERVER_RESPOND_H

#include "server/core.h"

#define IMX_CACHE_IMMUTABLE "public, max-age=31536000, immutable"
#define IMX_CACHE_REVALIDATE "no-cache" /* keep it, but ask before using it: answered by 304 */
#define IMX_CACHE_NEVER "no-store"

/* A body that has an identity. Everything is borrowed, and must live as long as the response (data) or the call. */
typedef struct imx_entity {
    const uint8_t *data;
    size_t size;
    const char *media_type;
    const char *etag; /* without quotes */
    const char *cache_control;
} imx_entity;

/* 200, 206, 304 or 416, as the request's conditions say. */
void imx_respond_entity(const imx_request *request, const imx_entity *entity, imx_response *response);
/* A JSON or other text made for this response (`text`, allocated from the server's memory, is taken). */
void imx_respond_text_take(const imx_request *request, char *text, const char *media_type, const char *cache_control,
                           imx_response *response);
/* A status with one line of text that lives for ever (a literal); not to be stored by caches unless cache_control says
 * so. */
void imx_respond_status(int status, const char *line, const char *cache_control, imx_response *response);
/* Adds a header; a value too long for its place becomes a 500 answer, never a cut header. */
void imx_respond_header(imx_response *response, const char *name, const char *format, ...) IMX_PRINTF(3, 4);

#endif
