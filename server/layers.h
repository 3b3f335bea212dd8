/* server/layers.h: the layers being served: name -> immutable snapshot of an open archive. A path is looked up here,
 * never joined to a file name. A reference keeps its snapshot alive, so that a request is answered whole from one
 * generation even if the layer is replaced meanwhile. Thread-safe. */
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
/* References may outlive it. */
void imx_layers_destroy(imx_layers **layers);

/* spec: an archive, a tile directory, or a folder of archives (each becomes a layer); NAME=PATH names it, otherwise the
 * file's name without suffix. Names are [A-Za-z0-9._-]+ that do not begin with a dot, at most 128 bytes, and not those
 * of the server's own routes; two layers of one name are an error. What cannot be opened in a folder is skipped with a
 * warning to log (may be NULL), but a folder without any archive is an error, and so is any other path that is no
 * archive: IMX_E_INPUT; a bad name: IMX_E_USAGE. The text names the path. */
IMX_MUST_USE imx_status imx_layers_add(imx_layers *layers, const char *spec, imx_log *log, imx_error *err);
/* The same with a reader that is open already; source is what it came from, for people (may be NULL). Takes the reader,
 * on failure too. replace: a layer of that name is exchanged for this one in one step (requests under way keep the old
 * snapshot, which is closed after the last of them). */
IMX_MUST_USE imx_status imx_layers_add_reader_take(imx_layers *layers, const char *name, const char *source,
                                                   bool replace, imx_store_reader *reader, imx_error *err);

imx_memory *imx_layers_memory(const imx_layers *layers);
size_t imx_layers_count(imx_layers *layers);
/* By position (sorted by name) or by name (size bytes of it). .layer NULL if there is none. Release each. */
imx_layer_ref imx_layers_at(imx_layers *layers, size_t index);
imx_layer_ref imx_layers_find(imx_layers *layers, const char *name, size_t size);
void imx_layer_release(imx_layer_ref *ref);

/* All borrowed from the snapshot. */
const char *imx_layer_name(const imx_layer *layer);
const char *imx_layer_source(const imx_layer *layer); /* NULL if not given */
imx_store_reader *imx_layer_reader(const imx_layer *layer);
const imx_archive_info *imx_layer_info(const imx_layer *layer);
/* A foreign archive that names no grid has WebMercatorQuad (what PMTiles and MBTiles are defined on); NULL if it names
 * one that is unknown here. */
const imx_grid *imx_layer_grid(const imx_layer *layer);
/* What stands for the generation in versioned URLs ([A-Za-z0-9._-]+); NULL if the archive has no generation. */
const char *imx_layer_version(const imx_layer *layer);

#endif
