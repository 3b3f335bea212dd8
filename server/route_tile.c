/* server/route_tile.c: XYZ tiles: /{layer}/{z}/{x}/{y}.{ext}, and /{layer}@{version}/... which may be kept for ever.
 * {y}@2x is what clients on dense screens ask for: the same tile, of a layer whose tiles have twice as many pixels a
 * side as its grid's (@4x: four times); nothing is made up for other layers. ?missing=404|204|transparent asks for
 * another answer than the server's own where the archive has no tile. {z} is the tile matrix's published identifier,
 * row 0 is where the tile matrix set has it: at the top, but for sets whose cornerOfOrigin is the lower left. {ext} is
 * that of the archive's tile type; in an archive of several types any of theirs, and the tile answers with its own. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/routes.h"

enum { TIMES_MAX = 64 /* 64 px to 4096 */ };

static const char NO_TILE[] = "no such tile\n", NO_LAYER[] = "no such layer\n";

static imx_tile_type type_of_extension(const char *ext) {
    static const struct {
        const char *ext;
        imx_tile_type type;
    } known[] = {{"png", IMX_TILE_PNG}, {"jpg", IMX_TILE_JPEG}, {"jpeg", IMX_TILE_JPEG}, {"webp", IMX_TILE_WEBP}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!strcmp(known[i].ext, ext)) {
            return known[i].type;
        }
    }
    return IMX_TILE_MIXED;
}

/* "" or "@2x", "@4x", ... up to the dot, as the layer's tiles have so many times the grid's pixels a side. */
static bool is_density(const imx_layer *layer, const char *text, size_t size) {
    uint32_t times;
    const imx_grid *grid = imx_layer_grid(layer);
    if (size == 0) {
        return true;
    }
    return grid && size >= 3 && text[0] == '@' && text[size - 1] == 'x' &&
           imx_path_number(text + 1, size - 2, &times) && times >= 2 && times <= TIMES_MAX &&
           imx_layer_info(layer)->tile_px == times * grid->tile_px;
}

/* The last three segments as a tile of the layer's grid; false if they are not one. */
static bool parse_tile(const imx_layer *layer, const imx_path *path, imx_tile *tile) {
    const char *last = path->segment[3], *dot = strchr(last, '.');
    const size_t digits = strcspn(last, "@.");
    uint32_t id;
    if (!dot || !is_density(layer, last + digits, (size_t)(dot - last) - digits) ||
        !imx_path_number(path->segment[1], path->length[1], &id) ||
        !imx_path_number(path->segment[2], path->length[2], &tile->x) || !imx_path_number(last, digits, &tile->y)) {
        return false;
    }
    imx_tile_type type = type_of_extension(dot + 1), held = imx_layer_info(layer)->tile_type;
    if (type == IMX_TILE_MIXED || (held != IMX_TILE_MIXED && type != held)) {
        return false;
    }
    const imx_grid *grid = imx_layer_grid(layer);
    uint32_t first = grid ? grid->first_id : 0;
    if (id < first || id - first > IMX_ZOOM_MAX) {
        return false;
    }
    tile->z = id - first;
    /* Not imx_grid_has: archives of others go deeper than the published set. */
    if (grid && !(tile->x < imx_grid_columns(grid, tile->z) && tile->y < imx_grid_rows(grid, tile->z))) {
        return false;
    }
    if (grid && grid->rows_up) {
        tile->y = (uint32_t)imx_grid_row(grid, *tile, true); /* its own inverse */
    }
    return true;
}

bool imx_missing_parse(const char *text, size_t size, imx_missing *out) {
    static const char *const names[] = {"404", "204", "transparent"};
    static const imx_missing values[] = {IMX_MISSING_404, IMX_MISSING_204, IMX_MISSING_TRANSPARENT};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == size && !memcmp(names[i], text, size)) {
            *out = values[i];
            return true;
        }
    }
    return false;
}

