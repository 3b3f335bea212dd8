/* tiler/chain.c: a chain's life, and where things lie in its space. */
#include "tiler/chain.h"

#include <math.h>
#include <string.h>

imx_status imx_chain_create_places(imx_memory *memory, const imx_scene *scenes, size_t scene_count, imx_error *err,
                                   imx_chain *chain) {
    size_t assets = 0;
    for (size_t i = 0; i < scene_count; i++) {
        assets += scenes[i].asset_count;
    }
    chain->footprints = imx_calloc(memory, scene_count + 1, sizeof *chain->footprints);
    chain->levels = imx_calloc(memory, scene_count + 1, sizeof *chain->levels);
    chain->level_block = imx_calloc(memory, assets + 1, sizeof *chain->level_block);
    if (!chain->footprints || !chain->levels || !chain->level_block) {
        imx_chain_clear(memory, 0, chain);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the places of %zu scenes", scene_count);
    }
    int32_t *at = chain->level_block;
    for (size_t i = 0; i < scene_count; i++) {
        chain->levels[i] = at;
        at += scenes[i].asset_count;
    }
    return IMX_OK;
}

void imx_chain_clear_regions(imx_chain *chain) {
    for (size_t i = 0; i < IMX_LIMITS; i++) {
        imx_region_destroy(&chain->regions[i]);
    }
    chain->region_count = 0;
}

void imx_chain_clear(imx_memory *memory, size_t scene_count, imx_chain *chain) {
    for (size_t i = 0; i < scene_count && chain->footprints; i++) {
        imx_footprint_clear(memory, &chain->footprints[i]);
    }
    imx_free(memory, chain->footprints);
    imx_free(memory, chain->levels);
    imx_free(memory, chain->level_block);
    imx_chain_clear_regions(chain);
    memset(chain, 0, sizeof *chain);
}

void imx_chain_drop_scene(imx_memory *memory, size_t scene_count, size_t i, imx_chain *chain) {
    const size_t after = scene_count - i - 1;
    imx_footprint_clear(memory, &chain->footprints[i]);
    memmove(&chain->footprints[i], &chain->footprints[i + 1], after * sizeof *chain->footprints);
    memmove(&chain->levels[i], &chain->levels[i + 1], after * sizeof *chain->levels);
    memset(&chain->footprints[scene_count - 1], 0, sizeof *chain->footprints);
    chain->levels[scene_count - 1] = NULL;
}

void imx_chain_shape(imx_chain *chain, const imx_grid *grid) {
    imx_pyramid *p = &chain->pyramid;
    const uint64_t side = (uint64_t)1 << p->zoom_max, columns = imx_grid_columns(grid, p->zoom_max);
    p->columns = (uint32_t)((columns + side - 1) / side);
    p->rows = (uint32_t)((imx_grid_rows(grid, p->zoom_max) + side - 1) / side);
    p->wraps = imx_grid_wraps(grid, p->zoom_max) && p->columns * side == columns;
    chain->space = imx_chain_space(grid, p->zoom_max, p->tile_px);
}

void imx_chain_deepen(imx_chain *chain, uint32_t zooms) {
    imx_space *space = &chain->space;
    chain->pyramid.zoom_max += zooms;
    chain->pyramid.unwritten += zooms;
    space->res = ldexp(space->res, -(int)zooms);
    space->res_y = ldexp(space->res_y, -(int)zooms);
    space->width = ldexp(space->width, (int)zooms);
    space->height = ldexp(space->height, (int)zooms);
    space->period_px = ldexp(space->period_px, (int)zooms);
}

void imx_chain_crop(imx_chain *chain, double width_px, double height_px) {
    imx_space *space = &chain->space;
    const bool joins = width_px == space->width;
    space->wraps = space->wraps && joins;
    chain->pyramid.wraps = chain->pyramid.wraps && joins;
    space->width = width_px;
    space->height = height_px;
}

imx_space imx_chain_space(const imx_grid *grid, uint32_t zoom, uint32_t tile_px) {
    const double res = imx_grid_res(grid, zoom, tile_px);
    double origin_x, origin_y;
    imx_grid_origin(grid, zoom, &origin_x, &origin_y);
    return (imx_space){.crs = grid->crs,
                       .origin_x = origin_x,
                       .origin_y = origin_y,
                       .res = res,
                       .res_y = res * grid->aspect,
                       .width = (double)imx_grid_columns(grid, zoom) * tile_px,
                       .height = (double)imx_grid_rows(grid, zoom) * tile_px,
                       .wraps = imx_grid_wraps(grid, zoom),
                       .period_px = imx_grid_period(grid) / res};
}

bool imx_chain_shows(const imx_chain *chain, size_t scene) {
    const imx_box *box = &chain->footprints[scene].box;
    return box->max_x > box->min_x && box->max_y > box->min_y;
}

imx_box imx_chain_extent(const imx_chain *chain, size_t scene_count) {
    imx_box all = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < scene_count; i++) {
        if (!imx_chain_shows(chain, i)) {
            continue;
        }
        const imx_box *box = &chain->footprints[i].box;
        all.min_x = fmin(all.min_x, box->min_x);
        all.min_y = fmin(all.min_y, box->min_y);
        all.max_x = fmax(all.max_x, box->max_x);
        all.max_y = fmax(all.max_y, box->max_y);
    }
    for (size_t i = 0; i < chain->region_count; i++) {
        const imx_box box = imx_region_box(chain->regions[i]);
        all.min_x = fmax(all.min_x, box.min_x);
        all.min_y = fmax(all.min_y, box.min_y);
        all.max_x = fmin(all.max_x, box.max_x);
        all.max_y = fmin(all.max_y, box.max_y);
    }
    return all;
}

imx_box imx_chain_tile_box(const imx_chain *chain, imx_tile tile) {
    const double side = ldexp(chain->pyramid.tile_px, (int)(chain->pyramid.zoom_max - tile.z));
    return (imx_box){tile.x * side, tile.y * side, (tile.x + 1.0) * side, (tile.y + 1.0) * side};
}
