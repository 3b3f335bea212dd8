/* tests/bench/codec_floor.c: what the codecs alone cost: the bound that imbrex is measured against.
 *
 *   codec_floor THREADS FORMAT QUALITY RASTER LEVEL ARCHIVE
 *
 * Decodes every block of the raster's level once, through imx_source, and encodes every tile of the archive once, with
 * imx_encoder: no warp, no reduction, no cache, no store. The tiles' pixels come from decoding the archive (give a
 * lossless one, so that they are those of the job), outside of the measured time. Prints one JSON object: CPU and wall
 * seconds of both halves, all threads together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/options.h"
#include "engine/base/pool.h"
#include "engine/source.h"
#include "tiler/store.h"

enum { THREADS_MAX = 256, BATCH_TILES = 256, TILE_PX_MAX = 4096 };

static const size_t library_cache_bytes = (size_t)16 << 20; /* as `imbrex tile` */
static const size_t block_limit_bytes = (size_t)256 << 20;

typedef struct worker_state {
    imx_source *source;
    uint8_t *block; /* room for the largest */
    imx_encoder *encoder;
} worker_state;

typedef struct clocks {
    double cpu_s, wall_s;
} clocks;

typedef struct encoded_tile {
    imx_blob blob; /* as the archive holds it */
    imx_pixels pixels;
    unsigned look;
} encoded_tile;

typedef struct codec_floor {
    imx_kernels kernels;
    unsigned threads;
    imx_pool *pool;
    worker_state workers[THREADS_MAX];
    /* decoding */
    int32_t level;
    imx_block_layout blocks;
    clocks decode;
    /* encoding */
    encoded_tile batch[BATCH_TILES];
    size_t batch_count;
    clocks encode;
    uint64_t tiles;
    atomic_uint_fast64_t bytes;
} codec_floor;

/* ---- all workers on a list of items ----------------------------------------------------------------------------- */

typedef imx_status (*item_fn)(codec_floor *f, worker_state *worker, size_t item, imx_error *err);

typedef struct lane {
    imx_task task;
    struct spread *spread;
} lane;

typedef struct spread {
    imx_task task;
    codec_floor *floor;
    item_fn fn;
    size_t count;
    atomic_size_t next;
    lane lanes[THREADS_MAX];
} spread;

static imx_status lane_run(imx_task *task, imx_worker *worker, imx_error *err) {
    spread *s = ((lane *)(void *)task)->spread;
    worker_state *state = &s->floor->workers[imx_worker_index(worker)];
    imx_status status = IMX_OK;
    for (size_t i; status == IMX_OK && (i = atomic_fetch_add(&s->next, 1)) < s->count;) {
        status = s->fn(s->floor, state, i, err);
    }
    return status;
}

static imx_status spread_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    spread *s = (spread *)(void *)task;
    for (unsigned i = 0; i < s->floor->threads; i++) {
        s->lanes[i] = (lane){.task = {.run = lane_run}, .spread = s};
        imx_spawn(worker, task, &s->lanes[i].task);
    }
    return IMX_OK;
}

