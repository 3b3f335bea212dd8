/* tiler/store_dir_write.c: tiles -> {z}/{x}/{y}.{ext} files in a folder that appears whole.
 *
 * Files are plain and written once; what is on the disk is made sure of once, by a syncfs before the folder is put in
 * place, not by an fsync for each of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tiler/store_dir.h"
#include "tiler/store_metadata.h"

typedef struct dir_writer {
    imx_store_writer base;
    char *target;
    imx_outdir *folder;
    int top_fd;
    const imx_grid *grid;
    bool tms_rows;
    /* counted by all threads */
    atomic_uint types, zooms; /* bit sets */
    _Atomic uint64_t tiles, bytes;
    atomic_bool failed;
} dir_writer;

static imx_status fail_errno(imx_error *err, const char *target, const char *name) {
    imx_status status = errno == ENOSPC || errno == EDQUOT ? IMX_E_DISK_FULL : IMX_E_IO;
    return imx_fail(err, status, "%s: cannot write %s: %s", target, name, strerror(errno));
}

/* ---- what may be replaced ---- */

typedef struct survey {
    const char *target;
    size_t entries;
} survey;

/* A folder of tiles holds metadata.json and folders named after zooms, and nothing else: whatever else is there is the
 * user's, and stays. */
static imx_status look_at_entry(void *context, const char *name, imx_error *err) {
    survey *found = context;
    uint32_t zoom;
    found->entries++;
    if (strcmp(name, IMX_DIR_METADATA) == 0 || imx_dir_integer(name, IMX_ZOOM_ID_MAX, &zoom)) {
        return IMX_OK;
    }
    return imx_fail(err, IMX_E_USAGE,
                    "%s: holds %s, which is no part of a folder of tiles; choose an empty or new folder", found->target,
                    name);
}

static imx_status check_target(const char *target, bool overwrite, imx_error *err) {
    struct stat there;
    if (stat(target, &there) != 0) {
        return IMX_OK;
    }
    if (!S_ISDIR(there.st_mode)) {
        return imx_fail(err, IMX_E_USAGE, "%s: is there and is not a folder; choose another name", target);
    }
    survey found = {target, 0};
    imx_status status = imx_dir_list(AT_FDCWD, target, look_at_entry, &found, err);
    if (status == IMX_OK && found.entries && !overwrite) {
        status = imx_fail(err, IMX_E_USAGE, "%s: holds tiles already; --overwrite replaces them", target);
    }
    return status;
}

imx_status imx_dir_create(imx_memory *memory, const char *target, const imx_grid *grid,
                          const imx_store_options *options, imx_error *err, imx_store_writer **out) {
    imx_status status = check_target(target, options->overwrite, err);
    if (status != IMX_OK) {
        return status;
    }
    dir_writer *writer = imx_calloc(memory, 1, sizeof *writer);
    if (!writer) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    writer->base.memory = memory;
    writer->grid = grid;
    writer->tms_rows = options->tms_rows || grid->rows_up;
    writer->top_fd = -1;
    writer->target = imx_strdup(memory, target);
    if (!writer->target) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
        goto out;
    }
    /* "." and the like have no name to swap: an existing folder goes by its real one. */
    char *real = realpath(target, NULL);
    status = imx_outdir_create(memory, real ? real : target, err, &writer->folder);
    free(real);
    if (status != IMX_OK) {
        goto out;
    }
    writer->top_fd = open(imx_outdir_path(writer->folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->top_fd < 0) {
        status = fail_errno(err, target, "into the folder");
        goto out;
    }
    *out = &writer->base;
    return IMX_OK;
out:
    imx_dir_abort(&writer->base);
    return status;
}

static void close_top(dir_writer *writer) {
    if (writer->top_fd >= 0) {
        (void)close(writer->top_fd);
        writer->top_fd = -1;
    }
}

void imx_dir_abort(imx_store_writer *base) {
    dir_writer *writer = (dir_writer *)base;
    imx_memory *memory = base->memory;
    close_top(writer);
    imx_outdir_abort(&writer->folder);
    imx_free(memory, writer->target);
    imx_free(memory, writer);
}

/* ---- files ---- */

/* A new file, its folders made where they are missing. */
static int create_file(const dir_writer *writer, const char *name) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = openat(writer->top_fd, name, flags, 0666);
    if (fd >= 0 || errno != ENOENT) {
        return fd;
    }
    char folder[IMX_DIR_PATH_MAX];
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        if (mkdirat(writer->top_fd, folder, 0777) != 0 && errno != EEXIST) { /* another thread may be faster */
            return -1;
        }
    }
    return openat(writer->top_fd, name, flags, 0666);
}

