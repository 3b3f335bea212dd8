/* kernels/warp_area_eight_avx2.c: area warps, eight output pixels at a time whose boxes touch at most 2 x 2 taps (all
 * magnification, and 1:1) or 4 x 4 (minified up to 3 times): taps are gathered, one int32 lane an output pixel. */
#include "kernels/warp_area_avx2.h"
#include "kernels/warp_area_axis_avx2.h"

/* ---- eight boxes of at most 2 x 2 taps ------------------------------------------------------------------------ */

/* f of imx_area_phase(). */
static inline __m256i phase8(const imx_axis8 *a) {
    const __m256i edge = _mm256_slli_epi32(_mm256_add_epi32(a->first, _mm256_set1_epi32(1)), 16);
    const __m256 second = _mm256_cvtepi32_ps(_mm256_sub_epi32(a->hi, edge));
    const __m256 all = _mm256_cvtepi32_ps(_mm256_sub_epi32(a->hi, a->lo));
    const __m256 f = _mm256_div_ps(_mm256_mul_ps(_mm256_set1_ps(256.0F), second), all);
    const __m256i q = _mm256_cvttps_epi32(_mm256_add_ps(f, _mm256_set1_ps(0.5F)));
    return _mm256_and_si256(_mm256_min_epi32(q, _mm256_set1_epi32(255)), a->two);
}

/* Weights of both taps. */
static inline void share8(const imx_axis8 *a, __m256i w[2]) {
    w[1] = phase8(a);
    w[0] = _mm256_sub_epi32(_mm256_set1_epi32(IMX_AREA_WEIGHT_ONE), w[1]);
}

/* The four taps of each box, row by row; a tap that it does not have is the one beside or above it again. */
typedef struct taps8 {
    __m256i px[4];
} taps8;

static inline taps8 load_taps(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y) {
    const __m256i stride = _mm256_set1_epi32((int32_t)job->src_stride);
    const __m256i at = _mm256_add_epi32(_mm256_mullo_epi32(y->first, stride), _mm256_slli_epi32(x->first, 2));
    const __m256i right = _mm256_add_epi32(at, _mm256_and_si256(x->two, _mm256_set1_epi32(4)));
    const __m256i below = _mm256_and_si256(y->two, stride);
    const int *src = (const int *)(const void *)job->src;
    return (taps8){{_mm256_i32gather_epi32(src, at, 1), _mm256_i32gather_epi32(src, right, 1),
                    _mm256_i32gather_epi32(src, _mm256_add_epi32(at, below), 1),
                    _mm256_i32gather_epi32(src, _mm256_add_epi32(right, below), 1)}};
}

static inline bool all_opaque(const taps8 *t) {
    const __m256i all = _mm256_and_si256(_mm256_and_si256(t->px[0], t->px[1]), _mm256_and_si256(t->px[2], t->px[3]));
    return _mm256_testc_si256(all, imx_alpha_bytes());
}

static inline __m256i channel8(__m256i px, int c) {
    return _mm256_and_si256(_mm256_srli_epi32(px, 8 * c), _mm256_set1_epi32(255));
}

/* floor(sqrt(n / 65536) + 0.5) for n < 2^32. */
static inline __m256i root8(__m256i n) {
    const __m256i sign = _mm256_set1_epi32(INT32_MIN), flipped = _mm256_xor_si256(n, sign);
    const __m256d bias = _mm256_set1_pd(2147483648.0), unit = _mm256_set1_pd(1 / 65536.0), half = _mm256_set1_pd(0.5);
    __m128i r[2];
    const __m128i part[2] = {_mm256_castsi256_si128(flipped), _mm256_extracti128_si256(flipped, 1)};
    for (int i = 0; i < 2; i++) {
        const __m256d v = _mm256_mul_pd(_mm256_add_pd(_mm256_cvtepi32_pd(part[i]), bias), unit);
        r[i] = _mm256_cvttpd_epi32(_mm256_add_pd(_mm256_sqrt_pd(v), half));
    }
    return _mm256_inserti128_si256(_mm256_castsi128_si256(r[0]), r[1], 1);
}

static inline __m256i rms_of_taps(const taps8 *t, const __m256i w[4]) {
    __m256i out = imx_alpha_bytes();
    for (int c = 0; c < 3; c++) {
        __m256i n = _mm256_setzero_si256();
        for (int k = 0; k < 4; k++) {
            const __m256i v = channel8(t->px[k], c);
            n = _mm256_add_epi32(n, _mm256_mullo_epi32(w[k], _mm256_mullo_epi16(v, v)));
        }
        out = _mm256_or_si256(out, _mm256_slli_epi32(root8(n), 8 * c));
    }
    return out;
}

