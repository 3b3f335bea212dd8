/* tiler/leaf_cache.c: sharded LRU of directories with counted holds. */
#include "tiler/leaf_cache.h"

#include <pthread.h>
#include <stdatomic.h>

/* Few enough shards that leaves spread evenly over them, enough that threads seldom meet. */
enum { SHARDS = 8, SHARD_BITS = 3, SLOTS = 64 };

struct imx_leaf {
    atomic_size_t holds; /* the cache's own included */
    uint64_t offset;
    uint32_t size;
    uint64_t used; /* the shard's clock at the last use */
    imx_pmtiles_directory directory;
};

typedef struct shard {
    pthread_mutex_t lock;
    imx_leaf *slots[SLOTS];
    uint64_t offsets[SLOTS]; /* of the leaves in the slots: the search reads only these */
    size_t bytes;
    uint64_t clock;
} shard;

struct imx_leaf_cache {
    imx_memory *memory;
    size_t shard_limit_bytes;
    shard shards[SHARDS];
};

static size_t bytes_of(const imx_leaf *leaf) {
    return sizeof *leaf + leaf->directory.count * sizeof *leaf->directory.entries;
}

static shard *shard_of(imx_leaf_cache *cache, uint64_t offset) {
    /* Multiplicative hashing, 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4). */
    return &cache->shards[offset * UINT64_C(0x9E3779B97F4A7C15) >> (64 - SHARD_BITS)];
}

imx_status imx_leaf_cache_create(imx_memory *memory, size_t limit_bytes, imx_leaf_cache **out) {
    imx_leaf_cache *cache = imx_calloc(memory, 1, sizeof *cache);
    if (!cache) {
        return IMX_E_NOMEM;
    }
    cache->memory = memory;
    cache->shard_limit_bytes = limit_bytes / SHARDS;
    for (size_t i = 0; i < SHARDS; i++) {
        (void)pthread_mutex_init(&cache->shards[i].lock, NULL);
    }
    *out = cache;
    return IMX_OK;
}

const imx_pmtiles_directory *imx_leaf_directory(const imx_leaf *leaf) { return &leaf->directory; }

void imx_leaf_release(imx_leaf_cache *cache, imx_leaf *leaf) {
    if (leaf && atomic_fetch_sub(&leaf->holds, 1) == 1) {
        imx_pmtiles_directory_free(cache->memory, &leaf->directory);
        imx_free(cache->memory, leaf);
    }
}

/* Under the lock. */
static void evict(imx_leaf_cache *cache, shard *in, imx_leaf **slot) {
    in->bytes -= bytes_of(*slot);
    imx_leaf_release(cache, *slot);
    *slot = NULL;
}

void imx_leaf_cache_destroy(imx_leaf_cache **cache) {
    if (cache && *cache) {
        for (size_t i = 0; i < SHARDS; i++) {
            shard *in = &(*cache)->shards[i];
            for (size_t k = 0; k < SLOTS; k++) {
                if (in->slots[k]) {
                    evict(*cache, in, &in->slots[k]);
                }
            }
            (void)pthread_mutex_destroy(&in->lock);
        }
        imx_free((*cache)->memory, *cache);
        *cache = NULL;
    }
}

/* Under the lock. */
static imx_leaf *find(shard *in, uint64_t offset, uint32_t size) {
    for (size_t i = 0; i < SLOTS; i++) {
        if (in->offsets[i] != offset) {
            continue;
        }
        imx_leaf *leaf = in->slots[i];
        if (leaf && leaf->offset == offset && leaf->size == size) {
            leaf->used = ++in->clock;
            (void)atomic_fetch_add(&leaf->holds, 1);
            return leaf;
        }
    }
    return NULL;
}

imx_leaf *imx_leaf_cache_get(imx_leaf_cache *cache, uint64_t offset, uint32_t size) {
    shard *in = shard_of(cache, offset);
    (void)pthread_mutex_lock(&in->lock);
    imx_leaf *leaf = find(in, offset, size);
    (void)pthread_mutex_unlock(&in->lock);
    return leaf;
}

/* Under the lock: a free slot, after the least recently used leaves have made room for `bytes` more. */
static imx_leaf **make_room(imx_leaf_cache *cache, shard *in, size_t bytes) {
    for (;;) {
        imx_leaf **oldest = NULL, **unused = NULL;
        for (size_t i = 0; i < SLOTS; i++) {
            if (!in->slots[i]) {
                unused = &in->slots[i];
            } else if (!oldest || in->slots[i]->used < (*oldest)->used) {
                oldest = &in->slots[i];
            }
        }
        if (unused && (!oldest || in->bytes + bytes <= cache->shard_limit_bytes)) {
            return unused;
        }
        evict(cache, in, oldest);
    }
}

imx_status imx_leaf_cache_put_take(imx_leaf_cache *cache, uint64_t offset, uint32_t size,
                                   imx_pmtiles_directory *directory, imx_leaf **out) {
    imx_leaf *leaf = imx_calloc(cache->memory, 1, sizeof *leaf);
    if (!leaf) {
        imx_pmtiles_directory_free(cache->memory, directory);
        return IMX_E_NOMEM;
    }
    atomic_init(&leaf->holds, 2); /* the cache's and the caller's */
    leaf->offset = offset;
    leaf->size = size;
    leaf->directory = *directory;
    *directory = (imx_pmtiles_directory){NULL, 0};
    shard *in = shard_of(cache, offset);
    (void)pthread_mutex_lock(&in->lock);
    imx_leaf *other = find(in, offset, size); /* two threads may have missed at once */
    if (!other) {
        imx_leaf **slot = make_room(cache, in, bytes_of(leaf));
        leaf->used = ++in->clock;
        in->bytes += bytes_of(leaf);
        *slot = leaf;
        in->offsets[slot - in->slots] = offset;
    }
    (void)pthread_mutex_unlock(&in->lock);
    if (other) {
        atomic_store(&leaf->holds, 1);
        imx_leaf_release(cache, leaf);
    }
    *out = other ? other : leaf;
    return IMX_OK;
}
