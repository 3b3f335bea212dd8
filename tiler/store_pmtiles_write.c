/* tiler/store_pmtiles_write.c: tiles in any order -> one clustered, deduplicated PMTiles v3 archive.
 *
 * While tiles come in, each new content is appended to a spool beside the target and the index remembers it; a content
 * that is already there costs an index entry only, so the spool is never larger than the archive's tile data. On commit
 * the tiles are sorted, contents get their place in the order of their first tile (clustered), and the spool is copied
 * into the archive in that order: header | root directory | metadata | leaf directories | tile data, with the ETag
 * table as its last part */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "tiler/pmtiles.h"
#include "tiler/store_metadata.h"
#include "tiler/store_pmtiles_gzip.h"
#include "tiler/store_pmtiles_layout.h"

enum {
    ETAGS_AT_ONCE = 4096,
    COPY_AT_ONCE = 1 << 20, /* bytes that go to the disk while the next ones are copied */
};

typedef struct pmtiles_writer {
    imx_store_writer base;
    char *target;
    imx_outfile *spool;
    pthread_mutex_t lock; /* of what follows */
    imx_tile_index *index;
    uint64_t spool_size;
    unsigned types; /* bit per imx_tile_type seen */
    bool failed;
} pmtiles_writer;

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory"); }

/* ---- taking tiles ---- */

imx_status imx_pmtiles_create(imx_memory *memory, const char *target, const imx_grid *grid,
                              const imx_store_options *options, imx_error *err, imx_store_writer **out) {
    (void)grid;
    struct stat there;
    if (stat(target, &there) == 0) {
        if (!S_ISREG(there.st_mode)) {
            return imx_fail(err, IMX_E_USAGE, "%s: is there and is not a file; choose another name", target);
        }
        if (!options->overwrite) {
            return imx_fail(err, IMX_E_USAGE, "%s: exists already; --overwrite replaces it", target);
        }
    }
    pmtiles_writer *writer = imx_calloc(memory, 1, sizeof *writer);
    if (!writer) {
        return no_memory(err);
    }
    writer->base.memory = memory;
    (void)pthread_mutex_init(&writer->lock, NULL);
    writer->target = imx_strdup(memory, target);
    imx_status status = IMX_E_NOMEM;
    if (!writer->target || imx_tile_index_create(memory, &writer->index) != IMX_OK) {
        status = no_memory(err);
        goto out;
    }
    status = imx_outfile_create(memory, target, err, &writer->spool);
    if (status == IMX_OK) {
        *out = &writer->base;
        return IMX_OK;
    }
out:
    imx_pmtiles_abort(&writer->base);
    return status;
}

void imx_pmtiles_abort(imx_store_writer *base) {
    pmtiles_writer *writer = (pmtiles_writer *)base;
    imx_memory *memory = base->memory;
    imx_outfile_abort(&writer->spool);
    imx_tile_index_destroy(&writer->index);
    (void)pthread_mutex_destroy(&writer->lock);
    imx_free(memory, writer->target);
    imx_free(memory, writer);
}

typedef struct pending { /* one tile of the metatile being put */
    uint64_t id;
    const imx_stored_tile *tile;
    imx_hash hash;
    bool is_new;
    uint64_t spool_offset;
} pending;

static int pending_by_id(const void *a, const void *b) {
    const pending *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static imx_status prepare(const imx_metatile *metatile, imx_error *err, pending *list) {
    for (size_t i = 0; i < metatile->count; i++) {
        const imx_stored_tile *tile = &metatile->tiles[i];
        const imx_tile at = tile->tile;
        if (at.z > IMX_ZOOM_MAX || at.x >> at.z || at.y >> at.z || !tile->blob.size || tile->blob.size > UINT32_MAX) {
            return imx_fail(err, IMX_E_INTERNAL, "tile %u/%u/%u of %zu bytes cannot be stored", at.z, at.x, at.y,
                            tile->blob.size);
        }
        list[i] = (pending){imx_tile_id(at), tile, imx_hash_bytes(tile->blob.data, tile->blob.size), false, 0};
    }
    /* In id order, so that most of the later copy is of long ranges. */
    qsort(list, metatile->count, sizeof *list, pending_by_id);
    return IMX_OK;
}

/* Under the lock: enters the tiles and reserves room in the spool for the new contents. */
static imx_status enter(pmtiles_writer *writer, pending *list, size_t count, imx_error *err) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t size = (uint32_t)list[i].tile->blob.size;
        imx_content *content;
        if (imx_tile_index_add(writer->index, list[i].id, &list[i].hash, size, &list[i].is_new, &content) != IMX_OK) {
            return no_memory(err);
        }
        if (list[i].is_new) {
            content->spool_offset = list[i].spool_offset = writer->spool_size;
            writer->spool_size += size;
        }
        writer->types |= 1u << list[i].tile->type;
    }
    return IMX_OK;
}

