/* tiler/store_pmtiles_dir.c: header and directories of PMTiles v3, to bytes and back. */
#include <string.h>

#include "tiler/pmtiles.h"
#include "tiler/store_pmtiles_gzip.h"

/* ---- header (specification, 3.1) ---- */

static uint32_t le32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void le32_put(uint8_t *p, int32_t value) {
    uint32_t bits = (uint32_t)value;
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(bits >> 8 * i);
    }
}

void imx_pmtiles_header_encode(const imx_pmtiles_header *header, uint8_t out[IMX_PMTILES_HEADER_BYTES]) {
    const uint64_t words[] = {
        header->root.offset,   header->root.size,   header->metadata.offset, header->metadata.size,
        header->leaves.offset, header->leaves.size, header->data.offset,     header->data.size,
        header->addressed,     header->entries,     header->contents,
    };
    memcpy(out, "PMTiles\3", 8);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        imx_le64_put(out + 8 + 8 * i, words[i]);
    }
    out[96] = header->clustered;
    out[97] = header->internal_compression;
    out[98] = header->tile_compression;
    out[99] = header->tile_type;
    out[100] = header->zoom_min;
    out[101] = header->zoom_max;
    le32_put(out + 102, header->west_e7);
    le32_put(out + 106, header->south_e7);
    le32_put(out + 110, header->east_e7);
    le32_put(out + 114, header->north_e7);
    out[118] = header->center_zoom;
    le32_put(out + 119, header->center_lon_e7);
    le32_put(out + 123, header->center_lat_e7);
}

void imx_pmtiles_header_decode(const uint8_t in[IMX_PMTILES_HEADER_BYTES], imx_pmtiles_header *out) {
    imx_pmtiles_range *const ranges[] = {&out->root, &out->metadata, &out->leaves, &out->data};
    for (size_t i = 0; i < 4; i++) {
        ranges[i]->offset = imx_le64(in + 8 + 16 * i);
        ranges[i]->size = imx_le64(in + 16 + 16 * i);
    }
    out->addressed = imx_le64(in + 72);
    out->entries = imx_le64(in + 80);
    out->contents = imx_le64(in + 88);
    out->clustered = in[96];
    out->internal_compression = in[97];
    out->tile_compression = in[98];
    out->tile_type = in[99];
    out->zoom_min = in[100];
    out->zoom_max = in[101];
    out->west_e7 = (int32_t)le32(in + 102);
    out->south_e7 = (int32_t)le32(in + 106);
    out->east_e7 = (int32_t)le32(in + 110);
    out->north_e7 = (int32_t)le32(in + 114);
    out->center_zoom = in[118];
    out->center_lon_e7 = (int32_t)le32(in + 119);
    out->center_lat_e7 = (int32_t)le32(in + 123);
}

/* ---- directories: varint columns, ids as differences, contiguous offsets as 0 (4.2) ---- */

enum { VARINT_MAX = 10, ENTRY_MAX = VARINT_MAX + 5 + 5 + VARINT_MAX, ENTRY_MIN = 4 };

static uint8_t *put_varint(uint8_t *p, uint64_t value) {
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

imx_status imx_pmtiles_directory_encode(imx_memory *memory, const imx_pmtiles_entry *entries, size_t count,
                                        imx_error *err, imx_blob *out) {
    size_t bound;
    uint8_t *plain = NULL;
    if (imx_size_mul(count + 1, ENTRY_MAX, 1, &bound)) {
        plain = imx_alloc(memory, bound);
    }
    if (!plain) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    uint8_t *p = put_varint(plain, count);
    uint64_t last_id = 0;
    for (size_t i = 0; i < count; i++) {
        p = put_varint(p, entries[i].id - last_id);
        last_id = entries[i].id;
    }
    for (size_t i = 0; i < count; i++) {
        p = put_varint(p, entries[i].run);
    }
    for (size_t i = 0; i < count; i++) {
        p = put_varint(p, entries[i].size);
    }
    for (size_t i = 0; i < count; i++) {
        bool contiguous = i && entries[i].offset == entries[i - 1].offset + entries[i - 1].size;
        p = put_varint(p, contiguous ? 0 : entries[i].offset + 1);
    }
    imx_status status = imx_gzip_pack(memory, plain, (size_t)(p - plain), err, out);
    imx_free(memory, plain);
    return status;
}

typedef struct varints { /* bounded reading; `bad` stays set */
    const uint8_t *at, *end;
    bool bad;
} varints;

static uint64_t take_varint(varints *in) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        uint8_t byte = *in->at++;
        uint64_t part = byte & 0x7f;
        if (shift == 63 && part > 1) {
            break;
        }
        value |= part << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    in->bad = true;
    return 0;
}

