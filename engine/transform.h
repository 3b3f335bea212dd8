/* engine/transform.h: where an output pixel lies in a source, and back.
 *
 * Output space. An imx_space is a CRS and an affine grid without rotation: pixel (X, Y), real-valued, Y downwards, (0,
 * 0) the outer upper left corner: crs_x = origin_x + X * res, crs_y = origin_y - Y * res_y. Source space: pixel
 * coordinates of an asset at level 0, (0, 0) the outer corner of its first pixel.
 *
 * An imx_transform joins PROJ and the asset's affine, or what else says where the raster lies (engine/georef.h). It is
 * one worker's: not thread-safe. The operation is the best one that PROJ has for the scene's area, the same one for all
 * its points (grids on disk only, no network). Axis order is always x = east/longitude, y = north/latitude
 * (proj_normalize_for_visualization). Failed points are HUGE_VAL in both coordinates: data, not an error.
 */
#ifndef IMX_ENGINE_TRANSFORM_H
#define IMX_ENGINE_TRANSFORM_H

#include "engine/itrs_frames.h"
#include "engine/scene.h"

typedef struct imx_space {
    const char *crs; /* WKT or AUTHORITY:CODE; borrowed */
    double origin_x, origin_y;
    double res;           /* CRS units a pixel */
    double res_y;         /* down; 0: the same */
    double width, height; /* px: the valid extent of the space (the grid's own) */
    bool wraps;           /* its left edge joins its right one: x is cyclic with period `width` */
    double period_px;     /* of x in a geographic or cylindrical CRS, however wide the space is; 0: none, or it wraps */
} imx_space;

static inline double imx_space_res_y(const imx_space *space) { return space->res_y > 0 ? space->res_y : space->res; }
/* Px along x after which the same place comes again, in the space or beyond it; 0: it does not. */
static inline double imx_space_round(const imx_space *space) { return space->wraps ? space->width : space->period_px; }
/* Of the positions x + k * round the one nearest to another; x where there is no round. */
double imx_space_nearest(const imx_space *space, double x, double near);
/* The copies x + k * round, `first` <= k <= `last`, of [min_x, max_x] that have a part in the space: how many, 0: none
 * (no round: 0 <= k <= 0). Doubles: as many as the space is wide. */
double imx_space_copies(const imx_space *space, double min_x, double max_x, double *first, double *last);

typedef struct imx_transform imx_transform;

/* errors: an unknown CRS (names the scene). */
IMX_MUST_USE imx_status imx_transform_create(imx_memory *memory, const imx_scene *scene, const imx_asset *asset,
                                             const imx_space *space, imx_error *err, imx_transform **out);
void imx_transform_destroy(imx_transform **transform);
/* Notes in the asset, out of the scene's memory, what PROJ found: further transforms of it, into spaces of the same
 * CRS, are the same and cost next to nothing. */
IMX_MUST_USE imx_status imx_transform_remember(const imx_transform *transform, imx_memory *memory, imx_error *err,
                                               imx_asset *asset);
/* The PROJ operation in use, for provenance ("Inverse of Popular Visualisation Pseudo-Mercator + ..."), and whether
 * it is only a ballpark one. Valid until destroy. */
const char *imx_transform_operation(const imx_transform *transform);
bool imx_transform_ballpark(const imx_transform *transform);
/* Whether there is none between these datums, which are the same to about a metre (engine/itrs_frames.h). */
bool imx_transform_frames(const imx_transform *transform, const imx_itrs_frame *frames[2]);
double imx_transform_accuracy_m(const imx_transform *transform); /* metres; negative: PROJ does not know */

/* The first failure to read heights since it was created: what was asked for since has holes. */
IMX_MUST_USE imx_status imx_transform_check(const imx_transform *transform, imx_error *err);

const char *imx_transform_version(void); /* of the projection library: "9.1.1" */

/* In place, n points. Exact (PROJ at every point). inverse: output px -> source px (level 0); forward: the other way.
 * Cyclic axes: inverse gives, of the positions that mean the same longitude, the one nearest to the raster's centre;
 * forward one inside the space, or, where none is, the one nearest to its middle. Inverse fails where a position on the
 * raster does not lead back to where it came from (aliases that some projections give far outside their area). */
