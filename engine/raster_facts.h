/* engine/raster_facts.h: what a file says of itself, wherever it lies: for people (`imbrex info`), not for work. Unlike
 * imx_source_probe() this needs no place on the Earth, and knows the bands that nobody would show. */
#ifndef IMX_ENGINE_RASTER_FACTS_H
#define IMX_ENGINE_RASTER_FACTS_H

#include "engine/base/band_note.h"
#include "engine/base/log.h"
#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_band_facts {
    int32_t number;               /* 1-based */
    char type[16];                /* "u8", "i64", "cf32" (complex); with fewer bits: "u16:12" */
    char colour[24];              /* what it is for, in small letters: "red", "alpha", "palette", "nir"; "": not told */
    char *description, *unit;     /* NULL: none */
    int32_t palette_count;        /* colours of its table; 0: it has none */
    bool has_nodata, has_scaling; /* scaling: value = scale * sample + offset */
    double nodata, scale, offset;
    /* The file's STATISTICS_*, where it has all four; approximate: GDAL made them of a part of the pixels. */
    bool has_statistics, approximate;
    double min, max, mean, std;
    double valid_part; /* 0..1; NaN: not told */
} imx_band_facts;

typedef struct imx_raster_facts {
    char driver[24]; /* of GDAL: "GTiff" */
    int32_t width, height;
    imx_band_facts *bands;
    int32_t band_count, overview_count;
    bool has_geotransform, has_points, has_rpc, has_geolocation, has_crs;
} imx_raster_facts;

/* IMX_E_INPUT and the like: the file is missing, or no raster. */
IMX_MUST_USE imx_status imx_raster_facts_read(imx_memory *memory, const char *path, imx_log *log, imx_error *err,
                                              imx_raster_facts *out);
void imx_raster_facts_clear(imx_memory *memory, imx_raster_facts *facts);

#endif
