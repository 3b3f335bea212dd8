/* tiler/tile_index.h: which tiles a writer has got, and which distinct contents: 16 bytes a tile, 40 a content, and
 * hash slots. Tiles are added in any order; equal contents (size and XXH3-128) are one. Grows in chunks, so that
 * nothing is ever copied. Not thread-safe. Private to the stores. */
#ifndef IMX_TILER_TILE_INDEX_H
#define IMX_TILER_TILE_INDEX_H

#include <stdbool.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"

typedef struct imx_content {
    imx_hash hash;
    uint64_t spool_offset; /* where the blob lies while tiles come in */
    uint64_t offset;       /* where it goes; IMX_CONTENT_UNPLACED before */
    uint32_t size;
} imx_content;
#define IMX_CONTENT_UNPLACED UINT64_MAX

typedef struct imx_indexed_tile {
    uint64_t id;
    uint32_t content;
} imx_indexed_tile;

typedef struct imx_tile_index imx_tile_index;
IMX_MUST_USE imx_status imx_tile_index_create(imx_memory *memory, imx_tile_index **out);
void imx_tile_index_destroy(imx_tile_index **index);
/* *is_new: the content was not there yet; *content (valid until destroy) is then the caller's to give a spool_offset.
 */
IMX_MUST_USE imx_status imx_tile_index_add(imx_tile_index *index, uint64_t id, const imx_hash *hash, uint32_t size,
                                           bool *is_new, imx_content **content);
/* Ends the adding (the hash slots are freed) and sorts by id. */
IMX_MUST_USE imx_status imx_tile_index_sort(imx_tile_index *index);
size_t imx_tile_index_tiles(const imx_tile_index *index);
size_t imx_tile_index_contents(const imx_tile_index *index);
/* The nth tile in id order; after sorting. */
const imx_indexed_tile *imx_tile_index_tile(const imx_tile_index *index, size_t n);
imx_content *imx_tile_index_content(const imx_tile_index *index, uint32_t content);

#endif