/* What the request's query asks for, or the server's own. */
static imx_missing missing_of(const imx_server *server, const imx_request *request) {
    static const char key[] = "missing=";
    imx_missing missing = server->missing;
    const char *at = strchr(request->target, '?');
    while (at) {
        at++;
        if (!strncmp(at, key, sizeof key - 1)) {
            at += sizeof key - 1;
            (void)imx_missing_parse(at, strcspn(at, "&"), &missing);
        }
        at = strchr(at, '&');
    }
    return missing;
}

static void respond_missing(imx_server *server, const imx_request *request, const char *cache, imx_response *response) {
    imx_error err = IMX_ERROR_INIT;
    const imx_archive_info *info = imx_layer_info(response->layer.layer);
    const imx_blank *blank;
    switch (missing_of(server, request)) {
    case IMX_MISSING_204: imx_respond_status(204, "", cache, response); return;
    case IMX_MISSING_TRANSPARENT:
        blank = imx_server_blank(server, info->tile_px + 2 * info->buffer_px, &err);
        if (!blank) {
            imx_respond_failure(server, &err, response);
            return;
        }
        imx_respond_entity(
            request,
            &(imx_entity){blank->blob.data, blank->blob.size, imx_tile_type_mime(IMX_TILE_PNG), blank->etag, cache},
            response);
        return;
    case IMX_MISSING_404: break;
    }
    imx_respond_status(404, NO_TILE, cache, response);
}

static void respond_tile(imx_server *server, const imx_request *request, imx_tile tile, const char *cache,
                         imx_response *response) {
    imx_error err = IMX_ERROR_INIT;
    imx_tile_key key = {.layer = NULL, .time = NULL, .tile = tile};
    imx_status status = imx_store_get(imx_layer_reader(response->layer.layer), &key, &err, &response->tile);
    if (status == IMX_E_NOT_FOUND) {
        respond_missing(server, request, cache, response);
    } else if (status) {
        (void)imx_error_context(&err, "%s/%u/%u/%u", imx_layer_name(response->layer.layer), tile.z, tile.x, tile.y);
        imx_respond_failure(server, &err, response);
    } else {
        const imx_tile_ref *ref = &response->tile;
        char etag[IMX_HASH_TEXT_SIZE];
        imx_hash_text(&ref->hash, etag);
        imx_respond_entity(request, &(imx_entity){ref->data, ref->size, imx_tile_type_mime(ref->type), etag, cache},
                           response);
    }
}

bool imx_route_tile(imx_server *server, const imx_request *request, const imx_path *path, imx_response *response) {
    if (path->count != 4) {
        return false;
    }
    const char *at = memchr(path->segment[0], '@', path->length[0]);
    size_t name_size = at ? (size_t)(at - path->segment[0]) : path->length[0];
    response->layer = imx_layers_find(server->layers, path->segment[0], name_size);
    imx_layer *layer = response->layer.layer;
    imx_tile tile;
    if (!layer) {
        imx_respond_status(404, NO_LAYER, IMX_CACHE_NEVER, response);
        return true;
    }
    if (!parse_tile(layer, path, &tile)) {
        imx_respond_status(404, NO_TILE, IMX_CACHE_NEVER, response);
        return true;
    }
    const char *version = imx_layer_version(layer);
    if (at && (!version || strcmp(at + 1, version) != 0)) {
        /* The version of a page or TileJSON that was fetched before the layer changed. A version's URL never answers
         * with another's content; the plain URL has the current one. Relative, so that it holds behind a proxy's
         * prefix. */
        imx_respond_status(307, "that version is gone\n", IMX_CACHE_NEVER, response);
        imx_respond_header(response, "Location", "../../../%s/%s/%s/%s", imx_layer_name(layer), path->segment[1],
                           path->segment[2], path->segment[3]);
        return true;
    }
    respond_tile(server, request, tile, at ? IMX_CACHE_IMMUTABLE : server->tile_cache, response);
    return true;
}
