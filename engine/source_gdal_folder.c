/* engine/source_gdal_folder.c: folders on the disk and in archives, through GDAL's virtual file systems. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/file.h"
#include "engine/folder.h"
#include "engine/source_gdal.h"

enum { TEXT_MAX_BYTES = 16 << 20 };

/* The length of an archive's suffix; 0: it has none. */
static size_t suffix_length(const char *path) {
    static const char *const suffixes[] = {".tar.gz", ".tar", ".tgz", ".zip"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const size_t n = strlen(suffixes[i]);
        if (length > n && strcasecmp(path + length - n, suffixes[i]) == 0) {
            return n;
        }
    }
    return 0;
}

bool imx_folder_is_archive(const char *path) { return suffix_length(path) > 0; }

static bool is_folder(const char *path) {
    VSIStatBufL info;
    return VSIStatExL(path, &info, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 && VSI_ISDIR(info.st_mode);
}

static bool is_file(const char *path) {
    VSIStatBufL info;
    return VSIStatExL(path, &info, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 && !VSI_ISDIR(info.st_mode);
}

static char *without_slash(imx_memory *memory, const char *path) {
    char *copy = imx_strdup(memory, path);
    for (size_t n = copy ? strlen(copy) : 0; n > 1 && copy[n - 1] == '/'; n--) {
        copy[n - 1] = '\0';
    }
    return copy;
}

/* Bytes of a file; 0: there is none. */
static uint64_t size_of(const char *path) {
    VSIStatBufL info;
    const int flags = VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG | VSI_STAT_SIZE_FLAG;
    return VSIStatExL(path, &info, flags) == 0 && !VSI_ISDIR(info.st_mode) ? (uint64_t)info.st_size : 0;
}

static bool is_mounted(const char *path) {
    return strncmp(path, "/vsizip/", 8) == 0 || strncmp(path, "/vsitar/", 8) == 0;
}

/* "/vsitar//data/x.tar" of "/data/x.tar" and of itself, "/vsizip/{/vsizip//data/y.zip/x.zip}" of an archive in another.
 * NULL: no memory. */
static char *mount(imx_memory *memory, const char *path) {
    const size_t n = suffix_length(path), length = strlen(path);
    const char *system = strcasecmp(path + length - n, ".zip") == 0 ? "/vsizip/" : "/vsitar/";
    return !is_mounted(path) ? imx_sprintf(memory, "%s%s", system, path)
           : is_folder(path) ? imx_strdup(memory, path)
                             : imx_sprintf(memory, "%s{%s}", system, path);
}

/* Of the archive that a path leads into, outermost; 0: none. */
static uint64_t outer_size(imx_memory *memory, const char *path) {
    uint64_t size = 0;
    while (is_mounted(path)) {
        path += path[8] == '{' ? 9 : 8;
    }
    char *outer = imx_strdup(memory, path);
    for (char *end = outer && *outer ? strchr(outer + 1, '/') : NULL; end && !size; end = strchr(end + 1, '/')) {
        *end = '\0';
        size = suffix_length(outer) ? size_of(outer) : 0;
        *end = '/';
    }
    imx_free(memory, outer);
    return size;
}

/* Whether a compressed archive in another one is far larger than that is: what is compressed does not become smaller
 * again, unless it is made to fill a disk, or a day. */
static bool is_bomb(imx_memory *memory, const char *path) {
    const uint64_t factor = 4, slack_bytes = 1 << 20;
    if (!is_mounted(path) || is_folder(path) || strcasecmp(path + strlen(path) - suffix_length(path), ".tar") == 0) {
        return false;
    }
    const uint64_t outer = outer_size(memory, path);
    return outer && size_of(path) > factor * outer + slack_bytes;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void clear_files(imx_memory *memory, imx_folder *folder) {
    for (size_t i = 0; i < folder->count; i++) {
        imx_free(memory, folder->files[i]);
    }
    imx_free(memory, folder->files);
    folder->files = NULL;
    folder->count = 0;
}

static imx_status list(imx_memory *memory, imx_folder *folder, imx_error *err) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    char **names = VSIReadDir(folder->path);
    imx_gdal_unlisten();
    const size_t count = (size_t)CSLCount(names);
    imx_status status = IMX_OK;
    if (!names) {
        return imx_fail(err, IMX_E_INPUT, "%s: cannot be listed: damaged, or not to be read", folder->path);
    }
    folder->files = imx_calloc(memory, count + 1, sizeof *folder->files);
    for (size_t i = 0; i < count && status == IMX_OK; i++) {
        if (names[i][0] == '.' || strcmp(names[i], "__MACOSX") == 0) {
            continue; /* hidden; what macOS adds to .zip files */
        }
        char *name = folder->files ? imx_strdup(memory, names[i]) : NULL;
        if (!name) {
            status = imx_fail(err, IMX_E_NOMEM, "%s: out of memory", folder->path);
            break;
        }
        folder->files[folder->count++] = name;
    }
    CSLDestroy(names);
    if (status == IMX_OK && folder->files) {
        qsort(folder->files, folder->count, sizeof *folder->files, by_bytes);
    }
    return status;
}

/* The folder that stands for an archive; NULL: the archive itself does. */
static const char *inner_folder(imx_memory *memory, const imx_folder *folder) {
    char *path = folder->count == 1 ? imx_folder_join(memory, folder, folder->files[0]) : NULL;
    const bool is = path && is_folder(path);
    imx_free(memory, path);
    return is ? folder->files[0] : NULL;
}

static imx_status enter(imx_memory *memory, imx_folder *folder, imx_error *err) {
    const char *inner = inner_folder(memory, folder);
    if (!inner) {
        return IMX_OK;
    }
    char *path = imx_folder_join(memory, folder, inner);
    if (!path) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", folder->path);
    }
    imx_free(memory, folder->path);
    folder->path = path;
    clear_files(memory, folder);
    return list(memory, folder, err);
}

imx_status imx_folder_open(imx_memory *memory, const char *path, imx_error *err, imx_folder *out) {
    imx_folder folder = {0};
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    const bool plain = is_folder(path) && !imx_folder_is_archive(path), archive = !plain && imx_folder_is_archive(path);
    const bool there = plain || (archive && (is_file(path) || is_folder(path)));
    const bool bomb = archive && is_bomb(memory, path);
    imx_gdal_unlisten();
    if (!plain && !archive) {
        return IMX_E_NOT_FOUND;
    }
    if (!there) {
        return imx_fail(err, IMX_E_INPUT, "%s: no such file: check the name", path);
    }
    if (bomb) {
        return imx_fail(err, IMX_E_INPUT, "%s: far larger than the archive that it is in: not read", path);
    }
    folder.path = plain ? without_slash(memory, path) : mount(memory, path);
    folder.name = folder.path ? imx_strdup(memory, CPLGetFilename(archive ? path : folder.path)) : NULL;
    imx_status status =
        folder.name ? list(memory, &folder, err) : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    if (status == IMX_OK && archive) {
        folder.name[strlen(folder.name) - suffix_length(folder.name)] = '\0';
        status = enter(memory, &folder, err);
    }
    if (status == IMX_OK) {
        *out = folder;
    } else {
        imx_folder_clear(memory, &folder);
    }
    return status;
}

imx_status imx_folder_add(imx_memory *memory, imx_folder *folder, const char *file, imx_error *err) {
    char **files = imx_realloc(memory, folder->files, (folder->count + 1) * sizeof *files);
    folder->files = files ? files : folder->files;
    char *name = files ? imx_strdup(memory, file) : NULL;
    if (!name) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", folder->path);
    }
    files[folder->count++] = name;
    qsort(files, folder->count, sizeof *files, by_bytes);
    return IMX_OK;
}

