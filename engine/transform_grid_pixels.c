/* engine/transform_grid_pixels.c: exact squares, pixel by pixel.
 *
 * The warp asks three times about each pixel (bounds, least shrinks, rows), and a shrink needs the pixels to the right
 * and below too; so positions are kept, in patches of 16 x 16 pixels and one more each way, as differences to the
 * patch's first one. They are single precision: within a millionth of an output px. Where an axis is cyclic, whose
 * differences may be as large as the raster, each is computed anew. */
#include <math.h>

#include "engine/transform_grid_inner.h"
#include "kernels/kernels.h"

enum {
    PATCH = 16,
    PATCH_SIDE = PATCH + 1,
    PATCH_NODES = PATCH_SIDE * PATCH_SIDE,
    SLOTS_SIDE = 16, /* patches kept each way: a tile of 256 px */
    SLOTS = SLOTS_SIDE * SLOTS_SIDE
};

typedef struct pixel_patch {
    bool known;
    int32_t x, y; /* cell px */
    double first_x, first_y;
    float dx[PATCH_NODES], dy[PATCH_NODES]; /* HUGE_VALF: failed */
} pixel_patch;

struct grid_pixels {
    pixel_patch patches[SLOTS];
};

bool imx_grid_pixels_start(imx_transform_grid *grid) {
    bool wanted = grid->any_exact && !grid->all_exact && grid->period_x == 0 && grid->period_y == 0;
    if (wanted && !grid->pixels) {
        grid->pixels = imx_alloc(grid->memory, sizeof *grid->pixels);
    } else if (!wanted) {
        imx_free(grid->memory, grid->pixels);
        grid->pixels = NULL;
    }
    for (int i = 0; grid->pixels && i < SLOTS; i++) {
        grid->pixels->patches[i].known = false;
    }
    return !wanted || grid->pixels;
}

static void fill_patch(const imx_transform_grid *grid, pixel_patch *p) {
    double x[PATCH_NODES], y[PATCH_NODES];
    for (int i = 0; i < PATCH_NODES; i++) {
        x[i] = p->x + i % PATCH_SIDE + 0.5;
        y[i] = p->y + i / PATCH_SIDE + 0.5;
    }
    imx_grid_exact(grid, true, PATCH_NODES, x, y);
    p->first_x = p->first_y = 0;
    for (int i = PATCH_NODES; i-- > 0;) {
        if (x[i] != HUGE_VAL) {
            p->first_x = x[i], p->first_y = y[i];
        }
    }
    for (int i = 0; i < PATCH_NODES; i++) {
        bool failed = x[i] == HUGE_VAL;
        p->dx[i] = failed ? HUGE_VALF : (float)(x[i] - p->first_x);
        p->dy[i] = failed ? HUGE_VALF : (float)(y[i] - p->first_y);
    }
}

/* The patch that holds the pixel. */
static const pixel_patch *find_patch(const imx_transform_grid *grid, int32_t x, int32_t y) {
    int32_t px = x & ~(PATCH - 1), py = y & ~(PATCH - 1);
    pixel_patch *p =
        &grid->pixels->patches[(py / PATCH & (SLOTS_SIDE - 1)) * SLOTS_SIDE + (px / PATCH & (SLOTS_SIDE - 1))];
    if (!p->known || p->x != px || p->y != py) {
        *p = (pixel_patch){.known = true, .x = px, .y = py};
        fill_patch(grid, p);
    }
    return p;
}

static grid_node node_of(const pixel_patch *p, int32_t x, int32_t y) {
    int i = (y - p->y) * PATCH_SIDE + (x - p->x);
    return p->dx[i] < HUGE_VALF ? (grid_node){p->first_x + (double)p->dx[i], p->first_y + (double)p->dy[i]}
                                : (grid_node){HUGE_VAL, HUGE_VAL};
}

static void kept_pixels(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, double *px, double *py,
                        uint32_t *shrink_x_q16, uint32_t *shrink_y_q16) {
    for (int32_t i = 0; i < n;) {
        const pixel_patch *p = find_patch(grid, x + i, y);
        for (int32_t end = p->x + PATCH - x < n ? p->x + PATCH - x : n; i < end; i++) {
            grid_node at = node_of(p, x + i, y);
            px[i] = at.x, py[i] = at.y;
            if (!shrink_x_q16) {
                continue;
            }
            grid_node right = node_of(p, x + i + 1, y), below = node_of(p, x + i, y + 1);
            shrink_x_q16[i] = shrink_y_q16[i] = IMX_Q16_ONE;
            if (at.x != HUGE_VAL && right.x != HUGE_VAL && below.x != HUGE_VAL) { /* else: the rim */
                grid_slope slope = imx_grid_slope(grid, at, right, below);
                shrink_x_q16[i] = imx_grid_shrink_q16((double)slope.x);
                shrink_y_q16[i] = imx_grid_shrink_q16((double)slope.y);
            }
        }
    }
}

/* The shrinks of n pixels with centres in row and their neighbours below; row has one more to the right. */
static void exact_shrinks(const imx_transform_grid *grid, int32_t n, const double *row_x, const double *row_y,
                          const double *below_x, const double *below_y, uint32_t *shrink_x_q16,
                          uint32_t *shrink_y_q16) {
    for (int32_t i = 0; i < n; i++) {
        shrink_x_q16[i] = shrink_y_q16[i] = IMX_Q16_ONE;
        if (row_x[i] == HUGE_VAL || row_x[i + 1] == HUGE_VAL || below_x[i] == HUGE_VAL) {
            continue; /* the rim of what can be transformed */
        }
        grid_slope slope = imx_grid_slope(grid, (grid_node){row_x[i], row_y[i]},
                                          (grid_node){row_x[i + 1], row_y[i + 1]}, (grid_node){below_x[i], below_y[i]});
        shrink_x_q16[i] = imx_grid_shrink_q16((double)slope.x);
        shrink_y_q16[i] = imx_grid_shrink_q16((double)slope.y);
    }
}

void imx_grid_exact_pixels(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, double *px, double *py,
                           uint32_t *shrink_x_q16, uint32_t *shrink_y_q16) {
    if (grid->pixels) {
        kept_pixels(grid, x, y, n, px, py, shrink_x_q16, shrink_y_q16);
        return;
    }
    double row_x[EXACT_MAX_PX + 1], row_y[EXACT_MAX_PX + 1], below_x[EXACT_MAX_PX], below_y[EXACT_MAX_PX];
    for (int32_t i = 0; i <= n; i++) {
        row_x[i] = x + i + 0.5;
        row_y[i] = y + 0.5;
    }
    imx_grid_exact(grid, true, (size_t)n + (shrink_x_q16 ? 1 : 0), row_x, row_y);
    bool any = false;
    for (int32_t i = 0; i < n; i++) {
        px[i] = row_x[i];
        py[i] = row_y[i];
        any = any || !imx_grid_outside(grid, 1, &row_x[i], &row_y[i], 1.0 / 1024, 1.0 / 1024);
    }
    for (int32_t i = 0; i < n && shrink_x_q16; i++) {
        shrink_x_q16[i] = shrink_y_q16[i] = IMX_Q16_ONE;
        below_x[i] = x + i + 0.5;
        below_y[i] = y + 1.5;
    }
    if (shrink_x_q16 && any) {
        imx_grid_exact(grid, true, (size_t)n, below_x, below_y);
        exact_shrinks(grid, n, row_x, row_y, below_x, below_y, shrink_x_q16, shrink_y_q16);
    }
}
