/* kernels/predictor_avx2.c: predictors by prefix sums, byte planes by unpacking, byte order by shuffling. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"

/* ---- predictor 2 ---- */

IMX_GENERIC __m256i add256(size_t size, __m256i a, __m256i b) {
    switch (size) {
    case 1: return _mm256_add_epi8(a, b);
    case 2: return _mm256_add_epi16(a, b);
    case 4: return _mm256_add_epi32(a, b);
    default: return _mm256_add_epi64(a, b);
    }
}
IMX_GENERIC __m128i add128(size_t size, __m128i a, __m128i b) {
    switch (size) {
    case 1: return _mm_add_epi8(a, b);
    case 2: return _mm_add_epi16(a, b);
    case 4: return _mm_add_epi32(a, b);
    default: return _mm_add_epi64(a, b);
    }
}

/* A pixel of step bytes (a power of two up to 8): sums within each half by doubling steps, then the lower half's last
 * pixel to the upper half. The pixel before is all that the steps wait for, by one addition. Returns the bytes done. */
IMX_GENERIC size_t sums_power(size_t size, uint8_t *row, size_t bytes, size_t step) {
    const __m128i last = _mm_set_epi64x(step == 1   ? 0x0f0f0f0f0f0f0f0f
                                        : step == 2 ? 0x0f0e0f0e0f0e0f0e
                                        : step == 4 ? 0x0f0e0d0c0f0e0d0c
                                                    : 0x0f0e0d0c0b0a0908,
                                        step == 1   ? 0x0f0f0f0f0f0f0f0f
                                        : step == 2 ? 0x0f0e0f0e0f0e0f0e
                                        : step == 4 ? 0x0f0e0d0c0f0e0d0c
                                                    : 0x0f0e0d0c0b0a0908);
    const __m256i last_of_half = _mm256_broadcastsi128_si256(last);
    __m256i before = _mm256_setzero_si256();
    size_t at = 0;
    for (; at + 32 <= bytes; at += 32) {
        __m256i v = imx_load256(row + at);
        v = step <= 1 ? add256(size, v, _mm256_slli_si256(v, 1)) : v;
        v = step <= 2 ? add256(size, v, _mm256_slli_si256(v, 2)) : v;
        v = step <= 4 ? add256(size, v, _mm256_slli_si256(v, 4)) : v;
        v = add256(size, v, _mm256_slli_si256(v, 8));
        const __m256i ends = _mm256_shuffle_epi8(v, last_of_half); /* of the halves, in all places */
        v = add256(size, v, _mm256_permute2x128_si256(ends, ends, 0x08));
        imx_store256(row + at, add256(size, v, before));
        const __m256i both = add256(size, ends, _mm256_permute2x128_si256(ends, ends, 0x01));
        before = add256(size, before, both);
    }
    return at;
}

/* Shuffles for a pixel of step bytes (3..15) in a window of as many whole pixels as 16 bytes hold. */
typedef struct window {
    __m128i shift[3]; /* by 1, 2 and 4 pixels, zeros in front and behind the window */
    __m128i last;     /* the window's last pixel in each of its places */
    size_t bytes;
} window;

static window window_of(size_t step) {
    window w = {.bytes = 16 / step * step};
    int8_t index[4][16];
    for (size_t b = 0; b < 16; b++) {
        const bool inside = b < w.bytes;
        for (size_t k = 0; k < 3; k++) {
            index[k][b] = (int8_t)(inside && b >= step << k ? b - (step << k) : 0x80);
        }
        index[3][b] = (int8_t)(inside ? w.bytes - step + b % step : 0x80);
    }
    for (size_t k = 0; k < 3; k++) {
        w.shift[k] = imx_load128(index[k]);
    }
    w.last = imx_load128(index[3]);
    return w;
}

/* The bytes behind a window keep what they hold, because zeros are added there; the next window is loaded before this
 * one is stored, so that no load waits for a store that it overlaps. */
IMX_GENERIC size_t sums_window(size_t size, uint8_t *row, size_t bytes, size_t step) {
    const window w = window_of(step);
    __m128i before = _mm_setzero_si128();
    size_t at = 0;
    if (bytes < 16) {
        return 0;
    }
    __m128i next = imx_load128(row);
    for (; at + 16 <= bytes; at += w.bytes) {
        __m128i v = next;
        if (at + w.bytes + 16 <= bytes) {
            next = imx_load128(row + at + w.bytes);
        }
        v = add128(size, v, _mm_shuffle_epi8(v, w.shift[0]));
        if (w.bytes > 2 * step) {
            v = add128(size, v, _mm_shuffle_epi8(v, w.shift[1]));
        }
        if (w.bytes > 4 * step) {
            v = add128(size, v, _mm_shuffle_epi8(v, w.shift[2]));
        }
        imx_store128(row + at, add128(size, v, before));
        before = add128(size, before, _mm_shuffle_epi8(v, w.last));
    }
    return at;
}

/* A pixel of 16 bytes or more: column by column, 16 bytes wide, so that no load waits for a store that it overlaps. The
 * last column may be narrower: it leaves what follows as it is. Up to the last pixel but one. */
IMX_GENERIC size_t sums_columns(size_t size, uint8_t *row, size_t bytes, size_t step) {
    const __m128i place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const size_t end = bytes / step ? bytes / step * step - step : 0;
    for (size_t column = 0; column < step; column += 16) {
        const size_t width = step - column < 16 ? step - column : 16;
        const __m128i mine = _mm_cmpgt_epi8(_mm_set1_epi8((int8_t)width), place);
        __m128i sum = _mm_setzero_si128();
        for (size_t at = column; at < end; at += step) {
            const __m128i v = imx_load128(row + at);
            sum = add128(size, sum, v);
            imx_store128(row + at, _mm_blendv_epi8(v, sum, mine));
        }
    }
    return end;
}