/* Eight opaque boxes. false: for another implementation. */
static inline bool rms8(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y, uint8_t *dst) {
    const taps8 t = load_taps(job, x, y);
    if (!all_opaque(&t)) {
        return false;
    }
    __m256i wx[2], wy[2];
    share8(x, wx);
    share8(y, wy);
    const __m256i w[4] = {_mm256_mullo_epi32(wx[0], wy[0]), _mm256_mullo_epi32(wx[1], wy[0]),
                          _mm256_mullo_epi32(wx[0], wy[1]), _mm256_mullo_epi32(wx[1], wy[1])};
    imx_store256(dst, rms_of_taps(&t, w));
    return true;
}

/* An average is the bilinear warp, whose taps must all be there. */
static inline bool average8(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y, uint8_t *dst) {
    const __m256i last_x = _mm256_set1_epi32(job->src_w - 1), last_y = _mm256_set1_epi32(job->src_h - 1);
    const __m256i inside = _mm256_and_si256(_mm256_cmpgt_epi32(last_x, x->first), _mm256_cmpgt_epi32(last_y, y->first));
    if (_mm256_movemask_epi8(inside) != -1) {
        return false;
    }
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2);
    const __m256i px = _mm256_add_epi32(_mm256_slli_epi32(x->first, 16), _mm256_slli_epi32(phase8(x), 8));
    const __m256i py = _mm256_add_epi32(_mm256_slli_epi32(y->first, 16), _mm256_slli_epi32(phase8(y), 8));
    const imx_warp_rgba8 window = {.src = job->src,
                                   .src_stride = job->src_stride,
                                   .src_w = job->src_w,
                                   .src_h = job->src_h,
                                   .binary_alpha = job->binary_alpha};
    imx_store256(dst, imx_avx2_bilinear8(&window, _mm256_add_epi32(px, half), _mm256_add_epi32(py, half)));
    return true;
}

/* ---- the methods that count pixels, of 2 x 2 taps. A tap that is there twice or four times changes none of them ----
 */

static inline __m256i finish8(const imx_warp_area_rgba8 *job, __m256i v, __m256i nothing) {
    v = job->binary_alpha ? _mm256_or_si256(v, imx_alpha_bytes()) : v;
    return _mm256_andnot_si256(nothing, v);
}

static inline __m256i extreme8(const imx_warp_area_rgba8 *job, const taps8 *t, bool max) {
    __m256i v = max ? _mm256_setzero_si256() : _mm256_set1_epi8(-1), nothing = _mm256_set1_epi8(-1);
    for (int k = 0; k < 4; k++) {
        const __m256i invalid = imx_invalid8(t->px[k]);
        nothing = _mm256_and_si256(nothing, invalid);
        v = max ? _mm256_max_epu8(v, _mm256_andnot_si256(invalid, t->px[k]))
                : _mm256_min_epu8(v, _mm256_or_si256(invalid, t->px[k]));
    }
    return finish8(job, v, nothing);
}

/* All opaque. Ascending: a <= b <= c <= d of the sorting network; med and q1 want the second and first, q3 the third.
 */
static inline __m256i quantile8(const taps8 *t, int quarters) {
    const __m256i a = _mm256_min_epu8(t->px[0], t->px[1]), b = _mm256_max_epu8(t->px[0], t->px[1]);
    const __m256i c = _mm256_min_epu8(t->px[2], t->px[3]), d = _mm256_max_epu8(t->px[2], t->px[3]);
    if (quarters == 1) {
        return _mm256_min_epu8(a, c);
    }
    const __m256i e = _mm256_max_epu8(a, c), f = _mm256_min_epu8(b, d);
    return quarters == 2 ? _mm256_min_epu8(e, f) : _mm256_max_epu8(e, f);
}

/* All opaque: the first of two that are equal, in the order in which the second of them comes. */
static inline __m256i mode8(const taps8 *t) {
    const __m256i *v = t->px;
    const __m256i first = _mm256_or_si256(_mm256_cmpeq_epi8(v[0], v[1]), _mm256_cmpeq_epi8(v[0], v[2]));
    const __m256i second = _mm256_cmpeq_epi8(v[1], v[2]), last_first = _mm256_cmpeq_epi8(v[3], v[0]);
    __m256i late = _mm256_blendv_epi8(v[0], v[2], _mm256_cmpeq_epi8(v[3], v[2]));
    late = _mm256_blendv_epi8(late, v[1], _mm256_cmpeq_epi8(v[3], v[1]));
    late = _mm256_blendv_epi8(late, v[0], last_first);
    return _mm256_blendv_epi8(_mm256_blendv_epi8(late, v[1], second), v[0], first);
}

