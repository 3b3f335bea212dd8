/* kernels/reduce_filter_plane_avx2.c: the reductions of planes by a low-pass filter, four output samples at a time;
 * step by step what the reference does, with a short way where all samples are valid: then all weights are the same,
 * and the quotient is a product with a power of two.
 *
 * A source row is read once, into doubles: its samples at even places and those at odd ones, so that the taps of
 * neighbouring output samples are neighbours.
 */
#include <stdbool.h>
#include <string.h>

#include "kernels/avx2.h"
#include "kernels/each_type.h"
#include "kernels/intrinsics.h"
#include "kernels/reduce_filter.h"
#include "kernels/reference.h"

enum { LANES = 4, STRIP = 64, HALF = STRIP + 2 * LANES }; /* HALF: whole vectors of a row with its halo */

typedef enum row_kind { ROW_EMPTY = 1, ROW_WHOLE = 2, ROW_MIXED = 4 } row_kind;

typedef struct line { /* samples at even and at odd places: 0 where invalid, and the weight 0 or 1 of each */
    double even[HALF], odd[HALF], even_ok[HALF], odd_ok[HALF];
} line;

typedef struct sums { /* of a row of output samples */
    double value[STRIP], weight[STRIP];
    double in_quad[STRIP]; /* how many of the quad's samples in this row are valid */
    row_kind kind;
} sums;

typedef struct strip { /* output columns x .. x + n - 1 of a job; n is a multiple of LANES */
    const imx_reduce_plane *job;
    imx_type type;
    double least_weight;
    imx_reduce_plane_fn average; /* the reference's */
    size_t x, n;
    sums ring[IMX_REDUCE_TAPS_MAX];
} strip;

IMX_GENERIC __m256d all(double v) { return _mm256_set1_pd(v); }
IMX_GENERIC __m256d both(__m256d a, __m256d b) { return _mm256_and_pd(a, b); }

/* ---- samples in ---------------------------------------------------------------------------------------------- */

typedef struct pair { /* eight neighbours: those at even and at odd places */
    __m256d even, odd;
} pair;

IMX_GENERIC pair pair_of_i32(__m128i a, __m128i b) {
    const __m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);
    return (pair){_mm256_cvtepi32_pd(_mm_castps_si128(_mm_shuffle_ps(x, y, 0x88))),
                  _mm256_cvtepi32_pd(_mm_castps_si128(_mm_shuffle_ps(x, y, 0xdd)))};
}

IMX_GENERIC pair load_pair(imx_type type, const uint8_t *at) {
    switch (type) {
    case IMX_U8: {
        const __m128i v = _mm_cvtepu8_epi16(_mm_loadl_epi64((const void *)at)), zero = _mm_setzero_si128();
        return pair_of_i32(_mm_unpacklo_epi16(v, zero), _mm_unpackhi_epi16(v, zero));
    }
    case IMX_U16: {
        const __m128i v = _mm_loadu_si128((const void *)at), zero = _mm_setzero_si128();
        return pair_of_i32(_mm_unpacklo_epi16(v, zero), _mm_unpackhi_epi16(v, zero));
    }
    case IMX_I16: {
        const __m128i v = _mm_loadu_si128((const void *)at);
        return pair_of_i32(_mm_cvtepi16_epi32(v), _mm_cvtepi16_epi32(_mm_srli_si128(v, 8)));
    }
    case IMX_F32: {
        const __m128 a = _mm_loadu_ps((const float *)(const void *)at);
        const __m128 b = _mm_loadu_ps((const float *)(const void *)at + 4);
        return (pair){_mm256_cvtps_pd(_mm_shuffle_ps(a, b, 0x88)), _mm256_cvtps_pd(_mm_shuffle_ps(a, b, 0xdd))};
    }
    default: {
        const __m256d a = _mm256_loadu_pd((const double *)(const void *)at);
        const __m256d b = _mm256_loadu_pd((const double *)(const void *)at + 4);
        return (pair){_mm256_permute4x64_pd(_mm256_unpacklo_pd(a, b), _MM_SHUFFLE(3, 1, 2, 0)),
                      _mm256_permute4x64_pd(_mm256_unpackhi_pd(a, b), _MM_SHUFFLE(3, 1, 2, 0))};
    }
    }
}

