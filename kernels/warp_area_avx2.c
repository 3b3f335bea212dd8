/* kernels/warp_area_avx2.c: area warps. Output pixels in groups of eight where every box touches at most 2 x 2 taps
 * (all magnification, and 1:1) or 4 x 4; else one by one, eight taps of a row at a time. */
#include "kernels/reference.h"
#include "kernels/warp_area_inner.h"
#include "kernels/warp_avx2.h"

static inline int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/* ---- eight boxes of at most 2 x 2 taps ------------------------------------------------------------------------ */

typedef struct axis8 {
    __m256i lo, hi, first;
    __m256i two; /* mask: a second tap */
} axis8;

/* Eight boxes along one axis; false unless all lie in the window and have at most two taps. (The last 32768 of an int32
 * cannot be rounded up; they are outside anyhow.) */
static inline bool axis8_of(const int32_t *lo_q16, const int32_t *hi_q16, int32_t size, axis8 *out) {
    const __m256i end = _mm256_set1_epi32(size * IMX_Q16_ONE), one = _mm256_set1_epi32(1);
    const __m256i lo = imx_load256(lo_q16), hi = imx_load256(hi_q16);
    const __m256i bad = _mm256_or_si256(_mm256_or_si256(lo, _mm256_cmpgt_epi32(lo, hi)), _mm256_cmpgt_epi32(hi, end));
    const __m256i outside = _mm256_or_si256(bad, _mm256_cmpeq_epi32(lo, end));
    out->lo = lo;
    out->hi = hi;
    out->first = _mm256_srai_epi32(lo, 16);
    const __m256i last = _mm256_max_epi32(_mm256_srai_epi32(_mm256_sub_epi32(hi, one), 16), out->first);
    const __m256i more = _mm256_sub_epi32(last, out->first);
    out->two = _mm256_cmpgt_epi32(more, _mm256_setzero_si256());
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_or_si256(outside, _mm256_cmpgt_epi32(more, one)))) == 0;
}

/* f of imx_area_phase(). */
static inline __m256i phase8(const axis8 *a) {
    const __m256i edge = _mm256_slli_epi32(_mm256_add_epi32(a->first, _mm256_set1_epi32(1)), 16);
    const __m256 second = _mm256_cvtepi32_ps(_mm256_sub_epi32(a->hi, edge));
    const __m256 all = _mm256_cvtepi32_ps(_mm256_sub_epi32(a->hi, a->lo));
    const __m256 f = _mm256_div_ps(_mm256_mul_ps(_mm256_set1_ps(256.0F), second), all);
    const __m256i q = _mm256_cvttps_epi32(_mm256_add_ps(f, _mm256_set1_ps(0.5F)));
    return _mm256_and_si256(_mm256_min_epi32(q, _mm256_set1_epi32(255)), a->two);
}

/* Coverage weights of both taps. */
static inline void coverage8(const axis8 *a, __m256i w[2]) {
    const __m256i one = _mm256_set1_epi32(1), half = _mm256_set1_epi32(128);
    const __m256i edge = _mm256_slli_epi32(_mm256_add_epi32(a->first, one), 16);
    const __m256i c0 = _mm256_sub_epi32(_mm256_blendv_epi8(a->hi, edge, a->two), a->lo);
    const __m256i c1 = _mm256_sub_epi32(a->hi, edge);
    w[0] = _mm256_max_epi32(_mm256_srli_epi32(_mm256_add_epi32(c0, half), 8), one);
    w[1] = _mm256_and_si256(_mm256_max_epi32(_mm256_srai_epi32(_mm256_add_epi32(c1, half), 8), one), a->two);
}

static inline void share8(const axis8 *a, __m256i w[2]) {
    w[1] = phase8(a);
    w[0] = _mm256_sub_epi32(_mm256_set1_epi32(IMX_AREA_WEIGHT_ONE), w[1]);
}

/* The four taps of each box, row by row; a tap that it does not have is the one beside or above it again. */
typedef struct taps8 {
    __m256i px[4];
} taps8;

static inline taps8 load_taps(const imx_warp_area_rgba8 *job, const axis8 *x, const axis8 *y) {
    const __m256i stride = _mm256_set1_epi32((int32_t)job->src_stride);
    const __m256i at = _mm256_add_epi32(_mm256_mullo_epi32(y->first, stride), _mm256_slli_epi32(x->first, 2));
    const __m256i right = _mm256_add_epi32(at, _mm256_and_si256(x->two, _mm256_set1_epi32(4)));
    const __m256i below = _mm256_and_si256(y->two, stride);
    const int *src = (const int *)(const void *)job->src;
    return (taps8){{_mm256_i32gather_epi32(src, at, 1), _mm256_i32gather_epi32(src, right, 1),
                    _mm256_i32gather_epi32(src, _mm256_add_epi32(at, below), 1),
                    _mm256_i32gather_epi32(src, _mm256_add_epi32(right, below), 1)}};
}

static inline __m256i alpha_bytes(void) { return _mm256_set1_epi32((int32_t)0xff000000); }

