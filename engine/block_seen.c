/* engine/block_seen.c: an open-addressed table of chunks; a chunk holds the bits of 128 neighbouring blocks. */
#include "engine/block_seen.h"

#include <pthread.h>

enum { WORDS = 2, WORD_BITS = 64, CHUNK_BLOCKS = WORDS * WORD_BITS, FIRST_SLOTS = 64 };

typedef struct chunk {
    uint32_t scene, asset;
    int32_t level;
    uint64_t number;      /* of the chunk within the level */
    uint64_t bits[WORDS]; /* all zero: the slot is free */
} chunk;

struct imx_block_seen {
    imx_memory *memory;
    pthread_mutex_t lock;
    chunk *slots;
    size_t slot_count, used; /* slot_count is a power of two, at most 3/4 used */
};

imx_status imx_block_seen_create(imx_memory *memory, imx_block_seen **out) {
    imx_block_seen *seen = imx_calloc(memory, 1, sizeof *seen);
    if (!seen) {
        return IMX_E_NOMEM;
    }
    seen->memory = memory;
    if (pthread_mutex_init(&seen->lock, NULL) != 0) {
        imx_free(memory, seen);
        return IMX_E_NOMEM;
    }
    *out = seen;
    return IMX_OK;
}

void imx_block_seen_destroy(imx_block_seen **seen) {
    if (seen && *seen) {
        (void)pthread_mutex_destroy(&(*seen)->lock);
        imx_free((*seen)->memory, (*seen)->slots);
        imx_free((*seen)->memory, *seen);
        *seen = NULL;
    }
}

static bool is_free(const chunk *c) { return c->bits[0] == 0 && c->bits[1] == 0; }

static bool is_same(const chunk *a, const chunk *b) {
    return a->scene == b->scene && a->asset == b->asset && a->level == b->level && a->number == b->number;
}

/* Where the chunk is, or the free slot where it belongs. */
static chunk *find(chunk *slots, size_t slot_count, const chunk *wanted) {
    uint64_t hash = wanted->number * 0x9E3779B97F4A7C15u;
    hash = (hash ^ wanted->scene) * 0xC2B2AE3D27D4EB4Fu;
    hash = (hash ^ wanted->asset ^ ((uint64_t)(uint32_t)wanted->level << 32)) * 0x9E3779B97F4A7C15u;
    for (size_t i = (size_t)(hash >> 20);; i++) {
        chunk *slot = &slots[i & (slot_count - 1)];
        if (is_free(slot) || is_same(slot, wanted)) {
            return slot;
        }
    }
}

static bool grow(imx_block_seen *seen) {
    size_t slot_count = seen->slot_count ? 2 * seen->slot_count : FIRST_SLOTS;
    chunk *slots = imx_calloc(seen->memory, slot_count, sizeof *slots);
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < seen->slot_count; i++) {
        if (!is_free(&seen->slots[i])) {
            *find(slots, slot_count, &seen->slots[i]) = seen->slots[i];
        }
    }
    imx_free(seen->memory, seen->slots);
    seen->slots = slots;
    seen->slot_count = slot_count;
    return true;
}

imx_status imx_block_seen_add(imx_block_seen *seen, const imx_block_key *key, int32_t columns, bool *first) {
    imx_status status = IMX_OK;
    uint64_t index = (uint64_t)key->row * (uint64_t)columns + (uint64_t)key->column;
    chunk wanted = {key->scene, key->asset, key->level, index / CHUNK_BLOCKS, {0}};
    uint64_t bit = UINT64_C(1) << index % WORD_BITS;
    size_t word = (size_t)(index % CHUNK_BLOCKS / WORD_BITS);
    (void)pthread_mutex_lock(&seen->lock);
    if (4 * (seen->used + 1) > 3 * seen->slot_count && !grow(seen)) {
        status = IMX_E_NOMEM;
    } else {
        chunk *slot = find(seen->slots, seen->slot_count, &wanted);
        if (is_free(slot)) {
            *slot = wanted;
            seen->used++;
        }
        *first = !(slot->bits[word] & bit);
        slot->bits[word] |= bit;
    }
    (void)pthread_mutex_unlock(&seen->lock);
    return status;
}