static uint32_t take_varint32(varints *in) {
    uint64_t value = take_varint(in);
    if (value > UINT32_MAX) {
        in->bad = true;
        return 0;
    }
    return (uint32_t)value;
}

/* NULL if the columns are sound; otherwise what is wrong. */
static const char *decode_columns(varints *in, const imx_pmtiles_header *header, imx_pmtiles_entry *entries,
                                  size_t count) {
    uint64_t id = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t step = take_varint(in);
        if (step > UINT64_MAX - id) {
            return "a tile id overflows";
        }
        entries[i].id = id += step;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t run = entries[i].run = take_varint32(in);
        uint64_t span = run ? run : 1;
        if (span > UINT64_MAX - entries[i].id) {
            return "a run overflows";
        }
        uint64_t least = entries[i].id + span; /* of the next id */
        if (i + 1 < count && entries[i + 1].id < least) {
            return "its tile ids are not in ascending order";
        }
    }
    for (size_t i = 0; i < count; i++) {
        entries[i].size = take_varint32(in);
        if (!entries[i].size) {
            return in->bad ? "it is cut short" : "an entry is empty";
        }
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t value = take_varint(in);
        if (!value && !i) {
            return in->bad ? "it is cut short" : "its first entry has no offset";
        }
        /* no overflow: the previous entry lies inside its section */
        entries[i].offset = value ? value - 1 : entries[i - 1].offset + entries[i - 1].size;
        uint64_t section = entries[i].run ? header->data.size : header->leaves.size;
        if (entries[i].size > section || entries[i].offset > section - entries[i].size) {
            return in->bad          ? "it is cut short"
                   : entries[i].run ? "a tile lies outside of the tile data"
                                    : "a leaf directory lies outside of its section";
        }
    }
    return in->bad ? "it is cut short" : NULL;
}

imx_status imx_pmtiles_directory_decode(imx_memory *memory, const uint8_t *data, size_t size,
                                        imx_pmtiles_compression compression, const imx_pmtiles_header *header,
                                        imx_error *err, imx_pmtiles_directory *out) {
    imx_status status = IMX_OK;
    imx_blob unpacked = {NULL, 0};
    imx_pmtiles_entry *entries = NULL;
    if (compression == IMX_PMTILES_GZIP) {
        status = imx_gzip_unpack(memory, data, size, IMX_PMTILES_DIRECTORY_LIMIT, err, &unpacked);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "damaged directory");
            goto out;
        }
        data = unpacked.data;
        size = unpacked.size;
    }
    varints in = {data, data + size, false};
    uint64_t count = take_varint(&in);
    if (in.bad || !count || count > (uint64_t)(in.end - in.at) / ENTRY_MIN) {
        status = imx_fail(err, IMX_E_INPUT, "damaged directory: its number of entries is impossible");
        goto out;
    }
    entries = imx_calloc(memory, (size_t)count, sizeof *entries);
    if (!entries) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
        goto out;
    }
    const char *fault = decode_columns(&in, header, entries, (size_t)count);
    if (fault) {
        status = imx_fail(err, IMX_E_INPUT, "damaged directory: %s", fault);
        goto out;
    }
    out->entries = entries;
    out->count = (size_t)count;
    entries = NULL;
out:
    imx_free(memory, entries);
    imx_free(memory, unpacked.data);
    return status;
}

void imx_pmtiles_directory_free(imx_memory *memory, imx_pmtiles_directory *directory) {
    imx_free(memory, directory->entries);
    *directory = (imx_pmtiles_directory){NULL, 0};
}

const imx_pmtiles_entry *imx_pmtiles_directory_find(const imx_pmtiles_directory *directory, uint64_t id) {
    size_t low = 0, high = directory->count; /* entries before low are <= id, from high on above it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (directory->entries[middle].id <= id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? &directory->entries[low - 1] : NULL;
}
