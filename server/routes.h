/* server/routes.h: the server's routes, one file each; a new one is a file and a line in core.c's table.
 * A route looks at the path and says whether it is one of its own; if so, it has filled the response. */
#ifndef IMX_SERVER_ROUTES_H
#define IMX_SERVER_ROUTES_H

#include <pthread.h>

#include "server/path.h"
#include "server/respond.h"

/* Transparent tiles by size, made when first wanted. */
#define IMX_BLANKS_MAX 8
typedef struct imx_blank {
    uint32_t tile_px;
    imx_blob blob;
    char etag[IMX_HASH_TEXT_SIZE];
} imx_blank;

struct imx_server {
    imx_memory *memory;
    imx_layers *layers;
    imx_log *log;
    char *public_url; /* without slash at its end; NULL: from the Host header */
    imx_missing missing;
    char tile_cache[48]; /* Cache-Control of unversioned tiles */
    pthread_mutex_t blank_lock;
    imx_blank blanks[IMX_BLANKS_MAX];
    unsigned blank_count;
};

typedef bool (*imx_route_fn)(imx_server *server, const imx_request *request, const imx_path *path,
                             imx_response *response);

bool imx_route_tile(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response);
bool imx_route_tilejson(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response);
bool imx_route_index(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response);
bool imx_route_health(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response);
bool imx_route_page(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response);

/* Logs a failure and answers 500 without its details. */
void imx_respond_failure(imx_server *server, const imx_error *err, imx_response *response);
/* The transparent PNG of a size (256 px for sizes that are not 1..4096); NULL and err if it cannot be made. */
const imx_blank *imx_server_blank(imx_server *server, uint32_t tile_px, imx_error *err);

#endif
