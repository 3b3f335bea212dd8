/* tests/server/fake_store.c: see fake_store.h. */
#include "tests/server/fake_store.h"

#include <string.h>

typedef struct fake {
    imx_store_reader base;
    const fake_archive *archive;
} fake;

static void fake_close(imx_store_reader *reader) {
    atomic_fetch_sub(&((fake *)reader)->archive->counters->open, 1);
    imx_free(reader->memory, reader);
}

static imx_status fake_get(imx_store_reader *reader, const imx_tile_key *key, imx_error *err, imx_tile_ref *out) {
    const fake_archive *archive = ((fake *)reader)->archive;
    if (archive->broken) {
        return imx_fail(err, IMX_E_INPUT, "secret.pmtiles: damaged");
    }
    for (size_t i = 0; i < archive->count; i++) {
        const fake_tile *t = &archive->tiles[i];
        if (t->tile.z == key->tile.z && t->tile.x == key->tile.x && t->tile.y == key->tile.y) {
            *out = (imx_tile_ref){t->data, t->size, t->type, imx_hash_bytes(t->data, t->size), NULL};
            atomic_fetch_add(&archive->counters->held, 1);
            return IMX_OK;
        }
    }
    return IMX_E_NOT_FOUND;
}

static void fake_release(imx_store_reader *reader, imx_tile_ref *ref) {
    (void)ref;
    atomic_fetch_sub(&((fake *)reader)->archive->counters->held, 1);
}

static const imx_store_kind FAKE = {.name = "fake", .close = fake_close, .get = fake_get, .release = fake_release};

imx_store_reader *fake_reader(imx_memory *memory, const fake_archive *archive) {
    fake *f = imx_calloc(memory, 1, sizeof *f);
    if (!f) {
        return NULL;
    }
    f->base = (imx_store_reader){&FAKE, memory, archive->info};
    f->archive = archive;
    atomic_fetch_add(&archive->counters->open, 1);
    return &f->base;
}
