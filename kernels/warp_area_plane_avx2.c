/* kernels/warp_area_plane_avx2.c: area warps on planes: eight output pixels at a time where boxes touch at most 2 x 2
 * taps, all of them valid; else a pixel at a time, eight columns at once. One text for the four types. */
#include "kernels/warp_area_axis_avx2.h"
#include "kernels/warp_area_plane.h"

/* ---- eight samples as floats ---- */

IMX_GENERIC __m256 load_all(imx_type type, const uint8_t *row, int32_t x) {
    switch (type) {
    case IMX_U8: return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(row + x))));
    case IMX_U16: return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)(row + 2 * x))));
    case IMX_I16: return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)(row + 2 * x))));
    default: return _mm256_loadu_ps((const float *)(const void *)row + x);
    }
}

/* The columns of a block of a box. */
typedef struct block {
    int32_t x, columns; /* of eight */
    __m256i mask;
} block;

static inline block block_of(const imx_area_axis *x, int32_t from) {
    const int32_t left = x->count - from, columns = left < IMX_AREA_LANES ? left : IMX_AREA_LANES;
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (block){x->first + from, columns, _mm256_cmpgt_epi32(_mm256_set1_epi32(columns), lane)};
}

/* The columns of one row; others may hold anything. Nothing is read beyond the window. */
IMX_GENERIC __m256 load_block(imx_type type, const uint8_t *row, const block *b, int32_t src_w) {
    if (type == IMX_F32) {
        return _mm256_maskload_ps((const float *)(const void *)row + b->x, b->mask);
    }
    if (b->x + IMX_AREA_LANES <= src_w) {
        return load_all(type, row, b->x);
    }
    uint8_t part[2 * IMX_AREA_LANES] = {0};
    const size_t bytes = imx_sample_bytes(type);
    memcpy(part, row + (size_t)b->x * bytes, (size_t)b->columns * bytes);
    return load_all(type, part, 0);
}

/* Which of them count. */
IMX_GENERIC __m256i valid_block(imx_type type, const uint8_t *valid, const block *b, int32_t src_w, __m256 v) {
    __m256i mask = b->mask;
    if (valid) {
        __m128i bytes;
        if (b->x + IMX_AREA_LANES <= src_w) {
            bytes = _mm_loadl_epi64((const void *)(valid + b->x));
        } else {
            uint8_t part[IMX_AREA_LANES] = {0};
            memcpy(part, valid + b->x, (size_t)b->columns);
            bytes = _mm_loadl_epi64((const void *)part);
        }
        mask = _mm256_and_si256(mask, _mm256_cmpgt_epi32(_mm256_cvtepu8_epi32(bytes), _mm256_setzero_si256()));
    }
    if (type == IMX_F32) {
        mask = _mm256_and_si256(mask, _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_ORD_Q)));
    }
    return mask;
}

/* ---- average, rms of one box ---- */

typedef struct lanes8 { /* doubles: 0..3, 4..7 */
    __m256d lo, hi;
} lanes8;

static inline lanes8 widen(__m256 v) {
    return (lanes8){_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
}
static inline lanes8 add_scaled(lanes8 sum, lanes8 v, lanes8 w) {
    return (lanes8){_mm256_add_pd(sum.lo, _mm256_mul_pd(w.lo, v.lo)), _mm256_add_pd(sum.hi, _mm256_mul_pd(w.hi, v.hi))};
}
static inline lanes8 all_lanes(double v) { return (lanes8){_mm256_set1_pd(v), _mm256_set1_pd(v)}; }

/* ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) */
static inline double add_lanes(lanes8 v) {
    const __m256d four = _mm256_add_pd(v.lo, v.hi);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

/* imx_area_plane_weight() of the columns; 0 of others (there k + 1 px may wrap). */
static inline lanes8 block_weights(const imx_area_axis *x, const block *b) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), px = _mm256_set1_epi32(IMX_Q16_ONE);
    const __m256i edge = _mm256_slli_epi32(_mm256_add_epi32(_mm256_set1_epi32(b->x), lane), 16);
    const __m256i lo = _mm256_max_epi32(_mm256_set1_epi32(x->lo_q16), edge);
    const __m256i hi = _mm256_min_epi32(_mm256_set1_epi32(x->hi_q16), _mm256_add_epi32(edge, px));
    const __m256i w = _mm256_max_epi32(_mm256_sub_epi32(hi, lo), _mm256_set1_epi32(1));
    const __m256i masked = _mm256_and_si256(w, b->mask);
    return (lanes8){_mm256_cvtepi32_pd(_mm256_castsi256_si128(masked)),
                    _mm256_cvtepi32_pd(_mm256_extracti128_si256(masked, 1))};
}

