/* kernels/reduce_plane_avx2.c: the 2 x 2 reductions of planes, eight output samples at a time.
 *
 * All types work in lanes of 32 bits: the samples p0..p3 of eight quads in four registers, the validity of each as a
 * mask of -1 or 0. Integers as int32, f32 as its bits.
 */
#include <limits.h>
#include <stdbool.h>

#include "kernels/avx2.h"
#include "kernels/intrinsics.h"
#include "kernels/reference.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct quads {
    __m256i p[4], ok[4];
} quads;

/* ---- in and out ---------------------------------------------------------------------------------------------- */

/* Sixteen neighbours as two registers: those at even places, and those at odd ones. */
INLINE void load(imx_type type, const void *row, size_t i, __m256i *even, __m256i *odd) {
    __m256i v;
    switch (type) {
    case IMX_F32: {
        const __m256 a = _mm256_loadu_ps((const float *)row + i), b = _mm256_loadu_ps((const float *)row + i + 8);
        const __m256i e = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
        const __m256i o = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd));
        *even = _mm256_permute4x64_epi64(e, _MM_SHUFFLE(3, 1, 2, 0));
        *odd = _mm256_permute4x64_epi64(o, _MM_SHUFFLE(3, 1, 2, 0));
        return;
    }
    case IMX_I16:
        v = _mm256_loadu_si256((const void *)((const int16_t *)row + i));
        *even = _mm256_srai_epi32(_mm256_slli_epi32(v, 16), 16);
        *odd = _mm256_srai_epi32(v, 16);
        return;
    case IMX_U16: v = _mm256_loadu_si256((const void *)((const uint16_t *)row + i)); break;
    default: v = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)((const uint8_t *)row + i))); break;
    }
    *even = _mm256_and_si256(v, _mm256_set1_epi32(0xffff));
    *odd = _mm256_srli_epi32(v, 16);
}

INLINE void store(imx_type type, void *row, size_t i, __m256i v) {
    const __m256i zero = _mm256_setzero_si256();
    switch (type) {
    case IMX_F32: _mm256_storeu_si256((void *)((float *)row + i), v); return;
    case IMX_I16:
    case IMX_U16:
        v = type == IMX_I16 ? _mm256_packs_epi32(v, zero) : _mm256_packus_epi32(v, zero);
        _mm_storeu_si128((void *)((uint16_t *)row + i),
                         _mm256_castsi256_si128(_mm256_permute4x64_epi64(v, _MM_SHUFFLE(3, 1, 2, 0))));
        return;
    default:
        v = _mm256_permute4x64_epi64(_mm256_packus_epi32(v, zero), _MM_SHUFFLE(3, 1, 2, 0));
        _mm_storel_epi64((void *)((uint8_t *)row + i),
                         _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_castsi256_si128(v)));
        return;
    }
}

INLINE __m256i not_zero(__m256i v) { return _mm256_cmpgt_epi32(v, _mm256_setzero_si256()); /* of bytes */ }

/* ---- the methods --------------------------------------------------------------------------------------------- */

INLINE __m256i pick(__m256i otherwise, __m256i v, __m256i where) { return _mm256_blendv_epi8(otherwise, v, where); }
INLINE __m256i both(__m256i a, __m256i b) { return _mm256_and_si256(a, b); }
INLINE __m256i either(__m256i a, __m256i b) { return _mm256_or_si256(a, b); }
INLINE __m256 real(__m256i v) { return _mm256_castsi256_ps(v); }
INLINE __m256i bits(__m256 v) { return _mm256_castps_si256(v); }

INLINE __m256i count(const quads *q) {
    return _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_add_epi32(_mm256_add_epi32(q->ok[0], q->ok[1]),
                                                                     _mm256_add_epi32(q->ok[2], q->ok[3])));
}

/* floor(t / n + 1/2) = floor((t 12/n + 6) / 12) of the sum's size t. The product is below 2^20, and the float quotient
 * off by less than 2^-6, which is less than 0.5 / 12. */
