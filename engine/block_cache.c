/* engine/block_cache.c: shards of hash tables with LRU lists under one byte bound, and loads that happen once.
 *
 * No thread ever holds two locks, and none holds one while it loads. An entry is in its shard's table from the moment
 * its load begins; it is in one of the LRU lists while it is ready and unpinned: that of what was shown whole, or that
 * of the rest. Entries are stamped when they become unpinned, so the oldest of all is the oldest of the shards' oldest.
 */
#include "engine/block_cache.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/block_seen.h"

/* What of a block's pixels counts as all of them: positions are estimates, and a rim of 1 % is rarely asked for again.
 */
static const double whole = 0.99;

/* 1/8 of the bound stays with blocks shown whole: kernels reach a few pixels into a neighbour's part, whose turn often
 * comes soon. */
enum { SHARDS = 16, FIRST_BUCKETS = 32, SPENT_SHARE = 8 };

typedef enum load_state { LOADING, READY, FAILED } load_state;

typedef struct entry {
    imx_block_key key;
    uint64_t hash;
    struct entry *next;          /* in its bucket */
    struct entry *older, *newer; /* in its LRU list */
    uint64_t stamp;
    uint8_t *data; /* NULL: empty */
    ptrdiff_t row_stride;
    size_t bytes;
    int32_t width, height;
    double shown_px; /* by all uses so far */
    bool spent;      /* shown whole */
    uint32_t pins;
    load_state state;
    imx_status status; /* FAILED */
    imx_error *error;  /* FAILED, for those who waited; NULL if there was no memory for it */
    pthread_cond_t loaded;
} entry;

typedef struct lru_list {
    entry *oldest, *newest;
    _Atomic uint64_t oldest_stamp; /* UINT64_MAX: nothing to evict; written under the lock */
} lru_list;

typedef enum list_kind { SPENT, KEPT, LISTS } list_kind; /* in the order of eviction */

typedef struct shard {
    alignas(64) pthread_mutex_t lock;
    entry **buckets; /* a power of two of them */
    size_t bucket_count, entry_count;
    lru_list lists[LISTS];
    uint64_t hits;
} shard;

struct imx_block_cache {
    imx_memory *memory;
    size_t limit;
    imx_block_load_fn load;
    imx_block_seen *seen;
    atomic_size_t used;       /* bytes of entries and pixels */
    atomic_size_t spent_used; /* those of the SPENT lists among them */
    _Atomic uint64_t clock;
    _Atomic uint64_t blocks_decoded, pixels_decoded, blocks_distinct, pixels_distinct;
    size_t shards_ready; /* locks that were initialised */
    shard shards[SHARDS];
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
        shard *s = &cache->shards[i];
        s->bucket_count = FIRST_BUCKETS;
        s->buckets = imx_calloc(memory, FIRST_BUCKETS, sizeof *s->buckets);
        s->lists[SPENT].oldest_stamp = s->lists[KEPT].oldest_stamp = UINT64_MAX;
        complete = s->buckets && pthread_mutex_init(&s->lock, NULL) == 0;
        cache->shards_ready += complete;
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

static void free_entry(imx_block_cache *cache, entry *e) {
    (void)pthread_cond_destroy(&e->loaded);
    imx_free(cache->memory, e->data);
    imx_free(cache->memory, e->error);
    imx_free(cache->memory, e);
}

void imx_block_cache_destroy(imx_block_cache **cache) {
    if (!cache || !*cache) {
        return;
    }
    imx_block_cache *old = *cache;
    imx_memory_set_reclaim(old->memory, NULL, NULL);
    for (size_t i = 0; i < SHARDS; i++) {
        shard *s = &old->shards[i];
        for (size_t b = 0; s->buckets && b < s->bucket_count; b++) {
            for (entry *e = s->buckets[b], *next; e; e = next) {
                next = e->next;
                free_entry(old, e);
            }
        }
        imx_free(old->memory, s->buckets);
        if (i < old->shards_ready) {
            (void)pthread_mutex_destroy(&s->lock);
        }
    }
    imx_block_seen_destroy(&old->seen);
    imx_free(old->memory, old);
    *cache = NULL;
}

/* ---- a shard's table and list; its lock is held ---- */

static uint64_t hash_key(const imx_block_key *key) {
    uint64_t h = ((uint64_t)key->scene << 32 | key->asset) * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 29) ^ ((uint64_t)(uint32_t)key->column << 32 | (uint32_t)key->row)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 32) ^ (uint32_t)key->level) * 0x94D049BB133111EBu;
    return h ^ (h >> 31);
}

