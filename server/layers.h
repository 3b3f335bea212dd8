/* server/layers.h: the layers being served: name -> immutable snapshot of an open archive. A path is looked up here, never
 * joined to a file name. A reference keeps its snapshot alive, so that a request is answered whole from one generation even
 * if the layer is replaced meanwhile. Thread-safe. */
#ifndef IMX_SERVER_LAYERS_H
#define IMX_SERVER_LAYERS_H

#include "engine/base/log.h"
#include "tiler/store.h"

typedef struct imx_layers imx_layers;
typedef struct imx_layer imx_layer;
typedef struct imx_layer_ref {
    imx_layer *layer; /* NULL: none */
} imx_layer_ref;

IMX_MUST_USE imx_status imx_layers_create(imx_memory *memory, imx_error *err, imx_layers **out);
void imx_layers_destroy(imx_layers **layers);
/* path: an archive, a tile directory, or a folder of archives; NAME=PATH names it, otherwise the file's name without suffix.
 * Names are [A-Za-z0-9._-]+, not "." or ".."; two layers of one name are an error. */
IMX_MUST_USE imx_status imx_layers_add(imx_layers *layers, const char *spec, imx_error *err);
size_t imx_layers_count(const imx_layers *layers);
/* By position (sorted by name) or by name (size bytes of it). .layer NULL if there is none. Release each. */
imx_layer_ref imx_layers_at(imx_layers *layers, size_t index);
imx_layer_ref imx_layers_find(imx_layers *layers, const char *name, size_t size);
void imx_layer_release(imx_layer_ref *ref);
const char *imx_layer_name(const imx_layer *layer);
imx_store_reader *imx_layer_reader(const imx_layer *layer);

#endif
