/* tiler/store_pmtiles_read.c: tiles out of a mapped PMTiles v3 archive.
 *
 * The file is not trusted: ranges are checked against the file at open, directories as they are decoded, so that a
 * lookup only meets sound numbers. The root stays decoded; leaf directories are decoded when first needed and kept in a
 * bounded cache. */
#include <string.h>

#include "engine/base/file.h"
#include "tiler/pmtiles_reader.h"
#include "tiler/store_metadata.h"
#include "tiler/store_pmtiles_gzip.h"
#include "tiler/tile_id.h"

enum { LEAF_CACHE_BYTES = 32 << 20, TILE_PX_DEFAULT = 256, TILE_PX_MAX = 4096 };

/* ---- opening -------------------------------------------------------------------------------------------------- */

static bool within(const imx_pmtiles_range *range, uint64_t file_size) {
    return range->offset <= file_size && range->size <= file_size - range->offset;
}

static imx_status read_header(imx_pmtiles_reader *reader, imx_error *err) {
    const imx_map *map = &reader->map;
    if (!map->size) {
        return imx_fail(err, IMX_E_INPUT, "not a PMTiles archive (the file is empty)");
    }
    if (map->size < 8 || memcmp(map->data, "PMTiles", 7) != 0) {
        return imx_fail(err, IMX_E_INPUT, "not a PMTiles archive (it does not begin with \"PMTiles\")");
    }
    if (map->data[7] != 3) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "PMTiles version %u; imbrex reads version 3", map->data[7]);
    }
    if (map->size < IMX_PMTILES_HEADER_BYTES) {
        return imx_fail(err, IMX_E_INPUT, "not a PMTiles archive (it ends within the header)");
    }
    imx_pmtiles_header_decode(map->data, &reader->header);
    const struct {
        const char *name;
        const imx_pmtiles_range *range;
    } sections[] = {{"root directory", &reader->header.root},
                    {"metadata", &reader->header.metadata},
                    {"leaf directories", &reader->header.leaves},
                    {"tile data", &reader->header.data}};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (!within(sections[i].range, map->size)) {
            return imx_fail(err, IMX_E_INPUT, "truncated or damaged PMTiles archive: its %s would end past the file",
                            sections[i].name);
        }
    }
    return IMX_OK;
}

/* Whether this is an archive that we can serve from. */
static imx_status accept_kinds(const imx_pmtiles_header *header, imx_error *err) {
    static const char *const compressions[] = {"an unknown compression", "none", "gzip", "brotli", "zstd"};
    static const char *const types[] = {"mixed", "vector tiles (MVT)", "PNG", "JPEG", "WebP",
                                        "AVIF",  "vector tiles (MLT)"};
    if (header->tile_type == 1 || header->tile_type >= 5) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "holds %s; imbrex handles PNG, JPEG and WebP tiles",
                        header->tile_type < 7 ? types[header->tile_type] : "tiles of an unknown type");
    }
    if (header->tile_compression > IMX_PMTILES_NONE) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "its tiles are compressed once more (%s); imbrex reads them only plain",
                        header->tile_compression <= IMX_PMTILES_ZSTD ? compressions[header->tile_compression]
                                                                     : compressions[0]);
    }
    if (header->internal_compression != IMX_PMTILES_NONE && header->internal_compression != IMX_PMTILES_GZIP) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "its directories are packed with %s; imbrex reads gzip and none",
                        header->internal_compression <= IMX_PMTILES_ZSTD ? compressions[header->internal_compression]
                                                                         : compressions[0]);
    }
    if (header->zoom_min > header->zoom_max || header->zoom_max > IMX_ZOOM_MAX) {
        return imx_fail(err, IMX_E_INPUT, "damaged PMTiles archive: zooms %u to %u", header->zoom_min,
                        header->zoom_max);
    }
    return IMX_OK;
}

static void info_from_header(const imx_pmtiles_header *header, uint64_t bytes, imx_archive_info *info) {
    info->tile_type = (imx_tile_type)header->tile_type;
    info->zoom_min = header->zoom_min;
    info->zoom_max = header->zoom_max;
    info->west = header->west_e7 / 1e7;
    info->south = header->south_e7 / 1e7;
    info->east = header->east_e7 / 1e7;
    info->north = header->north_e7 / 1e7;
    info->center_lon = header->center_lon_e7 / 1e7;
    info->center_lat = header->center_lat_e7 / 1e7;
    info->center_zoom = header->center_zoom;
    info->tiles_addressed = header->addressed;
    info->tiles_distinct = header->contents;
    info->bytes = bytes;
}

