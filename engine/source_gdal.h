/* engine/source_gdal.h: shared by the source_gdal*.c files, the only ones that know GDAL; nobody else includes it.
 *
 * GDAL never prints: whoever calls it stands between imx_gdal_listen() and imx_gdal_unlisten(), which catch what GDAL
 * says in this thread. Listeners nest; each hears what is said while it is the innermost.
 */
#ifndef IMX_ENGINE_SOURCE_GDAL_H
#define IMX_ENGINE_SOURCE_GDAL_H

#include <gdal.h>

#include "engine/source.h"
#include "engine/source_tiff.h"

typedef struct imx_gdal_ear {
    imx_log *log;     /* takes warnings, at debug level; NULL: nobody */
    char reason[512]; /* the first failure, on one line; "" if there was none */
} imx_gdal_ear;

void imx_gdal_listen(imx_gdal_ear *ear, imx_log *log);
void imx_gdal_unlisten(void);
bool imx_gdal_failed(const imx_gdal_ear *ear);
/* The reason, or "no reason given". */
const char *imx_gdal_reason(const imx_gdal_ear *ear);

/* Opens read-only, with raster drivers that stay on this machine. A failure says whether the file is missing,
 * unreadable, no raster, or damaged. */
IMX_MUST_USE imx_status imx_gdal_open(const char *path, imx_log *log, imx_error *err, GDALDatasetH *out);

/* The same with vector drivers. */
IMX_MUST_USE imx_status imx_gdal_open_vector(const char *path, imx_error *err, GDALDatasetH *out);

/* The scene's files. */
IMX_MUST_USE imx_status imx_gdal_list_files(imx_memory *memory, GDALDatasetH dataset, const char *path, imx_error *err,
                                            imx_scene *scene);

/* Chooses bands and validity: type, band_count, bands, palette, validity, alpha_band, nodata of the asset; or hands a
 * picture that is read as numbers on to imx_gdal_choose_data(). */
IMX_MUST_USE imx_status imx_gdal_choose_bands(imx_memory *memory, GDALDatasetH dataset,
                                              const imx_source_options *options, imx_log *log, imx_error *err,
                                              imx_asset *asset);

/* An item of a list of bands as its number in the file: its description, or the colour that it is. IMX_E_USAGE: there
 * is no such band. */
IMX_MUST_USE imx_status imx_gdal_band_named(GDALDatasetH dataset, const char *path, const char *item, imx_error *err,
                                            int32_t *out);

/* The same for data (imx_source_options.data): band_list, or all bands but alpha, of any type but complex; or, of a
 * picture that is read as numbers, the bands chosen already (band_count, bands). */
IMX_MUST_USE imx_status imx_gdal_choose_data(imx_memory *memory, GDALDatasetH dataset,
                                             const imx_source_options *options, imx_log *log, imx_error *err,
                                             imx_asset *asset);
/* What the file says of the data's bands, for `imbrex warp` alone: the asset's notes. */
IMX_MUST_USE imx_status imx_gdal_note_bands(imx_memory *memory, GDALDatasetH dataset, imx_error *err, imx_asset *asset);

/* Fills the geotransform, or the georef and its geotransform, of an asset whose size is known, and tells the CRS as
 * text. */
IMX_MUST_USE imx_status imx_gdal_place(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options,
                                       imx_log *log, imx_error *err, imx_asset *asset, char **crs);
/* The horizontal part of a CRS: EPSG:n where that is all of it, otherwise WKT2. */
IMX_MUST_USE imx_status imx_gdal_crs_text(imx_memory *memory, OGRSpatialReferenceH crs, const char *path,
                                          imx_error *err, char **out);
/* Ground control points; geographic: x are degrees of longitude, and points that are no place on the Earth are left
 * out, with a warning. */
IMX_MUST_USE imx_status imx_gdal_gcps(imx_memory *memory, GDALDatasetH dataset, const char *path, bool geographic,
                                      imx_log *log, imx_error *err, imx_georef *georef);
/* RPC, the asset's place in the image that they are for, and where the heights come from. */
IMX_MUST_USE imx_status imx_gdal_rpc(imx_memory *memory, GDALDatasetH dataset, const imx_source_options *options,
                                     imx_log *log, imx_error *err, imx_asset *asset, imx_georef *georef);

/* Of an image in whose RPC file GDAL finds no RPC. IMX_E_INPUT: such a file stands beside it and is damaged, which this
 * says; OK: there is none. */
IMX_MUST_USE imx_status imx_gdal_rpc_damaged(const char *path, imx_error *err);

