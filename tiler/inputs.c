/* tiler/inputs.c: what the user named -> a list of files and deliveries (engine/delivery.h): globs, directories,
 * archives of several, @lists, URLs; everything else as it is (a file, a /vsi path, a subdataset name). */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "engine/delivery.h"
#include "engine/folder.h"
#include "engine/source.h"
#include "tiler/analyse.h"

/* How many archives deep an archive is looked into: one in one. */
enum { ARCHIVES_DEEP = 1 };

typedef struct list {
    imx_memory *memory;
    char **items;
    size_t count, room;
    /* Archives of which nothing is taken: how many, the first one, and why not that. */
    size_t passed;
    char *passed_path;
    const char *passed_why;
} list;

static imx_status no_memory(imx_error *err) {
    return imx_fail(err, IMX_E_NOMEM, "out of memory for the list of inputs");
}

/* As a user would say it, without the file systems that lead into archives: "y.zip/x.tar" of
 * "/vsitar/{/vsizip/y.zip/x.tar}". NULL: no memory. */
static char *plain_path(imx_memory *memory, const char *path) {
    size_t braces = 0;
    while (!strncmp(path, "/vsizip/", 8) || !strncmp(path, "/vsitar/", 8)) {
        braces += path[8] == '{';
        path += path[8] == '{' ? 9 : 8;
    }
    char *plain = imx_strdup(memory, path), *to = plain;
    for (const char *at = plain; at && *at; at++) {
        const bool closes = braces && *at == '}' && (at[1] == '/' || !at[1]);
        braces -= closes;
        if (!closes) {
            *to++ = *at;
        }
    }
    if (plain) {
        *to = '\0';
    }
    return plain;
}

static imx_status pass_over(list *files, const char *path, const char *why, imx_error *err) {
    if (!files->passed++) {
        files->passed_why = why;
        files->passed_path = plain_path(files->memory, path);
        return files->passed_path ? IMX_OK : no_memory(err);
    }
    return IMX_OK;
}

static imx_status nothing_in(const list *files, const char *path, const char *what, imx_error *err) {
    if (files->passed) {
        return imx_fail(err, IMX_E_INPUT, "%s: %s", files->passed_path, files->passed_why);
    }
    return imx_fail(err, IMX_E_INPUT,
                    "%s: no rasters (.tif, .vrt, .jp2, .img, .png, .jpg, ...) in this %s, and no deliveries of "
                    "Landsat, Sentinel-2 or Gaofen",
                    path, what);
}

static imx_status append(list *files, const char *path, imx_error *err) {
    if (files->count == files->room) {
        size_t room = files->room ? 2 * files->room : 64;
        char **grown = imx_realloc(files->memory, files->items, room * sizeof *grown);
        if (!grown) {
            return no_memory(err);
        }
        files->items = grown;
        files->room = room;
    }
    char *copy = imx_input_name(files->memory, path);
    if (!copy) {
        return no_memory(err);
    }
    files->items[files->count++] = copy;
    return IMX_OK;
}

