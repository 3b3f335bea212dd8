/* tests/unit/tiler/store_fixture.h: made-up tiles and scratch folders for the store tests. */
#ifndef IMX_TESTS_STORE_FIXTURE_H
#define IMX_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* after the above, which it does not include itself */
#include <cmocka.h>

#include "tiler/store.h"

/* A scratch folder of the test's own; removed with all it holds. */
char *scratch_create(void);
void scratch_remove(char **folder);
/* A path in it; freed by the caller (free). */
char *scratch_path(const char *folder, const char *name);
size_t scratch_count(const char *folder); /* names in it */

uint8_t *file_read(const char *path, size_t *size); /* malloc'ed */
void file_write(const char *path, const void *data, size_t size);
bool file_equal(const char *a, const char *b);

uint64_t next_random(uint64_t *state); /* splitmix64 */

typedef struct tile_set {
    imx_stored_tile *tiles;
    size_t count;
} tile_set;
/* Every tile of zooms 0..zoom_max of WebMercatorQuad in id order, of `least_bytes` to twice that, beginning like the
 * type; with `contents` > 0 only that many different ones. types: a bit set of 1 << imx_tile_type. */
tile_set tile_set_pyramid(uint32_t zoom_max, size_t least_bytes, unsigned types, size_t contents, uint64_t seed);
void tile_set_free(tile_set *set);
void tile_set_shuffle(tile_set *set, uint64_t seed); /* the tiles' order only */
void tile_set_sort(tile_set *set);
const imx_stored_tile *tile_set_find(const tile_set *sorted, imx_tile tile);

/* Puts all tiles from `threads` threads in metatiles of `group` tiles, in the set's order. */
imx_status put_all(imx_store_writer *writer, const tile_set *set, size_t group, unsigned threads);
/* Writes the whole set to the target; asserts success. */
imx_store_result write_set(imx_memory *memory, const char *target, const imx_store_options *options,
                           const tile_set *set, size_t group, unsigned threads);
extern const imx_archive_info fixture_info;
/* Every tile of the set comes out of get and of each, with its type and hash, and no other. */
void assert_holds(imx_store_reader *reader, const tile_set *sorted);

#endif