/* All bits where a sample is valid; valid NULL: where it is a number. */
IMX_GENERIC pair load_ok(imx_type type, const pair *v, const uint8_t *valid) {
    pair ok = {_mm256_cmp_pd(v->even, v->even, _CMP_ORD_Q), _mm256_cmp_pd(v->odd, v->odd, _CMP_ORD_Q)};
    if (valid) {
        const pair bytes = load_pair(IMX_U8, valid);
        const pair there = {_mm256_cmp_pd(bytes.even, all(0), _CMP_GT_OQ),
                            _mm256_cmp_pd(bytes.odd, all(0), _CMP_GT_OQ)};
        ok = type < IMX_F32 ? there : (pair){both(ok.even, there.even), both(ok.odd, there.odd)};
    }
    return ok;
}

/* The last few, which are fewer than a vector reads: copied to where there is room for more. */
IMX_GENERIC void read_last(imx_type type, const uint8_t *from, const uint8_t *valid, size_t n, pair *v, pair *ok) {
    const size_t bytes = imx_sample_bytes(type);
    uint8_t samples[2 * LANES * sizeof(double)] = {0}, there[2 * LANES] = {0};
    memcpy(samples, from, n * bytes);
    if (valid) {
        memcpy(there, valid, n);
    } else {
        memset(there, 255, n);
    }
    *v = load_pair(type, samples);
    *ok = load_ok(type, v, there);
}

/* n samples, an even number of them. */
IMX_GENERIC row_kind read_line(imx_type type, const uint8_t *from, const uint8_t *valid, size_t n, line *to) {
    const size_t bytes = imx_sample_bytes(type);
    int every = 15, any = 0;
    for (size_t i = 0; i < n; i += 2 * LANES) {
        const size_t rest = n - i;
        pair v, ok;
        if (rest >= 2 * LANES) {
            v = load_pair(type, from + i * bytes);
            ok = load_ok(type, &v, valid ? valid + i : NULL);
        } else {
            read_last(type, from + i * bytes, valid ? valid + i : NULL, rest, &v, &ok);
        }
        const int lanes = rest >= 2 * LANES ? 15 : (1 << rest / 2) - 1;
        const int even = _mm256_movemask_pd(ok.even), odd = _mm256_movemask_pd(ok.odd);
        every &= (even & odd) | ~lanes;
        any |= even | odd;
        _mm256_storeu_pd(to->even + i / 2, both(v.even, ok.even));
        _mm256_storeu_pd(to->odd + i / 2, both(v.odd, ok.odd));
        _mm256_storeu_pd(to->even_ok + i / 2, both(all(1), ok.even));
        _mm256_storeu_pd(to->odd_ok + i / 2, both(all(1), ok.odd));
    }
    return every == 15 ? ROW_WHOLE : any ? ROW_MIXED : ROW_EMPTY;
}

static row_kind read_line_of(imx_type type, const uint8_t *from, const uint8_t *valid, size_t n, line *to) {
    switch (type) {
    case IMX_U8: return read_line(IMX_U8, from, valid, n, to);
    case IMX_U16: return read_line(IMX_U16, from, valid, n, to);
    case IMX_I16: return read_line(IMX_I16, from, valid, n, to);
    case IMX_F32: return read_line(IMX_F32, from, valid, n, to);
    default: return read_line(IMX_F64, from, valid, n, to);
    }
}

/* ---- along x ------------------------------------------------------------------------------------------------- */

/* Taps k and n - 1 - k: one is at an even place, the other at an odd one. */
IMX_GENERIC __m256d along_x(const imx_reduce_taps *taps, const double *even, const double *odd) {
    __m256d sum = all(0);
    for (int k = 0; k < taps->n / 2; k++) {
        const int left = k, right = taps->n - 1 - k;
        const __m256d a = _mm256_loadu_pd(k % 2 ? odd + left / 2 : even + left / 2);
        const __m256d b = _mm256_loadu_pd(k % 2 ? even + right / 2 : odd + right / 2);
        sum = _mm256_add_pd(sum, _mm256_mul_pd(all(taps->q14[k]), _mm256_add_pd(a, b)));
    }
    return sum;
}

