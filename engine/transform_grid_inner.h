/* engine/transform_grid_inner.h: the lattice of a cell, shared by transform_grid.c (fills it), transform_grid_error.c
 * (what squares may be), transform_grid_span.c and transform_grid_row.c (rows of positions), transform_grid_box.c and
 * transform_grid_quad.c (rows of boxes and of quadrilaterals), transform_grid_pixels.c (exact squares) and
 * transform_grid_bounds.c (bounds and least shrinks of rectangles).
 *
 * The cell is cut into squares like a quadtree; each square is one of
 *   smooth   the position is bilinear between its corner nodes
 *   rows     the position is linear along each row, between exact positions at the square's left and right edge
 *            (onto cylindrical maps, whose y is strongly curved at low zooms)
 *   curved   the position is biquadratic through the 3 x 3 nodes at its corners, edge midpoints and centre (strongly
 *            curved along rows too: polar and geostationary scenes at low zooms)
 *   exact    PROJ at every pixel (no square down to two blocks was one of the above)
 *   dead     it lies outside the output space, or well within where nothing can be transformed
 * The map tells for each block (the spacing of the finest nodes) which square it belongs to. */
#ifndef IMX_ENGINE_TRANSFORM_GRID_INNER_H
#define IMX_ENGINE_TRANSFORM_GRID_INNER_H

#include "engine/transform.h"

enum {
    BLOCK_MIN_LOG2 = 3,  /* a block is 8 px, */
    BLOCKS_MAX_LOG2 = 7, /* but there are at most 128 x 128 of them (0.5 MB for a grid), or a fourfold of that where
                          * some squares would be exact */
    EXACT_MAX_PX = 64,   /* an exact square is two blocks, of at most 32 px */
    /* map entries: log2 of the square's side, and */
    SQUARE_SIDE = 0x0f,
    SQUARE_ROWS = 0x10,
    SQUARE_CURVED = 0x20,
    SQUARE_EXACT = 0x40,
    SQUARE_DEAD = 0x80
};

typedef struct grid_node {
    double x, y; /* level px; HUGE_VAL: failed */
} grid_node;

typedef struct grid_slope {
    float x, y; /* 1/s of kernels.h along source x and y, at most SLOPE_MAX */
} grid_slope;
#define SLOPE_MAX 2.0F

struct imx_transform_grid {
    imx_memory *memory;
    struct grid_pixels *pixels; /* kept exact positions; NULL: none, or a cyclic axis */
    int32_t cell_px, side;      /* side: nodes */
    int32_t block_px, block_log2;
    grid_node *nodes;
    grid_slope *slopes; /* where minify */
    uint8_t *known;     /* of each node: NODE_* bits */
    uint8_t *map;       /* blocks_side x blocks_side */
    int32_t blocks_side;
    uint32_t *squares[2]; /* work lists of the fill: x | y << 16 */
    /* of the last fill */
    imx_transform *transform; /* borrowed */
    double origin_x, origin_y;
    double threshold_px;
    bool any_exact;
    double scale_x, scale_y;
    double level_w, level_h;   /* px: the asset's size at the level */
    double period_x, period_y; /* level px */
    int32_t round_px;          /* imx_transform_grid_round() */
    double rim_px;    /* what of the period lacks at either edge of a level that goes round; positions may be there */
    int32_t split_px; /* imx_transform_grid_split() */
    double detail_px; /* of the transform: output px between kinks; 0: smooth */
    double space_w, space_h; /* px: what of the space lies in the cell ends here (cell px) */
    bool all_exact;          /* threshold 0 */
    bool minify;             /* some pixel may be minified; slopes are there */
    int32_t step_px;
};

/* A square with its corners brought together (upper left, upper right, lower left, lower right). */
typedef struct grid_patch {
    int32_t x, y, side; /* cell px */
    double px[4], py[4];
} grid_patch;

/* The 3 x 3 nodes of a curved square brought together, row by row. */
typedef struct grid_curve {
    double px[9], py[9];
} grid_curve;

/* One row of pixel centres of a smooth, rows or curved square: between the square's left and right edge, at u in [0, 1]
 * of it, the position is lerp(p[0], p[1], u) + 4 u (1 - u) bend. */
typedef struct grid_span {
    int32_t x, side; /* cell px */
    double px[2], py[2];
    double bend_x, bend_y;         /* 0 but in curved squares */
    double slope_x[2], slope_y[2]; /* where minify and asked for */
} grid_span;

/* (Ternaries, which are one instruction; fmin() has to mind NaN and is a call.) */
static inline double min2(double a, double b) { return a < b ? a : b; }
static inline double max2(double a, double b) { return a > b ? a : b; }
static inline double lerp(double a, double b, double t) { return a + (b - a) * t; }

