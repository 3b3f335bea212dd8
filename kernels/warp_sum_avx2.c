/* kernels/warp_sum_avx2.c: sums, four output pixels at a time: those whose quadrilaterals all lie inside the window and
 * touch at most 4 x 4 cells (minified up to 2 or 3 times). A lane is an output pixel and does, step by step, what the
 * reference does of few cells (warp_sum_cover.h). Everything else goes to the reference. */
#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"
#include "kernels/warp_sum_plane.h"

enum { LANES = 4 };

static inline __m256d all(double v) { return _mm256_set1_pd(v); }
static inline __m256d ceil4(__m256d v) { return _mm256_sub_pd(all(0), _mm256_floor_pd(_mm256_sub_pd(all(0), v))); }
static inline __m256d limited(__m256d v, __m256d low, __m256d high) {
    return _mm256_min_pd(_mm256_max_pd(v, low), high);
}
static inline __m256d least_of(const __m256d v[4]) {
    return _mm256_min_pd(_mm256_min_pd(v[0], v[1]), _mm256_min_pd(v[2], v[3]));
}
static inline __m256d most_of(const __m256d v[4]) {
    return _mm256_max_pd(_mm256_max_pd(v[0], v[1]), _mm256_max_pd(v[2], v[3]));
}
static inline bool every(__m256d mask) { return _mm256_movemask_pd(mask) == 15; }
static inline __m256d equal(__m256d a, __m256d b) { return _mm256_cmp_pd(a, b, _CMP_EQ_OQ); }
static inline __m256d below(__m256d a, __m256d b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }
static inline __m256d both(__m256d a, __m256d b) { return _mm256_and_pd(a, b); }

/* ---- four quadrilaterals ---- */

typedef struct side4 {
    __m256d x0, y0, y1, slope, sign; /* sign: times the quadrilateral's orientation */
} side4;

typedef struct quad4 {
    __m256d left, top, right, bottom;
    side4 side[4];
    bool upright;
    int32_t columns, rows; /* the most of the four; where others have fewer, shares are 0 */
    int32_t x[LANES], y[LANES];
} quad4;

/* Corners in px. */
static inline void load_corners(const int32_t *const q16[4], size_t i, __m256d out[4]) {
    for (int k = 0; k < 4; k++) {
        const __m128i q = _mm_loadu_si128((const __m128i *)(const void *)(q16[k] + i));
        out[k] = _mm256_mul_pd(_mm256_cvtepi32_pd(q), all(1.0 / IMX_Q16_ONE));
    }
}

/* Cells that are touched along one axis. false: another implementation's. (What is invalid lies outside.) */
static inline bool find_cells(const __m256d v[4], int32_t size, __m256d *cell, int32_t at[LANES], int32_t *most) {
    const __m256d low = least_of(v), high = most_of(v);
    *cell = _mm256_floor_pd(low);
    const __m256d cells = _mm256_sub_pd(ceil4(high), *cell);
    const __m256d inside = both(_mm256_cmp_pd(*cell, all(0), _CMP_GE_OQ), _mm256_cmp_pd(high, all(size), _CMP_LE_OQ));
    const __m256d few = both(below(low, high), _mm256_cmp_pd(cells, all(IMX_SUM_FEW), _CMP_LE_OQ));
    if (!every(both(inside, few))) {
        return false;
    }
    _mm_storeu_si128((__m128i *)(void *)at, _mm256_cvttpd_epi32(*cell));
    *most = every(_mm256_cmp_pd(cells, all(1), _CMP_LE_OQ))   ? 1
            : every(_mm256_cmp_pd(cells, all(2), _CMP_LE_OQ)) ? 2
            : every(_mm256_cmp_pd(cells, all(3), _CMP_LE_OQ)) ? 3
                                                              : IMX_SUM_FEW;
    return true;
}