static inline bool all_opaque(const taps8 *t) {
    const __m256i all = _mm256_and_si256(_mm256_and_si256(t->px[0], t->px[1]), _mm256_and_si256(t->px[2], t->px[3]));
    return _mm256_testc_si256(all, alpha_bytes());
}

static inline __m256i channel8(__m256i px, int c) {
    return _mm256_and_si256(_mm256_srli_epi32(px, 8 * c), _mm256_set1_epi32(255));
}

typedef enum mean_kind { AVERAGE, SUM, RMS } mean_kind; /* how pixels are weighted */

static inline __m256i min255(__m256i v) { return _mm256_min_epi32(v, _mm256_set1_epi32(255)); }

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

/* Eight opaque boxes: sum, rms. */
static inline __m256i weighted8(const taps8 *t, const __m256i w[4], mean_kind kind) {
    __m256i out = alpha_bytes();
    for (int c = 0; c < 3; c++) {
        __m256i n = kind == SUM ? _mm256_set1_epi32(32768) : _mm256_setzero_si256();
        for (int k = 0; k < 4; k++) {
            const __m256i v = channel8(t->px[k], c);
            n = _mm256_add_epi32(n, _mm256_mullo_epi32(w[k], kind == SUM ? v : _mm256_mullo_epi16(v, v)));
        }
        n = kind == SUM ? min255(_mm256_srli_epi32(n, 16)) : root8(n);
        out = _mm256_or_si256(out, _mm256_slli_epi32(n, 8 * c));
    }
    return out;
}

/* false: for another implementation. */
static inline bool mean8(const imx_warp_area_rgba8 *job, const axis8 *x, const axis8 *y, mean_kind kind, uint8_t *dst) {
    const taps8 t = load_taps(job, x, y);
    if (!all_opaque(&t)) {
        return false;
    }
    __m256i wx[2], wy[2];
    (kind == SUM ? coverage8 : share8)(x, wx);
    (kind == SUM ? coverage8 : share8)(y, wy);
    const __m256i w[4] = {_mm256_mullo_epi32(wx[0], wy[0]), _mm256_mullo_epi32(wx[1], wy[0]),
                          _mm256_mullo_epi32(wx[0], wy[1]), _mm256_mullo_epi32(wx[1], wy[1])};
    imx_store256(dst, weighted8(&t, w, kind));
    return true;
}

