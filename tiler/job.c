/* tiler/job.c: runs a plan. Joins renderers, walks, encoders and the store: each chain of the plan has a renderer and a
 * walk, all of them share pool, encoders and store. Each worker has its own render context and encoder. */
#include "tiler/job.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "tiler/admission.h"
#include "tiler/cog.h"
#include "tiler/forecast.h"
#include "tiler/layer_span.h"
#include "tiler/picture.h"
#include "tiler/seal.h"
#include "tiler/tile_encoder.h"

/* The spool (1 x) and the archive (1 x) stand side by side while an archive is put together, plus a margin. */
static const double disk_factor = 2.1;

struct imx_job {
    imx_memory *memory;
    imx_plan *plan;
    atomic_bool stop; /* what goes on beside the walk */
    unsigned threads;
    size_t rows_short_bytes;
    imx_kernels kernels;
    imx_pool *pool;
    imx_shares shares[IMX_ZOOM_MAX + 1]; /* of memory, for each chain */
    imx_tile_encoder **encoders;         /* one a worker, of tiles; or */
    imx_cog_encoder **cog_encoders;      /* of a raster */
    imx_store_writer *writer;
    imx_pyramid_stats stats;
    imx_cache_stats cache; /* of the chains that are done */
};

/* ---- a chain ---- */

typedef struct stage { /* the chain that is walked */
    imx_job *job;
    const imx_chain *chain;
    imx_renderer *renderer;
    imx_render_context **contexts; /* one a worker */
} stage;

static bool touches(void *context, imx_tile tile) {
    const stage *now = context;
    imx_box box = imx_chain_tile_box(now->chain, tile);
    return imx_renderer_touches(now->renderer, &box);
}

static imx_status render(void *context, unsigned worker, imx_tile tile, int32_t x_px, int32_t y_px, imx_pixels *out,
                         imx_error *err, unsigned *look) {
    const stage *now = context;
    int64_t px = now->chain->pyramid.tile_px;
    return imx_render(now->contexts[worker], tile.x * px + x_px, tile.y * px + y_px, out, err, look);
}

static imx_status encode(void *context, unsigned worker, imx_tile tile, const imx_pixels *pixels, unsigned look,
                         imx_error *err, imx_stored_tile *out) {
    const imx_job *job = ((const stage *)context)->job;
    out->tile = tile;
    if (job->plan->cog) {
        return imx_cog_encode(job->cog_encoders[worker], tile, pixels, err, &out->blob);
    }
    return imx_tile_encode(job->encoders[worker], pixels, look, err, &out->blob, &out->type);
}

static imx_status sink(void *context, unsigned worker, const imx_metatile *metatile, imx_error *err) {
    const imx_job *job = ((const stage *)context)->job;
    (void)worker;
    return imx_store_writer_put(job->writer, metatile, err);
}

static imx_status row(void *context, unsigned worker, imx_tile tile, imx_error *err, double *out) {
    const stage *now = context;
    imx_box box = imx_chain_tile_box(now->chain, tile);
    return imx_render_row(now->contexts[worker], &box, err, out);
}

static void announce(void *context, unsigned worker, imx_tile tile) {
    const stage *now = context;
    imx_box box = imx_chain_tile_box(now->chain, tile);
    imx_render_announce(now->contexts[worker], &box);
}

static imx_status stage_open(imx_job *job, const imx_chain *chain, const imx_render_options *options, imx_error *err,
                             stage *out) {
    const imx_plan *plan = job->plan;
    *out = (stage){.job = job, .chain = chain};
    out->contexts = imx_calloc(job->memory, job->threads, sizeof *out->contexts);
    imx_status s = out->contexts ? imx_renderer_create(job->memory, &job->kernels, plan->scenes, chain->footprints,
                                                       plan->scene_count, &chain->space, options, err, &out->renderer)
                                 : imx_fail(err, IMX_E_NOMEM, "out of memory for %u workers", job->threads);
    for (unsigned i = 0; i < job->threads && !s; i++) {
        s = imx_render_context_create(out->renderer, err, &out->contexts[i]);
    }
    return s;
}

static void add_cache_stats(const imx_cache_stats *from, imx_cache_stats *to) {
    to->blocks_decoded += from->blocks_decoded;
    to->blocks_distinct += from->blocks_distinct;
    to->pixels_decoded += from->pixels_decoded;
    to->pixels_distinct += from->pixels_distinct;
    to->hits += from->hits;
}

static void stage_close(stage *now) {
    imx_job *job = now->job;
    for (unsigned i = 0; i < job->threads && now->contexts; i++) {
        imx_render_context_destroy(&now->contexts[i]);
    }
    imx_free(job->memory, now->contexts);
    if (now->renderer) {
        const imx_cache_stats stats = imx_renderer_stats(now->renderer);
        add_cache_stats(&stats, &job->cache);
    }
    imx_renderer_destroy(&now->renderer);
}