static inline side4 side_of(const __m256d x[4], const __m256d y[4], int k, __m256d orientation) {
    const int to = (k + 1) & 3;
    const __m256d down = below(y[k], y[to]);
    const __m256d x0 = _mm256_blendv_pd(x[to], x[k], down), x1 = _mm256_blendv_pd(x[k], x[to], down);
    const __m256d y0 = _mm256_min_pd(y[k], y[to]), y1 = _mm256_max_pd(y[k], y[to]);
    return (side4){x0, y0, y1, _mm256_div_pd(_mm256_sub_pd(x1, x0), _mm256_sub_pd(y1, y0)),
                   _mm256_mul_pd(orientation, _mm256_blendv_pd(all(-1), all(1), down))};
}

/* Mask of those whose sides are level or plumb. */
static inline __m256d upright4(const __m256d x[4], const __m256d y[4]) {
    const __m256d plumb = both(both(equal(x[0], x[3]), equal(x[1], x[2])), both(equal(y[0], y[1]), equal(y[2], y[3])));
    const __m256d turned = both(both(equal(x[0], x[1]), equal(x[2], x[3])), both(equal(y[0], y[3]), equal(y[1], y[2])));
    return _mm256_blendv_pd(plumb, turned, turned);
}

/* false: for the reference. */
static inline bool quad4_of(const imx_sum_quads *quads, size_t i, int32_t src_w, int32_t src_h, quad4 *out) {
    __m256d x[4], y[4], cell_x, cell_y;
    load_corners(quads->x_q16, i, x);
    load_corners(quads->y_q16, i, y);
    if (!find_cells(x, src_w, &cell_x, out->x, &out->columns) || !find_cells(y, src_h, &cell_y, out->y, &out->rows)) {
        return false;
    }
    for (int k = 0; k < 4; k++) {
        x[k] = _mm256_sub_pd(x[k], cell_x);
        y[k] = _mm256_sub_pd(y[k], cell_y);
    }
    const __m256d upright = upright4(x, y);
    out->left = least_of(x);
    out->top = least_of(y);
    out->right = most_of(x);
    out->bottom = most_of(y);
    out->upright = every(upright);
    if (out->upright || _mm256_movemask_pd(upright) != 0) {
        return out->upright;
    }
    const __m256d a = _mm256_mul_pd(_mm256_sub_pd(x[2], x[0]), _mm256_sub_pd(y[3], y[1]));
    const __m256d b = _mm256_mul_pd(_mm256_sub_pd(x[3], x[1]), _mm256_sub_pd(y[2], y[0]));
    const __m256d orientation = _mm256_blendv_pd(all(1), all(-1), below(b, a));
    for (int k = 0; k < 4; k++) {
        out->side[k] = side_of(x, y, k, orientation);
    }
    return true;
}

/* ---- shares of a row ---- */

static inline __m256d overlap(__m256d low, __m256d high, int32_t k) {
    return _mm256_max_pd(_mm256_sub_pd(_mm256_min_pd(high, all(k + 1)), _mm256_max_pd(low, all(k))), all(0));
}

static inline __m256d crossing(const quad4 *quad, const side4 *s, __m256d y) {
    const __m256d moved = _mm256_mul_pd(_mm256_sub_pd(y, s->y0), s->slope), round = all(IMX_SUM_ROUND_Q32);
    const __m256d x = _mm256_sub_pd(_mm256_add_pd(_mm256_add_pd(s->x0, moved), round), round);
    return limited(x, quad->left, quad->right);
}

/* imx_sum_right_of() of a side that is in the row. */
static inline __m256d right_of(__m256d xa, __m256d xb, __m256d per_px, __m256d is_plumb, int32_t k) {
    const __m256d zero = all(0), one = all(1), edge = all(k + 1);
    const __m256d a = _mm256_sub_pd(edge, xa), b = _mm256_sub_pd(edge, xb);
    const __m256d in_a = limited(a, zero, one), in_b = limited(b, zero, one);
    const __m256d whole = _mm256_sub_pd(_mm256_max_pd(a, one), _mm256_max_pd(b, one));
    const __m256d crossed =
        _mm256_mul_pd(_mm256_sub_pd(in_a, in_b), _mm256_mul_pd(_mm256_add_pd(in_a, in_b), all(0.5)));
    return _mm256_blendv_pd(_mm256_mul_pd(_mm256_add_pd(whole, crossed), per_px), in_a, is_plumb);
}