INLINE __m256i average_integer(const quads *q, bool all) {
    const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(both(q->p[0], q->ok[0]), both(q->p[1], q->ok[1])),
                                         _mm256_add_epi32(both(q->p[2], q->ok[2]), both(q->p[3], q->ok[3])));
    const __m256i size = _mm256_abs_epi32(sum);
    if (all) {
        return _mm256_sign_epi32(_mm256_srli_epi32(_mm256_add_epi32(size, _mm256_set1_epi32(2)), 2), sum);
    }
    const __m256i share = _mm256_permutevar8x32_epi32(_mm256_setr_epi32(0, 12, 6, 4, 3, 0, 0, 0), count(q));
    const __m256 twelfths = _mm256_add_ps(_mm256_cvtepi32_ps(_mm256_mullo_epi32(size, share)), _mm256_set1_ps(6.5f));
    const __m256i mean = _mm256_cvttps_epi32(_mm256_mul_ps(twelfths, _mm256_set1_ps(1.0f / 12)));
    return _mm256_sign_epi32(mean, sum);
}

INLINE __m256i average_f32(const quads *q) {
    const __m256 upper = _mm256_add_ps(real(both(q->p[0], q->ok[0])), real(both(q->p[1], q->ok[1])));
    const __m256 lower = _mm256_add_ps(real(both(q->p[2], q->ok[2])), real(both(q->p[3], q->ok[3])));
    return bits(_mm256_div_ps(_mm256_add_ps(upper, lower), _mm256_cvtepi32_ps(count(q))));
}

INLINE __m256i same(imx_type type, const quads *q, int a, int b) {
    const __m256i equal = type == IMX_F32 ? bits(_mm256_cmp_ps(real(q->p[a]), real(q->p[b]), _CMP_EQ_OQ))
                                          : _mm256_cmpeq_epi32(q->p[a], q->p[b]);
    return both(equal, both(q->ok[a], q->ok[b]));
}

/* The first valid one; then the pairs, the most decisive last. */
INLINE __m256i mode(imx_type type, const quads *q) {
    __m256i v = pick(q->p[3], q->p[2], q->ok[2]);
    v = pick(pick(v, q->p[1], q->ok[1]), q->p[0], q->ok[0]);
    v = pick(v, q->p[2], same(type, q, 2, 3));
    v = pick(v, q->p[1], same(type, q, 1, 3));
    v = pick(v, q->p[0], same(type, q, 0, 3));
    v = pick(v, q->p[1], same(type, q, 1, 2));
    return pick(v, q->p[0], either(same(type, q, 0, 1), same(type, q, 0, 2)));
}

/* In the reference's order: of two that are equal (0 and -0) the earlier one stays. */
INLINE __m256i extreme(imx_type type, const quads *q, bool largest) {
    if (type == IMX_F32) {
        const __m256i worst = bits(_mm256_set1_ps(largest ? -__builtin_inff() : __builtin_inff()));
        __m256 best = real(worst);
        for (int i = 0; i < 4; i++) {
            const __m256 v = real(pick(worst, q->p[i], q->ok[i]));
            best = largest ? _mm256_max_ps(v, best) : _mm256_min_ps(v, best);
        }
        return bits(best);
    }
    const __m256i worst = _mm256_set1_epi32(largest ? INT_MIN : INT_MAX);
    __m256i best = worst;
    for (int i = 0; i < 4; i++) {
        const __m256i v = pick(worst, q->p[i], q->ok[i]);
        best = largest ? _mm256_max_epi32(best, v) : _mm256_min_epi32(best, v);
    }
    return best;
}

/* ---- eight quads, a row, all --------------------------------------------------------------------------------- */

INLINE __m256i any_ok(const quads *q) { return either(either(q->ok[0], q->ok[1]), either(q->ok[2], q->ok[3])); }

/* valid: whether there is a validity; *ok: the result's. */
INLINE __m256i reduce8(imx_reduce_method method, imx_type type, bool valid, quads *q, __m256i *ok) {
    __m256i v, numbers = *ok = method == IMX_REDUCE_NEAREST ? q->ok[0] : any_ok(q);
    if (method == IMX_REDUCE_NEAREST) {
        return both(q->p[0], *ok);
    }
    if (type == IMX_F32) {
        for (int i = 0; i < 4; i++) {
            q->ok[i] = both(q->ok[i], bits(_mm256_cmp_ps(real(q->p[i]), real(q->p[i]), _CMP_ORD_Q)));
        }
        numbers = any_ok(q);
    }
    switch (method) {
    case IMX_REDUCE_AVERAGE: v = type == IMX_F32 ? average_f32(q) : average_integer(q, !valid); break;
    case IMX_REDUCE_MODE: v = mode(type, q); break;
    default: v = extreme(type, q, method == IMX_REDUCE_MAX); break;
    }
    return type == IMX_F32 ? pick(both(*ok, bits(_mm256_set1_ps(__builtin_nanf("")))), v, numbers) : both(v, *ok);
}

