/* tests/unit/engine/fake_engine.h: sources, cache, transform, grid and index in memory, for the tests of the warp and
 * the renderer. They keep the contracts of the headers whose functions they define, count what is asked of them, and
 * fail on demand. CRS units are output pixels: an asset's geotransform maps its pixels straight to output space. */
#ifndef IMX_TESTS_FAKE_ENGINE_H
#define IMX_TESTS_FAKE_ENGINE_H

#include "engine/renderer.h"

#define FAKE_ROWS_MAX 1000 /* below this row of a raster the transform has no positions */

typedef struct fake_raster {
    int32_t width, height, block_w, block_h;
    uint8_t *rgba; /* tight rows */
    double bend;   /* source x grows by bend * X^2 more: the scale varies */
    bool fail_open, fail_read, fail_transform, fail_fill;
    int32_t damaged_row; /* of blocks, and all below; 0: none */
    int busy;            /* so many times somebody else is loading the block */
    /* counters */
    int opens, closes, reads, fills, transforms, pinned;
    double shown_px; /* as the blocks' holders said */
    int announces;
    int32_t announced[4]; /* the last window */
} fake_raster;

/* A scene of one visual asset on top of the raster; its id is borrowed. */
void fake_scene(fake_raster *raster, char *id, const double geotransform[6], imx_asset *asset, imx_scene *scene);
/* Its footprint: the box of the geotransform (bend 0). */
void fake_footprint(const imx_asset *asset, imx_footprint *out);
/* Where the grid says that the centre of output pixel (X, Y) lies. */
void fake_position(const imx_asset *asset, double X, double Y, double *x, double *y);
fake_raster *fake_raster_of(const imx_asset *asset);

#endif