static inline void shares4(const quad4 *quad, int32_t row, int32_t columns, __m256d share[IMX_SUM_FEW]) {
    if (quad->upright) {
        const __m256d high = overlap(quad->top, quad->bottom, row);
        for (int32_t k = 0; k < columns; k++) {
            share[k] = _mm256_mul_pd(high, overlap(quad->left, quad->right, k));
        }
        return;
    }
    for (int32_t k = 0; k < columns; k++) {
        share[k] = all(0);
    }
    for (int i = 0; i < 4; i++) {
        const side4 *s = &quad->side[i];
        const __m256d from = _mm256_max_pd(s->y0, all(row)), to = _mm256_min_pd(s->y1, all(row + 1));
        const __m256d here = below(from, to), a = crossing(quad, s, from), b = crossing(quad, s, to);
        const __m256d xa = _mm256_min_pd(a, b), xb = _mm256_max_pd(a, b), is_plumb = equal(xa, xb);
        const __m256d per_px = _mm256_div_pd(all(1), _mm256_sub_pd(xb, xa));
        const __m256d down = _mm256_mul_pd(_mm256_sub_pd(to, from), s->sign);
        for (int32_t k = 0; k < columns; k++) {
            const __m256d part = _mm256_mul_pd(down, right_of(xa, xb, per_px, is_plumb, k));
            share[k] = _mm256_add_pd(share[k], both(part, here));
        }
    }
    for (int32_t k = 0; k < columns; k++) {
        const __m256d size = _mm256_max_pd(share[k], _mm256_sub_pd(all(0), share[k]));
        share[k] = _mm256_andnot_pd(below(size, all(IMX_SUM_LEAST_SHARE)), share[k]);
    }
}

/* ---- taps ---- */

static inline int32_t at_most(int32_t v, int32_t most) { return v < most ? v : most; }

/* A row of each quadrilateral's first column, or the window's last. */
static inline void rows_of(const quad4 *quad, const void *src, ptrdiff_t stride, int32_t row, int32_t src_h,
                           const uint8_t *out[LANES]) {
    for (int i = 0; i < LANES; i++) {
        out[i] = (const uint8_t *)src + at_most(quad->y[i] + row, src_h - 1) * stride;
    }
}

/* ---- rgba8 ---- */

typedef struct sums4 {
    __m256d c[3], alpha, shares;
} sums4;

static inline __m256d channel(__m128i px, int c) {
    return _mm256_cvtepi32_pd(_mm_and_si128(_mm_srli_epi32(px, 8 * c), _mm_set1_epi32(255)));
}

static inline int32_t pixel_at(const uint8_t *row, int32_t x) {
    int32_t px;
    memcpy(&px, row + 4 * (ptrdiff_t)x, sizeof px);
    return px;
}

static inline void add_tap(const quad4 *quad, const uint8_t *const rows[LANES], int32_t k, int32_t last, __m256d share,
                           sums4 *sums) {
    const __m128i px = _mm_setr_epi32(
        pixel_at(rows[0], at_most(quad->x[0] + k, last)), pixel_at(rows[1], at_most(quad->x[1] + k, last)),
        pixel_at(rows[2], at_most(quad->x[2] + k, last)), pixel_at(rows[3], at_most(quad->x[3] + k, last)));
    const __m256d wa = _mm256_mul_pd(share, channel(px, 3));
    for (int c = 0; c < 3; c++) {
        sums->c[c] = _mm256_add_pd(sums->c[c], _mm256_mul_pd(wa, channel(px, c)));
    }
    sums->alpha = _mm256_add_pd(sums->alpha, wa);
    sums->shares = _mm256_add_pd(sums->shares, share);
}

static inline __m256d rounded(__m256d v) { return _mm256_floor_pd(_mm256_add_pd(v, all(0.5))); }

