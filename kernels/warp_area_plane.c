/* kernels/warp_area_plane.c: reference of the area warps on planes: one text for the four types. */
#include "kernels/warp_area_plane.h"

IMX_GENERIC bool is_valid(imx_type type, const uint8_t *valid, int32_t x, float v) {
    return (!valid || valid[x]) && (type != IMX_F32 || v == v);
}

/* ---- average, rms ---- */

IMX_GENERIC void mean_pixel(const imx_warp_area_plane *job, imx_type type, imx_area_method method,
                            const imx_area_axis *x, const imx_area_axis *y, size_t i) {
    double lane_v[IMX_AREA_LANES] = {0}, lane_s[IMX_AREA_LANES] = {0};
    for (int32_t from = 0; from < x->count; from += IMX_AREA_LANES) {
        const int32_t columns = x->count - from < IMX_AREA_LANES ? x->count - from : IMX_AREA_LANES;
        double v_sum[IMX_AREA_LANES] = {0}, s_sum[IMX_AREA_LANES] = {0};
        for (int32_t k = y->first; k < y->first + y->count; k++) {
            const uint8_t *row = imx_area_row(job, k), *valid = imx_area_valid_row(job, k);
            const double wy = imx_area_plane_weight(y, k);
            for (int32_t c = 0; c < columns; c++) {
                const float v = imx_area_sample(type, row, x->first + from + c);
                if (is_valid(type, valid, x->first + from + c, v)) {
                    const double term = method == IMX_AREA_RMS ? (double)v * (double)v : (double)v;
                    v_sum[c] += wy * term;
                    s_sum[c] += wy;
                }
            }
        }
        for (int32_t c = 0; c < columns; c++) {
            const double wx = imx_area_plane_weight(x, x->first + from + c);
            if (s_sum[c] > 0) {
                lane_v[c] += wx * v_sum[c];
                lane_s[c] += wx * s_sum[c];
            }
        }
    }
    imx_area_put_mean(job, type, method, i, (imx_area_mean){imx_area_add_lanes(lane_v), imx_area_add_lanes(lane_s)});
}

/* ---- min, max ---- */

IMX_GENERIC void extreme_pixel(const imx_warp_area_plane *job, imx_type type, bool max, const imx_area_axis *x,
                               const imx_area_axis *y, size_t i) {
    float best = 0;
    bool any = false;
    for (int32_t k = y->first; k < y->first + y->count; k++) {
        const uint8_t *row = imx_area_row(job, k), *valid = imx_area_valid_row(job, k);
        for (int32_t c = x->first; c < x->first + x->count; c++) {
            const float v = imx_area_sample(type, row, c);
            if (is_valid(type, valid, c, v)) {
                best = !any || (max ? v > best : v < best) ? v : best;
                any = true;
            }
        }
    }
    job->dst_valid[i] = any ? 255 : 0;
    imx_area_put(type, job->dst, i, best + 0.0F);
}

/* ---- quantiles: by keys whose order as unsigned integers is that of the samples ---- */