/* Source row y. */
IMX_GENERIC void filter_row(const strip *s, const imx_reduce_taps *taps, ptrdiff_t y, sums *out) {
    const imx_reduce_plane *job = s->job;
    const ptrdiff_t halo = taps->n / 2 - 1, first = 2 * (ptrdiff_t)s->x - halo;
    const uint8_t *row = (const uint8_t *)job->src + y * job->src_stride;
    line px;
    out->kind = read_line_of(s->type, row + first * (ptrdiff_t)imx_sample_bytes(s->type),
                             job->valid ? job->valid + y * job->valid_stride + first : NULL,
                             2 * s->n + (size_t)taps->n - 2, &px);
    for (size_t i = 0; i < s->n; i += LANES) {
        _mm256_storeu_pd(out->value + i, along_x(taps, px.even + i, px.odd + i));
    }
    for (size_t i = 0; i < s->n; i += LANES) { /* the halo is odd: a quad begins at an odd place */
        const bool mixed = out->kind == ROW_MIXED;
        const double whole = out->kind == ROW_WHOLE ? 1 : 0;
        const size_t at = i + (size_t)halo / 2;
        _mm256_storeu_pd(out->weight + i,
                         mixed ? along_x(taps, px.even_ok + i, px.odd_ok + i) : all(whole * (1 << 14)));
        _mm256_storeu_pd(out->in_quad + i,
                         mixed ? _mm256_add_pd(_mm256_loadu_pd(px.odd_ok + at), _mm256_loadu_pd(px.even_ok + at + 1))
                               : all(whole * 2));
    }
}

/* ---- samples out --------------------------------------------------------------------------------------------- */

/* As int32; halves away from 0. */
IMX_GENERIC __m128i rounded(imx_type type, __m256d v) {
    const __m256d sign = both(v, all(-0.0));
    v = _mm256_min_pd(_mm256_max_pd(v, all(imx_type_lowest(type))), all(imx_type_highest(type)));
    return _mm256_cvttpd_epi32(_mm256_add_pd(v, _mm256_or_pd(sign, all(0.5))));
}

IMX_GENERIC void store(imx_type type, void *to, size_t i, __m256d v) {
    switch (type) {
    case IMX_U8: {
        const __m128i words = _mm_packus_epi32(rounded(type, v), _mm_setzero_si128());
        _mm_storeu_si32((uint8_t *)to + i, _mm_packus_epi16(words, words));
        return;
    }
    case IMX_U16:
        _mm_storel_epi64((void *)((uint16_t *)to + i), _mm_packus_epi32(rounded(type, v), _mm_setzero_si128()));
        return;
    case IMX_I16:
        _mm_storel_epi64((void *)((int16_t *)to + i), _mm_packs_epi32(rounded(type, v), _mm_setzero_si128()));
        return;
    case IMX_F32: _mm_storeu_si128((void *)((float *)to + i), _mm_castps_si128(_mm256_cvtpd_ps(v))); return;
    default: _mm256_storeu_pd((double *)to + i, v); return;
    }
}

static void store_of(imx_type type, void *to, size_t i, __m256d v) {
    switch (type) {
    case IMX_U8: store(IMX_U8, to, i, v); break;
    case IMX_U16: store(IMX_U16, to, i, v); break;
    case IMX_I16: store(IMX_I16, to, i, v); break;
    case IMX_F32: store(IMX_F32, to, i, v); break;
    default: store(IMX_F64, to, i, v); break;
    }
}

/* ---- along y ------------------------------------------------------------------------------------------------- */

typedef struct rows { /* of the ring, in the order of the taps */
    const sums *of[IMX_REDUCE_TAPS_MAX];
} rows;

#define ALONG_Y(member)                                                                                                \
    IMX_GENERIC __m256d member##_along_y(const imx_reduce_taps *taps, const rows *r, size_t i) {                       \
        __m256d sum = all(0);                                                                                          \
        for (int k = 0; k < taps->n / 2; k++) {                                                                        \
            const __m256d upper = _mm256_loadu_pd(r->of[k]->member + i);                                               \
            const __m256d lower = _mm256_loadu_pd(r->of[taps->n - 1 - k]->member + i);                                 \
            sum = _mm256_add_pd(sum, _mm256_mul_pd(all(taps->q14[k]), _mm256_add_pd(upper, lower)));                   \
        }                                                                                                              \
        return sum;                                                                                                    \
    }
ALONG_Y(value)
ALONG_Y(weight)

/* Where the bits say so, the average is in place of what was stored. */
static void store_averages(const strip *s, int where, size_t i, size_t y) {
    for (size_t lane = 0; lane < LANES; lane++) {
        if (where >> lane & 1) {
            imx_reduce_quad_average(s->job, s->type, s->average, s->x + i + lane, y);
        }
    }
}

IMX_GENERIC void whole_out(const strip *s, const imx_reduce_taps *taps, const rows *r, size_t y, void *dst,
                           uint8_t *dst_valid) {
    if (dst_valid) {
        memset(dst_valid, 255, s->n);
    }
    for (size_t i = 0; i < s->n; i += LANES) {
        const __m256d v = _mm256_mul_pd(value_along_y(taps, r, i), all(0x1p-28));
        store_of(s->type, dst, i, v);
        store_averages(s, _mm256_movemask_pd(_mm256_cmp_pd(v, v, _CMP_UNORD_Q)), i, y);
    }
}

