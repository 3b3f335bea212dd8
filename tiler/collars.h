/* tiler/collars.h: the collars of a plan's scenes (--collar): engine/collar.h at the levels that are read.
 *
 * Rasters are searched side by side, begun in the order of the scenes, by as many threads as there is memory for; where
 * it runs out all the same, the rest is searched one by one. What is found, what is logged and in which order, and
 * which of several damaged rasters is named (the first) are the same for any number of threads. */
#ifndef IMX_TILER_COLLARS_H
#define IMX_TILER_COLLARS_H

#include "engine/base/log.h"
#include "tiler/plan.h"

typedef struct imx_collars_options {
    unsigned threads;                                        /* at most; 0: one */
    void (*on_done)(void *context, size_t done, size_t all); /* a raster more; one call at a time. NULL: nobody */
    void *context;
} imx_collars_options;

/* Gives every asset a collar of so many steps, which is still to be found. */
IMX_MUST_USE imx_status imx_collars_create(imx_plan *plan, int32_t within, imx_error *err);
/* Finds those that there are, at the level that the job reads and at the one that statistics are taken from, if any
 * are. Reads rasters; an error names one. */
IMX_MUST_USE imx_status imx_collars_find(imx_plan *plan, const imx_collars_options *options, imx_log *log,
                                         imx_error *err);

#endif
