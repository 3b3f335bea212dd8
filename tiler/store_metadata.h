/* tiler/store_metadata.h: an archive's description as JSON: the metadata section of PMTiles, metadata.json of a
 * directory.
 *
 * The conventional keys come first (those of TileJSON 3.0 and of MBTiles' metadata that viewers look at): name,
 * description, attribution, type, format ("png", "jpg", "webp", "mixed"), minzoom, maxzoom, bounds, center, scheme
 * (directories). What only imbrex says stands in one object, `imbrex`: engine, generation, grid, tile_matrix_set (of a
 * grid that is not built in: imx_grid.json), tile_size, tiles, bounds (only across the antimeridian: west > east), job
 * (options and scenes), etags. The text is canonical: sorted keys, no spaces; degrees to 7 decimals, the job's reals
 * with 17 digits. */
#ifndef IMX_TILER_STORE_METADATA_H
#define IMX_TILER_STORE_METADATA_H

#include <stdbool.h>

#include "tiler/store.h"

typedef struct imx_metadata_extra { /* what one kind of store says beside imx_archive_info */
    const char *scheme;             /* "xyz", "tms"; NULL: not said (borrowed; a static string when read) */
    uint64_t etags_offset, etags_size, etags_count; /* count 0: no table */
    bool etags_known_hash;                          /* read: the table's hash is ours */
    bool has_zooms, has_bounds;                     /* read: whether the text said them */
    bool has_format;
    bool vector; /* read: these are vector tiles */
} imx_metadata_extra;

/* A fresh NUL-terminated text. */
IMX_MUST_USE imx_status imx_metadata_write(imx_memory *memory, const imx_archive_info *info,
                                           const imx_metadata_extra *extra, imx_error *err, char **out);
/* From an untrusted text; unknown keys and keys of an unexpected type are passed over. Fills what the text says and
 * leaves the rest of *info alone. The caller clears *info, on failure too. */
IMX_MUST_USE imx_status imx_metadata_read(imx_memory *memory, const char *text, size_t size, imx_error *err,
                                          imx_archive_info *info, imx_metadata_extra *extra);

#endif
