/* tiler/store_cog.c: the GeoTIFF as a kind of store: tiles in any order -> one COG. While tiles come in they are
 * appended to a spool beside the target; on commit places are given out and the spool is copied in order behind the
 * head. Only written: what reads GeoTIFFs is the engine. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "tiler/cog.h"
#include "tiler/store_kind.h"
#include "tiler/tile_id.h"
#include "tiler/tile_index.h"

enum { LENGTHS_BYTES = 8, LEVELS_MAX = IMX_ZOOM_MAX + 1 };
static const uint64_t CLASSIC_MAX = UINT32_MAX;

typedef struct cog_writer {
    imx_store_writer base;
    char *target;
    const imx_cog_options *options;
    imx_outfile *spool;
    pthread_mutex_t lock;  /* of what follows */
    imx_tile_index *index; /* of images and masks: two ids a tile */
    uint64_t spool_size, tiles;
    /* Of the tiles of the full resolution, in any order: a place (row by row) and a summary of each band. */
    uint64_t *places;
    imx_cog_summary *summaries;
    size_t summary_count, summary_room;
    uint32_t zooms; /* bit set */
    bool failed;
} cog_writer;

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory"); }
static uint64_t part_id(imx_tile tile, bool mask) { return 2 * imx_tile_id(tile) + mask; }

/* ---- taking tiles ---- */

static bool takes_target(const char *target) {
    const char *dot = strrchr(target, '.');
    return dot && (strcasecmp(dot, ".tif") == 0 || strcasecmp(dot, ".tiff") == 0);
}

static bool recognises(const char *path) {
    (void)path;
    return false;
}

static bool holds_grid(const imx_grid *grid) {
    (void)grid;
    return true;
}

static void cog_abort(imx_store_writer *base) {
    cog_writer *writer = (cog_writer *)base;
    imx_memory *memory = base->memory;
    imx_outfile_abort(&writer->spool);
    imx_tile_index_destroy(&writer->index);
    imx_free(memory, writer->places);
    imx_free(memory, writer->summaries);
    (void)pthread_mutex_destroy(&writer->lock);
    imx_free(memory, writer->target);
    imx_free(memory, writer);
}

static imx_status cog_create(imx_memory *memory, const char *target, const imx_grid *grid,
                             const imx_store_options *options, imx_error *err, imx_store_writer **out) {
    struct stat there;
    (void)grid;
    if (!options->cog) {
        return imx_fail(err, IMX_E_USAGE,
                        "%s: a GeoTIFF is what `imbrex warp` makes; tiles go into NAME.pmtiles or NAME/", target);
    }
    if (stat(target, &there) == 0 && (!S_ISREG(there.st_mode) || !options->overwrite)) {
        return S_ISREG(there.st_mode)
                   ? imx_fail(err, IMX_E_USAGE, "%s: exists already; --overwrite replaces it", target)
                   : imx_fail(err, IMX_E_USAGE, "%s: is there and is not a file; choose another name", target);
    }
    cog_writer *writer = imx_calloc(memory, 1, sizeof *writer);
    if (!writer) {
        return no_memory(err);
    }
    writer->base.memory = memory;
    writer->options = options->cog;
    (void)pthread_mutex_init(&writer->lock, NULL);
    writer->target = imx_strdup(memory, target);
    imx_status status = writer->target && imx_tile_index_create(memory, &writer->index) == IMX_OK
                            ? imx_outfile_create(memory, target, err, &writer->spool)
                            : no_memory(err);
    if (status != IMX_OK) {
        cog_abort(&writer->base);
        return status;
    }
    *out = &writer->base;
    return IMX_OK;
}

typedef struct part { /* of a tile's blob */
    const uint8_t *data;
    uint32_t size;
} part;

/* Under the lock: enters a part; *at: where it goes in the spool, if it is new. */
static imx_status enter(cog_writer *writer, uint64_t id, const part *p, bool *is_new, uint64_t *at) {
    const imx_hash hash = imx_hash_bytes(p->data, p->size);
    imx_content *content;
    imx_status status = imx_tile_index_add(writer->index, id, &hash, p->size, is_new, &content);
    if (status == IMX_OK && *is_new) {
        content->spool_offset = *at = writer->spool_size;
        writer->spool_size += p->size;
    }
    return status;
}

