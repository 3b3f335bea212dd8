/* tests/unit/engine/fake_engine.c: see the header. */
#include "tests/unit/engine/fake_engine.h"

#include <math.h>
#include <string.h>

/* ---- scenes -------------------------------------------------------------------------------------------------- */

void fake_scene(fake_raster *raster, char *id, const double geotransform[6], imx_asset *asset, imx_scene *scene) {
    /* The fake source finds its raster by the path: what the real one does with a file. */
    *asset = (imx_asset){.path = (char *)raster,
                         .role = IMX_ROLE_VISUAL,
                         .type = IMX_U8,
                         .validity = IMX_VALID_ALPHA,
                         .width = raster->width,
                         .height = raster->height,
                         .tiled = true,
                         .block_w = raster->block_w,
                         .block_h = raster->block_h};
    memcpy(asset->geotransform, geotransform, sizeof asset->geotransform);
    *scene = (imx_scene){.id = id, .assets = asset, .asset_count = 1};
}

fake_raster *fake_raster_of(const imx_asset *asset) { return (fake_raster *)(void *)asset->path; }

void fake_footprint(const imx_asset *asset, imx_footprint *out) {
    const double *g = asset->geotransform;
    double x0 = g[0], x1 = g[0] + g[1] * asset->width, y0 = g[3], y1 = g[3] + g[5] * asset->height;
    *out = (imx_footprint){.box = {fmin(x0, x1), fmin(y0, y1), fmax(x0, x1), fmax(y0, y1)}};
}

void fake_position(const imx_asset *asset, double X, double Y, double *x, double *y) {
    const double *g = asset->geotransform;
    double det = g[1] * g[5] - g[2] * g[4], dx = X - g[0], dy = Y - g[3];
    *x = (g[5] * dx - g[2] * dy) / det + fake_raster_of(asset)->bend * X * X;
    *y = (g[1] * dy - g[4] * dx) / det;
}

/* ---- sources and cache --------------------------------------------------------------------------------------- */

struct imx_source {
    imx_memory *memory;
    fake_raster *raster;
};

imx_status imx_source_open(imx_memory *memory, const imx_kernels *kernels, const imx_asset *asset, imx_error *err,
                           imx_source **out) {
    (void)kernels;
    fake_raster *raster = fake_raster_of(asset);
    if (raster->fail_open) {
        return imx_fail(err, IMX_E_INPUT, "cannot be opened");
    }
    imx_source *source = imx_alloc(memory, sizeof *source);
    if (!source) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *source = (imx_source){memory, raster};
    raster->opens++;
    *out = source;
    return IMX_OK;
}

void imx_source_close(imx_source **source) {
    if (*source) {
        (*source)->raster->closes++;
        imx_free((*source)->memory, *source);
        *source = NULL;
    }
}

void imx_source_announce(imx_source *source, int32_t level, const int32_t window[4]) {
    (void)level;
    source->raster->announces++;
    memcpy(source->raster->announced, window, sizeof source->raster->announced);
}

imx_block_layout imx_asset_blocks(const imx_asset *asset, int32_t level) {
    (void)level;
    return (imx_block_layout){asset->width,
                              asset->height,
                              asset->block_w,
                              asset->block_h,
                              (asset->width + asset->block_w - 1) / asset->block_w,
                              (asset->height + asset->block_h - 1) / asset->block_h,
                              4};
}

struct imx_block_cache {
    imx_memory *memory;
};

imx_status imx_block_cache_create(imx_memory *memory, size_t limit_bytes, imx_error *err, imx_block_cache **out) {
    (void)limit_bytes;
    imx_block_cache *cache = imx_alloc(memory, sizeof *cache);
    if (!cache) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    cache->memory = memory;
    *out = cache;
    return IMX_OK;
}

void imx_block_cache_destroy(imx_block_cache **cache) {
    if (*cache) {
        imx_free((*cache)->memory, *cache);
        *cache = NULL;
    }
}

imx_cache_stats imx_block_cache_stats(imx_block_cache *cache) {
    (void)cache;
    return (imx_cache_stats){0};
}

static bool is_empty(const imx_block *block) {
    for (int32_t y = 0; y < block->height; y++) {
        for (int32_t x = 0; x < block->width; x++) {
            if (block->rgba[y * block->row_stride + 4 * x + 3]) {
                return false;
            }
        }
    }
    return true;
}