void imx_transform_inverse(imx_transform *transform, size_t n, double *x, double *y);
void imx_transform_forward(imx_transform *transform, size_t n, double *x, double *y);

/* ---- the adaptive grid (design, invariant 5) -----------------------------------------------------------------
 * A lattice over one cell of output space: the cell's corner is a multiple of its side, so that which job or chunk
 * asks makes no difference. Nodes are exact; between them the position is bilinear. The cell is cut into squares like a
 * quadtree, from a quarter of its side on, until the error measured at the centre and the edge midpoints of a square
 * (these are the corners of the squares of half the side, which are the ones then used) is at most threshold_px
 * *output* pixels. Where that would need small squares but rows are straight (onto cylindrical maps at low zooms), each
 * row is linear between two exact positions instead; and where rows are curved too (a polar scene on a cylindrical
 * map), a square is biquadratic between its 3 x 3 nodes, if the error measured between them is at most half the
 * threshold. Over a DEM, whose cells' edges are kinks, a square is smooth only and at most as large as a cell, or is
 * measured at 16 more points, and the threshold is halved: between one kink and the next the true error is at most
 * twice the one measured at the middle. Squares of two blocks (16 px; 32 in cells of 4096) that are none of these (a
 * singularity, the rim of what can be transformed) are exact at every pixel; with threshold_px 0 every pixel is. A grid
 * is one worker's; it takes up to 0.5 MB, or 2.5 where some squares are exact. */
typedef struct imx_transform_grid imx_transform_grid;

/* cell_px: a power of two, 16..4096. May be filled again and again. */
IMX_MUST_USE imx_status imx_transform_grid_create(imx_memory *memory, int32_t cell_px, imx_error *err,
                                                  imx_transform_grid **out);
void imx_transform_grid_destroy(imx_transform_grid **grid);
/* The transform is borrowed until the next fill: exact pixels are computed when a row is asked for. After an error (no
 * memory) the grid can only be filled again or destroyed.
 * Cell (cx, cy) covers output px [cx*cell_px, (cx+1)*cell_px) each way. source_scale: source px at the level that is
 * read per level-0 px along x and y (level width / width; 1 at level 0); the lattice then speaks of that level. */
IMX_MUST_USE imx_status imx_transform_grid_fill(imx_transform_grid *grid, imx_transform *transform, int64_t cx,
                                                int64_t cy, double threshold_px, const double source_scale[2],
                                                imx_error *err);
/* Where the level goes round the Earth (x is cyclic, and its columns show all of the period to within half a pixel):
 * the columns after which the same ones come again; 0: it does not. Then no position lies beside it, and taps may be
 * columns beyond its edges, which are those of the other side. A raster wider than a period goes round where that is a
 * number of columns to within 1/64; else positions are those nearest to its centre, and its edges are edges. */
int32_t imx_transform_grid_round(const imx_transform_grid *grid);
/* Of a level that goes round: from now until the next fill, what lies at split_px or beyond, boxes and quadrilaterals
 * by their middle, is given a round further left, so that what is around the level's edges lies together. 0: as it is.
 */
void imx_transform_grid_split(imx_transform_grid *grid, int32_t split_px);
/* Bounds of the source positions (in level px) of a rectangle inside the cell; false if no point of it has a source
 * position. Conservative. */
bool imx_transform_grid_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                               double *min_x, double *min_y, double *max_x, double *max_y);
/* One row of pixel centres: x in [x, x+n), row y, within the cell. Q16 source positions minus (window_x, window_y);
 * x_q16 = IMX_WARP_INVALID where there is none, or where it lies outside [0, level_w) x [0, level_h).
 * shrink_*: as in kernels.h (NULL: not wanted): min(1, 1/s) in Q16 with s = hypot of the derivatives of the source
 * coordinate by X and Y, exact at the nodes, 1/s bilinear between them (continuous). *any_shrink tells whether any of
 * them is below 65536. */