static bool is_directory(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* What a directory is searched for; anything else can be named outright. */
static bool raster_suffix(const char *name) {
    static const char *const suffixes[] = {".tif", ".tiff", ".vrt",  ".jp2",  ".img",
                                           ".png", ".jpg",  ".jpeg", ".webp", ".ntf"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++) {
        if (!strcasecmp(dot, suffixes[i])) {
            return true;
        }
    }
    return false;
}

/* A path as it is, or, of a delivery that is several scenes, those of each. */
static imx_status append_delivery(list *files, const char *path, imx_error *err) {
    char **parts = NULL;
    size_t count = 0;
    char *name = imx_input_name(files->memory, path);
    imx_status s = name ? imx_delivery_parts(files->memory, name, err, &parts, &count) : no_memory(err);
    for (size_t i = 0; i < count && !s; i++) {
        s = append(files, parts[i], err);
    }
    imx_inputs_free(files->memory, parts, count);
    imx_free(files->memory, name);
    return s || count ? s : append(files, path, err);
}

static imx_status add_archive(list *files, const char *path, bool rasters, int depth, imx_error *err);

/* An archive in another one, or in a folder, which is no delivery. */
static imx_status add_inner(list *files, const char *path, int depth, imx_error *err) {
    const size_t before = files->count, passed = files->passed;
    if (depth > ARCHIVES_DEEP) {
        return pass_over(files, path, "archives are read in an archive, but no deeper: unpack the outer one", err);
    }
    imx_status s = add_archive(files, path, false, depth, err);
    if (s == IMX_E_NOT_FOUND) {
        return pass_over(files, path, "cannot be listed: damaged, empty, or far larger than the archive that it is in",
                         err);
    }
    return s || files->count > before || files->passed > passed
               ? s
               : pass_over(files, path,
                           "an archive without deliveries of Landsat, Sentinel-2 or Gaofen: to have its rasters, name "
                           "it or unpack it",
                           err);
}

/* What an archive that is no delivery holds: deliveries and, where they are wanted, rasters, as a folder's; maybe
 * nothing. IMX_E_NOT_FOUND, without a word: it cannot be listed. */
static imx_status add_archive(list *files, const char *path, bool rasters, int depth, imx_error *err) {
    imx_folder inside;
    char *name = imx_input_name(files->memory, path);
    imx_status s = name ? imx_folder_open(files->memory, name, NULL, &inside) : no_memory(err);
    imx_free(files->memory, name);
    if (s) {
        return s == IMX_E_NOMEM ? no_memory(err) : IMX_E_NOT_FOUND;
    }
    for (size_t i = 0; i < inside.count && !s; i++) {
        char *full = imx_folder_join(files->memory, &inside, inside.files[i]);
        const bool archive = full && imx_folder_is_archive(full);
        if (!full) {
            s = no_memory(err);
        } else if (raster_suffix(full)) {
            s = rasters ? append(files, full, err) : IMX_OK;
        } else if ((!archive || depth < ARCHIVES_DEEP) && imx_delivery_is(files->memory, full)) {
            s = append_delivery(files, full, err);
        } else if (archive) {
            s = add_inner(files, full, depth + 1, err);
        }
        imx_free(files->memory, full);
    }
    imx_folder_clear(files->memory, &inside);
    return s;
}

static bool is_delivery(const list *files, const char *path) {
    char *name = imx_input_name(files->memory, path);
    const bool is = name && imx_delivery_is(files->memory, name);
    imx_free(files->memory, name);
    return is;
}

/* What the user named, but a folder whose rasters are wanted. */
static imx_status add_named(list *files, const char *path, imx_error *err) {
    imx_status s = imx_file_check(path, err);
    if (s) {
        return s;
    }
    const size_t before = files->count;
    const bool folder = is_directory(path), archive = !folder && imx_folder_is_archive(path);
    if (raster_suffix(path) || !(folder || archive || imx_delivery_is_metadata(path))) {
        return append(files, path, err);
    }
    if (!archive || is_delivery(files, path)) {
        return append_delivery(files, path, err);
    }
    s = add_archive(files, path, true, 0, err);
    if (s == IMX_E_NOT_FOUND) { /* whoever opens it finds out what is wrong */
        return append(files, path, err);
    }
    return s || files->count > before ? s : nothing_in(files, path, "archive", err);
}

/* Rasters; and what may be a delivery: folders, and archives of them. */
static int wanted(const struct dirent *entry) {
    const char *name = entry->d_name;
    return name[0] != '.' && (raster_suffix(name) || imx_folder_is_archive(name) || entry->d_type == DT_DIR ||
                              entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN);
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* A folder's entry, by its path: a raster as it is, a folder or archive if it is a delivery, an archive of deliveries.
 * Links to anything else are passed over, as files of other names are. */
static imx_status add_entry(list *files, const char *path, imx_error *err) {
    const bool archive = imx_folder_is_archive(path), folder = is_directory(path);
    if (!archive && !folder && !raster_suffix(path)) {
        return IMX_OK;
    }
    imx_status s = imx_file_check(path, err);
    if (s) {
        return s;
    }
    if (!archive && !folder) {
        return append(files, path, err);
    }
    if (imx_delivery_is(files->memory, path)) {
        return append_delivery(files, path, err);
    }
    return archive ? add_inner(files, path, 0, err) : IMX_OK;
}

static imx_status add_directory(list *files, const char *path, imx_error *err) {
    struct dirent **entries;
    const size_t before = files->count;
    if (imx_delivery_is(files->memory, path)) {
        return append_delivery(files, path, err);
    }
    int count = scandir(path, &entries, wanted, by_bytes);
    if (count < 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: cannot be listed (%s)", path, strerror(errno));
    }
    imx_status s = IMX_OK;
    for (int i = 0; i < count; i++) {
        if (!s) {
            char *full = imx_sprintf(files->memory, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
                                     entries[i]->d_name);
            s = full ? add_entry(files, full, err) : no_memory(err);
            imx_free(files->memory, full);
        }
        free(entries[i]);
    }
    free(entries);
    return s || files->count > before ? s : nothing_in(files, path, "directory", err);
}

static imx_status add_glob(list *files, const char *pattern, imx_error *err) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) {
        return imx_fail(err, IMX_E_INPUT, "%s: no file matches", pattern);
    }
    imx_status s = IMX_OK;
    for (size_t i = 0; i < found.gl_pathc && !s; i++) {
        const char *path = found.gl_pathv[i];
        s = (is_directory(path) ? add_directory : add_named)(files, path, err);
    }
    globfree(&found);
    return s;
}