static double seconds(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Adds what it took to *took, unless that is NULL. */
static imx_status for_each(codec_floor *f, size_t count, item_fn fn, clocks *took, imx_error *err) {
    spread s = {.task = {.run = spread_run}, .floor = f, .fn = fn, .count = count};
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    imx_status status = imx_pool_run(f->pool, &s.task, err);
    if (took) {
        took->cpu_s += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        took->wall_s += seconds(CLOCK_MONOTONIC) - wall;
    }
    return status;
}

/* ---- the source ------------------------------------------------------------------------------------------------- */

static imx_status decode_block(codec_floor *f, worker_state *worker, size_t item, imx_error *err) {
    bool empty;
    return imx_source_read_block(worker->source, f->level, (int32_t)item % f->blocks.columns,
                                 (int32_t)item / f->blocks.columns, worker->block, 4 * (ptrdiff_t)f->blocks.block_w,
                                 err, &empty);
}

static imx_status decode_source(codec_floor *f, const char *raster, imx_error *err) {
    imx_scene scene = {0};
    size_t bytes;
    imx_status status = imx_source_probe(NULL, raster, &(imx_source_options){0}, block_limit_bytes, NULL, err, &scene);
    if (status != IMX_OK) {
        return status;
    }
    if (f->level > scene.assets[0].overview_count) {
        status = imx_fail(err, IMX_E_USAGE, "%s has no level %d", raster, (int)f->level);
        goto out;
    }
    f->blocks = imx_asset_blocks(&scene.assets[0], f->level);
    if (!imx_size_mul((size_t)f->blocks.block_w, (size_t)f->blocks.block_h, 4, &bytes)) {
        status = imx_fail(err, IMX_E_NOMEM, "%s: blocks too large", raster);
        goto out;
    }
    for (unsigned i = 0; i < f->threads && status == IMX_OK; i++) {
        f->workers[i].block = imx_calloc(NULL, bytes, 1);
        status = f->workers[i].block ? imx_source_open(NULL, &f->kernels, &scene.assets[0], err, &f->workers[i].source)
                                     : imx_fail(err, IMX_E_NOMEM, "no memory for a block");
    }
    if (status == IMX_OK) {
        status = for_each(f, (size_t)f->blocks.columns * (size_t)f->blocks.rows, decode_block, &f->decode, err);
    }
out:
    for (unsigned i = 0; i < f->threads; i++) {
        imx_source_close(&f->workers[i].source);
        imx_free(NULL, f->workers[i].block);
    }
    imx_scene_clear(NULL, &scene);
    return status;
}

/* ---- the tiles -------------------------------------------------------------------------------------------------- */

static imx_status decode_tile(codec_floor *f, worker_state *worker, size_t item, imx_error *err) {
    (void)worker;
    encoded_tile *t = &f->batch[item];
    imx_status status = imx_decode(NULL, t->blob.data, t->blob.size, TILE_PX_MAX, err, &t->pixels);
    if (status == IMX_OK) {
        t->look = f->kernels.look_rgba8(t->pixels.data, t->pixels.row_stride, (size_t)t->pixels.width,
                                        (size_t)t->pixels.height);
    }
    return status;
}

static imx_status encode_tile(codec_floor *f, worker_state *worker, size_t item, imx_error *err) {
    const encoded_tile *t = &f->batch[item];
    imx_blob blob = {0};
    imx_tile_type type;
    imx_status status = imx_encode(worker->encoder, &t->pixels, t->look, err, &blob, &type);
    if (status == IMX_OK) {
        atomic_fetch_add(&f->bytes, blob.size);
        imx_free(NULL, blob.data);
    }
    return status;
}

static imx_status flush(codec_floor *f, imx_error *err) {
    imx_status status = for_each(f, f->batch_count, decode_tile, NULL, err);
    status = status ? status : for_each(f, f->batch_count, encode_tile, &f->encode, err);
    for (size_t i = 0; i < f->batch_count; i++) {
        imx_pixels_destroy(NULL, &f->batch[i].pixels);
        imx_free(NULL, f->batch[i].blob.data);
    }
    f->tiles += f->batch_count;
    f->batch_count = 0;
    return status;
}

static imx_status gather(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    (void)tile;
    codec_floor *f = context;
    encoded_tile *t = &f->batch[f->batch_count];
    *t = (encoded_tile){.blob = {imx_alloc(NULL, ref->size), ref->size}};
    if (!t->blob.data) {
        return imx_fail(err, IMX_E_NOMEM, "no memory for a tile");
    }
    memcpy(t->blob.data, ref->data, ref->size);
    f->batch_count++;
    return f->batch_count == BATCH_TILES ? flush(f, err) : IMX_OK;
}

static imx_status encode_tiles(codec_floor *f, const imx_codec_options *codec, const char *archive, imx_error *err) {
    imx_store_reader *reader = NULL;
    imx_status status = imx_store_reader_open(NULL, archive, err, &reader);
    for (unsigned i = 0; i < f->threads && status == IMX_OK; i++) {
        status = imx_encoder_create(NULL, &f->kernels, codec, err, &f->workers[i].encoder);
    }
    status = status ? status : imx_store_each(reader, gather, f, err);
    status = status ? status : flush(f, err);
    for (size_t i = 0; i < f->batch_count; i++) { /* after a failure */
        imx_free(NULL, f->batch[i].blob.data);
    }
    for (unsigned i = 0; i < f->threads; i++) {
        imx_encoder_destroy(&f->workers[i].encoder);
    }
    imx_store_reader_close(&reader);
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void print(const codec_floor *f) {
    (void)printf("{\"threads\": %u, \"blocks\": %" PRIu64 ", \"source_px\": %" PRIu64
                 ", \"decode_cpu_s\": %.6f, \"decode_wall_s\": %.6f, \"tiles\": %" PRIu64 ", \"bytes\": %" PRIu64
                 ", \"encode_cpu_s\": %.6f, \"encode_wall_s\": %.6f, \"cpu_s\": %.6f, \"wall_s\": %.6f}\n",
                 f->threads, (uint64_t)f->blocks.columns * (uint64_t)f->blocks.rows,
                 (uint64_t)f->blocks.level_w * (uint64_t)f->blocks.level_h, f->decode.cpu_s, f->decode.wall_s, f->tiles,
                 (uint64_t)atomic_load(&f->bytes), f->encode.cpu_s, f->encode.wall_s, f->decode.cpu_s + f->encode.cpu_s,
                 f->decode.wall_s + f->encode.wall_s);
}

static imx_status run(codec_floor *f, char **argv, imx_error *err) {
    imx_codec_options codec = IMX_CODEC_OPTIONS_DEFAULT;
    long threads = 0, quality = 0, level = 0;
    imx_status status = imx_parse_int("THREADS", argv[1], 1, THREADS_MAX, err, &threads);
    status = status ? status : imx_format_parse(argv[2], err, &codec.format);
    status = status ? status : imx_parse_int("QUALITY", argv[3], 1, 100, err, &quality);
    status = status ? status : imx_parse_int("LEVEL", argv[5], 0, IMX_ASSET_OVERVIEWS_MAX, err, &level);
    if (status != IMX_OK) {
        return status;
    }
    codec.quality = (int)quality;
    f->threads = (unsigned)threads;
    f->level = (int32_t)level;
    imx_kernels_init(&f->kernels, imx_cpu_detect());
    status = imx_pool_create(NULL, f->threads, err, &f->pool);
    status = status ? status : decode_source(f, argv[4], err);
    status = status ? status : encode_tiles(f, &codec, argv[6], err);
    imx_pool_destroy(&f->pool);
    return status;
}

int main(int argc, char **argv) {
    imx_error err = IMX_ERROR_INIT;
    if (argc != 7) {
        (void)fputs("usage: codec_floor THREADS FORMAT QUALITY RASTER LEVEL ARCHIVE\n", stderr);
        return imx_status_exit_code(IMX_E_USAGE);
    }
    codec_floor *f = calloc(1, sizeof *f);
    imx_sources_init(library_cache_bytes);
    imx_status status = f ? run(f, argv, &err) : imx_fail(&err, IMX_E_NOMEM, "out of memory");
    if (status == IMX_OK) {
        print(f);
    } else {
        (void)fprintf(stderr, "codec_floor: %s\n", err.text);
    }
    imx_sources_finish();
    free(f);
    return imx_status_exit_code(status);
}
