/* engine/source.h: an open raster: info, blocks, and reads into the working layout.
 *
 * A source is a handle of *one* worker: not thread-safe; open one per worker. Different sources are independent, also
 * of the same file. A picture's pixels come as rgba8 (gray is repeated, palettes are looked up, validity is alpha);
 * those of data as planes: band by band in the working type, coverage if there is any (imx_asset_planes), then the
 * validity planes (imx_asset_valid_planes), each plane's rows following each other without a gap. All I/O through GDAL
 * is behind engine/source_gdal*.c, the fast path of GeoTIFFs behind engine/source_tiff*.c; which of them reads a level
 * is decided once.
 *
 * Blocks. imx_source tells its own partition of a level into blocks: the file's tiles (small ones in groups of up to
 * 256 x 256 px), or groups of strips as wide as the raster (at most about 1 MiB decoded), always whole natural blocks,
 * so that reading each block once decodes everything once. A block on the right or lower edge is cut off at the
 * raster's edge.
 */
#ifndef IMX_ENGINE_SOURCE_H
#define IMX_ENGINE_SOURCE_H

#include <stdatomic.h>

#include "engine/base/log.h"
#include "engine/scene.h"
#include "kernels/kernels.h"

typedef struct imx_source imx_source;

typedef struct imx_block_layout {
    int32_t level_w, level_h; /* px of this level */
    int32_t block_w, block_h; /* px */
    int32_t columns, rows;    /* blocks */
    size_t pixel_bytes;       /* of a pixel in memory: 4 (rgba8), or all planes' */
} imx_block_layout;

/* Process-wide set-up of the raster library and of what it stands on; call once before anything else here, from one
 * thread. cache_bytes bounds the library's own block cache. */
void imx_sources_init(size_t cache_bytes);
void imx_sources_finish(void);
const char *imx_sources_version(void); /* of the raster library: "3.6.2" */

/* Which of a file's georeferencings is taken. AUTO: a geotransform with a CRS, else control points, else RPC,
 * else geolocation arrays. */
typedef enum imx_georef_choice {
    IMX_CHOOSE_AUTO,
    IMX_CHOOSE_AFFINE,
    IMX_CHOOSE_POLYNOMIAL,
    IMX_CHOOSE_TPS,
    IMX_CHOOSE_RPC,
    IMX_CHOOSE_GEOLOCATION
} imx_georef_choice;

/* What a picture (not data) may be read as. */
typedef enum imx_picture_lane {
    IMX_LANE_RGBA8,  /* 8 bits only, role VISUAL */
    IMX_LANE_ANY,    /* that where it is of 8 bits; otherwise its bands as numbers, role DATA, whole pixels */
    IMX_LANE_NUMBERS /* always as numbers */
} imx_picture_lane;

/* How a user overrides what a file says (NULL or 0: not given). */
typedef struct imx_source_options {
    const char *crs;       /* --src-crs */
    const char *operation; /* --operation: from the scenes' CRS to the output's */
    imx_georef_choice georef;
    int gcp_order;         /* --order: 1 to 3; 0: by the number of points */
    const char *dem;       /* --dem: heights under RPC */
    bool has_dem_resample; /* --dem-resample */
    imx_dem_resample dem_resample;
    const char *geoid; /* --geoid: a name, a file, or "none" */
    bool has_rpc_height;
    double rpc_height_m;        /* --rpc-height: in place of HEIGHT_OFF, without a DEM */
    bool has_nodata, no_nodata; /* --nodata V / --no-nodata */
    double nodata;
    bool data;             /* numbers are wanted: the asset gets role DATA, with band_list, or all bands but alpha */
    imx_picture_lane lane; /* otherwise */
    /* --bands: gray, or red, green, blue (1-based); 0: those that the file calls so, else its first three (but alpha),
     * else its first. */
    int32_t bands[3], band_count;
    /* The same as it was given (engine/band_list.h): names or numbers, and of data any number of them; NULL: it was
     * not. Where all are numbers, bands has them as well. */
    const char *band_list;
    bool as_floats;   /* numbers are worked on as f32 (heights) */
    const char *mask; /* --mask: which pixels of a delivery are not valid, by words of its kind: "cloud,snow" */
    bool
        own_pixels; /* where it does not lie north up in a CRS, its place is the plane of its pixels (IMX_CRS_PIXELS) */
    bool unplaced;  /* its samples alone are wanted: where it lies is not asked, and the scene has no CRS */
} imx_source_options;

