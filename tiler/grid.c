/* tiler/grid.c: the arithmetic of tile matrix sets. */
#include "tiler/grid.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define WGS84_A_M 6378137.0
#define WGS84_E 0.0818191908426215 /* first eccentricity: sqrt(f (2 - f)), f = 1 / 298.257223563 */
#define STANDARD_PIXEL_M 0.00028   /* OGC 17-083r4, 6.2 */
#define RES_TOLERANCE 1e-6

/* The matrix of a zoom. Beyond a set that doubles it goes on; beyond a listed one there is nothing. */
static imx_grid_matrix matrix_of(const imx_grid *grid, uint32_t z) {
    if (grid->matrices) {
        imx_grid_matrix none = grid->matrices[grid->zooms - 1];
        none.columns = none.rows = 0;
        return z < grid->zooms ? grid->matrices[z] : none;
    }
    imx_grid_matrix m = grid->top;
    m.res = ldexp(m.res, -(int)z);
    return m; /* its columns and rows are the top's: they may need more than 32 bits */
}

double imx_grid_res(const imx_grid *grid, uint32_t z, uint32_t tile_px) {
    return matrix_of(grid, z).res * grid->tile_px / tile_px;
}

double imx_grid_scale_denominator(const imx_grid *grid, uint32_t z) {
    return matrix_of(grid, z).res * grid->metres_per_unit / STANDARD_PIXEL_M;
}

void imx_grid_origin(const imx_grid *grid, uint32_t z, double *x, double *y) {
    imx_grid_matrix m = matrix_of(grid, z);
    *x = m.origin_x;
    *y = m.origin_y;
}

static uint64_t count_at(const imx_grid *grid, uint32_t z, uint32_t of_matrix) {
    return z > IMX_ZOOM_MAX ? 0 : grid->matrices ? of_matrix : (uint64_t)of_matrix << z;
}

uint64_t imx_grid_columns(const imx_grid *grid, uint32_t z) { return count_at(grid, z, matrix_of(grid, z).columns); }

uint64_t imx_grid_rows(const imx_grid *grid, uint32_t z) { return count_at(grid, z, matrix_of(grid, z).rows); }

bool imx_grid_has(const imx_grid *grid, imx_tile tile) {
    return tile.z < grid->zooms && tile.x < imx_grid_columns(grid, tile.z) && tile.y < imx_grid_rows(grid, tile.z);
}

uint64_t imx_grid_row(const imx_grid *grid, imx_tile tile, bool from_bottom) {
    return from_bottom ? imx_grid_rows(grid, tile.z) - 1 - tile.y : tile.y;
}

uint32_t imx_grid_zoom_for(const imx_grid *grid, double res, uint32_t tile_px) {
    uint32_t z = 0;
    while (z + 1 < grid->zooms && !(imx_grid_res(grid, z, tile_px) <= res * (1 + RES_TOLERANCE))) {
        z++;
    }
    return z;
}

/* Whether the coarse matrix has just the tiles that those of the fine one make: a larger one shows what the fine one
 * does not, a smaller one has no place for some. */
static bool doubles(const imx_grid_matrix *coarse, const imx_grid_matrix *fine) {
    double slack = RES_TOLERANCE * fine->res;
    return fabs(coarse->res - 2 * fine->res) <= slack && fabs(coarse->origin_x - fine->origin_x) <= fine->res / 64 &&
           fabs(coarse->origin_y - fine->origin_y) <= fine->res / 64 &&
           coarse->columns == fine->columns / 2 + fine->columns % 2 && coarse->rows == fine->rows / 2 + fine->rows % 2;
}

uint32_t imx_grid_chain_start(const imx_grid *grid, uint32_t z) {
    if (!grid->matrices) {
        return 0;
    }
    z = z < grid->zooms ? z : grid->zooms - 1;
    while (z > 0 && doubles(&grid->matrices[z - 1], &grid->matrices[z])) {
        z--;
    }
    return z;
}

bool imx_grid_wraps(const imx_grid *grid, uint32_t z) {
    const imx_grid_matrix *top = &grid->top;
    const double period = top->res * top->columns;
    return grid->wraps &&
           fabs(matrix_of(grid, z).res * (double)imx_grid_columns(grid, z) - period) <= RES_TOLERANCE * period;
}

