/* tiler/admission.c: estimates of memory by the plan, on the high side. */
#include "tiler/admission.h"

#include <math.h>

enum {
    MIB = 1 << 20,
    WINDOW_MIN_MIB = 1,
    WINDOW_MAX_MIB = 32,
    /* Of the block cache where blocks are tiles: what the walk comes back for along the edges of metatiles is the
     * longer ago the larger the job. Measured: 128 MiB decode 8 % more than once at 16384 x 16384 px and 10 % at 65536
     * x 65536, 256 MiB 6 %. */
    CACHE_MIN_MIB = 128,
    CACHE_MAX_MIB = 256,
    CACHE_SHARE = 64,  /* in between: this part of all sources, decoded */
    ROWS_MAX_MIB = 96, /* decoded source that a row of metatiles may need without becoming flatter */
    RGBA8_BYTES = 4,
    GROUND_BYTES = 256 << 10, /* engine/ground.h */
    NODE_BYTES = 192          /* of the walk, for each metatile and each tile above */
};

typedef struct walk { /* a plan's chain, walked with metatiles of so many base tiles a side */
    const imx_plan *plan;
    const imx_chain *chain;
    uint32_t side;
    bool rows;
} walk;

/* Whether tiles look beyond their own children: then parents wait for what is around them, and metatiles have margins,
 * so that these are never flatter. */
static bool looks_around(const walk *w) { return imx_pyramid_looks_around(&w->plan->pyramid); }

/* Of what is encoded: a tile with its buffer. */
static size_t encoded_px(const imx_pyramid *p) { return (size_t)imx_pyramid_side_px(p) * imx_pyramid_side_px(p); }

/* What waits above the metatiles; half as much again where the front is not level. */
static size_t waiting_bytes(const walk *w, unsigned workers) {
    uint64_t bytes = imx_pyramid_waiting_bytes(&w->chain->pyramid, &w->chain->waiting, workers);
    return (size_t)(w->rows ? bytes + bytes / 2 : bytes);
}

/* ---- the walk by rows ---- */

/* Decoded bytes of the strips that a row of metatiles asks for, kernels' margins and slanting rows included: of the
 * largest scene, or of those that stand side by side on average. */
static double rows_bytes(const walk *w) {
    const imx_plan *plan = w->plan;
    double side_px = (double)w->side * plan->pyramid.tile_px, largest = 0, together = 0;
    imx_box all = imx_chain_extent(w->chain, plan->scene_count);
    for (size_t i = 0; i < plan->scene_count; i++) {
        const imx_box *box = &w->chain->footprints[i].box;
        for (size_t k = 0; k < plan->scenes[i].asset_count && imx_chain_shows(w->chain, i); k++) {
            const imx_asset *asset = &plan->scenes[i].assets[k];
            imx_block_layout layout = imx_asset_blocks(asset, w->chain->levels[i][k]);
            double height_px = fmax(1, box->max_y - box->min_y);
            double rows = 1.1 * side_px * layout.level_h / height_px + 2.0 * layout.block_h + 16;
            double bytes = asset->tiled ? 0 : (double)layout.pixel_bytes * layout.level_w * fmin(rows, layout.level_h);
            largest = fmax(largest, bytes);
            together += bytes * fmin(1, height_px / fmax(1, all.max_y - all.min_y));
        }
    }
    return w->rows ? fmax(largest, together) : 0;
}

/* What such a walk holds besides the workers' own: all of its nodes, and the pixels of the parents that its front runs
 * through: of half as many as there are metatiles side by side, a quarter as many above those, and so on, and half as
 * many again where it is not level. */
static double front_bytes(const walk *w) {
    const imx_plan *plan = w->plan;
    const imx_pyramid *p = &w->chain->pyramid;
    double nodes = 0, tile = 4.0 * p->tile_px * p->tile_px;
    imx_box all = imx_chain_extent(w->chain, plan->scene_count);
    for (uint32_t z = 0; z <= p->zoom_max; z++) {
        bool within = ldexp(w->side, (int)z - (int)p->zoom_max) > 1; /* a metatile */
        nodes += within ? 0 : (double)w->chain->tiles[z];
    }
    double parents = 1.5 * fmax(1, (all.max_x - all.min_x) / ((double)w->side * p->tile_px));
    return w->rows && !looks_around(w) ? nodes * NODE_BYTES + parents * tile : 0;
}

