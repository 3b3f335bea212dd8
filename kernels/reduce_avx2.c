/* kernels/reduce_avx2.c: the 2 x 2 reductions of rgba8, eight output pixels at a time. Nearest is bound by its loads. */
#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

/* ---- average ------------------------------------------------------------------------------------------------- */

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }

/* Horizontal neighbours' channels side by side: r0 r1 g0 g1 b0 b1 a0 a1, two pairs a lane. */
static inline __m256i pairs(__m256i v) {
    return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, /**/
                                                   0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15));
}

/* Two registers of words in the order that `pairs` leaves, to eight pixels in their order. */
static inline __m256i pack(__m256i lo, __m256i hi) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi16(lo, hi), _MM_SHUFFLE(3, 1, 2, 0));
}

/* Four opaque output pixels: (sum c + 2) >> 2 as words. */
static inline __m256i opaque4(__m256i upper, __m256i lower) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i sum =
        _mm256_add_epi16(_mm256_maddubs_epi16(pairs(upper), ones), _mm256_maddubs_epi16(pairs(lower), ones));
    return _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
}

/* Two output pixels, one a lane, out of words r0 r1 g0 g1 b0 b1 a0 a1 of each row; result in int32.
 * floor(N / S) with N = sum(c a) + S/2 <= 260610 and S <= 1020: N + 0.5 is at least 0.5 / 1020 away from a multiple
 * of S (in units of S), and float arithmetic is off by less than 256 * 2^-22, so truncation gives the floor. */
static inline __m256i mixed2(__m256i upper, __m256i lower) {
    const __m256i alphas = _mm256_setr_epi8(12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, /**/
                                            12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i a0 = _mm256_shuffle_epi8(upper, alphas), a1 = _mm256_shuffle_epi8(lower, alphas);
    const __m256i weighted = _mm256_add_epi32(_mm256_madd_epi16(upper, a0), _mm256_madd_epi16(lower, a1));
    const __m256i s = _mm256_madd_epi16(_mm256_add_epi16(a0, a1), ones);
    const __m256 n =
        _mm256_add_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(weighted, _mm256_srli_epi32(s, 1))), _mm256_set1_ps(0.5f));
    const __m256 r = _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(_mm256_max_epi32(s, _mm256_set1_epi32(1))));
    const __m256i color = _mm256_cvttps_epi32(_mm256_mul_ps(n, r));
    const __m256i alpha = _mm256_srli_epi32(_mm256_add_epi32(s, _mm256_set1_epi32(2)), 2);
    const __m256i nothing = _mm256_cmpeq_epi32(alpha, _mm256_setzero_si256());
    return _mm256_andnot_si256(nothing, _mm256_blend_epi32(color, alpha, 0x88));
}

/* Four output pixels as words, as opaque4. */
static inline __m256i mixed4(__m256i upper, __m256i lower) {
    const __m256i zero = _mm256_setzero_si256();
    upper = pairs(upper);
    lower = pairs(lower);
    return _mm256_packus_epi32(mixed2(_mm256_unpacklo_epi8(upper, zero), _mm256_unpacklo_epi8(lower, zero)),
                               mixed2(_mm256_unpackhi_epi8(upper, zero), _mm256_unpackhi_epi8(lower, zero)));
}

/* Eight output pixels out of sixteen of each row. */
static inline __m256i average(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    const __m256i all = _mm256_and_si256(_mm256_and_si256(u0, u1), _mm256_and_si256(l0, l1));
    const __m256i any = _mm256_or_si256(_mm256_or_si256(u0, u1), _mm256_or_si256(l0, l1));
    if (_mm256_testc_si256(all, alpha)) {
        return pack(opaque4(u0, l0), opaque4(u1, l1));
    }
    if (_mm256_testz_si256(any, alpha)) {
        return _mm256_setzero_si256();
    }
    return pack(mixed4(u0, l0), mixed4(u1, l1));
}

/* ---- nearest, mode, min, max --------------------------------------------------------------------------------- */

/* A quad's four pixels in four registers, in the order 0 1 4 5 2 3 6 7 of the outputs; valid pixels only, others 0. */
typedef struct quads {
    __m256i p0, p1, p2, p3;
} quads;

static inline __m256i invalid(__m256i px) {
    return _mm256_cmpeq_epi32(_mm256_srli_epi32(px, 24), _mm256_setzero_si256());
}

static inline __m256i valid_only(__m256i px) { return _mm256_andnot_si256(invalid(px), px); }

static inline __m256i evens(__m256i a, __m256i b) {
    return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));
}

static inline __m256i odds(__m256i a, __m256i b) {
    return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0xdd));
}

static inline __m256i in_order(__m256i px) { return _mm256_permute4x64_epi64(px, _MM_SHUFFLE(3, 1, 2, 0)); }

static inline quads split(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    return (quads){valid_only(evens(u0, u1)), valid_only(odds(u0, u1)), valid_only(evens(l0, l1)),
                   valid_only(odds(l0, l1))};
}

