/* kernels/relief.h: light and slope on a surface of heights.
 *
 * The surface's rise at a pixel is Horn's weighted mean over its eight neighbours (B. K. P. Horn, "Hill shading and the
 * reflectance map", Proceedings of the IEEE 69, 1981), as in gdaldem:
 *   east = ((NE + 2 E + SE) - (NW + 2 W + SW)) per_x,   north = ((NW + 2 N + NE) - (SW + 2 S + SE)) per_y
 * of heights above the pixel's own; a neighbour that is not valid is as high as it. All in f32, each step rounded once:
 * exact across SIMD levels. */
#ifndef IMX_KERNELS_RELIEF_H
#define IMX_KERNELS_RELIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row of pixels 0..n-1 with its neighbours: -1 and n can be read, too. */
typedef struct imx_relief_row {
    const float *heights[3]; /* the row to the north, this one, the one to the south */
    const uint8_t *valid[3]; /* likewise, 0: not valid */
    float per_x, per_y;      /* 1 / (8 times the pixel's side), sides in the unit of the heights */
    size_t n;
} imx_relief_row;

/* Light from an azimuth (clockwise from north) and an altitude above the horizon. */
typedef struct imx_relief_light {
    float up, east, north; /* sin altitude, cos altitude sin azimuth, cos altitude cos azimuth */
    float level;           /* cos altitude */
    /* Four lights, from 225, 270, 315 and 360 degrees, each weighed by the square of the rise along its azimuth (after
     * R. K. Mark, USGS Open-File Report 92-422, in gdaldem's form); azimuth does not count then. */
    bool all_round;
} imx_relief_light;
imx_relief_light imx_relief_light_from(double azimuth_deg, double altitude_deg, bool all_round);

/* The cosine between the light and the surface's normal, 0 in the shade, as 1..255, halves upwards; 0 where the pixel
 * is not valid. */
typedef void (*imx_relief_shade_fn)(const imx_relief_row *row, const imx_relief_light *light, uint8_t *out);
/* Degrees from level, by Abramowitz and Stegun's polynomial 4.4.49 for the arc tangent (off by less than 0.001); 0
 * where the pixel is not valid. */
typedef void (*imx_relief_slope_fn)(const imx_relief_row *row, float *out);

typedef struct imx_relief_kernels {
    imx_relief_shade_fn shade;
    imx_relief_slope_fn slope;
} imx_relief_kernels;

#endif