/* ---- the shares ---- */

/* What the PNG encoder takes for a palette and for the least bytes: an index; Leptonica's histogram, its pixels and
 * ours; libdeflate's parser. */
static size_t png_bytes(const imx_codec_options *codec, size_t tile_px) {
    if (codec->format != IMX_FORMAT_PNG && codec->format != IMX_FORMAT_AUTO) {
        return 0;
    }
    return (codec->png_effort == IMX_PNG_SMALL ? 10 * (size_t)MIB : 0) +
           (codec->png_palette == IMX_PNG_PALETTE_QUANTIZE ? 2 * (size_t)MIB + 11 * tile_px : tile_px);
}

static double cache_bytes_wanted(const walk *w) {
    double all = 0;
    for (size_t i = 0; i < w->plan->scene_count; i++) {
        for (size_t k = 0; k < w->plan->scenes[i].asset_count && imx_chain_shows(w->chain, i); k++) {
            const imx_asset *asset = &w->plan->scenes[i].assets[k];
            imx_block_layout layout = imx_asset_blocks(asset, w->chain->levels[i][k]);
            all += (double)layout.pixel_bytes * layout.level_w * layout.level_h;
        }
    }
    double wanted = fmin(fmax(all / CACHE_SHARE, CACHE_MIN_MIB * (double)MIB), CACHE_MAX_MIB * (double)MIB);
    return w->rows ? fmax(CACHE_MIN_MIB * (double)MIB, rows_bytes(w)) : wanted;
}

static bool is_graded(const imx_plan *plan) {
    return plan->grade.kind != IMX_GRADE_NONE && !imx_grade_keeps_numbers(plan->grade.kind);
}

/* The planes that are graded: the result, a scene's layer, and the same in the scene's own type; or the picture that
 * they become when they are encoded. Of relief also the light, all with the margin around them. */
static size_t graded_bytes(const imx_plan *plan) {
    const imx_layer_planes *planes = &plan->grade.planes;
    const size_t tile_px = (size_t)plan->pyramid.tile_px * plan->pyramid.tile_px;
    if (imx_grade_keeps_numbers(plan->grade.kind)) {
        return RGBA8_BYTES * encoded_px(&plan->pyramid);
    }
    const size_t pixel = (size_t)(planes->bands + planes->coverage) * (imx_type_size(planes->type) + 1);
    if (is_graded(plan) && plan->grade.relief.kind != IMX_RELIEF_NONE) {
        const size_t grown = (size_t)plan->pyramid.tile_px + 2;
        return 4 * grown * grown * pixel + GROUND_BYTES;
    }
    return is_graded(plan) ? 3 * tile_px * pixel : 0;
}

/* Of all its zooms; there may be no more than the job has. */
static double tiles_of_a_metatile(const walk *w) {
    const imx_pyramid *p = &w->chain->pyramid;
    double count = 0, across = w->side;
    for (uint32_t up = 0; across >= 1 && up <= p->zoom_max; up++, across /= 2) {
        count += fmin(across * across, (double)w->chain->tiles[p->zoom_max - up]);
    }
    return count;
}

/* Zooms above the metatiles at which a worker's unfinished parent has pixels at the same time: where no tile has more
 * than one child, it gets them only to give them on. */
static size_t parents_waiting(const walk *w, uint32_t levels) {
    const imx_pyramid *p = &w->chain->pyramid;
    size_t count = p->zoom_max >= levels;
    for (uint32_t z = 0; z + levels <= p->zoom_max; z++) {
        count += w->chain->tiles[z + 1] > w->chain->tiles[z];
    }
    return count;
}

/* What one worker holds besides its source window, at most: the pixels of its metatile's levels, the encoder's
 * scratch, the mosaic and its layer, the tiles of its metatile while they wait for the store, the pixels of unfinished
 * parents, grids and tap tables. */
