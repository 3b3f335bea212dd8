/* engine/delivery_file.c: the files that a delivery's metadata name: within the delivery, and as they are spelled there
 * (copies on case-preserving shares and their servers are found in small or capital letters); images, not texts that
 * lead on to others (GDAL knows such by their content: VRT). */
#include <string.h>

#include "engine/delivery_inner.h"

static bool is_separator(char c) { return c == '/' || c == '\\'; }

/* A name below the folder: not of the root, no step upwards, nothing that is no text. */
static bool is_within(const char *name) {
    bool within = *name && !is_separator(*name);
    for (const char *at = name; *at && within; at++) {
        const bool begins = at == name || is_separator(at[-1]);
        const bool upwards = begins && at[0] == '.' && at[1] == '.' && (!at[2] || is_separator(at[2]));
        within = !upwards && (unsigned char)*at >= 0x20 && *at != 0x7f;
    }
    return within;
}

static imx_status refuse(const imx_folder *folder, const char *metadata, const char *name, imx_error *err) {
    char shown[80];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof shown; n++) {
        shown[n] = (char)((unsigned char)name[n] < 0x20 || name[n] == 0x7f ? '?' : name[n]);
    }
    shown[n] = '\0';
    return imx_fail(err, IMX_E_INPUT,
                    "%s/%s: names a file outside of the delivery (%s): a delivery may only name what is in it",
                    folder->path, metadata, shown);
}

/* One step down: the spelling of what a folder has by this name, behind what led there. *at NULL, and OK: nothing. */
static imx_status step(imx_memory *memory, const imx_folder *top, const char *name, size_t length, imx_error *err,
                       char **at) {
    imx_folder below = {0};
    imx_status status = IMX_OK;
    char *wanted = imx_sprintf(memory, "%.*s", (int)length, name), *path = NULL, *next = NULL;
    const bool first = !**at;
    if (!first) {
        path = imx_folder_join(memory, top, *at);
        status = path ? imx_folder_open(memory, path, NULL, &below) : IMX_E_NOMEM;
    }
    const char *found = wanted && !status ? imx_folder_find(first ? top : &below, wanted) : NULL;
    if (found) {
        next = imx_sprintf(memory, "%s%s%s", *at, first ? "" : "/", found);
    }
    status = !wanted || (found && !next) || status == IMX_E_NOMEM ? imx_delivery_no_memory(top, err) : IMX_OK;
    imx_folder_clear(memory, &below);
    imx_free(memory, path);
    imx_free(memory, wanted);
    imx_free(memory, *at);
    *at = next;
    return status;
}

/* Step by step, each by its exact name, else whatever its case. *out NULL, and OK: there is no such file. */
static imx_status spell(imx_memory *memory, const imx_folder *folder, const char *name, imx_error *err, char **out) {
    char *at = imx_strdup(memory, "");
    imx_status status = at ? IMX_OK : imx_delivery_no_memory(folder, err);
    while (*name && at && !status) {
        const size_t length = strcspn(name, "/");
        if (length && !(length == 1 && *name == '.')) {
            status = step(memory, folder, name, length, err, &at);
        }
        name += length + (name[length] == '/');
    }
    if (at && !imx_folder_has(folder, at)) {
        imx_free(memory, at);
        at = NULL;
    }
    *out = at;
    return status;
}

imx_status imx_delivery_file(imx_memory *memory, const imx_folder *folder, const char *metadata, const char *name,
                             imx_error *err, char **out, bool *there) {
    char *found = NULL;
    if (!is_within(name)) {
        return refuse(folder, metadata, name, err);
    }
    *there = imx_folder_has(folder, name);
    imx_status status = *there ? IMX_OK : spell(memory, folder, name, err, &found);
    if (status == IMX_OK) {
        *there = *there || found;
        found = found ? found : imx_strdup(memory, name);
        *out = found;
        status = found ? IMX_OK : imx_delivery_no_memory(folder, err);
    }
    return status;
}

/* ---- images ---- */

/* TIFF and BigTIFF of either byte order; JPEG 2000 in its box, and bare. */
static bool is_image(const unsigned char *bytes, size_t count) {
    static const struct {
        size_t length;
        unsigned char bytes[8];
    } begins[] = {{4, "II*\0"}, {4, "MM\0*"},          {4, "II+\0"},
                  {4, "MM\0+"}, {8, "\0\0\0\x0cjP  "}, {4, "\xff\x4f\xff\x51"}};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        if (count >= begins[i].length && memcmp(bytes, begins[i].bytes, begins[i].length) == 0) {
            return true;
        }
    }
    return false;
}

imx_status imx_delivery_image(imx_memory *memory, const imx_delivery *delivery, const imx_delivery_band *band,
                              imx_error *err, char **path) {
    unsigned char begin[12];
    char *full = imx_delivery_path(memory, delivery, band);
    if (!full) {
        return imx_fail(err, IMX_E_NOMEM, "%s: out of memory", delivery->id);
    }
    const size_t count = imx_folder_peek(full, begin, sizeof begin);
    if (count == sizeof begin && !is_image(begin, count)) { /* of a shorter one whoever opens it says what is wrong */
        imx_status status = imx_fail(err, IMX_E_INPUT,
                                     "%s: neither TIFF nor JPEG 2000, which deliveries consist of: copy or download it "
                                     "again",
                                     full);
        imx_free(memory, full);
        return status;
    }
    *path = full;
    return IMX_OK;
}