/* The table, if the metadata names one that fits; a place that does not fit is a fault. */
static imx_status find_etags(imx_pmtiles_reader *reader, const imx_metadata_extra *extra, imx_error *err) {
    if (!extra->etags_count || !extra->etags_known_hash) {
        return IMX_OK;
    }
    const imx_pmtiles_range place = {extra->etags_offset, extra->etags_size};
    if (!within(&place, reader->header.data.size) || extra->etags_size % IMX_PMTILES_ETAG_BYTES ||
        extra->etags_size / IMX_PMTILES_ETAG_BYTES != extra->etags_count) {
        return imx_fail(err, IMX_E_INPUT, "damaged PMTiles archive: its table of ETags is not where it should be");
    }
    reader->etags = reader->map.data + reader->header.data.offset + extra->etags_offset;
    reader->etag_count = (size_t)extra->etags_count;
    reader->etags_offset = extra->etags_offset;
    return IMX_OK;
}

static imx_status read_metadata(imx_pmtiles_reader *reader, imx_error *err) {
    imx_memory *memory = reader->base.memory;
    const imx_pmtiles_header *header = &reader->header;
    imx_blob unpacked = {NULL, 0};
    const uint8_t *text = reader->map.data + header->metadata.offset;
    size_t size = (size_t)header->metadata.size;
    if (!size) {
        return IMX_OK;
    }
    if (header->internal_compression == IMX_PMTILES_GZIP) {
        imx_status status = imx_gzip_unpack(memory, text, size, IMX_PMTILES_METADATA_LIMIT, err, &unpacked);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "its metadata");
            return status;
        }
        text = unpacked.data;
        size = unpacked.size;
    }
    imx_metadata_extra extra;
    imx_status status = imx_metadata_read(memory, (const char *)text, size, err, &reader->base.info, &extra);
    imx_free(memory, unpacked.data);
    return status == IMX_OK ? find_etags(reader, &extra, err) : status;
}

/* What the first tile shows: whether the tiles of a type-0 archive are pictures; and their size where nothing says it.
 */
static imx_status look_at_first(void *context, const imx_pmtiles_entry *entry, imx_error *err) {
    imx_pmtiles_reader *reader = context;
    const uint8_t *data = reader->map.data + reader->header.data.offset + entry->offset;
    if (imx_tile_type_sniff(data, entry->size) == IMX_TILE_MIXED) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "its tiles are none of PNG, JPEG and WebP");
    }
    imx_pixels pixels = {0};
    if (!reader->base.info.tile_px &&
        imx_decode(reader->base.memory, data, entry->size, TILE_PX_MAX, NULL, &pixels) == IMX_OK) {
        reader->base.info.tile_px = (uint32_t)pixels.width;
        imx_pixels_destroy(reader->base.memory, &pixels);
    }
    return IMX_E_CANCELLED; /* one is enough */
}

static imx_status open_checked(imx_pmtiles_reader *reader, imx_error *err) {
    imx_memory *memory = reader->base.memory;
    imx_status status = read_header(reader, err);
    if (status == IMX_OK) {
        status = accept_kinds(&reader->header, err);
    }
    if (status == IMX_OK) {
        status = read_metadata(reader, err);
    }
    if (status == IMX_OK) {
        info_from_header(&reader->header, reader->map.size, &reader->base.info);
        status = imx_pmtiles_directory_decode(
            memory, reader->map.data + reader->header.root.offset, (size_t)reader->header.root.size,
            (imx_pmtiles_compression)reader->header.internal_compression, &reader->header, err, &reader->root);
    }
    if (status == IMX_OK && imx_leaf_cache_create(memory, LEAF_CACHE_BYTES, &reader->leaves) != IMX_OK) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    if (status == IMX_OK && (!reader->base.info.tile_px || reader->base.info.tile_type == IMX_TILE_MIXED)) {
        status = imx_pmtiles_walk(reader, look_at_first, reader, err);
        status = status == IMX_E_CANCELLED ? IMX_OK : status;
    }
    if (status == IMX_OK && !reader->base.info.tile_px) {
        reader->base.info.tile_px = TILE_PX_DEFAULT;
    }
    return status;
}

