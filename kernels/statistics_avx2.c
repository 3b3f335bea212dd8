/* kernels/statistics_avx2.c: statistics, 16 narrow or eight wide samples at a time. The histograms of whole numbers
 * stay with their references. */
#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"
#include "kernels/statistics_whole.h"

/* ---- 8 and 16 bits: all as i16, u16 with 2^15 less ---- */

IMX_GENERIC __m256i sixteen(imx_type type, const void *p) {
    switch (type) {
    case IMX_U8: return _mm256_cvtepu8_epi16(imx_load128(p));
    case IMX_I8: return _mm256_cvtepi8_epi16(imx_load128(p));
    case IMX_U16: return _mm256_xor_si256(imx_load256(p), _mm256_set1_epi16(INT16_MIN));
    default: return imx_load256(p);
    }
}

static int64_t sum_i32(__m256i v) {
    int32_t lane[8];
    int64_t sum = 0;
    imx_store256(lane, v);
    for (int l = 0; l < 8; l++) {
        sum += lane[l];
    }
    return sum;
}

static uint64_t sum_u64(__m256i v) {
    uint64_t lane[4];
    imx_store256(lane, v);
    return lane[0] + lane[1] + lane[2] + lane[3];
}

typedef struct extremes {
    __m256i min, max;
} extremes;

static void fold_extremes(imx_whole *w, extremes e, int32_t bias) {
    int16_t min[16], max[16];
    imx_store256(min, e.min);
    imx_store256(max, e.max);
    for (int l = 0; l < 16; l++) {
        w->min = min[l] + bias < w->min ? min[l] + bias : w->min;
        w->max = max[l] + bias > w->max ? max[l] + bias : w->max;
    }
}

/* Up to 2^14 times 16 samples: an i32 lane of the sum takes as many pairs. */
IMX_GENERIC void add_block(imx_type type, size_t size, const uint8_t *p, const uint8_t *valid, size_t count,
                           extremes *e, imx_whole *w) {
    const __m256i ones = _mm256_set1_epi16(1), low = _mm256_set1_epi64x(UINT32_MAX);
    __m256i sum = _mm256_setzero_si256(), squares = _mm256_setzero_si256();
    uint64_t invalid = 0;
    for (size_t k = 0; k < count; k++, p += 16 * size) {
        __m256i v = sixteen(type, p), v_min = v, v_max = v;
        if (valid) {
            const __m256i none = imx_lanes_where_zero(valid + 16 * k, 2, 0);
            invalid += (uint64_t)(unsigned)__builtin_popcount((unsigned)_mm256_movemask_epi8(none)) / 2;
            v_min = _mm256_blendv_epi8(v, e->min, none);
            v_max = _mm256_blendv_epi8(v, e->max, none);
            v = _mm256_andnot_si256(none, v);
        }
        e->min = _mm256_min_epi16(e->min, v_min);
        e->max = _mm256_max_epi16(e->max, v_max);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(v, ones));
        const __m256i pairs = _mm256_madd_epi16(v, v); /* up to 2^31: without a sign */
        squares =
            _mm256_add_epi64(squares, _mm256_add_epi64(_mm256_and_si256(pairs, low), _mm256_srli_epi64(pairs, 32)));
    }
    w->count += 16 * count - invalid;
    w->sum += sum_i32(sum);
    w->squares += sum_u64(squares);
}

IMX_GENERIC void add_whole(imx_type type, size_t size, const uint8_t *p, const uint8_t *valid, size_t n,
                           imx_statistics *to) {
    const int32_t bias = type == IMX_U16 ? 32768 : 0;
    extremes e = {_mm256_set1_epi16(INT16_MAX), _mm256_set1_epi16(INT16_MIN)};
    imx_whole w = IMX_WHOLE_NONE;
    while (n >= 16) {
        const size_t count = n / 16 < 16384 ? n / 16 : 16384;
        add_block(type, size, p, valid, count, &e, &w);
        p += 16 * size * count;
        valid = valid ? valid + 16 * count : NULL;
        n -= 16 * count;
    }
    fold_extremes(&w, e, bias);
    /* sum (v + b)^2 = sum v^2 + 2 b sum v + count b^2 */
    w.squares += (uint64_t)(2 * bias * w.sum) + w.count * (uint64_t)bias * (uint64_t)bias;
    w.sum += (int64_t)w.count * bias;
    imx_whole_add(to, &w);
    imx_ref_statistics.add[type](p, valid, n, to);
}

