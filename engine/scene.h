/* engine/scene.h: a scene is a list of assets, not one file (Landsat: a file per band and a finer panchromatic one;
 * Sentinel-2: three resolutions; an orthophoto: one file; see engine/delivery.h). Plain data: filled once by the
 * analyse pass, read-only afterwards, so any number of threads may read it. Strings are owned by the scene and
 * allocated from its memory.
 */
#ifndef IMX_ENGINE_SCENE_H
#define IMX_ENGINE_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/band_note.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "engine/base/pixels.h"
#include "engine/base/status.h"
#include "engine/georef.h"

#define IMX_ASSET_BANDS_MAX 4
#define IMX_ASSET_OVERVIEWS_MAX 32

typedef enum imx_role {
    IMX_ROLE_VISUAL, /* gray, gray+alpha, RGB, RGBA, palette: a picture */
    IMX_ROLE_DATA,   /* bands that stay data until the grade stage */
    IMX_ROLE_PAN,
    IMX_ROLE_MASK
} imx_role;

typedef enum imx_validity {
    IMX_VALID_ALL,
    IMX_VALID_NODATA, /* invalid where every colour band equals its nodata value; data: band by band */
    IMX_VALID_ALPHA,  /* an alpha band: coverage, of data as imx_asset.coverage says */
    IMX_VALID_MASK    /* a mask band or per-dataset mask: 0 invalid */
} imx_validity;

#define IMX_BAND_NAME_MAX 24

/* A band that is read as numbers: in a plane of its own. */
typedef struct imx_data_band {
    int32_t number;               /* 1-based, in the file */
    char name[IMX_BAND_NAME_MAX]; /* in the delivery that the scene is of: "B4"; "": it has only its number */
    bool has_nodata;
    double nodata;        /* in the file's values; a NaN is always invalid */
    double scale, offset; /* value = scale * sample + offset; 1, 0: as stored. Planes hold samples, not values */
    double largest; /* sample that its bits hold, where that is less than the asset's type does (12: 4095); else 0 */
} imx_data_band;

/* One raster of a scene. Level 0 is the full resolution; level k > 0 is overview k-1 of the file. */
typedef struct imx_asset {
    char *path; /* what is opened: a file, a /vsi path or a GDAL subdataset name */
    imx_role role;
    imx_type type; /* of the bands as stored; of data the type that holds all of them */
    /* A picture's bands: band_count, bands, palette, nodata; data's: data_count, data. */
    int32_t band_count;                 /* colour or data bands used, alpha not counted */
    int32_t bands[IMX_ASSET_BANDS_MAX]; /* their 1-based numbers in the file */
    bool palette;                       /* band 1 goes through the file's colour table to RGB(A) */
    /* A picture's: the sample of each band that becomes 255, where it has fewer than 8 bits (2: 3, 4: 15); else 0.
     * (Data's: imx_data_band.) */
    double largest[IMX_ASSET_BANDS_MAX];
    bool white_is_zero; /* gray: 0 is white and the largest sample black (TIFF's MinIsWhite); data stay as they are */
    imx_validity validity;
    /* IMX_VALID_MASK: each band has its own (or, without one, its nodata value or nothing). A pixel of a picture is
     * valid where all bands are: a colour is not made up of what is masked. */
    bool band_masks;
    int32_t alpha_band; /* IMX_VALID_ALPHA: 1-based; 0: the palette's own alpha */
    /* Of data with an alpha band: its sample that is opaque (imx_type_opaque(), or as many bits as the file says that
     * it has), and whether the job takes it for coverage, by which samples are weighed. Otherwise it is validity alone:
     * not 0, however transparent. Of a picture: 0 where it is 255. */
    double opaque;
    bool coverage;
    imx_data_band *data; /* owned by the scene */
    int32_t data_count;
    /* Of data that stay data: what the file says of those bands that it was asked for; owned by the scene. The plan
     * keeps what becomes of them. */
    imx_band_note *notes;
    int32_t note_count;
    /* Data that become a picture, or have one mask: one validity for all bands, so that no colour is made of bands of
     * two scenes. A pixel is valid where all its bands are; where samples have 8 bits, in which nodata is often a
     * colour as well, where any is (as of pictures). */
    bool whole_pixels;
    bool as_floats; /* data: worked on as f32, whatever their type: pictures, and what lies between whole numbers */
    /* IMX_VALID_NODATA. band_masks: of the bands without one; of a palette: the index that is transparent; these two -1
     * where there is none. */
    double nodata[IMX_ASSET_BANDS_MAX];
    int32_t width, height; /* px at level 0 */
    /* Affine, GDAL's order: x = g0 + g1 col + g2 row, y = g3 + g4 col + g5 row; (0,0) is the outer corner of the
     * first pixel; in the scene's CRS with x = east or longitude, y = north or latitude. */
    double geotransform[6];
    /* NULL: that affine is the place. Else what says where the raster lies; the affine then leads into the image that
     * it speaks of. */
    imx_georef *georef;
    bool tiled; /* false: striped (blocks as wide as the raster) */
    /* What decodes at once at level 0: the file's natural blocks; for formats that decode only from the top on (JPEG,
     * PNG), groups of rows. */
    int32_t block_w, block_h;
    int32_t overview_count;
    int32_t overview_w[IMX_ASSET_OVERVIEWS_MAX], overview_h[IMX_ASSET_OVERVIEWS_MAX];
    /* Natural blocks of each overview; 0: as level 0. */
    int32_t overview_block_w[IMX_ASSET_OVERVIEWS_MAX], overview_block_h[IMX_ASSET_OVERVIEWS_MAX];
    double res; /* found by the analyse pass: the resolution that keeps its detail, units of the job's CRS a pixel; 0:
                   not yet */
    /* What of it is removed (engine/collar.h), owned by the scene; NULL: nothing. */
    struct imx_collar *collar;
    /* What else says which of its pixels are valid: the scene's quality band; NULL: nothing. */
    const struct imx_quality *quality;
    /* How PROJ gets from here to the job's CRS, once that was found out; NULL: every transform asks again. */
    struct imx_projection_recipe *projection;
} imx_asset;