double imx_grid_period(const imx_grid *grid) {
    const imx_grid_matrix *top = &grid->top;
    return grid->wraps ? top->res * grid->tile_px * top->columns : grid->period;
}

bool imx_grid_same(const imx_grid *a, const imx_grid *b) {
    bool same = !strcmp(a->crs, b->crs) && a->tile_px == b->tile_px && a->first_id == b->first_id &&
                a->zooms == b->zooms && a->wraps == b->wraps && a->aspect == b->aspect && a->rows_up == b->rows_up;
    for (uint32_t z = 0; same && z < a->zooms; z++) {
        imx_grid_matrix left = matrix_of(a, z), right = matrix_of(b, z);
        double slack = left.res / 64; /* published numbers are rounded */
        same = imx_grid_columns(a, z) == imx_grid_columns(b, z) && imx_grid_rows(a, z) == imx_grid_rows(b, z) &&
               fabs(left.res - right.res) <= 1e-7 * left.res && fabs(left.origin_x - right.origin_x) <= slack &&
               fabs(left.origin_y - right.origin_y) <= slack;
    }
    return same;
}

void imx_grid_tile_extent(const imx_grid *grid, imx_tile tile, double *min_x, double *min_y, double *max_x,
                          double *max_y) {
    imx_grid_matrix m = matrix_of(grid, tile.z);
    double span = m.res * grid->tile_px;
    *min_x = m.origin_x + tile.x * span;
    *max_x = m.origin_x + (tile.x + 1.0) * span;
    *max_y = m.origin_y - tile.y * (span * grid->aspect);
    *min_y = m.origin_y - (tile.y + 1.0) * (span * grid->aspect);
}

static double degrees(double rad) { return rad * (180 / M_PI); }
static double radians(double deg) { return deg * (M_PI / 180); }

/* The latitude of an isometric latitude on WGS 84: IOGP Guidance Note 7-2, "Mercator", by iteration from the sphere;
 * the error shrinks by e^2 = 1/149 each time. */
static double ellipsoidal_latitude(double isometric) {
    double lat = atan(sinh(isometric));
    for (int i = 0; i < 10; i++) {
        lat = atan(sinh(isometric + WGS84_E * atanh(WGS84_E * sin(lat))));
    }
    return lat;
}

/* Spherical Mercator: IOGP Guidance Note 7-2, "Popular Visualisation Pseudo Mercator"; gd(t) = atan(sinh t). */
void imx_grid_to_lonlat(const imx_grid *grid, double x, double y, double *lon_deg, double *lat_deg) {
    switch (grid->projection) {
    case IMX_GRID_LONLAT:
        *lon_deg = x;
        *lat_deg = y;
        return;
    case IMX_GRID_MERCATOR:
        *lon_deg = degrees(x / WGS84_A_M);
        *lat_deg = degrees(atan(sinh(y / WGS84_A_M)));
        return;
    case IMX_GRID_MERCATOR_WGS84:
        *lon_deg = degrees(x / WGS84_A_M);
        *lat_deg = degrees(ellipsoidal_latitude(y / WGS84_A_M));
        return;
    case IMX_GRID_PROJECTED:
    case IMX_GRID_PLANE: break;
    }
    *lon_deg = *lat_deg = (double)NAN;
}

void imx_grid_from_lonlat(const imx_grid *grid, double lon_deg, double lat_deg, double *x, double *y) {
    double bottom = grid->top.origin_y - grid->top.res * grid->aspect * grid->tile_px * grid->top.rows;
    double lat_rad = radians(fmin(fmax(lat_deg, -90), 90)), unheld = lat_deg;
    *x = lon_deg;
    switch (grid->projection) {
    case IMX_GRID_LONLAT: break;
    case IMX_GRID_MERCATOR:
        *x = radians(lon_deg) * WGS84_A_M;
        unheld = asinh(tan(lat_rad)) * WGS84_A_M;
        break;
    case IMX_GRID_MERCATOR_WGS84:
        *x = radians(lon_deg) * WGS84_A_M;
        unheld = (asinh(tan(lat_rad)) - WGS84_E * atanh(WGS84_E * sin(lat_rad))) * WGS84_A_M;
        break;
    case IMX_GRID_PROJECTED:
    case IMX_GRID_PLANE: *x = *y = (double)NAN; return;
    }
    *y = fmin(fmax(unheld, bottom), grid->top.origin_y);
}