static imx_status put_part(cog_writer *writer, imx_tile tile, bool mask, const part *p, imx_error *err) {
    bool is_new = false;
    uint64_t at = 0;
    (void)pthread_mutex_lock(&writer->lock);
    imx_status status = enter(writer, part_id(tile, mask), p, &is_new, &at);
    writer->zooms |= 1u << tile.z;
    writer->tiles += !mask;
    (void)pthread_mutex_unlock(&writer->lock);
    if (status != IMX_OK) {
        return no_memory(err);
    }
    return is_new ? imx_outfile_write_at(writer->spool, at, p->data, p->size, err) : IMX_OK;
}

/* Room for one tile's summaries more; under the lock. */
static bool grow_summaries(cog_writer *writer) {
    const size_t bands = writer->options->bands, room = writer->summary_room ? 2 * writer->summary_room : 64;
    if (writer->summary_count < writer->summary_room) {
        return true;
    }
    uint64_t *places = imx_realloc(writer->base.memory, writer->places, room * sizeof *places);
    writer->places = places ? places : writer->places;
    imx_cog_summary *summaries =
        places ? imx_realloc(writer->base.memory, writer->summaries, room * bands * sizeof *summaries) : NULL;
    writer->summaries = summaries ? summaries : writer->summaries;
    writer->summary_room = summaries ? room : writer->summary_room;
    return summaries != NULL;
}

static imx_status put_summaries(cog_writer *writer, imx_tile tile, const uint8_t *data, imx_error *err) {
    const size_t bands = writer->options->bands;
    const uint64_t columns = (writer->options->width + writer->options->tile_px - 1) / writer->options->tile_px;
    (void)pthread_mutex_lock(&writer->lock);
    const bool room = grow_summaries(writer);
    if (room) {
        const size_t at = writer->summary_count++;
        writer->places[at] = tile.y * columns + tile.x;
        memcpy(writer->summaries + at * bands, data, bands * sizeof *writer->summaries);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return room ? IMX_OK : no_memory(err);
}

static imx_status put_tile(cog_writer *writer, const imx_stored_tile *tile, imx_error *err) {
    const imx_blob *blob = &tile->blob;
    const size_t summaries = writer->options->bands * sizeof(imx_cog_summary);
    uint32_t lengths[2] = {0, 0};
    if (blob->size > LENGTHS_BYTES) {
        memcpy(lengths, blob->data, LENGTHS_BYTES);
    }
    const uint64_t parts = (uint64_t)LENGTHS_BYTES + lengths[0] + lengths[1];
    if (lengths[0] == 0 || blob->size > UINT32_MAX || (parts != blob->size && parts + summaries != blob->size)) {
        return imx_fail(err, IMX_E_INTERNAL, "tile %u/%u/%u of %zu bytes cannot be stored", tile->tile.z, tile->tile.x,
                        tile->tile.y, blob->size);
    }
    const part image = {blob->data + LENGTHS_BYTES, lengths[0]}, mask = {image.data + lengths[0], lengths[1]};
    imx_status status = put_part(writer, tile->tile, false, &image, err);
    if (status == IMX_OK && mask.size) {
        status = put_part(writer, tile->tile, true, &mask, err);
    }
    return status == IMX_OK && parts != blob->size ? put_summaries(writer, tile->tile, mask.data + mask.size, err)
                                                   : status;
}

static imx_status cog_put(imx_store_writer *base, const imx_metatile *metatile, imx_error *err) {
    cog_writer *writer = (cog_writer *)base;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < metatile->count && status == IMX_OK; i++) {
        status = put_tile(writer, &metatile->tiles[i], err);
    }
    if (status != IMX_OK) { /* what was entered may lack its bytes */
        (void)pthread_mutex_lock(&writer->lock);
        writer->failed = true;
        (void)pthread_mutex_unlock(&writer->lock);
    }
    return status;
}

/* ---- the end ---- */

typedef struct assembly {
    cog_writer *writer;
    imx_cog_options options; /* the writer's, and the metadata */
    imx_error *err;
    imx_cog_level levels[LEVELS_MAX];
    size_t count;
    uint32_t zoom_max;
    uint64_t end; /* of what has been placed */
} assembly;

static uint64_t halved(uint64_t size, uint32_t times) { return (size + ((uint64_t)1 << times) - 1) >> times; }

