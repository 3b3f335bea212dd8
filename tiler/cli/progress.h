/* tiler/cli/progress.h: progress of a running job on standard error, from a thread of its own.
 *   auto   a bar on a terminal, plain otherwise      plain  a line every ten seconds
 *   json   one object a line, every second, on standard output      none */
#ifndef IMX_TILER_CLI_PROGRESS_H
#define IMX_TILER_CLI_PROGRESS_H

#include <time.h>

#include "tiler/job.h"

typedef enum imx_progress_mode {
    IMX_PROGRESS_AUTO,
    IMX_PROGRESS_PLAIN,
    IMX_PROGRESS_JSON,
    IMX_PROGRESS_NONE
} imx_progress_mode;
typedef struct imx_progress imx_progress;

/* total_base_tiles: what the walk will visit. The job is borrowed until stop. */
IMX_MUST_USE imx_status imx_progress_start(imx_memory *memory, const imx_job *job, const imx_plan *plan,
                                           imx_progress_mode mode, imx_error *err, imx_progress **out);
/* Clears the bar. */
void imx_progress_stop(imx_progress **progress);
/* What is done before the walk, step by step: "collars of 12 of 40 rasters". Set mode and what; the rest is zero. */
typedef struct imx_progress_steps {
    imx_progress_mode mode;
    const char *what; /* "collars" */
    struct timespec last;
    bool begun, drawn;
} imx_progress_steps;
/* A step more, as imx_collars_options.on_done has it; context is the imx_progress_steps. Draws now and then. */
void imx_progress_step(void *context, size_t done, size_t all);
/* Clears what is drawn. */
void imx_progress_steps_end(imx_progress_steps *steps);
/* The closing object of json mode. */
void imx_progress_report_json(const imx_job_report *report, const char *target);

#endif
