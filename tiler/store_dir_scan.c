/* tiler/store_dir_scan.c: every tile of a folder, in tile order: a zoom is listed, sorted, and visited. */
#include <stdio.h>
#include <stdlib.h>

#include "tiler/store_dir.h"
#include "tiler/tile_id.h"

/* ---- listing -------------------------------------------------------------------------------------------------- */

typedef struct zoom_set {
    uint32_t first_id, zooms;
} zoom_set;

static imx_status note_zoom(void *context, const char *name, imx_error *err) {
    uint32_t id;
    zoom_set *set = context;
    (void)err;
    if (imx_dir_integer(name, IMX_ZOOM_ID_MAX, &id) && id >= set->first_id && id - set->first_id <= IMX_ZOOM_MAX) {
        set->zooms |= 1u << (id - set->first_id);
    }
    return IMX_OK;
}

imx_status imx_dir_zooms(const imx_dir_reader *reader, imx_error *err, uint32_t *out) {
    zoom_set set = {reader->grid->first_id, 0};
    imx_status status = imx_dir_list(reader->top_fd, ".", note_zoom, &set, err);
    *out = set.zooms;
    return status == IMX_E_NOT_FOUND ? imx_fail(err, IMX_E_INPUT, "%s: the folder has gone", reader->path) : status;
}

typedef struct listing {
    const imx_dir_reader *reader;
    uint32_t z, x;
    imx_dir_tile *tiles;
    size_t count, capacity;
    uint64_t strays;
} listing;

static imx_status note_tile(void *context, const char *name, imx_error *err) {
    listing *list = context;
    uint32_t row;
    unsigned extension;
    if (!imx_dir_tile_name(name, &row, &extension)) {
        return IMX_OK;
    }
    uint64_t rows = imx_grid_rows(list->reader->grid, list->z);
    if (row >= rows || list->x >= imx_grid_columns(list->reader->grid, list->z)) {
        list->strays++;
        return IMX_OK;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity + list->capacity / 2 + 256;
        imx_dir_tile *grown = imx_realloc(list->reader->base.memory, list->tiles, capacity * sizeof *grown);
        if (!grown) {
            return imx_fail(err, IMX_E_NOMEM, "out of memory");
        }
        list->tiles = grown;
        list->capacity = capacity;
    }
    uint32_t y = list->reader->tms_rows ? (uint32_t)(rows - 1 - row) : row;
    list->tiles[list->count++] = (imx_dir_tile){{list->z, list->x, y}, extension};
    return IMX_OK;
}

