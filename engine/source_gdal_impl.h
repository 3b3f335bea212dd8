/* engine/source_gdal_impl.h: an open source, shared by source_gdal.c, which opens it and reads blocks, and
 * source_gdal_picture.c, which makes rgba8 of pictures; nobody else includes it. */
#ifndef IMX_ENGINE_SOURCE_GDAL_IMPL_H
#define IMX_ENGINE_SOURCE_GDAL_IMPL_H

#include "engine/quality.h"
#include "engine/source_gdal.h"

enum { IMX_SOURCE_LEVELS_MAX = IMX_ASSET_OVERVIEWS_MAX + 1 };

typedef struct imx_source_level {
    imx_gdal_level gdal;    /* count 0: not looked up yet */
    imx_tiff *image, *mask; /* the fast path; image NULL: GDAL reads the level */
    uint8_t fill[IMX_ASSET_BANDS_MAX + 1];
} imx_source_level;

struct imx_source {
    imx_memory *memory;
    const imx_kernels *kernels;
    imx_asset asset; /* path and data are ours */
    int *numbers;    /* of data's bands */
    GDALDatasetH dataset;
    imx_source_level levels[IMX_SOURCE_LEVELS_MAX];
    bool sparse;      /* the driver tells which blocks are not stored */
    uint8_t *scratch; /* a window's mask (and one more where bands have their own), or its alpha band as it is read */
    size_t scratch_bytes;
    imx_quality_reader *quality; /* NULL: it has none */
    /* pictures */
    uint8_t nodata[3];
    uint8_t (*palette)[4]; /* 256 entries; NULL: none */
    uint8_t (*ramps)[256]; /* what samples are in 8 bits, channel by channel; NULL: they have 8 */
};

/* Room in source->scratch for a window of samples. */
IMX_MUST_USE imx_status imx_gdal_source_scratch(imx_source *source, const int window[4], size_t sample_bytes,
                                                imx_error *err);

/* The palette with its transparency and the nodata index worked in. */
IMX_MUST_USE imx_status imx_gdal_picture_palette(imx_source *source, imx_error *err);

/* Ramps, where samples have fewer bits or white is 0. */
IMX_MUST_USE imx_status imx_gdal_picture_ramps(imx_source *source, imx_error *err);

/* Reads a window of a picture. IMX_E_INPUT: damaged, and *damage tells why, in words that the ear or the reader keeps;
 * IMX_E_NOMEM. *empty: no pixel is valid. */
IMX_MUST_USE imx_status imx_gdal_picture_read(imx_source *source, imx_source_level *level, const int window[4],
                                              uint8_t *rgba, ptrdiff_t stride, const imx_gdal_ear *ear, imx_error *err,
                                              const char **damage, bool *empty);

#endif
