/* server/route_page.c: the map page at / and its files under /_/, whose names hold a hash of their content. The page
 * names its files relative to itself and fetches nothing from elsewhere. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/assets.h"
#include "server/routes.h"

/* No inline script or style, nothing from other hosts; Leaflet needs data: for its empty image. */
static const char POLICY[] = "default-src 'self'; img-src 'self' data: blob:; script-src 'self'; style-src 'self'; "
                             "object-src 'none'; base-uri 'none'; form-action 'none'";

static const imx_asset *find_asset(const char *name) {
    for (size_t i = 0; i < imx_assets_count; i++) {
        if (!strcmp(imx_assets[i].name, name)) {
            return &imx_assets[i];
        }
    }
    return NULL;
}

/* Whether an Accept-Encoding lists gzip without q=0 (RFC 9110, 12.5.3). */
static bool accepts_gzip(const char *header) {
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t,");
        size_t token = strcspn(at, " \t,;"), element = strcspn(at, ",");
        if (token == 4 && !strncasecmp(at, "gzip", 4)) {
            char parameters[16];
            (void)snprintf(parameters, sizeof parameters, "%.*s", (int)(element - token), at + token);
            const char *q = strstr(parameters, "q=");
            return !q || strspn(q + 2, "0.") != strcspn(q + 2, " \t");
        }
        at += element;
    }
    return false;
}

bool imx_route_page(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response) {
    (void)server;
    bool is_page = path->count == 0;
    const imx_asset *asset = is_page                                              ? find_asset("")
                             : path->count == 2 && !strcmp(path->segment[0], "_") ? find_asset(path->segment[1])
                                                                                  : NULL;
    if (!asset || (!is_page && !asset->name[0])) {
        return false;
    }
    bool packed = accepts_gzip(request->accept_encoding);
    char etag[48];
    (void)snprintf(etag, sizeof etag, "%s%s", asset->hash, packed ? "-gz" : "");
    imx_respond_entity(request,
                       &(imx_entity){packed ? asset->gzip : asset->data, packed ? asset->gzip_size : asset->size,
                                     asset->media_type, etag, is_page ? IMX_CACHE_REVALIDATE : IMX_CACHE_IMMUTABLE},
                       response);
    imx_respond_header(response, "Vary", "Accept-Encoding");
    if (packed && response->status != 416) {
        imx_respond_header(response, "Content-Encoding", "gzip");
    }
    if (is_page) {
        imx_respond_header(response, "Content-Security-Policy", "%s", POLICY);
        imx_respond_header(response, "Referrer-Policy", "same-origin");
    }
    return true;
}
