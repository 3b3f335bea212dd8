/* tiler/cli/cmd_serve.c: `imbrex serve ...` runs the program imbrex-serve that lies beside this one (as git does with
 * its helpers), or the one on PATH. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tiler/cli/commands.h"

int imx_cmd_serve(int argc, char **argv) {
    static const char program[] = "imbrex-serve";
    (void)argc;
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof program);
    char *slash = NULL;
    if (length > 0) {
        path[length] = '\0';
        slash = strrchr(path, '/');
    }
    argv[0] = (char *)(uintptr_t)program;
    if (slash) {
        memcpy(slash + 1, program, sizeof program);
        (void)execv(path, argv);
    }
    (void)execvp(program, argv);
    (void)fprintf(stderr, "imbrex serve: %s cannot be started (%s); it belongs beside the imbrex program\n", program,
                  strerror(errno));
    return 1;
}