static void clear_levels(assembly *a) {
    for (size_t i = 0; i < a->count; i++) {
        imx_free(a->writer->base.memory, a->levels[i].offsets); /* the others are parts of it */
    }
}

typedef struct placed {
    uint64_t place;
    size_t at;
} placed;

static int by_place(const void *a, const void *b) {
    const placed *first = a, *second = b;
    return (first->place > second->place) - (first->place < second->place);
}

/* The metadata, with the statistics of all tiles in the order of their places. */
static imx_status describe_bands(assembly *a, char **out) {
    const cog_writer *writer = a->writer;
    imx_memory *memory = writer->base.memory;
    const size_t bands = a->options.bands, count = writer->summary_count;
    placed *order = imx_alloc(memory, count * sizeof *order);
    imx_cog_summary *all = imx_calloc(memory, bands, sizeof *all);
    imx_status status = order && all ? IMX_OK : no_memory(a->err);
    for (size_t i = 0; i < count && !status; i++) {
        order[i] = (placed){writer->places[i], i};
    }
    if (!status) {
        qsort(order, count, sizeof *order, by_place);
        for (size_t i = 0; i < count * bands; i++) {
            imx_cog_summary_add(&all[i % bands], &writer->summaries[order[i / bands].at * bands + i % bands]);
        }
        status = imx_cog_metadata(memory, &a->options, count ? all : NULL, a->err, out);
    }
    imx_free(memory, order);
    imx_free(memory, all);
    return status;
}

/* Levels from the full resolution to the coarsest zoom that there is; the places of their tiles, all empty. */
static imx_status make_levels(assembly *a, uint32_t zoom_min) {
    const imx_cog_options *o = a->writer->options;
    for (uint32_t z = a->zoom_max + 1; z-- > zoom_min;) {
        imx_cog_level *level = &a->levels[a->count];
        const uint32_t times = a->zoom_max - z;
        level->width = halved(o->width, times);
        level->height = halved(o->height, times);
        level->columns = (level->width + o->tile_px - 1) / o->tile_px;
        level->rows = (level->height + o->tile_px - 1) / o->tile_px;
        const size_t tiles = (size_t)(level->columns * level->rows);
        level->offsets = imx_calloc(a->writer->base.memory, tiles, 4 * sizeof *level->offsets);
        if (!level->offsets) {
            return no_memory(a->err);
        }
        level->counts = level->offsets + tiles;
        level->mask_offsets = level->counts + tiles;
        level->mask_counts = level->mask_offsets + tiles;
        a->count++;
    }
    return IMX_OK;
}

/* Where a part of a level's tile is noted. */
static void note(imx_cog_level *level, uint64_t at, bool mask, uint64_t offset, uint64_t size) {
    (mask ? level->mask_offsets : level->offsets)[at] = offset;
    (mask ? level->mask_counts : level->counts)[at] = size;
}

/* A tile of the index, by level and place; tiles beyond the raster's rim hold nothing of it. */
static bool find_place(const assembly *a, const imx_indexed_tile *indexed, size_t *level, uint64_t *at, bool *mask) {
    const imx_tile tile = imx_tile_from_id(indexed->id / 2);
    *mask = indexed->id & 1;
    *level = a->zoom_max - tile.z;
    if (tile.z > a->zoom_max || *level >= a->count) {
        return false;
    }
    const imx_cog_level *l = &a->levels[*level];
    *at = tile.y * l->columns + tile.x;
    return tile.x < l->columns && tile.y < l->rows;
}

/* Gives every content its place: levels from the smallest, tiles row by row, each mask behind its image. The numbers of
 * contents stand in `offsets` and `mask_offsets` (plus one) until then. */
static void place_level(assembly *a, imx_cog_level *level) {
    imx_tile_index *index = a->writer->index;
    for (uint64_t at = 0; at < level->columns * level->rows; at++) {
        for (int mask = 0; mask < 2; mask++) {
            const uint64_t number = (mask ? level->mask_offsets : level->offsets)[at];
            if (!number) {
                continue;
            }
            imx_content *content = imx_tile_index_content(index, (uint32_t)(number - 1));
            if (content->offset == IMX_CONTENT_UNPLACED) {
                content->offset = a->end;
                a->end += content->size + (content->size & 1);
            }
            note(level, at, mask, content->offset, content->size);
        }
    }
}

