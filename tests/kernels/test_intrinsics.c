/* tests/kernels/test_intrinsics.c: kernels/intrinsics.h: every operation that the variants are written in returns the
 * same bits on every processor. The digests below are those of an x86-64 with AVX2; the operands are the edges of the
 * types (saturation, NaN, infinities, what no integer holds) and random bits. A NaN that arithmetic makes may have
 * either sign, so all NaN count as one. */
#include <math.h>

#include "kernels/intrinsics.h"
#include "tests/kernels/harness.h"

enum { ROUNDS = 256, MEMORY_BYTES = 512 };
static uint8_t memory[MEMORY_BYTES];

/* ---- digests (FNV-1a, 64 bits) ---- */
static void put_bytes(uint64_t *h, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        *h = (*h ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    }
}
static void put(uint64_t *h, __m256i v) {
    uint8_t bytes[32];
    _mm256_storeu_si256((void *)bytes, v);
    put_bytes(h, bytes, sizeof bytes);
}
static void put_half(uint64_t *h, __m128i v) {
    uint8_t bytes[16];
    _mm_storeu_si128((void *)bytes, v);
    put_bytes(h, bytes, sizeof bytes);
}
static void put_number(uint64_t *h, int64_t v) { put_bytes(h, &v, sizeof v); }
static void put_float(uint64_t *h, float v) {
    v = v != v ? NAN : v;
    put_bytes(h, &v, sizeof v);
}
static void put_double(uint64_t *h, double v) {
    v = v != v ? (double)NAN : v;
    put_bytes(h, &v, sizeof v);
}
static void put_floats(uint64_t *h, __m256 v) {
    float lanes[8];
    _mm256_storeu_ps(lanes, v);
    for (size_t i = 0; i < 8; i++) {
        put_float(h, lanes[i]);
    }
}
static void put_doubles(uint64_t *h, __m256d v) {
    double lanes[4];
    _mm256_storeu_pd(lanes, v);
    for (size_t i = 0; i < 4; i++) {
        put_double(h, lanes[i]);
    }
}

/* ---- operands ---- */
static __m256i some_bits(rng *r) {
    static const uint32_t edges[] = {0,          1,          0x7f,       0x80,       0xff,       0x7fff,
                                     0x8000,     0xffff,     0x7fffffff, 0x80000000, 0xffffffff, 0x7f7f7f7f,
                                     0x80808080, 0x80018001, 0x00800080, 0x7fff7fff, 0x80008000};
    uint32_t lanes[8];
    const uint32_t kind = rng_below(r, 3);
    for (size_t i = 0; i < 8; i++) {
        const bool edge = kind == 0 || (kind == 1 && rng_below(r, 2));
        lanes[i] = edge ? edges[rng_below(r, sizeof edges / sizeof edges[0])] : (uint32_t)rng_next(r);
    }
    return _mm256_loadu_si256((const void *)lanes);
}
static double some_number(rng *r) {
    static const double edges[] = {0,        -0.0,      1,        -1,           0.5,     -0.5,           1.5,
                                   -2.5,     1e10,      -1e10,    0x1p31,       -0x1p31, 0x1.fffffep30,  NAN,
                                   INFINITY, -INFINITY, 0x1p-140, 2147483647.5, 255.5,   -0x1.0000001p31};
    return rng_below(r, 2) ? edges[rng_below(r, sizeof edges / sizeof edges[0])]
                           : rng_between(r, -1000000, 1000000) / 64.0;
}
static __m256 some_floats(rng *r) {
    float lanes[8];
    for (size_t i = 0; i < 8; i++) {
        lanes[i] = (float)some_number(r);
    }
    return _mm256_loadu_ps(lanes);
}
static __m256d some_doubles(rng *r) {
    double lanes[4];
    for (size_t i = 0; i < 4; i++) {
        lanes[i] = some_number(r);
    }
    return _mm256_loadu_pd(lanes);
}

/* a, b, c: integers; d: few bits, or those of a; at: offsets into memory, far: such as must not be read; signs: lanes
 * all ones or zeros; s, t: halves; x, y, m, n: floats; p, q, u, w: doubles. */
