/* kernels/cpu.c: which instruction sets this CPU and operating system offer, and their names. */
#include "kernels/kernels.h"

unsigned imx_cpu_detect(void) {
    unsigned mask = IMX_CPU_NONE;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")) {
        mask |= IMX_CPU_SSE42;
        /* The builtin also asks the operating system (XGETBV) whether it saves the wide registers. */
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
            mask |= IMX_CPU_AVX2;
        }
    }
#elif defined(__aarch64__)
    mask |= IMX_CPU_NEON; /* belongs to the architecture */
#endif
    return mask;
}

const char *imx_cpu_name(unsigned mask) {
    if (mask & IMX_CPU_AVX2) {
        return "avx2";
    }
    if (mask & IMX_CPU_SSE42) {
        return "sse4.2";
    }
    if (mask & IMX_CPU_NEON) {
        return "neon";
    }
    return "scalar";
}