/* Files on a server (/vsicurl/, /vsis3/, ..., also within an archive). */
bool imx_gdal_is_remote(const char *path);
/* Sets a configuration option of GDAL that nobody has set. */
void imx_gdal_default(const char *key, const char *value);
void imx_gdal_remote_defaults(void); /* timeouts and retries, as far as nobody has set them */
/* What the server says that the content is: its strong ETag and the length. false: it says nothing. */
bool imx_gdal_remote_tag(const char *path, char *out, size_t size);
/* Tries of one read, from {0} on. */
typedef struct imx_gdal_tries {
    int made;
    double begun_s; /* the monotonic clock at the first failure */
} imx_gdal_tries;
/* Whether a read that failed is worth another try: of a file on a server, for a reason that may pass, and neither too
 * often nor for too long. Has then waited as long as GDAL_HTTP_RETRY_DELAY says, twice as long each time. */
bool imx_gdal_try_again(const char *path, const char *reason, imx_gdal_tries *tries);
/* Why a path on a server cannot be opened, in the server's or the network's words: asked once more, briefly. "" where
 * it can. */
void imx_gdal_remote_reason(const char *path, char *out, size_t size);
/* The HTTP status in what GDAL says; 0: it tells none. */
int imx_gdal_remote_status(const char *reason);
/* What a user can do about it: "check the address", which credentials to give, to try again later. Never NULL. */
const char *imx_gdal_remote_advice(const char *path, const char *reason);
/* Geolocation arrays, read; geographic: x are degrees of longitude, and nodes that are no place on the Earth are
 * nodata, with a warning. */
IMX_MUST_USE imx_status imx_gdal_geolocation(imx_memory *memory, GDALDatasetH dataset, const char *path,
                                             bool geographic, imx_log *log, imx_error *err, imx_georef *georef);

/* A level of an asset, ready to be read: its bands in the order colours, then alpha. */
typedef struct imx_gdal_level {
    GDALRasterBandH bands[IMX_ASSET_BANDS_MAX + 1]; /* of data with more bands: the first ones */
    int numbers[IMX_ASSET_BANDS_MAX + 1];
    int count;            /* of the above, with alpha; 0: the file has no such level */
    GDALDatasetH dataset; /* reads all bands at once; NULL: they have no common one */
    GDALRasterBandH mask; /* IMX_VALID_MASK, but each band's own */
    int width, height;    /* px */
} imx_gdal_level;

/* Whether alpha is a band, rather than a palette's. */
static inline bool imx_gdal_has_alpha_band(const imx_asset *asset) {
    return asset->validity == IMX_VALID_ALPHA && asset->alpha_band > 0;
}

/* Whether a band has a mask that is neither made of nodata or alpha nor of nothing. */
bool imx_gdal_has_own_mask(GDALRasterBandH band);

/* false if the level lacks a band or its validity. */
bool imx_gdal_level_find(GDALDatasetH dataset, const imx_asset *asset, int32_t level, imx_gdal_level *out);

/* The i-th band of data, of any number of them; numbers: those of imx_gdal_data. NULL: it cannot be read. */
GDALRasterBandH imx_gdal_level_band(const imx_gdal_level *level, const int *numbers, int32_t i);

/* What data are read with. */
typedef struct imx_gdal_data {
    const imx_kernels *kernels;
    const imx_asset *asset;
    const imx_gdal_level *level;
    imx_tiff *image, *mask; /* the fast path, or NULL */
    int *numbers;           /* of the bands, data_count of them */
    void *scratch;          /* a plane of the working type, where an alpha band tells validity alone */
} imx_gdal_data;

/* Reads a window of data into planes, as engine/source.h lays them out. IMX_E_INPUT: damaged (or the listener has heard
 * something), and *damage tells why; IMX_E_NOMEM. *empty: no sample is valid. */
IMX_MUST_USE imx_status imx_gdal_data_read(const imx_gdal_data *data, const int window[4], uint8_t *planes,
                                           const imx_gdal_ear *ear, const char **damage, bool *empty);
/* A band at a level; NULL: it has none. */
GDALRasterBandH imx_gdal_band_at(GDALDatasetH dataset, int number, int32_t level);

/* The largest sample that the bits hold which the file says are used (NBITS), where those are fewer than the type's;
 * else 0. */
double imx_gdal_largest(GDALRasterBandH band);
bool imx_gdal_white_is_zero(GDALDatasetH dataset);
/* Whether an overview has as many bits as its band: gdaladdo -r average_bit2grayscale makes 0..255 of 0 and 1. */
bool imx_gdal_same_depth(GDALRasterBandH band, GDALRasterBandH overview);

/* What GDAL's GeoTIFF driver gives for a pixel that is not stored, as far as the type holds it: nodata, else 0. */
double imx_gdal_fill_value(GDALRasterBandH band);

/* Opens a level, and its mask if it has one, for the fast path; both NULL: GDAL has to read it. */
IMX_MUST_USE imx_status imx_gdal_tiff_open(imx_memory *memory, const imx_kernels *kernels, GDALDatasetH dataset,
                                           const imx_asset *asset, int32_t number, const imx_gdal_level *level,
                                           imx_tiff **image, imx_tiff **mask);

#endif
