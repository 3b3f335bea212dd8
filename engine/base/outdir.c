/* engine/base/outdir.c: folders that appear whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat2 */
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/partial.h"

struct imx_outdir {
    imx_memory *memory;
    imx_partial partial;
};

imx_status imx_outdir_create(imx_memory *memory, const char *target, imx_error *err, imx_outdir **out) {
    imx_outdir *dir = imx_calloc(memory, 1, sizeof *dir);
    if (!dir) {
        return imx_fail(err, IMX_E_NOMEM, "out of memory");
    }
    dir->memory = memory;
    imx_status status = imx_partial_create(memory, target, true, err, &dir->partial);
    if (status != IMX_OK) {
        imx_free(memory, dir);
        return status;
    }
    *out = dir;
    return IMX_OK;
}

const char *imx_outdir_path(const imx_outdir *dir) { return dir->partial.path; }

static void end(imx_outdir **handle) {
    imx_outdir *dir = *handle;
    imx_partial_clear(dir->memory, &dir->partial);
    imx_free(dir->memory, dir);
    *handle = NULL;
}

/* Where there is no old folder, or the file system knows no EXCHANGE: the old one, if any, is moved aside first. A
 * process killed between the two steps leaves it as `.NAME.partial-PID-N.old`, a name that no sweep takes: nothing is
 * lost. */
static int put_in_two_steps(imx_outdir *dir) {
    const imx_partial *partial = &dir->partial;
    char *aside = imx_sprintf(dir->memory, "%s.old", partial->path);
    if (!aside) {
        errno = ENOMEM;
        return -1;
    }
    bool had_old = rename(partial->target, aside) == 0;
    int failure = had_old || errno == ENOENT ? rename(partial->path, partial->target) : -1;
    int cause = errno;
    if (had_old && failure) {
        (void)rename(aside, partial->target);
    } else if (had_old) {
        imx_path_remove(aside);
    }
    imx_free(dir->memory, aside);
    errno = cause;
    return failure;
}

/* Gives the partial folder the target's name; an old target ends up under the partial's, or is gone. */
static int put_in_place(imx_outdir *dir) {
    const imx_partial *partial = &dir->partial;
    if (renameat2(AT_FDCWD, partial->path, AT_FDCWD, partial->target, RENAME_EXCHANGE) == 0) {
        return 0;
    }
    bool two_steps = errno == ENOENT || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
    return two_steps ? put_in_two_steps(dir) : -1;
}

imx_status imx_outdir_commit(imx_outdir **handle, imx_error *err) {
    imx_outdir *dir = *handle;
    const imx_partial *partial = &dir->partial;
    imx_status status = IMX_OK;
    if (syncfs(partial->fd) != 0) { /* one call for what may be millions of files */
        status = imx_fail_errno(err, partial->target, "write");
    } else if (put_in_place(dir) != 0) {
        status = imx_fail_errno(err, partial->target, "put the finished folder in place");
    } else {
        status = imx_partial_sync_folder(partial, err);
    }
    imx_path_remove(partial->path); /* the old folder, or on failure the new one */
    end(handle);
    return status;
}

void imx_outdir_abort(imx_outdir **handle) {
    if (handle && *handle) {
        imx_path_remove((*handle)->partial.path);
        end(handle);
    }
}
