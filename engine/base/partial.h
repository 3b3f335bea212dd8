/* engine/base/partial.h: the file or folder beside a target in which its next content grows; private to engine/base.
 *
 * Named `.NAME.partial-PID-N` and held by an flock as long as its writer lives. So a partial that can be locked has
 * lost its owner, whatever process now has that PID, on this machine or (NFS) another. Where a file system knows no
 * locks, nothing is ever taken for abandoned.
 */
#ifndef IMX_ENGINE_BASE_PARTIAL_H
#define IMX_ENGINE_BASE_PARTIAL_H

#include <stdbool.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_partial {
    char *target; /* a symbolic link is followed, slashes at the end are gone */
    char *folder; /* that holds target and partial */
    char *path;   /* of the partial */
    int fd;       /* open (a file for reading and writing) and locked */
} imx_partial;

/* Removes abandoned partials of the target, then creates one. The target may exist, but must be of the same kind. */
IMX_MUST_USE imx_status imx_partial_create(imx_memory *memory, const char *target, bool is_folder, imx_error *err,
                                           imx_partial *out);
/* Closes (and so unlocks) and frees; what path names is left as it is. */
void imx_partial_clear(imx_memory *memory, imx_partial *partial);
/* Makes a rename in partial->folder durable. */
IMX_MUST_USE imx_status imx_partial_sync_folder(const imx_partial *partial, imx_error *err);

/* The folder that holds path ("." where path names none); NULL when out of memory. */
char *imx_path_folder(imx_memory *memory, const char *path);
/* A file, or a folder with all it holds; does not follow links. What cannot be removed is left. */
void imx_path_remove(const char *path);
/* "PATH: cannot DOING: errno's text"; IMX_E_DISK_FULL for ENOSPC and EDQUOT, IMX_E_NOMEM for
 * ENOMEM, IMX_E_IO otherwise. */
imx_status imx_fail_errno(imx_error *err, const char *path, const char *doing);

#endif
