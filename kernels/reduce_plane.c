/* kernels/reduce_plane.c: references of the 2 x 2 reductions of planes: u8, u16, i16, f32, f64. */
#include <math.h>
#include <stdlib.h>

#include "kernels/reference.h"

/* ---- one quad; ok: a bit for each valid sample, not 0 ---- */

#define NEAREST(tag, sample)                                                                                           \
    static inline sample nearest_##tag(const sample p[4], unsigned ok) { return ok & 1 ? p[0] : 0; }

/* As for rgba8: the first pair in the order of its later sample, else the first valid one. */
#define MODE(tag, sample)                                                                                              \
    static inline sample mode_##tag(const sample p[4], unsigned ok) {                                                  \
        static const uint8_t pairs[6][2] = {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}};                           \
        for (int i = 0; i < 6; i++) {                                                                                  \
            const unsigned both = 1u << pairs[i][0] | 1u << pairs[i][1];                                               \
            if ((ok & both) == both && p[pairs[i][0]] == p[pairs[i][1]]) {                                             \
                return p[pairs[i][0]];                                                                                 \
            }                                                                                                          \
        }                                                                                                              \
        return ok & 1 ? p[0] : ok & 2 ? p[1] : ok & 4 ? p[2] : p[3];                                                   \
    }

#define EXTREME(name, tag, sample, start, beats)                                                                       \
    static inline sample name##_##tag(const sample p[4], unsigned ok) {                                                \
        sample best = start;                                                                                           \
        for (int i = 0; i < 4; i++) {                                                                                  \
            best = (ok >> i & 1) && p[i] beats best ? p[i] : best;                                                     \
        }                                                                                                              \
        return best;                                                                                                   \
    }

#define AVERAGE_INTEGER(tag, sample)                                                                                   \
    static inline sample average_##tag(const sample p[4], unsigned ok) {                                               \
        int32_t sum = 0, n = 0;                                                                                        \
        for (int i = 0; i < 4; i++) {                                                                                  \
            sum += ok >> i & 1 ? p[i] : 0;                                                                             \
            n += (int32_t)(ok >> i & 1);                                                                               \
        }                                                                                                              \
        const int32_t size = (2 * abs(sum) + n) / (2 * n);                                                             \
        return (sample)(sum < 0 ? -size : size);                                                                       \
    }

#define AVERAGE_FLOAT(tag, sample)                                                                                     \
    static inline sample average_##tag(const sample p[4], unsigned ok) {                                               \
        const sample v[4] = {ok & 1 ? p[0] : 0, ok & 2 ? p[1] : 0, ok & 4 ? p[2] : 0, ok & 8 ? p[3] : 0};              \
        const unsigned n = (ok & 1) + (ok >> 1 & 1) + (ok >> 2 & 1) + (ok >> 3);                                       \
        return ((v[0] + v[1]) + (v[2] + v[3])) / (sample)n;                                                            \
    }

#define INTEGER(tag, sample, least, most)                                                                              \
    AVERAGE_INTEGER(tag, sample)                                                                                       \
    NEAREST(tag, sample)                                                                                               \
    MODE(tag, sample)                                                                                                  \
    EXTREME(min, tag, sample, most, <)                                                                                 \
    EXTREME(max, tag, sample, least, >)
INTEGER(u8, uint8_t, 0, UINT8_MAX)
INTEGER(u16, uint16_t, 0, UINT16_MAX)
INTEGER(i16, int16_t, INT16_MIN, INT16_MAX)
#define FLOAT(tag, sample)                                                                                             \
    AVERAGE_FLOAT(tag, sample)                                                                                         \
    NEAREST(tag, sample)                                                                                               \
    MODE(tag, sample)                                                                                                  \
    EXTREME(min, tag, sample, (sample)INFINITY, <)                                                                     \
    EXTREME(max, tag, sample, (sample)-INFINITY, >)
FLOAT(f32, float)
FLOAT(f64, double)

/* ---- all quads ---- */

/* The valid samples of quad i as bits. */
static inline unsigned quad_ok(const uint8_t *upper, const uint8_t *lower, size_t i) {
    if (!upper) {
        return 15;
    }
    const unsigned p0 = upper[2 * i] != 0, p1 = upper[2 * i + 1] != 0, p2 = lower[2 * i] != 0;
    const unsigned p3 = lower[2 * i + 1] != 0;
    return p0 | p1 << 1 | p2 << 2 | p3 << 3;
}

