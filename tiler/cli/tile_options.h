/* tiler/cli/tile_options.h: what `imbrex tile` can be told. */
#ifndef IMX_TILER_CLI_TILE_OPTIONS_H
#define IMX_TILER_CLI_TILE_OPTIONS_H

#include "engine/base/options.h"
#include "tiler/analyse.h"
#include "tiler/cli/progress.h"

typedef struct imx_tile_options {
    imx_job_options job;
    imx_store_options store;
    unsigned threads, cpu_mask;
    size_t memory_bytes;
    imx_progress_mode progress;
    bool format_given; /* otherwise it follows from the output */
    bool dry_run, json, verbose, quiet;
} imx_tile_options;

extern const imx_command imx_tile_command;

/* Defaults: every core, a quarter of the memory but at most 1 GiB. */
void imx_tile_options_init(imx_tile_options *options);

#endif