imx_status imx_pmtiles_open(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out) {
    imx_pmtiles_reader *reader = imx_calloc(memory, 1, sizeof *reader);
    if (!reader) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    reader->base.memory = memory;
    reader->path = imx_strdup(memory, path);
    imx_status status =
        reader->path ? imx_map_open(path, err, &reader->map) : imx_fail(err, IMX_E_NOMEM, "out of memory");
    if (status == IMX_OK) {
        status = open_checked(reader, err);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s", path);
        }
    }
    if (status != IMX_OK) {
        imx_pmtiles_close(&reader->base);
        return status;
    }
    *out = &reader->base;
    return IMX_OK;
}

void imx_pmtiles_close(imx_store_reader *base) {
    imx_pmtiles_reader *reader = (imx_pmtiles_reader *)base;
    imx_memory *memory = base->memory;
    imx_leaf_cache_destroy(&reader->leaves);
    imx_pmtiles_directory_free(memory, &reader->root);
    imx_archive_info_clear(memory, &base->info);
    imx_map_close(&reader->map);
    imx_free(memory, reader->path);
    imx_free(memory, reader);
}

/* ---- looking up ----------------------------------------------------------------------------------------------- */

uint64_t imx_pmtiles_id_end(uint32_t zoom) { return (((uint64_t)1 << 2 * (zoom + 1)) - 1) / 3; }

/* A hold on the leaf that a root or leaf entry points to. */
static imx_status hold_leaf(imx_pmtiles_reader *reader, const imx_pmtiles_entry *entry, imx_error *err,
                            imx_leaf **out) {
    imx_leaf *leaf = imx_leaf_cache_get(reader->leaves, entry->offset, entry->size);
    if (leaf) {
        *out = leaf;
        return IMX_OK;
    }
    imx_pmtiles_directory directory;
    const uint8_t *data = reader->map.data + reader->header.leaves.offset + entry->offset;
    imx_status status = imx_pmtiles_directory_decode(reader->base.memory, data, entry->size,
                                                     (imx_pmtiles_compression)reader->header.internal_compression,
                                                     &reader->header, err, &directory);
    if (status == IMX_OK && imx_leaf_cache_put_take(reader->leaves, entry->offset, entry->size, &directory, out)) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    return status;
}

/* The entry whose run has the id; IMX_E_NOT_FOUND without text. */
static imx_status find_entry(imx_pmtiles_reader *reader, uint64_t id, imx_error *err, imx_pmtiles_entry *out) {
    imx_leaf *held = NULL;
    imx_status status = IMX_E_NOT_FOUND;
    const imx_pmtiles_entry *entry = imx_pmtiles_directory_find(&reader->root, id);
    for (int depth = 1; entry && !entry->run; depth++) {
        imx_leaf *next = NULL;
        if (depth == IMX_PMTILES_DEPTH_MAX) {
            status = imx_fail(err, IMX_E_INPUT, "damaged PMTiles archive: leaf directories within leaf directories");
            goto out;
        }
        status = hold_leaf(reader, entry, err, &next);
        if (status != IMX_OK) {
            goto out;
        }
        imx_leaf_release(reader->leaves, held);
        held = next;
        status = IMX_E_NOT_FOUND;
        entry = imx_pmtiles_directory_find(imx_leaf_directory(held), id);
    }
    if (entry && id - entry->id < entry->run) {
        *out = *entry;
        status = IMX_OK;
    }
out:
    imx_leaf_release(reader->leaves, held);
    return status;
}

