/* engine/base/memory.c: the budget. Each block carries a header of one cache line with its size. */
#include "engine/base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

struct imx_memory {
    size_t limit;
    atomic_size_t used, peak, fail_in;
    imx_reclaim_fn reclaim;
    void *reclaim_context;
};

typedef struct header {
    size_t bytes; /* with the header, rounded up to ALIGNMENT */
} header;

imx_status imx_memory_create(size_t limit_bytes, imx_memory **out) {
    imx_memory *memory = calloc(1, sizeof *memory);
    if (!memory) {
        return IMX_E_NOMEM;
    }
    memory->limit = limit_bytes;
    *out = memory;
    return IMX_OK;
}

void imx_memory_destroy(imx_memory **memory) {
    if (memory && *memory) {
        free(*memory);
        *memory = NULL;
    }
}

size_t imx_memory_limit(const imx_memory *memory) { return memory ? memory->limit : 0; }
size_t imx_memory_used(const imx_memory *memory) { return memory ? atomic_load(&memory->used) : 0; }
size_t imx_memory_peak(const imx_memory *memory) { return memory ? atomic_load(&memory->peak) : 0; }
void imx_memory_fail_nth(imx_memory *memory, size_t nth) { atomic_store(&memory->fail_in, nth); }

void imx_memory_set_reclaim(imx_memory *memory, imx_reclaim_fn reclaim, void *context) {
    if (memory) {
        memory->reclaim = reclaim;
        memory->reclaim_context = context;
    }
}

/* Whether a test wants this allocation to fail. */
static bool fails_on_purpose(imx_memory *memory) {
    size_t left = atomic_load(&memory->fail_in);
    while (left && !atomic_compare_exchange_weak(&memory->fail_in, &left, left - 1)) {
    }
    return left == 1;
}

/* Takes bytes out of the budget; false if that is more than is left. */
static bool fits(imx_memory *memory, size_t bytes) {
    size_t used = atomic_load(&memory->used);
    do {
        if (used + bytes < used || (memory->limit && used + bytes > memory->limit)) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&memory->used, &used, used + bytes));
    size_t peak = atomic_load(&memory->peak);
    while (peak < used + bytes && !atomic_compare_exchange_weak(&memory->peak, &peak, used + bytes)) {
    }
    return true;
}

static bool admit(imx_memory *memory, size_t bytes, bool soft) {
    if (!memory) {
        return true;
    }
    if (fails_on_purpose(memory)) {
        return false;
    }
    while (!fits(memory, bytes)) {
        if (soft || !memory->reclaim || !memory->reclaim(memory->reclaim_context)) {
            return false;
        }
    }
    return true;
}

static void give_back(imx_memory *memory, size_t bytes) {
    if (memory) {
        atomic_fetch_sub(&memory->used, bytes);
    }
}

static void *alloc(imx_memory *memory, size_t bytes, bool soft) {
    if (bytes > SIZE_MAX - 2 * ALIGNMENT) {
        return NULL;
    }
    size_t whole = (bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!admit(memory, whole, soft)) {
        return NULL;
    }
    header *head = aligned_alloc(ALIGNMENT, whole);
    if (!head) {
        give_back(memory, whole);
        return NULL;
    }
    head->bytes = whole;
    return (char *)head + ALIGNMENT;
}

void *imx_alloc(imx_memory *memory, size_t bytes) { return alloc(memory, bytes, false); }
void *imx_alloc_soft(imx_memory *memory, size_t bytes) { return alloc(memory, bytes, true); }

void *imx_calloc(imx_memory *memory, size_t count, size_t size) {
    size_t bytes;
    if (!imx_size_mul(count, size, 1, &bytes)) {
        return NULL;
    }
    void *block = imx_alloc(memory, bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

static header *head_of(void *block) { return (header *)(void *)((char *)block - ALIGNMENT); }

void *imx_realloc(imx_memory *memory, void *block, size_t bytes) {
    void *grown = imx_alloc(memory, bytes);
    if (grown && block) {
        size_t held = head_of(block)->bytes - ALIGNMENT;
        memcpy(grown, block, held < bytes ? held : bytes);
        imx_free(memory, block);
    }
    return grown;
}

void imx_free(imx_memory *memory, void *block) {
    if (block) {
        give_back(memory, head_of(block)->bytes);
        free(head_of(block));
    }
}

char *imx_strdup(imx_memory *memory, const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = imx_alloc(memory, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *imx_sprintf(imx_memory *memory, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : imx_alloc(memory, (size_t)length + 1);
    if (text) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(args);
    return text;
}

bool imx_size_mul(size_t a, size_t b, size_t c, size_t *out) {
    size_t ab;
    return !__builtin_mul_overflow(a, b, &ab) && !__builtin_mul_overflow(ab, c, out);
}
