/* engine/folder.h: a folder of small and large files that stand together, as a delivery is one: on the disk, or in a
 * .tar, .tar.gz, .tgz or .zip, which is read where it is (GDAL's /vsitar/ and /vsizip/).
 *
 * A folder that is all that an archive holds stands for the archive: its files are named from there. An archive in
 * another one is read by its path there; not if it is compressed and still far larger than the outer one. Entries that
 * lead out of an archive ("../x", "/x") are none of it: they are not listed. */
#ifndef IMX_ENGINE_FOLDER_H
#define IMX_ENGINE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_folder {
    char *path;   /* what its files' names are put behind, with a slash */
    char *name;   /* without folders and the archive's suffix */
    char **files; /* what stands directly in it, folders included, sorted by bytes */
    size_t count;
} imx_folder;

/* Whether a path ends as an archive's name does. */
bool imx_folder_is_archive(const char *path);
/* IMX_E_NOT_FOUND, without a word: neither a folder nor such an archive. IMX_E_INPUT: cannot be listed. */
IMX_MUST_USE imx_status imx_folder_open(imx_memory *memory, const char *path, imx_error *err, imx_folder *out);
/* A folder on a server, which cannot be listed: of its files one is known, by which it was named; more are told by
 * imx_folder_add(), and whatever else these name is asked for by its name (imx_folder_has()). */
IMX_MUST_USE imx_status imx_folder_unlisted(imx_memory *memory, const char *path, const char *file, imx_error *err,
                                            imx_folder *out);
IMX_MUST_USE imx_status imx_folder_add(imx_memory *memory, imx_folder *folder, const char *file, imx_error *err);
void imx_folder_clear(imx_memory *memory, imx_folder *folder);
/* The full path of a file below; NULL: no memory. */
char *imx_folder_join(imx_memory *memory, const imx_folder *folder, const char *name);
/* What stands directly in it by this name, or else by this name in another case; NULL: nothing. */
const char *imx_folder_find(const imx_folder *folder, const char *name);
bool imx_folder_has(const imx_folder *folder, const char *name);
/* Reads the first bytes of a file, of its full path; how many. */
size_t imx_folder_peek(const char *path, void *bytes, size_t size);
/* A text as a whole, with a zero behind it; IMX_E_INPUT: not there, damaged, or longer than a metadata file is. */
IMX_MUST_USE imx_status imx_folder_read(imx_memory *memory, const imx_folder *folder, const char *name, imx_error *err,
                                        char **text, size_t *length);

#endif
