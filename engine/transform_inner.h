/* engine/transform_inner.h: what transform.c shows to its neighbours in the room (transform_grid*.c, footprint_*.c).
 */
#ifndef IMX_ENGINE_TRANSFORM_INNER_H
#define IMX_ENGINE_TRANSFORM_INNER_H

#include "engine/transform.h"

/* As imx_transform_inverse() without the guard against aliases: for pixels among neighbours that were guarded. */
void imx_transform_inverse_unguarded(imx_transform *transform, size_t n, double *x, double *y);
/* As imx_transform_forward() with x as the projection gives it, not brought into the space. */
void imx_transform_forward_unwrapped(imx_transform *transform, size_t n, double *x, double *y);
/* The shift in source px after which the same place comes again (a longitude axis); 0, 0: there is none. */
void imx_transform_period(const imx_transform *transform, double period_px[2]);
/* Level-0 size of the asset. */
void imx_transform_size(const imx_transform *transform, double *width_px, double *height_px);
/* crs is NULL in it. */
const imx_space *imx_transform_space(const imx_transform *transform);

/* Output px between the kinks of a transform that is smooth only in pieces (over a DEM's cells); 0: smooth. */
double imx_transform_detail(const imx_transform *transform);

/* Whether something else than projections and affines is in it (a model), which may wave between any two points. */
bool imx_transform_waves(const imx_transform *transform);

#endif
