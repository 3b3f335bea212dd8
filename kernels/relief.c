/* kernels/relief.c: references of light and slope. */
#include <math.h>

#include "kernels/reference.h"
#include "kernels/relief_terms.h"

imx_relief_light imx_relief_light_from(double azimuth_deg, double altitude_deg, bool all_round) {
    const double radian = 0.017453292519943295, azimuth = azimuth_deg * radian, altitude = altitude_deg * radian;
    return (imx_relief_light){.up = (float)sin(altitude),
                              .east = (float)(cos(altitude) * sin(azimuth)),
                              .north = (float)(cos(altitude) * cos(azimuth)),
                              .level = (float)cos(altitude),
                              .all_round = all_round};
}

typedef struct rise {
    float east, north;
} rise;

/* How much higher than the middle column i of a row is: differences first, which lose nothing on high ground. */
static inline float at(const imx_relief_row *row, int line, ptrdiff_t i, float middle) {
    return row->valid[line][i] ? row->heights[line][i] - middle : 0;
}

static inline rise rise_of(const imx_relief_row *row, size_t pixel) {
    const ptrdiff_t i = (ptrdiff_t)pixel;
    const float c = row->heights[1][i];
    const float nw = at(row, 0, i - 1, c), n = at(row, 0, i, c), ne = at(row, 0, i + 1, c);
    const float w = at(row, 1, i - 1, c), e = at(row, 1, i + 1, c);
    const float sw = at(row, 2, i - 1, c), s = at(row, 2, i, c), se = at(row, 2, i + 1, c);
    return (rise){(((ne + se) + (e + e)) - ((nw + sw) + (w + w))) * row->per_x,
                  (((nw + ne) + (n + n)) - ((sw + se) + (s + s))) * row->per_y};
}

static inline float lit(float v) { return v > 0 ? v : 0; }

static inline float one_light(const imx_relief_light *light, rise r) {
    return lit(light->up - (r.east * light->east + r.north * light->north));
}

static inline float four_lights(const imx_relief_light *light, rise r) {
    const float slant = light->level * imx_half_root;
    const float ee = r.east * r.east, nn = r.north * r.north, all = ee + nn;
    const float sw = 0.5f * all + r.east * r.north, nw = all - sw;
    const float sum =
        (sw * lit(light->up + (r.east + r.north) * slant) + nw * lit(light->up + (r.east - r.north) * slant)) +
        (ee * lit(light->up + r.east * light->level) + nn * lit(light->up - r.north * light->level));
    return all > 0 ? 0.5f * sum / all : light->up;
}

static void shade(const imx_relief_row *row, const imx_relief_light *light, uint8_t *out) {
    for (size_t i = 0; i < row->n; i++) {
        const rise r = rise_of(row, i);
        const float towards = light->all_round ? four_lights(light, r) : one_light(light, r);
        const float share = towards / sqrtf(1 + (r.east * r.east + r.north * r.north));
        out[i] = row->valid[1][i] ? (uint8_t)(lit(254 * share) + 1.5f) : 0; /* infinite heights have no share */
    }
}

/* In radians, of 0 or more. */
static inline float arc_tangent(float t) {
    const float x = t > 1 ? 1 / t : t, xx = x * x;
    float sum = imx_atan_terms[IMX_ATAN_TERMS - 1];
    for (int k = IMX_ATAN_TERMS - 2; k >= 0; k--) {
        sum = sum * xx + imx_atan_terms[k];
    }
    return t > 1 ? imx_half_pi - x * sum : x * sum;
}

static void slope(const imx_relief_row *row, float *out) {
    for (size_t i = 0; i < row->n; i++) {
        const rise r = rise_of(row, i);
        out[i] = row->valid[1][i] ? arc_tangent(sqrtf(r.east * r.east + r.north * r.north)) * imx_degrees : 0;
    }
}

const imx_relief_kernels imx_ref_relief = {.shade = shade, .slope = slope};