/* ---- 32 and 64 bits: in eight lanes of f64 ---- */

typedef struct lanes {
    __m256d sum, squares, min, max;
} lanes;

/* Returns how many of the four count. */
IMX_GENERIC unsigned add_four(imx_type type, const void *p, const uint8_t *valid, lanes *l) {
    const __m256d v = imx_four_f64(type, p);
    __m256d counts = _mm256_cmp_pd(v, v, _CMP_ORD_Q);
    if (valid) {
        counts = _mm256_andnot_pd(_mm256_castsi256_pd(imx_lanes_where_zero(valid, 8, 0)), counts);
    }
    const __m256d value = _mm256_and_pd(v, counts);
    l->sum = _mm256_add_pd(l->sum, value);
    l->squares = _mm256_add_pd(l->squares, _mm256_mul_pd(value, value));
    l->min = _mm256_min_pd(l->min, _mm256_blendv_pd(_mm256_set1_pd(HUGE_VAL), v, counts));
    l->max = _mm256_max_pd(l->max, _mm256_blendv_pd(_mm256_set1_pd(-HUGE_VAL), v, counts));
    return (unsigned)__builtin_popcount((unsigned)_mm256_movemask_pd(counts));
}

static lanes lanes_of(const imx_statistics *s, int first) {
    return (lanes){_mm256_loadu_pd(s->sum + first), _mm256_loadu_pd(s->squares + first), _mm256_set1_pd(s->min),
                   _mm256_set1_pd(s->max)};
}

static void keep_lanes(imx_statistics *s, int first, const lanes *l) {
    double min[4], max[4];
    _mm256_storeu_pd(s->sum + first, l->sum);
    _mm256_storeu_pd(s->squares + first, l->squares);
    _mm256_storeu_pd(min, l->min);
    _mm256_storeu_pd(max, l->max);
    for (int k = 0; k < 4; k++) {
        s->min = min[k] < s->min ? min[k] : s->min;
        s->max = max[k] > s->max ? max[k] : s->max;
    }
}

IMX_GENERIC void add_lanes(imx_type type, size_t size, const uint8_t *p, const uint8_t *valid, size_t n,
                           imx_statistics *to) {
    lanes lower = lanes_of(to, 0), upper = lanes_of(to, 4);
    for (; n >= 8; n -= 8, p += 8 * size) {
        to->count += add_four(type, p, valid, &lower);
        to->count += add_four(type, p + 4 * size, valid ? valid + 4 : NULL, &upper);
        valid = valid ? valid + 8 : NULL;
    }
    keep_lanes(to, 0, &lower);
    keep_lanes(to, 4, &upper);
    imx_ref_statistics.add[type](p, valid, n, to);
}

/* Once for planes without validity, once for those with. */
#define ADD(name, T, TYPE)                                                                                             \
    static void add_##name(const void *samples, const uint8_t *valid, size_t n, imx_statistics *to) {                  \
        const bool is_whole = TYPE < IMX_U32;                                                                          \
        if (valid && is_whole) {                                                                                       \
            add_whole(TYPE, sizeof(T), samples, valid, n, to);                                                         \
        } else if (valid) {                                                                                            \
            add_lanes(TYPE, sizeof(T), samples, valid, n, to);                                                         \
        } else if (is_whole) {                                                                                         \
            add_whole(TYPE, sizeof(T), samples, NULL, n, to);                                                          \
        } else {                                                                                                       \
            add_lanes(TYPE, sizeof(T), samples, NULL, n, to);                                                          \
        }                                                                                                              \
    }
IMX_EACH_TYPE(ADD)

void imx_avx2_statistics_install(imx_statistics_kernels *table) {
    const imx_statistics_add_fn add[IMX_TYPES] = IMX_BY_TYPE(add_);
    for (int type = 0; type < IMX_TYPES; type++) {
        table->add[type] = add[type];
    }
}
