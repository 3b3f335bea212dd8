/* tiler/cli/commands.h: the subcommands. Each takes its own argv (argv[0] is its name), prints, and returns the exit
 * status of design section 7: 0 done, 1 failed, 2 bad usage, 3 bad input, 4 interrupted, 5 output incomplete. */
#ifndef IMX_TILER_CLI_COMMANDS_H
#define IMX_TILER_CLI_COMMANDS_H

#include "engine/base/options.h"

int imx_cmd_tile(int argc, char **argv);
int imx_cmd_warp(int argc, char **argv);
int imx_cmd_info(int argc, char **argv);
int imx_cmd_verify(int argc, char **argv);
int imx_cmd_kernels(int argc, char **argv);
int imx_cmd_serve(int argc, char **argv);

/* "imbrex NAME: text" on standard error; returns the exit status. */
int imx_cmd_fail(const char *name, const imx_error *err);
/* Parses the options; false if the command is to return *exit_status at once (help was printed, or bad usage). */
bool imx_cmd_begin(const imx_command *command, int argc, char **argv, void *options, int *positional, int *exit_status);
/* Finishes what was printed: a full or closed standard output is a failure, not a success. */
int imx_cmd_end(const char *name, int exit_status);

#endif
