/* engine/ground.h: how large a pixel of output space is on the ground: its sides in metres, on WGS 84's ellipsoid.
 *
 * A web map's pixel covers cos(latitude) of what it says, degrees are not metres, and any projection stretches
 * somewhere: what speaks of heights beside lengths (light, slope) has to know. A side is the distance between the
 * middles of a pixel's opposite edges: exact at nodes, bilinear between them along rows, and constant over 16 px along
 * x at most. Nodes lie 4 to 64 px apart, so that they are 80 km apart at most where pixels are finer than 20 km: the
 * interpolation is off by 2e-5 of a side there (by the square of the angle between nodes, by 8), and by 0.1 % at a web
 * map's zoom 0. A function of the pixel's place alone. */
#ifndef IMX_ENGINE_GROUND_H
#define IMX_ENGINE_GROUND_H

#include "engine/transform.h"

typedef struct imx_ground imx_ground; /* one worker's */

/* space is borrowed. IMX_E_INPUT: PROJ does not know its CRS. */
IMX_MUST_USE imx_status imx_ground_create(imx_memory *memory, const imx_space *space, imx_error *err, imx_ground **out);
void imx_ground_destroy(imx_ground **ground);
/* The sides (along x, along y) of pixel x of row y, and of those after it, up to n: of how many, 1 to n. */
int32_t imx_ground_run(imx_ground *ground, int64_t x, int64_t y, int32_t n, double side_m[2]);

#endif