imx_status imx_folder_unlisted(imx_memory *memory, const char *path, const char *file, imx_error *err,
                               imx_folder *out) {
    imx_folder folder = {.path = without_slash(memory, path)};
    folder.name = folder.path ? imx_strdup(memory, CPLGetFilename(folder.path)) : NULL;
    imx_status status = folder.name ? imx_folder_add(memory, &folder, file, err)
                                    : imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path);
    if (status == IMX_OK) {
        *out = folder;
    } else {
        imx_folder_clear(memory, &folder);
    }
    return status;
}

void imx_folder_clear(imx_memory *memory, imx_folder *folder) {
    clear_files(memory, folder);
    imx_free(memory, folder->path);
    imx_free(memory, folder->name);
    memset(folder, 0, sizeof *folder);
}

char *imx_folder_join(imx_memory *memory, const imx_folder *folder, const char *name) {
    return imx_sprintf(memory, "%s/%s", folder->path, name);
}

const char *imx_folder_find(const imx_folder *folder, const char *name) {
    const char *found = NULL;
    for (size_t i = 0; i < folder->count; i++) {
        const char *file = folder->files[i];
        if (strcmp(file, name) == 0) {
            return file;
        }
        found = !found && strcasecmp(file, name) == 0 ? file : found;
    }
    return found;
}

bool imx_folder_has(const imx_folder *folder, const char *name) {
    imx_gdal_ear ear;
    char *path = imx_folder_join(NULL, folder, name);
    imx_gdal_listen(&ear, NULL);
    const bool has = path && is_file(path);
    imx_gdal_unlisten();
    imx_free(NULL, path);
    return has;
}

size_t imx_folder_peek(const char *path, void *bytes, size_t size) {
    imx_gdal_ear ear;
    imx_gdal_listen(&ear, NULL);
    VSILFILE *file = imx_file_check(path, NULL) == IMX_OK ? VSIFOpenL(path, "rb") : NULL;
    const size_t count = file ? VSIFReadL(bytes, 1, size, file) : 0;
    if (file) {
        (void)VSIFCloseL(file);
    }
    imx_gdal_unlisten();
    return count;
}

imx_status imx_folder_read(imx_memory *memory, const imx_folder *folder, const char *name, imx_error *err, char **text,
                           size_t *length) {
    imx_gdal_ear ear;
    char *path = imx_folder_join(memory, folder, name), *bytes = NULL;
    imx_gdal_listen(&ear, NULL);
    VSILFILE *file = path && imx_file_check(path, NULL) == IMX_OK ? VSIFOpenL(path, "rb") : NULL;
    bool sound = file && VSIFSeekL(file, 0, SEEK_END) == 0;
    const vsi_l_offset size = sound ? VSIFTellL(file) : 0;
    sound = sound && size <= TEXT_MAX_BYTES && VSIFSeekL(file, 0, SEEK_SET) == 0;
    if (sound) {
        bytes = imx_alloc(memory, (size_t)size + 1);
        sound = bytes && VSIFReadL(bytes, 1, (size_t)size, file) == (size_t)size;
    }
    if (file) {
        (void)VSIFCloseL(file);
    }
    imx_gdal_unlisten();
    imx_status status = IMX_OK;
    if (sound) {
        bytes[size] = '\0';
        *text = bytes;
        *length = (size_t)size;
    } else {
        status = imx_fail(err, IMX_E_INPUT, "%s/%s: cannot be read: copy or download it again", folder->path, name);
        imx_free(memory, bytes);
    }
    imx_free(memory, path);
    return status;
}