imx_status imx_block_acquire(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                             const imx_block_layout *layout, imx_error *err, imx_block *out) {
    (void)cache;
    fake_raster *raster = source->raster;
    if (raster->fail_read || (raster->damaged_row && key->row >= raster->damaged_row)) {
        return imx_fail(err, IMX_E_INPUT, "block %d,%d is damaged", (int)key->column, (int)key->row);
    }
    int32_t x = key->column * layout->block_w, y = key->row * layout->block_h;
    *out = (imx_block){.rgba = raster->rgba + 4 * ((ptrdiff_t)y * raster->width + x),
                       .row_stride = 4 * (ptrdiff_t)raster->width,
                       .width = x + layout->block_w > raster->width ? raster->width - x : layout->block_w,
                       .height = y + layout->block_h > raster->height ? raster->height - y : layout->block_h,
                       .pin = raster};
    if (is_empty(out)) {
        out->rgba = NULL;
    }
    raster->pinned++;
    raster->reads++;
    return IMX_OK;
}

imx_status imx_block_acquire_idle(imx_block_cache *cache, const imx_block_key *key, imx_source *source,
                                  const imx_block_layout *layout, imx_error *err, imx_block *out, bool *busy) {
    *busy = source->raster->busy > 0;
    source->raster->busy -= *busy;
    return *busy ? IMX_OK : imx_block_acquire(cache, key, source, layout, err, out);
}

void imx_block_release(imx_block_cache *cache, imx_block *block) {
    (void)cache;
    fake_raster *raster = block->pin;
    raster->pinned--;
    raster->shown_px += block->shown_px;
}

/* ---- transform ----------------------------------------------------------------------------------------------- */

struct imx_transform {
    imx_memory *memory;
    const imx_asset *asset;
};

imx_status imx_transform_create(imx_memory *memory, const imx_scene *scene, const imx_asset *asset,
                                const imx_space *space, imx_error *err, imx_transform **out) {
    (void)scene;
    (void)space;
    fake_raster *raster = fake_raster_of(asset);
    imx_transform *transform = raster->fail_transform ? NULL : imx_alloc(memory, sizeof *transform);
    if (!transform) {
        return raster->fail_transform ? imx_fail(err, IMX_E_INPUT, "unknown CRS")
                                      : imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *transform = (imx_transform){memory, asset};
    raster->transforms++;
    *out = transform;
    return IMX_OK;
}

void imx_transform_inverse(imx_transform *transform, size_t n, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        fake_position(transform->asset, x[i], y[i], &x[i], &y[i]);
        if (y[i] > FAKE_ROWS_MAX) {
            x[i] = y[i] = HUGE_VAL;
        }
    }
}

void imx_transform_destroy(imx_transform **transform) {
    if (*transform) {
        imx_free((*transform)->memory, *transform);
        *transform = NULL;
    }
}

struct imx_transform_grid {
    imx_memory *memory;
    const imx_transform *transform; /* asked again by each row, as the real one does */
    int32_t cell_px;
    int64_t cx, cy;
};

imx_status imx_transform_grid_create(imx_memory *memory, int32_t cell_px, imx_error *err, imx_transform_grid **out) {
    imx_transform_grid *grid = imx_alloc(memory, sizeof *grid);
    if (!grid) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *grid = (imx_transform_grid){.memory = memory, .cell_px = cell_px};
    *out = grid;
    return IMX_OK;
}

void imx_transform_grid_destroy(imx_transform_grid **grid) {
    if (*grid) {
        imx_free((*grid)->memory, *grid);
        *grid = NULL;
    }
}

imx_status imx_transform_grid_fill(imx_transform_grid *grid, imx_transform *transform, int64_t cx, int64_t cy,
                                   double threshold_px, const double source_scale[2], imx_error *err) {
    (void)threshold_px;
    fake_raster *raster = fake_raster_of(transform->asset);
    if (raster->fail_fill || source_scale[0] != 1 || source_scale[1] != 1) {
        return imx_fail(err, IMX_E_NOMEM, "grid");
    }
    raster->fills++;
    grid->transform = transform;
    grid->cx = cx;
    grid->cy = cy;
    return IMX_OK;
}

static void position(const imx_transform_grid *grid, int32_t x, int32_t y, double *sx, double *sy) {
    fake_position(grid->transform->asset, (double)(grid->cx * grid->cell_px + x) + 0.5,
                  (double)(grid->cy * grid->cell_px + y) + 0.5, sx, sy);
}

int32_t imx_transform_grid_round(const imx_transform_grid *grid) {
    (void)grid;
    return 0;
}

