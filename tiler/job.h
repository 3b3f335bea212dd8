/* tiler/job.h: runs a plan: renderer + walk + encoders + store. Reads the plan and nothing else of the user's. */
#ifndef IMX_TILER_JOB_H
#define IMX_TILER_JOB_H

#include "tiler/plan.h"

typedef struct imx_run_options { /* none of these may change the output's bytes */
    unsigned threads;            /* at most: fewer where the memory has room for no more */
    unsigned cpu_mask;           /* IMX_CPU_* */
    const char *target;
    imx_store_options store;
} imx_run_options;

typedef struct imx_job_report {
    imx_store_result store;
    uint64_t tiles_encoded, tiles_empty, base_tiles;
    imx_cache_stats cache;
    double wall_s, cpu_s;     /* of the run: without the analyse pass */
    size_t memory_peak_bytes; /* of our allocations */
    uint64_t beyond;          /* pixels of tiles whose heights were cut off (imx_tile_encoder_beyond()) */
    uint64_t moved;           /* a raster's samples that were valid and equalled nodata (imx_cog_moved()) */
    uint64_t unread;          /* those that GDAL reads as nodata (imx_cog_unread()) */
} imx_job_report;

typedef struct imx_job imx_job;
/* Whether the target can be written, and the disk has room for the forecast. IMX_E_DISK_FULL. */
IMX_MUST_USE imx_status imx_job_check_disk(const imx_plan *plan, const char *target, imx_error *err);
/* Checks the target (writable, free disk against the forecast) before any work; then imx_job_run does it. The plan is
 * borrowed; if it is not sealed, the run seals it. */
IMX_MUST_USE imx_status imx_job_create(imx_memory *memory, imx_plan *plan, const imx_run_options *options,
                                       imx_error *err, imx_job **out);
void imx_job_destroy(imx_job **job); /* aborts what was not committed */
IMX_MUST_USE imx_status imx_job_run(imx_job *job, imx_error *err, imx_job_report *report);
void imx_job_cancel(imx_job *job);            /* any thread, or a signal handler */
unsigned imx_job_threads(const imx_job *job); /* in use */
/* Bytes by which the memory is too short for strips to be decoded but once; 0: it is not. */
size_t imx_job_rows_short(const imx_job *job);
/* For progress, from another thread while it runs. */
const imx_pyramid_stats *imx_job_stats(const imx_job *job);

#endif
