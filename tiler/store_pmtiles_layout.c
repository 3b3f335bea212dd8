/* tiler/store_pmtiles_layout.c: entries in order, and the directories that they fill. */
#include "tiler/store_pmtiles_layout.h"

#include <string.h>

#include "tiler/pmtiles.h"

enum {
    ROOT_MAX_BYTES = IMX_PMTILES_START_BYTES - IMX_PMTILES_HEADER_BYTES,
    ROOT_ONLY_ENTRIES = 16384, /* more than this is not tried without leaves */
    LEAF_LEAST_ENTRIES = 4096,
    ROOT_LEAVES = 3500, /* leaf entries that a root of ROOT_MAX_BYTES holds as a rule (4 to 5 bytes each, packed) */
};

static imx_status no_memory(imx_error *err) { return imx_fail(err, IMX_E_NOMEM, "out of memory"); }

/* ---- entries ---- */

typedef struct cursor {
    const imx_tile_index *index;
    size_t next;
} cursor;

/* The next directory entry: a tile and those after it that continue its run. False at the end. Contents are placed. */
static bool next_entry(cursor *at, imx_pmtiles_entry *out) {
    const size_t tiles = imx_tile_index_tiles(at->index);
    if (at->next == tiles) {
        return false;
    }
    const imx_indexed_tile *first = imx_tile_index_tile(at->index, at->next++);
    const imx_content *content = imx_tile_index_content(at->index, first->content);
    *out = (imx_pmtiles_entry){first->id, content->offset, content->size, 1};
    for (; at->next < tiles && out->run < UINT32_MAX; at->next++) {
        const imx_indexed_tile *tile = imx_tile_index_tile(at->index, at->next);
        uint64_t last = out->id + out->run - 1; /* the same tile may have been put twice */
        if (tile->content != first->content || tile->id - last > 1) {
            break;
        }
        out->run += tile->id != last;
    }
    return true;
}

imx_status imx_pmtiles_place(const imx_tile_index *index, imx_error *err, imx_pmtiles_layout *out) {
    *out = (imx_pmtiles_layout){0};
    const imx_indexed_tile *before = NULL;
    for (size_t i = 0; i < imx_tile_index_tiles(index); i++) {
        const imx_indexed_tile *tile = imx_tile_index_tile(index, i);
        if (before && before->id == tile->id && before->content != tile->content) {
            imx_tile at = imx_tile_from_id(tile->id);
            return imx_fail(err, IMX_E_INTERNAL, "tile %u/%u/%u came twice, with different contents", at.z, at.x, at.y);
        }
        imx_content *content = imx_tile_index_content(index, tile->content);
        if (content->offset == IMX_CONTENT_UNPLACED) {
            content->offset = out->tile_bytes;
            out->tile_bytes += content->size;
            out->contents++;
        }
        out->addressed += !before || before->id != tile->id;
        before = tile;
    }
    cursor at = {index, 0};
    imx_pmtiles_entry entry = {0};
    while (next_entry(&at, &entry)) {
        out->first = out->entries++ ? out->first : imx_tile_from_id(entry.id);
    }
    out->last = imx_tile_from_id(entry.id + entry.run - 1);
    return IMX_OK;
}

/* ---- directories ---- */

void imx_pmtiles_directories_free(imx_memory *memory, imx_pmtiles_directories *made) {
    imx_free(memory, made->root.data);
    imx_free(memory, made->leaves.data);
    *made = (imx_pmtiles_directories){{NULL, 0}, {NULL, 0}};
}

static bool append_blob(imx_memory *memory, imx_blob *to, size_t *capacity, const imx_blob *more) {
    if (more->size > *capacity - to->size) {
        size_t larger = *capacity + *capacity / 2 + more->size;
        uint8_t *grown = imx_realloc(memory, to->data, larger);
        if (!grown) {
            return false;
        }
        to->data = grown;
        *capacity = larger;
    }
    memcpy(to->data + to->size, more->data, more->size);
    to->size += more->size;
    return true;
}

static size_t fill(cursor *at, imx_pmtiles_entry *entries, size_t limit) {
    size_t count = 0;
    while (count < limit && next_entry(at, &entries[count])) {
        count++;
    }
    return count;
}

/* Leaves of `per_leaf` entries each, and the root over them. On failure the caller frees *out. */
static imx_status build_leaves(imx_memory *memory, const imx_tile_index *index, uint64_t entries, size_t per_leaf,
                               imx_error *err, imx_pmtiles_directories *out) {
    size_t leaf_count = (size_t)((entries + per_leaf - 1) / per_leaf), capacity = 0, count = 0;
    imx_pmtiles_entry *leaf = imx_calloc(memory, per_leaf, sizeof *leaf);
    imx_pmtiles_entry *root = imx_calloc(memory, leaf_count, sizeof *root);
    imx_status status = leaf && root ? IMX_OK : no_memory(err);
    cursor at = {index, 0};
    for (size_t i = 0; status == IMX_OK && i < leaf_count; i++) {
        imx_blob packed = {NULL, 0};
        count = fill(&at, leaf, per_leaf);
        status = imx_pmtiles_directory_encode(memory, leaf, count, err, &packed);
        root[i] = (imx_pmtiles_entry){leaf[0].id, out->leaves.size, (uint32_t)packed.size, 0};
        if (status == IMX_OK && !append_blob(memory, &out->leaves, &capacity, &packed)) {
            status = no_memory(err);
        }
        imx_free(memory, packed.data);
    }
    if (status == IMX_OK) {
        status = imx_pmtiles_directory_encode(memory, root, leaf_count, err, &out->root);
    }
    imx_free(memory, leaf);
    imx_free(memory, root);
    return status;
}

static imx_status build_root_only(imx_memory *memory, const imx_tile_index *index, size_t count, imx_error *err,
                                  imx_pmtiles_directories *out) {
    imx_pmtiles_entry *entries = imx_calloc(memory, count, sizeof *entries);
    if (!entries) {
        return no_memory(err);
    }
    cursor at = {index, 0};
    imx_status status = imx_pmtiles_directory_encode(memory, entries, fill(&at, entries, count), err, &out->root);
    imx_free(memory, entries);
    return status;
}

imx_status imx_pmtiles_directories_build(imx_memory *memory, const imx_tile_index *index, uint64_t entries,
                                         imx_error *err, imx_pmtiles_directories *out) {
    *out = (imx_pmtiles_directories){{NULL, 0}, {NULL, 0}};
    imx_status status = IMX_OK;
    if (entries <= ROOT_ONLY_ENTRIES) {
        status = build_root_only(memory, index, (size_t)entries, err, out);
        if (status != IMX_OK || out->root.size <= ROOT_MAX_BYTES) {
            return status;
        }
    }
    size_t per_leaf = (size_t)(entries / ROOT_LEAVES) + 1;
    per_leaf = per_leaf > LEAF_LEAST_ENTRIES ? per_leaf : LEAF_LEAST_ENTRIES;
    do {
        imx_pmtiles_directories_free(memory, out);
        status = build_leaves(memory, index, entries, per_leaf, err, out);
        per_leaf += per_leaf / 5;
    } while (status == IMX_OK && out->root.size > ROOT_MAX_BYTES);
    if (status != IMX_OK) {
        imx_pmtiles_directories_free(memory, out);
    }
    return status;
}
