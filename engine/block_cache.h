/* engine/block_cache.h: decoded source blocks, shared by all workers, bounded in bytes.
 *
 * Sharded by key; each shard has its own lock and lists, the bound is common. Blocks that have been shown whole go
 * first (a walk that visits each place once will hardly come back), then what was not used for the longest time; and
 * beyond a reserve, blocks shown whole give their buffers to new ones long before the bound is reached. Concurrent
 * readers of one block decode it once: the first loads it, the others wait for that load alone, and share its error if
 * it fails (a later reader tries again). A block in use (pinned) is never evicted; pins may exceed the bound for as
 * long as they last. Blocks are rgba8, or the planes of data (engine/source.h).
 */
#ifndef IMX_ENGINE_BLOCK_CACHE_H
#define IMX_ENGINE_BLOCK_CACHE_H

#include "engine/source.h"

typedef struct imx_block_cache imx_block_cache;

typedef struct imx_block_key {
    uint32_t scene, asset; /* indexes in the job */
    int32_t level, column, row;
} imx_block_key;

typedef struct imx_block {
    const uint8_t *rgba;   /* or planes; NULL: every pixel is invalid (nothing is stored) */
    ptrdiff_t row_stride;  /* rgba8 only */
    int32_t width, height; /* px, cut at the raster's edge */
    double shown_px;       /* what this use shows of it and no other use does; 0 unless the holder says so */
    void *pin;             /* the cache's own */
} imx_block;

typedef struct imx_cache_stats {
    uint64_t blocks_decoded; /* loads */
    uint64_t pixels_decoded;
    uint64_t blocks_distinct; /* distinct keys among them: decoded / distinct is the decode amplification */
    uint64_t pixels_distinct;
    uint64_t hits;
} imx_cache_stats;

/* The cache also gives way to any other allocation from the same memory (imx_memory_set_reclaim), so that at most one
 * cache may stand on a memory. */
IMX_MUST_USE imx_status imx_block_cache_create(imx_memory *memory, size_t limit_bytes, imx_error *err,
                                               imx_block_cache **out);
void imx_block_cache_destroy(imx_block_cache **cache); /* nothing may be pinned */

/* What loads a block: imx_source_read_block unless replaced, before the first acquire. */
typedef imx_status (*imx_block_load_fn)(imx_source *source, int32_t level, int32_t column, int32_t row, uint8_t *rgba,
                                        ptrdiff_t row_stride, imx_error *err, bool *empty);
void imx_block_cache_set_loader(imx_block_cache *cache, imx_block_load_fn load);

/* Finds the block or loads it from source (the calling worker's handle of that asset). Thread-safe. */
IMX_MUST_USE imx_status imx_block_acquire(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                                          const imx_block_layout *layout, imx_error *err, imx_block *out);
/* The same but for a block that another thread is loading: that is not waited for, and *busy tells (*out is then
 * untouched). So that whoever wants several blocks can load those that nobody is at, before waiting. */
IMX_MUST_USE imx_status imx_block_acquire_idle(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                                               const imx_block_layout *layout, imx_error *err, imx_block *out,
                                               bool *busy);
void imx_block_release(imx_block_cache *cache, imx_block *block);
imx_cache_stats imx_block_cache_stats(imx_block_cache *cache);

#endif