#define DIGEST(name, want, ...)                                                                                        \
    static uint64_t digest_##name(void) {                                                                              \
        uint64_t digest = 0xcbf29ce484222325u, *h = &digest;                                                           \
        rng r = {1};                                                                                                   \
        for (int k = 0; k < ROUNDS; k++) {                                                                             \
            const __m256i a = some_bits(&r), b = some_bits(&r), c = some_bits(&r);                                     \
            const __m256i d = k % 3 ? _mm256_and_si256(k % 2 ? a : b, c) : _mm256_setzero_si256();                     \
            const __m256i at = _mm256_and_si256(b, _mm256_set1_epi32(63)), far = _mm256_set1_epi32(INT32_MIN);         \
            const __m256i signs = _mm256_cmpgt_epi32(_mm256_setzero_si256(), c);                                       \
            const __m128i s = _mm256_castsi256_si128(a), t = _mm256_extracti128_si256(b, 1);                           \
            const __m256 x = some_floats(&r), y = some_floats(&r);                                                     \
            const __m256d p = some_doubles(&r), q = some_doubles(&r);                                                  \
            const __m128 m = _mm256_castps256_ps128(x), n = _mm256_extractf128_ps(y, 1);                               \
            const __m128d u = _mm256_castpd256_pd128(p), w = _mm256_extractf128_pd(q, 1);                              \
            (void)d, (void)at, (void)far, (void)signs, (void)s, (void)t, (void)m, (void)n, (void)u, (void)w;           \
            __VA_ARGS__;                                                                                               \
        }                                                                                                              \
        return digest;                                                                                                 \
    }
