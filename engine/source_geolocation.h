/* engine/source_geolocation.h: the arrays of a geolocation, read. Behind it stands GDAL
 * (engine/source_gdal_geolocation.c). */
#ifndef IMX_ENGINE_SOURCE_GEOLOCATION_H
#define IMX_ENGINE_SOURCE_GEOLOCATION_H

#include "engine/georef.h"

struct imx_mesh;

/* Whole, as doubles: 16 bytes a node and a tenth of that for the search. nowhere: how many nodes are no place on the
 * Earth, though not declared as nodata (imx_georef_is_nowhere()); they are holes like these. Errors name the array:
 * missing, damaged, of another size than the other one, too small. */
IMX_MUST_USE imx_status imx_geolocation_read(imx_memory *memory, const imx_geolocation *geolocation, imx_error *err,
                                             struct imx_mesh **out, imx_hash *content, size_t *nowhere);

#endif
