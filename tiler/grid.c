/* tiler/grid.c: the built-in tile matrix sets, as constants, and their arithmetic.
 * Numbers: OGC 17-083r4, annex D (D.1 WebMercatorQuad, D.2 WorldCRS84Quad); they follow from the CRS's extent, so they
 * stand here as what they are derived from and not as the standard's rounded decimals. */
#include "tiler/grid.h"

#include <math.h>
#include <stddef.h>
#include <strings.h>

#define WGS84_A_M 6378137.0 /* semi-major axis */
#define MERCATOR_HALF_M (M_PI * WGS84_A_M)
#define METRES_PER_DEGREE (2 * M_PI * WGS84_A_M / 360)
#define OWN_TILE_PX 256.0
#define STANDARD_PIXEL_M 0.00028 /* OGC 17-083r4, 6.2 */
#define RES_TOLERANCE 1e-6

static const imx_grid GRIDS[] = {
    {
        .id = "WebMercatorQuad",
        .title = "Google Maps Compatible for the World",
        .uri = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
        .crs = "EPSG:3857",
        .crs_uri = "http://www.opengis.net/def/crs/EPSG/0/3857",
        .origin_x = -MERCATOR_HALF_M,
        .origin_y = MERCATOR_HALF_M,
        .res0 = 2 * MERCATOR_HALF_M / OWN_TILE_PX,
        .metres_per_unit = 1,
        .matrix_w0 = 1,
        .matrix_h0 = 1,
        .first_id = 0,
        .zooms = 25,
        .wraps = true,
        .projection = IMX_GRID_MERCATOR,
    },
    {
        .id = "WorldCRS84Quad",
        .title = "CRS84 for the World",
        .uri = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad",
        .crs = "OGC:CRS84",
        .crs_uri = "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        .origin_x = -180,
        .origin_y = 90,
        .res0 = 180 / OWN_TILE_PX,
        .metres_per_unit = METRES_PER_DEGREE,
        .matrix_w0 = 2,
        .matrix_h0 = 1,
        .first_id = 0,
        .zooms = 24,
        .wraps = true,
        .projection = IMX_GRID_LONLAT,
    },
};

const imx_grid *imx_grid_find(const char *id) {
    for (size_t i = 0; id && i < sizeof GRIDS / sizeof *GRIDS; i++) {
        if (strcasecmp(GRIDS[i].id, id) == 0) {
            return &GRIDS[i];
        }
    }
    return NULL;
}

const imx_grid *imx_grid_at(unsigned index) { return index < sizeof GRIDS / sizeof *GRIDS ? &GRIDS[index] : NULL; }

double imx_grid_res(const imx_grid *grid, uint32_t z, uint32_t tile_px) {
    return ldexp(grid->res0 * OWN_TILE_PX / tile_px, -(int)z);
}

double imx_grid_scale_denominator(const imx_grid *grid, uint32_t z) {
    return ldexp(grid->res0, -(int)z) * grid->metres_per_unit / STANDARD_PIXEL_M;
}

uint64_t imx_grid_columns(const imx_grid *grid, uint32_t z) {
    return z <= IMX_ZOOM_MAX ? (uint64_t)grid->matrix_w0 << z : 0;
}

uint64_t imx_grid_rows(const imx_grid *grid, uint32_t z) {
    return z <= IMX_ZOOM_MAX ? (uint64_t)grid->matrix_h0 << z : 0;
}

bool imx_grid_has(const imx_grid *grid, imx_tile tile) {
    return tile.z < grid->zooms && tile.x < imx_grid_columns(grid, tile.z) && tile.y < imx_grid_rows(grid, tile.z);
}

uint32_t imx_grid_zoom_for(const imx_grid *grid, double res, uint32_t tile_px) {
    uint32_t z = 0;
    while (z + 1 < grid->zooms && !(imx_grid_res(grid, z, tile_px) <= res * (1 + RES_TOLERANCE))) {
        z++;
    }
    return z;
}

void imx_grid_tile_extent(const imx_grid *grid, imx_tile tile, double *min_x, double *min_y, double *max_x,
                          double *max_y) {
    double span = ldexp(grid->res0 * OWN_TILE_PX, -(int)tile.z);
    *min_x = grid->origin_x + tile.x * span;
    *max_x = grid->origin_x + (tile.x + 1.0) * span;
    *max_y = grid->origin_y - tile.y * span;
    *min_y = grid->origin_y - (tile.y + 1.0) * span;
}

static double degrees(double rad) { return rad * (180 / M_PI); }
static double radians(double deg) { return deg * (M_PI / 180); }

/* Spherical Mercator: IOGP Guidance Note 7-2, "Popular Visualisation Pseudo Mercator"; gd(t) = atan(sinh t). */
void imx_grid_to_lonlat(const imx_grid *grid, double x, double y, double *lon_deg, double *lat_deg) {
    if (grid->projection == IMX_GRID_MERCATOR) {
        *lon_deg = degrees(x / WGS84_A_M);
        *lat_deg = degrees(atan(sinh(y / WGS84_A_M)));
    } else {
        *lon_deg = x;
        *lat_deg = y;
    }
}

void imx_grid_from_lonlat(const imx_grid *grid, double lon_deg, double lat_deg, double *x, double *y) {
    double bottom = grid->origin_y - grid->res0 * OWN_TILE_PX * grid->matrix_h0;
    double unheld = lat_deg;
    *x = lon_deg;
    if (grid->projection == IMX_GRID_MERCATOR) {
        *x = radians(lon_deg) * WGS84_A_M;
        unheld = asinh(tan(radians(fmin(fmax(lat_deg, -90), 90)))) * WGS84_A_M;
    }
    *y = fmin(fmax(unheld, bottom), grid->origin_y);
}