IMX_GENERIC void mixed_out(const strip *s, const imx_reduce_taps *taps, const rows *r, size_t y, void *dst,
                           uint8_t *dst_valid) {
    const sums *upper = r->of[taps->n / 2 - 1], *lower = r->of[taps->n / 2];
    for (size_t i = 0; i < s->n; i += LANES) {
        const __m256d weight = weight_along_y(taps, r, i), v = _mm256_div_pd(value_along_y(taps, r, i), weight);
        const __m256d in_quad = _mm256_add_pd(_mm256_loadu_pd(upper->in_quad + i), _mm256_loadu_pd(lower->in_quad + i));
        const __m256d valid = _mm256_cmp_pd(in_quad, all(0), _CMP_GT_OQ);
        const __m256d good =
            both(_mm256_cmp_pd(weight, all(s->least_weight), _CMP_GE_OQ), _mm256_cmp_pd(v, v, _CMP_ORD_Q));
        store_of(s->type, dst, i, both(v, both(valid, good)));
        const int lanes = _mm256_movemask_pd(valid);
        for (size_t lane = 0; lane < LANES && dst_valid; lane++) {
            dst_valid[i + lane] = lanes >> lane & 1 ? 255 : 0;
        }
        store_averages(s, lanes & ~_mm256_movemask_pd(good), i, y);
    }
}

IMX_GENERIC void weigh_rows(const strip *s, const imx_reduce_taps *taps, size_t first, size_t y) {
    const imx_reduce_plane *job = s->job;
    const size_t bytes = imx_sample_bytes(s->type);
    char *dst = (char *)job->dst + (ptrdiff_t)y * job->dst_stride + s->x * bytes;
    uint8_t *dst_valid = job->dst_valid ? job->dst_valid + (ptrdiff_t)y * job->dst_valid_stride + s->x : NULL;
    rows r;
    unsigned kinds = 0;
    for (int k = 0; k < taps->n; k++) {
        r.of[k] = &s->ring[(first + (size_t)k) % (size_t)taps->n];
        kinds |= r.of[k]->kind;
    }
    if (kinds == ROW_WHOLE) {
        whole_out(s, taps, &r, y, dst, dst_valid);
    } else if (kinds != ROW_EMPTY) {
        mixed_out(s, taps, &r, y, dst, dst_valid);
    } else {
        memset(dst, 0, s->n * bytes);
        if (dst_valid) {
            memset(dst_valid, 0, s->n);
        }
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

IMX_GENERIC void filter_strip(strip *s, const imx_reduce_taps *taps) {
    const size_t count = (size_t)taps->n;
    size_t next = 0; /* row to filter, counted from the first row of the halo */
    for (size_t y = 0; y < s->job->h_out; y++) {
        for (; next < 2 * y + count; next++) {
            filter_row(s, taps, (ptrdiff_t)next - (taps->n / 2 - 1), &s->ring[next % count]);
        }
        weigh_rows(s, taps, 2 * y % count, y);
    }
}

static void strip_bilinear(strip *s) { filter_strip(s, &imx_reduce_bilinear); }
static void strip_cubic(strip *s) { filter_strip(s, &imx_reduce_cubic); }
static void strip_lanczos(strip *s) { filter_strip(s, &imx_reduce_lanczos); }

static void filter(const imx_reduce_plane *job, imx_type type, imx_reduce_method method, void (*run)(strip *)) {
    imx_reduce_kernels reference;
    imx_ref_reduce_plane_install(&reference);
    if (job->w_out < LANES) {
        reference.plane[method][type](job);
        return;
    }
    strip s = {.job = job, .type = type, .least_weight = imx_reduce_least_weight(method)};
    s.average = reference.plane[IMX_REDUCE_AVERAGE][type];
    for (size_t x = 0; x < job->w_out; x += s.n) { /* the last few samples with some before them, once more */
        x = job->w_out - x < LANES ? job->w_out - LANES : x;
        s.x = x;
        s.n = job->w_out - x < STRIP ? (job->w_out - x) / LANES * LANES : STRIP;
        run(&s);
    }
}

#define FILTER(method, METHOD, name, type)                                                                             \
    static void method##_##name(const imx_reduce_plane *job) { filter(job, type, IMX_REDUCE_##METHOD, strip_##method); }
IMX_REDUCE_EACH_PLANE_FILTER(FILTER)

void imx_avx2_reduce_filter_plane_install(imx_reduce_kernels *table) {
    IMX_REDUCE_EACH_PLANE_FILTER(IMX_REDUCE_INSTALL_PLANE_FILTER)
}