static bool is_key(const imx_block_key *a, const imx_block_key *b) {
    return a->scene == b->scene && a->asset == b->asset && a->level == b->level && a->column == b->column &&
           a->row == b->row;
}

static shard *shard_of(imx_block_cache *cache, uint64_t hash) { return &cache->shards[hash >> 60]; }
_Static_assert(SHARDS == 16, "the top four bits of the hash choose the shard");

static entry **bucket_of(const shard *s, uint64_t hash) { return &s->buckets[hash & (s->bucket_count - 1)]; }

static entry *table_find(const shard *s, uint64_t hash, const imx_block_key *key) {
    entry *e = *bucket_of(s, hash);
    while (e && (e->hash != hash || !is_key(&e->key, key))) {
        e = e->next;
    }
    return e;
}

/* Longer chains are the answer where there is no memory for more buckets. */
static void table_grow(imx_block_cache *cache, shard *s) {
    size_t old_count = s->bucket_count, bytes = 2 * old_count * sizeof *s->buckets;
    entry **old = s->buckets, **buckets = imx_alloc_soft(cache->memory, bytes); /* the lock is held: no reclaim */
    if (!buckets) {
        return;
    }
    memset(buckets, 0, bytes);
    s->buckets = buckets;
    s->bucket_count = 2 * old_count;
    for (size_t b = 0; b < old_count; b++) {
        for (entry *e = old[b], *next; e; e = next) {
            next = e->next;
            entry **bucket = bucket_of(s, e->hash);
            e->next = *bucket;
            *bucket = e;
        }
    }
    imx_free(cache->memory, old);
}

static void table_add(imx_block_cache *cache, shard *s, entry *e) {
    if (s->entry_count >= s->bucket_count) {
        table_grow(cache, s);
    }
    entry **bucket = bucket_of(s, e->hash);
    e->next = *bucket;
    *bucket = e;
    s->entry_count++;
}

static void table_remove(shard *s, entry *e) {
    entry **link = bucket_of(s, e->hash);
    while (*link != e) {
        link = &(*link)->next;
    }
    *link = e->next;
    s->entry_count--;
}

static size_t cost_of(const entry *e) { return sizeof *e + e->bytes; }

static lru_list *list_of(shard *s, const entry *e) { return &s->lists[e->spent ? SPENT : KEPT]; }

static void note_oldest(lru_list *list) {
    atomic_store_explicit(&list->oldest_stamp, list->oldest ? list->oldest->stamp : UINT64_MAX, memory_order_relaxed);
}

static void list_add(imx_block_cache *cache, shard *s, entry *e) {
    e->spent = e->shown_px >= whole * (double)e->width * e->height;
    lru_list *list = list_of(s, e);
    e->stamp = atomic_fetch_add_explicit(&cache->clock, 1, memory_order_relaxed);
    e->newer = NULL;
    e->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = e;
    list->newest = e;
    note_oldest(list);
    if (e->spent) {
        atomic_fetch_add(&cache->spent_used, cost_of(e));
    }
}

