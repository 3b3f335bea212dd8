/* tiler/pmtiles_reader.h: an open PMTiles archive; between store_pmtiles_read.c and store_pmtiles_check.c only. */
#ifndef IMX_TILER_PMTILES_READER_H
#define IMX_TILER_PMTILES_READER_H

#include "engine/base/file.h"
#include "tiler/leaf_cache.h"
#include "tiler/pmtiles.h"

#define IMX_PMTILES_DEPTH_MAX 4 /* directories on the way to a tile, the root included; writers make 1 or 2 */

typedef struct imx_pmtiles_reader {
    imx_store_reader base;
    char *path;
    imx_map map;
    imx_pmtiles_header header; /* every range lies within the file */
    imx_pmtiles_directory root;
    imx_leaf_cache *leaves;
    const uint8_t *etags; /* NULL: none; sorted by offset if the file is sound */
    size_t etag_count;
    uint64_t etags_offset; /* of the table, from the start of the tile data */
} imx_pmtiles_reader;

/* Every tile entry in file order, which is checked to be ascending; no two runs overlap. */
typedef imx_status (*imx_pmtiles_entry_fn)(void *context, const imx_pmtiles_entry *entry, imx_error *err);
IMX_MUST_USE imx_status imx_pmtiles_walk(imx_pmtiles_reader *reader, imx_pmtiles_entry_fn visit, void *context,
                                         imx_error *err);
/* The first id past the zoom. */
uint64_t imx_pmtiles_id_end(uint32_t zoom);

#endif