static imx_status note_column(void *context, const char *name, imx_error *err) {
    listing *list = context;
    if (!imx_dir_integer(name, UINT32_MAX, &list->x)) {
        return IMX_OK;
    }
    char folder[IMX_DIR_PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%u/%u", list->z + list->reader->grid->first_id, list->x);
    imx_status status = imx_dir_list(list->reader->top_fd, folder, note_tile, list, err);
    return status == IMX_E_NOT_FOUND ? IMX_OK : status; /* a file of that name */
}

static int in_order(const void *a, const void *b) {
    const imx_dir_tile *left = a, *right = b;
    int order = imx_tile_compare(left->tile, right->tile);
    return order ? order : (left->extension > right->extension) - (left->extension < right->extension);
}

imx_status imx_dir_zoom(const imx_dir_reader *reader, uint32_t z, imx_error *err, imx_dir_tile **out, size_t *count,
                        uint64_t *strays) {
    listing list = {.reader = reader, .z = z};
    char folder[IMX_DIR_PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%u", z + reader->grid->first_id);
    imx_status status = imx_dir_list(reader->top_fd, folder, note_column, &list, err);
    if (status != IMX_OK && status != IMX_E_NOT_FOUND) {
        imx_free(reader->base.memory, list.tiles);
        (void)imx_error_context(err, "%s", reader->path);
        return status;
    }
    if (list.count) {
        qsort(list.tiles, list.count, sizeof *list.tiles, in_order);
    }
    *out = list.tiles;
    *count = list.count;
    *strays = list.strays;
    return IMX_OK;
}

/* ---- visiting ------------------------------------------------------------------------------------------------- */

static bool repeats(const imx_dir_tile *tiles, size_t i) {
    return i && imx_tile_compare(tiles[i - 1].tile, tiles[i].tile) == 0;
}

static imx_status visit_zoom(imx_dir_reader *reader, const imx_dir_tile *tiles, size_t count, imx_store_visit_fn visit,
                             void *context, imx_error *err) {
    imx_status status = IMX_OK;
    for (size_t i = 0; status == IMX_OK && i < count; i++) {
        if (repeats(tiles, i) || !(reader->extension_set >> tiles[i].extension & 1)) {
            continue; /* as get does: the first extension wins */
        }
        imx_tile_ref ref;
        status = imx_dir_load(reader, tiles[i].tile, tiles[i].extension, err, &ref);
        if (status == IMX_OK) {
            status = visit(context, tiles[i].tile, &ref, err);
            imx_dir_release(&reader->base, &ref);
        } else if (status == IMX_E_NOT_FOUND) {
            status = imx_fail(err, IMX_E_INPUT, "%s: tile %u/%u/%u has gone meanwhile", reader->path, tiles[i].tile.z,
                              tiles[i].tile.x, tiles[i].tile.y);
        }
    }
    return status;
}

imx_status imx_dir_each(imx_store_reader *base, imx_store_visit_fn visit, void *context, imx_error *err) {
    imx_dir_reader *reader = (imx_dir_reader *)base;
    uint32_t zooms;
    imx_status status = imx_dir_zooms(reader, err, &zooms);
    for (uint32_t z = 0; status == IMX_OK && z <= IMX_ZOOM_MAX; z++) {
        imx_dir_tile *tiles = NULL;
        size_t count = 0;
        uint64_t strays;
        if (zooms >> z & 1) {
            status = imx_dir_zoom(reader, z, err, &tiles, &count, &strays);
        }
        if (status == IMX_OK) {
            status = visit_zoom(reader, tiles, count, visit, context, err);
        }
        imx_free(base->memory, tiles);
    }
    return status;
}

/* ---- checking ------------------------------------------------------------------------------------------------- */

static imx_status check_zoom(imx_dir_reader *reader, uint32_t z, imx_error *err, uint64_t *tiles_found) {
    imx_dir_tile *tiles = NULL;
    size_t count = 0;
    uint64_t strays = 0;
    imx_status status = imx_dir_zoom(reader, z, err, &tiles, &count, &strays);
    if (status == IMX_OK && strays) {
        status = imx_fail(err, IMX_E_INPUT, "%s: %llu tiles of zoom %u lie outside of the grid %s", reader->path,
                          (unsigned long long)strays, z, reader->grid->id);
    }
    if (status == IMX_OK && reader->exact_zooms && !count) {
        status = imx_fail(err, IMX_E_INPUT, "%s: zoom %u has a folder and no tile", reader->path, z);
    }
    for (size_t i = 0; status == IMX_OK && i < count; i++) {
        const imx_tile at = tiles[i].tile;
        const imx_dir_extension *extension = &imx_dir_extensions[tiles[i].extension];
        imx_tile_ref ref = {0};
        if (repeats(tiles, i)) {
            status = imx_fail(err, IMX_E_INPUT, "%s: tile %u/%u/%u is there twice, with different extensions",
                              reader->path, at.z, at.x, at.y);
        } else if (!(reader->extension_set >> tiles[i].extension & 1)) {
            status = imx_fail(err, IMX_E_INPUT, "%s: tile %u/%u/%u is a .%s file, which metadata.json excludes",
                              reader->path, at.z, at.x, at.y, extension->name);
        } else {
            status = imx_dir_load(reader, at, tiles[i].extension, err, &ref);
        }
        if (status == IMX_OK && ref.type != extension->type) {
            status = imx_fail(err, IMX_E_INPUT, "%s: tile %u/%u/%u is a .%s file that holds %s", reader->path, at.z,
                              at.x, at.y, extension->name, imx_tile_type_name(ref.type));
        }
        imx_free(reader->base.memory, ref.owned);
    }
    *tiles_found += count;
    imx_free(reader->base.memory, tiles);
    return status;
}

imx_status imx_dir_check(imx_store_reader *base, imx_error *err) {
    imx_dir_reader *reader = (imx_dir_reader *)base;
    uint32_t zooms;
    uint64_t found = 0;
    imx_status status = imx_dir_zooms(reader, err, &zooms);
    if (status == IMX_OK && !zooms) {
        status = imx_fail(err, IMX_E_INPUT, "%s: there is not one folder of tiles", reader->path);
    }
    if (status == IMX_OK && reader->exact_zooms) {
        uint32_t low = (uint32_t)__builtin_ctz(zooms), high = 31 - (uint32_t)__builtin_clz(zooms);
        if (low != base->info.zoom_min || high != base->info.zoom_max) {
            status = imx_fail(err, IMX_E_INPUT, "%s: metadata.json says zooms %u to %u, there are %u to %u",
                              reader->path, base->info.zoom_min, base->info.zoom_max, low, high);
        }
    }
    for (uint32_t z = 0; status == IMX_OK && z <= IMX_ZOOM_MAX; z++) {
        if (zooms >> z & 1) {
            status = check_zoom(reader, z, err, &found);
        }
    }
    if (status == IMX_OK && reader->tiles_said && found != reader->tiles_said) {
        status = imx_fail(err, IMX_E_INPUT, "%s: metadata.json counts %llu tiles, there are %llu", reader->path,
                          (unsigned long long)reader->tiles_said, (unsigned long long)found);
    }
    return status;
}