static void list_remove(imx_block_cache *cache, shard *s, entry *e) {
    lru_list *list = list_of(s, e);
    *(e->older ? &e->older->newer : &list->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &list->newest) = e->older;
    note_oldest(list);
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
static entry *detach_oldest(imx_block_cache *cache, list_kind kind) {
    for (;;) {
        shard *best = NULL;
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
        entry *e = best->lists[kind].oldest;
        if (e) {
            list_remove(cache, best, e);
            table_remove(best, e);
        }
        (void)pthread_mutex_unlock(&best->lock);
        if (e) {
            atomic_fetch_sub(&cache->used, cost_of(e));
            return e;
        }
    }
}

/* Evicts one entry of a kind. A buffer of just the size that is wanted goes into *buffer, if that is still NULL. */
static bool evict_kind(imx_block_cache *cache, list_kind kind, size_t wanted_bytes, uint8_t **buffer) {
    entry *e = detach_oldest(cache, kind);
    if (!e) {
        return false;
    }
    if (buffer && !*buffer && e->data && e->bytes == wanted_bytes) {
        *buffer = e->data;
        e->data = NULL;
    }
    free_entry(cache, e);
    return true;
}

static bool evict(imx_block_cache *cache, size_t wanted_bytes, uint8_t **buffer) {
    return evict_kind(cache, SPENT, wanted_bytes, buffer) || evict_kind(cache, KEPT, wanted_bytes, buffer);
}

static bool reclaim(void *context) { return evict(context, 0, NULL); }

/* Room for an entry's pixels: first within the bound, then in memory. What is pinned may exceed the bound. */
static uint8_t *take_buffer(imx_block_cache *cache, size_t bytes) {
    uint8_t *buffer = NULL;
    /* A buffer used before spares the kernel's page faults, which cost a tenth of decoding a block. */
    if (atomic_load_explicit(&cache->spent_used, memory_order_relaxed) > cache->limit / SPENT_SHARE) {
        (void)evict_kind(cache, SPENT, bytes, &buffer);
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

static void drop_buffer(imx_block_cache *cache, entry *e) {
    imx_free(cache->memory, e->data);
    atomic_fetch_sub(&cache->used, e->bytes);
    e->data = NULL;
    e->bytes = 0;
}

/* ---- loading ---- */

static entry *new_entry(imx_block_cache *cache, const imx_block_key *key, uint64_t hash) {
    entry *e;
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

static imx_status count_load(imx_block_cache *cache, const entry *e, int32_t columns) {
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

static imx_status load(imx_block_cache *cache, entry *e, imx_source *source, const imx_block_layout *layout,
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
static void publish(imx_block_cache *cache, shard *s, entry *e, imx_status status, const imx_error *err) {
    (void)pthread_mutex_lock(&s->lock);
    e->state = status == IMX_OK ? READY : FAILED;
    bool last = false;
    if (status != IMX_OK) {
        table_remove(s, e);
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
        free_entry(cache, e);
    }
}

/* ---- acquire and release ---- */

static void hand_out(entry *e, imx_block *out) {
    *out = (imx_block){e->data, e->row_stride, e->width, e->height, 0, e};
}

/* Joins an entry of the table. The lock is held, and given up here. busy not NULL: instead of waiting it is set. */
static imx_status join(imx_block_cache *cache, shard *s, entry *e, imx_error *err, imx_block *out, bool *busy) {
    imx_status status = IMX_OK;
    bool last = false;
    if (busy && e->state == LOADING) {
        *busy = true;
        (void)pthread_mutex_unlock(&s->lock);
        return IMX_OK;
    }
    if (e->pins++ == 0) {
        list_remove(cache, s, e);
    }
    while (e->state == LOADING) {
        (void)pthread_cond_wait(&e->loaded, &s->lock);
    }
    if (e->state == READY) {
        s->hits++;
        hand_out(e, out);
    } else {
        status = e->status;
        (void)imx_fail(err, status, "%s", e->error ? e->error->text : imx_status_name(status));
        last = --e->pins == 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (last) {
        free_entry(cache, e);
    }
    return status;
}

static imx_status acquire(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                          const imx_block_layout *layout, imx_error *err, imx_block *out, bool *busy) {
    uint64_t hash = hash_key(key);
    shard *s = shard_of(cache, hash);
    (void)pthread_mutex_lock(&s->lock);
    entry *e = table_find(s, hash, key);
    if (e) {
        return join(cache, s, e, err, out, busy);
    }
    (void)pthread_mutex_unlock(&s->lock);

    entry *mine = new_entry(cache, key, hash);
    if (!mine) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the block cache: give more --memory");
    }
    (void)pthread_mutex_lock(&s->lock);
    e = table_find(s, hash, key);
    if (e) { /* somebody was faster */
        imx_status status = join(cache, s, e, err, out, busy);
        free_entry(cache, mine);
        return status;
    }
    table_add(cache, s, mine);
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
    entry *e = block->pin;
    if (!e) {
        return;
    }
    shard *s = shard_of(cache, e->hash);
    (void)pthread_mutex_lock(&s->lock);
    e->shown_px += block->shown_px;
    if (--e->pins == 0) {
        list_add(cache, s, e);
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
        shard *s = &cache->shards[i];
        (void)pthread_mutex_lock(&s->lock);
        stats.hits += s->hits;
        (void)pthread_mutex_unlock(&s->lock);
    }
    return stats;
}
