/* kernels/intrinsics.h: AVX2's intrinsics, which the SIMD variants are written in: the compiler's own on x86-64; on
 * aarch64 the same names in NEON. */
#ifndef IMX_KERNELS_INTRINSICS_H
#define IMX_KERNELS_INTRINSICS_H

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include "kernels/neon256.h"
#endif

#endif
