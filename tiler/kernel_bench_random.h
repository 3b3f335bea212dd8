/* tiler/kernel_bench_random.h: the numbers that kernels are measured with, the same on each machine. */
#ifndef IMX_TILER_KERNEL_BENCH_RANDOM_H
#define IMX_TILER_KERNEL_BENCH_RANDOM_H

#include <stdint.h>

/* 24 bits of Numerical Recipes' quick generator; its upper bits are good enough. */
static inline uint32_t imx_bench_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

#endif
