/* engine/transform_grid_inner.h: the lattice of a cell, shared by transform_grid.c (fills it) and transform_grid_row.c
 * (reads rows, bounds and shrinks out of it).
 *
 * The cell is cut into squares like a quadtree; each square is one of
 *   smooth   the position is bilinear between its corner nodes
 *   exact    PROJ at every pixel (no square down to SPLIT_MIN_PX was smooth)
 *   dead     it lies outside the output space
 * The map tells for each block of BLOCK_PX a side which square it belongs to. */
#ifndef IMX_ENGINE_TRANSFORM_GRID_INNER_H
#define IMX_ENGINE_TRANSFORM_GRID_INNER_H

#include "engine/transform.h"

enum {
    BLOCK_LOG2 = 3,
    BLOCK_PX = 1 << BLOCK_LOG2,  /* node spacing of the finest lattice */
    SPLIT_MIN_PX = 2 * BLOCK_PX, /* the smallest square that is tested */
    /* map entries: log2 of the square's side, and */
    SQUARE_SIDE = 0x1f,
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
    int32_t cell_px, side; /* side: nodes */
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
    double scale_x, scale_y;
    double level_w, level_h;   /* px: the asset's size at the level */
    double period_x, period_y; /* level px */
    double space_w, space_h;   /* px: what of the space lies in the cell ends here (cell px) */
    bool all_exact;            /* threshold 0 */
    bool minify;               /* some pixel may be minified; slopes are there */
    int32_t step_px;
};

/* A smooth square with its corners brought together (upper left, upper right, lower left, lower right). */
typedef struct grid_patch {
    int32_t x, y, side; /* cell px */
    double px[4], py[4];
} grid_patch;

static inline size_t grid_node_index(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return (size_t)(y >> BLOCK_LOG2) * (size_t)grid->side + (size_t)(x >> BLOCK_LOG2);
}

static inline unsigned grid_square_at(const imx_transform_grid *grid, int32_t x, int32_t y) {
    return grid->map[(size_t)(y >> BLOCK_LOG2) * (size_t)grid->blocks_side + (size_t)(x >> BLOCK_LOG2)];
}

/* Moves (x, y) by whole periods to where it is nearest to (near_x, near_y). */
void imx_grid_bring_near(const imx_transform_grid *grid, double near_x, double near_y, double *x, double *y);
/* The patch of the square (x, y, side), whose corners are all there; as a whole near the raster's centre. */
void imx_grid_patch(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t side, grid_patch *out);
/* Whether the patch, grown by margin level px, misses the raster, also when moved by a period. */
bool imx_grid_patch_outside(const imx_transform_grid *grid, const grid_patch *patch, double margin_x, double margin_y);
/* The same with the margin by which exact positions may leave a smooth patch, and more: no pixel of it has a source. */
bool imx_grid_patch_misses(const imx_transform_grid *grid, const grid_patch *patch);
void imx_grid_patch_margin(const grid_patch *patch, double *margin_x, double *margin_y);
/* Exact positions in level px of n points given in cell px, in place. */
void imx_grid_exact(const imx_transform_grid *grid, bool guarded, size_t n, double *x, double *y);

#endif