static inline __m256i nearest(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    (void)l0, (void)l1;
    return in_order(valid_only(evens(u0, u1)));
}

static inline __m256i choose(__m256i otherwise, __m256i px, __m256i where) {
    return _mm256_blendv_epi8(otherwise, px, where);
}

/* Equal, and valid: an invalid pixel, which is 0, would spoil the order of the pairs. */
static inline __m256i same(__m256i p, __m256i q) {
    return _mm256_andnot_si256(_mm256_cmpeq_epi32(p, _mm256_setzero_si256()), _mm256_cmpeq_epi32(p, q));
}

static inline __m256i mode(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    const quads q = split(u0, u1, l0, l1);
    __m256i px = q.p3; /* the first valid one; then the pairs, the most decisive last */
    px = choose(q.p2, px, invalid(q.p2));
    px = choose(q.p1, px, invalid(q.p1));
    px = choose(q.p0, px, invalid(q.p0));
    px = choose(px, q.p2, same(q.p2, q.p3));
    px = choose(px, q.p1, same(q.p1, q.p3));
    px = choose(px, q.p0, same(q.p0, q.p3));
    px = choose(px, q.p1, same(q.p1, q.p2));
    px = choose(px, q.p0, _mm256_or_si256(same(q.p0, q.p1), same(q.p0, q.p2)));
    return in_order(px);
}

static inline __m256i largest(quads q) {
    return _mm256_max_epu8(_mm256_max_epu8(q.p0, q.p1), _mm256_max_epu8(q.p2, q.p3));
}

static inline __m256i max(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    return in_order(largest(split(u0, u1, l0, l1)));
}

/* White where it is invalid. */
static inline __m256i or_white(__m256i px) { return _mm256_or_si256(px, invalid(px)); }

static inline __m256i min(__m256i u0, __m256i u1, __m256i l0, __m256i l1) {
    const quads q = split(u0, u1, l0, l1);
    const __m256i least = _mm256_min_epu8(_mm256_min_epu8(or_white(q.p0), or_white(q.p1)),
                                          _mm256_min_epu8(or_white(q.p2), or_white(q.p3)));
    const __m256i alpha = _mm256_and_si256(largest(q), _mm256_set1_epi32((int32_t)0xff000000));
    const __m256i color = _mm256_and_si256(least, _mm256_set1_epi32(0x00ffffff));
    return in_order(_mm256_andnot_si256(invalid(alpha), _mm256_or_si256(color, alpha)));
}

/* ---- all quads ----------------------------------------------------------------------------------------------- */

typedef __m256i (*quads_fn)(__m256i u0, __m256i u1, __m256i l0, __m256i l1);

/* The rest of a row is the reference's. */
static inline void each_row(quads_fn reduce, imx_reduce_method method, const uint8_t *src, ptrdiff_t src_stride,
                            size_t w_out, size_t h_out, uint8_t *dst, ptrdiff_t dst_stride) {
    imx_reduce_kernels reference;
    imx_ref_reduce_install(&reference);
    for (size_t y = 0; y < h_out; y++) {
        const uint8_t *r0 = src + 2 * (ptrdiff_t)y * src_stride, *r1 = r0 + src_stride;
        uint8_t *out = dst + (ptrdiff_t)y * dst_stride;
        size_t i = 0;
        for (; i + 8 <= w_out; i += 8, r0 += 64, r1 += 64) {
            _mm256_storeu_si256((__m256i *)(void *)(out + 4 * i),
                                reduce(load(r0), load(r0 + 32), load(r1), load(r1 + 32)));
        }
        if (i < w_out) {
            reference.rgba8[method](r0, src_stride, w_out - i, 1, out + 4 * i, 0);
        }
    }
}

#define REDUCE(name, method)                                                                                           \
    static void reduce_##name(const uint8_t *src, ptrdiff_t src_stride, size_t w_out, size_t h_out, uint8_t *dst,      \
                              ptrdiff_t dst_stride) {                                                                  \
        each_row(name, method, src, src_stride, w_out, h_out, dst, dst_stride);                                        \
    }
REDUCE(average, IMX_REDUCE_AVERAGE)
REDUCE(nearest, IMX_REDUCE_NEAREST)
REDUCE(mode, IMX_REDUCE_MODE)
REDUCE(min, IMX_REDUCE_MIN)
REDUCE(max, IMX_REDUCE_MAX)

void imx_avx2_reduce_install(imx_reduce_kernels *table) {
    table->rgba8[IMX_REDUCE_AVERAGE] = reduce_average;
    table->rgba8[IMX_REDUCE_NEAREST] = reduce_nearest;
    table->rgba8[IMX_REDUCE_MODE] = reduce_mode;
    table->rgba8[IMX_REDUCE_MIN] = reduce_min;
    table->rgba8[IMX_REDUCE_MAX] = reduce_max;
    imx_avx2_reduce_filter_install(table);
    imx_avx2_reduce_plane_install(table);
}