struct imx_kernels;
void imx_transform_grid_row(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                            int32_t n, int32_t window_x, int32_t window_y, int32_t level_w, int32_t level_h,
                            int32_t *x_q16, int32_t *y_q16, uint32_t *shrink_x_q16, uint32_t *shrink_y_q16,
                            bool *any_shrink);
/* Bounds of the shrinks of a rectangle inside the cell, Q16: how wide a kernel gets there at most and at least.
 * Conservative; both 65536 where nothing is minified. */
typedef struct imx_shrink_bounds {
    uint32_t least_x_q16, least_y_q16, most_x_q16, most_y_q16;
} imx_shrink_bounds;
void imx_transform_grid_shrinks(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                imx_shrink_bounds *out);
/* ---- boxes: what area warps ask for (kernels/warp_area.h) ----
 * The box of an output pixel is the upright rectangle between the source positions of its upper left and its lower
 * right corner, as in GDAL's warper. In a rotated transform, where these come close to each other along an axis, it is
 * no narrower than 1/sqrt(2) of the pixel's extent along that axis, hypot of the derivatives by X and Y; it always lies
 * within the bounds of the pixel's four corners. Boxes are not cut at the raster's edge. A function of the pixel alone.
 */
typedef enum imx_box_kind {
    IMX_BOX_COVERED, /* for methods that weight by coverage: edges to the nearest Q16 */
    IMX_BOX_TOUCHED  /* for methods that count pixels: edges outwards, so that a pixel is touched if and only if the
                      * box reaches over its edge by more than 2^-22 px */
} imx_box_kind;
/* One row of boxes: pixels x in [x, x+n), row y, within the cell. Q16 source px minus (window_x, window_y), limited to
 * int32; x0_q16[i] = IMX_WARP_INVALID where there is none. */
void imx_transform_grid_boxes(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                              int32_t n, int32_t window_x, int32_t window_y, imx_box_kind kind, int32_t *x0_q16,
                              int32_t *x1_q16, int32_t *y0_q16, int32_t *y1_q16);
/* As imx_transform_grid_bounds(), of the boxes of a rectangle: their part in the raster, or all of them where it goes
 * round. */
bool imx_transform_grid_box_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                   double *min_x, double *min_y, double *max_x, double *max_y);
/* ---- quadrilaterals: what sums ask for (kernels/warp_sum.h) ----
 * The quadrilateral of an output pixel lies between the source positions of its four corners, each moved within its
 * source pixel so that areas are proportional to those in the output (transform_grid_quad.c). Corners are the same for
 * all pixels and cells that share them: quadrilaterals tile the source. */
/* Corners x in [x, x+n] of the line between pixel rows y - 1 and y, within the cell, in source px; HUGE_VAL: none. */
typedef struct imx_corner_line {
    double *x, *y; /* n + 1 of each */
} imx_corner_line;
void imx_transform_grid_corners(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n,
                                const imx_corner_line *out);
/* One row, between its upper and its lower line: pixels x in [x, x+n), row y, within the cell: x_q16[k][i], y_q16[k][i]
 * in Q16 source px minus (window_x, window_y), limited to int32; x_q16[k][i] = IMX_WARP_INVALID for all k where there
 * is none. */
void imx_transform_grid_quads(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, int32_t window_x,
                              int32_t window_y, const imx_corner_line *upper, const imx_corner_line *lower,
                              int32_t *const x_q16[4], int32_t *const y_q16[4]);
/* As imx_transform_grid_bounds(), of the quadrilaterals of a rectangle: their part in the raster, or all of them where
 * it goes round. */
bool imx_transform_grid_quad_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                    double *min_x, double *min_y, double *max_x, double *max_y);
/* The smallest lattice step in use (1 = every pixel exact), for tests and --verbose. */
int32_t imx_transform_grid_step(const imx_transform_grid *grid);

/* Output px per source px of the scene as a whole: the resolution (CRS units) of an output grid that keeps the
 * scene's finest detail, measured at a lattice of points over its valid extent: the smallest (finest) over the lattice
 * of sqrt(|det J|) of source px -> CRS units. IMX_E_INPUT if no point can be transformed. */
IMX_MUST_USE imx_status imx_transform_native_res(imx_transform *transform, imx_error *err, double *res);

#endif
