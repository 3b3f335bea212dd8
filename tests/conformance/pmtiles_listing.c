/* tests/conformance/pmtiles_listing.c: the other side of pmtiles_npm.mjs.
 *   pmtiles_listing FILE           prints every tile of an archive: "z x y type size crc32", in tile order
 *   pmtiles_listing --make FILE    writes an archive first: two levels of directories, runs, repeated contents, two
 * types */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tiler/store.h"
#include "tiler/tile_id.h"

enum { TILES = 21845 /* zooms 0 to 7 */, GROUP = 100 };

/* Content n of the made archive; four neighbours in six share theirs with somebody. */
static size_t content_of(uint64_t id, uint8_t data[512]) {
    uint64_t n = id % 6 < 2 ? id : id / 6 % 6 == 0 ? 1000000 : 1000000 + id / 6 % 50;
    size_t size = 40 + (size_t)(n * 2654435761u % 400);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)((n + i) * (n / 7 + 13) >> 3);
    }
    memcpy(data, n % 3 ? "\x89PNG\r\n\x1a\n" : "\xff\xd8\xff\xe0\0\0\0\0", 8);
    memcpy(data + 8, &n, sizeof n);
    return size;
}

static imx_status make(const char *path, imx_error *err) {
    static uint8_t data[GROUP][512];
    imx_stored_tile tiles[GROUP];
    imx_store_writer *writer = NULL;
    imx_store_result result;
    const imx_store_options options = {.overwrite = true};
    const imx_archive_info info = {.name = (char *)(uintptr_t) "made for npm",
                                   .tile_px = 256,
                                   .west = -180,
                                   .south = -85,
                                   .east = 180,
                                   .north = 85};
    imx_status status = imx_store_writer_create(NULL, path, imx_grid_find("WebMercatorQuad"), &options, err, &writer);
    for (uint64_t end = TILES; status == IMX_OK && end;) { /* the last ones first */
        imx_metatile metatile = {{0, 0, 0}, tiles, 0, NULL};
        for (; end && metatile.count < GROUP; metatile.count++) {
            end--;
            imx_stored_tile *tile = &tiles[metatile.count];
            size_t size = content_of(end, data[metatile.count]);
            *tile = (imx_stored_tile){imx_tile_from_id(end), IMX_TILE_MIXED, {data[metatile.count], size}};
            tile->type = imx_tile_type_sniff(tile->blob.data, size);
        }
        status = imx_store_writer_put(writer, &metatile, err);
    }
    if (status != IMX_OK) {
        imx_store_writer_abort(&writer);
        return status;
    }
    return imx_store_writer_commit(&writer, &info, err, &result);
}

static imx_status print(void *context, imx_tile tile, const imx_tile_ref *ref, imx_error *err) {
    (void)context, (void)err;
    (void)printf("%u %u %u %d %zu %08lx\n", tile.z, tile.x, tile.y, ref->type, ref->size,
                 crc32(0, ref->data, (uInt)ref->size));
    return IMX_OK;
}

int main(int argc, char **argv) {
    imx_error err = IMX_ERROR_INIT;
    imx_store_reader *reader = NULL;
    const bool making = argc == 3 && strcmp(argv[1], "--make") == 0;
    const char *path = argv[argc - 1];
    if (argc != 2 && !making) {
        (void)fprintf(stderr, "usage: pmtiles_listing [--make] FILE\n");
        return 2;
    }
    imx_status status = making ? make(path, &err) : IMX_OK;
    if (status == IMX_OK) {
        status = imx_store_reader_open(NULL, path, &err, &reader);
    }
    if (status == IMX_OK) {
        status = imx_store_each(reader, print, NULL, &err);
    }
    imx_store_reader_close(&reader);
    if (status != IMX_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    return imx_status_exit_code(status);
}
