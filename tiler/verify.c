/* tiler/verify.c: see the header.
 *
 * The store hands over its tiles one after another; they are gathered into batches of distinct contents, and a batch is
 * decoded by all workers at once, each taking the next content. Then the batch is read off in tile order, which makes
 * the first fault the same for any number of threads. A content that was seen lately is not decoded again (a sea is one
 * tile, thousands of times).
 */
#include "tiler/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH_TILES = 1024,
    BATCH_BYTES = 8 << 20, /* gathered; one more tile may go beyond */
    KNOWN_CONTENTS = 4096, /* direct-mapped by hash; a power of two */
    SIDE_MAX = 4096        /* px: tiles larger than any that we write are refused, not decoded */
};

typedef struct content {
    imx_hash hash;
    size_t offset, size; /* in the batch's bytes */
    imx_status status;
    unsigned look;
    int32_t width, height;
    char *fault; /* NULL, or why it does not decode */
} content;

typedef struct known {
    imx_hash hash;
    bool used;
    bool pending; /* in this batch: contents[at]; else done, and sound: look */
    size_t at;
    unsigned look;
} known;

typedef struct gathered {
    imx_tile tile;
    imx_tile_type type;
    size_t bytes;
    bool pending;
    size_t at;     /* pending: its content */
    unsigned look; /* not pending */
} gathered;

typedef struct verification {
    imx_memory *memory;
    const imx_kernels *kernels;
    const imx_archive_info *info;
    const imx_grid *grid; /* NULL: the archive does not say */
    imx_pool *pool;
    imx_verify_report *report;
    uint32_t side_px; /* of a tile with its buffer; 0: the first tile's */
    known *table;
    gathered *tiles;
    content *contents;
    size_t tile_count, content_count;
    uint8_t *bytes;
    size_t byte_count, byte_room;
} verification;

/* ---- one content ------------------------------------------------------------------------------------------------ */

static void decode_content(const verification *v, content *c) {
    imx_error err = IMX_ERROR_INIT;
    imx_pixels pixels = {0};
    c->status = imx_decode(v->memory, v->bytes + c->offset, c->size, SIDE_MAX, &err, &pixels);
    if (c->status == IMX_OK) {
        c->width = pixels.width;
        c->height = pixels.height;
        c->look = v->kernels->look_rgba8(pixels.data, pixels.row_stride, (size_t)pixels.width, (size_t)pixels.height);
    } else {
        c->fault = imx_strdup(v->memory, err.text);
    }
    imx_pixels_destroy(v->memory, &pixels);
}

/* ---- a batch, by one or by all workers -------------------------------------------------------------------------- */

typedef struct lane {
    imx_task task;
    struct spread *spread;
} lane;

typedef struct spread {
    imx_task task;
    verification *v;
    atomic_size_t next;
    lane *lanes;
} spread;

static imx_status lane_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    spread *s = ((lane *)(void *)task)->spread;
    imx_pool *pool = imx_worker_pool(worker);
    for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->v->content_count && !imx_pool_cancelled(pool);) {
        decode_content(s->v, &s->v->contents[i]);
    }
    return IMX_OK;
}

static imx_status spread_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    spread *s = (spread *)(void *)task;
    for (unsigned i = 0; i < imx_pool_threads(s->v->pool); i++) {
        s->lanes[i] = (lane){.task = {.run = lane_run}, .spread = s};
        imx_spawn(worker, task, &s->lanes[i].task);
    }
    return IMX_OK;
}

static imx_status decode_batch(verification *v, imx_error *err) {
    if (!v->pool) {
        for (size_t i = 0; i < v->content_count; i++) {
            decode_content(v, &v->contents[i]);
        }
        return IMX_OK;
    }
    spread s = {.task = {.run = spread_run}, .v = v};
    s.lanes = imx_calloc(v->memory, imx_pool_threads(v->pool), sizeof *s.lanes);
    if (!s.lanes) {
        return imx_fail(err, IMX_E_NOMEM, "no memory to decode tiles");
    }
    imx_status status = imx_pool_run(v->pool, &s.task, err);
    imx_free(v->memory, s.lanes);
    return status;
}

/* ---- reading a batch off ---------------------------------------------------------------------------------------- */

