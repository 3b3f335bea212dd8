/* tiler/cli/job_options.h: what `imbrex tile` and `imbrex warp` can be told. */
#ifndef IMX_TILER_CLI_JOB_OPTIONS_H
#define IMX_TILER_CLI_JOB_OPTIONS_H

#include "engine/base/options.h"
#include "tiler/analyse.h"
#include "tiler/cli/progress.h"

typedef struct imx_job_cli {
    imx_job_options job;
    imx_store_options store;
    imx_target_options target; /* of `imbrex warp` */
    const char *command;       /* its name */
    unsigned threads, cpu_mask;
    size_t memory_bytes;
    imx_progress_mode progress;
    bool format_given; /* otherwise it follows from the output */
    bool dry_run, json, verbose, quiet;
} imx_job_cli;

extern const imx_command imx_tile_command, imx_warp_command;
/* What can be said of scenes and of colours, of an imx_job_cli (which may be the first member of another struct): also
 * for `imbrex info`. */
extern const imx_option imx_scene_options[], imx_colour_options[];

/* Defaults: every core, a quarter of the memory but at most 1 GiB. */
void imx_job_cli_init(imx_job_cli *options);

#endif