/* What is open already, as a shell does it: @/dev/stdin, @<(find ...). */
static bool is_open_already(const char *path) {
    return !strcmp(path, "/dev/stdin") || !strncmp(path, "/dev/fd/", 8) || !strncmp(path, "/proc/self/fd/", 14);
}

/* One name a line; empty lines and those that begin with # are passed over. */
static imx_status add_list(list *files, const char *path, imx_error *err) {
    if (imx_input_is_url(path)) {
        return imx_fail(err, IMX_E_INPUT, "@%s: lists are read from this machine alone: download it first", path);
    }
    imx_status s = is_open_already(path) ? IMX_OK : imx_file_check(path, err);
    FILE *in = s ? NULL : fopen(path, "re");
    if (s || !in) {
        return s ? s : imx_fail(err, IMX_E_INPUT, "@%s: cannot be read (%s)", path, strerror(errno));
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while (!s && (length = getline(&line, &room, in)) >= 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
            line[--length] = '\0';
        }
        if (length && line[0] != '#') {
            s = add_named(files, line, err);
        }
    }
    if (!s && ferror(in)) {
        s = imx_fail(err, IMX_E_INPUT, "@%s: cannot be read to its end", path);
    }
    free(line);
    (void)fclose(in);
    return s;
}

static imx_status add_input(list *files, const char *input, imx_error *err) {
    struct stat about;
    if (input[0] == '@') {
        return add_list(files, input + 1, err);
    }
    if (stat(input, &about) == 0) {
        return S_ISDIR(about.st_mode) ? add_directory(files, input, err) : add_named(files, input, err);
    }
    return strpbrk(input, "*?[") && !imx_input_is_url(input) ? add_glob(files, input, err)
                                                             : add_named(files, input, err);
}

/* In one line, whatever their number. */
static void tell_passed(const list *files, imx_log *log) {
    char more[64] = "";
    if (files->passed > 1) {
        (void)snprintf(more, sizeof more, " (and %zu more archives of which nothing is taken)", files->passed - 1);
    }
    if (files->passed) {
        imx_log_say(log, IMX_LOG_WARNING, "%s: %s%s", files->passed_path, files->passed_why, more);
    }
}

imx_status imx_inputs_expand(imx_memory *memory, const char *const *inputs, size_t count, imx_log *log, imx_error *err,
                             char ***out, size_t *out_count) {
    list files = {.memory = memory};
    imx_status s = IMX_OK;
    for (size_t i = 0; i < count && !s; i++) {
        s = add_input(&files, inputs[i], err);
    }
    if (s) {
        imx_inputs_free(memory, files.items, files.count);
    } else {
        tell_passed(&files, log);
        *out = files.items;
        *out_count = files.count;
    }
    imx_free(memory, files.passed_path);
    return s;
}

void imx_inputs_free(imx_memory *memory, char **inputs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        imx_free(memory, inputs[i]);
    }
    imx_free(memory, inputs);
}
