/* tiler/colormap.h: files of colours by value, as `gdaldem color-relief` and QGIS ("export color map to file") have
 * them: text of a line a stop,
 *   VALUE R G B [A] [LABEL]    or    VALUE NAME [A]
 * between spaces, commas, tabs or colons. A value is a number, inf or -inf, a percentage of the layer's range (0% its
 * least, 100% its largest value), or `nv`, the colour of nodata, which is passed over: here what is nothing stays
 * transparent. Names: white, black, red, green, blue, yellow, magenta, cyan, aqua, grey, orange, brown, purple, violet,
 * indigo. Lines that begin with # or / are comments. QGIS's line INTERPOLATION:INTERPOLATED, DISCRETE or EXACT says
 * what lies between the stops. */
#ifndef IMX_TILER_COLORMAP_H
#define IMX_TILER_COLORMAP_H

#include "engine/colormap.h"

/* Not resolved yet. mode: the file's, or BETWEEN. IMX_E_INPUT: cannot be read, or names the line that is wrong. */
IMX_MUST_USE imx_status imx_colormap_read(imx_memory *memory, const char *path, imx_error *err, imx_colormap **out);

#endif