/* An average is the bilinear warp, whose taps must all be there. */
static inline bool average8(const imx_warp_area_rgba8 *job, const axis8 *x, const axis8 *y, uint8_t *dst) {
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

static inline __m256i invalid8(__m256i px) {
    return _mm256_cmpeq_epi32(_mm256_and_si256(px, alpha_bytes()), _mm256_setzero_si256());
}

static inline __m256i finish8(const imx_warp_area_rgba8 *job, __m256i v, __m256i nothing) {
    v = job->binary_alpha ? _mm256_or_si256(v, alpha_bytes()) : v;
    return _mm256_andnot_si256(nothing, v);
}

static inline __m256i extreme8(const imx_warp_area_rgba8 *job, const taps8 *t, bool max) {
    __m256i v = max ? _mm256_setzero_si256() : _mm256_set1_epi8(-1), nothing = _mm256_set1_epi8(-1);
    for (int k = 0; k < 4; k++) {
        const __m256i invalid = invalid8(t->px[k]);
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

static inline bool count8(const imx_warp_area_rgba8 *job, const axis8 *x, const axis8 *y, imx_area_method method,
                          uint8_t *dst) {
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

typedef struct axis8_n {
    __m256i lo, hi, first, more; /* more: taps but for the first */
} axis8_n;

static inline bool axis8_n_of(const int32_t *lo_q16, const int32_t *hi_q16, int32_t size, axis8_n *out) {
    const __m256i end = _mm256_set1_epi32(size * IMX_Q16_ONE), one = _mm256_set1_epi32(1);
    const __m256i lo = imx_load256(lo_q16), hi = imx_load256(hi_q16);
    const __m256i bad = _mm256_or_si256(_mm256_or_si256(lo, _mm256_cmpgt_epi32(lo, hi)), _mm256_cmpgt_epi32(hi, end));
    const __m256i outside = _mm256_or_si256(bad, _mm256_cmpeq_epi32(lo, end));
    out->lo = lo;
    out->hi = hi;
    out->first = _mm256_srai_epi32(lo, 16);
    const __m256i last = _mm256_max_epi32(_mm256_srai_epi32(_mm256_sub_epi32(hi, one), 16), out->first);
    out->more = _mm256_sub_epi32(last, out->first);
    const __m256i many = _mm256_cmpgt_epi32(out->more, _mm256_set1_epi32(TAPS_MAX - 1));
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_or_si256(outside, many))) == 0;
}

/* Whether no box of the eight has more taps than this. */
static inline bool at_most(const axis8_n *x, const axis8_n *y, int taps) {
    const __m256i more = _mm256_max_epi32(x->more, y->more);
    return _mm256_movemask_epi8(_mm256_cmpgt_epi32(more, _mm256_set1_epi32(taps - 1))) == 0;
}

/* Mask: there is a tap k. */
static inline __m256i has_tap(const axis8_n *a, int k) { return _mm256_cmpgt_epi32(a->more, _mm256_set1_epi32(k - 1)); }

/* Weights of the taps, 0 of those that are not there. */
static inline void weights8_n(const axis8_n *a, bool shares, int n, __m256i w[TAPS_MAX]) {
    const __m256i one = _mm256_set1_epi32(1), px = _mm256_set1_epi32(IMX_Q16_ONE);
    __m256i edge = _mm256_slli_epi32(a->first, 16);
    for (int k = 0; k < n; k++) {
        const __m256i next = _mm256_add_epi32(edge, px); /* (may wrap beyond the last tap, which is masked) */
        const __m256i covered = _mm256_sub_epi32(_mm256_min_epi32(a->hi, next), _mm256_max_epi32(a->lo, edge));
        const __m256i c = _mm256_srai_epi32(_mm256_add_epi32(covered, _mm256_set1_epi32(128)), 8);
        w[k] = _mm256_and_si256(_mm256_max_epi32(c, one), has_tap(a, k));
        edge = next;
    }
    if (shares) {
        const axis8 two = {a->lo, a->hi, a->first, has_tap(a, 1)};
        const __m256i f = phase8(&two), long_axis = has_tap(a, 2);
        w[0] = _mm256_blendv_epi8(_mm256_sub_epi32(_mm256_set1_epi32(IMX_AREA_WEIGHT_ONE), f), w[0], long_axis);
        w[1] = _mm256_blendv_epi8(f, w[1], long_axis);
    }
}

/* Row by row; a tap that is not there is its neighbour again. */
typedef struct taps8_n {
    __m256i px[TAPS_MAX][TAPS_MAX];
} taps8_n;

static inline taps8_n load_taps_n(const imx_warp_area_rgba8 *job, const axis8_n *x, const axis8_n *y, int n) {
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
        const __m256i px = t->px[k / n][k % n], invalid = invalid8(px);
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
static inline __m256i mean8_n(const taps8_n *t, const __m256i wx[TAPS_MAX], const __m256i wy[TAPS_MAX], mean_kind kind,
                              int n) {
    __m256i x_sum = wx[0], y_sum = wy[0], out = alpha_bytes();
    for (int k = 1; k < n; k++) {
        x_sum = _mm256_add_epi32(x_sum, wx[k]);
        y_sum = _mm256_add_epi32(y_sum, wy[k]);
    }
    const __m256i w = _mm256_mullo_epi32(x_sum, y_sum);
    for (int c = 0; c < 3; c++) {
        __m256i rows[TAPS_MAX], v = _mm256_setzero_si256();
        for (int k = 0; k < n; k++) {
            rows[k] = across_row(t->px[k], wx, c, kind == RMS, n);
            v = kind == RMS ? v : _mm256_add_epi32(v, _mm256_mullo_epi32(rows[k], wy[k]));
        }
        v = kind == RMS   ? root_of_rows(rows, wy, w, n)
            : kind == SUM ? min255(_mm256_srli_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(32768)), 16))
                          : divide8(v, w);
        out = _mm256_or_si256(out, _mm256_slli_epi32(v, 8 * c));
    }
    return out;
}

static inline bool all_opaque_n(const taps8_n *t, int n) {
    __m256i all = t->px[0][0];
    for (int k = 1; k < n * n; k++) {
        all = _mm256_and_si256(all, t->px[k / n][k % n]);
    }
    return _mm256_testc_si256(all, alpha_bytes());
}

/* false: for another implementation. (An average of at most 2 x 2 taps has the weights of its bilinear warp here.) */
static inline bool extreme_or_mean8(const imx_warp_area_rgba8 *job, const axis8_n *x, const axis8_n *y,
                                    imx_area_method method, int n, uint8_t *dst) {
    const taps8_n t = load_taps_n(job, x, y, n);
    if (method == IMX_AREA_MIN || method == IMX_AREA_MAX) {
        imx_store256(dst, extreme8_n(job, &t, method == IMX_AREA_MAX, n));
        return true;
    }
    if (!all_opaque_n(&t, n)) {
        return false;
    }
    const mean_kind kind = method == IMX_AREA_SUM ? SUM : method == IMX_AREA_RMS ? RMS : AVERAGE;
    __m256i wx[TAPS_MAX], wy[TAPS_MAX];
    weights8_n(x, kind != SUM, n, wx);
    weights8_n(y, kind != SUM, n, wy);
    imx_store256(dst, mean8_n(&t, wx, wy, kind, n));
    return true;
}

static inline bool warp8_n(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    axis8_n x, y;
    if (method == IMX_AREA_MODE || method == IMX_AREA_MED || method == IMX_AREA_Q1 || method == IMX_AREA_Q3 ||
        !axis8_n_of(job->boxes.x0_q16 + i, job->boxes.x1_q16 + i, job->src_w, &x) ||
        !axis8_n_of(job->boxes.y0_q16 + i, job->boxes.y1_q16 + i, job->src_h, &y)) {
        return false;
    }
    uint8_t *dst = job->dst + 4 * i;
    return at_most(&x, &y, 3) ? extreme_or_mean8(job, &x, &y, method, 3, dst)
                              : extreme_or_mean8(job, &x, &y, method, 4, dst);
}

/* ---- one box, eight columns at a time -------------------------------------------------------------------------- */

/* Columns [at, at + 8) of the window, of which those from `from` to the box's end belong to it. */
typedef struct columns {
    int32_t at, from;
} columns;

/* The k-th eight columns of a box, moved to the left where the window would end. The window is 8 px wide at least. */
static inline columns columns_of(const imx_warp_area_rgba8 *job, const imx_area_axis *x, int32_t k) {
    const int32_t from = x->first + 8 * k;
    return (columns){min_i32(from, job->src_w - 8), from};
}

static inline __m256i column_numbers(columns c) {
    return _mm256_add_epi32(_mm256_set1_epi32(c.at), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline __m256i column_mask(const imx_area_axis *x, columns c) {
    const __m256i n = column_numbers(c);
    return _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(c.from), n),
                               _mm256_cmpgt_epi32(_mm256_set1_epi32(x->first + x->count), n));
}

static inline __m256i column_weights(const imx_area_axis *x, columns c, bool shares) {
    const __m256i n = column_numbers(c), mask = column_mask(x, c);
    if (shares && x->count <= 2) {
        const __m256i f = _mm256_set1_epi32(imx_area_phase(x)), one = _mm256_set1_epi32(IMX_AREA_WEIGHT_ONE);
        const __m256i first = _mm256_cmpeq_epi32(n, _mm256_set1_epi32(x->first));
        return _mm256_and_si256(_mm256_blendv_epi8(f, _mm256_sub_epi32(one, f), first), mask);
    }
    const __m256i edge = _mm256_slli_epi32(n, 16);
    const __m256i lo = _mm256_max_epi32(_mm256_set1_epi32(x->lo_q16), edge);
    /* (edge + 1 px may wrap in columns beyond the box; they are masked) */
    const __m256i hi =
        _mm256_min_epi32(_mm256_set1_epi32(x->hi_q16), _mm256_add_epi32(edge, _mm256_set1_epi32(IMX_Q16_ONE)));
    const __m256i w = _mm256_srai_epi32(_mm256_add_epi32(_mm256_sub_epi32(hi, lo), _mm256_set1_epi32(128)), 8);
    return _mm256_and_si256(_mm256_max_epi32(w, _mm256_set1_epi32(1)), mask);
}

/* The weights of a box's rows. */
typedef struct row_weights {
    int32_t first, last, count; /* between them IMX_AREA_WEIGHT_ONE */
} row_weights;

static inline row_weights row_weights_of(const imx_area_axis *y, bool shares) {
    if (shares && y->count <= 2) {
        const int32_t f = imx_area_phase(y);
        return (row_weights){IMX_AREA_WEIGHT_ONE - f, f, y->count};
    }
    return (row_weights){imx_area_coverage(y, y->first), imx_area_coverage(y, y->first + y->count - 1), y->count};
}

/* Of the k-th row; 0 beyond the box. */
static inline int32_t row_weight(const row_weights *w, int32_t k) {
    return k == 0 ? w->first : k < w->count - 1 ? IMX_AREA_WEIGHT_ONE : k == w->count - 1 ? w->last : 0;
}

/* Sums down the columns: lane 0 of v[k] is column k, lane 1 column k + 4, four channels each. */
typedef struct column_sums {
    __m256i v[4];
} column_sums;

/* Two rows of eight columns, each channel's samples side by side in words. */
static inline void side_by_side(__m256i a, __m256i b, __m256i out[4]) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i lo = _mm256_unpacklo_epi8(a, b), hi = _mm256_unpackhi_epi8(a, b);
    out[0] = _mm256_unpacklo_epi8(lo, zero);
    out[1] = _mm256_unpackhi_epi8(lo, zero);
    out[2] = _mm256_unpacklo_epi8(hi, zero);
    out[3] = _mm256_unpackhi_epi8(hi, zero);
}

