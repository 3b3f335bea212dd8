/* tiler/store_dir_read.c: tiles out of a folder of {z}/{x}/{y}.{ext} files.
 *
 * A path is made of integers and a fixed list of extensions, relative to the folder that was opened: no name that
 * anybody asks for ever becomes part of it. A folder without metadata.json (or with a foreign one) is looked over a
 * little at open, to learn zooms, bounds, type and tile size. */
#include "tiler/store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tiler/store_metadata.h"

enum { TILE_BYTES_MAX = 64 << 20, METADATA_BYTES_MAX = 256 << 20, TILE_PX_DEFAULT = 256, TILE_PX_MAX = 4096 };

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* A whole regular file. IMX_E_NOT_FOUND without text. */
static imx_status read_file(const imx_dir_reader *reader, const char *name, size_t limit, imx_error *err,
                            imx_blob *out) {
    int fd = openat(reader->top_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? IMX_E_NOT_FOUND
                   : imx_fail(err, IMX_E_INPUT, "%s/%s: %s", reader->path, name, strerror(errno));
    }
    imx_status status = IMX_OK;
    uint8_t *data = NULL;
    struct stat file;
    size_t size = 0, got = 0;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        status = imx_fail(err, IMX_E_INPUT, "%s/%s: not a file", reader->path, name);
    } else if ((uintmax_t)file.st_size > limit) {
        status = imx_fail(err, IMX_E_INPUT, "%s/%s: larger than %zu bytes", reader->path, name, limit);
    } else {
        size = (size_t)file.st_size;
        data = imx_alloc(reader->base.memory, size);
        status = data ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    while (status == IMX_OK && got < size) {
        ssize_t part = read(fd, data + got, size - got);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part <= 0) {
            status = imx_fail(err, IMX_E_INPUT, "%s/%s: cannot read: %s", reader->path, name,
                              part ? strerror(errno) : "it ends early");
            break;
        }
        got += (size_t)part;
    }
    (void)close(fd);
    if (status != IMX_OK) {
        imx_free(reader->base.memory, data);
        return status;
    }
    *out = (imx_blob){data, size};
    return IMX_OK;
}

imx_status imx_dir_load(const imx_dir_reader *reader, imx_tile tile, unsigned extension, imx_error *err,
                        imx_tile_ref *out) {
    char name[IMX_DIR_PATH_MAX];
    (void)snprintf(name, sizeof name, "%u/%u/%llu.%s", tile.z + reader->grid->first_id, tile.x,
                   (unsigned long long)imx_grid_row(reader->grid, tile, reader->tms_rows),
                   imx_dir_extensions[extension].name);
    imx_blob blob;
    imx_status status = read_file(reader, name, TILE_BYTES_MAX, err, &blob);
    if (status != IMX_OK) {
        return status;
    }
    imx_tile_type type = imx_tile_type_sniff(blob.data, blob.size);
    if (type == IMX_TILE_MIXED) {
        imx_free(reader->base.memory, blob.data);
        return imx_fail(err, IMX_E_INPUT, "%s/%s: none of PNG, JPEG and WebP", reader->path, name);
    }
    *out = (imx_tile_ref){blob.data, blob.size, type, imx_hash_bytes(blob.data, blob.size), blob.data};
    return IMX_OK;
}

imx_status imx_dir_get(imx_store_reader *base, const imx_tile_key *key, imx_error *err, imx_tile_ref *out) {
    const imx_dir_reader *reader = (const imx_dir_reader *)base;
    if (!imx_grid_has(reader->grid, key->tile)) {
        return IMX_E_NOT_FOUND;
    }
    imx_status status = IMX_E_NOT_FOUND;
    for (unsigned i = 0; i < IMX_DIR_EXTENSIONS && status == IMX_E_NOT_FOUND; i++) {
        if (reader->extension_set >> i & 1) {
            status = imx_dir_load(reader, key->tile, i, err, out);
        }
    }
    return status;
}

void imx_dir_release(imx_store_reader *base, imx_tile_ref *ref) { imx_free(base->memory, ref->owned); }

/* ---- opening -------------------------------------------------------------------------------------------------- */

static imx_status read_metadata(imx_dir_reader *reader, imx_error *err, imx_metadata_extra *extra) {
    imx_blob text;
    *extra = (imx_metadata_extra){0};
    imx_status status = read_file(reader, IMX_DIR_METADATA, METADATA_BYTES_MAX, err, &text);
    if (status == IMX_E_NOT_FOUND) {
        return IMX_OK;
    }
    if (status == IMX_OK) {
        status =
            imx_metadata_read(reader->base.memory, (const char *)text.data, text.size, err, &reader->base.info, extra);
        imx_free(reader->base.memory, text.data);
        if (status != IMX_OK) {
            (void)imx_error_context(err, "%s/" IMX_DIR_METADATA, reader->path);
        }
    }
    if (status == IMX_OK && extra->vector) {
        status = imx_fail(err, IMX_E_UNSUPPORTED, "%s: holds vector tiles; imbrex handles PNG, JPEG and WebP tiles",
                          reader->path);
    }
    return status;
}

static void widen(const imx_dir_reader *reader, imx_tile tile, double box[4]) {
    double min_x, min_y, max_x, max_y, west, south, east, north;
    imx_grid_tile_extent(reader->grid, tile, &min_x, &min_y, &max_x, &max_y);
    imx_grid_to_lonlat(reader->grid, min_x, min_y, &west, &south);
    imx_grid_to_lonlat(reader->grid, max_x, max_y, &east, &north);
    if (isnan(west)) { /* no formula: somewhere on the earth */
        west = -180, south = -90, east = 180, north = 90;
    }
    box[0] = west < box[0] ? west : box[0];
    box[1] = south < box[1] ? south : box[1];
    box[2] = east > box[2] ? east : box[2];
    box[3] = north > box[3] ? north : box[3];
}