IMX_GENERIC uint32_t key_of(imx_type type, float v) {
    if (type != IMX_F32) {
        return (uint32_t)((int32_t)v + (type == IMX_I16 ? 32768 : 0));
    }
    const float canonical = v + 0.0F;
    uint32_t bits;
    memcpy(&bits, &canonical, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

IMX_GENERIC float value_of(imx_type type, uint32_t key) {
    if (type != IMX_F32) {
        return (float)((int32_t)key - (type == IMX_I16 ? 32768 : 0));
    }
    const uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* The valid keys of a box of few taps, ascending. */
enum { FEW = 32 };

IMX_GENERIC int32_t sort_few(const imx_warp_area_plane *job, imx_type type, const imx_area_axis *x,
                             const imx_area_axis *y, uint32_t keys[FEW]) {
    int32_t n = 0;
    for (int32_t k = y->first; k < y->first + y->count; k++) {
        const uint8_t *row = imx_area_row(job, k), *valid = imx_area_valid_row(job, k);
        for (int32_t c = x->first; c < x->first + x->count; c++) {
            const float v = imx_area_sample(type, row, c);
            if (is_valid(type, valid, c, v)) {
                const uint32_t key = key_of(type, v);
                int32_t at = n++;
                for (; at > 0 && keys[at - 1] > key; at--) {
                    keys[at] = keys[at - 1];
                }
                keys[at] = key;
            }
        }
    }
    return n;
}

/* Counts the keys whose bits above `shift + 8` are those of prefix by their next eight bits; returns how many. */
IMX_GENERIC int64_t count_bytes(const imx_warp_area_plane *job, imx_type type, const imx_area_axis *x,
                                const imx_area_axis *y, int shift, uint32_t prefix, uint32_t bins[256]) {
    int64_t n = 0;
    memset(bins, 0, 256 * sizeof bins[0]);
    for (int32_t k = y->first; k < y->first + y->count; k++) {
        const uint8_t *row = imx_area_row(job, k), *valid = imx_area_valid_row(job, k);
        for (int32_t c = x->first; c < x->first + x->count; c++) {
            const float v = imx_area_sample(type, row, c);
            const uint32_t rest = key_of(type, v) >> shift;
            if (is_valid(type, valid, c, v) && rest >> 8 == prefix) {
                bins[rest & 255]++;
                n++;
            }
        }
    }
    return n;
}

/* Finds the key byte by byte, from the highest on. */
IMX_GENERIC bool select_key(const imx_warp_area_plane *job, imx_type type, const imx_area_axis *x,
                            const imx_area_axis *y, int quarters, uint32_t *key) {
    uint32_t bins[256], prefix = 0;
    int64_t rank = -1;
    for (int shift = type == IMX_F32 ? 24 : type == IMX_U8 ? 0 : 8; shift >= 0; shift -= 8) {
        const int64_t n = count_bytes(job, type, x, y, shift, prefix, bins);
        if (n == 0) {
            return false;
        }
        rank = rank < 0 ? imx_area_rank(n, quarters) : rank;
        uint32_t byte = 0;
        for (; bins[byte] <= rank; byte++) {
            rank -= bins[byte];
        }
        prefix = prefix << 8 | byte;
    }
    *key = prefix;
    return true;
}

IMX_GENERIC void quantile_pixel(const imx_warp_area_plane *job, imx_type type, int quarters, const imx_area_axis *x,
                                const imx_area_axis *y, size_t i) {
    uint32_t keys[FEW], key = 0;
    bool any;
    if (x->count <= FEW && y->count <= FEW && x->count * y->count <= FEW) {
        const int32_t n = sort_few(job, type, x, y, keys);
        any = n > 0;
        key = any ? keys[imx_area_rank(n, quarters)] : 0;
    } else {
        any = select_key(job, type, x, y, quarters, &key);
    }
    job->dst_valid[i] = any ? 255 : 0;
    imx_area_put(type, job->dst, i, any ? value_of(type, key) : 0);
}

/* ---- mode: keys counted in a table of 2^k places, twice as many as taps at least ---- */

typedef struct place {
    uint32_t key, count;
} place;

static unsigned table_log2(size_t taps) {
    unsigned log2 = 3;
    while ((size_t)1 << log2 < 2 * taps) {
        log2++;
    }
    return log2;
}

size_t imx_warp_area_scratch_bytes(size_t taps) {
    return taps <= IMX_AREA_TAPS_FREE ? 0 : ((size_t)1 << table_log2(taps)) * sizeof(place);
}

static inline uint32_t count_key(place *table, unsigned log2, uint32_t key) {
    uint32_t at = key * 2654435769u >> (32 - log2); /* Knuth's multiplicative hash */
    while (table[at].count && table[at].key != key) {
        at = (at + 1) & (((uint32_t)1 << log2) - 1);
    }
    table[at].key = key;
    return ++table[at].count;
}

IMX_GENERIC void mode_pixel(const imx_warp_area_plane *job, imx_type type, const imx_area_axis *x,
                            const imx_area_axis *y, size_t i) {
    place few[2 * IMX_AREA_TAPS_FREE], *table = few;
    const size_t taps = (size_t)x->count * (size_t)y->count;
    const unsigned log2 = table_log2(taps);
    if (taps > IMX_AREA_TAPS_FREE) {
        if (job->scratch_bytes < imx_warp_area_scratch_bytes(taps)) {
            imx_area_put_nothing(job, type, i);
            return;
        }
        table = job->scratch;
    }
    memset(table, 0, sizeof(place) << log2);
    uint32_t most = 0;
    float best = 0;
    for (int32_t k = y->first; k < y->first + y->count; k++) {
        const uint8_t *row = imx_area_row(job, k), *valid = imx_area_valid_row(job, k);
        for (int32_t c = x->first; c < x->first + x->count; c++) {
            const float v = imx_area_sample(type, row, c);
            if (is_valid(type, valid, c, v)) {
                const uint32_t times = count_key(table, log2, key_of(type, v));
                best = times > most ? v : best;
                most = times > most ? times : most;
            }
        }
    }
    job->dst_valid[i] = most ? 255 : 0;
    imx_area_put(type, job->dst, i, best + 0.0F);
}

/* ---- rows ---- */

IMX_GENERIC void warp_part(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t first,
                           size_t n) {
    for (size_t i = first; i < first + n; i++) {
        imx_area_axis x, y;
        if (!imx_area_box(&job->boxes, i, job->src_w, job->src_h, &x, &y)) {
            imx_area_put_nothing(job, type, i);
            continue;
        }
        switch (method) {
        case IMX_AREA_AVERAGE:
        case IMX_AREA_RMS: mean_pixel(job, type, method, &x, &y, i); break;
        case IMX_AREA_MIN: extreme_pixel(job, type, false, &x, &y, i); break;
        case IMX_AREA_MAX: extreme_pixel(job, type, true, &x, &y, i); break;
        case IMX_AREA_Q1: quantile_pixel(job, type, 1, &x, &y, i); break;
        case IMX_AREA_MED: quantile_pixel(job, type, 2, &x, &y, i); break;
        case IMX_AREA_Q3: quantile_pixel(job, type, 3, &x, &y, i); break;
        case IMX_AREA_MODE: mode_pixel(job, type, &x, &y, i); break;
        }
    }
}

/* part_METHOD_TYPE(), row_METHOD_TYPE() and the tables of them. */
typedef void (*part_fn)(const imx_warp_area_plane *job, size_t first, size_t n);
#define PART(method, name, type)                                                                                       \
    static void part_##method##_##name(const imx_warp_area_plane *job, size_t first, size_t n) {                       \
        warp_part(job, type, IMX_AREA_##method, first, n);                                                             \
    }                                                                                                                  \
    static void row_##method##_##name(const imx_warp_area_plane *job) { part_##method##_##name(job, 0, job->n); }
#define PARTS(method)                                                                                                  \
    PART(method, u8, IMX_U8) PART(method, u16, IMX_U16) PART(method, i16, IMX_I16) PART(method, f32, IMX_F32)
#define NAMES(kind, method)                                                                                            \
    [IMX_AREA_##method] = {kind##_##method##_u8, kind##_##method##_u16, kind##_##method##_i16, kind##_##method##_f32}
#define EACH_METHOD(kind)                                                                                              \
    {                                                                                                                  \
        NAMES(kind, AVERAGE), NAMES(kind, MODE), NAMES(kind, MIN), NAMES(kind, MAX), NAMES(kind, MED),                 \
            NAMES(kind, Q1), NAMES(kind, Q3), NAMES(kind, RMS)                                                         \
    }
PARTS(AVERAGE)
PARTS(MODE)
PARTS(MIN)
PARTS(MAX)
PARTS(MED)
PARTS(Q1)
PARTS(Q3)
PARTS(RMS)

void imx_ref_area_plane(const imx_warp_area_plane *job, imx_type type, imx_area_method method, size_t first, size_t n) {
    static const part_fn parts[IMX_AREA_METHODS][IMX_WARP_AREA_TYPES] = EACH_METHOD(part);
    parts[method][imx_warp_area_index(type)](job, first, n);
}

void imx_ref_warp_area_plane_install(imx_warp_area_kernels *table) {
    static const imx_warp_area_plane_fn rows[IMX_AREA_METHODS][IMX_WARP_AREA_TYPES] = EACH_METHOD(row);
    memcpy(table->plane, rows, sizeof rows);
}
