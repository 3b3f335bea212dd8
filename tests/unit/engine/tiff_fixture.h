/* tests/unit/engine/tiff_fixture.h: a folder with one GeoTIFF in it, for the tests of its fast path. */
#ifndef IMX_TESTS_UNIT_ENGINE_TIFF_FIXTURE_H
#define IMX_TESTS_UNIT_ENGINE_TIFF_FIXTURE_H

#include "engine/source.h"

extern char tif[96]; /* its path */

/* Of all tests of a program: GDAL, which writes masks into the file, and the folder. */
int tiff_set_up(void **state);
int tiff_tear_down(void **state);
/* The file, and what stands beside it, is gone. */
void tiff_clear(void);
void tiff_add_world_file(void);

/* Any file's content, to be freed with free(). */
uint8_t *tiff_read(const char *path, size_t *size);
void tiff_write(const char *path, const void *data, size_t size);

/* Every .tif and .tiff in a folder and those in it. */
void tiff_walk(const char *path, void (*visit)(const char *path, void *context), void *context);

/* Opens the asset and reads its first block, directly, while the nth allocation fails, until none does: at an nth from
 * least to most. */
void tiff_fail_allocations(const imx_asset *asset, uint8_t *out, ptrdiff_t stride, size_t least, size_t most);

#endif