/* What metadata.json did not say, from the coarsest zooms: each has at most a quarter of what is under it, so looking
 * stops at the first that holds many. */
static imx_status look_over(imx_dir_reader *reader, const imx_metadata_extra *extra, imx_error *err) {
    enum { MANY = 256 };
    imx_archive_info *info = &reader->base.info;
    uint32_t zooms = 0;
    unsigned types = 0;
    bool any = false;
    imx_status status = imx_dir_zooms(reader, err, &zooms);
    size_t last = 0;
    for (uint32_t z = 0; status == IMX_OK && z <= IMX_ZOOM_MAX && last < MANY; z++) {
        imx_dir_tile *tiles = NULL;
        size_t count = 0;
        uint64_t strays;
        if (!(zooms >> z & 1)) {
            continue;
        }
        status = imx_dir_zoom(reader, z, err, &tiles, &count, &strays);
        double box[4] = {180, 90, -180, -90};
        for (size_t i = 0; status == IMX_OK && i < count; i++) {
            types |= 1u << imx_dir_extensions[tiles[i].extension].type;
            widen(reader, tiles[i].tile, box);
        }
        if (count && !info->tile_px) {
            imx_tile_ref ref = {0};
            imx_pixels pixels = {0};
            if (imx_dir_load(reader, tiles[0].tile, tiles[0].extension, NULL, &ref) == IMX_OK &&
                imx_decode(reader->base.memory, ref.data, ref.size, TILE_PX_MAX, NULL, &pixels) == IMX_OK) {
                info->tile_px = (uint32_t)pixels.width;
                imx_pixels_destroy(reader->base.memory, &pixels);
            }
            imx_free(reader->base.memory, ref.owned);
        }
        if (count && !extra->has_bounds) {
            info->west = box[0];
            info->south = box[1];
            info->east = box[2];
            info->north = box[3];
            info->center_lon = (box[0] + box[2]) / 2;
            info->center_lat = (box[1] + box[3]) / 2;
            info->center_zoom = z;
        }
        any |= count > 0;
        last = count;
        imx_free(reader->base.memory, tiles);
    }
    if (status == IMX_OK && !any) {
        status = imx_fail(err, IMX_E_INPUT, "%s: not a folder of tiles: no {z}/{x}/{y} PNG, JPEG or WebP file in it",
                          reader->path);
    }
    if (status == IMX_OK && !extra->has_zooms) {
        info->zoom_min = (uint32_t)__builtin_ctz(zooms);
        info->zoom_max = 31 - (uint32_t)__builtin_clz(zooms);
    }
    if (status == IMX_OK && !extra->has_format) {
        info->tile_type = types & (types - 1) ? IMX_TILE_MIXED : (imx_tile_type)__builtin_ctz(types);
    }
    return status;
}

/* Which extensions to try: what metadata.json says, or all. */
static unsigned extensions_of(const imx_archive_info *info, const imx_metadata_extra *extra) {
    unsigned set = 0;
    for (unsigned i = 0; i < IMX_DIR_EXTENSIONS; i++) {
        bool may =
            !extra->has_format || info->tile_type == IMX_TILE_MIXED || info->tile_type == imx_dir_extensions[i].type;
        set |= (unsigned)may << i;
    }
    return set;
}

static imx_status open_folder(imx_dir_reader *reader, imx_error *err) {
    imx_archive_info *info = &reader->base.info;
    imx_metadata_extra extra;
    reader->top_fd = open(reader->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (reader->top_fd < 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: %s", reader->path, strerror(errno));
    }
    imx_status status = read_metadata(reader, err, &extra);
    if (status != IMX_OK) {
        return status;
    }
    const imx_grid *grid = info->grid_id ? imx_archive_grid(info) : imx_grid_find("WebMercatorQuad");
    if (!grid) {
        return imx_fail(err, IMX_E_UNSUPPORTED, "%s: its tiles are of the grid %s, which imbrex does not know",
                        reader->path, info->grid_id);
    }
    reader->grid = grid;
    extra.has_bounds = extra.has_bounds || grid->projection == IMX_GRID_PLANE; /* there are none to find */
    reader->tms_rows = extra.scheme && strcmp(extra.scheme, "tms") == 0;
    reader->exact_zooms = extra.has_zooms && info->engine;
    reader->tiles_said = info->tiles_addressed;
    reader->extension_set = extensions_of(info, &extra);
    if (!extra.has_zooms || !extra.has_bounds || !extra.has_format || !info->tile_px) {
        status = look_over(reader, &extra, err);
    }
    if (!info->tile_px) {
        info->tile_px = TILE_PX_DEFAULT;
    }
    return status;
}

imx_status imx_dir_open(imx_memory *memory, const char *path, imx_error *err, imx_store_reader **out) {
    imx_dir_reader *reader = imx_calloc(memory, 1, sizeof *reader);
    if (!reader) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    reader->base.memory = memory;
    reader->top_fd = -1;
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    reader->path = imx_sprintf(memory, "%.*s", (int)size, path);
    imx_status status = reader->path ? open_folder(reader, err) : imx_fail(err, IMX_E_NOMEM, "out of memory");
    if (status != IMX_OK) {
        imx_dir_close(&reader->base);
        return status;
    }
    *out = &reader->base;
    return IMX_OK;
}

void imx_dir_close(imx_store_reader *base) {
    imx_dir_reader *reader = (imx_dir_reader *)base;
    imx_memory *memory = base->memory;
    if (reader->top_fd >= 0) {
        (void)close(reader->top_fd);
    }
    imx_archive_info_clear(memory, &base->info);
    imx_free(memory, reader->path);
    imx_free(memory, reader);
}
