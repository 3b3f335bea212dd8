/* kernels/warp_widened_avx2.c: warp by tap tables, two output pixels a register, eight at a time, where all taps are
 * inside: in 16 bits where they are opaque, by alpha where they are not. Groups without any opacity are cleared. */
#include "kernels/avx2.h"
#include "kernels/reference.h"
#include "kernels/warp_alpha_avx2.h"

/* Two taps' channels side by side, times their weights: the first two of the lane, and the others. */
IMX_ALWAYS_INLINE __m256i first2(__m256i px, __m256i w) {
    const __m256i order = _mm256_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1, /**/
                                           0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1);
    return _mm256_madd_epi16(_mm256_shuffle_epi8(px, order), w);
}
IMX_ALWAYS_INLINE __m256i last2(__m256i px, __m256i w) {
    const __m256i order = _mm256_setr_epi8(8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1, /**/
                                           8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1);
    return _mm256_madd_epi16(_mm256_shuffle_epi8(px, order), w);
}

/* One row of nx taps, across: Q6 in int32 for each channel. *all gathers what bits all taps have. */
IMX_ALWAYS_INLINE __m256i across(const uint8_t *a, const uint8_t *b, const int16_t *wxa, const int16_t *wxb, int32_t nx,
                                 __m256i *all) {
    __m256i sum = _mm256_set1_epi32(128);
    int32_t k = 0;
    for (; k + 4 <= nx; k += 4) {
        const __m256i px = imx_load4_taps(a + 4 * k, b + 4 * k);
        *all = _mm256_and_si256(*all, px);
        sum = _mm256_add_epi32(sum, first2(px, imx_two_weights(wxa, wxb, k)));
        sum = _mm256_add_epi32(sum, last2(px, imx_two_weights(wxa, wxb, k + 2)));
    }
    if (k < nx) {
        const __m256i px = imx_load2_taps(a + 4 * k, b + 4 * k);
        *all = _mm256_and_si256(*all, px);
        sum = _mm256_add_epi32(sum, first2(px, imx_two_weights(wxa, wxb, k)));
    }
    return _mm256_srai_epi32(sum, 8);
}

/* nx x ny taps of both; nx and ny are even. Two rows' Q6 values (they fit int16) make pairs of words. */
IMX_ALWAYS_INLINE __m256i warp2(imx_warp_pair at, ptrdiff_t stride, int32_t nx, int32_t ny, __m256i *all) {
    __m256i sum = _mm256_set1_epi32(1 << 19);
    for (int32_t k = 0; k < ny; k += 2) {
        const __m256i upper = across(at.a, at.b, at.wxa, at.wxb, nx, all);
        const __m256i lower = across(at.a + stride, at.b + stride, at.wxa, at.wxb, nx, all);
        const __m256i rows = _mm256_blend_epi16(upper, _mm256_slli_epi32(lower, 16), 0xaa);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(rows, imx_two_weights(at.wya, at.wyb, k)));
        at.a += 2 * stride;
        at.b += 2 * stride;
    }
    return _mm256_srai_epi32(sum, 20);
}

/* Eight output pixels whose taps are all inside. */
typedef struct group {
    const uint8_t *first[8]; /* tap */
    int32_t fx[8], fy[8];
} group;

static inline void locate(const imx_warp_rgba8 *job, __m256i x, __m256i y, group *out) {
    const __m256i half = _mm256_set1_epi32(IMX_Q16_ONE / 2);
    const __m256i ux = _mm256_sub_epi32(x, half), uy = _mm256_sub_epi32(y, half);
    const uint8_t *base =
        job->src - (job->taps_y->n / 2 - 1) * job->src_stride - (ptrdiff_t)(job->taps_x->n / 2 - 1) * 4;
    int32_t off[8];
    imx_store256(off, imx_warp_offsets(ux, uy, (int32_t)job->src_stride));
    imx_store256(out->fx, imx_warp_phases(ux));
    imx_store256(out->fy, imx_warp_phases(uy));
    for (int k = 0; k < 8; k++) {
        out->first[k] = base + off[k];
    }
}

IMX_ALWAYS_INLINE imx_warp_pair pair_of(const imx_warp_rgba8 *job, const group *g, int k, int32_t nx, int32_t ny) {
    const int16_t *wx = job->taps_x->q14, *wy = job->taps_y->q14;
    return (imx_warp_pair){g->first[k],        g->first[k + 4],       wx + g->fx[k] * nx, wx + g->fx[k + 4] * nx,
                           wy + g->fy[k] * ny, wy + g->fy[k + 4] * ny};
}

/* Whether all taps of the group have alpha 0. */
static bool is_empty(const imx_warp_rgba8 *job, const group *g) {
    __m128i any = _mm_setzero_si128();
    for (int k = 0; k < 8; k++) {
        const uint8_t *row = g->first[k];
        for (int32_t j = 0; j < job->taps_y->n; j++, row += job->src_stride) {
            for (int32_t i = 0; i < job->taps_x->n; i += 2) {
                any = _mm_or_si128(any, _mm_loadl_epi64((const __m128i *)(const void *)(row + (ptrdiff_t)i * 4)));
            }
        }
        if (!_mm_testz_si128(any, _mm_set1_epi32((int32_t)0xff000000))) {
            return false;
        }
    }
    return true;
}

