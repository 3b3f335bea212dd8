/* engine/block_cache.c: shards (block_shard.h) under one byte bound, and loads that happen once.
 *
 * No thread ever holds two locks, and none holds one while it loads. An entry is in its shard's table from the moment
 * its load begins; it is in one of the LRU lists while it is ready and unpinned: that of what was shown whole, or that
 * of the rest. Entries are stamped when they become unpinned, so the oldest of all is the oldest of the shards' oldest.
 */
#include "engine/block_cache.h"

#include "engine/block_seen.h"
#include "engine/block_shard.h"

/* What of a block's pixels counts as all of them: positions are estimates, and a rim of 1 % is rarely asked for again.
 */
static const double whole = 0.99;

/* 1/8 of the bound stays with blocks shown whole: kernels reach a few pixels into a neighbour's part, whose turn often
 * comes soon. */
enum { SHARDS = 16, SPENT_SHARE = 8 };

struct imx_block_cache {
    imx_memory *memory;
    size_t limit;
    imx_block_load_fn load;
    imx_block_seen *seen;
    atomic_size_t used;       /* bytes of entries and pixels */
    atomic_size_t spent_used; /* of the entries shown whole among them */
    _Atomic uint64_t clock;
    _Atomic uint64_t blocks_decoded, pixels_decoded, blocks_distinct, pixels_distinct;
    imx_block_shard shards[SHARDS];
};

/* ---- create and destroy ---- */

static bool reclaim(void *context); /* everybody else's allocations come before what is only kept */

imx_status imx_block_cache_create(imx_memory *memory, size_t limit_bytes, imx_error *err, imx_block_cache **out) {
    imx_block_cache *cache = imx_calloc(memory, 1, sizeof *cache);
    if (!cache) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the block cache");
    }
    cache->memory = memory;
    cache->limit = limit_bytes;
    cache->load = imx_source_read_block;
    bool complete = imx_block_seen_create(memory, &cache->seen) == IMX_OK;
    for (size_t i = 0; complete && i < SHARDS; i++) {
        complete = imx_block_shard_create(memory, &cache->shards[i]);
    }
    if (!complete) {
        imx_block_cache_destroy(&cache);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the block cache");
    }
    imx_memory_set_reclaim(memory, reclaim, cache);
    *out = cache;
    return IMX_OK;
}

void imx_block_cache_set_loader(imx_block_cache *cache, imx_block_load_fn load) { cache->load = load; }

void imx_block_cache_destroy(imx_block_cache **cache) {
    if (!cache || !*cache) {
        return;
    }
    imx_block_cache *old = *cache;
    imx_memory_set_reclaim(old->memory, NULL, NULL);
    for (size_t i = 0; i < SHARDS; i++) {
        imx_block_shard_destroy(old->memory, &old->shards[i]);
    }
    imx_block_seen_destroy(&old->seen);
    imx_free(old->memory, old);
    *cache = NULL;
}

/* ---- shards ---- */

static imx_block_shard *shard_of(imx_block_cache *cache, uint64_t hash) { return &cache->shards[hash >> 60]; }
_Static_assert(SHARDS == 16, "the top four bits of the hash choose the shard");

static size_t cost_of(const imx_block_entry *e) { return sizeof *e + e->bytes; }

/* Puts an entry among those that may be evicted, and takes it out. The shard's lock is held. */
static void park(imx_block_cache *cache, imx_block_shard *s, imx_block_entry *e) {
    e->spent = e->shown_px >= whole * (double)e->width * e->height;
    imx_block_shard_list(s, e, atomic_fetch_add_explicit(&cache->clock, 1, memory_order_relaxed));
    if (e->spent) {
        atomic_fetch_add(&cache->spent_used, cost_of(e));
    }
}

static void unpark(imx_block_cache *cache, imx_block_shard *s, imx_block_entry *e) {
    imx_block_shard_unlist(s, e);
    if (e->spent) {
        atomic_fetch_sub(&cache->spent_used, cost_of(e));
    }
}

