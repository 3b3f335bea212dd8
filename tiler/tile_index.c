/* tiler/tile_index.c: chunked tables of tiles and contents, and an open-addressing table over the contents' hashes. */
#include "tiler/tile_index.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, SLOTS_FIRST = 1024 };

typedef struct chunks { /* equal-sized elements at stable addresses */
    void **chunk;
    size_t chunk_count, chunk_capacity, count, element_bytes;
} chunks;

struct imx_tile_index {
    imx_memory *memory;
    chunks tiles, contents;
    uint32_t *slots; /* content number + 1; 0: free. A power of two of them, at most 3/4 used */
    size_t slot_count;
    uint32_t *order; /* after sorting: tile numbers by id */
};

static void *chunks_at(const chunks *table, size_t n) {
    return (char *)table->chunk[n / CHUNK] + n % CHUNK * table->element_bytes;
}

static void *chunks_push(imx_memory *memory, chunks *table) {
    if (table->count == table->chunk_count * CHUNK) {
        if (table->chunk_count == table->chunk_capacity) {
            size_t capacity = table->chunk_capacity * 2 + 64;
            void **grown = imx_realloc(memory, table->chunk, capacity * sizeof *grown);
            if (!grown) {
                return NULL;
            }
            table->chunk = grown;
            table->chunk_capacity = capacity;
        }
        void *chunk = imx_alloc(memory, CHUNK * table->element_bytes);
        if (!chunk) {
            return NULL;
        }
        table->chunk[table->chunk_count++] = chunk;
    }
    return chunks_at(table, table->count++);
}

static void chunks_free(imx_memory *memory, chunks *table) {
    for (size_t i = 0; i < table->chunk_count; i++) {
        imx_free(memory, table->chunk[i]);
    }
    imx_free(memory, table->chunk);
}

imx_status imx_tile_index_create(imx_memory *memory, imx_tile_index **out) {
    imx_tile_index *index = imx_calloc(memory, 1, sizeof *index);
    if (!index) {
        return IMX_E_NOMEM;
    }
    index->memory = memory;
    index->tiles.element_bytes = sizeof(imx_indexed_tile);
    index->contents.element_bytes = sizeof(imx_content);
    index->slot_count = SLOTS_FIRST;
    index->slots = imx_calloc(memory, SLOTS_FIRST, sizeof *index->slots);
    if (!index->slots) {
        imx_tile_index_destroy(&index);
        return IMX_E_NOMEM;
    }
    *out = index;
    return IMX_OK;
}

void imx_tile_index_destroy(imx_tile_index **index) {
    if (index && *index) {
        imx_memory *memory = (*index)->memory;
        chunks_free(memory, &(*index)->tiles);
        chunks_free(memory, &(*index)->contents);
        imx_free(memory, (*index)->slots);
        imx_free(memory, (*index)->order);
        imx_free(memory, *index);
        *index = NULL;
    }
}

imx_content *imx_tile_index_content(const imx_tile_index *index, uint32_t content) {
    return chunks_at(&index->contents, content);
}

/* The slot that holds the content, or the free one where it belongs. */
static uint32_t *slot_of(const imx_tile_index *index, const imx_hash *hash, uint32_t size) {
    uint64_t start;
    memcpy(&start, hash->bytes, sizeof start);
    for (size_t at = (size_t)start & (index->slot_count - 1);; at = (at + 1) & (index->slot_count - 1)) {
        uint32_t held = index->slots[at];
        if (!held) {
            return &index->slots[at];
        }
        const imx_content *content = imx_tile_index_content(index, held - 1);
        if (content->size == size && imx_hash_equal(&content->hash, hash)) {
            return &index->slots[at];
        }
    }
}

static bool grow_slots(imx_tile_index *index) {
    uint32_t *old = index->slots;
    uint32_t *grown = imx_calloc(index->memory, index->slot_count * 2, sizeof *grown);
    if (!grown) {
        return false;
    }
    index->slots = grown;
    index->slot_count *= 2;
    for (uint32_t i = 0; i < index->contents.count; i++) {
        const imx_content *content = imx_tile_index_content(index, i);
        *slot_of(index, &content->hash, content->size) = i + 1;
    }
    imx_free(index->memory, old);
    return true;
}

imx_status imx_tile_index_add(imx_tile_index *index, uint64_t id, const imx_hash *hash, uint32_t size, bool *is_new,
                              imx_content **content) {
    if (index->tiles.count >= UINT32_MAX - 1 ||
        (index->contents.count + 1 > index->slot_count / 4 * 3 && !grow_slots(index))) {
        return IMX_E_NOMEM;
    }
    imx_indexed_tile *tile = chunks_push(index->memory, &index->tiles);
    if (!tile) {
        return IMX_E_NOMEM;
    }
    uint32_t *slot = slot_of(index, hash, size);
    bool fresh = !*slot;
    if (fresh) {
        imx_content *made = chunks_push(index->memory, &index->contents);
        if (!made) {
            index->tiles.count--;
            return IMX_E_NOMEM;
        }
        *made = (imx_content){*hash, 0, IMX_CONTENT_UNPLACED, size};
        *slot = (uint32_t)index->contents.count;
    }
    *tile = (imx_indexed_tile){id, *slot - 1};
    *is_new = fresh;
    *content = imx_tile_index_content(index, *slot - 1);
    return IMX_OK;
}

static int by_id(const void *a, const void *b, void *context) {
    const imx_tile_index *index = context;
    const imx_indexed_tile *left = chunks_at(&index->tiles, *(const uint32_t *)a);
    const imx_indexed_tile *right = chunks_at(&index->tiles, *(const uint32_t *)b);
    return (left->id > right->id) - (left->id < right->id);
}

imx_status imx_tile_index_sort(imx_tile_index *index) {
    imx_free(index->memory, index->slots);
    index->slots = NULL;
    index->order = imx_calloc(index->memory, index->tiles.count, sizeof *index->order);
    if (!index->order) {
        return IMX_E_NOMEM;
    }
    for (uint32_t i = 0; i < index->tiles.count; i++) {
        index->order[i] = i;
    }
    qsort_r(index->order, index->tiles.count, sizeof *index->order, by_id, index);
    return IMX_OK;
}

size_t imx_tile_index_tiles(const imx_tile_index *index) { return index->tiles.count; }
size_t imx_tile_index_contents(const imx_tile_index *index) { return index->contents.count; }

const imx_indexed_tile *imx_tile_index_tile(const imx_tile_index *index, size_t n) {
    return chunks_at(&index->tiles, index->order[n]);
}
