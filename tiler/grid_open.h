/* tiler/grid_open.h: from what a user says after --grid to a grid: a built-in name, or a file with a tile matrix set.
 */
#ifndef IMX_TILER_GRID_OPEN_H
#define IMX_TILER_GRID_OPEN_H

#include "tiler/grid.h"

/* A file that describes a built-in grid under its own name is that grid. *out is the grid; *own the same where it came
 * from a file and is the caller's to destroy, else NULL. IMX_E_USAGE: no such name and no such file (lists the names);
 * IMX_E_INPUT, IMX_E_UNSUPPORTED name the file. */
IMX_MUST_USE imx_status imx_grid_open(imx_memory *memory, const char *name, imx_error *err, const imx_grid **out,
                                      imx_grid **own);
/* The imx_grid_crs_fn that asks PROJ; its context is an imx_memory. */
IMX_MUST_USE imx_status imx_grid_ask_proj(void *memory, const char *crs, imx_error *err, imx_grid_crs *out);
/* Degrees of a box of a grid (CRS units, as imx_grid_tile_extent gives it); west > east: across the antimeridian. */
IMX_MUST_USE imx_status imx_grid_bounds_deg(imx_memory *memory, const imx_grid *grid, const double box[4],
                                            imx_error *err, double out[4]);

#endif
