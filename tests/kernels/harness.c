/* tests/kernels/harness.c */
#include "tests/kernels/harness.h"

#include <sys/mman.h>
#include <unistd.h>

#define CANARY 0xA5
#define CANARY_BYTES 64

levels levels_here(void) {
    const unsigned masks[] = {IMX_CPU_NONE, IMX_CPU_SSE42, IMX_CPU_SSE42 | IMX_CPU_AVX2, IMX_CPU_NEON};
    levels l = {.count = 0};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if ((masks[i] & imx_cpu_detect()) == masks[i]) {
            imx_kernels_init(&l.table[l.count++], masks[i]);
        }
    }
    return l;
}

rng rng_create(void) {
    const char *seed = getenv("IMX_KERNEL_SEED");
    return (rng){seed ? strtoull(seed, NULL, 0) : 0x1b9e5u};
}

unsigned rng_rounds(unsigned rounds) {
    const char *times = getenv("IMX_KERNEL_ROUNDS");
    return times ? rounds * (unsigned)strtoul(times, NULL, 0) : rounds;
}

uint64_t rng_next(rng *r) {
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t rng_below(rng *r, uint32_t n) { return (uint32_t)(((rng_next(r) >> 32) * n) >> 32); }

int32_t rng_between(rng *r, int32_t lo, int32_t hi) {
    const uint64_t span = (uint64_t)((int64_t)hi - lo) + 1;
    return (int32_t)(lo + (int64_t)(rng_next(r) % span));
}

guarded guarded_create(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (bytes + page - 1) / page * page;
    uint8_t *map = mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map, page, PROT_NONE), 0);
    assert_int_equal(mprotect(map + page + inner, page, PROT_NONE), 0);
    return (guarded){map + page, inner};
}

void guarded_destroy(guarded *g) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(g->lo - page, g->bytes + 2 * page);
    *g = (guarded){0};
}

static size_t canaries_before(const guarded *g, const uint8_t *data) {
    const size_t room = (size_t)(data - g->lo);
    return room < CANARY_BYTES ? room : CANARY_BYTES;
}

static size_t canaries_after(const guarded *g, const uint8_t *data, size_t bytes) {
    const size_t room = (size_t)(g->lo + g->bytes - (data + bytes));
    return room < CANARY_BYTES ? room : CANARY_BYTES;
}

uint8_t *guarded_place(guarded *g, size_t bytes, size_t align, rng *r) {
    assert_true(bytes + CANARY_BYTES <= g->bytes);
    size_t off = g->bytes - bytes;
    switch (rng_below(r, 4)) {
    case 0: off = 0; break;
    case 1: off = rng_below(r, CANARY_BYTES); break;
    case 2: off -= rng_below(r, CANARY_BYTES); break;
    default: break;
    }
    off = off / align * align;
    uint8_t *data = g->lo + off;
    const size_t before = canaries_before(g, data);
    memset(data - before, CANARY, before);
    memset(data + bytes, CANARY, canaries_after(g, data, bytes));
    return data;
}

void guarded_check(const guarded *g, const uint8_t *data, size_t bytes) {
    const size_t before = canaries_before(g, data), after = canaries_after(g, data, bytes);
    for (size_t i = 1; i <= before; i++) {
        assert_int_equal(data[-(ptrdiff_t)i], CANARY);
    }
    for (size_t i = 0; i < after; i++) {
        assert_int_equal(data[bytes + i], CANARY);
    }
}

static void put(uint8_t *px, uint64_t bits, uint8_t alpha) {
    px[0] = (uint8_t)bits;
    px[1] = (uint8_t)(bits >> 8);
    px[2] = (uint8_t)(bits >> 16);
    px[3] = alpha;
}

static void fill_runs(uint8_t *px, size_t n, rng *r) {
    size_t i = 0;
    while (i < n) {
        const uint32_t kind = rng_below(r, 3);
        for (size_t end = i + 1 + rng_below(r, 40); i < n && i < end; i++) {
            const uint64_t bits = rng_next(r);
            put(px + 4 * i, kind == 0 ? 0 : bits, kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)(bits >> 24));
        }
    }
}

void fill_pixels(uint8_t *px, size_t n, pixel_kind kind, rng *r) {
    static const uint8_t edge[4] = {0, 1, 254, 255};
    const uint64_t flat = rng_next(r);
    if (kind == PX_RUNS) {
        fill_runs(px, n, r);
        return;
    }
    for (size_t i = 0; i < n; i++, px += 4) {
        const uint64_t bits = rng_next(r);
        const uint8_t any = (uint8_t)(bits >> 24), rare = bits >> 32 & 15;
        switch (kind) {
        case PX_OPAQUE: put(px, bits, 255); break;
        case PX_EMPTY: put(px, 0, 0); break;
        case PX_GHOST: put(px, bits, 0); break;
        case PX_EDGES: put(px, bits, edge[any & 3]); break;
        case PX_SATURATED: put(px, (bits & 0x010101) * 255, any & 1 ? 255 : 0); break;
        case PX_HOLES: put(px, rare ? bits : 0, rare ? 255 : 0); break;
        case PX_FLAT: put(px, flat, (uint8_t)(flat >> 24)); break;
        case PX_GRAY: put(px, (bits & 255) * 0x010101, rare ? 255 : any); break;
        default: put(px, bits, any); break;
        }
    }
}

void assert_pixels(const char *kernel, const char *level, const uint8_t *got, const uint8_t *want, size_t n) {
    if (n == 0 || memcmp(got, want, 4 * n) == 0) {
        return;
    }
    size_t i = 0;
    while (memcmp(got + 4 * i, want + 4 * i, 4) == 0) {
        i++;
    }
    got += 4 * i;
    want += 4 * i;
    fail_msg("%s, %s: pixel %zu of %zu is %u,%u,%u,%u, want %u,%u,%u,%u", kernel, level, i, n, got[0], got[1], got[2],
             got[3], want[0], want[1], want[2], want[3]);
}