static size_t worker_bytes(const walk *w) {
    const imx_pyramid *p = &w->chain->pyramid;
    size_t tile_px = (size_t)p->tile_px * p->tile_px, tile = imx_tile_bytes(p), side = w->side, levels = 1;
    while (side >> levels) {
        levels++;
    }
    imx_format format = w->plan->codec.format;
    double blob_bytes_per_px = w->plan->cog                ? (double)tile / (double)tile_px
                               : format == IMX_FORMAT_PNG  ? 2
                               : format == IMX_FORMAT_AUTO ? 0.7
                                                           : 0.4;
    size_t unit = (size_t)(blob_bytes_per_px * (double)encoded_px(p) * tiles_of_a_metatile(w));
    size_t parents = looks_around(w) ? 0 : parents_waiting(w, (uint32_t)levels);
    size_t pixels = looks_around(w) ? imx_pyramid_worker_bytes(p) : levels * tile;
    size_t inside = w->chain->region_count ? tile_px : 0;
    size_t cover = p->coverage || w->plan->grade.planes.coverage ? 9 * tile_px : 0; /* f64 and validity, while joined */
    size_t blend = w->plan->mosaic == IMX_MOSAIC_BLEND ? 33 * tile_px : 0;
    size_t scratch = 2 * (tile / tile_px) * encoded_px(p); /* the encoder's */
    return pixels + scratch + (3 + parents) * tile + graded_bytes(w->plan) + unit + blend + inside + cover +
           png_bytes(&w->plan->codec, encoded_px(p)) + 6 * (size_t)MIB;
}

static int32_t cell_px(const imx_chain *chain) {
    uint32_t cell = imx_metatile_side(chain->pyramid.tile_px) * chain->pyramid.tile_px;
    while (cell > chain->pyramid.tile_px && cell > chain->space.height) {
        cell /= 2;
    }
    return (int32_t)cell;
}

/* What a user may do instead of giving more memory. */
static const char *less_memory(const imx_plan *plan) {
    return plan->pyramid.buffer_px ? ", a smaller --tile-size, or a smaller --buffer"
           : plan->cog && imx_pyramid_looks_around(&plan->pyramid)
               ? ", a smaller --block-size, or --overview-resample average"
           : imx_pyramid_looks_around(&plan->pyramid) ? ", a smaller --tile-size, or --overview-resample average"
           : plan->cog                                ? ", or a smaller --block-size"
                                                      : ", or a smaller --tile-size";
}

static imx_status share(const walk *w, size_t memory_bytes, unsigned workers, imx_error *err, imx_shares *out) {
    const imx_plan *plan = w->plan;
    size_t each = worker_bytes(w) + WINDOW_MIN_MIB * (size_t)MIB;
    size_t held = imx_memory_used(plan->memory) + (size_t)front_bytes(w);
    size_t free_bytes = memory_bytes > held ? memory_bytes - held : 0;
    size_t needed = workers * each + waiting_bytes(w, workers);
    while (workers > 1 && needed > free_bytes / 8 * 7) {
        workers--;
        needed = workers * each + waiting_bytes(w, workers);
    }
    if (needed > free_bytes / 8 * 7) {
        return imx_fail(err, IMX_E_USAGE,
                        "too little memory: one worker with tiles of %u px%s needs %zu MiB more: give more --memory%s",
                        plan->pyramid.tile_px, looks_around(w) ? ", and overviews that wait for their neighbours," : "",
                        (needed / 7 * 8 - free_bytes) / MIB + 1, less_memory(plan));
    }
    size_t spare = free_bytes - needed, rows = (size_t)rows_bytes(w);
    size_t wanted = (size_t)cache_bytes_wanted(w);
    size_t window = WINDOW_MIN_MIB * (size_t)MIB + spare / 4 / workers;
    window = window > WINDOW_MAX_MIB * (size_t)MIB ? WINDOW_MAX_MIB * (size_t)MIB : window;
    size_t cache = spare - workers * (window - WINDOW_MIN_MIB * (size_t)MIB);
    cache = cache > wanted ? wanted : cache;
    const bool graded = is_graded(plan);
    *out = (imx_shares){
        .render = {.bands = graded ? plan->grade.planes.bands : plan->pyramid.bands - plan->pyramid.coverage,
                   .coverage = graded ? plan->grade.planes.coverage : plan->pyramid.coverage,
                   .type = graded ? plan->grade.planes.type : plan->pyramid.type,
                   .values = plan->grade.planes.values,
                   .grade = graded ? &plan->grade : NULL,
                   .resample = plan->resample,
                   .mosaic = plan->mosaic,
                   .error_threshold_px = plan->error_threshold_px,
                   .cell_px = cell_px(w->chain),
                   .cache_bytes = cache,
                   .window_bytes = window,
                   .levels = (const int32_t *const *)w->chain->levels,
                   .regions = (const imx_region *const *)w->chain->regions,
                   .region_count = w->chain->region_count,
                   .workers = workers},
        .rows_short_bytes = rows > cache ? rows - cache : 0};
    return IMX_OK;
}