IMX_GENERIC void mean_pixel(const imx_warp_area_plane *job, imx_type type, imx_area_method method,
                            const imx_area_axis *x, const imx_area_axis *y, size_t i) {
    const bool masked = job->valid || type == IMX_F32;
    lanes8 v_all = all_lanes(0), s_all = all_lanes(0);
    double rows_weight = 0;
    for (int32_t k = y->first; k < y->first + y->count && !masked; k++) {
        rows_weight += imx_area_plane_weight(y, k);
    }
    for (int32_t from = 0; from < x->count; from += IMX_AREA_LANES) {
        const block b = block_of(x, from);
        lanes8 v_sum = all_lanes(0), s_sum = all_lanes(rows_weight);
        s_sum = masked ? all_lanes(0) : s_sum;
        for (int32_t k = y->first; k < y->first + y->count; k++) {
            const lanes8 wy = all_lanes(imx_area_plane_weight(y, k));
            __m256 v = load_block(type, imx_area_row(job, k), &b, job->src_w);
            if (masked) {
                const __m256i mask = valid_block(type, imx_area_valid_row(job, k), &b, job->src_w, v);
                v = _mm256_and_ps(v, _mm256_castsi256_ps(mask));
                s_sum = add_scaled(s_sum, widen(_mm256_and_ps(_mm256_set1_ps(1), _mm256_castsi256_ps(mask))), wy);
            }
            lanes8 term = widen(v);
            if (method == IMX_AREA_RMS) {
                term = (lanes8){_mm256_mul_pd(term.lo, term.lo), _mm256_mul_pd(term.hi, term.hi)};
            }
            v_sum = add_scaled(v_sum, term, wy);
        }
        const lanes8 wx = block_weights(x, &b);
        v_all = add_scaled(v_all, v_sum, wx);
        s_all = add_scaled(s_all, s_sum, wx);
    }
    imx_area_put_mean(job, type, method, i, (imx_area_mean){add_lanes(v_all), add_lanes(s_all)});
}

/* ---- min, max of one box ---- */

IMX_GENERIC void extreme_pixel(const imx_warp_area_plane *job, imx_type type, bool max, const imx_area_axis *x,
                               const imx_area_axis *y, size_t i) {
    const float none = max ? -__builtin_inff() : __builtin_inff();
    __m256 best = _mm256_set1_ps(none);
    __m256i any = _mm256_setzero_si256();
    for (int32_t from = 0; from < x->count; from += IMX_AREA_LANES) {
        const block b = block_of(x, from);
        for (int32_t k = y->first; k < y->first + y->count; k++) {
            __m256 v = load_block(type, imx_area_row(job, k), &b, job->src_w);
            const __m256i mask = valid_block(type, imx_area_valid_row(job, k), &b, job->src_w, v);
            v = _mm256_blendv_ps(_mm256_set1_ps(none), v, _mm256_castsi256_ps(mask));
            best = max ? _mm256_max_ps(best, v) : _mm256_min_ps(best, v);
            any = _mm256_or_si256(any, mask);
        }
    }
    __m128 a = _mm256_castps256_ps128(best), c = _mm256_extractf128_ps(best, 1);
    a = max ? _mm_max_ps(a, c) : _mm_min_ps(a, c);
    c = _mm_movehl_ps(a, a);
    a = max ? _mm_max_ps(a, c) : _mm_min_ps(a, c);
    c = _mm_shuffle_ps(a, a, 0x55);
    a = max ? _mm_max_ss(a, c) : _mm_min_ss(a, c);
    const bool valid = _mm256_movemask_epi8(any) != 0;
    job->dst_valid[i] = valid ? 255 : 0;
    imx_area_put(type, job->dst, i, valid ? _mm_cvtss_f32(a) + 0.0F : 0);
}

