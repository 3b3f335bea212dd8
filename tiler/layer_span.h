/* tiler/layer_span.h: which longitudes a layer covers in a space that goes all round: where its data lie on both sides
 * of the seam (the antimeridian), a box around them is the whole world, and its middle is where nothing is. */
#ifndef IMX_TILER_LAYER_SPAN_H
#define IMX_TILER_LAYER_SPAN_H

#include "engine/footprint.h"
#include "engine/region.h"

/* true: the widest part of the space without data does not touch its seam, so that data lie on both sides of it; they
 * then reach from *west to *east < *west, px of the space. Seen in 4096 columns, within limits (regions) to a 4096th of
 * a column, of footprints exactly. false: there is no such part, or the space does not wrap. */
bool imx_layer_span(const imx_footprint *footprints, size_t count, imx_region *const *regions, size_t region_count,
                    const imx_space *space, double *west, double *east);

#endif
