/* tiler/leaf_cache.h: decoded leaf directories of an open PMTiles archive, least recently used out first, bounded in
 * bytes. Thread-safe: sharded, one short lock each; a leaf lives as long as somebody holds it. Private to the stores.
 */
#ifndef IMX_TILER_LEAF_CACHE_H
#define IMX_TILER_LEAF_CACHE_H

#include "tiler/pmtiles.h"

typedef struct imx_leaf imx_leaf;
typedef struct imx_leaf_cache imx_leaf_cache;

IMX_MUST_USE imx_status imx_leaf_cache_create(imx_memory *memory, size_t limit_bytes, imx_leaf_cache **out);
/* Nobody holds a leaf any more. */
void imx_leaf_cache_destroy(imx_leaf_cache **cache);
/* A hold on the leaf at that place; NULL if it is not there. */
imx_leaf *imx_leaf_cache_get(imx_leaf_cache *cache, uint64_t offset, uint32_t size);
/* Hands in a directory that was decoded after a miss, and holds it. On IMX_E_NOMEM the directory is freed. */
IMX_MUST_USE imx_status imx_leaf_cache_put_take(imx_leaf_cache *cache, uint64_t offset, uint32_t size,
                                                imx_pmtiles_directory *directory, imx_leaf **out);
const imx_pmtiles_directory *imx_leaf_directory(const imx_leaf *leaf);
void imx_leaf_release(imx_leaf_cache *cache, imx_leaf *leaf);

#endif
