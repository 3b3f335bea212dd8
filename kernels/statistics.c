/* kernels/statistics.c: references of statistics and histograms; what follows from the sums. */
#include <string.h>

#include "kernels/each_type.h"
#include "kernels/reference.h"
#include "kernels/statistics_whole.h"

#define ADD_WHOLE(name, T, TYPE)                                                                                       \
    static void add_##name(const void *samples, const uint8_t *valid, size_t n, imx_statistics *to) {                  \
        const T *s = samples;                                                                                          \
        imx_whole w = IMX_WHOLE_NONE;                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            if (!valid || valid[i]) {                                                                                  \
                const int64_t v = s[i];                                                                                \
                w.count++;                                                                                             \
                w.sum += v;                                                                                            \
                w.squares += (uint64_t)(v * v);                                                                        \
                w.min = v < w.min ? (int32_t)v : w.min;                                                                \
                w.max = v > w.max ? (int32_t)v : w.max;                                                                \
            }                                                                                                          \
        }                                                                                                              \
        imx_whole_add(to, &w);                                                                                         \
    }
ADD_WHOLE(u8, uint8_t, IMX_U8)
ADD_WHOLE(i8, int8_t, IMX_I8)
ADD_WHOLE(u16, uint16_t, IMX_U16)
ADD_WHOLE(i16, int16_t, IMX_I16)

#define ADD_LANES(name, T, TYPE)                                                                                       \
    static void add_##name(const void *samples, const uint8_t *valid, size_t n, imx_statistics *to) {                  \
        const T *s = samples;                                                                                          \
        double min = to->min, max = to->max;                                                                           \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const double v = (double)s[i];                                                                             \
            if ((!valid || valid[i]) && v == v) {                                                                      \
                to->count++;                                                                                           \
                to->sum[i % IMX_STATISTICS_LANES] += v;                                                                \
                to->squares[i % IMX_STATISTICS_LANES] += v * v;                                                        \
                min = v < min ? v : min;                                                                               \
                max = v > max ? v : max;                                                                               \
            }                                                                                                          \
        }                                                                                                              \
        to->min = min + 0.0; /* -0 + 0 is 0 */                                                                         \
        to->max = max + 0.0;                                                                                           \
    }
ADD_LANES(u32, uint32_t, IMX_U32)
ADD_LANES(i32, int32_t, IMX_I32)
ADD_LANES(f32, float, IMX_F32)
ADD_LANES(f64, double, IMX_F64)

/* Four histograms in turn: equal neighbours do not wait for each other's bin. */
static void bins_u8(const uint8_t *samples, const uint8_t *valid, size_t n, uint64_t bins[256]) {
    uint32_t part[4][256] = {{0}};
    for (size_t i = 0; i < n; i++) {
        part[i & 3][samples[i]] += !valid || valid[i] ? 1 : 0;
    }
    for (size_t b = 0; b < 256; b++) {
        bins[b] += (uint64_t)part[0][b] + part[1][b] + part[2][b] + part[3][b];
    }
}

static void bins_u16(const uint16_t *samples, const uint8_t *valid, size_t n, uint64_t bins[65536]) {
    for (size_t i = 0; i < n; i++) {
        bins[samples[i]] += !valid || valid[i] ? 1 : 0;
    }
}

static void bins_f32(const float *samples, const uint8_t *valid, size_t n, const imx_bins *into) {
    const double lo = into->lo, hi = into->hi, per_unit = into->count / (hi - lo), last = into->count - 1;
    for (size_t i = 0; i < n; i++) {
        const double v = (double)samples[i];
        if (v == v && (!valid || valid[i])) {
            const double at = (v - lo) * per_unit;
            const int32_t bin = v < lo ? -1 : v > hi ? into->count : (int32_t)(at < last ? at : last);
            into->bins[bin + 1]++;
        }
    }
}

const imx_statistics_kernels imx_ref_statistics = {
    .add = IMX_BY_TYPE(add_),
    .bins_u8 = bins_u8,
    .bins_u16 = bins_u16,
    .bins_f32 = bins_f32,
};

/* ---- what follows from them ---- */

static inline double lesser(double a, double b) { return b < a ? b : a; }
static inline double greater(double a, double b) { return b > a ? b : a; }

static void add_squares(imx_statistics *to, uint64_t low, uint64_t high) {
    to->whole_squares_low += low;
    to->whole_squares_high += high + (to->whole_squares_low < low);
}

void imx_whole_add(imx_statistics *to, const imx_whole *w) {
    if (w->count) {
        to->count += w->count;
        to->min = lesser(to->min, w->min);
        to->max = greater(to->max, w->max);
        to->whole_sum += w->sum;
        add_squares(to, w->squares, 0);
    }
}

void imx_statistics_merge(imx_statistics *into, const imx_statistics *from) {
    into->count += from->count;
    into->min = lesser(into->min, from->min);
    into->max = greater(into->max, from->max);
    into->whole_sum += from->whole_sum;
    add_squares(into, from->whole_squares_low, from->whole_squares_high);
    for (int l = 0; l < IMX_STATISTICS_LANES; l++) {
        into->sum[l] += from->sum[l];
        into->squares[l] += from->squares[l];
    }
}

static double sum_lanes(const double lane[IMX_STATISTICS_LANES]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

double imx_statistics_sum(const imx_statistics *s) { return (double)s->whole_sum + sum_lanes(s->sum); }

double imx_statistics_squares(const imx_statistics *s) {
    return (double)s->whole_squares_high * 0x1p64 + (double)s->whole_squares_low + sum_lanes(s->squares);
}

double imx_statistics_mean(const imx_statistics *s) { return s->count ? imx_statistics_sum(s) / (double)s->count : 0; }

double imx_statistics_variance(const imx_statistics *s) {
    const double rest = imx_statistics_squares(s) - imx_statistics_sum(s) * imx_statistics_mean(s);
    return s->count && rest > 0 ? rest / (double)s->count : 0;
}
