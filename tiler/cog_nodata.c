/* tiler/cog_nodata.c: a GeoTIFF's nodata value in its samples' type, and what a valid sample that equals it becomes.
 *
 * Without that, values that resampling rounds or cuts off to nodata would be holes. The same as gdalwarp's for
 * integers: one less, but one more at the type's lowest value. gdalwarp moves floats by one unit in the last place,
 * upwards, which GDAL still reads as nodata: its masks take what is within 4 FLT_EPSILON of it, of doubles too, for it
 * (tested with 3.6 and 3.13). So floats go on until they are read as what they are: by 5 FLT_EPSILON of their value. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tiler/cog.h"

static double whole_beside(double nodata, double lowest) { return nodata > lowest ? nodata - 1 : nodata + 1; }

/* Upwards, to the next value (next) at least; downwards at the upper end. */
static double float_beside(double nodata, double highest, double next) {
    const double step = 5 * (double)FLT_EPSILON * fabs(nodata);
    if (isinf(nodata)) {
        return nodata > 0 ? highest : -highest;
    }
    return nodata + step <= highest ? fmax(nodata + step, next) : nodata - step;
}

/* GDAL compares with the sum of both (gcore/gdal_priv.h: ARE_REAL_EQUAL), in the samples' own type: where that
 * overflows, any difference is small. A sum is infinite from half a unit in the last place beyond the largest number
 * on: 2^103 of f32, 2^970 of f64. */
double imx_cog_unread_from(const imx_cog_options *options) {
    const imx_type_range range = imx_type_range_of(options->type);
    const double nodata = options->type == IMX_F32 ? (double)(float)options->nodata : options->nodata;
    const double from = range.max - fabs(nodata) + ldexp(1, options->type == IMX_F32 ? 103 : 970);
    return !options->has_nodata || range.whole || !isfinite(nodata) || from > range.max ? (double)INFINITY : from;
}

double imx_cog_beside(const imx_cog_options *options) {
    const imx_type_range range = imx_type_range_of(options->type);
    const double nodata = options->type == IMX_F32 ? (double)(float)options->nodata : options->nodata;
    if (range.whole) {
        return whole_beside(nodata, range.min);
    }
    return options->type == IMX_F32
               ? (double)(float)float_beside(nodata, range.max, (double)nextafterf((float)nodata, FLT_MAX))
               : float_beside(nodata, range.max, nextafter(nodata, DBL_MAX));
}

void imx_cog_sample(imx_type type, double value, uint8_t out[8]) {
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        float f32;
        double f64;
    } to = {0};
    switch (type) {
    case IMX_U8: to.u8 = (uint8_t)value; break;
    case IMX_I8: to.i8 = (int8_t)value; break;
    case IMX_U16: to.u16 = (uint16_t)value; break;
    case IMX_I16: to.i16 = (int16_t)value; break;
    case IMX_U32: to.u32 = (uint32_t)value; break;
    case IMX_I32: to.i32 = (int32_t)value; break;
    case IMX_F32: to.f32 = (float)value; break;
    case IMX_F64: to.f64 = value; break;
    }
    memcpy(out, &to, sizeof to);
}
