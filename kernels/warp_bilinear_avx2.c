/* kernels/warp_bilinear_avx2.c: bilinear warp, eight output pixels at a time: gathers, then 16-bit arithmetic where all
 * taps are opaque, 32-bit where they are not. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_avx2.h"

/* The window pixels around eight positions, left and right pairs: pixels 0 1 | 2 3 and 4 5 | 6 7 of each row. */
typedef struct taps {
    __m256i top[2], bottom[2];
} taps;

static inline __m256i gather(const uint8_t *src, __m128i offsets) {
    return _mm256_i32gather_epi64((const long long *)(const void *)src, offsets, 1);
}

static inline taps load_taps(const imx_warp_rgba8 *job, __m256i ux, __m256i uy) {
    const __m256i offsets = imx_warp_offsets(ux, uy, (int32_t)job->src_stride);
    const __m128i lo = _mm256_castsi256_si128(offsets), hi = _mm256_extracti128_si256(offsets, 1);
    const uint8_t *next = job->src + job->src_stride;
    return (taps){{gather(job->src, lo), gather(job->src, hi)}, {gather(next, lo), gather(next, hi)}};
}

/* Eight values in the order 0 1 4 5 | 2 3 6 7, in which unpacking the taps leaves the pixels; and back, in pairs. */
static inline __m256i to_tap_order(__m256i v) { return _mm256_permute4x64_epi64(v, _MM_SHUFFLE(3, 1, 2, 0)); }

/* ---- all taps opaque ---- */

/* A row's pairs, the two pixels' channels side by side. */
static inline __m256i side_by_side(__m256i v) {
    return _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, /**/
                                                   0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15));
}

/* (256 - fx, fx) as two words, and fy in both words. */
static inline __m256i x_weights(__m256i fx) {
    return _mm256_add_epi32(_mm256_sub_epi32(_mm256_slli_epi32(fx, 16), fx), _mm256_set1_epi32(IMX_WARP_PHASES));
}
static inline __m256i y_weights(__m256i fy) { return _mm256_or_si256(_mm256_slli_epi32(fy, 16), fy); }

/* Down first: v = 256 top + fy (bottom - top) in 0..65280; then across by pmaddwd, which wants signed words:
 * sum wx (v - 32768) = sum wx v - 256 * 32768. Exact throughout, so the order does not matter. */
static inline __m256i interpolate(__m256i t, __m256i b, __m256i wx, __m256i fy) {
    const __m256i step = _mm256_mullo_epi16(_mm256_sub_epi16(b, t), fy);
    const __m256i v = _mm256_add_epi16(_mm256_slli_epi16(t, 8), step);
    const __m256i sum = _mm256_madd_epi16(_mm256_xor_si256(v, _mm256_set1_epi16(INT16_MIN)), wx);
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(256 * 32768 + 32768)), 16);
}

static inline __m256i opaque8(const taps *t, __m256i fx, __m256i fy) {
    const __m256i zero = _mm256_setzero_si256(), wx = x_weights(fx), wy = y_weights(fy);
    const __m256i t0 = side_by_side(t->top[0]), t1 = side_by_side(t->top[1]);
    const __m256i b0 = side_by_side(t->bottom[0]), b1 = side_by_side(t->bottom[1]);
    const __m256i v[4] = {
        interpolate(_mm256_unpacklo_epi8(t0, zero), _mm256_unpacklo_epi8(b0, zero), _mm256_shuffle_epi32(wx, 0x00),
                    _mm256_shuffle_epi32(wy, 0x00)),
        interpolate(_mm256_unpackhi_epi8(t0, zero), _mm256_unpackhi_epi8(b0, zero), _mm256_shuffle_epi32(wx, 0x55),
                    _mm256_shuffle_epi32(wy, 0x55)),
        interpolate(_mm256_unpacklo_epi8(t1, zero), _mm256_unpacklo_epi8(b1, zero), _mm256_shuffle_epi32(wx, 0xaa),
                    _mm256_shuffle_epi32(wy, 0xaa)),
        interpolate(_mm256_unpackhi_epi8(t1, zero), _mm256_unpackhi_epi8(b1, zero), _mm256_shuffle_epi32(wx, 0xff),
                    _mm256_shuffle_epi32(wy, 0xff)),
    };
    return imx_warp_pack(v);
}

/* ---- any alpha: one int32 lane an output pixel ---- */

/* The left and the right pixels of a row's pairs, in tap order. */
static inline __m256i lefts(const __m256i row[2]) {
    return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(row[0]), _mm256_castsi256_ps(row[1]), 0x88));
}
static inline __m256i rights(const __m256i row[2]) {
    return _mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(row[0]), _mm256_castsi256_ps(row[1]), 0xdd));
}

/* floor((sum w a c + S/2) / S) for the channel at bit `shift`. The numerator is below 255^2 * 2^16 + 2^23 < 2^32.
 * The float quotient is off by less than one; the remainder, exact modulo 2^32, says which way. */