/* ---- eight boxes of at most 2 x 2 taps ---- */

/* Weights of both taps, the second 0 where there is none. */
static inline void weights8(const imx_axis8 *a, __m256 w[2]) {
    const __m256i one = _mm256_set1_epi32(1), edge = _mm256_slli_epi32(_mm256_add_epi32(a->first, one), 16);
    const __m256i c0 = _mm256_sub_epi32(_mm256_blendv_epi8(a->hi, edge, a->two), a->lo);
    const __m256i c1 = _mm256_and_si256(_mm256_sub_epi32(a->hi, edge), a->two);
    w[0] = _mm256_cvtepi32_ps(_mm256_max_epi32(c0, one)); /* at most 2^16: exact */
    w[1] = _mm256_cvtepi32_ps(c1);
}

/* The taps of a row: the first, and the one to its right or the first again. A gather reads four bytes, which the
 * caller has seen to be in the window. */
IMX_GENERIC void gather_pair(imx_type type, const void *src, __m256i at, __m256i two, __m256 v[2]) {
    const __m256i low = type == IMX_U8 ? _mm256_set1_epi32(255) : _mm256_set1_epi32(0xffff);
    if (type == IMX_F32) {
        const __m256i right = _mm256_add_epi32(at, _mm256_and_si256(two, _mm256_set1_epi32(4)));
        v[0] = _mm256_i32gather_ps(src, at, 1);
        v[1] = _mm256_i32gather_ps(src, right, 1);
        return;
    }
    const __m256i both = _mm256_i32gather_epi32(src, at, 1);
    __m256i left, right;
    if (type == IMX_I16) {
        left = _mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16);
        right = _mm256_srai_epi32(both, 16);
    } else {
        left = _mm256_and_si256(both, low);
        right = _mm256_and_si256(_mm256_srli_epi32(both, type == IMX_U8 ? 8 : 16), low);
    }
    v[0] = _mm256_cvtepi32_ps(left);
    v[1] = _mm256_cvtepi32_ps(_mm256_blendv_epi8(left, right, two));
}

typedef struct taps8 {
    __m256 v[2][2]; /* [row][column] */
} taps8;

/* false: some may be invalid, or lie where a gather would leave the window. */
IMX_GENERIC bool load_taps(const imx_warp_area_plane *job, imx_type type, const imx_axis8 *x, const imx_axis8 *y,
                           taps8 *out) {
    const int32_t bytes = (int32_t)imx_sample_bytes(type);
    const __m256i reach = _mm256_set1_epi32(job->src_w - (job->valid ? 4 : 4 / bytes));
    if (_mm256_movemask_epi8(_mm256_cmpgt_epi32(x->first, reach)) != 0) {
        return false;
    }
    const __m256i stride = _mm256_set1_epi32((int32_t)job->src_stride);
    const __m256i at =
        _mm256_add_epi32(_mm256_mullo_epi32(y->first, stride), _mm256_mullo_epi32(x->first, _mm256_set1_epi32(bytes)));
    const __m256i below = _mm256_add_epi32(at, _mm256_and_si256(y->two, stride));
    if (job->valid) {
        const __m256i valid_stride = _mm256_set1_epi32((int32_t)job->valid_stride), byte = _mm256_set1_epi32(255);
        const __m256i v_at = _mm256_add_epi32(_mm256_mullo_epi32(y->first, valid_stride), x->first);
        const __m256i v_below = _mm256_add_epi32(v_at, _mm256_and_si256(y->two, valid_stride));
        const int *valid = (const int *)(const void *)job->valid;
        const __m256i rows[2] = {_mm256_i32gather_epi32(valid, v_at, 1), _mm256_i32gather_epi32(valid, v_below, 1)};
        for (int k = 0; k < 2; k++) {
            const __m256i left = _mm256_and_si256(rows[k], byte);
            const __m256i right = _mm256_and_si256(_mm256_srli_epi32(rows[k], 8), byte);
            const __m256i other = _mm256_blendv_epi8(left, right, x->two);
            const __m256i zero = _mm256_setzero_si256();
            if (_mm256_movemask_epi8(
                    _mm256_or_si256(_mm256_cmpeq_epi32(left, zero), _mm256_cmpeq_epi32(other, zero))) != 0) {
                return false;
            }
        }
    }
    gather_pair(type, job->src, at, x->two, out->v[0]);
    gather_pair(type, job->src, below, x->two, out->v[1]);
    if (type == IMX_F32) {
        const __m256 a = _mm256_cmp_ps(out->v[0][0], out->v[0][1], _CMP_UNORD_Q);
        const __m256 b = _mm256_cmp_ps(out->v[1][0], out->v[1][1], _CMP_UNORD_Q);
        return _mm256_movemask_ps(_mm256_or_ps(a, b)) == 0;
    }
    return true;
}

