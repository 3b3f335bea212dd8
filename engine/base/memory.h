/* engine/base/memory.h: allocation that is counted, bounded and aligned.
 *
 * An imx_memory is a budget: --memory bounds what is allocated through it. Thread-safe. Blocks are aligned to 64
 * bytes and know their own size. Allocation over the limit fails with NULL, as malloc does when the system is out;
 * so each caller has one failure path. A NULL imx_memory counts nothing and bounds nothing.
 */
#ifndef IMX_ENGINE_BASE_MEMORY_H
#define IMX_ENGINE_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/status.h"

typedef struct imx_memory imx_memory;

/* limit_bytes 0: unbounded. */
IMX_MUST_USE imx_status imx_memory_create(size_t limit_bytes, imx_memory **out);
/* Every block must have been freed. */
void imx_memory_destroy(imx_memory **memory);
size_t imx_memory_limit(const imx_memory *memory);
size_t imx_memory_used(const imx_memory *memory);
size_t imx_memory_peak(const imx_memory *memory);

/* Not zeroed / zeroed. bytes 0 gives a valid block. NULL when over the limit or out of memory. */
void *imx_alloc(imx_memory *memory, size_t bytes);
void *imx_calloc(imx_memory *memory, size_t count, size_t size); /* overflow-checked */
/* Grows or shrinks; the old block stays valid on failure. block NULL: as imx_alloc. */
void *imx_realloc(imx_memory *memory, void *block, size_t bytes);
char *imx_strdup(imx_memory *memory, const char *text);
char *imx_sprintf(imx_memory *memory, const char *format, ...) IMX_PRINTF(2, 3); /* NULL on failure */
/* NULL-safe. memory must be the one that it came from. */
void imx_free(imx_memory *memory, void *block);

/* a * b * c into *out; false on overflow. */
bool imx_size_mul(size_t a, size_t b, size_t c, size_t *out);

/* What is asked to give memory back before an allocation over the limit fails: a cache. reclaim frees something and
 * returns true, or false if it has nothing left; it is called on the allocating thread until the allocation fits, so
 * nobody may allocate (but by imx_alloc_soft) under a lock that it takes. One at a time; NULL: none. Not while others
 * allocate. */
typedef bool (*imx_reclaim_fn)(void *context);
void imx_memory_set_reclaim(imx_memory *memory, imx_reclaim_fn reclaim, void *context);
/* As imx_alloc, but never at the cost of others: NULL at the limit. */
void *imx_alloc_soft(imx_memory *memory, size_t bytes);

/* For tests: makes the nth allocation from now (1 = the next) fail, once; 0 switches it off. */
void imx_memory_fail_nth(imx_memory *memory, size_t nth);

/* ---- arena: bump allocation, reset as a whole (per worker, per tile). Not thread-safe. ---- */
typedef struct imx_arena imx_arena;
IMX_MUST_USE imx_status imx_arena_create(imx_memory *memory, size_t chunk_bytes, imx_arena **out);
void imx_arena_destroy(imx_arena **arena);
void *imx_arena_alloc(imx_arena *arena, size_t bytes); /* 64-byte aligned; NULL when out of memory */
void imx_arena_reset(imx_arena *arena);                /* keeps the chunks for reuse */

#endif
