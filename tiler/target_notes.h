/* tiler/target_notes.h: what the scenes say of their bands, as what a GeoTIFF made of them says. */
#ifndef IMX_TILER_TARGET_NOTES_H
#define IMX_TILER_TARGET_NOTES_H

#include "engine/base/log.h"
#include "tiler/plan.h"

/* Gives plan->cog, whose bands and type are known, its notes and colours: the first scene's; where others say something
 * else, a warning. A table of colours is kept where it means the same in all scenes and nothing mixes its indexes;
 * overviews are then made by a method that does not, unless the user chose one (overview_given). */
IMX_MUST_USE imx_status imx_target_notes(imx_plan *plan, bool overview_given, imx_log *log, imx_error *err);

#endif