/* Base from the scenes, the rest from the base. */
static imx_status walk_chain(imx_job *job, uint32_t c, imx_error *err) {
    const imx_chain *chain = &job->plan->chains[c];
    const imx_shares *shares = &job->shares[c];
    imx_pyramid pyramid = chain->pyramid;
    pyramid.flatter = shares->flatter;
    stage now;
    const imx_pyramid_ops ops = {.context = &now,
                                 .touches = touches,
                                 .render = render,
                                 .encode = encode,
                                 .sink = sink,
                                 .row = row,
                                 .announce = announce};
    imx_status s = stage_open(job, chain, &shares->render, err, &now);
    s = s ? s : imx_pyramid_run(job->memory, &job->kernels, &pyramid, &ops, job->pool, &job->stats, err);
    stage_close(&now);
    return s;
}

/* One after the other, into the one store; the coarsest first, so that what no kernel can minify so far without
 * overviews is found out before the work and not after it. */
static imx_status walk(imx_job *job, imx_error *err) {
    imx_status s = IMX_OK;
    for (uint32_t c = job->plan->chain_count; c-- > 0 && !s;) {
        s = atomic_load(&job->stop) ? imx_fail(err, IMX_E_CANCELLED, "interrupted") : walk_chain(job, c, err);
    }
    return s;
}

/* ---- set-up ---- */

imx_status imx_job_check_disk(const imx_plan *plan, const char *target, imx_error *err) {
    char needed[IMX_TEXT_SIZE], tiles[IMX_TEXT_SIZE], free_[IMX_TEXT_SIZE];
    uint64_t room = 0;
    imx_status s = imx_disk_writable(target, err);
    s = s ? s : imx_disk_free(target, err, &room);
    const double bytes = disk_factor * (double)plan->bytes_estimate;
    if (!s && bytes > (double)room) {
        s = imx_fail(err, IMX_E_DISK_FULL,
                     "%s: the disk is too small: about %s are needed (%s of tiles, as much again while they are put "
                     "together), %s are free; nothing was written",
                     target, imx_text_bytes(bytes, needed), imx_text_bytes((double)plan->bytes_estimate, tiles),
                     imx_text_bytes((double)room, free_));
    }
    return s;
}

static imx_status create_workers(imx_job *job, imx_error *err) {
    job->encoders = imx_calloc(job->memory, job->threads, sizeof *job->encoders);
    job->cog_encoders = imx_calloc(job->memory, job->threads, sizeof *job->cog_encoders);
    if (!job->encoders || !job->cog_encoders) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %u workers", job->threads);
    }
    imx_status s = IMX_OK;
    for (unsigned i = 0; i < job->threads && !s; i++) {
        if (job->plan->cog) {
            s = imx_cog_encoder_create(job->memory, &job->kernels, job->plan->cog, err, &job->cog_encoders[i]);
        } else {
            s = imx_tile_encoder_create(job->memory, &job->kernels, job->plan, err, &job->encoders[i]);
        }
    }
    return s;
}

/* For each chain as many workers as all of them have room for. */
static imx_status share_memory(imx_job *job, unsigned threads, imx_error *err) {
    const size_t limit = imx_memory_limit(job->memory), budget = limit ? limit : SIZE_MAX / 2;
    imx_status s = IMX_OK;
    unsigned before;
    job->threads = threads;
    do {
        before = job->threads;
        for (uint32_t c = 0; c < job->plan->chain_count && !s; c++) {
            imx_shares *shares = &job->shares[c];
            s = imx_plan_share_memory(job->plan, &job->plan->chains[c], budget, job->threads, err, shares);
            job->threads = s ? job->threads : shares->render.workers;
        }
    } while (!s && job->threads < before);
    for (uint32_t c = 0; c < job->plan->chain_count && !s; c++) {
        const size_t rows_short = job->shares[c].rows_short_bytes;
        job->rows_short_bytes = rows_short > job->rows_short_bytes ? rows_short : job->rows_short_bytes;
    }
    return s;
}

imx_status imx_job_create(imx_memory *memory, imx_plan *plan, const imx_run_options *options, imx_error *err,
                          imx_job **out) {
    imx_job *job = imx_calloc(memory, 1, sizeof *job);
    if (!job) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for the job");
    }
    job->memory = memory;
    job->plan = plan;
    imx_kernels_init(&job->kernels, options->cpu_mask);
    imx_status s = share_memory(job, options->threads, err);
    s = s ? s : imx_job_check_disk(plan, options->target, err);
    imx_store_options store = options->store;
    store.cog = plan->cog;
    s = s ? s : imx_store_writer_create(memory, options->target, plan->grid, &store, err, &job->writer);
    s = s ? s : imx_pool_create(memory, job->threads, err, &job->pool);
    s = s ? s : create_workers(job, err);
    if (s) {
        imx_job_destroy(&job);
        return s;
    }
    *out = job;
    return IMX_OK;
}

void imx_job_destroy(imx_job **job_in) {
    if (!job_in || !*job_in) {
        return;
    }
    imx_job *job = *job_in;
    imx_pool_destroy(&job->pool);
    for (unsigned i = 0; i < job->threads; i++) {
        if (job->encoders) {
            imx_tile_encoder_destroy(&job->encoders[i]);
        }
        if (job->cog_encoders) {
            imx_cog_encoder_destroy(&job->cog_encoders[i]);
        }
    }
    imx_free(job->memory, job->encoders);
    imx_free(job->memory, job->cog_encoders);
    imx_store_writer_abort(&job->writer);
    imx_free(job->memory, job);
    *job_in = NULL;
}

