/* kernels/warp_plane_avx2.c: planar warp, eight output pixels at a time whose taps all lie inside the window.
 *
 * Rows of four taps are loaded for two output pixels (k and k + 4) at once, summed down, and transposed; then a
 * register holds one column's sums of all eight pixels. A group is summed as if all its taps were valid, unless the
 * validity plane says otherwise; a NaN among them shows in the result. Groups with invalid taps are summed again with
 * masks. Everything happens in the reference's order. Groups at the window's edges go to the reference. */
#include "kernels/warp_plane_avx2.h"
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/reference.h"

enum { TAPS_MAX = 96 }; /* a side: Lanczos at 1/16; what covers more is left to the reference */

/* ---- the filters, as value_at() of the reference ---- */

IMX_GENERIC __m256 not_negative(__m256 v) { return _mm256_max_ps(v, _mm256_setzero_ps()); }

IMX_GENERIC __m256 keys(__m256 t) {
    const __m256 one = _mm256_set1_ps(1), to_one = _mm256_sub_ps(one, t);
    const __m256 to_two = not_negative(_mm256_sub_ps(_mm256_set1_ps(2), t));
    const __m256 slope = _mm256_sub_ps(one, _mm256_mul_ps(_mm256_set1_ps(1.5f), t));
    const __m256 inner = _mm256_add_ps(one, _mm256_mul_ps(t, slope));
    const __m256 outer = _mm256_mul_ps(_mm256_set1_ps(0.5f), _mm256_mul_ps(to_two, to_two));
    return _mm256_mul_ps(to_one, _mm256_blendv_ps(outer, inner, _mm256_cmp_ps(t, one, _CMP_LT_OQ)));
}

IMX_GENERIC __m256 bspline(__m256 t) {
    const __m256 a = not_negative(_mm256_sub_ps(_mm256_set1_ps(2), t));
    const __m256 b = not_negative(_mm256_sub_ps(_mm256_set1_ps(1), t));
    const __m256 a_cubed = _mm256_mul_ps(_mm256_mul_ps(a, a), a), b_cubed = _mm256_mul_ps(_mm256_mul_ps(b, b), b);
    const __m256 six = _mm256_sub_ps(a_cubed, _mm256_mul_ps(_mm256_set1_ps(4), b_cubed));
    return _mm256_mul_ps(six, _mm256_set1_ps(1 / 6.0f));
}

IMX_GENERIC __m256 lanczos(__m256 t) {
    static const float g[IMX_PLANE_LANCZOS_TERMS] = IMX_PLANE_LANCZOS;
    const __m256 z = _mm256_mul_ps(t, t), to_nine = _mm256_sub_ps(_mm256_set1_ps(9), z);
    __m256 sum = _mm256_set1_ps(g[IMX_PLANE_LANCZOS_TERMS - 1]);
    for (int k = IMX_PLANE_LANCZOS_TERMS - 2; k >= 0; k--) {
        sum = _mm256_add_ps(_mm256_mul_ps(sum, z), _mm256_set1_ps(g[k]));
    }
    __m256 v = _mm256_mul_ps(_mm256_sub_ps(_mm256_set1_ps(1), z), _mm256_sub_ps(_mm256_set1_ps(4), z));
    v = _mm256_mul_ps(_mm256_mul_ps(v, _mm256_mul_ps(to_nine, to_nine)), sum);
    v = _mm256_mul_ps(v, _mm256_set1_ps(1 / 324.0f));
    return _mm256_and_ps(v, _mm256_cmp_ps(t, _mm256_set1_ps(3), _CMP_LT_OQ));
}

IMX_GENERIC __m256 value_at(imx_warp_kernel filter, __m256 t) {
    switch (filter) {
    case IMX_WARP_TRIANGLE: return not_negative(_mm256_sub_ps(_mm256_set1_ps(1), t));
    case IMX_WARP_KEYS: return keys(t);
    case IMX_WARP_BSPLINE: return bspline(t);
    default: return lanczos(t);
    }
}

/* ---- a group's axes ---- */

typedef struct axis {
    __m256i first; /* tap of each pixel */
    int32_t half;  /* of the contract, for the least shrink among the eight */
    int32_t count; /* of taps: 2 half */
    __m256 sum;    /* of the weights */
    __m256 w[TAPS_MAX];
} axis;