static inline __m256i weighted(const __m256i tap[4], const __m256i wa[4], __m256i s, __m256 reciprocal, int shift) {
    const __m256i byte = _mm256_set1_epi32(255), low = _mm256_set1_epi32(0xffff);
    __m256i n = _mm256_srli_epi32(s, 1);
    for (int i = 0; i < 4; i++) {
        const __m256i c = _mm256_and_si256(_mm256_srli_epi32(tap[i], shift), byte);
        n = _mm256_add_epi32(n, _mm256_mullo_epi32(wa[i], c));
    }
    const __m256 upper = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_srli_epi32(n, 16)), _mm256_set1_ps(65536.0f));
    const __m256 n_float = _mm256_add_ps(upper, _mm256_cvtepi32_ps(_mm256_and_si256(n, low)));
    __m256i q = _mm256_cvttps_epi32(_mm256_mul_ps(n_float, reciprocal));
    const __m256i rest = _mm256_sub_epi32(n, _mm256_mullo_epi32(q, s)); /* -S .. 2 S */
    q = _mm256_add_epi32(q, _mm256_srai_epi32(rest, 31));
    return _mm256_sub_epi32(q, _mm256_cmpgt_epi32(rest, _mm256_sub_epi32(s, _mm256_set1_epi32(1))));
}

static inline __m256i mixed8(const taps *t, __m256i fx, __m256i fy, bool binary_alpha) {
    const __m256i one = _mm256_set1_epi32(IMX_WARP_PHASES), zero = _mm256_setzero_si256();
    const __m256i gx = _mm256_sub_epi32(one, fx), gy = _mm256_sub_epi32(one, fy);
    const __m256i tap[4] = {lefts(t->top), rights(t->top), lefts(t->bottom), rights(t->bottom)};
    const __m256i w[4] = {_mm256_mullo_epi32(gx, gy), _mm256_mullo_epi32(fx, gy), _mm256_mullo_epi32(gx, fy),
                          _mm256_mullo_epi32(fx, fy)};
    __m256i wa[4], s = zero;
    for (int i = 0; i < 4; i++) {
        wa[i] = _mm256_mullo_epi32(w[i], _mm256_srli_epi32(tap[i], 24));
        s = _mm256_add_epi32(s, wa[i]);
    }
    __m256i alpha = _mm256_srli_epi32(_mm256_add_epi32(s, _mm256_set1_epi32(32768)), 16); /* W = 65536 */
    if (binary_alpha) {
        alpha = _mm256_andnot_si256(_mm256_cmpeq_epi32(s, zero), _mm256_set1_epi32(255));
    }
    const __m256i nothing = _mm256_cmpeq_epi32(alpha, zero);
    const __m256i s1 = _mm256_max_epi32(s, _mm256_set1_epi32(1));
    const __m256 reciprocal = _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_cvtepi32_ps(s1));
    const __m256i r = weighted(tap, wa, s1, reciprocal, 0), g = weighted(tap, wa, s1, reciprocal, 8),
                  b = weighted(tap, wa, s1, reciprocal, 16);
    const __m256i px = _mm256_or_si256(_mm256_or_si256(r, _mm256_slli_epi32(g, 8)),
                                       _mm256_or_si256(_mm256_slli_epi32(b, 16), _mm256_slli_epi32(alpha, 24)));
    return _mm256_andnot_si256(nothing, px);
}

/* settle: by the pixels that contain the positions. */
static inline __m256i bilinear8(const imx_warp_rgba8 *job, __m256i x, __m256i y, bool settle) {
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2), alpha = _mm256_set1_epi32((int32_t)0xff000000);
    const __m256i ux = _mm256_sub_epi32(x, half), uy = _mm256_sub_epi32(y, half);
    const taps t = load_taps(job, ux, uy);
    const __m256i fx = to_tap_order(imx_warp_phases(ux)), fy = to_tap_order(imx_warp_phases(uy));
    const __m256i all =
        _mm256_and_si256(_mm256_and_si256(t.top[0], t.top[1]), _mm256_and_si256(t.bottom[0], t.bottom[1]));
    if (_mm256_testc_si256(all, alpha)) {
        return to_tap_order(opaque8(&t, fx, fy));
    }
    const __m256i any = _mm256_or_si256(_mm256_or_si256(t.top[0], t.top[1]), _mm256_or_si256(t.bottom[0], t.bottom[1]));
    if (_mm256_testz_si256(any, alpha)) {
        return _mm256_setzero_si256();
    }
    const __m256i px = to_tap_order(mixed8(&t, fx, fy, job->binary_alpha));
    return settle ? imx_warp_settled8(job, x, y, px) : px;
}

__m256i imx_avx2_bilinear8(const imx_warp_rgba8 *job, __m256i x, __m256i y) { return bilinear8(job, x, y, false); }

void imx_avx2_warp_bilinear_rgba8(const imx_warp_rgba8 *job) {
    if (imx_warp_is_minified(job)) {
        imx_avx2_warp_filtered(job, IMX_WARP_TRIANGLE, imx_ref_warp_bilinear_rgba8);
        return;
    }
    if (!imx_warp_offsets_fit(job)) {
        imx_ref_warp_bilinear_rgba8(job);
        return;
    }
    const imx_warp_range range = imx_warp_range_of(job, 2, 2);
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
        if (imx_warp_all_inside(&range, x, y)) {
            imx_store256(job->dst + 4 * i, bilinear8(job, x, y, true));
        } else {
            imx_warp_part(job, i, 8, imx_ref_warp_bilinear_rgba8);
        }
    }
    imx_warp_part(job, i, job->n - i, imx_ref_warp_bilinear_rgba8);
}