/* ---- room ---- */

static bool reserve(imx_block_cache *cache, size_t bytes) {
    size_t used = atomic_load_explicit(&cache->used, memory_order_relaxed);
    do {
        if (used > cache->limit || bytes > cache->limit - used) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&cache->used, &used, used + bytes));
    return true;
}

/* Takes the entry of one kind that was not used for the longest time out of the cache; NULL if there is none. */
static imx_block_entry *detach_oldest(imx_block_cache *cache, imx_lru_kind kind) {
    for (;;) {
        imx_block_shard *best = NULL;
        uint64_t best_stamp = UINT64_MAX;
        for (size_t i = 0; i < SHARDS; i++) {
            uint64_t stamp = atomic_load_explicit(&cache->shards[i].lists[kind].oldest_stamp, memory_order_relaxed);
            if (stamp < best_stamp) {
                best = &cache->shards[i];
                best_stamp = stamp;
            }
        }
        if (!best) {
            return NULL;
        }
        (void)pthread_mutex_lock(&best->lock);
        imx_block_entry *e = best->lists[kind].oldest;
        if (e) {
            unpark(cache, best, e);
            imx_block_shard_remove(best, e);
        }
        (void)pthread_mutex_unlock(&best->lock);
        if (e) {
            atomic_fetch_sub(&cache->used, cost_of(e));
            return e;
        }
    }
}

/* Evicts one entry of a kind. A buffer of just the size that is wanted goes into *buffer, if that is still NULL. */
static bool evict_kind(imx_block_cache *cache, imx_lru_kind kind, size_t wanted_bytes, uint8_t **buffer) {
    imx_block_entry *e = detach_oldest(cache, kind);
    if (!e) {
        return false;
    }
    if (buffer && !*buffer && e->data && e->bytes == wanted_bytes) {
        *buffer = e->data;
        e->data = NULL;
    }
    imx_block_entry_free(cache->memory, e);
    return true;
}

static bool evict(imx_block_cache *cache, size_t wanted_bytes, uint8_t **buffer) {
    return evict_kind(cache, IMX_LRU_SPENT, wanted_bytes, buffer) ||
           evict_kind(cache, IMX_LRU_KEPT, wanted_bytes, buffer);
}

static bool reclaim(void *context) { return evict(context, 0, NULL); }

/* Room for an entry's pixels: first within the bound, then in memory. What is pinned may exceed the bound. */
static uint8_t *take_buffer(imx_block_cache *cache, size_t bytes) {
    uint8_t *buffer = NULL;
    /* A buffer used before spares the kernel's page faults, which cost a tenth of decoding a block. */
    if (atomic_load_explicit(&cache->spent_used, memory_order_relaxed) > cache->limit / SPENT_SHARE) {
        (void)evict_kind(cache, IMX_LRU_SPENT, bytes, &buffer);
    }
    while (!reserve(cache, bytes)) {
        if (!evict(cache, bytes, &buffer)) {
            atomic_fetch_add(&cache->used, bytes);
            break;
        }
    }
    while (!buffer && !(buffer = imx_alloc(cache->memory, bytes))) {
        if (!evict(cache, bytes, &buffer)) {
            atomic_fetch_sub(&cache->used, bytes);
            return NULL;
        }
    }
    return buffer;
}

static void drop_buffer(imx_block_cache *cache, imx_block_entry *e) {
    imx_free(cache->memory, e->data);
    atomic_fetch_sub(&cache->used, e->bytes);
    e->data = NULL;
    e->bytes = 0;
}

/* ---- loading ---- */