/* Those of them that are not NaN. */
static inline unsigned numbers_u8(const uint8_t p[4], unsigned ok) { return (void)p, ok; }
static inline unsigned numbers_u16(const uint16_t p[4], unsigned ok) { return (void)p, ok; }
static inline unsigned numbers_i16(const int16_t p[4], unsigned ok) { return (void)p, ok; }
#define NUMBERS_FLOAT(tag, sample)                                                                                     \
    static inline unsigned numbers_##tag(const sample p[4], unsigned ok) {                                             \
        const unsigned p0 = p[0] == p[0], p1 = p[1] == p[1], p2 = p[2] == p[2], p3 = p[3] == p[3];                     \
        return ok & (p0 | p1 << 1 | p2 << 2 | p3 << 3);                                                                \
    }
NUMBERS_FLOAT(f32, float)
NUMBERS_FLOAT(f64, double)

/* candidates: a bit for each sample of the quad that may count; none: what comes out where all that do are NaN. */
#define PLANE(method, tag, sample, candidates, none)                                                                   \
    static void plane_##method##_##tag(const imx_reduce_plane *job) {                                                  \
        for (size_t y = 0; y < job->h_out; y++) {                                                                      \
            const ptrdiff_t row = (ptrdiff_t)y;                                                                        \
            const char *top = (const char *)job->src + 2 * row * job->src_stride;                                      \
            const sample *upper = (const void *)top, *lower = (const void *)(top + job->src_stride);                   \
            const uint8_t *ok_upper = job->valid ? job->valid + 2 * row * job->valid_stride : NULL;                    \
            const uint8_t *ok_lower = job->valid ? ok_upper + job->valid_stride : NULL;                                \
            sample *dst = (void *)((char *)job->dst + row * job->dst_stride);                                          \
            uint8_t *dst_valid = job->dst_valid ? job->dst_valid + row * job->dst_valid_stride : NULL;                 \
            for (size_t i = 0; i < job->w_out; i++) {                                                                  \
                const sample p[4] = {upper[2 * i], upper[2 * i + 1], lower[2 * i], lower[2 * i + 1]};                  \
                const unsigned ok = quad_ok(ok_upper, ok_lower, i) & (candidates);                                     \
                const unsigned numbers = numbers_##tag(p, ok);                                                         \
                dst[i] = (sample)(numbers ? method##_##tag(p, numbers) : ok ? none : 0);                               \
                if (dst_valid) {                                                                                       \
                    dst_valid[i] = ok ? 255 : 0;                                                                       \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }
#define PLANES(tag, sample, none)                                                                                      \
    PLANE(average, tag, sample, 15u, none)                                                                             \
    PLANE(nearest, tag, sample, 1u, none)                                                                              \
    PLANE(mode, tag, sample, 15u, none)                                                                                \
    PLANE(min, tag, sample, 15u, none)                                                                                 \
    PLANE(max, tag, sample, 15u, none)
PLANES(u8, uint8_t, 0)
PLANES(u16, uint16_t, 0)
PLANES(i16, int16_t, 0)
PLANES(f32, float, NAN)
PLANES(f64, double, NAN)

#define INSTALL(type, tag)                                                                                             \
    table->plane[IMX_REDUCE_AVERAGE][type] = plane_average_##tag;                                                      \
    table->plane[IMX_REDUCE_NEAREST][type] = plane_nearest_##tag;                                                      \
    table->plane[IMX_REDUCE_MODE][type] = plane_mode_##tag;                                                            \
    table->plane[IMX_REDUCE_MIN][type] = plane_min_##tag;                                                              \
    table->plane[IMX_REDUCE_MAX][type] = plane_max_##tag;

void imx_ref_reduce_plane_install(imx_reduce_kernels *table) {
    for (int method = 0; method < IMX_REDUCE_METHODS; method++) {
        for (int type = 0; type < IMX_TYPES; type++) {
            table->plane[method][type] = NULL;
        }
    }
    INSTALL(IMX_U8, u8)
    INSTALL(IMX_U16, u16)
    INSTALL(IMX_I16, i16)
    INSTALL(IMX_F32, f32)
    INSTALL(IMX_F64, f64)
    imx_ref_reduce_filter_plane_install(table);
}
