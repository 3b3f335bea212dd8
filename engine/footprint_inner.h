/* engine/footprint_inner.h: the two ways to a footprint, for footprint.c. Both add rings to a zeroed footprint; what
 * they leave in it after a failure is cleared by the caller. The only failure is IMX_E_NOMEM. */
#ifndef IMX_ENGINE_FOOTPRINT_INNER_H
#define IMX_ENGINE_FOOTPRINT_INNER_H

#include "engine/footprint.h"

/* The border's image. *found false: there is none that encloses the raster. */
IMX_MUST_USE imx_status imx_footprint_outline(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                                              const imx_space *space, imx_footprint *out, bool *found);
/* One or two boxes around a dense lattice of source points, none if no point lies in the space. */
IMX_MUST_USE imx_status imx_footprint_boxes(imx_memory *memory, imx_transform *transform, const imx_asset *asset,
                                            const imx_space *space, imx_footprint *out);

#endif
