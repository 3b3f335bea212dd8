/* tiler/collars.c: see the header. A task searches one raster; tasks start in their order, so that of those which fail
 * the first always gets to it, whatever fails before it does. */
#include "tiler/collars.h"

#include <inttypes.h>
#include <pthread.h>

#include "engine/base/pool.h"
#include "engine/collar.h"
#include "engine/layer_sample.h"

imx_status imx_collars_create(imx_plan *plan, int32_t within, imx_error *err) {
    imx_status status = IMX_OK;
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count && !status; k++) {
            imx_asset *asset = &plan->scenes[i].assets[k];
            status = asset->collar ? IMX_OK : imx_collar_create(plan->memory, within, err, &asset->collar);
        }
    }
    return status;
}

/* ---- a raster ---- */

enum { LEVELS = IMX_ZOOM_MAX + 2 }; /* each chain's, and the statistics' */

typedef struct search search;

typedef struct raster {
    imx_task task;
    search *of;
    const imx_scene *scene;
    const imx_asset *asset;
    int32_t levels[LEVELS];
    int level_count; /* still to be searched */
    imx_collar_stats stats[LEVELS];
} raster;

struct search {
    imx_task root;
    imx_kernels kernels;
    const imx_collars_options *options;
    raster *rasters;
    size_t count;
    pthread_mutex_t lock; /* of what follows */
    size_t done;
    const raster *failed; /* the first of those that did */
    imx_status status;
    imx_error error;
};

static imx_status find(raster *r, imx_error *err) {
    imx_status status = IMX_OK;
    for (int i = 0; i < r->level_count && !status; i++) {
        if (!imx_collar_knows(r->asset->collar, r->levels[i])) {
            status = imx_collar_find(r->asset->collar, &r->of->kernels, r->asset, r->levels[i], err, &r->stats[i]);
        }
    }
    return status;
}