static inline bool count8(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y,
                          imx_area_method method, uint8_t *dst) {
    const taps8 t = load_taps(job, x, y);
    if (method == IMX_AREA_MIN || method == IMX_AREA_MAX) {
        imx_store256(dst, extreme8(job, &t, method == IMX_AREA_MAX));
        return true;
    }
    if (!all_opaque(&t)) {
        return false;
    }
    imx_store256(dst, method == IMX_AREA_MODE ? mode8(&t)
                                              : quantile8(&t, method == IMX_AREA_MED  ? 2
                                                              : method == IMX_AREA_Q1 ? 1
                                                                                      : 3));
    return true;
}

/* ---- eight boxes of at most 4 x 4 taps: minified up to 3 times. n is the most taps along an axis, 3 or 4 ----------
 */

enum { TAPS_MAX = 4 };

/* Whether no box of the eight has more taps than this. */
static inline bool at_most(const imx_axis8 *x, const imx_axis8 *y, int taps) {
    const __m256i more = _mm256_max_epi32(x->more, y->more);
    return _mm256_movemask_epi8(_mm256_cmpgt_epi32(more, _mm256_set1_epi32(taps - 1))) == 0;
}

/* Mask: there is a tap k. */
static inline __m256i has_tap(const imx_axis8 *a, int k) {
    return _mm256_cmpgt_epi32(a->more, _mm256_set1_epi32(k - 1));
}

/* Weights of the taps, 0 of those that are not there. */
static inline void weights8_n(const imx_axis8 *a, int n, __m256i w[TAPS_MAX]) {
    const __m256i one = _mm256_set1_epi32(1), px = _mm256_set1_epi32(IMX_Q16_ONE);
    __m256i edge = _mm256_slli_epi32(a->first, 16);
    for (int k = 0; k < n; k++) {
        const __m256i next = _mm256_add_epi32(edge, px); /* (may wrap beyond the last tap, which is masked) */
        const __m256i covered = _mm256_sub_epi32(_mm256_min_epi32(a->hi, next), _mm256_max_epi32(a->lo, edge));
        const __m256i c = _mm256_srai_epi32(_mm256_add_epi32(covered, _mm256_set1_epi32(128)), 8);
        w[k] = _mm256_and_si256(_mm256_max_epi32(c, one), has_tap(a, k));
        edge = next;
    }
    const __m256i f = phase8(a), long_axis = has_tap(a, 2);
    w[0] = _mm256_blendv_epi8(_mm256_sub_epi32(_mm256_set1_epi32(IMX_AREA_WEIGHT_ONE), f), w[0], long_axis);
    w[1] = _mm256_blendv_epi8(f, w[1], long_axis);
}

/* Row by row; a tap that is not there is its neighbour again. */
typedef struct taps8_n {
    __m256i px[TAPS_MAX][TAPS_MAX];
} taps8_n;

static inline taps8_n load_taps_n(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y, int n) {
    const __m256i stride = _mm256_set1_epi32((int32_t)job->src_stride), four = _mm256_set1_epi32(4);
    __m256i row = _mm256_add_epi32(_mm256_mullo_epi32(y->first, stride), _mm256_slli_epi32(x->first, 2));
    const int *src = (const int *)(const void *)job->src;
    taps8_n t;
    for (int k = 0; k < n; k++) {
        __m256i at = row;
        for (int c = 0; c < n; c++) {
            t.px[k][c] = _mm256_i32gather_epi32(src, at, 1);
            at = _mm256_add_epi32(at, _mm256_and_si256(has_tap(x, c + 1), four));
        }
        row = _mm256_add_epi32(row, _mm256_and_si256(has_tap(y, k + 1), stride));
    }
    return t;
}

static inline __m256i extreme8_n(const imx_warp_area_rgba8 *job, const taps8_n *t, bool max, int n) {
    __m256i v = max ? _mm256_setzero_si256() : _mm256_set1_epi8(-1), nothing = _mm256_set1_epi8(-1);
    for (int k = 0; k < n * n; k++) {
        const __m256i px = t->px[k / n][k % n], invalid = imx_invalid8(px);
        nothing = _mm256_and_si256(nothing, invalid);
        v = max ? _mm256_max_epu8(v, _mm256_andnot_si256(invalid, px))
                : _mm256_min_epu8(v, _mm256_or_si256(invalid, px));
    }
    return finish8(job, v, nothing);
}

