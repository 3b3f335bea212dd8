/* kernels/relief_avx2.c: light and slope, eight pixels at a time: the reference's steps in its order. */
#include "kernels/avx2.h"
#include "kernels/lanes_avx2.h"
#include "kernels/reference.h"
#include "kernels/relief_terms.h"

typedef struct rise {
    __m256 east, north;
} rise;

static inline __m256 valid8(const uint8_t *valid) {
    const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)valid));
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(wide, _mm256_setzero_si256()));
}

static inline __m256 at(const imx_relief_row *row, int line, ptrdiff_t i, __m256 middle) {
    return _mm256_and_ps(_mm256_sub_ps(_mm256_loadu_ps(row->heights[line] + i), middle), valid8(row->valid[line] + i));
}

static inline rise rise_of(const imx_relief_row *row, size_t pixel) {
    const ptrdiff_t i = (ptrdiff_t)pixel;
    const __m256 c = _mm256_loadu_ps(row->heights[1] + i);
    const __m256 nw = at(row, 0, i - 1, c), n = at(row, 0, i, c), ne = at(row, 0, i + 1, c);
    const __m256 w = at(row, 1, i - 1, c), e = at(row, 1, i + 1, c);
    const __m256 sw = at(row, 2, i - 1, c), s = at(row, 2, i, c), se = at(row, 2, i + 1, c);
    const __m256 right = _mm256_add_ps(_mm256_add_ps(ne, se), _mm256_add_ps(e, e)),
                 left = _mm256_add_ps(_mm256_add_ps(nw, sw), _mm256_add_ps(w, w)),
                 up = _mm256_add_ps(_mm256_add_ps(nw, ne), _mm256_add_ps(n, n)),
                 down = _mm256_add_ps(_mm256_add_ps(sw, se), _mm256_add_ps(s, s));
    return (rise){_mm256_mul_ps(_mm256_sub_ps(right, left), _mm256_set1_ps(row->per_x)),
                  _mm256_mul_ps(_mm256_sub_ps(up, down), _mm256_set1_ps(row->per_y))};
}

/* Of a NaN: 0. */
static inline __m256 lit(__m256 v) { return _mm256_max_ps(v, _mm256_setzero_ps()); }

static inline __m256 one_light(const imx_relief_light *light, rise r) {
    const __m256 along = _mm256_add_ps(_mm256_mul_ps(r.east, _mm256_set1_ps(light->east)),
                                       _mm256_mul_ps(r.north, _mm256_set1_ps(light->north)));
    return lit(_mm256_sub_ps(_mm256_set1_ps(light->up), along));
}

static inline __m256 four_lights(const imx_relief_light *light, rise r) {
    const __m256 slant = _mm256_set1_ps(light->level * imx_half_root), level = _mm256_set1_ps(light->level),
                 up = _mm256_set1_ps(light->up), half = _mm256_set1_ps(0.5f);
    const __m256 ee = _mm256_mul_ps(r.east, r.east), nn = _mm256_mul_ps(r.north, r.north), all = _mm256_add_ps(ee, nn);
    const __m256 sw = _mm256_add_ps(_mm256_mul_ps(half, all), _mm256_mul_ps(r.east, r.north)),
                 nw = _mm256_sub_ps(all, sw);
    const __m256 from_sw = lit(_mm256_add_ps(up, _mm256_mul_ps(_mm256_add_ps(r.east, r.north), slant))),
                 from_nw = lit(_mm256_add_ps(up, _mm256_mul_ps(_mm256_sub_ps(r.east, r.north), slant))),
                 from_w = lit(_mm256_add_ps(up, _mm256_mul_ps(r.east, level))),
                 from_n = lit(_mm256_sub_ps(up, _mm256_mul_ps(r.north, level)));
    const __m256 sum = _mm256_add_ps(_mm256_add_ps(_mm256_mul_ps(sw, from_sw), _mm256_mul_ps(nw, from_nw)),
                                     _mm256_add_ps(_mm256_mul_ps(ee, from_w), _mm256_mul_ps(nn, from_n)));
    const __m256 rises = _mm256_cmp_ps(all, _mm256_setzero_ps(), _CMP_GT_OQ);
    return _mm256_blendv_ps(up, _mm256_div_ps(_mm256_mul_ps(half, sum), all), rises);
}

static inline __m256 squares(rise r) {
    return _mm256_add_ps(_mm256_mul_ps(r.east, r.east), _mm256_mul_ps(r.north, r.north));
}

IMX_GENERIC size_t shade_loop(const imx_relief_row *row, const imx_relief_light *light, bool all_round, uint8_t *out) {
    size_t i = 0;
    for (; i + 8 <= row->n; i += 8) {
        const rise r = rise_of(row, i);
        const __m256 towards = all_round ? four_lights(light, r) : one_light(light, r);
        const __m256 share = _mm256_div_ps(towards, _mm256_sqrt_ps(_mm256_add_ps(_mm256_set1_ps(1), squares(r))));
        const __m256 grey = _mm256_add_ps(lit(_mm256_mul_ps(_mm256_set1_ps(254), share)), _mm256_set1_ps(1.5f));
        const __m256i words = _mm256_cvttps_epi32(_mm256_and_ps(grey, valid8(row->valid[1] + i)));
        const __m128i pairs = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storel_epi64((__m128i *)(void *)(out + i), _mm_packus_epi16(pairs, pairs));
    }
    return i;
}

/* The rest of a row, by the reference. */
static imx_relief_row rest_of(const imx_relief_row *row, size_t done) {
    imx_relief_row rest = *row;
    for (int line = 0; line < 3; line++) {
        rest.heights[line] += done;
        rest.valid[line] += done;
    }
    rest.n -= done;
    return rest;
}

static void shade(const imx_relief_row *row, const imx_relief_light *light, uint8_t *out) {
    const size_t done = light->all_round ? shade_loop(row, light, true, out) : shade_loop(row, light, false, out);
    const imx_relief_row rest = rest_of(row, done);
    imx_ref_relief.shade(&rest, light, out + done);
}

static inline __m256 arc_tangent(__m256 t) {
    const __m256 one = _mm256_set1_ps(1), steep = _mm256_cmp_ps(t, one, _CMP_GT_OQ);
    const __m256 x = _mm256_blendv_ps(t, _mm256_div_ps(one, t), steep), xx = _mm256_mul_ps(x, x);
    __m256 sum = _mm256_set1_ps(imx_atan_terms[IMX_ATAN_TERMS - 1]);
    for (int k = IMX_ATAN_TERMS - 2; k >= 0; k--) {
        sum = _mm256_add_ps(_mm256_mul_ps(sum, xx), _mm256_set1_ps(imx_atan_terms[k]));
    }
    const __m256 angle = _mm256_mul_ps(x, sum);
    return _mm256_blendv_ps(angle, _mm256_sub_ps(_mm256_set1_ps(imx_half_pi), angle), steep);
}

static void slope(const imx_relief_row *row, float *out) {
    size_t i = 0;
    for (; i + 8 <= row->n; i += 8) {
        const __m256 angle = arc_tangent(_mm256_sqrt_ps(squares(rise_of(row, i))));
        const __m256 degrees = _mm256_mul_ps(angle, _mm256_set1_ps(imx_degrees));
        _mm256_storeu_ps(out + i, _mm256_and_ps(degrees, valid8(row->valid[1] + i)));
    }
    const imx_relief_row rest = rest_of(row, i);
    imx_ref_relief.slope(&rest, out + i);
}

void imx_avx2_relief_install(imx_relief_kernels *table) { *table = (imx_relief_kernels){shade, slope}; }
