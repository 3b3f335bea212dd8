/* engine/base/file.c: files that appear whole, mapped files, and what the disk says. */
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/partial.h"

struct imx_outfile {
    imx_memory *memory;
    imx_partial partial;
};

imx_status imx_outfile_create(imx_memory *memory, const char *target, imx_error *err, imx_outfile **out) {
    imx_outfile *file = imx_calloc(memory, 1, sizeof *file);
    if (!file) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    file->memory = memory;
    imx_status status = imx_partial_create(memory, target, false, err, &file->partial);
    if (status != IMX_OK) {
        imx_free(memory, file);
        return status;
    }
    *out = file;
    return IMX_OK;
}

imx_status imx_outfile_write_at(imx_outfile *file, uint64_t offset, const void *data, size_t size, imx_error *err) {
    const char *bytes = data;
    while (size) {
        ssize_t written = pwrite(file->partial.fd, bytes, size, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return imx_fail_errno(err, file->partial.target, "write");
        }
        bytes += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return IMX_OK;
}

imx_status imx_outfile_read_at(imx_outfile *file, uint64_t offset, void *data, size_t size, imx_error *err) {
    char *bytes = data;
    while (size) {
        ssize_t got = pread(file->partial.fd, bytes, size, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0) {
            return imx_fail(err, IMX_E_IO, "%s: cannot read back what was written: it ends early",
                            file->partial.target);
        }
        if (got < 0) {
            return imx_fail_errno(err, file->partial.target, "read back what was written");
        }
        bytes += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return IMX_OK;
}

/* The detour: through a buffer of ours. */
static imx_status copy_by_hand(imx_outfile *from, uint64_t from_offset, uint64_t size, imx_outfile *to,
                               uint64_t to_offset, imx_error *err) {
    enum { BUFFER_BYTES = 1 << 20 };
    size_t room = size < BUFFER_BYTES ? (size_t)size : (size_t)BUFFER_BYTES;
    void *buffer = imx_alloc(to->memory, room);
    if (!buffer) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory for a copy buffer");
    }
    imx_status status = IMX_OK;
    while (status == IMX_OK && size) {
        size_t part = size < room ? (size_t)size : room;
        status = imx_outfile_read_at(from, from_offset, buffer, part, err);
        if (status == IMX_OK) {
            status = imx_outfile_write_at(to, to_offset, buffer, part, err);
        }
        from_offset += part;
        to_offset += part;
        size -= part;
    }
    imx_free(to->memory, buffer);
    return status;
}

imx_status imx_outfile_copy(imx_outfile *from, uint64_t from_offset, uint64_t size, imx_outfile *to, uint64_t to_offset,
                            imx_error *err) {
    while (size) {
        /* One call moves at most 2 GiB less a page; ask for 1 GiB. */
        size_t part = size < ((uint64_t)1 << 30) ? (size_t)size : (size_t)1 << 30;
        off_t in = (off_t)from_offset, out = (off_t)to_offset;
        ssize_t moved = copy_file_range(from->partial.fd, &in, to->partial.fd, &out, part, 0);
        if (moved < 0 && errno == EINTR) {
            continue;
        }
        if (moved < 0 && (errno == ENOSPC || errno == EDQUOT)) {
            return imx_fail_errno(err, to->partial.target, "write");
        }
        if (moved <= 0) { /* the file system cannot, or there is a fault that reading will name */
            return copy_by_hand(from, from_offset, size, to, to_offset, err);
        }
        from_offset += (uint64_t)moved;
        to_offset += (uint64_t)moved;
        size -= (uint64_t)moved;
    }
    return IMX_OK;
}

void imx_outfile_start_sync(imx_outfile *file, uint64_t offset, uint64_t size) {
    if (size) { /* 0 would be all that follows */
        (void)sync_file_range(file->partial.fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
    }
}

imx_status imx_outfile_commit(imx_outfile **handle, imx_error *err) {
    imx_outfile *file = *handle;
    imx_partial *partial = &file->partial;
    if (fsync(partial->fd) != 0) {
        imx_status status = imx_fail_errno(err, partial->target, "write");
        imx_outfile_abort(handle);
        return status;
    }
    /* The lock is kept until the file has its name, or a sweeper might take it for abandoned. */
    if (rename(partial->path, partial->target) != 0) {
        imx_status status = imx_fail_errno(err, partial->target, "put the finished file in place");
        imx_outfile_abort(handle);
        return status;
    }
    imx_status status = imx_partial_sync_folder(partial, err);
    imx_partial_clear(file->memory, partial);
    imx_free(file->memory, file);
    *handle = NULL;
    return status;
}

void imx_outfile_abort(imx_outfile **handle) {
    if (!handle || !*handle) {
        return;
    }
    imx_outfile *file = *handle;
    (void)unlink(file->partial.path);
    imx_partial_clear(file->memory, &file->partial);
    imx_free(file->memory, file);
    *handle = NULL;
}

/* ---- maps ---------------------------------------------------------------------------------------------------- */

imx_status imx_file_check(const char *path, imx_error *err) {
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) {
        return IMX_OK;
    }
    return imx_fail(err, IMX_E_INPUT, "%s: is a %s, not a file", path,
                    S_ISFIFO(info.st_mode)   ? "pipe"
                    : S_ISSOCK(info.st_mode) ? "socket"
                                             : "device");
}

imx_status imx_map_open(const char *path, imx_error *err, imx_map *out) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    imx_status status = IMX_OK;
    imx_map map = {NULL, 0};
    struct stat info;
    if (fstat(fd, &info) != 0) {
        status = imx_fail(err, IMX_E_INPUT, "%s: cannot read: %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        status = imx_file_check(path, err);
        status = status ? status : imx_fail(err, IMX_E_INPUT, "%s: not a file", path);
    } else if ((uintmax_t)info.st_size > PTRDIFF_MAX) {
        status = imx_fail(err, IMX_E_INPUT, "%s: too large to be mapped here", path);
    } else if (info.st_size > 0) {
        void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (data == MAP_FAILED) {
            status = imx_fail(err, IMX_E_INPUT, "%s: cannot map: %s", path, strerror(errno));
        } else {
            map = (imx_map){data, (size_t)info.st_size};
        }
    }
    close(fd); /* the mapping keeps the file */
    if (status == IMX_OK) {
        *out = map;
    }
    return status;
}

void imx_map_close(imx_map *map) {
    if (map && map->data) {
        (void)munmap((void *)(uintptr_t)map->data, map->size);
    }
    if (map) {
        *map = (imx_map){NULL, 0};
    }
}

/* ---- the disk ------------------------------------------------------------------------------------------------ */

imx_status imx_disk_free(const char *path, imx_error *err, uint64_t *out) {
    char *folder = imx_path_folder(NULL, path);
    if (!folder) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    struct statvfs disk;
    imx_status status = IMX_OK;
    if (statvfs(path, &disk) != 0 && statvfs(folder, &disk) != 0) {
        status = imx_fail_errno(err, folder, "find the free disk space");
    } else {
        *out = (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize;
    }
    imx_free(NULL, folder);
    return status;
}

imx_status imx_disk_writable(const char *path, imx_error *err) {
    char *folder = imx_path_folder(NULL, path);
    if (!folder) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    struct stat info;
    imx_status status = IMX_OK;
    if (stat(folder, &info) != 0) {
        status = imx_fail(err, IMX_E_IO, "%s: the folder %s cannot be used: %s", path, folder, strerror(errno));
    } else if (!S_ISDIR(info.st_mode)) {
        status = imx_fail(err, IMX_E_IO, "%s: %s is not a folder", path, folder);
    } else if (access(folder, W_OK | X_OK) != 0) {
        status = imx_fail(err, IMX_E_IO, "%s: the folder %s cannot be written to: %s", path, folder, strerror(errno));
    }
    imx_free(NULL, folder);
    return status;
}
