/* tiler/grid_axes.c: see the header. */
#include "tiler/grid_axes.h"

#include <strings.h>

enum { NAMES = 6 };

/* The CRS's own names in this order. */
static bool are(const imx_grid_crs *crs, const char *first, const char *second) {
    return crs->axes[0][0] && strcasecmp(crs->axes[0], first) == 0 && strcasecmp(crs->axes[1], second) == 0;
}

static bool is_one_of(const char *const names[NAMES], const char *name) {
    for (int i = 0; i < NAMES; i++) {
        if (strcasecmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

imx_grid_axes imx_grid_axes_compare(const imx_grid_crs *crs, const char *first, const char *second) {
    static const char *const north[NAMES] = {"Lat", "Latitude", "N", "Northing", "North", "Y"}, *const east[NAMES] = {
                                                                                                    "Lon",  "Longitude",
                                                                                                    "E",    "Easting",
                                                                                                    "Long", "X"};
    if (are(crs, first, second)) {
        return IMX_GRID_AXES_SAME;
    }
    if (are(crs, second, first)) {
        return IMX_GRID_AXES_SWAPPED;
    }
    const bool north_first = is_one_of(north, first) && is_one_of(east, second);
    if (!north_first && !(is_one_of(east, first) && is_one_of(north, second))) {
        return IMX_GRID_AXES_OTHER;
    }
    return north_first == crs->north_first ? IMX_GRID_AXES_SAME : IMX_GRID_AXES_SWAPPED;
}