/* Adds two rows of each lane, whose weights are w0 and w1 (in each lane). Channels as they are (alpha too), or squared:
 * a column's sum is below 2^8 * 2^16 * rows. whole: the weights are all IMX_AREA_WEIGHT_ONE. */
static inline void add_rows(column_sums *s, __m256i a, __m256i b, __m256i w0, __m256i w1, bool squares, bool whole) {
    __m256i rows[4];
    side_by_side(a, b, rows);
    for (int i = 0; i < 4; i++) {
        __m256i sum;
        if (!squares) {
            sum = _mm256_madd_epi16(rows[i], _mm256_or_si256(w0, _mm256_slli_epi32(w1, 16)));
        } else if (whole) {
            sum = _mm256_slli_epi32(_mm256_madd_epi16(rows[i], rows[i]), 8);
        } else {
            const __m256i square = _mm256_mullo_epi16(rows[i], rows[i]), low = _mm256_set1_epi32(0xffff);
            sum = _mm256_add_epi32(_mm256_mullo_epi32(_mm256_and_si256(square, low), w0),
                                   _mm256_mullo_epi32(_mm256_srli_epi32(square, 16), w1));
        }
        s->v[i] = _mm256_add_epi32(s->v[i], sum);
    }
}

static inline column_sums no_sums(void) {
    const __m256i zero = _mm256_setzero_si256();
    return (column_sums){{zero, zero, zero, zero}};
}

