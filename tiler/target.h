/* tiler/target.h: what `imbrex warp` makes: a raster of one CRS, resolution and extent, as a plan's grid and GeoTIFF.
 */
#ifndef IMX_TILER_TARGET_H
#define IMX_TILER_TARGET_H

#include "engine/base/log.h"
#include "tiler/plan.h"

typedef enum imx_target_alpha {
    IMX_ALPHA_AUTO, /* where a scene has alpha, and no nodata value was given for the output */
    IMX_ALPHA_YES,
    IMX_ALPHA_NO /* alpha of scenes is validity alone */
} imx_target_alpha;

typedef struct imx_target_options {
    const char *crs;     /* NULL: the first scene's */
    double res_x, res_y; /* CRS units a pixel; 0: the finest scene's, square */
    bool has_extent;
    double extent[4];           /* min x, min y, max x, max y in the CRS; without: what the scenes cover */
    bool align;                 /* the extent's edges are multiples of the resolution */
    bool has_nodata, no_nodata; /* in the output; neither: by what the scenes have (tiler/target_nodata.h) */
    double nodata;
    imx_target_alpha alpha; /* a last band of the output: coverage, instead of nodata or a mask */
    uint32_t tile_px;       /* of the file's blocks; 0: 512, less where there are many bands */
    bool overview_given;    /* the plan's way to make overviews is the user's */
} imx_target_options;

/* Gives the plan its grid (owned: zoom 0 is one tile, the finest is the raster), its GeoTIFF and its pyramid's samples
 * and overviews; scenes have been probed as data. IMX_E_INPUT, IMX_E_USAGE say what does not go together. */
IMX_MUST_USE imx_status imx_target_choose(imx_plan *plan, const imx_target_options *options, imx_log *log,
                                          imx_error *err);

#endif