imx_status imx_pmtiles_put(imx_store_writer *base, const imx_metatile *metatile, imx_error *err) {
    pmtiles_writer *writer = (pmtiles_writer *)base;
    pending *list = imx_calloc(base->memory, metatile->count, sizeof *list);
    imx_status status = list ? prepare(metatile, err, list) : no_memory(err);
    if (status == IMX_OK) {
        (void)pthread_mutex_lock(&writer->lock);
        status = enter(writer, list, metatile->count, err);
        (void)pthread_mutex_unlock(&writer->lock);
    }
    for (size_t i = 0; status == IMX_OK && i < metatile->count; i++) {
        const imx_blob *blob = &list[i].tile->blob;
        if (list[i].is_new) {
            status = imx_outfile_write_at(writer->spool, list[i].spool_offset, blob->data, blob->size, err);
        }
    }
    imx_free(base->memory, list);
    if (status != IMX_OK) { /* what was entered may lack its bytes */
        (void)pthread_mutex_lock(&writer->lock);
        writer->failed = true;
        (void)pthread_mutex_unlock(&writer->lock);
    }
    return status;
}

/* ---- the archive ---- */

static int32_t e7(double degrees, double limit) {
    degrees = degrees > limit ? limit : degrees < -limit ? -limit : degrees;
    return (int32_t)lround(degrees * 1e7);
}

static uint8_t clamp_zoom(uint32_t zoom, const imx_pmtiles_layout *plan) {
    return (uint8_t)(zoom < plan->first.z ? plan->first.z : zoom > plan->last.z ? plan->last.z : zoom);
}

/* The type that stands for all; MIXED if they differ. */
static imx_tile_type common_type(unsigned types) {
    return types & (types - 1) ? IMX_TILE_MIXED : (imx_tile_type)__builtin_ctz(types);
}

static imx_pmtiles_header make_header(const pmtiles_writer *writer, const imx_archive_info *info,
                                      const imx_pmtiles_layout *plan, const imx_pmtiles_directories *dirs,
                                      uint64_t metadata_size) {
    imx_pmtiles_header header = {
        .root = {IMX_PMTILES_HEADER_BYTES, dirs->root.size},
        .addressed = plan->addressed,
        .entries = plan->entries,
        .contents = plan->contents,
        .clustered = 1,
        .internal_compression = IMX_PMTILES_GZIP,
        .tile_compression = IMX_PMTILES_NONE,
        .tile_type = (uint8_t)common_type(writer->types),
        .zoom_min = (uint8_t)plan->first.z,
        .zoom_max = (uint8_t)plan->last.z,
        .center_zoom = clamp_zoom(info->center_zoom, plan),
        .west_e7 = e7(info->west, 180),
        .south_e7 = e7(info->south, 90),
        .east_e7 = e7(info->east, 180),
        .north_e7 = e7(info->north, 90),
        .center_lon_e7 = e7(info->center_lon, 180),
        .center_lat_e7 = e7(info->center_lat, 90),
    };
    header.metadata = (imx_pmtiles_range){header.root.offset + header.root.size, metadata_size};
    header.leaves = (imx_pmtiles_range){header.metadata.offset + metadata_size, dirs->leaves.size};
    header.data = (imx_pmtiles_range){header.leaves.offset + header.leaves.size,
                                      plan->tile_bytes + plan->contents * IMX_PMTILES_ETAG_BYTES};
    return header;
}

static imx_status pack_metadata(const pmtiles_writer *writer, const imx_archive_info *info,
                                const imx_pmtiles_layout *plan, imx_error *err, imx_blob *out) {
    imx_archive_info said = *info; /* the texts stay info's */
    said.tile_type = common_type(writer->types);
    said.zoom_min = plan->first.z;
    said.zoom_max = plan->last.z;
    said.center_zoom = clamp_zoom(info->center_zoom, plan);
    said.tiles_addressed = plan->addressed;
    const imx_metadata_extra extra = {.etags_offset = plan->tile_bytes,
                                      .etags_size = plan->contents * IMX_PMTILES_ETAG_BYTES,
                                      .etags_count = plan->contents};
    char *json = NULL;
    imx_status status = imx_metadata_write(writer->base.memory, &said, &extra, err, &json);
    if (status == IMX_OK) {
        status = imx_gzip_pack(writer->base.memory, json, strlen(json), err, out);
    }
    imx_free(writer->base.memory, json);
    return status;
}

typedef struct copy_run { /* a range of the spool that is contiguous in the archive too */
    uint64_t from, to, size;
    uint64_t synced; /* the archive's bytes before this are on their way to the disk */
} copy_run;

/* The disk takes longer than the copy: it begins with the first piece, in whole ones, so that no page is written twice.
 */
static imx_status flush_run(pmtiles_writer *writer, imx_outfile *file, copy_run *run, imx_error *err) {
    imx_status status = IMX_OK;
    while (status == IMX_OK && run->size) {
        uint64_t room = COPY_AT_ONCE - run->to % COPY_AT_ONCE, part = run->size < room ? run->size : room;
        status = imx_outfile_copy(writer->spool, run->from, part, file, run->to, err);
        run->from += part;
        run->to += part;
        run->size -= part;
        if (status == IMX_OK && part == room) {
            imx_outfile_start_sync(file, run->synced, run->to - run->synced);
            run->synced = run->to;
        }
    }
    return status;
}

