/* tiler/apart.h: what a job is made from is not what it replaces. */
#ifndef IMX_TILER_APART_H
#define IMX_TILER_APART_H

#include "tiler/analyse.h"

/* Refuses (IMX_E_USAGE, naming the file) an output that is, or is a folder which holds, a file that the job reads:
 * those of its scenes (side files, what a virtual raster or an archive is read from), heights, cutline, colours, grid,
 * lists of inputs. By their real paths, so other names and links of the same file are seen; a hard link is a file that
 * stays. Nothing stands there yet, or options->output is NULL: IMX_OK. Reads no content. */
IMX_MUST_USE imx_status imx_output_apart(const imx_plan *plan, const imx_job_options *options, imx_error *err);

#endif