/* Eight rounded results. */
IMX_GENERIC void put8(const imx_warp_area_plane *job, imx_type type, size_t i, __m256 v) {
    const __m256i whole = _mm256_cvttps_epi32(v); /* integers already, but for f32 */
    const __m128i lo = _mm256_castsi256_si128(whole), hi = _mm256_extracti128_si256(whole, 1);
    memset(job->dst_valid + i, 255, 8);
    switch (type) {
    case IMX_U8: {
        const __m128i words = _mm_packs_epi32(lo, hi);
        _mm_storel_epi64((void *)((uint8_t *)job->dst + i), _mm_packus_epi16(words, words));
        break;
    }
    case IMX_U16: _mm_storeu_si128((void *)((uint16_t *)job->dst + i), _mm_packus_epi32(lo, hi)); break;
    case IMX_I16: _mm_storeu_si128((void *)((int16_t *)job->dst + i), _mm_packs_epi32(lo, hi)); break;
    default: _mm256_storeu_ps((float *)job->dst + i, v); break;
    }
}

/* imx_area_rounded() of four doubles, to floats. */
IMX_GENERIC __m128 rounded4(imx_type type, __m256d v) {
    if (type == IMX_F32) {
        return _mm_add_ps(_mm256_cvtpd_ps(v), _mm_setzero_ps());
    }
    const __m256d r = _mm256_floor_pd(_mm256_add_pd(v, _mm256_set1_pd(0.5)));
    const __m256d limited = _mm256_max_pd(_mm256_set1_pd(imx_type_lowest(type)), r);
    return _mm256_cvtpd_ps(_mm256_min_pd(_mm256_set1_pd(imx_type_highest(type)), limited));
}

static inline __m256d half_of(__m256 v, int half) {
    return _mm256_cvtps_pd(half ? _mm256_extractf128_ps(v, 1) : _mm256_castps256_ps128(v));
}

/* Four of the eight. A tap that is there again has the weight 0; an infinity must not meet that, so that f32 has it as
 * 0 (lane sums are those of the reference either way). */
IMX_GENERIC __m128 mean4(imx_type type, imx_area_method method, const taps8 *t, const __m256 wx[2], const __m256 wy[2],
                         int half) {
    const __m256d zero = _mm256_setzero_pd();
    __m256d total = zero, lanes[2];
    const __m256d wy0 = half_of(wy[0], half), wy1 = half_of(wy[1], half);
    const __m256d no_below = _mm256_cmp_pd(wy1, zero, _CMP_EQ_OQ);
    for (int c = 0; c < 2; c++) {
        __m256d top = half_of(t->v[0][c], half), bottom = half_of(t->v[1][c], half);
        if (method == IMX_AREA_RMS) {
            top = _mm256_mul_pd(top, top);
            bottom = _mm256_mul_pd(bottom, bottom);
        }
        bottom = type == IMX_F32 ? _mm256_andnot_pd(no_below, bottom) : bottom;
        const __m256d w = half_of(wx[c], half);
        const __m256d sum = _mm256_add_pd(_mm256_add_pd(zero, _mm256_mul_pd(wy0, top)), _mm256_mul_pd(wy1, bottom));
        __m256d lane = _mm256_mul_pd(w, sum);
        lane = type == IMX_F32 ? _mm256_andnot_pd(_mm256_cmp_pd(w, zero, _CMP_EQ_OQ), lane) : lane;
        lanes[c] = _mm256_add_pd(zero, lane);
    }
    total = _mm256_add_pd(lanes[0], lanes[1]);
    const __m256d s = _mm256_mul_pd(_mm256_add_pd(half_of(wx[0], half), half_of(wx[1], half)), _mm256_add_pd(wy0, wy1));
    const __m256d mean = _mm256_div_pd(total, s);
    return rounded4(type, method == IMX_AREA_RMS ? _mm256_sqrt_pd(mean) : mean);
}

