/* tiler/store_dir.c: the directory as a kind of store, and the names in it. */
#include "tiler/store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const imx_dir_extension imx_dir_extensions[IMX_DIR_EXTENSIONS] = {
    {"png", IMX_TILE_PNG}, {"jpg", IMX_TILE_JPEG}, {"webp", IMX_TILE_WEBP}, {"jpeg", IMX_TILE_JPEG}};

bool imx_dir_integer(const char *name, uint32_t max, uint32_t *out) {
    uint64_t value = 0;
    size_t digits = 0;
    for (; name[digits] >= '0' && name[digits] <= '9' && digits < 10; digits++) {
        value = value * 10 + (uint64_t)(name[digits] - '0');
    }
    if (!digits || name[digits] || (name[0] == '0' && digits > 1) || value > max) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool imx_dir_tile_name(const char *name, uint32_t *y, unsigned *extension) {
    const char *dot = strchr(name, '.');
    char digits[11];
    size_t size = dot ? (size_t)(dot - name) : 0;
    if (!size || size >= sizeof digits) {
        return false;
    }
    memcpy(digits, name, size);
    digits[size] = '\0';
    for (unsigned i = 0; i < IMX_DIR_EXTENSIONS; i++) {
        if (strcmp(dot + 1, imx_dir_extensions[i].name) == 0) {
            *extension = i;
            return imx_dir_integer(digits, UINT32_MAX, y);
        }
    }
    return false;
}

imx_status imx_dir_list(int top_fd, const char *relative, imx_dir_name_fn visit, void *context, imx_error *err) {
    int fd = openat(top_fd, relative, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int reason = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return reason == ENOENT || reason == ENOTDIR
                   ? IMX_E_NOT_FOUND
                   : imx_fail(err, IMX_E_INPUT, "cannot list the folder %s: %s", relative, strerror(reason));
    }
    imx_status status = IMX_OK;
    while (status == IMX_OK) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) {
            if (errno) {
                status = imx_fail(err, IMX_E_INPUT, "cannot list the folder %s: %s", relative, strerror(errno));
            }
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = visit(context, entry->d_name, err);
        }
    }
    (void)closedir(folder);
    return status;
}

/* ---- the kind ---- */

static bool is_folder(const char *path) {
    struct stat there;
    return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

static bool takes_target(const char *target) {
    size_t size = strlen(target);
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    const char *dot = strrchr(name, '.');
    return (size && target[size - 1] == '/') || is_folder(target) || (*name && (!dot || dot == name));
}

static imx_status look_for_sign(void *context, const char *name, imx_error *err) {
    uint32_t zoom;
    bool *found = context;
    (void)err;
    *found |= strcmp(name, IMX_DIR_METADATA) == 0 || imx_dir_integer(name, IMX_ZOOM_ID_MAX, &zoom);
    return *found ? IMX_E_CANCELLED : IMX_OK;
}

static bool recognises(const char *path) {
    bool found = false;
    return imx_dir_list(AT_FDCWD, path, look_for_sign, &found, NULL) == IMX_E_CANCELLED && found;
}

static bool holds_grid(const imx_grid *grid) {
    (void)grid;
    return true;
}

const imx_store_kind imx_store_dir = {
    .name = "directory",
    .takes_target = takes_target,
    .names_types = true,
    .recognises = recognises,
    .holds_grid = holds_grid,
    .create = imx_dir_create,
    .put = imx_dir_put,
    .commit = imx_dir_commit,
    .abort = imx_dir_abort,
    .open = imx_dir_open,
    .close = imx_dir_close,
    .get = imx_dir_get,
    .release = imx_dir_release,
    .each = imx_dir_each,
    .check = imx_dir_check,
};
