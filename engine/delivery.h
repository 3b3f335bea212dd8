/* engine/delivery.h: scenes as they are delivered: a folder or an archive of it (engine/folder.h) with a metadata file
 * that tells of which files the scene consists.
 *
 *   Landsat Collection 1 and 2, Level 1 and 2   *_MTL.txt, .json or .xml   engine/delivery_landsat.c
 *   Sentinel-2 Level-1C and 2A (.SAFE)          MTD_MSIL1C.xml, ...2A.xml  engine/delivery_sentinel2.c
 *   Gaofen PMS, WFV                             GF*.xml beside GF*.tiff    engine/delivery_gaofen.c
 *
 * A kind is one such file and a row of the table in delivery.c. What is read of a delivery becomes one scene: its bands
 * in the order that is asked for, an asset for each run of bands of one file, the file's own pixels as they are.
 *
 * Bands are known by the product's own name ("B4", "B8A"), by what they show ("red") and by their number in the
 * product's order, from 1. What they show, where the product has it: coastal, blue, green, yellow, red, rededge1-3,
 * nir, nir2, watervapour, cirrus, swir1, swir2, pan, thermal, thermal2.
 *
 * A metadata file's path stands for its product: the folder that the file is in. Of several products in one folder,
 * file beside file (Landsat, Gaofen), each is a scene: a part of the folder, a delivery by the path of its metadata
 * file. A product of several images side by side (GF-6 WFV: three) is as many scenes, each by the path of its image.
 * Other products of several images of one kind (stereo pairs) are refused. */
#ifndef IMX_ENGINE_DELIVERY_H
#define IMX_ENGINE_DELIVERY_H

#include "engine/source.h"

typedef struct imx_delivery_band {
    char name[IMX_BAND_NAME_MAX];  /* "B4" */
    char shows[IMX_BAND_NAME_MAX]; /* "red"; "": nothing that has a name here */
    char *file;                    /* below the folder; it may be missing */
    int32_t number;                /* of the band in the file, 1-based */
    bool has_nodata;
    double nodata;
    double scale, offset; /* value = scale * sample + offset */
} imx_delivery_band;

/* What bits of a kind's quality band mean. */
typedef struct imx_quality_flag {
    const char *word; /* of --mask */
    uint32_t bits;
} imx_quality_flag;

typedef struct imx_delivery {
    char *folder;   /* what files are below: "/data/X.SAFE", "/vsitar//data/X.tar" */
    char *id;       /* of the product */
    char *metadata; /* the file that told all this, below the folder */
    const char *kind;
    char *time_start, *time_end; /* RFC 3339, UTC; NULL: not told */
    imx_delivery_band *bands;    /* in the product's order */
    size_t band_count;
    /* The quality band (engine/quality.h); NULL: there is none. */
    char *quality_file;            /* below the folder; it may be missing */
    const char *quality_name;      /* "QA_PIXEL" */
    const imx_quality_flag *flags; /* of the kind; the first are pixels that no band has, the last has no word */
} imx_delivery;

/* Whether a path is one of a metadata file, by its name alone. */
bool imx_delivery_is_metadata(const char *path);
/* Whether a folder, an archive or a part is a delivery, by the names in it. Cannot be listed: false. */
bool imx_delivery_is(imx_memory *memory, const char *path);
/* Reads the metadata of a folder, an archive or a part. IMX_E_NOT_FOUND, without a word: not a delivery. IMX_E_INPUT:
 * the metadata are damaged. */
IMX_MUST_USE imx_status imx_delivery_read(imx_memory *memory, const char *path, imx_error *err, imx_delivery *out);
/* Of a folder or archive (or metadata file) that is several parts, their paths, allocated, in the order of their names;
 * *count 0, and OK: it is anything else. */
IMX_MUST_USE imx_status imx_delivery_parts(imx_memory *memory, const char *path, imx_error *err, char ***paths,
                                           size_t *count);
void imx_delivery_clear(imx_memory *memory, imx_delivery *delivery);
/* Full path of a band's file; NULL: no memory. */
char *imx_delivery_path(imx_memory *memory, const imx_delivery *delivery, const imx_delivery_band *band);
/* The same, once the file is seen to be an image: TIFF or JPEG 2000, as those of all kinds are. IMX_E_INPUT: it is
 * something else. */
IMX_MUST_USE imx_status imx_delivery_image(imx_memory *memory, const imx_delivery *delivery,
                                           const imx_delivery_band *band, imx_error *err, char **path);
bool imx_delivery_has(const imx_delivery *delivery, const imx_delivery_band *band);

/* The bands that options ask for, as indexes into bands[], allocated: options->band_list; otherwise of data all, of a
 * picture red, green and blue, or the first three, or the first. IMX_E_INPUT: no such band. */
IMX_MUST_USE imx_status imx_delivery_choose(imx_memory *memory, const imx_delivery *delivery,
                                            const imx_source_options *options, imx_error *err, size_t **chosen,
                                            int32_t *count);
/* Looks into the files of these bands, and only those, and makes a scene of them: data; of a picture (not
 * options->data) whole pixels. IMX_E_INPUT: a file is missing, damaged, or not in the CRS of the others. */
IMX_MUST_USE imx_status imx_delivery_probe(imx_memory *memory, const imx_delivery *delivery, const size_t *chosen,
                                           int32_t count, const imx_source_options *options, size_t block_limit_bytes,
                                           imx_log *log, imx_error *err, imx_scene *out);

/* Looks into the quality band and makes it ready to be a scene's, with its file in `one`: the bits of fill, unless
 * options->no_nodata, and those that options->mask names. *out NULL, and OK: no bits, or only fill, whose file is not
 * there. IMX_E_USAGE: the mask has other words; IMX_E_INPUT: there is no such band, or its file is missing or not of
 * bits. */
IMX_MUST_USE imx_status imx_delivery_quality(imx_memory *memory, const imx_delivery *delivery,
                                             const imx_source_options *options, size_t block_limit_bytes, imx_log *log,
                                             imx_error *err, imx_scene *one, struct imx_quality **out);

/* Any input: a delivery, or else a raster (imx_source_probe). */
IMX_MUST_USE imx_status imx_scene_probe(imx_memory *memory, const char *path, const imx_source_options *options,
                                        size_t block_limit_bytes, imx_log *log, imx_error *err, imx_scene *out);

#endif
