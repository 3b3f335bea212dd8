/* tiler/target_nodata.h: where nothing is in what `imbrex warp` makes: a nodata value, or a mask.
 *
 *   given, or found in the scenes                        the output has
 *   ---------------------------------------------------  --------------------------------------------------------------
 *   alpha (imx_target_options.alpha)                     alpha, which is one for all bands, as a mask
 *   --dst-nodata VALUE                                   that, in every band; IMX_E_USAGE: the type does not hold it
 *   --dst-nodata none                                    a mask
 *   the same nodata value in all bands of all scenes     that
 *   several bands, valid each for itself: floats         NaN
 *   the same of integers, some with nodata values        of these the one that the fewest other bands may have as a
 *                                                        sample, the first one of several
 *   anything else                                        a mask: nothing is lost: one band, or one mask for all
 *
 * Bands are valid each for itself where they have nodata values or masks of their own, or are floats (a NaN is
 * nothing). With a nodata value they stay so: each band's holes are nodata, and what is valid and equals it is moved
 * beside it (imx_cog_beside()), which the job counts. With a mask a pixel is valid where all its bands are (of 8 bits,
 * with nodata values, where any is: as pictures; imx_asset.whole_pixels), and a warning says so. */
#ifndef IMX_TILER_TARGET_NODATA_H
#define IMX_TILER_TARGET_NODATA_H

#include "tiler/target.h"

/* Gives plan->cog, whose bands and type are known, its nodata value or its mask, and has assets join their bands for
 * one. */
IMX_MUST_USE imx_status imx_target_nodata(imx_plan *plan, const imx_target_options *options, imx_log *log,
                                          imx_error *err);

#endif