void imx_job_cancel(imx_job *job) {
    atomic_store(&job->stop, true);
    imx_pool_cancel(job->pool);
}

unsigned imx_job_threads(const imx_job *job) { return job->threads; }

size_t imx_job_rows_short(const imx_job *job) { return job->rows_short_bytes; }

const imx_pyramid_stats *imx_job_stats(const imx_job *job) { return &job->stats; }

/* ---- the run ---- */

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

static double wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A longitude within +-180. */
static double wrapped(double lon) { return lon - 360 * ceil((lon - 180) / 360); }

/* Where data lie on both sides of the antimeridian: from where to where, and their middle. */
static void find_crossing(const imx_plan *plan, imx_archive_info *info) {
    const imx_chain *chain = &plan->chains[0];
    const imx_space *space = &chain->space;
    double west = 0, east = 0, lat;
    if (info->east > 180 && info->east - info->west < 360) { /* a grid that lies across it itself */
        info->crosses = true;
        info->data_west = info->west;
        info->data_east = wrapped(info->east);
    } else if (plan->grid->projection != IMX_GRID_PROJECTED && plan->grid->projection != IMX_GRID_PLANE &&
               imx_layer_span(chain->footprints, plan->scene_count, chain->regions, chain->region_count, space, &west,
                              &east)) {
        info->crosses = true;
        imx_grid_to_lonlat(plan->grid, space->origin_x + west * space->res, space->origin_y, &info->data_west, &lat);
        imx_grid_to_lonlat(plan->grid, space->origin_x + east * space->res, space->origin_y, &info->data_east, &lat);
    }
    if (info->crosses) {
        info->center_lon = wrapped((info->data_west + info->data_east + 360) / 2);
    }
}

/* The archive's own description; strings are borrowed from the plan and the text given. */
static imx_archive_info describe(const imx_plan *plan, char *job_json) {
    static char engine[] = "imbrex " IMX_VERSION;
    uint32_t zoom = plan->pyramid.zoom_min + (plan->pyramid.zoom_max - plan->pyramid.zoom_min) / 2;
    imx_archive_info info = {.name = plan->name,
                             .attribution = plan->attribution,
                             .grid_id = (char *)(uintptr_t)plan->grid->id,
                             .encoding = (char *)(uintptr_t)imx_picture_encoding(plan->grade.kind),
                             .own_grid = plan->own_grid,
                             .generation = (char *)(uintptr_t)plan->generation,
                             .engine = engine,
                             .job_json = job_json,
                             .tile_px = plan->pyramid.tile_px,
                             .buffer_px = plan->pyramid.buffer_px,
                             .zoom_min = plan->pyramid.zoom_min,
                             .zoom_max = plan->pyramid.zoom_max,
                             .west = plan->west,
                             .south = plan->south,
                             .east = plan->east,
                             .north = plan->north,
                             .center_lon = (plan->west + plan->east) / 2,
                             .center_lat = (plan->south + plan->north) / 2,
                             .center_zoom = zoom};
    find_crossing(plan, &info);
    return info;
}

static void count_changed(const imx_job *job, imx_job_report *report) {
    for (unsigned i = 0; i < job->threads; i++) {
        report->moved += job->plan->cog ? imx_cog_moved(job->cog_encoders[i]) : 0;
        report->unread += job->plan->cog ? imx_cog_unread(job->cog_encoders[i]) : 0;
        report->beyond += job->plan->cog ? 0 : imx_tile_encoder_beyond(job->encoders[i]);
    }
}

imx_status imx_job_run(imx_job *job, imx_error *err, imx_job_report *report) {
    double wall = wall_seconds(), cpu = cpu_seconds();
    imx_sealing *sealing = NULL;
    imx_status s = imx_sealing_start(job->plan, &job->stop, err, &sealing);
    s = s ? s : walk(job, err);
    if (sealing) {
        if (s) {
            atomic_store(&job->stop, true);
        }
        imx_status sealed = imx_sealing_finish(&sealing, s ? NULL : err);
        s = s ? s : sealed;
    }
    char *json = NULL;
    s = s ? s : imx_plan_to_json(job->plan, true, err, &json);
    if (!s) {
        imx_archive_info info = describe(job->plan, json);
        s = imx_store_writer_commit(&job->writer, &info, err, &report->store);
        imx_free(job->plan->memory, json);
    }
    report->tiles_encoded = atomic_load(&job->stats.encoded);
    report->tiles_empty = atomic_load(&job->stats.empty);
    report->base_tiles = atomic_load(&job->stats.base_done);
    report->cache = job->cache;
    report->moved = report->unread = report->beyond = 0;
    count_changed(job, report);
    report->wall_s = wall_seconds() - wall;
    report->cpu_s = cpu_seconds() - cpu;
    report->memory_peak_bytes = imx_memory_peak(job->memory);
    return s;
}
