/* engine/block_shard.h: one shard of the block cache: a hash table of entries, and LRU lists of those that nobody uses.
 * Private to block_*.c. Whoever calls holds the shard's lock, but for create and destroy. */
#ifndef IMX_ENGINE_BLOCK_SHARD_H
#define IMX_ENGINE_BLOCK_SHARD_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "engine/block_cache.h"

typedef enum imx_load_state { IMX_LOADING, IMX_READY, IMX_FAILED } imx_load_state;

typedef struct imx_block_entry {
    imx_block_key key;
    uint64_t hash;
    struct imx_block_entry *next;          /* in its bucket */
    struct imx_block_entry *older, *newer; /* in its LRU list */
    uint64_t stamp;
    uint8_t *data; /* NULL: empty */
    ptrdiff_t row_stride;
    size_t bytes;
    int32_t width, height;
    double shown_px; /* by all uses so far */
    bool spent;      /* shown whole */
    uint32_t pins;
    imx_load_state state;
    imx_status status; /* IMX_FAILED */
    imx_error *error;  /* IMX_FAILED, for those who waited; NULL if there was no memory for it */
    pthread_cond_t loaded;
} imx_block_entry;

typedef enum imx_lru_kind { IMX_LRU_SPENT, IMX_LRU_KEPT, IMX_LRU_KINDS } imx_lru_kind; /* in the order of eviction */

typedef struct imx_lru_list {
    imx_block_entry *oldest, *newest;
    _Atomic uint64_t oldest_stamp; /* UINT64_MAX: nothing to evict; written under the lock, read without */
} imx_lru_list;

typedef struct imx_block_shard {
    alignas(64) pthread_mutex_t lock;
    imx_block_entry **buckets; /* a power of two of them; NULL: not created */
    size_t bucket_count, entry_count;
    imx_lru_list lists[IMX_LRU_KINDS];
    uint64_t hits;
} imx_block_shard;

/* A shard that is zero. false: no memory; it is still zero. */
bool imx_block_shard_create(imx_memory *memory, imx_block_shard *shard);
void imx_block_shard_destroy(imx_memory *memory, imx_block_shard *shard); /* with its entries */

/* Good in all its bits: the top ones choose the shard, the lowest the bucket. */
uint64_t imx_block_hash(const imx_block_key *key);
imx_block_entry *imx_block_shard_find(const imx_block_shard *shard, uint64_t hash, const imx_block_key *key);
void imx_block_shard_add(imx_memory *memory, imx_block_shard *shard, imx_block_entry *entry);
void imx_block_shard_remove(imx_block_shard *shard, imx_block_entry *entry);

/* As the newest of the list that entry->spent says; stamps rise. */
void imx_block_shard_list(imx_block_shard *shard, imx_block_entry *entry, uint64_t stamp);
void imx_block_shard_unlist(imx_block_shard *shard, imx_block_entry *entry);

void imx_block_entry_free(imx_memory *memory, imx_block_entry *entry);

#endif
