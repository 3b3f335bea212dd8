/* kernels/warp_area_plane_f64.c: reference of the area warps on planes of doubles. */
#include "kernels/warp_area_plane.h"

typedef double real;
typedef uint64_t sort_key;

IMX_GENERIC double sample_at(imx_type type, const uint8_t *row, int32_t x) {
    (void)type;
    return ((const double *)(const void *)row)[x];
}

IMX_GENERIC void put(imx_type type, void *dst, size_t i, double v) {
    (void)type;
    ((double *)dst)[i] = v;
}

IMX_GENERIC void put_mean(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t i,
                          imx_area_mean mean) {
    const double v = method == IMX_AREA_RMS ? sqrt(mean.v / mean.s) : mean.v / mean.s;
    const bool valid = mean.s > 0 && v == v;
    job->dst_valid[i] = valid ? 255 : 0;
    put(type, job->dst, i, valid ? v + 0.0 : 0);
}

IMX_GENERIC void put_nothing(const imx_warp_area_plane *job, imx_type type, size_t i) {
    job->dst_valid[i] = 0;
    put(type, job->dst, i, 0);
}

IMX_GENERIC int key_bytes(imx_type type) {
    (void)type;
    return sizeof(sort_key);
}

IMX_GENERIC uint64_t key_of(imx_type type, double v) {
    const uint64_t sign = UINT64_C(1) << 63;
    const double canonical = v + 0.0;
    uint64_t bits;
    (void)type;
    memcpy(&bits, &canonical, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

IMX_GENERIC double value_of(imx_type type, uint64_t key) {
    const uint64_t sign = UINT64_C(1) << 63, bits = key & sign ? key & ~sign : ~key;
    double v;
    (void)type;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Knuth's multiplicative hash: the upper bits of the product. */
static inline uint32_t hash_of(uint64_t key) { return (uint32_t)(key * UINT64_C(11400714819323198485) >> 32); }

#include "kernels/warp_area_plane_text.inc"

_Static_assert(sizeof(place) == 2 * sizeof(uint64_t), "as imx_warp_area_scratch_bytes() has it");

#define KERNELS(method)                                                                                                \
    void imx_ref_part_##method##_f64(const imx_warp_area_plane *job, size_t first, size_t n) {                         \
        warp_part(job, IMX_F64, IMX_AREA_##method, first, n);                                                          \
    }                                                                                                                  \
    void imx_ref_row_##method##_f64(const imx_warp_area_plane *job) { imx_ref_part_##method##_f64(job, 0, job->n); }
IMX_AREA_EACH_METHOD(KERNELS)