/* Rows taken two at a time; a last one alone has a companion of weight 0. */
static inline column_sums sum_columns(const imx_warp_area_rgba8 *job, const imx_area_axis *y, const row_weights *w,
                                      columns c, bool squares) {
    column_sums s = no_sums();
    const uint8_t *p = imx_area_source(job, c.at, y->first);
    for (int32_t k = 0; k < y->count; k += 2, p += 2 * job->src_stride) {
        const int32_t w0 = row_weight(w, k), w1 = row_weight(w, k + 1);
        add_rows(&s, imx_load256(p), imx_load256(k + 1 < y->count ? p + job->src_stride : p), _mm256_set1_epi32(w0),
                 _mm256_set1_epi32(w1), squares, w0 == IMX_AREA_WEIGHT_ONE && w1 == IMX_AREA_WEIGHT_ONE);
    }
    return s;
}

static inline __m128i load_four(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }

/* A box of at most four columns: four rows at a time, two in each lane; v[k] is column k in both. */
static inline column_sums sum_four_columns(const imx_warp_area_rgba8 *job, const imx_area_axis *y, const row_weights *w,
                                           int32_t at, bool squares) {
    column_sums s = no_sums();
    const uint8_t *p = imx_area_source(job, at, y->first);
    for (int32_t k = 0; k < y->count; k += 4, p += 4 * job->src_stride) {
        const ptrdiff_t stride = job->src_stride;
        const int32_t left = y->count - k;
        const __m128i rows[4] = {load_four(p), load_four(left > 1 ? p + stride : p),
                                 load_four(left > 2 ? p + 2 * stride : p), load_four(left > 3 ? p + 3 * stride : p)};
        add_rows(&s, _mm256_set_m128i(rows[2], rows[0]), _mm256_set_m128i(rows[3], rows[1]),
                 _mm256_set_m128i(_mm_set1_epi32(row_weight(w, k + 2)), _mm_set1_epi32(row_weight(w, k))),
                 _mm256_set_m128i(_mm_set1_epi32(row_weight(w, k + 3)), _mm_set1_epi32(row_weight(w, k + 1))), squares,
                 false);
    }
    return s;
}

/* As sum_columns() of colours (or their squares) weighted by alpha, and of alpha: below 2^8 * 2^16 * rows and, of
 * squares, 2^8 * 2^24 * rows. */
static inline column_sums sum_mixed_columns(const imx_warp_area_rgba8 *job, const imx_area_axis *y, columns c,
                                            bool shares) {
    column_sums s = {{_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()}};
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi32(1);
    const uint8_t *p = imx_area_source(job, c.at, y->first);
    for (int32_t k = 0; k < y->count; k++, p += job->src_stride) {
        const __m256i w = _mm256_set1_epi32(imx_area_weight(y, y->first + k, shares));
        const __m256i row = imx_load256(p);
        const __m256i lo = _mm256_unpacklo_epi8(row, zero), hi = _mm256_unpackhi_epi8(row, zero);
        const __m256i px[4] = {_mm256_unpacklo_epi16(lo, zero), _mm256_unpackhi_epi16(lo, zero),
                               _mm256_unpacklo_epi16(hi, zero), _mm256_unpackhi_epi16(hi, zero)};
        for (int i = 0; i < 4; i++) {
            const __m256i wa = _mm256_mullo_epi32(_mm256_shuffle_epi32(px[i], 0xff), w);
            const __m256i v = _mm256_blend_epi32(px[i], one, 0x88);
            s.v[i] = _mm256_add_epi32(s.v[i], _mm256_mullo_epi32(v, wa));
        }
    }
    return s;
}

/* Across: sums of four channels in 64 bits, channels 0 2 | 0 2 and 1 3 | 1 3. */
typedef struct box_sums {
    __m256i even, odd;
} box_sums;

static inline void add_columns(box_sums *sums, const column_sums *s, __m256i w) {
    const __m256i weights[4] = {_mm256_shuffle_epi32(w, 0x00), _mm256_shuffle_epi32(w, 0x55),
                                _mm256_shuffle_epi32(w, 0xaa), _mm256_shuffle_epi32(w, 0xff)};
    for (int i = 0; i < 4; i++) {
        sums->even = _mm256_add_epi64(sums->even, _mm256_mul_epu32(s->v[i], weights[i]));
        sums->odd = _mm256_add_epi64(sums->odd, _mm256_mul_epu32(_mm256_srli_epi64(s->v[i], 32), weights[i]));
    }
}