IMX_GENERIC void fill_weights(imx_warp_kernel filter, __m256i u, __m256 scale, axis *a) {
    __m256i d = _mm256_sub_epi32(_mm256_set1_epi32((1 - a->half) * IMX_Q16_ONE),
                                 _mm256_and_si256(u, _mm256_set1_epi32(IMX_Q16_ONE - 1)));
    a->sum = _mm256_setzero_ps();
    for (int32_t k = 0; k < a->count; k++) {
        a->w[k] = value_at(filter, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_abs_epi32(d)), scale));
        a->sum = _mm256_add_ps(a->sum, a->w[k]);
        d = _mm256_add_epi32(d, _mm256_set1_epi32(IMX_Q16_ONE));
    }
}

static inline uint32_t least(__m256i v) {
    __m128i m = _mm_min_epu32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    m = _mm_min_epu32(m, _mm_shuffle_epi32(m, _MM_SHUFFLE(1, 0, 3, 2)));
    m = _mm_min_epu32(m, _mm_shuffle_epi32(m, _MM_SHUFFLE(2, 3, 0, 1)));
    return (uint32_t)_mm_cvtsi128_si32(m);
}

static inline __m256i load_shrinks(const uint32_t *shrink_q16, size_t i) {
    const __m256i one = _mm256_set1_epi32(IMX_Q16_ONE);
    return shrink_q16
               ? _mm256_min_epu32(
                     _mm256_max_epu32(imx_load256(shrink_q16 + i), _mm256_set1_epi32(IMX_WARP_SHRINK_MIN_Q16)), one)
               : one;
}

/* false: not all `read` pixels from the first tap on are in the window. */
static inline bool place(__m256i pos, int32_t half, int32_t read, int32_t size, axis *a) {
    const __m256i u = _mm256_sub_epi32(pos, _mm256_set1_epi32(IMX_Q16_ONE / 2));
    a->half = half;
    a->first = _mm256_add_epi32(_mm256_srai_epi32(u, 16), _mm256_set1_epi32(1 - half));
    const __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi32(_mm256_setzero_si256(), a->first),
                                            _mm256_cmpgt_epi32(a->first, _mm256_set1_epi32(size - read)));
    return _mm256_testz_si256(outside, outside);
}

/* ---- samples ---- */

static inline __m128i load32(const uint8_t *p) {
    int32_t v;
    memcpy(&v, p, sizeof v);
    return _mm_cvtsi32_si128(v);
}

/* Four bytes of both. */
static inline __m128i bytes4(const uint8_t *a, const uint8_t *b) { return _mm_unpacklo_epi32(load32(a), load32(b)); }

/* Four samples of both as floats, one pixel a lane. */
IMX_GENERIC __m256 load4(imx_type type, const uint8_t *a, const uint8_t *b) {
    if (type == IMX_F32) {
        const __m256 lo = _mm256_castps128_ps256(_mm_loadu_ps((const float *)(const void *)a));
        return _mm256_insertf128_ps(lo, _mm_loadu_ps((const float *)(const void *)b), 1);
    }
    if (type == IMX_U8) {
        return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes4(a, b)));
    }
    const __m128i both = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)a),
                                            _mm_loadl_epi64((const __m128i *)(const void *)b));
    return _mm256_cvtepi32_ps(type == IMX_U16 ? _mm256_cvtepu16_epi32(both) : _mm256_cvtepi16_epi32(both));
}

/* Element k of either lane, throughout the lane. */
IMX_GENERIC __m256 lane_element(__m256 v, int k) {
    switch (k) {
    case 0: return _mm256_shuffle_ps(v, v, 0x00);
    case 1: return _mm256_shuffle_ps(v, v, 0x55);
    case 2: return _mm256_shuffle_ps(v, v, 0xaa);
    default: return _mm256_shuffle_ps(v, v, 0xff);
    }
}

/* Pixels k and k + 4 in v[k], four taps each, to taps in v[i] of eight pixels. */
IMX_GENERIC void transpose(__m256 v[4]) {
    const __m256 a = _mm256_unpacklo_ps(v[0], v[1]), b = _mm256_unpackhi_ps(v[0], v[1]);
    const __m256 c = _mm256_unpacklo_ps(v[2], v[3]), d = _mm256_unpackhi_ps(v[2], v[3]);
    v[0] = _mm256_shuffle_ps(a, c, _MM_SHUFFLE(1, 0, 1, 0));
    v[1] = _mm256_shuffle_ps(a, c, _MM_SHUFFLE(3, 2, 3, 2));
    v[2] = _mm256_shuffle_ps(b, d, _MM_SHUFFLE(1, 0, 1, 0));
    v[3] = _mm256_shuffle_ps(b, d, _MM_SHUFFLE(3, 2, 3, 2));
}

