/* engine/block_shard.c: a shard's hash table with chains, and its doubly linked lists. */
#include "engine/block_shard.h"

#include <string.h>

enum { FIRST_BUCKETS = 32 };

/* ---- create and destroy ---- */

bool imx_block_shard_create(imx_memory *memory, imx_block_shard *shard) {
    imx_block_entry **buckets = imx_calloc(memory, FIRST_BUCKETS, sizeof *buckets);
    if (!buckets || pthread_mutex_init(&shard->lock, NULL) != 0) {
        imx_free(memory, buckets);
        return false;
    }
    shard->buckets = buckets;
    shard->bucket_count = FIRST_BUCKETS;
    for (size_t i = 0; i < IMX_LRU_KINDS; i++) {
        shard->lists[i].oldest_stamp = UINT64_MAX;
    }
    return true;
}

void imx_block_shard_destroy(imx_memory *memory, imx_block_shard *shard) {
    if (!shard->buckets) {
        return;
    }
    for (size_t b = 0; b < shard->bucket_count; b++) {
        for (imx_block_entry *e = shard->buckets[b], *next; e; e = next) {
            next = e->next;
            imx_block_entry_free(memory, e);
        }
    }
    imx_free(memory, shard->buckets);
    (void)pthread_mutex_destroy(&shard->lock);
    memset(shard, 0, sizeof *shard);
}

void imx_block_entry_free(imx_memory *memory, imx_block_entry *e) {
    (void)pthread_cond_destroy(&e->loaded);
    imx_free(memory, e->data);
    imx_free(memory, e->error);
    imx_free(memory, e);
}

/* ---- table ---- */

uint64_t imx_block_hash(const imx_block_key *key) {
    uint64_t h = ((uint64_t)key->scene << 32 | key->asset) * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 29) ^ ((uint64_t)(uint32_t)key->column << 32 | (uint32_t)key->row)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 32) ^ (uint32_t)key->level) * 0x94D049BB133111EBu;
    return h ^ (h >> 31);
}

static bool is_key(const imx_block_key *a, const imx_block_key *b) {
    return a->scene == b->scene && a->asset == b->asset && a->level == b->level && a->column == b->column &&
           a->row == b->row;
}

static imx_block_entry **bucket_of(const imx_block_shard *s, uint64_t hash) {
    return &s->buckets[hash & (s->bucket_count - 1)];
}

imx_block_entry *imx_block_shard_find(const imx_block_shard *s, uint64_t hash, const imx_block_key *key) {
    imx_block_entry *e = *bucket_of(s, hash);
    while (e && (e->hash != hash || !is_key(&e->key, key))) {
        e = e->next;
    }
    return e;
}

/* Longer chains are the answer where there is no memory for more buckets. */
static void table_grow(imx_memory *memory, imx_block_shard *s) {
    size_t old_count = s->bucket_count, bytes = 2 * old_count * sizeof *s->buckets;
    imx_block_entry **old = s->buckets, **buckets = imx_alloc_soft(memory, bytes); /* the lock is held: no reclaim */
    if (!buckets) {
        return;
    }
    memset(buckets, 0, bytes);
    s->buckets = buckets;
    s->bucket_count = 2 * old_count;
    for (size_t b = 0; b < old_count; b++) {
        for (imx_block_entry *e = old[b], *next; e; e = next) {
            next = e->next;
            imx_block_entry **bucket = bucket_of(s, e->hash);
            e->next = *bucket;
            *bucket = e;
        }
    }
    imx_free(memory, old);
}

void imx_block_shard_add(imx_memory *memory, imx_block_shard *s, imx_block_entry *e) {
    if (s->entry_count >= s->bucket_count) {
        table_grow(memory, s);
    }
    imx_block_entry **bucket = bucket_of(s, e->hash);
    e->next = *bucket;
    *bucket = e;
    s->entry_count++;
}

void imx_block_shard_remove(imx_block_shard *s, imx_block_entry *e) {
    imx_block_entry **link = bucket_of(s, e->hash);
    while (*link != e) {
        link = &(*link)->next;
    }
    *link = e->next;
    s->entry_count--;
}

/* ---- lists ---- */

static imx_lru_list *list_of(imx_block_shard *s, const imx_block_entry *e) {
    return &s->lists[e->spent ? IMX_LRU_SPENT : IMX_LRU_KEPT];
}

static void note_oldest(imx_lru_list *list) {
    atomic_store_explicit(&list->oldest_stamp, list->oldest ? list->oldest->stamp : UINT64_MAX, memory_order_relaxed);
}

void imx_block_shard_list(imx_block_shard *s, imx_block_entry *e, uint64_t stamp) {
    imx_lru_list *list = list_of(s, e);
    e->stamp = stamp;
    e->newer = NULL;
    e->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = e;
    list->newest = e;
    note_oldest(list);
}

void imx_block_shard_unlist(imx_block_shard *s, imx_block_entry *e) {
    imx_lru_list *list = list_of(s, e);
    *(e->older ? &e->older->newer : &list->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &list->newest) = e->older;
    note_oldest(list);
}
