/* engine/ground_parts.c: a polygon of the Earth's surface, cut at the antimeridian. */
#include <math.h>
#include <string.h>

#include "engine/ground_outline.h"

static const double tiny_deg = 1e-9; /* 0.1 mm */

bool imx_ground_span(double west, double east, double *out_west, double *out_east) {
    const double turns = 360 * floor((west + 180 + tiny_deg) / 360);
    if (east - west >= 360 - tiny_deg) {
        *out_west = -180;
        *out_east = 180;
        return false;
    }
    *out_west = fmax(west - turns, -180);
    *out_east = east - turns;
    if (*out_east > 180 + tiny_deg) {
        *out_east -= 360;
        return true;
    }
    *out_east = fmin(*out_east, 180);
    return false;
}

/* Keeps what lies east (side 1) or west (side -1) of a meridian (Sutherland and Hodgman 1974). to: room for twice
 * as many points. */
static size_t clip(const double *from, size_t count, double meridian, double side, double *to) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double *a = from + 2 * i, *b = from + 2 * ((i + 1) % count);
        const double in_a = side * (a[0] - meridian), in_b = side * (b[0] - meridian);
        if (in_a >= 0) {
            memcpy(to + 2 * kept++, a, 2 * sizeof *a);
        }
        if ((in_a > 0 && in_b < 0) || (in_a < 0 && in_b > 0)) {
            const double share = in_a / (in_a - in_b);
            to[2 * kept] = meridian;
            to[2 * kept++ + 1] = a[1] + share * (b[1] - a[1]);
        }
    }
    return kept;
}

static double area_of(const double *lonlat, size_t count) {
    double twice = 0;
    for (size_t i = 0; i < count; i++) {
        const double *a = lonlat + 2 * i, *b = lonlat + 2 * ((i + 1) % count);
        twice += (a[0] - lonlat[0]) * (b[1] - lonlat[1]) - (b[0] - lonlat[0]) * (a[1] - lonlat[1]);
    }
    return twice / 2;
}

/* Exterior rings are counterclockwise (RFC 7946, section 3.1.6). */
static void turn(double *lonlat, size_t count) {
    for (size_t i = 0, k = count - 1; i < k; i++, k--) {
        const double x = lonlat[2 * i], y = lonlat[2 * i + 1];
        memcpy(lonlat + 2 * i, lonlat + 2 * k, 2 * sizeof *lonlat);
        lonlat[2 * k] = x;
        lonlat[2 * k + 1] = y;
    }
}

/* Points that repeat the one before go. */
static size_t unite(double *lonlat, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double *last = lonlat + 2 * (kept ? kept - 1 : count - 1), *at = lonlat + 2 * i;
        if (count == 1 || fabs(at[0] - last[0]) > tiny_deg || fabs(at[1] - last[1]) > tiny_deg) {
            memmove(lonlat + 2 * kept++, at, 2 * sizeof *at);
        }
    }
    return kept;
}

static imx_status add_part(imx_memory *memory, const double *lonlat, size_t count, double turns, imx_error *err,
                           imx_ground_outline *out) {
    double *copy = imx_alloc(memory, 2 * count * sizeof *copy);
    if (!copy) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    }
    for (size_t i = 0; i < count; i++) {
        copy[2 * i] = fmin(fmax(lonlat[2 * i] - turns, -180), 180);
        copy[2 * i + 1] = lonlat[2 * i + 1];
    }
    const size_t kept = unite(copy, count);
    if (area_of(copy, kept) < 0) {
        turn(copy, kept);
    }
    out->parts[out->part_count++] = (imx_ground_part){copy, kept};
    return IMX_OK;
}

imx_status imx_ground_cut(imx_memory *memory, const double *lonlat, size_t count, imx_error *err,
                          imx_ground_outline *out) {
    double west = HUGE_VAL, east = -HUGE_VAL;
    imx_status status = IMX_OK;
    double *a = imx_alloc(memory, 8 * (count + 2) * sizeof *a), *b = imx_alloc(memory, 8 * (count + 2) * sizeof *b);
    if (!a || !b) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory for an outline");
    }
    for (size_t i = 0; i < count; i++) {
        west = fmin(west, lonlat[2 * i]);
        east = fmax(east, lonlat[2 * i]);
    }
    east = fmin(east, west + 360); /* more than a round is there twice */
    for (double turns = 360 * floor((west + 180 + tiny_deg) / 360);
         turns - 180 < east - tiny_deg && out->part_count < IMX_GROUND_PARTS_MAX && status == IMX_OK; turns += 360) {
        const size_t right = clip(lonlat, count, fmax(turns - 180, west), 1, a);
        const size_t both = clip(a, right, fmin(turns + 180, east), -1, b);
        if (both >= 3) {
            status = add_part(memory, b, both, turns, err, out);
        }
    }
    imx_free(memory, a);
    imx_free(memory, b);
    return status;
}