/* (n + w/2) / w for n + w/2 < 2^28, w < 2^21: the float quotient is off by less than one; the remainder says which
 * way. */
static inline __m256i divide8(__m256i n, __m256i w) {
    n = _mm256_add_epi32(n, _mm256_srli_epi32(w, 1));
    __m256i q = _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(n), _mm256_cvtepi32_ps(w)));
    const __m256i rest = _mm256_sub_epi32(n, _mm256_mullo_epi32(q, w));
    q = _mm256_add_epi32(q, _mm256_srai_epi32(rest, 31));
    return _mm256_sub_epi32(q, _mm256_cmpgt_epi32(rest, _mm256_sub_epi32(w, _mm256_set1_epi32(1))));
}

/* Byte c of each pixel of a and of b as two words. */
static inline __m256i pair8(__m256i a, __m256i b, int c) {
    const __m256i high = _mm256_set1_epi32(255 << 16);
    const __m256i up = c < 2 ? _mm256_slli_epi32(b, 16 - 8 * c) : _mm256_srli_epi32(b, 8 * c - 16);
    return _mm256_or_si256(channel8(a, c), _mm256_and_si256(up, high));
}

/* sum wx v (or v^2) over one row of taps. */
static inline __m256i across_row(const __m256i px[TAPS_MAX], const __m256i wx[TAPS_MAX], int c, bool squares, int n) {
    if (squares) {
        __m256i sum = _mm256_setzero_si256();
        for (int k = 0; k < n; k++) {
            const __m256i v = channel8(px[k], c);
            sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_mullo_epi16(v, v), wx[k]));
        }
        return sum;
    }
    const __m256i w01 = _mm256_or_si256(wx[0], _mm256_slli_epi32(wx[1], 16));
    const __m256i left = _mm256_madd_epi16(pair8(px[0], px[1], c), w01);
    if (n == 3) {
        return _mm256_add_epi32(left, _mm256_madd_epi16(channel8(px[2], c), wx[2]));
    }
    const __m256i w23 = _mm256_or_si256(wx[2], _mm256_slli_epi32(wx[3], 16));
    return _mm256_add_epi32(left, _mm256_madd_epi16(pair8(px[2], px[3], c), w23));
}

static inline __m256d double_half(__m256i v, int half) {
    return _mm256_cvtepi32_pd(half ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v));
}

/* floor(sqrt(sum wy row / w) + 0.5); the sums are below 2^37. */
static inline __m256i root_of_rows(const __m256i rows[TAPS_MAX], const __m256i wy[TAPS_MAX], __m256i w, int n) {
    __m128i r[2];
    for (int half = 0; half < 2; half++) {
        __m256d sum = _mm256_setzero_pd();
        for (int k = 0; k < n; k++) {
            sum = _mm256_add_pd(sum, _mm256_mul_pd(double_half(rows[k], half), double_half(wy[k], half)));
        }
        const __m256d root = _mm256_sqrt_pd(_mm256_div_pd(sum, double_half(w, half)));
        r[half] = _mm256_cvttpd_epi32(_mm256_add_pd(root, _mm256_set1_pd(0.5)));
    }
    return _mm256_set_m128i(r[1], r[0]);
}

/* Eight opaque boxes: sums across the rows, then down. */
static inline __m256i mean8_n(const taps8_n *t, const __m256i wx[TAPS_MAX], const __m256i wy[TAPS_MAX], bool rms,
                              int n) {
    __m256i x_sum = wx[0], y_sum = wy[0], out = imx_alpha_bytes();
    for (int k = 1; k < n; k++) {
        x_sum = _mm256_add_epi32(x_sum, wx[k]);
        y_sum = _mm256_add_epi32(y_sum, wy[k]);
    }
    const __m256i w = _mm256_mullo_epi32(x_sum, y_sum);
    for (int c = 0; c < 3; c++) {
        __m256i rows[TAPS_MAX], v = _mm256_setzero_si256();
        for (int k = 0; k < n; k++) {
            rows[k] = across_row(t->px[k], wx, c, rms, n);
            v = rms ? v : _mm256_add_epi32(v, _mm256_mullo_epi32(rows[k], wy[k]));
        }
        v = rms ? root_of_rows(rows, wy, w, n) : divide8(v, w);
        out = _mm256_or_si256(out, _mm256_slli_epi32(v, 8 * c));
    }
    return out;
}