IMX_GENERIC bool mean8(const imx_warp_area_plane *job, imx_type type, imx_area_method method, const imx_axis8 *x,
                       const imx_axis8 *y, const taps8 *t, size_t i) {
    __m256 wx[2], wy[2];
    weights8(x, wx);
    weights8(y, wy);
    const __m256 v = _mm256_set_m128(mean4(type, method, t, wx, wy, 1), mean4(type, method, t, wx, wy, 0));
    if (type == IMX_F32 && _mm256_movemask_ps(_mm256_cmp_ps(v, v, _CMP_UNORD_Q)) != 0) {
        return false; /* infinities that cancel out */
    }
    put8(job, type, i, v);
    return true;
}

IMX_GENERIC void count8(const imx_warp_area_plane *job, imx_type type, imx_area_method method, const taps8 *t,
                        size_t i) {
    const __m256 a = _mm256_min_ps(t->v[0][0], t->v[0][1]), b = _mm256_max_ps(t->v[0][0], t->v[0][1]);
    const __m256 c = _mm256_min_ps(t->v[1][0], t->v[1][1]), d = _mm256_max_ps(t->v[1][0], t->v[1][1]);
    const __m256 second = _mm256_max_ps(a, c), third = _mm256_min_ps(b, d);
    __m256 v;
    switch (method) {
    case IMX_AREA_MIN:
    case IMX_AREA_Q1: v = _mm256_min_ps(a, c); break;
    case IMX_AREA_MAX: v = _mm256_max_ps(b, d); break;
    case IMX_AREA_MED: v = _mm256_min_ps(second, third); break;
    case IMX_AREA_Q3: v = _mm256_max_ps(second, third); break;
    default: { /* mode: as on rgba8 */
        const __m256 *top = t->v[0], *low = t->v[1];
        const __m256 first =
            _mm256_or_ps(_mm256_cmp_ps(top[0], top[1], _CMP_EQ_OQ), _mm256_cmp_ps(top[0], low[0], _CMP_EQ_OQ));
        v = _mm256_blendv_ps(top[0], low[0], _mm256_cmp_ps(low[1], low[0], _CMP_EQ_OQ));
        v = _mm256_blendv_ps(v, top[1], _mm256_cmp_ps(low[1], top[1], _CMP_EQ_OQ));
        v = _mm256_blendv_ps(v, top[0], _mm256_cmp_ps(low[1], top[0], _CMP_EQ_OQ));
        v = _mm256_blendv_ps(v, top[1], _mm256_cmp_ps(top[1], low[0], _CMP_EQ_OQ));
        v = _mm256_blendv_ps(v, top[0], first);
        break;
    }
    }
    put8(job, type, i, type == IMX_F32 ? _mm256_add_ps(v, _mm256_setzero_ps()) : v);
}

/* ---- rows ---- */

IMX_GENERIC bool is_mean(imx_area_method method) { return method == IMX_AREA_AVERAGE || method == IMX_AREA_RMS; }

/* Methods that have a variant for boxes beyond 2 x 2 taps. */
IMX_GENERIC bool has_pixels(imx_area_method method) {
    return is_mean(method) || method == IMX_AREA_MIN || method == IMX_AREA_MAX;
}

