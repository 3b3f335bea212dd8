/* tiler/store_pmtiles_check.c: whether an archive keeps every promise of the format and its own: what `imbrex verify`
 * asks. Opening has checked ranges against the file and the directories decode into sound entries; here the sections
 * are held against each other, the entries against the header, and the contents against their hashes. */
#include <stdlib.h>
#include <string.h>

#include "tiler/pmtiles_reader.h"
#include "tiler/tile_id.h"

typedef struct audit {
    imx_pmtiles_reader *reader;
    uint64_t addressed, entries, contents;
    uint64_t first_id, end_id;
    uint64_t next_offset; /* clustered: where the next new content must be */
    uint64_t *offsets;    /* not clustered: of every entry, to count the distinct ones */
    size_t offsets_capacity;
} audit;

static imx_status fault(imx_error *err, const char *what) { return imx_fail(err, IMX_E_INPUT, "%s", what); }

static int by_offset(const void *a, const void *b) {
    const imx_pmtiles_range *left = a, *right = b;
    return left->offset != right->offset ? (left->offset > right->offset) - (left->offset < right->offset)
                                         : (left->size > right->size) - (left->size < right->size);
}

static imx_status check_sections(const imx_pmtiles_reader *reader, imx_error *err) {
    const imx_pmtiles_header *header = &reader->header;
    imx_pmtiles_range sections[] = {
        {0, IMX_PMTILES_HEADER_BYTES}, header->root, header->metadata, header->leaves, header->data};
    enum { SECTIONS = sizeof sections / sizeof *sections };
    if (header->root.offset + header->root.size > IMX_PMTILES_START_BYTES) {
        return fault(err, "the root directory is not within the first 16384 bytes");
    }
    qsort(sections, SECTIONS, sizeof *sections, by_offset);
    uint64_t end = 0;
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].size && sections[i].offset < end) {
            return fault(err, "two sections overlap");
        }
        end = sections[i].size ? sections[i].offset + sections[i].size : end;
    }
    if (header->clustered > 1) {
        return fault(err, "the clustered flag is neither 0 nor 1");
    }
    if (header->south_e7 > header->north_e7 || header->south_e7 < -900000000 || header->north_e7 > 900000000 ||
        abs(header->west_e7) > 1800000000 || abs(header->east_e7) > 1800000000) {
        return fault(err, "the bounds are not degrees on Earth");
    }
    if (header->center_zoom > IMX_ZOOM_MAX) {
        return fault(err, "the zoom of the center is out of range");
    }
    return IMX_OK;
}

/* A content that is met for the first time. */
static imx_status check_content(audit *state, const imx_pmtiles_entry *entry, imx_error *err) {
    const imx_pmtiles_reader *reader = state->reader;
    const uint8_t *data = reader->map.data + reader->header.data.offset + entry->offset;
    const imx_tile at = imx_tile_from_id(entry->id);
    imx_tile_type type = imx_tile_type_sniff(data, entry->size);
    if (type == IMX_TILE_MIXED || (reader->base.info.tile_type && reader->base.info.tile_type != type)) {
        return imx_fail(err, IMX_E_INPUT, "tile %u/%u/%u is not of the archive's type", at.z, at.x, at.y);
    }
    if (!reader->etags) {
        return IMX_OK;
    }
    if (entry->offset + entry->size > reader->etags_offset) {
        return imx_fail(err, IMX_E_INPUT, "tile %u/%u/%u reaches into the table of ETags", at.z, at.x, at.y);
    }
    if (state->contents > reader->etag_count) {
        return fault(err, "the table of ETags is too short");
    }
    const uint8_t *row = reader->etags + (size_t)(state->contents - 1) * IMX_PMTILES_ETAG_BYTES;
    imx_hash hash = imx_hash_bytes(data, entry->size);
    if (imx_le64(row) != entry->offset || memcmp(row + 8, hash.bytes, sizeof hash.bytes) != 0) {
        return imx_fail(err, IMX_E_INPUT, "the content of tile %u/%u/%u does not match its ETag", at.z, at.x, at.y);
    }
    return IMX_OK;
}

