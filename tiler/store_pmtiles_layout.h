/* tiler/store_pmtiles_layout.h: what a PMTiles archive will hold, once all tiles are known: each content's place, and
 * the directories. Private to the writer. */
#ifndef IMX_TILER_STORE_PMTILES_LAYOUT_H
#define IMX_TILER_STORE_PMTILES_LAYOUT_H

#include "tiler/codec.h"
#include "tiler/tile_id.h"
#include "tiler/tile_index.h"

typedef struct imx_pmtiles_layout {
    uint64_t addressed, entries, contents, tile_bytes;
    imx_tile first, last;
} imx_pmtiles_layout;

/* Gives every content of a sorted index its place, in the order of their first tiles (clustered), and counts.
 * IMX_E_INTERNAL: a tile came twice, with different contents. */
IMX_MUST_USE imx_status imx_pmtiles_place(const imx_tile_index *index, imx_error *err, imx_pmtiles_layout *out);

typedef struct imx_pmtiles_directories {
    imx_blob root, leaves; /* packed; leaves.data NULL: none */
} imx_pmtiles_directories;

/* Of an index whose contents are placed: one directory if it fits into the archive's first 16 KiB, otherwise the
 * smallest leaves whose root does. On failure *out is empty. */
IMX_MUST_USE imx_status imx_pmtiles_directories_build(imx_memory *memory, const imx_tile_index *index, uint64_t entries,
                                                      imx_error *err, imx_pmtiles_directories *out);
void imx_pmtiles_directories_free(imx_memory *memory, imx_pmtiles_directories *directories);

#endif