static imx_block_entry *new_entry(imx_block_cache *cache, const imx_block_key *key, uint64_t hash) {
    imx_block_entry *e;
    while (!(e = imx_calloc(cache->memory, 1, sizeof *e))) {
        if (!evict(cache, 0, NULL)) {
            return NULL;
        }
    }
    if (pthread_cond_init(&e->loaded, NULL) != 0) {
        imx_free(cache->memory, e);
        return NULL;
    }
    e->key = *key;
    e->hash = hash;
    e->pins = 1;
    return e;
}

static imx_status count_load(imx_block_cache *cache, const imx_block_entry *e, int32_t columns) {
    bool first;
    while (imx_block_seen_add(cache->seen, &e->key, columns, &first) != IMX_OK) {
        if (!evict(cache, 0, NULL)) {
            return IMX_E_NOMEM;
        }
    }
    uint64_t pixels = (uint64_t)e->width * (uint64_t)e->height;
    atomic_fetch_add_explicit(&cache->blocks_decoded, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&cache->pixels_decoded, pixels, memory_order_relaxed);
    if (first) {
        atomic_fetch_add_explicit(&cache->blocks_distinct, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&cache->pixels_distinct, pixels, memory_order_relaxed);
    }
    return IMX_OK;
}

/* What of a block lies within the level, px. */
static int32_t cut(int32_t block, int32_t number, int32_t level) {
    int64_t left = level - (int64_t)block * number;
    return left < block ? (int32_t)left : block;
}

static imx_status load(imx_block_cache *cache, imx_block_entry *e, imx_source *source, const imx_block_layout *layout,
                       imx_error *err) {
    const imx_block_key *key = &e->key;
    e->width = cut(layout->block_w, key->column, layout->level_w);
    e->height = cut(layout->block_h, key->row, layout->level_h);
    size_t bytes;
    if (e->width < 1 || e->height < 1 ||
        !imx_size_mul((size_t)e->width, (size_t)e->height, layout->pixel_bytes, &bytes)) {
        return imx_fail(err, IMX_E_INTERNAL, "block %d,%d lies outside level %d", (int)key->column, (int)key->row,
                        (int)key->level);
    }
    e->data = take_buffer(cache, bytes);
    if (!e->data) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a block of %d x %d px: give more --memory", (int)e->width,
                        (int)e->height);
    }
    e->bytes = bytes;
    e->row_stride = (ptrdiff_t)layout->pixel_bytes * e->width;
    bool empty = false;
    imx_status status = cache->load(source, key->level, key->column, key->row, e->data, e->row_stride, err, &empty);
    if (status == IMX_OK && count_load(cache, e, layout->columns) != IMX_OK) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for counting blocks: give more --memory");
    }
    if (status != IMX_OK || empty) {
        drop_buffer(cache, e);
    }
    return status;
}

/* Ends a load: wakes those who wait. A failed entry is out of the table, and freed by the last who knows it. */
static void publish(imx_block_cache *cache, imx_block_shard *s, imx_block_entry *e, imx_status status,
                    const imx_error *err) {
    (void)pthread_mutex_lock(&s->lock);
    e->state = status == IMX_OK ? IMX_READY : IMX_FAILED;
    bool last = false;
    if (status != IMX_OK) {
        imx_block_shard_remove(s, e);
        e->status = status;
        last = --e->pins == 0;
        if (!last && err && (e->error = imx_alloc(cache->memory, sizeof *err))) {
            *e->error = *err;
        }
        atomic_fetch_sub(&cache->used, sizeof *e);
    }
    (void)pthread_cond_broadcast(&e->loaded);
    (void)pthread_mutex_unlock(&s->lock);
    if (last) {
        imx_block_entry_free(cache->memory, e);
    }
}

/* ---- acquire and release ---- */

static void hand_out(imx_block_entry *e, imx_block *out) {
    *out = (imx_block){e->data, e->row_stride, e->width, e->height, 0, e};
}

