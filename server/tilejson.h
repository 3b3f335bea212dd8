/* server/tilejson.h: a layer described in JSON. The only room of the server that knows jansson; private to the routes.
 */
#ifndef IMX_SERVER_TILEJSON_H
#define IMX_SERVER_TILEJSON_H

#include "server/layers.h"

/* TileJSON 3.0.0 (github.com/mapbox/tilejson-spec). base_url: what absolute URLs begin with, without slash at its end.
 * Besides the standard's keys: tileSize (px), format ("png", "jpg", "webp", "mixed"), tileMatrixSet, crs, generation.
 * *out: text from memory, to be freed. */
IMX_MUST_USE imx_status imx_tilejson(imx_memory *memory, const imx_layer *layer, const char *base_url, imx_error *err,
                                     char **out);

/* All layers: {"imbrex": VERSION, "layers": [...]}, each the TileJSON of the layer and besides it id, kind (of
 * archive), tilejson (URL) as "url", and "path": its tiles relative to this document. */
IMX_MUST_USE imx_status imx_layer_index(imx_memory *memory, imx_layers *layers, const char *base_url, imx_error *err,
                                        char **out);

#endif
