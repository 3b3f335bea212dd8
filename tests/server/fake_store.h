/* tests/server/fake_store.h: a store reader in memory, for tests of the server: tiles at given places, and counters. */
#ifndef IMX_TESTS_SERVER_FAKE_STORE_H
#define IMX_TESTS_SERVER_FAKE_STORE_H

#include <stdatomic.h>

#include "tiler/store_kind.h"

typedef struct fake_tile {
    imx_tile tile;
    imx_tile_type type;
    const uint8_t *data;
    size_t size;
} fake_tile;

typedef struct fake_counters {
    atomic_int open, held; /* readers not closed; tile references not released */
} fake_counters;

typedef struct fake_archive {
    imx_archive_info info; /* texts are borrowed */
    const fake_tile *tiles;
    size_t count;
    bool broken; /* get fails with IMX_E_INPUT */
    fake_counters *counters;
} fake_archive;

/* Borrows the archive. */
imx_store_reader *fake_reader(imx_memory *memory, const fake_archive *archive);

#endif
