/* tiler/grid_raster.h: a tile matrix set made of rasters' own pixels (--raster-grid): nothing is reprojected. */
#ifndef IMX_TILER_GRID_RASTER_H
#define IMX_TILER_GRID_RASTER_H

#include "engine/scene.h"
#include "tiler/grid.h"

typedef struct imx_raster_extent { /* CRS units: a pixel, and the edges; whole pixels from edge to edge */
    double res_x, res_y, min_x, min_y, max_x, max_y;
} imx_raster_extent;

/* The finest matrix has the extent's pixels from its upper left corner on; zoom 0 is one tile. */
IMX_MUST_USE imx_status imx_grid_of_extent(imx_memory *memory, const char *crs, const imx_raster_extent *extent,
                                           uint32_t tile_px, imx_error *err, imx_grid **out);
/* The finest matrix has the pixels of the scenes' finest assets, its corner is the upper left one of them all, zoom 0
 * is one tile. The scenes must have one CRS, pixels of one size, north up, and lie on one lattice (1/64 px); where the
 * pixels are no squares the set is one that only imbrex understands (imx_grid.aspect). Or it is one scene in the plane
 * of its own pixels (IMX_CRS_PIXELS; imx_source_options.own_pixels), whose grid is that. IMX_E_INPUT names the one that
 * does not. */
IMX_MUST_USE imx_status imx_grid_of_rasters(imx_memory *memory, const imx_scene *scenes, size_t count, uint32_t tile_px,
                                            imx_error *err, imx_grid **out);

#endif