static imx_status fault_in(imx_error *err, imx_status status, imx_tile tile, const char *what) {
    return imx_fail(err, status, "tile %" PRIu32 "/%" PRIu32 "/%" PRIu32 ": %s", tile.z, tile.x, tile.y, what);
}

static imx_status judge(verification *v, imx_tile tile, const content *c, imx_error *err) {
    if (c->status != IMX_OK) {
        imx_status status = c->status == IMX_E_NOMEM ? IMX_E_NOMEM : IMX_E_INPUT;
        return fault_in(err, status, tile, c->fault ? c->fault : imx_status_name(c->status));
    }
    if (v->side_px == 0) {
        v->side_px = (uint32_t)c->width;
    }
    if ((uint32_t)c->width != v->side_px || (uint32_t)c->height != v->side_px) {
        char what[100];
        (void)snprintf(what, sizeof what, "%d x %d px; the archive's tiles measure %" PRIu32, (int)c->width,
                       (int)c->height, v->side_px);
        return fault_in(err, IMX_E_INPUT, tile, what);
    }
    return IMX_OK;
}

static void add(imx_verify_count *count, size_t bytes) {
    count->tiles++;
    count->bytes += bytes;
}

static void count_tile(imx_verify_report *report, const gathered *tile, unsigned look) {
    add(&report->all, tile->bytes);
    add(&report->by_type[tile->type], tile->bytes);
    add(&report->by_zoom[tile->tile.z], tile->bytes);
    report->single_colour += (look & IMX_LOOK_SINGLE) != 0;
    report->empty += (look & IMX_LOOK_EMPTY) != 0;
}

static known *known_of(const verification *v, const imx_hash *hash) {
    size_t slot;
    memcpy(&slot, hash->bytes, sizeof slot);
    return &v->table[slot % KNOWN_CONTENTS];
}

static void batch_clear(verification *v) {
    for (size_t i = 0; i < v->content_count; i++) {
        content *c = &v->contents[i];
        known *k = known_of(v, &c->hash);
        if (k->pending && k->at == i) {
            *k = (known){.hash = c->hash, .used = c->status == IMX_OK, .look = c->look};
        }
        imx_free(v->memory, c->fault);
    }
    v->tile_count = v->content_count = v->byte_count = 0;
}

/* Decodes and counts what has been gathered. */
static imx_status flush(verification *v, imx_error *err) {
    imx_status status = decode_batch(v, err);
    v->report->decoded += status == IMX_OK ? v->content_count : 0;
    for (size_t i = 0; i < v->tile_count && status == IMX_OK; i++) {
        const gathered *tile = &v->tiles[i];
        const content *c = tile->pending ? &v->contents[tile->at] : NULL;
        status = c ? judge(v, tile->tile, c, err) : IMX_OK;
        if (status == IMX_OK) {
            count_tile(v->report, tile, c ? c->look : tile->look);
        }
    }
    batch_clear(v);
    return status;
}

/* ---- gathering -------------------------------------------------------------------------------------------------- */

/* What can be said of a tile without decoding it; NULL if nothing is wrong. */
static const char *wrong_with(const verification *v, imx_tile tile, const imx_tile_ref *ref) {
    if (tile.z < v->info->zoom_min || tile.z > v->info->zoom_max || tile.z > IMX_ZOOM_MAX) {
        return "its zoom is not one that the archive declares";
    }
    if (v->grid && !imx_grid_has(v->grid, tile)) {
        return "there is no such tile in the archive's grid";
    }
    imx_tile_type type = imx_tile_type_sniff(ref->data, ref->size);
    if (type == IMX_TILE_MIXED) {
        return "neither PNG nor JPEG nor WebP";
    }
    if (type != ref->type || (v->info->tile_type != IMX_TILE_MIXED && type != v->info->tile_type)) {
        return "not of the type that the archive declares";
    }
    return NULL;
}