void imx_transform_grid_split(imx_transform_grid *grid, int32_t split_px) {
    (void)grid;
    (void)split_px;
}

bool imx_transform_grid_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                               double *min_x, double *min_y, double *max_x, double *max_y) {
    *min_x = *min_y = HUGE_VAL;
    *max_x = *max_y = -HUGE_VAL;
    for (int i = 0; i < 4; i++) {
        double sx, sy;
        position(grid, i % 2 ? x + w - 1 : x, i / 2 ? y + h - 1 : y, &sx, &sy);
        *min_x = fmin(*min_x, sx);
        *max_x = fmax(*max_x, sx);
        *min_y = fmin(*min_y, sy);
        *max_y = fmax(*max_y, sy);
    }
    return true;
}

/* Of the pixel whose upper left corner is (x, y). */
static void corner(const imx_transform_grid *grid, int32_t x, int32_t y, double *sx, double *sy) {
    fake_position(grid->transform->asset, (double)(grid->cx * grid->cell_px + x),
                  (double)(grid->cy * grid->cell_px + y), sx, sy);
}

bool imx_transform_grid_box_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                   double *min_x, double *min_y, double *max_x, double *max_y) {
    *min_x = *min_y = HUGE_VAL;
    *max_x = *max_y = -HUGE_VAL;
    for (int i = 0; i < 4; i++) {
        double sx, sy;
        corner(grid, i % 2 ? x + w : x, i / 2 ? y + h : y, &sx, &sy);
        *min_x = fmin(*min_x, sx);
        *max_x = fmax(*max_x, sx);
        *min_y = fmin(*min_y, sy);
        *max_y = fmax(*max_y, sy);
    }
    return true;
}

static int32_t limited_q16(double px) { return (int32_t)fmax(-2147483647.0, fmin(rint(px * 65536), 2147483647.0)); }

void imx_transform_grid_boxes(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                              int32_t n, int32_t window_x, int32_t window_y, imx_box_kind kind, int32_t *x0_q16,
                              int32_t *x1_q16, int32_t *y0_q16, int32_t *y1_q16) {
    (void)kernels;
    (void)kind;
    for (int32_t i = 0; i < n; i++) {
        double ax, ay, bx, by;
        corner(grid, x + i, y, &ax, &ay);
        corner(grid, x + i + 1, y + 1, &bx, &by);
        x0_q16[i] = limited_q16(fmin(ax, bx) - window_x);
        x1_q16[i] = limited_q16(fmax(ax, bx) - window_x);
        y0_q16[i] = limited_q16(fmin(ay, by) - window_y);
        y1_q16[i] = limited_q16(fmax(ay, by) - window_y);
    }
}

bool imx_transform_grid_quad_bounds(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                    double *min_x, double *min_y, double *max_x, double *max_y) {
    return imx_transform_grid_box_bounds(grid, x, y, w, h, min_x, min_y, max_x, max_y);
}

void imx_transform_grid_corners(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n,
                                const imx_corner_line *out) {
    for (int32_t i = 0; i <= n; i++) {
        corner(grid, x + i, y, &out->x[i], &out->y[i]);
    }
}

void imx_transform_grid_quads(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t n, int32_t window_x,
                              int32_t window_y, const imx_corner_line *upper, const imx_corner_line *lower,
                              int32_t *const x_q16[4], int32_t *const y_q16[4]) {
    (void)grid, (void)x, (void)y;
    for (int32_t i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++) {
            const imx_corner_line *line = k < 2 ? upper : lower;
            const int32_t at = i + (k == 1 || k == 2);
            x_q16[k][i] = limited_q16(line->x[at] - window_x);
            y_q16[k][i] = limited_q16(line->y[at] - window_y);
        }
    }
}

static void shrinks(const imx_transform_grid *grid, int32_t x, uint32_t *shrink_x, uint32_t *shrink_y) {
    const double *g = grid->transform->asset->geotransform;
    double det = g[1] * g[5] - g[2] * g[4], X = (double)(grid->cx * grid->cell_px + x) + 0.5;
    double stretch_x = hypot(g[5] / det + 2 * fake_raster_of(grid->transform->asset)->bend * X, g[2] / det);
    double stretch_y = hypot(g[1] / det, g[4] / det);
    *shrink_x = (uint32_t)fmax(16, rint(65536 * fmin(1, 1 / stretch_x)));
    *shrink_y = (uint32_t)fmax(16, rint(65536 * fmin(1, 1 / stretch_y)));
}