INLINE size_t reduce_row(imx_reduce_method method, imx_type type, bool valid, const imx_reduce_plane *row) {
    const size_t bytes = type == IMX_U8 ? 1 : type == IMX_F32 ? 4 : 2;
    const char *upper = row->src, *lower = upper + row->src_stride;
    size_t i = 0;
    for (; i + 8 <= row->w_out; i += 8) {
        quads q;
        __m256i ok;
        load(type, upper + 2 * i * bytes, 0, &q.p[0], &q.p[1]);
        load(type, lower + 2 * i * bytes, 0, &q.p[2], &q.p[3]);
        for (int k = 0; k < 4; k++) {
            q.ok[k] = _mm256_set1_epi32(-1);
        }
        if (valid) {
            load(IMX_U8, row->valid + 2 * i, 0, &q.ok[0], &q.ok[1]);
            load(IMX_U8, row->valid + row->valid_stride + 2 * (ptrdiff_t)i, 0, &q.ok[2], &q.ok[3]);
            for (int k = 0; k < 4; k++) {
                q.ok[k] = not_zero(q.ok[k]);
            }
        }
        store(type, row->dst, i, reduce8(method, type, valid, &q, &ok));
        if (row->dst_valid) {
            store(IMX_U8, row->dst_valid, i, both(ok, _mm256_set1_epi32(255)));
        }
    }
    return i;
}

INLINE void reduce_plane(imx_reduce_method method, imx_type type, const imx_reduce_plane *job) {
    const size_t bytes = type == IMX_U8 ? 1 : type == IMX_F32 ? 4 : 2;
    imx_reduce_kernels reference;
    imx_ref_reduce_plane_install(&reference);
    for (ptrdiff_t y = 0; y < (ptrdiff_t)job->h_out; y++) {
        imx_reduce_plane row = *job;
        row.src = (const char *)job->src + 2 * y * job->src_stride;
        row.valid = job->valid ? job->valid + 2 * y * job->valid_stride : NULL;
        row.dst = (char *)job->dst + y * job->dst_stride;
        row.dst_valid = job->dst_valid ? job->dst_valid + y * job->dst_valid_stride : NULL;
        row.h_out = 1;
        const size_t done = row.valid ? reduce_row(method, type, true, &row) : reduce_row(method, type, false, &row);
        if (done < job->w_out) {
            row.src = (const char *)row.src + 2 * done * bytes;
            row.valid = row.valid ? row.valid + 2 * done : NULL;
            row.dst = (char *)row.dst + done * bytes;
            row.dst_valid = row.dst_valid ? row.dst_valid + done : NULL;
            row.w_out -= done;
            reference.plane[method][type](&row);
        }
    }
}

#define PLANE(method, METHOD, tag, TYPE)                                                                               \
    static void plane_##method##_##tag(const imx_reduce_plane *job) {                                                  \
        reduce_plane(IMX_REDUCE_##METHOD, IMX_##TYPE, job);                                                            \
    }
#define PLANES(tag, TYPE)                                                                                              \
    PLANE(average, AVERAGE, tag, TYPE)                                                                                 \
    PLANE(nearest, NEAREST, tag, TYPE)                                                                                 \
    PLANE(mode, MODE, tag, TYPE)                                                                                       \
    PLANE(min, MIN, tag, TYPE)                                                                                         \
    PLANE(max, MAX, tag, TYPE)
PLANES(u8, U8)
PLANES(u16, U16)
PLANES(i16, I16)
PLANES(f32, F32)

#define INSTALL(tag, TYPE)                                                                                             \
    table->plane[IMX_REDUCE_AVERAGE][IMX_##TYPE] = plane_average_##tag;                                                \
    table->plane[IMX_REDUCE_NEAREST][IMX_##TYPE] = plane_nearest_##tag;                                                \
    table->plane[IMX_REDUCE_MODE][IMX_##TYPE] = plane_mode_##tag;                                                      \
    table->plane[IMX_REDUCE_MIN][IMX_##TYPE] = plane_min_##tag;                                                        \
    table->plane[IMX_REDUCE_MAX][IMX_##TYPE] = plane_max_##tag;

void imx_avx2_reduce_plane_install(imx_reduce_kernels *table) {
    INSTALL(u8, U8)
    INSTALL(u16, U16)
    INSTALL(i16, I16)
    INSTALL(f32, F32)
    imx_avx2_reduce_filter_plane_install(table);
}