#define EACH(X)                                                                                                        \
    X(add_epi8, 0x1464ac7b8f7e5136, put(h, _mm256_add_epi8(a, b)))                                                     \
    X(add_epi16, 0xcee51cd7ba870315, put(h, _mm256_add_epi16(a, b)))                                                   \
    X(add_epi32, 0x9799c5e2ce09ee22, put(h, _mm256_add_epi32(a, b)))                                                   \
    X(add_epi64, 0x009e740e523afa0a, put(h, _mm256_add_epi64(a, b)))                                                   \
    X(sub_epi8, 0x275ebbda27968ce6, put(h, _mm256_sub_epi8(a, b)))                                                     \
    X(sub_epi16, 0xc99e21c966a8caac, put(h, _mm256_sub_epi16(a, b)))                                                   \
    X(sub_epi32, 0x08a89103b84c959f, put(h, _mm256_sub_epi32(a, b)))                                                   \
    X(subs_epi8, 0x69dfd7c91401e7dc, put(h, _mm256_subs_epi8(a, b)))                                                   \
    X(subs_epu8, 0x449864daf2e0fe9e, put(h, _mm256_subs_epu8(a, b)))                                                   \
    X(mullo_epi16, 0x2239f84992f83360, put(h, _mm256_mullo_epi16(a, b)))                                               \
    X(mullo_epi32, 0xeb1cd6ca5c26a38a, put(h, _mm256_mullo_epi32(a, b)))                                               \
    X(mulhi_epu16, 0xb28cbd443d43173a, put(h, _mm256_mulhi_epu16(a, b)))                                               \
    X(mul_epu32, 0xe256aedd2fc1487d, put(h, _mm256_mul_epu32(a, b)))                                                   \
    X(mul_epi32, 0x3e7095f1566a3469, put(h, _mm256_mul_epi32(a, b)))                                                   \
    X(madd_epi16, 0xd93c6085bc0ca50d, put(h, _mm256_madd_epi16(a, b)))                                                 \
    X(maddubs_epi16, 0xba3b09577c201a8e, put(h, _mm256_maddubs_epi16(a, b)))                                           \
    X(sad_epu8, 0x5d512820d1f6f35c, put(h, _mm256_sad_epu8(a, b)))                                                     \
    X(avg_epu8, 0x8e1e67caa52cac19, put(h, _mm256_avg_epu8(a, b)))                                                     \
    X(min_epu8, 0x3ca44d6c4e20bb95, put(h, _mm256_min_epu8(a, b)))                                                     \
    X(max_epu8, 0xdcca0aee23a5bb58, put(h, _mm256_max_epu8(a, b)))                                                     \
    X(min_epi16, 0xb248cdf75a1ed074, put(h, _mm256_min_epi16(a, b)))                                                   \
    X(max_epi16, 0x57eed46c54f09c19, put(h, _mm256_max_epi16(a, b)))                                                   \
    X(min_epi32, 0xf8cae875d18d9147, put(h, _mm256_min_epi32(a, b)))                                                   \
    X(max_epi32, 0x2f4fd6f48edc5f76, put(h, _mm256_max_epi32(a, b)))                                                   \
    X(min_epu32, 0x78ec87bb95046790, put(h, _mm256_min_epu32(a, b)))                                                   \
    X(max_epu32, 0xcc12afdc5b185575, put(h, _mm256_max_epu32(a, b)))                                                   \
    X(cmpeq_epi8, 0x1d648364bad6e07a, put(h, _mm256_cmpeq_epi8(a, b)))                                                 \
    X(cmpeq_epi16, 0x3deb398db07fc22d, put(h, _mm256_cmpeq_epi16(a, b)))                                               \
    X(cmpeq_epi32, 0x2549edfaef51de49, put(h, _mm256_cmpeq_epi32(a, b)))                                               \
    X(cmpeq_epi64, 0x859af8f28a28ff9d, put(h, _mm256_cmpeq_epi64(a, b)))                                               \
    X(cmpgt_epi8, 0xb71f24fc7434fec5, put(h, _mm256_cmpgt_epi8(a, b)))                                                 \
    X(cmpgt_epi32, 0xeba474190db9d2c9, put(h, _mm256_cmpgt_epi32(a, b)))                                               \
    X(cmpgt_epi64, 0xc77799da2a5c0f75, put(h, _mm256_cmpgt_epi64(a, b)))                                               \
    X(sign_epi32, 0xc7f336be79f9785a, put(h, _mm256_sign_epi32(a, b)))                                                 \
    X(packs_epi16, 0xc00e653c0a162ba0, put(h, _mm256_packs_epi16(a, b)))                                               \
    X(packus_epi16, 0xc6a2d8fcea02411d, put(h, _mm256_packus_epi16(a, b)))                                             \
    X(packs_epi32, 0x7ca39c698009ada1, put(h, _mm256_packs_epi32(a, b)))                                               \
    X(packus_epi32, 0xbc173ed0a66c99c1, put(h, _mm256_packus_epi32(a, b)))                                             \
    X(unpacklo_epi8, 0x6da50bcf98dcb25e, put(h, _mm256_unpacklo_epi8(a, b)))                                           \
    X(unpackhi_epi8, 0x43cd4b3ac99ee457, put(h, _mm256_unpackhi_epi8(a, b)))                                           \
    X(unpacklo_epi16, 0xc9e4dd31ef9b82b4, put(h, _mm256_unpacklo_epi16(a, b)))                                         \
    X(unpackhi_epi16, 0xe5af03e89279c0b1, put(h, _mm256_unpackhi_epi16(a, b)))                                         \
    X(unpacklo_epi64, 0x4a84a3b8daac5e80, put(h, _mm256_unpacklo_epi64(a, b)))                                         \
    X(unpackhi_epi64, 0x2dce3c782fa2e895, put(h, _mm256_unpackhi_epi64(a, b)))                                         \
    X(shuffle_epi8, 0xfff74502c4689e49, put(h, _mm256_shuffle_epi8(a, b)))                                             \
    X(and_si256, 0x16e4fe6c9954a08a, put(h, _mm256_and_si256(a, b)))                                                   \
    X(or_si256, 0x62ec964a6597897f, put(h, _mm256_or_si256(a, b)))                                                     \
    X(xor_si256, 0x88ee9613f0db91e8, put(h, _mm256_xor_si256(a, b)))                                                   \
    X(andnot_si256, 0x3d0e90699ced287c, put(h, _mm256_andnot_si256(a, b)))                                             \
    X(abs_epi8, 0xe46008baadc610ee, put(h, _mm256_abs_epi8(a)))                                                        \
    X(abs_epi32, 0xfe33263c6fc5219f, put(h, _mm256_abs_epi32(a)))                                                      \
    X(blendv_epi8, 0x3eef368cfdb5febd, put(h, _mm256_blendv_epi8(a, b, c)))                                            \
    X(slli_epi16, 0xae07320dbc85182e, put(h, _mm256_slli_epi16(a, 3)))                                                 \
    X(srli_epi16, 0x58fa26296cec8a02, put(h, _mm256_srli_epi16(a, 5)))                                                 \
    X(slli_epi32, 0x55757eb6251065be, put(h, _mm256_slli_epi32(a, 9)))                                                 \
    X(srli_epi32, 0x12f9575d615333e8, put(h, _mm256_srli_epi32(a, 24)))                                                \
    X(srai_epi32, 0x749993f02c4c19ee, put(h, _mm256_srai_epi32(a, 16)))                                                \
    X(slli_epi64, 0xeb2d5e5d45a70e6f, put(h, _mm256_slli_epi64(a, 33)))                                                \
    X(srli_epi64, 0xb62b2492b51d66e7, put(h, _mm256_srli_epi64(a, 45)))                                                \
    X(slli_si256, 0x2c9cdabb1b64c802, put(h, _mm256_slli_si256(a, 4)))                                                 \
    X(srli_si256, 0x7c631a1d20ca4908, put(h, _mm256_srli_si256(a, 8)))                                                 \
    X(shuffle_epi32, 0x74d8e606eec9f7c6, put(h, _mm256_shuffle_epi32(a, _MM_SHUFFLE(0, 3, 1, 2))))                     \
    X(blend_epi16, 0xfffea1f69c89f7ea, put(h, _mm256_blend_epi16(a, b, 0xa6)))                                         \
    X(blend_epi32, 0x325982272ac8fd72, put(h, _mm256_blend_epi32(a, b, 0xa6)))                                         \
    X(testz_testc, 0xb0bdcaae97426f64, put_number(h, 2 * _mm256_testz_si256(a, d) + _mm256_testc_si256(a, d)))         \
    X(movemask_epi8, 0x8cfa30e49412372a, put_number(h, _mm256_movemask_epi8(a)))                                       \
    X(set, 0x09697d245fcebb25, put(h, _mm256_set_m128i(_mm_set_epi64x(3, -4), _mm_setr_epi32(1, 2, -3, 4))))           \
    X(setr_epi8, 0x1342f91de63caf25,                                                                                   \
      put(h, _mm256_setr_epi8(1, 2, 3, 4, 5, 6, 7, 8, 9, -10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,  \
                              25, 26, 27, 28, 29, 30, -31, 32)))                                                       \
    X(setr_epi32, 0x94a13f0bb3874725, put(h, _mm256_setr_epi32(1, 2, 3, 4, 5, -6, 7, 8)))                              \
    X(set1, 0x6d66a78a34a75325,                                                                                        \
      put(h, _mm256_add_epi8(_mm256_add_epi16(_mm256_set1_epi8(-7), _mm256_set1_epi16(-300)),                          \
                             _mm256_add_epi32(_mm256_set1_epi32(-70000), _mm256_set1_epi64x(-5000000000)))))           \
    X(i32gather_epi32, 0x9185ed5c1a51e77a, put(h, _mm256_i32gather_epi32((const int *)memory, at, 1)))                 \
    X(i32gather_ps, 0x2ff48ded17742665, put_floats(h, _mm256_i32gather_ps((const float *)memory, at, 4)))              \
    X(i32gather_epi64, 0x619862053a9824fb,                                                                             \
      put(h, _mm256_i32gather_epi64((const long long *)memory, _mm256_castsi256_si128(at), 1)))                        \
    X(mask_i32gather_epi32, 0xb05fc93e7a438ae8,                                                                        \
      put(h, _mm256_mask_i32gather_epi32(a, (const int *)memory, _mm256_blendv_epi8(far, at, signs), signs, 1)))       \
    X(maskload_ps, 0x7b3bfd2112de0386, put_floats(h, _mm256_maskload_ps((const float *)memory, signs)))                \
    X(permute2x128_si256, 0x9ed32cb7b45b886b, put(h, _mm256_permute2x128_si256(a, b, 0x21)),                           \
      put(h, _mm256_permute2x128_si256(a, b, 0x08)), put(h, _mm256_permute2x128_si256(a, b, 0x31)))                    \
    X(permute4x64_epi64, 0x2ecea95aac4a2a0a, put(h, _mm256_permute4x64_epi64(a, _MM_SHUFFLE(3, 1, 2, 0))))             \
    X(permute4x64_pd, 0x4427f09401d0c0c5, put_doubles(h, _mm256_permute4x64_pd(p, 0xff)))                              \
    X(permutevar8x32_epi32, 0x4e8fe26008755c3a, put(h, _mm256_permutevar8x32_epi32(a, b)))                             \
    X(halves, 0x7d3fad8550a7ef51,                                                                                      \
      put(h, _mm256_inserti128_si256(_mm256_broadcastsi128_si256(_mm256_extracti128_si256(a, 1)),                      \
                                     _mm256_castsi256_si128(b), 1)))                                                   \
    X(half_floats, 0xba99db583643b5bf, put_floats(h, _mm256_insertf128_ps(x, _mm256_extractf128_ps(y, 1), 0)))         \
    X(extract_epi64, 0x16edd85af7e84343, put_number(h, _mm256_extract_epi64(a, 3) ^ _mm256_extract_epi64(b, 0)))       \
    X(broadcastd_epi32, 0x8046dd538455b605, put(h, _mm256_broadcastd_epi32(s)))                                        \
    X(mm256_cvtepu8_epi16, 0x52c93b515ba2daaf, put(h, _mm256_cvtepu8_epi16(s)))                                        \
    X(mm256_cvtepi8_epi16, 0x29a28f5277226ba2, put(h, _mm256_cvtepi8_epi16(s)))                                        \
    X(mm256_cvtepu16_epi32, 0x0657e946d22992a1, put(h, _mm256_cvtepu16_epi32(s)))                                      \
    X(mm256_cvtepi16_epi32, 0x9452737ae15d3747, put(h, _mm256_cvtepi16_epi32(s)))                                      \
    X(mm256_cvtepi32_epi64, 0xf35e08971a3f9ee9, put(h, _mm256_cvtepi32_epi64(s)))                                      \
    X(mm256_cvtepu8_epi32, 0x5936ae94dccb4818, put(h, _mm256_cvtepu8_epi32(s)))                                        \
    X(mm256_cvtepu8_epi64, 0xbef25ba100434de7, put(h, _mm256_cvtepu8_epi64(s)))                                        \
    X(add_ps, 0x370fa08db524fddb, put_floats(h, _mm256_add_ps(x, y)))                                                  \
    X(sub_ps, 0x9a7c321202c60183, put_floats(h, _mm256_sub_ps(x, y)))                                                  \
    X(mul_ps, 0x6791fb3f1d79182b, put_floats(h, _mm256_mul_ps(x, y)))                                                  \
    X(div_ps, 0x8493d4e4936b176b, put_floats(h, _mm256_div_ps(x, y)))                                                  \
    X(sqrt_ps, 0xbb24cee58fe985a8, put_floats(h, _mm256_sqrt_ps(x)))                                                   \
    X(min_ps, 0x46856f22d997cdfe, put_floats(h, _mm256_min_ps(x, y)))                                                  \
    X(max_ps, 0x27e7ca73627c4aca, put_floats(h, _mm256_max_ps(x, y)))                                                  \
    X(and_ps, 0xea73d6f1a6fd1cac, put_floats(h, _mm256_and_ps(x, y)))                                                  \
    X(or_ps, 0xd236447ee778c840, put_floats(h, _mm256_or_ps(x, y)))                                                    \
    X(andnot_ps, 0x7f9a06a5a6963032, put_floats(h, _mm256_andnot_ps(x, y)))                                            \
    X(unpacklo_ps, 0x343e1da6c83d4dc3, put_floats(h, _mm256_unpacklo_ps(x, y)))                                        \
    X(unpackhi_ps, 0xbef3bb81afff1045, put_floats(h, _mm256_unpackhi_ps(x, y)))                                        \
    X(blendv_ps, 0xfb1b8aeb66efc4c1, put_floats(h, _mm256_blendv_ps(x, y, _mm256_castsi256_ps(a))))                    \
    X(shuffle_ps, 0xb6b1053bb0a40668, put_floats(h, _mm256_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 3, 1))))                 \
    X(cmp_EQ_OQ, 0xde999b8c0d268d6d, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_EQ_OQ))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_EQ_OQ))))                                                    \
    X(cmp_NEQ_UQ, 0x6f7be8eed2ae62dd, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_NEQ_UQ))),                   \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_NEQ_UQ))))                                                   \
    X(cmp_NEQ_OQ, 0xe3239f1c12bc68d9, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_NEQ_OQ))),                   \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_NEQ_OQ))))                                                   \
    X(cmp_LT_OQ, 0x6de6bdfd385aea9d, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_LT_OQ))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_LT_OQ))))                                                    \
    X(cmp_LE_OQ, 0x09eab46b2725dee5, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_LE_OQ))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_LE_OQ))))                                                    \
    X(cmp_GT_OQ, 0xe048671d9d24d961, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_GT_OQ))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_GT_OQ))))                                                    \
    X(cmp_GE_OQ, 0xa22f7543ec30a7a9, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_GE_OQ))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_GE_OQ))))                                                    \
    X(cmp_ORD_Q, 0xe8bd15a0f8548f21, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_ORD_Q))),                     \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_ORD_Q))))                                                    \
    X(cmp_UNORD_Q, 0x761130206526fb29, put(h, _mm256_castps_si256(_mm256_cmp_ps(x, y, _CMP_UNORD_Q))),                 \
      put(h, _mm256_castpd_si256(_mm256_cmp_pd(p, q, _CMP_UNORD_Q))))                                                  \
    X(add_pd, 0x240ee4745ef92af7, put_doubles(h, _mm256_add_pd(p, q)))                                                 \
    X(sub_pd, 0x3cc18167cffdfe0c, put_doubles(h, _mm256_sub_pd(p, q)))                                                 \
    X(mul_pd, 0x461d04b9dfa4f097, put_doubles(h, _mm256_mul_pd(p, q)))                                                 \
    X(div_pd, 0xc7b8e3cfd06ea806, put_doubles(h, _mm256_div_pd(p, q)))                                                 \
    X(min_pd, 0xde6da65b9edc37be, put_doubles(h, _mm256_min_pd(p, q)))                                                 \
    X(max_pd, 0x0090c5da5fd82d24, put_doubles(h, _mm256_max_pd(p, q)))                                                 \
    X(and_pd, 0x19a92b9cce8d2a14, put_doubles(h, _mm256_and_pd(p, q)))                                                 \
    X(or_pd, 0x30c708653833f607, put_doubles(h, _mm256_or_pd(p, q)))                                                   \
    X(unpacklo_pd, 0x2984f675a29692d8, put_doubles(h, _mm256_unpacklo_pd(p, q)))                                       \
    X(unpackhi_pd, 0x16564afb8ebc80e9, put_doubles(h, _mm256_unpackhi_pd(p, q)))                                       \
    X(andnot_pd, 0xc4ff70a3a66f6644, put_doubles(h, _mm256_andnot_pd(p, q)))                                           \
    X(sqrt_pd, 0x8da9b744434cf9c3, put_doubles(h, _mm256_sqrt_pd(p)))                                                  \
    X(floor_pd, 0x3d606842892ea14e, put_doubles(h, _mm256_floor_pd(p)))                                                \
    X(round_pd, 0x93cb0a11b607fc37, put_doubles(h, _mm256_round_pd(p, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)))        \
    X(blendv_pd, 0xf667771c4382ef5a, put_doubles(h, _mm256_blendv_pd(p, q, _mm256_castsi256_pd(a))))                   \
    X(blend_pd, 0x3b11051aa487caba, put_doubles(h, _mm256_blend_pd(p, q, 6)))                                          \
    X(movemask_ps, 0x5a52b4f32ef6f622, put_number(h, _mm256_movemask_ps(x)))                                           \
    X(movemask_pd, 0x8300cec33fac33a5, put_number(h, _mm256_movemask_pd(p)))                                           \
    X(cvtepi32_ps, 0x40b4e8a9f98e947c, put_floats(h, _mm256_cvtepi32_ps(a)))                                           \
    X(cvttps_epi32, 0x0ddae9d46ae6407a, put(h, _mm256_cvttps_epi32(x)))                                                \
    X(cvtepi32_pd, 0xbd5f6e4e182f876e, put_doubles(h, _mm256_cvtepi32_pd(s)))                                          \
    X(cvtps_pd, 0x4b298508aa43d3f4, put_doubles(h, _mm256_cvtps_pd(_mm256_castps256_ps128(x))))                        \
    X(cvtpd_ps, 0xf71591697b9211d8, put_floats(h, _mm256_set_m128(_mm256_cvtpd_ps(p), _mm256_cvtpd_ps(q))))            \
    X(cvttpd_epi32, 0xd7cbc1262236576b, put_half(h, _mm256_cvttpd_epi32(p)))                                           \
    X(mm_add_epi8, 0xdfb92c9dd2b71f00, put_half(h, _mm_add_epi8(s, t)))                                                \
    X(mm_add_epi16, 0x537f9867ed618095, put_half(h, _mm_add_epi16(s, t)))                                              \
    X(mm_add_epi32, 0x3d504805d235e4c7, put_half(h, _mm_add_epi32(s, t)))                                              \
    X(mm_add_epi64, 0xe01afed3a40b80e1, put_half(h, _mm_add_epi64(s, t)))                                              \
    X(mm_mullo_epi32, 0xc49e14fdceb4edfb, put_half(h, _mm_mullo_epi32(s, t)))                                          \
    X(mm_min_epu8, 0x501aac920e0c4cdb, put_half(h, _mm_min_epu8(s, t)))                                                \
    X(mm_max_epu8, 0xc3dd0ca2ec180e3a, put_half(h, _mm_max_epu8(s, t)))                                                \
    X(mm_min_epu32, 0xaceb2a6f1d2f341b, put_half(h, _mm_min_epu32(s, t)))                                              \
    X(mm_cmpgt_epi8, 0x96fc5ba100c30760, put_half(h, _mm_cmpgt_epi8(s, t)))                                            \
    X(mm_cmpgt_epi32, 0x541ed0497a31a315, put_half(h, _mm_cmpgt_epi32(s, t)))                                          \
    X(mm_cmpeq_epi32, 0xcd5da8ce5ca49625, put_half(h, _mm_cmpeq_epi32(s, t)))                                          \
    X(mm_and_si128, 0xa2ed1fd831719ba7, put_half(h, _mm_and_si128(s, t)))                                              \
    X(mm_or_si128, 0xa5d678651cd10316, put_half(h, _mm_or_si128(s, t)))                                                \
    X(mm_xor_si128, 0xc3358ed862aab20c, put_half(h, _mm_xor_si128(s, t)))                                              \
    X(mm_andnot_si128, 0xb97e31056aeb0732, put_half(h, _mm_andnot_si128(s, t)))                                        \
    X(mm_unpacklo_epi32, 0xaffd1b1e3bda823d, put_half(h, _mm_unpacklo_epi32(s, t)))                                    \
    X(mm_unpackhi_epi32, 0x4483dba6fe60e33c, put_half(h, _mm_unpackhi_epi32(s, t)))                                    \
    X(mm_packus_epi16, 0xd25bb8ba62aecc8f, put_half(h, _mm_packus_epi16(s, t)))                                        \
    X(mm_packus_epi32, 0x23e1386b2748cee9, put_half(h, _mm_packus_epi32(s, t)))                                        \
    X(mm_packs_epi16, 0x903363cd0f48d352, put_half(h, _mm_packs_epi16(s, t)))                                          \
    X(mm_packs_epi32, 0x0375b9c94b5741ff, put_half(h, _mm_packs_epi32(s, t)))                                          \
    X(mm_shuffle_epi8, 0x00ceb5503006c082, put_half(h, _mm_shuffle_epi8(s, t)))                                        \
    X(mm_cvtepu8_epi16, 0x6665b6adeb23e9e0, put_half(h, _mm_cvtepu8_epi16(s)))                                         \
    X(mm_cvtepu8_epi32, 0xdb13cbc0cc32a857, put_half(h, _mm_cvtepu8_epi32(s)))                                         \
    X(mm_cvtepi8_epi32, 0x1ab4d63ef190b9e7, put_half(h, _mm_cvtepi8_epi32(s)))                                         \
    X(mm_cvtepu16_epi32, 0x006030b94a44518e, put_half(h, _mm_cvtepu16_epi32(s)))                                       \
    X(mm_cvtepi16_epi32, 0x48f61351ff05f2ba, put_half(h, _mm_cvtepi16_epi32(s)))                                       \
    X(mm_blendv_epi8, 0x22da4043612a7e1e, put_half(h, _mm_blendv_epi8(s, t, _mm256_castsi256_si128(c))))               \
    X(mm_srli_epi16, 0x1fa4002a0730fb55, put_half(h, _mm_srli_epi16(s, 4)))                                            \
    X(mm_shifts, 0x9453760ff017c104, put_half(h, _mm_add_epi32(_mm_slli_epi32(s, 24), _mm_srli_epi32(t, 8))))          \
    X(mm_testz_si128, 0xc20167c4961368c5, put_number(h, _mm_testz_si128(s, _mm256_castsi256_si128(d))))                \
    X(mm_scalars, 0x95a5c82ca2287be1,                                                                                  \
      put_number(h, _mm_cvtsi128_si32(s) ^ _mm_cvtsi128_si64(t) ^ _mm_extract_epi64(s, 1)))                            \
    X(mm_cvtsi32_si128, 0x00601d644552c36d, put_half(h, _mm_cvtsi32_si128(_mm_cvtsi128_si32(s))))                      \
    X(mm_stores, 0xab47908c0130e315, uint8_t bytes[16] = {0}; _mm_storel_epi64((void *)bytes, s);                      \
      _mm_storeu_si32(bytes + 8, t); put_bytes(h, bytes, sizeof bytes))                                                \
    X(mm_set1, 0x307a7fd9015bab25,                                                                                     \
      put_half(h, _mm_add_epi32(_mm_add_epi8(_mm_set1_epi8(-3), _mm_set1_epi16(-300)), _mm_set1_epi32(-70000))))       \
    X(mm_casts, 0xdb13cbc0cc32a857,                                                                                    \
      put_half(h, _mm_castps_si128(_mm_add_ps(_mm_setzero_ps(), _mm_castsi128_ps(_mm_cvtepu8_epi32(s))))))             \
    X(mm_unpack, 0x85ba0eca225eb6a4, put_half(h, _mm_unpacklo_epi8(s, t)), put_half(h, _mm_unpackhi_epi8(s, t)),       \
      put_half(h, _mm_unpacklo_epi16(s, t)), put_half(h, _mm_unpackhi_epi16(s, t)),                                    \
      put_half(h, _mm_unpacklo_epi64(s, t)), put_half(h, _mm_unpackhi_epi64(s, t)))                                    \
    X(mm_loads, 0x6ac835f877a2bf45, put_half(h, _mm_loadl_epi64((const void *)(memory + k))),                          \
      put_half(h, _mm_loadu_si128((const void *)(memory + k))))                                                        \
    X(mm_min_max_ss, 0x7ecb5c184a7132fc, put_floats(h, _mm256_set_m128(_mm_min_ss(m, n), _mm_max_ss(m, n))))           \
    X(mm_min_max_ps, 0xd3bf1897a1cd9596, put_floats(h, _mm256_set_m128(_mm_min_ps(m, n), _mm_max_ps(m, n))))           \
    X(mm_movehl_ps, 0x2990cb0a3dbb2bc3,                                                                                \
      put_floats(h, _mm256_set_m128(_mm_movehl_ps(m, n), _mm_shuffle_ps(m, n, 0x1b))))                                 \
    X(mm_add_sd, 0x87010be78383a56c, put_double(h, _mm_cvtsd_f64(_mm_add_sd(u, _mm_unpackhi_pd(w, u)))))               \
    X(mm_add_pd, 0x435e9b5a5e2eaec9, put_double(h, _mm_cvtsd_f64(_mm_add_pd(u, w))))
EACH(DIGEST)

static const struct {
    const char *name;
    uint64_t (*digest)(void);
    uint64_t want;
} cases[] = {
#define CASE(name, want, ...) {#name, digest_##name, want},
    EACH(CASE)};

static void test_every_operation(void **state) {
    (void)state;
    rng r = {2};
    for (size_t i = 0; i < sizeof memory; i++) {
        memory[i] = (uint8_t)rng_next(&r);
    }
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t digest = cases[i].digest();
        if (digest != cases[i].want) {
            (void)fprintf(stderr, "%s: 0x%016llx, want 0x%016llx\n", cases[i].name, (unsigned long long)digest,
                          (unsigned long long)cases[i].want);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    if (!(imx_cpu_detect() & (IMX_CPU_AVX2 | IMX_CPU_NEON))) {
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_operation)};
    return cmocka_run_group_tests_name("kernels: intrinsics", tests, NULL, NULL);
}