/* Joins an entry of the table. The lock is held, and given up here. busy not NULL: instead of waiting it is set. */
static imx_status join(imx_block_cache *cache, imx_block_shard *s, imx_block_entry *e, imx_error *err, imx_block *out,
                       bool *busy) {
    imx_status status = IMX_OK;
    bool last = false;
    if (busy && e->state == IMX_LOADING) {
        *busy = true;
        (void)pthread_mutex_unlock(&s->lock);
        return IMX_OK;
    }
    if (e->pins++ == 0) {
        unpark(cache, s, e);
    }
    while (e->state == IMX_LOADING) {
        (void)pthread_cond_wait(&e->loaded, &s->lock);
    }
    if (e->state == IMX_READY) {
        s->hits++;
        hand_out(e, out);
    } else {
        status = e->status;
        (void)imx_fail(err, status, "%s", e->error ? e->error->text : imx_status_name(status));
        last = --e->pins == 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (last) {
        imx_block_entry_free(cache->memory, e);
    }
    return status;
}

static imx_status acquire(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                          const imx_block_layout *layout, imx_error *err, imx_block *out, bool *busy) {
    uint64_t hash = imx_block_hash(key);
    imx_block_shard *s = shard_of(cache, hash);
    (void)pthread_mutex_lock(&s->lock);
    imx_block_entry *e = imx_block_shard_find(s, hash, key);
    if (e) {
        return join(cache, s, e, err, out, busy);
    }
    (void)pthread_mutex_unlock(&s->lock);

    imx_block_entry *mine = new_entry(cache, key, hash);
    if (!mine) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the block cache: give more --memory");
    }
    (void)pthread_mutex_lock(&s->lock);
    e = imx_block_shard_find(s, hash, key);
    if (e) { /* somebody was faster */
        imx_status status = join(cache, s, e, err, out, busy);
        imx_block_entry_free(cache->memory, mine);
        return status;
    }
    imx_block_shard_add(cache->memory, s, mine);
    atomic_fetch_add(&cache->used, sizeof *mine);
    (void)pthread_mutex_unlock(&s->lock);

    imx_error why = IMX_ERROR_INIT;
    imx_status status = load(cache, mine, source, layout, &why);
    if (status == IMX_OK) {
        hand_out(mine, out);
    } else {
        (void)imx_fail(err, status, "%s", why.text);
    }
    publish(cache, s, mine, status, &why);
    return status;
}

imx_status imx_block_acquire(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                             const imx_block_layout *layout, imx_error *err, imx_block *out) {
    return acquire(cache, key, source, layout, err, out, NULL);
}

imx_status imx_block_acquire_idle(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                                  const imx_block_layout *layout, imx_error *err, imx_block *out, bool *busy) {
    *busy = false;
    return acquire(cache, key, source, layout, err, out, busy);
}

void imx_block_release(imx_block_cache *cache, imx_block *block) {
    imx_block_entry *e = block->pin;
    if (!e) {
        return;
    }
    imx_block_shard *s = shard_of(cache, e->hash);
    (void)pthread_mutex_lock(&s->lock);
    e->shown_px += block->shown_px;
    if (--e->pins == 0) {
        park(cache, s, e);
    }
    (void)pthread_mutex_unlock(&s->lock);
    *block = (imx_block){0};
    while (atomic_load_explicit(&cache->used, memory_order_relaxed) > cache->limit && evict(cache, 0, NULL)) {
    }
}

imx_cache_stats imx_block_cache_stats(imx_block_cache *cache) {
    imx_cache_stats stats = {
        .blocks_decoded = atomic_load(&cache->blocks_decoded),
        .pixels_decoded = atomic_load(&cache->pixels_decoded),
        .blocks_distinct = atomic_load(&cache->blocks_distinct),
        .pixels_distinct = atomic_load(&cache->pixels_distinct),
    };
    for (size_t i = 0; i < SHARDS; i++) {
        imx_block_shard *s = &cache->shards[i];
        (void)pthread_mutex_lock(&s->lock);
        stats.hits += s->hits;
        (void)pthread_mutex_unlock(&s->lock);
    }
    return stats;
}