/* Eight output pixels: where their taps begin in the planes, bytes from the first sample. */
typedef struct group {
    axis x, y;
    int32_t at[8], valid_at[8];
    __m256 base;
} group;

static inline void locate(const imx_warp_plane *job, size_t sample_bytes, group *g) {
    const __m256i column = _mm256_mullo_epi32(g->x.first, _mm256_set1_epi32((int32_t)sample_bytes));
    const __m256i row = _mm256_mullo_epi32(g->y.first, _mm256_set1_epi32((int32_t)job->src_stride));
    imx_store256(g->at, _mm256_add_epi32(row, column));
    if (job->valid) {
        const __m256i valid_row = _mm256_mullo_epi32(g->y.first, _mm256_set1_epi32((int32_t)job->valid_stride));
        imx_store256(g->valid_at, _mm256_add_epi32(valid_row, g->x.first));
    }
}

/* sum(wx wy p), all taps taken for valid. nx: taps a row; what lies beyond up to a multiple of 4 is read. */
IMX_GENERIC __m256 sum_all(const imx_warp_plane *job, imx_type type, size_t sample_bytes, const group *g, int32_t nx,
                           int32_t ny) {
    __m256 sum = _mm256_setzero_ps();
    for (int32_t i = 0; i < nx; i += 4) {
        const uint8_t *row = (const uint8_t *)job->src + (ptrdiff_t)i * (ptrdiff_t)sample_bytes;
        __m256 v[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
        for (int32_t j = 0; j < ny; j++, row += job->src_stride) {
            for (int k = 0; k < 4; k++) {
                __m256 p = load4(type, row + g->at[k], row + g->at[k + 4]);
                if (type == IMX_F32) {
                    p = _mm256_sub_ps(p, lane_element(g->base, k));
                }
                v[k] = _mm256_add_ps(v[k], _mm256_mul_ps(p, lane_element(g->y.w[j], k)));
            }
        }
        transpose(v);
        for (int32_t k = 0; k < 4 && i + k < nx; k++) {
            sum = _mm256_add_ps(sum, _mm256_mul_ps(g->x.w[i + k], v[k]));
        }
    }
    return sum;
}

/* Whether the validity plane has a 0 among the taps. */
IMX_GENERIC bool any_invalid(const imx_warp_plane *job, const group *g, int32_t nx, int32_t ny) {
    if (!job->valid) {
        return false;
    }
    const __m256i at = imx_load256(g->valid_at);
    __m256i zeros = _mm256_setzero_si256();
    for (int32_t i = 0; i < nx; i += 4) {
        const uint8_t *row = job->valid + i;
        for (int32_t j = 0; j < ny; j++, row += job->valid_stride) {
            const __m256i bytes = _mm256_i32gather_epi32((const int *)(const void *)row, at, 1);
            zeros = _mm256_or_si256(zeros, _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
        }
    }
    return !_mm256_testz_si256(zeros, zeros);
}

/* ---- results ---- */

IMX_GENERIC void store8(const imx_warp_plane *job, imx_type type, float lowest, float highest, size_t i, __m256 v,
                        __m256 valid) {
    if (type == IMX_F32) {
        valid = _mm256_and_ps(valid, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
        imx_plane_store_bits(job, type, i, _mm256_castps_si256(v), _mm256_castps_si256(valid));
        return;
    }
    const __m256 low = _mm256_set1_ps(lowest);
    v = _mm256_min_ps(_mm256_max_ps(_mm256_and_ps(v, valid), low), _mm256_set1_ps(highest));
    const __m256i q = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_sub_ps(v, low), _mm256_set1_ps(0.5f)));
    imx_plane_store_bits(job, type, i, _mm256_add_epi32(q, _mm256_set1_epi32((int32_t)lowest)),
                         _mm256_castps_si256(valid));
}

/* ---- groups with invalid taps ---- */

typedef struct sums {
    __m256 value, weight, missing;
} sums;

IMX_GENERIC sums sum_valid(const imx_warp_plane *job, imx_type type, size_t sample_bytes, const group *g, int32_t nx,
                           int32_t ny) {
    const __m256 zero = _mm256_setzero_ps();
    sums s = {zero, zero, zero};
    for (int32_t i = 0; i < nx; i += 4) {
        const uint8_t *row = (const uint8_t *)job->src + (ptrdiff_t)i * (ptrdiff_t)sample_bytes;
        const uint8_t *valid_row = job->valid ? job->valid + i : NULL;
        __m256 v[4] = {zero, zero, zero, zero}, w[4] = {zero, zero, zero, zero}, gone[4] = {zero, zero, zero, zero};
        for (int32_t j = 0; j < ny; j++, row += job->src_stride) {
            const __m256 heavy = _mm256_cmp_ps(g->y.w[j], zero, _CMP_NEQ_OQ);
            for (int k = 0; k < 4; k++) {
                const __m256 p = load4(type, row + g->at[k], row + g->at[k + 4]), wy = lane_element(g->y.w[j], k);
                __m256 bad = type == IMX_F32 ? _mm256_cmp_ps(p, p, _CMP_UNORD_Q) : zero;
                if (valid_row) {
                    const __m128i both = bytes4(valid_row + g->valid_at[k], valid_row + g->valid_at[k + 4]);
                    const __m256i is_zero = _mm256_cmpeq_epi32(_mm256_cvtepu8_epi32(both), _mm256_setzero_si256());
                    bad = _mm256_or_ps(bad, _mm256_castsi256_ps(is_zero));
                }
                const __m256 d = type == IMX_F32 ? _mm256_sub_ps(p, lane_element(g->base, k)) : p;
                const __m256 counts = lane_element(heavy, k), good = _mm256_andnot_ps(bad, counts);
                v[k] = _mm256_add_ps(v[k], _mm256_mul_ps(_mm256_and_ps(good, d), wy));
                w[k] = _mm256_add_ps(w[k], _mm256_and_ps(good, wy));
                gone[k] = _mm256_or_ps(gone[k], _mm256_and_ps(bad, counts));
            }
            valid_row = valid_row ? valid_row + job->valid_stride : NULL;
        }
        transpose(v);
        transpose(w);
        transpose(gone);
        for (int32_t k = 0; k < 4 && i + k < nx; k++) {
            const __m256 wx = g->x.w[i + k];
            const __m256 counts = _mm256_cmp_ps(wx, zero, _CMP_NEQ_OQ); /* not even an infinity does, where not */
            s.value = _mm256_add_ps(s.value, _mm256_mul_ps(wx, _mm256_and_ps(v[k], counts)));
            s.weight = _mm256_add_ps(s.weight, _mm256_mul_ps(wx, w[k]));
            s.missing = _mm256_or_ps(s.missing, _mm256_and_ps(gone[k], counts));
        }
    }
    return s;
}

/* The samples that contain the positions, 0 where invalid; which are valid. */
IMX_GENERIC __m256 centres(const imx_warp_plane *job, imx_type type, size_t i, __m256 *valid) {
    float value[8];
    int32_t is_valid[8];
    for (size_t k = 0; k < 8; k++) {
        const int32_t x = job->x_q16[i + k] >> 16, y = job->y_q16[i + k] >> 16;
        const uint8_t *row = (const uint8_t *)job->src + (ptrdiff_t)y * job->src_stride;
        const float p = type == IMX_U8    ? row[x]
                        : type == IMX_U16 ? ((const uint16_t *)(const void *)row)[x]
                        : type == IMX_I16 ? ((const int16_t *)(const void *)row)[x]
                                          : ((const float *)(const void *)row)[x];
        const bool ok = imx_plane_is_valid(job, x, y) && p == p;
        value[k] = ok ? p : 0;
        is_valid[k] = ok ? -1 : 0;
    }
    *valid = _mm256_castsi256_ps(imx_load256(is_valid));
    return _mm256_loadu_ps(value);
}

/* The eight pixels by a filter, taps dropped; centre: the samples that contain them. *missing: which ones drop any. */
IMX_GENERIC __m256 masked8(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, size_t sample_bytes,
                           group *g, __m256 centre, __m256 *missing) {
    const __m256 finite = _mm256_cmp_ps(_mm256_sub_ps(centre, centre), _mm256_setzero_ps(), _CMP_EQ_OQ);
    g->base = _mm256_and_ps(centre, finite);
    const sums s = sum_valid(job, type, sample_bytes, g, g->x.count, g->y.count);
    const __m256 whole = _mm256_mul_ps(g->x.sum, g->y.sum), weight = _mm256_blendv_ps(whole, s.weight, s.missing);
    __m256 v = _mm256_div_ps(s.value, weight);
    if (type == IMX_F32) {
        v = _mm256_add_ps(g->base, v);
        v = _mm256_blendv_ps(centre, v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
    }
    if (imx_plane_negative_lobes(filter)) {
        const __m256 least_weight = _mm256_mul_ps(_mm256_set1_ps(IMX_PLANE_WEIGHT_MIN), whole);
        v = _mm256_blendv_ps(centre, v, _mm256_cmp_ps(weight, least_weight, _CMP_GE_OQ));
    }
    *missing = s.missing;
    return v;
}

/* ---- rows ---- */

/* Weights and places of the group at i for a filter; false: not all inside, or too many taps. */
IMX_GENERIC bool prepare(const imx_warp_plane *job, imx_warp_kernel filter, size_t sample_bytes, size_t i, bool plain,
                         group *g) {
    const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
    __m256i shrink_x = _mm256_set1_epi32(IMX_Q16_ONE), shrink_y = shrink_x;
    int32_t half_x = imx_warp_support(filter), half_y = half_x;
    if (!plain) {
        shrink_x = load_shrinks(job->shrink_x_q16, i);
        shrink_y = load_shrinks(job->shrink_y_q16, i);
        half_x = imx_plane_half(filter, least(shrink_x));
        half_y = imx_plane_half(filter, least(shrink_y));
    }
    if (half_x > TAPS_MAX / 2 || half_y > TAPS_MAX / 2) {
        return false;
    }
    g->x.count = 2 * half_x;
    g->y.count = 2 * half_y;
    const int32_t read = (g->x.count + 3) / 4 * 4;
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2);
    if (!place(x, half_x, read, job->src_w, &g->x) || !place(y, half_y, g->y.count, job->src_h, &g->y)) {
        return false;
    }
    const __m256 q32 = _mm256_set1_ps(0x1p-32f);
    fill_weights(filter, _mm256_sub_epi32(x, half), _mm256_mul_ps(_mm256_cvtepi32_ps(shrink_x), q32), &g->x);
    fill_weights(filter, _mm256_sub_epi32(y, half), _mm256_mul_ps(_mm256_cvtepi32_ps(shrink_y), q32), &g->y);
    locate(job, sample_bytes, g);
    if (sample_bytes == sizeof(float)) {
        const __m256i at =
            _mm256_add_epi32(_mm256_mullo_epi32(_mm256_srai_epi32(y, 16), _mm256_set1_epi32((int32_t)job->src_stride)),
                             _mm256_slli_epi32(_mm256_srai_epi32(x, 16), 2));
        g->base = _mm256_i32gather_ps((const float *)job->src, at, 1);
    }
    return true;
}

/* Whether none of the group is minified; *some: whether some are not. */
static inline bool is_plain(const imx_warp_plane *job, size_t i, bool *some) {
    if (!job->shrink_x_q16) {
        *some = true;
        return true;
    }
    const __m256i one = _mm256_set1_epi32(IMX_Q16_ONE);
    const __m256i both = _mm256_and_si256(_mm256_cmpeq_epi32(load_shrinks(job->shrink_x_q16, i), one),
                                          _mm256_cmpeq_epi32(load_shrinks(job->shrink_y_q16, i), one));
    *some = !_mm256_testz_si256(both, both);
    return _mm256_movemask_epi8(both) == -1;
}

/* false: to be done by the reference. */
IMX_GENERIC bool warp8(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, float lowest, float highest,
                       size_t sample_bytes, size_t i) {
    group g;
    bool some_plain;
    const bool plain = is_plain(job, i, &some_plain);
    if (!prepare(job, filter, sample_bytes, i, plain, &g)) {
        return false;
    }
    const __m256 all = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    if (!any_invalid(job, &g, g.x.count, g.y.count)) {
        const int32_t n = filter == IMX_WARP_TRIANGLE ? 2 : filter == IMX_WARP_LANCZOS ? 6 : 4;
        const __m256 sum = plain ? sum_all(job, type, sample_bytes, &g, n, n)
                                 : sum_all(job, type, sample_bytes, &g, g.x.count, g.y.count);
        __m256 v = _mm256_div_ps(sum, _mm256_mul_ps(g.x.sum, g.y.sum));
        if (type == IMX_F32) {
            v = _mm256_add_ps(g.base, v);
        }
        if (type != IMX_F32 || _mm256_movemask_ps(_mm256_cmp_ps(v, v, _CMP_UNORD_Q)) == 0) {
            store8(job, type, lowest, highest, i, v, all);
            return true;
        }
    }
    if (filter == IMX_WARP_KEYS && some_plain && !plain) {
        return false; /* rare: the ones fall back to bilinear, the others do not */
    }
    __m256 valid, missing;
    const __m256 centre = centres(job, type, i, &valid);
    if (_mm256_movemask_ps(valid) == 0) {
        imx_plane_store_bits(job, type, i, _mm256_setzero_si256(), _mm256_setzero_si256());
        return true;
    }
    __m256 v = masked8(job, filter, type, sample_bytes, &g, centre, &missing);
    if (filter == IMX_WARP_KEYS && plain && _mm256_movemask_ps(_mm256_and_ps(missing, valid))) {
        if (!prepare(job, IMX_WARP_TRIANGLE, sample_bytes, i, true, &g)) {
            return false;
        }
        __m256 missing2;
        v = _mm256_blendv_ps(v, masked8(job, IMX_WARP_TRIANGLE, type, sample_bytes, &g, centre, &missing2), missing);
    }
    store8(job, type, lowest, highest, i, v, valid);
    return true;
}

IMX_GENERIC void warp(const imx_warp_plane *job, imx_warp_kernel filter, imx_type type, float lowest, float highest,
                      size_t sample_bytes, imx_warp_plane_fn reference) {
    const bool fit = imx_plane_offsets_fit(job);
    size_t i = 0;
    for (; i + 8 <= job->n && fit; i += 8) {
        if (!warp8(job, filter, type, lowest, highest, sample_bytes, i)) {
            const imx_warp_plane part = imx_plane_part(job, i, 8, sample_bytes);
            reference(&part);
        }
    }
    const imx_warp_plane rest = imx_plane_part(job, i, job->n - i, sample_bytes);
    reference(&rest);
}

#define KERNEL(method, row, filter, name, index, c_type, type, lowest, highest)                                        \
    static void method##_##name(const imx_warp_plane *job) {                                                           \
        warp(job, filter, type, lowest, highest, sizeof(c_type), imx_ref_warp_plane.fn[row][index]);                   \
    }