static void note(raster *r, imx_status status, const imx_error *err) {
    search *s = r->of;
    (void)pthread_mutex_lock(&s->lock);
    s->done += status == IMX_OK;
    if (status == IMX_OK && s->options->on_done) {
        s->options->on_done(s->options->context, s->done, s->count);
    }
    if (status != IMX_OK && (!s->failed || r < s->failed)) {
        s->failed = r;
        s->status = status;
        s->error = *err;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static imx_status run_raster(imx_task *task, imx_worker *worker, imx_error *err) {
    raster *r = (raster *)task; /* its first member */
    imx_error why = IMX_ERROR_INIT;
    (void)worker;
    const imx_status status = find(r, &why);
    note(r, status, &why);
    return status ? imx_fail(err, status, "%s", why.text) : IMX_OK;
}

static imx_status run_all(imx_task *task, imx_worker *worker, imx_error *err) {
    search *s = (search *)task;
    (void)err;
    for (size_t i = 0; i < s->count; i++) {
        s->rasters[i].task = (imx_task){.run = run_raster};
        imx_spawn_fifo(worker, task, &s->rasters[i].task);
    }
    return IMX_OK;
}

/* ---- all of them ---- */

static void add_level(raster *r, int32_t level) {
    bool listed = false;
    for (int i = 0; i < r->level_count; i++) {
        listed = listed || r->levels[i] == level;
    }
    if (!listed && !imx_collar_knows(r->asset->collar, level)) {
        r->levels[r->level_count++] = level;
    }
}

static imx_status list_rasters(const imx_plan *plan, search *s, imx_error *err) {
    size_t assets = 0;
    for (size_t i = 0; i < plan->scene_count; i++) {
        assets += plan->scenes[i].asset_count;
    }
    s->rasters = imx_calloc(plan->memory, assets + 1, sizeof *s->rasters);
    if (!s->rasters) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a list of %zu rasters", assets);
    }
    for (size_t i = 0; i < plan->scene_count; i++) {
        for (size_t k = 0; k < plan->scenes[i].asset_count; k++) {
            const imx_asset *asset = &plan->scenes[i].assets[k];
            raster *r = &s->rasters[s->count];
            *r = (raster){.of = s, .scene = &plan->scenes[i], .asset = asset};
            for (uint32_t c = 0; c < plan->chain_count && asset->collar; c++) {
                add_level(r, plan->chains[c].levels[i][k]);
            }
            if (asset->collar && plan->grade.kind != IMX_GRADE_NONE) {
                add_level(r, imx_sample_of(asset, false).level);
            }
            s->count += r->level_count > 0;
        }
    }
    return IMX_OK;
}

/* What a search takes at most: lists of blocks, one block with marks and a stack, two bits a pixel along the border for
 * collars as wide as two blocks, and a handle of the raster. */
static double bytes_for(const raster *r) {
    enum { BLOCK_LISTS = 40, PIXEL = 5, EDGE_BLOCKS = 2, HANDLE = 2 << 20 };
    double most = 0;
    for (int i = 0; i < r->level_count; i++) {
        const imx_block_layout l = imx_asset_blocks(r->asset, r->levels[i]);
        const double block = (double)l.block_w * l.block_h, around = 2.0 * ((double)l.columns + l.rows);
        const double all = (double)l.columns * l.rows, edge = around * EDGE_BLOCKS < all ? around * EDGE_BLOCKS : all;
        const double bytes = BLOCK_LISTS * all + block * ((double)l.pixel_bytes + PIXEL) + edge * block / 4 + HANDLE;
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* So many threads, if each has the largest of the rasters. */
static unsigned threads_for(const imx_memory *memory, const search *s) {
    double largest = 1;
    for (size_t i = 0; i < s->count; i++) {
        const double bytes = bytes_for(&s->rasters[i]);
        largest = bytes > largest ? bytes : largest;
    }
    const size_t limit = imx_memory_limit(memory), used = imx_memory_used(memory);
    const double room = limit ? 0.875 * (double)(limit > used ? limit - used : 0) : 1e300;
    double threads = s->options->threads > 1 ? s->options->threads : 1;
    threads = threads < (double)s->count ? threads : (double)s->count;
    threads = threads * largest <= room ? threads : room / largest;
    return threads < 1 ? 1 : (unsigned)threads;
}

/* In their order, those that are not known yet. */
static imx_status search_one_by_one(search *s, imx_error *err) {
    imx_status status = IMX_OK;
    s->done = 0;
    for (size_t i = 0; i < s->count && !status; i++) {
        status = find(&s->rasters[i], err);
        if (!status) {
            note(&s->rasters[i], IMX_OK, NULL);
        }
    }
    return status;
}

static imx_status search_all(imx_memory *memory, search *s, imx_error *err) {
    const unsigned threads = threads_for(memory, s);
    imx_pool *pool = NULL;
    if (threads < 2 || s->count < 2) {
        return search_one_by_one(s, err);
    }
    imx_status status = imx_pool_create(memory, threads, err, &pool);
    s->root = (imx_task){.run = run_all};
    status = status ? status : imx_pool_run(pool, &s->root, err);
    imx_pool_destroy(&pool);
    if (s->failed) {
        status = s->status;
        *err = s->error;
    }
    return status == IMX_E_NOMEM ? search_one_by_one(s, err) : status;
}

static void say(const search *s, imx_log *log) {
    for (size_t i = 0; i < s->count; i++) {
        const raster *r = &s->rasters[i];
        for (int k = 0; k < r->level_count; k++) {
            imx_log_say(log, IMX_LOG_INFO,
                        "%s: %" PRIu64 " of %" PRIu64 " pixels of level %d lie in the collar (%" PRIu64 " of %" PRIu64
                        " blocks read for it)",
                        r->scene->id, r->stats[k].collar_px, r->stats[k].all_px, (int)r->levels[k],
                        r->stats[k].blocks_read, r->stats[k].blocks);
        }
    }
}

imx_status imx_collars_find(imx_plan *plan, const imx_collars_options *options, imx_log *log, imx_error *err) {
    imx_error why = IMX_ERROR_INIT;
    search s = {.options = options};
    if (pthread_mutex_init(&s.lock, NULL) != 0) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a lock");
    }
    imx_kernels_init(&s.kernels, imx_cpu_detect());
    imx_status status = list_rasters(plan, &s, &why);
    status = status || !s.count ? status : search_all(plan->memory, &s, &why);
    if (status == IMX_OK) {
        say(&s, log);
    } else {
        (void)imx_fail(err, status, "%s", why.text);
    }
    imx_free(plan->memory, s.rasters);
    (void)pthread_mutex_destroy(&s.lock);
    return status;
}