/* A picture is one asset of role VISUAL. Data are the bands of all its assets, which then all have role DATA, one asset
 * after the other: each asset is warped from its own pixels, so that resolutions may differ. */
typedef struct imx_scene {
    char *id;         /* unique in the job: the file's or the delivery's name, numbered if it occurs twice */
    char *crs;        /* of all assets: WKT2 or AUTHORITY:CODE */
    char *operation;  /* the user's way from there to the output's CRS; NULL: the best that PROJ knows */
    char *time_start; /* RFC 3339 acquisition instant or interval, NULL if unknown */
    char *time_end;
    char **files; /* all that it is read from, side files included, in the order of their names without folders */
    size_t file_count;
    imx_hash fingerprint; /* of their content (imx_scene_fingerprint) */
    imx_asset *assets;
    size_t asset_count;
    struct imx_quality *quality; /* of those of its assets that go by it (engine/quality.h), owned; NULL: it has none */
} imx_scene;

/* The type that data are worked on in: f32 where they are wanted as floats; otherwise of the kernels' types
 * (kernels/warp_plane.h) the smallest that holds all values of the stored one: f64 for u32, i32 and f64. */
imx_type imx_asset_working_type(const imx_asset *asset);
/* Planes of a block of data: the bands', and then coverage, if it has it: 0 to imx_type_opaque(). */
int32_t imx_asset_planes(const imx_asset *asset);
/* Takes the alpha band of data for coverage, in a type that holds it. false: it has none that is. */
bool imx_asset_take_coverage(imx_asset *asset);
/* Validity planes of a block of data: 0 (all valid), 1 for all bands, or one a band. */
int32_t imx_asset_valid_planes(const imx_asset *asset);
/* The largest sample that the i-th of its bands can have; infinite: floats. */
double imx_asset_largest(const imx_asset *asset, int32_t i);
/* One validity for all bands (imx_asset.whole_pixels), which then knows of NaN. */
void imx_asset_join_bands(imx_asset *asset);
/* Whether pixel (x, y) of both is the same place: then one transform serves both. Of one scene. */
bool imx_asset_same_place(const imx_asset *a, const imx_asset *b);

bool imx_scene_is_data(const imx_scene *scene);
/* Of data: whether any of its assets has coverage. */
bool imx_scene_has_coverage(const imx_scene *scene);
/* Of data: how many bands all assets have, and the i-th of them. */
int32_t imx_scene_band_count(const imx_scene *scene);
const imx_data_band *imx_scene_band(const imx_scene *scene, int32_t i);
/* What its file says of it; NULL: nothing. */
const imx_band_note *imx_scene_band_note(const imx_scene *scene, int32_t i);

/* Free what they own, and zero them. */
void imx_asset_clear(imx_memory *memory, imx_asset *asset);
void imx_scene_clear(imx_memory *memory, imx_scene *scene);

#endif