/* Opaque results whose sums c (alpha's last: 255 weight, or 255^2 weight of squares) are below 2^52, where doubles and
 * their quotients are exact enough for the integers of imx_area_store_*(). */
static inline __m256d as_doubles(__m256i v) {
    const __m256i magic = _mm256_castpd_si256(_mm256_set1_pd(4503599627370496.0));
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(v, magic)), _mm256_set1_pd(4503599627370496.0));
}

static inline void store_opaque(__m256i c, int64_t weight, mean_kind kind, uint8_t *dst) {
    __m128i v;
    if (kind == SUM) {
        const __m256i n = _mm256_srli_epi64(_mm256_add_epi64(c, _mm256_set1_epi64x(32768)), 16);
        const __m128i lo = _mm256_castsi256_si128(n), hi = _mm256_extracti128_si256(n, 1);
        v = _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(lo), _mm_castsi128_ps(hi), 0x88));
    } else if (kind == RMS) {
        const __m256d mean = _mm256_div_pd(as_doubles(c), _mm256_set1_pd((double)weight));
        v = _mm256_cvttpd_epi32(_mm256_add_pd(_mm256_sqrt_pd(mean), _mm256_set1_pd(0.5)));
    } else {
        const __m256d n = as_doubles(_mm256_add_epi64(c, _mm256_set1_epi64x(weight / 2)));
        v = _mm256_cvttpd_epi32(_mm256_div_pd(n, _mm256_set1_pd((double)weight)));
    }
    v = _mm_packus_epi32(v, v); /* sums are below 2^31 in boxes whose totals are below 2^52 >> 16 */
    v = _mm_packus_epi16(_mm_min_epu16(v, _mm_set1_epi16(255)), v);
    const uint32_t px = (uint32_t)_mm_cvtsi128_si32(v) | 0xff000000;
    memcpy(dst, &px, 4);
}

/* The four channels, in order. */
static inline __m256i sums_in_order(const box_sums *sums) {
    const __m128i even = _mm_add_epi64(_mm256_castsi256_si128(sums->even), _mm256_extracti128_si256(sums->even, 1));
    const __m128i odd = _mm_add_epi64(_mm256_castsi256_si128(sums->odd), _mm256_extracti128_si256(sums->odd, 1));
    return _mm256_set_m128i(_mm_unpackhi_epi64(even, odd), _mm_unpacklo_epi64(even, odd));
}

static inline void get_sums(const box_sums *sums, uint64_t c[4]) {
    const __m128i even = _mm_add_epi64(_mm256_castsi256_si128(sums->even), _mm256_extracti128_si256(sums->even, 1));
    const __m128i odd = _mm_add_epi64(_mm256_castsi256_si128(sums->odd), _mm256_extracti128_si256(sums->odd, 1));
    c[0] = (uint64_t)_mm_cvtsi128_si64(even);
    c[1] = (uint64_t)_mm_cvtsi128_si64(odd);
    c[2] = (uint64_t)_mm_extract_epi64(even, 1);
    c[3] = (uint64_t)_mm_extract_epi64(odd, 1);
}

static void mixed_sums(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, bool shares,
                       imx_area_sums *out) {
    box_sums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int32_t k = 0; 8 * k < x->count; k++) {
        const columns c = columns_of(job, x, k);
        const column_sums s = sum_mixed_columns(job, y, c, shares);
        add_columns(&sums, &s, column_weights(x, c, shares));
    }
    uint64_t c[4];
    get_sums(&sums, c);
    memcpy(out->c, c, sizeof out->c);
    out->s = c[3];
}

/* Rows whose sums fit 32 bits. */
enum { ROWS_MAX = 255 };

static inline void mean_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                              mean_kind kind, uint8_t *dst) {
    const bool shares = kind != SUM, squares = kind == RMS;
    const row_weights w = row_weights_of(y, shares);
    box_sums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    if (x->count <= 4) {
        const int32_t at = min_i32(x->first, job->src_w - 4);
        const column_sums s = sum_four_columns(job, y, &w, at, squares);
        const __m256i weights = column_weights(x, (columns){at, x->first}, shares);
        add_columns(&sums, &s, _mm256_permute4x64_epi64(weights, 0x44));
    } else {
        for (int32_t k = 0; 8 * k < x->count; k++) {
            const columns c = columns_of(job, x, k);
            const column_sums s = sum_columns(job, y, &w, c, squares);
            add_columns(&sums, &s, column_weights(x, c, shares));
        }
    }
    const __m256i in_order = sums_in_order(&sums);
    const int64_t weight = imx_area_weights(x, shares) * imx_area_weights(y, shares), one = squares ? 65025 : 255;
    if (_mm256_extract_epi64(in_order, 3) == one * weight && weight < (int64_t)1 << 35) {
        store_opaque(in_order, weight, kind, dst);
        return;
    }
    imx_area_sums out = {.w = (uint64_t)weight};
    uint64_t c[4];
    get_sums(&sums, c);
    if (c[3] == (squares ? 255 * 255 : 255) * out.w) { /* opaque */
        for (int i = 0; i < 3; i++) {
            out.c[i] = 255 * c[i];
        }
        out.s = 255 * out.w;
    } else if (squares) {
        imx_area_rms_pixel(job, x, y, dst);
        return;
    } else {
        mixed_sums(job, x, y, shares, &out);
    }
    (kind == SUM   ? imx_area_store_sum
     : kind == RMS ? imx_area_store_rms
                   : imx_area_store_average)(&out, job->binary_alpha, dst);
}

