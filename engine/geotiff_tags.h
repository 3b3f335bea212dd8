/* engine/geotiff_tags.h: a coordinate reference system as GeoTIFF says it. */
#ifndef IMX_ENGINE_GEOTIFF_TAGS_H
#define IMX_ENGINE_GEOTIFF_TAGS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_geotiff_tags { /* GeoTIFF 1.1 (OGC 19-008r4), 7.1; owned, NULL and 0 where a tag is absent */
    uint16_t *directory;          /* GeoKeyDirectoryTag */
    size_t directory_count;
    double *doubles; /* GeoDoubleParamsTag */
    size_t double_count;
    char *ascii; /* GeoAsciiParamsTag */
} imx_geotiff_tags;

/* The tags that GDAL gives the CRS (AUTHORITY:CODE, WKT or PROJJSON). IMX_E_INPUT: it does not know the CRS. */
IMX_MUST_USE imx_status imx_geotiff_tags_create(imx_memory *memory, const char *crs, imx_error *err,
                                                imx_geotiff_tags *out);
void imx_geotiff_tags_clear(imx_memory *memory, imx_geotiff_tags *tags);

#endif