/* What is missing for one worker with the flattest metatiles; its window takes a part of what is not its own. */
static size_t rows_short_bytes(const imx_plan *plan, const imx_chain *chain, size_t memory_bytes) {
    walk w = {plan, chain, 1, true};
    double rows = rows_bytes(&w), window = fmin(rows / 3, (WINDOW_MAX_MIB - WINDOW_MIN_MIB) * (double)MIB);
    double needed = (double)(imx_memory_used(plan->memory) + worker_bytes(&w) + WINDOW_MIN_MIB * (size_t)MIB) +
                    front_bytes(&w) + rows + window;
    return needed > (double)memory_bytes ? (size_t)(needed - (double)memory_bytes) + MIB : MIB;
}

/* Of so many workers: with the least flat metatiles for which little source is enough, or else the flattest for which
 * there is room; false: there is room for none. */
static bool share_rows(const imx_plan *plan, const imx_chain *chain, size_t memory_bytes, unsigned workers,
                       imx_shares *out) {
    walk w = {plan, chain, imx_metatile_side(plan->pyramid.tile_px), true};
    bool found = false, little = false;
    for (uint32_t flatter = 0; w.side > 0 && !little; flatter++, w.side /= 2) {
        imx_shares flat;
        little = rows_bytes(&w) <= ROWS_MAX_MIB * (double)MIB;
        bool fits = share(&w, memory_bytes, workers, NULL, &flat) == IMX_OK && flat.rows_short_bytes == 0 &&
                    flat.render.workers == workers;
        if (fits) {
            *out = flat;
            out->flatter = flatter;
            found = true;
        }
        little = little && fits;
    }
    return found;
}

/* Rather fewer workers than strips that are decoded again and again. Where not even one of them has room, a strip is
 * decoded once for each metatile that stands in its row, and so these are large. */
imx_status imx_plan_share_memory(const imx_plan *plan, const imx_chain *chain, size_t memory_bytes, unsigned workers,
                                 imx_error *err, imx_shares *out) {
    walk w = {plan, chain, imx_metatile_side(plan->pyramid.tile_px), plan->pyramid.order == IMX_WALK_ROWS};
    for (unsigned n = workers; n > 0 && w.rows && !looks_around(&w); n--) {
        if (share_rows(plan, chain, memory_bytes, n, out)) {
            return IMX_OK;
        }
    }
    uint32_t flatter = 0;
    while (w.side > 1 && !looks_around(&w) && share(&w, memory_bytes, workers, NULL, out) != IMX_OK) {
        w.side /= 2;
        flatter++;
    }
    imx_status status = share(&w, memory_bytes, workers, err, out);
    if (status == IMX_OK) {
        out->flatter = flatter;
    }
    if (status == IMX_OK && w.rows && !looks_around(&w)) {
        out->rows_short_bytes = rows_short_bytes(plan, chain, memory_bytes);
    }
    return status;
}