/* Which lane's taps are all opaque, of what bits all of them have. */
IMX_ALWAYS_INLINE __m256i opaque_lanes(__m256i all) {
    __m256i v = _mm256_or_si256(all, _mm256_set1_epi32(0xffffff));
    v = _mm256_and_si256(v, _mm256_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
    v = _mm256_and_si256(v, _mm256_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm256_cmpeq_epi32(v, _mm256_set1_epi32(-1));
}

/* Two pixels at a time as if their taps were opaque; by alpha where they turn out not to be. true: all were. */
IMX_ALWAYS_INLINE bool sum8(const imx_warp_rgba8 *job, const group *g, int32_t nx, int32_t ny, uint8_t *dst) {
    const __m256i alpha = _mm256_set1_epi32((int32_t)0xff000000);
    bool looked = false;
    __m256i v[4];
    for (int k = 0; k < 4; k++) {
        const imx_warp_pair at = pair_of(job, g, k, nx, ny);
        __m256i all = _mm256_set1_epi8(-1);
        v[k] = warp2(at, job->src_stride, nx, ny, &all);
        if (_mm256_testc_si256(all, alpha)) {
            continue;
        }
        if (!looked && is_empty(job, g)) {
            imx_store256(dst, _mm256_setzero_si256());
            return false;
        }
        looked = true;
        const __m256i weighed = imx_weighed_pair(at, job->src_stride, nx, ny, job->binary_alpha);
        v[k] = _mm256_blendv_epi8(weighed, v[k], opaque_lanes(all));
    }
    imx_store256(dst, imx_warp_pack(v));
    return !looked;
}

/* The numbers of taps that pictures mostly need are constants to the compiler. */
typedef bool (*sum8_fn)(const imx_warp_rgba8 *job, const group *g, uint8_t *dst);
static bool sum_4x4(const imx_warp_rgba8 *job, const group *g, uint8_t *dst) { return sum8(job, g, 4, 4, dst); }
static bool sum_6x6(const imx_warp_rgba8 *job, const group *g, uint8_t *dst) { return sum8(job, g, 6, 6, dst); }
static bool sum_8x8(const imx_warp_rgba8 *job, const group *g, uint8_t *dst) { return sum8(job, g, 8, 8, dst); }
static bool sum_any(const imx_warp_rgba8 *job, const group *g, uint8_t *dst) {
    return sum8(job, g, job->taps_x->n, job->taps_y->n, dst);
}

static sum8_fn sum8_for(int32_t nx, int32_t ny) {
    return nx != ny ? sum_any : nx == 4 ? sum_4x4 : nx == 6 ? sum_6x6 : nx == 8 ? sum_8x8 : sum_any;
}

/* All bits of the pixels that contain the positions and have alpha 0. */
static __m256i empty_centres(const imx_warp_rgba8 *job, __m256i x, __m256i y) {
    const __m256i at = imx_warp_offsets(x, y, (int32_t)job->src_stride);
    const __m256i px = _mm256_i32gather_epi32((const int *)(const void *)job->src, at, 1);
    return _mm256_cmpeq_epi32(_mm256_srli_epi32(px, 24), _mm256_setzero_si256());
}

/* What stays the same along a row. */
typedef struct row {
    imx_warp_range range;
    sum8_fn sum8;
    bool needs_centre; /* though alpha is coverage */
    imx_warp_rgba8_fn reference;
} row;

static void warp8(const imx_warp_rgba8 *job, size_t i, const row *r) {
    const __m256i x = imx_load256(job->x_q16 + i), y = imx_load256(job->y_q16 + i);
    uint8_t *dst = job->dst + 4 * i;
    group g;
    if (!imx_warp_all_inside(&r->range, x, y)) {
        imx_warp_part(job, i, 8, r->reference);
        return;
    }
    locate(job, x, y, &g);
    if (r->sum8(job, &g, dst)) {
        return;
    }
    if (r->needs_centre) {
        imx_store256(dst, _mm256_andnot_si256(empty_centres(job, x, y), imx_load256(dst)));
    } else {
        imx_store256(dst, imx_warp_settled8(job, x, y, imx_load256(dst)));
    }
}

/* The row's end: fewer than eight pixels, the last one repeated. */
static void warp_end(const imx_warp_rgba8 *job, size_t first, const row *r) {
    int32_t x[8], y[8];
    uint8_t dst[32];
    imx_warp_rgba8 end = *job;
    for (size_t k = 0; k < 8; k++) {
        const size_t i = first + k < job->n ? first + k : job->n - 1;
        x[k] = job->x_q16[i];
        y[k] = job->y_q16[i];
    }
    end.x_q16 = x;
    end.y_q16 = y;
    end.dst = dst;
    warp8(&end, 0, r);
    memcpy(job->dst + 4 * first, dst, 4 * (job->n - first));
}

void imx_avx2_warp_widened(const imx_warp_rgba8 *job, imx_warp_kernel kernel, imx_warp_rgba8_fn reference) {
    const row r = {imx_warp_range_of(job, job->taps_x->n, job->taps_y->n), sum8_for(job->taps_x->n, job->taps_y->n),
                   !job->binary_alpha && imx_warp_needs_centre(job, kernel), reference};
    size_t i = 0;
    for (; i + 8 <= job->n; i += 8) {
        warp8(job, i, &r);
    }
    if (i < job->n) {
        warp_end(job, i, &r);
    }
}

void imx_avx2_warp_cubicspline_rgba8(const imx_warp_rgba8 *job) {
    imx_avx2_warp_filtered(job, IMX_WARP_BSPLINE, imx_ref_warp_cubicspline_rgba8);
}
void imx_avx2_warp_lanczos_rgba8(const imx_warp_rgba8 *job) {
    imx_avx2_warp_filtered(job, IMX_WARP_LANCZOS, imx_ref_warp_lanczos_rgba8);
}