static imx_status keep_bytes(verification *v, const imx_tile_ref *ref, imx_error *err) {
    if (ref->size > v->byte_room - v->byte_count) {
        size_t room = v->byte_count + ref->size > BATCH_BYTES ? v->byte_count + ref->size : BATCH_BYTES;
        uint8_t *grown = imx_realloc(v->memory, v->bytes, room);
        if (!grown) {
            return imx_fail(err, IMX_E_NOMEM, "no memory to gather tiles");
        }
        v->bytes = grown;
        v->byte_room = room;
    }
    memcpy(v->bytes + v->byte_count, ref->data, ref->size);
    v->byte_count += ref->size;
    return IMX_OK;
}

static imx_status gather(verification *v, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    imx_hash hash = imx_hash_bytes(ref->data, ref->size);
    known *k = known_of(v, &hash);
    if (!k->used || !imx_hash_equal(&k->hash, &hash)) {
        size_t offset = v->byte_count;
        imx_status status = keep_bytes(v, ref, err);
        if (status != IMX_OK) {
            return status;
        }
        v->contents[v->content_count] = (content){.hash = hash, .offset = offset, .size = ref->size};
        *k = (known){.hash = hash, .used = true, .pending = true, .at = v->content_count++};
    }
    v->tiles[v->tile_count++] = (gathered){
        .tile = tile, .type = ref->type, .bytes = ref->size, .pending = k->pending, .at = k->at, .look = k->look};
    return IMX_OK;
}

static imx_status visit(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    verification *v = context;
    const char *wrong = wrong_with(v, tile, ref);
    if (wrong) { /* unless there is a fault in front of it */
        imx_status status = flush(v, err);
        return status == IMX_OK ? fault_in(err, IMX_E_INPUT, tile, wrong) : status;
    }
    imx_status status = gather(v, tile, ref, err);
    if (status == IMX_OK && (v->tile_count == BATCH_TILES || v->byte_count >= BATCH_BYTES)) {
        status = flush(v, err);
    }
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static imx_status run(verification *v, imx_store_reader *reader, imx_error *err) {
    imx_status status = imx_store_check(reader, err);
    if (status == IMX_OK) {
        status = imx_store_each(reader, visit, v, err);
    }
    if (status == IMX_OK) {
        status = flush(v, err);
    }
    if (status == IMX_OK && v->info->tiles_addressed && v->info->tiles_addressed != v->report->all.tiles) {
        status = imx_fail(err, IMX_E_INPUT, "holds %" PRIu64 " tiles and declares %" PRIu64, v->report->all.tiles,
                          v->info->tiles_addressed);
    }
    return status;
}

imx_status imx_verify_reader(imx_memory *memory, const imx_kernels *kernels, imx_store_reader *reader, imx_pool *pool,
                             imx_error *err, imx_verify_report *report) {
    const imx_archive_info *info = imx_store_reader_info(reader);
    verification v = {.memory = memory, .kernels = kernels, .info = info, .pool = pool, .report = report};
    v.side_px = info->tile_px ? info->tile_px + 2 * info->buffer_px : 0;
    v.grid = imx_archive_grid(info);
    v.table = imx_calloc(memory, KNOWN_CONTENTS, sizeof *v.table);
    v.tiles = imx_calloc(memory, BATCH_TILES, sizeof *v.tiles);
    v.contents = imx_calloc(memory, BATCH_TILES, sizeof *v.contents);
    *report = (imx_verify_report){0};
    imx_status status;
    if (v.table && v.tiles && v.contents) {
        status = run(&v, reader, err);
        batch_clear(&v); /* what was gathered before a failure */
    } else {
        status = imx_fail(err, IMX_E_NOMEM, "no memory to verify an archive");
    }
    imx_free(memory, v.bytes);
    imx_free(memory, v.contents);
    imx_free(memory, v.tiles);
    imx_free(memory, v.table);
    return status;
}

imx_status imx_verify(imx_memory *memory, const imx_kernels *kernels, const char *path, imx_pool *pool, imx_error *err,
                      imx_verify_report *report) {
    imx_store_reader *reader = NULL;
    imx_status status = imx_store_reader_open(memory, path, err, &reader);
    if (status != IMX_OK) {
        return status;
    }
    status = imx_verify_reader(memory, kernels, reader, pool, err, report);
    imx_store_reader_close(&reader);
    if (status != IMX_OK && err && strncmp(err->text, path, strlen(path)) != 0) {
        (void)imx_error_context(err, "%s", path);
    }
    return status;
}
