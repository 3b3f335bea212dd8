/* tiler/verify.h: the deep check of an archive: its structure by its kind's own rules, then every tile decoded.
 * What `imbrex verify` prints. */
#ifndef IMX_TILER_VERIFY_H
#define IMX_TILER_VERIFY_H

#include "engine/base/pool.h"
#include "tiler/store.h"

typedef struct imx_verify_count {
    uint64_t tiles, bytes; /* as addressed: a content that stands for several tiles counts for each */
} imx_verify_count;

typedef struct imx_verify_report {
    imx_verify_count all;
    imx_verify_count by_type[IMX_TILE_WEBP + 1]; /* by imx_tile_type */
    imx_verify_count by_zoom[IMX_ZOOM_MAX + 1];
    uint64_t single_colour; /* tiles of one colour, the empty ones included */
    uint64_t empty;         /* tiles that show nothing */
    uint64_t decoded;       /* contents decoded: less than the tiles where contents repeat */
} imx_verify_report;

/* Checks that the structure is sound (imx_store_check); that every tile lies in the archive's grid and zooms, is of the
 * type that the archive declares (any where it declares a mixture), decodes whole, and measures tile_px a side; and
 * that there are as many as declared. The first fault in tile order, whatever the number of threads, is IMX_E_INPUT
 * with a text that names the tile ("tile 3/4/2: damaged PNG: ..."); the caller puts the archive's name in front.
 * *report holds what was found before. With a pool the decoding is parallel (not from inside a task of that pool);
 * NULL: here. Memory: a few times 8 MiB, whatever the archive's size. */
IMX_MUST_USE imx_status imx_verify_reader(imx_memory *memory, const imx_kernels *kernels, imx_store_reader *reader,
                                          imx_pool *pool, imx_error *err, imx_verify_report *report);
/* Opens, verifies and closes; texts begin with the path. */
IMX_MUST_USE imx_status imx_verify(imx_memory *memory, const imx_kernels *kernels, const char *path, imx_pool *pool,
                                   imx_error *err, imx_verify_report *report);

#endif