static inline bool all_opaque_n(const taps8_n *t, int n) {
    __m256i all = t->px[0][0];
    for (int k = 1; k < n * n; k++) {
        all = _mm256_and_si256(all, t->px[k / n][k % n]);
    }
    return _mm256_testc_si256(all, imx_alpha_bytes());
}

/* Whether the first taps are opaque, which spares mixed boxes the gathers of the others. */
static inline bool first_opaque(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y) {
    const __m256i row = _mm256_mullo_epi32(y->first, _mm256_set1_epi32((int32_t)job->src_stride));
    const __m256i at = _mm256_add_epi32(row, _mm256_slli_epi32(x->first, 2));
    const __m256i px = _mm256_i32gather_epi32((const int *)(const void *)job->src, at, 1);
    return _mm256_testc_si256(px, imx_alpha_bytes());
}

/* false: for another implementation. (An average of at most 2 x 2 taps has the weights of its bilinear warp here.) */
static inline bool extreme_or_mean8(const imx_warp_area_rgba8 *job, const imx_axis8 *x, const imx_axis8 *y,
                                    imx_area_method method, int n, uint8_t *dst) {
    if (method != IMX_AREA_MIN && method != IMX_AREA_MAX && !first_opaque(job, x, y)) {
        return false;
    }
    const taps8_n t = load_taps_n(job, x, y, n);
    if (method == IMX_AREA_MIN || method == IMX_AREA_MAX) {
        imx_store256(dst, extreme8_n(job, &t, method == IMX_AREA_MAX, n));
        return true;
    }
    if (!all_opaque_n(&t, n)) {
        return false;
    }
    __m256i wx[TAPS_MAX], wy[TAPS_MAX];
    weights8_n(x, n, wx);
    weights8_n(y, n, wy);
    imx_store256(dst, mean8_n(&t, wx, wy, method == IMX_AREA_RMS, n));
    return true;
}

static inline bool warp8_n(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    imx_axis8 x, y;
    if (method == IMX_AREA_MODE || method == IMX_AREA_MED || method == IMX_AREA_Q1 || method == IMX_AREA_Q3 ||
        !imx_axis8_of(job->boxes.x0_q16 + i, job->boxes.x1_q16 + i, job->src_w, TAPS_MAX, &x) ||
        !imx_axis8_of(job->boxes.y0_q16 + i, job->boxes.y1_q16 + i, job->src_h, TAPS_MAX, &y)) {
        return false;
    }
    uint8_t *dst = job->dst + 4 * i;
    return at_most(&x, &y, 3) ? extreme_or_mean8(job, &x, &y, method, 3, dst)
                              : extreme_or_mean8(job, &x, &y, method, 4, dst);
}

/* ---- any ---- */

static inline bool warp8(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    imx_axis8 x, y;
    if (!imx_axis8_of(job->boxes.x0_q16 + i, job->boxes.x1_q16 + i, job->src_w, 2, &x) ||
        !imx_axis8_of(job->boxes.y0_q16 + i, job->boxes.y1_q16 + i, job->src_h, 2, &y)) {
        return false;
    }
    uint8_t *dst = job->dst + 4 * i;
    switch (method) {
    case IMX_AREA_AVERAGE: return average8(job, &x, &y, dst);
    case IMX_AREA_RMS: return rms8(job, &x, &y, dst);
    default: return count8(job, &x, &y, method, dst);
    }
}

static inline bool any8(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    return warp8(job, i, method) || warp8_n(job, i, method);
}

/* (A case for each, so that the method is a constant all the way down.) */
bool imx_avx2_area8(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    const int64_t stride = llabs((long long)job->src_stride);
    if (stride * job->src_h + 4 * (int64_t)job->src_w > INT32_MAX) {
        return false; /* beyond what a gather reaches */
    }
    switch (method) {
    case IMX_AREA_AVERAGE: return any8(job, i, IMX_AREA_AVERAGE);
    case IMX_AREA_MODE: return any8(job, i, IMX_AREA_MODE);
    case IMX_AREA_MIN: return any8(job, i, IMX_AREA_MIN);
    case IMX_AREA_MAX: return any8(job, i, IMX_AREA_MAX);
    case IMX_AREA_MED: return any8(job, i, IMX_AREA_MED);
    case IMX_AREA_Q1: return any8(job, i, IMX_AREA_Q1);
    case IMX_AREA_Q3: return any8(job, i, IMX_AREA_Q3);
    default: return any8(job, i, IMX_AREA_RMS);
    }
}