static inline __m128i byte_of(__m256d v, __m256d kept, int shift) {
    return _mm_slli_epi32(_mm256_cvttpd_epi32(both(limited(v, all(0), all(255)), kept)), shift);
}

static inline void store4(const sums4 *sums, bool binary_alpha, uint8_t *dst) {
    const __m256d any = below(all(0), sums->alpha);
    const __m256d mean = both(_mm256_div_pd(sums->alpha, sums->shares), any);
    const __m256d alpha = binary_alpha ? both(below(all(0), mean), all(255)) : rounded(mean);
    const __m256d kept = below(all(0), alpha);
    __m128i px = byte_of(alpha, kept, 24);
    for (int c = 0; c < 3; c++) {
        px = _mm_or_si128(px, byte_of(rounded(_mm256_div_pd(sums->c[c], all(255))), kept, 8 * c));
    }
    _mm_storeu_si128((__m128i *)(void *)dst, px);
}

static inline void warp_rgba8_of(const imx_warp_sum_rgba8 *job, const quad4 *quad, int32_t columns, uint8_t *dst) {
    sums4 sums = {{all(0), all(0), all(0)}, all(0), all(0)};
    for (int32_t row = 0; row < quad->rows; row++) {
        __m256d share[IMX_SUM_FEW];
        const uint8_t *rows[LANES];
        shares4(quad, row, columns, share);
        rows_of(quad, job->src, job->src_stride, row, job->src_h, rows);
        for (int32_t k = 0; k < columns; k++) {
            add_tap(quad, rows, k, job->src_w - 1, share[k], &sums);
        }
    }
    store4(&sums, job->binary_alpha, dst);
}

static imx_sum_quads quads_from(const imx_sum_quads *quads, size_t i) {
    return (imx_sum_quads){{quads->x_q16[0] + i, quads->x_q16[1] + i, quads->x_q16[2] + i, quads->x_q16[3] + i},
                           {quads->y_q16[0] + i, quads->y_q16[1] + i, quads->y_q16[2] + i, quads->y_q16[3] + i}};
}

static void reference_rgba8(const imx_warp_sum_rgba8 *job, size_t first, size_t n) {
    imx_warp_sum_rgba8 part = *job;
    part.quads = quads_from(&job->quads, first);
    part.dst += 4 * first;
    part.n = n;
    imx_ref_warp_sum.rgba8(&part);
}

static void warp_rgba8(const imx_warp_sum_rgba8 *job) {
    size_t i = 0;
    for (; i + LANES <= job->n; i += LANES) {
        quad4 quad;
        uint8_t *dst = job->dst + 4 * i;
        if (!quad4_of(&job->quads, i, job->src_w, job->src_h, &quad)) {
            reference_rgba8(job, i, LANES);
        } else if (quad.columns <= 2) { /* (a number of columns that is known keeps shares in registers) */
            warp_rgba8_of(job, &quad, 2, dst);
        } else if (quad.columns == 3) {
            warp_rgba8_of(job, &quad, 3, dst);
        } else {
            warp_rgba8_of(job, &quad, IMX_SUM_FEW, dst);
        }
    }
    reference_rgba8(job, i, job->n - i);
}

/* ---- planes ---- */

IMX_GENERIC int32_t sample_bits(imx_type type, const uint8_t *row, int32_t x) {
    int32_t bits;
    switch (type) {
    case IMX_U8: return row[x];
    case IMX_U16: return ((const uint16_t *)(const void *)row)[x];
    case IMX_I16: return ((const int16_t *)(const void *)row)[x];
    default: memcpy(&bits, row + 4 * (ptrdiff_t)x, sizeof bits); return bits;
    }
}

IMX_GENERIC int64_t double_bits(const uint8_t *row, int32_t x) {
    int64_t bits;
    memcpy(&bits, row + 8 * (ptrdiff_t)x, sizeof bits);
    return bits;
}

