/* tests/kernels/harness.h: what the kernel tests share: CPU levels, guarded buffers, random pixels.
 *
 * The seed is fixed; IMX_KERNEL_SEED sets another and IMX_KERNEL_ROUNDS multiplies the number of random cases. */
#ifndef IMX_TESTS_KERNELS_HARNESS_H
#define IMX_TESTS_KERNELS_HARNESS_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"

/* ---- levels: every table that this machine can have, the references first ---- */
#define LEVELS_MAX 4
typedef struct levels {
    imx_kernels table[LEVELS_MAX];
    size_t count;
} levels;
levels levels_here(void);

/* ---- random numbers (splitmix64) ---- */
typedef struct rng {
    uint64_t state;
} rng;
rng rng_create(void); /* from IMX_KERNEL_SEED, or fixed */
unsigned rng_rounds(unsigned rounds);
uint64_t rng_next(rng *r);
uint32_t rng_below(rng *r, uint32_t n);
int32_t rng_between(rng *r, int32_t lo, int32_t hi); /* inclusive */

/* ---- guarded memory: a range between two inaccessible pages ---- */
typedef struct guarded {
    uint8_t *lo;  /* first byte after the lower guard page */
    size_t bytes; /* up to the upper guard page */
} guarded;
guarded guarded_create(size_t bytes); /* at least so many */
void guarded_destroy(guarded *g);
/* `bytes` somewhere in it: flush against the upper guard, flush against the lower one, or (where align is 1) a few
 * bytes off. The 64 bytes on either side, as far as they exist, become canaries. */
uint8_t *guarded_place(guarded *g, size_t bytes, size_t align, rng *r);
/* Fails the test if a canary around the last placed range was touched. */
void guarded_check(const guarded *g, const uint8_t *data, size_t bytes);

/* ---- pixels ---- */
typedef enum pixel_kind {
    PX_RANDOM,    /* any bytes, alpha 0 with colour too */
    PX_OPAQUE,    /* random colour */
    PX_EMPTY,     /* 0,0,0,0 */
    PX_GHOST,     /* alpha 0 with random colour */
    PX_EDGES,     /* alpha 0, 1, 254 or 255 */
    PX_SATURATED, /* every byte 0 or 255 */
    PX_HOLES,     /* opaque with some holes */
    PX_RUNS,      /* runs of opaque, empty and partial pixels */
    PX_FLAT,      /* one colour */
    PX_GRAY,      /* r = g = b, opaque but for a few */
    PX_KINDS
} pixel_kind;
void fill_pixels(uint8_t *px, size_t n, pixel_kind kind, rng *r);

/* Stops the test with both pixels where got differs from want. */
void assert_pixels(const char *kernel, const char *level, const uint8_t *got, const uint8_t *want, size_t n);

#endif
