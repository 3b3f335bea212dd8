/* engine/look.h: what a buffer of either lane looks like. */
#ifndef IMX_ENGINE_LOOK_H
#define IMX_ENGINE_LOOK_H

#include "engine/base/pixels.h"
#include "kernels/kernels.h"

/* IMX_LOOK_*. Of planes: EMPTY where no sample of any band is valid, OPAQUE where all are, SINGLE where each band's
 * samples are the same; never GRAY. */
unsigned imx_pixels_look(const imx_kernels *kernels, const imx_pixels *pixels);

#endif
