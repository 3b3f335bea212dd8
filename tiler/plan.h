/* tiler/plan.h: the job plan: immutable, serialisable, complete. The analyse pass fills it; dry run, walk, shards,
 * update and provenance read it and nothing else. Only what takes reading all scenes from end to end, fingerprints and
 * the generation that follows from them, may come while the walk reads them, too: tiler/seal.h. Its JSON form is
 * canonical (sorted keys, 17 digits, no folders in names where `for_archive`): equal plans give equal bytes.
 */
#ifndef IMX_TILER_PLAN_H
#define IMX_TILER_PLAN_H

#include "engine/outline.h"
#include "engine/renderer.h"
#include "tiler/chain.h"
#include "tiler/codec.h"

typedef struct imx_plan {
    imx_memory *memory;
    imx_scene *scenes; /* in order, later on top */
    char **operations; /* the PROJ operation of each scene */
    size_t scene_count;
    /* output */
    const imx_grid *grid;
    imx_grid *own_grid;  /* the same where it is not built in; else NULL */
    imx_pyramid pyramid; /* zooms and tiles of the job; columns, rows and whether they wrap are the chains' */
    imx_chain chains[IMX_ZOOM_MAX + 1]; /* the finest first */
    uint32_t chain_count;
    imx_outline *outlines[IMX_LIMITS]; /* as given; NULL: not */
    double west, south, east, north;   /* degrees: of the footprints, within the grid and limits */
    /* semantic options */
    imx_resample resample;
    imx_mosaic_mode mosaic;
    double error_threshold_px;
    imx_codec_options codec;
    imx_grade_options grade;     /* how numbers become pictures; kind NONE: there are none, or they stay numbers */
    imx_colormap *colormap;      /* of the grade; NULL: it has none */
    char *name, *attribution;    /* NULL if not given */
    struct imx_cog_options *cog; /* a raster is made (tiler/cog.h, all owned); NULL: tiles */
    /* forecast */
    uint64_t tiles_total; /* of all chains */
    uint64_t bytes_estimate;
    bool sealed;                         /* the scenes' fingerprints and the generation are there */
    char generation[IMX_HASH_TEXT_SIZE]; /* hash of the archive form */
} imx_plan;

void imx_plan_destroy(imx_plan **plan);
/* "nearest", "bilinear", ... as imx_resample lists them; IMX_E_USAGE otherwise. */
const char *imx_resample_name(imx_resample resample);
IMX_MUST_USE imx_status imx_resample_parse(const char *name, imx_error *err, imx_resample *out);
/* "average", "nearest", "mode", "min", "max", "bilinear", "cubic", "lanczos"; IMX_E_USAGE otherwise. */
const char *imx_overview_name(imx_reduce_method method);
IMX_MUST_USE imx_status imx_overview_parse(const char *name, imx_error *err, imx_reduce_method *out);
/* Cuts the pyramid's zooms into chains: their pyramids and spaces, with room for the scenes there are; what the chains
 * held before is gone. */
IMX_MUST_USE imx_status imx_plan_chain(imx_plan *plan, imx_error *err);
/* The chain that makes one of the job's zooms. */
const imx_chain *imx_plan_chain_of(const imx_plan *plan, uint32_t zoom);
/* A fresh NUL-terminated JSON text, of a sealed plan. for_archive: only what may stand in an archive (no paths, no
 * footprint vertices beyond need), otherwise everything that is needed to run the job elsewhere. */
IMX_MUST_USE imx_status imx_plan_to_json(const imx_plan *plan, bool for_archive, imx_error *err, char **out);
/* The inverse of the complete form. IMX_E_INPUT says what is wrong. */
IMX_MUST_USE imx_status imx_plan_from_json(imx_memory *memory, const char *json, imx_error *err, imx_plan **out);

#endif
