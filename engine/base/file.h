/* engine/base/file.h: output that is complete or absent.
 *
 * An imx_outfile is written beside its target (`.NAME.partial-PID-N` in the same folder), then fsync, rename, fsync
 * of the folder. Until commit the target keeps its old content; abort and process death leave it alone. (A partial
 * file left by a killed process is removed by the next writer to the same target whose owner is gone.)
 * Failures name the path; ENOSPC and EDQUOT are IMX_E_DISK_FULL, everything else IMX_E_IO. Writing is positioned
 * and may be done from several threads at once on disjoint ranges; the rest is for one thread.
 */
#ifndef IMX_ENGINE_BASE_FILE_H
#define IMX_ENGINE_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_outfile imx_outfile;
IMX_MUST_USE imx_status imx_outfile_create(imx_memory *memory, const char *target, imx_error *err, imx_outfile **out);
IMX_MUST_USE imx_status imx_outfile_write_at(imx_outfile *file, uint64_t offset, const void *data, size_t size,
                                             imx_error *err);
/* Reads back what was written. */
IMX_MUST_USE imx_status imx_outfile_read_at(imx_outfile *file, uint64_t offset, void *data, size_t size,
                                            imx_error *err);
/* Copies a range of one partial file into another without a detour through user space where the system can. */
IMX_MUST_USE imx_status imx_outfile_copy(imx_outfile *from, uint64_t from_offset, uint64_t size, imx_outfile *to,
                                         uint64_t to_offset, imx_error *err);
/* Asks the system to begin writing a range to the disk, so that commit waits for less. A hint: it says nothing of
 * success, faults come out of commit. */
void imx_outfile_start_sync(imx_outfile *file, uint64_t offset, uint64_t size);
/* Both end the object, whatever the outcome. */
IMX_MUST_USE imx_status imx_outfile_commit(imx_outfile **file, imx_error *err);
void imx_outfile_abort(imx_outfile **file);

/* The same for a folder: fill *path_of(partial)*, then swap it with the target in one step (renameat2 EXCHANGE
 * where there is an old one; the old one is then deleted). */
typedef struct imx_outdir imx_outdir;
IMX_MUST_USE imx_status imx_outdir_create(imx_memory *memory, const char *target, imx_error *err, imx_outdir **out);
const char *imx_outdir_path(const imx_outdir *dir);
IMX_MUST_USE imx_status imx_outdir_commit(imx_outdir **dir, imx_error *err);
void imx_outdir_abort(imx_outdir **dir);

/* Before something else opens a path to read it: IMX_E_INPUT, with what it is, where that may wait for somebody or
 * never end (a pipe, a socket, a device). OK: a file, a folder, or nothing that the system knows. */
IMX_MUST_USE imx_status imx_file_check(const char *path, imx_error *err);

/* A whole file, mapped read-only. size 0 maps to an empty range. Thread-safe to read. */
typedef struct imx_map {
    const uint8_t *data;
    size_t size;
} imx_map;
IMX_MUST_USE imx_status imx_map_open(const char *path, imx_error *err,
                                     imx_map *out); /* IMX_E_INPUT if it cannot be read */
void imx_map_close(imx_map *map);

/* Bytes free to this user on the disk that holds path (or the folder that would). */
IMX_MUST_USE imx_status imx_disk_free(const char *path, imx_error *err, uint64_t *out);
/* Whether the folder that would hold path exists and can be written. */
IMX_MUST_USE imx_status imx_disk_writable(const char *path, imx_error *err);

#endif