#define KERNELS(name, c_type, type, lowest, highest)                                                                   \
    KERNEL(bilinear, IMX_WARP_METHOD_BILINEAR, IMX_WARP_TRIANGLE, name, imx_plane_type_index(type), c_type, type,      \
           lowest, highest)                                                                                            \
    KERNEL(cubic, IMX_WARP_METHOD_CUBIC, IMX_WARP_KEYS, name, imx_plane_type_index(type), c_type, type, lowest,        \
           highest)                                                                                                    \
    KERNEL(cubicspline, IMX_WARP_METHOD_CUBICSPLINE, IMX_WARP_BSPLINE, name, imx_plane_type_index(type), c_type, type, \
           lowest, highest)                                                                                            \
    KERNEL(lanczos, IMX_WARP_METHOD_LANCZOS, IMX_WARP_LANCZOS, name, imx_plane_type_index(type), c_type, type, lowest, \
           highest)
IMX_PLANE_EACH_IN_F32(KERNELS)

#define BY_TYPE(method)                                                                                                \
    { method##_u8, method##_u16, method##_i16, method##_f32, imx_avx2_##method##_f64 }
void imx_avx2_warp_plane_install(imx_warp_plane_kernels *table) {
    *table = (imx_warp_plane_kernels){.fn = {[IMX_WARP_METHOD_BILINEAR] = BY_TYPE(bilinear),
                                             [IMX_WARP_METHOD_CUBIC] = BY_TYPE(cubic),
                                             [IMX_WARP_METHOD_CUBICSPLINE] = BY_TYPE(cubicspline),
                                             [IMX_WARP_METHOD_LANCZOS] = BY_TYPE(lanczos)}};
    imx_avx2_warp_plane_nearest_install(table);
}
