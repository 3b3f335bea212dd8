/* tiler/grid_axes.h: orderedAxes of a tile matrix set, held against the axes of its CRS.
 *
 * pointOfOrigin is in the order of the CRS; orderedAxes only names the dimensions of the CRS in that order, for those
 * who cannot look it up (17-083r4, 6.3, tables 2 and 3). Where the two differ, one of them is wrong, and nobody can
 * tell which. */
#ifndef IMX_TILER_GRID_AXES_H
#define IMX_TILER_GRID_AXES_H

#include "tiler/grid.h"

typedef enum imx_grid_axes {
    IMX_GRID_AXES_SAME,
    IMX_GRID_AXES_SWAPPED,
    IMX_GRID_AXES_OTHER /* the names are none of this CRS */
} imx_grid_axes;

/* Names are the CRS's own abbreviations ("X" of EPSG:4549 is its northing), or else usual ones: Lat, Latitude, N,
 * Northing, Y; Lon, Long, Longitude, E, Easting, X; without regard to case. */
imx_grid_axes imx_grid_axes_compare(const imx_grid_crs *crs, const char *first, const char *second);

#endif
