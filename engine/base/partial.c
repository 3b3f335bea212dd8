/* engine/base/partial.c: names, locks and removal of partial files and folders. */
#include "engine/base/partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

imx_status imx_fail_errno(imx_error *err, const char *path, const char *doing) {
    if (errno == ENOSPC || errno == EDQUOT) {
        return imx_fail(err, IMX_E_DISK_FULL, "%s: cannot %s: the disk is full (%s)", path, doing, strerror(errno));
    }
    return imx_fail(err, errno == ENOMEM ? IMX_E_NOMEM : IMX_E_IO, "%s: cannot %s: %s", path, doing, strerror(errno));
}

/* ---- paths --------------------------------------------------------------------------------------------------- */

static size_t length_without_slashes(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    return length;
}

char *imx_path_folder(imx_memory *memory, const char *path) {
    size_t length = length_without_slashes(path);
    while (length && path[length - 1] != '/') {
        length--;
    }
    if (length == 0) {
        return imx_strdup(memory, ".");
    }
    char *folder = imx_strdup(memory, path);
    if (folder) {
        folder[length] = '\0';
        folder[length_without_slashes(folder)] = '\0';
    }
    return folder;
}

/* Removes the entry `name` of an open folder. Depth is that of the tree: z/x/y for tiles. */
static void remove_at(int folder, const char *name) {
    if (unlinkat(folder, name, 0) == 0 || (errno != EISDIR && errno != EPERM)) {
        return;
    }
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            remove_at(fd, entry->d_name);
        }
    }
    closedir(dir);
    (void)unlinkat(folder, name, AT_REMOVEDIR);
}

void imx_path_remove(const char *path) { remove_at(AT_FDCWD, path); }

/* ---- abandoned partials -------------------------------------------------------------------------------------- */

/* Whether name is `prefix` + digits + '-' + digits. */
static bool is_partial_name(const char *name, const char *prefix) {
    size_t skip = strlen(prefix);
    if (strncmp(name, prefix, skip) != 0) {
        return false;
    }
    const char *rest = name + skip;
    size_t pid = strspn(rest, "0123456789");
    size_t n = rest[pid] == '-' ? strspn(rest + pid + 1, "0123456789") : 0;
    return pid && n && rest[pid + 1 + n] == '\0';
}

/* Removes those partials whose lock is free. A failure here costs disk, not correctness: it is not reported. */
static void sweep(const char *folder, const char *prefix) {
    DIR *dir = opendir(folder);
    if (!dir) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!is_partial_name(entry->d_name, prefix)) {
            continue;
        }
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) {
            continue;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            remove_at(dirfd(dir), entry->d_name);
        }
        close(fd);
    }
    closedir(dir);
}

/* ---- a new one ----------------------------------------------------------------------------------------------- */

/* Opens and locks a fresh entry. -1 with errno EEXIST: the name is taken, or a sweeper took it before the lock. */
static int open_locked(const char *path, bool is_folder) {
    int fd = -1;
    if (!is_folder) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } else if (mkdir(path, 0777) == 0) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        errno = fd < 0 && errno == ENOENT ? EEXIST : errno;
    }
    if (fd < 0) {
        return -1;
    }
    bool taken = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat held, named;
    if (taken || fstat(fd, &held) != 0 || lstat(path, &named) != 0 || held.st_ino != named.st_ino ||
        held.st_dev != named.st_dev) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

/* The target without slashes at its end, and where a symbolic link leads: the new content belongs onto the disk that
 * holds the old one. */
static imx_status resolve(imx_memory *memory, const char *target, bool is_folder, imx_error *err, char **out) {
    char *plain = imx_strdup(memory, target);
    if (!plain) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    plain[length_without_slashes(plain)] = '\0';
    struct stat info;
    char *led = lstat(plain, &info) == 0 && S_ISLNK(info.st_mode) ? realpath(plain, NULL) : NULL;
    if (led) {
        imx_free(memory, plain);
        plain = imx_strdup(memory, led);
        free(led);
        if (!plain) {
            return imx_fail(err, IMX_E_NOMEM, "out of memory");
        }
    }
    const char *slash = strrchr(plain, '/');
    const char *name = slash ? slash + 1 : plain;
    imx_status status = IMX_OK;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        status =
            imx_fail(err, IMX_E_USAGE, "'%s' cannot be replaced by an output; name a file or folder in it", target);
    } else if (stat(plain, &info) == 0 && !(is_folder ? S_ISDIR(info.st_mode) : S_ISREG(info.st_mode))) {
        status = imx_fail(err, IMX_E_USAGE, "%s exists and is not a %s", target, is_folder ? "folder" : "file");
    }
    if (status != IMX_OK) {
        imx_free(memory, plain);
        return status;
    }
    *out = plain;
    return IMX_OK;
}

imx_status imx_partial_create(imx_memory *memory, const char *target, bool is_folder, imx_error *err,
                              imx_partial *out) {
    imx_partial partial = {.fd = -1};
    char *prefix = NULL;
    imx_status status = resolve(memory, target, is_folder, err, &partial.target);
    if (status != IMX_OK) {
        return status;
    }
    const char *slash = strrchr(partial.target, '/');
    partial.folder = imx_path_folder(memory, partial.target);
    prefix = imx_sprintf(memory, ".%s.partial-", slash ? slash + 1 : partial.target);
    if (!partial.folder || !prefix) {
        status = imx_fail(err, IMX_E_NOMEM, "out of memory");
        goto out;
    }
    sweep(partial.folder, prefix);
    for (unsigned n = 0; partial.fd < 0; n++) {
        imx_free(memory, partial.path);
        partial.path = imx_sprintf(memory, "%s/%s%ld-%u", partial.folder, prefix, (long)getpid(), n);
        if (!partial.path) {
            status = imx_fail(err, IMX_E_NOMEM, "out of memory");
            goto out;
        }
        partial.fd = open_locked(partial.path, is_folder);
        if (partial.fd < 0 && (errno != EEXIST || n == 9999)) {
            status = imx_fail_errno(err, target, is_folder ? "create the folder" : "create the file");
            goto out;
        }
    }
out:
    imx_free(memory, prefix);
    if (status == IMX_OK) {
        *out = partial;
    } else {
        imx_partial_clear(memory, &partial);
    }
    return status;
}

void imx_partial_clear(imx_memory *memory, imx_partial *partial) {
    if (partial->fd >= 0) {
        close(partial->fd);
    }
    imx_free(memory, partial->target);
    imx_free(memory, partial->folder);
    imx_free(memory, partial->path);
    *partial = (imx_partial){.fd = -1};
}

imx_status imx_partial_sync_folder(const imx_partial *partial, imx_error *err) {
    int fd = open(partial->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a folder and say EINVAL: there is nothing to wait for then. */
    bool bad = fd < 0 || (fsync(fd) != 0 && errno != EINVAL);
    imx_status status = bad ? imx_fail_errno(err, partial->folder, "sync the folder") : IMX_OK;
    if (fd >= 0) {
        close(fd);
    }
    return status;
}
