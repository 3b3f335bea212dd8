/* engine/render_open.h: what one worker of the renderer keeps open: sources, transforms and filled grids of the assets
 * that were used last. A part of the render context; private to render_*.c.
 *
 * Assets of one scene whose pixels lie at the same places (imx_asset_same_place) share transform and grids. */
#ifndef IMX_ENGINE_RENDER_OPEN_H
#define IMX_ENGINE_RENDER_OPEN_H

#include "engine/renderer_impl.h"

/* How much stays open. Handles cost file descriptors and PROJ objects; a grid costs 0.5 MB (rims: 2.5) and some
 * thousand exact transforms to fill, so that the tiles of a cell should find it again even where scenes overlap. */
enum { IMX_OPEN_MAX = 64, IMX_OPEN_GRIDS_MAX = 32 };

typedef struct imx_asset_id {
    uint32_t scene, asset;
} imx_asset_id;

typedef struct imx_open_asset {
    bool used;
    imx_asset_id id;
    uint64_t last_use;
    imx_source *source;       /* NULL until pixels are wanted */
    imx_transform *transform; /* NULL until a grid is filled */
} imx_open_asset;

typedef struct imx_open_grid {
    bool filled; /* with what follows */
    imx_asset_id id;
    int32_t level_w, level_h; /* px of the level that it leads to */
    int64_t cx, cy;
    uint64_t last_use;
    imx_transform_grid *grid; /* NULL: this place has not been used yet */
} imx_open_grid;

typedef struct imx_open {
    const imx_renderer *renderer;
    imx_memory *memory;
    uint64_t clock; /* counts uses */
    imx_open_asset assets[IMX_OPEN_MAX];
    imx_open_grid grids[IMX_OPEN_GRIDS_MAX];
} imx_open;

void imx_open_close_all(imx_open *open);
const imx_asset *imx_open_asset_of(const imx_open *open, imx_asset_id id);
/* Each is kept by `open`, valid until the next of these calls. */
IMX_MUST_USE imx_status imx_open_source(imx_open *open, imx_asset_id id, imx_error *err, imx_source **out);
IMX_MUST_USE imx_status imx_open_transform(imx_open *open, imx_asset_id id, imx_error *err, imx_transform **out);
/* The grid of a cell of output space, filled for the asset's level. */
IMX_MUST_USE imx_status imx_open_grid_of(imx_open *open, imx_asset_id id, int64_t cx, int64_t cy, imx_error *err,
                                         imx_transform_grid **out);
/* Whether exact positions that were asked of the asset's transform went wrong. */
IMX_MUST_USE imx_status imx_open_check(imx_open *open, imx_asset_id id, imx_error *err);

#endif
