/* tiler/cli/job_options_inner.h: shared by the job_options*.c files of this folder; nobody else includes it. */
#ifndef IMX_TILER_CLI_JOB_OPTIONS_INNER_H
#define IMX_TILER_CLI_JOB_OPTIONS_INNER_H

#include "tiler/cli/job_options.h"

/* The head of a function that stores one option's value; the body follows, and a brace. */
#define SETTER(name)                                                                                                   \
    static imx_status set_##name(void *to, const char *value, imx_error *err) {                                        \
        imx_job_cli *o = to;                                                                                           \
        (void)o, (void)value, (void)err;

enum { IMX_MEMORY_MIN_MIB = 128, IMX_THREADS_MAX = 256 };

/* What `imbrex tile` and `imbrex warp` have in common: how pixels are computed, of what, and the run itself. */
extern const imx_option imx_resampling_options[], imx_running_options[];

/* A power of two from 64 to 4096. */
IMX_MUST_USE imx_status imx_parse_tile_px(const char *what, const char *value, imx_error *err, uint32_t *out);

#endif
