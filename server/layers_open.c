/* server/layers_open.c: what a layer on the command line means: an archive, a tile directory, a folder of archives,
 * any of them as NAME=PATH. */
#include "server/layers.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char ARCHIVE_SUFFIX[] = ".pmtiles";

static bool is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_suffix(const char *text, const char *suffix) {
    size_t size = strlen(text), tail = strlen(suffix);
    return size > tail && !strcmp(text + size - tail, suffix);
}

static bool all_digits(const char *text) { return *text && text[strspn(text, "0123456789")] == '\0'; }

/* The last part of the path without slashes at its end and without the archive suffix. */
static void default_name(const char *path, char name[NAME_MAX + 1]) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    size_t size = end - start < NAME_MAX ? end - start : NAME_MAX;
    memcpy(name, path + start, size);
    name[size] = '\0';
    if (has_suffix(name, ARCHIVE_SUFFIX)) {
        name[strlen(name) - strlen(ARCHIVE_SUFFIX)] = '\0';
    }
}

static imx_status add_archive(imx_layers *layers, imx_memory *memory, const char *name, const char *path,
                              imx_error *err) {
    imx_store_reader *reader = NULL;
    imx_status status = imx_store_reader_open(memory, path, err, &reader);
    if (status) {
        return status;
    }
    char own[NAME_MAX + 1];
    if (!name) {
        default_name(path, own);
        name = own;
    }
    return imx_layers_add_reader_take(layers, name, path, false, reader, err);
}

/* A tile directory says so (metadata.json) or looks like one (a zoom's folder). */
static bool is_tile_directory(const char *path) {
    DIR *dir = opendir(path);
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        if (!strcmp(e->d_name, "metadata.json")) {
            found = true;
        } else if (all_digits(e->d_name)) {
            char sub[PATH_MAX];
            found = (size_t)snprintf(sub, sizeof sub, "%s/%s", path, e->d_name) < sizeof sub && is_folder(sub);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return found;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* Each archive and tile directory right inside the folder becomes a layer. */
static imx_status add_folder(imx_layers *layers, imx_memory *memory, const char *path, imx_log *log, imx_error *err) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, by_name);
    if (count < 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    unsigned added = 0, skipped = 0;
    imx_status status = IMX_OK;
    for (int i = 0; i < count; i++) {
        char inside[PATH_MAX];
        size_t base = strlen(path);
        const char *slash = base && path[base - 1] == '/' ? "" : "/";
        bool fits = (size_t)snprintf(inside, sizeof inside, "%s%s%s", path, slash, entries[i]->d_name) < sizeof inside;
        if (!status && fits &&
            (has_suffix(inside, ARCHIVE_SUFFIX) || (is_folder(inside) && is_tile_directory(inside)))) {
            imx_error why = IMX_ERROR_INIT;
            imx_status one = add_archive(layers, memory, NULL, inside, &why);
            if (one == IMX_E_NOMEM) {
                status = imx_fail(err, one, "%s", why.text);
            } else if (one) {
                skipped++;
                imx_log_say(log, IMX_LOG_WARNING, "skipped %s", why.text);
            } else {
                added++;
            }
        }
        free(entries[i]);
    }
    free(entries);
    if (!status && !added) {
        status = imx_fail(err, IMX_E_INPUT, "%s: %s", path,
                          skipped ? "none of the archives in this folder can be served"
                                  : "neither a tile directory nor a folder with .pmtiles archives in it");
    }
    return status;
}

imx_status imx_layers_add(imx_layers *layers, const char *spec, imx_log *log, imx_error *err) {
    imx_memory *memory = imx_layers_memory(layers);
    struct stat st;
    char name[NAME_MAX + 1];
    const char *path = spec, *equals = strchr(spec, '=');
    bool named = equals && stat(spec, &st) != 0; /* a path may hold a '=' itself */
    if (named) {
        size_t size = (size_t)(equals - spec);
        if (size > NAME_MAX) {
            return imx_fail(err, IMX_E_USAGE, "%.64s...: the layer's name is too long", spec);
        }
        memcpy(name, spec, size);
        name[size] = '\0';
        path = equals + 1;
        if (!*path) {
            return imx_fail(err, IMX_E_USAGE, "%s: no path after the '='", spec);
        }
    }
    if (stat(path, &st) != 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode) && !is_tile_directory(path)) {
        if (named) {
            return imx_fail(err, IMX_E_USAGE, "%s: a folder of archives is several layers; it cannot be given one name",
                            path);
        }
        return add_folder(layers, memory, path, log, err);
    }
    return add_archive(layers, memory, named ? name : NULL, path, err);
}
