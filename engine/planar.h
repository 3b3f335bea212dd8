/* engine/planar.h: boxes, segments and rings of output space. Pure functions. */
#ifndef IMX_ENGINE_PLANAR_H
#define IMX_ENGINE_PLANAR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct imx_box { /* output px at the base level; min inclusive, max exclusive */
    double min_x, min_y, max_x, max_y;
} imx_box;

typedef struct imx_ring { /* closed: the last point is joined to the first */
    double *xy;           /* x0, y0, x1, y1, ... */
    size_t count;
} imx_ring;

imx_box imx_ring_box(const imx_ring *ring);
/* The closed rectangle of the pixel centres that a box holds, grown by so much to each side; false: it holds none. */
bool imx_box_centres(const imx_box *box, double grow, imx_box *out);
/* Of a ring of count points, positive where it runs counterclockwise with y upwards. */
double imx_twice_area(const double *xy, size_t count);
/* Even-odd rule; half-open in y, so that a vertex counts once. */
bool imx_ring_contains(const imx_ring *ring, double x, double y);
/* Whether a segment has a point in a closed rectangle. */
bool imx_segment_meets(const double a[2], const double b[2], const imx_box *rectangle);

#endif
