/* engine/coverage_inner.h: between the files of engine/coverage.h. */
#ifndef IMX_ENGINE_COVERAGE_INNER_H
#define IMX_ENGINE_COVERAGE_INNER_H

#include "engine/coverage.h"

/* imx_coverage_reduce() by bilinear, cubic or lanczos, but for what every pixel keeps. */
void imx_coverage_filter(const imx_kernels *kernels, imx_reduce_method method, const imx_pixels *quads, imx_pixels *to);

#endif
