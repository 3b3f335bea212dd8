/* kernels/inspect_avx2.c: look, nodata and mask, eight pixels at a time. */
#include <string.h>

#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void store(uint8_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }

typedef struct seen {
    __m256i any, all, other, color;
} seen;

static inline void see(seen *s, __m256i v, __m256i first) {
    s->any = _mm256_or_si256(s->any, v);
    s->all = _mm256_and_si256(s->all, v);
    s->other = _mm256_or_si256(s->other, _mm256_xor_si256(v, first));
    s->color = _mm256_or_si256(s->color,
                               _mm256_xor_si256(v, _mm256_srli_epi32(v, 8))); /* r^g, g^b, and two that do not count */
}

static unsigned flags(const seen *s) {
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    return (_mm256_testz_si256(s->any, alpha) ? IMX_LOOK_EMPTY : 0u) |
           (_mm256_testc_si256(s->all, alpha) ? IMX_LOOK_OPAQUE : 0u) |
           (_mm256_testz_si256(s->other, s->other) ? IMX_LOOK_SINGLE : 0u) |
           (_mm256_testz_si256(s->color, _mm256_set1_epi32(0xffff)) ? IMX_LOOK_GRAY : 0u);
}

unsigned imx_avx2_look_rgba8(const uint8_t *px, ptrdiff_t stride, size_t w, size_t h) {
    if (w < 8 || h == 0) {
        return imx_ref_look_rgba8(px, stride, w, h);
    }
    int32_t bits;
    memcpy(&bits, px, 4);
    const __m256i first = _mm256_set1_epi32(bits);
    seen s = {_mm256_setzero_si256(), _mm256_set1_epi8(-1), _mm256_setzero_si256(), _mm256_setzero_si256()};
    unsigned look = IMX_LOOK_EMPTY | IMX_LOOK_OPAQUE | IMX_LOOK_SINGLE | IMX_LOOK_GRAY;
    for (size_t y = 0; y < h && look; y++) {
        const uint8_t *p = px + (ptrdiff_t)y * stride;
        for (size_t x = 0; x + 8 <= w; x += 8) {
            see(&s, load(p + 4 * x), first);
        }
        see(&s, load(p + 4 * (w - 8)), first); /* the end; some pixels twice */
        look = flags(&s);
    }
    return look;
}

void imx_avx2_nodata_rgba8(uint8_t *px, size_t n, const uint8_t nodata[3], unsigned bands) {
    int32_t value = 0;
    memcpy(&value, nodata, bands < 3 ? bands : 3);
    const __m256i want = _mm256_set1_epi32(value);
    const __m256i counts = _mm256_set1_epi32(bands == 1 ? 0xff : bands == 2 ? 0xffff : 0xffffff);
    size_t i = 0;
    for (; i + 8 <= n; i += 8, px += 32) {
        const __m256i v = load(px);
        store(px, _mm256_andnot_si256(_mm256_cmpeq_epi32(_mm256_and_si256(v, counts), want), v));
    }
    imx_ref_nodata_rgba8(px, n - i, nodata, bands);
}

void imx_avx2_mask_rgba8(uint8_t *px, const uint8_t *mask, size_t n) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8, px += 32) {
        const __m256i m = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(mask + i)));
        store(px, _mm256_andnot_si256(_mm256_cmpeq_epi32(m, _mm256_setzero_si256()), load(px)));
    }
    imx_ref_mask_rgba8(px, mask + i, n - i);
}
