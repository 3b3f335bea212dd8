/* tiler/store_pmtiles.c: PMTiles v3 as a kind of store. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tiler/pmtiles.h"

static bool takes_target(const char *target) {
    static const char suffix[] = ".pmtiles";
    size_t size = strlen(target);
    return size > sizeof suffix - 1 && strcmp(target + size - (sizeof suffix - 1), suffix) == 0;
}

static bool recognises(const char *path) {
    char magic[7];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool ours = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
                memcmp(magic, "PMTiles", sizeof magic) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ours;
}

/* Its tile ids are those of a square pyramid with one tile at zoom 0; clients take it to be Web Mercator. */
static bool holds_grid(const imx_grid *grid) { return strcmp(grid->id, "WebMercatorQuad") == 0; }

const imx_store_kind imx_store_pmtiles = {
    .name = "PMTiles v3",
    .takes_target = takes_target,
    .recognises = recognises,
    .holds_grid = holds_grid,
    .create = imx_pmtiles_create,
    .put = imx_pmtiles_put,
    .commit = imx_pmtiles_commit,
    .abort = imx_pmtiles_abort,
    .open = imx_pmtiles_open,
    .close = imx_pmtiles_close,
    .get = imx_pmtiles_get,
    .release = imx_pmtiles_release,
    .each = imx_pmtiles_each,
    .check = imx_pmtiles_check,
};
