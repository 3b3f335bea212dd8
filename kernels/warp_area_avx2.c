/* kernels/warp_area_avx2.c: area warps: what cannot be done eight output pixels at a time (warp_area_eight_avx2.c) is
 * done one by one, eight taps of a row at once. */
#include "kernels/warp_area_avx2.h"

static inline int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }

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

static inline __m256i column_weights(const imx_area_axis *x, columns c) {
    const __m256i n = column_numbers(c), mask = column_mask(x, c);
    if (x->count <= 2) {
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

static inline row_weights row_weights_of(const imx_area_axis *y) {
    if (y->count <= 2) {
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

/* As sum_columns() of colours (or their squares) weighted by alpha, and of alpha, down rows [first, first + rows):
 * below 2^8 * 2^16 * rows. Squares: of one row, 256 * 255^3 at most. */
static inline column_sums sum_mixed_columns(const imx_warp_area_rgba8 *job, const row_weights *wy, const uint8_t *p,
                                            int32_t first, int32_t rows, bool squares) {
    column_sums s = no_sums();
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi32(1);
    p += (ptrdiff_t)first * job->src_stride;
    for (int32_t k = first; k < first + rows; k++, p += job->src_stride) {
        const __m256i w = _mm256_set1_epi32(row_weight(wy, k));
        const __m256i row = imx_load256(p);
        const __m256i lo = _mm256_unpacklo_epi8(row, zero), hi = _mm256_unpackhi_epi8(row, zero);
        const __m256i px[4] = {_mm256_unpacklo_epi16(lo, zero), _mm256_unpackhi_epi16(lo, zero),
                               _mm256_unpacklo_epi16(hi, zero), _mm256_unpackhi_epi16(hi, zero)};
        for (int i = 0; i < 4; i++) {
            const __m256i wa = _mm256_mullo_epi32(_mm256_shuffle_epi32(px[i], 0xff), w);
            const __m256i colours = squares ? _mm256_mullo_epi16(px[i], px[i]) : px[i];
            const __m256i v = _mm256_blend_epi32(colours, one, 0x88);
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

static inline void store_opaque(__m256i c, int64_t weight, bool rms, uint8_t *dst) {
    __m128i v;
    if (rms) {
        const __m256d mean = _mm256_div_pd(as_doubles(c), _mm256_set1_pd((double)weight));
        v = _mm256_cvttpd_epi32(_mm256_add_pd(_mm256_sqrt_pd(mean), _mm256_set1_pd(0.5)));
    } else {
        const __m256d n = as_doubles(_mm256_add_epi64(c, _mm256_set1_epi64x(weight / 2)));
        v = _mm256_cvttpd_epi32(_mm256_div_pd(n, _mm256_set1_pd((double)weight)));
    }
    v = _mm_packus_epi32(v, v);
    v = _mm_packus_epi16(v, v);
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

static inline void mixed_sums(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                              bool squares, imx_area_sums *out) {
    box_sums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    const row_weights wy = row_weights_of(y);
    const int32_t rows = squares ? 1 : y->count; /* as many as 32 bits can sum */
    for (int32_t k = 0; 8 * k < x->count; k++) {
        const columns c = columns_of(job, x, k);
        const __m256i wx = column_weights(x, c);
        const uint8_t *p = imx_area_source(job, c.at, y->first);
        for (int32_t first = 0; first < y->count; first += rows) {
            const column_sums s = sum_mixed_columns(job, &wy, p, first, rows, squares);
            add_columns(&sums, &s, wx);
        }
    }
    uint64_t c[4];
    get_sums(&sums, c);
    memcpy(out->c, c, sizeof out->c);
    out->s = c[3];
}

static inline void store_mean(const imx_area_sums *sums, bool rms, bool binary_alpha, uint8_t *dst) {
    (rms ? imx_area_store_rms : imx_area_store_average)(sums, binary_alpha, dst);
}

/* A box that is not opaque. */
static void mixed_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, bool rms,
                        uint8_t *dst) {
    imx_area_sums sums = {.w = (uint64_t)(imx_area_weights(x) * imx_area_weights(y))};
    if (rms) {
        mixed_sums(job, x, y, true, &sums);
    } else {
        mixed_sums(job, x, y, false, &sums);
    }
    store_mean(&sums, rms, job->binary_alpha, dst);
}

/* Rows whose sums fit 32 bits. */
enum { ROWS_MAX = 255 };

/* Whether the taps in the box's corners are: most boxes that are not opaque show it here. */
static inline bool corners_opaque(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y) {
    const uint8_t *top = imx_area_source(job, x->first, y->first) + 3;
    const uint8_t *bottom = top + (ptrdiff_t)(y->count - 1) * job->src_stride;
    const ptrdiff_t right = 4 * (ptrdiff_t)(x->count - 1);
    return (top[0] & top[right] & bottom[0] & bottom[right]) == 255;
}

static inline void mean_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, bool rms,
                              uint8_t *dst) {
    if (!corners_opaque(job, x, y)) {
        mixed_pixel(job, x, y, rms, dst);
        return;
    }
    const row_weights w = row_weights_of(y);
    box_sums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    if (x->count <= 4) {
        const int32_t at = min_i32(x->first, job->src_w - 4);
        const column_sums s = sum_four_columns(job, y, &w, at, rms);
        const __m256i weights = column_weights(x, (columns){at, x->first});
        add_columns(&sums, &s, _mm256_permute4x64_epi64(weights, 0x44));
    } else {
        for (int32_t k = 0; 8 * k < x->count; k++) {
            const columns c = columns_of(job, x, k);
            const column_sums s = sum_columns(job, y, &w, c, rms);
            add_columns(&sums, &s, column_weights(x, c));
        }
    }
    const __m256i in_order = sums_in_order(&sums);
    const int64_t weight = imx_area_weights(x) * imx_area_weights(y), one = rms ? 65025 : 255;
    if (_mm256_extract_epi64(in_order, 3) == one * weight && weight < (int64_t)1 << 35) {
        store_opaque(in_order, weight, rms, dst);
        return;
    }
    if (_mm256_extract_epi64(in_order, 3) != one * weight) {
        mixed_pixel(job, x, y, rms, dst);
        return;
    }
    uint64_t c[4];
    get_sums(&sums, c);
    store_mean(&(imx_area_sums){{255 * c[0], 255 * c[1], 255 * c[2]}, 255 * (uint64_t)weight, (uint64_t)weight}, rms,
               job->binary_alpha, dst);
}

static void average_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y,
                          uint8_t *dst) {
    if ((x->count <= 2 && y->count <= 2) || y->count > ROWS_MAX) {
        imx_area_average_pixel(job, x, y, dst);
    } else {
        mean_pixel(job, x, y, false, dst);
    }
}

static void rms_pixel(const imx_warp_area_rgba8 *job, const imx_area_axis *x, const imx_area_axis *y, uint8_t *dst) {
    if (y->count > ROWS_MAX || x->count > (1 << 22) / ROWS_MAX) {
        imx_area_rms_pixel(job, x, y, dst);
    } else {
        mean_pixel(job, x, y, true, dst);
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
            const __m256i px = imx_load256(p), invalid = _mm256_or_si256(imx_invalid8(px), others);
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
            const __m256i px = imx_load256(p), valid = _mm256_andnot_si256(imx_invalid8(px), mask);
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

/* Where nothing but modes of 2 x 2 taps is done eight at a time: of boxes beyond 1 1/8 px, eight that touch each other
 * hardly ever are that small. The reference is quicker in runs. */
enum { RUN = 64, WIDE_Q16 = IMX_Q16_ONE * 9 / 8 };

static inline bool mode_is_wide(const imx_area_boxes *b, size_t i) {
    return (int64_t)b->x1_q16[i] - b->x0_q16[i] > WIDE_Q16 || (int64_t)b->y1_q16[i] - b->y0_q16[i] > WIDE_Q16;
}

static inline void warp_row(const imx_warp_area_rgba8 *job, imx_area_method method, imx_area_pixel_fn pixel) {
    pixel = job->src_w >= 8 ? pixel : imx_area_pixels[method];
    size_t i = 0;
    while (i + 8 <= job->n) {
        if (method == IMX_AREA_MODE && mode_is_wide(&job->boxes, i)) {
            const size_t n = job->n - i < RUN ? job->n - i : RUN;
            imx_ref_area_mode(job, i, n);
            i += n;
            continue;
        }
        if (!imx_avx2_area8(job, i, method)) {
            warp_pixels(job, i, 8, pixel);
        }
        i += 8;
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
static void rms_row(const imx_warp_area_rgba8 *job) { warp_row(job, IMX_AREA_RMS, rms_pixel); }

void imx_avx2_warp_area_install(imx_warp_area_kernels *table) {
    const imx_warp_area_rgba8_fn rows[IMX_AREA_METHODS] = {average_row, mode_row, min_row, max_row,
                                                           med_row,     q1_row,   q3_row,  rms_row};
    memcpy(table->rgba8, rows, sizeof rows);
    imx_avx2_warp_area_plane_install(table);
}