void imx_transform_grid_shrinks(const imx_transform_grid *grid, int32_t x, int32_t y, int32_t w, int32_t h,
                                imx_shrink_bounds *out) {
    (void)y;
    (void)h;
    *out = (imx_shrink_bounds){65536, 65536, 0, 0};
    for (int32_t i = 0; i < w; i++) {
        uint32_t at_x, at_y;
        shrinks(grid, x + i, &at_x, &at_y);
        out->least_x_q16 = at_x < out->least_x_q16 ? at_x : out->least_x_q16;
        out->least_y_q16 = at_y < out->least_y_q16 ? at_y : out->least_y_q16;
        out->most_x_q16 = at_x > out->most_x_q16 ? at_x : out->most_x_q16;
        out->most_y_q16 = at_y > out->most_y_q16 ? at_y : out->most_y_q16;
    }
}

void imx_transform_grid_row(const imx_transform_grid *grid, const struct imx_kernels *kernels, int32_t x, int32_t y,
                            int32_t n, int32_t window_x, int32_t window_y, int32_t level_w, int32_t level_h,
                            int32_t *x_q16, int32_t *y_q16, uint32_t *shrink_x_q16, uint32_t *shrink_y_q16,
                            bool *any_shrink) {
    (void)kernels;
    *any_shrink = false;
    for (int32_t i = 0; i < n; i++) {
        double sx, sy;
        position(grid, x + i, y, &sx, &sy);
        bool inside = sx >= 0 && sx < level_w && sy >= 0 && sy < level_h;
        x_q16[i] = inside ? (int32_t)floor((sx - window_x) * 65536) : IMX_WARP_INVALID;
        y_q16[i] = inside ? (int32_t)floor((sy - window_y) * 65536) : IMX_WARP_INVALID;
        if (shrink_x_q16) {
            shrinks(grid, x + i, &shrink_x_q16[i], &shrink_y_q16[i]);
            *any_shrink = *any_shrink || shrink_x_q16[i] < 65536 || shrink_y_q16[i] < 65536;
        }
    }
}

/* ---- index --------------------------------------------------------------------------------------------------- */

struct imx_scene_index {
    imx_memory *memory;
    const imx_footprint *const *footprints;
    size_t count;
};

imx_status imx_scene_index_create(imx_memory *memory, const imx_footprint *const *footprints, size_t count,
                                  imx_error *err, imx_scene_index **out) {
    imx_scene_index *index = imx_alloc(memory, sizeof *index);
    if (!index) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    *index = (imx_scene_index){memory, footprints, count};
    *out = index;
    return IMX_OK;
}

void imx_scene_index_destroy(imx_scene_index **index) {
    if (*index) {
        imx_free((*index)->memory, *index);
        *index = NULL;
    }
}

size_t imx_scene_index_query(const imx_scene_index *index, const imx_box *box, uint32_t *found, size_t room) {
    size_t count = 0;
    for (size_t i = 0; i < index->count; i++) {
        const imx_box *at = &index->footprints[i]->box;
        if (at->min_x < box->max_x && at->max_x > box->min_x && at->min_y < box->max_y && at->max_y > box->min_y) {
            if (count < room) {
                found[count] = (uint32_t)i;
            }
            count++;
        }
    }
    return count;
}

bool imx_scene_index_any(const imx_scene_index *index, const imx_box *box) {
    return imx_scene_index_query(index, box, NULL, 0) > 0;
}

imx_status imx_transform_check(const imx_transform *transform, imx_error *err) {
    (void)transform, (void)err;
    return IMX_OK;
}

/* ---- the ground: of pixels of 1 m ---------------------------------------------------------------------------- */

struct imx_ground {
    imx_memory *memory;
};

imx_status imx_ground_create(imx_memory *memory, const imx_space *space, imx_error *err, imx_ground **out) {
    (void)space, (void)err;
    imx_ground *ground = imx_alloc(memory, sizeof *ground);
    if (!ground) {
        return IMX_E_NOMEM;
    }
    ground->memory = memory;
    *out = ground;
    return IMX_OK;
}

void imx_ground_destroy(imx_ground **ground) {
    if (*ground) {
        imx_free((*ground)->memory, *ground);
        *ground = NULL;
    }
}

int32_t imx_ground_run(imx_ground *ground, int64_t x, int64_t y, int32_t n, double side_m[2]) {
    (void)ground, (void)x, (void)y;
    side_m[0] = side_m[1] = 1;
    return n;
}
