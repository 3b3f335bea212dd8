/* engine/delivery.c: which kind of delivery a folder is, and what the kinds have in common. */
#include "engine/delivery.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "engine/delivery_inner.h"

static const imx_delivery_kind *const kinds[] = {&imx_delivery_landsat, &imx_delivery_sentinel2, &imx_delivery_gaofen};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const imx_delivery_kind *kind_of(const imx_folder *folder, const char **metadata) {
    for (size_t i = 0; i < KINDS; i++) {
        *metadata = kinds[i]->find(folder);
        if (*metadata) {
            return kinds[i];
        }
    }
    return NULL;
}

/* ---- parts ---- */

/* Of a file by whose name a delivery can be named; NULL: of none. */
static const imx_delivery_kind *kind_of_file(const char *name) {
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i]->is_metadata(name) || (kinds[i]->is_part && kinds[i]->is_part(name))) {
            return kinds[i];
        }
    }
    return NULL;
}

/* Takes what is of other parts than one out of the list of files. */
static void leave_part(imx_memory *memory, const imx_delivery_kind *kind, const char *name, imx_folder *folder) {
    size_t kept = 0;
    for (size_t i = 0; i < folder->count; i++) {
        char *file = folder->files[i];
        const bool of_it = kind->belongs ? kind->belongs(name, file) : !kind->is_part(file);
        if (of_it || strcmp(file, name) == 0) {
            folder->files[kept++] = file;
        } else {
            imx_free(memory, file);
        }
    }
    folder->count = kept;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Web servers list no folders, or in ways of their own; S3 and its like do. */
static bool is_unlisted(const char *path) { return strncmp(path, "/vsicurl", 8) == 0; }

/* With what else of the product there is, by the names that it may have. */
static imx_status open_unlisted(imx_memory *memory, const char *path, const imx_delivery_kind *kind, const char *file,
                                imx_error *err, imx_folder *out) {
    char name[256];
    imx_status status = imx_folder_unlisted(memory, path, file, err, out);
    for (unsigned i = 0; !status && kind->may_have && kind->may_have(file, i, sizeof name, name); i++) {
        if (strcmp(name, file) != 0 && imx_folder_has(out, name)) {
            status = imx_folder_add(memory, out, name, err);
            if (status != IMX_OK) {
                imx_folder_clear(memory, out);
            }
        }
    }
    return status;
}

/* The folder or archive of a path, and its kind, NULL: of none; of a metadata file's, the folder that it stands in; of
 * a part's, this as if it had no other part. Errors as imx_folder_open's. */
static imx_status open_folder(imx_memory *memory, const char *path, imx_error *err, imx_folder *out,
                              const imx_delivery_kind **kind, const char **metadata) {
    const char *name = base_name(path);
    const imx_delivery_kind *named = kind_of_file(name);
    imx_status status;
    if (!named) {
        status = imx_folder_open(memory, path, err, out);
        *kind = status == IMX_OK ? kind_of(out, metadata) : NULL;
        return status;
    }
    const size_t length = (size_t)(name - path);
    char *parent =
        length ? imx_sprintf(memory, "%.*s", (int)(length > 1 ? length - 1 : 1), path) : imx_strdup(memory, ".");
    status = !parent               ? imx_fail(err, IMX_E_NOMEM, "%s: out of memory", path)
             : is_unlisted(parent) ? open_unlisted(memory, parent, named, name, err, out)
                                   : imx_folder_open(memory, parent, NULL, out);
    imx_free(memory, parent);
    if (status == IMX_OK && named->is_part && named->is_part(name)) {
        leave_part(memory, named, name, out);
    }
    *metadata = status == IMX_OK && imx_folder_find(out, name) ? named->find(out) : NULL;
    *kind = *metadata ? named : NULL;
    return status == IMX_E_INPUT ? IMX_E_NOT_FOUND : status; /* whoever opens the file finds out what is wrong */
}

bool imx_delivery_is_metadata(const char *path) {
    const char *name = base_name(path);
    const imx_delivery_kind *kind = kind_of_file(name);
    return kind && kind->is_metadata(name);
}

/* Appends what stands for the scenes of a kind; *strays: there are images of none of them. */
static imx_status add_parts(imx_memory *memory, const imx_folder *folder, const imx_delivery_kind *kind, imx_error *err,
                            char **list, size_t *count, bool *strays) {
    for (size_t i = 0; i < folder->count && kind->is_part; i++) {
        const char *name = folder->files[i];
        *strays = *strays || (kind->is_stray && kind->is_stray(folder, name));
        if (kind->is_part(name) && !(kind->is_repeated && kind->is_repeated(folder, name))) {
            list[*count] = imx_folder_join(memory, folder, name);
            if (!list[*count]) {
                return imx_delivery_no_memory(folder, err);
            }
            ++*count;
        }
    }
    return IMX_OK;
}

imx_status imx_delivery_parts(imx_memory *memory, const char *path, imx_error *err, char ***paths, size_t *count) {
    imx_folder folder;
    const imx_delivery_kind *kind, *named = kind_of_file(base_name(path));
    const char *metadata;
    size_t parts = 0;
    bool strays = false; /* in a heap of several kinds each kind's images are the others' strays */
    *count = 0;
    imx_status status = open_folder(memory, path, NULL, &folder, &kind, &metadata);
    if (status != IMX_OK) {
        return status == IMX_E_NOMEM ? imx_fail(err, status, "%s: out of memory", path) : IMX_OK;
    }
    char **list = imx_calloc(memory, KINDS * folder.count + 1, sizeof *list);
    status = list ? IMX_OK : imx_delivery_no_memory(&folder, err);
    for (size_t i = 0; i < KINDS && kind && status == IMX_OK; i++) {
        if (!named || kinds[i] == named) {
            const size_t before = parts;
            bool here = false;
            status = add_parts(memory, &folder, kinds[i], err, list, &parts, &here);
            strays = parts == before ? strays : before == 0 && here;
        }
    }
    imx_folder_clear(memory, &folder);
    if (status == IMX_OK && parts > 1 && !strays) {
        *paths = list;
        *count = parts;
        return IMX_OK;
    }
    for (size_t i = 0; i < parts; i++) {
        imx_free(memory, list[i]);
    }
    imx_free(memory, list);
    return status;
}

/* ---- what a folder is ---- */

bool imx_delivery_is(imx_memory *memory, const char *path) {
    imx_folder folder;
    const imx_delivery_kind *kind;
    const char *metadata;
    if (open_folder(memory, path, NULL, &folder, &kind, &metadata) != IMX_OK) {
        return false;
    }
    imx_folder_clear(memory, &folder);
    return kind != NULL;
}

imx_status imx_delivery_read(imx_memory *memory, const char *path, imx_error *err, imx_delivery *out) {
    imx_delivery delivery = {0};
    imx_folder folder;
    const imx_delivery_kind *kind;
    const char *metadata;
    imx_status status = open_folder(memory, path, err, &folder, &kind, &metadata);
    if (status != IMX_OK) {
        return status;
    }
    if (kind) {
        delivery.folder = imx_strdup(memory, folder.path);
        delivery.metadata = imx_strdup(memory, metadata);
        status = delivery.folder && delivery.metadata ? kind->read(memory, &folder, err, &delivery)
                                                      : imx_delivery_no_memory(&folder, err);
    } else {
        status = IMX_E_NOT_FOUND;
    }
    imx_folder_clear(memory, &folder);
    if (status == IMX_OK) {
        *out = delivery;
    } else {
        imx_delivery_clear(memory, &delivery);
    }
    return status;
}

void imx_delivery_clear(imx_memory *memory, imx_delivery *delivery) {
    for (size_t i = 0; i < delivery->band_count; i++) {
        imx_free(memory, delivery->bands[i].file);
    }
    imx_free(memory, delivery->bands);
    imx_free(memory, delivery->quality_file);
    imx_free(memory, delivery->folder);
    imx_free(memory, delivery->metadata);
    imx_free(memory, delivery->id);
    imx_free(memory, delivery->time_start);
    imx_free(memory, delivery->time_end);
    memset(delivery, 0, sizeof *delivery);
}

static imx_folder folder_of(const imx_delivery *delivery) { return (imx_folder){.path = delivery->folder}; }

char *imx_delivery_path(imx_memory *memory, const imx_delivery *delivery, const imx_delivery_band *band) {
    const imx_folder folder = folder_of(delivery);
    return imx_folder_join(memory, &folder, band->file);
}

bool imx_delivery_has(const imx_delivery *delivery, const imx_delivery_band *band) {
    const imx_folder folder = folder_of(delivery);
    return imx_folder_has(&folder, band->file);
}

/* ---- what the kinds share ---- */

bool imx_name_ends(const char *name, const char *suffix) {
    const size_t a = strlen(name), b = strlen(suffix);
    return a >= b && strcasecmp(name + a - b, suffix) == 0;
}

imx_status imx_delivery_no_memory(const imx_folder *folder, imx_error *err) {
    return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", folder->path);
}

imx_status imx_delivery_lacks(const imx_folder *folder, const char *metadata, const char *what, imx_error *err) {
    return imx_fail(err, IMX_E_INPUT, "%s/%s: does not tell %s: copy or download it again", folder->path, metadata,
                    what);
}

imx_status imx_delivery_fields(imx_memory *memory, const imx_folder *folder, const char *name, imx_error *err,
                               imx_fields *out) {
    char *text = NULL, *what = imx_folder_join(memory, folder, name);
    size_t length;
    if (!what) {
        return imx_delivery_no_memory(folder, err);
    }
    imx_status status = imx_folder_read(memory, folder, name, err, &text, &length);
    if (status == IMX_OK && imx_name_ends(name, ".json")) {
        status = imx_fields_of_json(memory, what, text, length, err, out);
    } else if (status == IMX_OK && imx_name_ends(name, ".xml")) {
        status = imx_fields_of_xml(memory, what, text, length, err, out);
    } else if (status == IMX_OK) {
        status = imx_fields_of_odl(memory, what, text, err, out);
    }
    imx_free(memory, text);
    imx_free(memory, what);
    return status;
}

imx_delivery_band *imx_delivery_add(imx_memory *memory, imx_delivery *delivery, const char *name, const char *shows,
                                    const char *file) {
    imx_delivery_band *grown =
        imx_realloc(memory, delivery->bands, (delivery->band_count + 1) * sizeof *delivery->bands);
    char *copy = grown ? imx_strdup(memory, file) : NULL;
    delivery->bands = grown ? grown : delivery->bands;
    if (!copy) {
        return NULL;
    }
    imx_delivery_band *band = &grown[delivery->band_count++];
    *band = (imx_delivery_band){.file = copy, .number = 1, .scale = 1};
    (void)snprintf(band->name, sizeof band->name, "%s", name);
    (void)snprintf(band->shows, sizeof band->shows, "%s", shows);
    return band;
}

/* ---- times ---- */

/* How many characters of a fraction ".1200000" count; 0: it is none. */
static int fraction_length(const char *text) {
    int length = 0;
    for (int i = 1; text[0] == '.' && text[i] >= '0' && text[i] <= '9'; i++) {
        length = text[i] == '0' ? length : i + 1;
    }
    return length;
}

imx_status imx_delivery_time(imx_memory *memory, const char *text, int hours_ahead, imx_error *err, char **out) {
    enum { SECONDS_AN_HOUR = 3600, YEAR_MIN = 1957, YEAR_MAX = 9998 };
    struct tm t = {0};
    int used = 0;
    *out = NULL;
    if (!text ||
        sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
               &t.tm_sec, &used) != 6 ||
        t.tm_year < YEAR_MIN || t.tm_year > YEAR_MAX || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 ||
        t.tm_mday > 31 || t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 ||
        t.tm_sec > 60) {
        return IMX_OK;
    }
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    const time_t seconds = timegm(&t) - (time_t)hours_ahead * SECONDS_AN_HOUR;
    if (!gmtime_r(&seconds, &t)) {
        return IMX_OK;
    }
    *out = imx_sprintf(memory, "%04d-%02d-%02dT%02d:%02d:%02d%.*sZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                       t.tm_hour, t.tm_min, t.tm_sec, fraction_length(text + used), text + used);
    return *out ? IMX_OK : imx_fail(err, IMX_E_NOMEM, "out of memory for a time");
}
