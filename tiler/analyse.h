/* tiler/analyse.h: inputs and options -> job plan. Opens every input once, decides everything that the walk needs
 * (scenes in order, overview levels, zooms, footprints, statistics when a stretch needs them) and writes nothing. */
#ifndef IMX_TILER_ANALYSE_H
#define IMX_TILER_ANALYSE_H

#include "engine/base/log.h"
#include "tiler/collars.h"
#include "tiler/limits.h"
#include "tiler/picture.h"
#include "tiler/plan.h"
#include "tiler/target.h"

typedef struct imx_job_options {
    const char *const *inputs; /* files, globs, directories, @lists, in the user's order */
    size_t input_count;
    const char *output; /* where it is to be written: never onto what it is read from (tiler/apart.h). NULL: nowhere */
    const char *grid;   /* a built-in name, or a file with a tile matrix set in JSON */
    bool raster_grid;   /* instead: the rasters' own pixels (tiler/grid_raster.h) */
    const imx_target_options *target;  /* instead: a raster (`imbrex warp`); source.data is set, zooms are auto. NULL */
    bool zoom_min_auto, zoom_max_auto; /* auto: the coarsest, and the finest scene's */
    uint32_t zoom_min, zoom_max;       /* the grid's ids */
    uint32_t tile_px;                  /* 0: the grid's own */
    bool retina;                       /* twice that */
    uint32_t buffer_px;                /* of the neighbours, on each side of a tile */
    imx_picture_options picture;       /* how bands become colours; of tiles */
    imx_resample resample;
    imx_reduce_method overview;
    imx_mosaic_mode mosaic;
    double error_threshold_px;
    imx_codec_options codec;
    imx_source_options source;
    imx_limits_options limits;
    bool has_collar; /* --collar */
    int32_t collar;
    imx_collars_options collars; /* how they are searched */
    bool source_overviews;       /* use the files' overviews where minifying (default true) */
    const char *name, *attribution;
    bool sample_forecast; /* estimate bytes from real tiles (tiler/forecast.h) */
    size_t block_limit_bytes;
} imx_job_options;

IMX_MUST_USE imx_status imx_analyse(imx_memory *memory, const imx_job_options *options, imx_log *log, imx_error *err,
                                    imx_plan **out);
/* Expands globs, directories and archives (by raster suffixes and deliveries, sorted) and @lists into files, in order.
 * An archive in an archive is looked into, but no deeper; where nothing is taken of archives, a warning names the first
 * and says why. Freed with imx_inputs_free. */
IMX_MUST_USE imx_status imx_inputs_expand(imx_memory *memory, const char *const *inputs, size_t count, imx_log *log,
                                          imx_error *err, char ***out, size_t *out_count);
void imx_inputs_free(imx_memory *memory, char **inputs, size_t count);

#endif
