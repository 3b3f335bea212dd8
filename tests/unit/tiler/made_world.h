/* tests/unit/tiler/made_world.h: a made-up world for the walk: what is where, and what the walk did with it, held
 * against images that are reduced here, pixel by pixel. */
#ifndef IMX_TESTS_TILER_MADE_WORLD_H
#define IMX_TESTS_TILER_MADE_WORLD_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/base/hash.h"
#include "tiler/pyramid.h"

typedef enum op { NO_OP, TOUCHES, RENDER, ENCODE, SINK } op;

typedef struct cell { /* a tile of some zoom */
    bool has_base;    /* a touched base tile is under it (or it is one) */
    bool touched;     /* what touches() says: has_base, and some tiles for which it is too optimistic */
    bool filled;      /* not empty in the reference */
    atomic_uint rendered, encoded, sunk, units, asked;
    imx_hash hash; /* of the sunk pixels */
} cell;

typedef struct world {
    imx_pyramid pyramid;
    imx_kernels kernels;
    imx_memory *memory;
    imx_pool *pool;
    uint8_t *image[8]; /* the reference of each zoom, rgba8 */
    cell *cells[10];
    bool light;            /* no reference: every tile is one colour; for counting only */
    op fail_op, cancel_op; /* at the `at`th call */
    unsigned at;
    atomic_uint calls[SINK + 1];
    pthread_barrier_t *barrier; /* where metatiles wait for each other before they end */
    atomic_uint wrong;          /* anything that is not as it should be */
} world;

/* light: no reference, every tile is one colour. Fails the test where it cannot. */
world *world_new(imx_pyramid pyramid, unsigned threads, bool light);
/* Asserts that nothing is allocated any more. */
void world_end(world *w);
/* What the walk did, for another one. */
void world_forget(world *w);

uint32_t world_columns(const world *w, uint32_t z);
uint32_t world_rows(const world *w, uint32_t z);
cell *world_cell(const world *w, imx_tile t);
/* The zoom of metatiles' roots. */
uint32_t world_root_zoom(const world *w);

/* The walk's functions: they count, compare, and fail or cancel where they are told to. */
imx_pyramid_ops world_ops(world *w);
bool world_touches(void *context, imx_tile tile);
imx_status world_render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                        imx_error *err, unsigned *look);
imx_status world_encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                        imx_error *err, imx_stored_tile *out);
imx_status world_sink(void *context, unsigned worker, const imx_metatile *unit, imx_error *err);

#endif
