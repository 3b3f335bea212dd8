/* tiler/store_kind.h: what a kind of store implements; private to the stores. A new kind is one row in store.c.
 * Writers and readers embed the base struct first and cast. create, open: store.c sets `kind`, the kind itself sets
 * `memory`; on failure nothing is left. commit and abort free the writer, whatever the outcome. get: the key's layer
 * and time are settled already, z <= IMX_ZOOM_MAX. */
#ifndef IMX_TILER_STORE_KIND_H
#define IMX_TILER_STORE_KIND_H

#include "tiler/store.h"

typedef struct imx_store_kind imx_store_kind;

struct imx_store_writer {
    const imx_store_kind *kind;
    imx_memory *memory;
};
struct imx_store_reader {
    const imx_store_kind *kind;
    imx_memory *memory;
    imx_archive_info info;
};

struct imx_store_kind {
    const char *name;                         /* "PMTiles v3" */
    bool (*takes_target)(const char *target); /* writer: by name */
    bool names_types;                         /* tile names carry their type: one type serves clients best */
    bool (*recognises)(const char *path);     /* reader: by content */
    bool (*holds_grid)(const imx_grid *grid);
    imx_status (*create)(imx_memory *memory, const char *target, const imx_grid *grid, const imx_store_options *options,
                         imx_error *err, imx_store_writer **out);
    imx_status (*put)(imx_store_writer *writer, const imx_metatile *metatile, imx_error *err);
    imx_status (*commit)(imx_store_writer *writer, const imx_archive_info *info, imx_error *err,
                         imx_store_result *result);
    void (*abort)(imx_store_writer *writer);
    imx_status (*open)(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out);
    void (*close)(imx_store_reader *reader);
    imx_status (*get)(imx_store_reader *reader, const imx_tile_key *key, imx_error *err, imx_tile_ref *out);
    void (*release)(imx_store_reader *reader, imx_tile_ref *ref);
    imx_status (*each)(imx_store_reader *reader, imx_store_visit_fn visit, void *context, imx_error *err);
    imx_status (*check)(imx_store_reader *reader, imx_error *err);
};

extern const imx_store_kind imx_store_pmtiles, imx_store_dir, imx_store_cog;

#endif
