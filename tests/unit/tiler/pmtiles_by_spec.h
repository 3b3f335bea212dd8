/* tests/unit/tiler/pmtiles_by_spec.h: a second PMTiles v3 reader, written from the specification alone (its sections 3
 * and 4 and appendix B), with zlib and the textbook Hilbert curve: it shares no code with the reader under test. */
#ifndef IMX_TESTS_PMTILES_BY_SPEC_H
#define IMX_TESTS_PMTILES_BY_SPEC_H

#include <stddef.h>
#include <stdint.h>

typedef struct spec_header {
    uint64_t root_offset, root_length, metadata_offset, metadata_length, leaves_offset, leaves_length, data_offset,
        data_length, addressed, entries, contents;
    int clustered, internal_compression, tile_compression, tile_type, min_zoom, max_zoom, center_zoom;
    int32_t min_lon_e7, min_lat_e7, max_lon_e7, max_lat_e7, center_lon_e7, center_lat_e7;
} spec_header;

typedef struct spec_summary {
    spec_header header;
    uint64_t tiles, entries, leaf_directories;
    char *metadata; /* malloc'ed */
} spec_summary;

typedef void (*spec_visit)(void *context, uint32_t z, uint32_t x, uint32_t y, const uint8_t *data, size_t size);
/* Aborts the test (fail_msg) at the first thing that is not to the specification. */
spec_summary spec_read_all(const uint8_t *file, size_t size, spec_visit visit, void *context);

#endif
