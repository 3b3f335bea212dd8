/* engine/render_open.c: see the header. */
#include "engine/render_open.h"

static bool same(imx_asset_id a, imx_asset_id b) { return a.scene == b.scene && a.asset == b.asset; }

/* Its grids go as well: a filled one still asks its transform. */
static void close_asset(imx_open *open, imx_open_asset *asset) {
    for (size_t i = 0; i < IMX_OPEN_GRIDS_MAX && asset->used; i++) {
        if (same(open->grids[i].id, asset->id)) {
            open->grids[i].filled = false;
        }
    }
    imx_source_close(&asset->source);
    imx_transform_destroy(&asset->transform);
    asset->used = false;
}

void imx_open_close_all(imx_open *open) {
    for (size_t i = 0; i < IMX_OPEN_MAX; i++) {
        close_asset(open, &open->assets[i]);
    }
    for (size_t i = 0; i < IMX_OPEN_GRIDS_MAX; i++) {
        imx_transform_grid_destroy(&open->grids[i].grid);
    }
}

const imx_asset *imx_open_asset_of(const imx_open *open, imx_asset_id id) {
    return &open->renderer->scenes[id.scene].assets[id.asset];
}

/* The first asset of the scene that lies where this one does. */
static imx_asset_id placed_by(const imx_open *open, imx_asset_id id) {
    const imx_asset *assets = open->renderer->scenes[id.scene].assets;
    imx_asset_id first = {id.scene, 0};
    while (!imx_asset_same_place(&assets[first.asset], &assets[id.asset])) {
        first.asset++;
    }
    return first;
}

/* The asset's place among those that are open; the least recently used one is closed for it if all are taken. */
static imx_open_asset *place_of(imx_open *open, imx_asset_id id) {
    imx_open_asset *oldest = &open->assets[0];
    for (size_t i = 0; i < IMX_OPEN_MAX; i++) {
        imx_open_asset *at = &open->assets[i];
        if (at->used && same(at->id, id)) {
            at->last_use = ++open->clock;
            return at;
        }
        if (oldest->used && (!at->used || at->last_use < oldest->last_use)) {
            oldest = at;
        }
    }
    close_asset(open, oldest);
    oldest->used = true;
    oldest->id = id;
    oldest->last_use = ++open->clock;
    return oldest;
}

imx_status imx_open_source(imx_open *open, imx_asset_id id, imx_error *err, imx_source **out) {
    imx_open_asset *place = place_of(open, id);
    if (!place->source) {
        imx_status status =
            imx_source_open(open->memory, open->renderer->kernels, imx_open_asset_of(open, id), err, &place->source);
        if (status != IMX_OK) {
            return status;
        }
    }
    *out = place->source;
    return IMX_OK;
}

imx_status imx_open_transform(imx_open *open, imx_asset_id id, imx_error *err, imx_transform **out) {
    const imx_renderer *renderer = open->renderer;
    const imx_asset_id at = placed_by(open, id);
    imx_open_asset *place = place_of(open, at);
    if (!place->transform) {
        imx_status status = imx_transform_create(open->memory, &renderer->scenes[at.scene], imx_open_asset_of(open, at),
                                                 renderer->space, err, &place->transform);
        if (status != IMX_OK) {
            return status;
        }
    }
    *out = place->transform;
    return IMX_OK;
}

/* The place of such a grid: the filled one, an unused one, or the least recently used. */
static imx_open_grid *grid_place(imx_open *open, const imx_open_grid *wanted) {
    imx_open_grid *oldest = &open->grids[0];
    for (size_t i = 0; i < IMX_OPEN_GRIDS_MAX; i++) {
        imx_open_grid *at = &open->grids[i];
        if (at->filled && same(at->id, wanted->id) && at->cx == wanted->cx && at->cy == wanted->cy &&
            at->level_w == wanted->level_w && at->level_h == wanted->level_h) {
            return at;
        }
        if (oldest->filled && (!at->filled || at->last_use < oldest->last_use)) {
            oldest = at;
        }
    }
    oldest->filled = false;
    return oldest;
}

imx_status imx_open_grid_of(imx_open *open, imx_asset_id id, int64_t cx, int64_t cy, imx_error *err,
                            imx_transform_grid **out) {
    const imx_render_options *options = &open->renderer->options;
    const imx_asset *asset = imx_open_asset_of(open, id);
    const imx_block_layout layout = imx_asset_blocks(asset, imx_renderer_level(open->renderer, id.scene, id.asset));
    const imx_open_grid wanted = {
        .id = placed_by(open, id), .level_w = layout.level_w, .level_h = layout.level_h, .cx = cx, .cy = cy};
    imx_open_grid *place = grid_place(open, &wanted);
    imx_status status = IMX_OK;
    (void)place_of(open, wanted.id); /* in use: opening the asset itself must not close it */
    if (!place->grid) {
        status = imx_transform_grid_create(open->memory, options->cell_px, err, &place->grid);
    }
    if (status == IMX_OK && !place->filled) {
        const double source_scale[2] = {(double)layout.level_w / asset->width, (double)layout.level_h / asset->height};
        imx_transform *transform;
        status = imx_open_transform(open, id, err, &transform);
        if (status == IMX_OK) {
            status =
                imx_transform_grid_fill(place->grid, transform, cx, cy, options->error_threshold_px, source_scale, err);
        }
    }
    if (status != IMX_OK) {
        return status;
    }
    imx_transform_grid *grid = place->grid;
    *place = wanted;
    place->grid = grid;
    place->filled = true;
    place->last_use = ++open->clock;
    *out = grid;
    return IMX_OK;
}

imx_status imx_open_check(imx_open *open, imx_asset_id id, imx_error *err) {
    const imx_transform *transform = place_of(open, placed_by(open, id))->transform;
    return transform ? imx_transform_check(transform, err) : IMX_OK;
}
