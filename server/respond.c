/* server/respond.c: see respond.h. */
#include "server/respond.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/conditional.h"

enum { ETAG_SIZE = 64 };

void imx_respond_header(imx_response *response, const char *name, const char *format, ...) {
    if (response->header_count == IMX_RESPONSE_HEADERS_MAX) {
        response->status = 500;
        return;
    }
    char *value = response->headers[response->header_count].value;
    va_list args;
    va_start(args, format);
    int size = vsnprintf(value, sizeof response->headers->value, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof response->headers->value) {
        response->status = 500;
        return;
    }
    response->headers[response->header_count++].name = name;
}

const char *imx_response_header(const imx_response *response, const char *name) {
    for (unsigned i = 0; i < response->header_count; i++) {
        if (!strcasecmp(response->headers[i].name, name)) {
            return response->headers[i].value;
        }
    }
    return NULL;
}

static void respond_part(const imx_request *request, const imx_entity *entity, const char *etag,
                         imx_response *response) {
    size_t first, last;
    /* Range is defined for GET alone (RFC 9110, 14.2). */
    bool wanted = request->range && !strcmp(request->method, "GET") && imx_if_range(request->if_range, etag);
    switch (wanted ? imx_range_parse(request->range, entity->size, &first, &last) : IMX_RANGE_NONE) {
    case IMX_RANGE_NONE: break;
    case IMX_RANGE_PART:
        response->status = 206;
        response->body = entity->data + first;
        response->size = last - first + 1;
        imx_respond_header(response, "Content-Range", "bytes %zu-%zu/%zu", first, last, entity->size);
        break;
    case IMX_RANGE_UNSATISFIABLE:
        imx_respond_status(416, "no such range\n", IMX_CACHE_NEVER, response);
        imx_respond_header(response, "Content-Range", "bytes */%zu", entity->size);
    }
}

void imx_respond_entity(const imx_request *request, const imx_entity *entity, imx_response *response) {
    char etag[ETAG_SIZE];
    (void)snprintf(etag, sizeof etag, "\"%s\"", entity->etag);
    response->status = 200;
    response->body = entity->data;
    response->size = entity->size;
    if (request->if_none_match && imx_if_none_match(request->if_none_match, etag)) {
        response->status = 304;
    } else {
        respond_part(request, entity, etag, response);
        if (response->status == 416) {
            return;
        }
        imx_respond_header(response, "Content-Type", "%s", entity->media_type);
        imx_respond_header(response, "Accept-Ranges", "bytes");
    }
    imx_respond_header(response, "ETag", "%s", etag);
    imx_respond_header(response, "Cache-Control", "%s", entity->cache_control);
}

void imx_respond_text_take(const imx_request *request, char *text, const char *media_type, const char *cache_control,
                           imx_response *response) {
    size_t size = strlen(text);
    imx_hash hash = imx_hash_bytes(text, size);
    char etag[IMX_HASH_TEXT_SIZE];
    imx_hash_text(&hash, etag);
    response->text = text;
    imx_respond_entity(request, &(imx_entity){(const uint8_t *)text, size, media_type, etag, cache_control}, response);
}

void imx_respond_status(int status, const char *line, const char *cache_control, imx_response *response) {
    response->status = status;
    response->body = (const uint8_t *)line;
    response->size = strlen(line);
    if (response->size) {
        imx_respond_header(response, "Content-Type", "text/plain; charset=utf-8");
    }
    imx_respond_header(response, "Cache-Control", "%s", cache_control);
}