/* Tile data and, behind it, the ETag table: both in the order of contents. */
static imx_status write_contents(pmtiles_writer *writer, imx_outfile *file, const imx_pmtiles_layout *plan,
                                 uint64_t data_offset, imx_error *err) {
    uint8_t *etags = imx_alloc(writer->base.memory, (size_t)ETAGS_AT_ONCE * IMX_PMTILES_ETAG_BYTES);
    if (!etags) {
        return no_memory(err);
    }
    imx_status status = IMX_OK;
    copy_run run = {0};
    uint64_t placed = 0, etags_offset = data_offset + plan->tile_bytes;
    size_t held = 0;
    for (size_t i = 0; status == IMX_OK && placed < plan->tile_bytes; i++) {
        const imx_indexed_tile *tile = imx_tile_index_tile(writer->index, i);
        const imx_content *content = imx_tile_index_content(writer->index, tile->content);
        if (content->offset != placed) {
            continue; /* a content seen before */
        }
        if (run.size && run.from + run.size != content->spool_offset) {
            status = flush_run(writer, file, &run, err);
        }
        if (!run.size) {
            run.from = content->spool_offset;
            run.to = data_offset + placed;
        }
        run.size += content->size;
        placed += content->size;
        imx_le64_put(etags + held, content->offset);
        memcpy(etags + held + 8, content->hash.bytes, sizeof content->hash.bytes);
        held += IMX_PMTILES_ETAG_BYTES;
        bool full = held == (size_t)ETAGS_AT_ONCE * IMX_PMTILES_ETAG_BYTES;
        if (status == IMX_OK && (full || placed == plan->tile_bytes)) {
            status = imx_outfile_write_at(file, etags_offset, etags, held, err);
            etags_offset += held;
            held = 0;
        }
    }
    if (status == IMX_OK) {
        status = flush_run(writer, file, &run, err);
    }
    imx_free(writer->base.memory, etags);
    return status;
}

static imx_status write_archive(pmtiles_writer *writer, const imx_archive_info *info, imx_error *err,
                                imx_store_result *result) {
    imx_memory *memory = writer->base.memory;
    imx_pmtiles_layout plan;
    imx_pmtiles_directories dirs = {{NULL, 0}, {NULL, 0}};
    imx_blob metadata = {NULL, 0};
    imx_outfile *file = NULL;
    imx_status status = imx_pmtiles_place(writer->index, err, &plan);
    if (status == IMX_OK) {
        status = imx_pmtiles_directories_build(memory, writer->index, plan.entries, err, &dirs);
    }
    if (status == IMX_OK) {
        status = pack_metadata(writer, info, &plan, err, &metadata);
    }
    if (status == IMX_OK) {
        status = imx_outfile_create(memory, writer->target, err, &file);
    }
    if (status != IMX_OK) {
        goto out;
    }
    const imx_pmtiles_header header = make_header(writer, info, &plan, &dirs, metadata.size);
    uint8_t head[IMX_PMTILES_HEADER_BYTES];
    imx_pmtiles_header_encode(&header, head);
    const struct {
        uint64_t offset;
        const void *data;
        size_t size;
    } parts[] = {{0, head, sizeof head},
                 {header.root.offset, dirs.root.data, dirs.root.size},
                 {header.metadata.offset, metadata.data, metadata.size},
                 {header.leaves.offset, dirs.leaves.data, dirs.leaves.size}};
    for (size_t i = 0; status == IMX_OK && i < sizeof parts / sizeof *parts; i++) {
        status = imx_outfile_write_at(file, parts[i].offset, parts[i].data, parts[i].size, err);
    }
    if (status == IMX_OK) {
        status = write_contents(writer, file, &plan, header.data.offset, err);
    }
    imx_outfile_abort(&writer->spool); /* its pages are given back while the disk writes */
    if (status == IMX_OK) {
        status = imx_outfile_commit(&file, err);
    }
    if (status == IMX_OK) {
        *result = (imx_store_result){plan.addressed, plan.contents, header.data.offset + header.data.size};
    }
out:
    imx_outfile_abort(&file);
    imx_free(memory, metadata.data);
    imx_pmtiles_directories_free(memory, &dirs);
    return status;
}

imx_status imx_pmtiles_commit(imx_store_writer *base, const imx_archive_info *info, imx_error *err,
                              imx_store_result *result) {
    pmtiles_writer *writer = (pmtiles_writer *)base;
    imx_status status;
    if (writer->failed) {
        status = imx_fail(err, IMX_E_INTERNAL, "%s: commit after a tile could not be stored", writer->target);
    } else if (!imx_tile_index_tiles(writer->index)) {
        status = imx_fail(err, IMX_E_INPUT,
                          "%s: not written: there is not one tile with anything in it (all nodata, or smaller than a "
                          "pixel of the finest zoom?)",
                          writer->target);
    } else if (imx_tile_index_sort(writer->index) != IMX_OK) {
        status = no_memory(err);
    } else {
        status = write_archive(writer, info, err, result);
    }
    imx_pmtiles_abort(base);
    return status;
}