/* The name that an input is read by, allocated: a URL (http, https, ftp, s3, gs, az) as a /vsi path, any other as it
 * is. NULL: no memory. */
char *imx_input_name(imx_memory *memory, const char *path);
/* Whether a name is a URL, or one of GDAL's file systems. */
bool imx_input_is_url(const char *path);

/* Looks into a raster and fills a scene of one asset (level 0 chosen, no fingerprint yet). Errors, each naming the
 * file: missing, not a raster, damaged, no georeferencing (says how to give it), an unsupported pixel type, a block
 * too large for block_limit_bytes decoded. Warnings go to log. */
IMX_MUST_USE imx_status imx_source_probe(imx_memory *memory, const char *path, const imx_source_options *options,
                                         size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *out);

/* What a raster is read from: itself, side files, what a virtual one names, and what virtual ones among these name;
 * itself alone where it cannot be opened. An allocated list of *count, also after an error. */
IMX_MUST_USE imx_status imx_source_files(imx_memory *memory, const char *path, imx_error *err, char ***out,
                                         size_t *count);

/* Hash of the content and the length of all files of a scene: their names and places do not count. Reads them from
 * end to end, on any thread; of a file on a server, the strong ETag stands for the content where there is one. *stop
 * (may be NULL), once true: IMX_E_CANCELLED. */
IMX_MUST_USE imx_status imx_scene_fingerprint(imx_memory *memory, const imx_scene *scene, const atomic_bool *stop,
                                              imx_error *err, imx_hash *out);

/* Opens an asset for reading. kernels is borrowed and must outlive the source; asset is borrowed for the call. */
IMX_MUST_USE imx_status imx_source_open(imx_memory *memory, const imx_kernels *kernels, const imx_asset *asset,
                                        imx_error *err, imx_source **out);
void imx_source_close(imx_source **source);

/* Whether a level's blocks come straight from the file, without GDAL (see engine/source_tiff.h); the pixels are the
 * same. For tests and reports. */
bool imx_source_is_direct(imx_source *source, int32_t level);

/* The partition of a level; depends on the asset alone. */
imx_block_layout imx_asset_blocks(const imx_asset *asset, int32_t level);

/* Reads one block into rgba8 rows of row_stride bytes, or into planes (row_stride does not count then); the block's own
 * size as in the layout (cut at the edge). A block that the file says is sparse is filled without decoding. *empty
 * tells that every pixel is invalid; what stands in rgba is then unspecified. A read or decode error is IMX_E_INPUT and
 * names file and block. */
IMX_MUST_USE imx_status imx_source_read_block(imx_source *source, int32_t level, int32_t column, int32_t row,
                                              uint8_t *rgba, ptrdiff_t row_stride, imx_error *err, bool *empty);

/* Reads a window of a level (px: x, y, w, h; within it, x where a block begins) of data into planes, as a block's;
 * neither collar nor quality band count. Errors and *empty as a block's. */
IMX_MUST_USE imx_status imx_source_read_window(imx_source *source, int32_t level, const int window[4], uint8_t *planes,
                                               imx_error *err, bool *empty);

/* Tells that a window of a level (px: x, y, w, h; within it) will be read soon, so that the system can read its bytes
 * while the caller does something else. A hint: nothing fails, and nothing is decoded. */
void imx_source_announce(imx_source *source, int32_t level, const int32_t window[4]);

#endif