/* For the others, which are quicker in runs: of boxes beyond 1 1/8 px, eight that touch each other hardly ever are of
 * at most 2 x 2 taps. */
enum { RUN = 64, WIDE_Q16 = IMX_Q16_ONE * 9 / 8 };

static inline bool is_wide(const imx_area_boxes *b, size_t i) {
    return (int64_t)b->x1_q16[i] - b->x0_q16[i] > WIDE_Q16 || (int64_t)b->y1_q16[i] - b->y0_q16[i] > WIDE_Q16;
}

IMX_GENERIC bool warp8(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t i) {
    imx_axis8 x, y;
    taps8 t;
    if (!imx_axis8_of(job->boxes.x0_q16 + i, job->boxes.x1_q16 + i, job->src_w, 2, &x) ||
        !imx_axis8_of(job->boxes.y0_q16 + i, job->boxes.y1_q16 + i, job->src_h, 2, &y) ||
        !load_taps(job, type, &x, &y, &t)) {
        return false;
    }
    if (is_mean(method)) {
        return mean8(job, type, method, &x, &y, &t, i);
    }
    count8(job, type, method, &t, i);
    return true;
}

IMX_GENERIC void warp_part(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t first,
                           size_t n) {
    if (!has_pixels(method)) {
        imx_ref_area_plane(job, type, method, first, n);
        return;
    }
    for (size_t i = first; i < first + n; i++) {
        imx_area_axis x, y;
        if (!imx_area_box(&job->boxes, i, job->src_w, job->src_h, &x, &y)) {
            imx_area_put_nothing(job, type, i);
        } else if (is_mean(method)) {
            mean_pixel(job, type, method, &x, &y, i);
        } else {
            extreme_pixel(job, type, method == IMX_AREA_MAX, &x, &y, i);
        }
    }
}

static bool offsets_fit(ptrdiff_t stride, int32_t rows, int64_t row_bytes) {
    return llabs((long long)stride) * rows + row_bytes <= INT32_MAX;
}

IMX_GENERIC void warp_row(const imx_warp_area_plane *job, imx_type type, imx_area_method method) {
    const bool gathers = offsets_fit(job->src_stride, job->src_h, 4 * (int64_t)job->src_w) &&
                         (!job->valid || offsets_fit(job->valid_stride, job->src_h, job->src_w));
    size_t i = 0;
    while (i + 8 <= job->n) {
        if (!has_pixels(method) && is_wide(&job->boxes, i)) {
            const size_t n = job->n - i < RUN ? job->n - i : RUN;
            imx_ref_area_plane(job, type, method, i, n);
            i += n;
            continue;
        }
        if (!gathers || !warp8(job, type, method, i)) {
            warp_part(job, type, method, i, 8);
        }
        i += 8;
    }
    warp_part(job, type, method, i, job->n - i);
}

#define ROW(method, name, type)                                                                                        \
    static void row_##method##_##name(const imx_warp_area_plane *job) { warp_row(job, type, IMX_AREA_##method); }
#define ROWS(method)                                                                                                   \
    ROW(method, u8, IMX_U8) ROW(method, u16, IMX_U16) ROW(method, i16, IMX_I16) ROW(method, f32, IMX_F32)
#define NAMES(method)                                                                                                  \
    [IMX_AREA_##method] = {row_##method##_u8, row_##method##_u16, row_##method##_i16, row_##method##_f32,              \
                           imx_ref_row_##method##_f64}
ROWS(AVERAGE)
ROWS(MODE)
ROWS(MIN)
ROWS(MAX)
ROWS(MED)
ROWS(Q1)
ROWS(Q3)
ROWS(RMS)

void imx_avx2_warp_area_plane_install(imx_warp_area_kernels *table) {
    static const imx_warp_area_plane_fn rows[IMX_AREA_METHODS][IMX_PLANE_TYPES] = {
        NAMES(AVERAGE), NAMES(MODE), NAMES(MIN), NAMES(MAX), NAMES(MED), NAMES(Q1), NAMES(Q3), NAMES(RMS)};
    memcpy(table->plane, rows, sizeof rows);
}