static imx_status write_file(const dir_writer *writer, const char *name, const void *data, size_t size,
                             imx_error *err) {
    int fd = create_file(writer, name);
    if (fd < 0) {
        return errno == EEXIST ? imx_fail(err, IMX_E_INTERNAL, "%s: %s came twice", writer->target, name)
                               : fail_errno(err, writer->target, name);
    }
    imx_status status = IMX_OK;
    for (const char *at = data; size;) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written ? errno : ENOSPC;
            status = fail_errno(err, writer->target, name);
            break;
        }
        at += written;
        size -= (size_t)written;
    }
    if (close(fd) != 0 && status == IMX_OK && errno != EINTR) {
        status = fail_errno(err, writer->target, name);
    }
    return status;
}

imx_status imx_dir_put(imx_store_writer *base, const imx_metatile *metatile, imx_error *err) {
    dir_writer *writer = (dir_writer *)base;
    imx_status status = IMX_OK;
    for (size_t i = 0; status == IMX_OK && i < metatile->count; i++) {
        const imx_stored_tile *tile = &metatile->tiles[i];
        const imx_tile at = tile->tile;
        if (!imx_grid_has(writer->grid, at) || !tile->blob.size) {
            status = imx_fail(err, IMX_E_INTERNAL, "tile %u/%u/%u of %zu bytes cannot be stored", at.z, at.x, at.y,
                              tile->blob.size);
            break;
        }
        uint64_t row = imx_grid_row(writer->grid, at, writer->tms_rows);
        char name[IMX_DIR_PATH_MAX];
        (void)snprintf(name, sizeof name, "%u/%u/%llu.%s", at.z + writer->grid->first_id, at.x, (unsigned long long)row,
                       imx_tile_type_extension(tile->type));
        status = write_file(writer, name, tile->blob.data, tile->blob.size, err);
        (void)atomic_fetch_or(&writer->types, 1u << tile->type);
        (void)atomic_fetch_or(&writer->zooms, 1u << at.z);
        (void)atomic_fetch_add(&writer->tiles, 1);
        (void)atomic_fetch_add(&writer->bytes, tile->blob.size);
    }
    if (status != IMX_OK) {
        atomic_store(&writer->failed, true);
    }
    return status;
}

/* ---- the end ---- */

static imx_status write_metadata(dir_writer *writer, const imx_archive_info *info, imx_error *err) {
    const unsigned types = atomic_load(&writer->types), zooms = atomic_load(&writer->zooms);
    imx_archive_info said = *info; /* the texts stay info's */
    said.tile_type = types & (types - 1) ? IMX_TILE_MIXED : (imx_tile_type)__builtin_ctz(types);
    said.zoom_min = (uint32_t)__builtin_ctz(zooms);
    said.zoom_max = 31 - (uint32_t)__builtin_clz(zooms);
    said.center_zoom = info->center_zoom < said.zoom_min   ? said.zoom_min
                       : info->center_zoom > said.zoom_max ? said.zoom_max
                                                           : info->center_zoom;
    said.tiles_addressed = atomic_load(&writer->tiles);
    if (!said.grid_id) { /* both are only read */
        said.grid_id = (char *)(uintptr_t)writer->grid->id;
        said.own_grid = writer->grid->json ? (imx_grid *)(uintptr_t)writer->grid : NULL;
    }
    const imx_metadata_extra extra = {.scheme = writer->tms_rows ? "tms" : "xyz"};
    char *json = NULL;
    imx_status status = imx_metadata_write(writer->base.memory, &said, &extra, err, &json);
    if (status == IMX_OK) {
        status = write_file(writer, IMX_DIR_METADATA, json, strlen(json), err);
        (void)atomic_fetch_add(&writer->bytes, strlen(json));
    }
    imx_free(writer->base.memory, json);
    return status;
}

imx_status imx_dir_commit(imx_store_writer *base, const imx_archive_info *info, imx_error *err,
                          imx_store_result *result) {
    dir_writer *writer = (dir_writer *)base;
    imx_status status;
    if (atomic_load(&writer->failed)) {
        status = imx_fail(err, IMX_E_INTERNAL, "%s: commit after a tile could not be stored", writer->target);
    } else if (!atomic_load(&writer->tiles)) {
        status = imx_fail(err, IMX_E_INPUT,
                          "%s: not written: there is not one tile with anything in it (all nodata, or smaller than a "
                          "pixel of the finest zoom?)",
                          writer->target);
    } else {
        status = write_metadata(writer, info, err);
    }
    if (status == IMX_OK && syncfs(writer->top_fd) != 0) {
        status = fail_errno(err, writer->target, "all tiles to the disk");
    }
    close_top(writer);
    if (status == IMX_OK) {
        status = imx_outdir_commit(&writer->folder, err);
    }
    if (status == IMX_OK) {
        const uint64_t tiles = atomic_load(&writer->tiles);
        *result = (imx_store_result){tiles, tiles, atomic_load(&writer->bytes)};
    }
    imx_dir_abort(base);
    return status;
}