/* The stored hash of the content at the offset, else one made now. */
static imx_hash hash_of(const imx_pmtiles_reader *reader, const imx_pmtiles_entry *entry, const uint8_t *data) {
    size_t low = 0, high = reader->etag_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint8_t *row = reader->etags + middle * IMX_PMTILES_ETAG_BYTES;
        uint64_t offset = imx_le64(row);
        if (offset == entry->offset) {
            imx_hash hash;
            memcpy(hash.bytes, row + 8, sizeof hash.bytes);
            return hash;
        }
        if (offset < entry->offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return imx_hash_bytes(data, entry->size);
}

static imx_status make_ref(const imx_pmtiles_reader *reader, const imx_pmtiles_entry *entry, imx_error *err,
                           imx_tile_ref *out) {
    const uint8_t *data = reader->map.data + reader->header.data.offset + entry->offset;
    imx_tile_type type = reader->base.info.tile_type;
    if (type == IMX_TILE_MIXED) {
        type = imx_tile_type_sniff(data, entry->size);
        if (type == IMX_TILE_MIXED) {
            return imx_fail(err, IMX_E_INPUT, "%s: a tile is none of PNG, JPEG and WebP", reader->path);
        }
    }
    *out = (imx_tile_ref){data, entry->size, type, hash_of(reader, entry, data), NULL};
    return IMX_OK;
}

imx_status imx_pmtiles_get(imx_store_reader *base, const imx_tile_key *key, imx_error *err, imx_tile_ref *out) {
    imx_pmtiles_reader *reader = (imx_pmtiles_reader *)base;
    const imx_tile tile = key->tile;
    if (tile.z > reader->header.zoom_max || tile.x >> tile.z || tile.y >> tile.z) {
        return IMX_E_NOT_FOUND;
    }
    imx_pmtiles_entry entry;
    imx_status status = find_entry(reader, imx_tile_id(tile), err, &entry);
    if (status == IMX_OK) {
        return make_ref(reader, &entry, err, out);
    }
    if (status != IMX_E_NOT_FOUND) {
        (void)imx_error_context(err, "%s: tile %u/%u/%u", reader->path, tile.z, tile.x, tile.y);
    }
    return status;
}

void imx_pmtiles_release(imx_store_reader *base, imx_tile_ref *ref) {
    (void)base; /* the map lives as long as the reader */
    (void)ref;
}

/* ---- in order ------------------------------------------------------------------------------------------------- */

typedef struct walk {
    imx_pmtiles_reader *reader;
    imx_pmtiles_entry_fn visit;
    void *context;
    uint64_t next_id; /* nothing before it may follow */
} walk;

static imx_status walk_directory(walk *state, const imx_pmtiles_directory *directory, int depth, imx_error *err) {
    imx_status status = IMX_OK;
    for (size_t i = 0; status == IMX_OK && i < directory->count; i++) {
        const imx_pmtiles_entry *entry = &directory->entries[i];
        if (entry->id < state->next_id) {
            return imx_fail(err, IMX_E_INPUT, "damaged PMTiles archive: its directories are not in ascending order");
        }
        if (entry->run) {
            state->next_id = entry->id + entry->run;
            status = state->visit(state->context, entry, err);
            continue;
        }
        if (depth == IMX_PMTILES_DEPTH_MAX) {
            return imx_fail(err, IMX_E_INPUT, "damaged PMTiles archive: leaf directories within leaf directories");
        }
        imx_leaf *leaf = NULL;
        status = hold_leaf(state->reader, entry, err, &leaf);
        if (status == IMX_OK) {
            state->next_id = entry->id;
            status = walk_directory(state, imx_leaf_directory(leaf), depth + 1, err);
            imx_leaf_release(state->reader->leaves, leaf);
        }
    }
    return status;
}

imx_status imx_pmtiles_walk(imx_pmtiles_reader *reader, imx_pmtiles_entry_fn visit, void *context, imx_error *err) {
    walk state = {reader, visit, context, 0};
    return walk_directory(&state, &reader->root, 1, err);
}

typedef struct each {
    imx_pmtiles_reader *reader;
    imx_store_visit_fn visit;
    void *context;
} each;

static imx_status unroll(void *context, const imx_pmtiles_entry *entry, imx_error *err) {
    each *state = context;
    if (entry->id + entry->run > imx_pmtiles_id_end(state->reader->header.zoom_max)) {
        return imx_fail(err, IMX_E_INPUT, "%s: damaged PMTiles archive: a tile past the greatest zoom, %u",
                        state->reader->path, state->reader->header.zoom_max);
    }
    imx_tile_ref ref;
    imx_status status = make_ref(state->reader, entry, err, &ref);
    for (uint32_t i = 0; status == IMX_OK && i < entry->run; i++) {
        status = state->visit(state->context, imx_tile_from_id(entry->id + i), &ref, err);
    }
    return status;
}

imx_status imx_pmtiles_each(imx_store_reader *base, imx_store_visit_fn visit, void *context, imx_error *err) {
    each state = {(imx_pmtiles_reader *)base, visit, context};
    return imx_pmtiles_walk(state.reader, unroll, &state, err);
}