static void enter_numbers(assembly *a) {
    const imx_tile_index *index = a->writer->index;
    for (size_t i = 0; i < imx_tile_index_tiles(index); i++) {
        const imx_indexed_tile *indexed = imx_tile_index_tile(index, i);
        size_t level;
        uint64_t at;
        bool mask;
        if (find_place(a, indexed, &level, &at, &mask)) {
            note(&a->levels[level], at, mask, (uint64_t)indexed->content + 1, 0);
        }
    }
}

static imx_status copy_contents(const assembly *a, imx_outfile *file) {
    imx_tile_index *index = a->writer->index;
    imx_status status = IMX_OK;
    for (size_t i = 0; i < imx_tile_index_contents(index) && status == IMX_OK; i++) {
        const imx_content *content = imx_tile_index_content(index, (uint32_t)i);
        if (content->offset != IMX_CONTENT_UNPLACED) {
            status =
                imx_outfile_copy(a->writer->spool, content->spool_offset, content->size, file, content->offset, a->err);
        }
    }
    return status;
}

static imx_status write_file(assembly *a, imx_outfile *file) {
    const imx_cog_options *o = &a->options;
    imx_memory *memory = a->writer->base.memory;
    imx_blob head = {0};
    bool big = false;
    imx_status status = imx_cog_head(memory, o, a->levels, a->count, big, a->err, &head);
    if (status == IMX_OK && head.size + 2 * a->writer->spool_size > CLASSIC_MAX) {
        big = true;
        imx_free(memory, head.data);
        status = imx_cog_head(memory, o, a->levels, a->count, big, a->err, &head);
    }
    if (status != IMX_OK) {
        return status;
    }
    a->end = head.size + (head.size & 1);
    imx_free(memory, head.data);
    enter_numbers(a);
    for (size_t i = a->count; i-- > 0;) {
        place_level(a, &a->levels[i]);
    }
    status = imx_cog_head(memory, o, a->levels, a->count, big, a->err, &head);
    if (status == IMX_OK) {
        status = imx_outfile_write_at(file, 0, head.data, head.size, a->err);
        imx_free(memory, head.data);
    }
    return status == IMX_OK ? copy_contents(a, file) : status;
}

static imx_status cog_commit(imx_store_writer *base, const imx_archive_info *info, imx_error *err,
                             imx_store_result *result) {
    cog_writer *writer = (cog_writer *)base;
    assembly a = {.writer = writer, .options = *writer->options, .err = err, .zoom_max = info->zoom_max};
    imx_outfile *file = NULL;
    char *metadata = NULL;
    imx_status status;
    if (writer->failed) {
        status = imx_fail(err, IMX_E_INTERNAL, "%s: commit after a tile could not be stored", writer->target);
    } else if (!writer->tiles) {
        status =
            imx_fail(err, IMX_E_INPUT,
                     "%s: not written: no pixel of it has a value (all nodata, or less than a pixel?)", writer->target);
    } else {
        status = imx_tile_index_sort(writer->index);
        status = status == IMX_OK ? make_levels(&a, info->zoom_min) : no_memory(err);
    }
    status = status ? status : describe_bands(&a, &metadata);
    a.options.metadata = metadata ? metadata : a.options.metadata;
    if (status == IMX_OK) {
        status = imx_outfile_create(base->memory, writer->target, err, &file);
    }
    if (status == IMX_OK) {
        status = write_file(&a, file);
    }
    if (status == IMX_OK) {
        *result = (imx_store_result){writer->tiles, imx_tile_index_contents(writer->index), a.end};
        status = imx_outfile_commit(&file, err);
    }
    imx_outfile_abort(&file);
    clear_levels(&a);
    imx_free(base->memory, metadata);
    cog_abort(base);
    return status;
}

/* ---- the kind ---- */

static imx_status cannot_read(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out) {
    (void)memory;
    (void)out;
    return imx_fail(err, IMX_E_UNSUPPORTED, "%s: a GeoTIFF is read as a raster, not as an archive of tiles", path);
}

const imx_store_kind imx_store_cog = {
    .name = "GeoTIFF",
    .takes_target = takes_target,
    .recognises = recognises,
    .holds_grid = holds_grid,
    .create = cog_create,
    .put = cog_put,
    .commit = cog_commit,
    .abort = cog_abort,
    .open = cannot_read,
};