/* A pixel so wide that the one before has long been stored: along the row. */
IMX_GENERIC size_t sums_wide(size_t size, uint8_t *row, size_t bytes, size_t step) {
    size_t at = step;
    for (; at + 16 <= bytes; at += 16) {
        imx_store128(row + at, add128(size, imx_load128(row + at), imx_load128(row + at - step)));
    }
    return at;
}

IMX_GENERIC void sums(size_t size, imx_width width, uint8_t *row, size_t n, size_t stride) {
    const size_t step = size * stride, bytes = size * n;
    size_t done = 0; /* bytes, in whole samples; what comes after looks back by stride */
    if (step == size) {
        done = sums_power(size, row, bytes, size);
    } else if (step == 2) {
        done = size <= 2 ? sums_power(size, row, bytes, 2) : 0;
    } else if (step == 4) {
        done = size <= 4 ? sums_power(size, row, bytes, 4) : 0;
    } else if (step == 8) {
        done = sums_power(size, row, bytes, 8);
    } else if (step < 16) {
        done = sums_window(size, row, bytes, step);
    } else if (step < 128) {
        done = sums_columns(size, row, bytes, step);
    } else {
        done = sums_wide(size, row, bytes, step);
    }
    /* The reference takes the pixel before the rest for the rest's first. */
    const size_t rest = done > step ? done - step : 0;
    imx_ref_predictor.sums[width](row + rest, n - rest / size, stride);
}

#define SUMS(bits, T)                                                                                                  \
    static void sums_##bits(void *row, size_t n, size_t stride) { sums(sizeof(T), IMX_WIDTH_##bits, row, n, stride); }
IMX_EACH_SIZE(SUMS)

/* ---- predictor 3 ---- */

static void planes_8(const uint8_t *planes, size_t n, void *samples) { __builtin_memcpy(samples, planes, n); }

/* 16 samples at a time: the planes' 16 bytes, least significant first, are unpacked by twos. */
IMX_GENERIC void planes_of(size_t size, const uint8_t *planes, size_t n, uint8_t *samples) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i v[8], u[8];
        for (size_t k = 0; k < size; k++) {
            v[k] = imx_load128(planes + (size - 1 - k) * n + i);
        }
        for (size_t k = 0; k < size; k += 2) { /* pairs of bytes: samples 0-7, then 8-15 */
            u[k] = _mm_unpacklo_epi8(v[k], v[k + 1]);
            u[k + 1] = _mm_unpackhi_epi8(v[k], v[k + 1]);
        }
        if (size == 2) {
            imx_store128(samples + 2 * i, u[0]);
            imx_store128(samples + 2 * i + 16, u[1]);
            continue;
        }
        for (size_t k = 0; k < size; k += 4) { /* fours: samples 0-3, 4-7, 8-11, 12-15 */
            v[k] = _mm_unpacklo_epi16(u[k], u[k + 2]);
            v[k + 1] = _mm_unpackhi_epi16(u[k], u[k + 2]);
            v[k + 2] = _mm_unpacklo_epi16(u[k + 1], u[k + 3]);
            v[k + 3] = _mm_unpackhi_epi16(u[k + 1], u[k + 3]);
        }
        for (size_t k = 0; k < 4; k++) {
            if (size == 4) {
                imx_store128(samples + 4 * i + 16 * k, v[k]);
            } else {
                imx_store128(samples + 8 * i + 32 * k, _mm_unpacklo_epi32(v[k], v[k + 4]));
                imx_store128(samples + 8 * i + 32 * k + 16, _mm_unpackhi_epi32(v[k], v[k + 4]));
            }
        }
    }
    for (; i < n; i++) {
        for (size_t k = 0; k < size; k++) {
            samples[size * i + k] = planes[(size - 1 - k) * n + i];
        }
    }
}

static void planes_16(const uint8_t *planes, size_t n, void *samples) { planes_of(2, planes, n, samples); }
static void planes_32(const uint8_t *planes, size_t n, void *samples) { planes_of(4, planes, n, samples); }
static void planes_64(const uint8_t *planes, size_t n, void *samples) { planes_of(8, planes, n, samples); }

/* ---- byte order ---- */

static void swap_8(void *samples, size_t n) { (void)samples, (void)n; }

IMX_GENERIC void swap(size_t size, imx_width width, uint8_t *p, size_t n) {
    const __m128i order = size == 2   ? _mm_set_epi64x(0x0e0f0c0d0a0b0809, 0x0607040502030001)
                          : size == 4 ? _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203)
                                      : _mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607);
    const __m256i both = _mm256_broadcastsi128_si256(order);
    for (; n * size >= 64; n -= 64 / size, p += 64) {
        const __m256i a = imx_load256(p), b = imx_load256(p + 32);
        imx_store256(p, _mm256_shuffle_epi8(a, both));
        imx_store256(p + 32, _mm256_shuffle_epi8(b, both));
    }
    imx_ref_predictor.swap[width](p, n);
}

static void swap_16(void *samples, size_t n) { swap(2, IMX_WIDTH_16, samples, n); }
static void swap_32(void *samples, size_t n) { swap(4, IMX_WIDTH_32, samples, n); }
static void swap_64(void *samples, size_t n) { swap(8, IMX_WIDTH_64, samples, n); }

void imx_avx2_predictor_install(imx_predictor_kernels *table) {
    *table = (imx_predictor_kernels){
        .sums = {sums_8, sums_16, sums_32, sums_64},
        .planes = {planes_8, planes_16, planes_32, planes_64},
        .swap = {swap_8, swap_16, swap_32, swap_64},
    };
}
