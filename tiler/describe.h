/* tiler/describe.h: what an archive is, in words and as JSON: what `imbrex info ARCHIVE` prints.
 *
 * Both come from the reader's imx_archive_info alone: nothing is scanned. What an archive does not say is left out.
 * Texts of an archive are foreign: in the words, control characters in them become '?', so that none reaches a
 * terminal. */
#ifndef IMX_TILER_DESCRIBE_H
#define IMX_TILER_DESCRIBE_H

#include "tiler/store.h"

/* Aligned lines "name  value", each ended by a newline; a scene a line below them, the first 20 of them. path: as the
 * user gave it. *out is from memory, NUL-terminated. */
IMX_MUST_USE imx_status imx_describe_text(imx_memory *memory, const char *path, const imx_store_reader *reader,
                                          imx_error *err, char **out);
/* One JSON object without a newline: archive, attribution, bounds [west, south, east, north], bytes, center [lon, lat,
 * zoom], description, engine, generation, grid, job (options and scenes as the archive holds them), kind, name,
 * tile_size, tile_type ("png", "jpeg", "webp", "mixed"), tiles, tiles_distinct, zoom_max, zoom_min. */
IMX_MUST_USE imx_status imx_describe_json(imx_memory *memory, const char *path, const imx_store_reader *reader,
                                          imx_error *err, char **out);

#endif