IMX_GENERIC __m256d samples4(imx_type type, const uint8_t *const rows[LANES], const int32_t x[LANES]) {
    if (type == IMX_F64) {
        return _mm256_castsi256_pd(
            _mm256_set_m128i(_mm_set_epi64x(double_bits(rows[3], x[3]), double_bits(rows[2], x[2])),
                             _mm_set_epi64x(double_bits(rows[1], x[1]), double_bits(rows[0], x[0]))));
    }
    const __m128i bits = _mm_setr_epi32(sample_bits(type, rows[0], x[0]), sample_bits(type, rows[1], x[1]),
                                        sample_bits(type, rows[2], x[2]), sample_bits(type, rows[3], x[3]));
    return type == IMX_F32 ? _mm256_cvtps_pd(_mm_castsi128_ps(bits)) : _mm256_cvtepi32_pd(bits);
}

IMX_GENERIC void warp_plane_of(const imx_warp_sum_plane *job, imx_type type, const quad4 *quad, int32_t columns,
                               size_t i) {
    __m256d sum = all(0), any = all(0);
    for (int32_t row = 0; row < quad->rows; row++) {
        __m256d share[IMX_SUM_FEW];
        const uint8_t *rows[LANES], *valid_rows[LANES] = {NULL};
        shares4(quad, row, columns, share);
        rows_of(quad, job->src, job->src_stride, row, job->src_h, rows);
        if (job->valid) {
            rows_of(quad, job->valid, job->valid_stride, row, job->src_h, valid_rows);
        }
        for (int32_t k = 0; k < columns; k++) {
            int32_t x[LANES];
            for (int lane = 0; lane < LANES; lane++) {
                x[lane] = at_most(quad->x[lane] + k, job->src_w - 1);
            }
            const __m256d v = samples4(type, rows, x);
            __m256d counts = _mm256_cmp_pd(share[k], all(0), _CMP_NEQ_OQ);
            counts = imx_type_is_float(type) ? both(counts, _mm256_cmp_pd(v, v, _CMP_EQ_OQ)) : counts;
            if (job->valid) {
                counts = both(counts, below(all(0), samples4(IMX_U8, valid_rows, x)));
            }
            sum = _mm256_add_pd(sum, both(_mm256_mul_pd(share[k], v), counts));
            any = _mm256_max_pd(any, both(all(1), counts));
        }
    }
    double sums[LANES], anys[LANES];
    _mm256_storeu_pd(sums, sum);
    _mm256_storeu_pd(anys, any);
    for (size_t lane = 0; lane < LANES; lane++) {
        imx_sum_put(job, type, i + lane, sums[lane], anys[lane] > 0);
    }
}

IMX_GENERIC void reference_plane(const imx_warp_sum_plane *job, imx_type type, size_t first, size_t n) {
    imx_warp_sum_plane part = *job;
    part.quads = quads_from(&job->quads, first);
    part.dst = (uint8_t *)job->dst + first * imx_sample_bytes(type);
    part.dst_valid += first;
    part.n = n;
    imx_ref_warp_sum.plane[imx_plane_type_index(type)](&part);
}

IMX_GENERIC void warp_plane(const imx_warp_sum_plane *job, imx_type type) {
    size_t i = 0;
    for (; i + LANES <= job->n; i += LANES) {
        quad4 quad;
        if (!quad4_of(&job->quads, i, job->src_w, job->src_h, &quad)) {
            reference_plane(job, type, i, LANES);
        } else if (quad.columns <= 2) {
            warp_plane_of(job, type, &quad, 2, i);
        } else if (quad.columns == 3) {
            warp_plane_of(job, type, &quad, 3, i);
        } else {
            warp_plane_of(job, type, &quad, IMX_SUM_FEW, i);
        }
    }
    reference_plane(job, type, i, job->n - i);
}

#define PLANE(name, c_type, type)                                                                                      \
    static void warp_plane_##name(const imx_warp_sum_plane *job) { warp_plane(job, type); }
IMX_EACH_PLANE_TYPE(PLANE)

void imx_avx2_warp_sum_install(imx_warp_sum_kernels *table) {
    *table = (imx_warp_sum_kernels){warp_rgba8, IMX_BY_PLANE_TYPE(warp_plane_)};
}
