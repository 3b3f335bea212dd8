/* tiler/cog.h: tiles -> one Cloud Optimized GeoTIFF: the full resolution and its overviews, tile by tile.
 *
 * The file is what OGC 21-026 (Cloud Optimized GeoTIFF Standard) asks for: TIFF 6.0, or BigTIFF where 4 GB are not
 * enough; tiled; the directories in front, full resolution first, each followed by that of its mask; then the tiles,
 * those of the smallest overview first, in rows, each tile's mask behind it. Places with nothing in them are not stored
 * (offset and length 0, as GDAL reads and writes them); equal tiles are stored once. Samples are interleaved by pixel,
 * little-endian, deflate with predictor 2 (integers) or 3 (floats: TIFF Technical Note 3).
 *
 * The pyramid's base zoom is the full resolution, its corner the raster's; every tile of it is tile_px a side, those on
 * the right and lower rim reach beyond the raster.
 */
#ifndef IMX_TILER_COG_H
#define IMX_TILER_COG_H

#include "engine/base/band_note.h"
#include "kernels/kernels.h"
#include "tiler/store.h"

/* What tiles of a file's type are worked on as, and encoded from. */
static inline imx_type imx_cog_working_type(imx_type type) {
    return type == IMX_U32 || type == IMX_I32 ? IMX_F64 : type;
}

typedef struct imx_geokeys { /* GeoTIFF 1.1 (OGC 19-008r4): what the three tags hold */
    uint16_t *directory;     /* GeoKeyDirectoryTag */
    size_t directory_count;
    double *doubles; /* GeoDoubleParamsTag */
    size_t double_count;
    char *ascii; /* GeoAsciiParamsTag; NULL: none */
} imx_geokeys;

typedef struct imx_cog_options {
    uint64_t width, height; /* px of the full resolution */
    imx_type type;
    uint32_t bands;
    uint32_t colours; /* of the bands: 3 red, green, blue; 1 gray or numbers. The rest have no meaning */
    bool alpha;       /* the last band is alpha, straight; of planes, it is valid where it is not 0 */
    bool mask;        /* a mask for each directory */
    bool has_nodata;
    double nodata;                           /* which the type holds */
    uint32_t tile_px;                        /* a multiple of 16 */
    double origin_x, origin_y, res_x, res_y; /* CRS units: the upper left corner, and a pixel's size (both > 0) */
    imx_geokeys keys;                        /* borrowed */
    /* Of each band, borrowed: value = scale * sample + offset; NULL: samples are values. */
    const double *scales, *offsets;
    /* Of each band, in order, borrowed; NULL: nothing is said. A palette, of a single band of 8 or 16 bits, is the
     * file's. */
    const imx_band_note *notes;
    const char *metadata; /* GDAL_METADATA XML; NULL: none. A store sets its own */
} imx_cog_options;

/* ---- one tile (cog_tile.c) ---- */

typedef struct imx_cog_encoder imx_cog_encoder;
/* options and kernels are borrowed. One worker's. */
IMX_MUST_USE imx_status imx_cog_encoder_create(imx_memory *memory, const imx_kernels *kernels,
                                               const imx_cog_options *options, imx_error *err, imx_cog_encoder **out);
void imx_cog_encoder_destroy(imx_cog_encoder **encoder);
/* A whole tile, planar in the options' type, or of u32 and i32 in f64, which is rounded (validity: all bands' in one
 * plane, one each, or none) or, for type u8, rgba8. What is invalid becomes nodata, or 0; what is valid and equals
 * nodata is moved beside it (imx_cog_beside()). The blob is the writer's own form: the lengths of the image and the
 * mask (4 bytes each, little-endian), the image, the mask, and, of a planar tile of the full resolution, a summary of
 * each band. */
#define IMX_COG_BANDS_MAX 65535
IMX_MUST_USE imx_status imx_cog_encode(imx_cog_encoder *encoder, imx_tile tile, const imx_pixels *pixels,
                                       imx_error *err, imx_blob *out);
/* How many samples of planar tiles of the full resolution were valid and equalled nodata. */
uint64_t imx_cog_moved(const imx_cog_encoder *encoder);
/* How many of them are valid, but are not read as such (imx_cog_unread_from()). */
uint64_t imx_cog_unread(const imx_cog_encoder *encoder);
/* The zoom of the full resolution. */
uint32_t imx_cog_base_zoom(const imx_cog_options *options);

/* ---- nodata among samples (cog_nodata.c) ---- */

/* What a valid sample that equals nodata is written as. */
double imx_cog_beside(const imx_cog_options *options);
/* From which magnitude on GDAL (3.6 to 3.13) reads valid samples of nodata's sign as nodata, however far from it;
 * infinite: it does not. Of f32, nodata values from 1e31 on have such a limit: 1e31 itself under the largest one. */
double imx_cog_unread_from(const imx_cog_options *options);
/* A value that the type holds (imx_type_holds()) as a sample of it, in the first bytes. */
void imx_cog_sample(imx_type type, double value, uint8_t out[8]);

/* ---- what the samples are like (cog_statistics.c) ---- */

typedef struct imx_cog_summary { /* of valid samples */
    double count, min, max, mean;
    double squares; /* sum of the squared distances from the mean */
} imx_cog_summary;

imx_cog_summary imx_cog_summary_of(const imx_statistics *statistics);
/* Of the first width x height px of planes; one a band. */
void imx_cog_summarise(const imx_kernels *kernels, const imx_pixels *pixels, int32_t width, int32_t height,
                       imx_cog_summary *out);
void imx_cog_summary_add(imx_cog_summary *into, const imx_cog_summary *from);
/* GDAL_METADATA: STATISTICS_* of the bands that have valid samples (summaries NULL: of none), scales and offsets,
 * descriptions, units, and colours that the other tags do not tell. *out: NULL where there is nothing to say. */
IMX_MUST_USE imx_status imx_cog_metadata(imx_memory *memory, const imx_cog_options *options,
                                         const imx_cog_summary *summaries, imx_error *err, char **out);

/* ---- the file (cog_layout.c: where everything goes; store_cog.c: the store) ---- */

typedef struct imx_cog_level { /* a directory with its mask's */
    uint64_t width, height;    /* px */
    uint64_t columns, rows;    /* tiles */
    /* Of each tile, row by row: place in the file and length; 0, 0: not stored. */
    uint64_t *offsets, *counts, *mask_offsets, *mask_counts;
} imx_cog_level;

/* Whether it has a table of colours. */
bool imx_cog_has_palette(const imx_cog_options *options);

/* What is in front of the first tile, from memory; its size does not depend on the places that the levels name. levels:
 * full resolution first. */
IMX_MUST_USE imx_status imx_cog_head(imx_memory *memory, const imx_cog_options *options, const imx_cog_level *levels,
                                     size_t count, bool big, imx_error *err, imx_blob *out);

#endif
