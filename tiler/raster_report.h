/* tiler/raster_report.h: all that `imbrex info` finds out of a raster or a delivery, before it is put into words
 * (tiler/raster_info.c) or JSON (tiler/raster_info_json.c).
 *
 * What imbrex would do with it is asked from those who do it: the plan is that of `imbrex tile` with the same options,
 * and so are its warnings. A raster that cannot be tiled has been described all the same: `problem` says why not. */
#ifndef IMX_TILER_RASTER_REPORT_H
#define IMX_TILER_RASTER_REPORT_H

#include "engine/delivery.h"
#include "engine/ground_outline.h"
#include "engine/raster_facts.h"
#include "tiler/plan.h"
#include "tiler/raster_info.h"
#include "tiler/raster_statistics.h"

/* A band, of a file or of a delivery. */
typedef struct imx_band_report {
    const imx_band_facts *facts;      /* of a file's; NULL: a delivery's */
    const imx_delivery_band *product; /* of a delivery's; NULL: a file's */
    bool found;                       /* a delivery's: its file is there and whole, with what follows */
    int32_t width, height;
    imx_type type;
    double pixel; /* units of the CRS; 0: not told by a geotransform */
    bool has_nodata;
    double nodata;
    bool has_statistics, from_file; /* from_file: the file's own */
    double min, max, mean, std;     /* in samples as stored */
    double valid_part;              /* 0..1; NaN: not known */
    imx_measured measured;          /* pixels 0: nothing was read */
} imx_band_report;

typedef struct imx_raster_report {
    imx_memory *memory;
    const char *path; /* borrowed */
    imx_raster_facts facts;
    bool delivered;
    imx_delivery delivery;
    imx_band_report *bands;
    size_t band_count;
    imx_plan *plan; /* NULL: imbrex cannot tile it, and problem says why */
    char *problem;
    char **warnings;
    size_t warning_count;
    bool lost; /* a warning, for lack of memory */
    /* with a plan */
    bool has_outline;
    imx_ground_outline outline;
    char *operation; /* onto WebMercatorQuad */
    bool ballpark;
    const imx_itrs_frame *frames[2]; /* no operation is known between these datums, nor needed; NULL: it is */
    double accuracy_m;               /* negative: not known */
    double res_m;
    char crs_name[128];
    /* validity, of a picture's pixels with a plan, else of the bands */
    double valid_part; /* NaN: not known */
    bool valid_whole;  /* counted over all pixels, or known without */
    bool nothing;      /* no pixel at all is valid: no tile would be written */
} imx_raster_report;

IMX_MUST_USE imx_status imx_raster_report_make(imx_memory *memory, const char *path,
                                               const imx_raster_info_options *options, imx_error *err,
                                               imx_raster_report *out);
void imx_raster_report_clear(imx_raster_report *report);

/* Of which scene validity is told: the plan's first asset; NULL: there is no plan. */
const imx_asset *imx_raster_report_asset(const imx_raster_report *report);
/* "nodata 0", "alpha band 4", "mask", "QA_PIXEL fill bit, nodata 0", "all pixels", ... */
enum { IMX_VALIDITY_TEXT_MAX = 400 };
void imx_raster_report_validity(const imx_raster_report *report, char *text, size_t size);
/* "the file", "all pixels", "the overview of 512 x 512 px (1/64 of the pixels)", ...: where a band's come from. */
void imx_raster_report_source(const imx_band_report *band, char *text, size_t size);
/* "geotransform, rotated", "RPC at a height of 290 m", ... */
void imx_raster_report_place(const imx_asset *asset, char *text, size_t size);
/* "1,234, zooms 0 to 12, about 3.4 MB; format png": what a plan makes. */
enum { IMX_TILES_TEXT_MAX = 240 };
void imx_raster_report_tiles(const imx_plan *plan, char *text, size_t size);

#endif