static void average_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                          uint8_t *dst) {
    if ((x->count <= 2 && y->count <= 2) || y->count > ROWS_MAX) {
        imx_area_average_pixel(job, x, y, dst);
    } else {
        mean_pixel(job, x, y, AVERAGE, dst);
    }
}

static void sum_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    if (y->count > ROWS_MAX) {
        imx_area_sum_pixel(job, x, y, dst);
    } else {
        mean_pixel(job, x, y, SUM, dst);
    }
}

static void rms_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    if (y->count > ROWS_MAX || x->count > (1 << 22) / ROWS_MAX) {
        imx_area_rms_pixel(job, x, y, dst);
    } else {
        mean_pixel(job, x, y, RMS, dst);
    }
}

/* ---- min, max -------------------------------------------------------------------------------------------------- */

static inline void extreme_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                                 bool max, uint8_t *dst) {
    const __m256i all = _mm256_set1_epi8(-1);
    __m256i v = max ? _mm256_setzero_si256() : all, nothing = all;
    for (int32_t k = 0; 8 * k < x->count; k++) {
        const columns c = columns_of(job, x, k);
        const __m256i others = _mm256_andnot_si256(column_mask(x, c), all);
        const uint8_t *p = imx_area_source(job, c.at, y->first);
        for (int32_t row = 0; row < y->count; row++, p += job->src_stride) {
            const __m256i px = imx_load256(p), invalid = _mm256_or_si256(invalid8(px), others);
            nothing = _mm256_and_si256(nothing, invalid);
            v = max ? _mm256_max_epu8(v, _mm256_andnot_si256(invalid, px))
                    : _mm256_min_epu8(v, _mm256_or_si256(invalid, px));
        }
    }
    __m128i a = _mm256_castsi256_si128(v), b = _mm256_extracti128_si256(v, 1);
    a = max ? _mm_max_epu8(a, b) : _mm_min_epu8(a, b);
    b = _mm_shuffle_epi32(a, 0x4e);
    a = max ? _mm_max_epu8(a, b) : _mm_min_epu8(a, b);
    b = _mm_shuffle_epi32(a, 0xb1);
    a = max ? _mm_max_epu8(a, b) : _mm_min_epu8(a, b);
    uint32_t out = (uint32_t)_mm_cvtsi128_si32(a);
    if (_mm256_movemask_epi8(nothing) == -1) {
        out = 0;
    } else if (job->binary_alpha) {
        out |= 0xff000000;
    }
    memcpy(dst, &out, 4);
}

static void min_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    extreme_pixel(job, x, y, false, dst);
}
static void max_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    extreme_pixel(job, x, y, true, dst);
}

/* ---- quantiles: the value is found bit by bit; each bit takes a count of the samples that reach a value ---------- */

/* The valid samples of a box, eight columns a vector, others 0. Larger boxes: the reference's histogram. */
enum { VECTORS_MAX = 64 };

typedef struct box_taps {
    __m256i v[VECTORS_MAX];
    int32_t vectors, n; /* n: valid taps */
} box_taps;

static inline void gather_box(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                              box_taps *out) {
    out->vectors = 0;
    __m256i invalid_counts = _mm256_setzero_si256();
    for (int32_t k = 0; 8 * k < x->count; k++) {
        const columns c = columns_of(job, x, k);
        const __m256i mask = column_mask(x, c);
        const uint8_t *p = imx_area_source(job, c.at, y->first);
        for (int32_t row = 0; row < y->count; row++, p += job->src_stride) {
            const __m256i px = imx_load256(p), valid = _mm256_andnot_si256(invalid8(px), mask);
            invalid_counts = _mm256_sub_epi32(invalid_counts, valid);
            out->v[out->vectors++] = _mm256_and_si256(px, valid);
        }
    }
    __m128i n = _mm_add_epi32(_mm256_castsi256_si128(invalid_counts), _mm256_extracti128_si256(invalid_counts, 1));
    n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0x4e));
    n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0xb1));
    out->n = _mm_cvtsi128_si32(n);
}