static inline size_t grid_node_index(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return (size_t)(y >> grid->block_log2) * (size_t)grid->side + (size_t)(x >> grid->block_log2);
}

static inline unsigned grid_square_at(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return grid->map[(size_t)(y >> grid->block_log2) * (size_t)grid->blocks_side + (size_t)(x >> grid->block_log2)];
}

/* Of row y, what one square holds of [x, end): where it ends, and the square's entry, SQUARE_DEAD beyond the space. */
static inline int32_t grid_row_piece(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t end,
                                     unsigned *entry) {
    unsigned square = grid_square_at(grid, x, y);
    int32_t side = 1 << (square & SQUARE_SIDE), next = (x & ~(side - 1)) + side;
    bool dead = y + 0.5 >= grid->space_h || grid->origin_y + y + 0.5 < 0;
    *entry = dead ? SQUARE_DEAD : square;
    return next < end ? next : end;
}

/* How many of the row's n pixels from x on hang over the space at its left, and at its right. */
static inline void grid_row_overhang(const imx_transform_grid *grid, int32_t x, int32_t n, int32_t *left,
                                     int32_t *right) {
    for (*left = 0; *left < n && x + *left + 0.5 + grid->origin_x < 0;) {
        ++*left;
    }
    for (*right = 0; *right < n && x + n - 1 - *right + 0.5 >= grid->space_w;) {
        ++*right;
    }
}

/* Moves (x, y) by whole periods to where it is nearest to (near_x, near_y). */
void imx_grid_bring_near(const imx_transform_grid *grid, double near_x, double near_y, double *x, double *y);
/* The patch of the square (x, y, side), whose corners are all there; as a whole near the raster's centre. */
void imx_grid_patch(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, grid_patch *out);
/* The curve over the patch, whose nodes are all there. */
void imx_grid_curve(const imx_transform_grid *grid, const grid_patch *patch, grid_curve *out);
/* Its position at (u, v) in [0, 1] of the square. */
void imx_grid_curve_at(const grid_curve *curve, double u, double v, double *x, double *y);
/* Whether no pixel of the patch can have a source position; with a wider margin than imx_grid_span_misses(). */
bool imx_grid_patch_misses(const imx_transform_grid *grid, unsigned entry, const grid_patch *patch);
/* Whether the box of n positions, grown by a margin, misses the raster, also when moved by a period. */
bool imx_grid_outside(const imx_transform_grid *grid, int n, const double *px, const double *py, double margin_x,
                      double margin_y);
/* Exact positions in level px of n points given in cell px, in place. */
void imx_grid_exact(const imx_transform_grid *grid, bool guarded, size_t n, double *x, double *y);
/* How wrong smooth is, in output px; HUGE_VAL: a node failed, or the square is too wide for a cyclic axis. */
double imx_grid_patch_error(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side);
/* Whether to do it by rows, or as a curve; error_px: of the patch. */
bool imx_grid_wants_rows(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double error_px,
                         double threshold_px);
bool imx_grid_wants_curve(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double error_px,
                          double threshold_px);
/* Where the transform has kinks: whether what was measured of the square tells enough of it. */
bool imx_grid_kinks_are_right(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, double threshold_px);
/* Whether all its nodes failed, and, if asked for, points between them. */
bool imx_grid_all_failed(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, bool between);
/* 1/s at an exact position from the exact positions one output px to the right and below. */
grid_slope imx_grid_slope(const imx_transform_grid *grid, grid_node at, grid_node right, grid_node below);
/* Row y of the square that entry describes at (x, y); slopes only where asked for. */
void imx_grid_span(const imx_transform_grid *grid, unsigned entry, int32_t x, int32_t y, bool slopes, grid_span *out);
/* The same of another line across the row: 0 is its upper edge, 1 its lower one. */
void imx_grid_line(const imx_transform_grid *grid, unsigned entry, int32_t x, int32_t y, double down, bool slopes,
                   grid_span *out);
/* Whether no pixel of the span can have a source position. Holds for exact positions too. */
bool imx_grid_span_misses(const imx_transform_grid *grid, const grid_span *span);
/* n (at most EXACT_MAX_PX) pixels of exact squares: the positions of their centres, and (NULL: not wanted) their
 * shrinks, from the differences to the pixels to the right and below. No shrink (1) where one of the three failed. */
void imx_grid_exact_pixels(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, double *px, double *py,
                           uint32_t *shrink_x_q16, uint32_t *shrink_y_q16);
uint32_t imx_grid_shrink_q16(double slope);
/* Forgets the kept exact positions, and has room for them where there are exact squares. False: out of memory. */
bool imx_grid_pixels_start(imx_transform_grid *grid);

#endif
