/* engine/base/arena.c: bump allocation out of a list of chunks that are kept for reuse. */
#include <stdint.h>

#include "engine/base/memory.h"

typedef struct chunk {
    struct chunk *next;
    size_t size, used;
    char *bytes;
} chunk;

struct imx_arena {
    imx_memory *memory;
    size_t chunk_bytes;
    chunk *chunks; /* all of them */
    chunk *now;    /* the one being filled; those after it are empty */
};

imx_status imx_arena_create(imx_memory *memory, size_t chunk_bytes, imx_arena **out) {
    imx_arena *arena = imx_calloc(memory, 1, sizeof *arena);
    if (!arena) {
        return IMX_E_NOMEM;
    }
    arena->memory = memory;
    arena->chunk_bytes = chunk_bytes;
    *out = arena;
    return IMX_OK;
}

void imx_arena_destroy(imx_arena **arena) {
    if (!arena || !*arena) {
        return;
    }
    imx_memory *memory = (*arena)->memory;
    for (chunk *c = (*arena)->chunks, *next; c; c = next) {
        next = c->next;
        imx_free(memory, c->bytes);
        imx_free(memory, c);
    }
    imx_free(memory, *arena);
    *arena = NULL;
}

/* A new chunk right after the current one. */
static chunk *add_chunk(imx_arena *arena, size_t size) {
    chunk *fresh = imx_alloc(arena->memory, sizeof *fresh);
    char *bytes = fresh ? imx_alloc(arena->memory, size) : NULL;
    if (!bytes) {
        imx_free(arena->memory, fresh);
        return NULL;
    }
    chunk **link = arena->now ? &arena->now->next : &arena->chunks;
    *fresh = (chunk){.next = *link, .size = size, .used = 0, .bytes = bytes};
    *link = fresh;
    return fresh;
}

void *imx_arena_alloc(imx_arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX - 64) {
        return NULL;
    }
    size_t whole = (bytes + 63) / 64 * 64;
    for (chunk *c = arena->now ? arena->now : arena->chunks; c; c = c->next) {
        if (c->size - c->used >= whole) {
            arena->now = c;
            c->used += whole;
            return c->bytes + c->used - whole;
        }
    }
    chunk *fresh = add_chunk(arena, whole > arena->chunk_bytes ? whole : arena->chunk_bytes);
    if (!fresh) {
        return NULL;
    }
    arena->now = fresh;
    fresh->used = whole;
    return fresh->bytes;
}

void imx_arena_reset(imx_arena *arena) {
    for (chunk *c = arena->chunks; c; c = c->next) {
        c->used = 0;
    }
    arena->now = arena->chunks;
}
