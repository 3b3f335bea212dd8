/* tiler/pmtiles.h: the pieces of PMTiles version 3 that its writer and reader share; private to the stores.
 *
 * Source: PMTiles Version 3 Specification (github.com/protomaps/PMTiles, spec/v3/spec.md); section numbers below are
 * its. All integers are little-endian. Tile offsets count from the tile data section, leaf offsets from the leaf
 * section.
 *
 * ETags. Our archives hold a table of content hashes after the last tile, at the end of the tile data section (inside
 * the section's length, so that the sections still add up to the file for tools that check that). It is named in the
 * metadata under imbrex.etags: {offset from the start of the tile data section, size, count, hash: "XXH3-128"}; its
 * entries, sorted by offset, are {u64 tile offset, 16 bytes of hash}. Other readers never look there.
 */
#ifndef IMX_TILER_PMTILES_H
#define IMX_TILER_PMTILES_H

#include <stdbool.h>

#include "tiler/store_kind.h"

#define IMX_PMTILES_HEADER_BYTES 127
#define IMX_PMTILES_START_BYTES 16384 /* header and root directory end here at the latest (4) */
#define IMX_PMTILES_DIRECTORY_LIMIT                                                                                    \
    ((size_t)64 << 20) /* bytes of one directory unpacked that we are willing to read                                  \
                        */
#define IMX_PMTILES_METADATA_LIMIT ((size_t)256 << 20)
#define IMX_PMTILES_ETAG_BYTES 24
#define IMX_PMTILES_ETAG_HASH "XXH3-128"

typedef enum imx_pmtiles_compression { /* 3.3 */
                                       IMX_PMTILES_UNKNOWN,
                                       IMX_PMTILES_NONE,
                                       IMX_PMTILES_GZIP,
                                       IMX_PMTILES_BROTLI,
                                       IMX_PMTILES_ZSTD
} imx_pmtiles_compression;

typedef struct imx_pmtiles_range { /* bytes from the start of the file */
    uint64_t offset, size;
} imx_pmtiles_range;

typedef struct imx_pmtiles_header { /* 3.2 */
    imx_pmtiles_range root, metadata, leaves, data;
    uint64_t addressed, entries, contents; /* 0: unknown */
    uint8_t clustered, internal_compression, tile_compression, tile_type;
    uint8_t zoom_min, zoom_max, center_zoom;
    int32_t west_e7, south_e7, east_e7, north_e7, center_lon_e7, center_lat_e7; /* degrees x 10,000,000 */
} imx_pmtiles_header;

void imx_pmtiles_header_encode(const imx_pmtiles_header *header, uint8_t out[IMX_PMTILES_HEADER_BYTES]);
/* The fields as they stand: magic and version are the caller's to look at, nothing is checked. */
void imx_pmtiles_header_decode(const uint8_t in[IMX_PMTILES_HEADER_BYTES], imx_pmtiles_header *out);

typedef struct imx_pmtiles_entry { /* 4.1 */
    uint64_t id, offset;
    uint32_t size, run; /* run 0: a leaf directory */
} imx_pmtiles_entry;

typedef struct imx_pmtiles_directory {
    imx_pmtiles_entry *entries; /* ascending, not overlapping */
    size_t count;
} imx_pmtiles_directory;

/* One directory, gzip-packed (4.2). count > 0. */
IMX_MUST_USE imx_status imx_pmtiles_directory_encode(imx_memory *memory, const imx_pmtiles_entry *entries, size_t count,
                                                     imx_error *err, imx_blob *out);
/* From an untrusted file (4.3). What comes out is sound in itself: at least one entry, ids strictly ascending past each
 * run, sizes > 0, no overflow, tiles within data_size and leaves within leaves_size. IMX_E_INPUT says what is wrong. */
IMX_MUST_USE imx_status imx_pmtiles_directory_decode(imx_memory *memory, const uint8_t *data, size_t size,
                                                     imx_pmtiles_compression compression,
                                                     const imx_pmtiles_header *header, imx_error *err,
                                                     imx_pmtiles_directory *out);
void imx_pmtiles_directory_free(imx_memory *memory, imx_pmtiles_directory *directory);
/* The last entry whose id is not above id; NULL if there is none. */
const imx_pmtiles_entry *imx_pmtiles_directory_find(const imx_pmtiles_directory *directory, uint64_t id);

static inline uint64_t imx_le64(const uint8_t *p) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | p[i];
    }
    return value;
}
static inline void imx_le64_put(uint8_t *p, uint64_t value) {
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(value >> 8 * i);
    }
}

/* store_pmtiles_write.c */
imx_status imx_pmtiles_create(imx_memory *memory, const char *target, const imx_grid *grid,
                              const imx_store_options *options, imx_error *err, imx_store_writer **out);
imx_status imx_pmtiles_put(imx_store_writer *writer, const imx_metatile *metatile, imx_error *err);
imx_status imx_pmtiles_commit(imx_store_writer *writer, const imx_archive_info *info, imx_error *err,
                              imx_store_result *result);
void imx_pmtiles_abort(imx_store_writer *writer);

/* store_pmtiles_read.c, store_pmtiles_check.c */
imx_status imx_pmtiles_open(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out);
void imx_pmtiles_close(imx_store_reader *reader);
imx_status imx_pmtiles_get(imx_store_reader *reader, const imx_tile_key *key, imx_error *err, imx_tile_ref *out);
void imx_pmtiles_release(imx_store_reader *reader, imx_tile_ref *ref);
imx_status imx_pmtiles_each(imx_store_reader *reader, imx_store_visit_fn visit, void *context, imx_error *err);
imx_status imx_pmtiles_check(imx_store_reader *reader, imx_error *err);

#endif