static imx_status note_offset(audit *state, uint64_t offset, imx_error *err) {
    if (state->entries > state->offsets_capacity) {
        size_t capacity = state->offsets_capacity * 2 + 1024;
        uint64_t *grown = imx_realloc(state->reader->base.memory, state->offsets, capacity * sizeof *grown);
        if (!grown) {
            return imx_fail(err, IMX_E_NOMEM, "out of memory");
        }
        state->offsets = grown;
        state->offsets_capacity = capacity;
    }
    state->offsets[state->entries - 1] = offset;
    return IMX_OK;
}

static imx_status check_entry(void *context, const imx_pmtiles_entry *entry, imx_error *err) {
    audit *state = context;
    const imx_pmtiles_header *header = &state->reader->header;
    state->first_id = state->entries++ ? state->first_id : entry->id;
    state->end_id = entry->id + entry->run;
    state->addressed += entry->run;
    if (state->end_id > imx_pmtiles_id_end(header->zoom_max)) {
        return fault(err, "a tile lies past the greatest zoom");
    }
    if (!header->clustered) {
        imx_status status = note_offset(state, entry->offset, err);
        return status == IMX_OK ? check_content(state, entry, err) : status;
    }
    if (entry->offset > state->next_offset) {
        return fault(err, "the tiles are not clustered as the header says");
    }
    if (entry->offset < state->next_offset) {
        return entry->offset + entry->size > state->next_offset
                   ? fault(err, "a repeated tile reaches past the content that it repeats")
                   : IMX_OK;
    }
    state->next_offset += entry->size;
    state->contents++;
    return check_content(state, entry, err);
}

static int ascending(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void count_offsets(audit *state) {
    if (state->offsets) {
        qsort(state->offsets, (size_t)state->entries, sizeof *state->offsets, ascending);
        for (size_t i = 0; i < state->entries; i++) {
            state->contents += !i || state->offsets[i] != state->offsets[i - 1];
        }
    }
}

static imx_status check_totals(const audit *state, imx_error *err) {
    const imx_pmtiles_reader *reader = state->reader;
    const imx_pmtiles_header *header = &reader->header;
    const struct {
        const char *name;
        uint64_t said, found;
    } counts[] = {{"addressed tiles", header->addressed, state->addressed},
                  {"tile entries", header->entries, state->entries},
                  {"tile contents", header->contents, state->contents}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i].said && counts[i].said != counts[i].found) {
            return imx_fail(err, IMX_E_INPUT, "the header counts %llu %s, there are %llu",
                            (unsigned long long)counts[i].said, counts[i].name, (unsigned long long)counts[i].found);
        }
    }
    uint32_t zoom_min = imx_tile_from_id(state->first_id).z, zoom_max = imx_tile_from_id(state->end_id - 1).z;
    if (zoom_min < header->zoom_min) {
        return fault(err, "a tile lies before the least zoom");
    }
    if (reader->etags) { /* ours: exact, and nothing between */
        if (zoom_min != header->zoom_min || zoom_max != header->zoom_max) {
            return imx_fail(err, IMX_E_INPUT, "the header says zooms %u to %u, there are %u to %u", header->zoom_min,
                            header->zoom_max, zoom_min, zoom_max);
        }
        if (state->contents != reader->etag_count) {
            return fault(err, "the table of ETags is longer than there are contents");
        }
        if (state->next_offset != reader->etags_offset) {
            return fault(err, "there are bytes between the last tile and the table of ETags");
        }
    }
    return IMX_OK;
}

imx_status imx_pmtiles_check(imx_store_reader *base, imx_error *err) {
    imx_pmtiles_reader *reader = (imx_pmtiles_reader *)base;
    audit state = {.reader = reader};
    imx_status status = check_sections(reader, err);
    if (status == IMX_OK && reader->etags && !reader->header.clustered) {
        status = fault(err, "it has a table of ETags but is not clustered");
    }
    if (status == IMX_OK) {
        status = imx_pmtiles_walk(reader, check_entry, &state, err);
    }
    if (status == IMX_OK) {
        count_offsets(&state);
        status = check_totals(&state, err);
    }
    imx_free(base->memory, state.offsets);
    if (status != IMX_OK) {
        (void)imx_error_context(err, "%s", reader->path);
    }
    return status;
}