/* How many samples of each channel are at least the channel's bound (the same four bytes in all pixels). */
static inline __m128i count_reached(const box_taps *taps, __m256i bound) {
    const __m256i by_channel = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, /**/
                                                0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m256i count = _mm256_setzero_si256(); /* at most VECTORS_MAX in a byte */
    for (int32_t i = 0; i < taps->vectors; i++) {
        count = _mm256_sub_epi8(count, _mm256_cmpeq_epi8(_mm256_max_epu8(taps->v[i], bound), taps->v[i]));
    }
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_shuffle_epi8(count, by_channel), _mm256_set1_epi8(1));
    const __m256i sums = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

static inline void quantile_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                                  imx_area_method method, uint8_t *dst) {
    if (x->count > 8 * VECTORS_MAX || y->count > VECTORS_MAX || (x->count + 7) / 8 * y->count > VECTORS_MAX) {
        imx_area_pixels[method](job, x, y, dst);
        return;
    }
    box_taps taps;
    gather_box(job, x, y, &taps);
    if (taps.n == 0) {
        memset(dst, 0, 4);
        return;
    }
    const int quarters = method == IMX_AREA_MED ? 2 : method == IMX_AREA_Q1 ? 1 : 3;
    /* The value at a rank is the largest v of which n - rank samples are at least v. */
    const __m128i enough = _mm_set1_epi32(taps.n - (int32_t)imx_area_rank(taps.n, quarters) - 1);
    const __m128i low_bytes = _mm_setr_epi8(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
    __m128i v = _mm_setzero_si128();
    for (int32_t bit = 128; bit; bit >>= 1) {
        const __m128i bound = _mm_or_si128(v, _mm_set1_epi32(bit));
        const __m128i count = count_reached(&taps, _mm256_broadcastsi128_si256(_mm_shuffle_epi8(bound, low_bytes)));
        v = _mm_blendv_epi8(v, bound, _mm_cmpgt_epi32(count, enough));
    }
    uint32_t out = (uint32_t)_mm_cvtsi128_si32(_mm_shuffle_epi8(v, low_bytes));
    out |= job->binary_alpha ? 0xff000000 : 0;
    memcpy(dst, &out, 4);
}

static void med_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, IMX_AREA_MED, dst);
}
static void q1_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, IMX_AREA_Q1, dst);
}
static void q3_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    quantile_pixel(job, x, y, IMX_AREA_Q3, dst);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static inline void warp_pixels(const imx_warp_area_rgba8 *job, size_t first, size_t n, imx_area_pixel_fn pixel) {
    uint8_t *dst = job->dst + 4 * first;
    for (size_t i = first; i < first + n; i++, dst += 4) {
        imx_area_axis x, y;
        if (imx_area_box(&job->boxes, i, job->src_w, job->src_h, &x, &y)) {
            pixel(job, &x, &y, dst);
        } else {
            memset(dst, 0, 4);
        }
    }
}

static inline bool warp8(const imx_warp_area_rgba8 *job, size_t i, imx_area_method method) {
    axis8 x, y;
    if (!axis8_of(job->boxes.x0_q16 + i, job->boxes.x1_q16 + i, job->src_w, &x) ||
        !axis8_of(job->boxes.y0_q16 + i, job->boxes.y1_q16 + i, job->src_h, &y)) {
        return false;
    }
    uint8_t *dst = job->dst + 4 * i;
    switch (method) {
    case IMX_AREA_AVERAGE: return average8(job, &x, &y, dst);
    case IMX_AREA_SUM: return mean8(job, &x, &y, SUM, dst);
    case IMX_AREA_RMS: return mean8(job, &x, &y, RMS, dst);
    default: return count8(job, &x, &y, method, dst);
    }
}

static inline void warp_row(const imx_warp_area_rgba8 *job, imx_area_method method, imx_area_pixel_fn pixel) {
    const int64_t stride = llabs((long long)job->src_stride);
    const bool gathers = stride * job->src_h + 4 * (int64_t)job->src_w <= INT32_MAX;
    pixel = job->src_w >= 8 ? pixel : imx_area_pixels[method];
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        if (!gathers || !(warp8(job, i, method) || warp8_n(job, i, method))) {
            warp_pixels(job, i, 8, pixel);
        }
    }
    warp_pixels(job, i, job->n - i, pixel);
}

static void average_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_AVERAGE, average_pixel); }
static void mode_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_MODE, imx_area_pixels[IMX_AREA_MODE]); }
static void min_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_MIN, min_pixel); }
static void max_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_MAX, max_pixel); }
static void med_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_MED, med_pixel); }
static void q1_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_Q1, q1_pixel); }
static void q3_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_Q3, q3_pixel); }
static void sum_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_SUM, sum_pixel); }
static void rms_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_RMS, rms_pixel); }

void imx_avx2_warp_area_install(imx_warp_area_kernels *table) {
    const imx_warp_area_rgba8_fn rows[IMX_AREA_METHODS] = {average_row, mode_row, min_row, max_row, med_row,
                                                           q1_row,      q3_row,   sum_row, rms_row};
    memcpy(table->rgba8, rows, sizeof rows);
    imx_avx2_warp_area_plane_install(table);
}
